"""Counts of records that are not published, rounded before anything is made of them.

The published records are public row by row, and nothing of them is rounded. Where a study says `round_to=5`, its table
of records carries that with it (`DataFrame.attrs`, which pandas keeps through every selection), and whoever counts its
rows rounds the counts here, to the nearest multiple. Shares, rates, limits, figures and sentences are then made of
rounded counts, so that no exact one can be worked out from them. What needs the records one by one is not given; and a
table in which an exact count is left, because something counted without asking, is not shown: `present.withheld`.
"""

import pandas as pd

_KEY, WITHHELD = "round_to", "not_given"
NOT_GIVEN = "not given with round_to, for it needs the records one by one"


def to_be_rounded(records: pd.DataFrame, round_to: int) -> pd.DataFrame:
    """The records with the word that their counts are rounded to multiples of `round_to`; 0 leaves them as they are."""
    if not round_to:
        return records
    records = records.copy(deep=False)
    records.attrs[_KEY] = round_to
    return records


def round_to_of(records: pd.DataFrame) -> int:
    """What counts of these records are rounded to multiples of; 0 where they are not."""
    return int(records.attrs.get(_KEY, 0))


def rounded(counts, records: pd.DataFrame):
    """Counts of some records as they may be given: a whole number, an array or a Series of them, missing allowed."""
    return to_nearest(counts, round_to_of(records))


def to_nearest(counts, round_to: int):
    """Whole numbers rounded to the nearest multiple, halves up; 0 leaves them as they are.

    Examples
    --------
    >>> to_nearest(12, 5), to_nearest(13, 5), to_nearest(5, 10), to_nearest(7, 0)
    (10, 15, 10, 7)
    """
    return (counts + round_to // 2) // round_to * round_to if round_to else counts


def not_given(table: pd.DataFrame) -> pd.DataFrame:
    """The table without its rows, for the report to say that it is not given."""
    table = table.head(0)
    table.attrs[WITHHELD] = True
    return table
