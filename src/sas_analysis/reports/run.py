"""One run of a report: check what was asked, update the data, execute the notebook, publish the folder.

What is in OUT:

    NAME_FORCE_FROM_TO/       a finished report
    .work/NAME_...~XXXX/      a run at work: `report/` is what it makes, `previous/` what it is replacing
    .failed/NAME_.../         notebook and run.json of the last run that failed, until a later one succeeds

A report is made in .work and then renamed into place, so what stands in OUT is always whole. A run may be killed
at any moment. The next run into OUT sweeps .work: it knows the dead by their lock, which the system lets go with
the process, and puts `previous` back where a run died in the instant between moving the old report out and the
new one in.
"""

import errno
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from sas_analysis.errors import DataError, ParameterError, RunError, SasError, UnknownLabelError, listed
from sas_analysis.records import load, refresh, store
from sas_analysis.reference.forces import check_force
from sas_analysis.reports import html, provenance
from sas_analysis.reports.parameters import Parameter, declared, find_notebook, resolve

Progress = Callable[[str], None]

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_LONGEST = 150  # of the forces in a folder's name; file systems allow 255 bytes for the whole
_ATTEMPTS = 3  # to start a kernel
_KERNEL_FOLDER = "sas-analysis-kernel-"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
    def values(self) -> dict[str, object]:
        """The notebook's parameters but for the folders."""
        return {"forces": self.forces, "start": self.start, "end": self.end} | self.own


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
    strict: bool = False,
    progress: Progress | None = None,
    verbose: bool = False,
) -> Path:
    """Make one report and return its folder, OUT/NAME_FORCE_FROM_TO (several forces joined with "+").

    forces : slugs, or ["all"] for every force with a file in the period. start, end : months "YYYY-MM", inclusive.
    parameters : the notebook's own, by name; see `parameters.declared`.
    strict : whether a label never seen before is an error. progress : called with one line of text at each step.
    Raises ParameterError, with all faults at once, for what cannot be asked; DataError where records are missing
    or refused; UnknownLabelError if strict; RunError if the notebook fails or OUT cannot be written. A report that
    was there before stays as it was unless the new one is whole.
    """
    started = datetime.now(UTC)
    progress = progress or (lambda message: None)
    request = _checked(name, forces, start, end, parameters or {}, raw, processed, out)
    with _told_in_words(request), _working_folder(request) as work:
        update = _update_data(request, strict, progress)
        _make(request, work, update, started, progress, verbose)
        _publish(work / "report", request.target, work / "previous")
    return request.target


# --- what was asked ---------------------------------------------------------------------------------------


def _checked(name, forces, start, end, parameters, raw, processed, out) -> _Request:
    faults, notebook, known, own = [], None, {}, {}
    try:
        notebook = find_notebook(name)
        known = declared(notebook)
        own, faults = resolve(known, parameters)
    except ParameterError as error:
        faults = [str(error)]
    forces = list(dict.fromkeys(forces))
    faults += [*_force_faults(forces), *_period_faults(start, end)]
    if faults:
        raise ParameterError(listed(faults))
    folder = f"{name}_{_joined(forces)}_{start}_{end}"
    raw, processed, out = (Path(path).absolute() for path in (raw, processed, out))
    forces = _all_forces(raw, start, end) if forces == ["all"] else forces
    return _Request(name, notebook, known, own, forces, start, end, raw, processed, out, folder)


def _joined(forces: Sequence[str]) -> str:
    text = "+".join(forces)
    return text if len(text) <= _LONGEST else f"{len(forces)}-forces-{sha256(text.encode()).hexdigest()[:8]}"


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
        if not _MONTH.fullmatch(str(month))
    ]
    if not faults and start > end:
        faults.append(f"--from {start} is after --to {end}")
    return faults


