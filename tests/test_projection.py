"""Metres from degrees: the worked example of the Ordnance Survey, and distances on the ellipsoid."""

import numpy as np
import pytest

from sas_analysis.reference import projection


def test_the_worked_example_of_the_ordnance_survey(monkeypatch):
    """A guide to coordinate systems in Great Britain, annex C.1: Airy's ellipsoid, 52 39 27.2531 N, 1 43 4.5177 E."""
    monkeypatch.setattr(projection, "_A", 6_377_563.396)
    monkeypatch.setattr(projection, "_B", 6_356_256.909)
    degrees = np.array([[1 + 43 / 60 + 4.5177 / 3600, 52 + 39 / 60 + 27.2531 / 3600]])
    assert projection.to_metres(degrees)[0] == pytest.approx([651_409.903, 313_177.270], abs=0.002)


def radii(latitude):
    """Radii of curvature of WGS 84 along the meridian and across it, in closed form."""
    a, e2 = 6_378_137.0, 0.006694379990141317
    w = np.sqrt(1 - e2 * np.sin(np.radians(latitude)) ** 2)
    return a * (1 - e2) / w**3, a / w


@pytest.mark.parametrize("longitude", [-5.7, -4.0, -2.0, 0.0, 1.76])  # England and Wales, from west to east
@pytest.mark.parametrize("latitude", [49.9, 52.0, 55.8])
def test_fifty_metres_are_fifty_metres_within_a_tenth_of_a_per_cent(latitude, longitude):
    along, across = radii(latitude)
    north = np.degrees(50 / along)
    east = np.degrees(50 / (across * np.cos(np.radians(latitude))))
    here, up, right = projection.to_metres(
        np.array([[longitude, latitude], [longitude, latitude + north], [longitude + east, latitude]])
    )
    assert np.hypot(*(up - here)) == pytest.approx(50, rel=1e-3)
    assert np.hypot(*(right - here)) == pytest.approx(50, rel=1e-3)
