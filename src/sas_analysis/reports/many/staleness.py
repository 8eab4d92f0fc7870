"""Whether a report is as it would be made now, judged by the least that must be read for it.

A report's run.json says what it was made from. It is current while all of that is the same: the report's parameters,
its notebook, the code of this package, the libraries, the records and boundaries its notebook read; and while its own
files are as they were written. Raw files are compared by size and time with the manifest, which has their hashes:
nothing large is opened but boundaries, once a process, and nothing slow imported.
"""

import json
import platform
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path

from sas_analysis.files import sha256, sha256_of
from sas_analysis.reports.one.input_files import files_of

# The two files of a report that say what it was made from, and hold the hashes of all others.
RECORD = "run.json"
CRATE = "ro-crate-metadata.json"
LIBRARIES = [
    *("ipykernel", "matplotlib", "nbconvert", "numpy", "pandas"),
    *("papermill", "pyarrow", "scipy", "seaborn", "statsmodels"),
]
_PACKAGE = Path(__file__).parents[2]


class Inventory:
    """The raw files there are now, each with the hash the manifest has for a file of that path, size and time."""

    def __init__(self, raw: Path, processed: Path):
        self._raw, self._processed = Path(raw), Path(processed)

    @cached_property
    def files(self) -> list[tuple[str, str, str, str | None]]:
        """(force, month, path, sha256) of each; "" where the manifest does not know the file, None if refused."""
        known = self._known()
        return [(f.force, f.month, f.relative, known.get(f.state, "")) for f in self._listed[0]]

    @cached_property
    def faults(self) -> list[str]:
        """Paths of files that are named like the publisher's, and cannot be taken for one of them."""
        return [fault.path for fault in self._listed[1]]

    @cached_property
    def synthetic(self) -> bool:
        """Whether the folder is a simulated extract."""
        from sas_analysis.records.find import is_synthetic

        return is_synthetic(self._raw)

    @cached_property
    def _listed(self):
        from sas_analysis.records.find import find_files  # without pandas

        return find_files(self._raw)

    def _known(self) -> dict[tuple, str | None]:
        # Not by `records.store`: it imports pandas, which takes longer than all that is done here.
        try:
            units = json.loads((self._processed / "manifest.json").read_text(encoding="utf-8"))["units"].values()
            here = [unit for unit in units if unit["raw"] == str(self._raw.resolve())]
            sources = [source for unit in here for source in unit["sources"]]
            return {
                (source["path"], source["size"], source["mtime_ns"], source.get("crc32")): source["sha256"]
                for source in sources
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}  # none yet, or damaged: everything is made again

    def forces(self, start: str = "", end: str = "9999-99") -> list[str]:
        """Forces with a file in some months."""
        return sorted({force for force, month, *_ in self.files if start <= month <= end})

    def months(self, force: str) -> list[str]:
        """Months a force has a file for."""
        return [month for who, month, *_ in self.files if who == force]

    def digest(self, choices: Iterable[Mapping]) -> str | None:
        """As `digest`, over the files of some choices (see `provenance.reads`); None if one of them is not known."""
        chosen = {path: sha for force, month, path, sha in self.files if _is_chosen(choices, force, month)}
        return None if "" in chosen.values() else digest(chosen)

    def same_boundaries(self, read: Mapping | None, boundaries: str) -> bool:
        """Whether the boundary files are those of a report. read : what it noted, or None if it read none."""
        from sas_analysis.reference.boundaries import digest as now

        return read is None or read["sha256"] == now(self._raw, boundaries, read["places"])

    def has_fault(self, forces: Iterable[str]) -> bool:
        """Whether a file of one of these forces has a name at fault, or a second file for its month."""
        from sas_analysis.records.naming import may_be_of

        return any(may_be_of(path, force) for path in self.faults for force in forces)


def _is_chosen(choices: Iterable[Mapping], force: str, month: str) -> bool:
    return any(
        (choice["forces"] is None or force in choice["forces"])
        and (choice["start"] or "") <= month <= (choice["end"] or "9999-99")
        for choice in choices
    )


def digest(files: Mapping[str, str | None]) -> str:
    """One hash over files, given as path -> hash: of the lines "<sha256>  <path>" in order of path."""
    lines = "".join(f"{files[path]}  {path}\n" for path in sorted(files))
    return sha256(lines.encode())


