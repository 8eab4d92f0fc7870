"""Small counts are masked where a table is published; the data keep them.

A count of 1 to SMALLEST - 1 searches is masked with its estimate and limits, from which it could be worked out. If
only one count of a total is masked it could be had by difference, so the next smallest of that total is masked too.
A zero is shown: it is of nobody.
"""

import numpy as np
import pandas as pd

from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import group_columns, join_notes

SMALLEST = 5  # the smallest count that is shown; official tables commonly mask below it
_SECOND = "masked: a smaller count could be worked out from it"
_HIDDEN = ("numerator", "estimate", "lower", "upper")


def masked_cells(counts, *, totals=None, smallest=SMALLEST):
    """Which counts to mask: a text a row, "" where the count is shown, else why it is not.

    counts : Series of counts, missing allowed (nothing to mask). totals : Series of the same length, or several columns
    of a DataFrame: rows with one label add up to a total that a reader has or can get. Every one of them ends with no
    masked count, or with two or more whose sum is at least `smallest`, as far as it has counts to mask.
    """
    n = pd.Series(pd.array(counts).to_numpy(dtype=float, na_value=np.nan))
    first = f"masked: fewer than {smallest} searches"
    why = pd.Series(np.where((n > 0) & (n < smallest), first, ""), dtype="str")
    margins = [] if totals is None else pd.DataFrame(totals).reset_index(drop=True).astype("str").items()
    margins = [labels for _, labels in margins]
    changed = True
    while changed:  # masking for one total can leave another with a single masked count
        changed = False
        for labels in margins:
            for rows in labels.groupby(labels).groups.values():
                changed |= _protect(n, why, rows, smallest)
    return why


def mask_small(table, *, totals=None, smallest=SMALLEST):
    """A measures table as it may be published: masked rows lose numerator, estimate and limits, and say so.

    totals : group columns within whose labels the searches add up to a known total; None: all but the last
    ("force": over its groups). A measure whose numerator is no count (not whole) is left as it is.
    """
    table = table.reset_index(drop=True)
    counted = pd.Series(pd.array(table["numerator"]).to_numpy(dtype=float, na_value=np.nan))
    whole = counted.isna() | counted.mod(1).eq(0)
    counted = counted.where(whole.groupby(table["measure"]).transform("all"))
    columns = ["measure", *(group_columns(table)[:-1] if totals is None else as_list(totals))]
    why = masked_cells(counted, totals=table[columns].astype("str").agg("\t".join, axis=1), smallest=smallest)
    hide = why.ne("")
    for column in _HIDDEN:
        table[column] = table[column].mask(hide)
    table["interval"] = table["interval"].mask(hide, "")
    table["note"] = join_notes(why, table["note"].fillna(""))
    return table


def _protect(n, why, rows, smallest):
    """Mask the next smallest count of a total while what is masked in it could be worked out; whether any was."""
    hidden = [row for row in rows if why[row]]
    if not hidden or (len(hidden) > 1 and n[hidden].sum() >= smallest):
        return False
    shown = n[rows][[not why[row] for row in rows]]
    shown = shown[shown > 0]
    if shown.empty:
        return False
    why[shown.idxmin()] = _SECOND
    return True
