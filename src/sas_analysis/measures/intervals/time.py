"""When searches were made, as the interval rule counts them: by month, and by week of the month."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of, occurring
from sas_analysis.months import is_month

WEEKS = 4  # of a month: days 1-7, 8-14, 15-21, 22 to the end
WEEK = "week_of_month"  # the week of a search, worked out once for all that a study counts

TIME = (WEEK, "searched_at", "date_in_month")  # the columns that the week of a search is told from


class Time(NamedTuple):
    """Where each search lies in time. cell : month x weeks + week, of `months` months of `weeks` weeks (1: not known).

    months is 0, and cell 0, where months are not known.
    """

    cell: np.ndarray
    months: int
    weeks: int

    def coarser(self) -> "Time":
        """Without weeks; without months where there are no weeks."""
        if self.weeks > 1:
            return Time(self.cell // self.weeks, self.months, 1)
        return Time(np.zeros_like(self.cell), 0, 1)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an array of one row's counts."""
        return () if self.months == 0 else (self.months,) if self.weeks == 1 else (self.months, self.weeks)

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return max(self.months, 1) * self.weeks


def time_of(searches) -> Time:
    """The month and week of each search, as far as the columns month, searched_at and date_in_month are there."""
    nowhere = Time(np.zeros(len(searches), dtype=np.int32), 0, 1)
    if "month" not in searches or searches.empty:
        return nowhere
    month, names = month_codes(searches["month"])
    if month.min() < 0:
        return nowhere
    if not knows_weeks(searches):
        return Time(month, len(names), 1)
    return Time(month * np.int32(WEEKS) + week_of(searches), len(names), WEEKS)


def knows_weeks(searches) -> bool:
    """Whether the week of each search can be told."""
    return WEEK in searches.columns or set(TIME[1:]) <= set(searches.columns)


def month_codes(months) -> tuple[np.ndarray, list[str]]:
    """The number of each month, and all months from the first to the last: one that was not published has its place.

    Labels that are no months keep their order.
    """
    codes, own = codes_of(months)
    names = sorted(own[occurring(codes, len(own))])
    if names and all(map(is_month, names)):
        names = [str(month) for month in pd.period_range(names[0], names[-1], freq="M")]
    return np.append(pd.Index(names, dtype="str").get_indexer(own), -1).astype(np.int32)[codes], names


def week_of(searches) -> np.ndarray:
    """The week of the month of each search, 0 to 3; 0 where its day is not known."""
    if WEEK in searches.columns:
        return searches[WEEK].to_numpy()
    known = searches["date_in_month"].fillna(False).to_numpy(dtype=bool)
    week = np.minimum((_days(searches["searched_at"]) - 1) // 7, WEEKS - 1)
    return np.where(known, week, np.int8(0))


def _days(times: pd.Series) -> np.ndarray:
    """The day of the month of each time by its own clock; 1 where there is none.

    It is looked up by the hour where there are fewer hours than times, for each time would be looked for in the list of
    all changes of the clock.
    """
    times = pd.DatetimeIndex(times, copy=False)
    missing = times.isna()
    if missing.all():
        return np.ones(len(times), dtype=np.int8)
    hour = pd.Timedelta(1, "h") // pd.Timedelta(1, times.unit)
    first, last = (int(time.asm8.view(np.int64)) // hour for time in (times.min(), times.max()))
    starts = np.arange(first, last + 1) * hour if last - first < len(times) else np.zeros(0, dtype=np.int64)
    days, at_end = (pd.DatetimeIndex(own, dtype=times.dtype).day for own in (starts, starts + hour - 1))
    if starts.size == 0 or not days.equals(at_end):  # or of a clock whose days do not begin with an hour
        return times.day.fillna(1).to_numpy(dtype=np.int8)
    at = times.asi8 // hour
    at -= first
    at[missing] = 0
    days = days.to_numpy(dtype=np.int8)[at]
    days[missing] = 1
    return days
