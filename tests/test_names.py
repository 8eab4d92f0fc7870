"""Names, months, labels, levels and options that there are none of: each is refused with what was meant.

A misspelt name that gives an empty table, or another group's, reads as a finding.
"""

import inspect
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import sas_analysis as sas
from sas_analysis.errors import DataError, ParameterError
from sas_analysis.measures.timing.placebo import surge_placebo
from sas_analysis.names import unknown_names
from sas_analysis.reference.population import GROUPS_5, residents
from sas_analysis.reports.one import parameters

MONTHS = [f"{year}-{month:02}" for year in (2019, 2020) for month in range(1, 13)]
COUNTS = [100 + n % 4 for n in range(24)]


@pytest.fixture(scope="module")
def place(sample, tmp_path_factory):
    return {"raw": sample, "processed": tmp_path_factory.mktemp("processed")}


@pytest.fixture(scope="module")
def study(place):
    return sas.open_study("metropolitan", "2018-04", "2018-09", **place)


@pytest.fixture(scope="module")
def both(place):
    return sas.open_study(["metropolitan", "essex"], "2018-04", "2018-09", **place)


@pytest.fixture(scope="module")
def compared(study):
    return sas.Comparison(study)


@pytest.fixture
def page(study, compared, tmp_path):
    return sas.Report(study, compared, tables=str(tmp_path / "tables"))


def refused(ask, *said, error=ParameterError):
    """Ask for something, and check that it is refused in these words."""
    with pytest.raises(error) as found:
        ask()
    assert [words for words in said if words not in str(found.value)] == []
    return str(found.value)


def test_all_unknown_names_are_told_and_what_there_is_once():
    found = unknown_names(["Blak", "Black", 3], GROUPS_5, "group")
    assert found[0] == 'group "Blak" is unknown; did you mean "Black"?'
    assert found[1] == "group 3 is unknown. There are: White, Mixed, Asian, Black, Other"


# --- groups ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda study, **asked: study.ratio(**asked),
        lambda study, **asked: study.rate(over="quarter", **asked),
        lambda study, **asked: study.rate(by="borough", **asked),
        lambda study, **asked: study.trend("ratio", **asked),
        lambda study, **asked: study.change_points("rate", **asked),
        lambda study, **asked: study.changes("ratio", **asked),
        lambda study, **asked: study.robust_outcome_test(**asked),
        lambda study, **asked: sas.Comparison(study, **asked),
    ],
)
def test_misspelt_groups_are_refused_wherever_groups_are_compared(study, ask):
    words = ('group "Blak" is unknown; did you mean "Black"?', 'reference "Wite" is none of the groups')
    refused(lambda: ask(study, groups=["Blak", "Asian"], reference="Wite"), "2 faults", *words, ", ".join(GROUPS_5))


def test_one_group_may_be_a_text(study):
    assert study.ratio(groups="Black").frame["ethnicity_5"].tolist() == ["White", "Black"]
    assert study.ratio(groups="Black").frame.equals(study.ratio(groups=["Black"]).frame)


def test_what_a_comparison_is_made_of_is_checked_at_once(study):
    refused(lambda: sas.Comparison("metropolitan"), "'metropolitan'", "sas.open_study")
    text = refused(lambda: sas.Comparison(study, census_year="2021", residents_file=3, groups=["Blak"]), "3 faults")
    assert "census_year='2021' is no census" in text
    refused(lambda: sas.Comparison(study).by_force().overview("Blak"), 'did you mean "Black"')
    refused(lambda: sas.Comparison(study).ratios_by_account(draws=0, seed=1), "draws=0", "2 or more")


# --- residents of one's own -----------------------------------------------------------------------------------------


def residents_file(path, *, key="force", place="metropolitan", factor=1.0, **changed):
    """The residents of a force in the census, times a factor, as a user gives them; changed : those of a group."""
    known = residents("metropolitan", 2011).set_index("ethnicity_5")["residents"] * factor
    rows = [f"{place},{group},{changed.get(group, known[group])}" for group in GROUPS_5]
    path.write_text("\n".join([f"{key},ethnicity_5,residents", *rows]), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "ask",
    [
        lambda study, file: study.rate(groups=["Black"], residents_file=file),
        lambda study, file: study.ratio(by="power", residents_file=file),
        lambda study, file: study.ratio(over="quarter", residents_file=file),
        lambda study, file: study.trend("rate", residents_file=file),
        lambda study, file: study.change_points("ratio", residents_file=file),
        lambda study, file: study.changes("ratio", residents_file=file),
    ],
)
def test_residents_that_a_rate_does_not_rest_on_are_refused_with_where_they_are_used(study, ask, tmp_path):
    of_forces = residents_file(tmp_path / "f.csv")
    refused(lambda: ask(study, of_forces), "f.csv", "leave residents_file out", "ratios_by_base()")
    of_areas = residents_file(tmp_path / "a.csv", key="area_code", place="E09000028", factor=0.03)
    refused(lambda: ask(study, of_areas), "a.csv", 'by="borough"', "study.at(")


