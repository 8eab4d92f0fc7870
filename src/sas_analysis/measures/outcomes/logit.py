"""A logit fitted to counts per pattern by Newton's steps: what statsmodels gives, in a fraction of the time."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from sas_analysis.measures.outcomes.label_design import Labels, as_design

MOST_STEPS = 50
_SETTLED = 1e-10  # of the deviance, relative: statsmodels stops at the same change


@dataclass(frozen=True)
class Logit:
    """A fitted logit.

    Attributes
    ----------
    params : array (p,)
    risk : array (n,), the fitted share of every pattern
    covariance : array (p, p), of the coefficients, for independent searches
    converged : whether the deviance no longer changes
    """

    params: np.ndarray
    risk: np.ndarray
    covariance: np.ndarray
    converged: bool


def fit_logit(hits: np.ndarray, trials: np.ndarray, design: np.ndarray | Labels) -> Logit | None:
    """Fit the log odds of hits among trials, linear in the columns of a design of full rank.

    Parameters
    ----------
    hits, trials : arrays (n,)
        Counts of every pattern.
    design : array (n, p), or Labels
        Of many labels (forces, months) as `label_design.design_of` gives it, which writes no column out.

    Returns
    -------
    Logit or None
        None where the information cannot be inverted.

    Source
    ------
    Newton's method (iteratively reweighted least squares), McCullagh and Nelder (1989), section 2.5.

    Examples
    --------
    >>> import numpy as np
    >>> fit = fit_logit(np.array([30, 10]), np.array([100, 100]), np.array([[1.0, 1.0], [1.0, 0.0]]))
    >>> fit.params.round(3).tolist(), fit.converged
    ([-2.197, 1.35], True)
    """
    hits, trials = (np.asarray(values, dtype=float) for values in (hits, trials))
    x = as_design(design)
    params, deviance = _start(hits, trials, x), np.inf
    risk, expected, work = np.empty((3, len(hits)))  # written to again in every step: new ones take as long as the sums
    with np.errstate(all="ignore"):
        for _ in range(MOST_STEPS):
            odds = x.dot(params)
            special.expit(odds, out=risk)
            np.multiply(trials, risk, out=expected)
            np.subtract(1, risk, out=work)
            factor = _factor(x.gram(np.multiply(expected, work, out=work)))
            if factor is None:
                return None
            last, deviance = deviance, _deviance(hits, trials, odds, risk, work)
            if abs(last - deviance) <= _SETTLED * (abs(deviance) + 0.1):
                return Logit(params, risk, linalg.cho_solve(factor, np.eye(len(params))), True)
            params = params + linalg.cho_solve(factor, x.sums(np.subtract(hits, expected, out=work)))
            if not np.isfinite(params).all():
                break
    return Logit(params, risk, np.full((len(params),) * 2, np.nan), False)


def clustered_covariance(
    fit: Logit, hits: np.ndarray, trials: np.ndarray, design: np.ndarray | Labels, cluster: np.ndarray
) -> np.ndarray:
    """Covariance (p, p) of the coefficients where the searches of a cluster go together: G / (G - 1) for G clusters.

    Scores are summed in the clusters before they are squared, so that patterns give what a row a search gives.

    Parameters
    ----------
    fit : Logit
        Of these counts and this design.
    hits, trials, design
        As `fit_logit`.
    cluster : array (n,)
        The number of every pattern's cluster, from 0; patterns must be cut by it.

    Source
    ------
    Liang and Zeger (1986).
    """
    scores = as_design(design).sums_by(cluster, np.asarray(hits, dtype=float) - np.asarray(trials) * fit.risk)
    number = len(scores)
    return number / (number - 1) * fit.covariance @ (scores.T @ scores) @ fit.covariance


def _start(hits, trials, x):
    """One step of least squares on smoothed log odds."""
    share = (hits + 0.5) / (trials + 1)
    weight = trials * share * (1 - share)
    return linalg.lstsq(x.gram(weight), x.sums(weight * special.logit(share)))[0]


def _factor(information):
    try:
        return linalg.cho_factor(information)
    except (linalg.LinAlgError, ValueError):
        return None


def _deviance(hits, trials, odds, risk, work):
    """Minus twice the log likelihood, but for a constant. odds : the logarithms of those of `risk`, however large."""
    of_hits = hits @ odds
    np.log(np.maximum(risk, np.subtract(1, risk, out=work), out=work), out=work)
    np.subtract(np.maximum(odds, 0, out=odds), work, out=work)  # log(1 + exp(odds))
    return -2 * float(of_hits - trials @ work)
