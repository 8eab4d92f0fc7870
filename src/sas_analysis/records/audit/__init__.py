"""Is each force-month what it claims to be? Rules with evidence, severity and a default action; docs/audit.md.

`audit` finds, `verdicts` sums up by force and month, `usable` by field. Nothing is dropped or changed here, and no
force is named: a month is judged by limits that hold everywhere and by the same force's other months.
"""

from collections.abc import Iterable

import pandas as pd

from sas_analysis.errors import DataError, listed
from sas_analysis.months import period_faults
from sas_analysis.names import as_names
from sas_analysis.records.audit import (
    accounts,
    composition,
    content,
    counts,
    days,
    elsewhere,
    fields,
    grounds,
    outcomes,
    places,
    points,
    times,
    values,
)
from sas_analysis.records.audit.findings import ACTIONS, COLUMNS, RULES, SEVERITIES, Rule, as_table
from sas_analysis.records.audit.months import force_months
from sas_analysis.records.audit.usable import RESTS_ON, VERDICTS, field_of, usable, verdicts
from sas_analysis.records.fields import column_order
from sas_analysis.reference.forces import unknown_forces

# Columns of the clean table that the rules read: with these, `store.read` is quicker.
NEEDED = tuple(name for name in column_order() if name not in ("source_file", "source_row", "source_sha256"))
__all__ = [
    "ACTIONS",
    "COLUMNS",
    "NEEDED",
    "RESTS_ON",
    "RULES",
    "SEVERITIES",
    "VERDICTS",
    "Rule",
    "audit",
    "field_of",
    "usable",
    "verdicts",
]


def audit(
    records: pd.DataFrame,
    sources: pd.DataFrame,
    *,
    forces: str | Iterable[str],
    start: str,
    end: str,
    others: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What is wrong or doubtful with each force-month of a period; `Study.findings` has it for a study.

    Parameters
    ----------
    records : DataFrame
        Clean table with the columns NEEDED, of as long a history of the forces as there is: a month is judged by up to
        12 months around it, before and after, within 18 months.
    sources : DataFrame
        The files of the same history, as `store.sources`: `force | month | rows | unseen`, and `problem` if files were
        refused.
    forces : str or iterable of str
        The publisher's names of the forces.
    start, end : str
        First and last month, "YYYY-MM", both included.
    others : DataFrame or None
        Rows of other forces' files in these months, as `elsewhere.rows_of_others` gives them; None compares the forces
        audited among themselves only.

    Returns
    -------
    DataFrame
        A row a finding, by force and month, the gravest first: `force | month | rule | severity | action | field |
        evidence | value | threshold`. Severity: "error", "warning" or "note". Action: "exclude" (leave the month out),
        "field" (do not use that field of the month) or "keep" (know of it). RULES lists the rules.

    Raises
    ------
    DataError
        For months and forces that are none, no forces, missing columns.

    Examples
    --------
    >>> found = sas.audit(study.records, study.sources, forces="metropolitan", start="2018-04", end="2018-09")
    >>> found.loc[found["rule"] == "link field", ["month", "action", "field"]].iloc[0].tolist()
    ['2018-04', 'field', 'outcome_linked_to_object']
    """
    forces = as_names(forces)
    _check(records, sources, forces, start, end)
    own = records["force"].isin(forces) & records["month"].notna()
    months = force_months(records if own.all() else records[own])
    rows = _files(sources, forces, start, end)
    if len(months):
        for family in (counts, days, content, times, grounds, outcomes, values, composition, accounts):
            rows += family.rules(months)
        at = points.points(months)
        far = places.far_records(months, at)
        rows += places.rules(months, at, far) + elsewhere.rules(months, at, far, others)
        rows += fields.rules(months, _unseen(sources))
    return as_table([row for row in rows if start <= row["month"] <= end])


def _files(sources: pd.DataFrame, forces: list[str], start: str, end: str) -> list[dict]:
    """Findings on months that have no record to judge."""
    known = {(str(row.force), str(row.month)): row for row in sources.itertuples()}
    rows = []
    for force in forces:
        for month in pd.period_range(start, end, freq="M").strftime("%Y-%m"):
            told = _file(known.get((force, month)))
            if told:
                rule, evidence = told
                given = {"severity": RULES[rule].severity, "action": RULES[rule].action, "field": ""}
                rows.append({"force": force, "month": month, "rule": rule, "evidence": evidence} | given)
    return rows


def _file(source) -> tuple[str, str] | None:
    if source is None:
        return "no file", "no file for this month: searches are unknown, not zero"
    problem = getattr(source, "problem", None)
    if isinstance(problem, str) and problem:
        return "refused file", problem
    return ("header only", f"{source.path}: a header and no record") if not source.rows else None


def _unseen(sources: pd.DataFrame) -> dict:
    """(force, month) -> labels that no crosswalk has."""
    return {
        (str(row.force), str(row.month)): row.unseen
        for row in sources.itertuples()
        if isinstance(row.unseen, list) and row.unseen
    }


def _check(records, sources, forces, start, end) -> None:
    there = set() if "force" not in sources else set(sources["force"].astype("str"))
    strange = [force for force in forces if force not in there]  # what the files are of is taken as it is
    absent = [name for name in NEEDED if name not in records]
    unnamed = [name for name in ("path", "force", "month", "rows", "unseen") if name not in sources]
    problems = [
        *period_faults(start, end),
        *(unknown_forces(strange) if forces else ["no force is named"]),
        *([f"the records lack {', '.join(absent)}; read them with store.read"] if absent else []),
        *([f"the sources lack {', '.join(unnamed)}; read them with store.sources"] if unnamed else []),
    ]
    if problems:
        raise DataError(listed(problems))
