"""Columns of the clean table that follow from stored ones: made when they are read, not kept.

A standard label follows from the published one by its crosswalk, so that it is looked up once for each label and not
once for each record.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from sas_analysis.records import labels

LONDON = ZoneInfo("Europe/London")
# A box around the United Kingdom, from the Channel to Shetland, degrees WGS 84.
UK_LATITUDE, UK_LONGITUDE = (49.8, 60.95), (-8.7, 1.85)
LOCATION_STATUSES = ("recorded", "blank", "zero", "outside UK")


@cache
def sources() -> dict[str, tuple[str, ...]]:
    """The stored columns that each derived column is made of."""
    made = {clean: (f"{name}_raw",) for name, (_, columns) in labels.CROSSWALKS.items() for clean in columns}
    return made | {"date_in_month": ("searched_at", "month"), "location_status": ("latitude", "longitude")}


def needed(columns: Iterable[str], there: Iterable[str]) -> list[str]:
    """The columns to read for these of the clean table, where a file has only some of them."""
    there = set(there)
    found = [(name,) if name in there else sources().get(name, (name,)) for name in columns]
    return list(dict.fromkeys(name for names in found for name in names))


def complete(table: pa.Table, columns: Iterable[str]) -> pa.Table:
    """These columns of the clean table, in this order: as they are in the table, or else made of what is in it.

    Parameters
    ----------
    table : Table
        With the columns, or those of `needed`; dictionaries of one column are the same in all its chunks.
    columns : iterable of str
        Columns of the clean table.
    """
    return pa.table({name: table[name] if name in table.column_names else _make(table, name) for name in columns})


def _make(table: pa.Table, name: str) -> pa.Array:
    if name == "date_in_month":
        return _in_month(*(table[source].combine_chunks() for source in sources()[name]))
    if name == "location_status":
        return _location_status(*(table[source].to_numpy() for source in sources()[name]))
    [raw] = sources()[name]
    return labels.standardise(name, table[raw].combine_chunks())


def _in_month(when: pa.Array, month: pa.DictionaryArray) -> pa.Array:
    """Whether a time lies in the month of its file, which is the month by the clock in London; the published is UTC."""
    bounds = np.array([_month_bounds(text) for text in month.dictionary.to_pylist()], dtype=np.int64).reshape(-1, 2)
    file = month.indices.to_numpy()
    known = when.is_valid().to_numpy(zero_copy_only=False)
    milliseconds = when.cast(pa.int64()).fill_null(0).to_numpy()
    inside = (milliseconds >= bounds[file, 0]) & (milliseconds < bounds[file, 1])
    return pa.array(inside, mask=~known)


def _month_bounds(month: str) -> tuple[int, int]:
    """First millisecond of a month in London, and first one after it, since 1970 in UTC."""
    year, number = map(int, month.split("-"))
    after = (year + number // 12, number % 12 + 1)
    return tuple(1000 * int(datetime(*start, 1, tzinfo=LONDON).timestamp()) for start in ((year, number), after))


def _location_status(latitude: np.ndarray, longitude: np.ndarray) -> pa.DictionaryArray:
    """Whether coordinates can be a place in the United Kingdom."""
    within = _between(latitude, UK_LATITUDE) & _between(longitude, UK_LONGITUDE)
    codes = np.where(within, 0, 3).astype(np.int8)
    codes[(latitude == 0) & (longitude == 0)] = 2
    codes[np.isnan(latitude) | np.isnan(longitude)] = 1
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(LOCATION_STATUSES))


def _between(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    return (values >= limits[0]) & (values <= limits[1])
