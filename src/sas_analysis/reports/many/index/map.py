"""The map of a picture: areas in five steps of one hue, with a class for each figure that may be chosen.

The outlines stand once in the page and are used by every map of it. Which figure the colours show the style sheet says.
"""

import html
from collections.abc import Iterable
from itertools import pairwise

from sas_analysis.reference import outlines
from sas_analysis.reports.many.index.entry import LIGHTS
from sas_analysis.reports.many.index.measure import MEASURES, Figure, Measure
from sas_analysis.reports.many.index.row import BOROUGH, Row, Side

OFFICIAL = "official"
FILLS = {"good": "var(--m2)", "warn": "var(--band)", "bad": "var(--bad)"}  # of official statistics
_STEP_OF_LIGHT = {"none": 0, "good": 1, "warn": 2, "bad": 3}
_SMALL = {"city-of-london"}  # too small to be seen on a map of all forces


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)


def layer_of(side: Side) -> str:
    """Which outlines a picture uses."""
    return "authorities" if side.place == BOROUGH else "forces"


def defs(sides: Iterable[Side]) -> str:
    """The outlines that the maps of some pictures use."""
    layers = dict.fromkeys(layer_of(side) for side in sides)
    keys = {layer: _areas(layer, [side for side in sides if layer_of(side) == layer]) for layer in layers}
    return "".join(
        f'<path class="o" id="o-{key}" d="{outlines.outlines(layer).paths[key]}"/>'
        for layer in layers
        for key in keys[layer]
    )


def _areas(layer: str, sides: list[Side]) -> list[str]:
    """The areas of a map: all forces, or all boroughs of the forces that reports are on."""
    known = outlines.outlines(layer)
    if layer == "forces":
        return list(known.paths)
    forces = {row.first.forces[0] for side in sides for row in side.rows}
    codes = _authorities_of(forces) | {row.area for side in sides for row in side.rows if row.area}
    return [code for code in known.paths if code in codes]


def _authorities_of(forces: set[str]) -> set[str]:
    from sas_analysis.reference.authorities import authority_residents

    table = authority_residents(2021)
    return set(table.loc[table["force"].isin(forces), "authority_code"])


# --- one map ------------------------------------------------------------------------------------------------------


def drawn(side: Side, of: dict[str, list[Figure]], number: int) -> str:
    """The map of a picture. of : the figures of its rows, by measure. number : of the picture."""
    layer = layer_of(side)
    found = {row.area: (n, row) for n, row in enumerate(side.rows)}
    keys = _areas(layer, [side])
    left, top, right, bottom = outlines.outlines(layer).box(keys)
    unit = max(right - left, bottom - top) / 100
    made = "".join(_area(key, found.get(key), layer, of) for key in keys if layer != "forces" or key not in _SMALL)
    for place, row in enumerate(row for row in side.rows if layer == "forces" and _aside(row, keys)):
        made += _square(row, side.rows.index(row), of, left + 62 * unit, top + (14 + 6 * place) * unit, unit)
    kind = "boroughs" if side.place == BOROUGH else "police force areas"
    box = f"{left - unit:.0f} {top - unit:.0f} {right - left + 2 * unit:.0f} {bottom - top + 2 * unit:.0f}"
    size = f"{2 * unit:.0f}"
    return (
        f'<p class="hear">A map of {kind} stands here; the chart that follows holds the same figures.</p>'
        f'<svg class="m" style="--hatched:url(#h{number})" viewBox="{box}" aria-hidden="true"><defs>'
        f'<pattern id="h{number}" width="{size}" height="{size}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><line x1="0" x2="0" y1="0" y2="{size}" stroke="var(--hatch)" '
        f'stroke-width="{unit:.0f}"/></pattern></defs>{made}</svg>'
    )


def _aside(row: Row, keys: list[str]) -> bool:
    return row.area in _SMALL or row.area not in keys


def _area(key: str, found: tuple[int, Row] | None, layer: str, of: dict[str, list[Figure]]) -> str:
    if found is None:
        name = outlines.outlines(layer).names[key]
        return f'<use class="x0" href="#o-{key}"><title>{_text(name)}: no report</title></use>'
    n, row = found
    return _linked(row, f'<use class="{_steps(n, row, of)}" href="#o-{key}"><title>{_tip(n, row, of)}</title></use>')


def _square(row: Row, n: int, of: dict[str, list[Figure]], x: float, y: float, unit: float) -> str:
    """A force without an area that can be seen, in the sea."""
    side, name = 4 * unit, row.short.removesuffix(" Police")
    path = f'<path class="o {_steps(n, row, of)}" d="M{x:.0f} {y:.0f}h{side:.0f}v{side:.0f}h-{side:.0f}z">'
    beside = f'x="{x + 1.3 * side:.0f}" y="{y + 0.75 * side:.0f}" style="font-size:{2.9 * unit:.0f}px"'
    return _linked(row, f"{path}<title>{_tip(n, row, of)}</title></path>") + f"<text {beside}>{_text(name)}</text>"


def _linked(row: Row, marked: str) -> str:
    # The chart has the same links, so the keyboard stops at each force once.
    return f'<a href="#{row.id}" tabindex="-1">{marked}</a>'


def _steps(n: int, row: Row, of: dict[str, list[Figure]]) -> str:
    """The classes of an area: for each figure its step of five, 0 for none."""
    steps = [f"{measure.key[0]}{_step(measure, of[measure.key][n])}" for measure in MEASURES if measure.key in of]
    return " ".join([*steps, f"{OFFICIAL[0]}{_STEP_OF_LIGHT[row.official['light']]}"])


def _step(measure: Measure, found: Figure) -> int:
    return 1 + sum(found.value >= edge for edge in measure.steps) if found.ranked else 0


def _tip(n: int, row: Row, of: dict[str, list[Figure]]) -> str:
    told = [f"{measure.what} {of[measure.key][n].text}" for measure in MEASURES if measure.key in of]
    told.append(f"official statistics: {LIGHTS[row.official['light']].lower()}")
    return _text(f"{row.short}: {'; '.join(told)}")


def legend(measure: Measure) -> str:
    """The five steps of a measure."""
    edges = [measure.tick(edge) for edge in measure.steps]
    words = [
        f"under {edges[0]}",
        *(f"{a} to {b}" for a, b in pairwise(edges)),
        f"{edges[-1]} or more",
    ]
    return _key(measure.key, [(f"var(--m{n})", text) for n, text in enumerate(words, start=1)])


def legend_official() -> str:
    """The lights of official statistics."""
    return _key(OFFICIAL, list(zip(FILLS.values(), ("● agree", "▲ differ", "■ contradict"), strict=True)))


def _key(key: str, steps: list[tuple[str, str]]) -> str:
    items = "".join(f'<span><i style="background:{fill}"></i>{text}</span>' for fill, text in steps)
    return f'<div class="pan pan-{key}"><div class="leg">{items}</div></div>'
