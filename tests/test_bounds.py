"""Bounds and parity: published counts, closed forms, and what any allocation of the unknown must keep."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.intervals.limits import mid_p_rate_ratio
from sas_analysis.measures.intervals.process import ratio_limits
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.unknown.bounds import (
    LOWER,
    OFFICER_LOWER,
    OFFICER_UPPER,
    PARITY_EXCLUDED,
    UPPER,
    allocation_range,
    imbens_manski,
    officer_bounds,
    parity,
    ratio_bounds,
)

REFERENCE = Path(__file__).parent / "reference"
GROUPS = ["White", "Asian", "Black"]
LABELS = [*GROUPS, "Unknown"]


def counts(searches, labels=LABELS, **columns):
    table = {"ethnicity_5": pd.Categorical(labels, categories=labels), "searches": searches}
    return pd.DataFrame(table | columns)


def residents(people, groups=GROUPS):
    return pd.DataFrame({"ethnicity_5": groups, "residents": people})


def both(table, group="Black"):
    rows = table[table["ethnicity_5"].eq(group)].set_index("measure")
    return rows.loc[LOWER], rows.loc[UPPER]


PAIR = ["White", "Black", "Unknown"]


def test_ethnicity_facts_and_figures_2022_23_national_allocation_range():
    # Including British Transport Police: 529,474 searches, 421,189 of known ethnicity.
    found = counts([289_109, 58_988, 529_474 - 421_189], PAIR)
    people = residents([48_699_231, 2_409_283], PAIR[:2])
    row = allocation_range(Exposure(found, people, 12), interval="mid-p").set_index("ethnicity_5").loc["Black"]
    assert row["ratio"] == pytest.approx(4.1242, abs=5e-5)
    # 3.00 to 11.70: the upper one is 11.695, on the edge of its rounding.
    assert row["lowest"] == pytest.approx(58_988 * 48_699_231 / (2_409_283 * 397_394), rel=1e-12)
    assert row["lowest"] == pytest.approx(3.00, abs=5e-3)
    assert row["highest"] == pytest.approx(11.695, abs=5e-4)
    assert row["unknown"] == 108_285
    assert pd.isna(row["tipping_share"])
    assert row["lowest"] > row["joint_lower"] > 2.9
    # The lowest ratio is above 1 in its sampling limits too.
    assert both(ratio_bounds(Exposure(found, people, 12), interval="mid-p"))[0]["lower"] > 2.9


def test_metropolitan_2025_26_allocation_range():
    # A published reproduction: 34,073 and 30,848 searches of the two groups, 43,016 unknown, in 11 months.
    found = counts([34_073, 30_848, 43_016], PAIR)
    lower, upper = both(ratio_bounds(Exposure(found, residents([4_725_217, 1_188_137], PAIR[:2]), 11)))
    assert [round(lower["estimate"], 3), round(upper["estimate"], 3)] == [1.591, 8.621]


def test_bounds_of_every_published_force_are_the_closed_form(real_data):
    table = pd.read_csv(real_data / "published" / "searchlight_reproduction_expected.csv").dropna()
    table = table[table["months_submitted"].gt(0)]
    columns = ["n_reference", "n_comparison", "unknown_events", "population_reference", "population_comparison"]
    long = table.melt(["force_id"], columns[:3], value_name="searches").rename(columns={"force_id": "force"})
    long["ethnicity_5"] = long["variable"].map(dict(zip(columns[:3], PAIR, strict=True)))
    people = table.melt(["force_id"], columns[3:], value_name="residents").rename(columns={"force_id": "force"})
    people["ethnicity_5"] = people["variable"].map(dict(zip(columns[3:], PAIR[:2], strict=True)))
    months = pd.DataFrame({"force": table["force_id"], "months": table["months_submitted"]})
    bounds = ratio_bounds(Exposure(long.astype({"searches": int}), people, months), within="force")
    bounds = bounds[bounds["ethnicity_5"].eq("Black")].pivot(index="force", columns="measure", values="estimate")
    n_ref, n, unknown, e_ref, e = (table.set_index("force_id")[column] for column in columns)
    bounds = bounds.loc[n.index]
    np.testing.assert_allclose(bounds[LOWER], n / e / ((n_ref + unknown) / e_ref), rtol=1e-12)
    np.testing.assert_allclose(bounds[UPPER], (n + unknown) / e / (n_ref / e_ref), rtol=1e-12)
    assert (bounds[LOWER] > 1).sum() == 39  # of 41 forces


AMOUNT = st.integers(1, 5000)


@st.composite
def cases(draw):
    found = draw(st.lists(AMOUNT, min_size=3, max_size=3))
    people = draw(st.lists(st.integers(100, 10**6), min_size=3, max_size=3))
    return found, draw(st.integers(1, 5000)), people


@given(cases(), st.lists(st.floats(0, 1), min_size=2, max_size=2))
@settings(max_examples=40)
def test_no_allocation_to_any_groups_lies_outside_the_bounds(case, cuts):
    found, unknown, people = case
    edges = [0, *(int(cut * unknown) for cut in sorted(cuts)), unknown]
    allocated = counts([n + more for n, more in zip(found, np.diff(edges), strict=True)], GROUPS)
    ratios = disproportionality_ratio(Exposure(allocated, residents(people), 12)).set_index("ethnicity_5")["estimate"]
    bounds = ratio_bounds(Exposure(counts([*found, unknown]), residents(people), 12))
    for group in ("Asian", "Black"):
        lower, upper = both(bounds, group)
        slack = 1e-9 * ratios[group]
        assert lower["estimate"] - slack <= ratios[group] <= upper["estimate"] + slack


@given(cases())
@settings(max_examples=25)
def test_exchanging_the_groups_gives_the_reciprocal_bounds(case):
    found, unknown, people = case
    table = counts([*found, unknown])
    asked = {"interval": "mid-p"}
    lower, upper = both(ratio_bounds(Exposure(table, residents(people), 12), **asked))
    swapped = both(ratio_bounds(Exposure(table, residents(people), 12), reference="Black", **asked), "White")
    assert swapped[0]["estimate"] == pytest.approx(1 / upper["estimate"], rel=1e-12)
    assert swapped[1]["estimate"] == pytest.approx(1 / lower["estimate"], rel=1e-12)
    assert swapped[0]["lower"] == pytest.approx(1 / upper["upper"], rel=1e-6)


@given(cases(), st.integers(2, 50))
@settings(max_examples=25)
def test_bounds_and_parity_do_not_depend_on_the_scale_of_residents_or_the_order_of_rows(case, scale):
    found, unknown, people = case
    table = counts([*found, unknown])
    for measure in (ratio_bounds, parity):
        once = measure(Exposure(table, residents(people), 12))
        scaled = measure(Exposure(table, residents([scale * n for n in people]), 12))
        shuffled = measure(Exposure(table.iloc[::-1], residents(people).iloc[::-1], 12))
        keys = ["ethnicity_5", "measure"]
        for other in (scaled, shuffled):
            merged = once.astype({"ethnicity_5": "str"}).merge(other.astype({"ethnicity_5": "str"}), on=keys)
            assert len(merged) == len(once)
            np.testing.assert_allclose(merged["estimate_x"], merged["estimate_y"], rtol=1e-9)


@given(cases())
@settings(max_examples=40)
def test_the_tipping_share_brings_parity_and_is_missing_only_where_the_bounds_exclude_it(case):
    found, unknown, people = case
    table = counts([*found, unknown])
    shares = parity(Exposure(table, residents(people), 12)).set_index(["ethnicity_5", "measure"])
    bounds = ratio_bounds(Exposure(table, residents(people), 12))
    n_ref, e_ref = found[0], people[0]
    for n, e, group in zip(found[1:], people[1:], GROUPS[1:], strict=True):
        row, least = shares.loc[(group, "tipping_share")], shares.loc[(group, "least_share_for_parity")]
        lower, upper = both(bounds, group)
        assert pd.isna(row["estimate"]) == (not lower["estimate"] <= 1 <= upper["estimate"])
        if pd.isna(row["estimate"]):
            assert row["note"] == least["note"] == PARITY_EXCLUDED
            continue
        q = row["estimate"]
        ratio = (n + q * unknown) / e / ((n_ref + (1 - q) * unknown) / e_ref)
        assert ratio == pytest.approx(1, rel=1e-9)
        more = least["estimate"] * unknown
        above = n / e >= n_ref / e_ref
        parity_ratio = n / e / ((n_ref + more) / e_ref) if above else (n + more) / e / (n_ref / e_ref)
        assert parity_ratio == pytest.approx(1, rel=1e-9)
        assert ("White" in least["note"]) == above


def test_without_unknown_the_bounds_are_the_ratio_and_the_joint_interval_is_its_own():
    table, people = counts([900, 80, 110, 0]), residents([9000, 600, 500])
    ratio = disproportionality_ratio(Exposure(table, people, 12)).set_index("ethnicity_5")
    for row in ratio_bounds(Exposure(table, people, 12)).itertuples():
        assert row.estimate == pytest.approx(ratio.loc[row.ethnicity_5, "estimate"], rel=1e-12)
    row = allocation_range(Exposure(table, people, 12), interval="mid-p").set_index("ethnicity_5").loc["Black"]
    assert row[["joint_lower", "joint_upper"]].tolist() == pytest.approx(row[["lower", "upper"]].tolist(), rel=1e-9)
    shares = parity(Exposure(table, people, 12))
    assert shares["estimate"].isna().all()
    assert shares["note"].str.startswith("not estimable: ").all()


def test_limits_of_the_bounds_are_those_of_the_counts_they_are_made_of():
    table, people = counts([900, 80, 110, 60]), residents([9000, 600, 500])
    lower, upper = both(ratio_bounds(Exposure(table, people, 12), level=0.9, interval="mid-p"))
    named = {"exposure": 500, "reference_exposure": 9000, "level": 0.9}
    for bound, n, n_ref in ((lower, 110, 960), (upper, 170, 900)):
        limits = mid_p_rate_ratio(searches=n, reference_searches=n_ref, **named)
        assert bound[["lower", "upper"]].tolist() == pytest.approx([float(limit) for limit in limits], rel=1e-12)
        assert bound["interval"] == "90% mid-P, Poisson"


def test_limits_of_the_bounds_are_those_of_the_ratio():
    rng = np.random.default_rng(1)
    wide = rng.poisson([90, 20, 25, 12], (12, 4))
    months = pd.period_range("2018-04", periods=12, freq="M").strftime("%Y-%m")
    table = pd.DataFrame({"ethnicity_5": LABELS * 12, "searches": wide.ravel(), "month": months.repeat(4)})
    _, upper = both(ratio_bounds(Exposure(table, residents([9000, 600, 500]), 12)))
    limits = ratio_limits(
        searches=(wide[:, 2] + wide[:, 3])[None, :],
        exposure=500.0,
        reference_searches=wide[:, 0][None, :],
        reference_exposure=9000.0,
    )
    assert upper[["lower", "upper"]].tolist() == pytest.approx([limits.lower[0], limits.upper[0]])
    assert upper["interval"] == "95% process"


def test_unknown_searches_stay_in_the_force_they_are_of():
    table = pd.concat([counts([900, 80, 110, 60]).assign(force="a"), counts([500, 40, 30, 0]).assign(force="b")])
    people = pd.concat([residents([9000, 600, 500]).assign(force=force) for force in "ab"])
    months = pd.DataFrame({"force": ["a", "b"], "months": 12})
    together = ratio_bounds(Exposure(table, people, months), within="force")
    for force in "ab":
        alone = ratio_bounds(Exposure(table[table["force"].eq(force)], people[people["force"].eq(force)], 12))
        same = together[together["force"].eq(force)].drop(columns="force").reset_index(drop=True)
        pd.testing.assert_frame_equal(same, alone.drop(columns="force", errors="ignore"), check_categorical=False)


def test_where_residents_measure_nothing_there_is_a_reason_and_no_number():
    table, people = counts([900, 80, 110, 60]), residents([9000, 600, 500])
    problem = "hardly anyone lives there"
    for measure in (ratio_bounds, parity):
        result = measure(Exposure(table, people, 12, problem=problem))
        assert result["estimate"].isna().all()
        assert result["note"].str.contains(problem).all()
    wide = allocation_range(Exposure(table, people, 12, problem=problem))
    assert wide[["ratio", "lowest", "highest", "joint_lower"]].isna().all(axis=None)
    assert wide["note"].str.contains(problem).all()


def test_a_group_without_a_search_has_a_lowest_ratio_of_zero_and_a_highest():
    asked = {"interval": "mid-p"}
    lower, upper = both(ratio_bounds(Exposure(counts([900, 80, 0, 60]), residents([9000, 600, 500]), 12), **asked))
    assert (lower["estimate"], lower["lower"]) == (0, 0)
    assert upper["estimate"] == pytest.approx(60 / 500 / (900 / 9000))
    row = allocation_range(Exposure(counts([900, 80, 0, 60]), residents([9000, 600, 500]), 12), **asked)
    row = row.set_index("ethnicity_5").loc["Black"]
    assert row["joint_lower"] == 0
    assert upper["estimate"] < row["joint_upper"] < upper["upper"]


def test_an_unknown_reference_is_refused():
    for measure in (ratio_bounds, parity):
        with pytest.raises(ValueError, match="is no group of ethnicity_5"):
            measure(Exposure(counts([1, 2, 3, 4]), residents([10, 10, 10]), 12), reference="Wite")


def test_imbens_manski_critical_values_are_those_of_r():
    expected = pd.read_csv(REFERENCE / "imbens_manski.csv")
    for row in expected.itertuples():
        lower, upper = imbens_manski(0.0, 1.0, row.width, 1.0, level=row.level)
        assert -lower == pytest.approx(row.critical, abs=1e-9)
        assert upper - row.width == pytest.approx(row.critical, abs=1e-9)


def test_imbens_manski_takes_the_larger_error_for_the_width():
    lower, upper = imbens_manski(0.0, 0.5, 1.0, 2.0)
    critical = -lower / 0.5
    assert (upper - 1) / 2 == pytest.approx(critical)
    assert imbens_manski(0.0, 2.0, 1.0, 2.0)[0] == pytest.approx(-2 * critical)


# --- with the officer's word where there is one ---


def seen(cells):
    """Counts by self- and officer-defined group: {(self, officer): searches}."""
    table = pd.DataFrame([(*pair, n) for pair, n in cells.items()], columns=["ethnicity_5", "officer", "searches"])
    labels = [*GROUPS, "Unknown"]
    return table.astype({name: pd.CategoricalDtype(labels) for name in ("ethnicity_5", "officer")})


def with_word(cells, people=(1000, 100, 50)):
    exposure = Exposure(seen(cells), residents(list(people)), 12)
    table = officer_bounds(exposure, officer="officer", interval="mid-p").set_index(["ethnicity_5", "measure"])
    plain = ratio_bounds(exposure, interval="mid-p").set_index(["ethnicity_5", "measure"])
    return table, plain


def test_with_the_officers_word_only_those_without_one_are_free():
    """By hand: of 60 unknown, officers saw 30 as White, 5 as Black and 10 as Asian; 15 are free."""
    cells = {("White", "White"): 100, ("Black", "Black"): 20, ("Asian", "Asian"): 7, ("Unknown", "White"): 30}
    cells |= {("Unknown", "Black"): 5, ("Unknown", "Asian"): 10, ("Unknown", "Unknown"): 15}
    table, plain = with_word(cells)
    assert table.loc[("Black", OFFICER_LOWER), "estimate"] == pytest.approx((25 / 50) / (145 / 1000))
    assert table.loc[("Black", OFFICER_UPPER), "estimate"] == pytest.approx((40 / 50) / (130 / 1000))
    assert table.loc[("Asian", OFFICER_UPPER), "estimate"] == pytest.approx((32 / 100) / (130 / 1000))
    assert plain.loc[("Black", UPPER), "estimate"] == pytest.approx((80 / 50) / (100 / 1000))
    assert "unknown without an officer's word taken to be White" in table.loc[("Black", OFFICER_LOWER), "note"]


def test_without_any_officers_word_the_bounds_are_those_of_all_allocations():
    cells = {("White", "Unknown"): 100, ("Black", "Unknown"): 20, ("Asian", "White"): 7, ("Unknown", "Unknown"): 15}
    table, plain = with_word(cells)
    for group in ("Black", "Asian"):
        for officer, usual in ((OFFICER_LOWER, LOWER), (OFFICER_UPPER, UPPER)):
            for column in ("estimate", "lower", "upper"):
                assert table.loc[(group, officer), column] == plain.loc[(group, usual), column]


@settings(max_examples=25)
@given(st.lists(st.integers(1, 60), min_size=10, max_size=10))
def test_the_officers_word_never_widens_the_range(numbers):
    pairs = [("White", "White"), ("Asian", "Asian"), ("Black", "Black"), ("Black", "White"), ("White", "Black")]
    pairs += [("Unknown", label) for label in LABELS] + [("Asian", "Unknown")]
    table, plain = with_word(dict(zip(pairs, numbers, strict=True)))
    for group in ("Black", "Asian"):
        low, high = (table.loc[(group, measure), "estimate"] for measure in (OFFICER_LOWER, OFFICER_UPPER))
        assert plain.loc[(group, LOWER), "estimate"] <= low * (1 + 1e-12)
        assert low <= high
        assert high <= plain.loc[(group, UPPER), "estimate"] * (1 + 1e-12)


def test_counts_without_the_officers_word_are_refused():
    with pytest.raises(ValueError, match="the counts have no column officer_ethnicity_5"):
        officer_bounds(Exposure(counts([9, 1, 2, 3]), residents([1000, 100, 50]), 12))
