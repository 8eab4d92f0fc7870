"""Figures as a page shows them: rows of text beside marks, from the table that the figure of `charts` draws.

marks       scales, marks and rows
estimates   points with intervals: groups, accounts of ethnicity, residents, choices, forces
months      lines, columns and squares by month
parts       parts of a whole
trends      lines by month with events and steps
maps        areas in steps

A function here has the name of the one in `charts` that draws the same table; without one, the page shows the picture.
"""

from collections.abc import Callable

import pandas as pd

from sas_analysis.present.rowcharts import estimates, maps, months, parts, trends

NOTHING = {"nothing": True}  # there is nothing to draw
_ROWS: dict[str, Callable[..., dict]] = {
    function.__name__: function
    for function in (
        *(
            estimates.intervals,
            estimates.headline,
            estimates.accounts,
            estimates.ladder,
            estimates.extremes,
            estimates.grouped,
        ),
        *(
            estimates.differences,
            estimates.forest_of_group,
            months.series,
            months.counts,
            months.coverage,
            parts.composition,
            parts.stack,
            trends.trend,
            maps.choropleth,
        ),
    )
}


def rows_of(draw: Callable, table: pd.DataFrame, **options) -> dict:
    """The rows of a figure: `html`, `key` and `sub`; empty where a figure has no rows, `NOTHING` where it is empty,
    and `why` where that is to be said.

    draw : a function of `charts`. table, options : what it draws.
    """
    make = _ROWS.get(getattr(draw, "__name__", ""))
    return (make(table, **options) or NOTHING) if make else {}
