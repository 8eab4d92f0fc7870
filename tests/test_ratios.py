"""Ratios: published figures, the stated rule of the interval, and the properties any ratio must have."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.intervals.limits import (
    clustered_rate_difference,
    clustered_rate_ratio,
    exact_rate_ratio,
    mid_p_rate_ratio,
    rate_difference_limits,
)
from sas_analysis.measures.intervals.overdispersed import share_dispersion
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.process import ratio_limits
from sas_analysis.measures.rates.ratios import (
    disproportionality_ratio,
    excess_searches,
    rate_difference,
)

ETHNICITY = ["White", "Mixed", "Black", "Unknown"]
RESIDENTS = pd.DataFrame({"ethnicity_5": ["White", "Mixed", "Black"], "residents": [9000, 600, 500]})
MEASURES = (disproportionality_ratio, rate_difference, excess_searches)


def counts(white, mixed, black, unknown=0, **columns):
    ethnicity = pd.Categorical(ETHNICITY, categories=ETHNICITY)
    return pd.DataFrame({"ethnicity_5": ethnicity, "searches": [white, mixed, black, unknown]} | columns)


def monthly(white, mixed, black, unknown=None):
    """Counts by month; each argument is the count of every month."""
    table = np.array([white, mixed, black, unknown or [0] * len(white)]).T
    names = pd.period_range("2018-04", periods=len(white), freq="M").strftime("%Y-%m")
    ethnicity = pd.Categorical(ETHNICITY * len(white), categories=ETHNICITY)
    return pd.DataFrame({"ethnicity_5": ethnicity, "searches": table.ravel(), "month": names.repeat(len(ETHNICITY))})


YEAR = monthly(
    white=[90, 110, 70, 120, 95, 101, 88, 130, 76, 99, 104, 97],
    mixed=[3, 1, 2, 0, 4, 2, 1, 3, 2, 0, 5, 2],
    black=[20, 35, 12, 40, 22, 19, 17, 45, 15, 21, 30, 18],
    unknown=[10] * 12,
)


def row_of(group, table):
    return table.set_index("ethnicity_5").loc[group]


def pair(searches, reference_searches, exposure, reference_exposure):
    return {
        "searches": searches,
        "exposure": exposure,
        "reference_searches": reference_searches,
        "reference_exposure": reference_exposure,
    }


# Ethnicity facts and figures, Black and White, including British Transport Police; Census 2021, 2019/20 Census 2011.
CENSUS_2021, CENSUS_2011 = (48_699_231, 2_409_283), (48_209_395, 1_864_890)


@pytest.mark.parametrize(
    ("year", "white", "black", "census", "ratio"),
    [
        ("2020/21", 359_273, 97_990, CENSUS_2021, 5.5130),
        ("2020/21 on Census 2011", 359_273, 97_990, CENSUS_2011, 7.0508),
        ("2021/22", 273_982, 65_452, CENSUS_2021, 4.8288),
        ("2022/23", 289_109, 58_988, CENSUS_2021, 4.1242),
        ("2022/23 without BTP", 283_789, 57_189, CENSUS_2021, 4.0733),
        ("2019/20", 284_954, 97_860, CENSUS_2011, 8.878),
    ],
)
def test_ethnicity_facts_and_figures_national_ratio(year, white, black, census, ratio):
    residents = pd.DataFrame({"ethnicity_5": ["White", "Black"], "residents": census})
    table = disproportionality_ratio(Exposure(counts(white, 0, black)[::2], residents, 12))
    row = row_of("Black", table)
    # 7.0508 divides a rate rounded to two places.
    assert row["estimate"] == pytest.approx(ratio, abs=5e-4 if "Census" in year or "2019" in year else 5e-5)
    assert row["numerator"] == black
    assert row["denominator"] == pytest.approx(white * census[1] / census[0])


def test_ethnicity_facts_and_figures_ratio_of_every_force(real_data):
    published = pd.read_csv(real_data / "published" / "eff_2022_23_force_black_white.csv").dropna()
    check_forces(
        published.rename(columns={"geography": "force"}), ("n_white", "n_black"), ("pop_white", "pop_black"), 12
    )


def test_searchlight_ratio_of_every_force(real_data):
    published = pd.read_csv(real_data / "published" / "searchlight_reproduction_expected.csv").dropna()
    published = published[published["months_submitted"].gt(0)].rename(columns={"force_id": "force"})
    assert len(published) == 41
    residents = ("population_reference", "population_comparison")
    check_forces(published, ("n_reference", "n_comparison"), residents, published["months_submitted"])


def check_forces(published, searched, residents, months):
    """One call for all forces gives every published ratio, and the forces' limits hold it."""
    groups = dict(zip(["White", "Black"], zip(searched, residents, strict=True), strict=True))
    both = pd.concat(
        [
            published[["force", n, people]]
            .set_axis(["force", "searches", "residents"], axis=1)
            .assign(ethnicity_5=group)
            for group, (n, people) in groups.items()
        ]
    ).astype({"searches": int})
    table = disproportionality_ratio(
        Exposure(
            both.drop(columns="residents"),
            both.drop(columns="searches"),
            pd.DataFrame({"force": published["force"], "months": months}),
        ),
        within="force",
        interval="mid-p",
    )
    black = table[table["ethnicity_5"].eq("Black")].set_index("force").loc[published["force"]]
    np.testing.assert_allclose(black["estimate"], published["ratio"], rtol=1e-12)
    assert black["interval"].eq("95% mid-P, Poisson").all()
    assert (black["lower"].to_numpy() <= published["ratio"]).all()
    assert (published["ratio"] <= black["upper"].to_numpy()).all()


