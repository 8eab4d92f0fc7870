"""Groups whose difference changes its sign when like is compared with like (Simpson)."""

import numpy as np
import pandas as pd

from sas_analysis.measures.outcomes.differences import ADJUSTED, CRUDE, INSIDE
from sas_analysis.measures.table import group_columns


def reversals(table: pd.DataFrame) -> pd.DataFrame:
    """The groups whose crude difference and the one within, or the adjusted one, have opposite signs.

    Parameters
    ----------
    table : DataFrame
        As `outcome_differences` returns it.

    Returns
    -------
    DataFrame
        `<by> | measure | crude | estimate | distinct`, a row a group and measure that is opposite to the crude one.
        distinct : whether the limits of both leave out zero; a difference whose limits hold it has no sure sign.

    Source
    ------
    Simpson (1951), The interpretation of interaction in contingency tables.
    """
    groups = group_columns(table)
    named = table.astype(dict.fromkeys(groups, "str"))
    crude = named[named["measure"].str.endswith(CRUDE)].set_index(groups)
    others = named[named["measure"].str.endswith((INSIDE, ADJUSTED))]
    whose = pd.MultiIndex.from_frame(others[groups]) if len(groups) > 1 else pd.Index(others[groups[0]])
    first = crude.reindex(whose)
    found = others[[*groups, "measure"]].assign(
        crude=first["estimate"].to_numpy(dtype=float),
        estimate=others["estimate"].to_numpy(dtype=float),
        distinct=_leaves_out_zero(first) & _leaves_out_zero(others),
    )
    return found[np.sign(found["crude"]) * np.sign(found["estimate"]) < 0].reset_index(drop=True)


def _leaves_out_zero(rows):
    lower, upper = (rows[name].to_numpy(dtype=float) for name in ("lower", "upper"))
    return (lower > 0) | (upper < 0)
