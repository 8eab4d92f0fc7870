"""The sentences of the reports on grounds and on outcomes, one a section."""

from collections.abc import Iterable

import pandas as pd

from sas_analysis.errors import and_join, number_of
from sas_analysis.measures.outcomes.differences import CRUDE
from sas_analysis.measures.outcomes.reversals import reversals
from sas_analysis.measures.rates.ratios import REFERENCE
from sas_analysis.measures.shares import UNKNOWN_LABELS
from sas_analysis.present import limits, outcome_sentences, prose
from sas_analysis.present.alike import adjusted
from sas_analysis.present.apart import MANY, Apart, apart, searches_of, too_few
from sas_analysis.present.few import FEWEST
from sas_analysis.present.labels import label
from sas_analysis.present.moves import alike
from sas_analysis.present.narrowed import powers_asked
from sas_analysis.present.outcome_parts import ARREST, NOTHING
from sas_analysis.present.reasons import link_field, why_not
from sas_analysis.present.sides import clear_here_only, groups, people
from sas_analysis.present.wording import begun, lowered
from sas_analysis.records.link_field import SUPPORTED


def _share(row: pd.Series) -> str:
    return prose.headline(row["estimate"], row["measure"])[0]


def _from_to(row: pd.Series) -> str:
    said = limits.from_to(row)
    return f" ({said})" if said else ""


def _none(table: pd.DataFrame) -> str:
    return f"This cannot be said: {why_not(table['note'].iloc[0])}." if len(table) else ""


