"""The largest step of a series, against the largest of series that have the same months and no step.

The months of a force drift: a month resembles the one before. A search for breaks in the months as they are takes the
drift for breaks. Here each candidate month is tried as a step in a model whose months have the covariance that the
months of 43 forces have (`intervals.constants`), and the largest of the steps is held against the largest of simulated
series without a step.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.variance import month_correlation, t_quantile

DRAWS = 1999
SEED = 20270316
LEAST = 3  # usable months on either side of a step
MOST = 5  # steps of a series
LEVEL = 0.95


class Drift(NamedTuple):
    """How months move: the constants that a scan rests on, as `Constants` has them."""

    kappa: float
    rho: float
    df: float


@dataclass(frozen=True)
class Scanned:
    """What `scan` found; arrays of shape (steps,) unless it says otherwise.

    Attributes
    ----------
    at : the first month of each step, by its number, in time
    size, lower, upper : of each step on the scale of the values, all of them held together; limits of `level`
    p : share of simulated series whose largest step is as large, when it was found; never below that of a step found
        before it, without which it is not there
    largest : the month of the largest step that was not taken, -1 where no month could be tried
    largest_p : its p
    fitted : array (months,) the level with its steps
    """

    at: np.ndarray
    size: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    p: np.ndarray
    largest: int
    largest_p: float
    fitted: np.ndarray


def scan(
    values, noise, *, tau2, level=LEVEL, least=LEAST, most=MOST, draws=DRAWS, seed=SEED, constants=None
) -> Scanned:
    """Steps of a series of months.

    Parameters
    ----------
    values : array (months,)
        Log rates or logits; missing in months that may not be used.
    noise : array (months,)
        Variance of each value from its own searches.
    tau2 : float
        Variance of months around the level of a typical force, as `Constants.of`.
    level : float
        A step is taken where its p is 1 - level or less.
    least : int
        Months with a value on either side of a step, and between two steps.
    most : int
        Steps that are looked for.
    draws, seed : int
        Simulated series, and their seed: the same series gives the same p.
    constants : Constants, optional
        Those of the package by default.

    Returns
    -------
    Scanned
        A series with too few months has no step, and largest -1.

    Raises
    ------
    ValueError
        For arrays of different lengths, values without a variance, and a tau2 that is not above zero.

    Notes
    -----
    Each step is found with the steps before held: binary segmentation, but that the months on both sides of a step
    still share their drift. The variance of the series is the constants' (4 degrees of freedom) mixed with its own. A
    simulated series draws its variance from other forces' (4 / chi-squared of 4), so that p holds over forces, not of
    a typical one alone. The size of a step that was picked because it is large is too large on average.

    Source
    ------
    Generalised least squares at each candidate: the likelihood ratio scan of Hawkins, 1977 (JASA 72); binary
    segmentation: Scott and Knott, 1974 (Biometrics 30). Covariance: docs/intervals.md.

    Examples
    --------
    >>> level = np.repeat([0.0, 0.7], 12)
    >>> found = scan(level, np.full(24, 0.002), tau2=0.026)
    >>> found.at.tolist(), found.size.round(2).tolist()
    ([12], [0.7])
    >>> scan(np.linspace(0, 0.3, 24), np.full(24, 0.002), tau2=0.026).at.tolist()
    []
    """
    values, noise, constants = _checked(values, noise, tau2, constants)
    there = np.flatnonzero(np.isfinite(values))
    ratio = tuple(np.round(noise[there] / tau2, 3))
    taken, p_values, largest, largest_p = [], [], -1, np.nan
    while len(taken) < most:
        tried = _candidates(len(there), taken, least)
        if not len(tried):
            break
        root = _root(tuple(there), ratio, constants)
        design = root @ _design(len(there), taken)
        found = _statistic(*_explained(root @ values[there] / np.sqrt(tau2), design, root, tried), design, constants)
        null = _null(tuple(there), ratio, tuple(taken), least, draws, seed, constants)
        best = int(np.argmax(found))
        p = (1 + np.count_nonzero(null >= found[best])) / (len(null) + 1)
        if p > 1 - level + 1e-12:
            largest, largest_p = int(there[tried[best]]), p
            break
        taken, p_values = [*taken, int(tried[best])], [*p_values, max([p, *p_values])]
    order = np.argsort(taken).astype(int)
    at = there[np.array(taken, dtype=int)[order]] if taken else np.array([], dtype=int)
    fit = held(values, noise, at, tau2=tau2, level=level, constants=constants)
    return Scanned(at, *fit[:3], np.array(p_values)[order], largest, largest_p, fit.fitted)


class Held(NamedTuple):
    """Sizes of steps with their limits, arrays (steps,), and the level of every month; as `Scanned` has them."""

    size: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    fitted: np.ndarray


def held(values, noise, at, *, tau2, level=LEVEL, constants=None) -> Held:
    """How large some steps of a series are, all of them held together.

    values, noise, tau2, level, constants : as `scan`. at : the first month of each, by its number, in time.

    Examples
    --------
    >>> held(np.repeat([0.0, 0.7], 12), np.full(24, 0.002), [12], tau2=0.026).size.round(2).tolist()
    [0.7]
    """
    values, noise, constants = _checked(values, noise, tau2, constants)
    there = np.flatnonzero(np.isfinite(values))
    ratio = tuple(np.round(noise[there] / tau2, 3))
    size, half, fitted = _fit(values, there, ratio, tau2, np.searchsorted(there, at).tolist(), level, constants)
    return Held(size, size - half, size + half, fitted)


def _checked(values, noise, tau2, constants):
    values, noise = np.asarray(values, dtype=float), np.asarray(noise, dtype=float)
    faults = []
    if values.ndim != 1 or values.shape != noise.shape:
        faults.append(f"values and noise are of the same months, these are {values.shape} and {noise.shape}")
    elif wrong := int((np.isfinite(values) & ~(noise > 0)).sum()):
        faults.append(f"{wrong} value(s) have no variance above zero")
    if not tau2 > 0:
        faults.append(f"tau2 is above zero, this is {tau2}")
    if faults:
        raise ValueError("; ".join(faults))
    constants = constants or read_constants()
    return values, noise, Drift(constants.kappa, constants.rho, constants.df)


def _candidates(number, taken, least):
    """The months a step may begin at, with `least` months before, after, and between it and those taken."""
    edges = np.array([0, *taken, number])
    tried = np.arange(least, number - least + 1)
    return tried[(np.abs(tried[:, None] - edges[None, :]) >= least).all(-1)] if len(tried) else tried


def _design(number, taken):
    return np.column_stack([np.ones(number), *(np.arange(number) >= one for one in taken)])


@lru_cache(maxsize=256)
def _root(there, ratio, constants):
    """The matrix that makes months independent with variance 1, in units of tau2."""
    correlation = month_correlation(there[-1] + 1, constants)[np.ix_(there, there)]
    return np.linalg.inv(np.linalg.cholesky(correlation + np.diag(ratio)))


def _explained(whitened, design, root, tried):
    """What a step at each candidate explains of the squares of each series, (candidates, series), and all of these."""
    basis = np.linalg.qr(design)[0]
    steps = root @ (np.arange(len(root))[:, None] >= tried[None, :]).astype(float)
    steps -= basis @ (basis.T @ steps)
    steps /= np.sqrt((steps**2).sum(0))  # of length 1, and at right angles to the design: so the series may keep it
    return (steps.T @ whitened) ** 2, (whitened**2).sum(0) - ((basis.T @ whitened) ** 2).sum(0)


def _statistic(explained, squares, design, constants):
    """|t| of a step: variance mixed of other forces' and the series' own."""
    df = len(design) - design.shape[1] - 1
    rest = squares - explained
    return np.sqrt(explained / ((constants.df + rest) / (constants.df + df)))


@lru_cache(maxsize=256)
def _null(there, ratio, taken, least, draws, seed, constants):
    """The largest |t| of series without a further step: array (draws,)."""
    number = len(there)
    root = _root(there, ratio, constants)
    of_months, of_searches = _drifting(there, len(taken), draws, seed, constants)
    series = of_months + np.sqrt(ratio)[:, None] * of_searches
    design, tried = root @ _design(number, list(taken)), _candidates(number, list(taken), least)
    explained, squares = _explained(root @ series, design, root, tried)
    return _statistic(explained.max(0), squares, design, constants)  # |t| rises with what the step explains


@lru_cache(maxsize=8)
def _drifting(there, taken, draws, seed, constants):
    """What all series of the same months are simulated of: their drift, and the chance of their searches."""
    rng, number = np.random.default_rng([seed, len(there), taken]), len(there)
    chi_squared = rng.chisquare(constants.df, draws)
    of_months, of_searches = (rng.standard_normal((number, draws)) for _ in range(2))
    drift = np.linalg.cholesky(month_correlation(there[-1] + 1, constants)[np.ix_(there, there)])
    return drift @ of_months * np.sqrt(constants.df / chi_squared), of_searches


def _fit(values, there, ratio, tau2, at, level, constants):
    """Sizes of all steps held together, the half widths of their limits, and the level of every month."""
    fitted = np.full(len(values), np.nan)
    if not len(there):
        return np.array([]), np.array([]), fitted
    root = _root(tuple(there), ratio, constants)
    design = _design(len(there), at)
    own, whitened = root @ design, root @ values[there]
    inverse = np.linalg.inv(own.T @ own)
    beta = inverse @ own.T @ whitened
    rest, df = ((whitened - own @ beta) ** 2).sum() / tau2, len(there) - design.shape[1]
    scale = tau2 * (constants.df + rest) / (constants.df + df)
    half = t_quantile(constants.df + df, level) * np.sqrt(scale * np.diag(inverse))
    steps = np.arange(len(values))[:, None] >= np.append(0, there[at] if at else [])[None, :].astype(int)
    return beta[1:], half[1:], steps @ beta
