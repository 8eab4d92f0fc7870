"""The embedded sample: a seeded, SYNTHETIC extract in the publisher's layout, whose truth is known.

Writes RAW/YYYY-MM/YYYY-MM-<force>-stop-and-search.csv, RAW/boundaries/synthetic.geojson, and RAW/SYNTHETIC.json:
notice, seed, truth, quirks.
"""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

from . import authorities as areas
from . import faults
from . import model as known
from . import rows as draws
from .truth import truth

NOTICE = (
    "SYNTHETIC RECORDS. Every row beside this file was drawn by a random-number generator: no row describes "
    "a real search or a real person, and no figure made from them says anything about a police force. Force "
    "names and Census 2011 resident counts are real so that reference tables join; rates, shares, outcomes "
    "and faults are invented."
)
MARKER = "SYNTHETIC.json"
SYSTEM_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}
WHOLE_FILE = {"missing_file", "header_only", "doubled_file", "crlf"}


def write_sample(raw, *, seed=20260101, start="2017-07", end="2019-12", forces=None, scale=1.0, progress=None) -> dict:
    """Write the synthetic extract into the folder `raw` and return what its SYNTHETIC.json says.

    start, end : first and last month, "YYYY-MM"; forces : slugs, all of `model.forces()` by default;
    scale : multiplies every search rate; progress : called as progress(files done, files in all, path).
    A force-month's rows depend on its own name, `seed` and `scale` only. The folder appears whole or not at
    all; an earlier sample is replaced. Raises ValueError for unusable arguments (all of them named),
    FileExistsError where `raw` holds anything that this function did not write.
    """
    months, chosen = _months(start, end), _forces(forces)
    _check(seed, start, end, months, chosen, scale)
    scale = float(scale)
    raw = Path(raw).resolve()
    _refuse_foreign(raw)
    raw.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{raw.name}-", dir=raw.parent))
    try:
        written, located = _write_files(work / "new", chosen, months, scale, seed, progress)
        told = _told(chosen, months, scale, seed, written)
        told |= {"areas": located, "boundaries": _write_boundaries(work / "new")}
        text = json.dumps(told, indent=1, sort_keys=True, allow_nan=False) + "\n"
        (work / "new" / MARKER).write_bytes(text.encode("ascii"))
        _swap(work / "new", raw, work / "old")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return told


def _write_files(folder, chosen, months, scale, seed, progress):
    """Write every force-month; returns path, rows, SHA-256 of each file, and the located rows by force and area."""
    folder.mkdir()
    located = {force: areas.Counter() for force in chosen}
    written, wanted = [], [(month, force) for month in months for force in chosen]
    for done, (month, force) in enumerate(wanted, start=1):
        name = f"{month}/{month}-{force}-stop-and-search.csv"
        content, rows = _file_content(force, month, scale, seed)
        located[force].update(areas.areas_of(content))
        if content is not None:
            (folder / month).mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
            written.append({"path": name, "rows": rows, "sha256": hashlib.sha256(content).hexdigest()})
        if progress is not None:
            progress(done, len(wanted), name)
    return written, {force: dict(sorted(counts.items())) for force, counts in located.items()}


def _write_boundaries(folder):
    """Write the areas that the points were drawn in; returns path and SHA-256."""
    content = areas.geojson(NOTICE)
    (folder / areas.PATH).parent.mkdir()
    (folder / areas.PATH).write_bytes(content)
    return {"path": areas.PATH, "sha256": hashlib.sha256(content).hexdigest()}


def _file_content(force, month, scale, seed):
    """Bytes and number of rows of one file; (None, 0) where the file is missing."""
    whole = {quirk["quirk"] for quirk in known.quirks(force, month)} & WHOLE_FILE
    if "missing_file" in whole:
        return None, 0
    lines = [] if "header_only" in whole else _lines(force, month, scale, seed)
    if "doubled_file" in whole:
        lines = [line for line in lines for _ in range(2)]
    end = "\r\n" if "crlf" in whole else "\n"
    return (end.join([",".join(draws.COLUMNS), *lines]) + end).encode("ascii"), len(lines)


