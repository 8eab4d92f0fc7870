"""What differs between the tables of two runs, cell by cell."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sas_analysis.errors import RunError
from sas_analysis.reports.check import untrusted
from sas_analysis.reports.check.input_differences import why
from sas_analysis.reports.one.provenance import read as read_record

LARGEST_TABLE = 256 << 20  # bytes
RTOL = 1e-9  # of numbers with a fraction; the same machine gives the same bits, another may sum in another order
DIFFERENCES = ["table", "row", "column", "before", "after", "difference", "relative"]


@dataclass
class Comparison:
    """Two runs held against each other.

    figures : table | row | column | before | after | difference | relative, a row per cell that differs: first what
    is missing in one run, then numbers, the largest relative difference first, then texts. `before` and
    `after` are as the tables have them, "" where a value is missing; difference and relative are numbers or missing.
    notes : the same for the column `note` alone. only_before, only_after : names of tables that the other lacks.
    reasons : what may have moved them, by kind: data, code, parameters, libraries; empty kinds are left out.
    """

    figures: pd.DataFrame
    notes: pd.DataFrame
    only_before: list[str] = field(default_factory=list)
    only_after: list[str] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether every table is in both, and every cell of it the same within the tolerance."""
        return self.figures.empty and self.notes.empty and not self.only_before and not self.only_after


def compare(before: Path, after: Path, rtol: float = RTOL) -> Comparison:
    """Compare the tables and the records of two report folders. Raises RunError if one is no report."""
    reasons = why(read_record(before), read_record(after))
    tables = [{path.name: path for path in sorted((folder / "tables").glob("*.csv"))} for folder in (before, after)]
    both = [name for name in tables[0] if name in tables[1]]
    cells = [cell for name in both for cell in _cells(name, *(_read(found[name]) for found in tables), rtol)]
    found = pd.DataFrame(cells, columns=DIFFERENCES).astype({"difference": float, "relative": float})
    found = _largest_first(found)
    is_note = found["column"].eq("note")
    return Comparison(
        figures=found[~is_note].reset_index(drop=True),
        notes=found[is_note].reset_index(drop=True),
        only_before=[name for name in tables[0] if name not in tables[1]],
        only_after=[name for name in tables[1] if name not in tables[0]],
        reasons=reasons,
    )


def _largest_first(found: pd.DataFrame) -> pd.DataFrame:
    """What has no size (a row, a column, a missing value) first, then numbers by relative difference, then texts."""
    is_text = found["relative"].isna() & found[["row", "column", "before", "after"]].ne("").all(axis=1)
    order = found.assign(is_text=is_text, size=-found["relative"].abs())
    order = order.sort_values(["is_text", "size"], na_position="first", kind="stable")
    return order[DIFFERENCES].reset_index(drop=True)


def _read(path: Path) -> pd.DataFrame:
    """A table as text: nothing is rounded, no text becomes a number, a missing value is ""."""
    try:
        content = io.BytesIO(untrusted.read_bytes(path, LARGEST_TABLE))
        return pd.read_csv(content, dtype=str, keep_default_na=False, encoding="utf-8")
    except (ValueError, OSError) as error:
        raise RunError(f"{path} cannot be read as a table ({error}); take the report from where it was kept") from error


def _cells(name: str, before: pd.DataFrame, after: pd.DataFrame, rtol: float) -> Iterator[tuple]:
    """One tuple of DIFFERENCES for each cell, row or column that differs."""
    for column in before.columns.symmetric_difference(after.columns, sort=False):
        yield name, "", column, *_presence(column in before, "column"), math.nan, math.nan
    keys = _keys(before, after)
    rows = [_by_key(table, keys) for table in (before, after)]
    columns = before.columns.intersection(after.columns, sort=False).difference(keys, sort=False)
    for key in dict.fromkeys([*rows[0], *rows[1]]):
        label = " | ".join(key[:-1]) + (f" ({key[-1] + 1})" if key[-1] else "")
        if key not in rows[0] or key not in rows[1]:
            yield name, label, "", *_presence(key in rows[0], "row"), math.nan, math.nan
            continue
        for column in columns:
            old, new = rows[0][key][column], rows[1][key][column]
            if not _is_same(old, new, rtol):
                yield name, label, column, old, new, *_size(old, new)


def _presence(in_before: bool, what: str) -> tuple[str, str]:
    return (what, f"no such {what}") if in_before else (f"no such {what}", what)


def _keys(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """The columns that name a row: the fewest leading ones that tell all rows apart, but none of numbers."""
    shared = [first for first, second in zip(before, after, strict=False) if first == second]
    keys: list[str] = []
    for column in shared:
        if keys and any(_is_numeric(table[column]) for table in (before, after)):
            break
        keys.append(column)
        if not before.duplicated(keys).any() and not after.duplicated(keys).any():
            break
    return keys


def _is_numeric(column: pd.Series) -> bool:
    filled = column[column.ne("")]
    return bool(len(filled)) and all(_number(text) is not None for text in filled)


def _by_key(table: pd.DataFrame, keys: list[str]) -> dict[tuple, dict[str, str]]:
    """Rows by their key; rows of one key are numbered in their order."""
    number = table.groupby(keys, sort=False).cumcount() if keys else range(len(table))
    named = zip(*(table[key] for key in keys), number, strict=True)
    return dict(zip(named, table.to_dict("records"), strict=True))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_same(old: str, new: str, rtol: float) -> bool:
    """Equal as text; or as numbers, whole ones exactly and others within rtol of the larger."""
    if old == new:
        return True
    numbers = _number(old), _number(new)
    if None in numbers:
        return False
    if all(number.is_integer() for number in numbers):
        return numbers[0] == numbers[1]
    return math.isclose(*numbers, rel_tol=rtol)


def _size(old: str, new: str) -> tuple[float, float]:
    """The difference, and the difference over the older value; missing where there is none."""
    numbers = _number(old), _number(new)
    if None in numbers:
        return math.nan, math.nan
    difference = numbers[1] - numbers[0]
    with np.errstate(all="ignore"):
        return difference, float(np.divide(difference, abs(numbers[0])))
