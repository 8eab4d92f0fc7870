"""Records held against published numbers: on made files, counted by hand, and on real ones."""

import json

import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from sas_analysis.cli import app
from sas_analysis.errors import DataError
from sas_analysis.reference import _table
from sas_analysis.validation import records as module
from sas_analysis.validation.record_figures import FIGURES
from sas_analysis.validation.records import FAIL, NOT_COMPARABLE, PASS, RECORD_COLUMNS, check_records, record_lines

COLUMNS = [
    *("Type", "Date", "Part of a policing operation", "Policing operation", "Latitude", "Longitude", "Gender"),
    *("Age range", "Self-defined ethnicity", "Officer-defined ethnicity", "Legislation", "Object of search", "Outcome"),
    *("Outcome linked to object of search", "Removal of more than just outer clothing"),
]
PACE = "Police and Criminal Evidence Act 1984 (section 1)"
SECTION_60 = "Criminal Justice and Public Order Act 1994 (section 60)"
WHITE, BLACK = (
    "White - English/Welsh/Scottish/Northern Irish/British",
    "Black/African/Caribbean/Black British - African",
)
NEWHAM, ELSEWHERE, NOWHERE = (51.55, 0.05), (53.0, -2.0), ("", "")


def row(month, place=NEWHAM, **other):
    """A record as published; `other` by the first word of its column."""
    made = dict.fromkeys(COLUMNS, "") | {"Type": "Person search", "Date": f"{month}-10T12:00:00+00:00"}
    made |= {"Latitude": place[0], "Longitude": place[1], "Gender": "Male", "Age range": "18-24"}
    made |= {"Self-defined ethnicity": WHITE, "Legislation": PACE, "Object of search": "Controlled drugs"}
    made |= {"Outcome": "A no further action disposal"}
    keys = {column.split()[0].lower(): column for column in reversed(COLUMNS)}
    return made | {keys[name]: value for name, value in other.items()}


def put(raw, force, month, rows):
    path = raw / month / f"{month}-{force}-stop-and-search.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False)


