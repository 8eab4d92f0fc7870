"""The command line: parse, call, print. What takes time to import is imported by the command that needs it."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from sas_analysis.errors import ParameterError, RunError, SasError, listed, plain

EXIT_CODES = """\b
Exit codes:
    0  done
    1  an error in this program
    2  the records, or a file that a parameter names, are missing or refused
    3  a figure does not agree with the published one, or with that of the report (check-published, verify);
       report --strict: official statistics contradict the records; the report is written all the same
    4  a label that no crosswalk has (report --strict)
    5  the report could not be made or written
    6  the figures agree, but files, data or code are not those of the record (verify)
   64  the command cannot be understood: unknown name, wrong type, wrong option
   69  the publisher, or its mirror, cannot be reached (fetch, fetch-reference)
   75  another batch is running in the same folder, or parts of one are left: run it again
  130  interrupted (143: terminated, 141: nobody reads the output); earlier reports are unchanged
"""
_UsageError = typer.BadParameter.__base__  # what the parser raises; it has no public name in Typer


class _Commands(TyperGroup):
    """Errors as one text on stderr, and an exit code for each kind."""

    def make_context(self, *args, **kwargs):
        with _usage_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx):
        try:
            with _usage_errors(), _ended_by_signals():
                return super().invoke(ctx)
        except SasError as error:
            _complain(f"error: {error}")
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            _complain("interrupted; earlier reports are unchanged")
            raise typer.Exit(130) from error
        except MemoryError as error:
            _complain(f"error: {_NO_MEMORY}")
            raise typer.Exit(RunError.exit_code) from error
        except OSError as error:
            raise typer.Exit(_told_of_system(error)) from error


_NO_MEMORY = (
    "memory ran out; reports made before are as they were. Take fewer months or forces at once, a smaller --jobs, or a "
    "machine with more memory"
)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _told_of_system(error: OSError) -> int:
    """Say in one line what the system refused and what to do; the exit code for it."""
    if error.errno == errno.EPIPE:
        _complain("nobody reads the output any more; run it again with the output in a file")
        _mute()
        return 128 + 13  # as the shell has it of a program that SIGPIPE ended
    do = "free some space" if error.errno in _FULL else "check that the file or folder can be used"
    _complain(f"error: {error}; {do} and run it again")
    _mute()
    return RunError.exit_code


def _mute() -> None:
    """Let what is left of the output go nowhere: the interpreter flushes it at its end, and would fail again."""
    if sys.stdout is sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    """Say something on stderr; where that cannot be written to, there is nobody to be told."""
    with suppress(OSError):
        typer.echo(plain(text, keep="\n"), err=True)


def _warn(text: str) -> None:
    _complain(f"warning: {text}")


def _say_last(text: str) -> None:
    """Say what became of a batch, whose exit code counts even where nobody reads this."""
    try:
        typer.echo(plain(text, keep="\n"))
    except OSError as error:
        _told_of_system(error)


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Give them a code of their own: the parser's 2 is taken by refused records."""
    try:
        yield
    except _UsageError as error:
        error.exit_code = ParameterError.exit_code
        raise


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let `kill` and a closed terminal end a command as Ctrl-C does, so that it clears up after itself."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [number for name in names if signal.getsignal(number := getattr(signal, name)) == signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    for number in numbers:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


app = typer.Typer(
    name="sas-analysis",
    cls=_Commands,
    help="Police stop-and-search records of England and Wales: grounds, outcomes, disproportionality.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Raw = Annotated[Path, typer.Option(help="Folder with the publisher's files, at any depth; or a ZIP archive of them.")]
Processed = Annotated[Path, typer.Option(help="Folder for the cleaned records.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only warnings, errors and the result.")]

Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS|slurm", help="Use the Dask cluster at this address, or start one.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Fail at an unknown label; exit with 3 where official statistics contradict.")
]


