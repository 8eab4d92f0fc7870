"""A calendar of what changed around stop and search: rules, lockdowns, and how records are labelled.

It is annotation: what stands beside a step in time is not its cause.
"""

from collections.abc import Sequence

import pandas as pd

from sas_analysis.months import period_faults
from sas_analysis.names import as_names, raise_faults
from sas_analysis.reference import _table
from sas_analysis.reference.forces import unknown_forces

COLUMNS = ("date", "end", "kind", "short", "what", "scope", "source", "url")
POLICY, RECORDING = KINDS = ("policy", "recording")
_WELSH = ("dyfed-powys", "gwent", "north-wales", "south-wales")


def policy_calendar(
    start: str = "", end: str = "", *, forces: str | Sequence[str] = (), kind: str = "", named: str = ""
) -> pd.DataFrame:
    """What changed in some months, for annotation.

    Parameters
    ----------
    start, end : str
        First and last month, "YYYY-MM"; "" has no bound.
    forces : str or sequence of str
        What applies to one of them; by default everything.
    kind : str
        "policy" (rules and lockdowns) or "recording" (labels of the publisher); "" for both.
    named : str
        Part of `short` or `what`, in any case, such as "section 60".

    Returns
    -------
    DataFrame
        `date | end | kind | short | what | scope | source | url`, in time. end: "" for what has none. scope: "England
        and Wales", "England", or forces, with "; " between them.

    Raises
    ------
    ParameterError
        For a month, a force or a kind that is none, and an end before the start: all faults at once.

    Examples
    --------
    >>> sas.policy_calendar("2019-04", "2020-06", kind="policy")[["date", "short"]].to_numpy().tolist()
    [['2019-08-11', 'Section 60 eased in all forces'], ['2020-03-23', 'First lockdown']]
    """
    forces = as_names(forces)
    faults = [*period_faults(start, end, unbounded=True), *unknown_forces(forces)]
    faults += [] if kind in ("", *KINDS) else [f"kind={kind!r} is none of {', '.join(map(repr, KINDS))}"]
    raise_faults(faults)
    table = _table("policy_calendar")
    month = table["date"].str[:7]
    keep = month.ge(start) & (month.le(end) if end else True) & (table["kind"].eq(kind) if kind else True)
    if named:
        said = table["short"] + " " + table["what"]
        keep &= said.str.casefold().str.contains(named.casefold(), regex=False)
    if len(forces):
        keep &= table["scope"].map(lambda scope: any(applies(scope, force) for force in forces)).astype(bool)
    return table[keep].sort_values("date", kind="stable").reset_index(drop=True)


def applies(scope: str, force: str) -> bool:
    """Whether what has a scope, as `policy_calendar` has it, is of a force.

    Examples
    --------
    >>> applies("Wales", "essex"), applies("England and Wales", "essex"), applies("essex; kent", "essex")
    (False, True, True)
    """
    if scope == "England":
        return force not in _WELSH
    if scope == "Wales":
        return force in _WELSH
    return scope == "England and Wales" or force in scope.split("; ")
