"""Rows by month: a line a group, columns of counts, and squares for what may be used."""

import html

import pandas as pd

from sas_analysis.measures.coverage import FLAGGED, HEADER_ONLY, NO_FILE, PUBLISHED, UNUSABLE
from sas_analysis.measures.registry import is_share
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.present.rowcharts import marks
from sas_analysis.present.wording import month

_STATUS = {
    PUBLISHED: ("br", "used"),
    FLAGGED: ("sf", "set aside by the data audit"),
    UNUSABLE: ("su", "a field cannot be used"),
    HEADER_ONLY: ("sh", "a file without a record"),
    NO_FILE: ("sn", "no file"),
}


def series(table: pd.DataFrame, *, by: str, months: list[str], title: str = "", **_) -> dict:
    """A small picture a group: its line over the months with the band of its limits; a gap is a month without."""
    if table["estimate"].isna().all():
        return {}
    measure = table["measure"].iloc[0]
    table = table.assign(
        lower=table["period_lower"].fillna(table["lower"]), upper=table["period_upper"].fillna(table["upper"])
    )
    highest = float(table[["upper", "estimate"]].max().max())
    scale = marks.from_zero([min(highest, 1.0) if is_share(measure) else highest], str)
    made = []
    for group, rows in table.groupby(by, observed=True, sort=False):
        own = rows.assign(month=rows["month"].astype("str")).set_index("month").reindex(months)
        ends = prose.interval(own["estimate"].min(), own["estimate"].max(), measure)
        made.append(marks.row(label(group, by), line_of(own, scale.high), ends))
    said = f"Each line from 0 to {prose.number(scale.high, measure)}, {month(months[0])} to {month(months[-1])}."
    said += " Band: limits of the month. At the right: lowest to highest month."
    return {"html": marks.chart(made, None, title, "far lines"), "key": [], "sub": said}


def line_of(own: pd.DataFrame, high: float) -> str:
    """Line and band in a box of 100 by 100, broken where a month has no value."""
    step = 100 / max(len(own) - 1, 1)
    made, run = (
        '<line class="g" x1="0" x2="100%" y1="100%" y2="100%"/><svg viewBox="0 0 100 100" preserveAspectRatio="none">',
        [],
    )
    places = [(n * step, row) for n, row in enumerate(own.to_dict("records"))]
    for place, row in [*places, (None, None)]:
        if row is not None and pd.notna(row["estimate"]):
            run.append((place, row))
        elif run:
            made += _run(run, high, step)
            run = []
    return f"{made}</svg>"


def _run(run: list, high: float, step: float) -> str:
    if len(run) == 1:
        place, row = run[0]
        run = [(max(place - step / 4, 0), row), (min(place + step / 4, 100), row)]
    up = [(place, row["upper"]) for place, row in run if pd.notna(row["upper"])]
    down = [(place, row["lower"]) for place, row in run if pd.notna(row["lower"])]
    around = _points([*up, *reversed(down)], high)
    band = f'<polygon class="bn" points="{around}"/>' if around else ""
    return f'{band}<polyline class="ln" points="{_points([(place, row["estimate"]) for place, row in run], high)}"/>'


def _points(pairs: list, high: float) -> str:
    return " ".join(f"{place:.1f},{100 - 100 * min(value, high) / high:.1f}" for place, value in pairs)


def counts(table: pd.DataFrame, *, months: list[str], title: str = "", **_) -> dict:
    """Columns of the records of every month, a row a force."""
    made = []
    for force, rows in table.groupby("force", sort=False):
        own = rows.set_index("month")["rows"].reindex(months)
        high = float(own.max()) if own.notna().any() else 1.0
        made.append(marks.row(label(force), _columns(own, max(high, 1.0)), prose.count(own.sum()), ""))
    said = f"{month(months[0])} to {month(months[-1])}; each row to its own highest month. At the right: all months."
    return {"html": marks.chart(made, None, title, "far lines"), "key": [], "sub": said}


def _columns(own: pd.Series, high: float) -> str:
    width = 100 / len(own)
    made = '<line class="g" x1="0" x2="100%" y1="100%" y2="100%"/>'
    for n, (name, value) in enumerate(own.items()):
        if pd.notna(value):
            tall = 100 * float(value) / high
            made += (
                f'<rect class="br" x="{n * width + width * 0.12:.2f}%" width="{width * 0.76:.2f}%" '
                f'y="{100 - tall:.1f}%" height="{tall:.1f}%">'
                f"<title>{html.escape(month(str(name)))}: {prose.count(value)}</title></rect>"
            )
    return made


def coverage(table: pd.DataFrame, *, title: str = "", row: str = "force", **_) -> dict:
    """A square a month, a row a force or a field: used, in doubt, set aside, or not there."""
    months = sorted(table["month"].astype("str").unique())
    made, seen = [], []
    for name, rows in table.groupby(row, sort=False):
        status = (
            rows.assign(month=rows["month"].astype("str")).set_index("month")["status"].astype("str").reindex(months)
        )
        seen += list(status.dropna().unique())
        used = int(status.eq(PUBLISHED).sum())
        made.append(marks.row(label(name, row), _squares(status), f"{used} of {len(months)}"))
    key = [[marks.key(_STATUS[one][0]), _STATUS[one][1].capitalize()] for one in _STATUS if one in seen]
    said = f"A square a month, {month(months[0])} to {month(months[-1])}. At the right: months used."
    return {"html": marks.chart(made, None, title, "far slim"), "key": key, "sub": said}


def _squares(status: pd.Series) -> str:
    width = 100 / len(status)
    return "".join(
        f'<rect class="{_STATUS[value][0]}" x="{n * width + width * 0.04:.2f}%" width="{width * 0.92:.2f}%" '
        'y="12%" height="76%">'
        f"<title>{html.escape(month(str(name)))}: {_STATUS[value][1]}</title></rect>"
        for n, (name, value) in enumerate(status.items())
        if value in _STATUS
    )
