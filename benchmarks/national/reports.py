"""Reports by `sas-analysis batch` and by the `papermill` command in a loop, side by side on the synthetic sample.

Both make 60 reports (four notebooks, five forces, three periods) from the same processed data. The loop writes an
executed notebook and its tables, as a shell script around papermill would, and then, timed apart, a page of each by
`jupyter nbconvert`; the batch writes notebook, tables, page and provenance, and its time includes starting the warm
parent. Each way is a process tree of its own, timed whole (wait4).
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

from archive import NAMES

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [next((ROOT / "notebooks").glob(f"0?_{name}.ipynb")) for name in NAMES]
FORCES = ["derbyshire", "essex", "metropolitan", "south-yorkshire", "west-yorkshire"]
PERIODS = [("2018-04", "2019-03"), ("2017-07", "2018-06"), ("2019-01", "2019-12")]
RAW, PROCESSED = ROOT / "data/raw/sample", ROOT / "data/processed/sample"
BIN = Path(sys.executable).parent


def batch(out: Path, periods: list) -> list[list[str]]:
    """One command; the second time there is nothing to do."""
    entries = [{"name": list(NAMES), "forces": FORCES, "from": start, "to": end} for start, end in periods]
    lines = [["[[report]]", *(f"{key} = {json.dumps(value)}" for key, value in entry.items())] for entry in entries]
    matrix = out.parent / "reports.toml"
    matrix.write_text("\n".join(line for entry in lines for line in entry))
    places = ["--raw", str(RAW), "--processed", str(PROCESSED), "--out", str(out)]
    return [[str(BIN / "sas-analysis"), "batch", str(matrix), *places, "--quiet"]]


def loop(out: Path, periods: list) -> list[list[str]]:
    """A command for each report."""
    commands = []
    for (start, end), force, path in product(periods, FORCES, NOTEBOOKS):
        folder = out / f"{path.stem}_{force}_{start}"
        (folder / "tables").mkdir(parents=True)
        given = {"forces": [force], "start": start, "end": end, "raw": str(RAW), "processed": str(PROCESSED)}
        given["tables"] = str(folder / "tables")
        command = [str(BIN / "papermill"), str(path), str(folder / "report.ipynb"), "-y", json.dumps(given)]
        commands.append([*command, "-k", "python3", "--cwd", str(path.parent), "--no-progress-bar"])
    return commands


def pages(out: Path) -> list[list[str]]:
    """A command for the page of each notebook of the loop, without its code, as the batch's are."""
    convert = [str(BIN / "jupyter"), "nbconvert", "--to", "html", "--no-input"]
    return [[*convert, str(path)] for path in sorted(out.rglob("report.ipynb"))]


def timed(commands: list[list[str]]) -> tuple[float, float]:
    """Wall and CPU seconds of commands run one after the other, their children included."""
    started, cpu = time.monotonic(), 0.0
    for command in commands:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"failed: {' '.join(command)}")
        cpu += usage.ru_utime + usage.ru_stime
    return time.monotonic() - started, cpu


def breakdown(out: Path, wall: float, side_by_side: int) -> str:
    """Seconds of a report on average, by what they went for; two side by side have two seconds in one of wall time."""
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in out.rglob("report.ipynb")]
    cells = [
        [cell["metadata"]["papermill"]["duration"] for cell in run["cells"] if cell["cell_type"] == "code"]
        for run in runs
    ]
    imports = statistics.mean(max(durations[:3]) for durations in cells)  # the cell of imports is one of the first
    inside = statistics.mean(map(sum, cells))
    kernel = statistics.mean(run["metadata"]["papermill"]["duration"] for run in runs) - inside
    around = wall * side_by_side / len(runs) - inside - kernel
    parts = {"imports": imports, "other cells": inside - imports, "kernel and messages": kernel, "around it": around}
    return ", ".join(f"{name} {seconds:.2f}" for name, seconds in parts.items())


def _forget_findings() -> None:
    """So that neither way finds the audit's work done by the other."""
    shutil.rmtree(PROCESSED / "findings", ignore_errors=True)


def measured(periods: int = len(PERIODS)) -> dict[str, tuple[float, float]]:
    """Wall and processor seconds of each way; prints where those of a report go."""
    if not (PROCESSED / "manifest.json").exists():
        sys.exit("clean the sample first: sas-analysis clean --raw data/raw/sample --processed data/processed/sample")
    chosen, work = PERIODS[:periods], Path(tempfile.mkdtemp())
    try:
        _forget_findings()
        ours, again = timed(batch(work / "batch", chosen)), timed(batch(work / "batch", chosen))
        _forget_findings()
        theirs = timed(loop(work / "loop", chosen))
        paged = timed(pages(work / "loop"))
        for name, wall, jobs in (("batch", ours[0], min(2, os.cpu_count())), ("papermill loop", theirs[0], 1)):
            print(f"{name}, s a report: {breakdown(work / name.split()[-1], wall, jobs)}", flush=True)
    finally:
        shutil.rmtree(work)
    return {"batch": ours, "batch, nothing to do": again, "papermill loop": theirs, "nbconvert loop": paged}
