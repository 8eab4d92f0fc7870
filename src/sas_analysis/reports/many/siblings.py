"""Links between the reports on the same place and months, put into their pages when the index is made.

A page is made before the pages beside it are, so it has a place that is empty. What is put there changes the page's
hash, which run.json and the RO-Crate are then given anew. A page that is not as its run.json says is left alone, and
so is one of an earlier version, which has no such place.
"""

import html
import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from sas_analysis.files import sha256, sha256_of, write_whole
from sas_analysis.reports.many.staleness import CRATE, RECORD

PAGE = "report.html"
_PLACE = re.compile(r'(<div class="siblings">).*?(</div>)', re.DOTALL)


def link_siblings(out: Path, rows: Iterable, *, index: str, named: Callable[[str], str]) -> None:
    """Have the pages of each row of the index lead to each other, and to the index.

    out : folder of the reports. rows : as `index.row.rows_of` gives them. index : name of its page. named : what a
    report is called. What cannot be written stays as it is: nothing hangs on it.
    """
    for row in rows:
        there = [one for one in row.reports.values() if one.there]
        for entry in there:
            links = [(named(one.report), f"../{quote(one.folder)}/{PAGE}") for one in there if one is not entry]
            with suppress(OSError, ValueError, KeyError, TypeError):
                _fill(out / entry.folder, _listed([*links, ("All reports", f"../{index}")]))


def _listed(links: list[tuple[str, str]]) -> str:
    items = "".join(f'<li><a href="{html.escape(to)}">{html.escape(name)}</a></li>' for name, to in links)
    return f'<nav aria-label="Reports on the same place and months"><b>Same place and months</b><ul>{items}</ul></nav>'


def _fill(folder: Path, links: str) -> None:
    """Put the links into a page, and its new hash where its old one is."""
    content = (folder / PAGE).read_bytes()
    filled = _PLACE.sub(lambda found: f"{found[1]}{links}{found[2]}", content.decode("utf-8"), count=1).encode()
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    page = next((made for made in record["outputs"] if made["path"] == PAGE), {"sha256": ""})
    if filled == content or page["sha256"] != sha256(content):
        return
    page |= {"sha256": sha256(filled), "bytes": len(filled)}
    crate = json.loads((folder / CRATE).read_text(encoding="utf-8"))
    write_whole(folder / PAGE, filled)
    write_whole(folder / RECORD, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    for part in crate["@graph"]:
        if part["@id"] in (PAGE, RECORD):
            file = folder / part["@id"]
            part |= {"sha256": sha256_of(file), "contentSize": str(file.stat().st_size)}
    write_whole(folder / CRATE, json.dumps(crate, indent=4, sort_keys=True, ensure_ascii=False))
