"""The measures table: its shape, and that its check finds every breach of the contract."""

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.table import (
    MEASURE_COLUMNS,
    UNSTATED,
    ZERO_DENOMINATOR,
    check_measures_table,
    group_columns,
    join_notes,
    measures_table,
)

GROUPS = pd.DataFrame({"ethnicity_5": ["White", "Black", "Unknown"]})


def a_table(**changes):
    arguments = {
        "measure": "search_rate",
        "numerator": [10, 6, 4],
        "denominator": [5000.0, 1500.0, np.nan],
        "limits": ([1.0, 2.0, 3.0], [3.0, 8.0, 9.0]),
        "interval": "95% exact Poisson",
        "note": ["", "a note", "another"],
        "reason": ["", "", "not estimable: no residents"],
    }
    return measures_table(GROUPS, **(arguments | changes))


def test_columns_values_and_types():
    table = a_table()
    assert table.columns.tolist() == ["ethnicity_5", *MEASURE_COLUMNS]
    assert group_columns(table) == ["ethnicity_5"]
    assert table["estimate"].tolist()[:2] == [2.0, 4.0]
    assert table["numerator"].dtype == "Int64"
    assert table["denominator"].dtype == "Float64"
    assert table["interval"].tolist() == ["95% exact Poisson", "95% exact Poisson", ""]


def test_what_has_a_reason_is_missing_and_keeps_its_count():
    row = a_table().loc[2]
    assert row[["estimate", "lower", "upper"]].isna().all()
    assert row["numerator"] == 4
    assert row["note"] == "not estimable: no residents; another"


def test_zero_denominator_and_missing_parts_are_missing_with_a_reason():
    table = a_table(numerator=[0, None, 3], denominator=[0, 5, None], reason="", note="", limits=None)
    assert table["estimate"].isna().all()
    assert table["note"].tolist() == [ZERO_DENOMINATOR, UNSTATED, UNSTATED]


def test_a_zero_count_is_an_estimate_of_zero():
    table = a_table(numerator=[0, 6, 4], limits=None)
    assert table.loc[0, "estimate"] == 0


def test_a_table_without_groups_has_one_row():
    table = measures_table(pd.DataFrame(index=[7]), measure="share_of_searches", numerator=[1], denominator=[4])
    assert table["estimate"].tolist() == [0.25]
    assert group_columns(table) == []


def test_notes_join_without_the_empty_ones():
    notes = join_notes(pd.Series(["a", "", ""]), pd.Series(["b", "c", ""]))
    assert notes.tolist() == ["a; b", "c", ""]


def breach(column, value, row=1):
    table = a_table()
    table.loc[row, column] = value
    return table


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (lambda: breach("estimate", 4.1), "estimate is not numerator / denominator x per: 1 row"),
        (lambda: breach("estimate", 0.0), "an estimate of zero stands for a missing value: 1 row"),
        (lambda: breach("note", "", row=2), "a missing estimate has no note: 1 row"),
        (lambda: breach("estimate", np.nan), "a missing estimate has limits: 1 row"),
        (lambda: breach("lower", np.nan), "only one limit: 1 row"),
        (lambda: breach("lower", 4.5), "limits out of order"),
        (lambda: breach("upper", 3.5), "limits out of order"),
        (lambda: breach("interval", ""), "limits without their interval's name"),
        (lambda: breach("interval", "95% Wilson", row=2), "a name without limits"),
        (lambda: breach("ethnicity_5", "White"), "the same group and measure more than once: 1 row"),
        (lambda: a_table()[["measure", "ethnicity_5", *MEASURE_COLUMNS[1:]]], "columns must end with measure | numer"),
        (lambda: a_table().drop(columns=["lower", "note"]), "no column lower, note"),
    ],
)
def test_every_breach_is_found(table, fault):
    broken = table()
    with pytest.raises(ValueError, match="not a measures table") as caught:
        check_measures_table(broken)
    assert fault in str(caught.value)


def test_all_faults_are_told_at_once_with_their_rows():
    table = breach("estimate", 4.1)
    table.loc[2, "note"] = ""
    with pytest.raises(ValueError, match="not a measures table") as caught:
        check_measures_table(table)
    told = str(caught.value)
    assert "estimate is not" in told
    assert "has no note" in told
    assert "Black" in told
    assert "Unknown" in told


def test_negative_estimates_keep_their_order_of_limits():
    table = a_table(measure="rate_difference", numerator=[-10.0, 6.0, None], limits=([-3, 2, 3], [-1, 8, 9]))
    assert table.loc[0, "estimate"] == -2
    with pytest.raises(ValueError, match="limits out of order"):
        a_table(measure="rate_difference", numerator=[-10.0, 6.0, None], limits=([-1, 2, 3], [-3, 8, 9]))


def test_infinite_upper_limit_is_in_order():
    assert np.isinf(a_table(limits=([1, 2, 3], [np.inf, 8, 9])).loc[0, "upper"])


def test_tables_of_several_measures_can_be_joined_and_checked():
    share = measures_table(GROUPS, measure="share_of_searches", numerator=[1, 2, 3], denominator=[6, 6, 6])
    joined = pd.concat([a_table(), share], ignore_index=True)
    assert check_measures_table(joined)["estimate"].notna().sum() == 5


def test_the_factor_is_that_of_the_measure():
    assert check_measures_table(a_table()) is not None
    with pytest.raises(ValueError, match="estimate is not"):
        check_measures_table(a_table().assign(measure="disproportionality_ratio"))


def test_a_measure_without_a_row_in_the_registry_is_refused():
    with pytest.raises(ValueError, match=r"1 measure\(s\) without a row in registry.MEASURES: share_of_nothing"):
        a_table(measure="share_of_nothing")
    with pytest.raises(ValueError, match=r"1 measure\(s\) without a row .*: find_rat\n"):
        check_measures_table(breach("measure", "find_rat"))
