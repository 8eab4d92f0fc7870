"""Whose residents searches are divided by, and where dividing is refused."""

from types import SimpleNamespace

import pandas as pd

from sas_analysis.measures.coverage import coverage_grid
from sas_analysis.reference.denominators import denominator


def files(forces, start, end, published=None):
    """A coverage grid in which every month (or those given) was published."""
    months = [str(month) for month in pd.period_range(start, end, freq="M")]
    rows = [{"force": force, "month": month, "rows": 9} for force in forces for month in published or months]
    return coverage_grid(pd.DataFrame(rows), forces=forces, start=start, end=end)


def residents(base, group, force):
    table = base.residents
    return int(table[table["ethnicity_5"].eq(group) & table["force"].eq(force)]["residents"].iloc[0])


def test_census_follows_the_official_series():
    assert denominator(files(["metropolitan"], "2018-04", "2018-09")).census_year == 2011
    assert denominator(files(["metropolitan"], "2020-04", "2020-09")).census_year == 2021
    assert denominator(files(["metropolitan"], "2020-04", "2020-09"), census_year=2011).census_year == 2011


def test_a_period_that_crosses_censuses_says_so():
    assert any("crosses" in note for note in denominator(files(["metropolitan"], "2020-01", "2020-06")).notes)
    assert "Chinese counted in Other" in denominator(files(["essex"], "2020-01", "2020-06"), chinese="Other").source


def test_months_that_were_not_published_do_not_decide_the_census():
    base = denominator(files(["essex"], "2019-12", "2020-04", published=["2019-12", "2020-01"]))
    assert base.census_year == 2011
    assert not base.notes


def test_another_base_than_the_official_one_is_said():
    base = denominator(files(["essex"], "2018-04", "2018-09"), census_year=2021)
    assert "official series divides by Census 2011" in base.notes[0]


def test_census_figures_of_the_met():
    # ONS KS201EW 2011, Metropolitan police area; Chinese are London's 124,250 less the City's 263.
    asian = denominator(files(["metropolitan"], "2018-04", "2018-09"))
    other = denominator(files(["metropolitan"], "2018-04", "2018-09"), chinese="Other")
    assert residents(asian, "Black", "metropolitan") == 1_088_447
    moved = residents(asian, "Asian", "metropolitan") - residents(other, "Asian", "metropolitan")
    assert moved == residents(other, "Other", "metropolitan") - residents(asian, "Other", "metropolitan") == 123_987


def test_city_of_london_is_refused_with_its_reason():
    base = denominator(files(["city-of-london"], "2018-04", "2018-09"))
    assert "City of London" in base.problem
    assert base.residents.empty
    counts = pd.DataFrame({"force": ["city-of-london"], "searches": [7]})
    assert base.of(counts).equals(counts)


def test_forces_without_residents_are_left_out_of_a_pool_and_named():
    base = denominator(files(["metropolitan", "btp", "city-of-london"], "2018-04", "2018-09"))
    assert base.problem is None
    assert base.forces == ["metropolitan"]
    assert "btp" in base.notes[0]
    assert "city-of-london" in base.notes[0]
    counts = pd.DataFrame({"force": pd.Categorical(["btp", "metropolitan"]), "searches": [7, 8]})
    assert base.of(counts)["searches"].tolist() == [8]


def area(code, name, problem=None):
    return SimpleNamespace(code=code, name=name, problem=problem)


SOUTHWARK = area("E09000028", "Southwark")


def test_residents_of_a_borough_are_those_of_the_census_of_the_period():
    base = denominator(files(["metropolitan"], "2018-04", "2018-09"), area=SOUTHWARK)
    assert (base.forces, base.census_year, base.area, base.problem) == (["metropolitan"], 2011, "Southwark", None)
    # ONS KS201EW 2011, Southwark: 288,283 usual residents, 77,511 of them Black.
    assert base.residents["residents"].sum() == 288_283
    assert residents(base, "Black", "metropolitan") == 77_511
    assert base.source.startswith("Residents of all ages of Southwark: Census 2011")
    assert denominator(files(["metropolitan"], "2021-04", "2021-09"), area=SOUTHWARK).census_year == 2021


def test_a_borough_with_residents_that_are_no_base_gets_no_rate():
    grid = files(["city-of-london", "metropolitan"], "2018-04", "2018-09")
    base = denominator(grid, area=area("E09000001", "City of London"))
    assert "hardly anyone lives in the City of London" in base.problem
    assert base.forces == []


def test_searches_by_other_forces_are_in_no_rate_of_a_borough():
    grid = files(["metropolitan", "essex"], "2018-04", "2018-09")
    base = denominator(grid, area=SOUTHWARK)
    assert base.forces == ["metropolitan"]
    assert "Searches in Southwark by other forces (essex) are in no rate or ratio." in base.notes
    assert set(base.of(grid)["force"]) == {"metropolitan"}
    other = denominator(files(["essex"], "2018-04", "2018-09"), area=SOUTHWARK)
    assert other.problem == "Southwark is policed by Metropolitan Police Service, and the searches are by essex"


def test_an_authority_that_a_census_does_not_have_gets_no_rate():
    grid = files(["thames-valley"], "2018-04", "2018-09")
    base = denominator(grid, area=area("E06000060", "Buckinghamshire"))
    assert "Census 2011 has no authority E06000060 (Buckinghamshire)" in base.problem
    assert denominator(grid, census_year=2021, area=area("E06000060", "Buckinghamshire")).problem is None
    gone = denominator(files(["thames-valley"], "2021-04", "2021-09"), area=area("E07000004", "Aylesbury Vale"))
    assert "Census 2021 has no authority E07000004" in gone.problem


def test_an_authority_whose_code_changed_is_found_by_its_name_and_that_is_said():
    grid = files(["northumbria"], "2018-04", "2018-09")
    now = denominator(grid, census_year=2021, area=area("E06000048", "Northumberland"))  # its code to 2013
    assert now.problem is None
    assert now.residents["residents"].sum() > 300_000
    assert "The census has Northumberland under the code E06000057, the boundaries under E06000048." in now.notes


def test_too_few_locations_and_an_authority_without_residents_are_problems():
    grid = files(["metropolitan"], "2018-04", "2018-09")
    assert denominator(grid, area=area(*("E09000028", "Southwark"), "too few")).problem == "too few"
    assert "no census residents of Fife" in denominator(grid, area=area("S12000047", "Fife")).problem
