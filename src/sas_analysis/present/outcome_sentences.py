"""Sentences on differences of outcomes between groups."""

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.outcomes.reversals import reversals
from sas_analysis.measures.table import group_columns
from sas_analysis.present import prose

_WORDS = {"outcome_difference_within": "within strata", "outcome_difference_adjusted": "adjusted"}


def changes_of_sign(table: pd.DataFrame, *, outcome: str = "") -> str:
    """Which groups' differences change sign when like is compared with like; "" where none does.

    table : as `outcome_differences` returns it. outcome : in words, to begin with.
    """
    found = reversals(table)
    if found.empty:
        return ""
    (by,) = group_columns(table)
    said = [_of_group(group, rows) for group, rows in found.groupby(by, sort=False)]
    unsure = "" if found["distinct"].all() else f" {_unsure(found, by)}"
    begins = f"{outcome}: the" if outcome else "The"
    return (
        f"**{begins} sign of the difference changes** when like is compared with like (Simpson): "
        f"{and_join(said)}.{unsure}"
    )


def _of_group(group: str, rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    others = [f"{prose.number(row.estimate, row.measure)} {_WORDS[row.measure]}" for row in rows.itertuples()]
    return f"{group} ({prose.number(first['crude'], first['measure'])} crude, {and_join(others)})"


def _unsure(found: pd.DataFrame, by: str) -> str:
    unsure = found.groupby(by, sort=False)["distinct"].any()
    names = list(unsure.index[~unsure])
    if not names:
        return "Some of these limits hold no difference."
    return f"Of {and_join(names)} the limits of one or both hold no difference, so that either sign may be chance."
