"""The sentences of the report on data quality, one a section."""

import pandas as pd

from sas_analysis.errors import and_join, first_of, number_of
from sas_analysis.months import in_ranges
from sas_analysis.present import prose, said_recorded
from sas_analysis.present.labels import label
from sas_analysis.present.month_sentences import doubts
from sas_analysis.present.months_told import are_here, doubted, months_told
from sas_analysis.present.moves import alike
from sas_analysis.present.reasons import LINK_FIELD, field_words, why_not
from sas_analysis.present.wording import begun
from sas_analysis.records.audit.findings import RULES
from sas_analysis.records.link_field import SUPPORTED
from sas_analysis.study.study import NOT_HERE

# A folder without a file says nothing of its force.
_MAY_HAVE = "That is no finding about the force: the months may have been published."
_COMPLETE = 0.95  # of searches, from which a field is as good as complete


def months(study) -> str:
    """Of which months a file is here and which are missing; the months of the most and the fewest records."""
    grid = study.coverage
    known, empty = grid[grid["rows"].gt(0).fillna(False)], int(grid["rows"].eq(0).fillna(False).sum())
    missing = [
        f"{label(row.force)}, {in_ranges(row.absent.split(', '))}"
        for row in study.published_months.itertuples()
        if row.absent
    ]
    if known.empty:
        return f"{begun(NOT_HERE)}. {_MAY_HAVE}"
    of = "force-month" if grid["force"].nunique() > 1 else "month"
    number = f"A file of each of the {len(grid)} {of}s is here"
    number = number if len(known) == len(grid) else f"A file with records of {len(known)} of {len(grid)} {of}s is here"
    number = "The file of the month is here" if len(grid) == 1 else number
    # Of rounded months the sum is another number than the rounded sum, which stands beside it on the page.
    said = f"{number}: {number_of(study.published.flow['left'].iloc[0], 'record')}."
    if missing:
        without = f", of which {empty} {'has a file' if empty == 1 else 'have files'} without a record" * bool(empty)
        said += f" Missing, which is not zero: {'; '.join(missing[:4])}{_more_forces(len(missing) - 4)}{without}."
        said += f" {_MAY_HAVE}"
    if len(known) > 2 and known["force"].nunique() == 1 and known["rows"].nunique() > 1:
        low, high = known.loc[known["rows"].astype(float).idxmin()], known.loc[known["rows"].astype(float).idxmax()]
        said += (
            f" From {prose.count(low['rows'])} ({low['month']}) to {prose.count(high['rows'])} ({high['month']}) in "
            "a month."
        )
    return said


def _more_forces(number: int) -> str:
    return f"; and {number_of(number, 'more force')}" if number > 0 else ""


def findings(study) -> str:
    """How many of the months that are here the audit sets aside, by which rule, and which fields it doubts."""
    months = months_told(study)
    if not months.here:
        return months.missing_said
    found = study.findings.astype({"action": "str", "rule": "str"})
    found = are_here(study, found[found["action"].eq("exclude")])
    out = found.drop_duplicates(["force", "month"])
    if out.empty:
        said = f"The data audit {'sets no month' if months.here > 1 else 'does not set the month'} aside."
    else:
        rules = [RULES[rule].looks_for.replace("*", "") for rule in dict.fromkeys(found["rule"])]
        said = f"The data audit sets {months.here_of(len(out))} aside: {first_of(rules, 4)}."
    return " ".join(filter(None, [said, doubts(study), months.missing_said]))


def recorded(table: pd.DataFrame) -> str:
    """Which fields are as good as complete, and which are not. table : as `quality.completeness`."""
    rows = table[table["share_recorded"].notna()]
    if rows.empty:
        return "There is no search of a person."
    poor = rows[rows["share_recorded"].lt(_COMPLETE)].sort_values("share_recorded")
    if poor.empty:
        return f"All {len(rows)} fields are recorded in at least {_COMPLETE:.0%} of searches of people."
    named = [
        f"{field_words(row.field)} in {prose.column(row.share_recorded, 'share_recorded')}"
        for row in poor.head(4).itertuples()
    ]
    left = len(poor) - len(named)
    more = f"; and {number_of(left, 'more field')} in less than {_COMPLETE:.0%}" if left else ""
    full = len(rows) - len(poor)
    those = f"{full} of {len(rows)} fields {'is' if full == 1 else 'are'}" if full else f"None of {len(rows)} fields is"
    return f"{those} recorded in at least {_COMPLETE:.0%} of searches of people. Less often: {and_join(named)}{more}."


