"""Reference values of sunset, civil dusk and civil dawn. Run in this folder with the package ephem 4.2: python sun.py

Minutes after 00:00 UTC of the day, by PyEphem (VSOP87), an ephemeris: sun's centre at -0.833 degrees, and at -6.
"""

import csv

import ephem

PLACES = {
    "London": (51.5074, -0.1278),
    "Penzance": (50.1188, -5.5376),
    "Berwick": (55.77, -2.0054),
    "Lowestoft": (52.48, 1.75),
    "Minneapolis": (44.9778, -93.265),
}
DAYS = [f"{y}-{m:02}-{d:02}" for y in (2015, 2019, 2022, 2026) for m in (1, 3, 4, 6, 7, 10, 12) for d in (9, 27)]


def minutes(place, day, horizon, search):
    """When the sun passes the horizon next after, or last before, the noon of the place."""
    midnight = ephem.Date(day.replace("-", "/"))
    observer = ephem.Observer()
    observer.lat, observer.lon = (str(degrees) for degrees in PLACES[place])
    observer.pressure, observer.elevation, observer.horizon = 0, 0, horizon
    observer.date = midnight + (720 - 4 * PLACES[place][1]) / 1440
    return round((getattr(observer, search)(ephem.Sun(), use_center=True) - midnight) * 1440, 3)


with open("sun.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["place", "latitude", "longitude", "day", "sunset", "dusk", "dawn"])
    for place in PLACES:
        for day in DAYS:
            kinds = (("-0.833", "next_setting"), ("-6", "next_setting"), ("-6", "previous_rising"))
            writer.writerow([place, *PLACES[place], day, *(minutes(place, day, *kind) for kind in kinds)])
