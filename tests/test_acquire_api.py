"""The publisher's API: what is published, JSON to the publisher's CSV, and answers that are not what they should be."""

import csv
import io
import json
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_acquire_server import client, naps, page, site, status

from sas_analysis.records.acquire import FetchError, api, fetch
from sas_analysis.records.load import COLUMNS
from sas_analysis.records.refresh import update
from sas_analysis.records.synthetic.extract import write_sample

__all__ = ["client", "naps", "site"]

# As in the publisher's documentation: https://data.police.uk/docs/method/stops-force/ and .../stops-no-location/
RECORD = {
    "age_range": "18-24",
    "officer_defined_ethnicity": None,
    "involved_person": True,
    "self_defined_ethnicity": "Other ethnic group - Not stated",
    "gender": "Male",
    "legislation": None,
    "outcome_linked_to_object_of_search": None,
    "datetime": "2024-01-06T22:45:00+00:00",
    "outcome_object": {"id": "bu-no-further-action", "name": "A no further action disposal"},
    "location": {
        "latitude": "52.628997",
        "street": {"id": 1738518, "name": "On or near Crescent Street"},
        "longitude": "-1.130273",
    },
    "object_of_search": "Controlled drugs",
    "operation": None,
    "outcome": "A no further action disposal",
    "type": "Person and Vehicle search",
    "operation_name": None,
    "removal_of_more_than_outer_clothing": False,
}
UNPLACED = RECORD | {"location": None, "outcome": "", "outcome_object": {"id": "", "name": ""}}
OLD = {
    "age_range": "over 34",
    "self_defined_ethnicity": "White - White British (W1)",
    "outcome_linked_to_object_of_search": None,
    "datetime": "2017-01-24T01:50:00+00:00",
    "removal_of_more_than_outer_clothing": None,
    "operation": False,
    "officer_defined_ethnicity": "White",
    "object_of_search": "Controlled drugs",
    "involved_person": True,
    "gender": "Male",
    "legislation": "Misuse of Drugs Act 1971 (section 23)",
    "location": None,
    "outcome": False,
    "type": "Person search",
    "operation_name": None,
}


def publish(site, records, months=("2024-01", "2024-02"), unplaced=()):
    """A service that answers as the publisher's: [] for whatever it does not know."""

    def of(everything):
        return lambda asked: [
            record
            for record in everything
            if asked.get("force") == "leicestershire" and record["datetime"].startswith(asked.get("date", ""))
        ]

    site.services["/crimes-street-dates"] = lambda _: [
        {"date": month, "stop-and-search": ["leicestershire", "btp"]} for month in reversed(months)
    ]
    site.services["/stops-force"], site.services["/stops-no-location"] = of(records), of(unplaced)


def ask(raw, site, client, **options):
    options = {"forces": ["leicestershire"], "start": "2024-01", "end": "2024-01"} | options
    return fetch(raw, source="api", base=site.url, client=client, **options)


def lines(raw, month="2024-01", force="leicestershire"):
    path = raw / month / f"{month}-{force}-stop-and-search.csv"
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def test_the_last_months_are_counted_from_the_newest_that_is_available(site, client, tmp_path):
    records = [RECORD | {"datetime": f"2024-0{month}-06T22:45:00+00:00"} for month in (1, 2, 3)]
    publish(site, records, months=("2024-01", "2024-02", "2024-03"))
    done = ask(tmp_path, site, client, start="", end="", last=2)
    assert done.new == [("leicestershire", "2024-02"), ("leicestershire", "2024-03")]


def test_a_record_of_the_documentation_as_the_csv_has_it(site, client, tmp_path):
    publish(site, [RECORD])
    assert ask(tmp_path, site, client).new == [("leicestershire", "2024-01")]
    assert lines(tmp_path) == [
        {
            "Type": "Person and Vehicle search",
            "Date": "2024-01-06T22:45:00+00:00",
            "Part of a policing operation": "",
            "Policing operation": "",
            "Latitude": "52.628997",
            "Longitude": "-1.130273",
            "Gender": "Male",
            "Age range": "18-24",
            "Self-defined ethnicity": "Other ethnic group - Not stated",
            "Officer-defined ethnicity": "",
            "Legislation": "",
            "Object of search": "Controlled drugs",
            "Outcome": "A no further action disposal",
            "Outcome linked to object of search": "",
            "Removal of more than just outer clothing": "False",
        }
    ]
    assert list(lines(tmp_path)[0]) == list(COLUMNS)


@pytest.mark.parametrize(
    ("outcome", "known", "text"),
    [
        ("Arrest", {"id": "bu-arrest", "name": "Arrest"}, "Arrest"),
        ("Arrest", None, "Arrest"),
        ("", {"id": "", "name": ""}, ""),
        (None, None, ""),
        ("", {"id": "x", "name": "Community resolution"}, "Community resolution"),
        (False, None, "Nothing found - no further action"),
        (False, {"id": "", "name": ""}, "Nothing found - no further action"),
        (False, {"id": "x", "name": "A no further action disposal"}, "A no further action disposal"),
    ],
)
def test_outcomes(outcome, known, text):
    (row,) = api.rows([RECORD | {"outcome": outcome, "outcome_object": known}], "it")
    assert row[list(COLUMNS).index("Outcome")] == text


