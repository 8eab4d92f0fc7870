"""The reader of the Home Office open data tables, on files made here in the layouts that are published."""

import csv
import tracemalloc
import zipfile
from contextlib import suppress
from xml.sax.saxutils import escape, quoteattr

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas_analysis.errors import DataError
from sas_analysis.reference.official import ods
from sas_analysis.reference.official.home_office import read_official, searches_by_force
from sas_analysis.reference.official.ods import MIMETYPE, MOST_CELLS, sheets
from sas_analysis.reference.official.reconcile import lights, reconcile

NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
NEW = [
    "financial_year",
    "financial_year_quarter",
    "geocode",
    "police_force_area",
    "region",
    "legislation",
    "reason_for_search",
    "outcome",
    "link",
    "self_defined_ethnicity_group",
    "self_defined_ethnicity",
    "officer_defined_ethnicity",
    "sex",
    "age_group",
    "number_of_searches",
]
OLD = [
    "Financial Year",
    "Geocode",
    "Force Name",
    "Region",
    "Legislation",
    "Reason for search / arrest",
    "Ethnic Group (self-defined - old style)",
    "Ethnic Group (self-defined - new style)",
    "Ethnicity (self-defined)",
    "Searches",
    "Resultant arrests",
]


def new_row(force="Dorset", group="White", officer="White", searches=1, year="2020/21", region="South West", **other):
    row = dict.fromkeys(NEW, "") | {"financial_year": year, "police_force_area": force, "region": region}
    row |= {"self_defined_ethnicity_group": group, "officer_defined_ethnicity": officer, "number_of_searches": searches}
    return list((row | other).values())


def old_row(force="Dorset", group="White", searches="1", year="2018/19"):
    return [year, "E23000039", force, "South West", "PACE", "Drugs", "x", group, group, searches, "0"]


def cell(value):
    if value == "":
        return "<table:table-cell/>"
    if isinstance(value, (int, float)):
        attributes = f'office:value-type="float" office:value="{value}"'
    else:
        attributes = 'office:value-type="string"'
    return f"<table:table-cell {attributes}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def table_row(row):
    return f"<table:table-row>{''.join(map(cell, row))}</table:table-row>"


def write_ods(path, sheets_of_rows, *, mimetype=MIMETYPE, after=""):
    tables = (
        f"<table:table table:name={quoteattr(name)}>{''.join(map(table_row, rows))}{after}</table:table>"
        for name, rows in sheets_of_rows.items()
    )
    body = f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
    return write_content(path, f"<office:document-content {NAMESPACES}>{body}</office:document-content>", mimetype)


def write_content(path, content, mimetype=MIMETYPE):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mimetype)
        archive.writestr("content.xml", f'<?xml version="1.0" encoding="UTF-8"?>{content}')
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


ROWS = [
    new_row(group="White", officer="White", searches=40),
    new_row(group="White", officer="Black", searches=2),
    new_row(group="Black or Black British", officer="Black", searches=9),
    new_row(group="Asian or Asian British", officer="Asian", searches=4),
    new_row(group="Mixed", officer="Black", searches=3),
    new_row(group="Other Ethnic Group", officer="White", searches=1),
    new_row(group="Not Stated", officer="White", searches=11),
    new_row(group="N/A - vehicle search", officer="N/A - vehicle search", searches=5),
    new_row(force="London, City of", group="White", searches=7, region="London"),
    new_row(force="British Transport Police", group="White", searches=6, region="0", geocode="0"),
]


def test_open_data_2020_21_layout(tmp_path):
    notes = {"Cover": [["Stop and search open data"], [], ["Source: Home Office"]], "open_data": [NEW, *ROWS]}
    table = read_official(write_ods(tmp_path / "open.ods", notes))
    assert table["force"].unique().tolist() == ["dorset", "city-of-london", "btp"]
    assert table["searches"].tolist() == [40, 2, 9, 4, 3, 1, 11, 5, 7, 6]
    assert table["self_group"].unique().tolist() == [
        "White",
        "Black",
        "Asian",
        "Mixed",
        "Other",
        "Unknown",
        "Vehicle-only",
    ]
    assert table.loc[9, "region"] == "0"


