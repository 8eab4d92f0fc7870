"""Figures of how much the ratio rests on its denominator."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sas_analysis.present.charts.base import GROUPS, STYLE, blank_axes, estimate_axis, nothing, plt, ratio_axis


def ladder(table: pd.DataFrame, *, title: str, synthetic: bool = False) -> Figure:
    """Ratios of `bases.ratios_by_base`, a row per base, groups side by side with their limits, log scale."""
    rows = table[table["estimate"].notna() & ~table["note"].str.contains("reference group", regex=False)]
    if rows.empty:
        return nothing(title, synthetic)
    bases, groups = list(rows["base"].unique())[::-1], list(rows["ethnicity_5"].astype("str").unique())
    with plt.rc_context(STYLE):
        figure, axes = blank_axes(1.1 + 0.12 * len(bases) * len(groups), title, synthetic)
        for number, group in enumerate(groups):
            colour, marker = GROUPS.get(group, ("0.2", "o"))
            part = rows[rows["ethnicity_5"].astype("str").eq(group)]
            places = np.array([bases.index(base) for base in part["base"]]) + 0.3 - 0.6 * number / max(len(groups), 1)
            axes.hlines(places, part["lower"], part["upper"], color=colour, lw=0.8)
            axes.hlines(places, part["period_lower"], part["period_upper"], color=colour, lw=2)
            axes.plot(part["estimate"], places, marker, color=colour, ms=3, label=group, ls="")
        axes.set_yticks(range(len(bases)), bases)
        estimate_axis(axes, "disproportionality_ratio", True)
        figure.legend(loc="outside lower center", ncols=4)
    return figure


def benchmark_grid(table: pd.DataFrame, *, title: str, synthetic: bool = False) -> Figure:
    """Ratios of `bases.benchmark_grid`, a line per group with its limits; where it crosses 1, rates would be equal."""
    rows = table[table["estimate"].gt(0)]
    if rows.empty:
        return nothing(title, synthetic)
    with plt.rc_context(STYLE):
        figure, axes = blank_axes(2.5, title, synthetic)
        for group, part in rows.groupby(rows["ethnicity_5"].astype("str"), sort=False):
            colour, marker = GROUPS.get(group, ("0.2", "o"))
            axes.fill_between(part["factor"], part["lower"], part["upper"], color=colour, alpha=0.2, lw=0)
            axes.plot(part["factor"], part["estimate"], color=colour, marker=marker, ms=2.5, lw=1, label=group)
        axes.axhline(1, color="0.3", lw=0.8, ls="--")
        ratio_axis(axes, "y")
        axes.set_xlabel("Residents of the group, times those counted")
        axes.set_ylabel("Ratio to the reference group (log scale)")
        figure.legend(loc="outside lower center", ncols=4)
    return figure
