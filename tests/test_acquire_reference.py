"""The command that fetches boundaries and census tables, against a real server on loopback."""

import hashlib
import json

import pytest
import shapely
from test_acquire_pages import serve_table
from test_acquire_server import client, naps, site, status
from test_areas import feature, square
from typer.testing import CliRunner

from sas_analysis.cli import app
from sas_analysis.records.acquire import FetchError
from sas_analysis.records.acquire.reference import fetch_all
from sas_analysis.reference.areas import find_area, layers

__all__ = ["client", "naps", "site"]

AUTHORITIES = "/Local_Authority_Districts_December_2022_UK_{}_V2/FeatureServer/0"
FORCES = "/Police_Force_Areas_December_2023_EW_{}/FeatureServer/0"
WARDS = "/Wards_December_2022_Boundaries_UK_{}/FeatureServer/0"
MSOAS = "/Middle_layer_Super_Output_Areas_December_2021_Boundaries_EW_{}_V3/FeatureServer/0"
NAMED = [("E09000022", "Lambeth"), ("E09000028", "Southwark"), ("W06000015", "Cardiff")]


def serve(site, detail="BGC", most=2, areas=None):
    """All layers, a few areas at a time, and the census table. areas : code, name and polygon of each authority."""
    squares = [(*each, shapely.geometry.shape(square(x / 10, 51.4))) for x, each in enumerate(NAMED)]
    named = enumerate(areas or squares)
    areas = [feature(code, name, shape.__geo_interface__) | {"id": x} for x, (code, name, shape) in named]
    forces = [feature("E23000001", "Metropolitan", square(0, 51.4), ("PFA23CD", "PFA23NM")) | {"id": 1}]
    wards = [feature("E05011095", "Borough & Bankside", square(0, 51.4), ("WD22CD", "WD22NM")) | {"id": 1}]
    wards[0]["properties"]["LAD22CD"] = "E09000028"
    msoas = [feature("E02000807", "Southwark 001", square(0, 51.4), ("MSOA21CD", "MSOA21NM")) | {"id": 1}]
    for path, features in ((AUTHORITIES, areas), (FORCES, forces), (WARDS, wards), (MSOAS, msoas)):

        def query(asked, features=features):
            start = int(asked.get("resultOffset", 0))
            page = features[start : start + min(most, int(asked.get("resultRecordCount", 1)))]
            counted = {"count": len(features)}
            return counted if "returnCountOnly" in asked else {"type": "FeatureCollection", "features": page}

        site.services[path.format(detail)] = lambda _: {"objectIdField": "FID", "maxRecordCount": most}
        site.services[f"{path.format(detail)}/query"] = query
    serve_table(site, most=30_000)


def call(site, data, *options):
    arguments = ["fetch-reference", *options, "--data", str(data), "--ons", site.url, "--nomis", site.url, "-q"]
    return CliRunner().invoke(app, arguments)


def test_all_is_fetched_recorded_and_of_use(site, tmp_path):
    serve(site)
    result = call(site, tmp_path / "data")
    assert result.exit_code == 0, result.output
    names = ["local_authorities_2022_bgc.geojson", "police_force_areas_2023_bgc.geojson"]
    found = sorted(path.name for path in (tmp_path / "data" / "boundaries").iterdir())
    assert found == sorted([*names, *(f"{name}.source.json" for name in names)])
    for path in [*(tmp_path / "data").rglob("*.geojson"), *(tmp_path / "data").rglob("*.csv")]:
        told = json.loads(path.with_name(f"{path.name}.source.json").read_text())
        assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert told["sha256"][:12] in result.stdout
    (layer,) = layers(tmp_path / "data" / "raw")
    assert layer.names == ["Lambeth", "Southwark", "Cardiff"]
    assert find_area([layer], "southwark")[1] == 1
    asked = [each.params for each in site.asked if "resultOffset" in each.params]
    assert {each["where"] for each in asked} == {"LAD22CD LIKE 'E%' OR LAD22CD LIKE 'W%'", "1=1"}
    census = [each.params for each in site.asked if each.path == "/NM_2041_1.data.csv"]
    assert {each["geography"] for each in census} == {"TYPE154", "2092957703"}
    assert {each["c2021_eth_20"] for each in census} == {"0...19"}


