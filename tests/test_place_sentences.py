"""Sentences and cards of the report on places: every way they can end, from tables counted by hand."""

import math
from types import SimpleNamespace

import pandas as pd
import pytest

from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.table import measures_table
from sas_analysis.present import cards, place_order, place_view
from sas_analysis.present import place_sentences as say
from sas_analysis.present.short_table import short
from sas_analysis.records.locate import NO_LOCATION
from sas_analysis.reference.area_kinds import AUTHORITY, kind_of
from sas_analysis.reference.areas import COARSELY, OVERLAPPING

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


def areas(*counts, lost=0):
    """As `Study.areas`: places with so many searches, some outside them all, and some without a location."""
    rows = [(f"Place {n}", f"E0700000{n}", number) for n, number in enumerate(counts)]
    rows += [("outside every area", "", 1_000), (NO_LOCATION, "", lost)]
    return pd.DataFrame(rows, columns=["area", "area_code", "searches"])


HIGH, LOW = ("Colchester", 400, 4.0, 3.5, 4.6), ("Harlow", 100, 0.5, 0.4, 0.6)
BOTH, FEW = ("Tendring", 60, 1.1, 0.8, 1.4), ("Maldon", 5, 9.0, 2.0, 20.0)
UNKNOWN = "ethnicity unknown in 40.0% of searches: not a headline"
NO_RATIO = "not estimable: no residents of wards are carried"


def answer(rows, counts=(0,), **more):
    return say.answer(rows, areas=areas(*counts), study=STUDY, **(ASKED | {"contradicted": ["essex"]} | more))


def test_the_answer_counts_places_above_below_on_both_sides_and_with_too_few_searches():
    assert answer(table(HIGH, LOW, BOTH, FEW)) == (
        "**Black people were searched more often than White people, relative to their number of residents, in 1 of 4 "
        "local authorities**; less often in 1, either is possible in 1 and there are too few searches to say in 1. Of "
        "the 3 local authorities that can be compared, the ratio is highest in Colchester (4.0 times, from 3.5 to "
        "4.6, 400 searches) and lowest in Harlow (0.50, from 0.40 to 0.60, 100 searches). Where intervals overlap, the "
        "order may be chance."
    )


def test_the_answer_of_places_that_are_all_above_and_of_one_alone():
    said = answer(table(HIGH, ("Basildon", 90, 2.0, 1.5, 2.5)), kind=WARD)
    assert "in all 2 wards**. The ratio is highest in Colchester" in said
    assert answer(table(HIGH)).endswith("in the one local authority**.")
    assert answer(table(HIGH), group="Mixed").startswith("People of Mixed ethnicity are not among the groups")


def test_the_answer_of_no_place_above():
    said = answer(table(LOW, BOTH))
    assert said.startswith(
        "**In no local authority were Black people clearly searched more often than White people**, relative to their "
        "number of residents; less often in 1 and either is possible in 1."
    )
    mixed = table(LOW, BOTH).assign(ethnicity_5="Mixed")
    assert "were people of Mixed ethnicity clearly" in answer(mixed, group="Mixed")


def test_where_little_can_be_said_no_place_above_is_no_finding_of_all_places():
    residents = ", relative to their number of residents"
    assert answer(table(FEW)) == (
        "**In no local authority can it be said whether Black people were searched more often than White people**"
        f"{residents}; there are too few searches to say in 1."
    )
    assert answer(table(LOW, FEW)).startswith(
        "**In the one local authority that can be compared, Black people were not clearly searched more often than "
        f"White people**{residents}; less often in 1 and there are too few searches to say in 1."
    )
    assert answer(table(LOW, BOTH, FEW)).startswith(
        "**In none of the 2 local authorities that can be compared were Black people clearly searched more often than "
        f"White people**{residents}; less often in 1, either is possible in 1 and there are too few searches to say in "
        "1."
    )


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
    assert named[1:] == [("Colchester, the highest of 2 compared", ""), ("Harlow, the lowest of 2 compared", "")]
    assert named[0] == ("Clacton, most searches", cards.TOO_MANY_UNKNOWN)


def test_the_answer_without_ratios_says_why_and_where_searches_are():
    rows = table(*[(f"Place {n}", 10, math.nan, math.nan, math.nan) for n in range(4)], reason=NO_RATIO)
    where = "the 90 searches placed in these wards, the largest number, 50 (55.6%), were in Place 1."
    why = "**No ratio can be given for the wards of Essex Police:**"
    counts = (10, 50, 0, 30)
    assert answer(rows, counts, kind=WARD) == f"{why} no residents of wards are carried. Of {where}"
    some = say.answer(rows, areas=areas(*counts, lost=10), study=STUDY, kind=WARD, **ASKED)
    assert some.endswith(f"carried. 10 of 1,100 searches (0.91%) have no location; of {where}")
    reason = "not estimable: 89.2% of searches have no location (more than 30%)"
    rows = table(*[(f"Place {n}", 10, math.nan, math.nan, math.nan) for n in range(4)], reason=reason)
    most = say.answer(rows, areas=areas(*counts, lost=9000), study=STUDY, kind=WARD, **ASKED)
    assert most == f"{why} 89.2% of searches have no location. Of {where}"
    assert answer(rows, (0, 0, 0, 0), kind=WARD).endswith("of searches have no location.")
    spread = answer(rows, (40, 50, 0, 30), kind=WARD)
    assert spread.endswith("50 (41.7%), were in Place 1. Half of them were in 2 of the 3 wards with any.")


