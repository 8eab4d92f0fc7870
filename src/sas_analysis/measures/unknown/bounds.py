"""Searches of unknown ethnicity: how far they could move every ratio, and what it would take to bring parity.

Nothing is assumed of the unknown here: bounds hold for every way of giving them to the groups, or, in `officer_bounds`,
for every way that does not contradict the officers. What follows from another assumption about them is in `imputation`
and `missing_not_at_random`.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from sas_analysis.codes import codes_of
from sas_analysis.measures.counted import Counted
from sas_analysis.measures.exposure import exposure_by_group
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.rates.ratios import REFERENCE, check_reference, disproportionality_ratio, reference_rows
from sas_analysis.measures.shares import UNKNOWN_LABELS, as_list, labels, require_columns
from sas_analysis.measures.table import measures_table

MEASURES = ("ratio_lower_bound", "ratio_upper_bound", "officer_lower_bound", "officer_upper_bound")
LOWER, UPPER, OFFICER_LOWER, OFFICER_UPPER = MEASURES
PARITY_EXCLUDED = "not estimable: no allocation of the unknown brings parity"


def ratio_bounds(
    exposure,
    *,
    by="ethnicity_5",
    within=(),
    reference=REFERENCE,
    level=0.95,
    interval="process",
):
    """The lowest and the highest ratio of every group that any allocation of the unknown can give.

    Arguments and errors as `ratios.disproportionality_ratio`. Measures: `ratio_lower_bound`, all the unknown were of
    the reference group; `ratio_upper_bound`, all were of the group itself. No other allocation, to whichever groups,
    goes beyond: what a third group receives leaves the ratio between the two. The two are the allocation range of one
    group; two groups cannot both be at their highest. Unknown searches stay in the `within` group they are of.
    lower, upper : sampling limits of each bound, by the rule of the ratio: never of the range between the bounds.
    """
    options = {"by": by, "within": within, "reference": reference, "level": level, "interval": interval}
    return _bounds(exposure, measures=(LOWER, UPPER), whose="all unknown", **options)


def officer_bounds(
    exposure,
    *,
    officer="officer_ethnicity_5",
    by="ethnicity_5",
    within=(),
    reference=REFERENCE,
    level=0.95,
    interval="process",
):
    """The same bounds with the officer's word where there is one: measures `officer_lower_bound, officer_upper_bound`.

    exposure : its counts are by `officer` too. A search of unknown ethnicity is of the group that the officer saw;
    where the officer's word is unknown as well it is free, as in `ratio_bounds`, whose range this one is inside of.
    Other arguments and errors as there. For a group that officers do not use it is no bound: see `accounts.withhold`.
    """
    options = {"by": by, "within": within, "reference": reference, "level": level, "interval": interval}
    if (counted := exposure.__dict__.get("counted")) is not None and {by, officer} <= set(counted.groups):
        counts = _counted_with_the_officers_word(counted, by, officer)
    else:
        require_columns(exposure.counts, [by, officer], "the counts")
        counts = _with_the_officers_word(exposure.counts, by, officer)
    with_word = replace(exposure, counts=counts)
    whose = "unknown without an officer's word"
    return _bounds(with_word, measures=(OFFICER_LOWER, OFFICER_UPPER), whose=whose, **options)


def _with_the_officers_word(counts, by, officer):
    """Counts with the searches of unknown `by` in the group that the officer saw, as far as the officer's word goes."""
    (own, own_names), (seen, seen_names) = codes_of(counts[by]), codes_of(counts[officer])
    order = list(dict.fromkeys([*labels(counts[by]).cat.categories.astype("str"), *seen_names[pd.unique(seen)]]))
    place = [pd.Index(order).get_indexer(names)[codes] for codes, names in ((own, own_names), (seen, seen_names))]
    told = own_names.isin(UNKNOWN_LABELS)[own] & ~seen_names.isin(UNKNOWN_LABELS)[seen]
    return counts.assign(**{by: pd.Categorical.from_codes(np.where(told, place[1], place[0]), order)})


