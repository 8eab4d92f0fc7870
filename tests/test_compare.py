"""Differences of two runs, cell by cell; the cases are small enough to be seen by eye."""

import json
import math

import pytest
from typer.testing import CliRunner

from sas_analysis.cli import app
from sas_analysis.errors import RunError
from sas_analysis.reports.check.compare import compare
from sas_analysis.reports.check.input_differences import why

RECORD = {
    "report": "trial",
    "parameters": {"forces": ["essex"], "start": "2018-01", "end": "2018-02", "raw": "raw", "level": 0.95},
    "data": {"files": [{"path": "a/2018-01-essex-stop-and-search.csv", "sha256": "a" * 64}]},
    "notebook": {"name": "01_trial.ipynb", "sha256": "b" * 64},
    "version": "1.0",
    "git": None,
    "code_sha256": "c" * 64,
    "python": "3.12.1",
    "libraries": {"pandas": "3.0"},
}
MEASURES = """group,measure,numerator,denominator,estimate,lower,upper,interval,note
White,rate,10,1000,0.01,,,,
Black,rate,30,1000,0.03,0.02,0.05,95% Wilson,few
"""


@pytest.fixture
def runs(tmp_path):
    """Two folders of the same content; a function that edits the second and compares."""

    def write(folder, tables, record=RECORD):
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        (folder / "run.json").write_text(json.dumps(record))
        for name, text in tables.items():
            (folder / "tables" / name).write_text(text)

    def held(before, after, **options):
        write(tmp_path / "a", before)
        write(tmp_path / "b", after)
        return compare(tmp_path / "a", tmp_path / "b", **options)

    held.folders = [tmp_path / "a", tmp_path / "b"]
    return held


def test_boundaries_that_changed_are_data_that_differ():
    def of(read):
        return RECORD | {"reads": {"choices": [], "sha256": "", "boundaries": read}}

    layers = [{"places": 1, "sha256": sign, "layers": [{"path": "lad.geojson", "sha256": sign * 64}]} for sign in "de"]
    said = "boundaries lad.geojson: SHA-256 dddddddddddd before, SHA-256 eeeeeeeeeeee now"
    assert why(of(layers[0]), of(layers[1])) == {"data": [said]}
    assert why(of(layers[0]), of(None)) == {"data": ["boundaries lad.geojson: missing (was SHA-256 dddddddddddd)"]}
    assert why(of(layers[0]), of(layers[0])) == {}
    assert why(RECORD, of(layers[0])) == {}  # an earlier version did not tell
    place = RECORD["parameters"] | {"boundaries": "areas"}
    assert why(RECORD | {"parameters": place}, RECORD) == {}  # where they lie is no reason


def moved(found):
    return list(found.figures[["row", "column", "before", "after"]].itertuples(index=False, name=None))


def test_the_same_tables_agree(runs):
    found = runs({"m.csv": MEASURES}, {"m.csv": MEASURES})
    assert found.agrees
    assert found.reasons == {}


def test_numbers_that_moved_are_given_largest_first(runs):
    found = runs({"m.csv": MEASURES}, {"m.csv": MEASURES.replace("30,1000,0.03", "33,1001,0.06")})
    assert moved(found) == [
        ("Black", "estimate", "0.03", "0.06"),
        ("Black", "numerator", "30", "33"),
        ("Black", "denominator", "1000", "1001"),
    ]
    assert found.figures["difference"].tolist() == pytest.approx([0.03, 3, 1], rel=1e-12)
    assert found.figures["relative"].tolist() == pytest.approx([1, 0.1, 0.001], rel=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "rtol", "same"),
    [
        ("0.03", "0.030000000001", 1e-9, True),
        ("0.03", "0.0300000001", 1e-9, False),
        ("0.03", "0.0300000001", 1e-8, True),
        ("1000000000", "1000000001", 1e-3, False),  # counts are equal or they are not
        ("1000.0", "1000", 1e-9, True),
        ("1e-17", "0.0", 1e-9, False),
        ("0.03", "", 1e-9, False),
        ("", "0.03", 1e-9, False),
        ("inf", "5.5", 1e-9, False),
        ("inf", "inf", 1e-9, True),
        ("2018-01", "2018-02", 1.0, False),
    ],
)
def test_what_is_the_same(runs, old, new, rtol, same):
    found = runs({"t.csv": f"group,value\nx,{old}\n"}, {"t.csv": f"group,value\nx,{new}\n"}, rtol=rtol)
    assert found.agrees is same


def test_missing_against_a_number_is_a_difference_without_a_size_and_stands_first(runs):
    found = runs({"m.csv": MEASURES}, {"m.csv": MEASURES.replace("30,", "60,").replace("0.02,", ",")})
    assert moved(found) == [("Black", "lower", "0.02", ""), ("Black", "numerator", "30", "60")]
    assert math.isnan(found.figures["difference"][0])


def test_a_text_that_changed_stands_after_the_numbers(runs):
    found = runs({"m.csv": MEASURES}, {"m.csv": MEASURES.replace("95%", "90%").replace("30,", "31,")})
    assert moved(found) == [("Black", "numerator", "30", "31"), ("Black", "interval", "95% Wilson", "90% Wilson")]


def test_from_zero_the_relative_difference_is_infinite(runs):
    found = runs({"t.csv": "group,n\nx,0\n"}, {"t.csv": "group,n\nx,2\n"})
    assert found.figures["relative"].tolist() == [math.inf]
    result = CliRunner().invoke(app, ["diff", *map(str, runs.folders), "--json"])
    assert json.loads(result.stdout)["figures"][0]["relative"] == "inf"


