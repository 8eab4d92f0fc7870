"""Reports on the real records, against counts made here from the files in plain pandas."""

import json
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import shapely

from sas_analysis.reference.population import residents
from sas_analysis.reports.one.run import run_report

MET = ("metropolitan", "2018-04", "2018-09")
CITY = ("city-of-london", "2018-04", "2019-06")


def published(stops: Path, force: str, start: str, end: str) -> pd.DataFrame:
    """The person searches of a force and period, as the publisher's files have them."""
    files = [path for path in sorted(stops.glob(f"*/*-{force}-stop-and-search.csv")) if start <= path.name[:7] <= end]
    rows = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in files])
    return rows[rows["Type"] != "Vehicle search"]


def group(label: str) -> str:
    """The five groups by the words of a label, written here a second time on purpose."""
    if "not stated" in label.lower() or not label:
        return "Unknown"
    return label.split("/")[0].split(" ")[0] if "Other ethnic group" not in label else "Other"


@pytest.fixture(scope="module")
def reports(real_data, tmp_path_factory):
    """Makes a report once and gives its folder."""
    out = tmp_path_factory.mktemp("real")
    made = {}

    def report(name, force, start, end, **own):
        key = (name, force, start, *own.values())
        if key not in made:
            folders = {"raw": real_data / "stops", "processed": out / "processed", "out": out / "out"}
            options = {"parameters": own, "label": "-".join(map(str, own.values()))}
            made[key] = run_report(name, forces=[force], start=start, end=end, **folders, **options)
        return made[key]

    return report


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{name}.csv", keep_default_na=False, na_values=[""])


def counts(frame: pd.DataFrame, by: str) -> dict:
    found = dict(zip(frame[by], frame["numerator"], strict=True))
    return {label: number for label, number in found.items() if number}


@pytest.mark.parametrize("study", [MET, CITY], ids=["metropolitan", "city-of-london"])
def test_ethnicity_is_as_counted_by_hand(real_data, reports, study):
    rows = published(real_data / "stops", *study)
    ethnicity = table(reports("disproportionality", *study), "ethnicity")
    assert counts(ethnicity, "ethnicity_5") == Counter(rows["Self-defined ethnicity"].map(group))
    assert set(ethnicity["denominator"]) == {len(rows)}


def test_objects_of_the_met_are_as_counted_by_hand(real_data, reports):
    rows = published(real_data / "stops", *MET)
    grounds = table(reports("search_grounds", *MET), "grounds")
    assert counts(grounds, "object_of_search") == Counter(rows["Object of search"].replace({"": "Not recorded"}))


def test_outcomes_of_the_met_are_as_counted_by_hand(real_data, reports):
    rows = published(real_data / "stops", *MET)
    folder = reports("outcomes", *MET)
    assert counts(table(folder, "outcomes"), "outcome") == Counter(rows["Outcome"].replace({"": "Not recorded"}))
    finds = table(folder, "find_rate")
    assert finds["estimate"].isna().all()
    assert finds["note"].str.startswith("not estimable").all()
    assert "not published" in finds["note"].iloc[0]


def test_rates_and_ratios_of_the_met_are_their_counts_over_census_2011(reports):
    folder = reports("disproportionality", *MET, census_year=2011)
    rates = table(folder, "rates").set_index("ethnicity_5")
    ratios = table(folder, "ratios").set_index("ethnicity_5")
    # ONS KS201EW 2011, Metropolitan police area; April to September have 183 days.
    years = 1_088_447 * 183 / 365.25
    assert rates.loc["Black", "denominator"] == pytest.approx(years)
    assert rates.loc["Black", "estimate"] == pytest.approx(rates.loc["Black", "numerator"] / years * 1000)
    expected = rates.loc["Black", "estimate"] / rates.loc["White", "estimate"]
    assert ratios.loc["Black", "estimate"] == pytest.approx(expected)
    assert ratios.loc["Black", "lower"] < expected < ratios.loc["Black", "upper"]


def test_the_headline_of_the_met_is_between_those_of_the_censuses(reports):
    """The middle of April to September 2018 is July 2018, 7.25 of the ten years between the censuses."""
    counted = table(reports("disproportionality", *MET), "ethnicity").set_index("ethnicity_5")["numerator"]
    first, last = (residents("metropolitan", year).set_index("ethnicity_5")["residents"] for year in (2011, 2021))
    people = first * (last / first) ** 0.725
    by_hand = counted["Black"] / people["Black"] / (counted["White"] / people["White"])
    row = table(reports("disproportionality", *MET), "headline").set_index("ethnicity_5").loc["Black"]
    assert row["ratio"] == pytest.approx(by_hand)
    assert (round(row["ratio"], 2), row["official_base"], round(row["official"], 2)) == (4.77, "Census 2011", 5.21)
    assert row["base_lowest"] < row["ratio"] < row["official"] <= row["base_highest"]


def test_the_ratio_of_the_city_is_refused_with_why_and_its_counts_shown(reports):
    folder = reports("disproportionality", *CITY)
    for name in ("rates", "ratios"):
        found = table(folder, name)
        assert found["estimate"].isna().all()
        assert found["note"].str.contains("hardly anyone lives in the City of London").all()
        assert found["numerator"].gt(0).all()


def test_the_flow_counts_what_was_left_out(real_data, reports):
    flow = table(reports("disproportionality", *MET), "flow")
    assert flow["left"].iloc[-1] == len(published(real_data / "stops", *MET))
    assert flow["dropped"].sum() == flow["left"].iloc[0] - flow["left"].iloc[-1] > 0


