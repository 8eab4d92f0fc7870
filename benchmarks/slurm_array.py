"""The scheduled files on a real SLURM with all that goes wrong: every force, a wall time of a minute, a drained node,
cancelled jobs. All reports must be there, none made twice, and the end must be 0.

.venv/bin/python benchmarks/slurm_array.py RAW [--how array|dask] [--report NAME ...] [--minutes 1]

RAW is a folder of the publisher's files, such as an unpacked archive. SLURM's daemons (munge, slurmctld, slurmd) are
started on loopback, as tests/test_slurm.py does.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import slurm_daemons  # noqa: E402

MATRIX = '[[report]]\nname = {}\nforces = "all"\nlast = 13\n'
CONFIGURED = {"CORES": "2", "MEMORY": "4GB", "PROCESSES": "1", "QUEUE": "main", "DEATH_TIMEOUT": "60"}


def main() -> None:
    """Print what was done to the jobs, and what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--how", choices=["array", "dask"], default="array")
    parser.add_argument("--report", nargs="*", default=["data_quality"])
    parser.add_argument("--minutes", type=int, default=1)
    parser.add_argument("--drains", type=int, default=2)
    parser.add_argument("--cancels", type=int, default=2)
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="slurm-array-"))
    os.chdir(place)
    try:
        lay_out(place, asked.raw, asked.report)
        with slurm_daemons.running(place / "slurm") as environment:
            started = time.monotonic()
            code = run(environment, asked)
            print(f"{asked.how}: exit code {code} after {time.monotonic() - started:.0f} s")
        sys.exit(told(place, code))
    finally:
        os.chdir(ROOT)
        shutil.rmtree(place, ignore_errors=True)


def lay_out(place: Path, raw: Path, reports: list[str]) -> None:
    for name in ("schedule", "logs"):
        shutil.copytree(ROOT / name, place / name)
    (place / "data").mkdir()
    (place / "data" / "raw").symlink_to(raw.resolve())
    (place / ".venv" / "bin").mkdir(parents=True)
    program = place / ".venv" / "bin" / "sas-analysis"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from sas_analysis.cli import app; app()' \"$@\"\n")
    program.chmod(0o755)
    (place / "reports.toml").write_text(MATRIX.format(json.dumps(reports)))


def run(environment: dict, asked) -> int:
    environment |= {"SAS_REPORTS": "reports.toml", "PYTHONPATH": str(ROOT / "src"), "SAS_TRIES": "20"}
    environment |= {"SAS_SBATCH": f"--time={asked.minutes} --signal=B:USR1@20"}
    environment |= {f"DASK_JOBQUEUE__SLURM__{name}": value for name, value in CONFIGURED.items()}
    environment["DASK_JOBQUEUE__SLURM__WALLTIME"] = f"00:{asked.minutes:02}:00"
    on_dask = [
        ".venv/bin/sas-analysis",
        "batch",
        "reports.toml",
        "--scheduler",
        "slurm",
        "--jobs",
        "2",
        "--retries",
        "9",
    ]
    command = ["sh", "schedule/slurm.sh"] if asked.how == "array" else [*on_dask, "--log", "logs/batch.jsonl"]
    work = subprocess.Popen(command, env=environment, start_new_session=True)
    over = threading.Event()
    trouble = threading.Thread(target=torment, args=(environment, asked, over), daemon=True)
    trouble.start()
    try:
        return work.wait()
    finally:
        over.set()
        trouble.join(30)
        if work.poll() is None:
            os.killpg(work.pid, signal.SIGTERM)


def torment(environment: dict, asked, over: threading.Event) -> None:
    """Drain a node for a while, and cancel a running job, in turns."""
    chance = random.Random(1)
    slurm = lambda *command: subprocess.run(command, env=environment, capture_output=True, text=True).stdout  # noqa: E731
    for number in range(max(asked.drains, asked.cancels)):
        if over.wait(25):
            return
        if number < asked.drains:
            slurm("scontrol", "update", "nodename=n2", "state=drain", "reason=test")
            print("drained n2", flush=True)
            over.wait(40)
            slurm("scontrol", "update", "nodename=n2", "state=resume")
        running = slurm("squeue", "--me", "--noheader", "--format=%i", "--states=RUNNING").split()
        if number < asked.cancels and running:
            job = chance.choice(running)
            slurm("scancel", job)
            print(f"cancelled {job}", flush=True)


def told(place: Path, code: int) -> str | int:
    """0, or what is wrong."""
    summary = json.loads((place / "reports/batch.json").read_text())
    reports = summary["reports"]
    lacking = [name for name in reports if not (place / "reports" / name / "report.html").is_file()]
    logs = [json.loads(line) for path in place.glob("logs/*.jsonl") for line in path.read_text().splitlines()]
    begun = Counter(line["report"] for line in logs if line["event"] == "begin")
    made = Counter(line["report"] for line in logs if line["event"] == "end of report" and line["state"] == "made")
    twice = [name for name, times in made.items() if times > 1]
    print(f"{len(reports)} reports, begun {begun.total()} times; {len(lacking)} lacking, {len(twice)} made twice")
    print(f"states: {summary['counts']}")
    for path in sorted(place.glob("logs/*.log"))[:3] if code else []:
        print(path.read_text(errors="replace")[-800:])
    return 0 if code == 0 and not lacking and not twice else "not as it must be"


if __name__ == "__main__":
    main()
