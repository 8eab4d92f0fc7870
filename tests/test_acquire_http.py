"""Requests: retry, rate, limits of size and time, redirects, and what a server can lie about."""

import time
from email.utils import formatdate

import pytest
import requests
from test_acquire_server import HASTE, client, cut_after, drip_body, drip_head, hasty, lie, naps, page, site, status

from sas_analysis.errors import DataError
from sas_analysis.records.acquire import FetchError, RateLimiter, ranges

__all__ = ["client", "naps", "site"]

CONTENT = bytes(range(256)) * 1000


def test_fetch_errors_are_data_errors():
    assert issubclass(FetchError, DataError)
    assert FetchError("x").exit_code == 2


def test_429_is_tried_again_after_the_time_the_server_asks_for(site, client, naps):
    site.services["/a"] = lambda _: {"x": 1}
    site.scripts["/a"] = [status(429, Retry_After="7"), status(502), status(503), None]
    assert client.json(f"{site.url}/a") == {"x": 1}
    assert naps[0] == 7
    assert len(naps) == 3
    assert all(0 <= nap <= HASTE.first_wait * 4 for nap in naps[1:])


def test_retry_after_may_be_a_date(site, client, naps):
    site.services["/a"] = lambda _: 1
    site.scripts["/a"] = [status(503, Retry_After=formatdate(time.time() + 30, usegmt=True))]
    client.json(f"{site.url}/a")
    assert 27 <= naps[0] <= 31


@pytest.mark.parametrize("odd", ["soon", "-5", "\u00b2", "99999999999999999999 Jan"])
def test_odd_retry_after_is_passed_over(site, client, naps, odd):
    site.services["/a"] = lambda _: 1
    site.scripts["/a"] = [lambda handler: handler.send(429, b"", {"Retry-After": odd.encode().decode("latin-1")})]
    client.json(f"{site.url}/a")
    assert 0 <= naps[0] <= HASTE.first_wait


def test_a_very_long_retry_after_is_said_and_not_waited_for(site, client, naps):
    site.scripts["/a"] = [status(429, Retry_After="86400")]
    with pytest.raises(FetchError, match=r"429 .*asks to wait 86,400 s"):
        client.json(f"{site.url}/a")
    assert not naps


@pytest.mark.parametrize("code", [502, 503, 504])
def test_a_server_that_stays_down_is_given_up(site, client, code):
    site.scripts["/a"] = [status(code)] * 9
    with pytest.raises(FetchError, match=rf"{code} .*tried 4 times.*run the same command again") as caught:
        client.json(f"{site.url}/a")
    assert caught.value.status == code
    assert len(site.asked) == 4


def test_a_missing_page_is_not_tried_again(site, client):
    with pytest.raises(FetchError, match="404"):
        client.json(f"{site.url}/nowhere")
    assert len(site.asked) == 1


def test_no_server_at_all(client):
    with pytest.raises(FetchError, match="no connection"):
        client.json("http://127.0.0.1:9/a")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_said_so(site, client, body):
    site.services["/a"] = lambda _: body
    with pytest.raises(FetchError, match="did not answer in JSON"):
        client.json(f"{site.url}/a")


def test_compressed_answers_are_refused(site, client):
    site.scripts["/a"] = [lambda handler: handler.send(200, b"\x1f\x8b", {"Content-Encoding": "gzip"})]
    with pytest.raises(FetchError, match="compressed"):
        client.json(f"{site.url}/a")


def test_redirects_in_a_circle(site, client):
    site.redirects |= {"/a": "/b", "/b": "/a"}
    with pytest.raises(FetchError, match="circle"):
        client.json(f"{site.url}/a")
    assert len(site.asked) <= 7


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://x", "http://[", "http://\u2024/"])
def test_redirects_to_other_schemes_are_refused(site, client, to):
    site.scripts["/a"] = [lambda handler: handler.send(302, b"", {"Location": to.encode().decode("latin-1")})] * 9
    with pytest.raises(FetchError, match=r"127.0.0.1"):
        client.json(f"{site.url}/a")


def test_redirects_from_https_to_http_are_refused(client):
    before, after = requests.Response(), requests.Response()
    before.url, after.url, after.history = "https://a.test/x", "http://b.test/x", [before]
    with pytest.raises(FetchError, match="from https to http://b"):
        client._check_way(before.url, after)
    after.url = "https://b.test/x"
    client._check_way(before.url, after)


