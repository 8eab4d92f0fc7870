"""Shares: every label keeps its row, blanks are a group, and the denominator is the one stated."""

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.intervals.limits import wilson
from sas_analysis.measures.shares import labels, share_of_searches, tally

ETHNICITY = ["White", "Mixed", "Asian", "Black", "Other", "Unknown"]


def searches(ethnicity=("White", "White", "Black", "Unknown", "Unknown"), **columns):
    """Clean searches whose force dtype names forces that are not among them, as a store of all forces does."""
    frame = {
        "force": pd.Categorical(["essex"] * len(ethnicity), categories=["essex", "kent", "metropolitan"]),
        "ethnicity_5": pd.Categorical(ethnicity, categories=ETHNICITY),
        "outcome": pd.Categorical(
            ["Arrest", "A no further action disposal", None, "Arrest", "Arrest"][: len(ethnicity)]
        ),
    }
    return pd.DataFrame(frame | columns)


def by_label(table, column="ethnicity_5"):
    return table.set_index(column)


def test_every_label_has_a_row_in_its_order():
    table = share_of_searches(searches(), "ethnicity_5")
    assert table["ethnicity_5"].tolist() == ETHNICITY
    assert table["numerator"].tolist() == [2, 0, 0, 1, 0, 2]
    assert table["denominator"].tolist() == [5] * 6
    assert table["estimate"].tolist() == [0.4, 0, 0, 0.2, 0, 0.4]
    assert table["estimate"].sum() == pytest.approx(1)


def test_limits_are_wilsons():
    table = by_label(share_of_searches(searches(), "ethnicity_5", level=0.9, interval="wilson"))
    lower, upper = wilson(successes=1, trials=5, level=0.9)
    assert table.loc["Black", ["lower", "upper"]].tolist() == [lower, upper]
    assert table.loc["Black", "interval"] == "90% Wilson"


def test_share_of_known_leaves_unknown_out_but_in_sight():
    table = by_label(share_of_searches(searches(), "ethnicity_5", denominator="known", interval="none"))
    assert table["denominator"].tolist() == [3] * 6
    assert table.loc["White", "estimate"] == pytest.approx(2 / 3)
    assert table.loc["Unknown", "numerator"] == 2
    assert np.isnan(table.loc["Unknown", "estimate"])
    assert table.loc["Unknown", "note"].startswith("ethnicity_5 unknown: not in the denominator")
    assert table.loc["White", "note"] == "share of searches with known ethnicity_5"


def test_blank_is_a_group_and_not_stated_another():
    ethnicity = pd.Categorical(["Not stated", None, None], categories=["Indian", "Not stated"])
    frame = pd.DataFrame({"self_defined_ethnicity": ethnicity})
    table = by_label(share_of_searches(frame, "self_defined_ethnicity"), "self_defined_ethnicity")
    assert table["numerator"].to_dict() == {"Indian": 0, "Not stated": 1, "Not recorded": 2}


def test_share_within_a_group():
    table = share_of_searches(searches(), "outcome", within="ethnicity_5", interval="none")
    table = table.set_index(["ethnicity_5", "outcome"])
    assert len(table) == 6 * 3  # two outcomes and Not recorded, found or not
    assert table.loc[("White", "Arrest"), ["numerator", "denominator", "estimate"]].tolist() == [1, 2, 0.5]
    assert table.loc[("Black", "Not recorded"), "estimate"] == 1
    assert table.loc[("White", "Arrest"), "note"] == "share of all searches of the same ethnicity_5"


def test_a_group_without_searches_has_no_share_and_says_so():
    table = share_of_searches(searches(), "outcome", within="ethnicity_5").set_index(["ethnicity_5", "outcome"])
    row = table.loc[("Asian", "Arrest")]
    assert (row["numerator"], row["denominator"]) == (0, 0)
    assert np.isnan(row["estimate"])
    assert row["note"].startswith("not estimable: no search to be a share of")


