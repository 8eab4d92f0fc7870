"""Searches that are alike in some columns as one row that says how many they are: what many tables sum, counted once.

Millions of searches are some hundred thousand of these rows. They stand for the searches themselves wherever rows are
only chosen, relabelled and counted by `shares.tally`: in an `Exposure`, in standardised rates, in `unused_groups`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.codes import combinations
from sas_analysis.measures.intervals.time import WEEK, knows_weeks, week_of

NUMBER = "searches_alike"  # the column that says how many searches a row is
_MOST_CELLS = 1 << 25  # combinations of labels that are counted by their number; of more, rows stay searches


def tallied(searches: pd.DataFrame, by: Sequence[str], kept: np.ndarray | None = None) -> pd.DataFrame:
    """The searches that are alike in some columns, a row for each combination of labels that occurs.

    Parameters
    ----------
    searches : DataFrame
        Clean table, or what this function gave of more columns.
    by : list of str
        Columns: categories, truth values, or small whole numbers such as the week of the month.
    kept : array of bool, optional
        The searches to count; by default all.

    Returns
    -------
    DataFrame
        `<by> | searches_alike`, in the order of the labels. The searches themselves, of these columns, where a column
        is none of these, or where there are too many combinations.

    Examples
    --------
    >>> groups = pd.Categorical(["White", "Black", "White", None])
    >>> tallied(pd.DataFrame({"ethnicity_5": groups, "week": [0, 0, 0, 3]}), ["ethnicity_5", "week"])
      ethnicity_5  week  searches_alike
    0         NaN     3               1
    1       Black     0               1
    2       White     0               2
    """
    by = list(dict.fromkeys(by))
    codes, sizes = zip(*(_codes(searches[name]) for name in by), strict=True)
    if not all(sizes) or np.prod(sizes, dtype=float) > _MOST_CELLS:
        own = [*by, NUMBER] if NUMBER in searches else by
        return searches[own] if kept is None or kept.all() else searches.loc[kept, own]
    cell, number = combinations(len(searches), codes, sizes), numbers_of(searches)
    if kept is not None and not kept.all():
        cell, number = cell[kept], None if number is None else number[kept]
    counts = np.bincount(cell, number, int(np.prod(sizes))).astype(np.int64, copy=False)
    occur = np.flatnonzero(counts)
    found = zip(by, np.unravel_index(occur, sizes), strict=True)
    table = pd.DataFrame({name: _labels(searches[name], places - 1) for name, places in found})
    table.attrs = dict(searches.attrs)
    return table.assign(**{NUMBER: counts[occur]})


def tallied_in_time(searches: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """`tallied` by some columns and by force, month and week, as far as they are known: what limits rest on.

    Examples
    --------
    >>> arrests = pd.DataFrame({"force": pd.Categorical(["kent", "kent"]), "arrest": pd.array([True, True])})
    >>> tallied_in_time(arrests, ["arrest"])
      force  arrest  searches_alike
    0  kent    True               2
    """
    if knows_weeks(searches):
        searches = searches.assign(**{WEEK: week_of(searches)})
    asked = dict.fromkeys(["force", "month", WEEK, *by])
    return tallied(searches, [name for name in asked if name in searches])


def numbers_of(searches: pd.DataFrame) -> np.ndarray | None:
    """How many searches each row is; None where each is one."""
    return searches[NUMBER].to_numpy() if NUMBER in searches.columns else None


def _codes(values: pd.Series) -> tuple[np.ndarray, int]:
    """The number of every row's label, -1 where it is missing, and how many there are with that; or none, and 0."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy(), len(values.cat.categories) + 1
    if isinstance(values.dtype, pd.BooleanDtype):
        return values.to_numpy(dtype=np.int8, na_value=-1), 3
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and len(values) and values.min() >= 0:
        return values.to_numpy(), int(values.max()) + 2
    return np.zeros(0), 0


def _labels(values: pd.Series, places: np.ndarray):
    """The labels of some places, as the column has them."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes(places, dtype=values.dtype)
    if isinstance(values.dtype, pd.BooleanDtype):
        return pd.arrays.BooleanArray(places == 1, places < 0)
    return places.astype(values.dtype)
