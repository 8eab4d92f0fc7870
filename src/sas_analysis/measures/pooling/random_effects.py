"""Random effects of log ratios: their mean, how far forces differ beyond chance, and where another force would lie.

Plain functions of two arrays: `log_ratio` y and `variance` v of k forces. The model is y ~ N(mean, v + tau2).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, norm, t

METHODS = ("REML", "DL")
MEAN_INTERVALS = ("Hartung-Knapp", "normal", "t")


@dataclass(frozen=True)
class Pooled:
    """Mean of log ratios with its standard error (classical, and Hartung-Knapp's), tau2, and the test of tau2 = 0.

    q on df degrees of freedom; i_squared, the share of the variation beyond chance, 0 to 1.
    """

    forces: int
    mean: float
    se: float
    se_hartung_knapp: float
    tau2: float
    q: float
    df: int
    p_value: float
    i_squared: float
    method: str


def pool(log_ratio, variance, *, method="REML"):
    """Pool k >= 2 log ratios with their variances. Returns `Pooled`.

    method : "REML" (restricted maximum likelihood; the default) or "DL" (DerSimonian and Laird 1986, whose tau2
    is far too low where forces are many and unlike in size). i_squared = (Q - df) / Q (Higgins and
    Thompson 2002). se_hartung_knapp is Hartung and Knapp's 2001, never below `se` (as Rover, Knapp and
    Friede 2015 advise), as R metafor `rma(test = "adhoc")`.
    Raises ValueError for fewer than two, or variances that are not above zero.
    """
    y, v = np.asarray(log_ratio, float), np.asarray(variance, float)
    if method not in METHODS:
        raise ValueError(f'method "{method}" is unknown: {" or ".join(METHODS)}')
    if len(y) < 2 or not (np.isfinite(y).all() and (v > 0).all()):
        raise ValueError(f"{len(y)} log ratios: two or more are needed, all finite, with variances above zero")
    k, w = len(y), 1 / v
    q = float((w * (y - (w @ y) / w.sum()) ** 2).sum())
    tau2 = reml(y, v) if method == "REML" else moment_tau2(q, v)
    w = 1 / (v + tau2)
    mean = float(w @ y / w.sum())
    se = float(np.sqrt(1 / w.sum()))
    factor = float((w * (y - mean) ** 2).sum() / (k - 1))
    hartung_knapp = float(se * np.sqrt(max(factor, 1.0)))
    p_value = float(chi2.sf(q, k - 1))
    return Pooled(
        k, mean, se, hartung_knapp, tau2, q, k - 1, p_value, max(0.0, (q - k + 1) / q) if q > 0 else 0.0, method
    )


def moment_tau2(q, variance):
    """tau2 by the method of moments: (q - (k - 1)) / (sum w - sum w2 / sum w), w = 1 / variance; never below zero.

    q : Cochran's, of k log ratios with these variances; or k times another mean of squared z-scores (`funnel`). Zero
    where k is below two. Source: DerSimonian and Laird 1986.
    """
    w, k = 1 / variance, len(variance)
    scale = w.sum() - (w**2).sum() / w.sum()
    return max(0.0, (q - (k - 1)) / scale) if k > 1 else 0.0


def reml(y, v):
    """The REML estimate of tau2: where the derivative of the restricted likelihood is zero, or 0 if it falls from 0.

    It may have several zeros; the one of the highest likelihood is taken.
    """
    top = max(10 * np.var(y), 10 * v.max(), 1e-8)
    grid = np.r_[0.0, np.geomspace(min(v.min(), top) * 1e-6, top, 400)]
    slope = np.array([_score(x, y, v) for x in grid])
    down = np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0))
    found = [brentq(_score, grid[i], grid[i + 1], args=(y, v), xtol=1e-15, rtol=1e-14) for i in down]
    return float(max([0.0, *found], key=lambda x: restricted_likelihood(x, y, v)))


def restricted_likelihood(tau2, y, v):
    """Restricted log likelihood of tau2, without its constant."""
    w = 1 / (v + tau2)
    mean = w @ y / w.sum()
    return 0.5 * (np.log(w).sum() - np.log(w.sum()) - (w * (y - mean) ** 2).sum())


def _score(tau2, y, v):
    """Twice the derivative of the restricted log likelihood."""
    w = 1 / (v + tau2)
    mean = w @ y / w.sum()
    return (w**2 * (y - mean) ** 2).sum() - w.sum() + (w**2).sum() / w.sum()


def mean_limits(pooled, *, interval="Hartung-Knapp", level=0.95):
    """Limits of the mean log ratio: (lower, upper).

    interval : "Hartung-Knapp" (t on k - 1, the default), "normal" (classical, too narrow with few forces), or "t".
    """
    if interval not in MEAN_INTERVALS:
        raise ValueError(f'interval "{interval}" is unknown: {", ".join(MEAN_INTERVALS)}')
    se = pooled.se_hartung_knapp if interval == "Hartung-Knapp" else pooled.se
    tail = 0.5 + level / 2
    margin = se * (norm.ppf(tail) if interval == "normal" else t.ppf(tail, pooled.df))
    return pooled.mean - margin, pooled.mean + margin


def prediction_limits(pooled, *, level=0.95):
    """Limits of the log ratio of another force: mean +- t(k - 2) x root(tau2 + se2); missing below three forces.

    Source: Higgins, Thompson and Spiegelhalter 2009.
    """
    if pooled.forces < 3:
        return np.nan, np.nan
    margin = t.ppf(0.5 + level / 2, pooled.forces - 2) * np.sqrt(pooled.tau2 + pooled.se**2)
    return pooled.mean - margin, pooled.mean + margin


def tau2_limits(log_ratio, variance, *, level=0.95):
    """Limits of tau2 by the Q-profile (Viechtbauer 2007): (lower, upper); upper is infinite if nothing bounds it."""
    y, v = np.asarray(log_ratio, float), np.asarray(variance, float)
    df = len(y) - 1

    def profile(tau2):
        w = 1 / (v + tau2)
        return (w * (y - w @ y / w.sum()) ** 2).sum()

    def limit(probability):
        wanted, top = chi2.ppf(probability, df), max(np.var(y), v.max(), 1e-8)
        if profile(0.0) <= wanted:
            return 0.0
        while profile(top) > wanted:
            top *= 4
        return float(brentq(lambda x: profile(x) - wanted, 0.0, top, xtol=1e-15, rtol=1e-14))

    return limit(0.5 + level / 2), limit(0.5 - level / 2)