def _show_version(wanted: bool) -> None:
    if wanted:
        from sas_analysis.reports.one.provenance import version

        typer.echo(f"sas-analysis {version()}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def sample(
    raw: Annotated[Path, typer.Option(help="Folder to write it into.")] = Path("data/raw/sample"),
    seed: Annotated[int | None, typer.Option(help="Of the simulation; another seed, another sample.")] = None,
    quiet: Quiet = False,
) -> None:
    """Write the synthetic sample, to try everything with.

    Its records are simulated and say nothing about any real force.
    """
    from sas_analysis.records.synthetic.extract import write_sample

    with _progress(quiet) as progress, _writing(raw):
        options = {} if seed is None else {"seed": seed}
        said = write_sample(
            raw, **options, progress=lambda done, of, name: progress(f"{name} ({done} of {of})", brief=done % 20 == 0)
        )
    rows = sum(file["rows"] for file in said["files"])
    typer.echo(f"{raw}: {len(said['files'])} synthetic files, {rows:,} records")


@app.command()
def clean(
    raw: Raw = Path("data/raw"),
    processed: Processed = Path("data/processed"),
    strict: Annotated[
        bool,
        typer.Option("--strict", help="End with 2 at dates that cannot be read, 4 at a label in no crosswalk."),
    ] = False,
    scheduler: Scheduler = None,
    jobs: Annotated[int, typer.Option(min=1, help="Jobs of SLURM, with --scheduler slurm.")] = 1,
    quiet: Quiet = False,
) -> None:
    """Bring the cleaned records up to date with all raw files.

    A report does this by itself for the forces and months it needs. What can be cleaned is, whatever the exit code.
    """
    from sas_analysis.errors import DataError, UnknownLabelError
    from sas_analysis.records.forms import in_other_forms
    from sas_analysis.records.refresh import describe_copies, describe_unread, update

    with _progress(quiet) as progress, _workers(scheduler, jobs) as executor:
        done = update(raw, processed, progress=progress, executor=executor)
    typer.echo(f"{processed}: {done.rows_out:,} records; {done.cleaned} files cleaned, {done.unchanged} unchanged")
    doubtful = [*describe_unread(done.unread), *(f"{fault}" for fault in in_other_forms(raw))]
    for line in [*describe_copies(done.copied), *doubtful]:
        _warn(line)
    _warn_of_unseen(done.unseen.to_dict("records"))
    faults = {f"{len(done.refused)} files are refused:": done.refused}
    faults |= {f"{len(doubtful)} files cannot be read as they should (--strict):": doubtful if strict else []}
    lines = [
        line
        for head, found in faults.items()
        if found
        for line in (head, *(f"  {plain(str(fault))}" for fault in found))
    ]
    if lines:
        raise DataError("\n".join(lines))
    if strict and len(done.unseen):
        raise UnknownLabelError("the records have labels that no crosswalk has (--strict)")


@app.command()
def forces() -> None:
    """List the forces, by the name that --force takes."""
    from sas_analysis.reference.forces import forces as all_forces

    for force in all_forces().itertuples():
        typer.echo(f"{force.force:<20} {force.official_name}")


@app.command()
def parameters(name: Annotated[str, typer.Argument(metavar="NAME", help="The report's name.")]) -> None:
    """List what `report NAME -p` can set: each parameter with its type, default and meaning."""
    from sas_analysis.reports.one.parameters import RESERVED, declared, find_notebook

    for parameter in declared(find_notebook(name)).values():
        if parameter.name not in RESERVED:
            typer.echo(f"{parameter.name}: {parameter.type} = {parameter.default!r}")
            typer.echo(f"    {parameter.help or '(no description)'}")
    typer.echo("\nForces, period and folders have options of their own; see: sas-analysis report --help")


