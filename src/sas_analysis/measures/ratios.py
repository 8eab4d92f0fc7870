"""A group's search rate beside the reference group's: ratio, difference, and searches beyond the expected.

Disparity, not discrimination: residents are not those exposed to police, and a ratio says nothing of its
cause.
"""

import numpy as np
import pandas as pd
from scipy.stats import chi2

from sas_analysis.measures import intervals
from sas_analysis.measures.coverage import in_months, months_published, published_force_months
from sas_analysis.measures.intervals import interval_name
from sas_analysis.measures.rates import OVERDISPERSED, count_searches, exposure_by_group, monthly_arrays
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS, as_list
from sas_analysis.measures.table import PER, join_notes, measures_table

# The stated rule of the interval: clustered by month from this many months, and this many searches in both
# groups (with fewer the sandwich variance is too small), otherwise mid-P.
MONTHS_TO_CLUSTER = 12
SEARCHES_TO_CLUSTER = 30
REFERENCE = "White"
DISPERSION_BY_CHANCE = 0.05  # a dispersion that Poisson counts reach more often than this is no evidence
# Said of Poisson limits where months vary by more than Poisson counts do.
FIXED_PROCESS = "limits hold for a fixed process only"


def disproportionality_ratio(
    counts, residents, *, months, by="ethnicity_5", within=(), reference=REFERENCE, problem=None, level=0.95
):
    """Search rate of every group divided by the reference group's.

    counts, residents, months, problem : as `rates.search_rate`; counts by month allow the clustered interval.
    by : the column that holds the reference group. within : columns (force, object of search) whose every
    group has its own reference. numerator = searches of the group, denominator = searches expected of it at
    the reference group's rate. The reference row has the estimate 1 and no interval.
    Interval by a stated rule: clustered by month (t) from 12 months and 30 searches in both groups, else
    mid-P; the column `interval` says which. The note gives the dispersion of the group's share over months
    (1: Poisson), and the share of searches that are unknown, above 30% "not a headline".
    Raises ValueError if the reference is no group, and as `rates.search_rate`.
    """
    pairs, monthly = _pairs(counts, residents, by, within, months, reference, problem)
    limits, interval = _limits(pairs, monthly, level, ratio=True)
    own = pairs["is_reference"] & pairs["reason"].eq("")
    expected = pairs["expected"].mask(own, pairs["searches"].astype("Float64"))
    return measures_table(
        pairs[[*as_list(within), by]],
        measure="disproportionality_ratio",
        numerator=pairs["searches"],
        denominator=expected,
        limits=limits,
        interval=interval,
        note=_notes(pairs, monthly, by),
        reason=pairs["reason"],
    )


def ratio_of_months(searches, grid, residents, *, by="ethnicity_5", within=(), **options):
    """`disproportionality_ratio` of the searches of a grid's months that count, with the exposure of those months.

    searches : clean table. grid : `coverage.coverage_grid`, or a part of one. Other arguments as there.
    """
    published = published_force_months(grid)
    counts = count_searches(in_months(searches, published), [*as_list(within), by], published=published)
    months = months_published(grid)
    return disproportionality_ratio(counts, residents, months=months, by=by, within=within, **options)


def rate_difference(
    counts, residents, *, months, by="ethnicity_5", within=(), reference=REFERENCE, problem=None, level=0.95
):
    """Search rate of every group less the reference group's, per 1,000 residents per year.

    Arguments, rule of the interval and errors as `disproportionality_ratio`, with the difference of two
    Poisson rates (MOVER) in place of mid-P. numerator = searches beyond those expected at the reference
    group's rate, denominator = resident-years.
    """
    per = PER["rate_difference"]
    pairs, monthly = _pairs(counts, residents, by, within, months, reference, problem)
    (lower, upper), interval = _limits(pairs, monthly, level, ratio=False)
    return measures_table(
        pairs[[*as_list(within), by]],
        measure="rate_difference",
        numerator=_excess(pairs),
        denominator=pairs["resident_years"],
        per=per,
        limits=(lower * per, upper * per),
        interval=interval,
        note=_notes(pairs, monthly, by),
        reason=pairs["reason"],
    )


