"""What the audit finds and what it flags in vain: faults put into clean synthetic months, by size of force.

    .venv/bin/python benchmarks/audit_power.py [--seed 1] [--clean 40] [--faulty 25] [--out docs/audit_power.csv]

Clean months have what real ones have: seasons, growth, months and days that scatter beyond Poisson, mixes that drift,
blanks, group searches. They are drawn anew for each force, and turned into the clean table by the package itself.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from sas_analysis.records.audit import RULES, audit
from sas_analysis.records.clean import clean, count_unseen
from sas_analysis.records.derived import complete
from sas_analysis.records.fields import column_order
from sas_analysis.records.load import RawFile, Text
from sas_analysis.records.store import to_pandas
from sas_analysis.records.synthetic.faults import utc
from sas_analysis.records.synthetic.model import SEASON
from sas_analysis.records.synthetic.rows import HOURS, WEEKDAYS

SIZES = (40, 200, 1000, 15_000)  # records a month: the last is 500 a day
FEWER = {10_000: 8, 1000: 2, 0: 1}  # records a month and more: so many times fewer forces; they cost more, differ less
MONTHS, TARGET = 25, 12  # of a faulty history: the fault lies in its middle
CLEAN_MONTHS = 36
UNSEEN = "A label of next year"
MONTH, DAY, HOUR = (np.timedelta64(1, unit) for unit in "MDh")
OPEN_LAW, DRUGS_LAW = "Police and Criminal Evidence Act 1984 (section 1)", "Misuse of Drugs Act 1971 (section 23)"
SECTION_60 = "Criminal Justice and Public Order Act 1994 (section 60)"
# Vocabularies; position 0 is a blank. Shares of the known labels beside them.
NAMES = {
    "type": ["", "Person search", "Person and Vehicle search", "Vehicle search"],
    "part_of_policing_operation": ["", "False", "True"],
    "policing_operation": [""],
    "gender": ["", "Male", "Female", "Other"],
    "age_range": ["", "10-17", "18-24", "25-34", "over 34"],
    "self_defined_ethnicity": [
        "",
        "White - English/Welsh/Scottish/Northern Irish/British",
        "Mixed/Multiple ethnic groups - White and Black Caribbean",
        "Asian/Asian British - Pakistani",
        "Black/African/Caribbean/Black British - African",
        "Other ethnic group - Any other ethnic group",
        "Other ethnic group - Not stated",
    ],
    "officer_defined_ethnicity": ["", "White", "Mixed", "Asian", "Black", "Other"],
    "legislation": ["", DRUGS_LAW, OPEN_LAW, "Firearms Act 1968 (section 47)", SECTION_60],
    "object_of_search": [
        "",
        "Controlled drugs",
        "Offensive weapons",
        "Stolen goods",
        "Article for use in theft",
        "Articles for use in criminal damage",
        "Firearms",
        UNSEEN,
        "Anything to threaten or harm anyone",
    ],
    "outcome": [
        "",
        "A no further action disposal",
        "Arrest",
        "Community resolution",
        "Penalty Notice for Disorder",
        "Khat or Cannabis warning",
    ],
    "outcome_linked_to_object": ["", "False", "True"],
    "more_than_outer_clothing": ["", "False", "True"],
}
PERSON = ("gender", "age_range", "self_defined_ethnicity", "officer_defined_ethnicity")


@dataclass
class History:
    """Records of one force: columns of codes and numbers, `local` time, and `month`, the number of the file."""

    force: str
    months: np.ndarray
    rows: dict

    def part(self, number):
        """Rows of one month's file, marked."""
        return self.rows["month"] == number

    def only(self, keep):
        """The marked rows, or the rows of the numbers given, as often."""
        return replace(self, rows={name: values[keep] for name, values in self.rows.items()})


def history(rng, force, size, months, counts=None, middle=None) -> History:
    """A clean history. size : records in a usual month; counts(drawn) may change the counts. middle : of its places."""
    names = np.arange(np.datetime64("2016-01"), np.datetime64("2016-01") + months * MONTH)
    n = _counts(rng, size, names)
    n = n if counts is None else counts(n)
    month = np.repeat(np.arange(months), n)
    rows = {"month": month, "local": _times(rng, names, n, size)}
    rows |= _fields(rng, month, months, size) | _places(rng, len(month), size, middle)
    return _groups(rng, History(force, names.astype(str), rows))


