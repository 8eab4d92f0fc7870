"""All forces side by side, against each by itself; and what the records of each can answer."""

import re
import zipfile
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from docstrings import check_examples
from test_home_office import NEW, new_row, write_csv

import sas_analysis as sas
from sas_analysis.errors import DataError, ParameterError
from sas_analysis.measures.pooling import decompose
from sas_analysis.measures.sensitivity import ALL_FORCES, CONTRADICTED, RELIED_ON
from sas_analysis.present import cards, charts, official_sentences, official_view, place_view, rowcharts
from sas_analysis.present import national_sentences as say
from sas_analysis.present import national_view as view
from sas_analysis.present.map_areas import EMPTY, HATCHED, maps_of
from sas_analysis.present.reasons import why_not
from sas_analysis.reference.forces import territorial_forces
from sas_analysis.reference.official import causes
from sas_analysis.reference.official.reconcile import GREEN, GREY, RED
from sas_analysis.study import by_force
from sas_analysis.study.by_force import NO, OFFICIAL, YES, Forces

REAL = ["dorset", "gwent", "north-yorkshire", "city-of-london", "surrey", "west-yorkshire", "cambridgeshire"]


@pytest.fixture(scope="module")
def side(sample, tmp_path_factory):
    place = {"raw": sample, "processed": tmp_path_factory.mktemp("processed")}
    return sas.Comparison(sas.open_study("all", "2018-04", "2018-09", **place)).by_force()


@pytest.fixture(scope="module")
def real(real_data, tmp_path_factory):
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("real")}
    return sas.Comparison(sas.open_study(REAL, "2020-04", "2021-03", **place)).by_force()


def same(found, expected):
    text = [name for name in ("force", "ethnicity_5", "measure", "interval", "note") if name in expected]
    found, expected = (one.astype(dict.fromkeys(text, "str")).reset_index(drop=True) for one in (found, expected))
    pd.testing.assert_frame_equal(found, expected[list(found)], check_exact=True)


def test_one_group_is_a_group_beside_the_reference_group(side):
    study = side.study.whole
    compared = sas.Comparison(study, groups=["White", "Asian"])
    assert (compared.one_group(), compared.one_group("Asian")) == ("Asian", "Asian")
    for group, why in (("White", "is the reference group"), ("Black", "is none of the groups that are shown")):
        with pytest.raises(ParameterError, match=f"group '{group}' {why}: name another, one of Asian"):
            compared.one_group(group)
    for groups in ([], ["White"]):
        with pytest.raises(ParameterError, match="groups name none beside the reference group, White"):
            sas.Comparison(study, groups=groups)


def test_all_forces_are_those_with_a_file_in_the_months(side, sample):
    files = {path.name[8:].removesuffix("-stop-and-search.csv") for path in sample.glob("2018-0[4-9]/*.csv")}
    assert side.study.forces == sorted(files)
    assert set(side.absent) == set(territorial_forces()) - files


@pytest.mark.parametrize("which", ["rates", "ratios"])
def test_rates_and_ratios_are_those_of_each_force_by_itself(side, which):
    census = {"census_year": 2011}  # residents between the censuses are those of the middle of the months of all
    side, parts = sas.Comparison(side.study.whole, **census).by_force(), []
    for force in side.study.forces:
        own = sas.Comparison(side.study.whole.of_force(force), **census)
        table = getattr(own, which)
        parts.append(table.assign(force=force) if not own.base.problem else None)
    given = pd.concat([part for part in parts if part is not None])
    table = getattr(side, which)
    assert set(table["force"].astype("str")) == set(side.study.forces)  # also those without an estimate
    same(table[table["force"].isin(given["force"])], given[["force", *given.columns.drop("force")]])
    rest = table[~table["force"].isin(given["force"])]
    assert rest["estimate"].isna().all()
    assert rest["note"].str.startswith("not estimable: ").all()


