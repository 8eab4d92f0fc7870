"""docs/national-2020-21: what is committed is what the records of the archive give today."""

import importlib.util
import re
from pathlib import Path

import pandas as pd
import pytest

import sas_analysis as sas

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "national-2020-21"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("national_docs", ROOT / "scripts" / "national_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def side(real_data, tmp_path_factory):
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("processed")}
    return sas.Comparison(sas.open_study("all", "2020-04", "2021-03", **place)).by_force()


def test_the_text_is_made_of_these_records(side, script):
    assert script.text_of(side) == (FOLDER / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["reliance", "causes", "overview", "ratios_by_force", "within", "arrests_by_force"])
def test_the_tables_are_of_these_records(side, name):
    known = {"causes": side.study.causes, "overview": side.overview("Black"), "arrests_by_force": side.arrests}
    known |= {"ratios_by_force": side.ratios}
    table = known[name] if name in known else getattr(side, name)
    kept = pd.read_csv(FOLDER / "tables" / f"{name}.csv", keep_default_na=False, dtype="str")
    assert [column for column in kept if column in table or column != "note"] == list(table.columns)
    assert len(kept) == len(table)
    for column in table:
        found, fresh = kept[column], table[column]
        if pd.api.types.is_numeric_dtype(fresh.dtype):
            numbers = pd.to_numeric(found.replace("", None)).astype(float)
            pd.testing.assert_series_equal(numbers, fresh.astype(float).reset_index(drop=True), rtol=1e-9)
        else:
            assert found.tolist() == fresh.astype("str").fillna("").tolist(), column


def test_every_file_that_the_page_links_is_there():
    page = (FOLDER / "report.html").read_text("utf-8")
    links = set(re.findall(r'href="([^"#:]+)"', page))
    assert {link for link in links if not (FOLDER / link).exists()} == set()
    assert any(link.endswith("causes.csv") for link in links)
    assert not re.search(r"/(home|root|tmp|work)/", page)


def test_a_link_to_what_is_not_kept_is_taken_out(script):
    page = '<a download href="tables/a.csv">Table</a><a download href="figures/a.svg">SVG</a><a href="run.json">run</a>'
    assert script.page_of(page) == '<a download href="tables/a.csv">Table</a>'
