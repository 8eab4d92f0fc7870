"""Files of the publisher as bytes in one layout: read, checked by their header, and mended in form.

A file as published is read into memory that is used again for the next files, one behind the other, because new memory
and one more copy cost more than the reading. Any other is brought to the standard layout first.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sas_analysis.files import sha256
from sas_analysis.records import members
from sas_analysis.records.fields import FIELDS, required
from sas_analysis.records.find import Fault, RawFile, Refused, unreadable
from sas_analysis.records.forms import form_of

# The publisher's columns, in the publisher's order, with the names this package gives them.
COLUMNS = {field.published: field.name for field in FIELDS}
HEADER = ",".join(required("")).encode()  # of every month

NO_LINE_END = "no line end after the last row"
Archives = Callable[[Path], zipfile.ZipFile]  # as `members.opened` gives it
_AS_PUBLISHED = ",".join(COLUMNS).encode() + b"\n"
_LONGEST_HEADER = 64 * 1024
_READ_AT_ONCE = 64 << 20  # bytes; a month of the largest force is a twentieth of it, and more is seen to be one first
_LINE_END = ord("\n")


@dataclass
class Text:
    """A file's rows as bytes in the standard layout, with what had to be mended to get there."""

    file: RawFile
    body: bytes | memoryview
    sha256: str
    rows: int
    notes: list[str] = field(default_factory=list)
    plain: bool = True  # no quote signs: rows are lines, and many files can be parsed as one
    at: int = -1  # where the body begins in memory that it shares with those of other files; -1: it does not


Reader = Callable[[Iterable[RawFile]], tuple[list[Text], dict[str, Fault]]]


@contextmanager
def reader() -> Iterator[Reader]:
    """A function that gives the texts of files, and the faults of those that are refused, by path.

    It opens each archive once. What it gives holds until it is called again, for it uses the same memory.
    """
    shelf = bytearray()
    with members.opened() as archives:

        def read(files):
            nonlocal shelf
            files, texts, faults, at = list(files), [], {}, 0
            room = sum(file.size for file in files) + 1
            if len(shelf) < room:
                shelf = bytearray(room)
            for file in files:
                try:
                    texts.append(_as_published(file, shelf, at) or _read(file, archives))
                    at += len(texts[-1].body) if texts[-1].at == at else 0
                except Refused as refused:
                    faults[file.relative] = refused.fault
            return texts, faults

        yield read


def read_text(file: RawFile) -> Text:
    """Read one file and bring it to the standard layout: header checked, LF, UTF-8, columns in order.

    The hash is of the content with LF line ends and without a byte-order mark, so that copies of one month that
    differ only in these have one hash; for a file as published it is the hash of the file itself.

    Raises
    ------
    Refused
        If it cannot be read as the publisher's.
    """
    with members.opened() as archives:
        return _read(file, archives)


def one_body(texts: list[Text]) -> bytes | memoryview:
    """The bodies of texts, one behind the other; where they lie so already, without a copy."""
    size = sum(len(text.body) for text in texts)
    if texts and texts[0].at >= 0 and texts[-1].at + len(texts[-1].body) == texts[0].at + size:
        return memoryview(texts[0].body.obj)[texts[0].at : texts[0].at + size]
    return b"".join(text.body for text in texts)


def _as_published(file: RawFile, shelf: bytearray, at: int) -> Text | None:
    """The text of a file on disk, its body at a place of the shelf; None for one that is not just as published."""
    if file.member or not len(_AS_PUBLISHED) < file.size < _READ_AT_ONCE:
        return None
    header, end = bytearray(len(_AS_PUBLISHED)), at + file.size - len(_AS_PUBLISHED)
    body = memoryview(shelf)[at:end]
    try:
        with open(file.path, "rb", buffering=0) as stream:  # a buffer would copy what it has read
            whole = stream.readinto(header) == len(header) and stream.readinto(body) == len(body) and not stream.read(1)
    except OSError:
        return None  # the slow way says what it is
    strange = (b"\0", b"\r")
    if not whole or header != _AS_PUBLISHED or any(shelf.find(sign, at, end) >= 0 for sign in strange):
        return None
    if shelf[end - 1] != _LINE_END or np.frombuffer(body, np.int8).min() < 0:  # beyond ASCII
        return None
    digest = hashlib.sha256(header)
    digest.update(body)
    return Text(file, body, digest.hexdigest(), _count_lines(body), plain=shelf.find(b'"', at, end) < 0, at=at)


def _read(file: RawFile, archives: Archives) -> Text:
    try:
        data, names = _of_member(file, archives) if file.member else _of_disk(file)
    except OSError as error:
        raise Refused(unreadable(file.relative, error)) from error
    notes: list[str] = []
    data = _normal_bytes(file, data, notes)
    digest = sha256(data)
    if not data.endswith(b"\n"):
        notes.append(NO_LINE_END)
        data += b"\n"
    if names != list(COLUMNS):
        data = _whole_rows(file, data, names, notes)
    body = memoryview(data)[data.index(b"\n") + 1 :]  # a view: a national extract is not copied once more
    return Text(file, body, digest, _count_lines(body), notes, plain=b'"' not in data)


def _of_disk(file: RawFile) -> tuple[bytes, list[str]]:
    """The content of a file on disk, and its column names."""
    with open(file.path, "rb", buffering=0) as stream:  # a buffer would copy what it has read
        data = stream.read(-1 if file.size < _READ_AT_ONCE else _LONGEST_HEADER)
        names = _header(file, data)
        if file.size >= _READ_AT_ONCE:
            stream.seek(0)  # read anew, because joining would need room for two
            data = stream.readall()
    return data, names


def _of_member(file: RawFile, archives: Archives) -> tuple[bytes, list[str]]:
    """The content of a member of an archive, and its column names; the member must be the one that was found."""
    try:
        archive = archives(Path(file.path))
        entry = archive.NameToInfo.get(file.member)
        if entry is None or (entry.file_size, entry.CRC) != (file.size, file.crc32):
            raise Refused(Fault(file.relative, "the archive changed while it was being read", "run the command again"))
        data = members.unpacked(archive, entry, Path(file.path).name)
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
    rows = [[*row, ""] for row in rows_of(file, data, len(names))]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([[row[i] for i in order] for row in rows])
    return out.getvalue().encode()


def rows_of(file: RawFile, data: bytes | memoryview, width: int, line: int = 1) -> list[list[str]]:
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
