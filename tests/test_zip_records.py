"""Records inside ZIP archives, from the raw folder to a verified report: as if the archive had been unpacked."""

import json
import os
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from test_acquire_archive import zipped
from test_refresh import LINE, did
from typer.testing import CliRunner

from sas_analysis.cli import app
from sas_analysis.errors import DataError
from sas_analysis.records import find, load, refresh, store
from sas_analysis.records.load import HEADER
from sas_analysis.records.refresh import update
from sas_analysis.reports.many.staleness import Inventory
from sas_analysis.study.opening import open_study

MONTHS = [("essex", "2017-12", 1), ("essex", "2018-01", 2), ("essex", "2018-02", 3), ("kent", "2018-01", 4)]


def content(month, rows, outcome=b"Arrest"):
    return HEADER + b"\n" + LINE % (month.encode(), outcome) * rows


def name_of(force, month):
    return f"{month}/{month}-{force}-stop-and-search.csv"


FILES = {name_of(force, month): content(month, rows) for force, month, rows in MONTHS}
KENT = name_of("kent", "2018-01")


@pytest.fixture
def raw(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "2021-11.zip").write_bytes(zipped(FILES))
    return tmp_path / "raw"


@pytest.fixture
def plain(tmp_path):
    for name, of_it in FILES.items():
        path = tmp_path / "plain" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(of_it)
    return tmp_path / "plain"


def call(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)), prog_name="sas-analysis")
    assert "Traceback" not in result.output
    return result


def test_the_records_are_those_of_the_files_unpacked(raw, plain, tmp_path):
    first = update(raw, tmp_path / "zipped")
    assert (did(first), first.rows_out, first.refused, first.copied) == ((4, 0), 10, [], [])
    update(plain, tmp_path / "unpacked")
    found, expected = (store.read(tmp_path / name) for name in ("zipped", "unpacked"))
    files = found.pop("source_file"), expected.pop("source_file")
    assert files[0].astype(str).tolist() == [f"2021-11.zip/{name}" for name in files[1].astype(str)]
    pd.testing.assert_frame_equal(found, expected)
    assert [path.name for path in raw.rglob("*")] == ["2021-11.zip"]  # nothing is unpacked


def test_an_archive_that_did_not_change_costs_nothing(raw, tmp_path, monkeypatch):
    processed = tmp_path / "processed"
    update(raw, processed)
    before = {path: path.stat().st_mtime_ns for path in processed.rglob("*")}
    monkeypatch.setattr(load.members, "unpacked", lambda *of: pytest.fail("a member was read"))
    assert did(update(raw, processed)) == (0, 4)
    assert {path: path.stat().st_mtime_ns for path in processed.rglob("*")} == before


def test_an_archive_that_changed_is_read_again(raw, tmp_path):
    path, processed = raw / "2021-11.zip", tmp_path / "processed"
    update(raw, processed)
    when = path.stat().st_mtime_ns
    path.write_bytes(zipped(FILES | {KENT: content("2018-01", 4, b"Caught")}))  # as long as before, at the same time
    os.utime(path, ns=(when, when))
    assert did(update(raw, processed)) == (1, 3)
    assert set(store.read(processed, forces=["kent"])["outcome_raw"]) == {"Caught"}
    os.utime(path, ns=(when + 1, when + 1))
    assert did(update(raw, processed)) == (4, 0)
    path.write_bytes(zipped({KENT: FILES[KENT]}))
    assert did(update(raw, processed)) == (1, 0)
    assert set(store.manifest(processed)["units"]) == {"kent/2018"}


def test_one_archive_as_the_raw_folder(raw, tmp_path):
    path = raw / "2021-11.zip"
    assert did(update(path, tmp_path / "processed", forces=["essex"], start="2018-01")) == (2, 0)
    study = open_study(["essex"], "2018-01", "2018-02", raw=path, processed=tmp_path / "processed", place=True)
    assert len(study.records) == 5
    assert study.files["file"].tolist() == [f"2021-11.zip/{name_of('essex', m)}" for m in ("2018-01", "2018-02")]
    with pytest.raises(DataError, match=r"2021-11.zip has no stop-and-search file of surrey"):
        update(path, tmp_path / "processed", forces=["surrey"])


def test_a_file_that_is_neither_folder_nor_archive(tmp_path):
    (tmp_path / "a.csv").write_bytes(content("2018-01", 1))
    result = call("clean", "--raw", tmp_path / "a.csv", "--processed", tmp_path / "processed", "--quiet")
    assert result.exit_code == 2
    assert "a.csv: it is not a whole ZIP archive" in result.stderr


def test_which_of_the_same_is_read_is_said_by_clean(raw, plain, tmp_path):
    shutil.copytree(plain, raw / "unpacked")
    shutil.copy(raw / "2021-11.zip", raw / "copy.zip")
    result = call("clean", "--raw", raw, "--processed", tmp_path / "processed", "--quiet", "--strict")
    assert result.exit_code == 0
    assert result.stderr.startswith(
        "warning: 4 force-months are there more than once with the same content; read are: "
        f"unpacked/{name_of('essex', '2017-12')}, not 2021-11.zip/{name_of('essex', '2017-12')}, copy.zip/"
    )
    assert result.stderr.endswith("; and 1 more\n")
    assert set(store.sources(tmp_path / "processed")["path"]) == {f"unpacked/{name}" for name in FILES}


