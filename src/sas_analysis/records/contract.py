"""The contract of the clean table, checked with pandera: types, vocabularies, what may be missing.

Faults of the publisher's files are found before (`load`) or flagged in columns of their own (`clean`); a breach here
means that the table is not what the rest of the package relies on, so nothing is written from it.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sas_analysis.errors import DataError
from sas_analysis.months import is_month
from sas_analysis.records import labels
from sas_analysis.records.derived import LOCATION_STATUSES
from sas_analysis.records.fields import DEGREES, FIELDS, column_order, stored

_SHOWN = 3
_TIME = "datetime64[ms, Europe/London]"
_ARROW = {
    "int32": pa.int32(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    _TIME: pa.timestamp("ms", "Europe/London"),
}


@cache
def columns() -> dict[str, tuple[str, bool]]:
    """The columns of the clean table: the type that pandas has for each, and whether a value may be missing."""
    made = [name for _, clean in labels.CROSSWALKS.values() for name in clean]
    return {
        **{name: ("category", name == "date_raw") for name in column_order()},
        **{name: ("boolean", True) for name in made if True in labels.vocabulary(name)},
        "source_row": ("int32", False),
        "searched_at": (_TIME, True),
        "date_in_month": ("boolean", True),
        **{field.name: ("float64", True) for field in FIELDS if field.kind == DEGREES},
    }


@cache
def schema():
    """The pandera schema of the clean table."""
    import pandera.pandas as pa  # takes a while to import, and a table that keeps the contract does not need it

    checks = {"month": pa.Check(_are_months, error="month is YYYY-MM"), "source_row": pa.Check.ge(1)}
    described = columns().items()
    return pa.DataFrameSchema(
        {name: pa.Column(dtype, checks.get(name), nullable=nullable) for name, (dtype, nullable) in described},
        strict=True,
    )


def never_missing() -> frozenset[str]:
    """Columns in which the contract allows no missing value."""
    return frozenset(name for name, (_, nullable) in columns().items() if not nullable)


def _are_months(months: pd.Series) -> bool:
    return all(map(is_month, months.cat.categories))


class _Column(NamedTuple):
    """A column of labels or of truth values: a code a row, negative where it is missing."""

    labels: list | None  # None: truth values
    codes: np.ndarray


def _column(frame: pd.DataFrame, name: str) -> _Column | None:
    if name in frame and isinstance(frame[name].dtype, pd.CategoricalDtype):
        return _Column(list(frame[name].cat.categories), frame[name].cat.codes.to_numpy())
    if name in frame and frame[name].dtype == "boolean":
        return _Column(None, -frame[name].isna().to_numpy().astype(np.int8))
    return None  # absent, or its type is a breach already


def _relations(frame: pd.DataFrame) -> Iterator[str]:
    """Breaches between columns and their vocabularies; asked here because a pandera check costs a millisecond each."""
    words = {name: labels.vocabulary(name) for _, clean in labels.CROSSWALKS.values() for name in clean}
    for name, values in (words | {"location_status": LOCATION_STATUSES}).items():
        column = _column(frame, name)
        if column and column.labels is not None and (strange := set(column.labels) ^ set(values)):
            shown = ", ".join(map(repr, sorted(strange)[:_SHOWN]))
            yield f"  {name}: categories are the vocabulary ({len(strange):,} cases; {shown})"
    for name in labels.CROSSWALKS:
        raw, standard = _column(frame, f"{name}_raw"), _column(frame, name)
        if raw and raw.labels is not None and standard and not _blanks_agree(raw, standard):
            yield f"  {name}: blank must be {labels.NOT_RECORDED!r} or missing"


def _blanks_agree(raw: _Column, standard: _Column) -> bool:
    """A blank of the publisher is "Not recorded" (or missing), and nothing else is."""
    blank = _rows_of(raw, lambda label: not label.strip())
    if standard.labels is None:
        return bool((standard.codes[blank] < 0).all())
    return np.array_equal(blank, _rows_of(standard, lambda label: label == labels.NOT_RECORDED))


def _rows_of(column: _Column, wanted: Callable[[str], bool]) -> np.ndarray:
    """Which rows hold one of the wanted labels; asked of the few labels, not of the rows."""
    return np.array([*map(wanted, column.labels), False])[column.codes]


def keeps(table: pa.Table) -> bool:
    """Whether records as they are stored (`fields.stored`) keep the contract, with all that follows from them.

    It is asked of what Arrow knows at once: types, labels, missing values; a label stands for all records that have it.
    Much cheaper than `check`, which lists the breaches where this is false, and finds none where it is true.
    """
    if sorted(table.column_names) != sorted(stored()):
        return False
    return (
        all(_is_sound(table[name], *columns()[name]) for name in stored())
        and all(map(is_month, _labels(table["month"])))
        and (not table.num_rows or pc.min(table["source_row"]).as_py() >= 1)
        and all(_blank_agrees(name, label) for name in labels.CROSSWALKS for label in _labels(table[f"{name}_raw"]))
    )


def _labels(column: pa.ChunkedArray) -> list[str]:
    return [label for chunk in column.chunks for label in chunk.dictionary.to_pylist()]


@lru_cache(maxsize=10_000)
def _blank_agrees(name: str, label: str) -> bool:
    """`_blanks_agree` for one label and what the crosswalk makes of it."""
    standard = labels.standard(name, label)
    return (standard in (None, labels.NOT_RECORDED)) if not label.strip() else standard != labels.NOT_RECORDED


def _is_sound(column: pa.ChunkedArray, dtype: str, nullable: bool) -> bool:
    if column.null_count and not nullable:
        return False
    if dtype != "category":
        return column.type.equals(_ARROW[dtype])
    return pa.types.is_dictionary(column.type) and column.type.value_type in (pa.string(), pa.large_string(), pa.null())


def check(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame`, a clean table, or raise DataError with every breach of the contract, its count and first rows."""
    import pandera.errors

    breaches = list(_relations(frame))
    try:
        schema().validate(frame, lazy=True, inplace=True)  # in place: without a copy; nothing is coerced
    except pandera.errors.SchemaErrors as errors:
        breaches = [*_lines(errors.failure_cases), *breaches]
    if breaches:
        raise DataError("\n".join(["the clean table breaks its contract:", *breaches]))
    return frame


def _lines(cases: pd.DataFrame) -> list[str]:
    lines = []
    for (column, rule), group in cases.groupby(["column", "check"], dropna=False, sort=False):
        shown = group.head(_SHOWN)
        first = "; ".join(f"row {i}: {case!r}" for i, case in zip(shown["index"], shown["failure_case"], strict=True))
        lines.append(f"  {column}: {rule} ({len(group):,} cases; {first})")
    return lines
