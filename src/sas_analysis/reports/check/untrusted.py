"""Files of a report's folder that may come from a stranger: regular ones, of bounded size, holding what they should.

A link may lead to /dev/zero, a FIFO is never read to its end, and JSON may nest deeper than any program follows.
"""

import hashlib
import json
import math
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from sas_analysis.months import is_month
from sas_analysis.present.blocks import LIGHTS

LARGEST_RECORD = 32 << 20  # bytes; of a report on all forces and ten years it has 2 MB
LARGEST_FILE = 1 << 30  # bytes, of any file of a report
_DEEPEST = 20  # of lists and tables within each other
_LARGEST_NUMBER = 10**15
_LONGEST_TEXT = 100_000


class NotTaken(ValueError):
    """A file that is not read, and why."""


def read_bytes(path: Path, most: int = LARGEST_FILE) -> bytes:
    """The content of a regular file of at most `most` bytes. Raises NotTaken, or OSError if there is none."""
    with _opened(path, most) as stream:
        return stream.read(most + 1)


def sha256_of(path: Path, most: int = LARGEST_FILE) -> str:
    """The SHA-256 of such a file."""
    with _opened(path, most) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _opened(path: Path, most: int):
    # Looked at before it is opened (a device may act on that) and after (it may have been changed in between).
    _check(os.lstat(path), most)
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    stream = os.fdopen(number, "rb")
    try:
        _check(os.fstat(number), most)
    except NotTaken:
        stream.close()
        raise
    return stream


def _check(found: os.stat_result, most: int) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise NotTaken("it is a link, and may lead anywhere")
    if not stat.S_ISREG(found.st_mode):
        raise NotTaken("it is no regular file")
    if found.st_size > most:
        raise NotTaken(f"it has {found.st_size:,} bytes, and at most {most:,} make sense")


def read_json(path: Path) -> dict:
    """An object in JSON of sensible size, depth and values. Raises NotTaken, or OSError if there is none."""
    try:
        found = json.loads(read_bytes(path, LARGEST_RECORD).decode("utf-8"))
    except RecursionError:
        raise NotTaken("it nests deeper than can be read") from None
    except ValueError as error:
        raise error if isinstance(error, NotTaken) else NotTaken(f"it is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise NotTaken("it is no JSON object")
    _check_values(found)
    return found


def _check_values(found: object) -> None:
    level = [found]
    for _ in range(_DEEPEST):
        for value in level:
            if isinstance(value, float) and not math.isfinite(value):
                raise NotTaken(f"it has a number that is none ({value})")
            if isinstance(value, int | float) and abs(value) > _LARGEST_NUMBER:
                raise NotTaken("it has a number beyond all that is counted here")
            if isinstance(value, str) and len(value) > _LONGEST_TEXT:
                raise NotTaken(f"it has a text of {len(value):,} characters")
        level = [item for value in level for item in _inside(value)]
        if not level:
            return
    raise NotTaken(f"it nests deeper than {_DEEPEST} levels")


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def files_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """The regular files below a folder, and all else there that is no folder; links are not followed."""
    regular, other = [], []
    for where, folders, names in os.walk(folder, followlinks=False):
        links = [name for name in folders if os.path.islink(os.path.join(where, name))]
        for name in [*names, *links]:
            path = Path(where, name)
            (regular if stat.S_ISREG(os.lstat(path).st_mode) else other).append(path)
    return sorted(regular), sorted(other)


# --- the shape of run.json ----------------------------------------------------------------------------------


def _text(value: object) -> bool:
    return isinstance(value, str)


def _month(value: object) -> bool:
    return is_month(value)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _truth(value: object) -> bool:
    return isinstance(value, bool)


def _or_none(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or check(value)


def _list_of(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _object(**fields: Callable[[object], bool]) -> Callable[[object], bool]:
    """An object whose fields, as far as they are there, pass their checks."""
    return lambda value: isinstance(value, dict) and all(fields[name](value[name]) for name in fields if name in value)


def _texts_by_name(value: object) -> bool:
    return isinstance(value, dict) and all(map(_or_none(_text), value.values()))


def _all_of(check: Callable[[object], bool], *names: str) -> Callable[[object], bool]:
    return lambda value: check(value) and all(name in value for name in names)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _card(value: object) -> bool:
    texts = dict.fromkeys(("id", "what", "measure", "text", "interval", "base", "mark"), _text)
    numbers = dict.fromkeys(("value", "lower", "upper"), _or_none(_number))
    return _all_of(_object(**texts, **numbers), *texts, *numbers)(value)


_LIGHT = _all_of(
    _object(id=_text, light=lambda value: value in LIGHTS, words=_text, fact=_text), "id", "light", "words", "fact"
)
_FILE = _all_of(_object(path=_text, sha256=_or_none(_text), rows=_count, bytes=_count), "path", "sha256")
_BOUNDARIES = _object(layers=_list_of(_FILE), sha256=_or_none(_text))
_SHAPE = {  # of what is there; an earlier version told less
    "report": _text,
    "parameters": _object(forces=_list_of(_text), start=_month, end=_month, raw=_text),
    "data": _object(rows=_count, synthetic=_truth, files=_list_of(_FILE), history=_list_of(_FILE)),
    "reads": _or_none(_object(boundaries=_or_none(_BOUNDARIES))),
    "inputs": _texts_by_name,
    "outputs": _list_of(_FILE),
    "notebook": _all_of(_object(name=_text, sha256=_text), "name", "sha256"),
    "libraries": _texts_by_name,
    "unseen_labels": lambda value: isinstance(value, list),
    "git": _or_none(_all_of(_object(revision=_text, dirty=_truth), "revision", "dirty")),
    "code_sha256": _or_none(_text),
    "python": _text,
    "version": _text,
    "finished": _text,
    "error": _or_none(_text),
    "contradicted": _text,
    "answer": _text,
    "cards": _list_of(_card),
    "trust": _list_of(_LIGHT),
}


def record_of(folder: Path, needed: tuple[str, ...]) -> dict:
    """A report's run.json, each part of it of the kind it should be.

    needed : what must be there, "data.rows" for what is inside. Raises NotTaken, or OSError if there is no file.
    """
    record = read_json(folder / "run.json")
    lacking = [name for name in needed if not _has(record, name)]
    if lacking:
        raise NotTaken(f"it lacks {', '.join(lacking)}")
    odd = [name for name, check in _SHAPE.items() if name in record and not check(record[name])]
    if odd:
        raise NotTaken(f"what it has as {', '.join(odd)} cannot be that")
    return record


def _has(record: dict, name: str) -> bool:
    first, _, inside = name.partition(".")
    found = record.get(first)
    return found is not None and (not inside or (isinstance(found, dict) and found.get(inside) is not None))
