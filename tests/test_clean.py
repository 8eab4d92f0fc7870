"""Text to the clean table: nothing dropped, the publisher's text kept, times and places as they are."""

import csv
import hashlib
import io
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas_analysis.records import labels
from sas_analysis.records.clean import clean, count_unseen
from sas_analysis.records.derived import complete
from sas_analysis.records.fields import column_order
from sas_analysis.records.load import COLUMNS, RawFile, read_text
from sas_analysis.records.parse import parse
from sas_analysis.records.store import to_pandas

ROW = {
    "Type": "Person search",
    "Date": "2018-04-01T10:20:30+00:00",
    "Latitude": "51.512345",
    "Longitude": "-0.1",
    "Gender": "Male",
    "Age range": "18-24",
    "Self-defined ethnicity": "Other ethnic group - Not stated",
    "Officer-defined ethnicity": "White",
    "Legislation": "Misuse of Drugs Act 1971 (section 23)",
    "Object of search": "Controlled drugs",
    "Outcome": "Arrest",
    "Outcome linked to object of search": "True",
}
RAW = [name for name in COLUMNS if COLUMNS[name] in labels.CROSSWALKS]  # the publisher's names of labels


def row(**changes):
    """A record in the publisher's layout; `date="..."` and so on change cells by this package's names."""
    cells = {COLUMNS[name]: ROW.get(name, "") for name in COLUMNS} | changes
    return list(cells.values())


def write(folder, rows, month="2018-04", force="essex") -> RawFile:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([list(COLUMNS), *rows])
    path = folder / f"{month}-{force}-stop-and-search.csv"
    path.write_bytes(out.getvalue().encode())
    return RawFile(path, path.name, force, month, path.stat().st_size, 0)


def cleaned(*files: RawFile) -> pd.DataFrame:
    table, texts, faults = parse([read_text(file) for file in files])
    assert faults == []
    return complete(to_pandas(clean(table, texts)), column_order())


@pytest.fixture
def one(tmp_path):
    """Clean one file of these rows."""
    return lambda *rows, **file: cleaned(write(tmp_path, rows, **file))


def test_columns_and_types(one):
    table = one(row())
    assert list(table) == column_order()
    assert len(set(table)) == len(table.columns)
    kinds = {"searched_at": "datetime64[ms, Europe/London]", "source_row": "int32"}
    kinds |= dict.fromkeys(["latitude", "longitude"], "float64")
    kinds |= dict.fromkeys(["date_in_month", "part_of_policing_operation", "positive_outcome", "arrest"], "boolean")
    kinds |= dict.fromkeys(["outcome_linked_to_object", "more_than_outer_clothing"], "boolean")
    assert {name: str(kind) for name, kind in table.dtypes.items()} == dict.fromkeys(table, "category") | kinds


def test_a_record_as_it_comes_out(one):
    [record] = one(row(part_of_policing_operation="False")).to_dict("records")
    expected = {
        "force": "essex",
        "month": "2018-04",
        "source_file": "2018-04-essex-stop-and-search.csv",
        "source_row": 1,
        "type": "Person search",
        "searched_at": pd.Timestamp("2018-04-01 11:20:30", tz="Europe/London"),
        "date_in_month": True,
        "part_of_policing_operation": False,
        "policing_operation": "",
        "latitude": 51.512345,
        "longitude": -0.1,
        "location_status": "recorded",
        "self_defined_ethnicity": "Not stated",
        "ethnicity_5": "Unknown",
        "officer_defined_ethnicity": "White",
        "officer_ethnicity_5": "White",
        "power": "Reasonable grounds",
        "object_group": "Drugs",
        "outcome": "Arrest",
        "positive_outcome": True,
        "arrest": True,
        "outcome_linked_to_object": True,
        "self_defined_ethnicity_raw": "Other ethnic group - Not stated",
        "more_than_outer_clothing_raw": "",
    }
    assert {name: record[name] for name in expected} == expected
    assert pd.isna(record["more_than_outer_clothing"])
    assert pd.isna(record["date_raw"])


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "date", "local", "inside"),
    [
        ("2018-09", "2018-08-31T23:00:00+00:00", "2018-09-01 00:00", True),
        ("2018-09", "2018-08-31T22:59:59+00:00", "2018-08-31 23:59", False),
        ("2018-09", "2018-09-30T22:59:59+00:00", "2018-09-30 23:59", True),
        ("2018-09", "2018-09-30T23:00:00+00:00", "2018-10-01 00:00", False),
        ("2018-08", "2018-08-31T23:00:00+00:00", "2018-09-01 00:00", False),
        ("2018-01", "2018-01-01T00:00:00+00:00", "2018-01-01 00:00", True),
        ("2018-01", "2017-12-31T23:59:59+00:00", "2017-12-31 23:59", False),
        # October begins in summer time and ends in winter time, March the other way round.
        ("2018-10", "2018-09-30T23:00:00+00:00", "2018-10-01 00:00", True),
        ("2018-10", "2018-10-31T23:59:59+00:00", "2018-10-31 23:59", True),
        ("2018-10", "2018-11-01T00:00:00+00:00", "2018-11-01 00:00", False),
        ("2018-03", "2018-02-28T23:59:59+00:00", "2018-02-28 23:59", False),
        ("2018-03", "2018-03-31T22:59:59+00:00", "2018-03-31 23:59", True),
        ("2018-03", "2018-03-31T23:00:00+00:00", "2018-04-01 00:00", False),
        ("2018-12", "2018-12-31T23:59:59+00:00", "2018-12-31 23:59", True),
        # The hour that is there twice, and the hour that is not there.
        ("2018-10", "2018-10-28T00:30:00+00:00", "2018-10-28 01:30", True),
        ("2018-10", "2018-10-28T01:30:00+00:00", "2018-10-28 01:30", True),
        ("2018-03", "2018-03-25T01:00:00+00:00", "2018-03-25 02:00", True),
        # Another offset is the same moment.
        ("2018-09", "2018-09-01T00:00:00+01:00", "2018-09-01 00:00", True),
        ("2018-09", "2018-08-31T18:00:00-05:00", "2018-09-01 00:00", True),
        ("2018-09", "2018-08-31T23:00:00Z", "2018-09-01 00:00", True),
        ("2018-09", "2019-09-15T12:00:00+00:00", "2019-09-15 13:00", False),
    ],
)
def test_the_month_is_that_of_the_clock_in_london(one, month, date, local, inside):
    [record] = one(row(date=date), month=month).to_dict("records")
    assert f"{record['searched_at']:%Y-%m-%d %H:%M}" == local
    assert record["date_in_month"] is inside
    assert record["month"] == month  # that of the file's name, whatever the date says


