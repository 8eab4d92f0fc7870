"""Reports that are verified, and reports that must not be, each with its reason."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from typer.testing import CliRunner

from sas_analysis.cli import app
from sas_analysis.errors import RunError
from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.reports.check.verify import is_whole, verify
from sas_analysis.reports.many import staleness
from sas_analysis.reports.one import parameters, provenance
from sas_analysis.reports.one.run import run_report

PARAMETERS = """forces: list[str] = []
start: str = ""
end: str = ""
raw: str = ""
processed: str = ""
tables: str = ""
shift: int = 0  # added to the number"""
COUNT = """from sas_analysis.records import store
records = store.read(processed, forces=forces, start=start, end=end)
counts = records.groupby("month", observed=True).size().reset_index(name="searches")
counts["share"] = (counts["searches"] + shift) / 7
counts.to_csv(f"{tables}/counts.csv", index=False)"""
TARGET = "trial_essex_2018-01_2018-02"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A working directory with a notebook, raw records and one report."""
    folder = tmp_path_factory.mktemp("model")
    write_sample(folder / "raw", forces=["essex"], start="2018-01", end="2018-02", scale=0.05)
    (folder / "notebooks").mkdir()
    write_notebook(folder, COUNT)
    with pytest.MonkeyPatch.context() as monkeypatch:
        work_in(folder, monkeypatch)
        make()
    return folder


@pytest.fixture
def place(model, tmp_path, monkeypatch):
    """A copy of it to do with as one likes; it is the working directory."""
    folder = Path(shutil.copytree(model, tmp_path / "copy"))
    work_in(folder, monkeypatch)
    return folder / "reports" / TARGET


def work_in(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(parameters, "NOTEBOOKS", [folder / "notebooks"])


def write_notebook(folder, *cells, declared=PARAMETERS):
    first = new_code_cell(declared, metadata={"tags": ["parameters"]})
    nbformat.write(new_notebook(cells=[first, *map(new_code_cell, cells)]), folder / "notebooks/01_trial.ipynb")


def make(**options):
    asked = {"forces": ["essex"], "start": "2018-01", "end": "2018-02", "raw": "raw", "processed": "processed"}
    return run_report("trial", **(asked | options))


def call(*arguments, code):
    result = CliRunner().invoke(app, list(map(str, arguments)), prog_name="sas-analysis")
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stdout


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def first_count(folder):
    return (folder / "tables/counts.csv").read_text().splitlines()[1].split(",")[1]


# --- verify ---------------------------------------------------------------------------------------------------------


def test_an_untouched_report_is_verified_and_left_as_it_was(place):
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    said = call("verify", place, "--quiet", code=0)
    assert said.splitlines() == [
        "verified: every table came out again "
        "(whole numbers and texts equal, others within 1e-09 of each other, relatively)"
    ]
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_it_is_verified_elsewhere_with_the_records_in_another_order_of_folders(place, tmp_path, monkeypatch):
    """A reviewer's folders are not those of the record."""
    (tmp_path / "theirs/deeper").mkdir(parents=True)
    for path in Path("raw").rglob("*"):
        if path.is_file():
            shutil.copy(path, tmp_path / "theirs" / ("deeper" if path.suffix == ".csv" else "") / path.name)
    monkeypatch.chdir(tmp_path)
    call("verify", place, "--raw", "theirs", "--quiet", code=0)


def test_the_cleaned_records_are_not_trusted_unless_they_are_named(place):
    shutil.rmtree("processed")
    assert verify(place).agrees
    assert not Path("processed").exists()
    assert verify(place, processed="mine").agrees
    assert Path("mine/manifest.json").exists()


def test_other_months_changed_fail_it_and_months_that_came_since_do_not(place):
    whole = Path("raw").rglob("2018-02-essex*.csv")
    content = next(whole).read_text()
    for month in ("2018-03", "2018-04"):  # after the report was made: other months than its own
        Path(f"raw/{month}-essex-stop-and-search.csv").write_text(content.replace("2018-02-", f"{month}-"))
        said = call("verify", place, "--quiet", code=0)
        assert "months published since, by which the audit judges too" in said
        assert f"{month}-essex-stop-and-search.csv: added" in said
        assert "verified: every table came out again" in said
    made = make(label="again")
    Path("raw/2018-03-essex-stop-and-search.csv").unlink()
    said = call("verify", made, "--quiet", code=6)
    assert "other months, by which the audit judges, differ" in said
    assert "2018-03-essex-stop-and-search.csv: missing" in said


