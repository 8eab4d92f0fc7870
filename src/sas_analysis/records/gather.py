"""Many small tables laid one behind the other as one, without a second copy of what is in them.

A label takes four bytes in each of Arrow's tables and one in the whole: laid together at once they would take four
times the memory that is left, and as long again to be made smaller. Numbers and times go to where pandas keeps them.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa


class ColumnsDiffer(ValueError):
    """The tables have not all the same columns."""


def gathered(tables: Iterable[pa.Table], rows: int) -> pd.DataFrame:
    """The rows of some tables as pandas has them, labels in the order in which they are met.

    Parameters
    ----------
    tables : iterable of Table
        Each with the same columns; it is let go of before the next is asked for.
    rows : int
        How many rows they have in all, or more than that.

    Returns
    -------
    DataFrame
        A column of labels is a categorical with whole numbers as narrow as they can be.

    Raises
    ------
    ColumnsDiffer
        Where a table has other columns than the first.
    ArrowInvalid
        Where they have more rows than that.
    """
    columns: dict[str, _Labels | _Numbers | _Others] = {}
    filled = 0
    for table in tables:
        if not columns:
            columns = {field.name: _column(field, rows) for field in table.schema}
        if list(columns) != table.column_names:
            raise ColumnsDiffer(f"{table.column_names}, not {list(columns)}")
        if filled + table.num_rows > rows:
            raise pa.ArrowInvalid(f"more than {rows} rows")
        for name, column in columns.items():
            column.add(table[name])
        filled += table.num_rows
    return pd.DataFrame({name: column.whole() for name, column in columns.items()}, copy=False)


def _column(field: pa.Field, rows: int) -> "_Labels | _Numbers | _Others":
    if pa.types.is_dictionary(field.type):
        return _Labels(rows)
    may_lack = pa.types.is_floating(field.type) or pa.types.is_timestamp(field.type)
    if may_lack or (pa.types.is_integer(field.type) and not field.nullable):
        return _Numbers(field.type, rows)
    return _Others()


class _Others:
    """A column that pandas has no array of numpy for: Arrow holds it as it is."""

    def __init__(self):
        self._chunks: list[pa.Array] = []

    def add(self, more: pa.ChunkedArray) -> None:
        self._chunks += more.chunks
        self._type = more.type

    def whole(self) -> pd.Series:
        return pa.chunked_array(self._chunks, self._type).to_pandas(types_mapper=AS_PANDAS.get)


AS_PANDAS = {pa.bool_(): pd.BooleanDtype()}


class _Numbers:
    """A column of numbers or times, NaN or NaT where one is missing."""

    def __init__(self, kind: pa.DataType, rows: int):
        self._kind = kind.to_pandas_dtype()
        unit = f"M8[{kind.unit}]" if pa.types.is_timestamp(kind) else self._kind
        self._values, self._filled = np.empty(rows, unit), 0

    def add(self, more: pa.ChunkedArray) -> None:
        for chunk in more.chunks:
            end = self._filled + len(chunk)
            self._values[self._filled : end] = chunk.to_numpy(zero_copy_only=False)
            self._filled = end

    def whole(self) -> np.ndarray | pd.DatetimeIndex:
        values = self._values[: self._filled]
        if values.dtype.kind != "M":
            return values
        return pd.DatetimeIndex(values.view(np.int64), dtype=self._kind, copy=False)  # whole numbers are read as UTC


class _Labels:
    """A column of labels: a whole number a row, -1 where it is missing, and the place of each label."""

    def __init__(self, rows: int):
        self._codes, self._filled = np.empty(rows, dtype=np.int8), 0
        self._places: dict[str, int] = {}

    def add(self, more: pa.ChunkedArray) -> None:
        for chunk in more.chunks:
            places = [self._places.setdefault(label, len(self._places)) for label in chunk.dictionary.to_pylist()]
            self._widen()
            indices = chunk.indices
            part = self._codes[self._filled : self._filled + len(chunk)]
            if places == list(range(len(places))) and not indices.null_count:
                part[:] = indices.to_numpy()
            else:
                indices = indices.fill_null(len(places))
                np.take(np.array([*places, -1], self._codes.dtype), indices, out=part, mode="clip")
            self._filled += len(chunk)

    def _widen(self) -> None:
        """Make room in every number for the labels that there are now."""
        dtype = np.min_scalar_type(-len(self._places))
        if dtype.itemsize > self._codes.itemsize:
            wider = np.empty(len(self._codes), dtype)
            wider[: self._filled] = self._codes[: self._filled]
            self._codes = wider

    def whole(self) -> pd.Categorical:
        # No code is anything but the place of a label: pandas need not look at each.
        return pd.Categorical.from_codes(self._codes[: self._filled], list(self._places), validate=False)
