"""Census residents by age band and sex, for whole forces."""

import pandas as pd

from sas_analysis.reference import _table
from sas_analysis.reference.population import GROUPS_5, faults_of_force

AGE_BANDS = ("under 10", "10-17", "18-24", "25-34", "over 34")  # labels of the clean table
SEXES = ("Male", "Female")  # those the census asked for


def age_sex_year() -> int:
    """The last census whose residents are carried by age and sex."""
    return int(_table("population_age_sex")["census_year"].max())


def age_sex_source() -> str:
    """These residents in words, for a caption."""
    return (
        f"Residents by age and sex: Census {age_sex_year()}, Office for National Statistics, Chinese counted in Asian"
    )


def age_sex_residents(force: str | None = None) -> pd.DataFrame:
    """Usual residents by age band and sex: `force | age_range | gender | ethnicity_5 | residents`.

    Those of the last census carried by them (`age_sex_year`). force : of one force area; None for all 43. Chinese is
    in Asian. Labels are those of the clean table; the census asked for two sexes. Source: ONS Census 2011.
    Raises ValueError for an unknown force.
    """
    if faults := faults_of_force(force):
        raise ValueError("\n".join(faults))
    wide = _table("population_age_sex").rename(columns={"sex": "gender"})
    wide = wide[wide["census_year"].eq(str(age_sex_year()))]
    wide = wide if force is None else wide[wide["force"].eq(force)]
    long = wide.melt(["force", "age_range", "gender"], list(GROUPS_5), "ethnicity_5", "residents")
    long["age_range"] = pd.Categorical(long["age_range"], AGE_BANDS, ordered=True)
    return long.astype({"residents": "int64"}).sort_values(["force", "age_range", "gender"], ignore_index=True)


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
