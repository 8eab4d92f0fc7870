"""Intervals against R, against published limits, against closed forms, and their coverage by enumeration."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sas_analysis.measures.intervals import limits as limit_functions
from sas_analysis.measures.intervals.limits import (
    clustered_rate_difference,
    clustered_rate_ratio,
    exact_rate_ratio,
    mid_p_rate_ratio,
    poisson_exact,
    rate_difference_limits,
    wilson,
)

REFERENCE = Path(__file__).parent / "reference"  # made by reference/intervals.R

# "Estimating disparity with explicit assumptions", vignette of searchlight 0.1.0: four areas of West Yorkshire.
# The exposures are not printed; the printed bound "all unknown to the comparison group",
# ((n + unknown) / exposure) / (n_ref / exposure_ref), gives the ratio of the exposures.
SEARCHLIGHT = pd.DataFrame(
    {
        "searches": [0, 1, 3, 4],
        "reference_searches": [18, 72, 196, 84],
        "unknown": [47, 31, 153, 127],
        "all_to_comparison": [85.533, 6.438, 14.609, 4.805],
        "ratio": [0.000, 0.201, 0.281, 0.147],
        "lower": [0.000, 0.005, 0.057, 0.039],
        "upper": [7.451, 1.157, 0.833, 0.390],
    }
)


def pair(searches, reference_searches, exposure=1.0, reference_exposure=1.0):
    return {
        "searches": searches,
        "exposure": exposure,
        "reference_searches": reference_searches,
        "reference_exposure": reference_exposure,
    }


def reference_pairs():
    table = pd.read_csv(REFERENCE / "rate_ratio.csv")
    return table, {name: table[name] for name in pair(0, 0)}


def test_exact_ratio_is_that_of_r():
    table, arguments = reference_pairs()
    lower, upper = exact_rate_ratio(**arguments)
    np.testing.assert_allclose(lower, table["exact_lower"], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(upper, table["exact_upper"], rtol=1e-9)


def test_mid_p_ratio_is_that_of_r():
    table, arguments = reference_pairs()
    lower, upper = mid_p_rate_ratio(**arguments)
    np.testing.assert_allclose(lower, table["mid_p_lower"], rtol=1e-8, atol=1e-15)
    np.testing.assert_allclose(upper, table["mid_p_upper"], rtol=1e-8)


def test_poisson_exact_is_that_of_r():
    table = pd.read_csv(REFERENCE / "poisson_exact.csv")
    lower, upper = poisson_exact(count=table["count"])
    np.testing.assert_allclose(lower, table["lower"], rtol=1e-9)
    np.testing.assert_allclose(upper, table["upper"], rtol=1e-9)


def test_wilson_is_that_of_r():
    table = pd.read_csv(REFERENCE / "wilson.csv")
    lower, upper = wilson(successes=table["successes"], trials=table["trials"])
    np.testing.assert_allclose(lower, table["lower"], rtol=1e-9)
    np.testing.assert_allclose(upper, table["upper"], rtol=1e-9)


def test_exact_ratio_reproduces_the_searchlight_vignette():
    exposure_ratio = (
        SEARCHLIGHT["all_to_comparison"]
        * SEARCHLIGHT["reference_searches"]
        / (SEARCHLIGHT["searches"] + SEARCHLIGHT["unknown"])
    )
    arguments = pair(SEARCHLIGHT["searches"], SEARCHLIGHT["reference_searches"], 1.0, exposure_ratio)
    lower, upper = exact_rate_ratio(**arguments)
    ratio = SEARCHLIGHT["searches"] / SEARCHLIGHT["reference_searches"] * exposure_ratio
    np.testing.assert_array_equal(np.round(ratio, 3), SEARCHLIGHT["ratio"])
    np.testing.assert_array_equal(np.round(lower, 3), SEARCHLIGHT["lower"])
    np.testing.assert_array_equal(np.round(upper, 3), SEARCHLIGHT["upper"])


@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [(22, 58, 0.266, 0.508), (795, 2226, 0.337, 0.377), (759, 2138, 0.335, 0.376)],
)
def test_wilson_reproduces_the_searchlight_vignette(successes, trials, lower, upper):
    limits = wilson(successes=successes, trials=trials)
    assert np.round(limits, 3).tolist() == [lower, upper]


@pytest.mark.parametrize("total", [1, 3, 18, 400, 1_000_000])
def test_zero_counts_have_closed_forms(total):
    # No search of total: mid-P leaves (1 - p)^total / 2 = alpha / 2; exact leaves (1 - p)^total = alpha / 2.
    for limits, tail in ((mid_p_rate_ratio, 0.05), (exact_rate_ratio, 0.025)):
        log_none = np.log(tail) / total
        odds = -np.expm1(log_none) / np.exp(log_none)
        assert limits(**pair(0, total, 2.0, 6.0)) == (0, pytest.approx(3 * odds, rel=1e-9))
        assert limits(**pair(total, 0, 2.0, 6.0)) == (pytest.approx(3 / odds, rel=1e-9), np.inf)


def test_no_search_at_all_says_nothing():
    assert mid_p_rate_ratio(**pair(0, 0)) == (0, np.inf)
    assert exact_rate_ratio(**pair(0, 0)) == (0, np.inf)


@given(st.integers(0, 1_000_000), st.integers(0, 1_000_000), st.floats(0.5, 0.999))
def test_mid_p_limits_leave_half_alpha_on_each_side(n, n_ref, level):
    """The limits are put back into scipy's binomial distribution, which they were not solved with."""
    lower, upper = mid_p_rate_ratio(**pair(n, n_ref), level=level)
    total, tail = n + n_ref, (1 - level) / 2
    if n > 0:
        p = lower / (1 + lower)
        above = stats.binom.sf(n, total, p) + stats.binom.pmf(n, total, p) / 2
        assert above == pytest.approx(tail, rel=1e-6)
    if n_ref > 0:
        p = upper / (1 + upper)
        below = stats.binom.cdf(n - 1, total, p) + stats.binom.pmf(n, total, p) / 2
        assert below == pytest.approx(tail, rel=1e-6)


