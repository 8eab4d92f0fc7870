"""Boundary files read, or refused with every fault; an area found by name or code."""

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely

from sas_analysis.errors import DataError, ParameterError
from sas_analysis.reference import areas
from sas_analysis.reference.areas import find_area, layers, read_layer


def square(west, south, size=0.1, hole=None):
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
    return {"type": "Polygon", "coordinates": [ring, *([hole] if hole else [])]}


def feature(code, name, geometry, keys=("LAD22CD", "LAD22NM")):
    return {"type": "Feature", "properties": {keys[0]: code, keys[1]: name}, "geometry": geometry}


TWO = [("E09000028", "Southwark", square(-0.1, 51.4)), ("E09000022", "Lambeth", square(-0.2, 51.4))]


def write(path, features, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features} | more))
    return path


def two(path, keys=("LAD22CD", "LAD22NM"), **more):
    return write(path, [feature(*each, keys=keys) for each in TWO], **more)


def refused(path):
    with pytest.raises(DataError) as error:
        read_layer(path)
    return str(error.value)


@pytest.mark.parametrize(
    "keys",
    [
        ("LAD22CD", "LAD22NM"),
        ("LAD23CD", "LAD23NM"),
        ("lad11cd", "lad11nm"),
        ("CTYUA23CD", "CTYUA23NM"),
        ("code", "name"),
        ("lad_code", "lad_name"),
    ],
)
def test_every_vintage_is_read(tmp_path, keys):
    layer = read_layer(two(tmp_path / "a.geojson", keys))
    assert layer.codes == ["E09000022", "E09000028"]
    assert layer.names == ["Lambeth", "Southwark"]
    assert not layer.synthetic
    assert layer.notes == []


def test_all_faults_are_told_at_once(tmp_path):
    bad = [
        feature("E09000001", "A", None),
        feature("E09000002", "", square(0, 51)),
        feature("nonsense", "C", square(0.2, 51)),
        feature("E09000004", "D", {"type": "Polygon", "coordinates": [[[0, 51], [1, "x"]]]}),
        feature("E09000005", "E", {"type": "Polygon", "coordinates": [[[51, 0], [52, 0], [52, 1], [51, 0]]]}),
        feature(
            "E09000006",
            "F",
            {"type": "Polygon", "coordinates": [[[530000, 180000], [530100, 180000], [530100, 180100]]]},
        ),
        feature("E09000007", "G", {"type": "Polygon", "coordinates": []}),
        feature("E09000008", "H", square(1, 51)),
        feature("E09000008", "Hh", square(1, 52)),
        feature("E09000009", "I", {"type": "Point", "coordinates": [0, 51]}),
    ]
    said = refused(write(tmp_path / "a.geojson", bad))
    for text in (
        "feature 1 is no polygon (None)",
        "feature 4 has coordinates that make no polygon",
        "feature 5 has latitude and longitude exchanged",
        "feature 6 is in metres of the British National Grid, not in degrees",
        "feature 7 has no area",
        "feature 10 is no polygon (Point)",
        "feature 3 has the code 'nonsense'",
        "E09000002 has no name",
        "and 1 more",
        "fetch-reference",
    ):
        assert text in said


