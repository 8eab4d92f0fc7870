"""Which censuses there are, and from which month the official series rests on each: a row of tables/census.csv.

A new census is a row there and its residents in population_force.csv and population_authority.csv.
"""

import calendar
from functools import cache
from typing import NamedTuple

from sas_analysis.reference import _table

# Where Chinese is counted, and the column of the clean table that counts it there.
GROUPINGS = {"Asian": "ethnicity_5", "Other": "ethnicity_5_2001"}


class Census(NamedTuple):
    """A census of England and Wales.

    `day` : "YYYY-MM-DD". `official_from` : the first month that the official series divides by it, "" if it is the
    first. `chinese` : the group that the official series counts Chinese in on this base.
    """

    year: int
    day: str
    official_from: str
    chinese: str
    source: str

    @property
    def name(self) -> str:
        """What a reader calls it."""
        return f"Census {self.year}"

    @property
    def month(self) -> str:
        """The month it was taken, in words: "March 2021"."""
        return in_words(self.day[:7])

    @property
    def ethnicity_column(self) -> str:
        """The five groups of the official series on this base, as a column of the clean table."""
        return GROUPINGS[self.chinese]


@cache
def censuses() -> tuple[Census, ...]:
    """All censuses carried here, the earliest first."""
    rows = (Census(int(row[0]), *row[1:]) for row in _table("census").itertuples(index=False, name=None))
    return tuple(sorted(rows))


def census_years() -> tuple[int, ...]:
    """The years of the censuses carried here, the earliest first."""
    return tuple(census.year for census in censuses())


def official_census(month: str) -> Census:
    """The census that the official series divides by in a month "YYYY-MM"."""
    return [census for census in censuses() if census.official_from <= month][-1]


def in_words(month: str) -> str:
    """A month "YYYY-MM" in words."""
    return f"{calendar.month_name[int(month[5:])]} {month[:4]}"
