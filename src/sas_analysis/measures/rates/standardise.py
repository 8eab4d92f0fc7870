"""Rates and ratios standardised by age and sex: what the same ages and sexes would give.

Searches whose age or sex is blank, or whose sex the census did not ask for, are in no stratum: they are left out, and
the note says how many. Strata are the publisher's age bands x two sexes; what they do not adjust for remains.
"""

import numpy as np
import pandas as pd
from scipy import stats

from sas_analysis.measures.coverage import in_months, months_published, published_force_months
from sas_analysis.measures.intervals import overdispersed
from sas_analysis.measures.intervals.limits import _alpha, interval_name
from sas_analysis.measures.rates.per_resident import FIXED_PROCESS
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.measures.registry import MEASURES
from sas_analysis.measures.shares import require_columns
from sas_analysis.measures.table import measures_table
from sas_analysis.months import DAYS_OF_A_YEAR, days_in
from sas_analysis.reference.population import GROUPS_5

STRATA = ("age_range", "gender")


def fay_feuer(*, searches, exposure, weights, level=0.95):
    """Directly standardised rate and gamma limits: `rate, lower, upper`, per unit exposure.

    Arrays (..., strata): counts, exposures, and the standard population, which is scaled to one. Poisson counts.
    Source: Fay and Feuer 1997; R epitools `ageadjust.direct`. A stratum without exposure and of weight 0 is ignored.
    """
    n, e, w = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (searches, exposure, weights)))
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(w > 0, w / w.sum(axis=-1, keepdims=True) / e, 0.0)
        rate, variance = (each * n).sum(axis=-1), (each**2 * n).sum(axis=-1)
        largest, tail = each.max(axis=-1), _alpha(level) / 2
        lower = np.where(rate > 0, stats.gamma.ppf(tail, rate**2 / variance, scale=variance / rate), 0.0)
        mean, spread = rate + largest, variance + largest**2
        upper = stats.gamma.isf(tail, mean**2 / spread, scale=spread / mean)
    return rate, lower, upper


