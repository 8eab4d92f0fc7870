"""The ratios that official counts give, to stand beside those of records that official statistics contradict."""

from typing import TYPE_CHECKING

import pandas as pd

from sas_analysis.reference.census import GROUPINGS
from sas_analysis.reference.official.counts import official_searches
from sas_analysis.reference.official.reconcile import RED

if TYPE_CHECKING:
    from sas_analysis.study.comparison import Comparison

COLUMNS = ["ethnicity_5", "year_ending", "searches", "estimate"]


def official_ratios(compared: "Comparison") -> pd.DataFrame:
    """The ratio of each group to the reference group by official counts, on the residents of the comparison.

    Parameters
    ----------
    compared : Comparison

    Returns
    -------
    DataFrame
        `ethnicity_5 | year_ending | searches | estimate`: searches of self-defined ethnicity in the newest official
        year that contradicts the records. No row where none does, and where official counts are not of the same
        thing: of several forces, a part of one, one power, or another grouping of Chinese.
    """
    study, base = compared.study, compared.base
    red = study.official[study.official["light"].eq(RED)]
    red = red[red["year_ending"].eq(red["compared_with"])]
    part = study.area is not None or study.choices.power != "all" or len(study.forces) > 1
    counts = official_searches()
    counts = counts[counts["force"].isin(base.forces) & counts["groups"].eq(GROUPINGS[base.chinese])]
    counts = counts[counts["year_ending"].eq(red["year_ending"].max()) & counts["White"].notna()]
    if red.empty or part or base.problem or counts.empty:
        return pd.DataFrame(columns=COLUMNS)
    residents = base.residents.astype({"ethnicity_5": "str"}).set_index("ethnicity_5")["residents"].astype(float)
    searches = counts.iloc[0][residents.index].astype("Int64")
    per_resident = searches.astype(float) / residents.where(residents > 0)
    reference = per_resident[compared.reference]
    table = pd.DataFrame({"searches": searches, "estimate": per_resident / (reference or float("nan"))})
    table = table.rename_axis("ethnicity_5").reset_index().assign(year_ending=counts.iloc[0]["year_ending"])
    return table[table["ethnicity_5"].isin(compared.groups)][COLUMNS].reset_index(drop=True)
