"""The sentences of the report on disproportionality: one function a section, with a branch for each way it can end."""

import re
from collections.abc import Sequence

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.multiverse import extremes
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.unknown.bounds import LOWER
from sas_analysis.present import limits, prose
from sas_analysis.present.few import FEW_IN_WORDS, FEWEST, few
from sas_analysis.present.labels import label
from sas_analysis.present.moves import alike, farthest
from sas_analysis.present.reasons import why_not
from sas_analysis.present.said_recorded import not_used  # noqa: F401 - said with the others
from sas_analysis.present.sides import (
    ABOVE,
    ACROSS,
    BELOW,
    FEW,
    NONE,
    clear_here_only,
    groups,
    in_doubt,
    people,
    side,
    times,
)
from sas_analysis.present.whose import names
from sas_analysis.reference.age_sex import age_sex_year
from sas_analysis.reference.forces import named
from sas_analysis.reference.population import GROUPS_5

RATIO = "disproportionality_ratio"
_RELATIVE = "relative to their number of residents"
_TOO_FEW = "There are too few searches to say."
_TOO_FEW_UNKNOWN = "There are too few searches to say what that could change."
_SAME = "the ratios are the same in the digits given here"
_MUCH = 1.15  # a factor between two ratios, from which they are told to differ
_NOT_DESCRIBED = re.compile(r"([\d.]+)% of them without an officer-defined group")  # of the searches imputed
_NOTHING = 1e-9  # a change that only the order of sums makes
_BY = {"what people said": "self-defined, stated", "what officers recorded": "officer-defined"}  # accounts, in words


def _others(table: pd.DataFrame, reference: str) -> pd.DataFrame:
    return table[table["ethnicity_5"].astype("str").ne(reference)].astype({"ethnicity_5": "str"})


def _by_side(rows: pd.DataFrame) -> dict[str, list[pd.Series]]:
    found: dict[str, list[pd.Series]] = {name: [] for name in (ABOVE, BELOW, ACROSS, FEW, NONE)}
    for _, row in rows.sort_values("estimate", ascending=False, kind="stable").iterrows():
        found[side(row)].append(row)
    return found


# --- the answer ------------------------------------------------------------------------------------------------------


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
) -> str:
    """How often each group is searched, relative to the reference group; or why no ratio can be given.

    ratios : as `Comparison.ratios`. answered : the forces whose searches the ratios of the answer hold. confirmed :
    the comparison without the forces that official statistics contradict, whose names are `contradicted`; None where
    none is left, or none is contradicted. official_ratios : as `Comparison.official_ratios`, for records that are
    contradicted. not_divided : forces of the study that have no residents to divide by. other_residents : where the
    residents of the answer are of another month than those of the tables, that month and theirs.
    """
    rows = _others(ratios, reference)
    if rows.empty:
        return f"No group is set beside {reference}."
    if rows["estimate"].isna().all():
        why = why_not(rows["note"].iloc[0])
        of = "" if why.startswith(study.who) else f" for {study.who}"
        divided = len(not_divided) < len(study.forces)
        return f"**No rate and no ratio can be given{of}:** {why}.{_by_officers(study) if divided else ''}"
    left_out = ""
    if rows["note"].str.contains(CONTRADICTED, regex=False).any():
        if confirmed is None:
            whose = (
                study.who if study.area or not contradicted else named(contradicted)
            )  # not those that are not divided by
            return (
                f"**No ratio can be a headline:** official statistics contradict the records of {whose}, so the "
                "ratios below, in brackets, may show which searches were recorded and not which were made."
                f"{_by_official_counts(official_ratios, reference)}"
            )
        rows = _others(confirmed.ratios, reference)
        left_out = f"Without {named(contradicted)}, whose records official statistics contradict"
    said = _said(_by_side(rows), reference, left_out)
    many = rows["note"].str.contains("not a headline", regex=False).any()
    given = any(side(row) not in (FEW, NONE) for _, row in rows.iterrows())
    more = [_other_residents(*other_residents)] if other_residents and given else []
    more += [_without_residents(not_divided)] if not_divided else []
    if len(answered) > 1:
        together = f"The searches of {names(answered)} are added together here"
        more.append(f"{together}, so who lives where is part of each ratio.")
    open_ = [row["ethnicity_5"] for _, row in rows.iterrows() if side(row) != FEW and clear_here_only(row, 1.0)]
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
    number = f"{prose.count(known)} of {prose.count(row['denominator'])} searches"
    return f" Officers recorded the ethnicity of {number}: with -p ethnicity_scheme=officer the report rests on that."


