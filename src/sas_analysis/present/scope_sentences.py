"""The sentences on what a report rests on: its records, its months, its place, and what they cannot answer."""

import pandas as pd

from sas_analysis.errors import and_join, first_of
from sas_analysis.measures.refused import REFUSED
from sas_analysis.months import in_ranges
from sas_analysis.present import prose
from sas_analysis.present.month_sentences import fields_in_doubt, months_used  # noqa: F401 - said with the others
from sas_analysis.present.wording import span
from sas_analysis.records.load import NO_LINE_END
from sas_analysis.records.locate import MOST_UNLOCATED, NO_LOCATION
from sas_analysis.reference.forces import in_words


def scope(study, *, of: str = "counted") -> str:
    """What was analysed. of : "counted" months, or the "published" ones, which a report on the records speaks of."""
    asked, coverage = len(study.months), study.published_months
    here = [(row.force, row.months + row.flagged + row.unusable) for row in coverage.itertuples()]
    here = [one for one in here if one[1]] or here  # of the others a sentence says that the folder holds none
    forces = [f"{in_words([force])} ({_months_of(months, asked)})" for force, months in here]
    return " ".join(
        [
            "**SYNTHETIC: simulated records, no statement about any real force.**" if study.synthetic else "",
            f"Records for {span(study.start, study.end)}: {prose.count(study.flow['left'].iloc[0])}.",
            f"From {first_of(forces, 6, 'force')}.",
            f"{_analysed(study, of)}{_left_out(study)}.",
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


def _left_out(study) -> str:
    left = study.flow["left"]
    all_of_them = left.iloc[0] == left.iloc[-1]
    return "; no record was left out" if all_of_them else "; a table below says what was left out"


def _analysed(study, of: str) -> str:
    """How many searches there are, and how many of them estimates rest on, where months do not count."""
    published, counted = (selection.flow["left"].iloc[-1] for selection in (study.published, study.selection))
    said = f"Searches analysed: {prose.count(published)}"
    if counted == published:
        return said
    own = prose.count(counted) if counted else "none"
    if of == "published":
        return f"{said}; in months that count for other reports, {own} of them"
    return f"{said}, {own} of them in months that count for the numbers here"


def _gaps(months: pd.DataFrame):
    """Months that are not there: what is missing is missing, not zero."""
    absent = {row.force: row.absent.split(", ") for row in months.itertuples() if row.absent}
    gaps = [f"{in_words([force])} {in_ranges(own)}" for force, own in absent.items()]
    if gaps:
        which = "this month is" if sum(map(len, absent.values())) == 1 else "these months are"
        said = f"{which} missing, not zero, and may have been published"
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


def refused() -> str:
    """What these records cannot answer, and what can be asked in its stead: `measures.refused`, as a list."""
    lines = [f"- {row.question}: {row.why}. Instead: {row.instead.replace('`', '')}." for row in REFUSED]
    return "\n".join(["These records cannot say:", "", *lines])
