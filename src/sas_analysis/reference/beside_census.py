"""A user's residents beside those of the census: what is far from them has another unit, or is of another place."""

import pandas as pd

from sas_analysis.errors import DataError
from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reference.census import census_years
from sas_analysis.reference.forces import territorial_forces
from sas_analysis.reference.interpolate import AREA_CODE, read_residents
from sas_analysis.reference.population import residents

FAR = 10  # so many times the residents of a force or authority in every census, or so small a part of them
FAR_OF_GROUP = 100  # the same of one group, which moves more: a count in thousands is a thousandth
_MANY = 1_000  # residents, below which a group may be far from the census and right
_GROUP = "ethnicity_5"


def read_beside_census(path) -> pd.DataFrame:
    """`interpolate.read_residents`, refused where the residents of a force or authority are far from every census.

    Areas that no census is carried of, such as wards, are taken as they are.
    Raises DataError as `read_residents`, and for residents that are `FAR` times those of the census or such a part of
    them, all together, or `FAR_OF_GROUP` times in one group.
    """
    table = read_residents(path)
    key = AREA_CODE if AREA_CODE in table else "force"
    found = [*_far(table, [key], FAR, 0), *_far(table, [key, _GROUP], FAR_OF_GROUP, _MANY)]
    if not found:
        return table
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    raise DataError(
        f"{path}: residents are far from those of every census: {'; '.join(found[:3])}{more}. Give persons, not "
        "thousands or shares, each in the row of its own place and group"
    )


def _far(table: pd.DataFrame, keys: list[str], factor: int, least: int) -> list[str]:
    """The places, or their groups, whose residents are far from those of every census, in words."""
    given = table.groupby(keys, sort=False)["residents"].sum()
    census = pd.DataFrame({year: _carried(keys, year) for year in census_years()}).reindex(given.index)
    near = census.div(factor).lt(given, axis=0) & census.mul(factor).gt(given, axis=0)
    last = census.ffill(axis=1).iloc[:, -1]
    far = census.notna().any(axis=1) & ~near.any(axis=1) & (given.clip(lower=last) >= least)
    names = {at: at if isinstance(at, str) else ", ".join(at) for at in given.index[far]}
    return [f"{name}: {given[at]:,.0f}, and {last[at]:,.0f} in the census" for at, name in names.items()]


def _carried(keys: list[str], year: int) -> pd.Series:
    """The residents of every force or authority, or of their groups, in a census."""
    if "force" in keys:
        table = residents(territorial_forces(), year, by=["force", _GROUP])
    else:
        table = authority_residents(year).rename(columns={"authority_code": AREA_CODE})
    return table.groupby(keys)["residents"].sum()
