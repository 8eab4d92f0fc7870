"""Rules on the days of a month: days on end without a record, and single days where records were to be expected."""

import numpy as np
import pandas as pd
from scipy import special

from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.limits import RARE
from sas_analysis.records.audit.months import Months, median, of

# Searches of a day scatter as a negative binomial with about this shape where nothing is known (City of London: 15%
# of days empty at 3.5 a day, where Poisson has 3%); low is careful.
DAY_SHAPE = 1.5
GAP_DAYS = 3  # shorter gaps are holidays
# A force's own shape, from how its days scatter around its weekdays. Real forces: 4 at 6 a day to 30 at 500.
LEAST_SHAPE, MOST_SHAPE = 1.5, 15.0
EXPECTED = 30  # no real day, Christmas neither, has none of so many
LOST = 0.1  # share of the month's records that its empty days would have: enough to leave the month out
WEEKDAY_ROWS = 50  # as good as so many records spread evenly over the week, beside a force's own


def rules(months: Months) -> list[dict]:
    """All findings of this family."""
    days = months.table(_day(months), 31)
    length = pd.PeriodIndex(months.frame["month"], freq="M").days_in_month.to_numpy()
    inside = np.arange(31) < length[:, None]
    gap, first = _longest_gap(days > 0, length)
    cut, chance, per_day = _cut_off(days, length, gap)
    rows = found(
        months,
        "days missing",
        cut,
        value=gap,
        threshold=GAP_DAYS,
        evidence=lambda i: (
            f"no record from day {first[i] + 1} to {first[i] + gap[i]}, with {per_day[i]:.1f} a day on the others "
            f"(chance {chance[i]:.0e})"
        ),
    )
    return rows + _single_days(months, days, inside, cut)


def _cut_off(days: np.ndarray, length: np.ndarray, gap: np.ndarray):
    """Where days on end are empty beyond chance, the chance, and the records a day of the other days."""
    per_day = days.sum(axis=1) / np.maximum(length - gap, 1)
    empty = (1 + per_day / DAY_SHAPE) ** -DAY_SHAPE
    chance = np.minimum(length * empty**gap, 1)
    return (gap >= GAP_DAYS) & (chance < RARE), chance, per_day


def _single_days(months: Months, days: np.ndarray, inside: np.ndarray, cut: np.ndarray) -> list[dict]:
    """Empty days, on end or not, by what the force's weekdays and the month's other days let expect of them.

    The chance that so many days are empty is at most the number of ways to choose them times the chance of those.
    """
    empty = inside & (days == 0)
    expected = _expected(months, days, inside, empty)
    shape = _shape(months, days, inside & ~empty, expected)[:, None]
    log_chance = np.where(empty, -shape * np.log1p(expected / shape), 0).sum(axis=1)
    number, length = empty.sum(axis=1), inside.sum(axis=1)
    log_chance += special.gammaln(length + 1) - special.gammaln(number + 1) - special.gammaln(length - number + 1)
    missed = np.where(empty, expected, 0)
    here = (number > 0) & ((missed.max(axis=1) >= EXPECTED) | (log_chance < np.log(RARE))) & ~cut
    lost = missed.sum(axis=1) / np.maximum(expected.sum(axis=1), 1)
    told = dict(
        value=lost,
        threshold=LOST,
        evidence=lambda i: (
            f"no record on {_listed(np.flatnonzero(empty[i]) + 1)}, where {missed[i].sum():,.0f} were to be expected "
            f"({lost[i]:.1%} of the month)"
        ),
    )
    return [
        *found(months, "days missing", here & (lost >= LOST), **told),
        *found(months, "days missing", here & (lost < LOST), **told, severity="warning", action="keep"),
    ]


def _expected(months: Months, days, inside, empty) -> np.ndarray:
    """Records to be expected of each day: the month's level on its other days, by the force's own weekdays."""
    first = np.array([np.datetime64(month, "D") for month in months.frame["month"]])
    weekday = (first.astype(np.int64)[:, None] + np.arange(31) + 3) % 7
    force = pd.factorize(months.frame["force"])[0]
    there = inside & ~empty
    level = days.sum(axis=1) / inside.sum(axis=1)
    cell = force[:, None] * 7 + weekday
    width = 7 * (force.max(initial=-1) + 1)
    seen = np.bincount(cell[inside], weights=days[inside], minlength=width)  # a force may not search on Sundays
    even = np.bincount(cell[inside], weights=np.broadcast_to(level[:, None], days.shape)[inside], minlength=width)
    weight = (seen + WEEKDAY_ROWS / 7) / (even + WEEKDAY_ROWS / 7)
    by_day = weight[cell]
    rate = days.sum(axis=1) / np.maximum(np.where(there, by_day, 0).sum(axis=1), 1e-9)
    return np.where(inside, _of_all_days(rate)[:, None] * by_day, 0)


def _of_all_days(rate: np.ndarray) -> np.ndarray:
    """The level of all days from that of the days with a record, which is higher where many have none by chance."""
    level = rate.copy()
    for _ in range(30):
        level = rate * (1 - (1 + level / DAY_SHAPE) ** -DAY_SHAPE)
    return level


def _shape(months: Months, days, there, expected) -> np.ndarray:
    """Shape of the negative binomial law of a force's days, from the months around; careful where they say nothing."""
    beyond = np.where(there, (days - expected) ** 2 - expected, 0).sum(axis=1)
    square = np.where(there, expected**2, 0).sum(axis=1)
    own = square / np.maximum(beyond, square / MOST_SHAPE)
    usual = median(of(own, months.neighbours))
    return np.clip(np.nan_to_num(np.minimum(usual, own), nan=LEAST_SHAPE), LEAST_SHAPE, MOST_SHAPE)


def _listed(days: np.ndarray) -> str:
    shown = ", ".join(map(str, days[:6])) + (" ..." if len(days) > 6 else "")
    return f"{'day' if len(days) == 1 else f'{len(days)} days:'} {shown}"


def _day(months: Months) -> np.ndarray:
    """Day of the month from 0, by the clock in London; -1 outside the file's month."""
    inside = months.records["date_in_month"].fillna(False).to_numpy(dtype=bool)
    day = months.records["searched_at"].dt.day.to_numpy()
    return np.where(inside, np.nan_to_num(day), 0).astype(np.int64) - 1


def _longest_gap(there: np.ndarray, length: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longest run of days without a record, and its first day from 0."""
    best, first = np.zeros(len(there), int), np.zeros(len(there), int)
    run = np.zeros(len(there), int)
    for day in range(31):
        run = np.where(there[:, day] | (day >= length), 0, run + 1)
        first = np.where(run > best, day - run + 1, first)
        best = np.maximum(best, run)
    return best, first
