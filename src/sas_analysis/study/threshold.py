"""The threshold test on the searches of a study: forces as places, one object of search, residents met kappa times."""

from dataclasses import replace

import pandas as pd

from sas_analysis.errors import ParameterError
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.robust import OBJECT, SECTION_60, robust_counts


def threshold_table_of(compared: Comparison, *, object_group: str = "Drugs", outcome: str = "positive") -> pd.DataFrame:
    """The counts that the test takes: `force | ethnicity_5 | residents | searches | known | hits`.

    Parameters
    ----------
    compared : Comparison
        Whose searches, residents and reference group. All groups are there, or the share of the unknown could not be
        told. Searches on reasonable grounds only are taken, in months
        whose ethnicity, object and outcome may be used.
    object_group : str
        The object of search; a threshold is that of one kind of find.
    outcome : str
        What counts as a hit, as `robust_test_of`.

    Returns
    -------
    DataFrame
        A row a force and group, "Unknown" too, for `sas.threshold_test` and its checks with `by="ethnicity_5"`.
        Residents are resident-years of the months that count, so kappa is of a year. Forces whose residents or hits
        may not be used are not there.

    Raises
    ------
    ParameterError
        For an unknown outcome or object, a study of section 60, and with `round_to`: rounded counts are no counts.

    Examples
    --------
    >>> table = threshold_table_of(compared)
    >>> table[table["ethnicity_5"].isin(["White", "Black"])][["force", "ethnicity_5", "searches", "hits"]].head(2)
              force ethnicity_5  searches  hits
    0  metropolitan       White       281    85
    3  metropolitan       Black       265    88
    """
    if compared.study.choices.round_to:
        raise ParameterError("the threshold test takes counts, and this study rounds them")
    if compared.study.choices.power == "section 60":
        raise ParameterError(SECTION_60)
    others = tuple(name for name in GROUPS_5 if name != compared.reference)
    table = robust_counts(replace(compared, groups=others), outcome=outcome)
    objects = table[OBJECT].unique().tolist()
    if object_group not in objects:
        raise ParameterError(f"object_group {object_group!r} is none of {', '.join(map(repr, objects))}")
    table = table[table[OBJECT].eq(object_group) & table["reason"].eq("")]
    return table.drop(columns=[OBJECT, "reason"]).reset_index(drop=True)
