"""Change points of monthly series, each named as what it is: of searches, a rate, a ratio, a share, or of recording."""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.cells import as_counts
from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.intervals.process import variance_of
from sas_analysis.measures.intervals.variance import rate_months, share_months
from sas_analysis.measures.pooling.false_discovery import benjamini_hochberg
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.table import measures_table
from sas_analysis.measures.trends.monthly import COUNT, Monthly
from sas_analysis.measures.trends.rests import FEWEST_OF_SIDE, parted
from sas_analysis.measures.trends.scan import DRAWS, LEAST, LEVEL, held, scan
from sas_analysis.processes import each

FEWEST_MONTHS = 3 * LEAST
FEWEST = 5  # searches of either kind in an ordinary month, below which their logarithm is no measure of it
_MEANS = ("mean_before", "mean_after")
NOT_SEARCHED = "not searched: "
OF_ODDS = "of the odds of the share"
NO_STEP, TOO_SHORT, TOO_FEW = "no step stands out", "too few months", "too few searches a month"
# Of however many searches, a share of hardly any or of nearly all of them has too few.
ONE_SIDED = f"{TOO_FEW} in the share or outside it"
TOO_FEW_BESIDE = "too few searches on one side of a step"
_FINEST = 5  # simulated series beyond the largest p that one step alone may have among all that is looked at


def change_points(series: Iterable[Monthly], *, level: float = LEVEL) -> pd.DataFrame:
    """Months at which a series takes a step that the ordinary drift of months does not explain.

    Parameters
    ----------
    series : iterable of Monthly
        All that are looked at: p is adjusted over them.
    level : float
        Where no series has a step, any is taken in 1 - level of cases at most.

    Returns
    -------
    DataFrame
        `<labels> | nature | of | month | p | p_adjusted | looked_at | mean_before | mean_after | <measures table>`, a
        row a step and in time. p is that of its series alone; p_adjusted, which is 1 - level at most, allows for the
        `looked_at` steps that were looked for in all series (`benjamini_hochberg`). A series without a step has one row
        with month "", no estimate, and the reason in the note; so has a step with fewer than `FEWEST_OF_SIDE` searches
        on either side (`rests_on`), which is not estimable. estimate: the factor between the levels after and before
        (of a share: of its odds), which are numerator and denominator: fitted at the step, with the drift of months.
        mean_before, mean_after: what the months between it and the next step on either side are together, as counted.

    Source
    ------
    `scan`; `benjamini_hochberg`; docs/methods.md, Trends; power and false alarms: docs/simulation_change_points.csv.

    Examples
    --------
    >>> months = [f"2020-{n:02}" for n in range(1, 13)]
    >>> arrests = [[20]] * 6 + [[60]] * 6
    >>> made = Monthly("arrest_rate", months, arrests, trials=[[200]] * 12, kind="arrest", nature="share")
    >>> change_points([made])[["nature", "month", "estimate"]].round(1).to_numpy().tolist()
    [['share', '2020-07', 3.8]]
    """
    rows = _rows_of_all(list(series), level)
    table = pd.DataFrame(rows)
    labels = pd.DataFrame([one["labels"] for one in rows], index=table.index)
    return measures_table(
        labels.assign(
            **{
                name: table[name].to_numpy()
                for name in ("nature", "of", "month", "p", "p_adjusted", "looked_at", *_MEANS)
            }
        ),
        measure="step",
        numerator=pd.array([row["after"] for row in rows], dtype="Float64"),
        denominator=pd.array([row["before"] for row in rows], dtype="Float64"),
        limits=(np.array([row["lower"] for row in rows], float), np.array([row["upper"] for row in rows], float)),
        interval=[row["interval"] for row in rows],
        reason=[row["reason"] for row in rows],
        note=[row["note"] for row in rows],
    )


def values_of(series: Monthly):
    """Log rates or logits of the months, and the variance of each from its own searches: arrays (months,).

    Half a search is added to either side, so that a month without one has a value; one that may not be used has none.
    """
    constants, used = read_constants(), series.used
    hits = np.where(used[:, None], series.hits, 0)[None]
    with np.errstate(all="ignore"):
        if series.form == COUNT:
            (counts,) = as_counts(hits=hits)
            exposure = np.where(used, series.exposure, 0)
            months = rate_months(counts, exposure[None], constants)
            values = np.log((counts.months[0] + 0.5) / exposure)
        else:
            counts, trials = as_counts(hits=hits, trials=np.where(used[:, None], series.trials, 0)[None])
            months = share_months(counts, trials, constants)
            k, n = counts.months[0], trials.months[0]
            values = np.log((k + 0.5) / (n - k + 0.5))
        noise = months.phi[0] / months.information[0]
    return np.where(used, values, np.nan), np.where(used, noise, np.nan)


def not_scanned(series: Monthly) -> str:
    """Why a series cannot be searched for steps; "" where it can."""
    used = series.used
    if not used.any() and series.why[0]:
        alike = len(set(series.why)) == 1  # then it is no matter of months, such as a force without residents
        return series.why[0] if alike else f"no month may be used ({series.why[0]})"
    if used.sum() < FEWEST_MONTHS:
        return f"{TOO_SHORT}: {used.sum()} may be used, {FEWEST_MONTHS} are needed"
    hits = series.hits[used].sum(-1)
    others = hits if series.form == COUNT else series.trials[used].sum(-1) - hits
    few = min(np.mean(hits), np.mean(others))
    what = TOO_FEW if series.form == COUNT else ONE_SIDED
    return f"{what}: {few:.1f} on average, {FEWEST} are needed" if few < FEWEST else ""


