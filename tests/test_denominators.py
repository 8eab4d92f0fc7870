"""Whose residents searches are divided by, and where dividing is refused."""

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
