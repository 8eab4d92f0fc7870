"""Whose searches the figures of a report hold: forces that were asked for and are in none lend them nothing."""

from types import SimpleNamespace

import pandas as pd
import pytest

import sas_analysis as sas
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.shares import HEADLINE_UNKNOWN
from sas_analysis.present import answers, blocks, cards, official_basis, official_sentences, official_view, trust_line
from sas_analysis.present import quality_sentences as quality
from sas_analysis.present import ratio_sentences as say
from sas_analysis.present.held import Held
from sas_analysis.present.national_sentences import _rest_of
from sas_analysis.present.reasons import why_not_searched
from sas_analysis.present.trend_view import steps
from sas_analysis.present.whose import Whose, held_by, names, together, whose, with_records
from sas_analysis.reference.official.reconcile import GREEN, GREY, lights


def opened(real_data, processed, forces, start, end, **choices):
    return sas.open_study(forces, start, end, raw=real_data / "archive", processed=processed, **choices)


@pytest.fixture(scope="module")
def processed(tmp_path_factory):
    return tmp_path_factory.mktemp("whose")


@pytest.fixture(scope="module")
def gwent(real_data, processed):
    """No arrest of Gwent is in its files, so no outcome of it may be used; official statistics agree with it."""
    forces = ["city-of-london", "gwent", "greater-manchester"]
    return opened(real_data, processed, forces, "2019-02", "2020-09").using("outcome")


@pytest.fixture(scope="module")
def railways(real_data, processed):
    """No file of British Transport Police is in the archive, and it has no residents."""
    return sas.Comparison(opened(real_data, processed, ["btp", "bedfordshire"], "2019-10", "2020-09"))


def shown(page, *call, **given):
    """The block that a call shows."""
    kept = []
    page._show = kept.append
    getattr(page, call[0])(*call[1:], **given)
    return kept[-1].content


def test_a_force_of_which_no_month_counts_is_in_no_title_source_or_light(gwent):
    page, shares = sas.Report(gwent), gwent.share("outcome")
    first = shown(page, "answer", answers.outcomes, shares, gwent.outcome("positive"))
    assert page.whose.forces == ["city-of-london", "greater-manchester"]
    number = f"{int(shares.frame['denominator'].iloc[0]):,}"
    assert first["kick"].startswith("City of London Police, Greater Manchester Police · ")
    assert f"{number} of them in the months used here" in first["kick"]
    assert f"Of {number} searches" in first["text"]
    assert first["source"].endswith(
        "all figures are of City of London Police, Greater Manchester Police, February 2019 to September 2020."
    )
    assert first["text"].endswith(
        "These figures are of City of London Police and Greater Manchester Police alone; not in them: Gwent Police (no "
        "arrest is published in any of the 19 months)."
    )
    of_gwent = lights(gwent.official[gwent.official["force"].eq("gwent")])
    assert GREEN in set(of_gwent["light"])  # what is not to be borrowed
    made = shown(page, "trust", shares.only(outcome="Not recorded"), "Outcome")["lights"]
    assert all("Gwent" not in one["fact"] for one in made)
    assert made[0]["light"] == blocks.NONE
    assert made[2]["words"] == "18 of 40 force-months used"
    assert made[2]["fact"] == "1 set aside by the data audit and 21 without records here."


def test_captions_name_the_forces_that_a_table_holds_and_the_answer_does_not(gwent):
    page = sas.Report(gwent)
    shown(page, "answer", answers.outcomes, gwent.share("outcome"), gwent.outcome("positive"))
    bounds = page.as_shown("bounds", gwent.outcome_bounds("arrest"), "Bounds", of="counted")
    assert "With the searches of Gwent Police as well." in bounds.block["months"]
    shares = page.as_shown("outcomes", gwent.share("outcome"), "Outcomes")
    assert "Gwent" not in shares.block["months"]
    assert shares.caption.count("City of London Police, Greater Manchester Police, 2019-02 to 2020-09") == 1
    assert "With the searches of Gwent Police" in page.as_shown("flow", gwent.whole.flow, "Left out").block["months"]
    by_force = page.as_shown("arrests", gwent.outcome("arrest", by="force"), "Arrests")
    assert "With the searches" not in by_force.block["months"]  # its rows have names
    table = official_view.view(gwent.official, study=gwent, whose=page.whose)
    assert table["Force"].str.contains("Gwent Police (in no other figure here)", regex=False).any()
    assert "Gwent" not in official_sentences.official(gwent, whose=page.whose)


