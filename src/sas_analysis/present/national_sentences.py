"""The sentences of the report on all forces: one function a section, with a branch for each way it can end."""

import re

import pandas as pd

from sas_analysis.errors import and_join, first_of, number_of
from sas_analysis.present import funnel_sentences, limits, prose
from sas_analysis.present.alike import adjusted
from sas_analysis.present.cards import ratio_within
from sas_analysis.present.few import FEWEST
from sas_analysis.present.labels import label
from sas_analysis.present.moves import alike
from sas_analysis.present.official_sentences import why_not_compared
from sas_analysis.present.outcome_view import without_a_difference
from sas_analysis.present.prose import limits_of
from sas_analysis.present.sides import from_to, in_doubt, people, times
from sas_analysis.present.whose import with_records
from sas_analysis.present.wording import span
from sas_analysis.reference.forces import territorial_forces
from sas_analysis.reference.official import causes as named
from sas_analysis.reference.official.counts import official_searches
from sas_analysis.reference.official.other_years import of_other_years
from sas_analysis.reference.official.reconcile import AMBER, ANOTHER_YEAR, GREEN, GREY, RED, year_of
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.study.by_force import MIX_AGREES, MIX_ALONE, NO, OFFICIAL, QUESTIONS, YES

_CONTRADICT, _DIFFER, _AGREE = OFFICIAL[RED], OFFICIAL[AMBER], OFFICIAL[GREEN]
_MOST_ABSENT = 30
MOST_NAMED = 10  # forces, on the first screen


def answer(reliance: pd.DataFrame, within: pd.DataFrame, *, group: str, reference: str, study) -> str:
    """How many forces' records can be relied on, and how often a group is searched within those forces.

    reliance, within : as `Forces` has them. group : the one that is spoken of. study : `study.Study`; forces of which
    no file is here are not counted.
    """
    of, here = territorial_forces(), set(with_records(study))
    reliance = reliance[reliance["force"].isin(here)]
    used = reliance[reliance["ratios"].ne(NO)]
    number = sum(force in here for force in of)
    said = f"These files are of {number} of the {len(of)} forces of England and Wales, {span(study.start, study.end)}"
    said += f"; {_rest_of(of, here, study)}." if number < len(of) and not study.synthetic else "."
    said += f" **For ratios by ethnicity {_all(len(used), len(reliance)) if len(used) else 'none'} can be used**"
    said += f"{_official(reliance, used, study)}.{_cannot(reliance, used)}"
    row = ratio_within(within, group)
    if row is None or pd.isna(row["estimate"]) or len(used) < 2:
        return said
    return (
        f"{said} Within these {len(used)} forces {people(group)} were searched **{times(row)} times as often as "
        f"{reference} people** ({from_to(row)}), relative to their number of residents."
    )


def _cannot(reliance: pd.DataFrame, used: pd.DataFrame) -> str:
    """Which forces' records cannot be used for ratios, though official statistics do not contradict them."""
    rows = reliance[~reliance["force"].isin(used["force"]) & reliance["official"].ne(_CONTRADICT)]
    if rows.empty or used.empty:
        return ""
    why = "for another reason" if len(rows) == 1 else "for other reasons"
    return f" The records of {_some(rows['force'].tolist())} cannot be used {why}."


def _some(forces: list[str]) -> str:
    """The forces by name, so many as a first screen has room for."""
    return first_of([label(force) for force in forces], MOST_NAMED, "force")


def _rest_of(of: list[str], here: set[str], study) -> str:
    """What the forces that are not here made of the searches of known ethnicity, where official statistics say so."""
    rest = [force for force in of if force not in here]
    share = _share_of(rest, study.months)
    who = _the_other(len(rest))
    if not share:
        return f"{who} {'is' if len(rest) == 1 else 'are'} not here"
    return f"{who} made {share:.0%} of the searches of known ethnicity that official statistics count in all {len(of)}"


def _the_other(number: int) -> str:
    """All forces but those that were spoken of."""
    return "the other force" if number == 1 else f"the other {number}"


def _official(reliance: pd.DataFrame, used: pd.DataFrame, study) -> str:
    """What official statistics do to the records of the forces that can be used, and which they contradict."""
    if study.synthetic:
        return "; these records are simulated, so they were not compared with official statistics"
    bad = reliance[reliance["official"].eq(_CONTRADICT)]
    compared = used["official"].isin([_AGREE, MIX_AGREES, MIX_ALONE, _DIFFER]).any()
    if not compared and bad.empty:
        return _not_compared(used if len(used) else reliance, study)
    does = _DO if study.choices.ethnicity == "self" else _DO | {_AGREE: "agree with {} in number"}
    said = []
    for other in sorted({"", *reliance["other_year"]}):  # those of the same year first
        numbers = used.loc[used["other_year"].eq(other), "official"].value_counts()
        parts = [words.format(f"{numbers[name]} of them") for name, words in does.items() if name in numbers]
        parts = [*parts[:1], *(part.replace(" of them", "", 1) for part in parts[1:])]
        contradicted = bad.loc[bad["other_year"].eq(other), "force"].tolist()
        if contradicted:
            parts.append(f"contradict the records of {_some(contradicted)}")
        if parts:
            said.append(f"official statistics{of_other_years([other])} {and_join(parts)}")
    return f": {'; '.join(said)}"