def test_the_reference_row_is_one_without_interval():
    row = row_of("White", disproportionality_ratio(Exposure(YEAR, RESIDENTS, 12)))
    assert row[["numerator", "denominator", "estimate"]].tolist() == [1180, 1180, 1]
    assert row[["lower", "upper"]].isna().all()
    assert (row["interval"], row["note"]) == ("", "reference group")


def test_clustered_limits_are_given_as_asked():
    row = row_of("Black", disproportionality_ratio(Exposure(YEAR, RESIDENTS, 12), interval="clustered"))
    wide = YEAR.pivot(index="month", columns="ethnicity_5", values="searches").astype(float)
    limits = clustered_rate_ratio(**pair(wide["Black"], wide["White"], np.full(12, 500), np.full(12, 9000)))
    assert row[["lower", "upper"]].tolist() == pytest.approx(limits[:2])
    assert row["interval"] == "95% clustered by month (t, 11 df)"


def arrays_of(table, group):
    return table[table["ethnicity_5"].eq(group)]["searches"].to_numpy(float)[None, :]


@pytest.mark.parametrize("target", ["process", "period"])
def test_the_limits_are_those_of_the_interval_rule(target):
    """Counts by month without weeks, of one force."""
    found = disproportionality_ratio(Exposure(YEAR, RESIDENTS, 12), interval=target)
    given = {"reference_searches": arrays_of(YEAR, "White"), "exposure": 500, "reference_exposure": 9000}
    limits = ratio_limits(searches=arrays_of(YEAR, "Black"), target=target, **given)
    row = row_of("Black", found)
    assert row[["lower", "upper"]].tolist() == pytest.approx([limits.lower[0], limits.upper[0]])
    assert row["interval"] == f"95% {target}"
    period = ratio_limits(searches=arrays_of(YEAR, "Black"), target="period", **given)
    assert row[["period_lower", "period_upper"]].tolist() == pytest.approx([period.lower[0], period.upper[0]])
    assert "limits by constants 1 (police.uk" in row["note"]


