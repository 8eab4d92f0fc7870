"""Limits for proportions, Poisson counts and rate ratios: plain functions of arrays, arguments named.

Every function broadcasts its arguments, takes missing (NaN, NA) as missing, and returns arrays `lower,
upper`. Wilson and the exact Poisson interval are statsmodels'; the conditional rate ratio has no library
function (statsmodels lists it as not yet there) and is written here.
"""

import numpy as np
from scipy import special, stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson, confint_poisson_2indep

_BISECTIONS = 80  # halves a bracket of log odds far below the spacing of doubles


def named(searches, exposure, reference_searches, reference_exposure):
    """A pair of groups by the names that every function of one takes: positions are easily swapped."""
    return {
        "searches": searches,
        "exposure": exposure,
        "reference_searches": reference_searches,
        "reference_exposure": reference_exposure,
    }


def interval_name(method, level):
    """The text of a measures table's `interval` column: `95% Wilson`."""
    return f"{level * 100:g}% {method}"


def wilson(*, successes, trials, level=0.95):
    """Wilson's score limits of a proportion, between 0 and 1; missing where there is no trial.

    successes, trials : counts, successes <= trials. Source: Wilson 1927; statsmodels `proportion_confint`.
    Raises ValueError for counts that are negative, not whole, or more than the trials.
    """
    arrays = np.broadcast_arrays(_counts(successes, "successes"), _counts(trials, "trials"))
    successes, trials = (array.copy() for array in arrays)  # statsmodels asks for arrays it may write
    if np.any(successes > trials):
        raise ValueError(f"{np.sum(successes > trials)} value(s) of successes exceed trials")
    with np.errstate(invalid="ignore", divide="ignore"):
        lower, upper = proportion_confint(successes, trials, alpha=_alpha(level), method="wilson")
    # Rounding leaves 1e-17 or 1 - 1e-16 where the limit is exactly 0 or 1.
    lower = np.where((successes == 0) & (trials > 0), 0.0, lower)
    return lower, np.where((successes == trials) & (trials > 0), 1.0, upper)


def poisson_exact(*, count, level=0.95):
    """Exact central limits of a Poisson mean, on the scale of the count (divide both by the exposure).

    count : counts. Source: Garwood 1936; statsmodels `confint_poisson(method="exact-c")`.
    Raises ValueError for counts that are negative or not whole.
    """
    count = _counts(count, "count")
    lower, upper = confint_poisson(count.ravel(), 1.0, method="exact-c", alpha=_alpha(level))
    # statsmodels turns every missing lower limit into 0; only a count of 0 has the lower limit 0.
    lower = np.where(np.isnan(count), np.nan, np.reshape(lower, count.shape))
    return lower, np.reshape(upper, count.shape)


def exact_rate_ratio(*, searches, exposure, reference_searches, reference_exposure, level=0.95):
    """Exact conditional limits of (searches / exposure) / (reference_searches / reference_exposure).

    Given the sum, the count of the first group is binomial; Clopper and Pearson's limits of its share are
    turned into a ratio. Counts and positive exposures (resident-years). No search: lower 0; none in the
    reference: upper infinite. Source: Przyborowski and Wilenski 1940; R `poisson.test`. ValueError as
    `mid_p_rate_ratio`.
    """
    n, n_ref, odds_scale = _pair(searches, exposure, reference_searches, reference_exposure)
    lower, upper = _exact_odds(n, n_ref, _alpha(level))
    return lower * odds_scale, upper * odds_scale