def test_a_refused_file_of_another_month_hinders_no_report(place):
    Path("raw/2018-03-essex-stop-and-search.csv").write_text("no table")
    assert provenance.read(make(label="again"))["data"]["history"] == []
    call("verify", place, "--quiet", code=0)


def test_a_changed_number_is_told_with_its_place(place):
    number = first_count(place)
    edit(place / "tables/counts.csv", f"2018-01,{number}", "2018-01,7")
    said = call("verify", place, "--quiet", code=3).splitlines()
    assert said[:2] == ["stored files differ from their record:", "  tables/counts.csv was changed after the run"]
    assert said[2] == "figures that differ: 1, in 1 of the tables:"
    assert said[3].startswith(f"  counts.csv | 2018-01 | searches: 7 -> {number} (+")
    assert len(said) == 4


def test_a_changed_page_is_told_although_the_figures_agree(place):
    edit(place / "report.html", "</body>", "<!-- --></body>")
    assert "report.html was changed after the run" in call("verify", place, "--quiet", code=6)


def test_changed_records_are_told_by_their_file(place):
    path = next(Path("raw").rglob("2018-02-essex*"))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    said = call("verify", place, "--quiet", code=3).splitlines()
    assert said[0] == "data differ:"
    assert re.fullmatch(rf"  {path.name}: SHA-256 \w{{12}} before, SHA-256 \w{{12}} now", said[1])
    count = len(lines) - 1
    assert f"  counts.csv | 2018-02 | searches: {count} -> {count - 1} (-1, {-1 / count:.3%})" in said
    assert not any(line.startswith(("stored", "code")) for line in said)


def test_records_that_are_gone_are_told(place):
    path = next(Path("raw").rglob("2018-02-essex*"))
    path.unlink()
    said = call("verify", place, "--quiet", code=3)
    assert re.search(rf"data differ:\n  {path.name}: missing \(was SHA-256 \w+\)", said)
    assert "counts.csv | 2018-02: row -> no such row" in said


def test_a_changed_notebook_is_told(place):
    write_notebook(Path.cwd(), COUNT.replace("/ 7", "/ 8"))
    said = call("verify", place, "--quiet", code=3)
    assert re.search(r"code differs:\n  01_trial.ipynb: SHA-256 \w+ before, SHA-256 \w+ now", said)
    assert "figures that differ: 2," in said
    assert "| share: " in said


def test_changed_code_is_told_although_the_figures_agree(place, monkeypatch):
    monkeypatch.setattr(provenance, "code_sha256", lambda: "f" * 64)
    said = call("verify", place, "--quiet", code=6)
    assert re.search(r"code differs:\n  sources of the package: SHA-256 \w+ before, SHA-256 ffffffffffff now", said)
    assert "every table came out again" in said


def test_other_library_versions_are_named_and_do_not_fail(place, monkeypatch):
    real = provenance.metadata.version
    monkeypatch.setattr(provenance.metadata, "version", lambda name: "9.9" if name == "scipy" else real(name))
    staleness.libraries.cache_clear()
    said = call("verify", place, "--quiet", code=0)
    assert f"library versions differ:\n  scipy: {real('scipy')} before, 9.9 now\nverified: " in said
    staleness.libraries.cache_clear()


def test_a_report_that_this_version_cannot_make_says_which_can(place):
    write_notebook(Path.cwd(), "1", declared=PARAMETERS.replace("shift: int = 0", "move: int = 0"))
    with pytest.raises(RunError, match=r'parameter "shift" is unknown.*\nIt was made by version .*revision'):
        verify(place)


def test_the_parameters_of_the_record_are_used(place):
    folder = make(parameters={"shift": 3}, out="others")
    call("verify", folder, "--quiet", code=0)


@pytest.mark.parametrize("here", [".", "reports", f"reports/{TARGET}", ".."])
def test_the_raw_folder_of_the_record_is_found_from_wherever_it_is_verified(place, monkeypatch, here):
    """The record names it as it was seen from where the report was made: `--raw raw`."""
    monkeypatch.chdir(here)
    call("verify", place, "--quiet", code=0)


