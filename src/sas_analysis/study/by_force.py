"""The forces of a comparison side by side: rates, ratios and outcomes, and what the records of each can answer."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.handed_out import table_property
from sas_analysis.measures.pooling.decomposition import decompose
from sas_analysis.measures.pooling.funnel_limits import funnel
from sas_analysis.measures.pooling.shrinkage import shrunken_ratios
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.sensitivity import ALL_FORCES, RELIED_ON
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS, share_of_searches
from sas_analysis.measures.table import not_estimable
from sas_analysis.names import check_names
from sas_analysis.records.derived import NOWHERE
from sas_analysis.reference.forces import in_words, population_problem, territorial_forces
from sas_analysis.reference.official.causes import FEWER, MORE, last_compared
from sas_analysis.reference.official.other_years import of_other_years
from sas_analysis.reference.official.reconcile import (
    AMBER,
    ANOTHER_YEAR,
    GREEN,
    GREY,
    RED,
    lights,
    only_in_mix,
    worst_of_forces,
)
from sas_analysis.rounding import rounded
from sas_analysis.study.study import NOT_HERE

if TYPE_CHECKING:
    from sas_analysis.study.comparison import Comparison
    from sas_analysis.study.estimates import Estimates
    from sas_analysis.study.study import Study

FORCE, BY = "force", "ethnicity_5"
YES, NO = "yes", "no"
# What is asked of the records of a force -> the column it rests on, the labels that say it is not known.
QUESTIONS = {
    "ratios": (BY, UNKNOWN_LABELS),
    "outcomes": ("outcome", UNKNOWN_LABELS),
    "objects": ("object_of_search", UNKNOWN_LABELS),
    "places": ("location_status", NOWHERE),
}
MIX_AGREES = "agree in mix"  # the counts could not be compared
MIX_ALONE = "agree in mix, not in number"  # nor compared, and by what they come to in a whole year too few or too many
OFFICIAL = {  # the gravest light of a force's years, in words
    RED: "contradict",
    AMBER: "differ",
    GREEN: "agree",
    ANOTHER_YEAR: "no figures of this year here",
    GREY: "not compared",
}
_FEWEST_POOLED = 5  # forces, below which no mean of differences is given
_NOT_KNOWN = {"ratios": "ethnicity", "outcomes": "outcome", "objects": "object", "places": "location"}


def _verdicts(official: pd.DataFrame, causes: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What official statistics do to the records of each force, in its worst year; and the official year, where it is
    another than that.

    causes : of each force, as `_last_cause`. One whose count is not compared agrees in mix; not in number, where
    neither months nor unknown ethnicity can account for what is missing or is too much.
    """
    words = {force: (OFFICIAL[light], other) for force, (light, other) in worst_of_forces(lights(official)).items()}
    apart = {force for force, cause in causes.items() if cause.rpartition(" + ")[2] in (FEWER, MORE)}
    return words | {force: (MIX_ALONE if force in apart else MIX_AGREES, "") for force in only_in_mix(official)}


def _last_cause(causes: pd.DataFrame) -> dict[str, str]:
    known = last_compared(causes)
    return dict(zip(known["force"], known["cause"], strict=True))


def _unknown(searches: pd.DataFrame, column: str, labels: tuple[str, ...]) -> pd.Series:
    """The share of the searches of every force whose label says that it is not known."""
    shares = share_of_searches(searches, column, within=FORCE, interval="none")
    lost = shares[shares[column].astype("str").isin(labels)]
    return lost.groupby(lost[FORCE].astype("str"))["estimate"].sum()


def _of(table: pd.DataFrame, group: str) -> pd.DataFrame:
    return table[table[BY].astype("str").eq(group)]


