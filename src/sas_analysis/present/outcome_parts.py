"""Outcomes as their report shows them first: four parts of all searches; and the robust test in few columns."""

import pandas as pd

from sas_analysis.measures.shares import UNKNOWN_LABELS
from sas_analysis.present.outcome_view import robust_test

NOTHING, ARREST, OTHER = "A no further action disposal", "Arrest", "Another positive outcome"


def in_four(shares: pd.DataFrame) -> pd.DataFrame:
    """Shares of all searches by outcome as four rows: arrest, any other positive one, none, and not published.

    shares : `Study.share("outcome")`, a row a label. Returns the same columns; the sum of several labels has no limits.
    """
    text = shares["outcome"].astype("str")
    kind = text.map({NOTHING: NOTHING, ARREST: ARREST} | dict.fromkeys(UNKNOWN_LABELS, "Not recorded")).fillna(OTHER)
    rows = []
    for name in (ARREST, OTHER, NOTHING, "Not recorded"):
        own = shares[kind.eq(name)]
        row = own.iloc[0].to_dict() | {"outcome": name}
        if len(own) > 1:
            row |= {"numerator": own["numerator"].sum(), "estimate": own["estimate"].sum(min_count=1)}
            row |= dict.fromkeys(("lower", "upper", "period_lower", "period_upper"))
        rows.append(row)
    return pd.DataFrame(rows, columns=shares.columns)


def robust_in_short(table: pd.DataFrame) -> pd.DataFrame:
    """The robust outcome test in five columns: the place, the rates and hit rates compared, and the verdict.

    table : as `robust_test_of` returns it. The verdict is the one that holds when all places are compared at once.
    """
    shown = robust_test(table)
    if "Verdict" not in shown:  # nothing is tested, and it says why
        return shown
    shown = shown.drop(columns=["Searches", "Verdict", "Whoever the unknown were", "Bases of residents alike"])
    if "Force" in shown:
        shown = shown.drop(columns="Searched, times the reference's rate")
    return shown.rename(columns={"All compared at once": "Verdict"})
