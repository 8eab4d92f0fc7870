"""Reader of the Home Office stop and search open data tables, as published (ODS) or saved as CSV.

Two layouts are known, told apart by their column names: that of the years to 2019/20 ("Financial Year", "Force
Name", "Ethnic Group (self-defined - new style)", "Searches") and that from 2020/21 (`financial_year`,
`police_force_area`, `self_defined_ethnicity_group`, `officer_defined_ethnicity`, `number_of_searches`; sheet
`open_data`). A row is a number of searches alike in every column. BTP has region and geocode "0". Vehicle-only searches
are labelled "N/A - vehicle search" ("Vehicle only" to 2019/20) where the person's fields would be.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd

from sas_analysis.errors import DataError, listed
from sas_analysis.files import spreadsheet_safe
from sas_analysis.reference import _table
from sas_analysis.reference.official.counts import COUNTS, OFFICIAL_COLUMNS, OPEN_DATA, year_ending
from sas_analysis.reference.official.ods import sheets
from sas_analysis.reference.population import GROUPS_5

HEADINGS = {  # ours: as published, without capitals and signs
    "year": ("financial_year",),
    "quarter": ("financial_year_quarter", "quarter"),
    "force": ("police_force_area", "force_name", "police_force"),
    "region": ("region",),
    "legislation": ("legislation",),
    "reason": ("reason_for_search", "reason_for_search_arrest", "reason_for_arrest_search"),
    "outcome": ("outcome",),
    "linked": ("link", "linked"),
    "self_group": ("self_defined_ethnicity_group", "ethnic_group_self_defined_new_style"),
    "self_detail": ("self_defined_ethnicity", "ethnicity_self_defined"),
    "officer": ("officer_defined_ethnicity", "officer_defined_ethnicity_group"),
    "sex": ("sex", "gender"),
    "age": ("age_group", "age"),
    "searches": ("number_of_searches", "searches"),
}
REQUIRED = ("year", "force", "self_group", "searches")
VEHICLE_ONLY = "Vehicle-only"
UNRECOGNISED = "Unrecognised label"
GROUPS = {
    "white": "White",
    "mixed": "Mixed",
    "asian": "Asian",
    "asian or asian british": "Asian",
    "black": "Black",
    "black or black british": "Black",
    "other": "Other",
    "other ethnic group": "Other",
    "chinese or other": "Other",
    "chinese or other ethnic group": "Other",
    "not stated": "Unknown",
    "not known": "Unknown",
    "unknown": "Unknown",
    "not stated / unknown": "Unknown",
    "": "Unknown",
    "n/a - vehicle search": VEHICLE_ONLY,
    "vehicle only": VEHICLE_ONLY,
}
_NIL, _NOT_AVAILABLE = "-", ("..", "*", ":", "")  # nil; not available, suppressed, blank
_HEADER_WITHIN = 100  # rows: covers and notes come before the table
_YEAR = re.compile(r"(?:19|20)\d\d/\d\d(?:\d\d)?")


def read_open_data(path) -> pd.DataFrame:
    """The searches of an open data table, a row per row of the file: the columns of HEADINGS it has.

    path : .ods or .csv. All are texts as published, but `year` ("2020/21"), `force` (slug), `self_group` and
    `officer` (White, Mixed, Asian, Black, Other, Unknown, Vehicle-only), `officer` also "Unrecognised label", and
    `searches` (count, missing where the table has "..", "*" or nothing; "-" is nil). Cells that look like a
    formula are text, and never evaluated.
    Raises DataError with every fault and its first rows: no table in it, a force, year, group or number that is
    none. Source: Home Office, Stop and search open data tables.
    """
    path = Path(path)
    found = _read_cells(path)
    table = pd.DataFrame({name: values for name, values in found.items() if name != "row"}, dtype="str")
    numbers = _mapped(table["searches"], _count).astype("Int64")
    forces, groups = _mapped(table["force"], _slug_of_name().get), _mapped(table["self_group"], _group)
    checks = {
        "police force area": forces.isna(),
        "financial year": _mapped(table["year"], _YEAR.fullmatch).isna(),
        "self-defined ethnicity group": groups.isna(),
        "number of searches": numbers.eq(-1).fillna(False),
    }
    columns = dict(zip(checks, ("force", "year", "self_group", "searches"), strict=True))
    faults = [_fault(what, table[columns[what]], wrong, found["row"]) for what, wrong in checks.items() if wrong.any()]
    if faults:
        raise DataError(f"{path}: {listed(faults)}")
    if "officer" in table:
        table["officer"] = _mapped(table["officer"], _group).fillna(UNRECOGNISED)
    years = table["year"].str[:5] + table["year"].str[-2:]
    return table.assign(year=years, force=forces, self_group=groups, searches=numbers)


def _mapped(texts: pd.Series, function) -> pd.Series:
    """The function of every text, called once for each different text: there are few, and a million rows."""
    return texts.map({text: function(text) for text in texts.unique()}.get)


def joint(table: pd.DataFrame, *, by=()) -> pd.DataFrame:
    """Self-defined by officer-defined ethnicity: searches of persons, a row per self-defined group.

    table : as `read_open_data` returns. by : columns (force, year) that come first. Columns are the officer's groups.
    Raises DataError if the table has no officer-defined ethnicity, as to 2019/20.
    """
    if "officer" not in table:
        raise DataError("the table has no officer-defined ethnicity; it is published from 2020/21 on")
    order = [*GROUPS_5, "Unknown", VEHICLE_ONLY, UNRECOGNISED]
    groups = pd.CategoricalDtype(order, ordered=True)
    persons = table[table["self_group"].ne(VEHICLE_ONLY)].astype({"self_group": groups, "officer": groups})
    keys = [*([by] if isinstance(by, str) else by), "self_group"]
    counts = persons.groupby([*keys, "officer"], observed=True)["searches"].sum().unstack(fill_value=0)
    counts.columns = [str(column) for column in counts.columns]
    return counts.reset_index().astype({"self_group": "str"})


def searches_by_force(table: pd.DataFrame) -> pd.DataFrame:
    """Counts by force, year and group, without vehicle-only searches, as `reconcile` takes official figures.

    A sum with a number that is not available in it is missing. Chinese is in Asian in both layouts (new style).
    """
    persons = table[table["self_group"].ne(VEHICLE_ONLY)]
    cells = persons.groupby(["force", "year", "self_group"])["searches"]
    counts = cells.sum().unstack(fill_value=0).reindex(columns=COUNTS[:-1], fill_value=0)
    lacking = cells.agg(lambda numbers: numbers.isna().any()).unstack(fill_value=False)
    lacking = lacking.reindex(columns=COUNTS[:-1], fill_value=False).astype(bool)
    counts["All"] = counts.sum(axis=1)
    counts = counts.astype("Int64").mask(lacking.assign(All=lacking.any(axis=1))).reset_index()
    edition = f"{OPEN_DATA}, read from a file"
    counts = counts.assign(edition=edition, groups="ethnicity_5", vehicle_only=False)
    counts["year_ending"] = counts["year"].map(year_ending)
    return counts[OFFICIAL_COLUMNS].rename_axis(columns=None)


def plain_cells(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before texts that a spreadsheet would take for a formula (= + - @ tab).

    For CSV files that people open: labels come from others. Numbers are left alone, "-" by itself too.
    """
    texts = table.select_dtypes(["object", "string", "category"]).columns
    return table.assign(**{column: table[column].astype("object").map(spreadsheet_safe) for column in texts})


