"""Searches of two groups counted by pattern: all that models and strata of outcomes need of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.measures.outcomes.outcome_bounds import outcome_flags
from sas_analysis.measures.shares import labels, require_columns

CLUSTER = "month"


def in_patterns(
    searches: pd.DataFrame, outcome: str, *, by: str, group: str, reference: str, columns: Sequence[str]
) -> pd.DataFrame:
    """The searches of a group and of its reference whose outcome is known, a row a pattern.

    Parameters
    ----------
    searches : DataFrame
        Clean table.
    outcome : str
        "positive", "nothing" (no further action) or "arrest".
    by, group, reference : str
        The column of the groups, and two of its labels.
    columns : sequence of str
        What makes a pattern. A blank is a label of its own, *Not recorded*.

    Returns
    -------
    DataFrame
        `<columns> | cluster | in_group | trials | hits`, patterns that occur. cluster : the month, "" where the
        searches have no month; patterns are cut by it even if it is none of `columns`.
    """
    require_columns(searches, [by, *columns])
    known, hit = outcome_flags(searches, outcome)
    whose = labels(searches[by]).astype("str").to_numpy()
    keep = known & np.isin(whose, [group, reference])
    parts = {name: labels(searches[name])[keep].astype("str").to_numpy() for name in columns}
    months = labels(searches[CLUSTER])[keep].astype("str").to_numpy() if CLUSTER in searches else ""
    frame = pd.DataFrame(parts | {"in_group": whose[keep] == group, "hits": hit[keep].astype(np.int64)})
    frame["cluster"] = months
    counts = frame.groupby([*parts, "cluster", "in_group"], sort=True)["hits"].agg(trials="size", hits="sum")
    return counts.reset_index()
