"""The surge test on the searches of a study: two seasons, the forces that have both, and placebos."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.errors import ParameterError, listed
from sas_analysis.measures.coverage import published_force_months
from sas_analysis.measures.outcomes.outcome_rates import link_field_evidence
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, as_list, labels
from sas_analysis.measures.timing.placebo import surge_placebo
from sas_analysis.measures.timing.seasons import BASE, LEAST_UNITS, SURGE
from sas_analysis.measures.timing.surge import surge_test
from sas_analysis.months import is_month
from sas_analysis.records.link_field import SUPPORTED
from sas_analysis.rounding import not_given
from sas_analysis.study.robust import HITS, OBJECT
from sas_analysis.study.study import Study

Season = tuple[str, str]


@dataclass(frozen=True)
class Seasons:
    """The counts of two seasons, as `surge_test` takes them.

    Attributes
    ----------
    table : `<unit> | period | <within> | <by> | searches | known | hits`
    forces : `force | months | searches | why`: months of a season that are in both and may be used; why a force is left
        out, "" where it is not
    unit : "force", or "day" where there are too few forces
    by, within : the columns
    """

    table: pd.DataFrame
    forces: pd.DataFrame
    unit: str
    by: str
    within: tuple[str, ...]

    @property
    def columns(self) -> dict:
        """Its columns, as arguments of `surge_test`."""
        return {"by": self.by, "unit": self.unit, "within": self.within}


def two_seasons(
    study: Study,
    base: Season,
    surge: Season,
    *,
    outcome: str = "positive",
    by: str = "ethnicity_5",
    within: str | Sequence[str] = OBJECT,
    unit: str = "",
) -> Seasons:
    """Count the searches and hits of two seasons, in the forces and months that may be compared.

    Parameters
    ----------
    study : Study
        Its months hold both seasons. Searches on reasonable grounds are taken: under section 60 nobody has to be
        suspected, and a surge of them says nothing of a bar.
    base, surge : (str, str)
        First and last month of either season, of the same calendar months, such as ("2019-03", "2019-05") and
        ("2020-03", "2020-05").
    outcome : str
        What counts as a hit: "positive", "arrest" or "find", as `robust_test_of`.
    by, within
        The column of groups; and columns to compare one label of at a time.
    unit : str
        "force" or "day" (of either season); "" takes forces, or days where fewer than ten forces are left.

    Returns
    -------
    Seasons
        A month counts where the force has it in both seasons and ethnicity, outcome and object may be used. A force is
        left out that has none, that has no hit in a season, whose outcomes are unknown for more than 30% of a season,
        or whose link field supports no find rate (`find`).

    Raises
    ------
    ParameterError
        With every fault of the seasons, for an unknown outcome or unit, and for a study of section 60.

    Examples
    --------
    >>> found = two_seasons(study, ("2018-04", "2018-06"), ("2018-07", "2018-09"), outcome="arrest")
    Traceback (most recent call last):
    ...
    sas_analysis.errors.ParameterError: the seasons are not of the same calendar months: 04, 05, 06 and 07, 08, 09
    """
    within = as_list(within)
    months = _check(study, base, surge, outcome, unit)
    own = study.choosing(power="reasonable grounds").using(HITS[outcome][0], by, *within)
    used, forces = _months_of_both(own, months)
    searches = own.counted_searches
    searches = searches.assign(force=searches["force"].astype("str"), month=searches["month"].astype("str"))
    searches = searches.merge(used, how="inner", on=["force", "month"])
    forces = _judged(forces, searches, outcome)
    searches = searches[searches["force"].isin(forces.loc[forces["why"].eq(""), "force"])]
    unit = unit or ("force" if searches["force"].nunique() >= LEAST_UNITS else "day")
    table = _counted(searches, HITS[outcome][0], unit, [*within, by])
    if study.choices.round_to:
        table, forces = not_given(table), not_given(forces)
    return Seasons(table, forces, unit, by, tuple(within))


def surge_test_of(seasons: Seasons, *, reference: str = "White", level: float = 0.95, **options) -> pd.DataFrame:
    """`surge_test` of two seasons of a study; without a row where nothing is left to compare.

    Parameters
    ----------
    seasons : Seasons
        As `two_seasons` makes them.
    reference, level, **options
        As `surge_test`.
    """
    if not _has_both(seasons.table, seasons.by, reference):
        return pd.DataFrame(columns=[*seasons.within, seasons.by, "measure", "estimate", "note"])
    return surge_test(seasons.table, reference=reference, level=level, **seasons.columns, **options)


def placebos_of(
    study: Study, seasons: Seasons, pairs: Sequence[tuple[Season, Season]], *, outcome: str = "positive", **options
) -> pd.DataFrame:
    """`surge_placebo` of several pairs of seasons without a surge: `pair | <its table>`.

    Parameters
    ----------
    study : Study
        Whose months hold the pairs.
    seasons : Seasons
        Those of the surge.
    pairs : sequence of (base, later)
        As `two_seasons` takes them.
    outcome : str
        As there.
    **options
        As `surge_placebo`.

    Returns
    -------
    DataFrame
        Pairs in which no force is left have no row.
    """
    asked = {"by": seasons.by, "within": seasons.within, "unit": seasons.unit}
    tables = []
    for base, later in pairs:
        own = two_seasons(study, base, later, outcome=outcome, **asked)
        if not _has_both(own.table, seasons.by, options.get("reference", "White")):
            continue
        found = surge_placebo(own.table, seasons.table if len(seasons.table) else None, **own.columns, **options)
        pair = f"{in_words(base)} and {in_words(later)}"
        tables.append(found.assign(pair=pair)[["pair", *found.columns]])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["pair", "measure", "estimate"])


def pairs_of_months(months: Sequence[str]) -> list[tuple[Season, Season]]:
    """Pairs of seasons from a plain list, four months a pair: first and last of the one, first and last of the other.

    Raises
    ------
    ParameterError
        If the months do not make up pairs.

    Examples
    --------
    >>> pairs_of_months(["2018-06", "2018-08", "2019-06", "2019-08"])
    [(('2018-06', '2018-08'), ('2019-06', '2019-08'))]
    """
    if len(months) % 4:
        raise ParameterError(f"{len(months)} months make up no pairs of seasons: give four a pair")
    fours = [months[at : at + 4] for at in range(0, len(months), 4)]
    return [((four[0], four[1]), (four[2], four[3])) for four in fours]


def in_words(season: Season) -> str:
    """A season in words: "2019-03 to 2019-05"."""
    return season[0] if season[0] == season[1] else f"{season[0]} to {season[1]}"


def _has_both(table, by, reference):
    return set(table["period"].astype("str")) == {BASE, SURGE} and table[by].astype("str").eq(reference).any()


def _check(study, base, surge, outcome, unit):
    faults = []
    if study.choices.power == "section 60":
        faults.append("the surge test is of searches on reasonable grounds; section 60 asks for none")
    if outcome not in HITS:
        faults.append(f"outcome {outcome!r} is none of {', '.join(map(repr, HITS))}")
    if unit not in ("", "force", "day"):
        faults.append(f'unit={unit!r} is none of "", "force", "day"')
    months = []
    for season in (base, surge):
        if len(season) != 2 or not all(is_month(str(month)) for month in season) or season[0] > season[1]:
            faults.append(f'{season!r} is no season; write it ("2019-03", "2019-05")')
            continue
        own = [str(month) for month in pd.period_range(*season, freq="M")]
        months.append(own)
        if absent := [month for month in own if month not in study.months]:
            faults.append(f"the study has no {absent[0]}; it is from {study.start} to {study.end}")
    if len(months) == 2:
        calendar = [[month[5:] for month in own] for own in months]
        if set(months[0]) & set(months[1]):
            faults.append("the seasons overlap")
        elif calendar[0] != calendar[1]:
            said = " and ".join(", ".join(own) for own in calendar)
            faults.append(f"the seasons are not of the same calendar months: {said}")
    if faults:
        raise ParameterError(listed(faults))
    return months


def _months_of_both(own, months):
    """`force | month | period` of the months that both seasons have, and `force | months | why`."""
    counted = set(
        published_force_months(own.counted)[["force", "month"]].astype("str").itertuples(index=False, name=None)
    )
    verdicts = own.verdicts.set_index(["force", "month"])["reasons"]
    used, forces = [], []
    for force in own.forces:
        both = [pair for pair in zip(*months, strict=True) if all((force, month) in counted for month in pair)]
        used += [(force, month, period) for pair in both for month, period in zip(pair, (BASE, SURGE), strict=True)]
        missing = [month for pair in zip(*months, strict=True) for month in pair if (force, month) not in counted]
        reason = verdicts.get((force, missing[0]), "") if missing else ""
        why = f"no month in both seasons may be used ({missing[0]}: {reason or 'no records here'})" if not both else ""
        forces.append((force, len(both), why))
    return (
        pd.DataFrame(used, columns=["force", "month", "period"]).astype("str"),
        pd.DataFrame(forces, columns=["force", "months", "why"]),
    )


def _judged(forces, searches, outcome):
    """The forces with the reason why one is left out: outcomes unknown, no hit, no link field."""
    known = searches[HITS[outcome][0]].astype("boolean")
    keys = [searches["force"], searches["period"]]
    blank, hits = (flag.groupby(keys).agg(how) for flag, how in ((known.isna(), "mean"), (known.eq(True), "sum")))
    worst, fewest = blank.groupby("force").max(), hits.groupby("force").min()
    link = {}
    if outcome == "find" and len(searches):
        evidence = link_field_evidence(searches)
        refused = evidence[evidence["verdict"].ne(SUPPORTED)]
        link = {row.force: f"link field {row.verdict} ({row.reason})" for row in refused.itertuples()}
    why = []
    for row in forces.itertuples():
        reasons = [
            row.why,
            link.get(row.force, ""),
            f"the outcome of {worst.get(row.force, 0):.0%} of a season is unknown"
            if worst.get(row.force, 0) > HEADLINE_UNKNOWN
            else "",
            "no hit in a season: it may not be recorded" if fewest.get(row.force, 1) == 0 else "",
        ]
        why.append(next(filter(None, reasons), ""))
    number = searches.groupby("force").size()
    return forces.assign(searches=forces["force"].map(number).fillna(0).astype("int64"), why=why)[
        ["force", "months", "searches", "why"]
    ]


def _counted(searches, column, unit, columns):
    """A row for every unit, season and group."""
    flag = searches[column].astype("boolean")
    if unit == "day":
        day = searches["searched_at"].dt.strftime("%Y-%m-%d")
        searches = searches.assign(day=day.fillna(searches["month"]))  # without a date, the month is one unit
    keys = {name: labels(searches[name]).astype("str") for name in (unit, "period", *columns)}
    frame = pd.DataFrame(keys | {"known": flag.notna(), "hits": flag.eq(True).fillna(False)})
    counts = frame.groupby(list(keys), sort=True).agg(
        searches=("known", "size"), known=("known", "sum"), hits=("hits", "sum")
    )
    counts = counts.reset_index()
    for name in columns:  # groups in the order of their labels
        order = [str(label) for label in labels(searches[name]).cat.categories]
        counts[name] = pd.Categorical(counts[name], [label for label in order if label in set(counts[name])])
    counts = counts.sort_values([unit, "period", *columns], kind="stable").reset_index(drop=True)
    return counts.astype({"searches": np.int64, "known": np.int64, "hits": np.int64})
