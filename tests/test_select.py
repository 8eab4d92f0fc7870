"""Exclusions: each with its reason and its count, and nothing else left out."""

import pandas as pd
import pytest

from sas_analysis.errors import DataError
from sas_analysis.records import refresh, store
from sas_analysis.records.load import HEADER
from sas_analysis.records.select import Selection, is_repeat, leave_months, narrow, person_searches, with_ethnicity

PERSON = (
    "Person search,2018-01-03T10:20:30+00:00,False,,51.5,-0.1,Male,18-24,Asian/Asian British - Chinese,White,"
    "Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,True,False"
)
SECTION_60 = "Criminal Justice and Public Order Act 1994 (section 60)"
ROWS = [
    PERSON,
    PERSON.replace("Person", "Person and Vehicle"),
    PERSON.replace("Person", "Vehicle"),
    PERSON.replace("Person search", ""),
    PERSON.replace("Person", "Hovercraft"),
    PERSON.replace("Misuse of Drugs Act 1971 (section 23)", SECTION_60),
    PERSON.replace("Misuse of Drugs Act 1971 (section 23)", ""),
    PERSON.replace("Misuse of Drugs Act 1971 (section 23)", "Magna Carta"),
    PERSON,  # again
]


def read(folder, **files):
    for name, rows in files.items():
        month = name.replace("m", "").replace("_", "-")
        path = folder / "raw" / f"{month}-essex-stop-and-search.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join([HEADER.decode(), *rows, ""]))
    refresh.update(folder / "raw", folder / "processed")
    return store.read(folder / "processed")


@pytest.fixture
def records(tmp_path):
    return read(tmp_path, m2018_01=ROWS)


def steps(selection):
    return [list(step) for step in selection.flow.itertuples(index=False)]


def test_the_flow_has_a_row_for_each_step_and_adds_up(records):
    selection = Selection(records)
    assert steps(selection) == [["records published", 0, 9]]
    section_60, vehicle = records["power"].eq("Section 60"), records["type"].eq("Vehicle search")
    cut = selection.drop(section_60, reason="first").drop(vehicle | section_60, reason="second")
    assert steps(cut) == [["records published", 0, 9], ["first", 1, 8], ["second", 1, 7]]
    assert cut.records["source_row"].tolist() == [1, 2, 4, 5, 7, 8, 9]
    assert steps(selection) == [["records published", 0, 9]]  # a selection is not changed by what is made from it
    assert list(cut.flow) == ["step", "dropped", "left"]


def test_what_is_missing_is_not_left_out(records):
    where = pd.Series([True, None, False] * 3, index=records.index, dtype="boolean")
    assert steps(Selection(records).drop(where, reason="x"))[1] == ["x", 3, 6]


def test_vehicle_searches_alone_are_no_person_searches(records):
    selection = person_searches(records)
    assert steps(selection)[1] == ["vehicle-only search: nobody was searched", 1, 8]
    assert selection.records["type"].tolist()[:4] == [
        *("Person search", "Person and Vehicle search", "Not recorded", "Unrecognised label")
    ]


@pytest.mark.parametrize(
    ("power", "rows"),
    [("all", [1, 2, 3, 4, 5, 6, 7, 8, 9]), ("section 60", [6]), ("reasonable grounds", [1, 2, 3, 4, 5, 9])],
)
def test_power(records, power, rows):
    """Legislation that is blank or never seen is in neither power."""
    selection = narrow(Selection(records), power=power)
    assert selection.records["source_row"].tolist() == rows
    if power == "all":
        assert len(selection.flow) == 1
    else:
        assert steps(selection)[1] == [f"not a {power} search, or legislation not recorded", 9 - len(rows), len(rows)]


def test_nothing_left_is_refused_with_the_flow(tmp_path):
    selection = person_searches(read(tmp_path, m2018_01=[PERSON, PERSON.replace("Person", "Vehicle")]))
    with pytest.raises(DataError) as error:
        narrow(selection, power="section 60")
    assert str(error.value) == (
        "no search is left to analyse (records published: 0 dropped, 2 left; vehicle-only search: nobody was searched: "
        "1 dropped, 1 left; not a section 60 search, or legislation not recorded: 1 dropped, 0 left); "
        "choose another period, or other -p borough, power or repeats"
    )


def test_repeats_are_kept_or_dropped_but_the_first(records):
    assert len(narrow(Selection(records)).records) == 9
    selection = narrow(Selection(records), repeats="drop")
    assert selection.records["source_row"].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert steps(selection)[1] == ["identical to an earlier row of its file", 1, 8]


