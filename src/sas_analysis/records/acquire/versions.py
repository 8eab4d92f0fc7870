"""The raw folder as acquisition sees it: what is there, where it came from, and every version of a force-month.

RAW/fetched.json   a line of provenance for each file that was fetched
RAW/versions.json  the force-months of which RAW has had different contents: each version, which is in use, and why
RAW/.versions/     the versions not in use, as they were; RAW/.fetch/ unfinished downloads
"""

import json
import os
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sas_analysis.files import sha256, write_through, write_whole
from sas_analysis.records.acquire.http import FetchError
from sas_analysis.records.find import SYNTHETIC_MARK
from sas_analysis.records.naming import force_and_month

FETCHED = "fetched.json"
VERSIONS = "versions.json"
WORK = ".fetch"
OLD = ".versions"


@dataclass(frozen=True)
class Origin:
    """Where a file came from. `edition`: what tells whether the source has changed since; `rule`: why this one."""

    source: str  # "archive" or "api"
    url: str
    rule: str
    archive: str = ""
    edition: str = ""
    etag: str = ""
    last_modified: str = ""


def normal_sha256(content: bytes) -> str:
    """SHA-256 of a content with LF line ends and no byte-order mark, as `load.read_text` has it."""
    plain = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return sha256(plain)


def refuse_synthetic(raw: Path) -> None:
    """Raise FetchError if a folder is a synthetic extract."""
    if (raw / SYNTHETIC_MARK).exists():
        raise FetchError(f"{raw} is a synthetic extract, which real records must not join; name another --raw")


class Shelf:
    """A raw folder, its files by force-month and its two manifests. `save` writes the first manifest."""

    def __init__(self, raw: Path):
        self.raw = Path(raw)
        (self.raw / WORK).mkdir(parents=True, exist_ok=True)
        self._files = _files(self.raw)
        self.fetched = _read(self.raw / FETCHED, "files")
        self.versions = _read(self.raw / VERSIONS, "force_months")

    @property
    def work(self) -> Path:
        """The folder for what is unfinished."""
        return self.raw / WORK

    def content(self, force: str, month: str) -> bytes | None:
        """What RAW has of a force-month, if anything."""
        path = self._files.get((force, month))
        return path.read_bytes() if path else None

    def origin(self, force: str, month: str) -> dict:
        """What fetched.json says of a force-month; {} if nothing, or if its file was changed or deleted since."""
        content = self.content(force, month)
        told = self.fetched.get(self._target(force, month).relative_to(self.raw).as_posix(), {})
        return told if content is not None and told.get("sha256") == normal_sha256(content) else {}

    def same(self, force: str, month: str, crc: int, size: int) -> bool:
        """Whether RAW has a force-month with this CRC-32 and size, or fetched it so and changed its line ends since."""
        content, told = self.content(force, month), self.origin(force, month)
        if content is None:
            return False
        return (crc, size) in ((zlib.crc32(content), len(content)), (told.get("crc32"), told.get("bytes")))

    def confirm(self, force: str, month: str, crc: int, size: int, origin: Origin) -> None:
        """Record that a force-month in RAW is `same` as what `origin` has."""
        path, content = self._target(force, month), self.content(force, month)
        self.fetched[path.relative_to(self.raw).as_posix()] = _entry(content, origin) | {"crc32": crc, "bytes": size}

    def put(self, force: str, month: str, content: bytes, origin: Origin) -> str:
        """Have this content in use: "new", "same", or "replaced" where RAW had another one, which is kept."""
        target, before = self._target(force, month), self.content(force, month)
        self._refuse_outside(target)
        sha256 = normal_sha256(content)
        if before is not None and normal_sha256(before) == sha256:
            self._record(target, content, origin)
            return "same"
        temporary = self.work / f"{os.getpid()}.tmp"
        try:
            write_through(temporary, content)
            if before is not None:
                self._keep(force, month, target, before, content, origin)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        self._files[force, month] = target
        self._record(target, content, origin)
        return "new" if before is None else "replaced"

    def _target(self, force: str, month: str) -> Path:
        """Where a force-month goes: the place of the version there is, so that there are never two, or its own."""
        return self._files.get((force, month)) or self.raw / month / f"{month}-{force}-stop-and-search.csv"

    def _refuse_outside(self, target: Path) -> None:
        if not target.parent.resolve().is_relative_to(self.raw.resolve()):
            raise FetchError(f"{target.parent} is a link that leads outside {self.raw}; nothing was written there")

    def _keep(self, force, month, target: Path, before: bytes, content: bytes, origin: Origin) -> None:
        """Copy the version in use to RAW/.versions and write versions.json, before anything is replaced."""
        path, sha256 = target.relative_to(self.raw), normal_sha256(before)
        old = self.raw / OLD / sha256[:12] / path
        old.parent.mkdir(parents=True, exist_ok=True)
        write_through(old, before)
        known = {entry["sha256"]: entry for entry in self.versions.get(f"{force} {month}", [])}
        told = self.fetched.get(path.as_posix(), {})
        earlier = known.get(sha256) or (told if told.get("sha256") == sha256 else _unknown(before, sha256))
        known[sha256] = earlier | {"path": old.relative_to(self.raw).as_posix(), "in_use": False}
        new = _entry(content, origin)
        known[new["sha256"]] = new | {"path": path.as_posix(), "in_use": True}
        self.versions[f"{force} {month}"] = list(known.values())
        write_json(self.raw / VERSIONS, {"force_months": self.versions})

    def _record(self, target: Path, content: bytes, origin: Origin) -> None:
        self.fetched[target.relative_to(self.raw).as_posix()] = _entry(content, origin)

    def save(self) -> None:
        """Write fetched.json."""
        write_json(self.raw / FETCHED, {"files": dict(sorted(self.fetched.items()))})


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_json(path: Path, told: dict) -> None:
    """Write a manifest, whole or not at all."""
    write_whole(path, json.dumps(told, indent=1) + "\n", durable=True)


def _entry(content: bytes, origin: Origin) -> dict:
    told = {"sha256": normal_sha256(content), "bytes": len(content), "crc32": zlib.crc32(content)}
    return told | asdict(origin) | {"fetched_at": now()}


def _unknown(content: bytes, sha256: str) -> dict:
    found = "found in RAW; it was not fetched by this package, or was changed afterwards"
    return {"sha256": sha256, "bytes": len(content), "source": "unknown", "rule": found, "found_at": now()}


def _read(path: Path, key: str) -> dict:
    """A manifest; a damaged one stops the run, for writing it anew would lose what it said."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))[key]
        if isinstance(found, dict):
            return found
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError):
        pass
    raise FetchError(f"{path} is damaged; move it away, and the files will be recognised by their content")


def _files(raw: Path) -> dict[tuple[str, str], Path]:
    """The force-months in RAW, hidden folders and synthetic extracts left out; FetchError if one is there twice."""
    found: dict[tuple[str, str], Path] = {}
    twice = []
    for folder, folders, names in os.walk(raw):
        synthetic = [name for name in folders if (Path(folder) / name / SYNTHETIC_MARK).exists()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in synthetic)
        for name in sorted(names):
            key = force_and_month(name)
            twice += [name] if key in found else []
            if key:
                found.setdefault(key, Path(folder) / name)
    if twice:
        raise FetchError(f"{raw} has two files of {len(twice)} force-months ({', '.join(twice[:3])}); keep one of each")
    return found
