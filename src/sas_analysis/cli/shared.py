"""What several commands take, and what they show while they work."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sas_analysis.cli.exits import complain, warn
from sas_analysis.errors import RunError, plain

Raw = Annotated[Path, typer.Option(help="Folder with the publisher's files, at any depth; or a ZIP archive of them.")]
Processed = Annotated[Path, typer.Option(help="Folder for the cleaned records.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only warnings, errors and the result.")]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS|slurm", help="Use the Dask cluster at this address, or start one.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Fail at an unknown label; exit with 3 where official statistics contradict.")
]
Tolerance = Annotated[
    float, typer.Option("--rtol", min=0, max=1, help="Relative, of numbers with a fraction; all else must be equal.")
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN_DIR", help="Folder of a report: report.html, run.json.")]


def warn_of_unread(unread: list[dict]) -> None:
    """Warn of files whose dates cannot be read, as `run.json` has them."""
    if unread:
        import pandas as pd

        from sas_analysis.records.refresh import describe_unread

        for line in describe_unread(pd.DataFrame(unread)):
            warn(line)


def warn_of_unseen(unseen: list[dict]) -> None:
    """Warn of labels that no crosswalk has, as `run.json` has them."""
    if unseen:
        from sas_analysis.reports.one.run import describe_unseen

        warn(f"labels that no crosswalk has, counted as unrecognised: {describe_unseen(unseen)}")


@contextmanager
def workers(scheduler: str | None, jobs: int) -> Iterator:
    """The executor of a cluster; None without one."""
    if scheduler is None:
        yield None
        return
    from sas_analysis.reports.workers.cluster import executor

    with executor(scheduler, jobs) as workers:
        yield workers


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Have a folder that cannot be written to end the command with a message."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise RunError(f"{folder} could not be written: {error}") from error


@contextmanager
def progress_of(quiet: bool, lines: bool = False) -> Iterator[Callable[..., None]]:
    """A function to call at each step: it moves one line on a terminal, prints a line in a log, nothing if quiet."""
    if quiet:
        yield lambda message, brief=True: None
    elif lines or not sys.stderr.isatty():
        yield lambda message, brief=True: complain(f"{plain(message)} ...") if brief else None
    else:
        from rich.console import Console
        from rich.markup import escape

        with Console(stderr=True).status("starting") as status:
            yield lambda message, brief=True: status.update(escape(plain(message)))
