"""The sentences of the reports. Every number in them is a cell of a table, through `prose`."""

from collections.abc import Sequence

import pandas as pd

from sas_analysis.errors import and_join, first_of
from sas_analysis.measures.intervals.wording import levels_words, number_word, span_words
from sas_analysis.measures.rates.per_resident import FIXED_PROCESS
from sas_analysis.measures.refused import REFUSED
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS
from sas_analysis.months import in_ranges
from sas_analysis.present import limits, prose
from sas_analysis.present.month_sentences import fields_in_doubt, months_that_count, months_used  # noqa: F401 - said with the others
from sas_analysis.records.load import NO_LINE_END
from sas_analysis.records.locate import MOST_UNLOCATED, NO_LOCATION
from sas_analysis.reference.forces import in_words
from sas_analysis.reference.official.reconcile import AMBER, ANOTHER_YEAR, GREEN, GREY, RED, in_limits, lights

_VERDICTS = {
    RED: "**Official statistics contradict these records**",
    AMBER: "**Official statistics differ from these records**",
    GREY: "These records could not be compared with official statistics",
    ANOTHER_YEAR: (
        "No official figures of the same year are carried; those of another year are no farther off than years are "
        "from each other, which is no agreement"
    ),
    GREEN: "Official statistics of the same year agree with these records",
}
NOT_COMPARED = "Simulated records are not compared with official statistics."


def scope(study) -> str:
    """What was analysed."""
    asked, coverage = len(study.months), study.published_months
    here = [(row.force, row.months + row.flagged + row.unusable) for row in coverage.itertuples()]
    here = [one for one in here if one[1]] or here  # of the others a sentence says that the folder holds none
    forces = [f"{in_words([force])} ({_months_of(months, asked)})" for force, months in here]
    return " ".join(
        [
            "**SYNTHETIC: simulated records, no statement about any real force.**" if study.synthetic else "",
            f"Records for {study.start} to {study.end}: {prose.count(study.flow['left'].iloc[0])}.",
            f"From {first_of(forces, 6, 'force')}.",
            f"{_analysed(study)}; a table below says what was left out.",
            *_gaps(coverage),
            *_unseen(study.unseen_labels),
            *_cut_off(study.files),
        ]
    ).strip()


def _months_of(published: int, asked: int) -> str:
    if asked == 1:
        return "1 month" if published else "no record of this month"
    return f"{published} of {asked} months"


def placed(study) -> str:
    """Of a report on one local authority: what cannot be placed, and what lies near its boundary; else nothing."""
    area, areas = study.usable_area, study.areas
    if area is None:
        return ""
    own, lost = areas[areas["area_code"].eq(area.code)], areas[areas["area"].eq(NO_LOCATION)].iloc[0]
    if own.empty:  # `select.narrow` lets only an area with a problem have no search
        return (
            f"**{area.name}** ({area.code}): not estimable, because {area.problem or study.nothing_counts}. No figure "
            "of it can be given; those of the whole force are in the report without -p borough."
        )
    row, layer, margin = own.iloc[0], area.located.layer, area.located.margin
    spacing = layer.spacing([layer.codes.index(area.code)])
    share = float(lost["share_of_searches"])
    too_many = f": more than {MOST_UNLOCATED:.0%}, so no figure of {area.name} is a headline" * (share > MOST_UNLOCATED)
    coarse = f"; it is generalised, and can itself be wrong by more than {margin:g} m" * (spacing > 10 * margin)
    return " ".join(
        [
            f"**{area.name}** ({area.code}): {prose.number(share, 'share_of_searches')} of all searches have no "
            f"location and cannot be placed{too_many}.",
            f"{prose.count(row['searches'])} are located in it, {prose.count(row['near_inside'])} of them within "
            f"{margin:g} m of its boundary; {prose.count(row['near_outside'])} are as near to it on the other side.",
            f"Locations are snap points, so between {prose.count(row['lowest'])} and {prose.count(row['highest'])} of "
            "the searches with a location may have been in it: an assumption range, not a sampling error.",
            f"Boundary: {layer.path.name} (SHA-256 {layer.sha256[:12]}), with a point every {spacing:,.0f} m{coarse}.",
        ]
    )


