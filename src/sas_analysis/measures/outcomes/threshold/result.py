"""What a threshold test found: tables, how well the chains mixed, and how it was made."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sas_analysis.measures.outcomes.threshold.counts import Prepared
from sas_analysis.measures.outcomes.threshold.diagnostics import refusal
from sas_analysis.measures.outcomes.threshold.rates import rates_of, threshold_of

EXPLORATORY = (
    "Exploratory. Thresholds are those of a model: its forms of signals and its priors are assumed, a hit has to mean "
    "the same in every group, and those who could be searched have to be known. No number here is to be quoted alone."
)
_COUNTS = ("pool", "searches", "hits")
_LIMITS = ("threshold", "lower", "upper")
_REPLICATES = 400  # draws of which counts are simulated


@dataclass(frozen=True, repr=False)
class ThresholdTest:
    """Thresholds of groups, from searches and hits alike; exploratory.

    Parameters
    ----------
    table : DataFrame
        A row a group, the reference first: `<by> | threshold | lower | upper | places | pool | searches | hits |
        search_rate | hit_rate | reason`. The threshold is the chance of carrying from which on a search is made,
        averaged over places.
    differences : DataFrame
        A row a group but the reference: `<by> | reference | difference | lower | upper | chance_lower | reason`;
        chance_lower is the posterior chance that its threshold is the lower one.
    places : DataFrame
        A row a place and group: `<places> | <by> | threshold | lower | upper | pool | searches | hits | reason`.
    check : DataFrame
        The posterior predictive check, a row a rate: `rate | rows | rms_error | within_95 | p_value`. rms_error is
        weighted by what the rate is of; within_95 is the share of rows inside their predictive limits; a p_value near 0
        says that rows scatter more than the model allows.
    diagnostics : dict
        r_hat, ess (the worst of all parameters), divergences; empty where nothing was drawn.
    made : str
        Sampler, chains, draws, seed, versions.
    reason : str
        Why there is no result, "" where there is.
    draws : DataFrame
        The drawn thresholds, a column a group; no row without a result.
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    places: pd.DataFrame
    check: pd.DataFrame
    diagnostics: dict
    made: str
    reason: str
    draws: pd.DataFrame = field(repr=False)

    def __repr__(self) -> str:
        parts = [EXPLORATORY, self.made, self.reason or f"R-hat {self._r_hat}, ESS {self._ess}"]
        return "\n".join([*filter(None, parts), self.table.to_string(index=False)])

    def _repr_html_(self) -> str:
        said = self.reason or f"R-hat {self._r_hat}, bulk ESS {self._ess}"
        return f"{self.table.to_html(index=False)}<p>{EXPLORATORY}</p><p>{self.made}. {said}.</p>"

    @property
    def _r_hat(self):
        return f"{self.diagnostics['r_hat']:.3f}"

    @property
    def _ess(self):
        return f"{self.diagnostics['ess']:.0f}"


def without_result(prepared: Prepared, *, by: str, reason: str, made: str = "", diagnostics=None) -> ThresholdTest:
    """The groups and their counts with nothing estimated, and the reason."""
    groups = prepared.counts.groups
    nothing = {"threshold": np.nan, "lower": np.nan, "upper": np.nan}
    totals = prepared.rows.groupby(by)[["pool", "searches", "known", "hits"]].sum().reindex(groups)
    return ThresholdTest(
        table=_table(pd.DataFrame({by: groups} | nothing), totals, places=0, reason=reason),
        differences=_differences(groups, np.full((1, len(groups)), np.nan), by, 0.95, reason),
        places=_places(prepared, by, pd.DataFrame(nothing, index=[]), reason),
        check=pd.DataFrame(columns=["rate", "rows", "rms_error", "within_95", "p_value"]),
        diagnostics=diagnostics or {},
        made=made,
        reason=reason,
        draws=pd.DataFrame(columns=groups, dtype=float),
    )


