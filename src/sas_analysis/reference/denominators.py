"""Whose residents the searches of a study are divided by, and where dividing is refused."""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sas_analysis.errors import DataError, ParameterError
from sas_analysis.handed_out import table_fields
from sas_analysis.names import check_table
from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reference.census import GROUPINGS, census_years
from sas_analysis.reference.forces import in_words, population_problem
from sas_analysis.reference.interpolate import (
    AREA_CODE,
    around,
    grown,
    interpolated_residents,
    middle,
    middle_month,
    share_passed,
)
from sas_analysis.reference.population import CensusBase, census_base, residents

_GIVEN = "Residents are the user's own, and the same at every time."

if TYPE_CHECKING:
    from sas_analysis.records.locate import StudyArea

INTERPOLATED, OWN = "Interpolated", "User's"
HOW_TO_GIVE = "give them as residents_file, a CSV with area_code, ethnicity_5 and residents"


@table_fields("residents")
@dataclass(frozen=True)
class Denominator:
    """Residents of the forces of a study, or of one local authority or smaller area, that can be divided by.

    forces : those whose residents are meant; the one that polices the area. area : its name, or "".
    residents : force | ethnicity_5 | residents.
    census_year : the census they are of; 0 where they are interpolated between the censuses `around`, to `month`.
    time : the middle of the months that count, as `interpolate.middle`.
    official_year : the census that the official series divides by in the period.
    problem : why no rate is given at all, or None. notes : what the reader needs to know about the base.
    own : whether the residents are the user's own, of whatever time.
    """

    forces: list[str]
    residents: pd.DataFrame
    census_year: int
    chinese: str
    problem: str | None
    notes: list[str]
    official_year: int
    area: str = ""
    around: tuple[int, int] | None = None
    month: str = ""
    time: float = 0.0
    own: bool = False

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table with a column `force` that this denominator is for; all of them if none is."""
        there = bool(self.problem) or table["force"].isin(self.forces)
        return table if np.all(there) else table[there]

    @property
    def name(self) -> str:
        """What tables call the base."""
        return OWN if self.own else base_name(self.census_year, self.chinese)

    @property
    def official_name(self) -> str:
        """What tables call the base that the official series divides by in the period."""
        return base_name(self.official_year, self.chinese)

    @property
    def source(self) -> str:
        """The base in words, for a caption."""
        if self.own:
            return f"Residents of {self.area}: given by the user"
        whose = f"Residents of all ages{f' of {self.area}' if self.area else ''}"
        base = f"Census {self.census_year}" if self.census_year else _interpolated(self.around, self.month)
        return f"{whose}: {base}, Office for National Statistics, Chinese counted in {self.chinese}"


def base_name(census_year: int, chinese: str) -> str:
    """What tables call a base of residents of all ages: of a census, or interpolated (0)."""
    name = f"Census {census_year}" if census_year else INTERPOLATED
    return name if chinese == "Asian" else f"{name}, Chinese in {chinese}"


def _interpolated(around: tuple[int, int], month: str) -> str:
    return f"interpolated between Census {around[0]} and Census {around[1]} to {month}"


def denominator(
    files: pd.DataFrame,
    *,
    census_year: int | None = None,
    chinese: str = "Asian",
    area: "StudyArea | None" = None,
    own: pd.DataFrame | None = None,
) -> Denominator:
    """Residents by force and five ethnic groups for a study, and where dividing by them is refused.

    Parameters
    ----------
    files : DataFrame
        `Study.coverage`. The months that were published decide the time, not those asked for.
    census_year : int, optional
        A census that is carried, such as 2011 or 2021. By default (or 0) residents are interpolated between the
        censuses to the middle of the period; after the last census they are those of that census.
    chinese : str
        The group that Chinese is counted in: "Asian", or "Other" as in the official series to 2019/20.
    area : StudyArea, optional
        `Study.area`: the residents of that local authority, for searches by the force that polices it.
    own : DataFrame, optional
        Your own residents of areas, as `interpolate.read_residents` gives them: then the area has those and no others.

    Returns
    -------
    Denominator
        `residents` is `force | ethnicity_5 | residents`, persons of all ages. Forces without a valid resident
        population (City of London, BTP) are left out, as in the official series, and named in the `notes`. Where no
        rate can be given `problem` says why: no force is left, too few searches of the area have a location, or the
        census asked for has no such area (authorities merge and are renamed; they are matched by code, then by name).
        An area that only one census has takes the residents of that census, and the notes say so.

    Examples
    --------
    >>> base = sas.denominator(study.coverage)
    >>> base.source
    'Residents of all ages: interpolated between Census 2011 and Census 2021 to 2018-07, Office for National ...'
    >>> int(sas.denominator(study.coverage, census_year=2011).residents["residents"].sum())
    8166566
    """
    check_table(files, "the files", "study.coverage")
    if absent := [name for name in ("force", "month", "status") if name not in files]:
        raise ParameterError(f"the files lack {', '.join(absent)}; give study.coverage")
    if area is not None:
        [base], table = denominators_of_areas(files, [area], census_year=census_year, chinese=chinese, own=own)
        return replace(base, residents=table.drop(columns=AREA_CODE))
    whole = _without_residents(files, census_year or 0, chinese)
    if whole.problem:
        return whole
    column = GROUPINGS[chinese]
    if not whole.census_year:
        return replace(whole, residents=interpolated_residents(whole.forces, whole.time, groups=column))
    table = residents(whole.forces, whole.census_year, by=["force", column])
    return replace(whole, residents=table.set_axis(list(whole.residents), axis=1))


def _without_residents(files: pd.DataFrame, census_year: int, chinese: str) -> Denominator:
    """`denominator` of whole forces, but for the residents themselves."""
    problems = {force: population_problem(force) for force in files["force"].astype("str").unique()}
    usable = [force for force, problem in problems.items() if problem is None]
    counts = not _counting(files).isdisjoint(usable)
    return _of_period(problems, *period_of(files, usable), census_year, chinese, counts=counts)


def _counting(files: pd.DataFrame) -> set[str]:
    """The forces of which a month counts as published."""
    return set(files["force"].to_numpy(dtype=object)[files["status"].eq("published").to_numpy(dtype=bool)])


def _of_period(
    problems: dict[str, str | None], first: str, last: str, census_year: int, chinese: str, *, counts: bool
) -> Denominator:
    """`_without_residents` of these forces, whose populations have these problems or none, in a period.

    counts : whether any of their months does; where none does nothing is divided, and no note says by what.
    """
    usable = [force for force, problem in problems.items() if problem is None]
    official, time = census_base(first, last), middle(first, last)
    year, pair = _census_at(time, census_year)
    refused = [reason for reason in problems.values() if reason]  # each begins with the name of its force
    notes = (
        _notes(official, year, pair, middle_month(first, last), asked=bool(census_year)) if usable and counts else []
    )
    if usable and refused:
        notes.append(f"Left out of rates and ratios: {'; '.join(refused)}.")
    problem = None if usable else "; ".join(dict.fromkeys(reason for reason in problems.values() if reason))
    where = {"official_year": official.year, "around": pair, "month": middle_month(first, last), "time": time}
    nobody = pd.DataFrame(columns=["force", "ethnicity_5", "residents"])
    return Denominator(usable, nobody, year, chinese, problem, notes, **where)


def period_of(files: pd.DataFrame, forces: list[str]) -> tuple[str, str]:
    """The first and the last month of some forces that count as published; of all months where none does."""
    every, asked = files["month"].tolist(), set(forces)
    rows = zip(files["force"], every, files["status"].eq("published"), strict=True)
    months = [month for force, month, published in rows if published and force in asked] or every
    return min(months), max(months)


def _census_at(time: float, asked: int) -> tuple[int, tuple[int, int] | None]:
    """The census to take, 0 to interpolate, and then the censuses before and after."""
    if asked:
        return asked, None
    if pair := around(time):
        return 0, pair
    first, *_, last = census_years()
    return (last if time > last else first), None


def _notes(official: CensusBase, year: int, pair: tuple[int, int] | None, month: str, *, asked: bool) -> list[str]:
    notes = []
    if pair:
        notes.append(
            f"Residents are {_interpolated(pair, month)}, the middle of the months that count. The official series "
            f"divides by Census {official.year} in this period; the ratio on that count of residents is given too."
        )
    elif year != official.year:
        notes.append(f"The official series divides by Census {official.year} in this period; this report does not.")
    elif not asked:
        notes.append(f"Residents are those of Census {year}: no later census is carried.")
    if official.note and not asked:
        notes.append(f"{official.note[0].upper()}{official.note[1:]}.")
    return notes


def denominators_of_areas(
    files: pd.DataFrame,
    areas: "list[StudyArea]",
    *,
    census_year: int | None = None,
    chinese: str = "Asian",
    own: pd.DataFrame | None = None,
) -> tuple[list[Denominator], pd.DataFrame]:
    """`denominator` of each of several areas, and the residents of all: `area_code | force | ethnicity_5 | residents`.

    What is of their force is worked out once. The denominators hold no residents: hundreds of tables of five rows take
    far longer than one.
    """
    periods = _periods(files)
    known: dict[str | None, _Police] = {}
    counting = _counting(files)
    for force in dict.fromkeys(area.force for area in areas):
        known[force] = _police(files, periods.get(force), force, census_year or 0, chinese, counts=force in counting)
    given = None if own is None else _rows_by_area(own, [area.code for area in areas])
    if given and not any(len(rows.residents) for rows in given.values()):
        raise DataError(_of_others(own, areas))
    made = [_of_area(known[area.force], area, bool(census_year), given) for area in areas]
    return [base for base, _ in made], _residents(areas, [rows for _, rows in made])


def _periods(files: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """The period of each force by itself, as `period_of`: of all its months where nobody is divided by."""
    months = files[["force", "month", "status"]].astype("str")
    count = months["status"].eq("published") & months["force"].map(population_problem).isna()
    found = {}
    for rows in (months, months[count]):
        ends = rows.groupby("force")["month"].agg(["min", "max"])
        found |= dict(zip(ends.index, ends.itertuples(index=False, name=None), strict=True))
    return found


@dataclass(frozen=True)
class _Police:
    """What the areas that a force polices have in common.

    whole : residents of the force; where the study is of other forces, of these. asked : the forces of the study.
    present : whether the force is one of them. nobody : why none of them has residents to divide by, or None.
    """

    force: str | None
    whole: Denominator
    asked: list[str]
    present: bool
    nobody: str | None


def _police(
    files: pd.DataFrame,
    period: tuple[str, str] | None,
    force: str | None,
    census_year: int,
    chinese: str,
    *,
    counts: bool,
) -> _Police:
    """period : of the force; None where the study is of others. counts : whether any of its months does."""
    if period is None:
        whole = _without_residents(files, census_year, chinese)
    else:
        whole = _of_period({force: population_problem(force)}, *period, census_year, chinese, counts=counts)
    asked = [str(name) for name in files["force"].unique()]
    problems = [population_problem(name) for name in asked]
    return _Police(force, whole, asked, period is not None, problems[0] if all(problems) else None)


def _of_area(
    police: _Police, area: "StudyArea", census: bool, given: "dict[str, _Rows] | None"
) -> "tuple[Denominator, _Rows]":
    """The denominator of one area, but for its residents, and these. census : whether a census was asked for. given : a
    user's residents of every area."""
    force, whole, asked = police.force, police.whole, ", ".join(police.asked)
    if given is not None:
        whole = replace(whole, notes=[_GIVEN], census_year=0, around=None, own=True)
        rows, year, found = given[area.code], 0, []
    else:
        rows, year, found = _rows_at(area, whole, asked=census)
    problem = (
        (None if police.present else police.nobody)
        or (f"no census residents of {area.name} ({area.code}) are carried" if force is None else None)
        or (
            None
            if police.present
            else f"{area.name} is policed by {in_words([force])}, and the searches are by {asked}"
        )
        or whole.problem
        or area.problem
        or (None if len(rows.residents) else _none_of(area, whole))
    )
    others = [other for other in police.asked if other != force]
    left_out = f"Searches in {area.name} by other forces ({', '.join(others)}) are in no rate or ratio."
    known = whole.notes if year == whole.census_year else whole.notes[1:]  # the first says what all the force takes
    notes = [*known, *found, *([left_out] if others and not problem else [])]
    changed = {"census_year": year, "problem": problem, "notes": notes, "area": area.name}
    return replace(whole, forces=[] if problem else [force], **changed), rows


