"""Shares of searches, and the counting under every measure: groups without a search keep their row."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sas_analysis.codes import occurring as occurring_codes
from sas_analysis.measures.intervals.alike import alike
from sas_analysis.measures.intervals.asked import Asked, Given
from sas_analysis.measures.intervals.kinds import share_kinds
from sas_analysis.measures.intervals.limits import interval_name, wilson
from sas_analysis.measures.intervals.of_searches import shares_of
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.table import group_columns, join_notes, measures_table
from sas_analysis.measures.tallied import numbers_of
from sas_analysis.names import check_table, raise_faults, unknown_names
from sas_analysis.rounding import rounded

# Labels that name no group. *Not stated* (recorded as such) and *Not recorded* (blank) stay separate rows.
UNKNOWN_LABELS = ("Unknown", "Not stated", "Not recorded", "Unrecognised label")
HEADLINE_UNKNOWN = 0.30  # above this share unknown a ratio or rate is no headline
# Columns that say where and when: listed only as observed. All others list every label of their dtype.
PLACE_AND_TIME = ("force", "month")
# What of a study each table is that measures take.
_OF_A_STUDY = {
    "the counts": "sas.Comparison(study).exposure.counts",
    "the residents": "sas.denominator(study.coverage).residents",
    "the months": "study.published_months",
    "the files": "study.coverage",
}
_TOGETHER = 4  # truth values that are counted in one go


def share_of_searches(
    searches: pd.DataFrame,
    by: str | Sequence[str],
    *,
    within: str | Sequence[str] = (),
    denominator: str = "all",
    categories: dict[str, Sequence[str]] | None = None,
    level: float = 0.95,
    interval: str = "process",
    together: int = 1,
) -> pd.DataFrame:
    """Share of searches in each group, with its limits; a row for every label, found or not.

    Parameters
    ----------
    searches : DataFrame
        Clean table, a row a search.
    by : str or list of str
        Columns. A blank is a group: *Not recorded*.
    within : str or list of str
        Columns; the share is of the searches of the same group of these (outcomes within `ethnicity_5`).
    denominator : str
        "all" searches, or "known": those whose `by` labels are all known. A group that is not known then keeps its
        count and has no share.
    categories : dict, optional
        Labels of a column and their order; without it a categorical's own labels, else those found.
    level : float
        Confidence level.
    interval : str
        "process" or "period" (docs/intervals.md; the limits of the period stand beside either), "wilson", or "none".
        They take the searches by force, month and week, as far as these columns are there.
    together : int
        Rows that are compared at once, for which the level of process and period limits holds together.

    Returns
    -------
    DataFrame
        `<within> | <by> | <measures table>`. A share of section 60 has limits of the period only.

    Raises
    ------
    ValueError
        For a missing column, a label that is not in `categories` or a column of it that shares are not by, and an
        unknown denominator or interval.

    Examples
    --------
    >>> share = sas.share_of_searches(study.searches, "gender", denominator="known")
    >>> share[["gender", "numerator", "denominator"]].head(2)
       gender  numerator  denominator
    0  Female        107         1617
    1    Male       1509         1617
    """
    if denominator not in ("all", "known"):
        raise ValueError(f'denominator "{denominator}" is unknown: "all" or "known"')
    raise_faults(unknown_names(categories or {}, [*as_list(within), *as_list(by)], "column of categories"))
    asked = Asked(interval, level, together, named=["wilson"])
    within, by = as_list(within), [column for column in as_list(by) if column not in as_list(within)]
    found = cells(searches, [*within, *by], categories)
    counted = _by_place(searches, found, asked)
    counts = tally(searches, [*within, *by], found=found, counted=counted)
    counts["known"] = is_known(counts, by) | (denominator == "all")
    known = counts["searches"].where(counts["known"], 0)
    counts["total"] = (
        known.groupby([counts[column] for column in within], observed=False).transform("sum") if within else known.sum()
    )
    limits = _share_limits(counted, counts, within, by, asked)
    reason = _share_reasons(counts, denominator, by)
    what = pd.Series(_share_note(denominator, by, within), index=counts.index)
    return measures_table(
        counts[[*within, *by]],
        measure="share_of_searches",
        numerator=counts["searches"],
        denominator=counts["total"],
        **limits.columns(),
        note=join_notes(what, pd.Series(limits.note).where(reason.eq(""), "")),
        reason=reason,
    )


def proportions(hits, trials, asked):
    """Limits of plain counts, where they are asked for by name."""
    found = Given.none(len(hits))
    if asked.interval != "wilson":
        return found
    lower, upper = wilson(successes=hits, trials=trials, level=asked.level)
    return replace(found, lower=lower, upper=upper, name=np.full(len(hits), interval_name("Wilson", asked.level)))


def _by_place(searches, found, asked):
    """The searches by the row that each is in and by force and time, where limits ask for these; else None."""
    keys, cell = found
    number = int(np.prod([len(key.cat.categories) for key in keys]))
    return alike(searches, cell=(cell, number)) if asked.by_rule else None


def _share_limits(counted, counts, within, by, asked):
    if counted is None:
        return proportions(counts["searches"].where(counts["known"], 0), counts["total"], asked)
    labels = int(np.prod([len(counts[column].cat.categories) for column in by]))
    cell = counted.asked["cell"]
    base = cell // labels if within and labels else np.zeros(len(cell), dtype=np.int8)
    return shares_of(
        counted,
        base=base,
        number=len(counts) // labels if labels else 0,
        label=cell - base * labels if within else cell,
        labels=labels,
        kinds=share_kinds(by, [counts[column] for column in by]),
        there=None if counts["known"].all() else counts["known"].to_numpy(dtype=bool)[cell],
        asked=asked,
        totals=(counts["searches"].where(counts["known"], 0), counts["total"]),
    )


def tally(searches, by, flags=None, *, found=None, counted=None):
    """Count searches, and searches where a flag is True, in every combination of labels.

    searches : clean table, or `tallied`. by : column names, may be empty (one row: all searches).
    flags : name -> bool array, or Series (nullable; missing is not True), aligned with `searches`. found : what `cells`
    gives, where it is there already. counted : `alike` of these cells (asked as `cell`), of which flags then are too.
    Returns `<by> | searches | <flags>`, counts Int64, group columns categorical in the order of their labels;
    combinations that do not occur have 0. `force` and `month` list only what occurs.
    """
    by = as_list(by)
    keys, cell = cells(searches, by) if found is None else found
    shape = [len(key.cat.categories) for key in keys]
    number = int(np.prod(shape))
    every = np.unravel_index(np.arange(number), shape) if by else ()
    groups = {
        key.name: pd.Categorical.from_codes(codes, dtype=key.dtype) for key, codes in zip(keys, every, strict=True)
    }
    number_of = numbers_of(searches) if counted is None else counted.number
    cell = cell if counted is None else counted.asked["cell"]
    counts = _count(cell, number, flags or {}, number_of)
    counts = {name: pd.array(rounded(count, searches), dtype="Int64") for name, count in counts.items()}
    return pd.DataFrame(groups | counts)


def _count(cell, number, flags, number_of=None):
    """Searches of every cell, and those where each flag is True; some flags at once, each a binary digit of the cell.

    To count numbers takes a quarter of the time of a groupby, and the digits take half of the rest. number_of : how
    many searches each row of the cells is, where it is not one.
    """
    counts, names = {}, list(flags)
    for first in range(0, len(names) or 1, _TOGETHER):
        chosen = names[first : first + _TOGETHER]
        code = cell.astype(whole_numbers(number << len(chosen)))
        for name in chosen:
            flag = flags[name]
            code = code * 2 + (flag if isinstance(flag, np.ndarray) else flag.to_numpy(dtype=bool, na_value=False))
        digits = len(chosen)
        found = np.bincount(code, number_of, minlength=number << digits).reshape(number, *[2] * digits)
        found = found.astype(np.int64, copy=False)
        counts.setdefault("searches", found.reshape(number, 1 << digits).sum(axis=1))
        for at, name in enumerate(chosen):
            counts[name] = found.take(1, axis=at + 1).reshape(number, 1 << digits - 1).sum(axis=1)
    return counts


def count_cells(searches, found):
    """How many searches each combination of labels has. found : what `cells` gives."""
    keys, cell = found
    number = int(np.prod([len(key.cat.categories) for key in keys]))
    return rounded(_count(cell, number, {}, numbers_of(searches))["searches"], searches)


def whole_numbers(number: int) -> type:
    """The type of numbers below `number`: small ones take half the memory, and so half the time."""
    return np.int32 if number < 1 << 31 else np.int64


def cells(searches, by, categories=None):
    """The labels of every search in each column, and the number of its combination: its row of `tally`."""
    require_columns(searches, by)
    keys = [labels(searches[column], (categories or {}).get(column)) for column in by]
    number = int(np.prod([float(len(key.cat.categories)) for key in keys]))
    cell = np.zeros(len(searches), dtype=whole_numbers(number))
    for key in keys:
        cell *= len(key.cat.categories)
        cell += key.cat.codes.to_numpy()
    return keys, cell


def labels(values, categories=None):
    """Group labels of a column as a categorical Series without missing values.

    A blank becomes *Not recorded*, or *Unknown* where the column has that label only. True and False become
    text. Raises ValueError if `categories` is given and leaves out a label that occurs.
    """
    if isinstance(values.dtype, pd.BooleanDtype) or values.dtype == bool:
        truth = values.to_numpy(dtype=np.int8, na_value=-1)
        found = pd.Categorical.from_codes(truth, ["False", "True"]).remove_unused_categories()
        values = pd.Series(found, index=values.index, name=values.name)
    if not isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype("category")
    if values.name in PLACE_AND_TIME and categories is None:
        values = _without_unused(values)
    if categories is not None:
        values = _with_categories(values, list(categories))
    if not values.hasnans:
        return values
    blank = next((label for label in ("Not recorded", "Unknown") if label in values.cat.categories), None)
    values = values if blank else values.cat.add_categories("Not recorded")
    return values.fillna(blank or "Not recorded")


def _without_unused(values):
    """Without the categories that do not occur; where all occur it is the same, which is quickly seen."""
    codes, names = values.cat.codes.to_numpy(), values.cat.categories
    used = occurring_codes(codes, len(names))
    if used.all():
        return values
    place = np.append(np.where(used, np.cumsum(used) - 1, -1), -1).astype(codes.dtype)
    found = pd.Categorical.from_codes(place[codes], dtype=pd.CategoricalDtype(names[used], values.cat.ordered))
    return pd.Series(found, index=values.index, name=values.name)


def is_known(groups, by):
    """Bool Series: rows of `groups` whose `by` labels all name a group (none is in UNKNOWN_LABELS)."""
    unknown = pd.Series(False, index=groups.index)
    for column in by:
        unknown |= groups[column].isin(UNKNOWN_LABELS)
    return ~unknown


def occurring(table: pd.DataFrame) -> pd.DataFrame:
    """A measures table with the labels that occur, most searches first, what is unknown last."""
    groups = group_columns(table)
    label = groups[-1]
    by_denominator = all(MEASURES[name].searched == "denominator" for name in table["measure"].unique())
    table = table[table["denominator" if by_denominator else "numerator"].gt(0)]
    if len(groups) > 1:  # the order of the groups is the reader's
        return table
    order = table.assign(unknown=table[label].isin(UNKNOWN_LABELS)).sort_values(
        ["unknown", "numerator"], ascending=[True, False], kind="stable"
    )
    return table.loc[order.index]


def as_list(columns):
    """One column name or several, as a list."""
    return [columns] if isinstance(columns, str) else list(columns)


def check_labels(table: pd.DataFrame, wanted: dict[str, str], records: pd.DataFrame | None = None) -> None:
    """Raise ParameterError for columns that a table lacks, and for labels that are none of their columns.

    A label that a column of the table or of the records can have is one, whether a row has it or not.

    Examples
    --------
    >>> check_labels(pd.DataFrame({"group": ["White", "Black"]}), {"group": "Blak"})
    Traceback (most recent call last):
    ...
    sas_analysis.errors.ParameterError: group "Blak" is unknown; did you mean "Black"? There are: White, Black
    """
    faults = unknown_names([name for name in wanted if name not in table], group_columns(table), "column")
    for name, label in wanted.items():
        if name not in table or (table.empty and (records is None or name not in records)):
            continue
        known = [*map(str, pd.unique(table[name].astype("str"))), *_may_have(table[name])]
        known += _may_have(records[name]) if records is not None and name in records else []
        faults += unknown_names([str(label)], dict.fromkeys(known), name.replace("_", " "))
    raise_faults(faults)


def _may_have(values: pd.Series) -> list[str]:
    """The labels that a column of categories can have; of another, none."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return []
    return [*map(str, values.cat.categories), *["Not recorded"] * values.hasnans]


