"""Maps: each area in its step, what is uncertain marked, the same on the page and in the picture."""

import math

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.table import measures_table, of_reference
from sas_analysis.present import charts, rowcharts
from sas_analysis.present.map_areas import CLEAR, DOTTED, EMPTY, HATCHED, PALE, maps_of
from sas_analysis.present.short_table import short
from sas_analysis.reference.outlines import outlines

CODES = [f"E090000{n:02d}" for n in range(2, 12)]


def table(estimates, codes=CODES, *, lower=None, upper=None, note="", reason="", **columns):
    limits = (
        [0.9 * x for x in estimates] if lower is None else lower,
        [1.1 * x for x in estimates] if upper is None else upper,
    )
    return measures_table(
        pd.DataFrame({"area_code": codes} | columns),
        measure="disproportionality_ratio",
        numerator=[100.0 * x for x in estimates],
        denominator=[100.0] * len(codes),
        limits=limits,
        interval="95% process",
        note=note,
        reason=reason,
    )


def test_ten_areas_are_two_in_each_step():
    maps = maps_of(table([float(n) for n in range(2, 12)]))
    assert maps.edges == (3.8, 5.6, 7.4, 9.2)  # quantiles of 2 to 11 at 0.2, 0.4, 0.6, 0.8
    assert [area.step for area in maps.panels[""]] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert maps.legend == ["under 3.8", "3.8 to 5.6", "5.6 to 7.4", "7.4 to 9.2", "9.2 or more"]
    assert {area.look for area in maps.panels[""]} == {CLEAR}


UNKNOWN = "ethnicity unknown in 40.0% of searches: not a headline"


@pytest.mark.parametrize(("estimates", "more", "why"), [
    ([2.0, 3.0], {"note": CONTRADICTED}, "official statistics contradict the records"),
    ([2.0, 3.0], {"note": UNKNOWN}, "too much is unknown"),
    ([0.19, 0.0], {}, "fewer than 20 searches in each place"),
    ([2.0, 3.0], {"reason": "not estimable: no residents"}, "no residents"),
    ([0.1, 3.0, 4.0], {"note": ["", UNKNOWN, UNKNOWN]}, "too much is unknown, or fewer than 20 searches in each place"),
])  # fmt: skip
def test_a_map_in_which_no_area_has_a_colour_is_not_drawn_and_says_why(estimates, more, why):
    made = table(estimates, CODES[: len(estimates)], **more)
    maps = maps_of(made)
    assert (maps.panels, maps.legend) == ({}, [])
    assert rowcharts.rows_of(charts.choropleth, made, title="Ratio") == {"why": f"No map: {why}."}
    drawn = charts.choropleth(made, title="Ratio")
    assert not any(axes.collections or axes.patches for axes in drawn.axes)


def test_of_maps_side_by_side_those_without_a_colour_are_left_out_and_named():
    groups = ["Mixed", "Asian", "Black", "Other"]
    estimates = [[0.1, 0.15], [2.0, 0.1], [3.0, 4.0], [0.0, 0.05]]
    rows = [table(values, CODES[:2], ethnicity_5=[group] * 2) for group, values in zip(groups, estimates, strict=True)]
    made = pd.concat(rows, ignore_index=True)
    maps = maps_of(made, by="ethnicity_5")
    assert list(maps.panels) == ["Asian", "Black"]
    assert [area.look for area in maps.panels["Asian"]] == [CLEAR, DOTTED]
    page = rowcharts.rows_of(charts.choropleth, made, by="ethnicity_5", title="Ratio")
    assert "No map of Mixed and Other: fewer than 20 searches in each place." in page["sub"]
    assert len(charts.choropleth(made, title="", by="ethnicity_5").axes) == 2
    none = made[made["ethnicity_5"].isin(["Mixed", "Other"])]
    page = rowcharts.rows_of(charts.choropleth, none, by="ethnicity_5", title="Ratio")
    assert page == {"why": "No map: fewer than 20 searches in each place."}


def test_the_reference_group_has_no_map_and_a_reason_that_names_it_is_no_row_of_it():
    no_file, nobody = (f"not estimable: {why}" for why in ("no file", "the reference group White has no search"))
    given = {"codes": CODES[:3], "reason": ["", no_file, nobody]}
    white = table([1.0, np.nan, np.nan], ethnicity_5=["White"] * 3, note=["reference group", "", ""], **given)
    made = pd.concat([white, table([2.0, np.nan, np.nan], ethnicity_5=["Black"] * 3, **given)], ignore_index=True)
    maps = maps_of(made, by="ethnicity_5")
    assert list(maps.panels) == ["Black"]
    assert [area.look for area in maps.panels["Black"]] == [CLEAR, HATCHED, HATCHED]
    assert not maps.not_drawn  # of White neither
    assert of_reference(made).tolist() == [True, True, True, False, False, False]
    assert len(short(made).rows) == 3


