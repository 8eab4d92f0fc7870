"""What a report starts from: the records asked for, brought up to date, and what is known about their files."""

import pickle

import pytest

from sas_analysis.errors import DataError, ParameterError
from sas_analysis.records.load import HEADER
from sas_analysis.study.opening import open_study

LINE = (
    b"Person search,%b-03T10:20:30+00:00,False,,51.5,-0.1,Male,18-24,Other ethnic group - Not stated,White,"
    b"Misuse of Drugs Act 1971 (section 23),Controlled drugs,%b,True,False\n"
)


def put(place, force, month, rows, outcome=b"Arrest", end=b""):
    path = place / "raw" / f"{month}-{force}-stop-and-search.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(HEADER + b"\n" + LINE % (month.encode(), outcome) * rows + end)


@pytest.fixture
def place(tmp_path):
    for force, month, rows in [("essex", "2018-01", 1), ("essex", "2018-03", 2), ("kent", "2018-01", 4)]:
        put(tmp_path, force, month, rows)
    return tmp_path


def opened(place, forces, start, end):
    return open_study(forces, start, end, raw=place / "raw", processed=place / "processed")


def test_records_and_files_of_what_was_asked_for(place):
    opened(place, ["essex", "kent"], "2018-01", "2018-03")  # what was processed for another study is not in this one
    put(place, "essex", "2018-05", 6)
    study = opened(place, ["essex"], "2018-01", "2018-04")
    assert study.records["month"].astype(str).tolist() == ["2018-01", "2018-03", "2018-03"]
    assert study.months == ["2018-01", "2018-02", "2018-03", "2018-04"]
    assert (study.forces, study.start, study.end, study.synthetic) == (["essex"], "2018-01", "2018-04", False)
    assert list(study.files) == ["force", "month", "file", "rows", "sha256", "notes"]
    assert study.files.drop(columns="sha256").to_numpy().tolist() == [
        ["essex", "2018-01", "2018-01-essex-stop-and-search.csv", 1, ""],
        ["essex", "2018-03", "2018-03-essex-stop-and-search.csv", 2, ""],
    ]
    assert study.unseen_labels.empty


def test_it_is_brought_up_to_date_first(place):
    assert len(opened(place, ["essex"], "2018-01", "2018-04").records) == 3
    put(place, "essex", "2018-04", 5, outcome=b"Fined on Mars", end=b"\n")
    study = opened(place, ["essex"], "2018-01", "2018-04")
    assert len(study.records) == 8
    assert study.files["notes"].tolist() == ["", "", "1 line ends are within quotes or of empty lines"]
    assert study.unseen_labels.to_numpy().tolist() == [["outcome", "Fined on Mars", "essex", "2018-04", 5]]
    assert list(study.unseen_labels) == ["column", "label", "force", "month", "count"]


def test_simulated_records_are_said_to_be(place):
    (place / "raw" / "SYNTHETIC.json").write_text("{}")
    assert opened(place, ["essex"], "2018-01", "2018-04").synthetic


def test_refused_files_are_told_at_once_and_those_of_others_are_not(place):
    put(place, "essex", "2018-01", 1, end=b"Person search,20")
    put(place, "essex", "2018-03", 1, end=b",,\nx\n")
    with pytest.raises(DataError) as error:
        opened(place, ["essex", "kent"], "2018-01", "2018-04")
    assert [line.split(":")[0].strip() for line in str(error.value).splitlines()] == [
        *("raw files are refused", "2018-01-essex-stop-and-search.csv", "2018-03-essex-stop-and-search.csv")
    ]
    assert len(opened(place, ["kent"], "2018-01", "2018-04").records) == 4


def test_a_study_without_a_record_is_refused(place):
    put(place, "essex", "2018-05", 0)
    with pytest.raises(DataError, match=r"no record \(2018-05-essex-stop-and-search.csv\); ask for more months or for"):
        opened(place, ["essex"], "2018-05", "2018-05")
    with pytest.raises(DataError, match="no stop-and-search file of essex for 2019-01 to 2019-01"):
        opened(place, ["essex"], "2019-01", "2019-01")


BOX = '{"type": "Polygon", "coordinates": [[[-0.2, 51.4], [0, 51.4], [0, 51.6], [-0.2, 51.6], [-0.2, 51.4]]]}'
LAYER = '{"features": [{"properties": {"code": "E09000028", "name": "Southwark"}, "geometry": %s}]}' % BOX  # noqa: UP031


def test_studies_of_the_same_records_share_what_is_made_of_them(place):
    """Tables are handed out as copies: a copy taken for the records would be worked on anew, and cost memory."""
    study = opened(place, ["essex"], "2018-01", "2018-04")
    for part in (study.using("outcome"), study.choosing(flagged_months="include"), study.using("outcome", "power")):
        assert part.__dict__["records"] is study.__dict__["records"]
        assert {"_countable", "_persons"} <= set(part.__dict__)
    assert study.during("2018-01", "2018-02").__dict__["records"] is not study.__dict__["records"]


