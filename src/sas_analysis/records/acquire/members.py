"""The publisher's files inside a ZIP archive that is not trusted: its directory, and one member at a time."""

import bisect
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable

from sas_analysis.errors import listed
from sas_analysis.records.acquire.http import FetchError
from sas_analysis.records.fields import required
from sas_analysis.records.load import force_and_month

LARGEST_FILE = 20 << 20  # bytes; the largest force-month seen has 3.5 MB
LARGEST_RATIO = 200  # unpacked to packed; the publisher's files reach 29
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


def directory(file, where: str) -> tuple[zipfile.ZipFile, dict[tuple[str, str], zipfile.ZipInfo]]:
    """A ZIP archive and its stop-and-search members by (force, month).

    `file` is seekable; `where` names it in errors. Raises FetchError for anything but a sound archive: all faults of
    its names at once, for an archive with one such name is not the publisher's.
    """
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise FetchError(f"{where} is not a whole ZIP archive ({error}); nothing was taken from it") from error
    entries = archive.infolist()
    faults = _name_faults(entries)
    if faults:
        raise FetchError(f"{where} was refused, nothing was taken from it: {listed(faults)}")
    named = ((force_and_month(entry.filename), entry) for entry in entries)
    return archive, {name: entry for name, entry in named if name}


def _name_faults(entries: list[zipfile.ZipInfo]) -> list[str]:
    if len(entries) > MOST_MEMBERS:
        return [f"it claims {len(entries):,} members, more than {MOST_MEMBERS:,}"]
    names = Counter(entry.filename.casefold() for entry in entries)
    records = [entry for entry in entries if entry.filename.endswith("-stop-and-search.csv")]
    forces = Counter(force_and_month(entry.filename) for entry in records)
    checks = {
        "names that lead outside": (entry for entry in entries if _UNSAFE.search(entry.orig_filename)),
        "links": (entry for entry in entries if stat.S_ISLNK(entry.external_attr >> 16)),
        "encrypted members": (entry for entry in entries if entry.flag_bits & 0x1),
        "names that occur twice": (entry for entry in entries if names[entry.filename.casefold()] > 1),
        "files in the wrong folder": (entry for entry in records if not _FOLDER_AND_NAME.fullmatch(entry.filename)),
        "force-months that occur twice": (e for e in records if forces[force_and_month(e.filename)] > 1),
    }
    found = {what: list(entries) for what, entries in checks.items()}
    return [_fault(what, entries) for what, entries in found.items() if entries]


def _fault(what: str, entries: Iterable[zipfile.ZipInfo]) -> str:
    names = sorted({repr(entry.orig_filename[:80]) for entry in entries})
    return f"{what}: {len(names)} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"


def check_sizes(members: Iterable[zipfile.ZipInfo], length: int, where: str) -> None:
    """Raise FetchError naming every member whose header claims what cannot be; `length` is the archive's, in bytes."""
    faults = [f"{entry.filename}: {fault}" for entry in members if (fault := _size_fault(entry, length))]
    if faults:
        raise FetchError(f"{where} was refused, nothing was taken from it: {listed(faults)}")


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
    """The content of a member: its size and CRC are those of the directory, and it is a file of the publisher."""
    try:
        with archive.open(entry) as stream:
            content = stream.read(LARGEST_FILE + 1)
    except _DAMAGED as error:
        raise FetchError(f"{where}: {entry.filename} is damaged ({error}); nothing of it was kept") from error
    if len(content) != entry.file_size:
        told = f"{len(content):,} bytes and not the {entry.file_size:,} announced"
        raise FetchError(f"{where}: {entry.filename} is damaged ({told}); nothing of it was kept")
    check_content(content, f"{where}: {entry.filename}")
    return content


def check_content(content: bytes, where: str) -> None:
    """Raise FetchError unless `content` looks like a file of the publisher: its 15 columns in line 1, no NUL byte."""
    header = content[:4096].partition(b"\n")[0].removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    missing = set(required("")) - {name.strip().strip('"') for name in header.split(",")}
    if missing or b"\0" in content:
        kind = f"no column {', '.join(sorted(missing)[:3])}" if missing else "binary data"
        raise FetchError(f"{where} is not a stop-and-search file ({kind}); nothing of it was kept")