def test_residents_of_forces_are_refused_for_an_area_and_are_one_more_base_of_forces(study, tmp_path):
    file = residents_file(tmp_path / "f.csv")
    southwark = study.at("Southwark")
    refused(lambda: southwark.rate(residents_file=file), "give area_code instead of force")
    refused(lambda: study.rate(by="borough", residents_file=file), "give area_code instead of force")
    refused(lambda: sas.Comparison(southwark, residents_file=file).ratios_by_base(), "area_code", error=DataError)
    assert "User's" in sas.Comparison(study, residents_file=file).ratios_by_base()["base"].tolist()


def test_residents_of_areas_are_used_for_these_and_named_for_nothing_else(study, tmp_path):
    file = residents_file(tmp_path / "a.csv", key="area_code", place="E09000028", factor=0.03)
    rate = study.at("Southwark").rate(groups=["Black"], residents_file=file).frame
    known = residents("metropolitan", 2011).set_index("ethnicity_5")["residents"]
    assert rate["denominator"].iloc[1] / rate["denominator"].iloc[0] == pytest.approx(known["Black"] / known["White"])
    compared = sas.Comparison(study, residents_file=file)
    assert "Census" in compared.source_of(compared.ratios)  # of the whole force, which the file says nothing of
    assert compared.source_of(compared.by_area(["Southwark"]).ratios) == "Residents: given by the user"


def test_residents_in_other_units_are_refused(study, tmp_path):
    for changed in ({"factor": 0.001}, {"factor": 12}, {"White": 4_800}):
        file = residents_file(tmp_path / "f.csv", **changed)
        refused(lambda file=file: sas.Comparison(study, residents_file=file).user, "Give persons", error=DataError)
    for changed in ({"factor": 0.2}, {"factor": 5}, {"Other": 90_000}):
        assert len(sas.Comparison(study, residents_file=residents_file(tmp_path / "f.csv", **changed)).user) == 5


def test_residents_of_other_areas_are_an_error_that_names_their_codes(study, tmp_path):
    file = residents_file(tmp_path / "a.csv", key="area_code", place="E07999999", factor=0.03)
    said = ("E07999999", "of no area that is asked for")
    refused(lambda: study.rate(by="borough", residents_file=file), *said, error=DataError)
    refused(lambda: study.at("Southwark").ratio(residents_file=file), *said, "E09000028", error=DataError)


# --- parts, fields and choices of a study ---------------------------------------------------------------------------


def test_months_that_a_study_does_not_have_are_refused(study):
    refused(lambda: study.during("2018-01", "2018-06"), "2018-04 to 2018-09")
    refused(lambda: study.during("2018-08", "2018-10"), "2018-04 to 2018-09")
    refused(lambda: study.during("2018-5", "2018-6"), "2 faults", "start='2018-5' is no month")
    refused(lambda: study.during("2018-06", "2018-05"), "before it starts")
    assert study.during("2018-05", "2018-06").months == ["2018-05", "2018-06"]


def test_forces_that_a_study_does_not_have_are_refused(both):
    refused(lambda: both.of_force("kent"), 'force "kent" is none of the study', "metropolitan, essex")
    refused(lambda: both.of_force("esex"), 'did you mean "essex"')
    refused(lambda: both.of_force(), "no force is named", "metropolitan, essex")
    refused(lambda: both.of_force([]), "no force is named")
    refused(lambda: both.months_of("kent"), 'force "kent" is none of the study')
    refused(lambda: both.rows_in("esex"), 'force "esex" is unknown; did you mean "essex"?')
    assert both.of_force(["essex", "metropolitan"]).forces == ["essex", "metropolitan"]
    assert both.months_of(["essex"]).forces == ["essex"]
    assert both.rows_in("kent").empty
    assert len(both.rows_in("essex")) == len(both.rows_in(["essex"])) > 0


