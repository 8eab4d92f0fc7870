"""Searches per 1,000 residents per year, with exposure counted in published months only."""

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals import overdispersed
from sas_analysis.measures.intervals.limits import interval_name, poisson_exact
from sas_analysis.measures.shares import as_list, is_known, require_columns, tally
from sas_analysis.measures.table import PER, measures_table

OVERDISPERSED = 1.5  # above this dispersion a Poisson interval is said to be of a fixed process
FIXED_PROCESS = "limits hold for a fixed process only"
POISSON = ("exact", "mid-p")
INTERVALS = ("default", *POISSON, "clustered", "quasi-poisson")
NO_MONTH = "not estimable: no month was published that counts"
BY_MONTH = "interval not offered: counts are not by month"
# Seasons and trends move a rate and a difference, and cancel in a ratio; no number of months tells them from chance.
NO_DEFAULT = "no interval by default: seasons cannot be told from chance"


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
    there = (force >= 0) & (month >= 0)
    counted = np.zeros((len(months), len(groups)), dtype="int64")
    counted[there] = amounts[force[there], month[there]]
    place, group = np.indices(counted.shape).reshape(2, -1)
    parts = [frame.iloc[rows].reset_index(drop=True) for frame, rows in ((months, place), (groups[by], group))]
    return pd.concat(parts, axis=1).assign(searches=pd.array(counted.ravel(), dtype="Int64"))


def search_rate(counts, residents, *, by, months, per=PER["search_rate"], problem=None, level=0.95, interval="default"):
    """Searches per `per` residents per year in each group; limits on request.

    counts : `<by> | searches`, with `force` where there are several and `month` to judge the dispersion:
    what `count_searches` gives.
    residents : `<by> | residents` (count), with `force` where there are several; groups of a `by` column that
    it lacks (object of search) share the residents.
    months : published months, a number for one force, or `force | months` (coverage.months_published).
    problem : why residents do not measure exposure here (City of London): counts stay, rates are missing.
    denominator = resident-years = residents x months / 12, summed over the forces of `months`. A group that is
    unknown has no residents and no rate. interval : by default none, as no months tell seasons from chance; "clustered"
    (by month), "quasi-poisson", or "exact" and "mid-p", both the exact Poisson limits (Garwood 1936), with a note where
    months vary by more. Source: Home Office, searches per 1,000.
    Raises ValueError if a group has searches and no resident count, or a force searches and no month.
    """
    by = as_list(by)
    groups, monthly = exposure_by_month(counts, residents, by=by, months=months, problem=problem)
    limits, name, note = _rate_limits(groups, monthly, check_interval(interval), level)
    return measures_table(
        groups[by],
        measure="search_rate",
        numerator=groups["searches"],
        denominator=groups["resident_years"],
        per=per,
        limits=(limits[0] * per, limits[1] * per),
        interval=name,
        note=note,
        reason=groups["reason"],
    )


def check_interval(interval):
    """Return the name of an interval, or raise ValueError with those there are."""
    if interval not in INTERVALS:
        raise ValueError(f'interval "{interval}" is unknown; choose from: {", ".join(INTERVALS)}')
    return interval


def by_month(methods, monthly, interval, level):
    """Limits, name and why there are none, an array each: as asked for, or the wider one where it is offered."""
    asked = methods if interval == "default" else {interval: methods[interval]}
    lower, upper, df, method = overdispersed.wider(asked, level=level, **monthly)
    missing = np.where(np.isnan(lower), "interval not offered: no search, or no variation to judge by", "")
    why = overdispersed.why_not(monthly) if interval == "default" else missing
    why = np.where(why == "", missing, why)
    labels = {"clustered": "clustered by month", "quasi-poisson": "quasi-Poisson"}
    names = [interval_name(f"{labels[m]} (t, {d} df)", level) for m, d in zip(method, df, strict=True)]
    stands = why == ""
    return np.where(stands, lower, np.nan), np.where(stands, upper, np.nan), np.where(stands, names, ""), why


