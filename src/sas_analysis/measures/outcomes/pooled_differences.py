"""Differences of outcomes of several forces together: their mean, another force's, and each drawn to the mean."""

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.errors import number_of
from sas_analysis.measures.intervals.asked import constants_note
from sas_analysis.measures.outcomes.differences import ADJUSTED, KINDS
from sas_analysis.measures.pooling import random_effects
from sas_analysis.measures.pooling.shrinkage import NO_SPREAD
from sas_analysis.measures.table import MEASURE_COLUMNS, group_columns, measures_table

MEASURES = MEAN, PREDICTION, SHRUNKEN = (
    *("outcome_difference_mean", "outcome_difference_prediction"),
    "outcome_difference_shrunken",
)

RULES = ("process", "period")
_NONE = "not estimable: "
LEAST_FOR_ANOTHER = 5  # forces: of fewer, a range for another force holds nearly all that can be


def pooled_differences(
    by_force: pd.DataFrame, *, of: str = ADJUSTED, level: float = 0.95, interval: str = "process"
) -> pd.DataFrame:
    """Mean difference of forces, the range in which another force's lies, and each force drawn to the mean.

    Parameters
    ----------
    by_force : DataFrame
        `force | <groups> | <measures table>` of `outcome_differences` made force by force, with limits of `level`.
    of : str
        Which difference is pooled: "crude", "within" or "adjusted".
    level : float
        Of the limits, those in the table and those returned.
    interval : str
        "none" gives no limits; the table must have them all the same.

    Returns
    -------
    DataFrame
        `force | <groups> | <measures table>`: with an empty force `outcome_difference_mean` (limits of Hartung and
        Knapp) and `outcome_difference_prediction` (mean, and where the difference of another force lies); with the
        name of a force `outcome_difference_shrunken`. The note says how many forces, and how far they differ (tau, in
        points). A force without a difference is in no mean: its row has no estimate, and the reason.

    Raises
    ------
    ValueError
        For another difference than the three, and a table without forces.

    Notes
    -----
    A force's standard error is read off its limits: half their width, by the normal quantile. So what its months vary
    is in it, and limits of process or of the period give the same of the mean. There is no other of the two beside it:
    a mean of forces is of the level of forces. The limits of a shrunken difference hold the uncertainty of the force
    and of the mean, not of tau.

    Source
    ------
    As `random_effects`.

    Examples
    --------
    >>> table = pooled_differences(by_force, of="crude").query("ethnicity_5 == 'Black'")
    >>> table[["force", "measure", "estimate"]].round(3).head(2)
      force                        measure  estimate
    0              outcome_difference_mean     0.031
    1        outcome_difference_prediction     0.031
    """
    if of not in KINDS[:3]:
        raise ValueError(f'difference "{of}" is unknown; choose from: {", ".join(KINDS[:3])}')
    if "force" not in by_force:
        raise ValueError("the table has no column force: make it force by force")
    own = by_force[by_force["measure"].str.endswith(f"_{of}")]
    groups = [name for name in group_columns(by_force) if name != "force"]
    tables = []
    for labels, rows in own.groupby(groups, sort=False, observed=True):
        has, labels = rows["estimate"].notna() & rows["lower"].notna(), dict(zip(groups, labels, strict=True))
        tables.append(_pooled(rows[has], labels, level, interval != "none"))
        tables += [_left_out(row, labels) for row in rows[~has].itertuples()]
    return pd.concat(tables, ignore_index=True) if tables else _nothing(own, groups)


def _left_out(row, labels):
    """The row of a force that is in no mean, with the reason. row : of the table force by force."""
    why = row.note if row.note.startswith(_NONE) else f"{_NONE}its difference has no limits"
    nothing = np.full(1, np.nan)
    return _table([str(row.force)], labels, [SHRUNKEN], nothing, (nothing, nothing), "", "", why)


def _nothing(own, groups):
    columns = ["force", *groups, *MEASURE_COLUMNS]
    return own[columns].head(0)


def _pooled(rows, labels, level, limits):
    forces = rows["force"].astype("str").tolist()
    if len(forces) < 2:
        reason = f"{_NONE}{number_of(len(forces), 'force')} with a difference, two are needed"
        nothing = np.full(2, np.nan)
        return _table(["", ""], labels, [MEAN, PREDICTION], nothing, (nothing, nothing), "", "", reason)
    y = rows["estimate"].to_numpy(dtype=float)
    half = (rows["upper"] - rows["lower"]).to_numpy(dtype=float) / 2
    v = (half / stats.norm.ppf(0.5 + level / 2)) ** 2
    fit = random_effects.pool(y, v)
    ends = np.array([random_effects.mean_limits(fit, level=level), random_effects.prediction_limits(fit, level=level)])
    said = f"{len(forces)} forces; tau {100 * np.sqrt(fit.tau2):.1f} points; I-squared {fit.i_squared:.0%}"
    if not fit.tau2:
        said += f"; {NO_SPREAD}"
    if len(forces) < LEAST_FOR_ANOTHER:
        ends[1] = np.nan
        said += f"; no range for another force below {LEAST_FOR_ANOTHER}"
    pull = v / (v + fit.tau2)
    shrunken = fit.mean + (1 - pull) * (y - fit.mean)
    margin = stats.norm.ppf(0.5 + level / 2) * np.sqrt(pull * fit.tau2 + (pull * fit.se) ** 2)
    lower, upper = (np.r_[ends[:, side], shrunken + sign * margin] for side, sign in ((0, -1), (1, 1)))
    rule = rows["interval"].iloc[0]  # what the limits of the forces are of
    names = [rule, f"{rule}, prediction for another force", *[rule] * len(forces)]
    said += f"; {constants_note()}" if rule.endswith(RULES) else ""
    estimates = np.r_[fit.mean, fit.mean, shrunken]
    measures = [MEAN, PREDICTION, *[SHRUNKEN] * len(forces)]
    given = (lower, upper) if limits else (np.full(len(lower), np.nan),) * 2
    names = names if limits else ""
    return _table(["", "", *forces], labels, measures, estimates, given, names, said, "")


def _table(forces, labels, measures, estimates, limits, names, note, reason):
    return measures_table(
        pd.DataFrame({"force": pd.array(forces, dtype="str")}).assign(**labels),
        measure=np.array(measures, dtype=object),
        numerator=pd.array(estimates, dtype="Float64"),
        denominator=pd.array(np.ones(len(forces)), dtype="Float64"),
        limits=limits,
        interval=names,
        note=note,
        reason=reason,
    )
