"""Members of a ZIP archive that is not trusted: its directory, checked as a whole, and one member at a time.

The archives of the publisher are read so, from its server and from the raw folder, and any other ZIP in the raw folder.
"""

import bisect
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sas_analysis.errors import DataError, listed
from sas_analysis.records.fields import required
from sas_analysis.records.naming import force_and_month

LARGEST_FILE = 20 << 20  # bytes; the largest force-month seen has 3.5 MB
LARGEST_RATIO = 200  # unpacked to packed; the publisher's files reach 29
LARGEST_READ = 64 << 20  # bytes at once; a directory of 36 months and 45 forces is a hundredth of it
MOST_MEMBERS = 200_000  # an archive of 36 months has about 5,000
_DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    struct.error,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OverflowError,
    IndexError,
    KeyError,
    OSError,  # a position before the file's start
)
_FOLDER_AND_NAME = re.compile(r"(20\d\d-\d\d)/\1-[a-z][a-z-]*-stop-and-search\.csv")
_UNSAFE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|[\x00-\x1f\x7f]|\\")


class ArchiveError(DataError):
    """An archive or a member of it that was refused. `problem`: the same without its name."""

    def __init__(self, where: str, problem: str):
        super().__init__(f"{where} {problem}")
        self.problem = problem


def directory(file, where: str) -> tuple[zipfile.ZipFile, dict[tuple[str, str], zipfile.ZipInfo]]:
    """An archive of the publisher, and its stop-and-search members by (force, month).

    Parameters
    ----------
    file : file object
        Seekable.
    where : str
        Its name in errors.

    Raises
    ------
    ArchiveError
        For anything but a sound archive in the publisher's layout: all faults of its names at once, for an archive
        with one such name is not the publisher's.
    """
    archive, entries = _entries(file, where)
    records = [entry for entry in entries if entry.filename.endswith("-stop-and-search.csv")]
    forces = Counter(force_and_month(entry.filename) for entry in records)
    faults = {
        "files in the wrong folder": [entry for entry in records if not _FOLDER_AND_NAME.fullmatch(entry.filename)],
        "force-months that occur twice": [e for e in records if forces[force_and_month(e.filename)] > 1],
    }
    _refuse(where, [*_name_faults(entries), *_told_faults(faults)])
    named = ((force_and_month(entry.filename), entry) for entry in entries)
    return archive, {name: entry for name, entry in named if name}


def checked(archive: zipfile.ZipFile, wanted: Callable[[str], bool], length: int, where: str) -> list[zipfile.ZipInfo]:
    """The wanted members of any archive, at any depth; none of an archive that has none, whatever else it holds.

    Parameters
    ----------
    archive : ZipFile
        As `opened` gives it.
    wanted : function
        Of a member's name.
    length : int
        Bytes of the archive.
    where : str
        Its name in errors.

    Raises
    ------
    ArchiveError
        For names, sizes and kinds of members that an honest archive does not have.
    """
    entries = archive.infolist()
    members = [entry for entry in entries if not entry.is_dir() and wanted(entry.filename)]
    if members:
        _refuse(where, _name_faults(entries))
        check_sizes(members, length, where)
    return members


def _entries(file, where: str) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise ArchiveError(where, f"is not a whole ZIP archive ({error}); nothing was taken from it") from error
    return archive, archive.infolist()


@contextmanager
def opened() -> Iterator[Callable[[Path], zipfile.ZipFile]]:
    """A function that opens archives on disk, each once; all are closed at the end.

    It raises ArchiveError for a file that is no whole archive, and OSError for one that cannot be opened.
    """
    archives: dict[Path, zipfile.ZipFile] = {}
    with ExitStack() as stack:

        def get(path: Path) -> zipfile.ZipFile:
            if path not in archives:
                file = stack.enter_context(_Bounded(path))
                archives[path] = stack.enter_context(_entries(file, path.name)[0])
            return archives[path]

        yield get


class _Bounded(io.FileIO):
    """A file of which no more is read at once than makes sense, whatever an archive claims of its directory."""

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, os.fstat(self.fileno()).st_size - self.tell())
        size = left if size is None or size < 0 else min(size, left)
        if size > LARGEST_READ:
            raise ValueError(f"{size:,} bytes claimed where at most {LARGEST_READ:,} make sense")
        return super().read(size)


