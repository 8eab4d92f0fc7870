"""The random-effects model of the counts themselves, so that forces with a zero stay in.

Given the searches of both groups in a force, those of the group are binomial with log odds = log ratio + log of the
exposures' ratio; the log ratios are normal over forces. No variance is estimated from a count, and none is needed
for a count of zero. Integrals by adaptive Gauss-Hermite quadrature. Source: Stijnen, Hamza and Ozdemir 2010; R
metafor `rma.glmm(measure = "IRR", model = "CM.EL")`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.hermite import hermgauss
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logsumexp

_NODES, _WEIGHTS = hermgauss(25)
_SMALLEST_TAU = 1e-4  # below it the spread is none
_STEP = 1e-4  # of a parameter, either way, for second derivatives


@dataclass(frozen=True)
class Conditional:
    """Mean of the log ratios, its standard error and their standard deviation tau; forces with a search."""

    forces: int
    mean: float
    se: float
    tau: float
    log_likelihood: float


def fit_conditional(*, searches, exposure, reference_searches, reference_exposure):
    """Fit mean and spread of the log ratios of k forces by maximum likelihood. Returns `Conditional`.

    Counts, and exposures above zero; a force without a search of either group says nothing and is left out. The
    standard error is from the second derivatives in mean and log tau; with tau at zero, in the mean alone.
    Raises ValueError if fewer than two forces have a search, or if one group has none at all (the mean would be
    infinite).
    """
    counts = _informative(searches, exposure, reference_searches, reference_exposure)
    n, total, offset = counts
    if len(n) < 2 or n.sum() == 0 or n.sum() == total.sum():
        raise ValueError("two forces with a search are needed, and searches of both groups")
    start = np.log(n.sum() / (total - n).sum()) - np.average(offset, weights=total)
    tries = [
        minimize(
            _minus, [start, np.log(tau)], args=counts, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-10}
        )
        for tau in (0.05, 0.5)
    ]
    best = min(tries, key=lambda one: one.fun)
    mean, log_tau = best.x
    if np.exp(log_tau) <= _SMALLEST_TAU * 2 or _minus([mean, np.log(_SMALLEST_TAU)], *counts) <= best.fun + 1e-9:
        one = minimize(
            lambda x: _minus([x[0], -np.inf], *counts),
            [mean],
            method="Nelder-Mead",
            options={"xatol": 1e-10, "fatol": 1e-12},
        )
        p = expit(offset + one.x[0])
        return Conditional(len(n), float(one.x[0]), float((total * p * (1 - p)).sum() ** -0.5), 0.0, float(-one.fun))
    covariance = np.linalg.inv(_curvature(lambda x: _minus(x, *counts), best.x))
    return Conditional(len(n), float(mean), float(np.sqrt(covariance[0, 0])), float(np.exp(log_tau)), float(-best.fun))


def posterior(fit, *, searches, exposure, reference_searches, reference_exposure):
    """Mean and standard deviation of each force's log ratio given its counts and the fitted spread: two arrays.

    A force without a search has the fitted mean and spread. With a spread of zero all forces have the mean.
    """
    n, total = (np.asarray(a, float) for a in (searches, np.asarray(searches) + np.asarray(reference_searches)))
    offset = np.log(exposure) - np.log(reference_exposure)
    if fit.tau == 0:
        return np.full(len(n), fit.mean), np.zeros(len(n))
    nodes, log_weights = _nodes(n, total, offset, fit.mean, fit.tau)
    weight = np.exp(log_weights - logsumexp(log_weights, axis=1, keepdims=True))
    mean = (weight * nodes).sum(axis=1)
    return mean, np.sqrt((weight * (nodes - mean[:, None]) ** 2).sum(axis=1))


def _minus(parameters, n, total, offset):
    """Minus the log likelihood at (mean, log tau), its binomial coefficients included."""
    mean, tau = parameters[0], np.exp(parameters[1])
    constant = gammaln(total + 1) - gammaln(n + 1) - gammaln(total - n + 1)
    if tau < _SMALLEST_TAU:
        return -(constant + _binomial(n, total, offset + mean)).sum()
    return -(constant + logsumexp(_nodes(n, total, offset, mean, tau)[1], axis=1)).sum()


def _nodes(n, total, offset, mean, tau):
    """Nodes (forces, nodes) of the log ratio around each force's mode, and the log of their weights."""
    mode, width = _modes(n, total, offset, mean, tau)
    nodes = mode[:, None] + np.sqrt(2) * width[:, None] * _NODES
    density = _binomial(n[:, None], total[:, None], offset[:, None] + nodes)
    density = density - ((nodes - mean) / tau) ** 2 / 2 - np.log(tau) - np.log(2 * np.pi) / 2
    return nodes, density + np.log(_WEIGHTS) + _NODES**2 + np.log(np.sqrt(2) * width)[:, None]


def _modes(n, total, offset, mean, tau):
    """Where each force's density of the log ratio is highest, and the width there: damped Newton, it is concave."""
    mode = np.full(len(n), float(mean))
    for _ in range(100):
        p = expit(offset + mode)
        slope = n - total * p - (mode - mean) / tau**2
        step = slope / (total * p * (1 - p) + 1 / tau**2)
        mode = mode + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-10:
            break
    p = expit(offset + mode)
    return mode, (total * p * (1 - p) + 1 / tau**2) ** -0.5


def _binomial(n, total, log_odds):
    """n log p + (total - n) log(1 - p), without overflow."""
    return -n * np.logaddexp(0, -log_odds) - (total - n) * np.logaddexp(0, log_odds)


def _informative(searches, exposure, reference_searches, reference_exposure):
    n = np.asarray(searches, float)
    total = n + np.asarray(reference_searches, float)
    offset = np.log(np.asarray(exposure, float)) - np.log(np.asarray(reference_exposure, float))
    return n[total > 0], total[total > 0], offset[total > 0]


def _curvature(function, at):
    """Second derivatives of a function of two parameters by central differences."""
    moves = np.eye(len(at)) * _STEP
    return np.array(
        [
            [
                (function(at + a + b) - function(at + a - b) - function(at - a + b) + function(at - a - b))
                / (4 * _STEP**2)
                for b in moves
            ]
            for a in moves
        ]
    )
