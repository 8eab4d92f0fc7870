"""Records that are not published: every count is rounded first, and nothing gives an exact one away."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from sas_analysis.errors import ParameterError
from sas_analysis.measures import quality
from sas_analysis.measures.grounds import object_agreement
from sas_analysis.measures.registry import is_share
from sas_analysis.present import quality_sentences
from sas_analysis.present.report import Report
from sas_analysis.present.withheld import _OF_NO_RECORDS, reveals
from sas_analysis.records.select import is_repeat, person_searches
from sas_analysis.reports.one.run import run_report
from sas_analysis.rounding import NOT_GIVEN, round_to_of, rounded, to_be_rounded, to_nearest
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.opening import open_study

REPORTS = ["data_quality", "search_grounds", "outcomes", "disproportionality"]
TO = 5
# A whole number of three digits or more that is no part of a longer word, date, share or fraction.
NUMBER = re.compile(r"(?<![\w.,-])(?:\d{1,3}(?:,\d{3})+|\d{3,6})(?![\w%]|[.,-]\d)")
HEADS_OF_NO_RECORDS = {"Resident-years", "Expected at the same rate", "Beyond the expected"} | {
    name.replace("_", " ").capitalize() for name in _OF_NO_RECORDS
}


@pytest.fixture(scope="module")
def made(sample, tmp_path_factory):
    """Makes each report of one period once, rounded or not."""
    places, kept = {"raw": sample, "processed": tmp_path_factory.mktemp("processed")}, {}

    def make(name, round_to=TO):
        if (name, round_to) not in kept:
            out = tmp_path_factory.mktemp(f"out{round_to}")
            asked = {"forces": ["metropolitan", "essex"], "start": "2018-04", "end": "2018-09"}
            given = {"round_to": round_to} if round_to else {}
            kept[name, round_to] = run_report(name, **asked, parameters=given, out=out, **places)
        return kept[name, round_to]

    return make


@pytest.fixture(scope="module")
def study(sample, tmp_path_factory):
    processed = tmp_path_factory.mktemp("processed")
    return open_study("metropolitan", "2018-04", "2018-09", raw=sample, processed=processed, round_to=TO)


def whole(values):
    """The whole numbers of a column of a CSV, whatever its type."""
    numbers = pd.to_numeric(values, errors="coerce").dropna()
    return numbers[numbers.mod(1).eq(0)].astype("int64").tolist()


def tables(folder):
    return {path.stem: pd.read_csv(path) for path in (folder / "tables").glob("*.csv")}


def exact_counts(folder):
    """Counts of 100 or more in the tables of a report that are no multiples: what a rounded one must not say."""
    return {
        number
        for table in tables(folder).values()
        for name in table.columns.difference(list(_OF_NO_RECORDS))
        if pd.api.types.is_integer_dtype(table[name])
        for number in whole(table[name])
        if number >= 100 and number % TO and not 2011 <= number <= 2030  # not a year
    }


@pytest.mark.parametrize("name", REPORTS)
def test_every_count_of_every_file_is_a_multiple(made, name):
    checked = 0
    for stem, table in tables(made(name)).items():
        for column in table.columns.difference(list(_OF_NO_RECORDS)):
            if pd.api.types.is_integer_dtype(table[column]):
                shares = column == "denominator"  # of other measures it may be 1, or an amount
                rows = table[table["measure"].map(is_share)] if shares else table
                wrong = [number for number in whole(rows[column]) if number % TO]
                assert not wrong, (stem, column, wrong[:5])
                checked += len(table)
    assert checked > 20


@pytest.mark.parametrize("name", REPORTS)
def test_every_count_of_the_page_is_a_multiple(made, name):
    page, checked = BeautifulSoup((made(name) / "report.html").read_text(encoding="utf-8"), "html.parser"), 0
    for table in page.find_all("table"):
        if table.caption is None:  # of the parameters
            continue
        heads = [cell.get_text() for cell in table.thead.find_all("th")] if table.thead else []
        for row in table.find_all("tr"):
            for head, cell in zip(heads[-len(row.find_all("td")) :], row.find_all("td"), strict=False):
                text = cell.get_text().strip()
                if re.fullmatch(r"\d[\d,]*", text) and head not in HEADS_OF_NO_RECORDS:
                    assert int(text.replace(",", "")) % TO == 0, (
                        table.caption and table.caption.get_text(),
                        head,
                        text,
                    )
                    checked += 1
    assert checked > 5


@pytest.mark.parametrize("name", REPORTS)
def test_no_exact_count_is_in_any_output(made, name):
    """Counts of the same report without rounding are looked for in the page, the notebook's outputs and run.json."""
    exact = exact_counts(made(name, 0))
    assert len(exact) > 5
    folder = made(name)
    page = BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")
    notebook = json.loads((folder / "report.ipynb").read_text(encoding="utf-8"))
    outputs = [
        output.get("data", {}) | {"stream": output.get("text", "")}
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
    ]
    texts = [value for data in outputs for kind, value in data.items() if not kind.startswith("image")]
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    said = {
        "page": page.get_text(" "),
        "notebook": " ".join("".join(text) if isinstance(text, list) else str(text) for text in texts),
        "run.json": json.dumps(
            [record["data"]["rows"], [file["rows"] for file in record["data"]["files"]], record["unseen_labels"]]
        ),
        # The size of a file in bytes, and the number of a row, may be any number.
        "crate": re.sub(r'"contentSize": "?\d+', "", (folder / "ro-crate-metadata.json").read_text(encoding="utf-8")),
        **{stem: table.to_csv(index=False) for stem, table in tables(folder).items()},
    }
    for where, text in said.items():
        text = re.sub(r"\d+ are needed", "", text)  # a limit of the rule for intervals
        numbers = {int(found.replace(",", "")) for found in NUMBER.findall(text)}
        assert not numbers & exact, (where, sorted(numbers & exact)[:5])


