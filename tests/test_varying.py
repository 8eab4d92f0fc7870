"""Limits that let months vary: against R, and the coverage of the default where it is offered."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures import varying

REFERENCE = Path(__file__).parent / "reference"  # made by reference/intervals.R
ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("validate_intervals", ROOT / "benchmarks/validate/intervals.py")
validate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(validate)


def arrays(name, group):
    table = pd.read_csv(REFERENCE / name)
    rows = table[table["group"].eq(group)]
    return rows["searches"].to_numpy(float), rows["exposure"].to_numpy(float)


def limits_of_r(what):
    return pd.read_csv(REFERENCE / "varying.csv").set_index("what").loc[what].to_numpy()


def test_quasi_poisson_ratio_is_that_of_r():
    (n, e), (n_ref, e_ref) = arrays("quasi_counts.csv", "Black"), arrays("quasi_counts.csv", "White")
    *limits, df = varying.quasi_poisson_rate_ratio(
        searches=n, exposure=e, reference_searches=n_ref, reference_exposure=e_ref
    )
    np.testing.assert_allclose(limits, limits_of_r("ratio quasi"), rtol=1e-8)
    assert df == 13


@pytest.mark.parametrize(
    ("function", "what"), [(varying.quasi_poisson_rate, "rate quasi"), (varying.clustered_rate, "rate clustered")]
)
def test_limits_of_one_rate_are_those_of_r(function, what):
    n, e = arrays("clustered_counts.csv", "Black")
    *limits, df = function(searches=n, exposure=e)
    np.testing.assert_allclose(limits, limits_of_r(what), rtol=1e-8)
    assert df == 13


def coverage(kind, count, times, dispersion, months, replicates=3000):
    rng = np.random.default_rng(20190401)
    with np.errstate(all="ignore"):
        cells = list(validate.cell(rng, kind, count, times, dispersion, months, replicates))
    return {(measure, name): rest for measure, name, *rest in cells}


@pytest.mark.parametrize(
    ("kind", "count", "times", "dispersion", "months"),
    [
        ("own", 10, 10, 1, 6),
        ("own", 30, 1, 1, 12),
        ("own", 300, 10, 5, 6),
        ("alike", 300, 1, 5, 24),
        ("shared", 300, 10, 5, 12),
        ("both", 300, 10, 5, 12),
    ],
)
def test_the_default_ratio_covers_where_it_is_offered(kind, count, times, dispersion, months):
    found = coverage(kind, count, times, dispersion, months)
    offered, covers, _ = found["ratio", "default"]
    assert offered > 0.5
    error = 2 * np.sqrt(0.95 * 0.05 / (offered * 3000))
    assert 0.93 - error <= covers <= 0.97 + error
    if dispersion > 1 and kind != "shared":
        assert found["ratio", "mid-p"][1] < 0.85  # what the default is there for


@pytest.mark.parametrize(("count", "dispersion", "months"), [(1, 1, 12), (3, 1, 12), (300, 50, 3), (300, 1, 3)])
def test_the_default_is_not_offered_where_it_would_not_cover(count, dispersion, months):
    assert coverage("own", count, 10, dispersion, months)["ratio", "default"][0] < 0.01


def test_the_committed_table_holds_what_the_documents_claim():
    table = pd.read_csv(ROOT / "docs/validation_intervals.csv")
    assert set(table["expected"]) == {1, 3, 10, 30, 300}
    assert set(table["dispersion"]) == {1, 5, 50}
    assert set(table["months"]) == {3, 6, 12, 24, 36}
    assert table["replicates"].min() >= 2000
    strict = table[table["variation"].ne("runs") & table["measure"].eq("ratio")]
    assert len(validate.outside(strict)) <= 1
    poisson = strict[strict["interval"].eq("mid-p") & strict["dispersion"].gt(1) & strict["variation"].eq("own")]
    assert (poisson["coverage"] < 0.93).mean() > 0.9
