"""Local authorities and smaller areas as polygons: boundary files found and read, an area found by name or code.

A boundary file is GeoJSON in WGS 84 with a code and a name for every feature, under whichever names its vintage has
(LAD22CD and LAD22NM, WD22CD and WD22NM, lad_code and lad_name, code and name). Nothing of it is carried here: it is
fetched, or put in place, by the user. A folder is searched for local authorities; a file that is named may have wards,
MSOAs or any other areas (`area_kinds`).
"""

import json
import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import shapely

from sas_analysis.errors import DataError, ParameterError, listed
from sas_analysis.files import sha256
from sas_analysis.reference.area_kinds import AUTHORITY, Kind, kind_of
from sas_analysis.reference.boundaries import candidates, places
from sas_analysis.reference.projection import to_metres

FETCH = "sas-analysis fetch-reference boundaries"
HOW_TO_PLACE = f"get them with: {FETCH}, or name a file or folder that has them: boundaries=..."
ONE_MONTH = "of its searches were in"  # what is said of an area whose searches are largely those of one month
WITHOUT_IT = ", without which this is "  # and what a number of it is without them
COARSELY = "coarse boundaries"  # how the note on them begins
OVERLAPPING = "overlapping areas"  # and that on an area whose searches are in part counted in another
LARGEST = 512 << 20  # bytes; the finest layer of all local authorities has a quarter of it
_OWN = r"(lad|ctyua|ltla|utla|lau\d?|wd|msoa|lsoa)\d{2}"
_WHAT = "(lad|ward|msoa|lsoa|area|gss|authority|ons)_?"
_CODE = re.compile(rf"{_OWN}cd|({_WHAT})?code", re.IGNORECASE)
_NAME = re.compile(rf"{_OWN}nm|({_WHAT})?name", re.IGNORECASE)
_WITHIN = re.compile(r"lad(\d{2}cd|_?code)", re.IGNORECASE)
_KIND_OF = (
    r"(?:(?:the )?(?:(?:royal |london |metropolitan )?borough|city and county|city|county|district)(?: council)? of)"
)
_AROUND = re.compile(  # what stands around the name of an area and is no part of it, in keys
    rf"^{_KIND_OF} | {_KIND_OF}$|^(?:county|the) | (?:city|county|borough|district|metropolitan borough)(?: council)?$"
    "| council$"
)
_REGIONS = {"london"}  # a name that is not short for the City of London
_MEANT = 6  # areas that are named at most where one is not found
_ENDING = re.compile(r"(cd|code|nm|name)$", re.IGNORECASE)
_WEST, _SOUTH, _EAST, _NORTH = -9.5, 49.0, 2.5, 61.5  # the United Kingdom, with room
_DEGREES = 180  # no longitude is farther
_GRID = (700_000, 1_300_000)  # metres east and north, to the ends of the British National Grid
_IN_METRES = "in metres of the British National Grid, not in degrees"
_CONVERT = "Convert it to WGS 84, such as by: ogr2ogr -t_srs EPSG:4326 degrees.geojson"


