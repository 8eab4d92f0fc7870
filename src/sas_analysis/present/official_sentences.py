"""The sentence on official statistics: agree, differ, contradict, of another year, or not compared."""

import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.reference.official.reconcile import AMBER, ANOTHER_YEAR, GREEN, GREY, RED, gravest, lights

_KNOWN = "searches of known ethnicity"
_VERBS = {RED: "contradict", AMBER: "differ from"}


def official(study) -> str:
    """Whether official statistics agree with the records, with the figures that say so; of several forces, which do.

    study : `study.Study`.
    """
    if study.synthetic:
        return "These records are simulated, so they were not compared with official statistics."
    table = study.official
    rows = lights(table)
    if rows.empty:
        return "The records were not compared with official statistics: no month of them can be used."
    if rows["force"].nunique() > 1:
        return _of_forces(rows)
    said = dict.fromkeys(_of_year(table, row) for row in rows[rows["light"].ne(GREY)].itertuples())
    return " ".join([*_not_compared(table, rows[rows["light"].eq(GREY)]), *said])


def _not_compared(table: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """The years that could not be compared, those with the same reason together."""
    years: dict[str, list[str]] = {}
    for row in rows.itertuples():
        own = table[table["year_ending"].eq(row.year_ending) & table["force"].eq(row.force)]
        years.setdefault(_why(own), []).append(f"March {str(row.year_ending)[:4]}")
    return [
        f"The records of the year{'s' * (len(to) > 1)} to {and_join(to)} could not be compared with official "
        f"statistics: {why}."
        for why, to in years.items()
    ]


def _of_year(table: pd.DataFrame, row) -> str:
    own = table[table["year_ending"].eq(row.year_ending) & table["force"].eq(row.force)]
    year = f"the year to March {str(row.year_ending)[:4]}"
    own = own[own["light"].eq(row.light)]
    if row.light == GREEN:
        return f"Official statistics of {year} agree: {_agreement(own)}."
    far = f"{_figures(own.loc[(own['difference'].abs() / own['limit']).idxmax()])}"
    if row.light == ANOTHER_YEAR:
        other = f"the year to March {str(own['compared_with'].iloc[0])[:4]}"
        return (
            f"There are no official figures of {year} to compare with. Those of {other} are no farther off than "
            "years are "
            f"from each other, which is not agreement; the farthest is {far}."
        )
    return f"**Official statistics of {year} {_VERBS[row.light]} these records**: {far}."


def _why(own: pd.DataFrame) -> str:
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
            else "the shares of groups are equal"
        )
    return "; ".join(said) or "what can be compared is as near as it must be"


def _figures(row: pd.Series) -> str:
    far = prose.difference(row["difference"], row["measure"])
    if pd.isna(row["ours"]):
        return f"the {row['measure']}, which differs by {far.lstrip('+-')}"
    ours, theirs = (prose.number(row[name], row["measure"]) for name in ("ours", "official"))
    allowed = prose.limit(row["limit"], row["measure"]).lstrip("±")
    return f"{row['measure']}, {ours} here and {theirs} there ({far}, where {allowed} is the most that agrees)"


def _of_forces(rows: pd.DataFrame) -> str:
    forces = list(dict.fromkeys(rows["force"]))
    of = {force: gravest(rows.loc[rows["force"].eq(force), "light"]) for force in forces}
    said = []
    words = {
        GREEN: "agree with the records of {}",
        AMBER: "differ from those of {}",
        RED: "contradict those of {}",
        ANOTHER_YEAR: "are of another year for {}",
        GREY: "could not be compared for {}",
    }
    for light in (GREEN, AMBER, RED, ANOTHER_YEAR, GREY):
        own = [force for force in forces if of[force] == light]
        if own:
            named = and_join([label(force) for force in own]) if len(own) <= 3 and light != GREEN else _forces(len(own))
            said.append(words[light].format(named))
    return f"Of {len(forces)} forces: official statistics {and_join(said)}."


def _forces(number: int) -> str:
    return "1 force" if number == 1 else f"{number} forces"
