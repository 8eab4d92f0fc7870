"""Rows of an OpenDocument spreadsheet as they come, without holding the sheet.

A table of half a million rows is 1.5 GB of content.xml. It is read in pieces, cut at the ends of rows and cells, and
each cell that is not the same text as one before is parsed as XML: most cells of a table repeat a few hundred labels.

A cell or row may say that it is repeated any number of times, and a reader that believes it fills the memory. So a
sheet is refused where its last filled cell would make it larger than MOST_CELLS.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from sas_analysis.errors import DataError

MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
MOST_CELLS = 40_000_000  # of a sheet; five years of Home Office open data have about 12 million
MOST_BYTES = 4 << 30  # of content.xml, uncompressed
_LONGEST = 16 << 20  # bytes of a row, or between two rows
_CHUNK = 1 << 20
_MOST_COLUMNS = 1 << 17  # of a row, blank ones at its end included; office programs have 16,384
_MOST_KNOWN = 200_000  # different cells kept; beyond them all are parsed anew
_ROW_END, _CELL_END = b"</table:table-row>", b"</table:table-cell>"
_INSIDE = rb"""((?:[^>"']++|"[^"]*+"|'[^']*+')*+)"""
_HEADS = re.compile(rb"<table:(table|table-row)(?=[\s/>])" + _INSIDE + rb">")
_REPEATED = re.compile(rb"""table:number-rows-repeated\s*=\s*["']\s*(\d+)""")
_NAME = re.compile(rb"""(?<=\s)table:name\s*=\s*("[^"]*"|'[^']*')""")
_ROOT = re.compile(rb"<office:document-content(?=[\s>])" + _INSIDE + rb">")
_DECLARED = re.compile(rb"""\sxmlns(?::[\w.-]+)?\s*=\s*(?:"[^"<]*"|'[^'<]*')""")
_TABLE, _TEXT, _OFFICE = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("table", "text", "office")
)
_SPACES = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}


def sheets(file: Path | BinaryIO, told: str = "") -> Iterator[tuple[str, Iterator[list]]]:
    """Name and rows of each sheet: texts, and numbers as floats; a formula is its stored value, or "".

    A sheet's rows can be had until the next sheet is asked for; those left over are passed by. The cells of a row end
    with its last filled one. A date is the ISO date, True and False are texts. Memory: a few pieces of _LONGEST bytes.
    told : what errors call a file that has no path.
    Raises DataError, at the row where it shows, for what is no OpenDocument spreadsheet, is damaged or encrypted, or
    has a sheet of more than MOST_CELLS cells.
    """
    for (_, name), rows in groupby(_rows(file, told or str(file)), key=itemgetter(0)):
        yield name, (row for _, row in rows if row is not None)


def _rows(file: Path | BinaryIO, path: str) -> Iterator[tuple[tuple[int, str], list | None]]:
    """(number and name of the sheet, row); a row that is None opens its sheet."""
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.read("mimetype").strip() != MIMETYPE:
                raise DataError(f"{path} is not an OpenDocument spreadsheet; open it and save it as .ods or .csv")
            with archive.open("content.xml") as content:
                yield from _Reader(path).rows(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, NotImplementedError, OSError) as error:
        raise DataError(f"{path} is not an OpenDocument spreadsheet, or damaged or encrypted: {error}") from error


class _Reader:
    """What is known of a spreadsheet while its content passes."""

    def __init__(self, path: str):
        self.path = path
        self.sheet = (0, "")
        self.row = self.column = 0  # up to the last row, and the rightmost filled cell, of the sheet
        self.blank_rows = 0  # since the last filled row
        self.namespaces = b""
        self.known: dict[bytes, list] = {}

    def rows(self, content) -> Iterator[tuple[tuple[int, str], list | None]]:
        for piece in self._pieces(content):
            if b"<!" in piece or (self.namespaces and b"<?" in piece):
                raise DataError(f"{self.path}: content.xml has a comment, a declaration or an instruction in a table")
            if not self.namespaces and (root := _ROOT.search(piece)):
                self.namespaces = b"".join(_DECLARED.findall(root[1]))
            yield from self._row(piece)

    def _pieces(self, content) -> Iterator[bytes]:
        """The content, cut after each row; what follows the last row is left."""
        size, rest = 0, b""
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise DataError(f"{self.path}: content.xml has more than {MOST_BYTES:,} bytes")
            *pieces, rest = (rest + chunk).split(_ROW_END)
            if len(rest) > _LONGEST:
                raise DataError(f"{self.path}: content.xml has a row or a gap of more than {_LONGEST:,} bytes")
            yield from pieces
        yield rest

    def _row(self, piece: bytes) -> Iterator[tuple[tuple[int, str], list | None]]:
        """The row that ends a piece, after the sheets and the empty rows (of one tag) that begin in it."""
        times, start = 0, 0
        for tag in _HEADS.finditer(piece):
            name, attributes = tag.groups()
            if name == b"table":
                yield self._new_sheet(attributes), None
                continue
            start, repeated = tag.end(), _REPEATED.search(attributes)
            times = int(repeated[1]) if repeated else 1
            if attributes.endswith(b"/"):
                self.blank_rows, times = self.blank_rows + times, 0
        if not times:
            return
        cells = self._cells(piece[start:])
        if not cells:
            self.blank_rows += times
            return
        self.row, self.column = self.row + self.blank_rows + times, max(self.column, len(cells))
        self._refuse_excess(self.row * self.column)
        yield from ((self.sheet, []) for _ in range(self.blank_rows))
        self.blank_rows = 0
        yield from ((self.sheet, cells) for _ in range(times))

    def _new_sheet(self, attributes: bytes) -> tuple[int, str]:
        found = _NAME.search(attributes)
        try:
            name = self._parsed(b"<office:name table:name=" + found[1] + b"/>")[0].get(f"{_TABLE}name") if found else ""
        except etree.XMLSyntaxError as error:
            raise DataError(f"{self.path}: the name of a sheet cannot be read: {error}") from error
        self.sheet, self.row, self.column, self.blank_rows = (self.sheet[0] + 1, name), 0, 0, 0
        return self.sheet

    def _cells(self, row: bytes) -> list:
        """The values of a row, without the blank ones at its end."""
        *pieces, rest = row.split(_CELL_END)
        values: list = []
        for piece in pieces:
            values += self._values(piece, _CELL_END)
            self._refuse_wide(len(values))
        if rest.strip():
            values += self._values(rest, b"")
            self._refuse_wide(len(values))
        while values and values[-1] == "":
            values.pop()
        return values

    def _values(self, piece: bytes, end: bytes) -> list:
        """The values of the cells in a piece: one that is closed by `end`, and empty ones before it."""
        known = self.known.get(piece)
        if known is None:
            try:
                known = self._expanded(self._parsed(piece + end))
            except (etree.XMLSyntaxError, ValueError, TypeError) as error:
                raise DataError(f"{self.path}: a cell of sheet {self.sheet[1]!r} cannot be read: {error}") from error
            if len(self.known) < _MOST_KNOWN:
                self.known[piece] = known
        return known

    def _expanded(self, cells) -> list:
        values: list = []
        for cell in cells:
            if str(cell.tag).endswith("table-cell"):
                times, value = max(int(cell.get(f"{_TABLE}number-columns-repeated", 1)), 1), _value(cell)
                if value != "":
                    self._refuse_excess(len(values) + times)
                self._refuse_wide(len(values))
                values += [value] * min(times, _MOST_COLUMNS + 1)
        return values

    def _parsed(self, cells: bytes):
        document = b"<office:cells" + self.namespaces + b">" + cells + b"</office:cells>"
        return etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))

    def _refuse_wide(self, columns: int) -> None:
        if columns > _MOST_COLUMNS:
            raise DataError(f"{self.path}: a row of sheet {self.sheet[1]!r} has more than {_MOST_COLUMNS:,} columns")

    def _refuse_excess(self, cells: int) -> None:
        if cells > MOST_CELLS:
            raise DataError(f"{self.path}: a sheet claims {cells:,} cells; at most {MOST_CELLS:,} are read")


def _value(cell) -> float | str:
    kind = cell.get(f"{_OFFICE}value-type", "")
    if kind in ("float", "currency", "percentage"):
        return float(cell.get(f"{_OFFICE}value"))
    stored = [cell.get(f"{_OFFICE}{name}-value") for name in ("string", "date", "time", "boolean")]
    stored = [text for text in stored if text is not None]
    return stored[0] if stored else "\n".join(map(_text, cell.iterchildren(f"{_TEXT}p")))


def _text(node) -> str:
    """The text of a paragraph; spaces, tabs and line breaks are elements of their own, and a comment is none of it."""
    parts = [node.text or ""]
    for child in node:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c", 1)), 1_000))
        elif child.tag != f"{_OFFICE}annotation":
            parts.append(_SPACES.get(child.tag) or _text(child))
        parts.append(child.tail or "")
    return "".join(parts)
