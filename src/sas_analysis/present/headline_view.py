"""The headline table as a page shows it: one line a group, sampling error in brackets, assumption ranges as "to"."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sas_analysis.errors import and_join
from sas_analysis.measures import multiverse
from sas_analysis.measures.table import LIMITS
from sas_analysis.present import limits, prose
from sas_analysis.present.few import FEW_IN_WORDS, FEWEST

RATIO = "disproportionality_ratio"
_HEADS = {
    "ratio": "Ratio (limits)",
    "period": "Ratio in these months (limits)",
    "process": "Level over the years",
    "within": "Within forces (limits)",
    "imputed": "Unknown imputed (limits)",
    "unknown": "Whatever the unknown were",
    "officer": "With the officer's word",
    "base": "On other bases of residents",
}


def view(table: pd.DataFrame) -> pd.DataFrame:
    """The table of `headline_table` in texts; a column without an entry is left out."""
    shown = pd.DataFrame({"Ethnic group": table["ethnicity_5"]})
    shown["Searches"] = list(map(prose.count, table["searches"]))
    shown["Per 1,000 residents a year"] = [prose.number(rate, "search_rate") for rate in table["search_rate"]]
    shown[_on_official(table)] = [_with_limits(ratio, np.nan, np.nan) for ratio in table["official"]]
    if both_limits(table):
        rows = table[["ratio", "period_lower", "period_upper"]]
        shown[_HEADS["period"]] = [_with_limits(*row) for row in rows.itertuples(index=False)]
        shown[_HEADS["process"]] = [_range(*row) for row in table[["lower", "upper"]].itertuples(index=False)]
    else:
        rows = table[["ratio", "lower", "upper"]]
        shown[_HEADS["ratio"]] = [_with_limits(*row) for row in rows.itertuples(index=False)]
    for name in ("within", "imputed"):
        shown[_HEADS[name]] = [
            limits.with_limits(row) if pd.notna(row["estimate"]) else "" for row in _rows_of(table, name)
        ]
    for name in ("unknown", "officer", "base"):
        ends = table[[f"{name}_lowest", f"{name}_highest"]]
        shown[_HEADS[name]] = [_range(low, high) for low, high in ends.itertuples(index=False)]
    return shown.loc[:, shown.ne("").any()]


_SHORT = {"unknown": "Whoever the unknown were", "base": "Other counts of residents"}


def in_short(table: pd.DataFrame) -> pd.DataFrame:
    """The ratios of the table of `headline_table`, and what could change them, in five columns of texts."""
    rows = table[table["ratio"].ne(1) | table["unknown_lowest"].notna()]
    shown = pd.DataFrame({"Ethnic group": rows["ethnicity_5"]})
    for head, name in (("Ratio", ""), ("Within forces", "within"), ("Unknown estimated", "imputed")):
        shown[head] = [limits.with_limits(row) if pd.notna(row["estimate"]) else "" for row in _rows_of(rows, name)]
    for name, head in _SHORT.items():
        ends = rows[[f"{name}_lowest", f"{name}_highest"]]
        shown[head] = [_range(low, high) for low, high in ends.itertuples(index=False)]
    shown = _few_in_brackets(shown.loc[:, shown.ne("").any()], rows["searches"], shown.columns[1:])
    return shown.assign(interval=[limits.name_of(row) for row in _rows_of(rows, "")])


def _few_in_brackets(shown: pd.DataFrame, searches, columns) -> pd.DataFrame:
    """Texts with those of few searches in brackets, and a note that says so. searches : of each row."""
    thin = (pd.Series(searches).astype(float) < FEWEST).fillna(False).to_numpy(dtype=bool)
    if not thin.any():
        return shown
    shown = shown.assign(note=np.where(thin, f"in brackets: {FEW_IN_WORDS}", ""))
    for name in [name for name in columns if name in shown]:
        shown[name] = [_bracketed(text) if one else text for text, one in zip(shown[name], thin, strict=True)]
    return shown


def _bracketed(text: str) -> str:
    """A number in brackets, its limits in brackets of their own.

    Examples
    --------
    >>> _bracketed("1.5 (0.7 to 2.7)"), _bracketed("0.9 to 10"), _bracketed("")
    ('(1.5) (0.7 to 2.7)', '(0.9 to 10)', '')
    """
    value, space, rest = text.partition(" (")
    return f"({value}){space}{rest}" if text else ""


def _rows_of(table: pd.DataFrame, name: str) -> list[dict]:
    """One of the ratios of each group as rows of a measures table. name : "" of the headline, "within" or "imputed"."""
    own = table[["interval"]].assign(measure=RATIO, estimate=table[name or "ratio"])
    for end in LIMITS:
        own[end] = table[f"{name}_{end}" if name else end]
    return own.to_dict("records")


def _on_official(table: pd.DataFrame) -> str:
    return f"On {table['official_base'].iloc[0]}, the official base" if len(table) else "On the official base"


def both_limits(table: pd.DataFrame) -> bool:
    """Whether a table has limits of the level over the years, and of these months beside them."""
    return bool(
        (table["lower"].notna() & table["period_lower"].notna() & table["lower"].ne(table["period_lower"])).any()
    )


def _with_limits(value, lower, upper) -> str:
    if pd.isna(value):
        return ""
    said = prose.interval(lower, upper, RATIO)
    return f"{prose.number(value, RATIO)} ({said})" if said else prose.number(value, RATIO)


def sentences(table: pd.DataFrame, *, reference: str, contradicted: Sequence[str] = ()) -> list[str]:
    """What the assumptions could make of the ratios, a sentence each; nothing where no ratio is given as a headline."""
    if contradicted:
        return []
    rows = table[table["ratio"].notna() & table["ethnicity_5"].ne(reference)]
    within = rows[["ethnicity_5", "within", "within_period_lower", "within_period_upper"]]
    official = rows[["ethnicity_5", "official"]].assign(lower=np.nan, upper=np.nan)
    unknown, officer, base = (
        rows[["ethnicity_5", f"{name}_lowest", f"{name}_highest"]] for name in ("unknown", "officer", "base")
    )
    said = {
        f"{_on_official(table)}: {{}}.": _each(official, _with_limits),
        "Within forces, so without the effect of who lives where: {}.": _each(within, _with_limits),
        "**The direction turns** for {}: who lives where, and not what forces do, makes it.": _turned(rows),
        "Whatever the ethnicity of the unknown searches, the ratio is: {}.": _each(unknown, _range),
        "With the officer's word where there is one: {}.": _each(officer, _range),
        "On other bases of residents: {}. These are ranges of assumptions, not of chance.": _each(base, _range),
    }
    return [text.format(and_join(values)) for text, values in said.items() if values]


def _turned(rows: pd.DataFrame) -> list[str]:
    """Groups whose ratio lies on one side of 1 with forces added together, and on the other within forces."""
    turns = rows[(rows["ratio"] - 1) * (rows["within"] - 1) < 0]
    return [
        f"{row.ethnicity_5} ({prose.number(row.ratio, RATIO)} with forces added together, "
        f"{prose.number(row.within, RATIO)} within them)"
        for row in turns.itertuples()
    ]


def _each(rows: pd.DataFrame, as_text) -> list[str]:
    """Group and value of every row that has one."""
    return [f"{group} {as_text(*values)}" for group, *values in rows.itertuples(index=False) if pd.notna(values[0])]


def _range(low, high) -> str:
    return prose.interval(low, high, RATIO)


def by_age_and_sex(table: pd.DataFrame, number: int = 12) -> pd.DataFrame:
    """Rates and ratios of the groups of one sex and age with the most searches, in texts.

    table : as `Comparison.by_age_and_sex` returns it.
    """
    groups = ["gender", "age_range", "ethnicity_5"]
    named = table.astype(dict.fromkeys(groups, "str"))
    rate, ratio = (named[named["measure"].eq(name)].set_index(groups) for name in ("search_rate", RATIO))
    largest = rate[rate["numerator"].notna()].astype({"numerator": float}).nlargest(number, "numerator").index
    own, ratios = rate.loc[largest], ratio.reindex(largest)
    shown = own.index.to_frame(index=False).set_axis(["Sex", "Age", "Ethnic group"], axis=1)
    shown["Searches"] = list(map(prose.count, own["numerator"]))
    heads = {"Per 1,000 residents a year": own, "Ratio to the reference group": ratios}
    for head, rows in heads.items():
        shown[head] = [limits.with_limits(row) for row in rows.to_dict("records")]
    shown = _few_in_brackets(shown, own["numerator"], heads)
    return shown.assign(interval=[limits.name_of(row) for row in own.to_dict("records")])


def extremes(universe: pd.DataFrame) -> pd.DataFrame:
    """The extremes of all combinations of choices in texts.

    universe : as `multiverse_of_study` returns it.
    """
    table = multiverse.extremes(universe)
    shown = pd.DataFrame({"Ethnic group": table["ethnicity_5"]})
    shown["Combinations"] = [prose.count(n) for n in table["combinations"]]
    for name in ("headline", "lowest", "median", "highest"):
        shown[name.capitalize()] = [prose.number(value, RATIO) for value in table[name]]
    shown["Above 1"] = [prose.number(share, "share_of_searches") for share in table["share_above_1"]]
    headline = universe.drop_duplicates("ethnicity_5")["numerator"]  # the first combination is the headline's
    return _few_in_brackets(shown, headline, shown.columns[2:])
