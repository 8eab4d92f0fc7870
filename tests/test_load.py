"""Raw files to text: what form is mended, and that joining files changes nothing."""

import csv
import hashlib
import io
import re

import pytest

from sas_analysis.records import load
from sas_analysis.records.find import RawFile, Refused
from sas_analysis.records.load import COLUMNS, Text, read_text
from sas_analysis.records.naming import force_and_month
from sas_analysis.records.parse import parse, split

HEADER = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
    "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
    "Outcome linked to object of search,Removal of more than just outer clothing\n"
)
FIRST = (
    "Person search,2018-04-01T10:20:30+00:00,False,,51.5,-0.1,Male,18-24,Other ethnic group - Not stated,White,"
    "Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,True,False\n"
)
SECOND = "Vehicle search,2018-04-02T11:00:00+00:00,,,,,,,,,,,,,\n"
GOOD = (HEADER + FIRST + SECOND).encode()
NAME = "2018-04-essex-stop-and-search.csv"


def put(folder, name=NAME, content=GOOD):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def text_of(folder, content, name=NAME) -> Text:
    """The text of a file with this content."""
    path = put(folder, name, content)
    force, month = force_and_month(name)
    return read_text(RawFile(path, name, force, month, path.stat().st_size, 0))


def cells(table, rows=slice(None)):
    return [list(row.values()) for row in table.to_pylist()[rows]]


# --- form ------------------------------------------------------------------------------------------------------------


def test_columns_are_the_publishers():
    assert ",".join(COLUMNS) + "\n" == HEADER
    assert load.HEADER.decode() + "\n" == HEADER


def test_a_file_as_published_is_taken_as_it_is(tmp_path):
    text = text_of(tmp_path, GOOD)
    assert bytes(text.body) == (FIRST + SECOND).encode()
    assert (text.rows, text.notes, text.plain) == (2, [], True)
    assert text.sha256 == hashlib.sha256(GOOD).hexdigest()


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (GOOD.replace(b"\n", b"\r\n"), "CRLF line ends"),
        (GOOD.replace(b"\n", b"\r"), "CRLF line ends"),
        (b"\xef\xbb\xbf" + GOOD, "byte-order mark removed"),
    ],
)
def test_copies_that_differ_in_form_alone_have_one_hash(tmp_path, content, note):
    text = text_of(tmp_path, content)
    assert text.sha256 == hashlib.sha256(GOOD).hexdigest()
    assert bytes(text.body) == (FIRST + SECOND).encode()
    assert text.notes == [note]


def test_what_was_mended_is_noted(tmp_path):
    assert text_of(tmp_path, GOOD.removesuffix(b"\n")).notes == ["no line end after the last row"]
    latin = text_of(tmp_path, GOOD.replace(b"Male", b"M\xe4nnlich"))
    assert latin.notes == ["not UTF-8: read as latin-1"]
    assert "Männlich" in bytes(latin.body).decode()
    utf8 = text_of(tmp_path, GOOD.replace(b"Male", "Männlich".encode()))
    assert utf8.notes == []
    assert "Männlich" in bytes(utf8.body).decode()


def test_columns_in_another_order_or_beside_others(tmp_path):
    table = [line.split(",") for line in (HEADER + FIRST + SECOND).splitlines()]
    turned = "".join(",".join(row[::-1]) + "\n" for row in table).encode()
    assert text_of(tmp_path, turned).notes == ["columns reordered"]
    assert bytes(text_of(tmp_path, turned).body) == (FIRST + SECOND).encode()
    wider = "".join(",".join([*row, word]) + "\n" for row, word in zip(table, ["Note", "x", "y"], strict=True))
    text = text_of(tmp_path, wider.encode())
    assert text.notes == ["columns beside the publisher's ignored: Note"]
    assert bytes(text.body) == (FIRST + SECOND).encode()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty (0 bytes)"),
        (b"\n", "this is not a stop-and-search file"),
        (b"\xef\xbb\xbf", "this is not a stop-and-search file"),
        (b"Month,LSOA code\n", "this is not a stop-and-search file"),
        (GOOD.decode().encode("utf-16"), "it is text in UTF-16: a spreadsheet saved it again"),
        (GOOD.decode().encode("utf-16-le"), "it is text in UTF-16: a spreadsheet saved it again"),
        (GOOD.replace(b",", b";"), "its cells are separated by semicolons, not commas"),
        (GOOD.replace(b",", b"\t"), "its cells are separated by tabs, not commas"),
        (GOOD.lower(), 'its columns have other names ("type" for "Type", "date" for "Date", "part of a'),
        (GOOD.replace(b"Age range", b"age_range"), 'its columns have other names ("age_range" for "Age range")'),
        (b'[{"age_range":"18-24","self_defined_ethnicity":null}]', "it is JSON, as the API gives it"),
        (b"PK\x03\x04" + bytes(30), "it is a ZIP archive or a spreadsheet (xlsx, ods), not CSV"),
        (bytes(range(1, 256)) * 300, "this is not a stop-and-search file"),
        (GOOD.replace(b"Male", b"\0ale"), "binary data (NUL bytes)"),
        (GOOD.replace(b"Gender,", b"").replace(b",Outcome,", b","), "column missing: Gender, Outcome"),
        (GOOD.replace(b"Gender", b"Type"), "column missing: Gender and column twice: Type"),
    ],
)
def test_refused_for_its_form(tmp_path, content, problem):
    with pytest.raises(Refused) as refused:
        text_of(tmp_path, content)
    assert problem in refused.value.fault.problem
    assert refused.value.fault.path == NAME
    assert re.search("download|fetch", refused.value.fault.remedy)


