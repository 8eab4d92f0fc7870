"""The surge test: what the searches that a surge added found, group by group. Exploratory."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.asked import level_faults
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.timing.seasons import (
    DRAWS,
    LEAST_SEARCHES,
    SEED,
    reasons_of,
    references,
    rows_of_draws,
    seasons_of,
)
from sas_analysis.names import raise_faults

LEAST_RISE = 0.25  # further searches, of those of the base season: less is no surge
NO_RISE = 0.01  # share of draws in which searches do not rise
ASSUMES = (
    "The surge test assumes that the surge added searches below the old bar, and left the old ones, and what they "
    "found, as they were."
)
CANNOT_SAY = (
    "It cannot say why further searches found less of one group than of another: a surge reaches groups in other "
    "places, at other hours and for other reasons, and in a season of its own."
)


def surge_test(
    table: pd.DataFrame,
    *,
    by: str = "group",
    unit: str = "force",
    within: str | Sequence[str] = (),
    reference: str = REFERENCE,
    draws: int = DRAWS,
    seed: int = SEED,
    level: float = 0.95,
) -> pd.DataFrame:
    """Share of the searches added by a surge that found something, by group, and its difference from the reference.

    Parameters
    ----------
    table : DataFrame
        `<unit> | period | <within> | <by> | searches | hits`, and `known`: searches whose outcome is known, where that
        is not all. period : "base" (the season before) or "surge". `sas_analysis.study.surge.two_seasons` makes
        it from a study.
    by : str
        The column of groups.
    unit : str
        The column of what is drawn again: "force", each with both its seasons, or "day".
    within : str or sequence of str
        Columns compared one label at a time, such as the object of search: hit rates differ by object.
    reference : str
        Whom the others are compared with.
    draws, seed : int
        Of the bootstrap.
    level : float
        Of the limits.

    Returns
    -------
    DataFrame
        `<within> | <by> | <measures table>`: `marginal_hit_rate` = (H1 - H0) / (N1 - N0), hits and searches with a
        known outcome of the base (0) and the surge (1); and `marginal_hit_rate_difference` from the reference group.
        Not estimable, with the reason: where it is no surge (searches rise by less than a quarter or by fewer than
        100, or not in every draw but one in a hundred); a marginal rate outside 0 to 1, which shows that the old
        searches did not stay as they were; under 10 units or 100 searches of a season; more than 30% of outcomes
        unknown, or 5 points more in one season than in the other; no hit in a season.

    Raises
    ------
    ParameterError
        For a level that is none, with every fault of the table, and without a row of the reference group.

    Source
    ------
    Marginal searches as in Feigenberg and Miller (2022, Quarterly Journal of Economics 137); a percentile bootstrap
    over units.

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"period": ["base", "surge"] * 2, "group": ["White"] * 2 + ["Black"] * 2}
    >>> one |= {"searches": [200, 300, 100, 150], "hits": [60, 80, 30, 40]}
    >>> twelve = pd.concat([pd.DataFrame(one).assign(force=str(number)) for number in range(12)])
    >>> sas.surge_test(twelve)[["group", "measure", "numerator", "denominator", "estimate"]].round(2)
       group                       measure  numerator  denominator  estimate
    0  White             marginal_hit_rate      240.0       1200.0       0.2
    1  Black             marginal_hit_rate      120.0        600.0       0.2
    2  Black  marginal_hit_rate_difference        0.0        600.0       0.0
    """
    raise_faults(level_faults(level))
    seasons = seasons_of(table, by=by, unit=unit, within=as_list(within))
    at = references(seasons.labels, by, reference)
    reason = reasons_of(seasons, by, unit)
    hits, searches = (_added(seasons.total(name)) for name in ("hits", "known"))
    drawn_searches, drawn_hits = (_added(values) for values in seasons.drawn(draws, seed))
    reason = np.where(reason == "", _no_surge(seasons, searches, drawn_searches), reason)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate, rates = hits / searches, drawn_hits / np.where(drawn_searches > 0, drawn_searches, np.nan)
    beyond = (rate < 0) | (rate > 1)
    outside = "not estimable: outside 0 to 1, so the searches of the base season did not stay as they were"
    reason = np.where((reason == "") & beyond, outside, reason)
    given = {"interval": bootstrap_name(unit, level), "level": level}
    # A share lies between 0 and 1, and so do its limits.
    drawn = (rate, np.clip(rates, 0, 1))
    own = rows_of_draws(seasons.labels, "marginal_hit_rate", hits, searches, drawn, reason, **given)
    others = np.flatnonzero(seasons.labels[by].astype("str").ne(reference))
    apart = _apart(hits, searches, rate, rates, np.maximum(at, 0))
    alone = f"not estimable: no row of the reference group {reference}"
    of_pair = np.where(at < 0, alone, np.where(reason != "", reason, reason[np.maximum(at, 0)]))
    amounts, given = (apart[0], searches, apart[1]), given | {"rows": others}
    pairs = rows_of_draws(seasons.labels, "marginal_hit_rate_difference", *amounts, of_pair, **given)
    return in_order(pd.concat([own, pairs], ignore_index=True), seasons.labels)


def bootstrap_name(unit: str, level: float) -> str:
    """The name of limits from units drawn again: "95% bootstrap over forces"."""
    plural = {"force": "forces", "day": "days", "week": "weeks"}
    return f"{level:.0%} bootstrap over {plural.get(unit, unit)}"


def _added(counts):
    """The surge less the base: (..., 2) to (...)."""
    return counts[..., 1] - counts[..., 0]


def _no_surge(seasons, added, drawn):
    """Why a row's searches did not surge, "" where they did."""
    base = seasons.total("known")[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        rise = added / base
    unsure = (drawn <= 0).mean(axis=0) > NO_RISE
    texts = [f"not estimable: no surge, searches changed by {part:+.0%}" for part in np.nan_to_num(rise)]
    few, chance = f"fewer than {LEAST_SEARCHES} further searches", "no surge, for the rise may be chance"
    rest = np.select([added < LEAST_SEARCHES, unsure], [f"not estimable: {why}" for why in (few, chance)], "")
    return np.where(np.nan_to_num(rise) < LEAST_RISE, np.array(texts, dtype=object), rest)


def _apart(hits, searches, rate, rates, at):
    """Hits beyond those at the reference's marginal rate; the differences and their draws."""
    with np.errstate(invalid="ignore"):
        return hits - rate[at] * searches, (rate - rate[at], rates - rates[:, at])


def in_order(table: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Rows of several measures in the order of the labels, those of one group beside each other."""
    columns = list(labels.columns)
    at = pd.MultiIndex.from_frame(labels).get_indexer(pd.MultiIndex.from_frame(table[columns]))
    return table.iloc[np.argsort(at, kind="stable")].reset_index(drop=True)
