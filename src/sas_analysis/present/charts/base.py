"""Figures drawn from tables: at a journal's column width, colour-blind safe, intervals drawn, with a caption.

Each takes the table it draws and returns the figure; `show` displays it with its caption and its description.
"""

from io import BytesIO
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, PercentFormatter
from matplotlib.transforms import Bbox

from sas_analysis.errors import and_join
from sas_analysis.measures.coverage import STATUSES
from sas_analysis.measures.registry import MEASURES, is_points, is_share, title_of
from sas_analysis.present.report_table import SYNTHETIC

# Functions that draw limits, and what as; where they are lines, thick ones within them are the limits of the period.
_OF_EACH = "bands: limits of each month"
_DRAWN = dict.fromkeys(("intervals", "ladder", "accounts", "differences"), "lines")
_DRAWN |= {"series": "bands", "trend": _OF_EACH, "benchmark_grid": "bands", "forest_of_group": "lines of forces"}
_DRAWN |= {"specification_curve": "pale lines"}
COLUMN_WIDTH = 3.5  # inches: one column of a journal
STYLE = {
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.labelsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "figure.dpi": 220,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
}
PALETTE = sns.color_palette("colorblind")
_LINES, _LINE = 2, 0.15  # of a legend: those that a figure has room for, and the inches of one more
_MARKERS = "os^DvXP*"
# One colour and one marker a group, the same in every figure: neither alone carries the meaning.
GROUPS = {
    "White": (PALETTE[0], "o"),
    "Mixed": (PALETTE[4], "s"),
    "Asian": (PALETTE[2], "^"),
    "Black": (PALETTE[3], "D"),
    "Other": (PALETTE[5], "v"),
    "Unknown": (PALETTE[7], "X"),
}


