"""Counts of one series by month and week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sas_analysis.codes import positions
from sas_analysis.measures.intervals.alike import Alike, alike
from sas_analysis.measures.intervals.process import rate_limits, ratio_limits, share_limits
from sas_analysis.measures.intervals.result import Limits
from sas_analysis.measures.intervals.time import WEEK, WEEKS
from sas_analysis.measures.registry import MEASURES

COUNT, SHARE, RATIO = "count", "share", "ratio"


@dataclass(frozen=True)
class Monthly:
    """One series of one force, or of forces added together, by month and week.

    Parameters
    ----------
    measure : str
        A name of the registry: what a month's estimate is called.
    months : sequence of "YYYY-MM"
        All months in time, those that may not be used as well.
    hits : array (months, weeks)
        Searches with the outcome, object or group; of a count, all searches.
    trials : array (months, weeks), optional
        Of a share: searches for which it is known. Of a ratio: those of the group and of the reference.
    exposure : array (months,), optional
        Of a count: days, or resident-years.
    kind : str
        Which constant of the interval rule says how far its months vary, as `process.share_limits`.
    scale : float
        Of a ratio: residents of the reference over residents of the group.
    why : sequence of str, optional
        Why a month may not be used, "" where it may.
    labels : mapping
        Its group, by column.
    nature : str
        What changes where it does: "searches", "rate", "ratio", "share" or "recording".
    made_of : str
        Which months of which forces it holds, for a note; "" where there is nothing to say.

    Raises
    ------
    ValueError
        For arrays that do not fit the months, and neither or both of trials and exposure: all faults at once.

    Examples
    --------
    >>> made = Monthly("arrest_rate", ["2020-01", "2020-02"], [[3], [5]], trials=[[20], [22]], kind="arrest")
    >>> made.form, made.used.tolist(), round(float(made.level([True, True])), 3)
    ('share', [True, True], 0.19)
    """

    measure: str
    months: Sequence[str]
    hits: np.ndarray
    trials: np.ndarray | None = None
    exposure: np.ndarray | None = None
    kind: str = "rate"
    scale: float | None = None
    why: Sequence[str] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    nature: str = ""
    made_of: str = ""

    def __post_init__(self):
        for name in ("hits", "trials", "exposure"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        why = [""] * len(self.months) if self.why is None else list(self.why)
        object.__setattr__(self, "why", np.array(why, dtype=object))
        if faults := list(self._faults()):
            raise ValueError("; ".join(faults))

    def _faults(self):
        if (self.trials is None) == (self.exposure is None):
            yield "give either trials (shares, ratios) or exposure (counts)"
        for name in ("hits", "trials", "exposure", "why"):
            values = getattr(self, name)
            if values is not None and len(values) != len(self.months):
                yield f"{name} are of {len(values)} months, there are {len(self.months)}"
        if self.trials is not None and self.trials.shape == self.hits.shape and (self.hits > self.trials).any():
            yield f"hits exceed trials in {int((self.hits > self.trials).sum())} cell(s)"

    @property
    def form(self) -> str:
        """ "count", "share" or "ratio"."""
        return COUNT if self.exposure is not None else SHARE if self.scale is None else RATIO

    @property
    def used(self) -> np.ndarray:
        """The months that may be used and have something to count: bool (months,)."""
        base = self.exposure if self.exposure is not None else self.trials.sum(-1)
        return (self.why == "") & (base > 0)

    def level(self, of) -> float:
        """The rate, share or ratio of some months together. of : bool (months,)."""
        of = np.asarray(of, dtype=bool)
        hits = self.hits[of].sum()
        with np.errstate(all="ignore"):
            if self.form == COUNT:
                return hits / self.exposure[of].sum() * MEASURES[self.measure].per
            trials = self.trials[of].sum()
            return hits / trials if self.form == SHARE else hits / (trials - hits) * self.scale

    def parts(self, of) -> tuple[float, float]:
        """Numerator and denominator of `level`."""
        of = np.asarray(of, dtype=bool)
        hits = self.hits[of].sum()
        if self.form == COUNT:
            return hits, self.exposure[of].sum()
        trials = self.trials[of].sum()
        return hits, trials if self.form == SHARE else (trials - hits) / self.scale

    def limits(self, of, *, target="process", level=0.95) -> Limits:
        """Limits of some months together, as the interval rule gives them; from the first of them to the last."""
        of = np.asarray(of, dtype=bool)
        there = np.flatnonzero(of)
        window = slice(there[0], there[-1] + 1) if len(there) else slice(0, 1)
        hits = np.where(of[:, None], self.hits, 0)[None, window]
        asked = {"target": target, "level": level}
        if self.form == COUNT:
            exposure = np.where(of, self.exposure, 0)[None, window]
            return rate_limits(searches=hits, exposure=exposure, per=MEASURES[self.measure].per, **asked)
        trials = np.where(of[:, None], self.trials, 0)[None, window]
        if self.form == SHARE:
            return share_limits(hits=hits, trials=trials, kind=self.kind, **asked)
        pair = {"searches": hits, "reference_searches": trials - hits, "reference_exposure": self.scale}
        return ratio_limits(**pair, kind=self.kind, **asked)


def count_monthly(searches: pd.DataFrame, of: np.ndarray, *, forces: Sequence[str], months: Sequence[str]):
    """Some searches by force, month and week: array (forces, months, weeks).

    Parameters
    ----------
    searches : DataFrame
        Clean table, with the columns force, month, searched_at and date_in_month.
    of : array of bool
        Those to count.
    forces, months : sequence of str
        All that are wanted, in order; searches of others are left out.

    Examples
    --------
    >>> counts = count_monthly(
    ...     study.searches, study.searches["arrest"].fillna(False), forces=["metropolitan"], months=study.months
    ... )
    >>> counts.shape, int(counts.sum())
    ((1, 6, 4), 245)
    """
    counted = alike(searches, of=(np.asarray(of, dtype=bool), 2))
    return by_month(counted, counted.asked["of"] == 1, forces=forces, months=months)


def by_month(counted: Alike, of: np.ndarray, *, forces: Sequence[str], months: Sequence[str]) -> np.ndarray:
    """`count_monthly` of kinds of searches. of : bool, those kinds to count."""
    force, month = positions(counted.rows["force"], forces), positions(counted.rows["month"], months)
    inside = of & (force >= 0) & (month >= 0)
    shape = (len(forces), len(months), WEEKS)
    cell = (force * len(months) + month) * WEEKS + counted.rows[WEEK].to_numpy()
    return np.bincount(cell[inside], counted.number[inside], minlength=np.prod(shape)).reshape(shape)
