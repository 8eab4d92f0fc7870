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
        shown[_HEADS[name]] = [prose.interval(low, high, RATIO) for low, high in ends.itertuples(index=False)]
    return shown.loc[:, shown.ne("").any()]


def _with_limits(value, lower, upper) -> str:
    if pd.isna(value):
        return ""
    limits = prose.interval(lower, upper, RATIO)
    return f"{prose.number(value, RATIO)} ({limits})" if limits else prose.number(value, RATIO)


def sentences(table: pd.DataFrame, *, reference: str) -> list[str]:
    """What the assumptions could make of the ratios, a sentence each; nothing where no ratio is given."""
    rows = table[table["ratio"].notna() & table["ethnicity_5"].ne(reference)]
    if rows.empty:
        return []
    said = []
    if rows["within"].notna().any():
        each = [f"{r.ethnicity_5} {_with_limits(r.within, r.within_lower, r.within_upper)}" for r in rows.itertuples()]
        said.append(f"Within forces, so without the effect of who lives where: {prose.listed(each)}.")
    if rows["unknown_lowest"].notna().any():
        each = [
            f"{r.ethnicity_5} {prose.interval(r.unknown_lowest, r.unknown_highest, RATIO)}" for r in rows.itertuples()
        ]
        said.append(f"Whatever the ethnicity of the unknown searches, the ratio is: {prose.listed(each)}.")
    each = [f"{r.ethnicity_5} {prose.interval(r.base_lowest, r.base_highest, RATIO)}" for r in rows.itertuples()]
    return [
        *said,
        f"On other bases of residents: {prose.listed(each)}. These are ranges of assumptions, not of chance.",
    ]
