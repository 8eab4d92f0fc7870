import os
import socket

import pytest
from typer.testing import CliRunner

from sas_analysis.cli import app
from sas_analysis.errors import DataError
from sas_analysis.reference import boundaries
from sas_analysis.reference.interpolate import read_residents
from sas_analysis.reports.many.staleness import hashes_of
from sas_analysis.reports.one import input_files
from sas_analysis.reports.one.input_files import LARGEST, faults, files_of

LAYER = '{"type": "FeatureCollection", "features": []}'


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with one of each kind of file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.csv").write_text("word\none\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "a.geojson").write_text(LAYER)
    (tmp_path / "a.geojson").write_bytes(b"\xef\xbb\xbf \n" + LAYER.encode())
    os.mkfifo("pipe")
    os.mkfifo("pipe.geojson")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "lost").symlink_to("nowhere")
    (tmp_path / "huge").touch()
    os.truncate("huge", LARGEST + 1)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
    return tmp_path


FILES = {
    "folder": "is not a file but a folder; name a file that is there",
    "pipe": "is not a file but a pipe; name a file that is there",
    "socket": "is not a file but a socket; name a file that is there",
    "zero": "is not a file but a device; name a file that is there",
    "/dev/zero": "is not a file but a device; name a file that is there",
    "lost": "cannot be read (No such file or directory); name a file that is there",
    "x\0y": "cannot be read (a null byte in its name); name a file that is there",
    "x" * 5000: "cannot be read (File name too long); name a file that is there",
    "huge": "has 1,073,741,825 bytes, more than are read (1,073,741,824); name a smaller file",
}
DO = "; name a GeoJSON file or a folder of them, or run: sas-analysis fetch-reference boundaries"
PLACES = {
    "nowhere": "cannot be read (No such file or directory)" + DO,
    "words.csv": "is not GeoJSON" + DO,
    "folder": "has no GeoJSON file (*.geojson, *.json)" + DO,
    "pipe": "is not a file but a pipe" + DO,
    "pipe.geojson": "is not a file but a pipe" + DO,
    "/dev/zero": "is not a file but a device" + DO,
}


@pytest.mark.parametrize(("name", "fault"), FILES.items(), ids=[name[:9].replace("\0", "0") for name in FILES])
def test_a_file_that_cannot_be_read_to_its_end_is_a_fault(place, name, fault):
    assert faults({"residents_file": name, "level": 0.9}) == [f"parameter residents_file: {name} {fault}"]


@pytest.mark.parametrize(("name", "fault"), PLACES.items(), ids=PLACES)
def test_boundaries_that_are_none_are_a_fault(place, name, fault):
    assert faults({"boundaries": name}) == [f"parameter boundaries: {name} {fault}"]


def test_what_can_be_read_is_no_fault_and_all_faults_are_found(place):
    for named in ("", "a.geojson", "layers", str(place / "layers")):
        assert faults({"residents_file": "words.csv", "other_file": "", "boundaries": named}) == []
    assert len(faults({"a_file": "lost", "b_file": "pipe", "boundaries": "nowhere"})) == 3


def test_nothing_waits_for_a_pipe(place):
    """Where a batch looks whether reports are current, and where a notebook reads."""
    named = {f"{name}_file": name for name in ("pipe", "zero", "folder", "lost")}
    assert set(hashes_of(files_of(named)).values()) == {None}
    os.mkfifo(place / "layers" / "b.geojson")
    assert boundaries.candidates(place / "layers") == [place / "layers" / "a.geojson"]
    for name in ("pipe", "zero", "folder"):
        with pytest.raises(DataError, match="cannot be read from a folder, pipe or device; name a CSV file"):
            read_residents(name)


def test_a_report_says_so_before_it_works(place):
    asked = ["report", "disproportionality", "--force", "essex", "--from", "2018-01", "--to", "2018-01"]
    result = CliRunner().invoke(app, [*asked, "-p", "residents_file=/dev/zero", "-p", "boundaries=/etc/passwd"])
    assert result.exit_code == DataError.exit_code == 2
    assert result.stderr.splitlines() == [
        "error: 2 faults:",
        f"  - parameter residents_file: /dev/zero {FILES['/dev/zero']}",
        f"  - parameter boundaries: /etc/passwd {PLACES['words.csv']}",
    ]
    assert not (place / "reports").exists()
    assert input_files.FILES == "_file"