def test_the_one_place_of_a_force_is_neither_the_largest_of_its_places_nor_half_of_them():
    rows = table(("Place 0", 10, math.nan, math.nan, math.nan), reason="not estimable: hardly anyone lives there")
    assert answer(rows, (30,)).endswith("lives there. 30 searches are placed in Place 0.")
    lost = say.answer(rows, areas=areas(1, lost=9), study=STUDY, **ASKED)
    assert lost.endswith("9 of 1,010 searches (0.89%) have no location; 1 is placed in Place 0.")


def test_places_that_overlap_are_no_headline_and_are_told():
    assert answer(table(HIGH, LOW), overlaps=3, kind=WARD) == (
        "**These wards overlap, so there is no headline:** a search in two of them is counted in one alone. Boundaries "
        "are needed in which each place is in one ward."
    )
    rows = table(("Place 0", 10, math.nan, math.nan, math.nan), reason=NO_RATIO)
    assert "These wards overlap: a search in two" in answer(rows, (5,), overlaps=3, kind=WARD)
    said = say.placed(PLACING, NOTHING_LOST, side=side(layer(kind=WARD), overlaps=3))
    assert said[1].startswith("**These wards overlap.** 3 of 1,000 searches (0.30%) are in two of them or more;")


def test_places_without_a_ratio_are_not_said_to_have_too_few_searches():
    none = [("Medway", 0, math.nan, math.nan, math.nan), ("Dover", 0, math.nan, math.nan, math.nan)]
    reasons = [
        "",
        "",
        *["not estimable: no file with records of these months is here"] * 2,
        "not estimable: no resident",
    ]
    rows = table(HIGH, FEW, *none, ("City", 9, math.nan, math.nan, math.nan), reason=reasons)
    said = answer(rows)
    assert "in 1 of 2 local authorities that have a ratio**; there are too few searches to say in 1. No ratio" in said
    assert "for 3 local authorities: no file with records of these months is here (2) and no resident (1)." in said
    alone = answer(rows.iloc[[0, 2]])
    assert (
        "in the one local authority that has a ratio**. No ratio can be given for 1 local authority: no file" in alone
    )
    nowhere = answer(rows.iloc[2:])
    assert nowhere.startswith(
        "**No ratio can be given for the local authorities of Essex Police:** no file with records of these months is "
        "here (2) and no resident (1)."
    )
    busier = pd.concat([table(("Bexley", 900, 5.0, 4, 6), note=UNKNOWN), rows], ignore_index=True)
    made = cards.places(busier, PLACING, areas=areas(), **ASKED)
    assert [one.what for one in made[:2]] == ["Bexley, most searches", "Colchester, the only one that can be compared"]


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
        "local authorities**; less often in 1. The ratio is highest in Colchester (4.0 times, from 3.5 to 4.6, 400 "
        "searches) and lowest in Harlow (0.50, from 0.40 to 0.60, 100 searches). Where intervals overlap, the order "
        "may be chance. Not among these: 1 local authority of Essex Police, whose records official statistics "
        "contradict."
    )
    assert "Bexley" not in say.rates(rows, rows, PLACING, group="Black")
    made = cards.places(rows, PLACING, areas=areas(), **ASKED)
    assert [one.what for one in made[:3]] == [
        "Bexley, most searches",
        "Colchester, the highest of 2 compared",
        "Harlow, the lowest of 2 compared",
    ]
    four = ["essex", "kent", "gwent", "surrey"]
    assert answer(rows.assign(note=CONTRADICTED), contradicted=four).startswith(
        "**No ratio can be a headline:** official statistics contradict the records of Essex Police, Kent Police, "
        "Gwent Police and 1 more force, so a map"
    )


def test_a_place_of_one_month_is_neither_highest_nor_beyond_and_is_told_of_by_itself():
    month = "47% of its searches were in August 2018"
    rows = table(HIGH, LOW, ("Kensington", 900, 9.9, 7.8, 12.5)).assign(
        note=["", "", f"{month}, without which this is 4.72"]
    )
    said = answer(rows)
    assert "highest in Colchester" in said
    own = f"Kensington (9.9 times) is compared with no other: {month}, without which the ratio is 4.72."
    assert said.endswith(own)
    assert [one.what for one in cards.places(rows, PLACING, areas=areas(), **ASKED)[:3]] == [
        "Kensington, most searches", "Colchester, the highest of 2 compared", "Harlow, the lowest of 2 compared",
    ]  # fmt: skip
    assert cards.places(rows, PLACING, areas=areas(), **ASKED)[0].mark == cards.MOSTLY_ONE_MONTH
    out = say.beyond(funnel("beyond 95%", "within", f"not said: {month}"), rows, group="Black")
    assert out.startswith("1 of 2 local authorities lies outside the 95% limits")
    assert out.endswith(f"Not among these: Place 2 ({month}).")


