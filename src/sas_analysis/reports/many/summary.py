"""batch.json: how a batch went, report by report; of an array of batches one for all parts."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from sas_analysis.errors import DataError, ParameterError, ReconciliationError, RunError, SasError, UnknownLabelError
from sas_analysis.files import write_whole
from sas_analysis.reports.many.parts import Part, share

SUMMARY = "batch.json"
# Of several kinds of failure the exit code is the first's here: doubt about a figure goes before absence.
PRECEDENCE = [
    kind.exit_code for kind in (ReconciliationError, DataError, UnknownLabelError, ParameterError, SasError, RunError)
]


@dataclass
class Outcome:
    """How one job went. state : one of `batch.STATES`. reason : why it was made, or why it failed."""

    folder: str
    state: str = "not begun"
    exit_code: int = 0
    reason: str = ""
    seconds: float | None = None
    attempts: int = 0

    @property
    def facts(self) -> dict:
        """All of it but the folder, as batch.json has it."""
        return {name: value for name, value in vars(self).items() if name != "folder"}


def exit_code(outcomes: Sequence[Outcome], *, allow_contradicted: bool = False) -> int:
    """0, or the code of the gravest failure; see `PRECEDENCE`.

    allow_contradicted : whether a report that is made, and says that official statistics contradict it, is none.
    """
    grave = ("failed",) if allow_contradicted else ("failed", "contradicted")
    codes = {outcome.exit_code for outcome in outcomes if outcome.state in grave}
    return next((code for code in PRECEDENCE if code in codes), 0)


def code_told(outcomes: Sequence[Outcome]) -> int | None:
    """The exit code as batch.json and the log have it: None while a report is not begun, for 0 says that all are there.

    A batch that was interrupted ends with the code of that, which it does not know itself.
    """
    return None if any(outcome.state == "not begun" for outcome in outcomes) else exit_code(outcomes)


def write(path: Path, outcomes: Sequence[Outcome], started: str, **more) -> None:
    """Write how a batch went, whole or not at all; a full disk is no reason to end one."""
    told = {
        "started": started,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "exit_code": code_told(outcomes),
        "counts": Counter(outcome.state for outcome in outcomes),
        **more,
        "reports": {outcome.folder: outcome.facts for outcome in outcomes},
    }
    with suppress(OSError):
        write_whole(path, json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def part_file(out: Path, part: Part) -> Path:
    """Where a part says how it went."""
    return out / ".batch" / "parts" / f"{part.name}.json"


def combine(out: Path, jobs: list, of: int) -> tuple[list[Outcome], list[int]]:
    """Write OUT/batch.json over all parts; how each job went, in the file's order, and the parts that did not end.

    jobs : all of the matrix file. of : how many parts there are. What no part has told is not begun.
    """
    found, left, started = {}, [], ""
    with FileLock(out / ".batch" / "summary.lock", timeout=60):
        for number in range(1, of + 1):
            part = Part(number, of)
            mine = {job.folder for job in share(jobs, part)}
            told = _told(part_file(out, part))
            if mine and not told.get("ended"):
                left.append(number)
            started = min(filter(None, (started, told.get("started"))), default="")
            known = told.get("reports", {})
            found |= {folder: Outcome(folder, **known[folder]) for folder in mine if folder in known}
        outcomes = [found.get(job.folder, Outcome(job.folder)) for job in jobs]
        write(out / SUMMARY, outcomes, started, parts={"of": of, "left": left})
    return outcomes, left


def _told(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
