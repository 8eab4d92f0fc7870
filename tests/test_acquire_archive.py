"""Archives: members by range requests, which archive for which month, versions, resume, and hostile input."""

import io
import json
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_acquire_server import client, cut_after, hasty, naps, page, site, status

from sas_analysis.errors import ParameterError
from sas_analysis.months import in_ranges, later
from sas_analysis.records import members
from sas_analysis.records.acquire import FetchError, archive, fetch
from sas_analysis.records.acquire.ranges import RangeFile
from sas_analysis.records.load import HEADER
from sas_analysis.records.refresh import update
from sas_analysis.records.synthetic.extract import write_sample

__all__ = ["client", "naps", "site"]

ROW = b"Person search,2019-01-01T10:00:00+00:00,,,,,Male,18-24,,,,,,,\n"
CSV = HEADER + b"\n" + ROW
NAME = "2019-01/2019-01-essex-stop-and-search.csv"


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    raw = tmp_path_factory.mktemp("extract") / "raw"
    write_sample(raw, scale=0.05)
    return {path.relative_to(raw).as_posix(): path.read_bytes() for path in raw.rglob("*.csv")}


def zipped(files, noise=True, method=zipfile.ZIP_DEFLATED):
    """An archive as the publisher's: between the files wanted are much larger ones that are not."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in sorted(files.items()):
            made.writestr(name, content)
            if noise:
                info = zipfile.ZipInfo(name.replace("stop-and-search", "street"))
                made.writestr(info, os.urandom(20_000), zipfile.ZIP_STORED)
    return out.getvalue()


def of_months(files, first, last):
    return {name: content for name, content in files.items() if first <= name[:7] <= last}


def found(raw):
    return {path.relative_to(raw).as_posix(): path.read_bytes() for path in Path(raw).glob("20*/*.csv")}


def tree(folder):
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file() and path.name != "lock"}


def essex(raw, site, client, **options):
    options = {"forces": ["essex"], "start": "2019-01", "end": "2019-01", "archives": ["2019-01"]} | options
    return fetch(raw, base=site.url, client=client, **options)


# --- what is fetched -------------------------------------------------------------------------------------------------


def test_an_extract_from_the_archive_is_the_original_and_is_cleaned(site, client, tmp_path, extract):
    site.files["/2019-12.zip"] = zipped(extract)
    site.redirects["/latest.zip"] = "/2019-12.zip"
    done = fetch(tmp_path / "raw", forces=None, start="2017-07", end="2019-12", base=site.url, client=client)
    assert found(tmp_path / "raw") == extract
    assert len(done.new) == len(extract)
    assert not done.replaced + done.same
    processed = update(tmp_path / "raw", tmp_path / "processed")
    assert not processed.refused
    assert processed.cleaned == len(extract)
    assert processed.rows_out == sum(content.count(b"\n") - 1 for content in extract.values())


@pytest.mark.parametrize(("last", "first"), [(1, "2019-12"), (13, "2018-12"), (18, "2018-07")])
def test_the_last_months_are_counted_from_the_newest_that_is_published(site, client, tmp_path, extract, last, first):
    site.files["/2019-12.zip"] = zipped(extract)
    site.redirects["/latest.zip"] = "/2019-12.zip"
    done = fetch(tmp_path / "raw", forces=None, last=last, base=site.url, client=client)
    assert found(tmp_path / "raw") == of_months(extract, first, "2019-12")
    assert not any("are published there" in note for note in done.notes)
    again = fetch(tmp_path / "raw", forces=None, last=last, base=site.url, client=client)
    assert not again.new + again.replaced


def test_the_last_months_that_nobody_has_published_are_left_out_and_told(site, client, tmp_path, extract):
    files = {name: content for name, content in extract.items() if not name.startswith("2019-10")}
    site.files["/2019-12.zip"] = zipped(of_months(files, "2019-06", "2019-12"))
    site.redirects["/latest.zip"] = "/2019-12.zip"
    done = fetch(tmp_path / "raw", forces=None, last=13, base=site.url, client=client)
    assert found(tmp_path / "raw") == of_months(files, "2019-06", "2019-12")
    assert any(
        note.startswith("of the last 13 months 6 are published there: 2019-06 to 2019-09,") for note in done.notes
    )


@pytest.mark.parametrize("months", [{"last": 0}, {"last": 3, "start": "2019-01"}, {"start": "", "end": ""}])
def test_months_are_from_and_to_or_a_number(client, tmp_path, months):
    with pytest.raises(ParameterError, match="month"):
        fetch(tmp_path, forces=None, client=client, **months)


def test_only_the_members_wanted_are_asked_for(site, client, tmp_path, extract):
    site.files["/2019-12.zip"] = zipped(extract)
    site.redirects["/latest.zip"] = "/2019-12.zip"
    force = sorted(name[16:-20] for name in extract if name.startswith("2019-12"))[0]
    before = len(site.files["/2019-12.zip"])
    done = fetch(tmp_path, forces=[force], start="2019-10", end="2019-12", base=site.url, client=client)
    assert {name[16:-20] for name in found(tmp_path)} == {force}
    assert len(done.new) == 3
    assert done.received < before / 4
    assert done.requests == len(site.asked) - 1  # the redirect is followed within a request
    assert all(asked.range for asked in site.asked)
    assert not any(path.suffix in (".part", ".tmp") for path in tmp_path.rglob("*"))


def test_near_members_are_asked_for_together_and_far_ones_are_not(site, client, tmp_path, monkeypatch):
    files = {later("2018-01", n) + "/" + later("2018-01", n) + "-essex-stop-and-search.csv": CSV for n in range(20)}
    site.files["/2019-12.zip"] = zipped(files)
    monkeypatch.setattr(archive, "NEAR", 10_000)
    asked = {"forces": ["essex"], "archives": ["2019-12"]}
    essex(tmp_path / "a", site, client, start="2018-01", end="2019-08", **asked)
    apart = len(site.asked)
    monkeypatch.setattr(archive, "NEAR", 50_000)
    essex(tmp_path / "b", site, client, start="2018-01", end="2019-08", **asked)
    assert (apart, len(site.asked) - apart) == (pytest.approx(21, abs=2), pytest.approx(3, abs=1))
    assert found(tmp_path / "a") == found(tmp_path / "b") == files


def test_an_archive_of_zip64_is_read(site, client, tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    site.files["/2019-01.zip"] = zipped({NAME: CSV})
    assert b"PK\x06\x06" in site.files["/2019-01.zip"]
    assert essex(tmp_path, site, client).new == [("essex", "2019-01")]


def test_each_month_is_of_the_newest_archive_that_holds_it(site, client, tmp_path):
    def month(n, mark):
        return {f"{n}/{n}-essex-stop-and-search.csv": CSV + ROW.replace(b"Male", mark)}

    old = month("2016-01", b"Old") | month("2016-02", b"Old")
    middle = month("2016-02", b"Middle") | month("2018-12", b"Middle")
    new = month("2018-12", b"New") | month("2019-03", b"New")
    site.files |= {"/2018-12.zip": zipped(old), "/2019-01.zip": zipped(middle), "/2019-03.zip": zipped(new)}
    site.redirects["/latest.zip"] = "/2019-03.zip"
    asked = {"forces": ["essex"], "base": site.url, "client": client}
    fetch(tmp_path, start="2016-01", end="2016-02", **asked)
    fetch(tmp_path, start="2018-12", end="2018-12", **asked)
    marks = {name[:7]: content.split(b"\n")[2].split(b",")[6] for name, content in found(tmp_path).items()}
    assert marks == {"2016-01": b"Old", "2016-02": b"Middle", "2018-12": b"New"}
    told = json.loads((tmp_path / "fetched.json").read_text())["files"]["2018-12/2018-12-essex-stop-and-search.csv"]
    assert told["archive"] == "2019-03"
    assert told["rule"] == archive.NEWEST
    assert told["url"] == f"{site.url}/2019-03.zip"
    assert told["etag"].startswith('"')
    assert told["bytes"] == len(CSV + ROW) - 1


def test_a_second_fetch_asks_only_for_what_is_missing_or_changed(site, client, tmp_path):
    files = {f"2019-0{n}/2019-0{n}-essex-stop-and-search.csv": CSV + ROW * n for n in range(1, 6)}
    site.files["/2019-05.zip"] = zipped(files)
    asked = {"start": "2019-01", "end": "2019-05", "archives": ["2019-05"]}
    essex(tmp_path, site, client, **asked)
    first, manifest = len(site.asked), (tmp_path / "fetched.json").read_text()
    done = essex(tmp_path, site, client, **asked)
    assert [asked.range for asked in site.asked[first:]] == ["bytes=-65536"]
    assert (len(done.same), done.new) == (5, [])
    assert json.loads(manifest)["files"].keys() == json.loads((tmp_path / "fetched.json").read_text())["files"].keys()
    files["2019-03/2019-03-essex-stop-and-search.csv"] += ROW
    (tmp_path / "2019-04/2019-04-essex-stop-and-search.csv").unlink()
    site.files["/2019-05.zip"] = zipped(files)
    done = essex(tmp_path, site, client, **asked)
    assert (done.replaced, done.new, len(done.same)) == ([("essex", "2019-03")], [("essex", "2019-04")], 3)
    assert found(tmp_path) == files


def test_files_without_a_manifest_are_recognised(site, client, tmp_path):
    site.files["/2019-01.zip"] = zipped({NAME: CSV})
    essex(tmp_path, site, client)
    (tmp_path / "fetched.json").unlink()
    assert essex(tmp_path, site, client).same == [("essex", "2019-01")]
    assert NAME in json.loads((tmp_path / "fetched.json").read_text())["files"]


# --- versions --------------------------------------------------------------------------------------------------------


def test_competing_versions_are_both_kept_with_the_rule_that_chose(site, client, tmp_path):
    older, newer = CSV, CSV + ROW
    site.files |= {"/2019-01.zip": zipped({NAME: older}), "/2019-06.zip": zipped({NAME: newer})}
    site.redirects["/latest.zip"] = "/2019-06.zip"
    essex(tmp_path, site, client)
    assert found(tmp_path) == {NAME: older}
    assert not (tmp_path / "versions.json").exists()
    assert essex(tmp_path, site, client, archives=[]).replaced == [("essex", "2019-01")]
    assert found(tmp_path) == {NAME: newer}
    first, second = json.loads((tmp_path / "versions.json").read_text())["force_months"]["essex 2019-01"]
    assert (tmp_path / first["path"]).read_bytes() == older
    assert first["path"] == f".versions/{first['sha256'][:12]}/{NAME}"
    assert (first["archive"], first["in_use"], first["rule"]) == ("2019-01", False, archive.NAMED)
    assert (second["archive"], second["in_use"], second["rule"]) == ("2019-06", True, archive.NEWEST)
    assert second["etag"]
    assert second["fetched_at"]
    assert second["path"] == NAME
    essex(tmp_path, site, client)  # and back, as --archive says
    told = json.loads((tmp_path / "versions.json").read_text())["force_months"]["essex 2019-01"]
    assert [(entry["archive"], entry["in_use"]) for entry in told] == [("2019-01", True), ("2019-06", False)]
    assert found(tmp_path) == {NAME: older}
    assert {(tmp_path / entry["path"]).read_bytes() for entry in told} == {older, newer}


def test_of_several_archives_named_the_newest_is_taken(site, client, tmp_path):
    site.files |= {"/2019-01.zip": zipped({NAME: CSV}), "/2019-06.zip": zipped({NAME: CSV + ROW})}
    essex(tmp_path, site, client, archives=["2019-01", "2019-06", "2019-01"])
    assert found(tmp_path) == {NAME: CSV + ROW}


def test_a_file_put_there_by_hand_is_kept_as_a_version_in_its_own_place(site, client, tmp_path):
    by_hand = tmp_path / "mine/2019/2019-01-essex-stop-and-search.csv"
    by_hand.parent.mkdir(parents=True)
    by_hand.write_bytes(CSV + ROW)
    site.files["/2019-01.zip"] = zipped({NAME: CSV})
    assert essex(tmp_path, site, client).replaced == [("essex", "2019-01")]
    assert by_hand.read_bytes() == CSV
    assert not found(tmp_path)
    old, _ = json.loads((tmp_path / "versions.json").read_text())["force_months"]["essex 2019-01"]
    assert old["source"] == "unknown"
    assert (tmp_path / old["path"]).read_bytes() == CSV + ROW


def test_other_line_ends_are_not_another_version(site, client, tmp_path):
    (tmp_path / "2019-01").mkdir()
    (tmp_path / NAME).write_bytes(CSV.replace(b"\n", b"\r\n"))
    site.files["/2019-01.zip"] = zipped({NAME: CSV})
    assert essex(tmp_path, site, client).same == [("essex", "2019-01")]
    assert (tmp_path / NAME).read_bytes() == CSV.replace(b"\n", b"\r\n")
    for _ in range(2):
        before = len(site.asked)
        assert essex(tmp_path, site, client).same == [("essex", "2019-01")]
        assert len(site.asked) == before + 1  # known by now without asking for it


def test_two_files_of_a_force_month_are_for_the_user_to_sort_out(site, client, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / NAME[8:]).write_bytes(CSV)
    site.files["/2019-01.zip"] = zipped({NAME: CSV})
    with pytest.raises(FetchError, match="two files of 1 force-months"):
        essex(tmp_path, site, client)


# --- interruption ----------------------------------------------------------------------------------------------------


def test_a_broken_fetch_resumes_and_never_leaves_half_a_file(site, tmp_path):
    content = CSV + b"".join(ROW.replace(b"10:00", b"%02d:%02d" % (n // 60 % 24, n % 60)) for n in range(20_000))
    site.files["/2019-01.zip"] = zipped({NAME: content}, method=zipfile.ZIP_STORED)
    site.scripts["/2019-01.zip"] = [None, cut_after(900_000)]
    once = type(hasty().patience)(tries=1, silence=1)
    with pytest.raises(FetchError, match=r"broke after 900,000 bytes.*what has been fetched is kept"):
        essex(tmp_path, site, hasty(patience=once))
    assert not found(tmp_path)
    assert essex(tmp_path, site, hasty()).new == [("essex", "2019-01")]
    assert site.asked[-1].range.startswith("bytes=900000-")
    assert site.asked[-1].if_range
    assert found(tmp_path) == {NAME: content}


def test_after_an_interrupt_what_is_there_is_whole_and_the_rest_follows(site, client, tmp_path, extract):
    files = of_months(extract, "2019-01", "2019-03")
    site.files["/2019-12.zip"] = zipped(files)
    said = []

    def interrupt(message, brief=True):
        said.append(message)
        if sum("from archive" in each for each in said) == 4:
            raise KeyboardInterrupt

    asked = {"forces": None, "start": "2019-01", "end": "2019-03", "archives": ["2019-12"]}
    with pytest.raises(KeyboardInterrupt):
        essex(tmp_path, site, client, progress=interrupt, **asked)
    part = found(tmp_path)
    assert len(part) == 3
    assert part.items() <= files.items()
    assert json.loads((tmp_path / "fetched.json").read_text())["files"].keys() == part.keys()
    essex(tmp_path, site, client, **asked)
    assert found(tmp_path) == files


def test_a_full_disk_is_said_and_nothing_is_lost(site, client, tmp_path, monkeypatch):
    site.files["/2019-01.zip"] = zipped({NAME: CSV + ROW})
    (tmp_path / "2019-01").mkdir()
    (tmp_path / NAME).write_bytes(CSV)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(FetchError, match=r"No space left.*unchanged.*resumes"):
        essex(tmp_path, site, client)
    assert found(tmp_path) == {NAME: CSV}


def test_only_one_fetch_at_a_time(site, client, tmp_path):
    (tmp_path / ".fetch").mkdir()
    with FileLock(tmp_path / ".fetch/lock"), pytest.raises(FetchError, match="another fetch"):
        essex(tmp_path, site, client)


def test_a_raw_folder_that_is_none(site, client, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match="cannot write to"):
        essex(tmp_path / "file", site, client)


def test_a_synthetic_extract_is_left_alone(site, client, sample):
    before = tree(sample)
    with pytest.raises(FetchError, match="synthetic"):
        essex(sample, site, client)
    assert tree(sample) == before
    assert not (sample / ".fetch").exists()


def test_a_damaged_manifest_is_said(site, client, tmp_path):
    (tmp_path / "fetched.json").write_text("{")
    with pytest.raises(FetchError, match=r"fetched.json is damaged"):
        essex(tmp_path, site, client)
    assert (tmp_path / "fetched.json").read_text() == "{"


# --- what the publisher does not have --------------------------------------------------------------------------------


def test_gaps_are_told_and_what_is_there_is_fetched(site, client, tmp_path):
    kent = "2019-02/2019-02-kent-stop-and-search.csv"
    site.files["/2019-02.zip"] = zipped({NAME: CSV, kent: CSV, kent.replace("02", "01"): CSV})
    done = essex(tmp_path, site, client, forces=["essex", "kent"], end="2019-02", archives=["2019-02"])
    assert done.absent == [("essex", "2019-02")]
    assert len(done.new) == 3
    assert "2019-02 is the newest month" in done.notes[0]


def test_a_force_and_a_month_without_anything_are_errors_that_say_what_there_is(site, client, tmp_path):
    kent = "2019-02/2019-02-kent-stop-and-search.csv"
    site.files["/2019-03.zip"] = zipped({NAME: CSV, kent: CSV})
    with pytest.raises(FetchError) as caught:
        essex(tmp_path, site, client, forces=["essex", "atlantis"], start="2018-12", archives=["2019-03"])
    assert "no force has published 2018-12; published: 2019-01 to 2019-02" in str(caught.value)
    assert "atlantis has published none of the months asked for; seen of it: none" in str(caught.value)
    with pytest.raises(FetchError, match=r"kent has published none .*; seen of it: 2019-02"):
        essex(tmp_path, site, client, forces=["kent"], archives=["2019-03"])
    assert not found(tmp_path)


def test_an_archive_that_does_not_exist(site, client, tmp_path):
    with pytest.raises(FetchError, match="no archive 2019-01"):
        essex(tmp_path, site, client)
    site.scripts["/latest.zip"] = [status(403)]
    with pytest.raises(FetchError, match="no archive latest"):
        essex(tmp_path, site, client, archives=[])


@pytest.mark.parametrize(
    "odd",
    [{"start": "2019-13"}, {"end": "2018-12"}, {"source": "ftp"}, {"archives": ["../x"]}, {"start": "2019-1"}]
    + [{"source": "api"}, {"source": "api", "archives": [], "whole": True}],
)
def test_arguments_that_make_no_sense_are_refused_before_any_request(site, client, tmp_path, odd):
    with pytest.raises(ParameterError):
        essex(tmp_path, site, client, **odd)
    assert not site.asked


def test_months_in_words():
    assert in_ranges(["2019-12", "2020-01", "2019-11", "2020-03"]) == "2019-11 to 2020-01, 2020-03"
    assert in_ranges([]) == "none"


# --- servers and archives that are not what they should be -----------------------------------------------------------


def test_a_server_without_ranges_is_said_and_whole_downloads_all(site, client, tmp_path):
    site.files["/2019-01.zip"] = zipped({NAME: CSV})
    site.ranges = False
    with pytest.raises(FetchError, match=r"does not answer byte ranges.*--whole"):
        essex(tmp_path, site, client)
    assert essex(tmp_path, site, client, whole=True).new == [("essex", "2019-01")]
    assert found(tmp_path) == {NAME: CSV}
    assert {path.name for path in (tmp_path / ".fetch").iterdir()} <= {"lock"}


@pytest.mark.parametrize("whole", [False, True])
def test_a_web_page_with_status_200(site, client, tmp_path, whole):
    site.scripts["/2019-01.zip"] = [page]
    with pytest.raises(FetchError, match="a web page, not with an archive"):
        essex(tmp_path, site, client, whole=whole)


def test_a_folder_that_is_a_link_leads_nowhere(site, client, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/2019-01").symlink_to(tmp_path / "outside")
    site.files["/2019-01.zip"] = zipped({NAME: CSV})
    with pytest.raises(FetchError, match="link that leads outside"):
        essex(tmp_path / "raw", site, client)
    assert not list((tmp_path / "outside").iterdir())


def entry(name, content=CSV, mode=0, method=zipfile.ZIP_DEFLATED):
    info = zipfile.ZipInfo(name)
    info.external_attr, info.compress_type = mode << 16, method
    return info, content


def made_of(*entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for info, content in entries:
            made.writestr(info, content)
    return out.getvalue()


def central(data, offset, form, *values):
    """An archive with some bytes of its first entry in the directory written over."""
    data = bytearray(data)
    struct.pack_into(form, data, data.rindex(b"PK\x01\x02") + offset, *values)
    return bytes(data)


GOOD = made_of(entry(NAME))
LARGE = made_of(entry(NAME, CSV + ROW * 400_000, method=zipfile.ZIP_DEFLATED))
HOSTILE = {
    "climbs": (made_of(entry(NAME), entry("../../evil.csv")), "lead outside: 1 .'../../evil.csv'"),
    "climbs to a record": (made_of(entry(f"../{NAME}")), "lead outside"),
    "absolute": (made_of(entry(NAME), entry("/etc/passwd")), "lead outside"),
    "drive": (made_of(entry(NAME), entry("C:evil.csv")), "lead outside"),
    "backslash": (made_of(entry(NAME), entry("..\\evil.csv")), "lead outside"),
    "control character": (made_of(entry(NAME), entry("evil\x1b[2J.csv")), "lead outside"),
    "link": (made_of(entry(NAME, b"/etc/passwd", stat.S_IFLNK | 0o777)), "links: 1"),
    "encrypted": (central(GOOD, 8, "<H", 1), "encrypted members: 1"),
    "twice": (made_of(entry(NAME), entry(NAME.upper()), entry("a"), entry("A")), "occur twice: 4"),
    "two of one month": (made_of(entry(NAME), entry(f"2019-02/{NAME[8:]}")), "wrong folder: 1"),
    "bomb": (made_of(entry(NAME, CSV + b"0" * 3_000_000)), "more than 200 times"),
    "large": (LARGE, "claims 24,.* bytes; a force-month has at most 20,971,520"),
    "10 GB": (central(GOOD, 24, "<I", 0xFFFFFFF0), "claims 4,294,967,280 bytes"),
    "packed 4 GB": (central(GOOD, 20, "<I", 0xFFFFFFF0), "reach beyond the end"),
    "smaller than it says": (central(GOOD, 24, "<I", len(CSV) + 7), "damaged"),
    "larger than it says": (central(GOOD, 24, "<I", len(CSV) - 7), "damaged"),
    "wrong CRC": (central(GOOD, 16, "<I", 12345), "damaged .*CRC"),
    "other method": (central(GOOD, 10, "<H", 12), "method that the publisher does not use"),
    "elsewhere": (central(GOOD, 42, "<I", 3), "damaged|not a whole ZIP"),
    "far away": (central(GOOD, 42, "<I", 0xFFFFFF00), "reach beyond the end|not a whole ZIP"),
    "half": (GOOD[: len(GOOD) // 2], "not a whole ZIP archive"),
    "directory cut": (GOOD[: GOOD.index(b"PK\x01\x02") + 20] + GOOD[GOOD.index(b"PK\x05\x06") :], "not a whole ZIP"),
    "directory of 10 GB": (GOOD[:-10] + struct.pack("<IIH", 0xFFFFFFF0, 0, 0), "not a whole ZIP"),
    "no ZIP": (b"hello" * 1000, "not a whole ZIP archive"),
    "empty ZIP": (made_of(), "no force has published"),
    "binary": (made_of(entry(NAME, CSV + b"\0\1\2")), "binary data"),
    "page": (made_of(entry(NAME, b"<html>no</html>")), "not a stop-and-search file"),
    "empty member": (made_of(entry(NAME, b"")), "not a stop-and-search file"),
}


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archives_are_refused_and_nothing_is_touched(site, client, tmp_path, kind, whole):
    data, told = HOSTILE[kind]
    raw = tmp_path / "raw"
    (raw / "2019-01").mkdir(parents=True)
    (raw / NAME).write_bytes(CSV + ROW)
    before = tree(tmp_path)
    site.files["/2019-01.zip"] = data
    with pytest.raises(FetchError, match=told):
        essex(raw, site, client, whole=whole)
    after = {path: content for path, content in tree(tmp_path).items() if ".fetch" not in path.parts}
    assert after.pop(raw / "fetched.json", b'"files": {}')
    assert after == before


def test_a_damaged_archive_that_was_mended_is_fetched_anew(site, client, tmp_path):
    site.files["/2019-01.zip"] = GOOD.replace(CSV[:20], b"x" * 20)
    wrong = bytearray(GOOD)
    wrong[60] ^= 0xFF
    site.files["/2019-01.zip"] = bytes(wrong)
    with pytest.raises(FetchError):
        essex(tmp_path, site, client)
    site.files["/2019-01.zip"] = GOOD
    assert essex(tmp_path, site, client).new == [("essex", "2019-01")]


def test_an_archive_of_absurdly_many_members_is_refused(site, client, tmp_path, monkeypatch):
    monkeypatch.setattr(members, "MOST_MEMBERS", 1)
    site.files["/2019-01.zip"] = zipped({NAME: CSV})
    with pytest.raises(FetchError, match="claims 2 members"):
        essex(tmp_path, site, client)


def test_a_directory_that_claims_gigabytes_is_not_read():
    tail = bytes(200) + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, 3 << 30, 1 << 30, 0)
    huge = RangeFile(5 << 30, lambda start, end: pytest.fail(f"{end - start} bytes were asked for"), tail)
    with pytest.raises(members.ArchiveError, match=r"not a whole ZIP archive .*bytes claimed where at most"):
        members.directory(huge, "it")


SEED = zipped({NAME: CSV * 3, NAME.replace("essex", "kent"): CSV}, noise=False)
EDITS = st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), min_size=1, max_size=6)


@settings(max_examples=600)
@given(EDITS, st.integers(0, 30))
@example([(SEED.rindex(b"PK\x01\x02") + 46, 0)], 0)
def test_no_damage_to_an_archive_escapes_as_another_error(edits, cut):
    data = bytearray(SEED)
    for place, value in edits:
        data[-place] = value
    _read_all(bytes(data[: len(data) - cut]))


@settings(max_examples=300)
@given(st.binary(max_size=200), st.binary(max_size=60))
def test_no_bytes_escape_as_another_error(head, directory):
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(directory), len(head), 0)
    _read_all(head + directory + tail)
    _read_all(head + directory)


def _read_all(data):
    """All members of what may be an archive; what is read is what the directory's checksums say."""
    try:
        found, held = members.directory(RangeFile(len(data), lambda start, end: data[start:end]), "it")
        members.check_sizes(held.values(), len(data), "it")
        for info in held.values():
            assert zipfile.crc32(members.read_member(found, info, "it")) == info.CRC
    except members.ArchiveError:
        pass
