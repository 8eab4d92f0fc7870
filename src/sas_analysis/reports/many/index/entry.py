"""What the index says of each report, from its run.json: what it is on, its headline figures, and how its run ended.

A folder of reports may hold a stranger's, so each record is checked before anything of it is taken.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sas_analysis.errors import plain
from sas_analysis.months import is_month
from sas_analysis.present.blocks import BAD, GOOD, NONE, WARN
from sas_analysis.reference.forces import check_force
from sas_analysis.reports.check import untrusted
from sas_analysis.reports.many.failures import FAILED, in_one_line
from sas_analysis.reports.one.naming import label_of

# The light of official statistics, the worst first, and the word for it beside a force.
LIGHTS = {BAD: "Contradicts", WARN: "Differs", NONE: "Not compared", GOOD: "Agrees"}
_NEEDED = ("report", "finished", "parameters.forces", "parameters.start", "parameters.end", "data.rows")
_MONTH_OF = re.compile(r"(\d{4}-\d{2})-[a-z-]+-stop-and-search\.csv$")


@dataclass(frozen=True)
class Failure:
    """How a run failed. text : its error in one line. when : in UTC. notebook : as far as it came, or None."""

    text: str
    when: str
    notebook: str | None


@dataclass(frozen=True)
class Entry:
    """One report.

    Parameters
    ----------
    folder : str
        Of the report, or of the failed run that left none.
    there : bool
        Whether there is a page to open.
    report : str
        Its name, "search_grounds".
    forces : tuple of str
        Slugs.
    borough, label : str
        The part of the force it is on; what else tells it from others on the same forces and months. "" for neither.
    start, end, made : str
        Months, and when it was made (UTC).
    records : int
        Records that it rests on.
    synthetic : bool
        Whether these are simulated.
    months : dict of str to int
        Records by month, of all its files.
    answer : str
        The answer of its first screen; "" where an earlier version made it.
    cards : dict of str to dict
        Its headline figures by id, as `blocks.Card` has them.
    official : dict
        Light, words and fact of official statistics.
    level : float or None
        Of its intervals.
    unseen : int
        Labels that no crosswalk has.
    failure : Failure or None
        Of the last run.
    """

    folder: str
    there: bool
    report: str
    forces: tuple[str, ...]
    borough: str
    label: str
    start: str
    end: str
    made: str
    records: int
    synthetic: bool
    months: dict[str, int]
    answer: str
    cards: dict[str, dict]
    official: dict
    level: float | None
    unseen: int
    failure: Failure | None = field(default=None)


def entries(out: Path) -> tuple[list[Entry], list[str]]:
    """All reports of a folder, last the runs that failed and left none; and the folders left out, with the reason."""
    failed = {folder.name: folder for folder in _folders(out / FAILED)}
    left_out: list[str] = []
    found = [_entry(folder, failed.pop(folder.name, None), left_out) for folder in _folders(out)]
    lost = [_entry(folder, folder, left_out) for folder in failed.values()]
    return _sorted(found) + _sorted(lost), left_out


def _sorted(found: Iterable[Entry | None]) -> list[Entry]:
    there = [entry for entry in found if entry is not None]
    return sorted(there, key=lambda one: (one.report, one.forces, one.start, one.borough, one.label))


def _folders(out: Path) -> list[Path]:
    return [path.parent for path in sorted(out.glob("*/run.json"))]


def _entry(folder: Path, failed: Path | None, left_out: list[str]) -> Entry | None:
    """A report: `folder` is its own, or that of the failed run where there is no report; `failed` of a failed run.

    None if its record cannot be taken, which `left_out` then says: one bad report never costs the index.
    """
    try:
        record = _record(folder)
    except (OSError, untrusted.NotTaken, ValueError) as error:
        left_out.append(f"{plain(folder.name)}: its run.json is no report's ({plain(str(error))})")
        return None
    try:
        error = _record(failed) if failed else None
    except (OSError, ValueError):
        error = None
    asked, there = record["parameters"], (folder / "report.html").is_file()
    borough = asked["borough"] if isinstance(asked.get("borough"), str) else ""
    level = asked.get("level")
    return Entry(
        folder=folder.name if there else f"{FAILED}/{folder.name}",
        there=there,
        report=record["report"],
        forces=tuple(asked["forces"]),
        borough=borough,
        label=_label(folder.name, asked, borough),
        start=asked["start"],
        end=asked["end"],
        made=_when(record),
        records=record["data"]["rows"],
        synthetic=bool(record["data"].get("synthetic")),
        months=_months(record["data"].get("files", [])),
        answer=record.get("answer", ""),
        cards={card["id"]: card for card in record.get("cards", [])},
        official=_official(record),
        level=level if isinstance(level, float) else None,
        unseen=len(record.get("unseen_labels", [])),
        failure=_failure(error, failed) if error else None,
    )


def _record(folder: Path) -> dict:
    """A run's own record, if it is whole enough to be shown. Raises NotTaken, ValueError or OSError."""
    record = untrusted.record_of(folder, _NEEDED)
    check_force(*record["parameters"]["forces"])
    if not record["parameters"]["forces"]:
        raise untrusted.NotTaken("it is on no force")
    return record


def _label(name: str, asked: dict, borough: str) -> str:
    """What stands behind the months in a folder's name, without the borough."""
    label = name.partition(f"_{asked['start']}_{asked['end']}_")[2]
    return label.removeprefix(label_of({"borough": borough})).strip("-") if borough else label


def _when(record: dict) -> str:
    return record["finished"][:16].replace("T", " ")


def _months(files: list[dict]) -> dict[str, int]:
    """Records by month, from the names of the publisher's files."""
    found: dict[str, int] = {}
    for file in files:
        month = _MONTH_OF.search(file["path"])
        if month and is_month(month[1]):
            found[month[1]] = found.get(month[1], 0) + file.get("rows", 0)
    return found


def _official(record: dict) -> dict:
    """What official statistics say of the records; of a report of an earlier version only whether they contradict."""
    told = next((light for light in record.get("trust", []) if light["id"] == "official"), None)
    if told:
        return told
    if record["data"].get("synthetic"):
        return {"light": NONE, "words": "Not compared", "fact": "These records are simulated."}
    if record.get("contradicted"):
        return {"light": BAD, "words": "Official statistics contradict", "fact": ""}
    return {"light": NONE, "words": "Not compared in this report", "fact": ""}


def _failure(record: dict, folder: Path) -> Failure:
    error = in_one_line((record.get("error") or "").strip()) or "it did not finish"
    notebook = f"{FAILED}/{folder.name}/report.ipynb" if (folder / "report.ipynb").is_file() else None
    return Failure(error, _when(record), notebook)