@app.command()
def notebooks(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to copy them into; it is made if need be.")],
    raw: Annotated[Path, typer.Option(help="Raw folder that the copies name.")] = Path("data/raw/sample"),
    processed: Annotated[Path, typer.Option(help="Folder of cleaned records that the copies name.")] = Path(
        "data/processed/sample"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace copies there that differ.")] = False,
) -> None:
    """Copy the notebooks into a folder of your own, to run and change them in JupyterLab.

    A copy there that differs is not replaced without --force. SAS_ANALYSIS_NOTEBOOKS=DIR makes reports from the copies.
    """
    from sas_analysis.reports.one.notebook_copies import copy_notebooks

    for path, is_new in copy_notebooks(folder, raw=raw, processed=processed, force=force).items():
        typer.echo(f"{path}{'' if is_new else ' (as it was)'}")
    typer.echo(f'open them: jupyter lab {folder}   (needs: pip install "sas-analysis[lab]")')
    if not raw.is_dir():
        typer.echo(f"warning: there is no {raw} yet; the synthetic sample comes with: sas-analysis sample", err=True)


@app.command()
def fetch(
    force: Annotated[
        list[str], typer.Option(metavar="SLUG", help='As "forces" lists it. Repeatable; "all" is all there are.')
    ],
    start: Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Last month.")] = "",
    last: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Instead: N months, to the newest that is published.")
    ] = None,
    raw: Annotated[Path, typer.Option(help="Folder to fetch into, a folder a month.")] = Path("data/raw"),
    source: Annotated[str, typer.Option(metavar="archive|api", help="Of data.police.uk.")] = "archive",
    archive: Annotated[
        list[str] | None,
        typer.Option(metavar="YYYY-MM|latest", help="Take it from this archive. Repeatable; default: the newest."),
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="URL", envvar="SAS_ANALYSIS_BASE", help="Another address of the source.")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Download whole archives (1.6 GB each).")] = False,
    quiet: Quiet = False,
) -> None:
    """Fetch the publisher's files: what is missing, and what has changed.

    An interrupted fetch resumes when it is run again. Another version of a file is kept in RAW/.versions.
    """
    from sas_analysis.records.acquire import fetch as fetch_files
    from sas_analysis.reference.forces import check_force

    every = "all" in force
    try:
        check_force(*(() if every else force))
    except ValueError as error:
        raise ParameterError(str(error)) from error
    with _progress(quiet) as progress:
        done = fetch_files(
            raw,
            forces=None if every else list(dict.fromkeys(force)),
            start=start,
            end=end,
            last=last,
            source=source,
            archives=archive or [],
            base=base,
            whole=whole,
            progress=progress,
            warn=_warn,
        )
    there = f"{len(done.new)} new, {len(done.replaced)} replaced, {len(done.same)} unchanged"
    typer.echo(f"{raw}: {there}; {done.received / 1e6:,.1f} MB in {done.requests} requests")
    for note in [*done.notes, *_told_absent(done.absent)]:
        _warn(note)


def _told_absent(absent: list[tuple[str, str]]) -> list[str]:
    """A line for each force with months that nobody can have; a month with no file is not one with no searches."""
    from sas_analysis.months import in_ranges

    months: dict[str, list[str]] = {}
    for force, month in absent:
        months.setdefault(force, []).append(month)
    return [f"the source has no file of {force}: {in_ranges(of_it)}" for force, of_it in months.items()]


