"""Ingest of a national extract: ours against the raw parse and against pandas as usually written.

    .venv/bin/python benchmarks/ingest [--repeats 3] [--work DIR]

Every way is a process of its own, timed whole (start, imports and all). Ways alternate, so that what else the machine
does falls on all alike; medians are shown, and ratios are what to trust. Before each run all files are read once, so
that no way waits for a disk that the one before it had spared it; --cold leaves that out.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import extract

HERE = Path(__file__).parent
WAYS = ("parse_pyarrow", "clean_sas_analysis", "clean_pandas")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=Path, default=HERE.parent / "work")
    parser.add_argument("--cold", action="store_true", help="do not read the files before each run")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    asked = parser.parse_args()
    raw, out = asked.work / "raw", asked.work / "processed"
    print(f"extract: {raw}", flush=True)
    extract.write(raw)
    runs = {way: [] for way in asked.ways}
    for _ in range(asked.repeats):
        for way in asked.ways:
            shutil.rmtree(out, ignore_errors=True)
            if not asked.cold:
                _read_once(raw)
            runs[way].append(_timed(way, raw, out))
            print(f"  {way:<20} wall {runs[way][-1][0]:7.1f} s  CPU {runs[way][-1][1]:7.1f} s", flush=True)
    shutil.rmtree(out, ignore_errors=True)
    _show(runs, raw)


def _read_once(raw: Path) -> None:
    """Bring the files into memory that the system keeps them in, as long as it has room."""
    for path in raw.rglob("*.csv"):
        path.read_bytes()


def _timed(way: str, raw: Path, out: Path) -> tuple[float, float, float, int]:
    """Wall s, CPU s, peak GB and rows of one run."""
    start = time.perf_counter()
    command = [sys.executable, str(HERE / "ways.py"), way, str(raw), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    rows = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{way} failed")
    return (
        time.perf_counter() - start,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss * _rss_unit() / 1e9,
        int(rows),
    )


def _rss_unit() -> int:
    return 1 if sys.platform == "darwin" else 1024


def _show(runs: dict[str, list], raw: Path) -> None:
    files = list(raw.rglob("*.csv"))
    size = sum(path.stat().st_size for path in files)
    print(
        f"\n{len(files):,} files, {size / 1e9:.2f} GB, {os.cpu_count()} cores, "
        f"median of {len(next(iter(runs.values())))}\n"
    )
    print("| way | rows | wall s | CPU s | peak GB |\n|---|---|---|---|---|")
    median = {
        way: [statistics.median(column) for column in zip(*results, strict=True)] for way, results in runs.items()
    }
    for way, (wall, cpu, peak, rows) in median.items():
        print(f"| {way} | {rows:,.0f} | {wall:.1f} | {cpu:.1f} | {peak:.2f} |")
    ours = median.get("clean_sas_analysis")
    if ours and "parse_pyarrow" in median:
        print(f"\nCPU, ours / raw parse: {ours[1] / median['parse_pyarrow'][1]:.2f} (target: at most 2.5)")
    if ours and "clean_pandas" in median:
        print(f"wall, pandas / ours: {median['clean_pandas'][0] / ours[0]:.1f} (target: at least 10)")
    if ours:
        print(f"peak of ours: {ours[2]:.2f} GB (target: under 1)")


if __name__ == "__main__":
    main()
