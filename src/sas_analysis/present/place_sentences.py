"""The sentences of the report on places: one function a section, with a branch for each way it can end."""

from collections.abc import Sequence

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.months import in_ranges
from sas_analysis.present import funnel_sentences, prose
from sas_analysis.present.cards import FEWEST, too_unknown, uncontradicted
from sas_analysis.present.moves import alike
from sas_analysis.present.ratio_sentences import named
from sas_analysis.present.reasons import why_not
from sas_analysis.present.sides import ABOVE, ACROSS, BELOW, from_to, in_doubt, people, side, times
from sas_analysis.records.locate import MOST_UNLOCATED
from sas_analysis.reference.area_kinds import AUTHORITY, Kind
from sas_analysis.reference.areas import COARSELY

_DISTINCT = "Where intervals overlap, the order may be chance."


def answer(
    ratios: pd.DataFrame,
    *,
    areas: pd.DataFrame,
    group: str,
    reference: str,
    study,
    kind: Kind = AUTHORITY,
    contradicted: Sequence[str] = (),
) -> str:
    """In how many areas a group is searched more often than the reference group, and where the most; without ratios,
    where searches are.

    ratios : as `Areas.ratios`. areas : as `Study.areas`. group : the one that is spoken of. kind : what the areas are.
    contradicted : the forces whose records official statistics contradict; their areas are in no sentence but the last.
    """
    rows = _of(ratios, group)
    if rows.empty:
        return f"{people(group)[:1].upper()}{people(group)[1:]} are not among the groups that this report shows."
    if rows["estimate"].isna().all():
        why = f"**No ratio can be given for the {kind.many} of {study.who}:** {why_not(rows['note'].iloc[0])}."
        return f"{why} {_most(areas[areas['area_code'].isin(rows['area_code'])], kind)}".strip()
    whole, rows = rows, uncontradicted(rows)
    if rows["note"].str.contains(CONTRADICTED, regex=False).any():
        return (
            f"**No ratio can be a headline:** official statistics contradict the records of {named(contradicted)}, so "
            "a map of them may be one of the recording and not of the searches."
        )
    if rows["note"].str.contains(COARSELY, regex=False).any():
        return (
            f"**These boundaries are too coarse for a headline:** they can put many searches into the wrong {kind.one}."
            " The map is for drawing only. Boundaries that are generalised to 20 m are fine enough."
        )
    without = ""
    if len(rows) < len(whole):
        number, many = len(whole) - len(rows), kind.one if len(whole) - len(rows) == 1 else kind.many
        without = (
            f"Not among these: {number} {many} of {named(contradicted)}, whose records official statistics contradict."
        )
    return " ".join(filter(None, [_sides(rows, group, reference, kind), _ends(rows), without]))


def _of(table: pd.DataFrame, group: str) -> pd.DataFrame:
    return table[table["ethnicity_5"].astype("str").eq(group)]


def _most(areas: pd.DataFrame, kind: Kind) -> str:
    """Where most searches are, and in how few areas half of them."""
    number = areas["searches"].astype(float).sort_values(ascending=False, kind="stable")
    number = number[number > 0]
    if number.empty:
        return ""
    first, half = areas.loc[number.index[0]], int((number.cumsum() < number.sum() / 2).sum()) + 1
    share = prose.number(number.iloc[0] / number.sum(), "share_of_searches")
    return (
        f"Most searches are in {first['area']}: {prose.count(number.iloc[0])} of {prose.count(number.sum())} ({share})."
        f" Half of them are in {prose.count(half)} of the {prose.count(len(number))} {kind.many} with any."
    )


def _sides(rows: pd.DataFrame, group: str, reference: str, kind: Kind) -> str:
    doubted = too_unknown(rows["note"])
    of = [side(row) for _, row in rows[~doubted].iterrows()]
    number = {name: of.count(name) for name in (ABOVE, BELOW, ACROSS)}
    said = (
        f"**{people(group)} were searched more often than {reference} people, relative to their number of residents, "
        f"in {_all(number[ABOVE], len(rows))} {kind.many}**"
    )
    if not number[ABOVE]:
        said = (
            f"**In no {kind.one} were {people(group)} clearly searched more often than {reference} people**, "
            "relative to their number of residents"
        )
    more = [f"less often in {number[BELOW]}"] * bool(number[BELOW])
    more += [f"either is possible in {number[ACROSS]}"] * bool(number[ACROSS])
    rest = len(of) - sum(number.values())
    more += [f"there are too few searches to say in {rest}"] * bool(rest)
    more += [f"ethnicity is unknown too often to say in {int(doubted.sum())}"] * bool(doubted.any())
    said = f"{said}; {and_join(more)}." if more else f"{said}."
    return said.replace("**people", "**People", 1)


