"""The sentences of the report on places: one function a section, with a branch for each way it can end."""

from collections.abc import Sequence

import pandas as pd

from sas_analysis.errors import and_join, first_of
from sas_analysis.measures.pooling.funnel_limits import NOT_SAID
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.trends.periods import is_in_part
from sas_analysis.months import in_ranges
from sas_analysis.present import funnel_sentences, prose
from sas_analysis.present.cards import UNLIKE, without_location
from sas_analysis.present.few import FEWEST, few
from sas_analysis.present.moves import alike
from sas_analysis.present.no_headline import too_unknown
from sas_analysis.present.place_order import (
    OVERLAP,
    comparable,
    ends,
    figure,
    in_order,
    not_among,
    not_of_one_month,
    of_group,
    of_one_month,
    own_month,
    passed_over,
    uncontradicted,
)
from sas_analysis.present.reasons import why_not, whys
from sas_analysis.present.sides import ABOVE, ACROSS, BELOW, people, side, times
from sas_analysis.present.wording import begun
from sas_analysis.records.locate import MOST_UNLOCATED
from sas_analysis.reference.area_kinds import AUTHORITY, Kind
from sas_analysis.reference.areas import COARSELY, not_compared
from sas_analysis.reference.forces import in_words, named
from sas_analysis.reference.official.other_years import said_in

_NO_ESTIMATE = "no estimate can be given"
_APART = 2  # places named at most, of those with a large part of their searches in one month
_FOR_ARRESTS = 100  # searches of a place, of which a share of arrests is set beside others
_FORCES = 4  # named at most, of forces whose searches lack locations unlike often
_TOO_COARSE = "these boundaries are too coarse"
_UNFIT = "too coarse for a headline of one place, since a line can be wrong by more than 50 m"


def answer(
    ratios: pd.DataFrame,
    *,
    areas: pd.DataFrame,
    group: str,
    reference: str,
    study,
    kind: Kind = AUTHORITY,
    contradicted: Sequence[str] = (),
    in_months: str = "",
    overlaps: int = 0,
    coarse: str = "",
    shrunken: pd.DataFrame | None = None,
) -> str:
    """In how many areas a group is searched more often than the reference group, and where the most; without ratios,
    where searches are.

    ratios, areas, in_months, overlaps : as `Areas` has them. group : the one that is spoken of. kind : what the areas
    are. contradicted : the forces whose records official statistics contradict; their areas are in no sentence but the
    last. coarse : as `Layer.coarse` of the boundaries. shrunken : `Areas.shrunken`, whose order is that of the places.
    """
    rows = _of(ratios, group)
    if rows.empty:
        return f"{begun(people(group))} are not among the groups that this report shows."
    if rows["estimate"].isna().all():
        why = f"**No ratio can be given for the {kind.many} of {study.who}:** {whys(rows['note'], _NO_ESTIMATE)}."
        lost = without_location(areas) if "no location" not in why else (0.0, 0.0)  # said already
        of = f"All of these are searches {in_months}." if in_months else ""
        both = f"These {kind.many} overlap: a search in two of them is counted in one alone." if overlaps else ""
        most = _most(areas, rows["area_code"], kind, *lost)
        if coarse:
            most = f"In which {kind.one} the largest number of searches is cannot be said: {_TOO_COARSE}."
        return " ".join(filter(None, [why, most, both, of]))
    whole, rows = rows, uncontradicted(rows)
    if rows["note"].str.contains(CONTRADICTED, regex=False).any():
        return (
            f"**No ratio can be a headline:** official statistics{said_in(rows['note'])} contradict the records of "
            f"{named(contradicted)}, so "
            "a map of them may be one of the recording and not of the searches."
        )
    if rows["note"].str.contains(COARSELY, regex=False).any():
        return (
            f"**These boundaries are too coarse for a headline:** they can put many searches into the wrong {kind.one}."
            f" The map is for drawing only. Boundaries with a point every {kind.coarse:,.0f} m or closer are fine "
            "enough, such as those of the Office for National Statistics that are named BGC."
        )
    if overlaps:
        return (
            f"**These {kind.many} overlap, so there is no headline:** a search in two of them is counted in one alone. "
            f"Boundaries are needed in which each place is in one {kind.one}."
        )
    without = ""
    if len(rows) < len(whole):
        number, many = len(whole) - len(rows), kind.one if len(whole) - len(rows) == 1 else kind.many
        without = (
            f"Not among these: {number} {many} of {named(contradicted)}, whose records official "
            f"statistics{said_in(whole['note'])} contradict."
        )
    return " ".join(
        filter(None, [_sides(rows, group, reference, kind), _ends(rows, of_group(shrunken, group), kind), without])
    )


