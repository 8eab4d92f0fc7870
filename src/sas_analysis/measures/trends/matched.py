"""The same months a year apart: only those that may be used in both years.

Forces together are set beside the year before by the months that each of them has in both years (`Monthly.made_of`).
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.asked import constants_note
from sas_analysis.measures.intervals.change import change_limits
from sas_analysis.measures.table import measures_table
from sas_analysis.measures.trends.monthly import SHARE, Monthly
from sas_analysis.measures.trends.steps import of_odds
from sas_analysis.months import in_ranges, later

YEAR = 12


def matched_change(series: Iterable[Monthly], *, start: str, end: str, level: float = 0.95) -> pd.DataFrame:
    """A period beside the same months of the year before, and the factor between them.

    Parameters
    ----------
    series : iterable of Monthly
        Each with the months of both years.
    start, end : str
        First and last month of the period, twelve months at most.
    level : float

    Returns
    -------
    DataFrame
        `<labels> | period | <measures table>`, three rows a series: the year before, the period, and "change": later /
        earlier (of a share: of its odds). Limits of the change are those of a force whose months drift as forces' do
        (`change_limits`); forces added together are taken as one, which is wider than they need. The note says which
        months are matched, and why others are not.

    Raises
    ------
    ValueError
        For a period of more than a year.

    Source
    ------
    docs/intervals.md, change_limits.

    Examples
    --------
    >>> months = pd.period_range("2019-01", "2020-12", freq="M").astype(str)
    >>> arrests = [[20]] * 12 + [[26]] * 12
    >>> made = Monthly("arrest_rate", months, arrests, trials=[[200]] * 24, kind="arrest")
    >>> matched_change([made], start="2020-01", end="2020-12")[["period", "estimate"]].round(2).to_numpy().tolist()
    [['2019-01 to 2019-12', 0.1], ['2020-01 to 2020-12', 0.13], ['change', 1.34]]
    """
    if not start <= end < later(start, YEAR):
        raise ValueError(f"a period is of 1 to 12 months, this is {start} to {end}")
    rows = [row for one in series for row in _rows(one, start, end, level)]
    labels = pd.DataFrame([row["labels"] for row in rows])
    return measures_table(
        labels.assign(period=[row["period"] for row in rows]),
        measure=[row["measure"] for row in rows],
        numerator=pd.array([row["parts"][0] for row in rows], dtype="Float64"),
        denominator=pd.array([row["parts"][1] for row in rows], dtype="Float64"),
        limits=tuple(np.array([row["limits"][n] for row in rows], dtype=float) for n in (0, 1)),
        interval=[row["interval"] for row in rows],
        period=tuple(np.array([row["of_period"][n] for row in rows], dtype=float) for n in (0, 1)),
        reason=[row["reason"] for row in rows],
        note=[row["note"] for row in rows],
    )


def matched(series: Monthly, *, start: str, end: str):
    """The months of the period that may be used in both years, bool (months,) each; and what is said of it."""
    place = {month: n for n, month in enumerate(series.months)}
    now, before, out = np.zeros(len(series.months), bool), np.zeros(len(series.months), bool), {}
    wanted = [str(month) for month in pd.period_range(start, end, freq="M")]
    for month in wanted:
        pair = [month, later(month, -YEAR)]
        faults = [f"{one} {_why(series, place, one)}" for one in pair if _why(series, place, one)]
        if faults:
            out[month] = faults[0]
        else:
            now[place[pair[0]]], before[place[pair[1]]] = True, True
    used = [month for month in wanted if month not in out]
    said = f"{len(used)} of {len(wanted)} months matched" + (f" ({in_ranges(used)})" if used and out else "")
    if out:
        named = list(out.values())
        said += f"; left out: {', '.join(named[:3])}" + (f" and {len(named) - 3} more" if len(named) > 3 else "")
    return now, before, said


def _why(series, place, month):
    if month not in place:
        return "(outside the records)"
    if series.used[place[month]]:
        return ""
    return f"({series.why[place[month]] or 'nothing to count'})"


def _rows(series: Monthly, start, end, level):
    now, before, said = matched(series, start=start, end=end)
    said = "; ".join(filter(None, [said, series.made_of]))
    names = [f"{later(start, -YEAR)} to {later(end, -YEAR)}", f"{start} to {end}"]
    rows = []
    for name, of in zip(names, (before, now), strict=True):
        rows.append({"labels": dict(series.labels), "period": name, "measure": series.measure, "note": said})
        rows[-1] |= _of_window(series, of, level)
        rows[-1]["note"] += f"; {constants_note()}" if rows[-1]["interval"] else ""
    rows.append(dict(labels=dict(series.labels), period="change", measure="year_on_year", note=said))
    change = _change(series, now, before, level)
    rows[-1] |= change | {"note": "; ".join(filter(None, [said, change.get("note", "")]))}
    return rows


_NONE = {"parts": (pd.NA, pd.NA), "limits": (np.nan, np.nan), "of_period": (np.nan, np.nan), "interval": ""}


def _of_window(series, of, level):
    if not of.any():
        return _NONE | {"reason": "not estimable: no month may be used in both years"}
    limits, period = (series.limits(of, target=target, level=level) for target in ("process", "period"))
    given = {"limits": (limits.lower[0], limits.upper[0]), "of_period": (period.lower[0], period.upper[0])}
    parts, why = series.parts(of), "" if series.parts(of)[1] > 0 else "not estimable: no search"
    return given | {"parts": parts, "reason": why, "interval": limits.name if np.isfinite(limits.lower[0]) else ""}


def _change(series, now, before, level):
    if not now.any():
        return _NONE | {"reason": "not estimable: no month may be used in both years"}
    later_one, earlier = series.limits(now, level=level), series.limits(before, level=level)
    found = change_limits(later_one, earlier, gap=YEAR, level=level)
    if not np.isfinite(found.estimate[0]):
        return _NONE | {"reason": f"not estimable: {found.reason[0]}"}
    parts = tuple(series.level(of) for of in (now, before))
    if series.form == SHARE:
        parts = tuple(share / (1 - share) for share in parts)
    note = "; ".join(filter(None, [of_odds(series), constants_note()]))
    given = {"limits": (found.lower[0], found.upper[0]), "of_period": (np.nan, np.nan), "interval": found.name}
    return given | {"parts": parts, "reason": "", "note": note}
