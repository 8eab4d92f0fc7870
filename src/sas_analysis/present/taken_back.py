"""The table of the months that count and of those left out taken back in, as a page shows it: where there are any."""

import numpy as np
import pandas as pd

from sas_analysis.measures.sensitivity import ALL_PUBLISHED, COUNTED, UNUSABLE_INCLUDED


def view(table: pd.DataFrame) -> pd.DataFrame | None:
    """The lines of months that are not the same; None where no month is left out, for then all are.

    table : as `Study.without_flagged` returns it.
    """
    counted, doubtful, every = (table[table["months"].eq(name)] for name in (COUNTED, UNUSABLE_INCLUDED, ALL_PUBLISHED))
    if _same(counted, every):
        return None
    return table[table["months"].ne(UNUSABLE_INCLUDED)] if _same(doubtful, every) else table


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two lines have the same numbers in the same rows."""
    numbers = [
        rows[["numerator", "denominator", "estimate"]].to_numpy(dtype=float, na_value=np.nan) for rows in (one, other)
    ]
    return numbers[0].shape == numbers[1].shape and np.array_equal(*numbers, equal_nan=True)
