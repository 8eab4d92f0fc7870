"""Where boundary files are looked for, what lies there now, and one hash over it. Nothing slow is imported.

A report rests on every file that was looked at, those of other areas too: had one been a layer of local authorities, it
could have been the finer one. Looking ends at the first place that has a layer.
"""

import stat
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from sas_analysis import files


def places(raw, boundaries: str = "") -> list[Path]:
    """Where boundaries are looked for, in order: `boundaries` (a file or a folder) if it is given; else the folder
    `boundaries` inside the raw folder, and the one beside it."""
    if boundaries:
        return [Path(boundaries)]
    raw = Path(raw).absolute()
    return [raw / "boundaries", raw.resolve().parent / "boundaries"]


def candidates(place: Path) -> list[Path]:
    """The files at a place that may be boundaries, in order of name."""
    files = [place] if place.is_file() else sorted([*place.glob("*.geojson"), *place.glob("*.json")])
    return [path for path in files if path.is_file() and not path.name.endswith(".source.json")]


def read_of(raw, boundaries: str, layers: Sequence[Path]) -> dict:
    """What to note of a reading of boundaries: `places`, how many were looked at; `sha256`, over all files there;
    `layers`, the path (its name) and hash of those read as layers of local authorities."""
    looked = places(raw, boundaries)
    has = [number for number, place in enumerate(looked, start=1) if set(candidates(place)).intersection(layers)]
    number = has[0] if has else len(looked)
    read = [{"path": path.name, "sha256": sha256_of(path)} for path in layers]
    return {"places": number, "sha256": digest(raw, boundaries, number), "layers": read}


def digest(raw, boundaries: str, number: int) -> str:
    """One hash over the names and contents of the files at the first `number` places."""
    looked = places(raw, boundaries)[:number]
    lines = [f"{n} {path.name} {sha256_of(path)}\n" for n, place in enumerate(looked) for path in candidates(place)]
    return files.sha256("".join(lines).encode())


def sha256_of(path: Path) -> str | None:
    """The hash of a file, taken once while its size and time stay; None if it cannot be read or is no regular file."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None  # a pipe or a device may never end
        return _sha256(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=256)
def _sha256(path: Path, size: int, mtime_ns: int) -> str:
    return files.sha256_of(path)
