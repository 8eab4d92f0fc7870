"""Dask workers as jobs of SLURM, kept at their number until the batch is done."""

import shutil
import subprocess

from sas_analysis.errors import ParameterError

CONFIGURED = "the queue (partition), account, cores, memory and walltime under jobqueue.slurm in Dask's configuration"
REFUSED = f"sbatch refused every job, with what is said above; see {CONFIGURED}"
LOST = "a job ends at its wall time, beyond its memory, or with its node: see `sacct`, and give it more of that"
_EXAMPLE = "an example is schedule/jobqueue.yaml, to be copied to ~/.config/dask/jobqueue.yaml and filled in"


def start(jobs: int):
    """A Dask cluster of so many SLURM jobs, as Dask's own configuration says (jobqueue.slurm).

    Raises ParameterError where Dask-Jobqueue, SLURM or the configuration is not there.
    """
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise ParameterError(missing("slurm")) from error
    if not shutil.which("sbatch"):
        raise ParameterError("--scheduler slurm needs sbatch, which is not on this machine: run it on a login node")
    if lacking := _lacking():
        raise ParameterError(f"--scheduler slurm needs {' and '.join(lacking)} in Dask's configuration; {_EXAMPLE}")
    try:
        cluster = SLURMCluster()
    except (TypeError, ValueError) as error:
        raise ParameterError(f"Dask's configuration (jobqueue.slurm) cannot be used: {error}; {_EXAMPLE}") from error
    cluster.scale(jobs=jobs)
    return cluster


def _lacking() -> list[str]:
    """The settings that Dask-Jobqueue cannot do without, and that are not made."""
    import dask

    return [f"jobqueue.slurm.{name}" for name in ("cores", "memory") if not dask.config.get(f"jobqueue.slurm.{name}")]


def replace_lost(cluster, jobs: int) -> None:
    """Send a job for each one that SLURM no longer has: at its wall time, cancelled, or lost with its node.

    Dask by itself forgets a worker that had come and gone, and waits for ever for one that never came.
    """
    queued = _queued()
    sent = dict(cluster.workers)
    gone = [name for name, job in sent.items() if queued is not None and _is_gone(job.job_id, queued)]
    cluster.loop.add_callback(_forget, cluster, {name: sent[name] for name in gone}, jobs)


def _is_gone(job_id: str | None, queued: set[str]) -> bool:
    return job_id is None or job_id not in queued


def _forget(cluster, gone: dict, jobs: int) -> None:
    """In Dask's own thread: drop what is gone, and open what is missing then."""
    if is_refused(cluster):
        return
    for name, job in gone.items():
        if cluster.workers.get(name) is job:
            del cluster.workers[name]
            cluster.worker_spec.pop(name, None)
    cluster.scale(jobs=jobs)


def _queued() -> set[str] | None:
    """The numbers of this user's jobs that wait or run; None if SLURM does not answer."""
    try:
        asked = ["squeue", "--me", "--noheader", "--format=%A"]
        said = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return set(said.stdout.split())


def is_refused(cluster) -> bool:
    """Whether jobs were sent to SLURM, and none was ever given a number."""
    sent = list(cluster.workers.values())  # Dask lists them when sbatch has answered for all
    accepted = getattr(cluster, "accepted", False) or any(job.job_id for job in sent)
    cluster.accepted = accepted
    return bool(sent) and not accepted


def no_worker(scheduler: str, patience: float) -> str:
    """Why a batch without a worker was given up."""
    waited = f"no worker was there for {patience:g} s (--worker-timeout), and none of the reports left was made"
    if scheduler != "slurm":
        return f"{waited}; start some: dask worker {scheduler}"
    return f"{waited}; see `squeue --me` for why the jobs wait, `sacct` and their logs if they ended, and {CONFIGURED}"


def missing(scheduler: str) -> str:
    """That Dask is not installed."""
    return f'--scheduler {scheduler} needs Dask, which is not installed: pip install "sas-analysis[cluster]"'
