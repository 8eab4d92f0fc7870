"""The command line: parse, call, print. What takes time to import is imported by the command that needs it."""

from typing import Annotated

import typer

from sas_analysis.cli.checking import diff, verify
from sas_analysis.cli.exits import EXIT_CODES, Commands
from sas_analysis.cli.fetching import fetch, fetch_reference
from sas_analysis.cli.records import check_published, clean, forces, sample
from sas_analysis.cli.reports import batch, notebooks, parameters, report, site

# In the order in which --help lists them.
_COMMANDS = (
    *(sample, fetch, fetch_reference, forces, clean, check_published),
    *(report, parameters, batch, site, notebooks),
    *(verify, diff),
)

app = typer.Typer(
    name="sas-analysis",
    cls=Commands,
    help="Police stop-and-search records of England and Wales: grounds, outcomes, disproportionality.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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


for _command in _COMMANDS:
    app.command()(_command)