def _all(number: int, of: int) -> str:
    return f"all {of}" if number == of else f"{number} of {of}"


def _ends(rows: pd.DataFrame) -> str:
    known = _enough(rows)
    if len(known) < 2:
        return ""
    first, last = known.iloc[0], known.iloc[-1]
    return (
        f"The ratio is highest in {first['area']} ({times(first)} times, {from_to(first)}) and lowest in "
        f"{last['area']} ({times(last)}, {from_to(last)}). {_DISTINCT}"
    )


def _enough(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with searches enough, and ethnicity known often enough, highest first."""
    known = rows[rows["estimate"].notna() & rows["numerator"].astype(float).ge(FEWEST)]
    known = uncontradicted(known[~too_unknown(known["note"])])
    return known.sort_values("estimate", ascending=False, kind="stable")


def rates(table: pd.DataFrame, *, group: str, kind: Kind = AUTHORITY) -> str:
    """Where a group is searched most and least per resident. table : as `Areas.rates`."""
    known = _enough(_of(table, group))
    if known.empty:
        return f"There are too few searches to set the rates of {kind.many} side by side."
    first, last = known.iloc[0], known.iloc[-1]
    high, low = (in_doubt(prose.number(row["estimate"], row["measure"]), row["note"]) for row in (first, last))
    most = f"{high} searches per 1,000 residents a year"
    if len(known) == 1:
        return f"Of {people(group)}, {most} in {first['area']}."
    return (
        f"Of {people(group)}, {most} were made in {first['area']}, the most, and {low} in {last['area']}, the fewest."
    )


def beyond(table: pd.DataFrame, *, group: str, kind: Kind = AUTHORITY, contradicted: Sequence[str] = ()) -> str:
    """Which areas lie outside the limits of a funnel. table : as `pooling.funnel`, by area.

    contradicted : the forces whose records official statistics contradict; their areas are not in the table, unless no
    other is left.
    """
    said = funnel_sentences.beyond(table, group=group, place="area", one=kind.one, many=kind.many)
    marked = "note" in table and table["note"].fillna("").str.contains(CONTRADICTED, regex=False).any()
    if not contradicted or marked:
        return said
    return f"{said} Without those of {named(contradicted)}, whose records official statistics contradict."


def over_time(table: pd.DataFrame, *, group: str, kind: Kind = AUTHORITY) -> str:
    """In how many quarters, or years, each area lay above. table : ratios by `borough` and `quarter`, or `year`."""
    rows = _of(table, group)
    doubted = rows.loc[rows["note"].str.contains(CONTRADICTED, regex=False), "borough"]
    sure = rows[~rows["borough"].isin(doubted)]
    rows = sure if sure["estimate"].notna().any() else rows
    over = "quarter" if "quarter" in rows else "year"
    number = rows[over].nunique()
    if number < 2:
        return f"There is one {over}, so nothing can change over {over}s."
    above = rows[[side(row) == ABOVE for _, row in rows.iterrows()]].groupby("borough")[over].nunique()
    always, places = int(above.eq(number).sum()), rows["borough"].nunique()
    said = f"{people(group)} were searched more often in each of the {number} {over}s in {_all(always, places)} "
    said = f"{said[:1].upper()}{said[1:]}{kind.many}."
    few = "A quarter holds few searches of one place: gaps are to be expected."
    return f"{said} {few}" if over == "quarter" else said


def months(table: pd.DataFrame, *, kind: Kind = AUTHORITY) -> str:
    """How far the busiest month of each area is from its quietest. table : as `Areas.per_day`."""
    known = table[table["estimate"].notna()].groupby("area", sort=False)["estimate"].agg(["min", "max", "size"])
    known = known[known["size"].ge(2) & known["min"].gt(0)]
    if known.empty:
        return f"No {kind.one} has so many searches a month that its line could be read."
    factor = (known["max"] / known["min"]).sort_values(kind="stable")
    low, high = (f"{value:.1f}" for value in (factor.iloc[0], factor.iloc[-1]))
    if len(factor) == 1:
        return f"In {factor.index[0]} the busiest month had {high} times as many searches a day as the quietest."
    if alike(low, high):
        return (
            f"In each of the {len(factor)} {kind.many} with the most searches, the busiest month had {high} times as "
            "many searches a day as the quietest."
        )
    return (
        f"In the {len(factor)} {kind.many} with the most searches, the busiest month had {low} "
        f"({factor.index[0]}) to {high} times ({factor.index[-1]}) as many searches a day as the quietest."
    )


def outcomes(table: pd.DataFrame, *, kind: Kind = AUTHORITY) -> str:
    """Where the largest and the smallest share of searches ended in arrest. table : `Areas.outcome("arrest")`."""
    known = table[table["estimate"].notna() & table["denominator"].astype(float).ge(100)]
    if len(known) < 2:
        return f"There are too few searches with a known outcome to set {kind.many} side by side."
    known = known.sort_values("estimate", ascending=False, kind="stable")
    first, last = known.iloc[0], known.iloc[-1]
    low, high = (prose.headline(row["estimate"], row["measure"])[0] for row in (last, first))
    if alike(low, high):
        return f"{low} of searches ended in an arrest in each of the {kind.many} with 100 searches or more."
    return (
        f"The share of searches that ended in an arrest lies between {low} ({last['area']}) and {high} "
        f"({first['area']}), of {kind.many} with 100 searches or more. {_DISTINCT}"
    )


def placed(placing: pd.DataFrame, lost: pd.DataFrame, *, layer) -> list[str]:
    """How many searches are placed, in which months they cannot be, and by which boundaries.

    placing, lost : `Areas.placing` and `Areas.months_without_location`. layer : `Areas.layer`.
    """
    number, none, outside = (float(placing[name].sum()) for name in ("searches", "no_location", "outside"))
    if not number:
        return ["No search is in a month whose locations may be used."]
    share = none / number
    too_many = f": more than {MOST_UNLOCATED:.0%}, so no local rate is given" * (share > MOST_UNLOCATED)
    low = ". Rates are too low by about that share, and ratios by less" * (0 < share <= MOST_UNLOCATED)
    said = [
        f"Of {prose.count(number)} searches in the months that count, {prose.number(share, 'share_of_searches')} have "
        f"no location and are in no {layer.kind.one}{too_many}{low}. {prose.count(outside)} are located outside all of "
        "them."
    ]
    if len(lost):
        months = [f"{in_ranges(list(rows['month']))}" for _, rows in lost.groupby("force", sort=False)]
        which = "this month" if len(lost) == 1 else f"these {len(lost)} months"
        said.append(
            f"Locations may not be used in {and_join(months)}: {which} are in no number here, neither searches nor "
            "residents.".replace("this month are", "this month is")
        )
    coarse = layer.coarse()
    fine = "simulated" if layer.synthetic else "too coarse for a headline of one place" if coarse else "fine enough"
    spacing = f", with a point every {layer.spacing():,.0f} m"
    said.append(f"Boundaries: {layer.path.name} (SHA-256 {layer.sha256[:12]}){spacing}: {fine}.")
    return said


def band(table: pd.DataFrame, *, group: str, kind: Kind = AUTHORITY) -> str:
    """How far searches near boundaries could move ratios. table : as `Areas.band`."""
    rows = _of(table, group)
    rows = uncontradicted(rows[rows["measure"].eq("disproportionality_ratio") & rows["estimate"].notna()])
    if rows.empty:
        return ""
    held = int((rows["lowest"] > 1).sum())
    return (
        f"Even if all searches within 50 m of a boundary belonged to the other side, in the worst way for each ratio, "
        f"it would stay above 1 in {_all(held, len(rows))} {kind.many} with a ratio: an assumption range, not a "
        "sampling error."
    )
