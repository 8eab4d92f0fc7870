"""The measures a study offers by name: shares, outcomes, rates and ratios, also by area and over time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from sas_analysis.errors import ParameterError, and_join
from sas_analysis.measures.encounters import encounters
from sas_analysis.measures.exposure import is_of_persons
from sas_analysis.measures.outcomes import outcome_rates
from sas_analysis.measures.outcomes.events import OUTCOMES as EVENTS
from sas_analysis.measures.outcomes.outcome_bounds import BOUNDED, IF_RIGHT, outcome_bounds, with_bounds
from sas_analysis.measures.outcomes.stages import outcome_stages
from sas_analysis.measures.places.areas import with_note
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.rates.standardise import STRATA
from sas_analysis.measures.shares import as_list, labels, share_of_searches
from sas_analysis.measures.table import MEASURE_COLUMNS, join_notes, not_estimable
from sas_analysis.measures.trends.periods import in_part
from sas_analysis.months import PERIODS
from sas_analysis.names import as_names, check_called, check_names, did_you_mean, one_name, some_names
from sas_analysis.processes import each
from sas_analysis.records.select import counted_columns
from sas_analysis.study.comparison import BY, Comparison, comparison_of
from sas_analysis.study.estimates import Estimates
from sas_analysis.study.options import check_options, options_of
from sas_analysis.study.question import fields_of_measure, fields_of_table
from sas_analysis.study.study import Study

OUTCOMES = {
    "positive": (outcome_rates.positive_outcome_rate, "Positive outcomes"),
    "nothing": (outcome_rates.no_further_action_rate, "No further action"),
    "arrest": (outcome_rates.arrest_rate, "Arrests"),
    "find": (outcome_rates.find_rate, "Finds"),
    "linked": (outcome_rates.linked_share, "Outcomes linked to the object of search"),
}
# What most tables of outcomes read: few enough kinds of searches that one count of them serves all these tables.
_OFTEN = ("ethnicity_5", "positive_outcome", "arrest", "outcome_linked_to_object")
# The columns that a measure reads beside those that it is by.
_COUNTED = {
    share_of_searches: set(),
    outcome_rates.positive_outcome_rate: {"positive_outcome"},
    outcome_rates.no_further_action_rate: {"positive_outcome"},
    outcome_rates.arrest_rate: {"arrest"},
    outcome_rates.find_rate: {"positive_outcome", "outcome_linked_to_object"},
    outcome_rates.linked_share: {"positive_outcome", "outcome_linked_to_object"},
    outcome_bounds: {"positive_outcome", "arrest"},
    outcome_stages: {"positive_outcome", "arrest", "outcome_linked_to_object"},
}
_PLACES = ("borough", "force")
NOT_ESTIMABLE = "not estimable: "
LIMITS = ("interval", "together")  # what rates and ratios take beside the options of a comparison
_OF_PLACES = 'of places ask sas.Comparison(study).by_area(), such as sas.Comparison(study).by_area().outcome("arrest")'


def measured(
    study: Study, measure: Callable[..., pd.DataFrame], title: str = "", *, rests: Iterable[str] = (), **options
) -> Estimates:
    """A measure of the searches of the months in which the fields it rests on may be used; `Study.measured`.

    What it rests on is read from its table: the registry says it of the measure, the groups say it of themselves.
    rests : what is known of that before, so that there is no table of other months first.
    """
    check_called(measure, "measure", "sas.share_of_searches")
    takes = options_of(measure)
    if takes is not None:
        check_options(options, takes)
    options = study.limits | options
    first = study.using(*rests)
    frame = measure(_searches(first, measure, options), **options)
    own = first.using(*fields_of_table(frame, study.choices.ethnicity))
    if own is not first and own.selection.left != first.selection.left:
        frame = measure(_searches(own, measure, options), **options)
    if own.nothing_counts:
        frame = not_estimable(frame, own.nothing_counts)
    found = Estimates(frame, title, own)
    if measure is outcome_stages and "force" not in as_list(options.get("by", ())):
        finds = frame["stage"].astype("str").eq(EVENTS["find"].title)
        return where_finds_can_be_told(study, found, finds.to_numpy())
    return found


def where_finds_can_be_told(study: Study, found: Estimates, finds: np.ndarray | None = None) -> Estimates:
    """An estimate of finds, without a number where the study has no find rate.

    Else one would be given of some forces alone, or of the few months whose other fields may be used, beside a sentence
    that says that there is none. finds : which rows are of finds; by default all.
    """
    frame = found.frame
    rows = frame.index if finds is None else frame.index[finds]
    if frame.loc[rows, "estimate"].isna().all() or pd.notna(study._find_rate["estimate"]):
        return found
    refused = not_estimable(frame.loc[rows], study._find_rate["note"].removeprefix(NOT_ESTIMABLE)).set_axis(rows)
    if finds is None:
        return replace(found, frame=refused)
    frame = frame.copy()
    for name in MEASURE_COLUMNS:
        frame.loc[rows, name] = refused[name]
    return replace(found, frame=frame)


def _searches(study: Study, measure: Callable[..., pd.DataFrame], options: dict) -> pd.DataFrame:
    """What a measure counts: the searches, or the kinds of them that many tables count.

    One of a user's may look at any column, and so do encounters: at the place.
    """
    if measure in _COUNTED:
        asked = {name for columns in ("by", "within") for name in as_list(options.get(columns, ()))}
        if asked | _COUNTED[measure] <= set(_OFTEN):
            return study.tallied(*_OFTEN)
    counts = measure.__module__.startswith("sas_analysis.") and measure is not encounters
    return study.rows if counts else study.counted_searches


def share(study: Study, by, *, within=(), months: str = "counted", **options) -> Estimates:
    """Share of searches by some columns; `Study.share`."""
    if months not in ("counted", "published"):
        raise ParameterError(f'months={months!r} is none of "counted", "published"')
    check_columns(study, [*some_names(by, "by"), *some_names(within, "within")])
    _check_by(by, within)
    title = f"Searches by {in_words(by, within)}"
    if months == "counted":
        rests = fields_of_measure("share_of_searches", [*as_list(within), *as_list(by)], study.choices.ethnicity)
        return measured(study, share_of_searches, title, rests=rests, by=by, within=within, **options)
    frame = share_of_searches(study.published_rows, by, within=within, **(study.limits | options))
    return Estimates(frame, title, study, months=months)


def share_of_forces(study: Study, by: str, forces: list[str]) -> Estimates:
    """Share of the searches of some forces by a column, as `Study.of_force` has it.

    They are counted among those of all forces: a copy of the records of most takes a quarter of the memory.
    """
    own = study.using(*fields_of_measure("share_of_searches", [by], study.choices.ethnicity))
    counted = own.tallied(*_OFTEN) if by in _OFTEN else own.tallied(by)
    frame = share_of_searches(counted[counted["force"].isin(forces)], by, **study.limits)
    part = own.months_of(*forces)
    frame = not_estimable(frame, part.nothing_counts) if part.nothing_counts else frame
    return Estimates(frame, f"Searches by {in_words(by)}", part)


def outcome(study: Study, name: str, *, by=(), **options) -> Estimates:
    """Share of searches that ended in an outcome; `Study.outcome`."""
    if one_name(name, "outcome", "ask of one at a time, or study.shares([], outcomes=[...])") not in OUTCOMES:
        raise ParameterError(f"outcome {name!r} is none of {', '.join(map(repr, OUTCOMES))}")
    check_columns(study, some_names(by, "by"))
    measure, title = OUTCOMES[name]
    rests = fields_of_measure(measure.__name__, as_list(by), study.choices.ethnicity)
    found = measured(study, measure, f"{title} by {in_words(by)}" if by else title, rests=rests, by=by, **options)
    if found.study.nothing_counts and name in BOUNDED:
        return replace(found, frame=with_bounds(found.frame, bounds(study, name, by=by).frame))
    if name == "find" and as_list(by) and "force" not in as_list(by):
        return where_finds_can_be_told(study, found)
    return found


def shares(study: Study, columns, *, outcomes=()) -> pd.DataFrame:
    """Shares by each of several columns, and of some outcomes, in one table: `column | label | ...`; `Study.shares`."""
    columns, outcomes = as_names(columns), as_names(outcomes)
    if not columns and not outcomes:
        known = ", ".join(counted_columns(study.records))
        raise ParameterError(f"columns and outcomes name none; the columns are: {known}")
    tables = [share(study, column).frame.rename(columns={column: "label"}).assign(column=column) for column in columns]
    tables += [outcome(study, name).frame.assign(column="", label="") for name in outcomes]
    table = pd.concat([part.astype({"label": "str"}) for part in tables], ignore_index=True)
    return table[["column", "label", *MEASURE_COLUMNS]]


_DOUBTED = ("outcome", "arrest")  # fields that bounds take as they are, whatever the audit says of them


def bounds(study: Study, name: str, *, by=()) -> Estimates:
    """Lowest and highest share of searches that ended in an outcome, whatever the unknown; `Study.outcome_bounds`."""
    if one_name(name, "outcome", "ask of one at a time") not in BOUNDED:
        raise ParameterError(f"outcome {name!r} is none of {', '.join(map(repr, BOUNDED))}")
    check_columns(study, some_names(by, "by"))
    title = f"{OUTCOMES[name][1]} whatever the unknown outcomes were"
    found = measured(study.not_using(*_DOUBTED), outcome_bounds, title, outcome=name, by=by)
    doubted = found.study.using(*_DOUBTED).selection.left != found.study.selection.left
    said = np.where(found.frame["estimate"].notna() & doubted, IF_RIGHT, "")
    return replace(found, frame=found.frame.assign(note=join_notes(found.frame["note"], said)))


def rate(study: Study, *, by: str = "", over: str = "", areas: Iterable[str] | None = None, **options) -> Estimates:
    """Search rates of ethnic groups; `Study.rate`."""
    asked = study.limits | _limits_of(options)
    _check_of_residents(study, by, areas, options)

    def measure(compared: Comparison, within: list[str]) -> pd.DataFrame:
        return search_rate(compared.exposure_by(*within), by=[*within, BY], **asked)

    def of_areas(compared: Comparison) -> pd.DataFrame:
        return compared.by_area(areas).rates_with(**asked)

    return _by_part(study, "Search rate", measure, of_areas, by, over, options)


def ratio(study: Study, *, by: str = "", over: str = "", areas: Iterable[str] | None = None, **options) -> Estimates:
    """Disproportionality ratios of ethnic groups; `Study.ratio`."""
    asked = _limits_of(options)
    _check_of_residents(study, by, areas, options)

    def measure(compared: Comparison, within: list[str]) -> pd.DataFrame:
        exposure = compared.exposure_by(*within)
        return disproportionality_ratio(exposure, within=within, **(compared.against | asked))

    def of_areas(compared: Comparison) -> pd.DataFrame:
        return compared.by_area(areas).ratios_with(**(compared.against | asked))

    reference = options.get("reference", Comparison.reference)
    return _by_part(study, f"Ratio to {reference}", measure, of_areas, by, over, options)


def _limits_of(options: dict) -> dict:
    """What of some options asks for limits; taken out of them."""
    return {name: options.pop(name) for name in LIMITS if name in options}


def _by_part(
    study: Study, title: str, measure: Callable, of_areas: Callable, by: str, over: str, options: dict
) -> Estimates:
    """A measure of each place and period, in one table with a column for either."""
    if over not in ("", *PERIODS):
        raise ParameterError(f"over={over!r} is none of {', '.join(map(repr, PERIODS))}")
    within = [by] if by and by not in _PLACES else []
    if by == "borough":
        study = study.placed()
        frame = _of_boroughs(study, of_areas, over, options)
    else:
        frame = _of_places(study, measure, by, over, within, options)
    words = in_words([*filter(None, (by, over)), BY])
    return Estimates(frame, f"{title} by {words}", study, Comparison(study, **options))


def _check_of_residents(study: Study, by: object, areas: object, options: dict) -> None:
    """Raise ParameterError for what a rate or ratio cannot be by, and for options of residents that are none."""
    if not isinstance(by, str):
        raise ParameterError(f'by={by!r} is no one column; rates and ratios are by one: by="power", or by="force"')
    if by == BY:
        raise ParameterError(f"rates and ratios are by {BY} already; leave by out, or name another column")
    if by in PERIODS:
        raise ParameterError(f'a rate or ratio of each {by} is asked for with over="{by}", and not by="{by}"')
    if is_of_persons(by):
        raise ParameterError(_of_other_persons(by))
    if by not in ("", *_PLACES):
        check_columns(study, [by])
    if areas is not None and by != "borough":
        raise ParameterError('areas are boroughs: give by="borough" with them')
    comparison_of(study, options, takes=LIMITS, places=by == "borough")


def _of_other_persons(by: str) -> str:
    """Why no rate is by a column of who was searched, and what to ask for in its place."""
    if by in STRATA:
        return (
            f"residents are of all ages and sexes, so a rate by {by} would divide by everybody: "
            "Comparison(study).by_age_and_sex() divides by the residents of the same age and sex"
        )
    return (
        f"rates are by {BY} already, and residents are not told apart by {by} as well: searches would be divided by "
        "the residents of other groups. Whose word on ethnicity is taken is a choice of the study, "
        'study.choosing(ethnicity="officer"), and where Chinese is counted another, study.choosing(chinese="Other"); '
        f'for shares of searches ask study.share("{by}")'
    )


def _check_by(by, within) -> None:
    """Raise ParameterError for shares by nothing, or by what they are within."""
    if not as_list(by):
        raise ParameterError('by names no column; shares are by one or more, such as by="power"')
    if set(as_list(by)) <= set(as_list(within)):
        raise ParameterError(f"{and_join(as_list(by))} cannot be both what shares are by and what they are within")


def _of_places(study: Study, measure: Callable, by: str, over: str, within: list[str], options: dict) -> pd.DataFrame:
    tables = []
    for place, part in _places(study, by):
        for period, *ends in _periods(study.months, over):
            own = part.during(*ends) if over else part
            compared = Comparison(own, **options)
            table = _of_its_months(compared.shown(measure(compared, within)), own, over)
            labels = ({by: place} if by in _PLACES else {}) | ({over: period} if over else {})
            tables.append(table.assign(**labels)[[*labels, *table.columns]])
    return pd.concat(tables, ignore_index=True)


def _of_boroughs(study: Study, of_areas: Callable, over: str, options: dict) -> pd.DataFrame:
    """A measure of every local authority, all at once, in each period; an authority's periods stand together."""

    def of_period(label: tuple[str, str, str]) -> pd.DataFrame:
        period, *ends = label
        own = study.during(*ends) if over else study
        table = _of_its_months(of_areas(Comparison(own, **options)), own, over).rename(columns={"area": "borough"})
        labels = ["borough", *([over] if over else [])]
        return table.assign(**{over: period} if over else {})[["area_code", *labels, *table.columns[2:]]]

    frame = pd.concat(each(of_period, _periods(study.months, over)), ignore_index=True)
    place = pd.Series(pd.factorize(frame["area_code"])[0], index=frame.index)
    return frame.loc[place.sort_values(kind="stable").index].drop(columns="area_code").reset_index(drop=True)


