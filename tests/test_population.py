import pandas as pd
import pytest

from sas_analysis.records.labels import crosswalk
from sas_analysis.reference import _table
from sas_analysis.reference.census import census_years
from sas_analysis.reference.forces import territorial_forces
from sas_analysis.reference.population import GROUPS_5, census_base, residents


def total(census_year):
    return residents(territorial_forces(), census_year, by="force")["residents"].sum()


def test_census_2021_ts021_england_and_wales():
    # The published total is 59,597,542; the cells sum to 36 more, because ONS perturbs cells.
    assert total(2021) == 59_597_578


def test_census_2011_ks201_england_and_wales():
    assert total(2011) == 56_075_912


@pytest.mark.parametrize(
    ("census_year", "by", "white", "black"),
    [(2021, "ethnicity_5", 48_699_231, 2_409_283), (2011, "ethnicity_5_2001", 48_209_395, 1_864_890)],
)
def test_residents_printed_with_the_national_rates(census_year, by, white, black):
    found = residents(territorial_forces(), census_year, by=by).set_index(by)["residents"]
    assert (found["White"], found["Black"]) == (white, black)


def test_detailed_groups_printed_with_the_national_rates_of_2019_20():
    found = residents(territorial_forces(), 2011, by="self_defined_ethnicity")
    found = found.set_index("self_defined_ethnicity")["residents"]
    printed = {"African": 989_628, "Caribbean": 594_825, "White and Black African": 165_974}
    assert found[list(printed)].to_dict() == printed
    assert found["White and Black Caribbean"] == 426_715


def test_the_census_of_2011_has_18_groups_and_that_of_2021_19():
    groups = {year: residents("kent", year, by="self_defined_ethnicity") for year in (2011, 2021)}
    names = {year: set(table["self_defined_ethnicity"]) for year, table in groups.items()}
    assert {year: len(table) for year, table in groups.items()} == {2011: 18, 2021: 19}
    assert names[2021] - names[2011] == {"Roma"}


@pytest.mark.parametrize("census_year", [2011, 2021])
def test_chinese_is_asian_or_other_and_nothing_else_moves(census_year):
    detail = residents("metropolitan", census_year, by="self_defined_ethnicity")
    chinese = detail.set_index("self_defined_ethnicity").loc["Chinese", "residents"]
    new = residents("metropolitan", census_year, by="ethnicity_5").set_index("ethnicity_5")["residents"]
    old = residents("metropolitan", census_year, by="ethnicity_5_2001")
    old = old.set_index("ethnicity_5_2001")["residents"]
    moved = {"White": 0, "Mixed": 0, "Asian": -chinese, "Black": 0, "Other": chinese}
    assert chinese > 0
    assert (old - new).to_dict() == moved


def test_groups_come_in_the_order_of_the_census():
    for by in ("ethnicity_5", "ethnicity_5_2001"):
        assert tuple(residents("kent", 2021, by=by)[by]) == GROUPS_5
    detail = residents("kent", 2021, by="self_defined_ethnicity")["self_defined_ethnicity"]
    assert detail.tolist() == _table("ethnic_groups")["self_defined_ethnicity"].tolist()


def test_several_forces_are_added_up_unless_asked_for_apart():
    together = residents(["kent", "essex", "kent"], 2021)
    apart = residents(["kent", "essex"], 2021, by=["force", "ethnicity_5"])
    assert len(apart) == 10
    summed = apart.groupby("ethnicity_5")["residents"].sum()
    assert together.set_index("ethnicity_5")["residents"].to_dict() == summed.to_dict()


def test_the_groups_and_groupings_are_those_of_the_clean_table():
    columns = ["standard", "ethnicity_5", "ethnicity_5_2001"]
    crossed = crosswalk("self_defined_ethnicity").query("ethnicity_5 != 'Unknown'")[columns].drop_duplicates()
    ours = _table("ethnic_groups")[["self_defined_ethnicity", "ethnicity_5", "ethnicity_5_2001"]]
    assert set(crossed.itertuples(index=False, name=None)) <= set(ours.itertuples(index=False, name=None))
    assert len(crossed) >= 18


