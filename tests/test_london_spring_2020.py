"""The batch file of London in spring 2020: it can be read, and is what its page says."""

from pathlib import Path

from sas_analysis.reference import _table
from sas_analysis.reports.many.matrix import read_matrix
from sas_analysis.reports.many.staleness import Inventory

ROOT = Path(__file__).parents[1]


def jobs(sample):
    return read_matrix(ROOT / "examples" / "london-spring-2020.toml", Inventory(sample, sample))


def test_the_batch_has_both_springs_of_the_boroughs_and_of_all_london(sample):
    springs = {(job.start, job.end) for job in jobs(sample) if job.forces == ["metropolitan"]}
    assert springs == {("2019-03", "2019-06"), ("2020-03", "2020-06")}
    asked = {(job.parameters.get("borough"), job.start) for job in jobs(sample) if job.name == "disproportionality"}
    boroughs = (None, "Southwark", "Lewisham", "Haringey")
    assert asked == {(borough, year) for borough in boroughs for year in ("2019-03", "2020-03")}


def test_the_months_of_the_published_totals_have_the_forces_that_they_count(sample):
    totals = _table("published_records").query("start == '2020-04' and end == '2020-06' and place == 'London'")
    (forces,) = set(totals["forces"])
    found = [job for job in jobs(sample) if (job.start, job.end) == ("2020-04", "2020-06")]
    assert {job.name for job in found} == {"data_quality", "search_grounds", "outcomes"}
    assert all(job.forces == forces.split() for job in found)


def test_the_page_fetches_every_month_of_the_batch(sample):
    page = (ROOT / "docs" / "london-spring-2020.md").read_text(encoding="utf-8")
    (line,) = (line for line in page.splitlines() if line.startswith(".venv/bin/sas-analysis fetch "))
    words = line.split()
    given = {words[at]: words[at + 1] for at in range(2, len(words), 2)}
    assert given["--from"] == min(job.start for job in jobs(sample))
    assert given["--to"] == max(job.end for job in jobs(sample))
    assert {force for job in jobs(sample) for force in job.forces} == {
        words[at + 1] for at, word in enumerate(words) if word == "--force"
    }


def test_the_page_says_how_many_numbers_there_are():
    page = (ROOT / "docs" / "london-spring-2020.md").read_text(encoding="utf-8")
    assert f"takes {len(_table('published_records'))} published numbers" in page
