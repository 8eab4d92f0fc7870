"""Blocks as HTML: the same on the page of a report and, with a little style beside it, in JupyterLab."""

import html
import re
from collections.abc import Iterable

from sas_analysis.present.wording import begun

BOUNDS = {"under", "over"}  # of a share near none, or near all
TIMES = {"times", "points"}  # units that stand small behind a card's figure
_LETTERS = re.compile("[a-z]{1,3}")  # the mark of a footnote


def _text(value) -> str:
    return html.escape(str(value), quote=True)


def answer(block: dict) -> str:
    """The answer, its bold parts marked by two asterisks."""
    return f'<p class="answer">{emphasised(block["text"])}</p>'


def emphasised(text: str) -> str:
    """A sentence with **bold** parts as HTML; all else is text."""
    parts = _text(text).split("**")
    return "".join(f"<b>{part}</b>" if n % 2 else part for n, part in enumerate(parts))


def cards(block: dict) -> str:
    """Cards, each with what it is, its value, its interval and what it rests on."""
    items = "".join(_card(one) for one in block["cards"])
    said = f'<p class="fromto">{_text(block["said"])}</p>' if block.get("said") else ""
    return f'<ul class="cards" aria-label="Headline figures">{items}</ul>{said}'


def _card(one: dict) -> str:
    big = _big(one["text"])
    mark = f'<span class="mark">{_text(begun(one["mark"]))}</span>' if one["mark"] else ""
    weak = ' class="weak"' if one["mark"] else ""
    return (
        f'<li{weak}><span class="what">{_text(one["what"])}</span><span class="big">{big}</span>'
        f'<span class="int">{_text(one["interval"])}</span><span class="base">{_text(one["base"])}{mark}</span></li>'
    )


def _big(text: str) -> str:
    """The figure of a card: what stands before or behind its number is small."""
    value, _, unit = text.rpartition(" ")
    if unit.rstrip(")") in TIMES:
        return f"{_text(value)} <small>{_text(unit)}</small>"
    if value in BOUNDS:
        return f'<small class="at">{_text(value)}</small> {_text(unit)}'
    return _text(text)


def trust(block: dict) -> str:
    """The trust line: four lights, each a link to where the page says more."""
    items = "".join(
        f'<li><a href="#{_text(one["id"])}"><b class="lt {_text(one["light"])}">{_text(one["words"])}</b> '
        f"{_text(one['fact'])}</a></li>"
        for one in block["lights"]
    )
    return f'<ul class="trust" aria-label="How far these figures can be trusted">{items}</ul>'


def caption(block: dict) -> str:
    """Number, title, downloads, and the grey line below them."""
    links = "".join(f'<a download href="{_text(path)}">{_text(name)}</a>' for name, path in block.get("downloads", []))
    get = f'<span class="get">{links}</span>' if links else ""
    *before, last = list(filter(None, [block.get("mark", ""), block.get("sub", ""), block.get("months", "")])) or [""]
    sub = " ".join([*(f"{part.rstrip('.')}." for part in before), last])
    line = f'<span class="sub">{_text(sub)}</span>' if sub else ""
    number = f'<span class="n">{_text(block["number"])}</span> ' if block.get("number") else ""
    return f"<b>{number}{_text(block['title'])}</b>{get}{line}"