@pytest.mark.parametrize("step", [drip_head, drip_body])
def test_a_dripping_server_is_left_in_time(site, client, step):
    site.files["/a"] = CONTENT
    site.scripts["/a"] = [step] * 9
    start = time.monotonic()
    with pytest.raises(FetchError, match=r"no answer within|too slow"):
        ranges.ask_tail(client, f"{site.url}/a")
    assert time.monotonic() - start < 2.5


def test_a_silent_server_is_left_in_time(site):
    patience = type(HASTE)(silence=0.2, answer=5, tries=2, first_wait=0)
    site.scripts["/a"] = [lambda handler: time.sleep(1)] * 2
    with pytest.raises(FetchError, match="no connection, or it broke"):
        hasty(patience=patience).json(f"{site.url}/a")


def test_an_answer_without_end_is_cut_off(site, client, monkeypatch):
    monkeypatch.setattr("sas_analysis.records.acquire.http.LARGEST_ANSWER", 1000)
    site.services["/a"] = lambda _: b"[" + b" " * 2000 + b"]"
    with pytest.raises(FetchError, match="more than the 1,000 bytes"):
        client.json(f"{site.url}/a")


def test_ranges_are_what_they_say(site, client):
    site.files["/a"] = CONTENT
    stamp, tail = ranges.ask_tail(client, f"{site.url}/a")
    assert (stamp.length, tail) == (len(CONTENT), CONTENT[-ranges.TAIL :])
    assert ranges.ask_range(client, stamp, 1000, 1010) == CONTENT[1000:1010]
    assert (site.asked[-1].range, site.asked[-1].if_range) == ("bytes=1000-1009", stamp.etag)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (lie(Content_Range="bytes 0-9/256000"), "another range"),
        (lie(Content_Range="bytes 1000-1009/99"), "another range"),
        (lie(Content_Range="lots"), "makes no sense"),
        (lie(Content_Length="5"), "sent 5 bytes and not the 10"),
        (lie(ETag='"other"'), "changed while"),
        (status(412), "changed while"),
        (status(416), "changed while"),
        (page, "changed while"),
        (status(403), "403"),
    ],
)
def test_a_lie_about_a_range_is_found(site, client, step, told):
    site.files["/a"] = CONTENT
    stamp, _ = ranges.ask_tail(client, f"{site.url}/a")
    site.scripts["/a"] = [step]
    with pytest.raises(FetchError, match=told):
        ranges.ask_range(client, stamp, 1000, 1010)


def test_a_content_length_that_is_never_reached_is_tried_again(site, client):
    site.files["/a"] = CONTENT
    stamp, _ = ranges.ask_tail(client, f"{site.url}/a")
    site.scripts["/a"] = [cut_after(3), cut_after(0)]
    assert ranges.ask_range(client, stamp, 1000, 1010) == CONTENT[1000:1010]
    assert len(site.asked) == 4


def test_a_body_longer_than_the_range_is_refused(site, client):
    site.files["/a"] = CONTENT
    stamp, _ = ranges.ask_tail(client, f"{site.url}/a")

    def more(handler):
        names = {"Content-Range": f"bytes 0-9/{len(CONTENT)}", "ETag": stamp.etag}
        handler.send(206, b"x" * 5000, names)

    site.scripts["/a"] = [more]
    with pytest.raises(FetchError, match="more than the 10 bytes"):
        ranges.ask_range(client, stamp, 0, 10)


def test_a_file_that_changes_between_two_ranges_is_noticed(site, client):
    site.files["/a"] = CONTENT
    stamp, _ = ranges.ask_tail(client, f"{site.url}/a")
    site.files["/a"] = CONTENT[::-1]
    with pytest.raises(FetchError, match="changed while it was being read"):
        ranges.ask_range(client, stamp, 0, 10)


