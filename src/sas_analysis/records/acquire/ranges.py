"""Parts of a file on a server: byte ranges, a seekable file made of them, and downloads that resume."""

import errno
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sas_analysis.files import sha256
from sas_analysis.records.acquire.http import Client, FetchError
from sas_analysis.records.members import LARGEST_READ

TAIL = 64 << 10  # bytes asked for at first: the end of an archive, and its directory if that is small
LARGEST_ARCHIVE = 16 << 30  # bytes; the publisher's are 1.6 GB
_LEAST_READ = 64 << 10
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


@dataclass(frozen=True)
class Stamp:
    """What tells one state of a file on a server from another. `url` is where redirects led."""

    url: str
    length: int
    etag: str = ""
    last_modified: str = ""

    @property
    def validator(self) -> str:
        """For If-Range, which takes a strong ETag or a date; "" if the server gave neither."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


def ask_tail(client: Client, url: str) -> tuple[Stamp, bytes]:
    """The last TAIL bytes of a file, and its stamp. Raises FetchError if the server does not answer ranges."""

    def attempt():
        with client.opened(url, headers={"Range": f"bytes=-{TAIL}"}, ok=(200, 206)) as response:
            _refuse_whole(url, response)
            first, last, length = _content_range(response)
            if last != length - 1 or first != max(0, length - TAIL) or length > LARGEST_ARCHIVE:
                raise FetchError(f"{url}: the server sent another range than the one asked for ({first}-{last})")
            stamp = Stamp(response.url, length, *_names(response))
            return stamp, _exactly(client, response, last - first + 1)

    return client.tried(attempt)


def ask_range(client: Client, stamp: Stamp, start: int, end: int) -> bytes:
    """Bytes `start` to `end` (not included) of the file that has `stamp`. Raises FetchError if it has changed."""

    def attempt():
        with _rest(client, stamp, start, end) as response:
            return _exactly(client, response, end - start)

    return client.tried(attempt)


@contextmanager
def _rest(client: Client, stamp: Stamp, start: int, end: int) -> Iterator:
    """An answer that is the very range asked for, of the very same file."""
    headers = {"Range": f"bytes={start}-{end - 1}"} | ({"If-Range": stamp.validator} if stamp.validator else {})
    with client.opened(stamp.url, headers=headers, ok=(200, 206, 412, 416)) as response:
        etag, _ = _names(response)
        if response.status_code != 206 or (etag and stamp.etag and etag != stamp.etag):
            raise FetchError(f"{stamp.url} changed while it was being read; run the same command again")
        if _content_range(response) != (start, end - 1, stamp.length):
            raise FetchError(f"{stamp.url}: the server sent another range than the one asked for")
        yield response


def _refuse_whole(url: str, response) -> None:
    if response.status_code == 206:
        return
    if "html" in response.headers.get("Content-Type", ""):
        raise FetchError(f"{url}: the server answered with a web page, not with an archive")
    raise FetchError(
        f"{url}: the server does not answer byte ranges, so parts of the archive cannot be had; "
        "--whole downloads all of it (about 1.6 GB each)"
    )


def _content_range(response) -> tuple[int, int, int]:
    told = response.headers.get("Content-Range", "")
    match = _RANGE.fullmatch(told)
    if not match:
        raise FetchError(f"{response.url}: the server's Content-Range makes no sense ({told!r})")
    return tuple(map(int, match.groups()))


def _names(response) -> tuple[str, str]:
    return response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")


def _exactly(client: Client, response, size: int) -> bytes:
    data = b"".join(client.chunks(response, size))
    if len(data) != size:
        raise FetchError(f"{response.url}: the server sent {len(data):,} bytes and not the {size:,} it had announced")
    return data


class RangeFile:
    """A read-only seekable file whose bytes come from `ask(start, end)` when they are needed."""

    def __init__(self, length: int, ask: Callable[[int, int], bytes], tail: bytes = b""):
        self.length, self._ask, self._at = length, ask, 0
        self._tail = (length - len(tail), tail)
        self._block = (0, b"")

    def hold(self, start: int, data: bytes) -> None:
        """Keep a block at hand, instead of the one before it."""
        self._block = (start, data)

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of any file."""
        at = offset + (0, self._at, self.length)[whence]
        if at < 0:
            raise OSError(errno.EINVAL, f"position {at} lies before the start of the file")
        self._at = at
        return at

    def read(self, size: int = -1) -> bytes:
        """As of any file, but of at most LARGEST_READ bytes at once."""
        end = self.length if size is None or size < 0 else min(self.length, self._at + size)
        if end - self._at > LARGEST_READ:
            raise ValueError(f"{end - self._at:,} bytes claimed where at most {LARGEST_READ:,} make sense")
        data = self._bytes(self._at, end) if end > self._at else b""
        self._at += len(data)
        return data

    def _bytes(self, start: int, end: int) -> bytes:
        for first, data in (self._tail, self._block):
            if first <= start and end <= first + len(data):
                return data[start - first : end - first]
        enough = min(self.length, max(end, start + _LEAST_READ))
        self.hold(start, self._ask(start, enough))
        return self._block[1][: end - start]


