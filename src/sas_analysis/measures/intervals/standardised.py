"""Limits of a directly standardised rate: searches of a stratum weigh as its part of the standard population."""

import numpy as np

from sas_analysis.measures.intervals.cells import Counts, as_counts
from sas_analysis.measures.intervals.distances import count_limits
from sas_analysis.measures.intervals.pooled import added, averaged, results
from sas_analysis.measures.intervals.result import ask, make_limits
from sas_analysis.measures.intervals.variance import rate_variance


def standardised_rate_limits(
    *,
    searches,
    weights,
    force,
    exposure,
    per=1.0,
    row=None,
    target="process",
    level=0.95,
    together=1,
    months=12,
    constants=None,
):
    """Limits of the weighted sum of the searches of several strata and forces.

    Parameters
    ----------
    searches : array (strata, months, weeks) or (strata, months)
        Of each stratum of each force.
    weights : array (strata,)
        What one search adds to the rate: the stratum's part of the standard population over its resident-years.
    force : sequence of labels (strata,)
    exposure : array (strata, months)
        Resident-years; 0 in a month that was not published.
    row : array of int (strata,), optional
        Which rate each stratum belongs to, counted from 0.
    per, target, level, together, months, constants
        As `process.rate_limits`.

    Returns
    -------
    Limits
        A row for each rate.

    Raises
    ------
    ValueError
        As `process.rate_limits`.

    Source
    ------
    docs/intervals.md. Strata of a force drift together; the searches have the limits of as many of one weight as have
    the same variance.

    Examples
    --------
    >>> found = standardised_rate_limits(
    ...     searches=[[40, 55], [12, 10]], weights=[0.001, 0.004], force=["kent"] * 2, exposure=[[800] * 2, [300] * 2]
    ... )
    >>> f"{found.estimate[0]:.3f}, {found.lower[0]:.3f} to {found.upper[0]:.3f}"
    '0.183, 0.079 to 0.423'
    """
    asked = ask(target, level, together, constants)
    constants, each = asked.constants, asked.each
    (counts,) = as_counts(searches=searches, months=months)
    into, number = results(row, len(counts.total))
    exposure = np.broadcast_to(np.asarray(exposure, float), counts.months.shape)
    _, code = np.unique(np.asarray(force), return_inverse=True)
    found, place = np.unique(into * (code.max(initial=0) + 1) + code, return_inverse=True)
    force_into = found // (code.max(initial=0) + 1)
    of_forces = Counts(_summed(counts.weeks, place), counts.by_month)
    forces = rate_variance(
        of_forces, _summed(exposure, place), tau2=constants.of("rate"), target=target, constants=constants
    )
    with np.errstate(all="ignore"):
        weighted = counts.total * np.asarray(weights, float)
        estimate = added(weighted, into, number)
        part = np.nan_to_num(weighted / estimate[into])
        unit = np.nan_to_num(part**2 / counts.total)
        within = added(forces.phi[place] * unit, into, number)
        part = np.bincount(place, part, len(found))
        parts = np.nan_to_num(part**2 * forces.between)
        common = constants.common_rate * added(np.nan_to_num(part * forces.between), force_into, number)
        between = (1 - constants.common_rate) * added(parts, force_into, number) + common
        variance = averaged(forces, of_forces.total, within, between, parts, constants, force_into, number)
        alike = 1 / added(unit, into, number)
        low, high = count_limits(np.where(estimate > 0, alike, 0), variance, each)
        largest = np.zeros(number)
        np.maximum.at(largest, into, np.asarray(weights, float))  # what one search could add, where there is none
        scale = np.where(estimate > 0, estimate / alike, largest) * per
    return make_limits(
        estimate * per,
        np.exp(low) * scale,
        np.exp(high) * scale,
        variance=variance,
        fewest=added(counts.total, into, number),
        reason=np.full(number, "", dtype=object),
        asked=asked,
        link="log",
    )


def _summed(values, place):
    total = np.zeros((place.max(initial=-1) + 1, *values.shape[1:]))
    np.add.at(total, place, values)
    return total
