"""Rules on when: dates and times, by both clocks (the publisher's UTC and London's); hours of the day: `hours`."""

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.codes import whole_groups
from sas_analysis.records.audit import hours, limits
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.hours import Clock
from sas_analysis.records.audit.months import Months

FIELD = "searched_at"
# Each limit stands beside the usual share of clean months, above the highest seen in real ones.
MIDNIGHT, USUAL_MIDNIGHT = 0.05, 0.015  # real: 0 to 0.017
ONE_MINUTE, USUAL_MINUTE = 0.7, 0.4  # of the commonest minute; real: 0.03 to 0.20 (:00 or :30), and one force 1.00;
# half hours alone give 0.5 to 0.6
HALF_HOURS, USUAL_HALF_HOURS = 0.45, 0.3  # of :00 and :30; real: 0.01 to 0.32, uniform 0.03
FIVE_MINUTES, USUAL_FIVE = 0.95, 0.85  # of minutes that are multiples of five; uniform 0.2
# Share by which one time of day, to the second, stands out before the next: a default. Real: to 0.01.
ONE_TIME = 0.05
OUTSIDE, USUAL_OUTSIDE = 0.05, 0.01  # dates not of the month; real: none
UNREAD, USUAL_UNREAD = 0.05, 0.01


def rules(months: Months) -> list[dict]:
    """All findings of this family."""
    at = months.records["searched_at"]
    clocks = [Clock(at), Clock(at.dt.tz_convert("UTC"))]
    known = months.count(at.notna())
    return [
        *_dates(months, at),
        *_midnight(months, clocks, known),
        *_minutes(months, clocks[0], known),
        *_one_time(months, clocks, known),
        *hours.rules(months, clocks),
    ]


def _dates(months: Months, at: pd.Series) -> list[dict]:
    out = months.count(months.records["date_in_month"].eq(False).fillna(False).to_numpy(dtype=bool))
    unread = months.count(at.isna())
    rows = []
    for rule, part, what, limit, usual in (
        ("outside month", out, "have a date outside the month", OUTSIDE, USUAL_OUTSIDE),
        ("dates unread", unread, "have no date that can be read", UNREAD, USUAL_UNREAD),
    ):
        many = limits.over(part, months.n, limit=limit, usual=usual)
        told = dict(value=part / months.n, threshold=limit, evidence=_of(part, months.n, what), field=FIELD)
        rows += found(months, rule, many, **told)
        rows += found(months, rule, (part > 0) & ~many, **told | {"severity": "note", "action": "keep"})
    return rows


def _of(part, whole, what):
    return lambda i: f"{part[i]:,} of {whole[i]:,} records {what} ({part[i] / whole[i]:.1%})"


def _midnight(months: Months, clocks, known) -> list[dict]:
    london, utc = (months.count(clock.midnight) for clock in clocks)
    part = np.maximum(london, utc)
    return found(
        months,
        "midnight",
        limits.over(part, known, limit=MIDNIGHT, usual=USUAL_MIDNIGHT),
        value=limits.share(part, known),
        threshold=MIDNIGHT,
        evidence=lambda i: f"{london[i]:,} of {known[i]:,} times are 00:00:00 in London, {utc[i]:,} in UTC",
        field=FIELD,
    )


def _minutes(months: Months, clock, known) -> list[dict]:
    minutes = months.table(clock.minute, 60)
    top = minutes.max(axis=1, initial=0)
    which = minutes.argmax(axis=1)
    one = limits.over(top, known, limit=ONE_MINUTE, usual=USUAL_MINUTE, chance=limits.RARE)
    halves, fives = minutes[:, ::30].sum(axis=1), minutes[:, ::5].sum(axis=1)
    half = limits.over(halves, known, limit=HALF_HOURS, usual=USUAL_HALF_HOURS)
    five = limits.over(fives, known, limit=FIVE_MINUTES, usual=USUAL_FIVE)
    share = limits.share
    return [
        *found(
            months,
            "one minute",
            one,
            value=share(top, known),
            threshold=ONE_MINUTE,
            evidence=lambda i: f"{top[i]:,} of {known[i]:,} times are at minute :{which[i]:02d}",
            field=FIELD,
        ),
        *found(
            months,
            "rounded minutes",
            (half | five) & ~one,
            value=np.where(half, share(halves, known), share(fives, known)),
            threshold=np.where(half, HALF_HOURS, FIVE_MINUTES),
            evidence=lambda i: (
                f"{share(halves, known)[i]:.1%} of times are at :00 or :30, {share(fives, known)[i]:.1%} at a "
                "multiple of five"
            ),
            field=FIELD,
        ),
    ]


def _one_time(months: Months, clocks, known) -> list[dict]:
    """A time of day far commoner than the next: rounding makes many times common, a default one."""
    clock = clocks[0]
    timed = clock.known & ~clock.midnight & ~clocks[1].midnight  # midnight has a rule of its own
    month = months.of_record[timed]
    cells = month * 86_400 + clock.seconds[timed]
    found_cells = [np.unique(cells[part], return_counts=True) for part in whole_groups(month)]
    cell, count = (np.concatenate(of) for of in zip(*found_cells, strict=True)) if found_cells else (cells, cells)
    order = np.lexsort((count, cell // 86_400))
    month, count, at = cell[order] // 86_400, count[order], cell[order] % 86_400
    last = np.flatnonzero(np.diff(month, append=len(months)) != 0)
    second = np.where((last > 0) & (month[last - 1] == month[last]), count[last - 1], 0)
    top, following, which = np.zeros((3, len(months)), dtype=int)
    top[month[last]], following[month[last]], which[month[last]] = count[last], second, at[last]
    chance = stats.binom.sf(top - 1, top + following, 0.5)
    return found(
        months,
        "one time of day",
        ((top - following) / np.maximum(known, 1) >= ONE_TIME) & (chance < limits.RARE),
        value=limits.share(top, known),
        threshold=limits.share(following, known) + ONE_TIME,
        evidence=lambda i: (
            f"{top[i]:,} of {known[i]:,} times are {_of_day(which[i])} exactly; the next commonest: {following[i]:,}"
        ),
        field=FIELD,
    )


def _of_day(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
