"""Numbers as text: one formatter for tables, figures and sentences, so that they never disagree."""

from collections.abc import Callable

import pandas as pd

from sas_analysis.errors import number_of
from sas_analysis.measures.registry import MEASURES, RATIO, is_points, is_share
from sas_analysis.measures.table import group_columns
from sas_analysis.reference.official.reconcile import PER_WHITE

# Columns that are no measure: their digits after the point. Any other has three that say something, if not whole.
_DIGITS = dict.fromkeys(("ratio", "ratio_lowest", "ratio_highest", "target", "tau", "z", "delta", "factor"), 2)
_DIGITS["without"] = 2  # a ratio without one force
_DIGITS |= dict.fromkeys(("lower_95", "upper_95", "lower_998", "upper_998"), 2)  # the limits of ratios
_DIGITS |= dict.fromkeys(("e_value", "e_value_of_limit"), 2)
_DIGITS |= dict.fromkeys(("tau_squared", "tau_squared_lower", "tau_squared_upper"), 3)
NOT_ESTIMABLE = "not estimable"
_NEAR_PARITY = 1.2  # a ratio below it has two digits in a headline
_SMALLEST_SHARE = 0.0001  # below it, or as near to all, a share is not printed as a number


def number(value, measure: str) -> str:
    """A value of a measure as text: shares in per cent, ratios and rates with the digits a reader can use.

    A difference of shares is in points, with its sign: "-1.3 points".
    """
    if pd.isna(value):
        return NOT_ESTIMABLE
    if is_points(measure):
        return f"{_points(value)} points"
    if is_share(measure) or _is_official_share(measure):
        return _percent(value, 1 if value == 0 or value >= 0.01 else 2)
    digits = MEASURES[measure].digits if measure in MEASURES else 1
    if digits == 2 or measure.endswith(PER_WHITE):
        return f"{value:.3f}" if measure.endswith(PER_WHITE) and value < 0.1 else f"{value:.2f}"
    if measure.startswith("searches") and measure not in MEASURES:  # a count beside the official one; 40 a day are 40.0
        return count(value)
    return f"{value:,.{digits}f}" if abs(value) < 1000 else f"{value:,.0f}"


def _percent(value: float, digits: int) -> str:
    """A share in per cent. Some are never printed as none, nor nearly all as all: 8,340 of 8,342 are 99.98%.

    Examples
    --------
    >>> _percent(0.12345, 1), _percent(8340 / 8342, 1), _percent(0.00003, 2), _percent(0.99999, 1), _percent(1.0, 1)
    ('12.3%', '99.98%', 'under 0.01%', 'over 99.99%', '100.0%')
    """
    if 0 < value < _SMALLEST_SHARE:
        return f"under {100 * _SMALLEST_SHARE:.2f}%"
    if 1 - _SMALLEST_SHARE < value < 1:
        return f"over {100 * (1 - _SMALLEST_SHARE):.2f}%"
    text = f"{100 * value:.{digits}f}"
    return f"{100 * value:.2f}%" if 0 < value < 1 and float(text) in (0, 100) else f"{text}%"


def searches(number: float, of: float | None = None) -> str:
    """A number of searches: "1 search", "1,200 searches", "1 of 1,200 searches"; a dash for what is missing."""
    return number_of(count(number), "search", of=None if of is None else count(of))


def headline(value, measure: str, lower=None, upper=None) -> tuple[str, str]:
    """A value and its limits with the digits of a headline: ("2.5", "2.4 to 2.7"); limits are "" where there are none.

    Ratios have one digit after the point, two below 1.2, where a digit decides the side of 1 that a limit is on.

    Examples
    --------
    >>> headline(2.5378, "disproportionality_ratio", 2.3826, 2.7027)
    ('2.5', '2.4 to 2.7')
    >>> headline(0.8056, "disproportionality_ratio", 0.6714, 0.9616)
    ('0.81', '0.67 to 0.96')
    """
    if pd.isna(value):
        return "–", ""
    write = _headline_writer(float(value), measure)
    none = lower is None or pd.isna(lower)
    limits = "" if none else f"{write(lower)} to {write(upper)}" if upper != float("inf") else f"{write(lower)} or more"
    return write(value), limits


