"""Outcomes and reasons of the official tables beside the records', counted by hand."""

import pandas as pd
import pytest
from test_home_office import NEW, OLD, new_row, old_row, write_csv

import sas_analysis as sas
from sas_analysis.errors import DataError
from sas_analysis.records import labels
from sas_analysis.reference import _table
from sas_analysis.reference.official.home_office import read_official
from sas_analysis.reference.official.labels import ALL, UNSEEN, compare_labels, count_labels

NOTHING = "A no further action disposal"
MONTHS = [f"2020-{month:02}" for month in range(4, 13)] + ["2021-01", "2021-02", "2021-03"]


def records(months=MONTHS, vehicle=0):
    """Each month: 2 arrests, 7 no further action, 1 of an outcome not recorded; 6 for drugs, 4 for weapons."""
    one = [("Arrest", "Drugs")] * 2 + [(NOTHING, "Drugs")] * 4 + [(NOTHING, "Weapons")] * 3
    one += [("Not recorded", "Weapons")]
    rows = [("dorset", month, "Person search", *pair) for month in months for pair in one]
    rows += [("dorset", months[0], "Vehicle search", "Arrest", "Drugs")] * vehicle
    return pd.DataFrame(rows, columns=["force", "month", "type", "outcome", "object_group"])


def official(tmp_path, *rows):
    return read_official(write_csv(tmp_path / "open.csv", [NEW, *rows]))


ROWS = [
    new_row(searches=30, outcome="Arrest", reason_for_search="Drugs"),
    new_row(searches=60, outcome="No further action", reason_for_search="Drugs"),
    new_row(searches=6, outcome="Voluntary attendance", reason_for_search="Offensive Weapons"),
    new_row(searches=4, outcome="Teleported", reason_for_search="Offensive weapons"),
    new_row(searches=50, outcome="Arrest", reason_for_search="Drugs", group="N/A - vehicle search"),
    new_row(searches=9, outcome="Unknown", reason_for_search="Drugs"),
]


def test_shares_of_the_known_are_set_side_by_side(tmp_path):
    table = compare_labels(count_labels(records(vehicle=40)), official(tmp_path, *ROWS))
    rows = table[table["what"].eq("outcome")].set_index("label")
    assert rows.loc[ALL, ["official", "ours"]].tolist() == [100, 108]
    assert rows.loc[ALL, "difference"] == pytest.approx(0.08)
    assert rows.loc["Arrest", ["official", "ours"]].tolist() == pytest.approx([0.30, 24 / 108])
    assert rows.loc[NOTHING, "difference"] == pytest.approx(84 / 108 - 0.60)
    assert rows.loc["Other", ["official", "ours"]].tolist() == [0.06, 0]
    assert rows.loc["Other", "note"] == "voluntary attendance: the records have no label for it"
    assert rows.loc[UNSEEN, ["official", "ours"]].tolist() == [0.04, 0]
    assert rows.loc[UNSEEN, "note"] == "Teleported"
    reasons = table[table["what"].eq("reason")].set_index("label")
    assert reasons.loc["Weapons", ["official", "ours"]].tolist() == pytest.approx([10 / 109, 0.4])
    assert set(table["year_ending"]) == {"2021-03"}


def test_part_of_a_year_has_shares_and_no_difference_of_counts(tmp_path):
    table = compare_labels(count_labels(records(MONTHS[:5])), official(tmp_path, *ROWS)).set_index(["what", "label"])
    assert pd.isna(table.loc[("outcome", ALL), "difference"])
    assert table.loc[("outcome", ALL), "note"] == "5 of 12 months of ours"
    assert table.loc[("outcome", "Arrest"), "ours"] == pytest.approx(10 / 45)


def test_only_the_months_named_count_and_years_without_official_figures_are_left_out(tmp_path):
    counts = count_labels(records([*MONTHS, "2021-04"]))
    months = pd.DataFrame({"force": "dorset", "month": [*MONTHS[:2], "2021-04"]})
    table = compare_labels(counts, official(tmp_path, *ROWS), published=months)
    assert set(table["year_ending"]) == {"2021-03"}
    assert table.loc[table["label"].eq(ALL), "ours"].tolist() == [18, 20]


def test_a_number_that_is_not_available_is_no_zero(tmp_path):
    table = compare_labels(count_labels(records()), official(tmp_path, *ROWS, new_row(searches="*", outcome="Arrest")))
    rows = table[table["what"].eq("outcome")].set_index("label")
    assert rows[["official", "difference"]].isna().all(axis=None)
    assert rows["note"].str.contains("not available").all()
    assert rows.loc["Arrest", "ours"] == pytest.approx(24 / 108)


def test_a_table_without_outcomes_is_compared_by_reason_alone(tmp_path):
    old = read_official(write_csv(tmp_path / "old.csv", [OLD, old_row(searches="5", year="2020/21")]))
    assert set(compare_labels(count_labels(records()), old)["what"]) == {"reason"}
    with pytest.raises(DataError, match="reason_for_search and outcome"):
        compare_labels(count_labels(records()), old.drop(columns="reason"))


def test_the_clean_table_is_counted_as_it_stands(sample, tmp_path):
    study = sas.open_study("metropolitan", "2018-04", "2018-06", raw=sample, processed=tmp_path)
    counts = count_labels(study.records)
    persons = study.records[study.records["type"].ne("Vehicle search")]
    sums = counts.groupby("what")["searches"].sum()
    assert sums.to_dict() == {"outcome": len(persons), "reason": len(persons)}
    arrests = counts[counts["label"].eq("Arrest")].set_index("month")["searches"]
    assert arrests.to_dict() == persons[persons["arrest"].eq(True)]["month"].astype("str").value_counts().to_dict()


def test_every_counterpart_is_a_label_of_the_records():
    table = _table("official_labels")
    known = {
        "outcome": {*labels.crosswalk("outcome")["standard"], "Other"},
        "reason": set(labels.crosswalk("object_of_search")["object_group"]),
    }
    assert [row for row in table.itertuples() if row.ours and row.ours not in known[row.what]] == []
    assert not table.duplicated(["what", "official"]).any()
    assert table["official"].eq(table["official"].str.lower()).all()
