"""Funnel: where the ratio of each force lies if its level is the one in the middle, with the months of each force."""

import numpy as np

from sas_analysis.measures.intervals.cells import as_counts
from sas_analysis.measures.intervals.distances import logit_limits
from sas_analysis.measures.intervals.process import variance_of
from sas_analysis.measures.intervals.result import ask, make_limits, reasons
from sas_analysis.measures.intervals.variance import share_variance, t_quantile

_BISECTIONS = 40


def funnel_limits(
    *,
    searches,
    reference_searches,
    ratio,
    exposure=1.0,
    reference_exposure=1.0,
    spread=0.0,
    kind="ratio",
    target="process",
    level=0.95,
    months=12,
    constants=None,
):
    """Where a force's ratio lies if its level is `ratio`, and how far from that it is: `limits, p_value`.

    Parameters
    ----------
    searches, reference_searches : arrays (forces, months, weeks), (forces, months) or (forces,)
    ratio : float
        The middle of the funnel.
    spread : float
        Standard deviation of the levels of forces, log scale, that the funnel allows for; 0: none.
    exposure, reference_exposure, kind, target, level, months, constants
        As `process.ratio_limits`.

    Returns
    -------
    limits : Limits
        estimate : the force's ratio; lower, upper : around `ratio`. A ratio outside is of another level.
    p_value : array (forces,)
        Two-sided: 1 - the level at which the ratio lies on a limit. Missing where there is no search.

    Raises
    ------
    ValueError
        As `process.ratio_limits`.

    Source
    ------
    Spiegelhalter 2005 for the funnel. A force lies inside where `ratio` lies within its own limits, widened by the
    spread; the edges are the ratios where that ends, at its number of searches. docs/intervals.md.

    Examples
    --------
    >>> limits, p_value = funnel_limits(searches=[[30, 28], [9, 5]], reference_searches=[[100, 90], [5, 6]], ratio=0.4)
    >>> [f"{low:.2f} to {high:.2f}, p {p:.2f}" for low, high, p in zip(limits.lower, limits.upper, p_value)]
    ['0.22 to 0.68, p 0.29', '0.08 to 1.17, p 0.04']
    """
    asked = ask(target, level, 1, constants)
    constants, each = asked.constants, asked.each
    one, other = as_counts(searches=searches, reference_searches=reference_searches, months=months)
    variance = share_variance(one, one + other, tau2=variance_of(kind, constants), target=target, constants=constants)
    scale = np.asarray(reference_exposure, float) / np.asarray(exposure, float)
    n, m = one.total, other.total
    middle = np.broadcast_to(np.log(ratio / scale), len(n))

    def limits_of(hits, others, at):
        stretch = variance.stretch(at) + t_quantile(np.inf, at) ** 2 * spread**2
        return logit_limits(hits, others, variance, at, stretch)

    with np.errstate(all="ignore"):
        estimate = n / m * scale
        lower, upper = (_funnel_edge(limits_of, n + m, middle, each, side) * scale for side in (1, 0))
        p_value = _p_value(limits_of, n, m, middle)
    limits = make_limits(
        estimate,
        lower,
        upper,
        variance=variance,
        fewest=np.minimum(n, m),
        reason=reasons(n + m, kind, target),
        asked=asked,
        link="log",
    )
    return limits, np.where(n + m > 0, p_value, np.nan)


def _funnel_edge(limits_of, total, middle, level, side):
    """Odds at which a force of so many searches has the middle on its upper (1) or lower (0) limit, by bisection."""
    low, high = np.zeros(len(total)), total.copy()
    for _ in range(_BISECTIONS):
        hits = (low + high) / 2
        short = limits_of(hits, total - hits, level)[side] < middle
        low, high = np.where(short, hits, low), np.where(short, high, hits)
    without = limits_of(np.zeros(len(total)), total, level)[1] >= middle  # no search of the group is inside
    never = limits_of(total, np.zeros(len(total)), level)[0] <= middle  # none of the reference is
    if side == 1:
        return np.where(without, 0.0, low / (total - low))
    return np.where(never, np.inf, high / (total - high))


def _p_value(limits_of, n, m, middle):
    """1 - the level at which the middle lies on a limit of the force's own, by bisection."""
    low, high = np.zeros(len(n)), np.ones(len(n))
    for _ in range(_BISECTIONS):
        level = (low + high) / 2
        lower, upper = limits_of(n, m, level)
        inside = (lower <= middle) & (middle <= upper)
        low, high = np.where(inside, low, level), np.where(inside, level, high)
    return 1 - (low + high) / 2
