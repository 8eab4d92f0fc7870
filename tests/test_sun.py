"""The sun: an almanac, published examples of the formulas, and an ephemeris."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docstrings import check_examples

from sas_analysis.measures.timing import sun
from sas_analysis.measures.timing.sun import CIVIL, SUNSET, sun_minutes

REFERENCE = pd.read_csv(Path(__file__).parent / "reference" / "sun.csv")  # PyEphem: sun.py.txt beside it


def day(text):
    return np.array([text], dtype="M8[D]")


def hour(minutes):
    """HH:MM as an almanac rounds it."""
    return f"{round(minutes) // 60:02}:{round(minutes) % 60:02}"


# The US Naval Observatory's tables, as Skyfield's tests quote them (UTC).
@pytest.mark.parametrize(
    ("where", "when", "evening", "below", "printed"),
    [
        ((40.8939, -83.8917), "2018-09-12", False, SUNSET, "11:13"),  # Bluffton, Ohio
        ((40.8939, -83.8917), "2018-09-12", True, SUNSET, "23:50"),
        ((41.281944, -84.362778), "2019-11-08", False, CIVIL, "11:48"),  # Defiance, Ohio
        ((41.281944, -84.362778), "2019-11-08", False, SUNSET, "12:17"),
        ((41.281944, -84.362778), "2019-11-08", True, SUNSET, "22:25"),
        ((41.281944, -84.362778), "2019-11-08", True, CIVIL, "22:54"),
    ],
)
def test_the_printed_almanac_is_met_to_the_minute(where, when, evening, below, printed):
    assert hour(sun_minutes(day(when), *where, below=below, evening=evening)[0]) == printed


def test_meeus_examples_of_declination_and_equation_of_time():
    # Astronomical Algorithms, examples 25.a and 28.b: 13 October 1992, 0h; 13 min 42.6 s by its full theory.
    declination, equation = sun._sun(np.array([-2636.5]))
    assert np.degrees(declination[0]) == pytest.approx(-7.78507, abs=2e-5)
    assert equation[0] == pytest.approx(13 + 42.6 / 60, abs=0.005)


@pytest.mark.parametrize(
    ("column", "below", "evening"), [("sunset", SUNSET, True), ("dusk", CIVIL, True), ("dawn", CIVIL, False)]
)
def test_an_ephemeris_is_met_within_six_seconds(column, below, evening):
    days, north, east = (REFERENCE[name].to_numpy() for name in ("day", "latitude", "longitude"))
    found = sun_minutes(days.astype("M8[D]"), north, east, below=below, evening=evening)
    assert np.abs(found - REFERENCE[column]).max() * 60 < 6
    assert len(REFERENCE) == 280


def test_where_the_sun_does_not_get_there_is_missing():
    assert np.isnan(sun_minutes(day("2019-06-21"), 65.0, 0.0))[0]  # no end of civil twilight
    assert np.isnan(sun_minutes(day("2019-12-21"), 70.0, 0.0, below=SUNSET))[0]  # no sunset


def test_places_and_days_are_taken_together():
    days = np.arange(np.datetime64("2019-01-01"), np.datetime64("2019-01-04"))
    found = sun_minutes(days, np.array([[50.0], [55.0]]), np.array([[0.0], [-2.0]]))
    assert found.shape == (2, 3)
    assert found[1, 2] == sun_minutes(days[2:], 55.0, -2.0)[0]


def test_the_examples_are_right():
    check_examples(sun)
