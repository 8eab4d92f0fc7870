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
        "location_status": _labels(pa, LOCATION_STATUSES),
    }
    return pa.DataFrameSchema(
        text | {name: _column(pa, name) for name in made} | own,
        checks=[_blank_check(pa, name) for name in labels.CROSSWALKS],
        strict=True,
    )


def _column(pa, name: str):
    values = labels.vocabulary(name)
    if True in values:
        return pa.Column("boolean", nullable=True)
    return _labels(pa, values)


def _labels(pa, values: tuple):
    """A column of labels; whatever its rows hold, its categories are the whole vocabulary."""
    agrees = pa.Check(lambda column: set(column.cat.categories) == set(values), error="categories are the vocabulary")
    return pa.Column("category", agrees)


def _are_months(months: pd.Series) -> bool:
    return bool(months.cat.categories.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").all())


def _blank_check(pa, name: str):
    """A blank of the publisher is "Not recorded" (or missing), and nothing else is."""

    def agrees(frame: pd.DataFrame) -> bool:
        blank = _rows_of(frame[f"{name}_raw"], lambda label: not label.strip())
        if frame[name].dtype == "boolean":
            return bool(frame[name].isna().to_numpy()[blank].all())
        return np.array_equal(blank, _rows_of(frame[name], lambda label: label == labels.NOT_RECORDED))

    return pa.Check(agrees, error=f"{name}: blank must be {labels.NOT_RECORDED!r} or missing")


def _rows_of(column: pd.Series, wanted) -> np.ndarray:
    """Which rows hold one of the wanted labels; asked of the few labels, not of the rows."""
    return np.array([*map(wanted, column.cat.categories), False])[column.cat.codes.to_numpy()]


def check(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame`, a clean table, or raise DataError with every breach of the contract, its count and first rows."""
    import pandera.errors

    try:
        return schema().validate(frame, lazy=True, inplace=True)  # in place: without a copy; nothing is coerced
    except pandera.errors.SchemaErrors as errors:
        raise DataError(_summary(errors.failure_cases)) from errors


def _summary(cases: pd.DataFrame) -> str:
    lines = []
    for (column, rule), group in cases.groupby(["column", "check"], dropna=False, sort=False):
        shown = group.head(_SHOWN)
        first = "; ".join(f"row {i}: {case!r}" for i, case in zip(shown["index"], shown["failure_case"], strict=True))
        lines.append(f"  {column}: {rule} ({len(group):,} cases; {first})")
    return "\n".join(["the clean table breaks its contract:", *lines])
