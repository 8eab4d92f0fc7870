"""Figures of what unknown ethnicity leaves open: sampling error as a line, an assumption range as a pale band."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sas_analysis.measures.ethnicity.accounts import OF_ONE, SAID_OF_BOTH, SEEN_OF_BOTH
from sas_analysis.present.charts import base as charts

# Two accounts of the same searches are hollow, in the colour and shape of what they are a part of.
_MARKERS = dict(zip(OF_ONE, ("o", "s", "o", "s"), strict=True))
_COLOURS = dict(zip(OF_ONE, (charts.PALETTE[n] for n in (0, 2, 0, 2)), strict=True))
_FILLS = {account: "white" for account in (SAID_OF_BOTH, SEEN_OF_BOTH)}
_BAND = "0.88"


def accounts(
    ratios: pd.DataFrame, allocation: pd.DataFrame, *, by: str, title: str, reference: str, synthetic: bool = False
) -> Figure:
    """Every group's ratio by each description of ethnicity, over the band of all allocations of the unknown.

    ratios : `Comparison.ratios_by_account`; allocation : `unknown.allocation_range` of the same searches. Points with
    lines are estimates with their sampling error; the pale band behind them is the allocation range, which is no error
    of sampling. Hollow points are of the searches of which both accounts are known. An account that is not estimable
    says so in its place.
    """
    names = [str(group) for group in allocation[by] if str(group) != reference]
    ratios = ratios.astype({by: "str", "account": "str"})
    if not names or ratios["estimate"].where(ratios[by].ne(reference)).isna().all():
        return charts.nothing(title, synthetic, "not estimable" if names else "no search to show")
    with charts.plt.rc_context(charts.STYLE):
        figure, axes = charts.blank_axes(1.3 + 0.5 * len(names), title, synthetic)
        bands = allocation.astype({by: "str"}).set_index(by)
        offsets = np.linspace(-0.27, 0.27, len(OF_ONE))
        for place, group in enumerate(names):
            _band(axes, place, bands.loc[group])
            rows = ratios[ratios[by].eq(group)].set_index("account")
            for account, offset in zip(OF_ONE, offsets, strict=True):
                _account(axes, place + offset, rows.loc[account], account)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        _scale(axes, ratios, bands)
        charts.estimate_axis(axes, "disproportionality_ratio", unity=True)
        axes.set_xlabel(f"Ratio to {reference} (log scale)")
        figure.legend(handles=_keys(), loc="outside lower center", ncols=2)
    return figure


def mnar_curve(table: pd.DataFrame, *, by: str, title: str, reference: str, synthetic: bool = False) -> Figure:
    """Ratios over delta, what the odds of being unknown are multiplied by for a group: a line per group.

    table : `missing_not_at_random.ratio_by_delta`. The vertical line at 1 is missing at random given the officer's
    word. The lines are an assumption each, without sampling error.
    """
    stands = table[table["estimate"].gt(0)]
    if stands.empty:
        return charts.nothing(title, synthetic, "not estimable")
    with charts.plt.rc_context(charts.STYLE):
        figure, axes = charts.blank_axes(2.6, title, synthetic)
        for group, rows in stands.groupby(by, observed=True, sort=False):
            colour, marker = charts.GROUPS.get(str(group), (charts.PALETTE[0], "o"))
            axes.plot(rows["delta"], rows["estimate"], color=colour, marker=marker, ms=2.5, lw=1, label=str(group))
        axes.axhline(1, color="0.3", lw=0.8, ls="--")
        axes.axvline(1, color="0.6", lw=0.8, ls=":")
        axes.set_xscale("log")
        deltas = [delta for delta in (0.25, 0.5, 1, 2, 4) if stands["delta"].min() <= delta <= stands["delta"].max()]
        axes.set_xticks(deltas, [f"{delta:g}" for delta in deltas])
        _log_ticks(axes.yaxis, axes.set_yscale, axes.get_ylim)
        axes.xaxis.set_minor_formatter(charts.NullFormatter())
        axes.set_xlabel("Odds of being unknown, relative to other groups")
        axes.set_ylabel(f"Ratio to {reference} (log scale)")
        axes.grid(axis="y", lw=0.4, color="0.85")
        figure.legend(loc="outside lower center", ncols=4)
    return figure


def _band(axes, place, row):
    if pd.isna(row["lowest"]) or pd.isna(row["highest"]) or row["lowest"] <= 0:
        return
    axes.barh(place, row["highest"] - row["lowest"], left=row["lowest"], height=0.8, color=_BAND, lw=0, zorder=0.5)


def _account(axes, place, row, account):
    colour = _COLOURS[account]
    if pd.isna(row["estimate"]) or row["estimate"] <= 0:
        text = "not estimable" if pd.isna(row["estimate"]) else "no search"
        axes.text(
            0.99,
            place,
            f"{account}: {text}",
            transform=axes.get_yaxis_transform(),
            size=5,
            color=colour,
            va="center",
            ha="right",
        )
        return
    for lower, upper, width in (("lower", "upper", 0.9), ("period_lower", "period_upper", 2.2)):
        if pd.notna(row[lower]) and np.isfinite(row[upper]):
            axes.plot([row[lower], row[upper]], [place, place], color=colour, lw=width)
    axes.plot(row["estimate"], place, _MARKERS[account], color=colour, mfc=_FILLS.get(account, colour), ms=3)


def _scale(axes, ratios, bands):
    """Limits of the axis: the bands and the points, with 1 inside; very wide intervals run out of the picture."""
    shown = pd.concat([ratios["estimate"], bands["lowest"], bands["highest"]]).dropna()
    shown = shown[(shown > 0) & np.isfinite(shown)]
    low, high = (min(shown.min(), 1), max(shown.max(), 1)) if len(shown) else (0.5, 2)
    axes.set_xscale("log")
    lower, upper = ratios["lower"].clip(lower=low / 2).min(), ratios["upper"].clip(upper=high * 2).max()
    axes.set_xlim(np.nanmin([low, lower]) / 1.15, np.nanmax([high, upper]) * 1.15)


def _log_ticks(axis, set_scale, limits):
    set_scale("log")
    low, high = limits()
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50) if low <= tick <= high]
    axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_minor_formatter(charts.NullFormatter())


def _keys():
    points = [
        Line2D([], [], color=_COLOURS[n], marker=_MARKERS[n], mfc=_FILLS.get(n, _COLOURS[n]), ms=3, lw=1.1, label=n)
        for n in OF_ONE
    ]
    return [*points, Patch(color=_BAND, label="any allocation of the unknown")]
