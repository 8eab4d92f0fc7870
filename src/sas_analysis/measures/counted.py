"""Searches counted by force, month and group: as a table, and as the array whose axes sums are taken over."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sas_analysis.codes import positions
from sas_analysis.measures.intervals.time import WEEKS, month_codes
from sas_analysis.measures.shares import as_list, cells, count_cells, require_columns


@dataclass(frozen=True, eq=False)
class Counted:
    """Searches of every group in every published month of every force, zeros included; `count` makes it.

    Attributes
    ----------
    months : DataFrame
        `force | month`, a row for each month published, categories in the order in which they come.
    groups : dict of str to CategoricalDtype
        The columns of a group, and the labels of each.
    amounts : array (rows of months, labels of the first column, labels of the second, ...)
    """

    months: pd.DataFrame
    groups: dict[str, pd.CategoricalDtype]
    amounts: np.ndarray

    @property
    def forces(self) -> list[str]:
        """The forces that published a month."""
        return list(self.months["force"].cat.categories)

    @cached_property
    def month(self) -> tuple[np.ndarray, list[str]]:
        """The place of every row of `months` in time, and all months from the first to the last."""
        return month_codes(self.months["month"])

    def frame(self) -> pd.DataFrame:
        """`force | month | <groups> | searches`, a row for each month and group."""
        shape = self.amounts.shape[1:]
        number = int(np.prod(shape))
        every = np.indices(shape, dtype=np.int16).reshape(len(shape), number)
        columns = {name: np.repeat(months.cat.codes.to_numpy(), number) for name, months in self.months.items()}
        columns |= {name: np.tile(codes, len(self.months)) for name, codes in zip(self.groups, every, strict=True)}
        dtypes = dict(self.months.dtypes) | self.groups
        made = {name: pd.Categorical.from_codes(codes, dtype=dtypes[name]) for name, codes in columns.items()}
        return pd.DataFrame(made | {"searches": pd.array(self.amounts.ravel(), dtype="Int64")})

    def labels(self, by: Sequence[str]) -> pd.DataFrame:
        """The groups of some columns, a row each, in the order of their labels. by : of `groups`, or "force"."""
        dtypes = [self.months["force"].dtype if name == "force" else self.groups[name] for name in by]
        shape = [len(dtype.categories) for dtype in dtypes]
        if not by:  # all together are one group
            return pd.DataFrame(index=range(1))
        codes = np.unravel_index(np.arange(int(np.prod(shape))), shape)
        made = zip(by, codes, dtypes, strict=True)
        return pd.DataFrame({name: pd.Categorical.from_codes(own, dtype=dtype) for name, own, dtype in made})

    def arranged(self, by: Sequence[str]) -> np.ndarray:
        """The searches of the groups of `labels`: (groups, forces, months, weeks).

        One force where `by` has the force, else `forces`; one week where `groups` has none. A month that was not
        published holds zeros and keeps its place.
        """
        month, names = self.month
        spread = np.zeros((len(self.forces), len(names), *self.amounts.shape[1:]))
        spread[self.months["force"].cat.codes, month] = self.amounts
        axes = ["force", "month", *self.groups]
        kept = [*by, *(name for name in ("force", "month", "week") if name in axes and name not in by)]
        spread = spread.sum(axis=tuple(at for at, name in enumerate(axes) if name not in kept))
        left = [name for name in axes if name in kept]
        spread = spread.transpose([left.index(name) for name in kept])
        forces = 1 if "force" in by else len(self.forces)
        weeks = len(self.groups["week"].categories) if "week" in self.groups else 1
        return spread.reshape(-1, forces, len(names), weeks)


class SumsOfArray:
    """The sums of `Counted` by some of its columns, and "force".

    groups : the columns and `searches`, a row a group. month : the place in time of every published month of a force,
    and all months; None where counts have no month. force : of which force each of these is.
    """

    def __init__(self, counted: Counted, by: Sequence[str]):
        self.own, self.arranged = counted.forces, counted.arranged(by)
        self.month, self.force, self.of_one = counted.month, counted.months["force"], "force" in by
        searches = self.arranged.sum(axis=(1, 2, 3)).astype("int64")
        self.groups = counted.labels(by).assign(searches=pd.array(searches, dtype="Int64") if by else searches)

    def by_force(self, forces) -> np.ndarray:
        """Searches (groups, forces, months, weeks) of some forces; of one a group where a group has its force."""
        if self.of_one or list(forces) == self.own:
            return self.arranged
        place = positions(pd.Series(self.own), forces)
        placed = np.zeros((len(self.arranged), len(forces), *self.arranged.shape[2:]))
        placed[:, place[place >= 0]] = self.arranged[:, place >= 0]
        return placed


class SumsOfTable:
    """The same of the counts of an exposure as a table: with any columns, with or without months and forces."""

    def __init__(self, exposure, by: Sequence[str]):
        require_columns(exposure.counts, by, "the counts")
        _refuse_nameless(exposure.counts, by)
        self._exposure, self.of_one = exposure, "force" in by
        self.groups, self._group = _sum(exposure.counts, by, "searches")

    @property
    def force(self) -> pd.Series:
        """The force of every row of the counts."""
        return self._exposure.counts_by_force["force"]

    @cached_property
    def month(self):
        """The place in time of every row of the counts, and all months."""
        counts = self._exposure.counts
        return month_codes(counts["month"]) if "month" in counts.columns else None

    def by_force(self, forces) -> np.ndarray:
        """As `SumsOfArray`; totals (groups, forces) without months."""
        counts, number = self._exposure.counts_by_force, 1 if self.of_one else len(forces)
        force = 0 if number == 1 else positions(counts["force"], forces)
        there = (self._group >= 0) & (force >= 0)
        amounts = counts["searches"].to_numpy(dtype=float, na_value=0)
        place, shape = [self._group * number + force], [len(self.groups) * number]
        if self.month is not None:
            weeks = "week" in counts.columns
            place += [
                self.month[0],
                counts["week"].astype(int).to_numpy() if weeks else np.zeros(len(counts), dtype=int),
            ]
            shape += [len(self.month[1]), WEEKS if weeks else 1]
        cell = np.ravel_multi_index([codes[there] for codes in place], shape)
        sums = np.bincount(cell, amounts[there], np.prod(shape))
        return sums.reshape(len(self.groups), number, *shape[1:])


def _refuse_nameless(counts, by):
    """Raise ValueError for counts without a label: they would be in no group, and so left out."""
    for name in by:
        if nameless := int(counts[name].isna().sum()):
            raise ValueError(f'the counts hold {nameless} row(s) without a label of {name}: name it, such as "Unknown"')


def _sum(counts, by, column):
    """Sum by group, and the group of every row (-1: none).

    Groups are in the order of their labels, or of appearance where a column is no categorical.
    """
    if not by:
        return pd.DataFrame({column: [counts[column].sum()]}), np.zeros(len(counts), dtype=int)
    keys = [
        key if isinstance(key.dtype, pd.CategoricalDtype) else key.astype(pd.CategoricalDtype(key.unique()))
        for key in (counts[name] for name in by)
    ]
    # Where no month counts there is no row, and every label keeps its own: with no searches and no exposure.
    groups = counts.groupby(keys, observed=not counts.empty)
    return groups[column].sum().reset_index(), groups.ngroup().fillna(-1).to_numpy(dtype=int)


def count(searches, by, *, published=None) -> Counted:
    """`Counted` of the clean table. Arguments as `count_searches`."""
    by = [column for column in as_list(by) if column not in ("force", "month")]
    require_columns(searches, ["force", "month", *by])
    keys, cell = cells(searches, ["force", "month", *by])
    forces, names = (key.cat.categories.astype("str") for key in keys[:2])
    shape = [len(key.cat.categories) for key in keys]
    amounts = count_cells(searches, (keys, cell)).reshape(shape)
    pairs = pd.MultiIndex.from_product([forces, names], names=["force", "month"])
    occur = pd.Series(amounts.sum(axis=tuple(range(2, len(shape)))).ravel(), index=pairs, name="searches")
    occur = occur[occur.gt(0)]
    months = occur.index.to_frame(index=False) if published is None else published[["force", "month"]]
    months = months.astype("str").drop_duplicates()
    _refuse_unpublished(occur, months)
    force, month = forces.get_indexer(months["force"]), names.get_indexer(months["month"])
    # Their order stays that in which they were given.
    dtypes = {name: pd.CategoricalDtype(column.unique()) for name, column in months.items()}
    months = months.astype(dtypes).reset_index(drop=True)
    there = (force >= 0) & (month >= 0)
    counted = np.zeros((len(months), *shape[2:]), dtype="int64")
    counted[there] = amounts[force[there], month[there]]
    return Counted(months, {key.name: key.dtype for key in keys[2:]}, counted)


def count_searches(searches, by, *, published=None):
    """Count searches of every group in every published month of every force, zeros included.

    searches : clean table. by : group columns beside force and month. published : `force | month`, the
    months published (coverage.published_force_months). Without it the months that occur: wrong for a selection so
    narrow that a published month holds none of it.
    Returns `force | month | <by> | searches`. Raises ValueError for searches in a month not in `published`.
    """
    return count(searches, by, published=published).frame()


def _refuse_unpublished(occur, months):
    """occur : searches by (force, month), those that have any."""
    found = occur[~occur.index.isin(pd.MultiIndex.from_frame(months))]
    if len(found):
        raise ValueError(f"searches in {len(found)} force-month(s) not in `published`:\n{found.head().to_string()}")
