"""What the publisher's files are called."""

import csv

import pytest

from sas_analysis.records.naming import force_and_month, is_candidate, known_forces, may_be_of
from sas_analysis.reference.forces import forces


def test_force_and_month():
    assert force_and_month("a/2018-04-city-of-london-stop-and-search.csv") == ("city-of-london", "2018-04")
    for name in ("2018-04-essex-street.csv", "2018-4-essex-stop-and-search.csv", "1918-04-essex-stop-and-search.csv"):
        assert force_and_month(name) is None


def test_the_forces_are_those_of_the_table():
    assert known_forces() == set(forces()["force"])


def test_the_forces_are_those_that_the_api_knows_and_the_transport_police(real_data):
    """The list of the publisher's API, /forces, has 44, without btp."""
    with (real_data / "reference" / "forces.csv").open(encoding="utf-8", newline="") as stream:
        published = {row[next(iter(row))] for row in csv.DictReader(stream)}
    assert published <= known_forces() | {"unknown"}, published - known_forces()


@pytest.mark.parametrize(
    "name", ["2018-04-essex-stop-and-search.csv", "x stop-and-search (1).CSV", "../a-stop-and-search.csv"]
)
def test_nearly_named_files_are_candidates(name):
    assert is_candidate(name)


@pytest.mark.parametrize(
    "name",
    [
        "2018-04-essex-street.csv",
        "__MACOSX/a/._2018-04-essex-stop-and-search.csv",
        "._2018-04-essex-stop-and-search.csv",
    ]
    + [".old/2018-04-essex-stop-and-search.csv", "2018-04-essex-stop-and-search.json"],
)
def test_others_are_not(name):
    assert not is_candidate(name)


def test_an_archive_may_be_of_any_force():
    assert may_be_of("latest.ZIP", "essex")
    assert may_be_of("copy of Essex stop-and-search.csv", "essex")
    assert not may_be_of("copy of Essex stop-and-search.csv", "kent")
