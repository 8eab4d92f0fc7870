"""Limits of the change between two windows of one force, were its level to drift as forces do."""

from dataclasses import replace

import numpy as np

from sas_analysis.measures.intervals.result import Asked, make_limits
from sas_analysis.measures.intervals.variance import t_quantile


def change_limits(later, earlier, *, gap, level=0.95):
    """Limits of later / earlier (shares: of their odds): limits without 1 are more than forces ordinarily drift.

    Parameters
    ----------
    later, earlier : Limits
        Of the same rows, as `process.ratio_limits`, `share_limits` or `rate_limits` gives them, target "process".
    gap : int
        Months from the first month of the earlier window to the first of the later: 12 for a year and the next.
    level : float

    Returns
    -------
    Limits
        estimate : the factor of the change (shares: the odds ratio). Missing where either window has no log.

    Raises
    ------
    ValueError
        For limits of another target or of a difference, and rows that differ in number.

    Source
    ------
    docs/intervals.md: V = W1 + W2 + tau2 (f1 + f2 - 2 g), g the covariance of the two windows' months.

    Examples
    --------
    >>> from sas_analysis.measures.intervals.process import ratio_limits
    >>> windows = [
    ...     ratio_limits(searches=[[n] * 12], reference_searches=[[50] * 12], exposure=0.1) for n in (15, 8)
    ... ]
    >>> found = change_limits(*windows, gap=12)
    >>> f"{found.estimate[0]:.2f}, {found.lower[0]:.2f} to {found.upper[0]:.2f}, {found.name}"
    '1.88, 1.14 to 3.09, 95% change'
    """
    one, other = later.variance, earlier.variance
    _check(later, earlier, gap)
    constants = later.constants
    places = gap + np.arange(one.weights.shape[-1])[:, None] - np.arange(other.weights.shape[-1])[None, :]
    correlation = (1 - constants.kappa) * constants.rho ** np.abs(places)
    with np.errstate(all="ignore"):
        shared = (one.weights @ correlation * other.weights).sum(-1)
        tau2 = (one.tau2 + other.tau2) / 2
        f = np.maximum(one.f + other.f - 2 * shared, 0)
        df = np.fmin(one.df_between, other.df_between)
        half = np.sqrt(
            t_quantile(one.df_within, level) ** 2 * one.within
            + t_quantile(other.df_within, level) ** 2 * other.within
            + t_quantile(df, level) ** 2 * tau2 * f
        )
        change = _linked(later) - _linked(earlier)
        reason = np.where(np.isfinite(half) & np.isfinite(change), "", "no limits: no search in one of the windows")
        estimate = np.where(reason == "", np.exp(change), np.nan)
        return make_limits(
            estimate,
            estimate * np.exp(-half),
            estimate * np.exp(half),
            variance=replace(one, tau2=tau2, f=f, between=tau2 * f, df_between=df, estimate=change),
            fewest=np.minimum(later.fewest, earlier.fewest),
            reason=reason.astype(object),
            asked=Asked("change", level, 1, constants, level),
            link="log",
        )


def _linked(limits):
    """The estimate on the scale where its limits are even."""
    estimate = limits.estimate
    return np.log(estimate) if limits.link == "log" else np.log(estimate / (1 - estimate))


def _check(later, earlier, gap):
    faults = []
    for name, limits in (("later", later), ("earlier", earlier)):
        if limits.target != "process" or limits.link == "identity":
            faults.append(
                f"{name}: {limits.name} limits of a {limits.link} scale; give process limits of a ratio, share or rate"
            )
    if len(later.estimate) != len(earlier.estimate):
        faults.append(f"{len(later.estimate)} rows later, {len(earlier.estimate)} earlier")
    if gap < 1:
        faults.append(f"gap is the months from one first month to the other, 1 or more, this is {gap}")
    if faults:
        raise ValueError("; ".join(faults))
