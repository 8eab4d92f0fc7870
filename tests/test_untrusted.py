"""Files that may be a stranger's: what is taken, what is not, and why."""

import hashlib
import os

import pytest

from sas_analysis.reports.check import untrusted


def test_a_regular_file_is_read_up_to_its_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert untrusted.read_bytes(path, 5) == b"12345"
    assert untrusted.sha256_of(path) == hashlib.sha256(b"12345").hexdigest()
    with pytest.raises(untrusted.NotTaken, match="5 bytes, and at most 4"):
        untrusted.read_bytes(path, 4)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (os.mkfifo, "no regular file"),
        (os.mkdir, "no regular file"),
        (lambda path: os.symlink("/dev/zero", path), "a link"),
        (lambda path: os.symlink(__file__, path), "a link"),
    ],
)
def test_nothing_else_is_opened(tmp_path, make, told):
    make(tmp_path / "file")
    for read in (untrusted.read_bytes, untrusted.sha256_of, untrusted.read_json):
        with pytest.raises(untrusted.NotTaken, match=told):
            read(tmp_path / "file")


def test_what_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        untrusted.read_json(tmp_path / "file")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "no JSON object"),
        ('{"a": NaN}', "a number that is none"),
        ('{"a": -Infinity}', "a number that is none"),
        ('{"a": [[1e16]]}', "a number beyond"),
        ('{"' + "a" * 100_001 + '": 1}', "100,001 characters"),
        ('{"a": ' + "[" * 30 + "]" * 30 + "}", "deeper than 20"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nests deeper"),
        ("{'a': 1}", "no JSON: "),
    ],
)
def test_json_that_makes_no_sense_is_not_taken(tmp_path, text, told):
    (tmp_path / "file").write_text(text)
    with pytest.raises(untrusted.NotTaken, match=told):
        untrusted.read_json(tmp_path / "file")


def test_links_and_pipes_below_a_folder_are_named_and_not_followed(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").touch()
    os.mkfifo(tmp_path / "tables" / "b.csv")
    (tmp_path / "up").symlink_to(tmp_path)
    regular, other = untrusted.files_in(tmp_path)
    assert [path.name for path in regular] == ["a.csv"]
    assert [path.name for path in other] == ["b.csv", "up"]