def unknown(shares: pd.DataFrame, by_month: pd.DataFrame) -> str:
    """How many searches are of unknown ethnicity, and how far that moves from month to month."""
    row = prose.row(shares, ethnicity_5="Unknown")
    if pd.isna(row["estimate"]):
        return f"This cannot be said: {why_not(row['note'])}."
    said = f"Ethnicity is unknown in {prose.headline(row['estimate'], row['measure'])[0]} of searches"
    known = by_month[by_month["estimate"].notna()]
    if len(known) < 2:
        return f"{said}."
    low, high = known.loc[known["estimate"].idxmin()], known.loc[known["estimate"].idxmax()]
    shares = [prose.headline(one["estimate"], one["measure"])[0] for one in (low, high)]
    if alike(*shares):
        return f"{said}, the same in each of the {len(known)} months."
    return f"{said}; month by month, from {shares[0]} ({low['month']}) to {shares[1]} ({high['month']})."


def accounts(table: pd.DataFrame, unused: pd.DataFrame, study) -> str:
    """Of which self-defined group officers record fewest as they described themselves; and groups that they do not use.

    table, unused : as `quality.ethnicity_agreement` and `quality.unused_groups`.
    """
    return said_recorded.alike(unused, table, len(study.forces))


def times(table: pd.DataFrame, places: pd.DataFrame, repeats: pd.DataFrame, *, study) -> str:
    """Whether times are times, how many searches have a location, how many rows are repeated, and what is doubted.

    table : as `quality.times`. places : shares of `location_status`. repeats : as `quality.repeats`. study :
    `study.Study`.
    """
    records = table["records"].astype(float)
    midnight = float((table["share_midnight"] * records).sum() / records.sum()) if records.sum() else 0.0
    share = prose.headline(midnight, "share_of_searches")[0]
    said = [f"{share} of times are midnight exactly, which may be dates without times"]
    located = prose.row(places, location_status="recorded")
    if pd.notna(located["estimate"]) and study.area is None:  # what is placed in an area has a location, and all of it
        said.append(f"{prose.headline(located['estimate'], located['measure'])[0]} of searches have a location")
    rows = repeats["records"].astype(float).sum()
    again = float(repeats["repeats"].astype(float).sum() / rows) if rows else 0.0
    said.append(f"{prose.headline(again, 'share_of_searches')[0]} of rows equal an earlier one")
    return f"{and_join(said)}.{_doubts_of_places_and_times(study)}"


def _doubts_of_places_and_times(study) -> str:
    """In how many months the audit doubts times or locations: few midnights do not make the others times."""
    months, numbers = months_told(study), doubted(study)
    fields = [name for name in ("searched_at", "location") if name in numbers]
    named = [f"{field_words(name)} in {months.of_here(int(numbers[name]))}" for name in fields]
    return f" The data audit doubts {and_join(named)}." if named else ""


def found(table: pd.DataFrame) -> str:
    """Whether the field *outcome linked to object of search* can say that something was found.

    table : as `outcomes.link_field_evidence`, a row a force.
    """
    bad = table[table["verdict"].ne(SUPPORTED)]
    if bad.empty:
        return "Yes: the field “outcome linked to object of search” is filled so that it can mean a find."
    if len(table) > 1:
        field = "the field “outcome linked to object of search”"
        if len(bad) == len(table):
            return f"No: in the records of none of the {len(table)} forces can {field} mean a find."
        where = f"of {len(bad)} of {len(table)} forces"
        return f"Not in all records: in those {where} {field} cannot mean a find."
    return f"No: the field is {LINK_FIELD[bad.iloc[0]['verdict']]}, so it cannot mean a find. No find rate is given."
