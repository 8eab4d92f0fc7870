"""The veil of darkness: against R, against rows, by hand, in simulated years, and refused where it must be."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import sas_analysis as sas
from sas_analysis.errors import ParameterError
from sas_analysis.measures.timing import daylight, logit, veil_tables
from sas_analysis.measures.timing.daylight import VEHICLE, window_of
from sas_analysis.measures.timing.logit import fit_veil, natural_spline
from sas_analysis.measures.timing.veil import veil_of_darkness
from sas_analysis.present import timing_sentences
from sas_analysis.rounding import WITHHELD
from sas_analysis.study.veil import veil_of_study

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "reference"
MINNEAPOLIS = {"by": "race", "reference": "white", "place": "precinct", "point": (44.9778, -93.2650)}
R = pd.read_csv(FOLDER / "veil.csv")  # glm and sandwich::vcovCL, clustered by day: veil.R
LONDON = 51.5, -0.1


# --- against R --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stops():
    """The stops of the R package's MplsStops, a row a stop."""
    counts = pd.read_csv(FOLDER / "veil_stops.csv", comment="#")
    rows = counts.melt(["day", "minute", "precinct"], ["black", "white"], "race", "stops")
    rows = rows.loc[rows.index.repeat(rows["stops"])].reset_index(drop=True)
    at = pd.to_datetime(rows["day"]) + pd.to_timedelta(rows["minute"], unit="min")
    return rows.assign(searched_at=at.dt.tz_localize("America/Chicago"))


@pytest.fixture(scope="module")
def minneapolis(stops):
    return veil_of_darkness(stops, **MINNEAPOLIS)


def counted(table):
    sides = table.set_index("race")[["daylight", "dark"]]
    return [int(sides.loc[race, side]) for race in ("black", "white") for side in ("daylight", "dark")]


COUNTS = ["black_daylight", "black_dark", "white_daylight", "white_dark"]


def test_the_window_holds_the_stops_that_it_holds_in_r(minneapolis, stops):
    for design, found in (
        ("evening", minneapolis),
        ("clock change", veil_of_darkness(stops, **MINNEAPOLIS, clock_change=3)),
    ):
        theirs = R[R["design"].eq(design)].iloc[0]
        assert counted(found.counts) == theirs[COUNTS].tolist()
        assert found.window["day"].nunique() == theirs["days"]


def test_coefficients_and_clustered_errors_are_those_of_r(minneapolis):
    theirs = R[R["design"].eq("evening")].set_index("df")
    ours = minneapolis.fan.set_index("df")
    assert list(ours.index) == [3, 4, 5, 6, 7, 8]
    estimate = -np.log(ours["estimate"].astype(float))
    error = np.log(ours["upper"] / ours["lower"]) / 2 / 1.959963984540054
    np.testing.assert_allclose(estimate, theirs["dark"], atol=1e-8, rtol=0)
    np.testing.assert_allclose(error, theirs["se"], atol=1e-8, rtol=0)
    assert minneapolis.frame["estimate"].iloc[0] == ours.loc[6, "estimate"]


def test_the_weeks_round_the_change_of_the_clocks_are_those_of_r(stops):
    window = window_of(stops, place="precinct", point=MINNEAPOLIS["point"], clock_change=3).table
    fit = fit_veil(window, stops.loc[window.index, "race"].eq("black").to_numpy(), df=6)
    theirs = R[R["design"].eq("clock change")].iloc[0]
    assert sorted(window["season"].unique()) == ["2017-03-12", "2017-11-05"]
    assert (fit.dark, fit.se) == pytest.approx((theirs["dark"], theirs["se"]), abs=1e-8)
    assert "fewer than 100" in veil_of_darkness(stops, **MINNEAPOLIS, clock_change=3).frame["note"].iloc[0]