# Wide is the highest on 29 searches; drawn towards the mean, Sure is, as in `DRAWN`.
UNSURE = table(
    ("Wide", 29, 7.7, 4.3, 13.0), ("Sure", 235, 6.4, 5.1, 8.1), ("Middle", 500, 3.0, 2.7, 3.4),
    ("Other", 400, 2.4, 2.1, 2.8), ("Last", 248, 1.1, 0.9, 1.4),
)  # fmt: skip
DRAWN = table(
    ("Wide", 29, 5.2, 3.0, 9.1), ("Sure", 235, 5.4, 3.4, 8.0), ("Middle", 500, 3.0, 2.5, 3.6),
    ("Other", 400, 2.5, 2.1, 3.0), ("Last", 248, 1.5, 1.0, 3.2), measure="ratio_shrunken",
)  # fmt: skip


@pytest.mark.parametrize("drawn", [{"shrunken": DRAWN}, {}])
def test_a_place_of_few_searches_is_not_the_highest_against_the_order_drawn_to_the_mean(drawn):
    said = answer(UNSURE, **drawn)
    assert "highest in Sure (6.4 times, from 5.1 to 8.1, 235 searches) and lowest in Last (1.10" in said
    assert said.endswith(
        "The order of local authorities is that of figures drawn towards their mean, since a wide interval makes an "
        "extreme figure likelier: Wide (7.7, from 4.3 to 13.0, 29 searches) is not called the highest."
    )
    made = cards.places(UNSURE, PLACING, areas=areas(), **ASKED, **drawn)
    assert [one.what for one in made[1:3]] == ["Sure, the highest", "Last, the lowest"]


def test_the_order_is_that_of_the_drawn_ratios_of_the_page_where_it_has_them():
    other = DRAWN.assign(estimate=[5.2, 5.1, 3.0, 2.5, 1.5])
    said = answer(UNSURE, shrunken=other)
    assert "highest in Wide" in said
    assert "not called" not in said
    some = answer(UNSURE, shrunken=other.assign(estimate=[5.2, 5.1, 3.0, math.nan, 1.5]))
    assert "highest in Sure" in some  # of one place there is none, so that all are drawn alike


def test_an_order_of_figures_without_intervals_or_of_two_places_is_that_of_the_figures():
    bare = UNSURE.assign(lower=math.nan, upper=math.nan, period_lower=math.nan, period_upper=math.nan, interval="")
    for rows in (bare, UNSURE.head(2)):
        assert list(place_order.in_order(rows)["area"])[:2] == ["Wide", "Sure"]
    open_ended = [("A", 400, 0.01, 0.0, 0.02), ("B", 400, 0.2, 0.1, 0.3), ("C", 400, 0.1, 0.05, 0.2)]
    none = table(*open_ended, ("D", 20, 9.0, 0.1, math.inf))
    assert list(place_order.in_order(none)["area"])[-1] == "A"
    assert place_order.in_order(none)["area"].iloc[0] != "D"


def test_a_rate_says_which_places_it_leaves_out_of_the_order_and_why():
    month = "47% of its searches were in August 2018, without which this is "
    of_rates = [("A", 400, 40.0, 30, 50), ("B", 100, 5.0, 4, 6), ("Bound", 900, 154.6, 131, 182)]
    of_rates.append(("Carnival", 900, 197.0, 80, 300))
    rates = table(*of_rates, measure="search_rate", note=["", "", "", f"{month}79.0"])
    ratios = table(*of_rates, note=["", "", UNKNOWN, f"{month}4.72"])
    said = say.rates(rates, ratios, PLACING, group="Black")
    assert said.startswith("Of the 2 local authorities that can be compared, A has the most searches of Black people")
    assert said.endswith(
        "Not in this order: Bound (154.6), of which too much is unknown; Carnival (197.0), since 47% of its searches "
        "were in August 2018, without which the rate is 79.0."
    )
    contradicted = say.rates(rates, ratios.assign(note=["", "", CONTRADICTED, ""]), PLACING, group="Black")
    assert "Not in this order: 1 whose records official statistics contradict; Carni" in contradicted


def test_a_place_of_one_month_is_in_no_series_and_in_no_band_and_both_say_so():
    month = "47% of its searches were in August 2018"
    whole = table(HIGH, LOW, ("Kensington", 900, 9.9, 7.8, 12.5), note=["", "", f"{month}, without which this is 4.72"])
    by = pd.concat([whole.assign(quarter=name, note="") for name in ("2018Q1", "2018Q2")]).rename(
        columns={"area": "borough"}
    )
    assert say.over_time(by.reset_index(drop=True), whole, group="Black") == (
        "Black people were searched more often in each of the 2 quarters in 1 of the 2 local authorities that can be "
        f"compared. Not among these: Kensington ({month})."
    )
    band = whole[["area", "ethnicity_5", "measure", "estimate", "note"]].assign(lowest=2.0)
    assert "in all 2 local authorities that can be compared." in say.band(band, whole, group="Black")


