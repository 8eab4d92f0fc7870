"""The sentences of the report on disproportionality: one function a section, with a branch for each way it can end."""

from collections.abc import Sequence

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.multiverse import extremes
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import limits, prose
from sas_analysis.present.cards import FEWEST
from sas_analysis.present.labels import label
from sas_analysis.present.reasons import why_not
from sas_analysis.present.sides import (
    ABOVE,
    ACROSS,
    BELOW,
    FEW,
    NONE,
    clear_here_only,
    from_to,
    groups,
    in_doubt,
    people,
    side,
    times,
)
from sas_analysis.reference.forces import in_words

RATIO = "disproportionality_ratio"
_TOO_FEW = "There are too few searches to say."
_MANY = 100  # searches of one kind, from which a ratio of them is worth a sentence


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
    forces: int = 1,
    confirmed=None,
    contradicted: Sequence[str] = (),
    official_ratios: pd.DataFrame | None = None,
) -> str:
    """How often each group is searched, relative to the reference group; or why no ratio can be given.

    ratios : as `Comparison.ratios`. forces : how many are compared. confirmed : the comparison without the forces that
    official statistics contradict, whose names are `contradicted`; None where none is left, or none is contradicted.
    official_ratios : as `Comparison.official_ratios`, for records that are contradicted.
    """
    rows = _others(ratios, reference)
    if rows.empty:
        return f"No group is set beside {reference}."
    if rows["estimate"].isna().all():
        return f"**No ratio can be given for {study.who}:** {why_not(rows['note'].iloc[0])}."
    begins = "Relative to their number of residents, "
    if rows["note"].str.contains(CONTRADICTED, regex=False).any():
        if confirmed is None:
            whose = named(contradicted) if len(contradicted) > 1 else study.who  # not those that are not divided by
            return (
                f"**No ratio can be a headline:** official statistics contradict the records of {whose}, so the "
                "ratios below, in brackets, may show which searches were recorded and not which were made."
                f"{_by_official_counts(official_ratios, reference)}"
            )
        rows = _others(confirmed.ratios, reference)
        begins = f"Without {named(contradicted)}, whose records official statistics contradict, and relative to their "
        begins += "number of residents, "
    said = _said(_by_side(rows), reference)
    said = said if said.startswith(("For ", "**There")) else begins + said
    many = rows["note"].str.contains("not a headline", regex=False).any()
    forces = forces if confirmed is None else len(confirmed.forces)
    more = [f"All {forces} forces are added together here, so who lives where is part of each ratio."] * (forces > 1)
    open_ = [row["ethnicity_5"] for _, row in rows.iterrows() if side(row) != FEW and clear_here_only(row, 1.0)]
    if open_:
        more.append(f"That is of these months: over the years the direction for {groups(open_)} is open.")
    more += ["Ethnicity is unknown in too many searches for these ratios to be a headline."] * bool(many)
    return " ".join([f"{said[:1].upper()}{said[1:]}", *more])


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
    return f"{said} {reference} people."


def named(forces: Sequence[str]) -> str:
    """The names of forces in a sentence; of more than three the first three, and how many more."""
    named = [in_words([force]) for force in forces[:3]]
    more = len(forces) - 3
    return and_join([*named, *([f"{more} more force{'s' * (more > 1)}"] if more > 0 else [])])


