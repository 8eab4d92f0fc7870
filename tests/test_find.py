"""What is found in the raw folder: files by their names, and the members of ZIP archives."""

import os
import zipfile

import pytest
from test_acquire_archive import HOSTILE, central, entry, made_of, zipped
from test_load import GOOD, NAME, put

from sas_analysis.records import members, naming
from sas_analysis.records.find import find_files, is_synthetic
from sas_analysis.records.load import read_text, reader
from sas_analysis.records.synthetic import model
from sas_analysis.reference.forces import forces

MEMBER = f"2018-04/{NAME}"


def read_texts(files):
    with reader() as read:
        return read(files)


def test_force_and_month_come_from_the_name_at_any_depth(tmp_path):
    for name in ("2018-04/2018-04-metropolitan", "a/b/2018-12-city-of-london", "2017-12-essex", "2018-01-essex"):
        put(tmp_path, f"{name}-stop-and-search.csv")
    put(tmp_path, "2018-04/2018-04-essex-street.csv")
    files, faults = find_files(tmp_path)
    assert [(file.force, file.month) for file in files] == [
        ("city-of-london", "2018-12"),
        ("essex", "2017-12"),
        ("essex", "2018-01"),
        ("metropolitan", "2018-04"),
    ]
    assert files[0].relative == "a/b/2018-12-city-of-london-stop-and-search.csv"
    assert (files[0].path, files[0].size) == (str(tmp_path / files[0].relative), len(GOOD))
    assert faults == []


@pytest.mark.parametrize(
    "name",
    [
        "essex-stop-and-search.csv",
        "2018-13-essex-stop-and-search.csv",
        "2018-4-essex-stop-and-search.csv",
        "0000-01-essex-stop-and-search.csv",
        "2018-04-stop-and-search.csv",
        "2018-04-Essex-stop-and-search.csv",
        "2018-04-essex-stop-and-search.CSV",
        "2018-04-essex-stop-and-search (1).csv",
    ],
)
def test_a_misnamed_file_is_a_fault_and_not_overlooked(tmp_path, name):
    put(tmp_path, name)
    files, [fault] = find_files(tmp_path)
    assert files == []
    assert str(fault).startswith(f"{name}: force and month cannot be read from the file's name; name it YYYY-MM-")


def test_two_files_of_one_month_that_differ_are_both_refused(tmp_path):
    put(tmp_path, f"old/{NAME}")
    put(tmp_path, f"new/{NAME}", GOOD + b"\n")
    put(tmp_path, "2018-05-essex-stop-and-search.csv")
    files, faults = find_files(tmp_path)
    assert [file.month for file in files] == ["2018-05"]
    assert {fault.path for fault in faults} == {f"old/{NAME}", f"new/{NAME}"}
    assert {fault.problem for fault in faults} == {f"2 files for essex 2018-04 (new/{NAME}, old/{NAME})"}
    assert {fault.remedy for fault in faults} == {"keep one of them"}


def test_files_of_one_size_that_differ_are_refused_too(tmp_path):
    put(tmp_path, f"old/{NAME}")
    put(tmp_path, f"new/{NAME}", GOOD.replace(b"Male", b"male"))
    files, faults = find_files(tmp_path)
    assert (files, len(faults)) == ([], 2)


def test_of_two_files_with_the_same_content_one_is_taken_and_names_the_other(tmp_path):
    put(tmp_path, f"old/{NAME}")
    put(tmp_path, f"new/{NAME}")
    [file], faults = find_files(tmp_path)
    assert (file.relative, file.copies, faults) == (f"new/{NAME}", (f"old/{NAME}",), [])


@pytest.mark.parametrize("force", ["wales", "england", "met", "north-yorks"])
def test_a_force_that_is_none_is_a_fault(tmp_path, force):
    put(tmp_path, f"2018-04-{force}-stop-and-search.csv")
    files, [fault] = find_files(tmp_path)
    assert files == []
    assert fault.problem.startswith(f'force "{force}" is unknown')
    assert "forces.csv" in fault.remedy


def test_a_force_that_is_none_says_which_may_be_meant(tmp_path):
    put(tmp_path, "2018-04-yorkshire-stop-and-search.csv")
    _, [fault] = find_files(tmp_path)
    assert "sas-analysis forces" in str(fault)


