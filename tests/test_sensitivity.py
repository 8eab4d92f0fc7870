"""What a headline rests on: without flagged months and with them; and nothing that official statistics contradict."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_study import opened, put

import sas_analysis as sas
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.sensitivity import CONTRADICTED, contradicted_years, mark_contradicted
from sas_analysis.present import taken_back
from sas_analysis.present.month_sentences import months_used
from sas_analysis.records.audit import RULES
from sas_analysis.records.audit.findings import as_table

MONTHS = ["2019-01", "2019-02", "2019-03"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three months of 40 searches; findings by hand: the second is doubled, in the third outcomes may not be used."""
    folder = tmp_path_factory.mktemp("months")
    for month in MONTHS:
        put(folder, "essex", month, 40)
    made = opened(folder, ["essex"], MONTHS[0], MONTHS[-1])
    weapons = made.records["object_group"].mask(made.records["month"].eq(MONTHS[1]), "Weapons")
    made = replace(made, records=made.records.assign(object_group=weapons))
    made.__dict__["findings"] = as_table([finding(MONTHS[1], "doubled"), finding(MONTHS[2], "missing", "outcome")])
    return made


def finding(month, rule, field=""):
    given = {"severity": RULES[rule].severity, "action": RULES[rule].action, "value": 1.0, "threshold": 0.5}
    return {"force": "essex", "month": month, "rule": rule, "field": field, "evidence": "seen"} | given


def test_a_measure_of_the_months_that_count_and_with_the_others_taken_back_in(study):
    table = study.without_flagged(lambda own: own.outcome("positive"))
    assert dict(zip(table["months"], table["denominator"], strict=True)) == {
        "counted": 40,
        "unusable included": 80,
        "all published": 120,
    }


def test_a_field_that_may_not_be_used_hinders_no_other_measure(study):
    table = study.without_flagged(lambda own: own.share("gender"))
    assert table["months"].unique().tolist() == ["counted", "all published"]
    assert table.groupby("months")["denominator"].max().to_dict() == {"counted": 80, "all published": 120}


def test_where_nothing_is_left_out_the_lines_are_equal_and_the_report_says_so(study):
    clean = study.during(MONTHS[0], MONTHS[0])
    table = clean.without_flagged(lambda own: own.share("gender"))
    lines = [part.drop(columns="months").reset_index(drop=True) for _, part in table.groupby("months")]
    pd.testing.assert_frame_equal(*lines)
    assert months_used(clean, table) == "The month is used; the data audit sets none aside."


def test_the_sentence_says_which_months_and_what_moves_most(study):
    table = study.without_flagged(lambda own: own.share("object_group"))
    text = months_used(study, table)
    doubled = RULES["doubled"].looks_for
    assert text.startswith(f"**1 of 3 months is set aside**: 2019-02 ({doubled}). ")  # objects rest on no outcome
    assert re.search(r"With it, what moves most is \w+: [\d.]+% instead of [\d.]+%\.$", text)
    included = months_used(study.choosing(flagged_months="include", unusable="include"), table)
    assert included.startswith(f"**1 of 3 months is used here all the same, as was asked**: 2019-02 ({doubled}). ")
    assert "Without it, what moves most" in included


def test_the_sentence_names_the_field_that_may_not_be_used(study):
    text = months_used(study, study.without_flagged(lambda own: own.outcome("positive")))
    assert text.startswith("**1 of 3 months is set aside**: 2019-02 (")
    left = (
        "**1 of 3 months is left out as a field may not be used**: 2019-03 (outcome blank in most records). With them"
    )
    assert left in text
    mixed = study.choosing(unusable="include")
    text = months_used(mixed, mixed.without_flagged(lambda own: own.outcome("positive")))
    assert text.startswith("**1 of 3 months is set aside**: 2019-02")
    assert "**1 of 3 months is used here all the same, as was asked**: 2019-03" in text


def test_where_no_month_counts_nothing_is_estimable_and_that_is_said(study):
    third = study.during(MONTHS[2], MONTHS[2])
    table = third.without_flagged(lambda own: own.outcome("positive"))
    assert table.loc[table["months"].eq("counted"), "estimate"].isna().all()
    text = months_used(third, table)
    assert text.startswith("**1 of 1 month is left out as a field may not be used**: 2019-03 ")
    assert text.endswith("Without it there is no number to give; the numbers with it are below.")
    neither = months_used(third, table.assign(estimate=np.nan))
    assert neither.endswith("With it and without, none of the numbers of the headline can be given.")


def test_shares_by_several_columns_and_outcomes_stand_in_one_table(study):
    table = study.shares(["object_group", "gender"], ["positive"])
    assert table.columns[:3].tolist() == ["column", "label", "measure"]
    assert table["column"].unique().tolist() == ["object_group", "gender", ""]
    alone = study.share("gender").frame
    assert table.loc[table["column"].eq("gender"), "numerator"].tolist() == alone["numerator"].tolist()


OFFICIAL = pd.DataFrame(
    {
        "force": ["kent", "essex", "essex", "essex"],
        "year_ending": ["2021-03", "2021-03", "2021-03", "2020-03"],
        "light": ["green", "red", "red", "green"],
    }
)
RED = {"essex": {"2021-03"}}
EARLIER = {"2019", "2019Q2", "2019Q3", "2019Q4", "2020Q1", "2019-04"}  # periods before the year that is red


def ratios(by_force):
    counts = pd.DataFrame(
        {
            "force": ["essex", "essex", "kent", "kent"],
            "ethnicity_5": pd.Categorical(["White", "Black"] * 2, categories=["White", "Black"]),
            "searches": [10, 10, 10, 10],
        }
    )
    months = pd.DataFrame({"force": ["essex", "kent"], "months": [12, 12]})
    residents = counts.assign(residents=[100, 50, 100, 50]).drop(columns="searches")
    return disproportionality_ratio(Exposure(counts, residents, months), within=["force"] if by_force else ())


