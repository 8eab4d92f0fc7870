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

from sas_analysis.errors import RunError, plain
from sas_analysis.reports.one.sections import without_silent_sections

_TEMPLATE = Path(__file__).parents[1] / "template"
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
    shown = without_silent_sections(nb)
    page, _ = TemplateExporter.from_notebook_node(_exporter(), shown, {"report": report})
    return _finish(plain(page, keep="\t\n\r"), title, script)


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
    from lxml import html

    root = html.document_fromstring(page, parser=html.HTMLParser(huge_tree=True))
    _outline(root, title)
    for style in root.xpath("//style[@scoped]"):
        _take_out(style)  # pandas repeats its own look before every table
    for table in root.xpath("//table"):
        _mend_table(table)
    _describe_figures(root)
    _refuse_outside(root)
    _forbid_loading(root, script)
    return html.tostring(root, encoding="unicode", doctype="<!DOCTYPE html>")


def _text(element) -> str:
    """What it says, in one line."""
    return " ".join(part.strip() for part in element.xpath(".//text()") if part.strip())


def _tag(name: str, text: str | None = None, **attributes: str):
    from lxml import html

    tag = html.Element(name, attributes)
    tag.text = text
    return tag


def _take_out(element):
    """The element, out of its page; the text that follows it stays there."""
    element.drop_tree()
    element.tail = None
    return element


def _outline(root, title: str) -> None:
    """Title to the page's head, an anchor for each heading, and the table of contents."""
    main = root.get_element_by_id("report")
    found = main.find(".//h1")
    heading = _tag("h1", title) if found is None else _take_out(found)
    root.get_element_by_id("page-header").insert(0, heading)
    seen: set[str] = set()
    contents = _tag("ol")
    for tag in [*main.iter("h1", "h2", "h3", "h4"), root.get_element_by_id("about")]:
        tag.set("id", _anchor(tag, seen))
        if tag.tag in ("h1", "h2"):
            contents.append(_entry(tag))
        elif tag.tag == "h3" and len(contents):
            section = contents[-1]
            if section[-1].tag != "ol":
                section.append(_tag("ol"))
            section[-1].append(_entry(tag))
    root.get_element_by_id("contents").append(contents)


def _anchor(tag, seen: set[str]) -> str:
    base = tag.get("id") or re.sub(r"[^\w]+", "-", tag.text_content().strip().lower()).strip("-") or "section"
    anchor, number = base, 1
    while anchor in seen:
        number += 1
        anchor = f"{base}-{number}"
    seen.add(anchor)
    return anchor


def _entry(heading):
    entry = _tag("li")
    entry.append(_tag("a", _text(heading), href=f"#{heading.get('id')}"))
    return entry


def _mend_table(table) -> None:
    """Numbers to the right, headers marked for screen readers, a frame that scrolls on narrow screens."""
    for element in (table, *table.iter("tr")):
        element.attrib.pop("style", None)
    table.attrib.pop("border", None)
    _join_index_name(table)
    for part, scope in (("thead", "col"), ("tbody", "row")):
        for header in table.xpath(f".//{part}//th"):
            header.set("scope", scope)
    _align(table)
    caption = table.find("caption")
    label = "Table" if caption is None else _text(caption)
    frame = _tag("div", **{"class": "scroll", "tabindex": "0", "role": "region", "aria-label": label})
    frame.tail, table.tail = table.tail, None
    table.getparent().replace(table, frame)
    frame.append(table)


def _cells(row) -> list:
    return [cell for cell in row if cell.tag in ("th", "td")]


def _join_index_name(table) -> None:
    """pandas gives the name of the index a header row of its own, with nothing else in it."""
    rows = [_cells(row) for row in table.xpath(".//thead//tr")]
    if len(rows) != 2 or len(rows[0]) != len(rows[1]):
        return
    if all(not (_text(above) and _text(below)) for above, below in zip(*rows, strict=True)):
        for above, below in zip(*rows, strict=True):
            text = above.text_content() if _text(above) else below.text_content()
            del above[:]
            above.text = text
        _take_out(rows[1][0].getparent())


def _align(table) -> None:
    rows = [row for row in map(_cells, table.xpath(".//tbody//tr")) if row]
    rows = [row for row in rows if not any(cell.get("colspan") or cell.get("rowspan") for cell in row)]
    width = len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows):
        return
    heads = [head for head in map(_cells, table.xpath(".//thead//tr")) if len(head) == width]
    for number in range(width):
        cells = [row[number] for row in rows if "text" not in row[number].get("class", "").split()]
        if _is_numeric([_text(cell) for cell in cells]):
            for cell in [*cells, *(head[number] for head in heads)]:
                cell.set("class", f"{cell.get('class', '')} num".strip())


def _is_numeric(texts: Sequence[str]) -> bool:
    """Whether a column's cells are numbers, some perhaps missing: most must be a number."""
    said = [text for text in texts if text.lower() not in _NOTHING]
    return bool(said) and all(_NUMBER.fullmatch(text) for text in said)


def _describe_figures(root) -> None:
    """A figure without a description of its own is at least distinguished by its number and section."""
    number, section = 0, ""
    for tag in root.iter("img", "h1", "h2", "h3", "h4"):
        if tag.tag != "img":
            section = _text(tag)
            continue
        number += 1
        if not tag.get("alt") or tag.get("alt").startswith("No description has been provided"):
            tag.set("alt", f"Figure {number} of the section {section}")


def _refuse_outside(root) -> None:
    """Raises RunError, naming all, if the page would fetch anything."""
    tags = list(root.iter("*"))
    found = [value for tag in tags for name, value in tag.items() if name in _LOADED and not value.startswith("data:")]
    found += [tag.get("href", "") for tag in root.iter("link")]
    styles = [style.text or "" for style in root.iter("style")] + [tag.get("style", "") for tag in tags]
    found += [match.group() for style in styles for match in _OUTSIDE.finditer(style)]
    if found:
        first = "; ".join(item[:100] for item in found[:3])
        raise RunError(
            f"the page would load {len(found)} things from outside ({first}); a report must stand alone: "
            "put images into the notebook's outputs, and scripts nowhere"
        )


def _forbid_loading(root, script: str) -> None:
    """Let the browser enforce it too: no fetching, and no script but the page's own."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    root.find("head/meta[@charset]").addnext(
        _tag("meta", **{"http-equiv": "Content-Security-Policy", "content": policy})
    )
