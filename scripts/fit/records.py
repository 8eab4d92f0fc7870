"""Records that the constants are fitted on: processed data without the months that the audit excludes."""

import pandas as pd

from fit.model import NEEDED
from sas_analysis.records import store
from sas_analysis.records.audit import NEEDED as AUDITED
from sas_analysis.records.audit import audit
from sas_analysis.records.select import person_searches

# A month that is excluded for holding fewer records than others is left in: low months are part of how months vary.
KEPT = ("low", "no file", "header only")


def usable_searches(processed):
    """Person searches of all forces, the months of the period, and the force-months left out.

    Parameters
    ----------
    processed : path
        The folder that `sas-analysis clean` writes.

    Returns
    -------
    searches : DataFrame, with the columns that `fit_constants` needs
    months : list of "YYYY-MM", from the first to the last
    left_out : DataFrame, `force | month | rule`

    Raises
    ------
    DataError
        If there is no record.
    """
    records = store.read(processed, columns=list(dict.fromkeys([*AUDITED, *NEEDED])))
    named = sorted(records["month"].astype("str").unique())
    months = [str(month) for month in pd.period_range(named[0], named[-1], freq="M")]
    forces = sorted(records["force"].astype("str").unique())
    found = audit(records, store.sources(processed), forces=forces, start=months[0], end=months[-1])
    found = found[found["action"].eq("exclude") & ~found["rule"].isin(KEPT)].astype({"force": "str", "month": "str"})
    searches = person_searches(records).records[list(NEEDED)]
    own = pd.MultiIndex.from_arrays([searches["force"].astype("str"), searches["month"].astype("str")])
    inside = ~own.isin(pd.MultiIndex.from_frame(found[["force", "month"]]))
    return searches[inside], months, found[["force", "month", "rule"]].drop_duplicates(ignore_index=True)