def test_boundaries_in_metres_are_to_be_converted_and_others_fetched_again(tmp_path):
    def said(*corners):
        areas = [
            feature(f"E0900000{n}", "A", {"type": "Polygon", "coordinates": [own]}) for n, own in enumerate(corners)
        ]
        return refused(write(tmp_path / "a.geojson", areas))

    metres = [[530000, 180000], [530100, 180000], [530100, 180100], [530000, 180000]]
    elsewhere = [[-74, 40], [-73, 40], [-73, 41], [-74, 40]]
    assert said(metres, metres).endswith(
        "Convert it to WGS 84, such as by: ogr2ogr -t_srs EPSG:4326 degrees.geojson a.geojson"
    )
    assert "fetch-reference" in said(metres, elsewhere)
    assert "is not in the United Kingdom in WGS 84 (its west is -74, its south 40)" in said(elsewhere)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not GeoJSON"),
        (b"\xff\xfe", "not GeoJSON"),
        (b"<html>", "not GeoJSON"),
        (b"[" * 200_000, "not GeoJSON"),
        (b"[]", "not a GeoJSON FeatureCollection"),
        (b'{"features": []}', "not a GeoJSON FeatureCollection"),
        (b'{"features": [3]}', "not a GeoJSON FeatureCollection"),
        (b'{"features": [{"geometry": NaN}]}', "NaN is no number"),
        (b'{"features": [{}]}', "has no local authorities"),
        (b'{"features": [{"properties": {"PFA23CD": "E23000001", "PFA23NM": "Met"}}]}', "has no local authorities"),
    ],
)
def test_what_is_no_boundary_file_is_refused(tmp_path, content, said):
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    assert said in refused(path)


def test_another_projection_and_a_huge_file_are_refused(tmp_path, monkeypatch):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    assert "not in WGS 84" in refused(two(tmp_path / "a.geojson", crs=crs))
    monkeypatch.setattr(areas, "LARGEST", 10)
    assert "more than boundaries can have" in refused(two(tmp_path / "b.geojson"))


def test_what_can_be_mended_is_and_is_told(tmp_path):
    bow = {"type": "Polygon", "coordinates": [[[0, 51], [0.1, 51.1], [0.1, 51], [0, 51.1], [0, 51]]]}
    features = [feature("E09000001", "Bow", bow), *[feature("E09000002", "Parts", square(x, 52)) for x in (0, 0.5)]]
    layer = read_layer(write(tmp_path / "a.geojson", features))
    assert layer.notes[0].startswith("feature 1: Self-intersection")
    assert layer.notes[1] == "E09000002 stands in 2 features, joined"
    assert [round(p.area, 6) for p in layer.polygons] == [0.005, 0.02]
    assert all(polygon.is_valid for polygon in layer.polygons)


def test_two_areas_of_one_polygon_are_refused_and_one_area_twice_is_one(tmp_path):
    same = [feature("E09000001", "A", square(0, 51)), feature("E09000002", "B", square(0, 51))]
    assert "E09000001 and E09000002 are one and the same polygon" in refused(write(tmp_path / "a.geojson", same))
    twice = [feature("E09000001", "A", square(0, 51))] * 2
    assert read_layer(write(tmp_path / "b.geojson", twice)).polygons[0].area == pytest.approx(0.01)


def test_boundaries_are_looked_for_inside_then_beside_the_raw_folder(tmp_path):
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    assert layers(raw) == []
    beside = two(tmp_path / "data" / "boundaries" / "a.geojson")
    assert [layer.path for layer in layers(raw)] == [beside]
    inside = two(raw / "boundaries" / "b.geojson")
    assert [layer.path for layer in layers(raw)] == [inside]
    assert [layer.path for layer in layers(raw, str(beside))] == [beside]
    assert [layer.path for layer in layers(raw, str(beside.parent))] == [beside]
    with pytest.raises(DataError, match="there are no boundaries at nowhere"):
        layers(raw, str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="has no boundary layer"):
        layers(raw, str(tmp_path / "empty"))


def test_other_areas_are_passed_over_and_a_broken_file_is_not(tmp_path):
    folder = tmp_path / "boundaries"
    two(folder / "a.geojson")
    write(folder / "forces.geojson", [feature("E23000001", "Met", square(0, 51), ("PFA23CD", "PFA23NM"))])
    (folder / "a.geojson.source.json").write_text("{}")
    assert [layer.path.name for layer in layers(tmp_path)] == ["a.geojson"]
    (folder / "b.geojson").write_text("{")
    with pytest.raises(DataError, match=r"b\.geojson is not GeoJSON"):
        layers(tmp_path)


