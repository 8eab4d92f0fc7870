"""What version 0.1 left: run folders and reports.toml are read, and what they left open is as it was.

`reference/run_0.1.json` is a record that version 0.1 wrote, of the synthetic sample, with fewer files.
"""

import json
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from sas_analysis.reports.check.compare import compare
from sas_analysis.reports.many.index import write_index
from sas_analysis.reports.many.matrix import read_matrix
from sas_analysis.reports.many.staleness import Inventory, why_stale
from sas_analysis.reports.one import provenance
from sas_analysis.reports.one.naming import label_of
from sas_analysis.reports.one.parameters import RESERVED, changed, declared, find_notebook, resolve

RECORD = Path(__file__).parent / "reference" / "run_0.1.json"
FOLDER = "disproportionality_metropolitan_2018-04_2018-09"


@pytest.fixture
def out(tmp_path):
    """A folder of reports with one of version 0.1."""
    (tmp_path / "reports" / FOLDER / "tables").mkdir(parents=True)
    shutil.copy(RECORD, tmp_path / "reports" / FOLDER / "run.json")
    (tmp_path / "reports" / FOLDER / "report.html").write_text("<p>page</p>")
    (tmp_path / "reports" / FOLDER / "tables" / "rates.csv").write_text("ethnicity_5,estimate\nBlack,4.1\n")
    return tmp_path / "reports"


def asked(record):
    return {name: value for name, value in record["parameters"].items() if name not in RESERVED}


def test_its_parameters_are_the_defaults_of_today():
    known, record = declared(find_notebook("disproportionality")), json.loads(RECORD.read_text())
    assert [name for name, value in asked(record).items() if value is None] == ["borough", "census_year"]
    values, faults = resolve(known, asked(record))
    assert faults == []
    assert (values["borough"], values["census_year"]) == ("", 0)
    assert label_of(changed(known, values)) == ""


def test_the_index_lists_it(out):
    """It has no cards and no trust line: a row with its link, and no picture."""
    soup = BeautifulSoup(write_index(out).read_text(), "html.parser")
    (row,) = soup.select("#reports tr[data-light]")
    assert [link["href"] for link in row.select("a")] == [f"{FOLDER}/report.html"]
    assert row.th.get_text(" ", strip=True) == "Metropolitan Police Service synthetic"
    assert row.select_one(".lt").get_text() == "Not compared"
    assert soup.select(".natl, .cards") == []


def test_the_index_says_what_it_said_of_official_statistics(out):
    path = out / FOLDER / "run.json"
    record = json.loads(path.read_text())
    record["data"]["synthetic"] = False
    path.write_text(json.dumps(record | {"contradicted": "official statistics contradict these records"}))
    (row,) = BeautifulSoup(write_index(out).read_text(), "html.parser").select("#reports tr[data-light]")
    assert row.select_one(".lt").get_text() == "Contradicts"


def test_a_batch_makes_it_again_and_says_why(out, tmp_path):
    notebook = find_notebook("disproportionality")
    values, _ = resolve(declared(notebook), asked(provenance.read(out / FOLDER)))
    values |= {"forces": ["metropolitan"], "start": "2018-04", "end": "2018-09"}
    inventory = Inventory(tmp_path / "raw", tmp_path / "processed")
    why = why_stale(out / FOLDER, values=values, notebook=notebook, inventory=inventory)
    assert why == "another version of the code made it"


def test_what_it_left_open_is_no_difference(out):
    """`diff` and `verify` show parameters that differ; null then is empty now."""
    now = shutil.copytree(out / FOLDER, out / "now")
    record = provenance.read(now)
    record["parameters"] |= {"borough": "", "census_year": 0}
    provenance.write(record, now / "run.json")
    assert compare(out / FOLDER, now).reasons == {}
    record["parameters"] |= {"borough": "Lewisham", "census_year": 2021, "seed": 0}
    provenance.write(record, now / "run.json")
    assert compare(out / FOLDER, now).reasons == {
        "parameters": [
            "borough: None before, Lewisham now",
            "census_year: None before, 2021 now",
            "seed: 1 before, 0 now",
        ]
    }


@pytest.mark.parametrize(
    ("given", "folder", "census_year"),
    [
        ("", FOLDER, 0),
        ('borough = "none", census_year = "none"', FOLDER, 0),
        ('borough = "", census_year = ""', FOLDER, 0),
        ("census_year = 2021", f"{FOLDER}_census-year-2021", 2021),
        ('borough = "Southwark", census_year = "2011"', f"{FOLDER}_borough-Southwark-census-year-2011", 2011),
    ],
)
def test_its_reports_toml_means_the_same(tmp_path, given, folder, census_year):
    entry = 'name = "disproportionality"\nforces = ["metropolitan"]\nfrom = "2018-04"\nto = "2018-09"'
    (tmp_path / "reports.toml").write_text(f"[[report]]\n{entry}\nparameters = {{ {given} }}\n")
    inventory = Inventory(tmp_path / "raw", tmp_path / "processed")
    (job,) = read_matrix(tmp_path / "reports.toml", inventory)
    assert job.folder == folder
    assert job.values(inventory)["census_year"] == census_year
