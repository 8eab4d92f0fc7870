"""What to know of an area before a number of it is quoted: that its searches, or its residents, are not all its own."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.reference.areas import OVERLAPPING
from sas_analysis.rounding import rounded

if TYPE_CHECKING:
    from sas_analysis.study.by_area import Areas

_NO_HEADLINE = ": not a headline"  # how the note on it ends
_SHARED = 0.1  # of the searches in an area, by others than the force that polices it: above, it is told of the area


def coarse(areas: "Areas") -> dict[str, str]:
    """The areas whose boundaries are too coarse for a headline, and what to know of each, by code."""
    at = {code: number for number, code in enumerate(areas.layer.codes)}
    return {code: note for code in areas.codes if (note := areas.layer.coarse([at[code]]))}


def overlapped(areas: "Areas") -> dict[str, str]:
    """The areas some of whose searches are counted in another, which they overlap, as `coarse`."""
    rows = areas.study.rows
    number = dict(zip(areas.layer.codes, areas.located.counted_elsewhere(rows.index), strict=True))
    said = f"{OVERLAPPING}: searches in it that are counted in another: "
    return {code: f"{said}{rounded(int(number[code]), rows):,}" for code in areas.codes if number[code]}


def shared(areas: "Areas") -> dict[str, str]:
    """The areas with many searches by another force of the study than polices them, as `coarse`.

    Such an area may cross the boundary of forces: its residents are those of the whole of it, its searches are not.
    """
    rows = areas.study.rows
    counts = dict(zip(areas.layer.codes, zip(*made_by_others(areas, rows), strict=True), strict=True))
    many = {code: own for code, own in counts.items() if own[0] > _SHARED * own[1]}
    said = "without {:,} of {:,} searches in it, made by another force"
    return {code: said.format(*(rounded(int(number), rows) for number in own)) for code, own in many.items()}


def too_unknown(ratios: pd.DataFrame) -> dict[str, str]:
    """The areas of which ethnicity is unknown too often for a headline, and what to know of each, by name.

    ratios : as `Areas.ratios`.
    """
    pairs = ratios[["area", "note"]].drop_duplicates().itertuples(index=False)
    return {
        area: part
        for area, note in pairs
        for part in note.split("; ")
        if part.endswith(_NO_HEADLINE) and part != CONTRADICTED
    }


def made_by_others(areas: "Areas", rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Of some searches, how many in each area of the layer were made by another force of the study than the one of it
    that polices the area; and how many are in it."""
    layer = areas.layer
    area, codes = codes_of(areas.located.of(rows.index, "area_code")["area_code"])
    force, forces = codes_of(rows["force"])
    police = dict(zip(layer.codes, layer.forces, strict=True))
    own = [police[code] if code in areas.codes and police[code] in areas.study.forces else None for code in codes]
    known = np.append([one is not None for one in own], False)[area]
    at = np.append(pd.Index(forces).get_indexer([one or "" for one in own]), -1)[area]
    place = pd.Index(layer.codes).get_indexer(codes)
    other, number = (place[area[keep]] for keep in (known & (at != force), known))
    return np.bincount(other, minlength=len(layer.codes)), np.bincount(number, minlength=len(layer.codes))
