"""What is not recorded, by field: a change in it is a change of recording, and moves what is counted."""

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of
from sas_analysis.measures.intervals.alike import alike
from sas_analysis.measures.intervals.asked import Asked
from sas_analysis.measures.intervals.of_searches import shares_of
from sas_analysis.measures.shares import as_list, cells, require_columns, tally
from sas_analysis.measures.table import measures_table

# What a reader calls it -> the column, and the labels that record nothing (None: a blank).
FIELDS = {
    "Ethnicity": ("ethnicity_5", ("Unknown",)),
    "Outcome": ("positive_outcome", None),
    "Object": ("object_of_search", ("Not recorded", "Unrecognised label")),
    "Location": ("location_status", ()),  # anything but recorded
    "Link to the object": ("outcome_linked_to_object", None),
}


def is_not_recorded(searches: pd.DataFrame, field: str) -> np.ndarray:
    """Which searches do not say something of a field: bool (searches,). field : a key of `FIELDS`."""
    if field not in FIELDS:
        raise ValueError(f"field {field!r} is none of {', '.join(map(repr, FIELDS))}")
    column, labels = FIELDS[field]
    require_columns(searches, [column])
    values = searches[column]
    if labels is None:
        return values.isna().to_numpy()
    codes, names = codes_of(values)
    nothing = names != "recorded" if column == "location_status" else names.isin(labels)
    return np.append(nothing, True)[codes]  # the last: a blank


def not_recorded(searches, within=(), *, fields=tuple(FIELDS), level=0.95, interval="process", together=1):
    """Share of searches that do not record a field, of each of several fields.

    Parameters
    ----------
    searches : DataFrame
        Clean table.
    within : str or list of str
        Columns, such as "month".
    fields : sequence of str
        Keys of `FIELDS`.
    level, interval, together
        As `share_of_searches`; "process", "period" or "none".

    Returns
    -------
    DataFrame
        `<within> | field | <measures table>`.

    Raises
    ------
    ValueError
        For a field that is none, and a missing column.

    Examples
    --------
    >>> table = not_recorded(study.searches, fields=["Ethnicity", "Location"])
    >>> table[["field", "numerator", "denominator"]].to_numpy().tolist()
    [['Ethnicity', 254, 1618], ['Location', 134, 1618]]
    """
    asked, within = Asked(interval, level, together), as_list(within)
    tables, (keys, cell) = [], cells(searches, within)
    number = int(np.prod([len(key.cat.categories) for key in keys]))
    for name in fields:
        counted = alike(searches, cell=(cell, number), hit=(is_not_recorded(searches, name), 2))
        hit = counted.asked["hit"] == 1
        counts = tally(searches, within, {"hits": hit}, found=(keys, cell), counted=counted)
        limits = shares_of(
            counted,
            base=counted.asked["cell"],
            number=number,
            hit=hit,
            kinds="unknown" if name == "Ethnicity" else "share",
            asked=asked,
            totals=(counts["hits"], counts["searches"]),
        )
        groups = counts[within].assign(field=name)
        parts = {"numerator": counts["hits"], "denominator": counts["searches"], "note": limits.note}
        empty = np.where(counts["searches"].eq(0), "not estimable: no search to be a share of", "")
        tables.append(measures_table(groups, measure="not_recorded", reason=empty, **parts, **limits.columns()))
    return pd.concat(tables, ignore_index=True)
