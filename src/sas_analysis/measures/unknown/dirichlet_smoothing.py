"""Probabilities of a label in cells of records, from fine cells that lean on coarser ones where they are sparse.

A chain of levels: no column, the first column, the first two, and so on. The probabilities of a cell have a Dirichlet
prior with the coarser cell's probabilities as its mean; its weight, in searches, is estimated for each level.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

WEIGHTS = (1.0, 1e4)  # searches: the least and the most a coarser cell may weigh
_FEW = 7  # columns that numpy adds up in their order; of more, some are added in pairs
_TOP_PRIOR = 0.5  # a search of each label: Jeffreys's


@dataclass(frozen=True)
class Chain:
    """Known counts of every level, which coarser cell each cell is in, and how much that one weighs.

    counts : a level each, arrays (cells, labels). parents : positions in the level above, None for the first.
    weights : searches, a level each, None for the first. cells : position in the last level of every row asked for.
    """

    counts: list
    parents: list
    weights: list
    cells: np.ndarray

    def mean(self):
        """Posterior mean probabilities of every row asked for: (rows, labels)."""
        return self._descend(_shares)

    def draw(self, rng):
        """One draw of the probabilities from their posterior, coarse cells first: (rows, labels)."""

        return self._descend(lambda shape: _shares(rng.standard_gamma(shape)))

    def _descend(self, posterior):
        probabilities = posterior(self.counts[0] + _TOP_PRIOR)
        for counts, parent, weight in zip(self.counts[1:], self.parents[1:], self.weights[1:], strict=True):
            probabilities = posterior(counts + weight * probabilities[parent])
        return probabilities[self.cells]


def chain(keys, known, rows):
    """The chain of levels for cells of records.

    keys : DataFrame, a row per pattern, the columns from the first to be given up last. known : array (patterns,
    labels), searches of known label. rows : bool per pattern, those whose probabilities are wanted.
    """
    counts, parents, weights = [known.sum(axis=0, keepdims=True)], [None], [None]
    above = np.zeros(len(keys), dtype=int)
    for last in range(len(keys.columns)):
        here = keys.iloc[:, : last + 1].groupby(list(keys.columns[: last + 1]), sort=False).ngroup().to_numpy()
        parent = np.zeros(here.max(initial=-1) + 1, dtype=int)
        parent[here] = above
        sums = np.stack([np.bincount(here, label, len(parent)) for label in known.T], axis=1)
        counts.append(sums)
        parents.append(parent)
        weights.append(_weight(sums, counts[-2][parent]))
        above = here
    counts, pointers = _asked_for(counts, [*parents[1:], above[np.asarray(rows)]])
    return Chain(counts, [None, *pointers[:-1]], weights, pointers[-1])


def _asked_for(counts, pointers):
    """Levels without the cells that no row asked for is in: these tell the weights, and need no probabilities.

    pointers : for each level, which of its cells those of the next level, or the rows, are in.
    """
    counts, pointers = list(counts), list(pointers)
    for level in reversed(range(len(counts))):
        used, pointers[level] = np.unique(pointers[level], return_inverse=True)
        counts[level] = counts[level][used]
        if level:
            pointers[level - 1] = pointers[level - 1][used]
    return counts, pointers


def _weight(counts, coarser):
    """Searches a coarser cell weighs: the most likely under Dirichlet-multinomial counts about its shares."""
    some = counts.sum(axis=1) > 0
    counts = counts[some]
    if len(counts) < 2:
        return WEIGHTS[1] if len(counts) else WEIGHTS[0]
    shares, totals = _shares(coarser[some] + _TOP_PRIOR), _sums(counts)
    at, gained = np.flatnonzero(counts), np.zeros(counts.size)  # a label without a search adds nothing
    # Most are sparse: few pairs of a count and a share are different, and each is worked out once.
    pairs, pair = np.unique(counts.ravel()[at] + 1j * shares.ravel()[at], return_inverse=True)

    def unlikely(log_weight):
        weight = _sums(np.exp(log_weight) * shares)
        cells = gammaln(weight) - gammaln(weight + totals)
        prior = np.exp(log_weight) * pairs.imag
        gained[at] = (gammaln(prior + pairs.real) - gammaln(prior))[pair]
        return -(cells.sum() + gained.sum())

    return float(np.exp(minimize_scalar(unlikely, bounds=np.log(WEIGHTS), method="bounded").x))


def _shares(amounts):
    """Each row over its sum."""
    return amounts / _sums(amounts)[:, None]


def _sums(amounts):
    """The sum of every row. Of few columns, one after the other: numpy's sum, in a tenth of its time."""
    if amounts.shape[1] > _FEW:
        return amounts.sum(axis=1)
    return sum(amounts.T[1:], start=amounts[:, 0])
