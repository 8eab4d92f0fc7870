"""What a map shows of every area: its step of five, and whether its estimate says something.

Both the picture (`charts.choropleth`) and the map of a page (`rowcharts.maps`) are drawn from this.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.registry import MEASURES, POINTS, RATIO, is_share
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.table import group_columns, of_reference
from sas_analysis.present import limits, no_headline, prose
from sas_analysis.present.few import FEW_IN_WORDS
from sas_analysis.present.labels import label
from sas_analysis.present.reasons import why_not
from sas_analysis.reference.areas import COARSELY
from sas_analysis.reference.official.other_years import said_in
from sas_analysis.reference.outlines import Outlines
from sas_analysis.reference.outlines import outlines as carried
from sas_analysis.study.study import NOT_HERE

STEPS = 5
# How an area is drawn: by its step; pale with an outline (its interval holds no difference); dotted (few searches);
# hatched (in doubt); empty (no records of it are here).
CLEAR, PALE, DOTTED, HATCHED, EMPTY = "clear", "pale", "dotted", "hatched", "empty"
COLOURED = (CLEAR, PALE)
_PLACES = ("area_code", "area", "borough", "force")
_NO_FILES = "no files here"
_REASONS = 3  # named at most where no area of a map has a colour
LOOKS = {
    CLEAR: "",
    PALE: "Pale with an outline: the interval holds no difference.",
    DOTTED: f"Dotted: {FEW_IN_WORDS}, which show little but chance.",
    HATCHED: "Hatched: not known well enough, or contradicted by official statistics.",
    EMPTY: "Empty: no files of it are here.",
}


@dataclass(frozen=True)
class Area:
    """One area of a map: the key of its outline, how it is drawn, its step (1 to 5, 0 for none), and what it says.

    why : where it has no colour, the reason.
    """

    key: str
    name: str
    look: str
    step: int
    text: str
    why: str = ""


@dataclass(frozen=True)
class Maps:
    """Maps side by side with one scale.

    edges : the four values that part the five steps, fewer where areas are few or alike. panels : title -> areas.
    coarse : whether searches were placed by boundaries too coarse for a headline. blank : title -> why no map of it is
    drawn, since no area would have a colour. alike : without edges, the value that all areas have.
    """

    outlines: Outlines
    measure: str
    edges: tuple[float, ...]
    panels: dict[str, list[Area]]
    coarse: bool = False
    blank: dict[str, str] = field(default_factory=dict)
    alike: str = ""

    @property
    def keys(self) -> list[str]:
        """All the outlines that are drawn."""
        return [*dict.fromkeys(area.key for areas in self.panels.values() for area in areas)]

    @property
    def legend(self) -> list[str]:
        """What each step is, in words, lowest first; nothing where there is no map."""
        if not self.panels:
            return []
        write = [_written(edge, self.measure) for edge in self.edges]
        if not write:
            return [self.alike]
        last = write[-1] if is_share(self.measure) and self.edges[-1] >= 1 else f"{write[-1]} or more"
        return [f"under {write[0]}", *(f"{a} to {b}" for a, b in pairwise(write)), last]

    @property
    def looks(self) -> list[str]:
        """What the looks that occur mean, in sentences."""
        there = {area.look for areas in self.panels.values() for area in areas}
        said = ["Coarse boundaries: for drawing only."] * self.coarse
        return [*said, *(words for look, words in LOOKS.items() if look in there and words), *self.not_drawn]

    @property
    def not_drawn(self) -> list[str]:
        """Of what no map is drawn, and why, a sentence a reason."""
        of: dict[str, list[str]] = {}
        for title, why in self.blank.items():
            of.setdefault(why, []).append(title)
        if not self.panels and len(of) == 1:  # of all for one reason
            return [f"No map: {why}." for why in of]
        return [f"No map of {and_join(titles)}: {why}." for why, titles in of.items()]


def maps_of(table: pd.DataFrame, *, value: str = "estimate", by: str = "", outlines: Outlines | None = None) -> Maps:
    """What maps of a measures table show: a map for each label of `by`, or one.

    Parameters
    ----------
    table : DataFrame
        A measures table of one measure by `area_code`, `area`, `borough` or `force`, and by `by` where it is given. An
        area without an outline is left out; the table has it. So is a map in which no area would have a colour.
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
    table = table[~of_reference(table)]
    if table["measure"].nunique() > 1:
        raise ValueError(f"a map shows one measure; the table has {', '.join(table['measure'].unique())}")
    twice = table.duplicated([place, *([by] if by else [])])
    if twice.any():
        others = [name for name in group_columns(table) if name not in (*_PLACES, by)]
        raise ValueError(f"{twice.sum()} areas are there twice in a map: choose one label of {', '.join(others)}")
    layer = outlines or carried("forces" if place == "force" else "authorities")
    measure = "" if table.empty else table["measure"].iloc[0]
    coloured = [_look(row, _is_known(row[value])) in COLOURED for row in table.to_dict("records")]
    shown = table.loc[np.array(coloured, dtype=bool), value]
    edges, alike = steps(shown, measure), _written(shown.median(), measure)
    groups = table.groupby(by, observed=True, sort=False) if by else [("", table)]
    found = {label(name, by) if by else "": _areas(rows, place, value, layer, edges) for name, rows in groups}
    panels = {title: areas for title, areas in found.items() if any(area.look in COLOURED for area in areas)}
    blank = {title: _why_blank(areas) for title, areas in found.items() if areas and title not in panels}
    if place == "force":
        panels = {title: [*areas, *_without_records(areas, layer)] for title, areas in panels.items()}
    coarse = bool(table["note"].fillna("").str.contains(COARSELY, regex=False).any())
    return Maps(layer, measure, edges, panels, coarse, blank, alike)


