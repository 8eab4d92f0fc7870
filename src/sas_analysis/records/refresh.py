"""Bring the processed data up to date with the raw files, by doing only what changed.

Files are cleaned and written by unit: a force's calendar year, because the cost of 5,700 small files is per file, and
each alone, so that what is made of one does not depend on the others. A unit is left alone while its files (by size and
time, as make and git judge it) and the cleaning rules are as they were. A month that comes later than those of its
year's unit is a unit of its own until the year is whole, so that the new month of all forces does not make the whole
year anew.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from queue import SimpleQueue

import pandas as pd
import pyarrow as pa

from sas_analysis.errors import DataError
from sas_analysis.files import sha256
from sas_analysis.processes import cores
from sas_analysis.records import contract, store
from sas_analysis.records.clean import clean, count_unseen, has_unread, has_unseen
from sas_analysis.records.find import Fault, RawFile, find_files, is_synthetic
from sas_analysis.records.forms import in_other_forms
from sas_analysis.records.load import Reader, Text, reader
from sas_analysis.records.naming import force_and_month, may_be_of
from sas_analysis.records.parse import parse, split
from sas_analysis.records.store import Choice

TOLD_BYTES = 48 << 20  # of raw text between two lines that tell of the progress
_WORKERS = min(2, cores())  # each holds a unit: memory stays under 0.6 GB
_SMALL_BYTES = 1 << 20  # of raw text in a unit: two threads would wait for each other more than they work

_MONTHS = 12  # of a whole year
_SHOWN, _EXAMPLES = 5, 3  # of many alike
_UNREAD = ["path", "force", "month", "rows", "unread", "unread_first"]

Units = dict[str, list[RawFile]]


@dataclass
class Update:
    """What an update did.

    Attributes
    ----------
    manifest : dict
        As `store.manifest` gives it, after the update.
    cleaned, unchanged : int
        Files asked for; a file that was refused is neither.
    rows_in, rows_out : int
        Rows of the files and of the clean records, over the whole units of the files asked for.
    refused : list of Fault
        Files that are not among the records, and why.
    unseen : DataFrame
        column | label | count | force | month, a row for each label that no crosswalk has.
    unread : DataFrame
        path | force | month | rows | unread | unread_first, a row for each file with dates that cannot be read.
    copied : list of RawFile
        Files asked for of which there are `copies` with the same content.
    """

    manifest: dict
    cleaned: int
    unchanged: int
    rows_in: int
    rows_out: int
    refused: list[Fault] = field(default_factory=list)
    unseen: pd.DataFrame = field(default_factory=pd.DataFrame)
    unread: pd.DataFrame = field(default_factory=pd.DataFrame)
    copied: list[RawFile] = field(default_factory=list)


def update(
    raw,
    processed,
    *,
    forces: Iterable[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    progress: Callable[[str], None] | None = None,
    executor: Executor | None = None,
) -> Update:
    """Bring the processed data up to date for the given forces and months (default: all).

    Parameters
    ----------
    raw : path
        Folder with the publisher's files, at any depth and inside ZIP archives; or one archive.
    processed : path
        Folder of the processed data; made if it is not there.
    forces : iterable of str, optional
        Names as in file names.
    start, end : str, optional
        First and last month, "YYYY-MM".
    progress : function, optional
        Called with a line of text for each group of units that was made.
    executor : concurrent.futures.Executor, optional
        What makes the units, each for itself; default: two threads. A Dask client's `get_executor()` is one: its
        machines must see both folders under the same paths.

    Raises
    ------
    DataError
        If nothing is there of what was asked for, or forces or months were given and a file of theirs is refused.
    """
    raw, processed = Path(raw), Path(processed)
    choice = Choice.of(forces, start, end)
    files, faults = _find(raw)
    wanted = [file for file in files if choice.has(file.force, file.month)]
    faults = [fault for fault in faults if _concerns(fault, choice)]
    if not wanted and not faults:
        raise DataError(_nothing_found(raw, files, choice))
    manifest, units, cleaned = _refresh(raw, processed, files, choice, progress, executor)
    result = _account(manifest, units, wanted, faults, cleaned)
    if result.refused and choice != Choice():
        raise DataError("\n".join(["raw files are refused:", *(f"  {fault}" for fault in result.refused)]))
    return result


def _find(raw: Path) -> tuple[list[RawFile], list[Fault]]:
    if not raw.is_dir() and not raw.is_file():
        raise DataError(
            f"there is no folder {raw}: name the folder of the publisher's files with --raw, or a ZIP archive of them, "
            "or make the synthetic sample with: sas-analysis sample"
        )
    try:
        return find_files(raw)
    except OSError as error:
        raise DataError(f"{error.filename} cannot be listed ({error.strerror}); check its permissions") from error


def _concerns(fault: Fault, choice: Choice) -> bool:
    """Whether a fault of naming is of a file asked for; a name that cannot be read may stand for any month."""
    named = force_and_month(fault.path)
    if named:
        return choice.has(*named)
    return choice.forces is None or any(may_be_of(fault.path, force) for force in choice.forces)


def _nothing_found(raw: Path, files: list[RawFile], choice: Choice) -> str:
    whose = f" of {', '.join(sorted(choice.forces))}" if choice.forces else ""
    period = f" for {choice.start} to {choice.end}" if choice.start or choice.end else ""
    lines = [f"{raw} has no stop-and-search file{whose}{period}"]
    for force in sorted({file.force for file in files if choice.forces is None or file.force in choice.forces}):
        months = sorted(file.month for file in files if file.force == force)
        lines.append(f"  {force} is there for {len(months)} months, {months[0]} to {months[-1]}")
    if not files:
        lines += [f"  {fault}" for fault in in_other_forms(raw)[:_SHOWN]]
    if len(lines) == 1:
        lines.append("  put files named YYYY-MM-<force>-stop-and-search.csv there (from data.police.uk/data)")
    return "\n".join(lines)


def _units(files: list[RawFile], manifest: dict, processed: Path, origin: dict) -> tuple[Units, set[str]]:
    """The units of files, and which of them are not as their files are.

    A unit is a year, or a month that came after those that the unit of its year was made of.
    """
    there = store.unit_files(processed)
    years: Units = {}
    for file in files:
        years.setdefault(f"{file.force}/{file.month[:4]}", []).append(file)
    units, stale = {}, set()
    for year, own in years.items():
        at_first = len(manifest["units"].get(year, {"sources": own})["sources"])
        current = _is_current(manifest, there, year, own[:at_first], origin)
        units[year] = own[:at_first] if current and len(own) < _MONTHS else own
        if not current or len(units[year]) != at_first:
            stale.add(year)
        for file in own[len(units[year]) :]:
            unit = f"{file.force}/{file.month}"
            units[unit] = [file]
            if not _is_current(manifest, there, unit, [file], origin):
                stale.add(unit)
    return units, stale


def _refresh(
    raw: Path, processed: Path, files: list[RawFile], choice: Choice, progress, executor
) -> tuple[dict, Units, set[str]]:
    """Make what is stale among the units asked for, and forget what the raw folder does not have.

    Returns the manifest, all units and the paths that were cleaned. A folder where all is current is only read.
    """
    origin = {"raw": str(raw.resolve()), "synthetic": is_synthetic(raw)}
    state, manifest = store.state_of(processed), store.manifest(processed)
    units, stale = _units(files, manifest, processed, origin)
    if not _foreign(manifest, units, choice, origin) and not _asked(units, stale, choice):
        return manifest, units, set()
    with store.writing(processed):
        if store.state_of(processed) != state:  # another writer has been here while we waited
            manifest = store.manifest(processed)
            units, stale = _units(files, manifest, processed, origin)
        for unit in _foreign(manifest, units, choice, origin):
            del manifest["units"][unit]
        asked = _asked(units, stale, choice)
        try:
            _make_all(manifest, processed, asked, origin, progress, executor)
        finally:
            store.write_manifest(processed, manifest, manifest["units"].keys() - asked.keys())
            store.sweep(processed, manifest)
    return manifest, units, {file.relative for own in asked.values() for file in own}


def _foreign(manifest: dict, units: Units, choice: Choice, origin: dict) -> list[str]:
    """Units that cannot stay: asked for, but without a raw file; or simulated where real is wanted (or the reverse)."""
    return [
        unit
        for unit, entry in manifest["units"].items()
        if entry["synthetic"] != origin["synthetic"] or (unit not in units and choice.has(*_force_and_year(unit)))
    ]


def _force_and_year(unit: str) -> tuple[str, str]:
    """Of a unit; its year is asked for with any month of it, so that no month is there in two units."""
    force, _, period = unit.partition("/")
    return force, period[:4]


def _asked(units: Units, stale: set[str], choice: Choice) -> Units:
    """The stale units among those asked for."""
    return {unit: files for unit, files in units.items() if unit in stale and choice.has(*unit.split("/"))}


def _is_current(manifest: dict, there: set[str], unit: str, files: list[RawFile], origin: dict) -> bool:
    entry = manifest["units"].get(unit)
    if (
        entry is None
        or any(entry.get(key) != value for key, value in origin.items())
        or entry["rules"] != rules()
        or entry["file"] not in there
    ):
        return False
    return list(map(store.state, entry["sources"])) == [file.state for file in files]


def _make_all(manifest: dict, processed: Path, units: Units, origin: dict, progress, executor) -> None:
    """Make the units and enter each in the manifest when it is whole."""
    with _makers(executor, _workers(units)) as submit:
        jobs = {unit: submit(_make, unit, files, processed, origin, len(units) == 1) for unit, files in units.items()}
        try:
            for group in _groups(units):
                for unit in group:
                    manifest["units"][unit] = jobs.pop(unit).result()
                if progress:
                    progress(_describe(group))
        finally:
            for job in jobs.values():
                job.cancel()


def _workers(units: Units) -> int:
    """How many threads make units: one for months alone, which takes a seventh less of the processor than two."""
    size = sum(file.size for own in units.values() for file in own)
    return _WORKERS if size >= _SMALL_BYTES * len(units) else 1


@contextmanager
def _makers(executor: Executor | None, workers: int) -> Iterator[Callable[..., Future]]:
    """What hands a unit over: to threads here, which keep memory and open archives between units, or elsewhere."""
    if executor:
        yield executor.submit
        return
    with ExitStack() as closing, ThreadPoolExecutor(workers) as pool:
        readers: SimpleQueue[Reader] = SimpleQueue()
        for _ in range(workers):
            readers.put(closing.enter_context(reader()))
        yield lambda function, *arguments: pool.submit(function, *arguments, readers)


def _groups(units: Units) -> Iterator[Units]:
    """The units in groups of so many bytes, to tell of the progress."""
    group: Units = {}
    size = 0
    for unit, files in units.items():
        group[unit] = files
        size += sum(file.size for file in files)
        if size >= TOLD_BYTES:
            yield group
            group, size = {}, 0
    if group:
        yield group


def _describe(group: Units) -> str:
    names = list(group)
    through = f" to {names[-1]}" if len(names) > 1 else ""
    return f"cleaned {sum(map(len, group.values())):,} files: {names[0]}{through}"


@cache
def rules() -> str:
    """Hash of all that decides what cleaning makes of a file: the code of these modules and the crosswalks."""
    here = resources.files(__package__)
    modules = ("fields", "members", "load", "parse", "labels", "clean", "derived", "contract", "store")
    parts = [here / f"{name}.py" for name in modules]
    parts += sorted((here / "labels").iterdir(), key=lambda path: path.name)
    return sha256(b"\0".join(part.read_bytes() for part in parts))


def _make(
    unit: str, files: list[RawFile], processed: Path, origin: dict, alone: bool, readers: SimpleQueue | None = None
) -> dict:
    """Clean a unit and write it. Returns its manifest entry.

    alone : whether it may use all cores by itself. readers : those of this process; None: one of its own.
    """
    with _borrowed(readers) if readers else reader() as read:
        texts, faults = read(files)
        table, texts, more = parse(texts, use_threads=alone)
    faults |= {fault.path: fault for fault in more}
    told = {text.file.relative: {} for text in texts}
    if has_unread(table) or has_unseen(table):
        told = {path: _unread(rows) | _unseen(rows) for path, rows in split(table, texts).items()}
    records = clean(table, texts)
    if not contract.keeps(records):
        contract.check(store.to_pandas(records))  # says what is wrong
    read_of = {text.file.relative: text for text in texts}
    sources = [_source(file, faults.get(file.relative), read_of, told) for file in files]
    entry = _entry(unit, sources, origin, records.num_rows)
    store.write_unit(records, processed / entry["file"], contract.never_missing())
    return entry


@contextmanager
def _borrowed(readers: SimpleQueue) -> Iterator[Reader]:
    """One of the readers, given back when the texts are not asked for their bytes any more."""
    read = readers.get()
    try:
        yield read
    finally:
        readers.put(read)


def _unread(rows: pa.Table) -> dict:
    """What the manifest says of the dates of a file that cannot be read."""
    texts = rows["date_raw"].drop_null()
    return {"unread": len(texts), "unread_first": texts.unique().to_pylist()[:_EXAMPLES]}


def _unseen(rows: pa.Table) -> dict:
    """What the manifest says of the labels of a file that no crosswalk has."""
    found = count_unseen(rows)
    return {"unseen": [{"column": column, "label": label, "count": n} for (column, label), n in found.items()]}


def _source(file: RawFile, fault: Fault | None, texts: dict[str, Text], told: dict[str, dict]) -> dict:
    """A file's entry in the manifest."""
    entry = {"path": file.relative, "force": file.force, "month": file.month}
    entry |= {"size": file.size, "mtime_ns": file.mtime_ns, "crc32": file.crc32}
    entry |= {"sha256": None, "rows": 0, "notes": [], "unseen": [], "unread": 0, "unread_first": []}
    if fault:
        return entry | {"problem": fault.problem, "remedy": fault.remedy}
    text = texts[file.relative]
    return entry | {"sha256": text.sha256, "rows": text.rows, "notes": text.notes} | told[file.relative]


