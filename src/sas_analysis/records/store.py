"""Processed data on disk: a Parquet file per force and calendar year (a unit), and the manifest of what made them.

Files are named after the hash of what they were made from, and the manifest is replaced last: a reader always sees
whole units. `refresh` writes here, everything else reads.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from sas_analysis.errors import DataError
from sas_analysis.files import write_whole
from sas_analysis.processes import at_once, each
from sas_analysis.records import derived
from sas_analysis.records.fields import column_order
from sas_analysis.records.gather import AS_PANDAS, ColumnsDiffer, gathered

MANIFEST = "manifest.json"
_SOURCE = [
    "path",
    "force",
    "month",
    "size",
    "mtime_ns",
    "crc32",
    "sha256",
    "rows",
    "notes",
    "unseen",
    "unread",
    "unread_first",
    "problem",
    "remedy",
]
_UNIT = {"raw", "file", "rules", "synthetic", "rows", "sources"}
_FILES = re.compile(r"\.?[a-z-]+-\d{4}(-\d\d)?-[0-9a-f]{12}\.(parquet|(parquet\.)?\d+\.tmp)")  # what is ours to delete
_DELTA = dict.fromkeys(("source_row", "searched_at"), "DELTA_BINARY_PACKED")
# Statistics and compression cost a third of the writing: nothing here reads by the first, and dictionaries and deltas
# leave the second a tenth of the size to save.
_FORMAT = {
    "compression": "none",
    "write_statistics": False,
    "write_batch_size": 1 << 16,
    "column_encoding": _DELTA,
}
_LOCK_SECONDS = 3600
_MANY = 500_000  # records from which reading is shared by processes: it takes half a second then
_held: tuple | None = None  # of `hold`: processed, choice, state of the data, table
READS = "SAS_ANALYSIS_READS"  # names a file that gets a line for each read: what a notebook's report rests on


@dataclass(frozen=True)
class Choice:
    """Forces and months asked for, months "YYYY-MM" inclusive; None is all."""

    forces: frozenset[str] | None = None
    start: str | None = None
    end: str | None = None

    @classmethod
    def of(cls, forces: Iterable[str] | None, start: str | None, end: str | None) -> "Choice":
        """A choice from the arguments of a public function."""
        return cls(None if forces is None else frozenset(forces), start, end)

    def has(self, force: str, month: str) -> bool:
        """Whether a force-month is asked for. `month` may be a year: whether any month of it can be."""
        width = len(month)
        in_period = (self.start or "")[:width] <= month <= (self.end or "9999-99")[:width]
        return in_period and (self.forces is None or force in self.forces)


def read(processed, *, forces=None, start=None, end=None, columns: list[str] | None = None) -> pd.DataFrame:
    """The clean table of some forces and months (default: all), from the processed data.

    Labels are categoricals with the whole vocabulary of their column; truth values are "boolean" with missing.

    Parameters
    ----------
    processed : path
        Folder of the processed data.
    forces : iterable of str, optional
        Names as in file names.
    start, end : str, optional
        First and last month, "YYYY-MM".
    columns : list of str, optional
        Only these, in this order; default: all, in the order of docs/data_dictionary.md.

    Raises
    ------
    DataError
        If no record is there, or the data are damaged or of another version.
    """
    choice = Choice.of(forces, start, end)
    _note_read(choice)
    if columns is None and _held and _held[:3] == (Path(processed).absolute(), choice, state_of(Path(processed))):
        return _held[3].copy(deep=False)
    try:
        try:
            table = _read_columns(Path(processed), choice, columns or column_order())
        except FileNotFoundError:  # a unit was replaced between reading the manifest and reading the file
            table = _read_columns(Path(processed), choice, columns or column_order())
    except (OSError, pa.ArrowInvalid) as error:
        remedy = f"delete {Path(processed) / 'records'} and run: sas-analysis clean"
        raise DataError(f"the processed data are damaged ({error}); {remedy}") from error
    if table is None or table.empty:
        raise DataError(_nothing_found(processed, sources(processed, forces=forces, start=start, end=end)))
    return table


def hold(processed, *, forces=None, start=None, end=None) -> None:
    """Read some forces and months, and keep them for `read` in this process and in forks of it.

    They replace what was held before. `read` goes to the files again once the data have changed.
    """
    let_go()
    processed = Path(processed).absolute()
    state = state_of(processed)  # before reading: what changes meanwhile is read again
    table = read(processed, forces=forces, start=start, end=end)
    global _held
    _held = processed, Choice.of(forces, start, end), state, table


def let_go() -> None:
    """Hold nothing any more."""
    global _held
    _held = None


def _read_columns(processed: Path, choice: Choice, columns: list[str]) -> pd.DataFrame | None:
    """The columns of the units chosen."""
    state = state_of(processed)
    table = _read_units(processed, choice, columns)
    if state_of(processed) != state:
        raise FileNotFoundError(f"{processed} was brought up to date")
    return table


def state_of(processed: Path) -> tuple[int, int, int] | None:
    """What changes when the manifest is replaced."""
    try:
        told = (processed / MANIFEST).stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns, told.st_size


def _nothing_found(processed, files: pd.DataFrame) -> str:
    if files.empty:
        return f"{processed} has no record of what was asked; bring it up to date with: sas-analysis clean"
    return f"the raw files asked for have no record ({', '.join(files['path'][:3])}); ask for more months or forces"


def _read_units(processed: Path, choice: Choice, columns: list[str]) -> pd.DataFrame | None:
    units = manifest(processed)["units"]
    chosen = [entry for unit, entry in units.items() if choice.has(*unit.split("/"))]
    if not chosen:
        return None

    rows = sum(entry["rows"] for entry in chosen)

    def read(own: list[str]) -> pd.DataFrame:
        def tables() -> Iterator[pa.Table]:
            for entry in chosen:
                yield _read_unit(processed / entry["file"], entry["sources"], choice, own)

        try:
            return derived.complete(gathered(tables(), rows), own)
        except ColumnsDiffer:  # another version of this package stored more
            whole = (derived.complete(gathered([table], table.num_rows), own) for table in tables())
            return gathered((pa.Table.from_pandas(table, preserve_index=False) for table in whole), rows)

    parts = each(read, _shared(columns, at_once() if rows >= _MANY else 1), large=True)
    found = {name: part[name].array for part in parts for name in part}
    return pd.DataFrame({name: found[name] for name in columns}, copy=False)


def _shared(columns: list[str], parts: int) -> list[list[str]]:
    """Columns in so many parts; those that are made of the same one in the same part."""
    of = {name: derived.needed([name], ())[0] for name in columns}
    place = {first: number % parts for number, first in enumerate(dict.fromkeys(of.values()))}
    shares = [[name for name in columns if place[of[name]] == part] for part in range(parts)]
    return [share for share in shares if share]


def _read_unit(path: Path, files: list[dict], choice: Choice, columns: list[str]) -> pa.Table:
    """What a unit has of the columns, or of those that they follow from, in the months chosen."""
    file = _opened(path)  # so small that threads would cost more
    there = file.schema_arrow.names
    needed = derived.needed(columns, there)
    lacking = [name for name in needed if name not in there]
    if lacking:
        raise DataError(
            f"{path.name} has no column {', '.join(lacking)}: another version of this package made it, or there is no "
            "such column; bring it up to date with: sas-analysis clean"
        )
    if all(choice.has(source["force"], source["month"]) for source in files):
        return file.read(needed, use_threads=False).select(needed)
    table = file.read(sorted({*needed, "month"}), use_threads=False)
    month = table["month"].cast(pa.string())
    inside = pc.and_(pc.greater_equal(month, choice.start or ""), pc.less_equal(month, choice.end or "9999-99"))
    return table.filter(inside).select(needed)


def _opened(path: Path) -> pq.ParquetFile:
    return pq.ParquetFile(pa.BufferReader(path.read_bytes()))


def table_of(path: Path, columns: list[str] | None = None) -> pa.Table:
    """A file of a few megabytes at most, or some of its columns, read at once: in parts, Arrow would start threads."""
    return _opened(path).read(columns, use_threads=False)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """The clean table as pandas has it: categoricals, "boolean" with missing, times in London."""
    return table.unify_dictionaries().to_pandas(types_mapper=AS_PANDAS.get, split_blocks=True, use_threads=False)


def sources(processed, *, forces=None, start=None, end=None) -> pd.DataFrame:
    """The raw files behind the processed data of some forces and months, one row each, by force and month.

    path | force | month | size | mtime_ns | crc32 | sha256 | rows | notes (list) | unseen (list) | unread (dates) |
    unread_first (list) | problem | remedy | synthetic.
    A refused file has a problem and no hash.
    """
    table = source_table(manifest(processed))
    choice = Choice.of(forces, start, end)
    _note_read(choice)
    keep = [choice.has(*named) for named in zip(table["force"].tolist(), table["month"].tolist(), strict=True)]
    return table[np.array(keep, dtype=bool)].reset_index(drop=True)


def _note_read(choice: Choice) -> None:
    forces = None if choice.forces is None else sorted(choice.forces)
    _note({"forces": forces, "start": choice.start, "end": choice.end})


def note_boundaries(found: dict) -> None:
    """Note that boundaries were read; found : as `boundaries.read_of` gives it."""
    _note({"boundaries": found})


def _note(read: dict) -> None:
    if path := os.environ.get(READS):
        with open(path, "a", encoding="utf-8") as log:
            log.write(json.dumps(read) + "\n")


def source_table(manifest: dict) -> pd.DataFrame:
    """All sources of a manifest, as `sources` gives them."""
    rows = [
        source | {"synthetic": entry["synthetic"]}
        for entry in manifest["units"].values()
        for source in entry["sources"]
    ]
    return pd.DataFrame(rows, columns=[*_SOURCE, "synthetic"])


def state(source: dict) -> tuple:
    """What a source of the manifest says of the state of its file, as `find.RawFile.state`."""
    return source["path"], source["size"], source["mtime_ns"], source.get("crc32")


# --- for refresh -----------------------------------------------------------------------------------------------------


def manifest(processed) -> dict:
    """{"package": version, "units": {"force/year": {file, rules, synthetic, rows, sources: [...]}}}; empty if none.

    Units may be taken out and put in; what is in them is not to be changed, for others are given it too.
    """
    processed = Path(processed).absolute()
    found = _manifest(processed, state_of(processed))
    return found | {"units": dict(found["units"])}


@lru_cache(maxsize=1)  # a report asks six times, and to parse that of a nation takes 40 ms
def _manifest(processed: Path, state: tuple | None) -> dict:
    """The manifest in one of its states."""
    try:
        found = json.loads((processed / MANIFEST).read_text(encoding="utf-8"))
        whole = all(entry.keys() >= _UNIT for entry in found["units"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        whole = False
    return found if whole else {"units": {}}  # none yet, or damaged: all is made again from raw


def unit_files(processed: Path) -> set[str]:
    """The files in the folder of units, as the manifest names them."""
    return {f"records/{path.name}" for path in (processed / "records").glob("*")}


def write_manifest(processed: Path, manifest: dict, kept: Iterable[str] = ()) -> None:
    """Replace the manifest.

    kept : units that are as in the manifest that is replaced: their lines are taken from there.
    """
    # A line a unit: the whole with an indent would be written by Python, and take a second for a national extract.
    lines = _lines(processed / MANIFEST)
    lines = {unit: lines[unit] for unit in kept if unit in lines}
    units = ",\n".join(
        lines.get(unit) or f"{json.dumps(unit)}: {json.dumps(entry)}"
        for unit, entry in sorted(manifest["units"].items())
    )
    text = f'{{"package": {json.dumps(metadata.version("sas-analysis"))}, "units": {{\n{units}\n}}}}\n'
    write_whole(processed / MANIFEST, text)


def _lines(path: Path) -> dict[str, str]:
    """The line of each unit in a manifest; none where it is not there, or not laid out in this way."""
    if not path.exists():
        return {}
    lines = (line.removesuffix(",") for line in path.read_text(encoding="utf-8").split("\n"))
    return {line[1:].partition('"')[0]: line for line in lines if line.startswith('"') and line.endswith("}")}


def write_unit(table: pa.Table, path: Path, never_missing: Iterable[str] = ()) -> None:
    """Write a unit's Parquet file, whole or not at all.

    never_missing : columns without a missing value; saying so saves a seventh of the writing.
    """
    fields = [field.with_nullable(field.name not in never_missing) for field in table.schema]
    table = pa.table(table.columns, schema=pa.schema(fields, table.schema.metadata))
    content = pa.BufferOutputStream()  # a few megabytes at most: in one piece, because pieces cost as much as all else
    pq.write_table(table, content, **_FORMAT, use_dictionary=[n for n in table.column_names if n not in _DELTA])
    write_whole(path, memoryview(content.getvalue()))


def sweep(processed: Path, manifest: dict) -> None:
    """Delete what no unit of the manifest points to: superseded units and the remains of a killed run."""
    current = {entry["file"] for entry in manifest["units"].values()}
    for path in (processed / "records").glob("*"):
        if _FILES.fullmatch(path.name) and f"records/{path.name}" not in current:
            path.unlink(missing_ok=True)


@contextmanager
def writing(processed: Path):
    """Hold a folder of processed data for writing: one writer at a time, and what fails is said in words."""
    try:
        (processed / "records").mkdir(parents=True, exist_ok=True)
        with FileLock(processed / ".lock", timeout=_LOCK_SECONDS):
            yield
    except Timeout as error:
        raise DataError(f"another run has been cleaning into {processed} for an hour; wait for it or end it") from error
    except OSError as error:
        raise DataError(
            f"cannot write processed data to {processed} ({error.strerror or error}); what was there is unchanged: "
            "free some space, or choose another folder with --processed"
        ) from error
