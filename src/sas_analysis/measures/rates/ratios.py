"""A group's search rate beside the reference group's: ratio, difference, and searches beyond the expected.

Disparity, not discrimination: residents are not those exposed to police, and a ratio says nothing of its
cause.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sas_analysis.measures.exposure import Exposure, exposure_by_month, searches_known
from sas_analysis.measures.intervals import limits, overdispersed
from sas_analysis.measures.intervals.asked import Asked, Given
from sas_analysis.measures.intervals.limits import interval_name, named
from sas_analysis.measures.intervals.of_exposure import differences_of, ratio_kinds, ratios_of
from sas_analysis.measures.intervals.overdispersed import share_dispersion
from sas_analysis.measures.rates.per_resident import (
    BY_MONTH,
    FIXED_PROCESS,
    NAMED,
    OVERDISPERSED,
    POISSON,
    by_month,
    share_unknown,
    unknown_note,
)
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import join_notes, measures_table

REFERENCE = "White"
# Limits for two Poisson counts; the difference has no exact ones, so MOVER stands for both.
RATIO_POISSON = {
    "exact": (limits.exact_rate_ratio, "exact conditional, Poisson"),
    "mid-p": (limits.mid_p_rate_ratio, "mid-P, Poisson"),
}
DIFFERENCE_POISSON = dict.fromkeys(POISSON, (limits.rate_difference_limits, "MOVER, Poisson"))


def disproportionality_ratio(
    exposure: Exposure,
    *,
    by: str = "ethnicity_5",
    within: str | Sequence[str] = (),
    reference: str = REFERENCE,
    level: float = 0.95,
    interval: str = "process",
    together: int = 1,
) -> pd.DataFrame:
    """Search rate of every group divided by the reference group's.

    Parameters
    ----------
    exposure : Exposure
        Searches and residents; counts by month and week show how much these vary.
    by : str
        The column that holds the reference group.
    within : str or list of str
        Columns, such as "force" or "object_group"; each of their groups has a reference group of its own.
    reference : str
        The group that the others are compared with.
    level : float
        Confidence level.
    interval : str
        "process" or "period" (docs/intervals.md; the limits of the period stand beside either), or "none".
        "quasi-poisson", "clustered", "mid-p" and "exact" are given as asked.
    together : int
        Groups that are compared at once, for which the level of process and period limits holds together.

    Returns
    -------
    DataFrame
        `<within> | <by> | <measures table>`. numerator = searches of the group; denominator = searches expected of it
        at the reference group's rate. The reference row has the estimate 1 and no interval. The note gives the share
        of searches that are unknown, above 30% "not a headline"; and beside an interval asked for by name, the
        dispersion of the group's share over months (1: Poisson).

    Raises
    ------
    ValueError
        If the reference is no group, if a group has searches and no resident count, and for an unknown interval.

    Examples
    --------
    >>> ratio = sas.disproportionality_ratio(compared.exposure)
    >>> ratio.query("ethnicity_5 == 'Black'")[["estimate", "lower", "upper"]].round(2)
       estimate  lower  upper
    3      4.24   2.85    6.3
    """
    asked = Asked(interval, level, together, named=NAMED)
    pairs, monthly = _pairs(exposure, by, within, reference)
    limits = _limits(exposure, pairs, monthly, by, within, reference, asked, ratio=True)
    own = pairs["is_reference"] & pairs["reason"].eq("")
    expected = pairs["expected"].mask(own, pairs["searches"].astype("Float64"))
    return measures_table(
        pairs[[*as_list(within), by]],
        measure="disproportionality_ratio",
        numerator=searches_known(exposure, pairs),
        denominator=expected,
        **limits.columns(),
        note=_notes(pairs, monthly, by, asked, limits.note),
        reason=pairs["reason"],
    )


def rate_difference(
    exposure: Exposure,
    *,
    by: str = "ethnicity_5",
    within: str | Sequence[str] = (),
    reference: str = REFERENCE,
    level: float = 0.95,
    interval: str = "process",
    together: int = 1,
) -> pd.DataFrame:
    """Search rate of every group less the reference group's, per 1,000 residents per year.

    Parameters
    ----------
    exposure, by, within, reference, level, together
        As `disproportionality_ratio`; it raises the same errors.
    interval : str
        As `disproportionality_ratio`; "mid-p" and "exact" are both the difference of two Poisson rates (MOVER).

    Returns
    -------
    DataFrame
        `<within> | <by> | <measures table>`. numerator = searches beyond those expected at the reference group's
        rate; denominator = resident-years.

    Examples
    --------
    >>> difference = sas.rate_difference(compared.exposure)
    >>> difference.query("ethnicity_5 == 'Black'")["estimate"].round(2).tolist()
    [0.66]
    """
    asked = Asked(interval, level, together, named=NAMED)
    pairs, monthly = _pairs(exposure, by, within, reference)
    limits = _limits(exposure, pairs, monthly, by, within, reference, asked, ratio=False)
    return measures_table(
        pairs[[*as_list(within), by]],
        measure="rate_difference",
        numerator=_excess(pairs),
        denominator=pairs["resident_years"],
        **limits.columns(MEASURES["rate_difference"].per),
        note=_notes(pairs, monthly, by, asked, limits.note),
        reason=pairs["reason"],
    )


def excess_searches(
    exposure,
    *,
    by="ethnicity_5",
    within=(),
    reference=REFERENCE,
    level=0.95,
    interval="process",
    together=1,
):
    """Searches of every group beyond those expected at the reference group's rate, over the whole period.

    Arguments, intervals and errors as `rate_difference`, times the group's resident-years; the denominator is
    1, the period. Negative where the group is searched at a lower rate than the reference group.
    """
    asked = Asked(interval, level, together, named=NAMED)
    pairs, monthly = _pairs(exposure, by, within, reference)
    limits = _limits(exposure, pairs, monthly, by, within, reference, asked, ratio=False)
    years = pairs["resident_years"].to_numpy(dtype=float, na_value=np.nan)
    return measures_table(
        pairs[[*as_list(within), by]],
        measure="excess_searches",
        numerator=_excess(pairs),
        denominator=np.ones(len(pairs), dtype=int),
        **limits.columns(years),
        note=_notes(pairs, monthly, by, asked, limits.note),
        reason=pairs["reason"],
    )


def _pairs(exposure, by, within, reference):
    """Every group beside its reference, a row each, and the months of both (None without months)."""
    keys = [*as_list(within), by]
    groups, arrays = exposure_by_month(exposure, by=keys)
    groups["is_reference"] = groups[by].eq(reference)
    if len(groups):
        check_reference(reference, groups[by])
    at = reference_rows(groups, as_list(within))
    pairs = groups.assign(
        reference_searches=groups["searches"].take(at).to_numpy(),
        reference_years=groups["resident_years"].take(at).to_numpy(),
        share_unknown=share_unknown(groups, by, as_list(within)),
    )
    rate = pairs["reference_searches"].astype("Float64") / pairs["reference_years"].where(pairs["reference_years"] > 0)
    pairs["expected"] = rate * pairs["resident_years"]
    pairs["reason"] = _reasons(groups["reason"], groups["reason"].take(at).to_numpy(), pairs, reference)
    pairs["at"] = at
    return pairs, None if arrays is None else (*arrays, *(array[at] for array in arrays))


def check_reference(reference, groups):
    """Raise ValueError if the reference is none of the groups, a Series of labels by the name of what they group."""
    if not groups.eq(reference).any():
        found = ", ".join(groups.astype("str").unique())
        raise ValueError(f'reference "{reference}" is no group of {groups.name}: {found}')


def reference_rows(groups, within):
    """Position of the reference row of every row's `within` group."""
    rows = groups[groups["is_reference"]]
    if not within:
        return np.full(len(groups), rows.index[0])
    place = pd.Series(rows.index, index=pd.MultiIndex.from_frame(rows[within].astype("str")))
    return place.reindex(pd.MultiIndex.from_frame(groups[within].astype("str"))).to_numpy(dtype=int)