def test_patterns_say_what_rows_say(minneapolis, stops):
    """statsmodels on a row a stop, its own clusters."""
    window = minneapolis.window
    hit = stops.loc[window.index, "race"].eq("black").to_numpy(dtype=float)
    spline = natural_spline(window["minute"].to_numpy(), np.quantile(window["minute"], np.linspace(0, 1, 7)))
    labels = pd.get_dummies(window[["place", "weekday"]].astype("str"), drop_first=True, dtype=float).to_numpy()
    design = np.column_stack([np.ones(len(hit)), spline, labels, window["dark"].to_numpy(dtype=float)])
    days = pd.factorize(window["day"])[0]
    model = sm.GLM(hit, design, family=sm.families.Binomial())
    rows = model.fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": days, "use_correction": False})
    fit = fit_veil(window, hit == 1, df=6)
    assert fit.dark == pytest.approx(rows.params[-1], abs=1e-8)
    assert fit.se == pytest.approx(rows.bse[-1] * np.sqrt(fit.days / (fit.days - 1)), abs=1e-8)
    assert fit.result.params["dark"] == fit.dark  # the fitted result is there for whoever wants it
    assert minneapolis.fits["black"].params["dark"] == fit.dark


# --- Philadelphia: the published coefficient and its ratio ------------------------------------------------------------


def test_philadelphias_coefficient_is_the_ratio_that_it_says():
    """Stanford Open Policing, Philadelphia 2017: adjusted coefficient of darkness -0.16660, standard error 0.02503."""
    ratio, lower, upper = logit.VeilFit(dark=-0.16660, se=0.02503).ratio(0.95)
    assert (round(ratio, 3), round(lower, 3), round(upper, 3)) == (1.181, 1.125, 1.241)


def test_a_model_without_covariates_gives_the_ratio_of_the_printed_shares():
    """The shares of the same page, 83.2% by daylight and 78.5% after dark, as closed form; it prints no such ratio."""
    shares = {False: (832, 168), True: (785, 215)}
    rows = [
        (pd.Timestamp("2018-01-01") + pd.Timedelta(days=at % 300), 0.0, 0, "a", "", dark, hit)
        for dark, counts in shares.items()
        for hit, number in zip((True, False), counts, strict=True)
        for at in range(number)
    ]
    columns = ["day", "minute", "weekday", "place", "season", "dark", "hit"]
    window = pd.DataFrame(rows, columns=columns)
    fit = fit_veil(window.drop(columns="hit"), window["hit"].to_numpy(), df=3)
    assert fit.dark == pytest.approx(np.log(785 / 215) - np.log(832 / 168), abs=1e-9)


# --- the window, by hand ----------------------------------------------------------------------------------------------


def encounters(*times, group="White", zone="Europe/London", **more):
    at = pd.to_datetime(pd.Series(times)).dt.tz_localize(zone)
    return pd.DataFrame({"searched_at": at, "group": group, "force": "london"}).assign(**more)


YEAR = [f"2018-{month:02}-15 03:00" for month in range(1, 13)]  # never in the window: they open the whole year


def test_daylight_twilight_and_dark_follow_the_almanac_of_the_day():
    # London, 15 March 2018: sunset 18:04, end of civil twilight 18:37; 15 June: sunset 21:20, dusk 22:06.
    times = ["2018-03-15 18:02", "2018-03-15 18:20", "2018-03-15 18:40", "2018-06-15 21:15", "2018-06-15 21:40"]
    table = encounters(*YEAR, *times)
    found = window_of(table, place="force", point=LONDON)
    own = found.table.loc[len(YEAR) :]
    assert own["dark"].to_dict() == {12: False, 14: True, 15: False}
    assert found.flow.set_index("step")["dropped"]["in twilight"] == 2
    assert found.flow["left"].iloc[-1] == 3
    assert (found.flow["dropped"].sum() + len(found.table)) == len(table)