def test_the_finest_layer_that_has_the_area_is_used(tmp_path):
    two(tmp_path / "boundaries" / "coarse.geojson")
    ring = [[-0.1 + 0.1 * np.cos(t), 51.45 + 0.05 * np.sin(t)] for t in np.linspace(0, 2 * np.pi, 300)]
    fine = {"type": "Polygon", "coordinates": [[*ring[:-1], ring[0]]]}
    write(tmp_path / "boundaries" / "fine.geojson", [feature("E09000028", "Southwark", fine)])
    found = layers(tmp_path)
    for wanted in ("Southwark", "southwark", " SOUTHWARK ", "e09000028"):
        layer, at = find_area(found, wanted)
        assert (layer.path.name, layer.codes[at]) == ("fine.geojson", "E09000028")
    assert find_area(found, "Lambeth")[0].path.name == "coarse.geojson"


def test_an_unknown_area_is_told_with_what_may_be_meant_and_what_there_is(tmp_path):
    two(tmp_path / "boundaries" / "a.geojson")
    with pytest.raises(ParameterError) as error:
        find_area(layers(tmp_path), "Suthwark")
    assert str(error.value) == (
        'borough "Suthwark" is unknown; did you mean "Southwark"? There are: Lambeth, Southwark'
    )
    with pytest.raises(DataError, match="get them with: sas-analysis fetch-reference boundaries"):
        find_area([], "Southwark")


NAMES = [
    *("Bristol, City of", "Herefordshire, County of", "Kingston upon Hull, City of", "County Durham", "City of London"),
    *("Kingston upon Thames", "Kensington and Chelsea", "South Gloucestershire", "St Albans", "Southwark"),
]


@pytest.fixture
def named(tmp_path):
    """Areas side by side, by the names that boundary files give them."""
    places = [feature(f"E060000{n:02d}", name, square(-5 + n / 5, 51.4)) for n, name in enumerate(NAMES)]
    return [read_layer(write(tmp_path / "named.geojson", places))]


@pytest.mark.parametrize(("wanted", "name"), [
    *(("Bristol", 0), ("City of Bristol", 0), ("BRISTOL, CITY OF", 0), ("Bristol City Council", 0), ("E06000000", 0)),
    *(("e06000000", 0), ("Herefordshire", 1), ("County of Herefordshire", 1), ("Kingston-upon-Hull", 2), ("Durham", 3)),
    *(("City of London", 4), ("Royal Borough of Kingston upon Thames", 5), ("Kensington & Chelsea", 6)),
    *(("St. Albans", 8), ("London Borough of Southwark", 9), ("the city of Bristol", 0), (" Bristol ", 0)),
])  # fmt: skip
def test_an_area_is_found_by_any_form_of_its_name(named, wanted, name):
    assert find_area(named, wanted)[1] == name


@pytest.mark.parametrize(("wanted", "meant"), [
    ("Gloucestershire", ['"South Gloucestershire"']),  # which it is not
    ("Hull", ['"Kingston upon Hull, City of"']),
    ("Kingston", ['"Kingston upon Hull, City of"', '"Kingston upon Thames"']),
    ("London", ['"City of London"']),  # the rest of London is no city
    ("Bristl", ['"Bristol, City of"']),
    ("Nowhere at all", []),
    ("City of", ['"Bristol, City of"', '"City of London"', '"Kingston upon Hull, City of"']),
])  # fmt: skip
def test_what_could_be_another_area_is_refused_with_the_names_that_may_be_meant(named, wanted, meant):
    with pytest.raises(ParameterError) as error:
        find_area(named, wanted)
    said = f"; did you mean {' or '.join(meant)}?" if meant else "."
    assert str(error.value).startswith(
        f'borough "{wanted}" is unknown{said} There are: Bristol, City of, City of London'
    )


