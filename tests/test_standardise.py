"""Standardisation: against R and published formulas, closed forms, and what cannot be estimated."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.process import rate_limits
from sas_analysis.measures.intervals.standardised import standardised_rate_limits
from sas_analysis.measures.rates.standardise import (
    byar,
    fay_feuer,
    ratio_of_standardised_rates,
    standardised_rate,
    standardised_ratio,
)

REFERENCE = Path(__file__).parent / "reference"  # made by reference/intervals.R
STRATA = [("18-24", "Male"), ("18-24", "Female"), ("over 34", "Male")]
RESIDENTS = pd.DataFrame(
    [("kent", group, *stratum, people) for group, each in (("White", (900, 1000, 4000)), ("Black", (90, 50, 60)))
     for stratum, people in zip(STRATA, each, strict=True)],
    columns=["force", "ethnicity_5", "age_range", "gender", "residents"],
)  # fmt: skip
NAMES = [f"2019-{month:02d}" for month in range(1, 13)]
GRID = pd.DataFrame({"force": "kent", "month": NAMES, "status": "published"})


def records(white, black, months=NAMES):
    """Searches by stratum and month: counts per stratum in every month."""
    rows = [
        ("kent", month, group, *stratum)
        for month in months
        for group, each in (("White", white), ("Black", black))
        for stratum, count in zip(STRATA, each, strict=True)
        for _ in range(count)
    ]
    return pd.DataFrame(rows, columns=["force", "month", "ethnicity_5", "age_range", "gender"])


def test_direct_rate_and_gamma_limits_are_those_of_r():
    strata = pd.read_csv(REFERENCE / "standardised_strata.csv")
    found = fay_feuer(searches=strata["count"], exposure=strata["exposure"], weights=strata["standard"])
    np.testing.assert_allclose(found, pd.read_csv(REFERENCE / "standardised_rate.csv").iloc[0], rtol=1e-9)


def test_gamma_limits_of_one_stratum_are_garwoods():
    _, lower, upper = fay_feuer(searches=[7], exposure=[10.0], weights=[1])
    exact = stats.chi2.ppf([0.025, 0.975], [14, 16]) / 2 / 10
    assert [lower, upper] == pytest.approx(exact, rel=1e-9)


def test_byars_limits_are_near_the_exact_ones():
    observed = np.array([5, 20, 200])
    exact = stats.chi2.ppf(0.025, 2 * observed) / 2, stats.chi2.ppf(0.975, 2 * observed + 2) / 2
    np.testing.assert_allclose(byar(observed=observed), exact, rtol=0.01)
    assert byar(observed=0)[0] == 0


def test_equal_rates_in_every_stratum_give_a_ratio_of_one():
    """Crude rates differ by the ages of the groups alone; both standardised ratios are 1."""
    found = records((9, 2, 4), (9, 1, 1))
    residents = RESIDENTS.assign(residents=[90, 20, 400, 90, 10, 100])
    assert standardised_ratio(found, GRID, residents)["estimate"].tolist() == pytest.approx([1, 1])
    assert ratio_of_standardised_rates(found, GRID, residents)["estimate"].tolist() == pytest.approx([1, 1])


def test_direct_and_indirect_by_hand():
    found = records((9, 2, 4), (4, 1, 1))
    rate = standardised_rate(found, GRID, RESIDENTS).set_index("ethnicity_5")
    people = np.array([990, 1050, 4060]) / 6100
    a_year = 1000 * 365.25 / 365  # of the 365 days of 2019
    assert rate.loc["Black", "estimate"] == pytest.approx(a_year * (people * [48 / 90, 12 / 50, 12 / 60]).sum())
    row = standardised_ratio(found, GRID, RESIDENTS).set_index("ethnicity_5").loc["Black"]
    assert row["numerator"] == 72
    assert row["denominator"] == pytest.approx(90 * 108 / 900 + 50 * 24 / 1000 + 60 * 48 / 4000)
    ratio = ratio_of_standardised_rates(found, GRID, RESIDENTS).set_index("ethnicity_5")
    assert ratio.loc["Black", "estimate"] == pytest.approx(
        rate.loc["Black", "estimate"] / rate.loc["White", "estimate"]
    )


@pytest.mark.parametrize("measure", [standardised_rate, standardised_ratio, ratio_of_standardised_rates])
def test_a_stratum_with_searches_and_no_residents_is_not_estimable(measure):
    residents = RESIDENTS.assign(residents=[900, 1000, 4000, 90, 0, 60])
    row = measure(records((9, 2, 4), (4, 1, 1)), GRID, residents).set_index("ethnicity_5").loc["Black"]
    assert np.isnan(row["estimate"])
    assert row["note"].startswith("not estimable: a stratum has searches and no residents")


@pytest.mark.parametrize("measure", [standardised_rate, standardised_ratio, ratio_of_standardised_rates])
def test_forces_that_published_no_month_have_no_value_and_it_is_said(measure):
    """As where of several forces one alone published, which has no residents to divide by."""
    table = measure(records((9, 2, 4), (4, 1, 1)).head(0), GRID.assign(status="no file"), RESIDENTS)
    assert table["estimate"].isna().all()
    assert table["note"].str.startswith("not estimable: no month that counts has records here").all()


def test_blanks_of_age_or_sex_are_left_out_and_said():
    found = records((9, 2, 4), (4, 1, 1))
    blank = pd.concat([found, found.iloc[:23].assign(age_range=None)])
    once, again = (standardised_rate(table, GRID, RESIDENTS) for table in (found, blank))
    assert once["estimate"].tolist() == again["estimate"].tolist()
    assert f"unknown in {23 / (252 + 23):.1%} of searches" in again.loc[0, "note"]


def by_month(group):
    """Searches of `records((9, 2, 4), (4, 1, 1))` of a group, (strata, months), in the order of the residents."""
    return np.repeat(np.array({"White": [9, 2, 4], "Black": [4, 1, 1]}[group], float)[:, None], len(NAMES), axis=1)


def people(group):
    return RESIDENTS[RESIDENTS["ethnicity_5"].eq(group)]["residents"].to_numpy(float) * len(NAMES) / 12


@pytest.mark.parametrize("measure", [ratio_of_standardised_rates, standardised_ratio])
def test_limits_of_the_ratio_are_those_of_the_interval_rule(measure):
    row = measure(records((9, 2, 4), (4, 1, 1)), GRID, RESIDENTS).iloc[1]
    standard = people("White") + people("Black") if measure is ratio_of_standardised_rates else people("Black")
    limits = pooled_ratio_limits(
        searches=by_month("Black"),
        reference_searches=by_month("White"),
        exposure=people("Black"),
        reference_exposure=people("White"),
        weights=standard,
        force=["kent"] * 3,
    )
    assert row["estimate"] == pytest.approx(limits.estimate[0])
    assert row[["lower", "upper"]].tolist() == pytest.approx([limits.lower[0], limits.upper[0]])
    assert row["period_lower"] > row["lower"]


def test_a_standardised_rate_of_one_stratum_has_the_limits_of_the_rate():
    n, years = by_month("Black")[:1], np.full((1, len(NAMES)), 30.0)
    found = standardised_rate_limits(searches=n, weights=[1 / years.sum()], force=["kent"], exposure=years)
    plain = rate_limits(searches=n, exposure=years)
    assert [found.estimate[0], found.lower[0], found.upper[0]] == pytest.approx(
        [plain.estimate[0], plain.lower[0], plain.upper[0]]
    )


def test_limits_by_name_take_searches_as_poisson_counts():
    found = records((9, 2, 4), (4, 1, 1))
    for measure, name in ((standardised_rate, "fay-feuer"), (standardised_ratio, "byar")):
        row = measure(found, GRID, RESIDENTS, interval=name).iloc[1]
        assert "Poisson" in row["interval"]
        assert "fixed process only" in row["note"]
        assert np.isnan(row["period_lower"])


COUNTS = st.lists(st.integers(0, 6), min_size=3, max_size=3)


@settings(max_examples=12)
@given(COUNTS, COUNTS, st.floats(0.1, 10), st.randoms(use_true_random=False))
def test_properties_of_the_ratio(white, black, factor, random):
    """Free of the scale of all residents, and of the order of rows; exchanging the groups inverts it; zeros stay."""
    found = records(white, black, NAMES[:5])
    once = ratio_of_standardised_rates(found, GRID[:5], RESIDENTS)
    assert once["ethnicity_5"].tolist() == ["White", "Black"]
    scaled = RESIDENTS.assign(residents=RESIDENTS["residents"] * factor)
    columns = ["estimate", "lower", "upper"]
    again = ratio_of_standardised_rates(found, GRID[:5], scaled)
    np.testing.assert_allclose(once[columns], again[columns], rtol=1e-9)
    shuffled = found.sample(frac=1, random_state=random.randrange(1000))
    again = ratio_of_standardised_rates(shuffled, GRID[:5], RESIDENTS.sample(frac=1, random_state=1))
    again = again.set_index("ethnicity_5").loc[["White", "Black"], columns]
    np.testing.assert_allclose(once[columns], again, rtol=1e-9)
    if sum(white) and sum(black):
        swapped = ratio_of_standardised_rates(found, GRID[:5], RESIDENTS, reference="Black").iloc[0]
        assert swapped["estimate"] == pytest.approx(1 / once.loc[1, "estimate"])
