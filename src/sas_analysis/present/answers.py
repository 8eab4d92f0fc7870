"""The answers of the reports on data quality, grounds and outcomes, in one or two sentences each."""

import pandas as pd

from sas_analysis.errors import first_of
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.present.months_told import Months, doubted, months_told
from sas_analysis.present.narrowed import powers_asked
from sas_analysis.present.reasons import field_words, why_not
from sas_analysis.present.whose import Whose
from sas_analysis.present.wording import begun, lowered
from sas_analysis.reference.official.other_years import of_other_years
from sas_analysis.reference.official.reconcile import AMBER, RED, lights, worst_of_forces

NO_OUTCOMES = "Nothing can be said about outcomes"
_NONE = "A no further action disposal"
_FRACTIONS = [(0.23, 0.27, "a quarter"), (0.31, 0.36, "a third"), (0.47, 0.53, "about half"),
              (0.65, 0.69, "two thirds"),
              (0.73, 0.77, "three quarters")]  # fmt: skip
# What the audit looks for of whole months, and what no check of records can find.
CHECKED = (
    "These look for days without a record, rows that are there twice, and sudden rises and falls; they cannot see "
    "searches that were never recorded."
)
_OFTEN = 0.2  # a share unknown, from which a field is weak
_NAMED = 4


def _share(row: pd.Series) -> str:
    return prose.headline(row["estimate"], row["measure"])[0]


def outcomes(shares: pd.DataFrame, positive: pd.DataFrame, *, study) -> str:
    """How searches ended, and for how many no outcome was published; where that cannot be said, why.

    shares : `Study.share("outcome")`. positive : `Study.outcome("positive")`. study : `study.Study`. Outcomes that may
    not be used have no bounds here: those rest on the very outcomes that are refused.
    """
    if shares["estimate"].isna().all():
        return f"**{NO_OUTCOMES} for {study.who}:** {why_not(shares['note'].iloc[0])}."
    nothing, arrest, blank = (prose.row(shares, outcome=name) for name in (_NONE, "Arrest", "Not recorded"))
    other = positive.iloc[0]["numerator"] - arrest["numerator"]
    total = nothing["denominator"]
    part = prose.headline(float(other) / float(total), "share_of_searches")[0]
    begins = f"Of {prose.searches(total)} of people, **{_about(nothing)} ended in no further action**"
    said = f"{begins}, {_share(arrest)} in an arrest and {part} in another positive outcome{_such_as(shares)}."
    if blank["estimate"] > HEADLINE_UNKNOWN:
        return (
            f"{said} But **for {_share(blank)} no outcome was published**: too many for these shares to be a headline."
        )
    return (
        f"{said} For {_share(blank)} no outcome was published."
        if blank["numerator"]
        else f"{said} The outcome of all is known."
    )


def _such_as(shares: pd.DataFrame) -> str:
    """The commonest positive outcome but arrest, as an example of what the rest is."""
    others = shares[
        ~shares["outcome"].astype("str").isin([_NONE, "Arrest", *UNKNOWN_LABELS]) & shares["numerator"].gt(0)
    ]
    if others.empty:
        return ""
    name = label(others.loc[others["numerator"].astype(float).idxmax(), "outcome"], "outcome")
    return f", most often {lowered(name)}"


def _about(row: pd.Series) -> str:
    text = _share(row)
    found = next((words for low, high, words in _FRACTIONS if low <= row["estimate"] <= high), "")
    return f"{found} ({text})" if found else text


def grounds(objects: pd.DataFrame, powers: pd.DataFrame, *, study) -> str:
    """What searches were for, and how many needed no grounds.

    objects, powers : `Study.share` of `object_of_search` and `power`.
    """
    alone = powers_asked(study)
    return f"{_objects(objects, study)} {f'{alone}.' if alone else _powers(powers, objects)}"


def _objects(objects: pd.DataFrame, study) -> str:
    if objects["estimate"].isna().all():
        return f"**What searches were for cannot be said of {study.who}:** {why_not(objects['note'].iloc[0])}."
    blank = prose.row(objects, object_of_search="Not recorded")
    if blank["estimate"] > HEADLINE_UNKNOWN:
        return f"**What searches were for is not recorded in {_share(blank)} of them**; see the legislation instead."
    named = objects[~objects["object_of_search"].isin(UNKNOWN_LABELS)].sort_values(
        "numerator", ascending=False, kind="stable"
    )
    first, second = named.iloc[0], named.iloc[1]
    said = f"Of {prose.searches(first['denominator'])} of people, **{_about(first)} were for {_lower(first)}**"
    return f"{said} and {_share(second)} for {_lower(second)}." if second["numerator"] else f"{said}."