def mid_p_rate_ratio(*, searches, exposure, reference_searches, reference_exposure, level=0.95):
    """Mid-P conditional limits of (searches / exposure) / (reference_searches / reference_exposure).

    As `exact_rate_ratio`, but the observed count weighs half in each tail: shorter, and near the stated level
    on average where the exact interval is above it. Source: Lancaster 1961; Berry and Armitage 1995.
    Raises ValueError for counts negative or not whole, and exposures not above zero.
    """
    n, n_ref, odds_scale = _pair(searches, exposure, reference_searches, reference_exposure)
    alpha = _alpha(level)
    low, high = (np.log(np.clip(odds, 1e-300, 1e300)) for odds in _exact_odds(n, n_ref, alpha))
    lower = np.exp(_bisect(lambda x: _mid_p_above(n, n_ref, x) - alpha / 2, low, high))
    upper = np.exp(_bisect(lambda x: alpha / 2 - _mid_p_below(n, n_ref, x), low, high))
    lower, upper = np.where(n == 0, 0.0, lower), np.where(n_ref == 0, np.inf, upper)
    missing = np.isnan(n + n_ref + odds_scale)
    return np.where(missing, np.nan, lower * odds_scale), np.where(missing, np.nan, upper * odds_scale)


def rate_difference_limits(*, searches, exposure, reference_searches, reference_exposure, level=0.95):
    """Limits of searches / exposure - reference_searches / reference_exposure for two Poisson counts.

    The limits of the two rates (score) are combined by the method of variance estimates recovery (MOVER),
    which holds near the stated level down to one search. Counts and positive exposures. Source: Zou and
    Donner 2008; statsmodels `confint_poisson_2indep(compare="diff", method="mover")`. ValueError as
    `mid_p_rate_ratio`.
    """
    n, n_ref = _counts(searches, "searches"), _counts(reference_searches, "reference_searches")
    e, e_ref = _exposures(exposure, "exposure"), _exposures(reference_exposure, "reference_exposure")
    return confint_poisson_2indep(
        n, e, n_ref, e_ref, method="mover", compare="diff", alpha=_alpha(level), method_mover="score"
    )


def clustered_rate_ratio(*, searches, exposure, reference_searches, reference_exposure, level=0.95):
    """Limits of a rate ratio that let whole months vary: `lower, upper, df`.

    Arrays of shape (..., months): searches and exposure in each month of either group. A month in which
    neither group has exposure is no cluster. The variance of the log ratio is the sum over months of squared
    scores of a Poisson quasi-likelihood fit, in closed form for two groups, with the small-sample factor
    G/(G-1) x (2G-1)/(2G-2) for G months x 2 groups, and t on G - 1 df: what statsmodels
    `GLM(..., Poisson()).fit(cov_type="cluster", use_t=True)` gives. Missing where a group has no search.
    """
    arrays = _monthly(searches, exposure, reference_searches, reference_exposure)
    (n, e, n_ref, e_ref), totals = arrays, [array.sum(axis=-1) for array in arrays]
    months = ((e > 0) | (e_ref > 0)).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = _shortfall(n, e) - _shortfall(n_ref, e_ref)
        margin = _margin((scores**2).sum(axis=-1), months, level)
        ratio = totals[0] / totals[1] / (totals[2] / totals[3])
        ratio = np.where((totals[0] > 0) & (totals[2] > 0), ratio, np.nan)
    return ratio * np.exp(-margin), ratio * np.exp(margin), months - 1


def clustered_rate_difference(*, searches, exposure, reference_searches, reference_exposure, level=0.95):
    """Limits of searches / exposure - reference_searches / reference_exposure: `lower, upper, df`.

    Shapes, clusters and small-sample factor as `clustered_rate_ratio`, on the scale of rates per unit
    exposure.
    """
    n, e, n_ref, e_ref = _monthly(searches, exposure, reference_searches, reference_exposure)
    months = ((e > 0) | (e_ref > 0)).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate, rate_ref = n.sum(axis=-1) / e.sum(axis=-1), n_ref.sum(axis=-1) / e_ref.sum(axis=-1)
        residual = (n - rate[..., None] * e) / e.sum(axis=-1, keepdims=True)
        residual_ref = (n_ref - rate_ref[..., None] * e_ref) / e_ref.sum(axis=-1, keepdims=True)
        margin = _margin(((residual - residual_ref) ** 2).sum(axis=-1), months, level)
    return rate - rate_ref - margin, rate - rate_ref + margin, months - 1


