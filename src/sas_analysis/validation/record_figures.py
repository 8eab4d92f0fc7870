"""What the published numbers of searches in London are made of: one function of the records for each figure.

As Ashby's reports "Stop and Search in London" count (mpjashby/stop-search-london, output/2020-Q2.Rmd, CC BY 4.0).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

COLUMNS = [  # of the clean table, that the figures read besides force and month
    *("type", "gender", "age_range", "self_defined_ethnicity", "ethnicity_5", "officer_ethnicity_5"),
    *("legislation", "power", "object_of_search", "object_group", "positive_outcome", "arrest"),
]
_OBJECTS = {"Drugs": "drugs", "Weapons": "weapons", "Stolen property": "stolen goods", "Firearms": "firearms"}
_UNKNOWN = ("Not recorded", "Unrecognised label")


def _share(part: pd.Series, of: pd.Series | None = None) -> float:
    """Per cent of the records that are `part`, among those that are `of`."""
    base = len(part) if of is None else int(of.sum())
    hits = int((part if of is None else part & of).sum())
    return 100 * hits / base if base else np.nan


def _persons(records: pd.DataFrame) -> pd.DataFrame:
    return records[records["type"].isin(["Person search", "Person and Vehicle search"])]


def _objects(records: pd.DataFrame) -> pd.Series:
    """As Ashby's reports group them: section 60 is weapons, "evidence of offences under the Act" says nothing."""
    named = records["object_group"].astype("str").map(_OBJECTS).fillna("other")
    silent = records["object_group"].isin(_UNKNOWN) | records["object_of_search"].eq(
        "Evidence of offences under the Act"
    )
    return named.mask(silent, "unknown").mask(records["power"].eq("Section 60"), "weapons")


def _formal(records: pd.DataFrame) -> pd.Series:
    return records["positive_outcome"].eq(True).fillna(False).astype(bool)


def _ages(records: pd.DataFrame, group: str) -> float:
    persons = _persons(records)
    names = {"under 18": ["under 10", "10-17"], "18-24": ["18-24"], "25 and over": ["25-34", "over 34"]}
    return _share(persons["age_range"].isin(names[group]), ~persons["age_range"].isin(_UNKNOWN))


def _change(records: pd.DataFrame, _: str) -> float:
    month = records["month"].astype("str").str[5:]
    first, second = month.le("03").sum(), month.ge("04").sum()
    return 100 * (second / first - 1) if first else np.nan


def _formal_by(records: pd.DataFrame, group: str) -> float:
    kind, _, ethnicity = group.rpartition(", ")
    persons = _persons(records)
    objects, section_60 = _objects(persons), persons["power"].eq("Section 60")
    of = {"section 60": section_60, "weapons on suspicion": objects.eq("weapons") & ~section_60}
    return _share(_formal(persons), of.get(kind, objects.eq(kind)) & persons["ethnicity_5"].eq(ethnicity))


def _stated(records: pd.DataFrame, _: str) -> float:
    persons = _persons(records)
    filled = persons["self_defined_ethnicity"].ne("Not recorded")
    return _share(persons["ethnicity_5"].ne("Unknown"), filled)


def _ethnicity(records: pd.DataFrame, group: str) -> float:
    persons = _persons(records)
    return _share(persons["ethnicity_5"].eq(group), persons["ethnicity_5"].ne("Unknown"))


def _suspicion(records: pd.DataFrame, _: str) -> float:
    return _share(records["legislation"].astype("str").str.contains("1984 (section 1)", regex=False),
                  _objects(records).eq("weapons"))  # fmt: skip


FIGURES: dict[str, Callable[[pd.DataFrame, str], float]] = {
    "searches": lambda records, _: len(records),
    "person searches": lambda records, _: len(_persons(records)),
    "section 60 searches": lambda records, _: int(records["power"].eq("Section 60").sum()),
    "change of the second quarter on the first": _change,
    "share of force": lambda records, group: _share(records["force"].eq(group)),
    "share of type": lambda records, group: _share(records["type"].eq(group)),
    "share of object": lambda records, group: _share(_objects(records).eq(group)),
    "weapons under PACE section 1": _suspicion,
    "no further action": lambda records, _: _share(records["positive_outcome"].eq(False).fillna(False).astype(bool)),
    "formal outcome": lambda records, _: _share(_formal(records)),
    "arrest": lambda records, _: _share(records["arrest"].eq(True).fillna(False).astype(bool)),
    "male": lambda records, _: _share(
        _persons(records)["gender"].eq("Male"), _persons(records)["gender"].isin(["Male", "Female"])
    ),
    "share of age": _ages,
    "ethnicity stated": _stated,
    "share of ethnicity": _ethnicity,
    "formal outcome by object and ethnicity": _formal_by,
    "searches by officer-defined ethnicity": lambda records, group: int(records["officer_ethnicity_5"].eq(group).sum()),
    "under section 23 of the Misuse of Drugs Act": lambda records, _: _share(
        records["legislation"].astype("str").str.contains("Misuse of Drugs Act")
    ),
}
