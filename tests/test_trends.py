"""Series by month, matched years and change points: against the study's own measures, closed forms and simulation."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import sas_analysis as sas
from sas_analysis.errors import ParameterError
from sas_analysis.measures.intervals.change import change_limits
from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.process import share_limits
from sas_analysis.measures.intervals.variance import month_correlation
from sas_analysis.measures.table import LIMITS
from sas_analysis.measures.trends.matched import matched_change
from sas_analysis.measures.trends.monthly import Monthly
from sas_analysis.measures.trends.periods import every_period, is_in_part
from sas_analysis.measures.trends.recording import FIELDS, not_recorded
from sas_analysis.measures.trends.rests import parted, rests_on
from sas_analysis.measures.trends.scan import scan
from sas_analysis.measures.trends.steps import change_points, values_of
from sas_analysis.records.synthetic.extract import write_sample

ROOT = Path(__file__).parents[1]
CONSTANTS = read_constants()
TWO_YEARS = [str(month) for month in pd.period_range("2019-01", "2020-12", freq="M")]


@pytest.fixture(scope="module")
def places(sample, tmp_path_factory):
    return {"raw": sample, "processed": tmp_path_factory.mktemp("processed")}


@pytest.fixture(scope="module")
def study(places):
    return sas.open_study("metropolitan", "2018-04", "2018-09", **places)


@pytest.fixture(scope="module")
def both(places):
    return sas.open_study(["metropolitan", "essex"], "2018-04", "2018-09", **places)


# --- series ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["rate", "ratio"])
@pytest.mark.parametrize("over", ["month", "quarter"])
@pytest.mark.parametrize("which", ["study", "both"])
def test_rates_and_ratios_are_those_of_each_period_by_itself(request, what, over, which):
    own = request.getfixturevalue(which)
    made = own.trend(what, over=over).frame
    by_itself = getattr(own, what)(over=over).frame
    keys = [over, "ethnicity_5"]
    wanted = by_itself.set_index(keys).loc[[tuple(row) for row in made[keys].astype("str").to_numpy()]].reset_index()
    assert len(made) >= 8
    for column in ("numerator", "denominator", "estimate", *LIMITS):
        np.testing.assert_allclose(made[column].astype(float), wanted[column].astype(float), rtol=1e-12)


def test_a_period_that_the_study_holds_in_part_says_how_many_of_its_months_it_is_of(study, both):
    """One that the study enters late is no whole quarter, and a year of six months no year."""
    late = study.during("2018-06", "2018-09")
    said = ["1 of 3 months", ""]
    for made in (
        late.trend("searches", over="quarter"), late.trend("ratio", over="quarter").only(ethnicity_5="Black"),
        late.ratio(over="quarter").only(ethnicity_5="Black"),
        late.ratio(by="borough", over="quarter", areas=["Southwark"]).only(ethnicity_5="Black"),
    ):  # fmt: skip
        assert ["1 of 3 months" * ("1 of 3 months" in note) for note in made.frame["note"]] == said
        assert is_in_part(made.frame["note"]).tolist() == [True, False]
    assert not is_in_part(study.trend("searches", over="quarter").frame["note"]).any()
    assert study.trend("searches", over="year").frame["note"].str.contains("6 of 12 months").all()
    several = both.during("2018-06", "2018-09").trend("ratio", over="quarter").only(ethnicity_5="Black").frame
    assert several["note"].str.contains("2 of 6 force-months").tolist() == [True, False]


def test_searches_a_day_are_searches_over_the_days_of_the_month(study):
    table = study.trend("searches").frame
    counted = study.counted_searches.groupby(study.counted_searches["month"].astype("str")).size()
    days = [30, 31, 30, 31, 31, 30]
    assert table["month"].tolist() == study.months
    assert table["numerator"].tolist() == counted.tolist()
    np.testing.assert_allclose(table["estimate"], counted.to_numpy() / days)
    quarter = study.trend("searches", over="quarter").frame
    assert quarter["denominator"].tolist() == [91, 92]
    assert quarter["numerator"].sum() == len(study.counted_searches)


def test_searches_a_day_of_several_forces_are_of_a_force(both):
    table = both.trend("searches").frame
    assert table["denominator"].tolist() == [2 * days for days in (30, 31, 30, 31, 31, 30)]


def test_outcomes_shares_and_recording_by_month_are_those_of_the_study(study):
    arrests = study.trend("arrest").frame
    wanted = study.outcome("arrest", by="month").frame
    np.testing.assert_allclose(arrests["estimate"], wanted["estimate"])
    drugs = study.trend("object_group", only=["Drugs"]).frame
    wanted = study.share("object_group", within="month").only(object_group="Drugs").frame
    np.testing.assert_allclose(drugs[["estimate", "lower"]], wanted[["estimate", "lower"]])
    unknown = study.trend("recording", only=["Ethnicity"]).frame
    wanted = study.share("ethnicity_5", within="month", months="published").only(ethnicity_5="Unknown").frame
    np.testing.assert_allclose(unknown[["estimate", "upper"]], wanted[["estimate", "upper"]])


def test_what_is_not_recorded_is_counted_by_hand(study):
    searches = study.searches
    table = not_recorded(searches).set_index("field")["numerator"]
    assert table["Outcome"] == searches["positive_outcome"].isna().sum()
    assert table["Location"] == searches["location_status"].ne("recorded").sum()
    assert table["Object"] == searches["object_of_search"].isin(["Not recorded", "Unrecognised label"]).sum()
    assert table["Link to the object"] == searches["outcome_linked_to_object"].isna().sum()
    assert list(table.index) == list(FIELDS)


def test_a_missing_month_and_a_flagged_one_stay_gaps_with_their_reasons(sample, tmp_path):
    raw = tmp_path / "raw"
    write_sample(raw, forces=["metropolitan"], scale=0.2)
    (raw / "2018-06" / "2018-06-metropolitan-stop-and-search.csv").unlink()
    august = raw / "2018-08" / "2018-08-metropolitan-stop-and-search.csv"
    lines = august.read_text().splitlines()
    august.write_text("\n".join([lines[0], *[line for line in lines[1:] for _ in range(2)]]) + "\n")
    own = sas.open_study("metropolitan", "2018-04", "2018-09", raw=raw, processed=tmp_path / "processed")
    for what in ("searches", "ratio", "arrest", "gender"):
        table = own.trend(what).frame
        assert table["month"].unique().tolist() == own.months, what
        gaps = table[table["estimate"].isna()].groupby("month")["note"].first()
        assert gaps.index.tolist() == ["2018-06", "2018-08"], what
        assert gaps["2018-06"] == "not estimable: no file", what
        assert gaps["2018-08"].startswith("not estimable: set aside by the data audit (doubled"), what
    for found in (own.rate(over="month"), own.ratio(over="month"), own.rate(by="force", over="month")):
        lost = found.frame["numerator"].isna()
        assert found.frame.loc[lost, "month"].unique().tolist() == ["2018-06", "2018-08"]
        assert found.frame.loc[lost, "note"].str.startswith("not estimable").all()
    quarter = own.trend("searches", over="quarter").frame
    assert quarter["note"].str.contains("2 of 3 months").all()
    points = own.change_points("searches")
    assert points["note"].tolist() == ["not searched: too few months: 4 may be used, 9 are needed"]


def test_a_period_without_any_month_says_so_once(study):
    grid = pd.DataFrame({"force": ["a"] * 3, "month": ["2020-01", "2020-02", "2020-03"], "status": ["no file"] * 3})
    table = study.share("gender", within="month").frame.head(0)
    assert every_period(table, grid, over="month").empty
    one = study.trend("searches").frame.head(1).assign(month="2020-01")
    made = every_period(one, grid.assign(status=["published", "no file", "no file"]), over="month")
    assert made["month"].tolist() == ["2020-01", "2020-02", "2020-03"]
    assert made["note"].tolist()[1:] == ["not estimable: no file"] * 2


def test_what_is_none_is_named(study):
    with pytest.raises(ParameterError, match="trend of 'stops'"):
        study.trend("stops")
    with pytest.raises(ParameterError, match="over='week' is none of"):
        study.trend("searches", over="week")
    with pytest.raises(ParameterError, match="filled by rules that change"):
        study.change_points("find")


def test_rounded_counts_stay_rounded(study):
    rounded = study.choosing(round_to=5)
    for what in ("searches", "ratio", "recording", "arrest"):
        assert (rounded.trend(what).frame["numerator"].dropna() % 5 == 0).all(), what
    points = rounded.change_points(["searches", "ratio"])
    assert points["estimate"].isna().all()
    assert points["note"].str.contains("not given with round_to").all()
    assert rounded.changes("ratio").year is None


# --- matched years --------------------------------------------------------------------------------------------------


def arrests(hits, trials, **changes):
    given = {"trials": [[n] for n in trials], "kind": "arrest", "nature": "share"} | changes
    return Monthly("arrest_rate", TWO_YEARS[: len(hits)], [[n] for n in hits], **given)


def test_a_year_on_year_of_whole_years_is_change_limits_of_the_two():
    hits, trials = [20] * 12 + [26] * 12, [200] * 24
    table = matched_change([arrests(hits, trials)], start="2020-01", end="2020-12")
    windows = [
        share_limits(hits=np.full((1, 12, 1), n), trials=np.full((1, 12, 1), 200), kind="arrest") for n in (26, 20)
    ]
    wanted = change_limits(*windows, gap=12)
    change = table.iloc[2]
    assert change["estimate"] == pytest.approx((26 / 174) / (20 / 180))
    np.testing.assert_allclose([change["lower"], change["upper"]], [wanted.lower[0], wanted.upper[0]])
    assert change["interval"] == "95% change"
    assert table["estimate"].tolist()[:2] == pytest.approx([0.1, 0.13])


def test_months_that_one_year_lacks_are_left_out_of_both_and_named():
    why = [""] * 24
    why[3], why[14] = "no file", "flagged: doubled"
    hits = [20] * 12 + [40] * 12
    hits[3], hits[14] = 0, 400  # what may not be used would move either year
    trials = [200 if not text else 1000 for text in why]
    table = matched_change([arrests(hits, trials, why=why)], start="2020-01", end="2020-12")
    assert table["numerator"].tolist()[:2] == [200, 400]
    assert table["note"].str.contains("10 of 12 months matched").all()
    assert "2020-03 (flagged: doubled)" in table["note"].iloc[0]
    assert "2019-04 (no file)" in table["note"].iloc[0]


def test_without_a_month_of_both_years_nothing_is_estimated():
    made = arrests([20] * 12, [200] * 12)
    table = matched_change([made], start="2019-01", end="2019-12")
    assert table["estimate"].isna().all()
    assert table["note"].str.contains("no month may be used in both years").all()
    with pytest.raises(ValueError, match="1 to 12 months"):
        matched_change([made], start="2019-01", end="2020-01")


def test_a_study_without_two_years_says_from_when_to_open_it(study):
    with pytest.raises(ParameterError, match="open it from 2017-04 on"):
        study.year_on_year("searches")
    assert study.changes("searches").year is None


def test_year_on_year_of_a_study_is_of_its_last_months(places):
    own = sas.open_study("metropolitan", "2017-10", "2019-03", **places)
    table = own.year_on_year("searches").frame
    assert table["period"].tolist() == ["2017-10 to 2018-03", "2018-10 to 2019-03", "change"]
    change = table.iloc[2]
    assert change["estimate"] == pytest.approx(table["estimate"].iloc[1] / table["estimate"].iloc[0])
    counted = own.counted_searches["month"].astype("str")
    assert table["numerator"].iloc[1] == counted.between("2018-10", "2019-03").sum()


def test_forces_together_are_set_beside_the_year_before_by_the_months_that_each_has_in_both(places):
    # West Yorkshire lacks 2018-09, so that its months of 2019-09 have no year before; Essex has all.
    forces = ["essex", "west-yorkshire"]
    own = sas.open_study(forces, "2018-04", "2019-09", **places)
    table = own.year_on_year("searches").frame
    rows = own.counted_searches[["force", "month"]].astype("str")
    rows = rows[~(rows["force"].eq("west-yorkshire") & rows["month"].isin(["2018-09", "2019-09"]))]
    now, before = (rows["month"].between(*year).sum() for year in (("2019-04", "2019-09"), ("2018-04", "2018-09")))
    assert table["numerator"].tolist()[:2] == [before, now]
    assert table["denominator"].tolist()[:2] == [183 + 153, 183 + 153]  # days of either
    assert table.loc[2, "estimate"] == pytest.approx(now / before)
    said = "6 of 6 months matched; of each force the months that it has in both years, 11 of 12 force-months"
    assert table["note"].str.startswith(said).all()
    ratio = own.year_on_year("ratio", groups=["Black"]).frame
    searches = own.counted_searches.loc[rows.index]
    of = searches[searches["month"].astype("str").between("2019-04", "2019-09")]["ethnicity_5"].astype("str")
    assert ratio["numerator"].iloc[1] == of.eq("Black").sum()
    # One that has no month in both years empties nothing, and is named.
    late = sas.open_study(forces, "2018-09", "2019-09", **places).year_on_year("arrest").frame
    assert late["estimate"].notna().all()
    assert late["note"].str.contains("1 of 2 force-months, without West Yorkshire Police, which has no month").all()
    alone = sas.open_study("essex", "2018-09", "2019-09", **places).year_on_year("arrest").frame
    names = ["numerator", "denominator", "estimate", "lower", "upper"]
    pd.testing.assert_frame_equal(late[names], alone[names])


def test_forces_that_have_all_months_are_set_beside_the_year_before_as_ever(places):
    own = sas.open_study(["essex", "metropolitan"], "2018-04", "2019-09", **places)
    assert own.year_on_year("arrest").frame["note"].str.startswith("6 of 6 months matched; ").any()
    assert not own.year_on_year("arrest").frame["note"].str.contains("of each force").any()


# --- change points --------------------------------------------------------------------------------------------------


def drifting(rng, months, tau2, step=0.0, at=12):
    covariance = tau2 * month_correlation(months, CONSTANTS)
    return np.linalg.cholesky(covariance) @ rng.standard_normal(months) + step * (np.arange(months) >= at)


def test_the_size_of_a_step_is_that_of_generalised_least_squares():
    rng = np.random.default_rng(11)
    values, noise = drifting(rng, 24, 0.02, step=0.9) + rng.normal(0, 0.05, 24), np.full(24, 0.0025)
    found = scan(values, noise, tau2=0.02)
    assert found.at.tolist() == [12]
    design = sm.add_constant((np.arange(24) >= 12).astype(float))
    # The covariance that the scan rounds to three decimals of tau2.
    covariance = 0.02 * month_correlation(24, CONSTANTS) + np.diag(noise)
    fit = sm.GLS(values, design, sigma=covariance).fit()
    assert found.size[0] == pytest.approx(fit.params[1], rel=1e-9)
    assert found.fitted[[0, -1]].tolist() == pytest.approx([fit.params[0], fit.params.sum()], rel=1e-9)


def test_months_that_are_missing_are_no_months_of_nothing():
    values = np.repeat([0.0, 1.0], 12)
    values[5], values[15] = np.nan, np.nan
    found = scan(values, np.full(24, 0.004), tau2=0.026)
    assert found.at.tolist() == [12]
    assert found.size[0] == pytest.approx(1.0)


def test_two_steps_are_found_one_after_the_other():
    values = np.repeat([0.0, 1.0, 0.2], 12)
    found = scan(values, np.full(36, 0.002), tau2=0.026)
    assert found.at.tolist() == [12, 24]
    assert found.size.tolist() == pytest.approx([1.0, -0.8])


def test_false_alarms_are_as_stated_over_forces_whose_months_vary_unequally():
    rng, alarms = np.random.default_rng(5), []
    for _ in range(400):
        tau2 = 0.026 * CONSTANTS.df / rng.chisquare(CONSTANTS.df)
        values = drifting(rng, 24, tau2) + rng.normal(0, 0.05, 24)
        alarms.append(len(scan(values, np.full(24, 0.0025), tau2=0.026).at) > 0)
    assert 0.025 < np.mean(alarms) < 0.085  # 5%, standard error 1.1%


def test_a_straight_drift_is_no_step_and_too_few_months_are_not_searched():
    assert not len(scan(np.linspace(0, 0.6, 36), np.full(36, 0.002), tau2=0.026).at)
    assert scan(np.zeros(5), np.full(5, 0.1), tau2=0.026).largest == -1


def test_the_same_series_gives_the_same_p():
    values = drifting(np.random.default_rng(8), 24, 0.026)
    found = [scan(values, np.full(24, 0.003), tau2=0.026).largest_p for _ in range(2)]
    assert found[0] == found[1]
    other = scan(values, np.full(24, 0.003), tau2=0.026, seed=1).largest_p
    assert other != found[0]
    assert other == pytest.approx(found[0], abs=0.05)


def test_steps_of_many_series_are_those_of_each_by_itself_in_their_order():
    """Series of the same months are searched one after another, whatever their order."""
    rng = np.random.default_rng(5)
    months = pd.period_range("2019-01", "2020-06", freq="M").astype(str)
    made = []
    for number in range(6):
        why = ["" if number % 2 or month != 4 else "no file" for month in range(len(months))]
        arrests = rng.poisson(np.where(np.arange(len(months)) < 9, 20, 20 + 15 * (number % 3)))[:, None]
        given = {"kind": "arrest", "nature": "share", "labels": {"group": str(number)}, "why": why}
        made.append(Monthly("arrest_rate", months, arrests, trials=np.full(arrests.shape, 200), **given))
    alone, together = pd.concat([change_points([one]) for one in made], ignore_index=True), change_points(made)
    of_all = ["p_adjusted", "looked_at", "note"]  # these allow for all that is looked at
    pd.testing.assert_frame_equal(together.drop(columns=of_all), alone.drop(columns=of_all))
    assert alone["month"].ne("").any()
    assert set(together["looked_at"]) == {6}


def test_a_step_that_rests_on_few_searches_is_not_estimable():
    """Seven searches of a group in three months are no headline, however far below the months before they are."""
    months, shape = TWO_YEARS[:19], (19, 1)
    others = np.full(shape, 90)
    given = {"kind": "ratio", "scale": 20.0, "nature": "ratio", "measure": "disproportionality_ratio"}

    def looked(*hits):
        made = [Monthly(months=months, hits=own, trials=own + others, **given) for own in map(np.array, hits)]
        return change_points(made)

    fall = looked([[9]] * 16 + [[2], [3], [2]])
    assert fall["estimate"].isna().all()
    assert fall["month"].tolist() == [""]
    said = "not estimable: too few searches on one side of a step in 2020-05: 7, 20 are needed"
    assert fall["note"].tolist() == [said]
    many = looked([[90]] * 16 + [[20], [30], [20]])  # ten times as many, the same ratios
    assert many["month"].tolist() == ["2020-05"]
    rise = looked([[6]] * 3 + [[30]] * 16)  # 18 before
    assert rise["note"].str.contains("on one side of a step in 2019-04: 18, 20 are needed").all()


def test_the_few_searches_of_either_kind_and_of_either_side_count():
    months = TWO_YEARS[:12]
    hits, trials = np.array([[40]] * 6 + [[4]] * 6), np.array([[50]] * 6 + [[100]] * 6)
    ratio = Monthly("disproportionality_ratio", months, hits, trials=trials, kind="ratio", scale=1.0)
    assert rests_on(ratio, [6]).tolist() == [24]  # of the group after
    swapped = replace(ratio, hits=trials - hits)
    assert rests_on(swapped, [6]).tolist() == [24]  # of the reference
    count = Monthly("searches_per_day", months, hits, exposure=np.full(12, 30.0))
    assert rests_on(count, [6]).tolist() == [24]
    share = Monthly("arrest_rate", months, hits, trials=trials, kind="arrest")
    assert rests_on(share, [6]).tolist() == [264 * 300 / 900]  # as expected of the first half, were both alike
    # Of the others 10 a month before: 30 in each of the first two stretches, alike; then 24 of the group.
    assert rests_on(ratio, [3, 6]).tolist() == [30, 24]


def test_a_share_that_falls_to_none_rests_on_what_was_expected_of_it():
    """A field that is lost, or filled from some month on, leaves none on one side, of many expected."""
    lost = arrests([120] * 12 + [0] * 12, [300] * 24)
    table = change_points([replace(lost, measure="not_recorded", nature="recording", kind="unknown")])
    assert table["month"].tolist() == ["2020-01"]


def test_a_step_out_for_few_searches_gives_its_months_to_its_neighbours():
    hits = [[60]] * 9 + [[20]] * 3 + [[2]] * 3 + [[20]] * 9
    made = Monthly("searches_per_day", TWO_YEARS, hits, exposure=np.full(24, 30.0))
    kept, out = parted(made, [9, 12, 15])
    assert (kept, list(out)) == ([9, 15], [12])  # both 12 and 15 rest on 6 searches; without 12, 15 rests on 66
    assert out[12] == 6


def null_series(rng, number, months=18, mean=60):
    """Series whose months drift as those of forces do, and take no step."""
    made = []
    for n in range(number):
        tau2 = CONSTANTS.of("ratio") * CONSTANTS.df / rng.chisquare(CONSTANTS.df)
        odds = np.exp(drifting(rng, months, tau2) + np.log(0.4))
        trials = rng.poisson(mean, months)
        hits = rng.binomial(trials, odds / (1 + odds))
        given = {"kind": "ratio", "scale": 1.0, "nature": "ratio", "labels": {"group": str(n)}}
        made.append(
            Monthly("disproportionality_ratio", TWO_YEARS[:months], hits[:, None], trials=trials[:, None], **given)
        )
    return made


def test_among_many_series_without_a_step_any_is_announced_in_one_of_twenty_pages():
    rng = np.random.default_rng(20261203)
    pages = [change_points(null_series(rng, 14)) for _ in range(80)]
    alarms = np.mean([page["estimate"].notna().any() for page in pages])
    assert alarms <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 80)
    unadjusted = np.mean([page["p"].le(0.05).any() for page in pages])
    assert unadjusted > 0.3  # what each by itself would announce


def test_a_clear_step_is_found_among_many_series():
    rng = np.random.default_rng(7)
    found = 0
    for _ in range(10):
        made = null_series(rng, 14, mean=400)
        hits = made[0].hits.copy()
        hits[9:] = np.round(hits[9:] / 4)
        table = change_points([replace(made[0], hits=hits), *made[1:]])
        found += (
            table.loc[table["group"].eq("0") & table["estimate"].notna(), "month"]
            .isin(["2019-09", "2019-10", "2019-11"])
            .any()
        )
    assert found >= 9


def test_a_step_can_be_told_among_hundreds_of_series():
    """The smallest p of 1,999 simulated series, 1 in 2,000, is not small enough to stand out among 200."""
    flat = [arrests([40] * 12, [200] * 12, labels={"group": str(n)}) for n in range(200)]
    table = change_points([arrests([20] * 6 + [160] * 6, [200] * 12, labels={"group": "step"}), *flat])
    assert table.loc[table["estimate"].notna(), ["group", "month"]].to_numpy().tolist() == [["step", "2019-07"]]
    assert table["p_adjusted"].min() <= 0.05


def test_each_step_says_what_it_is_of():
    counts = [[n] for n in [300] * 12 + [900] * 12]
    searches = Monthly("searches_per_day", TWO_YEARS, counts, exposure=np.full(24, 30.0), nature="searches")
    lost = replace(
        arrests([20] * 12 + [160] * 12, [300] * 24), measure="not_recorded", nature="recording", kind="unknown"
    )
    table = change_points([searches, lost])
    assert table["nature"].tolist() == ["searches", "recording"]
    assert table["month"].tolist() == ["2020-01", "2020-01"]
    assert table["estimate"].iloc[0] == pytest.approx(3, rel=0.01)
    assert table["numerator"].iloc[0] == pytest.approx(30, rel=0.01)
    odds = (160.5 / 140.5) / (20.5 / 280.5)
    assert table["estimate"].iloc[1] == pytest.approx(odds, rel=1e-6)
    assert (table["lower"] > 1).all()
    assert table["note"].tolist() == ["", "of the odds of the share"]


def test_a_series_that_cannot_be_searched_has_a_row_that_says_why():
    short, few, plain = (
        arrests([n] * months, [200] * months, labels={"group": name})
        for name, n, months in (("short", 20, 8), ("few", 1, 24), ("plain", 20, 24))
    )
    table = change_points([short, few, plain])
    assert table["estimate"].isna().all()
    assert table["note"].tolist()[:2] == [
        "not searched: too few months: 8 may be used, 9 are needed",
        "not searched: too few searches a month in the share or outside it: 1.0 on average, 5 are needed",
    ]
    assert table["note"].iloc[2].startswith("no step stands out: the largest, in ")


def test_the_noise_of_a_month_is_that_of_its_searches_and_of_its_weeks():
    values, noise = values_of(arrests([20] * 12, [200] * 12))
    np.testing.assert_allclose(values, np.log(20.5 / 180.5))
    np.testing.assert_allclose(noise, CONSTANTS.phi / (200 * 0.1 * 0.9))  # no weeks: the typical dispersion


def test_faults_of_a_series_are_all_named():
    with pytest.raises(ValueError, match="give either trials") as error:
        Monthly("arrest_rate", TWO_YEARS, [[1]] * 3)
    assert "hits are of 3 months, there are 24" in str(error.value)
    with pytest.raises(ValueError, match="hits exceed trials in 1 cell"):
        Monthly("arrest_rate", TWO_YEARS[:2], [[3], [1]], trials=[[2], [5]])
    with pytest.raises(ValueError, match=r"no variance above zero.*tau2 is above zero"):
        scan(np.zeros(12), np.zeros(12), tau2=0)


def test_several_forces_are_searched_together_and_one_by_one(both):
    table = both.change_points("ratio", only=["Black"])
    assert table["force"].tolist() == ["", "metropolitan", "essex"]


def test_steps_put_into_records_are_found_and_named(sample, tmp_path):
    """Unknown ethnicity is made to rise in the sample's own records from 2018-10 on."""
    own = sas.open_study("metropolitan", "2018-04", "2019-03", raw=sample, processed=tmp_path / "processed")
    records = own.records.copy()
    late = records["month"].astype("str").ge("2018-10") & (np.arange(len(records)) % 2 == 0)
    records.loc[late, ["ethnicity_5", "self_defined_ethnicity"]] = ["Unknown", "Not stated"]
    moved = replace(own, records=records)
    moved.__dict__["findings"] = own.findings
    table = moved.change_points("recording", only=["Ethnicity", "Location"])
    steps = table[table["estimate"].notna()]
    assert steps[["group", "nature", "month"]].to_numpy().tolist() == [["Ethnicity", "recording", "2018-10"]]


