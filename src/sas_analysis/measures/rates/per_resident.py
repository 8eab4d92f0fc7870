"""Searches per 1,000 residents per year."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.measures.exposure import Exposure, exposure_by_month
from sas_analysis.measures.intervals import overdispersed
from sas_analysis.measures.intervals.limits import interval_name, poisson_exact
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import measures_table

OVERDISPERSED = 1.5  # above this dispersion a Poisson interval carries the note FIXED_PROCESS
FIXED_PROCESS = "limits hold for a fixed process only"
POISSON = ("exact", "mid-p")
INTERVALS = ("default", *POISSON, "clustered", "quasi-poisson")
BY_MONTH = "interval not offered: counts are not by month"
# Seasons and trends move a rate and a difference, and cancel in a ratio; no number of months tells them from chance.
NO_DEFAULT = "no interval by default: seasons cannot be told from chance"


def search_rate(
    exposure: Exposure, *, by: str | Sequence[str], level: float = 0.95, interval: str = "default"
) -> pd.DataFrame:
    """Searches per 1,000 residents per year in each group; limits on request.

    Parameters
    ----------
    exposure : Exposure
        Searches and residents; counts by month show how much months vary.
    by : str or list of str
        Columns of the counts.
    level : float
        Confidence level.
    interval : str
        By default none, as no number of months tells seasons from chance. "clustered" (by month) and "quasi-poisson"
        judge by months; "exact" and "mid-p" are both the exact Poisson limits, with a note where months vary by more.

    Returns
    -------
    DataFrame
        `<by> | <measures table>`. denominator = resident-years = residents x days / 365.25, summed over the forces
        of the exposure. A group that is unknown has no residents and no rate.

    Raises
    ------
    ValueError
        If a group has searches and no resident count, and for an unknown interval.

    Source
    ------
    Home Office, searches per 1,000; exact limits: Garwood 1936.

    Examples
    --------
    >>> rate = sas.search_rate(compared.exposure, by="ethnicity_5", interval="clustered")
    >>> rate[["ethnicity_5", "estimate", "lower", "upper"]].round(2).head(1)
      ethnicity_5  estimate  lower  upper
    0       White      0.21   0.16   0.26
    """
    by = as_list(by)
    groups, monthly = exposure_by_month(exposure, by=by)
    per = MEASURES["search_rate"].per
    limits, name, note = _rate_limits(groups, monthly, check_interval(interval), level)
    return measures_table(
        groups[by],
        measure="search_rate",
        numerator=groups["searches"],
        denominator=groups["resident_years"],
        limits=(limits[0] * per, limits[1] * per),
        interval=name,
        note=note,
        reason=groups["reason"],
    )


def check_interval(interval):
    """Return the name of an interval, or raise ValueError with those there are."""
    if interval not in INTERVALS:
        raise ValueError(f'interval "{interval}" is unknown; choose from: {", ".join(INTERVALS)}')
    return interval


def by_month(methods, monthly, interval, level):
    """Limits, name and why there are none, an array each: as asked for, or the wider one where it is offered."""
    asked = methods if interval == "default" else {interval: methods[interval]}
    lower, upper, df, method = overdispersed.wider(asked, level=level, **monthly)
    missing = np.where(np.isnan(lower), "interval not offered: no search, or no variation to judge by", "")
    why = overdispersed.why_not(monthly) if interval == "default" else missing
    why = np.where(why == "", missing, why)
    labels = {"clustered": "clustered by month", "quasi-poisson": "quasi-Poisson"}
    names = [interval_name(f"{labels[m]} (t, {d} df)", level) for m, d in zip(method, df, strict=True)]
    stands = why == ""
    return np.where(stands, lower, np.nan), np.where(stands, upper, np.nan), np.where(stands, names, ""), why


def _rate_limits(groups, arrays, interval, level):
    """(lower, upper) per resident-year, name and note of every group."""
    usable = groups["reason"].eq("").to_numpy()
    lower, upper = np.full((2, len(groups)), np.nan)
    name, note = np.full((2, len(groups)), "", dtype=object)
    monthly = None if arrays is None else dict(zip(("searches", "exposure"), (a[usable] for a in arrays), strict=True))
    if interval in POISSON:
        years = groups["resident_years"].to_numpy(dtype=float, na_value=np.nan)
        lower, upper = (
            limit / np.where(usable, years, np.nan) for limit in poisson_exact(count=groups["searches"], level=level)
        )
        name[:] = interval_name("exact Poisson", level)
        note[usable] = "" if monthly is None else _fixed_process(overdispersed.series_dispersion(**monthly))
    elif interval == "default" or monthly is None:
        note[usable] = NO_DEFAULT if interval == "default" else BY_MONTH
    else:
        lower[usable], upper[usable], name[usable], note[usable] = by_month(
            overdispersed.RATE, monthly, interval, level
        )
    return (lower, upper), name, note


def _fixed_process(dispersion):
    text = "months vary by more than Poisson counts (dispersion {:.1f}): " + FIXED_PROCESS
    return [text.format(value) if value > OVERDISPERSED else "" for value in dispersion]