@dataclass(frozen=True)
class Layer:
    """The areas of one boundary file, in order of their codes.

    codes, names, polygons (WGS 84, valid; shapely) : an entry an area. sha256 : of the file. notes : what had to be
    mended. synthetic : whether the file says that it is simulated. within : the code of the local authority that each
    smaller area is in, where the file says it, or "".
    """

    path: Path
    sha256: str
    codes: list[str]
    names: list[str]
    polygons: np.ndarray
    synthetic: bool = False
    notes: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)

    @cached_property
    def kind(self) -> Kind:
        """What its areas are."""
        return kind_of(self.codes)

    @cached_property
    def forces(self) -> list[str | None]:
        """The force that polices each area, as `policed.forces_of`."""
        from sas_analysis.reference.policed import forces_of

        return forces_of(self)

    def spacing(self, at: Sequence[int] | None = None) -> float:
        """Mean metres from one point of a boundary to the next: the smaller, the finer. at : positions of areas."""
        asked = None if at is None else tuple(at)
        if asked not in self._spacings:
            polygons = self.polygons if at is None else self.polygons[list(at)]
            lines = shapely.boundary(shapely.transform(polygons, to_metres))
            metres, points = shapely.length(lines).sum(), shapely.get_num_coordinates(lines).sum()
            self._spacings[asked] = float(metres / max(points, 1))
        return self._spacings[asked]

    @cached_property
    def _spacings(self) -> dict[tuple[int, ...] | None, float]:
        """What `spacing` found: of every period of a study it is asked of every area."""
        return {}

    def coarse(self, at: Sequence[int] | None = None) -> str:
        """What to know of boundaries too coarse for a headline of one area, in words; "" where they are not.

        Boundaries are fine with a point every `kind.coarse` metres or closer, over those of `at` together. Simulated
        records are placed by the simulated boundaries themselves, which are never coarse.
        """
        spacing = 0.0 if self.synthetic else self.spacing(at)
        if spacing <= self.kind.coarse:
            return ""
        # The spacing is no part of it: of many areas a table says it once, and the page with its boundaries.
        return f"{COARSELY} ({self.path.name}): counts of an area can be far wrong, so for drawing only"


def not_compared(notes: Iterable[str]) -> str:
    """Why areas are not set side by side, in words that follow "these boundaries"; "" where they may be.

    It is what sentences, cards, figures and tables ask before an area is called the highest, or beyond a limit. One
    area by such boundaries is enough: what they take from it they give to its neighbours.

    Parameters
    ----------
    notes : iterable of str
        Of the estimates of the areas, as the tables of `Areas` have them.

    Examples
    --------
    >>> from sas_analysis.reference.areas import not_compared
    >>> not_compared(["", "coarse boundaries (a.geojson): for drawing only"])
    'are too coarse'
    >>> not_compared(["few searches"])
    ''
    """
    said = [str(note) for note in notes]
    marks = ((COARSELY, "are too coarse"), (OVERLAPPING, "overlap"))
    return next((why for mark, why in marks if any(mark in note for note in said)), "")


def layers(raw, boundaries: str = "") -> list[Layer]:
    """The boundary layers of local authorities there are: in `boundaries` (a file or a folder) where it is given, else
    in the folder `boundaries` inside the raw folder, else in the one beside it.

    Empty if no place has one. Files of other areas (wards, police forces) are passed over; only a file that is named is
    taken whatever its areas are. Raises DataError, all faults at once, for files that cannot be read, and for a place
    that was named and has nothing.
    """
    if boundaries and Path(boundaries).is_file():
        return [read_layer(boundaries, any_areas=True)]
    if boundaries:
        return _read_all(Path(boundaries), named=True)
    return next((found for place in places(raw) if (found := _read_all(place, named=False))), [])


def _read_all(place: Path, *, named: bool) -> list[Layer]:
    """Every layer of local authorities at a place."""
    if not place.exists() and named:
        raise DataError(f"there are no boundaries at {place.name}: name a GeoJSON file or a folder, or run: {FETCH}")
    files = candidates(place)
    found, faults = [], []
    for path in files:
        try:
            found.append(read_layer(path))
        except _OtherAreas as error:
            faults += [f"{error}. Name the file itself for other areas"] if len(files) == 1 and named else []
        except DataError as error:
            faults.append(str(error))
    if faults:
        raise DataError(listed(faults))
    if named and not found:
        raise DataError(f"{place.name} has no boundary layer of local authorities; run: {FETCH}")
    return found


class _OtherAreas(DataError):
    """A file whose areas are no local authorities."""


def read_layer(path, *, any_areas: bool = False) -> Layer:
    """Read one boundary file, of local authorities or, with `any_areas`, of any areas.

    Raises DataError that names every fault; the file is left alone.
    """
    path = Path(path)
    try:
        status = path.stat()
    except OSError as error:
        raise DataError(f"{path.name} cannot be read ({error.strerror})") from error
    return _read(path, status.st_size, status.st_mtime_ns, any_areas)


