"""What a search was for or came to: flags, the funnel, differences of grounds, forces together, the logit."""

import csv
import importlib
import io
import re
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from docstrings import check_examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

import sas_analysis as sas
from sas_analysis.errors import DataError
from sas_analysis.measures import grounds
from sas_analysis.measures.grounds import share_differences
from sas_analysis.measures.outcomes import outcome_stages, pooled_differences
from sas_analysis.measures.outcomes.adjusted import fit_adjusted
from sas_analysis.measures.outcomes.differences import outcome_differences
from sas_analysis.measures.outcomes.events import Event, event_of, flags, without_link
from sas_analysis.measures.outcomes.logit import fit_logit
from sas_analysis.measures.outcomes.patterns import count_patterns
from sas_analysis.measures.pooling import random_effects
from sas_analysis.measures.shares import labels
from sas_analysis.measures.table import MEASURE_COLUMNS, measures_table, not_estimable
from sas_analysis.present import (
    block_html,
    cards,
    charts,
    headline_view,
    official_sentences,
    outcome_parts,
    outcome_sentences,
    outcome_view,
    prose,
    quality_sentences,
    robust_sentences,
    rowcharts,
    section_sentences,
    trust_line,
)
from sas_analysis.present.apart import kinds_told
from sas_analysis.present.blocks import TOLD
from sas_analysis.present.narrowed import of_whole_forces
from sas_analysis.present.national_sentences import difference as national_difference
from sas_analysis.present.reasons import LINK_FIELD, why_not
from sas_analysis.present.rowcharts import estimates
from sas_analysis.present.short_table import short
from sas_analysis.records.link_field import VERDICTS
from sas_analysis.study import measures
from sas_analysis.study.describe import left_out
from sas_analysis.study.robust import outcome_test_of, robust_test_of

CRUDE = "outcome_difference_crude"


@pytest.fixture(scope="module")
def study(sample, tmp_path_factory):
    return sas.open_study("essex", "2018-04", "2018-09", raw=sample, processed=tmp_path_factory.mktemp("processed"))


@pytest.fixture(scope="module")
def several(sample, tmp_path_factory):
    forces = ["essex", "metropolitan", "derbyshire", "south-yorkshire", "west-yorkshire"]
    return sas.open_study(forces, "2018-04", "2018-09", raw=sample, processed=tmp_path_factory.mktemp("processed"))


# --- events -----------------------------------------------------------------------------------------------------------


def frame(**columns):
    number = len(next(iter(columns.values())))
    return pd.DataFrame({"force": pd.Categorical(["essex"] * number), **columns})


def test_a_blank_is_neither_the_event_nor_another():
    searches = frame(positive_outcome=pd.array([True, False, pd.NA], dtype="boolean"))
    assert [array.tolist() for array in flags(searches, "positive")] == [[True, True, False], [True, False, False]]
    assert [array.tolist() for array in flags(searches, "nothing")] == [[True, True, False], [False, True, False]]
    objects = frame(object_group=pd.Categorical(["Drugs", "Not recorded", "Weapons"]))
    drugs = flags(objects, Event("object_group", "Drugs", "share"))
    assert [array.tolist() for array in drugs] == [[True, False, True], [True, False, False]]


def test_an_event_that_is_not_there_is_refused_with_what_there_is():
    with pytest.raises(ValueError, match='outcome "found" is unknown; choose from: positive, nothing, arrest, find'):
        event_of("found")
    objects = frame(object_group=pd.Categorical(["Drugs", "Weapons"]))
    with pytest.raises(ValueError, match='"Knives" is no label of object_group; it has: Drugs, Weapons'):
        flags(objects, Event("object_group", "Knives", "share"))


def test_finds_are_unknown_where_the_link_field_cannot_tell_them(several):
    searches = several.using("outcome").counted_searches
    refused = without_link(searches)
    assert set(refused) == {"metropolitan", "derbyshire", "west-yorkshire"}
    known, hit = flags(searches, "find")
    told = ~searches["force"].isin(list(refused)).to_numpy()
    linked = searches["outcome_linked_to_object"].astype("boolean")
    assert (known == (told & linked.notna().to_numpy())).all()
    assert hit.sum() == (told & linked.eq(True).fillna(False).to_numpy(dtype=bool)).sum() > 0


def test_differences_of_finds_are_of_forces_that_tell_them_and_name_the_others(several):
    given = {"within": ["object_group"], "covariates": ["object_group"]}
    searches = several.counted_searches
    table = outcome_differences(searches, "find", **given)
    crude = table[table["measure"].str.endswith("crude")].set_index("ethnicity_5")
    assert crude["note"].str.contains("left out: ", regex=False).all()
    assert crude["note"].str.contains("metropolitan: link field not published", regex=False).all()
    told = searches[~searches["force"].isin(list(without_link(searches)))]
    assert set(told["force"]) == {"essex", "south-yorkshire"}
    own = outcome_differences(told, "find", **given)
    same = own[own["measure"].str.endswith("crude")].set_index("ethnicity_5")
    np.testing.assert_allclose(crude["estimate"], same["estimate"])
    alone = outcome_differences(searches[searches["force"].eq("metropolitan")], "find", **given)
    assert alone["estimate"].isna().all()
    assert alone["note"].str.startswith("not estimable: left out: metropolitan: link field not published").all()
    by_study = several.of_force("metropolitan").outcome_difference("find").frame
    assert by_study["note"].str.startswith("not estimable: no month of 6 may be used").all()


