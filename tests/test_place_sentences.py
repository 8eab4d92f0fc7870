"""Sentences and cards of the report on places: every way they can end, from tables counted by hand."""

import math
from types import SimpleNamespace

import pandas as pd
import pytest

from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.table import measures_table
from sas_analysis.present import cards
from sas_analysis.present import place_sentences as say
from sas_analysis.reference.area_kinds import AUTHORITY, kind_of
from sas_analysis.reference.areas import COARSELY

WARD = kind_of(["E05000001"])
ASKED = {"group": "Black", "reference": "White"}
STUDY = SimpleNamespace(who="Essex Police")


def table(*rows, measure="disproportionality_ratio", note="", reason="", **columns):
    """Rows of a group by area: name, searches, estimate, limits of these months."""
    names, searches, found, lower, upper = zip(*rows, strict=True)
    codes = [f"E0700000{n}" for n in range(len(rows))]
    per = MEASURES[measure].per
    expected = [per * number / value if value else 1.0 for number, value in zip(searches, found, strict=True)]
    groups = {"area": list(names), "area_code": codes, "ethnicity_5": "Black"} | columns
    return measures_table(
        pd.DataFrame(groups), measure=measure, numerator=list(searches), denominator=expected,
        limits=(lower, upper), interval="95% process", period=(lower, upper), note=note, reason=reason,
    )  # fmt: skip


def areas(*counts):
    """As `Study.areas`: places with so many searches, and one outside them all."""
    rows = [(f"Place {n}", f"E0700000{n}", number) for n, number in enumerate(counts)]
    rows.append(("outside every area", "", 1_000))
    return pd.DataFrame(rows, columns=["area", "area_code", "searches"])


HIGH, LOW = ("Colchester", 400, 4.0, 3.5, 4.6), ("Harlow", 100, 0.5, 0.4, 0.6)
BOTH, FEW = ("Tendring", 60, 1.1, 0.8, 1.4), ("Maldon", 5, 9.0, 2.0, 20.0)
NO_RATIO = "not estimable: no residents of wards are carried"


def answer(rows, counts=(0,), **more):
    return say.answer(rows, areas=areas(*counts), study=STUDY, **(ASKED | {"contradicted": ["essex"]} | more))


def test_the_answer_counts_places_above_below_on_both_sides_and_with_too_few_searches():
    assert answer(table(HIGH, LOW, BOTH, FEW)) == (
        "**Black people were searched more often than White people, relative to their number of residents, in 1 of 4 "
        "local authorities**; less often in 1, either is possible in 1 and there are too few searches to say in 1. The "
        "ratio is highest in Colchester (4.0 times, from 3.5 to 4.6) and lowest in Harlow (0.50, from 0.40 to 0.60). "
        "Where intervals overlap, the order may be chance."
    )


def test_the_answer_of_places_that_are_all_above_and_of_one_alone():
    said = answer(table(HIGH, ("Basildon", 90, 2.0, 1.5, 2.5)), kind=WARD)
    assert "in all 2 wards**. The ratio is highest in Colchester" in said
    assert answer(table(HIGH)).endswith("in all 1 local authorities**.")
    assert answer(table(HIGH), group="Mixed").startswith("People of Mixed ethnicity are not among the groups")


def test_the_answer_of_no_place_above():
    said = answer(table(LOW, BOTH))
    assert said.startswith(
        "**In no local authority were Black people clearly searched more often than White people**, relative to their "
        "number of residents; less often in 1 and either is possible in 1."
    )
    mixed = table(LOW, BOTH).assign(ethnicity_5="Mixed")
    assert "were people of Mixed ethnicity clearly" in answer(mixed, group="Mixed")


def test_a_place_of_which_too_much_is_unknown_is_neither_counted_as_above_nor_named():
    rows = table(("Colchester", 400, 40.0, 35.0, 46.0), HIGH, LOW)
    rows["area"] = ["Clacton", "Colchester", "Harlow"]
    rows["note"] = ["ethnicity unknown in 40.0% of searches: not a headline", "", ""]
    said = answer(rows)
    assert "in 1 of 3 local authorities**; less often in 1 and ethnicity is unknown too often to say in 1." in said
    assert "highest in Colchester" in said
    assert "Clacton" not in said
    made = cards.places(rows, PLACING, areas=areas(), **ASKED)
    named = [(one.what, one.mark) for one in made[:3]]
    assert named[1:] == [("Colchester, the highest", ""), ("Harlow, the lowest", "")]
    assert named[0] == ("Clacton, most searches", cards.TOO_MANY_UNKNOWN)