def _read_cells(path: Path) -> dict[str, list[str]]:
    """The table's cells as text under our names, with the number of the row in its sheet under "row"."""
    if path.suffix.lower() not in (".ods", ".csv"):
        raise DataError(f"{path}: a table is read from .ods or .csv; open it and save it as one of them")
    seen: list[str] = []
    try:
        for name, rows in sheets(path) if path.suffix.lower() == ".ods" else _csv(path):
            if columns := _find_header(rows, seen):
                return _columns_of(rows, *columns)
            seen.append(f"no table in {name}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: the file cannot be read as CSV in UTF-8: {error}") from error
    asked = ", ".join(HEADINGS[name][0] for name in REQUIRED)
    raise DataError(f"{path} has no open data table: no row has the headings {asked}; {listed(seen)}")


def _csv(path: Path) -> Iterator[tuple[str, Iterator[list]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield "the file", csv.reader(stream, strict=True)


def _find_header(rows: Iterator[list], seen: list[str]) -> tuple[dict[str, int], int] | None:
    """Position of each of our columns, and the row they were found in, among the first rows; None if not there."""
    best = set()
    for number, row in zip(range(1, _HEADER_WITHIN + 1), rows, strict=False):
        names = [re.sub(r"[^a-z0-9]+", "_", _text(cell).lower()).strip("_") for cell in row]
        found = {ours: names.index(name) for ours, known in HEADINGS.items() for name in known if name in names}
        if set(REQUIRED) <= set(found):
            return found, number
        best = max(best, set(found), key=len)
    if len(best) > 1:
        lacking = [HEADINGS[name][0] for name in REQUIRED if name not in best]
        seen.append(f"the row nearest to a heading lacks {', '.join(lacking)}")
    return None


def _columns_of(rows: Iterator[list], columns: dict[str, int], header: int) -> dict[str, list[str]]:
    """Rows below the heading that have anything in the required columns."""
    table: dict[str, list[str]] = {name: [] for name in (*columns, "row")}
    for number, row in enumerate(rows, start=header + 1):
        cells = {name: _text(row[at]) if at < len(row) else "" for name, at in columns.items()}
        if any(cells.values()):
            for name, cell in cells.items():
                table[name].append(cell)
            table["row"].append(str(number))
    return table


def _text(cell) -> str:
    """A cell as it reads: 12.0 is 12; a date is the ISO date."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()


def _count(text: str):
    """A whole number, missing, or -1 for what is neither."""
    text = text.replace(",", "").replace(" ", "")
    if text in _NOT_AVAILABLE:
        return pd.NA
    return 0 if text == _NIL else int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


def _group(text: str) -> str | None:
    return GROUPS.get(" ".join(text.lower().split()))


def _slug_of_name() -> dict[str, str]:
    """Force slugs under every spelling of the tables: with "and" or "&"."""
    names = {}
    for row in _table("forces").itertuples():
        for name in (row.home_office_name, row.official_name, row.area_name, *row.aliases.split(";")):
            names |= {
                spelling: row.force for spelling in (name, name.replace("&", "and"), name.replace(" and ", " & "))
            }
    return {name: force for name, force in names.items() if name}


def _fault(what: str, texts: pd.Series, wrong: pd.Series, rows: list[str]) -> str:
    where = ", ".join(f'row {rows[at]} "{texts[at]}"' for at in texts.index[wrong][:3])
    return f"{wrong.sum()} row(s) with no {what} that is known: {where}"