def test_known_within_a_group_is_of_the_column_shared_out():
    table = share_of_searches(searches(), "outcome", within="ethnicity_5", denominator="known")
    table = table.set_index(["ethnicity_5", "outcome"])
    assert table.loc[("Unknown", "Arrest"), "estimate"] == 1  # an unknown group has outcomes of its own
    assert table.loc[("Black", "Arrest"), "denominator"] == 0


def test_forces_without_a_search_are_no_rows_of_theirs():
    table = share_of_searches(searches(), "ethnicity_5", within="force")
    assert table["force"].unique().tolist() == ["essex"]
    assert len(table) == 6


def test_given_categories_set_the_rows_and_their_order():
    table = share_of_searches(searches(), "ethnicity_5", categories={"ethnicity_5": [*ETHNICITY[::-1], "Roma"]})
    assert table["ethnicity_5"].tolist() == [*ETHNICITY[::-1], "Roma"]


def test_categories_that_leave_a_label_out_are_refused():
    with pytest.raises(ValueError, match=r"ethnicity_5: 2 label.*Unknown \(2\), Black \(1\)"):
        share_of_searches(searches(), "ethnicity_5", categories={"ethnicity_5": ["White"]})


def test_plain_text_and_booleans_are_groups_too():
    operation = pd.array([True, False, None, True, True], dtype="boolean")
    table = share_of_searches(searches(operation=operation), "operation").set_index("operation")
    assert table["numerator"].to_dict() == {"False": 1, "True": 3, "Not recorded": 1}
    table = share_of_searches(searches(kind=["b", "a", "a", None, "a"]), "kind")
    assert table["kind"].tolist() == ["a", "b", "Not recorded"]


def test_an_empty_selection_has_all_rows_and_no_share():
    table = share_of_searches(searches().iloc[:0], "ethnicity_5")
    assert table["ethnicity_5"].tolist() == ETHNICITY
    assert table["estimate"].isna().all()
    assert table["numerator"].tolist() == [0] * 6


def test_the_order_of_the_searches_does_not_matter():
    frame = searches()
    shuffled = frame.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        share_of_searches(shuffled, "outcome", within="ethnicity_5"),
        share_of_searches(frame, "outcome", within="ethnicity_5"),
    )


def test_wrong_columns_and_denominators_are_refused():
    with pytest.raises(ValueError, match="the searches have no column gender, age; columns: force"):
        share_of_searches(searches(), ["gender", "age"])
    with pytest.raises(ValueError, match='denominator "stated" is unknown: "all" or "known"'):
        share_of_searches(searches(), "ethnicity_5", denominator="stated")


def test_tally_counts_flags_and_takes_missing_as_not_true():
    arrest = pd.Series(pd.array([True, None, False, True, True], dtype="boolean"))
    counts = tally(searches(), "ethnicity_5", {"arrests": arrest}).set_index("ethnicity_5")
    assert counts["arrests"].to_dict() == dict.fromkeys(ETHNICITY, 0) | {"White": 1, "Unknown": 2}
    total = tally(searches(), [], {"arrests": arrest})
    assert total.loc[0].to_dict() == {"searches": 5, "arrests": 3}


def test_blank_goes_to_unknown_where_that_is_the_only_name_for_it():
    column = pd.Series(pd.Categorical([None, "White"], categories=["White", "Unknown"]))
    assert labels(column).tolist() == ["Unknown", "White"]


@pytest.mark.parametrize("denominator", ["all", "known"])
def test_shares_of_the_real_records_are_whole(real_data, denominator):
    """Essex, three months: shares of all forces' tables sum to 1 over the groups that are counted."""
    files = sorted((real_data / "stops").glob("*/*-essex-stop-and-search.csv"))
    frame = pd.concat([pd.read_csv(file, dtype="str").assign(force="essex") for file in files])
    frame["ethnicity"] = frame["Officer-defined ethnicity"].astype("category")
    table = share_of_searches(frame, "ethnicity", within="force", denominator=denominator)
    assert table["numerator"].sum() == len(frame) == 5355
    assert table["estimate"].sum() == pytest.approx(1)
    assert table["estimate"].isna().sum() == (denominator == "known")
