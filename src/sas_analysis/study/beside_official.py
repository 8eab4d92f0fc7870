"""The records of a study beside official statistics; `Study` has it all under names of its own.

They are of whole forces, whatever is asked of a study.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sas_analysis.measures import coverage, sensitivity
from sas_analysis.processes import Begun, at_once, begin
from sas_analysis.records.select import is_repeat, with_ethnicity
from sas_analysis.reference.official.causes import CAUSE_COLUMNS, name_causes, of_compared
from sas_analysis.reference.official.ours import count_records
from sas_analysis.reference.official.reconcile import by_both_words, in_number_alone, reconcile, year_of

if TYPE_CHECKING:
    from sas_analysis.study.study import Study


def beside_official(study: "Study") -> pd.DataFrame:
    """`Study.official`."""
    if study.rests_on:
        return _whole_forces(study).official
    return _begun(study).result()


def begin_official(study: "Study") -> None:
    """Begin `Study.official` beside what comes first, where forks can: every page has it."""
    if at_once() > 1:
        _begun(study)


def _begun(study: "Study") -> Begun:
    """The comparison by a word on ethnicity and the months that count, begun once for studies of the same records."""
    months, known = compared_months(study), study._official_known
    asked = (study.choices.ethnicity, *months.itertuples(index=False, name=None))
    if asked not in known:
        known[asked] = begin(_reconciled, study, months)
    return known[asked]


def _reconciled(study: "Study", months: pd.DataFrame) -> pd.DataFrame:
    beside = reconcile(_counted(study), published=months)
    if study.choices.ethnicity == "self":
        return beside
    return in_number_alone(by_both_words(beside, reconcile(_counted(study, "self"), published=months)))


def causes(study: "Study") -> pd.DataFrame:
    """`Study.causes`."""
    if study.rests_on:
        return _whole_forces(study).causes
    if study.synthetic:
        return pd.DataFrame(columns=CAUSE_COLUMNS)
    months = study.counted.merge(study.verdicts[["force", "month", "rules"]], on=["force", "month"])
    whose, repeats = study.choices.ethnicity, is_repeat(study.records).to_numpy()

    def of(word: str) -> pd.DataFrame:
        return name_causes(_counted(study, word), count_records(_described(study, word), without=repeats), months)

    return of(whose) if whose == "self" else of_compared(of(whose), of("self"), study.official)


def labels(study: "Study", path: str | Path) -> pd.DataFrame:
    """`Study.official_labels`."""
    from sas_analysis.reference.official.home_office import read_official
    from sas_analysis.reference.official.labels import compare_labels, count_labels

    published = compared_months(_whole_forces(study))
    return compare_labels(count_labels(study.records), read_official(path), published=published)


def months(study: "Study") -> pd.DataFrame:
    """`Study.official_months`."""
    compared = compared_months(_whole_forces(study)).astype("str")
    return compared.assign(year_ending=compared["month"].map(year_of))


def contradicted_years(study: "Study") -> dict[str, set[str]]:
    """`Study.contradicted_years`."""
    found = sensitivity.contradicted_years(study._longest.official, synthetic=study.synthetic)
    own = set(map(year_of, study.months))
    return {force: years & own for force, years in found.items() if force in study.forces and years & own}


def contradicted_by(study: "Study") -> dict[str, str]:
    """`Study.contradicted_by`."""
    years = study.contradicted_years
    return sensitivity.contradicted_by(study._longest.official, years) if years else {}


def compared_months(study: "Study") -> pd.DataFrame:
    """`force | month` of the months that official statistics are compared with; none of simulated records."""
    published = coverage.published_force_months(study.counted)
    return published.head(0) if study.synthetic else published


def _counted(study: "Study", whose: str = "") -> pd.DataFrame:
    """The records counted as official statistics count them, of ethnicity known by a word; by default the study's."""
    whose, known = whose or study.choices.ethnicity, study._official_known
    if whose not in known:
        known[whose] = count_records(_described(study, whose))
    return known[whose]


def _described(study: "Study", whose: str) -> pd.DataFrame:
    """The records with ethnicity, in either grouping, by someone's word."""
    if whose == "self":
        return study.records
    described = with_ethnicity(study.records, scheme=whose)
    return described.assign(ethnicity_5_2001=described["ethnicity_5"])


def _whole_forces(study: "Study") -> "Study":
    """The same forces and months without a question, a place or a power: what official statistics count."""
    whole = study.whole
    return whole._with(area=None, choices=replace(whole.choices, power="all")) if whole.rests_on else whole
