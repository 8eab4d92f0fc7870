"""The synthetic local authorities: real names and codes, invented places, a box each in the box of their force.

The boxes are in records/sample/areas.csv. Their edges are drawn half a micro-degree to the south-west, and points are
whole micro-degrees: none lies on an edge, and which area a point was simulated in is known from the table alone.
"""

import json
from collections import Counter
from functools import cache

from .model import table

PATH = "boundaries/synthetic.geojson"
__all__ = ["PATH", "Counter", "areas_of", "geojson"]


def areas_of(content):
    """Rows of one file (bytes or None) by area code: those located in an area."""
    lines = (content or b"").decode("ascii").splitlines()[1:]
    codes = (_area_of(*line.split(",")[4:6]) for line in lines)
    return Counter(code for code in codes if code)


@cache
def _area_of(latitude, longitude):
    """Code of the area of a point, from its texts; of the smallest box that holds it, "" where none does."""
    if not latitude:
        return ""
    y, x = _micro(latitude), _micro(longitude)
    held = [box for box in _boxes() if box[2] <= y < box[3] and box[4] <= x < box[5]]
    return min(held, key=_size)[0] if held else ""


def geojson(notice):
    """The areas as a GeoJSON FeatureCollection, marked as simulated; an area within another is a hole of it."""
    features = [
        {
            "type": "Feature",
            "properties": {"LAD22CD": box[0], "LAD22NM": box[1]},
            "geometry": {"type": "Polygon", "coordinates": [_ring(box), *(_ring(hole)[::-1] for hole in _within(box))]},
        }
        for box in sorted(_boxes())
    ]
    collection = {"type": "FeatureCollection", "synthetic": True, "notice": notice, "features": features}
    return (json.dumps(collection, indent=1, allow_nan=False) + "\n").encode("ascii")


@cache
def _boxes():
    """(code, name, south, north, west, east) of every area, in micro-degrees."""
    edges = ("south", "north", "west", "east")
    return [(row["area_code"], row["area"], *(_micro(row[edge]) for edge in edges)) for row in table("areas")]


def _micro(degrees):
    return round(float(degrees) * 1e6)


def _size(box):
    return (box[3] - box[2]) * (box[5] - box[4])


def _within(box):
    return [b for b in _boxes() if b != box and b[2] >= box[2] and b[3] <= box[3] and b[4] >= box[4] and b[5] <= box[5]]


def _ring(box):
    south, north, west, east = ((edge * 10 - 5) / 1e7 for edge in box[2:])
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]
