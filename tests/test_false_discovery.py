"""Many forces at once: shrinkage, ranks, funnel, false discoveries, and their figures."""

import math

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.pooling.false_discovery import benjamini_hochberg
from sas_analysis.measures.pooling.funnel_limits import dispersion_of, funnel, funnel_limits
from sas_analysis.measures.pooling.pooled import random_effects_ratio
from sas_analysis.measures.pooling.random_effects import moment_tau2
from sas_analysis.measures.pooling.ranks import rank_probabilities
from sas_analysis.measures.pooling.shrinkage import SHRINKAGE, shrunken_ratios
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.present.charts.pooling import forest, funnel_plot
from sas_analysis.validation.check import published_strata

SMALL = pd.DataFrame(
    {
        "force": [f"f{n}" for n in range(8) for _ in range(2)],
        "ethnicity_5": ["White", "Black"] * 8,
        "searches": [900, 30, 700, 12, 40, 0, 300, 9, 20, 3, 0, 0, 0, 2, 650, 55],
        "resident_years": [90e3, 1e3, 80e3, 5e2, 5e3, 2e2, 30e3, 4e2, 3e3, 90, 1e3, 50, 400, 60, 70e3, 1.5e3],
    }
)


@pytest.fixture(scope="module")
def eff():
    strata = published_strata()
    return strata[strata["ethnicity_5"].isin(["White", "Black"])].reset_index(drop=True)


@pytest.mark.parametrize("method", SHRINKAGE)
def test_shrinkage_draws_small_forces_most(eff, method):
    table = shrunken_ratios(eff, method=method).set_index("force")["estimate"]
    wide = eff.pivot(index="force", columns="ethnicity_5")
    raw = (wide["searches"] / wide["resident_years"]).astype(float).eval("Black / White")
    moved = (np.log(table) - np.log(raw)).abs()
    assert moved.max() < (0.5 if method == "process" else 0.3)  # months leave a force's level more open than chance
    assert moved["metropolitan"] < (0.1 if method == "process" else 0.002)
    # Durham has 15 searches and a ratio far from the mean, Dorset the ratio farthest from it.
    assert moved.idxmax() == ("dorset" if method == "process" else "durham")
    assert raw["durham"] < table["durham"] < raw.median()


def test_log_normal_shrinkage_is_its_closed_form(eff):
    table = shrunken_ratios(eff, method="log-normal").set_index("force").loc["dorset"]
    y, v, tau2, mean = np.log(13.788577), 1 / 138 + 1 / 1382, 0.1985734, 1.2425454
    pull = v / (v + tau2)
    assert np.log(table["estimate"]) == pytest.approx((1 - pull) * y + pull * mean, abs=1e-6)
    se = np.sqrt(pull * tau2 + pull**2 * 0.0702432**2)
    assert np.log(table["upper"] / table["estimate"]) == pytest.approx(1.959964 * se, rel=1e-5)


def test_zeros_are_shrunk_or_said_to_be_missing():
    conditional = shrunken_ratios(SMALL).set_index("force")
    assert conditional["estimate"].gt(0).all()
    assert conditional.at["f5", "note"].startswith("no search of either group")
    gamma = shrunken_ratios(SMALL, method="gamma-Poisson").set_index("force")
    assert gamma.at["f2", "estimate"] > 0
    assert pd.isna(gamma.at["f6", "estimate"])
    assert "reference group has no search" in gamma.at["f6", "note"]
    nothing = shrunken_ratios(SMALL.assign(searches=SMALL["searches"].mask(SMALL["ethnicity_5"].eq("Black"), 0)))
    assert nothing["estimate"].isna().all()
    assert nothing["note"].str.contains("not estimable").all()


def test_shrinkage_is_nearer_the_truth_than_counting():
    """Twelve tables of small counts with known ratios: the default beats the log-normal, and both the raw ratio."""
    random, errors = np.random.default_rng(11), {method: [] for method in SHRINKAGE}
    e, e_ref = random.lognormal(4, 1, 30), random.lognormal(8, 0.6, 30)
    for _ in range(12):
        truth = 0.7 + 0.4 * random.standard_normal(30)
        n, m = random.poisson(0.05 * np.exp(truth) * e), random.poisson(0.05 * e_ref)
        parts = [
            pd.DataFrame({"force": range(30), "ethnicity_5": g, "searches": c, "resident_years": x})
            for g, c, x in (("White", m, e_ref), ("Black", n, e))
        ]
        for method in SHRINKAGE:
            made = np.log(shrunken_ratios(pd.concat(parts), method=method)["estimate"].to_numpy())
            errors[method].append(((made - truth) ** 2).mean())
    means = {method: np.mean(values) for method, values in errors.items()}
    assert means["conditional"] < means["log-normal"]
    assert means["conditional"] < 1.02 * means["gamma-Poisson"]
    assert means["conditional"] < 0.4**2  # what calling every force average would give


