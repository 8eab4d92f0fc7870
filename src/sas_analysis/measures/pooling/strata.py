"""Strata of a pooled ratio: searches and resident-years of every group in every force, two groups at a time.

A stratum is a force, or any other part within which groups are compared (force and month). The rule for strata,
the same in every measure:

- a stratum in which the group or the reference has no resident count, or no residents, is left out of the pair;
- one without a search of either is kept: its residents are in the crude ratio, and it says nothing of the
  ratio within forces;
- one without a search of one of the two is kept where sums are pooled (crude, Mantel-Haenszel, fixed effects);
  a log ratio of its own it does not have, so it is left out where log ratios are, and named there.

Nothing is ever added to a count.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sas_analysis.measures.exposure import NO_MONTH, exposure_by_force
from sas_analysis.measures.rates.ratios import REFERENCE, check_reference
from sas_analysis.measures.shares import as_list, labels, require_columns
from sas_analysis.measures.table import joined

COUNTS = ("searches", "resident_years", "reference_searches", "reference_years")


@dataclass(frozen=True)
class Pair:
    """A group beside the reference in every stratum. Arrays of n strata, exposures above zero.

    cells : `<stratum> | searches | resident_years | reference_searches | reference_years`, the strata kept.
    left_out : how many strata the pair leaves out. reason : why nothing can be estimated, "" where it can. weekly :
    searches of the group and of the reference, arrays (n, months, weeks) or (n, months); None where they are totals.
    """

    group: str
    cells: pd.DataFrame
    left_out: int
    reason: str
    weekly: tuple | None = None

    @property
    def in_time(self):
        """Searches of the group and of the reference by stratum, month and week, as far as that is known."""
        n, _, n_ref, _ = self.arrays
        own, other = (n, n_ref) if self.weekly is None else self.weekly
        return {"searches": own, "reference_searches": other}

    def only(self, keep):
        """The same pair with some of its strata; `keep` : bool a stratum."""
        weekly = None if self.weekly is None else tuple(array[keep] for array in self.weekly)
        return replace(self, cells=self.cells[keep].reset_index(drop=True), weekly=weekly)

    @property
    def arrays(self):
        """(searches, resident_years, reference_searches, reference_years), floats."""
        return tuple(self.cells[name].to_numpy(dtype=float) for name in COUNTS)

    def names(self, column):
        """Labels of the strata in one column, as text."""
        return self.cells[column].astype("str").to_numpy()


def strata_table(exposure, *, stratum="force"):
    """Searches and exposure of every group in every stratum.

    exposure : `exposure.Exposure`. stratum : `force`, or several columns.
    Returns `<stratum> | ethnicity_5 | searches | resident_years | by_week`. resident_years is missing where the group
    has no residents to compare with (unknown ethnicity). by_week holds an array of the searches by month and week; it
    is not there where the counts are totals, or nothing is to be compared.
    """
    keys = [*as_list(stratum), "ethnicity_5"]
    groups, arrays = exposure_by_force(exposure, by=keys)
    table = groups[[*keys, "searches", "resident_years"]]
    if arrays is None or arrays[0].ndim < 3:
        return table
    return table.assign(by_week=pd.Series(list(arrays[0].sum(axis=1)), index=table.index, dtype=object))


def pairs(strata, *, by="ethnicity_5", stratum="force", reference=REFERENCE):
    """A `Pair` for every group but the reference, in the order of the groups.

    strata : as `strata_table` gives it; any column may be the stratum, and several. Where no month counts it has no
    row, and every pair says so.
    Raises ValueError for a column that is not there, a cell that is there twice, a count that is negative or not
    whole, and a reference that is no group.
    """
    stratum = as_list(stratum)
    if strata.empty:
        return [_without_months(group, stratum) for group in labels(strata[by]).cat.categories if group != reference]
    _check(strata, by, stratum, reference)
    key, names = pd.factorize(joined(strata[stratum]))
    first = strata[stratum].iloc[np.unique(key, return_index=True)[1]]
    groups = list(pd.unique(_ordered(strata[by])))
    place, shape = (key, pd.Index(groups).get_indexer(strata[by].astype("str"))), (len(names), len(groups))
    counts = {name: _placed(strata[name].to_numpy(float, na_value=np.nan), place, shape) for name in COUNTS[:2]}
    weekly = _placed(strata["by_week"].to_numpy(), place, shape) if "by_week" in strata else None
    return [_pair(groups, group, reference, counts, first, weekly) for group in groups if group != reference]


def _placed(values, place, shape):
    """Values by stratum and group: an array of that shape, missing where there is no row."""
    made = np.full(shape, None if values.dtype == object else np.nan, dtype=values.dtype)
    made[place] = values
    return made


def _without_months(group, stratum):
    cells = pd.DataFrame(columns=[*stratum, *COUNTS], dtype=float).astype(dict.fromkeys(stratum, "str"))
    return Pair(group, cells, 0, NO_MONTH)


def _pair(groups, group, reference, counts, strata, weekly):
    """counts, weekly : arrays (strata, groups)."""
    at = [groups.index(label) for label in (group, reference)]
    columns = dict(zip(COUNTS, (counts[name][:, own] for own in at for name in COUNTS[:2]), strict=True))
    searches, years, reference_searches, reference_years = columns.values()
    counted = ~np.isnan(searches) & ~np.isnan(reference_searches)
    rows = np.flatnonzero((years > 0) & (reference_years > 0) & counted)
    kept = {name: pd.array(values[rows], dtype="Float64") for name, values in columns.items()}
    kept = strata.iloc[rows].reset_index(drop=True).assign(**kept)
    in_time = None if weekly is None or not len(rows) else tuple(np.stack(weekly[rows, own]) for own in at)
    return Pair(group, kept, len(strata) - len(rows), _reason(kept, group, reference), in_time)


def _reason(kept, group, reference):
    if kept.empty:
        return f"not estimable: no stratum has resident counts of both {group} and {reference}"
    if kept["reference_searches"].sum() == 0:
        return f"not estimable: the reference group {reference} has no search"
    return ""


def set_apart(strata, stratum):
    """Why each stratum may not be set beside others, by its name: {} where all may.

    strata : with a column `not_compared`, "" where a stratum may; without the column all may. What strata have in
    common, a centre or a mean, is that of the others.
    """
    if "not_compared" not in strata:
        return {}
    why = dict(zip(strata[stratum].astype("str"), strata["not_compared"], strict=True))
    return {name: reason for name, reason in why.items() if reason}


def log_ratios(pair, stratum="force"):
    """Log ratio and its Poisson variance in every stratum: `<stratum> | <counts> | expected | log_ratio | variance`.

    expected = searches expected at the reference group's rate in the stratum. log_ratio and variance =
    1 / searches + 1 / reference searches; missing where either count is zero.
    """
    cells = pair.cells.copy()
    n, e, n_ref, e_ref = pair.arrays
    both = (n > 0) & (n_ref > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        cells["expected"] = n_ref / e_ref * e
        cells["log_ratio"] = np.where(both, np.log(n / e) - np.log(n_ref / e_ref), np.nan)
        cells["variance"] = np.where(both, 1 / n + 1 / n_ref, np.nan)
    return cells[[*as_list(stratum), *COUNTS, "expected", "log_ratio", "variance"]]


def strata_notes(pair, *, log_ratio=False, what="force"):
    """What the rule for strata did to this pair, as one text."""
    n, _, n_ref, _ = pair.arrays
    one, none = int(((n == 0) ^ (n_ref == 0)).sum()), int(((n == 0) & (n_ref == 0)).sum())
    used = len(n) - (none + one) * log_ratio
    notes = [f"{used} {_plural(what, used)}"]
    if pair.left_out:
        notes.append(f"{pair.left_out} without residents of both groups left out")
    if none:
        notes.append(f"{none} without a search of either " + ("left out" if log_ratio else "say nothing of the ratio"))
    if one:
        notes.append(f"{one} without a search of one group " + ("left out" if log_ratio else "kept"))
    return "; ".join(notes)


def _plural(what, number):
    return what if number == 1 else f"{what}s"


def _ordered(labels):
    """Labels in the order of a categorical, or of appearance."""
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return labels.cat.remove_unused_categories().cat.categories.astype("str")
    return labels.astype("str")


def _check(strata, by, stratum, reference):
    require_columns(strata, [*stratum, by, "searches", "resident_years"], "the strata")
    twice = strata.duplicated([*stratum, by])
    if twice.any():
        raise ValueError(f"{twice.sum()} cell(s) of {', '.join([*stratum, by])} are there twice; add them up first")
    n = strata["searches"].astype("Float64")
    wrong = ((n < 0) | (n % 1 > 0) | (strata["resident_years"].astype("Float64") < 0)).fillna(False)
    if wrong.any():
        raise ValueError(
            f"{wrong.sum()} cell(s) have searches that are negative or not whole, or negative resident-years:\n"
            + strata[wrong.to_numpy(dtype=bool)].head(3).to_string(index=False)
        )
    check_reference(reference, strata[by])
