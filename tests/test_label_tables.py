"""The label crosswalks: each is whole and consistent, and knows every label of the real records."""

import csv
from importlib import resources

import pandas as pd
import pytest

FOLDER = resources.files("sas_analysis.records") / "labels"

# What each crosswalk derives from a label, and all the values that may have.
ETHNICITY_5 = {"White", "Mixed", "Asian", "Black", "Other"}
OBJECTS = {"Drugs", "Weapons", "Firearms", "Stolen property", "Going equipped", "Criminal damage", "Other"}
OUT_OF_COURT = {"Community resolution", "Khat or cannabis warning", "Penalty notice", "Caution"}
NUMBERS = {"W": "1239", "M": "1239", "A": "12349", "B": "129", "O": "29"}
CODES_18_1 = {letter + number for letter, numbers in NUMBERS.items() for number in numbers} | {"NS"}
TRUTH = {"True", "False"}
DERIVED = {
    "type": {},
    "gender": {},
    "age_range": {},
    "yes_no": {},
    "self_defined_ethnicity": {
        "code": CODES_18_1,
        "ethnicity_5": ETHNICITY_5 | {"Unknown"},
        "ethnicity_5_2001": ETHNICITY_5 | {"Unknown"},
        "status": {"stated", "not stated"},
    },
    "officer_defined_ethnicity": {"ethnicity_5": ETHNICITY_5},
    "legislation": {
        "power": {"Reasonable grounds", "Section 60", "Other without suspicion"},
        "object_group_expected": {"", "Drugs", "Weapons", "Firearms", "Stolen property", "Other"},
    },
    "object_of_search": {"object_group": OBJECTS | {"Not recorded"}},
    "outcome": {
        "positive_outcome": TRUTH,
        "arrest": TRUTH | {""},  # an article found, its outcome unavailable: nobody knows
        "outcome_group": OUT_OF_COURT | {"No further action", "Arrest", "Summons or charge by post", "Other"},
    },
}
PUBLISHED = {
    "Type": "type",
    "Part of a policing operation": "yes_no",
    "Gender": "gender",
    "Age range": "age_range",
    "Self-defined ethnicity": "self_defined_ethnicity",
    "Officer-defined ethnicity": "officer_defined_ethnicity",
    "Legislation": "legislation",
    "Object of search": "object_of_search",
    "Outcome": "outcome",
    "Outcome linked to object of search": "yes_no",
    "Removal of more than just outer clothing": "yes_no",
}
# Detailed groups as in the data dictionary; "Roma" is a census group that no force has published.
DETAIL = {
    *["White British", "White Irish", "Gypsy or Irish Traveller", "Any other White background"],
    *["White and Black Caribbean", "White and Black African", "White and Asian"],
    *["Any other Mixed background", "Indian", "Pakistani", "Bangladeshi", "Chinese"],
    *["Any other Asian background", "African", "Caribbean", "Any other Black background"],
    *["Arab", "Any other ethnic group", "Not stated"],
}

each_table = pytest.mark.parametrize("name", DERIVED)


def _table(name: str) -> pd.DataFrame:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return pd.read_csv(stream, dtype=str, keep_default_na=False)


def test_every_table_is_described_here():
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.csv" for name in DERIVED}


@each_table
def test_file_is_plain_utf8_with_unix_line_ends(name):
    content = (FOLDER / f"{name}.csv").read_bytes()
    assert content.decode("utf-8").startswith("raw,standard,")
    assert content.endswith(b"\n")
    assert b"\r" not in content


@each_table
def test_columns_and_their_values(name):
    table = _table(name)
    assert list(table) == ["raw", "standard", *DERIVED[name], "era", "source"]
    assert {column: set(table[column]) for column in DERIVED[name]} == DERIVED[name]


