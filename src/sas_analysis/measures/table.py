"""The measures table: one shape for every measure, so that one table and one figure serve all.

`<groups> | measure | numerator | denominator | estimate | lower | upper | interval | note`, a row per group.
estimate = numerator / denominator x per (PER). What cannot be estimated is missing, with the reason in
`note`.
"""

import numpy as np
import pandas as pd

MEASURE_COLUMNS = ("measure", "numerator", "denominator", "estimate", "lower", "upper", "interval", "note")
PER = {"search_rate": 1000.0, "rate_difference": 1000.0, "standardised_rate": 1000.0}  # every other measure: 1
ZERO_DENOMINATOR = "not estimable: the denominator is zero"
UNSTATED = "not estimable: numerator or denominator is missing"
_RTOL = 1e-9  # estimates are one division away from their parts


def measures_table(groups, *, measure, numerator, denominator, per=1.0, limits=None, interval="", note="", reason=""):
    """Fill and order the columns of the measures table.

    groups : DataFrame, a row per group, its columns come first; it may have no column (one row, no group).
    numerator, denominator : n counts or amounts, missing allowed; whole numbers stay Int64, others Float64.
    limits : (lower, upper), n values each on the scale of the estimate, or None.
    interval, note : a text or n texts; `interval` names level and method ("95% Wilson").
    reason : a text or n texts, "" where the estimate stands; elsewhere why it does not, and it leads the
    note. Without a reason a zero denominator or a missing part still gives a missing estimate, and says so.
    Raises ValueError if the table does not pass `check_measures_table`.
    """
    table = groups.reset_index(drop=True).copy()
    table["measure"] = measure
    table["numerator"] = _nullable(numerator)
    table["denominator"] = _nullable(denominator)
    reasons = _with_default_reasons(table, _texts(reason, len(table)))
    estimable = reasons.eq("")
    table["estimate"] = (_floats(table["numerator"]) / _floats(table["denominator"]) * per).where(estimable)
    lower, upper = (np.nan, np.nan) if limits is None else limits
    table["lower"] = pd.Series(np.broadcast_to(lower, len(table)), dtype=float).where(estimable)
    table["upper"] = pd.Series(np.broadcast_to(upper, len(table)), dtype=float).where(estimable)
    table["interval"] = _texts(interval, len(table)).where(table["lower"].notna(), "")
    table["note"] = join_notes(reasons, _texts(note, len(table)))
    return check_measures_table(table, per=per)


def from_rows(rows, groups):
    """The measures table of rows that already have all its parts: `groups`, then what `measures_table` takes, by name.

    rows : DataFrame with the columns `groups`, measure, numerator, denominator, lower, upper, interval, note, reason.
    """
    return measures_table(
        rows[list(groups)],
        measure=rows["measure"],
        numerator=rows["numerator"],
        denominator=rows["denominator"],
        limits=(rows["lower"], rows["upper"]),
        interval=rows["interval"],
        note=rows["note"],
        reason=rows["reason"],
    )


def joined(frame):
    """The labels of every row as one text: Series of str with the index of `frame`, also where it has no row."""
    rows = frame.astype("str").itertuples(index=False)
    return pd.Series(["\t".join(row) for row in rows], index=frame.index, dtype="str")


def join_notes(*notes):
    """Join n notes each from several Series of texts with "; ", leaving out the empty ones. Series of str."""
    return pd.Series(["; ".join(text for text in texts if text) for texts in zip(*notes, strict=True)], dtype="str")


def check_measures_table(table, *, per=None):
    """Return `table` if it keeps the contract; else ValueError with every fault, its count and first rows.

    per : the factor of the estimates; None looks it up in PER by measure.
    """
    absent = [column for column in MEASURE_COLUMNS if column not in table.columns]
    if absent:
        raise ValueError(f"not a measures table: no column {', '.join(absent)}")
    faults = _order_faults(table)
    for what, wrong in _row_faults(table, per).items():
        if wrong.any():
            faults.append(f"{what}: {wrong.sum()} row(s)\n{table[wrong].head(3).to_string()}")
    if faults:
        raise ValueError("not a measures table:\n" + "\n".join(faults))
    return table


def group_columns(table):
    """Names of the group columns of a measures table, in order."""
    return [column for column in table.columns if column not in MEASURE_COLUMNS]


def _order_faults(table):
    if tuple(table.columns[-len(MEASURE_COLUMNS) :]) == MEASURE_COLUMNS:
        return []
    return [f"columns must end with {' | '.join(MEASURE_COLUMNS)}, these are {' | '.join(table.columns)}"]


def _row_faults(table, per):
    """Fault -> mask of the rows that have it. Comparisons with a missing value are False, as intended."""
    estimate, lower, upper = (_floats(table[column]) for column in ("estimate", "lower", "upper"))
    numerator, denominator = _floats(table["numerator"]), _floats(table["denominator"])
    factor = table["measure"].map(PER).astype(float).fillna(1.0) if per is None else per
    stands, limited, slack = estimate.notna(), lower.notna(), estimate.abs() * _RTOL
    return {
        "the same group and measure more than once": table.duplicated([*group_columns(table), "measure"]),
        "estimate is not numerator / denominator x per": stands
        & ~np.isclose(estimate, numerator / denominator.replace(0, np.nan) * factor, rtol=_RTOL, atol=0),
        "an estimate of zero stands for a missing value": estimate.eq(0) & ~numerator.eq(0),
        "a missing estimate has no note": ~stands & table["note"].fillna("").eq(""),
        "a missing estimate has limits": ~stands & (limited | upper.notna()),
        "only one limit": limited ^ upper.notna(),
        "limits out of order (lower <= estimate <= upper)": limited
        & ((lower > estimate + slack) | (upper < estimate - slack)),
        "limits without their interval's name, or a name without limits": limited ^ table["interval"].fillna("").ne(""),
    }


def _with_default_reasons(table, reasons):
    """A reason for every row that cannot be divided and was given none."""
    missing = table["numerator"].isna() | table["denominator"].isna()
    reasons = reasons.mask(reasons.eq("") & missing, UNSTATED)
    zero = table["denominator"].eq(0).fillna(False).astype(bool)
    return reasons.mask(reasons.eq("") & zero, ZERO_DENOMINATOR)


def _texts(text, length):
    return pd.Series(np.broadcast_to(np.asarray(text, dtype=object), length).copy(), dtype="str")


def _floats(values):
    return pd.Series(pd.array(values).to_numpy(dtype=float, na_value=np.nan), index=values.index)


def _nullable(values):
    """Int64 for whole-number types, Float64 for the rest; missing stays missing."""
    array = pd.array(values)
    return array.astype("Int64" if pd.api.types.is_integer_dtype(array.dtype) else "Float64")
