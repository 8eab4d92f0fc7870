"""The Home Office open data table on stop and search: found on its page, fetched, and looked at before it is kept.

The file's own address has a number that changes with every edition, so the page is asked which file it has, by the
content API of GOV.UK (https://content-api.publishing.service.gov.uk): the same address with /api/content before its
path. The page of the next edition has another address: pass it.

Built to that interface as its clients use it; no answer of it has been seen here.
"""

import io
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

from sas_analysis.errors import DataError
from sas_analysis.records.acquire.http import Client, FetchError
from sas_analysis.records.acquire.pages import cached
from sas_analysis.reference.official.ods import sheets

HOME_OFFICE = "https://www.gov.uk/government/statistics/stop-and-search-arrests-and-mental-health-detentions-march-2025"
FILE = "home_office_open_data.ods"
_WANTED = re.compile(r"(?:^|[/_-])(?:stop|ss)[\w-]*open-data[\w-]*\.ods$", re.IGNORECASE)


def fetch_home_office(out, *, page: str = HOME_OFFICE, client: Client | None = None, refresh: bool = False) -> dict:
    """The open data table of a page of GOV.UK into `out`; what is recorded of it. Cached as `fetch_boundaries`.

    page : the page of an edition, or the address of an .ods file itself. Raises FetchError, and `out` is as before: the
    page has no such table or several, or what came is no spreadsheet.
    """
    return cached(Path(out), {"page": page}, refresh, lambda: _table(client or Client(), page))


def _table(client: Client, page: str) -> tuple[bytes, int]:
    address = page if urlsplit(page).path.lower().endswith(".ods") else _found(client, page)
    content, _ = client.body(address)
    try:
        rows = max((sum(1 for _ in rows) for _, rows in sheets(io.BytesIO(content), "what came")), default=0)
    except DataError as error:
        raise FetchError(f"{address} did not answer with a spreadsheet: {error}") from error
    if rows < 2:
        raise FetchError(f"{address} answered with a spreadsheet that has no rows")
    return content, rows - 1  # its heading is none


def _found(client: Client, page: str) -> str:
    """The address of the one open data table on stop and search that a page has."""
    asked = _content_api(page)
    found = sorted({urljoin(asked, link) for link in _links(client.json(asked)) if link.lower().endswith(".ods")})
    tables = [link for link in found if _WANTED.search(urlsplit(link).path)]
    if len(tables) != 1:
        other = f"; its .ods files: {', '.join(found[:10])}" if found else ""
        what = f"{len(tables)} open data tables" if tables else "no open data table"
        raise FetchError(f"{page} has {what} on stop and search; pass the address of one by --home-office{other}")
    return tables[0]


def _content_api(page: str) -> str:
    parts = urlsplit(page)
    path = parts.path if parts.path.startswith("/api/content/") else f"/api/content{parts.path}"
    return urlunsplit(parts._replace(path=path, query="", fragment=""))


def _links(answer) -> list[str]:
    """Every text under a key `url` of an answer, however deep: attachments, and those of an older layout."""
    waiting, found = [answer], []
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            found += [here["url"]] if isinstance(here.get("url"), str) else []
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here
    return found
