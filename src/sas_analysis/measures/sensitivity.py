"""What a headline may rest on: months that the audit does not flag, records that official statistics confirm."""

from functools import cache

import pandas as pd

from sas_analysis.measures.table import join_notes
from sas_analysis.months import PERIODS
from sas_analysis.reference.official.other_years import in_note
from sas_analysis.reference.official.reconcile import RED, lights, worst_of_forces, year_of

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


def contradicted_years(official, *, synthetic=False):
    """The forces whose light is red, in order, and the years (ending in March) in which it is: force -> set of years.

    official : as `reconcile.reconcile`. None of simulated records.
    """
    red = official[official["light"].eq(RED)].head(0 if synthetic else None)
    return {str(force): set(rows["year_ending"]) for force, rows in red.groupby("force", sort=False, observed=True)}


def contradicted_by(official, years):
    """The official year that contradicts each force where it is not the records' own, else "": force -> year.

    official : as `reconcile.reconcile`. years : as `contradicted_years` gives them.
    """
    own = [year in years.get(force, ()) for force, year in zip(official["force"], official["year_ending"], strict=True)]
    return {force: other for force, (_, other) in worst_of_forces(lights(official[own])).items()}


def mark_contradicted(table, years, of=None, *, by=None):
    """The table, its estimates marked "not a headline" where the records behind them are contradicted.

    table : of any measure that rests on residents, or a table of other columns. years : as `contradicted_years` gives
    them. of : the force of each row, where it is not in the column `force`. A table by force has its own rows marked;
    any other has all, but for those that leave these forces out. Of a table by month, quarter or year, or with a
    `period`, only rows of the years that are contradicted. by : `Study.contradicted_by`; where official figures of
    another year contradict them, the mark says which.
    """
    if not years:
        return table
    notes = table["note"].fillna("") if "note" in table else pd.Series("", index=table.index)
    own = "force" in table and "without" not in table  # else the force is one that moves the row, not whose row it is
    forces = table["force"].astype("str") if own else of
    bad = _rests_on(table, years, forces)
    if "forces" in table:
        bad &= ~table["forces"].isin([CONFIRMED, RELIED_ON])
    value = next((name for name in ("estimate", "ratio") if name in table), None)
    if value is not None:
        bad &= table[value].notna()
    bad &= ~notes.str.contains(CONTRADICTED, regex=False)
    mark = pd.Series("", index=table.index).mask(bad, CONTRADICTED)
    other = _other_years(table, forces, by or {}).where(bad, "")
    return table.assign(note=join_notes(notes, mark, other).to_numpy())


def _other_years(table, forces, by):
    """The note of each row that tells the other official year; of all forces where they are None."""
    if forces is None:
        return pd.Series(in_note(by.values()), index=table.index)
    notes = {force: in_note([year]) for force, year in by.items()}
    return pd.Series([notes.get(force, "") for force in forces], index=table.index, dtype="str")


def _rests_on(table, years, of):
    """Whether each row rests on a force and a year that are contradicted. of : the force of each row; None: all."""
    period = next((name for name in (*PERIODS, "period") if name in table), None)
    forces = pd.Series("", index=table.index) if of is None else of
    periods = pd.Series("", index=table.index) if period is None else table[period].astype("str")
    keys, known = list(zip(forces.tolist(), periods.tolist(), strict=True)), {}
    for force, label in dict.fromkeys(keys):
        red = set().union(*years.values()) if of is None else years.get(force, set())
        own = None if period is None else _official_years(label)
        known[force, label] = bool(red if own is None else red & own)
    return pd.Series([known[key] for key in keys], index=table.index, dtype=bool)


@cache
def _official_years(label):
    """The years (ending in March) that a month, quarter or year is in, or "2019-04 to 2020-03"; None of another label,
    such as a change between two periods."""
    first, _, last = label.partition(" to ")
    try:
        ends = pd.Period(first).asfreq("M", "start"), pd.Period(last or first).asfreq("M", "end")
    except ValueError:
        return None
    return frozenset(year_of(str(month)) for month in pd.period_range(*ends, freq="M"))