def test_what_the_records_of_real_forces_can_answer(real):
    table = real.reliance.set_index("force")
    assert table["official"].to_dict() == {
        "dorset": "contradict",
        "gwent": "contradict",
        "north-yorkshire": "contradict",
        "city-of-london": "agree in mix",
        "surrey": "agree",
        "west-yorkshire": "agree",
        "cambridgeshire": "agree in mix",
    }
    assert table.loc["surrey", ["ratios", "outcomes", "objects", "places", "why"]].tolist() == [YES, YES, YES, YES, ""]
    assert table.loc["cambridgeshire", "ratios"] == "11 of 12 months"
    assert table.loc["gwent", ["ratios", "outcomes", "objects"]].tolist() == [NO, NO, NO]
    assert "arrest" not in table.loc["surrey", "why"]
    assert table.loc["city-of-london", "why"].startswith("ratios: hardly anyone lives in the City of London")
    assert real.relied == ["surrey", "west-yorkshire", "cambridgeshire"]
    people = real.study.whole.selection.records["force"].astype("str").value_counts()
    assert table["searches"].to_dict() == people.reindex(table.index).to_dict()


def test_a_force_of_which_too_much_is_unknown_cannot_be_used(real):
    own = real.reliance.set_index("force")["ratios_unknown"]
    stays = sas.Comparison(real.study.whole.of_force("surrey")).by_force()
    assert stays.relied == ["surrey"]
    assert own["city-of-london"] > 0.3
    assert stays._why_not("outcomes", "surrey", 12, 0.31) == ["outcome is unknown in 31% of searches"]
    assert stays._why_not("outcomes", "surrey", 12, 0.30) == []
    assert stays._why_not("outcomes", "surrey", 0, float("nan")) == ["outcome may not be used in any month"]


def test_the_ratio_within_forces_is_given_without_and_with_the_others(real):
    table = real.within
    assert list(table["forces"].unique()) == [RELIED_ON, ALL_FORCES]
    used = real.study.whole.of_force(*real.relied)
    expected = decompose(sas.Comparison(used).strata, reference="White")
    expected = expected[expected["ethnicity_5"].isin(real.compared.groups)]
    same(table[table["forces"].eq(RELIED_ON)].drop(columns="forces"), expected)
    marked = table["note"].str.contains(CONTRADICTED, regex=False)
    assert not marked[table["forces"].eq(RELIED_ON)].any()
    assert marked[table["forces"].eq(ALL_FORCES) & table["estimate"].notna()].all()


def test_funnel_and_shrunken_ratios_are_of_the_forces_that_can_be_used(real):
    assert set(real.funnel["force"]) == set(real.shrunken["force"]) == set(real.relied)


def test_contradicted_forces_have_no_estimate_outside_brackets(real):
    shown = view.overview(real.overview("Black")).set_index("Force")
    assert shown.loc["Dorset Police", "Black ratio"] == "(16.35)"
    assert shown.loc["North Yorkshire Police", "Black ratio"] == "–"
    assert shown.loc["Surrey Police", "Black ratio"].startswith("4.31 (")
    assert shown.loc["Gwent Police", "Arrests"] == "–"
    assert shown.loc["Dorset Police", "note"] == (
        "Black ratio: contradicted by official statistics, and too much is unknown for a headline"
    )
    assert shown.index.tolist() == sorted(shown.index)
    said = view.reliance(real.reliance).set_index("Force")
    assert said.loc["Surrey Police"].tolist() == ["● yes"] * 4
    assert said.loc["Gwent Police", "Ratios"] == "■ no"
    assert said.loc["Cambridgeshire Constabulary", "Ratios"] == "▲ 11 of 12 months"


def _cells(block: dict, column: int) -> dict[str, str]:
    """The text of one column of a table of a page, by force."""
    return {row[0][0]: row[column][0] for row in block["rows"]}


