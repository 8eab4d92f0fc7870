"""What a study offers of differences between groups: of outcomes, of grounds, and of several forces together."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from sas_analysis.codes import split
from sas_analysis.errors import ParameterError
from sas_analysis.measures.grounds import share_differences
from sas_analysis.measures.outcomes.adjusted import COVARIATES
from sas_analysis.measures.outcomes.differences import (
    ADJUSTED,
    WITHIN,
    difference_rows,
    outcome_difference_bounds,
    outcome_differences,
    table_of,
)
from sas_analysis.measures.outcomes.events import OUTCOMES as EVENTS
from sas_analysis.measures.outcomes.pooled_differences import pooled_differences
from sas_analysis.measures.table import join_notes
from sas_analysis.names import one_name, raise_faults, some_names, unknown_names
from sas_analysis.processes import each
from sas_analysis.records.select import with_ethnicity
from sas_analysis.study import measures
from sas_analysis.study.estimates import Estimates
from sas_analysis.study.measures import OUTCOMES, check_columns, check_reference, in_words, measured
from sas_analysis.study.study import Study


def outcome_difference(
    study: Study,
    outcome: str | Sequence[str],
    *,
    by: str,
    reference: str,
    within=None,
    covariates=None,
    bounds: bool = False,
    **options,
) -> Estimates:
    """Differences of the share of an outcome from the reference group's; `Study.outcome_difference`."""
    if not isinstance(outcome, str):
        outcome = some_names(outcome, "outcome")
        if not outcome:
            raise ParameterError(f"outcome names none; it is one or more of {', '.join(map(repr, EVENTS))}")
        raise_faults(unknown_names(outcome, EVENTS, "outcome"))
        return _beside(outcome_difference, study, outcome, by, reference, within, covariates, bounds, options)
    if outcome not in EVENTS:
        raise ParameterError(f"outcome {outcome!r} is none of {', '.join(map(repr, EVENTS))}")
    within, covariates, alike = _alike(study, by, reference, within, covariates)
    options |= {"outcome": outcome, "by": by, "reference": reference}
    title = f"{OUTCOMES[outcome][1]}: difference from {reference}"
    if bounds:
        title += ", whatever is unknown"
        return measured(alike.not_using("outcome", "arrest"), outcome_difference_bounds, title, **options)
    alike = alike.using(EVENTS[outcome].column)
    found = measured(alike, outcome_differences, title, within=within, covariates=covariates, **options)
    found = replace(found, frame=_with_what_is_not_alike(found.frame, by))
    return measures.where_finds_can_be_told(study, found) if EVENTS[outcome].needs_link else found


def ground_difference(
    study: Study, column: str, *, by: str, reference: str, within=None, covariates=None, **options
) -> Estimates:
    """Differences of the shares of a column's labels from the reference group's; `Study.ground_difference`."""
    check_columns(study, [one_name(column, "column", "ask of one at a time")])
    if column == by:
        raise ParameterError(f"{column} cannot be both the column whose shares are compared and by, whose groups are")
    within, covariates, alike = _alike(study, by, reference, within, covariates, but=column)
    options |= {"column": column, "by": by, "reference": reference, "within": within, "covariates": covariates}
    title = f"Share of {in_words(column)}: difference from {reference}"
    found = measured(alike.using(column), share_differences, title, **options)
    return replace(found, frame=_with_what_is_not_alike(found.frame, by))