def _said(of: dict[str, list[pd.Series]], reference: str) -> str:
    parts = []
    if of[ABOVE]:
        first, *rest = of[ABOVE]
        more = [f"{people(row['ethnicity_5'])} {times(row)} times" for row in rest]
        whole = [
            f"{people(first['ethnicity_5'])} were searched {times(first)} times as often as {reference} people",
            *more,
        ]
        parts.append(f"**{and_join(whole)}**.")
    if of[BELOW]:
        less = [f"{people(row['ethnicity_5'])} {times(row)} times" for row in of[BELOW]]
        parts.append(f"**{and_join(less)}** as often{f' as {reference} people' * (not of[ABOVE])}, so less often.")
        if not of[ABOVE]:
            parts[-1] = parts[-1].replace(" people ", " people were searched ", 1)
    if of[ACROSS]:
        parts.append(f"For {groups(row['ethnicity_5'] for row in of[ACROSS])} the records show no clear difference.")
    if of[FEW] and not any(of[name] for name in (ABOVE, BELOW, ACROSS)):
        return f"**There are too few searches for a ratio** of {groups(row['ethnicity_5'] for row in of[FEW])}."
    if of[FEW]:
        parts.append(f"For {groups(row['ethnicity_5'] for row in of[FEW])} there are too few searches to say.")
    if of[NONE]:
        parts.append(f"For {groups(row['ethnicity_5'] for row in of[NONE])} no ratio can be given.")
    if len(parts) > 1 and of[ABOVE] and of[BELOW]:
        parts[1] = parts[1][:2] + parts[1][2:3].upper() + parts[1][3:]
    return " ".join(parts)


# --- section by section ----------------------------------------------------------------------------------------------


def rates(table: pd.DataFrame, *, reference: str) -> str:
    """The highest rate beside the reference group's, and which group has the most searches.

    table : as `Comparison.rates`.
    """
    known = table[table["estimate"].notna()].astype({"ethnicity_5": "str"})
    if known.empty:
        return f"No rate can be given: {why_not(table['note'].iloc[0])}."
    own = known[known["ethnicity_5"].eq(reference)]
    first = known.loc[known["estimate"].idxmax()]
    said = f"Among {first['ethnicity_5']} residents there were {_rate(first)} searches per 1,000 in a year"
    if len(own) and first["ethnicity_5"] != reference:
        said += f"; among {reference} residents {_rate(own.iloc[0])}"
    if CONTRADICTED in first["note"]:
        said += ". In brackets: official statistics contradict the records that these rates rest on"
    most = known.loc[known["numerator"].astype(float).idxmax()]
    total = prose.count(known["numerator"].sum())
    if most["ethnicity_5"] != first["ethnicity_5"]:
        still = f"In number, most searches were of {people(most['ethnicity_5'])}: "
        return f"{said}. {still}{prose.count(most['numerator'])} of the {total} whose ethnicity is known."
    return f"{said}."


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
    """Where the disparity of the group with the most searches is largest, and where it is absent or reversed.

    table : ratios within each label of `column`, such as "object_group".
    """
    rows = _others(table, reference).astype({column: "str"})
    if rows["estimate"].isna().all():
        return f"No ratio can be given: {why_not(rows['note'].iloc[0])}." if len(rows) else ""
    rows = rows[rows["estimate"].notna() & rows["numerator"].ge(_MANY)]
    if rows.empty:
        return "There are too few searches of one kind to compare."
    group = rows.groupby("ethnicity_5")["numerator"].sum().idxmax()
    own = rows[rows["ethnicity_5"].eq(group)].sort_values("estimate", ascending=False)
    first, kinds = own.iloc[0], {row[column]: side(row) for _, row in own.iterrows()}
    what = _lower(label(first[column]))
    if len(own) == 1:
        return (
            f"Only searches for {what} are many enough: {group} {times(first)} times the {reference} rate, "
            f"{from_to(first)}."
        )
    said = f"Of the objects with {_MANY} or more searches of {people(group)}, the ratio is largest for {what}: "
    said += f"{times(first)} ({from_to(first)})"
    turned = [row for _, row in own.iterrows() if kinds[row[column]] == BELOW]
    absent = [row for _, row in own.iterrows() if kinds[row[column]] == ACROSS]
    if turned:
        row = turned[-1]
        return f"{said}. For {_lower(label(row[column]))} it is below 1: {times(row)} ({from_to(row)})."
    if absent:
        return (
            f"{said}; for {and_join([_lower(label(row[column])) for row in absent[:3]])} it shows no clear difference."
        )
    last = own.iloc[-1]
    return f"{said}, and smallest for {_lower(label(last[column]))}: {times(last)} ({from_to(last)})."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def accounts(table: pd.DataFrame, disagreement: pd.DataFrame, *, reference: str) -> str:
    """Whether it matters who describes ethnicity: whose ratio it changes most, and a group that officers leave out.

    table : as `Comparison.ratios_by_account`. disagreement : as `ethnicity.disagreement`.
    """
    rows = _others(table, reference)
    wide = rows.pivot(index="ethnicity_5", columns="account", values="estimate")
    enough = rows.pivot(index="ethnicity_5", columns="account", values="numerator").astype(float) >= FEWEST
    ends = ["self-defined, stated", "officer-defined"]
    both = wide.reindex(columns=ends).dropna()
    if len(both) and both.where(enough.reindex(columns=ends)).dropna().empty:
        return _TOO_FEW
    both = both.where(enough.reindex(columns=ends)).dropna()
    if both.empty:
        first = rows.loc[rows["estimate"].isna(), "note"]
        return f"This cannot be said: {why_not(first.iloc[0])}." if len(first) else ""
    factor = both.max(axis=1) / both.min(axis=1)
    group = factor.idxmax()
    note = "; ".join(rows["note"])
    own, officer = (in_doubt(prose.headline(both.at[group, name], RATIO)[0], note) for name in ends)
    much = factor[group] >= 1.25
    said = (
        f"For {people(group)} it does: the ratio is {own} by what people said and {officer} by what officers recorded."
    )
    if not much:
        said = (
            f"Hardly: it changes most for {people(group)}, {own} by what people said and {officer} by what officers "
            "recorded."
        )
    unused = [name for name in wide.index if pd.isna(wide.at[name, ends[1]]) and pd.notna(wide.at[name, ends[0]])]
    return f"{said} {_unused(unused, disagreement)}".strip()


