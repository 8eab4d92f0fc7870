"""A published figure beside the one made anew from its parts, and whether they agree.

They agree when ours, rounded half up to as many decimals as the published text has, is that text.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

CHECK_COLUMNS = ("source", "figure", "published", "recomputed", "difference", "verdict", "note")
AGREES, DIFFERS, NOT_COMPARED = "agrees", "differs", "cannot be compared"


def compared(source: str, figure: Iterable, published: Iterable, values, *, recomputed=None, note="") -> pd.DataFrame:
    """CHECK_COLUMNS, a row per figure.

    figure : n texts. published : n texts as printed, or whole numbers. values : n numbers made anew, missing
    where there is nothing to make them from. recomputed : n texts, where `rounded` is not how the source prints.
    note : a text or n texts, the reason where a value is missing.
    """
    texts = ["" if pd.isna(text) else str(text) for text in published]
    values = pd.Series(list(values), dtype="Float64").to_numpy(dtype=float, na_value=np.nan)
    if recomputed is None:
        recomputed = [rounded(value, text) for value, text in zip(values, texts, strict=True)]
    table = pd.DataFrame({"source": source, "figure": list(figure), "published": texts, "recomputed": list(recomputed)})
    printed, ours = (pd.to_numeric(table[column], errors="coerce") for column in ("published", "recomputed"))
    comparable = printed.notna() & ours.notna()
    table["difference"] = pd.Series(values - printed, dtype=float).where(comparable)
    table["verdict"] = np.where(comparable, np.where(printed.eq(ours), AGREES, DIFFERS), NOT_COMPARED)
    return table.assign(note=note if isinstance(note, str) else list(note))[list(CHECK_COLUMNS)]


def rounded(value: float, published: str) -> str:
    """`value` rounded half up to as many decimals as the published text has; "" if either is missing."""
    if pd.isna(value) or not published:
        return ""
    decimals = len(published.partition(".")[2])
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
