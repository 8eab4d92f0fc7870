"""Reference data that come in pages: ONS Open Geography boundaries, Nomis census tables. Cached, with their checksum.

Boundaries, for points in polygons (BGC or BFC, never BUC), for example:
https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services/Police_Force_Areas_December_2023_EW_BGC/FeatureServer/0
.../Local_Authority_Districts_December_2023_Boundaries_UK_BGC/FeatureServer/0 (catalogue: https://geoportal.statistics.gov.uk)
Census: https://www.nomisweb.co.uk/api/v01/dataset/NM_2041_1.data.csv (TS021, ethnic group; help: .../api/v01/help)
"""

import csv
import io
import json
from pathlib import Path

from sas_analysis.files import sha256, sha256_of, write_whole
from sas_analysis.records.acquire.http import Client, FetchError
from sas_analysis.records.acquire.versions import now, write_json

NOMIS = "https://www.nomisweb.co.uk/api/v01/dataset"
NOMIS_PAGE = 25_000  # rows; the most that Nomis gives without a key
MOST_PAGES = 1_000


def fetch_boundaries(service_url, out, *, where="1=1", page=2_000, client=None, refresh=False) -> dict:
    """All features of a layer (`.../FeatureServer/0`) into `out` as GeoJSON in WGS 84; what is recorded of it.

    Asked again only if `out` is missing, changed or of another query, or with `refresh`. The features are complete:
    as many as the service counts, each once. `page`: features at a time. Raises FetchError, and `out` is as before.
    """
    query = f"{service_url}/query"
    asked = {"url": query, "where": where}
    return cached(Path(out), asked, refresh, lambda: _features(client or Client(), service_url, where, page))


def _features(client: Client, service_url: str, where: str, page: int) -> tuple[bytes, int]:
    key, count, page = _layer(client, service_url, where, page)
    features = []
    while len(features) < count:
        at = {"resultOffset": len(features), "resultRecordCount": page, "orderByFields": key}
        params = {"where": where, "outFields": "*", "outSR": 4326, "f": "geojson"} | at
        got = _answer(client, f"{service_url}/query", params).get("features")
        if not got or not isinstance(got, list):
            raise FetchError(f"{service_url}: {len(features)} features came of the {count} it counts; try again later")
        features += got
    keys = {json.dumps(_key(feature, key)) for feature in features}
    if len(features) != count or len(keys) != count:
        raise FetchError(
            f"{service_url}: {len(features)} features, {len(keys)} of them different, where it counts {count}"
        )
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(), count


def _layer(client: Client, service_url: str, where: str, page: int) -> tuple[str, int, int]:
    """The field that numbers a layer's features, how many of them there are, and how many come at a time."""
    layer = _answer(client, service_url, {"f": "json"})
    count = _answer(client, f"{service_url}/query", {"where": where, "returnCountOnly": "true", "f": "json"}).get(
        "count"
    )
    key, most = layer.get("objectIdField"), layer.get("maxRecordCount", page)
    if not isinstance(key, str) or not isinstance(count, int) or not isinstance(most, int) or count < 1 or most < 1:
        raise FetchError(f"{service_url} is not a layer with features: it ends in /FeatureServer/0 or so")
    if count > MOST_PAGES * min(page, most):
        raise FetchError(f"{service_url} counts {count:,} features, more than can be meant")
    return key, count, min(page, most)


def _key(feature: object, key: str):
    try:
        return feature.get("id", feature["properties"].get(key))
    except (AttributeError, KeyError, TypeError):
        return None


def _answer(client: Client, url: str, params: dict) -> dict:
    """What a service answers; its errors come with status 200."""
    answer = client.json(url, params)
    if not isinstance(answer, dict) or "error" in answer:
        raise FetchError(f"{url} answered with an error: {json.dumps(answer)[:300]}")
    return answer


def fetch_nomis(dataset, out, *, base=NOMIS, page=NOMIS_PAGE, client=None, refresh=False, **query) -> dict:
    """All rows of a Nomis query into `out` as CSV; what is recorded of it. Cached as `fetch_boundaries`.

    `dataset`: such as "NM_2041_1"; `query`: its parameters, such as geography="TYPE424", c2021_eth_20="0...19",
    measures=20100. `page`: rows at a time. Raises FetchError, and `out` is as before.
    """
    url = f"{base.rstrip('/')}/{dataset}.data.csv"
    asked = {"url": url, "query": {name: str(value) for name, value in sorted(query.items())}}
    return cached(Path(out), asked, refresh, lambda: _table(client or Client(), url, query, page))


def _table(client: Client, url: str, query: dict, page: int) -> tuple[bytes, int]:
    header, rows = None, []
    for number in range(MOST_PAGES):
        body, kind = client.body(url, query | {"recordoffset": number * page, "recordlimit": page})
        names, got = _parsed(body, kind, url)
        header = header or names
        if names != header and got:
            raise FetchError(f"{url}: page {number + 1} has other columns than the first")
        rows += got
        if len(got) < page:
            break
    else:
        raise FetchError(f"{url} goes on after {MOST_PAGES:,} pages")
    _check_count(url, header, rows)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode(), len(rows)


def _parsed(body: bytes, kind: str, url: str) -> tuple[list[str], list[list[str]]]:
    try:
        lines = [line for line in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True) if line]
    except (csv.Error, UnicodeDecodeError) as error:
        raise FetchError(f"{url} did not answer in CSV ({error})") from error
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    if "html" in kind or len({len(line) for line in lines}) > 1 or (lines and len(header) < 2):
        start = body[:60].decode("utf-8", "replace")
        raise FetchError(f"{url} did not answer with a table ({kind or 'no type'}): {start!r}")
    return header, rows


def _check_count(url: str, header: list[str] | None, rows: list[list[str]]) -> None:
    """Compare with RECORD_COUNT, which Nomis writes into every row unless `select` leaves it out."""
    if not rows:
        raise FetchError(f"{url}: no rows; check the names and codes of the query against the help of Nomis")
    if "RECORD_COUNT" in header and rows[0][header.index("RECORD_COUNT")] != str(len(rows)):
        counted = rows[0][header.index("RECORD_COUNT")]
        raise FetchError(f"{url}: {len(rows):,} rows came of the {counted} it counts; try again later")


def cached(out: Path, asked: dict, refresh: bool, make) -> dict:
    """What `make()` returns, content and number of records, into `out`; what is recorded of it, beside it.

    Made again only if `out` is missing, changed or of another question (`asked`), or with `refresh`.
    """
    note = out.with_name(f"{out.name}.source.json")
    known = _known(out, note)
    if known and not refresh and known["asked"] == asked:
        return known
    content, count = make()
    record = {"asked": asked, "sha256": sha256(content), "bytes": len(content)}
    record |= {"records": count, "fetched_at": now()}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, content, durable=True)
        write_json(note, record)
    except OSError as error:
        raise FetchError(f"{out} cannot be written ({error.strerror}); free some space or name another file") from error
    return record


def _known(out: Path, note: Path) -> dict | None:
    """What is recorded of a file, if the file is still the one recorded."""
    try:
        record = json.loads(note.read_text(encoding="utf-8"))
        return record if sha256_of(out) == record["sha256"] and "asked" in record else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