def test_summer_time_is_the_clocks_and_not_the_suns():
    """The same hour by the sun lies an hour apart by the clock; the window is by the clock."""
    table = encounters(*YEAR, "2018-06-15 18:40", "2018-12-15 18:40")
    found = window_of(table, place="force", point=LONDON).table
    assert found["dark"].to_dict() == {12: False, 13: True}
    assert found["minute"].tolist() == [18 * 60 + 40] * 2
    utc = table.assign(searched_at=table["searched_at"].dt.tz_convert("UTC"))
    assert window_of(utc, place="force", point=LONDON).table.loc[12, "minute"] == 17 * 60 + 40


def test_hours_that_are_always_light_or_always_dark_are_out():
    table = encounters(*YEAR, "2018-06-15 15:00", "2018-06-15 23:30", "2018-12-15 16:20")
    found = window_of(table, place="force", point=LONDON)
    # London's earliest civil dusk is 16:31, its latest 22:09.
    assert found.table.empty
    assert found.flow["dropped"].tolist()[-2:] == [15, 0]


def test_the_morning_is_dark_until_dawn_and_light_from_sunrise():
    # London, 15 March 2018: civil dawn 05:42, sunrise 06:15.
    table = encounters(*YEAR, "2018-03-15 05:35", "2018-03-15 06:00", "2018-03-15 06:20")
    found = window_of(table, place="force", point=LONDON, when="morning").table
    assert found["dark"].to_dict() == {12: True, 14: False}


def test_a_missing_point_is_the_middle_of_its_place_and_points_have_their_own_dusk():
    # Civil dusk on 15 March 2018: 18:26 in Lowestoft, 18:59 in Penzance.
    table = encounters(*YEAR, "2018-03-15 18:45", "2018-03-15 18:45", "2018-03-15 18:45")
    north = [52.48] * 12 + [52.48, 50.12, np.nan]
    table = table.assign(latitude=north, longitude=[1.75] * 12 + [1.75, -5.54, np.nan])
    assert window_of(table, place="force").table["dark"].to_dict() == {12: True, 14: True}  # 18:45 is twilight there
    nowhere = table.assign(latitude=np.nan)
    assert window_of(nowhere, place="force").flow.set_index("step")["left"]["no point, and none of its place"] == 0


def test_vehicle_encounters_only():
    table = encounters(*YEAR, "2018-06-15 18:40", type=VEHICLE)
    table.loc[12, "type"] = "Person search"
    assert window_of(table, place="force", point=LONDON).table.empty


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"when": "noon"}, "none of 'evening', 'morning'"),
        ({"clock_change": 9}, "no number of weeks from 0 to 8"),
        ({"point": None}, "no column latitude, longitude"),
        ({"place": "borough"}, "no column borough"),
    ],
)
def test_wrong_arguments_are_named(change, said):
    asked = {"place": "force", "point": LONDON} | change
    with pytest.raises(ParameterError, match=said):
        window_of(encounters(*YEAR), **asked)


def test_times_without_a_zone_are_refused_with_other_faults():
    table = encounters(*YEAR)
    table["searched_at"] = table["searched_at"].dt.tz_localize(None)
    with pytest.raises(ParameterError, match=r"(?s)2 faults.*no time zone.*none of 'evening'"):
        window_of(table, place="force", point=LONDON, when="x")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reference": "Green"}, "'Green' is no label of group"),
        ({"groups": ["White"]}, "compared with itself"),
        ({"df": 0}, "whole numbers from 1 to 20"),
        ({"level": 95}, "is no confidence level"),
        ({"alike": ["colour"]}, "no column colour"),
    ],
)
def test_wrong_groups_and_numbers_are_named(change, said):
    asked = {"by": "group", "point": LONDON} | change
    with pytest.raises(ParameterError, match=said):
        veil_of_darkness(encounters(*YEAR), **asked)


