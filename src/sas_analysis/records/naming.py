"""What the publisher's files are called, and the force and month that a name says."""

import csv
import re
import time
from functools import cache, lru_cache
from importlib import resources
from pathlib import PurePosixPath

from sas_analysis.months import MONTH

_NAME = re.compile(rf"(?P<month>(?=20){MONTH})-(?P<force>[a-z][a-z-]*)-stop-and-search\.csv", re.ASCII)
_WORDS = "stop-and-search"


def force_and_month(path: str) -> tuple[str, str] | None:
    """Force and month that a file's name says, if it is named as the publisher's are.

    Examples
    --------
    >>> force_and_month("2018-04/2018-04-city-of-london-stop-and-search.csv")
    ('city-of-london', '2018-04')
    >>> force_and_month("2018-04/2018-04-city-of-london-street.csv")
    """
    name = _NAME.fullmatch(path.rpartition("/")[2])
    return name and name.group("force", "month")


def is_candidate(path: str) -> bool:
    """Whether a file is named like one of the publisher's, or nearly so. Hidden ones are not, nor a Mac's shadows."""
    path = path.lower()
    *folders, name = PurePosixPath(path).parts if "/" in path else [path]  # most are names: no path is made of them
    hidden = name.startswith(".") or any(_is_hidden(folder) for folder in folders)
    return _WORDS in name and name.endswith(".csv") and not hidden


def _is_hidden(folder: str) -> bool:
    return folder == "__macosx" or (folder.startswith(".") and folder not in (".", ".."))


def may_be_of(path: str, force: str) -> bool:
    """Whether a file that cannot be read may have records of a force: by its name, or because it is an archive."""
    return path.lower().endswith(".zip") or force in path.lower()


def naming_fault(force: str, month: str) -> tuple[str, str] | None:
    """What is wrong with the force or month of a file's name, and what to do; None if nothing is."""
    if force not in known_forces():
        from sas_analysis.reference.forces import check_force  # pandas: not needed where nothing is wrong

        try:
            check_force(force)
        except ValueError as error:
            remedy = "mend the file's name; a force that is missing there is a row of reference/tables/forces.csv"
            return str(error), remedy
    if month > _this_month():
        return f"{month} is in the future", "mend the file's name, or this computer's clock"
    return None


def _this_month() -> str:
    return _month_at(int(time.time()) // 60)


@lru_cache(maxsize=1)
def _month_at(minute: int) -> str:
    """The month by UTC, looked up once a minute: thousands of names are compared with it."""
    return time.strftime("%Y-%m", time.gmtime(60 * minute))


@cache
def known_forces() -> frozenset[str]:
    """The forces that publish, by their names in file names."""
    table = resources.files("sas_analysis") / "reference" / "tables" / "forces.csv"
    with table.open(encoding="utf-8", newline="") as stream:
        return frozenset(row["force"] for row in csv.DictReader(stream))