def _counts(rng, size, names):
    calendar = names.astype(int) % 12
    growth = np.exp(rng.normal(0, 0.25) * (np.arange(len(names)) - len(names) / 2) / 12)
    scatter = rng.uniform(0.05, 0.25 if size < 500 else 0.13)  # real forces of 700 records and more: 0.08 to 0.13
    noise = rng.gamma(1 / scatter**2, scatter**2, len(names))
    return np.maximum(rng.poisson(size * growth * np.array(SEASON)[calendar] * noise), 1)


def _times(rng, names, n, size):
    # Days scatter beyond Poisson as real ones do: shape 4 to 5 at some 8 a day, 12 at 40, 30 at 500.
    shape = 3 + 1.2 * np.sqrt(size / 30)
    hours = np.array(HOURS) * rng.lognormal(0, 0.2, 24)
    heaped = rng.uniform(0, 0.5)
    local = []
    for name, count in zip(names, n, strict=True):
        days = np.arange(name.astype("M8[D]"), (name + MONTH).astype("M8[D]"))
        weight = np.array(WEEKDAYS)[(days.astype(int) + 3) % 7] * rng.gamma(shape, size=len(days))
        minute = np.where(rng.random(count) < heaped, rng.integers(0, 12, count) * 5, rng.integers(0, 60, count))
        hour = rng.choice(24, count, p=hours / hours.sum())
        second = (hour * 60 + minute) * 60 + rng.integers(0, 60, count)
        local.append(rng.choice(days, count, p=weight / weight.sum()).astype("M8[s]") + second.astype("m8[s]"))
    return np.concatenate(local)


def _drifting(rng, shares, months, precision):
    """Shares by month around a force's own, which are around those given."""
    own = rng.dirichlet(np.array(shares) * 40)
    return rng.dirichlet(np.maximum(own * precision, 0.5), months)


def _pick(rng, shares, row):
    """A code from 1 for each record, by the shares of its line."""
    return ((rng.random(len(row))[:, None] > np.cumsum(shares, axis=1)[row, :-1]).sum(axis=1) + 1).astype(np.int8)


def _blank(rng, codes, month, level, months, scatter=0.02):
    share = np.clip(level + rng.normal(0, scatter, months), 0, 1)
    return np.where(rng.random(len(codes)) < share[month], 0, codes).astype(np.int8)


def _fields(rng, month, months, size):
    n = len(month)
    # Mixes of real forces drift as months drawn with a precision of 150 to 600 would, the largest's with 1,200.
    precision = 250 * max(1, size / 1000) ** 0.6

    def drifting(*shares):
        return _drifting(rng, shares, months, precision)

    group = _pick(rng, drifting(0.55, 0.05, 0.15, 0.2, 0.05), month)
    law = _pick(rng, drifting(0.55, 0.34, 0.03, 0.08), month)
    open_object = _pick(rng, drifting(0.4, 0.25, 0.25, 0.1), month) + 1
    threat = np.where(rng.random(n) < 0.75, 8, 2)
    thing = np.select([law == 1, law == 3, law == 4], [1, 6, threat], open_object).astype(np.int8)
    outcome = _pick(rng, drifting(0.7, 0.15, 0.1, 0.05), month)
    warned = (thing == 1) & (rng.random(n) < drifting(0.1, 0.9)[month, 0])  # for cannabis, drugs alone
    outcome = np.where(warned, 5, outcome).astype(np.int8)
    unknown = rng.uniform(0.05, 0.25) + rng.normal(0, 0.04) * np.arange(months) / 12 + rng.normal(0, 0.015, months)
    stated = np.where(rng.random(n) < np.clip(unknown, 0.01, 0.45)[month], 6, group).astype(np.int8)
    seen = np.where(rng.random(n) < 0.07, _pick(rng, np.full((1, 5), 0.2), np.zeros(n, int)), group).astype(np.int8)
    codes = {
        "type": _pick(rng, drifting(0.72, 0.23, 0.05), month),
        "gender": _pick(rng, drifting(0.9, 0.095, 0.005), month),
        "age_range": _pick(rng, drifting(0.2, 0.35, 0.25, 0.2), month),
        "self_defined_ethnicity": stated,
        "officer_defined_ethnicity": seen,
        "legislation": law,
        "object_of_search": thing,
        "outcome": outcome,
        "outcome_linked_to_object": (1 + (rng.random(n) < np.where(outcome == 1, 0.02, 0.7))).astype(np.int8),
        "more_than_outer_clothing": (1 + (rng.random(n) < 0.03)).astype(np.int8),
        "part_of_policing_operation": np.ones(n, dtype=np.int8),
        "policing_operation": np.zeros(n, dtype=np.int8),
    }
    for name, most in (("age_range", 0.1), ("gender", 0.05), ("officer_defined_ethnicity", 0.1), ("outcome", 0.08)):
        codes[name] = _blank(rng, codes[name], month, rng.uniform(0, most), months)
    for name in PERSON:
        codes[name][codes["type"] == 3] = 0
    return codes