# --- the logit --------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000))
def test_the_logit_is_that_of_statsmodels(seed):
    random = np.random.default_rng(seed)
    design = np.column_stack([np.ones(60), random.integers(0, 2, (60, 4))])
    trials = random.integers(1, 60, 60)
    hits = random.binomial(trials, special.expit(design @ random.normal(0, 0.8, 5) - 0.5))
    fit = fit_logit(hits, trials, design)
    model = sm.GLM(np.column_stack([hits, trials - hits]), design, family=sm.families.Binomial())
    reference = model.fit(start_params=model.fit().params)  # its covariance is of the step before the last
    if np.abs(reference.params).max() > 10:  # no hit with a label: no end to the effect
        return
    np.testing.assert_allclose(fit.params, reference.params, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(fit.covariance, reference.cov_params(), rtol=1e-7, atol=1e-8)
    assert fit.converged


def test_where_outcomes_are_separated_there_is_no_end():
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    fit = fit_logit(np.array([0, 10]), np.array([10, 10]), design)
    assert fit is None or min(fit.risk.min(), 1 - fit.risk.max()) < 1e-7
    assert fit_logit(np.array([3, 4]), np.array([10, 10]), np.array([[1.0, 1.0], [1.0, 1.0]])) is None


@pytest.mark.parametrize("columns", [["object_group", "power", "gender", "age_range", "month"], ["object_group"]])
def test_patterns_equal_rows_on_real_records(real_data, tmp_path, columns):
    """Coefficients, errors by month and the adjusted difference, against statsmodels on a row a search: to 1e-8."""
    (tmp_path / "raw").symlink_to(real_data / "stops")
    study = sas.open_study("metropolitan", "2018-08", "2018-09", raw=tmp_path / "raw", processed=tmp_path / "own")
    searches = study.using("outcome", *columns).counted_searches
    fit = fit_adjusted(searches, "arrest", group="Black", covariates=tuple(columns))
    known = searches[searches["arrest"].notna() & searches["ethnicity_5"].isin(["Black", "White"])]
    texts = {name: known[name].astype("str").fillna("Not recorded") for name in columns}
    y = known["arrest"].to_numpy(dtype=float)
    left = np.ones(len(known), dtype=bool)
    while True:  # labels whose searches all end alike leave the fit, as in R's brglm2 detect_separation
        settled = np.zeros(len(known), dtype=bool)
        for values in texts.values():
            means = pd.Series(y[left]).groupby(values.to_numpy()[left]).mean()
            settled |= left & values.isin(means.index[means.isin([0, 1])]).to_numpy()
        if not settled.any():
            break
        left &= ~settled
    names = [name for name in fit.params.index if ": " in name]
    x = {"constant": np.ones(left.sum())}
    x |= {name: texts[name.split(": ")[0]].to_numpy()[left] == name.split(": ", 1)[1] for name in names}
    x["in_group"] = known["ethnicity_5"].eq("Black").to_numpy()[left]
    design = pd.DataFrame(x).astype(float)
    model = sm.GLM(y[left], design, family=sm.families.Binomial())
    months = pd.factorize(known["month"].astype("str").to_numpy()[left])[0]
    plain = model.fit(tol=1e-13, maxiter=200)
    clusters = {"groups": months, "use_correction": False}
    clustered = model.fit(tol=1e-13, maxiter=200, cov_type="cluster", cov_kwds=clusters)
    np.testing.assert_allclose(fit.params[design.columns], plain.params, rtol=1e-8, atol=1e-8)
    risks = [special.expit(design.assign(in_group=member) @ plain.params) for member in (1.0, 0.0)]
    assert fit.difference == pytest.approx((risks[0] - risks[1]).sum() / len(known), abs=1e-10)
    sides = [design.assign(in_group=member).to_numpy() for member in (1.0, 0.0)]
    slopes = [(risk * (1 - risk)).to_numpy() @ side / len(known) for risk, side in zip(risks, sides, strict=True)]
    slope = slopes[0] - slopes[1]
    assert fit.se == pytest.approx(np.sqrt(slope @ plain.cov_params().to_numpy() @ slope), rel=1e-7)
    number = len(np.unique(months))
    expected = np.sqrt(number / (number - 1) * (slope @ clustered.cov_params().to_numpy() @ slope))
    assert fit.se_clustered == pytest.approx(expected, rel=1e-6)


def test_statsmodels_result_is_there_for_whoever_wants_it(study):
    fit = fit_adjusted(study.counted_searches, "arrest", group="Black", covariates=("object_group",))
    np.testing.assert_allclose(fit.result.params, fit.params, rtol=1e-7)
    assert "Generalized Linear Model" in str(fit.result.summary())


@pytest.mark.parametrize("room", [0, 32])
def test_patterns_are_the_searches_whatever_the_number_of_combinations(study, monkeypatch, room):
    """Those of a groupby, in its order, whether alike ones are counted in blocks or each row by itself."""
    monkeypatch.setattr("sas_analysis.measures.intervals.alike._ROOM", room)
    searches = study.using("outcome").counted_searches
    columns = ["object_group", "gender", "age_range"]
    found = count_patterns(searches, "arrest", by="ethnicity_5", columns=columns)
    known = searches[searches["arrest"].notna()]
    plain = known.assign(hits=known["arrest"].astype(int), cluster=known["month"], group=known["ethnicity_5"])
    plain = plain.groupby([labels(plain[name]) for name in (*columns, "cluster", "group")], observed=True)["hits"]
    assert found[[*columns, "cluster", "group"]].astype("str").to_numpy().tolist() == [
        list(map(str, key)) for key in plain.size().index
    ]
    assert found["trials"].tolist() == plain.size().tolist()
    assert found["hits"].tolist() == plain.sum().tolist()


# --- few outcomes -----------------------------------------------------------------------------------------------------


def test_without_an_outcome_in_a_group_no_limit_is_nearer_than_the_crude_one():
    groups = np.repeat(["White", "Black"], [2000, 150])
    hit = np.zeros(2150, dtype=bool)
    hit[:40] = True
    searches = pd.DataFrame(
        {
            "ethnicity_5": pd.Categorical(groups),
            "object_group": pd.Categorical(np.tile(["Drugs", "Weapons"], 1075)),
            "arrest": pd.array(hit, dtype="boolean"),
        }
    )
    given = {"within": ["object_group"], "covariates": ["object_group"]}
    table = outcome_differences(searches, "arrest", **given).set_index("measure")
    crude, within = (table.loc[f"outcome_difference_{name}"] for name in ("crude", "within"))
    assert crude["upper"] > 0  # none of 150 is no sign that there are fewer
    assert within["upper"] - within["estimate"] >= crude["upper"] - crude["estimate"] - 1e-12


# --- grounds ----------------------------------------------------------------------------------------------------------


def test_shares_of_all_labels_differ_by_nothing_in_all(study):
    searches = study.using("object_group").counted_searches
    table = share_differences(searches, "object_group", within=["power"])
    assert "Not recorded" not in table["object_group"].cat.categories
    crude = table[table["measure"].eq("share_difference_crude")]
    totals = crude.groupby("ethnicity_5", observed=True)["estimate"].sum()
    np.testing.assert_allclose(totals, 0, atol=1e-12)
    known = searches[searches["object_group"].ne("Not recorded")]
    shares = known.groupby("ethnicity_5", observed=True)["object_group"].apply(lambda own: own.eq("Drugs").mean())
    drugs = crude[crude["object_group"].eq("Drugs")].set_index("ethnicity_5")["estimate"]
    assert drugs["Black"] == pytest.approx(shares["Black"] - shares["White"])


def test_of_two_labels_the_rarer_is_compared_and_the_column_is_not_held_alike(study):
    table = study.ground_difference("power").frame
    assert table["power"].unique().tolist() == ["Section 60"]
    assert study.ground_difference("power", only=["Reasonable grounds"]).frame["power"].unique() == [
        "Reasonable grounds"
    ]
    with pytest.raises(ValueError, match="power cannot be held alike: it is what is compared"):
        share_differences(study.counted_searches, "power", within=["power"])


@pytest.mark.parametrize("number", [0, 40])
def test_where_no_label_is_recorded_nothing_is_compared_and_it_is_said(study, number):
    searches = study.counted_searches.head(number)
    searches = searches.assign(object_group=pd.Categorical(["Not recorded"] * number, ["Drugs", "Not recorded"]))
    table = share_differences(searches, "object_group")
    assert list(table.columns[:3]) == ["object_group", "ethnicity_5", "measure"]
    assert table["estimate"].isna().all()
    assert table["note"].str.startswith("not estimable: no search of ").all()


def test_section_60_has_limits_of_the_period_only(study):
    table = study.ground_difference("power").frame
    own = table[table["estimate"].notna()]
    assert len(own) > 3
    assert own["lower"].isna().all()
    assert own["period_lower"].notna().all()
    assert own["note"].str.contains("limits of the period only").all()


def test_a_column_of_truth_values_is_compared_where_it_is_true(several):
    table = several.ground_difference("more_than_outer_clothing").frame
    assert table["more_than_outer_clothing"].unique().tolist() == ["Yes"]


# --- the funnel -------------------------------------------------------------------------------------------------------


def test_every_search_is_in_each_stage_once(several):
    searches = several.using("outcome").counted_searches
    table = outcome_stages(searches, "ethnicity_5")
    sums = table.groupby(["ethnicity_5", "stage"], observed=True)["numerator"].sum().unstack()
    counts = searches["ethnicity_5"].value_counts()
    for stage in ("Positive outcome", "Find", "Arrest"):
        assert sums[stage].to_dict() == counts[counts.gt(0)].to_dict()
    arrests = table.query("stage == 'Arrest' and status == 'Yes'").set_index("ethnicity_5")["numerator"]
    assert arrests["White"] == searches[searches["ethnicity_5"].eq("White")]["arrest"].sum()
    unknown = table.query("stage == 'Find' and status == 'Unknown'")["numerator"].sum()
    assert unknown == (~flags(searches, "find")[0]).sum()


def test_finds_of_no_force_that_tells_them_are_not_estimable(several):
    table = outcome_stages(several.of_force("metropolitan").counted_searches)
    finds = table[table["stage"].eq("Find")]
    assert finds["estimate"].isna().all()
    assert finds["note"].str.startswith("not estimable: metropolitan: link field not published").all()


# --- several forces ---------------------------------------------------------------------------------------------------


def by_force(estimates, half):
    rows = [
        {
            "force": f"force {number}",
            "ethnicity_5": "Black",
            "measure": "outcome_difference_adjusted",
            "numerator": value,
            "denominator": 1.0,
            "estimate": value,
            "lower": value - width,
            "upper": value + width,
            "interval": "95% process",
            "period_lower": np.nan,
            "period_upper": np.nan,
            "note": "",
        }
        for number, (value, width) in enumerate(zip(estimates, half, strict=True))
    ]
    return pd.DataFrame(rows)


def test_forces_together_are_the_random_effects_of_their_differences():
    estimates, half = [0.02, -0.01, 0.05, 0.03, 0.00, 0.08], np.array([0.02, 0.03, 0.02, 0.05, 0.02, 0.04])
    table = pooled_differences(by_force(estimates, half))
    fit = random_effects.pool(estimates, (half / 1.959963984540054) ** 2)
    mean, another = (table[table["measure"].str.endswith(name)].iloc[0] for name in ("mean", "prediction"))
    assert mean["estimate"] == another["estimate"] == pytest.approx(fit.mean)
    assert (mean["lower"], mean["upper"]) == pytest.approx(random_effects.mean_limits(fit))
    assert (another["lower"], another["upper"]) == pytest.approx(random_effects.prediction_limits(fit))
    own = table[table["measure"].str.endswith("shrunken")]
    pull = (half / 1.959963984540054) ** 2
    pull = pull / (pull + fit.tau2)
    np.testing.assert_allclose(own["estimate"], pull * fit.mean + (1 - pull) * np.array(estimates))
    assert f"6 forces; tau {100 * fit.tau2**0.5:.1f} points" in mean["note"]


def test_of_few_forces_there_is_no_range_for_another_and_of_one_no_mean():
    table = pooled_differences(by_force([0.02, -0.01, 0.05, 0.03], [0.02] * 4)).set_index("measure")
    assert pd.isna(table.loc["outcome_difference_prediction", "lower"])
    assert "no range for another force below 5" in table.loc["outcome_difference_prediction", "note"]
    one = pooled_differences(by_force([0.02], [0.02]))
    assert one["note"].unique().tolist() == ["not estimable: 1 force with a difference, two are needed"]
    with pytest.raises(ValueError, match="make it force by force"):
        pooled_differences(by_force([0.02], [0.02]).drop(columns="force"))
    with pytest.raises(ValueError, match='difference "lowest" is unknown'):
        pooled_differences(by_force([0.02], [0.02]), of="lowest")


def test_a_force_that_is_in_no_mean_is_named_with_the_reason():
    rows = by_force([0.02, -0.01, 0.05, 0.03, 0.00, 0.04], [0.02] * 6).assign(
        force=["kent", "essex", "gwent", "surrey", "dorset", "suffolk"]
    )
    unknown, blank = "not estimable: no search of Black with a known outcome", ""
    rows.loc[[1, 2], "estimate"], rows.loc[[1, 2], "note"] = np.nan, unknown
    rows.loc[3, ["lower", "upper"]], rows.loc[3, "note"] = np.nan, blank
    table = pooled_differences(rows)
    lost = table[table["force"].ne("") & table["estimate"].isna()].set_index("force")["note"]
    assert lost.to_dict() == {
        "essex": unknown, "gwent": unknown, "surrey": "not estimable: its difference has no limits",
    }  # fmt: skip
    left = pooled_differences(rows.drop(index=[1, 2, 3]))
    kept = table[table["estimate"].notna()].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, left)
    shown = outcome_view.of_all_forces(table)
    assert shown["Forces"].tolist() == ["3 of 6"]
    why = "(no search of Black with a known outcome); Surrey Police (its difference has no limits)"
    assert shown["note"].item().endswith(f"without Essex Police and Gwent Police {why}")
    assert outcome_view.of_all_forces(left)["Forces"].tolist() == ["3"]
    said = national_difference(table, group="Black", reference="White")
    assert "the mean of 3 of 6 forces (without Essex Police, Gwent Police and Surrey Police: the table has the" in said


