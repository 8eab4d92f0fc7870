"""The robust outcome test on the searches of a study: by force and object, on every base of residents."""

from dataclasses import dataclass, replace
from numbers import Integral, Real

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of, occurring, positions
from sas_analysis.errors import ParameterError
from sas_analysis.measures.ethnicity.accounts import UNUSED_PART, instead
from sas_analysis.measures.intervals.alike import alike
from sas_analysis.measures.intervals.time import time_of
from sas_analysis.measures.outcomes.hit_rate_test import hit_rates
from sas_analysis.measures.outcomes.outcome_rates import link_field_evidence
from sas_analysis.measures.outcomes.robust_test import NOT_ESTIMABLE, Asked, compare_pairs, with_least
from sas_analysis.measures.outcomes.searched import Side, pairs_of
from sas_analysis.measures.residents.bases import Base, bases_for
from sas_analysis.measures.sensitivity import mark_contradicted
from sas_analysis.measures.shares import UNKNOWN_LABELS, labels
from sas_analysis.months import DAYS_OF_A_YEAR
from sas_analysis.names import one_name, raise_faults
from sas_analysis.records.link_field import SUPPORTED
from sas_analysis.reference.forces import in_words
from sas_analysis.rounding import not_given
from sas_analysis.study.comparison import BY, Comparison
from sas_analysis.study.study import NOT_HERE

OBJECT = "object_group"
SECTION_60 = "the test is of searches on reasonable grounds, and section 60 asks for none"
# Outcome -> column of truth values, and the kind of its months. A hit is what the search was for only where the link
# field says so; a positive outcome stands in for it elsewhere.
HITS = {
    "positive": ("positive_outcome", "nfa"),
    "arrest": ("arrest", "arrest"),
    "find": ("outcome_linked_to_object", "share"),
}


@dataclass(frozen=True)
class _Question:
    """A comparison narrowed to what the test may rest on, and how it is asked. refusal : why it cannot be, or ""."""

    compared: Comparison
    outcome: str
    places: tuple[str, ...]
    test: Asked
    refusal: str


def robust_test_of(
    compared: Comparison,
    *,
    outcome: str = "positive",
    by_object: bool = True,
    alpha: float = 0.05,
    interval: str = "",
    least: int = 1,
) -> pd.DataFrame:
    """Whether groups are searched on less than the reference group, force by force: usually *inconclusive*.

    Parameters
    ----------
    compared : Comparison
        Whose searches, residents, reference group and groups. Searches on reasonable grounds only are taken, for under
        section 60 nobody has to be suspected: of a study of these no row is estimable. Months are those whose
        ethnicity, outcome (and object) may be used.
    outcome : str
        What counts as a hit: "positive" (any outcome but no further action), "arrest", or "find" (linked to the object
        of search; not estimable in forces whose link field does not support it).
    by_object : bool
        Test within each object of search; or all objects together, where groups that are searched for other things
        differ by that alone. What is corrected for being compared at once is, of several forces, the forces for each
        object and group; of one force, its objects for each group.
    alpha, least
        As `robust_outcome_test`.
    interval : str
        As there; "" takes that of the study, or "process" where it has none.

    Returns
    -------
    DataFrame
        As `robust_outcome_test`, by force and object; and `bases | bases_alike | verdicts_by_base`: bases of residents
        with a verdict, those whose verdict is the one of the row, and what each says. No row with `round_to`.

    Raises
    ------
    ParameterError
        For an unknown outcome.

    Examples
    --------
    >>> found = robust_test_of(compared)
    >>> black = found[found["object_group"].eq("Drugs") & found["ethnicity_5"].eq("Black")]
    >>> black[["searches", "signs", "verdict", "bases", "bases_alike"]].to_string(index=False, header=False)
    '265 rate only inconclusive 5 5'
    """
    asked = _asked(compared, outcome, by_object, alpha, interval, least)
    own = asked.compared
    table = _tested(asked, own.searches, own.base.residents, own.base.problem or "")
    if own.study.choices.round_to:
        return not_given(table)
    by_base = _by_base(asked)
    return mark_contradicted(
        _beside_bases(table, by_base, [*asked.places, BY]), own.contradicted_years, by=own.study.contradicted_by
    )


def robust_test_by_base(
    compared: Comparison,
    *,
    outcome: str = "positive",
    by_object: bool = True,
    alpha: float = 0.05,
    interval: str = "",
    least: int = 1,
) -> pd.DataFrame:
    """The robust outcome test on every base of residents: `base | <the table of robust_test_of>`.

    Arguments and errors as `robust_test_of`. On a base of young residents the searches are those of the same ages, so
    hit rates are others too.
    """
    asked = _asked(compared, outcome, by_object, alpha, interval, least)
    own = asked.compared
    table = mark_contradicted(_by_base(asked), own.contradicted_years, by=own.study.contradicted_by)
    return not_given(table) if own.study.choices.round_to else table


