"""Whether a worker elsewhere sees the folders of the batch: a mark is left in those that can be written.

A worker whose OUT is its own disk would say that it made a report, and there would be none.
"""

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_PATIENCE = 20  # seconds in which a file server shows on one machine what another has written


def mark(task: dict) -> dict:
    """Leave a mark in OUT and PROCESSED of a task; what `fault` needs to look for it elsewhere."""
    name, marks = f".shared-{os.getpid()}-{uuid4().hex[:8]}", {}
    for kind in ("out", "processed"):
        path = Path(task[kind]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        marks[kind] = str(path)
    return {"marks": marks, "raw": task["raw"], "listing": listing(Path(task["raw"]))}


def wipe(marks: dict | None) -> None:
    """Take the marks away."""
    for path in (marks or {"marks": {}})["marks"].values():
        with suppress(OSError):
            Path(path).unlink()


def fault(told: dict, patience: float = _PATIENCE) -> str:
    """Which folder is not the batch's on this machine, and what to do; empty if all are."""
    until = time.monotonic() + patience
    for kind, path in told["marks"].items():
        while not os.path.exists(path):
            if time.monotonic() > until:
                return _not_shared(kind, Path(path).parent)
            time.sleep(0.5)
            with suppress(OSError):
                os.listdir(Path(path).parent)  # makes a file server look again
    return _not_shared("raw", Path(told["raw"])) if listing(Path(told["raw"])) != told["listing"] else ""


def _not_shared(kind: str, folder: Path) -> str:
    return (
        f"{folder} ({kind.upper()}) is not the folder of the batch; RAW, PROCESSED and OUT must be on a file system "
        "that all machines share, under the same paths"
    )


def listing(raw: Path) -> str:
    """One hash over names and sizes of the publisher's files in a folder or an archive."""
    from sas_analysis.records.find import find_files

    files = find_files(raw)[0] if raw.exists() else []
    lines = sorted(f"{file.relative} {file.size}" for file in files)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