def test_each_force_is_compared_by_itself(several):
    table = several.pooled_outcome_difference("positive", of="crude").frame
    assert set(table["force"]) == {"", *several.forces}
    for force in several.forces[:2]:
        own = several.of_force(force).outcome_difference("positive").only(ethnicity_5="Black").frame.iloc[0]
        together = table.query("force == '' and ethnicity_5 == 'Black'").iloc[0]
        drawn = table.query("force == @force and ethnicity_5 == 'Black'").iloc[0]
        between = sorted([own["estimate"], together["estimate"]])
        assert between[0] - 1e-12 <= drawn["estimate"] <= between[1] + 1e-12


# --- ages and sexes ---------------------------------------------------------------------------------------------------


def test_rates_of_one_age_and_sex_are_searches_over_residents(study):
    compared = sas.Comparison(study)
    table = compared.by_age_and_sex()
    assert set(table["gender"]) == {"Male", "Female"}
    young = table.query("gender == 'Male' and age_range == '18-24'").astype({"ethnicity_5": "str"})
    rates = young[young["measure"].eq("search_rate")].set_index("ethnicity_5")
    searches = study.using("age_range", "gender", "ethnicity_5").counted_searches
    own = searches[searches["gender"].eq("Male") & searches["age_range"].eq("18-24")]
    assert rates.loc["Black", "numerator"] == own["ethnicity_5"].eq("Black").sum()
    from sas_analysis.reference.age_sex import age_sex_residents

    people = age_sex_residents("essex").query("gender == 'Male' and age_range == '18-24'").set_index("ethnicity_5")
    days = study.using("age_range", "gender", "ethnicity_5").published_months["days"].sum()
    years = people["residents"] * days / 365.2425
    assert rates.loc["Black", "estimate"] == pytest.approx(
        1000 * rates.loc["Black", "numerator"] / years["Black"], 1e-3
    )
    ratios = young[young["measure"].eq("disproportionality_ratio")].set_index("ethnicity_5")
    assert ratios.loc["Black", "estimate"] == pytest.approx(
        rates.loc["Black", "estimate"] / rates.loc["White", "estimate"]
    )
    assert compared.source_of(table).startswith("Residents by age and sex")
    shown = headline_view.by_age_and_sex(table)
    assert "White" not in set(shown["Ethnic group"])  # its own ratio is 1, and says nothing
    of = shown.query("Sex == 'Male' and Age == '18-24' and `Ethnic group` == 'Black'")["Searches"]
    assert of.tolist() == [prose.count(rates.loc["Black", "numerator"])]


# --- the robust test of a nation, counted by a program of its own -----------------------------------------------------


def recounted(archive, forces, months):
    """Searches and positive outcomes by force, object and group, straight from the publisher's rows."""
    named = {
        "White": "White",
        "Black": "Black",
        "Asian": "Asian",
        "Mixed": "Mixed",
        "Other": "Other",
        "Chinese": "Asian",
    }
    found = Counter()
    with zipfile.ZipFile(archive) as held:
        for name in held.namelist():
            month, force = name.rsplit("/", 1)[-1][:7], name.rsplit("/", 1)[-1][8:].removesuffix("-stop-and-search.csv")
            if force not in forces or month not in months:
                continue
            for row in csv.DictReader(io.TextIOWrapper(held.open(name), "utf-8-sig")):
                if row["Type"] == "Vehicle search" or "section 60" in row["Legislation"] or not row["Legislation"]:
                    continue
                stated = row["Self-defined ethnicity"]
                group = "" if "Not stated" in stated else named.get(stated.split(" ")[0].split("/")[0], "")
                if row["Object of search"] not in ("Controlled drugs", "Psychoactive substances") or not group:
                    continue
                outcome = row["Outcome"]
                known, hit = bool(outcome), bool(outcome) and outcome != "A no further action disposal"
                found[force, group, "searches"] += 1
                found[force, group, "known"] += known
                found[force, group, "hits"] += hit
    return found