def download(client: Client, stamp: Stamp, start: int, end: int, folder: Path, tell=lambda have: None) -> bytes:
    """Bytes `start` to `end` of a file, kept in `folder` as .part as they come, so that another run resumes.

    `tell` is called with the bytes there are so far. The caller deletes the part (`forget`) when its use is over.
    """
    part = _part(folder, stamp, start, end)
    note = part.with_suffix(".json")
    told = json.dumps(asdict(stamp) | {"start": start, "end": end})
    if not stamp.validator or not note.exists() or note.read_text(encoding="utf-8") != told:
        part.unlink(missing_ok=True)
        note.write_text(told, encoding="utf-8")

    def attempt():
        have = part.stat().st_size if part.exists() else 0
        if have > end - start:
            part.unlink()
            have = 0
        if have < end - start:
            with _rest(client, stamp, start + have, end) as response, part.open("ab", buffering=0) as stream:
                for chunk in client.chunks(response, end - start - have):
                    stream.write(chunk)
                    have += len(chunk)
                    tell(have)
        return part.read_bytes()

    data = client.tried(attempt)
    if len(data) != end - start:
        raise FetchError(f"{stamp.url}: the server sent {len(data):,} bytes and not the {end - start:,} announced")
    return data


def forget(folder: Path, stamp: Stamp, start: int, end: int) -> None:
    """Delete the part that `download` kept."""
    part = _part(folder, stamp, start, end)
    part.unlink(missing_ok=True)
    part.with_suffix(".json").unlink(missing_ok=True)


def _part(folder: Path, stamp: Stamp, start: int, end: int) -> Path:
    key = json.dumps([*asdict(stamp).values(), start, end])
    return folder / f"{sha256(key.encode())[:20]}.part"


def download_whole(client: Client, url: str, folder: Path, tell=lambda have: None) -> tuple[Stamp, Path]:
    """All of a file, into a .part in `folder` that a later run resumes if the server can; its stamp and its path."""
    part = folder / f"whole-{sha256(url.encode())[:20]}.part"
    note = part.with_suffix(".json")

    def attempt():
        stamp = _stamp_in(note) if part.exists() else None
        have = min(part.stat().st_size, stamp.length - 1) if stamp and stamp.validator else 0
        if have:
            os.truncate(part, have)  # a whole one lacks its last byte now: asking for it tells whether it is current
        headers = {"Range": f"bytes={have}-", "If-Range": stamp.validator} if have else None
        with client.opened(url, headers=headers, ok=(200, 206)) as response:
            resumed = response.status_code == 206
            if resumed and _content_range(response) != (have, stamp.length - 1, stamp.length):
                raise FetchError(f"{url}: the server sent another range than the one asked for")
            have = have if resumed else 0
            stamp = stamp if resumed else Stamp(response.url, _length(response), *_names(response))
            note.write_text(json.dumps(asdict(stamp)), encoding="utf-8")
            with part.open("ab" if resumed else "wb", buffering=0) as stream:
                for chunk in client.chunks(response, stamp.length - have):
                    stream.write(chunk)
                    have += len(chunk)
                    tell(have)
        return stamp

    stamp = client.tried(attempt)
    if part.stat().st_size != stamp.length:
        raise FetchError(f"{url}: the server sent {part.stat().st_size:,} bytes and not the {stamp.length:,} announced")
    return stamp, part


def _stamp_in(note: Path) -> Stamp | None:
    try:
        return Stamp(**json.loads(note.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _length(response) -> int:
    told = response.headers.get("Content-Length", "")
    if "html" in response.headers.get("Content-Type", ""):
        raise FetchError(f"{response.url}: the server answered with a web page, not with an archive")
    if not told.isdecimal() or not 0 < int(told[:15]) <= LARGEST_ARCHIVE:
        raise FetchError(f"{response.url}: the server does not say how long the archive is, or it is too long ({told})")
    return int(told)
