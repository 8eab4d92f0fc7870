"""What could change the ratios: whose word on ethnicity, who the unknown were, who is a resident, all choices."""

import re

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.ethnicity.accounts import SAID_OF_BOTH, SEEN, SEEN_OF_BOTH, STATED
from sas_analysis.measures.multiverse import extremes
from sas_analysis.measures.unknown.bounds import LOWER
from sas_analysis.present import limits, prose
from sas_analysis.present.few import FEWEST
from sas_analysis.present.moves import alike, farthest
from sas_analysis.present.reasons import why_not
from sas_analysis.present.sides import (
    ACROSS,
    FEW,
    NONE,
    RATIO,
    SAME,
    TOO_FEW,
    groups,
    groups_of,
    in_doubt,
    others,
    people,
    side,
    times,
    unclear,
)
from sas_analysis.reference.age_sex import age_sex_year

_TOO_FEW_UNKNOWN = "There are too few searches to say what that could change."
_MUCH = 1.15  # a factor between two ratios, from which they are told to differ
_NOT_DESCRIBED = re.compile(r"([\d.]+)% of them without an officer-defined group")  # of the searches imputed
_NOTHING = 1e-9  # a change that only the order of sums makes
_BY = {"what people said": STATED, "what officers recorded": SEEN}  # accounts of a page, in words
_OF_ALL = {
    "what people said": "Of all searches of people who state their ethnicity",
    "what officers recorded": "Of all searches that officers described, those of people who state none among them",
}
_WHERE_BOTH = "of the searches where both are known"
_OF_BOTH = {STATED: SAID_OF_BOTH, SEEN: SEEN_OF_BOTH}  # and of the searches of which both are known


def accounts(table: pd.DataFrame, *, reference: str) -> str:
    """Whether it matters who describes ethnicity: whose ratio, or what is said of it, it changes.

    The two are compared on the same searches, those of which both are known: others have no group by one of them, and
    what they change is told apart. table : as `Comparison.ratios_by_account`.
    """
    rows = others(table, reference)
    of = {name: _groups_of_account(rows, name) for name in (*_BY.values(), *_OF_BOTH.values())}
    both = _given(of[SAID_OF_BOTH], of[SEEN_OF_BOTH])
    alone = [_by_one_alone(word, _of_one(of, name)) for word, name in _BY.items()]
    said = _by_both(both, of[SAID_OF_BOTH], of[SEEN_OF_BOTH]) if both else ""
    more = [_of_all(word, of[name], of[_OF_BOTH[name]], both) for word, name in _BY.items()]
    told = " ".join(filter(None, [said, *more, *alone]))
    if told:
        return told
    if rows["estimate"].notna().any():
        return TOO_FEW
    first = rows.loc[rows["estimate"].isna(), "note"]
    return f"This cannot be said: {why_not(first.iloc[0])}." if len(first) else ""


def _groups_of_account(rows: pd.DataFrame, account: str) -> dict[str, pd.Series]:
    """Rows of an account by their group."""
    return {row["ethnicity_5"]: row for _, row in rows[rows["account"].astype("str").eq(account)].iterrows()}


def _given(*accounts: dict[str, pd.Series]) -> list[str]:
    """Groups of which each account has a ratio on enough searches."""
    first, *rest = ([group for group in of if side(of[group]) not in (NONE, FEW)] for of in accounts)
    return [group for group in first if all(group in groups for groups in rest)]


def _of_one(of: dict[str, dict[str, pd.Series]], account: str) -> list[pd.Series]:
    """Rows of the groups of which one account has a ratio and the other has none."""
    (other,) = (of[name] for name in _BY.values() if name != account)
    return [of[account][group] for group in _given(of[account]) if group not in _given(other)]


def _of_all(word: str, of: dict[str, pd.Series], part: dict[str, pd.Series], both: list[str]) -> str:
    """What an account says of all searches that it describes, where that is far from what it says of those of both."""
    far = [group for group in both if group in _given(of) and _matters(of[group], part[group])]
    far = [group for group in far if not alike(times(of[group]), times(part[group]))]
    if not far:
        return ""
    ratios = and_join([f"{times(of[group])} for {people(group)}{unclear(of[group])}" for group in far])
    return f"{_OF_ALL[word]}, it is {ratios}."


def _by_both(both: list[str], own: dict[str, pd.Series], officer: dict[str, pd.Series]) -> str:
    """What changes between two accounts of the same searches, of groups with a ratio by both: much, or what is said."""
    before, after = (pd.Series({group: of[group]["estimate"] for group in both}) for of in (own, officer))
    changed = [group for group in both if _matters(own[group], officer[group])]
    moved = [group for group in changed if not alike(times(own[group]), times(officer[group]))]
    still = [group for group in changed if group not in moved]
    if moved:
        moved.sort(key=lambda group: -max(before[group] / after[group], after[group] / before[group]))
        first, *rest = (f"{_apart(own[group], officer[group])}" for group in moved)
        said = f"For {people(moved[0])} it does: {_WHERE_BOTH}, the ratio is {first}."
        said += "".join(f" For {people(group)} it is {one}." for group, one in zip(moved[1:], rest, strict=True))
    else:
        most = farthest(before, after, RATIO)
        said = f"Hardly: by what people said and by what officers recorded, {_WHERE_BOTH}, {SAME}."
        if most is not None:
            apart = _apart(own[most.label], officer[most.label])
            said = f"Hardly: {_WHERE_BOTH}, it changes most for {people(most.label)}, {apart}."
    return f"{said} For {groups(still)} it decides whether a difference is clear." if still else said


def _matters(own: pd.Series, officer: pd.Series) -> bool:
    """Whether two ratios are far apart, or the answer would say something else of each."""
    low, high = sorted((own["estimate"], officer["estimate"]))
    return bool(side(own) != side(officer) or low < 1 < high or high >= _MUCH * low)


def _apart(own: pd.Series, officer: pd.Series) -> str:
    """Both ratios, and of which of them the records show no clear difference, where that is of one alone."""
    one = (side(own) == ACROSS) != (side(officer) == ACROSS)
    both = zip(_BY, (own, officer), strict=True)
    first, second = (f"{times(row)} by {word}{unclear(row) * one}" for word, row in both)
    return f"{first} and {second}"


def _by_one_alone(word: str, rows: list[pd.Series]) -> str:
    """Groups whose ratio one account alone can give, with it: by the other there is none, or of few searches."""
    if not rows:
        return ""
    given = and_join([times(row) for row in rows])
    return f"Only {word} gives a ratio, on {FEWEST} searches or more, for {groups_of(rows)}: {given}."


def bases(table: pd.DataFrame, *, reference: str) -> str:
    """On which side of 1 the ratio of each group is, whoever is counted as a resident.

    table : as `Comparison.ratios_by_base`.
    """
    rows = others(table, reference)
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        return f"No ratio can be given on any count of residents: {why_not(table['note'].iloc[0])}."
    rows = rows[rows["numerator"].ge(FEWEST)]
    rows = rows.groupby("ethnicity_5").filter(lambda own: own["base"].nunique() == rows["base"].nunique())
    if rows.empty:
        return TOO_FEW
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
    parts = (others(part, reference) for part in (table, ratios))
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
        return f"{said}{SAME}.{rest}"
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
        return TOO_FEW
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
        return f"How far the two descriptions agree cannot be said: {why_not(row['note'])}."
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
        others(table[table["measure"].eq(name)], reference)
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
        return f"{said}{SAME}."
    before, after = in_doubt(moved.before, note), in_doubt(moved.after, note)
    return f"{said}the ratios would change most for {people(moved.label)}: {after} instead of {before}."
