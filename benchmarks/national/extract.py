"""A seeded extract in the publisher's layout; of national size it has 5,720 files and about 6.4 million rows.

For timing only: marginals are roughly right, and searches lie where their force polices; nothing else in it is true.
The sample of the package is the faithful one.
"""

import json
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import shapely

from sas_analysis.reference.forces import territorial_forces
from sas_analysis.reference.outlines import outlines
from sas_analysis.reference.projection import to_metres

SEED, MONTHS, ROWS = 20150101, 130, 6_440_000
EDITION = 2  # another number makes the extract again
FIRST_MONTH, ERA_SWITCH = "2015-01", "2018-01"
_TYPES = {"Person search": 73, "Person and Vehicle search": 25, "Vehicle search": 2}
_GENDERS = {"Male": 88, "Female": 9, "Other": 0.1, "": 2.9}
_AGES = {"10-17": 18, "18-24": 36, "25-34": 21, "over 34": 16, "under 10": 0.1, "": 8.9}
_OFFICER = {"White": 57, "Black": 21, "Asian": 13, "Other": 3, "": 6}
_LEGISLATION = {
    "Misuse of Drugs Act 1971 (section 23)": 62,
    "Police and Criminal Evidence Act 1984 (section 1)": 33,
    "Criminal Justice and Public Order Act 1994 (section 60)": 2,
    "Firearms Act 1968 (section 47)": 1,
    "Criminal Justice Act 1988 (section 139B)": 0.5,
    "": 1.5,
}
_OBJECTS = {
    "Controlled drugs": 58,
    "Offensive weapons": 13,
    "Stolen goods": 11,
    "Articles for use in criminal damage": 4,
    "Article for use in theft": 4,
    "Evidence of offences under the Act": 3,
    "Anything to threaten or harm anyone": 2,
    "Firearms": 1,
    "": 4,
}
_YES_NO = {"False": 45, "True": 8, "": 47}
_ETHNICITY = (
    {
        "White - White British (W1)": 38,
        "White - Any other White ethnic background (W9)": 9,
        "Black or Black British - African (B2)": 8,
        "Black or Black British - Caribbean (B1)": 7,
        "Black or Black British - Any other Black ethnic background (B9)": 7,
        "Asian or Asian British - Pakistani (A2)": 5,
        "Asian or Asian British - Bangladeshi (A3)": 4,
        "Mixed - White and Black Caribbean (M1)": 3,
        "Chinese or other ethnic group - Chinese (O1)": 0.3,
        "Not Stated (NS)": 14,
        "": 4.7,
    },
    {
        "White - English/Welsh/Scottish/Northern Irish/British": 44,
        "White - Any other White background": 9,
        "Black/African/Caribbean/Black British - African": 7,
        "Black/African/Caribbean/Black British - Caribbean": 5,
        "Black/African/Caribbean/Black British - Any other Black/African/Caribbean background": 6,
        "Asian/Asian British - Pakistani": 4,
        "Asian/Asian British - Any other Asian background": 4,
        "Mixed/Multiple ethnic groups - White and Black Caribbean": 2,
        "Other ethnic group - Not stated": 14,
        "": 5,
    },
)
_OUTCOME = (
    {
        "Nothing found - no further action": 70,
        "Suspect arrested": 15,
        "Offender given drugs possession warning": 7,
        "Local resolution": 4,
        "Offender given penalty notice": 2,
        "Suspect summonsed to court": 1,
        "": 1,
    },
    {
        "A no further action disposal": 74,
        "Arrest": 11,
        "Community resolution": 8,
        "Khat or Cannabis warning": 2,
        "Penalty Notice for Disorder": 2,
        "Summons / charged by post": 2,
        "": 1,
    },
)


def write(folder: Path, rows: int = ROWS, months: int = MONTHS) -> Path:
    """Write an extract of so many rows and months, unless it is there already; the folder."""
    done = folder / f"edition-{EDITION}-rows-{rows}-months-{months}"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    rng = np.random.default_rng(SEED)
    names = [str(month) for month in pd.period_range(FIRST_MONTH, periods=months, freq="M")]
    forces = ["metropolitan", *(force for force in [*territorial_forces(), "btp"] if force != "metropolitan")]
    share = np.array([0.4, *(rng.dirichlet(np.full(len(forces) - 1, 3.0)) * 0.6)]) * rows / months
    for month in names:
        (folder / month).mkdir(parents=True)
        for number, count in enumerate(rng.poisson(share)):
            name = f"{month}-{forces[number]}-stop-and-search.csv"
            _write_month(folder / month / name, rng, month, count, forces[number])
    done.touch()
    return folder


