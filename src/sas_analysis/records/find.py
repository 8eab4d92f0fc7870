"""The publisher's files in the raw folder, at any depth and inside ZIP archives, known by their names alone.

A file of the publisher is `YYYY-MM-<force>-stop-and-search.csv`. Nothing of it is read here, and nothing of an archive
is unpacked: its directory says which members there are, with their size and CRC-32.
"""

import os
import stat
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from sas_analysis.errors import DataError, plain
from sas_analysis.records import members
from sas_analysis.records.naming import force_and_month, is_candidate, naming_fault
from sas_analysis.reference.forces import check_force

SYNTHETIC_MARK = "SYNTHETIC.json"
_AGAIN = "download the file again from data.police.uk"


class RawFile(NamedTuple):
    """A file of the publisher, known by its name; nothing of it has been read yet.

    A tuple, for thousands are made every time and few are read.

    Attributes
    ----------
    path : str or Path
        Of the file, or of the archive it is a member of.
    relative : str
        Its path below the raw folder; of a member the archive's path, a slash and the member's name.
    force, month : str
        As its name says, month "YYYY-MM".
    size : int
        Bytes, unpacked.
    mtime_ns : int
        Time of change, of the file or of the archive.
    member : str
        Its name inside the archive; "" for a file on disk.
    crc32 : int or None
        CRC-32 that the archive gives for the member.
    copies : tuple of str
        Paths of other files of the same force-month with the same content, which are not read.
    """

    path: str | Path
    relative: str
    force: str
    month: str
    size: int
    mtime_ns: int
    member: str = ""
    crc32: int | None = None
    copies: tuple[str, ...] = ()

    @property
    def state(self) -> tuple:
        """What changes when the file does: path, size, time and CRC-32 (of a member)."""
        return self.relative, self.size, self.mtime_ns, self.crc32


@dataclass(frozen=True)
class Fault:
    """Why a file was refused, and what to do about it."""

    path: str
    problem: str
    remedy: str = _AGAIN

    def __str__(self):
        return plain(f"{self.path}: {self.problem}; {self.remedy}")  # one line, whatever the file is called


class Refused(Exception):
    """A file that cannot be read as the publisher's; carries its `Fault`."""

    def __init__(self, fault: Fault):
        super().__init__(str(fault))
        self.fault = fault


def find_files(raw: Path) -> tuple[list[RawFile], list[Fault]]:
    """The publisher's files below `raw`, by force and month; and faults of those that cannot be taken for one.

    A synthetic extract is found only when `raw` is its own folder or archive, so that simulated and real records never
    mix. Of several files of one force and month with the same content one is taken, a file on disk before a member of
    an archive, and names the others as its `copies`; if they differ all are refused: which is right is for the user
    to say.

    Parameters
    ----------
    raw : Path
        A folder, or one ZIP archive.
    """
    raw = Path(raw)
    found: dict[tuple[str, str], list[RawFile]] = {}
    faults: list[Fault] = []
    for file in _all(raw, faults):
        found.setdefault((file.force, file.month), []).append(file)
    files = [_one_of(group) for group in found.values()]
    for group, file in zip(found.values(), files, strict=True):
        if file is None:
            others = ", ".join(file.relative for file in group)
            problem = f"{len(group)} files for {group[0].force} {group[0].month} ({others})"
            faults += [Fault(file.relative, problem, _keep_one(group)) for file in group]
    return sorted(filter(None, files), key=attrgetter("force", "month")), faults


def forces_in(raw: Path, start: str, end: str) -> list[str]:
    """The forces with a file in some months, "YYYY-MM" inclusive, in the order of their names.

    Raises
    ------
    DataError
        Where there is none, or a file names a force that is none.
    """
    files, _ = find_files(raw)
    found = sorted({file.force for file in files if start <= file.month <= end})
    try:
        check_force(*found)
    except ValueError as error:
        raise DataError(f"{raw} has files of a force that is none: {error}") from error
    if not found:
        raise DataError(f"{raw} has no stop-and-search file of any force for {start} to {end}")
    return found


def is_synthetic(raw: Path) -> bool:
    """Whether the folder, or the archive, is a simulated extract."""
    raw = Path(raw)
    if not raw.is_file():
        return (raw / SYNTHETIC_MARK).exists()
    try:
        with members.opened() as archives:
            return bool(_simulated(archives(raw).namelist()))
    except (members.ArchiveError, OSError):
        return False


def unreadable(relative: str, error: OSError) -> Fault:
    """The fault of a file that the system does not let us read."""
    return Fault(relative, f"cannot be read ({error.strerror})", "check the file and its permissions")


def _all(raw: Path, faults: list[Fault]) -> Iterator[RawFile]:
    """Every file below `raw`; faults are added to `faults`."""
    if raw.is_file():
        yield from _members(str(raw), raw.name, True, faults)
    elif raw.is_dir():
        for folder, entries in folders_below(raw):
            below = "" if folder == raw else f"{folder.relative_to(raw).as_posix()}/"
            for entry in entries:
                named = force_and_month(entry.name)
                if named or is_candidate(entry.name):
                    try:
                        yield _on_disk(entry, below + entry.name, named)
                    except Refused as refused:
                        faults.append(refused.fault)
                elif entry.name.lower().endswith(".zip") and not entry.is_dir():
                    yield from _members(entry.path, below + entry.name, False, faults)


