"""Rows that equal an earlier row of their file, found by a number for every row, not by its texts."""

import numpy as np
import pandas as pd

from sas_analysis.codes import repeated, whole_groups
from sas_analysis.records.fields import as_published

_TELLING = ["source_file", "searched_at", "latitude"]  # few rows of a file share all three: only these are read further


def is_repeat(records: pd.DataFrame) -> pd.Series:
    """Whether a record equals an earlier one of its file in all of the publisher's columns.

    Such rows can be several people searched in one encounter: they are counted and shown, and stay by default.
    """
    rows = records[["source_file", *as_published()]]
    alike = _alike(rows[_TELLING])
    alike = alike[repeated(_fingerprints(rows.iloc[alike]))]
    again = np.zeros(len(rows), dtype=bool)
    again[alike] = rows.iloc[alike].duplicated()  # rows with one fingerprint may yet differ
    return pd.Series(again, index=records.index)


def _alike(rows: pd.DataFrame) -> np.ndarray:
    """The positions of the rows whose fingerprint another row of their file has."""
    found = [np.empty(0, dtype=int)]
    for part in whole_groups(_as_number(rows["source_file"])):
        found.append(part.start + np.flatnonzero(repeated(_fingerprints(rows.iloc[part]))))
    return np.concatenate(found)


def _fingerprints(rows: pd.DataFrame) -> np.ndarray:
    """A number of 64 bits for every row, the same for equal rows and, but for chance, for no others."""
    fingerprint, word, bits = np.zeros(len(rows), dtype=np.uint64), np.zeros(len(rows), dtype=np.uint64), 0
    for name in rows:
        value = _as_number(rows[name])
        width = 8 * value.dtype.itemsize
        if bits + width > 64:
            fingerprint, word, bits = _mixed(fingerprint, word), np.zeros(len(rows), dtype=np.uint64), 0
        word = (word << np.uint64(width % 64)) | value.view(f"u{value.dtype.itemsize}")  # a whole word stands alone
        bits += width
    return _mixed(fingerprint, word)


def _as_number(values: pd.Series) -> np.ndarray:
    """Whole numbers that are equal where the values of a column are, all missing ones alike."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy()
    if values.dtype == float:
        return np.where(values.isna(), np.nan, values.to_numpy() + 0.0).view(np.int64)  # -0.0 is 0.0
    if hasattr(values, "dt"):
        return values.to_numpy(dtype="datetime64[ns]").view(np.int64)
    return pd.factorize(values)[0]


def _mixed(fingerprint: np.ndarray, word: np.ndarray) -> np.ndarray:
    mixed = (fingerprint ^ word) * np.uint64(0x9E3779B97F4A7C15)  # of the golden ratio: every bit moves the upper ones
    return mixed ^ (mixed >> np.uint64(32))
