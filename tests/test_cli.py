import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from typer.testing import CliRunner

from sas_analysis import errors
from sas_analysis.cli import app
from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.reference.forces import forces
from sas_analysis.reports.one import parameters
from sas_analysis.reports.one.provenance import version

PARAMETERS = """forces: list[str] = []
start: str = ""
end: str = ""
raw: str = ""
processed: str = ""
tables: str = ""
shift: int = 0  # added to the number
reference: str | None = None"""
ASKED = ["--force", "essex", "--from", "2018-01", "--to", "2018-01", "--raw", "raw", "--processed", "processed"]
PAGE = "reports/trial_essex_2018-01_2018-01_shift-3/report.html"


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    raw = tmp_path_factory.mktemp("extract") / "raw"
    write_sample(raw, forces=["essex", "metropolitan"], start="2018-01", end="2018-02", scale=0.05)
    return raw


@pytest.fixture
def place(tmp_path, extract, monkeypatch):
    shutil.copytree(extract, tmp_path / "raw")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parameters, "NOTEBOOKS", [tmp_path / "notebooks"])
    write_notebook("print('shift is', shift)")
    return tmp_path


def write_notebook(source):
    cells = [new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), new_code_cell(source)]
    nbformat.write(
        new_notebook(cells=cells, metadata={"language_info": {"name": "python"}}), "notebooks/01_trial.ipynb"
    )


def call(*arguments):
    return CliRunner().invoke(app, list(arguments), prog_name="sas-analysis")


def refused(*arguments, code):
    """The text of an error that ends a command: nothing else is said, and no traceback."""
    result = call(*arguments)
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def test_help_is_quick_because_it_imports_nothing_slow():
    script = "import sys, sas_analysis.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "sas_analysis.cli" in loaded
    assert {"pandas", "numpy", "pyarrow", "papermill", "nbconvert", "nbformat", "matplotlib"}.isdisjoint(loaded)


def test_help_and_version():
    text = call("--help").stdout
    for command in ("sample", "clean", "forces", "parameters", "report"):
        assert f"  {command} " in text
    for kind in (errors.SasError, *errors.SasError.__subclasses__()):
        assert re.search(rf"\n +{kind.exit_code}  \w", text)
    assert call("--version").stdout == f"sas-analysis {version()}\n"


def test_the_help_of_report_names_every_report():
    said = " ".join(call("report", "--help").stdout.split())
    assert [name for name in parameters.notebooks() if name not in said] == []


def test_exit_codes_are_distinct():
    codes = [kind.exit_code for kind in (errors.SasError, *errors.SasError.__subclasses__())]
    assert sorted(codes) == [1, 2, 3, 4, 5, 6, 64]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report"], "Missing argument 'NAME'"),
        (["report", "trial", "--force", "essex"], "Missing option '--from'"),
        (["report", "trial", *ASKED, "--stict"], "No such option: --stict"),
        (["rpeort"], "No such command 'rpeort'"),
        (["sample", "--seed", "one"], "Invalid value for '--seed'"),
    ],
)
def test_a_command_that_cannot_be_parsed(place, arguments, said):
    assert said in refused(*arguments, code=64)


def test_what_cannot_be_asked_is_told_at_once(place):
    said = refused("report", "trial", *ASKED, "--force", "essx", "-p", "shfit=1", "-p", "reference=3", code=64)
    assert said.splitlines() == [
        "error: 2 faults:",
        '  - parameter "shfit" is unknown; did you mean "shift"? This report has: shift, reference',
        '  - force "essx" is unknown; did you mean "essex"? See: sas-analysis forces',
    ]
    said = refused("report", "trial", *ASKED, "--force", "kemt", "--force", "essx", code=64)
    assert said.count("See: sas-analysis forces") == 1
    assert "write it as -p NAME=VALUE" in refused("report", "trial", *ASKED, "-p", "shift", code=64)
    assert "did you mean" in refused("parameters", "trail", code=64)