def test_an_area_of_few_searches_is_dotted_whatever_its_ratio_and_has_no_part_in_the_steps():
    made = table([2.0, 3.0, 0.19, 33.0], CODES[:4])
    made.loc[3, "numerator"] = 18
    maps = maps_of(made)
    assert [area.look for area in maps.panels[""]] == [CLEAR, CLEAR, DOTTED, DOTTED]
    assert maps.edges == (2.5,)
    assert maps.panels[""][3].text.endswith(": (33.0) (29.7 to 36.3): fewer than 20 searches")
    page = rowcharts.rows_of(charts.choropleth, made, title="Ratio")
    assert [words for _, words in page["key"]] == ["under 2.5", "2.5 or more", "few searches"]
    assert "Dotted: fewer than 20 searches" in page["sub"]
    [dots] = {path["style"] for path in BeautifulSoup(page["html"], "html.parser").select("path.dbt.few")}
    assert dots.removeprefix("fill:url(#").removesuffix(")") in page["html"].partition("path")[0]
    drawn = charts.choropleth(made, title="Ratio")
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["under 2.5", "2.5 or more", "few searches"]
    [few] = [patch for patch in drawn.axes[0].patches if patch.get_hatch()]
    bounds = [outlines("authorities").polygon(CODES[place]).bounds for place in (2, 3)]
    assert few.get_path().get_extents().extents.tolist() == pytest.approx(
        [*np.min(bounds, axis=0)[:2], *np.max(bounds, axis=0)[2:]]
    )


def test_a_share_of_few_searches_is_dotted_by_what_it_is_of():
    made = measures_table(pd.DataFrame({"area_code": CODES[:3]}), measure="arrest_rate", numerator=[5, 19, 30],
                          denominator=[20, 19, 60])  # fmt: skip
    assert [area.look for area in maps_of(made).panels[""]] == [CLEAR, DOTTED, CLEAR]


@pytest.mark.parametrize(("values", "edges", "legend"), [
    ([2.0] * 8, (), ["2.0"]),
    ([math.nan, math.inf], (), []),
    ([3.0], (), ["3.0"]),
    ([0.0] * 5 + [1.0, 2.0, 3.0, 4.0, 5.0], (1.4, 3.2), ["under 1.4", "1.4 to 3.2", "3.2 or more"]),
    ([0.0] * 9 + [1.4], (1.4,), ["under 1.4", "1.4 or more"]),
    ([0.0, 0.001, 0.002, 0.003, 3.0], (0.6,), ["under 0.60", "0.60 or more"]),  # 0.8 of the way from 0.003 to 3 is 2.4
    ([1.0, 1.0, 1.0, 1.0, 2.0], (2.0,), ["under 2.0", "2.0 or more"]),
])  # fmt: skip
def test_no_step_is_empty_or_written_as_another_and_none_is_under_zero(values, edges, legend):
    made = table(values, CODES[: len(values)])
    maps = maps_of(made.assign(numerator=100.0))  # many searches
    assert maps.edges == edges
    assert maps.legend == legend


def test_a_share_of_all_is_the_last_step_and_nothing_is_more():
    places = pd.DataFrame({"area_code": CODES[:4]})
    made = measures_table(places, measure="arrest_rate", numerator=[50, 60, 100, 100], denominator=[100] * 4)
    assert maps_of(made).legend == ["under 60.0%", "60.0% to 100.0%", "100.0%"]
    made = measures_table(places, measure="arrest_rate", numerator=[50, 100, 100, 100], denominator=[100] * 4)
    assert maps_of(made).legend == ["under 100.0%", "100.0%"]