def test_ods_and_csv_read_the_same(tmp_path):
    ods = read_official(write_ods(tmp_path / "open.ods", {"open_data": [NEW, *ROWS]}))
    pd.testing.assert_frame_equal(ods, read_official(write_csv(tmp_path / "open.csv", [NEW, *ROWS])))


def test_open_data_2006_07_to_2019_20_layout(tmp_path):
    rows = [
        ["Notes on the open data"],
        [],
        OLD,
        old_row(searches="1,204"),
        old_row(group="Black or Black British", searches=" 12 "),
        old_row(group="Mixed", searches="-"),
        old_row(group="Vehicle only", searches="3"),
        old_row(group="Not stated", searches=8.0),
        old_row(force="Devon and Cornwall", group="White", searches="5"),
        old_row(force="Devon and Cornwall", group="Asian or Asian British", searches=".."),
    ]
    table = read_official(write_ods(tmp_path / "old.ods", {"Notes": [["x"]], "S&S_OD": rows}))
    assert table["searches"].fillna(-1).tolist() == [1204, 12, 0, 3, 8, 5, -1]
    by_force = searches_by_force(table).set_index("force")
    assert by_force.loc["dorset", ["White", "Black", "Mixed", "Unknown", "All"]].tolist() == [1204, 12, 0, 8, 1224]
    assert by_force.loc["devon-and-cornwall", "White"] == 5
    assert by_force.loc["devon-and-cornwall", ["Asian", "All"]].isna().all()  # not available is not nil
    assert by_force["year_ending"].unique().tolist() == ["2019-03"]


OUTCOMES = [*OLD[:5], "Outcome", *OLD[6:]]
BY_REASON, BY_OUTCOME = {"Reason": [OLD, old_row(searches="7")]}, {"Outcome": [OUTCOMES, old_row(searches="7")]}


def test_of_several_tables_of_the_same_searches_one_must_be_named(tmp_path):
    path = write_ods(tmp_path / "x.ods", {"Notes": [["x"]], **BY_REASON, **BY_OUTCOME})
    with pytest.raises(DataError, match=r'sheet=: "Reason" \(with reason\), "Outcome" \(with outcome\)'):
        read_official(path)
    table = read_official(path, sheet="Outcome")
    assert table["outcome"].tolist() == ["Drugs"]
    assert "reason" not in table
    assert read_official(path, sheet="Reason")["reason"].tolist() == ["Drugs"]
    with pytest.raises(DataError, match='no open data table in a sheet "Notes"'):
        read_official(path, sheet="Notes")


def test_arrests_of_the_old_layout_are_read(tmp_path):
    assert read_official(write_csv(tmp_path / "old.csv", [OLD, old_row()]))["arrests"].tolist() == ["0"]


def test_officer_defined_ethnicity_is_read_beside_self_defined(tmp_path):
    table = read_official(write_csv(tmp_path / "open.csv", [NEW, *ROWS[:8]]))
    both = table[["self_group", "officer"]].astype("str").itertuples(index=False, name=None)
    counts = dict(zip(both, table["searches"], strict=True))
    assert (counts["White", "White"], counts["White", "Black"], counts["Mixed", "Black"]) == (40, 2, 3)
    assert "officer" not in read_official(write_csv(tmp_path / "old.csv", [OLD, old_row()]))


def test_unseen_officer_label_is_kept_apart(tmp_path):
    table = read_official(write_csv(tmp_path / "open.csv", [NEW, new_row(officer="Martian", searches=3)]))
    assert table[["officer", "searches"]].to_numpy().tolist() == [["Unrecognised label", 3]]


