"""The cards of a report's first screen: four figures, each with its interval and what it rests on."""

import numpy as np
import pandas as pd

from sas_analysis.errors import and_join, first_of
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS
from sas_analysis.present import limits, prose
from sas_analysis.present.blocks import Card
from sas_analysis.present.few import few, is_few
from sas_analysis.present.labels import label
from sas_analysis.present.months_told import months_told
from sas_analysis.present.narrowed import powers_asked
from sas_analysis.present.no_headline import NO_HEADLINE, NOT_CONFIRMED
from sas_analysis.present.place_order import in_order, of_group
from sas_analysis.present.reasons import why_not
from sas_analysis.present.sides import RATIO
from sas_analysis.present.whose import with_records
from sas_analysis.present.wording import lowered, worded
from sas_analysis.records.locate import NO_LOCATION
from sas_analysis.reference.areas import COARSELY, ONE_MONTH, not_compared
from sas_analysis.reference.forces import in_words, territorial_forces
from sas_analysis.reference.official.other_years import of_other_years
from sas_analysis.reference.official.reconcile import ANOTHER_YEAR, GREY, RED
from sas_analysis.study.by_force import NO, OFFICIAL

FEW = "few searches"
MOSTLY_ONE_MONTH = "many of its searches were in one month"
TOO_MANY_UNKNOWN = "too many unknown"
NO_NUMBER = "not estimable"
UNLIKE = 0.05  # shares without a location that lie farther apart make the rates of forces unlike
_NAMED = 3  # forces, on a card
_NOT_COMPARED = (OFFICIAL[ANOTHER_YEAR], OFFICIAL[GREY])


def card(row: pd.Series, *, id: str, what: str, base: str, unit: str = "", mark: str = "") -> Card:
    """A card of one row of a measures table.

    row : of a measures table. id, what, base, mark : as `blocks.Card`. unit : follows the value, "times".
    A value that is no headline stands in brackets; where there is none, the base says why.
    """
    lower, upper = limits.shown(row)
    text, said = prose.headline(row["estimate"], row["measure"])[0], limits.from_to(row)
    if pd.isna(row["estimate"]):
        why = why_not(row["note"])
        return Card(id, what, row["measure"], None, None, None, "–", "", why, NO_NUMBER)
    if row["estimate"] == 0 and not unit:
        text, said = "None", ""
    text = f"{text} {unit}".strip()
    # A limit without end is none: JSON has no infinity, and the words say "or more".
    numbers = [float(value) if np.isfinite(float(value)) else None for value in (row["estimate"], lower, upper)]
    return Card(id, what, row["measure"], *numbers, f"({text})" if mark else text, said, base, mark)


def _of(row: pd.Series) -> str:
    return prose.searches(row["numerator"], row["denominator"])


# --- one function a report ---------------------------------------------------------------------------------------


def ratios(
    ratios: pd.DataFrame, rates: pd.DataFrame, *, reference: str, study, confirmed=None, official_ratios=None
) -> list[Card]:
    """How often each group is searched, relative to the reference group; where no ratio can be given, what is known.

    ratios, rates : as `Comparison` has them. confirmed : the comparison without contradicted forces, or None where all
    are, or none. study : `study.Study`. official_ratios : as `Comparison.official_ratios`, or None.
    """
    if ratios["estimate"].isna().all():
        return _without_ratios(study)
    if confirmed is not None:
        ratios, rates = confirmed.ratios, confirmed.rates
    per = rates.assign(group=rates["ethnicity_5"].astype("str")).set_index("group")["estimate"]
    others = ratios[ratios["ethnicity_5"].astype("str").ne(reference)]
    said = []
    for _, row in others.iterrows():
        group = str(row["ethnicity_5"])
        mark, rate = _mark(row), prose.number(per.get(group), "search_rate")
        rate = f"({rate})" if mark == NOT_CONFIRMED else rate
        base = (
            f"{prose.searches(row['numerator'])}; {rate} per 1,000 residents a year{_official(official_ratios, group)}"
        )
        made = {"id": f"ratio_{group.lower()}", "what": f"{group}, relative to {reference}", "unit": "times"}
        said.append(card(row, **made, base=base, mark=mark))
    return said


def _official(table: pd.DataFrame | None, group: str) -> str:
    """What official counts give for a group, to stand beside a ratio that they contradict; "" where there is none."""
    rows = [] if table is None else table[table["ethnicity_5"].eq(group) & table["estimate"].notna()].to_dict("records")
    return "".join(
        f". By official counts (year to March {row['year_ending'][:4]}): "
        f"{prose.headline(row['estimate'], 'disproportionality_ratio')[0]} times"
        for row in rows
    )


