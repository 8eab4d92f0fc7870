"""The sentences of the report on disproportionality: one function a section, with a branch for each way it can end.

Its answer is in `ratio_answer`; what could change the ratios in `ratio_assumptions`.
"""

from collections.abc import Sequence

import pandas as pd

from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import limits, prose
from sas_analysis.present.few import FEW_IN_WORDS, FEWEST, few
from sas_analysis.present.labels import label
from sas_analysis.present.moves import alike
from sas_analysis.present.ratio_answer import answer  # noqa: F401 - said with the others
from sas_analysis.present.ratio_assumptions import (  # noqa: F401 - said with the others
    accounts,
    agreement,
    bases,
    choices,
    imputed,
    unknown,
    young,
)
from sas_analysis.present.reasons import why_not
from sas_analysis.present.said_recorded import not_used  # noqa: F401 - said with the others
from sas_analysis.present.sides import (
    RATIO,
    SAME,
    TOO_FEW,
    groups,
    in_doubt,
    others,
    people,
    times,
    unclear,
)
from sas_analysis.present.wording import lowered
from sas_analysis.reference.official.other_years import said_in
from sas_analysis.reference.population import GROUPS_5


def rates(table: pd.DataFrame, *, reference: str) -> str:
    """The highest rate beside the reference group's, of groups with enough searches, and whose searches are most.

    table : as `Comparison.rates`.
    """
    table = table.astype({"ethnicity_5": "str"})
    known = table[table["estimate"].notna()]
    if known.empty:
        return f"No rate can be given: {why_not(table['note'].iloc[0])}."
    thin = few(known)
    too_few, known = groups(known.loc[thin, "ethnicity_5"]) if thin.any() else "", known[~thin]
    if known.empty:
        return TOO_FEW
    own = known[known["ethnicity_5"].eq(reference)]
    first = known.loc[known["estimate"].idxmax()]
    said = f"Among {first['ethnicity_5']} residents there were {_rate(first)} searches per 1,000 in a year"
    if len(own) and first["ethnicity_5"] != reference:
        said += f"; among {reference} residents {_rate(own.iloc[0])}"
    if CONTRADICTED in first["note"]:
        by = said_in([first["note"]])
        said += f". In brackets: official statistics{by} contradict the records that these rates rest on"
    said += f". There are too few searches for a rate of {too_few}" * bool(too_few)
    most = known.loc[known["numerator"].astype(float).idxmax()]
    if most["ethnicity_5"] != first["ethnicity_5"]:
        still = f"In number, most searches were of {people(most['ethnicity_5'])}: "
        return f"{said}. {still}{prose.count(most['numerator'])} of the {_all_of(table)}."
    return f"{said}."


def _all_of(table: pd.DataFrame) -> str:
    """How many searches the groups of a table have together: all of known ethnicity, or those of the groups shown."""
    every = set(GROUPS_5) <= set(table["ethnicity_5"])
    of = "whose ethnicity is known" if every else "searches of these groups"
    return f"{prose.count(table['numerator'].sum())} {of}"


def _rate(row: pd.Series) -> str:
    return in_doubt(prose.number(row["estimate"], "search_rate"), row["note"])


def excess(table: pd.DataFrame, *, reference: str) -> str:
    """How many searches fewer, or more, there would have been at the rate of the reference group: the largest of them.

    table : as `excess_searches`.
    """
    rows = others(table, reference)
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        return f"No number can be given: {why_not(table['note'].iloc[0])}." if len(table) else ""
    row = rows.loc[rows["estimate"].abs().idxmax()]
    if abs(row["estimate"]) < FEWEST:
        return TOO_FEW
    lower, upper = limits.shown(row)
    which = "fewer" if row["estimate"] >= 0 else "more"
    ends = sorted(abs(end) for end in (lower, upper)) if pd.notna(lower) and lower * upper > 0 else []
    span = f" (from {_about(ends[0])} to {_about(ends[1])})" if ends else ""
    about = in_doubt(_about(abs(row["estimate"])), row["note"])
    return (
        f"Had {row['ethnicity_5']} residents been searched at the rate of {reference} residents, there would have been "
        f"about {about} {which} searches of {people(row['ethnicity_5'])}{span}."
    )


