"""Which force-months may be used for a question about a field: one rule for audit, measures and sentences."""

import pandas as pd

from sas_analysis.errors import ParameterError

# Question -> fields whose findings stand against it. Arrests rest on outcomes, and can be absent alone; what the link
# field says rests on outcomes too; a power is read from the legislation.
RESTS_ON = {
    "location": ("location",),
    "age_range": ("age_range",),
    "gender": ("gender",),
    "self_defined_ethnicity": ("self_defined_ethnicity",),
    "officer_defined_ethnicity": ("officer_defined_ethnicity",),
    "object_of_search": ("object_of_search",),
    "legislation": ("legislation",),
    "power": ("legislation",),
    "outcome": ("outcome",),
    "arrest": ("outcome", "arrest"),
    "outcome_linked_to_object": ("outcome", "outcome_linked_to_object"),
    "searched_at": ("searched_at",),
    "type": ("type",),
}


def usable(findings: pd.DataFrame, grid: pd.DataFrame, field: str) -> pd.DataFrame:
    """Whether each force-month may be used for a question about a field: `force | month | usable | why`.

    Parameters
    ----------
    findings : as `audit` returns them, of these forces and months.
    grid : `force | month`, the force-months asked for (others are left out).
    field : one of RESTS_ON: a column of the clean table, "location", "power" or "arrest".

    A month is not usable if a finding excludes it, or says not to use a field that the question rests on. why : the
    rules with their evidence, the gravest first; empty where the month is usable.

    Raises
    ------
    ParameterError : for a field that is none of RESTS_ON.
    """
    if field not in RESTS_ON:
        raise ParameterError(f"no field {field!r}; choose one of {', '.join(RESTS_ON)}")
    text = findings.astype({"force": "str", "month": "str", "rule": "str", "evidence": "str"})
    against = text["action"].eq("exclude") | (text["action"].eq("field") & text["field"].isin(RESTS_ON[field]))
    told = text[against].assign(why=text["rule"] + ": " + text["evidence"])
    why = told.groupby(["force", "month"], sort=False)["why"].agg(lambda found: "; ".join(dict.fromkeys(found)))
    grid = grid[["force", "month"]].astype("str").reset_index(drop=True)
    table = grid.merge(why.reset_index(), how="left", on=["force", "month"])
    table["why"] = table["why"].fillna("").astype("str")
    table["usable"] = table["why"].eq("")
    return table[["force", "month", "usable", "why"]]
