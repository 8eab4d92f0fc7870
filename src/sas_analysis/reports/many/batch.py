"""Many reports in one go: what is current is left alone, each other one is made in a process of its own.

What is in OUT beside the reports:

    batch.json                how the last batch went, report by report
    .batch/lock               held while a batch is running; a second one ends with an error
    .batch/logs/              what the reports being made print
    .batch/parts/             locks and summaries of the parts of an array, see `parts`
    .failed/NAME_.../         log.txt and run.json of a run that failed, and its notebook where it began
"""

import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from filelock import Timeout

from sas_analysis.errors import DataError, RunError
from sas_analysis.processes import cores
from sas_analysis.reports.many import failures, summary
from sas_analysis.reports.many.events import EventLog
from sas_analysis.reports.many.index import INDEX, write_index
from sas_analysis.reports.many.matrix import Job, as_task, chosen, read_matrix
from sas_analysis.reports.many.parts import Part, alone, share
from sas_analysis.reports.many.staleness import Inventory, missing, why_stale
from sas_analysis.reports.many.summary import Outcome, code_told
from sas_analysis.reports.workers import pool
from sas_analysis.reports.workers.task import current

BUSY = 75  # EX_TEMPFAIL of sysexits: another batch is running in OUT, or parts of an array are left
# contradicted: made or current, and official statistics contradict its records (strict)
STATES = ("made", "current", "contradicted", "failed", "to make", "not begun")
PLACES = "places"  # the report with a row for each area of each force
_PAUSE = 0.5  # seconds before a second attempt, and twice as long before each further one
_SETTLE = 60  # seconds in which a file server shows here what a worker elsewhere has written


@dataclass
class Options:
    """How a batch is run. jobs : how many reports at once. timeout : seconds a report may take, where it says none.

    fresh : start a fresh interpreter for each report, and fork none: slower, and the same reports.

    scheduler : None, the address of a Dask scheduler, or "slurm". worker_timeout : seconds that a cluster may be
    without a worker. part : make only this part of the reports, side by side with the others. log : a file that gets a
    line of JSON per event.
    on_end : called with (outcome, how many ended, of how many) when a job ends. warn : called with a warning's text.
    """

    raw: Path = Path("data/raw")
    processed: Path = Path("data/processed")
    out: Path = Path("reports")
    jobs: int = field(default_factory=cores)
    fresh: bool = False
    scheduler: str | None = None
    worker_timeout: float = 3600
    part: Part | None = None
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
    """Another batch is running in the same place, or parts of one are left."""

    exit_code = BUSY


def run_batch(matrix, options: Options) -> list[Outcome]:
    """Make the reports of a matrix file, and return how each went, in its order.

    Raises ParameterError for what is wrong with the file, Busy if another batch is running in OUT, RunError if OUT
    cannot be written or there is no such scheduler. A job that fails raises nothing.
    """
    inventory = Inventory(options.raw, options.processed)
    every = chosen(read_matrix(matrix, inventory), list(options.only))
    jobs = share(every, options.part) if options.part else every
    if options.dry_run:
        return [_planned(job, options, inventory) for job in jobs]
    folder = options.out / ".batch"
    try:
        (folder / "logs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot write to {options.out} ({error}); choose another folder with --out") from error
    try:
        with alone(folder, options.part):
            outcomes = _Batch(jobs, options).run(inventory)
        if options.part:
            summary.combine(options.out, every, options.part.of)
        return outcomes
    except Timeout as error:
        raise Busy(f"another batch is running in {options.out}; run this one later") from error
    except OSError as error:
        raise RunError(f"the batch stopped ({error}); earlier reports are unchanged") from error


def combine_parts(matrix, options: Options, of: int) -> list[Outcome]:
    """Sum up an array of so many parts in OUT/batch.json, renew the index, and return how each job went.

    A report that is said to be there and is not has failed. Raises Busy if parts have not ended, ParameterError as
    `run_batch` does.
    """
    every = chosen(read_matrix(matrix, Inventory(options.raw, options.processed)), list(options.only))
    outcomes, left = summary.combine(options.out, every, of)
    for outcome in outcomes:
        _believe_what_is_seen(outcome, options.out)
    with suppress(RunError):
        write_index(options.out)
    if left:
        shown = ", ".join(map(str, left))
        raise Busy(f"{len(left)} of {of} parts have not ended ({shown}): start them again, as what is made stays made")
    return outcomes


