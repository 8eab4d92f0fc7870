"""The rules by name, and findings as rows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.records.audit.months import Months

SEVERITIES = ("error", "warning", "note")
ACTIONS = ("exclude", "field", "keep")
COLUMNS = ("force", "month", "rule", "severity", "action", "field", "evidence", "value", "threshold")


@dataclass(frozen=True)
class Rule:
    """What a rule finds, as a default: a finding may be milder than its rule."""

    severity: str
    action: str  # exclude: the month is left out; field: that field of the month is not used; keep: shown only
    looks_for: str


RULES = {
    "no file": Rule("error", "exclude", "a month of the period without a file"),
    "refused file": Rule("error", "exclude", "a file that could not be read"),
    "header only": Rule("error", "exclude", "a file without a record"),
    "low": Rule("error", "exclude", "far fewer records than the months around"),
    "high": Rule("error", "exclude", "far more records than the months around"),
    "constant": Rule("error", "exclude", "the same number of records in several months"),
    "cap": Rule("error", "exclude", "a round largest number, reached more than once"),
    "days missing": Rule("error", "exclude", "days without a record, where there must have been some"),
    "hours missing": Rule("error", "exclude", "hours on end without a record, in which the months around have many"),
    "doubled": Rule("error", "exclude", "every row is there twice"),
    "repeated rows": Rule("warning", "keep", "many more identical rows than in the months around"),
    "repeated block": Rule("error", "exclude", "a stretch of rows that is there more than once"),
    "copies seconds later": Rule("error", "exclude", "rows that equal another but for some seconds"),
    "repeated content": Rule("error", "exclude", "the rows of another month under new dates"),
    "rows of two forces": Rule("error", "exclude", "rows that another force's file holds too"),
    "another force's rows": Rule("error", "exclude", "rows from elsewhere, together as a force's own are"),
    "outside month": Rule("error", "exclude", "dates that are not of the file's month"),
    "dates unread": Rule("warning", "field", "dates that cannot be read"),
    "midnight": Rule("warning", "field", "times at midnight exactly: dates without times"),
    "one minute": Rule("warning", "field", "one minute of the hour for all times"),
    "rounded minutes": Rule("note", "keep", "times rounded to half hours or to five minutes"),
    "lost hours": Rule("error", "field", "hours of half a day only: AM and PM lost"),
    "one time of day": Rule("warning", "field", "one time of day far commoner than the next: a default"),
    "an hour off": Rule("warning", "field", "hours of the day that lie an hour from those of the months around"),
    "clock not changed": Rule("warning", "field", "summer times an hour late: London's time written as UTC"),
    "missing": Rule("warning", "field", "a field blank in most records"),
    "drop-out": Rule("warning", "field", "a field blank far more often than in the months around"),
    "unknown ethnicity rises": Rule("warning", "keep", "more unknown ethnicity than in the months around"),
    "unknown ethnicity steps": Rule("warning", "keep", "the level of unknown ethnicity changes and stays"),
    "unseen label": Rule("warning", "keep", "labels that no crosswalk has"),
    "label lost": Rule("warning", "keep", "a common label that the month does not hold at all"),
    "label rises": Rule("warning", "keep", "a label far more common than in the months around: a default, perhaps"),
    "one value": Rule("error", "field", "one label for all, where the months around have others"),
    "vehicles as persons": Rule("warning", "keep", "searches of persons that say nothing of one, and none of vehicles"),
    "no further action lost": Rule("error", "field", "outcomes, and no *no further action* among them"),
    "no arrests": Rule("error", "field", "outcomes, and no arrest among them"),
    "outcomes out of step": Rule("error", "field", "outcomes that do not go with what was searched for"),
    "object disagrees": Rule("warning", "field", "objects other than the one the legislation names"),
    "one object": Rule("error", "field", "one object for all searches whose legislation leaves it open"),
    "link field": Rule("note", "field", "a link field that does not tell finds"),
    "officer disagrees": Rule("warning", "keep", "officer- and self-defined ethnicity agree less than usual"),
    "officer follows own word": Rule(
        "error", "field", "officer-defined ethnicity that is made from self-defined ethnicity, and is no second account"
    ),
    "composition": Rule("warning", "keep", "a mix of groups unlike the months around"),
    "outside UK": Rule("note", "keep", "locations outside the United Kingdom, or at 0, 0"),
    "far away": Rule("note", "keep", "locations far from where the force searches"),
    "rounded places": Rule("warning", "field", "locations rounded to three decimals or fewer"),
    "longitude's sign": Rule("error", "field", "locations mirrored at the meridian of Greenwich"),
    "new places": Rule("warning", "keep", "locations that no other month has, far more than in the months around"),
    "one place": Rule("warning", "field", "one location for most searches"),
}


def found(
    months: Months,
    rule: str,
    where,
    *,
    value,
    threshold,
    evidence: Callable[[int], str],
    field: str = "",
    severity: str | None = None,
    action: str | None = None,
) -> list[dict]:
    """A row for each marked force-month. `value`, `threshold`: one for all or one each; evidence(number) -> text."""
    value, threshold = (np.broadcast_to(np.asarray(x, dtype=float), len(months)) for x in (value, threshold))
    given = RULES[rule]
    common = {
        "rule": rule,
        "severity": severity or given.severity,
        "action": action or given.action,
        "field": field,
    }
    force, month = months.frame["force"].to_numpy(), months.frame["month"].to_numpy()
    return [
        common
        | {"force": force[i], "month": month[i], "evidence": evidence(i), "value": value[i], "threshold": threshold[i]}
        for i in np.flatnonzero(where)
    ]


def as_table(rows: list[dict]) -> pd.DataFrame:
    """Findings as the frame that `audit` returns: by force and month, the gravest first."""
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["severity"] = pd.Categorical(table["severity"], categories=SEVERITIES, ordered=True)
    table["action"] = pd.Categorical(table["action"], categories=ACTIONS)
    table = table.astype({"value": float, "threshold": float})
    return table.sort_values(["force", "month", "severity", "rule", "field"], kind="stable", ignore_index=True)
