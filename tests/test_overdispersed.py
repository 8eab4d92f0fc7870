"""Limits that let months vary, asked for by name: against R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.intervals import overdispersed

REFERENCE = Path(__file__).parent / "reference"  # made by reference/intervals.R


def arrays(name, group):
    table = pd.read_csv(REFERENCE / name)
    rows = table[table["group"].eq(group)]
    return rows["searches"].to_numpy(float), rows["exposure"].to_numpy(float)


def limits_of_r(what):
    return pd.read_csv(REFERENCE / "varying.csv").set_index("what").loc[what].to_numpy()


def test_quasi_poisson_ratio_is_that_of_r():
    (n, e), (n_ref, e_ref) = arrays("quasi_counts.csv", "Black"), arrays("quasi_counts.csv", "White")
    *limits, df = overdispersed.quasi_poisson_rate_ratio(
        searches=n, exposure=e, reference_searches=n_ref, reference_exposure=e_ref
    )
    np.testing.assert_allclose(limits, limits_of_r("ratio quasi"), rtol=1e-8)
    assert df == 13


@pytest.mark.parametrize(
    ("function", "what"),
    [(overdispersed.quasi_poisson_rate, "rate quasi"), (overdispersed.clustered_rate, "rate clustered")],
)
def test_limits_of_one_rate_are_those_of_r(function, what):
    n, e = arrays("clustered_counts.csv", "Black")
    *limits, df = function(searches=n, exposure=e)
    np.testing.assert_allclose(limits, limits_of_r(what), rtol=1e-8)
    assert df == 13


def test_months_without_variation_have_no_quasi_poisson_limits():
    """Equal shares in every month are no sign of a standard error of zero."""
    same = np.full((1, 12), 100.0)
    told = {"searches": same, "exposure": same, "reference_searches": same, "reference_exposure": same}
    lower, upper, _ = overdispersed.quasi_poisson_rate_ratio(**told)
    assert np.isnan(lower[0])
    assert np.isnan(upper[0])
