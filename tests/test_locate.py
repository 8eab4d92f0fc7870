"""Points placed in areas: against a plain ray-casting, shapely's slow path, closed forms and the sample's truth."""

import json
import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_areas import feature, square, write

from sas_analysis.errors import DataError
from sas_analysis.records.locate import locate, study_area
from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.reference.areas import Layer, layers, read_layer
from sas_analysis.reference.projection import to_metres
from sas_analysis.study.opening import open_study


def records(points, status="recorded"):
    """Records at (longitude, latitude), of one status or one each."""
    points = np.array(points, dtype=float).reshape(-1, 2)
    table = pd.DataFrame({"longitude": points[:, 0], "latitude": points[:, 1], "location_status": status})
    return table.assign(type="Person search", force="metropolitan")


def ray_cast(point, rings):
    """Whether a ray to the east crosses the rings (n, 2) of a polygon, holes included, an odd number of times."""
    x, y = point
    crossings = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                crossings += 1
    return crossings % 2 == 1


def rings_of(polygon):
    parts = shapely.get_parts(polygon)
    return [np.array(ring.coords) for part in parts for ring in [part.exterior, *part.interiors]]


@pytest.fixture
def layer(tmp_path):
    """A square with a square hole, in which another area lies, and a third beside it that shares an edge."""
    hole = [[-0.06, 51.44], [-0.04, 51.44], [-0.04, 51.46], [-0.06, 51.46], [-0.06, 51.44]]
    features = [
        feature("E09000002", "Ring", square(-0.1, 51.4, hole=hole[::-1])),
        feature("E09000001", "Core", {"type": "Polygon", "coordinates": [hole]}),
        feature("E09000003", "East", square(0.0, 51.4)),
    ]
    return read_layer(write(tmp_path / "a.geojson", features))


def test_located_records_can_be_sent_to_another_process(layer):
    located = locate(records([(-0.0001, 51.45), (0.05, 51.45), (-0.05, 51.4399)]), layer)
    there = pickle.loads(pickle.dumps(located))  # before anybody has asked what is near
    assert there.near("E09000003").tolist() == located.near("E09000003").tolist() == [True, False, False]


def test_inside_outside_hole_and_no_location(layer):
    points = [(-0.09, 51.41), (-0.05, 51.45), (0.05, 51.45), (0.2, 51.45), (np.nan, np.nan), (0, 0), (0, 60.99)]
    status = ["recorded"] * 4 + ["blank", "zero", "outside UK"]
    located = locate(records(points, status), layer)
    table = located.table
    assert table["area"].astype("str").where(table["area"].notna(), "").tolist() == ["Ring", "Core", "East", *[""] * 4]
    out, none = "outside every area", "no location"
    assert table["area_status"].tolist() == ["inside"] * 3 + [out, none, none, out]
    assert located.boundary_distance.isna().tolist() == [False] * 4 + [True, True, False]


def test_a_point_on_a_shared_edge_is_in_the_area_whose_code_comes_first(layer):
    located = locate(records([(0.0, 51.45), (-0.06, 51.45), (-0.1, 51.45), (0.1, 51.5)]), layer)
    assert located.table["area"].tolist() == ["Ring", "Core", "Ring", "East"]
    assert located.boundary_distance.tolist() == pytest.approx([0] * 4, abs=0.1)  # 11 km, straight in degrees


def test_a_search_in_two_areas_that_overlap_is_counted_in_one_and_told_and_one_on_their_edge_is_not(layer, tmp_path):
    features = [feature("W1", "West", square(-0.1, 51.4)), feature("W2", "Middle", square(-0.05, 51.4))]
    both = read_layer(write(tmp_path / "b.geojson", features), any_areas=True)
    points = [(-0.09, 51.41), (-0.02, 51.45), (-0.02, 51.45), (0.04, 51.45), (-0.05, 51.45), (np.nan, np.nan)]
    found = records(points, ["recorded"] * 5 + ["blank"])
    located = locate(found, both)
    assert located.table["area"].astype("str").tolist()[:4] == ["West", "West", "West", "Middle"]
    assert located.in_several(found.index) == 2
    assert located.counted_elsewhere(found.index).tolist() == [0, 2]
    assert located.counted_elsewhere(found.index[2:]).tolist() == [0, 1]
    shared = records([(0.0, 51.45), (-0.06, 51.45)])
    assert locate(shared, layer).in_several(shared.index) == 0


