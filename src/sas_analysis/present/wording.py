"""Texts as a reader takes them in: months in words, a true minus, and the span of a study's months."""

import re

from sas_analysis.months import MONTH

_NAMES = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_A_MONTH = re.compile(rf"(?<![\w/.-])({MONTH})(?![\w/-]|\.\w)")
_MINUS = re.compile(r"(?<![\w)\]-])-(?=\d)")
_CODE = re.compile(r"(`[^`]*`)")


def month(text: str) -> str:
    """A month "YYYY-MM" in words.

    Examples
    --------
    >>> month("2020-04")
    'April 2020'
    """
    return f"{_NAMES[int(text[5:]) - 1]} {text[:4]}"


def span(start: str, end: str) -> str:
    """The months from `start` to `end`, both "YYYY-MM", in words.

    Examples
    --------
    >>> span("2020-04", "2021-03"), span("2020-04", "2020-04")
    ('April 2020 to March 2021', 'April 2020')
    """
    return month(start) if start == end else f"{month(start)} to {month(end)}"


def begun(text: str) -> str:
    """A text that begins with a capital, behind the marks of bold type.

    Examples
    --------
    >>> begun("no search is placed"), begun("**no ratio**")
    ('No search is placed', '**No ratio**')
    """
    at = len(text) - len(text.lstrip("*"))
    return f"{text[:at]}{text[at : at + 1].upper()}{text[at + 1 :]}"


def lowered(text: str) -> str:
    """A text as it stands within a sentence.

    Examples
    --------
    >>> lowered("Community resolution")
    'community resolution'
    """
    return text[:1].lower() + text[1:]


def worded(text: str) -> str:
    """A text with its months in words and a true minus; what stands in `code` stays as it is.

    Examples
    --------
    >>> worded("-1.3 points in 2020-04, ages 10-34, see `2020-04`")
    '−1.3 points in April 2020, ages 10-34, see `2020-04`'
    """
    text = text.replace("self defined", "self-defined").replace("officer defined", "officer-defined")
    parts = _CODE.split(text)
    return "".join(part if n % 2 else _MINUS.sub("−", _A_MONTH.sub(_in_words, part)) for n, part in enumerate(parts))


def _in_words(found: re.Match) -> str:
    return month(found[1])
