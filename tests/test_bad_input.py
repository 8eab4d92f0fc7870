"""Every fault a raw file can have, by the function and by the command line.

A file is either refused (an error that names it and what to do, exit code 2) or mended and noted; what is strange in
its cells is flagged and kept. Whatever happens, no other record is touched and nothing is left half-written.
"""

import csv
import io
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from sas_analysis.cli import app
from sas_analysis.errors import DataError
from sas_analysis.records import find, load, refresh, store
from sas_analysis.records.naming import known_forces
from sas_analysis.records.refresh import update

HEADER = load.HEADER + b"\n"
LINE = (
    b"Person search,%s-03T10:20:%02d+00:00,False,,51.5,-0.1,Male,18-24,Other ethnic group - Not stated,White,"
    b"Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,True,False\n"
)
FILES = {("essex", "2017-12"): 2, ("essex", "2018-01"): 3, ("essex", "2018-02"): 4, ("kent", "2018-01"): 5}
ASKED = {"forces": ["essex"], "start": "2018-01", "end": "2018-01"}
COMMAND = Path(sys.executable).with_name("sas-analysis")


def content(month, rows):
    return HEADER + b"".join(LINE % (month.encode(), second) for second in range(rows))


def path_of(force, month):
    return f"{month}/{month}-{force}-stop-and-search.csv"


GOOD, PATH = content("2018-01", 3), path_of("essex", "2018-01")
ROWS = [row.split(",") for row in GOOD.decode().splitlines()]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Raw files and the processed data made of them."""
    folder = tmp_path_factory.mktemp("bad")
    for (force, month), rows in FILES.items():
        put(folder / "raw" / path_of(force, month), content(month, rows))
    update(folder / "raw", folder / "processed")
    return folder


@pytest.fixture
def place(model, tmp_path, monkeypatch):
    """The same, to damage; it is the working directory."""
    shutil.copytree(model, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def records(but=()):
    """The processed records, but those of a file."""
    table = store.read("processed")
    return table[~table["source_file"].isin(but)].astype({"source_file": str}).reset_index(drop=True)


def same(found, expected):
    """Same records; which categories a column of the publisher's text has does not matter."""
    pd.testing.assert_frame_equal(found, expected, check_categorical=False)


def is_tidy():
    units = store.manifest("processed")["units"].values()
    found = {path.as_posix() for path in Path("processed").rglob("*") if path.is_file()}
    return found - {"processed/.lock"} == {"processed/manifest.json", *(f"processed/{unit['file']}" for unit in units)}


def call(*arguments):
    result = CliRunner().invoke(app, list(arguments), prog_name="sas-analysis")
    assert "Traceback" not in result.output
    return result


def clean(code):
    """What the command `clean` says on stderr."""
    result = call("clean", "--raw", "raw", "--processed", "processed", "--quiet")
    assert result.exit_code == code, result.output
    return result.stderr


def refused_by_update(**asked):
    with pytest.raises(DataError) as error:
        update("raw", "processed", **asked)
    return str(error.value)


# --- refused ---------------------------------------------------------------------------------------------------------

