"""Find rates of the official tables: what the records do not tell of every force, the Metropolitan Police above all.

The Home Office publishes for each search whether its outcome was linked to the reason it was made for. The records
have such a field too, and it says different things in different forces (`records.link_field`).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.errors import DataError, ParameterError
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, as_list
from sas_analysis.measures.table import join_notes, measures_table
from sas_analysis.reference.official.home_office import VEHICLE_ONLY, plain

MEASURES = ("official_find_rate", "official_find_lowest", "official_find_highest")
BY = {  # what a reader asks for: the column of the table
    "ethnicity": "self_group",
    "ethnicity_detail": "self_detail",
    "officer_ethnicity": "officer",
    "age": "age",
    "sex": "sex",
    "reason": "reason",
    "legislation": "legislation",
    "outcome": "outcome",
    "force": "force",
    "region": "region",
    "year": "year",
    "quarter": "quarter",
}
# As readers of the tables write them; a label that is none of these is told, and its searches are unknown.
_LINKED, _NOT_LINKED = ("linked", "yes", "true"), ("not linked", "unlinked", "no", "false")
_UNKNOWN = ("unknown", "not known", "not stated", "not recorded", "unknown link", "link unknown")
_NOT_ASKED = ("", "n/a", "na", "not applicable", "n/a - no further action", "no further action")
_NO_FURTHER_ACTION = ("no further action", "nfa", "a no further action disposal")


def official_find_rate(table: pd.DataFrame, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Find rate of the official tables: searches whose outcome is linked to their reason, of those where it is known.

    Parameters
    ----------
    table : DataFrame
        As `read_official` returns, with its `linked` column (the years from 2020/21 on).
    by : str or list of str
        Groups, of `BY`: "ethnicity", "age", "reason", "force", "year" and others. All years of the table are added
        together unless "year" is among them.

    Returns
    -------
    DataFrame
        A measures table, three rows a group, without vehicle-only searches: `official_find_rate`; and
        `official_find_lowest` and `official_find_highest`, the share of all searches if none, or all, of those of
        unknown link were finds. The note says how many are unknown. No limits: these are counts of whole years, and
        the tables have no months from which the noise between them could be told.

    Raises
    ------
    DataError
        If the table has no `link` column, or not the column that `by` asks for.
    ParameterError
        For another word in `by`.

    Notes
    -----
    A search that ended in no further action and has no link at all (blank, "N/A") is no find, for nothing was there
    to be linked. A link on one is a find (something found, nothing done), as in `find_rate`. A label that is not known
    is unknown. Source: Home Office, Stop and search open data tables, column `link`.

    Examples
    --------
    >>> table = sas.read_official(OFFICIAL)
    >>> finds = sas.official_find_rate(table, by="ethnicity")
    >>> finds.loc[finds["measure"].eq("official_find_rate"), ["ethnicity", "numerator", "denominator", "estimate"]]
      ethnicity  numerator  denominator  estimate
    0     Black         30          100      0.30
    1     White         50          200      0.25
    """
    columns = _columns_asked(table, as_list(by))
    persons = table[table["self_group"].astype("str").ne(VEHICLE_ONLY)]
    link, unseen = _links(persons)
    parts = {name: persons["searches"].where(link.eq(name), 0) for name in ("linked", "not linked", "unknown")}
    cells = pd.DataFrame({name: persons[column].astype("str") for name, column in columns.items()} | parts)
    groups, counts = _summed(cells, list(columns))
    known, every = counts["linked"] + counts["not linked"], counts.sum(axis=1, skipna=False)
    unknown = counts["unknown"]
    found = [(counts["linked"], known), (counts["linked"], every), (counts["linked"] + unknown, every)]
    notes = _notes(unknown, every, unseen)
    tables = [
        _table(groups, measure, *pair, notes if measure == MEASURES[0] else pd.Series("", index=notes.index))
        for measure, pair in zip(MEASURES, found, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def _columns_asked(table: pd.DataFrame, by: list[str]) -> dict[str, str]:
    if "linked" not in table:
        raise DataError("the table has no column link: it is published from 2020/21 on")
    if unknown := [name for name in by if name not in BY]:
        raise ParameterError(f"by is unknown: {', '.join(map(str, unknown))}; choose from: {', '.join(BY)}")
    columns = {name: BY[name] for name in by}
    if absent := [name for name, column in columns.items() if column not in table]:
        raise DataError(f"the table has no column for {', '.join(absent)}")
    return columns


def _links(persons: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    """Whether each row's searches are linked, not linked or unknown; and the labels that are not known."""
    texts, outcomes = (plain(persons[name]) if name in persons else None for name in ("linked", "outcome"))
    ended = texts.eq("") & False if outcomes is None else outcomes.isin(_NO_FURTHER_ACTION)
    no = texts.isin(_NOT_LINKED) | (texts.isin(_NOT_ASKED) & ended)
    link = pd.Series(np.where(texts.isin(_LINKED), "linked", np.where(no, "not linked", "unknown")), texts.index)
    known = (*_LINKED, *_NOT_LINKED, *_UNKNOWN, *_NOT_ASKED)
    return link, sorted(persons["linked"].astype("str")[~texts.isin(known)].unique())


def _summed(cells: pd.DataFrame, by: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Groups and their counts; a sum with a number that is not available in it is missing."""
    names = [name for name in cells if name not in by]
    keys = [cells[name] for name in by] or [pd.Series(0, index=cells.index)]
    sums = cells[names].groupby(keys)
    counts = sums.sum().mask(cells[names].isna().groupby(keys).any())
    groups = counts.index.to_frame(index=False)[by] if by else pd.DataFrame(index=range(len(counts)))
    return groups, counts.reset_index(drop=True)


def _notes(unknown: pd.Series, every: pd.Series, unseen: list[str]) -> pd.Series:
    share = (unknown / every.where(every.gt(0))).astype(float)
    told = [
        "" if pd.isna(n) or not n else f"link unknown in {n:,} of {of:,} ({part:.1%})"
        + (": not a headline" if part > HEADLINE_UNKNOWN else "")
        for n, of, part in zip(unknown, every, share, strict=True)
    ]  # fmt: skip
    labels = f"labels of link that are not known, counted as unknown: {', '.join(unseen[:5])}" if unseen else ""
    return join_notes(pd.Series(told, dtype="str"), pd.Series(labels, index=range(len(told)), dtype="str"))


def _table(groups, measure, numerator, denominator, notes) -> pd.DataFrame:
    lacking = (numerator.isna() | denominator.isna()).to_numpy(dtype=bool)
    none = denominator.eq(0).fillna(False).to_numpy(dtype=bool)
    why = np.where(none, "not estimable: no search of which it is known", "")
    why = np.where(lacking, "not estimable: a number of searches is not available in the table", why)
    return measures_table(
        groups, measure=measure, numerator=numerator.array, denominator=denominator.array, note=notes, reason=why
    )