def _without_ratios(study) -> list[Card]:
    """How many searches there are, and of whom, as far as that is known."""
    known = study.share("ethnicity_5").frame
    if known["estimate"].isna().all():  # no month counts
        known = study.share("ethnicity_5", months="published").frame
    rows = [row for _, row in known.iterrows() if pd.notna(row["estimate"])]
    unknown = [row for row in rows if str(row["ethnicity_5"]) == "Unknown"]
    others = [row for row in rows if str(row["ethnicity_5"]) != "Unknown"]
    most = sorted(others, key=lambda row: -row["numerator"])[:2]
    named = [
        (f"share_{str(row['ethnicity_5']).lower()}", f"{row['ethnicity_5']}, of all searches", row) for row in most
    ]
    too_many = TOO_MANY_UNKNOWN if any(row["estimate"] > HEADLINE_UNKNOWN for row in unknown) else ""
    return [
        _searches(study),
        *(card(row, id=name, what=what, base=_of(row), mark=too_many) for name, what, row in named),
        *(card(row, id="ethnicity_unknown", what="Ethnicity unknown", base=_of(row)) for row in unknown),
    ]


def _mark(row: pd.Series) -> str:
    if CONTRADICTED in row["note"]:
        return NOT_CONFIRMED
    if COARSELY in row["note"]:
        return COARSELY
    if ONE_MONTH in row["note"]:
        return MOSTLY_ONE_MONTH
    if NO_HEADLINE in row["note"]:
        return TOO_MANY_UNKNOWN
    return FEW if is_few(row) else ""


def outcomes(shares: pd.DataFrame, positive: pd.DataFrame, *, study) -> list[Card]:
    """What followed: no further action, arrest, any positive outcome where it is known, and no outcome published.

    shares : `Study.share("outcome")`. positive : `Study.outcome("positive")`. study : `study.Study`. Where outcomes may
    not be used there is no card of one: how many searches there are, and of how many no outcome was published.
    """
    if shares["estimate"].isna().all():
        blank = prose.row(study.share("outcome", months="published").frame, outcome="Not recorded")
        return [_searches(study), card(blank, id="unknown", what="No outcome published", base=_of(blank))]
    rows = {name: prose.row(shares, outcome=own) for name, own in _OUTCOMES.items()}
    known = positive.iloc[0]
    too_many = TOO_MANY_UNKNOWN if rows["unknown"]["estimate"] > HEADLINE_UNKNOWN else ""
    return [
        card(rows["nothing"], id="no_further_action", what="No further action", base=_of(rows["nothing"])),
        card(rows["arrest"], id="arrest", what="Arrest", base=_of(rows["arrest"])),
        card(known, id="positive", what="Any positive outcome, where it is known", base=_of(known), mark=too_many),
        card(rows["unknown"], id="unknown", what="No outcome published", base=_of(rows["unknown"])),
    ]


_OUTCOMES = {"nothing": "A no further action disposal", "arrest": "Arrest", "unknown": "Not recorded"}


def grounds(objects: pd.DataFrame, powers: pd.DataFrame, *, study) -> list[Card]:
    """What searches were for and under which power: the two commonest objects, section 60, and no object recorded.

    objects, powers : `Study.share` of `object_of_search` and `power`. study : `study.Study`; where it is of one power,
    the share of that is no finding, and a third object stands in its place.
    """
    blank, sixty = _object_blank(objects, study), prose.row(powers, power="Section 60")
    alone = bool(powers_asked(study))
    last = [
        card(sixty, id="section_60", what="Under section 60 (no grounds needed)", base=_of(sixty)),
        card(blank, id="object_unknown", what="Object not recorded", base=_of(blank)),
    ]
    last = last[alone:]
    named = objects[~objects["object_of_search"].isin(UNKNOWN_LABELS)]
    if named["estimate"].isna().all():
        return last
    first = named.sort_values("numerator", ascending=False, kind="stable").head(2 + alone)
    first = first[first["numerator"].gt(0)] if alone else first
    too_many = TOO_MANY_UNKNOWN if blank["estimate"] > HEADLINE_UNKNOWN else ""
    top = [
        card(row, id=f"object_{n}", what=f"For {lowered(label(row['object_of_search']))}", base=_of(row), mark=too_many)
        for n, (_, row) in enumerate(first.iterrows(), start=1)
    ]
    return [*top, *last]


def _object_blank(objects: pd.DataFrame, study) -> pd.Series:
    """How many searches have no object; where objects may not be used, of all: that they are blank is known."""
    if objects["estimate"].isna().all():
        objects = study.share("object_of_search", months="published").frame
    return prose.row(objects, object_of_search="Not recorded")


