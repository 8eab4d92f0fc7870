"""What the folder of a report is called in OUT: NAME_FORCE_FROM_TO, or NAME_FORCE_FROM_TO_LABEL."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from sas_analysis.files import sha256
from sas_analysis.reports.one.input_files import FILES

FAILED = ".failed"  # of OUT: where what is left of runs that failed is kept
_LONGEST = 150  # of the forces in a folder's name; file systems allow 255 bytes for the whole
_LONGEST_LABEL = 60
_LABEL = re.compile(r"[A-Za-z0-9-]{1,60}")


def folder_name(name: str, forces: Sequence[str], start: str, end: str, label: str = "") -> str:
    """The folder of a report. forces : slugs, or ["all"]. label : tells apart reports that differ in parameters."""
    return f"{name}_{joined(forces)}_{start}_{end}" + (f"_{label}" if label else "")


def joined(forces: Sequence[str]) -> str:
    """Forces taken together, as one word: with "+" between, or counted where there are many."""
    text = "+".join(forces)
    return text if len(text) <= _LONGEST else f"{len(forces)}-forces-{sha256(text.encode())[:8]}"


def label_faults(label: object) -> list[str]:
    """What is wrong with a label (empty: nothing)."""
    if label == "" or (isinstance(label, str) and _LABEL.fullmatch(label)):
        return []
    return [f"label {label!r} may only have letters, digits and hyphens, {_LONGEST_LABEL} at most"]


def label_of(parameters: Mapping[str, object]) -> str:
    """A label for parameters that are not the defaults: {"census_year": 2021} is "census-year-2021".

    Of a file or folder only the last part: a name that is seen by many names no machine and no person.
    """
    words = [str(item) for name in sorted(parameters) for item in (name, *_items(name, parameters[name]))]
    label = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(words)).strip("-")
    if len(label) <= _LONGEST_LABEL:
        return label
    digest = sha256(repr(sorted(parameters.items())).encode())[:8]
    return f"{label[: _LONGEST_LABEL - 9].rstrip('-')}-{digest}"


def _items(name: str, value: object) -> Sequence[object]:
    if name == "boundaries" or name.endswith(FILES):
        return [PurePath(str(value)).name]
    return value if isinstance(value, list) else [value]