def blank_axes(height: float, title: str, synthetic: bool):
    """A figure of one column's width in the house style, and its axes."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(COLUMN_WIDTH, height), layout="constrained")
    axes.set_title(fill(title, 50), y=1.0)
    if synthetic:
        watermark(figure)
    return figure, axes


def watermark(figure: Figure) -> None:
    """Say across a figure that its records are simulated."""
    figure.text(0.5, 0.5, "SYNTHETIC", size=34, color="0.5", alpha=0.25, rotation=25, ha="center", va="center")


def mark(figure: Figure, doubt: str) -> None:
    """Say above a figure why its records are in doubt: it may be seen without its caption."""
    figure.text(0.01, 1.01, fill(doubt, 75), size=6, color=PALETTE[3], ha="left", va="bottom")


def legend_below(figure: Figure, ncols: int = 3) -> None:
    """A legend below the axes, in as many columns as the figure is wide; what is long makes the figure taller.

    So a plain `savefig` cuts nothing off.
    """
    renderer = FigureCanvasAgg(figure).get_renderer()
    for columns in range(ncols, 0, -1):
        legend = figure.legend(loc="outside lower center", ncols=columns)
        if columns == 1 or legend.get_window_extent(renderer).width <= figure.bbox.width:
            break
        legend.remove()
    lines = -(-len(legend.get_texts()) // columns)
    figure.set_figheight(figure.get_figheight() + _LINE * max(lines - _LINES, 0))


def nothing(title: str, synthetic: bool, why: str = "no search to show") -> Figure:
    """A figure that says that there is nothing to draw."""
    with plt.rc_context(STYLE):
        figure, axes = blank_axes(0.8, title, synthetic)
        axes.text(0.5, 0.5, why, ha="center", va="center", color="0.35", transform=axes.transAxes)
        axes.set_axis_off()
    return figure


def intervals(table: pd.DataFrame, *, by: str, title: str, synthetic: bool = False, unity: bool = False) -> Figure:
    """Estimates of a measures table with their limits, a row per group; a row that is not estimable says so.

    unity : draw the line of no difference at 1 and a logarithmic scale (ratios).
    """
    if table.empty:
        return nothing(title, synthetic)
    with plt.rc_context(STYLE):
        figure, axes = blank_axes(0.75 + 0.24 * len(table), title, synthetic)
        table = table.iloc[::-1].reset_index(drop=True)
        labels = [fill(str(label), 30) for label in table[by]]
        colours = [GROUPS.get(str(label), (PALETTE[0], "o")) for label in table[by]]
        for place, (row, (colour, marker)) in enumerate(zip(table.itertuples(), colours, strict=True)):
            _interval(axes, place, row, colour, marker)
        axes.set_yticks(range(len(table)), labels)
        axes.set_ylim(-0.6, len(table) - 0.4)
        estimate_axis(axes, table["measure"].iloc[0], unity)
    return figure


def _interval(axes, place: int, row, colour, marker: str) -> None:
    if pd.isna(row.estimate):
        axes.text(0.01, place, "not estimable", transform=axes.get_yaxis_transform(), va="center", color="0.35")
        return
    for lower, upper, width in ((row.lower, row.upper, 1.0), (row.period_lower, row.period_upper, 2.6)):
        if not pd.isna(lower):
            axes.plot([lower, upper if np.isfinite(upper) else row.estimate], [place, place], color=colour, lw=width)
    axes.plot(row.estimate, place, marker, color=colour, ms=4)


def limits_drawn(draw, table: pd.DataFrame) -> str:
    """What the lines of a figure are, from the table that it draws; empty where it draws no limits.

    draw : the function that draws it.
    """
    kind = _DRAWN.get(getattr(draw, "__name__", ""))
    if kind is None or "interval" not in table:
        return ""
    names = [name for name in dict.fromkeys(table["interval"].fillna("")) if name]
    if kind == _OF_EACH:
        return kind
    said = [f"{kind}: {and_join(names)} limits"] if names else []
    inner = kind == "lines" and (table["period_lower"].notna() & table["period_lower"].ne(table["lower"])).any()
    return "; ".join([*said, *(["thick lines: limits of these months"] * bool(inner))])


def estimate_axis(axes, measure: str, unity: bool) -> None:
    """The axis of a measure's estimates. unity : a logarithmic one with the line of no difference at 1."""
    axes.set_xlabel(_unit(measure))
    axes.grid(axis="x", lw=0.4, color="0.85")
    axes.set_axisbelow(True)
    if unity:
        axes.axvline(1, color="0.3", lw=0.8, ls="--")
        ratio_axis(axes, "x")
        return
    if is_points(measure):
        axes.axvline(0, color="0.3", lw=0.8, ls="--")
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:+.3g}" if value else "0")
        return
    axes.set_xlim(left=0)
    if is_share(measure):
        _percent(axes.xaxis, axes.get_xlim()[1])


def ratio_axis(axes, which: str) -> None:
    """A logarithmic axis "x" or "y" of ratios, with round numbers as ticks."""
    axes.set(**{f"{which}scale": "log"})
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50) if low <= t <= high]
    if len(ticks) < 3:  # a narrow range
        ticks = [t for t in (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2) if low <= t <= high]
    axes.set(**{f"{which}ticks": ticks, f"{which}ticklabels": [f"{tick:g}" for tick in ticks]})
    getattr(axes, f"{which}axis").set_minor_formatter(NullFormatter())


def _percent(axis, highest: float) -> None:
    axis.set_major_formatter(PercentFormatter(1, decimals=0 if highest > 0.05 else 1))


def _unit(measure: str) -> str:
    return MEASURES[measure].axis if measure in MEASURES and MEASURES[measure].axis else title_of(measure)


