"""Make the outlines of police force areas and local authorities that the package carries for its maps.

`python scripts/outlines.py BOUNDARIES` reads a layer of all local authorities of England and Wales, December 2022 (what
`sas-analysis fetch-reference boundaries` fetches, or any file of the kind), and writes `outlines_forces.json` and
`outlines_authorities.json` in `src/sas_analysis/reference/tables`. A force area is its authorities put together. Both
layers are simplified as coverages: a border that two areas share stays one line, without gap or overlap.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import shapely

from sas_analysis.files import write_whole
from sas_analysis.reference.areas import read_layer
from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reference.forces import forces
from sas_analysis.reference.outline_paths import svg_path
from sas_analysis.reference.projection import to_metres

TABLES = Path(__file__).parents[1] / "src" / "sas_analysis" / "reference" / "tables"
SOURCE = "Office for National Statistics, Local Authority Districts (December 2022) Boundaries"
LICENCE = (
    "Open Government Licence v3.0. Source: Office for National Statistics licensed under the Open Government Licence "
    "v3.0. Contains OS data © Crown copyright and database right 2022"
)
# Layer -> metres of the simplification (the side of the square that a bend must fill to stay) and of the grid.
FINENESS = {"forces": (400, 50), "authorities": (300, 100)}
AREA_NAMES = dict(zip(forces()["force"], forces()["area_name"], strict=True))
_MARGIN = 2000  # metres around the areas
_ROUNDS = 20  # of cleaning and rounding; two are enough for boundaries of December 2022


def authorities(path: Path) -> tuple[list[str], list[str], np.ndarray]:
    """Codes, names and polygons (metres of the British National Grid) of a layer, as a coverage without fault."""
    layer = read_layer(path)
    known = set(authority_residents(2021)["authority_code"])
    if known != set(layer.codes):
        raise SystemExit(f"{path} is no layer of the {len(known)} local authorities of December 2022")
    return layer.codes, layer.names, shapely.coverage_clean(shapely.transform(layer.polygons, to_metres))


def force_areas(codes: list[str], polygons: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The forces, and the authorities of each as one area."""
    of = authority_residents(2021).drop_duplicates("authority_code").set_index("authority_code")["force"]
    force = of.reindex(codes).to_numpy()
    slugs = sorted(set(force))
    return slugs, np.array([shapely.coverage_union_all(polygons[force == slug]) for slug in slugs])


def simplified(polygons: np.ndarray, tolerance: float, unit: float, west: float, north: float) -> np.ndarray:
    """A coverage with fewer points, all on a grid of `unit` metres that counts from the north-west; y runs south.

    Rounding may make lines cross, which cleaning mends with points that are rounded in turn. Raises ValueError if that
    does not come to an end.
    """
    fewer = shapely.coverage_simplify(polygons, tolerance)
    found = shapely.transform(fewer, lambda at: np.round((at - [west, north]) / [unit, -unit]))
    for _ in range(_ROUNDS):
        if shapely.coverage_is_valid(found) and shapely.is_valid(found).all():
            return found
        found = shapely.transform(shapely.coverage_clean(found), np.round)
    raise ValueError(f"no clean coverage on a grid of {unit} m; take a finer one")


def content(layer: str, keys: list[str], names: list[str], polygons: np.ndarray) -> str:
    """A layer as the text of its file, an area a line."""
    tolerance, unit = FINENESS[layer]
    west, south, east, north = shapely.total_bounds(polygons) + np.array([-1, -1, 1, 1]) * _MARGIN
    west, north = np.floor(west / 1000) * 1000, np.ceil(north / 1000) * 1000
    found = simplified(polygons, tolerance, unit, west, north)
    head = {"layer": layer, "source": SOURCE, "licence": LICENCE, "unit_metres": unit, "west": west, "north": north}
    head |= {"width": int(np.ceil((east - west) / unit)), "height": int(np.ceil((north - south) / unit))}
    lines = [
        f" {json.dumps(key)}: {json.dumps([name, svg_path(area)], ensure_ascii=False, separators=(',', ':'))}"
        for key, name, area in sorted(zip(keys, names, found, strict=True), key=lambda one: one[0])
    ]
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "areas": {{\n' + ",\n".join(lines) + "\n}}\n"


def main():
    """Read the boundaries and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("boundaries", type=Path, help="GeoJSON of all local authorities, December 2022")
    parser.add_argument("--out", type=Path, default=TABLES)
    options = parser.parse_args()
    codes, names, polygons = authorities(options.boundaries)
    slugs, areas = force_areas(codes, polygons)
    for layer, made in {
        "forces": content("forces", slugs, [AREA_NAMES[slug] for slug in slugs], areas),
        "authorities": content("authorities", codes, names, polygons),
    }.items():
        write_whole(options.out / f"outlines_{layer}.json", made)
        print(f"outlines_{layer}.json: {len(made.encode()):,} bytes")


if __name__ == "__main__":
    main()
