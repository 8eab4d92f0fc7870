"""Files whole or not at all, hashes, and cells that are no formula."""

import hashlib

import pytest

from sas_analysis.files import replacing, sha256, sha256_of, spreadsheet_safe, write_whole


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path):
    write_whole(tmp_path / "a.json", "first\n")
    write_whole(tmp_path / "a.json", b"second \xff")
    assert (tmp_path / "a.json").read_bytes() == b"second \xff"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_what_fails_half_way_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("before")
    with pytest.raises(RuntimeError):
        write_half(path)
    assert path.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def write_half(path):
    with replacing(path) as temporary:
        temporary.write_text("half")
        assert temporary.parent == path.parent  # the same file system: replacing is one step
        raise RuntimeError


def test_files_of_one_stem_do_not_share_a_temporary_one(tmp_path):
    with replacing(tmp_path / "report.html") as page, replacing(tmp_path / "report.ipynb") as notebook:
        assert page != notebook
        page.write_text("page")
        notebook.write_text("notebook")
    assert (tmp_path / "report.html").read_text() == "page"


def test_hash(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, example of one block
    assert sha256(b"abc") == sha256_of(tmp_path / "a") == known == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1+2", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_a_formula_is_marked_as_text(text):
    assert spreadsheet_safe(text) == "'" + text.replace("\r", " ")


def test_a_line_break_is_written_out_and_runs_nothing():
    assert spreadsheet_safe("\n=cmd") == r"\n=cmd"


@pytest.mark.parametrize("cell", ["", "-", "Arrest", "a=b", "10-17", 1, -1, 0.5, None, True])
def test_all_else_is_left_alone(cell):
    assert spreadsheet_safe(cell) is cell


def test_each_rule_stands_once(request):
    """Temporary names and SHA-256 of files: one implementation, used by everyone."""
    source = request.config.rootpath / "src" / "sas_analysis"
    for sign, allowed in {".tmp": {"files.py", "versions.py", "store.py"}, "os.fsync": {"files.py"}}.items():
        found = {path.name for path in source.rglob("*.py") if sign in path.read_text(encoding="utf-8")}
        assert found <= allowed, sign
