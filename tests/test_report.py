"""What every table, figure and sentence of a report must obey, asked of all of them and not of one call."""

import json
import re
import shutil

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from sas_analysis.measures.pooling import decompose, funnel, influence, pooled_ratios
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import ratio_sentences
from sas_analysis.reports.one.run import run_report
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.opening import open_study

ALL = ["data_quality", "search_grounds", "outcomes", "disproportionality"]
# Tables of ratios and rates: all of them say that official statistics contradict the records they rest on.
MARKED = [
    "ratios",
    "rates",
    "rate_differences",
    "excess_searches",
    "ratios_by_power",
    "ratios_by_object",
    "sensitivity",
]
MARKED += ["benchmark_grid", "headline", "ratio_bounds", "ratios_imputed", "ratios_by_delta", "ladder", "standardised"]
MARKED += ["multiverse", "parity", "parity_delta", "ratios_by_scheme", "by_age_and_sex", "trend", "trend_in_short"]
WHITE = "White - English/Welsh/Scottish/Northern Irish/British"
BLACK = "Black/African/Caribbean/Black British - African"


@pytest.fixture(scope="module")
def unmarked(sample, tmp_path_factory):
    """The sample as if it were real: official statistics contradict it."""
    raw = tmp_path_factory.mktemp("as_if_real") / "raw"
    for path in sample.rglob("201[89]-*-essex-*.csv"):
        (raw / path.parent.name).mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")  # every other row of White is of another group
        rows = [line.replace(WHITE, BLACK) if n % 2 else line for n, line in enumerate(text.splitlines(keepends=True))]
        (raw / path.parent.name / path.name).write_text("".join(rows), encoding="utf-8", newline="")
    return raw


@pytest.fixture(scope="module")
def contradicted(unmarked):
    """The report on a year that official statistics contradict."""
    places = {"raw": unmarked, "processed": unmarked.parent / "processed", "out": unmarked.parent / "out"}
    return run_report("disproportionality", forces=["essex"], start="2018-04", end="2019-03", **places)


def table(folder, name):
    return pd.read_csv(folder / "tables" / f"{name}.csv")


def soup(folder):
    return BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("name", MARKED)
def test_every_table_on_contradicted_records_says_so(contradicted, name):
    rows = table(contradicted, name)
    value = "ratio" if name == "headline" else "estimate"
    notes = rows.loc[rows[value].notna(), "note"].fillna("")
    assert len(notes) or name.startswith("parity")  # which nothing may bring
    assert notes.str.contains(CONTRADICTED, regex=False).all()


def test_every_table_of_ratios_is_asked_for_its_mark(contradicted):
    files = [path.stem for path in (contradicted / "tables").glob("*.csv")]
    asked = {
        name
        for name in files
        if {"estimate", "note"} <= set(table(contradicted, name)) and "ethnicity_5" in table(contradicted, name)
    }
    of_searches = {"ethnicity", "disagreement", "agreement"}
    assert asked - of_searches == {*MARKED} - {"headline"}


def test_every_figure_and_every_table_of_ratios_on_contradicted_records_says_so(contradicted):
    page = soup(contradicted)
    by = "Official statistics of another year (to March 2018)"  # no figures of the year to March 2019 are carried
    doubt = f"{by} contradict the records of Essex Police: not a headline"
    figures = [caption.get_text() for caption in page.find_all("figcaption")]
    assert len(figures) > 4
    assert [text for text in figures if doubt not in text] == []
    of_ratios = [text for one in page.find_all("caption") if "Ratio" in (text := one.get_text())]
    assert len(of_ratios) > 5
    assert [text for text in of_ratios if doubt not in text] == []


def test_a_contradicted_report_has_no_headline_and_its_record_says_so(contradicted):
    record = json.loads((contradicted / "run.json").read_text(encoding="utf-8"))
    assert record["answer"].startswith("No ratio can be a headline: official statistics of another year (to")
    assert {card["mark"] for card in record["cards"]} <= {"contradicted by official statistics"}
    assert all(card["text"].startswith("(") for card in record["cards"])
    assert next(light for light in record["trust"] if light["id"] == "official")["light"] == "bad"


def test_the_record_of_a_run_has_the_answer_the_cards_and_the_trust_line(contradicted):
    record = json.loads((contradicted / "run.json").read_text(encoding="utf-8"))
    ratios = table(contradicted, "ratios").set_index("ethnicity_5")
    assert [card["id"] for card in record["cards"]] == ["ratio_mixed", "ratio_asian", "ratio_black", "ratio_other"]
    for card in record["cards"]:
        row = ratios.loc[card["id"].removeprefix("ratio_").capitalize()]
        assert card["value"] == pytest.approx(row["estimate"], rel=1e-12)
        assert [card["lower"], card["upper"]] == pytest.approx([row["period_lower"], row["period_upper"]], rel=1e-12)
        assert set(card) == {"id", "what", "measure", "value", "lower", "upper", "text", "interval", "base", "mark"}
    assert [light["id"] for light in record["trust"]] == ["official", "unknown", "months", "fields"]
    assert {light["light"] for light in record["trust"]} <= {"good", "warn", "bad", "none"}


def test_no_table_of_lights_is_shown_of_simulated_records(sample, tmp_path):
    places = {"raw": sample, "processed": tmp_path, "out": tmp_path / "out"}
    folder = run_report("data_quality", forces=["essex"], start="2018-04", end="2019-03", **places)
    assert not (folder / "tables" / "reconciliation.csv").exists()
    page = soup(folder)
    assert "These records are simulated, so they were not compared with official statistics." in page.get_text(" ")
    assert not [caption for caption in page.find_all("caption") if "official statistics" in caption.get_text()]


