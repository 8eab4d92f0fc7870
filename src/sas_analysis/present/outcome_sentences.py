"""Sentences on what follows a search, and on how it differs between groups."""

import re

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.table import group_columns
from sas_analysis.present import limits, prose
from sas_analysis.present.apart import apart, kinds_told, too_few
from sas_analysis.present.labels import label
from sas_analysis.present.sides import clear_here_only, groups
from sas_analysis.present.wording import lowered

_LONGEST = 6  # sentences; what else differs is named in one more


def grounds(table: pd.DataFrame, *, reference: str = "White") -> list[str]:
    """Which shares of grounds differ once like is compared with like.

    table : as `share_differences` returns it. The commonest grounds are spoken of, and every other one that differs
    clearly.
    """
    (column,) = [name for name in group_columns(table) if name != "ethnicity_5"]
    of = dict(iter(table.astype({column: "str"}).groupby(column, sort=False)))
    told = kinds_told(table)
    alike: dict[tuple[str, str], list[str]] = {}  # grounds by what is said of them, so that it is said once
    for name in told[:_LONGEST]:
        text = _adjusted(of[name].drop(columns=column), reference)
        alike.setdefault((text, name if text.startswith("**") else ""), []).append(name)
    said = [text.replace("{}", and_join(names), 1) for (text, _), names in alike.items()]
    more = [lowered(label(name)) for name in told[_LONGEST:]]
    if more:
        verb = "share differs" if len(more) == 1 else "shares differ"
        said.append(f"{len(more)} more {verb} clearly: {and_join(more)}; see the table of these differences.")
    return said


def _adjusted(rows, reference):
    """The sentence on the differences of one ground; {} stands for its name."""
    (by,) = group_columns(rows)
    if rows["estimate"].isna().all():
        why = _why(rows["note"].iloc[0]) if len(rows) else "no search"
        return f"{{}}: no difference can be given ({why})."
    found = apart(rows)
    named = [f"{row[by]} {_clear(row)}" for _, row in found.clear.iterrows()]
    rest = [f"no clear difference for {groups(found.alike)}"] if found.alike else []
    rest += [f"{too_few(found.few)} for {groups(found.few)}"] if found.few else []
    if found.none:
        rest.append(f"none can be given for {groups(found.none)} ({_why(next(iter(found.none.values())))})")
    if named:
        said = f"**{{}}: adjusted, the share differs from that of {reference} searches for {and_join(named)}**"
        return "; ".join([said, *rest]) + "."
    return f"{{}}, adjusted difference from {reference} searches: {'; '.join(rest)}."


def _clear(row: pd.Series) -> str:
    """A difference with its limits, and whether those of the years hold none."""
    years = "; over the years there may be no difference" * clear_here_only(row, 0.0)
    return f"{prose.number(row['estimate'], row['measure'])} ({limits.from_to(row, prose.exact)}{years})"


def _why(note: str) -> str:
    """The reason of a note without its evidence; of months, what the audit calls their fault."""
    why = note.removeprefix("not estimable: ")
    fault = re.search(r" \(\d{4}-\d{2}: ([a-z ]+)", why)
    return why.partition(" (")[0] + (f": {fault[1].strip()}" if fault else "")
