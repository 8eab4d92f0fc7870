"""What a run of a report was asked for, checked before any work: every name in it exists, every file can be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sas_analysis.errors import DataError, ParameterError, listed
from sas_analysis.months import is_month
from sas_analysis.records import find
from sas_analysis.reference.forces import unknown_forces
from sas_analysis.reports.one import input_files, output_folder
from sas_analysis.reports.one.naming import folder_name, label_faults, label_of
from sas_analysis.reports.one.parameters import Parameter, changed, declared, find_notebook, resolve


@dataclass(frozen=True)
class Request:
    """What was asked, checked: every name in it exists."""

    name: str
    notebook: Path
    declared: dict[str, Parameter]
    own: dict[str, object]
    asked: list[str]  # as given, perhaps ["all"]
    forces: list[str]
    start: str
    end: str
    raw: Path
    processed: Path
    out: Path
    label: str

    @property
    def folder(self) -> str:
        """The name of the report's folder in OUT."""
        return folder_name(self.name, self.asked, self.start, self.end, self.label)

    @property
    def target(self) -> Path:
        """The report's folder, whether it is there or not."""
        return self.out / self.folder

    @property
    def choice(self) -> dict[str, object]:
        """The records it is about."""
        return {"forces": self.forces, "start": self.start, "end": self.end}

    @property
    def values(self) -> dict[str, object]:
        """The notebook's parameters but for the folders."""
        return self.choice | self.own


def checked(name, forces, start, end, parameters, label, raw, processed, out) -> Request:
    """The request for the arguments of `run_report`.

    Raises ParameterError, with all faults at once, for what cannot be asked; DataError for files that parameters name
    and no notebook could read, and where "all" forces are none.
    """
    faults, notebook, known, own = [], None, {}, {}
    try:
        notebook = find_notebook(name)
        known = declared(notebook)
        own, faults = resolve(known, parameters)
    except ParameterError as error:
        faults = [str(error)]
    forces = list(dict.fromkeys(forces))
    faults += [*_force_faults(forces), *_period_faults(start, end), *label_faults(label)]
    if faults:
        raise ParameterError(listed(faults))
    if faults := input_files.faults(own):
        raise DataError(listed(faults))
    label = label or label_of(changed(known, own))
    raw, processed, out = (Path(path).absolute() for path in (raw, processed, out))
    slugs = find.forces_in(output_folder.short(raw), start, end) if forces == ["all"] else forces
    return Request(name, notebook, known, own, forces, slugs, start, end, raw, processed, out, label)


def _force_faults(forces: Sequence[str]) -> Iterator[str]:
    if not forces:
        yield "no force was given; use --force SLUG, or --force all"
    if "all" in forces and len(forces) > 1:
        yield '"all" is every force; give it alone'
    yield from unknown_forces(force for force in forces if force != "all")


def _period_faults(start: str, end: str) -> list[str]:
    faults = [
        f'{option} "{month}" is not a month; write it as YYYY-MM, such as 2018-04'
        for option, month in (("--from", start), ("--to", end))
        if not is_month(month)
    ]
    if not faults and start > end:
        faults.append(f"--from {start} is after --to {end}")
    return faults
