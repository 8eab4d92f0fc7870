"""What a stranger's records and file names may hold, and what of it reaches a terminal, a log, a table or a page."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas_analysis.errors import plain
from sas_analysis.records.synthetic.extract import write_sample

# By the names of Unicode (category Cc, and the line ends and turns of direction), not by the code's own expression.
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LABEL = "Drugs\x1b[31m\x07 \u202egurd"
FOLDER = "2018\n{}\x1b[2J"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A month with a label that steers a terminal, in a folder whose name ends a line; and a file that is refused."""
    place = tmp_path_factory.mktemp("harmless")
    write_sample(place / "sample", forces=["essex"], start="2018-01", end="2018-02", scale=0.05)
    (place / "raw" / FOLDER).mkdir(parents=True)
    for path in (place / "sample").rglob("*-stop-and-search.csv"):
        text = path.read_text(encoding="utf-8").replace("Controlled drugs", LABEL)
        (place / "raw" / FOLDER / path.name).write_text(text, encoding="utf-8", newline="")
    shutil.copy(place / "sample" / "SYNTHETIC.json", place / "raw")
    (place / "raw" / FOLDER / "2018-03-essex-stop-and-search.csv").write_text("no table")
    return place


def called(place, *arguments):
    """stdout and stderr of a command, as a file would have them."""
    command = [sys.executable, "-c", "from sas_analysis.cli import app; app()", *arguments]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, encoding="utf-8")
    return done.returncode, done.stdout, done.stderr


def harmless(text, steering=STEERING):
    assert not steering.search(text), repr(steering.search(text))
    return text


def test_cleaning_says_each_thing_in_a_line(place):
    code, out, err = called(place, "clean", "--raw", "raw", "--processed", "clean")
    assert code == 2
    harmless(out + err)
    assert "\\x1b[31m" in err  # the label that no crosswalk has
    assert all(
        line.startswith(("warning: ", "error: ", "  2018\\n{}\\x1b[2J/", "cleaned ")) for line in err.splitlines()
    )


def test_a_report_and_its_batch_hold_nothing_that_steers(place):
    (place / "reports.toml").write_text(
        '[[report]]\nname = "data_quality"\nforces = ["essex"]\nfrom = "2018-01"\nto = "2018-02"\n'
    )
    code, out, err = called(place, "batch", "--raw", "raw", "--processed", "processed", "--log", "events.jsonl")
    assert code == 0, err
    harmless(out + err + (place / "events.jsonl").read_text())
    (report,) = place.glob("reports/data_quality*")
    files = [path for path in report.rglob("*") if path.suffix in (".html", ".csv", ".json", ".ipynb")]
    in_json = re.compile(r"[\x00-\x08\x0b-\x1f]")  # its texts are for programs, and keep what was published
    kinds = {path: in_json if path.suffix in (".json", ".ipynb") else STEERING for path in files}
    texts = {path.name: harmless(path.read_text(encoding="utf-8"), kind) for path, kind in kinds.items()}
    assert len(texts) > 5
    assert any("\\x1b[31m" in text for name, text in texts.items() if name.endswith(".csv"))
    assert "\\x1b[31m" in texts["report.html"]
    harmless((place / "reports/index.html").read_text(encoding="utf-8"))
    assert json.loads(texts["run.json"])["unseen_labels"]


def test_a_failed_run_keeps_a_log_of_plain_lines(place):
    (place / "failing.toml").write_text(
        '[[report]]\nname = "data_quality"\nforces = ["essex"]\nfrom = "2018-03"\nto = "2018-03"\n'
    )
    code, out, err = called(place, "batch", "failing.toml", "--raw", "raw", "--processed", "processed")
    assert code == 2
    harmless(out + err)
    (log,) = place.glob("reports/.failed/*2018-03/log.txt")
    harmless(log.read_text(encoding="utf-8"))


@given(st.text())
def test_written_out_a_text_is_one_line_that_steers_nothing(text):
    made = plain(text)
    assert len(made.splitlines()) <= 1
    assert not STEERING.search(made)
    assert plain(made) == made


@pytest.mark.parametrize("text", ["", "Anything to threaten or harm anyone", "é – ’ \u00a0 😀", "a\\nb"])
def test_ordinary_texts_are_as_they_were(text):
    assert plain(text) == text
    assert plain(f"{text}\n\t", keep="\n\t") == f"{text}\n\t"


def test_the_sample_itself_is_ordinary(place):
    for path in (place / "sample").rglob("*.csv"):
        assert plain(Path(path).read_text(encoding="utf-8"), keep="\n") == path.read_text(encoding="utf-8")