def test_limits_of_several_forces_are_pooled():
    both = pd.concat([YEAR.assign(force="kent"), YEAR.assign(force="essex")])
    residents = pd.concat([RESIDENTS.assign(force="kent"), RESIDENTS.assign(force="essex", residents=[4000, 90, 80])])
    months = pd.DataFrame({"force": ["kent", "essex"], "months": 12})
    row = row_of("Black", disproportionality_ratio(Exposure(both, residents, months)))
    n, m = (np.repeat(arrays_of(YEAR, group), 2, axis=0) for group in ("Black", "White"))
    people = {"exposure": np.array([500, 80]), "reference_exposure": np.array([9000, 4000])}
    limits = pooled_ratio_limits(searches=n, reference_searches=m, **people)
    assert row[["lower", "upper"]].tolist() == pytest.approx([limits.lower[0], limits.upper[0]])
    alone = disproportionality_ratio(Exposure(both, residents, months), within="force")
    own = ratio_limits(searches=n[:1], reference_searches=m[:1], exposure=80, reference_exposure=4000)
    essex = alone[alone["force"].eq("essex") & alone["ethnicity_5"].eq("Black")].iloc[0]
    assert essex[["lower", "upper"]].tolist() == pytest.approx([own.lower[0], own.upper[0]])


def test_several_groups_at_once_have_wider_limits_with_their_number_in_the_name():
    one, four = (row_of("Black", disproportionality_ratio(Exposure(YEAR, RESIDENTS, 12), together=k)) for k in (1, 4))
    assert four["lower"] < one["lower"] < one["upper"] < four["upper"]
    assert four["interval"] == "95% process, 4 together"


@pytest.mark.parametrize("kind", ["mid-p", "exact"])
def test_poisson_limits_are_given_as_asked(kind):
    row = row_of("Mixed", disproportionality_ratio(Exposure(YEAR, RESIDENTS, 12), level=0.9, interval=kind))
    function = mid_p_rate_ratio if kind == "mid-p" else exact_rate_ratio
    limits = function(**pair(25, 1180, 600, 9000), level=0.9)
    assert row[["lower", "upper"]].tolist() == pytest.approx([float(limit) for limit in limits])
    assert row["interval"] == {"mid-p": "90% mid-P, Poisson", "exact": "90% exact conditional, Poisson"}[kind]


@pytest.mark.parametrize(
    "table",
    [YEAR[YEAR["month"] < "2018-05"], monthly([100] * 12, [0] * 12, [0, 1] * 6), counts(1180, 25, 294)],
    ids=["one month", "few searches", "totals"],
)
def test_there_are_limits_wherever_there_is_a_search(table):
    months = table["month"].nunique() if "month" in table else 12
    row = row_of("Black", disproportionality_ratio(Exposure(table, RESIDENTS, months)))
    assert 0 < row["lower"] < row["period_lower"] < row["estimate"] < row["period_upper"] < row["upper"] < np.inf
    assert ("few searches" in row["note"]) == (row["numerator"] < 20)


def test_without_a_search_there_is_an_upper_limit_only():
    row = row_of("Mixed", disproportionality_ratio(Exposure(monthly([100], [0], [5]), RESIDENTS, 1)))
    assert row[["estimate", "lower"]].tolist() == [0, 0]
    assert 0 < row["upper"] < np.inf


def test_an_unknown_interval_is_refused():
    with pytest.raises(
        ValueError, match='interval "wald" is unknown; choose from: process, period, none, exact, mid-p'
    ):
        disproportionality_ratio(Exposure(YEAR, RESIDENTS, 12), interval="wald")


def test_a_published_month_without_a_search_is_a_cluster():
    quiet = monthly(*([*YEAR.loc[YEAR["ethnicity_5"].eq(group), "searches"], 0] for group in ETHNICITY))
    row = row_of("Black", disproportionality_ratio(Exposure(quiet, RESIDENTS, 13), interval="clustered"))
    assert row["interval"] == "95% clustered by month (t, 12 df)"