@lru_cache(maxsize=8)
def _read(path: Path, size: int, mtime_ns: int, any_areas: bool) -> Layer:
    if size > LARGEST:
        raise DataError(f"{path.name} has {size:,} bytes, more than boundaries can have ({LARGEST:,})")
    try:
        content = path.read_bytes()
        layer = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name} is not GeoJSON ({error}); fetch it again: {FETCH}") from error
    features = _features(path, layer)
    codes, names, within = _keys(path, features, any_areas)
    polygons, faults, notes = _polygons(features)
    faults += _faults_of_keys(codes, names)
    if faults:
        first = [*faults[:8], *([f"and {len(faults) - 8} more"] if len(faults) > 8 else [])]
        remedy = (
            f"{_CONVERT} {path.name}" if all(_IN_METRES in fault for fault in faults) else f"Fetch it again: {FETCH}"
        )
        raise DataError(f"{path.name} cannot be used: {'; '.join(first)}. {remedy}")
    parents = dict(zip(codes, within, strict=True))
    codes, names, polygons, more = _joined(codes, names, polygons)
    if faults := _same_polygons(codes, polygons):
        raise DataError(f"{path.name} cannot be used: {'; '.join(faults)}")
    within, synthetic = [parents[code] for code in codes], layer.get("synthetic") is True
    return Layer(path, sha256(content), codes, names, polygons, synthetic, [*notes, *more], within)


def _refuse_constant(text: str):
    raise ValueError(f"{text} is no number")


def _features(path: Path, layer) -> list[dict]:
    """The features of a collection whose coordinates are WGS 84, or DataError."""
    features = layer.get("features") if isinstance(layer, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(f, dict) for f in features):
        raise DataError(f"{path.name} is not a GeoJSON FeatureCollection with features; fetch it again: {FETCH}")
    crs = json.dumps(layer.get("crs") or "")
    if layer.get("crs") and not re.search(r"CRS84|4326", crs):
        raise DataError(f"{path.name} is not in WGS 84 ({crs[:80]}); GeoJSON is: convert it, or run: {FETCH}")
    return features


def _keys(path: Path, features: list[dict], any_areas: bool) -> tuple[list[str], list[str], list[str]]:
    """Code and name of every feature, and of a smaller area the code of its local authority, or "".

    A file of wards may have the codes of their authorities too: its own are those of which there are most.
    """
    properties = [f.get("properties") if isinstance(f.get("properties"), dict) else {} for f in features]
    present = list(dict.fromkeys(key for each in properties for key in each))
    column = {key: [str(each.get(key) or "").strip() for each in properties] for key in present}
    code = max(filter(_CODE.fullmatch, present), key=lambda key: len(set(column[key])), default=None)
    names = [key for key in present if _NAME.fullmatch(key)]
    beside = [key for key in names if code and _ENDING.sub("", key) == _ENDING.sub("", code)]  # WD22NM of WD22CD
    name = next(iter([*beside, *names]), None)
    if code is None or name is None or not (any_areas or any(map(AUTHORITY.codes.fullmatch, column[code]))):
        what = "areas with a code and a name" if any_areas else "local authorities"
        raise _OtherAreas(
            f"{path.name} has no {what}: it needs a code such as LAD22CD (E09000028) and a name such as LAD22NM; its "
            f"properties are {', '.join(map(str, present[:8])) or 'none'}"
        )
    parent = next((key for key in present if _WITHIN.fullmatch(key) and key != code), None)
    return column[code], column[name], column[parent] if parent else [""] * len(features)


