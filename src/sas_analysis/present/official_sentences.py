"""The sentence on official statistics: agree, differ, contradict, of another year, or not compared."""

import pandas as pd

from sas_analysis.errors import and_join, number_of
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.present.narrowed import of_whole_forces
from sas_analysis.present.official_basis import (
    months_of,
    parts_above_whole,
    searches,
    taken_back,
    whatever,
    without_mix,
)
from sas_analysis.present.wording import begun
from sas_analysis.reference.official.other_years import of_other_years, other_year, year_to
from sas_analysis.reference.official.reconcile import (
    AMBER,
    ANOTHER_YEAR,
    GREEN,
    GREY,
    RED,
    in_limits,
    lights,
    only_in_mix,
    worst_of_forces,
)

_KNOWN = "searches of known ethnicity"
_MIX = "only in mix"
_VERBS = {RED: "contradict", AMBER: "differ from"}


def official(study, *, whose=None) -> str:
    """Whether official statistics agree with the records, with the figures that say so; of several forces, which do.

    study : `study.Study`. whose : `whose.Whose`, the forces that the figures hold; by default all of the study. What
    the comparison is of is said first, for the other figures of a page may be of other searches.
    """
    if study.synthetic:
        return "These records are simulated, so they were not compared with official statistics."
    table = study.official if whose is None else study.official[study.official["force"].isin(whose.forces)]
    rows = lights(table)
    if rows.empty:
        return "The records were not compared with official statistics: no month of them can be used."
    whole = of_whole_forces(study)
    whole = f"They are searches {whole}, not only those of this report." if whole else ""
    first = " ".join(filter(None, [f"Official statistics are compared {searches(study)}.", whole, without_mix(study)]))
    said = [_of_forces(table, rows)] if rows["force"].nunique() > 1 else _of_years(study, table, rows)
    return " ".join([first, *said] if rows["light"].ne(GREY).any() else said)


