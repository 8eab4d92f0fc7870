"""Many reports in one go: what is current is left alone, each other one is made in a process of its own.

What is in OUT beside the reports:

    batch.json                how the last batch went, report by report
    .batch/lock               held while a batch is running; a second one ends with an error
    .batch/logs/              what the reports being made print
    .failed/NAME_.../         notebook, run.json and log.txt of a run that failed
"""

import json
import os
import shutil
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from sas_analysis.errors import DataError, ParameterError, ReconciliationError, RunError, SasError, UnknownLabelError
from sas_analysis.files import write_whole
from sas_analysis.reports.many.index import INDEX, write_index
from sas_analysis.reports.many.matrix import Job, as_task, chosen, read_matrix
from sas_analysis.reports.many.staleness import Inventory, why_stale
from sas_analysis.reports.workers import pool
from sas_analysis.reports.workers.task import current

BUSY = 75  # EX_TEMPFAIL of sysexits: another batch is running in OUT
# Of several kinds of failure the exit code is the first's here: doubt about a figure goes before absence.
PRECEDENCE = [
    kind.exit_code for kind in (ReconciliationError, DataError, UnknownLabelError, ParameterError, SasError, RunError)
]
# contradicted: made or current, and official statistics contradict its records (strict)
STATES = ("made", "current", "contradicted", "failed", "to make", "not begun")
_PAUSE = 0.5  # seconds before a second attempt, and twice as long before each further one


@dataclass
class Outcome:
    """How one job went. state : one of `STATES`. reason : why it was made, or why it failed."""

    folder: str
    state: str = "not begun"
    exit_code: int = 0
    reason: str = ""
    seconds: float | None = None
    attempts: int = 0


@dataclass
class Options:
    """How a batch is run. jobs : how many reports at once. timeout : seconds a report may take, where it says none.

    fresh : start a fresh interpreter for each report, and fork none: slower, and the same reports.

    scheduler : None, the address of a Dask scheduler, or "slurm". worker_timeout : seconds that a cluster may be
    without a worker. log : a file that gets a line of JSON per event.
    on_end : called with (outcome, how many ended, of how many) when a job ends. warn : called with a warning's text.
    """

    raw: Path = Path("data/raw")
    processed: Path = Path("data/processed")
    out: Path = Path("reports")
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    fresh: bool = False
    scheduler: str | None = None
    worker_timeout: float = 3600
    only: Sequence[str] = ()
    force: bool = False
    strict: bool = False
    dry_run: bool = False
    timeout: float | None = None
    retries: int = 2
    log: Path | None = None
    on_end: Callable[[Outcome, int, int], None] = lambda outcome, done, of: None
    warn: Callable[[str], None] = lambda text: None

    def __post_init__(self):
        self.raw, self.processed, self.out = (Path(path).absolute() for path in (self.raw, self.processed, self.out))


class Busy(RunError):
    """Another batch is running in the same place."""

    exit_code = BUSY