AGAIN = "; download the file again from data.police.uk"
SAVED = "download the file again from data.police.uk and leave it as it is"
NOT_OURS = f"this is not a stop-and-search file: no column of the publisher's in line 1{AGAIN}"
NOISE = random.Random(1).randbytes(1 << 16)
LACKING = "; the 15 columns of the publisher are needed; download it again"
REFUSED = {
    "empty": (b"", f"the file is empty (0 bytes){AGAIN}"),
    "empty lines": (b"\n\n\n", NOT_OURS),
    "no header": (GOOD.removeprefix(HEADER), NOT_OURS),
    "other file": (b"Crime ID,Month,Reported by\n1,2018-01,Essex Police\n", NOT_OURS),
    "web page": (b"<!DOCTYPE html>\n<title>Not found</title>\n", NOT_OURS),
    "zip": (
        b"PK\x03\x04" + NOISE,
        f"it is a ZIP archive or a spreadsheet (xlsx, ods), not CSV; name an archive .zip; else {SAVED}",
    ),
    "noise": (NOISE, NOT_OURS),
    "UTF-16": (GOOD.decode().encode("utf-16"), f"it is text in UTF-16: a spreadsheet saved it again; {SAVED}"),
    "semicolons": (
        GOOD.replace(b",", b";"),
        f"its cells are separated by semicolons, not commas: a spreadsheet or program saved it again; {SAVED}",
    ),
    "missing column": (
        b"\n".join(line.rpartition(b",")[0] for line in GOOD.split(b"\n")),
        f"column missing: Removal of more than just outer clothing{LACKING}",
    ),
    "renamed column": (GOOD.replace(b"Outcome,", b"Result,"), f"column missing: Outcome{LACKING}"),
    "column twice": (GOOD.replace(b"Gender", b"Type"), f"column missing: Gender and column twice: Type{LACKING}"),
    "cut off in a row": (GOOD[:-90], f"cut off in its last line (line 4 has 9 of 15 columns){AGAIN}"),
    "cut off in the first cell": (
        GOOD[: GOOD.rindex(b"search,")],
        f"cut off in its last line (line 4 has 1 of 15 columns){AGAIN}",
    ),
    "short and long rows": (
        GOOD.replace(b",Male", b"", 1).replace(b"10:20:02+00:00,", b"10:20:02+00:00,,"),
        f"2 of 3 rows do not have 15 columns (line 2 has 14, line 4 has 16){AGAIN}",
    ),
    "noise below the header": (HEADER + NOISE, f"the file holds binary data (NUL bytes){AGAIN}"),
    "NUL in a cell": (GOOD.replace(b"Male", b"M\0le", 1), f"the file holds binary data (NUL bytes){AGAIN}"),
    "quote never closed": (
        GOOD.replace(b",Male", b',"Male', 1),
        f"cut off in its last line (line 4 has 7 of 15 columns){AGAIN}",
    ),
    "endless cell": (
        HEADER + b'"' + b"x" * 200_000,
        f"cannot be read as CSV (field larger than field limit (131072)){AGAIN}",
    ),
    "words for numbers": (
        GOOD.replace(b"51.5", b"N51"),
        "latitude is not a number in 3 rows (line 2: 'N51'; line 3: 'N",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_refused_file_is_named_and_no_other_record_is_touched(place, fault):
    bad, problem = REFUSED[fault]
    before, others = records(), records(but=[PATH])
    put(place / "raw" / PATH, bad)
    assert f"  {PATH}: {problem}" in refused_by_update(**ASKED).splitlines()[1]
    same(records(), others)
    assert is_tidy()
    assert f"  {PATH}: {problem}" in clean(code=2)
    same(records(), others)
    assert [fault.path for fault in update("raw", "processed").refused] == [PATH]  # all that is there: told, not raised
    assert update("raw", "processed", forces=["kent"]).refused == []
    assert update("raw", "processed", forces=["essex"], start="2018-02").refused == []
    put(place / "raw" / PATH, GOOD)
    clean(code=0)
    same(records(), before)


def test_all_faults_are_told_at_once(place):
    """One run over a file of each fault: every one is named, and the others are cleaned."""
    others = sorted(known_forces() - {"essex", "kent"})
    names = {fault: path_of(force, "2018-01") for fault, force in zip(REFUSED, others, strict=False)}
    for fault, name in names.items():
        put(place / "raw" / name, REFUSED[fault][0])
    put(place / "raw" / "copy of essex stop-and-search.csv", GOOD)
    run = subprocess.run([COMMAND, "clean", "--raw", "raw", "--processed", "processed"], capture_output=True, text=True)
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    assert f"error: {len(REFUSED) + 1} files are refused:" in run.stderr
    for fault, name in names.items():
        assert f"  {name}: {REFUSED[fault][1]}" in run.stderr, fault
    assert "copy of essex stop-and-search.csv: force and month cannot be read" in run.stderr
    assert "processed: 14 records; " in run.stdout
    assert len(records()) == 14
    assert is_tidy()


def test_a_report_of_a_refused_file_is_not_made(place):
    put(place / "raw" / PATH, b"")
    asked = ["--force", "essex", "--from", "2018-01", "--to", "2018-02", "--raw", "raw", "--processed", "processed"]
    result = call("report", "data_quality", *asked)
    assert result.exit_code == 2
    assert f"{PATH}: the file is empty" in result.stderr
    assert not (place / "reports" / "data_quality_essex_2018-01_2018-02").exists()


# --- mended ----------------------------------------------------------------------------------------------------------


def csv_of(rows, **how):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", **how).writerows(rows)
    return out.getvalue().encode()


MENDED = {
    "CRLF": (GOOD.replace(b"\n", b"\r\n"), "CRLF line ends"),
    "CR": (GOOD.replace(b"\n", b"\r"), "CRLF line ends"),
    "byte-order mark": (b"\xef\xbb\xbf" + GOOD, "byte-order mark removed"),
    "byte-order mark and CRLF": (
        b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n"),
        "byte-order mark removed; CRLF line ends",
    ),
    "reordered": (csv_of(row[::-1] for row in ROWS), "columns reordered"),
    "one more column": (csv_of([n, *r] for n, r in enumerate(ROWS)), "columns beside the publisher's ignored: 0"),
    "no last line end": (GOOD.removesuffix(b"\n"), "no line end after the last row"),
    "empty lines": (GOOD + b"\n\n", "2 line ends are within quotes or of empty lines"),
    "all quoted": (csv_of(ROWS, quoting=csv.QUOTE_ALL), ""),
}


@pytest.mark.parametrize("form", MENDED)
def test_a_file_in_another_form_has_the_same_records(place, form):
    bytes_, note = MENDED[form]
    before = records().drop(columns="source_sha256")
    put(place / "raw" / PATH, bytes_)
    assert clean(code=0) == ""
    same(records().drop(columns="source_sha256"), before)
    assert store.sources("processed", **ASKED)["notes"].map("; ".join).tolist() == [note]


def test_cells_with_commas_quotes_and_line_ends(place):
    names = ['Operation "Sceptre", phase 2', "two\nlines", "plain"]
    put(
        place / "raw" / PATH,
        csv_of([ROWS[0], *([*row[:3], n, *row[4:]] for row, n in zip(ROWS[1:], names, strict=True))]),
    )
    assert clean(code=0) == ""
    table = store.read("processed", **ASKED)
    assert table["policing_operation"].tolist() == names
    assert table["source_row"].tolist() == [1, 2, 3]
    assert table["outcome"].tolist() == ["Arrest"] * 3


def test_latin_1_is_read_and_noted(place):
    put(place / "raw" / PATH, GOOD.replace(b"False,,", b"False,Op\xe9ration,", 1))
    assert clean(code=0) == ""
    assert store.read("processed", **ASKED)["policing_operation"].tolist() == ["Opération", "", ""]
    assert store.sources("processed", **ASKED)["notes"].tolist() == [["not UTF-8: read as latin-1"]]


def test_a_header_alone_is_a_month_without_records(place):
    others = records(but=[PATH])
    put(place / "raw" / PATH, HEADER)
    assert clean(code=0) == ""
    same(records(), others)
    assert store.sources("processed", **ASKED)["rows"].tolist() == [0]
    with pytest.raises(DataError, match=rf"the raw files asked for have no record \({PATH}\); ask for more"):
        store.read("processed", **ASKED)


# --- strange cells: flagged and kept ---------------------------------------------------------------------------------


def test_a_label_never_seen_is_kept_counted_and_told(place):
    put(place / "raw" / PATH, GOOD.replace(b"Arrest", b"Sent to Mars", 2))
    told = (
        "warning: labels that no crosswalk has, counted as unrecognised: 1, outcome 'Sent to Mars' (2 in essex 2018-01)"
    )
    assert clean(code=0).strip() == told
    assert clean(code=0).strip() == told  # also when nothing is cleaned
    table = store.read("processed", **ASKED)
    assert table["outcome"].tolist() == ["Unrecognised label", "Unrecognised label", "Arrest"]
    assert table["outcome_raw"].tolist() == ["Sent to Mars", "Sent to Mars", "Arrest"]
    assert table["positive_outcome"].isna().tolist() == [True, True, False]
    asked = ["--force", "essex", "--from", "2018-01", "--to", "2018-01", "--raw", "raw", "--processed", "processed"]
    assert call("report", "data_quality", *asked, "--strict").exit_code == 4


def test_strange_dates_and_places_are_flagged_and_kept(place):
    lines = GOOD.splitlines(keepends=True)
    lines[1] = lines[1].replace(b"2018-01-03T", b"2018-02-01T").replace(b"51.5,-0.1", b"0.000000,0.000000")
    lines[2] = lines[2].replace(b"2018-01-03T", b"3 January ").replace(b"51.5,-0.1", b"-0.1,51.5")
    put(place / "raw" / PATH, b"".join(lines))
    assert clean(code=0).startswith(f"warning: {PATH}: 1 of 3 dates cannot be read ('3 January 10:20:01+00:00'): ")
    table = store.read("processed", **ASKED)
    assert table["date_in_month"].tolist() == [False, pd.NA, True]
    assert table["date_raw"].tolist()[1] == "3 January 10:20:01+00:00"
    assert table["location_status"].tolist() == ["zero", "outside UK", "recorded"]
    assert table["latitude"].tolist() == [0, -0.1, 51.5]


# --- files that are not what or where they should be -----------------------------------------------------------------


def folder_of_that_name(path):
    path.unlink()
    path.mkdir()
    put(path / "note.csv", b"x")


def link_to_nowhere(path):
    path.unlink()
    path.symlink_to("nowhere.csv")


def second_version(path):
    put(Path("raw/older") / path.name, GOOD + b"\n")


def second_copy_of_other_name(path):
    shutil.copy(path, path.with_name("2018-01-essex-stop-and-search (1).csv"))


def capitals(path):
    path.rename(path.with_name("2018-01-Essex-stop-and-search.csv"))


NAMING = {
    folder_of_that_name: f"{PATH}: this is not a file; put the publisher's file in its place",
    link_to_nowhere: f"{PATH}: cannot be read (No such file or directory); check the file and its permissions",
    second_version: f"{PATH}: 2 files for essex 2018-01 ({PATH}, older/{Path(PATH).name}); keep one of them",
    second_copy_of_other_name: "2018-01/2018-01-essex-stop-and-search (1).csv: force and month cannot be read from the "
    "file's name; name it YYYY-MM-<force>-stop-and-search.csv, as the publisher does",
    capitals: "2018-01/2018-01-Essex-stop-and-search.csv: force and month cannot be read from the file's name; name it",
}


@pytest.mark.parametrize("fault", NAMING)
def test_a_file_in_the_wrong_place(place, fault):
    others = records(but=[PATH])
    fault(place / "raw" / PATH)
    assert f"  {NAMING[fault]}" in refused_by_update(**ASKED)
    assert f"  {NAMING[fault]}" in clean(code=2)
    same(records(but=[PATH]), others)
    assert is_tidy()
    assert update("raw", "processed", forces=["kent"]).refused == []
    if "cannot be read from the file's name" not in NAMING[fault]:  # its month is known: other months are not hindered
        assert update("raw", "processed", forces=["essex"], start="2018-02").refused == []


def test_a_fault_alone_in_the_folder_is_told(place):
    shutil.rmtree(place / "raw")
    put(place / "raw" / "essex-stop-and-search.csv", GOOD)
    assert "essex-stop-and-search.csv: force and month cannot be read" in clean(code=2)


def test_a_file_that_vanishes_between_listing_and_reading(place, monkeypatch):
    others = records(but=[PATH])
    put(place / "raw" / PATH, GOOD.replace(b"Male", b"Female"))

    def list_and_lose(raw):
        found = find.find_files(raw)
        (place / "raw" / PATH).unlink(missing_ok=True)
        return found

    monkeypatch.setattr(refresh, "find_files", list_and_lose)
    told = f"  {PATH}: cannot be read (No such file or directory); check the file and its permissions"
    assert told in refused_by_update(**ASKED)
    same(records(), others)
    assert is_tidy()


def test_a_folder_that_cannot_be_listed(place, monkeypatch):
    def forbidden(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(os, "scandir", forbidden)
    assert "error: raw cannot be listed (Permission denied); check its permissions" in clean(code=2)


def test_no_raw_folder(place):
    shutil.rmtree(place / "raw")
    assert "there is no folder raw: name the folder of the publisher's files with --raw, or" in clean(code=2)
    assert len(records()) == 14


# --- size ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "problem", "megabytes"),
    [(b"", NOT_OURS, 3), (NOISE, NOT_OURS, 3), (HEADER + NOISE, REFUSED["noise below the header"][1], 230)],
    ids=["nothing but zeros", "noise", "noise below a header"],
)
def test_200_megabytes_of_noise_are_refused_at_once(place, start, problem, megabytes):
    path = place / "raw" / PATH
    put(path, start)
    os.truncate(path, 200_000_000)
    [file] = [file for file in find.find_files(place / "raw")[0] if file.relative == PATH]
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(find.Refused, match=re.escape(problem)):
        load.read_text(file)
    took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 2
    assert peak < megabytes * 1e6
    assert f"{PATH}: {problem}" in clean(code=2)


# --- processed data that cannot be written ---------------------------------------------------------------------------


@pytest.mark.parametrize("processed", ["taken", "taken/below", "records_taken"])
def test_a_file_in_the_place_of_the_processed_folder(place, processed):
    put(place / "taken", b"the user's own")
    put(place / "records_taken" / "records", b"the user's own")
    result = call("clean", "--raw", "raw", "--processed", processed, "--quiet")
    assert result.exit_code == 2
    assert f"error: cannot write processed data to {processed}" in result.stderr
    assert "choose another folder with --processed" in result.stderr
    assert (place / "taken").read_bytes() == (place / "records_taken" / "records").read_bytes() == b"the user's own"


def change_all(raw):
    """New content for every file, of twice the rows; returns their number of rows."""
    for force, month in FILES:
        put(raw / path_of(force, month), content(month, 2 * FILES[force, month]))
    return 2 * sum(FILES.values())


def test_a_full_disk_leaves_what_was_there(place):
    """A limit on the size of files hits as a full disk does, and can be set anywhere."""
    before, rows = records(), change_all(place / "raw")
    run = subprocess.run(
        [COMMAND, "clean", "--raw", "raw", "--processed", "processed"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048)),
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2, run.stderr
    assert "error: cannot write processed data to processed" in run.stderr
    assert "what was there is unchanged: free some space, or choose another folder" in run.stderr
    assert "Traceback" not in run.stderr
    same(records(), before)
    assert is_tidy()
    clean(code=0)
    assert len(records()) == rows


@pytest.fixture
def small_disk(place):
    """`processed` on a file system of 256 kB."""
    shutil.move(place / "processed", place / "aside")
    (place / "processed").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place / "processed"], check=False)
    if mounted.returncode:
        pytest.skip("a full disk: no file system can be mounted here")
    shutil.copytree(place / "aside", place / "processed", dirs_exist_ok=True)
    yield place
    subprocess.run(["umount", "-l", place / "processed"], check=True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a full disk: only root may mount one")
def test_a_disk_that_is_full(small_disk):
    before = records()
    line = LINE % (b"2018-01", 0)
    put(
        small_disk / "raw" / path_of("kent", "2018-01"),
        HEADER + b"".join(line.replace(b"51.5", b"51.%06d" % (n * n % 999_983)) for n in range(40_000)),
    )
    assert "error: cannot write processed data to processed (" in clean(code=2)
    same(records(), before)
    assert is_tidy()
    put(small_disk / "raw" / path_of("kent", "2018-01"), content("2018-01", 6))
    clean(code=0)
    assert len(records()) == 15


# --- interrupted, and two at once ------------------------------------------------------------------------------------

SLOWLY = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background starts with it ignored
from sas_analysis.records import refresh
make, refresh.TOLD_BYTES = refresh._make, 1  # every unit is told
def slowly(*how):
    time.sleep(0.2)
    return make(*how)
refresh._make = slowly
"""


def started(script):
    return subprocess.Popen(
        [sys.executable, "-c", SLOWLY + script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_interrupted_in_the_middle_of_cleaning(place, number, code):
    for force in ("kent", "surrey", "sussex", "norfolk", "suffolk"):
        put(place / "raw" / path_of(force, "2019-01"), content("2019-01", 1))
    before, rows = records(), change_all(place / "raw") + 5
    run = started("from sas_analysis.cli import app; app(['clean', '--raw', 'raw', '--processed', 'processed'])")
    assert run.stderr.readline() == "cleaned 1 files: essex/2017 ...\n"
    run.send_signal(number)
    _, said = run.communicate(timeout=60)
    assert run.returncode == code, said
    assert "Traceback" not in said
    after = records()
    assert 14 <= len(after) < rows  # whole units, old or new
    for path, own in after.groupby("source_file"):
        assert len(own) in {1, *FILES.values(), *(2 * rows for rows in FILES.values())}, path
    if number == signal.SIGKILL:
        same(after, before)
    else:
        assert is_tidy()
        assert len(after) > 14  # what was done is kept
    clean(code=0)
    assert len(records()) == rows
    assert is_tidy()


def test_two_updates_at_once(place):
    """Both end well, none of the units of either is lost, and no unit is made twice."""
    shutil.rmtree(place / "processed")
    script = "print(refresh.update('raw', 'processed', forces={}).cleaned)"
    runs = [started(script.format(forces)) for forces in (["essex"], ["essex", "kent"])]
    done = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], done
    assert sum(int(out) for out, _ in done) == 4
    assert len(records()) == 14
    assert is_tidy()