def test_what_is_there_is_not_asked_for_again_and_a_part_can_be_fetched(site, tmp_path):
    serve(site)
    assert call(site, tmp_path, "boundaries").exit_code == 0
    before = len(site.asked)
    assert not (tmp_path / "reference").exists()
    assert call(site, tmp_path, "boundaries").exit_code == 0
    assert len(site.asked) == before
    assert call(site, tmp_path, "census").exit_code == 0
    assert [each.path for each in site.asked[before:]] == ["/NM_2041_1.data.csv"] * 2
    assert call(site, tmp_path, "boundaries", "--refresh").exit_code == 0
    assert len(site.asked) == 2 * before + 2


def test_a_mirror_may_be_named_by_the_environment(site, tmp_path, monkeypatch):
    serve(site)
    monkeypatch.setenv("SAS_ANALYSIS_ONS", site.url)
    monkeypatch.setenv("SAS_ANALYSIS_NOMIS", site.url)
    result = CliRunner().invoke(app, ["fetch-reference", "--data", str(tmp_path), "-q"])
    assert result.exit_code == 0, result.output
    assert {each.path for each in site.asked} >= {AUTHORITIES.format("BGC"), "/NM_2041_1.data.csv"}


@pytest.mark.parametrize(
    ("layer", "file", "where", "kind"),
    [
        ("wards", "wards_2022_bgc", "WD22CD LIKE 'E%' OR WD22CD LIKE 'W%'", "ward"),
        ("msoas", "msoas_2021_bgc", "1=1", "MSOA"),
    ],
)
def test_wards_and_msoas_come_by_their_name_and_are_of_use(site, tmp_path, layer, file, where, kind):
    serve(site)
    result = call(site, tmp_path, "boundaries", "--layer", layer)
    assert result.exit_code == 0, result.output
    (path,) = tmp_path.rglob("*.geojson")
    assert path.stem == file
    assert {each.params["where"] for each in site.asked if "resultOffset" in each.params} == {where}
    (found,) = layers(tmp_path, str(path))
    assert (found.kind.one, found.forces) == (kind, ["metropolitan"])
    assert layers(tmp_path / "raw") == []  # a study asks for them by their file


def test_full_detail_comes_in_small_pages(site, tmp_path):
    serve(site, "BFC", most=2_000)
    assert call(site, tmp_path, "boundaries", "--fine").exit_code == 0
    assert {e.params["resultRecordCount"] for e in site.asked if "resultOffset" in e.params} == {"10"}
    assert (tmp_path / "boundaries" / "local_authorities_2022_bfc.geojson").exists()


def test_a_fetch_that_breaks_off_keeps_what_is_whole_and_resumes(site, client, naps, tmp_path):
    serve(site)
    broken = FORCES.format("BGC")
    site.scripts[broken] = [status(404)]
    with pytest.raises(FetchError, match="404"):
        fetch_all(tmp_path, "boundaries", ons=site.url, nomis=site.url, client=client)
    assert [path.name for path in tmp_path.rglob("*.geojson")] == ["local_authorities_2022_bgc.geojson"]
    before = len(site.asked)
    assert len(fetch_all(tmp_path, "boundaries", ons=site.url, nomis=site.url, client=client)) == 2
    assert {each.path for each in site.asked[before:]} == {broken, f"{broken}/query"}


def test_errors_are_said_in_words(site, tmp_path):
    result = call(site, tmp_path, "bounderies")
    assert result.exit_code == 64
    assert '"bounderies" cannot be fetched; choose from: boundaries, census, all, home-office' in result.stderr
    result = call(site, tmp_path, "bounderies", "--layer", "parishes")
    assert '--layer "parishes" is none of: authorities, forces, wards, msoas' in result.stderr
    result = call(site, tmp_path, "boundaries")
    assert result.exit_code == 2
    assert "404" in result.stderr
