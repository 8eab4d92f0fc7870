"""Compare the tables of two folders of reports byte for byte, and what their pages show of them.

    python scripts/same_tables.py OLD NEW [--moved tests/reference/moved_tables.txt]

OLD, NEW : folders that `sas-analysis batch` filled from the same reports.toml and raw files by two versions of
the code.
Ends with 1 if a table differs, is missing or is new, and is not listed in `--moved` (a line each: glob, reason).
"""

import argparse
import difflib
import json
import sys
from fnmatch import fnmatch
from pathlib import Path


def files(folder: Path) -> dict[str, bytes]:
    """All tables of all reports below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.glob("*/tables/*.csv"))}


def shown(folder: Path) -> dict[str, str]:
    """What the notebooks show, by report."""
    out = {}
    for path in sorted(folder.glob("*/report.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts = [text for cell in cells for text in outputs(cell)]
        out[path.parent.name] = "\n\n".join(texts)
    return out


def outputs(cell: dict) -> list[str]:
    """The plain text of a cell's tables and sentences."""
    data = [output.get("data", {}) for output in cell.get("outputs", [])]
    return ["".join(each.get("text/markdown", each.get("text/plain", ""))) for each in data if "image/png" not in each]


def main() -> int:
    """Print the differences; 1 if there are any that are not listed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--moved", type=Path, help="tables that may differ: a glob and the reason, a line each")
    parser.add_argument("--shown", action="store_true", help="compare what the notebooks show as well")
    asked = parser.parse_args()
    lines = asked.moved.read_text(encoding="utf-8").splitlines() if asked.moved else []
    allowed = [line.split(maxsplit=1)[0] for line in lines if line.strip() and not line.startswith("#")]
    old, new = files(asked.old), files(asked.new)
    differ = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    faults = [name for name in differ if not any(fnmatch(name, glob) for glob in allowed)]
    for name in faults:
        print(name, "is gone" if name not in new else "is new" if name not in old else "differs")
        pair = [side.get(name, b"").decode().splitlines() for side in (old, new)]
        print(*list(difflib.unified_diff(*pair, lineterm="", n=0))[2:8], sep="\n")
    print(f"{len(old)} tables before, {len(new)} now; {len(differ)} differ, {len(differ) - len(faults)} of them listed")
    if asked.shown:
        before, now = shown(asked.old), shown(asked.new)
        for name in sorted(before.keys() & now.keys()):
            print(*difflib.unified_diff(before[name].splitlines(), now[name].splitlines(), lineterm="", n=0), sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
