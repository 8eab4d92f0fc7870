"""Limits of differences of shares: those of the crude one by the interval rule, and what months add to the others."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import special

from sas_analysis.measures.intervals.asked import Asked, Given, limits_of
from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.differences import share_difference_limits
from sas_analysis.measures.intervals.distances import mover
from sas_analysis.measures.intervals.limits import interval_name, wilson
from sas_analysis.measures.intervals.variance import t_quantile
from sas_analysis.measures.outcomes.group_counts import total

SAMPLING = "sampling"  # limits of independent searches, by the name of their author


FEW = 5  # searches with, or without, the outcome below which normal limits of a difference are too near


@dataclass(frozen=True)
class MonthsPart:
    """Squared distances that the months put between n differences and their limits: of process, or of the period.

    Attributes
    ----------
    down, up : of the limits asked for
    period_down, period_up : of those of the period
    least : array (4, n), in the same order: how far limits are away at the least, of a difference of few outcomes
    """

    down: np.ndarray
    up: np.ndarray
    period_down: np.ndarray
    period_up: np.ndarray
    least: np.ndarray | float = 0.0


def crude_limits(counts: dict, estimate: np.ndarray, kind: str, asked: Asked, where) -> tuple[Given, MonthsPart]:
    """Limits of crude differences, and the part that months have in them.

    Parameters
    ----------
    counts : dict
        hits, trials, reference_hits, reference_trials, as `share_difference_limits`, of the rows `where`.
    estimate : array (n,)
    kind : str
    asked : Asked
    where : array of bool (n,)

    Notes
    -----
    What months add is what the limits of the rule have beyond those of the rule without variance between months. Where
    months vary much, the rule can put a limit nearer than searches alone do, for distances on the scale of shares are
    uneven and the two shares move together: then that of searches alone stands, and in process that of the period.
    """
    if not asked.by_rule:
        none = np.zeros(len(estimate))
        return _by_name(counts, asked, where), MonthsPart(none, none, none, none)
    draw = partial(share_difference_limits, **counts, kind=kind)
    constants = read_constants()
    still = replace(constants, tau2=dict.fromkeys(constants.tau2, 0.0))
    given, alone = limits_of(draw, asked, where), limits_of(partial(draw, constants=still), asked, where)
    given = _no_narrower(given, alone)
    distances = [
        np.fmax((estimate - getattr(given, name)) ** 2 - (estimate - getattr(alone, name)) ** 2, 0)
        for name in ("lower", "upper", "period_lower", "period_upper")
    ]
    return given, MonthsPart(*distances, _least(given, counts, estimate, where))


def _least(given: Given, counts: dict, estimate: np.ndarray, where: np.ndarray) -> np.ndarray:
    """How far the limits of the crude difference are, where few searches of either group end one way; zero elsewhere.

    Variances of differences within strata, and of adjusted ones, go to nothing where a group has no such search.
    """
    few = np.zeros(len(estimate), dtype=bool)
    for prefix in ("", "reference_"):
        hits, trials = (total(counts[prefix + name]) for name in ("hits", "trials"))
        few[where] |= np.minimum(hits, trials - hits) < FEW
    ends = np.array([given.lower, given.upper, given.period_lower, given.period_upper])
    return np.where(few, np.nan_to_num(np.abs(ends - estimate)), 0.0)


def _no_narrower(given: Given, alone: Given) -> Given:
    """Limits that are nowhere nearer than those of searches alone, nor those asked for nearer than the period's."""
    period = np.fmin(given.period_lower, alone.lower), np.fmax(given.period_upper, alone.upper)
    own = np.minimum(given.lower, period[0]), np.maximum(given.upper, period[1])
    return replace(given, lower=own[0], upper=own[1], period_lower=period[0], period_upper=period[1])


def limits_around(estimate, half, months: MonthsPart, crude: Given, asked: Asked, name: str) -> Given:
    """Limits of other differences of the same groups: those of their own searches, and the months' part of the crude.

    Parameters
    ----------
    estimate : array (n,)
    half : array (n, 2)
        How far their own searches put a limit from the differences: as independent ones, and with months as clusters.
    months : MonthsPart
    crude : Given
    asked : Asked
    name : str
        Of the method, for limits of independent searches.
    """
    estimate, (half, clustered) = np.asarray(estimate, dtype=float), np.asarray(half, dtype=float).T
    if not asked.by_rule:
        if asked.interval != SAMPLING:
            return Given.none(len(estimate))
        named = np.where(np.isfinite(half), interval_name(name, asked.level), "").astype(object)
        ends = np.clip(estimate - half, -1, 1), np.clip(estimate + half, -1, 1)
        return replace(Given.none(len(estimate)), lower=ends[0], upper=ends[1], name=named)
    squared = np.array([months.down, months.up, months.period_down, months.period_up])
    # Clusters show a part of what the rule adds: the farther of the two, and not both.
    away = np.fmax(np.fmax(np.sqrt(half**2 + squared), clustered), months.least)
    ends = list(np.clip(estimate + np.array([-1, 1, -1, 1])[:, None] * away, -1, 1))
    given = np.isfinite(crude.lower)  # of section 60 there are limits of the period alone
    ends[:2] = [np.where(given, end, np.nan) for end in ends[:2]]
    return Given(
        lower=ends[0],
        upper=ends[1],
        name=np.where(np.isfinite(ends[0]), crude.name, ""),
        period_lower=ends[2],
        period_upper=ends[3],
        note=crude.note,
    )


def half_widths(se: float, se_clustered: float, clusters: int, asked: Asked) -> tuple[float, float]:
    """How far searches put a limit from an estimate: as independent ones, and with months as clusters.

    Clusters have the quantile of t on one less than their number; there is no such width by name, nor of one cluster.
    """
    level = asked.level ** (1 / asked.together)
    alone = float(special.ndtri((1 + level) / 2)) * se
    if not asked.by_rule or clusters < 2:
        return alone, np.nan
    return alone, float(t_quantile(clusters - 1, level) * se_clustered)


def _by_name(counts, asked, where):
    found = Given.none(len(where))
    if asked.interval != SAMPLING:
        return found
    level = asked.level ** (1 / asked.together)
    sums = {name: total(values) for name, values in counts.items()}
    ends = []
    for hits, trials in (("hits", "trials"), ("reference_hits", "reference_trials")):
        limits = wilson(successes=pd.array(sums[hits]), trials=pd.array(sums[trials]), level=level)
        ends.append((sums[hits] / sums[trials], *(np.asarray(limit, dtype=float) for limit in limits)))
    lower, upper, name = found.lower.copy(), found.upper.copy(), found.name.copy()
    lower[where], upper[where] = mover(*ends, 0.0)
    name[where] = interval_name("Newcombe", asked.level)
    return replace(found, lower=lower, upper=upper, name=name)
