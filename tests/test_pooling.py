"""Pooling over forces: EFF 2022/23, R (tests/reference/pooling.R), closed forms and properties."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.pooling.decomposition import decompose, influence, leave_one_out
from sas_analysis.measures.pooling.mantel_haenszel import clustered_variance
from sas_analysis.measures.pooling.pooled import COVARIANCES, fixed_effect_ratio, heterogeneity, random_effects_ratio
from sas_analysis.measures.pooling.strata import pairs, strata_table
from sas_analysis.measures.table import check_measures_table
from sas_analysis.validation.check import published_strata

REFERENCE = Path(__file__).parent / "reference"
R = pd.read_csv(REFERENCE / "pooling.csv").set_index("what")["value"]


def r_strata():
    counts = pd.read_csv(REFERENCE / "pooling_counts.csv")
    return counts.rename(columns={"group": "ethnicity_5", "exposure": "resident_years"})


def strata(*rows, groups=("White", "Black")):
    """A row per force: searches and residents of each group in turn."""
    cells = [
        {"force": f"f{n:02d}", "ethnicity_5": group, "searches": row[2 * g], "resident_years": float(row[2 * g + 1])}
        for n, row in enumerate(rows)
        for g, group in enumerate(groups)
    ]
    return pd.DataFrame(cells)


def of(table, measure, group="Black"):
    found = table[table["measure"].eq(measure) & table["ethnicity_5"].eq(group)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture(scope="module")
def eff():
    return published_strata()


def test_eff_2022_23_crude_is_within_times_composition(eff):
    table = decompose(eff, interval="poisson")
    assert round(of(table, "ratio_crude")["estimate"], 4) == 4.0650
    within = of(table, "ratio_within_mh")
    assert [round(within[name], 4) for name in ("estimate", "lower", "upper")] == [2.8500, 2.8215, 2.8789]
    assert of(table, "composition_factor")["estimate"] == pytest.approx(4.06499475 / 2.85003720, rel=1e-7)


def test_eff_2022_23_one_force_makes_the_composition(eff):
    table = influence(eff).query("ethnicity_5 == 'Black'").set_index("measure")
    assert table.loc["ratio_crude", "force"] == "metropolitan"
    assert round(table.loc["ratio_crude", "without"], 2) == 2.83
    assert table.loc["composition_factor", "without"] == pytest.approx(1.008, abs=5e-4)
    single = leave_one_out(eff).query("ethnicity_5 == 'Black' and measure == 'ratio_within_mh'")
    assert len(single) == 42
    assert (single["estimate"].min(), single["estimate"].max()) == pytest.approx((2.8027, 2.9163), abs=5e-5)


def test_eff_2022_23_fixed_effects(eff):
    pair = eff[eff["ethnicity_5"].isin(["White", "Black"])]
    row = of(fixed_effect_ratio(pair, interval="clustered"), "ratio_within_fe")
    assert round(row["estimate"], 4) == 2.8462
    assert "dispersion 54.5" in row["note"]
    # The printed 2.602 to 3.113 is the same standard error with the normal in place of t on 41 df.
    half = np.log(row["upper"] / row["estimate"]) / 2.0195410  # t(0.975, 41)
    limits = row["estimate"] * np.exp(np.array([-1, 1]) * 1.9599640 * half)
    assert [round(value, 3) for value in limits] == [2.602, 3.113]


def test_eff_2022_23_random_effects(eff):
    normal = random_effects_ratio(eff, interval="normal")
    mean, ahead = of(normal, "ratio_random_mean"), of(normal, "ratio_prediction")
    assert [round(mean[name], 3) for name in ("estimate", "lower", "upper")] == [3.464, 3.019, 3.976]
    assert [round(ahead[name], 3) for name in ("lower", "upper")] == [1.392, 8.622]
    ours = of(random_effects_ratio(eff, interval="Hartung-Knapp"), "ratio_random_mean")
    assert [round(ours[name], 3) for name in ("lower", "upper")] == [3.003, 3.997]
    spread = heterogeneity(eff, interval="poisson").set_index("ethnicity_5").loc["Black"]
    assert (round(spread["q"], 2), spread["df"], round(spread["i_squared"], 3)) == (2079.69, 41, 0.980)
    assert round(spread["tau_squared"], 4) == 0.1986
    of_dl = heterogeneity(eff, method="DL", interval="poisson").set_index("ethnicity_5").loc["Black"]
    assert round(of_dl["tau_squared"], 4) == 0.0835
    assert (round(spread["ratio_highest"], 3), round(spread["ratio_lowest"], 3)) == (13.789, 1.208)


@pytest.mark.parametrize("group", ["B", "C"])
def test_mantel_haenszel_as_metafor(group):
    row = of(decompose(r_strata(), reference="A", interval="poisson"), "ratio_within_mh", group)
    assert np.log(row["estimate"]) == pytest.approx(R[f"mh_log_{group}"], abs=1e-9)
    assert np.log(row["upper"] / row["estimate"]) / 1.959963984540054 == pytest.approx(R[f"mh_se_{group}"], rel=1e-9)


def test_clustered_variance_of_equal_forces_is_that_of_a_mean():
    """Forces of one size: CR2 is the variance of the mean of their contributions, on G - 1 degrees of freedom."""
    n, n_ref, e, e_ref = np.array([12.0, 8, 10, 14]), np.array([38.0, 42, 40, 36]), 100.0, 400.0
    ones = np.ones(4)
    variance, df = clustered_variance(
        searches=n, exposure=e * ones, reference_searches=n_ref, reference_exposure=e_ref * ones, cluster=range(4)
    )
    shares = n / n.sum() - n_ref / n_ref.sum()
    # weights differ by the fitted share of each force alone; with n + n' equal, only by n'
    assert df == pytest.approx(3, abs=0.02)
    assert variance == pytest.approx(4 / 3 * (shares**2).sum(), rel=0.02)


def test_clustered_limits_hold_their_level_where_one_force_outweighs_the_rest():
    """600 tables of twelve forces, one with 60% of the searches, whose ratios differ (tau 0.3)."""
    random = np.random.default_rng(7)
    e, e_ref = np.r_[60, np.full(11, 4.0)] * 1000, np.full(12, 90_000.0)
    truth = np.log(2) + 0.3**2 / 2
    held, plain = 0, 0
    for _ in range(600):
        ratio = np.exp(np.log(2) + 0.3 * random.standard_normal(12))
        table = strata(*zip(random.poisson(0.05 * e_ref), e_ref, random.poisson(0.05 * ratio * e), e, strict=True))
        row = of(decompose(table, interval="clustered"), "ratio_within_mh")
        held += np.log(row["lower"]) < truth < np.log(row["upper"])
        row = of(decompose(table, interval="poisson"), "ratio_within_mh")
        plain += np.log(row["lower"]) < truth < np.log(row["upper"])
    assert 0.92 <= held / 600 <= 0.985
    assert plain / 600 < 0.4


def test_zeros_stay_and_are_named():
    table = strata((50, 1000, 0, 100), (40, 900, 9, 120), (0, 500, 0, 50), (0, 10, 3, 20))
    row = of(decompose(table), "ratio_within_mh")
    assert "1 without a search of either say nothing of the ratio" in row["note"]
    assert "2 without a search of one group kept" in row["note"]
    without = of(decompose(table[table["force"].ne("f02")]), "ratio_within_mh")
    assert row["estimate"] == without["estimate"]
    mean = of(random_effects_ratio(table), "ratio_random_mean")
    assert pd.isna(mean["estimate"])
    assert "fewer than two forces" in mean["note"]
    assert of(random_effects_ratio(table, method="conditional"), "ratio_random_mean")["estimate"] > 0


def test_nothing_to_pool_is_said_and_is_no_exception():
    none = strata((50, 1000, 0, 100), (40, 900, 0, 120))
    table = decompose(none)
    assert of(table, "ratio_within_mh")["estimate"] == 0
    assert of(table, "ratio_within_mh")["lower"] == 0
    assert 0 < of(table, "ratio_within_mh")["upper"] < np.inf
    assert pd.isna(of(table, "composition_factor")["estimate"])
    assert "no search of Black" in of(fixed_effect_ratio(none), "ratio_within_fe")["note"].replace(
        "this group", "Black"
    )
    empty = strata((0, 1000, 5, 100), (0, 900, 3, 120))
    for made in (decompose(empty), fixed_effect_ratio(empty), random_effects_ratio(empty)):
        assert made["estimate"].isna().all()
        assert made["note"].str.contains("White has no search").all()
    unknown = strata((50, 1000, 4, np.nan), (40, 900, 8, np.nan))
    assert decompose(unknown)["note"].str.contains("no stratum has resident counts").all()
    single = of(decompose(strata((50, 1000, 12, 100)), interval="clustered"), "ratio_within_mh")
    assert "fixed process" in single["note"]
    assert single["interval"] == "95% Greenland-Robins, Poisson"


def test_bad_strata_are_refused():
    table = strata((50, 1000, 4, 100))
    with pytest.raises(ValueError, match="there twice"):
        pairs(pd.concat([table, table]))
    with pytest.raises(ValueError, match="negative or not whole"):
        pairs(table.assign(searches=[1.5, 2]))
    with pytest.raises(ValueError, match="is no group"):
        pairs(table, reference="Green")
    with pytest.raises(ValueError, match="no column resident_years"):
        pairs(table.drop(columns="resident_years"))


def test_strata_from_counts():
    counts = pd.DataFrame(
        {"force": ["a", "a", "b", "b", "b"], "ethnicity_5": ["White", "Black"] * 2 + ["Unknown"]}
    ).assign(searches=[10, 4, 7, 1, 2])
    residents = pd.DataFrame(
        {"force": list("aabb"), "ethnicity_5": ["White", "Black"] * 2, "residents": [120, 12, 60, 6]}
    )
    table = strata_table(Exposure(counts, residents, pd.DataFrame({"force": ["a", "b"], "months": [12, 6]})))
    assert list(table.columns) == ["force", "ethnicity_5", "searches", "resident_years"]
    assert table["resident_years"].fillna(-1).tolist() == [120, 12, 30, 3, -1]
    assert [pair.group for pair in pairs(table)] == ["Black", "Unknown"]


SOME = st.tuples(st.integers(1, 400), st.integers(50, 5000), st.integers(1, 90), st.integers(20, 900))
FORCES = st.lists(SOME, min_size=2, max_size=7)


@settings(max_examples=40)
@given(FORCES, st.floats(0.01, 50), st.randoms())
def test_properties(rows, scale, random):
    table = strata(*rows)
    made = [decompose(table), fixed_effect_ratio(table), random_effects_ratio(table)]
    for one in made:
        check_measures_table(one)
    crude, within, factor = made[0]["estimate"]
    assert crude == pytest.approx(within * factor, rel=1e-12)
    # residents in thousands, or in whatever unit
    scaled = table.assign(resident_years=table["resident_years"] * scale)
    assert decompose(scaled)["estimate"].to_numpy() == pytest.approx([crude, within, factor], rel=1e-9)
    assert decompose(scaled)["upper"].iloc[1] == pytest.approx(made[0]["upper"].iloc[1], rel=1e-6, nan_ok=True)
    # the order of forces
    order = list(range(len(table)))
    random.shuffle(order)
    mixed = table.iloc[order]
    assert of(decompose(mixed), "ratio_within_mh")["lower"] == pytest.approx(
        made[0]["lower"].iloc[1], rel=1e-7, nan_ok=True
    )
    assert fixed_effect_ratio(mixed)["estimate"].iloc[0] == pytest.approx(made[1]["estimate"].iloc[0], rel=1e-7)
    # exchanged groups
    other = decompose(table, reference="Black")
    assert other["estimate"].to_numpy() == pytest.approx([1 / crude, 1 / within, 1 / factor], rel=1e-9)
    swapped = fixed_effect_ratio(table, reference="Black")
    assert swapped["estimate"].iloc[0] == pytest.approx(1 / made[1]["estimate"].iloc[0], rel=1e-7)


@settings(max_examples=30)
@given(SOME, st.integers(2, 6))
def test_equal_forces_have_the_ratio_of_one(row, number):
    n_ref, e_ref, n, e = row
    table = strata(*[row] * number)
    ratio = n / e / (n_ref / e_ref)
    assert decompose(table)["estimate"].to_numpy() == pytest.approx([ratio, ratio, 1], rel=1e-9)
    assert fixed_effect_ratio(table)["estimate"].iloc[0] == pytest.approx(ratio, rel=1e-7)
    assert random_effects_ratio(table)["estimate"].to_numpy() == pytest.approx([ratio, ratio], rel=1e-9)


def test_zero_groups_keep_their_rows():
    table = strata((50, 1000, 3, 100, 0, 0), (40, 900, 8, 120, 0, 10), groups=("White", "Black", "Other"))
    assert decompose(table)["ethnicity_5"].tolist() == ["Black"] * 3 + ["Other"] * 3
    assert fixed_effect_ratio(table)["ethnicity_5"].tolist() == ["Black", "Other"]


@pytest.mark.parametrize("forces", [2, 5])
def test_forces_that_are_alike_are_told_from_forces_that_are_too_few(forces):
    """Equal ratios show no variance; a limit made of rounding is none (R's sandwich gives the estimate itself)."""
    table = strata(*[(50 * n, 1000.0 * n, 20 * n, 100.0 * n) for n in range(1, forces + 1)])
    alike = [of(decompose(table, interval="clustered"), "ratio_within_mh")]
    alike += [of(fixed_effect_ratio(table, interval=name), "ratio_within_fe") for name in COVARIANCES[:3]]
    poisson = of(fixed_effect_ratio(table, interval="Poisson"), "ratio_within_fe")
    for row in alike:
        assert "every force has the same ratio, so nothing shows how they vary" in row["note"]
        assert "fewer than two" not in row["note"]
        assert "limits hold for a fixed process only" in row["note"]
        assert (row["lower"], row["upper"]) == pytest.approx((poisson["lower"], poisson["upper"]), rel=1e-6)
    one = table[table["force"].eq("f00")]
    within = of(decompose(one, interval="clustered"), "ratio_within_mh")
    for row in (within, of(fixed_effect_ratio(one, interval="few clusters"), "ratio_within_fe")):
        assert "fewer than two of force to compare" in row["note"]
        assert "same ratio" not in row["note"]
