"""What was found between two runs, as lines for a reader or as JSON for a program."""

import json
from collections.abc import Iterator, Sequence

import pandas as pd

from sas_analysis.reports.check.compare import Comparison
from sas_analysis.reports.check.verify import Verification

_SHOWN = 20
_HEADS = {
    "data": "data differ",
    "history": "other months, by which the audit judges, differ",
    "more history": "months published since, by which the audit judges too",
    "code": "code differs",
    "parameters": "parameters differ",
    "libraries": "library versions differ",
}


def told_verification(done: Verification, rtol: float) -> Iterator[str]:
    """The lines of `sas-analysis verify`: what differs, what may be why, and the verdict."""
    if done.altered:
        yield from _listed("stored files differ from their record", done.altered)
    yield from _reasons(done.comparison)
    yield from _differences(done.comparison, everything=False)
    tolerance = f"whole numbers and texts equal, others within {rtol:g} of each other, relatively"
    if done.agrees and done.as_recorded:
        yield f"verified: every table came out again ({tolerance})"
    elif done.agrees:
        yield f"every table came out again ({tolerance}), but see above"


def told_comparison(found: Comparison, *, everything: bool = False) -> Iterator[str]:
    """The lines of `sas-analysis diff`."""
    yield from _reasons(found)
    yield from _differences(found, everything)
    if found.agrees:
        yield "no figure differs"


def as_json(found: Comparison) -> str:
    """A comparison as JSON: the fields of `Comparison`; a missing difference is null, an infinite one a text."""
    tables = {name: _records(getattr(found, name)) for name in ("figures", "notes")}
    rest = {"only_before": found.only_before, "only_after": found.only_after, "reasons": found.reasons}
    return json.dumps({"agrees": found.agrees} | rest | tables, indent=1, ensure_ascii=False, allow_nan=False)


def _records(table: pd.DataFrame) -> list[dict]:
    return [
        {name: _plain(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _plain(value: float) -> float | str | None:
    return None if pd.isna(value) else str(value) if abs(value) == float("inf") else value


def _reasons(found: Comparison) -> Iterator[str]:
    for kind, lines in found.reasons.items():
        yield from _listed(_HEADS[kind], lines)


def _differences(found: Comparison, everything: bool) -> Iterator[str]:
    for which, names in (("first", found.only_before), ("second", found.only_after)):
        if names:
            yield from _listed(f"tables in the {which} only", names)
    for what, table in (("figures", found.figures), ("notes", found.notes)):
        if len(table):
            shown = table if everything else table.head(_SHOWN)
            tables = table["table"].nunique()
            head = f"{what} that differ: {len(table):,}, in {tables} of the tables"
            yield from _listed(head, map(_line, shown.itertuples()))
            if len(table) > len(shown):
                yield f"  and {len(table) - len(shown):,} more"


def _line(cell) -> str:
    where = " | ".join(part for part in (cell.table, cell.row, cell.column) if part)
    size = f" ({cell.difference:+.6g}, {cell.relative:+.3%})" if pd.notna(cell.difference) else ""
    return f"{where}: {cell.before or 'missing'} -> {cell.after or 'missing'}{size}"


def _listed(head: str, lines: Sequence[str] | Iterator[str]) -> Iterator[str]:
    yield f"{head}:"
    yield from (f"  {line}" for line in lines)
