"""Searches per day: the number of searches where months are unequally long and some are missing."""

import numpy as np
import pandas as pd

from sas_analysis.measures.coverage import published_force_months
from sas_analysis.measures.intervals.asked import Asked, limits_of
from sas_analysis.measures.intervals.pooled_levels import pooled_rate_limits
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import joined, measures_table
from sas_analysis.measures.trends.monthly import count_monthly
from sas_analysis.months import days_in
from sas_analysis.rounding import round_to_of, rounded


def searches_per_day(searches, grid, within=(), *, level=0.95, interval="process", together=1):
    """Searches per day that a force published, of all forces together.

    Parameters
    ----------
    searches : DataFrame
        Clean table of the months that count.
    grid : DataFrame
        `force | month | status`, as `Study.counted`, and the columns `within` of the months.
    within : str or list of str
        Columns of the grid: "month", "force", or one that you give it, such as "quarter".
    level, interval, together
        As `share_of_searches`; "process", "period" or "none".

    Returns
    -------
    DataFrame
        `<within> | <measures table>`, a row for what has a month that counts. denominator = days, summed over forces.

    Examples
    --------
    >>> table = searches_per_day(study.counted_searches, study.counted)
    >>> table[["numerator", "denominator", "estimate"]].round(2).to_numpy().tolist()
    [[1618, 183.0, 8.84]]
    """
    asked, within = Asked(interval, level, together), as_list(within)
    there = grid.merge(published_force_months(grid), on=["force", "month"]).astype({"force": "str", "month": "str"})
    forces, months = there["force"].unique().tolist(), sorted(grid["month"].astype("str").unique())
    counts = count_monthly(searches, np.ones(len(searches), dtype=bool), forces=forces, months=months)
    keys = joined(there[within]) if within else pd.Series("", index=there.index)
    group, first = pd.factorize(keys)
    f, m = pd.Index(forces).get_indexer(there["force"]), pd.Index(months).get_indexer(there["month"])
    days = there["month"].map(days_in).to_numpy(dtype=float)
    number, shape = len(first), (len(first), len(forces))
    numerator, denominator = np.bincount(group, counts[f, m].sum(-1), number), np.bincount(group, days, number)
    own, exposure = np.zeros((*shape, *counts.shape[1:])), np.zeros((*shape, len(months)))
    own[group, f, m], exposure[group, f, m] = counts[f, m], days
    row, flat = np.repeat(np.arange(number), len(forces)), (number * len(forces), len(months))
    here = exposure.reshape(flat).sum(-1) > 0

    def draw(**given):
        return pooled_rate_limits(
            searches=own.reshape(*flat, -1)[here], exposure=exposure.reshape(flat)[here], row=row[here], **given
        )

    # Limits count searches by week, which rounding forbids.
    limits = limits_of(draw, asked) if asked.by_rule and number and not round_to_of(searches) else None
    groups = there[within].iloc[np.unique(group, return_index=True)[1]]
    return measures_table(
        groups,
        measure="searches_per_day",
        numerator=rounded(numerator.astype("int64"), searches),
        denominator=denominator,
        **({} if limits is None else limits.columns() | {"note": limits.note}),
    )
