"""The ratio on every base of residents that can be defended, and how far residents would have to be wrong."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.errors import DataError
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.rates.ratios import REFERENCE, disproportionality_ratio
from sas_analysis.measures.shares import UNKNOWN_LABELS, require_columns
from sas_analysis.measures.table import LIMITS, check_measures_table, join_notes
from sas_analysis.records.select import with_ethnicity
from sas_analysis.reference.age_sex import age_sex_residents, age_sex_year
from sas_analysis.reference.census import GROUPINGS, census_years, censuses
from sas_analysis.reference.denominators import base_name, denominator, period_of
from sas_analysis.reference.interpolate import AREA_CODE, around, interpolated_residents, middle, middle_month
from sas_analysis.reference.population import residents

OF_AREAS = (
    "the residents given are of areas (area_code), and no area is asked for: name a borough, or give force, "
    "ethnicity_5 and residents"
)
OF_FORCES = "the residents given are of forces, and areas have residents of their own: give area_code instead of force"
AGES = ("10-17", "18-24", "25-34")
FACTORS = (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)


@dataclass(frozen=True)
class Base:
    """One base: its name, `force | ethnicity_5 | residents`, the column and rows of the searches that belong to it."""

    name: str
    residents: pd.DataFrame
    what: str
    column: str = "ethnicity_5"
    ages: tuple[str, ...] = ()
    gender: str = ""

    @property
    def part(self) -> bool:
        """Whether the residents are a part of all: of some ages, or of one sex."""
        return bool(self.ages or self.gender)

    @property
    def chinese(self) -> str:
        """The group that Chinese is counted in."""
        return "Other" if self.column == "ethnicity_5_2001" else "Asian"

    def searches(self, searches: pd.DataFrame, scheme: str = "self") -> pd.DataFrame:
        """The searches that the residents can have been: same groups, same ages, same sex; blanks are in none.

        searches : clean table. scheme : as `select.with_ethnicity`.
        """
        require_columns(searches, [self.column, *["age_range"] * bool(self.ages), *["gender"] * bool(self.gender)])
        if self.part:
            keep = pd.Series(True, index=searches.index)
            keep &= searches["age_range"].isin(self.ages) if self.ages else True
            keep &= searches["gender"].eq(self.gender) if self.gender else True
            searches = searches[keep]
        return with_ethnicity(searches, scheme=scheme, chinese=self.chinese)


def bases_of_forces(
    forces, start: str, end: str, *, chinese: str = "Asian", user: pd.DataFrame | None = None
) -> list[Base]:
    """All bases for some forces (each with valid residents) and a period "YYYY-MM" to "YYYY-MM".

    chinese : the group that Chinese is counted in, on every base: another grouping is another question, not another
    base. user : residents of `interpolate.read_residents`, or None. A period whose middle is not between the censuses
    has no interpolated base, and residents by age are carried with Chinese in Asian only.
    """
    forces, time, column = list(forces), middle(start, end), GROUPINGS[chinese]
    keys = ["force", "ethnicity_5"]
    found = [
        Base(
            base_name(census.year, chinese),
            residents(forces, census.year, by=["force", column]).set_axis([*keys, "residents"], axis=1),
            f"residents of all ages, {census.month}",
            column,
        )
        for census in reversed(censuses())
    ]
    if pair := around(time):
        people = interpolated_residents(forces, time, groups=column)
        what = f"constant growth from Census {pair[0]} to Census {pair[1]}, at {middle_month(start, end)}"
        found.append(Base(base_name(0, chinese), people, what, column))
    found += _of_young_people(forces) if chinese == "Asian" else []
    if user is not None:
        own = user[user["force"].isin(forces)][[*keys, "residents"]]
        found.append(Base("User's", own, "residents of the user", column))
    return found


def _of_young_people(forces) -> list[Base]:
    """The bases of those whom searches are mostly of, at the last census that has them by age and sex."""
    by_age, year = age_sex_residents(), age_sex_year()
    by_age = by_age[by_age["force"].isin(forces) & by_age["age_range"].isin(AGES)]
    keys = ["force", "ethnicity_5"]
    young = by_age.groupby(keys)["residents"].sum().reset_index()
    men = by_age[by_age["gender"].eq("Male")].groupby(keys)["residents"].sum().reset_index()
    return [
        Base(f"Aged 10-34, {year}", young, "residents and searches aged 10 to 34; age blank: left out", ages=AGES),
        Base(f"Males 10-34, {year}", men, "male residents and searches aged 10 to 34", ages=AGES, gender="Male"),
    ]


def bases_of_area(files, area, *, chinese: str = "Asian", user: pd.DataFrame | None = None) -> list[Base]:
    """The bases of one area (`study.area`): the censuses that have it, between them, and a user's residents of it."""
    asked = [*reversed(census_years()), 0]
    bases = {year: denominator(files, census_year=year, chinese=chinese, area=area) for year in asked}
    what = f"residents of {area.name}, all ages"
    found = [
        Base(base.name, base.residents, what, GROUPINGS[chinese])
        for year, base in bases.items()
        if base.problem is None and base.census_year == year
    ]
    own = None if user is None else denominator(files, chinese=chinese, area=area, own=user)
    if own is not None and own.problem is None:
        found.append(Base(own.name, own.residents, "residents of the user", GROUPINGS[chinese]))
    return found