def boroughs(path, step=0.002):
    """Newham as a square around its point, with a point every `step` degrees."""
    square = shapely.segmentize(shapely.box(0, 51.5, 0.1, 51.6), step)
    properties = {"LAD22CD": "E09000025", "LAD22NM": "Newham"}
    feature = {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(square)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


@pytest.fixture
def raw(tmp_path):
    """A month of three forces: 6 records of the Met, 2 of the City, 3 of BTP of which one is in London."""
    raw = tmp_path / "raw"
    met = [
        row("2020-04"),
        row("2020-04", outcome="Arrest", **{"self-defined": BLACK}),
        row("2020-04", NOWHERE, object="Offensive weapons", age="10-17", gender="Female", outcome="Arrest"),
        row("2020-04", legislation=SECTION_60, object="", age="over 34", **{"self-defined": BLACK}),
        row("2020-04", object="Evidence of offences under the Act", outcome="", age=""),
        row("2020-04", type="Vehicle search", object="Article for use in theft", gender="", age="", outcome="Arrest"),
    ]
    met[2]["Self-defined ethnicity"] = "Other ethnic group - Not stated"
    met[4]["Self-defined ethnicity"] = ""
    put(raw, "metropolitan", "2020-04", met)
    put(raw, "city-of-london", "2020-04", [row("2020-04", NOWHERE)] * 2)
    put(raw, "btp", "2020-04", [row("2020-04"), row("2020-04", ELSEWHERE), row("2020-04", NOWHERE)])
    boroughs(tmp_path / "boundaries" / "fine.geojson")
    return raw


def published(monkeypatch, *rows):
    """Carry these numbers: place, figure, group, published, tolerance, unit, and why it cannot be compared."""
    names = ("place", "figure", "group", "published", "tolerance", "unit", "not_comparable")
    table = pd.DataFrame([dict(zip(names, each, strict=True)) for each in rows]).astype(str)
    forces = "metropolitan city-of-london btp"
    table = table.assign(source="A source", start="2020-04", end="2020-04", forces=forces, note="")
    monkeypatch.setattr(module, "_table", lambda name: table)
    return table


COUNTED = [  # of the 9 records of London: 6 of the Met, 2 of the City, 1 of BTP
    ("searches", "", 9),
    ("person searches", "", 8),
    ("section 60 searches", "", 1),
    ("share of force", "btp", 100 / 9),
    ("share of type", "Vehicle search", 100 / 9),
    ("share of object", "drugs", 500 / 9),
    ("share of object", "weapons", 200 / 9),
    ("share of object", "other", 100 / 9),
    ("share of object", "unknown", 100 / 9),
    ("share of object", "firearms", 0),
    ("weapons under PACE section 1", "", 50),
    ("no further action", "", 500 / 9),
    ("formal outcome", "", 300 / 9),
    ("arrest", "", 300 / 9),
    ("male", "", 700 / 8),
    ("share of age", "under 18", 100 / 7),
    ("share of age", "18-24", 500 / 7),
    ("share of age", "25 and over", 100 / 7),
    ("ethnicity stated", "", 600 / 7),
    ("share of ethnicity", "Black", 200 / 6),
    ("formal outcome by object and ethnicity", "drugs, Black", 100),
    ("formal outcome by object and ethnicity", "section 60, Black", 0),
]


@pytest.mark.parametrize(("figure", "group", "expected"), COUNTED)
def test_each_figure_is_as_counted_by_hand(raw, tmp_path, monkeypatch, figure, group, expected):
    unit = "count" if isinstance(expected, int) and "searches" in figure else "percent"
    published(monkeypatch, ("London", figure, group, expected or 0, 1e-6, unit, ""))
    checked = check_records(raw, tmp_path / "processed")
    assert checked["verdict"].tolist() == [PASS], checked.to_dict("records")


def test_every_carried_figure_is_counted_or_says_why_not():
    table = _table("published_records")
    silent = table[~table["figure"].isin(FIGURES) & table["not_comparable"].eq("")]
    assert silent.empty, silent["figure"].unique()
    assert len(table) == 155
    assert table["source"].ne("").all()
    assert set(FIGURES) <= set(table["figure"])


def test_what_differs_fails_and_what_is_allowed_passes(raw, tmp_path, monkeypatch):
    rows = [("London", "searches", "", n, 0.1, "count", "") for n in (9, 10, 11)]
    rows += [("London", "formal outcome", "", n, 1, "percent", "") for n in (33, 35)]
    rows += [("Newham", "searches", "", 6, 0, "count", "")]
    published(monkeypatch, *rows)
    checked = check_records(raw, tmp_path / "processed")
    assert list(checked.columns) == list(RECORD_COLUMNS)
    assert checked["verdict"].tolist() == [PASS, PASS, FAIL, PASS, FAIL, PASS]
    assert checked.loc[2, ["published", "ours", "difference", "allowed"]].tolist() == ["11", "9", "-18.2%", "10.0%"]
    assert checked.loc[4, ["published", "ours", "difference"]].tolist() == ["35%", "33.3%", "-1.7 points"]
    lines = record_lines(checked)
    assert len(lines) == 7
    assert lines[2] == (
        "FAIL: 2020-04, London: searches: published 11, ours 9 (-18.2%, allowed 10.0%) [A source]"
    )  # fmt: skip
    assert lines[-1] == "4 PASS, 2 FAIL, 0 not comparable"


def test_what_cannot_be_compared_says_why(raw, tmp_path, monkeypatch):
    rows = [
        ("Newham", "searches", "", 6, 0, "count", "another source"),
        ("Camden", "searches", "", 6, 0, "count", ""),
        ("London", "ratio of something", "", 6, 0, "ratio", "it needs what is not carried"),
    ]
    published(monkeypatch, *rows)
    checked = check_records(raw, tmp_path / "processed")
    assert checked["verdict"].eq(NOT_COMPARABLE).all()
    assert checked["note"].tolist() == [
        "another source",
        "the boundaries have no area Camden",
        "it needs what is not carried",
    ]
    assert checked["ours"].tolist() == ["6", "", ""]


def test_a_month_that_is_not_there_is_named(raw, tmp_path, monkeypatch):
    published(monkeypatch, ("London", "searches", "", 9, 0, "count", ""))
    (raw / "2020-04" / "2020-04-btp-stop-and-search.csv").unlink()
    (checked,) = check_records(raw, tmp_path / "processed").to_dict("records")
    assert (checked["verdict"], checked["note"]) == (NOT_COMPARABLE, "no file of btp 2020-04")


@pytest.mark.parametrize(
    ("step", "said"), [(0.05, "the boundaries are coarse, with a point every"), (0, "there are no")]
)
def test_coarse_boundaries_or_none_place_nothing(raw, tmp_path, monkeypatch, step, said):
    published(monkeypatch, ("Newham", "searches", "", 6, 0, "count", ""), ("", "searches", "", 11, 0, "count", ""))
    path = tmp_path / "boundaries" / "fine.geojson"
    path.unlink() if not step else boroughs(path, step)
    checked = check_records(raw, tmp_path / "processed")
    assert checked["verdict"].tolist() == [NOT_COMPARABLE, PASS]
    assert checked.loc[0, "note"].startswith(said)
    assert "fetch-reference boundaries" in checked.loc[0, "note"]


def test_no_records_at_all_is_an_error(tmp_path):
    (tmp_path / "raw").mkdir()
    with pytest.raises(DataError, match="has no stop-and-search file"):
        check_records(tmp_path / "raw", tmp_path / "processed")


def test_the_command_ends_with_3_where_a_number_fails(raw, tmp_path, monkeypatch):
    arguments = ["check-published", "--records", str(raw), "--processed", str(tmp_path / "processed"), "-q"]
    published(monkeypatch, ("London", "searches", "", 9, 0, "count", ""))
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "1 PASS, 0 FAIL, 0 not comparable")
    published(monkeypatch, ("London", "searches", "", 10, 0, "count", ""))
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 3
    assert "1 of 1 published numbers are not those of the records" in result.stderr


