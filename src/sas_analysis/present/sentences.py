"""The sentences of the reports. Every number in them is a cell of a table, through `prose`."""

from collections.abc import Sequence

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.rates.ratios import FIXED_PROCESS
from sas_analysis.measures.registry import title_of
from sas_analysis.measures.sensitivity import ALL_PUBLISHED, CONTRADICTED, UNFLAGGED
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS
from sas_analysis.measures.table import group_columns
from sas_analysis.months import in_ranges
from sas_analysis.present import prose
from sas_analysis.records.load import NO_LINE_END
from sas_analysis.records.locate import MOST_UNLOCATED, NO_LOCATION
from sas_analysis.reference.forces import in_words
from sas_analysis.reference.official.reconcile import AMBER, ANOTHER_YEAR, GREEN, GREY, RED, lights

_NO_INTERVAL = "Where no interval is given, none is shown to hold with these months and counts: the table says why. "
_NOTHING_COUNTS = (
    "No headline is given: not estimable, because no search is left that counts. The table of what is left out says "
    "why; what was published is in the tables."
)
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


def scope(study, flow: pd.DataFrame, coverage: pd.DataFrame) -> str:
    """What was analysed: flow as `Selection.flow`, coverage as `coverage.months_published`."""
    asked = len(study.months)
    forces = [
        f"{in_words([row.force])} ({row.months + row.flagged} of {asked} months)" for row in coverage.itertuples()
    ]
    more = f" and {len(forces) - 6} more forces" if len(forces) > 6 else ""
    left = flow["left"]
    return " ".join(
        [
            "**SYNTHETIC: simulated records, no statement about any real force.**" if study.synthetic else "",
            f"Records for {study.start} to {study.end}: {prose.count(left.iloc[0])}.",
            f"From {and_join(forces[:6])}{more}.",
            f"{_analysed(flow, coverage)}; a table below says what was left out.",
            *_gaps(coverage),
            *_unseen(study.unseen_labels),
            *_cut_off(study.files),
        ]
    ).strip()