# --- the benchmark --------------------------------------------------------------------------------------------------


def test_the_committed_power_and_false_alarms_are_as_the_methods_say():
    table = pd.read_csv(ROOT / "docs" / "simulation_change_points.csv")
    none = table[table["step"].eq(1)]
    assert len(none) == 12
    assert none["series"].eq(400).all()
    assert [none["scan_found"].min(), none["scan_found"].max()] == pytest.approx([0.030, 0.0625], abs=5e-4)
    assert none["pelt_found"].min() >= 0.36
    assert none["its_found"].between(0.13, 0.485).all()
    ratio = table[table["kind"].eq("ratio") & table["searches_a_month"].eq(2000)].set_index("step")["scan_placed"]
    assert ratio.loc[2.0].min() > 0.94
    assert ratio.loc[1.5].between(0.65, 0.71).all()


def test_the_benchmark_makes_the_row_that_is_committed():
    spec = importlib.util.spec_from_file_location(
        "change_points", ROOT / "benchmarks" / "validate" / "change_points.py"
    )
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    committed = pd.read_csv(ROOT / "docs" / "simulation_change_points.csv")
    key = {"kind": "ratio", "months": 12, "searches_a_month": 200, "step": 2.0}
    wanted = committed[np.logical_and.reduce([committed[name].eq(value) for name, value in key.items()])].iloc[0]
    row = made.run("ratio", 12, 200, 2.0, 400, made.SEED)
    for name in ("scan_found", "scan_placed", "pelt_found", "its_found"):
        assert row[name] == pytest.approx(wanted[name], abs=0.006), name
    assert made.pelt(np.repeat([0.0, 2.0], 8) + np.tile([0.1, -0.1], 8)) == [8]


def test_before_and_after_a_step_are_what_a_reader_counts():
    months = [f"2019-{n:02}" for n in range(1, 13)]
    searches = [156, 145, 159, 157, 231, 98, 93, 116, 141, 112, 89, 78]  # Dorset, 2019
    days = [pd.Period(month, "M").days_in_month for month in months]
    made = Monthly("searches_per_day", months, [[n] for n in searches], exposure=days, nature="searches")
    (row,) = change_points([made]).to_dict("records")
    assert row["month"] == "2019-06"
    assert row["mean_before"] == pytest.approx(sum(searches[:5]) / sum(days[:5]))
    assert row["mean_after"] == pytest.approx(sum(searches[5:]) / sum(days[5:]))
    assert round(row["mean_after"], 1) == 3.4
    arrests = Monthly(
        "arrest_rate", months, [[20]] * 6 + [[60]] * 6, trials=[[200]] * 12, kind="arrest", nature="share"
    )
    (row,) = change_points([arrests]).to_dict("records")
    assert (row["mean_before"], row["mean_after"]) == (0.1, 0.3)  # a share, not its odds
