"""Official figures of another year than that of the records: every output says which year it is."""

from types import SimpleNamespace

import pandas as pd
import pytest

import sas_analysis as sas
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import cards, national_sentences, national_view, official_sentences, official_view, trust_line
from sas_analysis.present.answers import _beside_official
from sas_analysis.reference.official.other_years import said_in
from sas_analysis.reference.official.reconcile import AMBER, ANOTHER_YEAR, AT_LEAST, GREEN, RED
from sas_analysis.study.options import Choices

BESIDE = "of another year (to March 2021)"


def beside(light, compared_with, force="kent"):
    row = {"force": force, "year_ending": "2020-03", "compared_with": compared_with, "measure": "share White"}
    return row | {"official": 0.8, "ours": 0.91, "difference": 0.11, "limit": 0.075, "light": light, "note": "x"}


def of(*rows):
    forces = [row["force"] for row in rows]
    months = [f"2019-{month:02}" for month in range(4, 13)]
    own = [(force, month, "2020-03") for force in forces for month in months]
    return SimpleNamespace(
        official=pd.DataFrame(rows), official_months=pd.DataFrame(own, columns=["force", "month", "year_ending"]),
        synthetic=False, area=None, forces=forces, choices=Choices(),
    )  # fmt: skip


def every_output(study):
    """All that says, of these forces, what official statistics do to their records."""
    whose = SimpleNamespace(forces=study.forces)
    light = trust_line.official(study)
    verdicts = official_view.view(study.official, study=study)["Verdict"]
    return [
        official_sentences.official(study),
        f"{light.words}. {light.fact}",
        *verdicts,
        *filter(None, [_beside_official(study, whose)]),
    ]


@pytest.mark.parametrize("light", [RED, AMBER, ANOTHER_YEAR])
@pytest.mark.parametrize("forces", [["kent"], ["kent", "essex"]])
def test_every_output_names_the_other_year_whatever_the_light(light, forces):
    for said in every_output(of(*(beside(light, "2021-03", force) for force in forces))):
        assert "another year" in said or "the year to March 2021" in said, said
        assert "March 2021" in said, said


@pytest.mark.parametrize("light", [RED, AMBER, GREEN])
@pytest.mark.parametrize("forces", [["kent"], ["kent", "essex"]])
def test_no_output_speaks_of_another_year_where_it_is_the_same(light, forces):
    for said in every_output(of(*(beside(light, "2020-03", force) for force in forces))):
        assert "another" not in said, said


def test_of_several_forces_each_is_told_by_the_year_that_it_is_beside():
    study = of(beside(AMBER, "2021-03"), beside(AMBER, "2020-03", "essex"), beside(ANOTHER_YEAR, "2021-03", "surrey"))
    said = official_sentences.official(study)
    assert "official statistics differ from those of Essex Police; official statistics of another year" in said
    assert "(to March 2021) differ from those of Kent Police and are no farther off than one year is" in said
    assert trust_line.official(study).words == "Differs from official statistics"


def lacking(light, difference, back):
    """Kent's year with 2,115 of 2,833 searches in eleven months, and what the audit left out taken back in."""
    count = beside(light, "2020-03") | {"measure": "searches of known ethnicity", "official": 2833.0, "ours": 2115.0}
    count |= {"difference": difference, "limit": 0.05, "note": f"11 of 12 months, so {AT_LEAST}"}
    study, every = of(count), of(count | {"ours": 2265.0, "difference": back, "note": ""})
    months = [("kent", f"2019-{month:02}", "2020-03") for month in range(4, 13)]
    months += [("kent", f"2020-{month:02}", "2020-03") for month in (1, 2)]
    study.official_months = pd.DataFrame(months, columns=["force", "month", "year_ending"])
    every.official_months = pd.DataFrame(
        [*months, ("kent", "2020-03", "2020-03")], columns=study.official_months.columns
    )
    study.choosing = lambda **choices: every if choices == {"flagged_months": "include"} else None
    return study