def _of(table: pd.DataFrame, group: str) -> pd.DataFrame:
    return table[table["ethnicity_5"].astype("str").eq(group)]


def _most(areas: pd.DataFrame, codes: pd.Series, kind: Kind, lost: float, every: float) -> str:
    """Where the largest number of searches is, and in how few areas half of them; and how many have no location.

    codes : of the areas that are asked about. lost, every : searches without a location, and all of them; 0 says
    nothing of them.
    """
    number = areas.loc[areas["area_code"].isin(codes), "searches"].astype(float)
    number = number[number > 0].sort_values(ascending=False, kind="stable")
    if number.empty:
        return ""
    first, half = areas.loc[number.index[0]], int((number.cumsum() < number.sum() / 2).sum()) + 1
    said = f"{_share(lost, every)} have no location; " if lost else ""
    if len(codes) == 1:  # the only one is neither the largest nor a half of them
        placed_in = f"{'is' if number.sum() == 1 else 'are'} placed in {first['area']}."
        return (
            f"{said}{prose.count(number.sum())} {placed_in}" if said else f"{prose.searches(number.sum())} {placed_in}"
        )
    said += (
        f"of the {prose.searches(number.sum())} placed in these {kind.many}, the largest number, "
        f"{prose.count(number.iloc[0])} ({prose.number(number.iloc[0] / number.sum(), 'share_of_searches')}), were in "
        f"{first['area']}."
    )
    if half == 1:  # said by the share of the first
        return begun(said)
    return (
        f"{begun(said)} Half of them were in {prose.count(half)} of the {prose.count(len(number))} {kind.many} "
        "with any."
    )


def _share(number: float, of: float) -> str:
    """A part of searches: "90 of 1,000 searches (9.0%)"."""
    return f"{prose.searches(number, of)} ({prose.number(number / of, 'share_of_searches')})"


def _sides(rows: pd.DataFrame, group: str, reference: str, kind: Kind) -> str:
    without, rows = rows[rows["estimate"].isna()], rows[rows["estimate"].notna()]
    doubted = too_unknown(rows["note"])
    of = [side(row) for _, row in rows[~doubted].iterrows()]
    number = {name: of.count(name) for name in (ABOVE, BELOW, ACROSS)}
    among = kind.one if len(rows) == 1 else kind.many
    among += f" that {'has' if len(rows) == 1 else 'have'} a ratio" * (len(without) > 0)
    said = (
        f"**{people(group)} were searched more often than {reference} people, relative to their number of residents, "
        f"in {_all(number[ABOVE], len(rows))} {among}**"
    )
    if not number[ABOVE]:
        said = _in_none(sum(number.values()), len(rows), people(group), f"{reference} people", kind)
    more = [f"less often in {number[BELOW]}"] * bool(number[BELOW])
    more += [f"either is possible in {number[ACROSS]}"] * bool(number[ACROSS])
    rest = len(of) - sum(number.values())
    more += [f"there are too few searches to say in {rest}"] * bool(rest)
    more += [f"ethnicity is unknown too often to say in {int(doubted.sum())}"] * bool(doubted.any())
    said = f"{said}; {and_join(more)}." if more else f"{said}."
    return f"{said} {_without(without, kind)}".strip().replace("**people", "**People", 1)


