"""Census residents finer than the five groups of a force: local authorities, and age bands by sex (2011)."""

from functools import cache

import pandas as pd

from sas_analysis.reference import _table
from sas_analysis.reference.forces import check_force
from sas_analysis.reference.population import CENSUS_YEARS, GROUPS_5

AGE_BANDS = ("under 10", "10-17", "18-24", "25-34", "over 34")  # labels of the clean table
_CHINESE = {"ethnicity_5": "Asian", "ethnicity_5_2001": "Other"}


def authority_residents(census_year: int, *, force: str | None = None, groups: str = "ethnicity_5") -> pd.DataFrame:
    """Usual residents of local authorities: `authority_code | authority | force | ethnicity_5 | residents`.

    census_year : 2011 (348 authorities, codes of 2011) or 2021 (331, codes of 2022). force : of one force area.
    groups : "ethnicity_5" (Chinese in Asian) or "ethnicity_5_2001" (in Other); the column is named ethnicity_5.
    Source: ONS KS201EW (2011), TS021 (2021). Raises ValueError, all faults at once.
    """
    faults = [] if census_year in CENSUS_YEARS else [f"census {census_year} is not carried"]
    faults += [] if groups in _CHINESE else [f"residents are not known by {groups}; choose from: {', '.join(_CHINESE)}"]
    faults += _faults_of(force)
    if faults:
        raise ValueError("\n".join(faults))
    table = _authorities()
    table = table[table["census_year"].eq(census_year) & (force is None or table["force"].eq(force))]
    table = table.assign(ethnicity_5=table["group"].replace({"Chinese": _CHINESE[groups]}))
    keys = ["authority_code", "authority", "force", "ethnicity_5"]
    return table.groupby(keys, observed=True)["residents"].sum().reset_index()


def age_sex_residents(force: str | None = None) -> pd.DataFrame:
    """Usual residents in 2011 by age band and sex: `force | age_range | gender | ethnicity_5 | residents`.

    force : of one force area; None for all 43. Chinese is in Asian. Labels are those of the clean table; the census
    asked for two sexes. Source: ONS Census 2011. Raises ValueError for an unknown force.
    """
    if faults := _faults_of(force):
        raise ValueError("\n".join(faults))
    wide = _table("population_age_sex").rename(columns={"sex": "gender"}).drop(columns="census_year")
    wide = wide if force is None else wide[wide["force"].eq(force)]
    long = wide.melt(["force", "age_range", "gender"], list(GROUPS_5), "ethnicity_5", "residents")
    long["age_range"] = pd.Categorical(long["age_range"], AGE_BANDS, ordered=True)
    return long.astype({"residents": "int64"}).sort_values(["force", "age_range", "gender"], ignore_index=True)


def official_name(wanted: str) -> str:
    """The name of a local authority of either census, from its name or code in any case; else `wanted` as it is."""
    table = _table("population_authority")
    key = wanted.strip().casefold()
    names = table.loc[table["authority"].str.casefold().eq(key) | table["authority_code"].str.casefold().eq(key)]
    return names["authority"].iloc[-1] if len(names) else wanted


def age_sex_residents_of(
    forces, *, chinese: str = "Asian", area=None, problem: str | None = None
) -> tuple[pd.DataFrame | None, str | None]:
    """`age_sex_residents` of some forces, and why there are none: no valid residents, a part of a force, or Chinese
    in Other, which is not carried by age and sex."""
    if not problem and area is not None:
        problem = "residents by age and sex are carried for whole forces only"
    if not problem and chinese != "Asian":
        problem = "residents by age and sex are carried with Chinese in Asian only"
    if problem:
        return None, problem
    table = age_sex_residents()
    return table[table["force"].isin(list(forces))], None


@cache
def _authorities() -> pd.DataFrame:
    wide = _table("population_authority").rename(columns={"Asian other than Chinese": "Asian"})
    keys = ["census_year", "authority_code", "authority", "force"]
    return wide.melt(keys, var_name="group", value_name="residents").astype({"census_year": int, "residents": "int64"})


def _faults_of(force: str | None) -> list[str]:
    try:
        check_force(*([] if force is None else [force]))
    except ValueError as unknown:
        return [str(unknown)]
    known = force is None or force in set(_table("population_force")["force"])
    return [] if known else [f"no census residents of {force} are carried"]
