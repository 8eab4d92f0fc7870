"""Which force-months may be used, whole and for a question about some fields: one rule for all that ask."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from sas_analysis.errors import ParameterError
from sas_analysis.records.fields import FIELDS

FINE, FLAGGED, UNUSABLE = "fine", "flagged", "unusable"
HEADER_ONLY, NO_FILE = "header only", "no file"
VERDICTS = (FINE, FLAGGED, UNUSABLE, HEADER_ONLY, NO_FILE)
_DERIVED = {field.name for field in FIELDS if field.name not in ("date", "latitude", "longitude")}
# Question -> fields whose findings stand against it. Where arrests are not published, no share of outcomes is what it
# seems; what the link field says rests on outcomes too; a power is read from the legislation.
RESTS_ON = {name: (name,) for name in sorted(_DERIVED)} | {
    "location": ("location",),
    "searched_at": ("searched_at",),
    "power": ("legislation",),
    **{name: ("outcome", "arrest") for name in ("outcome", "arrest")},
    "outcome_linked_to_object": ("outcome", "arrest", "outcome_linked_to_object"),
}
# Columns of searches that are read from a field of another name.
_COLUMNS = {column: field.name for field in FIELDS for column in field.columns if field.name in _DERIVED} | {
    **{name: "location" for name in ("latitude", "longitude", "area", "area_code")},
    **{name: "searched_at" for name in ("searched_at", "hour")},
    **{name: name for name in ("power", "arrest")},
}


def field_of(column: str) -> str | None:
    """The question of RESTS_ON that a column of searches belongs to; None for one that no finding is about.

    Examples
    --------
    >>> field_of("object_group"), field_of("power"), field_of("month")
    ('object_of_search', 'power', None)
    """
    return column if column in RESTS_ON else _COLUMNS.get(column)


def verdicts(findings: pd.DataFrame, grid: pd.DataFrame, fields: Iterable[str] = ()) -> pd.DataFrame:
    """One verdict per force-month: `force | month | verdict | rules | reasons`.

    findings : as `audit` returns them. grid : `force | month`, the force-months asked for (others are left out).
    fields : questions of RESTS_ON that are asked of these months.
    Verdict: "no file", "header only", "flagged" (another finding says to leave the month out), "unusable" (one says not
    to use a field that the questions rest on) or "fine". rules : those that decide it, as text, with the field where
    there is one; reasons : the same with their evidence. Both are empty where the month is fine.

    Raises
    ------
    ParameterError
        For a field that is none of RESTS_ON.
    """
    fields = list(fields)
    if unknown := [field for field in fields if field not in RESTS_ON]:
        raise ParameterError(f"no field {unknown[0]!r}; choose one of {', '.join(RESTS_ON)}")
    grid = grid[["force", "month"]].astype("str").reset_index(drop=True)
    table = grid.merge(_against(findings, fields), how="left", on=["force", "month"])
    table = table.fillna({"rules": "", "reasons": "", "excluded": False})
    table["verdict"] = pd.Categorical(
        [
            rules if rules in (NO_FILE, HEADER_ONLY) else FLAGGED if out else UNUSABLE if rules else FINE
            for rules, out in zip(table["rules"], table["excluded"], strict=True)
        ],
        categories=VERDICTS,
    )
    return table[["force", "month", "verdict", "rules", "reasons"]]


def _against(findings: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    """`force | month | rules | reasons | excluded` of the months that findings stand against.

    Where a month is left out whole, the fields of it do not matter any more.
    """
    columns = ["force", "month", "rule", "action", "field", "evidence"]
    text = findings[columns].astype("str")
    excluding = text["action"].eq("exclude")
    out = pd.MultiIndex.from_frame(text.loc[excluding, ["force", "month"]])
    whole = pd.MultiIndex.from_frame(text[["force", "month"]]).isin(out)
    asked = text["field"].isin({name for field in fields for name in RESTS_ON[field]})
    text = text[excluding | (text["action"].eq("field") & asked & ~whole)]
    of_field = " (" + text["field"].str.replace("_", " ") + ")"
    named = text["rule"] + of_field.where(text["action"].eq("field"), "")
    text = text.assign(rules=named, reasons=named + ": " + text["evidence"], excluded=text["action"].eq("exclude"))
    return _by_month(text[["force", "month", "rules", "reasons", "excluded"]])


def _by_month(text: pd.DataFrame) -> pd.DataFrame:
    """The findings of every force-month in one row, in the order in which they are found; each text once.

    In lists, for there are thousands of force-months with one or two findings each.
    """
    found = {}
    for force, month, rule, reason, out in zip(*(text[name].tolist() for name in text), strict=True):
        rules, reasons, excluded = found.setdefault((force, month), ({}, {}, []))
        rules[rule] = reasons[reason] = None
        excluded.append(out)
    texts = {
        "force": [force for force, _ in found],
        "month": [month for _, month in found],
        "rules": [", ".join(rules) for rules, _, _ in found.values()],
        "reasons": ["; ".join(reasons) for _, reasons, _ in found.values()],
    }
    excluded = np.array([any(out) for _, _, out in found.values()], dtype=bool)
    return pd.DataFrame(texts, dtype="str").assign(excluded=excluded)


def usable(findings: pd.DataFrame, grid: pd.DataFrame, field: str) -> pd.DataFrame:
    """Whether each force-month may be used for a question about a field: `force | month | usable | why`.

    Parameters
    ----------
    findings : DataFrame
        As `audit` returns them, of these forces and months.
    grid : DataFrame
        `force | month`, the force-months asked for (others are left out).
    field : str
        One of RESTS_ON: a field of the clean table, "location", "power" or "arrest".

    Returns
    -------
    DataFrame
        A month is not usable if a finding leaves it out, or says not to use a field that the question rests on. why :
        the rules with their evidence; empty where the month is usable.

    Raises
    ------
    ParameterError
        For a field that is none of RESTS_ON.
    """
    table = verdicts(findings, grid, [field])
    return table.assign(usable=table["verdict"].eq(FINE), why=table["reasons"])[["force", "month", "usable", "why"]]