@app.command("fetch-reference")
def fetch_reference(
    what: Annotated[str, typer.Argument(metavar="[boundaries|census|all|home-office]")] = "all",
    data: Annotated[Path, typer.Option(help="Folder for them: DATA/boundaries, DATA/reference.")] = Path("data"),
    layer: Annotated[
        list[str] | None,
        typer.Option(help="Boundaries of: authorities, forces, wards or msoas; may be repeated.", metavar="LAYER"),
    ] = None,
    fine: Annotated[bool, typer.Option("--fine", help="Boundaries in full detail, some 100 MB.")] = False,
    ons: Annotated[
        str | None, typer.Option(metavar="URL", envvar="SAS_ANALYSIS_ONS", help="Another address of the boundaries.")
    ] = None,
    nomis: Annotated[
        str | None, typer.Option(metavar="URL", envvar="SAS_ANALYSIS_NOMIS", help="Another address of the census.")
    ] = None,
    home_office: Annotated[
        str | None,
        typer.Option(
            metavar="URL", envvar="SAS_ANALYSIS_HOME_OFFICE", help="Page of another edition, or address of its .ods."
        ),
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask again for what is there.")] = False,
    quiet: Quiet = False,
) -> None:
    """Fetch boundaries of local authorities (ONS), census tables (Nomis), official tables (Home Office).

    Boundaries are of local authorities and forces, generalised to 20 m, which is fine enough for headlines. --layer
    wards or --layer msoas fetches those, for: report places -p boundaries=FILE.

    "all" is boundaries and census. "home-office" is its open data table on stop and search, of the year ending March
    2025 and the four before: DATA/reference/home_office_open_data.ods, for sas.read_official.

    What is there, and as its record says, is not asked for again; an interrupted fetch resumes at the next file.
    """
    from sas_analysis.records.acquire.reference import LAYERS, USUAL, WHAT, fetch_all

    faults = [f'"{what}" cannot be fetched; choose from: {", ".join(WHAT)}'] if what not in WHAT else []
    faults += [f'--layer "{one}" is none of: {", ".join(LAYERS)}' for one in layer or [] if one not in LAYERS]
    if faults:
        raise ParameterError(listed(faults))
    addresses = {"ons": ons, "nomis": nomis, "home_office": home_office}
    with _progress(quiet) as progress:
        asked = {"layers": layer or USUAL, "fine": fine, "refresh": refresh}
        done = fetch_all(data, what, **asked, **addresses, progress=progress, warn=_warn)
    for path, told in done.items():
        typer.echo(f"{path}: {told['records']:,} records, SHA-256 {told['sha256'][:12]}, fetched {told['fetched_at']}")


@app.command("check-published")
def check_published(
    everything: Annotated[bool, typer.Option("--all", help="Show every figure, not only those that differ.")] = False,
    records: Annotated[
        Path | None,
        typer.Option(
            metavar="RAW", help="Instead: hold the records of this folder, or ZIP archive, against published numbers."
        ),
    ] = None,
    processed: Processed = Path("data/processed"),
    boundaries: Annotated[
        str, typer.Option(help="With --records: boundary file or folder; default: beside the records.")
    ] = "",
    quiet: Quiet = False,
) -> None:
    """Recompute every published figure that is carried, and compare.

    Figures that differ are shown in full, and the exit code is 3. With --records, numbers of searches in London that
    others published are counted from the records: a line each, PASS, FAIL (exit code 3) or "not comparable", with the
    reason.
    """
    if records is not None:
        _check_records(records, processed, boundaries, quiet)
        return
    from sas_analysis.errors import ReconciliationError
    from sas_analysis.validation.check import check_published as recompute
    from sas_analysis.validation.check import report_lines
    from sas_analysis.validation.figure_checks import DIFFERS

    checked = recompute()
    for line in report_lines(checked, everything=everything):
        typer.echo(line)
    differing = int(checked["verdict"].eq(DIFFERS).sum())
    if differing:
        raise ReconciliationError(f"{differing} of {len(checked):,} figures differ from the published ones")


def _check_records(raw: Path, processed: Path, boundaries: str, quiet: bool) -> None:
    from sas_analysis.errors import ReconciliationError
    from sas_analysis.validation.records import FAIL, check_records, record_lines

    with _progress(quiet) as progress:
        checked = check_records(raw, processed, boundaries=boundaries, progress=progress)
    for line in record_lines(checked):
        typer.echo(plain(line))
    if failing := int(checked["verdict"].eq(FAIL).sum()):
        raise ReconciliationError(f"{failing} of {len(checked)} published numbers are not those of the records")


@app.command()
def site(out: Annotated[Path, typer.Option(help="Folder of the reports.")] = Path("reports")) -> None:
    """Write the index of all reports in a folder: OUT/index.html, a static page to find, sort and open them."""
    from sas_analysis.reports.many.index import write_index

    typer.echo(plain(str(write_index(out, warn=_warn))))


@app.command()
def report(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="data_quality, search_grounds, outcomes, disproportionality or places."),
    ],
    force: Annotated[
        list[str], typer.Option(metavar="SLUG", help='As "forces" lists it. Repeatable; "all" is all in RAW.')
    ],
    start: Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="First month.")],
    end: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Last month.")],
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", metavar="NAME=VALUE", help='Set a parameter; "parameters NAME" lists them. Repeatable.'),
    ] = None,
    raw: Raw = Path("data/raw"),
    processed: Processed = Path("data/processed"),
    out: Annotated[Path, typer.Option(help="Folder for the report's folder.")] = Path("reports"),
    label: Annotated[
        str, typer.Option(metavar="TEXT", help="End the folder's name with this instead of the parameters set by -p.")
    ] = "",
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what the notebook prints.")] = False,
) -> None:
    """Make one report: a page, the notebook as it ran, its tables, and a record of what they were made from.

    They are written into the folder OUT/NAME_FORCE_FROM_TO. What -p sets is added to that name (_borough-Southwark),
    so that reports on different things stand side by side. An earlier report of the same name is replaced only by a
    complete one.
    """
    from sas_analysis.reports.workers.kernel import Kernel

    with Kernel.begun() or nullcontext() as kernel:  # it imports while this process does
        from sas_analysis.reports.one.parameters import pairs
        from sas_analysis.reports.one.run import run_report

        with _progress(quiet, lines=verbose) as progress:
            folder = run_report(
                name,
                forces=force,
                start=start,
                end=end,
                parameters=pairs(parameter or []),
                raw=raw,
                processed=processed,
                out=out,
                label=label,
                strict=strict,
                progress=progress,
                verbose=verbose,
                kernel=kernel,
            )
    _say_what_was_done(folder)


