"""A batch killed (kill -9) at random moments, again and again: never half a report, and it always resumes.

.venv/bin/python benchmarks/kill_batch.py [--kills 20] [--seed 1]

After every kill each report in its place is held against the hashes it was written with; after the last, the batch is
left alone and must come to its end, with tables equal to those of a batch that nobody touched.
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
import time
from pathlib import Path

from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.reports.check.verify import is_whole

MATRIX = """[[report]]
name = ["data_quality", "outcomes"]
forces = ["essex", "metropolitan"]
from = "2019-02"
to = "2019-03"
"""
REPORTS = 4


def main() -> None:
    """Print every kill with what was whole after it, and the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="kill-batch-"))
    try:
        write_sample(place / "raw", forces=["essex", "metropolitan"], start="2018-04", end="2019-03", scale=0.2)
        (place / "reports.toml").write_text(MATRIX)
        took = _finish(place, "untouched")
        _torment(place, asked.kills, random.Random(asked.seed), took)
        _finish(place, "killed")
        same = _tables(place / "killed") == _tables(place / "untouched")
        print(f"{asked.kills} kills; tables equal to those of a batch left alone: {same}")
        sys.exit(0 if same else "tables differ")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _start(place: Path, out: str, *more: str) -> subprocess.Popen:
    command = [str(Path(sys.executable).parent / "sas-analysis"), "batch", "reports.toml", "--quiet", "--out", out]
    command += ["--raw", "raw", "--processed", f"processed-{out}", *more]
    return subprocess.Popen(command, cwd=place, start_new_session=True, stdout=subprocess.DEVNULL)


def _torment(place: Path, kills: int, chance: random.Random, took: float) -> None:
    """took : seconds that a batch left alone takes; each kill falls within them."""
    folders: list[Path] = []
    number = 1
    while number <= kills:
        # Where all are there, and every third time, all are made anew: always something to interrupt, and to lose.
        anew = number % 3 == 0 or len(folders) == REPORTS
        process = _start(place, "killed", *(["--force-rerun"] if anew else []))
        after = chance.uniform(0.3, took)
        time.sleep(after)
        ended = process.poll() is not None
        os.killpg(process.pid, signal.SIGKILL) if not ended else None
        process.wait()
        folders = sorted(path.parent for path in (place / "killed").glob("*/run.json"))
        faults = {folder.name: fault for folder in folders if (fault := is_whole(folder))}
        half = [path.name for path in (place / "killed").glob("*_*_*") if not (path / "run.json").exists()]
        what = "it was done" if ended else f"kill {number}"
        print(f"{what} after {after:4.1f} s: {len(folders)} whole", flush=True)
        if faults or half:
            sys.exit(f"half a report: {json.dumps(faults)} {half}")
        number += not ended


def _finish(place: Path, out: str) -> float:
    """Seconds that a batch left alone took."""
    started = time.monotonic()
    if code := _start(place, out).wait():
        sys.exit(f"a batch left alone ended with {code}")
    return time.monotonic() - started


def _tables(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.glob("*/tables/*.csv"))}


if __name__ == "__main__":
    main()