def outcome_test_of(
    compared: Comparison, *, outcome: str = "positive", by_object: bool = True, interval: str = "", least: int = 1
) -> pd.DataFrame:
    """Hit rates of every group beside the reference group's, by force and object: a description, no verdict.

    Arguments, searches and errors as `robust_test_of`; residents are not needed. The limits are of the study's level.

    Returns
    -------
    DataFrame
        As `outcome_test`, by force and object.

    Examples
    --------
    >>> found = outcome_test_of(compared).query("object_group == 'Drugs' and ethnicity_5 == 'Black'")
    >>> found[["searches", "hit_rate", "reference_hit_rate"]].round(2).to_numpy().tolist()
    [[265, 0.33, 0.3]]
    """
    asked = _asked(compared, outcome, by_object, 0.05, interval, least)
    own = asked.compared
    rows, side = _counted(asked, own.searches, own.base.residents)
    problems = _problems(asked, rows, own.searches, "")
    pairs = pairs_of(rows, side, by=BY, reference=own.reference, problem=problems, pool=False)
    pairs = replace(pairs, reason=with_least(pairs, least))
    return hit_rates(pairs, interval=asked.test.interval, kind=asked.test.kind, level=own.study.level)


def robust_counts(compared: Comparison, *, outcome: str = "positive") -> pd.DataFrame:
    """What the test rests on: `force | object_group | ethnicity_5 | residents | searches | known | hits | reason`.

    A row a force, object and group, "Unknown" too, whose residents are none. Residents are resident-years of the months
    that count. reason : why a row may not be tested, "" where it may. Arguments and errors as `robust_test_of`.
    """
    asked = _asked(compared, outcome, True, 0.05, "", 1)
    own = asked.compared
    rows, side = _counted(asked, own.searches, own.base.residents)
    problems = _problems(asked, rows, own.searches, own.base.problem or "")
    residents = pd.Series(side.pool).fillna(0.0).to_numpy()
    counts = {name: side.total(name).astype(int) for name in ("searches", "known", "hits")}
    return rows.assign(residents=residents, **counts, reason=pd.array(problems, dtype="str"))


def _asked(compared, outcome, by_object, alpha, interval, least) -> _Question:
    study = compared.study
    if one_name(outcome, "outcome", "ask of one at a time") not in HITS:
        raise ParameterError(f"outcome {outcome!r} is none of {', '.join(map(repr, HITS))}")
    raise_faults(_faults_of_numbers(alpha, least))
    column, kind = HITS[outcome]
    refusal = SECTION_60 if study.choices.power == "section 60" else ""
    study = study if refusal else study.choosing(power="reasonable grounds")
    study = study.using(column, *[OBJECT] * by_object)
    given = "process" if study.choices.interval == "none" else study.choices.interval
    places = ("force", *[OBJECT] * by_object)
    own = replace(compared, study=study)
    families = places[1:] if len(study.forces) > 1 else ()  # of one force, its objects are what is compared at once
    how = {"reference": compared.reference, "by": BY, "within": families, "alpha": alpha, "least": least}
    return _Question(
        own, outcome, places, Asked(interval=interval or given, kind=kind, pool="exposure", **how), refusal
    )


def _faults_of_numbers(alpha, least) -> list[str]:
    found = []
    if isinstance(least, bool) or not isinstance(least, Integral) or least < 0:
        found.append(f"least={least!r} is no whole number of searches; choose one such as 30")
    if isinstance(alpha, bool) or not isinstance(alpha, Real):
        found.append(f"alpha={alpha!r} is no number; choose one between 0 and 0.5, such as 0.05")
    return found


def _by_base(asked: _Question) -> pd.DataFrame:
    own = asked.compared
    given = {"chinese": own.study.choices.chinese, "area": own.study.usable_area, "user": own.user}
    _, bases, problem = bases_for(own.study.counted, **given)
    bases = bases or [Base("No base", own.base.residents, problem)]
    table = pd.concat([_on_base(asked, base, problem) for base in bases], ignore_index=True)
    return table[["base", *(name for name in table if name != "base")]]


def _on_base(asked: _Question, base: Base, problem: str) -> pd.DataFrame:
    """The test on one base; of residents of some ages or one sex, in the months in which these may be used."""
    if base.part:
        asked = replace(asked, compared=asked.compared.using("age_range", "gender"))
    own = asked.compared
    searches = base.searches(own.clean_searches, own.study.choices.ethnicity)
    return _tested(asked, searches, base.residents, problem).assign(base=base.name)


def _tested(asked: _Question, searches: pd.DataFrame, residents: pd.DataFrame, problem: str) -> pd.DataFrame:
    rows, side = _counted(asked, searches, residents)
    problems = _problems(asked, rows, searches, problem)
    reference = asked.compared.reference
    pairs = pairs_of(rows, side, by=BY, reference=reference, problem=problems)
    return compare_pairs(pairs, asked.test)


