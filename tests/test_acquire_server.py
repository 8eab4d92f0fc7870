"""A real HTTP server on loopback that behaves like the publisher's, or as badly as it is told to; and that it does."""

import hashlib
import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from sas_analysis.records.acquire import Client, Patience, RateLimiter

HASTE = Patience(
    connect=2, silence=1, answer=1.5, body=1, slowest=1e7, tries=4, first_wait=0.005, longest_wait=60
)  # seconds: tests do not wait as people do


@dataclass
class Asked:
    path: str
    params: dict
    range: str | None
    if_range: str | None


class Site:
    """`files`, `services` (functions of the parameters, to JSON), `redirects`; `scripts` are tried first, in order."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.files, self.services, self.redirects = {}, {}, {}
        self.scripts = defaultdict(list)
        self.asked: list[Asked] = []
        self.ranges = True
        self.etags = True

    def paths(self):
        return [asked.path for asked in self.asked]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every second write waits 40 ms

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the client has had enough

    def do_GET(self):
        site, (path, _, query) = self.server.site, self.path.partition("?")
        asked = Asked(path, dict(parse_qsl(query)), self.headers["Range"], self.headers["If-Range"])
        site.asked.append(asked)
        if site.scripts[path]:
            step = site.scripts[path].pop(0)
            if step is not None:
                return step(self)
        if path in site.redirects:
            return self.send(302, b"", {"Location": site.redirects[path]})
        if path in site.services:
            body = site.services[path](asked.params)
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            return self.send(200, body, {"Content-Type": "application/json"})
        if path in site.files:
            return self.send_file(site.files[path])
        return self.send(404, b"not here")

    def send(self, status, body, headers=(), length=None):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def send_file(self, content, cut=None, drip=None, **changes):
        """A file or the range asked for; `cut`: hang up after so many bytes; `changes` to headers."""
        names = {"ETag": etag(content)} if self.server.site.etags else {}
        names |= {"Content-Type": "application/zip"}
        start, end, status = 0, len(content), 200
        told = self.headers["Range"]
        if told and self.server.site.ranges and self.headers["If-Range"] in (None, names.get("ETag")):
            first, _, last = told.removeprefix("bytes=").partition("-")
            start = int(first) if first else max(0, len(content) - int(last))
            end = min(len(content), int(last) + 1) if first and last else len(content)
            status, names["Content-Range"] = 206, f"bytes {start}-{end - 1}/{len(content)}"
        self.send_response(status)
        changes = {name.replace("_", "-"): value for name, value in changes.items()}
        for name, value in (names | {"Content-Length": str(end - start)} | changes).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[start:end][:cut])
        if cut is not None:
            self.close_connection = True

    def drip(self, head, seconds):
        """Bytes one by one for so long, after `head`."""
        self.wfile.write(head)
        stop = time.monotonic() + seconds
        while time.monotonic() < stop:
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)
        self.close_connection = True


def etag(content):
    return f'"{hashlib.md5(content).hexdigest()}"'


# --- what a script can have the server do ----------------------------------------------------------------------------


def status(code, **headers):
    return lambda handler: handler.send(code, b"no", {name.replace("_", "-"): value for name, value in headers.items()})


def cut_after(count):
    return lambda handler: handler.send_file(handler.server.site.files[handler.path], cut=count)


def lie(**changes):
    return lambda handler: handler.send_file(handler.server.site.files[handler.path], **changes)


def page(handler):
    handler.send(200, b"<!doctype html><title>Sorry</title>", {"Content-Type": "text/html"})


def drip_head(handler):
    handler.drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", 4)


def drip_body(handler):
    told = handler.headers["Range"] or "bytes=0-99999"
    first, _, last = told.removeprefix("bytes=").partition("-")
    content = handler.server.site.files[handler.path]
    first, last = (int(first), int(last)) if first else (len(content) - min(int(last), len(content)), len(content) - 1)
    head = f"HTTP/1.1 206 Partial\r\nContent-Range: bytes {first}-{last}/{len(content)}\r\nETag: {etag(content)}\r\n"
    handler.drip(f"{head}Content-Length: {last - first + 1}\r\n\r\n".encode(), 4)


def serve():
    """A server in a thread, and its Site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.site = Site(server.server_port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


@pytest.fixture
def site():
    server = serve()
    yield server.site
    server.shutdown()
    server.server_close()


@pytest.fixture
def naps():
    """The seconds that the client wanted to wait; it did not."""
    return []


@pytest.fixture
def client(naps):
    return hasty(naps)


def hasty(naps=None, patience=HASTE):
    return Client(patience, RateLimiter(rate=1e6, burst=1000), sleep=([] if naps is None else naps).append)


# --- that it does ----------------------------------------------------------------------------------------------------


def test_server_answers_ranges_and_honours_if_range(site):
    import requests

    site.files["/a"] = bytes(range(100))
    middle = requests.get(f"{site.url}/a", headers={"Range": "bytes=10-19"}, timeout=5)
    assert (middle.status_code, middle.content) == (206, bytes(range(10, 20)))
    assert middle.headers["Content-Range"] == "bytes 10-19/100"
    assert requests.get(f"{site.url}/a", headers={"Range": "bytes=-5"}, timeout=5).content == bytes(range(95, 100))
    other = requests.get(f"{site.url}/a", headers={"Range": "bytes=10-19", "If-Range": '"other"'}, timeout=5)
    assert (other.status_code, len(other.content)) == (200, 100)
    site.ranges = False
    assert requests.get(f"{site.url}/a", headers={"Range": "bytes=10-19"}, timeout=5).status_code == 200


def test_server_hangs_up_in_the_middle_of_a_body(site):
    import requests

    site.files["/a"] = b"x" * 1000
    site.scripts["/a"] = [cut_after(10)]
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{site.url}/a", timeout=5)
    assert requests.get(f"{site.url}/a", timeout=5).content == b"x" * 1000
