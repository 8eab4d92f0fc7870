"""Imputation of unknown ethnicity: Rubin's rules against R, simulated truth, and limiting cases."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.exposure import Exposure, count_searches
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.unknown.bounds import LOWER, UPPER, ratio_bounds
from sas_analysis.measures.unknown.dirichlet_smoothing import chain
from sas_analysis.measures.unknown.imputation import count_patterns, impute, imputed_ratio
from sas_analysis.measures.unknown.missing_not_at_random import parity_delta, ratio_by_delta
from sas_analysis.measures.unknown.rubin import rubin

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "tests" / "reference"
RESIDENTS = pd.DataFrame({"ethnicity_5": ["White", "Mixed", "Black"], "residents": [90_000, 3000, 5000]})
GROUPS = ["White", "Mixed", "Black"]


def searches(rng, rows=6000, months=12, unknown=0.2):
    """Records whose officer's word tells the group nearly always; unknown more often where officers say Black."""
    group = rng.choice(GROUPS, rows, p=[0.7, 0.1, 0.2])
    black = np.select([group == "White", group == "Mixed"], [0.02, 0.6], 0.97)
    word = np.where(rng.random(rows) < black, "Black", "White")
    hidden = rng.random(rows) < np.where(word == "Black", 2 * unknown, unknown)
    names = pd.period_range("2018-04", periods=months, freq="M").strftime("%Y-%m")
    frame = pd.DataFrame(
        {
            "force": "here",
            "month": rng.choice(names, rows),
            "ethnicity_5": pd.Categorical(np.where(hidden, "Unknown", group), categories=[*GROUPS, "Unknown"]),
            "officer_ethnicity_5": pd.Categorical(word, categories=["White", "Black", "Unknown"]),
            "object_group": rng.choice(["Drugs", "Weapons"], rows),
            "power": "Reasonable grounds",
        }
    )
    return frame, pd.Series(group, name="ethnicity_5")


@pytest.fixture(scope="module")
def year():
    return searches(np.random.default_rng(5))


def made(frame, draws=20, seed=1, **options):
    patterns = count_patterns(frame, **options)
    return impute(patterns, draws=draws, seed=seed), count_searches(frame, "ethnicity_5")


def estimates(table):
    return table.set_index("ethnicity_5")["estimate"].astype(float)


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_rubins_rules_are_those_of_mice(name):
    draws = pd.read_csv(REFERENCE / "rubin_draws.csv").query("set == @name")
    expected = pd.read_csv(REFERENCE / "rubin_pooled.csv").set_index("set").loc[name]
    pooled = rubin(draws["estimate"], draws["variance"], expected["df_complete"])
    for field in pooled._fields:
        assert getattr(pooled, field) == pytest.approx(expected[field], rel=1e-9), field


def test_rubins_rules_without_variance_between_are_the_complete_analysis():
    pooled = rubin(np.full(5, 0.7), np.full(5, 0.04), 1e6)
    assert (pooled.estimate, pooled.total, pooled.fraction_missing) == pytest.approx((0.7, 0.04, 0))
    assert pooled.df == pytest.approx(1e6, rel=1e-4)
    with pytest.raises(ValueError, match="two or more"):
        rubin([0.7], [0.04])


def test_every_unknown_search_is_given_to_one_group_in_every_draw(year):
    imputation, counts = made(year[0])
    unknown = counts[counts["ethnicity_5"].eq("Unknown")].set_index("month")["searches"]
    per_cell = imputation.added.sum(axis=2)
    assert (per_cell == unknown.loc[imputation.cells["month"]].to_numpy(dtype=int)).all()
    assert imputation.shares["unknown"] == pytest.approx(year[0]["ethnicity_5"].eq("Unknown").mean())