def test_every_force_that_publishes_is_found(tmp_path):
    """The list of the publisher's API, and British Transport Police, which is in the archives alone."""
    for force in forces()["force"]:
        put(tmp_path, f"2018-04-{force}-stop-and-search.csv")
    files, faults = find_files(tmp_path)
    assert ({file.force for file in files}, faults) == (set(forces()["force"]), [])
    assert {"btp", "north-yorkshire", "northern-ireland", "devon-and-cornwall"} <= {file.force for file in files}
    assert len(files) == 45


def test_the_sample_is_of_forces_that_publish():
    assert set(model.forces()) <= naming.known_forces()


def test_a_month_in_the_future_is_a_fault(tmp_path, monkeypatch):
    for month in ("2026-11", "2026-12", "2031-01"):
        put(tmp_path, f"{month}-essex-stop-and-search.csv")

    monkeypatch.setattr(naming, "_this_month", lambda: "2026-11")
    files, faults = find_files(tmp_path)
    assert [file.month for file in files] == ["2026-11"]
    assert [str(fault) for fault in faults] == [
        f"{month}-essex-stop-and-search.csv: {month} is in the future; mend the file's name, or this computer's clock"
        for month in ("2026-12", "2031-01")
    ]


def test_what_cannot_be_a_file_is_a_fault(tmp_path):
    (tmp_path / NAME).mkdir()
    (tmp_path / "2018-05-essex-stop-and-search.csv").symlink_to(tmp_path / "gone.csv")
    files, faults = find_files(tmp_path)
    assert files == []
    assert [str(fault) for fault in faults] == [
        f"{NAME}: this is not a file; put the publisher's file in its place",
        "2018-05-essex-stop-and-search.csv: cannot be read (No such file or directory); "
        "check the file and its permissions",
    ]


def test_links_to_files_and_folders_are_followed(tmp_path):
    put(tmp_path / "elsewhere", NAME)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "2018-04").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "raw" / "2018-05-essex-stop-and-search.csv").symlink_to(tmp_path / "elsewhere" / NAME)
    files, faults = find_files(tmp_path / "raw")
    assert [file.month for file in files] == ["2018-04", "2018-05"]
    assert faults == []


def test_a_link_back_is_not_followed(tmp_path):
    put(tmp_path, f"raw/2018-04/{NAME}")
    (tmp_path / "raw" / "2018-04" / "all").symlink_to(tmp_path / "raw")
    (tmp_path / "raw" / "up").symlink_to(tmp_path)
    files, faults = find_files(tmp_path / "raw")
    assert ([file.relative for file in files], faults) == ([f"2018-04/{NAME}"], [])


def test_a_synthetic_extract_is_found_only_when_asked_for(tmp_path):
    put(tmp_path, f"sample/2018-04/{NAME}")
    put(tmp_path, "sample/SYNTHETIC.json", b"{}")
    put(tmp_path, "2018-05-essex-stop-and-search.csv")
    assert [file.month for file in find_files(tmp_path)[0]] == ["2018-05"]
    assert [file.month for file in find_files(tmp_path / "sample")[0]] == ["2018-04"]
    assert (is_synthetic(tmp_path), is_synthetic(tmp_path / "sample")) == (False, True)


def test_hidden_folders_hold_no_records_to_read(tmp_path):
    """Versions of a file that were replaced are kept in one."""
    hidden = tmp_path / ".versions" / "2019-01"
    hidden.mkdir(parents=True)
    (hidden / "2019-01-essex-stop-and-search.csv").write_bytes(GOOD)
    assert find_files(tmp_path) == ([], [])


# --- ZIP archives ----------------------------------------------------------------------------------------------------


def paths(raw):
    """Paths of what is found, and of what is refused."""
    files, faults = find_files(raw)
    return [file.relative for file in files], [fault.path for fault in faults]


def test_the_members_of_an_archive_are_found_where_it_lies(tmp_path):
    second = "2018-05/2018-05-kent-stop-and-search.csv"
    put(tmp_path, "a/2021-11.zip", zipped({MEMBER: GOOD, second: GOOD + b"\n"}))
    before = sorted(tmp_path.rglob("*"))
    files, faults = find_files(tmp_path)
    assert faults == []
    assert [(file.force, file.month, file.relative, file.size) for file in files] == [
        ("essex", "2018-04", f"a/2021-11.zip/{MEMBER}", len(GOOD)),
        ("kent", "2018-05", f"a/2021-11.zip/{second}", len(GOOD) + 1),
    ]
    assert {file.path for file in files} == {str(tmp_path / "a/2021-11.zip")}
    assert files[0].crc32 == zipfile.crc32(GOOD)
    assert bytes(read_text(files[0]).body) == GOOD.partition(b"\n")[2]
    assert sorted(tmp_path.rglob("*")) == before  # nothing is unpacked to disk