@given(
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.floats(1, 1e6),
    st.floats(1, 1e6),
    st.sampled_from([exact_rate_ratio, mid_p_rate_ratio]),
)
def test_exchanging_the_groups_inverts_the_limits(n, n_ref, exposure, exposure_ref, limits):
    lower, upper = limits(**pair(n, n_ref, exposure, exposure_ref))
    inverse_lower, inverse_upper = limits(**pair(n_ref, n, exposure_ref, exposure))
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(1 / np.array([inverse_upper, inverse_lower]), [lower, upper], rtol=1e-9)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_mid_p_lies_inside_exact(n, n_ref):
    lower, upper = mid_p_rate_ratio(**pair(n, n_ref))
    exact_lower, exact_upper = exact_rate_ratio(**pair(n, n_ref))
    assert exact_lower <= lower <= upper <= exact_upper
    if n and n_ref:
        assert exact_lower < lower < n / n_ref < upper < exact_upper


def coverage(limits, mean, mean_ref, truth, **exposures):
    """Exact probability that the limits hold the truth, summed over all pairs of counts that matter."""
    counts, counts_ref = (
        np.arange(stats.poisson.ppf(1e-9, m), stats.poisson.isf(1e-9, m) + 1) for m in (mean, mean_ref)
    )
    n, n_ref = (grid.ravel() for grid in np.meshgrid(counts, counts_ref, indexing="ij"))
    lower, upper = limits(**pair(n, n_ref, **exposures))
    weight = stats.poisson.pmf(n, mean) * stats.poisson.pmf(n_ref, mean_ref)
    return (weight * ((lower <= truth) & (truth <= upper))).sum()


