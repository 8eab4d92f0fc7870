"""Files that are there whole or not at all, their SHA-256, and cells that no spreadsheet runs as a formula."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sas_analysis.errors import plain


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, beside `path`, which takes its place at the end: the file is there whole or not at all.

    Parameters
    ----------
    path : Path
        The file to write; its folder exists. What was there stays if writing fails.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes | memoryview, *, durable: bool = False) -> None:
    """Write a file, whole or not at all; text as UTF-8, its line ends as they are.

    Parameters
    ----------
    path : Path
        Its folder exists. What was there stays if writing fails.
    content : str, bytes or memoryview
        All of it.
    durable : bool
        Wait until the disk has it, for what cannot be made again.
    """
    content = content.encode() if isinstance(content, str) else content
    with replacing(path) as temporary:
        if durable:
            write_through(temporary, content)
        else:
            temporary.write_bytes(content)


def write_through(path: Path, content: bytes) -> None:
    """Write a file so that a power cut cannot leave its name without its content."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sha256(content: bytes) -> str:
    """The SHA-256 of a content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as it lies, in hexadecimal. Raises OSError if it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def spreadsheet_safe(cell: object) -> object:
    r"""A cell for a CSV file: a text that a spreadsheet would run as a formula gets an apostrophe before it.

    Labels come from others, and one may be a formula. Carriage returns become blanks, for the writer does not quote
    them and a reader would end the row there; other control characters are written out. Anything but a text, and a sign
    that stands alone, is left as it is.

    Examples
    --------
    >>> spreadsheet_safe("=1+1"), spreadsheet_safe(" @SUM(A1)"), spreadsheet_safe("-"), spreadsheet_safe(-1)
    ("'=1+1", "' @SUM(A1)", '-', -1)
    """
    if not isinstance(cell, str):
        return cell
    cell = plain(cell.replace("\r", " "), keep="\t")
    risky = len(cell) > 1 and (cell.lstrip().startswith(("=", "+", "-", "@")) or cell.startswith("\t"))
    return f"'{cell}" if risky else cell
