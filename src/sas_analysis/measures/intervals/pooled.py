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
from sas_analysis.measures.intervals.variance import months_variance, share_months


def pooled_ratio_limits(
    *,
    searches,
    reference_searches,
    exposure=1.0,
    reference_exposure=1.0,
    weights="sum",
    force=None,
    row=None,
    of=None,
    kind="ratio",
    target="process",
    level=0.95,
    together=1,
    months=12,
    constants=None,
):
    """Limits of one ratio over several rows: forces, or strata within forces; or of several such ratios at once.

    Parameters
    ----------
    searches, reference_searches : arrays (rows, months, weeks), (rows, months) or (rows,)
        With `of`, those that differ: (counts, months, weeks) and so on.
    exposure, reference_exposure : numbers or arrays (rows,)
        Resident-years of all these months, above zero.
    weights : "sum", "mantel-haenszel", or array (rows,)
        Counts and exposures added up; the ratio within rows; or the standard population of a directly standardised
        ratio: residents of each row (age and sex, in each force).
    force : sequence of labels, optional
        Rows of one force drift together. By default every row is a force.
    row : array of int (rows,), optional
        Which ratio each row belongs to, counted from 0; by default all belong to one.
    of : array of int (rows,), optional
        Which of the counts each row has, where many rows have the same (on several counts of residents, say): what
        their months show of how they vary is worked out once. Rows of the same counts are of ratios of one kind.
    kind, target, level, together, months, constants
        As `process.ratio_limits`; one kind for all, or one for each ratio.

    Returns
    -------
    Limits
        A row for each ratio. tau, f and phi are means over forces, weighted by searches. A ratio of one force has its
        plain limits.

    Raises
    ------
    ValueError
        As `process.ratio_limits`, for weights that are none or exposures that are not above zero, and for rows of the
        same counts whose ratios are of several kinds.

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
    one, other = as_counts(searches=searches, reference_searches=reference_searches, months=months)
    of = np.arange(len(one.total)) if of is None else np.asarray(of, dtype=int)
    into, number = results(row, len(of))
    weighted = _weights(weights, exposure, reference_exposure, into, number)
    variance, within = pooled_ratio_variance(one, other, weighted[:2], force, into, number, kind, asked, of)
    n, m = added(one.total[of], into, number), added(other.total[of], into, number)
    with np.errstate(all="ignore"):
        ratio, typical = _ratios(one.total[of], other.total[of], weighted, into, number)
        lower, upper = _limits(ratio, typical, n, m, within, variance, asked.each)
    return make_limits(
        ratio,
        lower,
        upper,
        variance=variance,
        fewest=np.minimum(n, m),
        reason=reasons(n + m, kind, target),
        asked=asked,
        link="log",
    )


def pooled_ratio_variance(one, other, weights, force, into, number, kind, asked, of=None):
    """Variance of the log of each pooled ratio, and that of the searches of either group.

    one, other : `Counts` of rows, or of what differs among them. weights : of a search of either group, (rows,) each.
    force, kind, of : as `pooled_ratio_limits`. into, number : as `results` gives them.
    """
    constants, (w, w_ref) = asked.constants, weights
    of = np.arange(len(into)) if of is None else of
    tau2 = np.broadcast_to(variance_of(kind, constants), number)
    both = one + other
    months = share_months(one, both, constants)
    n, m, phi = one.total[of], other.total[of], months.phi[of]
    if force is None:  # every row is a force
        place, force_into, of_force, searches = np.arange(len(into)), into, of, n + m
    else:  # several rows are of one force
        place, force_into = _forces(np.asarray(force), into)
        forces = [_of_forces(counts, of, place) for counts in (one, other)]
        both, of_force = forces[0] + forces[1], np.arange(len(force_into))
        months, searches = share_months(forces[0], both, constants), forces[0].total + forces[1].total
    borrowed = _of_counts(tau2[force_into], of_force, len(both.total))
    given = {"target": asked.target, "constants": constants, "by_month": both.by_month}
    each_force = _of_rows(months_variance(months, borrowed, **given), of_force)
    with np.errstate(all="ignore"):
        sums = [added(counts * weight, into, number) for counts, weight in ((n, w), (m, w_ref))]
        a, b = n * w / sums[0][into], m * w_ref / sums[1][into]
        within = [added(np.nan_to_num(phi * x**2 / count), into, number) for x, count in ((a, n), (b, m))]
        of_forces = (np.bincount(place, x, len(force_into)) for x in (a, b))
        parts, between = _between(*of_forces, each_force, constants, force_into, number)
        variance = averaged(each_force, searches, sum(within), between, parts, constants, force_into, number)
        return variance, within


def _of_counts(values, of, number):
    """The value of each of the counts, of the rows that have them; rows of the same counts have the same value."""
    found = np.full(number, np.nan)
    found[of] = values
    if not np.array_equal(found[of], values):
        raise ValueError("of: ratios of several kinds have the same counts; give the counts once for each kind")
    return found


def _of_rows(variance, of):
    """The variance of each row, of that of the counts it has; without the weights of months, which nobody asks for."""
    taken = {name: values[of] for name, values in vars(variance).items() if values.ndim == 1}
    return replace(variance, **taken)


def results(row, rows):
    """The result that each of some rows belongs to, and how many there are; all belong to one where `row` is None."""
    into = np.zeros(rows, dtype=int) if row is None else np.asarray(row, dtype=int)
    return into, int(into.max()) + 1 if len(into) else int(row is None)


def added(values, into, number):
    """Values summed by the result they belong to."""
    return np.bincount(into, values, number)


def averaged(variance, searches, within, between, parts, constants, into, number):
    """`Variance` of several forces together; the parts that a note shows are means weighted by searches.

    Months of several forces average out. Their degrees of freedom are Satterthwaite's of the forces' parts, `parts` in
    proportion, between those of one force and twice as many; one force keeps its own.
    """
    known = np.isfinite(variance.f) & (searches > 0)
    searched = added(np.where(known, searches, 0.0), into, number)[into]
    weights = np.where(known, searches, (searched == 0) * 1.0)  # without a search every force counts as much
    means = {
        name: added(weights * np.nan_to_num(getattr(variance, name)), into, number) / added(weights, into, number)
        for name in ("phi", "tau2", "f", "df_within", "df_between")
    }
    several = added(known.astype(float), into, number) > 1
    parts = np.where(known, parts, 0.0)
    df = added(parts, into, number) ** 2 / added(parts**2 / variance.df_between, into, number)
    means["df_within"] = np.where(several, np.inf, means["df_within"])
    means["df_between"] = np.where(several, np.clip(df, constants.df, 2 * constants.df), means["df_between"])
    means |= {"within": within, "between": between}
    return replace(variance, estimate=np.full(number, np.nan), weights=np.full((number, 1), np.nan), **means)


def _forces(force, into):
    """The force of every row, numbered within and over the results, and the result of each force."""
    _, code = np.unique(force, return_inverse=True)
    found, place = np.unique(into * (code.max(initial=0) + 1) + code, return_inverse=True)
    return place, found // (code.max(initial=0) + 1)


def _weights(weights, exposure, reference_exposure, into, number):
    """Weights of a search of either group in each row, and the factor that makes the quotient a ratio of rates."""
    rows = len(into)
    e, e_ref = (np.broadcast_to(np.asarray(x, float), rows) for x in (exposure, reference_exposure))
    if isinstance(weights, str):
        if weights == "sum":
            with np.errstate(all="ignore"):
                return np.ones(rows), np.ones(rows), added(e_ref, into, number) / added(e, into, number)
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


def _of_forces(counts, of, place):
    """The counts of rows, summed by force. of : which of the counts each row has."""
    weeks = counts.weeks[of]
    forces, (rows, *shape) = place.max(initial=-1) + 1, weeks.shape
    if forces == rows and (place == np.arange(rows)).all():  # every row is a force
        return Counts(weeks, counts.by_month)
    cells = int(np.prod(shape))
    at = place[:, None] * cells + np.arange(cells)
    weeks = np.bincount(at.ravel(), weeks.ravel(), forces * cells)
    return Counts(weeks.reshape(forces, *shape), counts.by_month)


def _between(a, b, variance, constants, into, number):
    """Parts of the forces and all of the variance of months: ratios move it where a and b agree, rates elsewhere."""
    rate = constants.of("rate") * variance.f
    parts = np.nan_to_num(rate * (a - b) ** 2 + variance.between * a * b)
    common = added(np.nan_to_num((a + b) / 2 * variance.between), into, number)
    return parts, (1 - constants.common) * added(parts, into, number) + constants.common * common


def _ratios(n, m, weights, into, number):
    """Each pooled ratio, and what one search of either group would make it: the unit where one group has none."""
    w, w_ref, scale = weights
    all_searches = n + m
    sums = [
        added(x * weight, into, number) for x, weight in ((n, w), (m, w_ref), (all_searches, w), (all_searches, w_ref))
    ]
    return sums[0] / sums[1] * scale, sums[2] / sums[3] * scale


def _limits(ratio, typical, n, m, within, variance, level):
    """One force, or no search: Jeffreys' limits of as many searches as have this variance. Several forces: normal."""
    both = (n > 0) & (m > 0)
    alike = [np.where(both, variance.phi / part, count) for part, count in zip(within, (n, m), strict=True)]
    low, high = logit_limits(*alike, variance, level)
    unit = np.where(both, ratio / (alike[0] / alike[1]), typical)
    normal = both & np.isinf(variance.df_within)
    step = np.exp(variance.half_width(level))
    return np.where(normal, ratio / step, np.exp(low) * unit), np.where(normal, ratio * step, np.exp(high) * unit)
