"""Whether a report is what it says: is its folder as it was made, and do its figures come out again?"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sas_analysis.errors import ParameterError, ReconciliationError, RunError, VerificationError
from sas_analysis.reports.check import untrusted
from sas_analysis.reports.check.compare import RTOL, Comparison, compare
from sas_analysis.reports.check.input_differences import revision
from sas_analysis.reports.many.staleness import CRATE, RECORD
from sas_analysis.reports.one.parameters import RESERVED
from sas_analysis.reports.one.provenance import read as read_record


@dataclass
class Verification:
    """altered : faults of the stored folder, as `is_whole` gives them. comparison : stored against made again."""

    altered: list[str]
    comparison: Comparison

    @property
    def agrees(self) -> bool:
        """Whether every table came out again."""
        return self.comparison.agrees

    @property
    def as_recorded(self) -> bool:
        """Whether that was shown of the stored files, with the data, code and parameters of the record."""
        return not self.altered and not self.comparison.reasons.keys() & {"data", "history", "code", "parameters"}

    def check(self) -> None:
        """Raise ReconciliationError if a figure differs, VerificationError if what made them does."""
        if not self.agrees:
            raise ReconciliationError("not verified: the figures do not come out again")
        if not self.as_recorded:
            raise VerificationError("the figures come out again, but not from what the record says")


def is_whole(folder) -> list[str]:
    """What is wrong with a report's folder as it lies, by the hashes in run.json and in the crate; [] if nothing is.

    A file changed, missing or added is a fault; nothing is executed. It tells accidents and edits, not a forger,
    who can write the hashes anew: against that, keep the hash of run.json elsewhere, or `verify`.
    Raises RunError if the folder has no readable run.json.
    """
    folder = Path(folder)
    record = read_record(folder)
    if not record.get("outputs"):
        return [f"{RECORD} has no hashes of the outputs: made by an earlier version, or not finished"]
    stored = {file["path"]: file["sha256"] for file in record["outputs"]}
    stored |= _hash_of_record(folder)
    there, odd = _hashes(folder)
    faults = [f"{path} is missing" for path in stored if path not in there]
    faults += [f"{path} was added after the run" for path in there if path not in stored and path != RECORD]
    faults += [f"{path} was changed after the run" for path in stored if path in there and there[path] != stored[path]]
    if RECORD not in stored:
        faults.append(f"{CRATE} is missing or damaged")
    return sorted([*faults, *odd])


def _hashes(folder: Path) -> tuple[dict[str, str], list[str]]:
    """The hash of each file, but the crate; and what is in the folder and cannot be a part of a report."""
    regular, other = untrusted.files_in(folder)
    there, odd = {}, [f"{_within(path, folder)} is a link, a device or a pipe" for path in other]
    for path in regular:
        try:
            there |= {_within(path, folder): untrusted.sha256_of(path)} if path.name != CRATE else {}
        except (OSError, untrusted.NotTaken) as error:
            odd.append(f"{_within(path, folder)} is not read: {error}")
    return there, odd


def _within(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _hash_of_record(folder: Path) -> dict[str, str]:
    """The hash of run.json, which only the crate can hold; {} if the crate is missing or damaged."""
    try:
        graph = untrusted.read_json(folder / CRATE)["@graph"]
        return {RECORD: next(entity["sha256"] for entity in graph if entity["@id"] == RECORD)}
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return {}


def verify(
    folder,
    *,
    raw=None,
    processed=None,
    boundaries=None,
    rtol: float = RTOL,
    progress: Callable[[str], None] | None = None,
) -> Verification:
    """Make a report again from its own record, in a temporary place, and compare every table with the stored one.

    raw : folder of the publisher's files; if None the one the record names, looked for here and above the report.
    processed : cleaned records to use; if None they are made again from raw, so that nothing but the raw files is
    trusted. boundaries : file or folder of them; those the record names if None. rtol : relative tolerance of numbers
    with a fraction; whole numbers and texts must be equal. The stored folder is only read.
    Raises RunError if it is no report, and whatever `run_report` raises if it cannot be made again.
    """
    from sas_analysis.reports.one.run import run_report

    folder = Path(folder)
    record, altered = read_record(folder), is_whole(folder)
    asked = record["parameters"]
    elsewhere = {"boundaries": str(boundaries)} if boundaries and "boundaries" in asked else {}
    with tempfile.TemporaryDirectory(prefix="sas-analysis-verify-") as place, _of_another_version(record):
        made = run_report(
            record["report"],
            forces=asked["forces"],
            start=asked["start"],
            end=asked["end"],
            parameters={name: value for name, value in asked.items() if name not in RESERVED} | elsewhere,
            raw=raw or _raw_of(record, folder),
            processed=processed or Path(place, "processed"),
            out=Path(place, "reports"),
            progress=progress,
        )
        return Verification(altered, compare(folder, made, rtol))


def _raw_of(record: dict, folder: Path) -> Path:
    """The folder of raw files that a record names: from here, or from a folder above this one or above the report.

    A record names it as it was seen from where the report was made, or by its last part where it lay elsewhere.
    The first that has a file of the record is taken. Raises RunError if there is none.
    """
    named, here = Path(record["parameters"]["raw"]), Path.cwd()
    if named.is_absolute():
        raise RunError(f'the record names its raw files as "{named}", as no run does; name their folder with --raw')
    files = [PurePosixPath(file["path"]) for file in record["data"]["files"]]
    first = {file.parts[0] for file in files if file.parts and file.parts[0] not in ("/", "..")}
    for place in dict.fromkeys([here, *here.parents, *folder.absolute().parents]):
        if (place / named).is_file() or any((place / named / name).exists() for name in first):
            return place / named  # a file is an archive of them
    if (here / named).exists() and ".." not in named.parts:
        return here / named
    raise RunError(f'the raw files were in "{named}", and are not there, here or above the report; name it with --raw')


@contextmanager
def _of_another_version(record: dict) -> Iterator[None]:
    """A report or parameter that this version does not know is not the user's mistake."""
    try:
        yield
    except ParameterError as error:
        raise RunError(
            f"this version cannot make the report again: {error}\nIt was made by version {record['version']}, "
            f"revision {revision(record)}; install that one, and verify with it"
        ) from error
