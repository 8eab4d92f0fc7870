"""Stop-and-search records in a form that is not the publisher's CSV: which form it is, and what to do about it."""

import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sas_analysis.records import members
from sas_analysis.records.fields import FIELDS
from sas_analysis.records.find import Fault, folders_below
from sas_analysis.records.naming import is_candidate

DOWNLOAD = "download the file again from data.police.uk and leave it as it is"
_HEAD = 8192  # bytes that tell the form
_MOST = 20_000  # files looked into; an archive unpacked with its crimes has 15,000
_NAMED = re.compile(r"stop\W{0,3}(and|&|n)?\W{0,3}search", re.IGNORECASE)
_OTHER_FORMS = (".xlsx", ".xls", ".ods", ".json", ".jsonl", ".txt", ".tsv", ".gz", ".7z", ".rar", ".parquet")
_TEXTS = (".csv", ".txt", ".tsv", ".json")
_OF_CRIMES = re.compile(r"-(street|outcomes)\.csv$")
_FEWEST = 5  # columns that must be like the publisher's for a table to be one of searches


def form_of(start: bytes) -> tuple[str, str] | None:
    """What a file is, by its first bytes, if it holds records in another form; and what to do.

    Parameters
    ----------
    start : bytes
        The beginning of the file.

    Returns
    -------
    (problem, remedy) or None
        None for a file of the publisher, and for one that has nothing of it.
    """
    start = start[:_HEAD]
    if start.startswith(b"PK\x03\x04"):
        return "it is a ZIP archive or a spreadsheet (xlsx, ods), not CSV", f"name an archive .zip; else {DOWNLOAD}"
    text = start.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    if text.lstrip()[:1] in ("[", "{") and re.search(r'"(self|officer)_defined_ethnicity"', text):
        return "it is JSON, as the API gives it, not CSV", "fetch these months with: sas-analysis fetch --source api"
    return _other_table(text.splitlines()[0] if text.strip() else "")


def _other_table(header: str) -> tuple[str, str] | None:
    """What is wrong with a line of column names that are like the publisher's; None where nothing is, or none are."""
    for sign, name in ((";", "semicolons"), ("\t", "tabs"), (",", "")):
        names = next(csv.reader([header], delimiter=sign), [])
        if len(_alike(names)) < _FEWEST:
            continue
        if "\0" in header:
            return "it is text in UTF-16: a spreadsheet saved it again", DOWNLOAD
        if name:
            return f"its cells are separated by {name}, not commas: a spreadsheet or program saved it again", DOWNLOAD
        other = [name for name in names if _plain(name) in _PLAIN and name.strip() != _PLAIN[_plain(name)]]
        if other:
            shown = ", ".join(f'"{name}" for "{_PLAIN[_plain(name)]}"' for name in other[:3])
            return f"its columns have other names ({shown}): a program saved it again", DOWNLOAD
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


_PLAIN = {_plain(field.published): field.published for field in FIELDS}


def _alike(names: list[str]) -> set[str]:
    return {_plain(name) for name in names} & _PLAIN.keys()


def in_other_forms(raw: Path) -> list[Fault]:
    """Files of the raw folder that hold searches and are passed over, with what to do about each.

    Files named as the publisher's are not among them: what is wrong with those is said when they are read.
    """
    raw = Path(raw)
    if raw.is_file():
        fault = _fault(raw)
        return [Fault(raw.name, *fault)] if fault else []
    looked = [(path.relative_to(raw).as_posix(), _fault(path)) for path in islice(_others(raw), _MOST)]
    return [Fault(name, *fault) for name, fault in looked if fault]


def _others(raw: Path) -> Iterator[Path]:
    for folder, entries in folders_below(raw):
        for name in (entry.name for entry in entries):
            if not (name.startswith(".") or is_candidate(name) or _OF_CRIMES.search(name)):
                yield folder / name


def _fault(path: Path) -> tuple[str, str] | None:
    suffix = path.suffix.lower()
    try:
        if not path.is_file():
            return None
        if suffix == ".zip":
            return _of_archive(path)
        if suffix in _TEXTS:
            with path.open("rb") as stream:
                start = stream.read(_HEAD)
            form = form_of(start)
            if form or suffix == ".json":
                return form
            if len(_alike(next(csv.reader([start.decode("latin-1").partition("\n")[0]]), []))) >= _FEWEST:
                remedy = "name it YYYY-MM-<force>-stop-and-search.csv, as the publisher does"
                return "it has the publisher's columns under another name", remedy
    except (OSError, csv.Error, members.ArchiveError):
        return None
    if _NAMED.search(path.name) and suffix in _OTHER_FORMS:
        return f"records are read from CSV files and ZIP archives, not from {suffix}", DOWNLOAD
    return None


def _of_archive(path: Path) -> tuple[str, str] | None:
    with members.opened() as archives:
        names = [name for name in archives(path).namelist() if not name.startswith("__MACOSX/")]
    within = [name for name in names if name.lower().endswith(".zip")]
    if not within or any(map(is_candidate, names)):
        return None
    return f"it has no stop-and-search file, but {len(within)} archives inside", "put these into the raw folder"