def test_months_of_a_comparison_of_years_are_checked_as_those_of_a_study(place):
    two = sas.open_study("metropolitan", "2018-01", "2019-06", **place)
    refused(lambda: two.year_on_year("searches", start="2019-1", end="2019-3"), "start='2019-1' is no month", "end=")
    refused(lambda: two.year_on_year("searches", start="2019-06", end="2019-03"), "before it starts")
    found = two.year_on_year("searches", start="2019-02", end="2019-03").frame["period"].tolist()
    assert found == ["2018-02 to 2018-03", "2019-02 to 2019-03", "change"]


def test_fields_that_there_are_none_of_are_refused(study, compared):
    refused(lambda: study.using("object_group", "objekt"), 'column or field "objekt" is unknown')
    refused(lambda: study.not_using("outcom"), 'did you mean "outcome"')
    refused(lambda: study.usable("ethncity_5"), 'did you mean "ethnicity_5"')
    refused(lambda: compared.using("powr"), 'did you mean "power"')
    assert study.using("month", "hour", "area", "location").rests_on == ("searched_at", "location")
    assert study.usable("ethnicity_5").equals(study.usable("self_defined_ethnicity"))
    assert study.using("object_group", "gender").not_using("object_group").rests_on == ("gender",)


def test_choices_are_checked_when_they_are_made(study):
    text = refused(lambda: study.choosing(level="a", round_to=-5, chinese="asian", powr="all"), "4 faults")
    assert "level='a' is no confidence level" in text
    assert 'choice "powr" is unknown; did you mean "power"?' in text
    assert study.choosing(level=0.9).level == 0.9


def test_places_of_a_study_are_files_and_names(place):
    asked = {"boundaries": 3, "borough": ["Southwark"], "level": 3}
    text = refused(lambda: sas.open_study("metropolitan", "2018-04", "2018-09", **asked, **place), "3 faults")
    assert ".by_area([...])" in text
    refused(lambda: sas.open_study(None, "2018-04", "2018-09", **place), "forces is empty")


def test_what_is_no_name_of_an_area_is_told(study, compared):
    refused(lambda: study.at(["Southwark"]), "is no name or code of one area", ".by_area([...])")
    refused(lambda: compared.by_area([]), "areas names none")
    refused(lambda: study.rate(by="borough", areas=[]), "areas names none")
    refused(lambda: study.outcome("arrest", by="borough"), 'sas.Comparison(study).by_area().outcome("arrest")')
    assert len(compared.by_area(["Southwark"]).outcome("arrest").frame) == 1


def test_without_boundaries_it_says_how_to_name_some(study, tmp_path):
    # Boundaries are looked for beside the raw folder, so another one is named.
    bare = study._with(raw=tmp_path / "raw", located=None)
    refused(lambda: bare.rate(by="borough"), "boundaries=...", error=DataError)
    refused(lambda: bare.at("Southwark"), "boundaries=...", error=DataError)


# --- labels, columns and options ------------------------------------------------------------------------------------


def test_what_is_given_in_a_strange_kind_is_refused_with_what_to_give(study, tmp_path):
    refused(lambda: study.at(None), "None is no name or code of one area")
    refused(lambda: study.at(" "), "' ' is no name or code of one area")
    refused(lambda: study.using(["gender"]), "give each by itself")
    refused(lambda: study.measured("share"), "measure is a function, such as sas.share_of_searches, and not 'share'")
    refused(lambda: study.without_flagged("share"), "measure is a function", "own.share")
    refused(lambda: sas.begin("share"), "function is a function, such as study.outcome")
    refused(lambda: study.report("outcomes", parameters=["level"]), "parameters are names and values")
    refused(lambda: sas.denominator(study.files), "the files lack status; give study.coverage")
    for number in (0, True, "2", 1.5):
        refused(lambda number=number: study.share("gender").commonest(number), f"number={number!r} is no number of")
    assert len(study.share("gender").commonest(np.int64(1)).frame) == 1


def test_a_file_that_is_not_there_is_said_to_be_none_and_not_damaged(study, tmp_path):
    for ask in (
        lambda: sas.read_official(tmp_path / "table.ods"),
        lambda: study.official_labels(str(tmp_path / "table.ods")),
        lambda: study.ratio(residents_file=str(tmp_path / "residents.csv")),
    ):
        said = refused(ask, "there is no such file", error=DataError)
        assert "damaged" not in said