class _Rows(NamedTuple):
    """The residents of an area by group, of one census or of two and how much of the time between them has passed."""

    groups: np.ndarray
    residents: np.ndarray
    later: np.ndarray | None = None
    share: float = 0.0

    @classmethod
    def of(cls, table: pd.DataFrame) -> "_Rows":
        return cls(*(table[name].to_numpy() for name in ("ethnicity_5", "residents")))

    def at(self, places) -> "_Rows":
        places = np.asarray(places, dtype=np.intp)
        return _Rows(self.groups[places], self.residents[places])


def _residents(areas: "list[StudyArea]", rows: list[_Rows]) -> pd.DataFrame:
    """The residents of all areas in one table, in their order."""
    sizes = [len(own.groups) for own in rows]
    labels = {AREA_CODE: [area.code for area in areas], "force": [area.force for area in areas]}
    columns = {name: np.repeat(np.array(own, dtype=object), sizes) for name, own in labels.items()}
    amounts = np.concatenate([own.residents for own in rows])
    if any(own.later is not None for own in rows):
        later = np.concatenate([own.residents if own.later is None else own.later for own in rows])
        amounts = grown(amounts, later, np.repeat([own.share for own in rows], sizes))
    return pd.DataFrame(columns | {"ethnicity_5": np.concatenate([own.groups for own in rows]), "residents": amounts})


