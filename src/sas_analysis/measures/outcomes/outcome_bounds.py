"""How low and how high the share of an outcome can be, whatever the unknown outcomes were."""

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.alike import alike
from sas_analysis.measures.intervals.asked import Asked
from sas_analysis.measures.intervals.kinds import kind_of
from sas_analysis.measures.intervals.of_searches import shares_of
from sas_analysis.measures.outcomes.events import event_of, flags
from sas_analysis.measures.shares import as_list, cells, proportions, tally
from sas_analysis.measures.table import group_columns, join_notes, joined, measures_table

BOUNDED = ("positive", "nothing", "arrest")
MEASURES = (
    *("positive_outcome_lowest", "positive_outcome_highest"),
    *("no_further_action_lowest", "no_further_action_highest"),
    *("arrest_lowest", "arrest_highest"),
)
IF_RIGHT = "if those that are published are right"
_IF = {"lowest": "if no unknown outcome were one", "highest": "if all unknown outcomes were"}


def outcome_bounds(searches, outcome, by=(), *, level=0.95, interval="process", together=1):
    """Lowest and highest share of all searches that ended in an outcome: none, or all, of the unknown did.

    Parameters
    ----------
    searches : DataFrame
        Clean table.
    outcome : str
        "positive", "nothing" (no further action) or "arrest".
    by : str or list of str
        Group columns, may be empty.
    level, interval, together
        As `positive_outcome_rate`.

    Returns
    -------
    DataFrame
        Two rows a group, measures `<outcome>_lowest` and `<outcome>_highest`; the denominator is all searches. Each
        has the sampling error of its own; what lies between the two is not known, and no chance.

    Source
    ------
    Manski (1989), Anatomy of the selection problem: worst-case bounds.
    """
    if outcome not in BOUNDED:
        raise ValueError(f'outcome "{outcome}" has no bounds; choose from: {", ".join(BOUNDED)}')
    known, hit = flags(searches, outcome)
    name = event_of(outcome).stem
    asked = Asked(interval, level, together, named=["wilson"])
    keys, cell = cells(searches, as_list(by))
    number = int(np.prod([len(key.cat.categories) for key in keys]))
    counted = alike(searches, cell=(cell, number), hit=(hit, 2), known=(known, 2))
    hit, known = (counted.asked[name] == 1 for name in ("hit", "known"))
    sides = {"lowest": hit, "highest": hit | ~known}
    counts = tally(searches, by, sides, found=(keys, cell), counted=counted)
    tables = []
    for side, why in _IF.items():
        measure = f"{name}_{side}"
        limits = _limits(counted, counts, side, sides[side], measure, asked)
        tables.append(
            measures_table(
                counts[as_list(by)],
                measure=measure,
                numerator=counts[side],
                denominator=counts["searches"],
                **limits.columns(),
                note=join_notes(pd.Series(why, index=counts.index), pd.Series(limits.note, index=counts.index)),
                reason=pd.Series("", index=counts.index).mask(counts["searches"].eq(0), "not estimable: no search"),
            )
        )
    return pd.concat(tables, ignore_index=True)


def _limits(counted, counts, side, hit, measure, asked):
    if not asked.by_rule:
        return proportions(counts[side], counts["searches"], asked)
    given = {"hit": hit, "kinds": kind_of(measure), "asked": asked}
    given["totals"] = (counts[side], counts["searches"])
    return shares_of(counted, base=counted.asked["cell"], number=len(counts), **given)


def with_bounds(table, bounds):
    """A table of outcome rates whose notes give the bounds where nothing is estimated."""
    groups = group_columns(table)
    sides = [bounds[bounds["measure"].str.endswith(side)] for side in _IF]
    low, high = (pd.Series(side["estimate"].to_numpy(), index=joined(side[groups]).to_numpy()) for side in sides)
    keys = joined(table[groups])
    said = [
        f"between {low[key]:.1%} and {high[key]:.1%} of all searches, whatever the unknown outcomes were, {IF_RIGHT}"
        if pd.notna(low.get(key))
        else ""
        for key in keys
    ]
    missing = table["estimate"].isna()
    notes = [
        f"{note}; {text}" if text and gone else note
        for note, text, gone in zip(table["note"], said, missing, strict=True)
    ]
    return table.assign(note=pd.array(notes, dtype="str"))
