"""Reader of the Home Office stop and search open data tables, as published (ODS) or saved as CSV.

Two layouts are known, told apart by their column names: that of the years to 2019/20 ("Financial Year", "Force
Name", "Ethnic Group (self-defined - new style)", "Searches") and that from 2020/21 (`financial_year`,
`police_force_area`, `self_defined_ethnicity_group`, `officer_defined_ethnicity`, `number_of_searches`; sheet
`open_data`). A row is a number of searches alike in every column. BTP has region and geocode "0". Vehicle-only searches
are labelled "N/A - vehicle search" ("Vehicle only" to 2019/20) where the person's fields would be.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from sas_analysis.errors import DataError, ParameterError, listed
from sas_analysis.reference import _table
from sas_analysis.reference.official.cells import read_cells
from sas_analysis.reference.official.counts import COUNTS, OFFICIAL_COLUMNS, OPEN_DATA, year_ending

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
    "arrests": ("number_of_arrests", "resultant_arrests", "arrests"),
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
_YEAR = re.compile(r"(?:19|20)\d\d/\d\d(?:\d\d)?")


def read_official(path: str | Path, *, sheet: str = "") -> pd.DataFrame:
    """The searches of a Home Office open data table, a row per row of the file.

    The file is read as it comes: half a million rows take some 100 MB, and seconds.

    Parameters
    ----------
    path : path
        The table as published (.ods), or saved as .csv. No network is used; `sas-analysis fetch-reference home-office`
        fetches one.
    sheet : str
        Which sheet, where several have a table: those of 2016/17 to 2019/20 count the same searches by reason in
        one and by outcome in another.

    Returns
    -------
    DataFrame
        The columns of `HEADINGS` that the table has, as categories of texts as published, but `year` ("2020/21"),
        `force` (slug), `self_group` and `officer` (White, Mixed, Asian, Black, Other, Unknown, Vehicle-only; `officer`
        also "Unrecognised label"), and `searches` (count, missing where the table has "..", "*" or nothing; "-" is
        nil). Cells that look like a formula are text, and never evaluated.

    Raises
    ------
    DataError
        With every fault and its first rows: no table in the file, or several; a force, year, group or number that is
        none.

    Notes
    -----
    Built to the layout as readers of these tables describe it, and tested on files made in that layout: no published
    file has been read here. Source: Home Office, Stop and search open data tables.

    Examples
    --------
    >>> table = sas.read_official(OFFICIAL)  # a path, such as "stop-search-open-data-tables-mar21-mar25.ods"
    >>> int(table["searches"].sum())
    300
    """
    if not isinstance(path, str | Path):
        raise ParameterError(f"path is no name of a file but a {type(path).__name__}; name the table, .ods or .csv")
    path = Path(path)
    table, rows = read_cells(path, HEADINGS, REQUIRED, sheet=sheet)
    readers = {
        "force": ("police force area", _slug_of_name().get),
        "year": ("financial year", lambda text: f"{text[:5]}{text[-2:]}" if _YEAR.fullmatch(text) else None),
        "self_group": ("self-defined ethnicity group", _group),
    }
    read, faults = {}, []
    for column, (what, reader) in readers.items():
        read[column] = _relabelled(table[column], reader)
        faults += _fault(what, table[column], read[column].isna(), rows)
    numbers = pd.array([_count(text) for text in table["searches"].cat.categories], dtype="Int64")
    read["searches"] = pd.Series(numbers).take(table["searches"].cat.codes).reset_index(drop=True)
    faults += _fault("number of searches", table["searches"], read["searches"].eq(-1).fillna(False), rows)
    if faults:
        raise DataError(f"{path}: {listed(faults)}")
    if "officer" in table:
        read["officer"] = _relabelled(table["officer"], lambda text: _group(text) or UNRECOGNISED)
    return table.assign(**read)


def plain(labels: pd.Series) -> pd.Series:
    """Labels in lower case with single spaces, as texts, to be compared: each different one is made once."""
    return _relabelled(labels, lambda text: " ".join(str(text).lower().split())).astype("str")


def _relabelled(labels: pd.Series, reader) -> pd.Series:
    """Categories read once each; missing where the reader has none for the text."""
    labels = labels.astype("category")
    texts = [reader(text) for text in labels.cat.categories]
    found = pd.Index(sorted({text for text in texts if text is not None}), dtype="str")
    codes = found.get_indexer(texts) if len(found) else np.full(len(texts), -1)
    return pd.Series(pd.Categorical.from_codes(codes[labels.cat.codes], categories=found), index=labels.index)


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


def _fault(what: str, texts: pd.Series, wrong: pd.Series, rows: np.ndarray) -> list[str]:
    if not wrong.any():
        return []
    where = ", ".join(f'row {rows[at]} "{texts[at]}"' for at in texts.index[wrong][:3])
    return [f"{wrong.sum()} row(s) with no {what} that is known: {where}"]