def exposure_by_group(counts, residents, *, by, months, problem=None):
    """Counts and exposure of every group: `<by> | searches | resident_years | reason`.

    Arguments and errors as `search_rate`; `reason` is "" where a rate can be estimated.
    """
    return _exposure(counts, residents, by, months, problem)[0]


def exposure_by_month(counts, residents, *, by, months, problem=None):
    """What `exposure_by_group` gives, and searches and resident-years of each group in each month.

    The second is two arrays (groups, months), or None where counts have no month or there is a problem. A month in
    which a force published nothing adds nothing to either. Errors as `search_rate`, and ValueError if `counts` does
    not hold as many months of a force as `months` says were published.
    """
    groups, cells, group_of = _exposure(counts, residents, by, months, problem)
    if problem or "month" not in counts.columns:
        return groups, None
    counts = _with_force(counts, cells["force"].unique())
    _refuse_other_months(counts, cells)
    month, names = pd.factorize(counts["month"].astype("str"), sort=True)
    force, forces = pd.factorize(cells["force"])
    searches, years = np.zeros((2, len(groups), len(names)))
    counted = group_of >= 0
    amounts = counts["searches"].to_numpy(dtype=float, na_value=0)
    np.add.at(searches, (group_of[counted], month[counted]), amounts[counted])
    published = np.zeros((len(forces), len(names)))
    of_force = pd.Index(forces).get_indexer(counts["force"])
    published[of_force[of_force >= 0], month[of_force >= 0]] = 1
    a_month = cells["residents"].to_numpy(dtype=float, na_value=0)[:, None] / 12
    np.add.at(years, cells["group"].to_numpy(), a_month * published[force])
    return groups, (searches, years)


def _exposure(counts, residents, by, months, problem):
    """`exposure_by_group`, its cells (None with a problem), and the group of every row of counts, -1 for none."""
    require_columns(counts, [*by, "searches"], "the counts")
    groups, group_of = _sum(counts, by, "searches")
    if problem:
        return groups.assign(resident_years=np.nan, reason=f"not estimable: {problem}"), None, group_of
    counted = [column for column in by if column in residents.columns and column != "force"]
    known = is_known(groups, counted)
    cells = _cells(counts, residents, groups, by, months)
    searched = cells["group"].map(known & groups["searches"].gt(0)).astype(bool)
    _refuse_missing_residents(cells[searched], by)
    cells["resident_years"] = cells["residents"] * cells["months"] / 12
    of_group = cells.groupby("group")
    groups["resident_years"] = of_group["resident_years"].sum(skipna=False).where(known)
    return groups.assign(reason=_reasons(groups, known, of_group["months"].sum(), counted)), cells, group_of


def _cells(counts, residents, groups, by, months):
    """`group | force | months | <by> | residents`: every group in every force, residents or missing."""
    _check_residents(residents, by)
    forces = _months_by_force(months, counts, residents)
    _refuse_forces_without_months(counts, forces)
    if "force" not in residents.columns and len(forces) > 1:
        raise ValueError(f"{len(forces)} forces and residents without a column force: whose residents are they?")
    if "force" in by:
        group, force = np.arange(len(groups)), groups["force"].astype("str")
        months = force.map(forces.set_index("force")["months"])
    else:
        group = np.repeat(np.arange(len(groups)), len(forces))
        force, months = (np.tile(forces[name], len(groups)) for name in ("force", "months"))
    labels = {name: groups[name].astype("str").to_numpy(dtype=object)[group] for name in by}
    cells = pd.DataFrame({"group": group, "force": force, "months": months} | labels)
    keys = [column for column in dict.fromkeys(["force", *by]) if column in residents.columns]
    amounts = residents["residents"].to_numpy(dtype=float, na_value=np.nan)
    if not keys:
        return cells.assign(residents=amounts[0] if len(amounts) else np.nan)
    # A dict, for a merge of two tables of a few rows takes a hundred times as long.
    stated = dict(zip(zip(*(residents[key].astype("str") for key in keys), strict=True), amounts, strict=True))
    return cells.assign(residents=[stated.get(key, np.nan) for key in zip(*(cells[key] for key in keys), strict=True)])


