"""Polygons that lie side by side, with fewer points, as paths of an SVG: how outlines of maps are made.

The outlines that are carried are made by `scripts/outlines.py`; those of areas that a user names, where they are drawn.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely

from sas_analysis.reference.outlines import Outlines
from sas_analysis.reference.projection import to_metres

if TYPE_CHECKING:
    from sas_analysis.reference.areas import Layer

_ACROSS = 1500  # units of a map of a user's areas; on a page it is some 700 points wide
_ONS = (
    "Office for National Statistics licensed under the Open Government Licence v3.0. Contains OS data © Crown "
    "copyright and database right"
)


def _drawn(polygons: np.ndarray, unit: float, west: float, north: float) -> np.ndarray:
    """Areas of a user's file on the grid of their map: what is too small for it is one square of the grid."""
    # Areas that nobody published as a coverage may overlap; their borders are then simplified one by one. Each area is
    # put on the grid by itself: neighbours may be one unit apart, which no eye sees, and no file can ask too much.
    fewer = shapely.coverage_simplify(shapely.coverage_clean(polygons), 1.5 * unit)
    found = shapely.set_precision(shapely.transform(fewer, lambda at: (at - [west, north]) / [unit, -unit]), 1)
    lost = shapely.area(found) == 0
    inside = shapely.get_coordinates(shapely.point_on_surface(polygons[lost]))
    x, y = np.floor((inside - [west, north]) / [unit, -unit]).T
    found[lost] = shapely.box(x, y, x + 1, y + 1)
    return found


def svg_path(area) -> str:
    """An area as the path of an SVG: whole numbers, each point relative to the one before it."""
    rings = [ring for part in shapely.get_parts(area) for ring in (part.exterior, *part.interiors)]
    return "".join(_ring(np.array(ring.coords).astype(int)) for ring in rings)


def _ring(points: np.ndarray) -> str:
    points = points[np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]]
    steps = " ".join(f"{x} {y}" for x, y in np.diff(points, axis=0)[:-1]).replace(" -", "-")
    return f"M{points[0][0]} {points[0][1]}l{steps}z"


def outlines_of(layer: "Layer", codes: Sequence[str], names: Sequence[str]) -> Outlines:
    """The outlines of some areas of a boundary file, as fine as a map on a page can show.

    Parameters
    ----------
    layer : Layer
    codes, names : sequence of str
        Of the areas, and what each is called.

    Returns
    -------
    Outlines
        Of the layer `kind.many`.
    """
    at = [layer.codes.index(code) for code in codes]
    polygons = shapely.transform(layer.polygons[at], to_metres)
    west, south, east, north = shapely.total_bounds(polygons)
    unit = float(max(1, round(max(east - west, north - south) / _ACROSS)))
    paths = [svg_path(area) for area in _drawn(polygons, unit, west, north)]
    ours = layer.kind.codes.fullmatch(codes[0]) and layer.kind.one != "area" and not layer.synthetic
    return Outlines(
        layer=layer.kind.many,
        names=dict(zip(codes, names, strict=True)),
        paths=dict(zip(codes, paths, strict=True)),
        unit=unit,
        west=west,
        north=north,
        width=int(np.ceil((east - west) / unit)),
        height=int(np.ceil((north - south) / unit)),
        attribution=f"{layer.path.name}, simplified{f'. {_ONS}' if ours else ''}",
    )