def steps(values: Sequence[float], measure: str) -> tuple[float, ...]:
    """The values that part five steps with as many areas each, of fewer than five values as many steps as values.

    Rounded to two digits. An edge that would leave the step below it or above it empty is none, as zero where nothing
    is below it; and so is one that is written as another, or as zero.
    """
    known = np.asarray(pd.Series(values).astype(float).dropna())
    known = known[np.isfinite(known)]
    number = min(STEPS, len(np.unique(known)))
    if number < 2:
        return ()
    found = [float(f"{edge:.2g}") for edge in np.quantile(known, np.arange(1, number) / number)]
    found = [edge for edge in found if known.min() < edge <= known.max()]
    found = found or [float(known[known > known.min()].min())]  # most are the lowest value
    texts = {_written(edge, measure): edge for edge in reversed(found)}
    return tuple(sorted(edge for text, edge in texts.items() if text != _written(0.0, measure) or edge < 0))


def _written(edge: float, measure: str) -> str:
    """An edge as a legend writes it."""
    return prose.headline(edge, measure)[0]


def _areas(rows: pd.DataFrame, place: str, value: str, layer: Outlines, edges: tuple[float, ...]) -> list[Area]:
    found = []
    for row in rows.to_dict("records"):
        key = str(row[place]) if place == "force" or str(row[place]) in layer.paths else _key(row, layer)
        if key not in layer.paths:
            continue
        number = row[value]
        known = _is_known(number)
        step = 1 + sum(number >= edge for edge in edges) if known else 0
        name = layer.names[key]
        look = _look(row, known)
        said = _said(number, row) if known else _NO_FILES if look == EMPTY else "not estimable"
        found.append(Area(key, name, look, step, f"{name}: {said}", _why(row, look, known)))
    return found


def _said(number, row: dict) -> str:
    """A number with its limits, written as in the tables of the page, and why it is no headline."""
    own = row | {"estimate": number}
    text = no_headline.written(own, *prose.headline(number, row["measure"], *limits.shown(row)))
    why = no_headline.reasons(own)
    return (" " if why else " from ").join(filter(None, text)) + f": {no_headline.also(why)}" * bool(why)


def _is_known(number) -> bool:
    return bool(pd.notna(number) and np.isfinite(number))


def _why(row: dict, look: str, known: bool) -> str:
    """Why an area has no colour; "" where it has one."""
    if look in COLOURED:
        return ""
    if look == DOTTED:
        return f"{FEW_IN_WORDS} in each place"
    if not known:
        return why_not(str(row["note"])) or "no estimate can be given"
    by = said_in([row["note"]])
    return (
        f"official statistics{by} contradict the records" if CONTRADICTED in str(row["note"]) else "too much is unknown"
    )


def _why_blank(areas: list[Area]) -> str:
    """Why no area of a map has a colour, the commonest reasons first."""
    reasons = pd.Series([area.why for area in areas]).value_counts(sort=True)
    return ", or ".join(reasons.index[:_REASONS])


def _without_records(areas: list[Area], layer: Outlines) -> list[Area]:
    """The other areas of a map of several forces."""
    here = {area.key for area in areas}
    rest = [key for key in layer.paths if key not in here] if len(here) > 1 else []
    return [Area(key, layer.names[key], EMPTY, 0, f"{layer.names[key]}: {_NO_FILES}") for key in rest]


def _key(row: dict, layer: Outlines) -> str:
    """The outline of an area that has no code here, or another one in the boundaries: found by its name."""
    return next((key for name in ("area", "borough") if name in row and (key := layer.key(str(row[name])))), "")


def _look(row: dict, known: bool) -> str:
    if not known and NOT_HERE in str(row["note"]):
        return EMPTY
    why = no_headline.reasons(row)
    if not known or no_headline.is_in_doubt(why):
        return HATCHED
    if why:
        return DOTTED
    kind = MEASURES[row["measure"]].kind
    none = {RATIO: 1.0, POINTS: 0.0}.get(kind)
    lower, upper = limits.shown(row)
    return PALE if none is not None and pd.notna(lower) and lower <= none <= upper else CLEAR
