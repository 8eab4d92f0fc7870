"""What a threshold test hangs on: the exposure of residents, the priors, chance, and the form of the model."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.measures.outcomes.searched import sides_of
from sas_analysis.measures.outcomes.threshold.binomial_form import fit, threshold_test
from sas_analysis.measures.outcomes.threshold.result import ThresholdTest
from sas_analysis.measures.outcomes.threshold.sampler import Sampling
from sas_analysis.measures.rates.ratios import REFERENCE

KAPPAS = (0.5, 1.0, 2.0, 4.0, 8.0)
PRIOR_SCALES = (0.5, 1.0, 1.5)
PLACEBO = ("half A", "half B")


def threshold_by_kappa(table: pd.DataFrame, *, kappas: Sequence[float] = KAPPAS, **given) -> pd.DataFrame:
    """The thresholds of a table of residents at several exposures: `kappa | <the table of threshold_test>`.

    Parameters
    ----------
    table : DataFrame
        With `residents`.
    kappas : sequence of float
        How often each resident is met.
    **given
        As `threshold_test`.

    Returns
    -------
    DataFrame
        A row a kappa and group, with `difference | difference_lower | difference_upper` to the reference group, and
        r_hat and ess. One kappa is of all groups; that one group is met more often than another it cannot show, and
        residents multiplied by a number of their own for each group can.
    """
    return _over("kappa", kappas, lambda kappa: threshold_test(table, kappa=kappa, **given), given)


def threshold_by_prior(table: pd.DataFrame, *, scales: Sequence[float] = PRIOR_SCALES, **given) -> pd.DataFrame:
    """The thresholds under narrower and wider priors: `prior_scale | <the table of threshold_test>`.

    scales : times the standard deviations of all priors. Else as `threshold_by_kappa`.
    """
    return _over("prior_scale", scales, lambda scale: threshold_test(table, prior_scale=scale, **given), given)


def _over(name, values, test, given):
    by = given.get("by", "group")
    tables = []
    for value in values:
        found = test(value)
        apart = found.differences.rename(columns={"lower": "difference_lower", "upper": "difference_upper"})
        apart = apart[[by, "difference", "difference_lower", "difference_upper"]]
        table = found.table.merge(apart, how="left", on=by)
        table.insert(0, name, value)
        tables.append(table.assign(**{of: found.diagnostics.get(of, np.nan) for of in ("r_hat", "ess")}))
    return pd.concat(tables, ignore_index=True)


def threshold_placebo(table: pd.DataFrame, *, group: str = REFERENCE, seed: int = 20270401, **given) -> ThresholdTest:
    """The test of one group against itself, split by chance: the difference is none, and its limits should hold 0.

    Parameters
    ----------
    table : DataFrame
        As `threshold_test`.
    group : str
        Whose encounters are split. The two halves are the groups of the result.
    seed : int
        Of the split, and of the sampler.
    **given
        As `threshold_test`; with residents, `kappa`.

    Source
    ------
    Simoiu, Corbett-Davies and Goel (2017), placebo groups.
    """
    halves = split_by_chance(table, group=group, by=given.get("by", "group"), seed=seed, kappa=given.get("kappa"))
    given = {name: value for name, value in given.items() if name not in ("reference", "kappa")}
    return threshold_test(halves, reference=PLACEBO[0], seed=seed, **given)


def split_by_chance(table, *, group: str, by: str, seed: int, kappa: float | None = None) -> pd.DataFrame:
    """The encounters of a group in two halves, each dealt by the toss of a coin: a table with `stops`."""
    rng = np.random.default_rng(seed)
    pool = "residents" if kappa is not None else "stops"
    labels, side, _ = sides_of(table.rename(columns={pool: "population"}), by=by)
    own = np.flatnonzero(labels[by].astype("str").eq(group))
    side, labels = side.take(own), labels.iloc[own].reset_index(drop=True)
    searches, known, hits = (side.total(name) for name in ("searches", "known", "hits"))
    met = np.rint(side.pool * (kappa or 1))
    parts = [met - searches, searches - known, known - hits, hits]
    first = [rng.binomial(part.astype(int), 0.5) for part in parts]
    tables = []
    for name, dealt in zip(PLACEBO, (first, [a - b for a, b in zip(parts, first, strict=True)]), strict=True):
        of_known = dealt[2] + dealt[3]
        counts = {"searches": of_known + dealt[1], "known": of_known, "hits": dealt[3]}
        tables.append(labels.assign(**{by: name, "stops": counts["searches"] + dealt[0]}, **counts))
    return pd.concat(tables, ignore_index=True)


def searches_only_test(
    table: pd.DataFrame, *, reference: str = REFERENCE, by: str = "group", level: float = 0.95, **given
) -> ThresholdTest:
    """The form that takes only searches, hits and the *shares* of groups in the pool: to show that it is not enough.

    Which group is searched how much more is all that it knows of rates, not how rare a search is. Where the whole is
    known it loses the answer (docs/methods.md), so it is used for nothing here. It is there to be
    looked at: its numbers are given even where its chains have not met, with that reason beside them.

    Parameters
    ----------
    table, reference, by, level
        As `threshold_test`.
    **given
        `chains`, `warmup`, `draws`, `seed`, `prior_scale`.

    Returns
    -------
    ThresholdTest

    Source
    ------
    Pierson, Corbett-Davies and Goel (2018, AISTATS), their likelihood of stop and frisk; priors of `threshold_test`.
    """
    how = {"by": by, "reference": reference, "kappa": None, "level": level}
    return fit(table, Sampling(**given), **how, searches_only=True)
