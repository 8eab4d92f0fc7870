"""The limits that a measure is asked for, by name, and what a measures table takes of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from numbers import Integral, Real

import numpy as np

from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.result import Limits
from sas_analysis.names import raise_faults

PROCESS, PERIOD, NONE = REPORTED = ("process", "period", "none")
CONSTANTS = "limits by constants"  # how the remark on the constants begins
FEW_SEARCHES = "few searches"


def level_faults(level: object) -> list[str]:
    """What is wrong with a confidence level: the one rule for every level that is asked for.

    Examples
    --------
    >>> level_faults(0.9), level_faults(95)
    ([], ['level=95 is no confidence level; choose one between 0.5 and 0.999, such as 0.95'])
    """
    if isinstance(level, Real) and not isinstance(level, bool) and 0.5 <= level <= 0.999:
        return []
    return [f"level={level!r} is no confidence level; choose one between 0.5 and 0.999, such as 0.95"]


@dataclass(frozen=True)
class Asked:
    """The interval of a measure: its name, its level, and how many rows hold the level at once.

    Parameters
    ----------
    interval : str
        "process", "period" or "none", or one that the measure has by name.
    level : float
        Between 0.5 and 0.999, as `level_faults` says.
    together : int
        Rows that are compared at once, for which the level holds together.
    named : iterable of str
        The intervals that the measure has by name.

    Raises
    ------
    ParameterError
        For an interval that is neither, a level that is none, and rows that are no number, all faults at once.
    """

    interval: str = PROCESS
    level: float = 0.95
    together: int = 1
    named: Iterable[str] = field(default=(), repr=False)

    def __post_init__(self):
        known, faults = (*REPORTED, *self.named), level_faults(self.level)
        if self.interval not in known:
            faults.insert(0, f'interval "{self.interval}" is unknown; choose from: {", ".join(known)}')
        if isinstance(self.together, bool) or not isinstance(self.together, Integral) or self.together < 1:
            faults.append(f"together is the number of rows compared at once, 1 or more, this is {self.together!r}")
        raise_faults(faults)

    @property
    def by_rule(self) -> bool:
        """Whether the limits are those of the interval rule."""
        return self.interval in (PROCESS, PERIOD)


@dataclass(frozen=True)
class Given:
    """Limits of n rows, those asked for beside those of the period; missing where there are none."""

    lower: np.ndarray
    upper: np.ndarray
    name: np.ndarray
    period_lower: np.ndarray
    period_upper: np.ndarray
    note: np.ndarray

    @classmethod
    def none(cls, rows: int) -> "Given":
        """No limits of so many rows."""
        missing, empty = np.full(rows, np.nan), np.full(rows, "", dtype=object)
        return cls(missing, missing, empty, missing, missing, empty)

    def columns(self, per=1.0) -> dict:
        """The arguments of `measures_table` that limits have, on the scale of the estimate."""
        return {
            "limits": (self.lower * per, self.upper * per),
            "interval": self.name,
            "period": (self.period_lower * per, self.period_upper * per),
        }


def limits_of(draw: Callable[..., Limits], asked: Asked, where=None) -> Given:
    """Limits of both kinds by the interval rule.

    Parameters
    ----------
    draw : callable
        Function of target, level and together that gives `Limits` of some rows.
    asked : Asked
        "process" or "period".
    where : array of bool (n,), optional
        The rows that `draw` gives; by default all.
    """
    common = {"level": asked.level, "together": asked.together}
    period = draw(target=PERIOD, **common)
    own = draw(target=PROCESS, **common) if asked.interval == PROCESS else period
    where = np.ones(len(own.lower), dtype=bool) if where is None else np.asarray(where, dtype=bool)
    stands = np.isfinite(own.lower)
    remarks = np.where(own.few & (own.reason == ""), FEW_SEARCHES, own.reason)
    placed = [
        *(own.lower, own.upper, np.where(stands, own.name, "")),
        *(period.lower, period.upper, _notes(remarks, stands | np.isfinite(period.lower))),
    ]
    found = Given.none(len(where))
    arrays = [array.copy() for array in vars(found).values()]
    for array, values in zip(arrays, placed, strict=True):
        array[where] = values
    return Given(*arrays)


def constants_note() -> str:
    """The version and source of the constants, as a note says them."""
    constants = read_constants()
    return f"{CONSTANTS} {constants.version} ({constants.source})"


def _notes(remarks, limited):
    note = np.where(limited, constants_note(), "").astype(object)
    both = np.array([f"{remark}; {text}" for remark, text in zip(remarks, note, strict=True)], dtype=object)
    return np.where((remarks != "") & (note != ""), both, np.where(remarks != "", remarks, note))