def test_what_is_uncertain_is_marked():
    notes = [
        "",
        "",
        CONTRADICTED,
        "ethnicity unknown in 40.0% of searches: not a headline",
        "coarse boundaries (a)",
        "",
    ]
    lower, upper = [1.5, 0.8, 1.5, 1.5, 1.5, math.nan], [2.5, 1.3, 2.5, 2.5, 2.5, math.nan]
    reason = ["", "", "", "", "", "not estimable: no residents"]
    made = table([2.0, 1.1, 2.0, 2.0, 2.0, 2.0], CODES[:6], lower=lower, upper=upper, note=notes, reason=reason)
    looks = [area.look for area in maps_of(made).panels[""]]
    assert looks == [CLEAR, PALE, HATCHED, HATCHED, CLEAR, HATCHED]
    assert maps_of(made).looks[0] == "Coarse boundaries: for drawing only."
    assert not maps_of(made.head(2)).coarse
    page = BeautifulSoup(rowcharts.rows_of(charts.choropleth, made, title="Ratio")["html"], "html.parser")
    assert len(page.select("path.dbt")) == 3
    assert len(page.select("path.pale")) == 1
    assert page.select("path")[-1]["class"][-1] == "pale"  # its outline is covered by none
    [lines] = [patch for patch in charts.choropleth(made, title="Ratio").axes[0].patches if patch.get_hatch()]
    doubted = [outlines("authorities").polygon(CODES[place]).bounds for place in (2, 3, 5)]
    box = [*np.min(doubted, axis=0)[:2], *np.max(doubted, axis=0)[2:]]
    assert lines.get_path().get_extents().extents.tolist() == pytest.approx(box)


def test_the_page_and_the_picture_draw_each_area_by_its_outline():
    made = table([1.5, 2.5, 3.5], CODES[:3])
    page = BeautifulSoup(rowcharts.rows_of(charts.choropleth, made, title="Ratio")["html"], "html.parser")
    known = outlines("authorities")
    assert {path["d"] for path in page.select("path")} == {known.paths[code] for code in CODES[:3]}
    figure = charts.choropleth(made, title="Ratio")
    drawn = [path.get_extents().extents.tolist() for alike in figure.axes[0].collections for path in alike.get_paths()]
    boxes = [list(known.polygon(code).bounds) for code in CODES[:3]]
    assert sorted(drawn) == [pytest.approx(box) for box in sorted(boxes)]


def test_the_picture_draws_last_the_areas_whose_outline_says_that_the_interval_holds_no_difference():
    made = table([1.5, 1.2, np.nan, 3.5], CODES[:4], lower=[1.2, 0.8, np.nan, 3.0], upper=[1.8, 1.6, np.nan, 4.0])
    drawn = [alike.get_gid() for alike in charts.choropleth(made, title="Ratio").axes[0].collections]
    assert [gid.split("-")[0] for gid in drawn] == [HATCHED, CLEAR, CLEAR, PALE]


def test_maps_side_by_side_share_their_steps_and_leave_out_the_reference():
    groups = ["White", "Mixed", "Black"]
    rows = [table([1.0 + n, 2.0 + n], CODES[:2], note="reference group" if group == "White" else "",
                  ethnicity_5=[group] * 2) for n, group in enumerate(groups)]  # fmt: skip
    made = pd.concat(rows, ignore_index=True)
    maps = maps_of(made, by="ethnicity_5")
    assert list(maps.panels) == ["Mixed", "Black"]
    of = {name: [area.step for area in areas] for name, areas in maps.panels.items()}
    assert of["Mixed"][1] == of["Black"][0]  # both are 3.0
    assert len(charts.choropleth(made, title="", by="ethnicity_5").axes) == 2


def test_an_area_of_another_code_is_found_by_its_name():
    made = table([2.0], ["E09009999"], area=["Southwark"])
    assert [area.key for area in maps_of(made).panels[""]] == ["E09000028"]


def test_forces_have_maps_too():
    made = table([2.0, 3.0], ["essex", "kent"]).rename(columns={"area_code": "force"})
    areas = maps_of(made).panels[""]
    assert [area.name for area in areas if area.step] == ["Essex", "Kent"]
    assert {area.look for area in areas[2:]} == {EMPTY}
    assert {area.key for area in areas} == set(outlines("forces").paths)


def test_what_cannot_be_drawn_says_why():
    with pytest.raises(ValueError, match="the table is by no area"):
        maps_of(table([2.0], ["a"]).rename(columns={"area_code": "power"}))
    made = pd.concat([table([1.0], CODES[:1], power=["a"]), table([2.0], CODES[:1], power=["b"])])
    with pytest.raises(ValueError, match="twice in a map: choose one label of power"):
        maps_of(made)


def test_labels_are_text_and_never_markup():
    made = table([2.0, 3.0], CODES[:2], quarter=["<b>", "<b>"])
    page = rowcharts.rows_of(charts.choropleth, made, title='"><script>', by="quarter")["html"]
    assert "<script" not in page
    assert "&lt;b&gt;" in page
