"""The model of the veil: a logit of the group on darkness, a smooth clock, place and weekday, clustered by day."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg, stats

from sas_analysis.measures.designs import independent, indicators, unsettled, without_end

_OF_TIME = ("day", "minute", "dark")


@dataclass(frozen=True)
class VeilFit:
    """A fitted model of one group and the reference.

    Attributes
    ----------
    dark : the coefficient of darkness: the logarithm of the ratio of odds, after dark to daylight
    se : its standard error, clustered by day
    days : clusters
    df : of the spline of the clock
    reason : why it is not estimable, "" where it is
    result : the statsmodels result (GLM, binomial, on counts per pattern); None where nothing could be fitted
    """

    dark: float = np.nan
    se: float = np.nan
    days: int = 0
    df: int = 0
    reason: str = ""
    result: Any = None

    def ratio(self, level: float) -> tuple[float, float, float]:
        """The ratio of odds, daylight to dark, and its limits."""
        far = stats.norm.ppf(0.5 + level / 2) * self.se
        return tuple(np.exp([-self.dark, -self.dark - far, -self.dark + far]))


def fit_veil(window: pd.DataFrame, in_group: np.ndarray, *, df: int) -> VeilFit:
    """Fit the model to the encounters of a group and of the reference.

    Parameters
    ----------
    window : DataFrame
        `day | minute | weekday | place | season | dark`, as `window_of` gives it; further columns are held alike.
    in_group : array of bool
        Which of them are of the group.
    df : int
        Columns of the natural cubic spline of the clock, its knots at quantiles. Places (and what else is held alike)
        that have encounters of one of the two groups alone are left out.

    Returns
    -------
    VeilFit

    Source
    ------
    Grogger and Ridgeway (2006, Journal of the American Statistical Association 101) for the test; clusters as Liang and
    Zeger (1986), times G / (G - 1) for G days, as R's `vcovCL` has them.
    """
    keys = list(window.columns)
    counts = window.assign(hits=np.asarray(in_group, dtype=np.int64)).groupby(keys, sort=True)["hits"]
    factors = [name for name in keys if name not in _OF_TIME]
    patterns = unsettled(counts.agg(trials="size", hits="sum").reset_index(), factors)
    if patterns.empty:
        return VeilFit(df=df, reason="no place has encounters of both groups")
    knots = _knots(np.repeat(patterns["minute"].to_numpy(), patterns["trials"]), df)
    design = _design(patterns, knots, factors)
    days, names = pd.factorize(patterns["day"])
    found = {"df": df, "days": len(names)}
    if "dark" not in design:
        return VeilFit(**found, reason="darkness goes with the clock, the place or the weekday at every hour")
    result = _fitted(patterns, design)
    if result is None or not result.converged:
        return VeilFit(**found, reason="the model does not converge", result=result)
    risk = np.asarray(result.fittedvalues)
    if without_end(risk):
        return VeilFit(**found, reason="what is held alike parts the groups, and an effect has no end", result=result)
    at = list(design).index("dark")
    se = _clustered(design.to_numpy(), patterns, risk, days)[at]
    return VeilFit(float(result.params["dark"]), float(se), **found, result=result)


def _knots(minutes, df):
    """Knots of the natural spline: the ends, and quantiles between them; fewer where clock times are heaped."""
    return np.unique(np.quantile(minutes, np.linspace(0, 1, df + 1)))


def natural_spline(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """A basis of the natural cubic splines with these knots, without the constant: (n, knots - 1).

    Source: Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 5.2.1.
    """
    x = (values - knots[0]) / (knots[-1] - knots[0])
    k = (knots - knots[0]) / (knots[-1] - knots[0])
    cubes = np.maximum(x[:, None] - k, 0) ** 3
    slopes = (cubes[:, :-1] - cubes[:, -1:]) / (k[-1] - k[:-1])
    return np.column_stack([x, slopes[:, :-1] - slopes[:, -1:]])


def _design(patterns, knots, factors):
    """A constant, the spline, the labels but the commonest of each factor, and darkness."""
    columns = {"constant": np.ones(len(patterns))}
    if len(knots) > 1:
        spline = natural_spline(patterns["minute"].to_numpy(), knots)
        columns |= {f"clock {number}": spline[:, number] for number in range(spline.shape[1])}
    columns |= indicators(patterns, factors)
    return independent(columns | {"dark": patterns["dark"].to_numpy(dtype=float)})


def _fitted(patterns, design):
    import statsmodels.api as sm  # takes a while to import

    hits, trials = (patterns[name].to_numpy(dtype=float) for name in ("hits", "trials"))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what they warn of is found by the caller, and said
        try:
            model = sm.GLM(np.column_stack([hits, trials - hits]), design, family=sm.families.Binomial())
            return model.fit(maxiter=100, tol=1e-10)
        except (np.linalg.LinAlgError, ValueError, FloatingPointError):
            return None


def _clustered(x, patterns, risk, days):
    """Standard errors with days as clusters."""
    hits, trials = (patterns[name].to_numpy(dtype=float) for name in ("hits", "trials"))
    bread = linalg.inv((x * (trials * risk * (1 - risk))[:, None]).T @ x)
    scores = np.zeros((days.max() + 1, x.shape[1]))
    np.add.at(scores, days, x * (hits - trials * risk)[:, None])
    number = len(scores)
    factor = number / (number - 1) if number > 1 else np.nan
    return np.sqrt(factor * np.diag(bread @ (scores.T @ scores) @ bread))