class _Looked(NamedTuple):
    """What was looked for in a series.

    why : why it was not searched, "" where it was. steps : first month and p of each step that rests on enough
    searches. few : of the others, the searches that each rests on. rest, rest_p : the largest step beside them, and
    its p; -1 where no month was left to try.
    """

    why: str
    steps: dict[int, float]
    few: dict[int, float]
    rest: int
    rest_p: float

    @property
    def tested(self) -> dict[int, float]:
        """The steps that were found, or else the largest that was looked at: first month and p."""
        return self.steps or ({} if self.rest < 0 else {self.rest: self.rest_p})


def _look(series: Monthly, level: float, number: int) -> _Looked:
    """The steps of a series, one of a number that are looked at."""
    if why := not_scanned(series):
        return _Looked(why, {}, {}, -1, np.nan)
    values, noise = values_of(series)
    given = {"tau2": _tau2(series), "level": level}
    found = scan(values, noise, **given)
    finest = round(_FINEST * number / (1 - level)) - 1  # a p of 1 in 2,000 would be none among hundreds of series
    if finest > DRAWS and len(found.p) and found.p.min() <= 1 / (DRAWS + 1):
        found = scan(values, noise, **given, draws=finest)
    kept, few = parted(series, found.at)
    p = dict(zip(found.at.tolist(), found.p.tolist(), strict=True))
    return _Looked("", {month: p[month] for month in kept}, few, found.largest, found.largest_p)


def _looked_at(series: list[Monthly], level: float) -> list[_Looked]:
    """`_look` of every series in their order; those of the same months one after another, for they share much."""
    alike = sorted(range(len(series)), key=lambda at: series[at].used.tobytes())
    found = dict(zip(alike, each(lambda at: _look(series[at], level, len(series)), alike), strict=True))
    return [found[at] for at in range(len(series))]


def _adjusted(looked: list[_Looked], level: float) -> tuple[dict[tuple[int, int], float], int]:
    """The p of all steps found, and of the largest of each series without one: adjusted, and how many these are.

    By series and month.
    """
    p = {(at, month): value for at, one in enumerate(looked) for month, value in one.tested.items()}
    if not p:
        return {}, 0
    table = benjamini_hochberg(pd.DataFrame({"p_value": list(p.values())}), family="steps", rate=1 - level)
    return dict(zip(p, table["p_adjusted"].tolist(), strict=True)), len(p)


def _rows_of_all(series: list[Monthly], level: float):
    """The rows of every series in their order."""
    looked = _looked_at(series, level)
    adjusted, number = _adjusted(looked, level)
    rows = []
    for at, one in enumerate(series):
        own = {month: value for (of, month), value in adjusted.items() if of == at}
        rows += [row | {"looked_at": number} for row in _rows(one, looked[at], own, level)]
    return rows


_NONE = {
    "month": "",
    **dict.fromkeys(("p", "p_adjusted", *_MEANS, "lower", "upper"), np.nan),
    **dict.fromkeys(("after", "before"), pd.NA),
    "interval": "",
    "note": "",
}


def _rows(series: Monthly, looked: _Looked, adjusted: dict[int, float], level: float):
    """The rows of a series: its steps, and those that rest on too few searches; or why there is none."""
    start = {"labels": dict(series.labels), "nature": series.nature, "of": series.measure} | _NONE
    if looked.why:
        return [start | {"reason": f"{NOT_SEARCHED}{looked.why}"}]
    taken = [month for month in looked.steps if adjusted[month] <= 1 - level + 1e-12]
    rows = {month: start | row for month, row in _rows_of_steps(series, taken, looked, adjusted, level)}
    for month, fewest in looked.few.items():
        said = f"{TOO_FEW_BESIDE} in {series.months[month]}: {int(fewest)}, {FEWEST_OF_SIDE} are needed"
        rows[month] = start | {"reason": f"not estimable: {said}"}
    return [rows[month] for month in sorted(rows)] or [start | _no_step(series, looked, adjusted)]


def _no_step(series, looked, adjusted):
    """What a row says of a series without a step: the largest that was looked at."""
    p = looked.tested
    if not p:
        return {"reason": NO_STEP}
    month = min(p, key=lambda one: p[one])
    said = f"p {p[month]:.2f}, {adjusted[month]:.2f} for all that was looked at"
    reason = f"{NO_STEP}: the largest, in {series.months[month]}, {said}"
    return {"p": p[month], "p_adjusted": adjusted[month], "reason": reason}


def _rows_of_steps(series, at, looked, adjusted, level):
    """Month and row of the steps of a series that are taken, all of them held together."""
    if not at:
        return
    fit = held(*values_of(series), at, tau2=_tau2(series), level=level)
    unit = MEASURES[series.measure].per if series.form == COUNT else series.scale or 1.0
    levels = np.exp(fit.fitted) * unit
    means = _levels_between(series, [0, *at, len(series.months)])
    lower, upper = np.exp(fit.lower), np.exp(fit.upper)
    for n, month in enumerate(at):
        yield (
            month,
            {"month": series.months[month], "p": looked.steps[month], "p_adjusted": adjusted[month]}
            | {"after": float(levels[month]), "before": float(levels[month - 1])}
            | dict(zip(_MEANS, means[n : n + 2], strict=True))
            | {"lower": lower[n], "upper": upper[n], "interval": interval_name("step", level), "reason": ""}
            | {"note": of_odds(series)},
        )


def _tau2(series: Monthly) -> float:
    return float(variance_of(series.kind, read_constants()))


def _levels_between(series: Monthly, edges: list[int]) -> list[float]:
    """What the usable months of each stretch between edges are together."""
    place = np.arange(len(series.months))
    return [float(series.level(series.used & (place >= first) & (place < end))) for first, end in pairwise(edges)]


def of_odds(series: Monthly) -> str:
    """What the factor of a series is of, where it is of odds."""
    return OF_ODDS if series.form == "share" else ""