def _rows_by_area(table: pd.DataFrame, codes: list[str]) -> dict[str, _Rows]:
    """A user's residents of each of some areas; of one that the table does not have, no rows."""
    places, rows = table.groupby(AREA_CODE).indices, _Rows.of(table)
    return {code: rows.at(places.get(code, [])) for code in codes}


def _of_others(own: pd.DataFrame, areas: "list[StudyArea]") -> str:
    """That a user's residents are of none of the areas asked for, with codes of either."""
    given, asked = (list(dict.fromkeys(codes)) for codes in (own[AREA_CODE], (area.code for area in areas)))
    shown = ", ".join(given[:5]) + (f" and {len(given) - 5} more" if len(given) > 5 else "")
    return (
        f"the residents given are of no area that is asked for: their area_code is {shown}, and the boundaries have "
        f"such codes as {', '.join(asked[:3])}"
    )


def _none_of(area: "StudyArea", whole: Denominator) -> str:
    """Why an area has no residents to divide by."""
    if whole.own:
        return f"the residents given have none of this {area.kind.one}"
    if not area.kind.carried:
        return f"no residents of {area.kind.many} are carried: {HOW_TO_GIVE}"
    missing = f"Census {whole.census_year} has no authority {area.code} ({area.name}); authorities were merged since"
    return f"{missing} or before: choose another -p census_year"