# Simulated coverage of another implementation, 20,000 replicates: standard error 0.0015.
@pytest.mark.parametrize(
    ("mean", "mean_ref", "exact", "mid_p"),
    [(1, 1, 1.000, 0.997), (3, 30, 0.982, 0.958), (10, 100, 0.966, 0.953), (50, 500, 0.958, 0.950)],
)
def test_coverage_of_the_conditional_ratios(mean, mean_ref, exact, mid_p):
    truth = mean / mean_ref
    assert coverage(exact_rate_ratio, mean, mean_ref, truth) == pytest.approx(exact, abs=0.005)
    assert coverage(mid_p_rate_ratio, mean, mean_ref, truth) == pytest.approx(mid_p, abs=0.005)


@pytest.mark.parametrize("mean", [0.3, 1, 3, 10])
@pytest.mark.parametrize("mean_ref", [0.5, 4, 30])
def test_exact_ratio_never_covers_less_than_stated(mean, mean_ref):
    assert coverage(exact_rate_ratio, mean, mean_ref, mean / mean_ref) >= 0.95


@pytest.mark.parametrize(("mean", "mean_ref"), [(1, 1), (3, 30), (10, 100), (50, 500)])
def test_coverage_of_the_rate_difference(mean, mean_ref):
    exposures = {"exposure": 1.0, "reference_exposure": 10.0}
    held = coverage(rate_difference_limits, mean, mean_ref, mean - mean_ref / 10, **exposures)
    assert 0.945 < held < 0.998


def test_garwood_never_covers_less_than_stated():
    count = np.arange(0, 60)
    lower, upper = poisson_exact(count=count)
    for mean in np.arange(0.05, 30, 0.173):
        held = stats.poisson.pmf(count[(lower <= mean) & (mean <= upper)], mean).sum()
        assert held >= 0.95
    assert upper[0] == pytest.approx(-np.log(0.025))


def test_wilson_covers_0_955_on_average_of_ten():
    successes = np.arange(11)
    lower, upper = wilson(successes=successes, trials=10)
    p = np.linspace(0.0005, 0.9995, 1000)[:, None]
    held = stats.binom.pmf(successes, 10, p) * ((lower <= p) & (p <= upper))
    assert held.sum(axis=1).mean() == pytest.approx(0.955, abs=0.002)


def test_clustered_ratio_is_that_of_r_sandwich():
    counts = pd.read_csv(REFERENCE / "clustered_counts.csv")
    expected = pd.read_csv(REFERENCE / "clustered_ratio.csv").loc[0]
    lower, upper, df = clustered_rate_ratio(**monthly_pair(counts))
    assert (lower, upper, df) == pytest.approx((expected["lower"], expected["upper"], 13), rel=1e-9)


@pytest.mark.filterwarnings("ignore:The Identity link")
def test_clustered_limits_are_those_of_statsmodels():
    counts = pd.read_csv(REFERENCE / "clustered_counts.csv")
    design = sm.add_constant(counts["group"].eq("Black").astype(float))
    options = {"cov_type": "cluster", "cov_kwds": {"groups": counts["month"]}, "use_t": True}
    log = sm.GLM(counts["searches"], design, sm.families.Poisson(), exposure=counts["exposure"]).fit(
        tol=1e-14, **options
    )
    lower, upper, df = clustered_rate_ratio(**monthly_pair(counts))
    assert df == 13
    assert np.log([lower, upper]) == pytest.approx(log.conf_int().loc["group"].to_numpy(), rel=1e-9)
    # The same on the scale of rates: exposure times the rates, without an intercept of its own.
    linear = design.mul(counts["exposure"], axis=0)
    identity = sm.families.Poisson(sm.families.links.Identity())
    rates = sm.GLM(counts["searches"], linear, identity).fit(tol=1e-14, **options)
    lower, upper, _ = clustered_rate_difference(**monthly_pair(counts))
    assert [lower, upper] == pytest.approx(rates.conf_int().loc["group"].to_numpy(), rel=1e-6)


