"""Exposure: what does not fit together is refused when it is made, not when a measure is asked for."""

from dataclasses import FrozenInstanceError, replace

import pandas as pd
import pytest

from sas_analysis.measures.exposure import Exposure, count_searches, exposure_by_group, exposure_by_month
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import disproportionality_ratio, rate_difference

RESIDENTS = pd.DataFrame({"force": list("aabb"), "ethnicity_5": ["White", "Black"] * 2, "residents": [120, 12, 60, 6]})
MONTHS = pd.DataFrame({"force": ["a", "b"], "months": [2, 1]})
COUNTS = pd.DataFrame(
    {
        "force": ["a"] * 4 + ["b"] * 2,
        "month": ["2020-01", "2020-01", "2020-02", "2020-02", "2020-01", "2020-01"],
        "ethnicity_5": ["White", "Black"] * 3,
        "searches": [10, 4, 6, 3, 7, 1],
    }
)


def test_resident_years_are_residents_times_published_months():
    """By hand: White 120 x 2/12 + 60 x 1/12 = 25, Black 12 x 2/12 + 6 x 1/12 = 2.5."""
    groups = exposure_by_group(Exposure(COUNTS, RESIDENTS, MONTHS), by="ethnicity_5").set_index("ethnicity_5")
    assert groups.loc["White", ["searches", "resident_years", "reason"]].tolist() == [23, 25, ""]
    assert groups.loc["Black", ["searches", "resident_years", "reason"]].tolist() == [8, 2.5, ""]


def test_days_are_the_exposure_where_they_are_known():
    """By hand: January 2020 has 31 days, February 29; a has both, b has January."""
    in_days = MONTHS.assign(days=[60, 31])
    groups, (_, years) = exposure_by_month(Exposure(COUNTS, RESIDENTS, in_days), by="ethnicity_5")
    assert groups["resident_years"].tolist() == pytest.approx([(120 * 60 + 60 * 31) / 365.25, (12 * 60 + 186) / 365.25])
    assert years[0].tolist() == pytest.approx([180 * 31 / 365.25, 120 * 29 / 365.25])
    assert years.sum(axis=1) == pytest.approx(groups["resident_years"].to_numpy())


def test_a_february_is_a_shorter_month_than_a_march():
    people = RESIDENTS[:2]
    for month, days in (("2021-02", 28), ("2021-03", 31)):
        grid = pd.DataFrame({"force": "a", "month": [month], "status": "published"})
        searches = pd.DataFrame({"force": "a", "month": [month] * 3, "ethnicity_5": ["White", "White", "Black"]})
        exposure = Exposure.of(searches, grid, people)
        assert exposure.months["days"].tolist() == [days]
        white = exposure_by_group(exposure, by="ethnicity_5").set_index("ethnicity_5").loc["White"]
        assert white["resident_years"] == pytest.approx(120 * days / 365.25)


def test_months_of_both_forces_add_up_month_by_month():
    _, (searches, years) = exposure_by_month(Exposure(COUNTS, RESIDENTS, MONTHS), by="ethnicity_5")
    assert searches.tolist() == [[17, 6], [5, 3]]
    assert years.tolist() == [[15, 10], [1.5, 1]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": COUNTS.drop(columns="searches")}, "the counts have no column searches"),
        ({"residents": RESIDENTS.drop(columns="residents")}, "the residents have no column residents"),
        ({"residents": RESIDENTS.assign(residents=-1)}, "the residents hold negative counts"),
        ({"residents": RESIDENTS[:2].drop(columns="force")}, "2 forces and residents without a column force"),
        ({"months": 2}, "2 forces and one number of months"),
        ({"months": MONTHS[:1]}, r"searches of 1 force\(s\) without a published month: b"),
        ({"months": MONTHS.drop(columns="months")}, "the months have no column months"),
        ({"months": MONTHS.assign(months=[2, 2])}, r"other months than were published .*: b: 1 / 2; make them by"),
        ({"months": MONTHS.assign(days=[61, 31])}, r"other days than were published .*: a: 60 / 61; make them by"),
        ({"months": MONTHS.assign(days=[-1, 31])}, "months must be one number, 0 or more"),
        ({"counts": COUNTS[:4].drop(columns="force")}, "counts by month of 2 forces without a column force"),
        ({"counts": COUNTS.assign(searches=[None, *COUNTS["searches"][1:]])}, r"1 row\(s\) with missing searches"),
        ({"counts": COUNTS.assign(searches="7")}, "searches of the counts must be numbers.*'7' is none"),
        ({"counts": COUNTS.assign(searches=-1)}, "the counts hold negative counts"),
        ({"residents": RESIDENTS.assign(residents="100")}, "residents of the residents must be numbers"),
        ({"residents": RESIDENTS.assign(residents=float("inf"))}, r"row\(s\) with infinite residents"),
        ({"months": MONTHS.assign(months=["2", "1"])}, "months of the months must be numbers"),
    ],
)
def test_what_does_not_fit_together_is_refused_when_it_is_made(change, message):
    given = {"counts": COUNTS, "residents": RESIDENTS, "months": MONTHS} | change
    with pytest.raises(ValueError, match=message):
        Exposure(**given)