@dataclass(frozen=True, repr=False)
class Forces:
    """The forces of a comparison side by side; `Comparison.by_force` makes it.

    Parameters
    ----------
    compared : Comparison
        Of one force or several.

    Examples
    --------
    >>> both = sas.open_study(["metropolitan", "essex"], "2018-04", "2018-09", raw=SAMPLE)
    >>> side = sas.Comparison(both, groups=["Black"]).by_force()
    >>> side.ratios[["force", "ethnicity_5", "numerator", "estimate"]].round(2)
              force ethnicity_5  numerator  estimate
    0  metropolitan       White        490      1.00
    1  metropolitan       Black        505      4.24
    2         essex       White        293      1.00
    3         essex       Black         30      3.12
    """

    compared: "Comparison"

    @property
    def study(self) -> "Study":
        """The study of all its forces."""
        return self.compared.study

    @cached_property
    def absent(self) -> list[str]:
        """The territorial forces of England and Wales without a month in the study, in the order of `sas.forces`."""
        grid = self.study.whole.coverage
        here = set(grid.loc[grid["rows"].gt(0).fillna(False), FORCE].astype("str"))
        return [force for force in territorial_forces() if force not in here]

    @property
    def _without_files(self) -> list[str]:
        """The forces of the study of which no file with records is here: nothing is known of their records."""
        grid = self.study.whole.coverage
        here = set(grid.loc[grid["rows"].gt(0).fillna(False), FORCE].astype("str"))
        return [force for force in self.study.forces if force not in here]

    # --- per resident -------------------------------------------------------------------------------------------------

    @table_property
    def rates(self) -> pd.DataFrame:
        """The search rate of every group shown in every force: `force | ethnicity_5 | <measures table>`."""
        table = search_rate(self.compared.exposure_by(FORCE), by=[FORCE, BY], **self.study.limits)
        return self._of_all(self.compared.shown(table))

    @table_property
    def ratios(self) -> pd.DataFrame:
        """The ratio of every group shown to the reference group of the same force, as `rates`."""
        table = disproportionality_ratio(self.compared.exposure, within=FORCE, **self.compared.against)
        return self._of_all(self.compared.shown(table))

    def _of_all(self, table: pd.DataFrame, study: "Study | None" = None, *, residents: bool = True) -> pd.DataFrame:
        """A table by force with rows of every force of the study: where nothing is estimated, the note says why.

        study : whose months the table is of, by default those of the comparison. residents : whether it needs any.
        """
        study = study or self.study
        rows = {force: own for force, own in table.groupby(table[FORCE].astype("str"), sort=False)}
        like = next(iter(rows.values()), table)
        why = study.published_months.set_index(FORCE)["months"].eq(0)
        for force in study.forces:
            if force not in rows:
                reason = (population_problem(force) if residents else "") or (
                    study.of_force(force).nothing_counts if why[force] else ""
                )
                without = "no residents to divide by" if residents else "no search of which the outcome is known"
                rows[force] = not_estimable(like.assign(**{FORCE: force}), reason or without)
        return pd.concat([rows[force] for force in study.forces], ignore_index=True)

    @table_property
    def strata(self) -> pd.DataFrame:
        """Searches and resident-years of every group in every force that can be used, for a funnel."""
        return self._relied.strata

    @table_property
    def shrunken(self) -> pd.DataFrame:
        """Ratios of the forces that can be used, drawn towards their mean: `force | ethnicity_5 | <measures table>`."""
        return self.compared.shown(shrunken_ratios(self.strata, **self.compared.against))

    @table_property
    def funnel(self) -> pd.DataFrame:
        """The forces that can be used against the limits of chance, as `pooling.funnel`."""
        return funnel(self.strata, reference=self.compared.reference)

    @table_property
    def within(self) -> pd.DataFrame:
        """Ratios added together and within forces, of those that can be used and of all: `forces | <decompose>`.

        Where no other force has a month that counts and residents to divide by, all are those that can be used.
        """
        parts = {ALL_FORCES: self.compared}
        if self._relied is not self.compared:
            months = self.study.published_months.set_index(FORCE)["months"]
            others = [force for force in self.compared.forces if months[force] and force not in self.relied]
            parts = {RELIED_ON: self._relied} | (parts if others else {})
        tables = {name: one.shown(decompose(one.strata, **one.against)) for name, one in parts.items()}
        table = pd.concat(tables, names=["forces"]).reset_index("forces")
        return table[table[BY].isin(self.compared.groups)].reset_index(drop=True)

    @cached_property
    def _relied(self) -> "Comparison":
        """The comparison of the forces that can be used; of all where none can be, or all."""
        some = 0 < len(self.relied) < len(self.study.forces)
        return replace(self.compared, study=self.study.of_force(*self.relied)) if some else self.compared

    @table_property
    def arrests(self) -> pd.DataFrame:
        """Share of the searches of every force that ended in an arrest: `force | <measures table>`.

        A force without a month in which outcomes may be used has no estimate, and the reason.
        """
        found = self.study.whole.outcome("arrest", by=FORCE)
        return self._of_all(found.frame, found.study, residents=False)

    @table_property
    def arrest_differences(self) -> "Estimates | None":
        """Differences in arrest between groups among like searches, pooled over the forces that can be used for both
        ratios and outcomes, as `Study.pooled_outcome_difference`; None of fewer than five forces."""
        both = self.reliance[["ratios", "outcomes"]].ne(NO).all(axis=1)
        forces = self.reliance.loc[both, FORCE].tolist()
        if len(forces) < _FEWEST_POOLED:
            return None
        return self.study.of_force(*forces).pooled_outcome_difference("arrest", reference=self.compared.reference)

    def overview(self, group: str) -> pd.DataFrame:
        """One row a force: its searches, the rate and ratio of one group, arrests, and what its records can answer.

        Parameters
        ----------
        group : str
            The ethnic group of the rate and the ratio, one of the comparison.

        Returns
        -------
        DataFrame
            `force | searches | months | ethnicity_5 | search_rate | ratio | ratio_lower | ratio_upper |
            ratio_searches | ratio_note | arrests | arrests_lower | arrests_upper | arrests_searches | arrests_note |
            official | other_year | cause | ratios | outcomes | why`. The limits are of these months. `searches` and
            `months` are as in `reliance`; `ratio_searches` are those of the group, `arrests_searches` those of known
            outcome. A value that is no headline is there too: its note says so, as in `ratios` and `arrests`.

        Examples
        --------
        >>> side.overview("Black")[["force", "searches", "ratio", "arrests"]].round(2)
                  force  searches  ratio  arrests
        0  metropolitan      1618   4.24     0.15
        1         essex       381   3.12     0.14
        """
        check_names([group], [self.compared.reference, *self.compared.groups], "group")
        last = ["official", "other_year", "cause", "ratios", "outcomes", "why"]
        table = self.reliance[["force", "searches", "months", *last]].set_index(FORCE)
        rests = {"ratio": (_of(self.ratios, group), "numerator"), "arrests": (self.arrests, "denominator")}
        estimates = []
        for name, (rows, side) in rests.items():
            columns = [name, *(f"{name}_{end}" for end in ("lower", "upper", "searches", "note"))]
            own = rows.set_index(rows[FORCE].astype("str"))
            table[columns] = own[["estimate", "period_lower", "period_upper", side, "note"]].reindex(table.index)
            estimates += columns
        rates = _of(self.rates, group)
        table["search_rate"] = rates.set_index(rates[FORCE].astype("str"))["estimate"].reindex(table.index)
        table[BY] = group
        return table[["searches", "months", BY, "search_rate", *estimates, *last]].reset_index()

    # --- what the records can answer ----------------------------------------------------------------------------------

    @table_property
    def reliance(self) -> pd.DataFrame:
        """What the records of each force can answer, a row a force.

        Returns
        -------
        DataFrame
            `force | searches | months | official | other_year | cause | ratios | outcomes | objects | places |
            ratios_unknown | ... | places_unknown | why`.
            `searches`: of people, in the months that count. `months`: how many these are. `official`: what official
            statistics do, one of `OFFICIAL`; "agree in mix" where numbers could not be compared, or "agree in mix, not
            in number" where the cause says that records are missing or too many; in simulated records "not compared".
            `other_year`: the official year that says so, where the package carries none of the same year; else "".
            `cause`: of the last year with an official count, as `Study.causes`. `ratios`, `outcomes`, `objects`,
            `places`: "yes", "n of m months" where the field may not be used in the others, or "no". The shares unknown
            are of searches of the months that count, or of all published ones where none does; `why` has the reasons
            of every "no".
        """
        study = self.study.whole
        people = study.rows[FORCE].value_counts()
        people.index = people.index.astype("str")
        table = pd.DataFrame({FORCE: study.forces})
        table["searches"] = rounded(table[FORCE].map(people).fillna(0).astype("Int64"), study.records)
        table["months"] = table[FORCE].map(study.published_months.set_index(FORCE)["months"])
        causes = _last_cause(study.causes)
        verdicts = _verdicts(study.official, causes)
        none = (OFFICIAL[GREY], "")
        table["official"], table["other_year"] = zip(*[verdicts.get(f, none) for f in study.forces], strict=True)
        table["cause"] = [causes.get(force, "") for force in study.forces]
        asked = {question: self._asked(question) for question in QUESTIONS}
        for question, answers in asked.items():
            table[question] = table[FORCE].map(answers["answer"])
        for question, answers in asked.items():
            table[f"{question}_unknown"] = table[FORCE].map(answers["unknown"])
        whys = [
            [f"{question}: {answers['why'][force]}" for question, answers in asked.items() if answers["why"][force]]
            for force in table[FORCE]
        ]
        return table.assign(why=["; ".join(why) for why in whys])

    @property
    def relied(self) -> list[str]:
        """The forces whose records can be used for ratios of ethnic groups."""
        return self.reliance.loc[self.reliance["ratios"].ne(NO), FORCE].tolist()

    def _asked(self, question: str) -> pd.DataFrame:
        """Of each force, whether a question can be answered: `answer | unknown | why`, by force."""
        column, unknown = QUESTIONS[question]
        own = self.study.whole.using(column)
        months = own.published_months.set_index(FORCE)["months"]
        lost = _unknown(own.tallied(column), column, unknown).reindex(months.index)
        if months.eq(0).any():
            published = _unknown(own.tallied(column, months="published"), column, unknown)
            lost = lost.where(months.gt(0), published)
        found = pd.DataFrame({"months": months, "unknown": lost})
        asked, here = len(self.study.months), set(self.study.forces) - set(self._without_files)
        whys = [
            self._why_not(question, row.Index, row.months, row.unknown) if row.Index in here else [NOT_HERE]
            for row in found.itertuples()
        ]
        found["why"] = [" and ".join(reasons) for reasons in whys]
        partly = found["months"].map(lambda number: YES if number == asked else f"{number} of {asked} months")
        return found.assign(answer=partly.where(found["why"].eq(""), NO))

    def _why_not(self, question: str, force: str, months: int, unknown: float) -> list[str]:
        """Every reason why a question cannot be answered for a force."""
        what, found = _NOT_KNOWN[question], []
        if question == "ratios" and (problem := population_problem(force)):
            found.append(problem)
        if question == "ratios" and force in self.study.contradicted:
            found.append(
                f"official statistics{of_other_years([self.study.contradicted_by[force]])} contradict the records"
            )
        if not months:
            found.append(f"{what} may not be used in any month")
        if pd.notna(unknown) and unknown > HEADLINE_UNKNOWN:
            asked = len(self.study.months)
            of = f" of {months} of {asked} months" * (0 < months < asked)
            found.append(f"{what} is unknown in {unknown:.0%} of searches{of}")
        return found

    def __repr__(self) -> str:
        absent = f"; without records: {in_words(self.absent)}" if self.absent else ""
        return f"{and_join([in_words([force]) for force in self.study.forces])} side by side{absent}"
