"""A batch on other machines: a Dask cluster by the address of its scheduler, or one that SLURM starts.

RAW, PROCESSED and OUT must be the same folders on all machines. A Dask worker that is lost takes its results with
it, and Dask runs them again: a task looks for its finished report first (`job.make`), so it costs a moment.
"""

import threading
from queue import Empty, Queue

from sas_analysis.errors import ParameterError, RunError

_here = threading.local()


def run(task: dict) -> dict:
    """A task's result, on a Dask worker: each of its threads has a warm parent of its own, which dies with it."""
    from sas_analysis.reports import workers

    workers.log_of(task["out"], task["folder"]).parent.mkdir(parents=True, exist_ok=True)
    if not hasattr(_here, "workers"):
        _here.workers = workers.local()
    try:
        return workers.one(task, _here.workers)
    except workers.WarmParentDied:
        _here.workers = workers.Fresh()
        return workers.one(task, _here.workers)


class Cluster:
    """Workers somewhere else; see `workers`."""

    def __init__(self, scheduler: str, jobs: int):
        try:
            from distributed import Client
        except ImportError as error:
            raise ParameterError(_missing(scheduler)) from error
        try:
            self._cluster = _slurm(jobs) if scheduler == "slurm" else None
            self._client = Client(self._cluster or scheduler, timeout="30s")
        except (OSError, ValueError) as error:
            raise RunError(f"no Dask scheduler answers at {scheduler} ({error}); check its address") from error
        self._queue: Queue = Queue()
        self._futures: dict = {}

    def __len__(self):
        return len(self._futures)

    def submit(self, key: str, task: dict) -> None:
        """Hand over a task."""
        future = self._client.submit(run, task, pure=False)
        self._futures[key] = future  # Dask forgets what nobody holds
        future.add_done_callback(lambda future: self._queue.put((key, future)))

    def poll(self, timeout: float) -> list[tuple[str, dict]]:
        """(key, result) of the tasks that ended."""
        from sas_analysis.reports import workers

        try:
            key, future = self._queue.get(timeout=timeout)
        except Empty:
            return []
        del self._futures[key]
        if future.status == "finished":
            return [(key, future.result())]
        reason = f"its worker was lost: {future.exception()}" if future.status == "error" else future.status
        return [(key, workers.died(None) | {"reason": reason})]

    def close(self) -> None:
        """Let go of the cluster, and end it if it was started here."""
        self._client.close()
        if self._cluster:
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


def _missing(scheduler: str) -> str:
    return f'--scheduler {scheduler} needs Dask, which is not installed: pip install "sas-analysis[cluster]"'