def table(block: dict) -> str:
    """A table with its caption and footnotes; without a row, one line."""
    if not block["rows"]:
        said = _text(block.get("nothing") or "none")
        mark = f'<span class="sub">{_text(block["mark"])}</span>' if block.get("mark") else ""
        bare = {**block, "downloads": [], "sub": "", "months": "", "mark": ""}
        return f'<p class="none">{caption(bare)}: <span>{said}.</span>{mark}</p>'
    kind = "wide" if block.get("grid") else f"cardy c{min(len(block['columns']) - 1, 4)}"
    head = "".join(f'<th scope="col"{_number(number)}>{_text(name)}</th>' for name, number in block["columns"])
    body = "".join(f"<tr>{_row(row, block['columns'])}</tr>" for row in block["rows"])
    notes = "".join(_note(text) for text in block["notes"])
    foot = f'<ul class="foot">{notes}</ul>' if notes else ""
    table = (
        f'<table class="{kind}"><caption>{caption(block)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    if kind == "wide":
        table = f'<div class="scroll" tabindex="0" role="region" aria-label="{_text(block["title"])}">{table}</div>'
    return f'<div class="t">{table}{foot}</div>'


def _number(is_number: bool) -> str:
    return ' class="num"' if is_number else ""


def _row(row: list, columns: list) -> str:
    first, *rest = row
    cells = "".join(
        f'<td{_number(number)} data-l="{_text(name)}">{_cell(cell)}</td>'
        for cell, (name, number) in zip(rest, columns[1:], strict=True)
    )
    return f'<th scope="row">{_cell(first)}</th>{cells}'


def _cell(cell: list) -> str:
    text, small, mark = cell
    sup = f"<sup>{_text(mark)}</sup>" if mark else ""
    return f"{_text(text)}{sup}" + (f" <small>{_text(small)}</small>" if small else "")


def _note(text: str) -> str:
    letter, _, rest = text.partition("  ")
    return (
        f"<li><sup>{_text(letter)}</sup> {_text(rest)}</li>"
        if rest and _LETTERS.fullmatch(letter)
        else f"<li>{_text(text)}</li>"
    )


def figure(block: dict, picture: str = "") -> str:
    """A figure: caption, key and rows; `picture` is the HTML of an image where it has no rows."""
    key = "".join(f"<li>{sign}{_text(words)}</li>" for sign, words in block.get("key", []))
    keys = f'<ul class="key">{key}</ul>' if key else ""
    body = block.get("html") or picture
    return f"<figure><figcaption>{caption(block)}</figcaption>{keys}{body}</figure>"


def folded(summary: str, body: str) -> str:
    """Something behind a line that opens it."""
    return f'<details class="fold"><summary>{_text(summary)}</summary><div>{body}</div></details>'


def of_block(block: dict, picture: str = "") -> str:
    """The HTML of a block on the page; "" for one that only JupyterLab shows."""
    make = {"answer": answer, "cards": cards, "trust": trust, "table": table}.get(block["kind"])
    made = figure(block, picture) if block["kind"] == "figure" else make(block) if make else ""
    is_folded = block.get("fold") and (block.get("rows") or block["kind"] == "figure")
    return folded(block["fold"], made) if is_folded else made


# --- JupyterLab ------------------------------------------------------------------------------------------------------

_LAB = "<style>{}</style>".format(
    """
.sas table{border-collapse:collapse;font-size:13px}
.sas caption{caption-side:top;text-align:left;padding:0 0 6px;color:inherit}
.sas th,.sas td{text-align:left!important;padding:4px 14px 4px 0!important;vertical-align:baseline}
.sas td.num,.sas th.num{text-align:right!important}
.sas small,.sas .sub,.sas .foot,.sas .fromto,.sas .int,.sas .base{color:#6b7680;font-size:12px}
.sas .sub,.sas .cards span,.sas .trust b{display:block}
.sas .get{display:none}
.sas .foot,.sas .cards,.sas .trust{list-style:none;padding:0;margin:6px 0}
.sas .cards,.sas .trust{display:flex;flex-wrap:wrap;gap:12px 28px}
.sas .cards li{max-width:13em}
.sas .trust li{max-width:16em}
.sas .what{font-weight:600}
.sas .big{font-size:26px;font-weight:700}
.sas .answer{font-size:18px;max-width:46em}
.sas .trust a{text-decoration:none;color:inherit;font-size:12px}
""".replace("\n", "")
)


def in_lab(parts: str | Iterable[str]) -> str:
    """HTML of blocks for JupyterLab, which has no style of ours."""
    made = parts if isinstance(parts, str) else "".join(parts)
    return f'{_LAB}<div class="sas">{made}</div>' if made else ""
