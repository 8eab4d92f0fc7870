"""Row charts: marks stand where the scale says, rows print the numbers of their table, and 0 rows draw nothing."""

import math
import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st

from sas_analysis.measures.table import measures_table
from sas_analysis.present import charts, rowcharts
from sas_analysis.present.rowcharts import marks

GROUPS = ["White", "Mixed", "Asian", "Black"]


@pytest.fixture
def ratios():
    return measures_table(
        pd.DataFrame({"ethnicity_5": GROUPS}),
        measure="disproportionality_ratio",
        numerator=[100, 50, 40, 10],
        denominator=[100.0, 25.0, 80.0, 2.5],
        limits=([math.nan, 1.5, 0.3, 2.0], [math.nan, 3.0, 0.8, 8.0]),
        interval=["", *["95% process"] * 3],
        period=([math.nan, 1.8, 0.4, 3.0], [math.nan, 2.2, 0.6, 5.0]),
        note=["reference group", "", "", ""],
    )


def drawn(draw, table, **options):
    return BeautifulSoup(rowcharts.rows_of(draw, table, **options)["html"], "html.parser")


@pytest.mark.parametrize(("value", "place"), [(0.5, 0), (1, 25), (2, 50), (4, 75), (8, 100), (math.sqrt(2), 37.5)])
def test_a_scale_of_ratios_doubles(value, place):
    assert marks.doubling([0.6, 8])(value) == pytest.approx(place, abs=0.01)  # 100 log2(value / 0.5) / 4


def test_a_scale_from_zero_ends_at_a_round_number_above_all_values():
    scale = marks.from_zero([0.413], marks.per_cent)
    assert [scale.write(tick) for tick in scale.ticks] == ["0%", "20%", "40%", "60%"]
    assert scale(0.3) == 50
    assert scale(9) == 101  # out of the picture, and not of the page


def test_differences_have_a_line_at_zero():
    scale = marks.around_zero([-0.03, 0.05], str)
    assert scale.one == 0
    assert scale.low <= -0.03
    assert scale.high >= 0.05
    assert any(tick == pytest.approx(0) for tick in scale.ticks)


def test_a_difference_of_few_searches_stands_in_brackets_and_one_of_many_does_not():
    groups, beyond = ["Asian", "Black"], [3.0, 0.4]  # of either, fewer than 20 beyond the expected
    made = measures_table(
        pd.DataFrame({"ethnicity_5": groups}), measure="outcome_difference_adjusted", numerator=beyond,
        denominator=[100.0, 1.0], limits=([0.01, -0.1], [0.05, 0.9]), interval="95% process", note=["", "few searches"],
    )  # fmt: skip
    rows = [
        row for row in drawn(charts.differences, made).select(".rc > div") if row.select(".v") and row.select("circle")
    ]
    assert [row.select_one(".v").get_text() for row in rows] == ["+3.0 +1.0 to +5.0", "(+40.0) (−10.0 to +90.0)"]
    said = rowcharts.rows_of(charts.differences, made)["sub"]
    assert said.endswith(" In brackets: fewer than 20 searches of either group.")
    assert "In brackets" not in rowcharts.rows_of(charts.differences, made.head(1))["sub"]


@given(st.lists(st.floats(-1, 1) | st.just(float("nan")), max_size=5))
@example([5e-324])
def test_scales_of_whatever_values_have_few_ticks_and_hold_them_all(values):
    """Of one difference, as where counts are rounded, the step was a billionth of it."""
    known = [value for value in values if math.isfinite(value)]
    around, above = marks.around_zero(values, str), marks.from_zero(map(abs, values), str)
    for scale, held in ((around, [0.0, *known]), (above, [0.0, *map(abs, known)])):
        assert 2 <= len(scale.ticks) <= 7
        assert scale.low - 1e-12 <= min(held)
        assert max(held) <= scale.high + 1e-12
        assert any(abs(tick) < 1e-12 for tick in scale.ticks)


