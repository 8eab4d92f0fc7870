"""Months as texts "YYYY-MM": what is one, which comes later, and many of them in words."""

import calendar
import re
from collections.abc import Iterable
from functools import cache

MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"  # a regular expression, to be part of others
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
        return f"{number:,} {kind}{'s' * (number != 1)}"
    if number == of:
        return f"the {kind}" if of == 1 else f"all {of:,} {kind}s"
    return f"{number:,} of {of:,} {kind}s"
