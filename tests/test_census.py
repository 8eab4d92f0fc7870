"""The censuses are rows of a table: a new one is a row and its residents."""

import pandas as pd
import pytest

from sas_analysis.measures.residents import bases
from sas_analysis.reference import _table, age_sex, authorities, census, population
from sas_analysis.reference.census import census_years, censuses, in_words, official_census
from sas_analysis.reference.interpolate import interpolated_residents

FORCES = ["essex", "kent"]


def test_census_days_and_tables_are_those_of_the_ons():
    assert [(c.year, c.day, c.source) for c in censuses()] == [
        (2011, "2011-03-27", "ONS KS201EW"),
        (2021, "2021-03-21", "ONS TS021"),
    ]
    assert [c.month for c in censuses()] == ["March 2011", "March 2021"]
    assert in_words("2020-04") == "April 2020"


@pytest.mark.parametrize(
    ("month", "year"), [("2006-04", 2011), ("2020-03", 2011), ("2020-04", 2021), ("2030-01", 2021)]
)
def test_the_official_series_changes_its_census_in_april_2020(month, year):
    assert official_census(month).year == year


@pytest.fixture
def with_census_2031(monkeypatch):
    """A census of 2031 with twice the residents of 2021, which the official series takes from April 2030."""
    made = {name: _table(name) for name in ("census", "population_force", "population_authority")}
    row = {"census_year": "2031", "day": "2031-03-23", "official_from": "2030-04", "chinese": "Asian", "source": "made"}
    tables = {"census": pd.concat([made["census"], pd.DataFrame([row])], ignore_index=True)}
    for name in ("population_force", "population_authority"):
        more = made[name][made[name]["census_year"].eq("2021")].assign(census_year="2031")
        counts = [column for column in more if column not in ("force", "census_year", "authority", "authority_code")]
        more[counts] = more[counts].map(lambda count: str(2 * int(count)) if count else "")
        tables[name] = pd.concat([made[name], more], ignore_index=True)
    caches = (censuses, population._cells, authorities._authorities)
    for module in (census, population, authorities, age_sex):
        monkeypatch.setattr(module, "_table", lambda name: tables.get(name, _table(name)))
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("with_census_2031")
def test_a_new_census_is_a_row_and_its_residents():
    assert census_years() == (2011, 2021, 2031)
    last, new = (population.residents(FORCES, year)["residents"].sum() for year in (2021, 2031))
    assert new == 2 * last
    assert authorities.authority_residents(2031)["authority_code"].nunique() == 331
    assert population.census_base("2030-03", "2030-03")[:2] == (2021, "ethnicity_5")
    base = population.census_base("2030-03", "2030-04")
    assert base.year == 2031
    assert "crosses April 2030, where the official series changes from Census 2021 (Chinese in Asian)" in base.note
    between = interpolated_residents(FORCES, 2026)["residents"]
    assert between.sum() == pytest.approx(last * 2**0.5)
    before = interpolated_residents(FORCES, 2016)["residents"].sum()
    assert population.residents(FORCES, 2011)["residents"].sum() < before < last
    names = [base.name for base in bases.bases_of_forces(FORCES, "2030-04", "2030-09")]
    assert names[:5] == ["Census 2031", "Census 2021", "Census 2011", "Interpolated", "Aged 10-34, 2011"]
