"""Maps of local authorities and of police force areas: one, or several side by side with one scale."""

from math import ceil

import matplotlib.pyplot as plt
import pandas as pd
import shapely
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from sas_analysis.present.charts.base import COLUMN_WIDTH, STYLE, nothing, watermark
from sas_analysis.present.map_areas import CLEAR, DOTTED, EMPTY, HATCHED, PALE, Area, Maps, maps_of
from sas_analysis.reference.outlines import Outlines

_STEPS = ("#e4eef5", "#c3dcec", "#8fbddb", "#4b8fbe", "#0b5f94")  # pale to dark: in order in grey too
_LINE, _HATCH = "#0b5f94", "#85909a"
_ACROSS = 3  # maps in a row
_ORDER = (EMPTY, HATCHED, DOTTED, CLEAR, PALE)  # in which areas are drawn
_PLAIN = (EMPTY, HATCHED, DOTTED)  # without the colour of a step
# Drawn over all areas of a look together: over each of them it takes as long as over all.
_HATCHES = {HATCHED: ("in doubt", "//////"), DOTTED: ("few searches", "......")}
_OVER = {"facecolor": "none", "edgecolor": _HATCH, "linewidth": 0}


def choropleth(
    table: pd.DataFrame,
    *,
    title: str,
    value: str = "estimate",
    by: str = "",
    outlines: Outlines | None = None,
    synthetic: bool = False,
) -> Figure:
    """Areas in five steps of one hue, a map a group or quarter where the table is by one.

    Parameters
    ----------
    table : DataFrame
        A measures table by `area_code`, `area`, `borough` or `force`, as `Areas.ratios`; of one measure.
    title : str
    value : str
        The column that is shown.
    by : str
        The column whose labels are maps side by side, such as ethnicity_5 or quarter.
    outlines : Outlines, optional
        Of areas that are no local authorities: `Areas.outlines`.
    synthetic : bool
        Whether the records are simulated.

    Returns
    -------
    Figure
        Hatched: no estimate, official statistics contradict the records, or too much is unknown. Dotted: few searches.
        On a map of several forces those without records are empty. Pale with an outline: the interval holds 1 (of a
        difference: 0). A map without any other area is not drawn. Outlines are those the package carries
        (`reference.outlines`); searches are placed by the boundaries of the study.

    Raises
    ------
    ValueError
        As `maps_of`: no area, several measures, or an area twice.

    Examples
    --------
    >>> black = areas.ratios.query("ethnicity_5 == 'Black'")
    >>> sas.charts.choropleth(black, title="Black, relative to White")
    <Figure size ...>
    """
    maps = maps_of(table, value=value, by=by, outlines=outlines)
    if not maps.panels:
        return nothing(title, synthetic)
    across = min(_ACROSS, len(maps.panels))
    down = ceil(len(maps.panels) / across)
    shapes = {key: maps.outlines.polygon(key) for key in maps.keys}
    paths = {key: _path(shape) for key, shape in shapes.items()}
    left, bottom, right, top = shapely.total_bounds(list(shapes.values()))
    height = COLUMN_WIDTH / across * (top - bottom) / (right - left)
    with plt.rc_context(STYLE | {"hatch.linewidth": 0.5}):
        figure, grid = plt.subplots(
            down, across, squeeze=False, figsize=(COLUMN_WIDTH, down * (height + 0.15) + 0.9), layout="constrained"
        )
        figure.suptitle(title, x=0.02, ha="left", size=8, wrap=True)
        for axes in grid.flat:
            axes.set_axis_off()
        for axes, (name, areas) in zip(grid.flat, maps.panels.items(), strict=False):
            axes.set_title(name, size=7)
            axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
            for (look, step), keys in _alike(areas).items():  # one artist for all: each costs as much as many outlines
                own = [paths[key] for key in keys]
                axes.add_artist(PathCollection(own, **_style(look, step), gid=f"{look}-{step}"))
            for look, (words, hatch) in _HATCHES.items():
                if own := [paths[area.key] for area in areas if area.look == look]:
                    over = PathPatch(Path.make_compound_path(*own), **_OVER, hatch=hatch, gid=words.replace(" ", "-"))
                    axes.add_artist(over)
        figure.legend(handles=_legend(maps), loc="outside lower center", ncols=3)
        if synthetic:
            watermark(figure)
    return figure


def _alike(areas: list[Area]) -> dict[tuple[str, int], list[str]]:
    """The keys of the areas that look alike, those whose outline tells something last: no neighbour covers it."""
    found: dict[tuple[str, int], list[str]] = {}
    for area in sorted(areas, key=lambda area: _ORDER.index(area.look)):
        found.setdefault((area.look, 0 if area.look in _PLAIN else area.step), []).append(area.key)
    return found


def _path(shape) -> Path:
    rings = [Path(ring.coords) for part in shape.geoms for ring in (part.exterior, *part.interiors)]
    return Path.make_compound_path(*rings)


def _style(look: str, step: int) -> dict:
    if look in _PLAIN:
        return {"facecolor": "white", "edgecolor": _HATCH, "linewidth": 0.4}
    if look == PALE:
        return {"facecolor": (*plt.matplotlib.colors.to_rgb(_STEPS[step - 1]), 0.3), "edgecolor": _LINE,
                "linewidth": 0.8}  # fmt: skip
    return {"facecolor": _STEPS[step - 1], "edgecolor": "white", "linewidth": 0.4}


def _legend(maps: Maps) -> list[Patch]:
    there = {area.look for areas in maps.panels.values() for area in areas}
    handles = [Patch(**_style(CLEAR, n), label=words) for n, words in enumerate(maps.legend, start=1)]
    handles += [Patch(**_style(PALE, 2), label="holds no difference")] * (PALE in there)
    handles += [
        Patch(**_style(look, 0), hatch=hatch, label=words) for look, (words, hatch) in _HATCHES.items() if look in there
    ]
    return handles + [Patch(**_style(EMPTY, 0), label="no files here")] * (EMPTY in there)