def test_the_counts_of_the_robust_test_are_those_of_the_publishers_rows(real_data, tmp_path):
    archive = real_data / "archive" / "2021-11.zip"
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / archive.name).symlink_to(archive)
    forces = ["bedfordshire", "leicestershire", "northamptonshire"]
    given = {"raw": tmp_path / "raw", "processed": tmp_path / "processed"}
    study = sas.open_study(forces, "2020-04", "2021-03", **given, flagged_months="include", unusable="include")
    table = robust_test_of(sas.Comparison(study)).query("object_group == 'Drugs'")
    counts = recounted(archive, forces, set(study.months))
    assert len(table) >= 8
    for row in table.itertuples():
        for prefix, group in (("", row.ethnicity_5), ("reference_", "White")):
            assert getattr(row, f"{prefix}searches") == counts[row.force, group, "searches"], (row.force, group)
            assert getattr(row, f"{prefix}hits") == counts[row.force, group, "hits"], (row.force, group)
    higher = table["signs"].isin(["both", "rate only"])
    ratios = {row.Index: row.rate_ratio for row in table.itertuples()}
    assert all((ratios[row] > 1) == higher[row] for row in ratios if pd.notna(ratios[row]))


def test_of_one_force_its_objects_are_compared_at_once_and_of_several_the_forces(study, several):
    one = robust_test_of(sas.Comparison(study), least=5)
    family = one[one["family_size"].gt(0)]["family"]
    assert family.str.fullmatch(r"\w+ to White, \d places?").all()
    many = robust_test_of(sas.Comparison(several), least=5)
    assert many[many["family_size"].gt(0)]["family"].str.fullmatch(r"\w+ to White, [\w ]+, \d places?").all()


# --- what is shown and said -------------------------------------------------------------------------------------------


def test_estimates_stand_side_by_side_without_what_mirrors_another(study):
    differences = study.outcome_difference(["arrest", "positive", "nothing", "find"]).frame
    shown = outcome_view.side_by_side(differences)
    columns = ["Outcome", "Ethnic group", "As they are", "Same object and power", "Adjusted", "note", "interval"]
    assert list(shown.columns) == columns
    assert "No further action" not in set(shown["Outcome"])
    grounds = study.ground_difference("object_group").frame
    long = outcome_view.side_by_side(grounds)
    assert set(long.loc[long[TOLD], "Group of objects"]) == set(kinds_told(grounds)) < set(long["Group of objects"])
    assert set(short(long).columns[:2]) == {"Group of objects", "Ethnic group"}
    black = differences.query("outcome == 'Arrest' and ethnicity_5 == 'Black'").iloc[0]
    text = shown.query("Outcome == 'Arrest' and `Ethnic group` == 'Black'")["As they are"].iloc[0]
    limits = f"{100 * black['period_lower']:+.1f} to {100 * black['period_upper']:+.1f}"
    assert text == f"{100 * black['estimate']:+.1f} points ({limits})"
    mirrored = differences.set_index(["outcome", "ethnicity_5", "measure"])["estimate"]
    np.testing.assert_allclose(mirrored["No further action"], -mirrored["Positive outcome"], atol=1e-9)


def test_the_funnel_is_shown_a_line_a_group(several):
    shown = outcome_view.stages(several.measured(outcome_stages, by="ethnicity_5").frame)
    assert list(shown.columns) == ["Ethnic group", "Searches", "Positive outcome", "Find", "Arrest"]
    assert shown["Arrest"].str.fullmatch(r"[\d.]+% \([\d.]+% unknown\)").all()
    alone = outcome_view.stages(several.of_force("metropolitan").measured(outcome_stages).frame)
    assert alone["Find"].tolist() == ["not estimable"]


def test_where_nothing_can_be_compared_each_view_says_why_and_of_which_force():
    """Tables said "none", a sentence had no subject, and a force stood by its short name."""
    why = "not estimable: no month of 1 may be used (2020-04: missing (self defined ethnicity): 9 of 9)"
    none = outcome_shares(White=(0, 0.0), Black=(0, 0.0)).assign(
        estimate=np.nan, note=why, stage="Arrest", status="Yes"
    )
    columns = ["stage", "status", "ethnicity_5", *MEASURE_COLUMNS]
    said = "cannot be given: self-defined ethnicity is missing from most records in the month"
    differences = of_group("Black", 0, 0.0, 0.0).assign(estimate=np.nan, note=why)
    differences = differences[["outcome", "ethnicity_5", *MEASURE_COLUMNS]]
    largest = none[["ethnicity_5", *MEASURE_COLUMNS]]
    views = (
        (outcome_view.stages, none[columns]),
        (outcome_view.largest, largest),
        (outcome_view.side_by_side, differences),
    )
    for view, table in views:
        assert short(view(table)).as_block()["nothing"] == said
    note = "not estimable: no month of Gwent Police may be used (no arrests: none of 231; and none of 2,861)"
    tested = pd.DataFrame({"force": ["gwent"], "verdict": ["not estimable"], "hit_rate": [np.nan], "note": [note]})
    for view in (outcome_view.robust_test, outcome_view.outcome_test, outcome_parts.robust_in_short):
        assert short(view(tested)).as_block()["nothing"] == "cannot be given: no month of Gwent Police may be used"
    grounds_table = differences.rename(columns={"outcome": "object_group"})
    assert section_sentences.ground_differences(grounds_table) == (
        "This cannot be said: self-defined ethnicity is missing from most records in the month."
    )


def test_a_card_names_what_searches_were_for_as_the_tables_do(study):
    objects = outcome_shares(**{"Article for use in theft": (900, 0.6), "Controlled drugs": (900, 0.3)})
    objects = objects.rename(columns={"ethnicity_5": "object_of_search"}).assign(measure="share_of_searches")
    blank = objects.head(1).assign(object_of_search="Not recorded", estimate=0.0, numerator=0)
    powers = blank.rename(columns={"object_of_search": "power"}).assign(power="Section 60")
    made = cards.grounds(pd.concat([objects, blank], ignore_index=True), powers, study=study)
    assert [one.what for one in made[:2]] == ["For articles for use in theft", "For controlled drugs"]


def stage_rows(group: str, searches: int, yes: int, unknown: int) -> list[dict]:
    counts = {"Yes": yes, "Unknown": unknown, "No": searches - yes - unknown}
    return [
        {"object_group": group, "stage": "Arrest", "status": status, "measure": "outcome_stage", "numerator": number,
         "denominator": searches, "estimate": number / searches, "note": ""}
        for status, number in counts.items()
    ]  # fmt: skip


def test_of_few_searches_what_they_come_to_stands_in_brackets_and_of_unknown_ones_nothing():
    rows = [*stage_rows("Drugs", 100, 20, 5), *stage_rows("Firearms", 19, 3, 0), *stage_rows("Other", 25, 0, 25)]
    shown = outcome_view.stages(pd.DataFrame(rows))
    assert shown["Arrest"].tolist() == ["20.0% (5.0% unknown)", "(15.8%) (0.0% unknown)", "not known"]
    assert shown["note"].tolist() == ["", "fewer than 20 searches", ""]
    assert "note" not in outcome_view.stages(pd.DataFrame(rows[:3]))
    largest = outcome_view.largest(outcome_shares(White=(900, 0.3), Black=(19, 0.2)))
    assert largest.iloc[:, 2].tolist() == ["30.0% (28.0% to 32.0%)", "(20.0%) (18.0% to 22.0%)"]
    assert largest["note"].tolist() == ["", "fewer than 20 searches"]


def test_a_sentence_says_which_adjusted_differences_of_grounds_leave_out_none():
    rows = by_force([0.05, 0.01], [0.02, 0.04]).drop(columns="force")
    table = rows.assign(object_group="Drugs", ethnicity_5=["Black", "Asian"])
    table = table[["object_group", *rows.columns]]
    assert outcome_sentences.grounds(table) == [
        "**Drugs: adjusted, the share differs from that of White searches for Black +5.0 points (from +3.0 to +7.0, "
        "the level over the years)**; no clear difference for the Asian group."
    ]
    none = outcome_sentences.grounds(table.iloc[1:])
    assert none == ["Drugs, adjusted difference from White searches: no clear difference for the Asian group."]
    nothing = table.assign(
        estimate=np.nan, note="not estimable: no month of 12 may be used (2020-04: no arrests (arrest))"
    )
    assert outcome_sentences.grounds(nothing) == [
        "Drugs: no difference can be given (no month of 12 may be used: no arrests)."
    ]


