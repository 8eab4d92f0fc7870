"""Searches, residents and published months together: what every rate and ratio takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sas_analysis.codes import labels_that_occur, positions
from sas_analysis.measures.coverage import in_months, months_published, published_force_months
from sas_analysis.measures.intervals.time import WEEKS, knows_weeks, month_codes, week_of
from sas_analysis.measures.shares import as_list, is_known, require_columns, tally
from sas_analysis.months import DAYS_OF_A_YEAR, days_in
from sas_analysis.rounding import round_to_of

NO_MONTH = "not estimable: no month was published that counts"


@dataclass(frozen=True, eq=False)
class Exposure:
    """Counts of searches, the residents they are divided by, and the months in which both were counted.

    Checked once, when it is made; every rate and ratio takes one. `dataclasses.replace` gives it other counts.

    Parameters
    ----------
    counts : DataFrame
        `<by> | searches`, with `force` where there are several, and `month` and `week` (of the month, 0 to 3) to judge
        how much they vary: what `count_searches` gives.
    residents : DataFrame or None
        `<by> | residents` (persons), with `force` where there are several. Groups of a column that it lacks (object
        of search) share the residents. None, or anything, where there is a problem.
    months : DataFrame or number
        Published months: `force | months | days` (`coverage.months_published`), or a number for one force. The days
        are the exposure; months without days are twelfths of a year.
    problem : str or None
        Why residents do not measure exposure here (City of London): counts stay, rates are missing and say it.

    Raises
    ------
    ValueError
        For a missing column, negative residents, months that are no number or not one of each force, searches of a
        force without a published month, and counts by month that hold other months than were published.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"ethnicity_5": ["White", "Black"], "searches": [600, 240]})
    >>> people = pd.DataFrame({"ethnicity_5": ["White", "Black"], "residents": [300_000, 30_000]})
    >>> exposure = sas.Exposure(counts, people, months=12)
    >>> sas.search_rate(exposure, by="ethnicity_5")["estimate"].tolist()
    [2.0, 8.0]
    """

    counts: pd.DataFrame
    residents: pd.DataFrame | None
    months: pd.DataFrame | float
    problem: str | None = None

    def __post_init__(self):
        require_columns(self.counts, ["searches"], "the counts")
        if self.problem:
            return
        require_columns(self.residents, ["residents"], "the residents")
        _refuse_forces_without_months(self.counts, self.months_by_force)
        if "force" not in self.residents.columns and len(self.months_by_force) > 1:
            forces = len(self.months_by_force)
            raise ValueError(f"{forces} forces and residents without a column force: whose residents are they?")
        if self.residents["residents"].lt(0).any():
            raise ValueError("the residents hold negative counts")
        if "month" in self.counts.columns:
            _refuse_other_months(self.counts_by_force, self.months_by_force, in_days=_in_days(self.months))

    @classmethod
    def of(
        cls,
        searches: pd.DataFrame,
        grid: pd.DataFrame,
        residents: pd.DataFrame | None,
        *,
        by: str | Sequence[str] = "ethnicity_5",
        problem: str | None = None,
    ) -> "Exposure":
        """Exposure of the searches of a grid's months that count.

        Parameters
        ----------
        searches : DataFrame
            Clean table; searches of months that do not count are left out.
        grid : DataFrame
            `Study.coverage`, or some rows of it.
        residents, problem
            As `Exposure`.
        by : str or list of str
            Columns to count by, beside force and month.

        Examples
        --------
        >>> people = sas.denominator(study.coverage).residents
        >>> exposure = sas.Exposure.of(study.searches, study.coverage, people)
        >>> int(exposure.counts["searches"].sum()), exposure.months["months"].tolist()
        (1618, [6])
        """
        published = published_force_months(grid)
        searches, by = in_months(searches, published), as_list(by)
        if round_to_of(searches):  # of the whole period: most counts of a month would be rounded away
            counts = tally(searches, ["force", *(column for column in by if column != "force")])
            return cls(_text(counts, ["force"]), residents, months_published(grid), problem)
        if knows_weeks(searches):
            searches = searches.assign(week=pd.Categorical.from_codes(week_of(searches), categories=range(WEEKS)))
            by = ["week", *(column for column in by if column != "week")]
        counts = count_searches(searches, by, published=published)
        return cls(counts, residents, months_published(grid), problem)

    @cached_property
    def months_by_force(self) -> pd.DataFrame:
        """`force | months | years` of every force, its name "" where none is named."""
        return _months_by_force(self.months, self.counts, self.residents)

    @cached_property
    def counts_by_force(self) -> pd.DataFrame:
        """The counts with a text column `force`; those without one are of the only force there is."""
        if "force" in self.counts.columns:
            force = self.counts["force"]
            return self.counts if isinstance(force.dtype, pd.CategoricalDtype) else _text(self.counts, ["force"])
        forces = self.months_by_force["force"]
        if len(forces) > 1:
            raise ValueError(f"counts by month of {len(forces)} forces without a column force: whose months are they?")
        return self.counts.assign(force=forces.iloc[0])


def count_searches(searches, by, *, published=None, categories=None):
    """Count searches of every group in every published month of every force, zeros included.

    searches : clean table. by : group columns beside force and month. categories : as `shares.tally`.
    published : `force | month`, the months published (coverage.published_force_months). Without it the months
    that occur: wrong for a selection so narrow that a published month holds none of it.
    Returns `force | month | <by> | searches`. Raises ValueError for searches in a month not in `published`.
    """
    by = [column for column in as_list(by) if column not in ("force", "month")]
    require_columns(searches, ["force", "month", *by])
    found, groups = (tally(searches, keys, categories=categories) for keys in (["force", "month", *by], by))
    forces, names = (found[column].cat.categories.astype("str") for column in ("force", "month"))
    amounts = found["searches"].to_numpy(dtype="int64").reshape(len(forces), len(names), len(groups))
    pairs = pd.MultiIndex.from_product([forces, names], names=["force", "month"])
    occur = pd.Series(amounts.sum(axis=2).ravel(), index=pairs, name="searches")
    occur = occur[occur.gt(0)]
    months = occur.index.to_frame(index=False) if published is None else published[["force", "month"]]
    months = months.astype("str").drop_duplicates()
    _refuse_unpublished(occur, months)
    force, month = forces.get_indexer(months["force"]), names.get_indexer(months["month"])
    # Each is repeated for every group; their order stays that in which they were given.
    months = months.apply(lambda column: column.astype(pd.CategoricalDtype(column.unique())))
    there = (force >= 0) & (month >= 0)
    counted = np.zeros((len(months), len(groups)), dtype="int64")
    counted[there] = amounts[force[there], month[there]]
    place, group = np.indices(counted.shape).reshape(2, -1)
    parts = [frame.iloc[rows].reset_index(drop=True) for frame, rows in ((months, place), (groups[by], group))]
    return pd.concat(parts, axis=1).assign(searches=pd.array(counted.ravel(), dtype="Int64"))


def exposure_by_group(exposure, *, by):
    """Counts and exposure of every group: `<by> | searches | resident_years | reason`.

    by : columns. `reason` is "" where a rate can be estimated.
    Raises ValueError if a group has searches and no resident count, or two rows of residents are of one group.
    """
    return _exposure(exposure, as_list(by))[0]


def exposure_by_month(exposure, *, by):
    """What `exposure_by_group` gives, and searches and resident-years of each group in each month.

    The second is two arrays (groups, months), or None where counts have no month or there is a problem. A month in
    which a force published nothing adds nothing to either.
    """
    groups, cells, group_of = _exposure(exposure, as_list(by))
    if cells is None or "month" not in exposure.counts.columns:
        return groups, None
    counts = exposure.counts_by_force
    names = np.array(sorted(labels_that_occur(counts["month"])), dtype=object)
    month = positions(counts["month"], names)
    shape, counted = (len(groups), len(names)), group_of >= 0
    amounts = counts["searches"].to_numpy(dtype=float, na_value=0)
    searches = _added((group_of[counted], month[counted]), amounts[counted], shape)
    years, of_group = _years_by_month(exposure, cells, month, names), cells["group"].to_numpy()
    place = (np.repeat(of_group, len(names)), np.tile(np.arange(len(names)), len(cells)))
    return groups, (searches, _added(place, years.ravel(), shape))


def exposure_by_force(exposure, *, by):
    """What `exposure_by_group` gives, and searches and resident-years of each group in each force and month.

    Returns groups, (searches, years, months): arrays (groups, forces, months, weeks) and (groups, forces, months). A
    month that was not published holds zeros and keeps its place; without months, totals (groups, forces) of so many
    `months`. One force a group where `by` has the force. None instead of the three where there is a problem, or no
    month.
    """
    groups, cells, group_of = _exposure(exposure, as_list(by))
    if cells is None:
        return groups, None
    counts = exposure.counts_by_force
    forces = 1 if "force" in as_list(by) else len(exposure.months_by_force)
    force = 0 if forces == 1 else positions(counts["force"], exposure.months_by_force["force"])
    cell = np.where((group_of >= 0) & (force >= 0), group_of * forces + force, -1)
    amounts, counted = counts["searches"].to_numpy(dtype=float, na_value=0), cell >= 0
    if "month" not in counts.columns:
        searches = np.bincount(cell[counted], amounts[counted], len(cells))
        years, months = cells["resident_years"].to_numpy(dtype=float), max(exposure.months_by_force["months"].max(), 1)
        return groups, (searches.reshape(-1, forces), years.reshape(-1, forces), round(months))
    month, names = month_codes(counts["month"])
    if not names:
        return groups, None
    week = counts["week"].astype(int).to_numpy() if "week" in counts.columns else np.zeros(len(counts), dtype=int)
    shape = (len(cells), len(names), WEEKS if "week" in counts.columns else 1)
    searches = _added((cell[counted], month[counted], week[counted]), amounts[counted], shape)
    years = _years_by_month(exposure, cells, month, names)
    return groups, (
        searches.reshape(-1, forces, *searches.shape[1:]),
        years.reshape(-1, forces, len(names)),
        len(names),
    )


def _added(place, amounts, shape):
    """Amounts summed by their place in an array of a shape, in their order."""
    return np.bincount(np.ravel_multi_index(place, shape), amounts, np.prod(shape)).reshape(shape)


def _years_by_month(exposure, cells, month, names):
    """Resident-years of every cell in every month, (cells, months); 0 in a month that its force did not publish."""
    force, forces = pd.factorize(cells["force"])
    published = np.zeros((len(forces), len(names)))
    of_force = positions(exposure.counts_by_force["force"], forces)
    published[of_force[of_force >= 0], month[of_force >= 0]] = 1
    unit = [days_in(name) / DAYS_OF_A_YEAR if _in_days(exposure.months) else 1 / 12 for name in names]
    return cells["residents"].to_numpy(dtype=float, na_value=0)[:, None] * (published * unit)[force]


def _exposure(exposure, by):
    """`exposure_by_group`, its cells (None with a problem), and the group of every row of counts, -1 for none.

    Every rate, ratio and bound of an exposure asks for them, most by the same columns: they are found once.
    """
    known = exposure.__dict__.setdefault("_known", {})
    if tuple(by) not in known:
        known[tuple(by)] = _found(exposure, by)
    groups, cells, group_of = known[tuple(by)]
    return groups.copy(), cells, group_of


def _found(exposure, by):
    require_columns(exposure.counts, by, "the counts")
    groups, group_of = _sum(exposure.counts, by, "searches")
    if exposure.problem:
        return groups.assign(resident_years=np.nan, reason=f"not estimable: {exposure.problem}"), None, group_of
    counted = [column for column in by if column in exposure.residents.columns and column != "force"]
    known = is_known(groups, counted)
    cells = _cells(exposure.residents, exposure.months_by_force, groups, by)
    searched = cells["group"].map(known & groups["searches"].gt(0)).astype(bool)
    _refuse_missing_residents(cells[searched], by)
    cells["resident_years"] = cells["residents"] * cells["years"]
    of_group = cells.groupby("group")
    groups["resident_years"] = of_group["resident_years"].sum(skipna=False).where(known)
    return groups.assign(reason=_reasons(groups, known, of_group["months"].sum(), counted)), cells, group_of


def _cells(residents, forces, groups, by):
    """`group | force | months | years | <by> | residents`: every group in every force, residents or missing."""
    _refuse_repeated_residents(residents, by)
    if "force" in by:
        group, force = np.arange(len(groups)), groups["force"].astype("str")
        months, years = (force.map(forces.set_index("force")[name]) for name in ("months", "years"))
    else:
        group = np.repeat(np.arange(len(groups)), len(forces))
        force, months, years = (np.tile(forces[name], len(groups)) for name in ("force", "months", "years"))
    labels = {name: groups[name].astype("str").to_numpy(dtype=object)[group] for name in by}
    cells = pd.DataFrame({"group": group, "force": force, "months": months, "years": years} | labels)
    keys = [column for column in dict.fromkeys(["force", *by]) if column in residents.columns]
    amounts = residents["residents"].to_numpy(dtype=float, na_value=np.nan)
    if not keys:
        return cells.assign(residents=amounts[0] if len(amounts) else np.nan)
    # A dict, for a merge of two tables of a few rows takes a hundred times as long.
    stated = dict(zip(zip(*(residents[key].astype("str") for key in keys), strict=True), amounts, strict=True))
    return cells.assign(residents=[stated.get(key, np.nan) for key in zip(*(cells[key] for key in keys), strict=True)])


def _months_by_force(months, counts, residents):
    """`force | months | years` from a table, or from one number for the one force (or none named)."""
    if isinstance(months, pd.DataFrame):
        require_columns(months, ["force", "months"], "the months")
        table = _text(months, ["force"])[["force", "months"]]
        table["years"] = months["days"].to_numpy() / DAYS_OF_A_YEAR if _in_days(months) else table["months"] / 12
    else:
        named = next((frame["force"] for frame in (counts, residents) if "force" in frame.columns), [""])
        table = pd.DataFrame({"force": pd.unique(pd.Series(named).astype("str")), "months": months})
        if len(table) > 1:
            raise ValueError(f"{len(table)} forces and one number of months; give a table force | months")
        table["years"] = table["months"] / 12
    if table["force"].duplicated().any() or not table[["months", "years"]].ge(0).all(axis=None):
        raise ValueError(f"months must be one number, 0 or more, for each force:\n{table.head().to_string()}")
    return table


def _in_days(months):
    """Whether the exposure is in days, which months do not all have the same of."""
    return isinstance(months, pd.DataFrame) and "days" in months.columns


def _refuse_repeated_residents(residents, by):
    keys = [column for column in dict.fromkeys(["force", *by]) if column in residents.columns]
    twice = residents.duplicated(keys) if keys else pd.Series(np.arange(len(residents)) > 0)
    if twice.any():
        raise ValueError(
            f"{twice.sum()} row(s) of residents repeat a group ({', '.join(keys) or 'no group asked for'}); "
            f"give one row per group\n{residents[twice.to_numpy()].head(3).to_string()}"
        )


def _refuse_unpublished(occur, months):
    """occur : searches by (force, month), those that have any."""
    found = occur[~occur.index.isin(pd.MultiIndex.from_frame(months))]
    if len(found):
        raise ValueError(f"searches in {len(found)} force-month(s) not in `published`:\n{found.head().to_string()}")


def _refuse_forces_without_months(counts, forces):
    if "force" not in counts.columns:
        return
    searched = labels_that_occur(counts.loc[counts["searches"].gt(0), "force"])
    without = [force for force in searched if force not in set(forces.loc[forces["months"] > 0, "force"])]
    if without:
        raise ValueError(f"searches of {len(without)} force(s) without a published month: {', '.join(without)}")


def _refuse_missing_residents(cells, by):
    missing = cells[cells["residents"].isna()]
    if len(missing):
        raise ValueError(
            f"{len(missing)} group(s) have searches and no resident count; add it, or state the `problem`:\n"
            + missing[list(dict.fromkeys(["force", *by]))].head().to_string(index=False)
        )


def _refuse_other_months(counts, forces, *, in_days):
    pairs = counts[["force", "month"]].drop_duplicates().astype("str")
    stated = forces.set_index("force")
    _refuse_unequal("months", pairs.groupby("force")["month"].nunique(), stated["months"])
    if in_days:
        held = pairs["month"].map(days_in).astype(float).groupby(pairs["force"]).sum()  # of no month: no days
        _refuse_unequal("days", held, (stated["years"] * DAYS_OF_A_YEAR).round(6))


def _refuse_unequal(what, held, stated):
    wrong = stated[stated.ne(held.reindex(stated.index).fillna(0))]
    if len(wrong):
        raise ValueError(
            f"the counts hold other {what} than were published (force: held / published): "
            + ", ".join(f"{force}: {held.get(force, 0):g} / {number:g}" for force, number in wrong.head().items())
            + "; make them by count_searches(..., published=...)"
        )


def _reasons(groups, known, months, by):
    years = groups["resident_years"]
    why = {
        f"not estimable: no residents to compare with, {' and '.join(by)} unknown": ~known,
        NO_MONTH: months.reindex(groups.index, fill_value=0).eq(0),
        "not estimable: no residents in this group": years.eq(0),
        "not estimable: no resident count for this group": years.isna(),
    }
    return pd.Series(np.select(list(why.values()), list(why), ""), index=groups.index, dtype="str")


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


def _text(frame, columns):
    """The same frame with its key columns as plain text, so that categoricals merge with text."""
    return frame.astype({column: "str" for column in columns if column in frame.columns})
