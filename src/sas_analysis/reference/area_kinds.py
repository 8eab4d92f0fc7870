"""What the areas of a boundary file are, by their codes: local authorities, wards, MSOAs, LSOAs, or a user's own."""

import re
from collections.abc import Sequence
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of area.

    one, many : what sentences call it. codes : what all of its codes look like. coarse : metres from one point of a
    boundary to the next, above which it is too coarse for a headline of one area. carried : whether its residents are
    carried.
    """

    one: str
    many: str
    codes: re.Pattern
    coarse: float
    carried: bool = False


# Boundaries of small areas put more searches on the wrong side for the same metres. 250 m parts the two kinds that are
# published: generalised to 20 m (a point every 50 to 150 m) and to 200 m or more (a point every 300 m or more).
_SMALL = 250.0
AUTHORITY = Kind("local authority", "local authorities", re.compile(r"(E0[6-9]|W06|S12|N09)\d{6}"), 500.0, carried=True)
OWN = Kind("area", "areas", re.compile(r".+"), _SMALL)
KINDS = (
    AUTHORITY,
    Kind("ward", "wards", re.compile(r"[EW]05\d{6}"), _SMALL),
    Kind("MSOA", "MSOAs", re.compile(r"[EW]02\d{6}"), _SMALL),
    Kind("LSOA", "LSOAs", re.compile(r"[EW]01\d{6}"), _SMALL),
)


def kind_of(codes: Sequence[str]) -> Kind:
    """The kind of some areas: local authorities where any of them is one, else the kind that all of them are of.

    Examples
    --------
    >>> from sas_analysis.reference.area_kinds import kind_of
    >>> kind_of(["E05000026", "W05000981"]).many, kind_of(["Beat 1"]).one
    ('wards', 'area')
    """
    if any(AUTHORITY.codes.fullmatch(code) for code in codes):
        return AUTHORITY
    return next((kind for kind in KINDS if codes and all(kind.codes.fullmatch(code) for code in codes)), OWN)