def test_a_raw_folder_beside_the_working_folder_is_found(place, monkeypatch):
    Path("deeper").mkdir()
    monkeypatch.chdir("deeper")
    made = make(raw="../raw", processed="../processed", out="../others")
    call("verify", made, "--quiet", code=0)


def test_a_raw_folder_that_is_nowhere_is_asked_for(place):
    shutil.rmtree("raw")
    assert "name it with --raw" in complaint("verify", place, code=5)


# --- from a stranger ------------------------------------------------------------------------------------------------


def complaint(*arguments, code):
    """The one line that is said; a process of its own, because what hangs must be ended."""
    script = "from sas_analysis.cli import app; app()"
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


def replaced(path, make_it):
    path.unlink(missing_ok=True)
    make_it(path)
    return path


NESTED = "[" * 100_000 + "]" * 100_000
ODD_RECORDS = {
    "a FIFO": (lambda path: replaced(path, os.mkfifo), "no regular file"),
    "/dev/zero": (lambda path: replaced(path, lambda it: it.symlink_to("/dev/zero")), "it is a link"),
    "nested": (lambda path: path.write_text(NESTED), "nests deeper"),
    "nested inside": (lambda path: edit(path, '"seeds": {}', '"seeds": ' + "[" * 50 + "]" * 50), "nests deeper than"),
    "huge": (lambda path: os.truncate(path, 1 << 40), "at most"),
    "10^400": (lambda path: edit(path, '"shift": 0', '"shift": 1' + "0" * 400), "a number beyond"),
    "10^9999": (lambda path: edit(path, '"shift": 0', '"shift": 1' + "0" * 9999), "no JSON"),
    "infinite": (lambda path: edit(path, '"shift": 0', '"shift": 1e999'), "a number that is none"),
    "forces": (lambda path: edit(path, '"essex"', '{"a": 1}'), "cannot be that"),
    "months": (lambda path: edit(path, '"start": "2018-01"', '"start": 7'), "cannot be that"),
    "libraries": (lambda path: edit(path, '"libraries": {', '"libraries": 3, "more": {'), "cannot be that"),
    "outputs": (lambda path: edit(path, '"outputs": [', '"outputs": [7,'), "cannot be that"),
    "no text": (lambda path: path.write_bytes(b"\xff\xfe\x00"), "no JSON"),
    "a folder": (lambda path: replaced(path, Path.mkdir), "no regular file"),
}


@pytest.mark.parametrize("odd", ODD_RECORDS)
def test_a_crafted_record_is_one_line(place, odd):
    make_it, told = ODD_RECORDS[odd]
    make_it(place / "run.json")
    said = complaint("verify", place, "--quiet", code=5)
    assert f"error: {place} is no report, or its run.json is damaged (" in said
    assert told in said
    other = make(label="other")
    assert told in complaint("diff", place, other, code=5)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"raw": "raw"', '"raw": "/"', "as no run does"),
        ('"raw": "raw"', '"raw": "../../../.."', "name it with --raw"),
        ('"report": "trial"', '"report": "../trial"', 'report "../trial" is unknown'),
    ],
)
def test_a_record_that_leads_elsewhere_is_not_followed(place, old, new, told):
    edit(place / "run.json", old, new)
    done = subprocess.run(
        [sys.executable, "-c", "from sas_analysis.cli import app; app()", "verify", str(place), "-q"],
        capture_output=True, text=True, timeout=120, env=os.environ | {"SAS_ANALYSIS_NOTEBOOKS": "notebooks"},
    )  # fmt: skip
    assert done.returncode == 5
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("odd", ["a FIFO", "/dev/zero"])
@pytest.mark.parametrize("name", ["tables/counts.csv", "report.html", "ro-crate-metadata.json", "tables/more.csv"])
def test_a_file_of_a_report_that_is_none_is_never_read(place, name, odd):
    ODD_RECORDS[odd][0](place / name)
    assert any("a link, a device or a pipe" in fault or "missing or damaged" in fault for fault in is_whole(place))
    other = make(label="other")
    if name == "tables/counts.csv":
        assert "cannot be read as a table" in complaint("diff", place, other, code=5)


