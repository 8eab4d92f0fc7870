"""The tables of the veil of darkness: counts, the fits of every group, and what refuses a ratio."""

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS
from sas_analysis.measures.table import measures_table
from sas_analysis.measures.timing.logit import VeilFit, fit_veil

LEAST = 100  # searches of either group, by daylight and after dark
WIDEST = 10.0  # upper limit by lower limit of the ratio of odds


def counts_of(window, own, by, names):
    """`<by> | daylight | dark | share_daylight | share_dark` of some groups, of which the last is the reference."""
    dark = window["dark"].to_numpy(dtype=bool)
    table = pd.DataFrame({by: names})
    for column, side in (("daylight", ~dark), ("dark", dark)):
        table[column] = pd.array([int((own.eq(name) & side).sum()) for name in names], dtype="Int64")
    for column in ("daylight", "dark"):
        both = table[column] + table[column].iloc[-1]
        table[f"share_{column}"] = (table[column] / both.where(both > 0)).astype("Float64")
    table.loc[table.index[-1], ["share_daylight", "share_dark"]] = pd.NA
    return table


def _too_many(blank, dark, names):
    for name, side in zip(names, (~dark, dark), strict=True):
        if side.any() and blank[side].mean() > HEADLINE_UNKNOWN:
            return f"the group of more than {HEADLINE_UNKNOWN:.0%} of encounters {name} is unknown"
    return ""


def _too_few(group, reference, by, names):
    for row in (group, reference):
        for column, name in zip(("daylight", "dark"), names, strict=True):
            if row[column] < LEAST:
                return f"fewer than {LEAST} encounters of {row[by]} {name}"
    return ""


def fits_of(window, own, counts, given, columns, names):
    """Columns of the spline -> the fits of the groups, where there are encounters enough; names : of the two sides."""
    too_many = _too_many(own.isin(UNKNOWN_LABELS), window["dark"], names)
    groups = [counts.iloc[at] for at in range(len(counts) - 1)]
    reasons = [too_many or _too_few(group, counts.iloc[-1], given["by"], names) for group in groups]
    reference = counts[given["by"]].iloc[-1]
    found = {}
    for number in dict.fromkeys(columns):
        found[number] = []
        for group, why in zip(given["groups"], reasons, strict=True):
            keep = own.isin([group, reference])
            fit = VeilFit(df=number, reason=why) if why else None
            found[number].append(fit or fit_veil(window[keep], own[keep].eq(group).to_numpy(), df=number))
    return found


def table_of(fits, given, measure, note, placebo=None):
    """The measures table of some fits. placebo : what stands against them, where its limits leave out 1."""
    checked = [""] * len(fits) if placebo is None else _unchecked(placebo)
    ratios = np.array([fit.ratio(given["level"]) for fit in fits]).reshape(len(fits), 3)
    against = _against(placebo) if placebo is not None else [""] * len(fits)
    reasons = np.array([_reason(*row) for row in zip(fits, ratios, against, strict=True)], dtype=object)
    stands = reasons == ""
    return measures_table(
        pd.DataFrame({given["by"]: pd.array(given["groups"], dtype="str")}),
        measure=measure,
        numerator=pd.array(np.where(stands, ratios[:, 0], np.nan), dtype="Float64"),
        denominator=pd.array(np.where(stands, 1.0, np.nan), dtype="Float64"),
        limits=(ratios[:, 1], ratios[:, 2]),
        interval=interval_name("clustered by day", given["level"]),
        note=["; ".join(filter(None, [note, why * (not out)])) for why, out in zip(checked, reasons, strict=True)],
        reason=reasons,
    )


def _reason(fit, ratio, against):
    if fit.reason:
        return f"not estimable: {fit.reason}"
    if ratio[2] / ratio[1] > WIDEST:
        return f"not estimable: limits of the ratio wider than a factor of {WIDEST:g}"
    return f"not estimable: {against}" if against else ""


def _unchecked(placebo):
    """That there is no placebo, and why; "" where there is."""
    return [
        f"no placebo: {row.note.removeprefix('not estimable: ')}" if pd.isna(row.estimate) else ""
        for row in placebo.itertuples()
    ]


def _against(placebo):
    """Why the seasons cannot be compared, "" where the placebo does not say so."""
    for row in placebo.itertuples():
        apart = row.lower > 1 or row.upper < 1
        yield (
            f"groups differ between seasons by full daylight too (placebo {row.estimate:.2f}, {row.lower:.2f} to "
            f"{row.upper:.2f}), so darkness cannot be told from the season"
            if apart
            else ""
        )