def _of_its_months(table: pd.DataFrame, study: Study, over: str) -> pd.DataFrame:
    """A table of one period, which says so where the study holds a part of its months of the calendar alone."""
    return with_note(table, in_part(len(study.months), 1, over)) if over else table


def _places(study: Study, by: str) -> Iterator[tuple[str, Study]]:
    if by == "force":
        yield from ((force, study.of_force(force)) for force in study.forces)
    else:
        yield "", study


def _periods(months: list[str], over: str) -> list[tuple[str, str, str]]:
    """Each period of some months, and its first and last month; "" is all of them."""
    if not over:
        return [("", months[0], months[-1])]
    periods = pd.PeriodIndex(months, freq="M").asfreq(PERIODS[over])
    return [(str(period), own.min(), own.max()) for period, own in pd.Series(months).groupby(periods)]


def check_columns(study: Study, columns: Iterable[str]) -> None:
    """Raise ParameterError naming the columns that searches cannot be counted by, and those they can."""
    known = counted_columns(study.records)
    strange = [name for name in columns if name not in known]
    if place := next((name for name in ("borough", "area") if name in strange), ""):
        raise ParameterError(f"no column {place}; {_OF_PLACES}")
    if period := next((name for name in PERIODS if name in strange), ""):
        raise ParameterError(f'no column {period}: searches are counted by "month"; {_of_periods(period)}')
    check_names(strange, known, "column", wrong="is none that searches are counted by")


def _of_periods(period: str) -> str:
    return (
        f'of each {period} ask study.trend("arrest", over="{period}"), or study.rate(over="{period}"); for further '
        "columns ask a part of the study, study.during(start, end)"
    )


def check_reference(searches: pd.DataFrame, by: str, reference: str) -> None:
    """Raise ParameterError where the reference is no label of a column, and name those it has."""
    known = labels(searches[by]).cat.categories
    if one_name(reference, "reference", "the others are compared with one group") not in known:
        meant = did_you_mean(reference, known)
        raise ParameterError(f"reference {reference!r} is no label of {by}{meant} It has: {', '.join(map(str, known))}")


def in_words(by, within=()) -> str:
    """Columns as a caption names them."""
    names = [name.replace("ethnicity_5", "ethnic group").replace("_", " ") for name in [*as_list(by), *as_list(within)]]
    return and_join(names)
