"""Which estimates are no headline, why, and how they are written: one rule for the tables, figures and maps of a page.

Such an estimate stands in brackets, and a page has no other numbers in brackets beside limits. Few searches keep their
limits, which show how little they say; of contradicted records there are none, for chance is not what is wrong.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from sas_analysis.measures.registry import MEASURES, POINTS, is_share
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present.few import FEW_IN_WORDS, FEW_OF_EITHER, is_few, rests_on

NOT_CONFIRMED = "contradicted by official statistics"
TOO_UNKNOWN = "too much is unknown for a headline"
NO_HEADLINE = "not a headline"  # in the note of an estimate of which too much is unknown


def reasons(row: Mapping) -> list[str]:
    """Why an estimate is no headline, gravest first; none where it may be one, or where there is no estimate.

    row : of a measures table.

    Examples
    --------
    >>> row = {"measure": "disproportionality_ratio", "numerator": 9, "denominator": 3.0, "estimate": 3.0, "note": ""}
    >>> reasons(row), reasons(row | {"numerator": 90, "denominator": 30.0})
    (['fewer than 20 searches'], [])
    """
    if pd.isna(row["estimate"]) or (is_share(row["measure"]) and rests_on(row) == 0):  # of no search: a dash
        return []
    note = str(row["note"])
    found = [NOT_CONFIRMED] * (CONTRADICTED in note)
    found += [TOO_UNKNOWN] * is_too_unknown(note)
    points = row["measure"] in MEASURES and MEASURES[row["measure"]].kind == POINTS
    return found + [FEW_OF_EITHER if points else FEW_IN_WORDS] * is_few(row)


def is_too_unknown(note: str) -> bool:
    """Whether a note says that too much is unknown for a headline; that the records are contradicted is another matter.

    Examples
    --------
    >>> is_too_unknown("ethnicity unknown in 42.0% of searches: not a headline"), is_too_unknown(CONTRADICTED)
    (True, False)
    """
    return NO_HEADLINE in note.replace(CONTRADICTED, "")


def too_unknown(notes: pd.Series) -> pd.Series:
    """Which notes say so, as `is_too_unknown`."""
    return notes.map(is_too_unknown).astype(bool)


def written(row: Mapping, text: str, small: str) -> tuple[str, str]:
    """A number and its limits as a page writes them. text, small : both as they are of a headline.

    Examples
    --------
    >>> row = {"measure": "disproportionality_ratio", "numerator": 9, "denominator": 3.0, "estimate": 3.0, "note": ""}
    >>> written(row, "3.00", "1.2 to 6.5")
    ('(3.00)', '(1.2 to 6.5)')
    """
    why = reasons(row)
    if not why:
        return text, small
    return f"({text})", f"({small})" if small and NOT_CONFIRMED not in why else ""


def is_in_doubt(why: list[str]) -> bool:
    """Whether some reasons are more than chance: the records do not say what the number is, however many there are."""
    return NOT_CONFIRMED in why or TOO_UNKNOWN in why


def are_several(rows: Iterable[Mapping]) -> bool:
    """Whether the estimates of some rows are no headline for more than one reason: then each says its own."""
    return len({tuple(why) for row in rows if (why := reasons(row))}) > 1


def legend(rows: Iterable[Mapping]) -> list[str]:
    """What brackets mean below a table of some rows; nothing where none has any."""
    rows = list(rows)
    why = next((found for row in rows if (found := reasons(row))), [])
    if not why:
        return []
    return ["In brackets: no headline; the footnote says why." if are_several(rows) else f"In brackets: {also(why)}."]


def also(why: list[str]) -> str:
    """Reasons as one text.

    Examples
    --------
    >>> also(["contradicted by official statistics", "fewer than 20 searches"])
    'contradicted by official statistics, and fewer than 20 searches'
    """
    return ", and ".join(why)
