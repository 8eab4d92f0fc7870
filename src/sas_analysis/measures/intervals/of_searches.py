"""Limits of shares of searches, counted from the clean table by force, month and week."""

from functools import partial

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of
from sas_analysis.measures.intervals.alike import Alike
from sas_analysis.measures.intervals.asked import Asked, Given, limits_of
from sas_analysis.measures.intervals.pooled_levels import pooled_share_limits
from sas_analysis.measures.intervals.process import share_limits
from sas_analysis.measures.intervals.time import Time, time_of
from sas_analysis.rounding import round_to_of

_MOST = 40_000_000  # counts held at once; beyond, weeks and then months are given up


def shares_of(counted: Alike, *, base, number, asked: Asked, kinds, totals, there=None, hit=None, label=None, labels=1):
    """Limits of the shares of some searches in those of the same base, of every base and label.

    Parameters
    ----------
    counted : Alike
        The searches; without a column `force` all are of one force, without `month` they are totals.
    base : array of int
        The number of each kind's base, below `number`: whose searches are added up to be the denominator.
    asked : Asked
    kinds : text or texts
        Of every row of the answer.
    totals : (numerators, denominators)
        Of every row as the table has them: all that limits of rounded counts are made of.
    there : array of bool, optional
        The kinds of the denominator; all by default.
    hit : array of bool, optional
        Those of the numerator. Without it, `label` (array of int below `labels`) says which row a search is a hit of.

    Returns
    -------
    Given
        A row for every base and label, base by base.
    """
    rows, own, searched = number * labels, label if hit is None else hit, counted.number
    there = np.ones(len(searched), dtype=bool) if there is None else np.asarray(there, dtype=bool)
    if not there.any():
        return Given.none(rows)
    if round_to_of(counted.rows):
        return _of_totals(*totals, kinds, asked)
    time = time_of(counted.rows)  # of those that do not count as well
    (force, forces), cell = _forces(counted.rows), time.cell
    if not there.all():
        force, base, cell, searched, own = (values[there] for values in (force, base, cell, searched, own))
    found, place = _used(combined(base, force, forces, number * forces), number * forces)
    while len(found) * labels * time.cells > _MOST and time.months:
        time, cell = time.coarser(), cell // time.weeks if time.weeks > 1 else np.zeros_like(cell)
    if 2 * number >= time.months > 2 and _in_one_month_each(place, cell, len(found), time):
        time = one_month(time, cell)
        cell = time.cell
    if hit is None:
        place = combined(place, own, labels, len(found) * labels)
        hits = _count(place, cell, len(found) * labels, time, searched)
        trials = _of_all_labels(hits, labels)
    else:
        both = _count(combined(place, own, 2, len(found) * 2), cell, len(found) * 2, time, searched)
        hits, trials = both[1::2], both[::2] + both[1::2]
    row = ((found // forces)[:, None] * labels + np.arange(labels)).ravel()
    there = np.unique(row)
    where = np.zeros(rows, dtype=bool)
    where[there] = True
    kinds = np.broadcast_to(np.asarray(kinds, dtype=object), rows)[there]
    compact = np.searchsorted(there, row)
    return limits_of(partial(pooled_share_limits, hits=hits, trials=trials, row=compact, kind=kinds), asked, where)


def _in_one_month_each(place, cell, places, time):
    """Whether no place has searches of two months, as where the base is a month.

    Then the other months are zeros that no sum needs.
    """
    at = combined(place, cell // time.weeks, time.months, places * time.months)
    found = np.bincount(at, minlength=places * time.months).reshape(places, time.months)
    return ((found > 0).sum(axis=1) == 1).all()


def one_month(time: Time, cell) -> Time:
    """The time of searches of rows that have one month each, without the months that are empty in all rows.

    One or two empty months stay, so that sums over months and weeks are those over all months to the last digit: numpy
    adds eight numbers in pairs, and what is left at the end one by one, which is the last of an odd number of months.
    """
    odd = time.months % 2
    last = odd * (cell // time.weeks == time.months - 1)
    return Time(cell % time.weeks + last * (2 * time.weeks), 2 + odd, time.weeks)


def combined(first, second, seconds: int, number: int):
    """The number of each pair of whole numbers, `first` x `seconds` + `second`, below `number`."""
    kind = np.int32 if number < 1 << 31 else np.int64
    return first.astype(kind, copy=False) * seconds + second.astype(kind, copy=False)


def _of_all_labels(hits, labels):
    """The sum over the labels of a base, beside each of them."""
    together = hits.reshape(-1, labels, *hits.shape[1:]).sum(axis=1)
    return np.repeat(together, labels, axis=0)


def _of_totals(hits, trials, kinds, asked):
    """Limits of totals: of counts that are rounded, for of months and weeks too little would be left."""
    hits, trials = (pd.array(counts).to_numpy(dtype=float, na_value=0) for counts in (hits, trials))
    there = trials > 0
    kinds = np.broadcast_to(np.asarray(kinds, dtype=object), len(trials))[there]
    counts = {"hits": np.minimum(hits, trials)[there], "trials": trials[there]}
    return limits_of(partial(share_limits, **counts, kind=kinds), asked, there)


def _forces(searches):
    if "force" not in searches:
        return np.zeros(len(searches), dtype=np.int8), 1
    force, names = codes_of(searches["force"])
    return force.astype(np.int16) + 1, len(names) + 1


def _used(codes, number):
    """The codes that occur, in order, and the place of every code among them."""
    seen = np.bincount(codes, minlength=number) > 0
    return np.flatnonzero(seen), codes if seen.all() else (np.cumsum(seen) - 1).astype(codes.dtype)[codes]


def _count(row, cell, rows, time, searched):
    """Searches of so many rows by month and week. row, cell, searched (how many) : of each kind of searches."""
    at = combined(row, cell, time.cells, rows * time.cells)
    return np.bincount(at, weights=searched, minlength=rows * time.cells).reshape(rows, *time.shape)
