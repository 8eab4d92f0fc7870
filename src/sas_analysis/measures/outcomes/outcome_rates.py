"""Outcomes of searches: positive outcomes, arrests, finds.

Outcomes are seen among those searched only: who is searched shapes every rate here, so none is read without
the search rates, and equal rates do not show equal treatment (infra-marginality).
"""

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of, combinations, occurring
from sas_analysis.measures.intervals.alike import alike
from sas_analysis.measures.intervals.asked import Asked
from sas_analysis.measures.intervals.kinds import kind_of
from sas_analysis.measures.intervals.of_searches import shares_of
from sas_analysis.measures.intervals.remembering import remembering
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, as_list, cells, labels, proportions, require_columns, tally
from sas_analysis.measures.table import join_notes, measures_table
from sas_analysis.measures.tallied import numbers_of
from sas_analysis.records.link_field import (
    ACTION_ONLY,
    BLANK,
    FILLED,
    NOT_PUBLISHED_BELOW,
    PARTLY,
    ROWS_TO_JUDGE,
    SUPPORTED,
    TRUE_AMONG_ACTION,
    TRUE_AMONG_NFA,
    TRUE_AMONG_NFA_MOST,
    TRUE_FOR_SOME_NFA,
    VERDICTS,
)
from sas_analysis.rounding import rounded


def positive_outcome_rate(searches, by=(), *, level=0.95, interval="process", together=1):
    """Share of searches with an outcome other than no further action, among those whose outcome is known.

    searches : clean table (positive_outcome). by : group columns, may be empty. interval : "process" or "period"
    (docs/intervals.md), "wilson" or "none"; level, together : as `share_of_searches`. The note gives the share unknown.
    Months in which *no further action* became a blank, or arrests are not published, must be left out first:
    `Study.outcome` does. Source: Home Office, searches resulting in an outcome other than no further action.
    """
    asked = Asked(interval, level, together, named=["wilson"])
    return _outcome_rate(searches, by, "positive_outcome", "positive_outcome_rate", asked)


def no_further_action_rate(searches, by=(), *, level=0.95, interval="process", together=1):
    """Share of searches that ended in no further action, among those whose outcome is known.

    Arguments, limits and missing values as `positive_outcome_rate`, which it makes up to 1.
    """
    asked = Asked(interval, level, together, named=["wilson"])
    return _outcome_rate(searches, by, "positive_outcome", "no_further_action_rate", asked, wanted=False)


def arrest_rate(searches, by=(), *, level=0.95, interval="process", together=1):
    """Share of searches that led to an arrest, among those whose outcome is known.

    Arguments, limits and missing values as `positive_outcome_rate`.
    """
    asked = Asked(interval, level, together, named=["wilson"])
    return _outcome_rate(searches, by, "arrest", "arrest_rate", asked)


def find_rate(searches, by=(), *, evidence=None, level=0.95, interval="process", together=1):
    """Share of searches whose outcome is linked to the object of search, among those with the link filled.

    By the rule of `link_field_evidence`: every force among the searches must be "supported", or the rate is
    missing and the note says why; with `force` in `by` each force is judged alone. Limits as `positive_outcome_rate`.
    evidence : the result of `link_field_evidence` on a wider selection (the whole period of a force whose
    section 60 searches are few); without it the searches are judged by themselves.
    A link on a search without further action counts as a find (something found, nothing done).
    """
    asked = Asked(interval, level, together, named=["wilson"])
    return _link_rate(searches, by, "find_rate", _told_of_all, evidence, asked)


def linked_share(searches, by=(), *, evidence=None, level=0.95, interval="process", together=1):
    """Share linked to the object of search among searches with an outcome other than no further action.

    Needs the link only where something was done, so it is estimable for forces that leave it blank elsewhere, or fill
    it there for some searches only.
    It is not a find rate: its base is what was acted upon, not what was searched. Otherwise as `find_rate`.
    """
    asked = Asked(interval, level, together, named=["wilson"])
    return _link_rate(searches, by, "linked_share", _told_of_action, evidence, asked)


