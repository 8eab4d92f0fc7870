"""The robust outcome test: is a group searched on less than its reference group, as rate and hit rate together tell?

Hit rates alone cannot tell (infra-marginality), nor can rates of search. If the risks of two groups have a monotone
likelihood ratio, the one that is searched on less is searched at a higher rate, or found to carry less often; so where
*both* hold, the threshold for that group is lower. Anything else is *inconclusive*, the usual answer: no finding, and
no clearance either.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sas_analysis.errors import number_of
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.intervals.of_exposure import ratio_kinds
from sas_analysis.measures.outcomes.one_sided import (
    BINOMIAL,
    hit_difference,
    p_hit_lower,
    p_rate_higher,
    rate_ratio,
)
from sas_analysis.measures.outcomes.searched import Pairs, Side, pairs_of, sides_of
from sas_analysis.measures.pooling.false_discovery import benjamini_hochberg
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.measures.shares import as_list

LOWER, HIGHER, INCONCLUSIVE, NOT_ESTIMABLE = VERDICTS = (
    *("lower threshold", "higher threshold", "inconclusive"),
    "not estimable",
)
SIGNS = ("both", "rate only", "hit only", "neither")
INTERVALS = ("process", "period", BINOMIAL)


@dataclass(frozen=True)
class Asked:
    """How a test is made; the arguments of `robust_outcome_test`.

    within : columns whose labels are families of their own, so that comparisons are not counted across them.
    """

    reference: str = REFERENCE
    by: str = "group"
    within: tuple[str, ...] = ()
    alpha: float = 0.05
    interval: str = "process"
    kind: str = "share"
    months: int = 12
    least: int = 1
    pool: str = "population"

    def __post_init__(self):
        faults = []
        if self.interval not in INTERVALS:
            faults.append(f"interval {self.interval!r} is none of {', '.join(map(repr, INTERVALS))}")
        if not 0 < self.alpha < 0.5:
            faults.append(f"alpha lies between 0 and 0.5, such as 0.05, this is {self.alpha}")
        if faults:
            raise ValueError("; ".join(faults))


def robust_outcome_test(
    table,
    *,
    reference=REFERENCE,
    by="group",
    within=(),
    alpha=0.05,
    interval="process",
    kind="share",
    months=12,
    least=1,
):
    """Whether groups are searched on less, or on more, than the reference group: usually *inconclusive*.

    Parameters
    ----------
    table : DataFrame
        `<places> | <by> | population or exposure | searches | hits`, and `known` (searches whose outcome is known)
        where some are not. `population`: people, or encounters, that searches are part of; `exposure`: resident-years.
        With `month`, a row a month, which shows how much months vary. Groups named "Unknown" and the like are no group:
        they may be of any (`verdict_unknown_...`).
    reference : str
        The group that the others are compared with.
    by : str
        The column of groups; all other columns beside those named are places.
    within : str or list of str
        Places whose labels are families of comparisons of their own, such as the object of search.
    alpha : float
        The level of the test, one-sided.
    interval : str
        "process" or "period" (docs/intervals.md: bursts of searches, and months that drift), or "binomial": searches as
        independent draws, which they are not; for comparison with other work.
    kind : str
        Of the hit: "nfa" (a positive outcome), "arrest", or "share" (any other).
    months : int
        Months that totals are of, where there is no column `month`.
    least : int
        Searches of either group below which a place is not tested.

    Returns
    -------
    DataFrame
        A row a place and group, no measures table:
        `<places> | <by> | searches | hits | reference_searches | reference_hits`;
        `rate_ratio | rate_lower | rate_upper | hit_rate | reference_hit_rate | hit_difference | hit_lower | hit_upper |
        interval` : the limits are of the level 1 - 2 alpha, whose one side is the test;
        `signs` : of the point comparisons: "both" (rate higher and hit rate lower), "rate only", "hit only", "neither"
        (rate not higher, hit rate not lower);
        `p_rate_higher | p_hit_lower` : one-sided; one less is the p-value of the other side;
        `p_value` : the greater of the two on the side where it is the smaller (intersection-union: both must hold);
        `verdict` : "lower threshold", "higher threshold" (rate lower and hit rate higher), "inconclusive" or "not
        estimable" (the note says why), each place by itself at `alpha`;
        `m_star` : the rate ratio. The group's exposure would have to be so many times its residents, beside the
        reference group's, for the comparison of rates to turn; the test takes nothing else from residents;
        `m_star_alpha` : the factor at which the rates would no longer differ at `alpha`;
        `unknown | verdict_unknown_reference | verdict_unknown_group | verdict_unknown_worst` : searches of unknown
        group, and the verdict if all were of the reference group, of the group, or, comparison by comparison, of
        whichever of the two speaks most against the verdict: what stands then stands whoever they were;
        `family | family_size | p_adjusted | verdict_adjusted` : after Benjamini and Hochberg, over the places;
        `note`.

    Raises
    ------
    ValueError
        As `searched.sides_of`, without a row of the reference group, and for an unknown interval or alpha.

    Source
    ------
    Gaebler and Goel (2024), arXiv:2407.06539, the robust outcome test; Berger (1982, Technometrics 24) for
    intersection-union tests. Assumes that the risks of both groups have a monotone likelihood ratio, that a hit means
    the same in both, and that everyone above a group's threshold, and only they, are searched.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"group": ["White", "Black"], "population": [100_000, 10_000], "searches": [2000, 800]}
    >>> found = robust_outcome_test(pd.DataFrame(rows | {"hits": [600, 120]}))
    >>> found[["group", "rate_ratio", "hit_difference", "signs", "verdict"]].round(2)
       group  rate_ratio  hit_difference signs          verdict
    0  Black         4.0           -0.15  both  lower threshold
    """
    labels, side, pool = sides_of(table, by=by)
    how = {"reference": reference, "by": by, "within": tuple(as_list(within)), "alpha": alpha, "interval": interval}
    asked = Asked(**how, kind=kind, months=months, least=least, pool=pool)
    return compare_pairs(pairs_of(labels, side, by=by, reference=reference), asked)


def compare_pairs(pairs: Pairs, asked: Asked) -> pd.DataFrame:
    """The table of `robust_outcome_test` for groups that stand beside their reference already."""
    pairs = replace(pairs, reason=with_least(pairs, asked.least))
    one, other, stands = pairs.one, pairs.other, pairs.reason == ""
    p_rate, p_hit = _p_rate(pairs, one, other, asked), _p_hit(pairs, one, other, asked)
    p_value, lower_side = intersection_union(p_rate, p_hit)
    table = pairs.labels.assign(
        searches=_whole(one.total("searches")),
        hits=_whole(one.total("hits")),
        reference_searches=_whole(other.total("searches")),
        reference_hits=_whole(other.total("hits")),
        **_estimates(pairs, asked),
        signs=_signs(one, other, stands),
        p_rate_higher=p_rate,
        p_hit_lower=p_hit,
        p_value=p_value,
        verdict=_verdicts(p_value, lower_side, asked.alpha),
    )
    ratio, higher = table["rate_ratio"], table["rate_ratio"] > 1
    table["m_star"] = ratio
    table["m_star_alpha"] = table["rate_lower"].where(higher, table["rate_upper"])
    table = table.assign(**_under_unknown(pairs, p_rate, p_hit, lower_side, asked))
    return _adjusted(table, lower_side, asked).assign(note=pd.array(pairs.reason, dtype="str"))


def intersection_union(p_rate_higher, p_hit_lower):
    """The p-value that both comparisons hold, on the likelier side, and whether that is "lower threshold".

    Parameters
    ----------
    p_rate_higher, p_hit_lower : arrays
        One-sided p-values.

    Examples
    --------
    >>> p, lower = intersection_union([0.01, 0.01, 0.99], [0.03, 0.97, 0.98])
    >>> p.round(2).tolist(), lower.tolist()
    ([0.03, 0.97, 0.02], [True, True, False])
    """
    p_rate, p_hit = np.asarray(p_rate_higher, float), np.asarray(p_hit_lower, float)
    lower, higher = np.maximum(p_rate, p_hit), np.maximum(1 - p_rate, 1 - p_hit)
    return np.minimum(lower, higher), lower <= higher


def with_least(pairs: Pairs, least: int) -> np.ndarray:
    """The reasons of pairs, and of those with fewer searches of either group."""
    fewest = np.minimum(pairs.one.total("searches"), pairs.other.total("searches"))
    few = (pairs.reason == "") & (fewest < least)
    return np.where(few, f"not estimable: fewer than {least} searches of either group", pairs.reason)


def _p_rate(pairs, one: Side, other: Side, asked, known=None) -> np.ndarray:
    """P-values that the group is searched at a higher rate, missing of pairs that cannot be compared.

    known : those of pairs without a search of unknown group, which need not be found again.
    """
    rows, found = _to_find(pairs, known)
    if len(rows):
        given = {"interval": asked.interval, "months": asked.months, "pool": asked.pool}
        found[rows] = p_rate_higher(one.take(rows), other.take(rows), kinds=_kinds(pairs, asked)[rows], **given)
    return found


def _p_hit(pairs, one: Side, other: Side, asked, known=None) -> np.ndarray:
    """P-values that searches of the group find less often, as `_p_rate`."""
    rows, found = _to_find(pairs, known)
    if len(rows):
        given = {"interval": asked.interval, "months": asked.months, "kind": asked.kind}
        found[rows] = p_hit_lower(one.take(rows), other.take(rows), **given)
    return found


def _to_find(pairs, known) -> tuple[np.ndarray, np.ndarray]:
    """The pairs whose p-values are to be found, and an array for all, with those that are known."""
    wanted = pairs.reason == ""
    if known is None:
        return np.flatnonzero(wanted), np.full(len(wanted), np.nan)
    return np.flatnonzero(wanted & (pairs.unknown.total("searches") > 0)), np.array(known)


def _kinds(pairs, asked):
    return ratio_kinds("ethnicity_5", pairs.labels[asked.by].astype("str"), asked.reference)


def _estimates(pairs, asked):
    """Rate ratio and hit rates with the limits whose one side is the test; missing where nothing is compared."""
    stands = np.flatnonzero(pairs.reason == "")
    one, other = pairs.one.take(stands), pairs.other.take(stands)
    given = {"interval": asked.interval, "level": 1 - 2 * asked.alpha, "months": asked.months}
    rates = hits = np.empty((3, 0))
    if len(stands):
        rates = rate_ratio(one, other, kinds=_kinds(pairs, asked)[stands], **given)
        hits = hit_difference(one, other, kind=asked.kind, **given)
    shares = [side.total("hits") / side.total("known") for side in (one, other)]
    found = dict(zip(("rate_ratio", "rate_lower", "rate_upper"), rates, strict=True))
    found |= {"hit_rate": shares[0], "reference_hit_rate": shares[1]}
    found |= dict(zip(("hit_difference", "hit_lower", "hit_upper"), hits, strict=True))
    name = BINOMIAL if asked.interval == BINOMIAL else interval_name(asked.interval, 1 - 2 * asked.alpha)
    texts = pd.array(np.where(pairs.reason == "", name, ""), dtype="str")
    return {key: _placed(values, stands, len(pairs.reason)) for key, values in found.items()} | {"interval": texts}


def _placed(values, rows, number):
    found = np.full(number, np.nan)
    found[rows] = values
    return found


def _whole(counts):
    return pd.array(counts, dtype="Float64").astype("Int64") if np.all(counts % 1 == 0) else counts


def _signs(one, other, stands):
    with np.errstate(all="ignore"):
        higher = one.total("searches") / one.pool > other.total("searches") / other.pool
        lower = one.total("hits") / one.total("known") < other.total("hits") / other.total("known")
    signs = np.select([higher & lower, higher, lower], SIGNS[:3], SIGNS[3])
    return pd.array(np.where(stands, signs, ""), dtype="str")


def _verdicts(p_value, lower_side, alpha):
    established = p_value <= alpha
    which = [np.isnan(p_value), established & lower_side, established]
    return pd.array(np.select(which, [NOT_ESTIMABLE, LOWER, HIGHER], INCONCLUSIVE), dtype="str")


def _under_unknown(pairs, p_rate, p_hit, lower_side, asked):
    """The verdicts whatever the group of those was who are of none; the worst takes from each comparison its own."""
    one, other, unknown = pairs.one, pairs.other, pairs.unknown
    every = {"searches": unknown.searches, "known": unknown.known, "hits": unknown.hits}
    misses, found = {"known": unknown.known - unknown.hits}, {"known": unknown.hits, "hits": unknown.hits}

    def both(first, second):
        return _p_rate(pairs, first, second, asked, p_rate), _p_hit(pairs, first, second, asked, p_hit)

    to_reference, to_group = both(one, other.plus(**every)), both(one.plus(**every), other)
    highest_hit = _p_hit(pairs, one.plus(**found), other.plus(**misses), asked, p_hit)
    lowest_hit = _p_hit(pairs, one.plus(**misses), other.plus(**found), asked, p_hit)
    against_lower = np.maximum(to_reference[0], highest_hit)
    against_higher = np.maximum(1 - to_group[0], 1 - lowest_hit)
    cases = {"reference": intersection_union(*to_reference), "group": intersection_union(*to_group)}
    cases["worst"] = np.where(lower_side, against_lower, against_higher), lower_side
    verdicts = {f"verdict_unknown_{name}": _verdicts(*case, asked.alpha) for name, case in cases.items()}
    return {"unknown": _whole(unknown.total("searches"))} | verdicts


def _adjusted(table, lower_side, asked):
    """The table with its families, each named, and the verdicts after Benjamini and Hochberg."""
    parts = table[[asked.by, *asked.within]].astype("str")
    tested = table["p_value"].notna().groupby([parts[name] for name in parts]).transform("sum")
    names = parts[asked.by] + f" to {asked.reference}"
    for name in asked.within:
        names += ", " + parts[name]
    names += ", " + tested.map(lambda number: number_of(number, "place"))
    table = benjamini_hochberg(table.assign(family=names), family="family", rate=asked.alpha)
    verdict = _verdicts(table["p_adjusted"].to_numpy(dtype=float), lower_side, asked.alpha)
    return table.drop(columns="distinct").assign(verdict_adjusted=verdict)
