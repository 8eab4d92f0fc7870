"""Which force polices an area of a boundary file."""

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sas_analysis.reference.area_kinds import AUTHORITY
from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reference.census import census_years

_NUMBER = re.compile(r" \d{3}[A-Z]?$")

if TYPE_CHECKING:
    from sas_analysis.reference.areas import Layer


def forces_of(layer: "Layer") -> list[str | None]:
    """The force that polices each area of a layer; None where none does.

    A local authority is found by its code, then by its name, at any census. A smaller area is policed as the local
    authority that its file puts it in, or its name ("Southwark 001", as MSOAs have it); without either, as the one in
    whose carried outline most of it lies.
    """
    if layer.kind is AUTHORITY:
        return [_of_authority(code, name) for code, name in zip(layer.codes, layer.names, strict=True)]
    within = zip(layer.within, layer.names, strict=True)
    found = [_of_authority(code, _NUMBER.sub("", name) if _NUMBER.search(name) else "") for code, name in within]
    unknown = [at for at, force in enumerate(found) if force is None]
    for at, force in zip(unknown, _by_outline(layer, unknown), strict=True):
        found[at] = force
    return found


def _of_authority(code: str, name: str) -> str | None:
    """The force of a local authority by its code at any census, or by its name where that is of one authority."""
    by_code, by_name = _authorities()
    return by_code.get(code) or by_name.get(name.casefold())


@cache
def _authorities() -> tuple[dict[str, str], dict[str, str]]:
    tables = [authority_residents(year) for year in census_years()]
    known = pd.concat(tables).drop_duplicates(["authority_code", "authority"], keep="last")
    key = known["authority"].str.casefold()
    single = known.groupby(key)["force"].nunique().eq(1)
    return dict(zip(known["authority_code"], known["force"], strict=True)), {
        name: force for name, force in zip(key, known["force"], strict=True) if single[name]
    }


def _by_outline(layer: "Layer", at: list[int]) -> list[str | None]:
    """The force of the local authority in whose outline more of an area lies than in any other."""
    if not at:
        return []
    import shapely

    from sas_analysis.reference.outlines import outlines
    from sas_analysis.reference.projection import to_metres

    known = outlines("authorities")
    codes = list(known.paths)
    shapes = np.array([known.polygon(code) for code in codes])
    areas = shapely.transform(layer.polygons[at], to_metres)
    area, authority = shapely.STRtree(shapes).query(areas, predicate="intersects")
    shared = np.zeros((len(at), len(codes)))
    shared[area, authority] = shapely.area(shapely.intersection(areas[area], shapes[authority]))
    return [_of_authority(codes[row.argmax()], "") if row.any() else None for row in shared]