def test_a_force_without_residents_is_in_no_ratio_its_title_or_its_light(railways):
    page = sas.Report(railways.study, railways)
    first = shown(page, "answer", say.answer, railways.ratios)
    assert page.whose.forces == ["bedfordshire"]
    assert first["kick"].startswith("Bedfordshire Police · October 2019 to September 2020 · 3,711 searches")
    assert first["text"].endswith(
        "These figures are of Bedfordshire Police alone; not in them: British Transport Police (no file with records "
        "of these months is here; polices the railways and has no residents)."
    )
    assert "British Transport Police" not in first["source"]
    made = shown(page, "trust", railways.study.share("ethnicity_5").only(ethnicity_5="Unknown"))["lights"]
    assert made[2]["words"] == "12 of 12 months used"
    assert made[0]["fact"].startswith("By self-defined ethnicity, among searches of known ethnicity, April 2020 to")


def test_where_only_officers_recorded_ethnicity_the_answer_says_how_to_ask_for_it(real_data, processed):
    lost = sas.Comparison(opened(real_data, processed, "north-yorkshire", "2020-04", "2020-04"))
    page = sas.Report(lost.study, lost)
    assert shown(page, "answer", say.answer, lost.ratios)["text"].endswith(
        "missing from most records in the month. Officers recorded the ethnicity of 318 of 378 searches: with -p "
        "ethnicity_scheme=officer the report rests on that."
    )
    assert lost.base.notes == []  # nothing is divided by residents
    officer = sas.Comparison(opened(real_data, processed, "north-yorkshire", "2020-04", "2020-04", ethnicity="officer"))
    assert officer.ratios["estimate"].notna().any()


def test_what_is_unknown_is_of_the_forces_whose_ratios_are_shown(real_data, processed):
    both = sas.Comparison(opened(real_data, processed, ["city-of-london", "surrey"], "2020-04", "2020-06"))
    surrey = both.study.of_force("surrey").share("ethnicity_5").only(ethnicity_5="Unknown").frame
    assert both.not_known.frame.equals(surrey)
    page = sas.Report(both.study, both)
    shown(page, "answer", say.answer, both.ratios)
    assert "City of London" not in shown(page, "trust", both.not_known)["lights"][1]["fact"]


def test_the_head_says_how_many_searches_the_answer_rests_on(real_data, processed):
    study = opened(real_data, processed, "north-yorkshire", "2020-01", "2020-06")
    shares = study.share("ethnicity_5")
    every, own = (one.flow["left"].iloc[-1] for one in (study.whole.published, shares.study))
    kick = shown(sas.Report(study), "answer", "Whose.", shares)["kick"]
    assert own < every
    assert kick.endswith(f" · {every:,} searches of people, {own:,} of them in the months used here")
    assert shown(sas.Report(study), "answer", "Whose.")["kick"].endswith(f" · {every:,} searches of people")


def test_the_head_counts_the_searches_of_months_that_the_audit_flags(real_data, processed):
    study = opened(real_data, processed, "nottinghamshire", "2021-01", "2021-09")
    every, own = (one.flow["left"].iloc[-1] for one in (study.whole.published, study.whole))
    assert study.published_months["flagged"].sum()
    assert own < every
    for asked in (study.outcome("positive"), study.outcome("positive").frame):
        kick = shown(sas.Report(study), "answer", "Whose.", asked)["kick"]
        assert kick.endswith(f" · {every:,} searches of people, {own:,} of them in the months used here")


def test_cards_without_ratios_are_of_the_months_in_which_ethnicity_may_be_used(real_data, processed):
    city = sas.Comparison(opened(real_data, processed, "city-of-london", "2020-08", "2021-03"))
    own = city.study.share("ethnicity_5").frame.set_index("ethnicity_5")
    every, *shares, unknown = cards.ratios(city.ratios, city.rates, reference="White", study=city.study)
    assert every.value == city.study.published.flow["left"].iloc[-1] > own["denominator"].max()
    assert [card.value for card in shares] == [own.loc[group, "estimate"] for group in ("White", "Black")]
    assert (unknown.value, unknown.mark) == (own.loc["Unknown", "estimate"], "")
    assert unknown.value > HEADLINE_UNKNOWN
    assert {card.mark for card in shares} == {cards.TOO_MANY_UNKNOWN}


