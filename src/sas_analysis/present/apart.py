"""Which groups differ from the reference group once like is compared with like, and of which there are too few to say.

Limits are those that the page shows. A difference is clear where they leave out none and the group has twenty searches.
That a group shows no clear difference is said of a hundred searches or more: of fewer, limits are so wide that it would
say nothing.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.measures.outcomes.differences import ADJUSTED, CRUDE
from sas_analysis.measures.table import group_columns
from sas_analysis.present import limits
from sas_analysis.present.few import FEWEST, is_few

TOLD_FIRST = 3  # labels that a sentence tells of whether or not they differ
MANY = 100  # searches, from which a share of them is worth a sentence


@dataclass(frozen=True)
class Apart:
    """The groups of a table of differences: rows of those that are clear; names of the others by why.

    Attributes
    ----------
    clear : differences whose limits leave out none
    alike : groups of many searches whose limits hold it
    few : groups of too few searches to say
    none : groups without a difference, with the note of each
    """

    clear: pd.DataFrame
    alike: list[str]
    few: list[str]
    none: dict[str, str]


def apart(table: pd.DataFrame, kind: str = ADJUSTED) -> Apart:
    """The groups of one outcome, or of one label, by which differences of a kind leave out none.

    table : as `outcome_differences`, without other group columns. kind : ADJUSTED, or CRUDE of groups as they are.
    """
    (by,) = group_columns(table)
    own, searches = table[table["measure"].str.endswith(f"_{kind}")], searches_of(table)
    rows, alike, few, none = [], [], [], {}
    for index, row in own.iterrows():
        group = str(row[by])
        number = searches.get(group, np.inf)
        # As printed, in points: a limit of 0.0 leaves out nothing that a reader could see.
        lower, upper = (round(100 * end, 1) for end in limits.shown(row))
        if pd.notna(row["estimate"]) and (lower > 0 or upper < 0) and number >= FEWEST and not is_few(row):
            rows.append(index)
        elif number < MANY:
            few.append(group)
        elif pd.isna(row["estimate"]):
            none[group] = row["note"]
        else:
            alike.append(group)
    return Apart(own.loc[rows], alike, few, none)


def too_few(names: list[str]) -> str:
    """That of some groups there are too few searches to say, and how many would do: a table gives their values.

    Examples
    --------
    >>> too_few(["Other"]), too_few(["Asian", "Black"])
    ('too few searches (under 100) to say', 'too few searches (under 100 of each) to say')
    """
    return f"too few searches (under {MANY}{' of each' * (len(names) > 1)}) to say"


def kinds_told(table: pd.DataFrame, first: int = TOLD_FIRST) -> list[str]:
    """The labels of its first column that a sentence or figure shows: the first, and every other one that is clear.

    table : as `share_differences` returns it, the commonest label first. first : how many are shown in any case.
    """
    *others, _ = group_columns(table)
    parts = table.drop(columns=others).groupby(table[others[0]].astype("str"), sort=False)
    return [str(name) for place, (name, own) in enumerate(parts) if place < first or len(apart(own).clear)]


def searches_of(table: pd.DataFrame) -> dict[str, float]:
    """How many searches of each group a table of differences rests on: those of the crude ones."""
    by = group_columns(table)[-1]
    crude = table[table["measure"].str.endswith(f"_{CRUDE}")]
    return {
        str(group): float(number) if pd.notna(number) else 0.0
        for group, number in zip(crude[by], crude["denominator"], strict=True)
    }