def test_a_number_that_is_no_headline_looks_the_same_wherever_a_page_gives_it(real):
    """Brackets have one meaning, and each reason is said where a table has several."""
    page, given = sas.Report(real.study, real.compared), {"rows": 60}
    table, beside = real.ratios.copy(), real.overview("Black")
    table.loc[table["force"].eq("surrey") & table["ethnicity_5"].eq("Black"), "numerator"] = 12
    beside.loc[beside["force"].eq("surrey"), "ratio_searches"] = 12
    ratios = page.as_shown("ratios_by_force", table, "Ratio", **given).block
    overview = page.as_shown("overview", beside, "Each force", view=view.overview, **given).block
    rates = page.as_shown("rates_by_force", real.rates, "Rate", **given).block
    black = [name for name, _ in ratios["columns"]].index("Black")
    assert _cells(ratios, black) == _cells(overview, 2)
    assert [_cells(ratios, black)[name] for name in ("Dorset Police", "Surrey Police")] == ["(16.35)", "(4.31)"]
    for block in (ratios, rates):
        assert "In brackets: no headline; the footnote says why." in block["notes"]
        marks = {mark.partition("  ")[0]: mark for mark in block["notes"]}
        dorset = next(row for row in block["rows"] if row[0][0] == "Dorset Police")
        assert marks[dorset[0][2]].endswith(
            "Contradicted by official statistics, and too much is unknown for a headline."
        )
        assert all(cell[2] or row[0][2] for row in block["rows"] for cell in row[1:] if cell[0].startswith("("))
    assert any(mark.endswith("  Fewer than 20 searches.") for mark in ratios["notes"])


def test_a_force_without_arrests_is_in_their_table_with_the_reason(real):
    gwent = real.arrests[real.arrests["force"].eq("gwent")].iloc[0]
    assert np.isnan(gwent["estimate"])
    assert why_not(gwent["note"]) == "no arrest is published in any of the 12 months"
    assert real.arrests["force"].astype("str").tolist() == real.study.forces
    assert "It cannot be given for Gwent Police." in say.outcomes(real.arrests, compared=False)
    notes = view.overview(real.overview("Black"), study=real.study).set_index("Force")["note"]
    assert notes["Gwent Police"].endswith("; Arrests: no arrest is published in any of the 12 months")
    assert notes["North Yorkshire Police"].startswith("Black ratio: self-defined ethnicity is missing from most")


def test_a_force_is_in_no_mean_of_like_searches_for_the_field_that_it_lacks(real_data, tmp_path_factory):
    """South Wales gives no ages: its outcomes are known all the same."""
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("alike")}
    study = sas.open_study(["south-wales", "hertfordshire"], "2020-04", "2020-09", **place)
    found = study.pooled_outcome_difference("arrest").only(ethnicity_5="Black").frame.set_index("force")
    assert "age is missing from most records" in why_not(found.loc["south-wales", "note"])


def test_a_sentence_puts_in_brackets_what_its_table_does(real):
    said = say.within(real.within, group="Black", forces=len(real.compared.forces))
    put_back = re.search(r"put back in it is (\S+) added together and (\S+) within: in brackets, since", said)
    assert [text[0] + text[-1] for text in put_back.groups()] == ["()", "()"]


def test_the_funnel_of_forces_shows_its_limits_and_verdicts():
    table = pd.DataFrame(
        {"force": ["kent", "essex"], "ethnicity_5": "Black", "searches": [30, 12], "ratio": [3.0, 9.0]}
    )
    table = table.assign(target=4.0, lower_95=2.0, upper_95=[8.0, 8.0], verdict=["", "beyond 95%"], p_value=[0.5, 0.01])
    shown = place_view.beyond(table)
    assert shown["force"].tolist() == ["essex", "kent"]
    assert shown["ratio"].tolist() == ["(9.00)", "3.00"]
    assert shown["verdict"].tolist() == ["beyond 95%", "–"]


def test_every_table_says_which_months_and_residents_it_is_of(real):
    """North Yorkshire's ethnicity may not be used in any month, Cambridgeshire's July 2020 is flagged."""
    study, page, other = real.study, *(sas.Report(real.study, real.compared) for _ in range(2))
    page.answer("Who is searched how often?", of="forces")
    other.answer("Who is searched how often?", real.ratios)
    assert (
        "records" not in other.as_shown("ratios", real.ratios, "Ratios").block["months"]
    )  # its first line says it once
    unusable, here = study.published_months["unusable"].sum(), 12 * len(REAL)
    counted = here - 2 - unusable
    both = f"{counted} of {here} force-months with records; residents of all ages: interpolated between Census 2011"

    def said(table, **how):
        name = f"t{len(page.shown)}"
        return page.as_shown(name, table, name, **how).block["months"]

    assert both in said(real.ratios)
    assert both in said(real.rates)
    overview = said(real.overview("Black"), view=view.overview)
    assert overview.startswith("Residents of all ages: interpolated between Census 2011 and Census 2021 to")
    among = f", among them {unusable} in which self-defined ethnicity may not be used: these are in no ratio"
    assert f"{here - 2} of {here} force-months with records{among}." in said(study.whole.share("gender").frame)
    everything = study.whole.share("ethnicity_5", within="force", months="published")
    assert f"All {here} force-months with records, those set aside elsewhere on this page too." in said(everything)
    beside = f"these records in {here - 2} of {here} force-months with records{among}."
    assert said(study.causes, view=view.causes, of="forces").endswith(f"known ethnicity alone; {beside}")
    assert said(study.official, of="forces").endswith(beside)
    months = view.overview(real.overview("Black"), study=study).set_index("Force")["note"]
    assert months["Cambridgeshire Constabulary"] == "11 of 12 months"
    assert months["Surrey Police"] == ""