def _analysed(study) -> str:
    """How many searches there are, and how many of them estimates rest on, where months do not count."""
    published, counted = (selection.flow["left"].iloc[-1] for selection in (study.published, study.selection))
    said = f"Searches analysed: {prose.count(published)}"
    if counted == published:
        return said
    own = prose.count(counted) if counted else "none"
    return f"{said}, {own} of them in months that count for the numbers here"


def _gaps(months: pd.DataFrame):
    """Months that are not there: what is missing is missing, not zero."""
    gaps = [f"{in_words([row.force])} {in_ranges(row.absent.split(', '))}" for row in months.itertuples() if row.absent]
    if gaps:
        said = "these months are missing, not zero, and may have been published"
        yield f"The folder holds no records for {'; '.join(gaps)}: {said}."


def _unseen(labels: pd.DataFrame):
    """Labels that no crosswalk has."""
    if len(labels):
        counts = labels.groupby(["column", "label"])["count"].sum().nlargest(3)
        first = and_join([f"{_plain(label)} ({prose.count(n)}, {column})" for (column, label), n in counts.items()])
        yield f"**Labels that no crosswalk has**, counted as unrecognised: {labels['label'].nunique()}, first {first}."


def _plain(label: str) -> str:
    """A text of the raw files in quotes, as nothing but text: it may hold markup."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>&" else sign for sign in repr(label))


def _cut_off(files: pd.DataFrame):
    """Files that end without a line end, as the publisher's never do: their last row may be cut off."""
    ends = files[files["notes"].str.contains(NO_LINE_END, regex=False)]
    if len(ends):
        yield f"**Perhaps cut off**: no line end after the last row of {and_join(list(ends['file'][:3]))}."


def reconciliation(official: pd.DataFrame, *, synthetic: bool) -> str:
    """Whether official statistics agree with the records, worst first; official as `reconcile` gives it."""
    if synthetic:
        return NOT_COMPARED
    rows = lights(official)
    said = []
    for light, verdict in _VERDICTS.items():
        named = [_compared(official, row) for row in rows[rows["light"].eq(light)].itertuples()]
        more = f". And {len(named) - 4} more: table reconciliation" if len(named) > 4 else ""
        said += [f"{verdict} ({'. '.join(named[:4])}{more})."] if named else []
    return " ".join(said)


def not_compared(*, synthetic: bool) -> str:
    """In place of the table of official figures, where records are simulated."""
    return NOT_COMPARED if synthetic else ""


def _compared(official: pd.DataFrame, row) -> str:
    """One force and year: the difference that is largest for its limit, with the limit; or why there is none."""
    who = f"{in_words([row.force])}, year ending {row.year_ending}"
    if row.light == GREY:
        return f"{who}: {row.note}"
    own = official[official["force"].eq(row.force) & official["year_ending"].eq(row.year_ending)]
    own = own[own["light"].eq(row.light)]
    most = own.loc[in_limits(own).idxmax()]
    of = f" beside {most['compared_with']}" if str(most["compared_with"]) != str(row.year_ending) else ""
    name = most["measure"]
    figures = "" if pd.isna(most["ours"]) else f" ours {prose.number(most['ours'], name)}, official "
    figures += f"{prose.number(most['official'], name)}," if figures else ""
    far = f"{prose.difference(most['difference'], name)}, limit {prose.limit(most['limit'], name)}"
    which = f"of {len(own)} such measures the farthest is {name}" if len(own) > 1 else name
    return f"{who}{of}: {which}:{figures} {far}; {most['note']}"


def grounds(objects: pd.DataFrame, powers: pd.DataFrame) -> str:
    """The commonest object, and section 60 beside reasonable grounds, with what is not recorded of both."""
    return f"{_commonest_object(objects)} {_powers(powers)}"


