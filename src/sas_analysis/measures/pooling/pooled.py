"""Ratios within forces by fixed effects, and over forces by random effects, as the measures table."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from sas_analysis.measures.intervals.asked import PERIOD, Asked, constants_note
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.pooling import random_effects
from sas_analysis.measures.pooling.by_rule import limits_of_pair, log_variances
from sas_analysis.measures.pooling.conditional import fit_conditional
from sas_analysis.measures.pooling.decomposition import given, no_variance
from sas_analysis.measures.pooling.poisson_regression import fit_poisson
from sas_analysis.measures.pooling.strata import log_ratios, pairs, strata_notes
from sas_analysis.measures.rates.ratios import FIXED_PROCESS, OVERDISPERSED, REFERENCE
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import LIMITS, from_rows

COVARIANCES = ("few clusters", "clustered", "quasi", "Poisson")
MEASURES = ("ratio_random_mean", "ratio_prediction")
_ROUNDING = 1e-9  # of the Poisson standard error: parts with one ratio leave no more than this to a sandwich
_PARTS = ("numerator", "denominator", *LIMITS, "interval", "note", "reason")


def fixed_effect_ratio(
    strata,
    *,
    by="ethnicity_5",
    stratum="force",
    cluster="force",
    reference=REFERENCE,
    level=0.95,
    interval="process",
    together=1,
):
    """Ratio of every group within forces by Poisson regression with a level per stratum: `<by> | <measures table>`.

    strata : as `strata.strata_table` gives it; each group is fitted with the reference alone, so its ratio does not
    depend on what other groups are there. numerator = searches of the group in strata with a search; denominator =
    searches expected of it at the reference group's fitted rates; so the quotient is the fitted ratio.
    interval : "process" or "period" (docs/intervals.md), or "none". By name: "few clusters" (CR2, Satterthwaite t),
    "clustered" (sandwich, t on G - 1), "quasi" (times the dispersion, t) or "Poisson" (normal); then the note gives
    Pearson's dispersion.
    """
    asked = Asked(interval, level, together, named=COVARIANCES)
    rows = []
    for pair in pairs(strata, by=by, stratum=stratum, reference=reference):
        parts = _fixed(pair, stratum, cluster, asked, by, reference)
        rows.append({by: pair.group} | dict(measure="ratio_within_fe") | parts)
    return _table(rows, by)


def random_effects_ratio(
    strata, *, by="ethnicity_5", force="force", reference=REFERENCE, method="REML", interval="process", level=0.95
):
    """Mean ratio of forces, and where another force would lie: `<by> | <measures table>`, two rows a group.

    ratio_random_mean : the geometric mean over forces, each force counting as one of many and not by its size;
    numerator is it, denominator 1. ratio_prediction : the same with limits for a force like these.
    strata : a row per force and group. method : "REML", "DL" (from log ratios: a force without a search of either
    group is left out and counted in the note) or "conditional" (from counts: such forces stay; limits normal).
    interval : "process" or "period": the variance of a force's log ratio is that of docs/intervals.md, and what all
    forces share does not average out (Hartung-Knapp, t on the forces less 1); or "none". By name, as
    `random_effects.mean_limits`, with Poisson variances. Below two forces, missing; below three, no prediction.
    """
    asked = Asked(interval, level, named=random_effects.MEAN_INTERVALS)
    rows = []
    for pair in pairs(strata, by=by, stratum=force, reference=reference):
        fits = {target: _random(pair, force, method, asked, by, reference, target) for target in _targets(asked)}
        for measure in MEASURES:
            part = _both_random(measure, fits, asked, method)
            rows.append({by: pair.group, "measure": measure} | part)
    return _table(rows, by)


def pooled_ratios(strata, *, reference=REFERENCE, level=0.95, interval="process"):
    """`fixed_effect_ratio` and `random_effects_ratio` in one table."""
    given = {"reference": reference, "level": level, "interval": interval}
    fits = [fit(strata, **given) for fit in (fixed_effect_ratio, random_effects_ratio)]
    return pd.concat(fits, ignore_index=True)


def heterogeneity(
    strata, *, by="ethnicity_5", force="force", reference=REFERENCE, method="REML", level=0.95, interval="process"
):
    """How far forces differ beyond chance: `<by> | forces | left_out | q | df | p_value | i_squared | tau_squared |
    tau_squared_lower | tau_squared_upper | ratio_lowest | ratio_highest | note`, a row per group.

    q, df, p_value : Cochran's test that all forces have one ratio. i_squared = (q - df) / q, 0 to 1. tau_squared :
    variance of the log ratio between forces beyond sampling, with Q-profile limits. interval : "process" takes the
    variance of a force's log ratio from the interval rule; by name, "poisson".
    """
    asked = Asked(interval, level, named=["poisson"])
    rows = []
    for pair in pairs(strata, by=by, stratum=force, reference=reference):
        table = log_ratios(pair, force).dropna(subset=["log_ratio"])
        row = {by: pair.group, "forces": len(table), "left_out": len(pair.cells) + pair.left_out - len(table)}
        if len(table) < 2:
            rows.append(row | {"note": pair.reason or _TOO_FEW})
            continue
        y, v = table["log_ratio"].to_numpy(), table["variance"].to_numpy()
        if asked.interval != "poisson":
            v = log_variances(pair, by=by, reference=reference)[0]
            v = v[np.isfinite(v)]
        fitted, (lower, upper) = random_effects.pool(y, v, method=method), random_effects.tau2_limits(y, v, level=level)
        rows.append(
            row
            | {"q": fitted.q, "df": fitted.df, "p_value": fitted.p_value, "i_squared": fitted.i_squared}
            | {"tau_squared": fitted.tau2, "tau_squared_lower": lower, "tau_squared_upper": upper}
            | {"ratio_lowest": np.exp(y.min()), "ratio_highest": np.exp(y.max())}
            | {"note": f"{fitted.method}; {strata_notes(pair, log_ratio=True)}"}
        )
    columns = [by, "forces", "left_out", "q", "df", "p_value", "i_squared", "tau_squared", "tau_squared_lower"]
    return pd.DataFrame(rows, columns=[*columns, "tau_squared_upper", "ratio_lowest", "ratio_highest", "note"])


_TOO_FEW = "not estimable: fewer than two forces have searches of both groups"


def _fixed(pair, stratum, cluster, asked, by, reference):
    keys = list(dict.fromkeys([*as_list(stratum), *([cluster] if cluster else [])]))
    cells = pair.cells[keys]
    own = cells.assign(group="group", searches=pair.arrays[0], resident_years=pair.arrays[1])
    other = cells.assign(group="reference", searches=pair.arrays[2], resident_years=pair.arrays[3])
    if pair.reason:
        return _missing(pair.reason)
    both = pd.concat([own, other])
    fit = fit_poisson(both, group="group", reference="reference", strata=stratum, cluster=cluster)
    term = fit.coefficients.iloc[0]
    note = f"{strata_notes(pair, what=' and '.join(as_list(stratum)))}"
    if term["reason"]:
        return _missing(term["reason"].replace("this group", pair.group), note)
    fitted = fit.cells[fit.cells["group"].eq("group")]
    n, ratio = float(fitted["n"].sum()), np.exp(term["coefficient"])
    part = _missing("", note) | {"numerator": n, "denominator": n / ratio}
    if asked.interval == "none":
        return part
    if asked.by_rule:
        # At the fitted ratio the score of the regression is the difference of Mantel and Haenszel's two sums.
        options = {"weights": "mantel-haenszel", "force": cluster or "force", "by": by, "reference": reference}
        return given(limits_of_pair(pair, asked, **options, factor=ratio), part, ratio)
    low, high, name, remark = _fixed_limits(term, fit, asked.interval, cluster, asked.level)
    if fit.dispersion == fit.dispersion:
        note += f"; dispersion {fit.dispersion:.1f}"
    limits = {"lower": low * ratio, "upper": high * ratio, "interval": name}
    return part | limits | {"note": "; ".join(filter(None, [note, remark]))}


def _fixed_limits(term, fit, covariance, cluster, level):
    """Factors for the limits, the interval's name, and a remark; Poisson where clusters are too few, or all alike."""
    tail, remark = 0.5 + level / 2, ""
    least = _ROUNDING * term["se_poisson"]
    if covariance in ("few clusters", "clustered"):
        alike = term["se_clustered"] <= least
        if alike or not term["df_clustered"] >= 1:
            covariance, remark = "Poisson", no_variance(cluster, alike=alike)
    if covariance == "quasi" and not fit.df_residual > 0:
        covariance, remark = "Poisson", "no degree of freedom for a dispersion"
    if covariance == "quasi" and term["se_quasi"] <= least:
        covariance, remark = "Poisson", no_variance(cluster or "stratum", alike=True)
    se, df, name = {
        "few clusters": (term["se_few_clusters"], term["df_few_clusters"], "clustered by {} (CR2, t, {:.1f} df)"),
        "clustered": (term["se_clustered"], term["df_clustered"], "clustered by {} (t, {:.0f} df)"),
        "quasi": (term["se_quasi"], fit.df_residual, "quasi-Poisson (t, {1:.0f} df)"),
        "Poisson": (term["se_poisson"], np.nan, "Poisson regression"),
    }[covariance]
    margin = np.exp(se * (norm.ppf(tail) if covariance == "Poisson" else t.ppf(tail, df)))
    if covariance == "Poisson" and (remark or fit.dispersion > OVERDISPERSED):
        remark = "; ".join(filter(None, [remark, FIXED_PROCESS]))
    return 1 / margin, margin, interval_name(name.format(cluster, df), level), remark


