"""Ratios of forces drawn towards their mean, with the months of each force.

A force's ratio in one window is its level over the years, moved by months and by chance. What forces show beyond both
is how they differ.
"""

import numpy as np
from scipy import special, stats
from scipy.signal import fftconvolve

from sas_analysis.measures.intervals.cells import as_counts
from sas_analysis.measures.intervals.process import variance_of
from sas_analysis.measures.intervals.result import ask, make_limits
from sas_analysis.measures.intervals.variance import share_variance

_GRID = 801  # log ratios of a force
_SPREADS = np.linspace(0.04, 1.6, 40)  # of forces, standard deviation of log ratios; all as likely beforehand
_MEANS = 31
_FARTHEST = 35  # standard deviations: exp(-0.5 * 35**2) is still a number with all its digits


def shrunken_ratio_limits(
    *,
    searches,
    reference_searches,
    exposure=1.0,
    reference_exposure=1.0,
    kind="ratio",
    level=0.95,
    months=12,
    constants=None,
):
    """Each force's ratio over the years, drawn towards the mean of the forces as far as its months leave it open.

    Parameters
    ----------
    searches, reference_searches : arrays (forces, months, weeks), (forces, months) or (forces,)
        Three forces or more with searches of both groups; one without a search of a group stays.
    exposure, reference_exposure, kind, level, months, constants
        As `process.ratio_limits`.

    Returns
    -------
    Limits
        estimate : exp(posterior mean of the log ratio); limits : posterior quantiles.

    Raises
    ------
    ValueError
        As `process.ratio_limits`, and for fewer than three forces with searches of both groups.

    Source
    ------
    Log ratios of forces are normal, months move each by t times root(tau2 f), and counts over their dispersion are
    binomial. Mean and spread of forces are integrated over (flat), as Gelman 2006 advises. docs/intervals.md.

    Examples
    --------
    >>> found = shrunken_ratio_limits(
    ...     searches=[[30, 28], [3, 5], [60, 70], [12, 9]],
    ...     reference_searches=[[100, 90], [5, 6], [150, 160], [40, 44]],
    ... )
    >>> [f"{value:.2f}" for value in found.estimate]
    ['0.32', '0.44', '0.39', '0.30']
    """
    asked = ask("process", level, 1, constants)
    constants, each = asked.constants, asked.each
    one, other = as_counts(searches=searches, reference_searches=reference_searches, months=months)
    counted = ((one.total > 0) & (other.total > 0)).sum()
    if counted < 3:
        raise ValueError("fewer than three have searches of both groups, so how they differ cannot be seen")
    variance = share_variance(
        one, one + other, tau2=variance_of(kind, constants), target="process", constants=constants
    )
    scale = np.broadcast_to(np.asarray(reference_exposure, float) / np.asarray(exposure, float), len(one.total))
    n, m = one.total, other.total
    grid, likelihood = _likelihood(n, m, np.log(scale), variance)
    mean, lower, upper = _posterior(grid, likelihood, each)
    return make_limits(
        np.exp(mean),
        np.exp(lower),
        np.exp(upper),
        variance=variance,
        fewest=np.minimum(n, m),
        reason=np.full(len(n), "", dtype=object),
        asked=asked,
        link="log",
    )


def _likelihood(n, m, offset, variance):
    """Grid of log ratios, and the likelihood of each force on it, its months integrated over: (forces, grid)."""
    with np.errstate(all="ignore"):
        logs = np.where((n > 0) & (m > 0), np.log(n / m) + offset, np.nan)
    known = n + m > 0  # a force without searches says nothing: its likelihood is flat
    between, df = (np.where(known, x, 1.0)[:, None] for x in (variance.between, variance.df_between))
    middle, reach = np.nanmean(logs), 3 + np.nanmax(np.abs(logs - np.nanmean(logs)))
    grid = middle + np.linspace(-reach, reach, _GRID)
    logit = grid[None, :] - offset[:, None]
    most = special.xlogy(n, n / np.fmax(n + m, 1)) + special.xlogy(m, m / np.fmax(n + m, 1))
    of_counts = -n[:, None] * np.logaddexp(0, -logit) - m[:, None] * np.logaddexp(0, logit) - most[:, None]
    lag = (grid[1] - grid[0]) * np.arange(1 - _GRID, _GRID)
    of_months = stats.t.pdf(lag / np.sqrt(between), df)
    both = fftconvolve(np.exp(of_counts / variance.phi[:, None]), of_months, mode="same", axes=1)
    return grid, np.fmax(both, 0)  # rounding of the transform


def _priors(grid, step):
    """Normal densities, but for a factor, of every mean and spread: (spreads x means, grid).

    grid : measured from the middle of the means, which are a step apart. The density of a mean is that of the one
    before times a power of the grid, so that few exponentials are taken: they would be most of the time.
    """
    middle, spread = _MEANS // 2, _SPREADS[:, None]
    made = np.empty((len(_SPREADS), _MEANS, len(grid)))
    made[:, middle] = np.exp(-0.5 * (grid / spread) ** 2) / spread
    with np.errstate(all="ignore"):  # of narrow spreads, which follow
        along, apart = np.exp(grid * step / spread**2), (step / spread) ** 2
        for n in range(1, middle + 1):
            fall = np.exp(-(n - 0.5) * apart)
            np.multiply(made[:, middle + n - 1], along * fall, out=made[:, middle + n])
            np.multiply(made[:, middle - n + 1], fall / along, out=made[:, middle - n])
    narrow = spread[:, 0] < np.abs(grid).max() / _FARTHEST  # too small for a number here, it may be one at another mean
    means = step * np.arange(-middle, middle + 1)[:, None]
    made[narrow] = np.exp(-0.5 * ((grid - means) / spread[narrow, None]) ** 2) / spread[narrow, None]
    return made.reshape(-1, len(grid))


def _posterior(grid, likelihood, level):
    """Mean and quantiles of the log ratio of each force, over all means and spreads of forces."""
    each = likelihood.sum(1)
    centres = (likelihood @ grid) / each
    step = 8 / (_MEANS - 1) * max(centres.std(), 0.1) / np.sqrt(len(centres)) * 1.5
    prior = _priors(grid - centres.mean(), step)
    marginal = prior @ likelihood.T  # (means x spreads, forces)
    with np.errstate(divide="ignore"):
        log_weight = np.log(marginal).sum(1)
    weight = np.exp(log_weight - log_weight.max())
    part = np.divide(weight[:, None], marginal, out=np.zeros_like(marginal), where=marginal > 0)
    mixed = part.T @ prior * likelihood
    mixed /= mixed.sum(1, keepdims=True)
    cumulated = np.cumsum(mixed, axis=1) - mixed / 2
    tail = (1 - level) / 2
    quantile = [np.array([np.interp(q, row, grid) for row in cumulated]) for q in (tail, 1 - tail)]
    return mixed @ grid, *quantile