def _all_forces(raw: Path, start: str, end: str) -> list[str]:
    files, _ = load.find_files(raw) if raw.is_dir() else ([], [])
    found = sorted({file.force for file in files if start <= file.month <= end})
    if not found:
        raise DataError(f"{_short(raw)} has no stop-and-search file of any force for {start} to {end}")
    return found


# --- making it --------------------------------------------------------------------------------------------


def _update_data(request: _Request, strict: bool, progress: Progress) -> refresh.Update:
    period = {"forces": request.forces, "start": request.start, "end": request.end}
    update = refresh.update(request.raw, request.processed, **period, progress=progress)
    if strict and len(update.unseen):
        raise UnknownLabelError(
            f"labels that no crosswalk has: {describe_unseen(update.unseen.to_dict('records'))}. Add them to "
            "records/labels, or run without --strict: they are then counted as unrecognised"
        )
    return update


def describe_unseen(unseen: Sequence[dict]) -> str:
    """Labels that no crosswalk has, in words: how many, and the first with their counts of searches."""
    first = [
        f"{row['column']} {row['label']!r} ({row['count']:,} in {row['force']} {row['month']})" for row in unseen[:5]
    ]
    more = f" and {len(unseen) - len(first)} more" if len(unseen) > len(first) else ""
    return f"{len(unseen)}, {'; '.join(first)}{more}"


def _make(request: _Request, work: Path, update, started: datetime, progress: Progress, verbose: bool) -> None:
    """Fill work/report: tables and notebook, the page, and run.json last."""
    report = work / "report"
    (report / "tables").mkdir(parents=True)
    data = _data(request)
    progress(f"{request.notebook.name}: running on {data['rows']:,} records")
    folders = {"raw": request.raw, "processed": request.processed, "tables": report / "tables"}
    injected = request.values | {name: str(path) for name, path in folders.items()}
    nb, error = _execute(request.notebook, injected, work, verbose)
    # The notebook is kept for its reader, for whom the report is where it will be.
    text = _text_of(nb, request.notebook).replace(f".work/{work.name}/report", request.folder)
    shown = request.values | folders | {"tables": Path("tables")}
    facts = {"data": data, "unseen": update.unseen, "started": started}
    if error is not None:
        facts |= {"exit_status": error.exit_code, "error": str(error)}
        record = provenance.record(request.name, request.notebook, shown, **facts)
        raise _with_places(error, request, _keep_failed(request, text, record))
    if _data(request) != data:
        raise RunError("another run changed the processed data while the report was made; make it again")
    (report / "report.ipynb").write_text(text, encoding="utf-8")
    record = provenance.record(request.name, request.notebook, shown, **facts, exit_status=0)
    (report / "report.html").write_text(_page(request, nb, record, report / "tables"), encoding="utf-8")
    provenance.write(record, report / "run.json")
    progress(f"{request.notebook.name}: done in {record['duration_s']} s")


def _data(request: _Request) -> dict:
    sources = store.sources(request.processed, forces=request.forces, start=request.start, end=request.end)
    return provenance.describe_data(sources)


def _page(request: _Request, nb, record: dict, tables: Path) -> str:
    who = ", ".join(request.forces) if len(request.forces) <= 3 else f"{len(request.forces)} forces"
    explained = [
        {
            "name": name,
            "value": ", ".join(map(str, value)) if isinstance(value, list) else str(value),
            "help": request.declared[name].help,
        }
        for name, value in request.values.items()
    ]
    names = sorted(path.name for path in tables.iterdir())
    return html.render(
        nb,
        title=request.name.replace("_", " ").capitalize(),
        subtitle=f"{who}, {request.start} to {request.end}",
        parameters=explained,
        provenance=record,
        tables=names,
    )


# --- the notebook -----------------------------------------------------------------------------------------


