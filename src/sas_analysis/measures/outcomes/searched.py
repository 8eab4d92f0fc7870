"""Groups and their reference group in every place: how many were there, were searched, and had something found."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.time import month_codes
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS, require_columns

POOLS = ("population", "exposure")
_COUNTS = ("searches", "known", "hits")


@dataclass(frozen=True)
class Side:
    """Counts of n rows: arrays (n,), (n, months) or (n, months, weeks); pool (n,), missing where it is not known.

    known : the searches whose outcome is known, which hits are part of.
    """

    searches: np.ndarray
    known: np.ndarray
    hits: np.ndarray
    pool: np.ndarray

    def take(self, rows) -> "Side":
        """Some rows, in their order."""
        return Side(*(getattr(self, field.name)[rows] for field in fields(self)))

    def total(self, name: str) -> np.ndarray:
        """A count of the whole period, (n,)."""
        counts = getattr(self, name)
        return counts.sum(axis=tuple(range(1, counts.ndim)))

    def plus(self, *, searches=0.0, known=0.0, hits=0.0) -> "Side":
        """The same with further searches."""
        return replace(self, searches=self.searches + searches, known=self.known + known, hits=self.hits + hits)


@dataclass(frozen=True)
class Pairs:
    """Groups beside the reference group of their place; `pairs_of` makes it.

    labels : places and group. one, other : the group and its reference. unknown : the searches of the place whose group
    is not known. reason : why nothing can be compared, "" where it can.
    """

    labels: pd.DataFrame
    one: Side
    other: Side
    unknown: Side
    reason: np.ndarray


def sides_of(table: pd.DataFrame, *, by: str, pool: bool = True) -> tuple[pd.DataFrame, Side, str]:
    """The rows of a plain table as `labels, counts, name of the pool`.

    Parameters
    ----------
    table : DataFrame
        `<places> | <by> | population or exposure | searches | hits`, and `known` where the outcome of some searches is
        not. With `month`, a row a month: the counts and the pool of that month.
    by : str
        The column of groups. Any other column beside these names the place.
    pool : bool
        Whether a pool is needed.

    Raises
    ------
    ValueError
        For a missing column, two pools, negative or missing counts, hits beyond the known, known beyond the searches,
        and two rows of the same group, place and month: all faults at once.
    """
    require_columns(table, [by, "searches", "hits"], "the table")
    named = [name for name in POOLS if name in table.columns]
    faults = ["the table has one column population or exposure"] if len(named) != 1 and (pool or named) else []
    table = table.reset_index(drop=True)
    table = table if "known" in table.columns else table.assign(known=table["searches"])
    values = {name: _numbers(table[name]) for name in (*_COUNTS, *named)}
    faults += count_faults(values)
    keys = [name for name in table.columns if name not in (*_COUNTS, *POOLS, "month")]
    keys = [*(name for name in keys if name != by), by]
    dated = [*keys, "month"] if "month" in table.columns else keys
    if twice := int(table.duplicated(dated).sum()):
        faults.append(f"{twice} row(s) repeat a row of the same {', '.join(dated)}")
    if faults:
        raise ValueError("; ".join(faults))
    row = table.groupby(keys, sort=False, observed=True, dropna=False).ngroup().to_numpy()
    labels = table.drop_duplicates(keys)[keys].reset_index(drop=True)
    month, months = month_codes(table["month"]) if "month" in table.columns else (None, [])
    counts = [_spread(values[name], row, len(labels), month, len(months)) for name in _COUNTS]
    amount = _spread(values[named[0]], row, len(labels), None, 0) if named else np.full(len(labels), np.nan)
    return labels, Side(*counts, amount), (named or [""])[0]


def pairs_of(labels: pd.DataFrame, side: Side, *, by: str, reference: str, problem=None, pool: bool = True) -> Pairs:
    """Every group but the reference beside the reference group of its place.

    Parameters
    ----------
    labels, side
        As `sides_of`.
    by, reference : str
        The column of groups, and whom the others are compared with.
    problem : array of n texts, optional
        Why a row is not to be compared; "" where it is.
    pool : bool
        Whether the rates of search are compared too.

    Raises
    ------
    ValueError
        Where no row is of the reference group.
    """
    group = labels[by].astype("str")
    if not group.eq(reference).any():
        raise ValueError(f"no row is of the reference group {reference}; there are: {', '.join(group.unique())}")
    places = [name for name in labels.columns if name != by]
    place = (
        labels.groupby(places, sort=False, dropna=False).ngroup().to_numpy() if places else np.zeros(len(labels), int)
    )
    rows = np.flatnonzero(~group.isin([reference, *UNKNOWN_LABELS]).to_numpy())
    of_reference = np.full(place.max() + 1, -1)
    own = np.flatnonzero(group.eq(reference).to_numpy())
    of_reference[place[own]] = own
    at = of_reference[place[rows]]
    one, other = side.take(rows), side.take(np.maximum(at, 0))
    unknown = _unknown(side, group.isin(UNKNOWN_LABELS).to_numpy(), place).take(place[rows])
    why = np.full(len(labels), "", dtype=object) if problem is None else np.asarray(problem, dtype=object)
    reason = _reasons(one, other, at < 0, reference, pool)
    reason = np.where(why[rows] != "", why[rows], reason)
    return Pairs(labels.iloc[rows].reset_index(drop=True), one, other, unknown, reason)


def _numbers(column):
    return pd.array(column).to_numpy(dtype=float, na_value=np.nan)


def count_faults(values: dict[str, np.ndarray]):
    """What is wrong with counts of searches, known and hits: each fault in words. A pool may be missing."""
    for name, numbers in values.items():
        wrong = (numbers < 0) | (np.isnan(numbers) & (name not in POOLS))
        if wrong.any():
            yield f"{wrong.sum()} value(s) of {name} are negative or missing"
    for part, whole in (("hits", "known"), ("known", "searches")):
        over = values[part] > values[whole]
        if over.any():
            yield f"{over.sum()} value(s) of {part} exceed {whole}"


def _spread(values, row, rows, month, months):
    """Values added by row, and by month where there are months."""
    found = np.zeros((rows, months) if month is not None else rows)
    np.add.at(found, (row, month) if month is not None else row, values)
    return found


def _unknown(side, unknown, place):
    """The searches of unknown group of every place; of no pool."""
    rows = np.flatnonzero(unknown)
    found = []
    for name in _COUNTS:
        counts = getattr(side, name)
        added = np.zeros((place.max() + 1, *counts.shape[1:]))
        np.add.at(added, place[rows], counts[rows])
        found.append(added)
    return Side(*found, np.full(place.max() + 1, np.nan))


def _reasons(one, other, alone, reference, pool):
    """Why a pair is not to be compared; the first reason that applies."""
    sides = {"the group": one, f"the reference group {reference}": other}
    why = {f"no row of the reference group {reference}": alone}
    for name, side in sides.items():
        if pool:
            why[f"nobody of {name} could be searched, as far as is known"] = ~(side.pool > 0)
        why[f"no search of {name}"] = side.total("searches") == 0
        why[f"no search of {name} with a known outcome"] = side.total("known") == 0
        with np.errstate(invalid="ignore", divide="ignore"):
            blank = 1 - side.total("known") / side.total("searches")
        why[f"the outcome of more than {HEADLINE_UNKNOWN:.0%} of searches of {name} is unknown"] = (
            blank > HEADLINE_UNKNOWN
        )
    why["no hit of either group: the outcome may not be recorded here"] = one.total("hits") + other.total("hits") == 0
    texts = [f"not estimable: {text}" for text in why]
    return np.select(list(why.values()), texts, "").astype(object)
