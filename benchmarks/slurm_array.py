"""The scheduled files on a real SLURM with all that goes wrong: every force, a wall time of a minute, a drained node,
cancelled jobs. All reports must be there, none made twice, and the end must be 0.

.venv/bin/python benchmarks/slurm_array.py RAW [--how array|dask] [--report NAME ...] [--last 2] [--parts 45]

RAW is a folder of the publisher's files, or of its monthly archive as a ZIP. Few parts make long tasks, which the wall
time cuts. SLURM's daemons (munge, slurmctld, slurmd) are started on loopback, as tests/test_slurm.py does.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import slurm_daemons  # noqa: E402

from sas_analysis.reports.check.verify import is_whole  # noqa: E402

MATRIX = '[[report]]\nname = {}\nforces = "all"\nlast = {}\n'
CONFIGURED = {"CORES": "2", "MEMORY": "4GB", "PROCESSES": "1", "QUEUE": "main", "DEATH_TIMEOUT": "60"}


def main() -> None:
    """Print what was done to the jobs, and what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--how", choices=["array", "dask"], default="array")
    parser.add_argument("--report", nargs="*", default=["data_quality"])
    parser.add_argument("--last", type=int, default=2, help="months of each report")
    parser.add_argument("--parts", type=int, default=45, help="tasks of the array")
    parser.add_argument("--minutes", type=int, default=1, help="wall time of a job")
    parser.add_argument("--drains", type=int, default=2)
    parser.add_argument("--cancels", type=int, default=2)
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="slurm-array-"))
    os.chdir(place)
    try:
        lay_out(place, asked)
        with slurm_daemons.running(place / "slurm") as environment:
            started = time.monotonic()
            code = run(environment, asked)
            print(f"{asked.how}: exit code {code} after {time.monotonic() - started:.0f} s")
        sys.exit(told(place, code, len(asked.report) * len(forces(asked.raw))))
    finally:
        os.chdir(ROOT)
        shutil.rmtree(place, ignore_errors=True)


def lay_out(place: Path, asked) -> None:
    """A fresh clone, as far as it matters here."""
    for name in ("schedule", "logs"):
        shutil.copytree(ROOT / name, place / name)
    (place / "data").mkdir()
    (place / "data" / "raw").symlink_to(asked.raw.resolve())
    (place / ".venv" / "bin").mkdir(parents=True)
    program = place / ".venv" / "bin" / "sas-analysis"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from sas_analysis.cli import app; app()' \"$@\"\n")
    program.chmod(0o755)
    (place / "reports.toml").write_text(MATRIX.format(json.dumps(asked.report), asked.last))


def run(environment: dict, asked) -> int:
    environment |= {"SAS_REPORTS": "reports.toml", "PYTHONPATH": str(ROOT / "src"), "SAS_TRIES": "20"}
    environment |= {"SAS_PARTS": str(asked.parts)}
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


def forces(raw: Path) -> set[str]:
    """The forces of which RAW has a file, told from the names alone."""
    names = [path.name for path in raw.rglob("*.csv")]
    for path in raw.rglob("*.zip"):
        names += zipfile.ZipFile(path).namelist()
    return {found[1] for name in names if (found := re.search(r"\d{4}-\d\d-([a-z-]+)-stop-and-search\.csv$", name))}


def told(place: Path, code: int, asked_for: int) -> str | int:
    """0, or what is wrong."""
    summary = json.loads((place / "reports/batch.json").read_text())
    reports = summary["reports"]
    lacking = [name for name in reports if is_whole(place / "reports" / name)]
    there = {path.parent.name for path in place.glob("reports/*/run.json")}
    logs = [json.loads(line) for path in place.glob("logs/*.jsonl") for line in path.read_text().splitlines()]
    begun = Counter(line["report"] for line in logs if line["event"] == "begin")
    made = [line for line in logs if line["event"] == "end of report" and line["state"] == "made"]
    twice = [name for name, times in Counter(line["report"] for line in made).items() if times > 1]
    print(f"{len(there)} of {asked_for} reports, begun {begun.total()} times")
    print(f"{len(lacking)} not whole, {len(twice)} made twice")
    for line in (line for line in made if line["report"] in twice):
        print(f"  {line['report']} made at {line['time']}: {line['reason']}")
    print(f"states: {summary['counts']}; ends of jobs before their time: {dict(cut_off(place))}")
    for path in sorted(place.glob("logs/*.log"))[:3] if code else []:
        print(path.read_text(errors="replace")[-800:])
    return 0 if code == 0 and not lacking and not twice and len(there) == asked_for else "not as it must be"


def cut_off(place: Path) -> Counter:
    """How many times the log of a job says that SLURM ended it."""
    texts = [path.read_text(errors="replace") for path in place.glob("logs/*.log")]
    said = re.compile(r"CANCELLED AT \S+(?: DUE TO ([A-Z ]+[A-Z]))?")
    return Counter((why or "cancelled").lower() for text in texts for why in said.findall(text))


if __name__ == "__main__":
    main()