def _entry(unit: str, sources: list[dict], origin: dict, rows: int) -> dict:
    made_from = json.dumps([rules(), [(source["path"], source["sha256"]) for source in sources]])
    name = f"{unit.replace('/', '-')}-{sha256(made_from.encode())[:12]}.parquet"
    return origin | {
        "file": f"records/{name}",
        "rules": rules(),
        "rows": rows,
        "sources": sources,
    }


def _account(manifest: dict, units: Units, wanted: list[RawFile], faults: list[Fault], cleaned: set[str]) -> Update:
    paths = {file.relative for file in wanted}
    touched = [unit for unit, files in units.items() if any(file.relative in paths for file in files)]
    entries = [manifest["units"][unit] for unit in touched]
    sources = [source for entry in entries for source in entry["sources"] if source["path"] in paths]
    bad = [source for source in sources if source.get("problem")]
    good = [source for source in sources if not source.get("problem")]
    accepted = {source["path"] for source in good}
    return Update(
        manifest,
        cleaned=len(accepted & cleaned),
        unchanged=len(accepted - cleaned),
        rows_in=sum(source["rows"] for entry in entries for source in entry["sources"]),
        rows_out=sum(entry["rows"] for entry in entries),
        refused=[*faults, *(Fault(source["path"], source["problem"], source["remedy"]) for source in bad)],
        unseen=unseen_labels(pd.DataFrame([source for source in good if source["unseen"]])),
        unread=pd.DataFrame([source for source in good if source["unread"]], columns=_UNREAD),
        copied=[file for file in wanted if file.copies],
    )


