"""Limits of counts on the logit or log scale, widened by the months; arrays of shape (n,).

Searches alone have Jeffreys' limits of the counts divided by their dispersion, which exist without a hit as well. The
squared distance of months is added to that of searches, on the scale where both are about even.
"""

import numpy as np
from scipy import special

from sas_analysis.measures.intervals.variance import t_quantile


def logit_limits(hits, others, variance, level, stretch=None):
    """Limits of log(hits / others): `lower, upper`. No hit: lower minus infinity; no other: upper infinity.

    stretch : squared distance of the months; by default that of `variance`.
    """
    stretch = variance.stretch(level) if stretch is None else stretch
    given = _dispersion(variance, level), stretch, (1 - level) / 2
    return _lower_logit(hits, others, *given), -_lower_logit(others, hits, *given)


def lower_logit(hits, others, variance, level):
    """The lower one of `logit_limits`; the upper one is that of the others beside the hits, with the other sign."""
    return _lower_logit(hits, others, _dispersion(variance, level), variance.stretch(level), (1 - level) / 2)


def _lower_logit(hits, others, unit, stretch, tail):
    with np.errstate(all="ignore"):
        of_searches = special.logit(special.betaincinv(hits / unit + 0.5, others / unit + 0.5, tail))
        low = np.where(hits > 0, of_searches, -np.inf)
        return _widen(np.log(hits / others), low, stretch)


def count_limits(count, variance, level, stretch=None):
    """Limits of the log of a count: `lower, upper`. Arguments as `logit_limits`."""
    tail = (1 - level) / 2
    with np.errstate(all="ignore"):
        unit = _dispersion(variance, level)
        shape = count / unit + 0.5
        low = np.where(count > 0, np.log(special.gammaincinv(shape, tail) * unit), -np.inf)
        high = np.log(special.gammainccinv(shape, tail) * unit)
        estimate, stretch = np.log(count), variance.stretch(level) if stretch is None else stretch
        return _widen(estimate, low, stretch), -_widen(-estimate, -high, stretch)


def mover(one, other, correlation):
    """Limits of a difference of two estimates that move together: `lower, upper` (Zou 2008).

    one, other : (estimate, lower, upper). correlation : of the two; infinite or missing counts as none.
    """
    (a, low_a, high_a), (b, low_b, high_b) = one, other
    down, up = joint(a - low_a, high_b - b, correlation), joint(high_a - a, b - low_b, correlation)
    return a - b - down, a - b + up


def joint(one, other, correlation):
    """Distance of a limit of a difference of two estimates, from a distance of each; as `mover`, for one side."""
    r = np.where(np.isfinite(correlation), np.clip(correlation, -1, 1), 0)
    return np.sqrt(np.maximum(one**2 + other**2 - 2 * r * one * other, 0))  # missing stays missing


def _dispersion(variance, level):
    """Dispersion that stands for an estimated one: the limits of a normal are stretched to those of t."""
    return variance.phi * (t_quantile(variance.df_within, level) / t_quantile(np.inf, level)) ** 2


def _widen(estimate, low, stretch):
    """The lower limit with the months; without a hit or a miss they cannot be told from the level: without them."""
    return np.where(np.isfinite(estimate), estimate - np.sqrt((estimate - low) ** 2 + stretch), low)
