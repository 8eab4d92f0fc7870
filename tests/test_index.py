"""The index of reports: what it says of each, from what the reports say of themselves."""

import json
import os

import pytest
from bs4 import BeautifulSoup

from sas_analysis.errors import RunError
from sas_analysis.reports.many.index import INDEX, write_index

LIGHTS = "force,year_ending,measure,official,ours,difference,light,note\n"


def put(out, report="outcomes", force="essex", *, synthetic=False, failed=None, page=True, lights=(), **record):
    """A report's folder as `run` leaves it (or a failed run's), with what the index reads of it."""
    folder = out / (".failed" if failed else "") / f"{report}_{force}_2019-01_2019-12"
    (folder / "tables").mkdir(parents=True)
    parameters = {"forces": [force], "start": "2019-01", "end": "2019-12"}
    data = {"rows": 12345, "synthetic": synthetic}
    told = {"report": report, "parameters": parameters, "data": data, "unseen_labels": [], "error": failed}
    told |= {"finished": "2026-11-24T04:05:06+00:00"} | record
    (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
    if page and not failed:
        (folder / "report.html").write_text("<p>page</p>", encoding="utf-8")
    if lights:
        rows = "".join(f"{force},2019-03,searches,1,1,0,{light},\n" for light in lights)
        (folder / "tables" / "reconciliation.csv").write_text(LIGHTS + rows, encoding="utf-8")
    return folder


def rows(out):
    soup = BeautifulSoup(write_index(out).read_text(encoding="utf-8"), "html.parser")
    return soup, soup.select("#reports tbody tr")


def words(tag):
    return " ".join(tag.get_text(" ").split())


def test_a_report_is_a_row_with_its_links(tmp_path):
    folder = put(tmp_path)
    (folder / "tables" / "outcomes.csv").write_text("a\n1\n")
    _, (row,) = rows(tmp_path)
    assert [words(cell) for cell in row.find_all(["th", "td"])][:4] == [
        "Outcomes",
        "Essex Police",
        "2019-01 to 2019-12",
        "12,345",
    ]
    links = [link["href"] for link in row.find_all("a")]
    name = "outcomes_essex_2019-01_2019-12"
    assert links[:4] == [f"{name}/{end}" for end in ("report.html", "report.html", "report.ipynb", "run.json")]
    assert links[4:] == [f"{name}/tables/outcomes.csv"]


@pytest.mark.parametrize(
    ("lights", "shown"),
    [
        (["green", "red", "amber"], "official statistics contradict"),
        (["another year"], "official statistics of another year only"),
        (["green", "amber"], "official statistics differ"),
        (["green", "cannot be compared"], "official statistics cannot be compared"),
        (["green", "green"], "official statistics agree"),
        ([], "not compared in this report"),
    ],
)
def test_the_status_is_the_worst_light_in_words(tmp_path, lights, shown):
    put(tmp_path, lights=lights)
    _, (row,) = rows(tmp_path)
    assert words(row.select_one(".light")) == shown
    assert row["data-status"] == shown


def test_simulated_records_have_no_light_and_say_so(tmp_path):
    put(tmp_path, synthetic=True, lights=["green"])
    soup, (row,) = rows(tmp_path)
    assert "synthetic" in words(row)
    assert "simulated records" in words(row)
    assert "agree" not in words(row)
    assert "SYNTHETIC" in words(soup.select_one(".banner"))
    put(tmp_path, force="kent")
    assert rows(tmp_path)[0].select_one(".banner") is None


def test_a_failed_run_stands_beside_the_report_before_it(tmp_path):
    put(tmp_path)
    kept = put(tmp_path, failed="cell 3: boom <b>\nmore")
    (kept / "report.ipynb").write_text("{}")
    soup, (row,) = rows(tmp_path)
    assert "Last run failed" in words(row)
    assert "cell 3: boom <b>" in words(row)
    assert "more" not in words(row.select_one(".note"))
    assert row.select_one(".note a")["href"] == ".failed/outcomes_essex_2019-01_2019-12/report.ipynb"
    assert "1 reports" in words(soup.header)
    assert "last run failed: 1" in words(soup.header)


def test_a_run_that_left_no_report_is_not_lost(tmp_path):
    put(tmp_path, force="kent")
    put(tmp_path, failed="no data", force="essex")
    _, (first, second) = rows(tmp_path)
    assert "Kent Police" in words(first)
    assert "no data" in words(second)
    assert second.select("a") == []


def test_reports_of_one_force_and_period_are_told_apart_by_borough_or_label(tmp_path):
    plain = put(tmp_path)
    for label, parameters in (("level-0-9", {}), ("borough-Southwark", {"borough": "Southwark"})):
        folder = tmp_path / f"{plain.name}_{label}"
        folder.mkdir()
        record = json.loads((plain / "run.json").read_text())
        record["parameters"] |= parameters
        (folder / "run.json").write_text(json.dumps(record))
        (folder / "report.html").write_text("<p>page</p>")
    assert sorted(words(row.find_all(["th", "td"])[1]) for row in rows(tmp_path)[1]) == [
        "Essex Police",
        "Essex Police, Southwark",
        "Essex Police, level-0-9",
    ]


def test_unseen_labels_are_counted(tmp_path):
    put(tmp_path, unseen_labels=[{"label": "x"}, {"label": "y"}])
    assert "2 labels in no crosswalk" in words(rows(tmp_path)[1][0])


def test_what_is_no_report_is_left_out(tmp_path):
    put(tmp_path)
    put(tmp_path, force="kent", page=False)
    (put(tmp_path, force="surrey") / "run.json").write_text("{}")
    (put(tmp_path, force="sussex") / "run.json").write_text("not json")
    put(tmp_path, force="dorset", parameters={"forces": ["nowhere"], "start": "2019-01", "end": "2019-12"})
    (tmp_path / "another folder").mkdir()
    _, found = rows(tmp_path)
    assert [words(row.find("td")) for row in found] == ["Essex Police", "Kent Police"]
    assert found[1].select("a") == []  # its page is not there to be opened


NESTED = "[" * 100_000 + "]" * 100_000
CRAFTED = [  # what a field is, and becomes
    ('"rows": 12345', '"rows": "many"'),
    ('"rows": 12345', '"rows": 1' + "0" * 400),
    ('"rows": 12345', '"rows": 1' + "0" * 9999),
    ('"rows": 12345', f'"rows": {NESTED}'),
    ('"finished": "2026-11-24T04:05:06+00:00"', '"finished": 5'),
    ('"start": "2019-01"', '"start": ["2019-01"]'),
    ('["essex"]', '[["essex"]]'),
    ('"unseen_labels": []', '"unseen_labels": 7'),
    ('"synthetic": false', '"synthetic": {"a": 1}'),
    ('"report": "outcomes"', '"report": null'),
]


@pytest.mark.parametrize(("old", "new"), CRAFTED, ids=range(len(CRAFTED)))
@pytest.mark.parametrize("failed", [None, "boom"])
def test_one_bad_report_never_costs_the_index(tmp_path, old, new, failed):
    put(tmp_path, force="kent")
    record = put(tmp_path, failed=failed) / "run.json"
    text = record.read_text()
    assert old in text
    record.write_text(text.replace(old, new))
    told = []
    soup = BeautifulSoup(write_index(tmp_path, warn=told.append).read_text(encoding="utf-8"), "html.parser")
    assert [words(row.find("td")) for row in soup.select("#reports tbody tr")] == ["Kent Police"]
    (line,) = told
    assert line.startswith("outcomes_essex_2019-01_2019-12: its run.json is no report's (")
    assert len(line.splitlines()) == 1
    assert "left out, for their run.json is damaged: 1" in words(soup.header)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("name", ["run.json", "tables/reconciliation.csv"])
def test_no_pipe_and_no_device_is_read(tmp_path, make, name):
    put(tmp_path, force="kent")
    path = put(tmp_path) / name
    path.unlink(missing_ok=True)
    make(path)
    _, found = rows(tmp_path)
    assert len(found) == (1 if name == "run.json" else 2)


def test_names_that_would_steer_a_terminal_are_written_out(tmp_path):
    put(tmp_path, force="kent")
    (tmp_path / "bad\n\x1b[31m").mkdir()
    (tmp_path / "bad\n\x1b[31m" / "run.json").write_text("{")
    told = []
    write_index(tmp_path, warn=told.append)
    assert told[0].startswith("bad\\n\\x1b[31m: its run.json is no report's (it is no JSON")


def test_texts_from_outside_stay_text(tmp_path):
    put(tmp_path, failed="<script>alert(1)</script>")
    soup, _ = rows(tmp_path)
    assert len(soup.find_all("script")) == 1


def test_a_folder_without_reports_is_an_error_and_nothing_is_written(tmp_path):
    with pytest.raises(RunError, match="holds no report"):
        write_index(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    put(tmp_path)
    before = write_index(tmp_path).read_bytes()
    put(tmp_path, force="kent")
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(RunError, match="No space left"):
        write_index(tmp_path)
    assert (tmp_path / INDEX).read_bytes() == before
    assert not list(tmp_path.glob(".index*"))