def test_the_answer_without_ratios_says_why_and_where_searches_are():
    rows = table(*[(f"Place {n}", 10, math.nan, math.nan, math.nan) for n in range(4)], reason=NO_RATIO)
    assert answer(rows, (10, 50, 0, 30), kind=WARD) == (
        "**No ratio can be given for the wards of Essex Police:** no residents of wards are carried. Most searches are "
        "in Place 1: 50 of 90 (55.6%). Half of them are in 1 of the 3 wards with any."
    )
    assert answer(rows, (0, 0, 0, 0), kind=WARD).endswith("no residents of wards are carried.")


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (CONTRADICTED, "**No ratio can be a headline:** official statistics contradict the records of Essex Police"),
        (f"{COARSELY} (a.geojson)", "**These boundaries are too coarse for a headline:** they can put many searches "
         "into the wrong ward. The map is for drawing only"),
    ],
)  # fmt: skip
def test_the_answer_that_is_no_headline_has_no_number(note, said):
    found = answer(table(HIGH, LOW, note=note), kind=WARD)
    assert found.startswith(said)
    assert "4.0" not in found


def test_places_whose_records_are_contradicted_are_in_no_number_and_named_last():
    rows = table(HIGH, LOW, ("Bexley", 900, 50.0, 40, 60)).assign(note=["", "", CONTRADICTED])
    assert answer(rows) == (
        "**Black people were searched more often than White people, relative to their number of residents, in 1 of 2 "
        "local authorities**; less often in 1. The ratio is highest in Colchester (4.0 times, from 3.5 to 4.6) and "
        "lowest in Harlow (0.50, from 0.40 to 0.60). Where intervals overlap, the order may be chance. Not among "
        "these: 1 local authority of Essex Police, whose records official statistics contradict."
    )
    assert "Bexley" not in say.rates(rows, group="Black")
    made = cards.places(rows, PLACING, areas=areas(), **ASKED)
    assert [one.what for one in made[:3]] == ["Bexley, most searches", "Colchester, the highest", "Harlow, the lowest"]
    four = ["essex", "kent", "gwent", "surrey"]
    assert answer(rows.assign(note=CONTRADICTED), contradicted=four).startswith(
        "**No ratio can be a headline:** official statistics contradict the records of Essex Police, Kent Police, "
        "Gwent Police and 1 more force, so a map"
    )


def test_rates_name_the_most_and_the_fewest_or_one_or_none():
    rates = table(("A", 400, 40.0, 30, 50), ("B", 100, 5.0, 4, 6), measure="search_rate")
    assert say.rates(rates, group="Black") == (
        "Of Black people, 40.0 searches per 1,000 residents a year were made in A, the most, and 5.0 in B, the fewest."
    )
    assert say.rates(rates.head(1), group="Black") == "Of Black people, 40.0 searches per 1,000 residents a year in A."
    doubted = say.rates(rates.assign(note=CONTRADICTED), group="Black")
    assert (
        "Black people, (40.0) searches per 1,000 residents a year were made in A, the most, and (5.0) in B" in doubted
    )
    few = rates.assign(numerator=pd.array([3, 4], dtype="Int64"))
    assert say.rates(few, group="Black", kind=WARD).endswith("to set the rates of wards side by side.")


def funnel(*verdicts):
    rows = [(f"Place {n}", "Black", 1.0 + n, verdict) for n, verdict in enumerate(verdicts)]
    return pd.DataFrame(rows, columns=["area", "ethnicity_5", "ratio", "verdict"])