def run_batch(matrix, options: Options) -> list[Outcome]:
    """Make the reports of a matrix file, and return how each went, in its order.

    Raises ParameterError for what is wrong with the file, Busy if another batch is running in OUT, RunError if OUT
    cannot be written or there is no such scheduler. A job that fails raises nothing.
    """
    inventory = Inventory(options.raw, options.processed)
    jobs = chosen(read_matrix(matrix, inventory), list(options.only))
    if options.dry_run:
        return [_planned(job, options, inventory) for job in jobs]
    folder = options.out / ".batch"
    try:
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock", timeout=0):
            return _Batch(jobs, options).run(inventory)
    except Timeout as error:
        raise Busy(f"another batch is running in {options.out}; run this one later") from error
    except OSError as error:
        raise RunError(f"the batch stopped ({error}); earlier reports are unchanged") from error


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0, or the code of the gravest failure; see `PRECEDENCE`."""
    codes = {outcome.exit_code for outcome in outcomes if outcome.state in ("failed", "contradicted")}
    return next((code for code in PRECEDENCE if code in codes), 0)


def _planned(job: Job, options: Options, inventory: Inventory) -> Outcome:
    why = _why(job, options, inventory)
    return Outcome(job.folder, "to make" if why else "current", reason=why)


def _why(job: Job, options: Options, inventory: Inventory) -> str:
    asked = {"values": job.values(inventory), "notebook": job.notebook, "inventory": inventory}
    return why_stale(options.out / job.folder, **asked, strict=options.strict) or ("asked for" if options.force else "")


def longest_first(jobs: list[Job]) -> list[Job]:
    """The jobs in the order to begin them, so that no long one is left to run alone at the end.

    Many forces take longer than one, and a notebook of many cells longer than one of few; otherwise in their order.
    """
    return sorted(jobs, key=lambda job: (job.forces == ["all"], len(job.forces), job.cells), reverse=True)


class _Batch:
    """A running batch: its outcomes so far, and its log."""

    def __init__(self, jobs: list[Job], options: Options):
        self._options, self._started = options, datetime.now(UTC)
        self._jobs = {job.folder: job for job in jobs}
        self._outcomes = {job.folder: Outcome(job.folder) for job in jobs}
        self._over = 0
        self._log = open(options.log, "a", encoding="utf-8") if options.log else None  # noqa: SIM115

    def run(self, inventory: Inventory) -> list[Outcome]:
        self._note("batch", reports=len(self._jobs))
        try:
            stale = self._stale(inventory)
            if stale:
                self._make(longest_first(stale))
        finally:
            self._write_summary()
            self._note("end", exit_code=exit_code(list(self._outcomes.values())))
            if self._log:
                self._log.close()
        self._index()
        return list(self._outcomes.values())

    def _index(self) -> None:
        """Renew the index page, whatever came of the batch; it can be made by hand, so nothing hangs on it."""
        if (self._options.out / INDEX).exists() and all(o.state == "current" for o in self._outcomes.values()):
            return
        with suppress(RunError):
            write_index(self._options.out)

    def _stale(self, inventory: Inventory) -> list[Job]:
        stale = []
        for folder, job in self._jobs.items():
            if _why(job, self._options, inventory):
                stale.append(job)
            else:
                self._end(folder, current(self._options.out / folder, self._options.strict) | {"seconds": 0.0})
        return stale

    def _make(self, jobs: list[Job]) -> None:
        errors = open(self._options.out / ".batch" / "logs" / "warm-parent.txt", "wb")  # noqa: SIM115
        with errors:
            crew = self._crew(errors, len(jobs))
            try:
                _update_data(jobs, self._options)  # the warm parent imports meanwhile
                self._work_off(crew, deque((0.0, job.folder) for job in jobs))
            except pool.NoWarmParent as error:
                crew.close()
                crew = pool.Fresh(errors)
                left = [folder for folder, outcome in self._outcomes.items() if outcome.state == "not begun"]
                for folder in left:
                    self._outcomes[folder].attempts = 0
                reason = f"each report starts a fresh Python, which takes longer: {error}"
                self._note("fallback", reason=reason)
                self._options.warn(f"{reason}. To start with that: --fresh-processes")
                self._work_off(crew, deque((0.0, folder) for folder in left))
            finally:
                crew.close()

    def _crew(self, errors, number: int):
        if self._options.scheduler:
            from sas_analysis.reports.workers.cluster import Cluster

            return Cluster(self._options.scheduler, self._options.jobs, self._options.worker_timeout)
        try:
            return pool.local(errors, self._options.fresh)
        except OSError as error:
            raise RunError(f"no process can be started here ({error})") from error

    def _work_off(self, crew, todo: deque) -> None:
        """todo : (not before, folder). A cluster queues by itself, so it gets all at once."""
        width = len(self._jobs) if self._options.scheduler else max(1, self._options.jobs)
        while todo or len(crew):
            ready = [item for item in todo if item[0] <= time.monotonic()]
            for item in ready[: width - len(crew)]:
                todo.remove(item)
                self._begin(crew, item[1])
            for folder, result in crew.poll(0.2 if todo else 1.0):
                attempts = self._outcomes[folder].attempts
                if result["state"] == "failed" and result["transient"] and attempts <= self._options.retries:
                    self._note("retry", report=folder, reason=result["reason"])
                    todo.append((time.monotonic() + _PAUSE * 2 ** (attempts - 1), folder))
                else:
                    self._end(folder, result)

    def _begin(self, crew, folder: str) -> None:
        job, options = self._jobs[folder], self._options
        self._outcomes[folder].attempts += 1
        self._note("begin", report=folder, attempt=self._outcomes[folder].attempts)
        places = {name: str(getattr(options, name)) for name in ("raw", "processed", "out")}
        task = as_task(job, **places, strict=options.strict, force=options.force, fresh=options.fresh)
        task |= {"timeout": job.timeout or options.timeout, "log": str(pool.log_of(options.out, folder))}
        crew.submit(folder, task)

    def _end(self, folder: str, result: dict) -> None:
        outcome = self._outcomes[folder]
        for name in ("state", "exit_code", "reason", "seconds"):
            setattr(outcome, name, result[name])
        log = pool.log_of(self._options.out, folder)
        if outcome.state == "failed":
            _keep_log(log, self._options.out / ".failed" / folder, outcome.reason)
        log.unlink(missing_ok=True)
        self._over += 1
        self._note("end of report", report=folder, **_shown(outcome))
        self._options.on_end(outcome, self._over, len(self._jobs))

    def _note(self, event: str, **facts) -> None:
        if self._log:
            line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event} | facts
            self._log.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._log.flush()

    def _write_summary(self) -> None:
        outcomes = list(self._outcomes.values())
        summary = {
            "started": self._started.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "exit_code": exit_code(outcomes),
            "counts": Counter(outcome.state for outcome in outcomes),
            "reports": {outcome.folder: _shown(outcome) for outcome in outcomes},
        }
        with suppress(OSError):  # a full disk; the reports are whole all the same, and the exit code is said
            text = json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
            write_whole(self._options.out / "batch.json", text)


def _shown(outcome: Outcome) -> dict:
    return {name: value for name, value in vars(outcome).items() if name != "folder"}


def _update_data(jobs: list[Job], options: Options) -> None:
    """Bring the processed data up to date once, so that no report has to; what is refused its report will say."""
    from sas_analysis.records import refresh

    forces = {force for job in jobs for force in job.forces}
    with suppress(DataError):  # all months, because the audit judges a month by the others of its force
        refresh.update(options.raw, options.processed, forces=None if "all" in forces else sorted(forces))


def _keep_log(log: Path, failed: Path, reason: str) -> None:
    with suppress(OSError):
        failed.mkdir(parents=True, exist_ok=True)
        if log.exists():
            shutil.copyfile(log, failed / "log.txt")
        with open(failed / "log.txt", "a", encoding="utf-8") as file:
            file.write(f"\n{reason}\n")
