"""Fetch force-months from the publisher's archives: the directory of each by range requests, then the members wanted.

`BASE/YYYY-MM.zip` holds the months up to YYYY-MM, 36 of them since 2017, and redirects to object storage.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sas_analysis.months import MONTH, later
from sas_analysis.records import members
from sas_analysis.records.acquire import ranges
from sas_analysis.records.acquire.http import Client, FetchError
from sas_analysis.records.acquire.versions import Origin, Shelf

BASE = "https://data.police.uk/data/archive"
MONTHS_HELD = 36
NEAR = 256 << 10  # bytes between two members for which asking twice costs more than reading over them
LARGEST_GROUP = 16 << 20  # bytes asked for at once
_ABSENT = (403, 404, 410)  # object storage says 403 for what it does not have, unless listing is allowed
_LABEL = re.compile(rf"({MONTH})\.zip$")
NEWEST = "the newest archive that holds the month"
NAMED = "the newest that holds the month of the archives named by --archive"

Wanted = tuple[str, str]  # force, month


@dataclass
class Snapshot:
    """One archive: which it is, and what it holds."""

    label: str
    stamp: ranges.Stamp
    archive: zipfile.ZipFile
    held: dict[Wanted, zipfile.ZipInfo]
    file: ranges.RangeFile
    local: Path | None = None  # where --whole has put it

    @property
    def months(self) -> set[str]:
        """The months of which it has any force."""
        return {month for _, month in self.held}


@dataclass
class Archives:
    """The archives of one run; each is opened once."""

    client: Client
    shelf: Shelf
    base: str = BASE
    whole: bool = False
    progress: object = lambda message, brief=True: None
    _open: dict[str, Snapshot | None] = field(default_factory=dict)
    absent: dict[str, FetchError] = field(default_factory=dict)  # what the server said of those that are not there

    def get(self, label: str) -> Snapshot | None:
        """An archive by its month or as "latest"; None if there is none."""
        if label not in self._open:
            self.progress(f"archive {label}: reading its directory")
            try:
                self._open[label] = self._opened(label)
            except FetchError as error:
                if error.status not in _ABSENT:
                    raise
                self._open[label], self.absent[label] = None, error
        return self._open[label]

    @property
    def opened(self) -> list[Snapshot]:
        """All that were looked into."""
        return [snapshot for snapshot in self._open.values() if snapshot]

    def _opened(self, label: str) -> Snapshot:
        url = f"{self.base.rstrip('/')}/{label}.zip"
        if self.whole:
            stamp, local = ranges.download_whole(
                self.client, url, self.shelf.work, self._bytes_so_far(f"archive {label}")
            )
            file = ranges.RangeFile(stamp.length, lambda start, end: _part_of(local, start, end))
        else:
            local, (stamp, tail) = None, ranges.ask_tail(self.client, url)
            ask = lambda start, end: ranges.ask_range(self.client, stamp, start, end)  # noqa: E731
            file = ranges.RangeFile(stamp.length, ask, tail)
        with _refusing():
            archive, held = members.directory(file, url)
        return Snapshot(_label(label, stamp, held), stamp, archive, held, file, local)

    def _bytes_so_far(self, what: str):
        """A function to call with the bytes there are so far."""
        return lambda have: self.progress(f"{what}: {have / 1e6:,.1f} MB", brief=False)

    def read(self, snapshot: Snapshot, wanted: Iterable[Wanted]):
        """(force-month, content) of members, near ones asked for together. Raises FetchError before the first byte."""
        entries = [(snapshot.held[want], want) for want in wanted]
        with _refusing():
            members.check_sizes([entry for entry, _ in entries], snapshot.stamp.length, snapshot.stamp.url)
        for (start, end), group in _groups(snapshot, entries):
            if snapshot.local is None:
                snapshot.file.hold(start, self._range(snapshot, start, end))
            for entry, want in group:
                with _refusing():
                    content = members.read_member(snapshot.archive, entry, snapshot.stamp.url)
                yield want, content

    def _range(self, snapshot: Snapshot, start: int, end: int) -> bytes:
        progress = self._bytes_so_far(f"archive {snapshot.label}, {(end - start) / 1e6:,.1f} MB wanted")
        data = ranges.download(self.client, snapshot.stamp, start, end, self.shelf.work, progress)
        ranges.forget(self.shelf.work, snapshot.stamp, start, end)
        return data

    def close(self) -> None:
        """Delete what --whole has downloaded; it has been used."""
        for snapshot in self.opened:
            if snapshot.local:
                snapshot.local.unlink(missing_ok=True)
                snapshot.local.with_suffix(".json").unlink(missing_ok=True)


def months_held(archives: Archives, named: list[str]) -> set[str]:
    """The months that the latest archive holds, or those that are named."""
    return set().union(*(_must(archives, label).months for label in named or ["latest"]))


@contextmanager
def _refusing() -> Iterator[None]:
    """Say that an archive was refused as all that could not be fetched."""
    try:
        yield
    except members.ArchiveError as error:
        raise FetchError(str(error)) from error


def choose(archives: Archives, months: list[str], named: list[str]) -> dict[str, Snapshot]:
    """The archive for each month; months that none of the archives holds are left out.

    The newest archive that holds a month is that of 35 months later, or the latest; where that one does not hold it
    (a gap among the archives, or one of fewer months) the archive before it is tried, and so on. A force that lacks the
    month there is not looked for in older archives: the publisher may have withdrawn it. `named` ones say otherwise.
    """
    if named:
        found = [_must(archives, label) for label in dict.fromkeys(named)]
        newest_first = sorted(found, key=lambda snapshot: snapshot.label, reverse=True)
        holding = {month: [each for each in newest_first if month in each.months] for month in months}
        return {month: snapshots[0] for month, snapshots in holding.items() if snapshots}
    latest = _must(archives, "latest")
    chosen = {}
    for month in months:
        last = min(latest.label, later(month, MONTHS_HELD - 1))
        candidates = (later(last, -back) for back in range(MONTHS_HELD) if later(last, -back) >= month)
        snapshots = (latest if label == latest.label else archives.get(label) for label in candidates)
        snapshot = next((each for each in snapshots if each and month in each.months), None)
        chosen |= {month: snapshot} if snapshot else {}
    return chosen


def _must(archives: Archives, label: str) -> Snapshot:
    snapshot = archives.get(label)
    if snapshot is None:
        error = archives.absent[label]
        raise FetchError(
            f"there is no archive {label} ({error}); see https://data.police.uk/data/archive/", error.status
        )
    return snapshot


def _label(label: str, stamp: ranges.Stamp, held: dict[Wanted, zipfile.ZipInfo]) -> str:
    """The month of an archive: "latest" redirects to one, and otherwise holds no later month than its own."""
    match = _LABEL.search(urlsplit(stamp.url).path)
    if label != "latest":
        return label
    if not held:
        raise FetchError(f"{stamp.url} holds no stop-and-search file; this is not an archive of the publisher")
    return match[1] if match else max(month for _, month in held)


def _groups(snapshot: Snapshot, entries: list[tuple[zipfile.ZipInfo, Wanted]]):
    """((start, end), entries) of members that are near each other in the archive."""
    starts = sorted(entry.header_offset for entry in snapshot.archive.infolist())
    length = snapshot.stamp.length
    group, span = [], (0, 0)
    for entry, want in sorted(entries, key=lambda pair: pair[0].header_offset):
        begin, end = members.extent(entry, starts, snapshot.archive.start_dir)
        end = min(end, length)
        if group and (begin - span[1] > NEAR or end - span[0] > LARGEST_GROUP):
            yield span, group
            group = []
        span = (span[0], max(span[1], end)) if group else (begin, end)
        group.append((entry, want))
    if group:
        yield span, group


def _part_of(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(start)
        return stream.read(end - start)


def origin(snapshot: Snapshot, rule: str) -> Origin:
    """Where a member of an archive came from, for the manifests."""
    stamp = snapshot.stamp
    edition = stamp.etag or f"{stamp.last_modified} {stamp.length}"
    return Origin("archive", stamp.url, rule, snapshot.label, edition, stamp.etag, stamp.last_modified)
