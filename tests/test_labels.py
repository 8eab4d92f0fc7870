"""Labels to one vocabulary: blank, not stated and never seen are three facts (crosswalks: test_label_tables)."""

import pandas as pd
import pyarrow as pa
import pytest

from sas_analysis.records import labels

MADE = [(raw, clean) for raw, (_, made) in labels.CROSSWALKS.items() for clean in made]
TRUTH = {
    *("part_of_policing_operation", "positive_outcome", "arrest"),
    *("outcome_linked_to_object", "more_than_outer_clothing"),
}
NOTHING_FOUND, NO_FURTHER_ACTION = "Nothing found - no further action", "A no further action disposal"
GROUPS = ("White", "Mixed", "Asian", "Black", "Other", "Unknown")


def made_of(column, *raw):
    """The clean columns of some raw labels: {column: values}."""
    published = pd.Categorical(raw)
    made = {name: labels.standardise(name, published) for name in labels.CROSSWALKS[column][1]}
    return {name: [None if value is pd.NA else value for value in values] for name, values in made.items()}


@pytest.mark.parametrize(("raw", "clean"), MADE)
def test_every_label_of_a_crosswalk_becomes_what_its_row_says(raw, clean):
    name, made = labels.CROSSWALKS[raw]
    table = labels.crosswalk(name)
    said = table[made[clean]].tolist()
    expected = [{"True": True, "False": False, "": None}[value] for value in said] if clean in TRUTH else said
    assert made_of(raw, *table["raw"])[clean] == expected
    assert made_of(raw, *(f"  {label.upper()} ".replace(" ", "  ") for label in table["raw"]))[clean] == expected


@pytest.mark.parametrize(("raw", "clean"), MADE)
def test_blank_and_unseen_are_neither_each_other_nor_any_label(raw, clean):
    blank, space, unseen = made_of(raw, "", " \xa0", "a label of tomorrow")[clean]
    if clean in TRUTH:
        assert (blank, space, unseen) == (None, None, None)
    elif clean in ("ethnicity_5", "ethnicity_5_2001", "officer_ethnicity_5"):
        assert (blank, space, unseen) == ("Unknown", "Unknown", "Unknown")
    else:
        assert (blank, space, unseen) == ("Not recorded", "Not recorded", "Unrecognised label")


def test_not_stated_is_unknown_and_said_to_be_not_stated():
    stated = made_of("self_defined_ethnicity", "Other ethnic group - Not stated", "Not Stated (NS)")
    assert stated["self_defined_ethnicity"] == ["Not stated"] * 2
    assert stated["ethnicity_5"] == stated["ethnicity_5_2001"] == ["Unknown"] * 2


@pytest.mark.parametrize(
    ("column", "old", "current", "standard"),
    [
        ("outcome", NOTHING_FOUND, NO_FURTHER_ACTION, NO_FURTHER_ACTION),
        ("outcome", "Suspect arrested", "Arrest", "Arrest"),
        ("outcome", "Offender given drugs possession warning", "Khat or Cannabis warning", "Khat or Cannabis warning"),
        ("outcome", "Local resolution", "Community resolution", "Community resolution"),
        ("outcome", "Suspect summonsed to court", "Summons / charged by post", "Summons / charged by post"),
        ("self_defined_ethnicity", "Not Stated (NS)", "Other ethnic group - Not stated", "Not stated"),
        (
            "self_defined_ethnicity",
            "Chinese or other ethnic group - Chinese (O1)",
            "Asian/Asian British - Chinese",
            "Chinese",
        ),
        (
            "self_defined_ethnicity",
            "White - White British (W1)",
            "White - English/Welsh/Scottish/Northern Irish/British",
            "White British",
        ),
    ],
)
def test_two_eras_one_vocabulary(column, old, current, standard):
    assert made_of(column, old, current)[column] == [standard, standard]


def test_chinese_is_asian_or_in_the_old_series_other():
    chinese = made_of("self_defined_ethnicity", "Asian/Asian British - Chinese")
    assert (chinese["ethnicity_5"], chinese["ethnicity_5_2001"]) == (["Asian"], ["Other"])


def test_what_follows_from_an_outcome():
    outcomes = ["Arrest", "Local resolution", NOTHING_FOUND, "", "Fined on Mars"]
    found = made_of("outcome", *outcomes, "Article found - Detailed outcome unavailable")
    assert found["positive_outcome"] == [True, True, False, None, None, True]
    assert found["arrest"] == [True, False, False, None, None, None]  # an article was found; an arrest is not known


def test_labels_never_seen_are_counted():
    raw = pa.array(["Arrest", "Fined on Mars", "", "arrest ", "Fined on Mars", "Banished"]).dictionary_encode()
    assert labels.unseen("outcome", raw) == {"Fined on Mars": 2, "Banished": 1}
    assert labels.unseen("outcome", raw.slice(2)) == {"Fined on Mars": 1, "Banished": 1}
    assert labels.unseen("outcome", raw.slice(2, 2)) == {}


@pytest.mark.parametrize(("raw", "clean"), MADE)
def test_the_vocabulary_is_all_that_a_column_can_hold(raw, clean):
    name, _ = labels.CROSSWALKS[raw]
    values = labels.vocabulary(clean)
    assert len(set(values)) == len(values)
    assert set(made_of(raw, *labels.crosswalk(name)["raw"], "", "a label of tomorrow")[clean]) <= set(values)
    assert (values == (False, True, None)) == (clean in TRUTH)


def test_groups_stand_in_one_order_wherever_chinese_is_counted():
    for column in ("ethnicity_5", "ethnicity_5_2001", "officer_ethnicity_5"):
        assert labels.vocabulary(column) == GROUPS


def test_vocabulary_of_no_such_column():
    with pytest.raises(KeyError, match="hat_size"):
        labels.vocabulary("hat_size")


def test_labels_of_later_years():
    """Cash is an object since 2025; the powers of 2023 are by their Acts: section 11 and 342E need no suspicion."""
    assert made_of("object_of_search", "Cash") == {"object_of_search": ["Cash"], "object_group": ["Other"]}
    acts = ("Public Order Act 2023 (section 10)", "Public Order Act 2023 (section 11)")
    made = made_of("legislation", *acts, "Sentencing Act 2020 (section 342E)")
    assert made["power"] == ["Reasonable grounds", "Other without suspicion", "Other without suspicion"]
    assert labels.UNRECOGNISED not in made["legislation"]
