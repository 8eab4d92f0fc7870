"""Commands timed as whole processes, their children with them."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ENV = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(script: str, *arguments) -> dict:
    """Wall and processor seconds and peak GB of a script of this folder, and what it printed last."""
    return of([sys.executable, str(HERE / script), *map(str, arguments)])


def of(command: list[str], cwd: Path | None = None, *, again: bool = True) -> dict:
    """The same of any command; ends with an error if it does.

    again : run once more what a signal ended, for Arrow's threads can abort a process that is done (1 run of some 200).
    """
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENV, cwd=cwd)
    told = process.stdout.read().strip().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    if again and os.WIFSIGNALED(status):
        print(f"ended by a signal, run again: {' '.join(command)}", flush=True)
        return of(command, cwd, again=False)
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss: the largest process
    return {
        "wall_s": time.perf_counter() - started,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_gb": used.ru_maxrss * unit / 1e9,
        "told": told[-1] if told else "",
    }


def warm_memory(gigabytes: float) -> None:
    """Have the machine hold memory that no process has: a virtual one that lies idle for seconds gives it to its host.

    To get it back takes some 4 s a gigabyte, which no laptop knows. Call it right before what is timed.
    """
    touch = f"memory = bytearray({round(gigabytes * 1e9)}); memory[::4096] = bytes(len(range(0, len(memory), 4096)))"
    subprocess.run([sys.executable, "-c", touch], check=True)


def median(runs: list[dict], section: str, way: str, records: float | None = None) -> dict:
    """The row of the table: medians of the runs of one way."""
    keys = ("wall_s", "cpu_s", "peak_gb")
    of_runs = {key: statistics.median(run[key] for run in runs) for key in keys}
    return {"section": section, "way": way, "records": records, **of_runs, "runs": len(runs)}
