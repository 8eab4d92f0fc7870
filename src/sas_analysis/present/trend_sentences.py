"""The sentence of a trend: whether a series has changed, when, and what else happened at that time."""

import re

import pandas as pd

from sas_analysis.errors import and_join, first_of, number_of
from sas_analysis.measures.coverage import FLAGGED, HEADER_ONLY, NO_FILE, UNUSABLE
from sas_analysis.measures.table import group_columns
from sas_analysis.measures.trends.periods import WHY, is_in_part
from sas_analysis.measures.trends.steps import NOT_SEARCHED, OF_ODDS, ONE_SIDED, TOO_FEW, TOO_FEW_BESIDE, TOO_SHORT
from sas_analysis.months import in_ranges, months_in_words
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.present.months_told import are_here
from sas_analysis.present.moves import alike
from sas_analysis.present.reasons import why_not_searched
from sas_analysis.present.wording import lowered, month
from sas_analysis.reference.policy import applies
from sas_analysis.study.trend_months import OF_EACH_FORCE

_NAMED = 3  # steps that are named one by one
_PLACES = 6  # further steps of single forces that are named by force and month
_TOGETHER, _SINGLE = " of the forces together", " of single forces"
_SIXTY = "section 60"
_FIELD_OF = {
    "Ethnicity": "self_defined_ethnicity",
    "Outcome": "outcome",
    "Object": "object_of_search",
    "Location": "location",
    "Link to the object": "outcome_linked_to_object",
}
_WHAT = {
    "searches": "the number of searches a day",
    "rate": "the search rate",
    "ratio": "the ratios to {reference}",
    "recording": "what is not recorded",
}
_OF_MEASURE = {
    "arrest_rate": "the share of arrests",
    "positive_outcome_rate": "the share of positive outcomes",
    "no_further_action_rate": "the share of no further action",
}


def changed(changes) -> str:
    """Whether anything took a step, how the last year stands to the one before, and which months are missing.

    changes : `study.trends.Changes`.
    """
    said = [_steps(changes), _lost(changes), _year(changes), _gaps(changes)]
    return " ".join(filter(None, said))


def _steps(changes) -> str:
    points = changes.points
    single = points["force"].fillna("").ne("") if "force" in points else pd.Series(False, index=points.index)
    drawn = points[~single]
    said = [_found(points, changes)] if single.all() or not single.any() else []
    if not said:  # the line that is drawn first, and then those of single forces, which are in no figure
        said = [_found(drawn, changes, _TOGETHER), _found(points[single], changes, _SINGLE)]
    return " ".join(filter(None, [*said, *_too_few_beside(points, changes), *_looked_at(points)]))


def _found(points: pd.DataFrame, changes, of: str = "") -> str:
    """The steps of some series, or that there is none. of : whose they are, where others are told of besides."""
    found = points[points["estimate"].notna()]
    if len(found):
        order = found.assign(size=found["estimate"].map(lambda one: max(one, 1 / one)))
        first = order.sort_values("size", ascending=False, kind="stable").head(_NAMED).index
        named = [_step(found.loc[place], changes, of) for place in sorted(first)]
        return f"{' '.join(named)}{_more(found.drop(index=first))}"
    notes = points["note"].fillna("")
    out, beside = notes.str.startswith(NOT_SEARCHED), notes.str.contains(TOO_FEW_BESIDE, regex=False)
    if beside.any() and (out | beside).all():
        return ""
    if out.all():
        return f"{_none_searched(notes, of)}{_ends(changes) if of == _TOGETHER else ''}"
    if of == _SINGLE:
        return f"No step stands out in {_series(points, changes)}{of}.{_not_searched(points, notes)}"
    said = f"**No step stands out in {_series(points, changes)}{of}** from how the months of a force ordinarily move."
    return f"{said}{_not_searched(points, notes)}{_ends(changes)}"


def _more(rest: pd.DataFrame) -> str:
    """That there are more steps than those named: of single forces which, of others where they are."""
    if rest.empty:
        return ""
    if "force" in rest and rest["force"].fillna("").ne("").all():
        places = [f"{label(row['force'])} in {month(str(row['month']))}" for _, row in rest.iterrows()]
        return f" More steps: {first_of(list(dict.fromkeys(places)), _PLACES, 'step')}."
    return f" {'One more step is' if len(rest) == 1 else f'{len(rest)} more steps are'} in the table of steps."


