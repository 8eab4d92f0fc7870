"""The ladder of bases, and how wrong residents would have to be."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas_analysis.measures.coverage import coverage_grid
from sas_analysis.measures.residents.bases import AGES, bases_for, benchmark_grid, ratios_by_base, reclassified
from sas_analysis.present.charts import residents as residents_charts
from sas_analysis.reference.age_sex import age_sex_residents
from sas_analysis.reference.census import census_years
from sas_analysis.reference.denominators import denominator
from sas_analysis.reference.population import residents

GROUPS = ["White", "Mixed", "Asian", "Black", "Other", "Unknown"]
BASES = [*(f"Census {year}" for year in reversed(census_years())), "Interpolated"]
BASES += ["Aged 10-34, 2011", "Males 10-34, 2011"]
NAMES = [f"2015-{month:02d}" for month in range(4, 10)]


def searches(force="essex"):
    """Six months; one in twelve Asian searches is Chinese; ages and sexes in turn, some blank."""
    each = dict(zip(GROUPS, (40, 2, 12, 8, 1, 3), strict=True))
    rows = [(force, month, group) for month in NAMES for group, count in each.items() for _ in range(count)]
    table = pd.DataFrame(rows, columns=["force", "month", "ethnicity_5"])
    turn = np.arange(len(table))
    chinese = table["ethnicity_5"].eq("Asian") & (table.groupby("ethnicity_5").cumcount() % 12 == 0)
    table["ethnicity_5_2001"] = table["ethnicity_5"].mask(chinese, "Other")
    table["age_range"] = np.array([*AGES, "over 34", "Not recorded"])[turn % 5]
    table["gender"] = np.array(["Male", "Male", "Female"])[turn % 3]
    return table.astype({"ethnicity_5": pd.CategoricalDtype(GROUPS), "ethnicity_5_2001": pd.CategoricalDtype(GROUPS)})


def files(force="essex"):
    table = pd.DataFrame({"force": force, "month": NAMES, "rows": 66})
    return coverage_grid(table, forces=[force], start=NAMES[0], end=NAMES[-1])


def ratio(table, base, group="Black"):
    return table[table["base"].eq(base) & table["ethnicity_5"].eq(group)].iloc[0]


def test_every_base_gives_the_ratio_by_hand():
    found, table = searches(), ratios_by_base(searches(), files())
    assert table["base"].unique().tolist() == BASES
    for year in (2011, 2021):
        people = residents("essex", year).set_index("ethnicity_5")["residents"]
        assert ratio(table, f"Census {year}")["estimate"] == pytest.approx(8 / 40 * people["White"] / people["Black"])
    between = sorted(ratio(table, f"Census {year}")["estimate"] for year in (2011, 2021))
    assert between[0] < ratio(table, "Interpolated")["estimate"] < between[1]
    people = age_sex_residents("essex").query("gender == 'Male' and age_range in @AGES")
    people = people.groupby("ethnicity_5")["residents"].sum()
    men = found[found["gender"].eq("Male") & found["age_range"].isin(AGES)]["ethnicity_5"].value_counts()
    by_hand = men["Black"] / men["White"] * people["White"] / people["Black"]
    assert ratio(table, "Males 10-34, 2011")["estimate"] == pytest.approx(by_hand)
    assert ratio(table, "Males 10-34, 2011")["numerator"] == men["Black"]


def test_chinese_are_in_one_group_on_every_base():
    """Another grouping is another question: it widens no range of residents."""
    asian, other = (ratios_by_base(searches(), files(), chinese=chinese) for chinese in ("Asian", "Other"))
    assert asian.loc[asian["ethnicity_5"].eq("Other") & asian["base"].str.startswith("Cen"), "numerator"].unique() == 6
    old = searches()["ethnicity_5_2001"].eq("Other").sum()
    assert other["base"].unique().tolist() == [
        "Census 2021, Chinese in Other", "Census 2011, Chinese in Other", "Interpolated, Chinese in Other"
    ]  # fmt: skip
    assert other.loc[other["ethnicity_5"].eq("Other"), "numerator"].unique() == old > 6


def test_the_official_grouping_is_a_base_of_its_own():
    assert [base.name for base in reclassified(files())] == ["Census 2011, Chinese in Other"]
    assert [base.name for base in reclassified(files(), chinese="Other")] == ["Census 2021"]


def test_the_interpolated_rung_is_the_base_of_the_headline():
    by_name = {base.name: base.residents for base in bases_for(files())[1]}
    headline = denominator(files())
    assert headline.name == "Interpolated"
    pd.testing.assert_frame_equal(by_name["Interpolated"], headline.residents)


def test_bases_that_do_not_fit_are_not_estimable_and_say_why():
    own = pd.DataFrame({"force": "essex", "ethnicity_5": GROUPS[:4], "residents": 1000.0})
    row = ratio(ratios_by_base(searches(), files(), user=own), "User's")
    assert np.isnan(row["estimate"])
    assert row["note"] == "not estimable: the base has no group Other"
    row = ratio(ratios_by_base(searches(), files(), user=own.assign(force="kent")), "User's")
    assert "the base has no residents of essex" in row["note"]


def test_a_force_without_valid_residents_is_refused_with_the_reason():
    table = ratios_by_base(searches("city-of-london"), files("city-of-london"))
    assert table["estimate"].isna().all()
    assert table["note"].str.startswith("not estimable: ").all()
    assert ratio(table, "No base")["numerator"] == 48


def test_the_grid_is_at_parity_where_the_factor_is_the_ratio():
    table = ratios_by_base(searches(), files(), interval="mid-p")
    table = table[table["base"].eq("Census 2021")]
    at = benchmark_grid(table, [ratio(table, "Census 2021")["estimate"]])
    assert at.loc[at["ethnicity_5"].eq("Black"), "estimate"].iloc[0] == pytest.approx(1)
    assert benchmark_grid(table)["factor"].agg(["min", "max"]).tolist() == [0.5, 3]
    with pytest.raises(ValueError, match="factors must be above 0"):
        benchmark_grid(table, [1, 0])


def test_figures_draw_what_the_tables_hold():
    table = ratios_by_base(searches(), files())
    axes = residents_charts.ladder(table, title="Ladder").axes[0]
    assert len(axes.get_yticks()) == len(BASES)
    drawn = {line.get_label(): line.get_xdata() for line in axes.lines}
    assert sorted(drawn["Black"]) == pytest.approx(sorted(table[table["ethnicity_5"].eq("Black")]["estimate"]))
    axes = residents_charts.benchmark_grid(benchmark_grid(table[table["base"].eq("Census 2021")]), title="Grid").axes[0]
    assert {"Black", "Asian"} <= {line.get_label() for line in axes.lines}
    residents_charts.ladder(ratios_by_base(searches("city-of-london"), files("city-of-london")), title="None")
    plt.close("all")


@settings(max_examples=3)
@given(st.floats(0.1, 10), st.integers(0, 1000))
def test_a_users_base_is_free_of_scale_and_order(factor, seed):
    own = residents("essex", 2021, by=["force", "ethnicity_5"])
    scaled = own.assign(residents=own["residents"] * factor).sample(frac=1, random_state=seed)
    once, again = (
        ratios_by_base(found, files(), user=people).query('base == "User\'s"')
        for found, people in ((searches(), own), (searches().sample(frac=1, random_state=seed), scaled))
    )
    np.testing.assert_allclose(once[["estimate", "lower"]], again[["estimate", "lower"]], rtol=1e-9)
    white = ratios_by_base(searches(), files(), user=own, reference="Black").query('base == "User\'s"')
    assert ratio(white, "User's", "White")["estimate"] == pytest.approx(1 / ratio(once, "User's")["estimate"])
