"""The page of the index and the table beside it, written over all reports of a folder."""

import base64
import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from sas_analysis.errors import RunError
from sas_analysis.files import spreadsheet_safe, write_whole
from sas_analysis.months import months_between
from sas_analysis.present import block_html
from sas_analysis.present.wording import month, span
from sas_analysis.reports.many.index import INDEX, TABLE, picture, words
from sas_analysis.reports.many.index import map as maps
from sas_analysis.reports.many.index.entry import LIGHTS, Entry, entries
from sas_analysis.reports.many.index.measure import MEASURES, Figure, figure
from sas_analysis.reports.many.index.row import BOROUGH, FORCE, PLACES, REPORTS, Row, Side, rows_of, sides_of
from sas_analysis.reports.many.siblings import link_siblings

_TEMPLATE = Path(__file__).parents[2] / "template"
_COLUMNS = ("force", "borough", "label", "from", "to", "synthetic", "records", "official_statistics")
_TITLES = {FORCE: "Stop and search, force by force", BOROUGH: "Stop and search, borough by borough"}
_HEADINGS = {FORCE: "National picture", BOROUGH: "Boroughs side by side"}


def write_index(out, warn: Callable[[str], None] = lambda message: None, *, link: bool = True) -> Path:
    """Write OUT/index.html and OUT/index.csv over all reports in OUT, each whole or not at all.

    Parameters
    ----------
    out : path
        Folder of reports, each with its run.json.
    warn : callable
        Called with each folder that is left out, and why.
    link : bool
        Have the pages on the same place and months lead to each other; not while others write the index too.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    RunError
        If it cannot be written, or there is no report.
    """
    out = Path(out)
    found, left_out = entries(out)
    for told in left_out:
        warn(told)
    if not found:
        raise RunError(f"{out} holds no report; make one with: sas-analysis report --help")
    rows = rows_of(found)
    try:
        write_whole(out / INDEX, _page(found, rows, len(left_out)))
        write_whole(out / TABLE, _table(rows))
    except OSError as error:
        raise RunError(f"{out / INDEX} cannot be written ({error.strerror or error})") from error
    if link:
        link_siblings(out, rows, index=INDEX, named=_link_words)
    return out / INDEX


# --- the page -----------------------------------------------------------------------------------------------------


def _page(found: list[Entry], rows: list[Row], left_out: int) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    jinja = Environment(
        loader=FileSystemLoader(_TEMPLATE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    jinja.globals.update(span=span, figure=figure, lights=LIGHTS)
    script = (_TEMPLATE / "site.js").read_text(encoding="utf-8")
    style = "".join((_TEMPLATE / name).read_text(encoding="utf-8") for name in ("style.css", "site.css"))
    sides = sides_of(rows)
    first = sides[0] if sides else None
    return jinja.get_template("site.html.j2").render(
        title=_TITLES[first.place] if first else "Stop-and-search reports",
        kick=_kick(first, rows),
        answer=block_html.answer({"text": _marked(first)}) if first else "",
        cards=block_html.cards({"cards": words.cards(first)}) if first else "",
        synthetic=all(row.synthetic for row in rows),
        counted=words.counted(found, left_out),
        pictures=list(_pictures(sides)),
        defs=maps.defs(sides),
        groups=[(months, list(of)) for months, of in groupby(rows, key=lambda row: row.period)],
        rows=rows,
        columns=[one for one in MEASURES if any(figure(row, one).shown for row in rows)],
        places={place: words for place, words in PLACES.items() if any(row.place == place for row in rows)},
        failed=[(row, entry) for row in rows for entry in row.failures],
        spark=_spark,
        link_words=_link_words,
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        style=style + (picture.rules() if sides else ""),
        script=script,
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _kick(first: Side | None, rows: list[Row]) -> str:
    where = "England and Wales"
    if first:
        return " · ".join(filter(None, [where, first.months, first.label]))
    return f"{where} · {span(min(row.period[0] for row in rows), max(row.period[1] for row in rows))}"


def _marked(side: Side) -> str:
    said = words.answer(side) or "**These reports have no ratio of Black to White residents** to set side by side."
    return f"SYNTHETIC, of simulated records: {said}" if side.synthetic else said


def _pictures(sides: list[Side]) -> Iterator[dict]:
    """Each picture with its heading; the first is open."""
    for number, side in enumerate(sides, start=1):
        kind = PLACES[side.place]
        parts = [side.months, side.label, "simulated records" if side.synthetic else ""]
        title = f"{kind.capitalize()}, {'; '.join(filter(None, parts))}" if number > 1 else _HEADINGS[side.place]
        said = "" if number == 1 else words.answer(side)
        yield {
            "title": title,
            "answer": block_html.emphasised(said),
            "html": picture.picture(side, number),
            "open": number == 1,
        }


def _link_words(name: str) -> str:
    return REPORTS.get(name, name.replace("_", " ").capitalize())


def _spark(row: Row) -> str:
    """Records by month as the path of an SVG 100 wide and 24 high, and what it says."""
    months, asked = row.months, months_between(*row.period)
    high = max(months.values(), default=0) or 1
    step = 100 / len(asked)
    bars = "".join(
        f"M{round(n * step + step / 2, 1):g} 24v-{max(round(22 * months[name] / high), 1)}"
        for n, name in enumerate(asked)
        if months.get(name)
    )
    if not months:
        return ""
    there = sum(bool(number) for number in months.values())
    least = min(months, key=months.__getitem__)
    said = (
        f"Records by month: {there} of {len(asked)} months; lowest {months[least]:,} ({month(least)}), highest {high:,}"
    )
    return (
        f'<svg class="sp" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{said}">'
        f'<path style="stroke-width:{0.7 * step:.1f}" d="{bars}"/></svg>'
    )


# --- the same as a table ------------------------------------------------------------------------------------------


def _table(rows: list[Row]) -> str:
    """A row a place and months; of each figure value, limits and, where it is not ranked, why."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    ends = ("", "_lower", "_upper", "_not_ranked")
    writer.writerow([*_COLUMNS, *(f"{measure.report}.{measure.card}{end}" for measure in MEASURES for end in ends)])
    for row in rows:
        one, (start, end) = row.first, row.period
        records = row.records if row.there or row.records else ""  # a run that did not begin has read none
        known = [" ".join(one.forces), one.borough, one.label, start, end, str(row.synthetic).lower(), records]
        cells = [cell for measure in MEASURES for cell in _cells(figure(row, measure))]
        writer.writerow([spreadsheet_safe(cell) for cell in (*known, LIGHTS[row.official["light"]], *cells)])
    return stream.getvalue()


def _cells(found: Figure) -> list[object]:
    numbers = [found.value, found.lower, found.upper]
    return [*("" if number is None else repr(float(number)) for number in numbers), found.why]
