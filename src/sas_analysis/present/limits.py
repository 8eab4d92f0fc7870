"""The one pair of limits that a page gives beside a number, and what it is called.

A row of a measures table can have two: of these months (`period_lower`, `period_upper`), and those that `interval`
names, mostly of the level over the years. Beside a number stand those of these months wherever a page gives it: in
cards, sentences, tables and figures; the others where there are none of these. Their name is made of the same row, so
a label never speaks of other limits than those that are shown.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.intervals.asked import PERIOD, PROCESS
from sas_analysis.present import prose

_OF = {
    PERIOD: "of these months",
    PROCESS: "of the level over the years",
    "change": "of the change",
    "step": "of the step",
    "asymptotic": "of independent searches",
}


def shown(row: Any) -> tuple[float, float]:
    """The limits that stand beside the number of a row: of these months where they are known, else those there are.

    row : of a measures table, as a Series or a dict.

    Examples
    --------
    >>> row = {"lower": 1.0, "upper": 3.0, "interval": "95% process", "period_lower": 1.8, "period_upper": 2.2}
    >>> shown(row)
    (1.8, 2.2)
    """
    side = "period_" if pd.notna(row["period_lower"]) else ""
    return row[f"{side}lower"], row[f"{side}upper"]


def name_of(row: Any) -> str:
    """The level and kind of the limits that `shown` gives, as tables name them; "" where there are none.

    Examples
    --------
    >>> name_of({"lower": 1.0, "upper": 3.0, "interval": "95% process", "period_lower": 1.8, "period_upper": 2.2})
    '95% period'
    """
    named = str(row["interval"]) if pd.notna(row["interval"]) else ""
    if pd.isna(row["period_lower"]):
        return named if pd.notna(row["lower"]) else ""
    return f"{named.partition(' ')[0]} {PERIOD}".strip()


def names_of(table: pd.DataFrame) -> list[str]:
    """The names of all limits that a table shows, each once, the commonest first; without a row's own level, ""."""
    names = pd.Series([name_of(row) for row in table.to_dict("records")], dtype="str")
    return list(names[names.ne("")].value_counts().index)


def with_limits(row: Any) -> str:
    """The number of a row and its limits in brackets: "1.63 (1.42 to 1.86)".

    Examples
    --------
    >>> row = {"lower": 1.0, "upper": 3.0, "interval": "95% process", "period_lower": 1.8, "period_upper": 2.2}
    >>> with_limits(row | {"estimate": 2.0, "measure": "disproportionality_ratio"})
    '2.00 (1.80 to 2.20)'
    """
    text = prose.number(row["estimate"], row["measure"])
    limits = "" if pd.isna(row["estimate"]) else prose.interval(*shown(row), row["measure"])
    return f"{text} ({limits})" if limits else text


def of(name: str) -> str:
    """What limits of a name are of, in words; "" where there is nothing to say.

    Examples
    --------
    >>> of("95% process"), of("95% period")
    ('of the level over the years', 'of these months')
    """
    kind = name.rpartition("% ")[2].partition(",")[0]
    return _OF.get(kind, "")


def interval(names: Iterable[str], level: str = "") -> str:
    """Limits by their names in words: "95% interval of these months"; "" without a name.

    level : stands where no name has one.

    Examples
    --------
    >>> interval(["95% period"]), interval(["period"], level="90%")
    ('95% interval of these months', '90% interval of these months')
    """
    names = list(names)
    if not names:
        return ""
    levels = [name.partition(" ")[0] for name in names if "%" in name.partition(" ")[0]]
    said = list(dict.fromkeys(filter(None, map(of, names))))
    return " ".join(filter(None, [levels[0] if levels else level, "interval", and_join(said) if said else ""]))


def from_to(row: Any, write=prose.headline) -> str:
    """The limits of a row in a sentence, "from 1.9 to 2.3"; "" where there are none.

    A page says once that these are of these months; limits of another kind say here what they are of.

    row : of a measures table. write : as `prose.headline`, gives a value and its limits as texts.

    Examples
    --------
    >>> row = {"lower": 1.0, "upper": 3.0, "interval": "95% process", "period_lower": 1.8, "period_upper": 2.2}
    >>> row |= {"estimate": 2.0, "measure": "disproportionality_ratio"}
    >>> from_to(row), from_to(row | {"period_lower": None})
    ('from 1.8 to 2.2', 'from 1.0 to 3.0, the level over the years')
    """
    said = write(row["estimate"], row["measure"], *shown(row))[1]
    if not said:
        return ""
    years = ", the level over the years" * (of(name_of(row)) == _OF[PROCESS])
    return said + years if said.endswith("more") else f"from {said}{years}"