def _shortfall(n, e):
    """Each month's share of a group's searches beyond its share of the group's exposure."""
    return n / n.sum(axis=-1, keepdims=True) - e / e.sum(axis=-1, keepdims=True)


def _margin(sum_of_squares, months, level):
    factor = months / (months - 1) * (2 * months - 1) / (2 * months - 2)
    return stats.t.isf(_alpha(level) / 2, months - 1) * np.sqrt(factor * sum_of_squares)


def _exact_odds(n, n_ref, alpha):
    """Clopper-Pearson limits of the odds that a search is of the first group.

    The two probabilities of each odds come from two inversions: 1 - p would lose digits where p is near 1.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        lower = special.betaincinv(n, n_ref + 1, alpha / 2) / special.betainccinv(n_ref + 1, n, alpha / 2)
        upper = special.betainccinv(n + 1, n_ref, alpha / 2) / special.betaincinv(n_ref, n + 1, alpha / 2)
    lower, upper = np.where(n == 0, 0.0, lower), np.where(n_ref == 0, np.inf, upper)
    missing = np.isnan(n + n_ref)
    return np.where(missing, np.nan, lower), np.where(missing, np.nan, upper)


def _mid_p_above(n, n_ref, log_odds):
    """P(X > n) + P(X = n) / 2 for X binomial(n + n_ref): the mean of P(X >= n + 1) and P(X >= n)."""
    return (_at_least(n + 1, n_ref, log_odds) + _at_least(n, n_ref + 1, log_odds)) / 2


def _mid_p_below(n, n_ref, log_odds):
    """P(X < n) + P(X = n) / 2: the same with the two groups exchanged."""
    return _mid_p_above(n_ref, n, -log_odds)


def _at_least(n, fails, log_odds):
    """P(X >= n) of n + fails - 1 trials, by the incomplete beta function and its two edges."""
    with np.errstate(invalid="ignore"):
        tail = special.betainc(n, fails, special.expit(log_odds))
    return np.where(n <= 0, 1.0, np.where(fails <= 0, 0.0, tail))


def _bisect(increasing, low, high):
    """Where an increasing function crosses zero between `low` and `high`, element by element."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        below = increasing(middle) < 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _pair(searches, exposure, reference_searches, reference_exposure):
    """Counts and the factor that turns odds into a rate ratio, broadcast to one shape."""
    n, n_ref = _counts(searches, "searches"), _counts(reference_searches, "reference_searches")
    e, e_ref = _exposures(exposure, "exposure"), _exposures(reference_exposure, "reference_exposure")
    return np.broadcast_arrays(n, n_ref, e_ref / e)


def _monthly(*arrays):
    names = ("searches", "exposure", "reference_searches", "reference_exposure")
    values = [_amounts(array, name) for array, name in zip(arrays, names, strict=True)]
    return np.broadcast_arrays(*values)


def _counts(values, name):
    values = _amounts(values, name)
    if np.any(values % 1 > 0):
        raise ValueError(f"{np.sum(values % 1 > 0)} value(s) of {name} are not whole numbers")
    return values


def _exposures(values, name):
    values = _amounts(values, name)
    if np.any(values == 0):
        raise ValueError(f"{np.sum(values == 0)} value(s) of {name} are zero: a rate has no meaning there")
    return values


def _amounts(values, name):
    """Floats, missing as NaN; negative or infinite values are an error."""
    if hasattr(values, "to_numpy"):
        values = values.to_numpy(dtype=float, na_value=np.nan)
    values = np.asarray(values, dtype=float)
    wrong = (values < 0) | np.isinf(values)
    if np.any(wrong):
        raise ValueError(f"{np.sum(wrong)} value(s) of {name} are negative or infinite")
    return values


def _alpha(level):
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1; 0.95 for 95%")
    return 1 - level