def _in_none(told: int, of: int, group: str, reference: str, kind: Kind) -> str:
    """That no place is known in which a group is clearly searched more often.

    told : how many places have enough known searches to say so. of : how many have a ratio.
    """
    searched = f"clearly searched more often than {reference}"
    if not told:
        said = f"In no {kind.one} can it be said whether {group} were searched more often than {reference}"
    elif told == of:
        said = f"In no {kind.one} were {group} {searched}"
    elif told == 1:
        said = f"In the one {kind.one} that can be compared, {group} were not {searched}"
    else:
        said = f"In none of the {told} {kind.many} that can be compared were {group} {searched}"
    return f"**{said}**, relative to their number of residents"


def _without(rows: pd.DataFrame, kind: Kind) -> str:
    """Of how many places no ratio can be given, and why; "" where each has one."""
    return (
        ""
        if rows.empty
        else f"No ratio can be given for {_number(len(rows), kind)}: {whys(rows['note'], _NO_ESTIMATE)}."
    )


def _number(number: int, kind: Kind) -> str:
    return f"{number} {kind.one if number == 1 else kind.many}"


def _all(number: int, of: int) -> str:
    if number == of:
        return "the one" if of == 1 else f"all {of}"
    return f"{number} of {of}"


def _among(known: pd.DataFrame, rows: pd.DataFrame, kind: Kind) -> str:
    """How many places are set side by side, in words. known : as `comparable`. rows : those it was made of."""
    if len(known) == len(rows):
        return f"{len(rows)} {kind.many}"
    return f"{len(known)} {kind.one if len(known) == 1 else kind.many} that can be compared"


def _of_those(number: int, known: pd.DataFrame, rows: pd.DataFrame, kind: Kind) -> str:
    """In how many of the places that are set side by side: "1 of the 3 local authorities that can be compared"."""
    among = _among(known, rows, kind)
    if len(known) == 1:
        only = f"the one {kind.one}" + " that can be compared" * (len(rows) > 1)
        return only if number else f"none: only 1 {kind.one} can be compared"
    return f"all {among}" if number == len(known) else f"{number or 'none'} of the {among}"


def _ends(rows: pd.DataFrame, drawn: pd.DataFrame | None, kind: Kind) -> str:
    """Where the ratio is highest and lowest. drawn : as `place_order.in_order`."""
    order, apart = in_order(rows, drawn), _apart(rows)
    if len(order) < 2:
        return apart
    first, last = ends(order)
    among = "The" if len(order) == len(rows) else f"Of the {_among(order, rows, kind)}, the"
    said = (
        f"{among} ratio is highest in {first['area']} ({figure(first, 'times')}) and lowest in {last['area']} "
        f"({figure(last)})."
    )
    return _and(said, OVERLAP, passed_over(order, kind.many), apart)


def _apart(rows: pd.DataFrame) -> str:
    """Why places with a large part of their searches in one month stand beside no other, the highest ratio first.

    "" where there are no such places.
    """
    known = rows[rows["estimate"].notna() & of_one_month(rows) & ~few(rows) & ~too_unknown(rows["note"])]
    known = known.sort_values("estimate", ascending=False, kind="stable")
    said = [
        f"{row['area']} ({times(row)} times) is compared with no other: {own_month(row['note'], 'ratio')}."
        for _, row in known.head(_APART).iterrows()
    ]
    rest = len(known) - len(said)
    return " ".join(said) + f" Neither {'is' if rest == 1 else 'are'} {rest} more, as notes in the table say." * (
        rest > 0
    )


