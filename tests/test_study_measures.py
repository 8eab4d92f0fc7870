"""The interface of an academic: arguments, parts of a study, measures by place and time, model frames."""

import inspect
import math
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import sas_analysis as sas
from sas_analysis.errors import DataError, ParameterError
from sas_analysis.handed_out import _Field
from sas_analysis.reference.age_sex import age_sex_residents
from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reference.denominators import denominator
from sas_analysis.reference.population import residents
from sas_analysis.study.opening import _processed_beside


@pytest.fixture(scope="module")
def place(sample, tmp_path_factory):
    return {"raw": sample, "processed": tmp_path_factory.mktemp("processed")}


@pytest.fixture(scope="module")
def study(place):
    return sas.open_study("metropolitan", "2018-04", "2018-09", **place)


# --- what is asked for --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("metropolitan", "2018-04-01", "2018-05-31"), ["start='2018-04-01' is no month", "end='2018-05-31' is no"]),
        (("metropolitan", "2018", "2018-05"), ["start='2018' is no month; write \"YYYY-MM\""]),
        (("metropolitan", 201804, "2018-05"), ["start=201804 is no month"]),
        (("metropolitan", "2018-05", "2018-04"), ["ends (end='2018-04') before it starts (start='2018-05')"]),
        (("metropolitain", "2018-04", "2018-05"), ['force "metropolitain" is unknown', "sas.forces() lists them"]),
        (([], "2018-04", "2018-05"), ["forces is empty"]),
    ],
)
def test_arguments_are_checked_in_the_words_of_python(place, asked, said):
    with pytest.raises(ParameterError) as error:
        sas.open_study(*asked, **place)
    assert [words for words in said if words not in str(error.value)] == []
    assert "--" not in str(error.value)


def test_all_faults_are_named_at_once(tmp_path):
    with pytest.raises(ParameterError) as error:
        sas.open_study("x", "2018", "2019", raw=tmp_path / "no", power="any", level=2)
    text = str(error.value)
    assert text.startswith("6 faults:")
    for words in (
        '"x" is unknown',
        "start='2018'",
        "end='2019'",
        "power='any' is none of",
        "level=2",
        "does not exist",
    ):
        assert words in text


def test_one_force_may_be_a_text(study, place):
    assert study.forces == ["metropolitan"]
    assert sas.open_study(["metropolitan"], "2018-04", "2018-09", **place).searches.equals(study.searches)


def test_the_processed_folder_is_beside_the_raw_one(tmp_path):
    assert _processed_beside(tmp_path / "data/raw") == tmp_path / "data/processed"
    assert _processed_beside(tmp_path / "data/raw/sample") == tmp_path / "data/processed/sample"
    assert _processed_beside(tmp_path / "2021-11.zip") == tmp_path / "2021-11-processed"


def test_a_study_shows_what_it_holds(study):
    lines = repr(study).splitlines()
    assert lines[0] == ("Study of Metropolitan Police Service, 2018-04 to 2018-09 (SYNTHETIC: simulated records)")
    unknown = study.searches["ethnicity_5"].eq("Unknown").mean()
    assert f"{unknown:.1%}" in lines[3]
    assert f"{len(study.searches):,}" in lines[2]
    assert len(study.searches) == study.records["type"].ne("Vehicle search").sum()


# --- parts of a study ---------------------------------------------------------------------------------------


def test_some_months_of_a_study_are_as_if_opened_alone(study, place):
    part, alone = study.during("2018-05", "2018-06"), sas.open_study("metropolitan", "2018-05", "2018-06", **place)
    pd.testing.assert_frame_equal(
        part.searches.reset_index(drop=True), alone.searches.reset_index(drop=True), check_categorical=False
    )
    assert part.findings.reset_index(drop=True).astype(str).equals(alone.findings.reset_index(drop=True).astype(str))
    assert part.coverage.equals(alone.coverage)