def _about(number: float) -> str:
    """An estimated count, no more exact than it is."""
    step = 10 if abs(number) >= 100 else 1
    return f"{round(number / step) * step:,.0f}"


def by_kind(table: pd.DataFrame, *, reference: str, column: str) -> str:
    """From where to where the ratio of each group goes over what searches were for, of those that the table shows
    without brackets.

    table : ratios within each label of `column`, such as "object_group".
    """
    rows = others(table, reference).astype({column: "str"})
    if rows["estimate"].isna().all():
        return f"No ratio can be given: {why_not(rows['note'].iloc[0])}." if len(rows) else ""
    rows = rows[rows["estimate"].notna() & ~few(rows)].sort_values("estimate", ascending=False, kind="stable")
    if rows.empty:
        return "There are too few searches of one kind to compare."
    said = [_of_kinds(group, own, column) for group, own in rows.groupby("ethnicity_5", sort=False)]
    return f"{' '.join(said)} Objects with {FEW_IN_WORDS} of a group are left out."


def _of_kinds(group: str, own: pd.DataFrame, column: str) -> str:
    """The lowest and the highest ratio of a group, and for what. own : its rows, the highest first."""
    first, last = own.iloc[0], own.iloc[-1]
    kind = lowered(label(first[column]))
    if len(own) == 1:
        return f"For {people(group)} only one ratio can be given, for {kind}: {times(first)}{unclear(first)}."
    high, low = (f"{times(row)} for {lowered(label(row[column]))}{unclear(row)}" for row in (first, last))
    if alike(times(first), times(last)):
        return f"For {people(group)} {SAME} for all {len(own)}: {times(first)}."
    return f"The {group} ratio goes from {low} to {high}."


def forces_apart(by_force: pd.DataFrame, within: pd.DataFrame, *, group: str, contradicted: Sequence[str] = ()) -> str:
    """From where to where the ratio of a group goes over the forces, and what remains of it within them.

    by_force : ratios by force. within : as `pooling.decompose`. group : of which to speak.
    """
    rows = by_force[by_force["ethnicity_5"].astype("str").eq(group) & by_force["estimate"].notna()]
    rows = rows[rows["numerator"].ge(20) & ~rows["force"].astype("str").isin(contradicted)]
    if rows.empty:
        return f"No force has enough searches of {people(group)} for a ratio."
    low, high = rows.loc[rows["estimate"].idxmin()], rows.loc[rows["estimate"].idxmax()]
    if len(rows) == 1:
        return f"Only for {label(low['force'])} can a ratio of {people(group)} be given: {times(low)}."
    if alike(times(low), times(high)):
        said = f"The {group} ratio is {times(low)} in each of the {len(rows)} forces"
    else:
        ends = [f"{times(row)} ({label(row['force'])})" for row in (low, high)]
        said = f"The {group} ratio goes from {ends[0]} to {ends[1]}"
    own = within[within["ethnicity_5"].astype("str").eq(group)].set_index("measure")["estimate"]
    if pd.isna(own.get("ratio_within_mh")):
        return f"{said}."
    crude, inside = (prose.headline(own[name], RATIO)[0] for name in ("ratio_crude", "ratio_within_mh"))
    turned = (own["ratio_crude"] - 1) * (own["ratio_within_mh"] - 1) < 0
    turn = " The direction turns: who lives where makes it, and not what forces do." * bool(turned)
    if alike(crude, inside):
        return f"{said}. With forces added together and within them it is {crude}."
    return f"{said}. Forces added together it is {crude}; within forces, without who lives where, {inside}.{turn}"