def test_a_place_of_which_too_much_is_unknown_is_not_counted_among_those_beyond_chance():
    ratios = table(*[(f"Place {n}", 400, 1.0 + n, 0.9 + n, 1.1 + n) for n in range(3)], note=["", UNKNOWN, ""])
    said = say.beyond(funnel("within", "beyond 95%", "within"), ratios, group="Black")
    assert said.startswith("None of 2 local authorities lies outside the 95% limits")
    assert said.endswith("Not among these: 1 local authority where ethnicity is unknown too often.")


def test_rates_name_the_most_and_the_fewest_or_one_or_none():
    rates = table(("A", 400, 40.0, 30, 50), ("B", 100, 5.0, 4, 6), measure="search_rate")
    ratios = table(("A", 400, 4.0, 3.5, 4.6), ("B", 100, 2.0, 1.5, 2.5))
    rest = {"placing": PLACING, "group": "Black"}
    assert say.rates(rates, ratios, **rest) == (
        "Of the 2 local authorities, A has the most searches of Black people per 1,000 Black residents a year (40.0, "
        "from 30.0 to 50.0, 400 searches) and B the fewest (5.0, from 4.0 to 6.0, 100 searches). Where intervals "
        "overlap, the order may be chance."
    )
    one = say.rates(rates.head(1), ratios, **rest)
    own = "Searches of Black people per 1,000 Black residents a year in A: 40.0, from 30.0 to 50.0, 400 searches."
    assert one == own
    for mark, why in ((COARSELY, "are too coarse"), (OVERLAPPING, "overlap")):
        doubtful = say.rates(rates.assign(note=["", mark]), ratios, **rest)
        assert doubtful.startswith(f"Rates of local authorities are not set side by side: these boundaries {why}.")
    doubted = say.rates(rates.assign(note=CONTRADICTED), ratios.assign(note=CONTRADICTED), **rest)
    assert "a year ((40.0), from 30.0 to 50.0, 400 searches) and B the fewest ((5.0), from" in doubted
    few = ratios.assign(numerator=pd.array([3, 4], dtype="Int64"))
    assert say.rates(rates, few, **rest, kind=WARD).endswith("to set the rates of wards side by side.")


# Two that can be compared, one of few searches, one whose ethnicity is unknown too often, one without a search.
FIVE = table(
    ("High", 25, 14.9, 9.1, 23.3), ("Low", 41, 3.7, 2.3, 5.5), ("Few", 18, 33.2, 17.2, 59.7),
    ("Unknown", 212, 1.1, 1.05, 6.3), ("None", 0, 0.0, 0.0, 3.0), note=["", "", "", UNKNOWN, ""],
)  # fmt: skip


def test_every_sentence_and_card_sets_the_same_places_side_by_side_and_says_how_many():
    among = "2 local authorities that can be compared"
    said = answer(FIVE)
    assert "in 2 of 5 local authorities**; there are too few searches to say in 2 and ethnicity is unknown" in said
    assert f"Of the {among}, the ratio is highest in High (15 times" in said.replace("14.9", "15")
    assert "lowest in Low (3.7" in said
    rates = table(("High", 25, 47.6, 28, 74), ("Low", 41, 17.7, 11, 27), ("Few", 18, 99.7, 53, 171),
                  ("Unknown", 212, 15.3, 12, 18), ("None", 0, 0.0, 0, 9), measure="search_rate")  # fmt: skip
    assert say.rates(rates, FIVE, PLACING, group="Black") == (
        f"Of the {among}, High has the most searches of Black people per 1,000 Black residents a year (47.6, from 28.0 "
        "to 74.0, 25 searches) and Low the fewest (17.7, from 11.0 to 27.0, 41 searches). Where intervals overlap, the "
        "order may be chance. Not in this order: Unknown (15.3), of which too much is unknown; Few (99.7) and None "
        "(0.0), on fewer than 20 searches."
    )
    rows = [(place, 100, 3.0, 2.5, 3.5) for place in ("High", "Unknown", "Few", "Low")]
    rows += [*rows[:3], ("Low", 100, 1.1, 0.8, 1.5)]
    by = table(*rows, quarter=["2019Q3"] * 4 + ["2019Q4"] * 4).rename(columns={"area": "borough"})
    assert say.over_time(by, FIVE, group="Black") == (
        f"Black people were searched more often in each of the 2 quarters in 1 of the {among}. The others have too few "
        "searches, or too many of unknown ethnicity, in one quarter or more."
    )
    third = by.head(4).assign(quarter="2020Q1", note="1 of 3 months", estimate=0.5, lower=0.2, upper=0.8)
    assert say.over_time(pd.concat([by, third]), FIVE, group="Black").startswith(
        "Black people were searched more often in each of the 2 whole quarters in 1 of the 2 local authorities"
    )
    assert say.over_time(pd.concat([by.head(4), third]), FIVE, group="Black") == (
        "These months hold fewer than two whole quarters, so change over quarters is not described."
    )
    low = by.assign(note=[UNKNOWN, *[""] * 7])  # High in its first quarter
    assert say.over_time(low, FIVE, group="Black").startswith(
        "In Low, the one local authority that can be compared, Black people were searched more often in 1 of the 2 "
        "quarters. The others"
    )
    by.loc[7, "numerator"] = 19
    assert "were searched more often in each of the 2 quarters. The" in say.over_time(by, FIVE, group="Black")
    for nowhere in (say.over_time(by, FIVE.assign(note=UNKNOWN), group="Black"),
                    say.over_time(by.assign(numerator=19), FIVE, group="Black")):  # fmt: skip
        assert nowhere.startswith("No local authority has 20 searches or more of Black people in each of the 2 quart")
    band = FIVE[["area", "ethnicity_5", "measure", "estimate", "note"]].assign(lowest=[2.0, 0.9, 9.0, 9.0, 0.0])
    assert "above 1 in 1 of the 2 local authorities that can be compared. This" in say.band(band, FIVE, group="Black")
    held = say.band(band.assign(lowest=2.0), FIVE, group="Black")
    assert f"it would stay above 1 in all {among}. This is an assumption range" in held
    assert "in the one local authority that can be compared. This" in say.band(band, FIVE.drop(index=1), group="Black")
    made = cards.places(FIVE, PLACING, areas=areas(), **ASKED)
    assert [one.what for one in made] == [
        "Unknown, most searches",
        "High, the highest of 2 compared",
        "Low, the lowest of 2 compared",
        "Searches without a location",
    ]