def _believe_what_is_seen(outcome: Outcome, out: Path, patience: float = 0) -> None:
    """Have a report fail that is said to be there and is not; a file server may need a while to show it."""
    if outcome.state not in ("made", "current", "contradicted"):
        return
    until = time.monotonic() + patience
    while (lacking := missing(out / outcome.folder)) and time.monotonic() < until:
        time.sleep(0.5)
        with suppress(OSError):
            os.listdir(out)  # makes a file server look again
    if lacking:
        state, outcome.state, outcome.exit_code = outcome.state, "failed", RunError.exit_code
        outcome.reason = f"it is said to be {state}, but {lacking} here: is {out} the same folder on every machine?"


def _planned(job: Job, options: Options, inventory: Inventory) -> Outcome:
    why = _why(job, options, inventory)
    return Outcome(job.folder, "to make" if why else "current", reason=why)


def _why(job: Job, options: Options, inventory: Inventory) -> str:
    asked = {"values": job.values(inventory), "notebook": job.notebook, "inventory": inventory}
    return why_stale(options.out / job.folder, **asked, strict=options.strict) or ("asked for" if options.force else "")


def longest_first(jobs: list[Job]) -> list[Job]:
    """The jobs in the order to begin them, so that no long one is left to run alone at the end.

    Many forces take longer than one, their places longer than all else, and a notebook of many cells longer than one of
    few; otherwise in their order.
    """

    def length(job: Job) -> tuple:
        every = job.forces == ["all"]
        return every, len(job.forces), job.name == PLACES and (every or len(job.forces) > 1), job.cells

    return sorted(jobs, key=length, reverse=True)