def _none_searched(notes: pd.Series, of: str) -> str:
    """Why none of some series could be searched for steps. notes : of their rows."""
    what = {_TOGETHER: "the forces together have", _SINGLE: "single forces have"}.get(of, "anything has")
    if notes.str.contains(TOO_SHORT).all():
        short = "too few months that all forces have" if of == _TOGETHER else "too few months"
        return f"There are {short} to say whether {what} changed."
    if not notes.str.contains(f"{TOO_SHORT}|{TOO_FEW}").any():
        return f"Whether {what} changed cannot be said: {why_not_searched(notes.iloc[0])}."
    few = ONE_SIDED if notes.str.contains(ONE_SIDED, regex=False).any() else TOO_FEW
    return f"There are {few}, or too few months, to say whether {what} changed."


def _too_few_beside(points: pd.DataFrame, changes):
    """Which step cannot be told for the few searches that it rests on; of several how many."""
    rows = points[points["note"].fillna("").str.contains(TOO_FEW_BESIDE, regex=False)]
    if len(rows) > 1:
        yield f"{len(rows)} possible steps cannot be told: too few searches lie on one side of each."
    elif len(rows):
        row = rows.iloc[0]
        when, fewest, needed = re.search(r"in (\S+): (\d+), (\d+) are", row["note"]).groups()
        yield (
            f"Whether {_name(row, changes)}{_whose(row)} takes a step in {month(when)} cannot be told: it would rest "
            f"on {fewest} searches on one side, and {needed} are needed."
        )


def _looked_at(points: pd.DataFrame):
    """That steps are told apart from the largest of many that were looked at, where one is announced."""
    number = points["looked_at"].max() if "looked_at" in points else 0
    if number > 1 and points["estimate"].notna().any():
        yield f"This allows for {number} steps having been looked at."


def _not_searched(points: pd.DataFrame, notes: pd.Series) -> str:
    """How many of several series were searched for steps, and why the others were not; "" where all were.

    notes : of the rows of `points`, each of which is a series without a step.
    """
    out = notes[notes.str.startswith(NOT_SEARCHED)]
    if out.empty:
        return ""
    by_force = "force" in points and not points["force"].duplicated().any()
    side, few, short = (int(out.str.contains(f"{why}(?::|$)").sum()) for why in (ONE_SIDED, TOO_FEW, TOO_SHORT))
    rest = len(out) - side - few - short
    of = {ONE_SIDED: side, TOO_FEW: few, TOO_SHORT: short, "no month that may be used, or nothing to count": rest}
    why = [f"{number} {'has' if number == 1 else 'have'} {words}" for words, number in of.items() if number]
    searched = f"{len(notes) - len(out)} of {len(notes)} {'forces' if by_force else 'series'}"
    return f" {searched} could be searched for steps: {and_join(why)}."


def _ends(changes) -> str:
    """From where to where the one series went, by whole quarter or year: no step is not the same as no change."""
    table = changes.in_short.frame
    over, is_reference = table.columns[0], table["note"].fillna("").str.contains("reference group", regex=False)
    rows = table[table["estimate"].notna() & ~is_reference.astype(bool) & ~is_in_part(table["note"])]
    if len(rows) < 2 or rows[over].duplicated().any():
        return ""
    first, last = rows.iloc[0], rows.iloc[-1]
    values = [prose.number(row["estimate"], row["measure"]) for row in (first, last)]
    what = _one_series(first, changes)
    if alike(*values):
        return f" In {first[over]} and in {last[over]} {what} was {values[0]}."
    return f" From {first[over]} to {last[over]} {what} went from {values[0]} to {values[1]}, which need not last."


def _one_series(row: pd.Series, changes) -> str:
    """What the one series of a table is, as `_name` calls it where it takes a step. row : of the table."""
    points = changes.points.iloc[0]
    group = next((str(row[name]) for name in group_columns(changes.in_short.frame)[1:] if str(row[name]) != "nan"), "")
    return _name(dict(points) | {"group": group or points.get("group", "")}, changes)