def test_what_is_given_is_made_of_rounded_counts(study):
    shares = study.share("ethnicity_5").frame
    assert (shares["numerator"] % TO == 0).all()
    assert shares["denominator"].iloc[0] == shares["numerator"].sum()
    np.testing.assert_allclose(shares["estimate"], shares["numerator"].astype(float) / shares["numerator"].sum())
    compared = Comparison(study)
    counts = compared.exposure.counts
    assert (counts["searches"] % TO == 0).all()
    ratios = compared.ratios.set_index("ethnicity_5")
    assert ratios.loc["Black", "numerator"] == counts.loc[counts["ethnicity_5"].eq("Black"), "searches"].sum()
    assert (study.flow[["dropped", "left"]] % TO == 0).all(axis=None)
    assert round_to_of(study.counted_searches) == round_to_of(study.everywhere) == TO


def test_what_needs_the_records_one_by_one_is_not_given(study, tmp_path):
    compared = Comparison(study)
    assert compared.standardised()["note"].str.contains(NOT_GIVEN, regex=False).all()
    assert compared.officer_bounds().empty
    accounts = compared.ratios_by_account(draws=10, seed=1)
    imputed = accounts[accounts["measure"].eq("imputed_ratio")]
    assert imputed["estimate"].isna().all()
    assert imputed["note"].str.contains(NOT_GIVEN, regex=False).all()
    assert study.findings["evidence"].eq(NOT_GIVEN).all()
    assert study.findings[["value", "threshold"]].isna().all(axis=None)


def test_a_table_that_counts_without_asking_is_not_shown(study, tmp_path):
    page = Report(study, tables=str(tmp_path))
    own = study.searches.groupby("object_group", observed=True).size().rename("found").reset_index()
    assert (own["found"] % TO != 0).any()
    shown = page.as_shown("own", own, "My own count")
    assert shown.frame.empty
    assert NOT_GIVEN in shown.caption
    assert not list(tmp_path.iterdir())
    assert not reveals(own.assign(found=own["found"] * TO), TO)
    assert not reveals(own, 0)


def test_what_agrees_is_no_more_than_what_is_recorded_however_each_is_rounded():
    objects = pd.Categorical(["Drugs"] * 378 + ["Not recorded"] * 43)
    act = "Misuse of Drugs Act 1971 (section 23)"
    rows = pd.DataFrame({"legislation": pd.Categorical([act] * 421), "object_group": objects})
    found = object_agreement(to_be_rounded(rows, TO), interval="none")
    assert found[["numerator", "denominator", "estimate"]].to_numpy().tolist() == [[375, 375, 1.0]]


def test_official_figures_which_are_no_measures_are_shown_beside_rounded_counts(study):
    beside = pd.DataFrame({"measure": ["searches of known ethnicity"], "official": [2398.0], "ours": [1685.0]})
    assert not reveals(beside, TO)
    assert reveals(beside.astype({"ours": int}).assign(ours=1686), TO)


@pytest.mark.parametrize(
    ("count", "to", "expected"), [(0, 5, 0), (2, 5, 0), (3, 5, 5), (7, 5, 5), (8, 5, 10), (5, 10, 10)]
)
def test_the_nearest_multiple(count, to, expected):
    assert to_nearest(count, to) == expected
    series = pd.Series([count, None], dtype="Int64")
    assert to_nearest(series, to).tolist()[0] == expected
    assert to_nearest(np.array([count]), to).tolist() == [expected]


def test_published_records_are_not_rounded(sample, tmp_path):
    study = open_study("essex", "2018-04", "2018-09", raw=sample, processed=tmp_path)
    assert round_to_of(study.records) == 0
    records = study.records
    assert to_be_rounded(records, 0) is records
    assert rounded(7, records) == 7
    assert person_searches(records).flow["left"].iloc[0] == len(records)


@pytest.mark.parametrize("wrong", [1, -5, 2.5, "5", True])
def test_a_multiple_that_rounds_nothing_is_refused(sample, wrong):
    with pytest.raises(ParameterError, match="round_to="):
        open_study("essex", "2018-04", "2018-09", raw=sample, round_to=wrong)


def test_no_sentence_is_made_of_exact_counts_of_records_that_are_rounded(study, tmp_path, monkeypatch):
    """Beside a table that is not given a sentence had its shares to a tenth of a per cent, and so its exact counts."""
    page, said = Report(study, tables=str(tmp_path)), []
    monkeypatch.setattr(page, "_show", said.append)
    complete = quality.completeness(study.records, study.published.kept)
    assert (complete["recorded"] % TO != 0).any()
    page.say(quality_sentences.recorded, complete)
    repeats = quality.repeats(study.records, is_repeat(study.records))
    places = study.share("location_status", months="published")
    page.say(quality_sentences.times, quality.times(study.records), places, repeats)
    assert not said
    page.say(quality_sentences.months)
    (told,) = said
    assert f"is here: {study.published.flow['left'].iloc[0]:,} records" in told.data
