"""Longitude and latitude to metres: the transverse Mercator projection of the British National Grid, on WGS 84.

Only distances are taken from it. Redfearn's series, as in Ordnance Survey, A guide to coordinate systems in Great
Britain, annex C, with the ellipsoid of WGS 84 in place of Airy's, so that no change of datum is needed: eastings and
northings are about 100 m off the maps', distances are not. The scale of the grid is 0.9996 on its meridian and
1.0008 at 320 km from it: a distance is right within 0.1% anywhere in England and Wales (5 cm in 50 m).
"""

import numpy as np

_A, _B = 6_378_137.0, 6_356_752.314_245  # semi-axes of WGS 84, metres
_F0, _LAT0, _LON0 = 0.9996012717, np.radians(49.0), np.radians(-2.0)
_E0, _N0 = 400_000.0, -100_000.0


def to_metres(degrees: np.ndarray) -> np.ndarray:
    """Array (n, 2) of longitude and latitude in degrees as (n, 2) easting and northing in metres."""
    lon, lat = np.radians(np.asarray(degrees, dtype=float)).T
    sin, cos, tan2 = np.sin(lat), np.cos(lat), np.tan(lat) ** 2
    e2 = 1 - (_B / _A) ** 2
    nu = _A * _F0 / np.sqrt(1 - e2 * sin**2)
    rho = nu * (1 - e2) / (1 - e2 * sin**2)
    eta2, p = nu / rho - 1, lon - _LON0
    north = [_arc(lat) + _N0]
    north += [nu / 2 * sin * cos, nu / 24 * sin * cos**3 * (5 - tan2 + 9 * eta2)]
    north += [nu / 720 * sin * cos**5 * (61 - 58 * tan2 + tan2**2)]
    east = [_E0 + 0 * p, nu * cos, nu / 6 * cos**3 * (nu / rho - tan2)]
    east += [nu / 120 * cos**5 * (5 - 18 * tan2 + tan2**2 + 14 * eta2 - 58 * tan2 * eta2)]
    powers = [(0, 0), (1, 2), (3, 4), (5, 6)]
    return np.column_stack(
        [
            sum(term * p**odd for term, (odd, _) in zip(east, powers, strict=True)),
            sum(term * p**even for term, (_, even) in zip(north, powers, strict=True)),
        ]
    )


def _arc(lat: np.ndarray) -> np.ndarray:
    """Length of the meridian from the origin, metres."""
    n, d, s = (_A - _B) / (_A + _B), lat - _LAT0, lat + _LAT0
    return (_B * _F0) * (
        (1 + n + 5 / 4 * (n**2 + n**3)) * d
        - (3 * n + 3 * n**2 + 21 / 8 * n**3) * np.sin(d) * np.cos(s)
        + 15 / 8 * (n**2 + n**3) * np.sin(2 * d) * np.cos(2 * s)
        - 35 / 24 * n**3 * np.sin(3 * d) * np.cos(3 * s)
    )
