"""Fetch the publisher's files into the raw folder, from its archives or its API.

http      requests within limits of size and time, tried again where it may help
ranges    parts of a file on a server; downloads that resume
archive   which archive for which month, and its members by range requests
api       availability, and JSON to the publisher's CSV
versions  the raw folder: provenance of its files, and every version of a force-month
pages     boundaries and census tables, which come in pages
reference  which of them are fetched, and where they are put
"""

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from sas_analysis.errors import ParameterError, listed
from sas_analysis.months import in_ranges, is_month, later, months_between
from sas_analysis.records.acquire import api, archive
from sas_analysis.records.acquire.http import Client, FetchError, Patience, RateLimiter
from sas_analysis.records.acquire.pages import fetch_boundaries, fetch_nomis
from sas_analysis.records.acquire.versions import WORK, Origin, Shelf, refuse_synthetic

__all__ = ["Client", "FetchError", "Fetched", "Patience", "RateLimiter", "fetch", "fetch_boundaries", "fetch_nomis"]

SOURCES = ("archive", "api")


@dataclass
class Fetched:
    """What a fetch did. Force-months are (force, month); `absent` are those that the source does not have."""

    new: list[tuple[str, str]] = field(default_factory=list)
    replaced: list[tuple[str, str]] = field(default_factory=list)
    same: list[tuple[str, str]] = field(default_factory=list)
    absent: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    requests: int = 0
    received: int = 0  # bytes


def fetch(
    raw: Path,
    *,
    forces: Iterable[str] | None,
    start: str = "",
    end: str = "",
    last: int | None = None,
    source: str = "archive",
    archives: Iterable[str] = (),
    base: str | None = None,
    whole: bool = False,
    client: Client | None = None,
    progress: Callable[..., None] = lambda message, brief=True: None,
    warn: Callable[[str], None] = lambda message: None,
) -> Fetched:
    """Fetch force-months into `raw`/YYYY-MM, only what is missing there or has changed at the publisher's.

    forces : slugs, or None for all the source has; start, end : first and last month, "YYYY-MM"; last : instead of
    them, so many months to the newest that the source has; source : "archive" or "api"; archives : months of archives,
    or "latest"; by default the newest that holds each month; base : the source's address; whole : download whole
    archives, for a server that does not answer ranges; progress : called as in the other commands; warn : called with
    each attempt that failed and how long the next one waits.

    What RAW had before stays: a different version moves to RAW/.versions and both are recorded in versions.json.
    An interrupted fetch resumes when it is run again. Raises ParameterError for arguments that make no sense and
    FetchError (a DataError) for the rest, among it a force or month of which the source has nothing at all.
    """
    months = _checked(start, end, last, source, archives, whole)
    refuse_synthetic(Path(raw))
    client, done = client or Client(), Fetched()
    client.warn = warn
    with _writing(Path(raw)):
        shelf = Shelf(raw)
        try:
            if source == "api":
                _from_api(client, shelf, forces, months or last, base or api.BASE, progress, done)
            else:
                opened = archive.Archives(client, shelf, base or archive.BASE, whole, progress)
                _from_archives(opened, shelf, forces, months or last, list(archives), done)
        finally:  # an interrupted run has fetched what it has fetched
            done.requests, done.received = client.requests, client.received
            shelf.save()
    return done


def _from_archives(archives: archive.Archives, shelf: Shelf, forces, months, named, done: Fetched) -> None:
    if isinstance(months, int):
        months = _last(months, archive.months_held(archives, named), done)
    chosen = archive.choose(archives, months, named)
    known = [want for snapshot in archives.opened for want in snapshot.held]
    here = {month: {force for force, of in snapshot.held if of == month} for month, snapshot in chosen.items()}
    wanted = _published(forces, months, here, known, done)
    newest = max(snapshot.label for snapshot in archives.opened)
    for snapshot in {snapshot.label: snapshot for snapshot in chosen.values()}.values():
        of_it = [want for want in wanted if chosen[want[1]] is snapshot]
        _take(archives, snapshot, of_it, shelf, archive.NAMED if named else archive.NEWEST, done)
        shelf.save()
    archives.close()
    _note_incomplete(newest, wanted, done)


def _take(archives: archive.Archives, snapshot, wanted, shelf: Shelf, rule: str, done: Fetched) -> None:
    """Put the members of one archive that RAW does not have; for the others record that they are as the archive's."""
    origin = archive.origin(snapshot, rule)
    entries = {want: snapshot.held[want] for want in wanted}
    there = [want for want, entry in entries.items() if shelf.same(*want, entry.CRC, entry.file_size)]
    for want in there:
        shelf.confirm(*want, entries[want].CRC, entries[want].file_size, origin)
    done.same += there
    missing = [want for want in wanted if want not in there]
    for (force, month), content in archives.read(snapshot, missing):
        archives.progress(f"{month} {force}, from archive {snapshot.label}", brief=False)
        getattr(done, shelf.put(force, month, content, origin)).append((force, month))