def test_newer_year_reconciles_records(tmp_path):
    groups = {"White": 800, "Black or Black British": 90, "Asian or Asian British": 60, "Mixed": 30, "Not Stated": 20}
    rows = [new_row(group=group, searches=n * 12, year="2026/27") for group, n in groups.items()]
    official = searches_by_force(read_official(write_csv(tmp_path / "open.csv", [NEW, *rows])))
    ours = {"White": 800, "Black": 90, "Asian": 60, "Mixed": 30, "Unknown": 20}
    months = pd.period_range("2026-04", "2027-03", freq="M").astype(str)
    counts = pd.DataFrame(
        [("dorset", month, False, group, group, n) for month in months for group, n in ours.items()],
        columns=["force", "month", "vehicle_only", "ethnicity_5", "ethnicity_5_2001", "searches"],
    )
    assert lights(reconcile(counts, official=official))["light"].tolist() == ["green"]
    assert lights(reconcile(counts))["light"].tolist() == ["cannot be compared"]


def test_all_faults_are_told_at_once_with_their_rows(tmp_path):
    rows = [
        NEW,
        new_row(),
        new_row(force="Atlantis"),
        new_row(group="Purple"),
        new_row(year="soon"),
        new_row(searches="many"),
        new_row(searches=-4),
        new_row(searches=1.5),
    ]
    with pytest.raises(DataError) as error:
        read_official(write_csv(tmp_path / "open.csv", rows))
    text = str(error.value)
    assert "4 faults" in text
    assert '1 row(s) with no police force area that is known: row 3 "Atlantis"' in text
    assert 'row 4 "Purple"' in text
    assert 'row 5 "soon"' in text
    assert '3 row(s) with no number of searches that is known: row 6 "many", row 7 "-4", row 8 "1.5"' in text


def test_a_table_without_its_headings_is_refused(tmp_path):
    path = write_ods(tmp_path / "x.ods", {"Cover": [["hello"]], "open_data": [[*NEW[:-1], "total"], new_row()]})
    with pytest.raises(DataError, match=r"number_of_searches[\s\S]*nearest to a heading lacks number_of_searches"):
        read_official(path)


# Hostile files


def test_formula_like_cells_stay_text(tmp_path):
    row = new_row(legislation="=1+1", reason_for_search="@SUM(A1)", outcome="+44", link="-x")
    table = read_official(write_ods(tmp_path / "x.ods", {"open_data": [NEW, row]}))
    assert table.loc[0, ["legislation", "reason", "outcome", "linked"]].tolist() == ["=1+1", "@SUM(A1)", "+44", "-x"]


def test_a_formula_is_its_stored_value(tmp_path):
    formula = '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
    content = write_ods(tmp_path / "a.ods", {"open_data": [NEW, new_row(searches="HERE")]})
    text = zipfile.ZipFile(content).read("content.xml").decode().replace(cell("HERE"), formula)
    table = read_official(write_content(tmp_path / "b.ods", text.partition("?>")[2]))
    assert table["searches"].tolist() == [2]


@pytest.mark.parametrize(
    "claim",
    [
        '<table:table-row table:number-rows-repeated="2000000000"><table:table-cell office:value-type="string">'
        "<text:p>x</text:p></table:table-cell></table:table-row>",
        '<table:table-row><table:table-cell table:number-columns-repeated="2000000000" office:value-type="float" '
        'office:value="1"/></table:table-row>',
        '<table:table-row><table:table-cell a=">" table:number-columns-repeated="2000000000" office:value-type="float" '
        'office:value="1"/></table:table-row>',
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-repeated="16000"/>'
        "<table:table-cell><text:p>far away</text:p></table:table-cell></table:table-row>",
    ],
)
def test_claims_of_repeated_cells_are_refused_before_they_fill_the_memory(tmp_path, claim):
    path = write_ods(tmp_path / "x.ods", {"open_data": [NEW, new_row()]}, after=claim)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=f"cells; at most {MOST_CELLS:,}"):
            read_official(path)
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()


