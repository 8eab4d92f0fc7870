"""The memory that reports take, force by force: the largest process of each, in MB (docs/scheduling.md).

.venv/bin/python benchmarks/memory.py RAW [--force SLUG ...] [--report NAME ...] [--from YYYY-MM --to YYYY-MM]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPT = """import resource, subprocess, sys
code = subprocess.call([sys.executable, "-c", "from sas_analysis.cli import app; app()", *sys.argv[1:]])
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"""


def main() -> None:
    """Print a line for each force and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--force", nargs="*", default=["metropolitan", "essex"])
    parser.add_argument("--report", nargs="*", default=["data_quality", "disproportionality"])
    parser.add_argument("--from", dest="start", default="2020-11")
    parser.add_argument("--to", dest="end", default="2021-11")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        for force in asked.force:
            for report in asked.report:
                code, megabytes = measured(Path(folder), asked.raw.resolve(), force, report, asked.start, asked.end)
                many = searches(Path(folder), force, report)
                print(
                    f"| {report}, {force} | {many:,} | {megabytes} MB |{f' exit code {code}' if code else ''}",
                    flush=True,
                )


def measured(place: Path, raw: Path, force: str, report: str, start: str, end: str) -> tuple[int, int]:
    """Exit code and megabytes of a batch of one report: its runner and kernel are children of one process."""
    together = "together = true\n" if force == "all" else ""
    forces = '"all"' if force == "all" else json.dumps([force])
    matrix = f'[[report]]\nname = "{report}"\nforces = {forces}\n'
    (place / "reports.toml").write_text(f'{matrix}{together}from = "{start}"\nto = "{end}"\n')
    command = [sys.executable, "-c", SCRIPT, "batch", "reports.toml", "--raw", raw, "--jobs", "1", "--quiet"]
    said = subprocess.run(list(map(str, command)), cwd=place, capture_output=True, text=True)
    code, megabytes = said.stdout.strip().splitlines()[-1].split()
    return int(code), int(megabytes)


def searches(place: Path, force: str, report: str) -> int:
    """Of how many the report is, as it says itself; 0 if it was not made."""
    found = list(place.glob(f"reports/{report}_{force}_*/run.json"))
    return sum(json.loads(path.read_text())["data"]["rows"] for path in found)


if __name__ == "__main__":
    main()