def _from_api(client: Client, shelf: Shelf, forces, months, base: str, progress, done: Fetched) -> None:
    progress("asking which forces have published which months")
    published = api.availability(client, base)
    newest = max(published)
    months = _last(months, published, done) if isinstance(months, int) else months
    known = [(force, month) for month, here in published.items() for force in here]
    wanted = _published(forces, months, published, known, done)
    origin = Origin("api", base, api.RULE, edition=newest)
    for force, month in wanted:
        known = shelf.origin(force, month)
        if (known.get("source"), known.get("edition")) == ("api", newest) and month != newest:
            done.same.append((force, month))
            continue
        progress(f"{month} {force}, from the API", brief=False)
        content = api.fetch_month(client, force, month, base)
        if content is None:
            done.absent.append((force, month))
            done.notes.append(f"the API lists {force} {month} and has no record of it: not written, and not zero")
        else:
            getattr(done, shelf.put(force, month, content, origin)).append((force, month))
    _note_incomplete(newest, wanted, done)


def _published(forces, months: list[str], here: dict[str, set[str]], known, done: Fetched) -> list[tuple[str, str]]:
    """The force-months to fetch; `done.absent` gets those that are missing among them.

    Raises FetchError, before anything is fetched, for a month that nobody has published and for a force that has
    published none of the months.
    """
    chosen = sorted(set().union(*(here.get(month, set()) for month in months))) if forces is None else list(forces)
    none = [month for month in months if not here.get(month)]
    faults = [f"no force has published {in_ranges(none)}; published: {in_ranges(m for _, m in known)}"] if none else []
    for force in chosen:
        if not any(force in here.get(month, ()) for month in months):
            of_it = in_ranges(month for one, month in known if one == force)
            faults.append(f"{force} has published none of the months asked for; seen of it: {of_it}")
    if faults:
        raise FetchError(listed(faults))
    asked = [(force, month) for month in months for force in chosen]
    done.absent += [want for want in asked if want[0] not in here[want[1]]]
    return [want for want in asked if want[0] in here[want[1]]]


def _note_incomplete(newest: str, wanted, done: Fetched) -> None:
    if any(month == newest for _, month in wanted):
        done.notes.append(f"{newest} is the newest month: forces still send records of it, so fetch it again later")


def _last(number: int, published: Iterable[str], done: Fetched) -> list[str]:
    """So many months to the newest that is published, without those that nobody has published."""
    newest = max(published)
    months = [month for by in range(number) if (month := later(newest, by - number + 1)) in published]
    if len(months) < number:
        told = f"of the last {number} months {len(months)} are published there: {in_ranges(months)}"
        done.notes.append(f"{told}; months of older archives are fetched with --from and --to")
    return months


def _checked(start: str, end: str, last: int | None, source: str, archives, whole: bool) -> list[str]:
    """The months asked for, none where only their number is; ParameterError naming every argument that is wrong."""
    sound = all(map(_is_of_records, (start, end))) and start <= end
    by_number = last is not None and not start and not end
    odd = [label for label in archives if label != "latest" and not _is_of_records(label)]
    checks = {
        f"from {start!r} and to {end!r} must be months YYYY-MM in order": not sound and last is None,
        "the months are from and to, or last, a number from 1 on": last is not None and (not by_number or last < 1),
        f"the source must be {' or '.join(SOURCES)}, not {source!r}": source not in SOURCES,
        f"an archive is a month YYYY-MM or latest, not {', '.join(map(repr, odd))}": odd,
        "archives and whole are for the source archive": source == "api" and (archives or whole),
    }
    faults = [fault for fault, wrong in checks.items() if wrong]
    if faults:
        raise ParameterError(listed(faults))
    return [] if by_number else months_between(start, end)


def _is_of_records(month: object) -> bool:
    """Whether it is a month of which there can be records: none is older than 2014."""
    return is_month(month) and month.startswith("20")


@contextmanager
def _writing(raw: Path):
    """One fetch at a time into a raw folder; what fails in writing is said in words."""
    try:
        (raw / WORK).mkdir(parents=True, exist_ok=True)
        with FileLock(raw / WORK / "lock", timeout=0):
            yield
    except Timeout as error:
        raise FetchError(f"another fetch is writing to {raw}; wait for it or end it") from error
    except OSError as error:
        raise FetchError(
            f"cannot write to {raw} ({error.strerror or error}); what was there is unchanged, and the fetch resumes "
            "when it is run again: free some space, or name another --raw"
        ) from error
