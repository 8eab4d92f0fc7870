"""A static index of all reports in a folder: one page that needs no server, to find, sort and open them.

It is made from what the reports say of themselves: run.json, the light of official statistics, and the failed runs
in `.failed`. Nothing is run and nothing is read again from the records.
"""

import base64
import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from sas_analysis.errors import RunError
from sas_analysis.files import write_whole
from sas_analysis.reference.forces import check_force, in_words

INDEX = "index.html"
_TEMPLATE = Path(__file__).parents[1] / "template"
# The light of a report is its worst; the words say what the colour means, so that neither is needed to understand.
LIGHTS = {  # as reconciliation.csv has them, the worst first
    "red": ("red", "official statistics contradict"),
    "amber": ("amber", "official statistics differ"),
    "cannot be compared": ("grey", "official statistics cannot be compared"),
    "green": ("green", "official statistics agree"),
}
NO_LIGHT = ("none", "not compared in this report")
SIMULATED = ("simulated", "simulated records")


def write_index(out) -> Path:
    """Write OUT/index.html over all reports in OUT and return its path; whole or not at all.

    out : folder of reports, each with its run.json. Raises RunError if it cannot be written or holds no report.
    """
    out = Path(out)
    rows = entries(out)
    if not rows:
        raise RunError(f"{out} holds no report; make one with: sas-analysis report --help")
    try:
        write_whole(out / INDEX, _page(rows))
    except OSError as error:
        raise RunError(f"{out / INDEX} cannot be written ({error.strerror or error})") from error
    return out / INDEX


def entries(out: Path) -> list[dict]:
    """What the index says of each report, by report, force and period; last the runs that failed and left none."""
    failed = {path.parent.name: path.parent for path in sorted(out.glob(".failed/*/run.json"))}
    whole = [path.parent for path in sorted(out.glob("*/run.json"))]
    found = [entry for folder in whole if (entry := _entry(folder, failed.pop(folder.name, None)))]
    lost = [entry for folder in failed.values() if (entry := _entry(folder, folder))]
    key = lambda entry: (entry["report"], entry["forces"], entry["start"], entry["label"])  # noqa: E731
    return [*sorted(found, key=key), *sorted(lost, key=key)]


def _entry(folder: Path, failed: Path | None) -> dict | None:
    """A report's row: `folder` is its own, or that of the failed run where there is no report; `failed` of a failed
    run. None if its record cannot be read."""
    record, error = _record(folder), _record(failed) if failed else None
    if record is None:
        return None
    asked = record["parameters"]
    there = (folder / "report.html").is_file()
    light, words = _light(folder, record) if there else NO_LIGHT
    return {
        "folder": folder.name if there else f".failed/{folder.name}",
        "there": there,
        "report": record["report"].replace("_", " ").capitalize(),
        "forces": in_words(asked["forces"]),
        "label": asked.get("borough") or folder.name.partition(f"_{asked['start']}_{asked['end']}_")[2],
        "start": asked["start"],
        "end": asked["end"],
        "rows": record["data"]["rows"],
        "light": light,
        "light_words": words,
        "unseen": len(record["unseen_labels"]),
        "made": record["finished"][:16].replace("T", " "),
        "tables": sorted(path.name for path in (folder / "tables").glob("*.csv")),
        "synthetic": record["data"]["synthetic"],
        "failure": error and _failure(error, failed),
    }


def _record(folder: Path) -> dict | None:
    """A run's own record, if it is whole enough to be shown."""
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        asked, data = record["parameters"], record["data"]
        check_force(*asked["forces"])
        needed = (asked["start"], asked["end"], data["rows"], record["finished"], record["report"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record | {"unseen_labels": record.get("unseen_labels", [])} if None not in needed else None


def _failure(record: dict, folder: Path) -> dict:
    first = (record.get("error") or "it did not finish").splitlines()[0]
    notebook = folder / "report.ipynb"
    return {
        "text": first,
        "when": record["finished"][:16].replace("T", " "),
        "notebook": f".failed/{folder.name}/report.ipynb" if notebook.is_file() else None,
    }


def _light(folder: Path, record: dict) -> tuple[str, str]:
    """The worst light of official statistics in a report, and what it means."""
    if record["data"]["synthetic"]:
        return SIMULATED
    try:
        with (folder / "tables" / "reconciliation.csv").open(encoding="utf-8", newline="") as stream:
            lights = {row["light"] for row in csv.DictReader(stream)}
    except (OSError, KeyError, csv.Error):
        return NO_LIGHT
    return next((shown for light, shown in LIGHTS.items() if light in lights), NO_LIGHT)


def _page(rows: list[dict]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    jinja = Environment(
        loader=FileSystemLoader(_TEMPLATE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    script = (_TEMPLATE / "site.js").read_text(encoding="utf-8")
    style = "".join((_TEMPLATE / name).read_text(encoding="utf-8") for name in ("style.css", "site.css"))
    return jinja.get_template("site.html.j2").render(
        rows=rows,
        synthetic=all(row["synthetic"] for row in rows),
        counted=_counted(rows),
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        style=style,
        script=script,
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _counted(rows: Iterable[dict]) -> list[str]:
    """What there is, in words: reports, failed runs, and reports by light."""
    rows = list(rows)
    there = [row for row in rows if row["there"]]
    failed = sum(row["failure"] is not None for row in rows)
    lights = Counter(row["light_words"] for row in there)
    parts = [f"{len(there):,} reports"] + [f"{number:,}: {words}" for words, number in lights.most_common()]
    return parts + ([f"last run failed: {failed:,}"] if failed else [])