def test_ranks_are_the_same_in_any_order_and_refuse_small_counts(eff):
    chance = rank_probabilities(eff, draws=4000, method="conditional").set_index("force")
    assert chance.loc["dorset", ["rank_lower", "rank_upper", "share_top_quarter"]].tolist() == [1, 1, 1]
    table = rank_probabilities(eff, draws=4000).set_index("force")
    spans = [(ranks["rank_upper"] - ranks["rank_lower"]).mean() for ranks in (chance, table)]
    assert spans[1] > spans[0]  # months leave the order of forces more open
    assert table["share_top_quarter"].sum() == pytest.approx(10)  # of 42
    other = rank_probabilities(eff.sample(frac=1, random_state=1), draws=4000).set_index("force").loc[table.index]
    pd.testing.assert_frame_equal(table, other)
    small = rank_probabilities(SMALL, draws=500).set_index("force")
    assert small["forces_ranked"].unique().tolist() == [3]
    assert small.loc[["f2", "f3", "f6"], "rank_median"].isna().all()
    assert small.at["f3", "note"] == "not ranked: fewer than 10 searches of one group"


def test_forces_that_do_not_differ_are_not_ranked():
    row = [500, 1000.0, 60, 100.0]
    table = pd.DataFrame(
        [(f"f{n}", g, row[2 * i], row[2 * i + 1]) for n in range(8) for i, g in enumerate(["White", "Black"])],
        columns=["force", "ethnicity_5", "searches", "resident_years"],
    )
    made = rank_probabilities(table, method="log-normal", draws=200)
    assert made["rank_median"].isna().all()
    assert made["note"].eq("not ranked: no difference between forces beyond chance and what months move").all()


@pytest.mark.parametrize("spread", ["additive", "multiplicative", "none"])
def test_a_place_set_apart_is_in_no_centre_and_has_its_own_ratio_alone(eff, spread):
    """What the others have in common is what it is without the place."""
    apart = eff["force"].eq("dorset")
    told = eff.assign(not_compared=np.where(apart, "47% of its searches were in August 2018", ""))
    found, without = funnel(told, spread=spread), funnel(eff[~apart], spread=spread)
    own = found["force"].eq("dorset")
    pd.testing.assert_frame_equal(found[~own].reset_index(drop=True), without)
    assert found["force"].tolist() == funnel(eff)["force"].tolist()
    (row,) = found[own].to_dict("records")
    assert row["verdict"] == "not said: 47% of its searches were in August 2018"
    assert row["ratio"] == funnel(eff).set_index("force").at["dorset", "ratio"]
    assert row["target"] == without["target"].iloc[0]
    assert all(math.isnan(row[name]) for name in ("z", "p_value", "lower_95", "upper_998"))
    drawn = shrunken_ratios(told)
    pd.testing.assert_frame_equal(
        drawn[drawn["force"].ne("dorset")].reset_index(drop=True), shrunken_ratios(eff[~apart])
    )
    (row,) = drawn[drawn["force"].eq("dorset")].to_dict("records")
    assert math.isnan(row["estimate"])
    assert row["note"] == "not estimable: 47% of its searches were in August 2018"
    every = eff.assign(not_compared="these boundaries overlap")
    assert funnel(every)["verdict"].unique().tolist() == ["not said: these boundaries overlap"]
    assert shrunken_ratios(every)["estimate"].isna().all()


def test_funnel_by_hand(eff):
    table = funnel(eff, spread="multiplicative").set_index("force")
    assert table["target"].iloc[0] == pytest.approx(2.85003720, rel=1e-8)  # Mantel-Haenszel
    z = np.log(table["ratio"] / table["target"]) * table["precision"]
    low, high = np.quantile(z, [0.1, 0.9])
    assert table["dispersion"].iloc[0] == pytest.approx(np.mean(np.clip(z, low, high) ** 2), rel=1e-9)
    assert table["z"].to_numpy() == pytest.approx((z / np.sqrt(table["dispersion"])).to_numpy(), rel=1e-9)
    assert table.at["dorset", "precision"] == pytest.approx((1 / 138 + 1 / 1382) ** -0.5)
    plain = funnel(eff, spread="none", interval="poisson")
    assert funnel(eff, spread="none")["verdict"].ne("within").sum() < 32  # months explain some of it
    assert plain["verdict"].ne("within").sum() == 32
    assert table["verdict"].ne("within").sum() == 4


def test_additive_spread_is_der_simonian_and_laird_without_winsorising(eff):
    wide = eff.pivot(index="force", columns="ethnicity_5")["searches"].astype(float)
    v = (1 / wide["Black"] + 1 / wide["White"]).to_numpy()
    assert moment_tau2(len(v) * 2079.685243595924 / 42, v) == pytest.approx(0.08354857768459856, rel=1e-9)  # R, DL
    assert moment_tau2(len(v) * 0.9, v) == 0
    assert dispersion_of(np.full(10, 2.0)) == 4


