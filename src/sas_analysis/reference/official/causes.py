"""Why the number of records differs from the official one: a named cause for every force and year.

A cause is named where it can account for the difference: with it the two numbers are within 5% of each other, as
`reconcile.COUNT_LIMITS` asks, and at least twice as near as without it. What is measured comes first (months that are
missing or set aside), then what is in the records (identical rows, searches of vehicles, unknown ethnicity). Where none
can, the records themselves are fewer or more than those that were counted: another edition of the files, or another way
of counting.

Source of the official figures: `counts.official_searches`.
"""

from functools import cache

import numpy as np
import pandas as pd

from sas_analysis.measures.coverage import FLAGGED, PUBLISHED
from sas_analysis.months import days_in, later, months_between
from sas_analysis.reference.official.counts import official_searches
from sas_analysis.reference.official.reconcile import COUNT_LIMITS, COUNTED, ONE_WORD, year_of
from sas_analysis.reference.population import GROUPS_5

AGREES, MONTHS, REPEATS, VEHICLES = "agrees", "months missing or set aside", "identical rows", "vehicle-only searches"
BY_ONE_WORD = "agrees by one description of ethnicity alone"
UNKNOWN, FEWER, MORE = "unknown ethnicity", "fewer records than official", "more records than official"
NO_OFFICIAL, TOO_FEW = "no official count", "too few months here"
ALL, ALL_AND_VEHICLES, KNOWN = COUNTED
CAUSE_COLUMNS = ["force", "year_ending", "measure", "official", "ours", "difference", "months", "cause", "with_cause"]
CAUSE_COLUMNS += ["left", "note"]
_WITHIN = COUNT_LIMITS[0]
_MONTHS = 9  # that count, from which the others are taken to be like them: levels drift, and summers are not winters
_DOUBLED = "doubled"  # the rule of the audit for a file put together twice: each of its rows counts once
_PARTS = ["known", "unknown", "vehicles", "vehicles_known", "known_once", "persons", "persons_once"]
_EDITION = "another edition of the files, or another way of counting"