_DO = {
    _AGREE: "agree with {} in number and ethnic mix",
    MIX_AGREES: "agree with {} in mix alone (too few months to compare numbers)",
    MIX_ALONE: "agree with {} in mix and not in number",
    _DIFFER: "differ from {}",
    OFFICIAL[ANOTHER_YEAR]: "are no farther from {} than one year is from another",
    OFFICIAL[GREY]: "could not be compared with {}",
}
_SOME_MONTHS = re.compile(r"^\d+ of 12 months")
_WHYS = 2  # reasons that are told, of forces that could not be compared


def _not_compared(rows: pd.DataFrame, study) -> str:
    """Why official statistics say nothing of the records of some forces. rows : of `Forces.reliance`."""
    other = rows["official"].eq(OFFICIAL[ANOTHER_YEAR])
    official = study.official[study.official["force"].isin(rows.loc[~other, "force"])]
    whys = list(dict.fromkeys(why_not_compared(own) for _, own in official.groupby("force", sort=False)))
    if len(whys) > 1:
        whys = list(dict.fromkeys(_SOME_MONTHS.sub("too few months", why) for why in whys))
    why = f" ({first_of(whys, _WHYS, 'reason')})" if whys else ""
    one, some = len(rows) == 1, other.any() and not other.all()
    of = f"{int(other.sum())} of them" if some else "it" if one else "them"
    they = "the others" if some else "it" if one else "they"
    said = [f"this package carries no official figures of this year for {of}, only of another"] * bool(other.any())
    said += [f"{they} could not be compared with official statistics{why}"] * bool(not other.all())
    return f"; {'; '.join(said)}"


def absent(forces: list[str], *, study) -> str:
    """Which territorial forces have no records here, so that nothing is taken for all of England and Wales.

    forces : `Forces.absent`. study : `study.Study`.
    """
    of = len(territorial_forces())
    if not forces:
        return f"The files of all {of} territorial forces of England and Wales are here."
    here = [force for force in territorial_forces() if force not in forces]
    which = f"There is no file of {_named(forces)}" if len(forces) <= _MOST_ABSENT else ""
    which = which or f"There are only files of {_named(here) if here else 'other forces'}"
    said = (
        f"**Not among these files: {len(forces)} of {of} forces.** {which} for these months, so nothing on this page "
    )
    said += "is of all England and Wales. That is no finding about them: they may have published."
    share = None if study.synthetic else _share_of(forces, study.months)
    made = (
        f"They made {share:.0%} of the searches of known ethnicity in official statistics of that year."
        if share
        else ""
    )
    return f"{said} {made}".strip()


def _share_of(forces: list[str], months: list[str]) -> float | None:
    """Of the searches of known ethnicity in the official figures of the year, the share of some forces; None of none.

    British Transport Police is in neither: the official table that the package carries has territorial forces alone.
    """
    years = {year_of(month) for month in months}
    own = official_searches()
    own = own[own["year_ending"].isin(years) & own["White"].notna()]
    if len(years) > 1 or set(own["force"]) != set(territorial_forces()):
        return None
    number = own[list(GROUPS_5)].sum(axis=1).astype(float)
    return number[own["force"].isin(forces)].sum() / number.sum()


_QUESTIONS = {
    "ratios": "ratios by ethnicity",
    "outcomes": "outcomes",
    "objects": "objects of search",
    "places": "places",
}


def relied(reliance: pd.DataFrame, *, study=None) -> str:
    """For how many forces each question can be answered, and which can answer none.

    reliance : as `Forces.reliance`. study : `study.Study`; forces of which no file is here are not counted.
    """
    reliance = reliance if study is None else reliance[reliance["force"].isin(with_records(study))]
    of = len(reliance)
    parts = [f"{_QUESTIONS[name]} for {_all(int(reliance[name].ne(NO).sum()), of)}" for name in QUESTIONS]
    said = f"The records can be used for {and_join(parts)}."
    partly = int(reliance[list(QUESTIONS)].isin([YES, NO]).all(axis=1).eq(False).sum())
    none = reliance.loc[reliance[list(QUESTIONS)].eq(NO).all(axis=1), "force"].tolist()
    said += f" {_forces(partly).capitalize()} can be used for one of these in some of the months only." * bool(partly)
    return said + (f" They answer none of these questions for {_named(none)}." if none else "")