def _with_what_is_not_alike(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """A table of differences whose notes say that searches are not alike in `by`, where they usually are."""
    usual = {"within": WITHIN, "adjusted": COVARIATES}
    kind, stands = table["measure"].str.rpartition("_")[2], table["estimate"].notna()
    left = kind.map(lambda name: by in usual.get(name, ())) & stands
    said = pd.Series("", index=table.index, dtype="str").mask(left, f"{in_words(by)} is compared, and not held alike")
    return table.assign(note=join_notes(table["note"].fillna(""), said).array)


def _alike(study: Study, by, reference, within, covariates, but: str = "") -> tuple[tuple, tuple, Study]:
    """The strata and covariates of a difference, and the study of the months in which they may be used."""
    check_columns(study, [one_name(by, "by", "groups are of one column")])
    given = _given(study, within, covariates, by, but)
    check_columns(study, [*given[0], *given[1]])
    if by in (*given[0], *given[1]):
        raise ParameterError(f"groups of {by} cannot be compared among searches alike in {by}: leave it out")
    check_reference(with_ethnicity(study.records, **study.choices.scheme), by, reference)
    return *given, study.using(*given[0], *given[1])


def _given(study: Study, within, covariates, *but: str) -> list[tuple]:
    """The columns that are asked for, or the usual ones but some: of several forces, each compared within itself.

    but : the groups that are compared, and what they are compared in, which no searches can be alike in.
    """
    places = ("force",) if len(study.forces) > 1 else ()
    return [
        tuple(name for name in (*places, *usual) if name not in but)
        if columns is None
        else tuple(some_names(columns, argument))
        for argument, columns, usual in (("within", within, WITHIN), ("covariates", covariates, COVARIATES))
    ]


def _beside(measure, study, outcomes, by, reference, within, covariates, bounds, options) -> Estimates:
    """A measure of several outcomes in one table, with a column that names the outcome."""
    given = {"by": by, "reference": reference, "within": within, "covariates": covariates, "bounds": bounds}
    found = {name: measure(study, name, **given, **options) for name in outcomes}
    names = [EVENTS[name].title for name in found]
    frames = [own.frame.assign(outcome=EVENTS[name].title) for name, own in found.items()]
    frame = pd.concat(frames, ignore_index=True)
    frame["outcome"] = pd.Categorical(frame["outcome"], names)
    first = next(iter(found.values()))
    return Estimates(frame[["outcome", *first.frame.columns]], f"Outcomes: difference from {reference}", first.study)


def by_force(study: Study, outcome: str, **options) -> Estimates:
    """Differences of an outcome within every force of a study, each by itself: `Estimates` of `force | <by> | ...`."""
    found = by_part(study, outcome, part="force", labels=study.forces, **options)
    return replace(found, frame=_with_lost_months(found.frame, found.study))


def _with_lost_months(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """A table by force in which a force without a month that counts says so: it has no search for that reason alone."""
    lost = study.published_months.set_index("force")["months"].eq(0)
    why = {force: f"not estimable: {study.of_force(force).nothing_counts}" for force in lost.index[lost]}
    own = zip(table["force"].astype("str"), table["estimate"].isna(), table["note"], strict=True)
    return table.assign(note=[why.get(force, note) if none else note for force, none, note in own])


def by_part(
    study: Study, outcome: str, *, part: str, labels: list[str], by: str, reference: str, within=None, covariates=None,
    **options,
) -> Estimates:  # fmt: skip
    """Differences of an outcome within every part of a study, each by itself: `Estimates` of `<part> | <by> | ...`.

    part : "force", or "area" where searches have one. labels : of the parts.
    """
    if one_name(outcome, "outcome", "ask of one at a time") not in EVENTS:
        raise ParameterError(f"outcome {outcome!r} is none of {', '.join(map(repr, EVENTS))}")
    check_columns(study, [one_name(by, "by", "groups are of one column")])
    check_reference(with_ethnicity(study.records, **study.choices.scheme), by, reference)
    one = [tuple(name for name in columns if name != part) for columns in _given(study, within, covariates, by)]
    alike = study.using(EVENTS[outcome].column, *one[0], *one[1])
    options |= {"outcome": outcome, "by": by, "reference": reference, "within": one[0], "covariates": one[1]}
    title = f"{OUTCOMES[outcome][1]} by {part}: difference from {reference}"
    return measured(alike, _of_each, title, part=part, labels=labels, **options)


def _of_each(searches: pd.DataFrame, *, part: str, labels: list[str], **options) -> pd.DataFrame:
    rows = each(lambda own: difference_rows(own, **options), split(searches, part, labels))
    return table_of(rows, options["by"], **{part: labels})


def pooled(study: Study, outcome: str, *, of: str = ADJUSTED, **options) -> Estimates:
    """Differences of an outcome of several forces together; `Study.pooled_outcome_difference`."""
    own = by_force(study, outcome, **options)
    frame = pooled_differences(own.frame, of=of, **study.limits)
    title = f"{OUTCOMES[outcome][1]} over {len(study.forces)} forces: {of} difference from {options['reference']}"
    return Estimates(frame, title, study)
