"""Searches by area and the assignment band, counted by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from test_areas import feature, square, write
from test_locate import records

from sas_analysis.errors import DataError
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.places.areas import assignment_band, near_boundary, searches_by_area
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.present.scope_sentences import placed
from sas_analysis.records.locate import study_area
from sas_analysis.records.select import Selection, narrow

# 20 m of longitude at 51.45 degrees north are 0.000288 degrees: near the edge that the two areas share.
DEEP_WEST, WEST_EDGE, EAST_EDGE, DEEP_EAST, FAR = -0.05, -0.000288, 0.000288, 0.05, 0.5
PLACED = [(DEEP_WEST, "White", 6), (WEST_EDGE, "White", 2), (EAST_EDGE, "White", 1), (DEEP_EAST, "White", 5)]
PLACED += [(DEEP_WEST, "Black", 4), (WEST_EDGE, "Black", 1), (EAST_EDGE, "Black", 3), (FAR, "Black", 1)]


@pytest.fixture
def west(tmp_path):
    """The records, and the western of two boroughs that share an edge at 0 degrees."""
    features = [feature("E09000001", "West", square(-0.1, 51.4)), feature("E09000002", "East", square(0.0, 51.4))]
    write(tmp_path / "boundaries" / "a.geojson", features)
    rows = [(x, 51.45, group, "recorded") for x, group, count in PLACED for _ in range(count)]
    rows += [(np.nan, np.nan, "White", "blank")] * 2
    table = records([row[:2] for row in rows], [row[3] for row in rows])
    table["ethnicity_5"] = pd.Categorical([row[2] for row in rows], ["White", "Black"])
    table["power"] = "Reasonable grounds"
    located, area = study_area(table, raw=tmp_path, borough="west")
    return table, located, area


def test_searches_by_area_are_counted_with_their_band(west):
    table, located, _ = west
    areas = searches_by_area(located, table)
    assert areas.drop(columns="share_of_searches").fillna(-1).to_numpy().tolist() == [
        ["West", "E09000001", 13, 3, 4, 10, 17],
        ["East", "E09000002", 9, 4, 3, 5, 12],
        ["outside every area", "", 1, -1, -1, -1, -1],
        ["no location", "", 2, -1, -1, -1, -1],
    ]
    assert areas["share_of_searches"].tolist() == pytest.approx([13 / 25, 9 / 25, 1 / 25, 2 / 25])
    assert areas["searches"].sum() == len(table)
    assert searches_by_area(located, table.iloc[:0])["searches"].tolist() == [0, 0]
    assert list(searches_by_area(None, table)) == list(areas)


def test_the_selection_has_a_step_for_what_cannot_be_placed_and_one_for_what_is_outside(west):
    table, _, area = west
    selection = narrow(Selection(table), area=area)
    assert selection.flow.to_numpy().tolist() == [
        ["records published", 0, 25],
        ["no location: cannot be placed", 2, 23],
        ["located outside West", 10, 13],
    ]
    with pytest.raises(DataError, match=r"no search is left.*located outside West: 10 dropped, 0 left"):
        narrow(Selection(table[table["longitude"].gt(0)]), area=area)


def test_the_band_of_rates_and_ratios_is_that_of_the_formula(west):
    table, _, area = west
    near = near_boundary(area, table)
    assert near.to_numpy().tolist() == [["White", 2, 1], ["Black", 1, 3]]
    counts = pd.DataFrame({"ethnicity_5": ["White", "Black"], "searches": [8, 5]})
    residents = pd.DataFrame({"ethnicity_5": ["White", "Black"], "residents": [4_000, 1_000]})
    rates = search_rate(Exposure(counts, residents, 6), by="ethnicity_5")
    ratios = disproportionality_ratio(Exposure(counts, residents, 6))
    band = assignment_band(near, rates, ratios, reference="White").set_index(["measure", "ethnicity_5"])
    # Resident-years: 2,000 and 500. White 6 to 9 searches, Black 4 to 8.
    assert band.loc[("search_rate", "White"), ["lowest", "highest"]].tolist() == pytest.approx([3, 4.5])
    assert band.loc[("search_rate", "Black"), ["lowest", "highest"]].tolist() == pytest.approx([8, 16])
    black = band.loc[("disproportionality_ratio", "Black")]
    assert [black["lowest"], black["estimate"], black["highest"]] == pytest.approx([8 / 4.5, 2.5, 16 / 3])
    assert band.loc[("disproportionality_ratio", "White"), ["lowest", "highest"]].tolist() == [1, 1]
    assert (band["lowest"] <= band["estimate"]).all()
    assert (band["estimate"] <= band["highest"]).all()


def test_a_band_without_an_upper_end_and_an_estimate_that_is_refused(west):
    table, _, area = west
    near = near_boundary(area, table).assign(near_inside=[8, 1])
    counts = pd.DataFrame({"ethnicity_5": ["White", "Black"], "searches": [8, 5]})
    residents = pd.DataFrame({"ethnicity_5": ["White", "Black"], "residents": [4_000, 1_000]})
    parts = [
        (search_rate(Exposure(counts, residents, 6, problem=problem), by="ethnicity_5"),
         disproportionality_ratio(Exposure(counts, residents, 6, problem=problem)))
        for problem in (None, "nobody knows")
    ]  # fmt: skip
    band = assignment_band(near, *parts[0], reference="White")
    assert band["highest"].tolist()[-1] == np.inf
    band = assignment_band(near, *parts[1], reference="White")
    assert band[["lowest", "highest"]].isna().all(axis=None)
    assert band["note"].str.contains("nobody knows").all()
    assert assignment_band(near_boundary(None, table), *parts[0], reference="White").empty


def test_the_lead_says_what_cannot_be_placed_and_the_band(west):
    table, located, area = west
    study = SimpleNamespace(usable_area=area, areas=searches_by_area(located, table))
    said = placed(study)
    assert said.startswith("**West** (E09000001): 8.0% of all searches have no location and cannot be placed. 13 are")
    assert "3 of them within 50 m of its boundary; 4 are as near to it on the other side" in said
    assert "between 10 and 17" in said
    assert f"a.geojson (SHA-256 {located.layer.sha256[:12]})" in said
    assert "it is generalised" in said
    assert placed(SimpleNamespace(usable_area=None, areas=None)) == ""
    study.areas = study.areas.assign(share_of_searches=0.6)
    lost = "60.0% of all searches have no location and cannot be placed: more than 30%, so no figure of West"
    assert lost in placed(study)