def unknown(shares: pd.DataFrame) -> str:
    """Where ethnicity is unknown most and least. shares : the share of unknown ethnicity, a row a force."""
    rows = shares[shares["estimate"].notna()].sort_values("estimate", kind="stable")
    if rows.empty:
        return "Ethnicity may not be used in any month."
    return f"Ethnicity is unknown in {_ends(rows)} of searches."


def _ends(rows: pd.DataFrame) -> str:
    """The lowest and the highest estimate with their forces. rows : in the order of the estimates."""
    ends = [(prose.headline(row["estimate"], row["measure"])[0], label(row["force"])) for _, row in rows.iterrows()]
    return " to ".join(f"{value} ({force})" for value, force in dict.fromkeys((ends[0], ends[-1])))


def difference(table: pd.DataFrame, *, group: str, reference: str) -> str:
    """How much oftener searches of a group ended in arrest, other things alike, over the forces together.

    table : as `Study.pooled_outcome_difference("arrest")`.
    """
    own = table[table["force"].eq("") & table["ethnicity_5"].astype("str").eq(group)].set_index("measure", drop=False)
    if own.empty or pd.isna(own["estimate"].iloc[0]):
        return "Differences between groups cannot be given over these forces together."
    mean, other = own.loc["outcome_difference_mean"], own.loc["outcome_difference_prediction"]
    lower, upper = limits.shown(mean)
    ends, forces = limits.from_to(mean, prose.exact), _of_how_many(table, group, mean["note"].partition(";")[0])
    size = f"{prose.number(mean['estimate'], mean['measure'])} ({ends})"
    if not lower <= 0 <= upper:
        said = (
            f"{_LIKE} ended in arrest **{'more' if mean['estimate'] > 0 else 'less'} often** for {people(group)} than "
        )
        said += f"for {reference} people: {size}, the mean of {forces}"
    else:
        said = (
            f"{_LIKE} show no clear difference in arrests between {people(group)} and {reference} people: {size}, the "
        )
        said += f"mean of {forces}"
    if pd.isna(other["lower"]):
        return f"{said}. {_NO_TEST}"
    ends = prose.interval(other["lower"], other["upper"], other["measure"])
    return f"{said}. For one more force the range is {ends}. {_NO_TEST}"


def _of_how_many(table: pd.DataFrame, group: str, forces: str) -> str:
    """Of how many forces a mean is, and without which. forces : how many, as the note of the mean says."""
    rows = table[table["force"].ne("") & table["ethnicity_5"].astype("str").eq(group)]
    without = without_a_difference(rows, reasons=False)
    if not without:
        return forces
    return f"{forces.removesuffix(' forces')} of {_forces(len(rows))} ({without}: the table has the reasons)"


_NO_TEST = "An arrest does not show what was found, or why it was made: this is no test of guilt or of bias."
_LIKE = f"Like searches ({adjusted(several=True)})"


def counted(causes: pd.DataFrame, *, study) -> str:
    """How many forces agree in number with official statistics, and why the others do not.

    causes : as `Study.causes`; of each force its last year that can be compared is spoken of.
    """
    if study.synthetic:
        return "These records are simulated, so they were not compared with official statistics."
    last = named.last_compared(causes)
    if last.empty:
        return "This package carries no official count of these forces and years to compare with."
    compared = last[last["cause"].ne(named.TOO_FEW)]
    if compared.empty:
        return "Too few months of a year are here to compare numbers with official statistics, which count years."
    agree = int(compared["cause"].eq(named.AGREES).sum())
    said = [f"The number of records is within 5% of the official one for {_all(agree, len(compared))}."]
    rest = last[last["cause"].ne(named.AGREES)]
    ends = rest["cause"].str.split(" + ", regex=False).str[-1]
    for cause, words in _CAUSES.items():
        own = rest.loc[ends.eq(cause), "force"].tolist()
        said += [words.format(_named(own))] if own else []
    return " ".join(said)


_CAUSES = {
    named.MONTHS: "Months that are missing or set aside can account for the difference of {}.",
    named.REPEATS: "Identical rows can account for that of {}.",
    named.VEHICLES: "Searches of vehicles alone can account for that of {}.",
    named.UNKNOWN: "Searches of unknown ethnicity can account for that of {}.",
    named.FEWER: "**Records are missing** from {}: even with all of unknown ethnicity there are fewer than official "
    "statistics count, so these files are another edition, or searches were never published.",
    named.MORE: "**More searches are here than official statistics count** for {}, and nothing in the records says "
    "why: these files are another edition, or searches were counted otherwise.",
    named.BY_ONE_WORD: "That of {} agrees by one description of ethnicity and not by the other, which is no agreement.",
    named.TOO_FEW: "Too few months of a year are here to compare {}.",
}


