"""Officer-informed multiple imputation of unknown ethnicity, on counts of alike searches.

Assumption: among searches alike in `given` (what the officer saw, force, quarter, object, power), those of unknown
self-defined ethnicity are of the same groups as the others: missing at random given the officer's perception.
Searches are never imputed one by one: a pattern's unknown searches are one multinomial draw.
"""

from dataclasses import dataclass, replace
from functools import cached_property, partial
from numbers import Integral

import numpy as np
import pandas as pd
from scipy import stats
from scipy.sparse import csr_array

from sas_analysis.codes import as_found, codes_of
from sas_analysis.measures.exposure import exposure_by_force, exposure_by_month
from sas_analysis.measures.intervals import limits
from sas_analysis.measures.intervals.asked import Asked, Given, limits_of
from sas_analysis.measures.intervals.imputed import imputed_ratio_limits
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.intervals.of_exposure import ratio_kinds
from sas_analysis.measures.intervals.remembering import remembering_last
from sas_analysis.measures.intervals.time import month_codes
from sas_analysis.measures.rates.ratios import REFERENCE, check_reference, reference_rows, share_dispersion
from sas_analysis.measures.shares import UNKNOWN_LABELS, as_list, labels, require_columns
from sas_analysis.measures.table import join_notes, measures_table
from sas_analysis.measures.unknown.dirichlet_smoothing import chain
from sas_analysis.measures.unknown.rubin import rubin
from sas_analysis.names import raise_faults
from sas_analysis.processes import each
from sas_analysis.rounding import NOT_GIVEN, round_to_of

OFFICER = "officer_ethnicity_5"
GIVEN = (OFFICER, "force", "quarter", "object_group", "power")  # the last is given up first where cells are sparse
DRAWS = 50
MONTHS_FOR_DISPERSION = 6  # fewer cannot show how much months vary, and no limits are given
MONTHS_TO_CLUSTER = 12  # from here, with searches enough, months are clusters; before, quasi-Poisson
SEARCHES_TO_CLUSTER = 30
_MOST_CELLS = 1 << 24  # combinations of labels that are counted by their number; of more, those that occur are sorted
SPARSE = 10  # known searches of the finest cell; below, its probabilities are mostly the coarser cell's


@dataclass(frozen=True)
class Patterns:
    """Searches counted by what they are alike in: `count_patterns` makes it.

    keys : a row per pattern, `force | month | <within> | <given>`. known : array (patterns, groups). unknown : array
    (patterns,). groups : the known labels of `by` that occur.
    """

    keys: pd.DataFrame
    known: np.ndarray
    unknown: np.ndarray
    groups: list
    by: str
    within: list
    given: list
    round_to: int = 0  # as `rounding.rounded`; then nothing is made of them

    @cached_property
    def probabilities(self):
        """Parts of the patterns with unknown searches, `(rows, Chain)` each: officer's word known, and not known.

        Where the officer's word is unknown too, the cells are those of `given` without it.
        """
        blind = self.keys[OFFICER].isin(UNKNOWN_LABELS).to_numpy() if OFFICER in self.given else self.unknown < 0
        parts = []
        for rows, given in ((~blind, self.given), (blind, [name for name in self.given if name != OFFICER])):
            rows = np.flatnonzero(rows & (self.unknown > 0))
            if len(rows) and self.groups:
                parts.append((rows, chain(self.keys[given], self.known, rows)))
        return parts


@dataclass(frozen=True)
class Imputation:
    """Unknown searches given to groups, several times: `impute` makes it.

    cells : `force | month | <within>`. added : array (draws, cells, groups), searches. shares : of all searches,
    `unknown`; of the unknown, `both_unknown` (officer's word too) and `sparse` (few known searches alike).
    """

    cells: pd.DataFrame
    added: np.ndarray
    patterns: Patterns
    shares: dict


