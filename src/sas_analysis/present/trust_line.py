"""The trust line of a report: official statistics, unknown values, months, and fields that cannot be used.

Each is a light with three words and one fact, and leads to where the page says more.
"""

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures.shares import HEADLINE_UNKNOWN
from sas_analysis.present import prose
from sas_analysis.present.blocks import BAD, GOOD, NONE, WARN, Light
from sas_analysis.present.months_told import doubted, months_told
from sas_analysis.present.reasons import fields_in_words, why_not
from sas_analysis.present.wording import month, worded
from sas_analysis.reference.forces import in_words
from sas_analysis.reference.official.reconcile import AMBER, ANOTHER_YEAR, GREEN, GREY, RED, gravest, lights

_NOTICEABLE = 0.10  # a share unknown that a reader must keep in mind
_KNOWN = "searches of known ethnicity"
_WORDS = {
    RED: (BAD, "Official statistics contradict"),
    AMBER: (WARN, "Differs from official statistics"),
    GREY: (NONE, "Not compared with official statistics"),
    ANOTHER_YEAR: (NONE, "No official figures of this year"),
    GREEN: (GOOD, "Agrees with official statistics"),
}


def line(study, unknown: pd.DataFrame, *, what: str = "Ethnicity") -> list[Light]:
    """The four lights of a study.

    study : `study.Study`. unknown : one row of a measures table, the share of searches of which `what` is unknown.
    """
    return [official(study), unknown_share(unknown.iloc[0], what), months(study), fields(study)]


def official(study) -> Light:
    """Whether official statistics agree: the worst of the forces and years, with the largest difference."""
    if study.synthetic:
        return Light("official", NONE, "Not compared", "These records are simulated.")
    rows = lights(study.official)
    if rows.empty:
        return Light("official", NONE, _WORDS[GREY][1], "No month can be compared.")
    worst = gravest(rows["light"])
    light, words = _WORDS[worst]
    forces = rows["force"].nunique()
    if forces > 1:
        of = rows.loc[rows["light"].eq(worst), "force"].unique()
        named = in_words(list(of)) if len(of) <= 2 else f"{len(of)}"
        return Light(
            "official", light, words, f"{named} of {forces} forces" if len(of) > 2 else f"{named}, of {forces} forces"
        )
    return Light("official", light, words, _fact(study.official, worst))


def _fact(table: pd.DataFrame, light: str) -> str:
    if light == GREY:
        return _sentence(worded(table["note"].iloc[0].partition("; ")[0]))
    own = table[table["light"].eq(light)]
    known = own[own["measure"].eq(_KNOWN)]
    if light == GREEN and len(known):
        row = known.iloc[0]
        ours, theirs = prose.count(row["ours"]), prose.count(row["official"])
        return worded(
            f"{ours} {_KNOWN} here, {theirs} in official statistics ({prose.difference(row['difference'], _KNOWN)})."
        )
    most = own.loc[(own["difference"].abs() / own["limit"]).idxmax()]
    beside = f" (figures of the year to March {str(most['compared_with'])[:4]})" if light == ANOTHER_YEAR else ""
    if pd.isna(most["ours"]):
        return worded(
            f"The {most['measure']} differs by "
            f"{prose.difference(most['difference'], most['measure']).lstrip('+-')}{beside}."
        )
    ours, theirs = (prose.number(most[name], most["measure"]) for name in ("ours", "official"))
    what = most["measure"]
    return worded(f"{what[:1].upper()}{what[1:]}: {ours} here, {theirs} there{beside}.")


def unknown_share(row: pd.Series, what: str) -> Light:
    """How much is unknown of what the report rests on."""
    if pd.isna(row["estimate"]):
        return Light("unknown", BAD, f"{what} cannot be used", _sentence(why_not(row["note"])))
    share = row["estimate"]
    light = BAD if share > HEADLINE_UNKNOWN else WARN if share > _NOTICEABLE else GOOD
    fact = f"{prose.count(row['numerator'])} of {prose.count(row['denominator'])} searches."
    return Light("unknown", light, f"{what} unknown: {prose.headline(share, row['measure'])[0]}", fact)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def months(study) -> Light:
    """How many months count."""
    asked, _, used, out, kind = told = months_told(study)
    light = BAD if not used else GOOD if used == asked else WARN
    words = f"{used} of {asked} {kind}{'s' * (asked != 1)} used"
    missing = told.missing
    parts = [f"{out} set aside by the data audit"] * bool(out) + [f"{missing} not published"] * bool(missing)
    fact = and_join(parts) if parts else "The data audit set none aside"
    if out == 1 and len(study.forces) == 1:
        bad = study.verdicts[study.verdicts["verdict"].isin(["flagged", "unusable"])]
        fact = fact.replace("1 set aside", f"{month(bad['month'].iloc[0])} set aside", 1)
    return Light("months", light, words, f"{fact}.")


def fields(study) -> Light:
    """Which fields of the records cannot be used, in how many months."""
    names = doubted(study)
    named = fields_in_words(list(names.index))
    if not named:
        return Light("fields", GOOD, "All fields can be used", "The data audit doubts none.")
    number = "One field" if len(named) == 1 else f"{len(named)} fields"
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    said = and_join(named[:3]) if not more else ", ".join(named[:3]) + more
    never = names.eq(months_told(study).here).all()
    words = f"{number} cannot be used" if never else f"{number} {'is' if len(named) == 1 else 'are'} in doubt"
    return Light("fields", WARN, words, f"{said[:1].upper()}{said[1:]}.")
