"""Records in other forms than the publisher's CSV: each is named with what to do, and nothing else is."""

import os

import pytest
from test_acquire_archive import zipped
from test_load import GOOD, NAME, put

from sas_analysis.records.forms import DOWNLOAD, form_of, in_other_forms

JSON = b'[{"age_range":"18-24","outcome":"Arrest","self_defined_ethnicity":null,"officer_defined_ethnicity":"White"}]'
API = ("fetch these months with: sas-analysis fetch --source api",)
FOUND = {
    "essex.json": (
        JSON,
        "it is JSON, as the API gives it, not CSV; fetch these months with: sas-analysis fetch --source",
    ),
    "april.csv": (
        GOOD,
        "it has the publisher's columns under another name; name it YYYY-MM-<force>-stop-and-search.csv",
    ),
    "april;.csv": (
        GOOD.replace(b",", b";"),
        "its cells are separated by semicolons, not commas: a spreadsheet or program",
    ),
    "april.tsv": (GOOD.replace(b",", b"\t"), "its cells are separated by tabs, not commas"),
    "api.csv": (GOOD.lower().replace(b" ", b"_"), 'its columns have other names ("type" for "Type", "date" for "Date"'),
    "2018-04-essex-stop-and-search.xlsx": (
        b"PK\x03\x04",
        f"records are read from CSV files and ZIP archives, not from .xlsx; {DOWNLOAD}",
    ),
    "Stop and Search April.ods": (b"PK\x03\x04", "records are read from CSV files and ZIP archives, not from .ods"),
    "all.zip": (
        zipped({"2021-11.zip": b"PK"}, noise=False),
        "it has no stop-and-search file, but 1 archives inside; put these",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_named_with_what_to_do(tmp_path, name):
    content, said = FOUND[name]
    put(tmp_path, f"below/{name}", content)
    [fault] = in_other_forms(tmp_path)
    assert str(fault).startswith(f"below/{name}: {said}")


def test_nothing_else_is_named(tmp_path):
    others = {
        **{
            NAME: GOOD,
            "2018-04-essex-street.csv": b"Crime ID,Month,Longitude,Latitude\n",
            "a.zip": zipped({NAME: GOOD}),
        },
        **{"fetched.json": b'{"files": {}}', "boundaries/lad.geojson": b"{}", "boundaries/a.json": b'{"type": "x"}'},
        **{"notes.txt": b"Type, Date, Gender\n", "budget.xlsx": b"PK\x03\x04", "empty.csv": b"", "b.csv": b"\xff\0\n"},
        **{".hidden/essex.json": JSON, "sample/SYNTHETIC.json": b"{}", "sample/essex.json": JSON},
    }
    for name, content in others.items():
        put(tmp_path, name, content)
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "gone.json").symlink_to("nowhere")
    assert in_other_forms(tmp_path) == []


def test_a_file_of_the_publisher_is_in_its_form():
    assert form_of(GOOD) is None
    assert form_of(b"\xef\xbb\xbf" + GOOD) is None
    assert form_of(b"") is form_of(b"\n") is form_of(b"{}") is None
