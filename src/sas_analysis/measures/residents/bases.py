"""The ratio on every base of residents that can be defended, and how far residents would have to be wrong."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.rates.ratios import REFERENCE, disproportionality_ratio
from sas_analysis.measures.shares import UNKNOWN_LABELS, require_columns
from sas_analysis.measures.table import LIMITS, check_measures_table, join_notes
from sas_analysis.records.select import with_ethnicity
from sas_analysis.reference.age_sex import age_sex_residents, age_sex_year
from sas_analysis.reference.census import GROUPINGS, census_years, censuses
from sas_analysis.reference.denominators import denominator
from sas_analysis.reference.forces import population_problem
from sas_analysis.reference.interpolate import interpolated_residents, middle
from sas_analysis.reference.population import residents

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
        keep = pd.Series(True, index=searches.index)
        keep &= searches["age_range"].isin(self.ages) if self.ages else True
        keep &= searches["gender"].eq(self.gender) if self.gender else True
        return with_ethnicity(searches[keep], scheme=scheme, chinese=self.chinese)


def bases_of_forces(forces, start: str, end: str, *, user: pd.DataFrame | None = None) -> list[Base]:
    """All bases for some forces (each with valid residents) and a period "YYYY-MM" to "YYYY-MM".

    user : residents of `interpolate.read_residents`, or None. A period whose middle is not between the censuses has
    no interpolated base.
    """
    forces, time = list(forces), middle(start, end)
    by_age = age_sex_residents()
    by_age = by_age[by_age["force"].isin(forces) & by_age["age_range"].isin(AGES)]
    keys = ["force", "ethnicity_5"]
    young = by_age.groupby(keys)["residents"].sum().reset_index()
    men = by_age[by_age["gender"].eq("Male")].groupby(keys)["residents"].sum().reset_index()
    found = [
        Base(census.name, residents(forces, census.year, by=keys), f"residents of all ages, {census.month}")
        for census in reversed(censuses())
    ]
    first, *_, last = census_years()
    if first <= time <= last:
        between = interpolated_residents(forces, time)
        found.append(Base("Interpolated", between, f"constant growth between the censuses, at {time:.1f}"))
    for year, chinese in _with_chinese_elsewhere():
        column = GROUPINGS[chinese]
        old = residents(forces, year, by=["force", column]).set_axis([*keys, "residents"], axis=1)
        what = f"Chinese in {chinese}, residents and searches"
        found.append(Base(census_name(year, chinese), old, what, column=column))
    year = age_sex_year()
    found += [
        Base(f"Aged 10-34, {year}", young, "residents and searches aged 10 to 34; age blank: left out", ages=AGES),
        Base(f"Males 10-34, {year}", men, "male residents and searches aged 10 to 34", ages=AGES, gender="Male"),
    ]
    if user is not None:
        found.append(Base("User's", user[user["force"].isin(forces)][[*keys, "residents"]], "residents of the user"))
    return found


def bases_of_area(files, area) -> list[Base]:
    """The bases of one local authority (`study.area`): the censuses that have it, with Chinese in either group."""
    found = []
    for year, chinese in (*((year, "Asian") for year in reversed(census_years())), *_with_chinese_elsewhere()):
        base = denominator(files, census_year=year, chinese=chinese, area=area)
        if base.problem is None:
            what = f"residents of {area.name}, all ages; Chinese in {chinese}"
            found.append(Base(census_name(year, chinese), base.residents, what, GROUPINGS[chinese]))
    return found


def _with_chinese_elsewhere() -> list[tuple[int, str]]:
    """The censuses on which the official series counts Chinese in another group than Asian, and that group."""
    return [(census.year, census.chinese) for census in reversed(censuses()) if census.chinese != "Asian"]


def census_name(year: int, chinese: str) -> str:
    """The name of the base of all ages of a census."""
    return f"Census {year}, old 5+1" if chinese == "Other" else f"Census {year}"


def bases_for(files, *, area=None, user=None) -> tuple[list[str], list[Base], str]:
    """The forces with valid residents, the bases for them and the period, and why there are none, or "".

    files : `coverage.coverage_grid`. area : `study.area`; its bases are the censuses. user : as `bases_of_forces`.
    """
    if area is not None:
        base = denominator(files, area=area)
        return base.forces, [] if base.problem else bases_of_area(files, area), base.problem or ""
    problems = {force: population_problem(force) for force in files["force"].astype("str").unique()}
    usable = [force for force, problem in problems.items() if problem is None]
    if not usable:
        return [], [], "; ".join(dict.fromkeys(problems.values()))
    months = files["month"].astype("str")
    return usable, bases_of_forces(usable, months.min(), months.max(), user=user), ""


def ratios_by_base(
    searches, files, *, scheme="self", area=None, user=None, reference=REFERENCE, level=0.95, interval="process"
):
    """The ratio of every group on every base, one measures table with the leading column `base`.

    searches : clean table; `ethnicity_5` has Chinese in Asian, `ethnicity_5_2001` in Other. files :
    `coverage.coverage_grid`. scheme : whose word on ethnicity, as `select.with_ethnicity`. area, user : as `bases_for`.
    Numerator and denominator are restricted alike: a base of young residents is set against searches of that age.
    Forces without valid residents are left out; where none is left every ratio is missing with the reason, as on a
    base that lacks a group or a force of the searches.
    Intervals as `disproportionality_ratio`: sampling alone; the spread over the bases is not sampling.
    """
    forces, bases, reason = bases_for(files, area=area, user=user)
    forces = forces if bases else list(files["force"].astype("str").unique())
    searches, files = (part[part["force"].isin(forces)] for part in (searches, files))
    bases = bases or [Base("No base", pd.DataFrame(), reason)]
    known = {"reference": reference, "level": level, "interval": interval}
    tables = [_of(searches, files, base, scheme, forces, known, reason) for base in bases]
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


def _of(searches, files, base, scheme, forces, known, problem):
    """The ratios on one base."""
    own = base.searches(searches, scheme)
    problem = problem or _mismatch(base, own, forces)
    table = disproportionality_ratio(Exposure.of(own, files, base.residents, problem=problem or None), **known)
    table["note"] = join_notes(table["note"], pd.Series(np.repeat(base.what if not problem else "", len(table))))
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
