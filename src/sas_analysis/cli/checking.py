"""Commands that compare reports: with their own record, and with each other."""

from pathlib import Path
from typing import Annotated

import typer

from sas_analysis.cli.shared import Quiet, RunFolder, Tolerance, progress_of
from sas_analysis.errors import plain


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

    with progress_of(quiet) as progress:
        places = {"raw": raw, "processed": processed, "boundaries": boundaries}
        done = verify_report(run, **places, rtol=rtol, progress=progress)
    for line in told_verification(done, rtol):
        typer.echo(plain(line))
    done.check()


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
