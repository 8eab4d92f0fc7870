"""Which reports a scheduled run makes: reports.toml, read strictly and spread out to one job per report.

    [[report]]
    name = ["outcomes", "search_grounds"]  # or one name
    forces = ["essex", "kent"]             # one report for each; "all": each force with a file in the months
    from = "2019-01"                       # or: last = 12, the 12 months to the force's last published month
    to = "2019-12"
    parameters = { level = 0.9 }

Further keys: `together = true`, one report on all the forces of the entry; `label`; `timeout`, in seconds.
"""

import csv
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

from sas_analysis.errors import ParameterError, listed
from sas_analysis.months import is_month
from sas_analysis.names import did_you_mean
from sas_analysis.reports.many.staleness import Inventory
from sas_analysis.reports.one.naming import folder_name, label_faults, label_of
from sas_analysis.reports.one.parameters import Parameter, changed, declared, find_notebook, resolve

KEYS = ("name", "forces", "together", "from", "to", "last", "parameters", "label", "timeout")


@dataclass(frozen=True)
class Job:
    """One report to make. forces : slugs, or ["all"]. parameters : as given. timeout : seconds, or None."""

    name: str
    forces: list[str]
    start: str
    end: str
    parameters: dict = field(default_factory=dict)
    label: str = ""
    timeout: float | None = None

    @property
    def folder(self) -> str:
        """The report's folder in OUT."""
        return folder_name(self.name, self.forces, self.start, self.end, self.label)

    @property
    def notebook(self) -> Path:
        """The notebook it runs."""
        return find_notebook(self.name)

    @property
    def cells(self) -> int:
        """How many cells of code its notebook has."""
        return _cells(self.notebook)

    def values(self, inventory: Inventory) -> dict[str, object]:
        """All parameters it runs with, but for the folders."""
        forces = inventory.forces(self.start, self.end) if self.forces == ["all"] else self.forces
        own, _ = resolve(_declared(self.notebook), self.parameters)
        return {"forces": forces, "start": self.start, "end": self.end} | own


