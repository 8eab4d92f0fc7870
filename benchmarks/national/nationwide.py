"""The six reports on all forces and months of a national extract, each as one study.

    .venv/bin/python benchmarks/national/nationwide.py [--work DIR] [--boundaries FILE] [--repeats 1]
    .venv/bin/python benchmarks/national/nationwide.py --cells outcomes    # seconds of every cell

The extract is that of `extract.py`, cleaned once. Each report is the command that a user gives, `sas-analysis report
NAME --force all`, one after the other, timed as a whole process tree: wall and CPU seconds, and the memory of the
largest process. Then all are made by one batch, two at a time. Targets: 15 s and 2 GB a report, 60 s for all. The
first report has to make the findings of the audit; all others find them there. `places` is made where boundaries of
local authorities are given. The extract's searches lie anywhere, so that each authority has searches of all 44 forces.
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


def timed(command: Sequence) -> tuple[float, float, float]:
    """Wall s, CPU s and GB of the largest process of a command of `sas-analysis`."""
    started = time.monotonic()
    words = [str(word) for word in (Path(sys.executable).parent / "sas-analysis", *command)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(words[:3])} failed: {said}")
    unit = 1 if sys.platform == "darwin" else 1024
    return time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e9


def each_alone(names: Sequence[str], places: list, boundaries: str) -> None:
    """Print a line for every report: made by a command of its own, one after the other."""
    for name in names:
        command = ["report", name, "--force", "all", "--from", MONTHS[0], "--to", MONTHS[1], *places]
        command += ["-p", f"boundaries={boundaries}"] if name == "places" else []
        print(f"  {name:<20} wall {{:6.1f}} s  CPU {{:6.1f}} s  {{:.2f}} GB".format(*timed(command)), flush=True)


def in_one_batch(names: Sequence[str], places: list, boundaries: str, work: Path) -> None:
    """Print the wall and CPU seconds of one batch of all reports."""
    matrix = work / "national.toml"
    given = f'forces = "all"\ntogether = true\nfrom = "{MONTHS[0]}"\nto = "{MONTHS[1]}"\n'
    of_places = f"parameters = {{ boundaries = {json.dumps(boundaries)} }}\n"
    reports = [f'[[report]]\nname = "{name}"\n{given}{of_places * (name == "places")}' for name in names]
    matrix.write_text("\n".join(reports), encoding="utf-8")
    found = timed(["batch", matrix, "--jobs", "2", "--quiet", *places])
    print("  all in one batch     wall {:6.1f} s  CPU {:6.1f} s  {:.2f} GB".format(*found), flush=True)


def all_reports(work: Path, boundaries: str, repeats: int) -> None:
    """Print a line for every report, and one for all, without the audit's findings and with them."""
    raw, processed = national(work)
    names, out = [name for name in NAMES if boundaries or name != "places"], work / "national-reports"
    places = ["--raw", raw, "--processed", processed, "--out", out]
    shutil.rmtree(processed / "findings", ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)
    print("findings to be made", flush=True)
    each_alone(names[:1], places, boundaries)
    for turn in range(repeats):
        print(f"findings kept, turn {turn + 1}", flush=True)
        for way in (
            lambda: each_alone(names, places, boundaries),
            lambda: in_one_batch(names, places, boundaries, work),
        ):
            shutil.rmtree(out, ignore_errors=True)
            way()


def cells(name: str, raw: Path, processed: Path, forces: Sequence[str], boundaries: str) -> list[tuple]:
    """CPU s, wall s, peak GB and first line of every cell of a notebook, run in this process."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    [path] = (ROOT / "notebooks").glob(f"0?_{name}.ipynb")
    given = {"forces": list(forces), "start": MONTHS[0], "end": MONTHS[1]}
    given |= {"raw": str(raw), "processed": str(processed), "tables": ""}
    given |= {"boundaries": boundaries} if boundaries else {}
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
    parser.add_argument("--boundaries", default="", help="GeoJSON of local authorities, for the report places")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--cells", choices=NAMES, help="time the cells of one report instead")
    asked = parser.parse_args()
    if not asked.cells:
        return all_reports(asked.work, asked.boundaries, asked.repeats)
    raw, processed = national(asked.work)
    units = json.loads((processed / "manifest.json").read_text(encoding="utf-8"))["units"]
    forces = sorted({unit.split("/")[0] for unit in units})
    for cpu, wall, peak, line in cells(asked.cells, raw, processed, forces, asked.boundaries):
        print(f"CPU {cpu:6.2f} s  wall {wall:6.2f} s  {peak:5.2f} GB  {line[:80]}")


if __name__ == "__main__":
    main()
