"""Raw files to text: check their form, and parse many of them in one go.

A file has neither a force nor a month among its columns: both come from its name (`find`). Nothing is interpreted
here; `clean` does that.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from sas_analysis import files
from sas_analysis.records import members
from sas_analysis.records.fields import DEGREES, FIELDS, TIME, required
from sas_analysis.records.find import Fault, RawFile, Refused, unreadable
from sas_analysis.records.forms import form_of

# The publisher's columns, in the publisher's order, with the names this package gives them.
COLUMNS = {field.published: field.name for field in FIELDS}
HEADER = ",".join(required("")).encode()  # of every month

NO_LINE_END = "no line end after the last row"
Archives = Callable[[Path], zipfile.ZipFile]  # as `members.opened` gives it
_LONGEST_HEADER = 64 * 1024
_READ_AT_ONCE = 64 << 20  # bytes; a month of the largest force is a twentieth of it, and more is seen to be one first
_BLOCK = 4 << 20  # bytes to a chunk of the parser; each chunk has dictionaries of its own, to be joined afterwards
_LINE_END = ord("\n")
_TIME = pa.timestamp("s", "UTC")
# Seconds since 1970 of 1900-01-01 and 2200-01-01. A time outside is a slip of the pen and kept as text: pandas and
# Python cannot tell the clock in London of the years 0 and 10000, which a file can name.
_FIRST, _AFTER = -2_208_988_800, 7_258_118_400
_KINDS = {TIME: _TIME, DEGREES: pa.float64()}
_TYPES = {field.name: _KINDS.get(field.kind, pa.dictionary(pa.int32(), pa.string())) for field in FIELDS}


@dataclass
class Text:
    """A file's rows as bytes in the standard layout, with what had to be mended to get there."""

    file: RawFile
    body: bytes | memoryview
    sha256: str
    rows: int
    notes: list[str] = field(default_factory=list)
    plain: bool = True  # no quote signs: rows are lines, and many files can be parsed as one


def read_texts(files: Iterable[RawFile]) -> tuple[list[Text], dict[str, Fault]]:
    """The texts of files, and the faults of those that are refused, by path."""
    texts, faults = [], {}
    with members.opened() as archives:
        for file in files:
            try:
                texts.append(_read(file, archives))
            except Refused as refused:
                faults[file.relative] = refused.fault
    return texts, faults


def read_text(file: RawFile) -> Text:
    """Read one file and bring it to the standard layout: header checked, LF, UTF-8, columns in order.

    The hash is of the content with LF line ends and without a byte-order mark, so that copies of one month that
    differ only in these have one hash; for a file as published it is the hash of the file itself.
    Raises Refused.
    """
    with members.opened() as archives:
        return _read(file, archives)


def _read(file: RawFile, archives: Archives) -> Text:
    try:
        data, names = _of_member(file, archives) if file.member else _of_disk(file)
    except OSError as error:
        raise Refused(unreadable(file.relative, error)) from error
    notes: list[str] = []
    data = _normal_bytes(file, data, notes)
    sha256 = files.sha256(data)
    if not data.endswith(b"\n"):
        notes.append(NO_LINE_END)
        data += b"\n"
    if names != list(COLUMNS):
        data = _whole_rows(file, data, names, notes)
    body = memoryview(data)[data.index(b"\n") + 1 :]  # a view: a national extract is not copied once more
    return Text(file, body, sha256, _count_lines(body), notes, plain=b'"' not in data)


def _of_disk(file: RawFile) -> tuple[bytes, list[str]]:
    """The content of a file on disk, and its column names."""
    with file.path.open("rb", buffering=0) as stream:  # a buffer would copy what it has read
        data = stream.read(-1 if file.size < _READ_AT_ONCE else _LONGEST_HEADER)
        names = _header(file, data)
        if file.size >= _READ_AT_ONCE:
            stream.seek(0)  # read anew, because joining would need room for two
            data = stream.readall()
    return data, names


def _of_member(file: RawFile, archives: Archives) -> tuple[bytes, list[str]]:
    """The content of a member of an archive, and its column names; the member must be the one that was found."""
    try:
        archive = archives(file.path)
        entry = archive.NameToInfo.get(file.member)
        if entry is None or (entry.file_size, entry.CRC) != (file.size, file.crc32):
            raise Refused(Fault(file.relative, "the archive changed while it was being read", "run the command again"))
        data = members.unpacked(archive, entry, file.path.name)
    except members.ArchiveError as error:
        raise Refused(Fault(file.relative, f"it {error.problem}")) from error
    return data, _header(file, data)