def _whose(row: pd.Series, of: str = "") -> str:
    """Whose a step is: of a force, or `of` where the row is of none."""
    return f" of {label(row['force'])}" if "force" in row and isinstance(row["force"], str) and row["force"] else of


def _size(row: pd.Series) -> str:
    """How large a step is, with its limits: the factor to the level before, of a share to its odds before."""
    factor, limits = prose.exact(row["estimate"], "step", row["lower"], row["upper"])
    of_odds = OF_ODDS in str(row["note"])
    said = f", its odds to {factor} times those before" if of_odds else f", to {factor} times its level before"
    return f"{said} ({str(row['interval']).partition(' ')[0]} limits {limits})"


def _step(row: pd.Series, changes, of: str = "") -> str:
    """One step: what, when, how far, and what else happened then."""
    way = "rises" if row["estimate"] > 1 else "falls"
    before, after = (_level(row, name) for name in ("mean_before", "mean_after"))
    note = "a change of recording, not of searches" if row["nature"] == "recording" else ""
    near = _events(row, changes)
    also = f" {near}." if near else ""
    said = f"**{_name(row, changes)}{_whose(row, of if of == _TOGETHER else '')} {way} in "
    said += f"{month(str(row['month']))}**{_size(row)}"
    if (row["mean_after"] > row["mean_before"]) == (row["estimate"] > 1):
        said += f", from {before} to {after}, the months on either side taken together"
    return f"{said[:2]}{said[2].upper()}{said[3:]}{f': {note}' if note else ''}.{also}"


def _name(row, changes) -> str:
    group = str(row["group"]) if "group" in row else ""
    if row["nature"] == "recording":
        return f"the share without {'a ' if ' ' in group else ''}{group.lower()}"
    if row["of"] in _OF_MEASURE:
        return _OF_MEASURE[row["of"]]
    if row["nature"] == "share":
        return f"the share of {label(group)}"
    if row["nature"] == "ratio":
        return f"the ratio of {group} to {changes.reference}"
    return _WHAT[row["nature"]] + (f" of {group}" if group else "")


def _level(row, name) -> str:
    value = row[name]
    if row["nature"] in ("share", "recording"):
        return prose.number(value, "share_of_searches")
    return prose.number(value, row["of"])


def _series(points: pd.DataFrame, changes) -> str:
    natures = points[["nature", "of", "group"]].drop_duplicates()
    names = [
        _OF_MEASURE.get(row["of"]) or (_WHAT.get(row["nature"], "the shares").format(reference=changes.reference))
        for _, row in natures.iterrows()
    ]
    return and_join(list(dict.fromkeys(names)))


def _events(row: pd.Series, changes) -> str:
    """What else happened about a step, in words: of recording, only what changed in recording.

    A step's month is the first of the new level. What begins within a month can show in it or in the next, and not in
    one before it; so what is named is of the step's month or of the month before, and which of these is said.
    """
    place, force = pd.Period(str(row["month"]), "M").ordinal, str(row.get("force") or "")
    found: dict[int, list[str]] = {0: [], 1: []}
    for _, event in changes.events.iterrows():
        after = place - pd.Period(event["date"][:7], "M").ordinal
        if after in found and _is_of(event, row["nature"], force, changes):
            short = event["short"]
            found[after].append(short if short.startswith(("PACE", "Best")) else lowered(short))
    said = [f"{words}: {and_join(found[after])}" for after, words in _WHEN.items() if found[after]]
    return f"{said[0]}; {lowered(said[1])}" if len(said) > 1 else "".join(said)


_WHEN = {0: "At that time", 1: "The month before"}


def _is_of(event: pd.Series, nature: str, force: str, changes) -> bool:
    """Whether an event is of the force of a step, "" for all of a study, and of what the step is of."""
    if nature == "recording" and event["kind"] != nature:
        return False
    if force and not applies(event["scope"], force):
        return False
    return _SIXTY not in event["short"].casefold() or _has_section_60(changes.by_month.study, force)


def _has_section_60(study, force: str) -> bool:
    """Whether any search here was made under section 60: rules on it can show in nothing else."""
    rows = study.tallied("power", months="published")
    sixty = rows["power"].eq("Section 60")
    return bool((sixty & rows["force"].eq(force) if force else sixty).any())