def count_patterns(searches, by="ethnicity_5", *, given=GIVEN, within=()):
    """Count known and unknown searches of every pattern that occurs.

    searches : clean table; by : the ethnicity to be imputed; given : columns the unknown are alike in, the last given
    up first; `quarter` is made from the month. `given=()` imputes in proportion to the known; `given=("force",
    "object_group")` at random within force and object. within : columns kept apart, as in `imputed_ratio`.
    Raises ValueError for a missing column.
    """
    within, given = as_list(within), as_list(given)
    columns = [name for name in dict.fromkeys(["force", "month", *within, *given]) if name != "quarter"]
    require_columns(searches, [*columns, by])
    keys, counts = _occurring([_as_found(labels(searches[name])) for name in [*columns, by]])
    groups = keys.pop(by)
    known = [at for at, name in enumerate(groups) if name not in UNKNOWN_LABELS and counts[:, at].sum() > 0]
    unknown = [at for at, name in enumerate(groups) if name in UNKNOWN_LABELS]
    frame = pd.DataFrame(keys)
    if "quarter" in given:
        months = frame["month"].cat.categories
        frame["quarter"] = frame["month"].map(dict(zip(months, quarters_of(months), strict=True))).astype("category")
    names = [str(groups[at]) for at in known]
    known, totals = counts[:, known].astype(float), counts[:, unknown].sum(axis=1)
    return Patterns(frame, known, totals, names, by, within, given, round_to_of(searches))


def quarters_of(months) -> list[str]:
    """The quarter of the calendar of each month."""
    return pd.PeriodIndex(months, freq="M").asfreq("Q").astype(str).tolist()


def _as_found(values):
    """A column of labels as categories in the order in which they are found, those that occur."""
    codes, names = codes_of(values)
    order = as_found(codes, len(names))
    place = np.empty(len(names), dtype=np.int32)
    place[order] = np.arange(len(order))
    return pd.Series(pd.Categorical.from_codes(place[codes], names[order]), name=values.name)


