"""Maps as a page shows them: outlines whose colours the style sheet gives, in the light, the dark and in print."""

import html
import zlib

import pandas as pd

from sas_analysis.present.map_areas import DOTTED, EMPTY, HATCHED, PALE, Area, Maps, maps_of
from sas_analysis.reference.outlines import Outlines

_OWN = {HATCHED: "dbt", DOTTED: "dbt few", EMPTY: "none"}
_SIGNS = {HATCHED: ("su", "in doubt"), DOTTED: ("sd", "few searches"), EMPTY: ("se", "no files here")}
_LINES = 90  # of the hatching, across a map


def choropleth(
    table: pd.DataFrame,
    *,
    value: str = "estimate",
    by: str = "",
    outlines: Outlines | None = None,
    title: str = "",
    **_,
) -> dict:
    """Areas in five steps, a map a group or quarter; what each says stands in its tip and in the table beside it."""
    maps = maps_of(table, value=value, by=by, outlines=outlines)
    if not maps.panels:
        return {"why": " ".join(maps.not_drawn)} if maps.blank else {}
    # Several maps of the same areas share their outlines, which are most of a page's bytes.
    mark = f"m{zlib.crc32(f'{title} {by} {value}'.encode()):08x}" if len(maps.panels) > 1 else ""
    made = _outlines(maps, mark) if mark else ""
    made += "".join(_map(maps, name, areas, title, mark) for name, areas in maps.panels.items())
    steps = [[_sign(f"s{n}"), words] for n, words in enumerate(maps.legend, start=1)]
    there = {area.look for areas in maps.panels.values() for area in areas}
    steps += [[_sign(kind), words] for look, (kind, words) in _SIGNS.items() if look in there]
    source = f"Outlines: {maps.outlines.attribution}"
    kind = "maps" if len(maps.panels) > 1 else "maps one"
    return {"html": f'<div class="{kind}">{made}</div>', "key": steps, "sub": " ".join([*maps.looks, source])}


def _outlines(maps: Maps, mark: str) -> str:
    paths = "".join(f'<path id="{mark}-{key}" d="{maps.outlines.paths[key]}"/>' for key in maps.keys)
    return f'<svg class="shared" aria-hidden="true"><defs>{paths}</defs></svg>'


def _map(maps: Maps, name: str, areas: list[Area], title: str, mark: str) -> str:
    left, top, right, bottom = maps.outlines.box(maps.keys)
    room = max(right - left, bottom - top) / 100
    box = f"{left - room:.0f} {top - room:.0f} {right - left + 2 * room:.0f} {bottom - top + 2 * room:.0f}"
    drawn = sorted(areas, key=lambda area: area.look == PALE)  # an outline is not to be covered by what is beside it
    own, width = f"{zlib.crc32(f'{title} {name}'.encode()):08x}", max(right - left, bottom - top) / _LINES
    there = {area.look for area in areas}
    paths = "".join(pattern(f"{look[0]}{own}", width) for look, pattern in _PATTERNS.items() if look in there)
    paths += "".join(_area(maps, area, mark, own) for area in drawn)
    said = _text(f"Map: {': '.join(filter(None, [title, name]))}. The table holds the same figures.")
    head = f"<b>{_text(name)}</b>" if name else ""
    return f'<div>{head}<svg viewBox="{box}" role="img" aria-label="{said}">{paths}</svg></div>'


def _hatching(name: str, width: float) -> str:
    """The hatching of one map: its lines are as wide as its own units ask."""
    line = f'<line x1="0" x2="0" y1="0" y2="{width:.0f}" stroke="var(--hatch)" stroke-width="{0.8 * width:.0f}"/>'
    return (
        f'<defs><pattern id="{name}" width="{width:.0f}" height="{width:.0f}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)">{line}</pattern></defs>'
    )


def _dots(name: str, width: float) -> str:
    """The dots of one map."""
    return (
        f'<defs><pattern id="{name}" width="{width:.0f}" height="{width:.0f}" patternUnits="userSpaceOnUse">'
        f'<circle cx="{width / 2:.0f}" cy="{width / 2:.0f}" r="{width / 5:.0f}" fill="var(--hatch)"/></pattern></defs>'
    )


_PATTERNS = {HATCHED: _hatching, DOTTED: _dots}


def _area(maps: Maps, area: Area, mark: str, own: str) -> str:
    tip = f"<title>{_text(area.text)}</title>"
    fill = f' style="fill:url(#{area.look[0]}{own})"' if area.look in _PATTERNS else ""
    if mark:
        return f'<use class="{_class(area)}"{fill} href="#{mark}-{area.key}">{tip}</use>'
    return f'<path class="{_class(area)}"{fill} d="{maps.outlines.paths[area.key]}">{tip}</path>'


def _class(area: Area) -> str:
    return _OWN.get(area.look) or f"s{area.step}{' pale' * (area.look == PALE)}"


def _sign(kind: str) -> str:
    return f'<svg class="sg" aria-hidden="true"><rect class="{kind}" width="100%" y="15%" height="70%"/></svg>'


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)