def test_a_map_of_forces_shows_those_without_records_as_empty(real):
    black = real.ratios[real.ratios["ethnicity_5"].eq("Black")]
    maps = maps_of(black, by="force")
    looks = {area.key: area.look for area in maps.panels[""]}
    assert len(looks) == 43
    assert {key for key, look in looks.items() if look == EMPTY} == set(territorial_forces()) - set(REAL)
    assert {looks[force] for force in ("dorset", "gwent", "north-yorkshire", "city-of-london")} == {HATCHED}
    drawn = rowcharts.rows_of(charts.choropleth, black, title="Black", by="force")
    assert drawn["html"].count('class="none"') == 43 - len(REAL)
    assert "Empty: no files of it are here." in drawn["sub"]
    outlines = charts.choropleth(black, title="Black", by="force").axes[0].collections
    assert sum(len(alike.get_paths()) for alike in outlines) == 43
    assert [words for _, words in drawn["key"]][-2:] == ["in doubt", "no files here"]
    texts = {area.key: area.text for area in maps.panels[""]}
    assert texts["dorset"] == (
        "Dorset: (16.3): contradicted by official statistics, and too much is unknown for a headline"
    )
    assert texts["city-of-london"] == "London, City of: not estimable"
    one = maps_of(black[black["force"].eq("surrey")], by="force")
    assert [area.key for area in one.panels[""]] == ["surrey"]  # a map of one force is of it alone


def test_a_force_that_is_asked_for_without_a_file_is_empty_on_the_map_and_put_back_nowhere(real_data, tmp_path_factory):
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("two")}
    own = sas.Comparison(sas.open_study(["surrey", "cumbria"], "2020-04", "2020-06", **place)).by_force()
    maps = maps_of(own.ratios[own.ratios["ethnicity_5"].eq("Black")], by="force")
    areas = {area.key: area for area in maps.panels[""]}
    assert (areas["cumbria"].look, areas["cumbria"].text) == (EMPTY, "Cumbria: no files here")
    assert set(own.within["forces"]) == {RELIED_ON}
    said = say.within(own.within, group="Black", forces=2)
    assert said == "Only one force can be used for ratios, so nothing lies between forces."


class Real:
    synthetic, months = False, ["2020-04", "2021-03"]


# --- sentences ------------------------------------------------------------------------------------------------------


def test_the_answer_says_how_many_are_here_can_be_used_and_agree(real):
    given = {"group": "Black", "reference": "White", "study": real.study}
    said = say.answer(real.reliance, real.within, **given)
    assert said.startswith(
        "These files are of 7 of the 43 forces of England and Wales, April 2020 to March 2021; the other 36 made 9"
    )
    agreed = ": official statistics agree with 2 of them in number and ethnic mix, agree with 1 in mix alone (too few "
    agreed += (
        "months to compare numbers) and contradict the records of Dorset Police, Gwent Police and North Yorkshire "
    )
    agreed += "Police. The records of City of London Police cannot be used for another reason."
    assert f"**For ratios by ethnicity 3 of 7 forces can be used**{agreed}" in said
    assert "Within these 3 forces Black people were searched **" in said
    can, contradicted = real.reliance["ratios"].ne(NO), real.reliance["official"].eq(OFFICIAL[RED])
    few = real.reliance[can | (contradicted & contradicted.cumsum().le(1))]  # no other force is left
    assert "and contradict the records of Dorset Police. Within" in say.answer(few, real.within, **given)
    none = real.reliance.assign(ratios=NO, official=OFFICIAL["another year"])
    said = say.answer(none, real.within, **given)
    assert said.endswith(
        "**For ratios by ethnicity none can be used**; this package carries no official figures of this year for them, "
        "only of another."
    )


