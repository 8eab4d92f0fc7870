import pandas as pd
import pytest

from sas_analysis.reference.forces import check_force, forces, population_problem, territorial_forces
from sas_analysis.reference.population import residents


def test_there_are_43_territorial_forces_btp_and_northern_ireland():
    table = forces()
    assert len(table) == 45
    assert table["force"].is_unique
    assert len(territorial_forces()) == 43
    assert set(table.loc[~table["territorial"], "force"]) == {"btp", "northern-ireland"}


def test_every_territorial_force_has_its_own_ons_area_code():
    codes = forces().query("territorial")["area_code"]
    assert codes.is_unique
    assert codes.str.fullmatch(r"E230000\d\d|W1500000\d").all()
    welsh = forces().query("area_code.str.startswith('W')")["force"]
    assert set(welsh) == {"dyfed-powys", "gwent", "north-wales", "south-wales"}


def test_no_name_or_alias_belongs_to_two_forces():
    table = forces().assign(aliases=forces()["aliases"].str.split(";")).explode("aliases")
    names = table.melt("force", ["official_name", "area_name", "home_office_name", "aliases"], value_name="name")
    owners = names[names["name"] != ""].groupby(names["name"].str.casefold())["force"].nunique()
    assert len(owners) > 100
    assert owners.eq(1).all()


def test_a_known_force_passes():
    check_force(*forces()["force"])


def test_an_unknown_force_is_told_what_was_meant_and_where_to_look():
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole text is compared
        check_force("met")
    assert str(error.value) == ('force "met" is unknown; did you mean "metropolitan"? See: sas-analysis forces')


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Metropolitan", '"metropolitan"'),
        ("METROPOLITAN POLICE SERVICE", '"metropolitan"'),
        ("Avon & Somerset", '"avon-and-somerset"'),
        ("avon_and_somerset", '"avon-and-somerset"'),
        ("London, City of", '"city-of-london"'),
        ("city of london police", '"city-of-london"'),
        ("British Transport Police", '"btp"'),
        ("gmp", '"greater-manchester"'),
        ("nothumbria", '"northumbria"'),
        ("north", '"north-wales", "north-yorkshire" or "northamptonshire"'),
    ],
)
def test_the_suggestion_knows_official_and_home_office_names(text, meant):
    with pytest.raises(ValueError, match="is unknown") as error:
        check_force(text)
    assert f"did you mean {meant}? See: sas-analysis forces" in str(error.value)


def test_nothing_is_suggested_for_a_text_like_no_force():
    with pytest.raises(ValueError, match=r'^force "atlantis" is unknown\. See: sas-analysis forces$'):
        check_force("atlantis")


def test_all_unknown_forces_are_told_at_once():
    with pytest.raises(ValueError, match=r"(?s)met.*kemt") as error:
        check_force("met", "kent", "kemt", "met")
    assert str(error.value).splitlines() == [
        'force "met" is unknown; did you mean "metropolitan"?',
        'force "kemt" is unknown; did you mean "kent"? See: sas-analysis forces',
    ]


def test_rates_per_resident_are_refused_where_residents_mean_nothing():
    refused = {force for force in forces()["force"] if population_problem(force)}
    assert refused == {"btp", "city-of-london", "northern-ireland"}


def test_the_reason_for_the_city_of_london_quotes_the_census():
    reason = population_problem("city-of-london")
    for census_year, figure in ((2021, "232 Black residents at the 2021 census"), (2011, "193 in 2011")):
        count = residents("city-of-london", census_year).set_index("ethnicity_5").loc["Black", "residents"]
        assert figure.startswith(f"{count} ")
        assert figure in reason


def test_the_population_problem_of_an_unknown_force_is_an_error_not_none():
    with pytest.raises(ValueError, match='did you mean "metropolitan"'):
        population_problem("met")


def test_changing_the_returned_table_changes_nothing_else():
    mine = forces()
    mine["force"] = "elsewhere"
    del mine["official_name"]
    assert len(forces()) == 45
    assert "elsewhere" not in set(forces()["force"])


def test_forces_are_those_of_the_reference_files(real_data):
    theirs = pd.read_csv(real_data / "reference" / "forces.csv", keep_default_na=False).set_index("force")
    ours = forces().set_index("force").loc[theirs.index]
    assert len(ours) == len(forces())
    pairs = {"official_name": "official_name", "area_code": "pfa_code", "area_name": "ons_pfa_name"}
    for our_name, their_name in pairs.items():
        assert ours[our_name].tolist() == theirs[their_name].tolist()
    named = theirs["home_office_name"] != ""
    assert ours.loc[named, "home_office_name"].tolist() == theirs.loc[named, "home_office_name"].tolist()


def test_every_home_office_name_of_the_official_tables_is_carried(real_data):
    names = set(forces()["home_office_name"])
    files = {"eff_by_force_5group_2006-07_to_2017-18": "geo", "eff_2022_23_force_black_white": "geography"}
    for file, column in files.items():
        found = pd.read_csv(real_data / "published" / f"{file}.csv")[column].unique()
        areas = {name for name in found if not name.startswith("All - ")}
        assert len(areas) == 44
        assert areas <= names