def series(
    table: pd.DataFrame, *, by: str, months: list[str], title: str, synthetic: bool = False, unity: bool = False
) -> Figure:
    """A measure by month, a line per group; a month without an estimate is a gap, never a zero.

    table : measures table by `month` and `by`. months : all months of the period. Bands are the limits.
    unity : draw the line of no difference at 1 and a logarithmic scale (ratios).
    """
    if table.empty:
        return nothing(title, synthetic)
    with plt.rc_context(STYLE):
        figure, axes = blank_axes(2.5, title, synthetic)
        for number, (group, rows) in enumerate(table.groupby(by, observed=True, sort=False)):
            colour, marker = GROUPS.get(str(group), (PALETTE[number % len(PALETTE)], _MARKERS[number % 8]))
            rows = rows.assign(month=rows["month"].astype("str")).set_index("month").reindex(months)
            places = np.arange(len(months))
            axes.fill_between(places, rows["lower"], rows["upper"], color=colour, alpha=0.2, lw=0)
            limited = rows["lower"].notna().to_numpy()
            # A band needs two months; one that stands between gaps has a line.
            alone = limited & ~np.append(limited[1:], False) & ~np.append(False, limited[:-1])
            axes.vlines(places[alone], rows["lower"][alone], rows["upper"][alone], color=colour, alpha=0.4, lw=2)
            axes.plot(places, rows["estimate"], color=colour, marker=marker, ms=2.5, lw=1, label=fill(str(group), 34))
        _month_axis(axes, months)
        measure = table["measure"].iloc[0]
        if unity:
            axes.axhline(1, color="0.3", lw=0.8, ls="--")
            ratio_axis(axes, "y")
        else:
            axes.set_ylim(bottom=0)
        if is_share(measure):
            _percent(axes.yaxis, axes.get_ylim()[1])
        axes.set_ylabel(_unit(measure))
        if table[by].nunique() > 1:
            legend_below(figure)
    return figure


def counts(table: pd.DataFrame, *, months: list[str], title: str, synthetic: bool = False) -> Figure:
    """Searches by month, a line per force: `force | month | rows`, missing where nothing was published.

    Of more forces than colours and markers tell apart, each has a row of its own.
    """
    of_force = {
        force: rows.set_index("month")["rows"].reindex(months).astype("Float64").to_numpy(float, na_value=np.nan)
        for force, rows in table.groupby("force", sort=False)
    }
    if len(of_force) > len(_MARKERS):
        return _counts_apart(of_force, months, title, synthetic)
    with plt.rc_context(STYLE):
        figure, axes = blank_axes(2.3, title, synthetic)
        for (force, values), colour, marker in zip(of_force.items(), PALETTE, _MARKERS, strict=False):
            axes.plot(range(len(months)), values, color=colour, marker=marker, ms=2.5, lw=1, label=force)
        _month_axis(axes, months)
        axes.set_ylim(bottom=0)
        axes.set_ylabel("Records published")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        if len(of_force) > 1:
            legend_below(figure)
    return figure


def _counts_apart(of_force: dict[str, np.ndarray], months: list[str], title: str, synthetic: bool) -> Figure:
    """A row a force: its months against its largest, whose records stand at the end; of no record there is a line."""
    with plt.rc_context(STYLE):
        figure, axes = blank_axes(1.1 + 0.18 * len(of_force), title, synthetic)
        edges, drawn = np.arange(len(months) + 1) - 0.5, {"fill": True, "color": PALETTE[0]}
        at_end = {"transform": axes.get_yaxis_transform(), "ha": "right"}
        for place, values in enumerate(of_force.values()):
            largest, floor = np.nan_to_num(values).max(initial=0), place + 0.4
            axes.stairs(floor - np.maximum(0.8 * values / max(largest, 1), 0.03), edges, baseline=floor, **drawn)
            axes.text(1.15, place, f"{largest:,.0f}", va="center", **at_end)
        axes.text(1.15, -0.9, "most", va="center", **at_end)
        _month_axis(axes, months)
        axes.grid(visible=False)
        axes.set_xlabel("Each force against its own largest month")
        axes.set_yticks(range(len(of_force)), list(of_force))
        axes.set_ylim(len(of_force) - 0.4, -0.6)
    return figure