def test_a_name_of_several_areas_is_refused_with_their_codes(tmp_path):
    wards = [feature(f"E0500000{n}", "Abbey", square(-5 + n / 5, 51.4), keys=("WD22CD", "WD22NM")) for n in range(2)]
    layer = read_layer(write(tmp_path / "wards.geojson", wards), any_areas=True)
    with pytest.raises(
        ParameterError, match=r'borough "Abbey" is a name of 2 areas: give the code, Abbey \(E05000000\)'
    ):
        find_area([layer], "Abbey")
    assert find_area([layer], "Abbey (E05000001)")[1] == 1
    assert find_area([layer], "Abbey", among=["E05000001"])[1] == 1


def test_the_spacing_is_metres_between_points(tmp_path):
    layer = read_layer(two(tmp_path / "a.geojson"))
    # 0.1 degrees are 11.13 km along the meridian and 6.94 km across it here: 36.1 km round, a ring of five points.
    assert layer.spacing([0]) == pytest.approx(36_100 / 5, rel=0.01)


# --- wards and other areas ------------------------------------------------------------------------------------


def wards(path, keys=("LAD22CD", "LAD22NM", "WD22CD", "WD22NM")):
    """Three wards of two authorities, whose columns come after those of the authorities."""
    three = [("E05000001", "Peckham", 0), ("E05000002", "Dulwich", 1), ("E05000003", "Brixton", 2)]
    of = [("E09000028", "Southwark"), ("E09000028", "Southwark"), ("E09000022", "Lambeth")]
    features = [
        {"type": "Feature", "properties": dict(zip(keys, (*parent, code, name), strict=True)),
         "geometry": square(-0.1 + n / 10, 51.4)}
        for (code, name, n), parent in zip(three, of, strict=True)
    ]  # fmt: skip
    return write(path, features)


@pytest.mark.parametrize("keys", [("LAD22CD", "LAD22NM", "WD22CD", "WD22NM"), ("lad_code", "lad_name", "code", "name")])
def test_a_file_of_wards_that_is_named_has_their_codes_and_not_those_of_their_authorities(tmp_path, keys):
    (layer,) = layers(tmp_path, str(wards(tmp_path / "wards.geojson", keys)))
    assert layer.codes == ["E05000001", "E05000002", "E05000003"]
    assert layer.names == ["Peckham", "Dulwich", "Brixton"]
    assert layer.within == ["E09000028", "E09000028", "E09000022"]
    assert (layer.kind.one, layer.kind.many, layer.kind.carried) == ("ward", "wards", False)


def test_wards_in_a_folder_are_passed_over_and_never_joined_to_authorities(tmp_path):
    wards(tmp_path / "a" / "wards.geojson")
    with pytest.raises(DataError, match=r"no local authorities.*Name the file itself for other areas"):
        layers(tmp_path, str(tmp_path / "a"))
    two(tmp_path / "a" / "authorities.geojson")
    (layer,) = layers(tmp_path, str(tmp_path / "a"))
    assert layer.kind.one == "local authority"


def test_a_file_that_is_named_may_have_areas_of_a_users_own_and_needs_a_code_and_a_name(tmp_path):
    beats = [feature(f"Beat {n}", f"North {n}", square(n / 10, 51.4), ("code", "name")) for n in range(2)]
    (layer,) = layers(tmp_path, str(write(tmp_path / "beats.geojson", beats)))
    assert (layer.codes, layer.kind.many) == (["Beat 0", "Beat 1"], "areas")
    bare = [feature("1", "2", square(0, 51.4), ("beat", "district"))]
    with pytest.raises(DataError, match="no areas with a code and a name"):
        layers(tmp_path, str(write(tmp_path / "bare.geojson", bare)))


def test_a_ward_is_coarse_with_fewer_points_than_an_authority_needs(tmp_path):
    (layer,) = layers(tmp_path, str(wards(tmp_path / "wards.geojson")))

    def every(metres):
        line = shapely.segmentize(layer.polygons, metres / 111_000)
        return replace(layer, polygons=line)

    assert every(200).coarse() == ""
    assert "coarse boundaries" in every(400).coarse()
    assert replace(every(400), codes=["E09000001", "E09000002", "E09000003"]).coarse() == ""
