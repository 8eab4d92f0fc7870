"""Ratios of forces drawn towards their mean, as far as their counts leave them open (empirical Bayes).

A small force has an extreme ratio by chance more often than a large one. Three models; docs/decisions.md has the
simulation by which the default was chosen.
"""

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import minimize
from scipy.special import gammaln

from sas_analysis.measures.intervals.asked import FEW_SEARCHES, Asked, constants_note
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.intervals.shrunken import shrunken_ratio_limits
from sas_analysis.measures.pooling import random_effects
from sas_analysis.measures.pooling.by_rule import kind_of_pair, log_variances
from sas_analysis.measures.pooling.conditional import fit_conditional, posterior
from sas_analysis.measures.pooling.strata import log_ratios, pairs, set_apart
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.measures.table import join_notes, measures_table

NO_SPREAD = "no spread between forces can be seen in counts this small: limits are too narrow"
SHRINKAGE = ("process", "conditional", "log-normal", "gamma-Poisson")


def shrunken_ratios(
    strata,
    *,
    by="ethnicity_5",
    force="force",
    reference=REFERENCE,
    method="process",
    level=0.95,
    interval="process",
):
    """Shrunken ratio of every force and group: `<force> | <by> | <measures table>`.

    strata : a row per force and group (`strata.strata_table`). numerator = shrunken ratio x expected, denominator =
    searches expected at the reference group's rate in the force; where that is zero, the ratio itself and 1.
    method : "process" (the default: docs/intervals.md, `shrunken.shrunken_ratio_limits`; three forces or more with
    searches of both groups). By name, with months that vary by chance alone: "conditional" (binomial counts, normal log
    ratios; zeros of either group stay), "log-normal" (REML; a force with a zero has the mean of all and the widest
    limits), "gamma-Poisson" (zeros of the group stay, the reference group's rate is taken as known, so a force without
    a reference search is missing). Their limits hold the uncertainty of a force and of the mean, not that of the spread
    between forces. interval : "none" gives no limits; a shrunken ratio is of the level over the years, whatever else is
    asked for. Where strata have a column `not_compared` that says why a place may not be set beside others ("" where it
    may), it is not drawn, and the mean is that of the others.
    """
    asked = Asked(interval, level)
    if method not in SHRINKAGE:
        raise ValueError(f'method "{method}" is unknown: {", ".join(SHRINKAGE)}')
    why = set_apart(strata, force)
    found = pairs(strata, by=by, stratum=force, reference=reference)
    parts = [
        _beside(pair, why, force, method, level, by, reference).assign(**{by: pair.group})
        for pair in found
        if len(pair.cells)
    ]
    if not parts:
        return _nothing(strata.loc[strata[by].astype("str").ne(reference), [force, by]], reference)
    table = pd.concat(parts, ignore_index=True)
    unit = table["expected"].where(table["expected"].gt(0), 1.0)
    shown = (asked.interval != "none") & np.ones(len(table), dtype=bool)
    rule = constants_note() if method == "process" and shown.any() else ""
    note = join_notes(table["note"], pd.Series(rule, index=table.index).where(table["reason"].eq(""), ""))
    return measures_table(
        table[[force, by]],
        measure="ratio_shrunken",
        numerator=table["ratio"] * unit,
        denominator=unit,
        limits=(table["lower"].where(shown), table["upper"].where(shown)),
        interval=interval_name("process" if method == "process" else f"empirical Bayes, {method}", level),
        note=note,
        reason=table["reason"],
    )


def _nothing(groups, reference):
    """Every force and group without a ratio, because no force has residents of it and of the reference group."""
    missing = pd.array([pd.NA] * len(groups), dtype="Float64")
    reason = f"not estimable: no resident counts of {reference} and of this group"
    return measures_table(groups, measure="ratio_shrunken", numerator=missing, denominator=missing, reason=reason)


