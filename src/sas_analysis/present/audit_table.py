"""The findings of the audit as a reader takes them in: equal findings of several months are one line."""

import pandas as pd

from sas_analysis.months import in_ranges
from sas_analysis.records.audit.findings import ACTIONS, RULES, SEVERITIES

DO = {
    "exclude": "leave the month out of headlines",
    "field": "do not use the field: {}",
    "keep": "know of it",
}

# Fields that are no column of the records.
FIELDS = {"arrest": "outcome, as far as arrests go"}


def by_rule(findings: pd.DataFrame) -> pd.DataFrame:
    """A line per force, rule and field, the gravest first.

    `force | finding | what to do | number | months | evidence`.
    findings : as `audit.audit` returns them, which keep a row for each month. finding : the rule, and what it looks
    for, in words. number : of months. force : only where there are several. evidence : of the month farthest from
    its limit, which is named where there are several.
    """
    keys = ["force", "rule", "severity", "action", "field"]
    text = findings.astype(dict.fromkeys(keys, "str"))
    rows = [_line(dict(zip(keys, names, strict=True)), group) for names, group in text.groupby(keys, sort=False)]
    columns = ["force", "finding", "what to do", "number", "months", "evidence", "_action", "_severity"]
    table = pd.DataFrame(rows, columns=columns)
    ranks = [table["_action"].map(ACTIONS.index), table["_severity"].map(SEVERITIES.index)]
    table = table.assign(_action=ranks[0], _severity=ranks[1])
    table = table.sort_values(["force", "_action", "_severity"], kind="stable", ignore_index=True)
    one = ["force"] if table["force"].nunique() == 1 else []
    return table.drop(columns=["_action", "_severity", *one])


def _line(names: dict, group: pd.DataFrame) -> dict:
    field = FIELDS.get(names["field"], names["field"].replace("_", " "))
    worst = group.loc[(group["value"] - group["threshold"]).abs().fillna(0).idxmax()]
    alone = len(group) == 1 or group["evidence"].nunique() == 1
    return {
        "force": names["force"],
        "finding": f"{names['rule']}: {RULES[names['rule']].looks_for}".replace("*", ""),
        "what to do": DO[names["action"]].format(field or "see the evidence"),
        "number": len(group),
        "months": in_ranges(group["month"]),
        "evidence": worst["evidence"] if alone else f"{worst['month']}: {worst['evidence']}",
        "_action": names["action"],
        "_severity": names["severity"],
    }