def test_the_distance_is_that_of_a_closed_form(layer):
    """East of the shared meridian by a known arc of its parallel: radius of curvature times cosine of latitude."""
    a, e2, latitude = 6_378_137.0, 0.006694379990141317, np.radians(51.43)
    parallel = a / np.sqrt(1 - e2 * np.sin(latitude) ** 2) * np.cos(latitude)
    metres = np.array([10.0, 49.0, 51.0, 500.0])
    located = locate(records([(np.degrees(m / parallel), 51.43) for m in metres]), layer)
    assert located.boundary_distance.to_numpy() == pytest.approx(metres, rel=1e-3, abs=0.05)
    assert located.near("E09000002").tolist() == [True, True, False, False]
    assert located.near("E09000003").tolist() == [True, True, False, False]
    assert not located.near("E09000001").any()
    wider = locate(records([(np.degrees(m / parallel), 51.43) for m in metres]), layer, margin=100)
    assert wider.near("E09000003").tolist() == [True, True, True, False]


def test_no_record_and_no_located_record(layer):
    assert locate(records([]), layer).table.empty
    located = locate(records([(np.nan, np.nan)], "blank"), layer)
    assert located.table["area_status"].tolist() == ["no location"]
    assert located.near("E09000001").tolist() == [False]


def test_every_row_of_a_shared_point_is_placed_alike(layer):
    points = [(-0.05, 51.45), (0.05, 51.45)] * 50
    table = locate(records(points).set_index(np.arange(100) * 7 + 3), layer).table
    assert table["area"].tolist() == ["Core", "East"] * 50
    assert table.index.tolist() == (np.arange(100) * 7 + 3).tolist()


coordinate = st.integers(0, 12)  # a coarse grid, so that points often lie on edges and corners


@settings(max_examples=150)
@given(
    polygons=st.lists(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=7), min_size=1, max_size=5),
    points=st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=20),
)
def test_random_points_and_polygons_as_shapely_has_them_one_by_one(polygons, points):
    shapes = [shapely.make_valid(shapely.Polygon(np.array(p) / 100 + [-0.5, 51.4])) for p in polygons]
    parts = [[g for g in shapely.get_parts(shapely.get_parts(s)) if g.geom_type == "Polygon"] for s in shapes]
    shapes = [shapely.union_all(own) for own in parts if own]
    if not shapes:
        return
    codes = [f"E0900000{number}" for number in range(1, len(shapes) + 1)]
    layer = Layer(None, "", codes, codes, np.array(shapes, dtype=object))
    places = np.array(points) / 100 + [-0.5, 51.4]
    located = locate(records(places), layer, margin=400)
    metres = [shapely.transform(shape.boundary, to_metres) for shape in shapes]
    table = located.table.assign(boundary_distance=located.boundary_distance)
    for place, row in zip(places, table.itertuples(), strict=True):
        point = shapely.Point(place)
        holding = [code for code, shape in zip(codes, shapes, strict=True) if shape.intersects(point)]
        assert (row.area_code if row.area_status == "inside" else None) == (holding[0] if holding else None)
        flat = shapely.Point(to_metres(place[None])[0])
        assert row.boundary_distance == pytest.approx(min(line.distance(flat) for line in metres), abs=1e-6)
    for code, line in zip(codes, metres, strict=True):
        near = [line.distance(shapely.Point(to_metres(place[None])[0])) <= 400 for place in places]
        assert located.near(code).tolist() == near


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("areas")
    told = write_sample(folder / "raw", start="2018-03", end="2018-12", scale=0.4)
    return folder, told


@pytest.mark.parametrize("force", ["metropolitan", "city-of-london", "essex", "west-yorkshire", "south-yorkshire"])
def test_the_areas_that_points_were_simulated_in_are_recovered(simulated, force):
    folder, told = simulated
    where = {"raw": folder / "raw", "processed": folder / "processed", "place": True}
    study = open_study([force], "2018-03", "2018-12", **where)
    assert study.located.layer.synthetic
    counts = study.located.table["area_code"].value_counts()
    assert counts[counts > 0].to_dict() == told["areas"][force]
    located = study.records["location_status"].isin(["recorded", "outside UK"])
    lost = study.located.table["area_status"].eq("no location")
    assert (lost == ~located).all()
    assert bool(told["areas"][force]) == (force != "south-yorkshire")


def test_the_layer_of_the_sample_says_that_it_is_simulated_and_has_real_names(simulated):
    from sas_analysis.reference.authorities import authority_residents

    folder, told = simulated
    content = json.loads((folder / "raw" / told["boundaries"]["path"]).read_text())
    assert content["synthetic"] is True
    assert "SYNTHETIC" in content["notice"]
    named = authority_residents(2021).set_index("authority_code")["authority"].to_dict()
    (layer,) = layers(folder / "raw")
    assert len(layer.codes) == 65
    assert {code: named[code] for code in layer.codes} == dict(zip(layer.codes, layer.names, strict=True))


