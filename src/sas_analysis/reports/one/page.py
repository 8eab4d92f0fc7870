"""An executed notebook as one HTML page that needs no server and reads well on a screen, on paper and aloud.

What the page is made of is in template/; `arrangement` puts it into the order of a reader. This module fills the
template and then mends what only the whole page shows: columns of numbers are aligned, figures get a description,
downloads that are not there are not offered, and a page that would load anything from outside is refused.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from sas_analysis.errors import RunError, number_of, plain
from sas_analysis.present import block_html
from sas_analysis.present.blocks import MIME, headline_of, is_numeric
from sas_analysis.reports.one.arrangement import arrange, tag, text_of
from sas_analysis.reports.one.sections import without_silent_sections

_TEMPLATE = Path(__file__).parents[1] / "template"
# What a browser fetches by itself; a link is only followed by its reader.
_LOADED = ("src", "srcset", "poster", "data", "background", "xlink:href")
_OUTSIDE = re.compile(r"(url\(\s*['\"]?|@import\s+['\"]?)(?!data:|#)[^)\s'\"]+", re.IGNORECASE)


def render(
    nb,
    *,
    title: str,
    subtitle: str,
    parameters: Sequence[dict],
    provenance: dict,
    tables: Sequence[str],
    figures: Sequence[str] = (),
) -> str:
    """The page of an executed notebook.

    title : stands where the notebook has no first-level heading. subtitle : whose records, and of when.
    parameters : one dict of `name`, `value`, `help` each, in the order to show. provenance : as
    `provenance.record` gives it. tables, figures : names of the files in `tables/` and `figures/`.
    Raises RunError if the page would load anything from outside.
    """
    from nbconvert.exporters import TemplateExporter

    headline = headline_of(nb)
    if headline["whose"] and ", " in subtitle:  # the forces that its figures hold, and not all that were asked for
        subtitle = f"{headline['whose']}, {subtitle.rpartition(', ')[2]}"
    finished = datetime.fromisoformat(provenance["finished"])
    report = {
        "title": title,
        "subtitle": subtitle,
        "synthetic": provenance["data"]["synthetic"],
        "parameters": parameters,
        "provenance": provenance,
        "made": f"{finished.day} {finished:%B %Y, %H:%M} UTC",
        "tables": tables,
        "cite": _citation(title, subtitle, provenance, finished),
    }
    # Not by the method of HTMLExporter, which parses the whole page and writes it out: `_finish` does so as well.
    shown = without_silent_sections(nb)
    resources = {"report": report, "block_type": MIME}
    page, _ = TemplateExporter.from_notebook_node(_exporter(), shown, resources)
    files = {*(f"tables/{name}" for name in tables), *(f"figures/{name}" for name in figures)}
    return _finish(plain(page, keep="\t\n\r"), title, files, headline)


def _citation(title: str, subtitle: str, provenance: dict, finished: datetime) -> str:
    """How to cite the report: who made it, with what, of which data."""
    simulated = " Simulated records." if provenance["data"]["synthetic"] else ""
    return (
        f"The sas_analysis developers ({finished.year}). {title}: {subtitle}. Report by sas_analysis "
        f"{provenance['version']}, {finished.day} {finished:%B %Y}. Data: data.police.uk, "
        f"{number_of(provenance['data']['rows'], 'record')}, SHA-256 {provenance['data']['sha256']}.{simulated}"
    )


@cache
def _exporter():
    """One exporter for all pages of a process: making it costs more than using it."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name=_TEMPLATE.name,
        extra_template_basedirs=[str(_TEMPLATE.parent)],
        exclude_anchor_links=True,
        embed_images=False,
    )
    exporter.register_filter("place_block", block_html.of_block)
    return exporter


def _finish(page: str, title: str, files: set[str], headline: dict) -> str:
    from lxml import html

    root = html.document_fromstring(page, parser=html.HTMLParser(huge_tree=True))
    arrange(root, title)
    _say_whose(root, headline)
    for style in root.xpath("//style[@scoped]"):
        _take_out(style)  # pandas repeats its own look before every table
    for table in root.xpath("//main//table"):
        _mend_table(table)
    _offer_what_is_there(root, files)
    _describe_figures(root)
    _refuse_outside(root)
    _forbid_loading(root)
    return html.tostring(root, encoding="unicode", doctype="<!DOCTYPE html>")


def _say_whose(root, headline: dict) -> None:
    """Whose records these are above the title, and the source of all figures at the end, as the report says them."""
    if headline["kick"]:
        root.xpath("//p[@class='kick']")[0].text = headline["kick"]
    source = root.xpath("//p[@class='source']")[0]
    source.text = headline["source"]
    if not headline["source"]:
        _take_out(source.getparent())


def _offer_what_is_there(root, files: set[str]) -> None:
    """Only downloads that are files beside the page."""
    for link in root.xpath("//span[@class='get']/a"):
        if link.get("href") not in files:
            frame = link.getparent()
            frame.remove(link)
            if not len(frame):
                _take_out(frame)


def _take_out(element):
    """The element, out of its page; the text that follows it stays there."""
    element.drop_tree()
    element.tail = None
    return element


def _mend_table(table) -> None:
    """Numbers to the right, headers marked for screen readers, a frame that scrolls on narrow screens."""
    if set(table.get("class", "").split()) & {"cardy", "wide"}:
        return  # a table of ours
    for element in (table, *table.iter("tr")):
        element.attrib.pop("style", None)
    table.attrib.pop("border", None)
    _join_index_name(table)
    for part, scope in (("thead", "col"), ("tbody", "row")):
        for header in table.xpath(f".//{part}//th"):
            header.set("scope", scope)
    _align(table)
    caption = table.find("caption")
    label = "Table" if caption is None else text_of(caption)
    frame = tag("div", **{"class": "scroll", "tabindex": "0", "role": "region", "aria-label": label})
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
    if all(not (text_of(above) and text_of(below)) for above, below in zip(*rows, strict=True)):
        for above, below in zip(*rows, strict=True):
            text = above.text_content() if text_of(above) else below.text_content()
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
        if is_numeric([text_of(cell) for cell in cells]):
            for cell in [*cells, *(head[number] for head in heads)]:
                cell.set("class", f"{cell.get('class', '')} num".strip())


def _describe_figures(root) -> None:
    """A figure without a description of its own is at least distinguished by its number and section."""
    number, section = 0, ""
    for one in root.iter("img", "h1", "h2", "h3", "h4"):
        if one.tag != "img":
            section = text_of(one)
            continue
        number += 1
        if not one.get("alt") or one.get("alt").startswith("No description has been provided"):
            one.set("alt", f"Figure {number} of the section {section}")


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


def _forbid_loading(root) -> None:
    """Let the browser enforce it too: no fetching, and no script at all."""
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    root.find("head/meta[@charset]").addnext(
        tag("meta", **{"http-equiv": "Content-Security-Policy", "content": policy})
    )