def _faults_of_keys(codes: list[str], names: list[str]) -> list[str]:
    pairs = list(zip(codes, names, strict=True))
    kind = kind_of(codes)
    faults = [f"feature {n} has the code {c!r}, of no {kind.one}" for n, (c, _) in enumerate(pairs, start=1)
              if not kind.codes.fullmatch(c)]  # fmt: skip
    faults += [f"{code or 'a feature'} has no name" for code, name in pairs if not name]
    called: dict[str, set] = {}
    for code, name in pairs:
        called.setdefault(code, set()).add(name)
    return faults + [f"{code} has several names ({', '.join(sorted(n))})" for code, n in called.items() if len(n) > 1]


def _polygons(features: list[dict]) -> tuple[np.ndarray, list[str], list[str]]:
    """Valid polygons in WGS 84; what is wrong with them; what was mended."""
    shapes, faults, notes = [], [], []
    for number, feature in enumerate(features, start=1):
        polygon, fault = _polygon(feature.get("geometry"))
        if polygon is not None and not polygon.is_valid:
            notes.append(f"feature {number}: {shapely.is_valid_reason(polygon)}, made valid")
            polygon = _areal(shapely.make_valid(polygon))
            fault = "has no area" if polygon.is_empty else fault
        faults += [f"feature {number} {fault}"] if fault else []
        shapes.append(polygon)
    return np.array(shapes, dtype=object), faults, notes


def _polygon(geometry):
    """(polygon, "") or (None, what is wrong)."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        return None, f"is no polygon ({kind})"
    try:
        polygon = shapely.force_2d(shapely.geometry.shape({**geometry, "coordinates": _arrays(geometry)}))
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError, shapely.errors.ShapelyError):
        return None, "has coordinates that make no polygon"
    west, south, east, north = polygon.bounds if not polygon.is_empty else (math.nan,) * 4
    if not math.isfinite(west):
        return None, "has no area"
    if _WEST <= south <= north <= _EAST and _SOUTH <= west <= east <= _NORTH:
        return None, "has latitude and longitude exchanged"
    if max(abs(west), abs(south)) > _DEGREES and 0 <= west <= east <= _GRID[0] and 0 <= south <= north <= _GRID[1]:
        return None, f"is {_IN_METRES}"
    if not (west >= _WEST and east <= _EAST and south >= _SOUTH and north <= _NORTH):
        return None, f"is not in the United Kingdom in WGS 84 (its west is {west:.6g}, its south {south:.6g})"
    return polygon, ""


def _arrays(geometry: dict) -> list:
    """The coordinates of a geometry with an array a ring: shapely takes the points of a list one by one."""
    if geometry["type"] == "Polygon":
        return [np.asarray(ring, dtype=float) for ring in geometry["coordinates"]]
    return [[np.asarray(ring, dtype=float) for ring in part] for part in geometry["coordinates"]]


def _areal(geometry):
    """The polygons of what making valid gave, without its points and lines."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(geometry)) if part.geom_type == "Polygon"]
    return shapely.union_all(parts)


def _joined(codes, names, polygons) -> tuple[list[str], list[str], np.ndarray, list[str]]:
    """One polygon an area, in order of code: an area that stands in several features is their union."""
    codes, order = np.unique(codes, return_inverse=True)
    groups = [np.flatnonzero(order == number) for number in range(len(codes))]
    notes = [f"{code} stands in {len(group)} features, joined" for code, group in zip(codes, groups, strict=True)
             if len(group) > 1]  # fmt: skip
    joined = [polygons[g[0]] if len(g) == 1 else _areal(shapely.union_all(polygons[g])) for g in groups]
    return codes.tolist(), [names[group[0]] for group in groups], np.array(joined, dtype=object), notes


def _same_polygons(codes: list[str], polygons: np.ndarray) -> list[str]:
    """Areas that are the same polygon, so that nobody knows whose it is."""
    owners: dict[bytes, list[str]] = {}
    for code, shape in zip(codes, shapely.to_wkb(shapely.normalize(polygons)), strict=True):
        owners.setdefault(shape, []).append(code)
    return [f"{' and '.join(same)} are one and the same polygon" for same in owners.values() if len(same) > 1]


# --- one area -----------------------------------------------------------------------------------------------