def _lost(changes) -> str:
    """Which fields were lost for some months only, in the words of the audit: a spell is no lasting step."""
    if not changes.points["nature"].eq("recording").any():
        return ""
    study, said = changes.by_month.study, []
    for name in [one for one in _FIELD_OF if one in set(changes.points["group"])]:
        known = are_here(study, study.using(_FIELD_OF[name]).verdicts)
        out = known[known["verdict"].astype("str").eq(UNUSABLE)]  # a month that is flagged lost no field of its own
        if 0 < len(out) < len(known) / 2:
            said.append(f"{name.lower()} ({_months_lost(out, study)})")
    return f"The data audit finds fields that may not be used for some months: {and_join(said)}." if said else ""


def _months_lost(out: pd.DataFrame, study) -> str:
    """Which months a field was lost in, and of how many of several forces. out : `force | month` of these."""
    forces = out["force"].astype("str").nunique()
    said = in_ranges(sorted(set(out["month"].astype("str"))))
    many = f"{months_in_words(len(out), several=True)} of {forces} {'force' if forces == 1 else 'forces'}"
    return f"{said}, {many}" if len(study.forces) > 1 else said


def _year(changes) -> str:
    """The last months beside the same a year before, of the series that moved most; "" without two years."""
    if changes.year is None:
        return ""
    table = changes.year.frame
    rows = table[table["period"].eq("change") & table["estimate"].notna()]
    if rows.empty:
        return ""
    clear = rows[rows["lower"].gt(1) | rows["upper"].lt(1)]
    parts = "; ".join(rows["note"].fillna("")).split("; ")
    of = next((f" This is {part}." for part in parts if part.startswith(OF_EACH_FORCE)), "")
    if clear.empty and changes.points["estimate"].notna().any():
        return ""  # a step has been named, and the year says no more
    if clear.empty:
        return f"Against the same months a year before, no series has moved by more than forces ordinarily do.{of}"
    most = clear.loc[clear["estimate"].map(lambda one: max(one, 1 / one)).idxmax()]
    group = f" ({most['group']})" if most.get("group") else ""
    factor = prose.number(most["estimate"], "year_on_year")
    limits = prose.interval(most["lower"], most["upper"], "year_on_year")
    odds = " of the odds" * (OF_ODDS in str(most["note"]))
    said = f"Against the same months a year before, the factor{odds} is {factor}{group} ({limits})"
    return f"{said}: more than forces drift.{of}"


def _gaps(changes) -> str:
    """Which months have no value: those that were not published or may not be used, and those without a search."""
    table = changes.by_month.frame
    by_month = table.groupby(table["month"].astype("str"))
    empty = by_month["estimate"].apply(lambda own: own.isna().all())
    notes = by_month["note"].apply(lambda own: " ".join(own.fillna("").astype("str")))[empty]
    if not 0 < len(notes) < len(empty):
        return ""
    unusable = notes.str.contains("|".join(map(re.escape, (WHY[FLAGGED], WHY[UNUSABLE]))))
    absent = notes.str.contains("|".join(map(re.escape, (WHY[NO_FILE], WHY[HEADER_ONLY])))) & ~unusable
    searched = by_month["numerator"].apply(lambda own: own.fillna(0).astype(float).sum() > 0)[empty]
    rest = ~unusable & ~absent
    silent = rest & notes.str.contains("no search") & ~searched  # others have searches, and none to divide by
    of = " of these groups" * bool(changes.points["nature"].eq("ratio").all())
    numbers = {f"no search{of}": int(silent.sum()), "no value": int((rest & ~silent).sum())}
    kinds = {"without records here": int(absent.sum()), "not usable": int(unusable.sum())}
    why = [f"{number} {words}" for words, number in kinds.items() if number]
    gone = len(notes) - sum(numbers.values())
    said = [f"{gone} {'is a gap' if gone == 1 else 'are gaps'} ({and_join(why)})"] if why else []
    said += [f"{none} {'has' if none == 1 else 'have'} {what}" for what, none in numbers.items() if none]
    return f"Of {number_of(len(empty), 'month')}, {and_join(said)}."
