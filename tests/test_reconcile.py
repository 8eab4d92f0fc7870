"""Records beside official statistics: the lights, and what earns each."""

import numpy as np
import pandas as pd
import pytest

from sas_analysis.records import refresh, store
from sas_analysis.reference.official.counts import FACTS_AND_FIGURES, OPEN_DATA, SUMMARY_TABLE, official_searches
from sas_analysis.reference.official.ours import GROUPINGS, count_records, largest_months, searches_of_years
from sas_analysis.reference.official.reconcile import (
    AMBER,
    ANOTHER_YEAR,
    AT_LEAST,
    GREEN,
    GREY,
    MORE_THAN_WHOLE,
    MOST_OF_A_MONTH,
    RECONCILE_COLUMNS,
    RED,
    by_both_words,
    chance_distance,
    in_number_alone,
    lights,
    only_in_mix,
    reconcile,
    worst_of_forces,
    year_of,
)
from sas_analysis.rounding import to_be_rounded

GROUPS = ["White", "Mixed", "Asian", "Black", "Other"]
LATER_GROUPS = [*GROUPS, "Unknown"]


def months_of(year_ending, how_many=12):
    return pd.period_range(end=year_ending, periods=12, freq="M").astype(str)[:how_many]


def spread(force, year_ending, searches, how_many=12, vehicle_only=0):
    """Counts by month that add up to `searches` (group: number) over a whole year."""
    rows = []
    for at, month in enumerate(months_of(year_ending, how_many)):
        for group, number in searches.items():
            n = number // 12 + (at < number % 12)
            rows.append((force, month, False, group, group, n))
        rows.append((force, month, True, "Unknown", "Unknown", vehicle_only // 12))
    columns = ["force", "month", "vehicle_only", "ethnicity_5", "ethnicity_5_2001", "searches"]
    return pd.DataFrame(rows, columns=columns)


def official(force, year_ending, edition):
    table = official_searches().query("force == @force and year_ending == @year_ending and edition == @edition")
    assert len(table) == 1
    return table.iloc[0][LATER_GROUPS].fillna(0).astype(int).to_dict()


def light(table, measure):
    return table.set_index("measure")["light"][measure]


def only(table):
    found = lights(table)
    assert len(found) == 1
    return found.iloc[0]["light"]


# Official figures carried


def test_eff_by_force_2006_07_to_2017_18_in_one_layout():
    table = official_searches().query("edition == @FACTS_AND_FIGURES")
    assert table["year_ending"].nunique() == 12
    assert table["force"].nunique() == 44
    assert (table[LATER_GROUPS].sum(axis=1) == table["All"]).all()
    assert set(table["groups"]) == {"ethnicity_5_2001"}


def test_home_office_by_force_2020_21_to_2024_25_in_one_layout():
    table = official_searches().query("edition == @OPEN_DATA")
    assert table["year_ending"].min() == "2021-03"
    assert table["year_ending"].max() == "2025-03"
    assert table["force"].nunique() == 43
    assert table[["All", "Unknown"]].isna().all(axis=None)


def test_home_office_ss_20_march_2025_counts_vehicle_only_searches():
    table = official_searches().query("edition == @SUMMARY_TABLE")
    assert table["vehicle_only"].all()
    assert table["All"].sum() == 528_582
    assert len(table) == 44


def test_known_ethnicity_is_never_more_than_ss_20_march_2025():
    table = official_searches().query("year_ending == '2025-03'").set_index(["edition", "force"])
    known = table.loc[OPEN_DATA, GROUPS].sum(axis=1)
    assert (known <= table.loc[SUMMARY_TABLE]["All"].reindex(known.index)).all()


# Lights


@pytest.mark.parametrize("year", ["2008-03", "2016-03", "2018-03", "2021-03", "2023-03", "2025-03"])
def test_official_counts_beside_themselves_are_green_for_every_force(year):
    table = official_searches().query("year_ending == @year and White.notna()").fillna({"Other": 0})
    counts = pd.concat(
        spread(row.force, year, {group: int(getattr(row, group)) for group in GROUPS}) for row in table.itertuples()
    )
    without_totals = official_searches().query("White.notna()").assign(All=pd.NA, Unknown=pd.NA)
    result = reconcile(counts, official=without_totals)
    assert lights(result)["light"].tolist() == [GREEN] * len(table)
    assert result.loc[result["measure"].eq("ethnic mix"), "difference"].max() < 1e-12


@pytest.mark.parametrize(
    ("factor", "expected"),
    [(1.0, GREEN), (0.96, GREEN), (1.04, GREEN), (0.92, AMBER), (1.1, AMBER), (0.8, RED), (2, RED)],
)
def test_counts_that_miss_the_official_one(factor, expected):
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    counts = spread("kent", "2016-03", {group: round(n * factor) for group, n in searches.items()})
    result = reconcile(counts)
    assert light(result, "searches") == expected
    assert light(result, "ethnic mix") == GREEN
    assert only(result) == expected
    row = result.set_index("measure").loc["searches"]
    assert row["difference"] == pytest.approx(factor - 1, abs=1e-3)
    assert row["official"] == sum(searches.values())


def test_west_yorkshire_2025_26_black_searches_a_fifth_of_the_official_ones_are_red():
    # searchlight's sample: 239 Black and 9,953 White, ratio 0.60 where the official one is 3.03.
    searches = official("west-yorkshire", "2025-03", OPEN_DATA) | {"White": 9_953, "Black": 239, "Unknown": 9_158}
    result = reconcile(spread("west-yorkshire", "2026-03", searches))
    assert light(result, "Black per White search") == RED
    assert only(result) == RED
    assert "year ending 2025-03, the nearest carried" in result["note"].iloc[0]
    said = lights(result)["note"].item()
    assert "Black per White search differs by -0.77" in said
    assert "official 0.107" in said


def test_only_the_same_year_can_agree():
    """A mix that is as near to another year's as years are to each other is no sign of a fault, and no agreement."""
    searches = official("west-yorkshire", "2025-03", OPEN_DATA)
    result = reconcile(spread("west-yorkshire", "2026-03", searches))
    assert result["compared_with"].unique().tolist() == ["2025-03"]
    assert set(result["light"]) == {ANOTHER_YEAR}
    assert only(result) == ANOTHER_YEAR
    same = reconcile(spread("west-yorkshire", "2025-03", searches))
    assert light(same, "ethnic mix") == GREEN


def test_the_limit_is_the_largest_difference_that_is_green():
    searches = official("metropolitan", "2016-03", FACTS_AND_FIGURES)
    for factor in (1.0, 1.2, 1.5):
        ours = searches | {"Black": round(searches["Black"] * factor)}
        table = reconcile(spread("metropolitan", "2016-03", ours))
        table = table[~table["measure"].str.endswith("White search") | table["difference"].ge(0)]
        inside = table["difference"].abs() <= table["limit"]
        assert inside.tolist() == table["light"].eq(GREEN).tolist()


def test_what_cannot_be_compared_comes_last():
    counts = pd.concat(
        [
            spread("kent", "2016-03", official("kent", "2016-03", FACTS_AND_FIGURES), how_many=8),
            spread("essex", "2016-03", official("essex", "2016-03", FACTS_AND_FIGURES), how_many=3),
        ]
    )
    grey = reconcile(counts)["light"].eq(GREY)
    assert grey.any()
    assert grey.is_monotonic_increasing
    assert not grey.iloc[0]


def test_a_group_moved_to_another_is_red_although_the_total_is_right():
    searches = official("metropolitan", "2016-03", FACTS_AND_FIGURES)
    moved = searches | {"Asian": 0, "Other": searches["Other"] + searches["Asian"]}
    result = reconcile(spread("metropolitan", "2016-03", moved))
    assert light(result, "searches") == GREEN
    assert [light(result, m) for m in ("share Asian", "ethnic mix", "Asian per White search")] == [RED] * 3


def test_unknown_ethnicity_lost_is_seen_in_its_share():
    searches = official("metropolitan", "2016-03", FACTS_AND_FIGURES)
    lost = searches | {"White": searches["White"] + searches["Unknown"], "Unknown": 0}
    result = reconcile(spread("metropolitan", "2016-03", lost))
    assert light(result, "searches") == GREEN
    assert light(result, "share unknown") == RED


def test_sampling_error_is_not_held_against_few_searches():
    shares = official("kent", "2016-03", FACTS_AND_FIGURES)
    black = round(120 * shares["Black"] / shares["White"] * 1.6)
    few = {group: round(120 * n / shares["White"]) for group, n in shares.items()} | {"Black": black}
    many = {group: n * 200 for group, n in few.items()}
    lights_of = [light(reconcile(spread("kent", "2016-03", s)), "Black per White search") for s in (few, many)]
    assert lights_of == [GREEN, RED]


def test_vehicle_only_searches_count_where_the_official_figure_has_them():
    searches = official("kent", "2025-03", OPEN_DATA)
    total = int(official_searches().query("force == 'kent' and edition == @SUMMARY_TABLE")["All"].item())
    vehicles = 1_200
    searches["Unknown"] = total - sum(searches.values()) - vehicles
    result = reconcile(spread("kent", "2025-03", searches, vehicle_only=vehicles)).set_index("measure")
    assert result.loc["searches with vehicle-only", ["official", "ours", "light"]].tolist() == [total, total, GREEN]
    assert result.loc["searches of known ethnicity", "difference"] == 0
    assert "searches" not in result.index  # no count without vehicle-only searches is published for this year


def test_vehicle_only_searches_are_left_out_where_the_official_figure_leaves_them_out():
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    result = reconcile(spread("kent", "2016-03", searches, vehicle_only=6_000)).set_index("measure")
    assert result.loc["searches", "difference"] == 0
    assert result.loc["share unknown", "difference"] == pytest.approx(0)


def test_of_ethnicity_as_officers_describe_it_the_number_is_compared_and_not_the_mix():
    """Officers have no code for Mixed, which the official mix has."""
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    searches["Other"] += searches.pop("Mixed")
    whole = reconcile(spread("kent", "2016-03", searches))
    assert only(whole) == RED
    found = in_number_alone(whole)
    assert found.columns.tolist() == RECONCILE_COLUMNS
    assert found.set_index("measure")["light"].to_dict() == {
        "searches": GREEN,
        "searches of known ethnicity": GREEN,
        "ethnic mix": GREY,
    }
    assert only(found) == GREEN
    assert in_number_alone(whole.head(0)).empty


# What cannot be compared, and why


def test_part_of_a_year_has_its_mix_compared_and_not_its_counts():
    result = reconcile(spread("kent", "2016-03", official("kent", "2016-03", FACTS_AND_FIGURES), how_many=6))
    assert light(result, "searches") == GREY
    assert "6 of 12 months: counts need a whole year" in result["note"].iloc[-1]
    assert light(result, "ethnic mix") == GREEN
    assert only(result) == GREEN


@pytest.mark.parametrize(
    ("factor", "how_many", "expected"),
    [
        (0.5, 11, RED),  # 11 of 24 parts, and one half as large again: 0.52 of the official number at most
        (0.85, 11, AMBER),
        (0.92, 11, GREY),  # 0.96 with such a month
        (0.9, 9, GREY),
        (0.5, 9, RED),
        (0.1, 8, GREY),  # too few months to say what the others can hold
        (1.0, 11, GREY),
        (1.3, 11, RED),  # more than a year officially has are too many in any number of months
        (3.0, 5, RED),
        (1.2, 11, AMBER),
    ],
)
def test_the_count_of_a_year_that_lacks_months_is_compared_where_no_month_could_make_it_agree(
    factor, how_many, expected
):
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    counts = spread("kent", "2016-03", {group: round(n * factor) for group, n in searches.items()}, how_many)
    row = reconcile(counts).set_index("measure").loc["searches"]
    ours, number, most = row["ours"], row["official"], counts.groupby("month")["searches"].sum().max()
    assert row["light"] == expected
    assert ours == counts["searches"].sum()
    if expected == GREY:
        assert "counts need a whole year" in row["note"]
        assert row["difference"] == pytest.approx(ours / number - 1)
        return
    bound = ours if ours > number else ours + (12 - how_many) * MOST_OF_A_MONTH * most
    assert row["difference"] == pytest.approx(bound / number - 1)
    assert AT_LEAST in row["note"]
    assert f"{how_many} of 12 months" in row["note"]


def test_the_largest_month_is_that_of_its_own_year_and_force():
    own = spread("kent", "2016-03", {"White": 1200, "Unknown": 240}, vehicle_only=120)
    counts = pd.concat([own, spread("essex", "2016-03", {"White": 12}), spread("kent", "2017-03", {"White": 36})])
    months = counts[["force", "month"]].drop_duplicates()
    months["year_ending"] = months["month"].map(year_of)
    years = months.groupby(["force", "year_ending"]).size().index
    found = dict(zip(years, largest_months(counts, months, years), strict=True))
    assert found[("kent", "2016-03")] == {"searches": 130, "persons": 120, "known": 100}
    assert found[("essex", "2016-03")] == {"searches": 1, "persons": 1, "known": 1}
    assert found[("kent", "2017-03")] == {"searches": 3, "persons": 3, "known": 3}


def test_forces_that_agree_in_mix_alone_are_told_from_those_that_agree_in_number():
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    whole, part = spread("kent", "2016-03", searches), spread("kent", "2016-03", searches, how_many=11)
    assert only_in_mix(reconcile(whole)) == []
    assert only_in_mix(reconcile(part)) == ["kent"]
    few = spread("kent", "2016-03", {group: n // 2 for group, n in searches.items()}, how_many=11)
    assert only_in_mix(reconcile(few)) == []  # contradicted in number, whatever the mix


@pytest.mark.parametrize(
    ("black", "how_many", "expected"),
    [
        (72, 8, AMBER),  # Derbyshire, eight months of 2021/22: 72, where the whole year officially has 60
        (61, 8, GREEN),  # one more is a search that an edition has and another has not
        (120, 8, RED),
        (72, 2, AMBER),  # too few months for the mix, and too many searches all the same
        (72, 12, GREEN),  # of a whole year it is a difference like any other
    ],
)
def test_a_part_of_a_year_that_holds_more_of_a_group_than_the_whole_does_not_agree(black, how_many, expected):
    theirs = official("derbyshire", "2022-03", OPEN_DATA)
    assert theirs["Black"] == 60
    ours = {group: round(n * 1.2) for group, n in theirs.items()} if how_many < 12 else dict(theirs)
    counts = spread("derbyshire", "2022-03", ours, how_many)
    at = counts["ethnicity_5"].eq("Black")
    counts.loc[at, "searches"] = [black // at.sum() + (n < black % at.sum()) for n in range(at.sum())]
    result = reconcile(counts)
    own = result[result["measure"].eq("searches of Black ethnicity")]
    if expected == GREEN:
        assert own.empty
        return
    (row,) = own.itertuples()
    assert (row.light, row.ours, row.official) == (expected, black, 60)
    assert row.difference == pytest.approx(black / 60 - 1)
    assert MORE_THAN_WHOLE in row.note
    assert only(result) == expected
    assert GREEN not in set(lights(result)["light"])


def test_the_part_of_another_year_may_hold_more_than_that_year():
    searches = official("derbyshire", "2021-03", OPEN_DATA)
    result = reconcile(spread("derbyshire", "2020-03", {group: 2 * n for group, n in searches.items()}, 8))
    assert set(result["compared_with"]) == {"2021-03"}
    assert not result["note"].str.contains(MORE_THAN_WHOLE).any()


def test_rounded_counts_are_more_than_the_whole_only_beyond_their_rounding():
    searches = official("derbyshire", "2022-03", OPEN_DATA) | {"Black": 90}
    counts = spread("derbyshire", "2022-03", searches, 9)
    exact, coarse = (reconcile(to_be_rounded(counts, multiple)) for multiple in (0, 5))
    assert "searches of Black ethnicity" in set(exact["measure"])
    assert "searches of Black ethnicity" not in set(coarse["measure"])  # 68, and 9 months of up to 5 more or fewer


def test_the_worst_light_of_another_year_is_told_from_that_of_its_own():
    searches = official("west-yorkshire", "2025-03", OPEN_DATA) | {"Black": 239}
    same, other = (lights(reconcile(spread("west-yorkshire", year, searches))) for year in ("2025-03", "2026-03"))
    assert worst_of_forces(same) == {"west-yorkshire": (RED, "")}
    assert worst_of_forces(other) == {"west-yorkshire": (RED, "2025-03")}
    assert "of the year ending 2025-03" in other["note"].item()
    assert "of the year ending" not in same["note"].item()
    assert worst_of_forces(pd.concat([other, same])) == {"west-yorkshire": (RED, "")}


def test_less_than_half_a_year_is_not_compared():
    result = reconcile(spread("kent", "2016-03", official("kent", "2016-03", FACTS_AND_FIGURES), how_many=5))
    assert set(result["light"]) == {GREY}
    assert lights(result)["note"].item().startswith("5 of 12 months")


def test_months_left_out_by_the_audit_are_left_out():
    counts = spread("kent", "2016-03", official("kent", "2016-03", FACTS_AND_FIGURES))
    published = counts[["force", "month"]].drop_duplicates().iloc[:9]
    result = reconcile(counts, published=published)
    assert light(result, "searches") == GREY
    assert result.set_index("measure").loc["searches", "ours"] == counts["searches"].iloc[: 9 * 7].sum()


def test_a_year_far_from_any_official_one_is_not_compared():
    result = reconcile(spread("kent", "2028-03", {"White": 6000, "Black": 600}))
    assert result[["measure", "light"]].values.tolist() == [["ethnic mix", GREY]]
    assert "no official figures" in result["note"].item()


def test_too_few_searches_are_not_compared():
    result = reconcile(spread("kent", "2016-03", {"White": 30, "Black": 6}))
    assert light(result, "ethnic mix") == GREY
    assert "36 searches of known ethnicity: too few" in result["note"].iloc[-1]
    assert light(result, "searches") == RED


def test_a_group_officially_searched_fewer_than_ten_times_is_not_set_beside_white():
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    own = official_searches().query("force == 'kent' and year_ending == '2016-03'").assign(Mixed=9)
    result = reconcile(spread("kent", "2016-03", searches), official=own)
    assert light(result, "Mixed per White search") == GREY


def test_chinese_is_counted_as_the_official_table_counts_it():
    counts = spread("kent", "2016-03", official("kent", "2016-03", FACTS_AND_FIGURES))
    moved = counts.assign(ethnicity_5=counts["ethnicity_5"].replace({"Other": "Asian"}))
    assert only(reconcile(moved)) == GREEN
    other_way = counts.assign(ethnicity_5_2001=counts["ethnicity_5"].replace({"White": "Asian"}))
    assert only(reconcile(other_way)) == RED


def test_chance_distance_is_that_of_two_groups():
    # |share - p| of n draws of two groups exceeds 1.96 standard errors in 1 of 20 samples.
    assert chance_distance([0.3, 0.7], 10_000) == pytest.approx(1.96 * np.sqrt(0.21 / 10_000), rel=0.05)
    assert chance_distance([0.3, 0.7], 0) == 1.0


def test_tables_that_lack_columns_are_refused():
    with pytest.raises(ValueError, match=r"the counts lack 1 column\(s\): searches"):
        reconcile(spread("kent", "2016-03", {"White": 1}).drop(columns="searches"))
    with pytest.raises(ValueError, match="official figures lack"):
        reconcile(spread("kent", "2016-03", {"White": 1}), official=pd.DataFrame())


def test_no_records_give_an_empty_table():
    empty = reconcile(spread("kent", "2016-03", {"White": 1}).head(0))
    assert empty.columns.tolist() == RECONCILE_COLUMNS
    assert empty.empty
    assert lights(empty).empty


@pytest.mark.parametrize("seed", range(20))
def test_searches_of_years_are_those_of_a_table_of_each(seed):
    rng = np.random.default_rng(seed)
    forces, grid = ["kent", "essex", "gwent"], pd.period_range("2015-01", "2017-12", freq="M").astype(str)
    drawn = {"force": rng.choice([*forces, None], 200), "month": rng.choice(grid, 200)}
    drawn |= {name: rng.choice([*LATER_GROUPS, "strange"], 200) for name in GROUPINGS}
    drawn["vehicle_only"] = rng.random(200) < 0.2
    counts = pd.DataFrame(drawn | {"searches": rng.integers(0, 50, 200)})
    months = pd.DataFrame({"force": rng.choice([*forces, "avon"], 60), "month": rng.choice(grid, 60)}).drop_duplicates()
    months["year_ending"] = months["month"].map(year_of)
    years = months.groupby(["force", "year_ending"]).size().index
    for (force, year), own in zip(years, searches_of_years(counts, months, years), strict=True):
        used = months[months["force"].eq(force) & months["year_ending"].eq(year)]["month"]
        mine = counts[counts["force"].eq(force) & counts["month"].isin(used)]
        persons = mine[~mine["vehicle_only"]]
        assert (own["searches"], own["persons"]) == (mine["searches"].sum(), persons["searches"].sum())
        for grouping in GROUPINGS:
            by_group = persons.groupby(grouping)["searches"].sum().reindex(LATER_GROUPS, fill_value=0)
            assert own[grouping].tolist() == by_group.tolist()


# The real records


@pytest.fixture(scope="module")
def reconciled(real_data, tmp_path_factory):
    processed = tmp_path_factory.mktemp("processed")
    forces = ["city-of-london", "metropolitan"]
    refresh.update(real_data / "stops", processed, forces=forces, start="2015-03", end="2020-11")
    records = store.read(processed, forces=forces, start="2015-03", end="2020-11")
    return reconcile(count_records(records)).set_index(["force", "year_ending", "measure"])


def test_real_city_of_london_2015_16_and_2016_17_agree_with_eff(reconciled):
    for year, official_count, ours in (("2016-03", 1574, 1499), ("2017-03", 1311, 1269)):
        rows = reconciled.loc[("city-of-london", year)]
        assert rows.loc["searches", ["official", "ours", "light"]].tolist() == [official_count, ours, GREEN]
        assert rows.loc["ethnic mix", "difference"] < 0.02
        assert set(rows["light"]) <= {GREEN, GREY}


def test_real_metropolitan_2015_16_has_the_ethnic_mix_of_eff(reconciled):
    rows = reconciled.loc[("metropolitan", "2016-03")]  # 7 of 12 months
    assert rows.loc["searches", "light"] == GREY
    assert rows.loc["ethnic mix", "difference"] < 0.003
    assert rows.loc["Black per White search", "difference"] == pytest.approx(0.004, abs=0.001)


def test_real_years_that_cannot_be_compared_say_so(reconciled):
    table = lights(reconciled.reset_index()).set_index(["force", "year_ending"])
    assert table.loc[("metropolitan", "2018-03"), "light"] == GREY
    assert table.loc[("city-of-london", "2015-03"), "light"] == GREY


def test_a_number_that_agrees_by_one_word_on_ethnicity_alone_is_no_agreement_and_no_contradiction():
    """Official counts are self-defined: what the officer's word adds to those known is no fault of the records."""
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    own = reconcile(spread("kent", "2016-03", searches))
    with_officers = reconcile(spread("kent", "2016-03", {group: 2 * n for group, n in searches.items()}))
    assert only(in_number_alone(with_officers)) == RED
    for table, other in ((with_officers, own), (own, with_officers)):
        found = by_both_words(table, other)
        assert found[RECONCILE_COLUMNS].shape == table.shape
        assert only(in_number_alone(found)) == GREY
        row = found.set_index("measure").loc["searches of known ethnicity"]
        assert row["note"].startswith("the number agrees by one description of ethnicity and not by the other (")
        assert row["ours"] == sum(searches.values()) - searches["Unknown"]
    assert only(in_number_alone(by_both_words(own, own))) == GREEN
    assert by_both_words(own.head(0), own.head(0)).empty


def test_of_two_numbers_neither_of_which_agrees_the_nearer_is_judged():
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    few, fewer = (
        reconcile(spread("kent", "2016-03", {group: round(share * n) for group, n in searches.items()}))
        for share in (0.9, 0.1)
    )
    assert only(in_number_alone(by_both_words(few, fewer))) == AMBER
    assert only(in_number_alone(by_both_words(fewer, few))) == AMBER


def test_a_year_that_lacks_months_and_may_be_equal_is_not_contradicted_by_the_officers_word():
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    own = reconcile(spread("kent", "2016-03", searches, how_many=11))
    more = reconcile(spread("kent", "2016-03", {group: 2 * n for group, n in searches.items()}, how_many=11))
    assert only(in_number_alone(more)) == RED
    assert only(in_number_alone(by_both_words(more, own))) != RED


def test_of_two_numbers_that_cannot_be_compared_the_nearer_is_shown():
    searches = official("kent", "2016-03", FACTS_AND_FIGURES)
    few, none = (
        reconcile(spread("kent", "2016-03", {group: n * share for group, n in searches.items()}, how_many=5))
        for share in (1, 0)
    )
    for table, other in ((few, none), (none, few)):
        found = by_both_words(table, other).set_index("measure").loc["searches of known ethnicity"]
        assert (found["light"], found["ours"]) == (GREY, few.set_index("measure").loc[found.name, "ours"])
