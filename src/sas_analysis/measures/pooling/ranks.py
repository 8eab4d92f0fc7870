"""How certain the order of forces is: probabilities and ranges, in place of a league table."""

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.asked import Asked
from sas_analysis.measures.pooling.shrinkage import log_posterior
from sas_analysis.measures.pooling.strata import pairs
from sas_analysis.measures.rates.ratios import REFERENCE

FEWEST_TO_RANK = 10  # searches of either group; with fewer a rank is the model's, not the force's


def rank_probabilities(
    strata,
    *,
    by="ethnicity_5",
    force="force",
    reference=REFERENCE,
    method="process",
    draws=20_000,
    seed=20261124,
    level=0.95,
    interval="process",
):
    """Where each force may stand among those ranked: `<force> | <by> | searches | reference_searches | forces_ranked |
    share_above_mean | share_top_quarter | rank_median | rank_lower | rank_upper | note`.

    Log ratios are drawn `draws` times from their normal posterior (method as `shrinkage.log_posterior`: "process",
    whatever the interval of other tables is, "conditional" or "log-normal"), the common mean with them.
    share_above_mean : in how many draws the force is above the mean of the forces' distribution; share_top_quarter :
    among the highest quarter of forces; rank 1 is the highest ratio, with its limits. A force with fewer than
    FEWEST_TO_RANK searches of either group is not ranked, and says so. The same seed gives the same table, in whatever
    order forces come.
    """
    asked = Asked(interval, level)
    found = [
        _ranked(pair, force, method, draws, seed, asked.level, by, reference).assign(**{by: pair.group})
        for pair in pairs(strata, by=by, stratum=force, reference=reference)
    ]
    columns = [force, by, "searches", "reference_searches", "forces_ranked", "share_above_mean", "share_top_quarter"]
    columns += ["rank_median", "rank_lower", "rank_upper", "note"]
    return pd.concat(found, ignore_index=True)[columns]


def _ranked(pair, force, method, draws, seed, level, by, reference):
    cells = pair.cells.astype({"searches": "Int64", "reference_searches": "Int64"})
    enough = cells[["searches", "reference_searches"]].min(axis=1).ge(FEWEST_TO_RANK).to_numpy(dtype=bool)
    table = cells[[force, "searches", "reference_searches"]].assign(
        forces_ranked=int(enough.sum()),
        note=np.where(enough, "", f"not ranked: fewer than {FEWEST_TO_RANK} searches of one group"),
    )
    shares, ranks = ["share_above_mean", "share_top_quarter"], ["rank_median", "rank_lower", "rank_upper"]
    table[shares + ranks] = np.nan
    if pair.reason or enough.sum() < 2:
        reason = pair.reason or "not ranked: fewer than two forces with enough searches"
        return table.assign(note=np.where(enough | bool(pair.reason), reason, table["note"]))
    mean, own, pull, (common, se) = log_posterior(pair, method=method, force=force, by=by, reference=reference)
    if not own.any():
        return table.assign(
            note=np.where(
                enough, "not ranked: no difference between forces beyond chance and what months move", table["note"]
            )
        )
    order = np.argsort(pair.names(force))  # so that the order of rows does not change the draws
    random = np.random.default_rng(seed)
    moved = se * random.standard_normal((draws, 1))
    noise = np.empty((draws, len(mean)))
    noise[:, order] = random.standard_normal((draws, len(mean)))
    drawn = (mean + pull * moved + own * noise)[:, enough]
    rank = (-drawn).argsort(axis=1).argsort(axis=1) + 1
    top = max(1, int(np.floor(enough.sum() / 4)))
    tails = [0.5, 0.5 - level / 2, 0.5 + level / 2]
    table.loc[enough, ranks] = np.quantile(rank, tails, axis=0, method="inverted_cdf").T
    table.loc[enough, shares] = np.stack([(drawn > common + moved).mean(axis=0), (rank <= top).mean(axis=0)], axis=1)
    return table
