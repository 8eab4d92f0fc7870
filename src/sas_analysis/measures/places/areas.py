"""Searches by local authority, and what it would change if those near a boundary belonged to the other side.

The band is an assumption range, not a sampling interval, and stands in columns of its own: all searches near the
inside of the boundary given away, or all near the outside taken in, in both groups of a ratio in opposite directions.
"""

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of, occurring
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.table import join_notes
from sas_analysis.rounding import rounded

_BY = "ethnicity_5"
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
    table = located.of(searches.index)
    areas = _counted(located, table, searches)
    areas = areas[areas[["searches", "highest"]].gt(0).any(axis=1)].sort_values("searches", ascending=False)
    unplaced = {
        status: rounded(int(table["area_status"].eq(status).sum()), searches)
        for status in table["area_status"].cat.categories[1:]
    }
    rest = pd.DataFrame({"area": list(unplaced), "area_code": "", "searches": list(unplaced.values())})
    whole = pd.concat([areas, rest], ignore_index=True).astype(dict.fromkeys(_BAND, "Int64"))
    return whole.assign(share_of_searches=whole["searches"] / max(rounded(len(searches), searches), 1))[columns]


def _counted(located, table: pd.DataFrame, searches: pd.DataFrame) -> pd.DataFrame:
    """Searches of every area and those near its boundary: `area | area_code | searches | <band>`."""
    layer = located.layer
    every = pd.Categorical.from_codes(np.zeros(len(searches), dtype=np.int8), ["all"])
    near = near_by_area(located, searches.assign(_all=every), by="_all")
    inside = np.bincount(table["area_code"].cat.codes[table["area_code"].notna()], minlength=len(layer.codes))
    n, out, into = rounded(inside, searches), near["near_inside"].to_numpy(), near["near_outside"].to_numpy()
    columns = [layer.names, layer.codes, n, out, into, n - out, n + into]
    return pd.DataFrame(dict(zip(["area", "area_code", "searches", *_BAND], columns, strict=True)))


def near_by_area(located, searches: pd.DataFrame, by: str = "ethnicity_5") -> pd.DataFrame:
    """Searches near the boundary of every area by group: `area_code | <by> | near_inside | near_outside`.

    As `near_boundary` of each area, counted at once. located : `study.located`. searches : part of the records located.
    """
    groups = searches[by].astype("category")
    names, number, points = groups.cat.categories, len(located.layer.codes), max(located.points, 1)
    point, area = located.points_near()
    at = located.point_of(searches.index)
    has = (at >= 0) & groups.notna().to_numpy()
    cell = at[has].astype(np.int64) * len(names) + groups.cat.codes.to_numpy()[has]
    counts = np.bincount(cell, minlength=points * len(names)).reshape(points, len(names))
    inside = located.area_of_points[point] == area
    sides = {}
    for side, keep in (("near_inside", inside), ("near_outside", ~inside)):
        of_groups = [np.bincount(area[keep], own[point[keep]], number) for own in counts.T]  # whole numbers, as floats
        total = np.array(of_groups, dtype=np.int64).reshape(len(names), number)
        sides[side] = rounded(total.T.ravel(), searches)
    codes = np.repeat(np.asarray(located.layer.codes, dtype=object), len(names))
    labels = pd.Categorical.from_codes(np.tile(np.arange(len(names)), number), dtype=groups.dtype)
    return pd.DataFrame({"area_code": codes, by: labels} | sides)


def with_area(records: pd.DataFrame, located) -> pd.DataFrame:
    """The records with the local authority of each: columns `area` and `area_code`, missing where it has none."""
    own = located.of(records.index)
    return records.assign(area=own["area"], area_code=own["area_code"])


def with_note(table: pd.DataFrame, what: str | list[str]) -> pd.DataFrame:
    """The table with a note on each estimate of an area of which there is something to know, unless it is said already.

    what : such as `Layer.coarse` of the area, or of the area of each row; "" where there is nothing.
    """
    what = pd.Series(what, index=table.index)
    if what.eq("").all() or "note" not in table or "estimate" not in table:
        return table
    notes = table["note"].fillna("")
    said = [mark in note for mark, note in zip(what, notes, strict=True)]
    return table.assign(note=join_notes(notes, what.where(table["estimate"].notna() & ~np.array(said), "")).to_numpy())


