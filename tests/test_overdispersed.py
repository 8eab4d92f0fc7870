"""Limits that let months vary: against R, and the coverage of the default where it is offered."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.intervals import overdispersed

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


def coverage(kind, count, times, dispersion, months, law="gamma", ratio=1, replicates=3000):
    rng = np.random.default_rng(20190401)
    with np.errstate(all="ignore"):
        cells = list(validate.cell(rng, law, kind, count, times, ratio, dispersion, months, replicates))
    return {(measure, name): rest for measure, name, *rest in cells}


@pytest.mark.parametrize(
    ("kind", "count", "times", "dispersion", "months", "law", "ratio"),
    [
        ("own", 300, 10, 1, 12, "gamma", 1),
        ("own", 100, 1, 1, 24, "gamma", 6),
        ("alike", 1000, 1, 5, 12, "lognormal", 1),
        ("shared", 300, 10, 50, 12, "gamma", 3),
        ("both", 1000, 10, 5, 15, "lognormal", 3),
        ("season", 5000, 10, 50, 8, "gamma", 1),
    ],
)
def test_the_default_ratio_covers_where_it_is_offered(kind, count, times, dispersion, months, law, ratio):
    found = coverage(kind, count, times, dispersion, months, law, ratio)
    offered, covers, _ = found["ratio", "default"]
    assert offered > 0.5
    error = 2 * np.sqrt(0.95 * 0.05 / (offered * 3000))
    assert 0.93 - error <= covers <= 0.97 + error
    if dispersion > 1 and kind != "shared":
        assert found["ratio", "mid-p"][1] < 0.85  # what the default is there for


@pytest.mark.parametrize(
    ("count", "dispersion", "months"), [(1, 1, 12), (10, 1, 36), (30, 5, 12), (30, 50, 36), (300, 50, 12), (300, 1, 6)]
)
def test_the_default_is_not_offered_where_it_would_not_cover(count, dispersion, months):
    assert coverage("own", count, 10, dispersion, months)["ratio", "default"][0] < 0.01


def test_what_moves_both_groups_alike_refuses_no_ratio():
    """Months that double both: the series' dispersion is in the hundreds, that of the share 1."""
    rng = np.random.default_rng(5)
    course = np.tile([1.0, 2.0, 3.0], 4)
    pair = {
        "searches": rng.poisson(300 * course, (200, 12)),
        "reference_searches": rng.poisson(900 * course, (200, 12)),
    }
    ones = np.ones((200, 12))
    assert overdispersed.series_dispersion(searches=pair["reference_searches"], exposure=ones).min() > 200
    holds = np.all(list(overdispersed.offered(**pair, exposure=ones, reference_exposure=ones).values()), axis=0)
    assert holds.mean() > 0.98


def test_months_without_variation_have_no_interval():
    """Equal shares in every month are no sign of a standard error of zero."""
    same = np.full((1, 12), 100.0)
    told = {"searches": same, "exposure": same, "reference_searches": same, "reference_exposure": same}
    assert overdispersed.why_not(told).tolist() == ["interval not offered: no search, or no variation to judge by"]


def test_the_committed_table_holds_what_the_documents_claim():
    table = pd.read_csv(ROOT / "docs/validation_intervals.csv")
    assert {1, 3, 10, 30, 300, 7, 20, 70, 1000} <= set(table["expected"])
    assert {1, 5, 50} <= set(table["dispersion"])
    assert set(table["law"]) == {"gamma", "lognormal"}
    assert table["replicates"].min() >= 2000
    strict = table[table["variation"].ne("runs") & table["set"].ne("between")]
    by_chance = 0.005 * (strict["interval"].eq("default") & strict["offered"].ge(validate.RARELY)).sum()
    assert len(validate.outside(strict)) <= by_chance
    default = table[table["interval"].eq("default") & table["variation"].ne("runs")]
    assert default["offered_and_missed"].max() < 0.07
    own = strict["interval"].eq("mid-p") & strict["dispersion"].gt(1) & strict["variation"].eq("own")
    assert (strict.loc[own & strict["measure"].eq("ratio"), "coverage"] < 0.93).mean() > 0.9


def test_the_documents_give_the_summary_of_the_committed_table():
    table = pd.read_csv(ROOT / "docs/validation_intervals.csv")
    text = (ROOT / "docs/methods.md").read_text(encoding="utf-8")
    for row in validate.summary(table).itertuples(index=False):
        assert f"| {row.set} | {row.cells} | {row.offered} | {row.outside} | {row[4]} |" in text