def test_simulated_boundaries_do_not_meet_real_records(simulated):
    folder, _ = simulated
    with pytest.raises(DataError, match="the boundaries found are simulated and the records are not"):
        study_area(records([(0, 51.4)]), raw=folder / "raw", borough="Southwark")


def test_without_a_borough_the_finest_layer_that_places_as_many_is_used(tmp_path):
    fine = shapely.segmentize(shapely.box(-0.1, 51.4, 0, 51.5), 0.001)
    half = shapely.segmentize(shapely.box(-0.1, 51.4, -0.05, 51.5), 0.0001)
    for name, shape in [("fine", fine), ("half", half), ("coarse", shapely.box(-0.1, 51.4, 0, 51.5))]:
        write(
            tmp_path / "boundaries" / f"{name}.geojson",
            [feature("E09000001", "A", json.loads(shapely.to_geojson(shape)))],
        )
    points = [(-0.09, 51.41), (-0.01, 51.41)] * 5
    located, area = study_area(records(points), raw=tmp_path, borough=None)
    assert (located.layer.path.name, area) == ("fine.geojson", None)
    assert study_area(records(points), raw=tmp_path, borough="a")[1].located.layer.path.name == "half.geojson"


def test_a_layer_without_areas_of_the_forces_is_not_used_though_it_is_finer_and_no_search_has_a_location(tmp_path):
    fine = json.loads(shapely.to_geojson(shapely.segmentize(shapely.box(-0.1, 51.4, 0, 51.5), 0.001)))
    coarse = [feature("E09000002", "Barking", square(-0.1, 51.4)), feature("E07000066", "Basildon", square(0.4, 51.5))]
    write(tmp_path / "boundaries" / "london.geojson", [feature("E09000002", "Barking", fine)])
    write(tmp_path / "boundaries" / "country.geojson", coarse)
    rows = records([(0, 0)] * 4, status="blank")
    wanted = {("essex",): "country", ("metropolitan",): "london", ("metropolitan", "essex"): "country",
              ("btp",): "london"}  # fmt: skip
    for forces, name in wanted.items():
        located, _ = study_area(rows.assign(force=forces * (4 // len(forces))), raw=tmp_path, borough=None)
        assert located.layer.path.stem == name


def test_too_many_without_a_location_are_a_problem_of_the_rate(tmp_path):
    write(tmp_path / "boundaries" / "a.geojson", [feature("E09000001", "A", square(-0.1, 51.4))])
    status = ["recorded"] * 70 + ["blank"] * 30
    points = [(-0.05, 51.45)] * 100
    assert study_area(records(points, status), raw=tmp_path, borough="A")[1].problem is None
    status[0] = "blank"
    problem = study_area(records(points, status), raw=tmp_path, borough="A")[1].problem
    assert problem.startswith("31.0% of searches have no location (more than 30%)")


@pytest.fixture(scope="module")
def met(real_data, tmp_path_factory):
    return open_study(
        ["metropolitan"],
        "2018-04",
        "2018-09",
        raw=real_data / "stops",
        processed=tmp_path_factory.mktemp("met"),
        place=True,
    )


def test_real_points_are_where_a_plain_ray_casting_has_them(met):
    layer = met.located.layer
    assert len(layer.codes) == 33
    table = met.located.table.assign(x=met.records["longitude"], y=met.records["latitude"])
    table["boundary_distance"] = met.located.boundary_distance
    distinct = table.dropna(subset="x").drop_duplicates(["x", "y"])
    near = distinct.nsmallest(150, "boundary_distance")  # the hard ones
    rings = [rings_of(polygon) for polygon in layer.polygons]
    for row in pd.concat([near, distinct.sample(250, random_state=1)]).itertuples():
        holding = [code for code, own in zip(layer.codes, rings, strict=True) if ray_cast((row.x, row.y), own)]
        assert holding == ([row.area_code] if row.area_status == "inside" else []), row


def test_boroughs_of_the_met_rank_as_published_elsewhere(met):
    """Ashby, Stop and Search in London, 2021/22: Westminster most, then Newham and Lambeth; Richmond least.

    Searches of a month there; these are of 2018, so the rank and the order of magnitude are compared.
    """
    counts = met.located.table["area"].value_counts()
    assert counts.index[0] == "Westminster"
    assert set(counts.index[-3:]) == {"City of London", "Richmond upon Thames", "Sutton"}
    assert {"Newham", "Lambeth"} <= set(counts.index[:6])
    status = met.located.table["area_status"].value_counts()
    assert status.sum() == len(met.records) == counts.sum() + status["outside every area"] + status["no location"]
    assert status["outside every area"] / counts.sum() < 0.005