def test_an_archive_alone_may_be_the_raw_folder(tmp_path):
    path = put(tmp_path, "my records.ZIP", zipped({f"any/depth/{NAME}": GOOD, NAME.replace("04", "05"): GOOD}))
    put(tmp_path, "2018-06-essex-stop-and-search.csv")
    assert paths(path) == ([f"my records.ZIP/any/depth/{NAME}", "my records.ZIP/2018-05-essex-stop-and-search.csv"], [])


def test_what_else_an_archive_holds_is_passed_over(tmp_path):
    others = {"2018-04/2018-04-essex-street.csv": b"x", "2018-04/2018-04-essex-outcomes.csv": b"x", "readme.txt": b"x"}
    shadows = {f"__MACOSX/2018-04/._{NAME}": b"x", f"2018-04/._{NAME}": b"x", f".trash/{NAME}": b"x"}
    put(tmp_path, "a.zip", zipped({MEMBER: GOOD} | others | shadows, noise=False))
    put(tmp_path, "others.zip", zipped(others, noise=False))
    put(tmp_path, "empty.zip", made_of())
    put(tmp_path, "encrypted.zip", central(made_of(entry("letters.txt")), 8, "<H", 1))
    assert paths(tmp_path) == ([f"a.zip/{MEMBER}"], [])


def test_a_folder_named_like_an_archive_is_a_folder(tmp_path):
    put(tmp_path, f"2021-11.zip/2018-04/{NAME}")
    assert paths(tmp_path) == ([f"2021-11.zip/2018-04/{NAME}"], [])


def test_a_misnamed_member_is_a_fault(tmp_path):
    names = ["a stop-and-search.csv", "2018-04-wales-stop-and-search.csv", "2031-01-essex-stop-and-search.csv"]
    put(tmp_path, "a.zip", zipped({MEMBER: GOOD} | dict.fromkeys(names, GOOD), noise=False))
    assert paths(tmp_path) == ([f"a.zip/{MEMBER}"], [f"a.zip/{name}" for name in sorted(names)])


def test_a_file_is_taken_before_a_member_with_the_same_content(tmp_path):
    put(tmp_path, f"z/{NAME}")
    put(tmp_path, "a.zip", zipped({MEMBER: GOOD}))
    put(tmp_path, "b.zip", zipped({MEMBER: GOOD, f"again/{NAME}": GOOD}))
    [file], faults = find_files(tmp_path)
    assert (file.relative, faults) == (f"z/{NAME}", [])
    assert file.copies == (f"a.zip/{MEMBER}", f"b.zip/{MEMBER}", f"b.zip/again/{NAME}")


@pytest.mark.parametrize(
    "others",
    [{NAME: GOOD}, {"b.zip": zipped({MEMBER: GOOD})}],
    ids=["a file and an archive", "two archives"],
)
def test_members_that_differ_from_others_of_the_month_are_refused(tmp_path, others):
    put(tmp_path, "a.zip", zipped({MEMBER: GOOD.replace(b"Male", b"male"), MEMBER.replace("-04-", "-05-"): GOOD}))
    for name, content in others.items():
        put(tmp_path, name, content)
    files, faults = find_files(tmp_path)
    assert [file.month for file in files] == ["2018-05"]
    assert len(faults) == 2
    assert all("2 files for essex 2018-04 (" in fault.problem for fault in faults)
    assert {fault.remedy for fault in faults} == {
        "keep one of them, or name the archive or folder that is right as the raw folder"
    }


def test_a_simulated_extract_in_an_archive_is_found_only_when_asked_for(tmp_path):
    content = {f"sample/2018-04/{NAME}": GOOD, "sample/SYNTHETIC.json": b"{}"}
    path = put(tmp_path, "sample.zip", zipped(content, noise=False))
    put(tmp_path, "mixed.zip", zipped(content | {"2018-05-kent-stop-and-search.csv": GOOD}, noise=False))
    assert paths(tmp_path) == (["mixed.zip/2018-05-kent-stop-and-search.csv"], [])
    assert paths(path) == ([f"sample.zip/sample/2018-04/{NAME}"], [])
    assert paths(tmp_path / "mixed.zip") == ([f"mixed.zip/sample/2018-04/{NAME}"], [])
    assert [is_synthetic(place) for place in (path, tmp_path / "mixed.zip", tmp_path)] == [True, True, False]