@each_table
def test_only_the_expected_object_may_be_blank_and_one_arrest(name):
    table = _table(name)
    blank = table.drop(columns=["object_group_expected", "arrest"], errors="ignore").eq("").any()
    assert not blank.any(), blank[blank].index.tolist()
    if "arrest" in table:
        assert table.loc[table["arrest"].eq(""), "raw"].tolist() == ["Article found - Detailed outcome unavailable"]


@each_table
def test_a_label_has_one_row_whatever_its_case_and_spacing(name):
    key = _table(name)["raw"].str.split().str.join(" ").str.casefold()
    assert key[key.duplicated()].tolist() == []


@each_table
def test_a_standard_label_means_one_thing(name):
    meanings = _table(name)[["standard", *DERIVED[name]]].drop_duplicates()["standard"]
    assert meanings[meanings.duplicated()].tolist() == []


@pytest.mark.parametrize("name", [name for name in DERIVED if name != "self_defined_ethnicity"])
def test_standard_labels_are_those_published_now(name):
    table = _table(name)
    current = set(table.loc[~table["era"].str.contains("to "), "raw"])
    # A label with no successor stands for itself.
    no_successor = {"Article found - Detailed outcome unavailable"} if name == "outcome" else set()
    why = 'a label published now stands for itself; one that gave way to another has an era that ends, "to 2018"'
    assert set(table["standard"]) == current | no_successor, why
    unchanged = table[table["raw"].isin(current)]
    assert unchanged["raw"].equals(unchanged["standard"])


@each_table
def test_era_and_source(name):
    table = _table(name)
    assert table["era"].str.fullmatch(r"all|(from |to |20\d\d to )20\d\d").all()
    assert not table["source"].str.contains("://|localhost|^/", regex=True).any()


def test_detailed_ethnic_groups():
    table = _table("self_defined_ethnicity")
    assert set(table["standard"]) == DETAIL
    assert table.groupby("standard")["code"].nunique().eq(1).all()


def test_2001_groups_differ_for_chinese_alone():
    table = _table("self_defined_ethnicity")
    moved = table[table["ethnicity_5"] != table["ethnicity_5_2001"]]
    assert set(moved["standard"]) == {"Chinese"}
    assert set(moved["ethnicity_5"]) == {"Asian"}
    assert set(moved["ethnicity_5_2001"]) == {"Other"}


def test_not_stated_is_unknown_and_nothing_else_is():
    table = _table("self_defined_ethnicity")
    for column, value in [("status", "not stated"), ("code", "NS"), ("ethnicity_5", "Unknown")]:
        assert set(table.loc[table[column].eq(value), "standard"]) == {"Not stated"}, column


def test_codes_agree_with_those_printed_in_labels():
    table = _table("self_defined_ethnicity")
    printed = table["raw"].str.extract(r"\((\w\w)\)$")[0]
    differ = table[printed.notna() & printed.ne(table["code"])]
    # The 16+1 system numbered Chinese O1; the 18+1 system numbers it A4.
    assert differ[["standard", "code"]].to_numpy().tolist() == [["Chinese", "A4"]]
    assert printed.notna().sum() == 17


def test_positive_outcome_is_all_but_no_further_action():
    table = _table("outcome")
    assert table["positive_outcome"].eq("False").equals(table["outcome_group"].eq("No further action"))
    assert table["arrest"].eq("True").equals(table["outcome_group"].eq("Arrest"))
    said_so = table["raw"].str.contains("no further action", case=False)
    assert said_so.equals(table["positive_outcome"].eq("False"))


def test_every_label_of_the_real_records_is_known(real_data):
    found = {column: set() for column in PUBLISHED}
    files = sorted((real_data / "stops").glob("*/*-stop-and-search.csv"))
    assert files
    for path in files:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                for column, labels in found.items():
                    labels.add(row[column])
    known = {column: {"", *_table(name)["raw"]} for column, name in PUBLISHED.items()}
    missing = {(column, label) for column in found for label in found[column] - known[column]}
    assert missing == set()