@pytest.mark.parametrize(
    "date",
    [
        *("2018-02-30T10:00:00+00:00", "2018-04-01T25:00:00+00:00", "01/04/2018 10:20", "2018-04-01", "soon", " "),
        "2018-04-01T10:20:30",  # without an offset: London or UTC is not known
    ],
)
def test_a_date_that_cannot_be_read_is_kept_as_text(one, date):
    table = one(row(), row(date=date), row())
    assert table["date_raw"].tolist()[1] == date
    assert table["searched_at"].isna().tolist() == [False, True, False]
    assert table["date_in_month"].isna().tolist() == [False, True, False]
    assert table["date_raw"].isna().tolist() == [True, False, True]


def test_a_blank_date_is_missing(one):
    for table in (one(row(date=""), row()), one(row(date=""), row(date="soon"))):  # read the fast way, and the slow
        assert table[["searched_at", "date_raw", "date_in_month"]].isna().iloc[0].all()


# --- place -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latitude", "longitude", "status"),
    [
        ("51.5", "-0.1", "recorded"),
        ("60.8", "-0.8", "recorded"),  # Unst
        ("54.6", "-5.9", "recorded"),  # Belfast is in the United Kingdom
        ("", "", "blank"),
        ("51.5", "", "blank"),
        ("", "-0.1", "blank"),
        ("0.000000", "0.0", "zero"),
        ("0", "-0.1", "outside UK"),
        ("51.5", "0", "recorded"),  # Greenwich
        ("-0.1", "51.5", "outside UK"),  # swapped
        ("48.85", "2.35", "outside UK"),
        ("91", "200", "outside UK"),
    ],
)
def test_location_status(one, latitude, longitude, status):
    [record] = one(row(latitude=latitude, longitude=longitude)).to_dict("records")
    assert record["location_status"] == status
    for name, text in (("latitude", latitude), ("longitude", longitude)):  # as published, whatever the status
        assert record[name] == float(text) if text else pd.isna(record[name])


# --- labels ----------------------------------------------------------------------------------------------------------


def test_truth_values_are_true_false_or_missing(one):
    table = one(*(row(outcome_linked_to_object=text) for text in ("True", "False", "", "true", "Maybe")))
    assert table["outcome_linked_to_object"].tolist() == [True, False, pd.NA, True, pd.NA]
    assert table["outcome_linked_to_object_raw"].tolist() == ["True", "False", "", "true", "Maybe"]


def test_a_blank_or_unseen_outcome_is_not_no_further_action(one):
    outcomes = ["", "Fined on Mars", "A no further action disposal", "Article found - Detailed outcome unavailable"]
    table = one(*(row(outcome=text) for text in outcomes))
    assert table["outcome"].tolist() == ["Not recorded", "Unrecognised label", *outcomes[2:]]
    assert table["positive_outcome"].tolist() == [pd.NA, pd.NA, False, True]
    assert table["arrest"].tolist() == [pd.NA, pd.NA, False, pd.NA]
    assert table["outcome_raw"].tolist() == outcomes


