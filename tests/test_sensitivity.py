"""What a headline rests on: without flagged months and with them; and nothing that official statistics contradict."""

import pandas as pd
import pytest

from sas_analysis.measures.coverage import coverage_grid
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.outcomes.outcome_rates import outcome_headlines
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.sensitivity import (
    CONTRADICTED,
    contradicted,
    mark_contradicted,
    with_and_without_flagged,
)
from sas_analysis.measures.shares import share_of_searches, shares_by_each
from sas_analysis.present import sentences

MONTHS = ["2019-01", "2019-02", "2019-03"]
VERDICTS = pd.DataFrame(
    {"force": "essex", "month": MONTHS, "verdict": ["fine", "flagged", "fine"], "rules": ["", "doubled", ""]}
)


@pytest.fixture
def searches():
    """January and March: half of 10 searches for drugs; February, flagged: 20 of 20."""
    table = pd.DataFrame(
        {
            "force": "essex",
            "month": [MONTHS[0]] * 10 + [MONTHS[1]] * 20 + [MONTHS[2]] * 10,
            "object_group": ["Drugs", "Weapons"] * 5 + ["Drugs"] * 20 + ["Drugs", "Weapons"] * 5,
        }
    )
    return table.astype({"object_group": "category"})


def grid(searches, verdicts=VERDICTS):
    files = searches.groupby(["force", "month"]).size().rename("rows").reset_index()
    return coverage_grid(files, forces=["essex"], start=MONTHS[0], end=MONTHS[-1], verdicts=verdicts)


def sensitivity(searches, verdicts=VERDICTS):
    return with_and_without_flagged(
        searches, grid(searches, verdicts), lambda part, _: share_of_searches(part, "object_group")
    )


def test_a_measure_without_flagged_months_and_with_them(searches):
    table = sensitivity(searches).set_index(["months", "object_group"])
    assert table.loc[("unflagged", "Drugs"), ["numerator", "denominator", "estimate"]].tolist() == [10, 20, 0.5]
    assert table.loc[("all published", "Drugs"), ["numerator", "denominator", "estimate"]].tolist() == [30, 40, 0.75]


def test_without_a_flag_the_two_lines_are_equal_and_the_report_says_so(searches):
    none = VERDICTS.assign(verdict="fine", rules="")
    table = sensitivity(searches, none)
    lines = [part.drop(columns="months").reset_index(drop=True) for _, part in table.groupby("months")]
    pd.testing.assert_frame_equal(*lines)
    assert sentences.flagged_months(none, table) == "The audit flags none of the 3 months with records."


def test_the_sentence_says_which_months_and_what_moves_most(searches):
    text = sentences.flagged_months(VERDICTS, sensitivity(searches))
    assert text.startswith("**The audit flags 1 of 3 months with records**: Essex Police 2019-02 (doubled); left out")
    assert "With them, what moves most is Drugs: 75.0% instead of 50.0%" in text
    text = sentences.flagged_months(VERDICTS, sensitivity(searches), flagged_months="include")
    assert "counted here" in text
    assert "Without them, what moves most is Drugs: 50.0% instead of 75.0%" in text


def test_where_all_is_flagged_nothing_is_estimable_and_that_is_said(searches):
    verdicts = VERDICTS.assign(verdict="flagged", rules="high")
    table = sensitivity(searches, verdicts)
    assert table.loc[table["months"].eq("unflagged"), "estimate"].isna().all()
    assert "Without them there is no number to give" in sentences.flagged_months(verdicts, table)


def test_shares_by_each_column_stand_in_one_table(searches):
    table = shares_by_each(searches, ["object_group", "force"])
    assert table.columns[:3].tolist() == ["column", "label", "measure"]
    assert table[["column", "label", "numerator"]].to_numpy().tolist() == [
        ["object_group", "Drugs", 30],
        ["object_group", "Weapons", 10],
        ["force", "essex", 40],
    ]


def test_headlines_of_outcomes_hold_shares_and_rates(searches):
    table = searches.assign(
        positive_outcome=pd.array([True, False] * 20, dtype="boolean"),
        arrest=pd.array([False] * 40, dtype="boolean"),
        outcome_linked_to_object=pd.array([None] * 40, dtype="boolean"),
        outcome=pd.Categorical(["Caution", "Nothing"] * 20),
    )
    made = outcome_headlines(table).set_index(["measure", "label"])["estimate"]
    assert made["share_of_searches", "Caution"] == made["positive_outcome_rate", ""] == 0.5
    assert made["arrest_rate", ""] == 0
    assert pd.isna(made["find_rate", ""])


OFFICIAL = pd.DataFrame({"force": ["kent", "essex", "essex"], "light": ["green", "red", "red"]})


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
    assert contradicted(OFFICIAL) == ["essex"]
    assert contradicted(OFFICIAL, synthetic=True) == []
    by_force = mark_contradicted(ratios(by_force=True), ["essex"])
    assert by_force["note"].str.contains(CONTRADICTED).tolist() == [True, True, False, False]
    together = mark_contradicted(ratios(by_force=False), ["essex"])
    assert together["note"].str.contains(CONTRADICTED).all()
    assert together["estimate"].tolist() == ratios(by_force=False)["estimate"].tolist()
    pd.testing.assert_frame_equal(mark_contradicted(together, []), together)


def test_no_ratio_is_a_headline_where_a_light_is_red():
    searches = pd.DataFrame({"ethnicity_5": pd.Categorical(["Unknown"] * 1 + ["White"] * 19)})
    unknown = share_of_searches(searches, "ethnicity_5")
    table = ratios(by_force=False)
    words = {"reference": "White", "source": "Census"}
    assert "Black 2.00" in sentences.disproportionality(table, unknown, **words)
    text = sentences.disproportionality(mark_contradicted(table, ["essex"]), unknown, **words)
    assert text.startswith("**No ratio is given as a headline**: official statistics contradict")
    assert "2.00" not in text