def test_a_contradicted_force_is_marked_and_its_number_stays():
    assert contradicted_years(OFFICIAL) == RED
    assert contradicted_years(OFFICIAL, synthetic=True) == {}
    by_force = mark_contradicted(ratios(by_force=True), RED)
    assert by_force["note"].str.contains(CONTRADICTED).tolist() == [True, True, False, False]
    together = mark_contradicted(ratios(by_force=False), RED)
    assert together["note"].str.contains(CONTRADICTED).all()
    assert together["estimate"].tolist() == ratios(by_force=False)["estimate"].tolist()
    pd.testing.assert_frame_equal(mark_contradicted(together, {}), together)


@pytest.mark.parametrize(
    ("column", "labels", "marked"),
    [
        ("month", ["2020-03", "2020-04", "2021-03", "2021-04"], [False, True, True, False]),
        ("quarter", ["2020Q1", "2020Q2", "2021Q1", "2021Q2"], [False, True, True, False]),
        ("year", ["2019", "2020", "2021", "2022"], [False, True, True, False]),
        ("period", ["2019-04 to 2020-03", "2020-03 to 2020-05", "2021-04 to 2021-05", "change"],
         [False, True, False, True]),
    ],
)  # fmt: skip
def test_only_the_periods_of_a_contradicted_year_are_marked(column, labels, marked):
    table = ratios(by_force=True).assign(force="essex", **{column: labels})
    for one in (table, table.drop(columns="force")):
        assert mark_contradicted(one, RED)["note"].str.contains(CONTRADICTED).tolist() == marked
    assert not mark_contradicted(table.assign(force="kent"), RED)["note"].str.contains(CONTRADICTED).any()


@pytest.fixture(scope="module")
def essex(real_data, tmp_path_factory):
    """Official statistics contradict its records of the year to March 2021, and not those of the year before."""
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("processed")}
    return sas.open_study("essex", "2019-04", "2021-03", **place)


def test_what_is_exported_is_marked_in_the_contradicted_year_alone_however_it_is_asked_for(essex):
    assert essex.contradicted_years == {"essex": {"2021-03"}}
    asked = {
        "year": essex.ratio(groups=["Black"], over="year"),
        "quarter": essex.trend("ratio", groups=["Black"], only=["Black"], over="quarter"),
        "period": essex.year_on_year("ratio", groups=["Black"]),
    }
    for period, found in asked.items():
        marked = found.frame["note"].str.contains(CONTRADICTED)
        assert marked.to_numpy().tolist() == [label[:7] not in EARLIER for label in found.frame[period]]
    assert essex.ratio(groups=["Black"]).frame["note"].str.contains(CONTRADICTED).all()
    assert essex.rate(groups=["Black"], over="year").frame["note"].str.contains(CONTRADICTED).any()


def test_a_part_of_a_study_is_judged_by_what_is_known_of_the_whole(essex):
    quarter = essex.during("2020-07", "2020-09")
    assert quarter.contradicted == ["essex"]
    assert quarter.using("outcome_linked_to_object").contradicted == ["essex"]
    assert essex.during("2019-04", "2019-12").contradicted == []


def test_blank_self_defined_ethnicity_is_not_held_against_what_officers_described(real_data, tmp_path):
    """North Yorkshire, 2020/21: 177 searches of known self-defined ethnicity, 3,102 by officers, 3,323 official."""
    place = {"raw": real_data / "archive", "processed": tmp_path}
    asked = {"start": "2020-04", "end": "2021-03", **place}
    own = sas.open_study("north-yorkshire", **asked)
    assert own.contradicted == ["north-yorkshire"]
    seen = sas.open_study("north-yorkshire", **asked, ethnicity="officer")
    assert seen.contradicted == []
    known = seen.official.set_index("measure").loc["searches of known ethnicity"]
    assert (known["ours"], known["official"]) == (3102, 3323)
    compared = sas.Comparison(seen)
    assert compared.unused[["group", "officer"]].to_numpy().tolist() == [["Mixed", 0]]
    mixed = compared.ratios.set_index("ethnicity_5").loc["Mixed"]
    assert pd.isna(mixed["estimate"])
    assert mixed["note"].startswith("not estimable: officers of north-yorkshire do not use Mixed")


def test_months_taken_back_in_are_shown_where_any_were_left_out_and_no_caption_denies_them(study):
    def shown(own, measure):
        page = sas.Report(own)
        return page.as_shown("s", own.without_flagged(measure), "T", view=taken_back.view, across="months").block

    whole = shown(study, lambda own: own.outcome("positive"))
    assert [name for name, _ in whole["columns"]][1:] == [
        "Months that count",
        "Doubtful fields included",
        "All published months",
    ]
    assert whole["months"] == ""  # these rows are of the months that others leave out
    lost = shown(study.during(MONTHS[2], MONTHS[2]), lambda own: own.shares(["outcome"]))
    assert [name for name, _ in lost["columns"]][1:] == ["Months that count", "All published months"]
    assert lost["months"] == ""
    assert shown(study.during(MONTHS[0], MONTHS[0]), lambda own: own.share("gender")) is None


def test_a_table_without_a_row_says_why_where_no_month_counts(study):
    lost = study.during(MONTHS[2], MONTHS[2])
    block = sas.Report(lost).as_shown("o", lost.share("outcome", within="month").occurring(), "T").block
    assert block["rows"] == []
    assert block["nothing"] == "cannot be given: outcome is missing from most records in the month"
