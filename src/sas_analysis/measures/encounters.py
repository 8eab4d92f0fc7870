"""Encounters: searches of one force at the same time and place, the nearest to knowing who was searched together."""

import pandas as pd

from sas_analysis.measures.shares import as_list, require_columns, tally
from sas_analysis.measures.table import measures_table

PLACED = "recorded"


def encounters(searches: pd.DataFrame, by=(), *, level: float = 0.95, interval: str = "none") -> pd.DataFrame:
    """Searches per encounter: an encounter is the searches of one force at the same second and the same point.

    Records name no person, so that repeat searches of somebody cannot be seen; who was searched together can, as far
    as officers gave one time and place to all. Published points are snap points: neighbours share one.

    Parameters
    ----------
    searches : DataFrame
        Clean table (force, searched_at, latitude, longitude, location_status).
    by : str or list of str
        Columns; an encounter with searches of two groups is one of each.
    level, interval
        Not used, for a count of what was recorded has no limits; `Study.measured` gives them.

    Returns
    -------
    DataFrame
        `<by> | <measures table>`, measure `searches_per_encounter`: searches with a time and a place, and encounters.
        The note gives the searches without either, which are left out.

    Raises
    ------
    ValueError
        For missing columns.

    Examples
    --------
    >>> encounters(study.counted_searches)[["numerator", "denominator", "estimate"]].round(2)
       numerator  denominator  estimate
    0       1484         1439      1.03
    """
    by = as_list(by)
    require_columns(searches, ["force", "searched_at", "latitude", "longitude", "location_status", *by])
    told = searches["searched_at"].notna() & searches["location_status"].eq(PLACED)
    again = searches[told].duplicated(["force", "searched_at", "latitude", "longitude", *by])
    first = told & ~again.reindex(searches.index, fill_value=False)
    flags = {"told": told.astype("boolean"), "first": first.astype("boolean")}
    counts = tally(searches, by, flags)
    left = counts["searches"] - counts["told"]
    note = [f"{number:,} without a time or a place left out" if number else "" for number in left]
    none = counts["first"].eq(0)
    return measures_table(
        counts[by],
        measure="searches_per_encounter",
        numerator=counts["told"],
        denominator=counts["first"],
        note=note,
        reason=none.map({True: "not estimable: no search with a time and a place", False: ""}).to_numpy(dtype=object),
    )