def _rows_at(area: "StudyArea", whole: Denominator, *, asked: bool) -> tuple[_Rows, int, list[str]]:
    """Residents of a local authority on the base of its force, the year of their census (0: interpolated), and notes.

    Where nothing is asked for, an authority that only another census has takes that one.
    """
    years = [whole.census_year] if asked else list(census_years())
    if not area.kind.carried:  # a ward may have the name of an authority
        return _Rows.of(authority_residents(years[0]).head(0)), whole.census_year, []
    groups = GROUPINGS[whole.chinese]
    found = {year: _rows_of(year, groups, area.code, area.name.casefold()) for year in years}
    found = {year: (rows, _other_code(area, codes)) for year, (rows, codes) in found.items()}
    held = {year: rows for year, (rows, _) in found.items() if len(rows.residents)}
    if not held:
        return found[years[0]][0], whole.census_year, []
    notes = list(dict.fromkeys(note for year, (_, note) in found.items() if note and year in held))
    if whole.around and set(whole.around) <= set(held):
        start, end = (held[year] for year in whole.around)  # all authorities have the same groups
        return start._replace(later=end.residents, share=share_passed(whole.time)), 0, notes
    if whole.census_year in held:
        rows, note = found[whole.census_year]
        return rows, whole.census_year, [note] if note else []
    year = max(held)
    only = f"Of the censuses, {area.name} is in that of {year} only: its residents are those of Census {year}."
    return held[year], year, [only, *notes]


@lru_cache(maxsize=10_000)
def _rows_of(year: int, groups: str, code: str, name: str) -> tuple[_Rows, str]:
    """The residents of a local authority in a census, and its code there where it was found by its name alone, else
    ""."""
    rows, codes, by_code, by_name = _authorities(year, groups)
    at, own = by_code.get(code), ""
    if at is None:
        at = by_name.get(name, [])
        [own, *others] = dict.fromkeys(codes[at]) or [""]
        at = [] if others else at
    return rows.at(at), own if len(at) else ""


@cache
def _authorities(year: int, groups: str) -> tuple[_Rows, np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """All local authorities in a census: residents, codes, and where each is by its code and by its name in small
    letters."""
    table = authority_residents(year, groups=groups)
    places = (table.groupby(key).indices for key in ("authority_code", table["authority"].str.casefold()))
    return _Rows.of(table), table["authority_code"].to_numpy(), *places


def _other_code(area: "StudyArea", code: str) -> str:
    if not code:
        return ""
    return f"The census has {area.name} under the code {code}, the boundaries under {area.code}."
