"""Figures of outcomes: differences crude, within and adjusted side by side, and the funnel of outcomes."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sas_analysis.measures.outcomes.events import OUTCOMES
from sas_analysis.measures.table import group_columns
from sas_analysis.present import alike
from sas_analysis.present.apart import kinds_told
from sas_analysis.present.charts import base as charts

_KINDS = {"crude": ("o", charts.PALETTE[7]), "within": ("s", charts.PALETTE[2]), "adjusted": ("D", charts.PALETTE[0])}
_MIRRORED = OUTCOMES["nothing"].title  # of a positive outcome: drawn, it would say the same twice


def differences(
    table: pd.DataFrame, *, title: str, synthetic: bool = False, most: int = 4, several: bool = False
) -> Figure:
    """Differences from the reference group, three marks a row: crude, within like strata, adjusted.

    table : as `outcome_differences` or `share_differences` returns it; of several outcomes, without *No further
    action*, which mirrors the positive outcomes. most : labels of its first column, outcomes or grounds, that are
    drawn in any case; every other one is where it differs clearly. several : of several forces, which strata hold
    apart. The dashed line is no difference.
    """
    groups = group_columns(table)
    if len(groups) > 1:
        table = table[table[groups[0]].astype("str").isin(kinds_told(table, most))]
    if "outcome" in groups:
        table = table[table["outcome"].astype("str").ne(_MIRRORED)]
    if table["estimate"].isna().all():
        return charts.nothing(title, synthetic, "not estimable" if len(table) else "no search to show")
    named = [", ".join(map(str, row)) for row in table[groups].itertuples(index=False)]
    rows = list(dict.fromkeys(name for name, value in zip(named, table["estimate"], strict=True) if pd.notna(value)))
    with charts.plt.rc_context(charts.STYLE):
        figure, axes = charts.blank_axes(1.1 + 0.34 * len(rows), title, synthetic)
        for row, name in zip(table.itertuples(), named, strict=True):
            if pd.notna(row.estimate):
                _mark(axes, rows.index(name), row)
        axes.set_yticks(range(len(rows)), [charts.fill(name, 30) for name in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        charts.estimate_axis(axes, table["measure"].iloc[0], False)
        within = alike.head(alike.compared(groups), several=several).lower()
        names = {"crude": "as they are", "within": within, "adjusted": "adjusted"}
        keys = [Line2D([], [], color=c, marker=m, ms=4, lw=1, label=names[kind]) for kind, (m, c) in _KINDS.items()]
        figure.legend(handles=keys, loc="outside lower center", ncols=3)
    return figure


def _mark(axes, place, row):
    kind = row.measure.rpartition("_")[2]
    at = place + 0.24 * (list(_KINDS).index(kind) - 1)
    marker, colour = _KINDS[kind]
    for lower, upper, width in ((row.lower, row.upper, 0.9), (row.period_lower, row.period_upper, 2.2)):
        if pd.notna(lower):
            axes.plot([lower, upper], [at, at], color=colour, lw=width)
    axes.plot(row.estimate, at, marker, color=colour, ms=3.5)


def stages(table: pd.DataFrame, *, title: str, synthetic: bool = False) -> Figure:
    """The funnel of outcomes: what share of searches comes to each stage, and of what share it is not known.

    table : as `outcome_stages` returns it; a bar a stage, of every group where there are groups. Hatched is unknown.
    """
    groups = [name for name in group_columns(table) if name != "status"]
    table = table[table["estimate"].notna()]
    if table.empty:
        return charts.nothing(title, synthetic, "not estimable")
    wide = table.astype(dict.fromkeys(groups, "str")).pivot_table(
        index=groups, columns="status", values="estimate", sort=False, observed=True
    )
    with charts.plt.rc_context(charts.STYLE):
        figure, axes = charts.blank_axes(0.9 + 0.24 * len(wide), title, synthetic)
        places, left = np.arange(len(wide)), np.zeros(len(wide))
        looks = {"Yes": (charts.PALETTE[0], ""), "Unknown": ("0.85", "////"), "No": ("0.94", "")}
        for status, (colour, hatch) in looks.items():
            values = wide[status].to_numpy(dtype=float)
            axes.barh(places, values, left=left, color=colour, hatch=hatch, edgecolor="0.6", lw=0.3, label=status)
            left += values
        names = [", ".join(row) if isinstance(row, tuple) else row for row in wide.index]
        axes.set_yticks(places, [charts.fill(name, 34) for name in names])
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(charts.PercentFormatter(1))
        axes.set_xlabel("Share of searches")
        figure.legend(loc="outside lower center", ncols=3)
    return figure