def test_funnel_limits_are_where_the_verdict_changes(eff):
    for spread in ("additive", "multiplicative", "none"):
        table = funnel(eff, spread=spread)
        curves = funnel_limits(table, spread=spread)
        for row in table.itertuples():
            inner = curves[curves["level"].eq(0.95)]
            upper = np.exp(np.interp(np.log(row.precision), np.log(inner["precision"]), np.log(inner["upper"])))
            lower = np.exp(np.interp(np.log(row.precision), np.log(inner["precision"]), np.log(inner["lower"])))
            assert (lower < row.ratio < upper) == (row.verdict == "within"), (spread, row.force)


def test_funnel_without_log_ratios():
    table = funnel(SMALL).set_index("force")
    assert table.loc[["f2", "f5", "f6"], "note"].str.startswith("no log ratio").all()
    assert table.loc[["f2", "f5", "f6"], "z"].isna().all()


def test_benjamini_hochberg_within_families():
    p = pd.DataFrame({"p_value": [0.001, 0.012, 0.04, 0.2, 0.9, np.nan], "group": list("aaaaab")})
    table = benjamini_hochberg(p, family="five forces")
    assert table["p_adjusted"].tolist()[:5] == pytest.approx([0.005, 0.03, 0.2 / 3, 0.25, 0.9])  # R p.adjust
    assert table["distinct"].tolist()[:5] == [True, True, False, False, False]
    assert table["family_size"].eq(5).all()
    assert pd.isna(table["p_adjusted"].iloc[5])
    assert benjamini_hochberg(p, family="group")["family_size"].tolist() == [5] * 5 + [0]
    with pytest.raises(ValueError, match="say what the family"):
        benjamini_hochberg(p, family="")
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg(p.assign(p_value=2), family="x")


@pytest.fixture
def rates():
    counts = SMALL[["force", "ethnicity_5", "searches"]]
    residents = SMALL[["force", "ethnicity_5", "resident_years"]].rename(columns={"resident_years": "residents"})
    months = pd.DataFrame({"force": SMALL["force"].unique(), "months": 12})
    return disproportionality_ratio(Exposure(counts, residents, months), within="force")


def _numbered_and_in_sight(axes, table):
    """The axis of precision has numbers, and the upper limits that the legend names are in the picture."""
    low, high = axes.get_xlim()
    numbers = [float(text.get_text()) for text in axes.get_xticklabels() if text.get_text()]
    assert len([number for number in numbers if low <= number <= high]) >= 2
    bottom, top = axes.get_ylim()
    upper = table["upper_998"].dropna()
    assert upper.between(bottom, top).all()
    assert table["ratio"].dropna().between(bottom, top).all()


@pytest.mark.parametrize(("least", "most"), [(2, 40), (900, 1000), (4000, 100_000), (3, 3)])
def test_a_funnel_has_numbers_on_its_axis_and_its_limits_in_sight_whatever_the_searches(least, most):
    number = np.linspace(least, most, 8).astype(int)
    rows = [(f"f{n}", group, searches * (1 + n % 3 if group == "Black" else 4), 1000.0 * searches)
            for n, searches in enumerate(number) for group in ("White", "Black")]  # fmt: skip
    table = funnel(pd.DataFrame(rows, columns=["force", "ethnicity_5", "searches", "resident_years"]))
    _numbered_and_in_sight(funnel_plot(table, title="Funnel").axes[0], table)


def test_figures_draw_every_force(eff, rates):
    shrunken, pooled = shrunken_ratios(eff), random_effects_ratio(eff)
    raw = shrunken.assign(measure="disproportionality_ratio")
    figure = forest(raw, shrunken, pooled, title="Ratios by force")
    axes = figure.axes[0]
    assert len(axes.get_yticklabels()) == 42
    assert axes.get_yticklabels()[-1].get_text() == "Dorset Police"
    assert figure.get_figwidth() == 3.5
    table = funnel(eff)
    figure = funnel_plot(table, title="Funnel")
    points = sum(len(line.get_xdata()) for line in figure.axes[0].lines if line.get_marker() == "o")
    assert points == 42
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "1 Dorset Police" in texts
    assert "99.8% limits" in texts
    _numbered_and_in_sight(figure.axes[0], table)
    black = rates[rates["ethnicity_5"].eq("Black")]
    figure = forest(black, shrunken_ratios(SMALL), random_effects_ratio(SMALL), title="Zeros", synthetic=True)
    assert {"0 as counted", "SYNTHETIC"} <= {t.get_text() for t in [*figure.axes[0].texts, *figure.texts]}
    none = funnel(SMALL[SMALL["force"].isin(["f5", "f6"])])
    assert funnel_plot(none, title="None").axes[0].texts[0].get_text() == "no search to show"
