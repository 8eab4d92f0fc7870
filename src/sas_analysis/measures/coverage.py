"""Which forces published which months. A month without a file is unknown, never a month without searches.

A month that the audit flags, or one of whose fields a question rests on and may not use, is published and not counted:
neither its searches nor its exposure are in a rate.
"""

import numpy as np
import pandas as pd

from sas_analysis.codes import among, chosen, positions
from sas_analysis.measures.shares import require_columns
from sas_analysis.months import days_in, is_month

PUBLISHED, FLAGGED, UNUSABLE = "published", "flagged", "unusable"
HEADER_ONLY, NO_FILE = "header only", "no file"
STATUSES = (PUBLISHED, FLAGGED, UNUSABLE, HEADER_ONLY, NO_FILE)


def coverage_grid(files, *, forces, start, end, verdicts=None):
    """Every force in every month of a period, with what was published.

    files : `force | month | rows`, one row per file, rows = records in it; files outside the grid are left
    out. forces : names. start, end : first and last month, "YYYY-MM", both included. verdicts : `force | month |
    verdict`, as `Study.verdicts`; None asks no audit.
    Returns `force | month | status | rows`: "published", "flagged" (published, and the audit says to exclude it),
    "unusable" (published, and a field that the question rests on may not be used), "header only" (a file without a
    record) or "no file", where rows are missing, not 0. Forces in the order given, months in time.
    Raises ValueError for two files of one force-month, rows that are no counts, or months that are none.
    """
    _check_files(files)
    grid = pd.MultiIndex.from_product([list(forces), _months(start, end)], names=["force", "month"]).to_frame(
        index=False
    )
    known = files[["force", "month", "rows"]].astype({"force": "str", "month": "str", "rows": "Int64"})
    grid = grid.astype("str").merge(known, how="left", on=["force", "month"])
    status = grid["rows"].map({0: HEADER_ONLY}).where(grid["rows"].eq(0).fillna(False), PUBLISHED)
    status = status.mask(grid["rows"].isna(), NO_FILE)
    if verdicts is not None:
        for verdict in (FLAGGED, UNUSABLE):
            judged = among(grid, verdicts[verdicts["verdict"].eq(verdict)])
            status = status.mask(status.eq(PUBLISHED) & judged, verdict)
    grid.insert(2, "status", pd.Categorical(status, categories=STATUSES))
    return grid


def count_flagged(grid, flagged_months, unusable="exclude"):
    """The grid as a report counts it. Either : "exclude", or "include" to count such months like any other."""
    status = grid["status"]
    given = {"flagged_months": (flagged_months, FLAGGED), "unusable": (unusable, UNUSABLE)}
    for name, (choice, judged) in given.items():
        if choice not in ("exclude", "include"):
            raise ValueError(f"{name} is one of 'exclude', 'include', not {choice!r}")
        status = status.where(status.ne(judged) | (choice == "exclude"), PUBLISHED)
    return grid.assign(status=status)


def published_force_months(grid):
    """`force | month` of the months that count: the clusters and the exposure of every rate.

    They hold records, the audit does not flag them, and the fields that the question rests on may be used.
    """
    return grid.loc[grid["status"].eq(PUBLISHED), ["force", "month"]].reset_index(drop=True)


def in_months(searches, force_months):
    """The searches of some force-months (`force | month`)."""
    there = among(searches, force_months)
    return searches if there.all() else chosen(searches, there)


def months_published(grid):
    """Months of the period by force: `force | months | days | flagged | unusable | header_only | no_file | absent`.

    months : published months with records that count; days : of these months, the exposure. A header-only month is not
    one of them, since a force without a single search in a month is less likely than a failed upload. absent : the
    months without records, as text. A force that published nothing stays, with 0 months.
    """
    force, forces = pd.factorize(grid["force"])
    status = positions(grid["status"], STATUSES)
    cell = (force * len(STATUSES) + status)[status >= 0]
    counts = np.bincount(cell, minlength=len(forces) * len(STATUSES)).reshape(-1, len(STATUSES))
    names = ["months", "flagged", "unusable", "header_only", "no_file"]
    table = pd.DataFrame(counts, index=pd.Index(forces, name="force"), columns=names)
    rest = grid[grid["status"].isin([HEADER_ONLY, NO_FILE])]
    absent = rest.groupby("force")["month"].agg(", ".join).reindex(table.index).fillna("")
    table = table.assign(absent=absent)
    counted = published_force_months(grid)
    days = counted["month"].astype("str").map(days_in).astype("int64").groupby(counted["force"].astype("str")).sum()
    table.insert(1, "days", days.reindex(table.index).fillna(0).astype("int64"))
    return table.reset_index()


def _months(start, end):
    for month in (start, end):
        if not is_month(str(month)):
            raise ValueError(f'"{month}" is no month; write YYYY-MM, such as 2019-04')
    if start > end:
        raise ValueError(f"the period ends ({end}) before it starts ({start})")
    return pd.period_range(start, end, freq="M").strftime("%Y-%m")


def _check_files(files):
    require_columns(files, ["force", "month", "rows"], "the files")
    faults = {
        "file(s) of a force-month that has one already": files.duplicated(["force", "month"]),
        "file(s) whose month is not YYYY-MM": ~files["month"].astype("str").map(is_month).astype(bool),
        "file(s) whose rows are no count": files["rows"].isna() | files["rows"].lt(0).fillna(True),
    }
    faults = [
        f"{wrong.sum()} {what}:\n{files[wrong].head(3).to_string()}" for what, wrong in faults.items() if wrong.any()
    ]
    if faults:
        raise ValueError("\n".join(faults))
