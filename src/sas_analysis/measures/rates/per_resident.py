"""Searches per 1,000 residents per year."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sas_analysis.measures.exposure import Exposure, exposure_by_month, searches_known
from sas_analysis.measures.intervals import overdispersed
from sas_analysis.measures.intervals.asked import Asked, Given
from sas_analysis.measures.intervals.limits import interval_name, poisson_exact
from sas_analysis.measures.intervals.of_exposure import rates_of
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS
from sas_analysis.measures.table import join_notes, measures_table
from sas_analysis.names import some_names

OVERDISPERSED = 1.5  # above this dispersion a Poisson interval carries the note FIXED_PROCESS
FIXED_PROCESS = "limits hold for a fixed process only"
POISSON = ("exact", "mid-p")
NAMED = (*POISSON, "clustered", "quasi-poisson")  # the intervals that are given where asked for by name
BY_MONTH = "no interval: counts are not by month"
NO_VARIATION = "no interval: no search, or no variation to judge by"


def search_rate(
    exposure: Exposure,
    *,
    by: str | Sequence[str],
    level: float = 0.95,
    interval: str = "process",
    together: int = 1,
) -> pd.DataFrame:
    """Searches per 1,000 residents per year in each group.

    Parameters
    ----------
    exposure : Exposure
        Searches and residents; counts by month and week show how much these vary.
    by : str or list of str
        Columns of the counts.
    level : float
        Confidence level.
    interval : str
        "process" or "period" (docs/intervals.md; the limits of the period stand beside either), or "none". By name:
        "clustered" (by month) and "quasi-poisson" judge by months; "exact" and "mid-p" are both the exact Poisson
        limits, with a note where months vary by more.
    together : int
        Rows that are compared at once, for which the level of process and period limits holds together.

    Returns
    -------
    DataFrame
        `<by> | <measures table>`. denominator = resident-years = residents x days / 365.25, summed over the forces
        of the exposure. A group that is unknown has no residents and no rate. Where ethnicity is unknown in more than
        30% of searches the note says "not a headline": these are in no rate.

    Raises
    ------
    ValueError
        If a group has searches and no resident count, and for an unknown interval.

    Source
    ------
    Home Office, searches per 1,000; exact limits: Garwood 1936.

    Examples
    --------
    >>> rate = sas.search_rate(compared.exposure, by="ethnicity_5")
    >>> rate[["ethnicity_5", "estimate", "lower", "upper"]].round(2).head(1)
      ethnicity_5  estimate  lower  upper
    0       White      0.21    0.1   0.41
    """
    by, asked = some_names(by, "by"), Asked(interval, level, together, named=NAMED)
    groups, monthly = exposure_by_month(exposure, by=by)
    usable = groups["reason"].eq("").to_numpy()
    limits = rates_of(exposure, by, usable, asked) if asked.by_rule else _named(groups, monthly, usable, asked)
    return measures_table(
        groups[by],
        measure="search_rate",
        numerator=searches_known(exposure, groups),
        denominator=groups["resident_years"],
        **limits.columns(MEASURES["search_rate"].per),
        note=join_notes(pd.Series(limits.note, index=groups.index), _too_unknown(groups, by)),
        reason=groups["reason"],
    )


def share_unknown(groups: pd.DataFrame, by: str, within: Sequence[str]) -> pd.Series:
    """The share of the searches of every `within` group of which `by` is unknown, for each of its rows."""
    unknown = groups["searches"].where(groups[by].isin(UNKNOWN_LABELS), 0).astype(float)
    searches = groups["searches"].astype(float)
    keys = [groups[column].astype("str") for column in within] or [pd.Series("all", index=groups.index)]
    return unknown.groupby(keys).transform("sum") / searches.groupby(keys).transform("sum")


def unknown_note(share: float, by: str) -> str:
    """The note on how much ethnicity, or another column, is unknown; "" where all is known."""
    if not share > 0:
        return ""
    what = "ethnicity" if by.startswith("ethnicity") else by
    return f"{what} unknown in {share:.1%} of searches" + (": not a headline" if share > HEADLINE_UNKNOWN else "")


def _too_unknown(groups: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """Of every rate with an estimate, the note that too much of ethnicity is unknown for a headline; else ""."""
    columns = [name for name in by if name.startswith("ethnicity")]
    if len(columns) != 1:
        return pd.Series("", index=groups.index)
    [column] = columns
    share = share_unknown(groups, column, [name for name in by if name != column])
    notes = share.map(lambda part: unknown_note(part, column))
    return notes.where(share.gt(HEADLINE_UNKNOWN) & groups["reason"].eq(""), "")


def by_month(methods, monthly, interval, level):
    """Limits by months, asked for by name: lower, upper, name and why there are none, an array each."""
    lower, upper, df = methods[interval](**monthly, level=level)
    label = {"clustered": "clustered by month", "quasi-poisson": "quasi-Poisson"}[interval]
    names = np.array([interval_name(f"{label} (t, {each} df)", level) for each in df], dtype=object)
    stands = ~np.isnan(lower)
    return lower, upper, np.where(stands, names, ""), np.where(stands, "", NO_VARIATION)


def _named(groups, arrays, usable, asked):
    """Limits per resident-year that are asked for by name."""
    found = Given.none(len(groups))
    lower, upper, name, note = (array.copy() for array in (found.lower, found.upper, found.name, found.note))
    monthly = None if arrays is None else dict(zip(("searches", "exposure"), (a[usable] for a in arrays), strict=True))
    if asked.interval in POISSON:
        years = groups["resident_years"].to_numpy(dtype=float, na_value=np.nan)
        limits = poisson_exact(count=groups["searches"], level=asked.level)
        lower, upper = (limit / np.where(usable, years, np.nan) for limit in limits)
        name[:] = interval_name("exact Poisson", asked.level)
        note[usable] = "" if monthly is None else _fixed_process(overdispersed.series_dispersion(**monthly))
    elif asked.interval != "none" and monthly is None:
        note[usable] = BY_MONTH
    elif asked.interval != "none":
        lower[usable], upper[usable], name[usable], note[usable] = by_month(
            overdispersed.RATE, monthly, asked.interval, asked.level
        )
    return replace(found, lower=lower, upper=upper, name=name, note=note)


def _fixed_process(dispersion):
    text = "months vary by more than Poisson counts (dispersion {:.1f}): " + FIXED_PROCESS
    return [text.format(value) if value > OVERDISPERSED else "" for value in dispersion]