def _by_official_counts(table: pd.DataFrame | None, reference: str) -> str:
    """The ratio of the group with the most searches by official counts; "" where there is none."""
    rows = pd.DataFrame() if table is None or table.empty else _others(table, reference)
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


def _said(of: dict[str, list[pd.Series]], reference: str, left_out: str = "") -> str:
    """A sentence for every side of 1 that a group is on, each with its own verb; the first says what it is of."""
    less = ", so less often" if len(of[BELOW]) == 1 else ", so all of them less often"
    unclear, few, none = (_groups(of[name]) for name in (ACROSS, FEW, NONE))
    parts = [f"**{_as_often(of[ABOVE], reference)}**."] * bool(of[ABOVE])
    parts += [f"**{_as_often(of[BELOW], reference)}**{less}."] * bool(of[BELOW])
    relative = [_RELATIVE] * bool(parts)
    parts += [f"for {unclear} the records show no clear difference."] * bool(of[ACROSS])
    alone = f"**there are too few searches for a ratio** of {few}."
    parts += [f"for {few} there are too few searches to say." if parts else alone] * bool(of[FEW])
    parts += [f"for {none} no ratio can be given."] * bool(of[NONE])
    begins = ", and ".join([*filter(None, [left_out]), *relative])
    parts[0] = f"{begins}, {parts[0]}" if begins else parts[0]
    return " ".join(map(_begun, parts))


def _groups(rows: list[pd.Series]) -> str:
    return groups(row["ethnicity_5"] for row in rows) if rows else ""


def _as_often(rows: list[pd.Series], reference: str) -> str:
    """How often groups were searched: the first has the verb and what it is compared with, which hold for all."""
    if not rows:
        return ""
    first, *rest = rows
    whole = f"{people(first['ethnicity_5'])} were searched {times(first)} times as often as {people(reference)}"
    return and_join([whole, *(f"{people(row['ethnicity_5'])} {times(row)} times" for row in rest)])


def _begun(text: str) -> str:
    """A text that begins with a capital, behind the marks of bold type."""
    at = len(text) - len(text.lstrip("*"))
    return f"{text[:at]}{text[at : at + 1].upper()}{text[at + 1 :]}"


# --- section by section ----------------------------------------------------------------------------------------------


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
        return _TOO_FEW
    own = known[known["ethnicity_5"].eq(reference)]
    first = known.loc[known["estimate"].idxmax()]
    said = f"Among {first['ethnicity_5']} residents there were {_rate(first)} searches per 1,000 in a year"
    if len(own) and first["ethnicity_5"] != reference:
        said += f"; among {reference} residents {_rate(own.iloc[0])}"
    if CONTRADICTED in first["note"]:
        said += ". In brackets: official statistics contradict the records that these rates rest on"
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
    rows = _others(table, reference)
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        return f"No number can be given: {why_not(table['note'].iloc[0])}." if len(table) else ""
    row = rows.loc[rows["estimate"].abs().idxmax()]
    if abs(row["estimate"]) < FEWEST:
        return _TOO_FEW
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
    rows = _others(table, reference).astype({column: "str"})
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
    high, low = (f"{times(row)} for {_lower(label(row[column]))}{_unclear(row)}" for row in (first, last))
    if len(own) == 1:
        return f"The {group} ratio is {high} alone."
    if alike(times(first), times(last)):
        return f"For {people(group)} {_SAME} for all {len(own)}: {times(first)}."
    return f"The {group} ratio goes from {low} to {high}."


def _unclear(row: pd.Series) -> str:
    return " (no clear difference)" * (side(row) == ACROSS)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def accounts(table: pd.DataFrame, *, reference: str) -> str:
    """Whether it matters who describes ethnicity: whose ratio, or what is said of it, it changes.

    table : as `Comparison.ratios_by_account`.
    """
    rows = _others(table, reference)
    of = {
        word: {row["ethnicity_5"]: row for _, row in rows[rows["account"].astype("str").eq(name)].iterrows()}
        for word, name in _BY.items()
    }
    given = {word: [group for group in own if side(own[group]) not in (NONE, FEW)] for word, own in of.items()}
    own, officer = of.values()
    both = [group for group in own if all(group in names for names in given.values())]
    alone = [_by_one_alone(word, [of[word][group] for group in given[word] if group not in both]) for word in of]
    alone = " ".join(filter(None, alone))
    if both:
        return f"{_by_both(both, own, officer)} {alone}".strip()
    if alone:
        return alone
    if rows["estimate"].notna().any():
        return _TOO_FEW
    first = rows.loc[rows["estimate"].isna(), "note"]
    return f"This cannot be said: {why_not(first.iloc[0])}." if len(first) else ""