def test_the_answer_says_why_official_statistics_were_not_compared(real, side):
    given = {"group": "Black", "reference": "White"}
    grey = real.reliance.assign(official=OFFICIAL[GREY])
    notes = {"a": "5 of 12 months: counts need a whole year; x", "b": "4 of 12 months: counts need a whole year"}
    official = [{"force": force, "note": notes["a"]} for force in grey["force"]]
    known = {"synthetic": False, "months": ["2020-04"], "start": "2020-04", "end": "2020-04"}
    known |= {"forces": real.study.forces, "coverage": real.study.coverage}
    study = SimpleNamespace(**known, official=pd.DataFrame(official))
    said = say.answer(grey, real.within, **given, study=study)
    assert "; they could not be compared with official statistics (5 of 12 months: counts need a whole year)." in said
    study.official.loc[study.official["force"].eq("surrey"), "note"] = notes["b"]
    mixed = grey.assign(official=[OFFICIAL["another year"], *[OFFICIAL[GREY]] * (len(grey) - 1)])
    said = say.answer(grey, real.within, **given, study=study)
    assert "official statistics (too few months: counts need a whole year)." in said
    said = say.answer(mixed.assign(ratios="yes"), real.within, **given, study=study)
    assert "; this package carries no official figures of this year for 1 of them, only of another; the others" in said
    simulated = say.answer(side.reliance, side.within, **given, study=side.study)
    assert "; these records are simulated, so they were not compared with official statistics." in simulated


def test_forces_that_agree_differ_or_could_not_be_compared_are_all_that_can_be_used(real):
    some = real.reliance.assign(ratios="yes", official=OFFICIAL[GREEN])
    some.loc[some.index[:2], "official"] = [OFFICIAL[GREY], OFFICIAL["another year"]]
    some.loc[some.index[1], "other_year"] = "2020-03"
    said = say.answer(some, real.within, group="Black", reference="White", study=real.study)
    agree = "agree with 5 of them in number and ethnic mix and could not be compared with 1; official statistics of "
    assert f"{agree}another year (to March 2020) are no farther from 1 of them than one year is from another." in said


def test_a_force_whose_records_are_missing_does_not_agree(real_data, tmp_path_factory):
    """Gloucestershire 2020/21: one month is set aside, and no month could make up for what is missing."""
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("missing")}
    study = sas.open_study(["gloucestershire", "surrey"], "2020-04", "2021-03", **place)
    own = sas.Comparison(study).by_force()
    table = own.reliance.set_index("force")
    assert table["official"].to_dict() == {"gloucestershire": "differ", "surrey": "agree"}
    assert table.loc["gloucestershire", "cause"].endswith(causes.FEWER)
    said = say.answer(own.reliance, own.within, group="Black", reference="White", study=own.study)
    assert "official statistics agree with 1 of them in number and ethnic mix and differ from 1." in said
    row = view.causes(study.causes).set_index("Force").loc["Gloucestershire Constabulary"]
    assert row["These records"] == "2,115 in 11 of 12 months"
    compared = official_view.view(study.official, study=study).set_index("Force")
    assert compared.loc["Gloucestershire Constabulary", "Difference (allowed)"].endswith("% at least (±5.0%)")
    assert "differ from those of Gloucestershire Constabulary" in official_sentences.official(study)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (causes.AGREES, "agree in mix"),
        (f"{causes.MONTHS} + {causes.UNKNOWN}", "agree in mix"),
        (f"{causes.MONTHS} + {causes.FEWER}", "agree in mix, not in number"),
        (f"{causes.MONTHS} + {causes.MORE}", "agree in mix, not in number"),
    ],
)
def test_a_force_of_which_only_the_mix_is_compared_agrees_in_number_with_nothing(real, cause, expected):
    own = real.study.official[real.study.official["force"].eq("cambridgeshire")]
    assert by_force._verdicts(own, {"cambridgeshire": cause}) == {"cambridgeshire": (expected, "")}
    reliance = real.reliance.assign(official=expected)
    said = say.answer(reliance, real.within, group="Black", reference="White", study=real.study)
    assert ("in mix and not in number" in said) == (expected == by_force.MIX_ALONE)
    assert "in number and ethnic mix" not in said