def test_a_study_of_one_borough(place):
    (place / "boundaries").mkdir()  # beside the raw folder
    (place / "boundaries" / "areas.geojson").write_text(LAYER)
    where = {"raw": place / "raw", "processed": place / "processed"}
    study = open_study(["essex"], "2018-01", "2018-03", borough="SOUTHWARK", **where)
    assert (study.area.code, study.area.name, study.who) == ("E09000028", "Southwark", "Southwark (Essex Police)")
    assert study.area.inside(study.records).all()
    assert len(study.records) == 3
    with pytest.raises(ParameterError, match='borough "Sothwark" is unknown; did you mean "Southwark"'):
        open_study(["essex"], "2018-01", "2018-03", borough="Sothwark", **where)


def test_boundaries_matter_only_where_they_are_asked_for(place):
    study = opened(place, ["essex"], "2018-01", "2018-03")
    assert (study.located, study.area, study.who) == (None, None, "Essex Police")
    where = {"raw": place / "raw", "processed": place / "processed"}
    assert open_study(["essex"], "2018-01", "2018-03", place=True, **where).located is None
    with pytest.raises(DataError, match="get them with: sas-analysis fetch-reference boundaries"):
        open_study(["essex"], "2018-01", "2018-03", borough="Southwark", **where)
    (place / "boundaries").mkdir()
    (place / "boundaries" / "areas.geojson").write_text("{")
    assert opened(place, ["essex"], "2018-01", "2018-03").located is None
    with pytest.raises(DataError, match="is not GeoJSON"):
        open_study(["essex"], "2018-01", "2018-03", place=True, **where)


def test_verdicts_are_of_the_months_of_the_study_and_rest_on_all_that_its_forces_have(place):
    for number in range(1, 10):
        put(place, "surrey", f"2018-{number:02d}", 40 if number != 5 else 2)
    put(place, "surrey", "2019-01", 1, end=b"no,row")  # refused, and of no month of the study
    study = opened(place, ["surrey"], "2018-05", "2018-06")
    assert len(study.records) == 42
    said = study.verdicts
    assert said[["force", "month"]].to_numpy().tolist() == [["surrey", "2018-05"], ["surrey", "2018-06"]]
    low = study.findings.query("rule == 'low'")
    assert low[["month", "action"]].to_numpy().tolist() == [["2018-05", "exclude"]]
    assert "the median of 8 months around is 40" in low["evidence"].iloc[0]
    assert said["verdict"].iloc[0] == "flagged"
    assert "low" in said["rules"].iloc[0]
    found = vars(study)["findings"]
    assert study.findings.equals(found)
    assert vars(study)["findings"] is found  # found once


def test_a_month_without_a_file_has_a_verdict_too(place):
    said = opened(place, ["essex"], "2018-01", "2018-03").verdicts.set_index("month")["verdict"]
    assert said["2018-02"] == "no file"


def test_a_part_of_a_study_need_not_have_a_search_of_the_power_asked_for(sample, tmp_path):
    given = {"raw": sample, "processed": tmp_path, "power": "section 60"}
    study = open_study(["city-of-london", "metropolitan"], "2017-07", "2018-02", **given)
    london = study.of_force("city-of-london")  # the sample simulates none of its searches in these months but two
    empty = london.during("2017-12", "2018-02")
    assert empty.searches.empty
    assert empty.flow["left"].iloc[-1] == 0 < empty.flow["left"].iloc[0]
    assert empty.outcome("arrest").frame["note"].str.startswith("not estimable").all()
    over = study.ratio(by="force", over="quarter", groups=["Black"]).frame
    alone = over[over["force"].eq("city-of-london") & over["ethnicity_5"].eq("Black")]
    assert len(alone) == 3
    assert alone["numerator"].iloc[-1] == 0
    with pytest.raises(DataError, match="no search is left to analyse"):
        open_study("city-of-london", "2017-12", "2018-02", **given).selection  # noqa: B018


def test_months_without_records_are_named_among_those_left_out(place):
    """In what a caption says too: a year of three months is no year."""
    study = opened(place, ["essex"], "2018-01", "2018-03")
    assert study.left_out[0] == "without 2018-02, of which no records are here"
    assert study.left_out[0] in study.ratio().show().caption
    many = opened(place, ["essex", "kent"], "2018-01", "2018-06")
    assert many.left_out[0] == "without 9 of 12 force-months of which no records are here"


def test_a_study_is_pickled_without_what_is_counted_of_it(place):
    study = opened(place, ["essex", "kent"], "2018-01", "2018-03").using("arrest")
    said = study.outcome("arrest").frame
    received = pickle.loads(pickle.dumps(study))
    assert "_rows" in vars(study)
    assert "_rows" not in vars(received)
    assert received.outcome("arrest").frame.equals(said)
    assert received.flow.equals(study.flow)
