"""Simplified outlines of police force areas and local authorities, for maps on pages; nothing is measured with them.

They are carried in `tables/outlines_*.json`, made by `scripts/outlines.py` from the boundaries that the Office for
National Statistics publishes, and hold no more than a map on a page can show. `areas` reads the finer boundaries by
which searches are placed. Nothing slow is imported until a polygon is asked for.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import shapely

LAYERS = ("forces", "authorities")
_RING = re.compile(r"M(\d+) (\d+)l([^z]*)z")
_NUMBER = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Outlines:
    """The outlines of one layer.

    Attributes
    ----------
    layer : str
        "forces" or "authorities"; of a user's areas what they are, such as "wards".
    names : Mapping of str to str
        Name of each area by its key: a force's slug, or the code of an authority (December 2022) or other area.
    paths : Mapping of str to str
        Path of each area, the attribute `d` of an SVG path. Areas that touch share their border to the point.
    unit : float
        Metres of a unit of the paths; x runs east from `west`, y runs south from `north`.
    west, north : float
        Metres of the British National Grid at the corner, on WGS 84 (see `projection`).
    width, height : int
        Units of the whole layer.
    attribution : str
        What must stand beside a map that shows them.
    """

    layer: str
    names: Mapping[str, str]
    paths: Mapping[str, str]
    unit: float
    west: float
    north: float
    width: int
    height: int
    attribution: str

    def key(self, area: str) -> str | None:
        """The key of an area by its name or key, in any case; None if there is none.

        Examples
        --------
        >>> from sas_analysis.reference.outlines import outlines
        >>> outlines("forces").key("Essex"), outlines("forces").key("Narnia")
        ('essex', None)
        """
        return self._keys.get(area.strip().casefold())

    @cached_property
    def _keys(self) -> dict[str, str]:
        return {name.casefold(): key for key, name in self.names.items()} | {key.casefold(): key for key in self.names}

    def polygon(self, key: str) -> "shapely.MultiPolygon":
        """The outline of an area in metres of the British National Grid.

        Parameters
        ----------
        key : str
            A key of `paths`.

        Returns
        -------
        shapely.MultiPolygon
            With one polygon or more.

        Raises
        ------
        KeyError
            If there is no such area.

        Examples
        --------
        >>> from sas_analysis.reference.outlines import outlines
        >>> round(outlines("forces").polygon("essex").area / 1e6)  # square kilometres
        3664
        """
        import shapely

        rings = [self._ring(*ring) for ring in _RING.findall(self.paths[key])]
        return shapely.MultiPolygon(shapely.get_parts(shapely.build_area(shapely.GeometryCollection(rings))).tolist())

    def box(self, keys: Iterable[str]) -> tuple[int, int, int, int]:
        """The smallest box around some areas, in units of the paths: left, top, right, bottom.

        Examples
        --------
        >>> from sas_analysis.reference.outlines import outlines
        >>> outlines("forces").box(["city-of-london"])
        (8921, 9558, 8966, 9590)
        """
        at = [point for key in keys for ring in _RING.findall(self.paths[key]) for point in _points(*ring)]
        across, down = zip(*at, strict=True)
        return min(across), min(down), max(across), max(down)

    def _ring(self, x: str, y: str, steps: str) -> "shapely.LinearRing":
        import shapely

        points = _points(x, y, steps)
        return shapely.LinearRing([(self.west + a * self.unit, self.north - b * self.unit) for a, b in points])


def _points(x: str, y: str, steps: str) -> list[tuple[int, int]]:
    """The points of a ring from its first point and the steps between them."""
    moves = list(map(int, _NUMBER.findall(steps)))
    across, down = accumulate(moves[::2], initial=int(x)), accumulate(moves[1::2], initial=int(y))
    return list(zip(across, down, strict=True))


@cache
def outlines(layer: str) -> Outlines:
    """The outlines of all police force areas, or of all local authorities, of England and Wales.

    Parameters
    ----------
    layer : {"forces", "authorities"}
        43 force areas, by slug; 331 authorities of December 2022, by code.

    Returns
    -------
    Outlines
        Read once.

    Raises
    ------
    ValueError
        For another layer.

    Notes
    -----
    Source: Office for National Statistics, Local Authority Districts (December 2022), Open Government Licence v3.0;
    contains OS data © Crown copyright and database right 2022. Simplified as a coverage (Visvalingam and Whyatt 1993,
    Line generalisation by repeated elimination of points, Cartographic Journal 30, 46-51) by `scripts/outlines.py`.

    Examples
    --------
    >>> from sas_analysis.reference.outlines import outlines
    >>> forces = outlines("forces")
    >>> len(forces.paths), forces.names["essex"], forces.paths["essex"][:13]
    (43, 'Essex', 'M9470 9677l22')
    >>> outlines("authorities").names["W06000015"]
    'Cardiff'
    """
    if layer not in LAYERS:
        raise ValueError(f"there are no outlines of {layer!r}; choose from: {', '.join(LAYERS)}")
    place = resources.files("sas_analysis.reference") / "tables" / f"outlines_{layer}.json"
    found = json.loads(place.read_text(encoding="utf-8"))
    areas = found["areas"]
    return Outlines(
        layer=layer,
        names={key: name for key, (name, _) in areas.items()},
        paths={key: path for key, (_, path) in areas.items()},
        unit=found["unit_metres"],
        west=found["west"],
        north=found["north"],
        width=found["width"],
        height=found["height"],
        attribution=found["licence"].partition("Source: ")[2],
    )


def code_of(authority: str) -> str | None:
    """The code of a local authority of December 2022 by its name or code, in any case; None if there is none.

    Examples
    --------
    >>> from sas_analysis.reference.outlines import code_of
    >>> code_of("southwark"), code_of("E09000028"), code_of("Narnia")
    ('E09000028', 'E09000028', None)
    """
    return outlines("authorities").key(authority)
