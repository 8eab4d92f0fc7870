"""Limits of shares of searches, counted from the clean table by force, month and week."""

from functools import partial

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.asked import Asked, Given, limits_of
from sas_analysis.measures.intervals.pooled_levels import pooled_share_limits
from sas_analysis.measures.intervals.process import share_limits
from sas_analysis.measures.intervals.time import time_of
from sas_analysis.rounding import round_to_of

_MOST = 40_000_000  # counts held at once; beyond, weeks and then months are given up


def shares_of(searches, *, base, number, asked: Asked, kinds, counted, totals, hit=None, label=None, labels=1) -> Given:
    """Limits of the shares of some searches in those of the same base, of every base and label.

    Parameters
    ----------
    searches : DataFrame
        Clean table; without a column `force` all are of one force, without `month` they are totals.
    base : array of int
        The number of each search's base, below `number`: whose searches are added up to be the denominator.
    asked : Asked
    kinds : text or texts
        Of every row.
    counted : array of bool
        The searches of the denominator.
    totals : (numerators, denominators)
        Of every row as the table has them: all that limits of rounded counts are made of.
    hit : array of bool, optional
        Those of the numerator. Without it, `label` (array of int below `labels`) says which row a search is a hit of.

    Returns
    -------
    Given
        A row for every base and label, base by base.
    """
    rows = number * labels
    counted = np.asarray(counted, dtype=bool)
    if not counted.any():
        return Given.none(rows)
    if round_to_of(searches):
        return _of_totals(*totals, kinds, asked)
    force, forces = _forces(searches)
    found, place = _used(base[counted].astype(np.int64) * forces + force[counted], number * forces)
    time = time_of(searches)
    while len(found) * labels * time.cells > _MOST and time.months:
        time = time.coarser()
    cell = place * time.cells + time.cell[counted]
    trials = _count(cell, len(found), time)
    if hit is None:
        at = (place * labels + np.asarray(label)[counted]) * time.cells + time.cell[counted]
        hits = _count(at, len(found) * labels, time)
        trials = np.repeat(trials, labels, axis=0)
    else:
        hits = _count(cell[np.asarray(hit, dtype=bool)[counted]], len(found), time)
    row = ((found // forces)[:, None] * labels + np.arange(labels)).ravel()
    there = np.unique(row)
    where = np.zeros(rows, dtype=bool)
    where[there] = True
    kinds = np.broadcast_to(np.asarray(kinds, dtype=object), rows)[there]
    compact = np.searchsorted(there, row)
    return limits_of(partial(pooled_share_limits, hits=hits, trials=trials, row=compact, kind=kinds), asked, where)


def _of_totals(hits, trials, kinds, asked):
    """Limits of totals: of counts that are rounded, for of months and weeks too little would be left."""
    hits, trials = (pd.array(counts).to_numpy(dtype=float, na_value=0) for counts in (hits, trials))
    there = trials > 0
    kinds = np.broadcast_to(np.asarray(kinds, dtype=object), len(trials))[there]
    counts = {"hits": np.minimum(hits, trials)[there], "trials": trials[there]}
    return limits_of(partial(share_limits, **counts, kind=kinds), asked, there)


def _forces(searches):
    if "force" not in searches:
        return np.zeros(len(searches), dtype=np.int64), 1
    force = searches["force"].astype("category")
    return force.cat.codes.to_numpy().astype(np.int64) + 1, len(force.cat.categories) + 1


def _used(codes, number):
    """The codes that occur, in order, and the place of every code among them."""
    seen = np.bincount(codes, minlength=number) > 0
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[codes]


def _count(cell, rows, time):
    return np.bincount(cell, minlength=rows * time.cells).reshape(rows, *time.shape).astype(float)