ARCHIVED = "2019-01/2019-01-essex-stop-and-search.csv"
# Sound in the raw folder: there any folder will do, and a member is judged as any file is.
LAWFUL = {"empty ZIP", "two of one month", "binary", "page", "empty member"}


@pytest.mark.parametrize("kind", sorted(HOSTILE.keys() - LAWFUL))
def test_hostile_archives_are_refused_in_the_words_of_fetch(tmp_path, kind):
    data, words = HOSTILE[kind]
    put(tmp_path, "evil.zip", data)
    put(tmp_path, ARCHIVED.replace("essex", "kent"))
    before = sorted(tmp_path.rglob("*"))
    files, faults = find_files(tmp_path)
    _, bad = read_texts(files)
    [fault] = [*faults, *bad.values()]
    assert fault.path.startswith("evil.zip")
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(str(fault))
    assert "download the file again" in fault.remedy
    assert [file.force for file in files if file.relative not in bad] == ["kent"]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["binary", "page", "empty member"])
def test_a_member_that_is_no_file_of_the_publisher_is_refused_as_any_file_is(tmp_path, kind):
    put(tmp_path, "a.zip", HOSTILE[kind][0])
    files, faults = find_files(tmp_path)
    _, bad = read_texts(files)
    assert (faults, list(bad)) == ([], [f"a.zip/{ARCHIVED}"])


def test_members_that_share_their_bytes_are_refused(tmp_path):
    """A bomb of many names for one content: together they claim more packed bytes than there are."""
    data = bytearray(
        made_of(*(entry(MEMBER.replace("-04-", f"-{month:02}-"), os.urandom(9000)) for month in (4, 5, 6)))
    )
    for at in [at for at in range(len(data)) if data.startswith(b"PK\x01\x02", at)]:
        data[at + 20 : at + 24] = (20_000).to_bytes(4, "little")
        data[at + 42 : at + 46] = (0).to_bytes(4, "little")
    put(tmp_path, "a.zip", bytes(data))
    _, [fault] = find_files(tmp_path)
    assert "packed bytes" in str(fault) or "not a whole ZIP" in str(fault)


def test_an_archive_that_is_none_of_a_file(tmp_path):
    (tmp_path / "gone.zip").symlink_to(tmp_path / "nowhere.zip")
    os.mkfifo(tmp_path / "pipe.zip")
    files, faults = find_files(tmp_path)
    assert files == []
    assert [str(fault) for fault in faults] == [
        "gone.zip: cannot be read (No such file or directory); check the file and its permissions",
        "pipe.zip: this is not a file; put the publisher's file in its place",
    ]


def test_an_archive_that_changes_between_finding_and_reading(tmp_path):
    path = put(tmp_path, "a.zip", zipped({MEMBER: GOOD}))
    files, _ = find_files(tmp_path)
    put(tmp_path, "a.zip", zipped({MEMBER: GOOD.replace(b"Male", b"male")}))
    assert read_texts(files)[1][f"a.zip/{MEMBER}"].problem == "the archive changed while it was being read"
    path.unlink()
    assert read_texts(files)[1][f"a.zip/{MEMBER}"].problem == "cannot be read (No such file or directory)"


def test_a_directory_that_claims_gigabytes_is_not_read(tmp_path):
    path = tmp_path / "huge.zip"
    path.write_bytes(b"PK")
    os.truncate(path, 3 << 30)  # a sparse file
    with path.open("ab") as stream:
        stream.write(b"PK\5\6" + bytes(4) + b"\1\0\1\0" + (1 << 31).to_bytes(4, "little") + bytes(6))
    _, [fault] = find_files(tmp_path)
    assert "not a whole ZIP archive" in fault.problem
    assert "bytes claimed where at most" in fault.problem


def test_each_archive_is_opened_once_for_many_files(tmp_path, monkeypatch):
    months = {MEMBER.replace("-04-", f"-{month:02}-"): GOOD for month in range(1, 13)}
    put(tmp_path, "a.zip", zipped(months))
    files, _ = find_files(tmp_path)
    opened, real = [], members._entries
    monkeypatch.setattr(members, "_entries", lambda *of: opened.append(of) or real(*of))
    texts, faults = read_texts(files)
    assert (len(texts), faults, len(opened)) == (12, {}, 1)
