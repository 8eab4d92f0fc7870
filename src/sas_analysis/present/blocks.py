"""What a notebook hands to the page of its report: blocks, each a small table of plain values.

A block stands in the output of a cell under `MIME`, beside the HTML that JupyterLab shows. The page places blocks, the
record of the run (run.json) keeps the answer, the cards and the trust line, and neither has to read HTML.

    kind        one of KINDS
    html        answer, note: markdown text; figure: its rows as HTML, "" for a picture
    number      "Table 3", "Figure 1"; name, title, sub, notes: its file, caption, the grey line below it, its footnotes
    columns     of a table: label, and whether it holds numbers; rows: cells, each a text or [text, small, mark]
    downloads   [label, path] of files beside the page
    cards       of the first screen, see `Card`; lights: of the trust line, see `Light`
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MIME = "application/vnd.sas-analysis.block+json"
TOLD = "told"  # a column that says whether a sentence of the page names the row; such rows are always printed
KINDS = ("answer", "cards", "trust", "note", "text", "table", "figure", "lab")
GOOD, WARN, BAD, NONE = LIGHTS = ("good", "warn", "bad", "none")
_ONE = r"\(?[-−+±<>≥≤~]?\s?£?\d[\d,.]*\s?[%‰]?( points)?\)?"
_RANGE = rf"{_ONE}((\s(to|–)|,)\s{_ONE})?"
_NUMBER = re.compile(rf"{_RANGE}(\s?[(\[]{_RANGE}[)\]])?(\s?(or more))?")  # "1.2", "0.9 to 1.6", "1.2 (0.9 to 1.6)"
_NOTHING = {"", "-", "–", "—", "nan", "none", "<na>", "nat", "n/a"}


def is_numeric(texts: Sequence[str]) -> bool:
    """Whether a column's cells are numbers, some perhaps missing: most must be a number."""
    said = [text for text in texts if text.lower() not in _NOTHING]
    return bool(said) and all(_NUMBER.fullmatch(text) for text in said)


@dataclass(frozen=True)
class Card:
    """A headline figure: what it is, its value as a number and in words, its interval, and what it rests on.

    Parameters
    ----------
    id : str
        Names it to the index of reports; the same in every report of the same kind.
    what : str
        Its heading.
    measure : str
        Of the registry.
    value, lower, upper : float or None
        The value and the limits that are shown; None where there is none.
    text, interval, base : str
        Value, limits ("from 1.9 to 2.3") and what they rest on ("2,939 of 20,279 searches"), in words.
    mark : str
        Why it is no headline; "" where it is one.
    """

    id: str
    what: str
    measure: str
    value: float | None
    lower: float | None
    upper: float | None
    text: str
    interval: str = ""
    base: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Light:
    """One of the four marks of the trust line: what was looked at, a light with three words, and one fact.

    id : "official", "unknown", "months" or "fields". light : one of LIGHTS.
    """

    id: str
    light: str
    words: str
    fact: str


@dataclass(frozen=True)
class Block:
    """A block, which shows itself in JupyterLab and travels to the page of the report.

    content : its parts by name. plain, html : what is shown without a page. png : a picture, for a figure.
    """

    kind: str
    content: dict[str, Any]
    plain: str
    html: str = ""
    png: bytes = b""
    alt: str = field(default="", compare=False)

    def _repr_mimebundle_(self, include=None, exclude=None):
        from base64 import b64encode

        data: dict[str, Any] = {MIME: {"kind": self.kind} | self.content, "text/plain": self.plain}
        if self.html:
            data["text/html"] = self.html
        if self.png:
            data["image/png"] = b64encode(self.png).decode()
        return data, ({"image/png": {"alt": self.alt}} if self.png else {})

    def __repr__(self):
        return self.plain


def card_block(cards: list[Card]) -> dict:
    """Cards as a block holds them."""
    return {"cards": [asdict(card) for card in cards]}


def light_block(lights: list[Light]) -> dict:
    """The lights of a trust line as a block holds them."""
    return {"lights": [asdict(light) for light in lights]}


def blocks_of(nb) -> Iterator[dict]:
    """The blocks in the outputs of an executed notebook, in order."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            block = output.get("data", {}).get(MIME)
            if isinstance(block, dict):
                yield block


def headline_of(nb) -> dict:
    """What the first screen of a report says: `answer`, `cards` and `trust`; and `kick`, `source` and `whose` it is.

    Empty where a notebook has none: a report of one's own need not.
    """
    found = list(blocks_of(nb))
    answers = [block for block in found if block["kind"] == "answer"]
    first = answers[0] if answers else {}
    return {
        "kick": first.get("kick", ""),
        "source": first.get("source", ""),
        "whose": first.get("whose", ""),
        "answer": " ".join(block["text"].replace("**", "") for block in answers),
        "cards": [card for block in found if block["kind"] == "cards" for card in block["cards"]],
        "trust": [light for block in found if block["kind"] == "trust" for light in block["lights"]],
    }
