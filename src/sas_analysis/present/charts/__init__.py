"""Figures drawn from tables: each takes the table it draws, or the `Estimates` that hold it, and returns the figure.

Of Estimates title, months and the one column that they are by need not be given.

base        intervals, series, compositions, coverage; the house style
estimates   the picture of what a method of a study returns
pooling     many forces: the forest of their ratios, the funnel
residents   how far a ratio rests on who is counted as a resident
outcomes    differences of outcomes side by side, and the funnel of outcomes
timing      the veil of darkness by the clock
trends      series by month, with events and steps
unknown     what unknown ethnicity leaves open
headline    the first screen, and all choices in one picture
maps        areas in steps of one hue
multiverse  a ratio under every combination of choices
"""

from collections.abc import Callable
from functools import wraps
from inspect import signature

from sas_analysis.present.charts.base import composition, counts, coverage, intervals, series
from sas_analysis.present.charts.headline import extremes, grouped, headline, stack
from sas_analysis.present.charts.maps import choropleth
from sas_analysis.present.charts.multiverse import specification_curve
from sas_analysis.present.charts.outcomes import differences, stages
from sas_analysis.present.charts.pooling import forest, forest_of_group, funnel_of_group, funnel_plot
from sas_analysis.present.charts.residents import benchmark_grid, ladder
from sas_analysis.present.charts.timing import clock_shares
from sas_analysis.present.charts.trends import trend
from sas_analysis.present.charts.unknown import accounts, mnar_curve
from sas_analysis.study.estimates import Estimates

__all__ = [
    "accounts",
    "benchmark_grid",
    "choropleth",
    "clock_shares",
    "composition",
    "counts",
    "coverage",
    "differences",
    "extremes",
    "forest",
    "forest_of_group",
    "funnel_of_group",
    "funnel_plot",
    "grouped",
    "headline",
    "intervals",
    "ladder",
    "mnar_curve",
    "series",
    "specification_curve",
    "stack",
    "stages",
    "trend",
]


def _of_estimates(draw: Callable) -> Callable:
    """The same function, which takes `Estimates` for their table too, as the methods of a study return them.

    What it needs beside the table, and Estimates know, need not be said.
    """
    wanted = signature(draw).parameters

    def table_of(given):
        return given.frame if isinstance(given, Estimates) else given

    @wraps(draw)
    def drawn(*tables, **options):
        first = next((one for one in tables if isinstance(one, Estimates)), None)
        known = {} if first is None else {name: said for name, said in _said(first).items() if name in wanted}
        return draw(*map(table_of, tables), **known | {name: table_of(given) for name, given in options.items()})

    return drawn


def _said(estimates: Estimates) -> dict:
    """What estimates say of their figure: title, whether records are simulated, months, and the one column they are
    by."""
    by = [name for name in estimates.groups if name != "month"]
    said = {"title": estimates.title, "synthetic": estimates.study.synthetic, "months": estimates.study.months}
    return said | ({"by": by[0]} if len(by) == 1 else {})


globals().update({name: _of_estimates(globals()[name]) for name in __all__})