def _targets(asked):
    """The limits that a table holds: those asked for, and of the period beside them."""
    return dict.fromkeys([asked.interval, PERIOD]) if asked.by_rule else {asked.interval: None}


def _random(pair, force, method, asked, by, reference, target):
    """Pooled or None, the variance that all forces share, note, reason."""
    if pair.reason:
        return None, 0.0, "", pair.reason
    if method == "conditional":
        note = strata_notes(pair)
        n, e, n_ref, e_ref = pair.arrays
        try:
            found = fit_conditional(searches=n, exposure=e, reference_searches=n_ref, reference_exposure=e_ref)
        except ValueError as error:
            return None, 0.0, note, f"not estimable: {error}"
        pooled = random_effects.Pooled(
            found.forces, found.mean, found.se, found.se, found.tau**2, np.nan, found.forces - 1, np.nan, np.nan, method
        )
        return pooled, 0.0, f"{note}; conditional on the counts; tau {found.tau:.2f}", ""
    table = log_ratios(pair, force)
    known = table["log_ratio"].notna().to_numpy()
    note = strata_notes(pair, log_ratio=True)
    if known.sum() < 2:
        return None, 0.0, note, _TOO_FEW
    variance, common = table["variance"].to_numpy(), np.zeros(len(table))
    if asked.by_rule:
        variance, common = log_variances(pair, by=by, reference=reference, target=target)
    pooled = random_effects.pool(table["log_ratio"][known], variance[known], method=method)
    return pooled, common[known].mean(), f"{note}; {method}, tau {np.sqrt(pooled.tau2):.2f}", ""


