"""The honest set as a page shows it: one line a group, sampling error in brackets, assumption ranges as "to"."""

import pandas as pd

from sas_analysis.present import prose

RATIO = "disproportionality_ratio"
_HEADS = {
    "ratio": "Ratio (sampling interval)",
    "within": "Within forces (sampling interval)",
    "imputed": "Unknown imputed (interval)",
    "unknown": "Whatever the unknown were",
    "base": "On other bases of residents",
}


def view(table: pd.DataFrame) -> pd.DataFrame:
    """The table of `measures.honest.honest_set` in texts; a column without an entry is left out."""
    shown = pd.DataFrame({"Ethnic group": table["ethnicity_5"]})
    shown["Searches"] = [prose.count(n) for n in table["searches"]]
    shown["Per 1,000 residents a year"] = [prose.number(rate, "search_rate") for rate in table["search_rate"]]
    for name in ("ratio", "within", "imputed"):
        limits = ("lower", "upper") if name == "ratio" else (f"{name}_lower", f"{name}_upper")
        shown[_HEADS[name]] = [_with_limits(*row) for row in table[[name, *limits]].itertuples(index=False)]
    for name in ("unknown", "base"):
        ends = table[[f"{name}_lowest", f"{name}_highest"]]
        shown[_HEADS[name]] = [_range(low, high) for low, high in ends.itertuples(index=False)]
    return shown.loc[:, shown.ne("").any()]


def _with_limits(value, lower, upper) -> str:
    if pd.isna(value):
        return ""
    limits = prose.interval(lower, upper, RATIO)
    return f"{prose.number(value, RATIO)} ({limits})" if limits else prose.number(value, RATIO)


def sentences(table: pd.DataFrame, *, reference: str) -> list[str]:
    """What the assumptions could make of the ratios, a sentence each; nothing where no ratio is given."""
    rows = table[table["ratio"].notna() & table["ethnicity_5"].ne(reference)]
    within = rows[["ethnicity_5", "within", "within_lower", "within_upper"]]
    unknown, base = (rows[["ethnicity_5", f"{name}_lowest", f"{name}_highest"]] for name in ("unknown", "base"))
    said = {
        "Within forces, so without the effect of who lives where: {}.": _each(within, _with_limits),
        "Whatever the ethnicity of the unknown searches, the ratio is: {}.": _each(unknown, _range),
        "On other bases of residents: {}. These are ranges of assumptions, not of chance.": _each(base, _range),
    }
    return [text.format(prose.listed(values)) for text, values in said.items() if values]


def _each(rows: pd.DataFrame, as_text) -> list[str]:
    """Group and value of every row that has one."""
    return [f"{group} {as_text(*values)}" for group, *values in rows.itertuples(index=False) if pd.notna(values[0])]


def _range(low, high) -> str:
    return prose.interval(low, high, RATIO)


def extremes(table: pd.DataFrame) -> pd.DataFrame:
    """The table of `measures.multiverse.extremes` in texts."""
    shown = pd.DataFrame({"Ethnic group": table["ethnicity_5"]})
    shown["Combinations"] = [prose.count(n) for n in table["combinations"]]
    for name in ("headline", "lowest", "median", "highest"):
        shown[name.capitalize()] = [prose.number(value, RATIO) for value in table[name]]
    shown["Above 1"] = [prose.number(share, "share_of_searches") for share in table["share_above_1"]]
    return shown
