"""Searches, residents and published months together: what every rate and ratio takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.codes import labels_that_occur, positions
from sas_analysis.handed_out import table_fields, table_property
from sas_analysis.measures.counted import Counted, SumsOfArray, SumsOfTable, count, count_searches
from sas_analysis.measures.coverage import in_months, months_published, published_force_months
from sas_analysis.measures.intervals.time import TIME, WEEKS, knows_weeks, week_of
from sas_analysis.measures.shares import as_list, is_known, require_columns, tally
from sas_analysis.measures.table import MEASURE_COLUMNS
from sas_analysis.measures.tallied import NUMBER
from sas_analysis.months import DAYS_OF_A_YEAR, PERIODS, days_in
from sas_analysis.rounding import round_to_of

__all__ = ["Exposure", "count_searches", "exposure_by_force", "exposure_by_group", "exposure_by_month"]
NO_MONTH = "not estimable: no month that counts has records here"
# Columns that tables of rates and ratios have themselves, beside those that they are by.
_TAKEN = {*MEASURE_COLUMNS, "searches", "residents", "resident_years", "reason", "is_reference", "expected", "at"}
_TAKEN |= {"reference_searches", "reference_years", "share_unknown"}


@table_fields("counts", "residents", "months")
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
        For a missing column, searches, residents or months that are no numbers or negative, searches that are missing
        (what is not known is no zero), months that are not one number of each force, searches of a force without a
        published month, and counts by month that hold other months than were published.

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
        if isinstance(self.counts, Counted):
            self.__dict__["counted"] = self.__dict__.pop("counts")
        else:
            require_columns(self.counts, ["searches"], "the counts")
            _refuse_no_numbers(self.counts["searches"], "the counts", "searches")
            _refuse_negative(self.counts["searches"], "the counts")
            _refuse_unknown(self.counts["searches"])
        if self.problem:
            return
        require_columns(self.residents, ["residents"], "the residents")
        _refuse_no_numbers(self.residents["residents"], "the residents", "residents")
        _refuse_negative(self.residents["residents"], "the residents")
        _refuse_forces_without_months(self._searched_forces, self.months_by_force)
        if "force" not in self.residents.columns and len(self.months_by_force) > 1:
            forces = len(self.months_by_force)
            raise ValueError(f"{forces} forces and residents without a column force: whose residents are they?")
        if self._has("month"):
            _refuse_other_months(self.published, self.months_by_force, in_days=_in_days(self.months))

    def __getattr__(self, name):
        """The counts as a table, made of `counted` where somebody looks at them: sums are taken of its array."""
        if name != "counts" or "counted" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        self.__dict__["counts"] = self.counted.frame()
        return self.counts

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
        by = as_list(by)
        counted = [name for name in dict.fromkeys(["force", "month", *by, *TIME, NUMBER]) if name in searches.columns]
        searches = in_months(searches[counted], published)  # of fewer columns, for to choose among rows copies them
        if round_to_of(searches):  # of the whole period: most counts of a month would be rounded away
            counts = tally(searches, ["force", *(column for column in by if column != "force")])
            return cls(_text(counts, ["force"]), residents, months_published(grid), problem)
        if knows_weeks(searches):
            searches = searches.assign(week=pd.Categorical.from_codes(week_of(searches), categories=range(WEEKS)))
            by = ["week", *(column for column in by if column != "week")]
        counted = count(searches, by, published=published)
        counts = counted if len(counted.months) else counted.frame()
        return cls(counts, residents, months_published(grid), problem)

    @table_property
    def months_by_force(self) -> pd.DataFrame:
        """`force | months | years` of every force, its name "" where none is named."""
        counts = self.counted.months if "counted" in self.__dict__ else self.counts
        return _months_by_force(self.months, counts, self.residents)

    @table_property
    def counts_by_force(self) -> pd.DataFrame:
        """The counts with a text column `force`; those without one are of the only force there is."""
        if "force" in self.counts.columns:
            force = self.counts["force"]
            return self.counts if isinstance(force.dtype, pd.CategoricalDtype) else _text(self.counts, ["force"])
        forces = self.months_by_force["force"]
        if len(forces) > 1:
            raise ValueError(f"counts by month of {len(forces)} forces without a column force: whose months are they?")
        return self.counts.assign(force=forces.iloc[0])

    @table_property
    def published(self) -> pd.DataFrame:
        """`force | month` of the counts by month, each once; the force as `counts_by_force` has it."""
        if "counted" in self.__dict__:
            return self.counted.months
        return self.counts_by_force[["force", "month"]].drop_duplicates()

    @property
    def _searched_forces(self) -> list[str]:
        """The forces that have a search; none where the counts have no column of forces."""
        if "counted" in self.__dict__:
            amounts = self.counted.amounts
            found = self.counted.months[amounts.reshape(len(amounts), -1).any(axis=1)]
            return labels_that_occur(found["force"])
        if "force" not in self.counts.columns:
            return []
        return labels_that_occur(self.counts.loc[self.counts["searches"].gt(0), "force"])

    def _has(self, column: str) -> bool:
        if "counted" in self.__dict__:
            return column in ("force", "month", *self.counted.groups)
        return column in self.counts.columns


def exposure_by_group(exposure, *, by):
    """Counts and exposure of every group: `<by> | searches | resident_years | reason`.

    by : columns. `reason` is "" where a rate can be estimated.
    Raises ValueError if a group has searches and no resident count, if two rows of residents are of one group, and for
    columns whose groups would be divided by the residents or the months of others.
    """
    return _exposure(exposure, as_list(by))[0]


def searches_known(exposure, groups):
    """The searches of groups as a table gives them: missing where no month counts, for that is no zero.

    groups : as `exposure_by_group`.
    """
    months = exposure.months
    no_month = isinstance(months, pd.DataFrame) and months["months"].eq(0).all()
    return groups["searches"].mask(groups["reason"].eq(NO_MONTH) | no_month, pd.NA)


def exposure_by_month(exposure, *, by):
    """What `exposure_by_group` gives, and searches and resident-years of each group in each month.

    The second is two arrays (groups, months), or None where counts have no month or there is a problem. A month in
    which a force published nothing adds nothing to either.
    """
    groups, cells, sums = _exposure(exposure, as_list(by))
    if cells is None or sums.month is None:
        return groups, None
    month, _ = sums.month
    there = np.unique(month[month >= 0])
    searches = sums.by_force(exposure.months_by_force["force"]).sum(axis=(1, 3))[:, there]
    years, of_group = _years_by_month(exposure, cells, sums)[:, there], cells["group"].to_numpy()
    place = (np.repeat(of_group, len(there)), np.tile(np.arange(len(there)), len(cells)))
    return groups, (searches, _added(place, years.ravel(), (len(groups), len(there))))


def exposure_by_force(exposure, *, by):
    """What `exposure_by_group` gives, and searches and resident-years of each group in each force and month.

    Returns groups, (searches, years, months): arrays (groups, forces, months, weeks) and (groups, forces, months). A
    month that was not published holds zeros and keeps its place; without months, totals (groups, forces) of so many
    `months`. One force a group where `by` has the force. None instead of the three where there is a problem, or no
    month.
    """
    groups, cells, sums = _exposure(exposure, as_list(by))
    if cells is None:
        return groups, None
    names = exposure.months_by_force["force"]
    forces = 1 if "force" in as_list(by) else len(names)
    searches = sums.by_force(names)
    if sums.month is None:
        years, months = cells["resident_years"].to_numpy(dtype=float), max(exposure.months_by_force["months"].max(), 1)
        return groups, (searches, years.reshape(-1, forces), round(months))
    if not sums.month[1]:
        return groups, None
    years = _years_by_month(exposure, cells, sums)
    return groups, (searches, years.reshape(-1, forces, years.shape[1]), years.shape[1])


def _added(place, amounts, shape):
    """Amounts summed by their place in an array of a shape, in their order."""
    return np.bincount(np.ravel_multi_index(place, shape), amounts, np.prod(shape)).reshape(shape)


def _years_by_month(exposure, cells, sums):
    """Resident-years of every cell in every month, (cells, months); 0 in a month that its force did not publish."""
    (month, names), (force, forces) = sums.month, pd.factorize(cells["force"])
    published = np.zeros((len(forces), len(names)))
    of_force = positions(sums.force, forces)
    published[of_force[of_force >= 0], month[of_force >= 0]] = 1
    unit = [days_in(name) / DAYS_OF_A_YEAR if _in_days(exposure.months) else 1 / 12 for name in names]
    return cells["residents"].to_numpy(dtype=float, na_value=0)[:, None] * (published * unit)[force]


def _exposure(exposure, by):
    """`exposure_by_group`, its cells (None with a problem), and the sums of its counts.

    Every rate, ratio and bound of an exposure asks for them, most by the same columns: they are found once.
    """
    known = exposure.__dict__.setdefault("_known", {})
    if tuple(by) not in known:
        known[tuple(by)] = _found(exposure, by)
    groups, cells, sums = known[tuple(by)]
    return groups.copy(), cells, sums


def _found(exposure, by):
    _refuse_groups(exposure, by)
    counted = exposure.__dict__.get("counted")
    of_array = counted is not None and set(by) <= {"force", *counted.groups}
    sums = SumsOfArray(counted, by) if of_array else SumsOfTable(exposure, by)
    groups = sums.groups
    if exposure.problem:
        return groups.assign(resident_years=np.nan, reason=f"not estimable: {exposure.problem}"), None, sums
    compared = [column for column in by if column in exposure.residents.columns and column != "force"]
    known = is_known(groups, compared)
    cells = _cells(exposure.residents, exposure.months_by_force, groups, by)
    searched = cells["group"].map(known & groups["searches"].gt(0)).astype(bool)
    _refuse_missing_residents(cells[searched], groups, by)
    cells["resident_years"] = cells["residents"] * cells["years"]
    of_group = cells.groupby("group")
    groups["resident_years"] = of_group["resident_years"].sum(skipna=False).where(known)
    return groups.assign(reason=_reasons(groups, known, of_group["months"].sum(), compared)), cells, sums


def _cells(residents, forces, groups, by):
    """`group | force | months | years | residents`: every group in every force, residents or missing.

    The labels of a group are not in it, for a column may be called as one of these.
    """
    _refuse_repeated_residents(residents, by)
    if "force" in by:
        group, force = np.arange(len(groups)), groups["force"].astype("str")
        months, years = (force.map(forces.set_index("force")[name]).astype(float) for name in ("months", "years"))
    else:
        group = np.repeat(np.arange(len(groups)), len(forces))
        force, months, years = (np.tile(forces[name], len(groups)) for name in ("force", "months", "years"))
    labels = {name: groups[name].astype("str").to_numpy(dtype=object)[group] for name in by}
    cells = pd.DataFrame({"group": group, "force": force, "months": months, "years": years})
    keys = [column for column in dict.fromkeys(["force", *by]) if column in residents.columns]
    amounts = residents["residents"].to_numpy(dtype=float, na_value=np.nan)
    if not keys:
        return cells.assign(residents=amounts[0] if len(amounts) else np.nan)
    # A dict, for a merge of two tables of a few rows takes a hundred times as long.
    stated = dict(zip(zip(*(residents[key].astype("str") for key in keys), strict=True), amounts, strict=True))
    of_cell = {"force": cells["force"]} | labels
    return cells.assign(
        residents=[stated.get(key, np.nan) for key in zip(*(of_cell[name] for name in keys), strict=True)]
    )


def _months_by_force(months, counts, residents):
    """`force | months | years` from a table, or from one number for the one force (or none named)."""
    if isinstance(months, pd.DataFrame):
        require_columns(months, ["force", "months"], "the months")
        for name in ("months", "days"):
            if name in months.columns:
                _refuse_no_numbers(months[name], "the months", name)
        table = _text(months, ["force"])[["force", "months"]]
        table["years"] = months["days"].to_numpy() / DAYS_OF_A_YEAR if _in_days(months) else table["months"] / 12
    else:
        _refuse_no_numbers(pd.Series([months]), "the months", "months")
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
        first = residents[twice.to_numpy()].head(3).to_string()
        raise ValueError(
            f"{twice.sum()} row(s) of residents repeat a group ({', '.join(keys) or 'no group asked for'}); "
            f"give one row per group, or name in by what tells them apart\n{first}"
        )


def _refuse_forces_without_months(searched, forces):
    published = set(forces.loc[forces["months"] > 0, "force"])
    without = [force for force in searched if force not in published]
    if without:
        raise ValueError(f"searches of {len(without)} force(s) without a published month: {', '.join(without)}")


def _refuse_missing_residents(cells, groups, by):
    missing = cells[cells["residents"].isna()]
    if len(missing):
        named = groups.loc[missing["group"], by].astype("str").assign(force=missing["force"].to_numpy())
        raise ValueError(
            f"{len(missing)} group(s) have searches and no resident count; add it, or state the `problem`:\n"
            + named[list(dict.fromkeys(["force", *by]))].head().to_string(index=False)
        )


def _refuse_groups(exposure, by):
    """Raise ValueError for groups that would be divided by what is not theirs, and names that tables have already."""
    if periods := [name for name in by if name in PERIODS]:
        raise ValueError(
            f"a rate or ratio by {periods[0]} would divide the searches of a {periods[0]} by the resident-years of all "
            f'months: ask study.rate(over="{periods[0]}"), or make an Exposure of each {periods[0]} by itself'
        )
    if taken := [name for name in by if name in _TAKEN]:
        raise ValueError(f"tables of rates have a column {taken[0]} themselves: rename that of the counts")
    if exposure.problem:
        return
    residents = exposure.residents.columns
    if whose := [name for name in by if is_of_persons(name) and exposure._has(name) and name not in residents]:
        raise ValueError(
            f"the residents have no column {whose[0]}, so a rate by {whose[0]} would divide each of its groups by the "
            f"residents of all: give residents by {whose[0]}, or leave it out"
        )


def is_of_persons(column: str) -> bool:
    """Whether a column says who was searched, as residents are told apart too: gender, age, or an ethnicity.

    Examples
    --------
    >>> is_of_persons("officer_ethnicity_5"), is_of_persons("object_group")
    (True, False)
    """
    return column in ("gender", "age_range") or "ethnicity" in column


def _refuse_no_numbers(values, what, name):
    """Raise ValueError where values are no numbers that something can be counted in."""
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        raise ValueError(f"{name} of {what} must be numbers, as pd.to_numeric makes them: {values.iloc[0]!r} is none")
    if infinite := int(np.isinf(values.to_numpy(dtype=float, na_value=np.nan)).sum()):
        raise ValueError(f"{what} hold {infinite} row(s) with infinite {name}")


def _refuse_negative(values, what):
    if values.lt(0).any():
        raise ValueError(f"{what} hold negative counts")


def _refuse_unknown(values):
    if missing := int(values.isna().sum()):
        raise ValueError(
            f"the counts hold {missing} row(s) with missing searches: what is not known is no zero; give a number, or "
            "leave these groups out"
        )


def _refuse_other_months(published, forces, *, in_days):
    pairs = published.astype("str")
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


def _text(frame, columns):
    """The same frame with its key columns as plain text, so that categoricals merge with text."""
    return frame.astype({column: "str" for column in columns if column in frame.columns})
