"""Which local authority a search was in, and how near to its boundary.

The publisher's locations are snap points, shared by many records, and not the place of the search: each distinct
point is looked up once, and a point within `margin` metres of a boundary may as well stand for a search on the other
side of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import pandas as pd
import shapely

from sas_analysis.codes import labels_that_occur, places_in, positions
from sas_analysis.errors import DataError
from sas_analysis.handed_out import table_fields, table_property
from sas_analysis.processes import Begun
from sas_analysis.records.store import note_boundaries
from sas_analysis.reference.area_kinds import Kind
from sas_analysis.reference.areas import FETCH, Layer, check_area_name, find_area, layers, match_area
from sas_analysis.reference.boundaries import read_of
from sas_analysis.reference.projection import to_metres

INSIDE, OUTSIDE, NO_LOCATION = "inside", "outside every area", "no location"
MARGIN = 50.0  # metres
MOST_UNLOCATED = 0.3  # share of searches without a location above which no local rate is given
_BAND = 5000.0  # metres: points are looked up from west to east, band by band, in half the time of any order
_CLEARLY_FEWER = 0.02  # a finer layer is preferred unless it places fewer searches by more than this share
_MANY = 50_000  # distinct points from which a second process pays


@table_fields("table")
@dataclass(frozen=True)
class Located:
    """Records placed in the areas of a layer.

    table : the index of the records; area_code | area | area_status (inside, outside every area, no location). Text
    columns are categories.
    """

    layer: Layer
    margin: float
    table: pd.DataFrame
    _points: np.ndarray = field(repr=False)  # (points, 2), longitude and latitude of each distinct point
    _point: np.ndarray = field(repr=False)  # position of each record's point, -1 without one
    _nearness: Begun = field(repr=False)  # of `_near`, which few ask for at once
    _also: np.ndarray = field(repr=False)  # (2, pairs) of point and area that holds it too, beside the one it is of

    @property
    def _near(self) -> np.ndarray:
        """(2, pairs) of a point and an area whose boundary is within the margin."""
        return self._nearness.result()

    def near(self, code: str) -> pd.Series:
        """Whether a record lies within the margin of the boundary of an area, on either side of it."""
        points = self._near[0, self._near[1] == self.layer.codes.index(code)]
        return pd.Series(np.isin(self._point, points), index=self.table.index)

    @property
    def points(self) -> int:
        """How many distinct points there are."""
        return len(self._points)

    def point_of(self, index: pd.Index) -> np.ndarray:
        """The number of the point of some records, -1 without one."""
        return self._point[places_in(self.table.index, index)]

    def of(self, index: pd.Index, *columns: str) -> pd.DataFrame:
        """The rows of `table` of some records, or some columns. Raises KeyError where one is none of those located."""
        places = places_in(self.table.index, index)
        if (places < 0).any():
            raise KeyError(f"{(places < 0).sum()} record(s) are none of those located")
        return self.table[list(columns or self.table)].take(places)

    def points_near(self) -> tuple[np.ndarray, np.ndarray]:
        """Pairs of a point and the position of an area whose boundary is within the margin."""
        return self._near[0], self._near[1]

    def in_several(self, index: pd.Index) -> int:
        """How many of some records lie within several areas, which overlap there; each is counted in one of them."""
        if not self._also.size:  # as in every official file
            return 0
        return int(np.isin(self.point_of(index), self._also[0]).sum())

    def counted_elsewhere(self, index: pd.Index) -> np.ndarray:
        """Of some records, how many lie within each area and are counted in another, which it overlaps."""
        if not self._also.size:
            return np.zeros(len(self.layer.codes), dtype=np.int64)
        point = self.point_of(index)
        number = np.bincount(point[point >= 0], minlength=self.points)
        return np.bincount(self._also[1], number[self._also[0]], len(self.layer.codes)).astype(np.int64)

    @table_property
    def boundary_distance(self) -> pd.Series:
        """Metres from each record to the nearest boundary of any area, missing without a location."""
        metres = np.append(_to_nearest(self._points, self.layer), np.nan)
        return pd.Series(metres[self._point], self.table.index)

    @cached_property
    def area_of_points(self) -> np.ndarray:
        """The position of the area of every point, -1 where it is in none."""
        area = np.full(self.points, -1)
        has = self._point >= 0
        area[self._point[has]] = self.table["area_code"].cat.codes.to_numpy()[has]
        return area


@dataclass(frozen=True)
class StudyArea:
    """The local authority, or smaller area, a study is of. problem : why no rate per resident can be given here."""

    code: str
    name: str
    located: Located
    problem: str | None = None

    @property
    def force(self) -> str | None:
        """The force that polices it."""
        return self.located.layer.forces[self.located.layer.codes.index(self.code)]

    @property
    def kind(self) -> Kind:
        """What it is."""
        return self.located.layer.kind

    def inside(self, records: pd.DataFrame) -> pd.Series:
        """Whether each record (of those located) is in the area."""
        return self.located.table["area_code"].reindex(records.index).eq(self.code)

    def unlocated(self, records: pd.DataFrame) -> pd.Series:
        """Whether each record has no location, so that it cannot be placed."""
        return self.located.table["area_status"].reindex(records.index).eq(NO_LOCATION)

    def near_outside(self, records: pd.DataFrame) -> pd.Series:
        """Whether each record lies outside the area and within the margin of its boundary."""
        return self.located.near(self.code).reindex(records.index) & ~self.inside(records)

    def near_inside(self, records: pd.DataFrame) -> pd.Series:
        """Whether each record lies in the area and within the margin of its boundary."""
        return self.located.near(self.code).reindex(records.index) & self.inside(records)


def locate(records: pd.DataFrame, layer: Layer, *, margin: float = MARGIN) -> Located:
    """The records with the area each is in, and those that are near a boundary.

    A blank location and one at 0, 0 are no location. A point on the boundary of an area is in it; one on a boundary
    that areas share, or where areas overlap, is in the area whose code comes first.

    Parameters
    ----------
    records : DataFrame
        With `latitude`, `longitude` (degrees, WGS 84) and `location_status` of the clean table.
    layer : Layer
        The areas.
    margin : float
        Metres from a boundary within which a record may as well belong to the other side.
    """
    has = positions(records["location_status"], ["recorded", "outside UK"]) >= 0
    points, inverse = _distinct(*(records[name].to_numpy(dtype=float)[has] for name in ("longitude", "latitude")))
    point = np.full(len(records), -1, dtype=np.int32)
    point[has] = inverse
    near = Begun(partial(_near_boundaries, points, layer, margin), large=len(points) > _MANY)
    area, also = _areas_of(points, layer)
    status = np.append(area < 0, 2).astype(np.int8)  # of each point, and last of none
    of_point = np.append(area, -1).astype(np.int16 if len(layer.codes) < 1 << 15 else np.int32)
    of_record = of_point[point]
    labels = {"area_code": (of_record, layer.codes), "area": (of_record, _unique(layer))}
    labels["area_status"] = (status[point], [INSIDE, OUTSIDE, NO_LOCATION])
    columns = {name: pd.Categorical.from_codes(codes, own, validate=False) for name, (codes, own) in labels.items()}
    table = pd.DataFrame(columns, index=records.index)
    return Located(layer, margin, table, points, point, near, also)


def _distinct(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct pairs of two arrays (n,) as an array (pairs, 2), and where each row is among them."""
    (x, of_x), (y, of_y) = (pd.factorize(values) for values in (x, y))  # hashed: half the time of sorting
    x *= len(of_y)
    x += y
    inverse, pairs = pd.factorize(x)
    return np.stack([of_x[pairs // max(len(of_y), 1)], of_y[pairs % max(len(of_y), 1)]], axis=1), inverse


def _unique(layer: Layer) -> list[str]:
    """Names of the areas; with their code where two have one name."""
    twice = {name for name in layer.names if layer.names.count(name) > 1}
    return [f"{n} ({c})" if n in twice else n for c, n in zip(layer.codes, layer.names, strict=True)]


def _areas_of(points: np.ndarray, layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """Position of the area of each point, -1 where there is none; the first by code of those that hold it. And the
    pairs (point, area) of the others that hold it within them: areas share an edge, but no more where none overlap."""
    area = np.full(len(points), len(layer.codes))
    # The tree holds the points, so that each polygon is prepared once and asked about many of them.
    polygon, point = shapely.STRtree(shapely.points(points)).query(layer.polygons, predicate="intersects")
    np.minimum.at(area, point, polygon)
    also = np.stack([point, polygon])[:, polygon != area[point]]
    both = np.concatenate([also, np.stack([also[0], area[also[0]]])], axis=1)
    within = shapely.contains(layer.polygons[both[1]], shapely.points(points[both[0]])).reshape(2, -1).all(axis=0)
    return np.where(area == len(layer.codes), -1, area), also[:, within]


def _near_boundaries(points: np.ndarray, layer: Layer, margin: float) -> np.ndarray:
    """The pairs (point, area) whose boundary is within the margin of the point, in order."""
    if not len(points):
        return np.empty((2, 0), dtype=int)
    segments, owner = _segments(layer)
    places = to_metres(points)
    order = _from_west_to_east(places)
    point, segment = shapely.STRtree(segments).query(
        shapely.points(places[order]), predicate="dwithin", distance=margin
    )
    return np.unique(np.stack([order[point], owner[segment]]), axis=1)


def _to_nearest(points: np.ndarray, layer: Layer) -> np.ndarray:
    """Metres from each point to the nearest boundary."""
    if not len(points):
        return np.empty(0)
    places = to_metres(points)
    order, distance = _from_west_to_east(places), np.empty(len(points))
    tree = shapely.STRtree(_segments(layer)[0])
    _, found = tree.query_nearest(shapely.points(places[order]), return_distance=True, all_matches=False)
    distance[order] = found
    return distance


def _from_west_to_east(places: np.ndarray) -> np.ndarray:
    """An order of points, in metres, in which those that are near each other mostly follow each other."""
    return np.lexsort((places[:, 0], places[:, 1] // _BAND))


def _segments(layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """Every segment of every boundary in metres, and the position of its area."""
    rings, ring_owner = shapely.get_parts(shapely.boundary(layer.polygons), return_index=True)
    degrees, ring = shapely.get_coordinates(rings, return_index=True)
    ends = to_metres(degrees)
    same = ring[1:] == ring[:-1]
    pairs = np.stack([ends[:-1][same], ends[1:][same]], axis=1)
    return shapely.linestrings(pairs), ring_owner[ring[1:][same]]


# --- for a study --------------------------------------------------------------------------------------------


def study_area(
    records: pd.DataFrame, *, raw, borough: str | None, boundaries: str = "", synthetic: bool = False
) -> tuple[Located | None, StudyArea | None]:
    """The records of a study placed, and the local authority asked for; None where there are no boundaries, or none.

    With a borough the finest layer that has it is used; without one, of those with areas of as many of the forces as
    any other, the finest that places about as many searches. Raises DataError without boundaries for a borough, or
    where simulated boundaries meet real records; ParameterError for a borough that is none.
    """
    found = layers(raw, boundaries)
    note_boundaries(read_of(raw, boundaries, [layer.path for layer in found]))
    if not synthetic and any(layer.synthetic for layer in found):
        raise DataError(f"the boundaries found are simulated and the records are not; get real ones with: {FETCH}")
    if borough is None:
        return _best(records, found), None
    layer, at = find_area(found, borough)
    located = locate(records, layer)
    return located, StudyArea(layer.codes[at], layer.names[at], located, _problem(records, located))


def area_in(located: Located, wanted: str, records: pd.DataFrame) -> StudyArea | None:
    """The local authority of a name or ONS code in the layer of records that are placed already; None if it has none.

    records : those of the study, all or some of the records placed.
    """
    check_area_name(wanted)
    layer = located.layer
    at = match_area(layer, wanted)
    return None if at is None else StudyArea(layer.codes[at], layer.names[at], located, _problem(records, located))


def _best(records: pd.DataFrame, found: Sequence[Layer]) -> Located | None:
    """The records in the finest layer among those that place the most; one that lacks forces of others is none."""
    forces = set(labels_that_occur(records["force"]))
    police = [len(forces & set(layer.forces)) for layer in found]
    placed = [locate(records, layer) for layer, number in zip(found, police, strict=True) if number == max(police)]
    shares = [located.table["area_status"].eq(INSIDE).mean() for located in placed]
    good = [located for located, share in zip(placed, shares, strict=True) if share >= max(shares) - _CLEARLY_FEWER]
    return min(good, key=lambda located: located.layer.spacing()) if good else None


def _problem(records: pd.DataFrame, located: Located) -> str | None:
    """Too many person searches without a location: then those placed are no base of a rate."""
    persons = positions(records["type"], ["Vehicle search"]) < 0
    nowhere = positions(located.of(records.index, "area_status")["area_status"], [NO_LOCATION]) == 0
    share = nowhere[persons].mean() if persons.any() else float("nan")
    if not share > MOST_UNLOCATED:
        return None
    return (
        f"{share:.1%} of searches have no location (more than {MOST_UNLOCATED:.0%}), so who is in the area is unknown"
    )
