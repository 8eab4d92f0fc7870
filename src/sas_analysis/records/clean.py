"""Text to what is stored of a published record: nothing dropped, and nothing that follows from another column.

The clean table has more columns: those are made when they are read (`derived`). Work is done on dictionaries and whole
columns: a national extract has 6.4 million rows.
"""

import numpy as np
import pyarrow as pa

from sas_analysis.records import labels
from sas_analysis.records.fields import FIELDS, TEXT, stored
from sas_analysis.records.load import Text


def clean(table: pa.Table, texts: list[Text]) -> pa.Table:
    """The stored columns of parsed records (`fields.stored`): the same number and order of rows.

    Types and units are those of docs/data_dictionary.md.

    Parameters
    ----------
    table : Table
        Rows of the files, as `parse.parse` returns them.
    texts : list of Text
        The files, in the order of their rows.
    """
    raw = {name: table[name].combine_chunks() for name in table.column_names}
    columns = _per_file(texts) | _row_numbers(np.array([text.rows for text in texts], dtype=np.int64))
    columns |= {
        "searched_at": raw["date"].cast(pa.timestamp("ms", "Europe/London")),
        "date_raw": raw["date_raw"].dictionary_encode(),
        "latitude": raw["latitude"],
        "longitude": raw["longitude"],
    }
    columns |= {field.name: raw[field.name] for field in FIELDS if field.kind == TEXT}
    columns |= {f"{name}_raw": raw[name] for name in labels.CROSSWALKS}
    return pa.table({name: columns[name] for name in stored()})


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
