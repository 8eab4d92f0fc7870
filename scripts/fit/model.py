"""Fit the constants of the interval rule on records of many forces; nothing in it is random.

Every series (a force, and a group where there are several) has one variance between months, tau2; its likelihood is
restricted (REML) over a grid of tau2, months correlated as the rule takes them. Over forces, tau2 is scaled inverse
chi-square with 4 degrees of freedom; its scale is fitted by maximum likelihood, the standard error is the jackknife's
over forces.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from fit.weeks import weekly_counts
from sas_analysis.measures.intervals.cells import as_counts
from sas_analysis.measures.intervals.constants import SECTION_60, Constants
from sas_analysis.measures.intervals.variance import month_correlation, rate_months, share_months

FEWEST = 20  # searches of the smaller part of a series
MONTHS = 12  # of a series
_TAU2 = np.r_[0, np.geomspace(2e-4, 6, 28)]
_ETHNIC = ("White", "Black", "Asian", "Mixed", "Other")
# Kind -> what is shown (column, label), and the label that is unknown.
_OUTCOME = ("outcome", "Not recorded")
_OBJECT = ("object_group", "Not recorded")
_BY_GROUP = {
    "nfa": (*_OUTCOME, "A no further action disposal"),
    "arrest": (*_OUTCOME, "Arrest"),
    "drugs": (*_OBJECT, "Drugs"),
}
_OF_ALL = {
    "object": [(*_OBJECT, label) for label in ("Weapons", "Stolen property", "Going equipped")],
    "sex or age": [
        ("gender", "Not recorded", "Female"),
        ("age_range", "Not recorded", "10-17"),
        ("age_range", "Not recorded", "over 34"),
    ],
    "outcome": [(*_OUTCOME, label) for label in ("Community resolution", "Summons / charged by post")],
    "share": [("more_than_outer_clothing", "<NA>", "True")],
    SECTION_60: [("power", "Not recorded", "Section 60")],
}
_OTHERS = ("object", "sex or age", "outcome")  # series of the kind "share" as well: all shares that are not named
NEEDED = (
    *("force", "month", "searched_at", "date_in_month", "ethnicity_5", "outcome", "object_group"),
    *("gender", "age_range", "power", "more_than_outer_clothing"),
)


class Series(NamedTuple):
    """Months of one force: distance of each from the level and its variance from searches; missing where not there."""

    kind: str
    force: str
    distance: np.ndarray
    variance: np.ndarray


def fit_constants(searches, *, months, source, version, constants=None):
    """The constants of the rule from the records of several forces.

    Parameters
    ----------
    searches : DataFrame
        Clean table with the columns `NEEDED`, without months that are not to be used; ten forces or more.
    months : sequence of "YYYY-MM"
        All months of the period in time.
    source, version : text
        What the records are, and a name of the result.
    constants : Constants, optional
        Of which kappa, rho, df and phi are taken.

    Returns
    -------
    DataFrame
        `kind | tau0_sq | tau0 | se_log | forces | series | kappa | rho | d0 | source | version`; as `read_constants`
        reads it. se_log : standard error of log tau0_sq.

    Raises
    ------
    ValueError
        If fewer than two forces have a series of `MONTHS` months.

    Source
    ------
    docs/intervals.md.
    """
    constants = constants or Constants({})
    rows = []
    for kind, series in _by_kind(all_series(searches, months=months, constants=constants)).items():
        force = np.array([one.force for one in series])
        if len(set(force)) > 1:
            rows.append({"kind": kind} | _fitted(likelihoods(series, constants), force, constants.df))
    if not rows:
        raise ValueError(
            f"fewer than two forces have {MONTHS} months with {FEWEST} searches: no constant can be fitted"
        )
    return pd.DataFrame(rows).assign(
        kappa=constants.kappa, rho=constants.rho, d0=constants.df, source=source, version=version
    )


def all_series(searches, *, months, constants) -> Iterator[Series]:
    """The series of every kind and force that are long enough and not too thin."""
    forces = pd.DataFrame({"force": sorted(searches["force"].astype("str").unique())})

    def count(rows=None):
        part = searches if rows is None else searches[rows]
        return weekly_counts(part, by="force", months=months, groups=forces)[1]

    group = searches["ethnicity_5"].astype("str").to_numpy()
    every = count()
    by_group = {name: count(group == name) for name in (*_ETHNIC, "Unknown")}
    names = forces["force"].to_numpy()
    for name in _ETHNIC[1:]:
        kind = "ratio other" if name == "Other" else "ratio"
        yield from _shares(kind, names, by_group[name], by_group[name] + by_group["White"], constants)
    yield from _shares("unknown", names, by_group["Unknown"], every, constants)
    days = pd.PeriodIndex(months, freq="M").days_in_month.to_numpy(float) * (every.sum(-1) > 0)
    for counts in (every, *(by_group[name] for name in _ETHNIC)):
        yield from _rates(names, counts, days, constants)
    for kind, (column, unknown, label) in _BY_GROUP.items():
        value = searches[column].astype("str").to_numpy()
        parts = {
            name: (count((value == label) & of), count((value != unknown) & of))
            for name, of in [("all", np.ones(len(value), bool)), *((name, group == name) for name in _ETHNIC)]
        }
        for hits, trials in parts.values():
            yield from _shares(kind, names, hits, trials, constants)
        for name in _ETHNIC[1:]:
            yield from _odds_ratios(f"or {kind}", names, parts[name], parts["White"], constants)
    for kind, shares in _OF_ALL.items():
        for column, unknown, label in shares:
            value = searches[column].astype("str").to_numpy()
            yield from _shares(kind, names, count(value == label), count(value != unknown), constants)


def likelihoods(series, constants):
    """Restricted log likelihood of each series on the grid of tau2, (series, grid)."""
    return np.array([_restricted(one, constants) for one in series])


def fitted_scale(likelihood, df):
    """Scale of tau2 over forces, for the likelihoods of their series on the grid."""

    def minus(log_scale):
        return -_marginal(likelihood, _prior(np.exp(log_scale), df)).sum()

    return np.exp(minimize_scalar(minus, bounds=(-9, 0.7), method="bounded", options={"xatol": 1e-5}).x)


def _by_kind(series):
    kinds = {}
    for one in series:
        kinds.setdefault(one.kind, []).append(one)
    others = [one for kind in ("share", *_OTHERS) for one in kinds.get(kind, [])]
    return kinds | ({"share": others} if others else {})


def _fitted(likelihood, force, df):
    """A row of the constants: the scale, and its jackknife error over forces."""
    scale, names = fitted_scale(likelihood, df), np.unique(force)
    without = np.array([np.log(fitted_scale(likelihood[force != name], df)) for name in names])
    error = np.sqrt((len(names) - 1) / len(names) * ((without - without.mean()) ** 2).sum())
    return {
        "tau0_sq": scale,
        "tau0": np.sqrt(scale),
        "se_log": error,
        "forces": len(names),
        "series": len(likelihood),
    }


def _shares(kind, forces, hits, trials, constants):
    fewest = np.minimum(hits.sum((1, 2)), (trials - hits).sum((1, 2)))
    hits, trials = as_counts(hits=hits, trials=trials)
    yield from _long_enough(kind, forces, *_distances(share_months(hits, trials, constants)), fewest)


def _rates(forces, counts, days, constants):
    (given,) = as_counts(counts=counts)
    yield from _long_enough("rate", forces, *_distances(rate_months(given, days, constants)), counts.sum((1, 2)))


def _odds_ratios(kind, forces, one, other, constants):
    """Series of the log odds ratio of a group and the reference group."""
    (distance, variance), (other_distance, other_variance) = (
        _distances(share_months(*as_counts(hits=hits, trials=trials), constants)) for hits, trials in (one, other)
    )
    fewest = one[0].sum((1, 2))
    yield from _long_enough(kind, forces, distance - other_distance, variance + other_variance, fewest)


def _distances(months):
    with np.errstate(all="ignore"):
        known = months.information > 0
        return (
            np.where(known, months.residual / months.information, np.nan),
            np.where(known, months.phi[:, None] / months.information, np.nan),
        )


def _long_enough(kind, forces, distance, variance, fewest):
    for row, force in enumerate(forces):
        if np.isfinite(distance[row]).sum() >= MONTHS and fewest[row] >= FEWEST:
            yield Series(kind, force, distance[row], variance[row])


def _restricted(series, constants):
    """Restricted log likelihood of one series on the grid: distances are normal about an unknown mean."""
    known = np.isfinite(series.distance)
    correlation = month_correlation(len(known), constants)[np.ix_(known, known)]
    covariance = _TAU2[:, None, None] * correlation + np.diag(series.variance[known])
    root = np.linalg.cholesky(covariance)
    columns = np.column_stack([series.distance[known], np.ones(known.sum())])
    x = np.linalg.solve(root, np.broadcast_to(columns, (len(_TAU2), *columns.shape)))
    squares, cross, ones = (x[..., 0] ** 2).sum(1), (x[..., 0] * x[..., 1]).sum(1), (x[..., 1] ** 2).sum(1)
    log_determinant = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(1)
    return -0.5 * (log_determinant + np.log(ones) + squares - cross**2 / ones)


def _prior(scale, df):
    """Scaled inverse chi-square over the grid (of log tau2), adding to 1; tau2 = 0 has none."""
    density = -0.5 * df * (np.log(_TAU2[1:]) - np.log(scale)) - 0.5 * df * scale / _TAU2[1:]
    weights = np.exp(density - density.max())
    return np.r_[0, weights / weights.sum()]


def _marginal(likelihood, weights):
    most = likelihood.max(1, keepdims=True)
    return np.log((np.exp(likelihood - most) * weights).sum(1)) + most[:, 0]
