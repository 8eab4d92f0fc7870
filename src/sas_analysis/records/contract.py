"""The contract of the clean table, checked with pandera: types, vocabularies, what may be missing.

Faults of the publisher's files are found before (`load`) or flagged in columns of their own (`clean`); a breach here
means that the table is not what the rest of the package relies on, so nothing is written from it.
"""

from functools import cache

import numpy as np
import pandas as pd

from sas_analysis.errors import DataError
from sas_analysis.records import labels
from sas_analysis.records.clean import LOCATION_STATUSES, column_order

_SHOWN = 3


@cache
def schema():
    """The pandera schema of the clean table."""
    import pandera.pandas as pa  # takes a while to import, and reading processed data does not need it

    text = {name: pa.Column("category", nullable=name == "date_raw") for name in column_order()}
    made = [name for _, clean in labels.CROSSWALKS.values() for name in clean]
    own = {
        "month": pa.Column("category", pa.Check(_are_months, error="month is YYYY-MM")),
        "source_row": pa.Column("int32", pa.Check.ge(1)),
        "searched_at": pa.Column("datetime64[ms, Europe/London]", nullable=True),
        "date_in_month": pa.Column("boolean", nullable=True),
        "latitude": pa.Column("float64", nullable=True),
        "longitude": pa.Column("float64", nullable=True),
    }
    truths = {name: pa.Column("boolean", nullable=True) for name in made if True in labels.vocabulary(name)}
    return pa.DataFrameSchema(text | truths | own, strict=True)


@cache
def never_missing() -> frozenset[str]:
    """Columns in which the contract allows no missing value."""
    return frozenset(name for name, column in schema().columns.items() if not column.nullable)


def _are_months(months: pd.Series) -> bool:
    return bool(months.cat.categories.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").all())


def _relations(frame: pd.DataFrame):
    """Breaches between columns and their vocabularies; asked here because a pandera check costs a millisecond each."""
    words = {name: labels.vocabulary(name) for _, clean in labels.CROSSWALKS.values() for name in clean}
    for name, values in (words | {"location_status": LOCATION_STATUSES}).items():
        if _is_labels(frame, name) and (strange := set(frame[name].cat.categories) ^ set(values)):
            shown = ", ".join(map(repr, sorted(strange)[:_SHOWN]))
            yield f"  {name}: categories are the vocabulary ({len(strange):,} cases; {shown})"
    for name in labels.CROSSWALKS:
        if _is_labels(frame, f"{name}_raw") and name in frame and not _blanks_agree(frame[f"{name}_raw"], frame[name]):
            yield f"  {name}: blank must be {labels.NOT_RECORDED!r} or missing"


def _is_labels(frame: pd.DataFrame, name: str) -> bool:
    return name in frame and isinstance(frame[name].dtype, pd.CategoricalDtype)


def _blanks_agree(raw: pd.Series, standard: pd.Series) -> bool:
    """A blank of the publisher is "Not recorded" (or missing), and nothing else is."""
    blank = _rows_of(raw, lambda label: not label.strip())
    if standard.dtype == "boolean":
        return bool(standard.isna().to_numpy()[blank].all())
    if not isinstance(standard.dtype, pd.CategoricalDtype):
        return True  # its type is a breach already
    return np.array_equal(blank, _rows_of(standard, lambda label: label == labels.NOT_RECORDED))


def _rows_of(column: pd.Series, wanted) -> np.ndarray:
    """Which rows hold one of the wanted labels; asked of the few labels, not of the rows."""
    return np.array([*map(wanted, column.cat.categories), False])[column.cat.codes.to_numpy()]


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