def test_a_count_of_a_year_that_lacks_months_has_beside_it_that_with_the_months_taken_back_in():
    """Gloucestershire 2020/21: -7.9% at the least, and -20.0% with the searches of the month that is left out."""
    study, said = lacking(AMBER, -0.079, -0.2), "ith 2020-03 taken back in, 2,265 searches of known ethnicity here and"
    for text in (official_sentences.official(study), official_view.view(study.official, study=study)["note"].iloc[0]):
        assert f"W{said} 2,833 there (-20.0%)" in text
    assert "; with March 2020 taken back in, 2,265 searches of known ethnicity here" in trust_line.official(study).fact
    one = official_sentences.official(study)
    assert "(-7.9% at least, even if the other month held 1.5 times as many as the largest of these, where" in one
    more = official_sentences.official(lacking(AMBER, 0.079, 0.2))
    assert "+7.9% at least, whatever the other month holds, where" in more


def test_where_the_audit_leaves_no_month_of_the_year_out_none_is_taken_back_in():
    study = lacking(AMBER, -0.079, -0.2)
    study.choosing = lambda **choices: study
    assert "taken back" not in official_sentences.official(study)
    assert not official_view.view(study.official, study=study)["note"].any()


@pytest.fixture(scope="module")
def derbyshire(real_data, tmp_path_factory):
    """Derbyshire 2019: the package carries no figures of 2019/20, and those of 2020/21 are far from it."""
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("other")}
    return sas.Comparison(sas.open_study(["derbyshire", "essex"], "2019-01", "2019-12", **place))


def test_marks_captions_and_reasons_name_the_year_that_contradicts(derbyshire):
    assert derbyshire.study.contradicted_by == {"derbyshire": "2021-03"}
    side = derbyshire.by_force()
    own = side.ratios[side.ratios["force"].eq("derbyshire")]
    marked = own[own["estimate"].notna()]
    assert marked["note"].str.contains(CONTRADICTED, regex=False).all()
    assert said_in(marked["note"]) == f" {BESIDE}"
    assert said_in(side.ratios.loc[side.ratios["force"].eq("essex"), "note"]) == ""
    why = side.reliance.set_index("force")["why"]["derbyshire"]
    assert why.startswith(f"ratios: official statistics {BESIDE} contradict the records")
    block = sas.Report(derbyshire.study, derbyshire).as_shown("ratios_by_force", side.ratios, "Ratios").block
    assert f"Official statistics {BESIDE} contradict the records of Derbyshire Constabulary" in str(block)


def test_the_first_screen_names_the_forces_that_cannot_be_used_and_the_year(derbyshire):
    side, given = derbyshire.by_force(), {"group": "Black", "reference": "White"}
    said = national_sentences.answer(side.reliance, side.within, **given, study=derbyshire.study)
    assert f"official statistics {BESIDE} are no farther from 1 of them than one year is from another and" in said
    assert "contradict the records of Derbyshire Constabulary." in said
    overview = side.overview("Black")
    used = cards.national(overview, side.within, side.shrunken, **given, study=derbyshire.study)[1]
    assert used.base == f"not Derbyshire Constabulary; official statistics {BESIDE} contradict 1"
    shown = national_view.overview(overview).set_index("Force")["Official count and mix"]
    assert shown["Derbyshire Constabulary"] == "contradict (figures of the year to March 2021)"


def test_a_part_of_a_year_that_holds_more_than_the_whole_is_not_said_to_agree(real_data, tmp_path_factory):
    """Derbyshire, April to November 2021: 72 searches of Black people, where the whole year officially has 60."""
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("part")}
    study = sas.open_study(["derbyshire", "essex"], "2021-04", "2021-11", **place)
    own = sas.Comparison(study).by_force().reliance.set_index("force")["official"]
    assert own["derbyshire"] == "differ"
    verdict = official_view.view(study.official, study=study).set_index("Force")["Verdict"]["Derbyshire Constabulary"]
    assert verdict == "▲ differs: more than the whole year"
    said = official_sentences.official(study)
    assert said.endswith(
        "Derbyshire Constabulary hold more searches, of all or of a group, than the whole official year."
    )
    one = official_sentences.official(study.of_force("derbyshire"))
    assert (
        "these records, 2021-04 to 2021-11, which hold more than the whole year**: searches of Black ethnicity" in one
    )
    assert "72 here and 60 there (+20.0% at least, whatever the other months hold" in one
