"""Rules on when: dates and times of day, by both clocks (the publisher's UTC and London's)."""

import numpy as np
import pandas as pd

from sas_analysis.records.audit import limits
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months

FIELD = "searched_at"
# Each limit stands beside the usual share of clean months, above the highest seen in real ones.
MIDNIGHT, USUAL_MIDNIGHT = 0.05, 0.015  # real: 0 to 0.017
ONE_MINUTE, USUAL_MINUTE = 0.7, 0.4  # of the commonest minute; real: 0.03 to 0.20 (:00 or :30), and one force 1.00;
# half hours alone give 0.5 to 0.6
HALF_HOURS, USUAL_HALF_HOURS = 0.45, 0.3  # of :00 and :30; real: 0.01 to 0.32, uniform 0.03
FIVE_MINUTES, USUAL_FIVE = 0.95, 0.85  # of minutes that are multiples of five; uniform 0.2
OUTSIDE, USUAL_OUTSIDE = 0.05, 0.01  # dates not of the month; real: none
UNREAD, USUAL_UNREAD = 0.05, 0.01
# Searches at 13:00 to 00:59: at least 0.45 in every clean real month; where AM and PM are lost 0 to 0.02. Few enough
# where the binomial law at 0.4 gives as few with chance below RARE: 28 records if there is none.
OTHER_HALF, LEAST_OTHER_HALF = 0.05, 0.4


def rules(months: Months) -> list[dict]:
    """All findings of this family."""
    at = months.records["searched_at"]
    clocks = [_Clock(at), _Clock(at.dt.tz_convert("UTC"))]
    known = months.count(at.notna())
    return [
        *_dates(months, at),
        *_midnight(months, clocks, known),
        *_minutes(months, clocks[0], known),
        *_lost_hours(months, clocks, known),
    ]


class _Clock:
    """Hour, minute and second of the records by one clock; -1 where there is no time."""

    def __init__(self, at: pd.Series):
        wall = at.dt.tz_localize(None).to_numpy().astype("M8[s]")
        seconds = (wall - wall.astype("M8[D]")).astype(np.int64)
        self.known = ~np.isnat(wall)
        seconds = np.where(self.known, seconds, -1)
        self.midnight = seconds == 0
        self.hour = np.where(self.known, seconds // 3600, -1)
        self.minute = np.where(self.known, seconds // 60 % 60, -1)


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


def _lost_hours(months: Months, clocks, known) -> list[dict]:
    """Hours 01 to 12, or 00 to 11, by either clock: the dial of twelve hours without its half of the day."""
    dials = {}
    for clock, zone in zip(clocks, ("London", "UTC"), strict=True):
        hours = months.table(clock.hour, 24)
        dials |= {
            f"01 to 12 ({zone})": hours[:, 13:].sum(axis=1) + hours[:, 0],
            f"00 to 11 ({zone})": hours[:, 12:].sum(axis=1),
        }
    names, others = list(dials), np.column_stack(list(dials.values()))
    fewest, which = others.min(axis=1), others.argmin(axis=1)
    return found(
        months,
        "lost hours",
        limits.under(fewest, known, limit=OTHER_HALF, usual=LEAST_OTHER_HALF, chance=limits.RARE),
        value=limits.share(fewest, known),
        threshold=OTHER_HALF,
        evidence=lambda i: f"{known[i] - fewest[i]:,} of {known[i]:,} times lie in hours {names[which[i]]}",
        field=FIELD,
    )
