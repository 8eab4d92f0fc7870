"""Outcomes and reasons of the official tables beside those of the records, by force and year.

Counts differ for many causes (months without a file, vehicle-only searches); `reconcile` and its lights are for those.
Here the question is whether the same searches were given the same labels: shares of the searches with a known label.
"""

import numpy as np
import pandas as pd

from sas_analysis.errors import DataError, listed
from sas_analysis.reference import _table
from sas_analysis.reference.official.counts import year_ending
from sas_analysis.reference.official.home_office import VEHICLE_ONLY, plain
from sas_analysis.reference.official.reconcile import year_of
from sas_analysis.rounding import rounded

WHAT = {"outcome": "outcome", "reason": "object_group"}  # column of the official table: of the clean one
LABEL_COLUMNS = ["force", "year_ending", "what", "label", "official", "ours", "difference", "note"]
ALL, UNSEEN = "all known", "no counterpart"
_UNKNOWN = ("Not recorded", "Unrecognised label")
_WHOLE_YEAR = 12


def count_labels(records: pd.DataFrame) -> pd.DataFrame:
    """Person searches of the clean table as `compare_labels` takes them: `force | month | what | label | searches`.

    `records` as published; vehicle-only searches are left out here, as in the official tables' own columns.
    """
    persons = records[records["type"].ne("Vehicle search").fillna(True)]
    parts = []
    for what, column in WHAT.items():
        label = persons[column].astype("str").rename("label")
        counts = rounded(persons.groupby(["force", "month", label], observed=True).size(), records)
        parts.append(counts.rename("searches").reset_index().assign(what=what))
    table = pd.concat(parts, ignore_index=True)[["force", "month", "what", "label", "searches"]]
    return table.astype({"force": "str", "month": "str"})


def compare_labels(counts: pd.DataFrame, table: pd.DataFrame, *, published=None) -> pd.DataFrame:
    """Outcomes and reasons of the official table beside ours, a row per force, year and label.

    Parameters
    ----------
    counts : DataFrame
        As `count_labels` returns.
    table : DataFrame
        As `read_official` returns.
    published : DataFrame, optional
        `force | month` of the months to use, by default all that `counts` has. A force is in the result for the years
        that both have.

    Returns
    -------
    DataFrame
        `force | year_ending | what | label | official | ours | difference | note`. `what`: "outcome" or "reason". With
        the label "all known" official and ours are searches of persons whose label is known, and the difference is
        ours / official - 1, missing where not all twelve months are there. With any other label they are shares of
        these, and the difference is ours less official. "no counterpart": labels of the official table that
        `reference/tables/official_labels.csv` does not have; the note names them.

    Raises
    ------
    DataError
        If the table has neither outcomes nor reasons.
    """
    asked = [what for what in WHAT if what in table]
    if not asked:
        raise DataError("the table has no columns reason_for_search and outcome")
    months = (counts if published is None else published)[["force", "month"]].drop_duplicates().astype("str")
    ours = counts.merge(months, on=["force", "month"])
    ours = ours.assign(year_ending=ours["month"].map(year_of))[lambda t: ~t["label"].isin(_UNKNOWN)]
    there = months.assign(year_ending=months["month"].map(year_of)).groupby(["force", "year_ending"]).size()
    rows = []
    for what in asked:
        official, notes = _official(table, what)
        mine = ours[ours["what"].eq(what)].groupby(["force", "year_ending", "label"])["searches"].sum()
        for force, year in (key for key in there.index if key in official.index.droplevel("label")):
            parts = official.loc[(force, year)], _of(mine, force, year)
            rows += _compared([force, year, what], *parts, notes, int(there[force, year]))
    found = pd.DataFrame(rows, columns=LABEL_COLUMNS)
    return found.astype(dict.fromkeys(("official", "ours", "difference"), float))


def _official(table: pd.DataFrame, what: str) -> tuple[pd.Series, dict[str, str]]:
    """Searches of persons by force, year and our label; missing where a number is not available. A note per label."""
    known = _table("official_labels")
    known = known[known["what"].eq(what)].set_index("official")
    persons = table[table["self_group"].astype("str").ne(VEHICLE_ONLY)]
    texts = plain(persons[what])
    labels = texts.map(known["ours"]).fillna(UNSEEN)
    keys = [persons["force"].astype("str"), persons["year"].astype("str").map(year_ending).rename("year_ending")]
    sums = persons["searches"].groupby([*keys, labels.rename("label")])
    counts = sums.sum().astype(float).mask(sums.agg(lambda numbers: numbers.isna().any()).astype(bool))
    notes = known[known["note"].ne("") & known["ours"].ne("")].reset_index().groupby("ours")
    told = {label: "; ".join(_told(part, set(texts))) for label, part in notes}
    told[UNSEEN] = listed(sorted(persons.loc[labels.eq(UNSEEN), what].astype("str").unique()))
    return counts[counts.index.get_level_values("label") != ""], told


def _told(part: pd.DataFrame, there: set[str]) -> list[str]:
    return [f"{row.official}: {row.note}" for row in part.itertuples() if row.official in there]


def _of(counts: pd.Series, force: str, year: str) -> pd.Series:
    here = (counts.index.get_level_values(0) == force) & (counts.index.get_level_values(1) == year)
    return counts[here].droplevel([0, 1]).astype(float)


def _compared(key: list, official: pd.Series, ours: pd.Series, notes: dict[str, str], months: int) -> list[list]:
    part = f"{months} of {_WHOLE_YEAR} months of ours" if months < _WHOLE_YEAR else ""
    totals = official.sum(skipna=False), ours.sum()
    difference = totals[1] / totals[0] - 1 if totals[0] and not part else np.nan
    lacking = "a number of searches is not available in the table" if np.isnan(totals[0]) else ""
    rows = [[*key, ALL, *totals, difference, "; ".join(filter(None, [part, lacking]))]]
    shares = [of / total if total else of * np.nan for of, total in zip((official, ours), totals, strict=True)]
    for label in sorted(set(official.index) | set(ours.index)):
        theirs, mine = (share.get(label, 0.0 if total else np.nan) for share, total in zip(shares, totals, strict=True))
        note = "; ".join(filter(None, [notes.get(label, ""), part, lacking]))
        rows.append([*key, label, theirs, mine, mine - theirs, note])
    return rows
