"""A design of labels that is never written out: what a model asks of it is counted, cell by cell.

A constant, and a column of 0 and 1 for every label but one of each set. Of 230,000 patterns with 184 such columns the
design would have 340 MB; its codes have 5.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

_DEPENDENT = 1e-10  # what is left of the square of a column that others make up; counts are exact
_MOST_CELLS = 1000  # of sets that are counted together


@dataclass(frozen=True)
class Cells:
    """Sets of labels counted together, by their combinations.

    Attributes
    ----------
    codes : array (n,), the combination of every pattern
    columns : array (k,), which columns of the design are theirs
    values : array (combinations, k), the columns' 0 and 1 in every combination
    """

    codes: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    def __len__(self):
        return len(self.values)

    def times(self, other: "Cells") -> "Cells":
        """The combinations of both."""
        pairs = np.arange(len(self)).repeat(len(other)), np.tile(np.arange(len(other)), len(self))
        values = np.hstack([self.values[pairs[0]], other.values[pairs[1]]])
        return Cells(self.codes * len(other) + other.codes, np.append(self.columns, other.columns), values)


class Labels:
    """A design (n, p) of a constant and sets of labels, as `design_of` makes it.

    names : of the columns. cells : the labels behind them.
    """

    def __init__(self, names: Sequence[str], cells: Sequence[Cells]):
        self.names, self.cells = list(names), list(cells)
        numbered = combinations(enumerate(self.cells), 2)
        self._pairs = {(i, j): own.codes * len(other) + other.codes for (i, own), (j, other) in numbered}

    def only(self, kept: np.ndarray) -> "Labels":
        """The same design with some of its columns; kept : array of bool (p,)."""
        design = copy(self)
        design.names = [name for name, keep in zip(self.names, kept, strict=True) if keep]
        design.cells = [_only(own, kept) for own in self.cells]
        return design

    def dot(self, params: np.ndarray) -> np.ndarray:
        """The design times coefficients: an array (n,)."""
        found, part = np.empty((2, len(self.cells[0].codes)))  # written to again: new arrays take as long as the sums
        for number, own in enumerate(self.cells):
            np.take(own.values @ params[own.columns], own.codes, out=part if number else found, mode="clip")
            if number:
                found += part
        found += params[0]
        return found

    def sums(self, values: np.ndarray) -> np.ndarray:
        """The transposed design times values (n,): an array (p,)."""
        found = np.empty(len(self.names))
        found[0] = values.sum()
        for own in self.cells:
            found[own.columns] = np.bincount(own.codes, values, len(own)) @ own.values
        return found

    def sums_by(self, cluster: np.ndarray, values: np.ndarray) -> np.ndarray:
        """`sums` of the patterns of every cluster: an array (clusters, p). cluster : array (n,) from 0."""
        number = int(cluster.max(initial=-1)) + 1
        found = np.empty((number, len(self.names)))
        found[:, 0] = np.bincount(cluster, values, number)
        for own in self.cells:
            counts = np.bincount(cluster * len(own) + own.codes, values, number * len(own))
            found[:, own.columns] = counts.reshape(number, -1) @ own.values
        return found

    def gram(self, weight: np.ndarray) -> np.ndarray:
        """The design, weighted, times itself: an array (p, p)."""
        found = np.zeros((len(self.names),) * 2)
        found[0, 0] = weight.sum()
        counts = {}
        for (i, j), pair in self._pairs.items():
            own, other = self.cells[i], self.cells[j]
            count = np.bincount(pair, weight, len(own) * len(other)).reshape(len(own), -1)
            counts |= {i: count.sum(axis=1), j: count.sum(axis=0)}
            block = own.values.T @ count @ other.values
            found[np.ix_(own.columns, other.columns)] = block
            found[np.ix_(other.columns, own.columns)] = block.T
        for i, own in enumerate(self.cells):
            count = counts[i] if counts else np.bincount(own.codes, weight, len(own))
            found[0, own.columns] = count @ own.values
            found[np.ix_(own.columns, own.columns)] = (own.values * count[:, None]).T @ own.values
        found[1:, 0] = found[0, 1:]
        return found

    def frame(self) -> pd.DataFrame:
        """The design, written out."""
        full = np.ones((len(self.cells[0].codes), len(self.names)))
        for own in self.cells:
            full[:, own.columns] = own.values[own.codes]
        return pd.DataFrame(full, columns=self.names)


class Columns:
    """A design (n, p) that is written out, with the methods of `Labels`: of columns that are no labels too."""

    def __init__(self, design: np.ndarray | pd.DataFrame):
        self.names = list(getattr(design, "columns", []))
        self._x = np.asarray(design, dtype=float)

    def dot(self, params: np.ndarray) -> np.ndarray:
        """The design times coefficients: an array (n,)."""
        return self._x @ params

    def sums(self, values: np.ndarray) -> np.ndarray:
        """The transposed design times values (n,): an array (p,)."""
        return self._x.T @ values

    def sums_by(self, cluster: np.ndarray, values: np.ndarray) -> np.ndarray:
        """`sums` of the patterns of every cluster: an array (clusters, p). cluster : array (n,) from 0."""
        return np.column_stack([np.bincount(cluster, values * column) for column in self._x.T])

    def gram(self, weight: np.ndarray) -> np.ndarray:
        """The design, weighted, times itself: an array (p, p)."""
        return (self._x * weight[:, None]).T @ self._x

    def frame(self) -> pd.DataFrame:
        """The design, written out."""
        return pd.DataFrame(self._x, columns=self.names)


def as_design(design) -> Columns | Labels:
    """A design with the methods that a fit asks for; of an array or a frame (n, p) as it is written out."""
    return design if isinstance(design, Columns | Labels) else Columns(design)


def design_of(patterns: pd.DataFrame, names: Sequence[str], last: dict[str, np.ndarray] | None = None) -> Labels:
    """The design of some columns of labels, without the commonest label of each, and without what others make up.

    Parameters
    ----------
    patterns : DataFrame
        `<names> | trials`, a row a pattern.
    names : sequence of str
        Columns of labels.
    last : dict of arrays of bool (n,), optional
        Columns of the design that come after those of the labels, by name.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"power": ["Section 60", "Reasonable grounds"], "trials": [1, 9]})
    >>> design_of(table, ["power"]).names
    ['constant', 'power: Section 60']
    """
    labels = {name: label_codes(patterns[name]) for name in names}
    return design_of_codes(labels, patterns["trials"].to_numpy(dtype=float), last)


def design_of_codes(
    labels: dict[str, tuple[np.ndarray, pd.Index]], trials: np.ndarray, last: dict[str, np.ndarray] | None = None
) -> Labels:
    """`design_of` of columns whose labels are numbers already, as `label_codes` gives them."""
    titles, sets = ["constant"], []
    for name, (own, own_labels) in labels.items():
        commonest = np.argsort(-np.bincount(own, trials), kind="stable")[1:]
        columns = len(titles) + np.arange(len(commonest))
        sets.append(Cells(own, columns, (np.arange(len(own_labels))[:, None] == commonest) * 1.0))
        own_labels = list(own_labels)  # each look into an index takes as long as counting a thousand patterns
        titles += [f"{name}: {own_labels[code]}" for code in commonest]
    for name, marked in (last or {}).items():
        sets.append(Cells(marked.astype(int), np.array([len(titles)]), np.array([[0.0], [1.0]])))
        titles.append(name)
    design = Labels(titles, _together(sets))
    return design.only(_independent(design.gram(np.ones(len(trials)))))


def label_codes(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """A number for the label of every row, from 0 without a gap in the order of the labels, and the labels."""
    if not isinstance(column.dtype, pd.CategoricalDtype) or (codes := column.array.codes).min(initial=0) < 0:
        return pd.factorize(column, sort=True)
    return without_gaps(codes.astype(np.intp), column.array.categories)


def without_gaps(codes: np.ndarray, labels: pd.Index) -> tuple[np.ndarray, pd.Index]:
    """Codes and labels without the labels that do not occur."""
    there = np.bincount(codes, minlength=len(labels)) > 0
    return (codes, labels) if there.all() else ((np.cumsum(there) - 1)[codes], labels[there])


def _only(own: Cells, kept: np.ndarray) -> Cells:
    """The cells with those of their columns alone that are kept in the design."""
    left = kept[own.columns]
    return Cells(own.codes, (np.cumsum(kept) - 1)[own.columns[left]], own.values[:, left])


def _together(sets: list[Cells]) -> list[Cells]:
    """The sets, small ones counted together as long as they have few combinations: that is fewer tables to count."""
    first, *others = sorted(sets, key=len)
    joined = []
    for own in others:
        if len(first) * len(own) > _MOST_CELLS:
            joined.append(first)
            first = own
        else:
            first = first.times(own)
    return [*joined, first]


def _independent(gram: np.ndarray) -> np.ndarray:
    """Marks the columns that those before them do not make up, by elimination in the table of their products."""
    left, kept = gram.copy(), np.zeros(len(gram), dtype=bool)
    for column in range(len(gram)):
        if left[column, column] > _DEPENDENT * gram[column, column]:
            kept[column] = True
            row = left[column, column:]
            left[column:, column:] -= np.outer(row, row / row[0])
    return kept
