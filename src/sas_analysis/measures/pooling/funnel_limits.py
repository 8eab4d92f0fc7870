"""Funnel: each force's ratio against its precision, with limits that say which lie beyond chance, and beyond the rest.

Source: Spiegelhalter 2005, Statistics in Medicine 24, 1185-1202; overdispersion by winsorised z-scores.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from sas_analysis.measures.intervals.asked import Asked
from sas_analysis.measures.intervals.funnel import funnel_limits as limits_of_forces
from sas_analysis.measures.pooling.by_rule import kind_of_pair, log_variances
from sas_analysis.measures.pooling.mantel_haenszel import mantel_haenszel
from sas_analysis.measures.pooling.random_effects import moment_tau2
from sas_analysis.measures.pooling.strata import log_ratios, pairs, set_apart
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.processes import each

LEVELS = (0.95, 0.998)
EDGES = ("lower_95", "upper_95", "lower_998", "upper_998")
WINSORISED = 0.1  # of the z-scores at either end are drawn in before the spread is measured
NOT_SAID = "not said"  # how the verdict begins where places may not be set side by side
SPREADS = ("additive", "multiplicative", "none")


def funnel(
    strata,
    *,
    by="ethnicity_5",
    force="force",
    reference=REFERENCE,
    spread="additive",
    target=None,
    interval="process",
):
    """Force ratios beside a target: `<force> | <by> | searches | reference_searches | ratio | precision | target |
    dispersion | tau | z | p_value | lower_95 | upper_95 | lower_998 | upper_998 | verdict | note`, a row per force and
    group.

    interval : "process" (docs/intervals.md): a force lies inside where the target lies within its own limits, widened
    by the spread, and lower and upper are where that ends. By name, "poisson": z-scores of Poisson counts,
    which the spread "multiplicative" always has.
    precision = 1 / standard error of the log ratio, its months included ("poisson": 1 / root(1/n + 1/n')). target : the
    ratio in the middle; None takes the group's Mantel-Haenszel ratio over these forces ("multiplicative", "none"), or
    the mean of the log ratios weighted as the additive limits are. dispersion = mean of the squared winsorised
    z-scores; tau : standard deviation between forces that accounts for it ("additive"; zero where dispersion is not
    above 1). z : distance from the target in standard errors widened by the spread: root(v + tau2), or root(dispersion
    x v). p_value : two-sided normal. verdict : "within", "beyond 95%" or "beyond 99.8%", "" where there is no log ratio
    (`note` says why). Where strata have a column `not_compared` that says why a place may not be set beside
    others ("" where it may), its verdict says so, z, p_value and limits are missing, and it is in no target, dispersion
    or tau, unless none of them may be.
    """
    asked = Asked(interval, named=["poisson"])
    if spread not in SPREADS:
        raise ValueError(f'spread "{spread}" is unknown: {", ".join(SPREADS)}')

    why = set_apart(strata, force)

    def of_pair(pair) -> pd.DataFrame:
        apart = np.isin(pair.names(force), list(why))
        given = (force, spread, target, asked, by, reference)
        parts = [_funnel(pair.only(keep), *given).set_index(np.flatnonzero(keep)) for keep in _parts(apart)]
        if len(parts) > 1:
            common = parts[0][["target", "dispersion", "tau"]].max()
            parts[1] = parts[1].assign(**common.to_dict())
        return pd.concat(parts).sort_index().assign(**{by: pair.group})

    found = each(of_pair, pairs(strata, by=by, stratum=force, reference=reference))
    columns = [force, by, "searches", "reference_searches", "ratio", "precision", "target", "dispersion", "tau", "z"]
    table = pd.concat(found, ignore_index=True)[[*columns, "p_value", *EDGES, "verdict", "note"]]
    reason = pd.Series([why.get(str(name), "") for name in table[force]], index=table.index, dtype="str")
    apart = reason.ne("") & table["verdict"].ne("")
    table.loc[apart, ["z", "p_value", *EDGES]] = np.nan
    return table.assign(verdict=table["verdict"].mask(apart, f"{NOT_SAID}: " + reason))


def _parts(apart):
    """Which strata have their centre in common, and which are set apart; all together where none or all are."""
    return [~apart, apart] if 0 < apart.sum() < len(apart) else [np.ones(len(apart), dtype=bool)]


def is_beyond(verdicts):
    """Which verdicts of a funnel say that a place lies beyond its limits."""
    return verdicts.str.startswith("beyond")


def funnel_limits(table, *, spread="additive", levels=LEVELS, points=200):
    """The curves of a funnel of one group: `precision | level | lower | upper`, from a table of `funnel`.

    By the interval rule these are the limits of each force, in the order of precision.
    """
    known = table.dropna(subset=["ratio", "z"])
    if known.empty:
        return pd.DataFrame(columns=["precision", "level", "lower", "upper"], dtype=float)
    if known["lower_95"].notna().any():
        parts = [
            known[["precision", f"lower_{name}", f"upper_{name}"]]
            .set_axis(["precision", "lower", "upper"], axis=1)
            .sort_values("precision")
            .assign(level=level)
            for level, name in zip(LEVELS, ("95", "998"), strict=True)
        ]
        return pd.concat(parts, ignore_index=True)[["precision", "level", "lower", "upper"]]
    first = known.iloc[0]
    precision = np.geomspace(known["precision"].min() / 1.3, known["precision"].max() * 1.1, points)
    error = _widened(precision**-2, first["dispersion"], first["tau"], spread)
    curves = [
        pd.DataFrame(
            {"precision": precision, "level": level, "lower": first["target"] / m, "upper": first["target"] * m}
        )
        for level in levels
        for m in [np.exp(norm.ppf(0.5 + level / 2) * error)]
    ]
    return pd.concat(curves, ignore_index=True)


def dispersion_of(z):
    """Mean square of z-scores whose outermost tenths are drawn in to the tenth and ninetieth centile."""
    low, high = np.quantile(z, [WINSORISED, 1 - WINSORISED])
    return float((np.clip(z, low, high) ** 2).mean())


def _funnel(pair, force, spread, target, asked, by, reference):
    table = log_ratios(pair, force).astype({"searches": "Int64", "reference_searches": "Int64"})
    known = table["log_ratio"].notna().to_numpy()
    table["note"] = np.where(known, "", "no log ratio: no search of one group, or of either")
    table["verdict"] = ""
    added = ["ratio", "precision", "target", "dispersion", "tau", "z", "p_value", *EDGES]
    table[added] = np.nan
    if not known.any():
        return table.assign(note=pair.reason or table["note"])
    y, v = table.loc[known, "log_ratio"].to_numpy(), table.loc[known, "variance"].to_numpy()
    rule = asked.interval != "poisson" and spread != "multiplicative"
    if rule:
        v = sum(log_variances(pair, by=by, reference=reference))[known]
    middle = np.log(target) if target else _pooled(pair)
    dispersion = dispersion_of((y - middle) / np.sqrt(v))
    tau2 = moment_tau2(len(v) * dispersion, v) if spread == "additive" else 0.0
    if target is None and spread == "additive":
        middle = np.average(y, weights=1 / (v + tau2))
    values = [np.exp(y), v**-0.5, *(np.full(len(y), x) for x in (np.exp(middle), dispersion, np.sqrt(tau2)))]
    if rule:
        widen = np.sqrt(tau2) if spread == "additive" else 0.0
        p_value, edges = _by_rule(pair, np.exp(middle), widen, by, reference, known)
        z = np.sign(y - middle) * norm.isf(p_value / 2)
    else:
        z = (y - middle) / _widened(v, dispersion, np.sqrt(tau2), spread)
        p_value, edges = 2 * norm.sf(np.abs(z)), [np.full(len(y), np.nan)] * 4
    table.loc[known, added] = np.column_stack([*values, z, p_value, *edges])
    beyond = np.digitize(-p_value, [level - 1 for level in LEVELS])
    names = np.array(["within", *(f"beyond {level * 100:g}%" for level in LEVELS)])
    table.loc[known, "verdict"] = names[beyond]
    return table


def _by_rule(pair, middle, spread, by, reference, known):
    """The p-value of every force with a log ratio, and the edges of the funnel at both levels."""
    _, e, _, e_ref = pair.arrays
    given = {"exposure": e, "reference_exposure": e_ref, "ratio": middle, "spread": spread, **pair.in_time}
    found = [limits_of_forces(**given, kind=kind_of_pair(pair, by, reference), level=level) for level in LEVELS]
    edges = [edge[known] for limits, _ in found for edge in (limits.lower, limits.upper)]
    return found[0][1][known], edges


def _widened(variance, dispersion, tau, spread):
    factor = max(dispersion, 1.0) if spread == "multiplicative" else 1.0
    return np.sqrt(factor * variance + tau**2)


def _pooled(pair):
    n, e, n_ref, e_ref = pair.arrays
    up, down = mantel_haenszel(searches=n, exposure=e, reference_searches=n_ref, reference_exposure=e_ref)
    return np.log(up / down)