def test_empty_cells_to_the_end_of_the_sheet_are_no_claim(tmp_path):
    # What every office program writes below and beside a table.
    after = (
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    table = read_official(write_ods(tmp_path / "x.ods", {"open_data": [NEW, *ROWS]}, after=after))
    assert len(table) == len(ROWS)


def test_equal_neighbours_written_once_are_read_as_many(tmp_path):
    repeated = table_row(new_row(searches=3)).replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="4">'
    )
    table = read_official(write_ods(tmp_path / "x.ods", {"open_data": [NEW]}, after=repeated))
    assert table["searches"].tolist() == [3, 3, 3, 3]


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", MIMETYPE)
        archive.writestr("content.xml", b"<a>" + b"0" * (20 << 20))


def laughs(path):
    entities = '<!DOCTYPE a [<!ENTITY a "ha">]>'
    write_content(path, f"{entities}<office:document-content {NAMESPACES}>&a;</office:document-content>")


def truncated(path):
    write_ods(path, {"open_data": [NEW, *ROWS]})
    path.write_bytes(path.read_bytes()[:-300])


def wrong_crc(path):
    write_ods(path, {"open_data": [NEW, *ROWS]})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02", data.index(b"content.xml")) + 16
    data[at] ^= 0xFF
    at = data.index(b"content.xml", at) - 46 + 16
    data[at] ^= 0xFF
    path.write_bytes(bytes(data))


