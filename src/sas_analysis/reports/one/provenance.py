"""What a report was made from and with: the content of run.json.

It names no machine and no person: folders outside the working directory are given by their last part only.
"""

import json
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

import pandas as pd

from sas_analysis.errors import RunError
from sas_analysis.files import sha256_of, write_whole
from sas_analysis.records import store
from sas_analysis.reports.check import untrusted
from sas_analysis.reports.many.staleness import RECORD, code_sha256, digest, libraries, shown


def describe_data(sources: pd.DataFrame, history: pd.DataFrame) -> dict:
    """The input files of a report and one hash over all of them; and the same of the files it was judged by.

    sources : as `store.sources` gives them, of the forces and months of the report. history : of the same forces' other
    months, by which the audit judges these; a file that was refused is none of them.
    A hash is of the lines "<sha256>  <path>" in order of path, each with its line end.
    """
    files, others = _files(sources), _files(history[history["problem"].isna()])
    return {
        "synthetic": bool(sources["synthetic"].any()),
        "sha256": _digest(files),
        "rows": sum(file["rows"] for file in files),
        "files": files,
        "history_sha256": _digest(others),
        "history": others,
    }


def _digest(files: list[dict]) -> str:
    return digest({file["path"]: file["sha256"] for file in files})


def _files(sources: pd.DataFrame) -> list[dict]:
    return sources.sort_values("path")[["path", "sha256", "rows"]].to_dict("records")


def reads(log: Path, own: dict, processed: Path) -> dict:
    """What a notebook read of the processed data, and one hash over the raw files behind it.

    log : written by `store` while the notebook ran, a line a read; own : the choice of the report itself. Both are
    `forces`, `start`, `end`, where None is all: an audit reads a force's other months too, and a report must be made
    again when one of those changes. `boundaries` : what was read of boundary files (`boundaries.read_of`), or None.
    """
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    noted = [json.loads(line) for line in dict.fromkeys(lines)]
    placed = [line["boundaries"] for line in noted if "boundaries" in line]
    choices = [own, *(line for line in noted if "boundaries" not in line)]
    choices = [choice for number, choice in enumerate(choices) if choice not in choices[:number]]
    chosen = pd.concat([store.sources(processed, **choice) for choice in choices])
    hashes = chosen["sha256"].astype(object).where(chosen["sha256"].notna(), None)  # a refused file has none
    files = dict(zip(chosen["path"], hashes, strict=True))
    return {"choices": choices, "sha256": digest(files), "boundaries": placed[-1] if placed else None}


def record(
    report: str,
    notebook: Path,
    parameters: Mapping[str, object],
    *,
    data: dict,
    reads: dict | None = None,
    inputs: dict | None = None,
    unseen: pd.DataFrame,
    unread: pd.DataFrame | None = None,
    started: datetime,
    exit_status: int,
    error: str | None = None,
    contradicted: str = "",
    headline: dict | None = None,
) -> dict:
    """The provenance of one run, ready for `write`. Times are UTC; `finished` is now.

    parameters : all that the notebook ran with, defaults included; folders as Path. contradicted : what official
    statistics contradict in the records, in words. inputs : hashes of the files that parameters name, by parameter.
    headline : what the first screen says (answer, cards, trust), as `blocks.headline_of`, for the index of reports.
    reads : as `reads` gives it. unseen, unread : as `refresh.update` gives them. `outputs` is for the caller to fill,
    with `describe_outputs`, when all else is written.
    """
    finished = datetime.now(UTC)
    return {
        "report": report,
        "exit_status": exit_status,
        "error": error,
        "contradicted": contradicted,
        **({"answer": "", "cards": [], "trust": []} | (headline or {})),
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "duration_s": round((finished - started).total_seconds(), 2),
        "parameters": {name: shown(value) for name, value in parameters.items()},
        "seeds": {name: value for name, value in parameters.items() if name == "seed" or name.endswith("_seed")},
        "data": data,
        "reads": reads,
        "inputs": inputs or {},
        "unseen_labels": unseen.to_dict("records"),
        "unread_dates": [] if unread is None else unread.to_dict("records"),
        "notebook": {"name": notebook.name, "sha256": sha256_of(notebook)},
        "version": version(),
        "git": _revision(),
        "code_sha256": code_sha256(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "libraries": libraries(),
        "outputs": [],
    }


def write(provenance: dict, path: Path) -> None:
    """Write run.json, whole or not at all."""
    write_whole(path, json.dumps(provenance, indent=1, ensure_ascii=False) + "\n")


_NEEDED = (
    *("report", "parameters.forces", "parameters.start", "parameters.end", "parameters.raw", "data.files"),
    *("notebook", "libraries", "python", "version"),
)


def read(folder: Path) -> dict:
    """The content of a report's run.json, which may be a stranger's. Raises RunError if it cannot be taken for one."""
    try:
        return untrusted.record_of(folder, _NEEDED)
    except (OSError, untrusted.NotTaken) as error:
        told = error.strerror if isinstance(error, OSError) else error
        raise RunError(
            f"{folder} is no report, or its {RECORD} is damaged ({told}); "
            "name the folder that has report.html and run.json"
        ) from error


def version() -> str:
    """The version of this package."""
    try:
        return metadata.version("sas-analysis")
    except metadata.PackageNotFoundError:
        return "not installed"


@cache
def _revision() -> dict | None:
    """The git revision of the checkout this code runs from; None if it does not run from one."""
    root = Path(__file__).parents[4]
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
