"""Limits of the difference of two groups' rates or shares, which drift together as far as their ratio stays."""

import numpy as np
from scipy import special

from sas_analysis.measures.intervals.cells import as_counts, exceed
from sas_analysis.measures.intervals.distances import count_limits, logit_limits, mover
from sas_analysis.measures.intervals.pooled import added, pooled_ratio_variance, results
from sas_analysis.measures.intervals.pooled_levels import pooled_rate_variance
from sas_analysis.measures.intervals.process import as_exposure, variance_of
from sas_analysis.measures.intervals.result import ask, make_limits, reasons
from sas_analysis.measures.intervals.variance import share_variance, t_quantile

_ANGLES = np.linspace(0, 2 * np.pi, 180, endpoint=False)
# The mean of months that vary on the log scale lies above the middle of their logs, by tau2 f / 2 for a known tau2.
# Upper limits leave room for three times that: they miss most where tau2 is larger than it seems (docs/intervals.md).
_SKEW = 1.5


def rate_difference_limits(
    *,
    searches,
    exposure,
    reference_searches,
    reference_exposure,
    row=None,
    per=1.0,
    kind="ratio",
    target="process",
    level=0.95,
    together=1,
    months=12,
    constants=None,
):
    """Limits of (searches / exposure - reference_searches / reference_exposure) x per.

    Parameters
    ----------
    searches, reference_searches : arrays (n, months, weeks), (n, months) or (n,)
    exposure, reference_exposure : arrays (n, months), (months,) or (n,) with totals
        Resident-years of each month; 0 in a month that was not published.
    row : array of int (n,), optional
        Which difference each row belongs to, counted from 0: rows are then forces, added together. By default each row
        is a difference of its own.
    per : float
        1,000 for rates per 1,000 residents a year.
    kind : text or n texts
        Of the ratio of the two: "ratio", or "ratio other".
    target, level, together, months, constants
        As `process.ratio_limits`.

    Returns
    -------
    Limits
        tau, df and f are those of the ratio, phi that of the group.

    Raises
    ------
    ValueError
        As `process.ratio_limits`.

    Source
    ------
    docs/intervals.md. The ratio drifts independently of the lower of the two rates. The limits are the least and the
    largest difference in the ellipse that this gives for the two log rates: MOVER (Zou 2008) on the scale where the
    limits of either are about even.

    Examples
    --------
    >>> found = rate_difference_limits(
    ...     searches=[[40, 55, 38]],
    ...     exposure=[800, 800, 800],
    ...     reference_searches=[[160, 150, 171]],
    ...     reference_exposure=[8_000, 8_000, 8_000],
    ...     per=1000,
    ... )
    >>> f"{found.estimate[0]:.0f}, {found.lower[0]:.0f} to {found.upper[0]:.0f}"
    '35, 12 to 106'
    """
    asked = ask(target, level, together, constants)
    one, other = as_counts(searches=searches, reference_searches=reference_searches, months=months)
    rows = len(one.total)
    into, number = results(np.arange(rows) if row is None else row, rows)
    exposures = [as_exposure(e, counts) for e, counts in ((exposure, one), (reference_exposure, other))]
    with np.errstate(all="ignore"):
        pairs = list(zip((one, other), exposures, strict=True))
        rates = [pooled_rate_variance(counts, e, into, number, asked) for counts, e in pairs]
        plain = (np.ones(rows), np.ones(rows))
        ratio, _ = pooled_ratio_variance(one, other, plain, None, into, number, kind, asked)
        n, m = (added(counts.total, into, number) for counts in (one, other))
        years = [added(e.sum(-1), into, number) for e in exposures]
        units = [np.where(e > 0, per / e, np.nan) for e in years]
        values = n * units[0], m * units[1]
        lower, upper = _rates_apart((n, m), units, values, rates, ratio, asked.each)
    lacking = np.isfinite(values[0]) & np.isfinite(values[1])
    return make_limits(
        values[0] - values[1],
        lower,
        upper,
        variance=ratio,
        fewest=np.minimum(n, m),
        reason=np.where(lacking, reasons(n + m, kind, target), "no limits: no exposure"),
        asked=asked,
        link="identity",
    )


