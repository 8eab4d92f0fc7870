"""Sentences on months: which of them the numbers rest on, and what it would change to count the others too."""

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.registry import title_of
from sas_analysis.measures.sensitivity import ALL_PUBLISHED, COUNTED, UNUSABLE_INCLUDED
from sas_analysis.measures.table import group_columns
from sas_analysis.months import in_ranges
from sas_analysis.present import prose
from sas_analysis.reference.forces import in_words
from sas_analysis.study.question import fields_of_table

_NAMED = 4
_OUT = {"exclude": "left out", "include": "counted here like any other month, as was asked"}


def months_that_count(study, sensitivity: pd.DataFrame) -> str:
    """Which months the audit leaves out, in which a field may not be used, and how far they move the numbers.

    sensitivity : as `Study.without_flagged` returns it; its measures and groups say which fields matter.
    """
    own = study.using(*fields_of_table(sensitivity, study.choices.ethnicity))
    months = own.verdicts[own.verdicts["verdict"].isin(["fine", "flagged", "unusable"])]
    flagged, unusable = (months[months["verdict"].eq(verdict)] for verdict in ("flagged", "unusable"))
    said = [_flagged(flagged, len(months), own.choices.flagged_months)]
    if len(unusable):
        said.append(_unusable(unusable, len(months), own.choices.unusable))
    if len(flagged) or len(unusable):
        said.append(_moved(sensitivity, own.choices))
    return " ".join(said)


def _flagged(flagged: pd.DataFrame, of: int, choice: str) -> str:
    if flagged.empty:
        return f"The audit leaves out {_none_of(of)}."
    return f"**The audit flags {len(flagged)} of {_months(of)} with records**: {_named(flagged)}; {_OUT[choice]}."


def _unusable(unusable: pd.DataFrame, of: int, choice: str) -> str:
    out = "left out of the numbers that rest on it" if choice == "exclude" else _OUT[choice]
    which = "every month" if len(unusable) == of else f"{len(unusable)} of {_months(of)}"
    return f"**In {which} a field may not be used**: {_named(unusable)}; {out}."


def _named(months: pd.DataFrame) -> str:
    alike = months.groupby(["force", "rules"], sort=False)["month"]
    named = [f"{in_words([force])} {in_ranges(list(own))} ({rules})" for (force, rules), own in alike]
    more = len(named) - _NAMED
    return and_join([*named[:_NAMED], *([f"{more} more"] if more > 0 else [])])


def _none_of(number: int) -> str:
    return {0: "no month, for none has records", 1: "no month: the one with records stays"}.get(
        number, f"none of the {prose.count(number)} months with records"
    )


def _months(number: int) -> str:
    return "1 month" if number == 1 else f"{prose.count(number)} months"


def _moved(sensitivity: pd.DataFrame, choices) -> str:
    """The number that the months taken back in, or left out, move most."""
    keys = [*[name for name in group_columns(sensitivity) if name != "months"], "measure"]
    rows = sensitivity.astype(dict.fromkeys(keys, "str"))
    wide = rows.pivot(index=keys, columns="months", values="estimate")
    here, there = _lines(choices, wide.columns)
    if not here:
        return "The table sensitivity has the numbers either way."
    if wide[COUNTED].isna().all():
        return "Without them there is no number to give; those with them are in the table sensitivity."
    lost = wide[here].isna() ^ wide[there].isna()
    change = (wide[here] - wide[there]).abs().mask(lost, float("inf"))
    other = "With them" if here == COUNTED else "Without them"
    if not change.gt(0).any():
        return f"{other}, no number of the headline is another (table sensitivity)."
    most = change.idxmax()
    measure = dict(zip(wide.index.names, most, strict=True))["measure"]
    name = [part for part in most[:-1] if part not in ("", "nan")][-1:] or [title_of(measure)]
    now, then = (prose.number(wide.loc[most, line], measure) for line in (here, there))
    return f"{other}, what moves most is {name[0]}: {then} instead of {now} (table sensitivity)."


def _lines(choices, known) -> tuple[str, str]:
    """The line of the table that the numbers of the report are, and the one to set beside it; "" where none is."""
    asked = (choices.flagged_months, choices.unusable)
    middle = UNUSABLE_INCLUDED if UNUSABLE_INCLUDED in known else COUNTED
    lines = {
        ("exclude", "exclude"): (COUNTED, ALL_PUBLISHED),
        ("exclude", "include"): (middle, COUNTED if middle != COUNTED else ALL_PUBLISHED),
        ("include", "include"): (ALL_PUBLISHED, COUNTED),
    }
    return lines.get(asked, ("", ""))
