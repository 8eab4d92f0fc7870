"""Tables of many forces as the report `national` shows them: a line a force, in the order of their names."""

import pandas as pd

from sas_analysis.measures.intervals.asked import PERIOD
from sas_analysis.months import in_ranges
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.present.no_headline import also, reasons, written
from sas_analysis.present.reasons import why_not
from sas_analysis.present.wording import lowered
from sas_analysis.reference.official.causes import TOO_FEW, last_compared
from sas_analysis.reference.official.labels import ALL
from sas_analysis.reference.official.other_years import year_to
from sas_analysis.reference.official.reconcile import ANOTHER_YEAR
from sas_analysis.study.by_force import NO, OFFICIAL, QUESTIONS, YES

_SIGNS = {YES: "●", NO: "■"}


def overview(table: pd.DataFrame, *, study=None) -> pd.DataFrame:
    """Searches, the ratio of a group, arrests and official statistics; what is no headline stands in brackets.

    The note says why, and which months a number is of where not all count for it.

    table : as `Forces.overview`. study : `study.Study`; the mix is compared of self-defined ethnicity alone.
    """
    rows, group = _by_name(table), table["ethnicity_5"].iloc[0]
    shown = pd.DataFrame({"Force": rows["force"].map(label)})
    shown["Searches"] = list(map(prose.count, rows["searches"]))
    heads = {"ratio": f"{group} ratio", "arrests": "Arrests"}
    records = rows.to_dict("records")
    for name, head in heads.items():
        shown[head] = [_value(_measured(row, name)) for row in records]
    mix = study is None or study.choices.ethnicity == "self"
    shown["Official count and mix" if mix else "Official count"] = list(
        map(verdict, rows["official"], rows["other_year"])
    )
    asked = max(rows["months"]) if study is None else len(study.months)
    notes = ["; ".join([*_doubts(row, heads), *_months(row, heads, asked)]) for row in records]
    return shown.assign(note=notes, interval=PERIOD)  # `Forces.overview` has no others


def verdict(official: str, other: str) -> str:
    """What official statistics do to the records of a force, with the year of the figures where it is another.

    official, other : as `official` and `other_year` of `Forces.reliance`.

    Examples
    --------
    >>> verdict("differ", "2021-03"), verdict("agree", ""), verdict("no figures of this year here", "2021-03")
    ('differ (figures of the year to March 2021)', 'agree', 'no figures of this year here')
    """
    told = other and official != OFFICIAL[ANOTHER_YEAR]
    return f"{official} (figures of the year to {year_to(other)})" if told else official


_MEASURES = {"ratio": ("disproportionality_ratio", "numerator"), "arrests": ("arrest_rate", "denominator")}


def _measured(row: dict, name: str) -> dict:
    """One of the estimates of a force as a row of a measures table, as far as a page needs it."""
    measure, searched = _MEASURES[name]
    own = {"measure": measure, "estimate": row[name], searched: row[f"{name}_searches"]}
    ends = {f"period_{end}": row[f"{name}_{end}"] for end in ("lower", "upper")}
    return own | ends | {"note": row[f"{name}_note"]}


def _value(row: dict) -> str:
    """A value with its limits, in brackets where it is no headline."""
    if pd.isna(row["estimate"]):
        return "–"
    small = prose.interval(row["period_lower"], row["period_upper"], row["measure"])
    text, small = written(row, prose.number(row["estimate"], row["measure"]), small)
    return f"{text} {small if small.startswith('(') else f'({small})'}" if small else text


def _doubts(row: dict, heads: dict[str, str]) -> list[str]:
    """Why values of a force are no headline, or are not there."""
    whys = {
        head: why_not(str(row[f"{name}_note"])) if pd.isna(row[name]) else also(reasons(_measured(row, name)))
        for name, head in heads.items()
    }
    return [f"{head}: {lowered(why)}" for head, why in whys.items() if why]


def _months(row: dict, heads: dict[str, str], asked: int) -> list[str]:
    """The months that each number of a force is of, where they are not all. asked : how many all are."""
    answers = {heads["ratio"]: row["ratios"], heads["arrests"]: row["outcomes"]}
    of = {"Searches": YES if row["months"] == asked else f"{row['months']} of {asked} months"}
    of |= {head: answer for head, answer in answers.items() if answer != NO}
    if len(set(of.values())) == 1:
        return [] if of["Searches"] == YES else [of["Searches"]]
    return [f"{head} of {answer}" for head, answer in of.items() if answer != YES]


def reliance(table: pd.DataFrame) -> pd.DataFrame:
    """What the records of each force can answer. table : as `Forces.reliance`."""
    rows = _by_name(table)
    shown = pd.DataFrame({"Force": rows["force"].map(label)})
    for question in QUESTIONS:
        shown[question.capitalize()] = [f"{_SIGNS.get(answer, '▲')} {answer}" for answer in rows[question]]
    return shown


def causes(table: pd.DataFrame) -> pd.DataFrame:
    """The last year of each force that can be compared: the two numbers, their difference and its cause.

    Where fewer months of the year count than twelve, the number of these records says so; of too few to compare there
    is no difference. Where not all are of one year, each official number has its own.

    table : as `Study.causes`.
    """
    rows = _by_name(last_compared(table))
    shown = pd.DataFrame({"Force": rows["force"].map(label)})
    years = rows["year_ending"].astype("str").map("year to {}".format)
    several = years.nunique() > 1
    shown["Official"] = [
        prose.count(number) + f", {year}" * several for number, year in zip(rows["official"], years, strict=True)
    ]
    shown["These records"] = [
        (prose.count(ours) if months else "none") + f" in {months} of 12 months" * (0 < months < 12)
        for ours, months in zip(rows["ours"], rows["months"], strict=True)
    ]
    few = rows["cause"].eq(TOO_FEW)
    shown["Difference"] = [prose.difference(value, "searches") for value in rows["difference"].mask(few)]
    shown["Cause"] = ["–" if cause == "agrees" else cause for cause in rows["cause"]]
    return shown


def official_labels(table: pd.DataFrame) -> pd.DataFrame:
    """Outcomes and reasons beside an official table: the numbers known, and the label whose share is farthest off.

    table : as `Study.official_labels`.
    """
    lines = []
    for (force, year, what), rows in table.groupby(["force", "year_ending", "what"], sort=False):
        total, shares = rows[rows["label"].eq(ALL)].iloc[0], rows[rows["label"].ne(ALL)]
        known = shares[shares["difference"].notna()]
        far = known.loc[known["difference"].abs().idxmax()] if len(known) else None
        said = "–" if far is None else f"{label(far['label'])}, {prose.difference(far['difference'], 'share ')}"
        counts = [prose.count(total[name]) for name in ("official", "ours")]
        lines.append((label(force), f"{what.capitalize()}, year to {year}", *counts, said))
    return pd.DataFrame(sorted(lines), columns=["Force", "What", "Official", "These records", "Farthest label"])


def months(table: pd.DataFrame) -> pd.DataFrame:
    """The months that do not count, and why, a line a force and reason. table : as `Study.verdicts`."""
    rows = table.assign(why=table["rules"].where(table["rules"].ne(""), table["verdict"]))
    lines = [
        (label(force), in_ranges(list(own["month"])), why)
        for (force, why), own in rows.groupby(["force", "why"], sort=False)
    ]
    return pd.DataFrame(sorted(lines), columns=["Force", "Months", "Why"])


def _by_name(table: pd.DataFrame) -> pd.DataFrame:
    return table.loc[table["force"].map(label).sort_values(kind="stable").index].reset_index(drop=True)
