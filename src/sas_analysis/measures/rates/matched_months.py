"""Like with like where forces or years published unequal months: only the months that all of them have."""

import pandas as pd

from sas_analysis.measures.coverage import PUBLISHED
from sas_analysis.reference.official.reconcile import year_of

ACROSS = ("force", "year")


def matched_months(grid, *, across="force"):
    """The part of a grid in which forces, or years, can be compared, and what had to be dropped for it.

    Searches have seasons, and practice changes, so a force with summer months alone is not comparable with one that
    has them all. A month that one lacks is left out for all; it is never a month of zero searches.
    grid : `coverage.coverage_grid`; only months that count as published are matched.
    across : "force": the months "YYYY-MM" that every force published. "year": for each force, the months of the
    year that it published in every year ending March of the grid.
    Returns (grid, dropped): the rows of the months used, for `published_force_months` and `months_published`;
    and `force | month | why` of the published months that were not used. What published nothing at all (a force;
    of a force, a year) cannot be matched: it is left out, so that it does not empty the comparison for the others.
    """
    if across not in ACROSS:
        raise ValueError(f"across is one of {', '.join(map(repr, ACROSS))}, not {across!r}")
    there = grid[grid["status"].eq(PUBLISHED)]
    month = there["month"].astype("str")
    whole = pd.Series("", index=there.index) if across == "force" else there["force"].astype("str")
    compared = there["force"].astype("str") if across == "force" else month.map(year_of)
    season = month if across == "force" else month.str[5:]
    wanted = compared.groupby(whole).transform("nunique")
    having = compared.groupby([whole, season]).transform("nunique")
    used = having.eq(wanted)
    dropped = there.loc[~used, ["force", "month"]].assign(
        why=[f"published by {n} of {of} {across}s" for n, of in zip(having[~used], wanted[~used], strict=True)]
    )
    return there[used].reset_index(drop=True), dropped.reset_index(drop=True)
