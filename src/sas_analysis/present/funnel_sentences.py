"""The sentence of a funnel: which places lie outside its limits, and what these allow for."""

import pandas as pd

from sas_analysis.errors import first_of
from sas_analysis.measures.pooling.funnel_limits import LEVELS, is_beyond
from sas_analysis.present.few import FEW_IN_WORDS, FEWEST
from sas_analysis.present.labels import label
from sas_analysis.present.sides import people

_NAMED = 5
_WIDE = 3  # times the average, or a third of it: limits that leave out little
_FAR = f"beyond {LEVELS[1] * 100:g}%"  # the verdict of the wider limits


def beyond(table: pd.DataFrame, *, group: str, place: str, one: str, many: str) -> str:
    """Which places lie outside the limits of a funnel.

    table : as `pooling.funnel`. group : of which to speak. place : the column of the places, "force" or "area". one,
    many : what a place is called.
    """
    rows = table[table["ethnicity_5"].astype("str").eq(group) & table["verdict"].ne("")]
    if len(rows) < 2:
        return f"A funnel needs two {many} or more with searches of both groups."
    allowed = (
        f"The limits allow for chance, for months, and for what {many} usually differ by, so to lie inside them is "
    )
    allowed += f"not to have no disparity.{_wide(rows, many)}"
    out = rows[is_beyond(rows["verdict"])].sort_values("ratio", ascending=False, kind="stable")
    if out.empty:
        return f"None of {len(rows)} {many} lies outside the 95% limits{_few(rows, group)}. {allowed}"
    far = int(out["verdict"].eq(_FAR).sum())
    named = [f"{label(name)} ({ratio:.1f})" for name, ratio in out[[place, "ratio"]].to_numpy()]
    lies = "lies" if len(out) == 1 else "lie"
    return (
        f"{len(out)} of {len(rows)} {many} {lies} outside the 95% limits, where one {one} in twenty does by chance: "
        f"{first_of(named, _NAMED)}. {far or 'None'} of them {'lies' if far < 2 else 'lie'} outside the 99.8% limits. "
        f"{allowed}"
    )


def _few(rows: pd.DataFrame, group: str) -> str:
    """How many places have so few searches that hardly any ratio would lie outside; "" where none has."""
    number = int(rows["searches"].astype(float).lt(FEWEST).sum())
    have = "all have" if number == len(rows) else "1 has" if number == 1 else f"{number} have"
    return f"; {have} {FEW_IN_WORDS} of {people(group)}" * bool(number)


def _wide(rows: pd.DataFrame, many: str) -> str:
    """How wide the limits are, where half of the places would lie inside with nearly any ratio; else ""."""
    low, high, middle = (rows[name].astype(float).median() for name in ("lower_95", "upper_95", "target"))
    if not (high >= _WIDE * middle and low <= middle / _WIDE):
        return ""
    return (
        f" These limits are wide, since searches are few or {many} differ much: half of the {many} would lie inside "
        f"the 95% limits with any ratio from {low:.1f} to {high:.1f}."
    )
