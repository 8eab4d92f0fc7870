"""The headline table: every group's ratio with its sampling error, beside what each assumption could make of it.

One row a group. Sampling limits and assumption ranges never share a column: limits say what chance could do, ranges
what the ratio would be under other assumptions about what nobody knows.
"""

import numpy as np
import pandas as pd

from sas_analysis.measures.table import LIMITS
from sas_analysis.measures.unknown.bounds import OFFICER_LOWER, OFFICER_UPPER

COLUMNS = (
    *("ethnicity_5", "searches", "search_rate", "ratio", "lower", "upper", "interval", "period_lower", "period_upper"),
    *("official_base", "official"),
    *("within", "within_lower", "within_upper", "within_period_lower", "within_period_upper"),
    *(
        "unknown_lowest",
        "unknown_highest",
        "officer_lowest",
        "officer_highest",
        "imputed",
        "imputed_lower",
        "imputed_upper",
        "imputed_period_lower",
        "imputed_period_upper",
    ),
    *("base_lowest", "base_highest", "multiplier_lower", "note"),
)


def headline_table(rates, ratios, *, pooled, allocation, imputed, ladder, officer=None, official=""):
    """The table COLUMNS, a row per group of `ratios`, the reference group among them.

    rates, ratios : measures tables of `search_rate` and `disproportionality_ratio`. pooled : of `pooling.decompose`
    (its `ratio_within_mh`), or None where there is one force. allocation : `unknown.allocation_range`. imputed :
    measures table of `imputed_ratio`. officer : `unknown.officer_bounds`, or None where the officer's word is taken
    already. ladder : `bases.ratios_by_base`. official : the base of the ladder that the
    official series divides by, where it is not the headline's. multiplier_lower : what the residents of a group
    would have to be understated by, against the reference group's, for parity to be inside the sampling limits.
    """
    of = ratios["ethnicity_5"].astype("str").to_numpy()
    rate, own, range_, drawn = (_by_group(table, of) for table in (rates, ratios, allocation, imputed))
    table = pd.DataFrame({"ethnicity_5": of, "searches": own["numerator"].to_numpy()})
    table["search_rate"], table["ratio"] = rate["estimate"].to_numpy(), own["estimate"].to_numpy()
    for name in (*LIMITS, "interval", "note"):
        table[name] = own[name].to_numpy()
    within = None if pooled is None else _by_group(pooled[pooled["measure"].eq("ratio_within_mh")], of)
    for name, column in _named("within"):
        table[name] = np.nan if within is None else within[column].to_numpy()
    table["unknown_lowest"], table["unknown_highest"] = range_["lowest"].to_numpy(), range_["highest"].to_numpy()
    for name, measure in (("officer_lowest", OFFICER_LOWER), ("officer_highest", OFFICER_UPPER)):
        bound = None if officer is None else _by_group(officer[officer["measure"].eq(measure)], of)
        table[name] = np.nan if bound is None else bound["estimate"].to_numpy()
    for name, column in _named("imputed"):
        table[name] = drawn[column].to_numpy()
    bases = ladder.groupby(ladder["ethnicity_5"].astype("str"))["estimate"]
    table["base_lowest"], table["base_highest"] = bases.min().reindex(of).to_numpy(), bases.max().reindex(of).to_numpy()
    beside = _by_group(ladder[ladder["base"].eq(official)], of)
    table["official_base"], table["official"] = official, beside["estimate"].to_numpy()
    table["multiplier_lower"] = np.where(table["ratio"] > 1, table["lower"], np.nan)
    reference = table["note"].fillna("").str.contains("reference group", regex=False)
    assumed = [
        name
        for name in COLUMNS
        if name.startswith(("official", "within", "unknown", "officer", "imputed", "base", "multiplier"))
    ]
    assumed.remove("official_base")
    table.loc[reference | table["ratio"].isna(), assumed] = np.nan
    return table[list(COLUMNS)]


def _named(name):
    """The columns of another ratio of the groups, each with that of its measures table."""
    return [(name, "estimate"), *((f"{name}_{end}", end) for end in LIMITS)]


def _by_group(table, groups):
    """The rows of a table in the order of some groups, a missing row where it has none."""
    return table.assign(ethnicity_5=table["ethnicity_5"].astype("str")).set_index("ethnicity_5").reindex(groups)