def placed(area, areas: pd.DataFrame) -> str:
    """Of a report on one local authority: what cannot be placed, and what lies near its boundary.

    area : `study.area`; None makes no sentence. areas : `measures.areas.searches_by_area`.
    """
    if area is None:
        return ""
    own, lost = areas[areas["area_code"].eq(area.code)], areas[areas["area"].eq(NO_LOCATION)].iloc[0]
    if own.empty:  # `select.narrow` lets only an area with a problem have no search
        return (
            f"**{area.name}** ({area.code}): not estimable, because {area.problem}. No search is located in it, so no "
            "figure of it can be given; those of the whole force are in the report without -p borough."
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


def _analysed(flow: pd.DataFrame, months: pd.DataFrame) -> str:
    """How many searches the tables rest on, and how many of them the headlines do, where months are flagged."""
    if not months["flagged"].any():
        return f"Searches analysed: {prose.count(flow['left'].iloc[-1])}"
    published, counted = (prose.count(n) for n in flow["left"].iloc[-2:])
    return f"Searches analysed: {published}, {counted} of them in months that the audit does not flag"


def _gaps(months: pd.DataFrame):
    """Months that are not there: what is missing is missing, not zero."""
    gaps = [f"{in_words([row.force])} {in_ranges(row.absent.split(', '))}" for row in months.itertuples() if row.absent]
    if gaps:
        yield f"The folder holds no records for {'; '.join(gaps)}: these months are missing, not zero."


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


def flagged_months(verdicts: pd.DataFrame, sensitivity: pd.DataFrame, *, flagged_months: str = "exclude") -> str:
    """Which months the audit flags, and how far they move the numbers of a headline.

    verdicts : as `Study.verdicts`. sensitivity : as `sensitivity.with_and_without_flagged` gives it, of those numbers.
    """
    with_records = verdicts[verdicts["verdict"].isin(["fine", "flagged"])]
    flagged = with_records[with_records["verdict"].eq("flagged")]
    if flagged.empty:
        return f"The audit flags none of the {prose.count(len(with_records))} months with records."
    named = [f"{in_words([row.force])} {row.month} ({row.rules})" for row in flagged.itertuples()]
    which = and_join(named[:4]) + (f" and {len(named) - 4} more" if len(named) > 4 else "")
    of = f"{prose.count(len(flagged))} of {prose.count(len(with_records))} months with records"
    out = flagged_months == "exclude"
    done = "left out of headlines, rates and ratios" if out else "counted here like any other month, as was asked"
    return f"**The audit flags {of}**: {which}; {done}. {_moved(sensitivity, out)}"


def _moved(sensitivity: pd.DataFrame, left_out: bool) -> str:
    """The number that the flagged months move most, both ways."""
    keys = [*[name for name in group_columns(sensitivity) if name != "months"], "measure"]
    rows = sensitivity.astype(dict.fromkeys(keys, "str"))
    wide = rows.pivot(index=keys, columns="months", values="estimate")
    here, there = (wide[name] for name in ((UNFLAGGED, ALL_PUBLISHED) if left_out else (ALL_PUBLISHED, UNFLAGGED)))
    if wide[UNFLAGGED].isna().all():
        return "Without them there is no number to give; those with them are in the table sensitivity."
    change = (here - there).abs().mask(here.isna() ^ there.isna(), float("inf"))
    other = "With them" if left_out else "Without them"
    if not change.gt(0).any():
        return f"{other}, no number of the headline is another (table sensitivity)."
    most = change.idxmax()
    measure = dict(zip(wide.index.names, most, strict=True))["measure"]
    name = [part for part in most[:-1] if part][-1:] or [title_of(measure)]
    now, then = (prose.number(line[most], measure) for line in (here, there))
    return f"{other}, what moves most is {name[0]}: {then} instead of {now} (table sensitivity)."


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
    most = own.loc[(own["difference"].abs() / own["limit"]).idxmax()]
    of, name = ("" if row.light == GREEN else f" beside {most['compared_with']}"), most["measure"]
    figures = "" if pd.isna(most["ours"]) else f" ours {prose.number(most['ours'], name)}, official "
    figures += f"{prose.number(most['official'], name)}," if figures else ""
    far = f"{prose.difference(most['difference'], name)}, limit {prose.limit(most['limit'], name)}"
    which = f"of {len(own)} such measures the farthest is {name}" if len(own) > 1 else name
    return f"{who}{of}: {which}:{figures} {far}; {most['note']}"


def grounds(objects: pd.DataFrame, powers: pd.DataFrame) -> str:
    """The commonest object, and section 60 beside reasonable grounds, with what is not recorded of both."""
    if objects["estimate"].isna().all():
        return _NOTHING_COUNTS
    return f"{_commonest_object(objects)} {_powers(powers)}"


def _commonest_object(objects: pd.DataFrame) -> str:
    named = objects[~objects["object_of_search"].isin(UNKNOWN_LABELS)]
    blank = prose.value(objects, object_of_search="Not recorded")
    if prose.row(objects, object_of_search="Not recorded")["estimate"] > HEADLINE_UNKNOWN:
        return f"The object of search is not recorded in {blank} of searches: see the legislation instead."
    first = str(named.loc[named["numerator"].idxmax(), "object_of_search"])
    return (
        f"The commonest object of search was {first.lower()}: {prose.value(objects, object_of_search=first)} of "
        f"searches; the object is not recorded in {blank}."
    )


def _powers(powers: pd.DataFrame) -> str:
    said = (
        f"{prose.value(powers, power='Section 60')} were section 60 searches, which need no grounds against the person "
        f"searched; {prose.value(powers, power='Reasonable grounds')} needed reasonable grounds"
    )
    unknown = [label for label in UNKNOWN_LABELS if powers["power"].eq(label).any()]
    unknown = [label for label in unknown if prose.row(powers, power=label)["numerator"] > 0]
    rest = [f"{label.lower()} in {prose.value(powers, power=label)}" for label in unknown]
    return f"{said}; legislation {and_join(rest)}." if rest else f"{said}."


def outcomes(shares: pd.DataFrame, find: pd.DataFrame) -> str:
    """What followed the searches, what is unknown, and whether a find rate can be given."""
    if shares["estimate"].isna().all():
        return _NOTHING_COUNTS
    nothing, unknown = "A no further action disposal", "Not recorded"
    finds = find.iloc[0]
    found = (
        f"Something that was searched for was found in {prose.number(finds['estimate'], 'find_rate')} "
        f"({prose.interval(finds['lower'], finds['upper'], 'find_rate')})."
        if pd.notna(finds["estimate"])
        else f"A find rate is {finds['note']}."
    )
    return (
        f"{prose.value(shares, outcome=nothing)} of searches ended in no further action and "
        f"{prose.value(shares, outcome='Arrest')} in an arrest; the outcome is not recorded in "
        f"{prose.value(shares, outcome=unknown)}. {found}"
    )


def _ratio(row: pd.Series) -> str:
    """A group's ratio, without its interval where months vary by more than the interval allows for."""
    text = f"{row['ethnicity_5']} {prose.number(row['estimate'], row['measure'])}"
    limits = prose.interval(row["lower"], row["upper"], row["measure"])
    return f"{text} ({limits})" if limits and FIXED_PROCESS not in row["note"] else text


def disproportionality(
    ratios: pd.DataFrame,
    ethnicity: pd.DataFrame,
    *,
    reference: str,
    source: str,
    forces: int = 1,
    confirmed=None,
    contradicted: Sequence[str] = (),
) -> str:
    """The ratio of every group in words, with its interval, the share unknown and what a ratio is not.

    confirmed : `Comparison.confirmed`; where official statistics contradict some of several forces, the ratios are
    given without these and with them. contradicted : their names.
    """
    if ethnicity["estimate"].isna().all():
        return _NOTHING_COUNTS
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
    narrow = others["note"].str.contains(FIXED_PROCESS, regex=False)
    without = (others["estimate"].notna() & (others["lower"].isna() | narrow)).any()
    return (
        (
            "All forces added together, so where the forces differ in who lives there is in the ratio too. "
            * (forces > 1)
        )
        + f"Searches per resident, relative to {reference}: {said}. {share}"
        + (": too many for these ratios to be a headline" if unknown["estimate"] > HEADLINE_UNKNOWN else "")
        + f"; they are in no group's rate. {source}. "
        + (_NO_INTERVAL if without else "")
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
