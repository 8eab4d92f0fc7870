"""What a map shows of every area: its step of five, and whether its estimate says something.

Both the picture (`charts.choropleth`) and the map of a page (`rowcharts.maps`) are drawn from this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from sas_analysis.measures.registry import MEASURES, POINTS, RATIO
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.table import group_columns
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.reference.areas import COARSELY
from sas_analysis.reference.outlines import Outlines
from sas_analysis.reference.outlines import outlines as carried

STEPS = 5
# How an area is drawn: by its step; pale with an outline (its interval holds no difference); hatched (in doubt);
# empty (a force without records, on a map of several).
CLEAR, PALE, HATCHED, EMPTY = "clear", "pale", "hatched", "empty"
_PLACES = ("area_code", "area", "borough", "force")
_DOUBTED = ("not a headline", CONTRADICTED)
LOOKS = {
    CLEAR: "",
    PALE: "Pale with an outline: the interval holds no difference.",
    HATCHED: "Hatched: not known well enough, or contradicted by official statistics.",
    EMPTY: "Empty: no files of it are here.",
}


@dataclass(frozen=True)
class Area:
    """One area of a map: the key of its outline, how it is drawn, its step (1 to 5, 0 for none), and what it says."""

    key: str
    name: str
    look: str
    step: int
    text: str


@dataclass(frozen=True)
class Maps:
    """Maps side by side with one scale.

    edges : the four values that part the five steps, fewer where values are alike. panels : title -> areas. coarse :
    whether searches were placed by boundaries too coarse for a headline.
    """

    outlines: Outlines
    measure: str
    edges: tuple[float, ...]
    panels: dict[str, list[Area]]
    coarse: bool = False

    @property
    def keys(self) -> list[str]:
        """All the outlines that are drawn."""
        return [*dict.fromkeys(area.key for areas in self.panels.values() for area in areas)]

    @property
    def legend(self) -> list[str]:
        """What each step is, in words, lowest first; nothing where no area has the colour of one."""
        if not any(area.look in (CLEAR, PALE) for areas in self.panels.values() for area in areas):
            return []
        write = [prose.headline(edge, self.measure)[0] for edge in self.edges]
        if not write:
            return ["all alike"]
        return [f"under {write[0]}", *(f"{a} to {b}" for a, b in pairwise(write)), f"{write[-1]} or more"]

    @property
    def looks(self) -> list[str]:
        """What the looks that occur mean, in sentences."""
        there = {area.look for areas in self.panels.values() for area in areas}
        said = ["Coarse boundaries: for drawing only."] * self.coarse
        return [*said, *(words for look, words in LOOKS.items() if look in there and words)]


def maps_of(table: pd.DataFrame, *, value: str = "estimate", by: str = "", outlines: Outlines | None = None) -> Maps:
    """What maps of a measures table show: a map for each label of `by`, or one.

    Parameters
    ----------
    table : DataFrame
        A measures table of one measure by `area_code`, `area`, `borough` or `force`, and by `by` where it is given. An
        area without an outline is left out; the table has it.
    value : str
        The column that is shown.
    by : str
        A column such as ethnicity_5 or quarter; "" where the table is by area alone.
    outlines : Outlines, optional
        Of the areas (`Areas.outlines`); by default those that are carried, of forces or local authorities.

    Raises
    ------
    ValueError
        If the table is of no areas, of several measures, or has an area twice in a map.
    """
    place = next((name for name in _PLACES if name in table), None)
    if place is None:
        raise ValueError(f"the table is by no area: it needs a column {', '.join(_PLACES[:-1])} or {_PLACES[-1]}")
    by = "" if by in _PLACES else by
    table = table[~table["note"].fillna("").str.contains("reference group", regex=False)]
    if table["measure"].nunique() > 1:
        raise ValueError(f"a map shows one measure; the table has {', '.join(table['measure'].unique())}")
    twice = table.duplicated([place, *([by] if by else [])])
    if twice.any():
        others = [name for name in group_columns(table) if name not in (*_PLACES, by)]
        raise ValueError(f"{twice.sum()} areas are there twice in a map: choose one label of {', '.join(others)}")
    layer = outlines or carried("forces" if place == "force" else "authorities")
    measure = "" if table.empty else table["measure"].iloc[0]
    edges = steps(table[value], measure)
    groups = table.groupby(by, observed=True, sort=False) if by else [("", table)]
    panels = {label(name, by) if by else "": _areas(rows, place, value, layer, edges) for name, rows in groups}
    panels = {title: areas for title, areas in panels.items() if areas}
    if place == "force":
        panels = {title: [*areas, *_without_records(areas, layer)] for title, areas in panels.items()}
    return Maps(layer, measure, edges, panels, bool(table["note"].fillna("").str.contains(COARSELY, regex=False).any()))


def steps(values: Sequence[float], measure: str) -> tuple[float, ...]:
    """The values that part five steps with as many areas each, rounded to two digits; alike ones once."""
    known = np.asarray(pd.Series(values).astype(float).dropna())
    known = known[np.isfinite(known)]
    if not len(known):
        return ()
    found = np.quantile(known, np.arange(1, STEPS) / STEPS)
    return tuple(dict.fromkeys(float(f"{edge:.2g}") for edge in found))


def _areas(rows: pd.DataFrame, place: str, value: str, layer: Outlines, edges: tuple[float, ...]) -> list[Area]:
    found = []
    for row in rows.to_dict("records"):
        key = str(row[place]) if place == "force" or str(row[place]) in layer.paths else _key(row, layer)
        if key not in layer.paths:
            continue
        number = row[value]
        known = pd.notna(number) and np.isfinite(number)
        step = 1 + sum(number >= edge for edge in edges) if known else 0
        name = layer.names[key]
        text = prose.headline(number, row["measure"], *_limits(row))
        said = " from ".join(filter(None, text)) if known else "not estimable"
        look = _look(row, known)
        doubt = f" ({_DOUBTED[CONTRADICTED in str(row['note'])]})" if look == HATCHED and known else ""
        found.append(Area(key, name, look, step, f"{name}: {said}{doubt}"))
    return found


def _without_records(areas: list[Area], layer: Outlines) -> list[Area]:
    """The other areas of a map of several forces."""
    here = {area.key for area in areas}
    rest = [key for key in layer.paths if key not in here] if len(here) > 1 else []
    return [Area(key, layer.names[key], EMPTY, 0, f"{layer.names[key]}: no files here") for key in rest]


def _key(row: dict, layer: Outlines) -> str:
    """The outline of an area that has no code here, or another one in the boundaries: found by its name."""
    return next((key for name in ("area", "borough") if name in row and (key := layer.key(str(row[name])))), "")


def _limits(row: dict) -> tuple[float, float]:
    """Limits as cards show them: of these months where they are known, else those there are."""
    side = "period_" if pd.notna(row.get("period_lower")) else ""
    return row.get(f"{side}lower", np.nan), row.get(f"{side}upper", np.nan)


def _look(row: dict, known: bool) -> str:
    if not known or any(word in str(row["note"]) for word in _DOUBTED):
        return HATCHED
    kind = MEASURES[row["measure"]].kind
    none = {RATIO: 1.0, POINTS: 0.0}.get(kind)
    lower, upper = _limits(row)
    return PALE if none is not None and pd.notna(lower) and lower <= none <= upper else CLEAR