def test_a_clear_difference_is_told_and_drawn_however_rare_its_ground():
    """Northumbria in 2020/21: the fourth ground, criminal damage, differed clearly and stood in no sentence."""
    clear, unclear = (by_force([0.05], [wide]).drop(columns="force") for wide in (0.02, 0.08))

    def table(*parts):
        rows = pd.concat([rows.assign(object_group=kind) for kind, rows in parts], ignore_index=True)
        return rows[["object_group", *clear.columns]]

    kinds = {"Drugs": clear, "Weapons": unclear, "Stolen property": unclear, "Firearms": unclear,
             "Criminal damage": clear, "Other": unclear}  # fmt: skip
    made = table(*kinds.items())
    said = outcome_sentences.grounds(made)
    named = [kind for text in said for kind in kinds if kind in text]
    assert named == ["Drugs", "Weapons", "Stolen property", "Criminal damage"]
    for drawn in (estimates.differences(made)["html"], drawn_as_text(made)):
        assert [kind for kind in kinds if kind in drawn] == [kind for kind in kinds if kind != "Other"]
    said = outcome_sentences.grounds(table(*((f"Kind {number}", clear) for number in range(9))))
    assert len(said) == 7
    once = outcome_sentences.grounds(table(("Drugs", unclear), ("Weapons", clear), ("Stolen property", unclear)))
    assert once[0] == (
        "Drugs and Stolen property, adjusted difference from White searches: no clear difference for the Black group."
    )
    assert [text[:11] for text in once[1:]] == ["**Weapons: "]
    assert said[-1] == ("3 more shares differ clearly: kind 6, kind 7 and kind 8; see the table of these differences.")


def drawn_as_text(table) -> str:
    """The labels of the rows of a drawn figure."""
    (axes,) = charts.differences(table, title="x").axes
    return " ".join(text.get_text() for text in axes.get_yticklabels())


def test_a_difference_that_the_years_around_leave_open_is_said_to_be_of_these_months():
    rows = by_force([0.05], [0.02]).drop(columns="force").assign(outcome="Arrest", period_lower=0.03, period_upper=0.07)
    sure = section_sentences.differences(rows)
    assert sure == (
        "Between like searches (same object, power, age, sex and month), 100 searches of Black people had 5.0 more "
        "arrests (from 3.0 to 7.0) than 100 of White people."
    )
    wide = section_sentences.differences(rows.assign(lower=-0.01))
    assert "(from 3.0 to 7.0; over the years there may be no difference)" in wide


def test_only_a_sure_change_of_direction_is_said():
    kinds = ["outcome_difference_crude", "outcome_difference_within", "outcome_difference_adjusted"]
    rows = by_force([0.05, -0.04, -0.04], [0.02] * 3).drop(columns="force").assign(outcome="Arrest", measure=kinds)
    said = section_sentences.changes(rows)
    assert said == (
        "Compared as they are, the difference has the opposite direction for arrests of Black people: see the table."
    )
    assert section_sentences.changes(rows.assign(lower=-0.2, upper=0.2)) == ""


def test_verdicts_are_counted_and_those_found_come_with_what_would_undo_them(study):
    table = robust_test_of(sas.Comparison(study), least=5)
    assert robust_sentences.verdicts(table).startswith("**The robust outcome test is inconclusive in all ")
    found = table.copy()
    at = found.index[found["verdict"].ne("not estimable")][0]
    found.loc[at, ["verdict", "verdict_adjusted", "verdict_unknown_worst"]] = "lower threshold"
    said = robust_sentences.verdicts(found)
    assert said.startswith("**The robust outcome test finds a lower threshold for ")
    assert re.search(r"\*\* This finding holds on \d of \d counts of residents and however the searches of", said)
    found.loc[at, "verdict_unknown_worst"] = "inconclusive"
    worst = robust_sentences.verdicts(found)
    assert "counts of residents, but shared out in some ways, the searches of unknown ethnicity undo it. " in worst
    found.loc[at, "verdict_adjusted"] = "inconclusive"
    assert "some such are due to chance" in robust_sentences.verdicts(found)
    nothing = table.assign(verdict="not estimable", note="not estimable: no residents")
    assert robust_sentences.verdicts(nothing).startswith("**The robust outcome test has nothing to look at.**")


def test_hit_rates_of_a_study_are_shown_without_a_verdict(study):
    table = outcome_test_of(sas.Comparison(study), least=5)
    shown = outcome_view.outcome_test(table)
    heads = ["Group of objects", "Ethnic group", "Searches", "Hit rate", "The reference's", "Difference", "interval"]
    assert list(shown.columns) == heads
    assert "verdict" not in table
    assert len(shown) == table["hit_rate"].notna().sum() > 0


@pytest.mark.parametrize("draw", [charts.differences, charts.stages])
def test_figures_of_nothing_say_so(draw, study):
    differences = study.outcome_difference(["arrest"]).frame
    table = differences if draw is charts.differences else outcome_stages(study.counted_searches)
    figure = draw(table.assign(estimate=np.nan), title="Nothing")
    assert [text.get_text() for text in figure.axes[0].texts] == ["not estimable"]


@pytest.mark.parametrize("name", ["events", "logit", "stages", "pooled_differences"])
def test_the_examples_of(name, sample):
    own = sas.open_study("metropolitan", "2018-04", "2018-09", raw=sample)
    module = importlib.import_module(f"sas_analysis.measures.outcomes.{name}")
    table = by_force([0.02, 0.05, 0.023], [0.02] * 3).replace({"measure": {"outcome_difference_adjusted": CRUDE}})
    check_examples(module, study=own, sas=sas, by_force=table)


def test_the_example_of_grounds(sample):
    own = sas.open_study("metropolitan", "2018-04", "2018-09", raw=sample)
    check_examples(grounds, study=own, sas=sas)


def test_the_committed_simulation_is_of_a_thousand_years_unbiased_and_holds_the_truth():
    table = pd.read_csv(Path(__file__).parents[1] / "docs/simulation_outcome_differences.csv")
    assert table["years"].min() >= 990
    adjusted = table[table["measure"].eq("outcome_difference_adjusted")]
    assert len(adjusted) == 6
    assert adjusted["bias"].abs().max() < 0.001
    assert (adjusted["bias"].abs() < 3 * adjusted["bias_error"]).all()
    by_chance = adjusted[adjusted["interval"].eq("sampling")]
    assert by_chance["coverage"].between(0.93, 0.97).all()
    assert adjusted["coverage"].between(0.93, 0.99).all()  # what months add by the rule is on the safe side
    crude = table[table["measure"].eq("outcome_difference_crude") & table["setting"].eq("by chance")]
    assert crude["coverage"].max() < 0.01  # grounds alone make it wrong


def test_a_force_that_publishes_no_legislation_has_reasons_in_place_of_a_test(real_data, tmp_path):
    study = sas.open_study("surrey", "2020-04", "2021-03", raw=real_data / "archive", processed=tmp_path)
    assert study.records["power"].astype("str").eq("Not recorded").all()
    table = study.robust_outcome_test()
    assert set(table["verdict"]) == {"not estimable"}
    assert table["note"].str.contains("missing (legislation)", regex=False).all()
    assert study.choosing(power="section 60").searches.empty
    place = {"raw": real_data / "archive", "processed": tmp_path}
    none = sas.open_study("dyfed-powys", "2020-04", "2020-04", **place).choosing(power="section 60")
    with pytest.raises(DataError, match="no search is left"):  # the legislation is published, and none is section 60
        none.searches  # noqa: B018


# --- what may be said -------------------------------------------------------------------------------------------------


