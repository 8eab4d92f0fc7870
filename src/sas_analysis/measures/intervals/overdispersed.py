"""Limits that let months vary by more than Poisson counts do, and where a ratio has them by default.

Two estimates of the variance, quasi-Poisson and clustered by month, each with t on months less one. Arrays of shape
(..., months), as `intervals.clustered_rate_ratio`. The coverage of the rule below is measured by
`benchmarks/validate/intervals.py`; docs/methods.md gives the result.
"""

import numpy as np
from scipy import stats

from sas_analysis.measures.intervals.limits import _alpha, _amounts, clustered_rate_difference, clustered_rate_ratio

MONTHS_TO_OFFER = 6  # with fewer, t has so few degrees of freedom that limits say next to nothing
# Searches of the smaller group over the dispersion of its share: as many as would be independent, so that 60 put the
# standard error of a log ratio near 1/8.
EVENTS_TO_OFFER = 60
# The dispersion that decides is itself estimated. From twelve months it is good enough for that, unless it is large: a
# burst of searches in few months hides the size of bursts.
MONTHS_TO_JUDGE = 12
LARGEST_DISPERSION = 7
# So many searches hold 40 independent ones even at a dispersion of 50: then no estimate of it has to decide.
LARGE_COUNT = 2000
EVENTS_OF_LARGE = 40


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


def offered(*, searches, exposure, reference_searches, reference_exposure):
    """Where the default interval of a ratio is offered: condition -> bool array, in the order asked.

    An interval is offered where all are True: the wider of RATIO. Only the share of the searches of a pair counts, so
    what moves both groups alike refuses nothing.
    """
    months, fewest, dispersion = _judged(searches, exposure, reference_searches, reference_exposure)
    large = fewest >= LARGE_COUNT
    needed = np.where(large, EVENTS_OF_LARGE, EVENTS_TO_OFFER) * np.fmax(dispersion, 1)
    return {
        "months": months >= MONTHS_TO_OFFER,
        "none": (fewest > 0) & (dispersion > 1e-9),  # above rounding
        "events": fewest >= needed,
        "few months": large | (months >= MONTHS_TO_JUDGE),
        "bursts": large | (dispersion <= LARGEST_DISPERSION),
    }


def why_not(monthly):
    """Why the default interval of a ratio is not offered, a text per row, "" where it is. monthly : as `offered`."""
    conditions = offered(**monthly)
    months, fewest, dispersion = _judged(**monthly)
    said = []
    for row, (count, phi) in enumerate(zip(fewest, dispersion, strict=True)):
        events = EVENTS_OF_LARGE if count >= LARGE_COUNT else EVENTS_TO_OFFER
        texts = {
            "months": f"{months[row]} month(s), {MONTHS_TO_OFFER} are needed",
            "none": "no search, or no variation to judge by",
            "events": f"smaller count {count:.0f}, {np.ceil(events * np.fmax(phi, 1)):.0f} are needed",
            "few months": f"smaller count {count:.0f} in {months[row]} months, {LARGE_COUNT} are needed",
            "bursts": f"smaller count {count:.0f} at a dispersion above {LARGEST_DISPERSION}, {LARGE_COUNT} are needed",
        }
        failed = next((name for name, holds in conditions.items() if not holds[row]), None)
        said.append(f"interval not offered: {texts[failed]}" if failed else "")
    return np.array(said, dtype=object)


def _judged(searches, exposure, reference_searches, reference_exposure):
    """Months, the smaller count and the dispersion of the share: what the rule of the default rests on."""
    n, e, n_ref, e_ref = np.broadcast_arrays(searches, exposure, reference_searches, reference_exposure)
    dispersion = share_dispersion(searches=n, exposure=e, reference_searches=n_ref, reference_exposure=e_ref)
    return ((e > 0) & (e_ref > 0)).sum(axis=-1), np.minimum(n.sum(axis=-1), n_ref.sum(axis=-1)), dispersion


def _rate(n, e, variance, level):
    df = (e > 0).sum(axis=-1) - 1
    rate, margin = n.sum(axis=-1) / e.sum(axis=-1), _t(level, df) * np.sqrt(variance)
    rate = np.where(variance > 0, rate, np.nan)
    return rate * np.exp(-margin), rate * np.exp(margin), df


def _t(level, df):
    return stats.t.isf(_alpha(level) / 2, np.where(df > 0, df, np.nan))
