"""Bringing processed data up to date: only what changed is made again, and nothing is lost on the way."""

import os
import shutil
import time

import pandas as pd
import pyarrow.parquet as pq
import pytest

from sas_analysis.errors import DataError
from sas_analysis.records import refresh, store
from sas_analysis.records.load import HEADER
from sas_analysis.records.refresh import update

LINE = (
    b"Person search,%b-03T10:20:30+00:00,False,,51.5,-0.1,Male,18-24,Other ethnic group - Not stated,White,"
    b"Misuse of Drugs Act 1971 (section 23),Controlled drugs,%b,True,False\n"
)
FILES = {("essex", "2017-12"): 1, ("essex", "2018-01"): 2, ("essex", "2018-02"): 3, ("kent", "2018-01"): 4}


@pytest.fixture
def raw(tmp_path):
    for (force, month), rows in FILES.items():
        put(tmp_path / "raw", force, month, rows)
    return tmp_path / "raw"


@pytest.fixture
def processed(raw, tmp_path):
    """Up to date with `raw`."""
    update(raw, tmp_path / "processed")
    return tmp_path / "processed"


def put(raw, force, month, rows, outcome=b"Arrest"):
    path = raw / month / f"{month}-{force}-stop-and-search.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEADER + b"\n" + LINE % (month.encode(), outcome) * rows)
    return path


def did(result):
    return result.cleaned, result.unchanged


def counts(processed):
    table = store.read(processed, columns=["force", "month"])
    return table.groupby(["force", "month"], observed=True).size().to_dict()


def made(processed):
    """When each unit's file was written."""
    units = store.manifest(processed)["units"]
    return {unit: (processed / entry["file"]).stat().st_mtime_ns for unit, entry in units.items()}


def again(before, after):
    """Units made since."""
    return {unit for unit, when in after.items() if before.get(unit) != when}


def on_disk(processed):
    """Files of units, and what should not be there."""
    return {path.relative_to(processed).as_posix() for path in processed.rglob("*")} - {".lock", "records"}


def is_tidy(processed):
    named = {entry["file"] for entry in store.manifest(processed)["units"].values()}
    return on_disk(processed) == {"manifest.json", *named}


# --- what is made ----------------------------------------------------------------------------------------------------


def test_all_at_first_and_nothing_the_second_time(raw, tmp_path):
    processed, said = tmp_path / "processed", []
    first = update(raw, processed, progress=said.append)
    assert (did(first), first.rows_in, first.rows_out, first.refused) == ((4, 0), 10, 10, [])
    assert said == ["cleaned 4 files: essex/2017 to kent/2018"]
    assert counts(processed) == FILES
    assert is_tidy(processed)
    before = {path: path.stat().st_mtime_ns for path in processed.rglob("*")}
    second = update(raw, processed, progress=said.append)
    assert did(second) == (0, 4)
    assert (second.rows_in, second.rows_out, len(said)) == (10, 10, 1)
    assert {path: path.stat().st_mtime_ns for path in processed.rglob("*")} == before


def test_only_the_force_year_that_changed_is_made_again(raw, processed):
    before = made(processed)
    put(raw, "essex", "2018-02", 7)
    assert did(update(raw, processed)) == (2, 2)  # a unit is made whole: essex 2018-01 too
    assert again(before, made(processed)) == {"essex/2018"}
    assert counts(processed) == FILES | {("essex", "2018-02"): 7}
    put(raw, "essex", "2019-01", 5)
    assert did(update(raw, processed)) == (1, 4)
    assert is_tidy(processed)


def test_a_file_is_changed_by_its_time_or_its_size(raw, processed):
    path = raw / "2018-01" / "2018-01-kent-stop-and-search.csv"
    os.utime(path, ns=(1, 1))
    assert did(update(raw, processed)) == (1, 3)
    when = path.stat().st_mtime_ns
    put(raw, "kent", "2018-01", 9)
    os.utime(path, ns=(when, when))
    assert did(update(raw, processed)) == (1, 3)
    assert counts(processed)["kent", "2018-01"] == 9