def test_what_a_table_would_have_is_told_where_it_is(study):
    found = study.share("gender")
    refused(lambda: found.to_csv, "its table has it: .frame.to_csv", error=AttributeError)
    assert "frame" not in refused(lambda: found.polt, "no attribute 'polt'", error=AttributeError)
    assert not hasattr(found, "_repr_png_")


def test_labels_of_a_table_are_checked(study):
    arrests = study.outcome("arrest", by="ethnicity_5")
    refused(lambda: arrests.only(ethnicity_5="Blak"), 'did you mean "Black"')
    refused(lambda: arrests.only(ethnicity="Black"), 'column "ethnicity" is unknown; did you mean "ethnicity_5"')
    refused(lambda: study.trend("searches").only(month="2018-4"), '"2018-4" is unknown')
    assert arrests.only(ethnicity_5="Black").frame["ethnicity_5"].tolist() == ["Black"]
    assert study.ratio(groups=["Black"]).only(ethnicity_5="Asian").frame.empty  # a group, which is not in this table


def test_labels_of_a_series_are_checked(study, compared):
    refused(lambda: study.trend("ratio", only=["Blak"]), 'label "Blak" is none of these series; did you mean "Black"')
    refused(lambda: study.trend("ratio", only="White"), '"White" is none')
    refused(lambda: study.trend("arrest", only=["Black"]), "is one series, without labels")
    refused(lambda: study.trend("searches", only=["Black"]), "is one series, without labels")
    refused(lambda: study.trend("object_group", only=["Drug"]), 'did you mean "Drugs"')
    refused(lambda: study.change_points("recording", only=["Ethncity"]), 'did you mean "Ethnicity"')
    refused(lambda: study.change_points("object_group", only=["Drug"]), 'did you mean "Drugs"')
    assert len(study.trend("object_group", only="Drugs").frame) == 6


def test_columns_are_those_that_searches_are_counted_by(study):
    text = refused(lambda: study.share("object_grup"), 'did you mean "object_group"')
    assert "latitude" not in text
    assert "policing_operation," not in text.replace("part_of_policing_operation,", "")
    for column in ("searched_at", "latitude", "source_file"):
        refused(lambda column=column: study.share(column), f'column "{column}" is none that searches are counted by')
    refused(lambda: study.outcome_difference("arrest", within="powr"), 'did you mean "power"')
    refused(lambda: study.trend("outcme"), "it is one of")


def test_measures_by_nothing_or_by_the_same_twice_are_refused(study):
    refused(lambda: study.share([]), "by names no column")
    refused(lambda: study.shares([]), "name none")
    refused(lambda: study.change_points([]), "names no series")
    refused(lambda: study.share("power", within="power"), "power cannot be both")
    refused(lambda: study.ratio(by="ethnicity_5"), "by ethnicity_5 already")
    refused(lambda: study.rate(by=["power"]), "is no one column")
    assert study.shares("power")["column"].unique().tolist() == ["power"]


def test_options_that_a_method_does_not_take_are_refused(study):
    refused(lambda: study.ratio(level=0.9), "study.choosing(level=0.9)")
    refused(lambda: study.rate(ethnicity="officer"), "study.choosing(ethnicity='officer')")
    refused(lambda: study.ratio(censusyear=2011), 'option "censusyear" is unknown; did you mean "census_year"')
    refused(lambda: study.share("power", intervl="wilson"), 'did you mean "interval"')
    refused(lambda: study.robust_outcome_test(alhpa=0.1), 'did you mean "alpha"')
    refused(lambda: study.trend("searches", grops=["Black"]), 'option "grops" is unknown')
    refused(lambda: study.trend("rate", by="force"), 'study.rate(by="force", over="month")')
    text = refused(lambda: study.trend("arrest", by="ethnicity_5"), "a trend is by month alone")
    assert 'study.outcome("arrest", by=["month", "ethnicity_5"])' in text
    assert len(study.outcome("arrest", by=["month", "ethnicity_5"]).frame) > 6  # what it says to ask
    assert study.trend("searches", interval="period", together=2).frame["interval"].str.contains("period").all()


