"""What a batch prints while it runs and when it ends."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from sas_analysis.errors import number_of
from sas_analysis.reference.forces import SEE
from sas_analysis.reports.many.batch import STATES, Options, Outcome
from sas_analysis.reports.many.failures import FAILED, in_one_line


@contextmanager
def progress_printer(quiet: bool) -> Iterator[Callable[[Outcome, int, int], None]]:
    """A function for `Options.on_end`: it moves a bar on a terminal, and prints a line a report elsewhere."""
    started = time.monotonic()
    if quiet:
        yield lambda outcome, done, of: None
    elif not sys.stderr.isatty():
        yield lambda outcome, done, of: _line(outcome, done, of, time.monotonic() - started)
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.progress import TimeRemainingColumn as Left

        columns = [
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            "left:",
            Left(),
            TextColumn("{task.description}"),
        ]
        with Progress(*columns, console=Console(stderr=True)) as progress:
            bar = progress.add_task("", total=None)
            yield lambda outcome, done, of: progress.update(
                bar, total=of, completed=done, description=f"{outcome.folder} {outcome.state}"
            )


def _line(outcome: Outcome, done: int, of: int, elapsed: float) -> None:
    if outcome.state != "current":
        left = elapsed / done * (of - done)
        with suppress(OSError):  # nobody reads it, or the disk of the log is full: no reason to end a batch
            print(
                f"{done} of {of}: {outcome.folder} {outcome.state}, about {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )


def summary(outcomes: Sequence[Outcome], options: Options, brief: bool = False) -> str:
    """A table of the reports that were made, or failed, or would be made; and how many there are of each.

    What went wrong comes last: a log of two hundred reports is read, and mailed, from its end.
    """
    counts = Counter(outcome.state for outcome in outcomes)
    total = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    grave = ("contradicted", "failed")
    shown = [outcome for outcome in outcomes if outcome.state in grave or not (brief or outcome.state == "current")]
    shown.sort(key=lambda outcome: grave.index(outcome.state) if outcome.state in grave else -1)
    width = max((len(outcome.folder) for outcome in shown), default=0)
    lines = [_row(outcome, width).removesuffix(SEE) for outcome in shown]
    lines += [SEE.strip()] if any(outcome.reason.endswith(SEE) for outcome in shown) else []  # once, not once a row
    failed = [f"notebooks and logs of the failed reports: {options.out / FAILED}"] if counts["failed"] else []
    number = number_of(len(outcomes), "report")
    return "\n".join([*lines, *failed, f"{number}: {total}"])


def _row(outcome: Outcome, width: int) -> str:
    took = f"{outcome.seconds:6.1f} s" if outcome.seconds is not None else " " * 8
    code = f"  exit code {outcome.exit_code}" if outcome.exit_code else ""
    return f"{outcome.folder:<{width}}  {outcome.state:<8} {took}{code}  {in_one_line(outcome.reason)}"
