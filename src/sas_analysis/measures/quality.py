"""How well the records are kept: what is recorded, when, where, and how far two accounts of ethnicity agree."""

from functools import partial

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of
from sas_analysis.measures.shares import cells, share_of_searches
from sas_analysis.records.fields import LABEL, TRUTH, labelled

FIELDS = tuple(field.name for kind in (LABEL, TRUTH) for field in labelled() if field.kind == kind)


def completeness(records):
    """What each field holds: `field | records | recorded | not_stated | blank | unrecognised | share_recorded`.

    Counts of records. *Not stated* was recorded as such, a blank was not recorded, an unrecognised label is one
    that no crosswalk has: three different facts. A location is recorded if it can be a place in the UK.
    """
    rows = [_field(name, records[name], records[f"{name}_raw"]) for name in FIELDS]
    status = records["location_status"]
    place = {"recorded": int(status.eq("recorded").sum()), "blank": int(status.eq("blank").sum())}
    rows.append({"field": "location", **place, "not_stated": 0, "unrecognised": len(records) - sum(place.values())})
    table = pd.DataFrame(rows)
    table.insert(1, "records", len(records))
    table["share_recorded"] = table["recorded"] / (len(records) or float("nan"))  # nothing recorded of nothing: missing
    return table[["field", "records", "recorded", "not_stated", "blank", "unrecognised", "share_recorded"]]


def _field(name, standard, raw):
    codes, texts = codes_of(raw)
    blank = int(np.count_nonzero(np.append(texts.str.strip() == "", False)[codes]))
    if standard.dtype == "boolean":
        missing, stated = int(standard.isna().sum()), 0
    else:
        missing = int(standard.isin(["Not recorded", "Unrecognised label"]).sum())
        stated = int(standard.eq("Not stated").sum())
    recorded = len(standard) - missing - stated
    return {
        "field": name,
        "recorded": recorded,
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
    groups, cell, count = _force_months(records)
    number = len(groups)
    at = records["searched_at"]
    unread = at.isna().to_numpy()
    out = records["date_in_month"].to_numpy(dtype=np.int8, na_value=2) == 0
    of_day = (at.dt.hour.fillna(0) * 60 + at.dt.minute.fillna(0)).to_numpy(dtype=np.int32)
    # By hour and by minute, of the records whose time can be read.
    hours, minutes = (
        np.bincount((cell * of + part)[~unread], minlength=number * of).reshape(number, of)
        for of, part in ((24, of_day // 60), (60, of_day % 60))
    )
    records, read = count(cell), hours.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        table = groups.assign(
            records=records,
            unread=count(cell[unread]),
            out_of_month=count(cell[out]),
            share_midnight=count(cell[(of_day == 0) & ~unread]) / records,
            hours=(hours > 0).sum(axis=1),
            share_commonest_minute=minutes.max(axis=1) / read,
        )
    return _in_order(table)


def repeats(records, is_repeat):
    """Rows identical to an earlier one of their file, per force and month: `force | month | records | repeats`.

    records : clean table; is_repeat : bool per record (`select.is_repeat`).
    """
    groups, cell, count = _force_months(records)
    table = groups.assign(records=count(cell), repeats=count(cell[is_repeat.to_numpy(dtype=bool)]))
    return _in_order(table.assign(share_repeated=table["repeats"] / table["records"]))


def _force_months(records):
    """All force-months, the row of each record among them, and a function that counts by such rows."""
    (force, month), cell = cells(records, ["force", "month"])
    forces, months = (column.cat.categories.astype("str") for column in (force, month))
    groups = pd.DataFrame({"force": np.repeat(forces, len(months)), "month": np.tile(months, len(forces))})
    return groups, cell, partial(np.bincount, minlength=len(groups))


def _in_order(table):
    """The force-months with records, by their names."""
    return table[table["records"] > 0].sort_values(["force", "month"], ignore_index=True)


def ethnicity_agreement(searches, *, level=0.95, interval="process"):
    """How officers coded the searches of each self-defined group: share of searches.

    Groups: `ethnicity_5` (self-defined, the base) and `officer_ethnicity_5`. The two are never merged.
    level, interval : as `share_of_searches`.
    """
    given = {"level": level, "interval": interval}
    return share_of_searches(searches, "officer_ethnicity_5", within="ethnicity_5", **given)
