"""The searches of the records as official statistics count them: by force, month and group, and by year."""

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of, count_together, positions
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.rounding import round_to_of, rounded, to_be_rounded

GROUPINGS = ["ethnicity_5", "ethnicity_5_2001"]
_LABELS = [*GROUPS_5, "Unknown"]


def count_records(records: pd.DataFrame, *, without: np.ndarray | None = None) -> pd.DataFrame:
    """Searches of the clean table as `reconcile` takes them.

    `force | month | vehicle_only | ethnicity_5 | ethnicity_5_2001 | searches`; `records` as published, with
    vehicle-only searches and nothing else left out either. without : bool (rows,), records that are not counted.
    """
    type_, types = codes_of(records["type"])
    vehicle = np.append(types == "Vehicle search", False).astype(np.int8)[type_]
    table = records[["force", "month", *GROUPINGS]].assign(
        vehicle_only=pd.Categorical.from_codes(vehicle, [False, True])
    )
    keys = ["force", "month", "vehicle_only", *GROUPINGS]
    counts = count_together(table, keys, "searches", without=without).astype({"vehicle_only": bool})
    counts = counts.assign(searches=rounded(counts["searches"], records))
    return to_be_rounded(counts, round_to_of(records))


def searches_of_years(counts: pd.DataFrame, months: pd.DataFrame, years: pd.MultiIndex) -> list[dict]:
    """The searches of some years: "searches", "persons", and those of each of `GROUPINGS`, with the unknown last.

    counts : as `count_records`. months : `force | month | year_ending` of the months to use. years : `force |
    year_ending`. All are summed at once: of hundreds of years, a table of each takes longer than all the sums.
    """
    at = _places(counts, months, years)
    persons, searches = ~counts["vehicle_only"].to_numpy(dtype=bool), counts["searches"].to_numpy(dtype=float)
    found = {name: _sums(at, where, searches, len(years)) for name, where in (("searches", True), ("persons", persons))}
    for grouping in GROUPINGS:
        group = positions(counts[grouping], _LABELS)
        cell = np.where((at >= 0) & (group >= 0), at * len(_LABELS) + group, -1)
        found[grouping] = _sums(cell, persons, searches, len(years) * len(_LABELS)).reshape(len(years), len(_LABELS))
    return [{name: sums[place] for name, sums in found.items()} for place in range(len(years))]


def largest_months(counts: pd.DataFrame, months: pd.DataFrame, years: pd.MultiIndex) -> list[dict]:
    """The searches of the largest month of some years: of all "searches", of "persons", and of those "known".

    The arguments are those of `searches_of_years`; "known" are the searches of persons of known ethnicity.
    """
    at = _places(counts, months, years)
    month, names = codes_of(counts["month"])
    cell = np.where((at >= 0) & (month >= 0), at * len(names) + month, -1)
    persons, searches = ~counts["vehicle_only"].to_numpy(dtype=bool), counts["searches"].to_numpy(dtype=float)
    known = persons & (positions(counts[GROUPINGS[0]], GROUPS_5) >= 0)
    found = {}
    for name, where in (("searches", np.ones_like(persons)), ("persons", persons), ("known", known)):
        of_month = _sums(cell, where, searches, len(years) * len(names)).reshape(len(years), len(names))
        found[name] = of_month.max(axis=1, initial=0.0)
    return [{name: float(most[place]) for name, most in found.items()} for place in range(len(years))]


def _places(counts, months, years) -> np.ndarray:
    """The place of every row of the counts among the years, -1 where its month is not used."""
    (force, forces), (month, names) = (codes_of(counts[name]) for name in ("force", "month"))
    place = np.full((len(forces) + 1, len(names) + 1), -1)
    own = years.get_indexer(pd.MultiIndex.from_frame(months[years.names]))
    place[forces.get_indexer(months["force"]), names.get_indexer(months["month"])] = own
    place[-1], place[:, -1] = -1, -1  # of months that are not counted at all
    return place[force, month]


def _sums(cell, where, searches, number: int) -> np.ndarray:
    inside = (cell >= 0) & where
    return np.bincount(cell[inside], searches[inside], minlength=number)
