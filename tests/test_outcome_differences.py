"""Differences of outcomes between groups: against formulas by hand, rows of statsmodels, and simulated truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from docstrings import check_examples
from scipy import special

import sas_analysis as sas
from sas_analysis.errors import ParameterError
from sas_analysis.measures.intervals.asked import Asked, Given
from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.differences import share_difference_limits
from sas_analysis.measures.intervals.limits import wilson
from sas_analysis.measures.outcomes import adjusted, differences
from sas_analysis.measures.outcomes.adjusted import fit_adjusted
from sas_analysis.measures.outcomes.difference_limits import MonthsPart, half_widths, limits_around
from sas_analysis.measures.outcomes.differences import outcome_difference_bounds, outcome_differences
from sas_analysis.measures.outcomes.patterns import in_patterns
from sas_analysis.measures.outcomes.reversals import reversals
from sas_analysis.measures.outcomes.within_strata import sato_variance, within_strata
from sas_analysis.present import prose
from sas_analysis.rounding import NOT_GIVEN, to_be_rounded

CRUDE, WITHIN, ADJUSTED = (f"outcome_difference_{name}" for name in ("crude", "within", "adjusted"))
# Group, object, searches, arrests. In either object more Black searches end in arrest; crude it is fewer (Simpson).
SIMPSON = [
    *(("White", "Drugs", 100, 10), ("White", "Weapons", 900, 450)),
    *(("Black", "Drugs", 900, 180), ("Black", "Weapons", 100, 60)),
]


def searches(rows, columns=("ethnicity_5", "object_group")):
    """A row a search of rows `<columns>, searches, arrests`; a third number is of those with an unknown outcome."""
    parts = []
    for *labels, number, arrests in rows:
        arrested = np.repeat([True, False], [arrests, number - arrests])
        parts.append(pd.DataFrame(dict(zip(columns, labels, strict=True)) | {"arrest": arrested}))
    frame = pd.concat(parts, ignore_index=True)
    return frame.astype({"arrest": "boolean"} | dict.fromkeys(columns, "category"))


def without(frame, group, number):
    """The outcome of the first searches of a group made unknown."""
    frame = frame.copy()
    frame.loc[frame.index[frame["ethnicity_5"].eq(group)][:number], "arrest"] = pd.NA
    return frame


def drawn(seed, number=4000, effect=0.0, months=6, objects=3):
    """Searches whose risk depends on object and power; Black searches are mostly of the object with the lowest risk."""
    random = np.random.default_rng(seed)
    black = random.random(number) < 0.4
    mix = np.where(black[:, None], [0.7, 0.2, 0.1], [0.2, 0.3, 0.5])[:, :objects]
    ends = (mix / mix.sum(1, keepdims=True)).cumsum(1)
    item = np.minimum((random.random(number)[:, None] > ends).sum(1), objects - 1)
    section_60 = random.random(number) < np.where(black, 0.3, 0.1)
    month = random.integers(months, size=number)
    logit = -2 + np.array([0, 1, 1.8])[item] - 0.8 * section_60 + 0.1 * month
    risk = [special.expit(logit + effect * member) for member in (1, 0)]
    hit = random.random(number) < np.where(black, *risk)
    frame = pd.DataFrame(
        {
            "ethnicity_5": np.where(black, "Black", "White"),
            "object_group": np.array(["Drugs", "Stolen property", "Weapons"])[item],
            "power": np.where(section_60, "Section 60", "Reasonable grounds"),
            "month": pd.period_range("2020-04", periods=months, freq="M").astype(str).to_numpy()[month],
            "arrest": pd.array(hit, dtype="boolean"),
        }
    )
    return frame, float((risk[0] - risk[1]).mean())


def of(table, measure, group="Black"):
    return table[table["ethnicity_5"].eq(group) & table["measure"].eq(measure)].iloc[0]


def all_three(frame, **options):
    return outcome_differences(
        frame, "arrest", **({"within": ["object_group"], "covariates": ["object_group"]} | options)
    )


# Crude


def test_the_crude_difference_is_of_known_outcomes_by_hand():
    row = of(all_three(without(searches(SIMPSON), "Black", 100)), CRUDE)  # these are arrests for drugs
    assert (row["numerator"], row["denominator"]) == (pytest.approx(140 - 900 * 0.46), 900)
    assert row["estimate"] == pytest.approx(140 / 900 - 460 / 1000)
    assert "outcome unknown in 10.0% (White 0.0%)" in row["note"]
    assert "not a headline" not in row["note"]


def test_more_than_three_in_ten_unknown_of_either_group_is_no_headline():
    for group in ("White", "Black"):
        assert "not a headline" in of(all_three(without(searches(SIMPSON), group, 301)), CRUDE)["note"]
        assert "not a headline" not in of(all_three(without(searches(SIMPSON), group, 300)), CRUDE)["note"]


@pytest.mark.parametrize("target", ["process", "period"])
def test_the_limits_of_the_crude_difference_are_those_of_the_rule(target):
    frame, _ = drawn(1)
    row = of(all_three(frame, interval=target), CRUDE)
    counts = frame.groupby(["ethnicity_5", "month"])["arrest"].agg(["size", "sum"]).astype(float)
    (k, n), (k_ref, n_ref) = (
        [counts.loc[group, name].to_numpy()[None] for name in ("sum", "size")] for group in ("Black", "White")
    )
    given = {"hits": k, "trials": n, "reference_hits": k_ref, "reference_trials": n_ref, "kind": "arrest"}
    rule = share_difference_limits(**given, target=target)
    assert (row["lower"], row["upper"]) == pytest.approx((rule.lower[0], rule.upper[0]))
    period = share_difference_limits(**given, target="period")
    assert (row["period_lower"], row["period_upper"]) == pytest.approx((period.lower[0], period.upper[0]))
    assert row["interval"] == f"95% {target}"


def test_newcombes_limits_of_independent_searches_by_hand():
    row = of(all_three(searches(SIMPSON), interval="sampling"), CRUDE)
    (low, low_ref), (high, high_ref) = wilson(successes=[240, 460], trials=[1000, 1000])
    down, up = np.hypot(0.24 - low, high_ref - 0.46), np.hypot(high - 0.24, 0.46 - low_ref)
    assert (row["lower"], row["upper"]) == pytest.approx((-0.22 - down, -0.22 + up))
    assert row["interval"] == "95% Newcombe"


# Within strata


def test_mantel_and_haenszels_difference_and_satos_variance_by_hand():
    row = of(all_three(searches(SIMPSON), interval="sampling"), WITHIN)
    # Both strata: n m / N = 90, so the weights are equal, and the difference is the mean of 0.2 - 0.1 and 0.6 - 0.5.
    assert (row["numerator"], row["denominator"]) == pytest.approx((18, 180))
    assert row["estimate"] == pytest.approx(0.1)
    p = (900**2 * 10 - 100**2 * 180 + 900 * 100 * (100 - 900) / 2) / 1000**2
    p += (100**2 * 450 - 900**2 * 60 + 100 * 900 * (900 - 100) / 2) / 1000**2
    q = (180 * 90 + 10 * 720) / 2000 + (60 * 450 + 450 * 40) / 2000
    se = np.sqrt((0.1 * p + q) / 180**2)
    assert (row["lower"], row["upper"]) == pytest.approx((0.1 - 1.959964 * se, 0.1 + 1.959964 * se))
    assert row["interval"] == "95% Sato"


def test_satos_variance_is_that_of_differences_drawn_in_small_strata():
    random = np.random.default_rng(7)
    n, m = random.integers(1, 6, 40), random.integers(1, 9, 40)
    risk = random.uniform(0.1, 0.6, 40)
    a, c = random.binomial(n, risk + 0.2, (4000, 40)), random.binomial(m, risk, (4000, 40))
    weight = (n * m / (n + m)).sum()
    found = ((a * m - c * n) / (n + m)).sum(1) / weight
    said = np.mean([sato_variance(*row) for row in ((x, n, y, m) for x, y in zip(a, c, strict=True))])
    assert said == pytest.approx(found.var(), rel=0.08)
    assert found.mean() == pytest.approx(0.2, abs=0.005)


def test_the_difference_within_is_a_regression_with_strata_and_so_is_its_clustered_error():
    frame, _ = drawn(2)
    cut = in_patterns(
        frame, "arrest", by="ethnicity_5", group="Black", reference="White", columns=["object_group", "power", "month"]
    )
    found = within_strata(cut, ["object_group", "power"])
    rows = frame.assign(
        y=frame["arrest"].astype(float),
        black=frame["ethnicity_5"].eq("Black").astype(float),
        stratum=frame["object_group"] + frame["power"],
    )
    fit = smf.ols("y ~ black + C(stratum)", rows)
    months = {"groups": pd.factorize(rows["month"])[0], "use_correction": False}
    clustered = fit.fit(cov_type="cluster", cov_kwds=months)
    assert found.difference == pytest.approx(clustered.params["black"])
    assert found.se_clustered == pytest.approx(clustered.bse["black"] * np.sqrt(6 / 5))
    assert (found.clusters, found.strata, found.alone) == (6, 6, 0)
    assert found.se == pytest.approx(fit.fit(cov_type="HC0").bse["black"], rel=0.02)


def test_strata_of_one_group_say_nothing_and_are_counted():
    rows = [*SIMPSON, ("White", "Firearms", 50, 50), ("Black", "Stolen property", 7, 7)]
    row = of(all_three(searches(rows)), WITHIN)
    assert row["estimate"] == pytest.approx(0.1)
    assert "over 2 strata; 57 searches in strata of one of the two left out" in row["note"]


# Adjusted


def by_rows(frame, formula):
    """The difference and its standard errors from rows: a logit, and risks as if all were Black, and all White."""
    rows = frame.assign(y=frame["arrest"].astype(float), black=frame["ethnicity_5"].eq("Black").astype(float))
    model = smf.logit(formula, rows)
    months = {"groups": pd.factorize(rows["month"])[0], "use_correction": False}
    fit, clustered = model.fit(disp=0, tol=1e-12), model.fit(disp=0, cov_type="cluster", cov_kwds=months)
    design = [np.asarray(sm.add_constant(model.exog)).copy() for _ in range(2)]
    for x, member in zip(design, (1, 0), strict=True):
        x[:, model.exog_names.index("black")] = member
    risks = [special.expit(x @ fit.params.to_numpy()) for x in design]
    slope = [(risk * (1 - risk)) @ x / len(x) for risk, x in zip(risks, design, strict=True)]
    slope = slope[0] - slope[1]
    errors = [float(np.sqrt(slope @ result.cov_params().to_numpy() @ slope)) for result in (fit, clustered)]
    return float(risks[0].mean() - risks[1].mean()), errors, fit


def test_the_adjusted_difference_is_that_of_a_logit_on_rows():
    frame, _ = drawn(3, effect=0.4)
    columns = ("object_group", "power", "month")
    fit = fit_adjusted(frame, "arrest", group="Black", covariates=columns)
    difference, (se, clustered), rows = by_rows(frame, "y ~ black + C(object_group) + C(power) + C(month)")
    assert fit.difference == pytest.approx(difference, rel=1e-6)
    assert fit.se == pytest.approx(se, rel=1e-5)
    assert fit.se_clustered == pytest.approx(clustered * np.sqrt(6 / 5), rel=1e-5)
    assert fit.result.params["in_group"] == pytest.approx(rows.params["black"], rel=1e-5)
    assert (fit.clusters, fit.searches, fit.settled, fit.sparse) == (6, 4000, 0, False)


def test_months_are_clusters_where_they_are_no_covariate():
    frame, _ = drawn(4)
    fit = fit_adjusted(frame, "arrest", group="Black", covariates=("object_group",))
    _, (_, clustered), _ = by_rows(frame, "y ~ black + C(object_group)")
    assert fit.se_clustered == pytest.approx(clustered * np.sqrt(6 / 5), rel=1e-5)


@pytest.mark.parametrize("effect", [0.0, 0.5])
def test_crude_is_off_and_adjusted_is_not_where_the_truth_is_known(effect):
    options = {"within": ["object_group", "power"], "covariates": ["object_group", "power", "month"]}
    tables = [
        (all_three(frame, **options), truth) for frame, truth in (drawn(seed, 6000, effect) for seed in range(20))
    ]
    errors = {name: [of(table, name)["estimate"] - truth for table, truth in tables] for name in (CRUDE, ADJUSTED)}
    spread = np.std(errors[ADJUSTED]) / np.sqrt(len(tables))
    assert abs(np.mean(errors[ADJUSTED])) < 3 * spread < 0.01
    assert np.mean(errors[CRUDE]) < -0.08
    rows = [(of(table, ADJUSTED), truth) for table, truth in tables]
    assert sum(row["lower"] <= truth <= row["upper"] for row, truth in rows) >= 18


def test_what_columns_make_up_is_left_out_of_the_model():
    frame, _ = drawn(5)
    frame["again"] = frame["object_group"]
    one, two = (
        fit_adjusted(frame, "arrest", group="Black", covariates=names)
        for names in (("object_group",), ("object_group", "again"))
    )
    assert two.difference == pytest.approx(one.difference)
    assert len(two.params) == len(one.params)


def test_a_label_whose_outcomes_are_all_alike_keeps_its_risk():
    plain = fit_adjusted(searches(SIMPSON), "arrest", group="Black", covariates=("object_group",))
    rows = [*SIMPSON, ("White", "Firearms", 200, 200), ("Black", "Fireworks", 300, 0)]
    fit = fit_adjusted(searches(rows), "arrest", group="Black", covariates=("object_group",))
    assert (fit.settled, fit.searches) == (500, 2500)
    assert fit.difference == pytest.approx(plain.difference * 2000 / 2500)
    assert fit.shares[1] == pytest.approx((plain.shares[1] * 2000 + 200) / 2500)
    assert fit.se == pytest.approx(plain.se * 2000 / 2500)
    said = of(all_three(searches(rows)), ADJUSTED)["note"]
    assert "no difference where all searches of a label end alike (500 of 2,500 searches)" in said


def test_few_outcomes_for_the_coefficients_are_said_to_be_sparse():
    few = [(group, item, 40, 2 + n % 2) for n, (group, item, _, _) in enumerate(SIMPSON)]
    assert "sparse: 10 of the rarer outcome for 3 coefficients" in of(all_three(searches(few)), ADJUSTED)["note"]
    assert "sparse" not in of(all_three(searches(SIMPSON)), ADJUSTED)["note"]


# Limits of both


def test_what_months_add_to_the_crude_limits_is_added_to_the_others():
    frame, _ = drawn(6)
    table, asked = all_three(frame), Asked()
    crude = of(table, CRUDE)
    counts = frame.groupby(["ethnicity_5", "month"])["arrest"].agg(["size", "sum"]).astype(float)
    (k, n), (k_ref, n_ref) = (
        [counts.loc[group, name].to_numpy()[None] for name in ("sum", "size")] for group in ("Black", "White")
    )
    cut = in_patterns(frame, "arrest", by="ethnicity_5", group="Black", reference="White", columns=["object_group"])
    own = {
        WITHIN: within_strata(cut, ["object_group"]),
        ADJUSTED: fit_adjusted(frame, "arrest", group="Black", covariates=("object_group",)),
    }
    constants = without_months()
    still = share_difference_limits(
        hits=k, trials=n, reference_hits=k_ref, reference_trials=n_ref, kind="arrest", constants=constants
    )
    for measure, found in own.items():
        row = of(table, measure)
        half, clustered = half_widths(found.se, found.se_clustered, found.clusters, asked)
        for end, alone in (("lower", still.lower[0]), ("upper", still.upper[0])):
            months = (crude[end] - crude["estimate"]) ** 2 - (alone - crude["estimate"]) ** 2
            assert months > 0
            assert abs(row[end] - row["estimate"]) == pytest.approx(max(np.sqrt(half**2 + months), clustered))
        assert row["lower"] < row["period_lower"] < row["estimate"] < row["period_upper"] < row["upper"]


def without_months():
    own = read_constants()
    return replace(own, tau2=dict.fromkeys(own.tau2, 0.0))


@pytest.mark.parametrize("seed", range(5))
def test_limits_are_never_narrower_than_searches_alone_make_them(seed):
    frame, _ = drawn(seed, number=600)
    rule, period, alone = (all_three(frame, interval=name) for name in ("process", "period", "sampling"))
    for measure in (CRUDE, WITHIN, ADJUSTED):
        for table in (rule, period):
            assert of(table, measure)["lower"] <= of(alone, measure)["lower"]
            assert of(table, measure)["upper"] >= of(alone, measure)["upper"]


def test_months_that_vary_much_bring_no_limit_nearer():
    """The rule's upper limit of these counts is 4.9 points, its period's 8.8: shares that move together, and far."""
    share = special.expit(-1.5 + 2 * np.linspace(-1, 1, 12))
    months = pd.period_range("2020-01", periods=12, freq="M").astype(str)
    rows = []
    for month, p in zip(months, share, strict=True):
        rows += [("Black", month, "Drugs", 60, round(60 * 1.2 * p)), ("White", month, "Drugs", 1000, round(1000 * p))]
    frame = searches(rows, ("ethnicity_5", "month", "object_group"))
    table = all_three(frame)
    for measure in (CRUDE, WITHIN, ADJUSTED):
        row, alone = of(table, measure), of(all_three(frame, interval="sampling"), measure)
        assert row["lower"] <= row["period_lower"] <= alone["lower"]
        assert row["upper"] >= row["period_upper"] >= alone["upper"]


def test_clusters_have_a_width_of_their_own():
    asked = Asked()
    assert half_widths(1, 0.1, 12, asked) == pytest.approx((1.959964, 0.2200985))  # t on 11
    assert half_widths(1, np.nan, 1, asked) == pytest.approx((1.959964, np.nan), nan_ok=True)
    by_name = half_widths(1, 9, 12, Asked("sampling", named=["sampling"]))
    assert by_name == pytest.approx((1.959964, np.nan), nan_ok=True)
    assert half_widths(1, 0.1, 12, Asked(together=5))[0] == pytest.approx(2.5688, abs=1e-4)  # Sidak


def test_clusters_that_differ_much_put_limits_farther_out_and_never_nearer():
    frame, _ = drawn(1)
    patterns = in_patterns(frame, "arrest", by="ethnicity_5", group="Black", reference="White", columns=["power"])
    found = within_strata(patterns, ["power"])
    none = np.zeros(1)
    crude = replace(Given.none(1), lower=none, upper=none, name=np.array(["95% process"], dtype=object))
    ends = {}
    for name, clustered in (("few", found.se_clustered), ("many", 9 * found.se)):
        half = [half_widths(found.se, clustered, 6, Asked())]
        ends[name] = limits_around(none, half, MonthsPart(none, none, none, none), crude, Asked(), "Sato").upper[0]
    assert ends["few"] >= 1.959964 * found.se * (1 - 1e-6)
    assert ends["many"] == pytest.approx(9 * found.se * 2.570582, rel=1e-6)  # t on 5


def test_without_limits_there_are_none():
    table = all_three(searches(SIMPSON), interval="none")
    assert table[["lower", "upper", "period_lower", "period_upper"]].isna().all(axis=None)
    assert table["estimate"].notna().all()


# Bounds


def test_bounds_take_all_that_is_unknown_for_one_group_and_against_the_other():
    frame = without(without(searches(SIMPSON), "Black", 100), "White", 10)  # all of them arrests
    table = outcome_difference_bounds(frame, "arrest").set_index("measure")
    assert table.loc["outcome_difference_lowest", "estimate"] == pytest.approx(140 / 1000 - 460 / 1000)
    assert table.loc["outcome_difference_highest", "estimate"] == pytest.approx(240 / 1000 - 450 / 1000)
    assert table["denominator"].tolist() == [1000, 1000]
    truth = of(all_three(searches(SIMPSON)), CRUDE)["estimate"]
    assert table.loc["outcome_difference_lowest", "estimate"] < truth
    assert (table["lower"] < table["estimate"]).all()


# Not estimable


def test_an_outcome_that_never_occurs_is_not_estimable():
    table = all_three(searches([(*row[:3], 0) for row in SIMPSON]))
    assert table["estimate"].isna().all()
    assert table["note"].str.contains("no search of Black and of White has the outcome").all()
    assert all_three(searches([(*row[:3], row[2]) for row in SIMPSON]))["note"].str.contains("every search").all()


def test_a_group_without_a_known_outcome_is_not_estimable():
    table = all_three(without(searches(SIMPSON), "Black", 1000))
    assert table["note"].eq("not estimable: no search of Black with a known outcome").all()


def test_a_group_without_the_outcome_has_a_difference_but_no_model():
    table = all_three(searches([*SIMPSON[:2], ("Black", "Drugs", 900, 0), ("Black", "Weapons", 100, 0)]))
    assert of(table, CRUDE)["estimate"] == pytest.approx(-0.46)
    assert pd.isna(of(table, ADJUSTED)["estimate"])
    assert of(table, ADJUSTED)["note"].startswith("not estimable: no search of the Black group has the outcome")


def test_groups_that_share_no_stratum_are_not_compared_within_one():
    table = all_three(searches([SIMPSON[0], SIMPSON[3]]))
    assert of(table, CRUDE)["estimate"] == pytest.approx(0.6 - 0.1)
    assert of(table, WITHIN)["note"] == "not estimable: no stratum has searches of both"
    assert of(table, ADJUSTED)["note"] == "not estimable: no search of Black is like one of White in the covariates"


def test_covariates_that_separate_the_outcomes_are_found():
    rows = [
        ("White", "a", "x", 20, 0),
        ("White", "a", "y", 20, 9),
        ("White", "b", "y", 20, 20),
        ("Black", "a", "y", 20, 9),
    ]
    frame = searches(rows, ("ethnicity_5", "object_group", "power"))
    extra = searches([("Black", "a", "x", 20, 0), ("Black", "b", "x", 20, 9)], ("ethnicity_5", "object_group", "power"))
    both = pd.concat([frame.astype("object"), extra.astype("object")]).astype({"arrest": "boolean"})
    fit = fit_adjusted(both, "arrest", group="Black", covariates=("object_group", "power"))
    assert fit.reason == "what is held alike tells all outcomes apart, so that no difference can be fitted"


def test_what_is_asked_wrongly_is_refused():
    frame = searches(SIMPSON)
    with pytest.raises(ValueError, match='outcome "found" is unknown; choose from: positive, nothing, arrest'):
        outcome_differences(frame, "found", within=[], covariates=[])
    with pytest.raises(ValueError, match='reference "Asian" is no group of ethnicity_5: Black, White'):
        all_three(frame, reference="Asian")
    with pytest.raises(ValueError, match="the searches have no column power, gender"):
        outcome_differences(frame, "arrest", covariates=["power", "gender"], within=[])
    with pytest.raises(ValueError, match='interval "exact" is unknown'):
        all_three(frame, interval="exact")


def test_rounded_counts_give_the_crude_difference_alone():
    table = all_three(to_be_rounded(searches([*SIMPSON, ("Black", "Drugs", 3, 3)]), 5))
    assert of(table, CRUDE)["denominator"] == 1005
    assert of(table, CRUDE)["numerator"] == pytest.approx(245 - 1005 * 0.46)
    assert of(table, WITHIN)["note"] == of(table, ADJUSTED)["note"] == f"not estimable: {NOT_GIVEN}"


# Change of sign, and words


def test_simpson_is_found():
    table = all_three(searches(SIMPSON))
    found = reversals(table)
    assert found["measure"].tolist() == [WITHIN, ADJUSTED]
    assert found["crude"].round(2).tolist() == [-0.22, -0.22]
    assert found["estimate"].round(2).tolist() == [0.1, 0.1]
    assert reversals(all_three(searches(SIMPSON), interval="sampling"))["distinct"].all()


def test_a_change_of_sign_within_the_limits_is_no_sure_one():
    few = [(group, item, number // 20, arrests // 20) for group, item, number, arrests in SIMPSON]
    found = reversals(all_three(searches(few)))
    assert found["measure"].tolist() == [WITHIN, ADJUSTED]
    assert not found["distinct"].any()


def test_where_no_sign_changes_nothing_is_found():
    table = all_three(searches([(g, item, 200, 50 if g == "Black" else 20) for g, item, _, _ in SIMPSON]))
    assert reversals(table).empty


def test_differences_are_printed_in_points():
    assert prose.number(-0.0134, CRUDE) == "-1.3 points"
    assert prose.number(0.0004, ADJUSTED) == prose.number(-0.0004, ADJUSTED) == "0.0 points"
    assert prose.interval(-0.0134, 0.02, CRUDE) == "-1.3 to +2.0"
    table = all_three(searches(SIMPSON), interval="sampling").query("measure == @CRUDE")
    row = prose.row(table, ethnicity_5="Black")
    assert prose.exact(row["estimate"], CRUDE, row["lower"], row["upper"]) == ("-22.0 points", "-26.0 to -17.9")


# Through a study


@pytest.fixture(scope="module")
def study(sample):
    return sas.open_study("metropolitan", "2018-04", "2018-09", raw=sample)


def test_a_study_gives_all_three_side_by_side(study):
    found = study.outcome_difference("arrest")
    assert found.frame["measure"].tolist() == [CRUDE, WITHIN, ADJUSTED] * 4
    assert found.title == "Arrests: difference from White"
    black = found.only(ethnicity_5="Black").frame
    rates = study.outcome("arrest", by="ethnicity_5").frame.set_index("ethnicity_5")["estimate"]
    assert black["estimate"].iloc[0] == pytest.approx(rates["Black"] - rates["White"])
    assert "points" in repr(found)
    axes = found.plot().axes[0]
    labels = {label.get_text().replace("\n", " ") for label in axes.get_yticklabels()}
    assert {"Black: Difference, crude", "Black: Difference within strata", "Black: Difference, adjusted"} <= labels
    assert len(labels) == 12
    assert axes.get_xlim()[0] < found.frame["lower"].min()


def test_a_study_asks_for_the_fields_of_the_covariates(study):
    asked = {"outcome", "arrest", "self_defined_ethnicity", "object_of_search", "power", "gender", "age_range"}
    assert set(study.outcome_difference("arrest").study.rests_on) == asked
    fewer = study.outcome_difference("positive", within="power", covariates=["power", "month"]).study.rests_on
    assert set(fewer) == {"outcome", "self_defined_ethnicity", "power"}
    bounds = study.using("outcome").outcome_difference("arrest", bounds=True)
    assert set(bounds.study.rests_on) == asked - {"outcome", "arrest"}
    assert bounds.frame["measure"].str.contains("lowest|highest").all()


def test_months_whose_covariates_may_not_be_used_are_left_out(sample, tmp_path):
    raw = tmp_path / "raw"
    for file in sorted(sample.rglob("2018-0*-metropolitan-*.csv")):
        table = pd.read_csv(file, dtype="str", keep_default_na=False)
        if file.name.startswith("2018-06"):
            table["Age range"] = ""
        target = raw / file.relative_to(sample)
        target.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(target, index=False)
    study = sas.open_study("metropolitan", "2018-04", "2018-08", raw=raw)
    own = study.outcome_difference("arrest").study
    assert "2018-06" not in set(own.counted_searches["month"].astype("str"))
    all_ages = study.outcome_difference("arrest", covariates=["gender"]).study
    assert "2018-06" in set(all_ages.counted_searches["month"].astype("str"))


def test_several_forces_are_compared_within_each(sample):
    both = sas.open_study(["metropolitan", "essex"], "2018-04", "2018-05", raw=sample)
    one = both.outcome_difference("arrest").frame["note"].str.extract(r"over (\d+) strata")[0].dropna().astype(int)
    other = both.outcome_difference("arrest", within=["object_group", "power"]).frame["note"]
    assert one.max() > other.str.extract(r"over (\d+) strata")[0].dropna().astype(int).max()


def test_a_study_refuses_what_is_not_there(study):
    with pytest.raises(ParameterError, match="outcome 'found' is none of"):
        study.outcome_difference("found")
    with pytest.raises(ParameterError, match="reference 'Whit' is no label of ethnicity_5"):
        study.outcome_difference("arrest", reference="Whit")
    with pytest.raises(ParameterError, match='column "age" is none that searches are counted by'):
        study.outcome_difference("arrest", covariates=["age"])


@pytest.mark.parametrize("outcome", ["arrest", "positive"])
def test_real_searches_give_what_their_rows_give(real_data, outcome, tmp_path):
    """Searches of the Metropolitan Police, as a model takes them, and a model and sums that share no code with ours."""
    (tmp_path / "raw").symlink_to(real_data / "stops")
    study = sas.open_study("metropolitan", "2018-08", "2018-09", raw=tmp_path / "raw")
    columns = ["object_group", "power", "gender", "age_range"]
    table = study.outcome_difference(outcome, covariates=columns).frame
    name = {"positive": "positive_outcome"}.get(outcome, outcome)
    rows = study.model_frame(name).rename(columns={name: "arrest"})
    rows = rows[rows["ethnicity_5"].isin(["Black", "White"])].astype(dict.fromkeys(columns, "str"))
    share = rows.groupby("ethnicity_5", observed=True)["arrest"].mean()
    assert of(table, CRUDE)["estimate"] == pytest.approx(share["Black"] - share["White"])
    strata = rows.groupby(["object_group", "power", "ethnicity_5"], observed=True)["arrest"]
    wide = strata.agg(["size", "mean"]).unstack().dropna()
    weight = 1 / (1 / wide["size", "Black"] + 1 / wide["size", "White"])
    apart = (weight * (wide["mean", "Black"] - wide["mean", "White"])).sum() / weight.sum()
    assert of(table, WITHIN)["estimate"] == pytest.approx(apart)
    alike = pd.concat(
        [rows.groupby(column)["arrest"].transform("mean").isin([0, 1]) for column in columns], axis=1
    ).any(axis=1)
    formula = "y ~ black + " + " + ".join(f"C({column})" for column in columns)
    difference, _, _ = by_rows(rows[~alike], formula)
    assert of(table, ADJUSTED)["estimate"] == pytest.approx(difference * (~alike).mean(), rel=1e-4)


@pytest.mark.parametrize("module", [differences, adjusted])
def test_the_examples_are_right(module, study):
    check_examples(module, study=study)
