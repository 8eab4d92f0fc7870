"""Which force-months may be used, whole and for a question about some fields: one rule for all that ask."""

from collections.abc import Iterable, Sequence

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
    table = grid[["force", "month"]].astype("str").reset_index(drop=True)
    out, unusable = _against(findings, fields)
    told = [_told(key, out, unusable) for key in zip(table["force"].tolist(), table["month"].tolist(), strict=True)]
    verdict, rules, reasons = zip(*told, strict=True) if told else ((), (), ())
    table["verdict"] = pd.Categorical(verdict, categories=VERDICTS)
    return table.assign(rules=pd.array(rules, dtype="str"), reasons=pd.array(reasons, dtype="str"))


def _against(findings: pd.DataFrame, fields: Sequence[str]) -> tuple[dict, dict]:
    """By (force, month), what leaves it out, and what stands against the fields asked for: (rule, evidence) of each."""
    action = findings["action"].astype("str")
    asked = findings["field"].astype("str").isin({name for field in fields for name in RESTS_ON[field]})
    rows = findings[action.eq("exclude") | (action.eq("field") & asked)]
    out, unusable = {}, {}
    columns = (rows[name].astype("str").tolist() for name in ("force", "month", "rule", "action", "field", "evidence"))
    for force, month, rule, action, field, evidence in zip(*columns, strict=True):
        if action == "exclude":
            out.setdefault((force, month), []).append((rule, evidence))
        else:
            unusable.setdefault((force, month), []).append((f"{rule} ({field.replace('_', ' ')})", evidence))
    return out, unusable


def _told(key: tuple[str, str], out: dict, unusable: dict) -> tuple[str, str, str]:
    """Verdict, rules and reasons of a force-month. Where it is left out whole, its fields do not matter any more."""
    found = out.get(key) or unusable.get(key, [])
    rules = ", ".join(dict.fromkeys(rule for rule, _ in found))
    reasons = "; ".join(dict.fromkeys(f"{rule}: {evidence}" for rule, evidence in found))
    if rules in (NO_FILE, HEADER_ONLY):
        return rules, rules, reasons
    return FLAGGED if key in out else UNUSABLE if found else FINE, rules, reasons


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
