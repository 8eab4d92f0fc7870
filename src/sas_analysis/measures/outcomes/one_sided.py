"""One-sided p-values of a ratio of search rates and of a difference of hit rates, from the package's own limits.

The p-value is the tail at which the limit touches "no difference": a limit of the level 1 - 2p. So table and test never
disagree. Below some 1e-5 it is small and no more: there limits of shares end at 0 and 1. By the name "binomial": the
score tests of two proportions, which take searches as independent draws.
"""

import numpy as np
from scipy import special, stats

from sas_analysis.measures.intervals.cells import as_counts, exceed
from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.differences import correlation_of_logits, share_difference_limits
from sas_analysis.measures.intervals.distances import joint, lower_logit
from sas_analysis.measures.intervals.process import ratio_limits, variance_of
from sas_analysis.measures.intervals.variance import share_variance
from sas_analysis.measures.outcomes.searched import Side

BINOMIAL = "binomial"
_LOWEST, _HALF = 1e-12, 0.5 - 1e-9
_BISECTIONS = 45


def p_rate_higher(one: Side, other: Side, *, interval, kinds="ratio", months=12, pool="population") -> np.ndarray:
    """P-value against "the group is searched at no higher rate than its reference".

    Parameters
    ----------
    one, other : Side
        Of n groups and of their references.
    interval : str
        "process", "period" or "binomial".
    kinds : text or n texts
        As `process.ratio_limits`.
    months : int
        Months that totals are of.
    pool : str
        "population": those searched are part of it (binomial); "exposure": a time at risk (Poisson).
    """
    if interval == BINOMIAL:
        return special.ndtr(-_score(one.total("searches"), one.pool, other.total("searches"), other.pool, pool))
    n, m = as_counts(searches=one.searches, reference_searches=other.searches, months=months)
    constants = read_constants()
    given = {"tau2": variance_of(kinds, constants), "target": interval, "constants": constants}
    variance = share_variance(n, n + m, **given)
    with np.errstate(all="ignore"):
        null = np.log(one.pool / other.pool)  # the odds that searches at the same rate would have
        estimate = np.log(n.total / m.total)
    above = estimate > null
    # Upper limits of the group beside its reference are lower ones of the reference beside it.
    counts = np.where(above, n.total, m.total), np.where(above, m.total, n.total)
    against = np.where(above, null, -null)
    return _p_above(lambda level: lower_logit(*counts, variance, level) > against, estimate, null)


def p_hit_lower(one: Side, other: Side, *, interval, kind="share", months=12) -> np.ndarray:
    """P-value against "searches of the group find no less often than those of its reference".

    Parameters
    ----------
    one, other, interval, months
        As `p_rate_higher`.
    kind : str
        As `differences.share_difference_limits`.
    """
    if interval == BINOMIAL:
        return special.ndtr(_score(one.total("hits"), one.total("known"), other.total("hits"), other.total("known")))
    names = {"hits": one.hits, "trials": one.known, "reference_hits": other.hits, "reference_trials": other.known}
    k, n, k_ref, n_ref = as_counts(**names, months=months)
    exceed(k, n, "hits", "known")
    exceed(k_ref, n_ref, "reference hits", "known")
    constants = read_constants()
    given = {"tau2": variance_of(kind, constants), "target": interval, "constants": constants}
    variances = [share_variance(a, b, **given) for a, b in ((k, n), (k_ref, n_ref))]
    with np.errstate(all="ignore"):
        shares = [k.total / n.total, k_ref.total / n_ref.total]
        estimate = shares[0] - shares[1]
    # Of the higher share the lower limit counts, of the other one the upper: that of the searches that find nothing.
    lower = [estimate > 0, estimate <= 0]
    found = [(a.total, b.total - a.total) for a, b in ((k, n), (k_ref, n_ref))]
    counts = [(np.where(of, *pair), np.where(of, *pair[::-1])) for of, pair in zip(lower, found, strict=True)]
    ends = [np.where(of, share, 1 - share) for of, share in zip(lower, shares, strict=True)]

    def beyond(level):
        with np.errstate(all="ignore"):
            limits = [
                special.expit(lower_logit(*pair, own, level)) for pair, own in zip(counts, variances, strict=True)
            ]
            correlation = correlation_of_logits(*variances, kind, level, constants)
            return joint(ends[0] - limits[0], ends[1] - limits[1], correlation) < np.abs(estimate)

    return 1 - _p_above(beyond, estimate, np.zeros(len(estimate)))


def rate_ratio(one: Side, other: Side, *, interval, level, kinds="ratio", months=12) -> tuple:
    """The ratio of the rates of search with its limits: `estimate, lower, upper`; none by the name "binomial"."""
    with np.errstate(all="ignore"):
        ratio = one.total("searches") / one.pool / (other.total("searches") / other.pool)
        if interval == BINOMIAL:
            return ratio, *_none(ratio)
        counts = {"searches": one.searches, "reference_searches": other.searches, "months": months, "kind": kinds}
        exposure = {"exposure": one.pool, "reference_exposure": other.pool}
        found = ratio_limits(**counts, **exposure, target=interval, level=level)
    return ratio, found.lower, found.upper


def hit_difference(one: Side, other: Side, *, interval, level, kind="share", months=12) -> tuple:
    """The difference of the hit rates with its limits: `estimate, lower, upper`; none by the name "binomial"."""
    with np.errstate(all="ignore"):
        apart = one.total("hits") / one.total("known") - other.total("hits") / other.total("known")
        if interval == BINOMIAL:
            return apart, *_none(apart)
        counts = {"hits": one.hits, "trials": one.known, "reference_hits": other.hits, "reference_trials": other.known}
        found = share_difference_limits(**counts, months=months, kind=kind, target=interval, level=level)
    return apart, found.lower, found.upper


def _none(like):
    return np.full(len(like), np.nan), np.full(len(like), np.nan)


def _score(k, n, k_ref, n_ref, pool="population"):
    """Score statistic of two proportions (Pearson's chi, with its sign), or of two Poisson rates."""
    with np.errstate(all="ignore"):
        common = (k + k_ref) / (n + n_ref)
        variance = common * (1 - common if pool == "population" else 1) * (1 / n + 1 / n_ref)
        return (k / n - k_ref / n_ref) / np.sqrt(variance)


def _p_above(beyond, estimate, null):
    """The tail at which the nearer limit comes to `null`: of an estimate above it; else 1 less that.

    beyond : whether the limits of a level stay beyond it. The bisection is on the normal scale of the tail, where
    limits move evenly.
    """
    low = np.full(len(estimate), stats.norm.isf(_HALF))
    high = np.full(len(estimate), stats.norm.isf(_LOWEST))
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        stays = beyond(1 - 2 * special.ndtr(-middle))
        low, high = np.where(stays, middle, low), np.where(stays, high, middle)
    tail = special.ndtr(-(low + high) / 2)
    p = np.where(estimate == null, 0.5, np.where(estimate > null, tail, 1 - tail))
    return np.where(np.isnan(estimate) | np.isnan(null), np.nan, p)