def test_a_borough_of_a_study_is_as_if_opened_alone(study, place):
    part, alone = (
        study.at("Southwark"),
        sas.open_study("metropolitan", "2018-04", "2018-09", borough="Southwark", **place),
    )
    assert part.who == alone.who
    assert len(part.searches) == len(alone.searches) > 30
    again = study.placed().at("Southwark").during("2018-05", "2018-06")
    assert len(again.searches) == alone.searches["month"].isin(["2018-05", "2018-06"]).sum()


def test_a_force_of_a_study_is_as_if_opened_alone(place):
    both = sas.open_study(["essex", "metropolitan"], "2018-04", "2018-05", **place)
    assert len(both.of_force("essex").searches) == both.searches["force"].eq("essex").sum()
    assert both.of_force("essex").forces == ["essex"]


# --- measures -----------------------------------------------------------------------------------------------


def test_a_share_is_a_count_over_all(study):
    table = study.share("power").frame.set_index("power")
    counts = study.searches["power"].value_counts()
    assert table.loc["Section 60", "estimate"] == counts["Section 60"] / len(study.searches)
    assert study.share("power", months="counted").months == "counted"
    with pytest.raises(ParameterError, match="months='all' is none of"):
        study.share("power", months="all")
    with pytest.raises(ParameterError, match=r'column "powr" is none.*did you mean "power"'):
        study.share("powr")


def test_an_outcome_is_a_share_of_the_known(study):
    table = study.outcome("arrest", by="ethnicity_5").frame.set_index("ethnicity_5")
    black = study.searches[study.searches["ethnicity_5"].eq("Black")]
    assert table.loc["Black", "numerator"] == (black["outcome"] == "Arrest").sum()
    assert table.loc["Black", "denominator"] == (black["outcome"] != "Not recorded").sum()
    with pytest.raises(ParameterError, match="outcome 'arrests' is none of 'positive', 'nothing', 'arrest'"):
        study.outcome("arrests")


def test_a_ratio_by_quarter_is_made_of_its_months(study):
    table = study.ratio(over="quarter", groups=["Black"], census_year=2011).frame
    assert table["quarter"].unique().tolist() == ["2018Q2", "2018Q3"]
    base = residents(["metropolitan"], 2011, by=["force", "ethnicity_5"]).set_index("ethnicity_5")["residents"]
    spring = study.searches[study.searches["month"].isin(["2018-04", "2018-05", "2018-06"])][
        "ethnicity_5"
    ].value_counts()
    ratio = spring["Black"] / base["Black"] / (spring["White"] / base["White"])
    row = table[table["quarter"].eq("2018Q2") & table["ethnicity_5"].eq("Black")].iloc[0]
    assert row["estimate"] == pytest.approx(ratio, rel=1e-12)


def test_residents_over_time_are_those_of_each_period(study):
    black = study.ratio(over="quarter", groups=["Black"])
    assert "interpolated between Census 2011 and Census 2021 to the middle of each quarter" in black.show().caption
    spring, summer = (
        denominator(study.during(*months).counted).residents.set_index("ethnicity_5")["residents"]
        for months in (("2018-04", "2018-06"), ("2018-07", "2018-09"))
    )
    assert spring["Black"] < summer["Black"]
    rows = black.only(ethnicity_5="Black").frame.set_index("quarter")
    for quarter, people in (("2018Q2", spring), ("2018Q3", summer)):
        own = rows.loc[quarter]
        n = own["numerator"]
        white = black.only(ethnicity_5="White").frame.set_index("quarter").loc[quarter, "numerator"]
        assert own["estimate"] == pytest.approx(n / people["Black"] / (white / people["White"]), rel=1e-12)


def test_a_ratio_by_borough_divides_by_its_own_residents(study):
    table = study.ratio(by="borough", areas=["Southwark", "E09000023"], groups=["Black"], census_year=2011).frame
    assert table["borough"].unique().tolist() == ["Southwark", "Lewisham"]
    base = authority_residents(2011)
    base = base[base["authority"].eq("Southwark")].set_index("ethnicity_5")["residents"]
    inside = study.at("Southwark").counted_searches["ethnicity_5"].value_counts()
    ratio = inside["Black"] / base["Black"] / (inside["White"] / base["White"])
    row = table[table["borough"].eq("Southwark") & table["ethnicity_5"].eq("Black")].iloc[0]
    assert row["estimate"] == pytest.approx(ratio, rel=1e-12)


