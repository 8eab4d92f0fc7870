"""The difference of two groups' shares within strata: Mantel and Haenszel's, with the variances of its searches."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.measures.outcomes.patterns import PairCounts, codes


@dataclass(frozen=True)
class WithinStrata:
    """A difference of shares within strata.

    Attributes
    ----------
    beyond, weight : sums of which the difference is the quotient
    se : standard error for independent searches
    se_clustered : the same with whole months as clusters; missing with fewer than two
    clusters : months that say something
    strata : strata with both groups
    alone : searches in strata without the other group, which say nothing
    """

    beyond: float
    weight: float
    se: float
    se_clustered: float
    clusters: int
    strata: int
    alone: int

    @property
    def difference(self) -> float:
        """Share of the group less that of the reference; missing where no stratum has both."""
        return self.beyond / self.weight if self.weight > 0 else np.nan


def within_strata(patterns: pd.DataFrame, strata: list[str]) -> WithinStrata:
    """Mantel and Haenszel's difference of the shares of a group and of its reference.

    Parameters
    ----------
    patterns : DataFrame
        As `in_patterns` makes it, by the columns of the strata at least.
    strata : list of str
        Its columns that make a stratum; without one, all searches are of one.

    Source
    ------
    Greenland and Robins (1985), Biometrics 41, 55-68; variance: Sato (1989), Biometrics 45, 1323-1324.
    """
    place, counted = codes(patterns, strata), PairCounts.of(patterns)
    counts = _by_stratum(counted, place)
    n, m = counts[1], counts[3]
    both = (n > 0) & (m > 0)
    a, n, c, m = (count[both] for count in counts)
    beyond, weight = float(((a * m - c * n) / (n + m)).sum()), float((n * m / (n + m)).sum())
    alone = int(counts[1][~both].sum() + counts[3][~both].sum())
    if not weight:
        return WithinStrata(beyond, 0.0, np.nan, np.nan, 0, 0, alone)
    se = np.sqrt(sato_variance(a, n, c, m))
    inside = both[place]
    place = (np.cumsum(both) - 1)[place[inside]]
    clustered, clusters = _clustered(counted.take(inside), place, beyond / weight, weight)
    return WithinStrata(beyond, weight, float(se), clustered, clusters, int(both.sum()), alone)


def sato_variance(hits, trials, reference_hits, reference_trials) -> float:
    """Variance of Mantel and Haenszel's difference, for few large strata and for many small ones. A value a stratum.

    Source
    ------
    Sato (1989), Biometrics 45, 1323-1324; R metafor `rma.mh(measure="RD")`.
    """
    a, n, c, m = (np.asarray(count, dtype=float) for count in (hits, trials, reference_hits, reference_trials))
    total = n + m
    weight = (n * m / total).sum()
    difference = ((a * m - c * n) / total).sum() / weight
    p = (n**2 * c - m**2 * a + n * m * (m - n) / 2) / total**2
    q = (a * (m - c) + c * (n - a)) / (2 * total)
    return max(float((difference * p.sum() + q.sum()) / weight**2), 0.0)


def _by_stratum(counted: PairCounts, place):
    """Hits and trials of the group, then of the reference, a value a stratum."""
    number = int(place.max(initial=-1)) + 1
    own = counted.in_group
    return [
        np.bincount(place[rows], counts[rows], minlength=number)
        for rows in (own, ~own)
        for counts in (counted.hits, counted.trials)
    ]


def _clustered(counted: PairCounts, place, difference, weight):
    """Standard error with months as clusters, and their number.

    The difference is the coefficient of the group in a regression of the outcome on groups and strata by least
    squares, so its variance by clusters is that regression's.
    """
    number = counted.clusters
    if number < 2:
        return np.nan, number
    a, n, c, m = _by_stratum(counted, place)
    part, share = (n / (n + m))[place], ((a + c) / (n + m))[place]
    apart = counted.in_group - part
    residual = counted.hits - counted.trials * (share + difference * apart)
    scores = np.bincount(counted.cluster, apart * residual)
    return float(np.sqrt(number / (number - 1) * (scores**2).sum()) / weight), number
