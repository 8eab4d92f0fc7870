"""Rules on rows that come twice within a file: all of them, a stretch of them, and copies a few seconds later."""

from dataclasses import dataclass

import numpy as np

from sas_analysis.codes import repeated
from sas_analysis.records.audit import limits
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import Months, median, of

FEWEST_ROWS = 10  # fewer rows can come in pairs by chance
# Share of rows equal to an earlier one of the file. Group searches make 0 to 0.12 of the rows of real months.
REPEATED_JUMP = 0.2
# A copy under a time so little later is no second search: all else, place and person, is equal.
NEAR_SECONDS, NEAR_ALL, NEAR_JUMP = 60, 0.4, 0.15
# Different rows one after another in time that are each there more than once. Each is so by chance with at least this
# share; a block of a file put in twice makes a run of them.
LEAST_TWICE = 0.1
_NO_TIME = np.iinfo(np.int64).min
BLOCK = 0.1  # share of the month's rows that are too many: enough to leave the month out


@dataclass(frozen=True)
class _Rows:
    """Different rows of the months, by month and time. month, times : of each (times it is there); near : whether it
    follows another within NEAR_SECONDS, all else equal."""

    month: np.ndarray
    times: np.ndarray
    near: np.ndarray


def rules(months: Months, rows: np.ndarray, seconds: np.ndarray) -> list[dict]:
    """All findings of this family.

    rows : a number for all that is published of a record but its time, and its force-month. seconds : its time.
    """
    different = _different(months, rows, seconds)
    doubled = _is_doubled(months, different)
    return [*_repeated(months, different, doubled), *_block(months, different, doubled), *_near(months, different)]


def _different(months: Months, rows: np.ndarray, seconds: np.ndarray) -> _Rows:
    times, near = np.ones(len(rows), dtype=int), np.zeros(len(rows), dtype=bool)
    at = np.flatnonzero(repeated(rows, months.of_record))  # all others are there once, and follow none
    at = at[np.lexsort((seconds[at], rows[at]))]
    later = np.diff(seconds[at], prepend=seconds[at][:1])
    same = np.diff(rows[at], prepend=rows[at][:1]) == 0
    same[:1] = False
    first = np.flatnonzero(~same | (later != 0))
    times[at] = 0
    times[at[first]] = np.diff(np.append(first, len(at)))
    near[at[first]] = (same & (later > 0) & (later <= NEAR_SECONDS))[first]
    kept = np.flatnonzero(times)
    kept = kept[_by_time(months.of_record[kept], seconds[kept])]
    return _Rows(months.of_record[kept], times[kept], near[kept])


def _by_time(month: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The order by month and time, and of equal times as in the file, which is nearly in that order: that is quick."""
    known = second > _NO_TIME
    start = second[known].min(initial=0)
    when = np.where(known, second - start + 1, 0)
    when += month.astype(np.int64) * (when.max(initial=0) + 1)
    return np.argsort(when, kind="stable")


def _is_doubled(months: Months, different: _Rows) -> np.ndarray:
    odd = np.bincount(different.month[different.times % 2 == 1], minlength=len(months))
    return (odd == 0) & (months.n >= FEWEST_ROWS)


def _repeated(months: Months, different: _Rows, doubled: np.ndarray) -> list[dict]:
    distinct = np.bincount(different.month, minlength=len(months))
    repeats = months.n - distinct
    jumps, usual = limits.jump(months, repeats, months.n, least=REPEATED_JUMP)
    share = repeats / months.n

    def text(i):
        return f"{repeats[i]:,} of {months.n[i]:,} rows equal an earlier one ({share[i]:.1%}; {_around(usual[i])})"

    return [
        *found(
            months,
            "doubled",
            doubled,
            value=share,
            threshold=0.5,
            evidence=lambda i: (
                f"each of the {distinct[i]:,} different rows is there twice or 4, 6 ... times; {text(i)}"
            ),
        ),
        *found(
            months,
            "repeated rows",
            jumps & ~doubled,
            value=share,
            threshold=usual + REPEATED_JUMP,
            evidence=text,
        ),
    ]


def _around(usual: float) -> str:
    return f"{usual:.1%} in the months around" if np.isfinite(usual) else "no months around to compare"


def _block(months: Months, different: _Rows, doubled: np.ndarray) -> list[dict]:
    """The longest run of rows there more than once; by chance of n rows, each so with share q: at most n q^length."""
    distinct = np.bincount(different.month, minlength=len(months))
    twice = different.times > 1
    length, rows = _longest_run(twice, different, len(months))
    all_twice = np.bincount(different.month[twice], minlength=len(months))
    usual = median(of(all_twice / distinct, months.neighbours))
    beside = (all_twice - length) / np.maximum(distinct - length, 1)
    by_chance = np.fmin(np.fmax(np.fmax(usual, beside), LEAST_TWICE), 1)
    chance = np.minimum(distinct * by_chance**length, 1)
    too_many = rows - length
    here = (chance < limits.RARE) & ~doubled
    large = too_many / months.n >= BLOCK
    told = dict(
        value=too_many / months.n,
        threshold=BLOCK,
        evidence=lambda i: (
            f"{length[i]:,} different rows, one after another in time, are each there more than once: {too_many[i]:,} "
            f"of {months.n[i]:,} rows are too many (chance {chance[i]:.0e})"
        ),
    )
    return [
        *found(months, "repeated block", here & large, **told),
        *found(months, "repeated block", here & ~large, **told, severity="warning", action="keep"),
    ]


def _longest_run(twice: np.ndarray, different: _Rows, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Different rows of each month's longest run of marked ones, and all rows of it."""
    breaks = np.diff(different.month, prepend=-1) != 0
    run = np.cumsum(breaks | (np.diff(twice, prepend=False)))
    length = np.bincount(run, weights=twice).astype(int)
    rows = np.bincount(run, weights=different.times * twice).astype(int)
    first = np.flatnonzero(np.diff(run, prepend=-1))
    month = different.month[first]
    length, rows = length[run[first]], rows[run[first]]
    best = np.lexsort((length, month))
    last = np.flatnonzero(np.diff(month[best], append=count) != 0)
    out = np.zeros((2, count), dtype=int)
    out[:, month[best][last]] = length[best][last], rows[best][last]
    return out[0], out[1]


def _near(months: Months, different: _Rows) -> list[dict]:
    near = np.bincount(different.month[different.near], minlength=len(months))
    share = near / months.n
    jumps, usual = limits.jump(months, near, months.n, least=NEAR_JUMP)
    unjudged = ~np.isfinite(usual)
    most = (share >= NEAR_ALL) & (months.n >= FEWEST_ROWS) & (jumps | unjudged)
    told = dict(
        value=share,
        threshold=np.where(unjudged, NEAR_ALL, usual + NEAR_JUMP),
        evidence=lambda i: (
            f"{near[i]:,} of {months.n[i]:,} rows equal another but for a time at most {NEAR_SECONDS} seconds later "
            f"({share[i]:.1%}; {_around(usual[i])})"
        ),
    )
    return [
        *found(months, "copies seconds later", most, **told),
        *found(months, "copies seconds later", jumps & ~most, **told, severity="warning", action="keep"),
    ]
