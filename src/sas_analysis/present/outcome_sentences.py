"""Sentences on what follows a search, and on how it differs between groups."""

import re

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.outcomes.differences import ADJUSTED, INSIDE
from sas_analysis.measures.outcomes.reversals import reversals
from sas_analysis.measures.table import group_columns
from sas_analysis.present import limits, prose
from sas_analysis.present.apart import apart
from sas_analysis.present.sides import clear_here_only, groups

_WORDS = {INSIDE: "within like strata"}
ASSUMES = (
    "What it assumes: that what is held alike (object, power, age, sex, month, and force where there are several) is "
    "all that bears on the outcome and differs between groups. What it cannot say: why a difference is there, or "
    "whether searches were made on the same suspicion, for outcomes are seen of those searched only."
)


def funnel(table: pd.DataFrame) -> str:
    """What all searches came to. table : as `outcome_stages` returns it, of all searches together."""
    if not table["denominator"].gt(0).fillna(False).any():
        return ""
    said = []
    for stage, words in (("Positive outcome", "ended in something"), ("Find", "found"), ("Arrest", "ended in arrest")):
        own = table[table["stage"].astype("str").eq(stage)].set_index("status")
        if own["estimate"].notna().all():
            yes, unknown = (prose.number(own.loc[name, "estimate"], "outcome_stage") for name in ("Yes", "Unknown"))
            said.append(f"{yes} {words} (unknown of {unknown})")
    searches = prose.count(table["denominator"].max())
    return f"**Of {searches} searches {and_join(said)}.**" if said else ""


def differences(table: pd.DataFrame, *, reference: str = "White") -> list[str]:
    """Which adjusted differences have limits that leave out no difference, outcome by outcome; and what changes sign.

    table : as `Study.outcome_difference` returns it of several outcomes. The mirror of a positive outcome is not said.
    """
    said = []
    rows = table[table["outcome"].astype("str").ne("No further action")]
    for outcome, own in rows.groupby("outcome", sort=False, observed=True):
        sentence = _adjusted(own.drop(columns="outcome"), str(outcome), reference)
        changed = changes_of_sign(own.drop(columns="outcome"), outcome=str(outcome))
        said += filter(None, [sentence, changed])
    return said


def grounds(table: pd.DataFrame, *, reference: str = "White", most: int = 3) -> list[str]:
    """Which shares of grounds differ once like is compared with like.

    table : as `share_differences` returns it. most : grounds that are spoken of, the commonest.
    """
    (column,) = [name for name in group_columns(table) if name != "ethnicity_5"]
    said = []
    for label, own in [*table.groupby(column, sort=False, observed=True)][:most]:
        said.append(_adjusted(own.drop(columns=column), str(label), reference))
    return said


def pooled(table: pd.DataFrame, *, outcome: str, group: str, by: str = "ethnicity_5") -> str:
    """The mean difference of forces and another force's. table : as `pooled_differences` returns it."""
    rows = table[table[by].astype("str").eq(group)].set_index("measure", drop=False)
    if "outcome_difference_mean" not in rows.index:
        return ""
    mean = rows.loc["outcome_difference_mean"]
    if pd.isna(mean["estimate"]):
        return f"{outcome}, {group}: no mean of forces ({mean['note'].removeprefix('not estimable: ')})."
    other = rows.loc["outcome_difference_prediction"]
    text = f"{outcome}, {group}: over {mean['note'].partition(';')[0]} the mean difference is {_with_limits(mean)}"
    if pd.isna(other["lower"]):
        return f"{text}."
    return f"{text}; in another force it would be {_limits(other)}."


def _adjusted(rows, outcome, reference):
    (by,) = group_columns(rows)
    if rows["estimate"].isna().all():
        why = _why(rows["note"].iloc[0]) if len(rows) else "no search"
        return f"{outcome}: no difference can be given ({why})."
    found = apart(rows)
    named = [f"{row[by]} {_clear(row)}" for _, row in found.clear.iterrows()]
    rest = [f"no clear difference for {groups(found.alike)}"] if found.alike else []
    rest += [f"too few searches to say for {groups(found.few)}"] if found.few else []
    if found.none:
        rest.append(f"none can be given for {groups(found.none)} ({_why(next(iter(found.none.values())))})")
    if named:
        said = f"**{outcome}: adjusted, the share differs from that of {reference} searches for {and_join(named)}**"
        return "; ".join([said, *rest]) + "."
    return f"{outcome}, adjusted difference from {reference} searches: {'; '.join(rest)}."


def _clear(row: pd.Series) -> str:
    """A difference with its limits, and whether those of the years hold none."""
    years = "; over the years there may be no difference" * clear_here_only(row, 0.0)
    return f"{prose.number(row['estimate'], row['measure'])} ({limits.from_to(row, prose.exact)}{years})"


def _why(note: str) -> str:
    """The reason of a note without its evidence; of months, what the audit calls their fault."""
    why = note.removeprefix("not estimable: ")
    fault = re.search(r" \(\d{4}-\d{2}: ([a-z ]+)", why)
    return why.partition(" (")[0] + (f": {fault[1].strip()}" if fault else "")


def _with_limits(row) -> str:
    return f"{prose.number(row['estimate'], row['measure'])} ({_limits(row)})"


def _limits(row) -> str:
    return limits.from_to(row, prose.exact)


def changes_of_sign(table: pd.DataFrame, *, outcome: str = "") -> str:
    """Which groups' differences change sign when like is compared with like; "" where none does.

    table : as `outcome_differences` returns it. outcome : in words, to begin with.
    """
    found = reversals(table)
    if found.empty:
        return ""
    (by,) = group_columns(table)
    said = [_of_group(group, rows) for group, rows in found.groupby(by, sort=False)]
    unsure = "" if found["distinct"].all() else f" {_unsure(found, by)}"
    begins = f"{outcome}: the" if outcome else "The"
    return (
        f"**{begins} sign of the difference changes** when like is compared with like (Simpson): "
        f"{and_join(said)}.{unsure}"
    )


def _of_group(group: str, rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    others = [
        f"{prose.number(row.estimate, row.measure)} {_WORDS.get(row.measure.rpartition('_')[2], ADJUSTED)}"
        for row in rows.itertuples()
    ]
    return f"{group} ({prose.number(first['crude'], first['measure'])} as they are, {and_join(others)})"


def _unsure(found: pd.DataFrame, by: str) -> str:
    unsure = found.groupby(by, sort=False)["distinct"].any()
    names = list(unsure.index[~unsure])
    if not names:
        return "Some of these limits hold no difference."
    return f"Of {and_join(names)} the limits of one or both hold no difference, so that either sign may be chance."