def _by_both(both: list[str], own: dict[str, pd.Series], officer: dict[str, pd.Series]) -> str:
    """What changes between the two accounts, of groups with a ratio by both: much, or what the answer says of them."""
    before, after = (pd.Series({group: of[group]["estimate"] for group in both}) for of in (own, officer))
    changed = [group for group in both if _matters(own[group], officer[group])]
    moved = [group for group in changed if not alike(times(own[group]), times(officer[group]))]
    still = [group for group in changed if group not in moved]
    if moved:
        moved.sort(key=lambda group: -max(before[group] / after[group], after[group] / before[group]))
        first, *rest = (f"{_apart(own[group], officer[group])}" for group in moved)
        said = f"For {people(moved[0])} it does: the ratio is {first}."
        said += "".join(f" For {people(group)} it is {one}." for group, one in zip(moved[1:], rest, strict=True))
    else:
        most = farthest(before, after, RATIO)
        said = f"Hardly: by what people said and by what officers recorded, {_SAME}."
        if most is not None:
            apart = _apart(own[most.label], officer[most.label])
            said = f"Hardly: it changes most for {people(most.label)}, {apart}."
    return f"{said} For {groups(still)} it decides whether a difference is clear." if still else said


def _matters(own: pd.Series, officer: pd.Series) -> bool:
    """Whether two ratios are far apart, or the answer would say something else of each."""
    low, high = sorted((own["estimate"], officer["estimate"]))
    return bool(side(own) != side(officer) or low < 1 < high or high >= _MUCH * low)


def _apart(own: pd.Series, officer: pd.Series) -> str:
    """Both ratios, and of which of them the records show no clear difference, where that is of one alone."""
    one = (side(own) == ACROSS) != (side(officer) == ACROSS)
    both = zip(_BY, (own, officer), strict=True)
    first, second = (f"{times(row)} by {word}{_unclear(row) * one}" for word, row in both)
    return f"{first} and {second}"


def _by_one_alone(word: str, rows: list[pd.Series]) -> str:
    """Groups whose ratio one account alone can give, with it: by the other there is none, or of few searches."""
    if not rows:
        return ""
    given = and_join([times(row) for row in rows])
    return f"Only {word} gives a ratio, on {FEWEST} searches or more, for {_groups(rows)}: {given}."


def bases(table: pd.DataFrame, *, reference: str) -> str:
    """On which side of 1 the ratio of each group is, whoever is counted as a resident.

    table : as `Comparison.ratios_by_base`.
    """
    rows = _others(table, reference)
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        return f"No ratio can be given on any count of residents: {why_not(table['note'].iloc[0])}."
    rows = rows[rows["numerator"].ge(FEWEST)]
    rows = rows.groupby("ethnicity_5").filter(lambda own: own["base"].nunique() == rows["base"].nunique())
    if rows.empty:
        return _TOO_FEW
    said, depends = _stays(rows)
    said += [f"for {groups(names)} the count decides on which side of 1 it falls" for names in [depends] if names]
    return f"On all {rows['base'].nunique()} counts of residents: {'; '.join(said)}."


def _stays(rows: pd.DataFrame) -> tuple[list[str], list[str]]:
    """A clause for groups whose ratio is on one side of 1 in all of some rows, and the groups of which it is not.

    What an assumption leaves open is not what chance does: so each clause says whether the intervals stay there too.
    """
    here = rows["period_lower"].notna()
    low, high = (rows[f"period_{end}"].where(here, rows[end]).astype(float) for end in ("lower", "upper"))
    estimates = rows["estimate"].astype(float)
    of_group = pd.DataFrame({"group": rows["ethnicity_5"].astype("str"), "low": estimates, "high": estimates})
    of_group = of_group.assign(lower=low.fillna(estimates), upper=high.fillna(estimates)).groupby("group", sort=False)
    ends = of_group.agg({"low": "min", "high": "max", "lower": "min", "upper": "max"})
    stays, but = (
        ("the ratio and its interval stay", ", but its interval does not")
        if low.notna().any()
        else ("the ratio stays", "")
    )
    said, found = [], []
    for where, beyond, clear in (
        ("above", ends["low"].gt(1), ends["lower"].gt(1)),
        ("below", ends["high"].lt(1), ends["upper"].lt(1)),
    ):
        sure, rest = (list(ends.index[beyond & which]) for which in (clear, ~clear))
        said += [f"for {groups(names)} {stays} {where} 1" for names in [sure] if names]
        said += [f"for {groups(names)} the ratio stays {where} 1{but}" for names in [rest] if names]
        found += [*sure, *rest]
    return said, [name for name in ends.index if name not in found]


