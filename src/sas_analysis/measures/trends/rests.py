"""What a step rests on: the searches of either kind on either side of it, up to the steps before and after."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from sas_analysis.measures.intervals.result import FEW
from sas_analysis.measures.trends.monthly import COUNT, SHARE, Monthly

FEWEST_OF_SIDE = FEW  # as everywhere: what rests on fewer searches is no headline


def rests_on(series: Monthly, at: Sequence[int]) -> np.ndarray:
    """The fewest searches that each of some steps rests on: array (steps,).

    series : Monthly. at : the first month of each step, by its number, in time.

    A step parts the months between its neighbours into two sides. Of each side and each kind of searches (those of the
    group and of the reference; those in a share and outside it; all of a count) these are the searches that would be
    expected if both sides were alike, which the p rests on, and those counted, which the level of a side and so the
    size of the step rests on. A share may fall to none and rest on many searches: of it only the expected ones matter.

    Examples
    --------
    >>> months = [f"2020-{n:02}" for n in range(1, 13)]
    >>> made = Monthly("arrest_rate", months, [[20]] * 9 + [[0]] * 3, trials=[[200]] * 12, kind="arrest")
    >>> rests_on(made, [9]).tolist()  # 60 in each quarter before, 45 expected in the last
    [45.0]
    """
    edges, place = [0, *at, len(series.months)], np.arange(len(series.months))
    sides = [series.used & (place >= first) & (place < end) for first, end in pairwise(edges)]
    return np.array([_fewest(series, sides[n : n + 2]) for n in range(len(at))])


def _fewest(series: Monthly, sides) -> float:
    of = series.exposure if series.form == COUNT else series.trials.sum(-1)
    size, hits = (np.array([values[side].sum() for side in sides]) for values in (of, series.hits.sum(-1)))
    kinds = np.array([hits] if series.form == COUNT else [hits, size - hits])
    expected = kinds.sum(1, keepdims=True) * size / size.sum()
    return float(expected.min() if series.form == SHARE else min(expected.min(), kinds.min()))


def parted(series: Monthly, at: Sequence[int]) -> tuple[list[int], dict[int, float]]:
    """Steps that rest on `FEWEST_OF_SIDE` searches or more, and the searches that each of the others rests on.

    One that does not is taken out, the one with the fewest first, and the sides of its neighbours widen.

    series, at : as `rests_on`.

    Examples
    --------
    >>> months = [f"2020-{n:02}" for n in range(1, 13)]
    >>> made = Monthly("arrest_rate", months, [[6]] * 9 + [[1]] * 3, trials=[[100]] * 12, kind="arrest")
    >>> parted(made, [9])
    ([], {9: 14.25})
    """
    kept, out = list(map(int, at)), {}
    while kept:
        fewest = rests_on(series, kept)
        least = int(np.argmin(fewest))
        if fewest[least] >= FEWEST_OF_SIDE:
            break
        out[kept.pop(least)] = float(fewest[least])
    return kept, out