def located_by_force(located, searches: pd.DataFrame) -> pd.DataFrame:
    """How many searches are placed: `force | searches | placed | outside | no_location | share_no_location`."""
    status, names = codes_of(located.of(searches.index)["area_status"])
    force, forces = codes_of(searches["force"])
    counts = np.bincount(force.astype(int) * len(names) + status, minlength=len(forces) * len(names))
    counts = pd.DataFrame(counts.reshape(len(forces), -1), pd.Index(forces, name="force"))
    counts = counts[occurring(force, len(forces))].sort_index()
    table = rounded(counts.set_axis(["placed", "outside", "no_location"], axis=1), searches).reset_index()
    table.insert(1, "searches", table[["placed", "outside", "no_location"]].sum(axis=1))
    return table.assign(share_no_location=table["no_location"] / table["searches"].where(table["searches"] > 0))


def near_boundary(area, searches: pd.DataFrame) -> pd.DataFrame:
    """Searches near the boundary by group: `ethnicity_5 | near_inside | near_outside`; no row where area is None.

    area : `study.area`. searches : of the whole forces, chosen as those of the study but for the place.
    """
    if area is None:
        return pd.DataFrame(columns=[_BY, "near_inside", "near_outside"])
    sides = {"near_inside": area.near_inside(searches), "near_outside": area.near_outside(searches)}
    counts = pd.DataFrame({name: side.groupby(searches[_BY], observed=False).sum() for name, side in sides.items()})
    counts = rounded(counts, searches)
    return counts.rename_axis(_BY).reset_index()


def assignment_band(
    near: pd.DataFrame,
    rates: pd.DataFrame,
    ratios: pd.DataFrame,
    *,
    reference: str,
    within: str = "",
) -> pd.DataFrame:
    """Estimates and the band of each: `<within> | ethnicity_5 | measure | estimate | lowest | highest | note`; none
    where near is empty.

    near : `near_boundary`. rates, ratios : measures tables of the area by the same groups. With n searches of a group,
    a of them near the inside and b others near the outside, its rate lies in [n - a, n + b] / resident-years; a ratio
    is lowest where the group has n - a and the reference n + b, and highest the other way round. A bound that cannot
    be computed is missing, and `inf` where the reference may have no search. within : a column that names the area,
    where the tables are of several: `near_by_area`.
    """
    keys = [within, _BY] if within else [_BY]
    columns = [*keys, "measure", "estimate", "lowest", "highest", "note"]
    if near.empty:
        return pd.DataFrame(columns=columns)
    table = pd.concat([rates, ratios], ignore_index=True).astype(dict.fromkeys(keys, "str"))
    counts = _by_key(rates, keys)[["numerator", "denominator"]].astype("Float64").astype(float)
    counts = counts.join(_by_key(near, keys)[["near_inside", "near_outside"]])
    low = (counts["numerator"] - counts["near_inside"]) / counts["denominator"]
    high = (counts["numerator"] + counts["near_outside"]) / counts["denominator"]
    place = pd.MultiIndex.from_frame(table[keys])
    to = pd.MultiIndex.from_frame(table[keys].assign(**{_BY: reference}))
    is_ratio, per = table["measure"].eq("disproportionality_ratio"), MEASURES["search_rate"].per
    for name, own, other in (("lowest", low, high), ("highest", high, low)):
        with np.errstate(divide="ignore", invalid="ignore"):
            rate, ratio = own.reindex(place).to_numpy() * per, own.reindex(place).to_numpy() / other.reindex(to)
        found = pd.Series(np.where(is_ratio, ratio, rate), table.index)
        table[name] = found.mask(is_ratio & table[_BY].eq(reference), 1.0).where(table["estimate"].notna())
    return table[columns]


def _by_key(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """A table by the text of some columns."""
    return table.set_index(pd.MultiIndex.from_frame(table[keys].astype("str")))
