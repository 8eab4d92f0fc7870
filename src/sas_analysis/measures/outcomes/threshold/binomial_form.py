"""The threshold test from a plain table of those who could be searched, searches and hits."""

import pandas as pd

from sas_analysis.measures.intervals.asked import level_faults
from sas_analysis.measures.outcomes.threshold.counts import counts_of
from sas_analysis.measures.outcomes.threshold.result import ThresholdTest, with_result, without_result
from sas_analysis.measures.outcomes.threshold.sampler import Sampling, require_sampler, sample
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.names import raise_faults


def threshold_test(
    table: pd.DataFrame,
    *,
    reference: str = REFERENCE,
    by: str = "group",
    kappa: float | None = None,
    level: float = 0.95,
    prior_scale: float = 1.0,
    chains: int = 4,
    warmup: int = 500,
    draws: int = 1000,
    seed: int = 20270401,
) -> ThresholdTest:
    """Thresholds of search of groups, by the threshold test of Simoiu and others: exploratory, never a headline.

    Hit rates differ where thresholds do not, because groups differ in whom is searched. The test takes rates of search
    too, and fits a threshold and a distribution of signals to every group and place. It needs the extra `bayes`
    (NumPyro).

    Parameters
    ----------
    table : DataFrame
        `<places> | <by> | stops or residents | searches | hits`, and `known` (searches whose outcome is known) where
        some are not. `stops` are those who could be searched, of whom searches are a part. Groups named "Unknown" and
        the like are no group, and count as unknown. A column `power` that names section 60 refuses the whole.
    reference : str
        The group that the others are compared with.
    by : str
        The column of groups; all other columns beside those named are places.
    kappa : float, optional
        With `residents`: how often each resident is met by an officer who could search, in the period, the
        same in all groups. Nobody knows it: see `threshold_by_kappa`.
    level : float
        Of the limits, equal tails of the posterior.
    prior_scale : float
        How many times as wide as stated all priors are; see `threshold_by_prior`.
    chains, warmup, draws, seed : int
        Of the sampler; draws are of each chain. The same seed, machine and versions give the same numbers.

    Returns
    -------
    ThresholdTest
        Its `table`, `differences`, `places`, `check` and `diagnostics`. No result, with the reason, where fewer than 5
        places may be tested, searches are under section 60, or the chains have not mixed (R-hat above 1.01 or bulk ESS
        below 400 in any parameter). A place without a hit, or with more than 20% of its ethnicity or outcomes unknown,
        is left out, named in `places`.

    Raises
    ------
    ValueError
        For a missing column, both or none of stops and residents, residents without kappa, negative counts, hits
        beyond the known, known beyond the searches, searches beyond stops, and no row of the reference group.
    ParameterError
        For a level that is none; where NumPyro is not installed, with what to do.

    Source
    ------
    Simoiu, Corbett-Davies and Goel (2017, Annals of Applied Statistics 11); Pierson, Corbett-Davies and Goel (2018,
    AISTATS), the discriminant form; priors as in Simoiu's talk at StanCon 2018. Assumes that officers search whoever is
    above the threshold of group and place, that signals are normal, and that those who could be searched are known.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"force": ["A", "A"], "group": ["White", "Black"], "stops": [9000, 1000], "searches": [300, 60]}
    >>> sas.threshold_test(pd.DataFrame(rows | {"hits": [60, 10]})).reason
    'not estimable: 1 place(s) may be tested, 5 are needed'
    """
    how = Sampling(chains=chains, warmup=warmup, draws=draws, seed=seed, prior_scale=prior_scale)
    return fit(table, how, by=by, reference=reference, kappa=kappa, level=level)


def fit(table, how: Sampling, *, by, reference, kappa, level, searches_only=False) -> ThresholdTest:
    """The test of one form; arguments as `threshold_test`."""
    raise_faults(level_faults(level))
    prepared = counts_of(table, by=by, reference=reference, kappa=kappa)
    if prepared.reason:
        return without_result(prepared, by=by, reason=prepared.reason)
    require_sampler()
    posterior = sample(prepared.counts, how, searches_only=searches_only)
    form = "searches-only form" if searches_only else "binomial form"
    made = f"Threshold test, {form}, {how}; {posterior.versions}"
    made += "" if kappa is None else f"; residents met {kappa:g} times each"
    given = {"by": by, "level": level, "made": made, "seed": how.seed}
    return with_result(prepared, posterior, **given, gated=not searches_only)
