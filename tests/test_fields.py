"""The one table of the publisher's columns, and that a column of later months is one row more."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import sas_analysis
from sas_analysis.records import audit, fields, labels, load, refresh, store
from sas_analysis.records.fields import FIELDS, as_published, column_order, required

# As data.police.uk publishes them; written out once more, because everything else is made from FIELDS.
HEADER = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
    "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
    "Outcome linked to object of search,Removal of more than just outer clothing"
)


def test_the_publishers_columns_in_the_publishers_order():
    assert ",".join(required("2014-12")) == ",".join(load.COLUMNS) == HEADER


def test_each_name_stands_once():
    for names in ([field.published for field in FIELDS], [field.name for field in FIELDS], column_order()):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("field", fields.labelled(), ids=lambda field: field.name)
def test_a_crosswalk_has_every_column_that_is_made_of_it(field):
    assert set(field.columns.values()) <= set(labels.crosswalk(field.crosswalk))
    assert field.name in field.columns


def test_kinds():
    assert {field.kind for field in FIELDS} == {fields.LABEL, fields.TRUTH, fields.TEXT, fields.TIME, fields.DEGREES}
    assert all(bool(field.crosswalk) == (field.kind in (fields.LABEL, fields.TRUTH)) for field in FIELDS)
    assert all(field.blank for field in FIELDS)


def test_what_the_publishers_row_says_is_in_the_clean_table():
    assert set(as_published()) < set(column_order())
    assert len(as_published()) == len(FIELDS) + 1  # a time that cannot be read has a column of its own
    assert set(audit.content.PUBLISHED) == set(as_published()) - {"searched_at", "latitude", "longitude"}


def test_a_column_is_required_from_its_first_month_on(monkeypatch):
    later = fields._truth("Camera on", "camera_on", since="2027-01")
    monkeypatch.setattr(fields, "FIELDS", (*FIELDS, later))
    assert required("2026-12") == HEADER.split(",")
    assert required("2027-01") == required("2027-02") == [*HEADER.split(","), "Camera on"]


# --- one row and one crosswalk ---------------------------------------------------------------------------------------

ROW = """    _label("Reason given", "reason_given", since="2018-03", reason_group="kind"),\n"""
CROSSWALK = "raw,standard,kind,era,source\nSeen running,Seen running,Behaviour,from 2018,made up for a test\n"
CELLS = "Person search,%s-03T10:20:00+00:00,False,%s,51.5,-0.1,Male,18-24,Other ethnic group - Not stated,White,,,,,"
NAMED = '"of two, parts"'


def rows(month, *last, quoted=False):
    return [CELLS % (month, NAMED if quoted else "") + cell for cell in last]


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A copy of the package to which a newcomer has added a field; it is another process's."""
    folder = tmp_path_factory.mktemp("extended")
    copy = folder / "src" / "sas_analysis"
    shutil.copytree(Path(sas_analysis.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    table = copy / "records" / "fields.py"
    text = table.read_text(encoding="utf-8")
    last = '    _truth("Removal of more than just outer clothing", "more_than_outer_clothing"),\n'
    assert text.count(last) == 1
    table.write_text(text.replace(last, last + ROW), encoding="utf-8")
    (copy / "records" / "labels" / "reason_given.csv").write_text(CROSSWALK, encoding="utf-8")
    return folder


def in_extended(folder, code):
    """What a piece of Python prints as JSON, with the extended package."""
    made = subprocess.run(
        [sys.executable, "-c", f"import json\n{code}"],
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout.splitlines()[-1])


def write(raw, month, header, lines):
    path = raw / f"{month}-essex-stop-and-search.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n")


def test_a_field_of_later_months_is_one_row_and_a_crosswalk(extended):
    wider = f"{HEADER},Reason given"
    write(extended / "raw", "2018-01", HEADER, rows("2018-01", "", ""))
    write(extended / "raw", "2018-02", HEADER, rows("2018-02", "", quoted=True))
    write(extended / "raw", "2018-03", wider, rows("2018-03", ",Seen running", ",", ",Whim"))
    found = in_extended(
        extended,
        """
from sas_analysis.measures import quality
from sas_analysis.records import audit, contract, refresh, select, store
update = refresh.update("raw", "processed")
table = contract.check(store.read("processed"))
audit.audit(store.read("processed", columns=list(audit.NEEDED)), store.sources("processed"), forces="essex",
            start="2018-01", end="2018-03")
print(json.dumps({
    "refused": list(map(str, update.refused)), "notes": store.sources("processed")["notes"].tolist(),
    "reason": table["reason_given"].tolist(), "group": table["reason_group"].tolist(),
    "raw": table["reason_given_raw"].tolist(), "operation": table["policing_operation"].tolist(),
    "unseen": update.unseen["label"].tolist(), "audit": "reason_given_raw" in audit.NEEDED,
    "repeats": select.is_repeat(table).tolist(), "quality": quality.completeness(table)["field"].tolist(),
    "types": table.dtypes.astype(str).to_dict()}))
""",
    )
    blank, unseen = "Not recorded", "Unrecognised label"
    assert found["refused"] == []
    assert found["reason"] == [blank, blank, blank, "Seen running", blank, unseen]
    assert found["group"] == [blank, blank, blank, "Behaviour", blank, unseen]
    assert found["raw"] == ["", "", "", "Seen running", "", "Whim"]
    assert found["operation"] == ["", "", "of two, parts", "", "", ""]
    assert (found["unseen"], found["audit"]) == (["Whim"], True)
    assert found["notes"] == [[], [], []]
    assert found["repeats"] == [False, True, False, False, False, False]  # the new column tells rows apart
    assert "reason_given" in found["quality"]
    assert found["types"]["reason_given"] == "category"


def test_a_month_that_must_have_the_field_is_refused_without_it(extended):
    write(extended / "later", "2018-03", HEADER, rows("2018-03", ""))
    found = in_extended(
        extended,
        """
from sas_analysis.records import refresh
print(json.dumps(list(map(str, refresh.update("later", "processed-later").refused))))
""",
    )
    assert found == [
        "2018-03-essex-stop-and-search.csv: column missing: Reason given; the 16 columns of the publisher are needed; "
        "download it again"
    ]


def test_without_the_field_nothing_else_changes(extended, tmp_path):
    """The same files by this package and by the extended one: all other columns are equal."""
    write(tmp_path / "raw", "2018-01", HEADER, rows("2018-01", "", ""))
    shutil.copytree(tmp_path / "raw", extended / "same")
    refresh.update(tmp_path / "raw", tmp_path / "processed")
    code = "from sas_analysis.records import refresh\nrefresh.update('same', 'processed-same')\nprint('null')"
    in_extended(extended, code)
    pd.testing.assert_frame_equal(
        store.read(extended / "processed-same", columns=column_order()), store.read(tmp_path / "processed")
    )
