"""The pictures of the index: a map in five steps, and beside it a chart with a row a force, for the figure chosen.

Which figure is shown the style sheet decides, by the button that is chosen; no script is needed. The outlines stand once
in the page and are used by every map.
"""

import html
from collections.abc import Iterable

from sas_analysis.errors import and_join
from sas_analysis.present.rowcharts import marks
from sas_analysis.reference import outlines
from sas_analysis.reports.many.index_entry import LIGHTS
from sas_analysis.reports.many.index_measure import MEASURES, WHY, Figure, Measure, figure, ordered
from sas_analysis.reports.many.index_row import BOROUGH, Row, Side

OFFICIAL = "official"
_LAYERS = {True: "authorities", False: "forces"}
_STEP_OF_LIGHT = {"none": 0, "good": 1, "warn": 2, "bad": 3}
_SMALL = {"city-of-london"}  # too small to be seen on a map of all forces
_FILLS = {"good": "var(--m2)", "warn": "var(--band)", "bad": "var(--bad)"}


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)


def shown(side: Side) -> list[Measure]:
    """The measures that two of its rows have at least."""
    return [one for one in MEASURES if sum(figure(row, one).shown for row in side.rows) > 1]


def rules() -> str:
    """The rules of the style sheet that show the chosen figure."""
    made = ""
    for key in [*(measure.key for measure in MEASURES), OFFICIAL]:
        on = f".natl:has(.k-{key}:checked) "
        made += f"{on}.pan-{key}{{display:block}}"
        fills = _FILLS.values() if key == OFFICIAL else (f"var(--m{step})" for step in range(1, 6))
        made += "".join(f"{on}.{key[0]}{step}{{fill:{fill}}}" for step, fill in enumerate(fills, start=1))
        made += f"{on}.{key[0]}0{{fill:var(--hatched)}}"
    return made


def defs(sides: Iterable[Side]) -> str:
    """The outlines that the maps of some pictures use."""
    layers = dict.fromkeys(_LAYERS[side.place == BOROUGH] for side in sides)
    keys = {
        layer: _areas(layer, [side for side in sides if _LAYERS[side.place == BOROUGH] == layer]) for layer in layers
    }
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


# --- one picture --------------------------------------------------------------------------------------------------


def picture(side: Side, number: int) -> str:
    """The choice of a figure, the map and the charts. number : tells the pictures of a page apart."""
    measures = shown(side)
    of = {measure.key: [figure(row, measure) for row in side.rows] for measure in measures}
    legends = "".join(_legend(measure) for measure in measures) + _legend_official()
    charts = "".join(_chart(measure, of[measure.key]) for measure in measures) + _official(side.rows)
    return (
        f'<div class="natl">{_choice(measures, number)}<div class="pic"><div class="map">{_map(side, of, number)}{legends}'
        f'<p class="mapnote">{_note(side)}</p></div><div>{charts}</div></div></div>'
    )


def _choice(measures: list[Measure], number: int) -> str:
    options = [*((measure.key, measure.what) for measure in measures), (OFFICIAL, "Official statistics")]
    buttons = "".join(
        f'<span><input type="radio" name="m{number}" id="m{number}-{key}" class="k-{key}"{" checked" * (n == 0)}>'
        f'<label for="m{number}-{key}">{_text(what)}</label></span>'
        for n, (key, what) in enumerate(options)
    )
    return f'<fieldset class="pick"><legend>Show</legend>{buttons}</fieldset>'


def _note(side: Side) -> str:
    kind = "boroughs" if side.place == BOROUGH else "forces"
    return (
        f"Hatched: {kind} that are not ranked. Empty: no report. Choose an area to go to its reports. "
        f"Source: {_text(outlines.outlines(_LAYERS[side.place == BOROUGH]).attribution)}"
    )


# --- the map ------------------------------------------------------------------------------------------------------


def _map(side: Side, of: dict[str, list[Figure]], number: int) -> str:
    layer = _LAYERS[side.place == BOROUGH]
    found = {row.area: (n, row) for n, row in enumerate(side.rows)}
    areas = _areas(layer, [side])
    left, top, right, bottom = outlines.outlines(layer).box(areas)
    unit = max(right - left, bottom - top) / 100
    made = "".join(_area(key, found.get(key), layer, of) for key in areas if layer != "forces" or key not in _SMALL)
    for place, row in enumerate(row for row in side.rows if layer == "forces" and _aside(row, areas)):
        made += _square(row, side.rows.index(row), of, left + 62 * unit, top + (14 + 6 * place) * unit, unit)
    kind = "boroughs" if side.place == BOROUGH else "police force areas"
    box = f"{left - unit:.0f} {top - unit:.0f} {right - left + 2 * unit:.0f} {bottom - top + 2 * unit:.0f}"
    size = f"{2 * unit:.0f}"
    return (
        f'<p class="hear">A map of {kind} stands here; the chart that follows holds the same figures.</p>'
        f'<svg class="m" style="--hatched:url(#h{number})" viewBox="{box}" aria-hidden="true"><defs><pattern id="h{number}" '
        f'width="{size}" height="{size}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line x1="0" x2="0" y1="0" y2="{size}" stroke="var(--hatch)" stroke-width="{unit:.0f}"/></pattern></defs>{made}</svg>'
    )


