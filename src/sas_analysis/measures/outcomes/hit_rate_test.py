"""The outcome test: hit rates of groups side by side, with what they cannot show said beside them."""

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.asked import constants_note
from sas_analysis.measures.intervals.limits import interval_name
from sas_analysis.measures.intervals.process import share_limits
from sas_analysis.measures.outcomes.one_sided import hit_difference
from sas_analysis.measures.outcomes.searched import Pairs, pairs_of, sides_of
from sas_analysis.measures.rates.ratios import REFERENCE

INFRA_MARGINALITY = (
    "hit rates describe those searched: groups with one threshold can have other hit rates, and groups with other "
    "thresholds the same (infra-marginality)"
)


def outcome_test(table, *, reference=REFERENCE, by="group", interval="process", kind="share", months=12, level=0.95):
    """Hit rates of every group within its place beside the reference group's, with limits: a description, no verdict.

    Parameters
    ----------
    table : DataFrame
        `<places> | <by> | searches | hits`, as `robust_outcome_test` takes it; a pool is not needed.
    reference, by, kind, months
        As `robust_outcome_test`.
    interval : str
        "process" or "period".
    level : float
        Of the limits.

    Returns
    -------
    DataFrame
        A row a place and group: `<places> | <by> | searches | hits | hit_rate | lower | upper | reference_hit_rate |
        reference_lower | reference_upper | hit_difference | difference_lower | difference_upper | interval | note`.
        Rates are of searches whose outcome is known. The note says what they cannot show, or why there are none.

    Raises
    ------
    ValueError
        As `searched.sides_of`, and without a row of the reference group.

    Source
    ------
    Becker (1957) for the test; Simoiu, Corbett-Davies and Goel (2017, Annals of Applied Statistics 11) on
    infra-marginality, for why no verdict follows from it. `robust_outcome_test` is the one that gives verdicts.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"group": ["White", "Black"], "searches": [2000, 800], "hits": [600, 120]}
    >>> found = outcome_test(pd.DataFrame(rows), kind="nfa")
    >>> found[["group", "hit_rate", "reference_hit_rate", "hit_difference"]].round(2)
       group  hit_rate  reference_hit_rate  hit_difference
    0  Black      0.15                 0.3           -0.15
    """
    labels, side, _ = sides_of(table, by=by, pool=False)
    pairs = pairs_of(labels, side, by=by, reference=reference, pool=False)
    return hit_rates(pairs, interval=interval, kind=kind, months=months, level=level)


def hit_rates(pairs: Pairs, *, interval: str, kind: str, months: int = 12, level: float = 0.95) -> pd.DataFrame:
    """The table of `outcome_test` for groups that stand beside their reference already."""
    stands = np.flatnonzero(pairs.reason == "")
    one, other = pairs.one.take(stands), pairs.other.take(stands)
    given = {"kind": kind, "months": months, "level": level}
    columns = {}
    for prefix, own in (("", one), ("reference_", other)):
        found = share_limits(hits=own.hits, trials=own.known, target=interval, **given)
        columns[f"{prefix}hit_rate"] = found.estimate
        columns |= {f"{prefix}lower": found.lower, f"{prefix}upper": found.upper}
    apart = hit_difference(one, other, interval=interval, **given)
    columns |= dict(zip(("hit_difference", "difference_lower", "difference_upper"), apart, strict=True))
    numbers = pd.DataFrame(columns, index=stands).reindex(range(len(pairs.reason)))
    counts = {name: pd.array(pairs.one.total(name), dtype="Float64").astype("Int64") for name in ("searches", "hits")}
    given = pairs.reason == ""
    return pd.concat([pairs.labels.assign(**counts), numbers], axis=1).assign(
        interval=pd.array(np.where(given, interval_name(interval, level), ""), dtype="str"),
        note=pd.array(np.where(given, f"{INFRA_MARGINALITY}; {constants_note()}", pairs.reason), dtype="str"),
    )
