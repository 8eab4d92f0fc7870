"""A logit of labels that are not written out: what statsmodels gives on the written design, and on a row a search."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from sas_analysis.measures.designs import independent, indicators
from sas_analysis.measures.outcomes.adjusted import fit_patterns
from sas_analysis.measures.outcomes.label_design import design_of
from sas_analysis.measures.outcomes.logit import clustered_covariance, fit_logit

NAMES = ["force", "month", "age"]


def drawn(seed, n=300, levels=(4, 6, 3)):
    """Patterns of searches whose outcome follows a logit of their labels."""
    random = np.random.default_rng(seed)
    codes = [random.choice(k, n, p=random.dirichlet(np.full(k, 2.0))) for k in levels]
    logit = -0.5 + sum(random.normal(0, 0.5, k)[own] for k, own in zip(levels, codes, strict=True))
    trials = random.integers(1, 40, n)
    labels = {name: pd.Categorical([f"{name} {c}" for c in own]) for name, own in zip(NAMES, codes, strict=True)}
    return pd.DataFrame(labels | {"trials": trials, "hits": random.binomial(trials, special.expit(logit))})


@given(st.integers(0, 10_000), st.integers(15, 60))
def test_what_is_counted_is_what_the_written_design_gives(seed, n):
    patterns = drawn(seed, n)
    design, random = design_of(patterns, NAMES), np.random.default_rng(seed)
    written = independent({"constant": np.ones(n)} | indicators(patterns, NAMES))
    pd.testing.assert_frame_equal(design.frame(), written)
    x, weight, params = written.to_numpy(), random.random(n), random.normal(size=written.shape[1])
    np.testing.assert_allclose(design.dot(params), x @ params, atol=1e-12)
    np.testing.assert_allclose(design.sums(weight), x.T @ weight, atol=1e-12)
    np.testing.assert_allclose(design.gram(weight), (x * weight[:, None]).T @ x, atol=1e-12)
    cluster = random.integers(0, 5, n)
    by = [x[cluster == c].T @ weight[cluster == c] for c in range(cluster.max() + 1)]
    np.testing.assert_allclose(design.sums_by(cluster, weight), by, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_coefficients_and_errors_are_those_of_statsmodels(seed):
    patterns = drawn(seed)
    design, (hits, trials) = design_of(patterns, NAMES), (patterns[name].to_numpy() for name in ("hits", "trials"))
    fit = fit_logit(hits, trials, design)
    counts = np.column_stack([hits, trials - hits])
    reference = sm.GLM(counts, design.frame(), family=sm.families.Binomial()).fit(tol=1e-13)
    np.testing.assert_allclose(fit.params, reference.params, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(fit.covariance, reference.cov_params(), rtol=1e-8, atol=1e-10)
    month = patterns["month"].cat.codes.to_numpy().astype(int)
    rows = np.repeat(np.arange(len(patterns)), trials)
    y = np.concatenate([np.arange(n) < k for k, n in zip(hits, trials, strict=True)]).astype(float)
    by_row = sm.GLM(y, design.frame().iloc[rows], family=sm.families.Binomial())
    given = {"groups": month[rows], "use_correction": False}
    clustered = by_row.fit(tol=1e-13, cov_type="cluster", cov_kwds=given).cov_params()
    number = len(np.unique(month))
    found = clustered_covariance(fit, hits, trials, design, month)
    np.testing.assert_allclose(found, number / (number - 1) * clustered, rtol=1e-8, atol=1e-10)
    same = clustered_covariance(fit_logit(hits, trials, design.frame()), hits, trials, design.frame(), month)
    np.testing.assert_allclose(found, same, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_an_adjusted_difference_is_that_of_statsmodels_on_a_design_written_out(seed):
    patterns = drawn(seed).assign(in_group=np.random.default_rng(seed).random(300) < 0.4)
    patterns["cluster"] = patterns["month"]
    found = fit_patterns(patterns, NAMES, group="Black", reference="White")
    last = {"in_group": patterns["in_group"].to_numpy(dtype=float)}
    design = independent({"constant": np.ones(300)} | indicators(patterns, NAMES) | last)
    pd.testing.assert_frame_equal(found.design, design)
    hits, trials = (patterns[name].to_numpy(dtype=float) for name in ("hits", "trials"))
    fit = sm.GLM(np.column_stack([hits, trials - hits]), design, family=sm.families.Binomial()).fit(tol=1e-13)
    np.testing.assert_allclose(found.params, fit.params, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.result.params, fit.params, rtol=1e-6, atol=1e-8)
    part, sides = trials / trials.sum(), [design.assign(in_group=member) for member in (1.0, 0.0)]
    risks = [np.asarray(fit.predict(side)) for side in sides]
    shares = [part @ risk for risk in risks]
    assert found.shares == pytest.approx(shares, rel=1e-8)
    assert found.difference == pytest.approx(shares[0] - shares[1], rel=1e-8)
    one, other = (side.to_numpy().T @ (part * risk * (1 - risk)) for side, risk in zip(sides, risks, strict=True))
    covariance = np.asarray(fit.cov_params())
    assert found.se == pytest.approx(np.sqrt((one - other) @ covariance @ (one - other)), rel=1e-8)
    pulls = (design.to_numpy() @ covariance @ (one - other)) * (hits - trials * np.asarray(fit.fittedvalues))
    by_month = pd.Series(pulls).groupby(patterns["month"], observed=True).sum()
    number = len(by_month)
    assert found.se_clustered == pytest.approx(np.sqrt(number / (number - 1) * (by_month**2).sum()), rel=1e-8)


def test_labels_that_others_make_up_have_no_column():
    patterns = drawn(1, 40).assign(copy=lambda table: table["force"].astype(str).str.upper())
    assert not any(name.startswith("copy") for name in design_of(patterns, ["force", "copy"]).names)
    assert design_of(patterns, ["age", "force"]).names == design_of(patterns, ["age", "force", "copy"]).names
