"""Official figures, and whether our census residents reproduce the rates printed with them.

A rate is searches per 1,000 residents. A printed rate agrees when the exact quotient, rounded half up as its
table rounds, is the printed text. How a table rounds was read off its figures (column `printed`):

"1 decimal", "2 decimals" : that many decimals.
"8 characters", "11 characters" : as many decimals as fit into so many characters, the point included, as a
    spreadsheet shows a number in a narrow column: 7.377385, 40.67185, 0.034908; 10.22815287, 0.320066128.

Most tables drop trailing zeros (16 for 16.00), so they are dropped on both sides before the texts are
compared."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import pandas as pd

from sas_analysis.reference import _table
from sas_analysis.reference.census import Census, censuses
from sas_analysis.reference.forces import population_problem, territorial_forces
from sas_analysis.reference.population import residents

ALL_FORCES = "All forces"
ALL_FORCES_EXCLUDING_BTP = "All forces excluding BTP"

_WHAT = ["area", "year", "legislation", "ethnicity", "census_year", "printed"]
_FIGURES = ["searches", "residents", "rate"]


def published_tables() -> pd.DataFrame:
    """The published tables carried: `name`, `title`, `definition`, `source`."""
    return _table("published_tables").copy()


def published(name: str) -> pd.DataFrame:
    """A published table, a row per area, year, power and group, with the figures as printed.

    `area` (force slug, "All forces" with BTP, or "All forces excluding BTP"), `year` (ending 31 March:
    "2022/23"), `legislation`, `ethnicity`, `census_year` (base of the rate), `printed` (how the rate is
    rounded), `searches` and `residents` (counts, missing where not published), `rate` (per 1,000, text as
    printed, "" where not published), `definition`, `source`.
    Raises ValueError if there is no such table; see `published_tables()`.
    """
    tables = published_tables().set_index("name")
    if name not in tables.index:
        raise ValueError(f'published table "{name}" is unknown; choose from: {", ".join(tables.index)}')
    return _read(name).assign(**tables.loc[name, ["definition", "source"]])


@cache
def _read(name: str) -> pd.DataFrame:
    table = _table(f"published_{name}")
    if "ethnicity" not in table:
        table = _one_figure_a_row(table)
    table = table.reindex(columns=[*_WHAT, *_FIGURES], fill_value="")
    counts = {column: pd.to_numeric(table[column]).astype("Int64") for column in ("searches", "residents")}
    return table.assign(**counts, census_year=table["census_year"].astype(int))


def _one_figure_a_row(wide: pd.DataFrame) -> pd.DataFrame:
    """`searches_White`, `rate_White`, ... as rows of `ethnicity`, `searches`, `rate` that have a figure."""
    keys = [column for column in _WHAT if column in wide]
    groups = dict.fromkeys(column.split("_")[1] for column in wide.columns.difference(keys, sort=False))
    frames = []
    for group in groups:
        columns = {f"{figure}_{group}": figure for figure in _FIGURES if f"{figure}_{group}" in wide}
        frames.append(wide[[*keys, *columns]].rename(columns=columns).assign(ethnicity=group))
    table = pd.concat(frames).fillna("").sort_values(["area", "legislation", "year"], kind="stable")
    empty = table[_FIGURES].eq("").all(axis=1)
    return table[~empty].reset_index(drop=True)


def recompute_rates(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its rates made anew from its searches and our census residents, beside the printed ones.

    table : as `published` returns it. Change `census_year` first to see another base.
    Adds `census_residents` (ours, in the grouping the official series has on that census), `recomputed` (per
    1,000, unrounded), `recomputed_text` (as the table would print it), `agrees` (missing where there is
    nothing to compare) and `note` (why it is missing).
    """
    result = table.merge(_census_residents(), on=["census_year", "area", "ethnicity"], how="left")
    result["recomputed"] = (1000 * result["searches"] / result["census_residents"]).astype("Float64")
    result["recomputed_text"] = [
        as_printed(*figures)
        for figures in zip(result["searches"], result["census_residents"], result["printed"], strict=True)
    ]
    agrees = result["rate"].map(_short) == result["recomputed_text"].map(_short)
    result["note"] = [_why_not_compared(row) for row in result.itertuples()]
    result["agrees"] = agrees.astype("boolean").mask(result["note"] != "")
    return result


def as_printed(searches: int, residents: int, printed: str) -> str:
    """The rate per 1,000 as a table that rounds so would print it; "" where a figure is missing."""
    if pd.isna(searches) or pd.isna(residents):
        return ""
    rate = Decimal(int(searches)) * 1000 / int(residents)
    width, unit = printed.split()
    decimals = int(width) if unit.startswith("decimal") else int(width) - 1 - len(str(int(rate)))
    return str(rate.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _short(rate: str) -> str:
    return rate.rstrip("0").rstrip(".") if "." in rate else rate


def _why_not_compared(row) -> str:
    if pd.isna(row.census_residents):
        refused = None if row.area.startswith(ALL_FORCES) else population_problem(row.area)
        return refused or f"{row.ethnicity} is not a group of residents"
    if pd.isna(row.searches):
        return "the number of searches is not published"
    return "" if row.rate else "the rate is not published"


@cache
def _census_residents() -> pd.DataFrame:
    """Our residents under every `census_year`, `area` and `ethnicity` that a published rate may have.

    Areas whose rates are refused are in the totals only. Both totals are of the 43 areas: BTP has no
    residents."""
    found = pd.concat([_residents_in_every_group(census).assign(census_year=census.year) for census in censuses()])
    refused = found["force"].map({force: population_problem(force) for force in territorial_forces()}).notna()
    totals = [found.assign(area=total) for total in (ALL_FORCES, ALL_FORCES_EXCLUDING_BTP)]
    found = pd.concat([found[~refused].rename(columns={"force": "area"}), *totals])
    sums = found.groupby(["census_year", "area", "ethnicity"])["residents"].sum()
    return sums.astype("Int64").rename("census_residents").reset_index()


def _residents_in_every_group(census: Census) -> pd.DataFrame:
    """Every cell three times: under its detailed group, its group of five in the official series, and All."""
    columns = ["self_defined_ethnicity", census.ethnicity_column]
    cells = residents(territorial_forces(), census.year, by=["force", *columns]).assign(all="All")
    return cells.melt(["force", "residents"], value_name="ethnicity")