def _not_compared(table: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """The years that could not be compared, those with the same reason together."""
    years: dict[str, list[str]] = {}
    for row in rows.itertuples():
        own = table[table["year_ending"].eq(row.year_ending) & table["force"].eq(row.force)]
        years.setdefault(why_not_compared(own), []).append(year_to(row.year_ending))
    return [
        f"The records of the year{'s' * (len(to) > 1)} to {and_join(to)} could not be compared with official "
        f"statistics: {why}."
        for why, to in years.items()
    ]


def _of_years(study, table: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    grey = rows["light"].eq(GREY)
    said = [_of_year(study, table, row) for row in rows[~grey].itertuples()]
    return [*_not_compared(table, rows[grey]), *dict.fromkeys(said)]


def _of_year(study, table: pd.DataFrame, row) -> str:
    months = months_of(study, row.force, row.year_ending)
    own = table[table["year_ending"].eq(row.year_ending) & table["force"].eq(row.force)]
    year = f"the year to {year_to(row.year_ending)}"
    known = own[own["measure"].eq(_KNOWN)]
    back = f" {begun(said)}." if len(known) and (said := taken_back(study, known.iloc[0])) else ""
    own = own[own["light"].eq(row.light) & other_year(own).eq(row.other_year)]
    records = f"these records, {months}" if months else "these records"
    if row.light == GREEN:
        return f"Official statistics of {year} agree with {records}: {_agreement(own)}.{back}"
    most = own.loc[in_limits(own).idxmax()]
    if row.other_year:
        none = f"This package carries no official figures of {year} for this force."
        return f"{none} {_beside_other(row, records, _figures(study, most, of_another_year=True))}"
    beyond = ", which hold more than the whole year" * bool(parts_above_whole(own))
    return f"**Official statistics of {year} {_VERBS[row.light]} {records}{beyond}**: {_figures(study, most)}.{back}"


def _beside_other(row, records: str, farthest: str) -> str:
    """What figures of another year than that of the records say of them. farthest : both figures, in words."""
    other = f"the year to {year_to(row.other_year)}"
    if row.light == ANOTHER_YEAR:
        return (
            f"Those of {other} are no farther off from {records}, than one year is from another. That does not mean "
            f"that they agree; the farthest is {farthest}."
        )
    return (
        f"**Those of {other} {_VERBS[row.light]} {records}, by more than one year usually differs from another**: "
        f"{farthest}."
    )


def why_not_compared(own: pd.DataFrame) -> str:
    """Why nothing of a force and year was compared, in words. own : its rows of `Study.official`."""
    return own["note"].iloc[0].partition("; ")[0].rstrip(".")


def _agreement(own: pd.DataFrame) -> str:
    said = []
    known = own[own["measure"].eq(_KNOWN)]
    if len(known):
        row = known.iloc[0]
        ours, theirs = prose.count(row["ours"]), prose.count(row["official"])
        said.append(f"{ours} {_KNOWN} here, {theirs} there ({prose.difference(row['difference'], _KNOWN)})")
    shares = own[own["measure"].str.startswith("share ")]
    if len(shares):
        most = f"{100 * shares['difference'].abs().max():.1f}"
        said.append(
            f"no group’s share differs by more than {most} points"
            if most != "0.0"
            else "no group’s share differs by as much as 0.1 points"
        )
    return "; ".join(said) or "what can be compared is as near as it must be"


def _figures(study, row: pd.Series, *, of_another_year: bool = False) -> str:
    """Both figures of a measure, how far they lie apart, and how far they may."""
    far = prose.difference(row["difference"], row["measure"])
    if pd.isna(row["ours"]):
        return f"the {row['measure']}, which differs by {far.lstrip('+-')}"
    ours, theirs = (prose.number(row[name], row["measure"]) for name in ("ours", "official"))
    allowed = prose.limit(row["limit"], row["measure"])
    agrees = f"{allowed[1:]} is the most that agrees" if allowed.startswith("±") else f"{allowed} agrees"
    within = f"one year can be {allowed.lstrip('±')} from another" if of_another_year else agrees
    least = f" at least, {why}" if (why := whatever(study, row)) else ""
    return f"{row['measure']}, {ours} here and {theirs} there ({far}{least}, where {within})"


def _of_forces(table: pd.DataFrame, rows: pd.DataFrame) -> str:
    forces = list(dict.fromkeys(rows["force"]))
    of = worst_of_forces(rows)
    of |= {force: (_MIX, "") for force in only_in_mix(table)}
    others = sorted({other for _, other in of.values() if other})
    said = [_in_words(of, forces, ""), *(_in_words(of, forces, other) for other in others)]
    told = f"Of {len(forces)} forces: {'; '.join(filter(None, said))}."
    if not (beyond := parts_above_whole(table)):
        return told
    named = and_join(list(map(label, beyond)))
    return f"{told} The months of {named} hold more searches, of all or of a group, than the whole official year."


def _in_words(of: dict[str, tuple[str, str]], forces: list[str], other: str) -> str:
    """What official statistics of the year of the records, or of another, say of the forces; "" where of none."""
    said = []
    words = {
        GREEN: "agree with the records of {}",
        _MIX: "agree in ethnic mix alone with those of {} (their numbers cannot be compared)",
        AMBER: "differ from those of {}",
        RED: "contradict those of {}",
        ANOTHER_YEAR: "are no farther off than one year is from another for {}",
        GREY: "could not be compared for {}",
    }
    for light in words:
        own = [force for force in forces if of[force] == (light, other)]
        if own:
            named = and_join([label(force) for force in own]) if len(own) <= 3 and light != GREEN else _forces(len(own))
            said.append(words[light].format(named))
    return f"official statistics{of_other_years([other])} {and_join(said)}" if said else ""


def _forces(number: int) -> str:
    return number_of(number, "force")