def test_a_doubt_that_only_months_left_out_give_names_no_force_and_leaves_no_gap(real_data, processed):
    compared = sas.Comparison(opened(real_data, processed, "gloucestershire", "2020-04", "2021-03"))
    assert not compared.contradicted
    table = compared.study.without_flagged(lambda own: sas.Comparison(own).ratios)
    assert table["note"].str.contains(CONTRADICTED, regex=False).any()
    assert Held(compared.study, compared).doubt(table, True) == (
        "Official statistics contradict the records that some rows rest on: not a headline"
    )


def test_outcomes_need_no_residents(real_data, processed):
    city = sas.Comparison(opened(real_data, processed, ["city-of-london", "surrey"], "2020-04", "2020-06"))
    assert whose(city.study, city).forces == ["surrey"]
    assert "hardly anyone lives in the City" in whose(city.study, city).left["city-of-london"]
    assert held_by(city.study) == ["city-of-london", "surrey"]
    alone = sas.Comparison(city.study.of_force("city-of-london"))
    assert whose(alone.study, alone) == Whose(["city-of-london"])  # no ratio: what is shown beside is of it


def test_without_any_month_the_report_is_of_what_was_asked_for(real_data, processed):
    none = opened(real_data, processed, ["surrey"], "2020-04", "2020-05").of_force("surrey")
    empty = none._with(records=none.records.head(0), sources=none.sources.head(0), part=True)
    assert with_records(empty) == []
    assert held_by(empty) == ["surrey"]
    assert quality.months(empty).startswith("No file with records of these months is here. That is no finding about")


def test_forces_in_some_of_the_figures_are_said_to_be():
    objects = Whose(["surrey"], {"gwent": "object of search is missing from most records in all 2 months"})
    both = together([objects, Whose(["gwent", "surrey"])])
    assert (set(both.forces), both.left) == ({"surrey", "gwent"}, {})
    assert both.said == (
        "Not in all of them: Gwent Police (object of search is missing from most records in all 2 months)."
    )
    assert Whose(["gwent"]).said == ""
    assert Whose(["surrey"], {"gwent": "no file"}).told("The tables below are") == (
        "The tables below are of Surrey Police alone; not in them: Gwent Police (no file)."
    )
    many = ["essex", "kent", "surrey", "sussex"]
    assert names(many) == "4 forces"
    told = Whose(["gwent"], dict.fromkeys(many, "no file")).said
    assert told.endswith("in them: Essex Police, Kent Police, Surrey Police and 1 more force (no file).")
    told = Whose(["gwent"], dict.fromkeys(many[:2], "no file") | {"surrey": "no residents"}).said
    assert told.endswith("in them: Essex Police and Kent Police (no file); Surrey Police (no residents).")
    told = Whose(["gwent"], {force: f"why {force}" for force in many}).said
    assert told.endswith("Kent Police (why kent), Surrey Police (why surrey) and 1 more force.")
    assert Whose(many[:2]).in_sentence == "Essex Police and Kent Police"
    assert Whose(["gwent"], area="Newport").in_sentence == "Newport (Gwent Police)"


def test_the_comparison_says_whose_word_which_searches_and_which_months(real_data, processed):
    study = opened(real_data, processed, "dorset", "2019-01", "2019-12")
    light = trust_line.official(study)
    assert light.words == "No official figures of this year here"
    assert light.fact.startswith(
        "By self-defined ethnicity, among searches of known ethnicity, April 2019 to December 2019: Black per "
        "White search 0.17 here, 0.088 there"
    )
    said = official_sentences.official(study)
    assert said.startswith("Official statistics are compared by self-defined ethnicity, among searches of known ethn")
    assert "This package carries no official figures of the year to March 2020 for this force." in said
    assert "these records, 2019-04 to 2019-12" in said
    block = sas.Report(study).as_shown("reconciliation", study.official, "Beside", view=official_view.view).block
    beside = "official figures of another year (to March 2021)"
    assert block["months"] == f"By self-defined ethnicity, among searches of known ethnicity; {beside}."
    assert official_view.view(study.official, study=study)["Year to"].tolist() == [
        "2020-03, 9 of 12 months",
        "2019-03, 3 of 12 months",
    ]
    assert official_basis.basis_of_table(study, study.flow) == ""
    seen = opened(real_data, processed, "dorset", "2019-01", "2019-12", ethnicity="officer")
    light = trust_line.official(seen)
    assert (light.words, light.fact) == (
        "Not compared with official statistics",
        "No official figures of this year are carried.",
    )
    nine = opened(real_data, processed, "nottinghamshire", "2020-07", "2021-03")
    assert trust_line.official(nine).words == "Ethnic mix agrees with official statistics"
    assert "April 2020" not in trust_line.official(nine).fact
    assert "July 2020 to March 2021" in trust_line.official(nine).fact
    assert official_basis.basis_of_table(nine, nine.official).endswith(
        "2020-07 to 2021-03; official figures of the year to March 2021."
    )


