"""Accounts of ethnicity beside each other: the combined rule, unused groups, disagreement and kappa."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.ethnicity.accounts import (
    ACCOUNTS,
    COMBINED,
    IMPUTED,
    SAID_OF_BOTH,
    SEEN,
    SEEN_OF_BOTH,
    agreement,
    disagreement,
    ratios_by_account,
    unused_groups,
    unused_together,
    withheld_groups,
    withhold,
)
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.unknown.bounds import allocation_range
from sas_analysis.present import outcome_view, robust_sentences
from sas_analysis.present.charts.unknown import accounts
from sas_analysis.records.select import with_ethnicity
from sas_analysis.study.comparison import Comparison

FIVE = ["White", "Mixed", "Asian", "Black", "Other", "Unknown"]
# Counts of searches: self-defined (rows) by officer-defined (columns), in the order of FIVE.
TABLE = np.array(
    [
        [400, 0, 5, 6, 3, 4],
        [9, 0, 2, 24, 3, 1],
        [2, 0, 90, 1, 4, 0],
        [3, 0, 1, 150, 2, 0],
        [6, 0, 3, 2, 14, 0],
        [50, 0, 12, 60, 5, 7],
    ]
)
RESIDENTS = pd.DataFrame({"ethnicity_5": FIVE[:5], "residents": [9000, 300, 800, 500, 200]})
MONTHS = pd.DataFrame({"force": ["here"], "months": [3]})


def records(table=TABLE, force="here"):
    rows = [(s, o) for i, s in enumerate(FIVE) for j, o in enumerate(FIVE) for _ in range(table[i, j])]
    frame = pd.DataFrame(rows, columns=["ethnicity_5", "officer_ethnicity_5"]).astype(pd.CategoricalDtype(FIVE))
    months = np.resize(["2018-04", "2018-05", "2018-06"], len(frame))
    kept = {"month": months, "object_group": "Drugs", "power": "Section 60", "ethnicity_5_2001": frame["ethnicity_5"]}
    return frame.assign(force=force, **kept)


@pytest.fixture(scope="module")
def table():
    frame = records()
    grid = frame[["force", "month"]].drop_duplicates().assign(status="published")
    return ratios_by_account(frame, grid, RESIDENTS, draws=20)


def test_combined_is_self_defined_where_stated_else_officer_defined():
    frame = records()
    combined = with_ethnicity(frame, scheme="combined")["ethnicity_5"]
    stated = frame["ethnicity_5"].ne("Unknown")
    assert combined[stated].eq(frame["ethnicity_5"][stated]).all()
    assert combined[~stated].eq(frame["officer_ethnicity_5"][~stated]).all()
    assert combined.eq("Unknown").sum() == 7


def test_every_account_stands_by_its_name_with_its_counts(table):
    assert list(table["account"].unique()) == list(ACCOUNTS)
    counts = table.set_index(["account", "ethnicity_5"])["numerator"]
    assert counts["self-defined, stated", "Black"] == 156
    assert counts[SEEN, "Black"] == TABLE[:, 3].sum()
    assert counts[COMBINED, "Black"] == 156 + 60
    assert 200 < counts[IMPUTED, "Black"] < 216  # some whom officers saw as Black are Mixed


def test_the_accounts_of_both_are_of_the_searches_of_which_both_are_known(table):
    counts = table.set_index(["account", "ethnicity_5"])["numerator"]
    known = TABLE[:5, :5]
    for place, group in enumerate(FIVE[:5]):
        assert counts[SAID_OF_BOTH, group] == known[place].sum()
        assert group == "Mixed" or counts[SEEN_OF_BOTH, group] == known[:, place].sum()
    ratio = table.set_index(["account", "ethnicity_5"]).loc[(SEEN_OF_BOTH, "Black"), "estimate"]
    assert ratio == pytest.approx(known[:, 3].sum() / known[:, 0].sum() * 9000 / 500)


def test_a_group_that_officers_do_not_use_has_a_reason_and_no_zero(table):
    row = table.set_index(["account", "ethnicity_5"]).loc[(SEEN, "Mixed")]
    assert pd.isna(row["estimate"])
    assert pd.isna(row["lower"])
    assert row["note"] == (
        "not estimable: officers of here do not use Mixed "
        "(0 searches by officers, 38 self-defined, where both are known)"
    )
    assert table.loc[table["estimate"].isna(), "account"].tolist() == [SEEN, SEEN_OF_BOTH]


@pytest.mark.parametrize(("mixed", "unused"), [(0, True), (5, True), (14, False), (30, False)])
def test_few_searches_make_a_group_unused_where_more_name_it_themselves(mixed, unused):
    changed = TABLE.copy()
    changed[1, 1] = mixed
    found = unused_groups(records(changed))
    assert found["group"].eq("Mixed").any() == unused


def test_a_group_too_small_to_judge_is_used():
    changed = TABLE // 2
    changed[1] = [2, 0, 0, 2, 0, 0]
    assert unused_groups(records(changed)).empty


def test_officers_who_describe_none_of_many_searches_as_mixed_have_no_code_for_it_whatever_people_said():
    """North Yorkshire, April 2020 to March 2021: 3,102 searches described by officers, 177 by those searched."""
    changed = np.zeros_like(TABLE)
    changed[5] = [700, 0, 50, 20, 0, 9]
    [found] = unused_groups(records(changed)).to_dict("records")
    assert found == {"force": "here", "group": "Mixed", "self": 0, "officer": 0, "share": 1}
    assert unused_groups(records(changed), whose="self").empty
    changed[5] = [690, 0, 50, 20, 0, 9]  # 760, of which chance may have none: 0.994 to the power of 760 is over 1%
    assert unused_groups(records(changed)).empty
    changed[5] = [700, 1, 50, 20, 0, 9]
    assert unused_groups(records(changed)).empty


def test_a_group_that_nobody_is_recorded_as_is_unused_from_ten_by_officers():
    """Dyfed-Powys, January to March 2020: none said Other, of whom officers named 11."""
    changed = TABLE.copy()
    changed[4] = 0
    changed[:, 4] = [9, 0, 0, 0, 0, 0]
    assert unused_groups(records(changed), whose="self").empty
    changed[0, 4] = 10
    assert unused_groups(records(changed), whose="self")["group"].tolist() == ["Other"]


def test_officers_who_file_mixed_under_other_describe_no_group_of_residents():
    """Essex, July 2019 to May 2020: officers call 521 searches Other, of which 46 said so themselves."""
    changed = TABLE.copy()
    changed[:, 1], changed[1] = 0, [51, 0, 2, 24, 380, 1]
    changed[:, 4] = [30, 380, 40, 25, 46, 5]
    found = withheld_groups(records(changed)).set_index("group")
    assert found.loc["Other", ["officer", "alike"]].tolist() == [521, 46]
    assert unused_groups(records(changed))["group"].tolist() == ["Mixed"]  # no sentence says that Other is not used
    shown = withhold(pd.DataFrame({"ethnicity_5": ["Other", "Black"], "estimate": 2.0}), found.reset_index())
    assert shown["estimate"].isna().tolist() == [True, False]
    assert shown["note"].iloc[0] == (
        "not estimable: officers of here do not use Mixed, and most of those whom they call Other say another group "
        "(46 of 521 say Other, where both are known)"
    )
    assert withheld_groups(records(changed), whose="self").equals(
        unused_groups(records(changed), whose="self").assign(alike=np.nan)
    )
    half = changed.copy()
    half[4, 4] = 475  # as many as said another group: these are Other residents as often as not
    assert withheld_groups(records(half))["group"].tolist() == ["Mixed"]
    used = changed.copy()
    used[1, 1] = 300
    assert withheld_groups(records(used)).empty


def test_combined_ethnicity_lacks_the_groups_that_nobody_is_recorded_as(table):
    """Its searches of such a group are those alone whose own word is unknown: Cleveland, 38 of 83."""
    changed = TABLE.copy()
    changed[4], changed[:, 4] = 0, [29, 0, 4, 3, 0, 5]
    frame = records(changed)
    grid = frame[["force", "month"]].drop_duplicates().assign(status="published")
    found = ratios_by_account(frame, grid, RESIDENTS, draws=20).set_index(["account", "ethnicity_5"])
    assert pd.isna(found.loc[(COMBINED, "Other"), "estimate"])
    assert found.loc[(COMBINED, "Other"), "note"].startswith("not estimable: self-defined Other is not used in here")
    assert found.loc[(SEEN, "Other"), "note"].startswith("not estimable: officers of here do not use Mixed, and most")


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("not estimable: no search of this group, or in no imputation", False),
        ("not estimable: no delta brings parity", False),
        ("not estimable: residents of City of London are no measure", True),
    ],
)
def test_why_a_group_has_no_searches_is_told_rather_than_that_it_has_none(note, kept):
    unused = pd.DataFrame({"force": ["a"], "group": ["Other"], "self": [0], "officer": [20], "share": [1.0]})
    table = pd.DataFrame({"ethnicity_5": ["Other", "Black"], "estimate": np.nan, "note": note})
    told = withhold(table, unused, whose="self")["note"].tolist()
    assert told[0].startswith(note if kept else "not estimable: self-defined Other is not used in a (20 searches by")
    assert told[1] == note


def test_what_is_beyond_the_expected_goes_with_its_estimate():
    unused = pd.DataFrame({"force": ["a"], "group": ["Other"], "self": [0], "officer": [20], "share": [1.0]})
    table = pd.DataFrame({"ethnicity_5": ["Other", "Other"], "measure": ["rate_difference", "search_rate"]})
    table = table.assign(numerator=[-63.9, 0.0], estimate=[-6.6, 0.0], note="")
    gone = withhold(table, unused, whose="self")
    assert gone["numerator"].isna().tolist() == [True, False]


@pytest.mark.parametrize(("other", "unused"), [(0, True), (1, True), (11, True), (13, False)])
def test_few_searches_make_a_group_unused_where_officers_name_more(other, unused):
    """The same rule for a group that nobody is recorded as by their own word: Dyfed-Powys, 1 against 67."""
    changed = TABLE.copy()
    changed[:, 4] = [29, 0, 4, 3, 0, 0]
    changed[4] = [0, 0, 0, 0, other, 0]
    found = unused_groups(records(changed), whose="self")
    assert found["group"].eq("Other").any() == unused
    if unused:
        row = found.set_index("group").loc["Other"]
        assert (row["self"], row["officer"], row["share"]) == (other, 36 + other, 1)


def test_what_officers_have_no_word_for_is_not_held_against_a_self_defined_group():
    """Officers without a box for Mixed file them under Other: Essex, 1,110 against 215, 778 of them Mixed."""
    changed = TABLE.copy()
    changed[:, 1] = 0
    changed[1, 4], changed[4, 4] = 200, 40
    assert "Other" not in unused_groups(records(changed), whose="self")["group"].tolist()
    changed[2, 4] = 200  # those of a group that officers do name are
    assert "Other" in unused_groups(records(changed), whose="self")["group"].tolist()


def test_forces_together_have_an_estimate_where_few_of_the_group_are_of_those_that_do_not_use_it():
    table = pd.DataFrame({"ethnicity_5": ["Other", "Black"], "estimate": [0.0, 2.0], "note": ["", ""]})
    unused = pd.DataFrame({"force": ["a"], "group": ["Other"], "self": [0], "officer": [20], "share": [0.05]})
    assert withhold(table, unused, whose="self")["estimate"].tolist() == [0, 2]
    gone = withhold(table, unused.assign(share=0.051), whose="self")
    assert gone["estimate"].isna().tolist() == [True, False]
    assert gone["note"][0].startswith("not estimable: self-defined Other is not used in a (20 searches by officers, 0")
    by_force = withhold(table.assign(force=["a", "a"]), unused, whose="self")
    assert by_force["estimate"].isna().tolist() == [True, False]
    no_measures = pd.DataFrame({"ethnicity_5": ["Other"], "searches": [0], "lowest": [0.0], "highest": [3.1]})
    gone = withhold(no_measures, unused.assign(share=1.0), whose="self")
    assert gone["searches"].tolist() == [0]
    assert gone[["lowest", "highest"]].isna().all(axis=None)


def test_what_an_estimate_would_be_without_one_force_goes_with_the_estimate():
    """A group without an estimate had one without each force, its lowest and its highest."""
    table = pd.DataFrame(
        {"ethnicity_5": ["Black", "Other"], "measure": "ratio_crude", "estimate": [3.7, 0.7], "force": ["a", "b"],
         "without": [3.3, 0.8], "lowest": [3.3, 0.6], "highest": [4.0, 0.8], "note": ""}
    )  # fmt: skip
    unused = pd.DataFrame({"force": ["a"], "group": ["Other"], "self": [0], "officer": [23], "share": [1.0]})
    kept, gone = withhold(table, unused, whose="self").to_dict("records")
    assert kept == table.to_dict("records")[0]
    assert [gone[name] for name in ("estimate", "without", "lowest", "highest")] == pytest.approx(
        [np.nan] * 4, nan_ok=True
    )
    assert gone["force"] == ""
    assert gone["note"].startswith("not estimable: self-defined Other is not used in a")
    single = table[["ethnicity_5", "measure", "estimate", "note"]].assign(without=["b", "b"])  # each without force b
    left = withhold(single, unused, whose="self")
    assert left["without"].tolist() == ["b", "b"]
    assert left["estimate"].isna().tolist() == [False, True]


def test_a_table_that_counts_forces_withholds_a_group_as_any_other_table_does():
    """A number of forces was taken for the name of some, whose rows are withheld one by one."""
    unused = pd.DataFrame({"force": ["a"], "group": ["Other"], "self": [0], "officer": [23], "share": [1.0]})
    of = SimpleNamespace(choices=SimpleNamespace(first_word="self"))
    side = SimpleNamespace(unused=unused, study=of, reference="White")
    apart = pd.DataFrame(
        {"ethnicity_5": ["Black", "Other"], "forces": [5, 4], "q": [18.5, 9.3], "note": ["REML", "REML"]}
    )
    found = Comparison._used(side, apart)
    assert found["q"].isna().tolist() == [False, True]
    assert found["forces"].tolist() == [5, 4]
    assert found["note"].tolist()[0] == "REML"
    assert found["note"].tolist()[1].startswith("not estimable: self-defined Other is not used in a")
    by_name = apart.assign(forces=["all", "those that can be used"])
    assert Comparison._used(side, by_name).equals(by_name)


def test_a_test_of_a_group_that_is_not_used_says_not_estimable_in_text_and_table_alike():
    """An empty verdict was counted among the comparisons, and shown as "nan () | nan%, nan%"."""
    row = {"force": "a", "object_group": "Drugs", "searches": 40, "rate_ratio": 2.0, "rate_lower": 1.5}
    row |= {"rate_upper": 2.5, "hit_rate": 0.2, "reference_hit_rate": 0.3, "interval": "90% process"}
    row |= dict.fromkeys(("verdict", "verdict_adjusted", "verdict_unknown_worst"), "inconclusive")
    table = pd.DataFrame([row | {"ethnicity_5": name, "bases": 5, "bases_alike": 5} for name in ("Black", "Other")])
    table = table.assign(note="", verdicts_by_base="Census 2021: inconclusive")
    unused = pd.DataFrame({"force": ["a"], "group": ["Other"], "self": [0], "officer": [20], "share": [1.0]})
    gone = withhold(table, unused, whose="self")
    verdicts = gone[["verdict", "verdict_adjusted", "verdict_unknown_worst", "verdicts_by_base"]].to_numpy().tolist()
    assert verdicts == [["inconclusive"] * 3 + ["Census 2021: inconclusive"], ["not estimable"] * 3 + [""]]
    assert gone["note"][1].startswith("not estimable: self-defined Other is not used in a")
    assert outcome_view.robust_test(gone)["Ethnic group"].tolist() == ["Black"]
    assert "the one comparison" in robust_sentences.verdicts(gone)


def test_nothing_is_relative_to_a_group_that_is_not_used():
    """Rates stay, but for its own; what is relative to another reference loses its own row alone."""
    unused = pd.DataFrame({"force": ["a"], "group": ["Other"], "self": [40], "officer": [2], "share": [1.0]})
    groups, measures = ["White", "Black", "Other"], ["disproportionality_ratio", "rate_difference", "search_rate"]
    rows = pd.MultiIndex.from_product([measures, ["a", "b"], groups], names=["measure", "force", "ethnicity_5"])
    table = rows.to_frame(index=False).assign(numerator=5, estimate=2.0, lower=1.0, upper=3.0, interval="95%", note="")
    gone = withhold(table, unused, reference="Other").set_index(["measure", "force", "ethnicity_5"])
    lost = gone["estimate"].isna()
    assert lost["disproportionality_ratio", "a"].all()
    assert lost["rate_difference", "a"].all()
    assert lost["search_rate", "a"].tolist() == [False, False, True]
    assert not lost.xs("b", level="force").any()
    said = gone.loc[("disproportionality_ratio", "a", "Black"), "note"]
    assert said.startswith("not estimable: Other cannot be the reference group: officers of a do not use Other (2 ")
    to_white = withhold(table, unused, reference="White").set_index(["measure", "force", "ethnicity_5"])["estimate"]
    assert to_white.isna()["disproportionality_ratio", "a"].tolist() == [False, False, True]
    together = withhold(table[table["force"].eq("a")].drop(columns="force"), unused, reference="Other")
    assert together.loc[together["measure"].ne("search_rate"), "estimate"].isna().all()


def test_groups_withheld_in_many_places_at_once_are_those_withheld_in_each():
    rng = np.random.default_rng(4)
    places, groups = [f"E{n:02}" for n in range(40)], ["White", "Black", "Mixed", "Other"]
    rows = pd.MultiIndex.from_product([places, groups], names=["area_code", "ethnicity_5"]).to_frame(index=False)
    table = rows.assign(
        estimate=rng.uniform(0, 5, len(rows)), lower=0.5, upper=9.0, interval="95%", note="", verdict="a"
    )
    table.loc[rng.random(len(rows)) < 0.2, "estimate"] = np.nan
    unused = rows[rng.random(len(rows)) < 0.3].set_axis(["area_code", "group"], axis=1).reset_index(drop=True)
    unused = unused.assign(force="essex", officer=2000, share=1.0)
    unused["self"] = rng.integers(0, 9, len(unused))
    found = withhold(table, unused, within="area_code")
    each = [withhold(own, unused[unused["area_code"].eq(place)]) for place, own in table.groupby("area_code")]
    pd.testing.assert_frame_equal(found, pd.concat(each))
    assert found["note"].str.contains("officers of essex do not use Black (2,000", regex=False).any()


def withheld_one_by_one(table, unused, whose):
    """`withhold`, a force and group after the other."""
    table = table.copy()
    by_force, together = "force" in table, unused_together(unused)
    for row in unused.itertuples():
        if not by_force and row.group not in together:
            continue
        here = table["ethnicity_5"].eq(row.group) & table["estimate"].notna()
        here &= table["force"].eq(row.force) if by_force else True
        own = unused[unused["group"].eq(row.group) & (unused["force"].eq(row.force) | (not by_force))]
        who, part = ", ".join(own["force"]), f"{own['officer'].sum():,} searches by officers"
        what = f"officers of {who} do not use {row.group}"
        what = what if whose == "officer" else f"self-defined {row.group} is not used in {who}"
        note = f"not estimable: {what} ({part}, {own['self'].sum():,} self-defined, where both are known)"
        table.loc[here, ["estimate", "lower", "upper"]] = np.nan
        table.loc[here, ["interval", "note"]] = ["", note]
    return table


@pytest.mark.parametrize("whose", ["officer", "self"])
@pytest.mark.parametrize("by_force", [True, False])
def test_groups_are_withheld_as_if_one_by_one(whose, by_force):
    rng = np.random.default_rng(4)
    every = pd.MultiIndex.from_product([["a", "b", "c"], FIVE], names=["force", "ethnicity_5"]).to_frame(index=False)
    for _ in range(20):
        table = every if by_force else every[["ethnicity_5"]].head(len(FIVE))
        table = table.assign(estimate=np.where(rng.random(len(table)) < 0.8, rng.random(len(table)), np.nan))
        table = table.assign(lower=0.0, upper=1.0, interval="95%", note="of a reader")
        unused = every.rename(columns={"ethnicity_5": "group"})[rng.random(len(every)) < 0.3]
        unused = unused.assign(share=rng.random(len(unused)) / 10).reset_index(drop=True)
        unused[["self", "officer"]] = rng.integers(0, 9, (len(unused), 2))
        wanted = withheld_one_by_one(table, unused, whose)
        pd.testing.assert_frame_equal(withhold(table, unused, whose=whose), wanted, check_exact=True)


def test_disagreement_has_shares_in_both_directions():
    result = disagreement(records()).set_index(["within", "ethnicity_5", "officer_ethnicity_5"])
    assert result.loc[("self-defined", "Mixed", "Black"), "estimate"] == pytest.approx(24 / 39)
    assert result.loc[("officer-defined", "Mixed", "Black"), "estimate"] == pytest.approx(24 / 243)
    assert len(result) == 2 * 36


def test_kappa_is_its_closed_form_and_holds_its_limits():
    known = TABLE[:5, :5]
    total, chance = known.sum(), (known.sum(axis=0) * known.sum(axis=1)).sum() / known.sum()
    row = agreement(records()).iloc[0]
    assert row["estimate"] == pytest.approx((np.trace(known) - chance) / (total - chance), rel=1e-12)
    assert row["lower"] < row["estimate"] < row["upper"] <= 1


def test_kappa_of_a_published_example():
    # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, table 18.1: 0.676, standard error 0.088.
    example = np.zeros((6, 6), dtype=int)
    example[:3, :3] = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
    row = agreement(records(example)).iloc[0]
    assert row["estimate"] == pytest.approx(0.676, abs=5e-4)
    assert (row["upper"] - row["estimate"]) / 1.959964 == pytest.approx(0.088, abs=5e-4)


def test_the_figure_draws_the_allocation_range_as_a_band_and_not_as_an_interval(table):
    from sas_analysis.measures.exposure import count_searches

    frame = records()
    allocation = allocation_range(Exposure(count_searches(frame, "ethnicity_5"), RESIDENTS, MONTHS))
    axes = accounts(table, allocation, by="ethnicity_5", title="Ratios", reference="White").axes[0]
    bands = {(round(patch.get_x(), 6), round(patch.get_x() + patch.get_width(), 6)) for patch in axes.patches}
    shown = allocation[allocation["ethnicity_5"].ne("White")]
    assert bands == {
        (round(low, 6), round(high, 6)) for low, high in zip(shown["lowest"], shown["highest"], strict=True)
    }
    assert [text.get_text() for text in axes.texts] == [f"{name}: not estimable" for name in (SEEN, SEEN_OF_BOTH)]


def test_a_group_that_officers_do_not_use_is_not_called_unused_by_its_own_word():
    """Officers name others Mixed now and then, and nobody who does so themselves: 40 do, and have a ratio."""
    changed = TABLE.copy()
    changed[:, 1] = [3, 0, 1, 1, 0, 0]
    assert "Mixed" in unused_groups(records(changed))["group"].tolist()
    assert "Mixed" not in unused_groups(records(changed), whose="self")["group"].tolist()
