"""The variance of a level on the log or logit scale: of searches within months, and of months around the level.

Counts come by month and by week (days 1-7, 8-14, 15-21, 22 to the end). A month that was not published holds zeros: it
has no weight, and its place in time is kept. docs/intervals.md has the formulas.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from sas_analysis.measures.intervals.cells import Counts
from sas_analysis.measures.intervals.remembering import remembering, remembering_last

_WEEKS = np.array([7, 7, 7, 9.44]) / 30.44  # of a month
TARGETS = ("process", "period")
_BLOCK = 125_000  # numbers of a block of rows that are counted at once: they stay near the processor
_CANCELS = 1e-4  # what is left of sums that cancel: of less, too few digits would be right


@dataclass(frozen=True)
class Variance:
    """Parts of the variance of n estimates; arrays of shape (n,), `weights` (n, months).

    Attributes
    ----------
    estimate : log rate or logit
    weights : each month's part of the information, adding to 1
    phi : dispersion of weeks within months, 1 for independent searches
    within : variance of the searches within months, phi times that of independent searches
    tau2 : variance of months around the level: other forces', mixed with the records' own months
    f : variance of the mean of these months, in units of tau2
    between : tau2 f
    df_within, df_between : degrees of freedom of phi and of tau2
    """

    estimate: np.ndarray
    weights: np.ndarray
    phi: np.ndarray
    within: np.ndarray
    tau2: np.ndarray
    f: np.ndarray
    between: np.ndarray
    df_within: np.ndarray
    df_between: np.ndarray

    def stretch(self, level):
        """Squared distance that months put between the estimate and a limit: t squared times `between`."""
        return t_quantile(self.df_between, level) ** 2 * self.between

    def half_width(self, level):
        """Distance of either limit from the estimate, searches and months together."""
        return np.sqrt(t_quantile(self.df_within, level) ** 2 * self.within + self.stretch(level))


def t_quantile(df, level):
    """Quantile of t that leaves (1 - level) / 2 above it."""
    return -special.stdtrit(df, (1 - level) / 2)


def month_correlation(months, constants):
    """Correlation of the months of a force around its level, (months, months)."""
    lag = np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
    return (1 - constants.kappa) * constants.rho**lag + constants.kappa * np.eye(months)


class Months(NamedTuple):
    """What the months of n rows say of their level; arrays (n, months), and (n,) from `independent` on.

    Attributes
    ----------
    weights : each month's part of the information, adding to 1
    information : of each month on the level; 0 in a month that was not published
    residual : count less that expected at the level; over the information it is the month's distance from the level
    estimate : log rate or logit of all months
    independent : variance of the estimate for independent searches
    phi, df : dispersion of weeks within months, drawn towards the typical one, and its degrees of freedom
    """

    weights: np.ndarray
    information: np.ndarray
    residual: np.ndarray
    estimate: np.ndarray
    independent: np.ndarray
    phi: np.ndarray
    df: np.ndarray


@remembering_last
def share_months(hits: Counts, trials: Counts, constants) -> Months:
    """`Months` of the logit of hits / trials."""
    rows, *shape = hits.weeks.shape
    size = max(_BLOCK // max(np.prod(shape, dtype=int), 1), 1)  # of a country's places at once, half a dozen GB
    blocks = [slice(start, start + size) for start in range(0, max(rows, 1), size)]
    parts = [_share_months(*(Counts(of.weeks[block], of.by_month) for of in (hits, trials)), constants)
             for block in blocks]  # fmt: skip
    return parts[0] if len(parts) == 1 else Months(*map(np.concatenate, zip(*parts, strict=True)))


def _share_months(hits: Counts, trials: Counts, constants) -> Months:
    with np.errstate(all="ignore"):
        k, n = hits.months, trials.months
        total, all_trials = k.sum(-1), n.sum(-1)
        p = total / all_trials
        in_month = np.where(n > 0, k / n, 0)[..., None]
        squares = ((hits.weeks - trials.weeks * in_month) ** 2).sum((-2, -1))
        part = trials.weeks / np.where(n > 0, n, 1)[..., None]
        expected = (trials.weeks * in_month * (1 - in_month) * (1 - part)).sum((-2, -1))
        df = np.maximum((trials.weeks > 0).sum(-1) - 1, 0).sum(-1).astype(float)
        return Months(
            n / all_trials[..., None],
            n * (p * (1 - p))[..., None],
            k - n * p[..., None],
            np.log(p / (1 - p)),
            1 / total + 1 / (all_trials - total),
            *_dispersion(squares, expected, df, constants),
        )


@remembering_last
def rate_months(counts: Counts, exposure, constants) -> Months:
    """`Months` of the log of a rate. exposure : (n, months), 0 where not published."""
    with np.errstate(all="ignore"):
        k = counts.months
        exposure = np.broadcast_to(exposure, k.shape)
        rate = k.sum(-1) / exposure.sum(-1)
        mean = exposure * rate[..., None]
        length = _WEEKS if counts.weeks.shape[-1] == len(_WEEKS) else np.ones(1)
        expected = k[..., None] * length
        squares = ((counts.weeks - expected) ** 2).sum((-2, -1))
        dispersion = _dispersion(squares, (expected * (1 - length)).sum((-2, -1)), 3.0 * (k > 0).sum(-1), constants)
        weights = exposure / exposure.sum(-1, keepdims=True)
        return Months(weights, mean, k - mean, np.log(rate), 1 / k.sum(-1), *dispersion)


def share_variance(hits: Counts, trials: Counts, *, tau2, target, constants):
    """Variance of the logit of hits / trials. tau2 : of other forces, a number or one per row. Returns `Variance`."""
    months = share_months(hits, trials, constants)
    return months_variance(months, tau2, target=target, constants=constants, by_month=hits.by_month)


def rate_variance(counts: Counts, exposure, *, tau2, target, constants):
    """Variance of the log of a rate. exposure : (n, months), 0 where not published. Returns `Variance`."""
    months = rate_months(counts, exposure, constants)
    return months_variance(months, tau2, target=target, constants=constants, by_month=counts.by_month)


def _dispersion(squares, expected, df, constants):
    """Dispersion of weeks within months, drawn towards the typical one and at least 1, and its degrees of freedom."""
    known = expected > 0  # no month has two weeks with a search: the typical dispersion stands alone
    found = np.where(known, squares / np.where(known, expected, 1), constants.phi)
    df = np.where(known, df, 0)
    phi = (constants.phi_df * constants.phi + df * found) / (constants.phi_df + df)
    return np.fmax(phi, 1), constants.phi_df + df


def months_variance(months: Months, tau2, *, target, constants, by_month) -> Variance:
    """Variance of a level of which the months are known. tau2, target, constants : as `share_variance`."""
    with np.errstate(all="ignore"):
        within, weights = months.phi * months.independent, months.weights
        borrowed = np.broadcast_to(np.asarray(tau2, float), within.shape)
        own, own_df, f = _own_months(months, borrowed, constants)
        own_df = np.where(by_month, own_df, 0.0)
        own = np.where(own_df > 0, own, 0.0)
        tau2 = (constants.df * borrowed + own_df * np.fmax(own, 0)) / (constants.df + own_df)
        if target == "period":
            f = constants.kappa * (weights**2).sum(-1)
        df = constants.df + own_df
        return Variance(months.estimate, weights, months.phi, within, tau2, f, tau2 * f, months.df, df)


@remembering(4)  # a table asks the same of two kinds of limits, and the next of the same searches
def _own_months(months, borrowed, constants):
    """tau2 as the records' own months show it, the degrees of freedom that is worth, and f of the level.

    The weighted sum of squares of the months has mean (months - 1) within + tau2 (1 - f); its variance is that of a
    quadratic form in normal variables of which tau2 is the borrowed one.
    """
    several = np.flatnonzero((months.information > 0).sum(-1) > 1)  # one month says nothing of how months vary
    weights, within = months.weights, months.phi * months.independent
    correlation = month_correlation(weights.shape[-1], constants)
    f = (weights @ correlation * weights).sum(-1)
    own, df = np.zeros((2, len(within)))
    part = Months(*(values[several] for values in months))
    own[several], df[several] = _of_rows(part, within[several], f[several], borrowed[several], correlation)
    return own, df, f


def _of_rows(months, within, f, borrowed, correlation):
    """`_own_months` of rows with several months."""
    counted = months.information > 0
    number = counted.sum(-1)
    information = np.where(counted, months.information, 1)
    deviation = np.where(counted, months.residual / information, 0)
    own = ((months.weights * deviation**2).sum(-1) - (number - 1) * within) / (1 - f)
    noise = np.where(counted, months.phi[..., None] / information, 0)
    trace = _trace(months.weights, noise, borrowed[..., None], correlation)
    return own, 2 * borrowed**2 / (2 * trace / (1 - f) ** 2)


def _trace(weights, noise, borrowed, correlation):
    """Of the square of (diag(u) - u u') S for every row u of weights: S = diag(noise) + borrowed correlation.

    It is u' (S o S) u - 2 u' (S u o S u) + (u' S u)^2, and S is that of another row by two numbers a month: so one
    product of matrices does for all rows. Where nearly all weight is one month's the three nearly cancel; there it is
    taken from the matrix.
    """
    of_month = borrowed * (weights @ correlation) + noise * weights
    squares = borrowed**2 * (weights @ correlation**2) + weights * noise * (
        noise + 2 * borrowed * correlation.diagonal()
    )
    whole = (weights * squares).sum(-1)
    trace = whole - 2 * (weights * of_month**2).sum(-1) + (weights * of_month).sum(-1) ** 2
    for row in np.flatnonzero(~(trace > _CANCELS * whole)):
        form = borrowed[row] * correlation + np.diag(noise[row])
        form = weights[row][:, None] * (form - weights[row] @ form)
        trace[row] = (form * form.T).sum()
    return trace
