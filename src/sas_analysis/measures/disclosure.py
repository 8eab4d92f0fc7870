"""Small counts are masked where a table is published; the data keep them.

A count of 1 to SMALLEST - 1 searches is masked with its estimate and limits, from which it could be worked out. If
only one count of a total is masked it could be had by difference, so the next smallest of that total is masked too.
A zero is shown: it is of nobody.
"""

import numpy as np
import pandas as pd

from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import LIMITS, group_columns, join_notes, joined

SMALLEST = 5  # the smallest count that is shown; official tables commonly mask below it
MASKED = "masked"  # how the note of a masked row begins
_SECOND = f"{MASKED}: a smaller count could be worked out from it"
_GROUP = f"{MASKED}: few searches of this group, or of the reference group"
_REFERENCE = f"{MASKED}: the reference group's count could be worked out from it"
_HIDDEN = ("numerator", "estimate", *LIMITS)


def masked_cells(counts, *, totals=None, smallest=SMALLEST):
    """Which counts to mask: a text a row, "" where the count is shown, else why it is not.

    counts : Series of counts, missing allowed (nothing to mask). totals : Series of the same length, or several columns
    of a DataFrame: rows with one label add up to a total that a reader has or can get. Every one of them ends with no
    masked count, or with two or more whose sum is at least `smallest`, as far as it has counts to mask.
    """
    n = pd.Series(pd.array(counts).to_numpy(dtype=float, na_value=np.nan))
    first = f"{MASKED}: fewer than {smallest} searches"
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

    Where the reference group is masked, so is what was compared with it, with the searches expected at its rate.
    totals : group columns within whose labels the searches add up to a known total; None: all but the last
    ("force": over its groups). A measure whose numerator is no count (not whole) is left as it is.
    """
    table = table.reset_index(drop=True)
    counted = pd.Series(pd.array(table["numerator"]).to_numpy(dtype=float, na_value=np.nan))
    whole = counted.isna() | counted.mod(1).eq(0)
    counted = counted.where(whole.groupby(table["measure"]).transform("all"))
    columns = ["measure", *(group_columns(table)[:-1] if totals is None else as_list(totals))]
    parts = joined(table[columns])
    why = masked_cells(counted, totals=parts, smallest=smallest)
    compared = _compared_with_masked(table, parts, why)
    table["denominator"] = table["denominator"].mask(compared)
    why = why.mask(compared & why.eq(""), _REFERENCE)
    hide = why.ne("")
    for column in _HIDDEN:
        table[column] = table[column].mask(hide)
    table["interval"] = table["interval"].mask(hide, "")
    table["note"] = join_notes(why, table["note"].fillna(""))
    return table


def for_page(table, *, synthetic, smallest=SMALLEST):
    """`mask_small`, as a page shows a measures table; simulated records have nobody to protect."""
    return table if synthetic else mask_small(table, smallest=smallest)


def is_masked(table):
    """Bool Series: the rows of a measures table that `mask_small` has masked."""
    return table["note"].fillna("").str.startswith(MASKED)


def mask_groups(table, groups, *, by="ethnicity_5"):
    """A table as it may be published where some groups' counts are masked elsewhere: their rows lose every number."""
    table = table.reset_index(drop=True)
    hide = table[by].astype("str").isin(list(groups))
    for column in table.select_dtypes("number").columns.difference(["delta", "factor"]):  # what was assumed is no count
        table[column] = table[column].mask(hide)
    if "interval" in table:
        table["interval"] = table["interval"].mask(hide, "")
    notes = table["note"].fillna("") if "note" in table else pd.Series("", index=table.index)
    return table.assign(note=join_notes(pd.Series("", index=table.index).mask(hide, _GROUP), notes).to_numpy())


def mask_compared(table, *, totals, smallest=SMALLEST):
    """A table of two counts a row, `searches` and `reference_searches`, as it may be published; as `mask_small`."""
    table = table.reset_index(drop=True)
    few = masked_cells(table["reference_searches"], smallest=smallest)
    why = masked_cells(table["searches"], totals=table[totals], smallest=smallest).mask(few.ne(""), few)
    hide = why.ne("")
    for column in table.select_dtypes("number").columns.drop("forces_ranked", errors="ignore"):
        table[column] = table[column].mask(hide)
    table["note"] = table["note"].mask(hide, why)
    return table.assign(verdict=table["verdict"].mask(hide, "")) if "verdict" in table else table


def _compared_with_masked(table, parts, why):
    """Rows of a part whose reference group is masked; the note of a reference group says that it is one."""
    reference = table["note"].fillna("").str.contains("reference group", regex=False)
    lost = parts[reference & why.ne("")]
    return parts.isin(lost)


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