def _headline_writer(value: float, measure: str) -> Callable[[float], str]:
    kind = MEASURES[measure].kind if measure in MEASURES else ""
    if kind == RATIO:
        digits = 1 if value >= _NEAR_PARITY else 2
        return lambda number: f"{number:,.{digits}f}"
    if is_share(measure):
        digits = 1 if value >= 0.01 or value == 0 else 2
        return lambda number: _percent(number, digits)
    return lambda other: number(other, measure)


def or_dash(value, measure: str) -> str:
    """`number`, or a dash for none: of a table whose footnotes say why."""
    return "–" if pd.isna(value) else number(value, measure)


def _points(value) -> str:
    text = f"{100 * value:+.1f}"
    return "0.0" if float(text) == 0 else text


def column(value, name: str) -> str:
    """A number of a column that is no measure, by the column's name: shares in per cent, ratios with two digits."""
    if pd.isna(value):
        return "–"
    if name == "p_value":
        return f"{value:.3f}" if value >= 0.001 else "< 0.001"
    if name == "i_squared" or name.startswith("share"):
        return _percent(value, 1)
    return f"{value:,.{_DIGITS[name]}f}" if name in _DIGITS else _as_it_is(value)


def _as_it_is(value) -> str:
    """A number of which nothing is known: three digits that say something, and never fewer than one after the point.

    An odds ratio of 1.04 or a p-value of 0.0004 in a user's own table is not to be printed as 1.0 or 0.0.
    """
    small = 0 < abs(value) < 10 and not float(value).is_integer()
    return f"{value:.3g}" if small else count(value)


def difference(value, measure: str) -> str:
    """How far ours is from the official figure, as `reconcile.reconcile` gives it: of shares in points, else in %."""
    if pd.isna(value):
        return "–"
    return f"{_points(value)}" + (" points" if _is_official_share(measure) else "%")


def limit(value, measure: str) -> str:
    """How far ours may be from the official figure, either way: of a factor from and to, for it is as far in logs.

    Examples
    --------
    >>> limit(0.05, "searches"), limit(1.0, "Black per White search")
    ('±5.0%', '-50.0% to +100.0%')
    """
    if pd.isna(value):
        return "–"
    if measure.endswith(PER_WHITE):
        return f"{difference(1 / (1 + value) - 1, measure)} to {difference(value, measure)}"
    return f"±{difference(value, measure).lstrip('+')}"


def _is_official_share(measure: str) -> bool:
    return measure.startswith("share ") or measure == "ethnic mix"


def interval(lower, upper, measure: str) -> str:
    """Limits as text, "1.2 to 3.4"; empty where there are none."""
    if pd.isna(lower):
        return ""
    if is_points(measure):
        return f"{_points(lower)} to {_points(upper)}"
    return (
        f"{number(lower, measure)} to {number(upper, measure)}"
        if upper != float("inf")
        else (f"{number(lower, measure)} or more")
    )


def exact(value, measure: str, lower=None, upper=None) -> tuple[str, str]:
    """A value and its limits with the digits of a table: ("+5.0 points", "+3.0 to +7.0"); limits are "" of none."""
    return number(value, measure), "" if lower is None else interval(lower, upper, measure)


def count(value) -> str:
    """A count or an amount as text."""
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def row(table: pd.DataFrame, **groups: str) -> pd.Series:
    """The one row of a measures table for a group: row(ratios, ethnicity_5="Black").

    Raises KeyError if there is none, or more than one.
    """
    keep = pd.Series(True, index=table.index)
    for column, value in groups.items():
        keep &= table[column].astype("str").eq(value)
    if keep.sum() != 1:
        raise KeyError(f"{keep.sum()} rows for {groups} in a table by {', '.join(group_columns(table))}")
    return table[keep].iloc[0]


def limits_of(found: pd.Series) -> str:
    """The limits of a row of a measures table in words, those of these months beside those over the years."""
    own = interval(found["lower"], found["upper"], found["measure"])
    period = interval(found["period_lower"], found["period_upper"], found["measure"])
    if not period or (found["lower"] == found["period_lower"] and found["upper"] == found["period_upper"]):
        return own
    return ", ".join(filter(None, [f"{period} in these months", own and f"{own} over the years"]))