def _name_faults(entries: list[zipfile.ZipInfo]) -> list[str]:
    if len(entries) > MOST_MEMBERS:
        return [f"it claims {len(entries):,} members, more than {MOST_MEMBERS:,}"]
    names = Counter(entry.filename.casefold() for entry in entries)
    return _told_faults(
        {
            "names that lead outside": [entry for entry in entries if _UNSAFE.search(entry.orig_filename)],
            "links": [entry for entry in entries if stat.S_ISLNK(entry.external_attr >> 16)],
            "encrypted members": [entry for entry in entries if entry.flag_bits & 0x1],
            "names that occur twice": [entry for entry in entries if names[entry.filename.casefold()] > 1],
        }
    )


def _told_faults(found: dict[str, list[zipfile.ZipInfo]]) -> list[str]:
    return [_fault(what, entries) for what, entries in found.items() if entries]


def _fault(what: str, entries: Iterable[zipfile.ZipInfo]) -> str:
    names = sorted({repr(entry.orig_filename[:80]) for entry in entries})
    return f"{what}: {len(names)} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"


def _refuse(where: str, faults: list[str]) -> None:
    if faults:
        raise ArchiveError(where, f"was refused, nothing was taken from it: {listed(faults)}")


def check_sizes(members: Iterable[zipfile.ZipInfo], length: int, where: str) -> None:
    """Raise ArchiveError naming every member whose header claims what cannot be. length : bytes of the archive."""
    members = list(members)
    faults = [f"{entry.filename}: {fault}" for entry in members if (fault := _size_fault(entry, length))]
    packed = sum(entry.compress_size for entry in members)
    if not faults and packed > length:
        faults = [f"its members claim {packed:,} packed bytes together; the archive has {length:,}"]
    _refuse(where, faults)


def _size_fault(entry: zipfile.ZipInfo, length: int) -> str | None:
    size, packed = entry.file_size, entry.compress_size
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"packed by a method that the publisher does not use ({entry.compress_type})"
    if size > LARGEST_FILE:
        return f"claims {size:,} bytes; a force-month has at most {LARGEST_FILE:,}"
    if entry.header_offset < 0 or entry.header_offset + packed > length:
        return f"claims {packed:,} packed bytes, which reach beyond the end of the archive"
    if size > max(1, packed) * LARGEST_RATIO:
        return f"claims to unfold {packed:,} bytes to {size:,}, more than {LARGEST_RATIO} times"
    return None


def extent(entry: zipfile.ZipInfo, starts: list[int], directory_start: int) -> tuple[int, int]:
    """First byte of a member and the byte after its last one; `starts` are where all members begin, sorted.

    The end is not written anywhere: it is at most the next member's start, and what header, name, extra field and
    descriptor of the member's own can take.
    """
    begin = entry.header_offset
    place = bisect.bisect_right(starts, begin)
    after = starts[place] if place < len(starts) else directory_start
    own = begin + 30 + 2 * 0xFFFF + entry.compress_size + 24
    return begin, min(own, after) if after > begin else own


def read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> bytes:
    """The content of a member, a file of the publisher; its size and CRC are those of the directory."""
    content = unpacked(archive, entry, where)
    check_content(content, f"{where}: {entry.filename}")
    return content


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> bytes:
    """The content of a member; its size and CRC are those of the directory. Raises ArchiveError if they are not."""
    try:
        with archive.open(entry) as stream:
            content = stream.read(LARGEST_FILE + 1)
    except _DAMAGED as error:
        raise _damaged(entry, where, str(error)) from error
    if len(content) != entry.file_size:
        raise _damaged(entry, where, f"{len(content):,} bytes and not the {entry.file_size:,} announced")
    return content


def _damaged(entry: zipfile.ZipInfo, where: str, why: str) -> ArchiveError:
    return ArchiveError(f"{where}: {entry.filename}", f"is damaged ({why}); nothing of it was kept")


def check_content(content: bytes, where: str) -> None:
    """Raise ArchiveError unless `content` looks like a file of the publisher: its columns in line 1, no NUL byte."""
    header = content[:4096].partition(b"\n")[0].removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    missing = set(required("")) - {name.strip().strip('"') for name in header.split(",")}
    if missing or b"\0" in content:
        kind = f"no column {', '.join(sorted(missing)[:3])}" if missing else "binary data"
        raise ArchiveError(where, f"is not a stop-and-search file ({kind}); nothing of it was kept")
