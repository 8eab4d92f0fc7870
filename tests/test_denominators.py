"""Whose residents searches are divided by, and where dividing is refused."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.coverage import coverage_grid
from sas_analysis.records.locate import StudyArea
from sas_analysis.reference.areas import Layer
from sas_analysis.reference.denominators import denominator


def files(forces, start, end, published=None):
    """A coverage grid in which every month (or those given) was published."""
    months = [str(month) for month in pd.period_range(start, end, freq="M")]
    rows = [{"force": force, "month": month, "rows": 9} for force in forces for month in published or months]
    return coverage_grid(pd.DataFrame(rows), forces=forces, start=start, end=end)


def residents(base, group, force):
    table = base.residents
    return float(table[table["ethnicity_5"].eq(group) & table["force"].eq(force)]["residents"].iloc[0])


def test_residents_are_those_of_the_middle_of_the_period():
    base = denominator(files(["metropolitan"], "2018-01", "2018-09"))
    assert (base.name, base.census_year, base.official_name) == ("Interpolated", 0, "Census 2011")
    assert base.source.startswith(
        "Residents of all ages: interpolated between Census 2011 and Census 2021 to 2018-05, Office"
    )
    assert base.notes == [
        "Residents are interpolated between Census 2011 and Census 2021 to 2018-05, the middle of the months that "
        "count. The official series divides by Census 2011 in this period; the ratio on that count of residents is "
        "given too."
    ]
    # By hand: mid-May 2018 is 7.125 of the ten years after April 2011.
    first, last = (
        residents(denominator(files(["metropolitan"], "2018-01", "2018-09"), census_year=year), "Black", "metropolitan")
        for year in (2011, 2021)
    )
    assert residents(base, "Black", "metropolitan") == pytest.approx(first * (last / first) ** 0.7125, rel=1e-9)


def test_the_official_base_is_asked_for_by_its_year():
    for start, end, official in (("2018-04", "2018-09", 2011), ("2020-04", "2020-09", 2021)):
        grid = files(["metropolitan"], start, end)
        assert denominator(grid).official_year == official
        base = denominator(grid, census_year=official)
        assert (base.census_year, base.name, base.notes) == (official, f"Census {official}", [])
        assert base.source.startswith(f"Residents of all ages: Census {official}, Office for National Statistics")


def test_after_the_last_census_residents_are_those_of_that_census():
    base = denominator(files(["metropolitan"], "2022-01", "2022-06"))
    assert (base.census_year, base.name, base.around) == (2021, "Census 2021", None)
    assert base.notes == ["Residents are those of Census 2021: no later census is carried."]
    assert residents(base, "Black", "metropolitan") == residents(
        denominator(files(["metropolitan"], "2022-01", "2022-06"), census_year=2021), "Black", "metropolitan"
    )


def test_a_period_that_crosses_censuses_says_so():
    first, note = denominator(files(["metropolitan"], "2020-01", "2020-06")).notes
    assert first.startswith("Residents are interpolated between")
    assert note.endswith("here the official base is Census 2021, that of the last month, for the whole period.")
    assert "Chinese counted in Other" in denominator(files(["essex"], "2020-01", "2020-06"), chinese="Other").source


def test_months_that_were_not_published_do_not_decide_the_time():
    base = denominator(files(["essex"], "2019-12", "2020-04", published=["2019-12", "2020-01"]))
    assert base.official_year == 2011
    assert base.month == "2020-01"
    assert not any("crosses" in note for note in base.notes)


def test_another_base_than_the_official_one_is_said():
    base = denominator(files(["essex"], "2018-04", "2018-09"), census_year=2021)
    assert "official series divides by Census 2011" in base.notes[0]


def test_census_figures_of_the_met():
    # ONS KS201EW 2011, Metropolitan police area; Chinese are London's 124,250 less the City's 263.
    grid = files(["metropolitan"], "2018-04", "2018-09")
    asian, other = (denominator(grid, census_year=2011, chinese=chinese) for chinese in ("Asian", "Other"))
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
    assert base.notes[1].startswith("Left out of rates and ratios: British Transport Police polices the railways and ")
    assert not any("btp" in note for note in base.notes)
    assert "hardly anyone lives in the City of London" in base.notes[1]
    counts = pd.DataFrame({"force": pd.Categorical(["btp", "metropolitan"]), "searches": [7, 8]})
    assert base.of(counts)["searches"].tolist() == [8]


def area(code, name, problem=None, within=""):
    layer = Layer(Path("a.geojson"), "", [code], [name], np.empty(1, dtype=object), within=[within])
    return StudyArea(code, name, SimpleNamespace(layer=layer), problem)


SOUTHWARK = area("E09000028", "Southwark")


def test_a_ward_with_the_name_of_an_authority_has_none_of_its_residents():
    ward = area("E05000001", "Southwark", within="E09000028")
    base = denominator(files(["metropolitan"], "2018-01", "2018-09"), area=ward)
    assert base.problem.startswith("no residents of wards are carried: give them as residents_file")
    given = pd.DataFrame({"area_code": "E05000001", "ethnicity_5": ["White", "Black"], "residents": [100.0, 50.0]})
    own = denominator(files(["metropolitan"], "2018-01", "2018-09"), area=ward, own=given)
    assert (own.problem, own.name, own.forces) == (None, "User's", ["metropolitan"])
    assert own.residents["residents"].tolist() == [100, 50]
    assert own.notes == ["Residents are the user's own, and the same at every time."]


def test_residents_of_a_borough_are_interpolated_too():
    grid = files(["metropolitan"], "2018-01", "2018-09")
    base, first, last = (denominator(grid, area=SOUTHWARK, census_year=year) for year in (None, 2011, 2021))
    assert (base.forces, base.census_year, base.area, base.problem) == (["metropolitan"], 0, "Southwark", None)
    assert "of Southwark: interpolated between Census 2011 and Census 2021 to 2018-05" in base.source
    start, end, now = (residents(table, "Black", "metropolitan") for table in (first, last, base))
    assert now == pytest.approx(start * (end / start) ** 0.7125, rel=1e-9)


def test_residents_of_a_borough_are_those_of_the_census_asked_for():
    base = denominator(files(["metropolitan"], "2018-04", "2018-09"), census_year=2011, area=SOUTHWARK)
    assert (base.forces, base.census_year, base.area, base.problem) == (["metropolitan"], 2011, "Southwark", None)
    # ONS KS201EW 2011, Southwark: 288,283 usual residents, 77,511 of them Black.
    assert base.residents["residents"].sum() == 288_283
    assert residents(base, "Black", "metropolitan") == 77_511
    assert base.source.startswith("Residents of all ages of Southwark: Census 2011")


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


def test_an_authority_that_the_census_asked_for_does_not_have_gets_no_rate():
    grid = files(["thames-valley"], "2018-04", "2018-09")
    base = denominator(grid, census_year=2011, area=area("E06000060", "Buckinghamshire"))
    assert "Census 2011 has no authority E06000060 (Buckinghamshire)" in base.problem
    gone = denominator(grid, census_year=2021, area=area("E07000004", "Aylesbury Vale"))
    assert "Census 2021 has no authority E07000004" in gone.problem


@pytest.mark.parametrize("period", [("2018-04", "2018-09"), ("2021-06", "2021-09")])
@pytest.mark.parametrize(
    ("code", "name", "year"), [("E06000060", "Buckinghamshire", 2021), ("E07000004", "Aylesbury Vale", 2011)]
)
def test_an_authority_of_one_census_takes_that_census_and_says_so(period, code, name, year):
    base = denominator(files(["thames-valley"], *period), area=area(code, name))
    assert (base.problem, base.census_year) == (None, year)
    assert base.source.startswith(f"Residents of all ages of {name}: Census {year}, ")
    other = {2011: 2021, 2021: 2011}[year]
    if base.official_year == year == 2021 and period[0] > "2021":
        return  # the last census is the one that is taken anyway
    assert base.notes == [
        f"Of the censuses, {name} is in that of {year} only: its residents are those of Census {year}."
    ]
    assert denominator(files(["thames-valley"], *period), census_year=other, area=area(code, name)).problem


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


def test_where_no_month_counts_nothing_is_said_of_what_searches_are_divided_by():
    base = denominator(files(["essex"], "2019-12", "2020-04", published=["2021-01"]))
    assert (base.month, base.notes) == ("2020-02", [])