def test_a_note_alone_is_listed_apart(runs):
    found = runs({"m.csv": MEASURES}, {"m.csv": MEASURES.replace("few", "very few")})
    assert found.figures.empty
    assert found.notes[["row", "before", "after"]].values.tolist() == [["Black", "few", "very few"]]
    assert not found.agrees


def test_rows_columns_and_tables_of_one_run_only(runs):
    less = "\n".join(MEASURES.splitlines()[:-1]) + "\n"
    found = runs({"m.csv": MEASURES, "x.csv": "a\n1\n"}, {"m.csv": less, "y.csv": "a\n1\n"})
    assert moved(found) == [("Black", "", "row", "no such row")]
    assert (found.only_before, found.only_after) == (["x.csv"], ["y.csv"])
    found = runs({"t.csv": "g,n\nx,1\n"}, {"t.csv": "g,n,more\nx,1,2\n"})
    assert ("", "more", "no such column", "column") in moved(found)


def test_rows_are_known_by_their_groups_whatever_their_order(runs):
    head, *rows = MEASURES.splitlines()
    assert runs({"m.csv": MEASURES}, {"m.csv": "\n".join([head, *rows[::-1]]) + "\n"}).agrees


def test_rows_that_no_text_tells_apart_are_numbered(runs):
    found = runs({"t.csv": "g,n\nx,1\nx,2\n"}, {"t.csv": "g,n\nx,1\nx,3\n"})
    assert moved(found) == [("x (2)", "n", "2", "3")]


def test_a_table_of_numbers_alone_and_an_empty_one(runs):
    assert moved(runs({"t.csv": "year,n\n2018,1\n2019,2\n"}, {"t.csv": "year,n\n2018,1\n2019,5\n"})) == [
        ("2019", "n", "2", "5")
    ]
    assert runs({"t.csv": "year,n\n"}, {"t.csv": "year,n\n"}).agrees


def test_a_table_that_cannot_be_read(runs):
    with pytest.raises(RunError, match=r"t\.csv cannot be read as a table"):
        runs({"t.csv": ""}, {"t.csv": "a\n1\n"})


# --- why ------------------------------------------------------------------------------------------------------------


def test_reasons_are_told_by_kind():
    other = json.loads(json.dumps(RECORD))
    other["data"]["files"] = [{"path": "2018-02-essex-stop-and-search.csv", "sha256": "d" * 64}]
    other |= {"code_sha256": "e" * 64, "version": "1.1", "python": "3.13.0"}
    other["parameters"] |= {"level": 0.9, "raw": "elsewhere"}
    assert why(RECORD, other) == {
        "data": [
            "2018-01-essex-stop-and-search.csv: missing (was SHA-256 aaaaaaaaaaaa)",
            "2018-02-essex-stop-and-search.csv: added (SHA-256 dddddddddddd)",
        ],
        "code": [
            "sources of the package: SHA-256 cccccccccccc before, SHA-256 eeeeeeeeeeee now",
            "version: 1.0 before, 1.1 now",
        ],
        "parameters": ["level: 0.95 before, 0.9 now"],
        "libraries": ["Python: 3.12.1 before, 3.13.0 now"],
    }


def test_a_folder_or_a_commit_that_changes_no_source_is_no_reason():
    other = json.loads(json.dumps(RECORD)) | {"git": {"revision": "f" * 40, "dirty": False}}
    other["data"]["files"][0]["path"] = "elsewhere/2018-01-essex-stop-and-search.csv"
    other["parameters"]["raw"] = "elsewhere"
    assert why(RECORD, other) == {}


def test_other_months_are_a_reason_and_months_that_came_since_are_told_apart():
    before, after = (json.loads(json.dumps(RECORD)) for _ in "ab")
    names = [f"2018-0{month}-essex-stop-and-search.csv" for month in range(3, 6)]
    before["data"]["history"] = [{"path": f"a/{names[0]}", "sha256": "a" * 64}, {"path": names[1], "sha256": "b" * 64}]
    after["data"]["history"] = [{"path": names[0], "sha256": "d" * 64}, {"path": names[2], "sha256": "c" * 64}]
    assert why(before, after) == {
        "history": [
            f"{names[0]}: SHA-256 aaaaaaaaaaaa before, SHA-256 dddddddddddd now",
            f"{names[1]}: missing (was SHA-256 bbbbbbbbbbbb)",
        ],
        "more history": [f"{names[2]}: added (SHA-256 cccccccccccc)"],
    }
    after["data"]["history"] = before["data"]["history"]
    assert why(before, after) == {}
    assert why(RECORD, after) == {}  # an earlier version did not tell


# --- the command ----------------------------------------------------------------------------------------------------


def test_diff_shows_the_largest_and_with_all_every_one(runs):
    tables = [{"t.csv": "g,n\n" + "".join(f"g{n},{n + step}\n" for n in range(100, 130))} for step in (0, 1)]
    runs(*tables)
    folders = list(map(str, runs.folders))
    few = CliRunner().invoke(app, ["diff", *folders])
    assert few.exit_code == 0
    lines = few.stdout.splitlines()
    assert lines[0] == "figures that differ: 30, in 1 of the tables:"
    assert lines[1] == "  t.csv | g100 | n: 100 -> 101 (+1, +1.000%)"
    assert lines[-1] == "  and 10 more"
    every = CliRunner().invoke(app, ["diff", *folders, "--all"]).stdout.splitlines()
    assert len(every) == 31
    assert len(json.loads(CliRunner().invoke(app, ["diff", *folders, "--json"]).stdout)["figures"]) == 30
    assert CliRunner().invoke(app, ["diff", folders[0], folders[0]]).stdout == "no figure differs\n"
