"""Whatever a file holds: it is read as the csv library reads it, or refused with a reason; nothing else happens."""

import csv
import io
import json
import tracemalloc

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sas_analysis.errors import DataError
from sas_analysis.records import store
from sas_analysis.records.clean import clean
from sas_analysis.records.load import COLUMNS, HEADER, RawFile, Refused, Text, one_body, read_text, reader
from sas_analysis.records.parse import parse
from sas_analysis.reference.areas import Layer, read_layer
from sas_analysis.reference.interpolate import read_residents
from sas_analysis.reference.population import GROUPS_5

ROW = [
    *("Person search", "2018-04-01T10:20:30+00:00", "False", "", "51.5", "-0.1", "Male", "18-24", "White"),
    *("White", "Misuse of Drugs Act 1971 (section 23)", "Controlled drugs", "Arrest", "True", "False"),
]
TIMES = [
    *("", "yesterday", "2018-04-01T10:20:30Z", "2018-04-01T10:20:30", "2018-04-01", "0000-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+10:00", "2018-02-30T00:00:00Z", "2018-04-01T25:00:00Z"),
]
NUMBERS = ["", "51.5", " 51.5", "nan", "inf", "-1e999", "1_0", "٣", "0x10", "north", "+1", "1,5", "1e400", "NULL"]
ODD = st.sampled_from(["", '"', '""', ",", "\n", "\r", "\r\n", "=1+1", "é", "\x85", "\u2028", "\ufeff", "\x0b", "\x1a"])
CELL = st.one_of(ODD, st.text(max_size=6), st.sampled_from(ROW))
QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@st.composite
def rows(draw):
    """Fifteen cells, most of them usual; sometimes one more or fewer."""
    row = list(ROW)
    row[1] = draw(st.one_of(st.just(row[1]), st.sampled_from(TIMES)))
    row[4:6] = [draw(st.one_of(st.just(cell), st.sampled_from(NUMBERS))) for cell in row[4:6]]
    for at in draw(st.lists(st.integers(0, 14), max_size=2)):
        row[at] = draw(CELL)
    return row[: draw(st.sampled_from([15] * 8 + [14, 1, 0]))] + ["more"] * draw(st.sampled_from([0] * 9 + [1]))


@st.composite
def contents(draw):
    """A file nearly as the publisher writes it: quotes, line ends, encodings, order of columns and rows vary."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    out = io.StringIO(newline="")
    names = draw(st.one_of(st.just(list(COLUMNS)), st.permutations([*COLUMNS, "Ward"])))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE]))
    writer = csv.writer(out, lineterminator=end, quoting=quoting, escapechar=None if quoting != 3 else "\\")
    writer.writerow(names)
    width = len(names) - 15
    writer.writerows([*row, *["ward"] * width] for row in draw(st.lists(rows(), max_size=4)))
    text = out.getvalue() + draw(st.sampled_from(["", "", "", end, "Person search,20", '"', "\0", "x" * 140_000]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16", "cp1252"]))
    return text.encode(encoding, errors="replace")


ANY = st.one_of(
    contents(),
    st.binary(max_size=200),
    st.binary(max_size=200).map(lambda body: HEADER + b"\n" + body),
    st.text(max_size=100).map(lambda body: HEADER + b"\n" + body.encode()),
)


def read_or_refused(read, given, path, content):
    """What a reader makes of a file of this content, or None: then it was refused, by the file's name."""
    path.write_bytes(content)
    told = ""
    try:
        return read(given)
    except (Refused, DataError) as refused:
        told = str(refused)
    assert path.name in told
    return None


def told(folder, content, number=1) -> Text | None:
    """The text of a month's file of this content, or None where it is refused."""
    file = file_of(folder, content, number)
    return read_or_refused(read_text, file, file.path, content)


def file_of(folder, content, number) -> RawFile:
    """A month's file of this content."""
    path = folder / f"2018-{number:02d}-essex-stop-and-search.csv"
    path.write_bytes(content)
    return RawFile(path, path.name, "essex", path.name[:7], len(content), 0)


