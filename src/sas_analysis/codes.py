"""Labels of millions of rows, each looked up once: what is done row by row is done with small whole numbers."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

_SOME = 101  # one row of so many is looked at first: among millions they hold every label that is not rare
_LARGEST = np.iinfo(np.int32).max
_BLOCK = 2**16  # rows; what is made of so many stays near the processor
_PLACES = 2**19  # for the numbers of a block


def codes_of(values: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """The number of every row's label, -1 where it is missing, and the labels as text.

    Examples
    --------
    >>> codes, names = codes_of(pd.Series(["b", None, "a", "b"]))
    >>> codes.tolist(), names.tolist()
    ([1, -1, 0, 1], ['a', 'b'])
    """
    values = values.astype("category")
    return values.cat.codes.to_numpy(), values.cat.categories.astype("str")


def positions(values: pd.Series, labels: Sequence[str]) -> np.ndarray:
    """The place of every row's label among some labels, -1 where it is none of them.

    Examples
    --------
    >>> positions(pd.Series(["b", None, "a", "c"]), ["a", "b"]).tolist()
    [1, -1, 0, -1]
    """
    codes, names = codes_of(values)
    return np.append(pd.Index(labels, dtype="str").get_indexer(names), -1).astype(np.int32)[codes]


def occurring(codes: np.ndarray, number: int) -> np.ndarray:
    """Which of so many codes occur: bool (number,). codes : -1 is none."""
    seen = np.zeros(number + 1, dtype=bool)  # the last: none
    seen[codes[::_SOME]] = True
    if not seen[:-1].all():
        seen[codes] = True
    return seen[:-1]


def labels_that_occur(values: pd.Series) -> list[str]:
    """The labels of a column that occur, in the order in which they are found.

    Examples
    --------
    >>> labels_that_occur(pd.Series(["b", None, "a", "b"]))
    ['b', 'a']
    """
    codes, names = codes_of(values)
    return [names[code] for code in as_found(codes, len(names))]


def as_found(codes: np.ndarray, number: int) -> np.ndarray:
    """Which of so many codes occur, in the order in which they are found. codes : -1 is none.

    Examples
    --------
    >>> as_found(np.array([2, -1, 0, 2]), 4).tolist()
    [2, 0]
    """
    found = pd.unique(codes[:_BLOCK])
    if occurring(codes, number).sum() > np.count_nonzero(found >= 0):  # most often all are among the first
        found = pd.unique(codes)
    return found[found >= 0]


def chosen(table: pd.DataFrame, kept: np.ndarray) -> pd.DataFrame:
    """The rows of a table where an array of bool is True: column by column, which takes half the time of pandas, and by
    their places, which takes a third of the time of the array for columns of codes.

    Examples
    --------
    >>> chosen(pd.DataFrame({"force": ["kent", "essex"], "searches": [1, 2]}), np.array([False, True]))
       force  searches
    1  essex         2
    """
    places = np.flatnonzero(kept)
    columns = {name: table[name].array.take(places) for name in table}
    index = pd.Index(places) if _is_numbered(table.index) else table.index[kept]
    rows = pd.DataFrame(columns, index=index, copy=False)
    rows.attrs = dict(table.attrs)
    return rows


def places_in(whole: pd.Index, index: pd.Index) -> np.ndarray:
    """The place in a whole index of every label of another, -1 where it has none.

    Rows that are numbered from 0 are in the place of their number, which pandas works out for each.

    Examples
    --------
    >>> places_in(pd.RangeIndex(3), pd.Index([2, 0])).tolist(), places_in(pd.RangeIndex(3), pd.Index([3])).tolist()
    ([2, 0], [-1])
    """
    if len(index) and _is_numbered(whole) and index.dtype == whole.dtype:
        places = index.to_numpy()
        if places.min() >= 0 and places.max() < len(whole):
            return places
    return whole.get_indexer(index)


def _is_numbered(index: pd.Index) -> bool:
    """Whether rows are numbered from 0, as they are when they are read."""
    return isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index)))


def split(table: pd.DataFrame, name: str, labels: Sequence[str]) -> list[pd.DataFrame]:
    """The rows of each of some labels of a column. Where those of a label lie together, as records do, none is moved.

    Examples
    --------
    >>> rows = pd.DataFrame({"force": ["kent", "essex", "essex"], "searches": [1, 2, 3]})
    >>> [part["searches"].tolist() for part in split(rows, "force", ["essex", "gwent"])]
    [[2, 3], []]
    """
    codes, names = codes_of(table[name])
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
    found = []
    for at in names.get_indexer(pd.Index(labels, dtype="str")):
        rows = order[ends[at] : ends[at + 1]] if at >= 0 else order[:0]
        together = len(rows) and rows[-1] - rows[0] == len(rows) - 1
        found.append(table.iloc[rows[0] : rows[-1] + 1] if together else table.iloc[rows])
    return found


def combinations(rows: int, codes: Sequence[np.ndarray], sizes: Sequence[int]) -> np.ndarray:
    """The combination of codes of every row as one whole number; -1, which is missing, is the first of each.

    codes : arrays (rows,). sizes : how many labels each has, and one for missing.

    Examples
    --------
    >>> combinations(3, [np.array([0, -1, 1]), np.array([0, 0, -1])], [3, 2]).tolist()
    [3, 1, 4]
    """
    cell = np.zeros(rows, dtype=np.int64 if np.prod(sizes, dtype=float) > _LARGEST else np.int32)
    for code, size in zip(codes, sizes, strict=True):  # in place: among millions, new arrays take the most time
        cell *= size
        cell += code
        cell += 1
    return cell


def repeated(numbers: np.ndarray, within: np.ndarray | None = None) -> np.ndarray:
    """Marks the numbers that come more than once.

    within : of every number the code of its group, where equal numbers are of one group. Where the rows of each group
    follow each other, as those of a file do, few are looked at together, which is quicker.

    Examples
    --------
    >>> repeated(np.array([3, 5, 3])).tolist()
    [True, False, True]
    """
    if within is None:
        return _repeated(numbers)
    parts = [_repeated(numbers[part]) for part in whole_groups(within)]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)


def _repeated(numbers: np.ndarray) -> np.ndarray:
    shared = np.arange(len(numbers))
    if len(numbers) < _PLACES / 2:  # then most have a place of their own, and need no sorting
        place = (numbers % numbers.dtype.type(_PLACES)).astype(np.intp)
        shared = np.flatnonzero(np.bincount(place)[place] > 1)
    ordered = np.sort(numbers[shared])
    marks = np.zeros(len(numbers), dtype=bool)
    marks[shared] = pd.Index(numbers[shared]).isin(ordered[1:][ordered[1:] == ordered[:-1]])
    return marks


def looked_up(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The value of every code, some thousand rows at a time, as `by_block`. codes : -1 is the last of the values.

    Examples
    --------
    >>> looked_up(np.array([5, 7]), np.array([1, 0, 1], dtype=np.int8)).tolist()
    [7, 5, 7]
    """
    if codes.dtype == np.int8 and values.dtype.itemsize == 1:  # a byte for a byte, in a third of the time
        every = np.full(256, values[-1:], values.dtype)
        every[: len(values[:128])] = values[:128]
        return np.frombuffer(bytearray(np.ascontiguousarray(codes)).translate(every.tobytes()), values.dtype)
    found = np.empty(len(codes), values.dtype)
    for at in range(0, len(codes), _BLOCK):
        np.take(values, codes[at : at + _BLOCK], out=found[at : at + _BLOCK], mode="wrap")
    return found


