"""Months as texts "YYYY-MM": which comes later, and many of them in words."""

import re
from collections.abc import Iterable

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def is_month(text: object) -> bool:
    """Whether it is a month as all options take it, "YYYY-MM"."""
    return isinstance(text, str) and bool(_MONTH.fullmatch(text))


def later(month: str, by: int) -> str:
    """The month `by` months after `month`, both "YYYY-MM"."""
    count = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{count // 12:04}-{count % 12 + 1:02}"


def in_ranges(months: Iterable[str]) -> str:
    """Months in words: "2019-01 to 2019-03, 2019-07"; "none" if there are none."""
    spans: list[list[str]] = []
    for month in sorted(set(months)):
        if spans and later(spans[-1][-1], 1) == month:
            spans[-1] = [spans[-1][0], month]
        else:
            spans.append([month])
    return ", ".join(" to ".join(span) for span in spans) or "none"
