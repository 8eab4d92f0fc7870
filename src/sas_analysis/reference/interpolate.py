"""Residents between the censuses, and residents of a user's own."""

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from sas_analysis.errors import DataError, listed
from sas_analysis.months import months_between
from sas_analysis.reference.census import GROUPINGS, census_years
from sas_analysis.reference.forces import check_force
from sas_analysis.reference.population import GROUPS_5, residents

_COLUMNS = ["force", "ethnicity_5", "residents"]
AREA_CODE = "area_code"
_MOST_RESIDENTS = 100_000_000
_MOST_ROWS = 250_000  # five groups of every LSOA are 180,000


def interpolated_residents(forces, time: float, *, groups: str = "ethnicity_5") -> pd.DataFrame:
    """Residents of each force and group at a time between the censuses: `force | ethnicity_5 | residents`.

    P(t) = P(2011) x (P(2021) / P(2011)) ** ((t - 2011) / 10): growth at a constant rate between the censuses before
    and after. time : in years, 2011 and 2021 being the census days: see `middle`. groups : "ethnicity_5", or
    "ethnicity_5_2001" (Chinese in Other); the column is named ethnicity_5 for both, as a denominator's. Residents
    are not rounded. A group without residents at one census, which has no rate of growth, changes linearly.
    Detailed groups are refused: Roma was not asked in 2011. Raises ValueError, all faults at once.
    """
    forces = [forces] if isinstance(forces, str) else list(forces)
    years = census_years()
    within = years[0] <= time <= years[-1]
    faults = [] if within else [f"{time} is not between the censuses of {years[0]} and {years[-1]}"]
    if groups not in GROUPINGS.values():
        known = ", ".join(GROUPINGS.values())
        faults.append(f"residents between censuses are not known by {groups}; choose from: {known}")
    if faults:
        raise ValueError(listed(faults))
    keys, start, end = _at_censuses(tuple(forces), around(time), groups)
    return keys.assign(residents=grown(start, end, share_passed(time)))


@lru_cache(maxsize=64)  # every month of a series asks for the same
def _at_censuses(forces: tuple[str, ...], years: tuple[int, int], groups: str) -> tuple:
    """Forces and groups, and their residents at two censuses: `force | ethnicity_5`, array, array."""
    tables = (residents(list(forces), year, by=["force", groups]).set_axis(_COLUMNS, axis=1) for year in years)
    start, end = (table.set_index(_COLUMNS[:2])["residents"] for table in tables)
    if not start.index.equals(end.index):
        start, end = start.align(end)
    return start.index.to_frame(index=False), start.to_numpy(dtype=float), end.to_numpy(dtype=float)


def around(time: float) -> tuple[int, int] | None:
    """The years of the censuses before and after a time; None before the first census and from the last one on."""
    return next((pair for pair in pairwise(census_years()) if pair[0] <= time <= pair[1]), None)


def share_passed(time: float) -> float:
    """How much of the time between the censuses before and after a time has passed."""
    first, last = around(time)
    return (time - first) / (last - first)


def grown(before: np.ndarray, after: np.ndarray, share: float | np.ndarray) -> np.ndarray:
    """Residents after a share of the time between two censuses, as `interpolated_residents` says."""
    with np.errstate(divide="ignore", invalid="ignore"):
        by_rate = before * (after / before) ** share
    linear = before + (after - before) * share
    return np.where((before > 0) & (after > 0), by_rate, linear)


def middle(start: str, end: str) -> float:
    """The middle of a period as `interpolated_residents` takes it. start, end : "YYYY-MM", inclusive.

    April 2015 to March 2016 is 2015.5: census years begin in April, a few days after the census days.
    """
    first, last = (int(month[:4]) + (int(month[5:]) - 4) / 12 for month in (start, end))
    if last < first:
        raise ValueError(f"the period ends ({end}) before it begins ({start})")
    return round((first + last + 1 / 12) / 2, 6)


def middle_month(start: str, end: str) -> str:
    """The month that the middle of a period is in, or begins: "2018-05" of 2018-01 to 2018-09.

    Examples
    --------
    >>> middle_month("2018-01", "2018-09"), middle_month("2018-04", "2018-09")
    ('2018-05', '2018-07')
    """
    months = months_between(start, end)
    return months[len(months) // 2]


def read_residents(path) -> pd.DataFrame:
    """A user's residents of forces, or of areas: `force | ethnicity_5 | residents`, or with `area_code` first.

    path : CSV in UTF-8 with the columns force (slug) or area_code (as the boundaries have it), ethnicity_5 (White,
    Mixed, Asian, Black, Other) and residents (count, decimals allowed), a row for each group of each force or area;
    other columns are ignored, `force` too where there is `area_code`.
    Raises DataError with every fault, how many rows have it and the first of them.
    """
    if not Path(path).exists():
        raise DataError(f"{path}: there is no such file; name the CSV file with the residents")
    if not Path(path).is_file():
        raise DataError(f"{path}: the residents cannot be read from a folder, pipe or device; name a CSV file")
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", nrows=_MOST_ROWS + 1, index_col=False
        )
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path}: the residents cannot be read as CSV in UTF-8: {error}") from error
    columns = [AREA_CODE, *_COLUMNS[1:]] if AREA_CODE in table else _COLUMNS
    absent = [column for column in columns if column not in table]
    if absent:
        raise DataError(f"{path}: the residents lack {len(absent)} column(s): {', '.join(absent)}")
    table = table[columns].apply(lambda column: column.str.strip())
    numbers = pd.to_numeric(table["residents"].where(table["residents"].str.fullmatch(r"[0-9]+(\.[0-9]+)?"), ""))
    faults = _faults(table, numbers)
    if faults:
        raise DataError(f"{path}: {listed(faults)}")
    return table.assign(residents=numbers.astype(float))


def _faults(table: pd.DataFrame, numbers: pd.Series) -> list[str]:
    key = table.columns[0]
    what, pairs = key.replace("_", " "), table[[key, "ethnicity_5"]]
    strange = ~table[key].map(_is_force).astype(bool) if key == "force" else table[key].eq("")
    wrong = {
        "an unknown force" if key == "force" else "no area code": strange,
        f"a group that is none of {', '.join(GROUPS_5)}": ~table["ethnicity_5"].isin(GROUPS_5),
        "residents that are not a number, 0 or more": numbers.isna(),
        f"more than {_MOST_RESIDENTS:,} residents": numbers.gt(_MOST_RESIDENTS),
        f"{'a force' if key == 'force' else 'an area code'} and group for a second time": pairs.duplicated(),
    }
    faults = [_fault(what, table, rows) for what, rows in wrong.items() if rows.any()]
    have = pairs.groupby(key)["ethnicity_5"].agg(set)
    lacking = [
        f"{place}: {', '.join(g for g in GROUPS_5 if g not in had)}"
        for place, had in have.items()
        if set(GROUPS_5) - had
    ]
    if lacking:
        faults.append(f"{len(lacking)} {what}(s) lack a group: {'; '.join(lacking[:3])}")
    if table.empty or len(table) > _MOST_ROWS:
        faults.append("no rows" if table.empty else f"more than {_MOST_ROWS:,} rows")
    return faults


def _fault(what: str, table: pd.DataFrame, rows: pd.Series) -> str:
    shown = "; ".join(f"line {at + 2}: {', '.join(table.loc[at])}" for at in table.index[rows][:3])
    return f"{rows.sum()} row(s) with {what}: {shown}"


def _is_force(slug: str) -> bool:
    try:
        check_force(slug)
    except ValueError:
        return False
    return True
