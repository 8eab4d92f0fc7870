"""The reports of notebooks 01 to 04 and 06 on all forces and months of a national extract, each as one study.

    .venv/bin/python benchmarks/national/nationwide.py [--work DIR] [--at-once 2]
    .venv/bin/python benchmarks/national/nationwide.py --cells outcomes    # seconds of every cell

The extract is that of `extract.py`, cleaned once. Each report is the command that a user gives, `sas-analysis
report NAME --force all`, timed as a whole process tree: wall and CPU seconds, and the memory of the largest process.
First the audit's findings are not there, and the report that asks first makes them; then all are made again with the
findings kept. Targets: 15 s and 2 GB a report, 60 s for all, two at a time.
"""

import argparse
import contextlib
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = ("data_quality", "search_grounds", "outcomes", "disproportionality", "places", "national")
MONTHS = ("2015-01", "2025-10")


def national(work: Path) -> tuple[Path, Path]:
    """The raw and the processed folder of the national extract, made where they are not there yet."""
    import extract

    from sas_analysis.records import refresh

    raw, processed = work / "raw", work / "processed-national"
    extract.write(raw)
    refresh.update(raw, processed)
    return raw, processed


def timed_report(name: str, raw: Path, processed: Path, out: Path) -> tuple[float, float, float]:
    """Wall s, CPU s and GB of the largest process of one report of all forces."""
    places = ["--raw", raw, "--processed", processed, "--out", out]
    command = [Path(sys.executable).parent / "sas-analysis", "report", name, "--force", "all"]
    command += ["--from", MONTHS[0], "--to", MONTHS[1], *places]
    started = time.monotonic()
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{name} failed: {said}")
    unit = 1 if sys.platform == "darwin" else 1024
    return time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e9


def all_reports(work: Path, at_once: int) -> None:
    """Print a line for every report, without the audit's findings and with them, and the wall of all together."""
    raw, processed = national(work)
    for kept in (False, True):
        if not kept:
            shutil.rmtree(processed / "findings", ignore_errors=True)
        out, started = work / "national-reports", time.monotonic()
        shutil.rmtree(out, ignore_errors=True)
        with ThreadPoolExecutor(at_once) as pool:
            asked = {name: pool.submit(timed_report, name, raw, processed, out) for name in NAMES}
            print(f"findings {'kept' if kept else 'to be made'}, {at_once} at a time", flush=True)
            for name, found in asked.items():
                wall, cpu, peak = found.result()
                print(f"  {name:<20} wall {wall:6.1f} s  CPU {cpu:6.1f} s  {peak:.2f} GB", flush=True)
        print(f"  all four: wall {time.monotonic() - started:.1f} s", flush=True)


def cells(name: str, raw: Path, processed: Path, forces: Sequence[str], months=MONTHS) -> list[tuple]:
    """CPU s, wall s, peak GB and first line of every cell of a notebook, run in this process."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    [path] = (ROOT / "notebooks").glob(f"0?_{name}.ipynb")
    given = {"forces": list(forces), "start": months[0], "end": months[1]}
    given |= {"raw": str(raw), "processed": str(processed), "tables": ""}
    rows = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        if "parameters" in cell["metadata"].get("tags", []):
            source += "".join(f"\n{key} = {value!r}" for key, value in given.items())
        cpu, wall = time.process_time(), time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            shell.run_cell(source).raise_error()
        used = time.process_time() - cpu, time.perf_counter() - wall
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)
        rows.append((*used, peak, source.splitlines()[0]))
    return rows


def main() -> None:
    """Time the reports, or the cells of one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "work")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--cells", choices=NAMES, help="time the cells of one report instead")
    asked = parser.parse_args()
    if not asked.cells:
        return all_reports(asked.work, asked.at_once)
    raw, processed = national(asked.work)
    units = json.loads((processed / "manifest.json").read_text(encoding="utf-8"))["units"]
    forces = sorted({unit.split("/")[0] for unit in units})
    for cpu, wall, peak, line in cells(asked.cells, raw, processed, forces):
        print(f"CPU {cpu:6.2f} s  wall {wall:6.2f} s  {peak:5.2f} GB  {line[:80]}")


if __name__ == "__main__":
    main()
