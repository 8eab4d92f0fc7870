"""Limits of one ratio over several forces or strata: counts added up, Mantel-Haenszel, or directly standardised.

The log of a pooled ratio moves by sum(a g - b r) over forces, g and r the movements of the logs of the group's and the
reference's rates, a and b the forces' parts of the (weighted) searches of either. Each force has the variance of its
searches and of its months; a part of the latter is common to all forces and does not average out. docs/intervals.md
has the derivation.
"""

from dataclasses import replace

import numpy as np

from sas_analysis.measures.intervals.cells import Counts, as_counts
from sas_analysis.measures.intervals.distances import logit_limits
from sas_analysis.measures.intervals.process import variance_of
from sas_analysis.measures.intervals.result import ask, make_limits, reasons
from sas_analysis.measures.intervals.variance import share_variance


def pooled_ratio_limits(
    *,
    searches,
    reference_searches,
    exposure=1.0,
    reference_exposure=1.0,
    weights="sum",
    force=None,
    kind="ratio",
    target="process",
    level=0.95,
    together=1,
    months=12,
    constants=None,
):
    """Limits of one ratio over several rows: forces, or strata within forces.

    Parameters
    ----------
    searches, reference_searches : arrays (rows, months, weeks), (rows, months) or (rows,)
    exposure, reference_exposure : numbers or arrays (rows,)
        Resident-years of all these months, above zero.
    weights : "sum", "mantel-haenszel", or array (rows,)
        Counts and exposures added up; the ratio within rows; or the standard population of a directly standardised
        ratio: residents of each row (age and sex, in each force).
    force : sequence of labels, optional
        Rows of one force drift together. By default every row is a force.
    kind, target, level, together, months, constants
        As `process.ratio_limits`; one kind for all rows.

    Returns
    -------
    Limits
        One row. tau, f and phi are means over forces, weighted by searches.

    Raises
    ------
    ValueError
        As `process.ratio_limits`, and for weights that are none or exposures that are not above zero.

    Source
    ------
    docs/intervals.md. Mantel-Haenszel: the sums of n E' / T and n' E / T over rows, T = E + E'.

    Examples
    --------
    Two forces of which one has few residents of the group:

    >>> counts = {"searches": [[30, 36], [9, 6]], "reference_searches": [[60, 66], [80, 95]]}
    >>> residents = {"exposure": [300, 80], "reference_exposure": [1500, 2000]}
    >>> for weights in ("sum", "mantel-haenszel"):
    ...     found = pooled_ratio_limits(**counts, **residents, weights=weights)
    ...     print(f"{found.estimate[0]:.2f}, {found.lower[0]:.2f} to {found.upper[0]:.2f}")
    2.48, 1.46 to 4.19
    2.50, 1.59 to 3.95
    """
    asked = ask(target, level, together, constants)
    constants, each = asked.constants, asked.each
    one, other = as_counts(searches=searches, reference_searches=reference_searches, months=months)
    rows = len(one.total)
    w, w_ref, scale = _weights(weights, exposure, reference_exposure, rows)
    _, place = np.unique(np.arange(rows) if force is None else np.asarray(force), return_inverse=True)
    given = {"tau2": variance_of(kind, constants), "target": target, "constants": constants}
    phi = share_variance(one, one + other, **given).phi
    forces = [_of_forces(counts, place) for counts in (one, other)]
    each_force = share_variance(forces[0], forces[0] + forces[1], **given)
    with np.errstate(all="ignore"):
        a, b = (counts.total * weight / (counts.total * weight).sum() for counts, weight in ((one, w), (other, w_ref)))
        within = np.nansum(phi * a**2 / one.total), np.nansum(phi * b**2 / other.total)
        parts, between = _between(np.bincount(place, a), np.bincount(place, b), each_force, constants)
        variance = averaged(each_force, forces[0].total + forces[1].total, sum(within), between, parts, constants)
        ratio = (one.total * w).sum() / (other.total * w_ref).sum() * scale
        lower, upper = _limits(ratio, one, other, within, variance, each)
    n, m = one.total.sum(), other.total.sum()
    return make_limits(
        np.array([ratio]),
        lower,
        upper,
        variance=variance,
        fewest=np.array([min(n, m)]),
        reason=reasons(np.array([n + m]), kind, target),
        asked=asked,
        link="log",
    )