def unknown(
    headline: pd.DataFrame, share: pd.DataFrame, parity: pd.DataFrame, bounds: pd.DataFrame, *, reference: str
) -> str:
    """How much searches of unknown ethnicity could change, of groups with enough searches.

    headline : as `Comparison.headline`. share : one row, the share of searches of unknown ethnicity. parity : as
    `unknown.parity`. bounds : as `Comparison.bounds`.
    """
    row = share.iloc[0]
    if pd.isna(row["estimate"]):
        return f"Whose searches these are is not known: {why_not(row['note'])}."
    if not row["numerator"]:
        return "Ethnicity is known for all searches."
    said = f"For {prose.headline(row['estimate'], row['measure'])[0]} of searches ethnicity is unknown."
    rows = headline[headline["unknown_lowest"].notna() & headline["ethnicity_5"].ne(reference)]
    rows = rows[rows["searches"].astype(float).ge(FEWEST)]
    if rows.empty:
        return f"{said} {_TOO_FEW_UNKNOWN}" if headline["unknown_lowest"].notna().any() else said
    first = rows.loc[rows["searches"].astype(float).idxmax()]
    low, high = (
        in_doubt(prose.headline(first[f"unknown_{end}"], RATIO)[0], first["note"]) for end in ("lowest", "highest")
    )
    if alike(low, high):
        said += f" Whoever they were, the {first['ethnicity_5']} ratio is {low}."
    else:
        said += (
            f" If all of these were {reference}, the {first['ethnicity_5']} ratio would be {low}; if all were "
            f"{first['ethnicity_5']}, {high}."
        )
    own = bounds["ethnicity_5"].astype("str").isin(rows["ethnicity_5"].astype("str"))
    stays, _ = _stays(bounds[bounds["measure"].eq(LOWER) & bounds["estimate"].gt(1) & own])
    said += f" However they are shared out, {'; '.join(stays)}." * bool(stays)
    tips = parity[parity["measure"].eq("tipping_share") & parity["estimate"].between(0, 1)]
    tips = tips[tips["ethnicity_5"].astype("str").isin(rows["ethnicity_5"].astype("str"))]
    if len(tips):
        one = tips.iloc[0]
        share_ = prose.number(one["estimate"], "tipping_share")
        said += (
            f" For the {one['ethnicity_5']} group, rates would be equal if {share_} of them belonged to it and the "
            f"rest were {reference}."
        )
    return said


def imputed(table: pd.DataFrame, ratios: pd.DataFrame, *, reference: str) -> str:
    """What the ratio would be if the unknown were like the searches that officers described alike."""
    parts = (_others(part, reference) for part in (table, ratios))
    rows, own = (part[part["numerator"].ge(FEWEST)].set_index("ethnicity_5")["estimate"] for part in parts)
    both = pd.DataFrame({"own": own, "imputed": rows}).dropna()
    if both.empty:
        return ""
    if (both["imputed"] / both["own"] - 1).abs().max() < _NOTHING:
        return ""  # nothing is unknown
    moved, note = farthest(both["own"], both["imputed"], RATIO), "; ".join(table["note"])
    without = [float(share) for share in _NOT_DESCRIBED.findall(note)]
    said = "If people whose ethnicity is unknown are like those whom officers described in the same way, "
    rest = f" Officers described {100 - max(without):.1f}% of them." if without else ""
    if without and max(without) == 100:
        said = "If searches of unknown ethnicity are like others of the same time, object and power, "
        rest = " Officers described none of them."
    if moved is None:
        return f"{said}{_SAME}.{rest}"
    before, after = in_doubt(moved.before, note), in_doubt(moved.after, note)
    return f"{said}the ratios change most for {people(moved.label)}: from {before} to {after}.{rest}"