def describe_unread(unread: pd.DataFrame) -> list[str]:
    """A line for each file with dates that cannot be read: how many, the first of them, and what to do.

    unread : as `Update` has it, or the same columns of `store.sources`.
    """
    return [
        f"{row.path}: {row.unread:,} of {row.rows:,} dates cannot be read ({', '.join(map(repr, row.unread_first))}): "
        "a spreadsheet or program saved the file again; download it again from data.police.uk and leave it as it is"
        for row in unread.itertuples()
    ]


def unseen_labels(sources: pd.DataFrame) -> pd.DataFrame:
    """Labels that no crosswalk has, in some files (as `store.sources` gives them).

    column | label | count | force | month, a row per label and file.
    """
    rows = [label | {"force": row.force, "month": row.month} for row in sources.itertuples() for label in row.unseen]
    return pd.DataFrame(rows, columns=["column", "label", "count", "force", "month"])


def describe_copies(copied: list[RawFile]) -> list[str]:
    """A line that says which of several files with the same content is read; none if there are no such files."""
    if not copied:
        return []
    first = [f"{file.relative}, not {', '.join(file.copies)}" for file in copied[:_EXAMPLES]]
    more = f"; and {len(copied) - len(first):,} more" if len(copied) > len(first) else ""
    months = "1 force-month is" if len(copied) == 1 else f"{len(copied):,} force-months are"
    return [f"{months} there more than once with the same content; read are: {'; '.join(first)}{more}"]
