"""Tables of local authorities as a page shows them: without codes, which are in the CSV."""

import pandas as pd

from sas_analysis.measures.pooling.funnel_limits import EDGES


def named(table: pd.DataFrame) -> pd.DataFrame:
    """A table of areas by their names alone."""
    return table.drop(columns=["area_code"], errors="ignore")


def beyond(table: pd.DataFrame) -> pd.DataFrame:
    """A funnel in the columns that say where an area lies, those furthest out first."""
    order = table["p_value"].astype(float).sort_values(kind="stable", na_position="last").index
    columns = ["area", "ethnicity_5", "searches", "ratio", "target", *EDGES[2:], "verdict"]
    return table.loc[order, columns].reset_index(drop=True)
