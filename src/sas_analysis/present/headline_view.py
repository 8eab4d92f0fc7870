"""The headline table as a page shows it: one line a group, sampling error in brackets, assumption ranges as "to"."""

import pandas as pd

from sas_analysis.measures import multiverse
from sas_analysis.measures.table import LIMITS, of_reference
from sas_analysis.present import limits, prose
from sas_analysis.present.few import FEW_IN_WORDS, FEWEST
from sas_analysis.present.reasons import why_not
from sas_analysis.present.sides import RATIO

_MOST = 12  # groups of one sex and age that are shown
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
    shown = shown.loc[:, shown.ne("").any()]
    if "Ratio" in shown:  # else no group has one, and the answer says why
        shown = _with_reasons(shown.assign(Ratio=shown["Ratio"].replace("", "–")), rows, "ratio")
    shown = _few_in_brackets(shown, rows["searches"])
    return shown.assign(interval=[limits.name_of(row) for row in _rows_of(rows, "")])


def _with_reasons(shown: pd.DataFrame, rows: pd.DataFrame, value: str) -> pd.DataFrame:
    """Texts with a note that says why a group has no ratio. rows : with its `value` and `note`, in the same order."""
    none = rows[value].isna()
    if not none.any():
        return shown
    reasons = rows["note"].fillna("").map(lambda note: why_not(note) or "not estimable").where(none, "")
    return shown.assign(note=reasons.to_numpy())


def _few_in_brackets(shown: pd.DataFrame, searches, first: int = 1) -> pd.DataFrame:
    """Texts with those of few searches in brackets, and a note that says so.

    searches : of each row. first : the place of the first column that may have brackets. A row that has a note already
    has no value.
    """
    noted = shown["note"] if "note" in shown else pd.Series("", index=shown.index)
    thin = ((pd.Series(searches).astype(float) < FEWEST).fillna(False) & noted.eq("").to_numpy()).to_numpy(dtype=bool)
    columns = [name for name in shown.columns[first:] if name != "note"]
    if not columns or not thin.any():
        return shown
    shown = shown.assign(note=noted.mask(thin, f"in brackets: {FEW_IN_WORDS}"))
    for name in columns:
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


def _range(low, high) -> str:
    return prose.interval(low, high, RATIO)


def by_age_and_sex(table: pd.DataFrame) -> pd.DataFrame:
    """Rates and ratios of the groups of one sex and age with the most searches, in texts.

    table : as `Comparison.by_age_and_sex` returns it. The reference group is in the ratios: its own are 1 and say
    nothing, and with the most searches they would leave no room for others.
    """
    groups = ["gender", "age_range", "ethnicity_5"]
    named = table.astype(dict.fromkeys(groups, "str"))
    rate, ratio = (named[named["measure"].eq(name)].set_index(groups) for name in ("search_rate", RATIO))
    rate = rate[~rate.index.isin(ratio.index[of_reference(ratio.reset_index())])]
    largest = rate[rate["numerator"].notna()].astype({"numerator": float}).nlargest(_MOST, "numerator").index
    own, ratios = rate.loc[largest], ratio.reindex(largest)
    shown = own.index.to_frame(index=False).set_axis(["Sex", "Age", "Ethnic group"], axis=1)
    shown["Searches"] = list(map(prose.count, own["numerator"]))
    heads = {"Per 1,000 residents a year": own, "Ratio to the reference group": ratios}
    for head, rows in heads.items():
        shown[head] = [limits.with_limits(row) for row in rows.to_dict("records")]
    shown = _few_in_brackets(shown, own["numerator"], len(groups) + 1)
    return shown.assign(interval=[limits.name_of(row) for row in own.to_dict("records")])


def extremes(universe: pd.DataFrame) -> pd.DataFrame:
    """The extremes of all combinations of choices in texts.

    universe : as `multiverse_of_study` returns it.
    """
    table = multiverse.extremes(universe)
    shown = pd.DataFrame({"Ethnic group": table["ethnicity_5"]})
    shown["Combinations"] = [prose.count(n) for n in table["combinations"]]
    for name in ("headline", "lowest", "median", "highest"):
        shown[name.capitalize()] = [prose.or_dash(value, RATIO) for value in table[name]]
    shown["Above 1"] = [prose.or_dash(share, "share_of_searches") for share in table["share_above_1"]]
    headline = universe.drop_duplicates("ethnicity_5")  # the first combination is the headline's
    return _few_in_brackets(_with_reasons(shown, headline, "estimate"), headline["numerator"], 2)
