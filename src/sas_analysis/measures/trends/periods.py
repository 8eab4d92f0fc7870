"""A row for every month or quarter of a series: a gap stays a gap, and says why."""

import re

import pandas as pd

from sas_analysis.measures.coverage import FLAGGED, HEADER_ONLY, NO_FILE, PUBLISHED, UNUSABLE
from sas_analysis.measures.table import MEASURE_COLUMNS, check_measures_table, join_notes, joined, measures_table
from sas_analysis.months import MONTHS_OF, PERIODS

WHY = {
    NO_FILE: "no file",
    HEADER_ONLY: "a file without a record",
    FLAGGED: "set aside by the data audit",
    UNUSABLE: "a field may not be used",  # the month is left out of this series, and of no other for that
}

_IN_PART = re.compile(r"\b\d+ of \d+ (?:force-)?months\b")


def in_part(counted: int, forces: int, over: str) -> str:
    """Of how many months of a period of the calendar an estimate is, as its note says; "" of all, and of none.

    counted : force-months that count. forces : whose months could. over : "month", "quarter" or "year".

    Examples
    --------
    >>> in_part(1, 1, "quarter"), in_part(8, 5, "quarter"), in_part(3, 1, "quarter")
    ('1 of 3 months', '8 of 15 force-months', '')
    """
    every = forces * MONTHS_OF[over]
    return f"{counted} of {every} {'force-months' if forces > 1 else 'months'}" if 0 < counted < every else ""


def is_in_part(notes: pd.Series) -> pd.Series:
    """Which notes say that an estimate is of a part of its period alone."""
    return notes.fillna("").astype("str").str.contains(_IN_PART).astype(bool)


def period_of(months, over: str) -> pd.Series:
    """The month, quarter or year of the calendar of each month, as text."""
    months = pd.Series(months).astype("str")
    known = {month: str(pd.Period(month, "M").asfreq(PERIODS[over])) for month in months.unique()}
    return months.map(known)


def every_period(table: pd.DataFrame, grid: pd.DataFrame, *, over: str) -> pd.DataFrame:
    """A series with a row for every period and group, in time; missing ones have the reason.

    Parameters
    ----------
    table : DataFrame
        Measures table with a column `over`.
    grid : DataFrame
        `force | month | status | rows`, as `Study.counted`, with a column `reasons` where the audit has any.
    over : str
        "month", "quarter" or "year".

    Returns
    -------
    DataFrame
        `<over> | <groups> | <measures table>`. A period with some force-months missing, or not in the study, keeps its
        estimate, and the note says how many of those of the calendar it is of.

    Examples
    --------
    >>> shares = study.share("power", within="month").frame
    >>> grid = study.counted.assign(status="no file").head(1)
    >>> every_period(shares[shares["month"].ne("2018-04")], grid, over="month")[["month", "note"]].head(1).to_numpy()
    array([['2018-04', 'not estimable: no file']], dtype=object)
    """
    period = period_of(grid["month"], over).to_numpy()
    whole = _whole(grid, period, over)
    names = [column for column in table.columns if column not in (*MEASURE_COLUMNS, over)]
    table = table.assign(**{over: table[over].astype("str")})[[over, *names, *MEASURE_COLUMNS]]
    groups = table[[*names, "measure"]].drop_duplicates()
    wanted = groups.merge(pd.DataFrame({over: list(whole)}), how="cross")
    there = joined(table[[over, *names, "measure"]])
    absent = wanted[~joined(wanted[[over, *names, "measure"]]).isin(there)]
    if len(absent):
        empty = measures_table(
            absent[[over, *names]],
            measure=absent["measure"].to_numpy(),
            numerator=pd.array([pd.NA] * len(absent), dtype="Int64"),
            denominator=pd.array([pd.NA] * len(absent), dtype="Int64"),
            reason=[f"not estimable: {whole[one][0] or 'no search'}" for one in absent[over]],
        )
        table = pd.concat([table.astype(_text(names)), empty.astype(_text(names))], ignore_index=True)
    place = joined(table[[*names, "measure"]]).map(
        {key: n for n, key in enumerate(joined(groups[[*names, "measure"]]))}
    )
    table = table.assign(_place=place).sort_values([over, "_place"], kind="stable").drop(columns="_place")
    table = table.reset_index(drop=True)
    part = pd.Series([whole[one][1] if one in whole else "" for one in table[over]]).where(
        table["estimate"].notna(), ""
    )
    return check_measures_table(table.assign(note=join_notes(table["note"].fillna(""), part).array))


def _text(names):
    return dict.fromkeys(names, "str")


def _whole(grid: pd.DataFrame, period, over: str) -> dict[str, tuple[str, str]]:
    """Why a period has no estimate, "" where a month counts; and of how many of its force-months it is.

    One that the series enters late or leaves early is in part as well.
    """
    months = pd.DataFrame(
        {"counts": grid["status"].astype("str").eq(PUBLISHED).to_numpy(), "force": grid["force"].array}
    )
    by_period = months.groupby(period, sort=True)
    counted, forces = by_period["counts"].sum(), by_period["force"].nunique()
    found = {}
    for name, part, number in zip(counted.index, counted, forces, strict=True):
        found[name] = "" if part else _said(grid[period == name]), in_part(part, number, over)
    return found


def _said(part: pd.DataFrame) -> str:
    status, said = part["status"].astype("str"), []
    for one, own in part.groupby(status, sort=False):
        reasons = [text for text in own.get("reasons", pd.Series(dtype="str")).dropna().unique() if text]
        said.append(f"{WHY[str(one)]}{f' ({reasons[0]})' if reasons and one in (FLAGGED, UNUSABLE) else ''}")
    return "; ".join(said)