def test_draws_are_those_of_the_seed(year):
    first, again, other = (made(year[0], seed=seed)[0].added for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_more_draws_leave_the_first_as_they_are(year):
    few, many = (made(year[0], draws=draws)[0].added for draws in (3, 7))
    np.testing.assert_array_equal(few, many[:3])
    assert (many[0] != many[1]).any()


@pytest.mark.parametrize("share", [0.02, 0.5, 1])
def test_probabilities_are_those_of_the_whole_chain(share):
    """Cells that nobody asks for are left out of it, and take nothing with them."""
    rng = np.random.default_rng(2)
    keys = pd.DataFrame({name: rng.integers(0, many, 400) for name, many in (("a", 3), ("b", 7), ("c", 11))})
    known = rng.poisson(2, (400, 4)).astype(float)
    rows = np.flatnonzero(rng.random(400) < share)
    whole, asked = chain(keys, known, np.arange(400)), chain(keys, known, rows)
    np.testing.assert_array_equal(asked.mean(), whole.mean()[rows])
    assert [len(counts) for counts in asked.counts][1:] == [
        len(keys.iloc[rows, :last].drop_duplicates()) for last in (1, 2, 3)
    ]


def test_without_unknown_the_imputed_ratio_is_the_ratio_with_its_own_limits(year):
    frame = year[0].assign(ethnicity_5=year[1].astype(year[0]["ethnicity_5"].dtype))
    imputation, counts = made(frame)
    table = imputed_ratio(imputation, Exposure(counts, RESIDENTS, 12)).set_index("ethnicity_5")
    ratio = disproportionality_ratio(Exposure(counts, RESIDENTS, 12)).set_index("ethnicity_5").loc[GROUPS]
    np.testing.assert_allclose(table.loc[GROUPS, "estimate"], ratio["estimate"], rtol=1e-12)
    columns = ["lower", "upper", "period_lower", "period_upper"]
    np.testing.assert_allclose(table.loc[GROUPS, columns], ratio[columns].astype(float), rtol=1e-9)
    assert "imputation makes 0% of the variance" in table.loc["Black", "note"]
    # Barnard and Rubin's df is below the complete 11 even where nothing is missing: limits by name are a little wider.
    exposure = Exposure(counts, RESIDENTS, 12)
    named = imputed_ratio(imputation, exposure, interval="clustered").set_index("ethnicity_5").loc["Black"]
    own = disproportionality_ratio(exposure, interval="clustered").set_index("ethnicity_5").loc["Black"]
    assert named["lower"] <= own["lower"]
    assert named["upper"] < 1.1 * own["upper"]
    assert named["note"].endswith("fraction of missing information 0%")


def test_limits_of_forces_added_together_hold_the_imputation_too(year):
    frame = pd.concat([year[0], year[0].assign(force="essex")]).astype({"force": "category"})
    imputation = impute(count_patterns(frame), draws=20)
    counts = count_searches(frame, "ethnicity_5")
    residents = pd.concat([RESIDENTS.assign(force=force) for force in frame["force"].cat.categories])
    months = pd.DataFrame({"force": frame["force"].cat.categories, "months": 12})
    exposure = Exposure(counts, residents, months)
    imputed = imputed_ratio(imputation, exposure).set_index("ethnicity_5").loc["Black"]
    plain = disproportionality_ratio(exposure).set_index("ethnicity_5").loc["Black"]
    widths = [np.log(row["upper"] / row["lower"]) for row in (imputed, plain)]
    assert 0.95 * widths[1] < widths[0] < 1.5 * widths[1]
    assert imputed["lower"] < imputed["period_lower"] < imputed["estimate"]


def test_given_nothing_the_imputed_ratio_is_that_of_the_known(year):
    imputation, counts = made(year[0], draws=400, given=())
    table = estimates(imputed_ratio(imputation, Exposure(counts, RESIDENTS, 12)))
    ratio = estimates(disproportionality_ratio(Exposure(counts, RESIDENTS, 12)))
    np.testing.assert_allclose(table[["Black", "Mixed"]], ratio[["Black", "Mixed"]], rtol=0.01)


def test_officers_words_recover_the_ratio_of_the_complete_records(year):
    frame, group = year
    imputation, counts = made(frame, draws=50)
    table = imputed_ratio(imputation, Exposure(counts, RESIDENTS, 12))
    complete = count_searches(frame.assign(ethnicity_5=group.astype(frame["ethnicity_5"].dtype)), "ethnicity_5")
    truth = estimates(disproportionality_ratio(Exposure(complete, RESIDENTS, 12)))
    left_out = estimates(disproportionality_ratio(Exposure(counts, RESIDENTS, 12)))
    assert estimates(table)["Black"] == pytest.approx(truth["Black"], rel=0.04)
    assert left_out["Black"] < 0.85 * truth["Black"]
    note = table.set_index("ethnicity_5").loc["Black", "note"]
    assert "officer-defined group, force, quarter, object group, power" in note
    assert "of the variance" in note
    assert "nan" not in note


@pytest.mark.parametrize(("months", "method"), [(12, "clustered by month"), (6, "quasi-Poisson"), (3, "")])
def test_the_variance_within_draws_follows_the_months(months, method):
    frame, _ = searches(np.random.default_rng(2), rows=1500, months=months)
    imputation, counts = made(frame)
    exposure = Exposure(counts, RESIDENTS, months)
    row = imputed_ratio(imputation, exposure, interval="clustered").set_index("ethnicity_5").loc["Black"]
    assert "nan" not in row["note"]
    assert row["interval"].startswith(f"95% multiple imputation, {method}") if method else pd.isna(row["lower"])


def test_what_no_officer_saw_is_imputed_from_the_coarser_cell_and_said():
    frame, _ = searches(np.random.default_rng(3), rows=3000)
    frame.loc[frame["ethnicity_5"].eq("Unknown") & frame.index.to_series().mod(2).eq(0), "officer_ethnicity_5"] = (
        "Unknown"
    )
    imputation, counts = made(frame)
    blind = (frame["officer_ethnicity_5"].eq("Unknown") & frame["ethnicity_5"].eq("Unknown")).sum()
    assert imputation.shares["both_unknown"] == pytest.approx(blind / frame["ethnicity_5"].eq("Unknown").sum())
    table = imputed_ratio(imputation, Exposure(counts, RESIDENTS, 12))
    assert table["note"].str.contains("without an officer-defined group").sum() == 2


def test_nothing_known_gives_a_reason():
    frame, _ = searches(np.random.default_rng(3), rows=300)
    frame["ethnicity_5"] = pd.Categorical(["Unknown"] * 300, categories=[*GROUPS, "Unknown"])
    imputation, counts = made(frame)
    table = imputed_ratio(imputation, Exposure(counts, RESIDENTS, 12))
    assert table["estimate"].isna().all()
    assert table["note"].str.contains("no search of known ethnicity to impute from").all()


def test_where_residents_measure_nothing_there_is_a_reason(year):
    imputation, counts = made(year[0])
    patterns = count_patterns(year[0])
    for table in (
        imputed_ratio(imputation, Exposure(counts, RESIDENTS, 12, problem="nobody lives there")),
        ratio_by_delta(patterns, Exposure(counts, RESIDENTS, 12, problem="nobody lives there")),
        parity_delta(patterns, Exposure(counts, RESIDENTS, 12, problem="nobody lives there")),
    ):
        assert table["estimate"].isna().all()
        assert table["note"].str.contains("nobody lives there").all()


def test_other_searches_than_the_counts_are_refused(year):
    imputation, _ = made(year[0])
    with pytest.raises(ValueError, match="make both from the same searches"):
        imputed_ratio(imputation, Exposure(count_searches(year[0].iloc[:4000], "ethnicity_5"), RESIDENTS, 12))


def test_sparse_cells_lean_on_the_coarser_cell_and_full_ones_do_not():
    keys = pd.DataFrame({"one": ["a", "b", "c", "d"]})
    known = np.array([[900, 100], [100, 900], [500, 500], [0, 0]], dtype=float)
    mean = chain(keys, known, np.full(4, True)).mean()
    assert mean[0, 0] == pytest.approx(0.9, abs=0.01)
    assert mean[3, 0] == pytest.approx(0.5, abs=1e-9)
    alike = chain(keys, np.array([[90, 10], [91, 9], [89, 11], [1, 0]], dtype=float), np.full(4, True))
    assert alike.weights[1] > 1000
    assert alike.mean()[3, 0] == pytest.approx(0.9, abs=0.01)


def test_drawn_probabilities_are_as_uncertain_as_their_posterior():
    known = np.array([[30, 70]], dtype=float)
    one = chain(pd.DataFrame(index=[0]), known, np.array([True]))
    rng = np.random.default_rng(1)
    drawn = np.array([one.draw(rng)[0, 0] for _ in range(20_000)])
    mean = 30.5 / 101  # Jeffreys's prior
    assert drawn.mean() == pytest.approx(mean, abs=0.002)
    assert drawn.std() == pytest.approx(np.sqrt(mean * (1 - mean) / 102), rel=0.03)


def test_the_odds_curve_is_its_closed_form_in_one_cell(year):
    patterns, counts = count_patterns(year[0], given=()), count_searches(year[0], "ethnicity_5")
    table = ratio_by_delta(patterns, Exposure(counts, RESIDENTS, 12), deltas=[0.25, 1, 3])
    known = counts.groupby("ethnicity_5", observed=True)["searches"].sum().astype(float)
    unknown, p = known["Unknown"], (known[GROUPS] + 0.5) / (known[GROUPS].sum() + 1.5)
    for row in table[table["ethnicity_5"].eq("Black")].itertuples():
        rest = 1 + (row.delta - 1) * p["Black"]
        own = known["Black"] + unknown * row.delta * p["Black"] / rest
        white = known["White"] + unknown * p["White"] / rest
        assert row.estimate == pytest.approx(own / 5000 / (white / 90_000), rel=1e-12)


def test_the_odds_curve_rises_within_the_bounds_and_parity_lies_on_it(year):
    patterns, counts = count_patterns(year[0]), count_searches(year[0], "ethnicity_5")
    bounds = ratio_bounds(Exposure(counts, RESIDENTS, 12)).set_index(["ethnicity_5", "measure"])["estimate"]
    deltas = [1e-9, 0.25, 1, 4, 1e9]
    curve = ratio_by_delta(patterns, Exposure(counts, RESIDENTS, 12), deltas=deltas)
    for group, rows in curve.groupby("ethnicity_5", observed=True):
        values = rows["estimate"].to_numpy(dtype=float)
        assert (np.diff(values) > 0).all()
        assert bounds[group, LOWER] < values[0]
        assert values[-1] == pytest.approx(bounds[group, UPPER], rel=1e-6)
    even = RESIDENTS.assign(residents=[90_000, 3000, 27_000])
    found = parity_delta(patterns, Exposure(counts, even, 12)).set_index("ethnicity_5")
    delta = found.loc["Black", "estimate"]
    at = ratio_by_delta(patterns, Exposure(counts, even, 12), deltas=[delta])
    assert estimates(at)["Black"] == pytest.approx(1, rel=1e-9)
    assert pd.isna(found.loc["Mixed", "estimate"])
    assert found.loc["Mixed", "note"] == "not estimable: no delta brings parity"


@pytest.fixture(scope="module")
def simulated():
    sys.path.insert(0, str(ROOT / "benchmarks" / "validate"))
    try:
        import unknown as benchmark
    finally:
        sys.path.pop(0)
    table = benchmark.simulate(40, seed=7, draws=10)
    return table.set_index(["mechanism", "ethnicity_5", "method"])


@pytest.mark.parametrize("mechanism", ["MCAR", "MAR"])
def test_simulated_truth_is_recovered_where_the_assumption_holds(simulated, mechanism):
    for group, most in {"Mixed": 5, "Asian": 3, "Black": 2}.items():
        row = simulated.loc[mechanism, group, "imputed"]
        assert abs(row["bias_percent"]) < most, (group, row["bias_percent"])
        assert row["coverage"] >= 0.85
    if mechanism == "MAR":
        assert simulated.loc["MAR", "Black", "unknown left out"]["bias_percent"] < -20


def test_simulated_truth_is_missed_where_it_does_not_and_found_at_the_true_odds(simulated):
    assert simulated.loc["MNAR", "Black", "imputed"]["bias_percent"] < -5
    assert abs(simulated.loc["MNAR", "Black", "odds times 4"]["bias_percent"]) < 2


def test_bounds_hold_every_simulated_truth(simulated):
    held = simulated.xs("bounds", level="method")["bounds_contain"]
    assert len(held) == 12
    assert held.eq(1).all()