TWO = pd.DataFrame(
    {"force": ["avon-and-somerset", "gloucestershire"], "searches": [4101, 985], "placed": [3176, 984],
     "outside": [0, 0], "no_location": [925, 1]}
)  # fmt: skip


def test_forces_that_lack_locations_unlike_often_are_told_and_their_rates_not_set_side_by_side():
    by = "22.6% in Avon and Somerset Constabulary (925 of 4,101) and 0.10% in Gloucestershire Constabulary (1 of 985)"
    said = say.placed(TWO, NOTHING_LOST, side=side(layer()))[0]
    assert f"By force, searches without a location are {by}: a rate is too low by about the share of its" in said
    assert "so that rates of different forces cannot be compared." in said
    assert "Rates are too low by about that share" not in said
    rates = table(("High", 25, 47.6, 28, 74), ("Low", 41, 17.7, 11, 27), measure="search_rate")
    ratios = table(("High", 25, 14.9, 9.1, 23.3), ("Low", 41, 3.7, 2.3, 5.5))
    assert say.rates(rates, ratios, TWO, group="Black") == (
        f"Rates of different forces cannot be compared here: searches without a location are {by}. The rate of each "
        "place is in a table below."
    )
    (*_, lost) = cards.places(ratios, TWO, areas=areas(), **ASKED)
    assert lost.base == "926 of 5,086 searches; by force, 0.10% to 22.6%"
    alike = TWO.assign(no_location=[200, 50])
    too_low = "Rates are too low by about that share. A ratio is too"
    assert too_low in say.placed(alike, NOTHING_LOST, side=side(layer()))[0]
    assert "a year (47.6, from" in say.rates(rates, ratios, alike, group="Black")
    many = pd.concat([TWO, TWO, TWO], ignore_index=True)
    assert ", the most and the least of 6 forces: a rate" in say.placed(many, NOTHING_LOST, side=side(layer()))[0]


def funnel(*verdicts):
    rows = [(f"Place {n}", "Black", 1.0 + n, verdict) for n, verdict in enumerate(verdicts)]
    table = pd.DataFrame(rows, columns=["area", "ethnicity_5", "ratio", "verdict"])
    return table.assign(searches=100, target=2.0, lower_95=1.0, upper_95=4.0)


SURE = table(("A", 400, 4.0, 3.5, 4.6), ("B", 100, 2.0, 1.5, 2.5))  # ratios whose boundaries are no obstacle


def test_places_beyond_chance_are_counted_and_five_named():
    many = say.beyond(funnel(*["beyond 95%"] * 5, "beyond 99.8%", "beyond 99.8%", "within"), SURE, group="Black")
    assert many.startswith("7 of 8 local authorities lie outside the 95% limits, where one local authority in twenty")
    assert "Place 6 (7.0), Place 5 (6.0), Place 4 (5.0), Place 3 (4.0), Place 2 (3.0) and 2 more. 2 of them lie" in many
    one = say.beyond(funnel("beyond 95%", "within"), SURE, group="Black", kind=WARD)
    assert one.startswith("1 of 2 wards lies outside the 95% limits")
    assert "Place 0 (1.0). None of them lies outside the 99.8% limits. The limits allow for" in one
    none = say.beyond(funnel("within", "within", ""), SURE, group="Black")
    assert none.startswith("None of 2 local authorities lies outside the 95% limits. The limits allow")
    for searches, words in (([19, 20], "; 1 has"), ([3, 0], "; all have")):
        few = say.beyond(funnel("within", "within").assign(searches=searches), SURE, group="Black")
        assert f"95% limits{words} fewer than 20 searches of Black people. The limits allow" in few
    without = say.beyond(funnel("within", "within").assign(note=""), SURE, group="Black", contradicted=["essex"])
    assert without == f"{none} Without those of Essex Police, whose records official statistics contradict."
    all_of_them = funnel("within", "within").assign(note=CONTRADICTED)
    assert say.beyond(all_of_them, SURE, group="Black", contradicted=["essex"]) == none
    for few in (funnel(""), funnel("within")):
        assert say.beyond(few, SURE, group="Black", kind=WARD).startswith("A funnel needs two wards or more")


