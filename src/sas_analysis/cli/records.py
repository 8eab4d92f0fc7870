"""Commands about records: make a sample, clean, check against published figures."""

from pathlib import Path
from typing import Annotated

import typer

from sas_analysis.cli.exits import warn
from sas_analysis.cli.shared import Processed, Quiet, Raw, Scheduler, progress_of, warn_of_unseen, workers, writing
from sas_analysis.errors import plain


def sample(
    raw: Annotated[Path, typer.Option(help="Folder to write it into.")] = Path("data/raw/sample"),
    seed: Annotated[int | None, typer.Option(help="Of the simulation; another seed, another sample.")] = None,
    quiet: Quiet = False,
) -> None:
    """Write the synthetic sample, to try everything with.

    Its records are simulated and say nothing about any real force.
    """
    from sas_analysis.records.synthetic.extract import write_sample

    with progress_of(quiet) as progress, writing(raw):
        options = {} if seed is None else {"seed": seed}
        said = write_sample(
            raw, **options, progress=lambda done, of, name: progress(f"{name} ({done} of {of})", brief=done % 20 == 0)
        )
    rows = sum(file["rows"] for file in said["files"])
    typer.echo(f"{raw}: {len(said['files'])} synthetic files, {rows:,} records")


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

    with progress_of(quiet) as progress, workers(scheduler, jobs) as executor:
        done = update(raw, processed, progress=progress, executor=executor)
    typer.echo(f"{processed}: {done.rows_out:,} records; {done.cleaned} files cleaned, {done.unchanged} unchanged")
    doubtful = [*describe_unread(done.unread), *(f"{fault}" for fault in in_other_forms(raw))]
    for line in [*describe_copies(done.copied), *doubtful]:
        warn(line)
    warn_of_unseen(done.unseen.to_dict("records"))
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


def forces() -> None:
    """List the forces, by the name that --force takes."""
    from sas_analysis.reference.forces import forces as all_forces

    for force in all_forces().itertuples():
        typer.echo(f"{force.force:<20} {force.official_name}")


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

    with progress_of(quiet) as progress:
        checked = check_records(raw, processed, boundaries=boundaries, progress=progress)
    for line in record_lines(checked):
        typer.echo(plain(line))
    if failing := int(checked["verdict"].eq(FAIL).sum()):
        raise ReconciliationError(f"{failing} of {len(checked)} published numbers are not those of the records")