def byar(*, observed, level=0.95):
    """Byar's approximate limits of a Poisson count: `lower, upper`. Source: Breslow and Day 1987, formula 2.13."""
    observed, z = np.asarray(observed, dtype=float), stats.norm.isf(_alpha(level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        lower = observed * (1 - 1 / (9 * observed) - z / (3 * np.sqrt(observed))) ** 3
    more = observed + 1
    return np.where(observed > 0, lower, 0.0), more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3


def standardised(searches, grid, residents, *, problem=None, reference=REFERENCE, **options):
    """The three standardised measures in one table; or, with a `problem`, every group without any, and why.

    Arguments as `standardised_rate` and `standardised_ratio`.
    """
    if problem:
        groups = pd.DataFrame({"ethnicity_5": [group for group in GROUPS_5 if group != reference]})
        nothing = pd.array([pd.NA] * len(groups), dtype="Float64")
        return measures_table(
            groups,
            measure="ratio_of_standardised_rates",
            numerator=nothing,
            denominator=nothing,
            reason=f"not estimable: {problem}",
        )
    ratios = [ratio_of_standardised_rates, standardised_ratio]
    tables = [measure(searches, grid, residents, reference=reference, **options) for measure in ratios]
    return pd.concat([*tables, standardised_rate(searches, grid, residents, **options)], ignore_index=True)


def standardised_rate(searches, grid, residents, *, level=0.95):
    """Searches per 1,000 residents a year if every group had the ages and sexes of all residents (direct).

    searches : clean table of the force or forces. grid : `coverage.coverage_grid` of them; its months that count are
    used. residents : `age_sex_residents` of them. numerator = rate x resident-years of the group. Fay-Feuer
    limits, which take searches as Poisson counts and so hold for a fixed process only.
    """
    cells = _cells(searches, grid, residents)
    per = MEASURES["standardised_rate"].per
    rate, lower, upper = fay_feuer(searches=cells.n.sum(-1), exposure=cells.years, weights=cells.standard, level=level)
    years = cells.years.sum(axis=-1)
    return measures_table(
        cells.groups,
        measure="standardised_rate",
        numerator=rate * years,
        denominator=years,
        limits=(lower * per, upper * per),
        interval=interval_name("Fay-Feuer gamma, Poisson", level),
        note=f"standard: all residents by age and sex; {cells.left_out}; {FIXED_PROCESS}",
        reason=cells.reasons(),
    )


def standardised_ratio(searches, grid, residents, *, reference=REFERENCE, level=0.95):
    """Searches of a group / those expected at the reference group's rates by age and sex (indirect, O/E).

    Arguments as `standardised_rate`. Byar's limits take the expected searches as known. Ratios of two groups to the
    reference have different standards and are not to be compared with each other.
    """
    cells = _cells(searches, grid, residents)
    n, at = cells.n.sum(-1), cells.position(reference)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.nansum(np.where(cells.years > 0, cells.years * n[at] / cells.years[at], 0.0), axis=-1)
    observed = n.sum(axis=-1)
    lower, upper = byar(observed=observed, level=level)
    own = np.arange(len(n)) == at
    with np.errstate(invalid="ignore", divide="ignore"):
        limits = (np.where(own, np.nan, limit / expected) for limit in (lower, upper))
        limits = tuple(limits)
    return measures_table(
        cells.groups,
        measure="standardised_ratio",
        numerator=observed.astype(int),
        denominator=expected,
        limits=limits,
        interval=interval_name("Byar, Poisson", level),
        note=[f"reference group; {cells.left_out}" if o else f"{cells.left_out}; {FIXED_PROCESS}" for o in own],
        reason=cells.reasons(reference),
    )


def ratio_of_standardised_rates(searches, grid, residents, *, reference=REFERENCE, level=0.95):
    """Directly standardised rate of a group over the reference group's, both on the ages and sexes of all residents.

    Arguments as `standardised_rate`. Limits: months as clusters, log scale, t on months less one, where the rule of
    `overdispersed.offered` offers an interval of the crude ratio; none elsewhere.
    """
    cells = _cells(searches, grid, residents)
    at, years = cells.position(reference), cells.years.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = np.where(cells.standard > 0, cells.standard / cells.years, 0.0)
        monthly = (weights[..., None] * cells.n).sum(axis=1) / cells.exposed  # each month's standardised rate
        rate = (weights * cells.n.sum(-1)).sum(axis=1)
        parts = (weights[..., None] * cells.n).sum(axis=1)
        shortfall = parts / rate[:, None] - cells.exposed / cells.exposed.sum()
        scores = shortfall - shortfall[at]
        count = np.isfinite(monthly[at]).sum()
        error = np.sqrt(count / (count - 1) * (scores**2).sum(axis=1))
        margin = stats.t.isf(_alpha(level) / 2, max(count - 1, 1)) * error
    why = overdispersed.why_not(cells.pair(at))
    stands = (why == "") & (np.arange(len(rate)) != at) & (rate > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = rate / rate[at]
    return measures_table(
        cells.groups,
        measure="ratio_of_standardised_rates",
        numerator=rate * years,
        denominator=rate[at] * years,
        limits=tuple(np.where(stands, ratio * np.exp(sign * margin), np.nan) for sign in (-1, 1)),
        interval=interval_name(f"clustered by month (t, {count - 1} df)", level),
        note=[
            f"reference group; {cells.left_out}" if row == at else "; ".join(filter(None, (why[row], cells.left_out)))
            for row in range(len(rate))
        ],
        reason=cells.reasons(reference),
    )


class _Cells:
    """Counts (groups, strata, months), resident-years (groups, strata), the standard (strata)."""

    def __init__(self, groups, n, years, exposed, left_out):
        self.groups = pd.DataFrame({"ethnicity_5": groups})
        self.n, self.years, self.exposed, self.left_out = n, years, exposed, left_out
        self.standard = years.sum(axis=0) / years.sum()

    def position(self, reference):
        names = self.groups["ethnicity_5"].tolist()
        if reference not in names:
            raise ValueError(f'reference "{reference}" is no group of ethnicity_5: {", ".join(names)}')
        return names.index(reference)

    def reasons(self, reference=None):
        """Why a group has no standardised value: a stratum without residents, in it or in its reference."""
        n, lacking = self.n.sum(-1), (self.years == 0) & (self.standard > 0)
        texts = []
        for row in range(len(n)):
            what = ""
            if (lacking[row] & (n[row] > 0)).any():
                what = "a stratum has searches and no residents"
            elif lacking[row].any():
                what = "a stratum of the standard has no residents of this group"
            texts.append(f"not estimable: {what}" if what else "")
        if reference is None:
            return texts
        at = self.position(reference)
        of = f"not estimable: the reference group {reference} "
        if texts[at]:
            return [text or f"{of}has a stratum without residents" for text in texts]
        return [f"{of}has no search" if n[at].sum() == 0 else text for text in texts]

    def pair(self, at):
        """Monthly counts and exposures of every group beside the reference's, summed over strata."""
        n, e = self.n.sum(axis=1), self.years.sum(axis=1)[:, None] * self.exposed / self.exposed.sum()
        names = ("searches", "exposure", "reference_searches", "reference_exposure")
        pair = (n, e, np.broadcast_to(n[at], n.shape), np.broadcast_to(e[at], e.shape))
        return dict(zip(names, pair, strict=True))


def _cells(searches, grid, residents):
    require_columns(searches, ["force", "month", "ethnicity_5", *STRATA])
    require_columns(residents, ["force", "ethnicity_5", *STRATA, "residents"], "the residents")
    months, published = months_published(grid), published_force_months(grid)
    searches = in_months(searches, published)
    held = residents.merge(months[["force", "days"]].astype({"force": "str"}), on="force")
    held = held.assign(years=held["residents"] * held["days"] / DAYS_OF_A_YEAR, stratum=_stratum(held))
    groups = list(dict.fromkeys(residents["ethnicity_5"].astype("str")))
    years = held.pivot_table(index="ethnicity_5", columns="stratum", values="years", aggfunc="sum", observed=True)
    years = years.reindex(groups).fillna(0.0)
    names = sorted(published["month"].astype("str").unique())
    known = searches[searches["ethnicity_5"].astype("str").isin(groups)]
    placed = known.assign(stratum=_stratum(known), month=known["month"].astype("str"))
    inside = placed["stratum"].isin(years.columns)
    n = np.zeros((len(groups), years.shape[1], len(names)))
    rows = placed[inside]
    at = (
        pd.Index(groups).get_indexer(rows["ethnicity_5"].astype("str")),
        years.columns.get_indexer(rows["stratum"]),
        pd.Index(names).get_indexer(rows["month"]),
    )
    np.add.at(n, at, 1)
    total = residents.groupby("force")["residents"].sum()
    days = published["month"].astype("str").map(days_in)
    people = published.assign(people=published["force"].astype("str").map(total) * days)
    exposed = people.groupby("month")["people"].sum()
    share = 1 - inside.mean() if len(inside) else 0.0
    text = f"age or sex unknown in {share:.1%} of searches of known ethnicity: left out"
    return _Cells(groups, n, years.to_numpy(dtype=float), exposed.reindex(names).to_numpy(dtype=float), text)


def _stratum(frame):
    return frame["age_range"].astype("str") + " " + frame["gender"].astype("str")