def _count_lines(body: memoryview) -> int:
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == _LINE_END))  # five times faster than bytes.count


def _header(file: RawFile, start: bytes) -> list[str]:
    """The file's column names, or Refused: those that the publisher has in its month are needed, in any order."""
    if not start:
        raise Refused(Fault(file.relative, "the file is empty (0 bytes)"))
    first = start[:_LONGEST_HEADER].partition(b"\n")[0].removeprefix(b"\xef\xbb\xbf").splitlines()[:1]
    names = [name.strip() for row in csv.reader(text.decode("latin-1") for text in first) for name in row]
    needed = required(file.month)
    missing = [name for name in needed if name not in names]
    if missing and (form := form_of(start)):
        raise Refused(Fault(file.relative, *form))
    if len(missing) == len(needed):
        raise Refused(
            Fault(file.relative, "this is not a stop-and-search file: no column of the publisher's in line 1")
        )
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if missing or twice:
        problem = " and ".join(
            [f"column missing: {', '.join(missing)}"] * bool(missing)
            + [f"column twice: {', '.join(twice)}"] * bool(twice)
        )
        remedy = f"the {len(needed)} columns of the publisher are needed; download it again"
        raise Refused(Fault(file.relative, problem, remedy))
    return names


def _normal_bytes(file: RawFile, data: bytes, notes: list[str]) -> bytes:
    if b"\0" in data:
        raise Refused(Fault(file.relative, "the file holds binary data (NUL bytes)"))
    if data.startswith(b"\xef\xbb\xbf"):
        notes.append("byte-order mark removed")
        data = data[3:]
    if b"\r" in data:
        notes.append("CRLF line ends")
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if data.isascii():
        return data
    try:
        data.decode("utf-8")
        return data
    except UnicodeDecodeError:
        notes.append("not UTF-8: read as latin-1")
        return data.decode("latin-1").encode("utf-8")


def _whole_rows(file: RawFile, data: bytes, names: list[str], notes: list[str]) -> bytes:
    """The file with all of the publisher's columns in the publisher's order, those of later months blank."""
    lacking = len(COLUMNS) - len(names)
    if names == list(COLUMNS)[: len(names)] and b'"' not in data:
        return data.replace(b"\n", b"," * lacking + b"\n")
    extra = [name for name in names if name not in COLUMNS]
    if extra:
        notes.append(f"columns beside the publisher's ignored: {', '.join(extra)}")
    elif names != [name for name in COLUMNS if name in names]:
        notes.append("columns reordered")
    order = [names.index(name) if name in names else len(names) for name in COLUMNS]
    rows = [[*row, ""] for row in _rows(file, data, len(names))]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([[row[i] for i in order] for row in rows])
    return out.getvalue().encode()


def _rows(file: RawFile, data: bytes | memoryview, width: int, line: int = 1) -> list[list[str]]:
    """Rows as the csv library reads them, slowly and surely; empty lines are no rows.

    line : the number of the first line. Raises Refused if a row does not have `width` columns.
    """
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""))
    rows, wrong = [], []
    try:
        for row in reader:
            if len(row) == width:
                rows.append(row)
            elif row:
                wrong.append((line + reader.line_num - 1, len(row)))
    except csv.Error as error:
        raise Refused(Fault(file.relative, f"cannot be read as CSV ({error})")) from error
    if not wrong:
        return rows
    if len(wrong) == 1 and wrong[0][0] == line + reader.line_num - 1 and wrong[0][1] < width:
        problem = f"cut off in its last line (line {wrong[0][0]} has {wrong[0][1]} of {width} columns)"
    else:
        first = ", ".join(f"line {number} has {found}" for number, found in wrong[:3])
        problem = f"{len(wrong):,} of {len(rows) + len(wrong):,} rows do not have {width} columns ({first})"
    raise Refused(Fault(file.relative, problem))


def parse(texts: Iterable[Text], *, use_threads: bool = True) -> tuple[pa.Table, list[Text], list[Fault]]:
    """Parse many files at once: their rows in one table, the files that are in it, and the faults of the others.

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
    body = b"".join(text.body for text in texts)
    if not body:
        return _empty()
    table = pa_csv.read_csv(
        pa.BufferReader(body),
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
    rows = _rows(text.file, text.body, len(COLUMNS), line=2)
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