def _lower(row: pd.Series) -> str:
    text = label(row["object_of_search"], "object_of_search")
    return lowered(text)


def _powers(powers: pd.DataFrame, objects: pd.DataFrame) -> str:
    """How many needed no grounds, of how many where that is another number than the objects are shares of."""
    if powers["estimate"].isna().all():
        return f"Under which power they were made cannot be said: {why_not(powers['note'].iloc[0])}."
    sixty, needed = (prose.row(powers, power=name) for name in ("Section 60", "Reasonable grounds"))
    of = f"Of {prose.searches(sixty['denominator'])} in the months whose power can be used, "
    of *= bool(objects["estimate"].isna().all() or objects["denominator"].iloc[0] != sixty["denominator"])
    share = f"{_share(sixty)} were" if sixty["numerator"] else "none is recorded as"
    said = begun(f"{of}{share} made under section 60, which needs no grounds against the person")
    blank = powers.loc[powers["power"].isin(UNKNOWN_LABELS), "numerator"].sum()
    unknown = f"; the power of {prose.count(blank)} is not recorded" * bool(blank and not sixty["numerator"])
    return f"{said}; {_share(needed)} needed reasonable grounds{unknown}."


def _beside_official(study, whose) -> str:
    """What official statistics say against records whose months may all be used; "" where they say nothing."""
    if study.synthetic:
        return ""
    rows = lights(study.official[study.official["force"].isin(whose.forces)])
    found = worst_of_forces(rows)
    said = []
    for other in sorted({other for _, other in found.values()}):  # those of the same year first
        verbs = []
        for grave, verb in ((RED, "contradict"), (AMBER, "differ from")):
            those = [label(force) for force in whose.forces if found.get(force) == (grave, other)]
            if those:
                of = "them" if len(whose.forces) == 1 else f"the records of {first_of(those, _NAMED)}"
                verbs.append(f"{verb} {of}")
        said += [f"official statistics{of_other_years([other])} {' and '.join(verbs)}"] * bool(verbs)
    return f"But **{', and '.join(said)}**, as is shown below." if said else ""


def quality(ethnicity: pd.DataFrame, outcomes: pd.DataFrame, *, study, whose=None) -> str:
    """How good the records that are here are, and for what: how many of their months may be used, and which fields.

    ethnicity, outcomes : `Study.share` of `ethnicity_5` and `outcome`, of the published months. whose :
    `whose.Whose`, the forces whose records they are; by default all of the study.
    """
    whose = whose or Whose(study.forces, area=study.area.name if study.area else "")
    months, forces = months_told(study, whose.forces), whose.in_sentence
    if not months.here:
        return f"**No records of {forces} are here** for {_these(months)}, so how good they are cannot be said."
    aside = f", and the data audit sets {months.aside} aside" if months.aside and months.used else ""
    passes = "pass" if months.used > 1 else "passes"
    said = [
        f"Of the records of {forces}, **{months.here_of(months.used)} {passes} the checks for counting searches**"
        f"{aside}. {CHECKED}",
        _beside_official(study, whose),
    ]
    numbers = doubted(study)
    never, some = (numbers[numbers.eq(months.here)], numbers[numbers.lt(months.here)])
    if len(never):
        what = "one **cannot" if len(never) == 1 else f"{len(never)} **cannot"
        when = " in any month" * (months.here > 1)
        said.append(f"Of their fields {what} be used{when}: {first_of(list(map(field_words, never.index)), _NAMED)}**.")
    weak = [f"{field_words(name)} (in doubt in {months.of_here(number)})" for name, number in some.items()]
    weak += _unknown(set(numbers.index), ethnicity, outcomes)
    if weak:
        said.append(f"They are **weak for {first_of(weak, _NAMED)}**.")
    if not weak and not len(never):
        said.append("Their main fields may be used in all of them." if months.here > 1 else "So may their main fields.")
    return " ".join(filter(None, [*said, months.missing_said]))


def _these(months: Months) -> str:
    return "this month" if months.asked == 1 else f"any of the {months.asked} {months.kind}s"


def _unknown(known: set[str], ethnicity: pd.DataFrame, outcomes: pd.DataFrame) -> list[str]:
    """Fields that are unknown in too many searches, but those that the audit doubts: they are `known` already."""
    weak = []
    for table, column, name, blank in (
        (ethnicity, "ethnicity_5", "self_defined_ethnicity", "Unknown"),
        (outcomes, "outcome", "outcome", "Not recorded"),
    ):
        row = prose.row(table, **{column: blank})
        if name not in known and pd.notna(row["estimate"]) and row["estimate"] > _OFTEN:
            weak.append(f"{field_words(name)} (unknown in {_share(row)})")
    return weak