def test_a_force_without_a_file_is_not_among_those_that_are_here(real_data, tmp_path_factory):
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("none")}
    own = sas.Comparison(sas.open_study(["surrey", "btp", "cumbria"], "2020-04", "2020-06", **place)).by_force()
    said = say.answer(own.reliance, own.within, group="Black", reference="White", study=own.study)
    assert said.startswith("These files are of 1 of the 43 forces")
    assert "**For ratios by ethnicity the one force can be used**" in said
    shown = cards.national(own.overview("Black"), own.within, own.shrunken, group="Black", reference="White",
                           study=own.study)  # fmt: skip
    assert (shown[0].text, shown[1].text) == ("1 of 43", "1 of 1")
    why = own.reliance.set_index("force")["why"]
    assert "may not be used" not in why["cumbria"]
    assert "no file with records of these months is here" in why["cumbria"]
    assert "ratios by ethnicity for the one force" in say.relied(own.reliance, study=own.study)


def test_a_ratio_of_all_forces_never_stands_for_that_of_those_that_can_be_used(real):
    relied = real.within["forces"].eq(RELIED_ON)
    lost = real.within.assign(estimate=real.within["estimate"].mask(relied))
    assert real.within.loc[~relied, "estimate"].notna().any()
    assert "were searched" not in say.answer(real.reliance, lost, group="Black", reference="White", study=real.study)


def test_absent_forces_are_named_or_those_that_are_here():
    of, study = territorial_forces(), Real
    assert say.absent([], study=study) == "The files of all 43 territorial forces of England and Wales are here."
    assert "There is no file of Kent Police and Sussex Police for these months" in say.absent(
        ["kent", "sussex"], study=study
    )
    assert say.absent(["kent", "sussex"], study=study).startswith("**Not among these files: 2 of 43 forces.**")
    assert "There are only files of Essex Police for these months," in say.absent(
        [force for force in of if force != "essex"], study=study
    )
    assert "only files of other forces" in say.absent(of, study=study)


def test_absent_forces_have_their_share_of_the_searches_that_official_statistics_count():
    said = say.absent(["metropolitan"], study=Real)
    assert said.endswith("They made 43% of the searches of known ethnicity in official statistics of that year.")
    two = type("Two", (), {"synthetic": False, "months": ["2021-03", "2021-04"]})
    assert "They made" not in say.absent(["metropolitan"], study=two)


def test_relied_names_the_forces_that_answer_nothing(real):
    said = say.relied(real.reliance)
    assert "ratios by ethnicity for 3 of 7 forces" in said
    none = real.reliance.assign(**dict.fromkeys(("ratios", "outcomes", "objects", "places"), NO)).head(1)
    assert "They answer none of these questions for Dorset Police." in say.relied(none)
    assert "for the one force" in say.relied(real.reliance[real.reliance["force"].eq("surrey")])


def made_causes(*names):
    forces = [force for force in territorial_forces() if force != "kent"][: len(names)]
    return pd.DataFrame({"force": forces, "official": 100.0, "cause": names, "year_ending": "2021-03"})


def test_counted_has_a_sentence_for_every_cause():
    every = [causes.AGREES, causes.MONTHS, causes.REPEATS, causes.VEHICLES, causes.UNKNOWN, causes.FEWER, causes.MORE]
    said = say.counted(made_causes(*every, causes.TOO_FEW, f"{causes.MONTHS} + {causes.UNKNOWN}"), study=Real)
    assert said.startswith("The number of records is within 5% of the official one for 1 of 8 forces.")
    parts = ("Months that are missing or set aside", "Identical rows", "Searches of vehicles alone")
    parts += (
        "unknown ethnicity can",
        "**Records are missing**",
        "**More searches are here",
        "Too few months of a year",
    )
    for part in parts:
        assert part in said
    assert say.counted(made_causes(causes.TOO_FEW), study=Real).startswith("Too few months of a year are here")
    assert say.counted(made_causes(causes.AGREES).assign(official=float("nan")), study=Real).startswith(
        "This package carries no"
    )


