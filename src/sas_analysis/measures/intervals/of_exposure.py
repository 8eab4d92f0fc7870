"""Limits of rates, ratios and differences of the groups of an exposure, forces together or each alone."""

from functools import partial

import numpy as np

from sas_analysis.measures.exposure import exposure_by_force
from sas_analysis.measures.intervals.asked import Asked, Given, limits_of
from sas_analysis.measures.intervals.differences import rate_difference_limits
from sas_analysis.measures.intervals.kinds import OTHER, kind_of
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.pooled_levels import pooled_rate_limits


def rates_of(exposure, keys, usable, asked: Asked) -> Given:
    """Limits of the rate of every group, per resident-year.

    Parameters
    ----------
    exposure : Exposure
    keys : list of str
        The columns of a group.
    usable : array of bool
        The groups that have a rate.
    asked : Asked
    """
    arrays = exposure_by_force(exposure, by=keys)[1]
    if arrays is None or not usable.any():
        return Given.none(len(usable))
    searches, years, row, months = _flat(arrays, np.flatnonzero(usable))
    draw = partial(pooled_rate_limits, searches=searches, exposure=years, row=row, months=months)
    return limits_of(draw, asked, usable)


def ratios_of(exposure, keys, at, usable, asked: Asked, *, kinds="ratio") -> Given:
    """Limits of the ratio of every group's rate to its reference group's.

    Parameters
    ----------
    exposure, keys, usable, asked
        As `rates_of`; the reference group itself is not usable.
    at : array of int
        The reference group of every group.
    kinds : text or texts
        As `ratio_kinds`.
    """
    if (pair := _pairs(exposure, keys, at, usable)) is None:
        return Given.none(len(usable))
    kinds = np.broadcast_to(np.asarray(kinds, dtype=object), len(usable))[usable]
    for name in ("exposure", "reference_exposure"):
        pair[name] = _total(pair[name])
    return limits_of(partial(pooled_ratio_limits, **pair, kind=kinds), asked, usable)


def differences_of(exposure, keys, at, usable, asked: Asked, *, kinds="ratio") -> Given:
    """Limits of every group's rate less its reference group's, per resident-year. Arguments as `ratios_of`."""
    if (pair := _pairs(exposure, keys, at, usable)) is None:
        return Given.none(len(usable))
    kinds = np.broadcast_to(np.asarray(kinds, dtype=object), len(usable))[usable]
    return limits_of(partial(rate_difference_limits, **pair, kind=kinds), asked, usable)


def ratio_kinds(by: str, labels, reference: str) -> np.ndarray:
    """The kind of the ratio of every label to the reference."""
    kinds = [kind_of("disproportionality_ratio", by, str(label)) for label in labels]
    own = kind_of("disproportionality_ratio", by, reference)
    return np.array([OTHER if OTHER in (kind, own) else kind for kind in kinds], dtype=object)


def _pairs(exposure, keys, at, usable):
    """Counts and exposure of every usable group and of its reference by force, as the limits take them."""
    arrays = exposure_by_force(exposure, by=keys)[1]
    if arrays is None or not usable.any():
        return None
    groups = np.flatnonzero(usable)
    searches, years, row, months = _flat(arrays, groups)
    reference_searches, reference_years, *_ = _flat(arrays, np.asarray(at)[groups])
    pair = {"searches": searches, "exposure": years, "row": row, "months": months}
    return pair | {"reference_searches": reference_searches, "reference_exposure": reference_years}


def _flat(arrays, groups):
    searches, years, months = arrays
    forces = searches.shape[1]
    flat = (array[groups].reshape(-1, *array.shape[2:]) for array in (searches, years))
    return (*flat, np.repeat(np.arange(len(groups)), forces), months)


def _total(years):
    return years.sum(-1) if years.ndim > 1 else years
