"""Searches counted by pattern: all that models and strata of outcomes need of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.alike import kinds
from sas_analysis.measures.outcomes.events import Event, flags
from sas_analysis.measures.outcomes.label_design import label_codes
from sas_analysis.measures.shares import labels, require_columns

CLUSTER = "month"


def count_patterns(searches: pd.DataFrame, outcome: str | Event, *, by: str, columns: Sequence[str]) -> pd.DataFrame:
    """The searches of every group whose outcome is known, a row a pattern that occurs.

    Parameters
    ----------
    searches : DataFrame
        Clean table.
    outcome : str or Event
        As `events.flags`.
    by : str
        The column of the groups.
    columns : sequence of str
        What makes a pattern. A blank is a label of its own, *Not recorded*.

    Returns
    -------
    DataFrame
        `<columns> | cluster | group | trials | hits`, all but the counts categorical. cluster : the month, "" where the
        searches have no month; patterns are cut by it even if it is none of `columns`.
    """
    require_columns(searches, [by, *columns])
    known, hit = flags(searches, outcome)
    parts = {name: labels(searches[name]) for name in columns}
    month = searches[CLUSTER] if CLUSTER in searches else pd.Series("", index=searches.index)
    parts |= {"cluster": labels(month), "group": labels(searches[by])}
    shape = [len(part.cat.categories) for part in parts.values()]
    digits = [(part.cat.codes.to_numpy(), number) for part, number in zip(parts.values(), shape, strict=True)]
    occur, trials, hits = _counted(digits, known, hit)
    codes = np.unravel_index(occur, shape) if len(occur) else [occur] * len(shape)
    frame = {
        name: pd.Categorical.from_codes(own, dtype=part.dtype)
        for (name, part), own in zip(parts.items(), codes, strict=True)
    }
    return pd.DataFrame(frame | {"trials": trials, "hits": hits})


def _counted(digits, known, hit):
    """The combinations that occur where it is known, their searches and those with the outcome.

    Each combination is the whole number that `digits` make. They are counted with the month first, for searches of a
    month lie together.
    """
    *columns, month, group = digits
    counted, number = kinds([month, *columns, group, (known, 2), (hit, 2)])
    counted, number = counted[counted & 2 > 0], number[counted & 2 > 0]
    rest = int(np.prod([size for _, size in columns], dtype=np.int64))
    of_month, of_columns = np.divmod(counted >> 2, rest * group[1])
    of_columns, of_group = np.divmod(of_columns, group[1])
    cell = (of_columns * month[1] + of_month) * group[1] + of_group
    occur, place = np.unique(cell, return_inverse=True)
    trials, hits = (
        np.bincount(place[of], number[of], minlength=len(occur)).astype(np.int64)
        for of in (slice(None), counted & 1 > 0)
    )
    return occur, trials, hits


def of_pair(patterns: pd.DataFrame, group: str, reference: str) -> pd.DataFrame:
    """The patterns of a group and of its reference, as `in_patterns`."""
    one, other = (patterns["group"].cat.categories.get_loc(name) for name in (group, reference))
    own = patterns["group"].cat.codes.to_numpy()
    rows = np.flatnonzero((own == one) | (own == other))
    columns = {name: patterns[name].array[rows] for name in patterns if name != "group"}
    return pd.DataFrame(columns | {"in_group": own[rows] == one}, copy=False)


@dataclass(frozen=True)
class PairCounts:
    """What the patterns of a group and of its reference are counted by, as arrays (n,).

    hits, trials : searches with the outcome, and all. in_group : of the group, not of its reference. cluster : a number
    a month.
    """

    hits: np.ndarray
    trials: np.ndarray
    in_group: np.ndarray
    cluster: np.ndarray

    @classmethod
    def of(cls, patterns: pd.DataFrame) -> "PairCounts":
        """Of the columns of `in_patterns`."""
        hits, trials = (patterns[name].to_numpy(dtype=float) for name in ("hits", "trials"))
        return cls(hits, trials, patterns["in_group"].to_numpy(dtype=bool), label_codes(patterns["cluster"])[0])

    @property
    def clusters(self) -> int:
        """How many months they are of."""
        return np.count_nonzero(np.bincount(self.cluster))

    def take(self, rows: np.ndarray) -> "PairCounts":
        """Some of the patterns."""
        return PairCounts(*(getattr(self, field)[rows] for field in ("hits", "trials", "in_group", "cluster")))


def in_patterns(
    searches: pd.DataFrame, outcome: str | Event, *, by: str, group: str, reference: str, columns: Sequence[str]
) -> pd.DataFrame:
    """The searches of a group and of its reference: `<columns> | cluster | trials | hits | in_group`.

    Arguments as `count_patterns`; group and reference are two labels of the column `by`.
    """
    return of_pair(count_patterns(searches, outcome, by=by, columns=columns), group, reference)


def codes(patterns: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """A number for each pattern's combination of labels, from 0 without a gap, in the order in which they are found."""
    cell = np.zeros(len(patterns), dtype=np.int64)
    for name in columns:
        cell = cell * len(patterns[name].cat.categories) + patterns[name].cat.codes.to_numpy()
        cell = pd.factorize(cell)[0]
    return cell