def name_causes(
    counts: pd.DataFrame,
    once: pd.DataFrame,
    months: pd.DataFrame,
    *,
    official: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Why the records are fewer or more than official statistics count, a row a force and year; `Study.causes`.

    Parameters
    ----------
    counts, once : DataFrame
        As `count_records` returns: of all records, and of each identical row once.
    months : DataFrame
        `force | month | status | rules`: every month of the period, as `Study.counted` with the rules of the audit.
    official : DataFrame, optional
        As `official_searches` returns, which is the default.

    Returns
    -------
    DataFrame
        `force | year_ending | measure | official | ours | difference | months | cause | with_cause | left | note`.
        `months`: how many of the year count, of 12. `ours`: in these. `difference`: ours / official - 1. `cause`: one
        or two of the names of this module, " + " between them. `with_cause`: what the records come to with the cause;
        with unknown ethnicity the most that they can. `left`: with_cause / official - 1. The note has the arithmetic.

    Notes
    -----
    A year has twelve months whatever the period. Those without a file, left out by the audit, or outside the period are
    taken to have as many searches a day as those that count, of which there must be nine; of a doubled file each row
    counts once.

    Examples
    --------
    >>> from sas_analysis.reference.official.ours import count_records
    >>> whole = study.records.groupby("month", observed=True).size().reset_index()[["month"]]
    >>> months = whole.assign(force="metropolitan", status="published", rules="")
    >>> counts = count_records(study.records)
    >>> name_causes(counts, counts, months)["cause"].tolist()
    ['no official count']
    """
    if months.empty:
        return pd.DataFrame(columns=CAUSE_COLUMNS)
    years = _years(_by_month(counts, once, months))
    return _explained(_beside(years, official_searches() if official is None else official))


# --- what is here -------------------------------------------------------------------------------------------------


def _by_month(counts, once, months) -> pd.DataFrame:
    """Every force-month with its searches: `months` and the columns of `_PARTS`."""
    keys, once_only = ["force", "month"], ["known_once", "persons_once"]
    singles = _parts(once)[["known", "persons"]].set_axis(once_only, axis=1)
    table = months.astype(dict.fromkeys([*keys, "status", "rules"], "str"))
    return table.join(_parts(counts), on=keys).join(singles, on=keys).fillna(dict.fromkeys(_PARTS, 0.0))


def _parts(counts) -> pd.DataFrame:
    """Searches by force and month: of persons, known and unknown, and of vehicles alone."""
    known, vehicle = counts["ethnicity_5"].astype("str").ne("Unknown"), counts["vehicle_only"].astype(bool)
    number = counts["searches"].astype(float)
    parts = {
        "known": known & ~vehicle,
        "unknown": ~known & ~vehicle,
        "vehicles": vehicle,
        "vehicles_known": known & vehicle,
        "persons": ~vehicle,
    }
    table = pd.DataFrame({name: number.where(where, 0.0) for name, where in parts.items()})
    return table.groupby([counts["force"].astype("str"), counts["month"].astype("str")]).sum()


def _years(table) -> pd.DataFrame:
    """By force and year: what the months that count hold, and what a whole year would.

    The columns of `_PARTS` are of a whole year; with the ending "_here" of the months that count.
    """
    table = table.assign(year_ending=table["month"].map(year_of), days=table["month"].map(days_in))
    counts = table["status"].eq(PUBLISHED)
    twice = table["status"].eq(FLAGGED) & table["rules"].str.contains(_DOUBLED)
    keys = [table["force"], table["year_ending"]]
    here = table[_PARTS].where(counts, 0.0).groupby(keys, sort=False).sum()
    halves = table[_PARTS].where(twice, 0.0) / 2
    halves = halves.assign(known=table["known_once"].where(twice, 0.0), persons=table["persons_once"].where(twice, 0.0))
    halves = halves.groupby(keys, sort=False).sum()
    days = table["days"].where(counts, 0).groupby(keys, sort=False).sum()
    doubled_days = table["days"].where(twice, 0).groupby(keys, sort=False).sum()
    year = pd.Series([_days_of_year(ending) for _, ending in here.index], index=here.index)
    rest = (year - days - doubled_days) / days.where(days > 0)
    found = here.mul(1 + rest, axis=0) + halves
    found["months"] = counts.groupby(keys, sort=False).sum().astype(int)
    found["absent"] = _absent(table.assign(counts=counts, twice=twice), here.index)
    return found.join(here.add_suffix("_here")).reset_index()


def _absent(table, index) -> pd.Series:
    """Which months of each year do not count, and why, as text."""
    lost = table[~table["counts"]]
    why = lost["rules"].where(lost["rules"].ne(""), lost["status"])
    why = why.mask(lost["twice"], f"{_DOUBLED}, each row counted once")
    named = (lost["month"] + " (" + why + ")").groupby([lost["force"], lost["year_ending"]]).agg(", ".join)
    return named.reindex(index).fillna("")


@cache
def _days_of_year(ending: str) -> int:
    return sum(map(days_in, months_between(later(ending, -11), ending)))


def of_compared(table: pd.DataFrame, self_defined: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Of two tables of causes, by different words on ethnicity, of each force and year the row whose count is compared.

    compared : as `reconcile.by_both_words` returns: the causes stand beside its verdicts. Without an official count
    there is no verdict, and the row is that of the first table. A number that agrees by one word alone has no cause.
    """
    keys = ["force", "year_ending"]
    both = pd.concat([table, self_defined], ignore_index=True)
    counts = compared[[*keys, "measure", "ours"]].rename(columns={"ours": "compared"})
    other = both["ours"].ne(both.merge(counts, how="left")["compared"])
    kept = both.loc[other.sort_values(kind="stable").index].drop_duplicates(keys).set_index(keys)
    kept = kept.loc[pd.MultiIndex.from_frame(table[keys])].reset_index()
    one = compared.loc[compared["note"].str.startswith(ONE_WORD), [*keys, "measure", "note"]]
    notes = kept[[*keys, "measure"]].merge(one, how="left")["note"]
    kept = kept.assign(note=notes.fillna(kept["note"]), cause=kept["cause"].mask(notes.notna(), BY_ONE_WORD))
    return kept[CAUSE_COLUMNS]


def last_compared(table: pd.DataFrame) -> pd.DataFrame:
    """Of each force the last year with an official count, and of these one with months enough to compare, if any is.

    table : as `name_causes` returns. Of January 2019 to November 2021 that is the year to March 2021: eight months of
    the next are no reason to say that years cannot be compared.
    """
    known = table[table["official"].notna()]
    enough = known["cause"].ne(TOO_FEW)
    return known.loc[enough.sort_values(kind="stable").index].drop_duplicates("force", keep="last").sort_index()


# --- beside the official figure -------------------------------------------------------------------------------------


def _beside(years, official) -> pd.DataFrame:
    """Every year with its official number, of known ethnicity where that is published, else of all searches."""
    known = official[list(GROUPS_5)].astype("Float64").sum(axis=1, min_count=1)
    number = known.fillna(official["All"].astype("Float64"))
    table = official[["force", "year_ending", "vehicle_only"]].assign(number=number, of_known=known.notna())
    table = table.dropna(subset=["number"]).sort_values("of_known", ascending=False, kind="stable")
    own = years.merge(table.drop_duplicates(["force", "year_ending"]), how="left")
    of_known = own["of_known"].astype("boolean").fillna(True).to_numpy(bool)
    with_vehicles = own["vehicle_only"].astype("boolean").fillna(False).to_numpy(bool) & ~of_known
    measure = np.where(of_known, KNOWN, np.where(with_vehicles, ALL_AND_VEHICLES, ALL))
    added, added_here = (own[name].where(with_vehicles, 0.0) for name in ("vehicles", "vehicles_here"))
    the_vehicles = own["vehicles"] - 2 * added  # counted there and not here, or the other way round
    return own.assign(
        measure=measure,
        official=own["number"].astype(float),
        ours=np.where(of_known, own["known_here"], own["persons_here"] + added_here),
        whole=np.where(of_known, own["known"], own["persons"] + added),
        whole_once=np.where(of_known, own["known_once"], own["persons_once"] + added),
        by_vehicles=np.where(of_known, own["vehicles_known"], the_vehicles),
        by_unknown=np.where(of_known, own["unknown"], 0.0),
    )


def _explained(table) -> pd.DataFrame:
    """The table of `name_causes`."""
    official, whole = table["official"], table["whole"]
    gap = (whole / official - 1).abs()
    near = lambda number: (number / official - 1).abs().le(_WITHIN)  # noqa: E731
    closes = lambda number: near(number) & (number / official - 1).abs().le(gap / 2)  # noqa: E731
    short = whole.lt(official)
    with_vehicles, with_unknown = whole + table["by_vehicles"], whole + table["by_unknown"]
    tried = {  # in this order, the first that holds: when, and what the records come to with it
        NO_OFFICIAL: (official.isna(), np.nan),
        TOO_FEW: (table["months"].lt(_MONTHS), np.nan),
        AGREES: (near(whole), whole),
        REPEATS: (~short & closes(table["whole_once"]), table["whole_once"]),
        VEHICLES: (closes(with_vehicles), with_vehicles),
        UNKNOWN: (short & with_unknown.ge(official * (1 - _WITHIN)), with_unknown),
        FEWER: (short, with_unknown),
        MORE: (~short, table["whole_once"]),
    }
    holds, numbers = zip(*tried.values(), strict=True)
    cause = pd.Series(np.select(holds, list(tried), default=""), index=table.index)
    with_cause = pd.Series(np.select(holds, numbers), index=table.index)
    incomplete = table["months"].lt(12) & ~cause.isin([NO_OFFICIAL, TOO_FEW])
    named = cause.mask(incomplete & cause.eq(AGREES), MONTHS)
    named = named.where(~incomplete | named.eq(MONTHS), f"{MONTHS} + " + cause)
    made = table.assign(
        difference=table["ours"] / official - 1, cause=named, with_cause=with_cause, left=with_cause / official - 1
    )
    made["note"] = [_note(row, of) for row, of in zip(made.to_dict("records"), cause, strict=True)]
    return made[CAUSE_COLUMNS]


def _note(row: dict, cause: str) -> str:
    """The arithmetic of a cause."""
    said = []
    if row["months"] < 12 and cause not in (NO_OFFICIAL, TOO_FEW):
        outside = f"{row['months']} of 12 months count" + (f"; not {row['absent']}" if row["absent"] else "")
        said = [outside, f"a whole year of them comes to {_number(row['whole'])} searches"]
    short = row["official"] - row["whole"]
    said += {
        REPEATS: [f"with identical rows counted once {_number(row['whole_once'])}"],
        VEHICLES: [f"with vehicle-only searches counted as there {_number(row['with_cause'])}"],
        UNKNOWN: [f"{_number(short)} fewer, and {_number(row['by_unknown'])} of unknown ethnicity here"],
        FEWER: [f"{_number(short - row['by_unknown'])} fewer{_even(row)}: {_EDITION}"],
        MORE: [f"{_number(-short)} more{_besides(row)}: {_EDITION}"],
        TOO_FEW: [f"{row['months']} of 12 months count"],
    }.get(cause, [])
    return "; ".join(filter(None, said))


def _even(row: dict) -> str:
    return f" even if all {_number(row['by_unknown'])} of unknown ethnicity are added" if row["by_unknown"] else ""


def _besides(row: dict) -> str:
    again = row["whole"] - row["whole_once"]
    return f", of which {_number(again)} are identical rows" if again else ""


def _number(value: float) -> str:
    return f"{value:,.0f}"