Tolerance = Annotated[
    float, typer.Option("--rtol", min=0, max=1, help="Relative, of numbers with a fraction; all else must be equal.")
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN_DIR", help="Folder of a report: report.html, run.json.")]


@app.command()
def verify(
    run: RunFolder,
    raw: Annotated[
        Path | None, typer.Option(help="Folder, or ZIP archive, of the publisher's files; default: as recorded.")
    ] = None,
    processed: Annotated[
        Path | None, typer.Option(help="Use these cleaned records; default: clean RAW again, trusting nothing else.")
    ] = None,
    boundaries: Annotated[Path | None, typer.Option(help="Boundary file or folder; default: as recorded.")] = None,
    rtol: Tolerance = 1e-9,
    quiet: Quiet = False,
) -> None:
    """Make a report again from its own record, and compare every figure.

    It says what differs and why: stored files, data, parameters, code or libraries. The folder is only read. Exit
    code 3 is figures that differ, 6 figures that agree though files, data or code are not those of the record.
    """
    from sas_analysis.reports.check.verification_lines import told_verification
    from sas_analysis.reports.check.verify import verify as verify_report

    with _progress(quiet) as progress:
        places = {"raw": raw, "processed": processed, "boundaries": boundaries}
        done = verify_report(run, **places, rtol=rtol, progress=progress)
    for line in told_verification(done, rtol):
        typer.echo(plain(line))
    done.check()


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="RUN_A", help="Folder of the earlier report.")],
    after: Annotated[Path, typer.Argument(metavar="RUN_B", help="Folder of the later one.")],
    everything: Annotated[bool, typer.Option("--all", help="Show every difference, not only the largest.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All of it, for a program.")] = False,
    rtol: Tolerance = 1e-9,
) -> None:
    """Compare two reports: which figures moved, by how much, and what may have moved them."""
    from sas_analysis.reports.check.compare import compare
    from sas_analysis.reports.check.verification_lines import as_json as written
    from sas_analysis.reports.check.verification_lines import told_comparison

    found = compare(before, after, rtol)
    for line in [written(found)] if as_json else told_comparison(found, everything=everything):
        typer.echo(line if as_json else plain(line))