# --- levels and months of measures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [95, 0, 1, 0.3, "0.95", True, float("nan")])
def test_a_level_is_checked_by_one_rule(study, compared, level):
    surge = pd.DataFrame({"period": ["base", "surge"], "group": "White", "force": "a", "searches": 1, "hits": 1})
    veil = study.searches.head(5)
    stops = pd.DataFrame({"force": ["a", "a"], "group": ["White", "Black"], "stops": 9, "searches": 3, "hits": 1})
    for ask in (
        lambda: study.choosing(level=level),
        lambda: study.share("power", level=level),
        lambda: study.trend("searches", level=level),
        lambda: study.trend("ratio", level=level),
        lambda: study.outcome_difference("arrest", level=level),
        lambda: study.ground_difference("power", level=level),
        lambda: sas.share_of_searches(study.searches, "power", level=level),
        lambda: sas.search_rate(compared.exposure, by="ethnicity_5", level=level),
        lambda: sas.disproportionality_ratio(compared.exposure, level=level),
        lambda: sas.rate_difference(compared.exposure, level=level),
        lambda: sas.interrupted_series(COUNTS, MONTHS, at="2020-01", level=level),
        lambda: sas.surge_test(surge, level=level),
        lambda: surge_placebo(surge, level=level),
        lambda: sas.threshold_test(stops, level=level),
        lambda: sas.veil_of_darkness(veil, level=level),
    ):
        refused(ask, f"level={level!r} is no confidence level")


def test_every_measure_of_the_package_that_takes_a_level_is_tried_here():
    takes = {name for name in sas.__all__ if callable(getattr(sas, name)) and not inspect.isclass(getattr(sas, name))
             and "level" in inspect.signature(getattr(sas, name)).parameters}  # fmt: skip
    tried = inspect.getsource(test_a_level_is_checked_by_one_rule)
    assert [name for name in takes if name != "open_study" and f"sas.{name}(" not in tried] == []
    assert len(takes) >= 8


def test_an_interrupted_series_says_what_is_wrong_with_what_it_is_given():
    ask = lambda **asked: sas.interrupted_series(COUNTS, MONTHS, **({"at": "2020-01"} | asked))  # noqa: E731
    refused(lambda: ask(lags=-3, level=95, at="2020-1"), "3 faults", "lags=-3", "from 0 to 23")
    refused(lambda: ask(lags=1.5), "lags=1.5")
    refused(lambda: ask(exposure=0), "exposure of 24 month(s)")
    refused(lambda: ask(exposure=np.r_[0, np.full(23, 30)]), "exposure of 1 month(s)")
    none = [None, *COUNTS[1:]]
    found = sas.interrupted_series(none, MONTHS, at="2020-01", exposure=np.r_[0, np.full(23, 30)], season=False)
    assert found["months"].eq(23).all()


def test_a_calendar_of_other_forces_or_no_period_is_refused():
    text = refused(lambda: sas.policy_calendar("2020-06", "2019-04", forces=["esex"], kind="law"), "3 faults")
    assert 'did you mean "essex"' in text
    assert sas.policy_calendar(forces="essex").equals(sas.policy_calendar(forces=["essex"]))
    refused(lambda: sas.policy_calendar("2020-6"), "start='2020-6' is no month")


def test_the_audit_refuses_forces_that_are_none_and_months(study):
    given = {"start": "2018-4", "end": "2018-05"}
    asked = lambda **more: sas.audit(study.records, study.sources, **(given | more))  # noqa: E731
    refused(lambda: asked(forces="metropolitain"), "2 faults", "did you mean", "start='2018-4'", error=DataError)
    assert (asked(forces="kent", start="2018-04")["rule"] == "no file").all()


def test_labels_of_a_column_that_shares_are_not_by_are_refused(study):
    wrong = {"gendr": ["Male"]}
    refused(lambda: sas.share_of_searches(study.searches, "gender", categories=wrong), 'did you mean "gender"')


# --- the page -------------------------------------------------------------------------------------------------------


def test_a_page_is_of_a_study_and_a_comparison(study):
    refused(lambda: sas.Report("metropolitan"), "'metropolitan'", "sas.open_study")
    refused(lambda: sas.Report(study, study), "compared is a Study", "sas.Comparison(study)")


def test_the_trust_line_takes_one_row_of_what_is_unknown(page, study):
    shares = study.share("ethnicity_5")
    how = 'study.share("ethnicity_5").only(ethnicity_5="Unknown")'
    refused(lambda: page.trust(shares), "this has 6", how)
    refused(lambda: page.trust(shares.only(ethnicity_5="White")), "ethnicity_5 'White'", how)
    refused(lambda: page.trust(study.flow), how)
    refused(lambda: page.trust(study.share("ethnicity_5", within="month").only(ethnicity_5="Unknown")), "this has 6")
    page.trust(shares.only(ethnicity_5="Unknown"))
    page.trust(study.share("object_of_search").only(object_of_search="Not recorded"), "Object")