def _month_axis(axes, months: list[str]) -> None:
    step = max(1, len(months) // 8)
    places = range(0, len(months), step)
    axes.set_xticks(places, [months[place] for place in places], rotation=45, ha="right")
    axes.set_xlim(-0.5, len(months) - 0.5)
    axes.grid(axis="y", lw=0.4, color="0.85")


def composition(table: pd.DataFrame, *, by: str, within: str, title: str, synthetic: bool = False) -> Figure:
    """Shares that add to one, stacked, a bar per group of `within`; its count beside the name."""
    with plt.rc_context(STYLE):
        wide = table.pivot(index=within, columns=by, values="estimate").dropna(how="all")
        wide = wide.loc[:, wide.sum().gt(0)]
        total = table.groupby(within, observed=True)["denominator"].max()
        figure, axes = blank_axes(1.2 + 0.28 * len(wide) + 0.1 * wide.shape[1], title, synthetic)
        left = np.zeros(len(wide))
        hatches = ["", "//", "..", "xx", "\\\\", "--", "oo", "++", "**", "||"]
        for number, label in enumerate(wide.columns):
            values = wide[label].fillna(0).to_numpy()
            colour = PALETTE[number % len(PALETTE)]
            hatch = hatches[number % len(hatches)]
            places = range(len(wide))
            axes.barh(
                places,
                values,
                left=left,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                lw=0.3,
                label=fill(str(label), 32),
            )
            left += values
        axes.set_yticks(range(len(wide)), [f"{fill(str(name), 26)}\n(n = {total[name]:,.0f})" for name in wide.index])
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.set_xlabel("Share of searches")
        figure.legend(loc="outside lower center", ncols=2)
    return figure


_APART = 60  # months with a white line between them; of more, the lines would be most of the picture


def coverage(grid: pd.DataFrame, *, title: str, row: str = "force", synthetic: bool = False) -> Figure:
    """Which force published which month: `force | month | status`. Status is shown by colour and by sign.

    row : the column with a row a label, such as "field".
    """
    signs = dict(zip(STATUSES, ("", "!", "?", "0", "×"), strict=True))
    with plt.rc_context(STYLE):
        wide = grid.pivot(index=row, columns="month", values="status").reindex(list(dict.fromkeys(grid[row])))
        codes = wide.apply(lambda column: column.map({status: n for n, status in enumerate(STATUSES)}).astype(int))
        figure, axes = blank_axes(0.9 + 0.2 * len(wide), title, synthetic)
        colours = [PALETTE[0], PALETTE[1], PALETTE[3], PALETTE[8], "0.85"]
        axes.pcolormesh(
            codes,
            cmap=plt.matplotlib.colors.ListedColormap(colours),
            vmin=0,
            vmax=len(STATUSES) - 1,
            edgecolors="white",
            lw=0.6 if wide.shape[1] <= _APART else 0,
        )
        for y, x in np.argwhere(codes.to_numpy() > 0):  # the first sign is none
            axes.text(x + 0.5, y + 0.5, signs[STATUSES[codes.iat[y, x]]], ha="center", va="center", size=6)
        axes.set_yticks(np.arange(len(wide)) + 0.5, wide.index)
        step = max(1, wide.shape[1] // 8)
        places = range(0, wide.shape[1], step)
        axes.set_xticks([place + 0.5 for place in places], [wide.columns[p] for p in places], rotation=45, ha="right")
        axes.invert_yaxis()
        handles = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour in colours]
        names = [f"{status} {signs[status]}".strip() for status in STATUSES]
        figure.legend(handles, names, loc="outside lower center", ncols=len(STATUSES))
    return figure


def show(figure: Figure, *, caption: str, synthetic: bool = False) -> None:
    """Display a figure with its caption, which is also its description for those who do not see it."""
    from IPython.display import HTML, Image, display

    text = f"{SYNTHETIC} {caption}" if synthetic else caption
    display(Image(png_of(figure), alt=text))
    display(HTML(f'<p class="caption">{text}</p>'))
    plt.close(figure)


def png_of(figure: Figure) -> bytes:
    """A figure as a picture of all it holds: what reaches beyond the column is not cut off."""
    return picture_of(figure)[0]


def picture_of(figure: Figure) -> tuple[bytes, Bbox]:
    """The picture of `png_of`, and the box it shows, in inches.

    As `savefig` with a tight box, whose picture is the same; that draws all twice, to have the layout made.
    """
    renderer, drawn = FigureCanvasAgg(figure).get_renderer(), BytesIO()
    if layout := figure.get_layout_engine():
        layout.execute(figure)
        figure.set_layout_engine(None)
    box = figure.get_tightbbox(renderer).padded(plt.rcParams["savefig.pad_inches"])
    figure.savefig(drawn, format="png", bbox_inches=box, pil_kwargs={"compress_level": 3})  # 6 takes longer for 2%
    return drawn.getvalue(), box
