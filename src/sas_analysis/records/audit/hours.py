"""Rules on the hours of the day: half of the dial lost, hours without a record, times an hour off."""

import numpy as np
import pandas as pd

from sas_analysis.records.audit import limits
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months, median, of

FIELD = "searched_at"
# Searches at 13:00 to 00:59: at least 0.45 in every clean real month; where AM and PM are lost 0 to 0.02. Few enough
# where the binomial law at 0.4 gives as few with chance below RARE: 28 records if there is none.
OTHER_HALF, LEAST_OTHER_HALF = 0.05, 0.4
# Hours on end without a record, and the share of records that they have in the months around.
FEWEST_HOURS, MOST_HOURS, MISSED = 4, 12, 0.1
# Times an hour off: the hours of the month fit the usual ones so much better when moved (logarithm of the ratio of
# likelihoods: e^14 is a million), and so much nearer (half the sum of absolute differences of shares).
BETTER, NEARER = 14.0, 0.6
SUMMER, WINTER = (4, 5, 6, 7, 8, 9), (11, 12, 1, 2)  # months wholly by one clock; October is most of it summer time
FEWEST_OF_SEASON = 3
SMOOTHING = 1.0  # records an hour added to the months around, so that an hour without one is not impossible


class Clock:
    """Hour, minute and second of the records by one clock; -1 where there is no time."""

    def __init__(self, at: pd.Series):
        wall = at.dt.tz_localize(None).to_numpy().astype("M8[s]")
        self.known = ~np.isnat(wall)
        seconds = wall.view(np.int64)
        seconds = (seconds - seconds // 86_400 * 86_400).astype(np.int32)
        seconds[~self.known] = -1
        self.seconds, self.midnight = seconds, seconds == 0
        self.hour = seconds // 3600  # of -1, the hour before
        self.minute = seconds // 60 - np.maximum(self.hour, 0) * 60


def rules(months: Months, clocks: list[Clock]) -> list[dict]:
    """All findings of this family. clocks : the records by the clock in London, and by UTC.

    Times at midnight by either clock are left out: where dates alone are recorded there is no hour to judge.
    """
    timed = clocks[0].known & ~clocks[0].midnight & ~clocks[1].midnight
    tables = [months.table(clock.hour, 24, timed) for clock in clocks]
    lost = _lost_hours(months, tables)
    told = {row["force"] + row["month"] for row in lost}
    clear = np.array([key not in told for key in months.frame["force"] + months.frame["month"]], dtype=bool)
    clear &= months.count(timed) > months.n / 2
    return [
        *lost,
        *_missing(months, tables[0], clear),
        *_an_hour_off(months, tables[0], clear),
        *_clock_not_changed(months, tables[0], clear),
    ]


def _lost_hours(months: Months, tables: list[np.ndarray]) -> list[dict]:
    """Hours 01 to 12, or 00 to 11, by either clock: the dial of twelve hours without its half of the day."""
    known = tables[0].sum(axis=1)
    dials = {}
    for hours, zone in zip(tables, ("London", "UTC"), strict=True):
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


def _missing(months: Months, hours: np.ndarray, clear: np.ndarray) -> list[dict]:
    """The hours on end without a record that hold most of the records of the months around: nights, a shift."""
    whole = hours.sum(axis=1)
    shares = hours / np.maximum(whole, 1)[:, None]
    usual = np.column_stack([median(of(np.where(whole > 0, share, np.nan), months.neighbours)) for share in shares.T])
    best, first, length = np.zeros(len(months)), np.zeros(len(months), int), np.zeros(len(months), int)
    for width in range(FEWEST_HOURS, MOST_HOURS + 1):
        for start in range(24):
            window = (start + np.arange(width)) % 24
            missed = np.where(hours[:, window].sum(axis=1) == 0, usual[:, window].sum(axis=1), 0)
            more = missed > best
            best[more], first[more], length[more] = missed[more], start, width
    here = clear & (best >= MISSED)
    chance = np.ones(len(months))
    for window in {(first[i], length[i]) for i in np.flatnonzero(here)}:
        there = here & (first == window[0]) & (length == window[1])
        part = hours[:, (window[0] + np.arange(window[1])) % 24].sum(axis=1)
        chance[there] = limits.few_by_neighbours(months, part, whole, there)[there]
    told = dict(
        value=0,
        threshold=MISSED,
        evidence=lambda i: (
            f"none of {whole[i]:,} times lies from {first[i]:02d}:00 to {(first[i] + length[i]) % 24:02d}:00, where "
            f"the months around have {best[i]:.1%} (chance {chance[i]:.0e})"
        ),
    )
    sure = here & (chance < limits.RARE)
    doubtful = here & (chance < limits.CHANCE) & ~sure
    return [
        *found(months, "hours missing", sure, **told),
        *found(months, "hours missing", doubtful, **told, severity="warning", action="keep"),
    ]


def _an_hour_off(months: Months, hours: np.ndarray, clear: np.ndarray) -> list[dict]:
    """Hours that are the usual ones once moved by one."""
    whole = hours.sum(axis=1)
    around = np.where((months.neighbours >= 0)[:, :, None], hours[months.neighbours], 0)
    known = np.where(months.neighbours >= 0, whole[months.neighbours], 0)
    enough = (known > 0).sum(axis=1) >= 4
    profile = around / np.maximum(known, 1)[:, :, None]
    usual = np.median(profile, axis=1) if len(months) else np.zeros((0, 24))
    pooled = known.sum(axis=1)
    usual = (usual * pooled[:, None] + SMOOTHING) / np.maximum(
        (usual.sum(axis=1) * pooled)[:, None] + 24 * SMOOTHING, 1
    )
    share = hours / np.maximum(whole, 1)[:, None]
    fits = {by: np.roll(usual, by, axis=1) for by in (0, 1, -1)}
    likely = {by: (hours * np.log(fit)).sum(axis=1) for by, fit in fits.items()}
    away = {by: np.abs(share - fit).sum(axis=1) / 2 for by, fit in fits.items()}
    rows = []
    for by, direction in ((1, "later"), (-1, "earlier")):
        better = likely[by] - likely[0]
        rows += found(
            months,
            "an hour off",
            clear & enough & (better > BETTER) & (away[by] < NEARER * away[0]),
            value=away[by],
            threshold=NEARER * away[0],
            evidence=lambda i, by=by, direction=direction: (
                f"the {whole[i]:,} times lie an hour {direction} than in the months around: their hours differ by "
                f"{away[0][i]:.1%} of the records, and by {away[by][i]:.1%} once moved back"
            ),
            field=FIELD,
        )
    return rows


def _clock_not_changed(months: Months, hours: np.ndarray, clear: np.ndarray) -> list[dict]:
    """Forces whose summer hours are those of winter an hour later: London's time written as if it were UTC.

    People keep to the clock, so that hours by the right one hardly differ between the seasons.
    """
    calendar = months.frame["month"].str[5:].astype(int)
    force, season = months.frame["force"].to_numpy(), {}
    for name, which in (("summer", SUMMER), ("winter", WINTER)):
        own = pd.DataFrame(hours[clear & calendar.isin(which)]).groupby(force[clear & calendar.isin(which)])
        season[name] = own.sum()[own.size() >= FEWEST_OF_SEASON]
    told = {}
    for name in season["summer"].index.intersection(season["winter"].index):
        summer, winter = (season[of].loc[name].to_numpy(dtype=float) for of in ("summer", "winter"))
        better, away, moved = _moved(summer, (winter + SMOOTHING) / (winter + SMOOTHING).sum())
        if better > BETTER and moved < NEARER * away:
            told[name] = int(summer.sum()), away, moved
    here = clear & calendar.between(min(SUMMER), max(SUMMER) + 1).to_numpy() & np.isin(force, list(told))
    whole, away, moved = (np.array([told.get(name, (0, 0, 0))[k] for name in force]) for k in range(3))
    return found(
        months,
        "clock not changed",
        here,
        value=moved,
        threshold=NEARER * away,
        evidence=lambda i: (
            f"the {whole[i]:,} times of summer months lie an hour later than those of winter, as if London's time were "
            f"written as UTC: their hours differ by {away[i]:.1%} of the records, and by {moved[i]:.1%} once moved back"
        ),
        field=FIELD,
    )


def _moved(hours: np.ndarray, usual: np.ndarray) -> tuple[float, float, float]:
    """How much likelier hours are as the usual moved an hour later (logarithm), and how far off before and after."""
    later, share = np.roll(usual, 1), hours / hours.sum()
    return (
        float((hours * np.log(later / usual)).sum()),
        float(np.abs(share - usual).sum() / 2),
        float(np.abs(share - later).sum() / 2),
    )