def test_wide_limits_are_said_to_be_wide_and_others_are_not():
    def said(low, high):
        rows = funnel("within", "within", "within").assign(lower_95=[low, low, 0.0], upper_95=[high, 90.0, high])
        return say.beyond(rows.assign(target=6.0), SURE, group="Black")

    assert said(0.1, 35.2).endswith(
        "These limits are wide, since searches are few or local authorities differ much: half of the local authorities "
        "would lie inside the 95% limits with any ratio from 0.1 to 35.2."
    )
    for narrow in (said(2.1, 35.2), said(0.1, 17.9), said(4.0, 9.0)):
        assert narrow.endswith("not to have no disparity.")


@pytest.mark.parametrize(("mark", "why"), [(COARSELY, "are too coarse"), (OVERLAPPING, "overlap")])
def test_nothing_is_said_beside_each_other_of_places_whose_boundaries_do_not_allow_it(mark, why):
    marked = SURE.assign(note=["", f"{mark}: 3"])
    of = {"group": "Black", "kind": WARD}
    assert say.beyond(funnel("beyond 95%", "within"), marked, **of) == (
        f"It is not said which wards lie outside the limits of chance, because these boundaries {why}."
    )
    by = quarters(("A", "a"), ("B", "a"), ("A", "a"), ("B", "b"))
    assert say.over_time(by, marked, **of) == (
        f"It is not said how wards changed from quarter to quarter, because these boundaries {why}."
    )


def test_the_table_of_a_funnel_has_words_for_its_limits_and_few_searches_in_brackets():
    table = pd.DataFrame({
        "area": ["Sedgemoor", "Bristol", "Dean"], "ethnicity_5": "Black", "searches": pd.array([18, 212, 0], "Int64"),
        "ratio": [33.24, 5.12, math.nan], "target": 7.77, "lower_95": [0.0, 1.9, math.nan], "note": "",
        "upper_95": [35.2, 31.0, math.nan], "p_value": [0.06, 0.4, math.nan], "verdict": ["within", "within", ""],
    })  # fmt: skip
    block = short(place_view.beyond(table)).as_block()
    assert [name for name, _ in block["columns"]] == ["Area", "Searches", "Ratio", "95% limits", "Verdict"]
    assert [[cell[0] for cell in row] for row in block["rows"]] == [
        ["Sedgemoor", "18", "(33.24)", "0.00 to 35.20", "within"],
        ["Bristol", "212", "5.12", "1.90 to 31.00", "within"],
        ["Dean", "0", "–", "–", "–"],
    ]
    assert block["rows"][0][0][2] == "a"
    assert block["notes"] == ["a  Fewer than 20 searches."]


def quarters(*of):
    """Ratios of two places by quarter, above (a) or not (b) in each."""
    rows = [(place, 100, 3.0, 2.5, 3.5) if one == "a" else (place, 100, 1.0, 0.8, 1.2) for place, one in of]
    names = [f"2018Q{1 + n // 2}" for n in range(len(of))]
    return table(*rows, quarter=names).rename(columns={"area": "borough"})


def test_places_above_in_every_quarter_are_counted():
    both = table(("A", 400, 4.0, 3.5, 4.6), ("B", 100, 2.0, 1.5, 2.5))
    of = [("A", "a"), ("B", "a"), ("A", "a"), ("B", "b")]
    assert say.over_time(quarters(*of), both, group="Black").startswith(
        "Black people were searched more often in each of the 2 quarters in 1 of the 2 local authorities."
    )
    assert say.over_time(quarters(*of[:2]), both, group="Black").startswith("There is one quarter")
    doubted = both.assign(note=[CONTRADICTED, ""])
    one = say.over_time(quarters(*of), doubted, group="Black")
    assert one.startswith(
        "In B, the one local authority that can be compared, Black people were searched more often in 1"
    )
    assert "in 1 of the 2" in say.over_time(quarters(*of), both.assign(note=CONTRADICTED), group="Black")


def test_a_quarter_that_official_statistics_contradict_is_none_of_which_something_can_be_said():
    both = table(("A", 400, 4.0, 3.5, 4.6), ("B", 100, 2.0, 1.5, 2.5))
    of = [("A", "a"), ("B", "a"), ("A", "a"), ("B", "b")]
    one = quarters(*of).assign(note=["", CONTRADICTED, "", ""])
    assert say.over_time(one, both, group="Black") == (
        "In A, the one local authority that can be compared, Black people were searched more often in each of the 2 "
        "quarters. The others have too few searches, too many of unknown ethnicity, or records that official "
        "statistics contradict, in one quarter or more."
    )
    every = quarters(*of).assign(note=["", "", CONTRADICTED, CONTRADICTED])
    assert say.over_time(every, both, group="Black") == (
        "No local authority has 20 searches or more of Black people in each of the 2 quarters, with ethnicity known "
        "often enough and records that official statistics do not contradict, so nothing is said of change over "
        "quarters."
    )
    alone = say.over_time(
        quarters(("A", "b"), ("A", "b")).assign(quarter=["2018Q1", "2018Q2"]), both.head(1), group="Black"
    )
    assert alone == "In A Black people were searched more often in none of the 2 quarters."