def test_rows_print_the_numbers_of_their_table_and_marks_stand_where_they_say(ratios):
    soup = drawn(charts.intervals, ratios, by="ethnicity_5", title="Ratios")
    rows = [row for row in soup.div.find_all("div", recursive=False) if row.find("circle")]
    assert [row.find(class_="l").get_text() for row in rows] == GROUPS[1:]  # not the reference group's own 1
    assert [row.find(class_="v").get_text() for row in rows] == [
        "2.00 1.80 to 2.20",
        "0.50 0.40 to 0.60",
        "(4.00) (3.00 to 5.00)",
    ]
    scale = marks.doubling([0.3, 8])
    assert [float(row.circle["cx"].rstrip("%")) for row in rows] == [scale(2), scale(0.5), scale(4)]
    assert [row.circle["class"] for row in rows] == [["pt"], ["pt"], ["ho"]]  # 10 searches are few
    thick = rows[0].find("line", class_="ci")
    assert [float(thick[end].rstrip("%")) for end in ("x1", "x2")] == [scale(1.8), scale(2.2)]
    assert rows[0].find("line", class_="ci0")


def test_nothing_estimable_draws_nothing(ratios):
    table = ratios.assign(estimate=math.nan)
    assert rowcharts.rows_of(charts.intervals, table, by="ethnicity_5") == rowcharts.NOTHING
    assert rowcharts.rows_of(charts.funnel_plot, table) == {}  # which has no rows, and keeps its picture


def test_parts_of_a_bar_are_as_wide_as_their_shares():
    table = measures_table(
        pd.DataFrame({"outcome": ["Arrest", "Caution", "Not recorded"]}),
        measure="share_of_searches", numerator=[20, 50, 30], denominator=[100] * 3,
    )  # fmt: skip
    soup = drawn(charts.stack, table, by="outcome", title="x")
    widths = [float(rect["width"].rstrip("%")) for rect in soup.find_all("rect")]
    assert widths == pytest.approx([20, 50, 30])
    assert "hatch" in soup.find_all("rect")[-1]["style"]


@pytest.mark.parametrize(("parts", "tints"), [(1, "1"), (3, "135"), (4, "1245"), (5, "12345")])
def test_parts_of_a_bar_are_as_unlike_as_their_tints_can_be(parts, tints):
    """Of three, the first three of five tints could hardly be told apart."""
    table = measures_table(
        pd.DataFrame({"outcome": [f"outcome {n}" for n in range(parts)] + ["Not recorded"]}),
        measure="share_of_searches", numerator=[10] * (parts + 1), denominator=[100] * (parts + 1),
    )  # fmt: skip
    rects = drawn(charts.stack, table, by="outcome", title="x").find_all("rect")
    assert [rect["class"] for rect in rects[:-1]] == [[f"t{tint}"] for tint in tints]


def test_a_month_without_a_value_is_a_gap():
    months = ["2020-01", "2020-02", "2020-03", "2020-04", "2020-05"]
    table = measures_table(
        pd.DataFrame({"month": [months[n] for n in (0, 1, 3)], "power": ["Section 60"] * 3}),
        measure="share_of_searches", numerator=[1, 2, 3], denominator=[10] * 3,
    )  # fmt: skip
    soup = drawn(charts.series, table, by="power", months=months, title="x")
    lines = soup.find_all("polyline")
    assert len(lines) == 2  # two months, and one that stands alone
    assert lines[0]["points"].split()[0].startswith("0.0,")


def test_labels_cannot_inject_markup(ratios):
    soup = drawn(charts.intervals, ratios.assign(ethnicity_5="<script>x</script>"), by="ethnicity_5", title='"><b>')
    assert soup.find("script") is None
    assert soup.find("b") is None


def test_no_number_in_a_drawing_is_a_pixel_of_the_width(ratios):
    html = str(drawn(charts.intervals, ratios, by="ethnicity_5", title="x"))
    assert not re.findall(r'(?:x1|x2|cx|x|width)="[\d.]+"', html)
