"""Odds ratios and rate ratios that others printed with the counts they are made of."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import gammaln, logsumexp

from sas_analysis.measures.intervals.limits import exact_rate_ratio
from sas_analysis.reference import _table
from sas_analysis.validation.figure_checks import compared, rounded

_R_TOLERANCE = np.finfo(float).eps ** 0.25  # of the root that R's fisher.test looks for, in the inverse of the ratio
_FARTHEST = 50.0  # log odds ratio


def fisher(hits: int, of: int, reference_hits: int, reference_of: int, level: float = 0.95) -> tuple:
    """Conditional odds ratio of two shares, and its exact limits.

    Parameters
    ----------
    hits, of, reference_hits, reference_of : int
        Searches and residents of a group, and of the group it is compared with. A resident counts as searched once.
    level : float
        Of the limits.

    Returns
    -------
    tuple of float
        Ratio, lower and upper limit, as R's `fisher.test`: given all four margins the searches of the group follow
        Fisher's noncentral hypergeometric distribution; the ratio has the observed count as its mean, and at the limits
        each tail has half of what the level leaves. Source: Fisher 1935; Cornfield 1956.
    """
    total = hits + reference_hits
    counts = np.arange(max(0, total - reference_of), min(of, total) + 1)
    ways = -sum(gammaln(n + 1) for n in (counts, of - counts, total - counts, reference_of - total + counts))

    def root(miss: Callable[[np.ndarray], float]) -> float:
        def at(log_odds: float) -> float:
            weights = ways + counts * log_odds
            return miss(np.exp(weights - logsumexp(weights)))

        return float(np.exp(brentq(at, -_FARTHEST, _FARTHEST, xtol=1e-12)))

    tail = (1 - level) / 2
    return (
        root(lambda shares: float(shares @ counts) - hits),
        root(lambda shares: float(shares[counts >= hits].sum()) - tail),
        root(lambda shares: tail - float(shares[counts <= hits].sum())),
    )


def check_odds() -> pd.DataFrame:
    """Odds ratios of two boroughs, as R printed them; they agree as far as R looks for them."""
    table = _table("published_odds")
    columns = ("searches_Black", "residents_Black", "searches_White", "residents_White")
    values = [fisher(*(int(getattr(row, column)) for column in columns)) for row in table.itertuples()]
    parts = []
    for at, name in enumerate(("ratio", "lower", "upper")):
        ours, printed = [value[at] for value in values], table[name]
        near = [abs(1 / mine - 1 / float(text)) <= _R_TOLERANCE for mine, text in zip(ours, printed, strict=True)]
        texts = [text if same else rounded(mine, text) for mine, text, same in zip(ours, printed, near, strict=True)]
        figure = [f"odds ratio Black to White: {row.borough}, {row.counts}: {name}" for row in table.itertuples()]
        note = f"R's fisher.test finds the inverse to {_R_TOLERANCE:.5f}"
        parts.append(compared("BlackThrive/national_stop_search", figure, printed, ours, recomputed=texts, note=note))
    return pd.concat(parts, ignore_index=True)


def check_children() -> pd.DataFrame:
    """Rate ratios of children aged 10 to 17 with their exact limits, from counts and residents."""
    table = _table("published_children").astype({"events": int, "residents": int})
    white = table[table["ethnicity"].eq("White")].set_index("decision")
    parts = []
    for row in table[table["ethnicity"].ne("White")].itertuples():
        base = white.loc[row.decision]
        ratio = row.events / row.residents / (base["events"] / base["residents"])
        lower, upper = exact_rate_ratio(
            searches=row.events,
            exposure=row.residents,
            reference_searches=int(base["events"]),
            reference_exposure=int(base["residents"]),
        )
        values = {"ratio": ratio, "lower": float(lower), "upper": float(upper)}
        printed = {name: text for name in values if (text := getattr(row, name))}
        figure = [f"children 10 to 17, {row.decision}: {row.ethnicity} to White: {name}" for name in printed]
        ours = [values[name] for name in printed]
        parts.append(compared("prism-r, year ending March 2025", figure, printed.values(), ours))
    return pd.concat(parts, ignore_index=True)
