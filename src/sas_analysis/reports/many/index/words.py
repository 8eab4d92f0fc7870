"""What the index says in words: the answer above the first picture, its cards, and how many reports there are."""

import statistics
from collections import Counter
from collections.abc import Iterable

from sas_analysis.errors import and_join, number_of
from sas_analysis.reports.many.index.entry import Entry
from sas_analysis.reports.many.index.measure import MEASURES, WHY, Figure, Measure, figure
from sas_analysis.reports.many.index.picture import shown
from sas_analysis.reports.many.index.row import BOROUGH, Side

_BY_KEY = {measure.key: measure for measure in MEASURES}


def answer(side: Side) -> str:
    """How often Black people were searched, relative to White people, across the places whose records can say.

    A place is above or below 1 where its whole interval is. Empty where no place has the figure.
    """
    found = [figure(row, _BY_KEY["black"]) for row in side.rows]
    if not any(one.shown for one in found):
        return ""
    kind = "borough" if side.place == BOROUGH else "force"
    ranked = sorted((one for one in found if one.ranked), key=lambda one: one.value)
    said = (
        _compared(ranked, kind)
        if ranked
        else f"**No {kind}’s records bear a comparison of Black and White residents.**"
    )
    return f"{said} {_left_out(found, kind)}".strip()


def _compared(ranked: list[Figure], kind: str) -> str:
    above = sum(_limit(one, "lower") > 1 for one in ranked)
    below = sum(_limit(one, "upper") < 1 for one in ranked)
    sides = {"more often": above, "less often": below, "not clearly more or less often": len(ranked) - above - below}
    (side, number), *others = [(side, number) for side, number in sides.items() if number]
    whose = f"{kind}{'s' * (len(ranked) > 1)} whose records bear the comparison"
    many = (
        {1: "the one", 2: "both"}.get(len(ranked), f"all {len(ranked)}") if not others else f"{number} of {len(ranked)}"
    )
    begins = "Relative to their number of residents, Black people were searched"
    said = f"{begins} **{side} than White people in {many} {whose}**"
    said += f", and {and_join([f'{side} in {number}' for side, number in others])}" if others else ""
    low, high = ranked[0], ranked[-1]
    if low is high:
        return f"{said}: {_times(low)} in {low.row.short}."
    return f"{said}: from {_times(low)} in {low.row.short} to {_times(high)} in {high.row.short}."


def _limit(found: Figure, side: str) -> float:
    limit = getattr(found, side)
    return found.value if limit is None else limit


def _times(found: Figure) -> str:
    return f"{found.text} times as often"


def _left_out(found: list[Figure], kind: str) -> str:
    """How many are shown but not ranked, and why."""
    left = [one for one in found if one.shown and not one.ranked]
    if not left:
        return ""
    why = Counter(one.why for one in left).most_common()
    if len(why) == 1:
        reason = WHY.get(why[0][0], why[0][0])
        return f"{_number(len(left), kind).capitalize()} {_is(len(left))} not ranked: {reason}."
    parts = [f"{WHY.get(name, name)} ({number})" for name, number in why]
    return f"{_number(len(left), kind).capitalize()} {_is(len(left))} not ranked: {'; '.join(parts)}."


def _number(number: int, kind: str) -> str:
    return f"one {kind}" if number == 1 else f"{number} {kind}s"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


# --- the cards --------------------------------------------------------------------------------------------------------


def cards(side: Side) -> list[dict]:
    """At most four cards, as `block_html.cards` shows them: records, the middle of two figures, official statistics."""
    measures = shown(side)
    kind = "borough" if side.place == BOROUGH else "force"
    made = [_records(side, kind)]
    for key in ("black", "positive"):
        if _BY_KEY[key] in measures:
            made += [_middle(_BY_KEY[key], side, kind)]
    return [*made, _official(side, kind)]


def _card(what: str, text: str, interval: str, base: str) -> dict:
    return {"what": what, "text": text, "interval": interval, "base": base, "mark": ""}


def _records(side: Side, kind: str) -> dict:
    number = sum(row.records for row in side.rows)
    return _card("Records", f"{number:,}", side.months, f"of {_number(len(side.rows), kind)}")


def _middle(measure: Measure, side: Side, kind: str) -> dict:
    """The median of those that are ranked, with the lowest and highest."""
    ranked = sorted(
        (one for one in (figure(row, measure) for row in side.rows) if one.ranked), key=lambda one: one.value
    )
    what = f"{measure.what}, middle {kind}"
    if not ranked:
        return _card(what, "–", "", f"no {kind} can be ranked")
    low, high = ranked[0], ranked[-1]
    ends = f"{low.text} ({low.row.short}) to {high.text} ({high.row.short})" if len(ranked) > 1 else ""
    text = measure.write(statistics.median(one.value for one in ranked))
    return _card(what, f"{text} times" if measure.ratio else text, ends, f"{_number(len(ranked), kind)} ranked")


def _official(side: Side, kind: str) -> dict:
    lights = Counter(row.official["light"] for row in side.rows)
    others = [f"{lights[light]} {words[lights[light] > 1]}" for light, words in _WORDS.items() if lights[light]]
    of = f"{lights['good']} of {_number(len(side.rows), kind)}"
    return _card("Records agree with official statistics", of, ", ".join(others), "Home Office, for the same year")


_WORDS = {  # of one force, and of several
    "bad": ("contradicted", "contradicted"),
    "warn": ("differs", "differ"),
    "none": ("not compared", "not compared"),
}


# --- how much there is ------------------------------------------------------------------------------------------------


def counted(entries: Iterable[Entry], left_out: int) -> list[str]:
    """What there is, in words: reports, failed runs, folders that could not be read."""
    entries = list(entries)
    there, failed = sum(one.there for one in entries), sum(one.failure is not None for one in entries)
    said = [number_of(there, "report")]
    said += [f"{failed:,} whose last run failed"] * bool(failed)
    return said + [f"{left_out:,} left out, for their run.json is damaged"] * bool(left_out)
