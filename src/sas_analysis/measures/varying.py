"""Limits that let months vary by more than Poisson counts do, and where they are offered by default.

Two estimates of the variance, quasi-Poisson and clustered by month, each with t on months less one. Arrays of shape
(..., months), as `intervals.clustered_rate_ratio`. The rule below is the one whose coverage
`benchmarks/validate/intervals.py` measures; docs/methods.md gives the result.
"""

import numpy as np
from scipy import stats

from sas_analysis.measures.intervals import _alpha, _amounts, clustered_rate_difference, clustered_rate_ratio

MONTHS_TO_OFFER = 5  # fewer months cannot show how much months vary
SEARCHES_TO_OFFER = 30  # of both groups together: with fewer, counts are too coarse for a level between 93% and 97%
EXPECTED_TO_OFFER = 5  # of the smaller group if rates were equal: not chosen by the ratio, unlike the count observed
# A month can hold a burst of searches about as large as the dispersion of a series. A count below it has seen none or
# one; where bursts are large, twenty of them are needed before a mean of them is near normal.
LARGE_DISPERSION = 10
BURSTS_TO_OFFER = 20
BURSTS_TO_OFFER_RATE = 30


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


def wider(methods, *, level, **monthly):
    """The wider of the limits of several `methods`, element by element: `lower, upper, df, method`.

    methods : name -> function (RATIO, DIFFERENCE, RATE). Width is compared on the scale of the upper limit.
    """
    limits = {name: function(**monthly, level=level) for name, function in methods.items()}
    names = np.array(list(limits))
    upper = np.array([np.where(np.isnan(high), -np.inf, high) for _, high, _ in limits.values()])
    at = upper.argmax(axis=0)
    chosen = [np.take_along_axis(np.array(part), at[None], axis=0)[0] for part in zip(*limits.values(), strict=True)]
    return (*chosen, names[at])


def default(methods, *, level, **monthly):
    """The limits that the default gives where it is offered: the wider, or clustered for a difference."""
    kept = {"clustered": methods["clustered"]} if methods is DIFFERENCE else methods
    return wider(kept, level=level, **monthly)


def offered(*, searches, exposure, reference_searches, reference_exposure):
    """Where the default interval of a ratio or difference is offered: condition -> bool array, in the order asked.

    An interval is offered where all are True. Every condition rests on what is observed.
    """
    n, e, n_ref, e_ref = np.broadcast_arrays(searches, exposure, reference_searches, reference_exposure)
    months = ((e > 0) & (e_ref > 0)).sum(axis=-1)
    total, total_ref = n.sum(axis=-1), n_ref.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = e.sum(axis=-1) / (e.sum(axis=-1) + e_ref.sum(axis=-1))
        expected = (total + total_ref) * np.minimum(share, 1 - share)
        bursts = np.fmax(series_dispersion(searches=n, exposure=e), series_dispersion(searches=n_ref, exposure=e_ref))
    fewest = np.minimum(total, total_ref)
    return {
        "months": months >= MONTHS_TO_OFFER,
        "searches": total + total_ref >= SEARCHES_TO_OFFER,
        "expected": expected >= EXPECTED_TO_OFFER,
        **_seen(fewest, bursts),
    }


def offered_rate(*, searches, exposure):
    """The same for one rate; expected searches are not known, so SEARCHES_TO_OFFER alone stands for both."""
    n, e = np.broadcast_arrays(searches, exposure)
    total, bursts = n.sum(axis=-1), series_dispersion(searches=n, exposure=e)
    return {
        "months": (e > 0).sum(axis=-1) >= MONTHS_TO_OFFER,
        "searches": total >= SEARCHES_TO_OFFER,
        **_seen(total, bursts, BURSTS_TO_OFFER_RATE),
    }


def _seen(fewest, bursts, many=BURSTS_TO_OFFER):
    """Whether the smaller count can have seen bursts of the size that months vary by."""
    return {
        "none": fewest > 0,
        "bursts": (fewest >= bursts) & ((bursts <= LARGE_DISPERSION) | (fewest >= many * bursts)),
    }


def why_not(monthly):
    """Why the default interval is not offered, a text per row, "" where it is. monthly : as `offered` takes them."""
    pair = "reference_searches" in monthly
    conditions = offered(**monthly) if pair else offered_rate(**monthly)
    series = [(monthly["searches"], monthly["exposure"])]
    series += [(monthly["reference_searches"], monthly["reference_exposure"])] if pair else []
    months = np.all([e > 0 for _, e in series], axis=0).sum(axis=-1)
    totals = np.array([n.sum(axis=-1) for n, _ in series])
    bursts = np.array([series_dispersion(searches=n, exposure=e) for n, e in series])
    with np.errstate(invalid="ignore"):
        worst = np.fmax.reduce(bursts, axis=0)
    said = []
    for row in range(len(months)):
        texts = {
            "months": f"{months[row]} month(s), {MONTHS_TO_OFFER} are needed",
            "searches": f"{totals[:, row].sum():.0f} searches, {SEARCHES_TO_OFFER} are needed",
            "expected": f"fewer than {EXPECTED_TO_OFFER} searches of the smaller group if rates were equal",
            "none": "no search",
            "bursts": f"{totals[:, row].min():.0f} searches where months vary with dispersion {worst[row]:.1f}",
        }
        failed = next((name for name, holds in conditions.items() if not holds[row]), None)
        said.append(f"interval not offered: {texts[failed]}" if failed else "")
    return np.array(said, dtype=object)


def _rate(n, e, variance, level):
    df = (e > 0).sum(axis=-1) - 1
    rate, margin = n.sum(axis=-1) / e.sum(axis=-1), _t(level, df) * np.sqrt(variance)
    rate = np.where(variance > 0, rate, np.nan)
    return rate * np.exp(-margin), rate * np.exp(margin), df


def _t(level, df):
    return stats.t.isf(_alpha(level) / 2, np.where(df > 0, df, np.nan))
