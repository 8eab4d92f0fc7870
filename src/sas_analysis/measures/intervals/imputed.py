"""Limits of a ratio whose searches of unknown ethnicity are imputed several times."""

from dataclasses import replace

import numpy as np

from sas_analysis.measures.intervals.cells import as_counts
from sas_analysis.measures.intervals.distances import logit_limits
from sas_analysis.measures.intervals.pooled import added as total_of
from sas_analysis.measures.intervals.pooled import pooled_ratio_variance, results
from sas_analysis.measures.intervals.result import ask, make_limits, reasons
from sas_analysis.measures.intervals.variance import t_quantile


def imputed_ratio_limits(
    *,
    searches,
    reference_searches,
    added,
    reference_added,
    exposure=1.0,
    reference_exposure=1.0,
    row=None,
    kind="ratio",
    target="process",
    level=0.95,
    together=1,
    constants=None,
):
    """Limits of a ratio with the unknown searches imputed: sampling, months and imputation in one interval.

    Parameters
    ----------
    searches, reference_searches : arrays (n, months, weeks) or (n, months)
        Searches of known ethnicity.
    added, reference_added : arrays (draws, ratios, months)
        Searches that each imputation gives to the group and to the reference group; two draws or more.
    row : array of int (n,), optional
        Which ratio each row of searches belongs to, counted from 0: rows are then forces, added together. By default
        each row is a ratio of its own.
    exposure, reference_exposure, kind, target, level, together, constants
        As `process.ratio_limits`.

    Returns
    -------
    Limits
        estimate : exp(mean log ratio over draws); imputed : the part of the variance that the draws make.

    Raises
    ------
    ValueError
        As `process.ratio_limits`; for fewer than two draws, and draws of other rows or months.

    Source
    ------
    Rubin 1987: (1 + 1/m) times the variance between draws, with t on m - 1 degrees of freedom, is a third squared
    distance beside those of searches and months. docs/intervals.md.

    Examples
    --------
    >>> found = imputed_ratio_limits(
    ...     searches=[[20, 25]],
    ...     reference_searches=[[100, 90]],
    ...     added=[[[2, 3]], [[4, 2]], [[1, 2]]],
    ...     reference_added=[[[8, 7]], [[6, 8]], [[9, 8]]],
    ... )
    >>> f"{found.estimate[0]:.3f}, {found.lower[0]:.3f} to {found.upper[0]:.3f}"
    '0.242, 0.131 to 0.441'
    """
    asked = ask(target, level, together, constants)
    each = asked.each
    one, other = as_counts(searches=searches, reference_searches=reference_searches)
    rows = len(one.total)
    into, number = results(np.arange(rows) if row is None else row, rows)
    drawn = [np.asarray(x, float) for x in (added, reference_added)]
    _check(drawn, one, number)
    # How months vary is seen in the known searches: imputed ones are drawn alike for many months and would hide it.
    plain = (np.ones(rows), np.ones(rows))
    variance, _ = pooled_ratio_variance(one, other, plain, None, into, number, kind, asked)
    known = [total_of(counts.total, into, number) for counts in (one, other)]
    n, m = (counts + x.sum(-1) for counts, x in zip(known, drawn, strict=True))
    years = [np.broadcast_to(np.asarray(e, float), rows) for e in (exposure, reference_exposure)]
    with np.errstate(all="ignore"):
        scale = total_of(years[1], into, number) / total_of(years[0], into, number)
        logs, totals = np.log(n / m), (n.mean(0), m.mean(0))
        low, high = logit_limits(*totals, variance, each, variance.stretch(each) + _imputation(logs, each))
        middle, ratio = np.log(totals[0] / totals[1]), np.exp(logs.mean(0)) * scale
        counted = np.isfinite(logs).all(0)
        lower, upper = (
            np.where(counted, ratio * np.exp(limit - middle), np.exp(limit) * scale) for limit in (low, high)
        )
    limits = make_limits(
        ratio,
        lower,
        upper,
        variance=variance,
        fewest=np.minimum(n, m).mean(0),
        reason=reasons(sum(known), kind, target),
        asked=asked,
        link="log",
    )
    with np.errstate(all="ignore"):
        between = (1 + 1 / len(logs)) * np.where(counted, logs.var(0, ddof=1), 0)
        sampling = variance.phi * (1 / totals[0] + 1 / totals[1]) + variance.between
        return replace(limits, imputed=between / (between + sampling))


def _imputation(logs, level):
    """Squared distance that the draws put between the estimate and a limit; 0 where a draw has no log ratio."""
    draws = len(logs)
    between = np.where(np.isfinite(logs).all(0), logs.var(0, ddof=1), 0)
    return t_quantile(draws - 1, level) ** 2 * (1 + 1 / draws) * between


def _check(drawn, counts, number):
    shape = (number, counts.months.shape[1])
    faults = []
    for name, x in zip(("added", "reference_added"), drawn, strict=True):
        if x.ndim != 3 or x.shape[1:] != shape:
            faults.append(f"{name} is (draws, rows, months) with {shape} rows and months, this is {x.shape}")
        elif len(x) < 2:
            faults.append(f"{name} has {len(x)} draw(s): the variance between imputations needs two or more")
    if not counts.by_month:
        faults.append("searches are totals: imputation needs them by month")
    if faults:
        raise ValueError("; ".join(faults))
