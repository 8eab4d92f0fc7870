"""The outlines that maps are drawn of: every area is there, borders are shared, and areas are the true ones."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate

from sas_analysis.reference.areas import Layer
from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reference.forces import territorial_forces
from sas_analysis.reference.outline_paths import outlines_of
from sas_analysis.reference.outlines import LAYERS, code_of, outlines
from sas_analysis.reference.projection import to_metres

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "src/sas_analysis/reference/tables" / f"outlines_{layer}.json" for layer in LAYERS]


def polygons(layer):
    found = outlines(layer)
    return list(found.paths), np.array([found.polygon(key) for key in found.paths])


def test_every_force_and_every_authority_has_an_outline():
    assert sorted(outlines("forces").paths) == sorted(territorial_forces())
    known = authority_residents(2021).drop_duplicates("authority_code").set_index("authority_code")["authority"]
    assert outlines("authorities").names == known.to_dict()


def test_both_layers_together_are_small():
    assert sum(path.stat().st_size for path in FILES) <= 150_000


@pytest.mark.parametrize("layer", LAYERS)
def test_borders_are_shared_to_the_point(layer):
    _, areas = polygons(layer)
    assert shapely.is_valid(areas).all()
    assert shapely.coverage_is_valid(areas)
    assert not shapely.is_empty(areas).any()
    moved = np.array([shapely.transform(areas[0], lambda at: at + 1), *areas[1:]])
    assert not shapely.coverage_is_valid(moved)  # a fault is seen


@pytest.mark.parametrize("layer", LAYERS)
def test_all_points_are_inside_the_picture(layer):
    found, (_, areas) = outlines(layer), polygons(layer)
    west, south, east, north = shapely.total_bounds(areas)
    assert found.west < west
    assert north < found.north
    assert east < found.west + found.width * found.unit
    assert found.north - found.height * found.unit < south


def test_a_path_is_read_as_a_browser_draws_it():
    """The same ring, walked here by hand."""
    found = outlines("forces")
    path = found.paths["city-of-london"]
    assert path.count("M") == 1
    first, steps = path[1:-1].split("l")
    numbers = [int(number) for number in steps.replace("-", " -").split()]
    x, y = map(int, first.split())
    ring = [(x, y)]
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        ring.append((x, y))
    area = shapely.Polygon(ring).area * found.unit**2
    assert found.polygon("city-of-london").area == pytest.approx(area, rel=1e-12)


def test_an_authority_is_found_by_name_or_code():
    assert code_of(" Kingston upon hull, city of ") == "E06000010"
    assert code_of("w06000015") == "W06000015"
    assert code_of("Northamptonshire") is None


def test_another_layer_is_refused():
    with pytest.raises(ValueError, match="choose from: forces, authorities"):
        outlines("wards")


def test_a_map_says_whose_boundaries_it_shows():
    for layer in LAYERS:
        said = outlines(layer).attribution
        assert said.startswith("Office for National Statistics licensed under the Open Government Licence v3.0.")
        assert "Contains OS data © Crown copyright and database right 2022" in said


# --- against the boundaries they are made of --------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(real_data):
    """Code and force of every authority of the publisher's layer, and its polygon in metres."""
    found = json.loads((real_data / "boundaries" / "lad22_ew.geojson").read_text(encoding="utf-8"))["features"]
    shapes = [shapely.make_valid(shapely.geometry.shape(feature["geometry"])) for feature in found]
    keys = [(feature["properties"]["lad_code"], feature["properties"]["force"]) for feature in found]
    return keys, np.array([shapely.transform(shape, to_metres) for shape in shapes])


def differs(keys, areas, true):
    return {key: shapely.area(shapely.symmetric_difference(area, true[key])) / true[key].area
            for key, area in zip(keys, areas, strict=True)}  # fmt: skip


def test_authorities_are_the_published_ones(published):
    keys, shapes = published
    true = {code: shape for (code, _), shape in zip(keys, shapes, strict=True)}
    found, areas = polygons("authorities")
    sizes = {code: area.area / true[code].area - 1 for code, area in zip(found, areas, strict=True)}
    assert max(map(abs, sizes.values())) < 0.04
    assert np.quantile(np.abs(list(sizes.values())), 0.95) < 0.01
    assert max(differs(found, areas, true).values()) < 0.2  # the smallest, of small islands
    assert np.median(list(differs(found, areas, true).values())) < 0.02


def test_force_areas_are_the_published_ones(published):
    keys, shapes = published
    force = np.array([slug for _, slug in keys])
    true = {slug: shapely.union_all(shapes[force == slug]) for slug in set(force)}
    found, areas = polygons("forces")
    sizes = {slug: area.area / true[slug].area - 1 for slug, area in zip(found, areas, strict=True)}
    assert max(abs(size) for slug, size in sizes.items() if slug != "city-of-london") < 0.002
    assert abs(sizes["city-of-london"]) < 0.04  # 2.9 square kilometres on a grid of 50 m
    assert max(value for slug, value in differs(found, areas, true).items() if slug != "city-of-london") < 0.02


def test_the_script_makes_what_is_carried(published, real_data, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("outlines_script", ROOT / "scripts" / "outlines.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    layer = real_data / "boundaries" / "lad22_ew.geojson"
    monkeypatch.setattr("sys.argv", ["outlines.py", str(layer), "--out", str(tmp_path)])
    script.main()
    assert [(tmp_path / path.name).read_bytes() for path in FILES] == [path.read_bytes() for path in FILES]
    with pytest.raises(SystemExit, match="no layer of the 331 local authorities"):
        script.authorities(real_data / "boundaries" / "london_boroughs_lad22.geojson")


def test_an_area_too_small_for_its_map_is_one_square_of_the_grid_where_it_lies():
    """Of all wards of the country, those of the City of London are smaller than a unit of the map."""
    corner = (-0.1, 51.5)
    areas = [shapely.box(-4, 50.5, *corner), shapely.box(-0.1, 51.5, 1, 54), shapely.box(*corner, -0.0999, 51.5001)]
    areas[1] = areas[1].difference(areas[2])
    codes = [f"E0500000{number}" for number in range(3)]
    layer = Layer(Path("wards.geojson"), "", codes, codes, np.array(areas))
    found = outlines_of(layer, codes, codes)
    square = found.polygon(codes[2])
    assert square.area == pytest.approx(found.unit**2)
    assert square.distance(shapely.Point(to_metres(np.array([corner]))[0])) < found.unit
    assert shapely.area([found.polygon(code) for code in codes[:2]]) == pytest.approx(
        shapely.area(shapely.transform(np.array(areas[:2]), to_metres)), rel=0.02
    )


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(-3, 1), st.floats(51, 54), st.floats(-4.5, 0), st.floats(0, 90)), min_size=1))
def test_areas_of_any_size_that_lie_over_each_other_have_an_outline_each(drawn):
    """(west, south, log10 of the degrees across, turned by degrees)."""
    areas = [rotate(shapely.box(x, y, x + 10**size, y + 10**size), turned) for x, y, size, turned in drawn]
    codes = [f"E05{number:06d}" for number in range(len(areas))]
    found = outlines_of(Layer(Path("wards.geojson"), "", codes, codes, np.array(areas)), codes, codes)
    made = np.array([found.polygon(code) for code in codes])
    assert shapely.is_valid(made).all()
    assert (shapely.area(made) >= found.unit**2 / 2 - 1e-6).all()
