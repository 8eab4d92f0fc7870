"""List the licence of everything that requirements.lock pins, into docs/licences.csv: `python scripts/licences.py`.

It reads what the packages installed here say of themselves. One that says nothing, or that is pinned for another
platform or another Python, keeps the line it has: "?" until somebody has looked it up.
"""

import csv
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = ROOT / "docs" / "licences.csv"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.M)
_CLASSIFIER = "License :: OSI Approved :: "


def pinned() -> list[str]:
    """The names that the lock pins, each once."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return sorted({re.sub(r"[-_.]+", "-", name).lower() for name in _PINNED.findall(lock)})


def licence_of(name: str) -> str | None:
    """As a package says it: an expression, else its classifiers, else the first line of its text; None if absent."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if expression := told.get("License-Expression"):
        return expression
    classified = [
        each.removeprefix(_CLASSIFIER) for each in told.get_all("Classifier", []) if each.startswith(_CLASSIFIER)
    ]
    text = (told.get("License") or "").strip()
    return "; ".join(classified) or (text.splitlines()[0][:100] if text else "not stated")


def main() -> None:
    """Write the list."""
    known = {}
    if LIST.exists():
        with LIST.open(encoding="utf-8", newline="") as stream:
            known = {row["package"]: row["licence"] for row in csv.DictReader(stream)}
    here = {name: licence_of(name) for name in pinned()}
    found = {name: said if said not in (None, "not stated") else known.get(name, "?") for name, said in here.items()}
    with LIST.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["package", "licence"])
        writer.writerows(found.items())
    print(f"{LIST.relative_to(ROOT)}: {len(found)} packages")


if __name__ == "__main__":
    sys.exit(main())