OWN = pd.DataFrame({"group": ["a", "b"], "rate": [0.123, 0.456], "p": [0.0004, 0.03], "odds": [1.04, 12.345]})


def test_a_table_of_ones_own_keeps_the_digits_that_say_something(page):
    made = page.as_shown("own", OWN, "Own")
    assert made.frame.to_numpy().tolist() == [["a", "0.123", "0.0004", "1.04"], ["b", "0.456", "0.03", "12.3"]]
    assert [cell[0] for cell in made.block["rows"][0]] == ["a", "0.123", "0.0004", "1.04"]


def test_another_table_or_figure_of_the_same_name_is_refused(page, study, tmp_path):
    page.table("own", OWN, "Own")
    refused(lambda: page.table("own", study.flow, "Records left out"), '"own" is the name of Table 1, "Own"')
    assert (tmp_path / "tables" / "own.csv").read_text(encoding="utf-8").startswith("group,rate")
    assert page.as_shown("own", OWN, "Own").caption.startswith("SYNTHETIC")  # its cell is run again
    arrests = study.outcome("arrest", by="gender")
    for _ in range(2):
        page.figure("own", sas.charts.intervals, arrests, "Arrests")
    refused(lambda: page.figure("own", sas.charts.intervals, arrests, "Others"), 'Figure 1, "Arrests"')
    assert "Table 2." in page.as_shown("other", OWN, "Other").caption


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"only": {"group": "c"}}, 'group "c" is unknown. There are: a, b'),
        ({"only": {"grop": "a"}}, 'column "grop" is unknown; did you mean "group"'),
        ({"across": "foo"}, 'column "foo" is unknown'),
        ({"columns": ["grop", "rate"]}, 'did you mean "group"'),
        ({"of": "counted months"}, 'of "counted months" names no records; did you mean "counted"'),
    ],
)
def test_what_a_table_cannot_be_asked_is_refused_and_takes_no_number(page, asked, said):
    refused(lambda: page.table("own", OWN, "Own", **asked), said)
    assert "Table 1." in page.as_shown("own", OWN, "Another title").caption
    if "of" in asked:
        refused(lambda: page.figure("own", sas.charts.intervals, OWN, "Own", by="group", **asked), said)


def test_figures_take_estimates_as_well_as_their_table(study):
    arrests = study.outcome("arrest", by="gender")
    one, other = (sas.charts.intervals(given, title="Arrests", by="gender") for given in (arrests, arrests.frame))
    assert [text.get_text() for text in one.axes[0].get_yticklabels()] == [
        text.get_text() for text in other.axes[0].get_yticklabels()
    ]
    assert sas.charts.intervals.__name__ == "intervals"
    plt.close("all")


def test_a_legend_of_long_labels_is_within_the_figure(study):
    figure = study.ratio(by="power", over="quarter").plot()
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    [legend] = figure.legends
    assert len(legend.get_texts()) > 5
    box, page = legend.get_window_extent(renderer), figure.bbox
    assert box.x0 >= page.x0
    assert box.x1 <= page.x1
    assert box.y0 >= page.y0 - 1
    plt.close("all")


# --- notebooks of one's own -----------------------------------------------------------------------------------------


def test_notebooks_of_ones_own_are_named_with_their_folder_and_rule(tmp_path, monkeypatch):
    empty = json.dumps({"cells": []})
    for name in ("01_mine.ipynb", "yours.ipynb"):
        (tmp_path / name).write_text(empty, encoding="utf-8")
    monkeypatch.setattr(parameters, "_OWN", str(tmp_path))
    monkeypatch.setattr(parameters, "NOTEBOOKS", [tmp_path, *parameters.NOTEBOOKS])
    said = ("There are: mine", "SAS_ANALYSIS_NOTEBOOKS", str(tmp_path), "two digits")
    assert "yours" not in refused(lambda: parameters.find_notebook("outcomes"), *said)
    refused(lambda: parameters.find_notebook("yours"), *said, 'yours.ipynb has no number: call it "01_yours.ipynb"')
    (tmp_path / "01_mine.ipynb").unlink()
    refused(lambda: parameters.find_notebook("yours"), "01_yours.ipynb")  # where the package's are taken
