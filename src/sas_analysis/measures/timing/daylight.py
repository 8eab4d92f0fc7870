"""Which encounters were by daylight and which after dark, at hours of the clock that can be either."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.errors import ParameterError, listed
from sas_analysis.measures.timing.sun import CIVIL, SUNSET, sun_minutes
from sas_analysis.records.select import Selection

VEHICLE = "Person and Vehicle search"
WHEN = ("evening", "morning")
MOST_WEEKS = 8  # around a change of the clocks
_GRID = 10  # parts of a degree to which a point is rounded: a tenth of a degree east is 24 seconds
_DAY = np.timedelta64(1, "D")
MIDDAY = 10 * 60, 14 * 60  # minutes of the day: light on every day of the year up to 60 degrees north
_COLUMNS = ("day", "minute", "weekday", "place", "season", "dark")


@dataclass(frozen=True)
class Window:
    """The encounters at hours that are by daylight on some days and after dark on others.

    Attributes
    ----------
    table : `day | minute | weekday | place | season | dark`, a row an encounter, with the index of the encounters.
        minute : by the clock of the place, from midnight. season : the change of the clocks it is near, "" without.
    flow : `step | dropped | left`: what is left out, and why
    midday : the same columns of the encounters from 10:00 to 14:00, when it is light on every day. dark : the day is
        one of the darker half, on which dusk (or dawn) lies in the first (or last) half of the window
    """

    table: pd.DataFrame
    flow: pd.DataFrame
    midday: pd.DataFrame


def window_of(
    encounters: pd.DataFrame, *, place: str, point=None, when: str = "evening", clock_change: int = 0
) -> Window:
    """Keep the encounters of the inter-twilight window, and tell daylight from darkness.

    Parameters
    ----------
    encounters : DataFrame
        `searched_at` (with a time zone), the place, and `latitude` and `longitude` where `point` is not given: a point
        that is missing is the median of its place. `type`, where there: only searches of person and vehicle are kept.
    place : str
        Column.
    point : (float, float), optional
        Degrees north and east of all encounters.
    when : str
        "evening": by daylight before sunset, after dark from the end of civil twilight. "morning": after dark until
        civil twilight begins, by daylight from sunrise. What is between is neither, and left out.
    clock_change : int
        Only so many weeks before and after a change of the clocks; 0 takes all days.

    Returns
    -------
    Window
        At every place the window reaches from the earliest to the latest civil dusk (or dawn) of its days.

    Raises
    ------
    ParameterError
        With every fault of the arguments: no time zone, an unknown `when`, missing columns.
    """
    _check(encounters, place, point, when, clock_change)
    chosen = Selection(encounters, "searches")
    if "type" in encounters.columns:
        chosen = chosen.drop(encounters["type"].ne(VEHICLE), reason=f"not of type {VEHICLE}")
    chosen = chosen.drop(chosen.records["searched_at"].isna(), reason="no time")
    frame = _clocked(chosen.records, place)
    frame = frame.assign(**_points(chosen.records, place, point))
    no_point = frame["north"].isna()
    chosen = chosen.drop(no_point, reason="no point, and none of its place")
    frame = frame[~no_point]
    zone = encounters["searched_at"].dt.tz
    seasons = _changes(frame["day"], zone, clock_change) if clock_change else None
    frame = frame.assign(season="" if seasons is None else _near(frame["day"], seasons, clock_change))
    if seasons is not None:
        chosen = chosen.drop(
            frame["season"].isna(), reason=f"more than {clock_change} weeks from a change of the clocks"
        )
        frame = frame[frame["season"].notna()]
    frame = frame.assign(**_twilight(frame, zone, when, clock_change))
    midday = _midday(frame, when)
    minute, first, last = (frame[name].to_numpy() for name in ("minute", "first", "last"))
    outside = pd.Series(~((minute >= first) & (minute <= last)), index=frame.index)
    chosen = chosen.drop(outside, reason="at an hour that is always light or always dark")
    frame = frame[~outside]
    after = frame["minute"] >= frame["dusk"] if when == "evening" else frame["minute"] <= frame["dusk"]
    before = frame["minute"] <= frame["sun"] if when == "evening" else frame["minute"] >= frame["sun"]
    chosen = chosen.drop(~(after | before), reason="in twilight")
    frame = frame.assign(dark=after)[after | before]
    return Window(frame[list(_COLUMNS)], chosen.flow, midday)


def _midday(frame, when):
    """The encounters at midday, on days of the darker and of the lighter half."""
    own = frame[frame["minute"].between(*MIDDAY, inclusive="left")]
    middle = (own["first"] + own["last"]) / 2
    dark = own["dusk"] < middle if when == "evening" else own["dusk"] > middle
    return own.assign(dark=dark)[list(_COLUMNS)]


def _check(encounters, place, point, when, clock_change):
    needed = ["searched_at", place] + ([] if point is not None else ["latitude", "longitude"])
    faults = []
    if absent := [name for name in needed if name not in encounters.columns]:
        faults.append(f"the encounters have no column {', '.join(absent)}")
    elif not isinstance(encounters["searched_at"].dtype, pd.DatetimeTZDtype):
        faults.append(
            "searched_at has no time zone: darkness needs the clock of the place; "
            'give it by .dt.tz_localize("Europe/London")'
        )
    if when not in WHEN:
        faults.append(f"when={when!r} is none of {', '.join(map(repr, WHEN))}")
    if isinstance(clock_change, bool) or clock_change not in range(MOST_WEEKS + 1):
        faults.append(f"clock_change={clock_change!r} is no number of weeks from 0 to {MOST_WEEKS}")
    if faults:
        raise ParameterError(listed(faults))


def _clocked(encounters, place):
    """Day, minute of the day and weekday by the clock of the place."""
    local = encounters["searched_at"].dt.tz_localize(None)
    day = local.dt.normalize()
    return pd.DataFrame(
        {
            "day": day.to_numpy().astype("M8[D]"),
            "minute": ((local - day) / pd.Timedelta(minutes=1)).to_numpy(dtype=float),
            "weekday": local.dt.day_of_week.to_numpy(),
            "place": encounters[place].astype("str").to_numpy(),
        },
        index=encounters.index,
    )


def _points(encounters, place, point):
    """Degrees north and east, rounded; a missing point is the median of its place."""
    if point is not None:
        return {"north": float(point[0]), "east": float(point[1])}
    found = {}
    recorded = encounters["latitude"].notna() & encounters["longitude"].notna()
    if "location_status" in encounters.columns:
        recorded &= encounters["location_status"].eq("recorded")
    for name, column in (("north", "latitude"), ("east", "longitude")):
        own = encounters[column].where(recorded)
        middle = own.groupby(encounters[place].astype("str")).transform("median")
        found[name] = (own.fillna(middle) * _GRID).round() / _GRID
    return found


def _changes(days, zone, weeks):
    """The days on which the clocks change, within reach of the days of the encounters."""
    if days.empty:
        return np.array([], dtype="M8[D]")
    reach = 7 * weeks * _DAY
    grid = np.arange(
        days.min().to_datetime64().astype("M8[D]") - reach, days.max().to_datetime64().astype("M8[D]") + reach
    )
    return grid[1:][np.diff(_offsets(grid, zone)) != 0]


def _near(days, changes, weeks):
    """The change of the clocks that each day is within so many weeks of; missing where it is near none."""
    day = days.to_numpy().astype("M8[D]")
    found = np.full(len(day), None, dtype=object)
    for change in changes:
        near = (day >= change - 7 * weeks * _DAY) & (day < change + 7 * weeks * _DAY)
        found[near] = str(change)
    return found


def _offsets(days, zone):
    """Minutes that the clock of the place is ahead of UTC at noon of some days."""
    noon = pd.DatetimeIndex(days.astype("M8[s]") + np.timedelta64(12, "h"))
    ahead = noon - noon.tz_localize(zone).tz_convert("UTC").tz_localize(None)
    return (ahead / pd.Timedelta(minutes=1)).to_numpy(dtype=float)


def _twilight(frame, zone, when, weeks):
    """Of every encounter: the sun's rise or set and the edge of darkness on its day, and the window of its place."""
    columns = ("sun", "dusk", "first", "last")
    if frame.empty:
        return {name: np.array([], dtype=float) for name in columns}
    whole = np.arange(
        frame["day"].min().to_datetime64().astype("M8[D]"), frame["day"].max().to_datetime64().astype("M8[D]") + _DAY
    )
    places = frame[["north", "east"]].drop_duplicates().reset_index(drop=True)
    at = pd.MultiIndex.from_frame(places).get_indexer(pd.MultiIndex.from_frame(frame[["north", "east"]]))
    north, east = places["north"].to_numpy()[:, None], places["east"].to_numpy()[:, None]
    ahead = _offsets(whole, zone)
    evening = when == "evening"
    sun = sun_minutes(whole, north, east, below=SUNSET, evening=evening) + ahead
    dusk = sun_minutes(whole, north, east, below=CIVIL, evening=evening) + ahead
    day = ((frame["day"].to_numpy().astype("M8[D]") - whole[0]) / _DAY).astype(int)
    first, last = np.empty(len(frame)), np.empty(len(frame))
    for season in frame["season"].unique():
        of_season = slice(None)
        if season:
            change = np.datetime64(season, "D")
            of_season = (whole >= change - 7 * weeks * _DAY) & (whole < change + 7 * weeks * _DAY)
        own = frame["season"].eq(season).to_numpy()
        first[own] = np.nanmin(dusk[:, of_season], axis=1)[at[own]]
        last[own] = np.nanmax(dusk[:, of_season], axis=1)[at[own]]
    return dict(zip(columns, (sun[at, day], dusk[at, day], first, last), strict=True))