def _lines(force, month, scale, seed):
    rows = faults.apply(draws.draw(force, month, scale, seed), force, month, seed)
    moments = faults.utc(rows["local"])
    order = np.argsort(moments, kind="stable")  # the publisher sorts by Date, which is UTC
    rows["Date"] = np.char.add(np.datetime_as_string(moments, unit="s"), "+00:00").astype(object)
    return list(map(",".join, zip(*(rows[name][order].tolist() for name in draws.COLUMNS), strict=True)))


def _told(chosen, months, scale, seed, written):
    """The content of SYNTHETIC.json."""
    return {
        "notice": NOTICE,
        "synthetic": True,
        "seed": seed,
        "parameters": {"start": months[0], "end": months[-1], "forces": chosen, "scale": scale},
        "files": written,
        "quirks": _quirk_list(chosen, months),
        "truth": truth(chosen, months, scale),
    }


def _quirk_list(chosen, months):
    """Which force-months carry which quirk: the table's rows, each with its months among those asked for."""
    rows = []
    for row in known.table("quirks"):
        here = [month for month in months if row["first"] <= month <= row["last"]]
        if row["quirk"] == "summer_edge":
            here = [month for month in here if 4 <= int(month[5:]) <= 10]
        if here and row["force"] in chosen:
            told = {key: row[key] for key in ("quirk", "force", "column", "note")}
            rows.append({**told, "months": here, "value": float(row["value"]) if row["value"] else None})
    return rows


def _swap(new, raw, old):
    """Put `new` in the place of `raw`; if that fails the earlier sample is put back."""
    if raw.exists():
        os.replace(raw, old)
    try:
        os.replace(new, raw)
    except BaseException:
        if old.exists():
            os.replace(old, raw)
        raise


def _refuse_foreign(raw):
    """Raise FileExistsError unless `raw` is absent, empty, or holds nothing but an earlier sample."""
    if not raw.exists():
        return
    if not raw.is_dir():
        raise FileExistsError(f"{raw} is a file, not a folder; name another folder for the sample")
    found = sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*") if not path.is_dir())
    own = _own_files(raw)
    foreign = [name for name in found if name not in own and Path(name).name not in SYSTEM_FILES]
    if foreign:
        first = ", ".join(foreign[:3]) + (", ..." if len(foreign) > 3 else "")
        raise FileExistsError(
            f"{raw} holds {len(foreign)} file(s) that the sample did not write ({first}); "
            "nothing was changed. Name another folder for the sample, or move them away"
        )


def _own_files(raw):
    """Names that the SYNTHETIC.json of `raw` lists, and its own; none where it is absent or unreadable."""
    try:
        told = json.loads((raw / MARKER).read_text(encoding="ascii"))
        own = {entry["path"] for entry in told["files"]} | {MARKER, areas.PATH}
        return own if told["synthetic"] is True else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _months(start, end):
    """Months from start to end; [] where either is not a month."""
    try:
        first, last = (np.datetime64(text, "M") if len(text) == 7 else None for text in (start, end))
        return [] if first is None or last is None else np.arange(first, last + draws.MONTH).astype(str).tolist()
    except (TypeError, ValueError):
        return []


def _forces(forces):
    if forces is None:
        return list(known.forces())
    return sorted({forces} if isinstance(forces, str) else set(forces))


def _check(seed, start, end, months, chosen, scale):
    """Raise one ValueError that names every unusable argument."""
    unknown = [force for force in chosen if force not in known.forces()]
    there = ", ".join(known.forces())
    checks = (
        (not isinstance(seed, int) or seed < 0, f"seed must be a whole number from 0 up, not {seed!r}"),
        (not months, f"start {start!r} and end {end!r} must be months YYYY-MM in order"),
        (not chosen, "no force is named"),
        (unknown, f"the sample has no force {', '.join(map(repr, unknown))}; it has: {there}"),
        (not 0 < scale <= 100, f"scale must lie between 0 and 100, not {scale!r}"),
    )
    told = [text for wrong, text in checks if wrong]
    if told:
        raise ValueError("; ".join(told))
