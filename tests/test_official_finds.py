"""Find rates of the official tables, counted by hand on tables made here in the published layout."""

import pandas as pd
import pytest
from test_home_office import NEW, OLD, new_row, old_row, write_csv, write_ods

from sas_analysis.errors import DataError, ParameterError
from sas_analysis.measures.outcomes.official_finds import official_find_rate
from sas_analysis.reference.official.home_office import read_official

ROWS = [
    # White: 10 finds (2 of them ended in nothing), 29 without, 6 unknown, 5 of a vehicle alone.
    new_row(force="Metropolitan Police", searches=8, link="Linked", outcome="Arrest", age_group="18-24"),
    new_row(force="Metropolitan Police", searches=2, link=" LINKED ", outcome="No further action", age_group="18-24"),
    new_row(force="Dorset", searches=4, link="Not linked", outcome="Caution", age_group="10-17"),
    new_row(force="Dorset", searches=20, link="N/A", outcome="No Further Action", age_group="10-17"),
    new_row(force="Dorset", searches=5, link="", outcome="No further action", age_group="10-17"),
    new_row(force="Dorset", searches=3, link="", outcome="Arrest", age_group="10-17"),
    new_row(force="Dorset", searches=2, link="Unknown", outcome="No further action", age_group="10-17"),
    new_row(force="Dorset", searches=1, link="Martian", outcome="Arrest", age_group="10-17"),
    new_row(group="N/A - vehicle search", searches=5, link="Linked", outcome="Arrest"),
    # Black: 3 of 12.
    new_row(force="Metropolitan Police", group="Black or Black British", searches=3, link="Linked", outcome="Arrest"),
    new_row(force="Metropolitan Police", group="Black or Black British", searches=9, link="Not Linked", outcome="PND"),
]


@pytest.fixture
def table(tmp_path):
    return read_official(write_ods(tmp_path / "x.ods", {"open_data": [NEW, *ROWS]}))


def parts(found, by):
    rows = found.set_index(["measure", *by] if by else ["measure"])
    return {key: (row["numerator"], row["denominator"]) for key, row in rows.iterrows()}


def test_finds_are_the_linked_of_those_whose_link_is_known(table):
    found = official_find_rate(table, by="ethnicity")
    assert parts(found, ["ethnicity"]) == {
        ("official_find_rate", "White"): (10, 39),
        ("official_find_rate", "Black"): (3, 12),
        ("official_find_lowest", "White"): (10, 45),
        ("official_find_lowest", "Black"): (3, 12),
        ("official_find_highest", "White"): (16, 45),
        ("official_find_highest", "Black"): (3, 12),
    }
    white = found[found["ethnicity"].eq("White")].set_index("measure")
    assert white.loc["official_find_rate", "estimate"] == pytest.approx(10 / 39)
    note = white.loc["official_find_rate", "note"]
    assert "link unknown in 6 of 45 (13.3%)" in note
    assert "not known, counted as unknown: Martian" in note
    assert found["lower"].isna().all()


def test_all_together_and_by_force_with_the_metropolitan_police(table):
    assert parts(official_find_rate(table), [])["official_find_rate"] == (13, 51)
    by_force = parts(official_find_rate(table, by=["force"]), ["force"])
    assert by_force["official_find_rate", "metropolitan"] == (13, 22)
    assert by_force["official_find_rate", "dorset"] == (0, 29)
    assert by_force["official_find_highest", "dorset"] == (6, 35)
    by_two = official_find_rate(table, by=["force", "age"])
    assert parts(by_two, ["force", "age"])["official_find_rate", "metropolitan", "18-24"] == (10, 10)


def test_a_number_that_is_not_available_is_no_zero(tmp_path):
    rows = [new_row(searches="*", link="Linked"), new_row(searches=4, link="Not linked")]
    found = official_find_rate(read_official(write_csv(tmp_path / "x.csv", [NEW, *rows])), by="ethnicity")
    assert found["estimate"].isna().all()
    assert found["note"].str.contains("not available in the table").all()


def test_where_nothing_is_known_there_is_no_rate_and_the_bounds_are_all(tmp_path):
    rows = [new_row(searches=4, link="Unknown", outcome="Arrest")]
    found = official_find_rate(read_official(write_csv(tmp_path / "x.csv", [NEW, *rows]))).set_index("measure")
    assert pd.isna(found.loc["official_find_rate", "estimate"])
    assert "no search of which it is known" in found.loc["official_find_rate", "note"]
    assert found.loc[["official_find_lowest", "official_find_highest"], "estimate"].tolist() == [0, 1]


def test_what_cannot_be_asked_is_said(table, tmp_path):
    with pytest.raises(ParameterError, match="by is unknown: borough; choose from: ethnicity"):
        official_find_rate(table, by=["ethnicity", "borough"])
    with pytest.raises(DataError, match="no column link: it is published from 2020/21 on"):
        official_find_rate(read_official(write_csv(tmp_path / "old.csv", [OLD, old_row()])))
    with pytest.raises(DataError, match="no column for age"):
        official_find_rate(table.drop(columns="age"), by="age")
