"""Limits that let months vary by more than Poisson counts do, for those who ask for them by name.

Two estimates of the variance, quasi-Poisson and clustered by month, each with t on months less one. Arrays of shape
(..., months), as `intervals.clustered_rate_ratio`. Both take months as independent, which they are not: the limits of a
report are those of docs/intervals.md.
"""

import numpy as np
from scipy import stats

from sas_analysis.measures.intervals.limits import _alpha, _amounts, clustered_rate_difference, clustered_rate_ratio


def series_dispersion(*, searches, exposure):
    """Pearson dispersion over months of one series: X2 / (months - 1), 1 for Poisson; missing below two months."""
    n, e = np.broadcast_arrays(_amounts(searches, "searches"), _amounts(exposure, "exposure"))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = e * (n.sum(axis=-1) / e.sum(axis=-1))[..., None]
        df = (e > 0).sum(axis=-1) - 1
        return np.where(df > 0, np.nansum((n - mean) ** 2 / mean, axis=-1) / df, np.nan)


def share_dispersion(*, searches, exposure, reference_searches, reference_exposure):
    """Pearson dispersion over months of a group's share of the searches of a pair: 1 for two Poisson counts.

    Arrays of shape (..., months). X2 / df, df = months with a search of either group, less 1; missing below
    2. What moves both groups alike does not raise it.
    """
    n, e, n_ref, e_ref = searches, exposure, reference_searches, reference_exposure
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = e * (n.sum(axis=-1) / e.sum(axis=-1))[..., None]
        mean_ref = e_ref * (n_ref.sum(axis=-1) / e_ref.sum(axis=-1))[..., None]
        share, total = mean / (mean + mean_ref), n + n_ref
        squares = (n - total * share) ** 2 / (total * share * (1 - share))
        df = (total > 0).sum(axis=-1) - 1
        return np.where(df > 0, np.nansum(squares, axis=-1) / df, np.nan)


def quasi_poisson_rate_ratio(*, searches, exposure, reference_searches, reference_exposure, level=0.95):
    """Limits of a rate ratio with the Poisson variance of its log times `share_dispersion`: `lower, upper, df`.

    t on the months with a search, less one. With a constant ratio of the exposures it is R's `glm(searches ~ group +
    month + offset(log(exposure)), quasipoisson)`. Missing where a group has no search, or the dispersion is zero.
    """
    arrays = [_amounts(a, "counts") for a in (searches, exposure, reference_searches, reference_exposure)]
    n, e, n_ref, e_ref = np.broadcast_arrays(*arrays)
    dispersion = share_dispersion(searches=n, exposure=e, reference_searches=n_ref, reference_exposure=e_ref)
    df = ((n + n_ref) > 0).sum(axis=-1) - 1
    total, total_ref = n.sum(axis=-1), n_ref.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = total / e.sum(axis=-1) / (total_ref / e_ref.sum(axis=-1))
        ratio = np.where((total > 0) & (total_ref > 0) & (dispersion > 0), ratio, np.nan)
        margin = _t(level, df) * np.sqrt(dispersion * (1 / total + 1 / total_ref))
    return ratio * np.exp(-margin), ratio * np.exp(margin), df


def quasi_poisson_rate_difference(*, searches, exposure, reference_searches, reference_exposure, level=0.95):
    """Limits of a rate difference with each Poisson variance times its own `series_dispersion`: `lower, upper, df`.

    t on months less one. What moves both groups alike is counted twice: wider than clustered, where months are shared.
    """
    n, e = _amounts(searches, "searches"), _amounts(exposure, "exposure")
    n_ref, e_ref = _amounts(reference_searches, "searches"), _amounts(reference_exposure, "exposure")
    df = ((e > 0) | (e_ref > 0)).sum(axis=-1) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = series_dispersion(searches=n, exposure=e) * n.sum(axis=-1) / e.sum(axis=-1) ** 2
        variance += series_dispersion(searches=n_ref, exposure=e_ref) * n_ref.sum(axis=-1) / e_ref.sum(axis=-1) ** 2
        difference = n.sum(axis=-1) / e.sum(axis=-1) - n_ref.sum(axis=-1) / e_ref.sum(axis=-1)
        margin = _t(level, df) * np.sqrt(variance)
    return difference - margin, difference + margin, df


def quasi_poisson_rate(*, searches, exposure, level=0.95):
    """Limits of one rate, log scale, with the Poisson variance times `series_dispersion`: `lower, upper, df`."""
    n, e = np.broadcast_arrays(_amounts(searches, "searches"), _amounts(exposure, "exposure"))
    total = n.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _rate(n, e, series_dispersion(searches=n, exposure=e) / total, level)


def clustered_rate(*, searches, exposure, level=0.95):
    """Limits of one rate, log scale, with the sandwich variance of months as clusters: `lower, upper, df`.

    G/(G-1) times the sum of squared residuals over the squared count: R's `sandwich::vcovCL(type = "HC1")` of a
    Poisson fit with an intercept and an offset; t on G - 1 df. Missing without a search.
    """
    n, e = np.broadcast_arrays(_amounts(searches, "searches"), _amounts(exposure, "exposure"))
    months = (e > 0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shortfall = n / n.sum(axis=-1, keepdims=True) - e / e.sum(axis=-1, keepdims=True)
        return _rate(n, e, months / (months - 1) * (shortfall**2).sum(axis=-1), level)


# Method -> limits of a ratio, a difference, a rate.
RATIO = {"clustered": clustered_rate_ratio, "quasi-poisson": quasi_poisson_rate_ratio}
DIFFERENCE = {"clustered": clustered_rate_difference, "quasi-poisson": quasi_poisson_rate_difference}
RATE = {"clustered": clustered_rate, "quasi-poisson": quasi_poisson_rate}


def _rate(n, e, variance, level):
    df = (e > 0).sum(axis=-1) - 1
    rate, margin = n.sum(axis=-1) / e.sum(axis=-1), _t(level, df) * np.sqrt(variance)
    rate = np.where(variance > 0, rate, np.nan)
    return rate * np.exp(-margin), rate * np.exp(margin), df


def _t(level, df):
    return stats.t.isf(_alpha(level) / 2, np.where(df > 0, df, np.nan))
