"""Searches by local authority, and what it would change if those near a boundary belonged to the other side.

The band is an assumption range, not a sampling interval, and stands in columns of its own: all searches near the
inside of the boundary given away, or all near the outside taken in, in both groups of a ratio in opposite directions.
"""

import numpy as np
import pandas as pd

from sas_analysis.measures.registry import MEASURES
from sas_analysis.rounding import rounded

_BAND = ["near_inside", "near_outside", "lowest", "highest"]


def searches_by_area(located, searches: pd.DataFrame) -> pd.DataFrame:
    """Searches of each area that has one or is near one: `area | area_code | searches | share_of_searches |
    near_inside | near_outside | lowest | highest`, most searches first.

    located : `study.located`, or None (no boundaries: no row). searches : part of the records located.
    near_inside, near_outside : searches in the area, or out of it, within the margin of its boundary; lowest and
    highest are the searches less the one and plus the other. Last come those outside every area and those with no
    location, which have no area code and no band.
    """
    columns = ["area", "area_code", "searches", "share_of_searches", *_BAND]
    if located is None:
        return pd.DataFrame(columns=columns)
    table = located.table.loc[searches.index]
    rows = [_of_area(located, table, code, searches) for code in located.layer.codes]
    areas = pd.DataFrame(rows, columns=["area", "area_code", "searches", *_BAND])
    areas = areas[areas[["searches", "highest"]].gt(0).any(axis=1)].sort_values("searches", ascending=False)
    unplaced = {
        status: rounded(int(table["area_status"].eq(status).sum()), searches)
        for status in table["area_status"].cat.categories[1:]
    }
    rest = pd.DataFrame({"area": list(unplaced), "area_code": "", "searches": list(unplaced.values())})
    whole = pd.concat([areas, rest], ignore_index=True).astype(dict.fromkeys(_BAND, "Int64"))
    return whole.assign(share_of_searches=whole["searches"] / max(rounded(len(searches), searches), 1))[columns]


def _of_area(located, table: pd.DataFrame, code: str, searches: pd.DataFrame) -> tuple:
    inside = table["area_code"].eq(code)
    near = located.near(code).loc[table.index]
    n, out, into = (rounded(int(part.sum()), searches) for part in (inside, near & inside, near & ~inside))
    name = located.layer.names[located.layer.codes.index(code)]
    return name, code, n, out, into, n - out, n + into


def near_boundary(area, searches: pd.DataFrame, by: str = "ethnicity_5") -> pd.DataFrame:
    """Searches near the boundary by group: `<by> | near_inside | near_outside`; no row where area is None.

    area : `study.area`. searches : of the whole forces, chosen as those of the study but for the place.
    """
    if area is None:
        return pd.DataFrame(columns=[by, "near_inside", "near_outside"])
    sides = {"near_inside": area.near_inside(searches), "near_outside": area.near_outside(searches)}
    counts = pd.DataFrame({name: side.groupby(searches[by], observed=False).sum() for name, side in sides.items()})
    counts = rounded(counts, searches)
    return counts.rename_axis(by).reset_index()


def assignment_band(
    near: pd.DataFrame, rates: pd.DataFrame, ratios: pd.DataFrame, *, reference: str, by: str = "ethnicity_5"
) -> pd.DataFrame:
    """Estimates and the band of each: `<by> | measure | estimate | lowest | highest | note`; none where near is empty.

    near : `near_boundary`. rates, ratios : measures tables of the area by the same groups. With n searches of a group,
    a of them near the inside and b others near the outside, its rate lies in [n - a, n + b] / resident-years; a ratio
    is lowest where the group has n - a and the reference n + b, and highest the other way round. A bound that cannot
    be computed is missing, and `inf` where the reference may have no search.
    """
    columns = [by, "measure", "estimate", "lowest", "highest", "note"]
    if near.empty:
        return pd.DataFrame(columns=columns)
    table = pd.concat([rates, ratios], ignore_index=True).astype({by: "str"})
    counts = rates.astype({by: "str"}).set_index(by)[["numerator", "denominator"]].astype("Float64").astype(float)
    counts = counts.join(near.astype({by: "str"}).set_index(by))
    low = (counts["numerator"] - counts["near_inside"]) / counts["denominator"]
    high = (counts["numerator"] + counts["near_outside"]) / counts["denominator"]
    with np.errstate(divide="ignore", invalid="ignore"):
        per = MEASURES["search_rate"].per
        bounds = {"search_rate": (low * per, high * per)}
        bounds["disproportionality_ratio"] = (low / high[reference], high / low[reference])
    for side, name in enumerate(["lowest", "highest"]):
        found = [bounds[m][side].get(g, np.nan) for m, g in zip(table["measure"], table[by], strict=True)]
        own = table["measure"].eq("disproportionality_ratio") & table[by].eq(reference)
        table[name] = pd.Series(found).mask(own, 1.0).where(table["estimate"].notna())
    return table[columns]
