"""The measures table: one shape for every measure, so that one table and one figure serve all.

`<groups> | measure | numerator | denominator | estimate | lower | upper | interval | period_lower | period_upper |
note`, a row per group. estimate = numerator / denominator x per (`registry.MEASURES`). What cannot be estimated is
missing, with the reason in `note`. `lower` and `upper` are the limits that `interval` names; those of the period stand
beside them where the interval rule gives them.
"""

import numpy as np
import pandas as pd

from sas_analysis.measures.registry import MEASURES, unregistered

MEASURE_COLUMNS = (
    *("measure", "numerator", "denominator", "estimate", "lower", "upper", "interval"),
    *("period_lower", "period_upper", "note"),
)
LIMITS = ("lower", "upper", "period_lower", "period_upper")  # the columns that hold limits
ZERO_DENOMINATOR = "not estimable: the denominator is zero"
UNSTATED = "not estimable: numerator or denominator is missing"
_RTOL = 1e-9  # estimates are one division away from their parts


def measures_table(
    groups, *, measure, numerator, denominator, limits=None, interval="", period=None, note="", reason=""
):
    """Fill and order the columns of the measures table.

    groups : DataFrame, a row per group, its columns come first; it may have no column (one row, no group).
    measure : a name or n names, each with a row in `registry.MEASURES`.
    numerator, denominator : n counts or amounts, missing allowed; whole numbers stay Int64, others Float64.
    limits : (lower, upper), n values each on the scale of the estimate, or None.
    interval, note : a text or n texts; `interval` names level and method ("95% process").
    period : (lower, upper) of the period, n values each, or None.
    reason : a text or n texts, "" where the estimate stands; elsewhere why it does not, and it leads the
    note. Without a reason a zero denominator or a missing part still gives a missing estimate, and says so.
    Raises ValueError if the table does not pass `check_measures_table`.
    """
    length, per = len(groups), _factors(measure)
    numerator, denominator = _nullable(numerator), _nullable(denominator)
    above, below = _floats(numerator), _floats(denominator)
    reasons = _with_default_reasons(above, below, _texts(reason, length))
    estimable = reasons == ""
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.where(estimable, above / below * per, np.nan)
    both = [(np.nan, np.nan) if pair is None else pair for pair in (limits, period)]
    lower, upper, period_lower, period_upper = (
        np.where(estimable, _floats(np.broadcast_to(limit, length)), np.nan) for pair in both for limit in pair
    )
    columns = {
        "measure": measure,
        "numerator": numerator,
        "denominator": denominator,
        "estimate": estimate,
        "lower": lower,
        "upper": upper,
        "interval": pd.array(np.where(np.isnan(lower), "", _texts(interval, length)), dtype="str"),
        "period_lower": period_lower,
        "period_upper": period_upper,
        "note": join_notes(reasons, _texts(note, length)).array,
    }
    return check_measures_table(groups.reset_index(drop=True).assign(**columns))


def from_rows(rows, groups):
    """The measures table of rows that already have all its parts: `groups`, then what `measures_table` takes, by name.

    rows : DataFrame with the columns `groups`, measure, numerator, denominator, lower, upper, interval, period_lower,
    period_upper, note, reason.
    """
    return measures_table(
        rows[list(groups)],
        measure=rows["measure"],
        numerator=rows["numerator"],
        denominator=rows["denominator"],
        limits=(rows["lower"], rows["upper"]),
        interval=rows["interval"],
        period=(rows["period_lower"], rows["period_upper"]),
        note=rows["note"],
        reason=rows["reason"],
    )


def not_estimable(table, why):
    """The same groups and measures with nothing estimated: all numbers are missing, and the note says why."""
    return measures_table(
        table[group_columns(table)],
        measure=table["measure"].to_numpy(),
        numerator=pd.array([pd.NA] * len(table), dtype="Int64"),
        denominator=pd.array([pd.NA] * len(table), dtype="Int64"),
        reason=f"not estimable: {why}",
    )


def joined(frame):
    """The labels of every row as one text: Series of str with the index of `frame`, also where it has no row."""
    rows = frame.astype("str").itertuples(index=False)
    return pd.Series(["\t".join(row) for row in rows], index=frame.index, dtype="str")


def join_notes(*notes):
    """Join n notes each from several Series of texts with "; ", leaving out the empty ones. Series of str."""
    return pd.Series(["; ".join(text for text in texts if text) for texts in zip(*notes, strict=True)], dtype="str")