def _reasons(reasons, reference_reasons, pairs, reference):
    """A group's own reason first, then what its reference lacks; a reference without a search too."""
    lacking = pd.Series(reference_reasons, index=reasons.index)
    lacking = lacking.mask(lacking.ne(""), f"not estimable: the reference group {reference} has no rate")
    none = pairs["reference_searches"].eq(0).astype(bool)
    lacking = lacking.mask(lacking.eq("") & none, f"not estimable: the reference group {reference} has no search")
    return reasons.mask(reasons.eq(""), lacking)


def _limits(exposure, pairs, monthly, by, within, reference, asked, *, ratio):
    """Limits of every row that is a group beside its reference."""
    usable = (pairs["reason"].eq("") & ~pairs["is_reference"]).to_numpy(dtype=bool)
    if not asked.by_rule:
        return _named(pairs, monthly, usable, asked, ratio)
    draw = ratios_of if ratio else differences_of
    kinds = ratio_kinds(by, pairs[by], reference)
    return draw(exposure, [*as_list(within), by], pairs["at"].to_numpy(), usable, asked, kinds=kinds)


def _named(pairs, monthly, usable, asked, ratio):
    """Limits that are asked for by name."""
    found = Given.none(len(pairs))
    lower, upper, name, why = (array.copy() for array in (found.lower, found.upper, found.name, found.note))
    if asked.interval in POISSON:
        function, label = (RATIO_POISSON if ratio else DIFFERENCE_POISSON)[asked.interval]
        columns = ("searches", "resident_years", "reference_searches", "reference_years")
        lower[usable], upper[usable] = function(**named(*(pairs.loc[usable, c] for c in columns)), level=asked.level)
        name[usable] = interval_name(label, asked.level)
    elif asked.interval != "none" and monthly is None:
        why[usable] = BY_MONTH
    elif asked.interval != "none":
        methods = overdispersed.RATIO if ratio else overdispersed.DIFFERENCE
        lower[usable], upper[usable], name[usable], why[usable] = by_month(
            methods, named(*(array[usable] for array in monthly)), asked.interval, asked.level
        )
    return replace(found, lower=lower, upper=upper, name=name, note=why)


def _excess(pairs):
    excess = pairs["searches"].astype("Float64") - pairs["expected"]
    return excess.mask(pairs["is_reference"] & pairs["reason"].eq(""), 0.0)


def _notes(pairs, monthly, by, asked, why):
    """What to know of the interval, and the share unknown of every row; the reference row is named."""
    estimable, reference = pairs["reason"].eq(""), pairs["is_reference"]
    kind = pd.Series("", index=pairs.index).mask(estimable & reference, "reference group")
    if monthly is not None and asked.interval in NAMED:
        kind = kind.mask(estimable & ~reference, _dispersion_notes(pairs, monthly, asked.interval))
    unknown = pairs["share_unknown"].map(lambda share: unknown_note(share, by))
    return join_notes(kind, pd.Series(why, index=pairs.index), unknown.where(estimable & ~reference, ""))


def _dispersion_notes(pairs, monthly, interval):
    dispersion = pd.Series(share_dispersion(**named(*monthly)), index=pairs.index)
    notes = dispersion.map("dispersion over months {:.1f}".format).astype("str").where(dispersion.notna(), "")
    narrow = (dispersion > OVERDISPERSED) & (interval in POISSON)
    return notes + pd.Series(np.where(narrow, f": {FIXED_PROCESS}", ""), index=pairs.index, dtype="str")