def by_csv(content: bytes) -> list[list[str]]:
    """The rows below the header, in the publisher's order, as the csv library reads them. An empty line is no row."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    # Python's own universal line ends, also within quotes, as the standard layout has them
    head, *body = [row for row in csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))) if row]
    order = [[name.strip() for name in head].index(name) for name in COLUMNS]
    return [[row[at] for at in order] for row in body]


@QUICK
@given(content=ANY)
@example(content=HEADER + b"\n" + ",".join([ROW[0], "0000-01-01T00:00:00Z", *ROW[2:3], '"x"', *ROW[4:]]).encode())
@example(content=HEADER + b"\n" + ",".join([*ROW[:4], "1_0", *ROW[5:]]).encode())
def test_a_file_is_read_as_the_csv_library_reads_it_or_refused(tmp_path, content):
    text = told(tmp_path, content)
    if text is None:
        return
    table, parsed, faults = parse([text])
    assert len(parsed) + len(faults) == 1
    assert table.num_rows == sum(one.rows for one in parsed)
    if parsed:
        expected = by_csv(content)
        assert table.num_rows == len(expected)
        labels = [name for name in COLUMNS.values() if name not in ("date", "latitude", "longitude")]
        at = [list(COLUMNS.values()).index(name) for name in labels]
        assert [list(row.values()) for row in table.select(labels).to_pylist()] == [
            [row[i] for i in at] for row in expected
        ]
        for name, column in (("latitude", 4), ("longitude", 5)):
            assert all(row[column].isascii() and "_" not in row[column] for row in expected)
            numbers = [float(row[column]) if row[column] else None for row in expected]
            assert repr(table[name].to_pylist()) == repr(numbers)  # by their text, for which NaN equals NaN
        assert store.to_pandas(clean(table, parsed)).shape[0] == len(expected)


AS_PUBLISHED = st.lists(st.sampled_from([ROW, [*ROW[:6], "M\xe4nnlich", *ROW[7:]]]), min_size=1, max_size=3).map(
    lambda rows: HEADER + b"\n" + "".join(",".join(row) + "\n" for row in rows).encode()
)


@QUICK
@given(files=st.lists(ANY | AS_PUBLISHED, max_size=5))
def test_files_read_one_behind_the_other_are_what_each_is_alone(tmp_path, files):
    """Twice, for the memory is used again; and joined they are what they are together."""
    named = [file_of(tmp_path, content, number) for number, content in enumerate(files, 1)]
    alone = [told(tmp_path, content, number) for number, content in enumerate(files, 1)]
    expected = [facts(text) for text in alone if text]
    with reader() as read:
        for _ in range(2):
            texts, faults = read(named)
            assert [facts(text) for text in texts] == expected
            assert len(faults) == alone.count(None)
            plain = [text for text in texts if text.plain]
            assert bytes(one_body(plain)) == b"".join(bytes(text.body) for text in plain)


def facts(text):
    return text.file, bytes(text.body), text.sha256, text.rows, text.notes, text.plain


def test_files_as_published_are_read_without_a_copy(tmp_path):
    content = HEADER + b"\n" + ",".join(ROW).encode() + b"\n"
    with reader() as read:
        texts, _ = read([file_of(tmp_path, content, number) for number in (1, 2, 3)])
        body = one_body(texts)
        assert body.obj is texts[0].body.obj is texts[2].body.obj
        assert one_body(texts[:2]) == one_body(texts[1:]) == texts[0].body.obj[: 2 * len(texts[0].body)]
        assert isinstance(one_body([texts[0], texts[2]]), bytes)  # not one behind the other


@QUICK
@given(files=st.lists(ANY, min_size=2, max_size=4))
def test_joined_files_are_what_each_is_alone(tmp_path, files):
    def read():
        return [text for number, content in enumerate(files, 1) if (text := told(tmp_path, content, number))]

    joined, parsed, faults = parse(read())
    alone = [parse([text]) for text in read()]
    assert [text.file.month for text in parsed] == [one.file.month for _, ones, _ in alone for one in ones]
    assert faults == [fault for *_, own in alone for fault in own]
    assert repr(joined.to_pydict()) == repr(
        {name: [value for table, *_ in alone for value in table[name].to_pylist()] for name in joined.column_names}
    )


@pytest.mark.parametrize("cell", [b"x" * 120_000, b'"' + b"x\n" * 60_000 + b'"'], ids=["plain", "quoted"])
def test_huge_cells_cost_some_times_their_size(tmp_path, cell):
    line = b",".join([*(part.encode() for part in ROW[:3]), cell, *(part.encode() for part in ROW[4:])]) + b"\n"
    content = HEADER + b"\n" + line * 40
    tracemalloc.start()
    table, [parsed], _ = parse([told(tmp_path, content)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.num_rows == parsed.rows == 40
    assert peak < 8 * len(content)


# --- boundaries ------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
POINT = st.one_of(
    st.tuples(st.floats(-1, 1), st.floats(50, 53)).map(list),
    st.lists(st.one_of(st.floats(), st.integers(), JSON), max_size=4),
)
POLYGON = st.one_of(st.lists(st.lists(POINT, max_size=6), max_size=3), JSON)
GEOMETRY = st.fixed_dictionaries(
    {"type": st.sampled_from(["Polygon", "Polygon", "MultiPolygon", "Point", ""]), "coordinates": POLYGON}
)
PROPERTIES = st.fixed_dictionaries(
    {"LAD22CD": st.one_of(st.sampled_from(["E09000028", "E09000022"]), JSON), "LAD22NM": st.one_of(st.just("A"), JSON)}
)
FEATURE = st.one_of(
    st.fixed_dictionaries({"properties": PROPERTIES, "geometry": GEOMETRY}),
    st.fixed_dictionaries({"properties": JSON, "geometry": JSON}),
)
LAYER = st.fixed_dictionaries({"features": st.one_of(st.lists(FEATURE, max_size=3), JSON)}, optional={"crs": JSON})


@QUICK
@given(content=st.one_of(LAYER.map(lambda told: json.dumps(told).encode()), st.binary(max_size=60)))
@example(content=b"[" * 100_000)
@example(content=b'{"features": [{"properties": {"LAD22CD": "E09000028", "LAD22NM": ' + b"1" * 5000 + b"}}]}")
def test_boundaries_are_areas_or_refused(tmp_path, content):
    path = tmp_path / "areas.geojson"
    found = read_or_refused(read_layer, path, path, content)
    if found is None:
        return
    assert isinstance(found, Layer)
    assert len(found.codes) == len(found.names) == len(found.polygons) > 0
    assert all(polygon.is_valid and polygon.area > 0 for polygon in found.polygons)


# --- residents -------------------------------------------------------------------------------------------------------

RESIDENTS = st.one_of(
    st.sampled_from(["10", "0", "1.5", "1e9", "٣", "-1", "", "9" * 400, "nan", '"1', "1\r2", " 7 "]),
    st.text(max_size=5),
)


@st.composite
def residents(draw):
    lines = [
        f"{draw(st.sampled_from(['kent', 'kent', 'kent', 'Kent', 'essex']))},{group},{draw(RESIDENTS)}"
        for group in draw(st.permutations(GROUPS_5))
    ]
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    head = draw(st.sampled_from(["force,ethnicity_5,residents", "force,ethnicity_5,residents,force", "a,b"]))
    lines = [head, *lines, *draw(st.lists(st.text(max_size=10), max_size=1))]
    return end.join(lines).encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"])), errors="replace")


@QUICK
@given(content=st.one_of(residents(), st.binary(max_size=60)))
def test_residents_are_counts_or_refused(tmp_path, content):
    path = tmp_path / "residents.csv"
    table = read_or_refused(read_residents, path, path, content)
    if table is None:
        return
    assert table.columns.tolist() == ["force", "ethnicity_5", "residents"]
    assert (table["residents"] >= 0).all()
    assert not table.duplicated(["force", "ethnicity_5"]).any()
    assert set(table["ethnicity_5"]) == set(GROUPS_5)