def test_data_quality_of_the_city_shows_its_lost_hours(reports):
    times = table(reports("data_quality", *CITY), "times").set_index("month")
    assert times.loc["2018-12", "hours"] > 12
    assert times.loc["2019-01", "hours"] <= 12


LOCAL = {"Southwark": "E09000028", "Haringey": "E09000014"}


@pytest.mark.parametrize("borough", LOCAL)
def test_a_borough_is_its_points_over_its_own_residents(real_data, reports, borough):
    """Placed here by the finer boundaries of 2013, a polygon at a time; residents: ONS KS201EW 2011."""
    folder = reports("disproportionality", *MET, borough=borough, census_year=2011)
    layer = json.loads((real_data / "boundaries" / "london_boroughs_fine_2013.geojson").read_text())
    shapes = {f["properties"]["lad_code"]: shapely.geometry.shape(f["geometry"]) for f in layer["features"]}
    rows = published(real_data / "stops", *MET)
    located = rows[rows["Latitude"].ne("")]
    points = shapely.points(located["Longitude"].astype(float), located["Latitude"].astype(float))
    shapely.prepare(shapes[LOCAL[borough]])
    own = located[shapely.intersects(shapes[LOCAL[borough]], points)]
    flow = table(folder, "flow").set_index("step")
    assert flow["left"].iloc[-1] == len(own)
    assert flow.loc["no location: cannot be placed", "dropped"] == len(rows) - len(located)
    assert counts(table(folder, "ethnicity"), "ethnicity_5") == Counter(own["Self-defined ethnicity"].map(group))
    rates = table(folder, "rates").set_index("ethnicity_5")
    black = {"Southwark": 77_511, "Haringey": 47_830}[borough]
    assert rates.loc["Black", "denominator"] == pytest.approx(black * 183 / 365.25)
    band = table(folder, "assignment_band")
    assert (band["lowest"] <= band["estimate"]).all()
    assert (band["estimate"] <= band["highest"]).all()


def test_a_borough_gets_no_rate_where_most_searches_have_no_location(reports):
    folder = reports("disproportionality", "metropolitan", "2018-02", "2018-03", borough="Southwark")
    for name in ("rates", "ratios"):
        found = table(folder, name)
        assert found["estimate"].isna().all()
        assert found["note"].str.contains("% of searches have no location", regex=False).all()
    assert "Southwark</strong> (E09000028): not estimable" in (folder / "report.html").read_text()


FLAGGED = ("city-of-london", "2020-05", "2020-09")  # 2020-07 has each row twice


def months_of(stops, force, start, end):
    return [path.name[:7] for path in sorted(stops.glob(f"*/*-{force}-*.csv")) if start <= path.name[:7] <= end]


COUNTED = [  # report, table, its group, the publisher's column
    ("search_grounds", "grounds", "object_of_search", "Object of search"),
    ("outcomes", "outcomes", "outcome", "Outcome"),
]


@pytest.mark.parametrize(("report", "name", "by", "column"), COUNTED)
def test_counts_are_of_the_months_that_count_and_the_flagged_one_is_named(real_data, reports, report, name, by, column):
    rows = published(real_data / "stops", *FLAGGED)
    without = pd.concat(
        [published(real_data / "stops", FLAGGED[0], month, month) for month in months_of(real_data / "stops", *FLAGGED)
         if month != "2020-07"]
    )  # fmt: skip
    assert 0 < len(without) < len(rows)
    folder, found = reports(report, *FLAGGED), table(reports(report, *FLAGGED), name)
    assert counts(found, by) == Counter(without[column].replace({"": "Not recorded"}))
    assert set(found["denominator"]) == {len(without)}
    flow = table(folder, "flow")
    assert flow["left"].tolist()[-2:] == [len(rows), len(without)]
    assert "city-of-london 2020-07: doubled" in flow["step"].iloc[-1]
    assert set(table(folder, "sensitivity")["months"]) == {"counted", "all published"}
    page = (folder / "report.html").read_text()
    assert re.search(r"1 of \d+ months is set aside", page)
    assert "July 2020 (every row is there twice)" in page


def test_both_lines_of_the_sensitivity_are_as_counted_by_hand(real_data, reports):
    rows = published(real_data / "stops", *FLAGGED)
    months = [month for month in months_of(real_data / "stops", *FLAGGED) if month != "2020-07"]
    without = pd.concat([published(real_data / "stops", FLAGGED[0], month, month) for month in months])
    lines = table(reports("search_grounds", *FLAGGED), "sensitivity").query("label == 'Controlled drugs'")
    drugs = [frame["Object of search"].eq("Controlled drugs").sum() for frame in (without, rows)]
    assert lines["months"].tolist() == ["counted", "all published"]
    assert lines["numerator"].tolist() == drugs
    assert lines["denominator"].tolist() == [len(without), len(rows)]
    rates = table(reports("outcomes", *FLAGGED), "arrest_rate")
    assert rates["denominator"].max() <= len(without)


def test_a_report_whose_every_month_is_flagged_is_made_and_says_so(real_data, reports):
    folder = reports("data_quality", "city-of-london", "2020-07", "2020-07")
    assert table(folder, "coverage")[["months", "flagged"]].to_numpy().tolist() == [[0, 1]]
    rows = published(real_data / "stops", "city-of-london", "2020-07", "2020-07")
    assert counts(table(folder, "ethnicity"), "ethnicity_5") == Counter(rows["Self-defined ethnicity"].map(group))
    assert "doubled" in set(table(folder, "audit_findings")["rule"])
    for name in ("search_grounds", "outcomes"):
        headline = table(reports(name, "city-of-london", "2020-07", "2020-07"), "sensitivity")
        assert headline.loc[headline["months"].eq("unflagged"), "estimate"].isna().all()