def test_refused_files_are_not_counted_as_cleaned(raw, tmp_path):
    files = FILES | {
        KENT: b"nothing",
        name_of("wales", "2018-01"): FILES[KENT],
        name_of("kent", "2031-01"): FILES[KENT],
    }
    (raw / "2021-11.zip").write_bytes(zipped(files))
    for done in ("3 files cleaned, 0 unchanged", "0 files cleaned, 3 unchanged"):
        result = call("clean", "--raw", raw, "--processed", tmp_path / "processed", "--quiet")
        assert result.exit_code == 2
        assert f": 6 records; {done}" in result.stdout
        assert "error: 3 files are refused:" in result.stderr
        assert 'force "wales" is unknown. See: sas-analysis forces' in result.stderr
        assert "2031-01 is in the future" in result.stderr


def test_an_archive_that_cannot_be_read_hinders_every_force(raw, tmp_path):
    (raw / "half.zip").write_bytes((raw / "2021-11.zip").read_bytes()[:5000])
    with pytest.raises(DataError, match=r"half\.zip: it is not a whole ZIP archive"):
        update(raw, tmp_path / "processed", forces=["essex"])
    assert Inventory(raw, tmp_path / "processed").has_fault(["essex"])


def test_the_inventory_knows_members(raw, tmp_path):
    processed = tmp_path / "processed"
    assert {sha for *_, sha in Inventory(raw, processed).files} == {""}
    update(raw, processed)
    for place in (raw, raw / "2021-11.zip"):
        update(place, processed)
        found = Inventory(place, processed).files
        assert {(force, month, path) for force, month, path, _ in found} == {
            (force, month, f"2021-11.zip/{name_of(force, month)}") for force, month, _ in MONTHS
        }
        assert all(len(sha) == 64 for *_, sha in found)
    (raw / "2021-11.zip").write_bytes(zipped(FILES | {KENT: content("2018-01", 4, b"Caught")}))
    assert [force for force, *_, sha in Inventory(raw / "2021-11.zip", processed).files if sha == ""] != []


def test_nothing_found_names_what_is_passed_over(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "essex.json").write_text('[{"self_defined_ethnicity": null}]')
    with pytest.raises(DataError) as error:
        update(tmp_path / "raw", tmp_path / "processed")
    assert "essex.json: it is JSON, as the API gives it, not CSV; fetch these months with" in str(error.value)


def test_a_simulated_archive_is_simulated(sample, tmp_path):
    with zipfile.ZipFile(tmp_path / "sample.zip", "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(sample.rglob("*")):
            made.write(path, path.relative_to(sample.parent).as_posix())
    update(tmp_path / "sample.zip", tmp_path / "processed", forces=["essex"])
    assert store.sources(tmp_path / "processed")["synthetic"].all()
    assert find.find_files(tmp_path) == ([], [])
    assert Inventory(tmp_path / "sample.zip", tmp_path / "processed").synthetic


def test_a_report_from_an_archive_is_verified(sample, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("sample.zip", "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(sample.rglob("*")):
            if "2018-0" in path.name or path.suffix != ".csv":
                made.write(path, path.relative_to(sample).as_posix())
    asked = ["--force", "essex", "--from", "2018-01", "--to", "2018-03"]
    result = call("report", "data_quality", *asked, "--raw", "sample.zip", "--processed", "processed", "--quiet")
    assert result.exit_code == 0, result.output
    [run] = Path("reports").glob("data_quality*")
    record = json.loads((run / "run.json").read_text())
    assert record["data"]["files"][0]["path"] == f"sample.zip/{name_of('essex', '2018-01')}"
    assert record["data"]["synthetic"] is True
    done = call("verify", run, "--raw", "sample.zip", "--quiet")
    assert done.exit_code == 0, done.output


# --- the archive of 30 forces ----------------------------------------------------------------------------------------


def test_the_publishers_archive_is_read_as_it_is(real_data, tmp_path):
    """978 files and 590,835 records of 30 forces, counted line by line with another program."""
    result = update(real_data / "archive", tmp_path / "processed")
    assert (did(result), result.rows_in, result.rows_out) == ((978, 0), 590_835, 590_835)
    assert (result.refused, len(result.unseen), len(result.unread), result.copied) == ([], 0, 0, [])
    sources = store.sources(tmp_path / "processed")
    assert sources["force"].nunique() == 30
    assert (sources["month"].min(), sources["month"].max()) == ("2019-01", "2021-11")
    with zipfile.ZipFile(real_data / "archive" / "2021-11.zip") as archive:
        lines = {f"2021-11.zip/{name}": archive.read(name).count(b"\n") - 1 for name in archive.namelist()}
    assert sources.set_index("path")["rows"].to_dict() == lines
    written = [pq.read_metadata(path).num_rows for path in (tmp_path / "processed" / "records").glob("*.parquet")]
    assert sum(written) == 590_835
    assert did(refresh.update(real_data / "archive" / "2021-11.zip", tmp_path / "processed")) == (978, 0)
