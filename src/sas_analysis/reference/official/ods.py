"""Cells of an OpenDocument spreadsheet, after its claims about its own size have been looked at.

A cell or row may say that it is repeated any number of times, and a reader that believes it fills the memory.
So the content is scanned before it is read: a sheet's last filled cell bounds what a reader would hold.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from sas_analysis.errors import DataError

MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
MOST_CELLS = 40_000_000  # five years of Home Office open data have about 12 million
MOST_BYTES = 4 << 30  # of content.xml, uncompressed
_CHUNK = 4 << 20
_TAG = re.compile(
    rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])"
    rb"""((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>"""
)
_REPEATED = {
    name: re.compile(rb"""table:number-%s-repeated\s*=\s*["']\s*(\d+)""" % name) for name in (b"rows", b"columns")
}


def sheets(path: Path) -> Iterator[tuple[str, Iterator[list]]]:
    """Name and rows of each sheet: texts, numbers and dates as stored; a formula is its stored value, or "".

    Raises DataError for what is no OpenDocument spreadsheet, is damaged or encrypted, or claims more than
    MOST_CELLS cells.
    """
    _look_at(path)
    try:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            yield name, book.get_sheet_by_name(name).iter_rows()
    except (CalamineError, ValueError, OSError) as error:
        raise DataError(f"{path}: the spreadsheet cannot be read: {error}") from error


def _look_at(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.read("mimetype").strip() != MIMETYPE:
                raise DataError(f"{path} is not an OpenDocument spreadsheet; open it and save it as .ods or .csv")
            with archive.open("content.xml") as content:
                _measure(path, content)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{path} is not an OpenDocument spreadsheet, or damaged or encrypted: {error}") from error


def _measure(path: Path, content) -> None:
    """Follow rows and cells as a reader would, without holding any; raise DataError at the first excess."""
    size, rest, extent = 0, b"", _Extent()
    while chunk := content.read(_CHUNK):
        size += len(chunk)
        text = rest + chunk
        cut = max(text.rfind(b"<"), 0)  # the last tag may be cut in two
        rest = text[cut:]
        if b"<!" in text or len(rest) > _CHUNK:
            raise DataError(f"{path}: content.xml has a comment, a declaration or a cell of {_CHUNK:,} bytes")
        for tag in _TAG.finditer(text, 0, cut):
            extent.add(*tag.groups())
        _refuse_excess(path, size, extent.most)
    for tag in _TAG.finditer(rest):
        extent.add(*tag.groups())
    _refuse_excess(path, size, extent.most)


def _refuse_excess(path: Path, size: int, cells: int) -> None:
    if cells > MOST_CELLS:
        raise DataError(f"{path}: a sheet claims {cells:,} cells; at most {MOST_CELLS:,} are read")
    if size > MOST_BYTES:
        raise DataError(f"{path}: content.xml has more than {MOST_BYTES:,} bytes")


class _Extent:
    """Rows and columns up to the last filled cell of the sheet being read, and the most cells of any sheet."""

    def __init__(self):
        self.most = 0
        self._new_sheet()

    def _new_sheet(self):
        self.row = self.column = self.last_row = self.last_column = 0
        self.filled = False

    def add(self, closing, name, attributes):
        if name == b"table":
            self._new_sheet()
        elif name == b"table-row":
            self._row(closing, attributes)
        elif not closing:
            self.column += _times(b"columns", attributes)
            if b"value" in attributes or not attributes.endswith(b"/"):
                self.filled, self.last_column = True, max(self.last_column, self.column)

    def _row(self, closing, attributes):
        if not closing:
            self.column, self.filled, self.times = 0, False, _times(b"rows", attributes)
        if closing or attributes.endswith(b"/"):
            self.row += self.times
            self.last_row = self.row if self.filled else self.last_row
            self.most = max(self.most, self.last_row * self.last_column)


def _times(what, attributes) -> int:
    found = _REPEATED[what].search(attributes)
    return int(found[1]) if found else 1
