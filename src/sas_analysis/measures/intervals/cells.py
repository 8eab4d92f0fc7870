"""Counts as the interval rule takes them: totals, by month, or by month and week, checked and brought to one shape."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_SHOWN = 3


@dataclass(frozen=True)
class Counts:
    """Counts of n rows by month and week; `as_counts` makes it.

    Attributes
    ----------
    weeks : array (n, months, weeks); one week where weeks are not known
    by_month : whether months are known; if not, the total is spread evenly, and says nothing of months
    """

    weeks: np.ndarray
    by_month: bool

    @cached_property
    def months(self):
        """Counts by month, (n, months)."""
        return self.weeks.sum(-1)

    @cached_property
    def total(self):
        """Counts of all months, (n,)."""
        return self.weeks.sum((-2, -1))

    def __add__(self, other):
        return Counts(self.weeks + other.weeks, self.by_month and other.by_month)


def as_counts(*, months=12, **named):
    """A `Counts` for each named array, all of one shape.

    Parameters
    ----------
    **named : arrays
        (n, months, weeks), (n, months) or totals (n,). A month that was not published holds zeros.
    months : int
        How many months a total is of.

    Raises
    ------
    ValueError
        For counts that are negative or missing, and arrays whose shapes do not fit: all faults at once.
    """
    arrays = {name: np.asarray(values, dtype=float) for name, values in named.items()}
    faults = [fault for name, values in arrays.items() for fault in _faults(name, values)]
    dimensions = {name: values.ndim for name, values in arrays.items()}
    if len({max(number, 1) for number in dimensions.values()}) > 1:
        shown = ", ".join(f"{name} {arrays[name].shape}" for name in arrays)
        faults.append(f"all are (rows,), (rows, months) or (rows, months, weeks) alike, these are {shown}")
    elif not faults:
        try:
            arrays = dict(zip(arrays, np.broadcast_arrays(*arrays.values()), strict=True))
        except ValueError:
            shown = ", ".join(f"{name} {values.shape}" for name, values in arrays.items())
            faults.append(f"rows, months and weeks differ: {shown}")
    if faults:
        raise ValueError("; ".join(faults))
    return [_counts(values, months) for values in arrays.values()]


def _counts(values, months):
    if values.ndim == 3:
        return Counts(values, True)
    if values.ndim == 2:
        return Counts(values[..., None], True)
    spread = np.repeat(np.atleast_1d(values)[:, None, None] / months, months, axis=1)
    return Counts(spread, False)


def _faults(name, values):
    if values.ndim > 3:
        yield f"{name} has {values.ndim} dimensions: (rows, months, weeks) are the most"
    wrong = ~(values >= 0)
    if wrong.any():
        first = ", ".join(f"{value:g}" for value in values[wrong][:_SHOWN])
        yield (
            f"{name}: {wrong.sum()} value(s) are negative or missing ({first}); a count is zero or more, "
            "and a month that was not published holds zeros"
        )


def exceed(hits, trials, what, of):
    """Raise ValueError where a count is more than the one it is part of."""
    over = hits.weeks > trials.weeks
    if over.any():
        row, month, week = np.argwhere(over)[0]
        first = f"row {row}, month {month}: {hits.weeks[row, month, week]:g} of {trials.weeks[row, month, week]:g}"
        raise ValueError(f"{over.sum()} value(s) of {what} exceed {of} ({first})")