def with_result(
    prepared: Prepared, posterior, *, by: str, level: float, made: str, seed: int, gated: bool = True
) -> ThresholdTest:
    """The tables of a posterior, or none where its chains have not mixed.

    posterior : sampler.Posterior. level : of the limits, equal tails. seed : of the simulated counts of the check.
    gated : whether nothing is given where the chains have not met; else the numbers stand beside the reason.
    """
    diagnostics = {"r_hat": posterior.r_hat, "ess": posterior.ess, "divergences": posterior.divergences}
    reason = refusal(posterior.r_hat, posterior.ess)
    if reason and gated:
        return without_result(prepared, by=by, reason=reason, made=made, diagnostics=diagnostics)
    counts, rows = prepared.counts, prepared.rows
    of_rows = threshold_of(posterior.signal, posterior.carrying, posterior.separation)
    draws = counts.averaged(of_rows)
    summary = _summary(draws, level).assign(**{by: counts.groups})
    totals = rows[rows["used"]].groupby(by)[["pool", "searches", "known", "hits"]].sum().reindex(counts.groups)
    number = np.bincount(counts.group, minlength=len(counts.groups))
    return ThresholdTest(
        table=_table(summary[[by, *_LIMITS]], totals, places=number, reason=reason),
        differences=_differences(counts.groups, draws, by, level, reason),
        places=_places(prepared, by, _summary(of_rows, level), ""),
        check=predictive_check(counts, posterior, seed),
        diagnostics=diagnostics,
        made=made,
        reason=reason,
        draws=pd.DataFrame(draws, columns=counts.groups),
    )


def predictive_check(counts, posterior, seed: int) -> pd.DataFrame:
    """Observed counts beside those simulated from the posterior; columns as `ThresholdTest.check`.

    Source: Gelman, Meng and Stern (1996, Statistica Sinica 6), with the chi-square discrepancy.
    """
    rng = np.random.default_rng(seed)
    step = max(1, len(posterior.signal) // _REPLICATES)
    searched, hit = rates_of(posterior.signal[::step], posterior.carrying[::step], posterior.separation[::step])
    pool = np.fmax(np.rint(counts.pool), counts.searches).astype(int)  # kappa x residents need not be whole
    asked = {"search rate": (pool, searched, counts.searches), "hit rate": (counts.known.astype(int), hit, counts.hits)}
    return pd.DataFrame([{"rate": name, **_checked(rng, *of)} for name, of in asked.items()])


def _checked(rng, trials, chance, observed):
    stands = trials > 0
    trials, chance, observed = trials[stands], chance[:, stands], observed[stands]
    again = rng.binomial(trials, chance)
    mean, variance = trials * chance, trials * chance * (1 - chance)
    scatter, own = ((again - mean) ** 2 / variance).sum(axis=1), ((observed - mean) ** 2 / variance).sum(axis=1)
    lower, upper = np.quantile(again, [0.025, 0.975], axis=0, method="inverted_cdf")
    error = observed / trials - chance.mean(axis=0)
    return {
        "rows": len(trials),
        "rms_error": np.sqrt(np.average(error**2, weights=trials)),
        "within_95": ((lower <= observed) & (observed <= upper)).mean(),
        "p_value": (scatter >= own).mean(),
    }


def _summary(draws, level):
    tails = (1 - level) / 2
    return pd.DataFrame(
        dict(zip(_LIMITS, [draws.mean(axis=0), *np.quantile(draws, [tails, 1 - tails], axis=0)], strict=True))
    )


def _table(summary, totals, *, places, reason):
    totals = totals.reset_index(drop=True)
    return summary.assign(
        places=places,
        **{name: totals[name] for name in _COUNTS},
        search_rate=totals["searches"] / totals["pool"],
        hit_rate=totals["hits"] / totals["known"].where(totals["known"] > 0),
        reason=pd.array([reason] * len(summary), dtype="str"),
    )


def _differences(groups, draws, by, level, reason):
    apart = draws[:, 1:] - draws[:, :1]
    lower = np.where(np.isnan(apart[0]), np.nan, (apart < 0).mean(axis=0))
    found = _summary(apart, level).rename(columns={"threshold": "difference"})
    labels = pd.DataFrame({by: groups[1:], "reference": groups[0]})
    return pd.concat([labels, found], axis=1).assign(
        chance_lower=lower, reason=pd.array([reason] * len(labels), dtype="str")
    )


def _places(prepared, by, summary, reason):
    """Every place and group with its threshold, or why it has none."""
    rows = prepared.rows
    names = [name for name in rows.columns if name not in (by, "pool", "searches", "known", "hits", "reason", "used")]
    used = rows["used"] & (reason == "")
    found = pd.DataFrame(np.nan, index=rows.index, columns=list(_LIMITS))
    if used.any():
        found.loc[used] = summary[list(_LIMITS)].to_numpy()
    why = rows["reason"].where(rows["reason"] != "", reason)
    why = why.where((why != "") | used, "nobody of the group could be searched here")
    return pd.concat([rows[[*names, by]], found, rows[list(_COUNTS)]], axis=1).assign(reason=why.astype("str"))