def test_clusters_of_forces_with_gaps():
    """Two forces, one silent for two months: exposure by month follows the forces that published."""
    kent = YEAR.assign(force="kent")
    essex = YEAR[YEAR["month"] > "2018-05"].assign(force="essex")
    residents = pd.concat([RESIDENTS.assign(force="kent"), RESIDENTS.assign(force="essex", residents=[4000, 90, 80])])
    months = pd.DataFrame({"force": ["kent", "essex"], "months": [12, 10]})
    both = pd.concat([kent, essex])
    row = row_of("Black", disproportionality_ratio(Exposure(both, residents, months), interval="clustered"))
    wide = both.groupby(["month", "ethnicity_5"], observed=True)["searches"].sum().unstack().astype(float)
    gap = np.arange(12) >= 2
    exposures = (500 + 80 * gap, 9000 + 4000 * gap)
    limits = clustered_rate_ratio(**pair(wide["Black"], wide["White"], *exposures))
    assert row[["lower", "upper"]].tolist() == pytest.approx(limits[:2])
    assert row["denominator"] == pytest.approx(wide["White"].sum() * exposures[0].sum() / exposures[1].sum())


def test_dispersion_is_pearsons_over_months():
    n, n_ref = np.array([10.0, 30.0, 20.0]), np.array([40.0, 20.0, 30.0])
    ones = np.ones(3)
    # Share 60 / 150 = 0.4 of 50 a month: (10 - 20)^2 / 12 + (30 - 20)^2 / 12, on 2 df
    assert share_dispersion(**pair(n, n_ref, ones, ones)) == pytest.approx(200 / 12 / 2)
    assert np.isnan(share_dispersion(**pair(n[:1], n_ref[:1], ones[:1], ones[:1])))


def test_dispersion_of_poisson_counts_is_one():
    rng = np.random.default_rng(7)
    n, n_ref = rng.poisson(20, (2000, 12)), rng.poisson(200, (2000, 12))
    found = share_dispersion(**pair(n, n_ref, np.ones((2000, 12)), np.ones((2000, 12))))
    assert found.mean() == pytest.approx(1, abs=0.03)


def test_dispersion_is_in_the_note():
    asked = disproportionality_ratio(Exposure(YEAR, RESIDENTS, 12), interval="clustered")
    note = row_of("Black", asked)["note"]
    wide = YEAR.pivot(index="month", columns="ethnicity_5", values="searches").astype(float)
    found = share_dispersion(**pair(wide["Black"].to_numpy(), wide["White"].to_numpy(), np.ones(12), np.ones(12)))
    assert note.startswith(f"dispersion over months {found:.1f}; ")


def test_mid_p_where_months_vary_is_said_to_be_of_a_fixed_process():
    few = monthly(white=[100, 20, 100], mixed=[1, 1, 1], black=[5, 80, 5])
    note = row_of("Black", disproportionality_ratio(Exposure(few, RESIDENTS, 3), interval="mid-p"))["note"]
    assert "limits hold for a fixed process only" in note


@pytest.mark.parametrize(("unknown", "headline"), [([10] * 12, True), ([70] * 12, False)])
def test_share_unknown_is_in_every_note_and_above_30_percent_no_headline(unknown, headline):
    groups = [YEAR.loc[YEAR["ethnicity_5"].eq(group), "searches"].tolist() for group in ETHNICITY[:3]]
    table = disproportionality_ratio(Exposure(monthly(*groups, unknown), RESIDENTS, 12))
    share = sum(unknown) / (sum(unknown) + 1180 + 25 + 294)
    note = row_of("Mixed", table)["note"]
    assert f"ethnicity unknown in {share:.1%} of searches" in note
    assert note.endswith(": not a headline") is not headline


def test_unknown_has_no_ratio():
    row = row_of("Unknown", disproportionality_ratio(Exposure(YEAR, RESIDENTS, 12)))
    assert row["numerator"] == 120
    assert row[["denominator", "estimate"]].isna().all()
    assert row["note"] == "not estimable: no residents to compare with, ethnicity_5 unknown"


