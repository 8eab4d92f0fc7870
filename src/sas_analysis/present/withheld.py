"""The last look at a table of records that are not published: nothing with an exact count is shown or saved."""

import numpy as np
import pandas as pd

from sas_analysis.measures.registry import COUNT, MEASURES
from sas_analysis.rounding import WITHHELD

# Whole numbers that count no records; any other is taken for a count, also of a table that nobody has thought of.
_OF_NO_RECORDS = {
    *("months", "days", "flagged", "header_only", "no_file"),
    *("forces", "forces_ranked", "df", "combinations", "number", "delta", "factor"),
}


def reveals(table: pd.DataFrame, round_to: int) -> bool:
    """Whether a table may not be shown: it is withheld, or one of its counts is no multiple of `round_to`."""
    if not round_to:
        return False
    return bool(table.attrs.get(WITHHELD)) or has_exact_counts(table, round_to)


def has_exact_counts(table, round_to: int) -> bool:
    """Whether a table has a count that is no multiple of `round_to`: then no sentence may be made of it either.

    A withheld table has no row, and its sentence says why. Estimates and whatever is no table are counted elsewhere.
    """
    if not round_to or not isinstance(table, pd.DataFrame):
        return False
    return any((counts % round_to != 0).any() for counts in _counts(table))


def _counts(table: pd.DataFrame):
    """The columns of whole numbers that count records, without what is missing."""
    amounts = {"numerator", "denominator"} & set(table) if "measure" in table else set()  # official figures have others
    kept = [MEASURES[name].parts and MEASURES[name].kind != COUNT for name in table["measure"]] if amounts else []
    for name in table.select_dtypes("number").columns.difference(list(_OF_NO_RECORDS)):
        rows = table[np.array(kept, dtype=bool)] if name in amounts else table
        if pd.api.types.is_integer_dtype(table[name].dtype):
            yield rows[name].dropna().to_numpy(dtype="int64")