def averaged(variance, searches, within, between, parts, constants):
    """One row of `Variance` for several forces; the parts that a note shows are means weighted by searches.

    Months of several forces average out. Their degrees of freedom are Satterthwaite's of the forces' parts, `parts` in
    proportion, between those of one force and twice as many; one force keeps its own.
    """
    known = np.isfinite(variance.f) & (searches > 0)
    weights = np.where(known, searches, 0)
    means = {
        name: np.array([np.sum(weights[known] * getattr(variance, name)[known]) / weights.sum()])
        for name in ("phi", "tau2", "f", "df_within", "df_between")
    }
    if known.sum() > 1:
        parts = parts[known]
        df = parts.sum() ** 2 / (parts**2 / variance.df_between[known]).sum()
        means |= {"df_within": np.array([np.inf]), "df_between": np.clip([df], constants.df, 2 * constants.df)}
    means |= {"within": np.array([within]), "between": np.array([between])}
    return replace(variance, estimate=np.array([np.nan]), weights=variance.weights[:1], **means)


def _weights(weights, exposure, reference_exposure, rows):
    """Weights of a search of either group in each row, and the factor that makes the quotient a ratio of rates."""
    e, e_ref = (np.broadcast_to(np.asarray(x, float), rows) for x in (exposure, reference_exposure))
    if isinstance(weights, str):
        if weights == "sum":
            return np.ones(rows), np.ones(rows), e_ref.sum() / e.sum()
        if weights != "mantel-haenszel":
            raise ValueError(f'weights are "sum", "mantel-haenszel" or a standard population, not "{weights}"')
    faults = [
        f"{name}: {np.sum(~(x > 0))} row(s) are not above zero"
        for name, x in (("exposure", e), ("reference_exposure", e_ref))
        if not (x > 0).all()
    ]
    standard = None if isinstance(weights, str) else np.asarray(weights, float)
    if standard is not None and not (standard.shape == (rows,) and (standard >= 0).all() and standard.sum() > 0):
        faults.append(f"weights: a standard population is {rows} numbers, zero or more, not all zero")
    if faults:
        raise ValueError("; ".join(faults))
    if standard is None:
        return e_ref / (e + e_ref), e / (e + e_ref), 1.0
    return standard / e, standard / e_ref, 1.0


def _of_forces(counts, place):
    weeks = np.zeros((place.max() + 1, *counts.weeks.shape[1:]))
    np.add.at(weeks, place, counts.weeks)
    return Counts(weeks, counts.by_month)


def _between(a, b, variance, constants):
    """Parts of the forces and all of the variance of months: ratios move it where a and b agree, rates elsewhere."""
    rate = constants.of("rate") * variance.f
    parts = np.nan_to_num(rate * (a - b) ** 2 + variance.between * a * b)
    common = np.nansum((a + b) / 2 * variance.between)
    return parts, (1 - constants.common) * parts.sum() + constants.common * common


def _limits(ratio, one, other, within, variance, level):
    """One force, or no search: Jeffreys' limits of as many searches as have this variance. Several forces: normal."""
    n, m = one.total.sum(), other.total.sum()
    several = np.isinf(variance.df_within[0])
    if several and n > 0 and m > 0:
        step = np.exp(variance.half_width(level))
        return ratio / step, ratio * step
    if n > 0 and m > 0:
        n, m = (variance.phi[0] / part for part in within)
    low, high = logit_limits(np.array([n]), np.array([m]), variance, level)
    unit = ratio / (n / m) if n > 0 and m > 0 else 1.0
    return np.exp(low) * unit, np.exp(high) * unit