def test_places_beyond_chance_are_counted_and_five_named():
    many = say.beyond(funnel(*["beyond 95%"] * 5, "beyond 99.8%", "beyond 99.8%", "within"), group="Black")
    assert many.startswith("7 of 8 local authorities lie outside the 95% limits, where one local authority in twenty")
    assert "Place 6 (7.0), Place 5 (6.0), Place 4 (5.0), Place 3 (4.0), Place 2 (3.0) and 2 more. 2 of them lie" in many
    one = say.beyond(funnel("beyond 95%", "within"), group="Black", kind=WARD)
    assert one.startswith("1 of 2 wards lies outside the 95% limits")
    assert "Place 0 (1.0). None of them lies outside the 99.8% limits. The limits allow for" in one
    none = say.beyond(funnel("within", "within", ""), group="Black")
    assert none.startswith("None of 2 local authorities lies outside the 95% limits. The limits allow")
    without = say.beyond(funnel("within", "within").assign(note=""), group="Black", contradicted=["essex"])
    assert without == f"{none} Without those of Essex Police, whose records official statistics contradict."
    all_of_them = funnel("within", "within").assign(note=CONTRADICTED)
    assert say.beyond(all_of_them, group="Black", contradicted=["essex"]) == none
    for few in (funnel(""), funnel("within")):
        assert say.beyond(few, group="Black", kind=WARD).startswith("A funnel needs two wards or more")


def quarters(*of):
    """Ratios of two places by quarter, above (a) or not (b) in each."""
    rows = [(place, 100, 3.0, 2.5, 3.5) if one == "a" else (place, 100, 1.0, 0.8, 1.2) for place, one in of]
    names = [f"2018Q{1 + n // 2}" for n in range(len(of))]
    return table(*rows, quarter=names).rename(columns={"area": "borough"})


def test_places_above_in_every_quarter_are_counted():
    of = [("A", "a"), ("B", "a"), ("A", "a"), ("B", "b")]
    assert say.over_time(quarters(*of), group="Black").startswith(
        "Black people were searched more often in each of the 2 quarters in 1 of 2 local authorities. A quarter holds"
    )
    assert say.over_time(quarters(*of[:2]), group="Black").startswith("There is one quarter")
    doubted = quarters(*of).assign(note=[CONTRADICTED, "", "", ""])  # A in its first quarter
    assert "in 0 of 1 local authorities" in say.over_time(doubted, group="Black")
    assert "in 1 of 2" in say.over_time(doubted.assign(note=CONTRADICTED), group="Black")


def per_day(**places):
    rows = [(name, month, value) for name, values in places.items() for month, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["area", "month", "estimate"])


def test_the_busiest_month_of_places_is_set_against_their_quietest():
    assert say.months(per_day(A=[2.0, 3.0], B=[1.0, 4.0, math.nan], C=[0.0, 2.0], D=[1.0])) == (
        "In the 2 local authorities with the most searches, the busiest month had 1.5 (A) to 4.0 times (B) as many "
        "searches a day as the quietest."
    )
    assert say.months(per_day(A=[2.0, 3.0])) == (
        "In A the busiest month had 1.5 times as many searches a day as the quietest."
    )
    assert say.months(per_day(A=[2.0]), kind=WARD).startswith("No ward has so many searches a month")


def test_arrests_are_of_places_with_100_searches_or_more():
    def arrests(*rows):
        names, of, shares = zip(*rows, strict=True)
        frame = pd.DataFrame({"area": names, "estimate": shares, "measure": "arrest_rate"})
        return frame.assign(denominator=pd.array(of, dtype="Int64"))

    known = arrests(("A", 100, 0.2), ("B", 300, 0.1), ("C", 99, 0.9), ("D", 500, math.nan))
    assert say.outcomes(known).startswith(
        "The share of searches that ended in an arrest lies between 10.0% (B) and 20.0% (A), of local authorities with"
    )
    assert say.outcomes(known.head(1), kind=WARD).endswith("to set wards side by side.")


PLACING = pd.DataFrame({"force": ["essex"], "searches": [1000], "placed": [900], "outside": [10], "no_location": [90]})
NOTHING_LOST = pd.DataFrame({"force": [], "month": [], "why": []})


def layer(*, synthetic=False, coarse="", kind=AUTHORITY):
    path = SimpleNamespace(name="areas.geojson")
    about = {"synthetic": synthetic, "kind": kind, "path": path, "sha256": "0123456789abcdef"}
    return SimpleNamespace(**about, coarse=lambda: coarse, spacing=lambda: 120.0)


