"""What stands below a table of a page: footnotes of its rows, what brackets mean, and which limits are in its cells."""

import re

import pandas as pd

from sas_analysis.measures.intervals.asked import CONSTANTS
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import limits, no_headline
from sas_analysis.present.wording import begun
from sas_analysis.reference.official.other_years import NOTE

_UNKNOWN = re.compile(r"(\w+) unknown in [\d,]+ of [\d,]+ \(([\d.]+%)\)(: not a headline)?")
_COLUMN = re.compile(r"_(?![\w-]*\.\w)")  # within the name of a column, and not of a file
_SHARE_UNKNOWN = re.compile(r"ethnicity unknown in [\d.]+% of searches(: not a headline)?")
_NONE_BLANK = re.compile(r"\w+ not recorded in 0 of [\d,]+")  # where all is known, there is nothing to remark
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

    A row that is no headline says why in its footnote, where the rows of the table are none for different reasons.

    table : the rows, of a measures table with `_limits`, the name of the limits of each; None of another table. level :
    of limits without one.
    """

    def __init__(self, table: pd.DataFrame | None = None, level: str = ""):
        self.letters: dict[str, str] = {}
        self.main, self.level = "" if table is None else _commonest(table), level
        self._rows = [] if table is None else table.to_dict("records")
        self._each = no_headline.are_several(self._rows)

    def of_row(self, row: dict, *, limited: bool) -> str:
        """The letter of the footnote of a row: why it is no headline, what it alone must say, and what its limits are.

        limited : whether it is shown with limits.
        """
        why = no_headline.reasons(row)
        said = [no_headline.also(why)] if self._each and why else []
        said += [text for text in remark_of(row["note"]).split("; ") if text and text not in why]
        return self.mark("; ".join([*said, *filter(None, [self._kind_of(row) * limited])]))

    def _kind_of(self, row: dict) -> str:
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
        """The footnotes, each behind its letter, and what brackets mean where there are any."""
        listed = [f"{letter}  {begun(text).rstrip('.')}." for text, letter in self.letters.items()]
        return [*listed, *no_headline.legend(self._rows)]


def _letters(number: int) -> str:
    """The mark of a footnote by its number from 0: a to z, then aa, ab and so on."""
    rest, last = divmod(number, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("a") + last)


def remark_of(note: str) -> str:
    """What a row alone must say: its note without what is said once for all."""
    if CONTRADICTED in note:
        note = note.replace(CONTRADICTED, "").strip("; ")
    parts = [part for part in note.split("; ") if part and not part.startswith((CONSTANTS, *_COMMON))]
    parts = [no_headline.TOO_UNKNOWN if no_headline.NO_HEADLINE in part else part for part in parts]
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


def _commonest(table: pd.DataFrame) -> str:
    """The name of the limits of most rows that have any; with a level where any row names one."""
    names = table.loc[table["_limits"].ne(""), "_limits"]
    if names.empty:
        return ""
    kind = names.map(limits.of).value_counts().index[0]
    own = names[names.map(limits.of).eq(kind)]
    return max(own, key=lambda name: "%" in name)