def test_all_boroughs_with_a_search_are_those_that_the_force_polices(study):
    table = study.rate(by="borough", groups=["Black"]).frame
    policed = set(authority_residents(2011, force="metropolitan")["authority"])
    assert 3 <= table["borough"].nunique() == len(set(table["borough"]) & policed)


def test_a_rate_by_a_column_of_searches_shares_the_residents(study):
    table = study.rate(by="power", groups=["White", "Black"]).frame
    whole = study.rate(groups=["White", "Black"]).frame.set_index("ethnicity_5")
    assert table.groupby("ethnicity_5", observed=True)["numerator"].sum()["Black"] == whole.loc["Black", "numerator"]
    assert table["denominator"].nunique() == 2


def test_what_cannot_be_asked_says_what_can(study):
    with pytest.raises(ParameterError, match="over='week' is none of"):
        study.ratio(over="week")
    with pytest.raises(ParameterError, match='give by="borough"'):
        study.ratio(areas=["Southwark"])
    with pytest.raises(ParameterError, match='column "ward" is none'):
        study.ratio(by="ward")


@pytest.mark.parametrize("make", [lambda s: s.share("power"), lambda s: s.rate(), lambda s: s.ratio(over="month")])
def test_estimates_show_and_draw_themselves(study, make):
    estimates = make(study)
    assert "SYNTHETIC" in estimates._repr_html_()
    assert "Metropolitan Police Service" in repr(estimates)
    assert estimates.plot().axes
    assert isinstance(estimates.frame, pd.DataFrame)


def test_a_model_frame_goes_straight_into_a_logit(study):
    frame = study.model_frame("arrest")
    known = study.counted_searches["arrest"].notna()
    assert len(frame) == known.sum()
    assert frame["arrest"].sum() == study.counted_searches["arrest"].sum()
    fitted = smf.logit("arrest ~ C(ethnicity_5, Treatment('White'))", frame).fit(disp=False)
    table = pd.crosstab(frame["ethnicity_5"], frame["arrest"])
    odds = table[1] / table[0]
    black = fitted.params.filter(like="T.Black").iloc[0]
    assert black == pytest.approx(math.log(odds["Black"] / odds["White"]), abs=1e-6)
    with pytest.raises(ParameterError, match=r"'outcome' is no column of truth values; choose from: .*arrest"):
        study.model_frame("outcome")


def test_the_report_of_a_study_is_the_report_of_its_choices(place, tmp_path):
    study = sas.open_study("essex", "2018-04", "2018-05", power="reasonable grounds", **place)
    folder = study.report("search_grounds", out=tmp_path)
    flow = pd.read_csv(folder / "tables/flow.csv")
    assert flow["left"].iloc[-1] == len(study.counted_searches)
    assert flow["step"].str.contains("reasonable grounds").any()


@pytest.mark.parametrize("by", ["age_range", "gender"])
def test_searches_of_one_age_or_sex_are_not_divided_by_residents_of_all(study, by):
    for measure in (study.rate, study.ratio):
        with pytest.raises(ParameterError, match=rf"a rate by {by} would divide by everybody: .*by_age_and_sex\(\)"):
            measure(by=by)


def test_what_is_standardised_stands_beside_the_ratio_of_the_same_searches_and_residents(study):
    """In another way: counts and residents added up by hand."""
    compared = sas.Comparison(study, census_year=2021)
    table = compared.standardised().set_index(["measure", "ethnicity_5"])
    before = table.loc["ratio_before_standardising", "estimate"].astype(float)
    rows = study.counted_searches
    known = rows["gender"].isin(["Male", "Female"]) & ~rows["age_range"].isin(["Not recorded", "Unrecognised label"])
    counts = rows[known & rows["age_range"].notna()]["ethnicity_5"].value_counts()
    people = age_sex_residents("metropolitan").groupby("ethnicity_5")["residents"].sum()
    rates = counts / people
    assert before["Black"] == pytest.approx(rates["Black"] / rates["White"])
    assert before["Asian"] == pytest.approx(rates["Asian"] / rates["White"])
    estimable = pd.concat([table.reset_index(), compared.by_age_and_sex()])
    estimable = estimable[estimable["estimate"].notna()]
    assert estimable["note"].str.endswith("residents by age and sex: Census 2011").all()