def test_sentences_of_simulated_records_and_of_one_force(side):
    own = side.study.whole.of_force("metropolitan")
    one = sas.Comparison(own).by_force()
    given = {"group": "Black"}
    assert say.counted(one.study.causes, study=one.study).startswith("These records are simulated")
    assert say.within(one.within, forces=1, **given).startswith("Only one force has residents to compare with")
    assert say.beyond(one.funnel, **given).startswith("A funnel needs two forces or more")
    assert say.apart(one.ratios, one.shrunken, **given).endswith("in Metropolitan Police Service.")
    assert say.outcomes(one.arrests, compared=True).count("Metropolitan") == 1
    shown = cards.national(one.overview("Black"), one.within, one.shrunken, reference="White", **given)
    assert [card.id for card in shown] == ["forces", "forces_used", "ratio_within"]
    assert shown[1].base == "none compared with official statistics"
    assert (
        say.apart(one.ratios.head(0), one.shrunken, **given)
        == "No force has enough searches of Black people for a ratio."
    )
    assert say.outcomes(one.arrests.head(0), compared=True).startswith("There are too few searches")
    assert say.unknown(one.arrests.head(0)) == "Ethnicity may not be used in any month."


def test_the_difference_says_a_direction_only_where_chance_leaves_one(side):
    table = side.study.pooled_outcome_difference("arrest").frame
    own = table["force"].eq("") & table["ethnicity_5"].eq("Black")
    for low, high, word in (
        (0.01, 0.05, "more often"),
        (-0.05, -0.01, "less often"),
        (-0.01, 0.05, "no clear difference"),
    ):
        made = table.assign(
            estimate=table["estimate"].mask(own, (low + high) / 2), lower=table["lower"].mask(own, low),
            upper=table["upper"].mask(own, high),
        )  # fmt: skip
        assert word in say.difference(made, group="Black", reference="White")
    gone = table.assign(estimate=table["estimate"].mask(own))
    assert say.difference(gone, group="Black", reference="White").startswith(
        "Differences between groups cannot be given"
    )


def test_months_that_do_not_count_are_a_line_a_force_and_reason(real):
    lost = real.study.whole.verdicts.query("verdict != 'fine'")
    assert view.months(lost).to_numpy().tolist() == [["Cambridgeshire Constabulary", "2020-07", "doubled"],
                                                    ["City of London Police", "2020-07", "doubled"]]  # fmt: skip


def test_outcomes_of_an_official_table_stand_beside_those_of_the_records(real, tmp_path):
    own = real.study.whole.of_force("surrey")
    people = own.records[own.records["type"].ne("Vehicle search")]
    counts = people["arrest"].map({True: "Arrest", False: "No further action"}).value_counts()
    given = {"force": "Surrey", "reason_for_search": "Drugs"}
    rows = [new_row(searches=int(number), outcome=outcome, **given) for outcome, number in counts.items()]
    found = own.official_labels(write_csv(tmp_path / "open.csv", [NEW, *rows]))
    of_outcome = found[found["what"].eq("outcome")].set_index("label")
    assert of_outcome.loc["Arrest", "difference"] == pytest.approx(0, abs=1e-12)
    shown = view.official_labels(found).set_index("What")
    assert shown.loc["Outcome, year to 2021-03", "Official"] == f"{counts.sum():,}"
    assert shown.loc["Outcome, year to 2021-03", "Farthest label"] == "No further action, -16.7 points"
    assert view.official_labels(found.head(0)).empty


def test_the_examples_in_the_docstrings_hold(sample, tmp_path):
    both = sas.open_study(["metropolitan", "essex"], "2018-04", "2018-09", raw=sample, processed=tmp_path)
    names = {"sas": sas, "SAMPLE": sample, "side": sas.Comparison(both).by_force()}
    check_examples(Forces, **names)


def test_all_forces_of_an_archive_without_a_file_in_the_months_are_an_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.writestr("2019-01/2019-01-essex-stop-and-search.csv", "Type\n")
    with pytest.raises(DataError, match="no stop-and-search file"):
        sas.open_study("all", "2020-01", "2020-02", raw=tmp_path, processed=tmp_path / "processed")