def _commonest_object(objects: pd.DataFrame) -> str:
    if objects["estimate"].isna().all():
        return f"What was searched for is {objects['note'].iloc[0]}."
    named = objects[~objects["object_of_search"].isin(UNKNOWN_LABELS)]
    blank = prose.value(objects, object_of_search="Not recorded")
    if prose.row(objects, object_of_search="Not recorded")["estimate"] > HEADLINE_UNKNOWN:
        return f"The object of search is not recorded in {blank} of searches: see the legislation instead."
    first = str(named.loc[named["numerator"].idxmax(), "object_of_search"])
    most = prose.value(objects, object_of_search=first)
    said = f"The commonest object of search was {first.lower()}: {most} of searches"
    none = prose.row(objects, object_of_search="Not recorded")["numerator"] == 0
    return f"{said}; the object is recorded for all." if none else f"{said}; the object is not recorded in {blank}."


def _powers(powers: pd.DataFrame) -> str:
    if powers["estimate"].isna().all():
        return f"Under which power searches were made is {powers['note'].iloc[0]}."
    section_60 = prose.row(powers, power="Section 60")
    said = (
        f"{_share_or_none(section_60)} under section 60, which needs no grounds against the person searched; "
        f"{prose.value(powers, power='Reasonable grounds')} needed reasonable grounds"
    )
    unknown = [label for label in UNKNOWN_LABELS if powers["power"].eq(label).any()]
    unknown = [label for label in unknown if prose.row(powers, power=label)["numerator"] > 0]
    rest = [f"{label.lower()} in {prose.value(powers, power=label)}" for label in unknown]
    return f"{said}; legislation {and_join(rest)}." if rest else f"{said}."


def _share_or_none(row: pd.Series) -> str:
    if row["numerator"] == 0:
        return f"None of the {prose.count(row['denominator'])} searches was made"
    return f"{_with_limits(row)} of searches were made"


def outcomes(nothing: pd.DataFrame, arrests: pd.DataFrame, find: pd.DataFrame, bounds: pd.DataFrame) -> str:
    """What followed the searches, what is unknown, and whether a find rate can be given; bounds where nothing else can.

    nothing, arrests, find : one row each, as `Study.outcome`. bounds : as `Study.outcome_bounds`, of all outcomes.
    """
    ended, arrested, found = (table.iloc[0] for table in (nothing, arrests, find))
    if pd.isna(ended["estimate"]):
        reason = ended["note"].split("; between ")[0]
        return (
            f"Shares of outcomes are {reason}. Whatever the unknown outcomes were, "
            f"{_between(bounds, 'no_further_action')} of all searches ended in no further action and "
            f"{_between(bounds, 'arrest')} in an arrest."
        )
    said = f"Of the searches with a known outcome {_with_limits(ended)} ended in no further action"
    if pd.isna(arrested["estimate"]):
        said += f". How many ended in an arrest is {arrested['note']}."
    else:
        said += f" and {_with_limits(arrested)} in an arrest."
    unknown = [part for part in ended["note"].split("; ") if part.startswith("outcome ")]
    unknown = "".join(f" The outcome is {part.removeprefix('outcome ')}." for part in unknown)
    return f"{said}{unknown} {_found(found)}"


def _between(bounds: pd.DataFrame, outcome: str) -> str:
    low, high = (bounds[bounds["measure"].eq(f"{outcome}_{side}")].iloc[0] for side in ("lowest", "highest"))
    if pd.isna(low["estimate"]):
        return f"an unknown share ({low['note']})"
    return (
        f"between {prose.number(low['estimate'], low['measure'])} and {prose.number(high['estimate'], high['measure'])}"
    )


def _with_limits(row: pd.Series) -> str:
    limits = prose.limits_of(row)
    return prose.number(row["estimate"], row["measure"]) + f" ({limits})" * bool(limits)


def _found(finds: pd.Series) -> str:
    if pd.isna(finds["estimate"]):
        return f"A find rate is {finds['note']}."
    return f"Something that was searched for was found in {_with_limits(finds)}."


def _ratio(row: pd.Series) -> str:
    """A group's ratio with limits of these months, or those that there are, unless they are known to be too narrow."""
    text = f"{row['ethnicity_5']} {prose.number(row['estimate'], row['measure'])}"
    said = prose.interval(*limits.shown(row), row["measure"])
    return f"{text} ({said})" if said and FIXED_PROCESS not in row["note"] else text


