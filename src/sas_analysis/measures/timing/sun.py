"""When the sun sets and civil twilight ends, at many places on many days at once."""

import numpy as np

SUNSET = 0.833  # degrees of the sun's centre below the horizon: refraction, and the upper edge
CIVIL = 6.0
_J2000 = np.datetime64("2000-01-01T12:00:00", "s")
_NOON = 720.0  # minutes
_ROUNDS = 3  # the sun's place is taken at the hour found, which moves the hour found by less each time


def sun_minutes(days, latitude, longitude, *, below=CIVIL, evening=True):
    """When the sun stands so far below the horizon, in minutes of Universal Time.

    Parameters
    ----------
    days : array of datetime64, n or 1
        The days at the place.
    latitude, longitude : float or array of n
        Degrees north and east.
    below : float
        Degrees of the sun's centre below the horizon: SUNSET, or CIVIL for the end of civil twilight.
    evening : bool
        In the evening; else in the morning.

    Returns
    -------
    ndarray of float
        Minutes after 00:00 UTC of that day; negative, or above 1440, where the evening of the place falls on another
        day of UTC. Missing where the sun does not get there. Within 10 seconds of an ephemeris from 1990 to 2050.

    Source
    ------
    Meeus (1998), Astronomical Algorithms, chapters 25 and 28, low accuracy; as in the solar calculator of the US
    National Oceanic and Atmospheric Administration.

    Examples
    --------
    >>> found = sun_minutes(np.array(["2019-11-08"], "M8[D]"), 41.281944, -84.362778)
    >>> f"{found[0] // 60:.0f}:{found[0] % 60:.0f}"  # US Naval Observatory: 22:54
    '22:54'
    """
    days = np.asarray(days, dtype="M8[D]").astype("M8[s]")
    midnight = (days - _J2000).astype(float) / 86_400
    north, east = np.radians(latitude), np.asarray(longitude, dtype=float)
    side = 1.0 if evening else -1.0
    minutes = _NOON - 4 * east + side * 360
    with np.errstate(invalid="ignore"):
        for _ in range(_ROUNDS):
            declination, equation = _sun(midnight + minutes / 1440)
            cosine = (-np.sin(np.radians(below)) - np.sin(north) * np.sin(declination)) / (
                np.cos(north) * np.cos(declination)
            )
            minutes = _NOON - 4 * east - equation + side * 4 * np.degrees(np.arccos(cosine))
    return minutes


def _sun(days):
    """The sun's declination (radians) and the equation of time (minutes), days after noon of 1 January 2000."""
    century = days / 36_525
    longitude = np.radians(280.46646 + century * (36_000.76983 + century * 0.0003032))
    anomaly = np.radians(357.52911 + century * (35_999.05029 - century * 0.0001537))
    eccentricity = 0.016708634 - century * (0.000042037 + century * 0.0000001267)
    centre = (
        (1.914602 - century * (0.004817 + century * 0.000014)) * np.sin(anomaly)
        + (0.019993 - century * 0.000101) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    node = np.radians(125.04 - 1934.136 * century)
    apparent = longitude + np.radians(centre - 0.00569 - 0.00478 * np.sin(node))
    tilt = np.radians(23.4392911 - century * 0.0130042 + 0.00256 * np.cos(node))
    half = np.tan(tilt / 2) ** 2
    equation = (
        half * np.sin(2 * longitude)
        - 2 * eccentricity * np.sin(anomaly)
        + 4 * eccentricity * half * np.sin(anomaly) * np.cos(2 * longitude)
        - 0.5 * half**2 * np.sin(4 * longitude)
        - 1.25 * eccentricity**2 * np.sin(2 * anomaly)
    )
    return np.arcsin(np.sin(tilt) * np.sin(apparent)), 4 * np.degrees(equation)