def test_residents_can_be_merged_with_the_clean_tables_labels():
    searches = pd.DataFrame({"ethnicity_5": pd.Categorical(["White", "Black", "Unknown"])})
    merged = searches.merge(residents("kent", 2021), how="left")
    assert merged["residents"].notna().tolist() == [True, True, False]


def test_all_faults_of_a_request_are_told_at_once():
    with pytest.raises(ValueError, match="unknown") as error:
        residents(["met", "btp", "northern-ireland"], 2001, by=["age_range"])
    text = str(error.value)
    assert 'did you mean "metropolitan"?' in text
    assert "British Transport Police polices the railways and has no residents" in text
    assert "Northern Ireland is outside the census of England and Wales" in text
    assert f"census 2001 is not carried; {' and '.join(map(str, census_years()))} are" in text
    assert "not known by age_range; choose from: force, self_defined_ethnicity, ethnicity_5" in text


def test_no_force_is_no_request():
    with pytest.raises(ValueError, match="no force was given"):
        residents([], 2021)


def test_no_column_is_no_request():
    with pytest.raises(ValueError, match="not known by nothing"):
        residents("kent", 2021, by=[])


def test_changing_the_returned_table_changes_nothing_else():
    before = residents("kent", 2021)
    mine = residents("kent", 2021)
    mine["residents"] = 0
    pd.testing.assert_frame_equal(residents("kent", 2021), before)


@pytest.mark.parametrize(
    ("months", "year", "column"),
    [
        (("2015-03",), 2011, "ethnicity_5_2001"),
        (("2020-03",), 2011, "ethnicity_5_2001"),
        (("2020-04",), 2021, "ethnicity_5"),
        (("2019-04", "2020-03"), 2011, "ethnicity_5_2001"),
        (("2020-04", "2021-03"), 2021, "ethnicity_5"),
    ],
)
def test_the_base_of_the_official_series(months, year, column):
    assert census_base(*months) == (year, column, None)


def test_a_period_across_april_2020_takes_the_base_of_its_last_month_and_says_so():
    base = census_base("2020-03", "2020-04")
    assert base[:2] == (2021, "ethnicity_5")
    assert "2020-03 to 2020-04 crosses April 2020" in base.note
    assert "here the official base is Census 2021, that of the last month" in base.note


@pytest.mark.parametrize("months", [("2020-4",), ("2020-13",), ("2020",), ("April 2020", "2020-05")])
def test_what_is_not_a_month_is_refused(months):
    with pytest.raises(ValueError, match=f'"{months[0]}" is not a month; write it like 2019-04'):
        census_base(*months)


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match=r"ends \(2020-01\) before it begins \(2020-02\)"):
        census_base("2020-02", "2020-01")


def test_census_residents_by_force_cell_by_cell(real_data):
    theirs = pd.read_csv(real_data / "reference" / "population_pfa.csv")
    groups = _table("ethnic_groups")
    labels = groups.melt("self_defined_ethnicity", ["census_2011_label", "census_2021_label"])
    labels["census_year"] = labels.pop("variable").str.extract(r"(\d+)", expand=False).astype(int)
    theirs = theirs.merge(labels, left_on=["census_year", "ethnic_group_detailed"], right_on=["census_year", "value"])
    ours = pd.concat(
        residents(territorial_forces(), year, by=["force", "self_defined_ethnicity"]).assign(census_year=year)
        for year in (2011, 2021)
    )
    both = ours.merge(theirs, on=["census_year", "force", "self_defined_ethnicity"], how="outer")
    assert len(both) == len(theirs) == 43 * 18 + 43 * 19
    assert (both["residents"] == both["population"]).all()
    fives = groups.set_index("self_defined_ethnicity")["ethnicity_5"]
    assert (theirs["self_defined_ethnicity"].map(fives) == theirs["ethnic_group_5"]).all()