@app.command()
def batch(
    matrix: Annotated[
        Path, typer.Argument(metavar="FILE", help="File that lists the reports; see docs/batch.md.")
    ] = Path("reports.toml"),
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Reports made at the same time; default: the number of cores.")
    ] = None,
    fresh_processes: Annotated[
        bool, typer.Option("--fresh-processes", help="Start Python anew for each report: slower, the same reports.")
    ] = False,
    scheduler: Scheduler = None,
    worker_timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for a worker of the cluster.")] = 3600,
    part: Annotated[
        str | None, typer.Option(metavar="K/N", help="Make the K-th of N parts, side by side with the others.")
    ] = None,
    combine: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Make nothing: sum up N parts; 75 if some have not ended.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Only reports whose name contains this. Repeatable.")
    ] = None,
    force_rerun: Annotated[
        bool, typer.Option("--force-rerun", help="Make reports that are up to date as well.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be made, and why; make nothing.")] = False,
    raw: Raw = Path("data/raw"),
    processed: Processed = Path("data/processed"),
    out: Annotated[Path, typer.Option(help="Folder for the reports' folders.")] = Path("reports"),
    strict: Strict = False,
    allow_contradicted: Annotated[
        bool,
        typer.Option("--allow-contradicted", help="With --strict: tell what is contradicted, but not by 3."),
    ] = False,
    log: Annotated[Path | None, typer.Option(metavar="FILE", help="Append a line of JSON for each event.")] = None,
    timeout: Annotated[float | None, typer.Option(min=0.1, help="Seconds that a report may take.")] = None,
    retries: Annotated[int, typer.Option(min=0, help="How often to try again what may have failed by chance.")] = 2,
    quiet: Quiet = False,
) -> None:
    """Make the reports that a file lists and that are not up to date.

    A report that fails does not stop the others. The exit code is that of the most serious failure, in the order 3, 2,
    4, 64, 1, 5; 75 means that another batch is running in OUT. An interrupted batch continues when it is run again.
    """
    from sas_analysis.reports.many.batch import Options, combine_parts, exit_code, run_batch
    from sas_analysis.reports.many.parts import read_part
    from sas_analysis.reports.many.progress import progress_printer, summary

    places = {"raw": raw, "processed": processed, "out": out}
    with progress_printer(quiet) as on_end:
        options = Options(
            **places, fresh=fresh_processes, scheduler=scheduler, worker_timeout=worker_timeout,
            part=read_part(part) if part else None, only=only or (), force=force_rerun, dry_run=dry_run, strict=strict,
            log=log, timeout=timeout, retries=retries, on_end=on_end, warn=_warn, **({"jobs": jobs} if jobs else {}),
        )  # fmt: skip
        outcomes = combine_parts(matrix, options, combine) if combine else run_batch(matrix, options)
    _say_last(summary(outcomes, options, brief=quiet))
    raise typer.Exit(exit_code(outcomes, allow_contradicted=allow_contradicted))


def _say_what_was_done(folder: Path) -> None:
    import json

    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    data = record["data"]
    kind = "synthetic records" if data["synthetic"] else "records"
    page = folder / "report.html"
    typer.echo(page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page)
    typer.echo(f"  {data['rows']:,} {kind} in {len(data['files'])} files, {record['duration_s']} s")
    _warn_of_unseen(record["unseen_labels"])
    _warn_of_unread(record["unread_dates"])


def _warn_of_unread(unread: list[dict]) -> None:
    if unread:
        import pandas as pd

        from sas_analysis.records.refresh import describe_unread

        for line in describe_unread(pd.DataFrame(unread)):
            _warn(line)


def _warn_of_unseen(unseen: list[dict]) -> None:
    if unseen:
        from sas_analysis.reports.one.run import describe_unseen

        _warn(f"labels that no crosswalk has, counted as unrecognised: {describe_unseen(unseen)}")


@contextmanager
def _workers(scheduler: str | None, jobs: int) -> Iterator:
    """The executor of a cluster; None without one."""
    if scheduler is None:
        yield None
        return
    from sas_analysis.reports.workers.cluster import executor

    with executor(scheduler, jobs) as workers:
        yield workers


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise RunError(f"{folder} could not be written: {error}") from error


@contextmanager
def _progress(quiet: bool, lines: bool = False) -> Iterator[Callable[..., None]]:
    """A function to call at each step: it moves one line on a terminal, prints a line in a log, nothing if quiet."""
    if quiet:
        yield lambda message, brief=True: None
    elif lines or not sys.stderr.isatty():
        yield lambda message, brief=True: _complain(f"{plain(message)} ...") if brief else None
    else:
        from rich.console import Console
        from rich.markup import escape

        with Console(stderr=True).status("starting") as status:
            yield lambda message, brief=True: status.update(escape(plain(message)))
