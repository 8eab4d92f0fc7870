"""Bring the processed data up to date with the raw files, by doing only what changed.

Files are cleaned in batches, because the cost of 5,700 small files is per file, and written by unit (force and
calendar year). A unit is left alone while its files (by size and time, as make and git judge it) and the cleaning
rules are as they were.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd
import pyarrow as pa

from sas_analysis.errors import DataError
from sas_analysis.files import sha256
from sas_analysis.records import contract, store
from sas_analysis.records.clean import clean, count_unseen, has_unread, has_unseen, part
from sas_analysis.records.find import Fault, RawFile, find_files, is_synthetic
from sas_analysis.records.forms import in_other_forms
from sas_analysis.records.load import Text, parse, read_texts, split
from sas_analysis.records.naming import force_and_month, may_be_of
from sas_analysis.records.store import Choice

BATCH_BYTES = 48 << 20  # raw text parsed at once: enough to forget the cost of a file, small in memory
_WORKERS = min(2, os.cpu_count() or 1)  # each holds a batch: memory stays under 1 GB

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
        Called with a line of text for each batch of files.

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
    manifest, cleaned = _refresh(raw, processed, _units(files), choice, progress)
    result = _account(manifest, wanted, faults, cleaned)
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


def _unit(file: RawFile) -> str:
    return f"{file.force}/{file.month[:4]}"


def _units(files: list[RawFile]) -> Units:
    units: Units = {}
    for file in files:
        units.setdefault(_unit(file), []).append(file)
    return units


def _refresh(raw: Path, processed: Path, units: Units, choice: Choice, progress) -> tuple[dict, set[str]]:
    """Make what is stale among the units asked for, and forget what the raw folder does not have.

    Returns the manifest and the paths that were cleaned. A folder where all is current is only read.
    """
    origin = {"raw": str(raw.resolve()), "synthetic": is_synthetic(raw)}
    asked = {unit: files for unit, files in units.items() if choice.has(*unit.split("/"))}
    manifest = store.manifest(processed)
    if not _foreign(manifest, units, choice, origin) and not _stale(manifest, processed, asked, origin):
        return manifest, set()
    with store.writing(processed):
        manifest = store.manifest(processed)  # another writer may have been here while we waited
        for unit in _foreign(manifest, units, choice, origin):
            del manifest["units"][unit]
        stale = _stale(manifest, processed, asked, origin)
        try:
            _make_all(manifest, processed, stale, origin, progress)
        finally:
            store.write_manifest(processed, manifest)
            store.sweep(processed, manifest)
    return manifest, {file.relative for files in stale.values() for file in files}


def _foreign(manifest: dict, units: Units, choice: Choice, origin: dict) -> list[str]:
    """Units that cannot stay: asked for, but without a raw file; or simulated where real is wanted (or the reverse)."""
    return [
        unit
        for unit, entry in manifest["units"].items()
        if entry["synthetic"] != origin["synthetic"] or (unit not in units and choice.has(*unit.split("/")))
    ]


def _stale(manifest: dict, processed: Path, units: Units, origin: dict) -> Units:
    return {unit: files for unit, files in units.items() if not _is_current(manifest, processed, unit, files, origin)}


def _is_current(manifest: dict, processed: Path, unit: str, files: list[RawFile], origin: dict) -> bool:
    entry = manifest["units"].get(unit)
    if (
        entry is None
        or entry.get("raw") != origin["raw"]
        or entry["rules"] != rules()
        or not (processed / entry["file"]).exists()
    ):
        return False
    return list(map(store.state, entry["sources"])) == [file.state for file in files]


def _make_all(manifest: dict, processed: Path, units: Units, origin: dict, progress) -> None:
    """Make the units in batches and enter each in the manifest when it is whole."""
    batches = list(_batches(units))
    with ThreadPoolExecutor(_WORKERS) as pool:
        jobs = [pool.submit(_make, batch, processed, origin, len(batches) == 1) for batch in batches]
        try:
            for batch, job in zip(batches, jobs, strict=True):
                manifest["units"] |= job.result()
                if progress:
                    progress(_describe(batch))
        finally:
            for job in jobs:
                job.cancel()


def _batches(units: Units) -> Iterator[Units]:
    batch: Units = {}
    size = 0
    for unit, files in units.items():
        batch[unit] = files
        size += sum(file.size for file in files)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch


def _describe(batch: Units) -> str:
    names = list(batch)
    through = f" to {names[-1]}" if len(names) > 1 else ""
    return f"cleaned {sum(map(len, batch.values())):,} files: {names[0]}{through}"


@cache
def rules() -> str:
    """Hash of all that decides what cleaning makes of a file: the code of these modules and the crosswalks."""
    here = resources.files(__package__)
    parts = [here / f"{name}.py" for name in ("fields", "members", "load", "labels", "clean", "contract", "store")]
    parts += sorted((here / "labels").iterdir(), key=lambda path: path.name)
    return sha256(b"\0".join(part.read_bytes() for part in parts))


def _make(batch: Units, processed: Path, origin: dict, use_threads: bool) -> dict[str, dict]:
    """Clean the units of a batch and write them. Returns their manifest entries."""
    texts, faults = read_texts(file for files in batch.values() for file in files)
    table, texts, more = parse(texts, use_threads=use_threads)
    faults |= {fault.path: fault for fault in more}
    unread = {path: _unread(rows) for path, rows in split(table, texts).items()} if has_unread(table) else {}
    strange = {path: count_unseen(rows) for path, rows in split(table, texts).items()} if has_unseen(table) else {}
    read = {text.file.relative: text for text in texts}
    units = _cut(clean(table, texts), read, batch)
    records = pa.concat_tables(units.values())
    if not contract.keeps(records):
        contract.check(store.to_pandas(records))  # says what is wrong
    entries = {}
    for unit, files in batch.items():
        sources = [_source(file, read, strange.get(file.relative, {}), faults) for file in files]
        for source in sources:
            source |= unread.get(source["path"], {})
        entries[unit] = _entry(unit, sources, origin, units[unit].num_rows)
        store.write_unit(units[unit], processed / entries[unit]["file"], contract.never_missing())
    return entries


def _unread(rows: pa.Table) -> dict:
    """What the manifest says of the dates of a file that cannot be read."""
    texts = rows["date_raw"].drop_null()
    return {"unread": len(texts), "unread_first": texts.unique().to_pylist()[:_EXAMPLES]}


def _cut(records: pa.Table, read: dict[str, Text], batch: Units) -> dict[str, pa.Table]:
    """The units of a clean batch; one whose files are all refused has no rows."""
    units, first = {}, 0
    for unit, files in batch.items():
        units[unit] = part(records, [read[file.relative] for file in files if file.relative in read], first)
        first += units[unit].num_rows
    return units


def _source(file: RawFile, read: dict[str, Text], strange: dict, faults: dict[str, Fault]) -> dict:
    """A file's entry in the manifest."""
    entry = {"path": file.relative, "force": file.force, "month": file.month}
    entry |= {
        "size": file.size,
        "mtime_ns": file.mtime_ns,
        "crc32": file.crc32,
        "sha256": None,
        "rows": 0,
        "notes": [],
        "unseen": [],
        "unread": 0,
        "unread_first": [],
    }
    if file.relative in faults:
        fault = faults[file.relative]
        return entry | {"problem": fault.problem, "remedy": fault.remedy}
    text = read[file.relative]
    unseen = [{"column": column, "label": label, "count": count} for (column, label), count in strange.items()]
    return entry | {"sha256": text.sha256, "rows": text.rows, "notes": text.notes, "unseen": unseen}


