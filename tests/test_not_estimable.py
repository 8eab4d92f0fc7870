"""Reports of which nothing can be estimated: made all the same, with the reason in their first lines."""

import json
import re
import shutil

import pandas as pd
import pytest

from sas_analysis.errors import DataError
from sas_analysis.reports.one.run import run_report

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
    assert "No ratio can be given for Colchester" in page(folder)
    for name in ("ratios", "ratios_by_power", "ratio_bounds"):
        found = pd.read_csv(folder / "tables" / f"{name}.csv")
        assert found["estimate"].isna().all()
        assert found["note"].str.contains("no month of 1 may be used (2018-07: ", regex=False).all()
        assert set(found["ethnicity_5"]) >= {"Black", "Asian"}


def test_a_borough_in_which_no_search_with_a_location_is_is_an_error_that_says_what_to_do(made):
    said = r"no search is left to analyse \(.*located outside Derby: \d+ dropped, 0 left\); .* Derby must be policed by"
    with pytest.raises(DataError, match=said):
        made("search_grounds", "2018-10", borough="Derby")