def _counted_with_the_officers_word(counted: Counted, by, officer) -> Counted:
    """The same of an array, whose axis of the officer's word is then gone."""
    own, seen = (counted.groups[name].categories.astype("str") for name in (by, officer))
    axes = list(counted.groups)
    amounts = np.moveaxis(counted.amounts, [1 + axes.index(by), 1 + axes.index(officer)], [-2, -1])
    whom = {
        (at, place): word if group in UNKNOWN_LABELS and word not in UNKNOWN_LABELS else group
        for (at, group), (place, word) in product(enumerate(own), enumerate(seen))
    }
    order = [group for group in dict.fromkeys([*own, *seen]) if group in whom.values()]
    told = np.zeros((*amounts.shape[:-2], len(order)), dtype=amounts.dtype)
    for (at, place), group in whom.items():
        told[..., order.index(group)] += amounts[..., at, place]
    others = {name: dtype for name, dtype in counted.groups.items() if name not in (by, officer)}
    return Counted(counted.months, others | {by: pd.CategoricalDtype(order)}, told)


def _bounds(exposure, *, measures, whose, by, within, reference, level, interval):
    counted = exposure.__dict__.get("counted")
    if counted is not None and by in counted.groups:
        found = counted.groups[by].categories.astype("str")
    else:
        counted, counts = None, exposure.counts
        # Where no month counts there is no row, and every label keeps its own, as in `exposure_by_group`.
        codes, names = codes_of(counts[by])
        found = labels(counts[by]).cat.categories if counts.empty else names[pd.unique(codes)]
    check_reference(reference, pd.Series(found, name=by))
    known = [group for group in found if group not in UNKNOWN_LABELS]
    options = {"reference": reference, "level": level, "interval": interval}
    # One table of all allocations, each with its own reference row: a call for each would cost as many times as much.
    whom = pd.CategoricalDtype(list(dict.fromkeys([reference, *known])))
    allocated = _allocated(counts, by, whom) if counted is None else _counted_allocated(counted, by, whom)
    allocated = replace(exposure, counts=allocated)
    table = disproportionality_ratio(allocated, by=by, within=["_to", *as_list(within)], **options)
    lower = table[table["_to"].eq(reference)].drop(columns="_to").reset_index(drop=True)
    upper = table[table["_to"].astype("str").eq(table[by].astype("str"))].drop(columns="_to")
    upper = lower[[*as_list(within), by]].merge(upper, how="left")
    taken = dict(zip(measures, (f"to be {reference}", "to be of this group"), strict=True))
    tables = [table.assign(measure=measure) for measure, table in zip(measures, (lower, upper), strict=True)]
    bounds = pd.concat(tables, ignore_index=True)
    stands = bounds["estimate"].notna() & bounds[by].ne(reference)
    text = f"{whose} taken " + bounds["measure"].map(taken)
    bounds["note"] = (text + bounds["note"].map(lambda note: f"; {note}" if note else "")).where(stands, bounds["note"])
    return bounds


def _allocated(counts, by, whom):
    """A table of all allocations: the counts as often as there are groups to give the unknown to, `_to`."""
    tables = [allocate(counts, by, to=to) for to in whom.categories]
    tables = [
        table.assign(_to=pd.Categorical([to] * len(counts), dtype=whom))
        for to, table in zip(whom.categories, tables, strict=True)
    ]
    return pd.concat(tables)


def _counted_allocated(counted: Counted, by, whom) -> Counted:
    """The same of an array, without the unknown, of whom none is left."""
    axis, names = 1 + list(counted.groups).index(by), counted.groups[by].categories
    amounts, unknown = np.moveaxis(counted.amounts, axis, -1), names.isin(UNKNOWN_LABELS)
    given = amounts[..., unknown].sum(axis=-1)
    parts = []
    for to in whom.categories:
        part = amounts[..., ~unknown].copy()
        part[..., list(names[~unknown]).index(to)] += given
        parts.append(part)
    others = {name: dtype for name, dtype in counted.groups.items() if name != by}
    labels_left = pd.CategoricalDtype(names[~unknown])
    return Counted(counted.months, {"_to": whom, **others, by: labels_left}, np.stack(parts, axis=1))


def allocate(counts, by, *, to):
    """Counts with the searches of unknown `by` given to the group `to`: a row per cell and label, as before."""
    codes, names = codes_of(counts[by])
    order = labels(counts[by]).cat.categories.astype("str")
    place = order.get_indexer(np.where(names.isin(UNKNOWN_LABELS), to, names))
    return counts.assign(**{by: pd.Categorical.from_codes(np.append(place, -1)[codes], order)})