def _members(path: str, relative: str, alone: bool, faults: list[Fault]) -> Iterator[RawFile]:
    """The files in an archive, or its fault among the `faults`."""
    try:
        yield from _in_archive(path, relative, alone, faults)
    except Refused as refused:
        faults.append(refused.fault)


def folders_below(folder: Path) -> Iterator[tuple[Path, list[os.DirEntry]]]:
    """A folder and those below it in which records are looked for, each with what lies in it, by name.

    There are no hidden ones among them, and no simulated extracts.
    """
    return _folders(folder, _entries(folder))


def _folders(folder: Path, entries: list[os.DirEntry]) -> Iterator[tuple[Path, list[os.DirEntry]]]:
    yield folder, entries
    for entry in entries:
        if not entry.is_dir() or entry.name.startswith(".") or is_candidate(entry.name):
            continue
        path = folder / entry.name
        inside = _entries(path)
        if not (any(other.name == SYNTHETIC_MARK for other in inside) or _leads_back(path)):
            yield from _folders(path, inside)


def _entries(folder: Path) -> list[os.DirEntry]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _leads_back(path: Path) -> bool:
    """Whether a link leads to a folder it lies in: following it would find every file again and again."""
    return path.is_symlink() and path.parent.resolve().is_relative_to(path.resolve())


def _on_disk(entry: os.DirEntry, relative: str, named: tuple[str, str] | None) -> RawFile:
    return RawFile(entry.path, relative, *_checked(relative, named), *_state(entry.stat, relative))


def _in_archive(path: str, relative: str, alone: bool, faults: list[Fault]) -> Iterator[RawFile]:
    """The files in an archive; faults of their names are added. alone : whether it is all there is of the raw files."""
    length, mtime_ns = _state(Path(path).stat, relative)
    try:
        with members.opened() as archives:
            archive = archives(Path(path))
            simulated = _simulated(archive.namelist())
            wanted = members.checked(archive, is_candidate, length, Path(path).name)
    except OSError as error:
        raise Refused(unreadable(relative, error)) from error
    except members.ArchiveError as error:
        raise Refused(Fault(relative, f"it {error.problem}")) from error
    for entry in wanted:
        if simulated and _is_below(entry.filename, simulated) != alone:
            continue
        inside = f"{relative}/{entry.filename}"
        try:
            named = _checked(inside, force_and_month(inside))
            yield RawFile(path, inside, *named, entry.file_size, mtime_ns, entry.filename, entry.CRC)
        except Refused as refused:
            faults.append(refused.fault)


def _simulated(names: list[str]) -> set[PurePosixPath]:
    """The folders of an archive that are simulated extracts."""
    return {PurePosixPath(name).parent for name in names if PurePosixPath(name).name == SYNTHETIC_MARK}


def _is_below(name: str, folders: set[PurePosixPath]) -> bool:
    return not folders.isdisjoint(PurePosixPath(name).parents)


def _checked(relative: str, named: tuple[str, str] | None) -> tuple[str, str]:
    """Force and month of a file's name; Refused if it says none, or none that can be."""
    if named is None:
        remedy = "name it YYYY-MM-<force>-stop-and-search.csv, as the publisher does"
        raise Refused(Fault(relative, "force and month cannot be read from the file's name", remedy))
    if fault := naming_fault(*named):
        raise Refused(Fault(relative, *fault))
    return named


def _state(stat_of: Callable[[], os.stat_result], relative: str) -> tuple[int, int]:
    """Size and time of a file; Refused for what is none."""
    try:
        found = stat_of()
    except OSError as error:  # a link that leads nowhere, or a file deleted just now
        raise Refused(unreadable(relative, error)) from error
    if not stat.S_ISREG(found.st_mode):
        raise Refused(Fault(relative, "this is not a file", "put the publisher's file in its place"))
    return found.st_size, found.st_mtime_ns


# --- several files of one force and month ----------------------------------------------------------------------------


def _one_of(group: list[RawFile]) -> RawFile | None:
    """The file of a force-month: of several with the same content the first on disk; None if they differ."""
    if len(group) == 1:
        return group[0]
    try:
        same = len({(file.size, _crc32_of(file)) for file in group}) == 1
    except OSError:
        same = False
    chosen, *others = sorted(group, key=lambda file: (bool(file.member), file.relative))
    return chosen._replace(copies=tuple(file.relative for file in others)) if same else None


def _crc32_of(file: RawFile) -> int:
    return _crc32(file.path, file.size, file.mtime_ns) if file.crc32 is None else file.crc32


@lru_cache(maxsize=10_000)
def _crc32(path: str | Path, size: int, mtime_ns: int) -> int:
    """Of a file on disk, taken once while its size and time stay."""
    return zlib.crc32(Path(path).read_bytes())


def _keep_one(group: list[RawFile]) -> str:
    if any(file.member for file in group):
        return "keep one of them, or name the archive or folder that is right as the raw folder"
    return "keep one of them"
