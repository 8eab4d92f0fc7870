"""When a share or a count is too far off to be chance.

A share is over a limit only if the binomial law at the usual share would hardly ever give as many. So small months
are not blamed for small numbers, and a fault that a small month cannot show is not claimed.
"""

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.records.audit.months import FEWEST, Months, median, of, spread

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
    return (share(part, whole) >= limit) & (stats.binom.sf(np.asarray(part) - 1, whole, usual) < chance)


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
    scatter = np.maximum(spread(around), SHARE_DRIFT)
    z = (shares - usual) / np.sqrt(_variance(usual, whole) + scatter**2)
    return (shares - usual >= least) & (z > JUMP_Z), usual


def step(months: Months, part, whole, *, least: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the share changes level and stays: marks, medians before, medians from the month on.

    The step must be the largest within SIDE months, at least `least`, and JUMP_Z of its standard error; months on
    either side must agree among themselves, so that one odd month is no step.
    """
    shares = share(part, whole)
    sides = [of(shares, numbers) for numbers in (months.before, months.after)]
    before, after = (median(side) for side in sides)
    scatter = np.maximum(np.maximum(*(spread(side) for side in sides)), SHARE_DRIFT)
    sizes = np.maximum(median(of(whole, months.neighbours), 1), 1)
    # 1.25: a median varies by that much more than a mean; FEWEST months stand on each side at least.
    error = 1.25 * np.sqrt((_variance((before + after) / 2, sizes) + scatter**2) * 2 / FEWEST)
    size = np.abs(after - before)
    contrast = np.abs(np.subtract(*(pd.DataFrame(side).mean(axis=1).to_numpy() for side in sides)))
    near = np.column_stack([of(contrast, months.before), of(contrast, months.after[:, 1:])])
    largest = contrast > np.nan_to_num(near).max(axis=1, initial=0)  # means point to the month, medians bear the proof
    return (size >= least) & (size > JUMP_Z * error) & largest, before, after


def _variance(usual, whole) -> np.ndarray:
    p = np.clip(usual, LEAST_SHARE, 1 - LEAST_SHARE)
    return p * (1 - p) / np.maximum(whole, 1)
