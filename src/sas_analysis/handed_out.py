"""Tables that are handed out as copies: what somebody changes in one that he is given changes no later result.

A copy shares its columns with the table until one of the two is changed (pandas copies then), so it costs next to
nothing, however many rows there are.
"""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any

import pandas as pd


def handed_out(value: Any) -> Any:
    """A table, or estimates with their table, as they may be given away; anything else as it is."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.copy(deep=False)
    if isinstance(getattr(value, "frame", None), pd.DataFrame):
        estimates = copy(value)
        estimates.__dict__["frame"] = handed_out(value.frame)
        return estimates
    return value


class table_property(cached_property):
    """A cached property that is a table: made once, and a copy of it each time somebody asks."""

    def __get__(self, instance, owner=None):
        """A copy of the table; the one that is kept stays in `__dict__`, under the same name."""
        if instance is None:
            return self
        known = instance.__dict__
        if self.attrname not in known:
            known[self.attrname] = self.func(instance)
        return handed_out(known[self.attrname])

    def __set__(self, instance, value):
        """Only with this does Python ask `__get__` for what `__dict__` has."""
        instance.__dict__[self.attrname] = value


class _Field:
    """A field of a dataclass that is a table, or may be one."""

    def __init__(self, name: str):
        self._name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self._name not in instance.__dict__:
            raise AttributeError(f"{type(instance).__name__} has no {self._name}")
        return handed_out(instance.__dict__[self._name])

    def __set__(self, instance, value):
        instance.__dict__[self._name] = value


def table_fields(*names: str) -> Callable[[type], type]:
    """A dataclass some of whose fields are tables, which it hands out as copies.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @table_fields("rows")
    ... @dataclass(frozen=True)
    ... class Held:
    ...     rows: pd.DataFrame
    >>> held = Held(pd.DataFrame({"searches": [1, 2]}))
    >>> held.rows.loc[0, "searches"] = 9
    >>> held.rows["searches"].tolist()
    [1, 2]
    """

    def decorated(kind: type) -> type:
        for name in names:
            setattr(kind, name, _Field(name))
        return kind

    return decorated


class Tables(dict):
    """Tables by what they are of, each handed out as a copy."""

    def __getitem__(self, key):
        """A copy of the table of a key."""
        return handed_out(super().__getitem__(key))