def rates(
    table: pd.DataFrame, ratios: pd.DataFrame, placing: pd.DataFrame, *, group: str, kind: Kind = AUTHORITY
) -> str:
    """Where a group is searched most and least per resident, of the places whose ratios are set side by side.

    table, ratios, placing : as `Areas.rates`, `Areas.ratios` and `Areas.placing`.
    """
    rows = _doubted_as(_of(table, group), _of(ratios, group))
    if why := not_compared(rows["note"]):
        return (
            f"Rates of {kind.many} are not set side by side: these boundaries {why}. The rate of each place is in a "
            "table below."
        )
    order = in_order(rows[rows["area"].isin(comparable(_of(ratios, group))["area"])])
    if order.empty:
        return f"There are too few searches to set the rates of {kind.many} side by side."
    if unlike := _unlike(placing):
        return (
            f"Rates of different forces cannot be compared here: {unlike}. The rate of each place is in a table below."
        )
    first, last = ends(order)
    of = f"searches of {people(group)} per 1,000 {people(group).replace('people', 'residents')} a year"
    if len(order) == 1:
        return _and(f"{begun(of)} in {first['area']}: {figure(first)}.", not_among(rows, "rate"))
    said = (
        f"Of the {_among(order, rows, kind)}, {first['area']} has the most {of} ({figure(first)}) and {last['area']} "
        f"the fewest ({figure(last)})."
    )
    return _and(said, OVERLAP, passed_over(order, kind.many), not_among(rows, "rate"))


def _and(*sentences: str) -> str:
    """Sentences one after the other, without those that are empty."""
    return " ".join(filter(None, sentences))


def _doubted_as(rows: pd.DataFrame, ratios: pd.DataFrame) -> pd.DataFrame:
    """Rates with what the ratio of the same place is doubted for: a place stands in one order where it does in the
    other."""
    of = dict(zip(ratios["area"], ratios["note"], strict=True))
    notes = [[own, of.get(area, "")] for area, own in zip(rows["area"], rows["note"], strict=True)]
    return rows.assign(note=["; ".join(filter(None, both)) for both in notes])


def _unlike(placing: pd.DataFrame) -> str:
    """What is without a location by force, where this makes the rates of forces unlike; else ""."""
    rows = placing.assign(share=(placing["no_location"] / placing["searches"]).astype(float)).dropna(subset="share")
    if len(rows) < 2 or rows["share"].max() - rows["share"].min() <= UNLIKE:
        return ""
    rows = rows.sort_values("share", ascending=False, kind="stable")
    ends = rows if len(rows) <= _FORCES else rows.iloc[[0, -1]]
    said = [
        f"{prose.number(row.share, 'share_of_searches')} in {in_words([str(row.force)])} "
        f"({prose.count(row.no_location)} of {prose.count(row.searches)})"
        for row in ends.itertuples()
    ]
    most = "" if len(rows) <= _FORCES else f", the most and the least of {len(rows)} forces"
    return f"searches without a location are {and_join(said)}{most}"


def beyond(
    table: pd.DataFrame,
    ratios: pd.DataFrame,
    *,
    group: str,
    kind: Kind = AUTHORITY,
    contradicted: Sequence[str] = (),
) -> str:
    """Which areas lie outside the limits of a funnel. table : as `pooling.funnel`, by area. ratios : `Areas.ratios`.

    contradicted : the forces whose records official statistics contradict; their areas are not in the table, unless no
    other is left.
    """
    if why := not_compared(_of(ratios, group)["note"]):
        return f"It is not said which {kind.many} lie outside the limits of chance, because these boundaries {why}."
    own, doubted = _of(table, group), _of(ratios, group)
    unknown = doubted.loc[too_unknown(doubted["note"]), "area"]
    kept = own[~own["area"].isin(unknown)]
    said = funnel_sentences.beyond(kept, group=group, place="area", one=kind.one, many=kind.many)
    marked = "note" in table and table["note"].fillna("").str.contains(CONTRADICTED, regex=False).any()
    apart = [f"{_number(len(unknown), kind)} where ethnicity is unknown too often"] * bool(len(unknown))
    apart += [
        f"{row.area} ({row.verdict.removeprefix(f'{NOT_SAID}: ')})"
        for row in kept.itertuples()
        if row.verdict.startswith(NOT_SAID)
    ]
    if apart:
        said += f" Not among these: {first_of(apart, _FORCES)}."
    if not contradicted or marked:
        return said
    by = said_in(ratios["note"])
    return f"{said} Without those of {named(contradicted)}, whose records official statistics{by} contradict."


