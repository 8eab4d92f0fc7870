"""Rules on rows that come twice: within a file (`copies`), and in two months of one force."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import sparse

from sas_analysis.codes import by_block, repeated
from sas_analysis.records.audit import copies, limits
from sas_analysis.records.audit.findings import found
from sas_analysis.records.audit.months import FEWEST, Months, median, spread
from sas_analysis.records.fields import as_published

# All that the publisher's row says but time and place, which are numbers.
PUBLISHED = tuple(name for name in as_published() if name not in ("searched_at", "latitude", "longitude"))
FEWEST_ROWS = 10  # fewer rows can come in pairs, or equal another month's, by chance
# Share of rows equal to an earlier one of the file. Group searches make 0 to 0.12 of the rows of real months.
# Share of a month's rows that another month holds under other dates. With a place and a time to the minute it is 0
# to 0.1; where most of a force's months share more (no place, no time), half of what is left must be shared too,
# and more than the months' scatter.
SHARED = 0.5
SHARED_UNJUDGED = 0.9  # where too few other months tell how many rows months share anyway
_WIDEST = 2**62
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: spreads codes over all bits


def rules(months: Months) -> list[dict]:
    """All findings of this family."""
    records = months.records
    rows = by_block(records[[*PUBLISHED, "latitude", "longitude"]], _rows)
    times = seconds(records["searched_at"])
    return [*copies.rules(months, mix(rows, months.of_record), times), *_between(months, rows, times)]


def _rows(records: pd.DataFrame) -> np.ndarray:
    """A 64-bit number for all that the publisher says of a record but its date."""
    rows = np.zeros(len(records), dtype=np.uint64)
    for codes in _packed([records[name] for name in PUBLISHED]):
        rows = mix(rows, codes)
    for name in ("latitude", "longitude"):
        rows = mix(rows, np.nan_to_num(records[name].to_numpy(dtype=float) * 1e6, nan=-1.0))
    return rows


def _packed(columns: list[pd.Series]) -> Iterator[np.ndarray]:
    """A few numbers for the labels of many columns, as many columns to a number as it holds."""
    number, width = None, 1
    for column in columns:
        own = len(column.cat.categories) + 1  # a missing label is a code too
        if number is not None and width * own > _WIDEST:
            yield number
            number, width = None, 1
        codes = column.cat.codes.to_numpy().astype(np.int64) + 1
        number = codes if number is None else number * own + codes
        width *= own
    yield number


def seconds(at: pd.Series) -> np.ndarray:
    """Seconds since 1970 (UTC); where there is no time, one number."""
    return at.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("M8[s]").astype(np.int64)


def mix(rows: np.ndarray, codes) -> np.ndarray:
    """The numbers changed by codes of the same rows: equal only where both are."""
    with np.errstate(over="ignore"):
        whole = codes if codes.dtype.kind in "iu" else np.rint(codes)
        whole = whole if whole.dtype == np.uint64 else whole.astype(np.int64).view(np.uint64)
        mixed = rows ^ whole
        mixed *= _MULTIPLIER  # in place: among millions, new arrays take the most time
        mixed ^= mixed >> np.uint64(29)
        return mixed


def _between(months: Months, rows: np.ndarray, seconds: np.ndarray) -> list[dict]:
    """Months that share rows when the date is left out and the time of day kept, by either clock.

    Records dated outside their file's month have no new date: filed again as they were, they are no fault of the month
    that they are of, and "outside month" tells the other.
    """
    dated = ~months.records["date_in_month"].eq(False).fillna(False).to_numpy(dtype=bool)
    wall = months.records["searched_at"].dt.tz_localize(None).to_numpy().astype("M8[s]").astype(np.int64)
    held = [_held(months, mix(rows, clock % (24 * 60 * 60)), dated) for clock in (seconds, wall)]
    best, other = np.zeros(len(months)), np.zeros(len(months), int)
    usual, limit = np.full(len(months), np.nan), np.full(len(months), SHARED_UNJUDGED)
    for own in months.frame.groupby("force").indices.values():
        shared = np.maximum(*(_shared(table[own], months.n[own]) for table in held))
        best[own], other[own] = shared.max(axis=1), own[shared.argmax(axis=1)]
        if len(own) > FEWEST:
            usual[own], limit[own] = _usual(shared)
    names = months.frame["month"].to_numpy()
    return found(
        months,
        "repeated content",
        (best > SHARED) & (best >= limit) & (months.n >= FEWEST_ROWS),
        value=best,
        threshold=limit,
        evidence=lambda i: (
            f"{best[i]:.1%} of {months.n[i]:,} rows are those of {names[other[i]]} but for the date"
            + (f"; months share {usual[i]:.1%} as a rule" if np.isfinite(usual[i]) else "")
        ),
    )


def _held(months: Months, key: np.ndarray, which: np.ndarray | bool = True) -> sparse.csr_array:
    """Which rows each month holds (line: month; column: a row), the second of two equal rows being another row.

    which : the records to look at; by default all. Rows that a force has once are left out: no other month of it holds
    them.
    """
    at = np.flatnonzero(repeated(key, months.force[months.of_record]) & which)
    month, key = months.of_record[at], key[at]
    number = pd.DataFrame({"month": month, "key": key}).groupby(["month", "key"]).cumcount().to_numpy()
    column = np.unique(mix(key, number), return_inverse=True)[1]
    shape = (len(months), column.max(initial=0) + 1)
    return sparse.csr_array((np.ones(len(column), dtype=np.int32), (month, column)), shape=shape)


def _shared(held: sparse.csr_array, n: np.ndarray) -> np.ndarray:
    """Share of the rows of each month (line) that each other month (column) holds, as often."""
    shared = (held @ held.T).toarray() / n[:, None]
    np.fill_diagonal(shared, 0)
    return shared


def _usual(shared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median share of a month's rows that other months hold, and the limit: all rows are always too many."""
    others = np.where(np.eye(len(shared), dtype=bool), np.nan, shared)
    usual = median(others)
    beyond = np.maximum((1 - usual) / 2, limits.JUMP_Z * spread(others))
    return usual, np.clip(usual + beyond, SHARED, 1)
