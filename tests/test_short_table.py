"""What a page prints of a table: few rows and columns, nothing said twice, and the same digits as everywhere."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from sas_analysis.measures.outcomes.differences import outcome_differences
from sas_analysis.measures.table import measures_table
from sas_analysis.present import outcome_view, prose
from sas_analysis.present.block_html import of_block
from sas_analysis.present.blocks import TOLD
from sas_analysis.present.footnotes import remark_of
from sas_analysis.present.latex import latex_of
from sas_analysis.present.report_table import ReportTable
from sas_analysis.present.short_table import COLUMNS, ROWS, short

OBJECTS = [f"Object {n}" for n in range(13)]


def shares(numbers, notes="", **columns):
    groups = pd.DataFrame(columns or {"object_of_search": OBJECTS[: len(numbers)]})
    total = [sum(numbers)] * len(numbers)
    return measures_table(groups, measure="share_of_searches", numerator=numbers, denominator=total, note=notes)


def texts(block):
    return [[cell[0] for cell in row] for row in block["rows"]]


def test_a_long_table_keeps_the_rows_of_the_most_searches_in_their_order_and_says_how_many_are_left():
    block = short(shares([5, 1, 90, 80, 70, 60, 50, 40, 30, 20, 2, 4, 3])).as_block()
    assert [row[0] for row in texts(block)] == [OBJECTS[n] for n in (2, 3, 4, 5, 6, 7, 8, 9)]
    assert len(block["rows"]) == ROWS
    assert "5 more rows in the CSV." in block["notes"]


def test_what_stands_below_a_title_is_sentences():
    parts = {"mark": "SYNTHETIC: simulated records.", "sub": "Crown copyright 2022", "months": "11 of 12 months."}
    block = {"kind": "figure", "title": "Black to White", "html": "<svg/>"}
    text = BeautifulSoup(of_block(block | parts), "html.parser").select_one(".sub").get_text()
    assert text == "SYNTHETIC: simulated records. Crown copyright 2022. 11 of 12 months."
    assert BeautifulSoup(of_block(block), "html.parser").select_one(".sub") is None
    alone = of_block(block | {"sub": "1 = as often"})
    assert BeautifulSoup(alone, "html.parser").select_one(".sub").get_text() == "1 = as often"


def test_a_table_that_is_no_measures_table_keeps_the_columns_that_answer_and_names_those_it_has_no_room_for():
    names = ["force", "searches", "reference_searches", "ratio", "precision", "target", "z", "p_value"]
    funnel = pd.DataFrame({name: [n + 1.5, n + 3.25] for n, name in enumerate(names)})
    funnel = funnel.assign(force=["essex", "kent"], lower_95=0.895, upper_95=[3.65, 3.8], verdict=["within", "above"])
    block = short(funnel.assign(lower_95=[0.895, 0.9])).as_block()
    heads = [name for name, _ in block["columns"]]
    assert heads == ["Force", "Searches", "Ratio", "Lower 95% limit", "Upper 95% limit", "Verdict"]
    assert texts(block)[1][2:] == ["6.25", "0.90", "3.80", "above"]
    assert block["notes"] == ["In the CSV only: Reference searches, Precision, Average, Z and P value."]


@pytest.mark.parametrize("number", [6, 7, 12])
def test_no_column_of_a_table_is_left_out_without_a_word(number):
    names = [f"{letter} of them" for letter in "ABCDEFGHIJKL"[:number]]
    block = short(pd.DataFrame({name: [1, 2] for name in names})).as_block()
    said = [text.removeprefix("In the CSV only: ").rstrip(".") for text in block["notes"]]
    hidden = [name for text in said for name in re.split(", | and ", text)]
    assert [*(name for name, _ in block["columns"]), *hidden] == names
    assert len(hidden) == number - 6


@pytest.mark.parametrize(("number", "stay"), [(17, [*range(0, 17, 2)]), (12, [*range(12)])])
def test_of_a_ladder_of_numbers_both_ends_and_the_middle_stay_and_not_the_steps_of_the_most_searches(number, stay):
    """What a group must be unknown less often by, for parity, is below 1, where there are the fewest searches."""
    steps = 2.0 ** np.linspace(-2, 2, number)
    searches = range(20, 20 + 2 * number)
    groups = pd.DataFrame({"ethnicity_5": ["Black", "Mixed"] * number, "delta": np.repeat(steps, 2)})
    table = measures_table(groups, measure="mnar_ratio", numerator=searches, denominator=searches)
    block = short(table).as_block()
    assert [row[0] for row in texts(block)] == [f"{steps[n]:.2f}" for n in stay]
    assert block["notes"] == [f"{number - len(stay)} more rows in the CSV."] * (number > len(stay))


@pytest.mark.parametrize("most", [1, 2, ROWS, 12])
def test_no_table_is_cut_for_the_sake_of_one_row_or_of_fewer_than_half_of_those_that_stay(most):
    for number in range(2, 3 * most + 2):
        months = [str(month) for month in pd.period_range("2018-01", periods=number, freq="M")]
        names = [f"{n}" for n in range(number)]
        amounts = list(range(30, 30 + number))
        pairs = {"object_of_search": sorted(names * 2), "ethnicity_5": ["White", "Black"] * number}
        grid = shares(amounts * 2, **pairs)
        plain = [pd.DataFrame({name: own, "rows": amounts}) for name, own in (("place", names), ("month", months))]
        tables = [shares(amounts, object_of_search=names), shares(amounts, month=months), grid, *plain]
        for table in tables:
            made = short(table, rows=most)
            assert made.left + len(made.rows) == number
            assert made.left == 0 or made.left > most / 2, (number, most)
            assert made.left != 1


def test_the_rows_that_a_sentence_tells_of_stay_in_a_long_table():
    """Of twenty measures that agree with official statistics and two that do not, the answer is about the two."""
    names = [f"measure {n}" for n in range(22)]
    told = [name in ("measure 20", "measure 21") for name in names]
    block = short(pd.DataFrame({"Measure": names, "Difference": ["+1.0%"] * 21 + ["-2.0%"], TOLD: told})).as_block()
    assert [row[0] for row in texts(block)] == [*names[:6], "measure 20", "measure 21"]
    assert [name for name, _ in block["columns"]] == ["Measure", "Difference"]
    every = short(pd.DataFrame({"Measure": names, TOLD: [True] * 22}))
    assert (len(every.rows), every.left) == (22, 0)


def test_a_measure_in_a_cell_stands_by_its_title():
    plain = pd.DataFrame({"place": ["A", "B"], "measure": ["search_rate", "disproportionality_ratio"], "rows": [1, 2]})
    assert [row[1] for row in texts(short(plain).as_block())] == [
        "Searches per 1,000 residents a year",
        "Ratio",
    ]


@pytest.mark.parametrize("columns", [{}, {"ethnicity_5": ["White", "Black"]}])
def test_a_long_table_by_month_keeps_the_last_months_in_order_and_says_that_the_others_are_earlier(columns):
    """The twelve months with most searches look like a series, with gaps that are none."""
    months = [str(month) for month in pd.period_range("2020-01", "2020-10", freq="M")]
    each = max(len(own) for own in columns.values()) if columns else 1
    searches = [900 - 80 * n for n in range(10) for _ in range(each)]  # the first months have the most
    labels = {name: own * 10 for name, own in columns.items()}
    table = shares(searches, month=[month for month in months for _ in range(each)], **labels)
    block = short(table, rows=4).as_block()
    assert [row[0] for row in texts(block)] == ["July 2020", "August 2020", "September 2020", "October 2020"]
    assert "6 earlier rows in the CSV." in block["notes"]


def test_a_series_of_several_rows_a_month_keeps_whole_months_and_other_tables_say_so_too():
    months = [f"2020-0{n}" for n in range(1, 6)]
    plain = pd.DataFrame({"month": months, "rows": [50, 40, 30, 20, 10]})
    block = short(plain, rows=2).as_block()
    assert [row[0] for row in texts(block)] == ["April 2020", "May 2020"]
    assert "3 earlier rows in the CSV." in block["notes"]
    months = [f"2020-0{n}" for n in range(1, 9)]
    both = shares(list(range(1, 17)), month=sorted(months * 2), object_of_search=list("abcdefghijklmnop"))
    shown = short(both, rows=3).as_block()
    assert [row[:2] for row in texts(shown)] == [["August 2020", "o"], ["August 2020", "p"]]


def test_what_is_the_same_in_every_row_is_said_once_below_the_caption():
    table = shares([30, 70], force=["essex"] * 2, gender=["Female", "Male"])
    block = short(table).as_block()
    assert "Force: Essex Police." in block["sub"]
    assert "Of 100 searches." in block["sub"]
    assert [name for name, _ in block["columns"]] == ["Gender", "Searches", "Share"]


def test_the_note_of_a_row_is_a_lettered_footnote_and_no_column():
    block = short(shares([30, 70], notes=["", "not stated counts as blank"])).as_block()
    assert "Note" not in [name for name, _ in block["columns"]]
    assert block["rows"][1][-1][2] == "a"
    assert block["notes"] == ["a  Not stated counts as blank."]


def test_few_searches_stand_in_brackets_and_no_search_is_a_dash():
    rates = measures_table(
        pd.DataFrame({"gender": ["Female", "Male", "Other"]}),
        measure="arrest_rate", numerator=[3, 50, 0], denominator=[10, 100, 0],
    )  # fmt: skip
    block = short(rates).as_block()
    assert [row[-1][0] for row in block["rows"]] == ["(30.0%)", "50.0%", "–"]
    assert "In brackets: fewer than 20 searches." in block["notes"]


def test_a_rate_or_ratio_of_no_search_is_zero_and_no_missing_value():
    for measure, text in (("search_rate", "(0.0)"), ("disproportionality_ratio", "(0.00)")):
        table = measures_table(
            pd.DataFrame({"area": ["A", "B"]}), measure=measure, numerator=[0, 50], denominator=[40.0, 100.0]
        )
        row = short(table).as_block()["rows"][0]
        assert text in [cell[0] for cell in row]
        assert "–" not in [cell[0] for cell in row]
    days = measures_table(
        pd.DataFrame({"month": ["2018-01", "2018-02"] * 2, "area": ["A", "A", "B", "B"]}),
        measure="searches_per_day", numerator=[0, 1240, 31, 30], denominator=[31.0, 31.0, 31.0, 30.0],
    )  # fmt: skip
    assert texts(short(days, across="area").as_block()) == [
        ["January 2018", "(0.0)", "1.0"],
        ["February 2018", "40.0", "1.0"],
    ]


def test_footnotes_beyond_the_alphabet_have_two_letters_on_the_page_and_in_latex():
    number = 60
    table = shares([30] * number, notes=[f"remark {n}" for n in range(number)], object_of_search=range(number))
    block = short(table, rows=number).as_block()
    marks = [row[-1][2] for row in block["rows"]]
    assert [marks[n] for n in (0, 25, 26, 27, 51, 52)] == ["a", "z", "aa", "ab", "az", "ba"]
    assert len(set(marks)) == number
    block |= {"kind": "table", "name": "", "number": "", "title": "T", "mark": "", "months": "", "downloads": []}
    feet = BeautifulSoup(of_block(block), "html.parser").select(".foot li sup")
    assert [foot.get_text() for foot in feet] == marks
    assert r"\textsuperscript{ba}" in latex_of(ReportTable(pd.DataFrame(), "T", block))


def searches_of(group, reference, few_of):
    """Searches of a group of which `few_of` ended in an arrest, of one of many searches, and of the reference."""
    ends = [
        (name, n < hits)
        for name, number, hits in (("White", reference, 4), ("Black", group, few_of), ("Asian", 60, 30))
        for n in range(number)
    ]
    searches = pd.DataFrame(ends, columns=["ethnicity_5", "arrest"]).astype({"ethnicity_5": "category"})
    when = {"month": "2019-01", "searched_at": pd.Timestamp("2019-01-02", tz="UTC")}
    same = {"object_group": "Drugs", "power": "Reasonable grounds", "age_range": "18-24", "gender": "Male"}
    return searches.assign(force="essex", **when, **same)


@pytest.mark.parametrize("interval", ["process", "period", "none"])
@pytest.mark.parametrize(("group", "reference", "bracketed"), [(1, 90, "Black"), (19, 90, "Black"), (20, 90, ""),
                                                               (40, 19, "Black Asian")])  # fmt: skip
def test_differences_of_few_searches_stand_in_brackets_in_every_table(interval, group, reference, bracketed):
    table = outcome_differences(searches_of(group, reference, 5), "arrest", covariates=["gender"], interval=interval)
    for block in (short(table).as_block(), short(outcome_view.side_by_side(table)).as_block()):
        for row in block["rows"]:
            given = [cell for cell in row[1:] if cell[0] not in ("–", "not estimable")]
            assert given
            assert all(cell[0].startswith("(") == (row[0][0] in bracketed) for cell in given), row
            assert all(cell[1].startswith("(") == (row[0][0] in bracketed) for cell in given if cell[1]), row
        assert ("ewer than 20 searches of either group." in " ".join(block["notes"])) == bool(bracketed)


def test_a_table_by_two_columns_is_a_grid_of_them():
    pairs = [(power, group) for power in ("Section 60", "Grounds") for group in ("White", "Black")]
    table = shares([10, 20, 30, 40], power=[p for p, _ in pairs], ethnicity_5=[g for _, g in pairs])
    block = short(table).as_block()
    assert [name for name, _ in block["columns"]] == ["Power", "White", "Black"]
    assert texts(block) == [["Section 60", "10.0%", "20.0%"], ["Grounds", "30.0%", "40.0%"]]


def test_the_columns_that_a_grid_has_no_room_for_are_named():
    groups = ["White", "Mixed", "Asian", "Black", "Other", "Not known"]
    pairs = [(power, group) for power in ("Section 60", "Grounds") for group in groups]
    table = shares(list(range(30, 42)), power=[p for p, _ in pairs], ethnicity_5=[g for _, g in pairs])
    block = short(table).as_block()
    assert [name for name, _ in block["columns"]] == ["Power", *groups[:5]]
    assert "In the CSV only: Not known." in block["notes"]


def test_a_table_without_an_estimate_is_one_line_with_the_reason():
    table = measures_table(
        pd.DataFrame({"gender": ["Female", "Male"]}), measure="find_rate", numerator=[1, 1], denominator=[1, 1],
        reason="not estimable: dorset: link field partly filled (filled for some)",
    )  # fmt: skip
    block = short(table).as_block()
    assert block["rows"] == []
    assert block["nothing"] == (
        "cannot be given: the field that should show it is filled for some searches only (Dorset Police)"
    )


@pytest.mark.parametrize("number", [1, 5, 9, 40])
def test_no_table_is_larger_than_a_page_takes(number):
    wide = pd.DataFrame({f"column {n}": range(number) for n in range(9)})
    for table in (wide, shares(list(range(1, number + 1)), object_of_search=[f"{n}" for n in range(number)])):
        block = short(table).as_block()
        assert len(block["rows"]) <= 1.5 * ROWS
        assert len(block["columns"]) <= COLUMNS + 1
        assert all(len(row) == len(block["columns"]) for row in block["rows"])


def test_a_cell_has_the_digits_of_the_formatter():
    table = shares([1, 9999])
    block = short(table).as_block()
    assert block["rows"][0][-1][0] == prose.number(table["estimate"].iloc[0], "share_of_searches") == "0.01%"


def test_a_label_that_is_a_number_has_two_digits_and_stays_apart_from_its_neighbour():
    for deltas, printed in (([0.25, 2**0.25, 4.0], ["0.25", "1.19", "4.00"]), ([1.001, 1.002], ["1.001", "1.002"])):
        for more in ({}, {"ethnicity_5": ["Mixed", "Asian", "Black"][: len(deltas)]}):
            numbers = list(range(30, 30 + len(deltas)))
            block = short(shares(numbers, delta=deltas, **more)).as_block()
            cells = {cell for row in texts(block) for cell in row} | {name for name, _ in block["columns"]}
            assert cells >= set(printed), cells


@pytest.mark.parametrize(
    ("value", "limits", "said"),
    [
        (2.5378, (2.3826, 2.7027), ("2.5", "2.4 to 2.7")),
        (1.04, (0.96, 1.12), ("1.04", "0.96 to 1.12")),  # one digit would put both limits on 1
        (0.8056, (0.6714, math.inf), ("0.81", "0.67 or more")),
        (math.nan, (math.nan, math.nan), ("–", "")),
    ],
)
def test_a_headline_has_the_digits_that_decide(value, limits, said):
    assert prose.headline(value, "disproportionality_ratio", *limits) == said


def test_latex_has_the_cells_of_the_page_and_no_command_of_a_label():
    block = short(shares([30, 70], object_of_search=["50% & more_", "Drugs"])).as_block()
    table = ReportTable(pd.DataFrame(), "x", {"kind": "table", "title": "Objects #1", "mark": "", **block})
    text = latex_of(table)
    assert r"50\% \& more\_ & 30 & 30.0\% \\" in text
    assert r"\caption{Objects \#1." in text
    assert text.count("{table}") == 2


def test_labels_cannot_inject_markup():
    block = short(shares([30, 70], object_of_search=["<script>x</script>", "Drugs"])).as_block()
    named = {"kind": "table", "number": "Table 1", "title": "<b>x</b>", "mark": "", "months": "", "fold": "<i>"}
    soup = BeautifulSoup(of_block(named | block), "html.parser")
    assert soup.find(["script", "i"]) is None
    assert soup.caption.b.get_text().endswith("<b>x</b>")


def test_a_number_of_which_too_much_is_unknown_stands_in_brackets_as_on_its_card():
    table = shares([30, 50], ["", "outcome unknown in 40 of 90 (44.4%): not a headline"], status=["a", "b"])
    found = short(table)
    assert [row[-1][0].startswith("(") for row in found.rows] == [False, True]
    assert found.notes == ["In brackets: too much is unknown for a headline."]


def test_searches_beyond_the_expected_of_few_searches_are_in_brackets():
    table = measures_table(
        pd.DataFrame({"ethnicity_5": ["Mixed", "Black"]}), measure="excess_searches", numerator=[4.5, 150.0],
        denominator=[1, 1], limits=([-2.0, 110.0], [16.0, 190.0]), interval="95% process", note=["few searches", ""],
    )  # fmt: skip
    found = short(table)
    assert [row[1][0] for row in found.rows] == ["(4.5)", "150"]
    assert found.notes == ["In brackets: fewer than 20 searches."]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "100.0%"), (8340 / 8342, "99.98%"), (0.99999, "over 99.99%"), (0.0004, "0.04%"), (0.0, "0.0%")],
)
def test_what_is_not_all_is_never_printed_as_all_and_what_is_some_never_as_none(value, text):
    assert prose.number(value, "share_of_searches") == prose.column(value, "share_recorded") == text


def test_limits_of_a_headline_say_that_they_are_not_none_or_all():
    assert prose.headline(2 / 8342, "share_of_searches", 0.00004, 0.0008) == ("0.02%", "under 0.01% to 0.08%")
    assert prose.headline(1.0, "share_of_searches", 0.99956, 1.0) == ("100.0%", "99.96% to 100.0%")


def test_searches_a_day_have_a_digit_after_the_point_also_where_it_is_naught():
    assert prose.number(17.0, "searches_per_day") == "17.0"
    assert prose.number(1234.0, "searches of known ethnicity") == "1,234"


def test_steps_of_a_selection_from_which_nothing_was_left_out_keep_their_numbers():
    steps = pd.DataFrame({"step": ["records published", "vehicle-only search"], "dropped": [0, 0], "left": [90, 90]})
    assert [row[1:] for row in texts(short(steps).as_block())] == [["0", "90"]] * 2


def test_a_factor_to_the_year_before_stays_beside_its_two_periods():
    """Of five groups the table had both years of each and no factor: a factor is no count of searches."""
    periods = ("2019-04 to 2020-03", "2020-04 to 2021-03", "change")
    table = pd.concat(
        [
            measures_table(
                pd.DataFrame({"group": [name], "period": [period]}),
                measure="year_on_year" if period == "change" else "not_recorded",
                numerator=[0.43 if period == "change" else 30],
                denominator=[0.25 if period == "change" else 100],
            )
            for name in "ABCDE"
            for period in periods
        ]
    )
    block = short(table).as_block()
    assert len(block["rows"]) == 15
    assert not any("CSV" in note for note in block["notes"])


def test_a_long_table_of_forces_and_months_keeps_the_last_months():
    months = [f"2020-0{n}" for n in range(1, 7)]
    table = pd.DataFrame({"force": ["essex"] * 6 + ["kent"] * 6, "month": months * 2, "records": range(12, 0, -1)})
    block = short(table, rows=4).as_block()
    assert [row[1] for row in texts(block)] == ["May 2020", "June 2020"] * 2
    assert "8 earlier rows in the CSV." in block["notes"]


def test_where_every_object_is_recorded_no_footnote_says_so():
    assert remark_of("object not recorded in 0 of 5,730") == ""
    note = "coarse boundaries (lad22_ew.geojson): counts of removal_of_clothing can be far wrong"
    assert remark_of(note) == "coarse boundaries (lad22_ew.geojson): counts of removal of clothing can be far wrong"
    assert remark_of("object not recorded in 7 of 5,730") == "object not recorded in 7 of 5,730"
