"""The files that parameters name, and whether a notebook can read them.

A pipe or a device may never end, so only regular files of a bounded size are read.
"""

import stat
from collections.abc import Mapping
from pathlib import Path

from sas_analysis.reference.boundaries import candidates

FILES = "_file"  # how the name of a parameter ends that names a file the notebook reads
LARGEST = 1 << 30  # bytes
_FETCH = "sas-analysis fetch-reference boundaries"


def files_of(values: Mapping[str, object]) -> dict[str, Path]:
    """The files that parameters name for the notebook to read (a user's residents), by parameter."""
    return {name: Path(value).absolute() for name, value in values.items() if name.endswith(FILES) and value}


def faults(values: Mapping[str, object]) -> list[str]:
    """What is wrong with the files and boundaries that parameters name, and what to do; empty: nothing.

    Parameters
    ----------
    values
        The values of a report's parameters, by name; relative paths start at the working directory.
    """
    found = {name: _file_fault(path) for name, path in files_of(values).items()}
    if values.get("boundaries"):
        found["boundaries"] = _boundary_fault(Path(str(values["boundaries"])).absolute())
    return [f"parameter {name}: {values[name]} {fault}" for name, fault in found.items() if fault]


def _file_fault(path: Path, do: str = "name a file that is there") -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return f"is not a file but {_kind(status.st_mode)}; {do}"
        if status.st_size > LARGEST:
            return f"has {status.st_size:,} bytes, more than are read ({LARGEST:,}); name a smaller file"
        path.open("rb").close()
    except ValueError:  # Python has words of its own for it, others in each version
        return f"cannot be read (a null byte in its name); {do}"
    except OSError as error:
        return f"cannot be read ({error.strerror or error}); {do}"
    return ""


def _kind(mode: int) -> str:
    kinds = {"a folder": stat.S_ISDIR, "a pipe": stat.S_ISFIFO, "a socket": stat.S_ISSOCK}
    return next((kind for kind, is_it in kinds.items() if is_it(mode)), "a device")


def _boundary_fault(place: Path) -> str:
    do = f"name a GeoJSON file or a folder of them, or run: {_FETCH}"
    if place.is_dir():
        return "" if candidates(place) else f"has no GeoJSON file (*.geojson, *.json); {do}"
    return _file_fault(place, do) or ("" if _starts_as_json(place) else f"is not GeoJSON; {do}")


def _starts_as_json(path: Path) -> bool:
    """Whether the first character is that of a JSON object: all else is checked by whoever reads it."""
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
