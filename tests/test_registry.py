"""The registry of measures: every row is whole, and says what its measure rests on."""

import pytest
from docstrings import check_examples

from sas_analysis.measures import registry
from sas_analysis.measures.registry import KINDS, MEASURES, fields_of, is_share, title_of, unregistered
from sas_analysis.records import labels
from sas_analysis.records.fields import as_published


@pytest.mark.parametrize("name", MEASURES)
def test_every_row_is_whole(name):
    row = MEASURES[name]
    assert row.title
    assert row.kind in KINDS
    assert row.searched in ("numerator", "denominator")
    assert row.per in (1, 1000)
    assert (row.per == 1000) == (row.kind in ("rate", "difference") and row.residents != "")


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_rests_on_fields_of_the_clean_table(name):
    known = {*labels.CROSSWALKS, *as_published(), "arrest"}  # an arrest is read from the outcome
    for scheme in ("self", "officer", "combined"):
        assert set(fields_of(name, scheme=scheme)) <= known


def test_titles_are_those_of_one_measure_each():
    titles = [row.title for row in MEASURES.values()]
    assert len(set(titles)) == len(titles)


def test_the_scheme_says_whose_word_a_ratio_rests_on():
    assert fields_of("disproportionality_ratio") == ("self_defined_ethnicity",)
    assert fields_of("disproportionality_ratio", scheme="officer") == ("officer_defined_ethnicity",)
    assert fields_of("standardised_ratio", scheme="combined") == (
        *("self_defined_ethnicity", "officer_defined_ethnicity", "age_range", "gender"),
    )
    assert set(fields_of("kappa", scheme="officer")) == {"self_defined_ethnicity", "officer_defined_ethnicity"}
    assert fields_of("arrest_rate", scheme="officer") == ("arrest",)


def test_what_is_no_measure_keeps_its_name_and_is_found():
    assert title_of("ethnic mix") == "ethnic mix"
    assert not is_share("ethnic mix")
    assert unregistered(["kappa", "ethnic mix", "ethnic mix"]) == ["ethnic mix"]


def test_the_examples_are_right():
    check_examples(registry)