@pytest.mark.parametrize("measure", MEASURES)
def test_a_problem_refuses_every_estimate(measure):
    table = measure(Exposure(YEAR, RESIDENTS, 12, problem="few live in the City"))
    assert table["estimate"].isna().all()
    assert set(table["note"]) == {"not estimable: few live in the City"}
    if measure is disproportionality_ratio:
        assert table["numerator"].tolist() == [1180, 25, 294, 120]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_reference_without_searches_or_residents_is_not_estimable(measure):
    table = measure(Exposure(counts(0, 25, 294), RESIDENTS, 12))
    assert table["estimate"].isna().all()
    assert row_of("Black", table)["note"] == "not estimable: the reference group White has no search"
    table = measure(Exposure(counts(1, 25, 294), RESIDENTS.assign(residents=[0, 600, 500]), 12))
    assert table["estimate"].isna().all()
    assert row_of("White", table)["note"] == "not estimable: no residents in this group"
    assert row_of("Black", table)["note"] == "not estimable: the reference group White has no rate"


def test_a_group_without_residents_is_not_estimable():
    table = disproportionality_ratio(Exposure(counts(1180, 25, 294), RESIDENTS.assign(residents=[9000, 0, 500]), 12))
    assert row_of("Mixed", table)["note"] == "not estimable: no residents in this group"
    assert row_of("Black", table)["estimate"] > 0


def test_each_object_has_its_own_reference():
    objects = pd.concat([counts(90, 6, 10, object_group="Drugs"), counts(0, 1, 3, object_group="Fireworks")])
    table = disproportionality_ratio(Exposure(objects, RESIDENTS, 12), within="object_group")
    table = table.set_index(["object_group", "ethnicity_5"])
    assert table.loc[("Drugs", "Mixed"), "estimate"] == pytest.approx(6 / 600 / (90 / 9000))
    assert table.loc[("Drugs", "White"), "estimate"] == 1
    assert np.isnan(table.loc[("Fireworks", "Black"), "estimate"])


def test_an_unknown_reference_is_refused():
    with pytest.raises(ValueError, match='reference "Welsh" is no group of ethnicity_5: White, Mixed, Black, Unknown'):
        disproportionality_ratio(Exposure(YEAR, RESIDENTS, 12), reference="Welsh")


def test_rate_difference_and_excess_are_one_thing_on_two_scales():
    difference = row_of("Black", rate_difference(Exposure(YEAR, RESIDENTS, 12), interval="clustered"))
    assert difference["estimate"] == pytest.approx((294 / 500 - 1180 / 9000) * 1000)
    excess = row_of("Black", excess_searches(Exposure(YEAR, RESIDENTS, 12), interval="clustered"))
    assert excess["estimate"] == pytest.approx(294 - 1180 * 500 / 9000)
    columns = ["estimate", "lower", "upper"]
    assert excess[columns].tolist() == pytest.approx((difference[columns] * 500 / 1000).tolist())
    assert excess["interval"] == difference["interval"] != ""


def test_rate_difference_has_the_limits_asked_for():
    row = row_of("Black", rate_difference(Exposure(YEAR, RESIDENTS, 12), interval="clustered"))
    wide = YEAR.pivot(index="month", columns="ethnicity_5", values="searches").astype(float)
    years = (np.full(12, 500 / 12), np.full(12, 9000 / 12))
    lower, upper, _ = clustered_rate_difference(**pair(wide["Black"], wide["White"], *years))
    assert row[["lower", "upper"]].tolist() == pytest.approx([lower * 1000, upper * 1000])
    lower, upper = rate_difference_limits(**pair(25, 1180, 600, 9000))
    row = row_of("Mixed", rate_difference(Exposure(YEAR, RESIDENTS, 12), interval="mid-p"))
    assert row[["lower", "upper"]].tolist() == pytest.approx([lower * 1000, upper * 1000])
    assert row["interval"] == "95% MOVER, Poisson"


@pytest.mark.parametrize("measure", MEASURES[1:])
def test_the_reference_has_no_difference_from_itself(measure):
    row = row_of("White", measure(Exposure(YEAR, RESIDENTS, 12)))
    assert row[["numerator", "estimate"]].tolist() == [0, 0]
    assert row["note"] == "reference group"


LIMITS = ["estimate", "lower", "upper"]
monthly_counts = st.integers(12, 18).flatmap(
    lambda months: st.lists(st.lists(st.integers(0, 60), min_size=months, max_size=months), min_size=3, max_size=3)
)


