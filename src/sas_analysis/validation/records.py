"""The records of a raw folder beside published numbers that were counted from such records by others.

What a figure is made of stands in `record_figures`; which forces, months and place it is of, and by how much ours may
differ, in `reference/tables/published_records.csv`. A figure that cannot be compared says why.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from sas_analysis.errors import DataError
from sas_analysis.months import in_ranges, months_between
from sas_analysis.records import refresh, store
from sas_analysis.records.find import find_files, is_synthetic
from sas_analysis.records.locate import INSIDE, MARGIN, locate
from sas_analysis.reference import _table
from sas_analysis.reference.areas import FETCH, Layer, layers
from sas_analysis.validation.record_figures import COLUMNS, FIGURES

PASS, FAIL, NOT_COMPARABLE = "PASS", "FAIL", "not comparable"
RECORD_COLUMNS = (
    "verdict",
    "source",
    "period",
    "place",
    "figure",
    "published",
    "ours",
    "difference",
    "allowed",
    "note",
)
COARSEST = 10 * MARGIN  # metres from one point of a boundary to the next: beyond, counts of a borough can be 12% off
_COLUMNS = [*COLUMNS, "force", "month", "latitude", "longitude", "location_status"]
_NO_PLACE_NEEDED = ("metropolitan", "city-of-london")  # all their searches are London's; BTP's where they are located


def check_records(
    raw, processed, *, boundaries: str = "", progress: Callable[[str], None] = lambda text: None
) -> pd.DataFrame:
    """Every published number beside the same one counted from the records of a raw folder.

    Parameters
    ----------
    raw, processed : path
        The publisher's files, and where they are cleaned to.
    boundaries : str
        Boundaries of local authorities, as `open_study` takes them.
    progress : function
        Told what is being counted.

    Returns
    -------
    DataFrame
        `verdict | source | period | place | figure | published | ours | difference | allowed | note`. `verdict`: PASS
        if ours is within what is allowed, FAIL, or "not comparable", and then `note` says why. `difference`: for counts
        ours / published - 1; for per cent, points. `allowed` is how far it may be: editions of a month differ, and
        so do the boundaries that others used.

    Raises
    ------
    DataError
        If there are no such files, or those needed are refused.
    """
    raw, table = Path(raw), _table("published_records")
    files, _ = find_files(raw)
    if not files:
        raise DataError(f"{raw} has no stop-and-search file; name the folder with the publisher's files")
    there = {(file.force, file.month) for file in files}
    synthetic, found = is_synthetic(raw), None
    parts = []
    for (start, end, forces), rows in table.groupby(["start", "end", "forces"], sort=False):
        why = "the records are simulated" if synthetic else _absent(forces.split(), start, end, there)
        if why:
            parts += [_told(row, why=why) for row in rows.itertuples()]
            continue
        progress(f"{forces}, {start} to {end}")
        found = layers(raw, boundaries) if found is None else found
        chosen = {"forces": forces.split(), "start": start, "end": end}
        refresh.update(raw, processed, **chosen)
        records = store.read(processed, **chosen, columns=_COLUMNS)
        parts += _counted(records, rows, found)
    order = {number: at for at, number in enumerate(table.index)}
    parts.sort(key=lambda part: order[part[0]])
    return pd.DataFrame([part[1] for part in parts], columns=list(RECORD_COLUMNS))


def record_lines(checked: pd.DataFrame) -> list[str]:
    """A line for each number, and how many of each verdict there are."""
    lines = [_line(row) for row in checked.itertuples()]
    counts = checked["verdict"].value_counts()
    return [*lines, ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in (PASS, FAIL, NOT_COMPARABLE))]


def _line(row) -> str:
    figure = f"{row.verdict}: {row.period}, {row.place or 'the force'}: {row.figure}: published {row.published}"
    ours = "" if row.ours == "" else f", ours {row.ours} ({row.difference}, allowed {row.allowed})"
    return f"{figure}{ours} [{row.source}]" + (f": {row.note}" if row.note else "")


def _absent(forces: list[str], start: str, end: str, there: set) -> str:
    months = months_between(start, end)
    lacking = {force: [month for month in months if (force, month) not in there] for force in forces}
    return "; ".join(f"no file of {force} {in_ranges(absent)}" for force, absent in lacking.items() if absent)


def _counted(records: pd.DataFrame, rows: pd.DataFrame, found: list[Layer]) -> list[tuple]:
    """The numbers of some forces and months."""
    placed, why = _placed(records, found)
    told = []
    for row in rows.itertuples():
        within = records if not row.place else None if why else _within(records, placed, row.place)
        if within is None or row.figure not in FIGURES:
            no_figure = "" if row.figure in FIGURES else "it is not counted here"
            reason = row.not_comparable or no_figure or why or f"the boundaries have no area {row.place}"
            told.append(_told(row, why=reason))
        else:
            told.append(_told(row, FIGURES[row.figure](within, row.group), row.not_comparable))
    return told


def _placed(records: pd.DataFrame, found: list[Layer]) -> tuple[pd.Series | None, str]:
    """The London borough each record lies in; or why it cannot be said."""
    london = [(layer, [at for at, code in enumerate(layer.codes) if code.startswith("E09")]) for layer in found]
    london = [(layer.spacing(at), layer) for layer, at in london if at]
    if not london:
        return None, f"there are no boundaries of the boroughs; run: {FETCH}"
    spacing, layer = min(london, key=lambda pair: pair[0])
    if spacing > COARSEST:
        return None, f"the boundaries are coarse, with a point every {spacing:,.0f} m; run: {FETCH}"
    table = locate(records, layer).table
    inside = table["area_status"].eq(INSIDE) & table["area_code"].astype("str").str.startswith("E09")
    return table["area"].astype("str").where(inside, ""), ""


def _within(records: pd.DataFrame, placed: pd.Series, place: str) -> pd.DataFrame | None:
    if place == "London":
        return records[records["force"].isin(_NO_PLACE_NEEDED) | placed.ne("")]
    return records[placed.eq(place)] if place in set(placed) else None


def _told(row, value: float = np.nan, why: str = "") -> tuple[int, list]:
    """A row of the table, with its place in the carried one."""
    published, allowed = float(row.published), float(row.tolerance)
    count = row.unit == "count"
    difference = value / published - 1 if count else value - published
    known = not np.isnan(value)
    verdict = PASS if abs(difference) <= allowed + 1e-9 else FAIL
    if why or not known:
        verdict = NOT_COMPARABLE
    period = row.start if row.start == row.end else f"{row.start}..{row.end}"
    percent = "" if row.unit == "ratio" else "%"
    texts = [
        f"{published:,.0f}" if count else f"{row.published}{percent}",
        "" if not known else f"{value:,.0f}" if count else f"{value:.1f}{percent}",
        "" if not known else f"{difference:+.1%}" if count else f"{difference:+.1f} points",
        f"{allowed:.1%}" if count else f"{allowed:g} points",
    ]
    figure = f"{row.figure}: {row.group}" if row.group else row.figure
    note = why or row.note or ("" if known else "nothing to count it from")
    return row.Index, [verdict, row.source, period, row.place, figure, *texts, note]
