"""What a report was made from and with: the content of run.json.

It names no machine and no person: folders outside the working directory are given by their last part only.
"""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

import pandas as pd

from sas_analysis.errors import RunError

# The two files of a report that say what it was made from, and hold the hashes of all others.
RECORD = "run.json"
CRATE = "ro-crate-metadata.json"
LIBRARIES = [
    *("ipykernel", "matplotlib", "nbconvert", "numpy", "pandas"),
    *("papermill", "pyarrow", "scipy", "seaborn", "statsmodels"),
]


def describe_data(sources: pd.DataFrame, history: pd.DataFrame) -> dict:
    """The input files of a report and one hash over all of them; and the same of the files it was judged by.

    sources : as `store.sources` gives them, of the forces and months of the report. history : of the same forces' other
    months, by which the audit judges these; a file that was refused is none of them.
    A hash is of the lines "<sha256>  <path>" in order of path, each with its line end.
    """
    files, others = _files(sources), _files(history[history["problem"].isna()])
    return {
        "synthetic": bool(sources["synthetic"].any()),
        "sha256": _hash_of_all(files),
        "rows": sum(file["rows"] for file in files),
        "files": files,
        "history_sha256": _hash_of_all(others),
        "history": others,
    }


def _files(sources: pd.DataFrame) -> list[dict]:
    return sources.sort_values("path")[["path", "sha256", "rows"]].to_dict("records")


def describe_outputs(folder: Path) -> list[dict]:
    """Every file of a report's folder with its hash and size, in order of path; not those that hold the hashes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in (RECORD, CRATE))
    return [
        {"path": path.relative_to(folder).as_posix(), "sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in paths
    ]


@cache
def code_sha256() -> str:
    """One hash over what figures are computed by: the package's Python and its tables (.py, .csv), line ends as LF.

    A checkout and an installed package of the same sources have the same; the notebook has a hash of its own.
    """
    package = Path(__file__).parents[1]
    paths = sorted(path for path in package.rglob("*") if path.suffix in (".py", ".csv"))
    return _hash_of_all(
        {
            "path": path.relative_to(package).as_posix(),
            "sha256": hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest(),
        }
        for path in paths
    )


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as it lies."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _hash_of_all(files: Iterable[dict]) -> str:
    """Of the lines "<sha256>  <path>", each with its line end."""
    lines = "".join(f"{file['sha256']}  {file['path']}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def record(
    report: str,
    notebook: Path,
    parameters: Mapping[str, object],
    *,
    data: dict,
    unseen: pd.DataFrame,
    started: datetime,
    exit_status: int,
    error: str | None = None,
) -> dict:
    """The provenance of one run, ready for `write`. Times are UTC; `finished` is now; `outputs` are to be filled in.

    parameters : all that the notebook ran with, defaults included; folders as Path.
    unseen : as `refresh.update` gives it.
    """
    finished = datetime.now(UTC)
    return {
        "report": report,
        "exit_status": exit_status,
        "error": error,
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "duration_s": round((finished - started).total_seconds(), 2),
        "parameters": {name: _shown(value) for name, value in parameters.items()},
        "seeds": {name: value for name, value in parameters.items() if name == "seed" or name.endswith("_seed")},
        "data": data,
        "unseen_labels": unseen.to_dict("records"),
        "notebook": {"name": notebook.name, "sha256": sha256_of(notebook)},
        "version": version(),
        "git": _revision(),
        "code_sha256": code_sha256(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "outputs": [],
    }


def write(provenance: dict, path: Path) -> None:
    """Write run.json, whole or not at all."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(provenance, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read(folder: Path) -> dict:
    """The content of a report's run.json. Raises RunError if there is none that can be read."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        record["report"], record["parameters"], record["data"]["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder} is no report, or its {RECORD} is damaged ({type(error).__name__}: {error}); "
            "name the folder that has report.html and run.json"
        ) from error
    return record


def version() -> str:
    """The version of this package."""
    try:
        return metadata.version("sas-analysis")
    except metadata.PackageNotFoundError:
        return "not installed"


def _shown(value: object) -> object:
    if not isinstance(value, Path):
        return value
    here = Path.cwd()
    return value.relative_to(here).as_posix() if value.is_relative_to(here) else value.name


def _revision() -> dict | None:
    """The git revision of the checkout this code runs from; None if it does not run from one."""
    root = Path(__file__).parents[3]
    if not (root / ".git").exists() or not (root / "pyproject.toml").exists():
        return None  # installed: a repository further up is someone else's
    try:
        revision, state = (
            subprocess.run(
                ["git", "--no-optional-locks", *command],
                cwd=root,
                check=True,
                capture_output=True,
                text=True,
                timeout=30,
            ).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        )
    except (OSError, subprocess.SubprocessError):
        return None  # no git here, or no commit yet
    return {"revision": revision, "dirty": bool(state)}