def test_an_older_record_of_the_documentation(tmp_path):
    (row,) = api.rows([OLD], "it")
    told = dict(zip(COLUMNS, row, strict=True))
    assert told["Outcome"] == "Nothing found - no further action"
    assert told["Part of a policing operation"] == "False"
    assert (told["Latitude"], told["Removal of more than just outer clothing"]) == ("", "")


def test_an_extract_from_the_api_has_the_rows_of_the_original_and_is_cleaned(site, client, tmp_path):
    write_sample(tmp_path / "original", scale=0.05, start="2017-12", end="2018-01")
    original = {path.name: path.read_bytes() for path in (tmp_path / "original").rglob("*.csv")}
    original = {name: content.replace(b"\r\n", b"\n") for name, content in original.items() if content.count(b"\n") > 1}
    records, published = defaultdict(list), defaultdict(list)
    for name, content in original.items():
        month, force = name[:7], name[8:-20]
        published[month].append(force)
        for row in csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")):
            records[force, month].append(_as_json(row))
    site.services["/crimes-street-dates"] = lambda _: [
        {"date": month, "stop-and-search": forces} for month, forces in published.items()
    ]
    site.services["/stops-force"] = lambda asked: records[asked["force"], asked["date"]]
    site.services["/stops-no-location"] = lambda asked: [
        record for record in records[asked["force"], asked["date"]] if record["location"] is None
    ]
    done = ask(tmp_path / "raw", site, client, forces=None, start="2017-12", end="2018-01")
    made = {path.name: path.read_bytes() for path in (tmp_path / "raw").glob("20*/*.csv")}
    assert len(done.new) == len(original)
    assert {name: sorted(content.split(b"\n")) for name, content in made.items()} == {
        name: sorted(content.split(b"\n")) for name, content in original.items()
    }
    assert not update(tmp_path / "raw", tmp_path / "processed").refused


def _as_json(row):
    truth = {"True": True, "False": False, "": None}
    told = {name: row[column] or None for name, column in zip(api._FIELDS, COLUMNS, strict=True)}
    placed = told.pop("latitude"), told.pop("longitude")
    told["location"] = dict(zip(("latitude", "longitude"), placed, strict=True)) if any(placed) else None
    for name, kind in api._FIELDS.items():
        if kind == "truth":
            told[name] = truth[told[name] or ""]
    told["outcome"] = False if told["outcome"] == api.NOTHING_FOUND else told["outcome"] or ""
    return told


@pytest.mark.parametrize(
    ("force", "unplaced", "rows"),
    [
        ([RECORD, RECORD], [UNPLACED, UNPLACED], 4),  # the two answers share nothing
        ([RECORD, UNPLACED, UNPLACED], [UNPLACED, UNPLACED], 3),  # the first has all
        ([RECORD, UNPLACED], [UNPLACED, UNPLACED], 3),
        ([], [UNPLACED], 1),
    ],
)
def test_records_of_no_location_are_counted_once(site, client, tmp_path, force, unplaced, rows):
    publish(site, force, unplaced=unplaced)
    ask(tmp_path, site, client)
    assert len(lines(tmp_path)) == rows


def test_the_list_of_what_is_published_is_asked_first(site, client, tmp_path):
    publish(site, [RECORD])
    ask(tmp_path, site, client)
    assert site.paths() == ["/crimes-street-dates", "/stops-force", "/stops-no-location"]
    assert site.asked[1].params == {"force": "leicestershire", "date": "2024-01"}


def test_an_unknown_force_and_an_unpublished_month_are_errors_naming_what_is(site, client, tmp_path):
    publish(site, [RECORD], months=("2023-11", "2023-12", "2024-02"))
    with pytest.raises(FetchError) as caught:
        ask(tmp_path, site, client, forces=["atlantis"], start="2024-01", end="2024-02")
    assert "no force has published 2024-01; published: 2023-11 to 2023-12, 2024-02" in str(caught.value)
    assert "atlantis has published none of the months asked for; seen of it: none" in str(caught.value)
    assert site.paths() == ["/crimes-street-dates"]
    assert not list(tmp_path.rglob("*.csv"))


def test_no_records_never_become_a_file_of_none(site, client, tmp_path):
    publish(site, [])
    done = ask(tmp_path, site, client)
    assert (done.new, done.absent) == ([], [("leicestershire", "2024-01")])
    assert "has no record of it: not written, and not zero" in done.notes[0]
    assert not list(tmp_path.rglob("*.csv"))


def test_an_answer_for_another_month_is_refused(site, client, tmp_path):
    publish(site, [])
    site.services["/stops-force"] = lambda _: [RECORD | {"datetime": "2024-02-03T10:00:00+00:00"}] * 3
    with pytest.raises(FetchError, match="leicestershire 2024-01 and answered with 2024-02"):
        ask(tmp_path, site, client)