def over_time(table: pd.DataFrame, ratios: pd.DataFrame, *, group: str, kind: Kind = AUTHORITY) -> str:
    """In how many of the places that are set side by side a group was searched more often in every quarter, or year.

    table : ratios by `borough` and `quarter`, or `year`. ratios : of the whole time, as `Areas.ratios`.
    """
    rows, whole = _of(table, group), _of(ratios, group)
    over = "quarter" if "quarter" in rows else "year"
    if why := not_compared(whole["note"]):
        return f"It is not said how {kind.many} changed from {over} to {over}, because these boundaries {why}."
    left_out = set(rows.loc[is_in_part(rows["note"]), over])
    rows = rows[~rows[over].isin(left_out)]
    number = rows[over].nunique()
    if number < 2 and left_out:
        return f"These months hold fewer than two whole {over}s, so change over {over}s is not described."
    if number < 2:
        return f"There is one {over}, so nothing can change over {over}s."
    rows = rows[rows["borough"].isin(comparable(whole)["area"]) & rows["estimate"].notna()]
    doubted = rows["note"].str.contains(CONTRADICTED, regex=False)
    rows = rows[~few(rows) & ~too_unknown(rows["note"]) & ~doubted]
    full = rows.groupby("borough")[over].nunique().eq(number)
    contradicted = bool(doubted.any())
    if not full.any():
        needed = " and records that official statistics do not contradict" * contradicted
        return (
            f"No {kind.one} has {FEWEST} searches or more of {people(group)} in each of the {number} {over}s, with "
            f"ethnicity known often enough{needed}, so nothing is said of change over {over}s."
        )
    known = whole[whole["area"].isin(full[full].index)]
    rows = rows[rows["borough"].isin(known["area"])]
    above = rows["borough"][[side(row) == ABOVE for _, row in rows.iterrows()]].value_counts()
    said = _above_in(above, number, f"{'whole ' * bool(left_out)}{over}s", known, whole, people(group), kind)
    apart = not_of_one_month(whole)
    if len(known) + int(of_one_month(whole).sum()) == len(whole):
        return _and(said, apart)
    lacking = "too few searches, too many of unknown ethnicity, or records that official statistics contradict,"
    lacking = lacking if contradicted else "too few searches, or too many of unknown ethnicity,"
    return _and(said, apart, f"The others have {lacking} in one {over} or more.")


def _above_in(
    above: pd.Series, number: int, periods: str, known: pd.DataFrame, whole: pd.DataFrame, group: str, kind: Kind
) -> str:
    """In how many places a group was searched more often in every period; of one place, in how many of them.

    above : in how many periods it was, by place; without those in which it never was. number : of periods, which all
    places of `known` have.
    """
    if len(known) > 1:
        where = _of_those(int(above.eq(number).sum()), known, whole, kind)
        return f"{begun(group)} were searched more often in each of the {number} {periods} in {where}."
    times_above, only = int(above.sum()), f", the one {kind.one} that can be compared," * (len(whole) > 1)
    of = f"each of the {number}" if times_above == number else f"{times_above or 'none'} of the {number}"
    return f"In {known['area'].iloc[0]}{only} {group} were searched more often in {of} {periods}."


