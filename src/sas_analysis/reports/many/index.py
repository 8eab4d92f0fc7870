"""A static index of all reports in a folder: one page that needs no server, to find, sort and open them.

It is made from what the reports say of themselves: run.json, the light of official statistics, and the failed runs
in `.failed`. Nothing is run and nothing is read again from the records.
"""

import base64
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from sas_analysis.errors import RunError, plain
from sas_analysis.files import write_whole
from sas_analysis.reference.forces import check_force, in_words
from sas_analysis.reports.check import untrusted

INDEX = "index.html"
_LARGEST_LIGHTS = 16 << 20  # bytes of reconciliation.csv
_TEMPLATE = Path(__file__).parents[1] / "template"
# The light of a report is its worst; the words say what the colour means, so that neither is needed to understand.
LIGHTS = {  # as reconciliation.csv has them, the worst first
    "red": ("red", "official statistics contradict"),
    "amber": ("amber", "official statistics differ"),
    "cannot be compared": ("grey", "official statistics cannot be compared"),
    "another year": ("grey", "official statistics of another year only"),
    "green": ("green", "official statistics agree"),
}
NO_LIGHT = ("none", "not compared in this report")
SIMULATED = ("simulated", "simulated records")


def write_index(out, warn: Callable[[str], None] = lambda message: None) -> Path:
    """Write OUT/index.html over all reports in OUT and return its path; whole or not at all.

    out : folder of reports, each with its run.json. warn : called with each folder that is left out, and why.
    Raises RunError if it cannot be written or holds no report.
    """
    out = Path(out)
    rows, left_out = entries(out)
    for told in left_out:
        warn(told)
    if not rows:
        raise RunError(f"{out} holds no report; make one with: sas-analysis report --help")
    try:
        write_whole(out / INDEX, _page(rows, left_out))
    except OSError as error:
        raise RunError(f"{out / INDEX} cannot be written ({error.strerror or error})") from error
    return out / INDEX


def entries(out: Path) -> tuple[list[dict], list[str]]:
    """What the index says of each report, by report, force and period, last the runs that failed and left none; and
    the folders that are left out, with the reason."""
    failed = {folder.name: folder for folder in _folders(out / ".failed")}
    left_out: list[str] = []
    found = [_entry(folder, failed.pop(folder.name, None), left_out) for folder in _folders(out)]
    lost = [_entry(folder, folder, left_out) for folder in failed.values()]
    key = lambda entry: (entry["report"], entry["forces"], entry["start"], entry["label"])  # noqa: E731
    return [entry for part in (found, lost) for entry in sorted(filter(None, part), key=key)], left_out


def _entry(folder: Path, failed: Path | None, left_out: list[str]) -> dict | None:
    """A report's row: `folder` is its own, or that of the failed run where there is no report; `failed` of a failed
    run. None if its record cannot be taken, which `left_out` then says: one bad report never costs the index."""
    try:
        record = _record(folder)
    except (OSError, untrusted.NotTaken, ValueError) as error:
        left_out.append(f"{plain(folder.name)}: its run.json is no report's ({plain(str(error))})")
        return None
    try:
        error = _record(failed) if failed else None
    except (OSError, ValueError):
        error = None
    asked = record["parameters"]
    there = (folder / "report.html").is_file()
    light, words = _light(folder, record) if there else NO_LIGHT
    return {
        "folder": folder.name if there else f".failed/{folder.name}",
        "there": there,
        "report": record["report"].replace("_", " ").capitalize(),
        "forces": in_words(asked["forces"]),
        "label": record["borough"] or folder.name.partition(f"_{asked['start']}_{asked['end']}_")[2],
        "start": asked["start"],
        "end": asked["end"],
        "rows": record["data"]["rows"],
        "light": light,
        "light_words": words,
        "unseen": len(record["unseen_labels"]),
        "made": record["finished"][:16].replace("T", " "),
        "tables": sorted(path.name for path in (folder / "tables").glob("*.csv") if path.is_file()),
        "synthetic": record["data"]["synthetic"],
        "failure": error and _failure(error, failed),
    }


def _folders(out: Path) -> list[Path]:
    return [path.parent for path in sorted(out.glob("*/run.json"))]


_NEEDED = ("report", "finished", "parameters.forces", "parameters.start", "parameters.end", "data.rows")


def _record(folder: Path) -> dict:
    """A run's own record, if it is whole enough to be shown. Raises NotTaken, ValueError or OSError."""
    record = untrusted.record_of(folder, _NEEDED)
    check_force(*record["parameters"]["forces"])
    borough = record["parameters"].get("borough")
    record["borough"] = borough if isinstance(borough, str) else ""
    record["data"]["synthetic"] = bool(record["data"].get("synthetic"))
    return record | {"unseen_labels": record.get("unseen_labels", [])}


def _failure(record: dict, folder: Path) -> dict:
    first = next(iter((record.get("error") or "").splitlines()), "") or "it did not finish"
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
        table = untrusted.read_bytes(folder / "tables" / "reconciliation.csv", _LARGEST_LIGHTS).decode("utf-8")
        lights = {row["light"] for row in csv.DictReader(io.StringIO(table, newline=""))}
    except (OSError, KeyError, ValueError, csv.Error):
        return NO_LIGHT
    return next((shown for light, shown in LIGHTS.items() if light in lights), NO_LIGHT)


def _page(rows: list[dict], left_out: list[str]) -> str:
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
        counted=_counted(rows) + ([f"left out, for their run.json is damaged: {len(left_out):,}"] if left_out else []),
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
