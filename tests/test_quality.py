"""What the records say of themselves, on records made by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from sas_analysis.measures import quality
from sas_analysis.records import refresh, select, store


@pytest.fixture
def records(tmp_path):
    """Six records of one file, each with a fault of its own."""
    header = (
        "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
        "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
        "Outcome linked to object of search,Removal of more than just outer clothing"
    )
    white, unstated = "White - English/Welsh/Scottish/Northern Irish/British", "Other ethnic group - Not stated"
    drugs = "Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,True,False"
    rows = [
        f"Person search,2019-01-01T00:00:00+00:00,,,51.5,-0.1,Male,18-24,{white},White,{drugs}",
        f"Person search,2019-01-01T00:00:00+00:00,,,51.5,-0.1,Male,18-24,{white},White,{drugs}",
        f"Person search,2019-01-02T13:01:00+00:00,,,0,0,Male,18-24,{unstated},Black,{drugs}",
        f"Person search,2019-02-02T13:01:00+00:00,,,,,,,,,{drugs}",
        f"Person search,2019-01-03T13:01:00+00:00,,,51.5,-0.1,Male,18-24,Martian,White,{drugs}",
        f"Person search,soon,,,51.5,-0.1,Male,18-24,{white},Black,{drugs}",
    ]
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "2019-01-essex-stop-and-search.csv").write_text("\n".join([header, *rows, ""]))
    refresh.update(folder, tmp_path / "processed")
    return store.read(tmp_path / "processed")


def test_completeness_tells_three_kinds_of_missing_apart(records):
    table = quality.completeness(records).set_index("field")
    ethnicity = table.loc["self_defined_ethnicity"]
    assert ethnicity[["recorded", "not_stated", "blank", "unrecognised"]].tolist() == [3, 1, 1, 1]
    assert table.loc["location", ["recorded", "blank", "unrecognised"]].tolist() == [4, 1, 1]
    assert table.loc["part_of_policing_operation", ["recorded", "blank"]].tolist() == [0, 6]
    assert table.loc["outcome_linked_to_object", "share_recorded"] == 1
    assert (table[["recorded", "not_stated", "blank", "unrecognised"]].sum(axis=1) == table["records"]).all()


def test_completeness_of_some_records_is_that_of_a_table_of_them(records):
    for kept in (np.array([True, False] * 3), np.array([False] * 6)):
        assert_frame_equal(quality.completeness(records, kept), quality.completeness(records[kept]))
    assert quality.completeness(records, np.array([True, False] * 3))["records"].eq(3).all()


def test_times_count_what_is_wrong_with_them(records):
    row = quality.times(records).iloc[0]
    assert row[["records", "unread", "out_of_month", "hours"]].tolist() == [6, 1, 1, 2]
    assert row["share_midnight"] == pytest.approx(2 / 6)
    assert row["share_commonest_minute"] == pytest.approx(3 / 5)


def as_usually_written(records, is_repeat):
    """`times` and `repeats` by pandas, a text a row and a group at a time."""
    at = records["searched_at"]
    frame = records[["force", "month"]].astype("str")
    frame = frame.assign(unread=at.isna(), out_of_month=records["date_in_month"].eq(False).fillna(False).astype(bool))
    frame = frame.assign(midnight=at.dt.hour.eq(0) & at.dt.minute.eq(0), hour=at.dt.hour, minute=at.dt.minute)
    groups = frame.assign(repeats=is_repeat.to_numpy()).groupby(["force", "month"])
    table = groups.agg(
        records=("unread", "size"),
        unread=("unread", "sum"),
        out_of_month=("out_of_month", "sum"),
        share_midnight=("midnight", "mean"),
        hours=("hour", "nunique"),
        share_commonest_minute=("minute", lambda minute: minute.value_counts(normalize=True).max()),
        repeats=("repeats", "sum"),
    )
    return table.assign(share_repeated=table["repeats"] / table["records"]).reset_index()


MOMENTS = ["2019-01-01", "2019-01-01 00:00:30", "2019-01-02 13:01", "2019-06-30 23:00", "2019-10-27 01:30", None]
DRAWN = st.tuples(
    st.sampled_from(["essex", "avon"]), st.sampled_from(["2019-01", "2019-02"]), st.sampled_from(MOMENTS), st.booleans()
)


@given(drawn=st.lists(DRAWN, min_size=1, max_size=40))
def test_counts_by_month_are_those_of_pandas(drawn):
    force, month, at, flag = zip(*drawn, strict=True)
    records = pd.DataFrame({"force": pd.Categorical(force), "month": pd.Categorical(month, ["2019-02", "2019-01"])})
    utc = pd.to_datetime(pd.Series(at, dtype="str"), utc=True, format="ISO8601")
    records["searched_at"] = utc.dt.as_unit("ms").dt.tz_convert("Europe/London")
    records["date_in_month"] = pd.Series(flag, dtype="boolean").where(utc.notna())
    expected = as_usually_written(records, pd.Series(flag))
    found = quality.times(records), quality.repeats(records, pd.Series(flag))
    for table in found:
        pd.testing.assert_frame_equal(table, expected[list(table)], check_dtype=False)


def test_repeats_are_counted_and_not_dropped(records):
    table = quality.repeats(records, select.is_repeat(records))
    assert table[["records", "repeats"]].iloc[0].tolist() == [6, 1]


def test_agreement_is_within_the_self_defined_group(records):
    table = quality.ethnicity_agreement(records)
    cell = table[table["ethnicity_5"].eq("White") & table["officer_ethnicity_5"].eq("Black")].iloc[0]
    assert (cell["numerator"], cell["denominator"]) == (1, 3)
    unknown = table[table["ethnicity_5"].eq("Unknown")]
    assert unknown["numerator"].sum() == 3
    sums = table.groupby("ethnicity_5", observed=True)["numerator"].sum()
    assert sums["Mixed"] == 0, "a group without a search keeps its rows"


def test_object_agreement_leaves_blank_objects_out_of_the_base():
    from sas_analysis.measures.grounds import object_agreement

    searches = pd.DataFrame(
        {
            "legislation": ["Misuse of Drugs Act 1971 (section 23)"] * 4
            + ["Police and Criminal Evidence Act 1984 (section 1)"],
            "object_group": ["Drugs", "Drugs", "Weapons", "Not recorded", "Weapons"],
        }
    ).astype("category")
    table = object_agreement(searches)
    assert len(table) == 1, "section 1 of PACE names several objects"
    assert table.loc[0, ["numerator", "denominator"]].tolist() == [2, 3]
    assert "object not recorded in 1 of 4" in table.loc[0, "note"]


def test_of_no_record_no_share_is_recorded(records):
    assert quality.completeness(records.iloc[:0])["share_recorded"].isna().all()
