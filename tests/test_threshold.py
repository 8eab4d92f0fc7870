"""The threshold test: formulas in closed form, what is refused, and, where NumPyro is installed, what is drawn."""

import ast
import importlib.util
import json
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docstrings import check_examples
from scipy import integrate, stats

import sas_analysis as sas
from sas_analysis.errors import ParameterError
from sas_analysis.measures.outcomes.threshold import binomial_form, checks, rates, sampler
from sas_analysis.measures.outcomes.threshold.checks import split_by_chance, threshold_by_kappa, threshold_by_prior
from sas_analysis.measures.outcomes.threshold.counts import counts_of
from sas_analysis.measures.outcomes.threshold.diagnostics import diagnose, refusal
from sas_analysis.measures.outcomes.threshold.result import predictive_check
from sas_analysis.measures.outcomes.threshold.sampler import Posterior, Sampling, log_likelihood
from sas_analysis.study import threshold as study_threshold
from sas_analysis.study.threshold import threshold_table_of

ROOT = Path(__file__).parents[1]
SIGNALS = np.array([[1.3, -2.2, 0.9], [0.4, 0.5, 2.5], [3.0, -4.0, 1.5]]).T  # of a row each: t, log odds, separation

needs_bayes = pytest.mark.skipif(
    importlib.util.find_spec("numpyro") is None, reason="NumPyro is not installed: make bayes"
)