def _places(rng, n, size, middle):
    # As many points as let a tenth to a half of a month's places be new to a real force of this size.
    number = int(100 + 12 * np.sqrt(size))
    middle = [52.5, rng.uniform(-2.5, 0.2)] if middle is None else middle
    points = rng.uniform(-1, 1, (number, 2)) * rng.uniform(0.1, 0.4) + middle
    place = points[(number * rng.random(n) ** 2).astype(int)].round(6)
    place[rng.random(n) < rng.uniform(0, 0.25)] = np.nan
    return {"latitude": place[:, 0], "longitude": place[:, 1]}


def _groups(rng, made):
    """Some records become copies of another of their month: several persons searched together."""
    n = len(made.rows["month"])
    order = np.lexsort((made.rows["local"], made.rows["month"]))
    made = made.only(order)
    copied = (rng.random(n) < rng.uniform(0, 0.08)) & (np.diff(made.rows["month"], prepend=-1) == 0)
    return made.only(np.maximum.accumulate(np.where(copied, 0, np.arange(n))))


def tables(made: list[History]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean table and sources of some histories, as the package's own steps make them."""
    parts, sources = [], []
    for each in made:
        rows = each.only(np.argsort(each.rows["month"], kind="stable")).rows
        n = np.bincount(rows["month"], minlength=len(each.months))
        raw, texts = _raw(rows), [_text(each.force, month, k) for month, k in zip(each.months, n, strict=True)]
        parts.append(clean(raw, texts))
        first = np.cumsum(n) - n
        strange = UNSEEN in NAMES["object_of_search"] and (rows["object_of_search"] == 7).any()
        for text, start in zip(texts, first, strict=True):
            unseen = count_unseen(raw.slice(start, text.rows)) if strange else {}
            unseen = [{"column": c, "label": label, "count": k} for (c, label), k in unseen.items()]
            source = {"path": text.file.relative, "force": each.force, "month": text.file.month}
            sources.append(source | {"rows": text.rows, "unseen": unseen, "problem": None})
    return complete(to_pandas(pa.concat_tables(parts)), column_order()), pd.DataFrame(sources)


def _raw(rows):
    columns = {
        name: pa.DictionaryArray.from_arrays(pa.array(rows[name].astype(np.int32)), pa.array(NAMES[name]))
        for name in NAMES
    }
    date = pa.array(utc(rows["local"]).astype("M8[s]")).cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC"))
    place = {name: pa.array(rows[name], from_pandas=True) for name in ("latitude", "longitude")}
    return pa.table(columns | place | {"date": date, "date_raw": pa.nulls(len(date), pa.string())})


def _text(force, month, rows):
    name = f"{month}/{month}-{force}-stop-and-search.csv"
    return Text(RawFile(Path(name), name, force, str(month), 0, 0), b"", name, int(rows))


# Faults: history -> history, in the month TARGET. Those of counts are made when the counts are drawn.


def _set(name, value, share=1.0, among=None):
    """A fault that writes one code into a share of the month's records (among some)."""

    def fault(rng, made):
        rows = dict(made.rows)
        here = made.part(TARGET) & (rng.random(len(rows["month"])) < share)
        here &= True if among is None else among(rows)
        rows[name] = np.where(here, value, rows[name]).astype(rows[name].dtype)
        return replace(made, rows=rows)

    return fault


def _clock(change):
    """A fault of times: change(day, seconds of the day, rng) -> local times."""

    def fault(rng, made):
        rows, here = dict(made.rows), made.part(TARGET)
        local = rows["local"].copy()
        day = local[here].astype("M8[D]")
        local[here] = change(day, (local[here] - day).astype("m8[s]").astype(int), rng)
        return replace(made, rows=rows | {"local": local})

    return fault


def _at(day, seconds):
    return day.astype("M8[s]") + np.asarray(seconds).astype("m8[s]")


def _lost_hours(day, seconds, rng):
    hour = seconds // 3600
    return _at(day, seconds + ((hour + 11) % 12 + 1 - hour) * 3600)


def _outside(day, seconds, rng):
    return _at(day + np.where(rng.random(len(day)) < 0.2, 40, 0) * DAY, seconds)


def _far(rng, made):
    rows, here = dict(made.rows), np.flatnonzero(made.part(TARGET) & ~np.isnan(made.rows["latitude"]))[:3]
    for name, value in (("latitude", 54.596311), ("longitude", -5.930245)):
        rows[name] = rows[name].copy()
        rows[name][here] = value
    return replace(made, rows=rows)


def _points(latitude, longitude, share):
    def fault(rng, made):
        chosen = rng.random(len(made.rows["month"])) < share
        chosen[np.flatnonzero(made.part(TARGET))[:1]] = True
        here = made.part(TARGET) & chosen
        place = {"latitude": latitude, "longitude": longitude}
        return replace(made, rows=made.rows | {k: np.where(here, v, made.rows[k]) for k, v in place.items()})

    return fault


def _no_location(rng, made):
    return _points(np.nan, np.nan, 0.6)(rng, made)


def _doubled(rng, made):
    return made.only(np.repeat(np.arange(len(made.rows["month"])), 1 + made.part(TARGET)))


def _copied(rng, made):
    """The month before under new dates: 28 days later, where that lies in the month."""
    source = made.only(made.part(TARGET - 1))
    local = source.rows["local"] + 28 * DAY
    later = source.rows | {"local": local, "month": source.rows["month"] + 1}
    inside = local.astype("M8[M]").astype(str) == made.months[TARGET]
    kept = made.only(~made.part(TARGET)).rows
    rows = {name: np.concatenate([kept[name], values[inside]]) for name, values in later.items()}
    return replace(made, rows=rows)


def _truncated(rng, made):
    day = (made.rows["local"].astype("M8[D]") - made.rows["local"].astype("M8[M]").astype("M8[D]")).astype(int)
    return made.only(~(made.part(TARGET) & (day >= 15)))


def _step(rng, made):
    rows = made.rows
    here = (rows["month"] >= TARGET) & (rng.random(len(rows["month"])) < 0.3) & (rows["type"] != 3)
    unknown = np.where(here, 6, rows["self_defined_ethnicity"]).astype(np.int8)
    return replace(made, rows=rows | {"self_defined_ethnicity": unknown})


def _other_officer(rng, made):
    rows, here = made.rows, made.part(TARGET) & (rng.random(len(made.rows["month"])) < 0.5)
    seen = rows["officer_defined_ethnicity"]
    return replace(
        made, rows=rows | {"officer_defined_ethnicity": np.where(here, (seen + 2) % 5 + 1, seen).astype("i1")}
    )


def _kept(share):
    """A fault that loses rows: share(local times, rng) -> which are kept."""

    def fault(rng, made):
        return made.only(~made.part(TARGET) | share(made.rows["local"], rng))

    return fault


def _without_days(*lost):
    """Days of the month lost, the first being 0; the target is a January."""
    return _kept(lambda local, rng: ~np.isin(_day_of(local), lost))


def _day_of(local):
    return (local.astype("M8[D]") - local.astype("M8[M]").astype("M8[D]")).astype(int)


def _by_day(local, rng):
    hour = (local - local.astype("M8[D]")).astype("m8[h]").astype(int)
    return (hour >= 6) & (hour < 22)


def _copies(rng, made):
    again = made.only(made.part(TARGET))
    again.rows["local"] = again.rows["local"] + np.timedelta64(1, "s")
    return _joined(made, again)


def _joined(made, again):
    rows = {name: np.concatenate([values, again.rows[name]]) for name, values in made.rows.items()}
    return replace(made, rows=rows)


def _block(rng, made):
    """A stretch of 15% of the month's rows, in the order of their times, once more."""
    here = np.flatnonzero(made.part(TARGET))
    here = here[np.argsort(made.rows["local"][here], kind="stable")]
    first = rng.integers(0, len(here) - int(0.15 * len(here)) + 1)
    return _joined(made, made.only(here[first : first + int(0.15 * len(here))]))


def _rounded(rng, made):
    here = made.part(TARGET)
    place = {k: np.where(here, made.rows[k].round(2), made.rows[k]) for k in ("latitude", "longitude")}
    return replace(made, rows=made.rows | place)


def _mirrored(rng, made):
    east = made.rows["longitude"]
    return replace(made, rows=made.rows | {"longitude": np.where(made.part(TARGET), -east, east)})


def _shifted(rng, made):
    """Outcomes of the month, in the order of the file, one row farther."""
    here = np.flatnonzero(made.part(TARGET))
    here = here[np.argsort(made.rows["local"][here], kind="stable")]
    outcome = made.rows["outcome"].copy()
    outcome[here] = np.roll(outcome[here], 1)
    return replace(made, rows=made.rows | {"outcome": outcome})


def _retyped(rng, made):
    kind = made.rows["type"]
    return replace(made, rows=made.rows | {"type": np.where(made.part(TARGET) & (kind == 3), 2, kind).astype(np.int8)})


def _no_arrests(rng, made):
    outcome = made.rows["outcome"]
    return replace(made, rows=made.rows | {"outcome": np.where(outcome == 2, 1, outcome).astype(np.int8)})


def _mostly_nothing(rng, made):
    """No further action in 92%, arrests in 4%, as one force's month had it."""
    outcome, u = made.rows["outcome"], rng.random(len(made.rows["month"]))
    here = made.part(TARGET) & (outcome != 0)
    return replace(
        made, rows=made.rows | {"outcome": np.where(here, np.select([u < 0.92, u < 0.96], [1, 2], 3), outcome)}
    )


def _middle_away(rng, made, least, most):
    """Middle of another force, so many kilometres away, inland."""
    own = np.array([np.nanmedian(made.rows["latitude"]), np.nanmedian(made.rows["longitude"])])
    away, angle = rng.uniform(least, most) / 111.2, rng.uniform(0, 2 * np.pi)
    return np.clip(own + away * np.array([np.cos(angle), np.sin(angle) / 0.6]), [50.5, -5], [55.5, 1])


def _another(share, least, most, *, there=False, added=False):
    """A fault that puts another force's rows in: as a share of the month's. there : the other force has them too."""

    def fault(rng, made):
        n = int(made.part(TARGET).sum())
        middle = _middle_away(rng, made, least, most)
        other = history(rng, f"{made.force}-other", n, len(made.months), None, middle)
        theirs = np.flatnonzero(other.part(TARGET))
        theirs = rng.permutation(theirs)[: max(round(n * share), 1)]
        kept = made if added else made.only(~made.part(TARGET) | (rng.random(len(made.rows["month"])) >= share))
        made = _joined(kept, other.only(theirs))
        return [made, other] if there else made

    return fault


def _is(name, *codes):
    return lambda rows: np.isin(rows[name], codes)


def _times_month(factor):
    def counts(n):
        n = n.copy()
        n[TARGET] = max(1, round(np.median(n) * factor))
        return n

    return counts


def _same(n):
    n = n.copy()
    n[TARGET - 3 : TARGET + 3] = n[TARGET]
    return n


def _capped(n):
    top = max(int(np.median(n)) // 1000 * 1000, 1000)
    n = np.minimum(n, top)
    n[[TARGET, TARGET + 5]] = top  # reached in the month looked at, and once more
    return n


# name: (rules of which one must find it, change of counts, change of records)
FAULTS = {
    "a tenth of a usual month": (["low"], _times_month(0.1), None),
    "half of a usual month": (["low"], _times_month(0.5), None),
    "four times a usual month": (["high"], _times_month(4), None),
    "one count in 6 months": (["constant"], _same, None),
    "counts cut off at a round number": (["cap"], _capped, None),
    "second half of the month absent": (["days missing"], None, _truncated),
    "every row twice": (["doubled"], None, _doubled),
    "the month before under new dates": (["repeated content"], None, _copied),
    "20% of dates outside the month": (["outside month"], None, _clock(_outside)),
    "dates without times": (["midnight"], None, _clock(lambda day, s, rng: _at(day, 0 * s))),
    "20% of times lost to midnight": (
        ["midnight"],
        None,
        _clock(lambda day, s, rng: _at(day, np.where(rng.random(len(s)) < 0.2, 0, s))),
    ),
    "minute :01 always": (["one minute"], None, _clock(lambda day, s, rng: _at(day, s // 3600 * 3600 + 60))),
    "times to half hours": (["rounded minutes"], None, _clock(lambda day, s, rng: _at(day, s // 1800 * 1800))),
    "AM and PM lost": (["lost hours"], None, _clock(_lost_hours)),
    "60% of locations blank": (["missing", "drop-out"], None, _no_location),
    "all ages blank": (["missing", "drop-out"], None, _set("age_range", 0)),
    "40% of ages blank": (["drop-out"], None, _set("age_range", 0, 0.4)),
    "all objects blank": (["missing", "drop-out"], None, _set("object_of_search", 0)),
    "30% more unknown ethnicity, one month": (
        ["unknown ethnicity rises"],
        None,
        _set("self_defined_ethnicity", 6, 0.35),
    ),
    "30% more unknown ethnicity from then on": (["unknown ethnicity steps"], None, _step),
    "a new label in 2% of records": (["unseen label"], None, _set("object_of_search", 7, 0.02)),
    "arrests recorded as no further action": (
        ["label lost", "composition"],
        None,
        _set("outcome", 1, 1, _is("outcome", 2)),
    ),
    "no further action blank": (
        ["no further action lost", "missing", "drop-out"],
        None,
        _set("outcome", 0, 1, _is("outcome", 1)),
    ),
    "30% of drugs objects wrong": (["object disagrees"], None, _set("object_of_search", 5, 0.3, _is("legislation", 1))),
    "one object for all open legislation": (
        ["one object"],
        None,
        _set("object_of_search", 5, 1, _is("legislation", 2)),
    ),
    "link field blank": (["link field", "drop-out"], None, _set("outcome_linked_to_object", 0)),
    "link field True throughout": (["link field"], None, _set("outcome_linked_to_object", 2)),
    "half of officers' groups wrong": (["officer disagrees"], None, _other_officer),
    "40% of the month recoded as White": (
        ["composition"],
        None,
        _set("self_defined_ethnicity", 1, 0.75, _is("self_defined_ethnicity", 2, 3, 4, 5)),
    ),
    "3 locations in another country": (["far away"], None, _far),
    "another force's file": (["another force's rows"], None, _another(1, 100, 350)),
    "a third of a file from another force": (["another force's rows"], None, _another(1 / 3, 100, 350)),
    "another force's file, which is there as well": (
        ["rows of two forces", "another force's rows"],
        None,
        _another(1, 20, 350, there=True),
    ),
    "30% of a near force's rows, which it has as well": (
        ["rows of two forces"],
        None,
        _another(0.3, 20, 40, there=True, added=True),
    ),
    "a near force's file": (["new places", "another force's rows"], None, _another(1, 45, 60)),
    "one day absent": (["days missing"], None, _without_days(13)),
    "two days absent": (["days missing"], None, _without_days(13, 14)),
    "every other day absent": (["days missing"], None, _without_days(*range(1, 31, 2))),
    "nights absent (22:00 to 06:00)": (["hours missing"], None, _kept(_by_day)),
    "half of all rows absent": (["low"], None, _kept(lambda local, rng: rng.random(len(local)) < 0.5)),
    "a copy of each row one second later": (["copies seconds later"], None, _copies),
    "a block of 15% of the rows repeated": (["repeated block"], None, _block),
    "all types Person and Vehicle": (["one value", "composition"], None, _set("type", 2)),
    "vehicle searches as Person and Vehicle": (["vehicles as persons", "label lost"], None, _retyped),
    "section 60 recorded as section 1 of PACE": (
        ["label lost", "composition", "label rises"],
        None,
        _set("legislation", 2, 1, _is("legislation", 4)),
    ),
    "30% of men recorded as women": (
        ["composition", "label rises"],
        None,
        _set("gender", 2, 0.3, _is("gender", 1)),
    ),
    "one age in 10% of rows": (["label rises", "composition"], None, _set("age_range", 1, 0.1)),
    "one place in 10% of rows": (["one place"], None, _points(52.6123, -1.1234, 0.1)),
    "one time in 10% of rows": (
        ["one time of day"],
        None,
        _clock(lambda day, s, rng: _at(day, np.where(rng.random(len(s)) < 0.1, 12 * 3600, s))),
    ),
    "times an hour late": (["an hour off"], None, _clock(lambda day, s, rng: _at(day, (s + 3600) % 86_400))),
    "locations rounded to 0.01 degrees": (["rounded places"], None, _rounded),
    "the sign of the longitude changed": (["longitude's sign", "far away", "outside UK"], None, _mirrored),
    "outcomes one row farther": (["outcomes out of step"], None, _shifted),
    "92% no further action, 4% arrests": (["composition", "label rises"], None, _mostly_nothing),
    "arrests never published": (["no arrests"], None, _no_arrests),
    "60% of outcomes blank": (["missing", "drop-out"], None, _set("outcome", 0, 0.6)),
    "locations at 0, 0 (3%)": (["outside UK"], None, _points(0.0, 0.0, 0.03)),
    "80% of locations at one point": (["one place"], None, _points(52.5, -1.0, 0.8)),
}
ONLY_FROM = {"counts cut off at a round number": 1000}  # smaller forces do not reach a thousand


def faulty(rng, name, force, size) -> list[History]:
    """A history with one fault, in the month TARGET (and others, where the fault is of several).

    With that of another force, where the fault is between two.
    """
    _, counts, change = FAULTS[name]
    made = history(rng, force, size, MONTHS, counts)
    made = made if change is None else change(rng, made)
    return made if isinstance(made, list) else [made]


def detection(seed, size, forces) -> list[dict]:
    """Share of the faults found, in the month that has it, by a rule made for it."""
    rows = []
    for number, (name, (rules, *_)) in enumerate(FAULTS.items()):
        if name in ONLY_FROM and size < ONLY_FROM[name]:
            continue
        rng = np.random.default_rng([seed, size, number])
        caught = 0
        batch = 1 if size > 1000 else 10
        for first in range(0, forces, batch):
            made = [faulty(rng, name, f"force-{i}", size) for i in range(first, min(first + batch, forces))]
            found = _audited([each for several in made for each in several])
            here = found[(found["month"] == made[0][0].months[TARGET]) & found["rule"].isin(rules)]
            caught += here["force"].isin([several[0].force for several in made]).groupby(here["force"]).any().sum()
        rows.append(
            {"kind": "detection", "name": name, "rule": " or ".join(rules), "size": size} | _rate(caught, forces)
        )
    return rows


def false_alarms(seed, size, forces) -> list[dict]:
    """Share of clean force-months with a finding of each rule, and with one that excludes the month."""
    rng, total, found = np.random.default_rng([seed, size]), 0, []
    for first in range(forces):
        made = history(rng, f"force-{first}", size, CLEAN_MONTHS)
        found.append(_audited([made]))
        total += len(made.months)
    found = pd.concat(found)
    alarms = {rule: found[found["rule"].eq(rule)] for rule in RULES}
    alarms["any rule, exclude"] = found[found["action"].eq("exclude")]
    alarms["any rule, field"] = found[found["action"].eq("field")]
    alarms["any rule"] = found
    return [
        {"kind": "false alarm", "name": name, "rule": name, "size": size}
        | _rate(len(rows.drop_duplicates(["force", "month"])), total)
        for name, rows in alarms.items()
    ]


def _audited(made):
    records, sources = tables(made)
    return audit(
        records, sources, forces=[each.force for each in made], start=made[0].months[0], end=made[0].months[-1]
    )


def _rate(count, total):
    return {"count": count, "of": total, "share": round(count / total, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clean", type=int, default=40, help="clean forces of 36 months of each size")
    parser.add_argument("--faulty", type=int, default=25, help="forces with each fault of each size")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs" / "audit_power.csv")
    asked = parser.parse_args()
    rows = []
    for size in asked.sizes:
        few = next(share for least, share in FEWER.items() if size >= least)
        rows += detection(asked.seed, size, max(asked.faulty // few, 1))
        rows += false_alarms(asked.seed, size, max(asked.clean // few, 1))
        print(f"{size} a month: done", file=sys.stderr, flush=True)
    table = pd.DataFrame(rows)
    table.to_csv(asked.out, index=False, lineterminator="\n")
    print(table.pivot_table(index=["kind", "name"], columns="size", values="share", sort=False).to_string())


if __name__ == "__main__":
    main()
