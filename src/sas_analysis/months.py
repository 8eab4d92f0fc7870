"""Months as texts "YYYY-MM": what is one, which comes later, and many of them in words."""

import calendar
import re
from collections.abc import Iterable
from functools import cache

from sas_analysis.errors import number_of

MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"  # a regular expression, to be part of others
PERIODS = {"month": "M", "quarter": "Q", "year": "Y"}  # of a series, and what pandas calls them
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}  # of the calendar
_MONTH = re.compile(MONTH, re.ASCII)
DAYS_OF_A_YEAR = 365.25


def is_month(text: object) -> bool:
    """Whether it is a text "YYYY-MM", as every option and every column of months has it.

    Examples
    --------
    >>> is_month("2019-04"), is_month("2019-13"), is_month("2019-4"), is_month(201904)
    (True, False, False, False)
    """
    return isinstance(text, str) and _MONTH.fullmatch(text) is not None


def month_faults(**months: object) -> list[str]:
    """A fault for each that is no month, by the name of its argument.

    Examples
    --------
    >>> print(*month_faults(start="2020-9", end="2021-03"))
    start='2020-9' is no month; write "YYYY-MM", such as "2018-04"
    """
    return [
        f'{name}={value!r} is no month; write "YYYY-MM", such as "2018-04"'
        for name, value in months.items()
        if not is_month(value)
    ]


def period_faults(
    start: object, end: object, *, within: tuple[str, str] | None = None, unbounded: bool = False
) -> list[str]:
    """What is wrong with a period, a line each: what is no month, an end before its start, months out of a study.

    Parameters
    ----------
    start, end : str
        First and last month.
    within : (str, str), optional
        The first and the last month of the study that they are of.
    unbounded : bool
        Whether "" has no bound.

    Examples
    --------
    >>> period_faults("2020-09", "2020-03")
    ["the period ends (end='2020-03') before it starts (start='2020-09')"]
    >>> period_faults("2019-01", "2019-06", within=("2019-04", "2020-03"))
    ['2019-01 to 2019-06 is not within the study, which is from 2019-04 to 2020-03: ask for months of it']
    """
    given = {name: month for name, month in (("start", start), ("end", end)) if month != "" or not unbounded}
    if faults := month_faults(**given):
        return faults
    if len(given) == 2 and start > end:
        return [f"the period ends (end={end!r}) before it starts (start={start!r})"]
    if within and not all(within[0] <= month <= within[1] for month in given.values()):
        own = f"the study, which is from {within[0]} to {within[1]}"
        return [f"{start} to {end} is not within {own}: ask for months of it"]
    return []


def later(month: str, by: int) -> str:
    """The month `by` months after `month`, both "YYYY-MM".

    Examples
    --------
    >>> later("2019-11", 3), later("2019-01", -1)
    ('2020-02', '2018-12')
    """
    count = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{count // 12:04}-{count % 12 + 1:02}"


def months_between(start: str, end: str) -> list[str]:
    """All months from `start` to `end`, both "YYYY-MM" and both included; none if `end` comes first.

    Examples
    --------
    >>> months_between("2019-11", "2020-01")
    ['2019-11', '2019-12', '2020-01']
    """
    count = (int(end[:4]) - int(start[:4])) * 12 + int(end[5:]) - int(start[5:]) + 1
    return [later(start, by) for by in range(count)]


@cache
def days_in(month: str) -> int:
    """How many days a month "YYYY-MM" has.

    Examples
    --------
    >>> days_in("2019-02"), days_in("2020-02"), days_in("2020-03")
    (28, 29, 31)
    """
    return calendar.monthrange(int(month[:4]), int(month[5:]))[1]


def in_ranges(months: Iterable[str]) -> str:
    """Months in words; "none" if there are none.

    Examples
    --------
    >>> in_ranges(["2019-07", "2019-01", "2019-02", "2019-03"])
    '2019-01 to 2019-03, 2019-07'
    """
    spans: list[list[str]] = []
    for month in sorted(set(months)):
        if spans and later(spans[-1][-1], 1) == month:
            spans[-1] = [spans[-1][0], month]
        else:
            spans.append([month])
    return ", ".join(" to ".join(span) for span in spans) or "none"


def months_in_words(number: int, *, of: int | None = None, several: bool = False) -> str:
    """A number of months, or of months of forces where there are several: these are not months of the calendar.

    of : how many there are.

    Examples
    --------
    >>> months_in_words(7, of=12), months_in_words(20, of=38, several=True), months_in_words(12, of=12)
    ('7 of 12 months', '20 of 38 force-months', 'all 12 months')
    >>> months_in_words(1), months_in_words(1, of=1)
    ('1 month', 'the month')
    """
    kind = ("force-" if several else "") + "month"
    if of is None:
        return number_of(number, kind)
    if number == of:
        return f"the {kind}" if of == 1 else f"all {of:,} {kind}s"
    return f"{number:,} of {of:,} {kind}s"
