"""Figures of many forces at once: the forest of their ratios, and the funnel."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from sas_analysis.measures.pooling.funnel_limits import NOT_SAID, funnel, funnel_limits, is_beyond
from sas_analysis.measures.pooling.pooled import random_effects_ratio
from sas_analysis.present.charts.base import PALETTE, STYLE, blank_axes, nothing
from sas_analysis.reference.forces import in_words

_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500)
_LOWEST = 10  # how many times the lowest ratio a limit may lie below it and be drawn
_BLUE, _ORANGE = PALETTE[0], PALETTE[1]
_FEWEST_TICKS = 3
_NAMED = 10  # forces named in a funnel at most


def forest(
    raw: pd.DataFrame,
    shrunken: pd.DataFrame,
    pooled: pd.DataFrame,
    *,
    title: str,
    force: str = "force",
    synthetic: bool = False,
) -> Figure:
    """Ratios of one group by force, highest shrunken first: as counted (open), shrunken (filled, with limits).

    raw : measures table of the ratio by force (`disproportionality_ratio`, within force). shrunken : `ratio_shrunken`
    of the same forces. pooled : `ratio_random_mean` and `ratio_prediction` of the group: line, and band of the
    prediction. Ratios of zero cannot be drawn on a logarithmic scale and stand at its edge as "0".
    """
    order = shrunken[shrunken["estimate"].notna()].sort_values("estimate", ascending=True)
    if order.empty:
        return nothing(title, synthetic)
    counted = raw.set_index(raw[force].astype("str"))["estimate"]
    with plt.rc_context(STYLE):
        figure, axes = blank_axes(1.2 + 0.135 * len(order), "", synthetic)
        figure.suptitle(fill(title, 60), x=0.02, ha="left", size=8)  # over the names of the forces too
        _pooled_band(axes, pooled)
        places = np.arange(len(order))
        axes.hlines(places, order["lower"], order["upper"], color=_BLUE, lw=1)
        axes.plot(order["estimate"], places, "o", color=_BLUE, ms=3, label="shrunken, with limits")
        values = counted.reindex(order[force].astype("str")).to_numpy(dtype=float)
        drawn = values > 0
        axes.plot(values[drawn], places[drawn], "D", mfc="none", color=_ORANGE, mew=0.8, ms=3, label="as counted")
        for place in places[values == 0]:
            axes.text(0.005, place, "0 as counted", transform=axes.get_yaxis_transform(), va="center", size=5)
        axes.set_yticks(places, [_name(label) for label in order[force]], size=6 if len(order) > 20 else 7)
        axes.set_ylim(-0.8, len(order) - 0.2)
        _ratio_axis(axes, "x")
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def funnel_plot(
    table: pd.DataFrame, *, title: str, force: str = "force", spread: str = "additive", synthetic: bool = False
) -> Figure:
    """Ratios of one group against the precision of their logarithm: `funnel.funnel` of the group, same `spread`.

    Dashed: 95% limits; solid: 99.8%. Forces beyond 95% are named, at most ten, and drawn filled; others are open. Where
    no verdict is given, the figure has the reason alone.
    """
    not_said = table.loc[table["verdict"].str.startswith(NOT_SAID), "verdict"]
    if len(not_said):
        return nothing(title, synthetic, not_said.iloc[0])
    known = table.dropna(subset=["ratio", "z"])
    if known.empty:
        return nothing(title, synthetic)
    with plt.rc_context(STYLE):
        figure, axes = blank_axes(3.6, title, synthetic)
        for (level, rows), style in zip(funnel_limits(known, spread=spread).groupby("level"), ("--", "-"), strict=True):
            for side, label in (("lower", None), ("upper", f"{level * 100:g}% limits")):
                edge = rows[side].replace([0, np.inf], np.nan)
                axes.plot(rows["precision"], edge, style, color="0.35", lw=0.8, label=label)
        axes.axhline(known["target"].iloc[0], color=_BLUE, lw=0.8, label="target")
        inside = ~is_beyond(known["verdict"])
        for rows, face in ((known[inside], "none"), (known[~inside], _ORANGE)):
            axes.plot(rows["precision"], rows["ratio"], "o", mfc=face, mec=_BLUE if face == "none" else _ORANGE, ms=3.2)
        axes.set_xscale("log")
        _numbered(axes.xaxis, *axes.get_xlim())
        _ratio_axis(axes, "y", values=_in_sight(known, spread))
        axes.set_xlabel("Precision (1 / standard error of the log ratio)")
        _label(axes, known[~inside], force)
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def _in_sight(known: pd.DataFrame, spread: str) -> pd.Series:
    """The ratios of a funnel and its limits, but for lower limits that lie far below all ratios."""
    edges = funnel_limits(known, spread=spread)[["lower", "upper"]].to_numpy(dtype=float).ravel()
    edges = edges[np.isfinite(edges) & (edges >= min(known["ratio"].min(), 1) / _LOWEST)]
    return pd.concat([known["ratio"].astype(float), pd.Series(edges, dtype=float)])


def _numbered(axis, low: float, high: float) -> None:
    """Ticks with their numbers on a logarithmic axis, whatever part of it is shown."""
    ticks = [tick for power in range(-4, 7) for tick in (10.0**power, 2 * 10.0**power, 5 * 10.0**power)]
    ticks = [tick for tick in ticks if low <= tick <= high]
    if len(ticks) < _FEWEST_TICKS:
        ticks = [tick for tick in MaxNLocator(_FEWEST_TICKS + 1).tick_values(low, high) if low <= tick <= high]
    axis.set_ticks(ticks, [f"{tick:.4g}" for tick in ticks])
    axis.set_minor_locator(NullLocator())


def forest_of_group(
    by_force: pd.DataFrame,
    *,
    group: str,
    shrunken: pd.DataFrame,
    strata: pd.DataFrame,
    reference: str,
    level: float,
    title: str,
    interval: str = "process",
    synthetic: bool = False,
) -> Figure:
    """`forest` of one group, its mean and prediction fitted to the strata of the group and the reference group."""
    mean = random_effects_ratio(_pair(strata, group, reference), reference=reference, level=level, interval=interval)
    own = shrunken[shrunken["ethnicity_5"].eq(group)]
    return forest(by_force[by_force["ethnicity_5"].eq(group)], own, mean, title=title, synthetic=synthetic)


def funnel_of_group(
    strata: pd.DataFrame, *, group: str, reference: str, title: str, force: str = "force", synthetic: bool = False
) -> Figure:
    """`funnel_plot` of one group. force : the column of what is set side by side, such as "area"."""
    table = funnel(_pair(strata, group, reference), force=force, reference=reference)
    return funnel_plot(table, title=title, force=force, synthetic=synthetic)


def _pair(strata: pd.DataFrame, group: str, reference: str) -> pd.DataFrame:
    return strata[strata["ethnicity_5"].isin([group, reference])]


def _pooled_band(axes, pooled: pd.DataFrame) -> None:
    rows = pooled.set_index("measure")
    if "ratio_prediction" in rows.index and pd.notna(rows.at["ratio_prediction", "lower"]):
        limits = rows.loc["ratio_prediction", ["lower", "upper"]].astype(float)
        axes.axvspan(*limits, color="0.9", lw=0, zorder=0, label="where another force would lie")
    if "ratio_random_mean" in rows.index and pd.notna(rows.at["ratio_random_mean", "estimate"]):
        axes.axvline(rows.at["ratio_random_mean", "estimate"], color="0.3", lw=0.8, label="mean of forces")


def _ratio_axis(axes, which: str, values=None) -> None:
    """A logarithmic axis of ratios with the line of no difference; `values` set its range, where curves run wide."""
    set_scale, axis = (axes.set_xscale, axes.xaxis) if which == "x" else (axes.set_yscale, axes.yaxis)
    set_scale("log")
    (axes.axvline if which == "x" else axes.axhline)(1, color="0.3", lw=0.8, ls=":")
    if values is not None:
        axes.set_ylim(min(values.min(), 1) / 1.6, max(values.max(), 1) * 1.6)
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_minor_formatter(NullFormatter())
    (axes.set_xlabel if which == "x" else axes.set_ylabel)("Ratio to the reference group (log scale)")
    axes.grid(axis=which, lw=0.4, color="0.85")
    axes.set_axisbelow(True)


def _label(axes, rows: pd.DataFrame, force: str) -> None:
    """Numbers at the forces furthest out; their names stand in the legend, where they do not overlap."""
    furthest = rows.reindex(rows["z"].abs().nlargest(_NAMED).index).sort_values("ratio", ascending=False)
    for number, row in enumerate(furthest.itertuples(), start=1):
        axes.annotate(str(number), (row.precision, row.ratio), xytext=(3, 2), textcoords="offset points", size=6)
        axes.plot([], [], "o", color=_ORANGE, ms=3.2, label=f"{number} {_name(getattr(row, force))}")


def _name(force) -> str:
    try:
        return in_words([str(force)])
    except (KeyError, ValueError):
        return str(force)