def require_columns(frame, columns, what="the searches"):
    """Raise ValueError naming every column that `frame` lacks; ParameterError where it is no table."""
    check_table(frame, what, _OF_A_STUDY.get(what, "one of its tables, such as study.searches"))
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise ValueError(f"{what} have no column {', '.join(absent)}; columns: {', '.join(map(str, frame.columns))}")


def _with_categories(values, categories):
    left_out = values[~values.isin(categories) & values.notna()].value_counts()
    left_out = left_out[left_out > 0]
    if len(left_out):
        raise ValueError(
            f"{values.name}: {len(left_out)} label(s) occur that `categories` leaves out: "
            + ", ".join(f"{label} ({count})" for label, count in left_out.head(10).items())
        )
    return values.cat.set_categories(categories)


def _share_note(denominator, by, within):
    what = "all searches" if denominator == "all" else f"searches with known {' and '.join(by)}"
    return f"share of {what}" + (f" of the same {' and '.join(within)}" if within else "")


def _share_reasons(counts, denominator, by):
    reasons = pd.Series("", index=counts.index)
    reasons = reasons.mask(counts["total"].eq(0), "not estimable: no search to be a share of")
    if denominator == "known":
        reasons = reasons.mask(~counts["known"], f"{' and '.join(by)} unknown: not in the denominator")
    return reasons