def _aside(row: Row, areas: list[str]) -> bool:
    return row.area in _SMALL or row.area not in areas


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
    text = f'<text x="{x + 1.3 * side:.0f}" y="{y + 0.75 * side:.0f}" style="font-size:{2.9 * unit:.0f}px">{_text(name)}</text>'
    return _linked(row, f"{path}<title>{_tip(n, row, of)}</title></path>") + text


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


def _legend(measure: Measure) -> str:
    edges = [measure.tick(edge) for edge in measure.steps]
    words = [
        f"under {edges[0]}",
        *(f"{a} to {b}" for a, b in zip(edges, edges[1:], strict=False)),
        f"{edges[-1]} or more",
    ]
    return _key(measure.key, [(f"var(--m{n})", text) for n, text in enumerate(words, start=1)])


def _legend_official() -> str:
    return _key(OFFICIAL, list(zip(_FILLS.values(), ("● agree", "▲ differ", "■ contradict"), strict=True)))


def _key(key: str, steps: list[tuple[str, str]]) -> str:
    items = "".join(f'<span><i style="background:{fill}"></i>{text}</span>' for fill, text in steps)
    return f'<div class="pan pan-{key}"><div class="leg">{items}</div></div>'


# --- the charts ---------------------------------------------------------------------------------------------------


def _chart(measure: Measure, figures: list[Figure]) -> str:
    drawn = ordered(figures)
    scale = measure.scale(
        [one for found in drawn for one in (found.value, found.lower, found.upper) if one is not None]
    )
    ranked = [found for found in drawn if found.ranked]
    rows = [_row(found, scale) for found in ranked]
    others = [found for found in drawn if not found.ranked]
    if others:
        rows += [marks.head(f"Not ranked: {_reasons(others)}"), *(_row(found, scale) for found in others)]
    chart = marks.chart(rows, scale, measure.title)
    left = [found for found in figures if not found.shown]
    said = f"{measure.sub} Line: {_level(measure, figures)} interval; where lines overlap, the order may be chance."
    hollow = " Hollow, in brackets: not ranked." if others else ""
    none = f'<p class="mapnote">{_without(left)}</p>' if left else ""
    return (
        f'<div class="pan pan-{measure.key}" style="--grid-lines:{_lines(scale)}"><h3>{_text(measure.title)}</h3>'
        f'<span class="sub">{_text(said + hollow)}</span>{chart}{none}</div>'
    )


def _lines(scale: marks.Scale) -> str:
    """The lines of the ticks as a background: one for all rows of a chart, which keeps the page small."""
    colour = {True: "var(--ink)", False: "var(--grid)"}
    lines = [(colour[tick == scale.one], scale(tick)) for tick in scale.ticks]
    return ",".join(f"linear-gradient({fill},{fill}) {place:g}% 0/1px 100% no-repeat" for fill, place in lines)


def _level(measure: Measure, figures: list[Figure]) -> str:
    levels = {found.row.reports[measure.report].level for found in figures if found.shown}
    level = next(iter(levels)) if len(levels) == 1 else None
    return f"{level:.0%}" if level else "the"


def _reasons(figures: list[Figure]) -> str:
    """Why some figures are not ranked, the commonest first."""
    return ", or ".join(dict.fromkeys(WHY.get(found.why, found.why) for found in figures))


def _without(figures: list[Figure]) -> str:
    of: dict[str, list[str]] = {}
    for found in figures:
        of.setdefault(found.why, []).append(found.row.short)
    return _text("No figure: " + "; ".join(f"{and_join(names)} ({why})" for why, names in of.items()) + ".")


def _row(found: Figure, scale: marks.Scale) -> str:
    hollow = not found.ranked
    drawn = ""
    if found.lower is not None and found.upper is not None:
        kind = "hoci" if hollow else "ci"
        drawn += marks.line(scale, found.lower, found.upper, kind)
    if found.value is not None:
        drawn += marks.dot(scale, found.value, "ho" if hollow else "pt")
    interval = f" <small>{_text(found.interval)}</small>" if found.interval else ""
    return (
        f'<div><span class="l"><a href="#{found.row.id}">{_text(found.row.short)}</a></span><svg aria-hidden="true">'
        f'{drawn}</svg><span class="v">{_text(found.text)}{interval}</span></div>'
    )


def _official(rows: Iterable[Row]) -> str:
    """Which forces' records official statistics contradict, differ from, agree with, and what differs."""
    made = ""
    for light, word in LIGHTS.items():
        of = [row for row in rows if row.official["light"] == light]
        if not of:
            continue
        made += f'<p class="of"><b class="lt {light}">{word}: {len(of)}</b></p>'
        links = [f'<a href="#{row.id}">{_text(row.short)}</a>' for row in of]
        if light in ("bad", "warn"):
            lines = zip(links, of, strict=True)
            made += (
                '<ul class="foot">' + "".join(f"<li>{link}: {_text(_fact(row))}</li>" for link, row in lines) + "</ul>"
            )
        else:
            made += f'<p class="foot">{", ".join(links)}</p>'
    return (
        f'<div class="pan pan-{OFFICIAL}"><h3>Do the records agree with official statistics?</h3>'
        f'<span class="sub">Counts and shares that the Home Office publishes for the same year; the largest difference '
        f"is named.</span>{made}</div>"
    )


def _fact(row: Row) -> str:
    return row.official["fact"] or row.official["words"]