def parity(exposure, *, by="ethnicity_5", within=(), reference=REFERENCE):
    """What the unknown would have to be for a group to be searched at the reference group's rate.

    Arguments and errors as `ratios.disproportionality_ratio`. Measures, both with the unknown searches as denominator:
    `tipping_share` : the unknown being of the group or of the reference group only, the share of the group;
    numerator = (E_c (n_r + U) - E_r n_c) / (E_r + E_c) searches.
    `least_share_for_parity` : the unknown being of any group, the least share that must be of the reference group
    (of the group itself where its ratio is below 1; the note says which).
    A share that would lie outside 0 to 1 is missing: no allocation of the unknown brings parity. No sampling error.
    """
    keys = [*as_list(within), by]
    groups = exposure_by_group(exposure, by=keys)
    table = _with_reference(groups, by, as_list(within), reference)
    n, e, n_ref, e_ref, unknown = (
        table[column].to_numpy(dtype=float, na_value=np.nan)
        for column in ("searches", "resident_years", "reference_searches", "reference_years", "unknown")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        of_group = (e * (n_ref + unknown) - e_ref * n) / (e_ref + e)
        lacks_reference, lacks_group = n * e_ref / e - n_ref, n_ref * e / e_ref - n
        above = lacks_reference >= 0
        least = np.where(above, lacks_reference, lacks_group)
    whose = np.where(above, reference, "this group")
    tipping_note = f"share of the unknown that is of this group at parity, the rest being {reference}"
    least_note = [f"at least this share of the unknown would be of {group}, whoever the rest are" for group in whose]
    return pd.concat(
        [
            _parity_table(table, keys, "tipping_share", of_group, tipping_note),
            _parity_table(table, keys, "least_share_for_parity", least, least_note),
        ],
        ignore_index=True,
    )


def _with_reference(groups, by, within, reference):
    """Known groups beside their reference and the unknown of their `within` group, with the reason why not."""
    unknown = groups[by].isin(UNKNOWN_LABELS)
    groups["is_reference"] = groups[by].eq(reference)
    check_reference(reference, groups[by])
    at = reference_rows(groups, within)
    keys = [groups[column].astype("str") for column in within] or [pd.Series("all", index=groups.index)]
    groups["unknown"] = groups["searches"].where(unknown, 0).groupby(keys).transform("sum")
    for column, source in (("reference_searches", "searches"), ("reference_years", "resident_years")):
        groups[column] = groups[source].take(at).to_numpy()
    lacking = pd.Series(groups["reason"].take(at).to_numpy(), index=groups.index)
    lacking = lacking.mask(lacking.ne(""), f"not estimable: the reference group {reference} has no rate")
    reasons = groups["reason"].mask(groups["reason"].eq(""), lacking)
    reasons = reasons.mask(reasons.eq("") & groups["is_reference"], "not estimable: reference group")
    groups["reason"] = reasons.mask(reasons.eq("") & groups["unknown"].eq(0), "not estimable: no search is unknown")
    return groups[~unknown].reset_index(drop=True)


def _parity_table(table, keys, measure, searches, note):
    total = table["unknown"].to_numpy(dtype=float)
    feasible = (searches >= 0) & (searches <= total)
    reason = table["reason"].mask(table["reason"].eq("") & ~feasible, PARITY_EXCLUDED)
    note = pd.Series(note, index=table.index).where(reason.eq(""), "")
    return measures_table(
        table[keys], measure=measure, numerator=searches, denominator=table["unknown"], note=note, reason=reason
    )


def allocation_range(
    exposure,
    *,
    by="ethnicity_5",
    within=(),
    reference=REFERENCE,
    level=0.95,
    interval="process",
):
    """Every group's ratio with its sampling error and its allocation range in columns of their own.

    Arguments as `ratios.disproportionality_ratio`. Not a measures table, but a row of it spread out:
    `<groups> | unknown | ratio | lower | upper | interval` : unknown searches, the ratio with the unknown left out
    (which is also the unknown allocated in proportion to the known), and its sampling limits;
    `lowest | highest` : the allocation range (`ratio_bounds`), an assumption range without sampling error;
    `joint_lower | joint_upper | joint_interval` : both together, the interval of Imbens and Manski for the ratio
    wherever in the range it is (`imbens_manski`), on the log scale, with the standard errors that the sampling limits
    of the bounds imply;
    `tipping_share | least_share_for_parity` : as `parity`; `note` : why there is no ratio, or what to know of it.
    """
    keys, options = [*as_list(within), by], {"by": by, "within": within, "reference": reference}
    sampling = {"level": level, "interval": interval}
    ratio = disproportionality_ratio(exposure, **sampling, **options)
    bounds = ratio_bounds(exposure, **sampling, **options)
    shares = parity(exposure, **options).pivot(index=keys, columns="measure", values="estimate")
    lowest, highest = (bounds[bounds["measure"].eq(measure)].set_index(keys) for measure in (LOWER, UPPER))
    table = ratio[~ratio[by].isin(UNKNOWN_LABELS)].astype({key: "str" for key in keys}).set_index(keys)
    lowest, highest, shares = (_text_index(part).reindex(table.index) for part in (lowest, highest, shares))
    joint = _joint_limits(lowest, highest, level)
    unknown = highest["numerator"].astype("Float64") - table["numerator"].astype("Float64")
    unknown = unknown.mask(unknown.index.get_level_values(by) == reference, unknown.max())
    columns = {
        "unknown": unknown.astype("Int64"),
        "ratio": table["estimate"],
        **{name: table[name] for name in ("lower", "upper", "interval")},
        "lowest": lowest["estimate"],
        "highest": highest["estimate"],
        "joint_lower": joint[0],
        "joint_upper": joint[1],
        "joint_interval": joint[0].notna().map({True: interval_name("Imbens-Manski", level), False: ""}),
        **{name: shares[name] for name in ("tipping_share", "least_share_for_parity")},
        "note": table["note"],
    }
    return pd.DataFrame(columns).reset_index()


def _text_index(table):
    names = table.index.names
    return table.reset_index().astype({name: "str" for name in names}).set_index(names)


def _joint_limits(lowest, highest, level):
    """Imbens and Manski's limits of every row; missing where a bound has no sampling limits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, low_limit = np.log(lowest["estimate"]), np.log(lowest["lower"])
        high, high_limit = np.log(highest["estimate"]), np.log(highest["upper"])
        z = norm.isf((1 - level) / 2)
        error_low = ((low - low_limit) / z).where(np.isfinite(low), 0.0)  # at 0 the lower limit is 0 as well
        limits = imbens_manski(low, error_low, high, (high_limit - high) / z, level=level)
    usable = lowest["lower"].notna() & highest["upper"].notna()
    return [pd.Series(np.exp(limit), index=lowest.index).where(usable) for limit in limits]


def imbens_manski(lower, lower_error, upper, upper_error, *, level=0.95):
    """Limits that hold a parameter known only to lie between two bounds: `lower - c s_l, upper + c s_u`.

    lower, upper : n estimates of the bounds, lower <= upper; lower_error, upper_error : their standard errors.
    c solves Phi(c + (upper - lower) / max(s_l, s_u)) - Phi(-c) = level: between the two-sided quantile, where the
    bounds meet, and the one-sided one, where they are far apart, since the parameter cannot then be at both ends.
    Valid where the bounds are ordered by construction, as these are. Source: Imbens and Manski 2004; Stoye 2009.
    """
    arrays = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (lower, lower_error, upper, upper_error)))
    lower, lower_error, upper, upper_error = arrays
    with np.errstate(divide="ignore", invalid="ignore"):
        width = (upper - lower) / np.maximum(lower_error, upper_error)
    c = np.vectorize(_critical_value, otypes=[float])(width, level)
    return lower - c * lower_error, upper + c * upper_error


def _critical_value(width, level):
    """The c of `imbens_manski` for a range of `width` standard errors."""
    one_sided, two_sided = norm.ppf(level), norm.ppf((1 + level) / 2)
    if np.isnan(width):
        return np.nan
    if width == 0 or width > 40:
        return two_sided if width == 0 else one_sided
    return brentq(lambda c: norm.cdf(c + width) - norm.cdf(-c) - level, one_sided - 1e-9, two_sided + 1e-9, xtol=1e-13)
