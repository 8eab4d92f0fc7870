"""Differences between groups of an outcome: crude, within, and adjusted, side by side; and bounds of the crude one.

Outcomes are seen among those searched only, so a difference of them is no difference of treatment (infra-marginality).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.asked import FEW_SEARCHES, Asked, Given
from sas_analysis.measures.intervals.result import FEW
from sas_analysis.measures.outcomes.adjusted import COVARIATES, AdjustedFit, fit_patterns
from sas_analysis.measures.outcomes.difference_limits import (
    SAMPLING,
    MonthsPart,
    crude_limits,
    half_widths,
    limits_around,
)
from sas_analysis.measures.outcomes.events import Event, event_of, flags, without_link
from sas_analysis.measures.outcomes.group_counts import GroupCounts, count_groups
from sas_analysis.measures.outcomes.patterns import count_patterns, of_pair
from sas_analysis.measures.outcomes.within_strata import WithinStrata, within_strata
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, require_columns
from sas_analysis.measures.table import from_rows
from sas_analysis.rounding import NOT_GIVEN, round_to_of

WITHIN = ("object_group", "power")
OF_OUTCOMES, OF_SHARES = "outcome_difference", "share_difference"
MEASURES = (
    *("outcome_difference_crude", "outcome_difference_within", "outcome_difference_adjusted"),
    *("outcome_difference_lowest", "outcome_difference_highest"),
    *("share_difference_crude", "share_difference_within", "share_difference_adjusted"),
)
KINDS = CRUDE, INSIDE, ADJUSTED, LOWEST, HIGHEST = ("crude", "within", "adjusted", "lowest", "highest")


_NO_WIDTHS = (np.nan, np.nan)
Rows = Mapping[str, Sequence]  # of a measures table before it is one: the values of each column


def outcome_differences(
    searches: pd.DataFrame,
    outcome: str | Event,
    *,
    by: str = "ethnicity_5",
    reference: str = "White",
    within: Sequence[str] = WITHIN,
    covariates: Sequence[str] = COVARIATES,
    level: float = 0.95,
    interval: str = "process",
    together: int = 1,
) -> pd.DataFrame:
    """Share of searches with an outcome, of every group less that of the reference: crude, within, and adjusted.

    Parameters
    ----------
    searches : DataFrame
        Clean table. Searches whose outcome is unknown are left out; the note says how many these are.
    outcome : str or Event
        "positive", "nothing" (no further action), "arrest", "find" (of forces whose link field can mean one), or an
        `events.Event`, such as an object of search.
    by, reference : str
        Column of the groups, and the one the others are compared with. What names no group is left out.
    within : sequence of str
        Columns whose combinations are the strata of the difference within.
    covariates : sequence of str
        Columns that the adjusted difference holds alike. The column of the groups is in neither.
    level, together
        As `share_of_searches`.
    interval : str
        "process" or "period" (docs/intervals.md; the limits of the period stand beside either), "none", or
        "sampling": of independent searches, by Newcombe (crude), Sato (within) and the delta method (adjusted).

    Returns
    -------
    DataFrame
        `<by> | <measures table>`, a row a group and measure: `outcome_difference_crude`, `outcome_difference_within`
        and `outcome_difference_adjusted`; of an event that is no outcome, `share_difference_...`. These are shares
        between -1 and 1, printed in points. numerator : crude, the searches with the outcome beyond those expected at
        the reference's share; else weighted sums.

    Raises
    ------
    ValueError
        For an unknown outcome, reference or interval, and a missing column.

    Notes
    -----
    Limits of the crude difference are those of the interval rule. The others have the variance of their own searches
    as independent ones; to its squared distance is added what months add to the limits of the crude difference of the
    same groups. Where months as clusters put limits farther out, these stand. So they are never narrower than searches
    alone make them. Several forces are counted as one.

    Source
    ------
    Within: `within_strata`. Adjusted: `adjusted.fit_adjusted`.

    Examples
    --------
    >>> table = outcome_differences(study.counted_searches, "arrest").set_index(["ethnicity_5", "measure"])
    >>> table.loc["Black", "estimate"].round(3).tolist()
    [0.003, 0.011, 0.019]
    """
    how = {"level": level, "interval": interval, "together": together}
    rows = difference_rows(searches, outcome, by=by, reference=reference, within=within, covariates=covariates, **how)
    return table_of([rows], by)


def table_of(parts: Sequence[Rows], by: str, **labels: Sequence) -> pd.DataFrame:
    """The measures table of the rows of several parts, each as `difference_rows` gives them.

    labels : columns of the table, a label of each part.
    """
    columns = {name: np.concatenate([rows[name] for rows in parts]) for name in parts[0]}
    sizes = [len(rows[by]) for rows in parts]
    repeated = {name: np.repeat(np.array(own, dtype=object), sizes) for name, own in labels.items()}
    order = pd.unique(columns[by])
    frame = pd.DataFrame(repeated | columns).assign(**{by: pd.Categorical(columns[by], order)})
    return from_rows(frame, [*labels, by])


def difference_rows(searches, outcome, *, by, reference, within, covariates, level, interval, together=1) -> Rows:
    """The rows of `outcome_differences`, a list a column: hundreds of parts make one table of them."""
    asked, event = Asked(interval, level, together, named=[SAMPLING]), event_of(outcome)
    within, covariates = ([name for name in columns if name != by] for columns in (within, covariates))
    require_columns(searches, [by, *within, *covariates])
    searches, refused = _with_link(searches, event)
    counts = _counted(searches, event, by, reference, refused)
    crude, months = _limits(counts, event.kind, asked)
    columns = list(dict.fromkeys([*within, *covariates]))
    patterns = count_patterns(searches, event, by=by, columns=columns)
    strata, fits = [], []
    for group, reason in zip(counts.groups, counts.reasons, strict=True):
        reason = reason or (f"not estimable: {NOT_GIVEN}" if round_to_of(searches) else "")
        given = {"group": group, "reference": reference}
        cut = None if reason else of_pair(patterns, **given)
        strata.append(_of_strata(reason, None if reason else within_strata(cut, list(within)), asked))
        fits.append(_of_fit(reason, None if reason else fit_patterns(cut, list(covariates), **given), asked))
    crude_name, *names = (_name(event, kind) for kind in (CRUDE, INSIDE, ADJUSTED))
    tables = [_crude_rows(counts, crude_name, crude, [_joined(text, refused) for text in _unknown(counts)])]
    for name, found, method in zip(names, (strata, fits), ("Sato", "delta method"), strict=True):
        tables.append(_rows(counts, name, found, months, crude, asked, method))
    return _side_by_side(tables)


def outcome_difference_bounds(
    searches: pd.DataFrame,
    outcome: str | Event,
    *,
    by: str = "ethnicity_5",
    reference: str = "White",
    level: float = 0.95,
    interval: str = "process",
    together: int = 1,
) -> pd.DataFrame:
    """Lowest and highest crude difference, whatever the unknown outcomes were.

    Lowest: no unknown outcome of the group was one, and all of the reference's were; highest: the reverse. Arguments
    as `outcome_differences`.

    Returns
    -------
    DataFrame
        `<by> | <measures table>`, measures `outcome_difference_lowest` and `outcome_difference_highest`; of all
        searches. Each has the limits of its own; what lies between the two is not known, and no chance.

    Source
    ------
    Manski (1989), Anatomy of the selection problem: worst-case bounds.
    """
    asked, event = Asked(interval, level, together, named=[SAMPLING]), event_of(outcome)
    known, hit = flags(searches, event)
    every, most = np.ones(len(searches), dtype=bool), hit | ~known
    tables = []
    for kind, sides in ((LOWEST, (hit, most)), (HIGHEST, (most, hit))):
        counts = count_groups(searches, by, reference, known=(every, every), hits=sides)
        crude, _ = _limits(counts, event.kind, asked)
        whose = (reference, "the group") if kind == LOWEST else ("the group", reference)
        said = f"if all unknown outcomes of {whose[0]} were one, and none of {whose[1]}"
        tables.append(_crude_rows(counts, _name(event, kind), crude, [said] * len(counts.groups)))
    return table_of([_side_by_side(tables)], by)


def _name(event: Event, kind: str) -> str:
    return f"{OF_SHARES if event.stem == 'share' else OF_OUTCOMES}_{kind}"


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))


def _with_link(searches, event) -> tuple[pd.DataFrame, str]:
    """The searches of forces whose link field can tell a find, where that is asked; and which forces are left out."""
    refused = without_link(searches) if event.needs_link else {}
    if not refused:
        return searches, ""
    first = "; ".join(f"{force}: link field {why}" for force, why in list(refused.items())[:3])
    more = f"; and {len(refused) - 3} more forces" if len(refused) > 3 else ""
    return searches[~searches["force"].isin(list(refused))], f"left out: {first}{more}"


def _counted(searches, event, by, reference, refused) -> GroupCounts:
    known, hit = flags(searches, event)
    counts = count_groups(searches, by, reference, known=(known, known), hits=(hit, hit))
    return replace(counts, what=event.what, why=f"not estimable: {refused}" if refused and searches.empty else "")


def _limits(counts: GroupCounts, kind, asked) -> tuple[Given, MonthsPart]:
    where = np.array([not reason for reason in counts.reasons], dtype=bool)
    if not where.any():
        none = np.full(len(where), np.nan)
        return Given.none(len(where)), MonthsPart(none, none, none, none)
    own = {name: values[where] for name, values in counts.in_time.items() if not name.startswith("reference")}
    alike = {name: np.repeat(counts.in_time[name], where.sum(), axis=0) for name in counts.in_time if name not in own}
    return crude_limits(own | alike, counts.crude, kind, asked, where)


def _crude_rows(counts, measure, limits, said):
    shares = [
        f"{hits / trials:.1%} of {trials:,} less {counts.reference_hits / counts.reference_trials:.1%} of "
        f"{counts.reference_trials:,}"
        if not reason
        else ""
        for hits, trials, reason in zip(counts.hits, counts.trials, counts.reasons, strict=True)
    ]
    beyond = np.nan_to_num(counts.crude) * counts.trials
    return _columns(counts, measure, (beyond, counts.trials), counts.reasons, limits, [shares, said, limits.note])


def _rows(counts, measure, found, months, crude, asked, name):
    """Rows of a measure. found : (numerator, denominator, half width, note, reason) of every group."""
    numerator, denominator, half, notes, reasons = (list(values) for values in zip(*found, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.array(numerator, dtype=float) / np.array(denominator, dtype=float)
    limits = limits_around(estimate, half, months, crude, asked, name)
    return _columns(counts, measure, (numerator, denominator), reasons, limits, [notes, limits.note])


def _of_strata(reason: str, found: WithinStrata | None, asked):
    if found is None:
        return np.nan, np.nan, _NO_WIDTHS, "", reason
    said = f"Mantel-Haenszel over {found.strata:,} strat{'a' if found.strata > 1 else 'um'}"
    alone = f"{found.alone:,} search{'es' * (found.alone > 1)}"
    said += f"; {alone} in strata of one of the two left out" if found.alone else ""
    if not found.strata:
        return np.nan, np.nan, _NO_WIDTHS, "", "not estimable: no stratum has searches of both"
    return found.beyond, found.weight, half_widths(found.se, found.se_clustered, found.clusters, asked), said, ""


def _of_fit(reason: str, fit: AdjustedFit | None, asked):
    if fit is None or fit.reason:
        return np.nan, np.nan, _NO_WIDTHS, "", reason or f"not estimable: {fit.reason}"
    said = [f"standardised {fit.shares[0]:.1%} less {fit.shares[1]:.1%}"]
    if fit.settled:
        alike = "no difference where all searches of a label end alike"
        said.append(f"{alike} ({fit.settled:,} of {fit.searches:,} searches)")
    if fit.sparse:
        said.append(f"sparse: {fit.fewest:,} of the rarer outcome for {len(fit.params)} coefficients")
    half = half_widths(fit.se, fit.se_clustered, fit.clusters, asked)
    return fit.difference * fit.searches, float(fit.searches), half, "; ".join(said), ""


def _columns(counts, measure, parts, reasons, limits, notes) -> Rows:
    """The rows of a measure, one a group. parts : numerator and denominator. notes : lists of n texts, joined."""
    joined = ["; ".join(part for part in parts if part) for parts in zip(*notes, strict=True)]
    few = np.minimum(counts.trials, counts.reference_trials) < FEW
    joined = [_with_few(note) if own else note for note, own in zip(joined, few, strict=True)]
    numerator, denominator = parts
    return {
        counts.by: counts.groups,
        "measure": [measure] * len(joined),
        "numerator": numerator,
        "denominator": denominator,
        "lower": limits.lower,
        "upper": limits.upper,
        "interval": np.broadcast_to(limits.name, len(joined)),
        "period_lower": limits.period_lower,
        "period_upper": limits.period_upper,
        "note": [note if not reason else "" for note, reason in zip(joined, reasons, strict=True)],
        "reason": reasons,
    }


def _with_few(note: str) -> str:
    """A note that says that there are few searches, which it does by itself where there are limits of months."""
    return note if FEW_SEARCHES in note else _joined(note, FEW_SEARCHES)


def _unknown(counts):
    """What is unknown of each group and of the reference, as the notes say it."""
    rest = counts.reference_searches - counts.reference_trials
    said = []
    for n, k in zip(counts.searches, counts.trials, strict=True):
        shares = [(n - k) / n if n else 0, rest / counts.reference_searches if counts.reference_searches else 0]
        text = (
            f"{counts.what} unknown in {shares[0]:.1%} ({counts.reference} {shares[1]:.1%})" if max(shares) > 0 else ""
        )
        said.append(text + (": not a headline" if max(shares) > HEADLINE_UNKNOWN else ""))
    return said


def _side_by_side(measures: Sequence[Rows]) -> Rows:
    """The rows of several measures, group by group."""
    of_each = {name: [_array(rows[name]) for rows in measures] for name in measures[0]}
    return {name: np.stack(own, axis=1).ravel() for name, own in of_each.items()}


def _array(values) -> np.ndarray:
    """Numbers as such, texts as objects: as fixed characters all would be as long as the longest."""
    return np.asarray(values, dtype=object if len(values) and isinstance(values[0], str) else None)
