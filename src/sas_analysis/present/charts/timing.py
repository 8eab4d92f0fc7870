"""The figure of the veil of darkness: who is searched at each hour of the clock, by daylight and after dark."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.pyplot import rc_context
from matplotlib.ticker import FuncFormatter, PercentFormatter

from sas_analysis.measures.intervals.limits import wilson
from sas_analysis.present.charts.base import PALETTE, STYLE, blank_axes, nothing

HALF_HOUR = 30
LEAST = 10  # encounters in a half hour: fewer are not drawn
_SIDES = {False: ("daylight", PALETTE[1], "o"), True: ("dark", PALETTE[0], "s")}


def clock_shares(
    table: pd.DataFrame, *, group: str, reference: str, by: str, title: str, synthetic: bool = False
) -> Figure:
    """The share of a group among encounters of it and the reference, by half hour of the clock, by daylight and dark.

    Parameters
    ----------
    table : DataFrame
        `minute | dark | <by>`: the encounters in the window.
    group, reference, by : str
        Two labels of a column.
    title : str
        Above the figure.
    synthetic : bool
        Whether the records are simulated.

    Returns
    -------
    Figure
        Lines are Wilson limits at 95%; half hours with fewer than ten encounters on a side are left out.
    """
    own = table[by].astype("str")
    table = table.assign(hit=own.eq(group))[own.isin([group, reference])]
    if table.empty:
        return nothing(title, synthetic, "no encounter to show")
    half = (table["minute"] // HALF_HOUR).astype(int)
    counts = table.groupby(["dark", half])["hit"].agg(["sum", "size"])
    with rc_context(STYLE):
        figure, axes = blank_axes(2.4, title, synthetic)
        for dark, (name, colour, marker) in _SIDES.items():
            if dark not in counts.index.get_level_values(0):
                continue
            side = counts.loc[dark]
            side = side[side["size"] >= LEAST]
            at = (side.index.to_numpy() + 0.5) * HALF_HOUR / 60 + (0.04 if dark else -0.04)
            lower, upper = wilson(successes=side["sum"].to_numpy(), trials=side["size"].to_numpy())
            axes.vlines(at, lower, upper, color=colour, lw=1)
            axes.plot(at, side["sum"] / side["size"], marker, color=colour, ms=4, label=name)
        axes.xaxis.set_major_formatter(FuncFormatter(_clock))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel("Clock time")
        axes.set_ylabel(f"Share of {group} among {group} and {reference}")
        axes.grid(axis="y", lw=0.4, color="0.85")
        hours = axes.get_xlim()
        axes.set_xticks(np.arange(np.ceil(hours[0]), np.floor(hours[1]) + 1))
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def _clock(hours: float, _) -> str:
    return f"{int(hours):02}:{round(hours % 1 * 60):02}"