def quality(ethnicity: pd.DataFrame, outcomes: pd.DataFrame, *, study, whose=None) -> list[Card]:
    """How much there is and how much of it is known: records, months, unknown ethnicity, unknown outcomes.

    ethnicity, outcomes : `Study.share` of `ethnicity_5` and `outcome`, of the published months. whose :
    `whose.Whose`, the forces whose records they are; by default all of the study.
    """
    forces = whose.forces if whose else study.forces
    months = months_told(study, forces)
    steps = study.published.flow["left"]
    unknown, blank = prose.row(ethnicity, ethnicity_5="Unknown"), prose.row(outcomes, outcome="Not recorded")
    where = f" in {study.area.name}" if study.area else ""  # the records are those of the whole force
    people = f"{prose.count(steps.iloc[-1])} of them of people{where}"
    why = and_join(months.not_used) if months.not_used else "the data audit sets none aside"
    of = "of all forces together" if len(forces) == len(study.forces) else f"of {len(forces)} forces together"
    why = f"{of}; {why}" if len(forces) > 1 else why
    return [
        _counted("records", "Records published", steps.iloc[0], prose.count(steps.iloc[0]), people),
        _counted("months", "Months that count", months.used, f"{months.used:,} of {months.asked:,}", why),
        card(unknown, id="ethnicity_unknown", what="Ethnicity unknown", base=_of(unknown)),
        card(blank, id="outcome_unknown", what="No outcome published", base=_of(blank)),
    ]


def places(
    ratios: pd.DataFrame,
    placing: pd.DataFrame,
    *,
    areas: pd.DataFrame,
    group: str,
    reference: str,
    borough: str = "",
    in_months: str = "",
    coarse: str = "",
    shrunken: pd.DataFrame | None = None,
) -> list[Card]:
    """The ratio of a group where most of its searches are, or in one area; the highest, the lowest; the lost.

    ratios, placing, areas, in_months : as `Areas` has them; `areas` for where searches are if no area has a ratio.
    borough : an area to name, by name or code. coarse : as `Layer.coarse` of the boundaries, by which no area is named
    for its searches. shrunken : `Areas.shrunken`, by which the highest and the lowest are found.
    """
    rows = ratios[ratios["ethnicity_5"].astype("str").eq(group)]
    in_months = worded(in_months)
    last = _without_location(placing, areas, in_months)
    known = rows[rows["estimate"].notna() & ~few(rows)]
    named = rows[(rows["area"].str.casefold() == borough.casefold()) | rows["area_code"].eq(borough)]
    if known.empty:
        asked = [_of_area(row, "asked_for", group, reference) for _, row in named.iterrows()]
        busiest = [] if coarse else _busiest(areas, rows["area_code"], in_months)
        return [*asked, *busiest, last]
    if not_compared(rows["note"]):  # which has the most searches is as unsure as which is the highest
        return [*(_of_area(row, "asked_for", group, reference) for _, row in named.iterrows()), last]
    most = named if len(named) else known.loc[[known["numerator"].astype(float).idxmax()]]
    chosen = [("asked_for" if len(named) else "most_searches", row) for _, row in most.iterrows()]
    clear = in_order(rows, of_group(shrunken, group))
    chosen += [] if clear.empty else [("highest", clear.iloc[0]), ("lowest", clear.iloc[-1])]
    first = {row["area"]: name for name, row in reversed(chosen)}  # an area has one card
    among = f" of {len(clear)} compared" * (len(clear) < len(rows))
    among = ", the only one that can be compared" if len(clear) == 1 < len(rows) else among
    return [
        _of_area(row, name, group, reference, among * (name in ("highest", "lowest")))
        for name, row in chosen
        if first[row["area"]] == name
    ] + [last]


def _without_location(placing: pd.DataFrame, areas: pd.DataFrame, in_months: str) -> Card:
    """How many searches have no location: of the months whose locations may be used, and where none may, of all."""
    lost, number = float(placing["no_location"].sum()), float(placing["searches"].sum())
    of = f" {in_months}" if in_months else ""
    if not number:
        lost, number, of = *without_location(areas), " in all published months"
    share = lost / number if number else None
    base = f"{prose.searches(lost, number)}{of}{location_by_force(placing)}"
    text = prose.number(share, "share_of_searches") if number else "–"
    return Card("no_location", "Searches without a location", "share_of_searches", share, None, None, text, "", base)


def without_location(areas: pd.DataFrame) -> tuple[float, float]:
    """How many searches have no location, of how many. areas : as `Study.areas`."""
    return float(areas.loc[areas["area"].eq(NO_LOCATION), "searches"].sum()), float(areas["searches"].sum())


def location_by_force(placing: pd.DataFrame) -> str:
    """From where to where the share without a location goes by force, where forces differ; else ""."""
    shares = (placing["no_location"] / placing["searches"]).dropna().astype(float)
    if len(shares) < 2 or shares.max() - shares.min() <= UNLIKE:
        return ""
    low, high = (prose.number(share, "share_of_searches") for share in (shares.min(), shares.max()))
    return f"; by force, {low} to {high}"


