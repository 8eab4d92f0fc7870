"""Months that are missing, set aside and used are told apart, and records are judged by the months that are here."""

import itertools
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import sas_analysis as sas
from sas_analysis.errors import number_of
from sas_analysis.measures.coverage import FLAGGED, HEADER_ONLY, NO_FILE, PUBLISHED, UNUSABLE, months_published
from sas_analysis.measures.table import measures_table
from sas_analysis.present import answers, cards, month_sentences, prose, quality_sentences, trust_line
from sas_analysis.present.months_told import months_told
from sas_analysis.present.whose import Whose
from sas_analysis.records.link_field import SUPPORTED

LINK = "outcome_linked_to_object"
HERE = (PUBLISHED, FLAGGED)


def study(statuses, doubts=(), forces=("kent",)):
    """A study whose months have these statuses; `doubts`: of each month, which fields the audit doubts."""
    months = [f"2020-{n:02d}" for n in range(1, len(statuses) // len(forces) + 1)]
    keys = list(itertools.product(forces, months))
    grid = pd.DataFrame(keys, columns=["force", "month"]).assign(status=list(statuses))
    grid["rows"] = grid["status"].map({NO_FILE: None, HEADER_ONLY: 0}).where(~grid["status"].isin(HERE), 100)
    rules = {FLAGGED: "low", NO_FILE: "no file", HEADER_ONLY: "header only"}
    found = [(*key, rules[one], "exclude", "") for key, one in zip(keys, statuses, strict=True) if one in rules]
    found += [(*key, "missing", "field", field) for key, fields in zip(keys, doubts) for field in fields]  # noqa: B905
    findings = pd.DataFrame(found, columns=["force", "month", "rule", "action", "field"])
    return SimpleNamespace(
        who="Kent Police", synthetic=True, area=None, forces=list(forces), months=months,
        counted=grid, coverage=grid, findings=findings,
        published_months=months_published(grid), verdicts=pd.DataFrame({"verdict": [], "month": []}),
        published=SimpleNamespace(flow=pd.DataFrame({"left": [100, 90]})),
    )  # fmt: skip


def shares(column, blank, unknown=1):
    groups = pd.DataFrame({column: ["White", blank]})
    return measures_table(
        groups, measure="share_of_searches", numerator=[100 - unknown, unknown], denominator=[100] * 2
    )


def answer(of, unknown=1):
    tables = shares("ethnicity_5", "Unknown", unknown), shares("outcome", "Not recorded")
    return answers.quality(*tables, study=of).replace("**", "")


def test_missing_files_are_no_verdict_on_the_records_and_a_field_lost_in_all_months_cannot_be_used():
    of = study([PUBLISHED] * 3 + [NO_FILE] * 3, [[LINK]] * 3)
    assert answer(of, unknown=26) == (
        "Of the records of Kent Police, all 3 months that are here pass the checks for counting searches. These look "
        "for days without a record, rows that are there twice, and sudden rises and falls; they cannot see searches "
        "that were never recorded. Of their fields one cannot be used in any month: whether the object was found. They "
        "are weak for self-defined ethnicity (unknown in 26.0%). No records of 3 of the 6 months are here: that does "
        "not mean that there were no searches."
    )
    assert quality_sentences.findings(of) == (
        "The data audit sets no month aside. The data audit doubts some fields of the records in the 3 months that are "
        "here: whether the object was found (all 3 months). No records of 3 of the 6 months are here: that does not "
        "mean that there were no searches."
    )
    assert trust_line.fields(of).words == "One field cannot be used"
    assert month_sentences.fields_in_doubt(of).startswith(
        "The data audit doubts some fields of the records in the 3 months that are here: whether the object was found "
        "(all 3 months). A figure that needs one of them leaves those months out, and its caption says so. Finds alone "
    )
    made = cards.quality(shares("ethnicity_5", "Unknown"), shares("outcome", "Not recorded"), study=of)
    assert [(card.text, card.base) for card in made if card.id == "months"] == [("3 of 6", "3 without records here")]


def test_a_file_without_a_record_is_missing_and_no_month_of_the_fewest_records():
    of = study([PUBLISHED, HEADER_ONLY, PUBLISHED, PUBLISHED])
    of.coverage.loc[3, "rows"] = 120
    of.published.flow.loc[0, "left"] = 320
    said = quality_sentences.months(of)
    assert said.startswith(
        "A file with records of 3 of 4 months is here: 320 records. Missing, which is not zero: Kent"
    )
    assert "2020-02, of which 1 has a file without a record. That is no finding" in said
    assert said.endswith("From 100 (2020-01) to 120 (2020-04) in a month.")
    whole = quality_sentences.months(study([PUBLISHED, NO_FILE, PUBLISHED]))
    assert "2020-02. That is no finding" in whole


def test_the_card_of_months_is_of_the_forces_whose_records_they_are_as_the_light_is():
    of = study([PUBLISHED, NO_FILE, PUBLISHED, NO_FILE, NO_FILE, NO_FILE], forces=("kent", "essex", "gwent"))
    tables = shares("ethnicity_5", "Unknown"), shares("outcome", "Not recorded")
    here = Whose(["kent", "essex"])
    made = {card.id: card for card in cards.quality(*tables, study=of, whose=here)}
    assert made["months"].text == "2 of 4"
    assert made["months"].base == "of 2 forces together; 2 without records here"
    said = answers.quality(*tables, study=of, whose=here)
    assert "No records of 2 of the 4 force-months are here" in said
    assert {card.id: card for card in cards.quality(*tables, study=of)}["months"].text == "2 of 6"


@pytest.mark.parametrize("number", [1, 3])
def test_every_mix_of_months_is_told_by_what_becomes_of_each(number):
    for statuses in itertools.combinations_with_replacement([PUBLISHED, FLAGGED, NO_FILE, HEADER_ONLY], number):
        here, used = (sum(one in kinds for one in statuses) for kinds in (HERE, (PUBLISHED,)))
        for lost in {0, min(1, here), here}:
            left = iter([[LINK]] * lost + [[]] * (here - lost))
            of = study(statuses, [next(left) if one in HERE else [] for one in statuses])
            told = months_told(of)
            assert (told.asked, told.here, told.used, told.missing) == (number, here, used, number - here)
            said, found = answer(of), quality_sentences.findings(of)
            if not here:
                assert said.startswith("No records of Kent Police are here"), said
                continue
            words = re.search(r"Police, (.+?) pass(es)? the checks for counting searches", said)
            assert ("none" in words[1], "all" in words[1]) == (used == 0, used == here > 1), said
            assert bool(words[2]) == (used < 2), said
            assert "they cannot see searches that were never recorded" in said
            assert not re.search(r"\b(good|fair|poor)\b", said), said
            never = re.search(r"cannot be used( in any month)?: whether the object was found", said)
            assert (never is not None) == (lost == here), said
            assert (f"whether the object was found (in doubt in {lost} of {here} months)" in said) == (0 < lost < here)
            assert ("no records" in said.lower()) == (here < number), said
            assert ("without a file" in found, "a file without" in found) == (False, False), found
            assert ("far fewer records" in found) == (used < here), found
            assert trust_line.fields(of).words.endswith({0: "be used", here: "cannot be used"}.get(lost, "in doubt"))


def test_of_several_forces_it_speaks_of_force_months():
    of = study([PUBLISHED, PUBLISHED, FLAGGED, NO_FILE], [[LINK]], forces=("kent", "essex"))
    said = answer(of)
    assert (
        "2 of 3 force-months that are here pass the checks for counting searches, and the data audit sets 1 aside."
        in said
    )
    assert "(in doubt in 1 of 3 force-months)" in said
    assert "No records of 1 of the 4 force-months are here" in said


@pytest.mark.parametrize(("poor", "said"), [(4, ""), (5, "; and 1 more field in"), (6, "; and 2 more fields in")])
def test_fields_that_are_left_out_of_a_sentence_are_counted_in_its_grammar(poor, said):
    table = pd.DataFrame(
        {"field": [f"field_{n}" for n in range(8)], "share_recorded": [0.5] * poor + [1.0] * (8 - poor)}
    )
    text = quality_sentences.recorded(table)
    assert (said in text, "more field" in text) == (True, bool(said)), text


@pytest.mark.parametrize(
    ("lights", "said"),
    [
        (["green", "green"], ""),
        (["red", "green"], "But official statistics contradict the records of Kent Police, as is shown below."),
        (["red", "amber"], "contradict the records of Kent Police and differ from the records of Essex Police"),
    ],
)
def test_records_that_are_good_for_counting_are_not_called_so_without_what_official_statistics_say(lights, said):
    of = study([PUBLISHED] * 6, forces=("kent", "essex"))
    rows = {"force": ["kent", "essex"], "year_ending": "2021-03", "compared_with": "2021-03", "light": lights}
    rows |= {"measure": "searches"}
    of.synthetic, of.official = False, pd.DataFrame(rows).assign(ours=1.0, official=1.0, difference=0.0, note="")
    text = answer(of)
    assert said in text
    assert ("official statistics" in text) == bool(said)


def test_where_no_force_can_say_what_was_found_the_sentence_says_none():
    table = pd.DataFrame({"force": ["kent", "essex"], "verdict": ["partly filled", "partly filled"]})
    assert quality_sentences.found(table).startswith("No: in the records of none of the 2 forces can the field")
    table.loc[1, "verdict"] = SUPPORTED
    assert quality_sentences.found(table).startswith("Not in all records: in those of 1 of 2 forces the field")


def test_few_midnights_do_not_hide_that_the_audit_doubts_the_times():
    of = study([PUBLISHED] * 2, [["searched_at"], []])
    of.area = None
    months = {"force": ["kent"] * 2, "month": ["2020-01", "2020-02"], "records": [100, 100]}
    times = pd.DataFrame(months | {"share_midnight": [0.0, 0.0]})
    repeats = pd.DataFrame(months | {"repeats": [0, 0]})
    places = measures_table(
        pd.DataFrame({"location_status": ["recorded", "blank"]}), measure="share_of_searches", numerator=[90, 10],
        denominator=[100] * 2,
    )  # fmt: skip
    said = quality_sentences.times(times, places, repeats, study=of)
    assert "90.0% of searches have a location" in said
    assert said.endswith("The data audit doubts time of day in 1 of 2 months.")
    of.area = SimpleNamespace(name="Southwark")  # what is placed there has a location, all of it
    assert "have a location" not in quality_sentences.times(times, places, repeats, study=of)


def test_a_month_that_is_set_aside_and_one_that_is_left_out_for_a_field_are_two_things_in_all_that_is_said():
    """City of London, 2020/21: one month is there twice; in three, own ethnicity is blank in most records."""
    of = study([FLAGGED, UNUSABLE, UNUSABLE, PUBLISHED])
    of.verdicts = pd.DataFrame({"verdict": ["flagged", "unusable", "unusable", "fine"], "month": of.months})
    told = months_told(of)
    assert (told.here, told.used, told.aside, told.left_out) == (4, 1, 1, 2)
    fact = "set aside by the data audit and 2 left out as a field may not be used"
    assert trust_line.months(of).fact == f"January 2020 {fact}."
    made = cards.quality(shares("ethnicity_5", "Unknown"), shares("outcome", "Not recorded"), study=of)
    assert [card.base for card in made if card.id == "months"] == [f"1 {fact}"]
    assert "and the data audit sets 1 aside" in answer(of)


@pytest.mark.parametrize("number", [0, 1, 2, 2419])
def test_what_is_counted_is_in_the_singular_of_one_alone(number):
    for what, several in (("search", "searches"), ("month", "months"), ("force-month", "force-months")):
        assert number_of(number, what) == f"{number:,} {what if number == 1 else several}"
        assert number_of(1, what, of=number) == f"1 of {number:,} {what if number == 1 else several}"
    assert prose.searches(number, 1) == f"{number:,} of 1 search"
    assert prose.searches(pd.NA) == "– searches"


def test_no_sentence_counts_in_a_grammar_of_its_own():
    """Every "s" that hangs on a number is written by one function; what is left agrees with a list or a verb."""
    own = re.compile(r"""\{['"]s['"] \* |\}[a-z]*\{['"]s['"] if|\{['"]['"] if .{1,30} else ['"]s['"]""")
    lists = {"official_basis.py", "official_sentences.py", "sides.py", "ratio_assumptions.py", "errors.py", "words.py"}
    lists |= {"reasons.py", "months.py"}
    for path in Path(sas.__file__).parent.rglob("*.py"):
        if path.name not in lists:
            assert not own.search(path.read_text(encoding="utf-8")), path
