"""Commands that make reports: one, many, their index, and what can be set of them."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from sas_analysis.cli.exits import say_last, warn
from sas_analysis.cli.shared import (
    Processed,
    Quiet,
    Raw,
    Scheduler,
    Strict,
    progress_of,
    warn_of_unread,
    warn_of_unseen,
)
from sas_analysis.errors import plain


def parameters(name: Annotated[str, typer.Argument(metavar="NAME", help="The report's name.")]) -> None:
    """List what `report NAME -p` can set: each parameter with its type, default and meaning."""
    from sas_analysis.reports.one.parameters import RESERVED, declared, find_notebook

    for parameter in declared(find_notebook(name)).values():
        if parameter.name not in RESERVED:
            typer.echo(f"{parameter.name}: {parameter.type} = {parameter.default!r}")
            typer.echo(f"    {parameter.help or '(no description)'}")
    typer.echo("\nForces, period and folders have options of their own; see: sas-analysis report --help")


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


def site(out: Annotated[Path, typer.Option(help="Folder of the reports.")] = Path("reports")) -> None:
    """Write the index of all reports in a folder: OUT/index.html, a static page to find, sort and open them."""
    from sas_analysis.reports.many.index import write_index

    typer.echo(plain(str(write_index(out, warn=warn))))


def report(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="data_quality, search_grounds, outcomes, disproportionality, places or national."
        ),
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

        with progress_of(quiet, lines=verbose) as progress:
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


def batch(
    matrix: Annotated[
        Path, typer.Argument(metavar="FILE", help="File that lists the reports; see docs/batch.md.")
    ] = Path("reports.toml"),
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Reports made at the same time; default: the cores it may use.")
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
    from sas_analysis.reports.many.batch import Options, combine_parts, run_batch
    from sas_analysis.reports.many.parts import read_part
    from sas_analysis.reports.many.progress import progress_printer, summary
    from sas_analysis.reports.many.summary import exit_code

    places = {"raw": raw, "processed": processed, "out": out}
    with progress_printer(quiet) as on_end:
        options = Options(
            **places, fresh=fresh_processes, scheduler=scheduler, worker_timeout=worker_timeout,
            part=read_part(part) if part else None, only=only or (), force=force_rerun, dry_run=dry_run, strict=strict,
            log=log, timeout=timeout, retries=retries, on_end=on_end, warn=warn, **({"jobs": jobs} if jobs else {}),
        )  # fmt: skip
        outcomes = combine_parts(matrix, options, combine) if combine else run_batch(matrix, options)
    say_last(summary(outcomes, options, brief=quiet))
    raise typer.Exit(exit_code(outcomes, allow_contradicted=allow_contradicted))


def _say_what_was_done(folder: Path) -> None:
    import json

    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    data = record["data"]
    kind = "synthetic records" if data["synthetic"] else "records"
    page = folder / "report.html"
    typer.echo(page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page)
    typer.echo(f"  {data['rows']:,} {kind} in {len(data['files'])} files, {record['duration_s']} s")
    warn_of_unseen(record["unseen_labels"])
    warn_of_unread(record["unread_dates"])