def test_a_model_takes_no_value_of_a_month_in_which_its_field_may_not_be_used(real_data, tmp_path):
    """Essex lost the objects of seven months, and its arrests are known in all; Gwent publishes no arrest."""
    where = {"raw": real_data / "archive", "processed": tmp_path}
    essex = sas.open_study("essex", "2019-04", "2021-03", **where)
    frame = essex.model_frame("arrest")
    usable = essex.using("object_group").counted.query("status == 'published'")["month"].astype("str")
    assert len(usable) == 17
    assert set(frame.loc[frame["object_group"].notna(), "month"].astype("str")) == set(usable)
    assert set(frame.loc[frame["object_group"].isna(), "month"].astype("str")).isdisjoint(usable)
    assert frame["ethnicity_5"].notna().all()
    assert frame["hour"].isna().all()  # its times may be used in no month
    with pytest.raises(DataError, match="no model of arrest: no month of 12 may be used"):
        sas.open_study("gwent", "2020-04", "2021-03", **where).model_frame("arrest")


def test_a_table_by_itself_says_whose_searches_when_by_whose_residents_and_what_is_unknown(study):
    """In JupyterLab and in a paper there is no page around it."""
    shown = study.ratio(groups=["Black"]).show()
    for text in (shown._repr_html_(), shown.to_latex(), repr(shown)):
        for words in ("Metropolitan Police Service", "Residents of all ages", "data.police.uk"):
            assert words in text
    unknown = study.share("ethnicity_5").only(ethnicity_5="Unknown").frame["estimate"].iloc[0]
    assert f"Ethnicity unknown in {unknown:.1%} of searches" in shown._repr_html_()
    page = sas.Report(study, sas.Comparison(study))
    assert "data.police.uk" not in page.as_shown("ratios", page.compared.ratios, "Ratio")._repr_html_()


# --- what is asked for wrongly ------------------------------------------------------------------------------


@pytest.mark.parametrize("period", ["month", "quarter", "year"])
def test_a_rate_is_over_a_period_and_not_by_it(study, period):
    for ask in (study.rate, study.ratio):
        with pytest.raises(ParameterError, match=f'asked for with over="{period}"'):
            ask(by=period)


@pytest.mark.parametrize("column", ["self_defined_ethnicity", "ethnicity_5_2001", "officer_ethnicity_5"])
def test_a_rate_by_a_second_ethnicity_is_refused(study, column):
    for ask in (study.rate, study.ratio):
        with pytest.raises(ParameterError, match=f"residents are not told apart by {column} as well"):
            ask(by=column)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda study: study.outcome(["arrest"]), r"outcome is one name, a text, and not \['arrest'\]"),
        (lambda study: study.outcome_bounds(["arrest"]), "outcome is one name"),
        (lambda study: study.trend(["arrest"]), r"what is one name.*ask for one at a time"),
        (lambda study: study.year_on_year(["arrest"]), "what is one name"),
        (lambda study: study.change_points([["arrest"]]), "what is one name"),
        (lambda study: study.robust_outcome_test(["arrest"]), "outcome is one name"),
        (lambda study: study.robust_outcome_test(least="30"), "least='30' is no whole number"),
        (lambda study: study.outcome_difference([]), "outcome names none; it is one or more of 'positive'"),
        (lambda study: study.outcome_difference(["arrest", "arest"]), 'did you mean "arrest"'),
        (lambda study: study.outcome_difference("arrest", reference=["White"]), "reference is one name"),
        (lambda study: study.outcome_difference("arrest", by=["gender"]), "by is one name"),
        (lambda study: study.outcome_difference("arrest", within=3), "within is a name or a list of names"),
        (lambda study: study.pooled_outcome_difference(["arrest"]), "outcome is one name"),
        (lambda study: study.pooled_outcome_difference("arrest", reference=["White"]), "reference is one name"),
        (lambda study: study.ratio(reference=["White"]), r"reference \['White'\] is several where one name is wanted"),
        (lambda study: study.share(None), "by is a name or a list of names, texts, and not None"),
        (lambda study: study.share(["gender", "gender"]), 'by names "gender" twice'),
        (lambda study: study.model_frame(["arrest"]), "outcome is one name"),
        (lambda study: study.share("area"), r"no column area; of places ask .*by_area\(\)"),
        (lambda study: study.outcome("arrest", by=["quarter"]), r'no column quarter.*study.trend\("arrest", over='),
    ],
)
def test_what_is_of_a_wrong_type_says_what_to_give(study, ask, said):
    with pytest.raises(ParameterError, match=said):
        ask(study)