def by_block(table: pd.DataFrame, made: Callable[[pd.DataFrame], np.ndarray]) -> np.ndarray:
    """What is made of the rows of a table, some thousand rows at a time: that stays near the processor.

    Examples
    --------
    >>> by_block(pd.DataFrame({"searches": [1, 2]}), lambda rows: rows["searches"].to_numpy() * 2).tolist()
    [2, 4]
    """
    return np.concatenate([made(table.iloc[at : at + _BLOCK]) for at in range(0, len(table) or 1, _BLOCK)])


def whole_groups(codes: np.ndarray) -> list[slice]:
    """The rows in blocks of whole groups; in one, where the rows of a group do not follow each other.

    Examples
    --------
    >>> whole_groups(np.array([4, 4, 1, 1, 1])), whole_groups(np.array([4, 1, 4]))
    ([slice(0, 5, None)], [slice(0, 3, None)])
    """
    start = np.flatnonzero(np.diff(codes, prepend=codes[:1] - 1))
    if len(np.unique(codes[start])) < len(start):
        return [slice(0, len(codes))]
    _, first = np.unique(start // _BLOCK, return_index=True)
    bounds = [*start[first].tolist(), len(codes)]
    return [slice(*pair) for pair in pairwise(bounds)]


def count_together(
    table: pd.DataFrame, by: Sequence[str], name: str, *, without: np.ndarray | None = None
) -> pd.DataFrame:
    """How many rows have each combination of labels that occurs: `<by> | <name>`, in the order of the labels.

    A row that lacks one of the labels is not counted, nor are those of `without`: bool (rows,).

    Examples
    --------
    >>> rows = pd.DataFrame({"force": ["kent", "essex", "kent", None], "group": ["White", "Black", "White", "Black"]})
    >>> count_together(rows, ["force", "group"], "searches")
       force  group  searches
    0  essex  Black         1
    1   kent  White         2
    """
    columns = [table[column].astype("category") for column in by]
    shape = [len(column.cat.categories) + 1 for column in columns]  # the first of each: missing
    cell = combinations(len(table), [column.cat.codes.to_numpy() for column in columns], shape)
    counts = np.bincount(cell if without is None else cell[~without], minlength=np.prod(shape)).reshape(shape)
    counts = counts[(slice(1, None),) * len(shape)]
    found = np.nonzero(counts)
    labels = {
        column.name: pd.Categorical.from_codes(codes, dtype=column.dtype)
        for column, codes in zip(columns, found, strict=True)
    }
    return pd.DataFrame(labels | {name: counts[found]})


def number_with(values: pd.Series, labels: Sequence[str], kept: np.ndarray) -> int:
    """How many rows of those kept have one of some labels, of which there are few. kept : bool (rows,).

    Examples
    --------
    >>> number_with(pd.Series(["b", None, "a", "b"]), ["b", "c"], np.array([True, True, True, False]))
    1
    """
    codes, names = codes_of(values)
    return sum(int(np.count_nonzero((codes == at) & kept)) for at in np.flatnonzero(names.isin(labels)))


def among(table: pd.DataFrame, force_months: pd.DataFrame) -> np.ndarray:
    """Which rows of a table are of some force-months: bool (rows,). Both have the columns `force` and `month`.

    Examples
    --------
    >>> rows = pd.DataFrame({"force": ["kent", "kent", "essex"], "month": ["2020-04", "2020-05", "2020-04"]})
    >>> among(rows, rows.head(1)).tolist()
    [True, False, False]
    """
    (force, forces), (month, months) = (codes_of(table[name]) for name in ("force", "month"))
    wanted = np.zeros((len(forces) + 1, len(months) + 1), dtype=bool)  # the first of each: missing
    at = [names.get_indexer(force_months[name].astype("str")) for name, names in (("force", forces), ("month", months))]
    known = (at[0] >= 0) & (at[1] >= 0)
    wanted[at[0][known] + 1, at[1][known] + 1] = True
    found = np.empty(len(table), dtype=bool)
    for at in range(0, len(table), _BLOCK):  # what is made of so many stays near the processor
        block = slice(at, at + _BLOCK)
        cell = combinations(len(force[block]), [force[block], month[block]], wanted.shape)
        np.take(wanted.ravel(), cell, out=found[block], mode="clip")
    return found