def test_a_download_resumes_within_a_run(site, client, tmp_path):
    site.files["/a"] = CONTENT
    stamp, _ = ranges.ask_tail(client, f"{site.url}/a")
    site.scripts["/a"] = [cut_after(300), cut_after(200)]
    assert ranges.download(client, stamp, 1000, 2000, tmp_path) == CONTENT[1000:2000]
    assert [asked.range for asked in site.asked[1:]] == ["bytes=1000-1999", "bytes=1300-1999", "bytes=1500-1999"]
    assert site.asked[-1].if_range == stamp.etag
    ranges.forget(tmp_path, stamp, 1000, 2000)
    assert not list(tmp_path.iterdir())


def test_a_download_resumes_in_a_later_run_unless_the_file_changed(site, tmp_path):
    site.files["/a"] = CONTENT
    impatient = hasty(patience=type(HASTE)(tries=1, silence=1))
    stamp, _ = ranges.ask_tail(impatient, f"{site.url}/a")
    site.scripts["/a"] = [cut_after(300)]
    with pytest.raises(FetchError, match="broke after 300 bytes"):
        ranges.download(impatient, stamp, 1000, 2000, tmp_path)
    assert [part.stat().st_size for part in tmp_path.glob("*.part")] == [300]
    assert ranges.download(hasty(), stamp, 1000, 2000, tmp_path) == CONTENT[1000:2000]
    assert site.asked[-1].range == "bytes=1300-1999"


def test_a_file_of_no_stamp_is_never_resumed(site, tmp_path):
    site.files["/a"], site.etags = CONTENT, False
    impatient = hasty(patience=type(HASTE)(tries=1, silence=1))
    stamp, _ = ranges.ask_tail(impatient, f"{site.url}/a")
    site.scripts["/a"] = [cut_after(300)]
    with pytest.raises(FetchError):
        ranges.download(impatient, stamp, 1000, 2000, tmp_path)
    assert ranges.download(impatient, stamp, 1000, 2000, tmp_path) == CONTENT[1000:2000]
    assert site.asked[-1].range == "bytes=1000-1999"


def test_whole_downloads_resume_and_start_again_when_the_file_changed(site, tmp_path):
    site.files["/a"] = CONTENT
    impatient = hasty(patience=type(HASTE)(tries=1, silence=1))
    site.scripts["/a"] = [cut_after(5000)]
    with pytest.raises(FetchError):
        ranges.download_whole(impatient, f"{site.url}/a", tmp_path)
    stamp, path = ranges.download_whole(impatient, f"{site.url}/a", tmp_path)
    assert (path.read_bytes(), stamp.length) == (CONTENT, len(CONTENT))
    assert site.asked[-1].range == "bytes=5000-"
    site.files["/a"] = CONTENT[::-1] + b"more"
    assert ranges.download_whole(impatient, f"{site.url}/a", tmp_path)[1].read_bytes() == CONTENT[::-1] + b"more"


def test_rate_limiter_allows_a_burst_and_then_the_rate():
    clock, times = [0.0], []

    def sleep(seconds):
        clock[0] += seconds

    limiter = RateLimiter(rate=15, burst=30, clock=lambda: clock[0], sleep=sleep)
    for _ in range(75):
        limiter.wait()
        times.append(clock[0])
    assert times[29] == 0
    assert times[30] > 0
    assert times[-1] == pytest.approx(45 / 15)
    assert all(sum(then < at <= then + 1 for at in times) <= 31 for then in times)
    clock[0] += 1000  # however long the pause, the burst is no larger
    times.clear()
    for _ in range(31):
        limiter.wait()
        times.append(clock[0])
    assert times[29] == times[0] < times[30]


def test_each_attempt_that_fails_is_told_with_the_wait_before_the_next(site, client, naps):
    site.services["/a"] = lambda params: {"a": 1}
    site.scripts["/a"] = [status(503), status(429, Retry_After="7")]
    told = []
    client.warn = told.append
    assert client.json(f"{site.url}/a") == {"a": 1}
    assert told[0].startswith(f"{site.url}/a: the server answered 503 Service Unavailable; attempt 2 of 4 in ")
    assert told[1] == f"{site.url}/a: the server answered 429 Too Many Requests; attempt 3 of 4 in 7 s"
    assert len(naps) == 2


def test_a_server_that_is_down_has_an_exit_code_of_its_own(client):
    with pytest.raises(FetchError, match="tried 4 times") as caught:
        client.json("http://127.0.0.1:9/a")
    assert caught.value.exit_code == 69
