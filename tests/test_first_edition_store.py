"""Processed data of the first edition (0.1.0, in `first_edition/`, made by its own code) are read, and made again."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from test_refresh import LINE, did, is_tidy

from sas_analysis.errors import DataError
from sas_analysis.records import store
from sas_analysis.records.load import HEADER
from sas_analysis.records.refresh import update
from sas_analysis.reports.many.staleness import Inventory

STORE = Path(__file__).with_name("first_edition")
OBJECTS = {"essex": b"Cash", "kent": b"Controlled drugs"}


@pytest.fixture
def raw(tmp_path):
    """The two files that the store was made of."""
    for force, what in OBJECTS.items():
        path = tmp_path / "raw" / "2018-01" / f"2018-01-{force}-stop-and-search.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        line = LINE.replace(b"Controlled drugs", what) % (b"2018-01", b"Arrest")
        path.write_bytes(HEADER + b"\n" + line * 2)
    return tmp_path / "raw"


@pytest.fixture
def processed(tmp_path, raw):
    """The store as if it had been made here, of files that have not changed since."""
    shutil.copytree(STORE, tmp_path / "processed")
    path = tmp_path / "processed" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for entry in manifest["units"].values():
        entry["raw"] = str(raw.resolve())
        for source in entry["sources"]:
            source["mtime_ns"] = (raw / source["path"]).stat().st_mtime_ns
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path / "processed"


def test_the_files_are_those_of_its_manifest(raw, processed):
    sizes = {(raw / source["path"]).stat().st_size for source in store.sources(processed).to_dict("records")}
    assert sizes == set(store.sources(processed)["size"])


def test_it_is_read_as_it_is(processed):
    table = store.read(processed)
    assert table["object_of_search_raw"].tolist() == ["Cash", "Cash", "Controlled drugs", "Controlled drugs"]
    assert store.sources(processed)["unseen"].map(len).tolist() == [1, 0]
    assert store.sources(processed)["sha256"].str.len().eq(64).all()


def test_it_is_read_beside_units_of_today_which_store_less(raw, processed):
    """What the first edition stored is read as it is; what a unit does not store follows from what it does."""
    before = store.read(processed)
    update(raw, processed, forces=["kent"])
    after = store.read(processed)
    assert set(after["object_of_search"]) == {"Unrecognised label", "Controlled drugs"}
    same = [name for name in before if not name.endswith("_raw")]
    pd.testing.assert_frame_equal(after[same], before[same], check_categorical=False)


def test_what_is_asked_for_is_made_again_by_the_rules_of_today(raw, processed):
    """The first edition did not know the label; the file of another force is left until it is asked for."""
    before = store.read(processed, forces=["essex"])
    assert set(before["object_of_search"]) == {"Unrecognised label"}
    assert did(update(raw, processed, forces=["essex"])) == (1, 0)
    after = store.read(processed, forces=["essex"])
    assert set(after["object_of_search"]) == {"Cash"}
    same = [name for name in before if not name.startswith("object_")]
    assert before[same].astype(str).equals(after[same].astype(str))
    assert did(update(raw, processed)) == (1, 1)
    assert did(update(raw, processed)) == (0, 2)
    assert is_tidy(processed)


def test_its_manifest_tells_a_batch_what_it_knows(raw, processed):
    assert [len(sha) for *_, sha in Inventory(raw, processed).files] == [64, 64]


def test_a_unit_without_a_column_of_today_is_refused_with_what_to_do(processed):
    for path in (processed / "records").iterdir():
        pq.write_table(pq.read_table(path).drop_columns(["power", "legislation_raw"]), path)
    with pytest.raises(DataError, match=r"has no column legislation_raw: .*up to date with: sas-analysis clean"):
        store.read(processed)
    assert len(store.read(processed, columns=["force"])) == 4


def test_a_damaged_manifest_is_made_anew(raw, processed):
    (processed / "manifest.json").write_text('{"units": {"essex/2018": {"file": "x"}}}')
    assert did(update(raw, processed)) == (2, 0)
    assert is_tidy(processed)
