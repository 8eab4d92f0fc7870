"""One run of a report: check what was asked, update the data, execute the notebook, publish the folder."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pandas as pd

from sas_analysis.errors import DataError, ReconciliationError, TransientError, UnknownLabelError
from sas_analysis.present.blocks import headline_of
from sas_analysis.present.wording import span
from sas_analysis.records import refresh, store
from sas_analysis.reference.authorities import official_name
from sas_analysis.reference.forces import in_words
from sas_analysis.reference.official.reconcile import RED, lights
from sas_analysis.reports.many import staleness
from sas_analysis.reports.one import crate, execute, input_files, output_folder, page, provenance
from sas_analysis.reports.one.request import Request, checked
from sas_analysis.rounding import to_nearest

Progress = Callable[[str], None]


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

    label : letters, digits and hyphens, added to the folder's name. Without one it follows from the parameters that
    are not the defaults (borough=Southwark: "borough-Southwark"), so that no report replaces one on something else.

    forces : slugs, or ["all"] for every force with a file in the period. start, end : months "YYYY-MM", inclusive.
    parameters : the notebook's own, by name; see `parameters.declared`. kernel : see `execute.execute`.
    strict : whether a label never seen before is an error, and records that official statistics contradict.
    progress : called with one line of text at each step.
    Raises ParameterError, with all faults at once, for what cannot be asked; DataError where records, or files that
    parameters name, are missing or refused; UnknownLabelError if strict; RunError if the notebook fails or OUT cannot
    be written. A report that was there before stays as it was unless the new one is whole. ReconciliationError if
    strict and a light is red: then the report is made and stands in its place.
    """
    started = datetime.now(UTC)
    progress = progress or (lambda message: None)
    request = checked(name, forces, start, end, parameters or {}, label, raw, processed, out)
    with output_folder.system_errors_explained(request), output_folder.working_folder(request) as work:
        update = _update_data(request, strict, progress)
        contradicted = _make(request, work, update, started, progress, verbose, strict, kernel)
        output_folder.publish(work / "report", request.target, work / "previous")
    if contradicted:
        where = output_folder.short(request.target)
        raise ReconciliationError(f"{contradicted}\nthe report was written, and says this above its headline: {where}")
    return request.target


@cache
def prepare() -> None:
    """Import what a run needs beside its notebook's cells, and render a page of nothing, which compiles the templates.

    What it takes, 0.8 s, a kernel that was begun takes to import what cells need.
    """
    with execute.without_uri_grammar():
        import papermill  # noqa: F401
        import rocrate.rocrate  # noqa: F401
        from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    output = new_output("display_data", {"text/html": "<table></table>", "text/plain": ""})
    nb = new_notebook(cells=[new_markdown_cell("# Title"), new_code_cell("1", outputs=[output], execution_count=1)])
    data = {"synthetic": True, "sha256": "", "rows": 0, "files": []}
    facts = {"data": data, "unseen": pd.DataFrame(), "started": datetime.now(UTC), "exit_status": 0}
    record = provenance.record("", Path(__file__), {}, **facts)
    page.render(nb, title="", subtitle="", parameters=[], provenance=record, tables=[])


# --- making it --------------------------------------------------------------------------------------------


def _update_data(request: Request, strict: bool, progress: Progress) -> refresh.Update:
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


def _make(request: Request, work: Path, update, started, progress: Progress, verbose, strict, kernel) -> str:
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
    files = input_files.files_of(request.own)  # absolute, for the notebook runs in a folder of its own
    injected = request.values | {name: str(path) for name, path in (folders | files).items()}
    if kernel is not None:
        prepare()
    begun = crate.begin(data)
    nb, error = execute.execute(request.notebook, injected, work, verbose, kernel)
    # The stored notebook names the report's final folder, not the one it is made in.
    text = execute.text_of(nb, request.notebook).replace(f".work/{work.name}/report", request.folder)
    shown = request.values | folders | {"tables": Path("tables")}
    facts = {
        "data": data,
        "unseen": _rounded(update.unseen, request),
        "unread": _rounded(update.unread, request),
        "started": started,
        "inputs": staleness.hashes_of(files),
    }
    if error is not None:
        facts |= {"exit_status": error.exit_code, "error": str(error)}
        record = provenance.record(request.name, request.notebook, shown, **facts)
        raise output_folder.with_paths(error, request, output_folder.save_failed(request, text, record))
    if _data(request) != data:
        raise TransientError("another run changed the processed data while the report was made; make it again")
    (report / "report.ipynb").write_text(text, encoding="utf-8")
    facts["reads"] = provenance.reads(work / "reads", request.choice, request.processed)
    contradicted = "" if data["synthetic"] else _contradicted(report / "tables")
    ends = {"exit_status": ReconciliationError.exit_code, "error": contradicted} if contradicted and strict else {}
    facts |= {
        "contradicted": contradicted,
        "headline": {name: part for name, part in headline_of(nb).items() if name in ("answer", "cards", "trust")},
        "exit_status": 0,
    } | ends
    record = provenance.record(request.name, request.notebook, shown, **facts)
    (report / "report.html").write_text(_page(request, nb, record, report / "tables"), encoding="utf-8")
    record["outputs"] = staleness.describe_outputs(report)
    provenance.write(record, report / staleness.RECORD)
    crate.write(record, report, begun)
    progress(f"{request.notebook.name}: done in {record['duration_s']} s")
    return contradicted if strict else ""


def _contradicted(tables: Path) -> str:
    """What the report's table of official figures says in red, or "": a report may have no such table."""
    try:
        found = pd.read_csv(tables / "reconciliation.csv").fillna({"note": "", "compared_with": ""})
    except FileNotFoundError:
        return ""
    red = lights(found)
    red = red[red["light"].eq(RED)]
    said = [f"{row.force}, year ending {row.year_ending}: {row.note}" for row in red.itertuples()]
    return f"official statistics contradict these records: {'; '.join(said)}" if said else ""


def _rounded(table: pd.DataFrame, request: Request) -> pd.DataFrame:
    """A table of counts of records as the report's parameter `round_to` has them."""
    counts = [name for name in ("rows", "count", "unread", "records") if name in table]
    return table.assign(**{name: to_nearest(table[name], request.values.get("round_to") or 0) for name in counts})


def _data(request: Request) -> dict:
    sources = store.sources(request.processed, forces=request.forces)
    sources = _rounded(sources, request)
    inside = sources["month"].between(request.start, request.end)
    return provenance.describe_data(sources[inside], sources[~inside])


def _page(request: Request, nb, record: dict, tables: Path) -> str:
    explained = [
        {"name": name, "value": _as_typed(value), "help": request.declared[name].help}
        for name, value in request.values.items()
    ]
    names = sorted(path.name for path in tables.iterdir())
    figures = sorted(path.name for path in (tables.parent / "figures").glob("*"))
    return page.render(
        nb,
        title=request.name.replace("_", " ").capitalize(),
        subtitle=f"{_subject(request)}, {span(request.start, request.end)}",
        parameters=explained,
        provenance=record,
        tables=names,
        figures=figures,
    )


def _subject(request: Request) -> str:
    """Whom the report is about; a local authority by its official name, however it was typed."""
    forces, borough = in_words(request.forces), request.own.get("borough")
    return f"{official_name(borough)} ({forces})" if borough else forces


def _as_typed(value: object) -> str:
    """A parameter's value as the command line takes it."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "none" if value is None else str(value)
