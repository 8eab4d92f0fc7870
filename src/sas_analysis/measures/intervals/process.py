"""Limits of a ratio, a share and a rate: of the level over the years around (process), or behind these months (period).

Searches come in bursts, and the months of a force drift around a level of years. The limits add two variances: that of
searches within months, and that of months around the level, which other forces show and the force's own months refine.
So there are limits wherever there is a search, from one month on. docs/intervals.md gives formulas, constants and
measured coverage.

Every function takes arrays of rows (a row per force and group): counts by month and week (n, months, weeks), by month
(n, months), or totals (n,) of `months` months.
"""

import numpy as np
from scipy import special

from sas_analysis.measures.intervals.cells import as_counts, exceed
from sas_analysis.measures.intervals.distances import count_limits, logit_limits
from sas_analysis.measures.intervals.result import ask, make_limits, reasons
from sas_analysis.measures.intervals.variance import rate_variance, share_variance


def ratio_limits(
    *,
    searches,
    reference_searches,
    exposure=1.0,
    reference_exposure=1.0,
    kind="ratio",
    target="process",
    level=0.95,
    together=1,
    months=12,
    constants=None,
):
    """Limits of (searches / exposure) / (reference_searches / reference_exposure).

    Parameters
    ----------
    searches, reference_searches : arrays (n, months, weeks), (n, months) or (n,)
        Searches of the group and of the reference group; a single row of the reference serves all groups.
    exposure, reference_exposure : numbers or arrays (n,)
        Resident-years of all these months.
    kind : text or n texts
        "ratio", or "ratio other" for the group Other, whose months vary more.
    target : "process" or "period"
        The level over the two or three years around, or the level behind these months.
    level : float
        Between 0 and 1.
    together : int
        Rows that are compared at once, for which the level holds together.
    months : int
        Months that a total is of.
    constants : Constants, optional
        Those of the package by default.

    Returns
    -------
    Limits
        Without a search of the group the lower limit is 0; without one of the reference the upper is infinite.

    Raises
    ------
    ValueError
        For counts that are negative or missing, shapes that do not fit, an unknown kind or target.

    Source
    ------
    docs/intervals.md. Searches: Jeffreys' limits of the group's share of the pair, counts over their dispersion.

    Examples
    --------
    Black and White searches in each of three months of one force, and a tenth as many Black residents:

    >>> found = ratio_limits(
    ...     searches=[[12, 9, 14]],
    ...     reference_searches=[[60, 44, 58]],
    ...     exposure=2_000,
    ...     reference_exposure=20_000,
    ... )
    >>> [f"{value:.2f}" for value in (found.estimate[0], found.lower[0], found.upper[0])]
    ['2.16', '1.15', '3.96']
    >>> found.name
    '95% process'
    """
    asked = ask(target, level, together, constants)
    constants, each = asked.constants, asked.each
    group, reference = as_counts(searches=searches, reference_searches=reference_searches, months=months)
    scale = np.asarray(reference_exposure, float) / np.asarray(exposure, float)
    variance = share_variance(
        group, group + reference, tau2=variance_of(kind, constants), target=target, constants=constants
    )
    n, m = group.total, reference.total
    low, high = logit_limits(n, m, variance, each)
    with np.errstate(all="ignore"):
        return make_limits(
            n / m * scale,
            np.exp(low) * scale,
            np.exp(high) * scale,
            variance=variance,
            fewest=np.minimum(n, m),
            reason=reasons(n + m, kind, target),
            asked=asked,
            link="log",
        )


