"""One job of a batch, in a process of its own: made, left as it is where it is current, or failed with the reason.

`python -m sas_analysis.reports.workers.task` reads a task (JSON) from standard input and writes its result to standard
output; that is how a job runs where processes cannot be forked.
"""

import errno
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sas_analysis.errors import ReconciliationError, RunError, SasError, TransientError, plain
from sas_analysis.reports.many.matrix import Job
from sas_analysis.reports.many.staleness import RECORD, Inventory, why_stale

# What a busy machine or a file server says, and may not say the next time.
_PASSING = {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE}
_PASSING |= {errno.ETIMEDOUT}

NO_MEMORY = "memory ran out: make fewer reports at once (--jobs), or give them more memory"


def make(task: dict, kernel=None) -> dict:
    """Make the report of a task, and say how it went.

    task : as `matrix.as_task` gives it, with `raw`, `processed`, `out`, `strict` and `force` (make it even if it is
    current). kernel : see `execute.execute`.
    Returns `state` (made, current, contradicted, failed), `exit_code`, `reason`, `transient` (whether another attempt
    may help) and `seconds`. Raises nothing.
    """
    started = time.monotonic()
    try:
        with _time_limit(task["timeout"]):
            state, code, reason, transient = *_make(task, kernel), False
    except ReconciliationError as error:  # the report was made, and shows it
        state, code, reason, transient = "contradicted", error.exit_code, str(error), False
    except SasError as error:
        state, code, reason, transient = "failed", error.exit_code, str(error), is_transient(error)
    except MemoryError:
        traceback.print_exc()
        state, code, reason, transient = "failed", RunError.exit_code, NO_MEMORY, True
    except BaseException as error:
        traceback.print_exc()  # to the job's log
        state, code, transient = "failed", SasError.exit_code, is_transient(error)
        reason = f"an error in this program: {type(error).__name__}: {error}"
    seconds = round(time.monotonic() - started, 3)
    return {"state": state, "exit_code": code, "reason": reason, "transient": transient, "seconds": seconds}


def _make(task: dict, kernel) -> tuple[str, int, str]:
    from sas_analysis.reports.one.run import run_report

    names = ("name", "forces", "start", "end", "parameters", "label", "timeout")
    job, out = Job(*(task[name] for name in names)), Path(task["out"])
    inventory = Inventory(task["raw"], task["processed"])
    # Another worker may have made it just now: a scheduler that lost a worker runs again what that one had finished.
    asked = {"values": job.values(inventory), "notebook": job.notebook, "inventory": inventory}
    why = why_stale(out / job.folder, **asked, strict=task["strict"])
    if not why and not task["force"]:
        found = current(out / job.folder, task["strict"])
        return found["state"], found["exit_code"], found["reason"]
    run_report(
        job.name,
        forces=job.forces,
        start=job.start,
        end=job.end,
        parameters=job.parameters,
        label=job.label,
        raw=task["raw"],
        processed=task["processed"],
        out=out,
        strict=task["strict"],
        progress=lambda message: print(plain(message), flush=True),
        kernel=kernel,
    )
    return "made", 0, why or "asked for"


def current(report: Path, strict: bool) -> dict:
    """`state`, `exit_code` and `reason` of a report that is current; strict asks if its records are contradicted."""
    said = json.loads((report / RECORD).read_text(encoding="utf-8"))["contradicted"] if strict else ""
    if said:
        return {"state": "contradicted", "exit_code": ReconciliationError.exit_code, "reason": said}
    return {"state": "current", "exit_code": 0, "reason": ""}


def is_transient(error: BaseException) -> bool:
    """Whether what failed may succeed when tried again; an error of the notebook's own never does."""
    cause = error.__cause__ if isinstance(error, RunError) else error
    return isinstance(error, TransientError) or (isinstance(cause, OSError) and cause.errno in _PASSING)


@contextmanager
def _time_limit(seconds: float | None) -> Iterator[None]:
    """End what takes longer, so that its notebook is saved as far as it came."""
    if not seconds or not hasattr(signal, "setitimer"):
        yield  # whoever started this process ends it
        return

    def stop(number, frame):
        from sas_analysis.reports.one.execute import OutOfTime

        raise OutOfTime(out_of_time(seconds))

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except KeyboardInterrupt as error:
        raise RunError(str(error)) from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def out_of_time(seconds: float) -> str:
    """Why a run was ended."""
    return f"stopped: it took longer than its time limit of {seconds:g} s"


if __name__ == "__main__":
    task = json.load(sys.stdin)
    results = os.dup(1)  # what is printed goes where errors go
    os.dup2(2, 1)
    os.write(results, json.dumps(make(task)).encode())
