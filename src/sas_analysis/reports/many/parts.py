"""An array of batches, each of which makes its part of a file's reports; together they have one summary.

What is in OUT/.batch beside the files of a batch:

    parts/3-of-45.lock        held while that part is at work: parts work side by side, a whole batch works alone
    parts/3-of-45.json        how the part went
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from sas_analysis.errors import ParameterError

_MOMENT = 5  # seconds: parts look at the lock of the whole one after the other, and hold it no longer


@dataclass(frozen=True)
class Part:
    """One of `of` parts, counted from 1."""

    number: int
    of: int

    @property
    def name(self) -> str:
        """As its files are called."""
        return f"{self.number}-of-{self.of}"


def read_part(text: str) -> Part:
    """A part as the command line has it, "K/N". Raises ParameterError."""
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ParameterError(f'--part "{text}" is no part; write it as K/N, the K-th of N, such as 3/45')
    return Part(int(number), int(of))


def share(jobs: list, part: Part) -> list:
    """The jobs of one part: those of the same forces stay together, for they read the same records."""
    groups: dict[tuple[str, ...], list] = {}
    for job in jobs:
        groups.setdefault(tuple(job.forces), []).append(job)
    mine = list(groups.values())[part.number - 1 :: part.of]
    return [job for group in mine for job in group]


@contextmanager
def alone(folder: Path, part: Part | None) -> Iterator[None]:
    """Hold OUT/.batch: for one batch, or for the parts of an array. Raises filelock.Timeout if another has it."""
    parts = folder / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    if part is None:
        with FileLock(folder / "lock", timeout=_MOMENT):
            for lock in sorted(parts.glob("*.lock")):
                FileLock(lock, timeout=0).acquire().lock.release()
            yield
    else:
        with FileLock(parts / f"{part.name}.lock", timeout=0):
            FileLock(folder / "lock", timeout=_MOMENT).acquire().lock.release()
            yield