# --- tables that are handed out ------------------------------------------------------------------------------


def tables_of(held):
    """The tables that can be had from something, by name."""
    names = [name for name in dir(type(held)) if not name.startswith("_")]
    kept = property | cached_property | _Field
    found = {name: getattr(held, name) for name in names if isinstance(inspect.getattr_static(held, name), kept)}
    found = {name: getattr(value, "frame", value) for name, value in found.items()}
    return {name: value for name, value in found.items() if isinstance(value, pd.DataFrame)}


def test_what_is_changed_in_a_table_changes_no_later_one(study):
    compared = sas.Comparison(study)
    for held in (study, compared, compared.by_force(), compared.by_area(), compared.base, compared.exposure):
        for name, table in tables_of(held).items():
            before = table.copy()
            for column in table.columns:
                table[column] = None
            table.index = range(1, len(table) + 1)
            table["more"] = 1
            assert tables_of(held)[name].equals(before), (type(held).__name__, name)
    for ask in (lambda: study.tallied("power"), compared.officer_bounds, lambda: study.rows_in("metropolitan")):
        table = ask()
        before = table.copy()
        table[table.columns[0]] = None
        assert ask().equals(before)


def test_a_copy_that_is_handed_out_shares_its_columns(study):
    one, other = study.records["latitude"].to_numpy(), study.records["latitude"].to_numpy()
    assert np.shares_memory(one, other)


# --- what is not there ----------------------------------------------------------------------------------------


def test_months_that_are_not_there_have_no_number_of_searches(study):
    gone = study.coverage.assign(status="no file")
    exposure = sas.Exposure.of(study.searches, gone, sas.denominator(study.coverage).residents)
    table = sas.search_rate(exposure, by="ethnicity_5")
    assert len(table) > 0
    assert table["numerator"].isna().all()
    assert sas.disproportionality_ratio(exposure)["numerator"].isna().all()
    assert sas.disproportionality_ratio(exposure, within="force").empty


def test_a_line_has_a_gap_where_a_month_is_missing(study):
    found = study.outcome("arrest", by="month")
    without = replace(found, frame=found.frame[found.frame["month"].ne("2018-06")])
    [line] = without.plot().axes[0].get_lines()
    assert np.isnan(line.get_ydata()).tolist() == [False, False, True, False, False, False]
    [one] = found.only(month="2018-06").plot().axes[0].get_lines()
    assert len(one.get_ydata()) == 1


# --- differences ------------------------------------------------------------------------------------------------


def test_groups_are_not_held_alike_in_what_they_are_compared_by(study):
    found = study.outcome_difference("arrest", by="gender", reference="Male").only(gender="Female").frame
    adjusted = found.set_index("measure").loc["outcome_difference_adjusted"]
    named = ["object_group", "power", "age_range", "month"]
    told = study.outcome_difference("arrest", by="gender", reference="Male", covariates=named).only(gender="Female")
    assert adjusted["estimate"] == told.frame["estimate"].iloc[-1]
    assert "gender is compared, and not held alike" in adjusted["note"]
    of_objects = study.outcome_difference("arrest", by="object_group", reference="Drugs").only(object_group="Weapons")
    assert of_objects.frame["estimate"].notna().all()
    assert of_objects.frame["note"].str.contains("not held alike").tolist() == [False, True, True]
    with pytest.raises(ParameterError, match="groups of gender cannot be compared among searches alike in gender"):
        study.outcome_difference("arrest", by="gender", reference="Male", covariates=["gender"])


