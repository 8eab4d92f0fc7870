"""The sentences of the report on data quality, one a section."""

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.months import in_ranges, months_in_words
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.present.month_sentences import WITHOUT, fields_in_doubt
from sas_analysis.present.reasons import LINK_FIELD, field_words, why_not
from sas_analysis.records.audit.findings import RULES
from sas_analysis.records.link_field import SUPPORTED

_COMPLETE = 0.95  # of searches, from which a field is as good as complete


def months(study) -> str:
    """Which months were published and which are missing; the months of the most and the fewest records."""
    grid = study.coverage
    known = grid[grid["rows"].notna()]
    missing = [
        f"{label(row.force)}, {in_ranges(row.absent.split(', '))}"
        for row in study.published_months.itertuples()
        if row.absent
    ]
    if known.empty:
        return "No month was published."
    number = months_in_words(len(known), of=len(grid), several=grid["force"].nunique() > 1)
    were = "was" if len(grid) == 1 else "were"
    said = f"{number[:1].upper()}{number[1:]} {were} published: {prose.count(known['rows'].sum())} records."
    if missing:
        said += (
            " Missing, which is not zero: "
            f"{'; '.join(missing[:4])}{f'; and {len(missing) - 4} more forces' if len(missing) > 4 else ''}."
        )
    if len(known) > 2 and known["force"].nunique() == 1:
        low, high = known.loc[known["rows"].astype(float).idxmin()], known.loc[known["rows"].astype(float).idxmax()]
        said += (
            f" From {prose.count(low['rows'])} ({low['month']}) to {prose.count(high['rows'])} ({high['month']}) in "
            "a month."
        )
    return said


def findings(study) -> str:
    """How many months the audit sets aside, by which rule, and which fields it doubts."""
    found = study.findings.astype({"action": "str", "rule": "str"})
    out = found[found["action"].eq("exclude")].drop_duplicates(["force", "month"])
    asked = len(study.months) * len(study.forces)
    if out.empty:
        said = "The data audit sets no month aside." if asked > 1 else "The data audit does not set the month aside."
    else:
        rules = [RULES[rule].looks_for.replace("*", "") for rule in dict.fromkeys(out["rule"])]
        which = months_in_words(len(out), of=asked, several=len(study.forces) > 1)
        said = f"The data audit sets {which} aside: {and_join(rules[:4])}."
    doubts = fields_in_doubt(study)
    return f"{said} {doubts.removesuffix(f' {WITHOUT}')}"


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
    more = f", and {len(poor) - 4} more fields in less than {_COMPLETE:.0%}" if len(poor) > 4 else ""
    full = len(rows) - len(poor)
    return (
        f"{full} of {len(rows)} fields are recorded in at least {_COMPLETE:.0%} of searches of people. Less often: "
        f"{and_join(named)}{more}."
    )


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
    ends = [f"{prose.headline(one['estimate'], one['measure'])[0]} ({one['month']})" for one in (low, high)]
    return f"{said}; month by month, from {ends[0]} to {ends[1]}."


def accounts(table: pd.DataFrame) -> str:
    """Of which self-defined group officers record fewest as they described themselves.

    table : as `quality.ethnicity_agreement`.
    """
    same = table[table["ethnicity_5"].astype("str").eq(table["officer_ethnicity_5"].astype("str"))]
    same = same[same["estimate"].notna() & same["ethnicity_5"].astype("str").ne("Unknown") & same["denominator"].ge(20)]
    if same.empty:
        return "There are too few searches with both descriptions to say."
    low, high = same.loc[same["estimate"].idxmin()], same.loc[same["estimate"].idxmax()]
    shares = [prose.number(row["estimate"], row["measure"]) for row in (low, high)]
    return (
        f"Of the searches of people who described themselves as {low['ethnicity_5']}, officers recorded {shares[0]} as "
        f"{low['ethnicity_5']}; of {high['ethnicity_5']}, {shares[1]}."
    )


def times(table: pd.DataFrame, places: pd.DataFrame, repeats: pd.DataFrame) -> str:
    """Whether times are times, how many searches have a location, and how many rows are repeated.

    table : as `quality.times`. places : shares of `location_status`. repeats : as `quality.repeats`.
    """
    records = table["records"].astype(float)
    midnight = float((table["share_midnight"] * records).sum() / records.sum()) if records.sum() else 0.0
    share = prose.headline(midnight, "share_of_searches")[0]
    said = [f"{share} of times are midnight exactly, which may be dates without times"]
    located = prose.row(places, location_status="recorded")
    if pd.notna(located["estimate"]):
        said.append(f"{prose.headline(located['estimate'], located['measure'])[0]} of searches have a location")
    rows = repeats["records"].astype(float).sum()
    again = float(repeats["repeats"].astype(float).sum() / rows) if rows else 0.0
    said.append(f"{prose.headline(again, 'share_of_searches')[0]} of rows equal an earlier one")
    return f"{and_join(said)}."


def found(table: pd.DataFrame) -> str:
    """Whether the field *outcome linked to object of search* can say that something was found.

    table : as `outcomes.link_field_evidence`, a row a force.
    """
    bad = table[table["verdict"].ne(SUPPORTED)]
    if bad.empty:
        return "Yes: the field “outcome linked to object of search” is filled so that it can mean a find."
    if len(table) > 1:
        return (
            f"For {len(bad)} of {len(table)} forces not: there the field “outcome linked to object of search” cannot "
            "mean a find."
        )
    return f"No: the field is {LINK_FIELD[bad.iloc[0]['verdict']]}, so it cannot mean a find. No find rate is given."
