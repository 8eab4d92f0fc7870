"""What a headline may rest on: months that the audit does not flag, records that official statistics confirm."""

import pandas as pd

from sas_analysis.measures.coverage import count_flagged, in_months, published_force_months
from sas_analysis.measures.table import join_notes
from sas_analysis.reference.official.reconcile import RED

UNFLAGGED, ALL_PUBLISHED = "unflagged", "all published"
CONFIRMED, ALL_FORCES = "without the contradicted", "all"
CONTRADICTED = "official statistics contradict these records: not a headline"


def with_and_without_flagged(searches, grid, measure):
    """A measure of the months that the audit does not flag, and of all that were published: `months | ...`.

    searches : clean table of all published months. grid : `coverage.coverage_grid` with the audit's verdicts.
    measure : function of (searches, grid), those of the months that count, to a measures table.
    `months` is "unflagged" or "all published"; where no month is flagged the two are equal.
    """
    lines = {UNFLAGGED: grid, ALL_PUBLISHED: count_flagged(grid, "include")}
    tables = {name: measure(in_months(searches, published_force_months(part)), part) for name, part in lines.items()}
    return pd.concat(tables, names=["months"]).reset_index("months").reset_index(drop=True)


def contradicted(official, *, synthetic=False):
    """The forces whose light is red, in order; none of simulated records. official : as `reconcile.reconcile`."""
    return [] if synthetic else list(dict.fromkeys(official.loc[official["light"].eq(RED), "force"]))


def mark_contradicted(table, forces):
    """The table, its estimates marked "not a headline" where a force behind them is contradicted.

    table : of any measure that rests on residents, or a table of other columns. forces : as `contradicted` gives
    them. A table by force has its own rows marked; any other has all, but for those that leave these forces out.
    """
    if not forces:
        return table
    notes = table["note"].fillna("") if "note" in table else pd.Series("", index=table.index)
    own = "force" in table and "without" not in table  # else the force is one that moves the row, not whose row it is
    bad = table["force"].astype("str").isin(forces) if own else pd.Series(True, index=table.index)
    if "forces" in table:
        bad &= table["forces"].ne(CONFIRMED)
    value = next((name for name in ("estimate", "ratio") if name in table), None)
    if value is not None:
        bad &= table[value].notna()
    bad &= ~notes.str.contains(CONTRADICTED, regex=False)
    mark = pd.Series("", index=table.index).mask(bad, CONTRADICTED)
    return table.assign(note=join_notes(notes, mark).to_numpy())