@pytest.mark.parametrize("named", ["words_file", "boundaries"])
@pytest.mark.parametrize("odd", ["/dev/zero", "pipe"])
def test_a_parameter_that_names_a_device_or_a_pipe_is_never_read(place, named, odd):
    write_notebook(Path.cwd(), COUNT, declared=f'{PARAMETERS}\nboundaries: str = ""\nwords_file: str = ""')
    os.mkfifo("pipe")
    edit(place / "run.json", '"shift": 0', f'"{named}": "{odd}"')
    result = CliRunner().invoke(app, ["verify", str(place), "--quiet"])
    assert result.exit_code == 2
    assert f"parameter {named}: {odd} is not a file but a" in result.output


# --- the hash of the code -------------------------------------------------------------------------------------------


def test_the_hash_of_the_code_is_of_modules_and_tables_whatever_their_line_ends(tmp_path, monkeypatch):
    def hashed():
        staleness.code_sha256.cache_clear()
        return staleness.code_sha256()

    package = tmp_path / "sas_analysis"
    (package / "reports").mkdir(parents=True)
    monkeypatch.setattr(staleness, "_PACKAGE", package)
    (package / "a.py").write_bytes(b"x = 1\n")
    (package / "b.csv").write_bytes(b"a,b\n")
    first = hashed()
    (package / "a.py").write_bytes(b"x = 1\r\n")
    (package / "notebook.ipynb").write_text("{}")
    assert hashed() == first
    for name, content in (("a.py", b"x = 2\n"), ("b.csv", b"a,c\n"), ("c.py", b"")):
        before = hashed()
        (package / name).write_bytes(content)
        assert hashed() != before
    staleness.code_sha256.cache_clear()


# --- whole ----------------------------------------------------------------------------------------------------------


def test_a_folder_is_whole_until_something_of_it_is_changed(place):
    assert is_whole(place) == []
    (place / "tables/counts.csv").write_text("")
    (place / "report.ipynb").unlink()
    (place / "tables/more.csv").touch()
    assert is_whole(place) == [
        "report.ipynb is missing",
        "tables/counts.csv was changed after the run",
        "tables/more.csv was added after the run",
    ]


def test_an_edited_record_is_seen_by_the_hash_in_the_crate(place):
    edit(place / "run.json", '"shift": 0', '"shift": 1')
    assert is_whole(place) == ["run.json was changed after the run"]


def test_a_folder_without_its_crate_is_not_whole(place):
    (place / "ro-crate-metadata.json").write_text("{")
    assert is_whole(place) == ["ro-crate-metadata.json is missing or damaged"]


def test_a_report_of_an_earlier_version_is_not_known_to_be_whole(place):
    record = json.loads((place / "run.json").read_text())
    del record["outputs"], record["code_sha256"]
    (place / "run.json").write_text(json.dumps(record))
    assert is_whole(place) == ["run.json has no hashes of the outputs: made by an earlier version, or not finished"]
    assert "sources of the package: missing" not in call("verify", place, "--quiet", code=6)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"report": "x"}'])
def test_a_folder_that_is_no_report(tmp_path, content):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunError, match=r"is no report, or its run\.json is damaged"):
        is_whole(tmp_path)


def test_boundaries_that_lie_elsewhere_are_named_and_changed_ones_told(place, tmp_path_factory):
    elsewhere = Path(shutil.copytree("raw/boundaries", tmp_path_factory.mktemp("elsewhere") / "areas"))
    read = "from sas_analysis.records.locate import study_area\n" + COUNT
    read += "\nstudy_area(records, raw=raw, borough=None, boundaries=boundaries, synthetic=True)"
    write_notebook(Path.cwd(), read, declared=f'{PARAMETERS}\nboundaries: str = ""')
    made = make(parameters={"boundaries": str(elsewhere)})
    assert json.loads((made / "run.json").read_text())["parameters"]["boundaries"] == "areas"
    assert made.name.endswith("_boundaries-areas")
    assert "parameter boundaries: areas cannot be read" in CliRunner().invoke(app, ["verify", str(made), "-q"]).output
    assert "verified" in call("verify", made, "-q", "--boundaries", elsewhere, code=0)
    (layer,) = elsewhere.glob("*.geojson")
    layer.write_text(layer.read_text() + "\n")
    said = call("verify", made, "-q", "--boundaries", elsewhere, code=6)
    assert "data differ:\n  boundaries synthetic.geojson: SHA-256" in said