HOSTILE = {
    "text": lambda path: path.write_text("not a spreadsheet"),
    "nothing": lambda path: path.write_bytes(b""),
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 40),
    "an Excel file": lambda path: write_ods(path, {"a": [NEW, *ROWS]}, mimetype=b"application/vnd.ms-excel"),
    "a bomb": bomb,
    "entities": laughs,
    "truncated": truncated,
    "wrong checksum": wrong_crc,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_ods_is_refused_by_name(tmp_path, kind):
    path = tmp_path / "x.ods"
    HOSTILE[kind](path)
    with pytest.raises(DataError, match=r"x\.ods"):
        read_official(path)
    assert [file.name for file in tmp_path.iterdir()] == ["x.ods"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00a", b'a,"b\n', b"", b"\x00\x01\x02" * 99])
def test_what_is_no_csv_is_refused_by_name(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.csv"):
        read_official(path)


def test_missing_and_other_files_are_refused_by_name(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv"):
        read_official(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"none\.ods"):
        read_official(tmp_path / "none.ods")
    with pytest.raises(DataError, match=r"\.ods or \.csv"):
        read_official(tmp_path / "table.xlsx")


@settings(max_examples=150)
@given(data=st.data())
def test_any_damage_of_an_ods_is_a_clear_error_or_no_harm(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damage")
    whole = write_ods(folder / "whole.ods", {"open_data": [NEW, *ROWS]}).read_bytes()
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = folder / "x.ods"
    path.write_bytes(bytes(content))
    with suppress(DataError):
        assert read_official(path)["searches"].sum() == 88


@settings(max_examples=150)
@given(inside=st.text(alphabet="<>/abtable:-rowcell=\"' 19&;\n", max_size=200))
def test_any_content_of_an_ods_is_a_clear_error(tmp_path_factory, inside):
    path = tmp_path_factory.mktemp("content") / "x.ods"
    write_content(path, f"<office:document-content {NAMESPACES}>{inside}</office:document-content>")
    with pytest.raises(DataError, match=r"x\.ods"):
        read_official(path)


@settings(max_examples=150)
@given(rows=st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=12))
def test_any_csv_is_a_clear_error(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    path.write_bytes("\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass"))
    with pytest.raises(DataError, match=r"x\.csv"):
        read_official(path)


def test_sheets_come_in_order_with_their_names(tmp_path):
    path = write_ods(tmp_path / "x.ods", {"one": [["a"]], "two & three": [[1, "b"]]})
    assert [(name, list(rows)) for name, rows in sheets(path)] == [("one", [["a"]]), ("two & three", [[1.0, "b"]])]


def test_cells_are_read_as_office_programs_write_them(tmp_path):
    # Spaces and breaks as elements, comments, dates, other values, a style of another namespace, a cell in two parts.
    cells = (
        '<table:table-cell office:value-type="string" xmlns:x="urn:x" x:y="1"><text:p>a<text:s text:c="2"/>b'
        "<text:tab/><text:span>c</text:span></text:p><text:p>d &amp; e</text:p></table:table-cell>"
        '<table:table-cell office:value-type="string"><office:annotation><text:p>comment</text:p></office:annotation>'
        "<text:p>f</text:p></table:table-cell>"
        '<table:covered-table-cell/><table:table-cell table:number-columns-repeated="2"/>'
        '<table:table-cell office:value-type="date" office:date-value="2021-03-31"><text:p>x</text:p>'
        "</table:table-cell>"
        '<table:table-cell office:value-type="percentage" office:value="0.5"/>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
        '<table:table-cell table:number-columns-repeated="1000"/>'
    )
    row = f"<table:table-header-rows><table:table-row>{cells}</table:table-row></table:table-header-rows>"
    after = f'<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>{row}'
    (rows,) = (list(rows) for _, rows in sheets(write_ods(tmp_path / "x.ods", {"one": [["g"]]}, after=after)))
    assert rows == [["g"], [], [], ["a  b\tc\nd & e", "f", "", "", "", "2021-03-31", 0.5, "true"]]


def test_rows_cut_by_the_pieces_they_are_read_in_are_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(ods, "_CHUNK", 7)
    path = write_ods(tmp_path / "x.ods", {"one": [["a", 1], ["b & c", ""]], "two": [], "three": [[2, "d"]]})
    found = [(name, list(rows)) for name, rows in sheets(path)]
    assert found == [("one", [["a", 1.0], ["b & c"]]), ("two", []), ("three", [[2.0, "d"]])]


def test_rows_left_unread_do_not_stand_in_the_next_sheet(tmp_path):
    path = write_ods(tmp_path / "x.ods", {"one": [["a"], ["b"], ["c"]], "two": [["d"]]})
    assert [(name, next(rows)) for name, rows in sheets(path)] == [("one", ["a"]), ("two", ["d"])]


@pytest.mark.parametrize(
    "cell",
    [
        '<table:table-cell office:value-type="float" office:value="many"/>',
        '<table:table-cell office:value-type="float"/>',
        '<table:table-cell table:number-columns-repeated="x"/>',
        "<table:table-cell><text:p>a</table:table-cell>",
        "<table:table-cell><text:p>&unknown;</text:p></table:table-cell>",
        "<table:table-cell other:x='1'/>",
        '<table:table-cell table:number-columns-repeated="200000"/><table:table-cell><text:p>a</text:p>'
        "</table:table-cell>",
    ],
)
def test_cells_that_are_none_are_refused_with_their_sheet(tmp_path, cell):
    after = f"<table:table-row>{cell}</table:table-row>"
    with pytest.raises(DataError, match=r"x\.ods.* sheet 'one'"):
        list(next(sheets(write_ods(tmp_path / "x.ods", {"one": [["g"]]}, after=after)))[1])


def test_a_row_that_never_ends_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(ods, "_LONGEST", 1 << 20)
    monkeypatch.setattr(ods, "_CHUNK", 1 << 16)
    path = write_content(tmp_path / "x.ods", "<table:table-row>" + "x" * (2 << 20))
    with pytest.raises(DataError, match="a row or a gap of more than 1,048,576 bytes"):
        list(sheets(path))
