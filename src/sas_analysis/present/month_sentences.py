"""Sentences on months: which of them the numbers rest on, and what it would change to count the others too."""

import re

import pandas as pd

from sas_analysis.errors import and_join, number_of
from sas_analysis.measures.registry import MEASURES, title_of
from sas_analysis.measures.sensitivity import ALL_PUBLISHED, COUNTED, UNUSABLE_INCLUDED
from sas_analysis.measures.table import group_columns
from sas_analysis.months import in_ranges, later, months_in_words
from sas_analysis.present import prose
from sas_analysis.present.months_told import LEFT_OUT, doubted, months_told
from sas_analysis.present.moves import Move, farthest
from sas_analysis.present.reasons import field_words
from sas_analysis.present.wording import begun
from sas_analysis.records.audit.findings import RULES
from sas_analysis.reference.forces import in_words
from sas_analysis.study.question import fields_of_table
from sas_analysis.study.study import NOT_HERE

_NAMED = 4


def _moved(sensitivity: pd.DataFrame, choices, number: int) -> str:
    """The number that the months taken back in, or left out, move most. number : of these months."""
    them = "it" if number == 1 else "them"
    keys = [*[name for name in group_columns(sensitivity) if name != "months"], "measure"]
    rows = sensitivity.astype(dict.fromkeys(keys, "str"))
    wide = rows.pivot(index=keys, columns="months", values="estimate")
    here, there = _lines(choices, wide.columns)
    if not here:
        return "The table sensitivity has the numbers either way."
    if wide.isna().all(axis=None):
        return f"With {them} and without, none of the numbers of the headline can be given."
    if wide[COUNTED].isna().all():
        return f"Without {them} there is no number to give; the numbers with {them} are below."
    lost = wide[here].isna() ^ wide[there].isna()
    other = f"{'With' if here == COUNTED else 'Without'} {them}"
    # Of numbers that only one of the two has, the largest is told.
    most = wide[lost].max(axis=1).idxmax() if lost.any() else _farthest(wide[here], wide[there])
    if most is None:
        return f"{other}, no number of the headline is another."
    measure = dict(zip(wide.index.names, most, strict=True))["measure"]
    name = [part for part in most[:-1] if part not in ("", "nan")][-1:] or [title_of(measure)]
    now, then = (prose.number(wide.loc[most, line], measure) for line in (here, there))
    if pd.isna(wide.loc[most, here]):
        return f"{other}, there is a number of {name[0]} too, {then}, where none can be given now."
    if pd.isna(wide.loc[most, there]):
        return f"{other}, there would be no number of {name[0]}, which is {now}."
    return f"{other}, what moves most is {name[0]}: {then} instead of {now}."


def _farthest(here: pd.Series, there: pd.Series) -> tuple | None:
    """The key of the number that moves farthest as it is printed, of measures of the first kind; None where none does.

    A ratio moves by a factor and a share by points: how far one of them moves says nothing beside the other.
    """
    found: dict[str, list[Move]] = {}
    for measure in here.index.unique("measure"):
        own = here.index.get_level_values("measure") == measure
        if moved := farthest(here[own], there[own], measure, prose.number):
            found.setdefault(MEASURES[measure].kind if measure in MEASURES else measure, []).append(moved)
    return max(next(iter(found.values())), key=lambda move: move.far).label if found else None


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


def months_used(study, sensitivity: pd.DataFrame) -> str:
    """Which months are used, why others are not, and what it would change to use them all.

    sensitivity : as `Study.without_flagged` returns it; its measures and groups say which fields matter.
    """
    own = study.using(*fields_of_table(sensitivity, study.choices.ethnicity))
    known = own.verdicts[own.verdicts["verdict"].isin(["fine", "flagged", "unusable"])]
    out = known[known["verdict"].ne("fine")].astype({"verdict": "str"})
    if out.empty:
        if not len(known):
            return f"{begun(NOT_HERE)}."
        return f"{_all_of(len(known), known['force'].nunique() > 1)}; the data audit sets none aside."
    several = known["force"].nunique() > 1
    kinds = (("flagged", own.choices.flagged_months, "set aside"), ("unusable", own.choices.unusable, LEFT_OUT))
    said = []
    for verdict, choice, what in kinds:
        if (rows := out[out["verdict"].eq(verdict)]).empty:
            continue
        which = number_of(len(rows), "force-month" if several else "month", of=len(known))
        what = "used here all the same, as was asked" if choice == "include" else what
        said.append(f"**{which} {'is' if len(rows) == 1 else 'are'} {what}**: {_why_out(rows, several=several)}.")
    return " ".join([*said, _moved(sensitivity, own.choices, len(out))])


def _all_of(number: int, several: bool) -> str:
    return "The month is used" if number == 1 else f"All {months_in_words(number, several=several)} are used"


def _why_out(out: pd.DataFrame, *, several: bool) -> str:
    alike = out.groupby(["force", "rules"], sort=False)["month"]
    named = [
        f"{f'{in_words([force])}, ' if several else ''}{_span(list(own))} ({_rules_said(rules)})"
        for (force, rules), own in alike
    ]
    more = len(named) - _NAMED
    return "; ".join([*named[:_NAMED], *([f"and {more} more"] if more > 0 else [])])


def _span(months: list[str]) -> str:
    return (
        "all months" if len(months) > 11 and later(min(months), len(months) - 1) == max(months) else in_ranges(months)
    )


def _rules_said(rules: str) -> str:
    """What the rules look for, in words: "every row is there twice"."""
    said = []
    for rule in re.split(r", (?![^(]*\))", rules):
        name, _, field = rule.partition(" (")
        looks_for = RULES[name].looks_for if name in RULES else name
        of = field_words(field.rstrip(")")) if field else ""
        said.append(looks_for.replace("a field", of) if "a field" in looks_for and of else looks_for)
    return and_join(list(dict.fromkeys(said))).replace("*", "")


_LINK = "outcome_linked_to_object"
WITHOUT = "A figure that needs one of them leaves those months out, and its caption says so."
_BUT_FINDS = " Finds alone do not: whether the field can tell a find is judged over all months together."


def fields_in_doubt(study) -> str:
    """Which fields of the records the audit doubts, in how many months, and what figures do without these.

    study : `study.Study`.
    """
    fields = doubted(study).index
    without = f" {WITHOUT}" if len(fields) else ""
    return f"{doubts(study)}{without}{_BUT_FINDS if _LINK in fields else ''}"


def doubts(study) -> str:
    """Which fields of the records the audit doubts, and in how many months.

    study : `study.Study`.
    """
    numbers = doubted(study)
    if numbers.empty:
        return "The data audit doubts no field of the records."
    months = months_told(study)
    named = [f"{field_words(name)} ({months.of_here(number)})" for name, number in numbers.items()]
    of = f" in the {months.here} {months.kind}s that are here" if months.missing and months.here > 1 else ""
    return f"The data audit doubts some fields of the records{of}: {and_join(named)}."
