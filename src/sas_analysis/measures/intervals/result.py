"""What the interval rule returns: limits, and what a note and a sentence say of them."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from sas_analysis.measures.intervals.constants import SECTION_60, Constants, read_constants
from sas_analysis.measures.intervals.variance import TARGETS, Variance

FEW = 20  # below so many searches a note says so
NO_LEVEL = "limits of the period only: section 60 is used in operations, with no level over the years"
NO_SEARCH = "no limits: no search"


class Asked(NamedTuple):
    """The limits asked for; `each` is the level of each of several that hold `level` together."""

    target: str
    level: float
    together: int
    constants: Constants
    each: float


@dataclass(frozen=True)
class Limits:
    """Estimates with their limits; arrays of shape (n,).

    Attributes
    ----------
    estimate, lower, upper : on the scale of the measure; missing where `reason` says why
    tau : standard deviation of months around the level, log scale (shares: logit)
    df : degrees of freedom of tau; 4 where other forces alone show it
    f : variance of the mean of these months in units of tau squared
    phi : dispersion of weeks within months
    fewest : the smaller of the counts the estimate rests on
    reason : why there are no limits, "" where there are
    target : "process", "period" or "change"
    level, together : the level, which holds for `together` rows at once
    imputed : the part of the variance that imputations make; None where nothing is imputed
    link : the scale on which limits are about even: "log", "logit" (shares) or "identity" (differences)
    """

    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    tau: np.ndarray
    df: np.ndarray
    f: np.ndarray
    phi: np.ndarray
    fewest: np.ndarray
    reason: np.ndarray
    target: str
    level: float
    together: int
    constants: Constants
    link: str = "log"
    variance: Variance | None = field(default=None, repr=False)
    imputed: np.ndarray | None = field(default=None, repr=False)

    @property
    def name(self):
        """The name of the interval in a table: "95% process"."""
        groups = f", {self.together} together" if self.together > 1 else ""
        return f"{self.level * 100:g}% {self.target}{groups}"

    @property
    def few(self):
        """Where fewer than 20 searches are counted: a bool per row."""
        return self.fewest < FEW

    def notes(self, *, source=True):
        """What a note says of each row, n texts. source : name the records that the constants are fitted on."""
        constants = f"constants {self.constants.version}"
        constants += f" ({self.constants.source})" if source and self.constants.source else ""
        return np.array([self._note(row, constants) for row in range(len(self.estimate))], dtype=object)

    def _note(self, row, constants):
        if self.reason[row]:
            return self.reason[row]
        given = f"tau {self.tau[row]:.2f} ({self.df[row]:.1f} df), f {self.f[row]:.2f}, phi {self.phi[row]:.1f}"
        said = [f"{given}, {constants}"] if np.isfinite(self.f[row]) else []
        if self.few[row]:
            said.append("few searches")
        return "; ".join(said)


def make_limits(estimate, lower, upper, *, variance, fewest, reason, asked, link):
    """`Limits` of rows of which some have a reason to have none; then lower and upper are missing."""
    stands = reason == ""
    lower, upper = (np.where(stands, limit, np.nan) for limit in (lower, upper))
    tau = np.sqrt(variance.tau2)
    parts = (estimate, lower, upper, tau, variance.df_between, variance.f, variance.phi, fewest, reason)
    return Limits(
        *np.broadcast_arrays(*parts), asked.target, asked.level, asked.together, asked.constants, link, variance
    )


def reasons(searches, kind, target):
    """Why a row has no limits, n texts. searches : of all groups that the row rests on."""
    none = np.where(searches > 0, "", NO_SEARCH).astype(object)
    if target == "period":
        return none
    sporadic = np.broadcast_to(np.asarray(kind, dtype=object) == SECTION_60, none.shape)
    return np.where(sporadic & (none == ""), NO_LEVEL, none)


def ask(target, level, together, constants):
    """What is asked, checked; constants are those of the package by default. Several limits have Sidak's level (1967).

    Raises ValueError for a target, level or number of rows that is none: all faults at once.
    """
    faults = []
    if target not in TARGETS:
        faults.append(f"target is one of {', '.join(map(repr, TARGETS))}, not {target!r}")
    if not 0 < level < 1:
        faults.append(f"level lies between 0 and 1, such as 0.95, this is {level}")
    if not (together >= 1 and together == int(together)):
        faults.append(f"together is the number of rows compared at once, 1 or more, this is {together}")
    if faults:
        raise ValueError("; ".join(faults))
    return Asked(target, level, together, constants or read_constants(), level ** (1 / together))
