"""Rates and ratios standardised by age and sex: what the same ages and sexes would give.

Searches whose age or sex is blank, or whose sex the census did not ask for, are in no stratum: they are left out, and
the note says how many. Strata are the publisher's age bands x two sexes; what they do not adjust for remains.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.codes import codes_of, positions
from sas_analysis.measures.coverage import in_months, months_published, published_force_months
from sas_analysis.measures.exposure import NO_MONTH, Exposure
from sas_analysis.measures.intervals.asked import Asked, Given, limits_of
from sas_analysis.measures.intervals.limits import _alpha, interval_name
from sas_analysis.measures.intervals.of_exposure import ratio_kinds
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.standardised import standardised_rate_limits
from sas_analysis.measures.intervals.time import WEEKS, knows_weeks, month_codes, week_of
from sas_analysis.measures.rates.per_resident import FIXED_PROCESS
from sas_analysis.measures.rates.ratios import REFERENCE, disproportionality_ratio
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.shares import require_columns
from sas_analysis.measures.table import join_notes, measures_table
from sas_analysis.measures.tallied import numbers_of
from sas_analysis.months import DAYS_OF_A_YEAR, days_in
from sas_analysis.reference.population import GROUPS_5

STRATA = ("age_range", "gender")


def fay_feuer(*, searches, exposure, weights, level=0.95):
    """Directly standardised rate and gamma limits: `rate, lower, upper`, per unit exposure.

    Arrays (..., strata): counts, exposures, and the standard population, which is scaled to one. Poisson counts.
    Source: Fay and Feuer 1997; R epitools `ageadjust.direct`. A stratum without exposure and of weight 0 is ignored.
    """
    n, e, w = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (searches, exposure, weights)))
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(w > 0, w / w.sum(axis=-1, keepdims=True) / e, 0.0)
        rate, variance = (each * n).sum(axis=-1), (each**2 * n).sum(axis=-1)
        largest, tail = each.max(axis=-1), _alpha(level) / 2
        lower = np.where(rate > 0, stats.gamma.ppf(tail, rate**2 / variance, scale=variance / rate), 0.0)
        mean, spread = rate + largest, variance + largest**2
        upper = stats.gamma.isf(tail, mean**2 / spread, scale=spread / mean)
    return rate, lower, upper


def byar(*, observed, level=0.95):
    """Byar's approximate limits of a Poisson count: `lower, upper`. Source: Breslow and Day 1987, formula 2.13."""
    observed, z = np.asarray(observed, dtype=float), stats.norm.isf(_alpha(level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        lower = observed * (1 - 1 / (9 * observed) - z / (3 * np.sqrt(observed))) ** 3
    more = observed + 1
    return np.where(observed > 0, lower, 0.0), more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3


def standardised(searches, grid, residents, *, problem=None, reference=REFERENCE, **options):
    """The three standardised measures in one table, below the ratio without that; or, with a `problem`, every group
    without any, and why.

    Arguments as `standardised_rate` and `standardised_ratio`.
    """
    if problem:
        groups = pd.DataFrame({"ethnicity_5": [group for group in GROUPS_5 if group != reference]})
        nothing = pd.array([pd.NA] * len(groups), dtype="Float64")
        return measures_table(
            groups,
            measure="ratio_of_standardised_rates",
            numerator=nothing,
            denominator=nothing,
            reason=f"not estimable: {problem}",
        )
    cells = _cells(searches, grid, residents)
    ratios = [_ratio_of_standardised_rates, _standardised_ratio]
    before = ratio_before_standardising(searches, grid, residents, reference=reference, **options)
    tables = [before, *(measure(cells, reference=reference, **options) for measure in ratios)]
    return pd.concat([*tables, _standardised_rate(cells, **options)], ignore_index=True)


def ratio_before_standardising(searches, grid, residents, *, reference=REFERENCE, level=0.95, interval="process"):
    """The ratio of the searches and residents that standardised measures rest on: what age and sex change is seen
    beside it. Arguments as `standardised_rate`, without an interval by name.
    """
    inside = np.logical_and.reduce([positions(searches[name], residents[name].unique()) >= 0 for name in STRATA])
    people = residents.groupby(["force", "ethnicity_5"], sort=False)["residents"].sum().reset_index()
    exposure = Exposure.of(searches[inside], grid, people)
    table = disproportionality_ratio(exposure, reference=reference, level=level, interval=interval)
    table = table.assign(measure="ratio_before_standardising", ethnicity_5=table["ethnicity_5"].astype(str))
    return table[table["ethnicity_5"].isin(people["ethnicity_5"])]


def standardised_rate(searches, grid, residents, *, level=0.95, interval="process"):
    """Searches per 1,000 residents a year if every group had the ages and sexes of all residents (direct).

    searches : clean table of the force or forces. grid : `coverage.coverage_grid` of them; its months that count are
    used. residents : `age_sex_residents` of them. numerator = rate x resident-years of the group. interval : "process"
    or "period" (docs/intervals.md), or "none". By name, "fay-feuer": gamma limits that take searches as Poisson counts
    and so hold for a fixed process only.
    """
    return _standardised_rate(_cells(searches, grid, residents), level=level, interval=interval)


def _standardised_rate(cells, *, level=0.95, interval="process"):
    asked = Asked(interval, level, named=["fay-feuer"])
    rate, lower, upper = fay_feuer(searches=cells.n.sum(-1), exposure=cells.years, weights=cells.standard, level=level)
    years, reason = cells.years.sum(axis=-1), cells.reasons()
    limits = Given.none(len(rate))
    if asked.interval == "fay-feuer":
        limits = _named(limits, lower, upper, "Fay-Feuer gamma, Poisson", level)
    elif asked.by_rule:
        limits = _rate_limits(cells, np.array([why == "" for why in reason]), asked)
    return measures_table(
        cells.groups,
        measure="standardised_rate",
        numerator=rate * years,
        denominator=years,
        **limits.columns(MEASURES["standardised_rate"].per),
        note=cells.notes(limits, first="standard: all residents by age and sex"),
        reason=reason,
    )


def standardised_ratio(searches, grid, residents, *, reference=REFERENCE, level=0.95, interval="process"):
    """Searches of a group / those expected at the reference group's rates by age and sex (indirect, O/E).

    Arguments as `standardised_rate`; by name, "byar": limits that take the expected searches as known. Ratios of two
    groups to the reference have different standards and are not to be compared with each other.
    """
    return _standardised_ratio(_cells(searches, grid, residents), reference=reference, level=level, interval=interval)


def _standardised_ratio(cells, *, reference=REFERENCE, level=0.95, interval="process"):
    asked = Asked(interval, level, named=["byar"])
    n, at = cells.n.sum(-1), cells.position(reference)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.nansum(np.where(cells.years > 0, cells.years * n[at] / cells.years[at], 0.0), axis=-1)
    observed, reason = n.sum(axis=-1), cells.reasons(reference)
    limits = Given.none(len(n))
    if asked.interval == "byar":
        with np.errstate(invalid="ignore", divide="ignore"):
            lower, upper = (limit / expected for limit in byar(observed=observed, level=level))
        own = np.arange(len(n)) == at
        lower, upper = (np.where(own, np.nan, limit) for limit in (lower, upper))
        limits = _named(limits, lower, upper, "Byar, Poisson", level)
    elif asked.by_rule:
        limits = _ratio_limits(cells, at, reason, reference, asked, own_standard=True)
    return measures_table(
        cells.groups,
        measure="standardised_ratio",
        numerator=observed.astype(int),
        denominator=expected,
        **limits.columns(),
        note=cells.notes(limits, at),
        reason=reason,
    )


def ratio_of_standardised_rates(searches, grid, residents, *, reference=REFERENCE, level=0.95, interval="process"):
    """Directly standardised rate of a group over the reference group's, both on the ages and sexes of all residents.

    Arguments as `standardised_rate`, without an interval by name.
    """
    return _ratio_of_standardised_rates(
        _cells(searches, grid, residents), reference=reference, level=level, interval=interval
    )


def _ratio_of_standardised_rates(cells, *, reference=REFERENCE, level=0.95, interval="process"):
    asked = Asked(interval, level)
    at, years, reason = cells.position(reference), cells.years.sum(axis=-1), cells.reasons(reference)
    rate = (cells.weights() * cells.n.sum(-1)).sum(axis=1)
    limits = Given.none(len(rate))
    if asked.by_rule:
        limits = _ratio_limits(cells, at, reason, reference, asked, own_standard=False)
    return measures_table(
        cells.groups,
        measure="ratio_of_standardised_rates",
        numerator=rate * years,
        denominator=rate[at] * years,
        **limits.columns(),
        note=cells.notes(limits, at),
        reason=reason,
    )


def _named(none, lower, upper, method, level):
    """Limits by name, which all hold for a fixed process only."""
    known = ~np.isnan(lower)
    name = np.where(known, interval_name(method, level), "").astype(object)
    return replace(none, lower=lower, upper=upper, name=name, note=np.where(known, FIXED_PROCESS, "").astype(object))


def _rate_limits(cells, usable, asked):
    """Limits of each group's standardised rate, per resident-year."""
    if not usable.any():
        return Given.none(len(usable))
    chosen = np.flatnonzero(usable)
    draw = partial(
        standardised_rate_limits,
        searches=cells.flat(cells.cube, chosen),
        exposure=cells.flat(cells.exposure, chosen),
        weights=cells.by_force(cells.weights()[chosen]),
        force=cells.force(len(chosen)),
        row=cells.row(len(chosen)),
    )
    return limits_of(draw, asked, usable)


def _ratio_limits(cells, at, reason, reference, asked, *, own_standard):
    """Limits of each group's ratio to the reference: on its own ages and sexes, or on those of all residents."""
    usable = np.array([why == "" for why in reason]) & (np.arange(len(reason)) != at)
    if not usable.any():
        return Given.none(len(usable))
    chosen = np.flatnonzero(usable)
    e, e_ref = cells.years[chosen], np.broadcast_to(cells.years[at], cells.years[chosen].shape)
    standard = e if own_standard else np.broadcast_to(cells.standard, e.shape)
    there = ((e > 0) & (e_ref > 0))[:, None, :] & np.ones((1, cells.forces, 1), dtype=bool)
    keep = there.ravel()
    draw = partial(
        pooled_ratio_limits,
        searches=cells.flat(cells.cube, chosen)[keep],
        reference_searches=cells.flat(cells.cube, np.full(len(chosen), at))[keep],
        exposure=cells.by_force(e)[keep],
        reference_exposure=cells.by_force(e_ref)[keep],
        weights=cells.by_force(standard)[keep],
        force=cells.force(len(chosen))[keep],
        row=cells.row(len(chosen))[keep],
        kind=ratio_kinds("ethnicity_5", cells.groups.loc[usable, "ethnicity_5"], reference),
    )
    return limits_of(draw, asked, usable)


class _Cells:
    """Counts and resident-years of every group by stratum, and what share of the residents each stratum is.

    cube (groups, forces, strata, months, weeks); exposure (groups, forces, strata, months); n (groups, strata, months);
    years (groups, strata); standard (strata).
    """

    def __init__(self, groups, cube, exposure, left_out):
        self.groups = pd.DataFrame({"ethnicity_5": groups})
        self.cube, self.exposure, self.left_out = cube, exposure, left_out
        self.n, self.years = cube.sum(axis=(1, 4)), exposure.sum(axis=(1, 3))
        self.standard, self.forces = self.years.sum(axis=0) / (self.years.sum() or 1.0), cube.shape[1]

    def weights(self):
        """What one search of each group and stratum adds to the standardised rate."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where((self.standard > 0) & (self.years > 0), self.standard / self.years, 0.0)

    def notes(self, limits, at=None, *, first=""):
        """What to know of every row; `at` is the reference group."""
        rows = len(self.groups)
        own = ["reference group" if row == at else first for row in range(rows)]
        return join_notes(pd.Series(own), pd.Series([self.left_out] * rows), pd.Series(limits.note)).array

    def flat(self, cube, groups):
        """An array of some groups with a row for every group, force and stratum."""
        return cube[groups].reshape(-1, *cube.shape[3:])

    def by_force(self, values):
        """Values (groups, strata), repeated for every force."""
        return np.repeat(values[:, None, :], self.forces, axis=1).ravel()

    def force(self, groups):
        """The force of every row of `flat`."""
        strata = self.cube.shape[2]
        return np.tile(np.repeat(np.arange(self.forces), strata), groups)

    def row(self, groups):
        """The group of every row of `flat`, counted from 0."""
        return np.repeat(np.arange(groups), self.forces * self.cube.shape[2])

    def position(self, reference):
        names = self.groups["ethnicity_5"].tolist()
        if reference not in names:
            raise ValueError(f'reference "{reference}" is no group of ethnicity_5: {", ".join(names)}')
        return names.index(reference)

    def reasons(self, reference=None):
        """Why a group has no standardised value: no month, or a stratum without residents, in it or its reference."""
        if not self.years.any():
            return [NO_MONTH] * len(self.groups)
        n, lacking = self.n.sum(-1), (self.years == 0) & (self.standard > 0)
        texts = []
        for row in range(len(n)):
            what = ""
            if (lacking[row] & (n[row] > 0)).any():
                what = "a stratum has searches and no residents"
            elif lacking[row].any():
                what = "a stratum of the standard has no residents of this group"
            texts.append(f"not estimable: {what}" if what else "")
        if reference is None:
            return texts
        at = self.position(reference)
        of = f"not estimable: the reference group {reference} "
        if texts[at]:
            return [text or f"{of}has a stratum without residents" for text in texts]
        return [f"{of}has no search" if n[at].sum() == 0 else text for text in texts]


def _cells(searches, grid, residents):
    require_columns(searches, ["force", "month", "ethnicity_5", *STRATA])
    require_columns(residents, ["force", "ethnicity_5", *STRATA, "residents"], "the residents")
    months, published = months_published(grid), published_force_months(grid)
    searches = in_months(searches, published)
    held = residents.merge(months[["force"]].astype({"force": "str"}), on="force")
    held = held.assign(stratum=_stratum(held))
    groups = list(dict.fromkeys(residents["ethnicity_5"].astype("str")))
    strata, forces = pd.Index(sorted(held["stratum"].unique())), pd.Index(held["force"].unique())
    month, names = month_codes(published["month"])
    people = np.zeros((len(groups), len(forces), len(strata)))
    np.add.at(people, _places(held, groups, forces, strata), held["residents"].to_numpy(dtype=float, na_value=0))
    on = np.zeros((len(forces), len(names)))
    place = forces.get_indexer(published["force"].astype("str"))
    on[place[place >= 0], month[place >= 0]] = 1
    timed = knows_weeks(searches)
    weeks = WEEKS if timed else 1
    week = week_of(searches) if timed else np.zeros(len(searches), dtype=int)
    group, force = positions(searches["ethnicity_5"], groups), positions(searches["force"], forces)
    known = group >= 0
    stratum = _stratum_codes(searches, strata)
    inside = known & (stratum >= 0) & (force >= 0)
    cell = (group * len(forces) + force) * len(strata) + stratum
    cell = (cell * len(names) + positions(searches["month"], names)) * weeks + week
    number = numbers_of(searches)
    number = np.ones(len(searches), dtype=np.int64) if number is None else number
    cube = np.bincount(cell[inside], number[inside], minlength=people.size * len(names) * weeks)
    cube, of_known = cube.reshape(*people.shape, len(names), weeks), number[known].sum()
    share = 1 - number[inside].sum() / of_known if of_known else 0.0
    text = f"age or sex unknown in {share:.1%} of searches of known ethnicity: left out"
    years = [days_in(name) / DAYS_OF_A_YEAR for name in names]
    return _Cells(groups, cube, people[..., None] * (on * years)[None, :, None, :], text)


def _places(frame, groups, forces, strata):
    """The group, force and stratum of every row, as numbers."""
    names = (("ethnicity_5", pd.Index(groups)), ("force", forces), ("stratum", strata))
    return tuple(index.get_indexer(frame[column].astype("str")) for column, index in names)


def _stratum_codes(searches, strata):
    """The place of every search's age and sex among the strata, -1 where it is in none."""
    (age, ages), (sex, sexes) = (codes_of(searches[name]) for name in STRATA)
    place = np.full((len(ages) + 1, len(sexes) + 1), -1, dtype=np.int32)  # the last of each: missing
    place[:-1, :-1] = [strata.get_indexer([f"{one} {other}" for other in sexes]) for one in ages]
    return place[age, sex]


def _stratum(frame):
    return frame["age_range"].astype("str") + " " + frame["gender"].astype("str")
