"""One number has one pair of limits on a page, and every table, figure and sentence says which."""

import math
import re

import pandas as pd
import pytest
from docstrings import check_examples

import sas_analysis as sas
from sas_analysis import months
from sas_analysis.measures.table import MEASURE_COLUMNS
from sas_analysis.present import (
    alike,
    headline_view,
    limits,
    narrowed,
    outcome_sentences,
    outcome_view,
    reasons,
    section_sentences,
)
from sas_analysis.present.cards import card
from sas_analysis.present.rowcharts import estimates
from sas_analysis.present.short_table import short
from sas_analysis.present.trend_view import steps

BLACK = {"lower": -0.066, "upper": 0.007, "interval": "90% process", "period_lower": -0.058, "period_upper": -0.003}


def rows(**groups):
    """Differences of one group as they are, within and adjusted, with limits of these months and of the years."""
    kinds = ("crude", "within", "adjusted")
    made = [
        {
            "measure": f"outcome_difference_{kind}",
            "numerator": -2.0,
            "denominator": 846.0,
            "estimate": -0.031,
            "note": "",
        }
        | BLACK
        for kind in kinds
    ]
    table = pd.DataFrame(made).assign(**groups)
    return table[[*groups, *MEASURE_COLUMNS]]


@pytest.fixture
def table():
    return rows(outcome="Positive outcome", ethnicity_5="Black")


def test_table_figure_and_sentence_give_one_interval_and_say_which(table):
    block = short(outcome_view.side_by_side(table)).as_block()
    assert [cell[1] for cell in block["rows"][0][2:]] == ["−5.8 to −0.3"] * 3
    assert block["sub"].endswith("Small: 90% interval of these months.")
    drawn = estimates.differences(table)
    assert "−5.8 to −0.3" in drawn["html"]
    assert drawn["key"][0][1] == "Adjusted, with its 90% interval of these months"
    said = section_sentences.differences(table)
    assert "3.1 fewer positive outcomes (from 0.3 to 5.8; over the years there may be no difference)" in said
    (of_grounds,) = outcome_sentences.grounds(table.rename(columns={"outcome": "object_group"}))
    assert "Black -3.1 points (from -5.8 to -0.3; over the years there may be no difference)" in of_grounds


def test_where_there_are_no_limits_of_these_months_those_of_the_years_are_named_so(table):
    years = table.assign(period_lower=None, period_upper=None, upper=-0.001)
    block = short(outcome_view.side_by_side(years)).as_block()
    assert block["rows"][0][-1][1] == "−6.6 to −0.1"
    assert block["sub"].endswith("Small: 90% interval of the level over the years.")
    assert estimates.differences(years)["key"][0][1] == "Adjusted, with its 90% interval of the level over the years"
    row = years.iloc[0].to_dict() | {"measure": "disproportionality_ratio", "estimate": 2.0, "lower": 1.5, "upper": 3.0}
    assert card(pd.Series(row), id="one", what="", base="").interval == "from 1.5 to 3.0, the level over the years"


def test_rows_with_other_limits_than_most_say_in_a_footnote_which():
    groups = {"month": [f"2020-0{n}" for n in range(1, 5)]}
    table = pd.DataFrame(groups).assign(
        measure="disproportionality_ratio",
        numerator=200,
        denominator=100,
        estimate=2.0,
        lower=1.0,
        upper=4.0,
        interval="95% process",
        period_lower=[1.5, 1.5, 1.5, None],
        period_upper=[2.5, 2.5, 2.5, None],
        note="",
    )
    block = short(table).as_block()
    assert block["sub"].endswith("Small: 95% interval of these months.")
    value = [column[0] for column in block["columns"]].index("Ratio")
    assert [row[value][2] for row in block["rows"]] == ["", "", "", "a"]
    assert block["notes"] == ["a  95% interval of the level over the years."]


def test_limits_of_these_months_alone_have_a_level_too():
    table = pd.DataFrame({"month": ["2020-01", "2020-02"]}).assign(
        measure="share_of_searches",
        numerator=[3, 4],
        denominator=100,
        estimate=[0.03, 0.04],
        lower=math.nan,
        upper=math.nan,
        interval="",
        period_lower=0.01,
        period_upper=0.06,
        note="",
    )
    assert "Small: 80% interval of these months." in short(table, level=0.8).as_block()["sub"]
    (key,) = estimates.intervals(table, by="month", level=0.8)["key"]
    assert key[1] == "Value and 80% interval of these months"


def test_the_ratios_of_the_headline_table_have_limits_of_one_kind():
    row = {
        "ethnicity_5": "Mixed",
        "searches": 417,
        "ratio": 1.63,
        "interval": "95% process",
        "lower": 1.12,
        "upper": 2.38,
    }
    row |= {"period_lower": 1.42, "period_upper": 1.86, "within": None, "imputed": 1.87, "imputed_lower": 1.28}
    row |= {"imputed_upper": 2.72, "imputed_period_lower": 1.64, "imputed_period_upper": 2.12}
    row |= dict.fromkeys([f"within_{end}" for end in ("lower", "upper", "period_lower", "period_upper")])
    row |= {"unknown_lowest": 1.24, "unknown_highest": 10.63, "base_lowest": 1.55, "base_highest": 2.12}
    block = short(headline_view.in_short(pd.DataFrame([row]))).as_block()
    assert [cell[1] for cell in block["rows"][0]][1:3] == ["1.42 to 1.86", "1.64 to 2.12"]
    assert block["sub"] == "Small: 95% interval of these months."


def test_the_factor_of_a_step_says_that_its_limits_are_of_the_step():
    found = {
        "nature": "searches",
        "of": "searches_per_day",
        "month": "2019-06",
        "p_adjusted": 0.01,
        "estimate": 0.5,
        "note": "",
    }
    found |= {"mean_before": 5.6, "mean_after": 3.4, "lower": 0.4, "upper": 0.8, "interval": "95% step", "group": ""}
    assert short(steps(pd.DataFrame([found]))).as_block()["sub"] == "Small: 95% interval of the step."


def test_a_differences_table_puts_few_searches_in_brackets(table):
    few = table.assign(note="few searches")  # which a difference says of either group
    block = short(outcome_view.side_by_side(few)).as_block()
    assert block["rows"][0][2][:2] == ["(−3.1 points)", "(−5.8 to −0.3)"]
    assert block["notes"] == ["a  Fewer than 20 searches of either group."]
    assert re.search(r'class="v">\(−3\.1\)', estimates.differences(few)["html"])


def test_a_column_with_a_value_in_some_rows_only_is_not_said_of_all():
    table = pd.DataFrame({"force": ["essex", "dorset"], "share_true_nfa": [0.108, None], "rows": [2568, 2568]})
    block = short(table).as_block()
    assert block["sub"] == "Rows: 2,568."
    assert [row[1][0] for row in block["rows"]] == ["10.8%", "–"]


def test_a_name_says_what_limits_are_of():
    assert limits.interval(["95% process, prediction for another force", "95% process"]) == (
        "95% interval of the level over the years"
    )
    assert limits.interval([]) == ""


def test_examples_of_what_is_said_hold(sample, tmp_path):
    study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=sample, processed=tmp_path)
    for module in (limits, alike, narrowed, months, reasons):
        check_examples(module, study=study)
