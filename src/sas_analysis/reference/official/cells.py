"""The cells of an open data table, from an ODS or CSV file, as columns of labels: each different text is held once.

Half a million rows of sixteen columns are 8 million cells with a few hundred different texts.
"""

import csv
import re
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from sas_analysis.errors import DataError, listed
from sas_analysis.reference.official.ods import sheets

_HEADER_WITHIN = 100  # rows: covers and notes come before the table


class Column:
    """Texts of a column as numbers into those that occur."""

    def __init__(self):
        self.texts: list[str] = []
        self._code_of_text: dict[str, int] = {}
        self._codes: dict = {}
        self._rows = array("i")

    def add(self, cell) -> None:
        """A cell as it reads: 12.0 is 12."""
        code = self._codes.get(cell)
        if code is None:
            code = self._codes[cell] = self._new(_text(cell))
        self._rows.append(code)

    def _new(self, text: str) -> int:
        code = self._code_of_text.setdefault(text, len(self.texts))
        if code == len(self.texts):
            self.texts.append(text)
        return code

    def labels(self) -> pd.Categorical:
        """The texts, in the order of their first appearance, and which of them each row has."""
        codes = np.frombuffer(self._rows, dtype=np.int32) if self._rows else np.empty(0, dtype=np.int32)
        return pd.Categorical.from_codes(codes, categories=pd.Index(self.texts, dtype="str"))


def read_cells(path: Path, headings: dict, required, *, sheet: str = "") -> tuple[pd.DataFrame, np.ndarray]:
    """The table of a file as categories, a column for each of `headings` that it has, and the row each stood in.

    headings : our name of a column to its names in the files, without capitals and signs. sheet : the one to read,
    where several have a table. Raises DataError if the file cannot be read, has no table, or several and none is named.
    """
    if path.suffix.lower() not in (".ods", ".csv"):
        raise DataError(f"{path}: a table is read from .ods or .csv; open it and save it as one of them")
    if not path.exists():
        raise DataError(f"{path}: there is no such file; fetch it with: sas-analysis fetch-reference home-office")
    seen: list[str] = []
    found: dict[str, tuple] = {}
    others: dict[str, list[str]] = {}
    try:
        for name, rows in sheets(path) if path.suffix.lower() == ".ods" else _csv(path):
            header = _find_header(rows, headings, required, seen)
            if header is None:
                seen.append(f"no table in {name}")
            elif found or (sheet and name != sheet):
                others[name] = list(header[0])
            else:
                others[name], found[name] = list(header[0]), _columns_of(rows, *header)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: the file cannot be read as CSV in UTF-8: {error}") from error
    if not others:
        asked = ", ".join(headings[name][0] for name in required)
        raise DataError(f"{path} has no open data table: no row has the headings {asked}; {listed(seen)}")
    if not found or (len(others) > 1 and not sheet):
        raise DataError(f"{path}: {_choice(others, sheet)}")
    columns, numbers = next(iter(found.values()))
    return pd.DataFrame({name: column.labels() for name, column in columns.items()}), np.array(numbers, dtype=np.int32)


def _choice(tables: dict[str, list[str]], sheet: str) -> str:
    """Which sheets there are to choose from, and what each has that not all have."""
    common = set.intersection(*map(set, tables.values()))
    own = {name: ", ".join(column for column in has if column not in common) for name, has in tables.items()}
    told = [f'"{name}" (with {columns})' if columns else f'"{name}"' for name, columns in own.items()]
    why = f'no open data table in a sheet "{sheet}"' if sheet else "several sheets may hold the same searches"
    return f"{why}; name one by sheet=: {', '.join(told)}"


def _csv(path: Path) -> Iterator[tuple[str, Iterator[list]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield "the file", csv.reader(stream, strict=True)


def _find_header(rows: Iterator[list], headings, required, seen: list[str]) -> tuple[dict[str, int], int] | None:
    """Position of each of our columns, and the row they were found in, among the first rows; None if not there."""
    best = set()
    for number, row in zip(range(1, _HEADER_WITHIN + 1), rows, strict=False):
        names = [re.sub(r"[^a-z0-9]+", "_", _text(cell).lower()).strip("_") for cell in row]
        found = {ours: names.index(name) for ours, known in headings.items() for name in known if name in names}
        if set(required) <= set(found):
            return found, number
        best = max(best, set(found), key=len)
    if len(best) > 1:
        lacking = [headings[name][0] for name in required if name not in best]
        seen.append(f"the row nearest to a heading lacks {', '.join(lacking)}")
    return None


def _columns_of(rows: Iterator[list], places: dict[str, int], header: int) -> tuple[dict[str, Column], array]:
    """Rows below the heading that have anything in the columns, and their numbers."""
    columns, numbers = {name: Column() for name in places}, array("i")
    adders = [(columns[name].add, at) for name, at in places.items()]
    for number, row in enumerate(rows, start=header + 1):
        n = len(row)
        if any(at < n and row[at] != "" for _, at in adders):
            for add, at in adders:
                add(row[at] if at < n else "")
            numbers.append(number)
    return columns, numbers


def _text(cell) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