def test_the_hour_before_a_summer_month_belongs_to_it(site, client, tmp_path):
    late = RECORD | {"datetime": "2024-05-31T23:30:00+00:00"}
    early = RECORD | {"datetime": "2024-06-01T10:00:00+00:00"}
    site.services["/crimes-street-dates"] = lambda _: [{"date": "2024-06", "stop-and-search": ["leicestershire"]}]
    site.services["/stops-force"] = lambda _: [early, late]
    site.services["/stops-no-location"] = lambda _: []
    ask(tmp_path, site, client, start="2024-06", end="2024-06")
    assert [row["Date"] for row in lines(tmp_path, "2024-06")] == [late["datetime"], early["datetime"]]


def test_a_second_fetch_asks_for_new_months_and_again_for_the_newest(site, client, tmp_path):
    both = [RECORD, RECORD | {"datetime": "2024-02-03T10:00:00+00:00"}]
    publish(site, both)
    first = ask(tmp_path, site, client, end="2024-02")
    assert first.notes == ["2024-02 is the newest month: forces still send records of it, so fetch it again later"]
    before = len(site.asked)
    both.append(both[1])
    second = ask(tmp_path, site, client, end="2024-02")
    assert (second.same, second.replaced) == ([("leicestershire", "2024-01")], [("leicestershire", "2024-02")])
    assert {asked.params.get("date") for asked in site.asked[before + 1 :]} == {"2024-02"}
    publish(site, both, months=("2024-01", "2024-02", "2024-03"))  # there is something new: all may have changed
    third = ask(tmp_path, site, client, end="2024-02")
    assert len(third.same) == 2
    assert len(site.asked) == before + 3 + 5


def test_api_and_archive_are_versions_of_each_other(site, client, tmp_path):
    publish(site, [RECORD])
    (tmp_path / "2024-01").mkdir()
    (tmp_path / "2024-01/2024-01-leicestershire-stop-and-search.csv").write_bytes(api.as_csv([]))
    assert ask(tmp_path, site, client).replaced == [("leicestershire", "2024-01")]
    told = json.loads((tmp_path / "versions.json").read_text())["force_months"]["leicestershire 2024-01"]
    assert [entry["rule"] for entry in told if entry["in_use"]] == [api.RULE]
    assert told[1]["source"] == "api"


def test_busy_and_broken_answers_are_asked_for_again(site, client, naps, tmp_path):
    publish(site, [RECORD])
    site.scripts["/stops-force"] = [status(429, Retry_After="3"), status(502), status(504)]
    assert ask(tmp_path, site, client).new
    assert naps[0] == 3


def test_an_error_page_with_status_200(site, client, tmp_path):
    publish(site, [RECORD])
    site.scripts["/stops-force"] = [page]
    with pytest.raises(FetchError, match=r"did not answer in JSON \(text/html\)"):
        ask(tmp_path, site, client)


@pytest.mark.parametrize(
    "told", [[], {}, None, [{}], [{"date": "latest"}], [{"date": "2024-01", "stop-and-search": [1]}]]
)
def test_an_odd_list_of_what_is_published(site, client, tmp_path, told):
    site.services["/crimes-street-dates"] = lambda _: told
    with pytest.raises(FetchError, match="did not answer with months and forces"):
        ask(tmp_path, site, client)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", 5),
        ("gender", "Ma\nle"),
        ("gender", "\ud800"),
        ("legislation", "\0"),
        ("datetime", None),
        ("datetime", "yesterday"),
        ("outcome", True),
        ("outcome", ["Arrest"]),
        ("operation", "maybe"),
        ("operation", 1),
        ("removal_of_more_than_outer_clothing", []),
        ("location", "here"),
        ("location", {"latitude": "=cmd()", "longitude": "0"}),
        ("location", {"latitude": 52.1, "longitude": "0"}),
        ("outcome_object", {"name": 3, "id": ""}),
    ],
)
def test_values_of_another_kind_are_named(name, value):
    record = RECORD | {"outcome": ""} if name == "outcome_object" else RECORD
    with pytest.raises(FetchError, match=r"values that .*2 records, the first is 2"):
        api.rows([RECORD, record | {name: value}, record | {name: value}], "it")


@pytest.mark.parametrize("told", [{}, None, "x", 3])
def test_what_is_no_list(told):
    with pytest.raises(FetchError, match="list of records"):
        api.rows(told, "it")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["", "Arrest", "51.5"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "latitude"]), inner),
    max_leaves=4,
)
NAMES = [*RECORD, "longitude"]


@settings(max_examples=250)
@given(VALUES | st.lists(VALUES | st.dictionaries(st.sampled_from(NAMES), VALUES).map(lambda odd: RECORD | odd)))
def test_whatever_comes_is_a_sound_csv_or_an_error_of_ours(told):
    try:
        rows = api.rows(told, "it")
    except FetchError:
        return
    back = list(csv.reader(io.StringIO(api.as_csv(rows).decode("utf-8"), newline="")))
    assert back[0] == list(COLUMNS)
    assert sorted(map(tuple, back[1:])) == sorted(rows)
    assert api.as_csv(rows).count(b"\n") == len(rows) + 1  # a line is a record
