"""Coverage: published, header only, no file; and none of them taken for another."""

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.coverage import (
    STATUSES,
    count_flagged,
    coverage_grid,
    months_published,
    published_force_months,
)

FILES = pd.DataFrame(
    {
        "force": ["essex", "essex", "kent", "essex", "surrey"],
        "month": ["2018-12", "2019-02", "2019-01", "2019-03", "2019-01"],
        "rows": [120, 0, 55, 98, 7],
    }
)


def a_grid(files=FILES, **changes):
    period = {"forces": ["kent", "essex", "gwent"], "start": "2018-12", "end": "2019-03"}
    return coverage_grid(files, **(period | changes))


def test_every_force_has_every_month_in_order():
    grid = a_grid()
    assert grid.columns.tolist() == ["force", "month", "status", "rows"]
    assert grid["force"].unique().tolist() == ["kent", "essex", "gwent"]
    assert grid.loc[grid["force"].eq("essex"), "month"].tolist() == ["2018-12", "2019-01", "2019-02", "2019-03"]


def test_the_three_statuses():
    status = a_grid().set_index(["force", "month"])["status"]
    assert status["essex"].tolist() == ["published", "no file", "header only", "published"]
    assert status["kent"].tolist() == ["no file", "published", "no file", "no file"]
    assert set(status["gwent"]) == {"no file"}


def test_a_month_without_a_file_has_no_rows_rather_than_zero():
    rows = a_grid().set_index(["force", "month"])["rows"]
    assert rows["essex", "2019-02"] == 0
    assert rows[("essex", "2019-01")] is pd.NA
    assert rows["gwent"].isna().all()


def test_months_published_keep_forces_without_any():
    table = months_published(a_grid()).set_index("force")
    assert table.index.tolist() == ["kent", "essex", "gwent"]
    assert table["months"].to_dict() == {"kent": 1, "essex": 2, "gwent": 0}
    assert table.loc["essex", ["header_only", "no_file"]].tolist() == [1, 1]
    assert table.loc["essex", "absent"] == "2019-01, 2019-02"
    assert table.loc["gwent", "no_file"] == 4


def test_months_published_are_those_of_a_cross_table():
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product([["kent", "essex", "avon"], ["2019-01", "2019-02", "2019-03"]])
    for _ in range(20):
        grid = index.to_frame(index=False, name=["force", "month"]).sample(frac=0.8, random_state=rng)
        named = [*STATUSES, "not asked"]
        grid["status"] = pd.Categorical.from_codes(rng.integers(0, len(named), len(grid)), named)
        table = months_published(grid)
        wanted = pd.crosstab(grid["force"], grid["status"], dropna=False).loc[grid["force"].unique()]
        names = ["months", "flagged", "unusable", "header_only", "no_file"]
        assert table["force"].tolist() == wanted.index.tolist()
        np.testing.assert_array_equal(table[names].to_numpy(), wanted[list(STATUSES)].to_numpy())


def test_a_full_force_has_no_absent_month():
    table = months_published(a_grid(forces=["essex"], start="2018-12", end="2018-12"))
    whole = {"force": "essex", "months": 1, "days": 31, "flagged": 0, "unusable": 0, "header_only": 0, "no_file": 0}
    whole |= {"absent": ""}
    assert table.loc[0].to_dict() == whole


def test_published_force_months_are_those_with_records():
    found = published_force_months(a_grid())
    assert list(found.itertuples(index=False, name=None)) == [
        ("kent", "2019-01"),
        ("essex", "2018-12"),
        ("essex", "2019-03"),
    ]


def test_no_file_at_all_is_a_grid_of_no_file():
    grid = a_grid(files=FILES[:0])
    assert set(grid["status"]) == {"no file"}
    assert len(grid) == 12