def per_day(**places):
    rows = [(name, month, value, 30 * value) for name, values in places.items() for month, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["area", "month", "estimate", "numerator"])


def test_the_busiest_month_of_places_is_set_against_their_quietest():
    assert say.months(per_day(A=[2.0, 3.0], B=[1.0, 4.0, math.nan], C=[0.0, 2.0], D=[1.0])) == (
        "In the 2 local authorities with 20 searches or more in every month, the busiest month had 1.5 (A) to 4.0 "
        "times (B) as many searches a day as the quietest."
    )
    assert say.months(per_day(A=[2.0, 3.0], B=[1.0, 4.0])).startswith(
        "In the 2 local authorities with the most searches, the busiest month had 1.5 (A) to 4.0 times (B)"
    )
    assert say.months(per_day(A=[2.0, 3.0])) == (
        "In A the busiest month had 1.5 times as many searches a day as the quietest."
    )
    assert say.months(per_day(A=[0.0, 2.0, 3.0], B=[0.6, 1.0]), kind=WARD) == (  # not that one month can be used
        "No ward has 20 searches or more in its quietest month, so nothing is said of how far months are apart."
    )
    assert say.months(per_day(A=[2.0]), kind=WARD).startswith("Only one month can be used of each ward, so nothing")
    assert say.months(per_day(A=[math.nan]), kind=WARD).startswith("No ward has so many searches a month")
    why = "no month of 3 may be used (2020-04: missing (location): 9 of 9 records)"
    assert say.months(per_day(A=[math.nan]), kind=WARD, why=why) == (
        "Searches by month cannot be given for any ward: location is missing from most records in all 3 months."
    )


def test_arrests_are_of_places_with_100_searches_or_more():
    def arrests(*rows):
        names, of, shares = zip(*rows, strict=True)
        made = [round(number * share) if share == share else math.nan for number, share in zip(of, shares, strict=True)]
        lower, upper = ([share + way for share in shares] for way in (-0.02, 0.02))
        return measures_table(
            pd.DataFrame({"area": list(names)}), measure="arrest_rate", numerator=made, denominator=list(of),
            limits=(lower, upper), interval="95% process", period=(lower, upper),
        )  # fmt: skip

    known = arrests(("A", 100, 0.2), ("B", 300, 0.1), ("C", 99, 0.9), ("D", 500, math.nan))
    assert say.outcomes(known) == (
        "Of the 2 local authorities that can be compared, searches ended in an arrest most often in A (20.0%, from "
        "18.0% to 22.0%, 100 searches) and least often in B (10.0%, from 8.0% to 12.0%, 300 searches). Where intervals "
        "overlap, the order may be chance. Not in this order: C (89.9%), on fewer than 100 searches."
    )
    too_few = say.outcomes(known.iloc[[0, 2]], kind=WARD)
    assert "to set wards side by side. Not in this order: C" in too_few
    assert say.outcomes(known.head(1), kind=WARD) == "20.0% of the searches in A ended in an arrest."
    month = "47% of its searches were in August 2018"
    without = say.outcomes(known.assign(note=[month, "", "", ""]))
    assert without.startswith("There are too few searches with a known outcome to set local authorities side by side.")
    assert without.endswith(f"A (20.0%), since {month}.")


PLACING = pd.DataFrame({"force": ["essex"], "searches": [1000], "placed": [900], "outside": [10], "no_location": [90]})
NOTHING_LOST = pd.DataFrame({"force": [], "month": [], "why": []})


def layer(*, synthetic=False, coarse="", kind=AUTHORITY):
    path = SimpleNamespace(name="areas.geojson")
    about = {"synthetic": synthetic, "kind": kind, "path": path, "sha256": "0123456789abcdef"}
    return SimpleNamespace(**about, coarse=lambda: coarse, spacing=lambda: 120.0)


def side(own, *, elsewhere=0, by_others=0, overlaps=0, has_ratios=True):
    """Areas of a layer."""
    counts = {"elsewhere": elsewhere, "by_others": by_others, "overlaps": overlaps, "has_ratios": has_ratios}
    return SimpleNamespace(layer=own, kind=own.kind, **counts)


