"""What people said of their ethnicity, and what officers recorded of the same searches: a table and a sentence of it.

A row is always of those who said a group, and adds up to 100%; where officers do not use a group, the table and the
sentence say so: that they recorded nobody as it says nothing of the officer or of the person.
"""

from collections.abc import Callable

import pandas as pd

from sas_analysis.measures.ethnicity.accounts import OFFICER, SELF, unused_together
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS
from sas_analysis.present import prose
from sas_analysis.present.few import FEWEST
from sas_analysis.present.reasons import whys
from sas_analysis.present.sides import people
from sas_analysis.present.whose import names

SAID, RECORDED = "what_people_said", "what_officers_recorded"  # columns of the view
_FELT = 0.1  # of those recorded as a group: so many more searches raise its rate by as much
_NOBODY_SAID, _NOT_RECORDED = "Own word not known", "Officer’s word not known"


def view(unused: pd.DataFrame) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """The view of a table of shares by what people said and what officers recorded: rows of the first, in words.

    unused : as `ethnicity.unused_groups` of the same searches. The view takes `quality.ethnicity_agreement`, or
    `ethnicity.disagreement`, of which it keeps the shares of those who said a group; its groups are
    `what_people_said | what_officers_recorded`.
    """
    whose = {group: names(list(_without(unused, group))) for group in unused_together(unused)}

    def said_and_recorded(table: pd.DataFrame) -> pd.DataFrame:
        rows = _of_those_who_said(table)
        said = [_NOBODY_SAID if name in UNKNOWN_LABELS else f"Said {name}" for name in rows[SELF].astype("str")]
        officer = rows[OFFICER].astype("str")
        recorded = [_NOT_RECORDED if name in UNKNOWN_LABELS else f"Recorded {name}" for name in officer]
        remark = [f"officers of {whose[name]} do not use {name}" if name in whose else "" for name in officer]
        notes = ["; ".join(filter(None, both)) for both in zip(rows["note"].fillna(""), remark, strict=True)]
        rows = rows.drop(columns=[SELF, OFFICER]).assign(note=notes)
        rows.insert(0, SAID, said)
        rows.insert(1, RECORDED, recorded)
        return rows

    return said_and_recorded


def _without(unused: pd.DataFrame, group: str) -> pd.Series:
    """The forces whose officers do not use a group."""
    return unused.loc[unused["group"].astype("str").eq(group), "force"].astype("str")


def _of_those_who_said(table: pd.DataFrame) -> pd.DataFrame:
    """The rows whose share is of what people said."""
    if "within" not in table:
        return table
    return table[table["within"].eq("self-defined")].drop(columns="within")


def not_used(unused: pd.DataFrame, table: pd.DataFrame, forces: int = 1) -> str:
    """Which groups officers do not use, and as what they recorded those who said so most often; "" where none is.

    unused, table : as `view`. forces : how many the searches are of; of several, those that do not use it are named.
    """
    rows = _of_those_who_said(table)
    return " ".join(_not_used(group, unused, rows, forces) for group in sorted(unused_together(unused)))


def _not_used(group: str, unused: pd.DataFrame, rows: pd.DataFrame, forces: int) -> str:
    whose = list(_without(unused, group))
    said = f"Officers{f' of {names(whose)}' if len(whose) < forces else ''} do not use the group {group}"
    own = rows[rows[SELF].astype("str").eq(group) & ~rows[OFFICER].astype("str").isin([*UNKNOWN_LABELS, group])]
    own = own[own["estimate"].gt(0) & own["denominator"].astype(float).ge(FEWEST)]
    if own.empty:
        return f"{said}."
    most = own.loc[own["estimate"].idxmax()]
    share = prose.number(most["estimate"], most["measure"])
    told = f"{said}: of the searches of those who said {group}, {share} were recorded as {most[OFFICER]}."
    return f"{told} {_among_others(group, rows)}".strip()


def _among_others(group: str, rows: pd.DataFrame) -> str:
    """As which group officers recorded most of those of a group that they do not use, if they are felt there; else "".

    Residents of that group are not among those that such searches are divided by.
    """
    known = rows[~rows[SELF].astype("str").isin(UNKNOWN_LABELS) & ~rows[OFFICER].astype("str").isin(UNKNOWN_LABELS)]
    counts = known.assign(searches=known["numerator"].astype(float)).astype({SELF: "str", OFFICER: "str"})
    counts = counts.pivot_table(index=SELF, columns=OFFICER, values="searches", aggfunc="sum", observed=True)
    totals = counts.sum().drop(index=group, errors="ignore")
    parts = counts.loc[group].reindex(totals.index).fillna(0) / totals.where(totals.ge(FEWEST))
    felt = parts[parts.ge(_FELT)]
    if felt.empty:
        return ""
    most = counts.loc[group, felt.index].idxmax()
    part = prose.number(felt[most], "share_of_searches")
    return f"Of those recorded as {most}, {part} said {group}: rates of {people(most)} by officers’ word are too high."


def alike(unused: pd.DataFrame, table: pd.DataFrame, forces: int = 1) -> str:
    """Which group officers recorded least often as people said, and which most often, of groups that they use.

    unused, table, forces : as `not_used`, whose sentences follow.
    """
    rows = _of_those_who_said(table)
    if len(rows) and rows["estimate"].isna().all():
        return f"This cannot be said: {whys(rows['note'], 'no search')}."
    said, recorded = rows[SELF].astype("str"), rows[OFFICER].astype("str")
    own = rows[said.eq(recorded) & ~said.isin([*UNKNOWN_LABELS, *unused_together(unused)])]
    own = own[own["estimate"].notna() & own["denominator"].astype(float).ge(FEWEST)]
    undescribed = _undescribed(rows)
    described = own[own[SELF].astype("str").map(undescribed).fillna(0).le(HEADLINE_UNKNOWN)]
    if described.empty and undescribed.gt(HEADLINE_UNKNOWN).any():  # they are no searches that officers saw otherwise
        of = "any search" if undescribed.dropna().eq(1).all() else "too many searches"
        return f"This cannot be said: how officers describe people is not known for {of}."
    own, rest = described, not_used(unused, table, forces)
    if own.empty:
        return rest or "There are too few searches with both descriptions to say."
    ends = own.loc[list(dict.fromkeys([own["estimate"].idxmin(), own["estimate"].idxmax()]))]
    low, *high = (
        (f"searches of people who said {row[SELF]}", prose.number(row["estimate"], row["measure"]), row[SELF])
        for _, row in ends.iterrows()
    )
    said = f"Of {low[0]}, officers recorded {low[1]} as {low[2]}"
    said += "".join(f"; of {of}, {share} as {group}" for of, share, group in high)
    return f"{said}. {rest}".strip()


def _undescribed(rows: pd.DataFrame) -> pd.Series:
    """The share of the searches of each self-defined group whose officer's word is not known."""
    unknown = rows[rows[OFFICER].astype("str").isin(UNKNOWN_LABELS)]
    shares = unknown["numerator"].astype(float) / unknown["denominator"].astype(float)
    return shares.groupby(unknown[SELF].astype("str")).sum(min_count=1)
