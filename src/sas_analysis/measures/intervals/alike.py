"""Searches that are alike in all that is asked are one row with their number: of millions, the kinds that there are.

Where and when a search was is worked out once for all questions about the same searches. What is asked besides is a
few small whole numbers for each; together they are one whole number, and those that occur are counted. Records lie by
force and month, so that the numbers of neighbours are close together: a block of rows has few different ones.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sas_analysis.codes import combinations
from sas_analysis.measures.intervals.remembering import remembering
from sas_analysis.measures.intervals.time import WEEK, WEEKS, knows_weeks, week_of
from sas_analysis.measures.tallied import numbers_of

_BLOCK = 1 << 16  # rows at once: they and their counts stay near the processor
_ROOM = 32  # whole numbers for each row of a block; of more, few rows are alike, and each stays by itself
_HELD = 2  # sets of searches: the place of each search in force, month and week is kept for the last two


class Alike(NamedTuple):
    """Searches that are alike: `alike` makes it.

    Attributes
    ----------
    rows : DataFrame, a row a kind, with the columns force, month and week_of_month as far as they are known
    asked : what was asked of each kind, arrays by name
    number : array of float, the searches of each kind; a kind may have more than one row
    """

    rows: pd.DataFrame
    asked: dict[str, np.ndarray]
    number: np.ndarray


def alike(searches: pd.DataFrame, **asked: tuple[np.ndarray, int]) -> Alike:
    """The kinds of searches: of one force, month and week, and alike in what is asked.

    Parameters
    ----------
    searches : DataFrame
        Clean table, or `tallied`; without a column `force` or `month` these are not told apart.
    **asked : (array, int)
        Whole numbers or truth values, one a search, and the number that all of them are below.

    Examples
    --------
    >>> searches = pd.DataFrame({"force": ["kent", "kent", "essex"], "month": ["2020-04", "2020-04", "2020-04"]})
    >>> found = alike(searches, arrest=(np.array([True, True, False]), 2))
    >>> int(found.number.sum()), sorted(zip(found.rows["force"], found.asked["arrest"].tolist()))[-1]
    (3, ('kent', 1))
    """
    names = [name for name in ("force", "month") if name in searches]
    columns = {name: searches[name].astype("category") for name in names}
    codes = [column.cat.codes.to_numpy() for column in columns.values()]
    sizes = [len(column.cat.categories) + 1 for column in columns.values()]
    weeks = week_of(searches) if knows_weeks(searches) else None
    place = _place(len(searches), tuple(sizes), weeks, *codes)
    sizes = [*sizes, *([] if weeks is None else [WEEKS])]
    digits = [(place, int(np.prod(sizes, dtype=np.int64))), *asked.values()]
    code, number = kinds(digits, numbers_of(searches))
    *values, place = _taken_apart(code, [size for _, size in digits[1:]])
    *parts, first = _taken_apart(place, sizes[1:]) if sizes else [place]
    parts = [first, *reversed(parts)]
    rows = {
        name: pd.Categorical.from_codes(part - 1, dtype=column.dtype)
        for part, (name, column) in zip(parts, columns.items(), strict=False)
    }
    rows |= {} if weeks is None else {WEEK: parts[-1]}
    rows = pd.DataFrame(rows, index=range(len(code)))
    rows.attrs = dict(searches.attrs)  # whether their counts are rounded
    return Alike(rows, dict(zip(asked, reversed(values), strict=True)), number)


@remembering(_HELD)
def _place(rows, sizes, weeks, *codes):
    """Force, month and week of every search as one whole number; -1, which is none, is the first of each.

    Arrays are given one by one: then those of them that are kept are copies.
    """
    place = combinations(rows, codes, sizes)
    if weeks is not None:
        place *= np.int32(WEEKS)
        place += weeks.astype(np.int8, copy=False)
    place.flags.writeable = False
    return place


def kinds(digits, numbers=None) -> tuple[np.ndarray, np.ndarray]:
    """The combinations of whole numbers that occur, each as one, and how often; one may be there several times.

    digits : pairs of an array and the number that it is below; the numbers of neighbours are close in the first.
    numbers : how many searches each row is; one, if None.

    Examples
    --------
    >>> code, number = kinds([(np.array([0, 0, 1]), 2), (np.array([2, 2, 0]), 3)])
    >>> code.tolist(), number.tolist()
    ([2, 3], [2.0, 1.0])
    """
    parts = [slice(start, start + _BLOCK) for start in range(0, len(digits[0][0]), _BLOCK)]
    blocks = [
        _kinds_of_block(
            _combined([(values[part], size) for values, size in digits]), None if numbers is None else numbers[part]
        )
        for part in parts
    ]
    if not blocks:
        return np.empty(0, dtype=np.int64), np.empty(0)
    code, number = zip(*blocks, strict=True)
    return np.concatenate(code), np.concatenate(number)


def _combined(digits):
    first, *others = digits
    code = first[0].astype(np.int64)
    for values, size in others:
        code *= size
        code += values
    return code


def _kinds_of_block(code, numbers):
    lowest = code.min()
    if code.max() - lowest >= _ROOM * len(code):
        return code, np.ones(len(code)) if numbers is None else numbers.astype(float)
    number = np.bincount(code - lowest, numbers)
    occur = np.flatnonzero(number)
    return occur + lowest, number[occur].astype(float)


def _taken_apart(code, sizes):
    """The whole numbers of which `_combined` made one, the last first; what is left over is the first of them."""
    parts = []
    for size in reversed(sizes):
        rest = code // size
        parts.append(code - rest * size)
        code = rest
    return [*parts, code]
