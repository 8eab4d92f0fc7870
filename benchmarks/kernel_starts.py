"""How many kernels fail to start when several are started side by side, each forked from a warm process.

.venv/bin/python benchmarks/kernel_starts.py [--starts 1000] [--workers 4]
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from sas_analysis.reports.workers import forkserver, kernel


def _starts(folder: str) -> bool:
    """Whether a kernel starts and computes 1 + 1."""
    from sas_analysis.reports.one import execute

    try:
        with kernel.Kernel.forked() as started:
            started.ask(folder=folder, environment=execute._environment(Path(folder)))
            *_, shown, _ = started.ask(source="1 + 1")["messages"]
        return shown["content"]["data"]["text/plain"] == "2"
    except Exception as error:
        print(f"failed: {error!r}", flush=True)
        return False


def _one() -> None:
    """Fork a runner that starts one kernel; its exit status says whether it did."""
    if os.fork():
        return
    good = False
    try:
        with tempfile.TemporaryDirectory(prefix="kernel-") as folder:
            good = _starts(folder)
    finally:
        os._exit(0 if good else 1)


def main() -> None:
    """Print how many were started and how many failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=4)
    given = parser.parse_args()
    if not set(kernel.WARM.items()) <= set(os.environ.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | kernel.WARM)
    forkserver.warm_up()
    started, running, begun, failed = time.monotonic(), 0, 0, 0
    while begun < given.starts or running:
        while begun < given.starts and running < given.workers:
            _one()
            begun, running = begun + 1, running + 1
        _, status = os.wait()
        running, failed = running - 1, failed + bool(status)
    took = time.monotonic() - started
    print(f"{given.starts} starts, {given.workers} at a time: {failed} failed, {took / given.starts:.2f} s each")


if __name__ == "__main__":
    main()