def choices(universe: pd.DataFrame) -> str:
    """How the ratios stand under every combination of choices, and what the extremes of them are.

    universe : as `multiverse_of`. That a ratio stays on one side of 1 is said of groups that have one in every
    combination, and nothing is said of those of few searches.
    """
    table = extremes(universe).astype({"ethnicity_5": "str"}).set_index("ethnicity_5")
    own = universe.assign(ethnicity_5=universe["ethnicity_5"].astype("str"))
    table["given"] = own.groupby("ethnicity_5", sort=False)["estimate"].count()
    table["searches"] = own.drop_duplicates("ethnicity_5").set_index("ethnicity_5")["numerator"].astype(float)
    table = table[table["given"].gt(0)]
    if table.empty:
        return "No combination of choices gives a ratio."
    number = prose.count(table["combinations"].max())
    over = "With the one combination" if number == "1" else f"Over all {number} combinations"
    enough = table["searches"].ge(FEWEST)
    if not enough.any():
        return _TOO_FEW
    in_all = table.index[enough & table["given"].eq(table["combinations"])]
    said, depends = _stays(own[own["ethnicity_5"].isin(in_all)])
    said += [_depends(table.loc[names]) for names in [depends] if names]
    said += [_in_some(row) for _, row in table[enough & ~table.index.isin(in_all)].iterrows()]
    thin = list(table.index[~enough])
    said += [f"for {groups(names)} there are too few searches to say" for names in [thin] if names]
    extreme = " Some give every search of unknown ethnicity to one group: the extremes of what is possible."
    return f"{over} of choices, {'; '.join(said)}.{extreme * ('unknown' in universe)}"


def _depends(table: pd.DataFrame) -> str:
    """What part of the ratios of some groups, which are on both sides of 1, is above it. table : as `extremes`."""
    parts = (table["share_above_1"].min(), table["share_above_1"].max())
    low, high = (prose.number(value, "share_of_searches") for value in parts)
    share, whose = low if alike(low, high) else f"{low} to {high}", "its" if len(table) == 1 else "their"
    return f"for {groups(table.index)} it depends on them: {share} of {whose} ratios are above 1"


def _in_some(row: pd.Series) -> str:
    """A group that some of the combinations give no ratio of, such as those by a word that is not used for it."""
    share, one = row["share_above_1"], bool(row["given"] == 1)
    above = {1: "it is" if one else "all are", 0: "it is not" if one else "none is"}
    said = above.get(share) or f"{prose.number(share, 'share_of_searches')} are"
    return f"for the {row.name} group only {prose.count(row['given'])} of them give{'s' * one} a ratio: {said} above 1"


def agreement(kappa: pd.DataFrame) -> str:
    """How far the two descriptions agree. kappa : as `ethnicity.agreement`."""
    row = kappa.iloc[0]
    if pd.isna(row["estimate"]):
        return "How far the two descriptions agree cannot be said: one of them, or both, are missing."
    value = prose.number(row["estimate"], row["measure"])
    words = "well" if row["estimate"] >= 0.8 else "fairly well" if row["estimate"] >= 0.6 else "poorly"
    said = limits.from_to(row, prose.exact)
    return (
        f"Where both descriptions are known they agree {words}: kappa, which is 1 for full agreement and 0 for what "
        "chance "
        f"alone gives, is {value}{f', {said}' if said else ''}."
    )


def young(table: pd.DataFrame, *, reference: str) -> str:
    """What age and sex change, on the same searches and residents. table : as `Comparison.standardised`."""
    rows, crude = (
        _others(table[table["measure"].eq(name)], reference)
        for name in ("ratio_of_standardised_rates", "ratio_before_standardising")
    )
    after, before = (
        part[part["estimate"].notna() & part["numerator"].ge(FEWEST)].set_index("ethnicity_5")["estimate"]
        for part in (rows, crude)
    )
    if not set(before.index) & set(after.index):
        return ""
    note = "; ".join(rows["note"])
    said = f"Among residents by age and sex (Census {age_sex_year()}), if every group had the ages and sexes of all, "
    moved = farthest(before, after, RATIO)
    if moved is None:
        return f"{said}{_SAME}."
    before, after = in_doubt(moved.before, note), in_doubt(moved.after, note)
    return f"{said}the ratios would change most for {people(moved.label)}: {after} instead of {before}."


# --- several forces -------------------------------------------------------------------------------------------------


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