def apart(ratios: pd.DataFrame, shrunken: pd.DataFrame, *, group: str) -> str:
    """From where to where the ratio of a group goes, as counted and drawn towards the mean.

    ratios, shrunken : of the forces that can be used, as `Forces` has them.
    """
    rows = _enough(ratios[ratios["ethnicity_5"].astype("str").eq(group)])
    if rows.empty:
        return f"No force has enough searches of {people(group)} for a ratio."
    first, last = rows.iloc[0], rows.iloc[-1]
    if len(rows) == 1:
        return f"The {group} ratio is {times(first)} ({from_to(first)}) in {label(first['force'])}."
    mean = shrunken.loc[shrunken["ethnicity_5"].astype("str").eq(group), "estimate"].dropna()
    ends = [prose.headline(value, "disproportionality_ratio")[0] for value in (mean.min(), mean.max())]
    go = f"all are {ends[0]}" if alike(*ends) else f"go from {ends[0]} to {ends[1]}"
    drawn = f"; drawn towards the mean of forces, ratios {go}" if len(mean) else ""
    if alike(times(first), times(last)):
        return f"The {group} ratio is {times(first)} in each of the {len(rows)} forces{drawn}."
    return (
        f"The {group} ratio goes from {times(last)} ({label(last['force'])}, {from_to(last)}) to {times(first)} "
        f"({label(first['force'])}, {from_to(first)}). Where intervals overlap, the order may be chance{drawn}."
    )


def _enough(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with searches enough, highest first."""
    known = rows[rows["estimate"].notna() & rows["numerator"].astype(float).ge(FEWEST)]
    return known.sort_values("estimate", ascending=False, kind="stable")


def within(table: pd.DataFrame, *, group: str, forces: int) -> str:
    """What of the ratio is within forces, and what the contradicted forces change.

    table : as `Forces.within`. forces : how many are compared.
    """
    rows = table[table["ethnicity_5"].astype("str").eq(group) & table["estimate"].notna()]
    by_set = {name: own.set_index("measure", drop=False) for name, own in rows.groupby("forces", sort=False)}
    if forces == 1:
        return "Only one force has residents to compare with, so nothing lies between forces."
    if not by_set:
        return f"There are too few searches of {people(group)} to compare within forces."
    first = next(iter(by_set.values()))
    if len(by_set) == 1 and str(first["note"].iloc[0]).partition(";")[0] == "1 force":
        return "Only one force can be used for ratios, so nothing lies between forces."
    crude, inside = (_ratio(first, name) for name in ("ratio_crude", "ratio_within_mh"))
    said = f"With the forces that can be used added together the {group} ratio is {crude}; within forces, without who "
    said += f"lives where, it is {inside} ({limits_of(first.loc['ratio_within_mh'])})."
    if len(by_set) > 1:
        crude, inside = (_ratio(list(by_set.values())[-1], name) for name in ("ratio_crude", "ratio_within_mh"))
        said += f" With the other forces put back in it is {crude} added together and {inside} within"
        said += ": in brackets, since official statistics contradict some of them." if crude.startswith("(") else "."
    return said


def _ratio(rows: pd.DataFrame, measure: str) -> str:
    row = rows.loc[measure]
    return in_doubt(prose.headline(row["estimate"], "disproportionality_ratio")[0], row["note"])


def beyond(table: pd.DataFrame, *, group: str) -> str:
    """Which forces lie outside the limits of a funnel. table : as `Forces.funnel`."""
    return funnel_sentences.beyond(table, group=group, place="force", one="force", many="forces")


def outcomes(arrests: pd.DataFrame, *, compared: bool) -> str:
    """From where to where the share of arrests goes.

    arrests : as `Forces.arrests`. compared : whether outcomes stand beside an official table.
    """
    rows = arrests[arrests["estimate"].notna() & arrests["denominator"].astype(float).ge(100)]
    if rows.empty:
        return "There are too few searches with a known outcome to set forces side by side."
    rows = rows.sort_values("estimate", kind="stable")
    said = f"Of searches whose outcome is known, {_ends(rows)} ended in an arrest."
    none = arrests.loc[arrests["estimate"].isna(), "force"].astype("str").tolist()
    said += f" It cannot be given for {_named(none)}." if none else ""
    return said if compared else f"{said} Arrests were not compared with official statistics here."


def _all(number: int, of: int) -> str:
    if number == of:
        return {1: "the one force", 2: "both forces"}.get(of) or f"all {_forces(of)}"
    return f"{number} of {_forces(of)}"


def _forces(number: int) -> str:
    return number_of(number, "force")


def _named(forces: list[str]) -> str:
    return and_join([label(force) for force in forces])