def _unused(unused: list[str], disagreement: pd.DataFrame) -> str:
    """Where officers put the people of a group that they do not use."""
    if not unused:
        return ""
    group = unused[0]
    own = disagreement[disagreement["within"].eq("self-defined") & disagreement["ethnicity_5"].astype("str").eq(group)]
    own = own[own["estimate"].notna() & own["officer_ethnicity_5"].astype("str").ne("Unknown")]
    if own.empty:
        return f"Officers do not use the group {group}."
    most = own.loc[own["estimate"].idxmax()]
    share = prose.number(most["estimate"], most["measure"])
    return (
        f"Officers do not use the group {group}: they recorded {share} of those who said so as "
        f"{most['officer_ethnicity_5']}."
    )


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
    ends = rows.groupby("ethnicity_5", sort=False)["estimate"].agg(["min", "max"])
    number, said = rows["base"].nunique(), []
    for names, words in (
        (ends.index[ends["min"].gt(1)], "stays above 1"),
        (ends.index[ends["max"].lt(1)], "stays below 1"),
    ):
        if len(names):
            said.append(f"for {groups(names)} the ratio {words}")
    depends = ends.index[ends["min"].le(1) & ends["max"].ge(1)]
    if len(depends):
        said.append(f"for {groups(depends)} the count decides on which side of 1 it falls")
    return f"On all {number} counts of residents: {'; '.join(said)}."


