"""Series of search rates and ratios: counts beside residents, by force and month."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from sas_analysis.codes import positions
from sas_analysis.measures.coverage import PUBLISHED
from sas_analysis.measures.intervals.asked import Asked, limits_of
from sas_analysis.measures.intervals.of_exposure import ratio_kinds
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.pooled_levels import pooled_rate_limits
from sas_analysis.measures.intervals.time import WEEKS, week_of
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.table import measures_table
from sas_analysis.measures.tallied import numbers_of
from sas_analysis.measures.trends.monthly import Monthly
from sas_analysis.measures.trends.periods import period_of
from sas_analysis.months import DAYS_OF_A_YEAR, days_in
from sas_analysis.reference.denominators import denominator
from sas_analysis.study.comparison import BY, Comparison
from sas_analysis.study.trend_months import parts_of, together_in_both, why_in_both, why_together, with_reasons

RATE, RATIO = "rate", "ratio"
LIMITS = ("interval", "level", "together")  # options that ask for limits
_NAMES = {RATE: "search_rate", RATIO: "disproportionality_ratio"}


@dataclass(frozen=True)
class _Counted:
    """Searches and resident-years of each group by force and month: (forces, months, weeks), (forces, months)."""

    forces: list[str]
    counts: dict[str, np.ndarray]
    years: dict[str, np.ndarray]
    use: np.ndarray
    why: np.ndarray


def series_of_residents(
    compared: Comparison,
    what: str,
    *,
    by_force: bool = False,
    only: Sequence[str] = (),
    year: tuple[str, str] | None = None,
):
    """The series of every group beside its residents, of its rate or of its ratio to the reference: list of Monthly.

    year : first and last month of a period, to take of each force the months that it has there and in the year before.
    """
    months, reference = compared.study.months, compared.reference
    groups = [one for one in groups_of(compared, what) if not only or one in only]
    found, problem = _counted(compared, groups)
    if found is None:
        return [_empty(compared, what, one, problem) for one in groups]
    both, said = together_in_both(found.forces, found.use, months, year)
    if both is not None:
        counts = {one: own * both[..., None] for one, own in found.counts.items()}
        found = replace(found, counts=counts, years={one: own * both for one, own in found.years.items()})
    made = []
    for one in groups:
        for name, rows in parts_of(found.forces, by_force):
            why = why_together(found.use[rows], found.why[rows])
            why = why if both is None else why_in_both(found.use, found.why, both)
            given = {"months": months, "why": why, "nature": what, "made_of": said}
            given |= {
                "hits": found.counts[one][rows].sum(0),
                "labels": ({"force": name} if by_force and len(found.forces) > 1 else {}) | {"group": one},
            }
            usable = np.array([not text for text in why])  # residents of the months that count, of the same forces
            own, other = (found.years[group][rows].sum(0) * usable for group in (one, reference))
            if what == RATE:
                made.append(Monthly(_NAMES[what], exposure=own, kind="rate", **given))
                continue
            given["trials"] = given["hits"] + found.counts[reference][rows].sum(0)
            kind = str(ratio_kinds(BY, [one], reference)[0])
            scale = other.sum() / own.sum() if own.sum() > 0 else 1.0
            made.append(Monthly(_NAMES[what], kind=kind, scale=scale, **given))
    return made


def table_of_residents(compared: Comparison, what: str, *, over: str, level: float, interval: str, together: int = 1):
    """Rates or ratios of every group and period of the calendar: `<over> | ethnicity_5 | <measures table>`.

    The same numbers as `Study.rate` and `Study.ratio` give over these periods, made at once: residents are those of the
    middle of each period; of several forces, a month is of those that have it. A ratio leaves out the reference group,
    which is 1.
    """
    asked = Asked(interval, level, together)
    groups = groups_of(compared, what)
    found, problem = _counted(compared, groups)
    period, periods = pd.factorize(period_of(compared.study.months, over))
    labels = pd.MultiIndex.from_product([periods, groups], names=[over, BY]).to_frame(index=False)
    if found is None:
        nothing = pd.array([pd.NA] * len(labels), dtype="Int64")
        parts = {"numerator": nothing, "denominator": nothing, "reason": f"not estimable: {problem}"}
        return compared.shown(measures_table(labels, measure=_NAMES[what], **parts))
    found = replace(found, years=_years_by_period(compared, found, period, len(periods)))
    tables = [
        _of_group(found, what, one, compared.reference, period, labels[labels[BY].eq(one)], asked) for one in groups
    ]
    return compared.shown(pd.concat(tables, ignore_index=True))


def _of_group(found, what, group, reference, period, labels, asked):
    """The rows of a group, a row a period that has exposure."""
    number = len(labels)
    names = (group, reference) if what == RATIO else (group,)
    n, years = ([_by_period(values[one], period, number) for one in names] for values in (found.counts, found.years))
    exposure = [_inside(found.years[one], period, number).sum((1, 2)) for one in names]  # of all, in one order
    forces, here = len(found.forces), exposure[0] > 0
    flat = [counts.reshape(-1, *counts.shape[2:]) for counts in n]
    spread = [own.reshape(-1, own.shape[2]) for own in years]
    row = np.repeat(np.arange(number), forces)
    there = spread[0].sum(-1) > 0
    row = np.searchsorted(np.flatnonzero(here), row[there])
    total = [counts.sum((1, 2, 3)) for counts in n]
    if what == RATE:
        draw = partial(pooled_rate_limits, searches=flat[0][there], exposure=spread[0][there], row=row)
        denominator, per = exposure[0], MEASURES[_NAMES[what]].per
    else:
        pair = {"exposure": spread[0][there].sum(-1), "reference_exposure": spread[1][there].sum(-1), "row": row}
        counts = {"searches": flat[0][there], "reference_searches": flat[1][there]}
        kind = ratio_kinds(BY, [group], reference)[0]
        draw = partial(pooled_ratio_limits, **counts, **pair, kind=np.full(int(here.sum()), kind, dtype=object))
        with np.errstate(all="ignore"):
            denominator, per = total[1] * exposure[0] / exposure[1], 1.0
    limits = limits_of(draw, asked, here) if asked.by_rule and here.any() else None
    made = measures_table(
        labels,
        measure=_NAMES[what],
        numerator=pd.array(total[0].astype("int64"), dtype="Int64"),
        denominator=np.where(here, denominator, 0.0),
        reason=np.where(here, "", "not estimable: no month that counts"),
        **({} if limits is None else limits.columns(per) | {"note": limits.note}),
    )
    return made[here]


def _by_period(values, period, number):
    """Values (forces, months, ...) of each period: (periods, forces, months, ...), 0 in the months of others.

    Where periods are months, only as many of the others stay as sums over months need: see `one_month`.
    """
    if number < len(period) or number < 3:
        return _inside(values, period, number)
    odd = number % 2
    found = np.zeros((number, len(values), 2 + odd, *values.shape[2:]))
    place = np.where(odd & (np.arange(number) == number - 1), 2, 0)
    found[np.arange(number), :, place] = np.moveaxis(values, 1, 0)
    return found


def _inside(values, period, number):
    """`_by_period` with all months."""
    inside = period[None, :] == np.arange(number)[:, None]  # (periods, months)
    return np.where(inside[:, None, :, *[None] * (values.ndim - 2)], values[None], 0)


def _years_by_period(compared, found, period, number):
    """Resident-years with the residents of the middle of each period, where residents are interpolated."""
    if not compared.base.around:
        return found.years
    study, years = compared.study, {one: own.copy() for one, own in found.years.items()}
    given = {"chinese": study.choices.chinese, "area": study.usable_area}
    place = pd.Series(period, index=study.months)
    of_month = study.counted["month"].astype("str").map(place)
    share = np.array([days_in(month) / DAYS_OF_A_YEAR for month in study.months]) * found.use
    for n in range(number):
        residents = denominator(study.counted[of_month.eq(n)], **given).residents
        for one, people in _people(residents, found.forces, list(years)).items():
            years[one][:, period == n] = people[:, None] * share[:, period == n]
    return years


def _people(residents, forces, groups):
    """Residents of each group in each force: arrays (forces,), by group."""
    keys = zip(residents[BY].astype("str"), residents["force"].astype("str"), strict=True)
    known = dict(zip(keys, residents["residents"], strict=True))
    return {one: np.array([float(known.get((one, force), np.nan)) for force in forces]) for one in groups}


def groups_of(compared, what):
    """The groups that have a series: of ratios, all but the reference."""
    return [one for one in compared.groups if what == RATE or one != compared.reference]


def _counted(compared: Comparison, groups):
    """What is counted, or None and why nothing can be divided."""
    study, base = compared.study, compared.base
    if problem := base.problem or study.nothing_counts:
        return None, str(problem)
    forces, months = base.forces, study.months
    grid = with_reasons(study)
    grid = grid[grid["force"].isin(forces)].set_index(["force", "month"])
    grid = grid.reindex(pd.MultiIndex.from_product([forces, months]))
    shape = (len(forces), len(months))
    use = grid["status"].astype("str").eq(PUBLISHED).to_numpy(bool).reshape(shape)
    share = np.array([days_in(month) / DAYS_OF_A_YEAR for month in months]) * use
    groups = list(dict.fromkeys([*groups, compared.reference]))
    found = _by_month(study.tallied(BY), {BY: groups, "force": forces, "month": months}) * use[..., None]
    counts = dict(zip(groups, found, strict=True))
    years = {one: people[:, None] * share for one, people in _people(base.residents, forces, groups).items()}
    return _Counted(forces, counts, years, use, grid["why"].to_numpy(object).reshape(shape)), ""


def _by_month(searches, labels):
    """Searches (groups, forces, months, weeks). labels : those of each axis, by the column it is of."""
    shape, number = (*map(len, labels.values()), WEEKS), numbers_of(searches)
    place = [positions(searches[name], own) for name, own in labels.items()]
    inside = np.all([codes >= 0 for codes in place], axis=0)
    cell = np.ravel_multi_index([codes[inside] for codes in (*place, week_of(searches))], shape)
    number = None if number is None else number[inside]
    return np.bincount(cell, number, minlength=np.prod(shape)).reshape(shape).astype(float)


def _empty(compared, what, group, why):
    months = compared.study.months
    nothing = np.zeros((len(months), 1))
    given = {"exposure": nothing[:, 0]} if what == RATE else {"trials": nothing, "scale": 1.0}
    names = {"labels": {"group": group}, "why": [why] * len(months), "nature": what}
    return Monthly(_NAMES[what], months, nothing, **given, **names)
