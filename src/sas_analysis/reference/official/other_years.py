"""Official figures of another year than that of the records: which these are, and the words that tell it everywhere.

Where no figures of a year are carried, those of the year before or after stand in (`reconcile`). What they say is of
two periods, so whoever tells of it asks here: a table by `other_year`, a sentence by `of_other_years`, and what has
only the note of a row by `said_in`.
"""

import re
from collections.abc import Iterable

import pandas as pd

from sas_analysis.errors import and_join

NOTE = "official figures"  # how the part of a note begins that tells the other year
_IN_NOTE = re.compile(rf"{NOTE}( of (?:another year|other years) \([^;)]*\))")


def other_year(rows: pd.DataFrame) -> pd.Series:
    """The official year (ending in March) that rows are beside where it is not their own; "" where it is, or of none.

    rows : as `reconcile.reconcile` returns.

    Examples
    --------
    >>> other_year(pd.DataFrame({"year_ending": ["2020-03"] * 3, "compared_with": ["2021-03", "2020-03", ""]})).tolist()
    ['2021-03', '', '']
    """
    beside = rows["compared_with"].fillna("").astype("str")
    return beside.mask(beside.eq(rows["year_ending"].astype("str")), "")


def year_to(year_ending: str) -> str:
    """The end of an official year in words.

    Examples
    --------
    >>> year_to("2021-03")
    'March 2021'
    """
    return f"March {str(year_ending)[:4]}"


def of_other_years(years: Iterable[str]) -> str:
    """What follows "official statistics" where they are not of the year of the records; "" where they are.

    years : as `other_year` has them.

    Examples
    --------
    >>> of_other_years(["2021-03", "2021-03"]), of_other_years(["2021-03", "2018-03"]), of_other_years([""])
    (' of another year (to March 2021)', ' of other years (to March 2018 and to March 2021)', '')
    """
    ends = [f"to {year_to(year)}" for year in sorted({year for year in years if year})]
    return f" of {'another year' if len(ends) == 1 else 'other years'} ({and_join(ends)})" if ends else ""


def in_note(years: Iterable[str]) -> str:
    """The part of a note that tells the other years; "" of none, or where figures of the same year say so too.

    Examples
    --------
    >>> in_note(["2021-03"]), in_note(["2021-03", ""])
    ('official figures of another year (to March 2021)', '')
    """
    years = set(years)
    return f"{NOTE}{of_other_years(years)}" if years and "" not in years else ""


def said_in(notes: Iterable[str]) -> str:
    """What `of_other_years` says of the years in some notes; of several sayings the first.

    Examples
    --------
    >>> said_in(["", "not a headline; official figures of another year (to March 2021)"])
    ' of another year (to March 2021)'
    """
    return next((found[1] for note in notes if (found := _IN_NOTE.search(str(note)))), "")