def _both_random(measure, fits, asked, method):
    """One measure with the limits asked for; of the mean, those of the period beside them."""
    pooled, common, note, reason = fits[asked.interval]
    if reason:
        return _missing(reason, note)
    part = _missing("", note) | {"numerator": np.exp(pooled.mean), "denominator": 1.0}
    if asked.interval == "none":
        return part
    rule = asked.by_rule and method != "conditional"
    lower, upper, name = _random_limits(measure, pooled, common, asked, rule)
    part |= {"lower": lower, "upper": upper, "interval": name}
    if measure == "ratio_prediction":
        part["note"] += "" if pooled.forces > 2 else "; no prediction from two forces"
    elif rule and asked.interval == PERIOD:
        part |= {"period_lower": lower, "period_upper": upper}
    elif rule:
        # The mean over forces weighs them by the variance of the limits asked for: those of the period lie around it.
        low, high, _ = _random_limits(
            measure, replace(fits[PERIOD][0], mean=pooled.mean), *fits[PERIOD][1:2], asked, rule
        )
        part |= {"period_lower": low, "period_upper": high}
    if rule:
        part["note"] = "; ".join(filter(None, [part["note"], constants_note()]))
    return part


def _random_limits(measure, pooled, common, asked, rule):
    """(lower, upper) of a mean or of another force, and the interval's name."""
    level = asked.level
    if measure == "ratio_prediction":
        with_common = replace(pooled, se=np.sqrt(pooled.se**2 + common))
        limits = random_effects.prediction_limits(with_common, level=level)
        name = f"prediction for another force (t, {pooled.forces - 2} df)"
        name = f"{asked.interval}, prediction for another force" if rule else name
    else:
        kind = "Hartung-Knapp" if rule else "normal" if pooled.method == "conditional" else asked.interval
        wider = {"se": pooled.se, "se_hartung_knapp": pooled.se_hartung_knapp}
        wider = {name: np.sqrt(error**2 + common) for name, error in wider.items()}
        limits = random_effects.mean_limits(replace(pooled, **wider), interval=kind, level=level)
        names = {"Hartung-Knapp": f"Hartung-Knapp (t, {pooled.df} df)", "t": f"t, {pooled.df} df"}
        name = asked.interval if rule else names.get(kind, kind)
    return np.exp(limits[0]), np.exp(limits[1]), interval_name(name, level)


def _missing(reason, note=""):
    return dict.fromkeys(_PARTS[:-3], np.nan) | {"interval": "", "note": note, "reason": reason}


def _table(rows, by):
    rows = pd.DataFrame(rows, columns=[by, "measure", *_PARTS])
    return from_rows(rows, [by])
