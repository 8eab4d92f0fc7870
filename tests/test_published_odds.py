"""Odds ratios and rate ratios printed by others, made anew from the counts they were made of."""

import pandas as pd
import pytest
from scipy.stats.contingency import odds_ratio

from sas_analysis.reference import _table
from sas_analysis.validation.figure_checks import AGREES
from sas_analysis.validation.odds import check_children, check_odds, fisher


def test_odds_ratios_of_haringey_and_lambeth():
    checked = check_odds()
    assert len(checked) == 12
    assert checked["verdict"].eq(AGREES).all()
    # R looks for the inverse of the ratio to 0.00012; what it printed is within that of the exact one.
    assert (checked["difference"].abs() / checked["published"].astype(float)).max() < 3e-4
    assert checked["difference"].abs().max() == pytest.approx(0.00155, abs=1e-5)


def test_conditional_odds_and_their_limits_are_those_of_scipy():
    for hits, of, reference, reference_of in ((7, 40, 12, 300), (3, 9, 1, 9)):
        found = odds_ratio([[hits, of - hits], [reference, reference_of - reference]])
        limits = found.confidence_interval(0.95)
        expected = (found.statistic, limits.low, limits.high)
        assert fisher(hits, of, reference, reference_of) == pytest.approx(expected, rel=1e-6)


def test_children_10_to_17_year_ending_march_2025():
    checked = check_children()
    assert len(checked) == 8 * 3
    assert checked["verdict"].eq(AGREES).all()
    black = checked[checked["figure"].str.contains("search: Black")]
    assert black["published"].tolist() == ["2.4038739364", "2.353544", "2.455096"]


def test_an_altered_count_does_not_agree(monkeypatch):
    from sas_analysis.validation import odds

    altered = {name: _table(name).copy() for name in ("published_odds", "published_children")}
    altered["published_odds"].loc[0, "searches_Black"] = "2226"
    altered["published_children"].loc[1, "events"] = "10327"
    monkeypatch.setattr(odds, "_table", altered.get)
    assert check_odds()["verdict"].ne(AGREES).sum() == 3
    assert check_children()["verdict"].ne(AGREES).sum() == 3


def test_the_carried_tables_are_those_of_the_sources(real_data):
    source = pd.read_csv(real_data / "published" / "haringey_lambeth_published_stats.csv")
    carried = _table("published_odds")
    for ours, theirs in (("ratio", "fisher_or"), ("lower", "ci_low"), ("upper", "ci_high")):
        assert carried[ours].astype(float).tolist() == source[theirs].tolist()
    for ours, theirs in (("searches_Black", "black_stopped"), ("residents_White", "white_pop")):
        assert carried[ours].astype(int).tolist() == source[theirs].tolist()
    source = pd.read_csv(real_data / "published" / "prism_r_children_10_17_ye_mar_2025.csv")
    carried = _table("published_children")
    assert carried["events"].astype(int).tolist() == source["events"].tolist()
    assert carried["residents"].astype(int).tolist() == source["population"].tolist()
    assert carried["ratio"].astype(float).tolist() == pytest.approx(source["rri"].tolist(), abs=1e-10)
