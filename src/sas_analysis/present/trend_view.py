"""The steps of a trend as a page prints them."""

import pandas as pd

from sas_analysis.measures.registry import title_of
from sas_analysis.measures.trends.steps import OF_ODDS, TOO_FEW_BESIDE
from sas_analysis.present import prose
from sas_analysis.present.labels import label
from sas_analysis.present.reasons import why_not_searched

_HEADS = ("Before, on average", "After, on average", "Factor at the step")


def steps(points: pd.DataFrame) -> pd.DataFrame:
    """What was searched for steps and what was found: `series | month | <before, after, factor> | p | interval`.

    points : as `Study.change_points`. Before and after are of the months together, as counted; the factor is fitted at
    the step; p allows for all that was looked at. Shares are written as shares; where the factors are of their odds,
    their column says so: from 66% to 92% is a factor of 6 in odds. Steps and those that cannot be told come first.
    """
    odds = points["note"].fillna("").str.contains(OF_ODDS, regex=False).any()
    rows = []
    beside = points["note"].fillna("").str.contains(TOO_FEW_BESIDE, regex=False)
    order = points["estimate"].isna().astype(int).where(~beside, 0).sort_values(kind="stable").index
    for row in points.loc[order].to_dict("records"):  # a page prints the first rows of many
        found = pd.notna(row["estimate"])
        limits = f" ({prose.interval(row['lower'], row['upper'], 'step')})" if found else ""
        rows.append(
            {
                "series": _name(row),
                "month": row["month"] if found else why_not_searched(str(row["note"])).split(":")[0],
                "Before, on average": _level(row, "mean_before") if found else "",
                "After, on average": _level(row, "mean_after") if found else "",
                "Factor at the step": prose.number(row["estimate"], "step") + limits if found else "",
                "interval": row["interval"] if found else "",
                "p, adjusted": "" if pd.isna(row["p_adjusted"]) else f"{row['p_adjusted']:.3f}",
            }
        )
    table = pd.DataFrame(rows, columns=["series", "month", *_HEADS, "p, adjusted", "interval"])
    return table.rename(columns={_HEADS[-1]: f"{_HEADS[-1]}, of odds"}) if odds else table


def _name(row) -> str:
    force = row.get("force")
    parts = [label(force) if force else "Forces together"] if isinstance(force, str) else []
    group = str(row.get("group") or "")
    return ", ".join([*parts, label(group) if group else title_of(row["of"]) or row["nature"]])


def _level(row, name) -> str:
    value = row[name]
    if row["nature"] in ("share", "recording"):
        return prose.number(value, "share_of_searches")
    return prose.number(value, row["of"])