# --- rows ------------------------------------------------------------------------------------------------------------


def test_rows_of_many_files_stand_one_file_after_the_other(tmp_path):
    months = ["2018-04", "2018-05", "2018-06", "2018-07"]
    lines = [FIRST, "", SECOND * 3, FIRST + SECOND]
    texts = [
        text_of(tmp_path, (HEADER + body).encode(), f"{month}-essex-stop-and-search.csv")
        for month, body in zip(months, lines, strict=True)
    ]
    table, parsed, faults = parse(texts)
    assert ([text.rows for text in parsed], faults) == ([1, 0, 3, 2], [])
    assert table["type"].to_pylist() == [line.split(",")[0] for line in "".join(lines).splitlines()]


def test_a_file_that_must_be_parsed_alone_keeps_its_place(tmp_path):
    bodies = [FIRST, SECOND.replace("Vehicle search", '"Vehicle search"'), FIRST + SECOND]
    texts = [
        text_of(tmp_path, (HEADER + body).encode(), f"2018-0{month}-essex-stop-and-search.csv")
        for month, body in enumerate(bodies, start=4)
    ]
    assert [text.plain for text in texts] == [True, False, True]
    table, parsed, faults = parse(texts)
    assert (parsed, faults) == (texts, [])
    first, second = FIRST.split(",")[0], "Vehicle search"
    assert table["type"].to_pylist() == [first, second, first, second]
    parts = split(table, parsed)
    assert [parts[text.file.relative]["type"].to_pylist() for text in texts] == [[first], [second], [first, second]]


def test_a_file_that_fails_does_not_fail_the_others(tmp_path):
    texts = [
        text_of(tmp_path, (HEADER + body).encode(), f"2018-0{month}-essex-stop-and-search.csv")
        for month, body in enumerate([FIRST, FIRST[:60], SECOND, FIRST.replace("51.5", "north"), FIRST], start=1)
    ]
    table, parsed, faults = parse(texts)
    assert table["type"].to_pylist() == ["Person search", "Vehicle search", "Person search"]
    assert [text.file.month for text in parsed] == ["2018-01", "2018-03", "2018-05"]
    assert [(fault.path[:7], fault.problem) for fault in faults] == [
        ("2018-02", "cut off in its last line (line 2 has 7 of 15 columns)"),
        ("2018-04", "latitude is not a number in 1 rows (line 2: 'north')"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        FIRST + "\n" + SECOND,  # an empty line
        FIRST + SECOND.replace("2018-04-02T11:00:00+00:00", "yesterday"),
        FIRST + SECOND.replace("2018-04-02T11:00:00+00:00", ""),
        FIRST.replace("Male", '"Male"') + SECOND,
    ],
    ids=["empty line", "unreadable date", "blank date", "quotes"],
)
def test_the_slow_way_reads_what_the_fast_way_reads(tmp_path, body):
    [slow] = [text_of(tmp_path, (HEADER + body).encode())]
    [fast] = [text_of(tmp_path, GOOD)]
    table, [parsed], faults = parse([slow])
    expected, _, _ = parse([fast])
    assert (parsed.rows, faults) == (2, [])
    assert table.schema == expected.schema
    assert cells(table, slice(1)) == cells(expected, slice(1))
    there = [name for name in expected.column_names if name not in ("date", "date_raw")]
    assert cells(table.select(there)) == cells(expected.select(there))


def test_a_time_that_cannot_be_read_is_kept_and_a_blank_is_no_text(tmp_path):
    bodies = [FIRST.replace("2018-04-01T10:20:30+00:00", date) for date in ("yesterday", "", "2018-04-01T11:20:30Z")]
    table, _, _ = parse([text_of(tmp_path, (HEADER + "".join(bodies)).encode())])
    assert table["date_raw"].to_pylist() == ["yesterday", None, None]
    assert [time and f"{time:%H:%M}" for time in table["date"].to_pylist()] == [None, None, "11:20"]


def test_quoted_cells_hold_commas_quotes_and_line_ends(tmp_path):
    text = 'a "named", operation\nof two lines'
    row = FIRST.rstrip("\n").split(",")
    row[3] = text
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([row, row])
    table, [parsed], faults = parse([text_of(tmp_path, (HEADER + out.getvalue()).encode())])
    assert faults == []
    assert table["policing_operation"].to_pylist() == [text, text]
    assert parsed.rows == 2
    assert parsed.notes == ["2 line ends are within quotes or of empty lines"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (FIRST + SECOND + FIRST[:20], "cut off in its last line (line 4 has 2 of 15 columns)"),
        (FIRST + "x\n" + SECOND, "1 of 3 rows do not have 15 columns (line 3 has 1)"),
        (FIRST + SECOND.strip() + ",\n", "1 of 2 rows do not have 15 columns (line 3 has 16)"),
        (FIRST + '"' + SECOND, "cut off in its last line (line 3 has 1 of 15 columns)"),
        ('"' + "x" * 200_000, "cannot be read as CSV (field larger than field limit (131072))"),
        (FIRST.replace("-0.1", "W") * 4, "longitude is not a number in 4 rows (line 2: 'W'; line 3: 'W'; line 4: 'W')"),
    ],
)
def test_refused_for_its_rows(tmp_path, body, problem):
    _, parsed, [fault] = parse([text_of(tmp_path, (HEADER + body).encode())])
    assert (parsed, fault.path, fault.problem) == ([], NAME, problem)


def test_no_file_at_all_has_the_columns():
    table, parsed, faults = parse([])
    assert (table.num_rows, parsed, faults) == (0, [], [])
    assert table.column_names == [*COLUMNS.values(), "date_raw"]