def _execute(notebook: Path, parameters: dict, work: Path, verbose: bool):
    """Run a notebook in its own process: the notebook as far as it came, and the error that stopped it or None."""
    with _without_grammar():
        import papermill
        from nbclient.exceptions import DeadKernelError
    _set_papermill_log(verbose)
    (work / "scratch").mkdir()
    for attempt in range(1, _ATTEMPTS + 1):
        running: dict = {}
        try:
            with _kernel_folder(work) as folder:
                papermill.execute_notebook(
                    str(notebook).replace("{", "{{").replace("}", "}}"),  # papermill formats the path
                    None,
                    parameters,
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    log_output=verbose,
                    kernel_manager_class=_kernel_class(folder, use_ipc=attempt < _ATTEMPTS),
                    shutdown_kernel="immediate",  # 0.1 s, not 0.7 s: nothing in that process is worth saving
                    resources={"metadata": {"path": str(work / "scratch")}},
                    on_notebook_start=lambda running=running, **started: running.update(started),
                )
            return running["notebook"], _unfinished(running["notebook"])
        except papermill.PapermillExecutionError as error:
            return running["notebook"], _in_words(notebook, error)
        except DeadKernelError:
            error = RunError(f"{notebook.name}: its process died; most often memory ran out")
            return running["notebook"], error
        except RuntimeError as error:  # no kernel: ports can clash, and a busy machine can be slow to start one
            if running or attempt == _ATTEMPTS:
                raise RunError(f"{notebook.name}: its process did not start ({error}); try again") from error


def _set_papermill_log(verbose: bool) -> None:
    logger = logging.getLogger("papermill")
    logger.setLevel(logging.INFO if verbose else logging.CRITICAL)
    logger.addFilter(_is_worth_telling)
    if verbose:
        logging.basicConfig(format="%(message)s")


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Not what papermill's own reading of the parameters cell misses; see `parameters`."""
    return not str(record.msg).startswith(("Passed unknown parameter", "Unable to parse line"))


@contextmanager
def _without_grammar() -> Iterator[None]:
    """Import without `rfc3987_syntax`: jsonschema loads it if it is there, for 1 s, and no notebook needs it."""
    name = "rfc3987_syntax"
    hide = name not in sys.modules
    if hide:
        sys.modules[name] = None  # reads as "not installed"
    try:
        yield
    finally:
        if hide:
            del sys.modules[name]


@contextmanager
def _kernel_folder(work: Path) -> Iterator[Path]:
    """A private folder for a kernel's sockets and keys, where paths are short; `work/kernel` leads to it."""
    folder, link = Path(tempfile.mkdtemp(prefix=_KERNEL_FOLDER)), work / "kernel"
    try:
        with suppress(OSError):  # where there are no links, a killed run's folder is left to the system
            link.symlink_to(folder)
        yield folder
    finally:
        link.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def _kernel_class(folder: Path, *, use_ipc: bool):
    """A kernel manager for this interpreter, whatever kernels and IPython settings the machine has.

    Sockets in a private folder never clash, as ports do when several kernels start at once; but their paths may
    have only 100 bytes or so, and not every system has them.
    """
    import zmq
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    socket = str(folder / "socket")
    use_ipc = use_ipc and zmq.has("ipc") and len(os.fsencode(socket)) < 90
    address = {"transport": "ipc", "ip": socket} if use_ipc else {}
    environment = {
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # any other drops figures without a word
        "PYTHONHASHSEED": "0",  # sets in the same order in every run
        "PYTHONSTARTUP": "",
    }
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = KernelSpec(argv=command, display_name="Python 3", language="python", env=environment)

    class Kernel(AsyncKernelManager):
        def __init__(self, **kwargs):
            super().__init__(connection_file=str(folder / "connection.json"), **address, **kwargs)

        @property
        def kernel_spec(self):
            return spec

    return Kernel


def _unfinished(nb) -> RunError | None:
    """An error if cells were left out: `sys.exit(0)` ends a notebook, and papermill calls that complete."""
    code = [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]
    left = [cell for cell in code if cell.execution_count is None]
    return RunError(f"the notebook stopped {len(left)} cells before its end") if left else None


