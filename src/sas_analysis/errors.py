"""The errors raised on purpose: each says what is wrong and what to do, and has an exit code of its own."""

import re
from collections.abc import Sequence


class SasError(Exception):
    """Any error this package raises on purpose. Its text is meant for the reader, without a traceback."""

    exit_code = 1


class DataError(SasError):
    """The records cannot be used as they are."""

    exit_code = 2


class ReconciliationError(SasError):
    """A figure does not agree with the one it must agree with: a published one, or that of a report verified."""

    exit_code = 3


class UnknownLabelError(SasError):
    """The records hold a label that no crosswalk knows."""

    exit_code = 4


class RunError(SasError):
    """The report could not be made: its notebook failed, or its files could not be written."""

    exit_code = 5


class VerificationError(SasError):
    """A report's figures came out again, but its files, data or code are not those of its record."""

    exit_code = 6


class TransientError(RunError):
    """The report could not be made now, for a reason that may be gone at the next attempt."""


class ParameterError(SasError, ValueError):
    """What was asked for cannot be asked: an unknown name, a wrong type. The usage code of sysexits.

    It is a ValueError too, as the measures raise for tables and numbers that do not fit.
    """

    exit_code = 64


def listed(problems: Sequence[str]) -> str:
    """Several problems as one text, so that all are reported together; a single one stands alone."""
    if len(problems) == 1:
        return problems[0]
    return "\n".join([f"{len(problems)} faults:", *(f"  - {problem}" for problem in problems)])


def and_join(items: Sequence[str]) -> str:
    """Items as English: "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def number_of(number: float | str, what: str, *, of: float | str | None = None) -> str:
    """How many of something there are, as English: every sentence that counts asks it, so that none has "1 searches".

    number : or its text, such as "–" of what is missing. what : one of it, "search". of : how many there are in all.

    Examples
    --------
    >>> number_of(1, "search"), number_of(2419, "search"), number_of(1, "month", of=12)
    ('1 search', '2,419 searches', '1 of 12 months')
    """
    texts = [one if isinstance(one, str) else f"{one:,.0f}" for one in (number, of) if one is not None]
    several = "" if texts[-1] == "1" else "es" if what.endswith(("ch", "sh", "s", "x")) else "s"
    return f"{' of '.join(texts)} {what}{several}"


def first_of(items: Sequence[str], most: int, what: str = "") -> str:
    """The first of some items as English, and how many more. what : is counted, "force" for "2 more forces".

    Examples
    --------
    >>> first_of(["a", "b", "c"], 2), first_of(["a", "b"], 2), first_of(["a", "b", "c"], 1, "force")
    ('a, b and 1 more', 'a and b', 'a and 2 more forces')
    """
    more = len(items) - most
    rest = number_of(more, f"more {what}") if what else f"{more} more"
    return and_join([*items[:most], *[rest] * (more > 0)])


# Control characters, ends of lines and paragraphs, what turns the direction of writing, and halves of characters.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str, *, keep: str = "") -> str:
    """A text with every control character written out, such as \\x1b.

    A published label or a file name may hold what steers a terminal or ends a line; written out, it does neither.

    Parameters
    ----------
    keep : characters left as they are, "\\n" where a text of several lines is meant.

    Examples
    --------
    >>> print(plain("Drugs" + chr(27) + "[31m"))
    Drugs\\x1b[31m
    """
    return _STEERING.sub(lambda found: found[0] if found[0] in keep else repr(found[0])[1:-1], text)
