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


LAST = max(census_years())
NEW = LAST + 10  # a census that is not carried yet


@pytest.fixture
def with_a_new_census(monkeypatch):
    """A census with twice the residents of the last, which the official series takes from April of the year before."""
    made = {name: _table(name) for name in ("census", "population_force", "population_authority")}
    row = {"census_year": f"{NEW}", "day": f"{NEW}-03-23", "official_from": f"{NEW - 1}-04"}
    row |= {"chinese": "Asian", "source": "made"}
    tables = {"census": pd.concat([made["census"], pd.DataFrame([row])], ignore_index=True)}
    for name in ("population_force", "population_authority"):
        more = made[name][made[name]["census_year"].eq(str(LAST))].assign(census_year=str(NEW))
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


@pytest.mark.usefixtures("with_a_new_census")
def test_a_new_census_is_a_row_and_its_residents():
    assert census_years()[-2:] == (LAST, NEW)
    last, new = (population.residents(FORCES, year)["residents"].sum() for year in (LAST, NEW))
    assert new == 2 * last
    codes = [set(authorities.authority_residents(year)["authority_code"]) for year in (LAST, NEW)]
    assert codes[0] == codes[1]
    before, first = f"{NEW - 1}-03", f"{NEW - 1}-04"
    assert population.census_base(before, before)[:2] == (LAST, "ethnicity_5")
    base = population.census_base(before, first)
    assert base.year == NEW
    assert f"crosses April {NEW - 1}, where the official series changes from Census {LAST} (Chinese in As" in base.note
    between = interpolated_residents(FORCES, NEW - 5)["residents"]
    assert between.sum() == pytest.approx(last * 2**0.5)
    people = interpolated_residents(FORCES, 2016)["residents"].sum()
    assert (
        population.residents(FORCES, 2011)["residents"].sum()
        < people
        < population.residents(FORCES, 2021)["residents"].sum()
    )
    names = [base.name for base in bases.bases_of_forces(FORCES, first, f"{NEW - 1}-09")]
    assert names[: names.index("Interpolated")] == [f"Census {year}" for year in reversed(census_years())]
    assert names[-1] != "Interpolated"
