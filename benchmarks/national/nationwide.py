"""The six reports on all forces and months of a national extract, each as one study.

    .venv/bin/python benchmarks/national --only national         # timed, into docs/performance.md
    .venv/bin/python benchmarks/national/nationwide.py outcomes  # seconds of every cell of one

The extract is that of `extract.py`, cleaned once. Each report is the command that a user gives, `sas-analysis report
NAME --force all`, timed as a whole process tree. Then all are made by one batch, two at a time. Targets: 15 s and 2 GB
a report, 60 s for all, where the raw parse of the extract takes 5.4 s. The parse is timed before each of them, for
the speed of a virtual machine changes from minute to minute. The findings of the audit, made once a month, are timed
apart.
"""

import argparse
import contextlib
import io
import json
import resource
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import extract
import timing

ROOT = Path(__file__).parents[2]
NAMES = ("data_quality", "search_grounds", "outcomes", "disproportionality", "places", "national")
BATCH = "all six, one batch"
PARSE = "raw parse, before each"
USED = 4  # gigabytes: of the two largest reports at once, with their forks
MONTHS = ("2015-01", "2025-10")
COMMAND = str(Path(sys.executable).parent / "sas-analysis")


def national(work: Path) -> tuple[Path, Path, str]:
    """The raw and the processed folder of the national extract, and its boundaries, made where they are not there."""
    from sas_analysis.records import refresh

    raw, processed = extract.write(work / "raw"), work / "processed-national"
    refresh.update(raw, processed)
    return raw, processed, str(extract.write_boundaries(work / "boundaries"))


def measured(work: Path, repeats: int) -> dict[str, list[dict]]:
    """The runs of every way: the audit's findings, each report, all of them in one batch, and the parse before each."""
    raw, processed, boundaries = national(work)
    out, runs = work / "national-reports", {}
    places = ["--raw", str(raw), "--processed", str(processed), "--out", str(out)]
    ways = {name: [*_report(name, boundaries), *places] for name in NAMES}
    ways[BATCH] = ["batch", str(_matrix(work, boundaries)), "--jobs", "2", "--quiet", *places]
    shutil.rmtree(processed / "findings", ignore_errors=True)
    turns = [("search_grounds, and the audit", ways["search_grounds"]), *(list(ways.items()) * repeats)]
    for way, words in turns:
        shutil.rmtree(out, ignore_errors=True)
        timing.warm_memory(USED)
        parse = timing.run("ingest.py", "parse_pyarrow", raw, work)
        timing.warm_memory(USED)  # again: what the parse left idle has cooled
        own = timing.of([COMMAND, *words])
        runs.setdefault(PARSE, []).append(parse)
        runs.setdefault(way, []).append(own)
        print(f"  {way:<30} {own['wall_s']:6.1f} s, {own['wall_s'] / parse['wall_s']:.2f} raw parses", flush=True)
    return runs


def _report(name: str, boundaries: str) -> list[str]:
    """The words of one report."""
    words = ["report", name, "--force", "all", "--from", MONTHS[0], "--to", MONTHS[1]]
    return [*words, "-p", f"boundaries={boundaries}"] if name == "places" else words


def _matrix(work: Path, boundaries: str) -> Path:
    """The file of a batch of all six."""
    given = f'forces = "all"\ntogether = true\nfrom = "{MONTHS[0]}"\nto = "{MONTHS[1]}"\n'
    of_places = f"parameters = {{ boundaries = {json.dumps(boundaries)} }}\n"
    reports = [f'[[report]]\nname = "{name}"\n{given}{of_places * (name == "places")}' for name in NAMES]
    path = work / "national.toml"
    path.write_text("\n".join(reports), encoding="utf-8")
    return path


def cells(name: str, raw: Path, processed: Path, forces: Sequence[str], boundaries: str) -> list[tuple]:
    """CPU s, wall s, peak GB and first line of every cell of a notebook, run in this process."""
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

    from sas_analysis.reports.one.execute import STRINGS

    pd.set_option(*STRINGS)  # as in the kernel of a report
    shell = InteractiveShell.instance()
    [path] = (ROOT / "notebooks").glob(f"0?_{name}.ipynb")
    given = {"forces": list(forces), "start": MONTHS[0], "end": MONTHS[1]}
    given |= {"raw": str(raw), "processed": str(processed), "tables": ""}
    given |= {"boundaries": boundaries} if name == "places" else {}
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
    """Time the cells of one report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "work")
    asked = parser.parse_args()
    raw, processed, boundaries = national(asked.work)
    units = json.loads((processed / "manifest.json").read_text(encoding="utf-8"))["units"]
    forces = sorted({unit.split("/")[0] for unit in units})
    for cpu, wall, peak, line in cells(asked.name, raw, processed, forces, boundaries):
        print(f"CPU {cpu:6.2f} s  wall {wall:6.2f} s  {peak:5.2f} GB  {line[:80]}")


if __name__ == "__main__":
    main()
