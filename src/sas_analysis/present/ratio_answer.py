"""The answer of the report on disproportionality: which groups are searched how often, or why that cannot be said."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import prose
from sas_analysis.present.few import FEWEST
from sas_analysis.present.labels import label
from sas_analysis.present.reasons import why_not
from sas_analysis.present.sides import (
    ABOVE,
    ACROSS,
    BELOW,
    FEW,
    NONE,
    RATIO,
    clear_here_only,
    groups,
    groups_of,
    others,
    people,
    side,
    times,
)
from sas_analysis.present.whose import names
from sas_analysis.present.wording import begun
from sas_analysis.reference.forces import named
from sas_analysis.reference.official.other_years import said_in

_RELATIVE = "relative to their number of residents"
_TURNS = "turns"  # above or below 1 by the residents taken, and on the other side by others that can be defended


def _by_side(rows: pd.DataFrame, turned: Mapping[str, pd.Series]) -> dict[str, list[pd.Series]]:
    found: dict[str, list[pd.Series]] = {name: [] for name in (ABOVE, BELOW, ACROSS, _TURNS, FEW, NONE)}
    for _, row in rows.sort_values("estimate", ascending=False, kind="stable").iterrows():
        where = side(row)
        found[_TURNS if where in (ABOVE, BELOW) and row["ethnicity_5"] in turned else where].append(row)
    return found


def _turned(rows: pd.DataFrame, ladder: pd.DataFrame | None) -> dict[str, pd.Series]:
    """The groups whose ratio lies on the other side of 1 by another count of residents, and the furthest such ratio."""
    found = {}
    if ladder is None:
        return found
    ladder = ladder[ladder["estimate"].notna() & ladder["numerator"].ge(FEWEST)].astype({"ethnicity_5": "str"})
    for _, row in rows[rows["estimate"].notna()].iterrows():
        own = ladder[ladder["ethnicity_5"].eq(row["ethnicity_5"])]
        estimates = own["estimate"].astype(float)
        beyond = own[estimates.lt(1) if row["estimate"] > 1 else estimates.gt(1)]
        if len(beyond):
            distance = np.log(beyond["estimate"].to_numpy(float))
            found[row["ethnicity_5"]] = beyond.iloc[np.abs(distance).argmax()]
    return found


def answer(
    ratios: pd.DataFrame,
    *,
    reference: str,
    study,
    answered: Sequence[str] = (),
    confirmed=None,
    contradicted: Sequence[str] = (),
    official_ratios: pd.DataFrame | None = None,
    not_divided: Sequence[str] = (),
    other_residents: Sequence[str] = (),
    ladder: pd.DataFrame | None = None,
) -> str:
    """How often each group is searched, relative to the reference group; or why no ratio can be given.

    ratios : as `Comparison.ratios`. answered : the forces whose searches the ratios of the answer hold. confirmed :
    the comparison without the forces that official statistics contradict, whose names are `contradicted`; None where
    none is left, or none is contradicted. official_ratios : as `Comparison.official_ratios`, for records that are
    contradicted. not_divided : forces of the study that have no residents to divide by. other_residents : where the
    residents of the answer are of another month than those of the tables, that month and theirs. ladder : as
    `Comparison.ratios_by_base`, of the searches of the answer: no direction is given that a count of residents turns.
    """
    rows = others(ratios, reference)
    if rows.empty:
        return f"No group is set beside {reference}."
    if rows["estimate"].isna().all():
        why = why_not(rows["note"].iloc[0])
        of = "" if why.startswith(study.who) else f" for {study.who}"
        divided = len(not_divided) < len(study.forces)
        return f"**No rate and no ratio can be given{of}:** {why}.{_by_officers(study) if divided else ''}"
    left_out = ""
    if rows["note"].str.contains(CONTRADICTED, regex=False).any():
        by = f"official statistics{said_in(rows['note'])} contradict"
        if confirmed is None:
            # Not those that are not divided by.
            whose = study.who if study.area or not contradicted else named(contradicted)
            return (
                f"**No ratio can be a headline:** {by} the records of {whose}, so the "
                "ratios below, in brackets, may show which searches were recorded and not which were made."
                f"{_by_official_counts(official_ratios, reference)}"
            )
        rows = others(confirmed.ratios, reference)
        left_out = f"Without {named(contradicted)}, whose records {by}"
    turned = _turned(rows, ladder)
    said = _said(_by_side(rows, turned), reference, left_out, turned)
    many = rows["note"].str.contains("not a headline", regex=False).any()
    given = any(side(row) not in (FEW, NONE) for _, row in rows.iterrows())
    more = [_other_residents(*other_residents)] if other_residents and given else []
    more += [_without_residents(not_divided)] if not_divided else []
    if len(answered) > 1:
        together = f"The searches of {names(answered)} are added together here"
        more.append(f"{together}, so who lives where is part of each ratio.")
    told = rows[~rows["ethnicity_5"].isin(turned)]
    open_ = [row["ethnicity_5"] for _, row in told.iterrows() if side(row) != FEW and clear_here_only(row, 1.0)]
    if open_:
        whose = "its level" if len(open_) == 1 else "their levels"
        either = f"{whose} over the years may be above or below that of {people(reference)}"
        more.append(f"For {groups(open_)} this holds of these months only: {either}.")
    more += ["Ethnicity is unknown in too many searches for these ratios to be a headline."] * bool(many)
    return " ".join([said, *more])


def _by_officers(study) -> str:
    """How to ask for what officers recorded, where what people said may be used in no month and that may; else ""."""
    seen = study.whole.using("officer_defined_ethnicity")
    if study.choices.ethnicity != "self" or not study.nothing_counts or seen.nothing_counts:
        return ""
    row = prose.row(seen.share("officer_ethnicity_5").frame, officer_ethnicity_5="Unknown")
    known = row["denominator"] - row["numerator"]
    if known < FEWEST:
        return ""
    number = prose.searches(known, row["denominator"])
    return f" Officers recorded the ethnicity of {number}: with -p ethnicity_scheme=officer the report rests on that."


def _by_official_counts(table: pd.DataFrame | None, reference: str) -> str:
    """The ratio of the group with the most searches by official counts; "" where there is none."""
    rows = pd.DataFrame() if table is None or table.empty else others(table, reference)
    rows = rows[rows["estimate"].notna() & rows["searches"].ge(FEWEST)] if len(rows) else rows
    if rows.empty:
        return ""
    row = rows.loc[rows["searches"].astype(float).idxmax()]
    ratio = prose.headline(row["estimate"], RATIO)[0]
    year, who = row["year_ending"][:4], people(row["ethnicity_5"])
    said = f" By official counts of the year to March {year}, {who} were searched {ratio} times as often as"
    return f"{said} {people(reference)}."


def _other_residents(own: str, of_tables: str) -> str:
    """Why a table has another ratio of the same searches: residents of another month."""
    return (
        f"These ratios rest on the residents of {own}, the middle of the months that are left; tables that hold the "
        f"other forces too take those of {of_tables}, so their ratios of the same searches can differ."
    )


def _without_residents(forces: Sequence[str]) -> str:
    """Forces that were asked for and are in no ratio, for they have no residents to divide by."""
    have = "it has" if len(forces) == 1 else "they have"
    return f"Searches by {named(forces)} are in none of these ratios: {have} no residents to divide by."


def _said(of: dict[str, list[pd.Series]], reference: str, left_out: str, turned: Mapping[str, pd.Series]) -> str:
    """A sentence for every side of 1 that a group is on, each with its own verb; the first says what it is of."""
    less = ", so less often" if len(of[BELOW]) == 1 else ", so all of them less often"
    unclear, few, none = (groups_of(of[name]) for name in (ACROSS, FEW, NONE))
    parts = [f"**{_as_often(of[ABOVE], reference)}**."] * bool(of[ABOVE])
    parts += [f"**{_as_often(of[BELOW], reference)}**{less}."] * bool(of[BELOW])
    relative = [_RELATIVE] * bool(parts)
    parts += [f"for {unclear} the records show no clear difference."] * bool(of[ACROSS])
    parts += [_by_residents(row, turned[row["ethnicity_5"]]) for row in of[_TURNS]]
    alone = f"**there are too few searches for a ratio** of {few}."
    parts += [f"for {few} there are too few searches to say." if parts else alone] * bool(of[FEW])
    parts += [f"for {none} no ratio can be given."] * bool(of[NONE])
    begins = ", and ".join([*filter(None, [left_out]), *relative])
    parts[0] = f"{begins}, {parts[0]}" if begins else parts[0]
    return " ".join(map(begun, parts))


def _by_residents(row: pd.Series, other: pd.Series) -> str:
    """That the count of residents decides on the direction, with both ratios."""
    count = label(other["base"], "base")
    return (
        f"for {groups([row['ethnicity_5']])} the count of residents decides: the ratio is **{times(row)}** by the "
        f"residents taken here, and {times(other)} by another count ({count}), so no direction can be given."
    )


def _as_often(rows: list[pd.Series], reference: str) -> str:
    """How often groups were searched: the first has the verb and what it is compared with, which hold for all."""
    if not rows:
        return ""
    first, *rest = rows
    whole = f"{people(first['ethnicity_5'])} were searched {times(first)} times as often as {people(reference)}"
    return and_join([whole, *(f"{people(row['ethnicity_5'])} {times(row)} times" for row in rest)])
