"""Reports of which nothing can be estimated: made all the same, with the reason in their first lines."""

import json
import re
import shutil

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from sas_analysis.errors import DataError
from sas_analysis.present import ratio_sentences
from sas_analysis.present.report import Report
from sas_analysis.reports.one.run import run_report
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.opening import open_study

REPORTS = ["data_quality", "search_grounds", "outcomes", "disproportionality"]


@pytest.fixture(scope="module")
def raw(sample, tmp_path_factory):
    """A year of one force: one month without any location, one with every row twice, one as it was.

    Nothing says that it is simulated.
    """
    raw = tmp_path_factory.mktemp("not_estimable") / "raw"
    for month in (f"2018-{number:02d}" for number in range(1, 13)):
        name = f"{month}/{month}-essex-stop-and-search.csv"
        (raw / month).mkdir(parents=True)
        shutil.copy(sample / name, raw / name)
    (raw / "boundaries").mkdir()
    areas = json.loads((sample / "boundaries" / "synthetic.geojson").read_text(encoding="utf-8"))
    (raw / "boundaries" / "areas.geojson").write_text(json.dumps(areas | {"synthetic": False}), encoding="utf-8")
    lost, twice = (raw / f"{month}/{month}-essex-stop-and-search.csv" for month in ("2018-04", "2018-07"))
    rows = pd.read_csv(lost, dtype=str, keep_default_na=False)
    rows.assign(Latitude="", Longitude="").to_csv(lost, index=False, lineterminator="\r\n")
    head, *lines = twice.read_text(encoding="utf-8").splitlines(keepends=True)
    twice.write_text(head + "".join(line * 2 for line in dict.fromkeys(lines)), encoding="utf-8", newline="")
    return raw


@pytest.fixture
def made(raw, tmp_path):
    """Makes a report of one month and gives its folder."""

    def made(name, month, **parameters):
        folders = {"raw": raw, "processed": raw.parent / "processed", "out": tmp_path / "out"}
        return run_report(name, forces=["essex"], start=month, end=month, parameters=parameters, **folders)

    return made


def page(folder) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", (folder / "report.html").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", REPORTS)
def test_a_borough_of_records_without_locations(made, name):
    folder = made(name, "2018-04", borough="Colchester")
    text = page(folder)
    assert "Colchester (E07000071): not estimable, because 100.0% of searches have no location" in text
    assert "those of the whole force are in the report without -p borough" in text
    flow = pd.read_csv(folder / "tables" / "flow.csv")
    assert flow["left"].iloc[0] > flow["left"].iloc[-1] == 0
    if name != "data_quality":
        assert "location is missing from many records in the month" in text
    if name == "disproportionality":
        ratios = pd.read_csv(folder / "tables" / "ratios.csv")
        assert ratios["estimate"].isna().all()
        assert ratios["note"].str.contains("100.0% of searches have no location").all()


def test_ratios_of_months_that_the_audit_flags_one_and_all(made):
    folder = made("disproportionality", "2018-07", borough="Colchester")
    assert "No rate and no ratio can be given for Colchester" in page(folder)
    for name in ("ratios", "ratios_by_power", "ratio_bounds"):
        found = pd.read_csv(folder / "tables" / f"{name}.csv")
        assert found["estimate"].isna().all()
        assert found["note"].str.contains("no month of 1 may be used (2018-07: ", regex=False).all()
        assert set(found["ethnicity_5"]) >= {"Black", "Asian"}


def test_a_force_without_residents_says_so_once_and_shows_no_table_of_nothing(made, raw, tmp_path):
    for path in [path for path in raw.glob("*/*-essex-*") if path.parent.name >= "2018-08"]:
        copy = tmp_path / "railways" / path.parent.name / path.name.replace("essex", "btp")
        copy.parent.mkdir(parents=True)
        shutil.copy(path, copy)
    folders = {"raw": tmp_path / "railways", "processed": tmp_path / "processed", "out": tmp_path / "out"}
    folder = run_report("disproportionality", forces=["btp"], start="2018-08", end="2018-12", **folders)
    text = page(folder)
    assert text.count("has no residents") == 1 + text.count("residents; the official series")  # and in run.json's notes
    assert (
        "No rate and no ratio can be given: British Transport Police polices the railways and has no residents." in text
    )
    for words in ("cannot be given:", "No number", "cannot be said", "interpolated", "no month may be used"):
        assert words not in text, words
    shown = BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")
    tables = shown.main.find_all("table")
    captions = [table.caption.get_text(" ", strip=True) for table in tables if table.caption]
    assert [text for text in captions if "atio" in text.partition("  ")[2] or "residents" in text] == []
    numbers = [int(found[1]) for text in captions if (found := re.match(r"Table (\d+)", text))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [table for table in tables if table.thead and len(table.thead.find_all("th")) < 2] == []
    assert "How many searches per resident?" not in text
    saved = pd.read_csv(folder / "tables" / "ratios.csv")  # what is not shown is saved, with the reason
    assert saved["estimate"].isna().all()
    assert saved["note"].str.contains("has no residents").all()


def test_a_force_without_residents_beside_another_is_named_in_the_answer(raw, sample, tmp_path):
    for path in [path for path in raw.glob("*/*-essex-*") if path.parent.name >= "2018-08"]:
        folder = tmp_path / "both" / path.parent.name
        folder.mkdir(parents=True)
        shutil.copy(path, folder)
        other = path.name.replace("essex", "derbyshire")
        shutil.copy(sample / path.parent.name / other, folder / other.replace("derbyshire", "btp"))
    study = open_study(["btp", "essex"], "2018-08", "2018-12", raw=tmp_path / "both", processed=tmp_path / "processed")
    shown = []
    page = Report(study, Comparison(study))
    page._show = shown.append
    page.answer(ratio_sentences.answer, page.compared.ratios.assign(note=""))
    (block,) = shown
    said = "Searches by British Transport Police are in none of these ratios: it has no residents to divide by."
    assert said in block.content["text"]


def test_a_borough_in_which_no_search_with_a_location_is_is_an_error_that_says_what_to_do(made):
    said = r"no search is left to analyse \(.*located outside Derby: \d+ dropped, 0 left\); .* Derby must be policed by"
    with pytest.raises(DataError, match=said):
        made("search_grounds", "2018-10", borough="Derby")