def _entry(unit: str, sources: list[dict], origin: dict, rows: int) -> dict:
    made_from = json.dumps([rules(), [(source["path"], source["sha256"]) for source in sources]])
    name = f"{unit.replace('/', '-')}-{sha256(made_from.encode())[:12]}.parquet"
    return origin | {
        "file": f"records/{name}",
        "rules": rules(),
        "rows": rows,
        "sources": sources,
    }


def _account(manifest: dict, wanted: list[RawFile], faults: list[Fault], cleaned: set[str]) -> Update:
    paths = {file.relative for file in wanted}
    entries = [manifest["units"][unit] for unit in {_unit(file) for file in wanted}]
    table = store.source_table(manifest)
    table = table[table["path"].isin(paths)]
    good, bad = table[table["problem"].isna()], table[table["problem"].notna()]
    accepted = set(good["path"])
    return Update(
        manifest,
        cleaned=len(accepted & cleaned),
        unchanged=len(accepted - cleaned),
        rows_in=sum(source["rows"] for entry in entries for source in entry["sources"]),
        rows_out=sum(entry["rows"] for entry in entries),
        refused=[
            *faults,
            *(Fault(*row) for row in bad[["path", "problem", "remedy"]].itertuples(index=False)),
        ],
        unseen=unseen_labels(good),
        unread=good.loc[good["unread"].gt(0), _UNREAD].reset_index(drop=True),
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
