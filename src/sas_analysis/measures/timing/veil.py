"""The veil of darkness: whether a group is a greater part of vehicle encounters by daylight than after dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sas_analysis.errors import ParameterError, listed
from sas_analysis.measures.intervals.asked import level_faults
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.measures.shares import UNKNOWN_LABELS, labels
from sas_analysis.measures.timing.daylight import window_of
from sas_analysis.measures.timing.veil_tables import counts_of, fits_of, table_of

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
        left out first: `sas_analysis.study.veil.veil_of_study` does.
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
    counts = counts_of(window, own, by, [*groups, reference])
    blank = own.isin(UNKNOWN_LABELS)
    note = f"group unknown in {blank.mean():.1%} of encounters" if blank.any() else ""
    given = {"by": by, "groups": groups, "level": level}
    of_midday = counts_of(midday, at_midday, by, [*groups, reference])
    placebo = table_of(fits_of(midday, at_midday, of_midday, given, (df,), _DAYS)[df], given, PLACEBO, "")
    fits = fits_of(window, own, counts, given, (df, *fan), _LIGHT)
    tables = {columns: table_of(own_fits, given, MEASURE, note, placebo) for columns, own_fits in fits.items()}
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
    faults += level_faults(level)
    if faults:
        raise ParameterError(listed(faults))


def _others(column, reference):
    """The groups that are known and occur, but the reference; where there is no encounter, all of them."""
    whose = labels(column)
    whose = whose.cat.remove_unused_categories() if len(whose) else whose
    return [str(name) for name in whose.cat.categories if name not in (reference, *UNKNOWN_LABELS)]
