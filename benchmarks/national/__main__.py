"""All whose speed is promised, beside what it is measured against: the table and the plot of docs/performance.md.

    .venv/bin/python benchmarks/national [--repeats 3] [--only ingest line ...] [--work DIR] [--dry]

The national extract is made once, by a seed. Every way is a process of its own, timed whole unless its section says
otherwise; ways take turns, so that what else the machine does falls on all alike; medians are shown, and ratios are
what to trust. What was measured goes into docs/performance.csv; sections that are not asked for keep their rows.
"""

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from page import write_page
from sections import SECTIONS

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "performance.csv"


def main() -> None:
    """Measure, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--work", type=Path, default=ROOT / "benchmarks" / "work")
    parser.add_argument("--dry", action="store_true", help="print what was measured and write nothing into docs")
    asked = parser.parse_args()
    table = pd.read_csv(TABLE) if TABLE.exists() else pd.DataFrame({"section": []})
    for name in asked.only:
        rows = pd.DataFrame(SECTIONS[name](asked.work, asked.repeats))
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        rows = rows.assign(date=f"{datetime.now(UTC):%Y-%m-%d}", machine=machine)
        print(rows.drop(columns=["date", "machine"]).round(3).to_string(index=False), flush=True)
        table = pd.concat([table[table["section"].ne(name)], rows], ignore_index=True)
        table = table.sort_values("section", key=lambda names: names.map([*SECTIONS].index), kind="stable")
        if not asked.dry:
            table.round(4).to_csv(TABLE, index=False)
            write_page(table, ROOT / "docs")


if __name__ == "__main__":
    main()
