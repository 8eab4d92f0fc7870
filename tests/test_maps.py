"""Maps: each area in its step, what is uncertain marked, the same on the page and in the picture."""

import math

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.table import measures_table
from sas_analysis.present import charts, rowcharts
from sas_analysis.present.map_areas import CLEAR, EMPTY, HATCHED, PALE, maps_of, steps
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


def test_a_map_whose_areas_are_all_in_doubt_has_no_steps():
    made = table([2.0, 3.0], CODES[:2], note=CONTRADICTED)
    assert maps_of(made).legend == []
    drawn = charts.choropleth(made, title="Ratio")
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["in doubt"]
    assert [words for _, words in rowcharts.rows_of(charts.choropleth, made, title="Ratio")["key"]] == ["in doubt"]


def test_steps_of_values_that_are_alike_are_fewer_and_of_none_there_are_none():
    assert steps([2.0] * 8, "disproportionality_ratio") == (2.0,)
    assert steps([math.nan, math.inf], "disproportionality_ratio") == ()


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