def months(table: pd.DataFrame, *, kind: Kind = AUTHORITY, why: str = "") -> str:
    """How far the busiest month of each area is from its quietest.

    table : as `Areas.per_day`. why : why no month counts, as `Study.nothing_counts`; "" where one does.
    """
    if why:
        return f"Searches by month cannot be given for any {kind.one}: {why_not(f'not estimable: {why}')}."
    rows = table[table["estimate"].notna()]
    if rows.empty:
        return f"No {kind.one} has so many searches a month that its line could be read."
    if why := not_compared(rows.get("note", ())):
        return f"It is not said how far the months of {kind.many} are apart, because these boundaries {why}."
    number = rows.groupby("area", sort=False)["estimate"].agg(["min", "max", "size"])
    if number["size"].lt(2).all():
        return f"Only one month can be used of each {kind.one}, so nothing is said of change from month to month."
    quietest = rows["numerator"].astype(float).groupby(rows["area"], sort=False).min()
    known = number[number["size"].ge(2) & quietest.ge(FEWEST)]  # a quotient by few searches is chance
    if known.empty:
        return (
            f"No {kind.one} has {FEWEST} searches or more in its quietest month, so nothing is said of how far months "
            "are apart."
        )
    factor = (known["max"] / known["min"]).sort_values(kind="stable")
    low, high = (f"{value:.1f}" for value in (factor.iloc[0], factor.iloc[-1]))
    if len(factor) == 1:
        return f"In {factor.index[0]} the busiest month had {high} times as many searches a day as the quietest."
    which = f"{len(factor)} {kind.many} with "
    which += "the most searches" if len(factor) == len(number) else f"{FEWEST} searches or more in every month"
    if alike(low, high):
        return f"In each of the {which}, the busiest month had {high} times as many searches a day as the quietest."
    return (
        f"In the {which}, the busiest month had {low} ({factor.index[0]}) to {high} times ({factor.index[-1]}) as many "
        "searches a day as the quietest."
    )


def outcomes(table: pd.DataFrame, *, kind: Kind = AUTHORITY) -> str:
    """Where the largest and the smallest share of searches ended in arrest. table : `Areas.outcome("arrest")`."""
    if len(table) and table["estimate"].isna().all():
        return f"Arrests cannot be given for any {kind.one}: {whys(table['note'], _NO_ESTIMATE)}."
    if why := not_compared(table["note"]):
        return f"The shares of {kind.many} are not set side by side: these boundaries {why}."
    order = in_order(table, fewest=_FOR_ARRESTS)
    if len(table) == 1 and len(order):
        share = prose.headline(order["estimate"].iloc[0], order["measure"].iloc[0])[0]
        return f"{share} of the searches in {order['area'].iloc[0]} ended in an arrest."
    apart = not_among(table, "share", fewest=_FOR_ARRESTS)
    if len(order) < 2:
        return _and(f"There are too few searches with a known outcome to set {kind.many} side by side.", apart)
    first, last = ends(order)
    low, high = (prose.headline(row["estimate"], row["measure"])[0] for row in (last, first))
    if alike(low, high):
        return _and(f"{low} of searches ended in an arrest in each of the {_among(order, table, kind)}.", apart)
    return _and(
        f"Of the {_among(order, table, kind)}, searches ended in an arrest most often in {first['area']} "
        f"({figure(first)}) and least often in {last['area']} ({figure(last)}).",
        OVERLAP,
        passed_over(order, kind.many),
        apart,
    )


def placed(placing: pd.DataFrame, lost: pd.DataFrame, *, side) -> list[str]:
    """How many searches are placed, in which months they cannot be, and by which boundaries.

    placing, lost : `Areas.placing` and `Areas.months_without_location` of side, the `Areas`.
    """
    number = float(placing["searches"].sum())
    if not number:
        return ["No search is in a month whose locations may be used."]
    return [*_placed(placing, side), *_of_others(number, side), *_lost_months(lost), _boundaries(side.layer)]


