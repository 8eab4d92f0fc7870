"""Designs of logits on counts per pattern: labels as columns of 0 and 1, without what has no end or says nothing."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import linalg

_CERTAIN = 1e-7  # a fitted risk so near to 0 or 1 that its coefficient has no finite value
_DEPENDENT = 1e-9  # what is left of a column that others make up, of its length


def unsettled(patterns: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The patterns whose labels all have hits and misses.

    Where all trials of a label end alike, the likelihood is highest with no end to the label's effect; their risk is
    then 0 or 1 whatever else is so, and they say nothing of other effects.

    Parameters
    ----------
    patterns : DataFrame
        `<names> | trials | hits`.
    names : sequence of str
        Columns of labels.
    """
    own = [pd.factorize(patterns[name])[0] for name in names]
    kept = ~settled(own, *(patterns[count].to_numpy(dtype=float) for count in ("hits", "trials")))
    return patterns[kept].reset_index(drop=True)


def settled(codes: Sequence[np.ndarray], hits: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Marks the patterns that `unsettled` leaves out. codes : an array (n,) for each column, a number a label."""
    found = np.zeros(len(trials), dtype=bool)
    while True:
        before = found.sum()
        for own in codes:
            of_label, hit = (np.bincount(own, count * ~found) for count in (trials, hits))
            found |= ((hit == 0) | (hit == of_label))[own]
        if found.sum() == before:
            return found


def indicators(patterns: pd.DataFrame, names: Sequence[str]) -> dict[str, np.ndarray]:
    """A column of 0 and 1 for every label of some columns but the commonest of each: "<name>: <label>" -> values."""
    columns = {}
    for name in names:
        own, labels = pd.factorize(patterns[name], sort=True)
        commonest = np.argsort(-np.bincount(own, patterns["trials"]), kind="stable")
        columns |= {f"{name}: {labels[code]}": (own == code) * 1.0 for code in commonest[1:]}
    return columns


def independent(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Columns as a design, without those that the ones before them make up."""
    design = np.column_stack(list(columns.values()))
    diagonal = np.zeros(design.shape[1])
    own = np.abs(np.diag(linalg.qr(design, mode="r")[0]))
    diagonal[: len(own)] = own[: design.shape[1]]
    kept = diagonal > _DEPENDENT * np.sqrt((design**2).sum(0))
    return pd.DataFrame(design[:, kept], columns=np.array(list(columns))[kept])


def without_end(risk: np.ndarray) -> bool:
    """Whether fitted risks show that some effect has no end: they are none, or so near to 0 or 1."""
    return not np.isfinite(risk).all() or min(risk.min(), 1 - risk.max()) < _CERTAIN
