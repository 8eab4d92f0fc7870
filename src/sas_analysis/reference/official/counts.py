"""Official numbers of searches by force and year ending March, in one layout whatever table they come from.

`force | year_ending | edition | groups | vehicle_only | White | Mixed | Asian | Black | Other | Unknown | All`

year_ending : "2016-03". groups : the column of the clean table whose five groups these are, "ethnicity_5" or
"ethnicity_5_2001" (Chinese in Other). vehicle_only : whether `All` includes vehicle-only searches; the groups
never do. Counts are missing where not published.
"""

from functools import cache

import numpy as np
import pandas as pd

from sas_analysis.reference import _table
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.validation.carried_tables import home_office_searches
from sas_analysis.validation.published import ALL_FORCES, published

COUNTS = [*GROUPS_5, "Unknown", "All"]
OFFICIAL_COLUMNS = ["force", "year_ending", "edition", "groups", "vehicle_only", *COUNTS]
FACTS_AND_FIGURES = "Ethnicity facts and figures"
OPEN_DATA = "Home Office open data"
SUMMARY_TABLE = "Home Office table SS_20"


def official_searches() -> pd.DataFrame:
    """Every official count by force carried: EFF 2006/07 to 2017/18, Home Office 2020/21 to 2024/25.

    2018/19 and 2019/20 by force are not carried: read them with `home_office.read_official`.
    """
    return _carried().copy()


def year_ending(year: str) -> str:
    """ "2015/16" as "2016-03", the month the year ends with."""
    return f"{int(year[:4]) + 1}-03"


def by_force(official: pd.DataFrame) -> dict[str, list[dict]]:
    """The rows of each force; "counts" of each: its numbers in the order of `COUNTS`, missing where not published."""
    counts = official[COUNTS].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    found = {}
    for row, numbers in zip(official.drop(columns=COUNTS).to_dict("records"), counts, strict=True):
        found.setdefault(row["force"], []).append(row | {"counts": numbers})
    return found


@cache
def _carried() -> pd.DataFrame:
    tables = [_facts_and_figures(), _open_data(), _summary()]
    table = pd.concat([part.reindex(columns=OFFICIAL_COLUMNS) for part in tables], ignore_index=True)
    return table.astype({column: "Int64" for column in COUNTS})


def _facts_and_figures() -> pd.DataFrame:
    """EFF by force; its blank counts stand for zero (tables/README.md)."""
    table = published("force_2006_2018")
    table = table[~table["area"].str.startswith(ALL_FORCES)]
    wide = table.pivot(index=["area", "year"], columns="ethnicity", values="searches").reset_index()
    wide = wide.fillna({column: 0 for column in COUNTS}).rename(columns={"area": "force"})
    return _of_edition(wide, FACTS_AND_FIGURES, "ethnicity_5_2001")


def _open_data() -> pd.DataFrame:
    """Home Office by force: searches of known ethnicity only."""
    wide = home_office_searches().pivot(index=["force", "year"], columns="ethnicity", values="searches").reset_index()
    return _of_edition(wide, OPEN_DATA, "ethnicity_5")


def _summary() -> pd.DataFrame:
    table = _table("home_office_force_total").rename(columns={"searches": "All"})
    table = table.assign(All=pd.to_numeric(table["All"]))
    return _of_edition(table, SUMMARY_TABLE, "ethnicity_5", vehicle_only=True)


def _of_edition(table: pd.DataFrame, edition: str, groups: str, *, vehicle_only: bool = False) -> pd.DataFrame:
    years = table["year"].map(year_ending)
    return table.assign(edition=edition, groups=groups, vehicle_only=vehicle_only, year_ending=years)
