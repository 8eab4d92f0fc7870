"""Force-months as arrays: which record belongs to which, and what the same force's other months hold.

A month is judged against its own force only, so what is found for one force does not depend on the others read.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

NEIGHBOURS = 12  # a year: every season once, and enough months for a median to survive a few faulty ones
REACH = 18  # months each way; what a force recorded years before says little of how it records now
FEWEST = 4  # fewer neighbours than this say nothing of what is usual, and the rules that need them stay silent
SIDE = 6  # months before and after a break


@dataclass(frozen=True)
class Months:
    """The force-months that hold records, sorted by force and month; positions in `frame` are their numbers.

    records : clean table of the forces. of_record : number of each record's force-month. frame : `force | month |
    n | time` (time = months since year 0). neighbours : (months, NEIGHBOURS) numbers of the same force's nearest
    months. before, after : (months, SIDE) numbers of the nearest months before, and of the month itself and those
    after. -1 stands for none.
    """

    records: pd.DataFrame
    of_record: np.ndarray
    frame: pd.DataFrame
    neighbours: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def __len__(self):
        return len(self.frame)

    @property
    def n(self) -> np.ndarray:
        """Records of each force-month."""
        return self.frame["n"].to_numpy()

    @property
    def force(self) -> np.ndarray:
        """The number of the force of each force-month."""
        return pd.factorize(self.frame["force"])[0]

    def count(self, mask) -> np.ndarray:
        """How many records of each force-month are marked."""
        return np.bincount(self.of_record[np.asarray(mask, dtype=bool)], minlength=len(self))

    def table(self, codes, width: int, mask=None) -> np.ndarray:
        """Counts (months, width) of the codes 0 to width - 1 of the records, of those marked."""
        marked = codes >= 0 if mask is None else (codes >= 0) & mask
        cells = self.of_record * width + codes
        return np.bincount(cells[marked], minlength=len(self) * width).reshape(len(self), width)


def force_months(records: pd.DataFrame) -> Months:
    """The force-months of a clean table."""
    force, month = (_sorted_codes(records[name]) for name in ("force", "month"))
    both = force[0] * len(month[1]) + month[0]
    n = np.bincount(both, minlength=len(force[1]) * len(month[1]))
    found = np.flatnonzero(n)
    of_record, n = (np.cumsum(n > 0) - 1)[both], n[found]
    frame = pd.DataFrame({"force": force[1][found // len(month[1])], "month": month[1][found % len(month[1])], "n": n})
    frame["time"] = [int(text[:4]) * 12 + int(text[5:]) for text in frame["month"]]
    return Months(records, of_record, frame, *_nearest(frame))


def _sorted_codes(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Codes and labels of a column, labels in order, whatever order its categories have."""
    column = column.astype("category")
    labels = column.cat.categories.astype("str").to_numpy(dtype=object)
    rank = np.argsort(np.argsort(labels))
    return rank[column.cat.codes.to_numpy()], np.sort(labels)


def _nearest(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = [np.full((len(frame), width), -1) for width in (NEIGHBOURS, SIDE, SIDE)]
    for rows in frame.groupby("force").indices.values():
        away = frame["time"].to_numpy()[rows]
        away = away[None, :] - away[:, None]
        far = np.abs(away) > REACH
        own = np.where(far | (away == 0), np.inf, np.abs(away) + (away > 0) / 2)
        sides = own, np.where(far | (away >= 0), np.inf, -away), np.where(far | (away < 0), np.inf, away)
        for into, distance in zip(found, sides, strict=True):
            _fill(into, rows, distance)
    return tuple(found)


def _fill(into: np.ndarray, rows: np.ndarray, distance: np.ndarray) -> None:
    order = np.argsort(distance, axis=1, kind="stable")[:, : into.shape[1]]
    there = np.isfinite(np.take_along_axis(distance, order, axis=1))
    into[rows, : order.shape[1]] = np.where(there, rows[order], -1)


def of(values, numbers: np.ndarray) -> np.ndarray:
    """The values of other months: (months, width), missing where there is no such month."""
    values = np.asarray(values, dtype=float)
    return np.where(numbers >= 0, values[numbers], np.nan)


def median(around: np.ndarray, fewest: int = FEWEST) -> np.ndarray:
    """Median of each row, missing where fewer than `fewest` values are known."""
    middle = pd.DataFrame(around).median(axis=1).to_numpy()
    return np.where(np.isfinite(around).sum(axis=1) >= fewest, middle, np.nan)


def spread(around: np.ndarray) -> np.ndarray:
    """Robust standard deviation of each row: 1.4826 times the median absolute deviation."""
    middle = pd.DataFrame(around).median(axis=1).to_numpy()
    return 1.4826 * pd.DataFrame(np.abs(around - middle[:, None])).median(axis=1).to_numpy()
