"""Processed data on disk: what is read is what was asked, whole, and damage is said in words."""

import json

import pandas as pd
import pytest
from filelock import FileLock

from sas_analysis.errors import DataError
from sas_analysis.records import contract, labels, refresh, store
from sas_analysis.records.fields import column_order, stored
from sas_analysis.records.load import HEADER

FIRST = (
    b"Person search,%b-03T10:20:30+00:00,False,,51.5,-0.1,Male,18-24,Other ethnic group - Not stated,White,"
    b"Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,True,False\n"
)
WHAT = [("essex", "2017-12"), ("essex", "2018-01"), ("essex", "2018-02"), ("kent", "2018-01"), ("kent", "2018-03")]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Processed data of five force-months, of 1 to 5 records; kent 2018-04 is a header alone."""
    folder = tmp_path_factory.mktemp("store")
    rows = {of: number for number, of in enumerate(WHAT, start=1)} | {("kent", "2018-04"): 0}
    for (force, month), count in rows.items():
        path = folder / "raw" / month / f"{month}-{force}-stop-and-search.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(HEADER + b"\n" + FIRST % month.encode() * count)
    refresh.update(folder / "raw", folder / "processed")
    return folder


@pytest.fixture
def processed(model, tmp_path):
    """A copy to damage."""
    for path in (model / "processed").rglob("*.*"):
        copy = tmp_path / path.relative_to(model)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return tmp_path / "processed"


def counts(table):
    return table.groupby(["force", "month"], observed=True).size().to_dict()


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, WHAT),
        ({"forces": ["kent"]}, WHAT[3:]),
        ({"forces": ["kent", "essex"], "start": "2018-02"}, [WHAT[2], WHAT[4]]),
        ({"end": "2017-12"}, WHAT[:1]),
        ({"start": "2017-12", "end": "2018-01"}, [WHAT[0], WHAT[1], WHAT[3]]),
        ({"forces": ["essex"], "start": "2018-01", "end": "2018-01"}, [WHAT[1]]),
        ({"forces": ["kent", "surrey"]}, WHAT[3:]),
    ],
)
def test_forces_and_months(model, asked, expected):
    found = counts(store.read(model / "processed", **asked))
    assert found == {of: WHAT.index(of) + 1 for of in expected}
    files = store.sources(model / "processed", **asked)
    assert {(file.force, file.month) for file in files.itertuples() if file.rows} == set(expected)


def test_columns(model):
    table = store.read(model / "processed", columns=["outcome", "force"], start="2018-02", end="2018-02")
    assert (list(table), len(table)) == (["outcome", "force"], 3)
    assert list(store.read(model / "processed")) == column_order()


def test_what_follows_from_other_columns_is_not_stored_and_read_alone_as_with_others(model):
    entry = store.manifest(model / "processed")["units"]["kent/2018"]
    assert set(store.pq.read_schema(model / "processed" / entry["file"]).names) == set(stored())
    whole = store.read(model / "processed", start="2018-01", end="2018-02")
    for name in column_order():
        alone = store.read(model / "processed", start="2018-01", end="2018-02", columns=[name])
        pd.testing.assert_frame_equal(alone, whole[[name]])
    pair = store.read(model / "processed", columns=["power", "legislation_raw"])
    assert list(pair) == ["power", "legislation_raw"]


def test_labels_have_their_whole_vocabulary_and_truth_can_be_missing(model):
    for table in (store.read(model / "processed"), store.read(model / "processed", forces=["kent"])):
        for _, made in labels.CROSSWALKS.values():
            for name in made:
                if table[name].dtype == "boolean":
                    assert labels.vocabulary(name) == (False, True, None)
                else:
                    assert tuple(table[name].cat.categories) == labels.vocabulary(name)
        assert tuple(table["location_status"].cat.categories) == ("recorded", "blank", "zero", "outside UK")
        assert str(table["searched_at"].dtype) == "datetime64[ms, Europe/London]"


@pytest.mark.parametrize("asked", [{"forces": ["surrey"]}, {"start": "2019-01"}, {"forces": []}])
def test_nothing_there_is_said(model, asked):
    with pytest.raises(DataError, match="no record of what was asked; bring it up to date with: sas-analysis clean"):
        store.read(model / "processed", **asked)


def test_a_month_without_records_is_named(model):
    with pytest.raises(DataError, match=r"no record \(2018-04/2018-04-kent-stop-and-search.csv\); ask for more months"):
        store.read(model / "processed", start="2018-04")


@pytest.mark.parametrize("place", ["nowhere", "processed/manifest.json"])
def test_no_processed_data(model, place):
    with pytest.raises(DataError, match="no record of what was asked"):
        store.read(model / place)
    assert store.sources(model / place).columns.tolist()[:3] == ["path", "force", "month"]


def test_sources(model):
    files = store.sources(model / "processed", forces=["kent"])
    assert files["month"].tolist() == ["2018-01", "2018-03", "2018-04"]
    assert files["rows"].tolist() == [4, 5, 0]
    assert files["path"][0] == "2018-01/2018-01-kent-stop-and-search.csv"
    assert files["size"][0] == (model / "raw" / files["path"][0]).stat().st_size
    assert files["sha256"].str.fullmatch("[0-9a-f]{64}").all()
    assert files["problem"].isna().all()
    assert not files["synthetic"].any()


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["cut off", "overwritten", "deleted"])
def test_a_damaged_unit_is_said_and_not_half_read(processed, damage):
    path = processed / store.manifest(processed)["units"]["kent/2018"]["file"]
    content = path.read_bytes()
    path.unlink()
    if damage != "deleted":
        path.write_bytes(content[: len(content) // 2] if damage == "cut off" else content[:-8] + b"\xff" * 8)
    with pytest.raises(DataError, match=r"the processed data are damaged .*delete .*records and run: sas-analysis cl"):
        store.read(processed)
    assert counts(store.read(processed, forces=["essex"])) == {of: WHAT.index(of) + 1 for of in WHAT[:3]}


@pytest.mark.parametrize(
    "content",
    [b"", b'{"units": {', b"null", b"[]", b"{}", b'{"units": []}', b'{"units": {"essex/2018": {}}}', b"\xff"],
)
def test_a_damaged_manifest_is_no_manifest(processed, content):
    (processed / store.MANIFEST).write_bytes(content)
    assert store.manifest(processed) == {"units": {}}
    with pytest.raises(DataError, match="no record of what was asked"):
        store.read(processed)


def test_a_unit_replaced_while_reading_is_read_again(processed, monkeypatch):
    """Between the manifest and the file another process may have swept the file away."""
    stale = store.manifest(processed)
    stale["units"]["essex/2018"] = stale["units"]["essex/2018"] | {"file": "records/essex-2018-swept.parquet"}
    answers = [stale, store.manifest(processed)]
    monkeypatch.setattr(store, "manifest", lambda _: answers.pop(0))
    assert len(store.read(processed)) == 15


# --- writing ---------------------------------------------------------------------------------------------------------


def test_what_is_written_is_there_whole_or_not_at_all(processed, monkeypatch):
    def fail(path, content):
        with path.open("wb") as stream:
            stream.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    path = processed / store.manifest(processed)["units"]["kent/2018"]["file"]
    before = {file: file.read_bytes() for file in processed.rglob("*.*")}
    table = store.pq.read_table(path)
    monkeypatch.setattr(store.Path, "write_bytes", fail)
    with pytest.raises(OSError, match="No space"):
        store.write_unit(table, path)
    assert {file: file.read_bytes() for file in processed.rglob("*.*")} == before


def test_what_the_contract_lets_never_be_missing_is_written_so(model, tmp_path):
    entry = store.manifest(model / "processed")["units"]["kent/2018"]
    schema = store.pq.read_schema(model / "processed" / entry["file"])
    assert {field.name for field in schema if not field.nullable} == contract.never_missing() & set(stored())
    assert {"force", "month", "source_row", "outcome", "outcome_raw"} < contract.never_missing()
    assert not {"date_raw", "searched_at", "latitude", "positive_outcome"} & contract.never_missing()
    holed = store.pa.table({"force": ["kent", None]})
    with pytest.raises(ValueError, match="null"):
        store.write_unit(holed, tmp_path / "x.parquet", ["force"])
    assert not list(tmp_path.iterdir())


def test_the_manifest_is_parsed_once_and_what_is_done_to_it_stays_with_who_asked(processed, monkeypatch):
    store.manifest(processed)["units"].clear()
    monkeypatch.setattr(store.json, "loads", lambda text: pytest.fail("parsed again"))
    assert "kent/2018" in store.manifest(processed)["units"]


def test_the_manifest_is_replaced_whole(processed, monkeypatch):
    before = store.manifest(processed)
    store.write_manifest(processed, {"units": {}})
    assert store.manifest(processed)["units"] == {}
    store.write_manifest(processed, before)
    monkeypatch.setattr(store.Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(5, "failed")))
    with pytest.raises(OSError, match="failed"):
        store.write_manifest(processed, {"units": {}})
    assert store.manifest(processed) == before
    assert not list(processed.glob("*.tmp"))


def test_sweep_deletes_what_is_superseded_and_only_that(processed):
    records = processed / "records"
    kept = {path.name for path in records.iterdir()}
    for name in ("essex-2018-0123456789ab.parquet", "essex-2018-0123456789ab.77.tmp"):
        (records / name).write_bytes(b"old")
    for name in ("thesis.docx", "my.parquet"):
        (records / name).write_bytes(b"the user's own")
    (records / "folder").mkdir()
    store.sweep(processed, store.manifest(processed))
    assert {path.name for path in records.iterdir()} == kept | {"thesis.docx", "my.parquet", "folder"}


def test_one_writer_at_a_time(processed, monkeypatch):
    monkeypatch.setattr(store, "_LOCK_SECONDS", 0.1)
    with (
        FileLock(processed / ".lock"),
        pytest.raises(DataError, match="another run has been cleaning into"),
        store.writing(processed),
    ):
        pass
    with store.writing(processed):
        pass


def test_the_manifest_is_plain_json_of_the_package_version(model):
    manifest = json.loads((model / "processed" / "manifest.json").read_text())
    assert set(manifest) == {"package", "units"}
    assert set(manifest["units"]) == {"essex/2017", "essex/2018", "kent/2018"}
    assert sum(unit["rows"] for unit in manifest["units"].values()) == 15


def test_times_are_kept_to_the_second(model):
    [when] = store.read(model / "processed", end="2017-12")["searched_at"]
    assert when == pd.Timestamp("2017-12-03 10:20:30", tz="Europe/London")


@pytest.mark.parametrize("indent", [None, 0, 1], ids=["a line a unit", "without indent", "with indent"])
def test_lines_that_are_kept_are_those_that_would_be_written(processed, indent):
    """Whatever the manifest that is replaced looks like; only a line that holds a whole unit is taken from it."""
    path = processed / store.MANIFEST
    manifest = store.manifest(processed)
    store.write_manifest(processed, manifest)
    whole = path.read_text(encoding="utf-8")
    if indent is not None:
        path.write_text(json.dumps(manifest, indent=indent), encoding="utf-8")
    first, *others = manifest["units"]
    store.write_manifest(processed, manifest, others)
    assert path.read_text(encoding="utf-8") == whole
    store.write_manifest(processed, {"units": {first: manifest["units"][first]}}, manifest["units"])
    assert list(store.manifest(processed)["units"]) == [first]
    path.unlink()
    store.write_manifest(processed, manifest, others)
    assert path.read_text(encoding="utf-8") == whole


def test_what_is_held_is_read_once_while_the_data_stay(model, processed):
    asked = {"forces": ["essex"], "start": "2018-01", "end": "2018-02"}
    plain = store.read(model / "processed", **asked)
    store.hold(processed, **asked)
    try:
        for path in (processed / "records").iterdir():
            path.write_bytes(b"")  # so that nobody else can read them
        found = store.read(processed, **asked)
        pd.testing.assert_frame_equal(found, plain)
        found["force"] = "kent"
        pd.testing.assert_frame_equal(store.read(processed, **asked), plain)
        for other in (asked | {"end": "2018-01"}, asked | {"columns": ["force"]}):
            with pytest.raises(DataError, match="damaged"):
                store.read(processed, **other)
        manifest = (processed / store.MANIFEST).read_bytes()
        (processed / store.MANIFEST).unlink()
        (processed / store.MANIFEST).write_bytes(manifest)
        with pytest.raises(DataError, match="damaged"):
            store.read(processed, **asked)
    finally:
        store.let_go()
