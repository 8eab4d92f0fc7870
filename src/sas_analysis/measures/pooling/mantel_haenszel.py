"""The Mantel-Haenszel rate ratio and its variances: plain functions of arrays, one value a stratum.

Counts and exposures of a group and of its reference; exposures above zero. The ratio is a sum over strata divided
by another, so a stratum with a zero in either place needs no special treatment, and one with two zeros adds nothing.
"""

import numpy as np

from sas_analysis.measures.intervals.limits import named

_ROUNDING = 1e-24  # a sum of squared differences of shares; they are rounded at 1e-16


def mantel_haenszel(*, searches, exposure, reference_searches, reference_exposure):
    """The two sums of which the rate ratio is the quotient: (numerator, denominator).

    sum of n E' / T and of n' E / T with T = E + E'. Source: Rothman, Greenland and Lash, Modern Epidemiology;
    R metafor `rma.mh(measure="IRR")`.
    """
    total = exposure + reference_exposure
    return (searches * reference_exposure / total).sum(), (reference_searches * exposure / total).sum()


def greenland_robins_variance(*, searches, exposure, reference_searches, reference_exposure):
    """Variance of the log ratio for Poisson counts and one ratio in all strata; missing where a sum is zero.

    Source: Greenland and Robins 1985, Biometrics 41, 55-68.
    """
    counts = named(searches, exposure, reference_searches, reference_exposure)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _informations(**counts).sum() / np.prod(mantel_haenszel(**counts))


def clustered_variance(*, searches, exposure, reference_searches, reference_exposure, cluster):
    """Variance of the log ratio that lets whole clusters differ, and its degrees of freedom: (variance, df).

    The log ratio is a sum of contributions of the clusters, u = A / sum(A) - B / sum(B), of which the fitted ratio
    takes a part away; each is scaled up by what the Poisson model says that part is (CR2 of Bell and McCaffrey
    2002), and the degrees of freedom are Satterthwaite's under that model. With one cluster that outweighs the
    others they fall far below the number of clusters less one, which a plain sandwich with t on G - 1 does not see:
    where one force has 60% of the weight it covers 50% instead of 95% (docs/decisions.md).
    Missing with fewer than two informative clusters. Source: Pustejovsky and Tipton 2018.
    """
    counts = named(searches, exposure, reference_searches, reference_exposure)
    total = exposure + reference_exposure
    _, place = np.unique(np.asarray(cluster), return_inverse=True)
    up, down, information = (
        np.bincount(place, weights)
        for weights in (
            searches * reference_exposure / total,
            reference_searches * exposure / total,
            _informations(**counts),
        )
    )
    keep = information > 0
    up, down, information = up[keep], down[keep], information[keep]
    if keep.sum() < 2 or up.sum() == 0 or down.sum() == 0:
        return np.nan, np.nan
    return _bell_mccaffrey(up / up.sum() - down / down.sum(), down / down.sum(), information / information.sum())


def _bell_mccaffrey(residual, taken, variance):
    """(variance, df) of a sum whose parts have `variance` (up to scale), after `taken` x the sum is taken away."""
    left = variance - 2 * taken * variance + taken**2 * variance.sum()
    scale = variance / left
    parts = np.diag(variance) - np.outer(taken, variance) - np.outer(variance, taken)
    parts = (parts + np.outer(taken, taken) * variance.sum()) * np.sqrt(np.outer(scale, scale))
    total = (scale * residual**2).sum()
    # Parts that are equal leave only rounding, which is no evidence of how parts vary and changes with the units.
    return total if total > _ROUNDING else 0.0, np.trace(parts) ** 2 / (parts**2).sum()


def _informations(*, searches, exposure, reference_searches, reference_exposure):
    """Each stratum's term of the Greenland-Robins sum."""
    total = exposure + reference_exposure
    return exposure * reference_exposure / total**2 * (searches + reference_searches)
