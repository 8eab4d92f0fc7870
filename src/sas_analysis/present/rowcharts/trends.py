"""Rows of a trend: a line a group over the months, with the events of the time and the steps that were found."""

import html

import pandas as pd

from sas_analysis.measures.registry import is_share, title_of
from sas_analysis.present import prose
from sas_analysis.present.charts.trends import event_places, step_places
from sas_analysis.present.labels import label
from sas_analysis.present.rowcharts import marks
from sas_analysis.present.rowcharts.months import line_of
from sas_analysis.present.wording import month

_TICKS = 4  # months that are named below the lines


def trend(
    table: pd.DataFrame,
    *,
    by: str,
    months: list[str],
    title: str = "",
    events: pd.DataFrame | None = None,
    points: pd.DataFrame | None = None,
    **_,
) -> dict:
    """A small picture a group: its line over the months with the band of its limits, events and steps; gaps stay."""
    if table["estimate"].isna().all():
        return {}
    measure = table["measure"].iloc[0]
    table = table.assign(
        lower=table["period_lower"].fillna(table["lower"]), upper=table["period_upper"].fillna(table["upper"])
    )
    when, found = event_places(events, months), step_places(points, months, by)
    if by == "month":  # one series without groups
        table, by = table.assign(series=title_of(measure)), "series"
    rows, wide = [marks.row("", _letters(when, len(months)), "")] * bool(when), []
    for group, own in table.groupby(by, observed=True, sort=False):
        if own["estimate"].isna().all():
            continue
        own = own.assign(month=own["month"].astype("str")).set_index("month").reindex(months)
        high = _high(own, measure)
        wide.append(bool((own["upper"] > high).any()))
        steps = [place for place, name in found if name in ("", str(group))]
        drawn = _events(when, len(months)) + line_of(own, high) + _steps(steps, len(months))
        ends = prose.interval(own["estimate"].min(), own["estimate"].max(), measure)
        rows.append(marks.row(label(group, by), drawn, ends))
    # The tops are round numbers above the lines and, as far as they do not make these flat, above their bands.
    cut = ", cut off far above the line" * any(wide)
    said = f"Each row has a scale of its own, from 0; band: limits of the month{cut}. At the right: lowest to highest "
    said += "month."
    if found:
        said += " An upright stroke: a step."
    if when:
        said += f" {'; '.join(f'{letter}: {words}' for letter, _, words in when)}."
    return {"html": marks.chart(rows, _axis(months), title, "far lines"), "key": [], "sub": said}


def _high(own, measure):
    highest = float(own["estimate"].max())
    highest = min(float(own["upper"].max()), 1.6 * highest) if own["upper"].notna().any() else highest
    return marks.from_zero([min(highest, 1.0) if is_share(measure) else highest], str).high


def _at(place, number):
    """A place among the months in per cent of the width, as `line_of` has them."""
    return min(max(100 * place / max(number - 1, 1), 0), 100)


def _events(when, number):
    return "".join(
        f'<line class="ref" x1="{_at(place, number):.2f}%" x2="{_at(place, number):.2f}%" y1="0" y2="100%" '
        f'opacity=".35"><title>{html.escape(words)}</title></line>'
        for _, place, words in when
    )


def _steps(places, number):
    return "".join(
        f'<line class="one" x1="{_at(place, number):.2f}%" x2="{_at(place, number):.2f}%" y1="0" y2="100%"/>'
        for place in places
    )


def _letters(when, number):
    return "".join(
        f'<text x="{_at(place, number):.2f}%" y="95%" text-anchor="middle">{letter}</text>' for letter, place, _ in when
    )


def _axis(months):
    """A scale of months, some of them named: Januaries, or as many as there is room for."""
    number = len(months)
    ticks = [n for n, one in enumerate(months) if one.endswith("-01")]
    if not 2 <= len(ticks) <= _TICKS + 2:
        step = max(1, -(-number // _TICKS))
        ticks = list(range(0, number, step))

    def write(tick):
        name = month(months[int(tick)])
        return f"{name[:3]} {name[-4:]}"

    return marks.Scale(0, max(number - 1, 1), ticks, write)