def _levels(rows: pd.DataFrame, months: int, level: float) -> str:
    """How far the level of each group moves over the years, and that each group's limits hold on their own."""
    both = rows[rows["lower"].notna() & rows["period_lower"].notna() & rows["lower"].ne(rows["period_lower"])]
    if both.empty:
        return ""
    texts = both[["lower", "upper"]].map(lambda value: prose.number(value, "disproportionality_ratio"))
    groups = zip(both["ethnicity_5"].astype("str"), texts["lower"], texts["upper"], strict=True)
    said = levels_words(months, list(groups))
    several = (
        f" These limits hold for one group at a time; all {number_word(len(both))} hold at once in about "
        f"{level ** len(both):.0%} (`together={len(both)}` gives limits for all of them together)."
    )
    return f"{said[:1].upper()}{said[1:]}.{several * (len(both) > 1)} "


def disproportionality(
    ratios: pd.DataFrame,
    ethnicity: pd.DataFrame,
    *,
    reference: str,
    source: str,
    forces: int = 1,
    counted_months: int = 12,
    level: float = 0.95,
    confirmed=None,
    contradicted: Sequence[str] = (),
) -> str:
    """The ratio of every group in words, with its interval, the share unknown and what a ratio is not.

    counted_months : how many months count. level : of the limits. confirmed : `Comparison.confirmed`; where official
    statistics contradict some of several forces, the ratios are given without these and with them. contradicted : their
    names.
    """
    if ethnicity["estimate"].isna().all():
        return f"No ratio is given: {ethnicity['note'].iloc[0]}. What was published is in the tables."
    unknown = prose.row(ethnicity, ethnicity_5="Unknown")
    share = f"Ethnicity is unknown in {prose.value(ethnicity, ethnicity_5='Unknown')} of searches"
    others = ratios[ratios["ethnicity_5"].astype("str").ne(reference)]
    if others.empty:
        return f"No group is set beside {reference}. {share}."
    if others["estimate"].isna().all():
        reason = others["note"].iloc[0].removeprefix("not estimable: ")
        return f"No ratio is given: {reason}. {share}. The counts are in the tables."
    if others["note"].str.contains(CONTRADICTED, regex=False).any():
        if confirmed is not None:
            return _without_and_with(others, confirmed, contradicted, reference, share)
        return (
            "**No ratio is given as a headline**: official statistics contradict these records, as said above. "
            f"{share}. The ratios are in the tables, marked."
        )
    said = and_join([_ratio(row) for _, row in others.iterrows()])
    return (
        (
            "All forces added together, so where the forces differ in who lives there is in the ratio too. "
            * (forces > 1)
        )
        + f"Searches per resident, relative to {reference}, {span_words(counted_months)}: {said}. "
        + _levels(others, counted_months, level)
        + share
        + (": too many for these ratios to be a headline" if unknown["estimate"] > HEADLINE_UNKNOWN else "")
        + f"; they are in no group's rate. {source}. "
        + "A ratio describes disparity in searches per resident; "
        "it says nothing of its cause, and residents are not those exposed to police."
    )


def _without_and_with(others: pd.DataFrame, confirmed, contradicted, reference: str, share: str) -> str:
    """The ratios without the forces that official statistics contradict, and with them."""
    rest = confirmed.ratios[confirmed.ratios["ethnicity_5"].astype("str").ne(reference)]
    without, together = (
        and_join([_ratio(row) for _, row in table.iterrows() if pd.notna(row["estimate"])]) or "not estimable"
        for table in (rest, others)
    )
    named = and_join([in_words([force]) for force in contradicted[:4]])
    named += f" and {len(contradicted) - 4} more" if len(contradicted) > 4 else ""
    return (
        f"Searches per resident, relative to {reference}, without {named}, whose records official statistics "
        f"contradict: {without}. With them: {together}; no headline. Forces are added together, so where they differ "
        f"in who lives there is in the ratio too. {share}; they are in no group's rate. {confirmed.source}. "
        "A ratio describes disparity in searches per resident; it says nothing of its cause, and residents are not "
        "those exposed to police."
    )


def refused() -> str:
    """What these records cannot answer, and what can be asked in its stead: `measures.refused`, as a list."""
    lines = [f"- {row.question}: {row.why}. Instead: {row.instead.replace('`', '')}." for row in REFUSED]
    return "\n".join(["These records cannot say:", "", *lines])