def test_a_share_unknown_says_of_which_searches_it_is(real_data, processed):
    study = opened(real_data, processed, ["north-yorkshire", "surrey"], "2020-04", "2021-03").using("ethnicity_5")
    page = sas.Report(study)
    shown(page, "answer", "One.", of="forces")
    unknown = study.share("ethnicity_5").only(ethnicity_5="Unknown")
    fact = shown(page, "trust", unknown)["lights"][1]["fact"]
    every = study.whole.share("ethnicity_5", months="published").only(ethnicity_5="Unknown").frame.iloc[0]
    assert "without North Yorkshire Police, without 12 force-months not used here" in fact
    assert fact.endswith(f"of all {every['denominator']:,.0f}: {100 * every['estimate']:.1f}%.")
    alone = sas.Report(study)
    shown(alone, "answer", "One.")
    alone._answered = Whose(["north-yorkshire"])  # a part that holds more forces is of a whole that holds them too
    fact = shown(alone, "trust", unknown)["lights"][1]["fact"]
    assert "with the searches of Surrey Police as well" in fact
    assert fact.endswith(f"of all {every['denominator']:,.0f}: {100 * every['estimate']:.1f}%.")
    whole = opened(real_data, processed, "surrey", "2020-04", "2021-03")
    fact = shown(sas.Report(whole), "trust", whole.share("ethnicity_5").only(ethnicity_5="Unknown"))["lights"][1]
    assert fact["fact"].endswith("searches.")


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("unusable: no arrests (arrest): none of 168 is (here) one", "no arrest is published in any of the months"),
        ("flagged: doubled: each row is there twice", "the audit finds “doubled” in all months"),
        ("no file", "no file of any month is here"),
        ("1 of 2 forces: no file", "no month may be used, for 1 of 2 forces, no file"),
        ("nobody lives there (232 at the census)", "no month may be used, for nobody lives there"),
    ],
)
def test_why_no_month_may_be_used_is_never_cut_off(note, said):
    whole = f"not searched: no month may be used ({note})"
    assert why_not_searched(whole) == said
    row = {"estimate": float("nan"), "note": whole, "p_adjusted": float("nan"), "of": "arrest_rate", "nature": "share"}
    cell = steps(pd.DataFrame([row | {"group": "", "month": ""}]))["month"].item()
    assert cell == said
    assert cell.count("(") == cell.count(")")


def test_months_without_a_file_are_not_said_to_be_unpublished(real_data, processed):
    study = opened(real_data, processed, "metropolitan", "2021-06", "2021-11")
    said = [quality.months(study), trust_line.months(study).fact]
    said.append(answers.quality(*(study.share(by, months="published").frame for by in ("ethnicity_5", "outcome")),
                                study=study))  # fmt: skip
    assert not [text for text in said if "not published" in text or "were published" in text]
    assert said[0].startswith("A file with records of 3 of 6 months is here: ")
    assert "That is no finding about the force: the months may have been published." in said[0]
    assert said[1] == "3 without records here."
    assert "No records of 3 of the 6 months are here: that does not mean that there were no searches." in said[2]


def test_grey_alone_is_compared_with_nothing(real_data, processed):
    study = opened(real_data, processed, "metropolitan", "2021-06", "2021-11")
    assert set(study.official["light"]) <= {GREY}
    assert "are compared" not in official_sentences.official(study)


def test_forces_that_are_not_here_are_counted_where_no_official_figures_of_the_year_are_carried():
    study = SimpleNamespace(months=["2030-04"])
    assert _rest_of(["kent", "essex", "surrey"], {"kent"}, study) == "the other 2 are not here"
    assert _rest_of(["kent", "essex"], {"kent"}, study) == "the other force is not here"