def excess_searches(
    counts, residents, *, months, by="ethnicity_5", within=(), reference=REFERENCE, problem=None, level=0.95
):
    """Searches of every group beyond those expected at the reference group's rate, over the whole period.

    Arguments, intervals and errors as `rate_difference`, times the group's resident-years; the denominator is
    1, the period. Negative where the group is searched at a lower rate than the reference group.
    """
    pairs, monthly = _pairs(counts, residents, by, within, months, reference, problem)
    (lower, upper), interval = _limits(pairs, monthly, level, ratio=False)
    years = pairs["resident_years"].to_numpy(dtype=float, na_value=np.nan)
    return measures_table(
        pairs[[*as_list(within), by]],
        measure="excess_searches",
        numerator=_excess(pairs),
        denominator=np.ones(len(pairs), dtype=int),
        limits=(lower * years, upper * years),
        interval=interval,
        note=_notes(pairs, monthly, by),
        reason=pairs["reason"],
    )


def share_dispersion(*, searches, exposure, reference_searches, reference_exposure):
    """Pearson dispersion over months of a group's share of the searches of a pair: 1 for two Poisson counts.

    Arrays of shape (..., months). X2 / df, df = months with a search of either group, less 1; missing below
    2.
    """
    n, e, n_ref, e_ref = searches, exposure, reference_searches, reference_exposure
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = e * (n.sum(axis=-1) / e.sum(axis=-1))[..., None]
        mean_ref = e_ref * (n_ref.sum(axis=-1) / e_ref.sum(axis=-1))[..., None]
        share, total = mean / (mean + mean_ref), n + n_ref
        squares = (n - total * share) ** 2 / (total * share * (1 - share))
        df = (total > 0).sum(axis=-1) - 1
        return np.where(df > 0, np.nansum(squares, axis=-1) / df, np.nan)


def _pairs(counts, residents, by, within, months, reference, problem):
    """Every group beside its reference, a row each, and the months of both (None without months)."""
    keys = [*as_list(within), by]
    groups = exposure_by_group(counts, residents, by=keys, months=months, problem=problem)
    groups["is_reference"] = groups[by].eq(reference)
    if len(groups) and not groups["is_reference"].any():
        raise ValueError(f'reference "{reference}" is no group of {by}: {", ".join(groups[by].astype("str").unique())}')
    at = _reference_rows(groups, as_list(within))
    pairs = groups.assign(
        reference_searches=groups["searches"].take(at).to_numpy(),
        reference_years=groups["resident_years"].take(at).to_numpy(),
        share_unknown=_share_unknown(groups, by, as_list(within)),
    )
    rate = pairs["reference_searches"].astype("Float64") / pairs["reference_years"].where(pairs["reference_years"] > 0)
    pairs["expected"] = rate * pairs["resident_years"]
    pairs["reason"] = _reasons(groups["reason"], groups["reason"].take(at).to_numpy(), pairs, reference)
    arrays = None if problem else monthly_arrays(counts, residents, groups, by=keys, months=months)
    return pairs, None if arrays is None else (*arrays, *(array[at] for array in arrays))


def _reference_rows(groups, within):
    """Position of the reference row of every row's `within` group."""
    rows = groups[groups["is_reference"]]
    if not within:
        return np.full(len(groups), rows.index[0])
    place = pd.Series(rows.index, index=pd.MultiIndex.from_frame(rows[within].astype("str")))
    return place.reindex(pd.MultiIndex.from_frame(groups[within].astype("str"))).to_numpy(dtype=int)


def _share_unknown(groups, by, within):
    """Share of the searches of the `within` group whose `by` is unknown."""
    unknown = groups["searches"].where(groups[by].isin(UNKNOWN_LABELS), 0).astype(float)
    searches = groups["searches"].astype(float)
    keys = [groups[column].astype("str") for column in within] or [pd.Series("all", index=groups.index)]
    return unknown.groupby(keys).transform("sum") / searches.groupby(keys).transform("sum")