def test_simulated_records_are_compared_with_nothing(sample, tmp_path):
    result = CliRunner().invoke(
        app, ["check-published", "--records", str(sample), "--processed", str(tmp_path / "processed"), "-q"]
    )
    assert result.exit_code == 0
    *lines, last = result.stdout.splitlines()
    assert last == "0 PASS, 0 FAIL, 155 not comparable"
    assert all(line.startswith("not comparable: ") and "the records are simulated" in line for line in lines)
    assert not (tmp_path / "processed").exists()


# Real records


def test_haringey_and_lambeth_june_to_august_2021(real_data, tmp_path):
    fine = str(real_data / "boundaries" / "london_boroughs_fine_2013.geojson")
    checked = check_records(real_data / "archive" / "2021-11.zip", tmp_path / "processed", boundaries=fine)
    found = checked[checked["verdict"].ne(NOT_COMPARABLE)].set_index(["place", "period"])
    assert found["verdict"].eq(PASS).all()
    assert found.loc["Haringey", "ours"].tolist() == ["410", "350", "475"]
    assert found.loc["Lambeth", "ours"].tolist() == ["848", "727", "856"]
    assert found.loc["Haringey", "published"].tolist() == ["421", "360", "481"]
    assert found.loc["Lambeth", "published"].tolist() == ["850", "740", "870"]


def test_the_carried_numbers_are_those_of_the_sources(real_data):
    """The totals of April to June 2020, and the borough counts, against the files they were taken from."""
    table = _table("published_records")
    source = pd.read_csv(real_data / "published" / "london_spring_2020_published.csv", dtype=str)
    numbers = [number for value in source["value"] for number in value.split("/")]
    spring = table[table["start"].between("2018-04", "2020-06") & ~table["source"].str.contains("2020-01 to 2020-12")]
    assert sorted(float(number) for number in numbers) == sorted(spring["published"].astype(float))
    counts = pd.read_csv(real_data / "published" / "borough_api_counts_black_thrive.csv").set_index("month")
    carried = table[table["source"].str.contains("API")].astype({"published": int})
    carried = carried.pivot(index="start", columns="place", values="published")
    for borough in ("Haringey", "Lambeth"):
        assert carried[borough].tolist() == counts[f"{borough}_api"].tolist()


def test_the_city_alone_is_no_london(real_data, tmp_path):
    checked = check_records(real_data / "stops", tmp_path / "processed")
    spring = checked[checked["period"].eq("2020-04..2020-06") & checked["place"].eq("London")]
    assert len(spring) >= 20
    assert spring["verdict"].eq(NOT_COMPARABLE).all()
    assert spring["note"].str.contains("no file of metropolitan 2020-04 to 2020-06; no file of btp").all()