def link_field_evidence(searches):
    """What each force's records say of the field *Outcome linked to object of search*, and the verdict.

    searches : clean table (force, positive_outcome, outcome_linked_to_object), of the period to be judged.
    Returns per force `force | rows | share_filled | nfa_rows | share_filled_nfa | share_true_nfa |
    action_rows | share_filled_action | share_true_action | verdict | reason`; nfa = no further action, action
    = any other known outcome, shares of True among the filled. Verdicts and limits: `records.link_field`.
    """
    require_columns(searches, ["force", "positive_outcome", "outcome_linked_to_object"])
    force = labels(searches["force"])
    names = force.cat.categories
    states = [_state(searches, name) for name in ("positive_outcome", "outcome_linked_to_object")]
    found = _states_together(len(names), numbers_of(searches), force.cat.codes.to_numpy(), *states)
    counts = {}
    for kind, rows in {"": found.sum(axis=1), "_nfa": found[:, 0], "_action": found[:, 1]}.items():
        counts |= {"rows" + kind: rows.sum(axis=1), "filled" + kind: rows[:, :2].sum(axis=1), "true" + kind: rows[:, 1]}
    counts = pd.DataFrame({name: rounded(count, searches).astype(float) for name, count in counts.items()})
    table = pd.DataFrame({"force": names.astype("str")}).assign(rows=counts["rows"].astype("Int64"))
    table["share_filled"] = counts["filled"] / counts["rows"]
    for kind in ("nfa", "action"):
        table[f"{kind}_rows"] = counts[f"rows_{kind}"].astype("Int64")
        table[f"share_filled_{kind}"] = counts[f"filled_{kind}"] / counts[f"rows_{kind}"]
        table[f"share_true_{kind}"] = counts[f"true_{kind}"] / counts[f"filled_{kind}"]
    table["verdict"] = pd.Series([_verdict(row) for row in table.itertuples()], index=table.index, dtype="str")
    return table.assign(reason=table["verdict"].map(VERDICTS))


@remembering(2)  # whoever counts finds asks, and most of them of the same searches
def _states_together(forces, numbers, force, *states):
    """How many searches of each force are in each of two states: (forces, 3, 3). numbers : as `tallied.numbers_of`."""
    cell = combinations(len(force), [force, *states], [forces + 1, 4, 4])  # the first of each: none
    counts = np.bincount(cell, numbers, (forces + 1) * 16).astype("int64")
    return counts.reshape(forces + 1, 4, 4)[1:, 1:, 1:]


def _verdict(row):
    """The first rule that applies; shares that do not exist are never needed by the rules that reach them."""
    if row.share_filled < NOT_PUBLISHED_BELOW:
        return "not published"
    if row.nfa_rows == 0 and row.action_rows >= ROWS_TO_JUDGE:
        return "no further action unnamed"
    if min(row.nfa_rows, row.action_rows) < ROWS_TO_JUDGE:
        return "too few searches"
    if row.share_filled_action < FILLED or BLANK < row.share_filled_nfa < FILLED:
        return PARTLY
    if not TRUE_AMONG_ACTION[0] <= row.share_true_action <= TRUE_AMONG_ACTION[1]:
        return "constant"
    if row.share_filled_nfa > BLANK and row.share_true_nfa > TRUE_AMONG_NFA:
        most = row.share_true_nfa >= TRUE_AMONG_NFA_MOST
        return "True for most no further action" if most else TRUE_FOR_SOME_NFA
    return ACTION_ONLY if row.share_filled_nfa <= BLANK else SUPPORTED


def _outcome_rate(searches, by, column, measure, asked, wanted=True):
    require_columns(searches, [column])
    states = {"state": (_state(searches, column), 3)}
    counts, limits = _counted(searches, by, states, lambda state: _flags(state, wanted), measure, asked)
    return _table(counts, by, measure, "outcome", pd.Series("", index=counts.index), limits)


def _told_of_all(evidence):
    """Of which forces the link tells finds."""
    return evidence["verdict"].eq(SUPPORTED)


def _told_of_action(evidence):
    """Of which forces the link tells where something was done, whatever it is where nothing was."""
    told = evidence["verdict"].isin([SUPPORTED, ACTION_ONLY, TRUE_FOR_SOME_NFA])
    full = evidence["share_filled_action"].ge(FILLED) & evidence["share_true_action"].between(*TRUE_AMONG_ACTION)
    return told | (evidence["verdict"].eq(PARTLY) & full)


