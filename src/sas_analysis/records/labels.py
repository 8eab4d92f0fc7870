"""The publisher's labels in one vocabulary across label eras.

The crosswalks are data: `labels/<column>.csv`, a row per label of the publisher with its standard label, what
follows from it, the era and the source. A label is looked up without regard to case and spacing. A blank cell is
"Not recorded"; a label that is in no crosswalk is "Unrecognised label", and is reported with its count.
"""

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import pandas as pd
import pyarrow as pa

from sas_analysis.codes import looked_up
from sas_analysis.records.fields import labelled

NOT_RECORDED = "Not recorded"
UNRECOGNISED = "Unrecognised label"
UNKNOWN = "Unknown"

# Which columns each crosswalk makes: {raw column: (crosswalk, {clean column: crosswalk's column})}.
CROSSWALKS = {field.name: (field.crosswalk, field.columns) for field in labelled()}


@cache
def crosswalk(name: str) -> pd.DataFrame:
    """A crosswalk as a table of text: `raw`, `standard`, what follows from the label, `era`, `source`."""
    return pd.DataFrame(_rows(name), dtype=str)


@cache
def _rows(name: str) -> list[dict[str, str]]:
    """A crosswalk's rows; a new month of all forces needs no more, and pandas would take a tenth of its time."""
    path = resources.files(__package__) / "labels" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@dataclass(frozen=True)
class Mapping:
    """One clean column made from a raw one: its values in order, and the position of each known label's value.

    A column of truth values has the values False, True and None (missing).
    """

    values: tuple
    position: dict[str, int]
    unseen: int

    @property
    def is_truth(self) -> bool:
        """Whether the column holds True and False rather than labels."""
        return True in self.values

    def code(self, label: str) -> int:
        """The position of the value that a published label has."""
        return self.position.get(_key(label), self.unseen)


@cache
def mapping(name: str, column: str) -> Mapping:
    """How the crosswalk `name` makes its column `column`; in a truth column a blank of the crosswalk is missing."""
    raws, made = ([row[key] for row in _rows(name)] for key in ("raw", column))
    if set(made) <= {"True", "False", ""}:
        values = (False, True, None)
        made = [{"True": True, "False": False, "": None}[value] for value in made]
        blank = unseen = None
    else:
        five = column.startswith("ethnicity_5")
        blank, unseen = (UNKNOWN, UNKNOWN) if five else (NOT_RECORDED, UNRECOGNISED)
        order = (
            [row["ethnicity_5"] for row in _rows(name)] if five else made
        )  # the groups in one order, wherever Chinese is counted
        values = tuple(dict.fromkeys([*order, blank, unseen]))
    position = {_key(raw): values.index(value) for raw, value in zip(raws, made, strict=True)}
    return Mapping(values, position | {"": values.index(blank)}, values.index(unseen))


@lru_cache(maxsize=10_000)  # every file of a month has the same few labels
def _key(label: str) -> str:
    return " ".join(label.split()).casefold()


def standardise(clean_column: str, raw: pd.Categorical) -> pd.Categorical | pd.arrays.BooleanArray:
    """A clean column, made of the raw column of labels that it follows from.

    The crosswalk is applied to the categories, a few dozen labels, and not to the rows.
    """
    how = _mapping_of(clean_column)
    made = np.array([how.code(label) for label in [*raw.categories, ""]], dtype=np.int8)  # the last: missing
    if how.is_truth:
        return pd.arrays.BooleanArray(looked_up(made == 1, raw.codes), looked_up(made == 2, raw.codes))
    return pd.Categorical.from_codes(looked_up(made, raw.codes), how.values, validate=False)


def standard(column: str, label: str) -> str | bool | None:
    """The standard label of a published one; of a column of truth values True, False or None.

    Examples
    --------
    >>> standard("outcome", "Suspect arrested"), standard("outcome_linked_to_object", " true")
    ('Arrest', True)
    """
    how = _mapping_of(column)
    return how.values[how.code(label)]


def strange(column: str, dictionary: pa.Array) -> dict[int, str]:
    """Labels of a raw column's dictionary that are in no crosswalk, by their position in it."""
    known = mapping(CROSSWALKS[column][0], "standard").position
    return {i: label for i, label in enumerate(dictionary.to_pylist()) if _key(label) not in known}


def unseen(column: str, raw: pa.DictionaryArray) -> dict[str, int]:
    """Labels of a raw column that are in no crosswalk, each with its number of rows."""
    found = strange(column, raw.dictionary)
    if not found:
        return {}
    counts = np.bincount(raw.indices.to_numpy(), minlength=len(raw.dictionary))
    return {label: int(counts[i]) for i, label in found.items() if counts[i]}


def vocabulary(clean_column: str) -> tuple:
    """All values a clean column can have, in the order of its crosswalk."""
    return _mapping_of(clean_column).values


def _mapping_of(clean_column: str) -> Mapping:
    for name, made in CROSSWALKS.values():
        if clean_column in made:
            return mapping(name, made[clean_column])
    raise KeyError(clean_column)
