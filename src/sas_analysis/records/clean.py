"""Text to the clean table: one row per published record, one column per fact, nothing dropped.

The columns and their order are those of docs/data_dictionary.md. The publisher's label stands beside each standard
label as `<column>_raw`. Work is done on dictionaries and whole columns: a national extract has 6.4 million rows.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from sas_analysis.records import labels
from sas_analysis.records.fields import FIELDS, TEXT, column_order
from sas_analysis.records.load import Text

LONDON = ZoneInfo("Europe/London")
# A box around the United Kingdom, from the Channel to Shetland, degrees WGS 84.
UK_LATITUDE, UK_LONGITUDE = (49.8, 60.95), (-8.7, 1.85)
LOCATION_STATUSES = ("recorded", "blank", "zero", "outside UK")


def clean(table: pa.Table, texts: list[Text]) -> pa.Table:
    """The clean table of parsed records.

    table, texts : as `load.parse` returns them, or the same part of both.
    Same number and order of rows as `table`; see docs/data_dictionary.md for columns, types and units. Many files are
    cleaned at once, and cut apart by `part`.
    """
    raw = {name: table[name].combine_chunks() for name in table.column_names}
    rows = np.array([text.rows for text in texts], dtype=np.int64)
    file = np.repeat(np.arange(len(texts)), rows)
    columns = _per_file(texts) | _row_numbers(rows) | _time(raw, file, texts) | _location(raw)
    columns |= {field.name: raw[field.name] for field in FIELDS if field.kind == TEXT}
    for name in labels.CROSSWALKS:
        columns |= labels.standardise(name, raw[name])
        columns[f"{name}_raw"] = raw[name]
    return pa.table({name: columns[name] for name in column_order()})


def part(records: pa.Table, texts: list[Text], first: int) -> pa.Table:
    """The rows of some files of a clean table, `texts` in its order, from row `first` on, naming these files alone."""
    own = records.slice(first, sum(text.rows for text in texts))
    for name, column in _per_file(texts).items():  # their dictionaries name every file of the whole
        own = own.set_column(own.column_names.index(name), name, column)
    return own


def has_unseen(table: pa.Table) -> bool:
    """Whether any label of a parsed table may be in no crosswalk; asked of the dictionaries, not of the rows."""
    columns = [(name, chunk) for name in labels.CROSSWALKS for chunk in table[name].chunks]
    return any(labels.strange(name, chunk.dictionary) for name, chunk in columns)


def has_unread(table: pa.Table) -> bool:
    """Whether any date of a parsed table could not be read."""
    return table["date_raw"].null_count < table.num_rows


def count_unseen(table: pa.Table) -> dict[tuple[str, str], int]:
    """Labels of parsed records that no crosswalk has: {(column, label): rows}."""
    found = {name: labels.unseen(name, table[name].combine_chunks()) for name in labels.CROSSWALKS}
    return {(name, label): count for name, strange in found.items() for label, count in strange.items()}


def _per_file(texts: list[Text]) -> dict[str, pa.Array]:
    """The facts of each file, on its rows."""
    rows = [text.rows for text in texts]
    return {
        "force": _repeat([text.file.force for text in texts], rows),
        "month": _repeat([text.file.month for text in texts], rows),
        "source_file": _repeat([text.file.relative for text in texts], rows),
        "source_sha256": _repeat([text.sha256 for text in texts], rows),
    }


def _repeat(values: list[str], rows: list[int]) -> pa.DictionaryArray:
    position = {value: i for i, value in enumerate(dict.fromkeys(values))}
    codes = np.repeat(np.array([position[value] for value in values], dtype=np.int32), rows)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(position), pa.string()))


def _row_numbers(rows: np.ndarray) -> dict[str, pa.Array]:
    """Which row of its file each is; 1 is the first below the header."""
    first = np.repeat(np.cumsum(rows) - rows, rows)
    return {"source_row": pa.array((np.arange(len(first)) - first + 1).astype(np.int32))}


def _time(raw: dict[str, pa.Array], file: np.ndarray, texts: list[Text]) -> dict[str, pa.Array]:
    """When: the publisher gives UTC; the file's month is the month by the clock in London."""
    seconds = raw["date"].cast(pa.int64())
    bounds = np.array([_month_bounds(text.file.month) for text in texts], dtype=np.int64).reshape(-1, 2)
    known = seconds.is_valid().to_numpy(zero_copy_only=False)
    when = seconds.fill_null(0).to_numpy()
    inside = (when >= bounds[file, 0]) & (when < bounds[file, 1])
    return {
        "searched_at": raw["date"].cast(pa.timestamp("ms", "Europe/London")),
        "date_raw": raw["date_raw"].dictionary_encode(),
        "date_in_month": pa.array(inside, mask=~known),
    }


def _month_bounds(month: str) -> tuple[int, int]:
    """First second of a month in London, and first second after it, as UTC epoch seconds."""
    year, number = map(int, month.split("-"))
    after = (year + number // 12, number % 12 + 1)
    return tuple(int(datetime(*start, 1, tzinfo=LONDON).timestamp()) for start in ((year, number), after))


def _location(raw: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Coordinates as published, and whether they can be a place in the United Kingdom."""
    latitude, longitude = (raw[name].to_numpy(zero_copy_only=False) for name in ("latitude", "longitude"))
    within = _between(latitude, UK_LATITUDE) & _between(longitude, UK_LONGITUDE)
    codes = np.where(within, 0, 3).astype(np.int8)
    codes[(latitude == 0) & (longitude == 0)] = 2
    codes[np.isnan(latitude) | np.isnan(longitude)] = 1
    status = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(LOCATION_STATUSES))
    return {"latitude": raw["latitude"], "longitude": raw["longitude"], "location_status": status}


def _between(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    return (values >= limits[0]) & (values <= limits[1])
