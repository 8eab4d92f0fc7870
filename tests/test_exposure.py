"""Exposure: what does not fit together is refused when it is made, not when a measure is asked for."""

from dataclasses import FrozenInstanceError, replace

import pandas as pd
import pytest

from sas_analysis.measures.exposure import Exposure, count_searches, exposure_by_group, exposure_by_month
from sas_analysis.measures.rates.per_resident import search_rate

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
