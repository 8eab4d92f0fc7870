"""Limits of the share and of the rate of several forces together."""

import numpy as np
from scipy import special

from sas_analysis.measures.intervals.cells import as_counts, exceed
from sas_analysis.measures.intervals.distances import count_limits, logit_limits
from sas_analysis.measures.intervals.pooled import averaged
from sas_analysis.measures.intervals.process import as_exposure, variance_of
from sas_analysis.measures.intervals.result import ask, make_limits, reasons
from sas_analysis.measures.intervals.variance import rate_variance, share_variance


def pooled_share_limits(
    *, hits, trials, kind="share", target="process", level=0.95, together=1, months=12, constants=None
):
    """Limits of the share of all hits in all trials of several forces.

    Parameters
    ----------
    hits, trials : arrays (forces, months, weeks), (forces, months) or (forces,)
    kind, target, level, together, months, constants
        As `process.share_limits`; one kind for all forces.

    Returns
    -------
    Limits
        One row. tau, f and phi are means over forces, weighted by searches.

    Raises
    ------
    ValueError
        As `process.share_limits`.

    Source
    ------
    docs/intervals.md. A force moves the share by its own share, and by how many of the searches are its.

    Examples
    --------
    >>> found = pooled_share_limits(hits=[[70, 66], [20, 30]], trials=[[100, 90], [60, 80]], kind="nfa")
    >>> f"{found.estimate[0]:.2f}, {found.lower[0]:.2f} to {found.upper[0]:.2f}"
    '0.56, 0.45 to 0.67'
    """
    asked = ask(target, level, together, constants)
    constants, each = asked.constants, asked.each
    hits, trials = as_counts(hits=hits, trials=trials, months=months)
    exceed(hits, trials, "hits", "trials")
    forces = share_variance(hits, trials, tau2=variance_of(kind, constants), target=target, constants=constants)
    k, n = hits.total, trials.total
    hit, missed, total = (np.array([x.sum()]) for x in (k, n - k, n))
    with np.errstate(all="ignore"):
        share = hit / total
        own = (k + share) / (n + 1)  # a force of one search has no share of its own to speak of
        unit = total * share * (1 - share)
        level_moves, size_moves = n * own * (1 - own) / unit, n * (own - share) / unit
        within = np.nansum(forces.phi * n * own * (1 - own)) / unit[0] ** 2
        parts = np.nan_to_num(level_moves**2 * forces.between + size_moves**2 * constants.of("rate") * forces.f)
        common = constants.common_share * np.nansum(level_moves * forces.between)
        between = (1 - constants.common_share) * parts.sum() + common
        variance = averaged(forces, n, within, between, parts, constants)
        low, high = logit_limits(hit, missed, variance, each)
        if np.isinf(variance.df_within[0]) and hit[0] > 0 and missed[0] > 0:
            middle, half = np.log(hit / missed), variance.half_width(each)
            low, high = middle - half, middle + half
    return make_limits(
        share,
        special.expit(low),
        special.expit(high),
        variance=variance,
        fewest=total,
        reason=reasons(total, kind, target),
        asked=asked,
        link="logit",
    )


def pooled_rate_limits(
    *, searches, exposure, per=1.0, target="process", level=0.95, together=1, months=12, constants=None
):
    """Limits of the rate of several forces together.

    Parameters
    ----------
    searches : array (forces, months, weeks), (forces, months) or (forces,)
    exposure : array (forces, months), or (forces,) with totals
        Resident-years of each month; 0 in a month that was not published.
    per, target, level, together, months, constants
        As `process.rate_limits`.

    Returns
    -------
    Limits
        One row. tau, f and phi are means over forces, weighted by searches.

    Raises
    ------
    ValueError
        As `process.rate_limits`.

    Source
    ------
    docs/intervals.md. Two fifths of the variance between months are common to all forces.

    Examples
    --------
    >>> found = pooled_rate_limits(searches=[[40, 55], [12, 10]], exposure=[[800, 800], [300, 300]], per=1000)
    >>> f"{found.estimate[0]:.0f}, {found.lower[0]:.0f} to {found.upper[0]:.0f}"
    '53, 25 to 111'
    """
    asked = ask(target, level, together, constants)
    constants, each = asked.constants, asked.each
    (counts,) = as_counts(searches=searches, months=months)
    exposure = as_exposure(exposure, counts)
    forces = rate_variance(counts, exposure, tau2=constants.of("rate"), target=target, constants=constants)
    n = counts.total
    total, years = np.array([n.sum()]), np.array([exposure.sum()])
    with np.errstate(all="ignore"):
        part = n / total
        within = np.nansum(forces.phi * n) / total[0] ** 2
        parts = np.nan_to_num(part**2 * forces.between)
        common = constants.common_rate * np.nansum(part * forces.between)
        between = (1 - constants.common_rate) * parts.sum() + common
        variance = averaged(forces, n, within, between, parts, constants)
        low, high = count_limits(total, variance, each)
        if np.isinf(variance.df_within[0]) and total[0] > 0:
            middle, half = np.log(total), variance.half_width(each)
            low, high = middle - half, middle + half
        unit = np.where(years > 0, per / years, np.nan)
        return make_limits(
            total * unit,
            np.exp(low) * unit,
            np.exp(high) * unit,
            variance=variance,
            fewest=total,
            reason=np.where(years > 0, "", "no limits: no exposure").astype(object),
            asked=asked,
            link="log",
        )
