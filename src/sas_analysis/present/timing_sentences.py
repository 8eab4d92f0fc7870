"""Sentences on the surge test and the veil of darkness: what each assumes, what it found, what it cannot say."""

import pandas as pd

from sas_analysis.measures.timing import surge, veil
from sas_analysis.measures.timing.veil import Veil
from sas_analysis.present import prose

_MARGINAL, _APART = "marginal_hit_rate", "marginal_hit_rate_difference"


def surge_says(table: pd.DataFrame, *, group: str, by: str = "ethnicity_5", reference: str = "White", **labels: str):
    """What the surge test assumes, what it found of one group, and what it cannot say: three sentences.

    Parameters
    ----------
    table : DataFrame
        As `surge_test` returns it.
    group, by, reference : str
        Whose sentence; the column of the groups; whom they are compared with.
    **labels : str
        One label for each column that the table is within, such as object_group="Drugs".

    Returns
    -------
    list of str
        Every number is a cell of the table.
    """
    return [surge.ASSUMES, _surge_found(table, group, by, reference, labels), surge.CANNOT_SAY]


def _surge_found(table, group, by, reference, labels):
    if table.empty:
        return "**The surge test is not estimable:** no force and month is left that has both seasons."
    found = table[_mask(table, labels | {by: group})].set_index("measure")
    other = table[_mask(table, labels | {by: reference})].set_index("measure")
    what = f" for {labels['object_group'].lower()}" if "object_group" in labels else ""
    if _APART not in found.index:
        return f"**The surge test is not estimable:** there is no search{what} of {group}."
    apart = found.loc[_APART]
    if pd.isna(apart["estimate"]):
        return f"**The surge test{what} is not estimable of {group}:** {_why(apart['note'])}."
    own, against = found.loc[_MARGINAL], other.loc[_MARGINAL]
    said = [
        f"{name}: {prose.number(row['estimate'], _MARGINAL)} of {prose.count(round(row['denominator']))}"
        for name, row in ((group, own), (reference, against))
    ]
    holds = apart["lower"] <= 0 <= apart["upper"]
    so = "The limits hold no difference: either sign may be chance." if holds else "The limits leave out no difference."
    return (
        f"**Share of further searches{what} that were hits: {said[0]}; {said[1]}.** The difference is "
        f"{prose.number(apart['estimate'], _APART)} ({prose.interval(apart['lower'], apart['upper'], _APART)}). {so}"
    )


def placebo_says(table: pd.DataFrame, *, group: str, by: str = "ethnicity_5", **labels: str) -> str:
    """How far the difference of marginal hit rates would be off, by the seasons without a surge; "" without a placebo.

    table : as `placebos_of` returns it, with the shifts.
    """
    if "pair" not in table or table.empty:
        return "No pair of seasons without a surge may be used: nothing tells how far hit rates move by themselves."
    rows = table[_mask(table, labels | {by: group}) & table["measure"].eq("marginal_shift_difference")]
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        return "No pair of seasons without a surge tells how far this difference may be off."
    most = rows.loc[rows["estimate"].abs().idxmax()]
    pairs = "the one pair" if len(rows) == 1 else f"the {len(rows)} pairs"
    off = prose.number(most["estimate"], "marginal_shift_difference")
    limits = prose.interval(most["lower"], most["upper"], "marginal_shift_difference")
    return (
        f"Between seasons without a surge hit rates move too: had they moved during the surge as in {pairs} tried, the "
        f"difference would be off by up to {off} ({limits}; {most['pair']})."
    )


def veil_says(found: Veil, *, group: str, by: str = "ethnicity_5", reference: str = "White"):
    """What the veil of darkness assumes, what it found of one group, and what it cannot say: three sentences.

    found : as `veil_of_darkness` returns it.
    """
    return [veil.ASSUMES, _veil_found(found, group, by, reference), veil.CANNOT_SAY]


def _veil_found(found, group, by, reference):
    if found.frame.empty:
        return "**The veil of darkness is not given.**"
    row = prose.row(found.frame, **{by: group})
    if pd.isna(row["estimate"]):
        return f"**The veil of darkness is not estimable for {group}:** {_why(row['note'])}."
    counts = found.counts.set_index(by).loc[group]
    shares = [prose.column(counts[name], name) for name in ("share_daylight", "share_dark")]
    limits = prose.interval(row["lower"], row["upper"], veil.MEASURE)
    if row["lower"] > 1:
        so = f"{group} are a greater part of encounters when they can be seen."
    elif row["upper"] < 1:
        so = f"{group} are a smaller part of encounters when they can be seen."
    else:
        so = "The limits hold 1: either direction may be chance."
    ratio = prose.number(row["estimate"], veil.MEASURE)
    return (
        f"**{group} among vehicle encounters of {group} and {reference}: {shares[0]} by daylight, {shares[1]} after "
        f"dark.** At the same hour, weekday and place the odds by daylight are {ratio} times those after dark "
        f"({limits}). {so}{_fan(found, group, by)}{_placebo(found, group, by)}"
    )


def _fan(found, group, by):
    """Over how the estimates go with the smoothness of the clock."""
    rows = found.fan[found.fan[by].astype("str").eq(group) & found.fan["estimate"].notna()]
    if rows.empty:
        return ""
    low, high = (prose.number(value, veil.MEASURE) for value in (rows["estimate"].min(), rows["estimate"].max()))
    return f" With {rows['df'].min()} to {rows['df'].max()} columns of the clock's spline it is {low} to {high}."


def _placebo(found, group, by):
    """What the same model says of midday, when it is always light."""
    row = prose.row(found.placebo, **{by: group})
    if pd.isna(row["estimate"]):
        return f" There is no placebo: {_why(row['note'])}."
    ratio, limits = (
        prose.number(row["estimate"], veil.PLACEBO),
        prose.interval(row["lower"], row["upper"], veil.PLACEBO),
    )
    return f" At midday, when it is always light, the same ratio of lighter to darker days is {ratio} ({limits})."


def _mask(table, labels):
    keep = pd.Series(True, index=table.index)
    for column, label in labels.items():
        keep &= table[column].astype("str").eq(label)
    return keep


def _why(note: str) -> str:
    return note.removeprefix("not estimable: ").partition("; ")[0]