def _rates_apart(counts, units, values, rates, ratio, level):
    """Lower and upper limit of the difference of two rates."""
    counted = (counts[0] > 0) & (counts[1] > 0)  # without a search there is no log rate: then the rates are apart
    apart = ratio.stretch(level)
    own = [variance.stretch(level) for variance in rates]
    first_is_higher = values[0] >= values[1]
    lowest = np.where(first_is_higher, own[1], own[0])
    stretch = (lowest + np.where(first_is_higher, apart, 0), lowest + np.where(first_is_higher, 0, apart))
    stretch = [np.where(counted, y, alone) for y, alone in zip(stretch, own, strict=True)]
    sampled = [t_quantile(v.df_within, level) ** 2 * v.within for v in rates]
    together = (stretch[0] + stretch[1] - apart) / 2
    correlation = together / np.sqrt((sampled[0] + stretch[0]) * (sampled[1] + stretch[1]))
    ends, distances = [], []
    for count, unit, variance, y in zip(counts, units, rates, stretch, strict=True):
        low, high = count_limits(count, variance, level, y)
        ends.append((count * unit, np.exp(low) * unit, np.exp(high) * unit))
        skew = _SKEW * y / t_quantile(variance.df_between, level) ** 2
        distances.append((np.log(count) - low, high - np.log(count) + skew))
    inside = _extremes(values, distances, np.clip(correlation, -1, 1))
    return tuple(np.where(counted, a, b) for a, b in zip(inside, mover(*ends, 0.0), strict=True))


def _extremes(values, distances, correlation):
    """Least and largest difference of two rates in the ellipse that their distances and correlation span."""
    x = np.cos(_ANGLES)[None, :]
    r = correlation[:, None]
    y = r * x + np.sqrt(1 - r**2) * np.sin(_ANGLES)
    first, second = (
        value[:, None] * np.exp(np.where(step > 0, up[:, None], down[:, None]) * step)
        for value, (down, up), step in zip(values, distances, (x, y), strict=True)
    )
    return (first - second).min(-1), (first - second).max(-1)


def share_difference_limits(
    *,
    hits,
    trials,
    reference_hits,
    reference_trials,
    kind="share",
    target="process",
    level=0.95,
    together=1,
    months=12,
    constants=None,
):
    """Limits of hits / trials - reference_hits / reference_trials, between -1 and 1.

    Parameters
    ----------
    hits, trials, reference_hits, reference_trials : arrays (n, months, weeks), (n, months) or (n,)
        Searches with an outcome and all searches for which it is known, of a group and of the reference group.
    kind : text
        "nfa", "arrest" and "drugs" have a constant for the odds ratio of two groups; any other has that of the share.
    target, level, together, months, constants
        As `process.ratio_limits`.

    Returns
    -------
    Limits
        tau, df, f and phi are those of the group's share.

    Raises
    ------
    ValueError
        As `process.share_limits`.

    Source
    ------
    docs/intervals.md; MOVER with the correlation that the variance of the log odds ratio implies (Zou 2008).

    Examples
    --------
    >>> found = share_difference_limits(
    ...     hits=[[70]], trials=[[100]], reference_hits=[[720]], reference_trials=[[1000]], kind="nfa"
    ... )
    >>> f"{found.estimate[0]:+.2f}, {found.lower[0]:+.2f} to {found.upper[0]:+.2f}"
    '-0.02, -0.16 to +0.09'
    """
    asked = ask(target, level, together, constants)
    constants, each = asked.constants, asked.each
    k, n, k_ref, n_ref = as_counts(
        hits=hits, trials=trials, reference_hits=reference_hits, reference_trials=reference_trials, months=months
    )
    exceed(k, n, "hits", "trials")
    exceed(k_ref, n_ref, "reference_hits", "reference_trials")
    given = {"tau2": variance_of(kind, constants), "target": target, "constants": constants}
    pairs = [(k.total, n.total, share_variance(k, n, **given))]
    pairs.append((k_ref.total, n_ref.total, share_variance(k_ref, n_ref, **given)))
    with np.errstate(all="ignore"):
        ends = [
            (hit / trial, *map(special.expit, logit_limits(hit, trial - hit, variance, each)))
            for hit, trial, variance in pairs
        ]
        lower, upper = mover(*ends, correlation_of_logits(*(pair[2] for pair in pairs), kind, each, constants))
    fewest = np.minimum(n.total, n_ref.total)
    return make_limits(
        ends[0][0] - ends[1][0],
        lower,
        upper,
        variance=pairs[0][2],
        fewest=fewest,
        reason=reasons(fewest, kind, target),
        asked=asked,
        link="identity",
    )


def correlation_of_logits(one, other, kind, level, constants):
    """How far two logits move together: their half widths against that of the log odds ratio."""
    sampled = [t_quantile(own.df_within, level) ** 2 * own.within for own in (one, other)]
    months = t_quantile(constants.df, level) ** 2 * constants.of_odds_ratio(kind) * (one.f + other.f) / 2
    a, b = (part + own.stretch(level) for part, own in zip(sampled, (one, other), strict=True))
    return (a + b - (sampled[0] + sampled[1] + months)) / (2 * np.sqrt(a * b))
