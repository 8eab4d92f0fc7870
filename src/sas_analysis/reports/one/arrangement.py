"""The cells of a report in the order of a reader: the first screen, the questions, how far to trust it, the method.

A notebook's cells say by their tags where they belong: `headline` on the first screen, `method` behind a line that
opens it, `appendix` at the end, where each heading is such a line. Everything else stands where it is, in the section
of the heading before it. A notebook without these tags is a page of sections.
"""

import re

from lxml import html

HEADLINE, METHOD, TRUST, APPENDIX = "headline", "method", "trust", "appendix"
_HOW = "How this was counted"


def arrange(root, title: str) -> None:
    """Put the cells of a page into its first screen, its sections and its appendix, and make its contents.

    root : of the page, as the template makes it. title : where the notebook has no first-level heading.
    """
    main = root.get_element_by_id("report")
    cells = [cell for cell in main if cell.get("class") == "cell"]
    header, appendix = root.get_element_by_id("page-header"), root.get_element_by_id("appendix")
    sections = _Sections(appendix)
    for cell in cells:
        main.remove(cell)
        tags = cell.get("data-tags", "").split()
        _take_title(cell, header)
        if HEADLINE in tags:
            _to_first_screen(cell, header, sections)
        elif APPENDIX in tags:
            sections.to_appendix(cell)
        else:
            sections.add(cell, is_method=METHOD in tags, is_trust=TRUST in tags)
    if header.find("h1") is None:
        header.insert(1, tag("h1", title))
    for element in [*sections.first, *sections.made]:
        appendix.addprevious(element)
    _anchors(root, main)
    _contents(root, main)


class _Sections:
    """The sections of a page while they are filled."""

    def __init__(self, appendix):
        self.first, self.made, self.appendix = [], [], appendix
        self._open, self._method, self._folded = None, None, None
        self._after = appendix.find("h2")

    def add(self, cell, *, is_method: bool, is_trust: bool) -> None:
        """The elements of a cell to the section they belong to."""
        for element in _elements(cell):
            if element.tag == "h2":
                self._begin(element, is_trust)
            elif self._open is None:
                self._begin(None, is_trust)
                self._put(element, is_method)
            else:
                self._put(element, is_method)

    def _begin(self, heading, is_trust: bool) -> None:
        self._open, self._method = tag("section"), None
        if heading is not None:
            self._open.append(heading)
        if is_trust:
            self._open.set("id", TRUST)
        self.made.append(self._open)

    def _put(self, element, is_method: bool) -> None:
        if not is_method:
            place = self._open if self._method is None else None
            self._open.append(element) if place is not None else self._method.addprevious(element)
            return
        if self._method is None:
            self._method = _fold(_HOW)
            self._open.append(self._method)
        self._method[-1].append(element)

    def to_appendix(self, cell) -> None:
        """Each heading of the appendix is a line that opens what follows it."""
        for element in _elements(cell):
            if element.tag in ("h2", "h3"):
                self._folded = _fold(element.text_content().strip())
                self._after.addnext(self._folded)
                self._after = self._folded
            elif self._folded is not None:
                self._folded[-1].append(element)
            else:
                self._after.addnext(element)
                self._after = element


def _elements(cell) -> list:
    """What a cell holds, its texts taken out of the frame that holds them all."""
    found = []
    for element in list(cell):
        if element.get("class") == "prose" or (element.get("class") == "prose said" and element.find("h2") is not None):
            found += list(element)
        else:
            found.append(element)
    return [element for element in found if isinstance(element.tag, str)]


def _take_title(cell, header) -> None:
    heading = cell.find(".//h1")
    if heading is not None and header.find("h1") is None:
        heading.tail = None
        heading.getparent().remove(heading)
        header.insert(1, heading)


def _to_first_screen(cell, header, sections: _Sections) -> None:
    for element in _elements(cell):
        if element.get("class") == "answer":
            header.append(element)
        elif element.tag in ("p", "blockquote") and element.get("class") is None:
            note = tag("div")
            note.set("class", "read")
            note.append(element)
            sections.first.append(note)
        elif element.tag not in ("h2", "h3"):
            sections.first.append(element)


def _fold(summary: str):
    made = tag("details")
    made.append(tag("summary", summary))
    made.append(tag("div"))
    return made


def tag(name: str, text: str | None = None, **attributes: str):
    """A new element."""
    made = html.Element(name, attributes)
    made.text = text
    return made


def text_of(element) -> str:
    """What an element says, in one line."""
    return " ".join(part.strip() for part in element.xpath(".//text()") if part.strip())


def _anchors(root, main) -> None:
    """An anchor for each heading and section, and the links of the trust line to where the page says more."""
    seen = {element.get("id") for element in root.xpath("//*[@id]")}
    for heading in main.iter("h2", "h3", "h4"):
        if heading.get("id") is None:
            heading.set("id", _anchor(heading, seen))
    for link in main.xpath(".//ul[@class='trust']//a"):
        link.set("href", f"#{_target(main, link.get('href')[1:])}")


def _target(main, name: str) -> str:
    """The anchor of a heading that begins with a light's name; else the section on trust, else the top."""
    found = [heading.get("id") for heading in main.iter("h2", "h3") if heading.get("id", "").startswith(name)]
    trust = main.xpath(f"./section[@id='{TRUST}']")
    return found[0] if found else TRUST if trust else "top"


def _anchor(heading, seen: set[str]) -> str:
    base = re.sub(r"[^\w]+", "-", heading.text_content().strip().lower()).strip("-") or "section"
    anchor, number = base, 1
    while anchor in seen:
        number += 1
        anchor = f"{base}-{number}"
    seen.add(anchor)
    return anchor


def _contents(root, main) -> None:
    """The table of contents, beside the text and, on narrow screens, behind a line below the first screen."""
    headings = main.xpath("./section/h2")
    root.get_element_by_id("contents").append(_listed(headings))
    narrow = _fold("On this page")
    narrow.set("class", "toc-m")
    narrow[-1].append(_listed(headings))
    first = main.xpath("./section")
    first[0].addprevious(narrow)


def _listed(headings):
    made = tag("ol")
    for heading in headings:
        item = tag("li")
        item.append(tag("a", text_of(heading), href=f"#{heading.get('id')}"))
        made.append(item)
    return made