def _counted(asked: _Question, searches, residents) -> tuple[pd.DataFrame, Side]:
    """A row for every place and group, with its counts by month and week, and its resident-years."""
    own = asked.compared
    column = HITS[asked.outcome][0]
    groups = [*dict.fromkeys([own.reference, *own.groups])]
    groups += [name for name in labels(searches[BY]).cat.categories if name in UNKNOWN_LABELS]
    names = [_forces(own), *(_occurring(own.study, name) for name in asked.places[1:]), groups]
    keys = [*asked.places, BY]
    rows = pd.MultiIndex.from_product(names, names=keys)
    flag = searches[column].astype("boolean").to_numpy(dtype=np.int8, na_value=-1) + 1
    places = {key: positions(searches[key], own) + 1 for key, own in zip(keys[1:], names[1:], strict=True)}
    sizes = {key: (place, len(own) + 1) for (key, place), own in zip(places.items(), names[1:], strict=True)}
    counted = alike(searches, **sizes, flag=(flag, 3))
    time, at = time_of(counted.rows), positions(counted.rows["force"], names[0])
    inside = at >= 0
    for key, own_labels in zip(keys[1:], names[1:], strict=True):
        place = counted.asked[key] - 1
        at, inside = at * len(own_labels) + place, inside & (place >= 0)
    missing, no, yes = range(3)
    cell = (at * time.cells + time.cell) * 3 + counted.asked["flag"]
    found = np.bincount(cell[inside], counted.number[inside], minlength=len(rows) * time.cells * 3)
    found = found.reshape(len(rows), *time.shape, 3)
    known = found[..., no] + found[..., yes]
    rows = rows.to_frame(index=False)
    return rows, Side(known + found[..., missing], known, found[..., yes], _resident_years(own, rows, residents))


def _occurring(study, name):
    """The labels of a column that occur in published months, in their order; a blank is no object to search for."""
    codes, names = codes_of(study.records[name])
    kept = study.published.kept
    found = names[occurring(codes if kept.all() else codes[kept], len(names))]
    return [name for name in found if name not in UNKNOWN_LABELS] or list(found) or ["Not recorded"]


def _forces(own: Comparison) -> list[str]:
    return own.study.forces if own.base.problem else own.forces


def _resident_years(own: Comparison, rows, residents) -> np.ndarray:
    if residents.empty:
        return np.full(len(rows), np.nan)
    keys = ["force", BY]
    years = own.study.published_months.set_index("force")["days"].astype(float) / DAYS_OF_A_YEAR
    stated = residents.astype(dict.fromkeys(keys, "str")).set_index(keys)["residents"].astype(float)
    people = stated.reindex(pd.MultiIndex.from_frame(rows[keys])).to_numpy()
    return people * rows["force"].map(years).to_numpy(dtype=float)


def _problems(asked: _Question, rows, searches, problem: str) -> np.ndarray:
    """Why a row is not to be tested, "" where it may be: no residents, no month, a group or a link not in use."""
    own, problem = asked.compared, asked.refusal or problem
    why = np.full(len(rows), f"not estimable: {problem}" if problem else "", dtype=object)
    forces, groups = (rows[name].to_numpy(dtype=object) for name in ("force", BY))

    def say(text, here):
        why[here & (why == "")] = f"not estimable: {text}"

    months = own.study.published_months.set_index("force")["months"]
    judged = own.study.verdicts.query("verdict in ['flagged', 'unusable']").drop_duplicates("force")
    reasons = judged.set_index("force")["reasons"]
    for force in months.index[months.eq(0)]:
        say(f"no month of {in_words([force])} may be used ({reasons.get(force, NOT_HERE)})", forces == force)
    for force, group, as_said in own.unused[["force", "group", "alike"]].itertuples(index=False):
        text = f"{group} is hardly ever used in {in_words([force])}, under {UNUSED_PART:.0%} of the other account"
        text = text if np.isnan(as_said) else instead(force)
        say(text, (forces == force) & (groups == group))
    if asked.outcome == "find" and not searches.empty:
        for row in link_field_evidence(searches).itertuples():
            if row.verdict != SUPPORTED:
                say(f"link field {row.verdict} ({row.reason})", forces == row.force)
    return why


def _beside_bases(table, by_base, keys):
    """The table with what each base of residents says of its rows."""
    by_base = by_base.astype(dict.fromkeys(keys, "str"))
    own = table[keys].astype("str").merge(by_base[[*keys, "base", "verdict"]], how="left", on=keys)
    own["row"] = own.groupby(keys, sort=False).ngroup()
    given = own[own["verdict"].notna() & own["verdict"].ne(NOT_ESTIMABLE)]
    verdict = table["verdict"].reset_index(drop=True)
    alike = given[given["verdict"].to_numpy() == verdict.iloc[given["row"]].to_numpy()]
    said = (given["base"] + ": " + given["verdict"]).groupby(given["row"]).agg("; ".join)
    number = range(len(table))
    return table.assign(
        bases=given.groupby("row").size().reindex(number, fill_value=0).astype("Int64").to_numpy(),
        bases_alike=alike.groupby("row").size().reindex(number, fill_value=0).astype("Int64").to_numpy(),
        verdicts_by_base=said.reindex(number, fill_value="").to_numpy(),
    )