def test_report_says_what_was_done(place):
    result = call("report", "trial", *ASKED, "-p", "shift=3")
    assert result.exit_code == 0, result.output
    record = json.loads(Path(PAGE).with_name("run.json").read_text())
    rows = record["data"]["rows"]
    assert result.stdout.splitlines() == [PAGE, f"  {rows:,} synthetic records in 1 files, {record['duration_s']} s"]
    assert result.stderr.splitlines() == [
        "cleaned 2 files: essex/2018 ...",
        f"01_trial.ipynb: running on {rows:,} records ...",
        f"01_trial.ipynb: done in {record['duration_s']} s ...",
    ]
    assert "shift is 3" in Path(PAGE).read_text()


def test_verbose_shows_what_the_notebook_prints(place, caplog):
    assert call("report", "trial", *ASKED, "--verbose", "-p", "shift=4", "-p", "reference=x").exit_code == 0
    assert "shift is 4" in caplog.text
    assert "unknown parameter" not in caplog.text  # `reference`, which papermill's own reader leaves out


def test_a_label_never_seen_is_a_warning_or_with_strict_an_error(place):
    for path in Path("raw").rglob("2018-01-essex*"):
        path.write_text(path.read_text().replace("Arrest,", "Arrested on the moon,"))
    said = refused("report", "trial", *ASKED, "--strict", "--quiet", code=4)
    assert "error: labels that no crosswalk has: 1, outcome 'Arrested on the moon'" in said
    result = call("report", "trial", *ASKED, "--quiet")
    assert result.exit_code == 0
    (line,) = result.stderr.splitlines()
    assert line.startswith("warning: labels that no crosswalk has, counted as unrecognised: 1, outcome 'Arrested")
    result = call("clean", "--raw", "raw", "--processed", "processed", "--quiet")
    assert "Arrested on the moon" in result.stderr


def test_a_notebook_that_fails_and_one_that_does_not_reconcile(place):
    write_notebook("raise ValueError('no month left')")
    said = refused("report", "trial", *ASKED, "--quiet", code=5)
    assert said.startswith("error: 01_trial.ipynb failed in cell 3: ValueError: no month left\n")
    write_notebook("from sas_analysis.errors import *\nraise ReconciliationError('3 against 4')")
    assert "3 against 4" in refused("report", "trial", *ASKED, "--quiet", code=3)


def test_records_that_are_missing_or_refused(place):
    asked = ["--raw", "raw", "--processed", "processed", "--quiet"]
    period = ["--from", "2020-01", "--to", "2020-02"]
    assert "no stop-and-search file" in refused("report", "trial", "--force", "essex", *period, *asked, code=2)
    assert "no folder" in refused("clean", "--raw", "nowhere", code=2)
    next(Path("raw").rglob("2018-01-essex*")).write_bytes(b"")
    result = call("clean", *asked)
    assert result.exit_code == 2
    assert "3 files cleaned" in result.stdout
    assert (
        "error: 1 files are refused:\n  2018-01/2018-01-essex-stop-and-search.csv: the file is empty" in result.stderr
    )


def test_clean_does_what_changed(place):
    first = call("clean", "--raw", "raw", "--processed", "processed")
    assert first.exit_code == 0, first.output
    assert "4 files cleaned, 0 unchanged" in first.stdout
    assert first.stderr.startswith("cleaned 4 files:")
    assert "0 files cleaned, 4 unchanged" in call("clean", "--raw", "raw", "--processed", "processed").stdout


def test_sample_is_written_and_nothing_of_yours_replaced(place):
    result = call("sample", "--raw", "made", "--quiet")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    files = list(Path("made").rglob("*.csv"))
    assert result.stdout.startswith(f"made: {len(files)} synthetic files, ")
    Path("mine").mkdir()
    Path("mine/thesis.docx").touch()
    assert "error: mine could not be written" in refused("sample", "--raw", "mine", "--quiet", code=5)
    assert list(Path("mine").iterdir()) == [Path("mine/thesis.docx")]


def test_forces_lists_what_force_takes():
    lines = call("forces").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(forces()["force"])
    assert "essex                Essex Police" in lines


def test_parameters_lists_a_reports_own(place):
    lines = call("parameters", "trial").stdout.splitlines()
    assert lines[:4] == [
        "shift: int = 0",
        "    added to the number",
        "reference: str | None = None",
        "    (no description)",
    ]
    assert not [line for line in lines if line.startswith("raw:")]