def test_a_removed_file_takes_its_records_along(raw, processed):
    (raw / "2018-02" / "2018-02-essex-stop-and-search.csv").unlink()
    (raw / "2018-01" / "2018-01-kent-stop-and-search.csv").unlink()
    assert did(update(raw, processed)) == (1, 1)
    assert counts(processed) == {("essex", "2017-12"): 1, ("essex", "2018-01"): 2}
    assert is_tidy(processed)


def test_a_moved_file_is_followed(raw, processed):
    (raw / "2018-01" / "2018-01-kent-stop-and-search.csv").rename(raw / "2018-01-kent-stop-and-search.csv")
    assert did(update(raw, processed)) == (1, 3)
    assert store.sources(processed, forces=["kent"])["path"].tolist() == ["2018-01-kent-stop-and-search.csv"]
    assert set(store.read(processed, forces=["kent"])["source_file"]) == {"2018-01-kent-stop-and-search.csv"}


def test_other_rules_make_all_again(raw, processed, monkeypatch):
    before = made(processed)
    monkeypatch.setattr(refresh, "rules", lambda: "others")
    assert did(update(raw, processed)) == (4, 0)
    assert again(before, made(processed)) == set(before)
    assert is_tidy(processed)
    assert did(update(raw, processed)) == (0, 4)


def test_the_rules_are_the_code_and_the_crosswalks(tmp_path, monkeypatch):
    """A character more in a crosswalk or in a module that cleans is another rule."""
    here = refresh.resources.files("sas_analysis.records")
    names = ["fields.py", "load.py", "labels.py", "clean.py", "store.py", "labels/outcome.csv", "labels/yes_no.csv"]
    for path in [*here.glob("*.py"), *here.glob("labels/*.csv")]:
        copy = tmp_path / path.relative_to(here)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    assert hashed(tmp_path, monkeypatch) == refresh.rules()
    found = set()
    for name in names:
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content + b" ")
        found.add(hashed(tmp_path, monkeypatch))
        (tmp_path / name).write_bytes(content)
    assert len(found - {refresh.rules()}) == len(names)