def test_with_a_problem_nothing_but_the_counts_is_asked_for():
    exposure = Exposure(COUNTS, None, 0, "few live in the City")
    groups = exposure_by_group(exposure, by="ethnicity_5")
    assert groups["searches"].tolist() == [23, 8]
    assert groups["resident_years"].isna().all()
    assert groups["reason"].eq("not estimable: few live in the City").all()
    assert exposure_by_month(exposure, by="ethnicity_5")[1] is None


def test_made_of_searches_it_counts_only_in_months_that_count():
    grid = pd.DataFrame(
        {"force": "a", "month": ["2020-01", "2020-02", "2020-03"], "status": ["published", "flagged", "published"]}
    )
    searches = pd.DataFrame({"force": "a", "month": ["2020-01", "2020-01", "2020-02"], "ethnicity_5": "White"})
    exposure = Exposure.of(searches, grid, RESIDENTS[:1])
    assert exposure.counts["searches"].tolist() == [2, 0]
    assert exposure.months["months"].tolist() == [2]
    assert exposure_by_group(exposure, by="ethnicity_5")["resident_years"].tolist() == [120 * (31 + 31) / 365.25]
    by_force = Exposure.of(searches, grid, None, by=["force", "ethnicity_5"], problem="none")
    assert by_force.counts.columns.tolist() == ["force", "month", "ethnicity_5", "searches"]
    assert by_force.problem == "none"


def test_it_cannot_be_changed_and_a_changed_copy_is_checked():
    exposure = Exposure(COUNTS, RESIDENTS, MONTHS)
    with pytest.raises(FrozenInstanceError):
        exposure.months = 3
    with pytest.raises(ValueError, match="other months"):
        replace(exposure, counts=COUNTS[COUNTS["month"].eq("2020-01")])


def test_counts_of_all_published_months_have_a_row_each():
    searches = pd.DataFrame({"force": ["a"], "month": ["2020-01"], "ethnicity_5": ["White"]})
    published = pd.DataFrame({"force": ["a", "a"], "month": ["2020-01", "2020-02"]})
    assert count_searches(searches, "ethnicity_5", published=published)["searches"].tolist() == [1, 0]


def test_a_force_without_a_published_month_has_no_rate_and_no_error():
    """One of several forces in a report on places; its other forces have months."""
    labels = {"force": ["essex"], "month": ["2018-04"], "ethnicity_5": ["White"]}
    searches = pd.DataFrame({name: pd.Categorical(values) for name, values in labels.items()}).head(0)
    grid = pd.DataFrame({"force": ["essex"], "month": ["2018-04"], "status": ["absent"], "rows": [0]})
    residents = pd.DataFrame({"force": ["essex"], "ethnicity_5": ["White"], "residents": [1000]})
    exposure = Exposure.of(searches, grid, residents)
    rates = search_rate(exposure, by="ethnicity_5")
    assert rates["estimate"].isna().all()