@cache
def code_sha256() -> str:
    """One hash over this package: its modules and the tables, crosswalks and templates it carries; not the notebooks.

    Line ends count as LF, so that a checkout and an installed package of the same sources have the same.
    """
    files = sorted(
        path
        for path in _PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".ipynb") and "__pycache__" not in path.parts
    )
    texts = {path.relative_to(_PACKAGE).as_posix(): path.read_bytes().replace(b"\r\n", b"\n") for path in files}
    return digest({name: sha256(text) for name, text in texts.items()})


@cache
def libraries() -> dict[str, str]:
    """Versions of what the numbers, figures and pages are made with."""
    return {name: metadata.version(name) for name in LIBRARIES}


def describe_outputs(folder: Path) -> list[dict]:
    """Every file of a report's folder with its hash and size, in order of path; not those that hold the hashes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in (RECORD, CRATE))
    return [
        {"path": path.relative_to(folder).as_posix(), "sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in paths
    ]


def why_stale(report: Path, *, values: Mapping, notebook: Path, inventory: Inventory, strict: bool = False) -> str:
    """Why a report must be made (again), in words; empty where it is current.

    report : its folder. values : all parameters it would run with, but for the folders. strict : whether a label
    never seen before counts as a reason.
    """
    try:
        record = json.loads((report / "run.json").read_text(encoding="utf-8"))
        written = (report / "run.json").stat().st_mtime_ns
        return _difference(record, values, notebook, inventory, strict) or _damage(report, record, written)
    except FileNotFoundError:
        return "it is not there"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "its run.json cannot be read"


def _difference(record: dict, values: Mapping, notebook: Path, inventory: Inventory, strict: bool) -> str:
    boundaries = values.get("boundaries") or ""
    values = dict(values) | ({"boundaries": shown(Path(boundaries).absolute())} if boundaries else {})
    made_with = {name: record["parameters"].get(name) for name in values}
    reasons = {
        "another version of the code made it": record["code_sha256"] == code_sha256(),
        "other libraries made it": (record["python"], record["libraries"]) == (platform.python_version(), libraries()),
        "its notebook changed": record["notebook"]["sha256"] == sha256_of(notebook),
        "its parameters changed": made_with == json.loads(json.dumps(values)),
        "the records changed": record["reads"]["sha256"] == inventory.digest(record["reads"]["choices"])
        and record["data"]["synthetic"] == inventory.synthetic
        and not inventory.has_fault(values["forces"]),
        "a file that a parameter names changed": record["inputs"] == hashes_of(files_of(values)),
        "the boundaries changed": inventory.same_boundaries(record["reads"]["boundaries"], boundaries),
        "it has labels that no crosswalk has": not (strict and record["unseen_labels"]),
        "it has dates that cannot be read": not (strict and record["unread_dates"]),
    }
    return next((reason for reason, is_as_it_was in reasons.items() if not is_as_it_was), "")


def hashes_of(files: Mapping[str, Path]) -> dict[str, str | None]:
    """The SHA-256 of each file; None if it cannot be read, which its notebook will say."""
    from sas_analysis.reference.boundaries import sha256_of as once

    return {name: once(path) for name, path in files.items()}


def shown(value: object) -> object:
    """A parameter as run.json has it: of a folder outside the working directory the last part only."""
    if not isinstance(value, Path):
        return value
    here = Path.cwd()
    return value.relative_to(here).as_posix() if value.is_relative_to(here) else value.name


def missing(report: Path) -> str:
    """What a report's folder lacks of what its run.json lists, in words; empty if it is whole."""
    try:
        outputs = json.loads((report / RECORD).read_text(encoding="utf-8"))["outputs"]
        lacking = [made["path"] for made in outputs if not (report / made["path"]).is_file()]
    except (OSError, ValueError, KeyError, TypeError):
        return f"{report.name} has no {RECORD} that can be read"
    return f"{lacking[0]} is missing" if lacking else ""


def _damage(report: Path, record: dict, written: int) -> str:
    """A file that is missing or changed. Only one touched after run.json, which is written last, is read for it."""
    for made in [*record["outputs"], {"path": CRATE}]:
        name = made["path"]
        try:
            found = (report / name).stat()
        except OSError:
            return f"{name} is missing"
        touched = found.st_mtime_ns > written
        if name != CRATE and (
            found.st_size != made["bytes"] or (touched and sha256_of(report / name) != made["sha256"])
        ):
            return f"{name} was changed"
    return ""