def validate():
    spec = importlib.util.spec_from_file_location("threshold", ROOT / "benchmarks/validate/threshold.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(places=6, pool="stops", **more):
    """Places with a row for each of two groups."""
    rows = [
        {"place": f"P{n}", "group": group, pool: stops + 10 * n, "searches": searches + n, "hits": hits}
        for n in range(places)
        for group, stops, searches, hits in (("White", 5000, 150, 45), ("Black", 1000, 60, 12))
    ]
    return pd.DataFrame(rows).assign(**more)


def given(frame, **asked):
    return counts_of(frame, **{"by": "group", "reference": "White", "kappa": None} | asked)


# --- formulas ---------------------------------------------------------------------------------------------------------


def test_rates_are_the_integrals_of_the_densities_above_the_signal():
    for t, odds, delta in SIGNALS.T:
        phi = 1 / (1 + np.exp(-odds))
        hits = phi * integrate.quad(lambda x, d=delta: stats.norm.pdf(x, d), t, np.inf, epsabs=0, epsrel=1e-11)[0]
        misses = (1 - phi) * integrate.quad(stats.norm.pdf, t, np.inf, epsabs=0, epsrel=1e-11)[0]
        searched, hit = rates.rates_of(t, odds, delta)
        assert searched == pytest.approx(hits + misses, rel=1e-9)
        assert hit == pytest.approx(hits / (hits + misses), rel=1e-9)


def test_parts_are_those_of_the_closed_form_and_add_up_to_one():
    t, odds, delta = SIGNALS
    phi = 1 / (1 + np.exp(-odds))
    parts = np.exp(rates.log_parts(t, odds, delta))
    assert parts[0] == pytest.approx(phi * (1 - stats.norm.cdf(t - delta)), rel=1e-12)
    assert parts[1] == pytest.approx((1 - phi) * (1 - stats.norm.cdf(t)), rel=1e-12)
    assert parts.sum(axis=0) == pytest.approx(1, rel=1e-14)


def test_parts_stand_where_a_probability_would_be_zero():
    parts = rates.log_parts(45.0, -50.0, 2.0)
    assert np.isfinite(parts).all()
    assert np.exp(parts[1]) == 0


def test_the_threshold_is_bayes_rule_on_the_two_densities():
    t, odds, delta = SIGNALS
    phi = 1 / (1 + np.exp(-odds))
    carriers = phi * stats.norm.pdf(t, delta)
    assert rates.threshold_of(t, odds, delta) == pytest.approx(
        carriers / (carriers + (1 - phi) * stats.norm.pdf(t)), rel=1e-12
    )


@pytest.mark.parametrize("unknown", [0, 7])
def test_the_likelihood_is_that_of_two_binomials_but_for_a_constant(unknown):
    counts = given(table().assign(known=lambda own: own["searches"] - unknown)).counts
    rng = np.random.default_rng(3)
    found, asked = [], []
    for _ in range(3):
        signals = rng.normal([[1.5], [-2.5], [1.2]], 0.3, (3, len(counts.pool)))
        searched, hit = rates.rates_of(*signals)
        found.append(log_likelihood(counts, *rates.log_parts(*signals)))
        of_searches = stats.binom.logpmf(counts.searches, counts.pool, searched)
        asked.append(of_searches + stats.binom.logpmf(counts.hits, counts.known, hit))
    assert np.ptp(np.array(asked) - np.array(found), axis=0) == pytest.approx(0, abs=1e-8)
    assert np.ptp(found, axis=0).min() > 0.01


def test_places_count_by_all_their_stops():
    counts = given(table()).counts
    whole = table().groupby("place")["stops"].sum()
    values = np.where(counts.group == 0, counts.place, 0.0)
    assert counts.averaged(values[None]) == pytest.approx(
        np.array([[np.average(np.arange(6), weights=whole), 0.0]]), rel=1e-12
    )


def chains():
    """Chains of four kinds: skewed and independent, slow, and one of a wider spread than the rest."""
    rng = np.random.default_rng(7)
    noise = rng.standard_normal((4, 401, 3))
    drawn = np.zeros_like(noise)
    for rho, k in ((0, 0), (0.9, 1), (0.5, 2)):
        drawn[:, 0, k] = noise[:, 0, k]
        for i in range(1, 401):
            drawn[:, i, k] = rho * drawn[:, i - 1, k] + np.sqrt(1 - rho**2) * noise[:, i, k]
    drawn[3, :, 2] *= 1.5
    drawn[:, :, 0] = np.exp(drawn[:, :, 0])
    return drawn


@needs_bayes
def test_r_hat_and_bulk_ess_are_those_of_arviz():
    """By arviz 0.23.4: rhat, and ess of the method bulk."""
    r_hat, ess = diagnose(chains())
    assert r_hat == pytest.approx([1.00532758388741, 1.0270452762082614, 1.0440000178186182], abs=1e-6)
    assert ess == pytest.approx([1546.586573837103, 94.2218715085678, 450.2213793549337], rel=5e-4)


def test_the_gate_says_all_that_is_wrong():
    assert refusal(1.01, 400) == ""
    said = refusal(1.0101, 399.4)
    assert said.startswith("no result: R-hat is 1.0101, at most 1.01 is asked and the bulk ESS is 399, at least 400")
    assert refusal(np.nan, np.nan).startswith("no result")


# --- what is refused --------------------------------------------------------------------------------------------------


def test_all_faults_of_a_table_are_said_at_once():
    with pytest.raises(ValueError, match=r"one column stops.*; kappa is above 0.*this is -1"):
        given(table().drop(columns="stops"), kappa=-1)
    with pytest.raises(ValueError, match="kappa says how often"):
        given(table(pool="residents"))
    with pytest.raises(ValueError, match="kappa is for residents"):
        given(table(), kappa=2.0)
    with pytest.raises(ValueError, match=r"2 value\(s\) of searches exceed stops"):
        given(table().assign(stops=lambda own: own["stops"].where(own["place"] != "P1", 10)))
    with pytest.raises(ValueError, match="no row is of the reference group Mixed; there are: White, Black"):
        given(table(), reference="Mixed")
    with pytest.raises(ValueError, match=r"chains is 2 or more, this is 1.*; prior_scale is above 0"):
        Sampling(chains=1, prior_scale=0)
    with pytest.raises(ValueError, match="is no confidence level"):
        sas.threshold_test(table(), level=95)


def test_section_60_refuses_the_whole():
    found = sas.threshold_test(table(power="Section 60"))
    assert found.reason == "not estimable: 1,290 searches are under section 60, which asks for no suspicion"
    assert found.table["threshold"].isna().all()
    assert found.table["reason"].eq(found.reason).all()
    assert given(table(power="Reasonable grounds")).reason == ""


def test_under_five_places_nothing_is_drawn():
    found = sas.threshold_test(table(4))
    assert found.reason == "not estimable: 4 place(s) may be tested, 5 are needed"
    assert found.diagnostics == {}
    assert len(found.draws) == 0
    assert given(table(5)).reason == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda own: own.assign(hits=own["hits"].where(own["place"] != "P0", 0)),
            "no hit: it may not be recorded here",
        ),
        (
            lambda own: own.assign(known=own["searches"].where(own["group"] + own["place"] != "BlackP0", 47), hits=12),
            "the outcome is unknown in more than 20% of the searches of a group",
        ),
        (
            lambda own: pd.concat([own, own.head(1).assign(group="Unknown", searches=53, hits=0)]),
            "ethnicity is unknown in more than 20% of its searches",
        ),
        (lambda own: own.assign(searches=own["searches"].where(own["place"] != "P0", 0), hits=0), "no search"),
    ],
)
def test_a_place_that_cannot_be_tested_is_left_out_and_named(change, why):
    own = change(table())
    prepared = given(own)
    assert prepared.reason.startswith("not estimable") == bool(own["hits"].sum() == 0)
    rows = prepared.rows.set_index("place")["reason"]
    assert set(rows["P0"]) == {why}
    few = given(own[own["place"] != "P5"])
    assert f"left out, {why}: 1" in few.reason