def hashed(folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(refresh.resources, "files", lambda _: folder)
        return refresh.rules.__wrapped__()


@pytest.mark.parametrize(
    ("damage", "cleaned"), [("cut manifest", 4), ("no manifest", 4), ("no unit", 1), ("no units", 4), ("nothing", 4)]
)
def test_what_was_damaged_is_made_again(raw, processed, damage, cleaned):
    manifest, units = processed / "manifest.json", sorted((processed / "records").iterdir())
    if damage == "cut manifest":
        manifest.write_text(manifest.read_text()[:100])
    if damage in ("no manifest", "nothing"):
        manifest.unlink()
    for unit in {"no unit": units[2:], "no units": units, "nothing": units}.get(damage, []):
        unit.unlink()
    assert did(update(raw, processed)) == (cleaned, 4 - cleaned)
    assert counts(processed) == FILES
    assert is_tidy(processed)


# --- a month more ---------------------------------------------------------------------------------------------------


def test_a_later_month_is_a_unit_of_its_own_until_the_year_is_whole(raw, processed):
    before = made(processed)
    put(raw, "essex", "2018-03", 5)
    assert did(update(raw, processed)) == (1, 4)
    assert again(before, made(processed)) == {"essex/2018-03"}
    assert did(update(raw, processed)) == (0, 5)
    put(raw, "essex", "2018-04", 6)
    assert did(update(raw, processed, forces=["essex"], start="2018-04")) == (1, 0)
    for month in range(5, 12):
        put(raw, "essex", f"2018-{month:02}", 1)
    assert did(update(raw, processed)) == (7, 6)
    assert counts(processed)["essex", "2018-11"] == 1
    put(raw, "essex", "2018-12", 8)
    assert did(update(raw, processed, start="2018-12")) == (1, 0)  # the year becomes one unit, whatever is asked for
    assert set(store.manifest(processed)["units"]) == {"essex/2017", "essex/2018", "kent/2018"}
    assert counts(processed)["essex", "2018-12"] == 8
    assert is_tidy(processed)


def test_records_are_the_same_whether_months_came_one_by_one_or_together(raw, processed, tmp_path):
    for month in ("2018-03", "2018-04"):
        put(raw, "essex", month, 3)
        update(raw, processed)
    update(raw, tmp_path / "together")
    assert len(store.manifest(processed)["units"]) == 5
    one_by_one, together = store.read(processed), store.read(tmp_path / "together")
    pd.testing.assert_frame_equal(one_by_one, together)
    files = [store.sources(folder) for folder in (processed, tmp_path / "together")]
    pd.testing.assert_frame_equal(*files)


def test_an_earlier_month_makes_its_year_anew_and_a_gap_may_be_filled_later(raw, processed):
    put(raw, "essex", "2017-11", 5)
    assert did(update(raw, processed)) == (2, 3)
    put(raw, "essex", "2018-04", 5)
    update(raw, processed)
    put(raw, "essex", "2018-03", 5)
    assert did(update(raw, processed)) == (1, 6)
    months = store.read(processed, forces=["essex"])["month"].astype(str).drop_duplicates().tolist()
    assert months == ["2017-11", "2017-12", "2018-01", "2018-02", "2018-03", "2018-04"]


@pytest.mark.parametrize("change", ["a changed month", "a month less", "other rules"])
def test_what_changes_a_year_otherwise_makes_it_one_unit(raw, processed, change, monkeypatch):
    put(raw, "essex", "2018-04", 5)
    update(raw, processed)
    assert "essex/2018-04" in store.manifest(processed)["units"]
    if change == "a changed month":
        put(raw, "essex", "2018-02", 9)
    if change == "a month less":
        (raw / "2018-02" / "2018-02-essex-stop-and-search.csv").unlink()
    if change == "other rules":
        monkeypatch.setattr(refresh, "rules", lambda: "others")
    update(raw, processed)
    assert set(store.manifest(processed)["units"]) == {"essex/2017", "essex/2018", "kent/2018"}
    assert is_tidy(processed)
    assert counts(processed)["essex", "2018-04"] == 5


# --- forces and months -----------------------------------------------------------------------------------------------


def test_only_what_is_asked_for_is_made(raw, tmp_path):
    processed = tmp_path / "processed"
    result = update(raw, processed, forces=["essex"], start="2018-01", end="2018-01")
    assert did(result) == (1, 0)
    assert set(store.manifest(processed)["units"]) == {"essex/2018"}
    assert did(update(raw, processed, start="2018-01")) == (1, 2)
    assert set(store.manifest(processed)["units"]) == {"essex/2018", "kent/2018"}


def test_asking_for_some_keeps_the_others(raw, processed):
    put(raw, "kent", "2018-01", 9)
    put(raw, "essex", "2017-12", 9)
    assert did(update(raw, processed, forces=["kent"])) == (1, 0)
    assert counts(processed) == FILES | {("kent", "2018-01"): 9}


@pytest.mark.parametrize("gone", [["2018-01", "2018-02"], ["2018-01"]], ids=["the whole year", "part of the year"])
def test_no_month_asked_for_is_read_without_its_raw_file(raw, processed, gone):
    """The period has a file in 2017 alone; what was made of the files of 2018 must not fill it up."""
    for month in gone:
        (raw / month / f"{month}-essex-stop-and-search.csv").unlink()
    update(raw, processed, forces=["essex"], start="2017-12", end="2018-01")
    found = store.read(processed, forces=["essex"], start="2017-12", end="2018-01")
    assert found["month"].astype(str).tolist() == ["2017-12"]


def test_nothing_found_says_what_there_is(raw, tmp_path):
    with pytest.raises(DataError) as error:
        update(raw, tmp_path / "processed", forces=["essex"], start="2019-01", end="2019-12")
    assert str(error.value).splitlines() == [
        f"{raw} has no stop-and-search file of essex for 2019-01 to 2019-12",
        "  essex is there for 3 months, 2017-12 to 2018-02",
    ]
    with pytest.raises(DataError, match=r"put files named YYYY-MM-<force>-stop-and-search.csv there"):
        update(raw, tmp_path / "processed", forces=["surrey"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty has no stop-and-search file\n  put files named"):
        update(tmp_path / "empty", tmp_path / "processed")
    with pytest.raises(DataError, match=r"there is no folder .*--raw.*sas-analysis sample"):
        update(tmp_path / "nowhere", tmp_path / "processed")
    assert not (tmp_path / "processed").exists()


# --- synthetic -------------------------------------------------------------------------------------------------------


@pytest.fixture
def simulated(tmp_path):
    put(tmp_path / "simulated", "essex", "2018-01", 20)
    put(tmp_path / "simulated", "surrey", "2018-01", 30)
    (tmp_path / "simulated" / "SYNTHETIC.json").write_text("{}")
    return tmp_path / "simulated"


def test_simulated_and_real_records_never_mix(raw, processed, simulated):
    update(simulated, processed, forces=["essex"])
    assert counts(processed) == {("essex", "2018-01"): 20}
    assert store.sources(processed)["synthetic"].tolist() == [True]
    update(raw, processed, forces=["kent"])
    assert counts(processed) == {("kent", "2018-01"): 4}
    assert store.sources(processed)["synthetic"].tolist() == [False]
    assert is_tidy(processed)


def test_a_folder_found_to_be_simulated_is_made_again(raw, processed):
    (raw / "SYNTHETIC.json").write_text("{}")
    assert did(update(raw, processed)) == (4, 0)
    assert store.sources(processed)["synthetic"].all()


# --- interrupted -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half", [False, True], ids=["between files and manifest", "within a file"])
def test_killed_while_writing_leaves_what_was_there(raw, processed, monkeypatch, half):
    """Killed before the manifest is replaced: what was made is an orphan, and the next run sweeps it."""
    before = store.read(processed)
    put(raw, "essex", "2018-02", 7)

    def killed(*_):
        raise SystemExit(137)

    with monkeypatch.context() as patch:
        patch.setattr(store, "write_manifest", killed)
        if half:
            patch.setattr(store, "write_unit", lambda table, path, _: path.with_suffix(".77.tmp").write_bytes(b"half"))
        with pytest.raises(SystemExit):
            update(raw, processed)
    pd.testing.assert_frame_equal(store.read(processed), before)
    assert not is_tidy(processed)
    assert did(update(raw, processed)) == (2, 2)
    assert counts(processed) == FILES | {("essex", "2018-02"): 7}
    assert is_tidy(processed)


def test_units_made_before_an_error_are_kept(raw, tmp_path, monkeypatch):
    """The third fails: the first two are done and are not made a second time."""
    processed, real = tmp_path / "processed", refresh._make

    def make(unit, *how):
        if unit == "kent/2018":
            time.sleep(0.2)
            raise RuntimeError("a fault of the program")
        return real(unit, *how)

    monkeypatch.setattr(refresh, "_make", make)
    with pytest.raises(RuntimeError):
        update(raw, processed)
    assert set(store.manifest(processed)["units"]) == {"essex/2017", "essex/2018"}
    assert is_tidy(processed)
    monkeypatch.setattr(refresh, "_make", real)
    assert did(update(raw, processed)) == (1, 3)
    assert counts(processed) == FILES


def test_progress_is_told_after_so_many_bytes(raw, tmp_path, monkeypatch):
    monkeypatch.setattr(refresh, "TOLD_BYTES", 1)
    said = []
    update(raw, tmp_path / "other", progress=said.append)
    assert said == ["cleaned 1 files: essex/2017", "cleaned 2 files: essex/2018", "cleaned 1 files: kent/2018"]


def test_what_is_made_of_a_unit_depends_on_its_files_alone(sample, tmp_path, monkeypatch):
    """Bytes of the files: with one worker or two, all units at once or one after the other."""
    forces = ["city-of-london", "essex"]
    asked, real = [], refresh._makers
    monkeypatch.setattr(refresh, "_makers", lambda executor, workers: asked.append(workers) or real(executor, workers))
    monkeypatch.setattr(refresh, "_WORKERS", 2)
    monkeypatch.setattr(refresh, "_SMALL_BYTES", 1)
    update(sample, tmp_path / "two", forces=forces)
    monkeypatch.setattr(refresh, "_SMALL_BYTES", 1 << 40)
    update(sample, tmp_path / "one", forces=forces[::-1])
    for force in forces[::-1]:
        for year in ("2018", "2017"):
            update(sample, tmp_path / "parts", forces=[force], start=f"{year}-01", end=f"{year}-12")
    assert asked == [2, 1, 1, 1, 1, 1]
    found = {name: bytes_of(tmp_path / name) for name in ("two", "one", "parts")}
    assert len(found["two"]) > 4
    assert found["one"] == found["two"]
    assert len(found["parts"]) == 4
    assert found["parts"].items() <= found["two"].items()


def bytes_of(processed):
    return {path.name: path.read_bytes() for path in (processed / "records").iterdir()}


def test_nothing_is_written_from_a_table_that_breaks_its_contract(raw, processed, monkeypatch):
    before = store.read(processed)
    put(raw, "kent", "2018-01", 9)
    real = refresh.clean
    monkeypatch.setattr(refresh, "clean", lambda *of: real(*of).drop_columns(["outcome_raw"]))
    with pytest.raises(DataError, match="the clean table breaks its contract"):
        update(raw, processed)
    monkeypatch.undo()
    pd.testing.assert_frame_equal(store.read(processed), before)
    assert is_tidy(processed)


# --- the account -----------------------------------------------------------------------------------------------------


def test_rows_in_are_rows_out(sample, tmp_path):
    result = update(sample, tmp_path / "processed")
    lines = {
        path.relative_to(sample).as_posix(): path.read_bytes().count(b"\n") - 1 for path in sample.rglob("*search.csv")
    }
    assert result.rows_in == result.rows_out == sum(lines.values())
    assert did(result) == (len(lines), 0)
    assert store.sources(tmp_path / "processed").set_index("path")["rows"].to_dict() == lines
    read = store.read(tmp_path / "processed", columns=["source_file"])["source_file"].value_counts().to_dict()
    assert {path: count for path, count in read.items() if count} == {path: n for path, n in lines.items() if n}
    for unit, entry in store.manifest(tmp_path / "processed")["units"].items():
        assert entry["rows"] == sum(source["rows"] for source in entry["sources"]), unit


def test_labels_never_seen_are_told_by_file(raw, processed):
    put(raw, "kent", "2018-01", 3, outcome=b"Fined on Mars")
    put(raw, "essex", "2018-02", 1, outcome=b"Fined on Mars")
    expected = [["outcome", "Fined on Mars", 1, "essex", "2018-02"], ["outcome", "Fined on Mars", 3, "kent", "2018-01"]]
    for _ in range(2):  # made now, and remembered
        result = update(raw, processed)
        assert list(result.unseen) == ["column", "label", "count", "force", "month"]
        assert result.unseen.to_numpy().tolist() == expected
    assert update(raw, processed, forces=["essex"], end="2018-01").unseen.empty
    assert store.read(processed)["outcome"].eq("Unrecognised label").sum() == 4


def test_another_raw_folder_is_another_source_whatever_its_files_look_like(raw, processed, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(raw, other)
    for path in other.rglob("*.csv"):
        twin = raw / path.relative_to(other)
        path.write_bytes(path.read_bytes().replace(b"Arrest", b"Artest"))
        os.utime(path, ns=(twin.stat().st_atime_ns, twin.stat().st_mtime_ns))
    assert update(other, processed).cleaned > 0
    assert set(store.read(processed)["outcome_raw"]) == {"Artest"}


def test_a_unit_names_its_own_files_alone(sample, tmp_path):
    refresh.update(sample, tmp_path, forces=["essex", "city-of-london"])  # one batch, cut into units
    manifest = store.manifest(tmp_path)
    assert len(manifest["units"]) > 2
    for unit, entry in manifest["units"].items():
        table = pq.read_table(tmp_path / entry["file"])
        read = [source for source in entry["sources"] if source["rows"]]
        for column, fact in {"source_file": "path", "source_sha256": "sha256", "month": "month"}.items():
            named = table[column].unify_dictionaries().chunk(0).dictionary.to_pylist()
            assert named == [source[fact] for source in read], (unit, column)
        rows = table.group_by("source_file", use_threads=False).aggregate([("source_row", "max")])
        assert rows["source_row_max"].to_pylist() == [source["rows"] for source in read]
