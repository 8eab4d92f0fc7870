"""Which force polices an area: by its authority, its name, or where it lies."""

from test_areas import feature, square, write

from sas_analysis.reference.areas import read_layer
from sas_analysis.reference.policed import forces_of

IN_SOUTHWARK, IN_ESSEX, AT_SEA = (-0.08, 51.47), (0.55, 51.8), (2.0, 52.0)


def layer(tmp_path, *areas, within=()):
    """A layer of small squares. areas : code, name, (west, south). within : codes of authorities, if there are any."""
    features = [feature(code, name, square(*at, size=0.01), ("WD22CD", "WD22NM")) for code, name, at in areas]
    for each, code in zip(features, within, strict=False):
        each["properties"]["LAD22CD"] = code
    return read_layer(write(tmp_path / "a.geojson", features), any_areas=True)


def test_the_authority_that_the_file_names_comes_first(tmp_path):
    made = layer(
        tmp_path, ("E05000001", "A", IN_ESSEX), ("E05000002", "B", (0.6, 51.8)), within=["E09000028", "E99999999"]
    )
    assert forces_of(made) == ["metropolitan", "essex"]  # what no census has is looked for on the map


def test_an_msoa_is_of_the_authority_in_its_name(tmp_path):
    made = layer(tmp_path, ("E02000001", "City of London 001", IN_SOUTHWARK), ("E02000002", "Cardiff 012", IN_ESSEX))
    assert forces_of(made) == ["city-of-london", "south-wales"]


def test_a_ward_that_has_the_name_of_an_authority_elsewhere_is_policed_where_it_lies(tmp_path):
    made = layer(tmp_path, ("E05000001", "Cardiff", IN_SOUTHWARK), ("E05000002", "B", AT_SEA))
    assert forces_of(made) == ["metropolitan", None]


PLACES = {"metropolitan": IN_SOUTHWARK, "essex": IN_ESSEX, "south-wales": (-3.2, 51.5), "kent": (1.08, 51.28)}


def test_an_area_without_an_authority_is_of_the_force_on_the_map(tmp_path):
    made = layer(tmp_path, *((f"E0500000{n}", "A", at) for n, at in enumerate(PLACES.values())))
    assert forces_of(made) == list(PLACES)