def unknown(headline: pd.DataFrame, share: pd.DataFrame, parity: pd.DataFrame, *, reference: str) -> str:
    """How much searches of unknown ethnicity could change.

    headline : as `Comparison.headline`. share : one row, the share of searches of unknown ethnicity. parity : as
    `unknown.parity`.
    """
    row = share.iloc[0]
    if pd.isna(row["estimate"]):
        return f"Whose searches these are is not known: {why_not(row['note'])}."
    if not row["numerator"]:
        return "Ethnicity is known for all searches."
    said = f"For {prose.headline(row['estimate'], row['measure'])[0]} of searches ethnicity is unknown."
    rows = headline[headline["unknown_lowest"].notna() & headline["ethnicity_5"].ne(reference)]
    if rows.empty:
        return said
    first = rows.loc[rows["searches"].astype(float).idxmax()]
    low, high = (prose.headline(first[f"unknown_{end}"], RATIO)[0] for end in ("lowest", "highest"))
    said += (
        f" If all of these were {reference}, the {first['ethnicity_5']} ratio would be {low}; if all were "
        f"{first['ethnicity_5']}, {high}."
    )
    safe = rows[rows["unknown_lowest"].gt(1)]["ethnicity_5"]
    if len(safe):
        said += f" However they are shared out, the ratio of {groups(safe)} stays above 1."
    tips = parity[parity["measure"].eq("tipping_share") & parity["estimate"].between(0, 1)]
    tips = tips[tips["ethnicity_5"].astype("str").ne(reference)]
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
    group = (both["imputed"] / both["own"] - 1).abs().idxmax()
    note = "; ".join(table["note"])
    before, after = (in_doubt(prose.headline(both.at[group, name], RATIO)[0], note) for name in ("own", "imputed"))
    return (
        "If people whose ethnicity is unknown are like those whom officers described in the same way, the ratios "
        "change "
        f"most for {people(group)}: from {before} to {after}."
    )


def choices(universe: pd.DataFrame) -> str:
    """How the ratios stand under every combination of reasonable choices. universe : as `multiverse_of`."""
    table = extremes(universe)
    table = table[table["lowest"].notna()]
    if table.empty:
        return "No combination of choices gives a ratio."
    number = prose.count(table["combinations"].max())
    always = table[table["lowest"].gt(1)]["ethnicity_5"]
    never = table[table["highest"].lt(1)]["ethnicity_5"]
    both = table[table["lowest"].le(1) & table["highest"].ge(1)]
    said = [
        f"the ratio of {groups(names)} stays {where} 1"
        for names, where in ((always, "above"), (never, "below"))
        if len(names)
    ]
    if len(both):
        ends = [
            prose.number(value, "share_of_searches")
            for value in (both["share_above_1"].min(), both["share_above_1"].max())
        ]
        whose = "its" if len(both) == 1 else "their"
        share = ends[0] if len(set(ends)) == 1 else f"{ends[0]} to {ends[1]}"
        said.append(f"for {groups(both['ethnicity_5'])} it depends on them: {share} of {whose} ratios are above 1")
    return f"Under {number} combinations of reasonable choices, {and_join(said)}."


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


def young(table: pd.DataFrame, ratios: pd.DataFrame, *, reference: str) -> str:
    """What age and sex change. table : as `Comparison.standardised`."""
    rows = _others(table[table["measure"].eq("ratio_of_standardised_rates")], reference)
    rows = rows[rows["estimate"].notna() & rows["numerator"].ge(FEWEST)]
    own = _others(ratios, reference).set_index("ethnicity_5")["estimate"]
    if rows.empty:
        return ""
    row = rows.loc[rows["numerator"].astype(float).idxmax()]
    before = in_doubt(prose.headline(own.get(row["ethnicity_5"]), RATIO)[0], row["note"])
    return (
        f"If every group had the ages and sexes of all residents, the {row['ethnicity_5']} ratio would be {times(row)} "
        f"instead of {before}."
    )


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
    said = f"The {group} ratio goes from {times(low)} ({label(low['force'])}) to {times(high)} ({label(high['force'])})"
    own = within[within["ethnicity_5"].astype("str").eq(group)].set_index("measure")["estimate"]
    if pd.isna(own.get("ratio_within_mh")):
        return f"{said}."
    crude, inside = (prose.headline(own[name], RATIO)[0] for name in ("ratio_crude", "ratio_within_mh"))
    turned = (own["ratio_crude"] - 1) * (own["ratio_within_mh"] - 1) < 0
    turn = " The direction turns: who lives where makes it, and not what forces do." * bool(turned)
    return f"{said}. Forces added together it is {crude}; within forces, without who lives where, {inside}.{turn}"