def test_unknown_ethnicity_is_never_other(one):
    texts = ["", "Martian", "Not Stated (NS)", "Other ethnic group - Any other ethnic group"]
    table = one(*(row(self_defined_ethnicity=text, officer_defined_ethnicity="") for text in texts))
    assert table["ethnicity_5"].tolist() == ["Unknown", "Unknown", "Unknown", "Other"]
    assert table["self_defined_ethnicity"].tolist()[:3] == ["Not recorded", "Unrecognised label", "Not stated"]
    assert set(table["officer_ethnicity_5"]) == {"Unknown"}


def test_labels_never_seen_are_counted_by_column(tmp_path):
    rows = [row(gender="Robot"), row(gender="Robot", outcome="Fined on Mars"), row()]
    table, _, _ = parse([read_text(write(tmp_path, rows))])
    assert count_unseen(table) == {("gender", "Robot"): 2, ("outcome", "Fined on Mars"): 1}


# --- nothing dropped, nothing changed --------------------------------------------------------------------------------


def test_the_publishers_text_of_a_sample(sample):
    """Every cell of some files, read with the csv library alone, is beside its standard label."""
    paths = sorted(sample.rglob("*-stop-and-search.csv"))
    paths = [path for path in paths if path.name[8:].startswith(("essex", "derbyshire"))][:20]
    assert len(paths) == 20
    files = [RawFile(path, path.name, path.name[8:-20], path.name[:7], 0, 0) for path in paths]
    rows = [list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))) for path in paths]
    table = cleaned(*files)
    assert table["source_file"].tolist() == [path.name for path, own in zip(paths, rows, strict=True) for _ in own]
    assert table["source_row"].tolist() == [number for own in rows for number in range(1, len(own) + 1)]
    for name in RAW:
        assert table[f"{COLUMNS[name]}_raw"].tolist() == [cells[name] for own in rows for cells in own], name
    for path, own in table.groupby("source_file", observed=True):
        content = (sample / path[:7] / path).read_bytes().replace(b"\r\n", b"\n")
        assert set(own["source_sha256"]) == {hashlib.sha256(content).hexdigest()}
        assert set(own["month"]) == {path[:7]}


ANYTHING = st.text(st.characters(codec="utf-8", exclude_characters="\r\0\ufeff"), max_size=12)
TIMES = st.datetimes(datetime(2014, 12, 1), datetime(2030, 1, 1)).map(lambda time: f"{time:%Y-%m-%dT%H:%M:%S}+00:00")
DEGREES = st.floats(-180, 180).map(lambda degrees: f"{degrees:.6f}") | st.just("")


KNOWN = {name: st.sampled_from(["", *labels.crosswalk(how)["raw"]]) for name, (how, _) in labels.CROSSWALKS.items()}
USUAL = KNOWN | {"date": TIMES, "policing_operation": st.just(""), "latitude": DEGREES, "longitude": DEGREES}
STRANGE = {name: usual if usual is DEGREES else usual | ANYTHING for name, usual in USUAL.items()}


def table_of(cells):
    """A file's rows, cells in the publisher's order."""
    return st.lists(st.tuples(*(cells[name] for name in COLUMNS.values())), max_size=6)


@settings(max_examples=40, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tables=st.lists(table_of(USUAL) | table_of(STRANGE), min_size=1, max_size=4))  # read the fast way, and the slow
def test_any_table_comes_out_as_it_went_in_however_it_is_batched(tmp_path, tables):
    files = [write(tmp_path, rows, month=f"2018-0{number}") for number, rows in enumerate(tables, start=1)]
    together = cleaned(*files)
    assert len(together) == sum(map(len, tables))
    for file, rows in zip(files, tables, strict=True):
        own = together[together["source_file"].eq(file.relative)].reset_index(drop=True)
        _equals_what_was_written(own, [dict(zip(COLUMNS.values(), cells, strict=True)) for cells in rows])
        pd.testing.assert_frame_equal(own, cleaned(file), check_categorical=False)


def _equals_what_was_written(table, rows):
    assert table["source_row"].tolist() == list(range(1, len(rows) + 1))
    for name in labels.CROSSWALKS:
        assert table[f"{name}_raw"].tolist() == [cells[name] for cells in rows]
    assert table["policing_operation"].tolist() == [cells["policing_operation"] for cells in rows]
    for name in ("latitude", "longitude"):
        assert table[name].astype(object).where(table[name].notna(), "").tolist() == [
            cells[name] and float(cells[name]) for cells in rows
        ]
    for when, text, cells in zip(table["searched_at"], table["date_raw"], rows, strict=True):
        if pd.notna(when):
            assert when == datetime.fromisoformat(cells["date"]).astimezone(UTC)
        assert pd.notna(when) or ("" if pd.isna(text) else text) == cells["date"]
