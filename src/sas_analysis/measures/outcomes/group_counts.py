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
        if not trials and not self.reference_trials:
            return f"not estimable: no search of which it is known: {self.what}"
        for name, number in ((group, trials), (self.reference, self.reference_trials)):
            if not number:
                return f"not estimable: no search of {name} with a known {self.what}"
        both = hits + self.reference_hits
        if both in (0, trials + self.reference_trials):
            if self.what not in ("outcome", "link"):
                which = f"every search of {group} and" if both else f"no search of {group} or"
                return f"not estimable: {which} of {self.reference} has this {self.what}"
            which = f"{'no' if not both else 'every'} search of {group} and of {self.reference}"
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
    time = None if round_to_of(searches) else time_of(searches)
    of_sides = [_by_time(own.cat.codes.to_numpy(), len(names), *side, time, searches) for side in _sides(known, hits)]
    parts = {}
    for prefix, counts, whose in (("", of_sides[0], groups), ("reference_", of_sides[-1], [reference])):
        at = [names.index(name) for name in whose]
        parts |= {prefix + name: values[at] for name, values in counts.items()}
    totals = {name: total(values).astype(np.int64) for name, values in parts.items()}
    alone = {name: int(values[0]) for name, values in totals.items() if name.startswith("reference")}
    in_time = {name: values for name, values in parts.items() if not name.endswith("searches")}
    return GroupCounts(by, reference, groups, **(totals | alone), in_time=in_time)


def _sides(known, hits):
    """Known and hits as a group's and as the reference's; once, where they are the same."""
    sides = list(zip(known, hits, strict=True))
    return sides[:1] if known[0] is known[1] and hits[0] is hits[1] else sides


def _by_time(label, number, known, hits, time, searches):
    """Hits, trials and searches of every label, by month and week: {name: array (labels, months, weeks)}."""
    cells, shape = (1, ()) if time is None else (time.cells, time.shape)
    at = label.astype(np.int64 if number * cells * 4 >= 1 << 31 else np.int32)
    at = at if time is None else at * cells + time.cell
    found = np.bincount(at * 4 + (known + 2 * hits), minlength=number * cells * 4).reshape(number, *shape, 4)
    counts = {"hits": found[..., 2:].sum(-1), "trials": found[..., 1] + found[..., 3], "searches": found.sum(-1)}
    return {
        name: (rounded(values, searches) if time is None else values).astype(float) for name, values in counts.items()
    }


def total(values: np.ndarray) -> np.ndarray:
    """Counts of every row, of whatever months and weeks."""
    return values.reshape(len(values), -1).sum(-1)
