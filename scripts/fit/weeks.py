"""Searches counted by month and week, as the interval rule takes them."""

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.time import WEEKS, week_of
from sas_analysis.measures.shares import as_list, require_columns
from sas_analysis.measures.table import joined


def weekly_counts(searches, *, by, months, groups=None):
    """Counts of every group by month and week: `groups, counts`.

    Parameters
    ----------
    searches : DataFrame
        Clean table, with the columns `by`, month, searched_at and date_in_month.
    by : column or columns
        What makes a row: ("force", "ethnicity_5").
    months : sequence of "YYYY-MM"
        All months of the period in time, those that were not published as well; searches of others are left out.
    groups : DataFrame, optional
        The rows wanted, columns `by`; by default those that occur.

    Returns
    -------
    groups : DataFrame, a row per group
    counts : array (groups, months, weeks)
        A search whose day is not known is counted in the first week.

    Raises
    ------
    ValueError
        For a missing column.

    Examples
    --------
    >>> searches = pd.DataFrame(
    ...     {
    ...         "force": ["kent", "kent", "kent"],
    ...         "month": ["2020-04", "2020-04", "2020-05"],
    ...         "searched_at": pd.to_datetime(["2020-04-07", "2020-04-30", "2020-05-08"]),
    ...         "date_in_month": [True, True, True],
    ...     }
    ... )
    >>> weekly_counts(searches, by="force", months=["2020-04", "2020-05"])[1].astype(int).tolist()
    [[[1, 0, 0, 1], [0, 1, 0, 0]]]
    """
    by = as_list(by)
    require_columns(searches, [*by, "month", "searched_at", "date_in_month"])
    keys = _keys(searches, by)
    if groups is None:
        places = np.sort(keys.drop_duplicates().index.to_numpy())
        groups = searches.iloc[places][by].astype("str").reset_index(drop=True)
    row = pd.Index(joined(groups[by])).get_indexer(keys)
    month = _codes(searches["month"], pd.Index(months, dtype="str"))
    inside = (row >= 0) & (month >= 0)
    shape = (len(groups), len(months), WEEKS)
    cell = np.ravel_multi_index((row[inside], month[inside], week_of(searches)[inside]), shape)
    return groups, np.bincount(cell, minlength=np.prod(shape)).reshape(shape).astype(float)


def _keys(searches, by):
    """The labels of each search as one text, over the row numbers."""
    texts = [searches[name].astype("category") for name in by]
    codes = pd.DataFrame({i: text.cat.codes.to_numpy() for i, text in enumerate(texts)})
    number, first = pd.factorize(pd.MultiIndex.from_frame(codes))
    labels = pd.DataFrame(
        {
            name: text.cat.categories.astype("str").take(first.get_level_values(i))
            for i, (name, text) in enumerate(zip(by, texts, strict=True))
        }
    )
    return pd.Series(joined(labels).to_numpy()[number])


def _codes(values, index):
    values = values.astype("category")
    return index.get_indexer(values.cat.categories.astype("str"))[values.cat.codes.to_numpy()]