def _reasons(reasons, reference_reasons, pairs, reference):
    """A group's own reason first, then what its reference lacks; a reference without a search too."""
    lacking = pd.Series(reference_reasons, index=reasons.index)
    lacking = lacking.mask(lacking.ne(""), f"not estimable: the reference group {reference} has no rate")
    none = pairs["reference_searches"].eq(0).astype(bool)
    lacking = lacking.mask(lacking.eq("") & none, f"not estimable: the reference group {reference} has no search")
    return reasons.mask(reasons.eq(""), lacking)


def _limits(pairs, monthly, level, *, ratio):
    """(lower, upper) and the interval's name of every row, by the stated rule; missing where none is."""
    usable = (pairs["reason"].eq("") & ~pairs["is_reference"]).to_numpy()
    clustered = usable & _to_cluster(pairs, monthly)
    lower, upper = np.full((2, len(pairs)), np.nan)
    name = np.full(len(pairs), "", dtype=object)
    if clustered.any():
        limits = intervals.clustered_rate_ratio if ratio else intervals.clustered_rate_difference
        lower[clustered], upper[clustered], df = limits(**_named(*(a[clustered] for a in monthly)), level=level)
        name[clustered] = [interval_name(f"clustered by month (t, {d} df)", level) for d in df]
    if (simple := usable & ~clustered).any():
        limits = intervals.mid_p_rate_ratio if ratio else intervals.rate_difference_limits
        columns = ("searches", "resident_years", "reference_searches", "reference_years")
        lower[simple], upper[simple] = limits(**_named(*(pairs.loc[simple, c] for c in columns)), level=level)
        name[simple] = interval_name("mid-P, Poisson" if ratio else "MOVER, Poisson", level)
    return (lower, upper), name


def _to_cluster(pairs, monthly):
    if monthly is None:
        return np.zeros(len(pairs), dtype=bool)
    months = ((monthly[1] > 0) & (monthly[3] > 0)).sum(axis=1)
    fewest = np.minimum(pairs["searches"].to_numpy(dtype=float), pairs["reference_searches"].to_numpy(dtype=float))
    return (months >= MONTHS_TO_CLUSTER) & (fewest >= SEARCHES_TO_CLUSTER)


def _excess(pairs):
    excess = pairs["searches"].astype("Float64") - pairs["expected"]
    return excess.mask(pairs["is_reference"] & pairs["reason"].eq(""), 0.0)


def _notes(pairs, monthly, by):
    """The dispersion and the share unknown of every row with an estimate; the reference row says that it is one."""
    estimable, reference = pairs["reason"].eq(""), pairs["is_reference"]
    kind = pd.Series("", index=pairs.index).mask(estimable & reference, "reference group")
    if monthly is not None:
        kind = kind.mask(estimable & ~reference, _dispersion_notes(pairs, monthly))
    unknown = pairs["share_unknown"].map(lambda share: _unknown_note(share, by))
    return join_notes(kind, unknown.where(estimable & ~reference, ""))


def _dispersion_notes(pairs, monthly):
    dispersion = pd.Series(share_dispersion(**_named(*monthly)), index=pairs.index)
    notes = dispersion.map("dispersion over months {:.1f}".format).astype("str").where(dispersion.notna(), "")
    df = ((monthly[0] + monthly[2]) > 0).sum(axis=1) - 1
    by_chance = chi2.sf(dispersion * df, df) > DISPERSION_BY_CHANCE  # few months have a large dispersion often
    varying = (dispersion > OVERDISPERSED) & ~by_chance & ~_to_cluster(pairs, monthly)
    return notes + pd.Series(np.where(varying, f": {FIXED_PROCESS}", ""), index=pairs.index, dtype="str")


def _unknown_note(share, by):
    if not share > 0:
        return ""
    what = "ethnicity" if by.startswith("ethnicity") else by
    return f"{what} unknown in {share:.1%} of searches" + (": not a headline" if share > HEADLINE_UNKNOWN else "")


def _named(searches, exposure, reference_searches, reference_exposure):
    return {
        "searches": searches,
        "exposure": exposure,
        "reference_searches": reference_searches,
        "reference_exposure": reference_exposure,
    }
