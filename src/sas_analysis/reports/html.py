"""An executed notebook as one HTML page that needs no server and reads well on a screen, on paper and aloud.

What the page is made of is in template/; this module fills it and then mends what only the whole page shows:
headings get anchors and a table of contents, columns of numbers are aligned, figures get a description, and a
page that would load anything from outside is refused.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from sas_analysis.errors import RunError

_TEMPLATE = Path(__file__).with_name("template")
_ONE = r"[-−+±<>≥≤~]?\s?£?\d[\d,.]*\s?[%‰]?"
_RANGE = rf"{_ONE}((\s(to|–)|,)\s{_ONE})?"
_NUMBER = re.compile(rf"{_RANGE}(\s?[(\[]{_RANGE}[)\]])?")  # "1.2", "0.9 to 1.6", "1.2 (0.9 to 1.6)"
_NOTHING = {"", "-", "–", "—", "nan", "none", "<na>", "nat", "n/a"}
# What a browser fetches by itself; a link is only followed by its reader.
_LOADED = ("src", "srcset", "poster", "data", "background", "xlink:href")
_OUTSIDE = re.compile(r"(url\(\s*['\"]?|@import\s+['\"]?)(?!data:|#)[^)\s'\"]+", re.IGNORECASE)


def render(
    nb, *, title: str, subtitle: str, parameters: Sequence[dict], provenance: dict, tables: Sequence[str]
) -> str:
    """The page of an executed notebook.

    title : stands where the notebook has no first-level heading. subtitle : whose records, and of when.
    parameters : one dict of `name`, `value`, `help` each, in the order to show. provenance : as
    `provenance.record` gives it. tables : names of the files in `tables/`.
    Raises RunError if the page would load anything from outside.
    """
    from nbconvert.exporters import TemplateExporter

    script = (_TEMPLATE / "code.js").read_text(encoding="utf-8")
    report = {
        "title": title,
        "subtitle": subtitle,
        "synthetic": provenance["data"]["synthetic"],
        "parameters": parameters,
        "provenance": provenance,
        "made": "{0.day} {0:%B %Y, %H:%M} UTC".format(datetime.fromisoformat(provenance["finished"])),
        "tables": tables,
        "script": script,
    }
    # Not by the method of HTMLExporter, which parses the whole page and writes it out: `_finish` does so as well.
    page, _ = TemplateExporter.from_notebook_node(_exporter(), nb, {"report": report})
    return _finish(page, title, script)


@cache
def _exporter():
    """One exporter for all pages of a process: making it costs more than using it."""
    from nbconvert import HTMLExporter
    from nbconvert.filters import Highlight2HTML

    exporter = HTMLExporter(
        template_name=_TEMPLATE.name,
        extra_template_basedirs=[str(_TEMPLATE.parent)],
        exclude_anchor_links=True,
        embed_images=False,
    )
    exporter.register_filter("highlight_code", Highlight2HTML(pygments_lexer="ipython3", parent=exporter))
    return exporter


def _finish(page: str, title: str, script: str) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(page, "html.parser")
    _outline(soup, title)
    for table in soup.find_all("table"):
        _mend_table(soup, table)
    _describe_figures(soup)
    _refuse_outside(soup)
    _forbid_loading(soup, script)
    return str(soup)


def _outline(soup, title: str) -> None:
    """Title to the page's head, an anchor for each heading, and the table of contents."""
    main = soup.find(id="report")
    soup.find(id="page-header").insert(0, main.find("h1") or soup.new_tag("h1", string=title))
    seen: set[str] = set()
    contents = soup.new_tag("ol")
    for tag in [*main.find_all(["h1", "h2", "h3", "h4"]), soup.find(id="about")]:
        tag["id"] = _anchor(tag, seen)
        if tag.name in ("h1", "h2"):
            contents.append(_entry(soup, tag))
        elif tag.name == "h3" and contents.contents:
            section = contents.contents[-1]
            inner = section.find("ol") or section.append(soup.new_tag("ol")) or section.find("ol")
            inner.append(_entry(soup, tag))
    soup.find(id="contents").append(contents)


def _anchor(tag, seen: set[str]) -> str:
    base = tag.get("id") or re.sub(r"[^\w]+", "-", tag.get_text().strip().lower()).strip("-") or "section"
    anchor, number = base, 1
    while anchor in seen:
        number += 1
        anchor = f"{base}-{number}"
    seen.add(anchor)
    return anchor