def monthly_pair(counts):
    black, white = (counts[counts["group"].eq(group)] for group in ("Black", "White"))
    return pair(black["searches"], white["searches"], black["exposure"], white["exposure"])


def test_clustered_ratio_counts_only_months_with_exposure():
    n, n_ref = np.arange(20.0, 34), np.arange(300.0, 440, 10)
    full = clustered_rate_ratio(**pair(n, n_ref, np.ones(14), np.ones(14)))
    gaps = [np.append(array, 0.0) for array in (n, n_ref, np.ones(14), np.ones(14))]
    assert clustered_rate_ratio(**pair(*gaps)) == pytest.approx(full, rel=1e-12)


def test_clustered_ratio_is_missing_without_searches():
    ones = np.ones(12)
    for n, n_ref in ((0 * ones, ones), (ones, 0 * ones)):
        lower, upper, _ = clustered_rate_ratio(**pair(n, n_ref, ones, ones))
        assert np.isnan([lower, upper]).all()


def simulated_coverage(shape, months=12, replicates=4000):
    """Share of replicates whose limits hold the ratio; each group's monthly means vary by a gamma of this shape."""
    rng = np.random.default_rng(20190401)
    means = np.array([30.0, 150.0])[:, None, None]
    months_vary = rng.gamma(shape, 1 / shape, (2, replicates, months))
    n, n_ref = rng.poisson(means * months_vary)
    years, years_ref = np.full_like(n, 25, dtype=float), np.full_like(n_ref, 500, dtype=float)
    arguments = pair(n, n_ref, years, years_ref)
    clustered = clustered_rate_ratio(**arguments)
    mid_p = mid_p_rate_ratio(**{name: array.sum(axis=1) for name, array in arguments.items()})
    return [((low <= 4) & (high >= 4)).mean() for low, high in (clustered[:2], mid_p)]


def test_clustered_ratio_covers_where_months_vary_and_mid_p_does_not():
    """Months that vary by 30%: mid-P covers far less than stated, clustered stays near; both hold for Poisson."""
    clustered, mid_p = simulated_coverage(shape=11)
    assert 0.935 < clustered < 0.97
    assert mid_p < 0.85
    clustered, mid_p = simulated_coverage(shape=1e9)
    assert 0.935 < clustered < 0.97
    assert 0.935 < mid_p < 0.965


def test_missing_counts_stay_missing():
    missing = pd.array([None, 3], dtype="Int64")
    for limits in (
        poisson_exact(count=missing),
        wilson(successes=missing, trials=pd.array([4, None], dtype="Int64")),
        exact_rate_ratio(**pair(missing, 4)),
        mid_p_rate_ratio(**pair(3, missing)),
        mid_p_rate_ratio(**pair(0, missing)),
        mid_p_rate_ratio(**pair(missing, 0)),
        exact_rate_ratio(**pair(0, missing)),
    ):
        assert np.isnan(np.asarray(limits)[:, 0]).all()
    assert np.isfinite(np.asarray(poisson_exact(count=missing))[:, 1]).all()
    assert np.isnan(poisson_exact(count=np.nan)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wilson(successes=[1, 5], trials=[2, 4]), "1 value.* of successes exceed trials"),
        (lambda: poisson_exact(count=[1, -1, -2]), "2 value.* of count are negative"),
        (lambda: poisson_exact(count=2.5), "1 value.* of count are not whole"),
        (lambda: mid_p_rate_ratio(**pair(1, 2, exposure=0)), "of exposure are zero"),
        (lambda: exact_rate_ratio(**pair(1, 2, reference_exposure=-1)), "reference_exposure are negative"),
        (lambda: exact_rate_ratio(**pair(1, 2), level=95), "level 95 is not between 0 and 1"),
    ],
)
def test_what_is_no_count_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_function_takes_positional_counts():
    for name in ("wilson", "poisson_exact", "exact_rate_ratio", "mid_p_rate_ratio", "clustered_rate_ratio"):
        parameters = inspect.signature(getattr(limit_functions, name)).parameters.values()
        assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