@pytest.fixture(scope="module")
def two_forces(unmarked, sample):
    """Essex, whose records official statistics contradict, and the Met, whose records they do not, as if real."""
    for path in sample.rglob("201[89]-*-metropolitan-*.csv"):
        shutil.copy(path, unmarked / path.parent.name / path.name)
    both = open_study(["essex", "metropolitan"], "2018-04", "2019-03", raw=unmarked, processed=unmarked.parent / "two")
    return Comparison(both)


def test_one_contradicted_force_does_not_withhold_the_others(two_forces):
    assert two_forces.contradicted == ["essex"]
    assert two_forces.confirmed.forces == ["metropolitan"]
    table = two_forces.shown(two_forces.without_and_with_contradicted())
    table = table[table["estimate"].notna()]
    marked = table["note"].str.contains(CONTRADICTED, regex=False)
    assert table.loc[marked, "forces"].unique().tolist() == ["all"]
    assert table.loc[~marked, "forces"].unique().tolist() == ["without the contradicted"]
    without = table[~marked].set_index("ethnicity_5")["estimate"]
    alone = Comparison(two_forces.study.of_force("metropolitan")).ratios.set_index("ethnicity_5")["estimate"]
    pd.testing.assert_series_equal(without, alone.dropna())
    said = ratio_sentences.answer(
        two_forces.ratios,
        reference="White",
        study=two_forces.study,
        answered=["metropolitan"],
        confirmed=two_forces.confirmed,
        contradicted=two_forces.contradicted,
    )
    by = "official statistics of another year (to March 2018)"
    assert said.startswith(f"Without Essex Police, whose records {by} contradict, ")
    assert f"{without['Black']:.1f} times" in said
    together = two_forces.ratios.set_index("ethnicity_5")["estimate"]
    assert f"{together['Black']:.1f} times" not in said


def test_of_several_forces_the_rows_of_the_contradicted_are_marked_and_what_is_pooled(two_forces):
    strata = two_forces.strata
    by_force = [two_forces.study.ratio(by="force").frame, funnel(strata)]  # shrunken ratios need three forces
    for table in map(two_forces.shown, by_force):
        table = table[table["estimate" if "estimate" in table else "ratio"].notna()]
        marked = table["note"].str.contains(CONTRADICTED, regex=False)
        assert table.loc[marked, "force"].unique().tolist() == ["essex"]
        assert table.loc[~marked, "force"].unique().tolist() == ["metropolitan"]
    for table in map(two_forces.shown, [decompose(strata), pooled_ratios(strata), influence(strata)]):
        assert table.loc[table["estimate"].notna(), "note"].str.contains(CONTRADICTED, regex=False).all()


@pytest.mark.parametrize("name", ALL)
def test_every_table_and_figure_of_simulated_records_says_so(sample, tmp_path, name):
    folder = run_report(
        name, forces=["essex"], start="2018-04", end="2018-09", raw=sample, processed=tmp_path, out=tmp_path / "out"
    )
    page = soup(folder)
    captions = [caption.get_text() for caption in page.find_all(["caption", "figcaption"])]
    assert len(captions) > 8
    assert [caption for caption in captions if "SYNTHETIC" not in caption] == []
    assert [image["alt"] for image in page.find_all("img") if "SYNTHETIC" not in image["alt"]] == []
    svg = sorted((folder / "figures").glob("*.svg"))
    assert len(svg) >= 2
    assert [path.name for path in svg if "SYNTHETIC" not in path.read_text(encoding="utf-8")] == []


def test_tables_and_figures_are_numbered_once_each(contradicted):
    page = soup(contradicted)
    captions = [caption.get_text() for caption in page.find_all(["caption", "figcaption", "p"])]
    for kind in ("Table", "Figure"):
        numbers = [int(found[1]) for text in captions if (found := re.match(rf"{kind} (\d+) ", text))]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert len(numbers) > 4


def test_every_table_of_the_page_is_a_file_beside_it(contradicted):
    names = {path.stem for path in (contradicted / "tables").glob("*.csv")}
    calls = json.loads((contradicted / "report.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = {
        name
        for cell in calls
        for name in re.findall(r'page\.table\("(\w+)"', "".join(cell["source"]))
        if cell.get("outputs")
    }
    assert shown <= names


# --- small counts -------------------------------------------------------------------------------------------


def test_small_counts_are_shown_as_they_are(unmarked):
    """The records are public row by row: nothing is kept back, on the page or in the files."""
    study = open_study("essex", "2018-01", "2018-12", raw=unmarked, processed=unmarked.parent / "processed")
    counts = pd.crosstab(study.searches["month"], study.searches["ethnicity_5"])[["Mixed", "Asian", "Black", "Other"]]
    month = str(counts.index[(counts.ge(1) & counts.le(4)).any(axis=1)][0])
    places = {"raw": unmarked, "processed": unmarked.parent / "processed", "out": unmarked.parent / "out"}
    folder = run_report("disproportionality", forces=["essex"], start=month, end=month, **places)
    few = table(folder, "ethnicity").set_index("ethnicity_5")["numerator"]
    assert few.drop(["White", "Unknown"]).to_dict() == counts.loc[month].to_dict()
    page = soup(folder)
    assert "masked" not in page.get_text()
    caption = next(text for text in page.find_all("caption") if "Searches by ethnic group" in text.get_text())
    shown = {row.th.get_text(): row.td.get_text() for row in caption.parent.tbody.find_all("tr")}
    shown["Unknown"] = shown.pop("Not known")
    assert {group: int(number) for group, number in shown.items()} == few.to_dict()
