"""How well the records are kept: what is recorded, when, where, and how far two accounts of ethnicity agree."""

import numpy as np
import pandas as pd

from sas_analysis.codes import number_with
from sas_analysis.measures.ethnicity.accounts import (
    unused_groups,  # noqa: F401 - asked of the same records
    without_estimates,
)
from sas_analysis.measures.shares import UNKNOWN_LABELS, share_of_searches
from sas_analysis.records.audit.hours import Clock
from sas_analysis.records.audit.months import force_months
from sas_analysis.records.fields import LABEL, TRUTH, labelled

FIELDS = tuple(field.name for kind in (LABEL, TRUTH) for field in labelled() if field.kind == kind)


def completeness(records, kept=None):
    """What each field holds: `field | records | recorded | not_stated | blank | unrecognised | share_recorded`.

    Counts of records. *Not stated* was recorded as such, a blank was not recorded, an unrecognised label is one
    that no crosswalk has: three different facts. A location is recorded if it can be a place in the UK.
    kept : bool per record, those that are counted; all by default. To count them takes no copy of them.
    """
    kept = np.ones(len(records), dtype=bool) if kept is None else kept
    number = int(np.count_nonzero(kept))
    rows = [_field(name, records[name], records[f"{name}_raw"], kept, number) for name in FIELDS]
    place = {label: number_with(records["location_status"], [label], kept) for label in ("recorded", "blank")}
    rows.append({"field": "location", **place, "not_stated": 0, "unrecognised": number - sum(place.values())})
    table = pd.DataFrame(rows)
    table.insert(1, "records", number)
    table["share_recorded"] = table["recorded"] / (number or float("nan"))  # nothing recorded of nothing: missing
    return table[["field", "records", "recorded", "not_stated", "blank", "unrecognised", "share_recorded"]]


def _field(name, standard, raw, kept, number):
    blank = number_with(raw, [label for label in raw.cat.categories if not label.strip()], kept)
    if standard.dtype == "boolean":
        missing, stated = int(np.count_nonzero(standard.isna().to_numpy() & kept)), 0
    else:
        missing = number_with(standard, ["Not recorded", "Unrecognised label"], kept)
        stated = number_with(standard, ["Not stated"], kept)
    return {
        "field": name,
        "recorded": number - missing - stated,
        "not_stated": stated,
        "blank": blank,
        "unrecognised": missing - blank,
    }


def times(records):
    """How times were recorded, per force and month, by the clock in London.

    Returns `force | month | records | unread | out_of_month | share_midnight | hours | share_commonest_minute`:
    unread : no time that can be read; out_of_month : the date is not of the file's month; share_midnight : of
    records at 00:00 exactly (dates without times show here); hours : different hours of the day that occur (12 or
    fewer among many records: AM and PM were lost); share_commonest_minute : of the commonest minute past the hour.
    """
    clock, months = Clock(records["searched_at"]), force_months(records)
    hours, minutes = months.table(clock.hour, 24), months.table(clock.minute, 60)
    of_known = minutes.sum(axis=1)
    commonest = np.divide(
        minutes.max(axis=1, initial=0), of_known, out=np.full(len(months), np.nan), where=of_known > 0
    )
    return _by_month(
        months,
        unread=months.count(~clock.known),
        out_of_month=months.count(records["date_in_month"].eq(False).fillna(False).to_numpy(dtype=bool)),
        share_midnight=months.count((clock.hour == 0) & (clock.minute == 0)) / months.n,
        hours=(hours > 0).sum(axis=1),
        share_commonest_minute=commonest,
    )


def repeats(records, is_repeat):
    """Rows identical to an earlier one of their file, per force and month: `force | month | records | repeats`.

    records : clean table; is_repeat : bool per record (`select.is_repeat`).
    """
    months = force_months(records)
    repeated = months.count(is_repeat.to_numpy())
    return _by_month(months, repeats=repeated, share_repeated=repeated / months.n)


def _by_month(months, **columns):
    """A row a force-month: `force | month | records`, and the columns."""
    table = months.frame[["force", "month", "n"]].rename(columns={"n": "records"})
    return table.astype({"force": "str", "month": "str"}).assign(**columns)


def ethnicity_agreement(searches, *, level=0.95, interval="process"):
    """How officers coded the searches of each self-defined group: share of searches.

    Groups: `ethnicity_5` (self-defined, the base) and `officer_ethnicity_5`. The two are never merged.
    level, interval : as `share_of_searches`. Of searches that officers describe none of there is no share.
    """
    given = {"level": level, "interval": interval}
    return _of_described(share_of_searches(searches, "officer_ethnicity_5", within="ethnicity_5", **given))


def _of_described(table):
    """Shares of `ethnicity_agreement`, without those of groups of which officers describe nobody: 0% would be false."""
    unknown = table["officer_ethnicity_5"].astype("str").isin(UNKNOWN_LABELS)
    all_of = unknown & table["numerator"].eq(table["denominator"]) & table["denominator"].gt(0)
    lost = table["ethnicity_5"].isin(table.loc[all_of, "ethnicity_5"]) & ~unknown
    return without_estimates(table, np.where(lost, "not estimable: officers describe none of these searches", ""))
