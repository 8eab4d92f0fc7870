"""Columns of the clean table that follow from stored ones: made when they are read, not kept.

A standard label follows from the published one by its crosswalk, so that it is looked up once for each label and not
once for each record.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from sas_analysis.codes import by_block
from sas_analysis.records import labels

LONDON = ZoneInfo("Europe/London")
# A box around the United Kingdom, from the Channel to Shetland, degrees WGS 84.
UK_LATITUDE, UK_LONGITUDE = (49.8, 60.95), (-8.7, 1.85)
LOCATION_STATUSES = ("recorded", "blank", "zero", "outside UK")
NOWHERE = LOCATION_STATUSES[1:]  # of a search that can be placed nowhere


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


def complete(table: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """These columns of the clean table, in this order: as they are in the table, or else made of what is in it.

    Parameters
    ----------
    table : DataFrame
        With the columns, or those of `needed`.
    columns : iterable of str
        Columns of the clean table.
    """
    made = {name: table[name].array if name in table else _make(table, name) for name in columns}
    return pd.DataFrame(made, copy=False)


def _make(table: pd.DataFrame, name: str) -> np.ndarray | pd.api.extensions.ExtensionArray:
    own = table[list(sources()[name])]
    if name == "date_in_month":
        return pd.arrays.BooleanArray(by_block(own, _in_month), own["searched_at"].isna().to_numpy())
    if name == "location_status":
        codes = by_block(own, _location_status)
        return pd.Categorical.from_codes(codes, LOCATION_STATUSES, validate=False)
    return labels.standardise(name, own.iloc[:, 0].array)


def _in_month(rows: pd.DataFrame) -> np.ndarray:
    """Whether a time lies in the month of its file, which is the month by the clock in London; the published is UTC."""
    months = rows["month"].cat
    bounds = np.array([_month_bounds(text) for text in months.categories], dtype=np.int64).reshape(-1, 2)
    first, after = bounds[months.codes.to_numpy()].T
    milliseconds = rows["searched_at"].array.asi8
    return (milliseconds >= first) & (milliseconds < after)


@cache
def _month_bounds(month: str) -> tuple[int, int]:
    """First millisecond of a month in London, and first one after it, since 1970 in UTC."""
    year, number = map(int, month.split("-"))
    after = (year + number // 12, number % 12 + 1)
    return tuple(1000 * int(datetime(*start, 1, tzinfo=LONDON).timestamp()) for start in ((year, number), after))


def _location_status(rows: pd.DataFrame) -> np.ndarray:
    """Whether coordinates can be a place in the United Kingdom, as positions in LOCATION_STATUSES."""
    latitude, longitude = (rows[name].to_numpy() for name in ("latitude", "longitude"))
    within = _between(latitude, UK_LATITUDE) & _between(longitude, UK_LONGITUDE)
    codes = np.where(within, 0, 3).astype(np.int8)
    codes[(latitude == 0) & (longitude == 0)] = 2
    codes[np.isnan(latitude) | np.isnan(longitude)] = 1
    return codes


def _between(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    return (values >= limits[0]) & (values <= limits[1])