def _link_rate(searches, by, measure, told, evidence, asked):
    evidence = link_field_evidence(searches) if evidence is None else evidence
    states = {"state": (_state(searches, "outcome_linked_to_object"), 3)}
    states |= {"acted": (_state(searches, "positive_outcome") == 1, 2)} if measure == "linked_share" else {}
    codes, names = codes_of(searches["force"])
    searched = names[occurring(codes, len(names))]
    if unjudged := sorted(set(searched) - set(evidence["force"])):
        raise ValueError(f"the evidence does not judge {len(unjudged)} force(s): {', '.join(unjudged)}")
    refused = evidence[~told(evidence) & evidence["force"].isin(searched)]
    reasons = dict(zip(refused["force"], refused["verdict"] + " (" + refused["reason"] + ")", strict=True))
    counts, limits = _counted(searches, by, states, _link_flags, measure, asked)
    reason = _reasons_by_row(counts, by, {force: f"link field {why}" for force, why in reasons.items()})
    # A count of True in a field that is not to be trusted is no count of finds.
    counts[["hits", "known"]] = counts[["hits", "known"]].mask(reason.ne(""))
    return _table(counts, by, measure, "link", reason, limits)


def _flags(state, wanted=True):
    """Where the flag is filled, and where it is as wanted: two arrays of bool. What they are among is all searches."""
    return {"known": state < 2, "hits": state == int(wanted)}


def _link_flags(state, acted=None):
    """`_flags` of the link, among searches with an outcome other than no further action where these are told."""
    flags = _flags(state)
    return (
        flags if acted is None else {"base": acted == 1} | {name: (acted == 1) & flag for name, flag in flags.items()}
    )


def _counted(searches, by, states, flags_of, measure, asked):
    """Searches in every group, with the flag filled and as wanted, and the limits of their share.

    states : whole numbers of each search, as `alike` takes them. flags_of : what they say, as arrays of bool by name.
    """
    keys, cell = cells(searches, as_list(by))
    number = int(np.prod([len(key.cat.categories) for key in keys]))
    counted = alike(searches, cell=(cell, number), **states)
    flags = flags_of(**{name: counted.asked[name] for name in states})
    counts = tally(searches, by, flags, found=(keys, cell), counted=counted)
    counts = counts if "base" in flags else counts.assign(base=counts["searches"])
    if not asked.by_rule:
        return counts, proportions(counts["hits"], counts["known"], asked)
    given = {"kinds": kind_of(measure), "asked": asked, "totals": (counts["hits"], counts["known"])}
    given |= {"there": flags["known"], "hit": flags["hits"]}
    return counts, shares_of(counted, base=counted.asked["cell"], number=number, **given)


def _table(counts, by, measure, what, reason, limits):
    none = counts["known"].eq(0).fillna(False).astype(bool) & reason.eq("")
    reason = reason.mask(none, f"not estimable: no search with a known {what}")
    return measures_table(
        counts[as_list(by)],
        measure=measure,
        numerator=counts["hits"],
        denominator=counts["known"],
        **limits.columns(),
        note=join_notes(_unknown_notes(counts, what), pd.Series(limits.note).where(reason.eq(""), "")),
        reason=reason,
    )


def _unknown_notes(counts, what):
    unknown = (counts["base"] - counts["known"]).fillna(0)
    share = (unknown / counts["base"].where(counts["base"] > 0)).astype(float)
    notes = [
        f"{what} unknown in {n:,} of {base:,} ({part:.1%})"
        for n, base, part in zip(unknown, counts["base"], share, strict=True)
    ]
    notes = pd.Series(notes, index=counts.index).where(unknown.gt(0), "")
    return notes.mask(share > HEADLINE_UNKNOWN, notes + ": not a headline")


def _reasons_by_row(counts, by, reasons):
    """Reasons of the rows: of the row's own force where rows are forces, else of all forces searched."""
    if "force" in as_list(by):
        own = [reasons.get(force, "") for force in counts["force"].astype("str")]
        return pd.Series([f"not estimable: {why}" if why else "" for why in own], index=counts.index)
    texts = [f"{force}: {why}" for force, why in list(reasons.items())[:3]]
    more = f"; and {len(reasons) - 3} more forces" if len(reasons) > 3 else ""
    return pd.Series("not estimable: " + "; ".join(texts) + more if texts else "", index=counts.index)


def _state(searches, column):
    """0 for False, 1 for True, 2 where it is missing, of every search."""
    return searches[column].astype("boolean").to_numpy(dtype=np.int8, na_value=2)