@pytest.mark.parametrize("period", ["month", "quarter", "year"])
def test_no_group_is_a_period_for_it_would_be_divided_by_the_years_of_all(period):
    exposure = Exposure(COUNTS.assign(**{period: COUNTS["month"]}), RESIDENTS, MONTHS)
    for ask in (
        lambda: search_rate(exposure, by=[period, "ethnicity_5"]),
        lambda: disproportionality_ratio(exposure, within=period),
        lambda: rate_difference(exposure, within=[period]),
    ):
        with pytest.raises(ValueError, match=f'by the resident-years of all months: ask study.rate.over="{period}"'):
            ask()


@pytest.mark.parametrize("column", ["gender", "officer_ethnicity_5"])
def test_groups_of_persons_that_residents_are_not_told_apart_by_are_refused(column):
    exposure = Exposure(COUNTS.assign(**{column: "Male"}), RESIDENTS, MONTHS)
    with pytest.raises(ValueError, match=f"the residents have no column {column}"):
        search_rate(exposure, by=[column, "ethnicity_5"])
    told = Exposure(exposure.counts, RESIDENTS.assign(**{column: "Male"}), MONTHS)
    assert search_rate(told, by=[column, "ethnicity_5"])["estimate"].notna().all()


@pytest.mark.parametrize("name", ["group", "years", "force_", "number", "months_"])
def test_a_column_may_have_any_name_that_tables_do_not_have_themselves(name):
    usual = search_rate(Exposure(COUNTS, RESIDENTS, MONTHS), by="ethnicity_5")
    called = [frame.rename(columns={"ethnicity_5": name}) for frame in (COUNTS, RESIDENTS)]
    assert search_rate(Exposure(*called, MONTHS), by=name)["estimate"].tolist() == usual["estimate"].tolist()
    both = Exposure(COUNTS.assign(**{name: "a"}), RESIDENTS, MONTHS)
    assert search_rate(both, by=[name, "ethnicity_5"])["estimate"].tolist() == usual["estimate"].tolist()


@pytest.mark.parametrize("name", ["reason", "estimate", "resident_years"])
def test_a_column_that_tables_have_themselves_is_refused(name):
    with pytest.raises(ValueError, match=f"have a column {name} themselves"):
        search_rate(Exposure(COUNTS.assign(**{name: "a"}), RESIDENTS, MONTHS), by=[name, "ethnicity_5"])


def test_a_rate_of_all_together_needs_residents_of_all_together():
    searches = pd.DataFrame({"force": "a", "month": ["2020-01"] * 3, "ethnicity_5": ["White", "White", "Black"]})
    grid = pd.DataFrame({"force": "a", "month": ["2020-01"], "status": "published"})
    with pytest.raises(ValueError, match=r"repeat a group .*or name in by what tells them apart"):
        search_rate(Exposure.of(searches, grid, RESIDENTS[:2]), by=[])
    every = pd.DataFrame({"force": ["a"], "residents": [36525]})
    table = search_rate(Exposure.of(searches, grid, every), by=[])
    assert table[["numerator", "denominator"]].to_numpy().tolist() == [[3, 3100]]


def test_counts_without_a_label_are_refused_and_not_left_out():
    exposure = Exposure(COUNTS.assign(power=["Section 60", *[None] * (len(COUNTS) - 1)]), RESIDENTS, MONTHS)
    with pytest.raises(ValueError, match=r"row\(s\) without a label of power"):
        search_rate(exposure, by=["power", "ethnicity_5"])


def test_where_no_month_counts_searches_are_missing_and_no_zero():
    none = Exposure(COUNTS.head(0), RESIDENTS, MONTHS.assign(months=0, days=0), "no month counts")
    assert search_rate(none, by="ethnicity_5")["numerator"].isna().all()
    city = Exposure(COUNTS, None, MONTHS, "few live in the City")
    assert search_rate(city, by="ethnicity_5")["numerator"].notna().all()


def test_an_exposure_hands_out_copies_of_its_tables():
    exposure = Exposure(COUNTS, RESIDENTS, MONTHS)
    before = search_rate(exposure, by="ethnicity_5")
    for table in (exposure.counts, exposure.residents, exposure.months):
        table[table.columns[-1]] = 0
    assert search_rate(exposure, by="ethnicity_5").equals(before)
    assert search_rate(Exposure(exposure.counts, exposure.residents, exposure.months), by="ethnicity_5").equals(before)
