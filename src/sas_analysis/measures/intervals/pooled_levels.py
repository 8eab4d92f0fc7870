"""Limits of the share and of the rate of several forces together."""

import numpy as np
from scipy import special

from sas_analysis.measures.intervals.cells import as_counts, exceed
from sas_analysis.measures.intervals.distances import count_limits, logit_limits
from sas_analysis.measures.intervals.pooled import added, averaged, results
from sas_analysis.measures.intervals.process import as_exposure, variance_of
from sas_analysis.measures.intervals.result import ask, make_limits, reasons
from sas_analysis.measures.intervals.variance import rate_variance, share_variance


def pooled_share_limits(
    *, hits, trials, row=None, kind="share", target="process", level=0.95, together=1, months=12, constants=None
):
    """Limits of the share of all hits in all trials of several forces; or of several such shares at once.

    Parameters
    ----------
    hits, trials : arrays (forces, months, weeks), (forces, months) or (forces,)
    row : array of int (forces,), optional
        Which share each force belongs to, counted from 0; by default all belong to one.
    kind, target, level, together, months, constants
        As `process.share_limits`; one kind for all, or one for each share.

    Returns
    -------
    Limits
        A row for each share. tau, f and phi are means over forces, weighted by searches. A share of one force has its
        plain limits.

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
    k, n = hits.total, trials.total
    into, number = results(row, len(n))
    tau2 = np.broadcast_to(variance_of(kind, constants), number)
    forces = share_variance(hits, trials, tau2=tau2[into], target=target, constants=constants)
    hit, missed, total = (added(x, into, number) for x in (k, n - k, n))
    with np.errstate(all="ignore"):
        share = hit / total
        own = (k + share[into]) / (n + 1)  # a force of one search has no share of its own to speak of
        unit = total * share * (1 - share)
        level_moves, size_moves = n * own * (1 - own) / unit[into], n * (own - share[into]) / unit[into]
        within = added(np.nan_to_num(forces.phi * n * own * (1 - own)), into, number) / unit**2
        parts = np.nan_to_num(level_moves**2 * forces.between + size_moves**2 * constants.of("rate") * forces.f)
        common = constants.common_share * added(np.nan_to_num(level_moves * forces.between), into, number)
        between = (1 - constants.common_share) * added(parts, into, number) + common
        variance = averaged(forces, n, within, between, parts, constants, into, number)
        low, high = logit_limits(hit, missed, variance, each)
        normal = np.isinf(variance.df_within) & (hit > 0) & (missed > 0)
        low, high = _normal(normal, np.log(hit / missed), variance, each, low, high)
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
    *, searches, exposure, row=None, per=1.0, target="process", level=0.95, together=1, months=12, constants=None
):
    """Limits of the rate of several forces together; or of several such rates at once.

    Parameters
    ----------
    searches : array (forces, months, weeks), (forces, months) or (forces,)
    exposure : array (forces, months), or (forces,) with totals
        Resident-years of each month; 0 in a month that was not published.
    row : array of int (forces,), optional
        Which rate each force belongs to, counted from 0; by default all belong to one.
    per, target, level, together, months, constants
        As `process.rate_limits`.

    Returns
    -------
    Limits
        A row for each rate. tau, f and phi are means over forces, weighted by searches. A rate of one force has its
        plain limits.

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
    each = asked.each
    (counts,) = as_counts(searches=searches, months=months)
    exposure = as_exposure(exposure, counts)
    into, number = results(row, len(counts.total))
    total, years = added(counts.total, into, number), added(exposure.sum(-1), into, number)
    with np.errstate(all="ignore"):
        variance = pooled_rate_variance(counts, exposure, into, number, asked)
        low, high = count_limits(total, variance, each)
        normal = np.isinf(variance.df_within) & (total > 0)
        low, high = _normal(normal, np.log(total), variance, each, low, high)
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


def pooled_rate_variance(counts, exposure, into, number, asked):
    """Variance of the log of each pooled rate. counts : `Counts` of forces; into, number : as `pooled.results`."""
    constants = asked.constants
    forces = rate_variance(counts, exposure, tau2=constants.of("rate"), target=asked.target, constants=constants)
    n, total = counts.total, added(counts.total, into, number)
    part = n / total[into]
    within = added(np.nan_to_num(forces.phi * n), into, number) / total**2
    parts = np.nan_to_num(part**2 * forces.between)
    common = constants.common_rate * added(np.nan_to_num(part * forces.between), into, number)
    between = (1 - constants.common_rate) * added(parts, into, number) + common
    return averaged(forces, n, within, between, parts, constants, into, number)


def _normal(where, middle, variance, level, low, high):
    """Limits that are normal where several forces are added, and those given elsewhere."""
    half = variance.half_width(level)
    return np.where(where, middle - half, low), np.where(where, middle + half, high)