def write_boundaries(folder: Path) -> Path:
    """The package's outlines of the local authorities as boundaries, a point every 200 m; the folder."""
    path, found = folder / "authorities.geojson", outlines("authorities")
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        features = [
            {
                "type": "Feature",
                "properties": {"LAD22CD": code, "LAD22NM": name},
                "geometry": _geometry(found.polygon(code)),
            }
            for code, name in found.names.items()
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return folder


def _geometry(metres: shapely.Geometry) -> dict:
    return json.loads(shapely.to_geojson(shapely.transform(shapely.segmentize(metres, 200), _to_degrees)))


def _to_degrees(metres: np.ndarray) -> np.ndarray:
    """Eastings and northings as longitude and latitude: a first guess, drawn nearer by what it is wrong by."""
    degrees = np.tile([-2.0, 53.0], (len(metres), 1))
    for _ in range(12):
        degrees += (metres - to_metres(degrees)) / [67_000, 111_200]
    return degrees


def _write_month(path: Path, rng, month: str, rows: int, force: str) -> None:
    era = int(month >= ERA_SWITCH)
    latitude, longitude = _places(rng, rows, force)
    table = {
        "Type": _draw(rng, _TYPES, rows),
        "Date": _times(rng, month, rows),
        "Part of a policing operation": _draw(rng, _YES_NO, rows),
        "Policing operation": pa.array([""] * rows),
        "Latitude": latitude,
        "Longitude": longitude,
        "Gender": _draw(rng, _GENDERS, rows),
        "Age range": _draw(rng, _AGES, rows),
        "Self-defined ethnicity": _draw(rng, _ETHNICITY[era], rows),
        "Officer-defined ethnicity": _draw(rng, _OFFICER, rows),
        "Legislation": _draw(rng, _LEGISLATION, rows),
        "Object of search": _draw(rng, _OBJECTS, rows),
        "Outcome": _draw(rng, _OUTCOME[era], rows),
        "Outcome linked to object of search": _draw(rng, _YES_NO, rows),
        "Removal of more than just outer clothing": _draw(rng, _YES_NO, rows),
    }
    with path.open("wb") as stream:
        stream.write((",".join(table) + "\n").encode())
        options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
        pa_csv.write_csv(pa.table(table), stream, options)


def _draw(rng, weights: dict[str, float], rows: int) -> pa.Array:
    share = np.array(list(weights.values()))
    codes = rng.choice(len(share), rows, p=share / share.sum()).astype(np.int32)
    return pa.DictionaryArray.from_arrays(codes, list(weights)).dictionary_decode()


def _times(rng, month: str, rows: int) -> pa.Array:
    start = np.datetime64(f"{month}-01", "m")
    minutes = np.sort(rng.integers(0, 28 * 24 * 60, rows))
    text = np.datetime_as_string(start + minutes, unit="s")
    return pa.array(np.char.add(text, "+00:00"))


def _places(rng, rows: int, force: str) -> tuple[pa.Array, pa.Array]:
    """Latitude and longitude of some of the force's points, many times each; one row in eight has none."""
    points = _points(force)
    point = points[rng.integers(0, len(points), rows)]
    blank = rng.random(rows) < 0.125
    return tuple(pa.array(np.where(blank, "", np.char.mod("%.6f", point[:, side]))) for side in (1, 0))


@cache
def _points(force: str) -> np.ndarray:
    """Longitude and latitude of 4,000 points in the area of a force or up to 1 km beyond it, 4 of them anywhere else.

    Of real records of 28 forces 1.8% lie in the area of another force, most of them in one that adjoins.
    """
    rng = np.random.default_rng(list(force.encode()))
    own = shapely.buffer(outlines("forces").polygon(force), 1000) if force in outlines("forces").names else _country()
    return _to_degrees(np.concatenate([_within(own, 3996, rng), _within(_country(), 4, rng)]))


@cache
def _country() -> shapely.Geometry:
    """England and Wales, of which British Transport Police has all."""
    found = outlines("forces")
    return shapely.union_all([found.polygon(force) for force in found.names])


def _within(area: shapely.Geometry, number: int, rng) -> np.ndarray:
    """Points of an area, anywhere in it, in metres."""
    shapely.prepare(area)
    west, south, east, north = area.bounds
    drawn = np.empty((0, 2))
    while len(drawn) < number:
        more = rng.uniform((west, south), (east, north), (number, 2))
        drawn = np.concatenate([drawn, more[shapely.contains_xy(area, more)]])
    return drawn[:number]
