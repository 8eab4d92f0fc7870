"""The counts that a threshold test rests on: what is refused, what is left out, and why."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.measures.outcomes.searched import sides_of
from sas_analysis.measures.shares import UNKNOWN_LABELS, require_columns

LEAST_PLACES = 5
MOST_UNKNOWN = 0.2
POOLS = ("stops", "residents")
SECTION_60 = "section 60"


@dataclass(frozen=True)
class Counts:
    """n rows of known groups in places that may be tested.

    place, group (n,) : codes, of `places` and `groups`, the reference group first.
    pool, searches, known, hits (n,) : who could be searched, were, with a known outcome, and had something found.
    """

    places: pd.DataFrame
    groups: list[str]
    place: np.ndarray
    group: np.ndarray
    pool: np.ndarray
    searches: np.ndarray
    known: np.ndarray
    hits: np.ndarray

    def averaged(self, values: np.ndarray) -> np.ndarray:
        """Values of rows, (..., n), averaged over the places of every group: (..., groups).

        A place counts by the pool of all its groups, so that groups are averaged over the same mix of places.
        """
        weight = np.bincount(self.place, self.pool)[self.place]
        share = np.zeros((len(self.place), len(self.groups)))
        share[np.arange(len(self.place)), self.group] = weight
        return values @ (share / share.sum(axis=0))

    def total(self, name: str) -> np.ndarray:
        """A count of every group, (groups,)."""
        return np.bincount(self.group, getattr(self, name), minlength=len(self.groups))


@dataclass(frozen=True)
class Prepared:
    """A table read for the test: the counts, a row a place and group with the reason why it is left out, or a refusal.

    reason : "" where it may be tested.
    """

    counts: Counts
    rows: pd.DataFrame
    reason: str


def counts_of(table: pd.DataFrame, *, by: str, reference: str, kappa: float | None) -> Prepared:
    """Read a plain table; arguments and errors as `threshold_test`."""
    pool = _pool_of(table, by, kappa)
    given = table.rename(columns={pool: "population"})
    labels, side, _ = sides_of(given, by=by)
    rows = labels.assign(
        pool=side.pool * (1.0 if kappa is None else kappa),
        **{name: side.total(name) for name in ("searches", "known", "hits")},
    )
    group = rows[by].astype("str")
    if not group.eq(reference).any():
        raise ValueError(f"no row is of the reference group {reference}; there are: {', '.join(group.unique())}")
    names = [name for name in labels.columns if name != by]
    place = rows.groupby(names, sort=False, dropna=False).ngroup() if names else pd.Series(0, index=rows.index)
    over = rows["searches"] > rows["pool"]
    if kappa is None and over.any():
        raise ValueError(f"{over.sum()} value(s) of searches exceed stops")
    rows["reason"] = _left_out(rows, place, by, kappa)
    known = ~group.isin(UNKNOWN_LABELS)
    used = rows["reason"].eq("") & known & (rows["pool"] > 0)
    counts = _counts(rows[used], place[used], group[used], names, reference)
    rows = rows.assign(used=used).astype({by: "str"})
    return Prepared(counts, rows[known].reset_index(drop=True), _refused(rows, used, place, group, reference))


def _pool_of(table, by, kappa):
    """The name of the column of those who could be searched; all faults of the call at once."""
    require_columns(table, [by, "searches", "hits"], "the table")
    named = [name for name in POOLS if name in table.columns]
    faults = []
    if len(named) != 1:
        faults.append("the table has one column stops, of whom searches are a part, or one column residents")
    elif table[named[0]].isna().any():
        faults.append(f"{int(table[named[0]].isna().sum())} value(s) of {named[0]} are missing")
    if named == ["residents"] and kappa is None:
        faults.append("residents are not those who could be searched: kappa says how often each is met, such as 1.0")
    if named == ["stops"] and kappa is not None:
        faults.append("kappa is for residents; stops are those who could be searched")
    if kappa is not None and not kappa > 0:
        faults.append(f"kappa is above 0, such as 1.0, this is {kappa}")
    if faults:
        raise ValueError("; ".join(faults))
    return named[0]


def _left_out(rows, place, by, kappa):
    """Why a place is left out, "" where it is not; the first reason that applies, the same for all its rows."""
    group = rows[by].astype("str")
    unknown = group.isin(UNKNOWN_LABELS)
    searches = rows["searches"].groupby(place).transform("sum")
    of_unknown = rows["searches"].where(unknown, 0).groupby(place).transform("sum")
    blank = (1 - rows["known"] / rows["searches"].where(rows["searches"] > 0)).where(~unknown, 0).fillna(0)
    beyond = (rows["searches"] > rows["pool"]) & ~unknown
    why = {
        "no search": searches.eq(0),
        f"ethnicity is unknown in more than {MOST_UNKNOWN:.0%} of its searches": of_unknown > MOST_UNKNOWN * searches,
        f"the outcome is unknown in more than {MOST_UNKNOWN:.0%} of the searches of a group": blank.groupby(
            place
        ).transform("max")
        > MOST_UNKNOWN,
        "no hit: it may not be recorded here": rows["hits"].groupby(place).transform("sum").eq(0),
        f"a group has more searches than {kappa or 1:g} x its residents": beyond.groupby(place).transform("any"),
    }
    return np.select([mask.to_numpy() for mask in why.values()], list(why), "")


def _counts(rows, place, group, names, reference):
    codes, first = np.unique(place.to_numpy(), return_index=True)
    groups = [reference, *(name for name in group.unique() if name != reference)]
    return Counts(
        rows.iloc[first][names].reset_index(drop=True),
        groups,
        np.searchsorted(codes, place.to_numpy()),
        pd.Categorical(group, groups).codes.astype(int),
        *(rows[name].to_numpy(float) for name in ("pool", "searches", "known", "hits")),
    )


def _refused(rows, used, place, group, reference):
    """Why there is nothing to be tested, "" where there is."""
    powers = rows[[name for name in rows.columns if name in ("power", "legislation")]].astype("str")
    under = powers.apply(lambda labels: labels.str.casefold().str.contains(SECTION_60)).any(axis=1)
    if len(powers.columns) and (number := rows["searches"][under].sum()):
        return f"not estimable: {number:,.0f} searches are under section 60, which asks for no suspicion"
    if (number := place[used].nunique()) < LEAST_PLACES:
        reasons = rows["reason"][rows["reason"] != ""].groupby(place).first().value_counts()
        left = "".join(f"; left out, {why}: {count}" for why, count in reasons.items())
        return f"not estimable: {number} place(s) may be tested, {LEAST_PLACES} are needed{left}"
    alone = not group[used].eq(reference).any() or group[used].nunique() < 2
    return "not estimable: the reference group and another are not both there" if alone else ""
