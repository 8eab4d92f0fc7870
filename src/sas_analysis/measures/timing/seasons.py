"""Searches and hits of two seasons by group and by unit (force or day), and a bootstrap over the units."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.errors import ParameterError, listed
from sas_analysis.measures.outcomes.searched import count_faults
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS
from sas_analysis.measures.table import measures_table

BASE, SURGE = PERIODS = ("base", "surge")
_COUNTS = ("searches", "known", "hits")
LEAST_UNITS = 10  # forces or days: fewer do not show how much they vary
LEAST_SEARCHES = 100  # of a group in a season, with a known outcome
UNKNOWN_MOVES = 0.05  # share of unknown outcomes that may come or go between the seasons
SEED, DRAWS = 20270402, 4000


@dataclass(frozen=True)
class Seasons:
    """Counts of n rows (a group in an object, or whatever the table is within) in two seasons.

    Attributes
    ----------
    labels : `<within> | <by>`, a row a row
    searches, known, hits : arrays (units, n, 2): the base and the surge; known are the searches with a known outcome
    units : their number, of which those that draws are made among
    both : array (units,): whether a unit is in both seasons, as a force is, or in one, as a day is (0, 1 or 2)
    """

    labels: pd.DataFrame
    searches: np.ndarray
    known: np.ndarray
    hits: np.ndarray
    both: np.ndarray

    @property
    def units(self) -> int:
        """The fewest units that the draws of a season have to choose from."""
        return int(min(np.isin(self.both, (season, 2)).sum() for season in (0, 1)))

    def total(self, name: str) -> np.ndarray:
        """A count of all units, (n, 2)."""
        return getattr(self, name).sum(axis=0)

    def drawn(self, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Known searches and hits of units drawn with replacement, (draws, n, 2) each.

        Units that are in the same seasons are drawn among each other: a force brings both its seasons, a day one.
        """
        rng = np.random.default_rng(seed)
        weights = np.zeros((draws, len(self.both)))
        for kind in np.unique(self.both):
            own = np.flatnonzero(self.both == kind)
            weights[:, own] = rng.multinomial(len(own), np.full(len(own), 1 / len(own)), size=draws)
        return tuple(np.tensordot(weights, values, axes=1) for values in (self.known, self.hits))


def seasons_of(table: pd.DataFrame, *, by: str, unit: str, within: list[str]) -> Seasons:
    """The counts of a plain table; a group without a row in a unit and season had no search there.

    Parameters
    ----------
    table : DataFrame
        `<unit> | period | <within> | <by> | searches | hits`, and `known` where the outcome of some is not. period :
        "base" or "surge".
    by, unit, within
        Its columns.

    Raises
    ------
    ParameterError
        For missing columns, other periods, negative or missing counts, hits beyond the known, and rows given twice.
    """
    keys = [unit, "period", *within, by]
    if absent := [name for name in [*keys, "searches", "hits"] if name not in table.columns]:
        raise ParameterError(f"the table has no column {', '.join(absent)}; it has: {', '.join(table.columns)}")
    table = table.reset_index(drop=True)
    table = table if "known" in table.columns else table.assign(known=table["searches"])
    counts = {name: pd.array(table[name]).to_numpy(dtype=float, na_value=np.nan) for name in _COUNTS}
    if faults := [*_faults(table, counts, keys)]:
        raise ParameterError(listed(faults))
    labels = table.drop_duplicates([*within, by])[[*within, by]].reset_index(drop=True)
    row = pd.MultiIndex.from_frame(labels).get_indexer(pd.MultiIndex.from_frame(table[[*within, by]]))
    unit_code, names = pd.factorize(table[unit].astype("str"))
    season = table["period"].astype("str").eq(SURGE).to_numpy().astype(int)
    shape = (len(names), len(labels), 2)
    spread = {name: np.zeros(shape) for name in _COUNTS}
    for name, values in counts.items():
        np.add.at(spread[name], (unit_code, row, season), values)
    in_season = np.zeros((len(names), 2), dtype=bool)
    in_season[unit_code, season] = True
    both = np.where(in_season.all(axis=1), 2, in_season[:, 1].astype(int))
    return Seasons(labels, spread["searches"], spread["known"], spread["hits"], both)


