"""One run of a report: check what was asked, update the data, execute the notebook, publish the folder."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from sas_analysis.errors import (
    DataError,
    ParameterError,
    ReconciliationError,
    TransientError,
    UnknownLabelError,
    listed,
)
from sas_analysis.months import is_month
from sas_analysis.records import find, refresh, store
from sas_analysis.reference.authorities import official_name
from sas_analysis.reference.forces import check_force, in_words
from sas_analysis.reference.official.reconcile import RED, lights
from sas_analysis.reports.many import staleness
from sas_analysis.reports.one import crate, execute, output_folder, page, provenance
from sas_analysis.reports.one.naming import folder_name, label_faults
from sas_analysis.reports.one.parameters import Parameter, declared, find_notebook, resolve

Progress = Callable[[str], None]


@dataclass(frozen=True)
class _Request:
    """What was asked, checked: every name in it exists."""

    name: str
    notebook: Path
    declared: dict[str, Parameter]
    own: dict[str, object]
    forces: list[str]
    start: str
    end: str
    raw: Path
    processed: Path
    out: Path
    folder: str

    @property
    def target(self) -> Path:
        return self.out / self.folder

    @property
    def choice(self) -> dict[str, object]:
        """The records it is about."""
        return {"forces": self.forces, "start": self.start, "end": self.end}

    @property
    def values(self) -> dict[str, object]:
        """The notebook's parameters but for the folders."""
        return self.choice | self.own


def run_report(
    name: str,
    *,
    forces: Sequence[str],
    start: str,
    end: str,
    parameters: dict | None = None,
    raw="data/raw",
    processed="data/processed",
    out="reports",
    label: str = "",
    strict: bool = False,
    progress: Progress | None = None,
    verbose: bool = False,
    kernel=None,
) -> Path:
    """Make one report and return its folder, OUT/NAME_FORCE_FROM_TO[_LABEL] (several forces joined with "+").

    label : letters, digits and hyphens; "_LABEL" is added to the folder's name, so that reports of several boroughs
    of one force can stand side by side.

    forces : slugs, or ["all"] for every force with a file in the period. start, end : months "YYYY-MM", inclusive.
    parameters : the notebook's own, by name; see `parameters.declared`. kernel : see `execute.execute`.
    strict : whether a label never seen before is an error, and records that official statistics contradict.
    progress : called with one line of text at each step.
    Raises ParameterError, with all faults at once, for what cannot be asked; DataError where records are missing
    or refused; UnknownLabelError if strict; RunError if the notebook fails or OUT cannot be written. A report that
    was there before stays as it was unless the new one is whole. ReconciliationError if strict and a light is red:
    then the report is made and stands in its place.
    """
    started = datetime.now(UTC)
    progress = progress or (lambda message: None)
    request = _checked(name, forces, start, end, parameters or {}, label, raw, processed, out)
    with output_folder.told_in_words(request), output_folder.working_folder(request) as work:
        update = _update_data(request, strict, progress)
        contradicted = _make(request, work, update, started, progress, verbose, strict, kernel)
        output_folder.publish(work / "report", request.target, work / "previous")
    if contradicted:
        raise ReconciliationError(
            f"{contradicted}\nthe report is made, and says so: {output_folder.short(request.target)}"
        )
    return request.target


# --- what was asked ---------------------------------------------------------------------------------------


def _checked(name, forces, start, end, parameters, label, raw, processed, out) -> _Request:
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
    folder = folder_name(name, forces, start, end, label)
    raw, processed, out = (Path(path).absolute() for path in (raw, processed, out))
    forces = _all_forces(raw, start, end) if forces == ["all"] else forces
    return _Request(name, notebook, known, own, forces, start, end, raw, processed, out, folder)


def _force_faults(forces: Sequence[str]) -> Iterator[str]:
    if not forces:
        yield "no force was given; use --force SLUG, or --force all"
    if "all" in forces and len(forces) > 1:
        yield '"all" is every force; give it alone'
    for force in forces:
        try:
            if force != "all":
                check_force(force)
        except ValueError as error:
            yield str(error)


def _period_faults(start: str, end: str) -> list[str]:
    faults = [
        f'{option} "{month}" is not a month; write it as YYYY-MM, such as 2018-04'
        for option, month in (("--from", start), ("--to", end))
        if not is_month(month)
    ]
    if not faults and start > end:
        faults.append(f"--from {start} is after --to {end}")
    return faults


def _all_forces(raw: Path, start: str, end: str) -> list[str]:
    files, _ = find.find_files(raw)
    found = sorted({file.force for file in files if start <= file.month <= end})
    try:
        check_force(*found)
    except ValueError as error:
        raise DataError(f"{output_folder.short(raw)} has files of a force that is none: {error}") from error
    if not found:
        raise DataError(f"{output_folder.short(raw)} has no stop-and-search file of any force for {start} to {end}")
    return found


# --- making it --------------------------------------------------------------------------------------------


