"""The trust line of a report: official statistics, unknown values, months, and fields that cannot be used.

Each is a light with three words and one fact, and leads to where the page says more.
"""

import pandas as pd

from sas_analysis.errors import ParameterError, and_join, number_of
from sas_analysis.measures.shares import HEADLINE_UNKNOWN, UNKNOWN_LABELS
from sas_analysis.measures.table import MEASURE_COLUMNS, group_columns
from sas_analysis.present import prose
from sas_analysis.present.blocks import BAD, GOOD, NONE, WARN, Light
from sas_analysis.present.months_told import LEFT_OUT, SET_ASIDE, doubted, months_told
from sas_analysis.present.narrowed import of_whole_forces
from sas_analysis.present.official_basis import basis, taken_back, word
from sas_analysis.present.reasons import fields_in_words, why_not
from sas_analysis.present.wording import begun, month, worded
from sas_analysis.records.derived import NOWHERE
from sas_analysis.reference.forces import in_words
from sas_analysis.reference.official.other_years import of_other_years, other_year, year_to
from sas_analysis.reference.official.reconcile import (
    AMBER,
    ANOTHER_YEAR,
    AT_LEAST,
    GREEN,
    GREY,
    RED,
    gravest,
    in_limits,
    lights,
    only_in_mix,
)

_NOTICEABLE = 0.10  # a share unknown that a reader must keep in mind
NOT_RECORDED = "not_recorded"  # the measure of what is not recorded, by field
_KNOWN = "searches of known ethnicity"
_WORDS = {
    RED: (BAD, "Official statistics contradict"),
    AMBER: (WARN, "Differs from official statistics"),
    GREY: (NONE, "Not compared with official statistics"),
    ANOTHER_YEAR: (NONE, "No official figures of this year here"),
    GREEN: (GOOD, "Agrees with official statistics"),
}
_BY_ANOTHER_YEAR = {  # where no figures of the year of the records say so too
    RED: "Official statistics of another year contradict",
    AMBER: "Differs from official statistics of another year",
}
_ONLY_MIX = "Ethnic mix agrees with official statistics"  # numbers could not be compared


def line(study, unknown: pd.DataFrame, *, what: str = "Ethnicity", whose=None, of: str = "") -> list[Light]:
    """The four lights of a study.

    study : `study.Study`. unknown : one row of a measures table, the share of searches of which `what` is unknown; of :
    of which searches it is, where they are not all that the figures hold. whose : `whose.Whose`, the forces that the
    figures hold; by default all of the study.
    """
    own = study if whose is None or whose.forces == study.forces else study.months_of(*whose.forces)
    unknown = _known_at_all(study, unknown).iloc[0]
    return [official(study, whose), unknown_share(unknown, what, of), months(own), fields(own)]


def _known_at_all(study, unknown: pd.DataFrame) -> pd.DataFrame:
    """The same share of all searches where it cannot be given, since another field that the report needs is lost."""
    if unknown["estimate"].notna().all():
        return unknown
    (column,) = group_columns(unknown)
    return study.whole.share(column).only(**{column: str(unknown[column].iloc[0])}).frame


def check_unknown(unknown: pd.DataFrame) -> None:
    """Raise ParameterError for a table that is not one row of what is unknown: the light would be of another label."""
    how = 'such as study.share("ethnicity_5").only(ethnicity_5="Unknown")'
    if not set(MEASURE_COLUMNS) <= set(unknown.columns) or len(unknown) != 1:
        raise ParameterError(
            f"the trust line takes one row of what is unknown, and this has {len(unknown)}: give one {how}"
        )
    row = unknown.iloc[0]
    groups = {name: str(row[name]) for name in group_columns(unknown)}
    if row["measure"] != NOT_RECORDED and not set(groups.values()) & {*UNKNOWN_LABELS, *NOWHERE}:
        named = and_join([f"{name} {label!r}" for name, label in groups.items()]) if groups else "all searches"
        raise ParameterError(f"the trust line takes what is unknown, and this is of {named}: give one {how}")


