"""What stands below a table of a page: footnotes of its rows, what brackets mean, and which limits are in its cells."""

import re

import pandas as pd

from sas_analysis.measures.intervals.asked import CONSTANTS
from sas_analysis.measures.registry import MEASURES, POINTS
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import limits
from sas_analysis.present.few import FEW_IN_WORDS, FEW_OF_EITHER
from sas_analysis.present.wording import begun
from sas_analysis.reference.official.other_years import NOTE

_UNKNOWN = re.compile(r"(\w+) unknown in [\d,]+ of [\d,]+ \(([\d.]+%)\)(: not a headline)?")
_COLUMN = re.compile(r"_(?![\w-]*\.\w)")  # within the name of a column, and not of a file
_SHARE_UNKNOWN = re.compile(r"ethnicity unknown in [\d.]+% of searches(: not a headline)?")
_NONE_BLANK = re.compile(r"\w+ not recorded in 0 of [\d,]+")  # where all is known, there is nothing to remark
_FEW, _BAD = FEW_IN_WORDS, "contradicted by official statistics"
_COMMON = (
    "limits by constants",
    "share of ",
    "an assumption about",
    "if no unknown",
    "if all unknown",
    "residents of all",
    f"{NOTE} of",
)
_SHOWN = ("few searches",)  # by brackets


class Notes:
    """Footnotes of rows, each lettered when it is first used, and what the limits in the cells are.

    Most rows have limits of one kind, which is said once; a row with others says in its footnote which these are.

    main : the name of the limits that most rows have. level : of names without one.
    """

    def __init__(self, main: str = "", level: str = ""):
        self.letters: dict[str, str] = {}
        self.main, self.level = main, level

    def of(self, row: dict) -> str:
        """What the limits of a row are, where they are not of the kind of most; else ""."""
        name = row["_limits"]
        other = bool(name) and limits.of(name) != limits.of(self.main)
        return limits.interval([name], self.level) if other else ""

    def interval_said(self, rows: list) -> list[str]:
        """What the small numbers of some rows of cells are; nothing where there are none."""
        said = limits.interval([self.main] if self.main else [], self.level)
        return [f"Small: {said}."] if said and any(cell[1] for row in rows for cell in row) else []

    def mark(self, text: str) -> str:
        """The letter of a footnote; "" for no text."""
        if not text:
            return ""
        return self.letters.setdefault(text, _letters(len(self.letters)))

    def listed(self) -> list[str]:
        """The footnotes, each behind its letter."""
        return [f"{letter}  {begun(text).rstrip('.')}." for text, letter in self.letters.items()]


def _letters(number: int) -> str:
    """The mark of a footnote by its number from 0: a to z, then aa, ab and so on."""
    rest, last = divmod(number, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("a") + last)


def remark_of(note: str) -> str:
    """What a row alone must say: its note without what is said once for all."""
    if CONTRADICTED in note:
        note = note.replace(CONTRADICTED, "").strip("; ")
    parts = [part for part in note.split("; ") if part and not part.startswith((CONSTANTS, *_COMMON))]
    parts = ["too much is unknown for a headline" if "not a headline" in part else part for part in parts]
    parts = [part for part in parts if not _NONE_BLANK.fullmatch(part)]
    parts = [part for part in parts if part not in _SHOWN and not part.startswith("pool")]
    parts = [part for part in parts if not _SHARE_UNKNOWN.fullmatch(part) and not _UNKNOWN.fullmatch(part)]
    return "; ".join(_COLUMN.sub(" ", part.replace("ethnicity_5", "ethnic group")) for part in parts)


def unknown_column(notes: pd.Series) -> tuple[str, list[str]] | None:
    """A column of the shares unknown, where every row's note has its own; else None."""
    found = [match for note in notes if (match := _UNKNOWN.search(note))]
    if len(found) < max(len(notes), 2) or len({match[2] for match in found}) == 1:
        return None
    return f"{found[0][1].capitalize()} unknown", [match[2] for match in found]


def commonest(table: pd.DataFrame) -> str:
    """The name of the limits of most rows that have any; with a level where any row names one."""
    names = table.loc[table["_limits"].ne(""), "_limits"]
    if names.empty:
        return ""
    kind = names.map(limits.of).value_counts().index[0]
    own = names[names.map(limits.of).eq(kind)]
    return max(own, key=lambda name: "%" in name)


def brackets_said(rows, table: pd.DataFrame) -> list[str]:
    """What brackets mean, where there are any: few searches keep their limits, contradicted records have none."""
    shown = [cell for row in rows for cell in row[1:] if cell[0].startswith("(")]
    bad = table["note"].str.contains(CONTRADICTED, regex=False).any()
    points = table["measure"].map(lambda name: name in MEASURES and MEASURES[name].kind == POINTS).any()
    few = FEW_OF_EITHER if points else _FEW
    why = [few] * any(cell[1] or not bad for cell in shown) + [_BAD] * any(bad and not cell[1] for cell in shown)
    return [f"In brackets: {' or '.join(why)}."] if why else []
