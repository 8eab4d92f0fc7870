"""Series of a study over its months: what they are, how they stand to the year before, and where they step."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of, occurring
from sas_analysis.errors import ParameterError
from sas_analysis.measures.coverage import PUBLISHED
from sas_analysis.measures.intervals.kinds import kind_of, share_kinds
from sas_analysis.measures.shares import UNKNOWN_LABELS, labels, share_of_searches
from sas_analysis.measures.table import measures_table
from sas_analysis.measures.trends import steps
from sas_analysis.measures.trends.matched import YEAR, matched_change
from sas_analysis.measures.trends.per_day import searches_per_day
from sas_analysis.measures.trends.periods import every_period, period_of
from sas_analysis.measures.trends.recording import FIELDS, is_not_recorded, not_recorded
from sas_analysis.months import PERIODS, later, period_faults
from sas_analysis.names import as_names, check_names, one_name, raise_faults
from sas_analysis.reference.policy import policy_calendar
from sas_analysis.rounding import NOT_GIVEN
from sas_analysis.study.comparison import Comparison, comparison_of
from sas_analysis.study.estimates import Estimates
from sas_analysis.study.measures import OUTCOMES, check_columns, in_words, measured, rate, ratio
from sas_analysis.study.options import check_options, options_of
from sas_analysis.study.study import Study
from sas_analysis.study.trend_months import ByForce, count_by_force, monthly_of, with_reasons
from sas_analysis.study.trend_residents import LIMITS, RATE, RATIO, groups_of, series_of_residents, table_of_residents

SEARCHES, RECORDING, SHARE = "searches", "recording", "share"
MOST = 12  # quarters that a page prints
_FLAGS = {"positive": ("positive_outcome", True), "nothing": ("positive_outcome", False), "arrest": ("arrest", True)}
_MEASURES = {
    "positive": "positive_outcome_rate",
    "nothing": "no_further_action_rate",
    "arrest": "arrest_rate",
}


@dataclass(frozen=True)
class Changes:
    """What a report says of changes over time; `changes` makes it.

    Attributes
    ----------
    by_month, in_short : Estimates
        Of every series, as `Study.trend`; in short by quarter, or by year where there are more quarters than `MOST`.
    points : DataFrame
        As `Study.change_points`.
    year : Estimates or None
        As `Study.year_on_year`; None where the study has no two years.
    events : DataFrame
        As `policy_calendar`, of its months and forces.
    reference : str
        The group that ratios are to.
    """

    by_month: Estimates
    in_short: Estimates
    points: pd.DataFrame
    year: Estimates | None
    events: pd.DataFrame
    reference: str


def changes(study: Study, what: str, **options) -> Changes:
    """Series by month and quarter, their steps, and the last year beside the one before; `Study.changes`."""
    given = {"study": study, "what": what, **options}
    # The link has a section of its own, and a page has room for four shares with their limits.
    short = given | ({"only": list(FIELDS)[:4]} if what == RECORDING and not options else {})
    two = later(study.start, YEAR) <= study.end and not study.choices.round_to
    return Changes(
        by_month=trend(**given),
        in_short=trend(**short, over=in_short(study.months)),
        points=change_points(**given),
        year=year_on_year(**given) if two else None,
        events=policy_calendar(study.start, study.end, forces=study.forces),
        reference=options.get("reference", Comparison.reference),
    )


def in_short(months: list[str]) -> str:
    """What a page prints a series of some months over: "quarter", or "year" where there are more than twelve quarters.

    Examples
    --------
    >>> in_short(study.months)
    'quarter'
    """
    return "quarter" if period_of(months, "quarter").nunique() <= MOST else "year"


def trend(study: Study, what: str, *, over: str = "month", **options) -> Estimates:
    """A series with a row for every month, quarter or year of the study; `Study.trend`."""
    if over not in PERIODS:
        raise ParameterError(f"over={over!r} is none of {', '.join(map(repr, PERIODS))}")
    _check(study, what)
    _check_options(study, what, over, options)
    title = f"{_title(what, **options)}, by {over}"
    only = as_names(options.pop("only", ()))
    if what in (RATE, RATIO) and study.choices.round_to:  # counts by force and month are rounded there
        return _every((rate if what == RATE else ratio)(study, over=over, **options), over, title, only)
    if what in (RATE, RATIO):
        compared = _compared(study, options)
        asked = study.limits | {name: value for name, value in options.items() if name in LIMITS}
        frame = table_of_residents(compared, what, over=over, **asked)
        return _every(Estimates(frame, title, compared.study, compared), over, title, only)
    if what == RECORDING:
        return _every(_recording(study, over, **options), over, title, only)
    if what == SEARCHES:
        given = study.limits | options
        frame = searches_per_day(study.rows, _with_period(study.counted, over), over, **given)
        return _every(Estimates(frame, title, study), over, title, only)
    measure = _measure_of(what)
    by = {"by": over} if what in OUTCOMES else {"by": what, "within": over}

    def by_period(searches, **given):
        return measure(_with_period(searches, over), **by, **given)

    return _every(measured(study, by_period, title, **options), over, title, only)


def year_on_year(study: Study, what: str, *, start: str = "", end: str = "", **options) -> Estimates:
    """A period beside the same months of the year before; `Study.year_on_year`."""
    _check(study, what)
    raise_faults(period_faults(start, end, unbounded=True))
    first, last = later(study.start, YEAR), study.end
    end = end or last
    start = start or max(first, later(end, 1 - YEAR))
    if first > last:
        raise ParameterError(
            f"no month of {study.start} to {study.end} has a year before it in the study: open it from "
            f"{later(study.start, -YEAR)} on"
        )
    if start < first or end > last:
        raise ParameterError(
            f"{start} to {end} has no year before it in the study, which begins in {study.start} and ends in {last}: "
            f"open the study from {later(start, -YEAR)} on, or ask for months from {first} to {last}"
        )
    made, own, compared = series(study, what, year=(start, end), **options)
    frame = matched_change(made, start=start, end=end, level=study.level)
    return Estimates(frame, f"{_title(what, **options)}: {start} to {end} and the year before", own, compared)


def change_points(study: Study, what: str | Iterable[str], **options) -> pd.DataFrame:
    """Months at which series take a step; `Study.change_points`."""
    asked = as_names(what)
    if not asked:
        raise ParameterError(f"what names no series; it is one or more of {', '.join(map(repr, _KNOWN))}, or columns")
    for one in asked:
        _check(study, one)
    if study.choices.round_to:
        return _not_given(asked)
    made = [own for one in asked for own in series(study, one, by_force=True, **options)[0]]
    table = steps.change_points(made, level=study.level)
    names = [name for name in ("force", "group") if name in table]
    return table[[*names, *table.columns.drop(names)]]


def series(study: Study, what: str, *, by_force: bool = False, only=(), year=None, **options):
    """The counts of a series by month, one for every group and, with `by_force`, each of
    several forces besides all together.

    year : first and last month of a period that is set beside the year before, of each force by the months that it has
    in both; by default forces together are of the months that all of them have.

    Returns
    -------
    list of Monthly, Study, Comparison or None
        The study is that of the months in which the fields of the question may be used.
    """
    if study.choices.round_to:
        raise ParameterError(f"months are not compared where counts are rounded: {NOT_GIVEN}")
    only = as_names(only)
    if what in (RATE, RATIO):
        compared = comparison_of(study, options, takes=["only"])
        _check_only(study, what, only, options)
        made = series_of_residents(compared, what, by_force=by_force, only=only, year=year)
        return made, compared.study, compared
    if options:
        raise ParameterError(f"{what!r} takes no {', '.join(options)}")
    _check_only(study, what, only, options)
    if what in OUTCOMES and what not in _FLAGS:
        raise ParameterError(f"{what!r} is filled by rules that change: ask for 'recording', or for arrest or positive")
    own = study.using(*_fields(what)) if what != RECORDING else study
    counted = own.published_rows if what == RECORDING else own.rows
    given = {"measure": _measure(what), "nature": SHARE if what in OUTCOMES else _nature(what)}
    counts = _counts(own, counted, what, only)
    return monthly_of(own, counts, by_force, year=year, **given), own, None


def _not_given(asked):
    """A row a series that says why it is not searched where counts are rounded."""
    rows = pd.DataFrame({"group": "", "nature": [_nature(one) for one in asked], "of": "", "month": "", "p": np.nan})
    rows = rows.assign(**dict.fromkeys(("p_adjusted", "mean_before", "mean_after"), np.nan), looked_at=0)
    nothing = pd.array([pd.NA] * len(rows), dtype="Int64")
    reason = f"{steps.NOT_SEARCHED}{NOT_GIVEN}"
    return measures_table(rows, measure="step", numerator=nothing, denominator=nothing, reason=reason)


# --- which series ------------------------------------------------------------------------------------------


_KNOWN = (SEARCHES, RATE, RATIO, RECORDING, *OUTCOMES)


def _check(study, what):
    known = _KNOWN
    one_name(what, "what", "ask for one at a time")
    if what not in known and what not in study.records.columns:
        raise ParameterError(
            f"trend of {what!r}: it is one of {', '.join(map(repr, known))}, or a column of the searches, such as "
            '"object_group"'
        )
    if what not in known:
        check_columns(study, [what])


def _check_options(study, what, over, options):
    """Raise ParameterError for options that a trend does not take, and labels that its series do not have."""
    if parts := [name for name in ("by", "within") if name in options]:
        raise ParameterError(f"a trend is by {over} alone and takes no {parts[0]}; {_instead(what, over, options)}")
    if what in (RATE, RATIO):
        _compared(study, options)
    else:
        measure = {SEARCHES: searches_per_day, RECORDING: not_recorded}.get(what) or _measure_of(what)
        check_options(options, ["only", *options_of(measure, but=("grid", "by", "within"))])
    _check_only(study, what, as_names(options.get("only", ())), options)


def _instead(what, over, options) -> str:
    """How to ask for a series of each label of a column, as far as there is a way."""
    column = next((name for name in as_names(options.get("by", ())) if isinstance(name, str)), "gender")
    if what in (RATE, RATIO):
        return f'ask study.{what}(by="{column}", over="{over}")'
    if what in OUTCOMES:
        return f'ask study.outcome("{what}", by=["month", "{column}"])'
    if what in (SEARCHES, RECORDING):
        return "ask of a part of the study, such as study.of_force(...)"
    return f'ask study.share("{what}", within=["month", "{column}"])'


def _compared(study, options) -> Comparison:
    """The comparison that a trend of a rate or ratio is asked for by its options."""
    own = {name: value for name, value in options.items() if name not in (*LIMITS, "only")}
    return comparison_of(study, own, takes=[*LIMITS, "only"])


def _check_only(study, what, only, options):
    """Raise ParameterError for labels that are none of the series."""
    if not only:
        return
    if what == SEARCHES or what in OUTCOMES:
        raise ParameterError(f"{what!r} is one series, without labels to choose by only={only!r}: leave it out")
    if what in (RATE, RATIO):
        known = groups_of(_compared(study, options), what)
    else:
        known = FIELDS if what == RECORDING else labels(study.records[what]).cat.categories
    check_names(only, known, "label", wrong="is none of these series")


def _measure_of(what):
    return OUTCOMES[what][0] if what in OUTCOMES else share_of_searches


def _title(what, *, reference=Comparison.reference, **_):
    named = {
        SEARCHES: "Searches a day",
        RATE: "Search rate",
        RATIO: f"Ratio to {reference}",
        RECORDING: "What is not recorded",
    }
    return named.get(what) or (OUTCOMES[what][1] if what in OUTCOMES else f"Searches by {in_words(what)}")


def _measure(what):
    return {SEARCHES: "searches_per_day", RECORDING: "not_recorded"}.get(what) or _MEASURES.get(
        what, "share_of_searches"
    )


def _nature(what):
    return what if what in (SEARCHES, RATE, RATIO, RECORDING) else SHARE


def _fields(what):
    if what == SEARCHES:
        return ()
    return ("arrest",) if what == "arrest" else ("outcome",) if what in _FLAGS else (what,)


def _counted(searches, what, only):
    """Of every group: its label, which searches are hits and which are trials (None: a count), and its kind."""
    every = np.ones(len(searches), dtype=bool)
    if what == SEARCHES:
        yield "", every, None, "rate"
    elif what == RECORDING:
        for name in only or FIELDS:
            kind = "unknown" if name == "Ethnicity" else "share"
            yield name, is_not_recorded(searches, name), every, kind
    elif what in _FLAGS:
        column, wanted = _FLAGS[what]
        values = searches[column].astype("boolean")
        yield "", values.eq(wanted).fillna(False).to_numpy(bool), values.notna().to_numpy(), kind_of(_MEASURES[what])
    else:
        groups = labels(searches[what])
        known = [str(one) for one in groups.cat.categories if groups.eq(one).any() and one not in UNKNOWN_LABELS]
        for name in only or known:
            yield name, groups.eq(name).to_numpy(bool), every, str(share_kinds([what], [[name]])[0])


def _counts(study, searches, what, only) -> ByForce:
    """The counts of a question, made once for all that asks for its series."""
    known, key = study.__dict__.setdefault("_series", {}), (what, tuple(only))
    if key not in known:
        known[key] = count_by_force(study, searches, _counted(searches, what, only), all_published=what == RECORDING)
    return known[key]


# --- their tables ------------------------------------------------------------------------------------------


def _every(found, over, title, only):
    grid = with_reasons(found.study)
    if found.months == "published":
        grid = grid.assign(status=grid["status"].astype("str").mask(grid["rows"].gt(0).fillna(False), PUBLISHED))
    frame = found.frame
    if only:
        last = [name for name in found.groups if name != over][-1]
        frame = frame[frame[last].astype("str").isin(only)]
    made = every_period(frame, grid, over=over)
    return Estimates(made, title, found.study, found.compared, found.months)


def _recording(study, over, **options):
    given = {"level": study.level, "interval": study.limits["interval"]} | options
    frame = not_recorded(_with_period(study.published_rows, over), over, **given)
    return Estimates(frame, "", study, months="published")


def _with_period(frame, over):
    if over in frame.columns:
        return frame
    codes, months = codes_of(frame["month"])
    there = occurring(codes, len(months))
    periods = pd.Categorical(period_of(months, over).where(there))  # those that occur, in order
    return frame.assign(**{over: pd.Categorical.from_codes(periods.codes[codes], dtype=periods.dtype)})