def test_where_no_find_rate_is_given_no_difference_of_finds_is(several):
    own = several.using("outcome").choosing(unusable="include")
    rate = own.outcome("find").frame.iloc[0]
    assert pd.isna(rate["estimate"])  # of three forces, one cannot tell finds
    table = own.outcome_difference(["arrest", "find"]).frame
    finds = table[table["outcome"].eq("Find")]
    assert finds["estimate"].isna().all()
    assert finds["note"].str.contains("metropolitan: link field not published", regex=False).all()
    assert table.loc[table["outcome"].eq("Arrest"), "estimate"].notna().any()
    assert "Find" not in set(outcome_view.side_by_side(table)["Outcome"])
    told = own.of_force("essex")
    assert pd.notna(told.outcome("find").frame["estimate"].iloc[0])
    assert told.outcome_difference("find").frame["estimate"].notna().any()


def test_where_no_find_rate_is_given_no_table_has_finds(several):
    """Of other months, or of some forces alone, they could be counted: beside a sentence that says there are none."""
    own = several.using("outcome").choosing(unusable="include")
    note = own.outcome("find").frame["note"].iloc[0]
    for by in ((), "ethnicity_5", "object_group"):
        table = own.measured(outcome_stages, by=by).frame
        finds = table["stage"].eq("Find")
        assert table.loc[finds, "estimate"].isna().all()
        assert set(table.loc[finds, "note"]) == {note}
        assert table.loc[~finds, "estimate"].notna().any()
        assert own.outcome("find", by=by).frame["estimate"].isna().all()
    essex = own.of_force("essex").measured(outcome_stages).frame
    assert essex["estimate"].notna().all()
    by_force = own.measured(outcome_stages, by="force").frame.query("force == 'essex' and stage == 'Find'")
    assert by_force["estimate"].notna().all()  # each force is judged by itself