class _Batch:
    """A running batch: its outcomes so far, and its log."""

    def __init__(self, jobs: list[Job], options: Options):
        self._options, self._started = options, datetime.now(UTC)
        self._jobs = {job.folder: job for job in jobs}
        self._outcomes = {job.folder: Outcome(job.folder) for job in jobs}
        self._over, self._settle = 0, _SETTLE if options.scheduler else 0
        self._together: set[str] = set()  # folders of reports that read the same records
        self._kept: dict[str, int | None] = {}  # of each report begun: which record of a failed run was there before
        self._cleared = False  # whether the record of a failed run was let go
        self._log = EventLog(options.log)
        self._note = self._log.note
        self._summary = options.out / summary.SUMMARY
        if options.part:
            self._summary = summary.part_file(options.out, options.part)
            self._summary.unlink(missing_ok=True)

    def run(self, inventory: Inventory) -> list[Outcome]:
        outcomes, ended, self._inventory = list(self._outcomes.values()), False, inventory
        self._note("batch", reports=len(self._jobs))
        try:
            stale = self._stale(inventory)
            if stale:
                self._make(longest_first(stale), inventory)
            ended = True
        finally:
            summary.write(self._summary, outcomes, self._started.isoformat(timespec="seconds"), ended=ended)
            self._note("end", exit_code=code_told(outcomes))
            self._log.close()
            if self._log.fault:
                self._options.warn(self._log.fault)
        self._index()
        return outcomes

    def _index(self) -> None:
        """Renew the index page, whatever came of the batch; it can be made by hand, so nothing hangs on it."""
        nothing_new = not self._cleared and all(o.state == "current" for o in self._outcomes.values())
        if nothing_new and (self._options.out / INDEX).exists():
            return
        with suppress(RunError):
            write_index(self._options.out, link=self._options.part is None)  # parts write it side by side

    def _stale(self, inventory: Inventory) -> list[Job]:
        stale = []
        for folder, job in self._jobs.items():
            if _why(job, self._options, inventory):
                stale.append(job)
            else:
                self._end(folder, current(self._options.out / folder, self._options.strict) | {"seconds": 0.0})
        return stale

    def _make(self, jobs: list[Job], inventory: Inventory) -> None:
        part = f"-{self._options.part.name}" if self._options.part else ""
        errors = open(self._options.out / ".batch" / "logs" / f"warm-parent{part}.txt", "wb")  # noqa: SIM115
        with errors:
            crew = self._crew(errors)
            try:
                _update_data(jobs, self._options)  # the warm parent imports meanwhile
                if not self._options.scheduler:
                    self._hold(crew, jobs, inventory)
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

    def _hold(self, crew, jobs: list[Job], inventory: Inventory) -> None:
        """Have the records of several forces that most reports are of read once for all of them."""
        of = {}
        for job in jobs:
            values = job.values(inventory)
            if len(values["forces"]) > 1:
                of.setdefault((tuple(values["forces"]), job.start, job.end), []).append(job.folder)
        asked = max(of, key=lambda one: len(of[one]), default=None)
        if asked and len(of[asked]) > 1:
            self._together = set(of[asked])
            what = dict(zip(("forces", "start", "end"), asked, strict=True))
            crew.hold({"processed": str(self._options.processed)} | what)

    def _crew(self, errors):
        if self._options.scheduler:
            from sas_analysis.reports.workers.cluster import Cluster

            return Cluster(self._options.scheduler, self._options.jobs, self._options.worker_timeout)
        try:
            return pool.local(errors, self._options.fresh)
        except OSError as error:
            raise RunError(f"no process can be started here ({error})") from error

    def _work_off(self, crew, todo: deque) -> None:
        """todo : (not before, folder)."""
        while todo or len(crew):
            ready = [item for item in todo if item[0] <= time.monotonic()]
            width = crew.width if self._options.scheduler else max(1, self._options.jobs)
            for item in ready[: max(0, width - len(crew))]:
                todo.remove(item)
                self._begin(crew, item[1])
            for folder, result in crew.poll(0.2 if todo else 1.0):
                if self._together == {folder}:
                    crew.hold(None)
                self._together.discard(folder)
                attempts = self._outcomes[folder].attempts
                if result["state"] == "failed" and result["transient"] and attempts <= self._options.retries:
                    self._note("retry", report=folder, reason=result["reason"])
                    todo.append((time.monotonic() + _PAUSE * 2 ** (attempts - 1), folder))
                else:
                    self._end(folder, result)
            if getattr(crew, "hopeless", ""):
                for _, folder in todo:
                    self._end(folder, pool.died(None) | {"reason": crew.hopeless})
                return

    def _begin(self, crew, folder: str) -> None:
        job, options = self._jobs[folder], self._options
        self._outcomes[folder].attempts += 1
        self._kept[folder] = failures.mark(options.out / failures.FAILED / folder)
        self._note("begin", report=folder, attempt=self._outcomes[folder].attempts)
        places = {name: str(getattr(options, name)) for name in ("raw", "processed", "out")}
        task = as_task(job, **places, strict=options.strict, force=options.force, fresh=options.fresh)
        task |= {"timeout": job.timeout or options.timeout, "log": str(pool.log_of(options.out, folder))}
        crew.submit(folder, task)

    def _end(self, folder: str, result: dict) -> None:
        outcome = self._outcomes[folder]
        for name in ("state", "exit_code", "reason", "seconds"):
            setattr(outcome, name, result[name])
        _believe_what_is_seen(outcome, self._options.out, self._settle)
        if outcome.state != result["state"]:
            self._settle = 0  # one has shown that waiting is in vain
        log = pool.log_of(self._options.out, folder)
        if outcome.state == "failed":
            self._keep(folder, log)
        else:  # a report that is current again, such as where a file was mended, has no failure behind it
            self._cleared |= failures.forget(self._options.out, folder)
        log.unlink(missing_ok=True)
        self._over += 1
        self._note("end of report", report=folder, **outcome.facts)
        self._options.on_end(outcome, self._over, len(self._jobs))

    def _keep(self, folder: str, log: Path) -> None:
        """Keep what a failed run leaves; a run that ended before its notebook is given the record that it lacks."""
        outcome, job, record = self._outcomes[folder], self._jobs[folder], None
        kept = self._options.out / failures.FAILED / folder
        if failures.mark(kept) == self._kept.get(folder):
            told = {"code": outcome.exit_code, "reason": outcome.reason, "synthetic": self._inventory.synthetic}
            record = failures.record_of(job.name, job.values(self._inventory), **told)
        failures.keep(kept, log, outcome.reason, record=record)


def _update_data(jobs: list[Job], options: Options) -> None:
    """Bring the processed data up to date once, so that no report has to; what is refused its report will say."""
    from sas_analysis.records import refresh

    forces = {force for job in jobs for force in job.forces}
    with suppress(DataError):  # all months, because the audit judges a month by the others of its force
        refresh.update(options.raw, options.processed, forces=None if "all" in forces else sorted(forces))