def test_just_a_fifth_unknown_is_accepted():
    own = table().assign(known=lambda own: np.ceil(own["searches"] * 0.8))
    assert given(own).reason == ""
    unknown = pd.concat([own, own[own["group"].eq("White")].assign(group="Unknown", searches=52, known=52, hits=0)])
    assert given(unknown).rows["reason"].eq("").all()


def test_more_searches_than_residents_met_leave_a_place_out():
    own = table(pool="residents")
    prepared = given(own, kappa=0.05)
    assert prepared.rows["reason"].str.contains("more searches than 0.05 x its residents").all()
    assert given(own, kappa=0.5).counts.pool == pytest.approx(own["residents"] * 0.5)


def test_without_numpyro_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(sampler, "find_spec", lambda name: None)
    with pytest.raises(ParameterError, match=r"make bayes .* pip install 'sas-analysis\[bayes\]'"):
        sas.threshold_test(table())


def test_nothing_imports_the_sampler_before_it_is_used():
    code = "import sys, sas_analysis as sas; sas.threshold_test; print({'jax', 'numpyro'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
    for path in (ROOT / "src").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = [alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names]
        top += [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
        assert not [name for name in top if name.partition(".")[0] in ("jax", "numpyro")], path


def test_a_split_by_chance_keeps_every_count():
    own = table().assign(known=lambda own: own["searches"] - 3)
    halves = split_by_chance(own, group="White", by="group", seed=1)
    sums = halves.groupby("place")[["stops", "searches", "known", "hits"]].sum()
    white = own[own["group"].eq("White")].set_index("place")[list(sums)]
    assert (sums == white).all(axis=None)
    share = halves[halves["group"].eq("half A")][list(sums)].sum() / white.sum()
    assert share.between(0.4, 0.6).all()
    assert not halves.equals(split_by_chance(own, group="White", by="group", seed=2))
    residents = split_by_chance(table(pool="residents"), group="White", by="group", seed=1, kappa=3.0)
    assert residents["stops"].sum() == 3 * table()["stops"][table()["group"].eq("White")].sum()


def test_the_predictive_check_passes_the_model_and_fails_another():
    """Of counts drawn from the model itself the p-values are uniform: their mean of 30 has an error of 0.053."""
    counts = given(validate().simulated(5, places=40)).counts
    rng = np.random.default_rng(2)
    signals = rng.normal([[1.8], [-2.8], [1.1]], 0.02, (3, len(counts.pool)))
    searched, hit = rates.rates_of(*signals)
    posterior = Posterior(*np.repeat(signals[:, None], 400, axis=1), 1.0, 1000.0, 0, "")
    good = []
    for seed in range(30):
        searches = rng.binomial(counts.pool.astype(int), searched)
        drawn = {"searches": searches, "known": searches, "hits": rng.binomial(searches, hit)}
        good.append(predictive_check(replace(counts, **drawn), posterior, seed))
    good = pd.concat(good)
    assert good.groupby("rate")["p_value"].mean().to_numpy() == pytest.approx([0.5, 0.5], abs=0.16)
    assert good["within_95"].mean() == pytest.approx(0.96, abs=0.02)
    more = {"searches": searches * 1.3, "known": searches * 1.3}
    assert predictive_check(replace(counts, **drawn | more), posterior, 1)["p_value"].max() < 0.01


def test_what_is_said_of_it_is_that_it_is_exploratory():
    found = sas.threshold_test(table(2))
    assert repr(found).startswith("Exploratory. ")
    assert "Exploratory. " in found._repr_html_()
    assert "discriminat" not in (repr(found) + found._repr_html_()).lower()


# --- what is drawn ----------------------------------------------------------------------------------------------------


HOW = {"chains": 2, "warmup": 500, "draws": 1500, "seed": 4}


@pytest.fixture(scope="module")
def recovered():
    """A state in which the second group's signal lies lower, and the truth by group."""
    module = validate()
    own = module.simulated(11, places=12, apart=0.5)
    return own, sas.threshold_test(own, **HOW)


@needs_bayes
def test_known_thresholds_are_recovered(recovered):
    own, found = recovered
    truth = validate().thresholds(11, places=12, apart=0.5)
    weight = own.groupby("place")["stops"].transform("sum")
    whole = [
        np.average(truth[rows], weights=weight[rows]) for rows in (own["group"].eq("White"), own["group"].eq("Black"))
    ]
    assert found.reason == ""
    assert found.table["lower"].lt(whole).all()
    assert found.table["upper"].gt(whole).all()
    assert found.table["threshold"].to_numpy() == pytest.approx(whole, abs=0.03)
    assert found.differences["upper"].item() < 0
    inside = (found.places["lower"] <= truth) & (truth <= found.places["upper"])
    assert inside.mean() > 0.85
    assert found.check["p_value"].between(0.01, 0.99).all()


@needs_bayes
def test_differences_are_those_of_the_draws_and_the_chains_have_met(recovered):
    _, found = recovered
    apart = found.draws["Black"] - found.draws["White"]
    row = found.differences.iloc[0]
    assert row["difference"] == pytest.approx(apart.mean(), abs=1e-12)
    assert [row["lower"], row["upper"]] == pytest.approx(np.quantile(apart, [0.025, 0.975]), abs=1e-12)
    assert row["chance_lower"] == (apart < 0).mean()
    assert len(found.draws) == 3000
    assert found.diagnostics["r_hat"] <= 1.01
    assert found.diagnostics["ess"] >= 400
    assert found.made.startswith("Threshold test, binomial form, NUTS, 2 chains of 500 + 1500 draws, seed 4; NumPyro ")


@needs_bayes
def test_chains_that_have_not_met_give_no_result(recovered):
    own, _ = recovered
    found = sas.threshold_test(own, chains=2, warmup=300, draws=20, seed=4)
    assert found.reason.startswith("no result: ")
    assert found.table["threshold"].isna().all()
    assert found.places["threshold"].isna().all()
    assert len(found.draws) == 0
    assert found.diagnostics["ess"] < 400


@needs_bayes
def test_jax_is_left_as_it_was_found(recovered):
    import jax

    assert not jax.config.jax_enable_x64


@needs_bayes
def test_thresholds_rise_a_little_with_kappa(recovered):
    """Met 4 times as often those searched are rarer, and thresholds rise a little; residents met once are stops."""
    own, once = recovered
    found = threshold_by_kappa(own.rename(columns={"stops": "residents"}), kappas=(4.0,), **HOW)
    assert found[["kappa", "group"]].to_numpy().tolist() == [[4.0, "White"], [4.0, "Black"]]
    assert found["reason"].eq("").all()
    assert (found["pool"] == 4 * once.table["pool"]).all()
    assert (found["threshold"] > once.table["threshold"]).all()
    assert found["threshold"].tolist() == pytest.approx(once.table["threshold"].tolist(), abs=0.02)
    apart = found["threshold"].iloc[1] - found["threshold"].iloc[0]
    assert found["difference"].iloc[1] == pytest.approx(apart, abs=1e-12)


@needs_bayes
def test_wider_priors_are_another_model(recovered):
    own, one = recovered
    found = threshold_by_prior(own, scales=(1.5,), **HOW)
    assert found["reason"].eq("").all()
    assert (found["threshold"].to_numpy() != one.table["threshold"].to_numpy()).all()
    assert found["threshold"].tolist() == pytest.approx(one.table["threshold"].tolist(), abs=0.05)


@needs_bayes
def test_halves_by_chance_do_not_differ(recovered):
    own, _ = recovered
    found = checks.threshold_placebo(own, **HOW)
    row = found.differences.iloc[0]
    assert (row["group"], row["reference"]) == ("half B", "half A")
    assert row["lower"] < 0 < row["upper"]


# --- a study ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(sample, tmp_path_factory):
    raw = tmp_path_factory.mktemp("threshold") / "raw"
    raw.symlink_to(sample)
    return sas.Comparison(sas.open_study("metropolitan", "2018-04", "2018-09", raw=raw))


def test_a_study_gives_its_searches_on_reasonable_grounds_for_one_object(compared):
    searches = compared.study.counted_searches
    own = searches[searches["power"].eq("Reasonable grounds") & searches["object_group"].eq("Weapons")]
    found = threshold_table_of(compared, object_group="Weapons").set_index("ethnicity_5")
    for group in ("White", "Black"):
        of_group = own[own["ethnicity_5"].eq(group)]
        assert found.loc[group, "searches"] == len(of_group)
        assert found.loc[group, "hits"] == of_group["positive_outcome"].eq(True).sum()
    people = compared.base.residents.set_index("ethnicity_5")["residents"]
    assert found.loc["Black", "residents"] / found.loc["White", "residents"] == pytest.approx(
        people["Black"] / people["White"]
    )
    assert found.loc["White", "residents"] == pytest.approx(people["White"] * 183 / 365.25, rel=1e-3)


def test_what_a_study_cannot_be_asked(compared):
    with pytest.raises(ParameterError, match="object_group 'Knives' is none of 'Drugs'"):
        threshold_table_of(compared, object_group="Knives")
    with pytest.raises(ParameterError, match="section 60 asks for none"):
        threshold_table_of(replace(compared, study=compared.study.choosing(power="section 60")))
    with pytest.raises(ParameterError, match="this study rounds them"):
        threshold_table_of(replace(compared, study=compared.study.choosing(round_to=5)))


# --- committed results ------------------------------------------------------------------------------------------------


def test_north_carolina_is_as_printed():
    own = pd.read_csv(ROOT / "docs/threshold_carolina.csv")
    binomial = own[own["form"].eq("binomial")].set_index("group")
    for name, printed in {
        "White": (0.230, 0.222, 0.238),
        "Black": (0.206, 0.197, 0.215),
        "Hispanic": (0.137, 0.130, 0.144),
    }.items():
        assert binomial.loc[name, ["threshold", "lower", "upper"]].tolist() == pytest.approx(printed, abs=0.003)
    assert binomial["r_hat"].max() <= 1.01
    assert binomial["ess"].min() >= 400


def test_the_table_that_the_notebook_reads_is_the_simulated_one():
    own = pd.read_csv(ROOT / "notebooks/methods/threshold_example.csv")
    assert own.to_dict("list") == validate().simulated(11, places=12, apart=0.5).to_dict("list")


def test_notebooks_that_need_numpyro_are_left_out_by_name_without_it():
    names = runpy.run_path(str(ROOT / "scripts/notebook_outputs.py"))["NEED_BAYES"]
    need = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "notebooks").rglob("*.ipynb"))
        if "threshold_test(" in path.read_text(encoding="utf-8")
    ]
    assert list(names) == need
    assert f"BAYES_NOTEBOOKS := {' '.join(need)}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_notebook_is_short_and_its_checked_tables_are_committed():
    notebook = json.loads((ROOT / "notebooks/methods/threshold_test.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        assert len("".join(cell["source"]).splitlines()) <= 10
        assert bool(cell["outputs"]) == ("nbval-check-output" in cell["metadata"].get("tags", []))
    assert sum(bool(cell["outputs"]) for cell in cells) == 3


def test_the_placebos_committed_hold_zero():
    own = pd.read_csv(ROOT / "docs/threshold_placebo.csv")
    assert len(own) >= 18
    assert own["reason"].isna().mean() >= 0.9
    assert own["holds_0"].mean() >= 0.9
    assert own["holds_0"].dropna().eq(((own["lower"] <= 0) & (own["upper"] >= 0))[own["holds_0"].notna()]).all()


def test_nine_states_agree_with_the_thresholds_printed():
    own = pd.read_csv(ROOT / "docs/threshold_states.csv").set_index("state")
    assert set(own.index) == {"CO", "CT", "IL", "NC", "RI", "SC", "TX", "WA", "WI", "all"}
    assert own.loc["all", "thresholds"] == own["thresholds"].drop("all").sum() > 900
    assert own.loc["all", "correlation"] >= 0.9


@needs_bayes
def test_a_state_agrees_with_the_thresholds_printed(real_data):
    """Connecticut, in seconds; all nine are in the committed table."""
    module = validate()
    whole = module.counties(real_data / "published")
    both, mixed = module.state(whole[whole["state"].eq("CT")])
    assert both["threshold"].notna().all()
    assert mixed["r_hat"] <= 1.01
    assert module.agreed(both) >= 0.9


@pytest.mark.parametrize("module", [binomial_form, rates])
def test_the_examples_of(module):
    check_examples(module, sas=sas)


def test_the_examples_of_a_study(compared):
    check_examples(study_threshold, compared=compared)