def _known(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows of labels that say something, with an estimate."""
    rows = table[table["estimate"].notna()]
    return rows[~rows[column].astype("str").isin(UNKNOWN_LABELS)]


# --- grounds --------------------------------------------------------------------------------------------------------


def objects(table: pd.DataFrame) -> str:
    """What is searched for after the commonest, and how much is not recorded. table : shares of `object_of_search`."""
    if table["estimate"].isna().all():
        return _none(table)
    rows = _known(table, "object_of_search").sort_values("numerator", ascending=False, kind="stable")
    some = rows.iloc[1:4][rows.iloc[1:4]["numerator"].gt(0)]  # no search comes after none
    rest = [f"{lowered(label(row['object_of_search']))} ({_share(row)})" for _, row in some.iterrows()]
    blank = prose.row(table, object_of_search="Not recorded")
    first = rows.iloc[0]
    unknown = "" if not blank["numerator"] else f" The object is not recorded in {_share(blank)} of searches."
    what = lowered(label(first["object_of_search"]))
    if not rest:
        return f"No search with a recorded object was for anything but {what}.{unknown}"
    return f"After {what} {'come' if len(rest) > 1 else 'comes'} {and_join(rest)}.{unknown}"


def over_time(table: pd.DataFrame) -> str:
    """Which kind of object changes its share most from month to month. table : shares of `object_group` by month."""
    rows = _known(table, "object_group")
    ends = rows.groupby(rows["object_group"].astype("str"))["estimate"].agg(["min", "max"])
    if ends.empty or rows["month"].nunique() < 2:
        return ""
    name = (ends["max"] - ends["min"]).idxmax()
    low, high = (prose.headline(ends.at[name, end], "share_of_searches")[0] for end in ("min", "max"))
    if alike(low, high):
        return "From month to month the share of each kind is the same in the digits given here."
    return f"From month to month the share of searches for {lowered(label(name))} moves most: between {low} and {high}."


def powers(table: pd.DataFrame, by_month: pd.DataFrame, *, study) -> str:
    """Section 60 in all months, and in the month of the most; of a study of one power alone, how many searches that is.

    table : shares of `power`; by_month : of section 60. study : `study.Study`.
    """
    if table["estimate"].isna().all():
        return _none(table)
    if alone := powers_asked(study):
        return f"{alone}."
    row = prose.row(table, power="Section 60")
    if not row["numerator"]:
        blank = table.loc[table["power"].isin(UNKNOWN_LABELS), "numerator"].sum()
        unknown = f"; the power of {prose.count(blank)} is not recorded" * bool(blank)
        return f"No search is recorded as made under section 60{unknown}."
    made = f"{prose.searches(row['numerator'])} {'was' if row['numerator'] == 1 else 'were'}"
    said = f"Under section 60, {made} made: {_share(row)}{_from_to(row)}."
    known = by_month[by_month["estimate"].notna()]
    if len(known) < 2:
        return said
    most = known.loc[known["estimate"].astype(float).idxmax()]
    if most["numerator"] < FEWEST:  # the highest share of a few searches is chance
        some = int(known["numerator"].gt(0).sum())
        return f"{said} There were any in {some} of {len(known)} months." if some else said
    searches = prose.count(most["numerator"])
    return f"{said} The highest share was in {most['month']}: {_share(most)} of that month's searches ({searches})."


_OVERLAP = " The two intervals overlap, so chance alone may have put them in this order."


def by_group(table: pd.DataFrame) -> str:
    """Between which groups the share of searches for drugs, or the commonest object, differs most.

    table : shares of `object_group` within `ethnicity_5`.
    """
    every = _known(_known(table, "object_group"), "ethnicity_5")
    rows = every[every["denominator"].ge(MANY)]
    if rows.empty:
        return (
            _none(table) if table["estimate"].isna().all() else "There are too few searches of each group to compare."
        )
    first = rows.groupby(rows["object_group"].astype("str"))["numerator"].sum().idxmax()
    own = rows[rows["object_group"].astype("str").eq(first)]
    if len(own) < 2:
        return "Only one group has enough searches to say."
    low, high = own.loc[own["estimate"].idxmin()], own.loc[own["estimate"].idxmax()]
    what = lowered(label(first))
    of = f" with {MANY} or more" * (len(rows) < len(every))
    if alike(_share(low), _share(high)):
        return f"Of searches of each group{of}, {_share(high)} were for {what}."
    number = f"{number_of(len(own), 'group')} have {MANY} or more searches. " if of else ""
    ends = f"Searches of {people(str(high['ethnicity_5']))} were most often for {what}, {_share(high)}{_from_to(high)}"
    ends += f", and those of {people(str(low['ethnicity_5']))} least often, {_share(low)}{_from_to(low)}."
    return f"{number}{ends}{_OVERLAP * bool(limits.shown(low)[1] >= limits.shown(high)[0])}"


def ground_differences(table: pd.DataFrame) -> str | list[str]:
    """Which shares of grounds differ once like is compared with like. table : `Study.ground_difference`."""
    return _none(table) if table["estimate"].isna().all() else outcome_sentences.grounds(table)


def agreement(table: pd.DataFrame) -> str:
    """Whether the recorded object is the one that the legislation names. table : as `grounds.object_agreement`."""
    known = table[table["estimate"].notna() & table["denominator"].ge(FEWEST)]
    if known.empty:
        return _nothing_agrees(table)
    worst = known.loc[known["estimate"].idxmin()]
    low = f"{_share(worst)}{_from_to(worst)}"
    if "legislation" not in worst:
        return f"In {low} of searches they do."
    said = f"{low} of searches with a recorded object have the one that it names"
    if len(known) == 1:
        alone = f"no other legislation that names an object has {FEWEST} or more searches to compare"
        return f"Under {worst['legislation']}, {said}; {alone}."
    if alike(*(_share(row) for _, row in known.iterrows())):
        return (
            f"Under each of the {len(known)} with {FEWEST} or more searches, {_share(worst)} of searches with a "
            "recorded object have the one that it names."
        )
    return f"Least often under {worst['legislation']}, of the {len(known)} with {FEWEST} or more searches: {said}."


def _nothing_agrees(table: pd.DataFrame) -> str:
    """Why objects and legislation are not compared: neither is there, the object may not be used, or both are few."""
    if table.empty:
        return "No search is recorded under legislation that names an object, so there is nothing to compare."
    if table["estimate"].notna().any():
        return "There are too few searches whose legislation names an object to compare."
    if table["denominator"].isna().all():
        return _none(table)
    return "Of no search whose legislation names an object is the object recorded, so there is nothing to compare."


# --- outcomes -------------------------------------------------------------------------------------------------------


def outcomes(table: pd.DataFrame) -> str:
    """The commonest outcomes but no further action and arrest. table : shares of `outcome`."""
    if table["estimate"].isna().all():
        return _none(table)
    rows = _known(table, "outcome")
    rows = rows[~rows["outcome"].astype("str").isin([NOTHING, ARREST]) & rows["numerator"].gt(0)]
    rows = rows.sort_values("numerator", ascending=False, kind="stable").head(2)
    if rows.empty:
        return "No other outcome than an arrest or no further action was published."
    named = [
        f"{lowered(label(row['outcome'], 'outcome'))} ({_share(row)} of all searches)" for _, row in rows.iterrows()
    ]
    return (
        f"After no further action and arrest, the commonest outcome{'s were' if len(named) > 1 else ' was'} "
        f"{and_join(named)}."
    )


_ALIKE = "no clear difference from White"


def outcomes_by_group(positive: pd.DataFrame, arrests: pd.DataFrame, differences: pd.DataFrame) -> str:
    """After whose searches arrests and positive outcomes are clearly more or less frequent than after White people's.

    What is clear is what the differences as they are show, so that the sentence and their table say the same.

    positive, arrests : `Study.outcome` by `ethnicity_5`. differences : `Study.outcome_difference` of both.
    """
    if arrests["estimate"].isna().all():
        return _none(arrests)
    parts = (("Arrest", arrests, "An arrest"), ("Positive outcome", positive, "Any positive outcome"))
    said = [_beside_reference(shares, _of(differences, name), what) for name, shares, what in parts]
    both = [text for text in said[0][1] if text in said[1][1]]  # said once
    told = [_with_rest(first, [text for text in rest if text not in both]) for first, rest in said]
    of_both = f"{'In both, ' * (_ALIKE in ''.join(both))}{'; '.join(both)}"
    last = [f"{begun(of_both)}."] * bool(both)
    return " ".join(filter(None, [*told, *last, _of_fewer_months(arrests, _of(differences, "Arrest"))]))


def _with_rest(said: str, rest: list[str]) -> str:
    return f"{said} {begun('; '.join(rest))}." if rest else said


def _of(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """The differences of one of several outcomes."""
    return table[table["outcome"].astype("str").eq(outcome)].drop(columns="outcome")


def _beside_reference(shares: pd.DataFrame, table: pd.DataFrame, what: str) -> tuple[str, list[str]]:
    """The share of the reference group's searches that an outcome followed, with the groups that differ; and of which
    others there is no clear difference, or none to give."""
    rows = _known(shares, "ethnicity_5")
    rows = rows.set_index(rows["ethnicity_5"].astype("str"))
    if REFERENCE not in rows.index or not len(table):
        return f"{what}: of {people(REFERENCE)} there is no search to compare those of others with.", []
    found = apart(table, CRUDE)
    first = rows.loc[REFERENCE]
    said = [f"{what} followed {_share(first)} of searches of {people(REFERENCE)}{_from_to(first)}"]
    for word, own in (("more", found.clear["estimate"].gt(0)), ("fewer", found.clear["estimate"].lt(0))):
        named = [_of_group(rows.loc[str(row["ethnicity_5"])], row) for _, row in found.clear[own].iterrows()]
        said += [f"{word} of those of {and_join(named)}"] if named else []
    rest = [f"{groups(found.alike)} {_shows(found.alike)} {_ALIKE}"] if found.alike else []
    rest += [f"of {groups(found.few)} there are {too_few(found.few)}"] if found.few else []
    return f"{', '.join(said)}, where the outcome is known.", [*rest, *_none_given(found.none)]


def _none_given(notes: dict[str, str]) -> list[str]:
    return [f"of {groups(notes)} none can be given: {why_not(next(iter(notes.values())))}"] if notes else []


def _of_group(share: pd.Series, difference: pd.Series) -> str:
    years = "; over the years there may be no difference" * clear_here_only(difference, 0.0)
    said = limits.from_to(share)
    return f"{people(str(difference['ethnicity_5']))} ({_share(share)}{f', {said}' if said else ''}{years})"


def _of_fewer_months(shares: pd.DataFrame, table: pd.DataFrame) -> str:
    """That differences are of fewer searches than shares, where a month lacks what they hold alike; else ""."""
    own, compared = shares.set_index(shares["ethnicity_5"].astype("str"))["denominator"], searches_of(table)
    if not any(number and number < own.get(group, 0) for group, number in compared.items()):
        return ""
    return (
        "Whether a difference is clear is judged without the months in which object, power, age or sex may not be used."
    )


def differences(table: pd.DataFrame, *, several: bool = False) -> str:
    """What is left of the difference to White once grounds, ages and months are alike: of all groups where it is clear.

    table : as `Study.outcome_difference` returns it of several outcomes. several : of several forces.
    """
    of = {name: _of(table, name) for name in ("Arrest", "Positive outcome")}
    if all(own["estimate"].isna().all() for own in of.values()):
        return _none(of["Arrest"])
    kinds = {"Arrest": "arrests", "Positive outcome": "positive outcomes"}
    known = {name: apart(own) for name, own in of.items() if len(own)}
    begins = f"Between like searches ({adjusted(several=several)})"
    few = list(dict.fromkeys(group for found in known.values() for group in found.few))
    if clear := _clear(known, kinds):
        (group, texts), *more = sorted(clear.items(), key=lambda own: -_searches(of.values(), own[0]))
        said = [f"{begins}, 100 searches of {people(group)} had {and_join(texts)} than 100 of White people"]
        said += [f"100 of {people(group)} had {and_join(texts)}" for group, texts in more]
        few = [group for group in few if group not in clear]
        return f"{'; '.join(said)}.{_no_others(known, kinds, few)}"
    alike = list(dict.fromkeys(group for found in known.values() for group in found.alike))
    few = [group for group in few if group not in alike]
    none = [note for found in known.values() for note in found.none.values()]
    if not alike:
        if none and not few:
            return f"{begins}, no difference can be given: {why_not(none[0])}."
        why = f"there are too few of each group (under {MANY})"
        return f"{begins}, {why} to say whether outcomes differ from those of White people."
    rest = f"; of {groups(few)} there are {too_few(few)}" if few else ""
    return f"{begins}, {groups(alike)} {_shows(alike)} no clear difference from White in what follows{rest}."


def _clear(known: dict[str, Apart], kinds: dict[str, str]) -> dict[str, list[str]]:
    """The differences that are clear in words, by group."""
    said: dict[str, list[str]] = {}
    for name, found in known.items():
        for _, row in found.clear.iterrows():
            said.setdefault(str(row["ethnicity_5"]), []).append(_left(row, kinds[name]))
    return said


def _searches(tables: Iterable[pd.DataFrame], group: str) -> float:
    return max(searches_of(own).get(group, 0.0) for own in tables)


def _no_others(known: dict[str, Apart], kinds: dict[str, str], few: list[str]) -> str:
    """That no other difference is clear, and of whom there are too few searches to say; "" where all are."""
    open_ = [name for name, found in known.items() if found.alike or found.none]
    said = [f"no other difference from White in {' or '.join(kinds[name] for name in open_)} is clear"] * bool(open_)
    said += [f"of {groups(few)} there are {too_few(few)}"] if few else []
    text = "; ".join(said)
    return f" {begun(text)}." if text else ""


def _shows(groups: list[str]) -> str:
    return "shows" if len(groups) == 1 else "show"


def changes(table: pd.DataFrame) -> str:
    """Whose difference has another sign once grounds are alike; "" where none does. table : as `differences`."""
    said = []
    for name, what in (("Arrest", "arrests"), ("Positive outcome", "positive outcomes")):
        own = _of(table, name)
        found = reversals(own) if len(own) else own
        if len(found):
            groups = list(dict.fromkeys(found.loc[found["distinct"], "ethnicity_5"].astype("str")))
            if groups:
                said.append(f"{what} of {and_join([people(group) for group in groups])}")
    if not said:
        return ""
    return f"Compared as they are, the difference has the opposite direction for {and_join(said)}: see the table."


def _left(row: pd.Series, what: str) -> str:
    """An adjusted difference in words, as one of a hundred searches."""
    more = "more" if row["estimate"] > 0 else "fewer"
    low, high = sorted(abs(100 * end) for end in limits.shown(row))
    years = "; over the years there may be no difference" * clear_here_only(row, 0.0)
    return f"{abs(100 * row['estimate']):.1f} {more} {what} (from {low:.1f} to {high:.1f}{years})"


def by_object(table: pd.DataFrame) -> str:
    """After searches for what a positive outcome is most and least common. table : `Study.outcome` by object."""
    if table["estimate"].isna().all():
        return _none(table)
    rows = _known(table, "object_of_search")
    many = rows[rows["denominator"].ge(MANY)]
    rows = many[~many["note"].str.contains("not a headline", regex=False)]
    if rows.empty:
        why = "Too many outcomes are unknown" if len(many) else "There are too few searches of one kind"
        return f"{why} to compare."
    low, high = rows.loc[rows["estimate"].idxmin()], rows.loc[rows["estimate"].idxmax()]
    if len(rows) == 1:
        return (
            f"{_share(high)} of searches for {lowered(label(high['object_of_search']))} had a positive outcome"
            f"{_from_to(high)}; for nothing else were there {MANY} or more searches to compare."
        )
    if alike(_share(low), _share(high)):
        return f"Of searches of each kind with {MANY} or more, {_share(high)} had a positive outcome."
    most, least = (f"those for {lowered(label(row['object_of_search']))}" for row in (high, low))
    return (
        f"Of kinds with {MANY} or more searches, {most} most often had a positive outcome, {_share(high)}"
        f"{_from_to(high)}, and {least} least often, {_share(low)}{_from_to(low)}."
    )


def by_power(table: pd.DataFrame, *, study) -> str:
    """Whether the power makes a difference; of a study of one power alone, that this cannot be said.

    table : `Study.outcome` by `power`. study : `study.Study`.
    """
    rows = _known(table, "power")
    if rows.empty:
        return _none(table)
    if alone := powers_asked(study):
        return f"{alone}, so nothing can be said here of other powers."
    many = rows[rows["denominator"].ge(MANY)]
    if len(many) < 2:
        return _one_power(rows)
    named = [f"{_share(row)} under {lowered(str(row['power']))}{_from_to(row)}" for _, row in many.iterrows()]
    of = f"Of powers with {MANY} or more searches, a" if len(many) < len(rows) else "A"
    return f"{of} positive outcome followed {and_join(named)}."


def _one_power(rows: pd.DataFrame) -> str:
    """That searches under all powers but one are too few to say what the power changes. rows : of known powers."""
    rows = rows.sort_values("denominator", ascending=False, kind="stable")
    first, rest = rows.iloc[0], rows.iloc[1:]
    if first["denominator"] < MANY:
        return "There are too few searches under any one power to say."
    power, others = lowered(label(first["power"])), float(rest["denominator"].sum())
    said = f"Under {power}, a positive outcome followed {_share(first)} of searches{_from_to(first)}"
    if not others:
        return f"{said}; no search under another power is recorded with its outcome, so nothing can be said of others."
    named = [lowered(label(power)) for power in rest.loc[rest["denominator"].gt(0), "power"]]
    be = "is" if others == 1 else "are"
    return (
        f"{said}; {prose.searches(others)} under {and_join(named)} {be} too few to tell whether the power makes a "
        "difference."
    )


def finds(found: pd.DataFrame, table: pd.DataFrame) -> str:
    """The find rate, or why there is none. found : `Study.outcome("find")`. table : `link_field_evidence`."""
    row = found.iloc[0]
    if pd.notna(row["estimate"]):
        return f"Something that was searched for was found in {_share(row)} of searches{_from_to(row)}."
    if "link field" not in row["note"]:
        return f"The records cannot say: {why_not(row['note'])}. No find rate is given."
    bad = table[table["verdict"].ne(SUPPORTED)]
    # Of one force its name says nothing; of several, all of those that the rate is of are named.
    verdicts = [("" if len(table) == 1 else row.force, row.verdict) for row in bad.itertuples()]
    why = link_field(verdicts) if verdicts else why_not(row["note"])
    return f"The records cannot say: {why}. No find rate is given."
