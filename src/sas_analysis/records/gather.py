"""Many small tables laid one behind the other as one, without a second copy of what is in them.

A label takes four bytes in each of Arrow's tables and one in the whole: laid together at once they would take four
times the memory that is left, and as long again to be made smaller.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa


class ColumnsDiffer(ValueError):
    """The tables have not all the same columns."""


def gathered(tables: Iterable[pa.Table], rows: int) -> pa.Table:
    """The rows of some tables as one table, labels in the order in which they are met.

    Parameters
    ----------
    tables : iterable of Table
        Each with the same columns; it is let go of before the next is asked for.
    rows : int
        How many rows they have in all, or more than that.

    Returns
    -------
    Table
        A column of labels has whole numbers as narrow as they can be.

    Raises
    ------
    ColumnsDiffer
        Where a table has other columns than the first.
    ArrowInvalid
        Where they have more rows than that.
    """
    columns: dict[str, _Labels | _Values] = {}
    filled = 0
    for table in tables:
        if not columns:
            kinds = {name: pa.types.is_dictionary(table.schema.field(name).type) for name in table.column_names}
            columns = {name: _Labels(rows) if labelled else _Values() for name, labelled in kinds.items()}
        if list(columns) != table.column_names:
            raise ColumnsDiffer(f"{table.column_names}, not {list(columns)}")
        if filled + table.num_rows > rows:
            raise pa.ArrowInvalid(f"more than {rows} rows")
        for name, column in columns.items():
            column.add(table[name])
        filled += table.num_rows
    return pa.table({name: column.whole() for name, column in columns.items()})


class _Values:
    """A column of numbers or times: Arrow holds it as it is."""

    def __init__(self):
        self._chunks: list[pa.Array] = []

    def add(self, more: pa.ChunkedArray) -> None:
        self._chunks += more.chunks
        self._type = more.type

    def whole(self) -> pa.ChunkedArray:
        return pa.chunked_array(self._chunks, self._type)


class _Labels:
    """A column of labels: a whole number a row, -1 where it is missing, and the place of each label."""

    def __init__(self, rows: int):
        self._codes, self._filled = np.empty(rows, dtype=np.int8), 0
        self._places: dict[str, int] = {}
        self._missing = False

    def add(self, more: pa.ChunkedArray) -> None:
        for chunk in more.chunks:
            places = [self._places.setdefault(label, len(self._places)) for label in chunk.dictionary.to_pylist()]
            self._widen()
            indices = chunk.indices
            if indices.null_count:
                self._missing = True
                indices = indices.fill_null(len(places))
            end = self._filled + len(chunk)
            np.take(
                np.array([*places, -1], self._codes.dtype), indices, out=self._codes[self._filled : end], mode="clip"
            )
            self._filled = end

    def _widen(self) -> None:
        """Make room in every number for the labels that there are now."""
        dtype = np.min_scalar_type(-len(self._places))
        if dtype.itemsize > self._codes.itemsize:
            wider = np.empty(len(self._codes), dtype)
            wider[: self._filled] = self._codes[: self._filled]
            self._codes = wider

    def whole(self) -> pa.DictionaryArray:
        codes = self._codes[: self._filled]
        indices = pa.array(codes, mask=codes < 0 if self._missing else None)
        return pa.DictionaryArray.from_arrays(indices, pa.array(self._places, pa.string()))
