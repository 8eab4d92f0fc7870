"""Search rates: resident-years in published months only, counts kept where there is no rate."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas_analysis.measures.exposure import Exposure, count_searches
from sas_analysis.measures.intervals.limits import poisson_exact
from sas_analysis.measures.intervals.process import rate_limits
from sas_analysis.measures.rates.per_resident import search_rate

ETHNICITY = ["White", "Black", "Unknown"]
RESIDENTS = pd.DataFrame({"ethnicity_5": ["White", "Black"], "residents": [48_699_231, 2_409_283]})
TWO_FORCES = pd.DataFrame(
    {
        "force": ["essex", "essex", "kent", "kent"],
        "ethnicity_5": ["White", "Black", "White", "Black"],
        "residents": [1000, 100, 2000, 300],
    }
)
MONTHS = pd.DataFrame({"force": ["essex", "kent"], "months": [12, 3]})


def counts(white, black, unknown=0, **columns):
    return pd.DataFrame({"ethnicity_5": ETHNICITY, "searches": [white, black, unknown]} | columns)


def rate_of(group, table):
    return table.set_index("ethnicity_5").loc[group]


# Ethnicity facts and figures, stop and search, including British Transport Police, on Census 2021.
@pytest.mark.parametrize(
    ("year", "white", "rate_white", "black", "rate_black"),
    [
        ("2020/21", 359_273, 7.377385, 97_990, 40.67185),
        ("2021/22", 273_982, 5.626003, 65_452, 27.16659),
        ("2022/23", 289_109, 5.936624, 58_988, 24.48363),
    ],
)
def test_ethnicity_facts_and_figures_rates_of_england_and_wales(year, white, rate_white, black, rate_black):
    table = search_rate(Exposure(counts(white, black), RESIDENTS, 12), by="ethnicity_5")
    assert rate_of("White", table)["estimate"] == pytest.approx(rate_white, abs=5e-6)
    assert rate_of("Black", table)["estimate"] == pytest.approx(rate_black, abs=5e-5)


def test_ethnicity_facts_and_figures_rates_of_every_force(real_data):
    published = pd.read_csv(real_data / "published" / "eff_2022_23_force_black_white.csv").dropna()
    assert len(published) == 42  # all but City of London and British Transport Police, which have no rate
    wide = {"White": ("n_white", "pop_white"), "Black": ("n_black", "pop_black")}
    tables = [
        published[["geography", n, residents]]
        .set_axis(["force", "searches", "residents"], axis=1)
        .assign(ethnicity_5=group)
        for group, (n, residents) in wide.items()
    ]
    both = pd.concat(tables).astype({"searches": int})
    months = pd.DataFrame({"force": published["geography"], "months": 12})
    table = search_rate(
        Exposure(both[["force", "ethnicity_5", "searches"]], both[["force", "ethnicity_5", "residents"]], months),
        by=["force", "ethnicity_5"],
    )
    found = table.pivot(index="force", columns="ethnicity_5", values="estimate").loc[published["geography"]]
    np.testing.assert_allclose(found["White"], published["rate_white"], rtol=1e-12)
    np.testing.assert_allclose(found["Black"], published["rate_black"], rtol=1e-12)


def test_exposure_is_residents_times_published_months():
    table = search_rate(Exposure(counts(10, 4), RESIDENTS, 3), by="ethnicity_5")
    assert rate_of("Black", table)["denominator"] == 2_409_283 / 4
    assert rate_of("Black", table)["estimate"] == pytest.approx(4 / (2_409_283 / 4) * 1000)


def test_exposure_is_summed_over_forces_with_their_own_months():
    both = pd.concat([counts(10, 4, force="essex"), counts(20, 6, force="kent")])
    table = search_rate(Exposure(both, TWO_FORCES, MONTHS), by="ethnicity_5")
    assert rate_of("White", table)["denominator"] == 1000 + 2000 / 4
    assert rate_of("Black", table)["denominator"] == 100 + 300 / 4
    assert rate_of("Black", table)["numerator"] == 10
    by_force = search_rate(Exposure(both, TWO_FORCES, MONTHS), by=["force", "ethnicity_5"])
    row = by_force.set_index(["force", "ethnicity_5"]).loc[("kent", "Black")]
    assert (row["numerator"], row["denominator"]) == (6, 75)


def test_limits_are_garwoods():
    row = rate_of(
        "Black", search_rate(Exposure(counts(10, 4), RESIDENTS, 12), by="ethnicity_5", level=0.9, interval="exact")
    )
    lower, upper = poisson_exact(count=4, level=0.9)
    assert row[["lower", "upper"]].tolist() == pytest.approx([lower / 2409.283, upper / 2409.283])
    assert row["interval"] == "90% exact Poisson"


def test_no_search_is_a_rate_of_zero_with_an_upper_limit():
    row = rate_of("Black", search_rate(Exposure(counts(10, 0), RESIDENTS, 12), by="ethnicity_5", interval="exact"))
    assert row[["estimate", "lower"]].tolist() == [0, 0]
    assert row["upper"] == pytest.approx(-np.log(0.025) / 2409.283)


def test_unknown_has_a_count_and_no_rate():
    row = rate_of("Unknown", search_rate(Exposure(counts(10, 4, 7), RESIDENTS, 12), by="ethnicity_5"))
    assert row["numerator"] == 7
    assert row[["denominator", "estimate", "lower", "upper"]].isna().all()
    assert row["note"] == "not estimable: no residents to compare with, ethnicity_5 unknown"


def test_unknown_has_no_rate_even_if_residents_name_it():
    residents = pd.concat([RESIDENTS, pd.DataFrame({"ethnicity_5": ["Unknown"], "residents": [9]})])
    row = rate_of("Unknown", search_rate(Exposure(counts(10, 4, 7), residents, 12), by="ethnicity_5"))
    assert row[["denominator", "estimate"]].isna().all()


def test_a_problem_keeps_the_counts_and_gives_its_reason():
    table = search_rate(Exposure(counts(10, 4, 7), None, 12, problem="few live in the City"), by="ethnicity_5")
    assert table["numerator"].tolist() == [10, 4, 7]
    assert table["estimate"].isna().all()
    assert set(table["note"]) == {"not estimable: few live in the City"}


def test_rates_by_object_share_the_residents():
    objects = pd.concat([counts(10, 4, 2, object_group="Drugs"), counts(3, 1, 0, object_group="Not recorded")])
    table = search_rate(Exposure(objects, RESIDENTS, 12), by=["object_group", "ethnicity_5"])
    table = table.set_index(["object_group", "ethnicity_5"])
    assert table.loc[("Drugs", "Black"), "estimate"] == pytest.approx(4 / 2409.283)
    # An object not recorded does not make the residents unknown.
    assert table.loc[("Not recorded", "White"), "estimate"] == pytest.approx(3 / 48699.231)


def test_the_rate_of_all_searches_needs_no_group():
    table = search_rate(Exposure(counts(10, 4, 7), pd.DataFrame({"residents": [21_000]}), 12), by=[])
    assert table.loc[0, ["numerator", "denominator", "estimate"]].tolist() == [21, 21_000, 1.0]


def test_a_group_with_searches_and_no_resident_count_is_refused():
    with pytest.raises(ValueError, match=r"1 group\(s\) have searches and no resident count(.|\n)*Black"):
        search_rate(Exposure(counts(10, 4), RESIDENTS[:1], 12), by="ethnicity_5")


def test_a_group_with_neither_says_so():
    row = rate_of("Black", search_rate(Exposure(counts(10, 0), RESIDENTS[:1], 12), by="ethnicity_5"))
    assert np.isnan(row["estimate"])
    assert row["note"] == "not estimable: no resident count for this group"


def test_no_residents_and_no_months_are_not_estimable():
    none = RESIDENTS.assign(residents=[5, 0])
    row = rate_of("Black", search_rate(Exposure(counts(10, 4), none, 12), by="ethnicity_5"))
    assert row["note"] == "not estimable: no residents in this group"
    row = rate_of("Black", search_rate(Exposure(counts(0, 0), RESIDENTS, 0), by="ethnicity_5"))
    assert row["note"] == "not estimable: no month that counts has records here"
    assert np.isnan(row["estimate"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"months": 12}, "2 forces and one number of months"),
        ({"months": MONTHS[:1]}, r"searches of 1 force\(s\) without a published month: kent"),
        ({"months": MONTHS.assign(months=[12, 0])}, r"searches of 1 force\(s\) without a published month: kent"),
        ({"months": MONTHS.assign(months=[12, -1])}, "months must be one number, 0 or more, for each force"),
        ({"months": pd.concat([MONTHS, MONTHS])}, "months must be one number, 0 or more, for each force"),
        ({"residents": RESIDENTS}, "2 forces and residents without a column force"),
        ({"residents": pd.concat([TWO_FORCES, TWO_FORCES[:1]])}, r"1 row\(s\) of residents repeat a group"),
        ({"residents": TWO_FORCES.assign(residents=-1)}, "negative counts"),
        ({"residents": TWO_FORCES[:3]}, r"1 group\(s\) have searches and no resident count(.|\n)*kent +Black"),
        ({"by": ["ethnicity_5", "gender"]}, "the counts have no column gender"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, message):
    both = pd.concat([counts(10, 4, force="essex"), counts(20, 6, force="kent")])
    given = {"residents": TWO_FORCES, "by": "ethnicity_5", "months": MONTHS} | change
    with pytest.raises(ValueError, match=message):
        search_rate(Exposure(both, given["residents"], given["months"]), by=given["by"])


def searches(force, month, ethnicity):
    frame = pd.DataFrame({"force": force, "month": month, "ethnicity_5": ethnicity})
    kinds = {"force": pd.CategoricalDtype(["essex", "kent", "surrey"]), "ethnicity_5": pd.CategoricalDtype(ETHNICITY)}
    return frame.astype(kinds)


def test_count_searches_fills_published_months_only():
    found = searches(["essex", "essex", "kent"], ["2019-01", "2019-01", "2019-03"], ["White", "White", "Black"])
    published = pd.DataFrame({"force": ["essex", "essex", "kent"], "month": ["2019-01", "2019-02", "2019-03"]})
    table = count_searches(found, "ethnicity_5", published=published)
    assert table.columns.tolist() == ["force", "month", "ethnicity_5", "searches"]
    assert len(table) == 3 * 3  # three force-months, three labels
    filled = table.set_index(["force", "month", "ethnicity_5"])["searches"]
    assert filled[("essex", "2019-01", "White")] == 2
    assert filled[("essex", "2019-02", "Black")] == 0
    assert ("kent", "2019-01", "White") not in filled.index  # not published: no zero
    assert filled.sum() == 3


def test_count_searches_without_groups_counts_force_months():
    found = searches(["essex", "essex"], ["2019-01", "2019-01"], ["White", "Black"])
    assert count_searches(found, [])["searches"].tolist() == [2]


def test_count_searches_refuses_searches_of_a_month_not_published():
    found = searches(["essex", "kent"], ["2019-01", "2019-03"], ["White", "Black"])
    published = pd.DataFrame({"force": ["essex"], "month": ["2019-01"]})
    with pytest.raises(ValueError, match=r"1 force-month\(s\) not in `published`(.|\n)*kent +2019-03"):
        count_searches(found, "ethnicity_5", published=published)


def monthly(values, months=12):
    names = [f"2019-{month:02d}" for month in range(1, months + 1)]
    return pd.DataFrame({"month": names, "ethnicity_5": "White", "searches": values})


def test_exact_limits_where_months_vary_are_noted():
    known = {"by": "ethnicity_5", "interval": "exact"}
    steady = search_rate(Exposure(monthly([100, 101] * 6), RESIDENTS, 12), **known)
    assert steady.loc[0, "note"] == ""
    surges = search_rate(Exposure(monthly([100, 300] * 6), RESIDENTS, 12), **known)
    # X2 = 12 x 100^2 / 200 = 600 on 11 df
    assert "dispersion 54.5" in surges.loc[0, "note"]
    assert "fixed process only" in surges.loc[0, "note"]


def test_a_rate_has_process_limits_by_default_and_the_ones_asked_for():
    known = {"by": "ethnicity_5"}
    counted = np.array([[100, 300] * 6])
    row = search_rate(Exposure(monthly([100, 300] * 6), RESIDENTS, 12), **known).loc[0]
    years = np.full((1, 12), RESIDENTS.set_index("ethnicity_5").loc["White", "residents"] / 12)
    for target, columns in (("process", ["lower", "upper"]), ("period", ["period_lower", "period_upper"])):
        limits = rate_limits(searches=counted, exposure=years, per=1000, target=target)
        assert row[columns].tolist() == pytest.approx([limits.lower[0], limits.upper[0]])
    assert row["interval"] == "95% process"
    total = search_rate(Exposure(counts(10, 4), RESIDENTS, 12), **known).loc[0]
    limits = rate_limits(searches=[10], exposure=years.sum(1), per=1000, months=12)
    assert total[["lower", "upper"]].tolist() == pytest.approx([limits.lower[0], limits.upper[0]])
    nothing = search_rate(Exposure(counts(10, 4), RESIDENTS, 12), **known, interval="none").loc[0]
    assert nothing[["lower", "upper", "period_lower"]].isna().all()
    clustered = search_rate(Exposure(monthly([100, 300] * 6), RESIDENTS, 12), **known, interval="clustered").loc[0]
    exact = search_rate(Exposure(monthly([100, 300] * 6), RESIDENTS, 12), **known, interval="exact").loc[0]
    assert clustered["interval"] == "95% clustered by month (t, 11 df)"
    assert clustered["upper"] - clustered["lower"] > 5 * (exact["upper"] - exact["lower"])
    row = search_rate(Exposure(counts(10, 4), RESIDENTS, 12), **known, interval="clustered").loc[0]
    assert row["note"] == "no interval: counts are not by month"


def test_counts_by_month_of_one_force_need_not_name_it():
    months = pd.DataFrame({"force": ["kent"], "months": [12]})
    known = {"by": "ethnicity_5", "interval": "clustered"}
    named = search_rate(Exposure(monthly([100, 300] * 6).assign(force="kent"), RESIDENTS, months), **known)
    unnamed = search_rate(Exposure(monthly([100, 300] * 6), RESIDENTS, months), **known)
    pd.testing.assert_frame_equal(named, unnamed)
    assert unnamed.loc[0, "interval"] == "95% clustered by month (t, 11 df)"
    with pytest.raises(ValueError, match="counts by month of 2 forces without a column force"):
        search_rate(Exposure(monthly([100] * 12), TWO_FORCES, MONTHS), by="ethnicity_5")


def test_counts_of_other_months_than_published_are_refused():
    with pytest.raises(ValueError, match=r"counts hold other months than were published.*12 / 11"):
        search_rate(Exposure(monthly([100] * 12), RESIDENTS, 11), by="ethnicity_5")


@settings(max_examples=30)
@given(st.lists(st.integers(0, 500), min_size=2, max_size=2), st.integers(1, 60), st.floats(0.5, 50))
def test_rate_is_free_of_scale(searched, months, factor):
    """Twice the residents in half the time is the same exposure; the rate follows neither alone."""
    by = {"by": "ethnicity_5", "interval": "exact"}
    once = search_rate(Exposure(counts(*searched), RESIDENTS, months), **by)
    scaled = RESIDENTS.assign(residents=RESIDENTS["residents"] * factor)
    again = search_rate(Exposure(counts(*searched), scaled, months / factor), **by)
    columns = ["estimate", "lower", "upper"]
    np.testing.assert_allclose(once[columns][:2], again[columns][:2], rtol=1e-9)
