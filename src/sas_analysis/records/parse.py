"""Texts to rows: parse many files in one go, and the odd one for itself.

A file has neither a force nor a month among its columns: both come from its name (`find`). Nothing is interpreted
here; `clean` does that.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from sas_analysis.records.fields import DEGREES, FIELDS, TIME
from sas_analysis.records.find import Fault, RawFile, Refused
from sas_analysis.records.load import COLUMNS, Text, one_body, rows_of

_BLOCK = 4 << 20  # bytes to a chunk of the parser; each chunk has dictionaries of its own, to be joined afterwards
_TIME = pa.timestamp("s", "UTC")
# Seconds since 1970 of 1900-01-01 and 2200-01-01. A time outside is a slip of the pen and kept as text: pandas and
# Python cannot tell the clock in London of the years 0 and 10000, which a file can name.
_FIRST, _AFTER = -2_208_988_800, 7_258_118_400
_KINDS = {TIME: _TIME, DEGREES: pa.float64()}
_TYPES = {field.name: _KINDS.get(field.kind, pa.dictionary(pa.int32(), pa.string())) for field in FIELDS}


def parse(texts: Iterable[Text], *, use_threads: bool = True) -> tuple[pa.Table, list[Text], list[Fault]]:
    """The rows of many files in one table, the files that are in it, and the faults of the others.

    The table has the publisher's columns under this package's names (labels as dictionaries, a blank as ""; time in
    UTC) and `date_raw` (the publisher's text of a time that could not be read, else null). Its rows are those of the
    returned files, one file after the other in the order given, `Text.rows` of each.
    Files are joined because the cost of 5,700 small ones is per file. Where joining fails, each is parsed alone,
    which is slower and says what is wrong with which.
    """
    texts = list(texts)
    joined = [text for text in texts if text.plain]
    try:
        table = _parse_joined(joined, use_threads)
    except pa.ArrowInvalid:
        table, joined = _empty(), []
    if len(joined) == len(texts):
        return table.unify_dictionaries(), texts, []
    parts, faults = split(table, joined), []
    for text in texts:
        if text.file.relative not in parts:
            try:
                parts[text.file.relative] = _parse_alone(text)
            except Refused as refused:
                faults.append(refused.fault)
    parsed = [text for text in texts if text.file.relative in parts]
    table = pa.concat_tables([_empty(), *(parts[text.file.relative] for text in parsed)])
    return table.unify_dictionaries(), parsed, faults


def split(table: pa.Table, texts: list[Text]) -> dict[str, pa.Table]:
    """Each file's rows, by its path; `table` and `texts` as `parse` returns them."""
    ends = np.cumsum([text.rows for text in texts], dtype=np.int64).tolist()
    return {text.file.relative: table.slice(end - text.rows, text.rows) for text, end in zip(texts, ends, strict=True)}


def _parse_joined(texts: list[Text], use_threads: bool) -> pa.Table:
    """The rows of files whose rows are lines; ArrowInvalid if any of them is not as the publisher writes it."""
    body = one_body(texts)
    if not len(body):
        return _empty()
    table = pa_csv.read_csv(
        pa.BufferReader(pa.py_buffer(body)),
        read_options=pa_csv.ReadOptions(column_names=list(_TYPES), use_threads=use_threads, block_size=_BLOCK),
        parse_options=pa_csv.ParseOptions(quote_char=False),
        convert_options=pa_csv.ConvertOptions(column_types=_TYPES, null_values=[""]),
    )
    if table.num_rows != sum(text.rows for text in texts):
        raise pa.ArrowInvalid("rows are not lines")
    bounds = pc.min_max(table["date"].cast(pa.int64())).as_py()
    if bounds["min"] is not None and not _FIRST <= bounds["min"] <= bounds["max"] < _AFTER:
        raise pa.ArrowInvalid("times that are none")
    return table.append_column("date_raw", pa.nulls(table.num_rows, pa.string()))


def _parse_alone(text: Text) -> pa.Table:
    """Parse one file in full, to mend what can be mended and to say what cannot. Sets `text.rows`."""
    if text.plain:
        try:
            return _parse_joined([text], use_threads=False)
        except pa.ArrowInvalid:
            pass  # the slow way below says why
    rows = rows_of(text.file, text.body, len(COLUMNS), line=2)
    if text.rows != len(rows):
        text.notes.append(f"{text.rows - len(rows):,} line ends are within quotes or of empty lines")
    text.rows = len(rows)
    columns = dict(zip(_TYPES, zip(*rows, strict=True) if rows else [()] * len(_TYPES), strict=True))
    table = pa.table({name: _array(text.file, name, values) for name, values in columns.items()})
    dates = pa.array(columns["date"], pa.string())
    unread = pc.if_else(pc.and_(table["date"].is_null(), pc.not_equal(dates, "")), dates, None)
    return table.append_column("date_raw", unread)


def _array(file: RawFile, name: str, values: tuple[str, ...]) -> pa.Array:
    if _TYPES[name] == _TIME:
        return pa.array([_seconds(value) for value in values], pa.int64()).cast(_TIME)
    if _TYPES[name] == pa.float64():
        return pa.array(_numbers(file, name, values), pa.float64())
    return pa.array(values, pa.string()).dictionary_encode()


def _seconds(text: str) -> int | None:
    """Seconds since 1970 (UTC), or None; a number, because a Python time knows no year 0."""
    try:
        seconds = pa.scalar(text).cast(_TIME).value
    except pa.ArrowInvalid:
        return None
    return seconds if _FIRST <= seconds < _AFTER else None


def _numbers(file: RawFile, name: str, values: tuple[str, ...]) -> list[float | None]:
    numbers, wrong = [], []
    for line, value in enumerate(values, start=2):
        try:
            numbers.append(_number(value))
        except ValueError:
            wrong.append(f"line {line}: {value[:40]!r}")
    if wrong:
        first = "; ".join(wrong[:3])
        raise Refused(Fault(file.relative, f"{name} is not a number in {len(wrong):,} rows ({first})"))
    return numbers


def _number(text: str) -> float | None:
    if "_" in text or not text.isascii():  # Python takes 51_5 and the digits of every script for numbers
        raise ValueError(text)
    return float(text) if text else None


def _empty() -> pa.Table:
    return pa.schema([*_TYPES.items(), ("date_raw", pa.string())]).empty_table()
