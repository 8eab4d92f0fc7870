"""How much hit rates move between seasons without a surge: what the surge test takes for nothing."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.asked import level_faults
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.timing.seasons import DRAWS, SEED, reasons_of, references, rows_of_draws, seasons_of
from sas_analysis.measures.timing.surge import LEAST_RISE, bootstrap_name, in_order
from sas_analysis.names import raise_faults

MEASURES = ("hit_rate_change", "hit_rate_change_difference", "marginal_shift", "marginal_shift_difference")


def surge_placebo(
    table: pd.DataFrame,
    surge: pd.DataFrame | None = None,
    *,
    by: str = "group",
    unit: str = "force",
    within: str | Sequence[str] = (),
    reference: str = REFERENCE,
    draws: int = DRAWS,
    seed: int = SEED,
    level: float = 0.95,
) -> pd.DataFrame:
    """How hit rates moved between two seasons without a surge, and what such a move would do to the surge test.

    Parameters
    ----------
    table : DataFrame
        As `surge_test`, of two seasons between which searches did not surge; the later one is the period "surge". A
        group whose searches rose or fell by a quarter or more is no placebo.
    surge : DataFrame, optional
        The counts of the surge, as `surge_test` takes them, to reckon its error from.
    by, unit, within, reference, draws, seed, level
        As `surge_test`.

    Returns
    -------
    DataFrame
        `<within> | <by> | <measures table>`: `hit_rate_change`, and the `hit_rate_change_difference` from that of the
        reference group. The surge test takes both to be 0. With `surge` also `marginal_shift` and
        `marginal_shift_difference`: how far the marginal hit rate, and its difference, would be off if the searches of
        the base season had moved so during the surge: the change times N0 / (N1 - N0).

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"period": ["base", "surge"] * 2, "group": ["White"] * 2 + ["Black"] * 2}
    >>> one |= {"searches": [200, 200, 100, 100], "hits": [60, 62, 30, 30]}
    >>> twelve = pd.concat([pd.DataFrame(one).assign(force=str(number)) for number in range(12)])
    >>> surge_placebo(twelve)[["group", "measure", "estimate"]].round(2)
       group                     measure  estimate
    0  White             hit_rate_change      0.01
    1  Black             hit_rate_change      0.00
    2  Black  hit_rate_change_difference     -0.01
    """
    raise_faults(level_faults(level))
    seasons = seasons_of(table, by=by, unit=unit, within=as_list(within))
    at = references(seasons.labels, by, reference)
    own = reasons_of(seasons, by, unit)
    own = np.where(own == "", _surged(seasons), own)
    alone = f"not estimable: no row of the reference group {reference}"
    pair = np.where(at < 0, alone, np.where(own != "", own, own[np.maximum(at, 0)]))
    known, hits = seasons.total("known"), seasons.total("hits")
    change, draw = _change(known, hits), _change(*seasons.drawn(draws, seed))
    given = {"interval": bootstrap_name(unit, level), "level": level}
    others = seasons.labels[by].astype("str").ne(reference).to_numpy()
    every, at = np.ones(len(others), bool), np.maximum(at, 0)
    parts = [
        (change, draw, known[:, 1], own, every),
        (change - change[at], draw - draw[:, at], known[:, 1], pair, others),
    ]
    if surge is not None:
        factor, added, why = _factors(seasons.labels, seasons_of(surge, by=by, unit=unit, within=as_list(within)))
        own, pair = np.where(own == "", why, own), np.where(pair == "", np.where(why == "", why[at], why), pair)
        shift, shifts = change * factor, draw * factor
        parts += [
            (shift, shifts, added, own, every),
            (shift - shift[at], shifts - shifts[:, at], added, pair, others),
        ]
    tables = []
    for name, (found, drawn, denominator, reason, rows) in zip(MEASURES, parts, strict=False):
        counts = (found * denominator, np.asarray(denominator, dtype=float))
        kept = {"rows": np.flatnonzero(rows)} | given
        tables.append(rows_of_draws(seasons.labels, name, *counts, (found, drawn), reason, **kept))
    return in_order(pd.concat(tables, ignore_index=True), seasons.labels)


def _surged(seasons):
    """Why two seasons of a row are no placebo, "" where they are: searches changed as much as in a surge."""
    known = seasons.total("known")
    with np.errstate(invalid="ignore", divide="ignore"):
        change = np.nan_to_num(known[:, 1] / known[:, 0] - 1)
    texts = [f"not estimable: no placebo, searches changed by {part:+.0%}" for part in change]
    return np.where(np.abs(change) < LEAST_RISE, "", np.array(texts, dtype=object))


def _change(known, hits):
    with np.errstate(invalid="ignore", divide="ignore"):
        return hits[..., 1] / known[..., 1] - hits[..., 0] / known[..., 0]


def _factors(labels, surge):
    """N0 / (N1 - N0) and N1 - N0 of every row in the surge, and why there is none."""
    keys = list(labels.columns)
    at = pd.MultiIndex.from_frame(surge.labels[keys].astype("str")).get_indexer(
        pd.MultiIndex.from_frame(labels.astype("str"))
    )
    known = np.where((at >= 0)[:, None], surge.total("known")[at], np.nan)
    added = known[:, 1] - known[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        stands = added / known[:, 0] >= LEAST_RISE
    why = np.where(stands, "", "not estimable: no surge here").astype(object)
    return np.where(stands, known[:, 0] / np.where(stands, added, 1.0), np.nan), added, why