def reclassified(files, *, chinese: str = "Asian", area=None) -> list[Base]:
    """The censuses with Chinese where the official series counts them, if that is another group than `chinese`.

    They are no rungs of a ladder of residents: numerator and denominator both are of other groups. A multiverse of all
    choices has them.
    """
    found = []
    for census in reversed(censuses()):
        base = denominator(files, census_year=census.year, chinese=census.chinese, area=area)
        if census.chinese != chinese and base.problem is None:
            what = f"Chinese in {census.chinese}, residents and searches"
            found.append(Base(base.name, base.residents, what, GROUPINGS[census.chinese]))
    return found


def bases_for(files, *, chinese="Asian", area=None, user=None) -> tuple[list[str], list[Base], str]:
    """The forces with valid residents, the bases for them and the period, and why there are none, or "".

    files : `coverage.coverage_grid`. area : `study.area`; its bases are the censuses, and between them. chinese, user :
    as `bases_of_forces`.
    """
    of_areas = user if user is not None and AREA_CODE in user else None
    if area is not None and user is not None and of_areas is None:
        raise DataError(OF_FORCES)
    base = denominator(files, chinese=chinese, area=area, own=of_areas)
    if area is not None:
        found = [] if base.problem else bases_of_area(files, area, chinese=chinese, user=of_areas)
        return base.forces, found, base.problem or ""
    if of_areas is not None:
        raise DataError(OF_AREAS)
    if base.problem:
        return [], [], base.problem
    return base.forces, bases_of_forces(base.forces, *period_of(files, base.forces), chinese=chinese, user=user), ""


def ratios_by_base(
    searches,
    files,
    *,
    scheme="self",
    chinese="Asian",
    area=None,
    user=None,
    reference=REFERENCE,
    level=0.95,
    interval="process",
    of_part=None,
):
    """The ratio of every group on every base, one measures table with the leading column `base`.

    searches : clean table; `ethnicity_5` has Chinese in Asian, `ethnicity_5_2001` in Other. files :
    `coverage.coverage_grid`. scheme : whose word on ethnicity, as `select.with_ethnicity`. chinese, area, user : as
    `bases_for`. of_part : {"searches": ..., "files": ..., "note": ...} for bases of some ages or one sex, where fewer
    months tell these; the note says so.
    Numerator and denominator are restricted alike: a base of young residents is set against searches of that age.
    Forces without valid residents are left out; where none is left every ratio is missing with the reason, as on a
    base that lacks a group or a force of the searches.
    Intervals as `disproportionality_ratio`: sampling alone; the spread over the bases is not sampling.
    """
    forces, bases, reason = bases_for(files, chinese=chinese, area=area, user=user)
    forces = forces if bases else list(files["force"].astype("str").unique())
    of_all = {"searches": searches, "files": files, "note": ""}
    bases = bases or [Base("No base", pd.DataFrame(), reason)]
    known = {"reference": reference, "level": level, "interval": interval}
    how = {"scheme": scheme, "forces": forces, "known": known, "problem": reason}
    tables = [_of(base=base, **(of_part if base.part and of_part else of_all), **how) for base in bases]
    return check_measures_table(pd.concat(tables, ignore_index=True))


def benchmark_grid(ratios, factors=FACTORS):
    """The ratio if the group's residents were each of `factors` times as many: measures table, leading column `factor`.

    ratios : measures table of `disproportionality_ratio`; the reference row goes. Estimate and limits are divided by
    the factor; the line crosses 1 where the factor is the ratio itself. Raises ValueError for a factor not above zero.
    """
    if any(factor <= 0 for factor in factors):
        raise ValueError(f"factors must be above 0: {[factor for factor in factors if factor <= 0]}")
    rows = ratios[~ratios["note"].str.contains("reference group", regex=False)]
    tables = []
    for factor in factors:
        scaled = rows.assign(denominator=rows["denominator"].astype("Float64") * factor)
        for column in ("estimate", *LIMITS):
            scaled[column] = scaled[column] / factor
        scaled.insert(0, "factor", factor)
        tables.append(scaled)
    return check_measures_table(pd.concat(tables, ignore_index=True))


def _of(base, searches, files, note, scheme, forces, known, problem):
    """The ratios on one base."""
    inside = searches["force"].isin(forces)
    searches, files = searches if inside.all() else searches[inside], files[files["force"].isin(forces)]
    own = base.searches(searches, scheme)
    problem = problem or _mismatch(base, own, forces)
    table = disproportionality_ratio(Exposure.of(own, files, base.residents, problem=problem or None), **known)
    own_notes = [pd.Series(np.repeat(text if not problem else "", len(table))) for text in (base.what, note)]
    table["note"] = join_notes(table["note"], *own_notes)
    table.insert(0, "base", base.name)
    return table


def _mismatch(base, searches, forces):
    """Why searches of a base and its residents are not of the same groups and forces, or ""."""
    groups = set(searches["ethnicity_5"].dropna().unique()) - set(UNKNOWN_LABELS)
    lacking = groups - set(base.residents["ethnicity_5"].astype("str"))
    absent = set(forces) - set(base.residents["force"].astype("str"))
    faults = [f"the base has no group {', '.join(sorted(lacking))}"] if lacking else []
    faults += [f"the base has no residents of {', '.join(sorted(absent))}"] if absent else []
    return "; ".join(faults)
