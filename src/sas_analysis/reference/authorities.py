"""Census residents of local authorities."""

from functools import cache

import pandas as pd

from sas_analysis.reference import _table
from sas_analysis.reference.census import GROUPINGS, census_years
from sas_analysis.reference.population import faults_of_force

_CHINESE = {column: chinese for chinese, column in GROUPINGS.items()}


def authority_residents(census_year: int, *, force: str | None = None, groups: str = "ethnicity_5") -> pd.DataFrame:
    """Usual residents of local authorities: `authority_code | authority | force | ethnicity_5 | residents`.

    census_year : 2011 (348 authorities, codes of 2011) or 2021 (331, codes of 2022). force : of one force area.
    groups : "ethnicity_5" (Chinese in Asian) or "ethnicity_5_2001" (in Other); the column is named ethnicity_5.
    Source: ONS KS201EW (2011), TS021 (2021). Raises ValueError, all faults at once.
    """
    faults = [] if census_year in census_years() else [f"census {census_year} is not carried"]
    faults += [] if groups in _CHINESE else [f"residents are not known by {groups}; choose from: {', '.join(_CHINESE)}"]
    faults += faults_of_force(force)
    if faults:
        raise ValueError("\n".join(faults))
    table = _of_census(census_year, groups)
    return table.copy() if force is None else table[table["force"].eq(force)].reset_index(drop=True)


def official_name(wanted: str) -> str:
    """The name of a local authority of either census, from its name or code as `areas.match_area` takes them; else
    `wanted` as it is."""
    from sas_analysis.reference.areas import plain_name  # with shapely, which a table of residents does without

    table = _table("population_authority")
    code, key = wanted.strip().casefold(), plain_name(wanted)
    names = table.loc[table["authority"].map(plain_name).eq(key) | table["authority_code"].str.casefold().eq(code)]
    return names["authority"].iloc[-1] if len(names) else wanted


@cache
def _of_census(census_year: int, groups: str) -> pd.DataFrame:
    table = _authorities()
    table = table[table["census_year"].eq(census_year)]
    table = table.assign(ethnicity_5=table["group"].replace({"Chinese": _CHINESE[groups]}))
    keys = ["authority_code", "authority", "force", "ethnicity_5"]
    return table.groupby(keys, observed=True)["residents"].sum().reset_index()


@cache
def _authorities() -> pd.DataFrame:
    wide = _table("population_authority").rename(columns={"Asian other than Chinese": "Asian"})
    keys = ["census_year", "authority_code", "authority", "force"]
    return wide.melt(keys, var_name="group", value_name="residents").astype({"census_year": int, "residents": "int64"})
