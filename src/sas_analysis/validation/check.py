"""Every published figure carried, made anew, in one table: what `sas-analysis check-published` prints."""

import numpy as np
import pandas as pd

from sas_analysis.measures.intervals.limits import exact_rate_ratio, wilson
from sas_analysis.measures.pooling.decomposition import decompose, leave_one_out
from sas_analysis.reference import _table
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.validation.carried_tables import check_tables
from sas_analysis.validation.ethnicity_facts import check_eff
from sas_analysis.validation.figure_checks import AGREES, DIFFERS, NOT_COMPARED, compared
from sas_analysis.validation.odds import check_children, check_odds
from sas_analysis.validation.published import ALL_FORCES, published, recompute_rates


def check_published() -> pd.DataFrame:
    """Every figure of `reference/tables` beside the one made anew from the parts it was made of.

    `source | figure | published | recomputed | difference | verdict | note`. `published` and `recomputed` are
    texts, rounded as the source rounds; `difference` is the unrounded one less the published (missing where
    not compared); `verdict` is "agrees", "differs" or "cannot be compared", and then `note` says why.
    """
    parts = [check_eff(), check_tables(), check_limits(), check_pooling(), check_odds(), check_children()]
    return pd.concat(parts, ignore_index=True)


def check_limits() -> pd.DataFrame:
    """The ratios and 95% limits printed in the vignettes of searchlight 0.1.0."""
    table = _table("published_limits")
    values = [_limit(row) for row in table.itertuples()]
    figure = [f"{row.figure}: {row.method} {row.statistic}" for row in table.itertuples()]
    return compared("searchlight 0.1.0, vignettes", figure, table["published"], values)


def check_pooling() -> pd.DataFrame:
    """Ratios within forces, and without the largest force, computed elsewhere from EFF's counts of 2022/23."""
    strata = published_strata()
    whole = decompose(strata, interval="poisson").query("measure == 'ratio_within_mh'").set_index("ethnicity_5")
    largest = strata.groupby("force")["searches"].sum().idxmax()
    rest = leave_one_out(strata)
    rest = rest[rest["measure"].eq("ratio_crude") & rest["without"].eq(largest)].set_index("ethnicity_5")
    table = _table("published_pooling")
    values = [(rest if row.left_out else whole).at[row.ethnicity_5, row.statistic] for row in table.itertuples()]
    return compared("EFF: ratios within forces", table["figure"], table["published"], values, note=table["source"])


def published_strata() -> pd.DataFrame:
    """EFF's searches by force of 2022/23 and our residents: `force | ethnicity_5 | searches | resident_years`."""
    table = recompute_rates(published("force_2022_23")).dropna(subset=["searches", "census_residents"])
    names = {"area": "force", "ethnicity": "ethnicity_5", "census_residents": "resident_years"}
    table = table[~table["area"].str.startswith(ALL_FORCES)].rename(columns=names)[[*names.values(), "searches"]]
    return table[table["ethnicity_5"].isin(GROUPS_5)].reset_index(drop=True)


def _limit(row) -> float:
    if row.method == "Wilson":
        lower, upper = wilson(successes=int(row.searches), trials=int(row.trials))
        return float({"lower": lower, "upper": upper}[row.statistic])
    n, reference, exposure = int(row.searches), int(row.reference_searches), _reference_exposure(row)
    lower, upper = exact_rate_ratio(searches=n, exposure=1, reference_searches=reference, reference_exposure=exposure)
    return float({"lower": lower, "upper": upper, "ratio": np.asarray(n / reference * exposure)}[row.statistic])


def _reference_exposure(row) -> float:
    """Exposure of the reference group for each unit of the other's.

    The vignette prints no exposure. Its bound with all unknown searches in the comparison group is
    ((searches + unknown) / exposure) / (reference searches / reference exposure), which gives their ratio.
    """
    return float(row.all_to_comparison) * int(row.reference_searches) / (int(row.searches) + int(row.unknown))


def summary(checked: pd.DataFrame) -> pd.DataFrame:
    """`source`, and how many of its figures agree, differ or cannot be compared."""
    counts = pd.crosstab(checked["source"], checked["verdict"]).reindex(columns=[AGREES, DIFFERS, NOT_COMPARED])
    counts = counts.fillna(0).astype(int).reindex(checked["source"].unique())
    return counts.rename_axis(columns=None).reset_index()


def report_lines(checked: pd.DataFrame, *, everything: bool = False) -> list[str]:
    """What the command prints: every figure or those that differ, a count for each source, and the total."""
    rows = checked if everything else checked[checked["verdict"].eq(DIFFERS)]
    lines = [_line(row) for row in rows.itertuples()]
    for row in summary(checked).itertuples(index=False):
        agree, differ, not_compared = row[1:]
        lines.append(f"{agree:>6,} agree {differ:>6,} differ {not_compared:>4,} cannot be compared  {row.source}")
    agree, differ, not_compared = summary(checked).drop(columns="source").sum()
    return [*lines, f"{agree:>6,} agree {differ:>6,} differ {not_compared:>4,} cannot be compared  in all"]


def _line(row) -> str:
    figures = f"published {row.published or 'nothing'}, recomputed {row.recomputed or 'nothing'}"
    difference = "" if pd.isna(row.difference) else f", difference {row.difference:+.6g}"
    note = f"\n    {row.note}" if row.note else ""
    return f"{row.verdict}: {row.source}: {row.figure}: {figures}{difference}{note}"