def _faults(table, counts, keys):
    other = sorted(set(table["period"].astype("str")) - set(PERIODS))
    if other:
        yield f"period is one of {', '.join(map(repr, PERIODS))}, not {', '.join(map(repr, other[:3]))}"
    for name in sorted(set(PERIODS) - set(table["period"].astype("str"))):
        yield f"no row is of the period {name!r}"
    yield from count_faults(counts)
    if twice := int(table.duplicated(keys).sum()):
        yield f"{twice} row(s) repeat a row of the same {', '.join(keys)}"


def reasons_of(seasons: Seasons, by: str, unit: str) -> np.ndarray:
    """Why nothing can be said of a row's two seasons, "" where something can: the first reason that applies."""
    searches, known, hits = (seasons.total(name) for name in _COUNTS)
    with np.errstate(invalid="ignore", divide="ignore"):
        blank = 1 - known / searches
    why = {
        "the group is not known": seasons.labels[by].astype("str").isin(UNKNOWN_LABELS).to_numpy(),
        f"fewer than {LEAST_UNITS} units ({unit}) to draw from": np.full(len(searches), seasons.units < LEAST_UNITS),
        f"the outcome of more than {HEADLINE_UNKNOWN:.0%} of searches of a season is unknown": (
            np.nan_to_num(blank).max(axis=1) > HEADLINE_UNKNOWN
        ),
        f"fewer than {LEAST_SEARCHES} searches of a season with a known outcome": known.min(axis=1) < LEAST_SEARCHES,
        f"the share of unknown outcomes moves by more than {100 * UNKNOWN_MOVES:.0f} points between the seasons": (
            np.abs(np.nan_to_num(blank[:, 1] - blank[:, 0])) > UNKNOWN_MOVES
        ),
        "no hit in a season: it may not be recorded there": hits.min(axis=1) == 0,
    }
    texts = [f"not estimable: {text}" for text in why]
    return np.select(list(why.values()), texts, "").astype(object)


def references(labels: pd.DataFrame, by: str, reference: str) -> np.ndarray:
    """The row of the reference group within the same labels, for every row; -1 where there is none.

    Raises
    ------
    ParameterError
        Where no row is of the reference group.
    """
    group = labels[by].astype("str")
    if not group.eq(reference).any():
        raise ParameterError(f"no row is of the reference group {reference}; there are: {', '.join(group.unique())}")
    places = [name for name in labels.columns if name != by]
    if not places:
        return np.full(len(labels), int(np.flatnonzero(group.eq(reference))[0]))
    own = labels[group.eq(reference)]
    at = pd.MultiIndex.from_frame(own[places]).get_indexer(pd.MultiIndex.from_frame(labels[places]))
    return np.where(at >= 0, own.index.to_numpy()[at], -1)


def rows_of_draws(labels, measure, numerator, denominator, estimates, reason, *, interval, level, rows=None):
    """A measures table of estimates with limits from draws.

    labels : n rows. numerator, denominator, reason : n values each. estimates : n of them, and their draws (draws, n).
    interval, level : name and level of the limits. rows : those to give; all.
    """
    rows = np.arange(len(labels)) if rows is None else rows
    estimate, draws = (values[..., rows] for values in estimates)
    return measures_table(
        labels.iloc[rows],
        measure=measure,
        numerator=pd.array(numerator[rows], dtype="Float64"),
        denominator=pd.array(denominator[rows], dtype="Float64"),
        limits=percentiles(draws, estimate, level),
        interval=interval,
        reason=reason[rows],
    )


def percentiles(values: np.ndarray, estimate: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Limits of n estimates from draws (draws, n): percentiles, widened where they leave the estimate out."""
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        lower, upper = np.quantile(np.nan_to_num(values, nan=0.0), (tail, 1 - tail), axis=0)
    return np.fmin(lower, estimate), np.fmax(upper, estimate)
