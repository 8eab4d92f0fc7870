"""Why two runs of a report may differ, by what their records (run.json) say they were made from."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from sas_analysis.reports.one.parameters import FOLDERS


def why(before: Mapping, after: Mapping) -> dict[str, list[str]]:
    """What two records (run.json) say differs in what the runs were made from: lines by kind, kinds that have any.

    Raw files are known by name and hash, wherever they lie; folders and times are no reason. "history" is of the
    months outside the period, by which the audit judged; "more history" of those that are only in the later run.
    """
    asked = [
        {name: value for name, value in record["parameters"].items() if name not in FOLDERS}
        | {"report": record["report"]}
        for record in (before, after)
    ]
    versions = [{"Python": record["python"], **record["libraries"]} for record in (before, after)]
    named = zip((before, after), _layers(before, after), _inputs(before, after), strict=True)
    files = [_files(record, "files") | layers | inputs for record, layers, inputs in named]
    found = {
        "data": _told(*files, short=_abbreviated),
        **_history(before, after),
        "code": _code(before, after),
        "parameters": _told(*_without_unset(*asked)),
        "libraries": _told(*versions),
    }
    return {kind: lines for kind, lines in found.items() if lines}


def _without_unset(before: Mapping, after: Mapping) -> list[dict[str, object]]:
    """The parameters without those that neither run was given: null in version 0.1, empty ("", 0) since."""
    unset = {name for name in before.keys() & after.keys() if None in (before[name], after[name])}
    unset = {name for name in unset if not before[name] and not after[name]}
    return [{name: value for name, value in each.items() if name not in unset} for each in (before, after)]


def _files(record: Mapping, which: str) -> dict[str, str]:
    return {PurePosixPath(file["path"]).name: file["sha256"] for file in record["data"][which]}


def _inputs(before: Mapping, after: Mapping) -> list[dict[str, str]]:
    """The files that parameters name, by parameter; none where one was made by an earlier version, as in `_layers`."""
    if not all("inputs" in record for record in (before, after)):
        return [{}, {}]
    return [{f"file of {name}": sha for name, sha in record["inputs"].items()} for record in (before, after)]


def _layers(before: Mapping, after: Mapping) -> list[dict[str, str]]:
    """The boundary files each run read, by name; none where one was made by an earlier version, which did not tell."""
    reads = [record.get("reads") or {} for record in (before, after)]
    if not all("boundaries" in read for read in reads):
        return [{}, {}]
    layers = [(read["boundaries"] or {"layers": []})["layers"] for read in reads]
    return [{f"boundaries {file['path']}": file["sha256"] for file in files} for files in layers]


def _history(before: Mapping, after: Mapping) -> dict[str, list[str]]:
    """The publisher adds a month every month: what came since is no fault of what the earlier run was made from."""
    if not all("history" in record["data"] for record in (before, after)):
        return {}  # made by an earlier version, which did not tell
    was, now = (_files(record, "history") for record in (before, after))
    kept = {name: sha256 for name, sha256 in now.items() if name in was}
    return {"history": _told(was, kept, _abbreviated), "more history": _told(kept, now, _abbreviated)}


def _told(before: Mapping, after: Mapping, short: Callable[[object], object] = lambda value: value) -> list[str]:
    lines = [f"{name}: added ({short(after[name])})" for name in after if name not in before]
    lines += [f"{name}: missing (was {short(before[name])})" for name in before if name not in after]
    lines += [
        f"{name}: {short(before[name])} before, {short(after[name])} now"
        for name in before
        if name in after and before[name] != after[name]
    ]
    return sorted(lines)


def _abbreviated(sha256: str | None) -> str:
    return f"SHA-256 {sha256[:12]}" if sha256 else "no hash recorded"


def _code(before: Mapping, after: Mapping) -> list[str]:
    """The hashes decide; version and revision are told to name the code, for a commit may change no figure."""
    hashes = [
        {"sources of the package": record.get("code_sha256"), record["notebook"]["name"]: record["notebook"]["sha256"]}
        for record in (before, after)
    ]
    lines = _told(*hashes, short=_abbreviated)
    if not lines:
        return []
    named = [{"version": record["version"], "revision": revision(record)} for record in (before, after)]
    return lines + _told(*named)


def revision(record: Mapping) -> str:
    """The git revision a record names, in words."""
    git = record["git"]
    return "unknown" if git is None else f"{git['revision']}{' with changes' if git['dirty'] else ''}"
