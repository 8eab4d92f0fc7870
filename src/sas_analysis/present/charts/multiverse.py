"""The specification curve: one group's ratio under every combination of choices, and which combination is which."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.pyplot import rc_context, subplots

from sas_analysis.present.charts.base import COLUMN_WIDTH, GROUPS, STYLE, nothing, ratio_axis, watermark

_NAMES = {
    "census": "Residents",
    "ethnicity": "Ethnicity",
    "unknown": "Unknown ethnicity",
    "vehicle_only": "Vehicle-only",
    "section_60": "Section 60",
    "flagged_months": "Flagged months",
    "repeats": "Repeated rows",
    "forces": "Forces",
}


def specification_curve(table: pd.DataFrame, *, group: str, title: str, synthetic: bool = False) -> Figure:
    """Ratios of one group by size, with their limits where there are any; below, the options of each combination.

    table : as `multiverse.multiverse` gives it; the first row of the group is the headline's, drawn larger.
    """
    rows = table[table["ethnicity_5"].astype("str").eq(group)].reset_index(drop=True)
    rows = rows.assign(headline=rows.index == 0)
    rows = rows[rows["estimate"].gt(0)].sort_values("estimate", ignore_index=True)
    if rows.empty:
        return nothing(title, synthetic)
    marks = _marks(rows)
    with rc_context(STYLE):
        height = 2.2 + 0.13 * len(marks)
        figure, (top, below) = subplots(
            2, 1, figsize=(COLUMN_WIDTH, height), sharex=True, layout="constrained",
            height_ratios=[2, 0.13 * len(marks)],
        )  # fmt: skip
        top.set_title(title)
        _curve(top, rows, *GROUPS[group])
        _matrix(below, rows, marks)
        if synthetic:
            watermark(figure)
    return figure


def _curve(axes, rows: pd.DataFrame, colour, marker: str) -> None:
    limited = rows["lower"].notna() & np.isfinite(rows["upper"])
    axes.vlines(rows.index[limited], rows.loc[limited, "lower"], rows.loc[limited, "upper"], color="0.8", lw=0.5)
    axes.plot(rows.index, rows["estimate"], ".", color=colour, ms=1.5)
    head = rows[rows["headline"]]
    axes.plot(head.index, head["estimate"], marker, color="black", ms=5, mfc="white", label="headline")
    ratio_axis(axes, "y")
    axes.set_ylabel("Ratio (log scale)")
    axes.tick_params(bottom=False)
    axes.legend(loc="upper left")


def _marks(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """(choice, option) of every row of the matrix, in order."""
    return [(name, option) for name in _NAMES if name in rows for option in sorted(rows[name].unique())]


def _matrix(axes, rows: pd.DataFrame, marks: list[tuple[str, str]]) -> None:
    for place, (choice, option) in enumerate(marks):
        chosen = rows.index[rows[choice].eq(option)]
        axes.plot(chosen, np.full(len(chosen), place), "|", color="0.25", ms=2.5, mew=0.3)
    axes.set_yticks(range(len(marks)), [f"{_NAMES[choice]}: {option}" for choice, option in marks], fontsize=5)
    axes.set_ylim(len(marks) - 0.4, -0.6)
    axes.set_xticks([])
    axes.set_xlabel(f"{len(rows):,} combinations of choices, by ratio")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(left=False)