def _busiest(areas: pd.DataFrame, codes: pd.Series, in_months: str) -> list[Card]:
    """The two areas with the most searches. codes : of those that are asked about."""
    lost, own = without_location(areas)[0], areas[areas["area_code"].isin(codes)]
    first = own.sort_values("searches", ascending=False, kind="stable").head(2)
    base = f"of {prose.searches(own['searches'].sum())} placed"
    base += f"; {prose.count(lost)} have no location" * bool(lost)
    base += f"; {in_months}" * bool(in_months)
    return [
        _counted(f"busiest_{n}", row["area"], row["searches"], prose.count(row["searches"]), base)
        for n, (_, row) in enumerate(first.iterrows(), start=1)
        if row["searches"]
    ]


_WHICH = {"asked_for": "", "most_searches": ", most searches", "highest": ", the highest", "lowest": ", the lowest"}


def _of_area(row: pd.Series, name: str, group: str, reference: str, among: str = "") -> Card:
    base = f"{prose.searches(row['numerator'])} of {group} people, relative to {reference}"
    what = f"{row['area']}{among if among.startswith(',') else _WHICH[name] + among}"
    return card(row, id=f"ratio_{name}", what=what, base=base, unit="times", mark=_mark(row))


def ratio_within(within: pd.DataFrame, group: str) -> pd.Series | None:
    """The ratio of a group within the forces that come first: those that can be used. within : as `Forces.within`."""
    rows = within[within["ethnicity_5"].astype("str").eq(group) & within["measure"].eq("ratio_within_mh")]
    return None if rows.empty else rows.iloc[0]


def national(
    overview: pd.DataFrame, within: pd.DataFrame, shrunken: pd.DataFrame, *, group: str, reference: str, study=None
) -> list[Card]:
    """How many forces are here and can be used, the ratio of a group within them, and how far they lie apart.

    overview : as `Forces.overview` of the group. within, shrunken : as `Forces` has them. study : `study.Study`; forces
    of which no file is here are not counted.
    """
    overview = overview if study is None else overview[overview["force"].isin(with_records(study))]
    used, of = overview[overview["ratios"].ne(NO)], territorial_forces()
    here = int(overview["force"].isin(of).sum())
    made = [
        _counted("forces", "Forces with files here", here, f"{here} of {len(of)}",
                 f"{prose.searches(overview['searches'].sum())} of people in months that the audit does not flag"),
        _counted("forces_used", "Can be used for ratios", len(used), f"{len(used)} of {len(overview)}",
                 _without_and_why(overview)),
    ]  # fmt: skip
    row = ratio_within(within, group)
    if row is not None:
        base = f"relative to {reference} residents of the same force"
        years = prose.headline(row["estimate"], RATIO, row["lower"], row["upper"])[1]
        base += f"; level over the years {years}" * bool(years)
        made.append(card(row, id="ratio_within", what=f"{group}, within forces", base=base, unit="times"))
    drawn = shrunken[shrunken["ethnicity_5"].astype("str").eq(group) & shrunken["estimate"].notna()]
    if len(drawn) < 2:
        return made
    low, high = (drawn.loc[place] for place in (drawn["estimate"].idxmin(), drawn["estimate"].idxmax()))
    text = " to ".join(prose.headline(end["estimate"], RATIO)[0] for end in (low, high))
    between = f"{in_words([low['force']])} to {in_words([high['force']])}, drawn towards their mean"
    ends = float(low["estimate"]), float(high["estimate"])
    return [*made, Card("ratio_range", f"{group}, from force to force", RATIO, None, *ends, text, "", between, "")]


def _without_and_why(overview: pd.DataFrame) -> str:
    """Which forces cannot be used for ratios, and how many of them official statistics contradict."""
    unused, bad = overview[overview["ratios"].eq(NO)], overview[overview["official"].eq(OFFICIAL[RED])]
    names = [in_words([force]) for force in unused["force"]]
    said = [f"not {first_of(names, _NAMED, 'force')}"] if names else []
    compared = ~overview["official"].isin(_NOT_COMPARED)
    by = "" if bad["other_year"].eq("").any() else of_other_years(bad["other_year"])
    beside = (
        f"official statistics{by} contradict {len(bad)}" if compared.any() else "none compared with official statistics"
    )
    return "; ".join([*said, beside])


def _searches(study) -> Card:
    """How many searches there are, whichever of them may be used."""
    number = float(study.published.flow["left"].iloc[-1])
    return _counted("searches", "Searches of people", number, prose.count(number), "in all published months")


def _counted(id: str, what: str, value, text: str, base: str) -> Card:
    return Card(id, what, "", float(value), None, None, text, "", base)
