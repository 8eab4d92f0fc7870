"""Areas with a large part of their searches in one month: an event there says little of the months around it."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sas_analysis.measures.tallied import numbers_of, tallied
from sas_analysis.months import days_in
from sas_analysis.reference.areas import ONE_MONTH, WITHOUT_IT
from sas_analysis.reference.census import in_words
from sas_analysis.rounding import rounded

if TYPE_CHECKING:
    from sas_analysis.study.by_area import Areas

# A third of all searches, and three times an ordinary month: of four months the second asks for half of all, of a year
# the first for four times its part. Twenty searches: below, chance makes such months.
SHARE, TIMES, MONTHS, FEWEST = 1 / 3, 3, 4, 20
BY, CODE = "ethnicity_5", "area_code"


def months_of_areas(areas: "Areas", searches: pd.DataFrame) -> pd.DataFrame:
    """The areas with one month far above their others: `month | share | <a group>...`, by code.

    searches : as `Areas` counts them once, by month, area and group. A column a group has its searches in that month,
    rounded as all counts are.
    """
    searches = tallied(searches, [CODE, "month", BY])  # without weeks, a quarter of the rows
    number = numbers_of(searches)
    counted = searches.assign(number=1 if number is None else number)
    keys = [counted[CODE].astype("str"), counted["month"].astype("str"), counted[BY].astype("str")]
    groups = counted["number"].groupby(keys).sum().unstack(fill_value=0)
    groups = groups[groups.index.get_level_values(0).isin(areas.codes)]
    groups = rounded(groups, areas.study.rows)
    by_month = groups.sum(axis=1).unstack(fill_value=0)
    most, every = by_month.max(axis=1), by_month.sum(axis=1)
    others = np.array([len(_days(areas, code)) for code in by_month.index], dtype=float) - 1
    marked = (others >= MONTHS - 1) & (most >= FEWEST) & (most > SHARE * every)
    marked &= most * others > TIMES * (every - most)
    found = pd.DataFrame({"month": by_month.idxmax(axis=1), "share": most / every})[marked]
    return found.join(groups, on=[CODE, "month"]) if len(found) else found


def _days(areas: "Areas", code: str) -> dict[str, int]:
    """The days of each month that counts of the force that polices an area."""
    return {month: days_in(month) for force in areas.bases[code].forces for month in areas.months_that_count[force]}


def said(found: pd.DataFrame) -> dict[str, str]:
    """What is said of each of these areas, by code: "38% of its searches were in August 2018"."""
    return {code: f"{row['share']:.0%} {ONE_MONTH} {in_words(row['month'])}" for code, row in found.iterrows()}


def notes(areas: "Areas", found: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """A note for each row of rates or ratios by area, with what the row gives without that month; "" of other areas.

    found : as `months_of_areas`. table : as `Areas.rates` or `Areas.ratios`.
    """
    words = said(found)
    own = table[table[CODE].isin(list(words))]
    searches = own.set_index([CODE, BY])["numerator"].to_dict()
    made = {
        at: f"{words[row[CODE]]}{_without(areas, found.loc[row[CODE]], row, searches)}"
        for at, row in zip(own.index, own.to_dict("records"), strict=True)
    }
    return [made.get(at, "") for at in table.index]


def _without(areas: "Areas", month: pd.Series, row: dict, searches: dict) -> str:
    """What a rate or ratio is without a month: that of the searches that are left.

    The residents are those of the whole period, so that they and the days are the same for both groups of a ratio; a
    rate has the days of the month less.
    """
    group, other, code = row[BY], areas.compared.reference, row[CODE]
    ratio = row["measure"] == "disproportionality_ratio"
    if ratio and group == other:
        return ""
    all_of = [searches.get((code, one), 0) for one in (group, other)[: 1 + ratio]]
    left = [number - month.get(one, 0) for number, one in zip(all_of, (group, other), strict=False)]
    if pd.isna(row["estimate"]) or min(left) < FEWEST:
        return ", without which too few are left"
    days = _days(areas, code)
    of_days = 1.0 if ratio else 1 - days[month["month"]] / sum(days.values())
    parts = [a / b for a, b in zip(left, all_of, strict=True)]
    value = row["estimate"] * parts[0] / (parts[1] if ratio else of_days)
    return f"{WITHOUT_IT}{value:.{1 if value >= 10 else 2}f}"
