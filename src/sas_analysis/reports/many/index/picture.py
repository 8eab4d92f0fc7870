"""The pictures of the index: a map in five steps, and beside it a chart with a row a force, for the figure chosen.

Which figure is shown the style sheet decides, by the button that is chosen; no script is needed.
"""

import html
from collections.abc import Iterable

from sas_analysis.errors import and_join
from sas_analysis.present.rowcharts import marks
from sas_analysis.reference import outlines
from sas_analysis.reports.many.index import map as maps
from sas_analysis.reports.many.index.entry import LIGHTS
from sas_analysis.reports.many.index.measure import MEASURES, WHY, Figure, Measure, figure, ordered
from sas_analysis.reports.many.index.row import Row, Side


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)


def shown(side: Side) -> list[Measure]:
    """The measures that two of its rows have at least."""
    return [one for one in MEASURES if sum(figure(row, one).shown for row in side.rows) > 1]


def rules() -> str:
    """The rules of the style sheet that show the chosen figure."""
    made = ""
    for key in [*(measure.key for measure in MEASURES), maps.OFFICIAL]:
        on = f".natl:has(.k-{key}:checked) "
        made += f"{on}.pan-{key}{{display:block}}"
        fills = maps.FILLS.values() if key == maps.OFFICIAL else (f"var(--m{step})" for step in range(1, 6))
        made += "".join(f"{on}.{key[0]}{step}{{fill:{fill}}}" for step, fill in enumerate(fills, start=1))
        made += f"{on}.{key[0]}0{{fill:var(--hatched)}}"
    return made


# --- one picture --------------------------------------------------------------------------------------------------


def picture(side: Side, number: int) -> str:
    """The choice of a figure, the map and the charts. number : tells the pictures of a page apart."""
    measures = shown(side)
    of = {measure.key: [figure(row, measure) for row in side.rows] for measure in measures}
    legends = "".join(maps.legend(measure) for measure in measures) + maps.legend_official()
    charts = "".join(_chart(measure, of[measure.key]) for measure in measures) + _official(side.rows)
    return (
        f'<div class="natl">{_choice(measures, number)}<div class="pic"><div class="map">{maps.drawn(side, of, number)}'
        f'{legends}<p class="mapnote">{_note(side)}</p></div><div>{charts}</div></div></div>'
    )


def _choice(measures: list[Measure], number: int) -> str:
    options = [*((measure.key, measure.what) for measure in measures), (maps.OFFICIAL, "Official statistics")]
    buttons = "".join(
        f'<span><input type="radio" name="m{number}" id="m{number}-{key}" class="k-{key}"{" checked" * (n == 0)}>'
        f'<label for="m{number}-{key}">{_text(what)}</label></span>'
        for n, (key, what) in enumerate(options)
    )
    return f'<fieldset class="pick"><legend>Show</legend>{buttons}</fieldset>'


def _note(side: Side) -> str:
    return (
        "Hatched: not ranked, or not compared. Empty: no report. Choose an area to go to its reports. "
        f"Source: {_text(outlines.outlines(maps.layer_of(side)).attribution)}"
    )


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
        f'<div class="pan pan-{maps.OFFICIAL}"><h3>Do the records agree with official statistics?</h3>'
        f'<span class="sub">Counts and shares that the Home Office publishes for the same year; the largest difference '
        f"is named.</span>{made}</div>"
    )


def _fact(row: Row) -> str:
    return row.official["fact"] or row.official["words"]