def test_what_is_placed_lost_and_by_which_boundaries():
    said = say.placed(PLACING, NOTHING_LOST, side=side(layer()))
    assert said == [
        "Of 1,000 searches in the months whose locations may be used, 9.0% have no location and are in no local "
        "authority. Rates are too low by about that share. A ratio is too high or too low as far as the two groups "
        "lack locations unlike often. 10 are located outside all local authorities of the boundaries.",
        "Boundaries: areas.geojson (SHA-256 0123456789ab), with a point every 120 m: fine enough.",
    ]
    many = say.placed(PLACING.assign(no_location=400), NOTHING_LOST, side=side(layer(coarse="coarse", kind=WARD)))
    assert "are in no ward: more than 30%, so no local rate is given. 10 are located" in many[0]
    assert many[1].endswith("for a headline of one place, since a line can be wrong by more than 50 m.")
    none = say.placed(PLACING.assign(no_location=0), NOTHING_LOST, side=side(layer(synthetic=True)))
    assert "Rates are" not in none[0]
    unrated = say.placed(PLACING.assign(outside=0), NOTHING_LOST, side=side(layer(), has_ratios=False))[0]
    assert "Rates are" not in unrated
    assert "ratio" not in unrated
    assert unrated.endswith("None is located outside all local authorities of the boundaries.")
    apart = say.placed(PLACING, NOTHING_LOST, side=side(layer(), elsewhere=260, by_others=1))
    assert apart[1:3] == [
        "260 of 1,000 searches (26.0%) are in local authorities that other forces police, and in no number of a place.",
        "1 of 1,000 searches (0.10%) was made by one of these forces where another polices: in no rate, ratio or "
        "number a day of that local authority, and in its other numbers.",
    ]
    assert none[1].endswith("simulated.")
    empty = say.placed(PLACING.assign(searches=0), NOTHING_LOST, side=side(layer()))
    assert empty == ["No search is in a month whose locations may be used."]


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ([("essex", "2018-02")], "in 2018-02: this month is in no number of a place"),
        ([("essex", "2018-02"), ("essex", "2018-03")], "in 2018-02 to 2018-03: these 2 months are in no number"),
        ([("essex", "2018-02"), ("kent", "2018-05")], "in 2018-02 and 2018-05: these 2 months are in no number"),
    ],
)
def test_months_without_locations_are_named(lost, said):
    months = pd.DataFrame(lost, columns=["force", "month"]).assign(why="missing")
    assert said in say.placed(PLACING, months, side=side(layer()))[1]


def test_tables_of_places_have_areas_and_a_band_the_digits_of_its_measure():
    band = pd.DataFrame({"borough": ["A", "A"], "measure": ["search_rate", "disproportionality_ratio"]})
    band = band.assign(area_code="E1", estimate=[9.88, 3.4], lowest=[9.0, math.nan], highest=[40.0, math.inf])
    shown = place_view.banded(band)
    assert list(shown) == ["area", "measure", "estimate", "lowest", "highest"]
    assert shown.iloc[:, 2:].to_numpy().tolist() == [["9.9", "9.0", "40.0"], ["3.40", "–", "without limit"]]


def test_the_band_counts_places_that_stay_above_1():
    ratios = table(HIGH, LOW)
    rows = ratios[["area", "ethnicity_5", "measure", "estimate", "note"]].assign(lowest=[2.0, 0.3])
    assert "it would stay above 1 in 1 of the 2 wards." in say.band(rows, ratios, group="Black", kind=WARD)
    assert "in all 2 local authorities." in say.band(rows.assign(lowest=2.0), ratios, group="Black")
    doubted = say.band(rows, ratios.assign(note=[CONTRADICTED, ""]), group="Black")
    assert "in none: only 1 local authority can be compared. This" in doubted
    assert say.band(rows, ratios.assign(estimate=math.nan), group="Black") == ""


# --- cards ----------------------------------------------------------------------------------------------------


def shown(rows, **more):
    made = cards.places(rows, PLACING, areas=areas(30, 70), **(ASKED | more))
    return [(one.id, one.what, one.text) for one in made]


LOST = ("no_location", "Searches without a location", "9.0%")


def test_cards_are_where_most_searches_are_the_highest_the_lowest_and_the_lost():
    assert shown(table(BOTH, HIGH, LOW, FEW)) == [
        ("ratio_most_searches", "Colchester, most searches", "4.0 times"),
        ("ratio_lowest", "Harlow, the lowest of 3 compared", "0.50 times"),
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


def test_cards_and_answer_say_of_which_months_they_are_where_it_is_not_all():
    rows = table(("A", 10, math.nan, math.nan, math.nan), reason=NO_RATIO)
    of = {"areas": areas(30, lost=5), "in_months": "in 2020-05, whose locations may be used"}
    made = cards.places(rows, PLACING, **of, **ASKED)
    assert made[0].base == "of 30 searches placed; 5 have no location; in May 2020, whose locations may be used"
    assert "searches in May 2020, whose locations may be used" in made[-1].base
    said = say.answer(rows, study=STUDY, **of, **ASKED)
    assert said.endswith("All of these are searches in 2020-05, whose locations may be used.")  # the page words it


def test_without_a_search_nothing_is_divided():
    placing = PLACING.assign(searches=0, no_location=0)
    rows = table(("A", 0, math.nan, math.nan, math.nan), reason=NO_RATIO)
    (lost,) = cards.places(rows, placing, areas=areas(0).head(0), **ASKED)
    assert (lost.value, lost.text) == (None, "–")


def test_where_no_month_counts_the_card_of_what_is_lost_is_of_all_published_months():
    rows = table(("A", 0, math.nan, math.nan, math.nan), ("B", 0, math.nan, math.nan, math.nan), reason=NO_RATIO)
    busiest, _, lost = cards.places(rows, PLACING.head(0), areas=areas(30, 70, lost=9000), **ASKED)
    assert (busiest.text, busiest.base) == ("70", "of 100 searches placed; 9,000 have no location")
    assert (lost.text, lost.base) == ("89.1%", "9,000 of 10,100 searches in all published months")
