"""Where a ratio lies: above 1, below it, on both sides of it, or nowhere; and groups of people in words."""

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import limits, prose
from sas_analysis.present.few import is_few

ABOVE, BELOW, ACROSS, FEW, NONE = "above", "below", "across", "few", "none"
RATIO = "disproportionality_ratio"  # the measure
TOO_FEW = "There are too few searches to say."
SAME = "the ratios are the same in the digits given here"
_PEOPLE = {"Mixed": "people of Mixed ethnicity", "Other": "people of Other ethnicity"}


def side(row: pd.Series) -> str:
    """On which side of 1 a ratio and its limits lie; "few" where they rest on too few searches.

    row : of a measures table of ratios. Without limits it is the side of the ratio itself.

    Examples
    --------
    >>> side(compared.ratios.iloc[3])
    'above'
    """
    if pd.isna(row["estimate"]):
        return NONE
    if is_few(row):
        return FEW
    lower, upper = limits.shown(row)
    lower, upper = (row["estimate"], row["estimate"]) if pd.isna(lower) else (lower, upper)
    return ABOVE if lower > 1 else BELOW if upper < 1 else ACROSS


def clear_here_only(row: pd.Series, null: float) -> bool:
    """Whether the limits of these months leave out no difference, and those of the years around them do not.

    row : of a measures table. null : the value of no difference, 1 of a ratio and 0 of a difference.
    """
    if row[["period_lower", "period_upper", "lower", "upper"]].isna().any():
        return False
    here = row["period_lower"] > null or row["period_upper"] < null
    return bool(here and row["lower"] <= null <= row["upper"])


def people(group: str) -> str:
    """A group of people in words.

    Examples
    --------
    >>> people("Asian"), people("Mixed")
    ('Asian people', 'people of Mixed ethnicity')
    """
    return _PEOPLE.get(group, f"{group} people")


def groups(names) -> str:
    """Groups as a list, "the Mixed and Other groups"."""
    names = list(names)
    return f"the {and_join(names)} group{'s' * (len(names) > 1)}"


def groups_of(rows: list[pd.Series]) -> str:
    """The groups of some rows of a table, as `groups`; "" of none."""
    return groups(row["ethnicity_5"] for row in rows) if rows else ""


def others(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    """The rows of a table of groups beside those of the reference group; `ethnicity_5` as text."""
    return table[table["ethnicity_5"].astype("str").ne(reference)].astype({"ethnicity_5": "str"})


def unclear(row: pd.Series) -> str:
    """What is said behind a ratio with 1 between its limits; "" of another."""
    return " (no clear difference)" * (side(row) == ACROSS)


def times(row: pd.Series) -> str:
    """A ratio with the digits of its card; in brackets where official statistics contradict it."""
    return in_doubt(prose.headline(row["estimate"], row["measure"])[0], row["note"])


def in_doubt(text: str, note: str) -> str:
    """A figure in brackets where its note says that official statistics contradict the records.

    Examples
    --------
    >>> in_doubt("2.5", "")
    '2.5'
    """
    return f"({text})" if CONTRADICTED in str(note) else text


def from_to(row: pd.Series) -> str:
    """The limits of a ratio with the digits of its card: "from 1.9 to 2.3"; "" where there are none."""
    return limits.from_to(row)