def test_a_find_rate_of_other_months_is_none_of_the_study(several):
    """Without the months that lack another field, the link field of those left may look full."""
    own = several.of_force("essex")
    given = measures.outcome(own, "find", by="object_group")
    assert given.frame["estimate"].notna().any()
    refused = replace(
        given, frame=given.frame.assign(estimate=np.nan, note="not estimable: essex: link field constant")
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(measures, "measured", lambda study, *_, by=(), **__: given if by else refused)
        asked_anew = several.of_force("essex")  # `own` has been told its find rate
        assert measures.outcome(asked_anew, "find", by="object_group").frame["estimate"].isna().all()


def test_why_there_is_no_find_rate_names_the_forces_of_each_reason():
    evidence = pd.DataFrame(
        {
            "force": ["city-of-london", "greater-manchester", "essex"],
            "verdict": ["True for some no further action", "filled for action only", "supported"],
        }
    )
    note = "not estimable: city-of-london: link field True for some no further action (True for more); and 1 more force"
    rate = pd.DataFrame({"estimate": [np.nan], "note": [note]})
    assert section_sentences.finds(rate, evidence) == (
        "The records cannot say: the field that should show it is marked “true” for too many searches without further "
        "action (City of London Police) and blank for searches without further action (Greater Manchester Police). No "
        "find rate is given."
    )
    assert why_not(note) == (
        "the field that should show it is marked “true” for too many searches without further action (City of London "
        "Police); 1 more force has other reasons"
    )


@pytest.mark.parametrize("verdict", [name for name in VERDICTS if name != "supported"])
def test_every_verdict_on_the_link_field_has_words(verdict):
    said = why_not(f"not estimable: essex: link field {verdict} ({VERDICTS[verdict]})")
    assert said == f"the field that should show it is {LINK_FIELD[verdict]} (Essex Police)"
    assert "link field" not in said
    found = quality_sentences.found(pd.DataFrame({"force": ["essex"], "verdict": [verdict]}))
    assert found.startswith("No: ")


def of_group(group: str, searches: float, estimate: float, half: float) -> pd.DataFrame:
    """The crude and the adjusted difference of a group."""
    kinds = ["outcome_difference_crude", "outcome_difference_adjusted"]
    given = {"numerator": estimate * searches, "denominator": searches, "estimate": estimate, "note": ""}
    given |= {"lower": estimate - half, "upper": estimate + half, "interval": "95% process"}
    given |= {"period_lower": estimate - half, "period_upper": estimate + half}
    return pd.DataFrame([given | {"measure": kind, "ethnicity_5": group, "outcome": "Arrest"} for kind in kinds])


def test_of_few_searches_it_is_too_few_to_say_and_not_no_difference():
    few = pd.concat([of_group("Black", 28, 0.04, 0.75), of_group("Mixed", 12, 0.06, 1.0)])
    columns = ["outcome", "ethnicity_5", *MEASURE_COLUMNS]
    assert section_sentences.differences(few[columns]) == (
        "Between like searches (same object, power, age, sex and month), there are too few of each group (under 100) "
        "to say "
        "whether outcomes differ from those of White people."
    )
    (said,) = outcome_sentences.grounds(few[columns].rename(columns={"outcome": "object_group"}))
    assert said.endswith("too few searches (under 100 of each) to say for the Black and Mixed groups.")
    many = pd.concat([few, of_group("Asian", 700, 0.01, 0.02)])[columns]
    assert section_sentences.differences(many, several=True) == (
        "Between like searches (same force, object, power, age, sex and month), the Asian group shows no clear "
        "difference from White in what follows; of the Black and Mixed groups there are too few searches (under "
        "100 of each) to say."
    )


def test_a_clear_difference_of_hardly_any_searches_is_no_headline():
    columns = ["outcome", "ethnicity_5", *MEASURE_COLUMNS]
    said = section_sentences.differences(of_group("Other", 5, 0.66, 0.4)[columns])
    assert "there are too few of each group" in said
    assert "66.0 more arrests" in section_sentences.differences(of_group("Other", 25, 0.66, 0.4)[columns])


def outcome_shares(**of_group: tuple[float, float]) -> pd.DataFrame:
    """Shares of searches with an outcome by group: (number, share)."""
    rows = [
        {"ethnicity_5": group, "measure": "arrest_rate", "numerator": round(number * share), "denominator": number,
         "estimate": share, "lower": share - 0.1, "upper": share + 0.1, "interval": "95% process",
         "period_lower": share - 0.02, "period_upper": share + 0.02, "note": ""}
        for group, (number, share) in of_group.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["ethnicity_5", *MEASURE_COLUMNS])


def test_outcomes_by_group_say_what_the_differences_as_they_are_show():
    """The lowest and the highest share can be of groups that do not differ clearly, while others differ from White."""
    columns = ["outcome", "ethnicity_5", *MEASURE_COLUMNS]
    shares = outcome_shares(
        White=(6644, 0.141), Mixed=(313, 0.173), Black=(491, 0.2), Other=(166, 0.127), Asian=(98, 0.05)
    )
    arrests = pd.concat([
        of_group("Mixed", 313, 0.031, 0.05), of_group("Black", 491, 0.058, 0.04), of_group("Other", 166, -0.015, 0.06),
        of_group("Asian", 98, -0.091, 0.05),
    ], ignore_index=True)[columns]  # fmt: skip
    crude = arrests["measure"].eq(CRUDE)
    arrests = pd.concat([arrests[crude], arrests[~crude].assign(estimate=0.9)])  # the adjusted ones say nothing here
    unclear = arrests.assign(outcome="Positive outcome", estimate=0.0, period_lower=-0.1)
    table = pd.concat([arrests, unclear], ignore_index=True)
    table.loc[table["outcome"].eq("Positive outcome"), "period_upper"] = 0.1
    said = section_sentences.outcomes_by_group(shares, shares, table)
    assert said == (
        "An arrest followed 14.1% of searches of White people (from 12.1% to 16.1%), more of those of Black people "
        "(20.0%, from 18.0% to 22.0%), fewer of those of Asian people (5.0%, from 3.0% to 7.0%), where the outcome is "
        "known. The Mixed and Other groups show no clear difference from White. Any positive outcome followed 14.1% of "
        "searches of White people (from 12.1% to 16.1%), where the outcome is known. The Mixed, Black and Other groups "
        "show no clear difference from White; of the Asian group there are too few searches (under 100) to say."
    )
    alike = pd.concat([unclear.assign(outcome="Arrest"), unclear], ignore_index=True)
    alike["period_upper"] = 0.1
    once = section_sentences.outcomes_by_group(shares, shares, alike)
    assert once.endswith(
        "where the outcome is known. In both, the Mixed, Black and Other groups show no clear difference from White; "
        "of the Asian group there are too few searches (under 100) to say."
    )
    assert once.count("no clear difference") == once.count("too few searches") == 1
    more = shares.assign(denominator=shares["denominator"] + 10)
    assert section_sentences.outcomes_by_group(more, more, table).endswith(
        "Whether a difference is clear is judged without the months in which object, power, age or sex may not be used."
    )


def test_all_groups_that_differ_clearly_are_named_the_most_searched_first():
    columns = ["outcome", "ethnicity_5", *MEASURE_COLUMNS]
    arrests = pd.concat([of_group("Mixed", 4000, 0.044, 0.015), of_group("Black", 34_651, 0.022, 0.008),
                         of_group("Asian", 15_000, -0.01, 0.01), of_group("Other", 60, 0.1, 0.3)])  # fmt: skip
    positive = pd.concat([of_group("Mixed", 4000, 0.039, 0.018), of_group("Asian", 15_000, -0.028, 0.012)])
    table = pd.concat([arrests, positive.assign(outcome="Positive outcome")], ignore_index=True)[columns]
    assert section_sentences.differences(table) == (
        "Between like searches (same object, power, age, sex and month), 100 searches of Black people had 2.2 more "
        "arrests (from 1.4 to 3.0) than 100 of White people; 100 of Asian people had 2.8 fewer positive outcomes (from "
        "1.6 to 4.0); 100 of people of Mixed ethnicity had 4.4 more arrests (from 2.9 to 5.9) and 3.9 more positive "
        "outcomes (from 2.1 to 5.7). No other difference from White in arrests is clear; of the Other group there are "
        "too few searches (under 100) to say."
    )


def test_what_is_held_alike_leaves_out_what_is_compared_and_names_the_forces():
    table = of_group("Black", 200, 0.05, 0.02)
    table = pd.concat([table, table.tail(1).assign(measure="outcome_difference_within")])
    objects = table.rename(columns={"outcome": "object_group"})[["object_group", "ethnicity_5", *MEASURE_COLUMNS]]
    assert "Same power" in outcome_view.side_by_side(objects)
    assert rowcharts.rows_of(charts.differences, objects)["key"][1][1] == "Same power"
    outcomes = table[["outcome", "ethnicity_5", *MEASURE_COLUMNS]]
    assert "Same force, object and power" in outcome_view.side_by_side(outcomes, several=True)
    drawn = rowcharts.rows_of(charts.differences, outcomes, several=True)
    assert drawn["key"][1][1] == "Same force, object and power"


def test_a_test_that_compares_nothing_says_once_why():
    why = "not estimable: section 60 asks for none; official statistics contradict these records: not a headline"
    table = pd.DataFrame({"force": "essex", "verdict": "not estimable", "note": [why] * 4})
    assert robust_sentences.verdicts(table) == (
        "**The robust outcome test has nothing to look at.** 4 comparisons cannot be made: section 60 asks for none."
    )
    mixed = table.assign(note=[why, why, why, "not estimable: fewer than 30 searches (12)"])
    assert robust_sentences.verdicts(mixed).endswith(
        "4 comparisons cannot be made: section 60 asks for none (3); fewer than 30 searches (1)."
    )


def test_one_power_alone_is_no_comparison_of_powers(several):
    one = several.of_force("metropolitan").choosing(power="section 60")
    said = section_sentences.by_power(one.outcome("arrest", by="power").frame, study=one)
    number, rest = (len(own.published_rows) for own in (one, one.choosing(power="all")))
    assert said == (
        f"Only searches under section 60 are counted here, as was asked: {number:,} of {rest:,}, so nothing can be "
        "said here of other powers."
    )
    grounds_said = section_sentences.powers(
        one.share("power").frame, one.share("power", within="month").frame, study=one
    )
    assert grounds_said == f"Only searches under section 60 are counted here, as was asked: {number:,} of {rest:,}."
    assert "100" not in grounds_said


def test_official_statistics_of_a_narrowed_study_are_said_to_be_of_all(several):
    whole = several.of_force("metropolitan")
    assert (of_whole_forces(whole), of_whole_forces(whole.choosing(power="section 60"))) == ("", "of all powers")
    table = pd.DataFrame(
        {
            "force": ["essex"],
            "year_ending": ["2021-03"],
            "compared_with": ["2021-03"],
            "light": ["red"],
            "note": [""],
            "measure": ["searches of known ethnicity"],
            "official": [21622.0],
            "ours": [16830.0],
            "difference": [-0.22],
            "limit": [0.05],
        }
    )
    months = pd.DataFrame({"month": [f"2020-{n:02}" for n in range(4, 13)] + ["2021-01", "2021-02", "2021-03"]})
    own = SimpleNamespace(
        official=table, synthetic=False, area=None, forces=["essex"], choices=sas.Choices(power="section 60"),
        official_months=months.assign(force="essex", year_ending="2021-03"),
    )  # fmt: skip
    assert trust_line.official(own).fact.endswith("16,830 here, 21,622 there. These are searches of all powers.")
    said = official_sentences.official(own)
    assert " They are searches of all powers, not only those of this report. " in said


def test_one_legislation_alone_has_nothing_to_be_compared_with():
    table = pd.DataFrame(
        {
            "legislation": ["Misuse of Drugs Act 1971 (section 23)", "Section 60"],
            "measure": "object_agreement",
            "numerator": [1088, 2],
            "denominator": [1105, 5],
            "estimate": [0.985, 0.4],
            "lower": [0.96, 0.05],
            "upper": [0.99, 0.9],
            "interval": "95% process",
            "period_lower": [0.974, 0.06],
            "period_upper": [0.991, 0.85],
            "note": "",
        }
    )
    assert section_sentences.agreement(table) == (
        "Under Misuse of Drugs Act 1971 (section 23), 98.5% (from 97.4% to 99.1%) of searches with a recorded object "
        "have the one that it names; no other legislation that names an object has 20 or more searches to compare."
    )
    two = section_sentences.agreement(table.assign(denominator=[1105, 50]))
    assert two.startswith("Least often under Section 60, of the 2 with 20 or more searches: 40.0%")
    same = section_sentences.agreement(table.assign(denominator=[1105, 50], estimate=1.0, period_upper=1.0))
    assert same == (
        "Under each of the 2 with 20 or more searches, 100.0% of searches with a recorded object have the one that it "
        "names."
    )


def test_the_least_number_of_searches_is_said_once_of_the_most_and_the_least_frequent_alike():
    rows = outcome_shares(Drugs=(900, 0.303), Weapons=(300, 0.15), Firearms=(14, 0.429)).rename(
        columns={"ethnicity_5": "object_of_search"}
    )
    assert section_sentences.by_object(rows.assign(measure="positive_outcome_rate")) == (
        "Of kinds with 100 or more searches, those for drugs most often had a positive outcome, 30.3% (from 28.3% to "
        "32.3%), and those for weapons least often, 15.0% (from 13.0% to 17.0%)."
    )
    groups = outcome_shares(White=(900, 0.303), Black=(300, 0.15), Other=(14, 0.429)).assign(object_group="Drugs")
    assert section_sentences.by_group(groups).startswith(
        "2 groups have 100 or more searches. Searches of White people were most often for drugs, 30.3% (from 28.3% to "
    )
    apart = section_sentences.by_group(groups.head(2))
    assert apart.startswith("Searches of White people were most often for drugs, 30.3%")
    assert apart.endswith("and those of Black people least often, 15.0% (from 13.0% to 17.0%).")
    near = groups.assign(estimate=0.3, period_lower=0.28, period_upper=0.32)
    near.loc[near["ethnicity_5"].eq("Black"), ["estimate", "period_lower", "period_upper"]] = [0.29, 0.2, 0.39]
    said = section_sentences.by_group(near)  # Gloucestershire 2020/21: 70.9% and 70.1% were "these differ most"
    assert said.endswith("The two intervals overlap, so chance alone may have put them in this order.")
    powers = groups.assign(power=["Reasonable grounds", "Section 60", "Other without suspicion"])
    study = SimpleNamespace(choices=SimpleNamespace(power="all"))
    said = section_sentences.by_power(powers, study=study)
    assert said.startswith("Of powers with 100 or more searches, a positive outcome followed 30.3% under reasonable")


def test_that_objects_and_legislation_are_not_compared_has_its_true_reason():
    rows = pd.DataFrame({"legislation": ["Misuse of Drugs Act 1971 (section 23)"]})
    counts = {"measure": "object_agreement", "numerator": [0]}
    few = measures_table(rows, **counts, denominator=[9])
    assert section_sentences.agreement(few).startswith("There are too few searches whose legislation names an object")
    lost = not_estimable(few, "no month of 12 may be used (2020-04: missing (object of search): 9 of 9)")
    assert section_sentences.agreement(lost) == (
        "This cannot be said: object of search is missing from most records in all 12 months."
    )
    blank = measures_table(rows, **counts, denominator=[0])
    assert section_sentences.agreement(blank).startswith("Of no search whose legislation names an object is the object")
    assert section_sentences.agreement(few.iloc[:0]).startswith("No search is recorded under legislation that names")


def test_no_search_under_section_60_is_told_with_those_whose_power_is_not_recorded():
    def said(**numbers):
        names = pd.DataFrame({"power": [name.replace("_", " ") for name in numbers]})
        counts = {"numerator": list(numbers.values()), "denominator": [sum(numbers.values())] * len(numbers)}
        table = measures_table(names, measure="share_of_searches", **counts)
        study = SimpleNamespace(choices=SimpleNamespace(power="all"))
        return section_sentences.powers(table, table.iloc[:0].assign(month=""), study=study)

    assert said(Reasonable_grounds=90, Section_60=0) == "No search is recorded as made under section 60."
    assert said(Reasonable_grounds=90, Section_60=0, Not_recorded=2, Unrecognised_label=1) == (
        "No search is recorded as made under section 60; the power of 3 is not recorded."
    )


def test_few_searches_under_another_power_are_too_few_to_say_that_it_makes_no_difference():
    def said(**numbers):
        rows = outcome_shares(**{name.replace("_", " "): (number, 0.5) for name, number in numbers.items()})
        study = SimpleNamespace(choices=SimpleNamespace(power="all"))
        return section_sentences.by_power(rows.rename(columns={"ethnicity_5": "power"}), study=study)

    assert said(Reasonable_grounds=900, Section_60=3) == (
        "Under reasonable grounds, a positive outcome followed 50.0% of searches (from 48.0% to 52.0%); 3 searches "
        "under section 60 are too few to tell whether the power makes a difference."
    )
    assert "; 1 search under section 60 is too few to tell" in said(Reasonable_grounds=900, Section_60=1)
    assert "nothing can be said of others" in said(Reasonable_grounds=900)
    assert said(Reasonable_grounds=99, Section_60=98) == "There are too few searches under any one power to say."


def test_objects_of_too_many_unknown_outcomes_are_not_said_to_be_of_too_few_searches():
    rows = outcome_shares(Drugs=(900, 0.3)).rename(columns={"ethnicity_5": "object_of_search"})
    unknown = rows.assign(
        measure="positive_outcome_rate", note="outcome unknown in 500 of 1,400 (35.7%): not a headline"
    )
    assert section_sentences.by_object(unknown) == "Too many outcomes are unknown to compare."


def test_the_text_on_powers_says_that_others_than_section_60_need_no_suspicion():
    """The table of legislation has other powers without suspicion."""
    here = Path(__file__).resolve().parents[1]
    text = (here / "notebooks" / "02_search_grounds.ipynb").read_text()
    assert "all others need reasonable grounds" not in text
    with (here / "src" / "sas_analysis" / "records" / "labels" / "legislation.csv").open(newline="") as file:
        free = {row["standard"] for row in csv.DictReader(file) if row["power"] == "Other without suspicion"}
    glossary = " ".join((here / "docs" / "glossary.md").read_text().split())
    for name in free:
        act, section = re.fullmatch(r"(.+) \(section (.+)\)", name).groups()
        assert f"section {section} of" in glossary, act


def test_rows_of_several_outcomes_without_a_label_say_which_they_are():
    table = pd.DataFrame(
        {
            "column": ["outcome", "", ""] * 2,
            "label": ["Arrest", "", ""] * 2,
            "months": ["counted"] * 3 + ["all published"] * 3,
            "measure": ["share_of_searches", "no_further_action_rate", "arrest_rate"] * 2,
            "numerator": [30, 60, 30] * 2,
            "denominator": 100,
            "estimate": [0.3, 0.6, 0.3] * 2,
            "lower": 0.1,
            "upper": 0.9,
            "interval": "95% process",
            "period_lower": 0.2,
            "period_upper": 0.8,
            "note": "",
        }
    )
    block = short(table, across="months").as_block()
    assert [row[0][0] for row in block["rows"]] == [
        "Outcome · Arrest",
        "No further action, where it is known",
        "Arrest, where it is known",
    ]
    assert [row[1][0] for row in block["rows"]] == ["30.0%", "60.0%", "30.0%"]


def test_an_empty_table_in_doubt_says_none_before_the_doubt():
    block = {
        "kind": "table",
        "rows": [],
        "number": "Table 13",
        "title": "The test",
        "mark": "Contradicted.",
        "nothing": "",
    }
    text = re.sub(r"<[^>]+>", "", block_html.of_block(block))
    assert text == "Table 13 The test: none.Contradicted."


def test_months_left_out_of_several_forces_are_of_force_months():
    grid = [(force, f"2020-{n:02}", "published") for force in ("essex", "gwent") for n in range(1, 11)]
    grid = pd.DataFrame(grid, columns=["force", "month", "status"])
    grid.loc[:6, "status"], grid.loc[19, "status"] = "flagged", "no file"
    study = SimpleNamespace(counted=grid)
    assert left_out(study) == [
        "without Gwent Police 2020-10, of which no records are here",
        "without 7 of 19 force-months flagged by the audit",
    ]
    one = SimpleNamespace(counted=grid.head(10))
    assert left_out(one) == ["without 7 of 10 months flagged by the audit"]


def test_a_test_of_one_comparison_does_not_call_it_all_of_them():
    def said(number):
        table = pd.DataFrame({"ethnicity_5": "Black", "verdict": "inconclusive", "verdict_adjusted": "inconclusive"},
                             index=range(number))  # fmt: skip
        return robust_sentences.verdicts(table.assign(note="")).split("**")[1]

    assert said(1) == "The robust outcome test is inconclusive in the one comparison that can be made."
    assert said(2) == "The robust outcome test is inconclusive in all 2 comparisons."


def test_a_ground_that_no_group_has_is_no_matter_of_one_group():
    """Gloucestershire 2020/21, section 60: "no search of Mixed and of White has the same power", and nobody had it."""
    rows = [(group, n % 2 == 0) for group in ("White", "Mixed", "Black") for n in range(60)]
    searches = pd.DataFrame(rows, columns=["ethnicity_5", "male"]).astype({"ethnicity_5": "category"})
    same = {"month": "2020-04", "force": "kent", "object_group": "Drugs", "age_range": "18-24", "gender": "Male"}
    searches = searches.assign(**same, searched_at=pd.Timestamp("2020-04-02", tz="UTC"))
    kinds = ["Reasonable grounds", "Section 60"]
    searches["power"] = pd.Categorical(kinds[:1] * len(searches), kinds)
    table = share_differences(searches, "power", within=["object_group"], covariates=["gender"], only=["Section 60"])
    (block,) = [short(outcome_view.side_by_side(table)).as_block()]
    assert block["nothing"] == "cannot be given: no search of any group or of White has this power"
