"""Searches with an outcome of every group and of the reference, in all and by month and week."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.time import time_of
from sas_analysis.measures.shares import UNKNOWN_LABELS, labels, require_columns
from sas_analysis.rounding import round_to_of, rounded


@dataclass(frozen=True)
class GroupCounts:
    """Searches of some groups and of their reference.

    Attributes
    ----------
    by, reference, groups : the column, and its labels
    hits, trials, searches : with the outcome, with a known outcome, and all; arrays of groups
    reference_hits, reference_trials, reference_searches : the same of the reference
    in_time : hits and trials of both, arrays (groups, months, weeks) as `share_difference_limits` takes them; those of
        the reference have one row. Of rounded counts they are totals.
    what : what is unknown of a search that does not count
    why : why nothing at all can be compared, "" where it can
    """

    by: str
    reference: str
    groups: list[str]
    hits: np.ndarray
    trials: np.ndarray
    searches: np.ndarray
    reference_hits: int
    reference_trials: int
    reference_searches: int
    in_time: dict[str, np.ndarray]
    what: str = "outcome"
    why: str = ""

    @property
    def crude(self) -> np.ndarray:
        """Differences of the shares; missing where a group has no search with a known outcome."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.hits / self.trials - np.divide(self.reference_hits, self.reference_trials)

    @property
    def reasons(self) -> list[str]:
        """Why the groups cannot be compared with the reference, "" where they can."""
        return [self._reason(*row) for row in zip(self.groups, self.hits, self.trials, strict=True)]

    def _reason(self, group, hits, trials):
        if self.why:
            return self.why
        for name, number in ((group, trials), (self.reference, self.reference_trials)):
            if not number:
                return f"not estimable: no search of {name} with a known {self.what}"
        both = hits + self.reference_hits
        if both in (0, trials + self.reference_trials):
            which = f"{'no' if not both else 'every'} search of {group} and of {self.reference}"
            if self.what not in ("outcome", "link"):
                return f"not estimable: {which} has the same {self.what}"
            return f"not estimable: {which} has the outcome, as where one is not published"
        return ""


def count_groups(searches: pd.DataFrame, by: str, reference: str, *, known, hits) -> GroupCounts:
    """Count every group that is known but the reference, and the reference.

    Parameters
    ----------
    searches : DataFrame
        Clean table.
    by, reference : str
    known, hits : pair of arrays of bool
        The searches that count and those with the outcome: as a group's, and as the reference's.

    Raises
    ------
    ValueError
        If the reference is no label of the column.
    """
    require_columns(searches, [by])
    own = labels(searches[by])
    names = [str(name) for name in own.cat.categories]
    if reference not in names:
        raise ValueError(f'reference "{reference}" is no group of {by}: {", ".join(names)}')
    groups = [name for name in names if name != reference and name not in UNKNOWN_LABELS]
    codes = own.cat.codes.to_numpy()
    rows = pd.Index(groups).get_indexer(names)[codes]
    is_reference = np.array(names)[codes] == reference
    every = np.ones(len(searches), dtype=bool)
    time = None if round_to_of(searches) else time_of(searches)
    parts = {}
    for prefix, side, whose in (("", 0, rows >= 0), ("reference_", 1, is_reference)):
        place, number = (rows, len(groups)) if not prefix else (np.zeros(len(rows), dtype=int), 1)
        for name, keep in (("hits", hits[side]), ("trials", known[side]), ("searches", every)):
            parts[prefix + name] = _by_time(place, time, whose & keep, number, searches)
    totals = {name: total(values).astype(np.int64) for name, values in parts.items()}
    alone = {name: int(values[0]) for name, values in totals.items() if name.startswith("reference")}
    in_time = {name: values for name, values in parts.items() if not name.endswith("searches")}
    return GroupCounts(by, reference, groups, **(totals | alone), in_time=in_time)


def _by_time(place, time, keep, number, searches):
    if time is None:
        return rounded(np.bincount(place[keep], minlength=number), searches).astype(float)
    cell = place[keep] * time.cells + time.cell[keep]
    return np.bincount(cell, minlength=number * time.cells).reshape(number, *time.shape).astype(float)


def total(values: np.ndarray) -> np.ndarray:
    """Counts of every row, of whatever months and weeks."""
    return values.reshape(len(values), -1).sum(-1)