def _occurring(columns):
    """Combinations of labels: those of all columns but the last, and how often each occurs with each label of the last.

    Returns {column: labels of every combination}, the labels of the last column, and counts (combinations, labels).
    """
    shape = [len(column.cat.categories) for column in columns]
    cell = np.zeros(len(columns[0]), dtype=np.int64)
    for column, number in zip(columns, shape, strict=True):
        cell = cell * number + column.cat.codes.to_numpy()
    labels_of_last = max(shape[-1], 1)
    if np.prod([float(number) for number in shape]) <= _MOST_CELLS:
        counts = np.bincount(cell, minlength=int(np.prod(shape))).reshape(-1, labels_of_last)
        occur = np.flatnonzero(counts.any(axis=1))
        counts = counts[occur]
    else:
        occur, place = np.unique(cell // labels_of_last, return_inverse=True)
        at = place * labels_of_last + cell % labels_of_last
        counts = np.bincount(at, minlength=len(occur) * labels_of_last).reshape(len(occur), labels_of_last)
    codes = np.unravel_index(occur, shape[:-1]) if len(occur) else [occur] * len(shape[:-1])
    keys = {
        column.name: pd.Categorical.from_codes(own, dtype=column.dtype)
        for column, own in zip(columns[:-1], codes, strict=True)
    }
    return keys | {columns[-1].name: columns[-1].cat.categories}, counts[:, : shape[-1]]


@remembering_last
def impute(patterns, *, draws=DRAWS, seed=1):
    """Draw the groups of the unknown searches `draws` times: probabilities first, then searches.

    Probabilities come from the posterior of `dirichlet_smoothing.chain`, so that they are as uncertain as the known
    searches leave them; counts are multinomial. The same seed gives the same draws, however many there are, for each
    has random numbers of its own. Raises ParameterError for fewer than two draws, and a seed that is none.
    """
    _check_draws(draws, seed)
    keys = ["force", "month", *patterns.within]
    unknown = patterns.keys[patterns.unknown > 0]
    cells = unknown[list(dict.fromkeys(keys))].drop_duplicates().reset_index(drop=True)
    place = patterns.keys.merge(cells.assign(cell=cells.index), how="left")["cell"].to_numpy()
    parts = patterns.probabilities
    sums = [_sum_of(place[rows].astype(int), len(cells)) for rows, _ in parts]

    def added(own):
        rng, found = np.random.default_rng(own), np.zeros((len(cells), len(patterns.groups)), dtype=np.int64)
        for (rows, probabilities), sum_of in zip(parts, sums, strict=True):
            found += sum_of @ rng.multinomial(patterns.unknown[rows], probabilities.draw(rng))
        return found

    drawn = np.array(each(added, np.random.SeedSequence(seed).spawn(draws)), dtype=np.int64)
    drawn = drawn.reshape(draws, len(cells), len(patterns.groups))
    return Imputation(cells, drawn, patterns, _shares(patterns, parts))


def _check_draws(draws, seed):
    faults = []
    if isinstance(draws, bool) or not isinstance(draws, Integral) or draws < 2:
        faults.append(f"draws={draws!r} is no number of imputations; choose 2 or more, such as {DRAWS}")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        faults.append(f"seed={seed!r} is no seed; choose a whole number, 0 or more")
    raise_faults(faults)


def _sum_of(place, cells):
    """The matrix that sums the rows of each cell. place : the cell of every row."""
    return csr_array((np.ones(len(place), dtype=np.int64), (place, np.arange(len(place)))), shape=(cells, len(place)))


def _shares(patterns, parts):
    total = max(patterns.unknown.sum(), 1)
    blind = patterns.keys[OFFICER].isin(UNKNOWN_LABELS).to_numpy() if OFFICER in patterns.given else False
    sparse = sum(
        patterns.unknown[rows][probabilities.counts[-1][probabilities.cells].sum(axis=1) < SPARSE].sum()
        for rows, probabilities in parts
    )
    everything = patterns.unknown.sum() + patterns.known.sum()
    return {
        "unknown": patterns.unknown.sum() / max(everything, 1),
        "both_unknown": patterns.unknown[np.broadcast_to(blind, len(patterns.unknown))].sum() / total,
        "sparse": sparse / total,
    }


def imputed_ratio(imputation, exposure, *, reference=REFERENCE, level=0.95, interval="process", together=1):
    """Every group's ratio with the unknown imputed, sampling and imputation error in one interval.

    imputation : `impute`; exposure : `exposure.Exposure` of the same searches, counted by month; the rest as
    `ratios.disproportionality_ratio`. estimate = exp(mean log ratio): numerator and denominator are geometric means
    over the draws of the group's searches and of those expected. interval : "process" or "period" (docs/intervals.md),
    to which the variance between draws is added; or "none". "clustered", by name: Rubin's rules on the log ratio, the
    variance within a draw clustered by month from `MONTHS_TO_CLUSTER` months and `SEARCHES_TO_CLUSTER` searches of
    either group, else quasi-Poisson from `MONTHS_FOR_DISPERSION` months, else there is none and no limits are given.
    The note says the assumption and what part of the variance imputation makes.
    Raises ValueError if the imputation is of other searches than the counts.
    """
    asked = Asked(interval, level, together, named=["clustered"])
    pooled, pairs = _pooled(imputation, exposure, reference)
    limits = _limits(imputation, exposure, pairs, pooled, reference, asked)
    return measures_table(
        pairs[[*imputation.patterns.within, imputation.patterns.by]],
        measure="imputed_ratio",
        numerator=pooled["numerator"],
        denominator=pooled["denominator"],
        **limits.columns(),
        note=_notes(imputation, pairs, limits),
        reason=pairs["reason"],
    )


def _limits(imputation, exposure, pairs, pooled, reference, asked):
    """Limits of every known group, the reference group's own left out; their notes say what imputation does."""
    usable = pairs["reason"].eq("").to_numpy() & ~pairs["is_reference"].to_numpy(dtype=bool)
    if asked.interval == "none" or not usable.any():
        return Given.none(len(pairs))
    if not asked.by_rule:
        return _by_rubin(pooled, asked.level)
    by, within = imputation.patterns.by, imputation.patterns.within
    groups, (searches, years, _) = exposure_by_force(exposure, by=[*within, by])
    known = np.flatnonzero(~groups[by].isin(UNKNOWN_LABELS))
    chosen = np.flatnonzero(usable)
    at = reference_rows(pairs, within)[chosen]
    names = month_codes(exposure.counts["month"])[1]
    added = _spread_added(imputation, pairs, names)
    forces = searches.shape[1]
    own, other = ((searches[known][rows], years[known][rows]) for rows in (chosen, at))
    draw = partial(
        imputed_ratio_limits,
        searches=own[0].reshape(-1, *own[0].shape[2:]),
        reference_searches=other[0].reshape(-1, *other[0].shape[2:]),
        exposure=own[1].sum(-1).ravel(),
        reference_exposure=other[1].sum(-1).ravel(),
        added=added[:, chosen],
        reference_added=added[:, at],
        row=np.repeat(np.arange(len(chosen)), forces),
        kind=ratio_kinds(by, pairs.loc[usable, by], reference),
    )
    found = limits_of(draw, asked, usable)
    part = draw(target=asked.interval, level=asked.level).imputed
    remarks = found.note.copy()
    remarks[usable] = [
        f"imputation makes {share:.0%} of the variance; {note}" if note else note
        for share, note in zip(part, found.note[usable], strict=True)
    ]
    return replace(found, note=remarks)


def _by_rubin(pooled, level):
    found = Given.none(len(pooled))
    margin = stats.t.isf((1 - level) / 2, pooled["df"].to_numpy()) * np.sqrt(pooled["total"].to_numpy())
    estimate = np.exp(pooled["estimate"].to_numpy())
    known = np.isfinite(margin)
    missing = pooled["fraction_missing"].map("fraction of missing information {:.0%}".format)
    name = [_interval_name(method, df, level) for method, df in zip(pooled["method"], pooled["df"], strict=True)]
    return replace(
        found,
        lower=estimate * np.exp(-margin),
        upper=estimate * np.exp(margin),
        name=np.array(name, dtype=object),
        note=np.where(known, missing, ""),
    )


def _pooled(imputation, exposure, reference):
    """(pooled, pairs), a row per known group: Rubin's rules on the log ratio; groups with reason and is_reference."""
    by, within = imputation.patterns.by, imputation.patterns.within
    counts = exposure.counts
    require_columns(counts, ["force"] if imputation.patterns.round_to else ["month", "force"], "the counts")
    unknown = counts.loc[counts[by].isin(UNKNOWN_LABELS), "searches"].sum()
    if unknown != imputation.patterns.unknown.sum() and not imputation.patterns.round_to:
        raise ValueError(
            f"the counts hold {unknown} unknown searches, the imputation {imputation.patterns.unknown.sum()}: "
            "make both from the same searches"
        )
    groups, monthly = exposure_by_month(exposure, by=[*within, by])
    known = np.flatnonzero(~groups[by].isin(UNKNOWN_LABELS))
    pairs = groups.iloc[known].reset_index(drop=True)
    pairs["is_reference"] = pairs[by].eq(reference)
    check_reference(reference, pairs[by])
    at = reference_rows(pairs, within)
    lacking = pd.Series(pairs["reason"].take(at).to_numpy(), index=pairs.index)
    pairs["reason"] = pairs["reason"].mask(pairs["reason"].eq(""), lacking)
    if imputation.patterns.unknown.sum() and not imputation.patterns.groups:
        pairs["reason"] = "not estimable: no search of known ethnicity to impute from"
    if imputation.patterns.round_to:
        pairs["reason"] = f"not estimable: {NOT_GIVEN}"
    if pairs["reason"].ne("").all():
        return _nothing(pairs), pairs
    searches, years = monthly
    searches = searches[known] + _spread_added(imputation, pairs, sorted(counts["month"].astype("str").unique()))
    pooled = _rubin_on_log_ratio(searches, years[known], at, pairs)
    return pooled, pairs


def _nothing(pairs):
    names = ["numerator", "denominator", "estimate", "within", "between", "total", "df", "fraction_missing"]
    return pd.DataFrame(np.nan, index=pairs.index, columns=names).assign(
        method="", numerator=pairs["searches"].astype("Float64")
    )


def _spread_added(imputation, pairs, months):
    """Imputed searches as an array (draws, groups, months)."""
    by, within = imputation.patterns.by, imputation.patterns.within
    names = pd.Index(months)
    long = imputation.cells.merge(pd.Series(imputation.patterns.groups, name=by), how="cross")
    rows = pairs[[*within, by]].astype("str").assign(row=pairs.index)
    row = long.merge(rows, on=[*within, by], how="left")["row"].to_numpy()
    shape = (len(pairs), len(names))
    place = np.ravel_multi_index((row.astype(int), names.get_indexer(long["month"])), shape)
    flat = imputation.added.reshape(len(imputation.added), -1)
    return (_sum_of(place, np.prod(shape)) @ flat.T).T.reshape(-1, *shape).astype(float, order="C")


def _rubin_on_log_ratio(searches, years, at, pairs):
    """Pooled log ratios of every group; fills the reasons of `pairs` where a draw has no search."""
    totals, exposure = searches.sum(axis=2), years.sum(axis=1)
    empty = (totals == 0).any(axis=0)
    lacking = np.where(empty, "not estimable: no search of this group, or in no imputation", "")
    lacking = np.where(empty[at], "not estimable: no search of the reference group, or in no imputation", lacking)
    pairs["reason"] = pairs["reason"].mask(pairs["reason"].eq(""), pd.Series(lacking, index=pairs.index))
    with np.errstate(divide="ignore", invalid="ignore"):
        count, expected = np.log(totals), np.log(totals[:, at] * exposure / exposure[at])
        variance, df, method = _variance(searches, years, at)
        result = rubin(count - expected, variance, df)
    own = pairs["is_reference"].to_numpy()
    with np.errstate(invalid="ignore"):
        numerator, denominator = np.exp(count.mean(axis=0)), np.exp(expected.mean(axis=0))
    pooled = pd.DataFrame(result._asdict(), index=pairs.index).assign(numerator=numerator, method=method)
    pooled["denominator"] = np.where(own, numerator, denominator)
    pooled.loc[own, ["within", "between", "total", "df", "fraction_missing"]] = np.nan
    return pooled


def _variance(searches, years, at):
    """(variance, df, method) of the log ratio: variance (draws, groups), the others a value per group."""
    pair = (searches, years, searches[:, at], years[at])
    named = dict(zip(("searches", "exposure", "reference_searches", "reference_exposure"), pair, strict=True))
    totals = searches.sum(axis=2)
    both = ((years > 0) & (years[at] > 0)).sum(axis=1)
    clustered = (both >= MONTHS_TO_CLUSTER) & (np.minimum(totals, totals[:, at]).min(axis=0) >= SEARCHES_TO_CLUSTER)
    lower, upper, months = limits.clustered_rate_ratio(**named)
    of_months = (np.log(upper / lower) / 2 / stats.t.isf(0.025, months)) ** 2
    judged = both >= MONTHS_FOR_DISPERSION
    dispersion = np.where(judged, np.fmax(share_dispersion(**named), 1), np.nan)
    of_counts = dispersion * (1 / totals + 1 / totals[:, at])
    df = np.where(clustered | judged, both - 1.0, np.nan)
    method = np.select([clustered, judged], ["clustered by month", "quasi-Poisson by month"], "no limits")
    return np.where(clustered, of_months, of_counts), df, method


def _interval_name(method, df, level):
    shown = "" if not np.isfinite(df) else f" (t, {df:.1f} df)"
    return interval_name(f"multiple imputation, {method}{shown}", level)


def _notes(imputation, pairs, limits):
    given = [name.replace("_ethnicity_5", "-defined group").replace("_", " ") for name in imputation.patterns.given]
    alike = f"alike in {', '.join(given)}" if given else "in the period"
    shares = imputation.shares
    text = (
        f"assumes that of searches {alike} the unknown are of the same groups as the others; {shares['unknown']:.1%} "
        f"of searches imputed {len(imputation.added)} times"
    )
    if shares["both_unknown"] > 0:
        text += f", {shares['both_unknown']:.1%} of them without an officer-defined group"
    stands = pairs["reason"].eq("") & ~pairs["is_reference"]
    own = pd.Series("reference group", index=pairs.index).where(pairs["is_reference"] & pairs["reason"].eq(""), "")
    return join_notes(own.mask(stands, text), pd.Series(limits.note, dtype="str").where(stands, ""))