def _in_words(notebook: Path, failure) -> SasError:
    """What stopped a notebook; an error of this package keeps its class, and so its exit code."""
    own = {kind.__name__: kind for kind in SasError.__subclasses__()}
    text = f"{notebook.name} failed in cell {failure.cell_index + 1}: {failure.ename}: {failure.evalue}"
    full = any(os.strerror(code) in failure.evalue for code in _FULL)
    return own.get(failure.ename, RunError)(f"{text}; free some space and run again" if full else text)


def _text_of(nb, notebook: Path) -> str:
    import nbformat

    nb.metadata.papermill |= {"input_path": notebook.name, "output_path": "report.ipynb"}
    return nbformat.writes(nb)


# --- where it goes ----------------------------------------------------------------------------------------


@contextmanager
def _told_in_words(request: _Request) -> Iterator[None]:
    """Turn a system's error into one that says what to do."""
    try:
        yield
    except OSError as error:
        do = "free some space" if error.errno in _FULL else "check the folder"
        raise RunError(f"the report could not be made ({error}); {do} and run again{_still_there(request)}") from error


def _still_there(request: _Request) -> str:
    return f"\nthe earlier report is as it was: {_short(request.target)}" if request.target.exists() else ""


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


@contextmanager
def _working_folder(request: _Request) -> Iterator[Path]:
    """A folder of this run's own inside OUT, gone when the run is over; the dead ones are swept first."""
    root = request.out / ".work"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / "lock"):
            _sweep(root)
            _check_is_report(request.target)
            work = Path(tempfile.mkdtemp(prefix=f"{request.folder}~", dir=root))
            alive = FileLock(work / "alive")
            alive.acquire(timeout=0)
    except OSError as error:
        raise RunError(
            f"cannot write into {_short(request.out)} ({error.strerror or error}); "
            "choose another folder with --out, or make this one writable"
        ) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        alive.release()


def _check_is_report(target: Path) -> None:
    if target.exists() and not (target / "run.json").is_file():
        raise RunError(f"{_short(target)} is in the way: no report, it has no run.json; move it elsewhere")


def _sweep(root: Path) -> None:
    """Clear up after dead runs. The caller holds the lock of `root`, so none is half begun."""
    for work in root.glob("*~*"):
        try:
            with FileLock(work / "alive").acquire(timeout=0):
                _bury(work)
        except Timeout:
            continue  # its run is alive


def _bury(work: Path) -> None:
    target = work.parents[1] / work.name.rpartition("~")[0]
    previous, kernel = work / "previous", work / "kernel"
    if previous.exists() and not target.exists():
        previous.rename(target)
    if kernel.is_symlink():
        folder = kernel.readlink()
        if folder.parent == Path(tempfile.gettempdir()) and folder.name.startswith(_KERNEL_FOLDER):
            shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(work, ignore_errors=True)


def _publish(new: Path, target: Path, aside: Path) -> None:
    """Put `new` in the place of `target`, which goes `aside`; or leave `target` as it was."""
    with FileLock(target.parent / ".work" / "lock"):
        try:
            if target.exists():
                target.rename(aside)
            new.rename(target)
        except BaseException:
            if aside.exists() and not target.exists():
                aside.rename(target)
            raise
    failed = target.parent / ".failed"
    shutil.rmtree(failed / target.name, ignore_errors=True)
    with suppress(OSError):
        failed.rmdir()


def _keep_failed(request: _Request, text: str, record: dict) -> Path | None:
    """Keep a failed run's notebook for whoever looks into it; None if it cannot be written."""
    folder = request.out / ".failed" / request.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"report.{os.getpid()}.tmp"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(folder / "report.ipynb")
        provenance.write(record, folder / "run.json")
    except OSError:
        return None
    return folder / "report.ipynb"


def _with_places(error: SasError, request: _Request, kept: Path | None) -> SasError:
    where = f"the notebook as far as it came: {_short(kept)}" if kept else "the notebook could not be kept"
    return type(error)(f"{error}\n{where}{_still_there(request)}")