def test_what_is_placed_lost_and_by_which_boundaries():
    said = say.placed(PLACING, NOTHING_LOST, layer=layer())
    assert said == [
        "Of 1,000 searches in the months that count, 9.0% have no location and are in no local authority. Rates are "
        "too low by about that share, and ratios by less. 10 are located outside all of them.",
        "Boundaries: areas.geojson (SHA-256 0123456789ab), with a point every 120 m: fine enough.",
    ]
    many = say.placed(PLACING.assign(no_location=400), NOTHING_LOST, layer=layer(coarse="coarse", kind=WARD))
    assert "are in no ward: more than 30%, so no local rate is given. 10 are located" in many[0]
    assert many[1].endswith("too coarse for a headline of one place.")
    none = say.placed(PLACING.assign(no_location=0), NOTHING_LOST, layer=layer(synthetic=True))
    assert "Rates are" not in none[0]
    assert none[1].endswith("simulated.")
    empty = say.placed(PLACING.assign(searches=0), NOTHING_LOST, layer=layer())
    assert empty == ["No search is in a month whose locations may be used."]


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ([("essex", "2018-02")], "in 2018-02: this month is in no number here"),
        ([("essex", "2018-02"), ("essex", "2018-03")], "in 2018-02 to 2018-03: these 2 months are in no number"),
        ([("essex", "2018-02"), ("kent", "2018-05")], "in 2018-02 and 2018-05: these 2 months are in no number"),
    ],
)
def test_months_without_locations_are_named(lost, said):
    months = pd.DataFrame(lost, columns=["force", "month"]).assign(why="missing")
    assert said in say.placed(PLACING, months, layer=layer())[1]


def test_the_band_counts_places_that_stay_above_1():
    rows = table(HIGH, LOW)[["area", "ethnicity_5", "measure", "estimate", "note"]].assign(lowest=[2.0, 0.3])
    assert "it would stay above 1 in 1 of 2 wards with a ratio" in say.band(rows, group="Black", kind=WARD)
    assert "in all 1 local authorities" in say.band(rows.head(1), group="Black")
    assert "in 0 of 1 local authorities" in say.band(rows.assign(note=[CONTRADICTED, ""]), group="Black")
    assert say.band(rows.assign(estimate=math.nan), group="Black") == ""


# --- cards ----------------------------------------------------------------------------------------------------


def shown(rows, **more):
    made = cards.places(rows, PLACING, areas=areas(30, 70), **(ASKED | more))
    return [(one.id, one.what, one.text) for one in made]


LOST = ("no_location", "Searches without a location", "9.0%")


def test_cards_are_where_most_searches_are_the_highest_the_lowest_and_the_lost():
    assert shown(table(BOTH, HIGH, LOW, FEW)) == [
        ("ratio_most_searches", "Colchester, most searches", "4.0 times"),
        ("ratio_lowest", "Harlow, the lowest", "0.50 times"),
        LOST,
    ]
    more = ("Southend", 900, 2.0, 1.8, 2.2)
    assert [card[0] for card in shown(table(HIGH, LOW, more))] == [
        "ratio_most_searches", "ratio_highest", "ratio_lowest", "no_location",
    ]  # fmt: skip


@pytest.mark.parametrize("borough", ["harlow", "E07000001"])
def test_a_place_that_is_asked_for_comes_first_by_name_or_code(borough):
    assert shown(table(HIGH, LOW), borough=borough) == [
        ("ratio_asked_for", "Harlow", "0.50 times"),
        ("ratio_highest", "Colchester, the highest", "4.0 times"),
        LOST,
    ]


def test_without_ratios_the_cards_are_where_searches_are():
    none = table(*[(f"Place {n}", 10, math.nan, math.nan, math.nan) for n in range(2)], reason=NO_RATIO)
    assert shown(none) == [("busiest_1", "Place 1", "70"), ("busiest_2", "Place 0", "30"), LOST]
    asked = shown(none, borough="Place 0")
    assert asked[0] == ("ratio_asked_for", "Place 0", "–")
    assert asked[1:] == [("busiest_1", "Place 1", "70"), ("busiest_2", "Place 0", "30"), LOST]


def test_without_a_search_nothing_is_divided():
    placing = PLACING.assign(searches=0, no_location=0)
    rows = table(("A", 0, math.nan, math.nan, math.nan), reason=NO_RATIO)
    (lost,) = cards.places(rows, placing, areas=areas(0), **ASKED)
    assert (lost.value, lost.text) == (None, "–")