def _update_data(request: _Request, strict: bool, progress: Progress) -> refresh.Update:
    update = refresh.update(request.raw, request.processed, **request.choice, progress=progress)
    if strict and len(update.unseen):
        raise UnknownLabelError(
            f"labels that no crosswalk has: {describe_unseen(update.unseen.to_dict('records'))}. Add them to "
            "records/labels, or run without --strict: they are then counted as unrecognised"
        )
    if strict and len(update.unread):
        raise DataError("\n".join(["dates cannot be read (--strict):", *refresh.describe_unread(update.unread)]))
    with suppress(DataError):  # of other months, which the audit judges these by: without those refused
        refresh.update(request.raw, request.processed, forces=request.forces, progress=progress)
    return update


def describe_unseen(unseen: Sequence[dict]) -> str:
    """Labels that no crosswalk has, in words: how many, and the first with their counts of searches."""
    first = [
        f"{row['column']} {row['label']!r} ({row['count']:,} in {row['force']} {row['month']})" for row in unseen[:5]
    ]
    more = f" and {len(unseen) - len(first)} more" if len(unseen) > len(first) else ""
    return f"{len(unseen)}, {'; '.join(first)}{more}"


def _make(request: _Request, work: Path, update, started, progress: Progress, verbose, strict, kernel) -> str:
    """Fill work/report: tables and notebook, the page, and last run.json and the crate, which hold hashes of all.

    Returns what a strict run is to end with, or "".
    """
    report = work / "report"
    (report / "tables").mkdir(parents=True)
    data = _data(request)
    progress(f"{request.notebook.name}: running on {data['rows']:,} records")
    folders = {"raw": request.raw, "processed": request.processed, "tables": report / "tables"}
    if request.own.get("boundaries"):
        folders["boundaries"] = Path(request.own["boundaries"]).absolute()
    files = staleness.files_of(request.own)  # absolute, for the notebook runs in a folder of its own
    injected = request.values | {name: str(path) for name, path in (folders | files).items()}
    nb, error = execute.execute(request.notebook, injected, work, verbose, kernel)
    # The notebook is kept for its reader, for whom the report is where it will be.
    text = execute.text_of(nb, request.notebook).replace(f".work/{work.name}/report", request.folder)
    shown = request.values | folders | {"tables": Path("tables")}
    facts = {
        "data": data,
        "unseen": update.unseen,
        "unread": update.unread,
        "started": started,
        "inputs": staleness.hashes_of(files),
    }
    if error is not None:
        facts |= {"exit_status": error.exit_code, "error": str(error)}
        record = provenance.record(request.name, request.notebook, shown, **facts)
        raise output_folder.with_places(error, request, output_folder.keep_failed(request, text, record))
    if _data(request) != data:
        raise TransientError("another run changed the processed data while the report was made; make it again")
    (report / "report.ipynb").write_text(text, encoding="utf-8")
    facts["reads"] = provenance.reads(work / "reads", request.choice, request.processed)
    contradicted = "" if data["synthetic"] else _contradicted(report / "tables")
    ends = {"exit_status": ReconciliationError.exit_code, "error": contradicted} if contradicted and strict else {}
    facts |= {"contradicted": contradicted, "exit_status": 0} | ends
    record = provenance.record(request.name, request.notebook, shown, **facts)
    (report / "report.html").write_text(_page(request, nb, record, report / "tables"), encoding="utf-8")
    record["outputs"] = staleness.describe_outputs(report)
    provenance.write(record, report / staleness.RECORD)
    crate.write(record, report)
    progress(f"{request.notebook.name}: done in {record['duration_s']} s")
    return contradicted if strict else ""


def _contradicted(tables: Path) -> str:
    """What the report's table of official figures says in red, or "": a report may have no such table."""
    try:
        found = pd.read_csv(tables / "reconciliation.csv").fillna({"note": ""})
    except FileNotFoundError:
        return ""
    red = lights(found)
    red = red[red["light"].eq(RED)]
    said = [f"{row.force}, year ending {row.year_ending}: {row.note}" for row in red.itertuples()]
    return f"official statistics contradict these records: {'; '.join(said)}" if said else ""


def _data(request: _Request) -> dict:
    sources = store.sources(request.processed, forces=request.forces)
    inside = sources["month"].between(request.start, request.end)
    return provenance.describe_data(sources[inside], sources[~inside])


def _page(request: _Request, nb, record: dict, tables: Path) -> str:
    explained = [
        {"name": name, "value": _as_typed(value), "help": request.declared[name].help}
        for name, value in request.values.items()
    ]
    names = sorted(path.name for path in tables.iterdir())
    return page.render(
        nb,
        title=request.name.replace("_", " ").capitalize(),
        subtitle=f"{_who(request)}, {request.start} to {request.end}",
        parameters=explained,
        provenance=record,
        tables=names,
    )


def _who(request: _Request) -> str:
    """Of whom the report is; a local authority by its official name, however it was typed."""
    forces, borough = in_words(request.forces), request.own.get("borough")
    return f"{official_name(borough)} ({forces})" if borough else forces


def _as_typed(value: object) -> str:
    """A parameter's value as the command line takes it."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "none" if value is None else str(value)
