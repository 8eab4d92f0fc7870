"""What the interval rule says of the forces of a pooled ratio: their counts by week, and the variance of each."""

from functools import partial

import numpy as np

from sas_analysis.measures.intervals.asked import Asked, Given, limits_of
from sas_analysis.measures.intervals.cells import as_counts
from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.of_exposure import ratio_kinds
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.variance import share_variance


def kind_of_pair(pair, by, reference):
    """The kind of the ratio of a pair."""
    return ratio_kinds(by, [pair.group], reference)[0]


def limits_of_pair(pair, asked: Asked, *, weights, force, by, reference, factor=1.0) -> Given:
    """Limits of the ratio of a pair over its strata, a row.

    Parameters
    ----------
    pair : strata.Pair
    asked : Asked
    weights : str
        As `pooled_ratio_limits`.
    force : str
        The column of the strata that drift together.
    by, reference : str
    factor : float
        What the exposure of the group is multiplied by.
    """
    _, e, _, e_ref = pair.arrays
    draw = partial(
        pooled_ratio_limits,
        **pair.in_time,
        exposure=e * factor,
        reference_exposure=e_ref,
        weights=weights,
        force=pair.names(force) if force in pair.cells else None,
        kind=kind_of_pair(pair, by, reference),
    )
    return limits_of(draw, asked)


def log_variances(pair, *, by, reference, target="process"):
    """Variance of each stratum's log ratio, its own and the part that all strata share: two arrays.

    Both are missing where there is no log ratio. Months have the variance of t: what months add is not known either.
    """
    constants = read_constants()
    one, other = as_counts(**pair.in_time)
    tau2 = constants.of(kind_of_pair(pair, by, reference))
    variance = share_variance(one, one + other, tau2=tau2, target=target, constants=constants)
    months = variance.between * variance.df_between / (variance.df_between - 2)
    known = (one.total > 0) & (other.total > 0)
    own = variance.within + (1 - constants.common) * months
    return tuple(np.where(known, x, np.nan) for x in (own, constants.common * months))