def share_limits(*, hits, trials, kind="share", target="process", level=0.95, together=1, months=12, constants=None):
    """Limits of a share, hits / trials, between 0 and 1.

    Parameters
    ----------
    hits, trials : arrays (n, months, weeks), (n, months) or (n,)
        Searches with the outcome, object or group, and all searches for which it is known.
    kind : text or n texts
        "nfa", "arrest", "drugs", "object", "unknown", "sex or age", "outcome", "ratio" (share of an ethnic group),
        "share" (any other), or "section 60", which has period limits only.
    target, level, together, months, constants
        As `ratio_limits`.

    Returns
    -------
    Limits
        Without a hit the lower limit is 0; with hits only the upper is 1.

    Raises
    ------
    ValueError
        As `ratio_limits`, and for hits that exceed trials.

    Source
    ------
    docs/intervals.md. Searches: Jeffreys' limits, counts over their dispersion.

    Examples
    --------
    No further action in 70 of 100 searches of one month:

    >>> found = share_limits(hits=[[70]], trials=[[100]], kind="nfa")
    >>> f"{found.lower[0]:.2f} to {found.upper[0]:.2f}, {found.name}"
    '0.54 to 0.83, 95% process'
    """
    asked = ask(target, level, together, constants)
    constants, each = asked.constants, asked.each
    hits, trials = as_counts(hits=hits, trials=trials, months=months)
    exceed(hits, trials, "hits", "trials")
    variance = share_variance(hits, trials, tau2=variance_of(kind, constants), target=target, constants=constants)
    k, n = hits.total, trials.total
    low, high = logit_limits(k, n - k, variance, each)
    with np.errstate(all="ignore"):
        return make_limits(
            k / n,
            special.expit(low),
            special.expit(high),
            variance=variance,
            fewest=n,
            reason=reasons(n, kind, target),
            asked=asked,
            link="logit",
        )


def rate_limits(*, searches, exposure, per=1.0, target="process", level=0.95, together=1, months=12, constants=None):
    """Limits of a rate, searches / exposure x per.

    Parameters
    ----------
    searches : array (n, months, weeks), (n, months) or (n,)
    exposure : array (n, months), (months,) or (n,) with totals
        Resident-years of each month, in proportion to its days; 0 in a month that was not published.
    per : float
        1,000 for a rate per 1,000 residents a year.
    target, level, together, months, constants
        As `ratio_limits`.

    Returns
    -------
    Limits
        Without a search the lower limit is 0. No exposure: missing.

    Raises
    ------
    ValueError
        As `ratio_limits`.

    Source
    ------
    docs/intervals.md. Searches: Jeffreys' gamma limits of the count over its dispersion.

    Examples
    --------
    >>> found = rate_limits(searches=[[40, 55, 38]], exposure=[800, 800, 800], per=1000)
    >>> f"{found.estimate[0]:.0f}, {found.lower[0]:.0f} to {found.upper[0]:.0f}"
    '55, 25 to 122'
    """
    asked = ask(target, level, together, constants)
    constants, each = asked.constants, asked.each
    (counts,) = as_counts(searches=searches, months=months)
    exposure = as_exposure(exposure, counts)
    variance = rate_variance(counts, exposure, tau2=constants.of("rate"), target=target, constants=constants)
    total, all_exposure = counts.total, exposure.sum(-1)
    low, high = count_limits(total, variance, each)
    with np.errstate(all="ignore"):
        unit = np.where(all_exposure > 0, per / all_exposure, np.nan)
        return make_limits(
            total * unit,
            np.exp(low) * unit,
            np.exp(high) * unit,
            variance=variance,
            fewest=total,
            reason=np.where(all_exposure > 0, "", "no limits: no exposure").astype(object),
            asked=asked,
            link="log",
        )


def variance_of(kind, constants):
    """Variance between months of one kind, or of each row's kind."""
    if isinstance(kind, str):
        return constants.of(kind)
    return np.array([constants.of(one) for one in kind])


def as_exposure(exposure, counts):
    """Exposure by month, (n, months); totals are spread evenly as their counts are."""
    exposure, shape = np.asarray(exposure, float), counts.months.shape
    if not counts.by_month:
        exposure = np.repeat(np.atleast_1d(exposure)[:, None] / shape[1], shape[1], axis=1)
    return np.broadcast_to(exposure, shape)
