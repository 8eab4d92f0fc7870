"""The veil of darkness: whether a group is a greater part of vehicle encounters by daylight than after dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sas_analysis.errors import ParameterError, listed
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS, labels
from sas_analysis.measures.table import measures_table
from sas_analysis.measures.timing.daylight import window_of
from sas_analysis.measures.timing.logit import VeilFit, fit_veil

LEAST = 100  # searches of either group, by daylight and after dark
WIDEST = 10.0  # upper limit by lower limit of the ratio of odds
DF, FAN = 6, (3, 4, 5, 6, 7, 8)  # columns of the spline of the clock
_LIGHT, _DAYS = ("by daylight", "after dark"), ("at midday of lighter days", "at midday of darker days")
MEASURES = ("veil_odds_ratio", "veil_placebo_ratio")
MEASURE, PLACEBO = MEASURES
ASSUMES = (
    "The veil of darkness assumes that who is about in vehicles at an hour of the clock, and how they drive, does not "
    "differ with daylight, and that officers see less of who is in a vehicle after dark."
)
CANNOT_SAY = (
    "It cannot say whether stops are fair: street lamps, and places and plates that officers know, weaken the veil; "
    "and where driving or patrols change with light, as where drivers who expect to be stopped drive more carefully by "
    "daylight, the result can be the reverse of the truth (Kalinowski, Ross and Ross)."
)


@dataclass(frozen=True, repr=False)
class Veil:
    """What the veil of darkness finds.

    Attributes
    ----------
    frame : measures table, a row a group: `<by> | ...`, measure `veil_odds_ratio`
    fan : the same for every number of columns of the spline: `df | <by> | ...`
    placebo : measures table, measure `veil_placebo_ratio`: the same model at midday, when it is always light: odds on
        the lighter half of days to those on the darker half. Where it is not 1, seasons differ in more than darkness
    counts : `<by> | daylight | dark | share_daylight | share_dark`; shares of each group and the reference together
    flow : `step | dropped | left`: what is not in the window, and why
    window : the encounters used, by their index: `day | minute | weekday | place | season | dark | <alike>`
    fits : group -> the statsmodels result of the main model; None where nothing was fitted
    """

    frame: pd.DataFrame
    fan: pd.DataFrame
    placebo: pd.DataFrame
    counts: pd.DataFrame
    flow: pd.DataFrame
    window: pd.DataFrame
    fits: dict[str, Any]

    def __repr__(self) -> str:
        return self.frame.drop(columns=["period_lower", "period_upper"]).to_string(index=False)


def veil_of_darkness(
    encounters: pd.DataFrame,
    *,
    by: str = "ethnicity_5",
    reference: str = REFERENCE,
    groups: Sequence[str] | None = None,
    place: str = "force",
    alike: Sequence[str] = (),
    point: tuple[float, float] | None = None,
    when: str = "evening",
    clock_change: int = 0,
    df: int = DF,
    fan: Sequence[int] = FAN,
    level: float = 0.95,
) -> Veil:
    """Whether groups are a greater part of vehicle encounters by daylight than after dark, at the same hour.

    Parameters
    ----------
    encounters : DataFrame
        `searched_at` (with its time zone), `<by>`, `<place>`, and `latitude` and `longitude` where `point` is not
        given. `type`, where there: only *Person and Vehicle search* is taken. Months whose times are doubtful must be
        left out first: `study.veil.veil_of_study` does.
    by, reference, groups
        The column of groups, whom the others are compared with, and which others; by default all that are known and
        occur.
    place : str
        Column; each place has its own window, and an effect of its own.
    alike : sequence of str
        Further columns to hold alike, such as the object of search.
    point : (float, float), optional
        Degrees north and east of all encounters.
    when : str
        "evening" or "morning".
    clock_change : int
        Only so many weeks before and after a change of the clocks (of 1 to 8), when darkness moves by an hour at once;
        0 takes all days.
    df, fan
        Columns of the natural cubic spline of the clock, in the main model and in the fan.
    level : float
        Of the limits.

    Returns
    -------
    Veil
        `veil_odds_ratio`: odds that an encounter is of the group and not of the reference, by daylight to after dark,
        at the same place, clock time and weekday; limits clustered by day. Above 1, the group is a greater part of
        encounters when it can be seen. Not estimable, with the reason: under 100 encounters of either group by
        daylight or after dark; more than 30% of encounters of unknown group; limits wider than a factor of 10;
        darkness that goes with the clock; a model without an end.

    Raises
    ------
    ParameterError
        With every fault of the arguments.

    Source
    ------
    Grogger and Ridgeway (2006); the inter-twilight window as in Pierson et al. (2020, Nature Human Behaviour 4). On
    behaviour that changes with light: Kalinowski, Ross and Ross (2017, NBER Working Paper 24025).

    Examples
    --------
    >>> found = sas.veil_of_darkness(study.counted_searches)
    >>> print(found.frame.set_index("ethnicity_5").loc["Mixed", "note"].partition(";")[0])
    not estimable: fewer than 100 encounters of Mixed by daylight
    """
    _check(encounters, (by, *alike), reference, groups, (df, *fan), level)
    found = window_of(encounters, place=place, point=point, when=when, clock_change=clock_change)
    groups = _others(encounters[by], reference) if groups is None else list(groups)
    sides = {name: _with(table, encounters, by, alike) for name, table in (("", found.table), ("p", found.midday))}
    (window, own), (midday, at_midday) = sides[""], sides["p"]
    counts = _counts(window, own, by, [*groups, reference])
    blank = own.isin(UNKNOWN_LABELS)
    note = f"group unknown in {blank.mean():.1%} of encounters" if blank.any() else ""
    given = {"by": by, "groups": groups, "level": level}
    of_midday = _counts(midday, at_midday, by, [*groups, reference])
    placebo = _table(_fits(midday, at_midday, of_midday, given, (df,), _DAYS)[df], given, PLACEBO, "")
    fits = _fits(window, own, counts, given, (df, *fan), _LIGHT)
    tables = {columns: _table(own_fits, given, MEASURE, note, placebo) for columns, own_fits in fits.items()}
    parts = [tables[columns].assign(df=columns) for columns in fan] or [tables[df].head(0).assign(df=df)]
    whole = pd.concat(parts, ignore_index=True)
    return Veil(
        tables[df],
        whole[["df", *tables[df].columns]],
        placebo,
        counts,
        found.flow,
        window,
        {group: fit.result for group, fit in zip(groups, fits[df], strict=True)},
    )


def _with(table, encounters, by, alike):
    """Some encounters with the columns that are held alike, and their groups."""
    also = {name: labels(encounters.loc[table.index, name]).astype("str") for name in (by, *alike)}
    own = also.pop(by)
    return table.assign(**also), own


def _check(encounters, needed, reference, groups, columns, level):
    if absent := [name for name in needed if name not in encounters.columns]:
        there = ", ".join(map(str, encounters.columns))
        raise ParameterError(f"the encounters have no column {', '.join(absent)}; they have: {there}")
    by = needed[0]
    names = [str(name) for name in labels(encounters[by]).cat.categories]
    faults = [
        f"{name!r} is no label of {by}; it has: {', '.join(names)}"
        for name in [reference, *(groups or [])]
        if name not in names
    ]
    if reference in (groups or []):
        faults.append(f"the reference {reference!r} is compared with itself: leave it out of groups")
    if wrong := [name for name in columns if isinstance(name, bool) or name not in range(1, 21)]:
        faults.append(f"df and fan are whole numbers from 1 to 20, not {', '.join(map(repr, wrong))}")
    if not 0 < level < 1:
        faults.append(f"level={level!r} does not lie between 0 and 1")
    if faults:
        raise ParameterError(listed(faults))


def _others(column, reference):
    """The groups that are known and occur, but the reference; where there is no encounter, all of them."""
    whose = labels(column)
    whose = whose.cat.remove_unused_categories() if len(whose) else whose
    return [str(name) for name in whose.cat.categories if name not in (reference, *UNKNOWN_LABELS)]


def _counts(window, own, by, names):
    dark = window["dark"].to_numpy(dtype=bool)
    table = pd.DataFrame({by: names})
    for column, side in (("daylight", ~dark), ("dark", dark)):
        table[column] = pd.array([int((own.eq(name) & side).sum()) for name in names], dtype="Int64")
    for column in ("daylight", "dark"):
        both = table[column] + table[column].iloc[-1]
        table[f"share_{column}"] = (table[column] / both.where(both > 0)).astype("Float64")
    table.loc[table.index[-1], ["share_daylight", "share_dark"]] = pd.NA
    return table


def _too_many(blank, dark, names):
    for name, side in zip(names, (~dark, dark), strict=True):
        if side.any() and blank[side].mean() > HEADLINE_UNKNOWN:
            return f"the group of more than {HEADLINE_UNKNOWN:.0%} of encounters {name} is unknown"
    return ""


def _too_few(group, reference, by, names):
    for row in (group, reference):
        for column, name in zip(("daylight", "dark"), names, strict=True):
            if row[column] < LEAST:
                return f"fewer than {LEAST} encounters of {row[by]} {name}"
    return ""


def _fits(window, own, counts, given, columns, names):
    """Columns of the spline -> the fits of the groups, where there are encounters enough; names : of the two sides."""
    too_many = _too_many(own.isin(UNKNOWN_LABELS), window["dark"], names)
    groups = [counts.iloc[at] for at in range(len(counts) - 1)]
    reasons = [too_many or _too_few(group, counts.iloc[-1], given["by"], names) for group in groups]
    reference = counts[given["by"]].iloc[-1]
    found = {}
    for number in dict.fromkeys(columns):
        found[number] = []
        for group, why in zip(given["groups"], reasons, strict=True):
            keep = own.isin([group, reference])
            fit = VeilFit(df=number, reason=why) if why else None
            found[number].append(fit or fit_veil(window[keep], own[keep].eq(group).to_numpy(), df=number))
    return found


def _table(fits, given, measure, note, placebo=None):
    """The measures table of some fits. placebo : what stands against them, where its limits leave out 1."""
    checked = [""] * len(fits) if placebo is None else _unchecked(placebo)
    ratios = np.array([fit.ratio(given["level"]) for fit in fits]).reshape(len(fits), 3)
    against = _against(placebo) if placebo is not None else [""] * len(fits)
    reasons = np.array([_reason(*row) for row in zip(fits, ratios, against, strict=True)], dtype=object)
    stands = reasons == ""
    return measures_table(
        pd.DataFrame({given["by"]: pd.array(given["groups"], dtype="str")}),
        measure=measure,
        numerator=pd.array(np.where(stands, ratios[:, 0], np.nan), dtype="Float64"),
        denominator=pd.array(np.where(stands, 1.0, np.nan), dtype="Float64"),
        limits=(ratios[:, 1], ratios[:, 2]),
        interval=interval_name("clustered by day", given["level"]),
        note=["; ".join(filter(None, [note, why * (not out)])) for why, out in zip(checked, reasons, strict=True)],
        reason=reasons,
    )


def _reason(fit, ratio, against):
    if fit.reason:
        return f"not estimable: {fit.reason}"
    if ratio[2] / ratio[1] > WIDEST:
        return f"not estimable: limits of the ratio wider than a factor of {WIDEST:g}"
    return f"not estimable: {against}" if against else ""


def _unchecked(placebo):
    """That there is no placebo, and why; "" where there is."""
    return [
        f"no placebo: {row.note.removeprefix('not estimable: ')}" if pd.isna(row.estimate) else ""
        for row in placebo.itertuples()
    ]


def _against(placebo):
    """Why the seasons cannot be compared, "" where the placebo does not say so."""
    for row in placebo.itertuples():
        apart = row.lower > 1 or row.upper < 1
        yield (
            f"groups differ between seasons by full daylight too (placebo {row.estimate:.2f}, {row.lower:.2f} to "
            f"{row.upper:.2f}), so darkness cannot be told from the season"
            if apart
            else ""
        )