def _months_by_force(months, counts, residents):
    """`force | months` from such a table, or from one number for the one force (or none named)."""
    if isinstance(months, pd.DataFrame):
        require_columns(months, ["force", "months"], "the months")
        table = _text(months, ["force"])[["force", "months"]]
    else:
        named = next((frame["force"] for frame in (counts, residents) if "force" in frame.columns), [""])
        table = pd.DataFrame({"force": pd.unique(pd.Series(named).astype("str")), "months": months})
        if len(table) > 1:
            raise ValueError(f"{len(table)} forces and one number of months; give a table force | months")
    if table["force"].duplicated().any() or not table["months"].ge(0).all():
        raise ValueError(f"months must be one number, 0 or more, for each force:\n{table.head().to_string()}")
    return table


def _with_force(counts, forces):
    """Counts with a text column force; those without one are of the only force there is."""
    if "force" in counts.columns:
        return _text(counts, ["force"])
    if len(forces) > 1:
        raise ValueError(f"counts by month of {len(forces)} forces without a column force: whose months are they?")
    return counts.assign(force=forces[0])


def _check_residents(residents, by):
    keys = [column for column in dict.fromkeys(["force", *by]) if column in residents.columns]
    require_columns(residents, ["residents"], "the residents")
    twice = residents.duplicated(keys) if keys else pd.Series(np.arange(len(residents)) > 0)
    if twice.any():
        raise ValueError(
            f"{twice.sum()} row(s) of residents repeat a group ({', '.join(keys) or 'no group asked for'}); "
            f"give one row per group\n{residents[twice.to_numpy()].head(3).to_string()}"
        )
    if residents["residents"].lt(0).any():
        raise ValueError("the residents hold negative counts")


def _refuse_unpublished(occur, months):
    """occur : searches by (force, month), those that have any."""
    found = occur[~occur.index.isin(pd.MultiIndex.from_frame(months))]
    if len(found):
        raise ValueError(f"searches in {len(found)} force-month(s) not in `published`:\n{found.head().to_string()}")


def _refuse_forces_without_months(counts, forces):
    if "force" not in counts.columns:
        return
    searched = pd.unique(counts.loc[counts["searches"].gt(0), "force"].astype("str"))
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


def _refuse_other_months(counts, cells):
    held = counts.groupby("force")["month"].nunique()
    said = cells.drop_duplicates("force").set_index("force")["months"]
    wrong = said[said.ne(held.reindex(said.index).fillna(0))]
    if len(wrong):
        raise ValueError(
            "the counts hold other months than were published (force: held / published): "
            + ", ".join(f"{force}: {held.get(force, 0)} / {months:g}" for force, months in wrong.head().items())
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


def _rate_limits(groups, arrays, interval, level):
    """(lower, upper) per resident-year, name and note of every group."""
    usable = groups["reason"].eq("").to_numpy()
    lower, upper = np.full((2, len(groups)), np.nan)
    name, note = np.full((2, len(groups)), "", dtype=object)
    monthly = None if arrays is None else dict(zip(("searches", "exposure"), (a[usable] for a in arrays), strict=True))
    if interval in POISSON:
        years = groups["resident_years"].to_numpy(dtype=float, na_value=np.nan)
        lower, upper = (
            limit / np.where(usable, years, np.nan) for limit in poisson_exact(count=groups["searches"], level=level)
        )
        name[:] = interval_name("exact Poisson", level)
        note[usable] = "" if monthly is None else _fixed_process(overdispersed.series_dispersion(**monthly))
    elif interval == "default" or monthly is None:
        note[usable] = NO_DEFAULT if interval == "default" else BY_MONTH
    else:
        lower[usable], upper[usable], name[usable], note[usable] = by_month(
            overdispersed.RATE, monthly, interval, level
        )
    return (lower, upper), name, note


def _fixed_process(dispersion):
    text = "months vary by more than Poisson counts (dispersion {:.1f}): " + FIXED_PROCESS
    return [text.format(value) if value > OVERDISPERSED else "" for value in dispersion]


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
