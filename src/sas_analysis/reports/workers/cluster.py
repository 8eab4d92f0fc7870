"""A batch on other machines: a Dask cluster by the address of its scheduler, or one that SLURM starts.

RAW, PROCESSED and OUT must be the same folders on all machines, which `shared` checks before a report is made. A Dask
worker that is lost takes its results with it, and Dask runs them again: a task looks for its finished report first
(`task.make`), so it costs a moment. A lost worker of SLURM is replaced (`slurm.replace_lost`) until the work is done.
"""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from queue import Empty, Queue

from sas_analysis.errors import ParameterError, RunError
from sas_analysis.reports.workers import shared, slurm

_here = threading.local()
_LOOK = 10  # seconds between two looks at what SLURM has of the workers


def run(task: dict) -> dict:
    """A task's result, on a Dask worker: each of its threads has a warm parent of its own, which dies with it."""
    from sas_analysis.reports.workers import pool

    host = {"host": socket.gethostname()}
    if fault := shared.fault(task["shared"]):
        return pool.died(None) | {"reason": f"on {host['host']}, {fault}"} | host
    pool.log_of(task["out"], task["folder"]).parent.mkdir(parents=True, exist_ok=True)
    if not hasattr(_here, "workers"):
        _here.workers = pool.local(fresh=task.get("fresh", False))
    try:
        return pool.one(task, _here.workers) | host
    except pool.NoWarmParent:
        _here.workers = pool.Fresh()
        return pool.one(task, _here.workers) | host


def _connected(scheduler: str, jobs: int) -> tuple:
    """A Dask client, and the cluster that was started for it, if one was."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ParameterError(slurm.missing(scheduler)) from error
    cluster = slurm.start(jobs) if scheduler == "slurm" else None
    try:
        return Client(cluster or scheduler, timeout="30s"), cluster
    except (OSError, ValueError) as error:
        raise RunError(f"no Dask scheduler answers at {scheduler} ({error}); check its address") from error


@contextmanager
def executor(scheduler: str, jobs: int) -> Iterator[Executor]:
    """The workers of a cluster as an executor of functions, for what is no report: cleaning, or a study of one's own.

    scheduler : its address, or "slurm" for so many jobs of SLURM.
    """
    client, cluster = _connected(scheduler, jobs)
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()
        if cluster:
            cluster.close()


class Cluster:
    """Workers somewhere else; see `workers`.

    patience : seconds without any worker after which the batch is given up; `hopeless` then says why.
    """

    def __init__(self, scheduler: str, jobs: int, patience: float = 3600):
        self._client, self._cluster = _connected(scheduler, jobs)
        self._scheduler, self._jobs, self._patience = scheduler, jobs, patience
        self._seen = self._looked = time.monotonic()
        self._queue: Queue = Queue()
        self._futures: dict = {}
        self._marks: dict | None = None
        self.hopeless = ""

    def __len__(self):
        return len(self._futures)

    @property
    def width(self) -> int:
        """How many reports to hand over at once: as many as the workers have threads.

        What waits at a worker would be counted as lost with it, and given up after four losses that are not its own.
        """
        with suppress(OSError):
            return max(1, sum(self._client.nthreads().values()))
        return 1

    def submit(self, key: str, task: dict) -> None:
        """Hand over a task."""
        if not self._futures:
            self._seen = time.monotonic()
        self._marks = self._marks or shared.mark(task)
        future = self._client.submit(run, task | {"shared": self._marks}, pure=False)
        self._futures[key] = future  # Dask forgets what nobody holds
        future.add_done_callback(lambda future: self._queue.put((key, future)))

    def poll(self, timeout: float) -> list[tuple[str, dict]]:
        """(key, result) of the tasks that ended."""
        from sas_analysis.reports.workers import pool

        self._look()
        try:
            key, future = self._queue.get(timeout=timeout)
        except Empty:
            return self._given_up()
        if self._futures.pop(key, None) is None:  # given up before
            return []
        if future.status == "finished":
            return [(key, future.result())]
        lost = f"its worker was lost ({future.exception()}); {slurm.LOST}"
        return [(key, pool.died(None) | {"reason": lost if future.status == "error" else future.status})]

    def _look(self) -> None:
        """Have SLURM start a worker for each that was lost."""
        if self._cluster and time.monotonic() - self._looked > _LOOK:
            self._looked = time.monotonic()
            slurm.replace_lost(self._cluster, self._jobs)

    def _given_up(self) -> list[tuple[str, dict]]:
        """Every task as failed, where no worker is to be expected any more: a queue may hold a job for ever."""
        from sas_analysis.reports.workers import pool

        now, refused = time.monotonic(), self._cluster and slurm.is_refused(self._cluster)
        with suppress(OSError):  # a scheduler that does not answer has no worker to show
            self._seen = now if self._client.nthreads() else self._seen
        if now - self._seen < self._patience and not refused:
            return []
        given_up, self._futures = self._futures, {}
        self._client.cancel(list(given_up.values()))
        self.hopeless = slurm.REFUSED if refused else slurm.no_worker(self._scheduler, self._patience)
        said = {"reason": self.hopeless, "transient": False}
        return [(key, pool.died(None) | said) for key in given_up]

    def close(self) -> None:
        """Let go of the cluster, and end it if it was started here."""
        shared.wipe(self._marks)
        self._client.close()
        if self._cluster:
            with suppress(AssertionError):  # Dask's own, at the end of closing, where sbatch refused a job
                self._cluster.close()
