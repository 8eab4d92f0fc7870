"""What a headline may rest on: months that the audit does not flag, records that official statistics confirm."""

import pandas as pd

from sas_analysis.measures.table import join_notes
from sas_analysis.reference.official.reconcile import RED

COUNTED, UNUSABLE_INCLUDED, ALL_PUBLISHED = "counted", "unusable included", "all published"
# Which months are taken back in, line by line.
_LINES = {
    COUNTED: {"flagged_months": "exclude", "unusable": "exclude"},
    UNUSABLE_INCLUDED: {"flagged_months": "exclude", "unusable": "include"},
    ALL_PUBLISHED: {"flagged_months": "include", "unusable": "include"},
}
CONFIRMED, RELIED_ON, ALL_FORCES = "without the contradicted", "that can be used", "all"
CONTRADICTED = "official statistics contradict these records: not a headline"


def with_months_taken_back(study, measure):
    """A measure of the months that count, and with the months that do not taken back in: `months | ...`.

    study : `study.Study`. measure : function of a study to a measures table, or to `Estimates`. `months` is "counted",
    "unusable included" (where that is not the same) or "all published"; where no month is flagged or unusable the lines
    are equal.
    """
    found = {name: measure(study.choosing(**choices)) for name, choices in _LINES.items()}
    tables = {name: getattr(table, "frame", table).reset_index(drop=True) for name, table in found.items()}
    if tables[UNUSABLE_INCLUDED].equals(tables[COUNTED]):
        del tables[UNUSABLE_INCLUDED]
    return pd.concat(tables, names=["months"]).reset_index("months").reset_index(drop=True)


def contradicted(official, *, synthetic=False):
    """The forces whose light is red, in order; none of simulated records. official : as `reconcile.reconcile`."""
    return [] if synthetic else list(dict.fromkeys(official.loc[official["light"].eq(RED), "force"]))


def mark_contradicted(table, forces, of=None):
    """The table, its estimates marked "not a headline" where a force behind them is contradicted.

    table : of any measure that rests on residents, or a table of other columns. forces : as `contradicted` gives
    them. of : the force of each row, where it is not in the column `force`. A table by force has its own rows marked;
    any other has all, but for those that leave these forces out.
    """
    if not forces:
        return table
    notes = table["note"].fillna("") if "note" in table else pd.Series("", index=table.index)
    own = "force" in table and "without" not in table  # else the force is one that moves the row, not whose row it is
    of = table["force"].astype("str") if own else of
    bad = pd.Series(True, index=table.index) if of is None else of.isin(forces)
    if "forces" in table:
        bad &= ~table["forces"].isin([CONFIRMED, RELIED_ON])
    value = next((name for name in ("estimate", "ratio") if name in table), None)
    if value is not None:
        bad &= table[value].notna()
    bad &= ~notes.str.contains(CONTRADICTED, regex=False)
    mark = pd.Series("", index=table.index).mask(bad, CONTRADICTED)
    return table.assign(note=join_notes(notes, mark).to_numpy())
