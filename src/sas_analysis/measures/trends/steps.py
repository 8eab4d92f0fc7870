"""Change points of monthly series, each named as what it is: of searches, a rate, a ratio, a share, or of recording."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.cells import as_counts
from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.intervals.process import variance_of
from sas_analysis.measures.intervals.variance import rate_months, share_months
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.table import measures_table
from sas_analysis.measures.trends.monthly import COUNT, Monthly
from sas_analysis.measures.trends.scan import LEAST, LEVEL, scan
from sas_analysis.processes import each

FEWEST_MONTHS = 3 * LEAST
FEWEST = 5  # searches of either kind in an ordinary month, below which their logarithm is no measure of it
_MEANS = ("mean_before", "mean_after")
NOT_SEARCHED = "not searched: "
OF_ODDS = "of the odds of the share"
NO_STEP, TOO_SHORT, TOO_FEW = "no step stands out", "too few months", "too few searches a month"
# Of however many searches, a share of hardly any or of nearly all of them has too few.
ONE_SIDED = f"{TOO_FEW} in the share or outside it"


def change_points(series: Iterable[Monthly], *, level: float = LEVEL) -> pd.DataFrame:
    """Months at which a series takes a step that the ordinary drift of months does not explain.

    Parameters
    ----------
    series : iterable of Monthly
    level : float
        A step is one of which series without a step show as large a one in 1 - level of cases at most.

    Returns
    -------
    DataFrame
        `<labels> | nature | of | month | p | mean_before | mean_after | <measures table>`, a row a step and in time; a
        series without one has one row with month "", no estimate, and the reason in the note. estimate: the factor
        between the levels after and before (of a share: of its odds), which are numerator and denominator: fitted at
        the step, with the drift of months. mean_before, mean_after: what the months between it and the next step on
        either side are together, as counted.

    Source
    ------
    `scan`; docs/methods.md, Trends; power and false alarms: docs/simulation_change_points.csv.

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
        labels.assign(**{name: table[name].to_numpy() for name in ("nature", "of", "month", "p", *_MEANS)}),
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


def _rows_of_all(series: list[Monthly], level: float):
    """The rows of every series in their order; those of the same months one after another, for they share much."""
    alike = sorted(range(len(series)), key=lambda at: series[at].used.tobytes())
    found = dict(zip(alike, each(lambda at: _rows(series[at], level), alike), strict=True))
    return [row for at in range(len(series)) for row in found[at]]


def _rows(series: Monthly, level: float):
    start = {"labels": dict(series.labels), "nature": series.nature, "of": series.measure}
    none = {
        "month": "",
        "p": np.nan,
        **dict.fromkeys(_MEANS, np.nan),
        "after": pd.NA,
        "before": pd.NA,
        "lower": np.nan,
        "upper": np.nan,
        "interval": "",
    }
    if why := not_scanned(series):
        return [start | none | {"reason": f"{NOT_SEARCHED}{why}", "note": ""}]
    values, noise = values_of(series)
    found = scan(values, noise, tau2=float(variance_of(series.kind, read_constants())), level=level)
    if not len(found.at):
        largest = (
            "" if found.largest < 0 else f": the largest, in {series.months[found.largest]}, p {found.largest_p:.2f}"
        )
        return [start | none | {"p": found.largest_p, "reason": NO_STEP + largest, "note": ""}]
    unit = MEASURES[series.measure].per if series.form == COUNT else series.scale or 1.0
    levels = np.exp(found.fitted) * unit
    rows, means = [], _levels_between(series, [0, *found.at, len(series.months)])
    for n, month in enumerate(found.at):
        before, after = float(levels[month - 1]), float(levels[month])
        factor = np.exp([found.lower[n], found.upper[n]])
        rows.append(
            start
            | {"month": series.months[month], "p": found.p[n], "after": after, "before": before}
            | dict(zip(_MEANS, means[n : n + 2], strict=True))
            | {"lower": factor[0], "upper": factor[1], "interval": interval_name("step", level), "reason": ""}
            | {"note": of_odds(series)}
        )
    return rows


def _levels_between(series: Monthly, edges: list[int]) -> list[float]:
    """What the usable months of each stretch between edges are together."""
    place = np.arange(len(series.months))
    return [float(series.level(series.used & (place >= first) & (place < end))) for first, end in pairwise(edges)]


def of_odds(series: Monthly) -> str:
    """What the factor of a series is of, where it is of odds."""
    return OF_ODDS if series.form == "share" else ""
