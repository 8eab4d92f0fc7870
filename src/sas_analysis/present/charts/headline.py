"""Figures of a report's first screen, and of all choices together."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sas_analysis.measures.shares import UNKNOWN_LABELS
from sas_analysis.present.charts import base as charts

_BAND = "0.85"
_LOWEST = 0.05  # ratio that a scale without 0 can show


def headline(table: pd.DataFrame, *, title: str, reference: str, synthetic: bool = False) -> Figure:
    """Every group's ratio with its limits, over the band of what the unknown could make of it: `headline_table`."""
    rows = table[table["ethnicity_5"].ne(reference) & table["ratio"].gt(0)]
    if rows.empty:
        return charts.nothing(title, synthetic, "not estimable")
    with charts.plt.rc_context(charts.STYLE):
        figure, axes = charts.blank_axes(1.4 + 0.26 * len(rows), title, synthetic)
        for place, row in enumerate(rows.itertuples()):
            if row.unknown_lowest > 0:
                width = row.unknown_highest - row.unknown_lowest
                axes.barh(place, width, left=row.unknown_lowest, height=0.6, color=_BAND, lw=0)
            for lower, upper, thick in ((row.lower, row.upper, 0.8), (row.period_lower, row.period_upper, 2.6)):
                axes.plot([lower, upper], [place, place], color=charts.PALETTE[0], lw=thick)
            axes.plot(row.ratio, place, "o", color=charts.PALETTE[0], ms=4)
        axes.set_yticks(range(len(rows)), rows["ethnicity_5"])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        charts.estimate_axis(axes, "disproportionality_ratio", unity=True)
        axes.set_xlabel(f"Searches per resident, relative to {reference} (log scale)")
        line = Line2D([], [], color=charts.PALETTE[0], marker="o", ms=3, label="ratio; thick: these months")
        figure.legend(
            handles=[line, Patch(color=_BAND, label="whoever the unknown were")], loc="outside lower center", ncols=2
        )
    return figure


def extremes(table: pd.DataFrame, *, title: str, synthetic: bool = False) -> Figure:
    """The lowest, middle and highest ratio of every group over all combinations of choices: `multiverse.extremes`."""
    rows = table[table["highest"].gt(0)]
    rows = rows.assign(lowest=rows["lowest"].clip(lower=_LOWEST))
    if rows.empty:
        return charts.nothing(title, synthetic, "not estimable")
    with charts.plt.rc_context(charts.STYLE):
        figure, axes = charts.blank_axes(1.3 + 0.26 * len(rows), title, synthetic)
        places = range(len(rows))
        axes.barh(places, rows["highest"] - rows["lowest"], left=rows["lowest"], height=0.6, color=_BAND, lw=0)
        axes.plot(rows["median"], places, "o", mfc="none", color="0.3", ms=4, label="middle of all combinations", ls="")
        axes.plot(rows["headline"], places, "o", color=charts.PALETTE[0], ms=4, label="choices of this report", ls="")
        axes.set_yticks(places, rows["ethnicity_5"].astype("str"))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        charts.estimate_axis(axes, "disproportionality_ratio", unity=True)
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def stack(table: pd.DataFrame, *, by: str, title: str, synthetic: bool = False) -> Figure:
    """One bar of all searches, cut into the rows of a measures table of shares; what is unknown is hatched."""
    rows = table[table["estimate"].gt(0)]
    if rows.empty:
        return charts.nothing(title, synthetic, "not estimable")
    with charts.plt.rc_context(charts.STYLE):
        figure, axes = charts.blank_axes(1.1 + 0.1 * len(rows), title, synthetic)
        left = 0.0
        for number, row in enumerate(rows.itertuples()):
            name, unknown = str(getattr(row, by)), str(getattr(row, by)) in UNKNOWN_LABELS
            colour = "0.85" if unknown else charts.PALETTE[number % len(charts.PALETTE)]
            text = f"{name} {100 * row.estimate:.1f}%"
            axes.barh(0, row.estimate, left=left, color=colour, hatch="//" * unknown, edgecolor="white", label=text)
            left += row.estimate
        axes.set_yticks([])
        axes.set_xlim(0, max(left, 1e-9))
        axes.xaxis.set_major_formatter(charts.PercentFormatter(1))
        axes.set_xlabel("Share of searches")
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def grouped(table: pd.DataFrame, *, by: str, within: str, title: str, synthetic: bool = False) -> Figure:
    """Ratios with their limits, a row per label of `within`, groups of `by` side by side."""
    rows = table[table["estimate"].gt(0)].astype({by: "str", within: "str"})
    if rows.empty:
        return charts.nothing(title, synthetic, "not estimable")
    labels, groups = list(rows[within].unique())[::-1], list(rows[by].unique())
    with charts.plt.rc_context(charts.STYLE):
        figure, axes = charts.blank_axes(1.1 + 0.14 * len(labels) * len(groups), title, synthetic)
        for number, group in enumerate(groups):
            colour, marker = charts.GROUPS.get(group, ("0.2", "o"))
            part = rows[rows[by].eq(group)]
            places = [labels.index(name) + 0.3 - 0.6 * number / max(len(groups) - 1, 1) for name in part[within]]
            axes.hlines(places, part["lower"], part["upper"], color=colour, lw=0.8)
            axes.hlines(places, part["period_lower"], part["period_upper"], color=colour, lw=2)
            axes.plot(part["estimate"], places, marker, color=colour, ms=3, label=group, ls="")
        axes.set_yticks(range(len(labels)), labels)
        charts.estimate_axis(axes, str(rows["measure"].iloc[0]), rows["measure"].iloc[0] in _RATIOS)
        figure.legend(loc="outside lower center", ncols=4)
    return figure


_RATIOS = {"disproportionality_ratio"}