def _entry(soup, tag):
    entry = soup.new_tag("li")
    entry.append(soup.new_tag("a", href=f"#{tag['id']}", string=tag.get_text(" ", strip=True)))
    return entry


def _mend_table(soup, table) -> None:
    """Numbers to the right, headers marked for screen readers, a frame that scrolls on narrow screens."""
    for attribute in ("border", "style"):
        del table[attribute]
    if style := table.find_previous_sibling("style", scoped=True):
        style.decompose()  # pandas repeats its own look before every table
    for row in table.find_all("tr"):
        del row["style"]
    _join_index_name(table)
    for header in table.select("thead th"):
        header["scope"] = "col"
    for header in table.select("tbody th"):
        header["scope"] = "row"
    _align(table)
    caption = table.find("caption")
    label = caption.get_text(" ", strip=True) if caption else "Table"
    frame = table.wrap(soup.new_tag("div"))
    frame["class"], frame["tabindex"], frame["role"], frame["aria-label"] = "scroll", "0", "region", label


def _join_index_name(table) -> None:
    """pandas gives the name of the index a header row of its own, with nothing else in it."""
    rows = [row.find_all("th", recursive=False) for row in table.select("thead tr")]
    if len(rows) != 2 or len(rows[0]) != len(rows[1]):
        return
    texts = [[cell.get_text(strip=True) for cell in row] for row in rows]
    if all(not (above and below) for above, below in zip(*texts, strict=True)):
        for above, below in zip(*rows, strict=True):
            above.string = above.get_text() if above.get_text(strip=True) else below.get_text()
        rows[1][0].parent.decompose()


def _align(table) -> None:
    rows = [row.find_all(["th", "td"], recursive=False) for row in table.select("tbody tr")]
    rows = [row for row in rows if row and not any(cell.get("colspan") or cell.get("rowspan") for cell in row)]
    width = len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows):
        return
    heads = [row.find_all(["th", "td"], recursive=False) for row in table.select("thead tr")]
    for number in range(width):
        cells = [row[number] for row in rows if "text" not in row[number].get("class", [])]
        if _is_numeric([cell.get_text(" ", strip=True) for cell in cells]):
            for cell in [*cells, *(head[number] for head in heads if len(head) == width)]:
                cell["class"] = [*cell.get("class", []), "num"]


def _is_numeric(texts: Sequence[str]) -> bool:
    """Whether a column's cells are numbers, some perhaps missing: most must be a number."""
    said = [text for text in texts if text.lower() not in _NOTHING]
    return bool(said) and all(_NUMBER.fullmatch(text) for text in said)


def _describe_figures(soup) -> None:
    """A figure without a description of its own is at least told apart by its number and section."""
    for number, image in enumerate(soup.find_all("img"), start=1):
        if not image.get("alt") or image["alt"].startswith("No description has been provided"):
            heading = image.find_previous(["h1", "h2", "h3", "h4"])
            image["alt"] = f"Figure {number} of the section {heading.get_text(' ', strip=True)}"


def _refuse_outside(soup) -> None:
    """Raises RunError, naming all, if the page would fetch anything."""
    found = [
        tag[name]
        for tag in soup.find_all(True)
        for name in _LOADED
        if not str(tag.get(name, "data:")).startswith("data:")
    ]
    found += [tag.get("href", "") for tag in soup.find_all("link")]
    styles = [style.get_text() for style in soup.find_all("style")] + [
        tag["style"] for tag in soup.find_all(style=True)
    ]
    found += [match.group() for style in styles for match in _OUTSIDE.finditer(style)]
    if found:
        first = "; ".join(str(item)[:100] for item in found[:3])
        raise RunError(
            f"the page would load {len(found)} things from outside ({first}); a report must stand alone: "
            "put images into the notebook's outputs, and scripts nowhere"
        )


def _forbid_loading(soup, script: str) -> None:
    """Let the browser enforce it too: no fetching, and no script but the page's own."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    soup.find("meta", charset=True).insert_after(
        soup.new_tag("meta", attrs={"http-equiv": "Content-Security-Policy", "content": policy})
    )
