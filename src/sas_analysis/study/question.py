"""Which published fields a question rests on: the columns it names, and the measure it takes."""

from collections.abc import Iterable

import pandas as pd

from sas_analysis.measures.registry import MEASURES, SCHEMES, fields_of
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import MEASURE_COLUMNS, group_columns


def fields_of_columns(columns: Iterable[str], scheme: str) -> tuple[str, ...]:
    """The fields of some columns of searches, each once.

    Parameters
    ----------
    columns : iterable of str
        Columns of the clean table, or fields. Columns that no finding of the audit is about have no field.
    scheme : str
        Whose word `ethnicity_5` is: "self", "officer" or "combined".

    Examples
    --------
    >>> fields_of_columns(["month", "object_group", "ethnicity_5"], "officer")
    ('object_of_search', 'officer_defined_ethnicity')
    """
    from sas_analysis.records.audit.usable import field_of  # the audit takes a while to import

    found = []
    for column in columns:
        found += SCHEMES[scheme] if column == "ethnicity_5" else [field_of(column)]
    return tuple(dict.fromkeys(field for field in found if field))


def fields_of_table(table: pd.DataFrame, scheme: str) -> tuple[str, ...]:
    """The fields that a measures table rests on: those of its measures and of the columns it is by; of another, none.

    Examples
    --------
    >>> fields_of_table(study.share("power", within="month").frame, "self")
    ('power',)
    """
    if not set(MEASURE_COLUMNS) <= set(table.columns):
        return ()
    measures = [name for name in table["measure"].unique() if name in MEASURES]
    columns = group_columns(table)
    columns += [str(name) for name in table["column"].unique()] if "column" in columns else []  # `Study.shares`
    return fields_of_measure(measures, columns, scheme)


def fields_of_measure(measures: str | Iterable[str], columns: Iterable[str], scheme: str) -> tuple[str, ...]:
    """The fields that measures of the registry rest on, by some columns.

    Examples
    --------
    >>> fields_of_measure("arrest_rate", ["gender"], "self")
    ('arrest', 'gender')
    """
    of_measures = [field for name in as_list(measures) for field in fields_of(name, scheme=scheme)]
    return tuple(dict.fromkeys([*of_measures, *fields_of_columns(columns, scheme)]))
