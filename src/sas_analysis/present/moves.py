"""What moves from one number to another, told by the digits that are printed.

Every sentence that sets a number beside another ("2.9 instead of 2.4", "from 2.4 to 2.9", "changes most for") asks
here: where both would be printed alike, nothing moves that a reader could see, and the sentence says so or is left out.
"""

import math
from collections.abc import Callable, Hashable
from typing import NamedTuple

import pandas as pd

from sas_analysis.measures.registry import MEASURES, RATE, RATIO
from sas_analysis.present import prose


class Move(NamedTuple):
    """A label whose number moves, the number before and after as it is printed, and how far that is."""

    label: Hashable
    before: str
    after: str
    far: float


def alike(*texts: str) -> bool:
    """Whether numbers as they are printed are one and the same.

    Examples
    --------
    >>> alike("2.1", "2.1"), alike("1.2", "1.20"), alike("26.1%", "26.2%")
    (True, True, False)
    """
    return len({_value(text) for text in texts}) < 2


def _value(text: str) -> float | str:
    try:
        return float(text.strip("()%").replace(",", ""))
    except ValueError:
        return text


def farthest(
    before: pd.Series, after: pd.Series, measure: str, write: Callable[[float, str], str] | None = None
) -> Move | None:
    """The label whose number moves farthest, of those whose printed numbers differ; None where none does.

    Ratios and rates move by a factor, anything else by a difference. A label that only one of the two has is left out.

    Parameters
    ----------
    before, after : Series
        Numbers by label.
    measure : str
        Of which they are.
    write : callable, optional
        A number of a measure as text; by default with the digits of a headline.

    Examples
    --------
    >>> before, after = pd.Series({"Asian": 2.07, "Black": 2.36}), pd.Series({"Asian": 2.09, "Black": 3.10})
    >>> farthest(before, after, "disproportionality_ratio")[:3]
    ('Black', '2.4', '3.1')
    >>> farthest(before.head(1), after, "disproportionality_ratio") is None
    True
    """
    write = write or (lambda value, name: prose.headline(value, name)[0])
    both = pd.DataFrame({"before": before.astype(float), "after": after.astype(float)}).dropna()
    moves = [
        Move(label, write(one, measure), write(other, measure), _distance(one, other, measure))
        for label, (one, other) in zip(both.index, both.to_numpy(), strict=True)
    ]
    return max((move for move in moves if not alike(move.before, move.after)), key=lambda move: move.far, default=None)


def _distance(before: float, after: float, measure: str) -> float:
    if measure in MEASURES and MEASURES[measure].kind in (RATIO, RATE):
        low, high = sorted((abs(before), abs(after)))
        return high / low if low else math.inf
    return abs(after - before)
