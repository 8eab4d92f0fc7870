"""Tables of local authorities as a page shows them: without codes, which are in the CSV."""

import numpy as np
import pandas as pd

from sas_analysis.present import prose
from sas_analysis.present.few import FEW_IN_WORDS, FEWEST


def named(table: pd.DataFrame) -> pd.DataFrame:
    """A table of areas by their names alone. They are areas, whether boroughs or others, as in the other tables."""
    return table.drop(columns=["area_code"], errors="ignore").rename(columns={"borough": "area"})


def banded(table: pd.DataFrame) -> pd.DataFrame:
    """What searches near boundaries could change, with the digits that the same measure has in the other tables."""
    shown = named(table)
    for name in ("estimate", "lowest", "highest"):
        pairs = zip(shown[name].astype(float), shown["measure"], strict=True)
        shown[name] = [_banded(value, measure) for value, measure in pairs]
    return shown


def _banded(value: float, measure: str) -> str:
    if pd.isna(value):
        return "–"
    return prose.number(value, measure) if np.isfinite(value) else "without limit"


def beyond(table: pd.DataFrame) -> pd.DataFrame:
    """A funnel in the columns that say where an area or a force lies, those furthest out first; few in brackets."""
    order = table["p_value"].astype(float).sort_values(kind="stable", na_position="last").index
    rows = table.loc[order].reset_index(drop=True)
    few = rows["searches"].lt(FEWEST) & rows["ratio"].notna()
    ratios = [prose.column(value, "ratio") for value in rows["ratio"]]
    edges = rows[["lower_95", "upper_95"]].astype(float).itertuples(index=False)
    place = "area" if "area" in rows else "force"
    shown = rows[[place, "ethnicity_5", "searches"]].assign(
        ratio=[f"({text})" if own else text for text, own in zip(ratios, few, strict=True)],
        target=rows["target"],
        limits_95=[prose.interval(*edge, "disproportionality_ratio") or "–" for edge in edges],
        verdict=rows["verdict"].replace("", "–"),
    )
    return shown.assign(note=[FEW_IN_WORDS if own else "" for own in few])
