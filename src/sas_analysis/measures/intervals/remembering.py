"""The last answers of a function of arrays, kept for whoever asks the same again.

Limits are asked for twice of the same counts, those of the level and those of the months: what months show of how they
vary is the same for both, and most of the work.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import wraps

import numpy as np
import pandas as pd


def remembering(most: int) -> Callable:
    """A function that compares its arguments with those of its last few calls, to the last digit, before it works.

    Parameters
    ----------
    most : int
        How many answers are kept.

    Examples
    --------
    >>> @remembering(2)
    ... def double(values):
    ...     print("works")
    ...     return 2 * values
    >>> [int(double(np.array([n])).sum()) for n in (1, 2, 1, 3, 1)]
    works
    works
    works
    [2, 4, 2, 6, 2]
    """

    def kept(function):
        held = ()

        @wraps(function)
        def asked(*given, **named):
            nonlocal held
            before, of = held, (*given, *sorted(named.items()))  # one look: another thread may replace it
            known = next((one for one in before if _same(one[0], of)), None)
            if known is None:
                known = tuple(map(_copied, of)), function(*given, **named)
            held = (known, *(one for one in before if one is not known))[:most]
            return known[1]

        return asked

    return kept


def remembering_last(function: Callable) -> Callable:
    """A function that compares its arguments with those of its last call, to the last digit, before it works.

    Examples
    --------
    >>> @remembering_last
    ... def double(values):
    ...     print("works")
    ...     return 2 * values
    >>> [int(double(np.array([n])).sum()) for n in (1, 1, 2)]
    works
    works
    [2, 2, 4]
    """
    return remembering(1)(function)


def _copied(value):
    """A value that stays as it is, whatever becomes of the array that was given. Tuples are answers: nobody writes."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if is_dataclass(value):
        arrays = {field.name: getattr(value, field.name) for field in fields(value)}
        return replace(value, **{name: array.copy() for name, array in arrays.items() if isinstance(array, np.ndarray)})
    return value


def _bits(values):
    """Numbers by which values are the same or not: of floats those that they are made of, for these know no nan."""
    return values.view(np.int64) if values.dtype == np.float64 else values


def _same(one, other) -> bool:
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and one.dtype == other.dtype and np.array_equal(_bits(one), _bits(other))
    if isinstance(one, pd.DataFrame):
        return one.equals(other)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(_same, one, other))
    if is_dataclass(one):
        return all(_same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return bool(one == other)
