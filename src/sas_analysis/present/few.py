"""Whether an estimate rests on few searches: one rule for the tables, figures, maps, cards and sentences of a page."""

from collections.abc import Mapping

import pandas as pd

from sas_analysis.measures.intervals.asked import FEW_SEARCHES
from sas_analysis.measures.registry import DIFFERENCE, MEASURES, POINTS, RATE, RATIO, SHARE

FEWEST = 20  # searches, below which a value stands in brackets and is no headline
FEW_IN_WORDS = f"fewer than {FEWEST} searches"
FEW_OF_EITHER = f"{FEW_IN_WORDS} of either group"  # of a difference
_DIFFERENCES = (POINTS, DIFFERENCE)  # their numerator is no count of searches
_BEYOND = "excess_searches"  # a count that is one all the same, and no count of searches either


def rests_on(row: Mapping) -> float:
    """The count that says whether an estimate rests on few searches; NaN where neither of its parts is one.

    row : of a measures table. Of a share it is what it is of; of a rate or ratio, the searches themselves.

    Examples
    --------
    >>> row = {"measure": "arrest_rate", "numerator": 3, "denominator": 10}
    >>> rests_on(row), rests_on(row | {"measure": "disproportionality_ratio"})
    (10.0, 3.0)
    """
    measure = MEASURES.get(row["measure"])
    if measure is None or not measure.parts or measure.kind not in (SHARE, RATIO, RATE):
        return float("nan")
    own = row["denominator" if measure.kind == SHARE else "numerator"]
    return float("nan") if pd.isna(own) else float(own)


def is_few(row: Mapping) -> bool:
    """Whether an estimate rests on fewer than `FEWEST` searches.

    row : of a measures table. A difference says so in its note: of either of the two groups there are few.

    Examples
    --------
    >>> is_few({"measure": "search_rate", "numerator": 19, "denominator": 2000.0, "note": ""})
    True
    >>> is_few({"measure": "outcome_difference_crude", "numerator": 0.9, "denominator": 1, "note": "few searches"})
    True
    >>> is_few({"measure": "excess_searches", "numerator": 4.5, "denominator": 1, "note": "few searches"})
    True
    """
    measure = MEASURES.get(row["measure"])
    if measure is not None and (measure.kind in _DIFFERENCES or row["measure"] == _BEYOND):
        return FEW_SEARCHES in str(row["note"]).split("; ")
    return rests_on(row) < FEWEST


def few(table: pd.DataFrame) -> pd.Series:
    """Which rows of a measures table rest on few searches, as `is_few`."""
    return pd.Series([is_few(row) for row in table.to_dict("records")], index=table.index, dtype=bool)