def read_matrix(path, inventory: Inventory) -> list[Job]:
    """The jobs of a file, in its order.

    inventory : the raw files, for "all" and `last`. Raises ParameterError with all that is wrong with the file.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(f"there is no {path}; write which reports to make, see docs/batch.md") from None
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path} cannot be read: {error}") from error
    entries = content.get("report", [])
    faults = [_unknown(key, ["report"], "table") for key in content if key != "report"]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        entries, faults = [], [*faults, "write each entry under a line [[report]], with two brackets"]
    elif not entries:
        faults.append("it has no [[report]]")
    jobs: list[Job] = []
    for number, entry in enumerate(entries, start=1):
        found = list(_entry_faults(entry))
        spread = [] if found else list(_spread(entry, inventory, found))
        jobs += spread
        faults += [f"[[report]] {number}: {fault}" for fault in found]
    faults += _repeated(jobs)
    if faults:
        raise ParameterError(f"{path}: {listed(faults)}")
    return jobs


# --- what is wrong with an entry ----------------------------------------------------------------------------


def _entry_faults(entry: dict) -> Iterator[str]:
    yield from (_unknown(key, KEYS, "key") for key in entry if key not in KEYS)
    yield from _name_faults(entry)
    yield from _force_faults(entry)
    yield from _period_faults(entry)
    yield from label_faults(entry.get("label", ""))
    if not isinstance(entry.get("together", False), bool):
        yield "together must be true or false"
    limit = entry.get("timeout", 1)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit > 0:
        yield f"timeout {limit!r} is not a number of seconds above 0"


def _unknown(key: str, known, kind: str) -> str:
    return f'{kind} "{key}" is unknown{did_you_mean(key, known, cutoff=0.5)} There are: {", ".join(known)}'


def _texts(value: object) -> list[str] | None:
    """A text or a list of texts as a list; None for anything else."""
    value = [value] if isinstance(value, str) else value
    return value if isinstance(value, list) and value and all(isinstance(item, str) for item in value) else None


def _name_faults(entry: dict) -> Iterator[str]:
    names, given = _texts(entry.get("name")), entry.get("parameters", {})
    if names is None:
        yield 'name must be a report\'s name, or a list of names, such as ["outcomes"]'
        return
    if not isinstance(given, dict):
        yield "parameters must be a table, such as { level = 0.9 }"
        given = {}
    for name in names:
        try:
            _, faults = resolve(_declared(find_notebook(name)), given)
        except ParameterError as error:
            yield str(error)
        else:
            yield from (f"{name}: {fault}" for fault in faults)


def _force_faults(entry: dict) -> Iterator[str]:
    forces = _texts(entry.get("forces"))
    if forces is None:
        yield 'forces must be "all", or a list of forces, such as ["essex"]'
    elif "all" in forces and len(forces) > 1:
        yield '"all" is every force; give it alone'
    unknown = [force for force in forces or [] if force != "all" and force not in _slugs()]
    if unknown:
        from sas_analysis.reference.forces import unknown_forces  # pandas; only to say what was meant

        yield from unknown_forces(unknown)


def _period_faults(entry: dict) -> Iterator[str]:
    start, end, last = (entry.get(key) for key in ("from", "to", "last"))
    for key, month in (("from", start), ("to", end)):
        if month is not None and not is_month(month):
            yield f'{key} = {month!r} is not a month; write it as "YYYY-MM", such as "2018-04"'
    if last is not None and (isinstance(last, bool) or not isinstance(last, int) or last < 1):
        yield f"last = {last!r} is not a number of months, 1 or more"
    if start is not None and last is not None:
        yield "from and last exclude each other: give from and to, or last"
    elif last is None and (start is None or end is None):
        yield "the months are missing: give from and to, or last"
    elif is_month(start) and is_month(end) and start > end:
        yield f"from {start} is after to {end}"


@cache
def _slugs() -> frozenset[str]:
    """As `reference.forces` has them, without pandas."""
    text = resources.files("sas_analysis.reference").joinpath("tables/forces.csv").read_text(encoding="utf-8")
    return frozenset(row["force"] for row in csv.DictReader(text.splitlines()))


@cache
def _cells(notebook: Path) -> int:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return sum(cell["cell_type"] == "code" for cell in cells)


@cache
def _declared(notebook: Path) -> dict[str, Parameter]:
    return declared(notebook)


# --- one entry to its jobs ----------------------------------------------------------------------------------


def _spread(entry: dict, inventory: Inventory, faults: list[str]) -> Iterator[Job]:
    """The jobs of an entry without fault. What the raw files do not allow is added to `faults`."""
    for force, start, end in _periods(entry, inventory, faults):
        for name in dict.fromkeys(_texts(entry["name"])):
            given = entry.get("parameters", {})
            known = _declared(find_notebook(name))
            label = entry.get("label", "") or label_of(changed(known, resolve(known, given)[0]))
            yield Job(name, force, start, end, given, label, entry.get("timeout"))


def _periods(entry: dict, inventory: Inventory, faults: list[str]) -> Iterator[tuple[list[str], str, str]]:
    """(forces, first month, last month) of each report of an entry.

    The last published month is that of each force; of forces taken together, the last that all of them have; of "all"
    taken together, the last that more than half have, so that one force that stopped publishing holds up no report.
    """
    forces, last, to = list(dict.fromkeys(_texts(entry["forces"]))), entry.get("last"), entry.get("to", "9999-99")
    there = inventory.forces(entry.get("from", ""), to)
    one_by_one = there if forces == ["all"] else forces
    groups = [forces] if entry.get("together") else [[force] for force in one_by_one]
    if forces == ["all"] and not there:
        faults.append("forces: there is no file of any force for these months in the raw folder")
        return
    for group in groups:
        if last is None:
            yield group, entry["from"], to
            continue
        each = [set(inventory.months(force)) for force in (there if group == ["all"] else group)]
        enough = len(each) / 2 if group == ["all"] else len(each) - 1  # more than so many
        published = Counter(month for months in each for month in months if month <= to)
        common = [month for month, number in published.items() if number > enough]
        if common:
            yield group, _months_before(max(common), last - 1), max(common)
        else:
            until = f" to {to}" if "to" in entry else ""
            faults.append(f"last: the raw folder has no month{until} of {' and '.join(group)} to count from")


def _months_before(month: str, number: int) -> str:
    months = int(month[:4]) * 12 + int(month[5:]) - 1 - number
    return f"{months // 12:04}-{months % 12 + 1:02}"


def _repeated(jobs: list[Job]) -> list[str]:
    counts = Counter(job.folder for job in jobs)
    return [
        f"{folder} would be made {count} times: leave it out once, or give one of them a label of its own"
        for folder, count in counts.items()
        if count > 1
    ]


def chosen(jobs: list[Job], only: list[str]) -> list[Job]:
    """The jobs whose folder's name holds one of some texts; all where none is given. Raises ParameterError."""
    unused = [text for text in only if not any(text in job.folder for job in jobs)]
    if unused:
        raise ParameterError(
            listed([f'--only "{text}": no report of the file has that in its name' for text in unused])
        )
    return [job for job in jobs if not only or any(text in job.folder for text in only)]


def as_task(job: Job, **more) -> dict:
    """A job as plain values, for another process."""
    fields = ("name", "forces", "start", "end", "parameters", "label", "timeout", "folder")
    return {name: getattr(job, name) for name in fields} | more