def ratio_of(groups, **changes):
    residents = changes.pop("residents", RESIDENTS)
    return disproportionality_ratio(Exposure(monthly(*groups), residents, len(groups[0])), **changes)


@settings(max_examples=30)
@given(monthly_counts, st.floats(0.01, 100))
def test_ratio_is_free_of_the_scale_of_residents(groups, factor):
    scaled = RESIDENTS.assign(residents=RESIDENTS["residents"] * factor)
    once, again = ratio_of(groups), ratio_of(groups, residents=scaled)
    np.testing.assert_allclose(once[LIMITS], again[LIMITS], rtol=1e-9)


@settings(max_examples=30)
@given(monthly_counts, st.randoms(use_true_random=False))
def test_ratio_does_not_depend_on_the_order_of_rows_or_months(groups, random):
    months = list(range(len(groups[0])))
    random.shuffle(months)
    table = ratio_of(groups)
    other = ratio_of([[group[month] for month in months] for group in groups])
    np.testing.assert_allclose(table["estimate"], other["estimate"], rtol=1e-9)  # limits know a month from the next
    shuffled = monthly(*groups).sample(frac=1, random_state=random.randrange(1000))
    other = disproportionality_ratio(Exposure(shuffled, RESIDENTS[::-1], len(months)))
    pd.testing.assert_frame_equal(table, other)


@settings(max_examples=30)
@given(monthly_counts)
def test_every_group_keeps_its_row(groups):
    table = ratio_of(groups)
    assert table["ethnicity_5"].tolist() == ETHNICITY
    assert table["numerator"].tolist() == [*map(sum, groups), 0]
    nothing = ratio_of([groups[0], [0] * len(groups[0]), groups[2]])
    mixed = row_of("Mixed", nothing)
    if sum(groups[0]):
        assert mixed["estimate"] == mixed["lower"] == 0
        assert mixed["upper"] > 0


@settings(max_examples=30)
@given(monthly_counts)
def test_exchanging_group_and_reference_inverts_the_ratio(groups):
    black = row_of("Black", ratio_of(groups))
    white = row_of("White", ratio_of(groups, reference="Black"))
    if sum(groups[0]) and sum(groups[2]):
        inverse = 1 / white[["estimate", "upper", "lower"]].to_numpy(dtype=float)
        np.testing.assert_allclose(black[LIMITS].to_numpy(dtype=float), inverse, rtol=1e-8)
        assert black["interval"] == white["interval"]


def test_the_real_met_ratio_varies_by_month(real_data):
    """Metropolitan, officer-defined ethnicity, 17 months: the Poisson interval is a tenth of the clustered one."""
    files = sorted((real_data / "stops").glob("*/*-metropolitan-stop-and-search.csv"))
    read = (
        pd.read_csv(f, dtype="str", usecols=["Type", "Officer-defined ethnicity"]).assign(month=f.name[:7])
        for f in files
    )
    frame = pd.concat(read, ignore_index=True).query("Type != 'Vehicle search'")
    frame["ethnicity_5"] = frame["Officer-defined ethnicity"].fillna("Unknown")
    by_month = frame.groupby(["month", "ethnicity_5"]).size().unstack(fill_value=0).stack()
    by_month = by_month.rename("searches").reset_index()
    residents = pd.DataFrame(
        {"ethnicity_5": ["White", "Asian", "Black", "Other"], "residents": [4_725_217, 1_810_000, 1_188_137, 556_000]}
    )
    row = row_of("Black", disproportionality_ratio(Exposure(by_month, residents, 17), interval="clustered"))
    assert row["interval"] == "95% clustered by month (t, 16 df)"
    plain = row_of(
        "Black",
        disproportionality_ratio(
            Exposure(by_month.groupby("ethnicity_5", as_index=False).sum(numeric_only=True), residents, 17),
            interval="mid-p",
        ),
    )
    assert row["estimate"] == plain["estimate"]
    assert (row["upper"] - row["lower"]) > 8 * (plain["upper"] - plain["lower"])