# --- rules of refusal, on simulated years -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulation():
    spec = importlib.util.spec_from_file_location("veil", ROOT / "benchmarks" / "validate" / "veil.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ASKED = {"by": "group", "reference": "reference", "point": LONDON, "fan": (6,)}


@pytest.fixture(scope="module")
def year(simulation):
    return simulation.year(np.random.default_rng(3), "strong", 6000)


def test_a_true_difference_is_found(year):
    found = veil_of_darkness(year, **ASKED)
    row = found.frame.iloc[0]
    assert row["lower"] < 1.5 < row["upper"]
    assert row["lower"] > 1
    assert found.placebo["lower"].iloc[0] < 1 < found.placebo["upper"].iloc[0]
    assert sas.veil_of_darkness is veil_of_darkness


def test_ninety_nine_encounters_are_too_few_and_a_hundred_are_not(year):
    found = veil_of_darkness(year, **ASKED)
    window = found.window
    own = year.loc[window.index, "group"]
    dark = window.index[window["dark"] & own.eq("group")]
    for keep, note in ((99, "fewer than 100 encounters of group after dark"), (100, "")):
        part = year.drop(index=dark[keep:])
        told = veil_of_darkness(part, **ASKED)
        assert int(told.counts["dark"].iloc[0]) == keep
        assert (note in told.frame["note"].iloc[0]) if note else told.frame["estimate"].notna().iloc[0]


def test_a_third_of_unknown_groups_is_too_many(year):
    rng = np.random.default_rng(5)
    unknown = year.assign(group=year["group"].mask(rng.random(len(year)) < 0.35, "Unknown"))
    found = veil_of_darkness(unknown, **ASKED)
    assert "the group of more than 30% of encounters by daylight is unknown" in found.frame["note"].iloc[0]


def test_limits_wider_than_a_factor_of_ten_are_no_result(monkeypatch, year):
    monkeypatch.setattr(veil_tables, "WIDEST", 1.05)
    assert "wider than a factor of 1.05" in veil_of_darkness(year, **ASKED).frame["note"].iloc[0]


def test_seasons_that_differ_at_midday_are_no_veil(simulation):
    found = veil_of_darkness(simulation.year(np.random.default_rng(2), "season", 20_000), **ASKED)
    assert found.placebo["lower"].iloc[0] > 1
    assert "differ between seasons by full daylight too" in found.frame["note"].iloc[0]
    assert found.frame["estimate"].isna().all()


def test_places_of_one_group_alone_say_nothing_and_do_no_harm(year):
    alone = year.head(200).assign(group="group", force="alone")
    both = veil_of_darkness(pd.concat([year, alone], ignore_index=True), **ASKED).frame
    assert both["estimate"].iloc[0] == pytest.approx(
        veil_of_darkness(year, **ASKED).frame["estimate"].iloc[0], rel=1e-9
    )


def test_what_is_held_alike_is_held_alike(simulation):
    """Where the season alone moves the shares, holding months alike takes most of the difference away."""
    table = simulation.year(np.random.default_rng(7), "season", 20_000)
    table = table.assign(month=table["searched_at"].dt.month.astype("str"))
    fits = [veil_of_darkness(table, **ASKED, alike=held).fits["group"] for held in ((), ("month",))]
    apart, alike = (-fit.params["dark"] for fit in fits)
    assert apart > 0.15
    assert abs(alike) < apart / 2
    assert sum(name.startswith("month") for name in fits[1].params.index) == 11


def test_heaped_clock_times_leave_a_spline(year):
    hours = year.assign(searched_at=year["searched_at"].dt.floor("h", ambiguous="NaT"))
    assert veil_of_darkness(hours, **ASKED, df=8).frame["estimate"].notna().all()


def test_the_fan_has_a_row_for_every_number_of_columns(year):
    found = veil_of_darkness(year, **ASKED | {"fan": (3, 8)})
    assert found.fan["df"].tolist() == [3, 8]
    assert veil_of_darkness(year, **ASKED | {"fan": ()}).fan.empty


def test_size_and_power_in_a_few_years(simulation):
    none = pd.DataFrame([simulation.one(np.random.default_rng(at), "no difference", 3000) for at in range(20)])
    strong = pd.DataFrame([simulation.one(np.random.default_rng(at), "strong", 3000) for at in range(20)])
    assert ((none[1] > 1) | (none[2] < 1)).sum() <= 4  # more has a chance of 0.3% at 5%
    assert (strong[1] > 1).sum() >= 12


def test_the_committed_simulation_holds_its_level_and_says_where_the_test_fails(simulation):
    committed = pd.read_csv(ROOT / "docs" / "simulation_veil.csv").set_index(["setting", "encounters"])
    assert set(committed.index) == {(name, size) for name in simulation.SETTINGS for size in simulation.ENCOUNTERS}
    assert committed["years"].eq(400).all()
    for size in simulation.ENCOUNTERS:
        for setting in ("no difference", "weak", "strong"):
            # 400 years: three standard errors are 3.3 points.
            assert 0.917 <= committed.loc[(setting, size), "coverage"] <= 0.983
        none = committed.loc[("no difference", size)]
        assert none["higher"] + none["lower"] <= 0.083
        assert none["higher_and_given"] + none["lower_and_given"] <= 0.083
        assert committed.loc[("careful drivers", size), "lower"] > 0.3  # the reverse of the truth
    assert committed.loc[("strong", 12_000), "higher_and_given"] > 0.85
    assert committed.loc[("season", 12_000), "higher"] > 0.8
    assert committed.loc[("season", 12_000), "refused"] > 0.4


# --- a study ----------------------------------------------------------------------------------------------------------


def study_of(sample, force, **choices):
    return sas.open_study(force, "2018-01", "2018-12", raw=sample, **choices)


def test_months_with_doubtful_times_do_not_count(sample):
    found = veil_of_study(study_of(sample, "essex"))  # its times lie at one minute of the hour
    assert found.frame["note"].str.contains("no month of 12 may be used").all()
    assert found.window.empty


def test_the_flow_goes_from_the_records_to_the_window(sample):
    study = study_of(sample, "metropolitan")
    found = veil_of_study(study)
    assert found.flow["dropped"].sum() + len(found.window) == len(study.records)
    assert found.flow["step"].iloc[0] == "records published"


def test_rounded_records_give_no_table(sample):
    found = veil_of_study(study_of(sample, "metropolitan", round_to=5))
    for name in ("frame", "fan", "placebo", "counts", "flow", "window"):
        assert getattr(found, name).empty
        assert getattr(found, name).attrs[WITHHELD]
    assert found.fits == {}


def test_what_it_says_has_three_sentences_and_its_numbers(year, simulation):
    found = veil_of_darkness(year, **ASKED)
    said = timing_sentences.veil_says(found, group="group", by="group", reference="reference")
    assert len(said) == 3
    assert said[0].startswith("The veil of darkness assumes")
    assert said[2].startswith("It cannot say")
    assert f"{found.frame['estimate'].iloc[0]:.2f} times" in said[1]
    assert f"is {found.placebo['estimate'].iloc[0]:.2f} (" in said[1]
    few = veil_of_darkness(year.head(500), **ASKED)
    said = timing_sentences.veil_says(few, group="group", by="group", reference="reference")
    assert (
        said[1]
        == "**The veil of darkness is not estimable for group:** fewer than 100 encounters of group by daylight."
    )


def test_real_metropolitan_encounters_are_refused_for_their_seasons(real_data, tmp_path):
    asked = {"raw": real_data / "stops", "processed": tmp_path, "ethnicity": "officer"}
    found = veil_of_study(sas.open_study("metropolitan", "2017-12", "2018-09", **asked))
    row, placebo = (table.set_index("ethnicity_5").loc["Asian"] for table in (found.frame, found.placebo))
    assert (row["estimate"] == row["estimate"]) == (placebo["lower"] <= 1 <= placebo["upper"])
    assert found.flow["left"].iloc[-1] == len(found.window) > 5000
    assert daylight.VEHICLE in found.flow["step"].iloc[2]