def test_grounds_are_not_compared_by_themselves(study):
    with pytest.raises(ParameterError, match="ethnicity_5 cannot be both the column whose shares are compared and by"):
        study.ground_difference("ethnicity_5")


# --- a model ------------------------------------------------------------------------------------------------------


def test_a_model_frame_leaves_out_what_a_formula_cannot_use(real_data, tmp_path):
    """Essex lost the objects of seven months: their levels made the fit singular."""
    essex = sas.open_study("essex", "2020-07", "2020-11", raw=real_data / "archive", processed=tmp_path)
    frame = essex.model_frame("arrest", using=["month", "object_group"])
    assert frame["object_group"].notna().all()
    assert frame["month"].cat.categories.tolist() == frame["month"].unique().tolist()
    assert len(essex.model_frame("arrest")["month"].unique()) > len(frame["month"].cat.categories)
    fitted = smf.logit("arrest ~ C(month) + C(ethnicity_5)", frame).fit(disp=False)
    assert fitted.params.notna().all()
    with pytest.raises(ParameterError, match="is none of the frame"):
        essex.model_frame("arrest", using="outcome")
    with pytest.raises(DataError, match="no model with hour: no month of 5 may be used"):
        essex.model_frame("arrest", using="hour")


# --- a study where a table is wanted -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda study: sas.share_of_searches(study, "gender"),
            "the searches must be a table, .* not a Study; .*study.se",
        ),
        (lambda study: sas.Exposure(study, None, 1), "the counts must be a table"),
        (lambda study: sas.denominator(study), "the files must be a table.* of a study it is study.coverage"),
        (lambda study: sas.reconcile(study), "the counts must be a table.* of a study it is study.official"),
        (lambda study: sas.read_official(study.searches), "path is no name of a file but a DataFrame"),
    ],
)
def test_a_study_where_a_table_is_wanted_names_the_table(study, ask, said):
    with pytest.raises(ParameterError, match=said):
        ask(study)


def test_folders_are_not_mixed_and_files_are_no_folders(place, tmp_path):
    file = next(place["raw"].rglob("*metropolitan*.csv"))
    for given, said in (({"raw": file}, "is one file; name the folder"), ({"processed": place["raw"]}, "own")):
        with pytest.raises(ParameterError, match=said):
            sas.open_study("metropolitan", "2018-04", "2018-05", **(place | given))


def test_a_study_says_its_level_where_it_is_not_the_usual_one(study):
    assert "limits of the level 0.9" in repr(study.choosing(level=0.9))
    assert "level" not in repr(study)


def test_residents_of_areas_are_not_said_of_whole_forces(study, tmp_path):
    path, known = tmp_path / "r.csv", authority_residents(2011).rename(columns={"authority_code": "area_code"})
    known[["area_code", "ethnicity_5", "residents"]].to_csv(path, index=False)
    compared = sas.Comparison(study, residents_file=path)
    assert compared.source.startswith("Residents of all ages: interpolated")
    assert compared.source.endswith("; residents of areas: given by the user")
    assert compared.source_of(compared.rates) == sas.Comparison(study).source
    assert compared.source_of(compared.rates.assign(area="Southwark")) == "Residents: given by the user"


def test_a_figure_of_estimates_needs_no_more_than_these(study):
    found = study.outcome("arrest", by="ethnicity_5")
    axes = sas.charts.intervals(found).axes[0]
    assert axes.get_title("left").replace("\n", " ") == found.title
    assert "White" in [label.get_text() for label in axes.get_yticklabels()]
    assert sas.charts.intervals(found, title="Mine").axes[0].get_title("left") == "Mine"
    assert len(sas.charts.series(study.outcome("arrest", by=["month", "gender"])).axes[0].get_lines()) > 1
    with pytest.raises(TypeError, match="'by'"):
        sas.charts.intervals(study.outcome("arrest", by=["gender", "power"]))