@pytest.mark.parametrize(
    ("files", "changes", "message"),
    [
        (pd.concat([FILES, FILES[:1]]), {}, r"1 file\(s\) of a force-month that has one already(.|\n)*2018-12"),
        (FILES.assign(month="2019-13"), {}, r"5 file\(s\) whose month is not YYYY-MM"),
        (FILES.assign(rows=[1, 2, 3, None, -4]), {}, r"2 file\(s\) whose rows are no count"),
        (FILES.drop(columns="rows"), {}, "the files have no column rows"),
        (FILES, {"start": "2019-1"}, '"2019-1" is no month; write YYYY-MM'),
        (FILES, {"start": "2019-04"}, r"the period ends \(2019-03\) before it starts \(2019-04\)"),
    ],
)
def test_what_is_no_coverage_is_refused(files, changes, message):
    with pytest.raises(ValueError, match=message):
        a_grid(files, **changes)


def test_all_faults_of_the_files_are_told_at_once():
    with pytest.raises(ValueError, match="month is not YYYY-MM") as caught:
        a_grid(FILES.assign(month="2019", rows=-1))
    assert "rows are no count" in str(caught.value)


def test_coverage_of_the_real_files(real_data):
    """Metropolitan: 17 months of the 42 from 2015-04 to 2018-09, as found in the folder."""
    found = sorted((real_data / "stops").glob("*/*-metropolitan-stop-and-search.csv"))
    names = [file.name.removesuffix("-stop-and-search.csv") for file in found]
    files = pd.DataFrame({"force": [n[8:] for n in names], "month": [n[:7] for n in names]})
    files["rows"] = [file.read_bytes().count(b"\n") - 1 for file in found]
    table = months_published(coverage_grid(files, forces=["metropolitan"], start="2015-04", end="2018-09"))
    assert table.loc[0, ["months", "header_only", "no_file"]].tolist() == [17, 0, 25]


VERDICTS = pd.DataFrame(
    {"force": ["essex", "essex", "essex"], "month": ["2018-12", "2019-01", "2019-02"], "verdict": ["flagged"] * 3}
)


def test_a_flagged_month_is_published_and_does_not_count():
    grid = a_grid(verdicts=VERDICTS)
    status = grid.set_index(["force", "month"])["status"]
    assert status["essex"].tolist() == ["flagged", "no file", "header only", "published"]
    assert ("essex", "2018-12") not in set(published_force_months(grid).itertuples(index=False, name=None))
    table = months_published(grid).set_index("force")
    assert table.loc["essex", ["months", "flagged", "header_only", "no_file"]].tolist() == [1, 1, 1, 1]
    assert table.loc["essex", "absent"] == "2019-01, 2019-02"


def test_flagged_months_count_where_that_is_asked_for():
    grid = a_grid(verdicts=VERDICTS)
    pd.testing.assert_frame_equal(count_flagged(grid, "include"), a_grid())
    pd.testing.assert_frame_equal(count_flagged(grid, "exclude"), grid)
    with pytest.raises(ValueError, match="'exclude', 'include'"):
        count_flagged(grid, "drop")


def test_a_flagged_month_is_published_and_counts_in_no_rate():
    said = pd.DataFrame(
        {
            "force": ["essex", "essex", "kent", "gwent", "surrey"],
            "month": ["2018-12", "2019-02", "2019-01", "2019-01", "2019-01"],
            "verdict": ["flagged", "flagged", "fine", "flagged", "flagged"],
        }
    )
    grid = a_grid(verdicts=said)
    status = grid.set_index(["force", "month"])["status"]
    assert status["essex"].tolist() == ["flagged", "no file", "header only", "published"]
    assert status["kent", "2019-01"] == "published"
    assert set(status["gwent"]) == {"no file"}  # what is not there cannot be flagged
    assert grid.set_index(["force", "month"]).loc[("essex", "2018-12"), "rows"] == 120
    counted = published_force_months(grid)
    assert counted.to_numpy().tolist() == [["kent", "2019-01"], ["essex", "2019-03"]]
    table = months_published(grid).set_index("force")
    assert table.loc["essex", ["months", "flagged", "header_only", "no_file"]].tolist() == [1, 1, 1, 1]
    assert table.loc["essex", "absent"] == "2019-01, 2019-02"
    included = published_force_months(count_flagged(grid, "include"))
    pd.testing.assert_frame_equal(included, published_force_months(a_grid()))
