"""A series by month with the events of its time, and the steps that were found in it."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sas_analysis.measures.registry import MEASURES, RATIO
from sas_analysis.present.charts.base import STYLE, series

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def trend(
    table: pd.DataFrame,
    *,
    by: str,
    months: list[str],
    title: str,
    events: pd.DataFrame | None = None,
    points: pd.DataFrame | None = None,
    synthetic: bool = False,
) -> Figure:
    """A measure by month, a line per group; dotted lines are events, short ones the steps that were found.

    table : as `Study.trend` over months; bands are the limits of the month. events : as `policy_calendar`, named by
    letters in the title's order: "a", "b". points : as `Study.change_points`; those of the lines are drawn.
    """
    shown = table.assign(
        lower=table["period_lower"].fillna(table["lower"]), upper=table["period_upper"].fillna(table["upper"])
    )
    ratios = MEASURES[table["measure"].iloc[0]].kind == RATIO if len(table) else False
    if ratios:  # none has a logarithm
        lowest = table["estimate"].mask(table["estimate"].le(0)).min() / 4
        shown = shown.assign(
            estimate=shown["estimate"].mask(shown["estimate"].le(0)), lower=shown["lower"].clip(lowest)
        )
    if by == "month":  # one series without groups
        shown, by = shown.assign(series=title), "series"
    figure = series(shown, by=by, months=months, title=title, synthetic=synthetic, unity=ratios)
    if not figure.axes:
        return figure
    axes = figure.axes[0]
    if ratios:
        axes.set_ylabel("Ratio (log scale)")
    with plt.rc_context(STYLE):
        for letter, place, _ in event_places(events, months):
            axes.axvline(place, color="0.6", lw=0.7, ls=":", zorder=0)
            axes.annotate(letter, (place + 0.2, 1), xycoords=("data", "axes fraction"), va="top", fontsize=6)
        for place, _ in step_places(points, months, by):
            axes.plot([place, place], [0, 0.06], transform=axes.get_xaxis_transform(), color="0.2", lw=1.2)
    return figure


def event_places(events: pd.DataFrame | None, months: list[str]) -> list[tuple[str, float, str]]:
    """Letter, place among the months (from 0) and words of every event of these months, in time."""
    if events is None:
        return []
    found = []
    for row in events[events["date"].str[:7].isin(months)].to_dict("records"):
        day = (int(row["date"][8:]) - 1) / 31
        found.append((months.index(row["date"][:7]) + day - 0.5, row["short"], row["date"][:7]))
    named = zip(_LETTERS, found, strict=False)
    return [(letter, place, f"{short}, {month}") for letter, (place, short, month) in named]


def step_places(points: pd.DataFrame | None, months: list[str], by: str = "") -> list[tuple[float, str]]:
    """Place among the months and line of every step of what is drawn: between its month and the one before.

    by : what the lines are by. A step of a single force is none of a line of forces together, and the other way round.
    """
    if points is None:
        return []
    found = points[points["month"].isin(months) & points["estimate"].notna()]
    force, group = (
        found[name].fillna("").astype("str") if name in found else pd.Series("", index=found.index)
        for name in ("force", "group")
    )
    own, line = (force.ne(""), force) if by == "force" else (force.eq(""), group)
    places = [months.index(month) - 0.5 for month in found.loc[own, "month"]]
    return list(zip(np.array(places, dtype=float).tolist(), line[own], strict=True))
