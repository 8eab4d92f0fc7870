"""The difference of two groups' shares adjusted by a model: a logit on counts per pattern, then standardised."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from sas_analysis.measures.designs import settled, without_end
from sas_analysis.measures.outcomes.events import Event
from sas_analysis.measures.outcomes.label_design import Labels, design_of_codes, label_codes, without_gaps
from sas_analysis.measures.outcomes.logit import fit_logit
from sas_analysis.measures.outcomes.patterns import PairCounts, in_patterns

COVARIATES = ("object_group", "power", "gender", "age_range", "month")
_NO_FIT = "so that no difference can be fitted"
SPARSE = 5  # fewer searches with, or without, the outcome for each coefficient: a note says so


@dataclass(frozen=True)
class AdjustedFit:
    """A fitted model of a group and its reference, and the standardised difference that it gives.

    Attributes
    ----------
    difference : share of the group less that of the reference, for the covariates of the searches of both
    shares : the two standardised shares
    se : standard error by the delta method, for independent searches
    se_clustered : the same with whole months as clusters; missing with fewer than two
    clusters : months
    searches : searches of both groups with a known outcome
    settled : those of them with a label that no search, or every search, with the outcome has: their risk is as found
    fewest : the smaller of the searches with and without the outcome that the fit rests on
    reason : why it is not estimable, "" where it is
    params : the coefficients by name; None where nothing could be fitted
    """

    difference: float = np.nan
    shares: tuple[float, float] = (np.nan, np.nan)
    se: float = np.nan
    se_clustered: float = np.nan
    clusters: int = 0
    searches: int = 0
    settled: int = 0
    fewest: int = 0
    reason: str = ""
    params: pd.Series | None = None
    counts: np.ndarray | None = field(default=None, repr=False)
    columns: Labels | None = field(default=None, repr=False)

    @property
    def sparse(self) -> bool:
        """Whether the fit rests on few searches for its number of coefficients."""
        return self.params is not None and self.fewest < SPARSE * len(self.params)

    @property
    def design(self) -> pd.DataFrame | None:
        """The design (patterns, coefficients), written out; None where nothing could be fitted."""
        return None if self.columns is None else self.columns.frame()

    @cached_property
    def result(self) -> Any:
        """The same model fitted by statsmodels, with all its tests and diagnostics; None where nothing was fitted.

        A GLM with a binomial family, on counts per pattern.
        """
        import statsmodels.api as sm  # takes a while to import

        if self.params is None:
            return None
        return sm.GLM(self.counts, self.design, family=sm.families.Binomial()).fit(maxiter=100, tol=1e-10)


def fit_adjusted(
    searches: pd.DataFrame,
    outcome: str | Event,
    *,
    group: str,
    by: str = "ethnicity_5",
    reference: str = "White",
    covariates: tuple[str, ...] = COVARIATES,
) -> AdjustedFit:
    """Fit the risk of an outcome on a group and covariates, and standardise it to the searches of both groups.

    Parameters
    ----------
    searches : DataFrame
        Clean table; searches of other groups, and those whose outcome is unknown, are left out.
    outcome : str or Event
        As `events.flags`.
    group, by, reference : str
        A label of the column `by`, and the one it is compared with.
    covariates : tuple of str
        Columns; each is a set of labels with an effect on the log odds.

    Returns
    -------
    AdjustedFit

    Source
    ------
    Standardisation (g-computation): Robins 1986; its variance by the delta method, covariates as they are. Clusters:
    Liang and Zeger 1986, times G / (G - 1) for G months.

    Examples
    --------
    >>> fit = fit_adjusted(study.counted_searches, "arrest", group="Black")
    >>> f"{fit.difference:+.3f}, log odds ratio {fit.params['in_group']:.2f}"
    '+0.019, log odds ratio 0.15'
    """
    patterns = in_patterns(searches, outcome, by=by, group=group, reference=reference, columns=covariates)
    return fit_patterns(patterns, list(covariates), group=group, reference=reference)


def fit_patterns(patterns: pd.DataFrame, covariates: list[str], *, group: str, reference: str) -> AdjustedFit:
    """`fit_adjusted` of counts that `in_patterns` made by the covariates."""
    every, labels = PairCounts.of(patterns), {name: label_codes(patterns[name]) for name in covariates}
    kept = np.flatnonzero(~settled([own for own, _ in labels.values()], every.hits, every.trials))
    left, labels = every.take(kept), {name: without_gaps(own[kept], names) for name, (own, names) in labels.items()}
    found = int(every.hits.sum() - left.hits.sum())  # their risk is as found
    known = {"searches": int(every.trials.sum()), "settled": int(every.trials.sum() - left.trials.sum())}
    if reason := _no_fit(left, group, reference):
        return AdjustedFit(**known, reason=reason)
    design = design_of_codes(labels, left.trials, last={"in_group": left.in_group})
    if "in_group" not in design.names:
        return AdjustedFit(**known, reason=f"no search of {group} is like one of {reference} in the covariates")
    known["fewest"] = int(min(left.hits.sum(), (left.trials - left.hits).sum()))
    fit = fit_logit(left.hits, left.trials, design)
    if fit is None:
        return AdjustedFit(**known, reason="the model does not converge")
    if without_end(fit.risk):
        return AdjustedFit(**known, reason=f"what is held alike tells all outcomes apart, {_NO_FIT}")
    if not fit.converged:
        return AdjustedFit(**known, reason="the model does not converge")
    return _standardised(left, design, fit, found, known)


def _no_fit(left: PairCounts, group: str, reference: str) -> str:
    """Why no model can be fitted; "" where one can."""
    for name, rows in ((group, left.in_group), (reference, ~left.in_group)):
        hits, trials = left.hits[rows].sum(), left.trials[rows].sum()
        if not trials:
            return f"no search of {name} that a model could use"
        if hits in (0, trials):
            which = "no search" if not hits else "every search"
            return f"{which} of the {name} group has the outcome, {_NO_FIT}"
    return ""


def _standardised(left: PairCounts, design, fit, found, known) -> AdjustedFit:
    """The difference of standardised shares with its variances. found : outcomes of searches left out of the fit."""
    group, part = design.names.index("in_group"), left.trials / known["searches"]
    without = design.dot(fit.params) - left.in_group * fit.params[group]
    shares, slopes = [], []
    for member in (1.0, 0.0):
        risk = special.expit(without + member * fit.params[group])
        weight = part * risk * (1 - risk)
        shares.append(float(part @ risk) + found / known["searches"])
        slopes.append(design.sums(weight))
        slopes[-1][group] = member * weight.sum()
    slope = slopes[0] - slopes[1]
    pull = design.dot(fit.covariance @ slope) * (left.hits - left.trials * fit.risk)
    number, scores = left.clusters, np.bincount(left.cluster, pull)
    clustered = np.sqrt(number / (number - 1) * (scores**2).sum()) if number > 1 else np.nan
    return AdjustedFit(
        shares[0] - shares[1],
        tuple(shares),
        float(np.sqrt(slope @ fit.covariance @ slope)),
        float(clustered),
        number,
        **known,
        params=pd.Series(fit.params, index=design.names),
        counts=np.column_stack([left.hits, left.trials - left.hits]),
        columns=design,
    )
