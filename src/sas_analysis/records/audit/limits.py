"""When a share or a count is too far off to be chance.

A share is over a limit only if the binomial law at the usual share would hardly ever give as many. So small months
are not blamed for small numbers, and a fault that a small month cannot show is not claimed.
"""

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.records.audit.months import Months, median, of, spread

CHANCE = 1e-4  # of a share by chance: 44 forces x 12 months x some 20 such tests a year are 10,000 tests, one false
RARE = 1e-6  # where a month is taken out on one pattern alone
JUMP_Z = 5.0  # robust standard deviations; months of one force scatter more than any normal law allows
# Share by which months of one force differ anyway, beyond sampling (standard deviation). Least seen over real
# forces with a year of months: 0.01 to 0.02.
SHARE_DRIFT = 0.02
LEAST_SHARE = 0.05  # variance of a share near 0 is taken as at this one: a first blank is no jump


def share(part, whole) -> np.ndarray:
    """part / whole, missing where whole is 0."""
    whole = np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def over(part, whole, *, limit: float, usual: float, chance: float = CHANCE) -> np.ndarray:
    """Where part / whole reaches `limit` and the binomial law at `usual` gives as many with less than `chance`."""
    return (share(part, whole) >= limit) & (as_many(part, whole, usual) < chance)


def as_many(part, whole, usual: float) -> np.ndarray:
    """Chance of as many as `part` of `whole` by the binomial law at `usual`."""
    return stats.binom.sf(np.asarray(part) - 1, whole, usual)


def under(part, whole, *, limit: float, usual, chance: float = CHANCE) -> np.ndarray:
    """Where part / whole is at most `limit` and the binomial law at `usual` gives as few with less than `chance`."""
    return (share(part, whole) <= limit) & (stats.binom.cdf(part, whole, usual) < chance)


def jump(months: Months, part, whole, *, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Where the share rises above that of the neighbouring months; and their median.

    By at least `least`, and by JUMP_Z standard deviations of sampling and of the neighbours' scatter together.
    """
    shares = share(part, whole)
    around = of(shares, months.neighbours)
    usual = median(around)
    own = np.sqrt(np.maximum(spread(around) ** 2 - _sampling(months, usual, whole), SHARE_DRIFT**2))
    z = (shares - usual) / np.sqrt(_variance(usual, whole) + own**2)
    return (shares - usual >= least) & (z > JUMP_Z), usual


def step(months: Months, part, whole, *, least: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the share changes level and stays: marks, medians before, medians from the month on.

    The step must be the largest within SIDE months, at least `least`, and JUMP_Z of its standard error; months on
    either side must agree among themselves, so that one odd month is no step.
    """
    shares = share(part, whole)
    sides = [of(shares, numbers) for numbers in (months.before, months.after)]
    before, after = (median(side) for side in sides)
    # What is left of either side's own median: both tell of one scatter, and it holds the scatter of sampling.
    left = np.column_stack([side - middle[:, None] for side, middle in zip(sides, (before, after), strict=True)])
    least_scatter = np.sqrt(_sampling(months, (before + after) / 2, whole) + SHARE_DRIFT**2)
    scatter = np.maximum(1.4826 * median(np.abs(left)), least_scatter)
    known = [np.maximum(np.isfinite(side).sum(axis=1), 1) for side in sides]
    error = 1.25 * scatter * np.sqrt(1 / known[0] + 1 / known[1])  # a median varies 1.25 times as much as a mean
    size = np.abs(after - before)
    contrast = np.abs(np.subtract(*(pd.DataFrame(side).mean(axis=1).to_numpy() for side in sides)))
    near = np.column_stack([of(contrast, months.before), of(contrast, months.after[:, 1:])])
    largest = contrast > np.nan_to_num(near).max(axis=1, initial=0)  # means point to the month, medians bear the proof
    return (size >= least) & (size > JUMP_Z * error) & largest, before, after


def few_by_neighbours(months: Months, part, whole, where) -> np.ndarray:
    """Chance of as few by the share of the months around and its scatter, where marked; 1 elsewhere and where unknown.

    Beta-binomial: the share of a month is drawn around the neighbours' median with their standard deviation, which
    holds some sampling too and so is careful, and the records are drawn with that share.
    """
    return _by_neighbours(months, part, whole, where, lambda law, part: law.cdf(part))


def many_by_neighbours(months: Months, part, whole, where) -> np.ndarray:
    """Chance of as many, otherwise as `few_by_neighbours`."""
    return _by_neighbours(months, part, whole, where, lambda law, part: law.sf(part - 1))


def _by_neighbours(months, part, whole, where, tail) -> np.ndarray:
    chance = np.ones(len(months))
    here = np.flatnonzero(where)  # the law is slow, and few months come into question
    part, whole = np.asarray(part), np.asarray(whole)
    around = of(share(part, whole), months.neighbours[here])
    mean = np.clip(median(around), 0.001, 0.999)
    scatter = np.maximum(spread(around), np.minimum(SHARE_DRIFT, np.minimum(mean, 1 - mean) / 2))
    # No law of a share has more scatter than mean (1 - mean); 0.5 keeps it to one hump at most.
    size = np.maximum(mean * (1 - mean) / scatter**2 - 1, 0.5)
    law = stats.betabinom(whole[here], mean * size, (1 - mean) * size)
    chance[here] = np.nan_to_num(tail(law, part[here]), nan=1.0)
    return chance


def _sampling(months: Months, usual, whole) -> np.ndarray:
    """Variance of a share by sampling alone in the months around."""
    return _variance(usual, np.maximum(median(of(whole, months.neighbours), 1), 1))


def _variance(usual, whole) -> np.ndarray:
    p = np.clip(usual, LEAST_SHARE, 1 - LEAST_SHARE)
    return p * (1 - p) / np.maximum(whole, 1)