def _placed(placing: pd.DataFrame, side) -> list[str]:
    """How many searches have no location or are outside all areas, and what that does to rates and ratios."""
    number, none, outside = (float(placing[name].sum()) for name in ("searches", "no_location", "outside"))
    share, kind = none / number, side.kind
    too_many = f": more than {MOST_UNLOCATED:.0%}, so no local rate is given" * (share > MOST_UNLOCATED)
    unlike = _unlike(placing)
    low = ". Rates are too low by about that share" * (side.has_ratios and 0 < share <= MOST_UNLOCATED)
    if low and unlike:
        low = f". By force, {unlike}: a rate is too low by about the share of its force, so that rates of different "
        low += "forces cannot be compared"
    low += ". A ratio is too high or too low as far as the two groups lack locations unlike often" * bool(low)
    return [
        f"Of {prose.searches(number)} in the months whose locations may be used, "
        f"{prose.number(share, 'share_of_searches')} have no location and are in no {kind.one}{too_many}{low}. "
        f"{_outside(outside, kind)}"
    ]


def _of_others(number: float, side) -> list[str]:
    """Which searches are in areas of other forces, or in several areas. number : of all."""
    said, kind = [], side.kind
    if side.elsewhere:
        said.append(
            f"{_share(side.elsewhere, number)} {'is' if side.elsewhere == 1 else 'are'} in {kind.many} that other "
            "forces police, and in no number of a place."
        )
    if side.by_others:
        rates = "rate, ratio or number a day" if side.has_ratios else "number a day"
        said.append(
            f"{_share(side.by_others, number)} {'was' if side.by_others == 1 else 'were'} made by one of these forces "
            f"where another polices: in no {rates} of that {kind.one}, and in its other numbers."
        )
    if side.overlaps:
        said.append(
            f"**These {kind.many} overlap.** {_share(side.overlaps, number)} are in two of them or more; each is "
            "counted in the one whose code comes first, so that the numbers of the others are too low."
        )
    return said


def _lost_months(lost: pd.DataFrame) -> list[str]:
    """The months whose locations may not be used."""
    if not len(lost):
        return []
    months = [f"{in_ranges(list(rows['month']))}" for _, rows in lost.groupby("force", sort=False)]
    which = "this month is" if len(lost) == 1 else f"these {len(lost)} months are"
    return [
        f"Locations may not be used in {and_join(months)}: {which} in no number of a place, neither searches nor "
        "residents."
    ]


def _boundaries(layer) -> str:
    """Where the boundaries are from, and how fine they are."""
    coarse = layer.coarse()
    fine = "simulated" if layer.synthetic else _UNFIT if coarse else "fine enough"
    spacing = f", with a point every {layer.spacing():,.0f} m"
    return f"Boundaries: {layer.path.name} (SHA-256 {layer.sha256[:12]}){spacing}: {fine}."


def _outside(number: float, kind: Kind) -> str:
    """How many searches lie outside all places: "10 are located outside all local authorities of the boundaries."."""
    many = prose.count(number) if number else "None"
    return f"{many} {'is' if number < 2 else 'are'} located outside all {kind.many} of the boundaries."


def band(table: pd.DataFrame, ratios: pd.DataFrame, *, group: str, kind: Kind = AUTHORITY) -> str:
    """How far searches near boundaries could move the ratios that are set side by side.

    table, ratios : as `Areas.band` and `Areas.ratios`.
    """
    rows, whole = _of(table, group), _of(ratios, group)
    if why := not_compared(whole["note"]):
        can = ", and can themselves be wrong by more than 50 m" * (COARSELY in " ".join(whole["note"]))
        return f"How far searches near boundaries could move these ratios is not said: these boundaries {why}{can}."
    known = comparable(whole)
    rows = rows[rows["measure"].eq("disproportionality_ratio") & rows["area"].isin(known["area"])]
    if rows.empty:
        return ""
    held = int((rows["lowest"] > 1).sum())
    return (
        "Even if all searches within 50 m of a boundary belonged to the other side, in the worst way for each ratio, "
        f"it would stay above 1 in {_of_those(held, known, whole, kind)}. This is an assumption range, not a sampling "
        "error."
    )