def check_measures_table(table):
    """Return `table` if it keeps the contract; else ValueError with every fault, its count and first rows."""
    absent = [column for column in MEASURE_COLUMNS if column not in table.columns]
    if absent:
        raise ValueError(f"not a measures table: no column {', '.join(absent)}")
    faults = _order_faults(table) + _name_faults(table["measure"])
    for what, wrong in _row_faults(table).items():
        if wrong.any():
            faults.append(f"{what}: {wrong.sum()} row(s)\n{table[wrong].head(3).to_string()}")
    if faults:
        raise ValueError("not a measures table:\n" + "\n".join(faults))
    return table


def group_columns(table):
    """Names of the group columns of a measures table, in order."""
    return [column for column in table.columns if column not in MEASURE_COLUMNS]


def of_reference(table):
    """Which rows of a table of ratios or differences are the reference group's own, bool (rows).

    They are marked in the note where there is an estimate. Where there is none, as in a place without a file, they are
    known by their label, the last of the groups. A reason that only names the reference group is another matter.
    """
    notes = table["note"].fillna("").astype("str")
    marked = notes.str.contains(r"(?:^|; )reference group(?:;|$)").astype(bool)
    names = group_columns(table)
    if not marked.any() or not names:
        return marked
    last = table[names[-1]].astype("str")
    return marked | (table["estimate"].isna() & last.isin(set(last[marked])))


def _order_faults(table):
    if tuple(table.columns[-len(MEASURE_COLUMNS) :]) == MEASURE_COLUMNS:
        return []
    return [f"columns must end with {' | '.join(MEASURE_COLUMNS)}, these are {' | '.join(table.columns)}"]


def _name_faults(names):
    unknown = unregistered(names)
    return [f"{len(unknown)} measure(s) without a row in registry.MEASURES: {', '.join(unknown)}"] if unknown else []


def _factors(names):
    """What the estimates of a measure, or of n measures, are multiplied by."""
    if isinstance(names, str):
        return _per(names)
    return np.array([_per(name) for name in names], dtype=float)


def _per(name):
    return MEASURES[name].per if name in MEASURES else 1.0


def _row_faults(table):
    """Fault -> mask of the rows that have it. Comparisons with a missing value are False, as intended."""
    numerator, denominator, estimate = (_floats(table[column]) for column in ("numerator", "denominator", "estimate"))
    lower, upper, period_lower, period_upper = (_floats(table[column]) for column in LIMITS)
    factor = _factors(table["measure"])
    stands, limited, slack = ~np.isnan(estimate), ~np.isnan(lower), np.abs(estimate) * _RTOL
    any_limit = np.logical_or.reduce([~np.isnan(limit) for limit in (lower, upper, period_lower, period_upper)])
    noted, named = ((table[column].fillna("") != "").to_numpy(dtype=bool) for column in ("note", "interval"))
    with np.errstate(divide="ignore", invalid="ignore"):
        divided = np.where(denominator == 0, np.nan, numerator / denominator) * factor
        out_of_order = (np.fmax(lower, period_lower) > estimate + slack) | (
            np.fmin(upper, period_upper) < estimate - slack
        )
    return {
        "the same group and measure more than once": table.duplicated([*group_columns(table), "measure"]).to_numpy(),
        "estimate is not numerator / denominator x per": stands & ~np.isclose(estimate, divided, rtol=_RTOL, atol=0),
        "an estimate of zero stands for a missing value": (estimate == 0) & (numerator != 0),
        "a missing estimate has no note": ~stands & ~noted,
        "a missing estimate has limits": ~stands & any_limit,
        "only one limit": (limited ^ ~np.isnan(upper)) | (np.isnan(period_lower) ^ np.isnan(period_upper)),
        "limits out of order (lower <= estimate <= upper)": any_limit & out_of_order,
        "limits without their interval's name, or a name without limits": limited ^ named,
    }


def _with_default_reasons(numerator, denominator, reasons):
    """A reason for every row that cannot be divided and was given none."""
    unstated, missing = reasons == "", np.isnan(numerator) | np.isnan(denominator)
    reasons = np.where(unstated & missing, UNSTATED, reasons)
    return np.where(unstated & (denominator == 0), ZERO_DENOMINATOR, reasons)


def _texts(text, length):
    return np.broadcast_to(np.asarray(text, dtype=object), length)


def _floats(values):
    """The same as an array of floats, missing as nan."""
    return pd.array(values).to_numpy(dtype=float, na_value=np.nan)


def _nullable(values):
    """Int64 for whole-number types, Float64 for the rest; missing stays missing."""
    array = pd.array(values)
    return array.astype("Int64" if pd.api.types.is_integer_dtype(array.dtype) else "Float64")
