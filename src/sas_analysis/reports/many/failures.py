"""What OUT keeps of runs that failed: a log, and a record that the index of reports can read.

A run that failed in its notebook has left its own record and notebook there. One that failed before (no records, a raw
file that is refused), was killed or ran out of memory has left none, and the index would show the report before it as
if all were well.
"""

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sas_analysis.files import write_whole
from sas_analysis.reports.many.staleness import RECORD
from sas_analysis.reports.one.naming import FAILED

_LONGEST = 300  # characters of a reason in one line


def in_one_line(reason: str) -> str:
    """A reason in one line: its first, with the indented lines that belong to it; " ..." for what is left out.

    Examples
    --------
    >>> in_one_line("raw files are refused:\\n  essex.csv: it is empty; download it again")
    'raw files are refused: essex.csv: it is empty; download it again'
    >>> in_one_line("no records\\n  essex is there\\nthe notebook is kept")
    'no records; essex is there ...'
    """
    first, *more = reason.split("\n")
    said, left = first, bool(more)
    for number, line in enumerate(more, start=1):
        joined = f"{said}{' ' if said.endswith(':') else '; '}{line.strip()}"
        if not line.startswith(" ") or len(joined) > _LONGEST:
            break
        said, left = joined, number < len(more)
    return f"{said} ..." if left else said


def mark(folder: Path) -> int | None:
    """What tells one record of a failed run from the next; None where there is none."""
    try:
        return (folder / RECORD).stat().st_mtime_ns
    except OSError:
        return None


def keep(folder: Path, log: Path, reason: str, *, record: Mapping | None) -> None:
    """Keep the log of a failed run with the reason, and its record, where it has left none of its own.

    folder : its folder in `.failed`. record : what `record_of` gives; None where the run has left its own.
    """
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if log.exists():
            shutil.copyfile(log, folder / "log.txt")
        with open(folder / "log.txt", "a", encoding="utf-8") as file:
            file.write(f"\n{reason}\n")
        if record is not None:
            (folder / "report.ipynb").unlink(missing_ok=True)  # of another failure than the one that is told
            write_whole(folder / RECORD, json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n")


def record_of(report: str, values: Mapping[str, object], *, code: int, reason: str, synthetic: bool) -> dict:
    """What the index reads of a run that has left no record. values : the parameters it was asked to run with."""
    return {
        "report": report,
        "exit_status": code,
        "error": reason,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": dict(values),
        "data": {"rows": 0, "synthetic": synthetic, "files": []},
    }


def forget(out: Path, report: str) -> bool:
    """Let go what is kept of a failed run of a report that is there and current; whether there was any."""
    kept = out / FAILED / report
    if not kept.exists():
        return False
    shutil.rmtree(kept, ignore_errors=True)
    with suppress(OSError):
        kept.parent.rmdir()
    return True