def official(study, whose=None) -> Light:
    """Whether official statistics agree: the worst of the forces and years, with the largest difference.

    No light is taken from a force that is not in the figures.
    """
    if study.synthetic:
        return Light("official", NONE, "Not compared", "These records are simulated.")
    table = study.official if whose is None else study.official[study.official["force"].isin(whose.forces)]
    rows = lights(table)
    if rows.empty:
        return Light("official", NONE, _WORDS[GREY][1], "No month can be compared.")
    worst = gravest(rows["light"])
    light, words = _WORDS[worst]
    if rows.loc[rows["light"].eq(worst), "other_year"].ne("").all():
        words = _BY_ANOTHER_YEAR.get(worst, words)
    in_mix = only_in_mix(table)
    forces = rows["force"].nunique() if whose is None else len(whose.forces)
    if worst == GREEN and len(in_mix) == rows["force"].nunique():
        words = _ONLY_MIX
    said = _of_several(study, rows, worst, forces, in_mix) if forces > 1 else _fact(study, table, worst)
    whole = of_whole_forces(study)
    return Light("official", light, words, said + f" These are searches {whole}." * bool(whole))


def _of_several(study, rows: pd.DataFrame, worst: str, forces: int, in_mix: list[str]) -> str:
    """Which of several forces the light is of, and whose word on ethnicity it is by."""
    of = list(rows.loc[rows["light"].eq(worst), "force"].unique())
    if len(of) > 2:
        said = f"{len(of)} of {forces} forces"
    elif len(of) == 1:
        said = f"{in_words(of)}, 1 of {forces} forces"
    else:
        said = f"{in_words(of)}, of {forces} forces"
    mix = sum(force in in_mix for force in of) if worst == GREEN else 0
    said += f", {'all' if mix == len(of) else mix} of them in ethnic mix alone" * bool(mix)
    beside = (
        f", beside figures{other}" if (other := of_other_years(rows.loc[rows["light"].eq(worst), "other_year"])) else ""
    )
    return f"{said}{beside}." if worst in (GREY, ANOTHER_YEAR) else f"{begun(word(study))}{beside}: {said}."


def _fact(study, table: pd.DataFrame, light: str) -> str:
    if light == GREY:
        return _sentence(worded(table["note"].iloc[0].partition("; ")[0]))
    own = table[table["light"].eq(light)]
    known = own[own["measure"].eq(_KNOWN)]
    if light == GREEN and len(known):
        row = known.iloc[0]
        ours, theirs = prose.count(row["ours"]), prose.count(row["official"])
        far = prose.difference(row["difference"], _KNOWN)
        return worded(f"{basis(study, row)}: {ours} {_KNOWN} here, {theirs} in official statistics ({far}).")
    most = own.loc[in_limits(own).idxmax()]
    what, begins = most["measure"], basis(study, most)
    beside = f" (figures of the year to {year_to(other)})" if (other := other_year(own)[most.name]) else ""
    if pd.isna(most["ours"]):
        far = prose.difference(most["difference"], what).lstrip("+-")
        return worded(f"{begins}: the {what} differs by {far}{beside}.")
    ours, theirs = (prose.number(most[name], what) for name in ("ours", "official"))
    whole = " in the whole year" * (AT_LEAST in most["note"])
    whole += f"; {back}" if (back := taken_back(study, most)) else ""
    return worded(f"{begins}: {what} {ours} here, {theirs} there{whole}{beside}.")


def unknown_share(row: pd.Series, what: str, of: str = "") -> Light:
    """How much is unknown of what the report rests on. of : of which searches, where that must be said."""
    if pd.isna(row["estimate"]):
        return Light("unknown", BAD, f"{what} cannot be used", _sentence(why_not(row["note"])))
    share = row["estimate"]
    light = BAD if share > HEADLINE_UNKNOWN else WARN if share > _NOTICEABLE else GOOD
    fact = f"{prose.searches(row['numerator'], row['denominator'])}{of}."
    return Light("unknown", light, f"{what} unknown: {prose.headline(share, row['measure'])[0]}", fact)


def _sentence(text: str) -> str:
    return f"{begun(text)}."


def months(study) -> Light:
    """How many months count."""
    told = months_told(study)
    light = BAD if not told.used else GOOD if told.used == told.asked else WARN
    fact = and_join(told.not_used) if told.not_used else "The data audit set none aside"
    if len(study.forces) == 1:
        for verdict, what in (("flagged", SET_ASIDE), ("unusable", LEFT_OUT)):
            own = study.verdicts.loc[study.verdicts["verdict"].eq(verdict), "month"]
            fact = fact.replace(f"1 {what}", f"{month(own.iloc[0])} {what}", 1) if len(own) == 1 else fact
    return Light("months", light, f"{number_of(told.used, told.kind, of=told.asked)} used", f"{fact}.")


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
    return Light("fields", WARN, words, f"{begun(said)}.")
