"""Boundaries and census tables: paged, complete, cached, checksummed."""

import csv
import hashlib
import io
import json

import pytest
from test_acquire_server import client, naps, page, site, status

from sas_analysis.records.acquire import FetchError, fetch_boundaries, fetch_nomis

__all__ = ["client", "naps", "site"]

LAYER = "/rest/services/Police_Force_Areas/FeatureServer/0"


def serve_layer(site, count=7, most=3, at="properties"):
    """A feature service that gives at most so many features at a time, and says so in one of its two ways."""

    def query(asked):
        if asked.get("returnCountOnly"):
            return {"count": count}
        start = int(asked["resultOffset"])
        end = min(count, start + min(most, int(asked["resultRecordCount"])))
        features = [
            {"type": "Feature", "id": n, "properties": {"FID": n, "PFA23NM": f"Area {n}"}, "geometry": None}
            for n in range(start, end)
        ]
        told = {"type": "FeatureCollection", "features": features}
        more = {"exceededTransferLimit": True} if end < count else {}
        return told | ({"properties": more} if at == "properties" else more)

    site.services[LAYER] = lambda _: {"objectIdField": "FID", "maxRecordCount": most}
    site.services[f"{LAYER}/query"] = query


def boundaries(site, client, out, **options):
    return fetch_boundaries(f"{site.url}{LAYER}", out, client=client, **options)


@pytest.mark.parametrize("at", ["properties", "top"])
def test_boundaries_are_complete(site, client, tmp_path, at):
    serve_layer(site, at=at)
    out = tmp_path / "new" / "areas.geojson"
    told = boundaries(site, client, out)
    features = json.loads(out.read_bytes())["features"]
    assert [feature["id"] for feature in features] == list(range(7))
    assert told["records"] == 7
    assert told["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    pages = [asked.params for asked in site.asked if "resultOffset" in asked.params]
    assert [asked["resultOffset"] for asked in pages] == ["0", "3", "6"]
    assert {(asked["orderByFields"], asked["outSR"], asked["f"]) for asked in pages} == {("FID", "4326", "geojson")}
    assert json.loads((tmp_path / "new" / "areas.geojson.source.json").read_text()) == told


def test_boundaries_are_asked_for_again_only_when_they_must(site, client, tmp_path):
    serve_layer(site)
    out = tmp_path / "areas.geojson"
    first = boundaries(site, client, out)
    before = len(site.asked)
    assert boundaries(site, client, out) == first
    assert len(site.asked) == before
    for change in (
        lambda: out.write_text("{}"),
        out.unlink,
        lambda: (tmp_path / "areas.geojson.source.json").write_text("{"),
    ):
        change()
        boundaries(site, client, out)
        assert len(site.asked) == (before := before + 5)
    boundaries(site, client, out, where="FID > 1")
    boundaries(site, client, out, where="FID > 1", refresh=True)
    assert len(site.asked) == before + 10


def test_features_that_stop_early_come_twice_or_are_none(site, client, tmp_path):
    out = tmp_path / "areas.geojson"
    out.write_text("before")
    serve_layer(site)
    whole = site.services[f"{LAYER}/query"]
    site.services[f"{LAYER}/query"] = lambda asked: (
        whole(asked) if asked.get("resultOffset") in (None, "0") else {"features": []}
    )
    with pytest.raises(FetchError, match="3 features came of the 7"):
        boundaries(site, client, out)
    serve_layer(site, count=6)
    twice = site.services[f"{LAYER}/query"]
    site.services[f"{LAYER}/query"] = lambda asked: twice(asked | {"resultOffset": "0"})
    with pytest.raises(FetchError, match=r"6 features.* 3 .*6"):
        boundaries(site, client, out)
    site.services[f"{LAYER}/query"] = lambda _: {"error": {"code": 400, "message": "Invalid URL"}}
    with pytest.raises(FetchError, match="Invalid URL"):
        boundaries(site, client, out)
    site.services[LAYER] = lambda _: {"layers": []}
    serve_layer(site, count=0)
    with pytest.raises(FetchError, match="not a layer with features"):
        boundaries(site, client, out)
    serve_layer(site, count=10**9)
    with pytest.raises(FetchError, match="more than can be meant"):
        boundaries(site, client, out)
    assert out.read_text() == "before"


def serve_table(site, count=12, most=5, counted=None):
    def query(asked):
        start = int(asked["recordoffset"])
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["GEOGRAPHY_NAME", "OBS_VALUE", "RECORD_OFFSET", "RECORD_COUNT"])
        for n in range(start, min(count, start + min(most, int(asked["recordlimit"])))):
            writer.writerow([f"Area, {n}", n, n, counted or count])
        return text.getvalue().encode()

    site.services["/NM_2041_1.data.csv"] = query


def nomis(site, client, out, **options):
    return fetch_nomis("NM_2041_1", out, base=site.url, client=client, page=5, **{"measures": 20100} | options)


@pytest.mark.parametrize("count", [12, 10, 3])
def test_a_table_is_complete(site, client, tmp_path, count):
    serve_table(site, count=count)
    out = tmp_path / "ts021.csv"
    told = nomis(site, client, out, geography="TYPE424")
    rows = list(csv.reader(io.StringIO(out.read_text(), newline="")))
    assert rows[0] == ["GEOGRAPHY_NAME", "OBS_VALUE", "RECORD_OFFSET", "RECORD_COUNT"]
    assert [row[0] for row in rows[1:]] == [f"Area, {n}" for n in range(count)]
    assert told["records"] == count
    assert site.asked[0].params["geography"] == "TYPE424"
    before = len(site.asked)
    assert nomis(site, client, out, geography="TYPE424") == told
    assert len(site.asked) == before
    nomis(site, client, out, geography="TYPE480")
    assert len(site.asked) > before


def test_a_table_that_is_not_whole_or_is_none(site, client, tmp_path, monkeypatch):
    out = tmp_path / "ts021.csv"
    out.write_text("before")
    serve_table(site, counted=99)
    with pytest.raises(FetchError, match="12 rows came of the 99"):
        nomis(site, client, out)
    serve_table(site, count=0, counted=0)
    with pytest.raises(FetchError, match="no rows"):
        nomis(site, client, out)
    for body in (b"", b"<html>\n<body>\nno", b"a,b\n1\n", b"\xff\xff", b'a,b\n"1,2'):
        site.services["/NM_2041_1.data.csv"] = lambda _, body=body: body
        with pytest.raises(FetchError, match=r"did not answer|no rows"):
            nomis(site, client, out)
    site.scripts["/NM_2041_1.data.csv"] = [page]
    with pytest.raises(FetchError, match="did not answer with a table"):
        nomis(site, client, out)
    site.services["/NM_2041_1.data.csv"] = lambda _: b"a,b\n" + b"1,2\n" * 5
    monkeypatch.setattr("sas_analysis.records.acquire.pages.MOST_PAGES", 3)
    with pytest.raises(FetchError, match="goes on after 3 pages"):
        nomis(site, client, out)
    assert out.read_text() == "before"


def test_pages_are_tried_again_and_the_disk_may_be_full(site, client, tmp_path, naps):
    serve_table(site)
    site.scripts["/NM_2041_1.data.csv"] = [status(503), None, status(429, Retry_After="2")]
    assert nomis(site, client, tmp_path / "a.csv")["records"] == 12
    assert naps[-1] == 2
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match="cannot be written"):
        nomis(site, client, tmp_path / "file" / "a.csv")
