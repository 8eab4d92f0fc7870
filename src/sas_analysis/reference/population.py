"""Census residents by police force and ethnic group, and which census the official series rests on.

Usual residents at the censuses of 27 March 2011 (ONS KS201EW) and 21 March 2021 (ONS TS021). The Mixed White
and Black groups are Mixed, never Black. Two censuses or two groupings are never joined into one series here.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import pandas as pd

from sas_analysis.months import is_month
from sas_analysis.reference import _table
from sas_analysis.reference.census import census_years, in_words, official_census
from sas_analysis.reference.forces import check_force, population_problem

GROUPS_5 = ("White", "Mixed", "Asian", "Black", "Other")

_ETHNICITY = ("self_defined_ethnicity", "ethnicity_5", "ethnicity_5_2001")
_BY = ("force", *_ETHNICITY)


def residents(force: str | Iterable[str], census_year: int, *, by: str | Sequence[str] = "ethnicity_5") -> pd.DataFrame:
    """Usual residents of one or more force areas at a census: the `by` columns and `residents` (count).

    force : slug or slugs, added together unless `by` holds "force". For all 43: `territorial_forces()`.
    by : any of "force"; "self_defined_ethnicity" (18 groups in 2011, 19 in 2021, when Roma was first asked
        for); "ethnicity_5" (Chinese is Asian); "ethnicity_5_2001" (Chinese is Other). Columns and labels are
        those of the clean table, so that the two can be merged.
    The City of London has residents here too: ask `population_problem` before dividing by them.
    Source: ONS KS201EW (2011), TS021 (2021); the cells of 2021 sum to 59,597,578, the published total + 36.
    Raises ValueError, all faults at once: unknown force, force without residents, unknown census or column.
    """
    slugs = [force] if isinstance(force, str) else list(dict.fromkeys(force))
    columns = [by] if isinstance(by, str) else list(by)
    return _added(tuple(slugs), census_year, tuple(columns)).copy()


@cache
def _added(slugs: tuple[str, ...], census_year: int, columns: tuple[str, ...]) -> pd.DataFrame:
    """`residents`; a trend asks for those of every month, which are all made of the same."""
    _check(list(slugs), census_year, list(columns))
    cells = _cells()
    cells = cells[cells["force"].isin(slugs) & (cells["census_year"] == census_year)]
    sums = cells.groupby(list(columns), observed=True)["residents"].sum().reset_index()
    return sums.astype(dict.fromkeys(columns, "str"))


def _check(slugs: list[str], census_year: int, columns: list[str]) -> None:
    faults = _faults_of_forces(slugs)
    if census_year not in census_years():
        carried = " and ".join(map(str, census_years()))
        faults.append(f"census {census_year} is not carried; {carried} are")
    strange = [column for column in columns if column not in _BY]
    if strange or not columns:
        asked = ", ".join(map(str, strange)) or "nothing"
        faults.append(f"residents are not known by {asked}; choose from: {', '.join(_BY)}")
    if faults:
        raise ValueError("\n".join(faults))


def _faults_of_forces(slugs: list[str]) -> list[str]:
    if not slugs:
        return ["no force was given"]
    faults = []
    carried = set(_table("population_force")["force"])
    for slug in slugs:
        try:
            if slug not in carried:
                faults.append(f"no census residents: {population_problem(slug)}")
        except ValueError as unknown:
            faults.append(str(unknown))
    return faults


def faults_of_force(force: str | None) -> list[str]:
    """Why there are no census residents of a force; nothing for None, which asks for all."""
    try:
        check_force(*([] if force is None else [force]))
    except ValueError as unknown:
        return [str(unknown)]
    known = force is None or force in set(_table("population_force")["force"])
    return [] if known else [f"no census residents of {force} are carried"]


@cache
def _cells() -> pd.DataFrame:
    """A row per force, census and detailed group; the ethnicity columns are categories in census order."""
    wide = _table("population_force")
    cells = wide.melt(["force", "census_year"], var_name="self_defined_ethnicity", value_name="residents")
    cells = cells[cells["residents"] != ""].astype({"census_year": int, "residents": "int64"})
    groups = _table("ethnic_groups")
    cells = cells.merge(groups[list(_ETHNICITY)], on="self_defined_ethnicity", validate="many_to_one")
    order = {column: GROUPS_5 for column in _ETHNICITY[1:]}
    order["self_defined_ethnicity"] = tuple(groups["self_defined_ethnicity"])
    return cells.astype({column: pd.CategoricalDtype(labels) for column, labels in order.items()})


class CensusBase(NamedTuple):
    """What the official series divides by in a period.

    `year` : the census. `ethnicity_column` : its five groups, as a column of the clean table. `note` : what
    the reader needs to know about the choice, or None.
    """

    year: int
    ethnicity_column: str
    note: str | None


def census_base(first_month: str, last_month: str | None = None) -> CensusBase:
    """The census and the grouping the official series uses for a month, or from a first to a last month.

    Months are "YYYY-MM". tables/census.csv says from which month each census is used: Census 2011 with Chinese in
    Other up to 2020-03 (year 2019/20), Census 2021 with Chinese in Asian from 2020-04. A period that crosses takes
    the base of its last month; the note says so.
    Raises ValueError for what is not a month, and for a period that ends before it begins.
    """
    last_month = last_month or first_month
    wrong = [month for month in dict.fromkeys((first_month, last_month)) if not is_month(str(month))]
    if wrong:
        raise ValueError("\n".join(f'"{month}" is not a month; write it like 2019-04' for month in wrong))
    if last_month < first_month:
        raise ValueError(f"the period ends ({last_month}) before it begins ({first_month})")
    first, last = official_census(first_month), official_census(last_month)
    note = _crossing(first_month, last_month) if first != last else None
    return CensusBase(last.year, last.ethnicity_column, note)


def _crossing(first_month: str, last_month: str) -> str:
    first, last = official_census(first_month), official_census(last_month)
    return (
        f"{first_month} to {last_month} crosses {in_words(last.official_from)}, where the official series changes from "
        f"{first.name} (Chinese in {first.chinese}) to {last.name} (Chinese in {last.chinese}); here the "
        f"official base is {last.name}, that of the last month, for the whole period"
    )