def test_a_repeat_equals_an_earlier_row_of_its_file_in_every_cell(tmp_path):
    cells = PERSON.split(",")
    others = [",".join([*cells[:i], "", *cells[i + 1 :]]) for i in range(15) if cells[i]]
    third, fourth = (PERSON.replace("2018-01-03T", f"{day} January ") for day in "34")
    rows = [PERSON, *others, third, fourth, third, PERSON]
    records = read(tmp_path, m2018_01=rows, m2018_02=[PERSON])
    assert records["source_row"][is_repeat(records)].tolist() == [18, 19]
    assert set(records["month"][is_repeat(records)]) == {"2018-01"}


def test_a_label_in_two_ways_is_not_a_repeat(tmp_path):
    """What counts is what the publisher wrote."""
    records = read(tmp_path, m2018_01=[PERSON, PERSON.replace("Arrest", "Suspect arrested"), PERSON])
    assert is_repeat(records).tolist() == [False, False, True]


def verdicts(**by_month):
    said = [{"force": "essex", "month": month[1:].replace("_", "-"), "verdict": verdict, "rules": rules, "reasons": ""}
            for month, (verdict, rules) in by_month.items()]  # fmt: skip
    return pd.DataFrame(said)


def test_flagged_months_leave_with_their_rules_in_the_flow(tmp_path):
    records = read(tmp_path, m2018_01=[PERSON] * 3, m2018_02=[PERSON] * 4, m2018_03=[PERSON])
    said = verdicts(m2018_01=("fine", ""), m2018_02=("flagged", "doubled, low"), m2018_03=("no file", "no file"))
    left = leave_months(Selection(records), said)
    assert left.records["month"].astype(str).tolist() == ["2018-01"] * 3 + ["2018-03"]
    assert steps(left)[1] == [
        "in 1 month the audit flags (essex 2018-02: doubled, low)", 4, 4
    ]  # fmt: skip
    kept = leave_months(Selection(records), said, flagged_months="include")
    assert steps(kept) == [["records published", 0, 8]]


def test_where_no_month_is_flagged_the_flow_has_no_step_and_where_all_are_nothing_is_left(tmp_path):
    records = read(tmp_path, m2018_01=[PERSON], m2018_02=[PERSON])
    assert len(leave_months(Selection(records), verdicts(m2018_01=("fine", ""))).flow) == 1
    months = {f"m2018_{month:02d}": ("flagged", "low") for month in range(1, 7)}
    left = leave_months(Selection(records), verdicts(**months))
    assert left.records.empty
    assert steps(left)[1][0].startswith("in 6 months the audit flags (essex 2018-01: low")
    assert steps(left)[1][0].endswith("essex 2018-04: low and 2 more)")
    with pytest.raises(ValueError, match="flagged_months is one of 'exclude', 'include', not 'no'"):
        leave_months(Selection(records), verdicts(**months), flagged_months="no")


def test_another_force_of_the_same_month_is_not_flagged(tmp_path):
    records = read(tmp_path, m2018_01=[PERSON])
    said = verdicts(m2018_01=("flagged", "low")).assign(force="kent")
    assert len(leave_months(Selection(records), said).records) == 1


@pytest.mark.parametrize(
    ("how", "group"),
    [
        ({}, "Asian"),
        ({"scheme": "self", "chinese": "Other"}, "Other"),
        ({"scheme": "officer"}, "White"),
        ({"scheme": "officer", "chinese": "Other"}, "White"),
    ],
)
def test_ethnicity_by_scheme(records, how, group):
    made = with_ethnicity(records, **how)
    assert set(made["ethnicity_5"]) == {group}
    pd.testing.assert_frame_equal(made.drop(columns="ethnicity_5"), records.drop(columns="ethnicity_5"))
    assert set(records["ethnicity_5"]) == {"Asian"}
    assert made["ethnicity_5"].cat.categories.tolist() == ["White", "Mixed", "Asian", "Black", "Other", "Unknown"]


def test_a_misspelt_choice_is_refused_and_not_taken_for_another(records):
    with pytest.raises(ValueError, match="chinese is one of 'Asian', 'Other', not 'other'"):
        with_ethnicity(records, chinese="other")
    with pytest.raises(ValueError, match="scheme is one of 'self', 'officer', 'combined', not 'selfdefined'"):
        with_ethnicity(records, scheme="selfdefined")
    with pytest.raises(ValueError, match=r"power is one of 'all', .*not 'section60'"):
        narrow(Selection(records), power="section60")
    with pytest.raises(ValueError, match="repeats is one of 'keep', 'drop', not 'dorp'"):
        narrow(Selection(records), repeats="dorp")
