"""A batch of real reports, from the raw files to the pages, by several versions of the package in turn.

    .venv/bin/python benchmarks/national/archive.py --raw FOLDER --trees . ../other [--forces 28] [--together]

FOLDER holds the publisher's files by month, unpacked. A tree is a working copy of the repository (`git worktree add
../other COMMIT`). Every version cleans the records and makes four reports of each force with files in the months, or
of all of them together; then the same batch has nothing to do. Pages have more sections than they had, so the seconds
of the cells whose tables and figures all versions have are given beside the whole.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ("data_quality", "search_grounds", "outcomes", "disproportionality")
MONTHS = ("2019-01", "2019-12")
_SHOWN = re.compile(r"page\.(?:table|figure)\(\s*\"(\w+)\"")


def forces_of(raw: Path, number: int) -> list[str]:
    """The first forces, by name, with a file in the months."""
    files = [path.name for path in raw.rglob("*-stop-and-search.csv") if MONTHS[0] <= path.name[:7] <= MONTHS[1]]
    return sorted({name[8 : -len("-stop-and-search.csv")] for name in files} - {"northern-ireland"})[:number]


def batch(tree: Path, raw: Path, out: Path, forces: list[str], together: bool) -> tuple[float, float]:
    """Wall and CPU seconds of one batch of a tree, as a whole process tree."""
    asked = {"name": list(NAMES), "forces": forces, "from": MONTHS[0], "to": MONTHS[1], "together": together}
    matrix = out / "reports.toml"
    matrix.write_text("[[report]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in asked.items()))
    command = [str(Path(sys.executable).parent / "sas-analysis"), "batch", str(matrix), "--quiet", "--raw", str(raw)]
    command += ["--processed", str(out / "processed"), "--out", str(out / "reports")]
    environment = os.environ | {"PYTHONPATH": str(tree.resolve() / "src")}
    started = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"the batch of {tree} ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - started, used.ru_utime + used.ru_stime


def sections(reports: Path) -> dict[str, list[tuple[set[str], float]]]:
    """What every cell of the reports of each name shows, and its seconds; of those before the first, nothing."""
    found = {name: [] for name in NAMES}
    for path in reports.glob("*/report.ipynb"):
        name = next(one for one in NAMES if path.parent.name.startswith(one))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            seconds = cell["metadata"].get("papermill", {}).get("duration")
            if cell["cell_type"] == "code" and seconds:
                found[name].append((set(_SHOWN.findall("".join(cell["source"]))), seconds))
    return found


def in_common(made: dict[str, dict]) -> dict[str, float]:
    """Seconds of the cells whose tables and figures every version has, and of those that show none, by version."""
    names = {
        name: set.intersection(*(set().union(*(shown for shown, _ in own[name])) for own in made.values()))
        for name in NAMES
    }
    return {
        version: sum(seconds for name in NAMES for shown, seconds in own[name] if shown <= names[name])
        for version, own in made.items()
    }


def main() -> None:
    """Print a line for every batch, and the seconds of what all versions show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--trees", type=Path, nargs="+", required=True)
    parser.add_argument("--forces", type=int, default=28)
    parser.add_argument("--together", action="store_true", help="a report on all forces, not one for each")
    parser.add_argument("--repeats", type=int, default=1)
    asked = parser.parse_args()
    forces = forces_of(asked.raw, asked.forces)
    number = len(NAMES) * (1 if asked.together else len(forces))
    print(f"{len(forces)} forces, {number} reports, {MONTHS[0]} to {MONTHS[1]}", flush=True)
    for _ in range(asked.repeats):
        made = {}
        for tree in asked.trees:
            out = Path(tempfile.mkdtemp())
            try:
                wall, cpu = batch(tree, asked.raw, out, forces, asked.together)
                again, _ = batch(tree, asked.raw, out, forces, asked.together)
                pages = [path.stat().st_size for path in (out / "reports").glob("*/report.html")]
                made[str(tree)] = sections(out / "reports")
            finally:
                shutil.rmtree(out)
            print(
                f"{tree}: wall {wall:.1f} s, CPU {cpu:.1f} s; nothing to do {again:.1f} s; "
                f"largest of {len(pages)} pages {max(pages) / 1000:.0f} kB",
                flush=True,
            )
        for version, seconds in in_common(made).items():
            print(f"{version}: cells whose tables all versions have, {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
