"""A batch on other machines: a Dask cluster by the address of its scheduler, or one that SLURM starts.

RAW, PROCESSED and OUT must be the same folders on all machines. A Dask worker that is lost takes its results with
it, and Dask runs them again: a task looks for its finished report first (`job.make`), so it costs a moment.
"""

import threading
import time
from contextlib import suppress
from queue import Empty, Queue

from sas_analysis.errors import ParameterError, RunError

_here = threading.local()
_CONFIGURED = "the queue (partition), account, cores, memory and walltime under jobqueue.slurm in Dask's configuration"
_REFUSED = f"sbatch refused every job, with what is said above; see {_CONFIGURED}"


def run(task: dict) -> dict:
    """A task's result, on a Dask worker: each of its threads has a warm parent of its own, which dies with it."""
    from sas_analysis.reports.workers import pool

    pool.log_of(task["out"], task["folder"]).parent.mkdir(parents=True, exist_ok=True)
    if not hasattr(_here, "workers"):
        _here.workers = pool.local(fresh=task.get("fresh", False))
    try:
        return pool.one(task, _here.workers)
    except pool.NoWarmParent:
        _here.workers = pool.Fresh()
        return pool.one(task, _here.workers)


class Cluster:
    """Workers somewhere else; see `workers`.

    patience : seconds without any worker after which all that was handed over is given up.
    """

    def __init__(self, scheduler: str, jobs: int, patience: float = 3600):
        try:
            from distributed import Client
        except ImportError as error:
            raise ParameterError(_missing(scheduler)) from error
        try:
            self._cluster = _slurm(jobs) if scheduler == "slurm" else None
            self._client = Client(self._cluster or scheduler, timeout="30s")
        except (OSError, ValueError) as error:
            raise RunError(f"no Dask scheduler answers at {scheduler} ({error}); check its address") from error
        self._scheduler, self._patience, self._seen = scheduler, patience, time.monotonic()
        self._queue: Queue = Queue()
        self._futures: dict = {}

    def __len__(self):
        return len(self._futures)

    def submit(self, key: str, task: dict) -> None:
        """Hand over a task."""
        if not self._futures:
            self._seen = time.monotonic()
        future = self._client.submit(run, task, pure=False)
        self._futures[key] = future  # Dask forgets what nobody holds
        future.add_done_callback(lambda future: self._queue.put((key, future)))

    def poll(self, timeout: float) -> list[tuple[str, dict]]:
        """(key, result) of the tasks that ended."""
        from sas_analysis.reports.workers import pool

        try:
            key, future = self._queue.get(timeout=timeout)
        except Empty:
            return self._given_up()
        if self._futures.pop(key, None) is None:  # given up before
            return []
        if future.status == "finished":
            return [(key, future.result())]
        reason = f"its worker was lost: {future.exception()}" if future.status == "error" else future.status
        return [(key, pool.died(None) | {"reason": reason})]

    def _given_up(self) -> list[tuple[str, dict]]:
        """Every task as failed, where no worker is to be expected any more: a queue may hold a job for ever."""
        from sas_analysis.reports.workers import pool

        now, refused = time.monotonic(), self._cluster and _is_refused(self._cluster)
        with suppress(OSError):  # a scheduler that does not answer has no worker to show
            self._seen = now if self._client.scheduler_info()["workers"] else self._seen
        if now - self._seen < self._patience and not refused:
            return []
        given_up, self._futures = self._futures, {}
        self._client.cancel(list(given_up.values()))
        reason = _REFUSED if refused else _no_worker(self._scheduler, self._patience)
        said = {"reason": reason, "transient": False}
        return [(key, pool.died(None) | said) for key in given_up]

    def close(self) -> None:
        """Let go of the cluster, and end it if it was started here."""
        self._client.close()
        if self._cluster:
            with suppress(AssertionError):  # Dask's own, at the end of closing, where sbatch refused a job
                self._cluster.close()


def _slurm(jobs: int):
    """Workers started by SLURM, as Dask's own configuration says (jobqueue.slurm: queue, cores, memory, walltime)."""
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise ParameterError(_missing("slurm")) from error
    cluster = SLURMCluster()
    cluster.scale(jobs=jobs)
    return cluster


def _is_refused(cluster) -> bool:
    """Whether jobs were sent to SLURM, and none was given a number."""
    sent = list(cluster.workers.values())  # Dask lists them when sbatch has answered for all
    return bool(sent) and all(job.job_id is None for job in sent)


def _no_worker(scheduler: str, patience: float) -> str:
    waited = f"no worker was there for {patience:g} s (--worker-timeout), and none of the reports left was made"
    if scheduler != "slurm":
        return f"{waited}; start some: dask worker {scheduler}"
    return f"{waited}; see `squeue --me` for why the jobs wait, `sacct` and their logs if they ended, and {_CONFIGURED}"


def _missing(scheduler: str) -> str:
    return f'--scheduler {scheduler} needs Dask, which is not installed: pip install "sas-analysis[cluster]"'