def log_posterior(pair, *, method="process", force="force", by="ethnicity_5", reference=REFERENCE):
    """Mean, standard deviation, and pull towards the common mean of each force's log ratio: (mean, sd, own, common).

    Arrays of n forces, and common = (mean, standard error) over forces: own is the sd for a known common mean. For the
    normal models only; "process" is "log-normal" with the variance of the interval rule. Raises ValueError where
    nothing can be fitted.
    """
    n, e, n_ref, e_ref = pair.arrays
    if method == "conditional":
        counts = {"searches": n, "exposure": e, "reference_searches": n_ref, "reference_exposure": e_ref}
        fit = fit_conditional(**counts)
        mean, own = posterior(fit, **counts)
        pull = np.ones(len(n)) if fit.tau == 0 else (own / fit.tau) ** 2
        return mean, own, pull, (fit.mean, fit.se)
    table = log_ratios(pair, force)
    y, v = table["log_ratio"].to_numpy(), table["variance"].to_numpy()
    known = np.isfinite(y)
    if method == "process":
        v = np.where(known, log_variances(pair, by=by, reference=reference)[0], v)
    fit = random_effects.pool(y[known], v[known])
    pull = np.where(known, v / (v + fit.tau2), 1.0)
    mean = fit.mean + np.where(known, (1 - pull) * (y - fit.mean), 0.0)
    return mean, np.sqrt(pull * fit.tau2), pull, (fit.mean, fit.se)


def _beside(pair, why, force, method, level, by, reference):
    """`_shrunken` of the forces that may be set beside others; the rest have the reason in `why` and no ratio."""
    apart = np.isin(pair.names(force), list(why))
    if not apart.any():
        return _shrunken(pair, force, method, level, by, reference)
    rest = log_ratios(pair.only(apart), force).set_index(np.flatnonzero(apart))
    reason = "not estimable: " + rest[force].astype("str").map(why)
    parts = [rest.assign(ratio=np.nan, lower=np.nan, upper=np.nan, note="", reason=reason)]
    if not apart.all():
        drawn = _shrunken(pair.only(~apart), force, method, level, by, reference)
        parts.append(drawn.set_index(np.flatnonzero(~apart)))
    return pd.concat(parts).sort_index()


def _shrunken(pair, force, method, level, by, reference):
    table = log_ratios(pair, force)
    silent = table["searches"].eq(0) & table["reference_searches"].eq(0)
    table["note"] = np.where(silent, "no search of either group: the mean of all forces", "")
    table["reason"] = ""
    try:
        if method == "process":
            return _by_rule(pair, table, level, by, reference)
        if method == "gamma-Poisson":
            return _gamma_poisson(table, level)
        mean, own, pull, (_, se) = log_posterior(pair, method=method, force=force)
    except ValueError as error:
        return table.assign(ratio=np.nan, lower=np.nan, upper=np.nan, reason=pair.reason or f"not estimable: {error}")
    if not own.any():  # tau is estimated as zero, which it hardly ever is
        table["note"] = join_notes(table["note"], pd.Series(NO_SPREAD, index=table.index))
    margin = stats.norm.ppf(0.5 + level / 2) * np.sqrt(own**2 + (pull * se) ** 2)
    return table.assign(ratio=np.exp(mean), lower=np.exp(mean - margin), upper=np.exp(mean + margin))


def _by_rule(pair, table, level, by, reference):
    _, e, _, e_ref = pair.arrays
    limits = shrunken_ratio_limits(
        **pair.in_time,
        exposure=e,
        reference_exposure=e_ref,
        kind=kind_of_pair(pair, by, reference),
        level=level,
    )
    few = pd.Series(np.where(limits.few, FEW_SEARCHES, ""), index=table.index, dtype="str")
    table["note"] = join_notes(table["note"], few).array
    return table.assign(ratio=limits.estimate, lower=limits.lower, upper=limits.upper)


def _gamma_poisson(table, level):
    """Searches Poisson around ratio x expected, ratios gamma: shape and rate by maximum likelihood."""
    n, expected = table["searches"].to_numpy(float), table["expected"].to_numpy(float)
    use = expected > 0
    if use.sum() < 2 or n[use].sum() == 0:
        raise ValueError("two forces with expected searches are needed, and a search of the group")

    def minus(parameters):
        shape, rate = np.exp(parameters)
        terms = gammaln(n[use] + shape) - gammaln(shape) + shape * np.log(rate)
        return -(terms - (n[use] + shape) * np.log(rate + expected[use])).sum() - (n[use] * np.log(expected[use])).sum()

    start = np.log([2.0, 2.0 * expected[use].sum() / n[use].sum()])
    shape, rate = np.exp(minimize(minus, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-9}).x)
    lower, upper = (
        stats.gamma.ppf(q, n + shape, scale=1 / (expected + rate)) for q in (0.5 - level / 2, 0.5 + level / 2)
    )
    reason = np.where(use, "", "not estimable: the reference group has no search in this force")
    return table.assign(ratio=(n + shape) / (expected + rate), lower=lower, upper=upper, reason=reason)
