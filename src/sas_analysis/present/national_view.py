"""Tables of many forces as the report `national` shows them: a line a force, in the order of their names."""

import pandas as pd

from sas_analysis.measures.intervals.asked import PERIOD
from sas_analysis.months import in_ranges
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.reference.official.causes import TOO_FEW, last_compared
from sas_analysis.reference.official.labels import ALL
from sas_analysis.reference.official.other_years import year_to
from sas_analysis.reference.official.reconcile import ANOTHER_YEAR
from sas_analysis.study.by_force import NO, OFFICIAL, QUESTIONS, YES

_SIGNS = {YES: "●", NO: "■"}
_RATIO, _SHARE = "disproportionality_ratio", "arrest_rate"


def overview(table: pd.DataFrame, *, study=None) -> pd.DataFrame:
    """Searches, the ratio of a group, arrests and official statistics; what is no headline stands in brackets.

    table : as `Forces.overview`. study : `study.Study`; the mix is compared of self-defined ethnicity alone.
    """
    rows, group = _by_name(table), table["ethnicity_5"].iloc[0]
    shown = pd.DataFrame({"Force": rows["force"].map(label)})
    shown["Searches"] = list(map(prose.count, rows["searches"]))
    of = {f"{group} ratio": ("ratio", _RATIO, "ratios"), "Arrests": ("arrests", _SHARE, "outcomes")}
    for head, (name, measure, question) in of.items():
        values = rows[[name, f"{name}_lower", f"{name}_upper"]].itertuples(index=False)
        shown[head] = [
            _value(*value, measure, doubted=answer == NO) for value, answer in zip(values, rows[question], strict=True)
        ]
    mix = study is None or study.choices.ethnicity == "self"
    shown["Official count and mix" if mix else "Official count"] = list(
        map(verdict, rows["official"], rows["other_year"])
    )
    return shown.assign(interval=PERIOD)  # `Forces.overview` has no others


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


def _value(value, lower, upper, measure: str, *, doubted: bool) -> str:
    """A value with its limits; in brackets and without limits where it is no headline."""
    if pd.isna(value):
        return "–"
    text = prose.number(value, measure)
    limits = prose.interval(lower, upper, measure)
    return f"({text})" if doubted else f"{text} ({limits})" if limits else text


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
