"""A hundred batches in a row in one process: no process, open file or memory is left behind by any of them.

.venv/bin/python benchmarks/batches_in_a_row.py [--batches 100]
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_notebook

PARAMETERS = """forces: list[str] = []
start: str = ""
end: str = ""
raw: str = ""
processed: str = ""
tables: str = "" """
READ = """import pathlib
from sas_analysis.records import store
found = store.read(processed, forces=forces, start=start, end=end, columns=["force"])
pathlib.Path(tables, "rows.csv").write_text(f"rows\\n{len(found)}\\n")"""
MATRIX = '[[report]]\nname = "trial"\nforces = ["essex"]\nfrom = "2018-01"\nto = "2018-02"\n'


def main() -> None:
    """Print processes, open files and memory after every tenth batch; end with 1 where they grow."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=100)
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="batches-"))
    os.environ["SAS_ANALYSIS_NOTEBOOKS"] = str(place / "notebooks")  # before the package is imported
    (place / "temporary").mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(place / "temporary")  # other programs' files are not counted
    os.chdir(place)
    try:
        raise SystemExit(run(place, asked.batches))
    finally:
        os.chdir("/")
        shutil.rmtree(place, ignore_errors=True)


def run(place: Path, batches: int) -> int:
    """0, or 1 if something grew from the tenth batch to the last."""
    from sas_analysis.records.synthetic.extract import write_sample
    from sas_analysis.reports.many import batch

    write_sample(place / "raw", forces=["essex"], start="2018-01", end="2018-02", scale=0.05)
    (place / "notebooks").mkdir()
    first = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    notebook = new_notebook(cells=[first, new_code_cell(READ)], metadata={"language_info": {"name": "python"}})
    nbformat.write(notebook, place / "notebooks" / "01_trial.ipynb")
    (place / "reports.toml").write_text(MATRIX)
    places = {name: place / name for name in ("raw", "processed")} | {"out": place / "reports"}
    left = []
    for number in range(1, batches + 1):
        (outcome,) = batch.run_batch("reports.toml", batch.Options(**places, force=True, log=place / "events.jsonl"))
        if outcome.state != "made":
            raise SystemExit(f"batch {number}: {outcome.state}, {outcome.reason}")
        if number % 10 == 0:
            left.append(state(place))
            print(f"after {number:3} batches: {left[-1]}", flush=True)
    grew = [name for name in ("processes", "files", "on disk") if left[-1][name] > left[0][name]]
    grew += ["memory"] if left[-1]["memory"] > left[0]["memory"] + 30 else []
    print(f"grew: {', '.join(grew) or 'nothing'}")
    return 1 if grew else 0


def state(place: Path) -> dict[str, int]:
    """What there is: processes other than this one, open files, memory in MB of all, files and folders on disk."""
    here = psutil.Process()
    others = [process for process in psutil.process_iter() if process != here and is_ours(process, place)]
    dead = [child for child in here.children() if child.status() == psutil.STATUS_ZOMBIE]
    return {
        "processes": len(others) + len(dead),
        "files": here.num_fds() + sum(process.num_fds() for process in others),
        "memory": sum(process.memory_info().rss for process in (here, *others)) >> 20,
        "on disk": len(list(place.rglob("*"))),
    }


def is_ours(process: psutil.Process, place: Path) -> bool:
    """Whether a batch here started it: an orphan is no child of ours any more, but keeps our environment."""
    try:
        return process.environ().get("SAS_ANALYSIS_NOTEBOOKS", "").startswith(str(place))
    except psutil.Error:  # ended just now, or another user's
        return False


if __name__ == "__main__":
    main()
