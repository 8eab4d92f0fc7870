"""How a command ends: what it says on stderr, and its exit code."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer
from typer.core import TyperGroup

from sas_analysis.errors import ParameterError, RunError, SasError, plain

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

_NO_MEMORY = (
    "memory ran out; reports made before are as they were. Take fewer months or forces at once, a smaller --jobs, or a "
    "machine with more memory"
)

_ENDING = {"SIGTERM": "terminated", "SIGHUP": "its terminal was closed"}
# Exit code of each to what is said: one that ends without a word leaves an empty log.
_SIGNALLED = {128 + getattr(signal, name): said for name, said in _ENDING.items() if hasattr(signal, name)}
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Commands(TyperGroup):
    """Errors as one text on stderr, and an exit code for each kind."""

    def make_context(self, *args, **kwargs):
        """Parse the words of a command."""
        with _usage_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx):
        """Run a command."""
        try:
            with _usage_errors(), _ended_by_signals():
                return super().invoke(ctx)
        except SasError as error:
            complain(f"error: {error}")
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            complain("interrupted; earlier reports are unchanged")
            raise typer.Exit(130) from error
        except SystemExit as error:
            if error.code in _SIGNALLED:
                complain(f"{_SIGNALLED[error.code]}; earlier reports are unchanged: run it again to go on")
            raise
        except MemoryError as error:
            complain(f"error: {_NO_MEMORY}")
            raise typer.Exit(RunError.exit_code) from error
        except OSError as error:
            raise typer.Exit(_told_of_system(error)) from error


def _told_of_system(error: OSError) -> int:
    """Say in one line what the system refused and what to do; the exit code for it."""
    if error.errno == errno.EPIPE:
        complain("nobody reads the output any more; run it again with the output in a file")
        _mute()
        return 128 + 13  # as the shell has it of a program that SIGPIPE ended
    do = "free some space" if error.errno in _FULL else "check that the file or folder can be used"
    complain(f"error: {error}; {do} and run it again")
    _mute()
    return RunError.exit_code


def _mute() -> None:
    """Let what is left of the output go nowhere: the interpreter flushes it at its end, and would fail again."""
    if sys.stdout is sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: str) -> None:
    """Say something on stderr; where that cannot be written to, there is nobody to be told."""
    with suppress(OSError):
        typer.echo(plain(text, keep="\n"), err=True)


def warn(text: str) -> None:
    """Say on stderr what does not stop a command."""
    complain(f"warning: {text}")


def say_last(text: str) -> None:
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
    names = [name for name in _ENDING if hasattr(signal, name)]
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