def find_area(found: Sequence[Layer], wanted: str, among: Collection[str] | None = None) -> tuple[Layer, int]:
    """The finest layer with an area of that name or ONS code, and the area's place in it; among : as `match_area`.

    Raises ParameterError that says what was meant, or what there is, and for a name of several areas; DataError if
    there is no layer at all.
    """
    check_area_name(wanted)
    if not found:
        raise DataError(f"no boundaries were found, so nothing can be placed in {wanted}; {HOW_TO_PLACE}")
    hits = [(layer, at) for layer in found if (at := match_area(layer, wanted, among)) is not None]
    if not hits:
        raise ParameterError(_unknown(found, wanted, among))
    return min(hits, key=lambda hit: hit[0].spacing([hit[1]]))


def check_area_name(wanted: object) -> None:
    """Raise ParameterError for what is no name of one area."""
    if not isinstance(wanted, str) or not wanted.strip():
        raise ParameterError(
            f'{wanted!r} is no name or code of one area, such as "Southwark"; for several, '
            "sas.Comparison(study).by_area([...])"
        )


def match_area(layer: Layer, wanted: str, among: Collection[str] | None = None) -> int | None:
    """The place of the area of a name or ONS code in a layer; None if it has none.

    wanted : case, hyphens and "&" do not matter, nor what an area is called before or after its own name: "Bristol",
    "City of Bristol" and "Bristol, City of" are one. among : the codes of the areas that may be meant; by default all.

    Raises ParameterError for a name of several areas.
    """
    if wanted in layer.codes and (among is None or wanted in among):
        return layer.codes.index(wanted)
    may = [at for at, code in enumerate(layer.codes) if among is None or code in among]
    key = _key(wanted)
    for forms in (_forms, lambda _, name: (plain_name(name),)):
        hits = [at for at in may if key in forms(layer.codes[at], layer.names[at])]
        if len(hits) > 1:
            named = " or ".join(f"{layer.names[at]} ({layer.codes[at]})" for at in hits[:_MEANT])
            more = f" or {len(hits) - _MEANT} more" * (len(hits) > _MEANT)
            raise ParameterError(f'borough "{wanted}" is a name of {len(hits)} areas: give the code, {named}{more}')
        if hits:
            return hits[0]
        key = "" if key in _REGIONS else plain_name(wanted)
    return None


def _forms(code: str, name: str) -> tuple[str, ...]:
    """What an area is called: by its code, by its name, and by both, as tables do where two have one name."""
    return _key(code), _key(name), _key(f"{name} ({code})")


def plain_name(name: str) -> str:
    """A name as it is compared, without what says what kind of area it is: "bristol" of "Bristol, City of"."""
    key = _key(name)
    return _AROUND.sub("", key) or key


def _key(text: str) -> str:
    """A name as it is compared: "Kingston-upon-Thames" and "kingston upon Thames" are one."""
    return " ".join(re.sub(r"[^\w]+", " ", text.casefold().replace("&", " and ")).split())


def _unknown(found: Sequence[Layer], wanted: str, among: Collection[str] | None) -> str:
    pairs = {pair for layer in found for pair in zip(layer.codes, layer.names, strict=True)}
    names = sorted({name for code, name in pairs if among is None or code in among})
    keys = {plain_name(name): name for name in names} | {_key(name): name for name in names}
    words = set(plain_name(wanted).split())
    holding = [name for name in names if words and words <= set(_key(name).split())]  # "Hull", "Kingston"
    close = holding or [keys[near] for near in get_close_matches(_key(wanted), keys, n=3, cutoff=0.7)]
    close = list(dict.fromkeys(close))[:_MEANT]
    meant = "; did you mean " + " or ".join(f'"{name}"' for name in close) + "?" if close else "."
    shown = ", ".join(names[:40]) + (f" and {len(names) - 40} more" if len(names) > 40 else "")
    return f'borough "{wanted}" is unknown{meant} There are: {shown}'
