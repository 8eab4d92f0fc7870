"""Which places may stand beside others, and in which order: one rule for the answer, cards and sentences of a page.

By itself every place has its numbers, each with its note. Beside others stands one whose figure rests on searches
enough, of which enough is known, whose records official statistics do not contradict, and whose searches are not
largely those of one month. The order is that of figures drawn towards their mean, as far as chance leaves each open:
by the figures themselves a place of few searches would come first, or last, more often than its level does.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from sas_analysis.errors import and_join, first_of
from sas_analysis.measures.pooling.random_effects import pool
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.present import limits, prose
from sas_analysis.present.few import FEWEST, rests_on
from sas_analysis.present.no_headline import too_unknown
from sas_analysis.present.sides import from_to, in_doubt
from sas_analysis.reference.areas import ONE_MONTH, WITHOUT_IT, not_compared

OVERLAP = "Where intervals overlap, the order may be chance."
_NAMED = 4  # places at most that are named for one reason
_TO_DRAW = 3  # places, below which figures have no mean to be drawn to: as for the page's drawn ratios


def comparable(rows: pd.DataFrame, fewest: int = FEWEST) -> pd.DataFrame:
    """The places that may stand beside others, the highest figure first. None, where their boundaries do not allow it.

    rows : of one measure by area, such as `Areas.ratios` of one group. fewest : searches that a figure rests on.
    """
    if not_compared(rows["note"]):
        return rows.head(0)
    known = rows[rows["estimate"].notna() & _enough(rows, fewest) & ~too_unknown(rows["note"])]
    known = uncontradicted(known)
    return known[~of_one_month(known)].sort_values("estimate", ascending=False, kind="stable")


def in_order(rows: pd.DataFrame, drawn: pd.DataFrame | None = None, fewest: int = FEWEST) -> pd.DataFrame:
    """The places of `comparable` in the order of their figures drawn towards the mean, the highest first.

    drawn : the same figures as the page draws them towards their mean, `Areas.shrunken` of the group. Without them, or
    where a place has none, all are drawn here by their intervals.
    """
    known = comparable(rows, fewest)
    return known.loc[_drawn(known, drawn).sort_values(ascending=False, kind="stable").index]


def of_group(table: pd.DataFrame | None, group: str) -> pd.DataFrame | None:
    """The rows of one group; None of no table."""
    return None if table is None else table[table["ethnicity_5"].astype("str").eq(group)]


def _drawn(known: pd.DataFrame, drawn: pd.DataFrame | None) -> pd.Series:
    if drawn is not None:
        found = known["area"].map(drawn.set_index("area")["estimate"].astype(float))
        if found.notna().all():
            return found
    return _towards_mean(known)


def _towards_mean(known: pd.DataFrame) -> pd.Series:
    """Figures drawn towards their mean as far as their intervals leave them open, as square roots.

    Of a root, chance is as large in few searches as in many, and zero has one. Without intervals, or with fewer than
    three places, the figures as they are.
    """
    root = np.sqrt(known["estimate"].astype(float))
    error = pd.Series([_error(row) for row in known.to_dict("records")], index=known.index, dtype=float)
    sure = np.isfinite(error) & error.gt(0)
    if sure.sum() < _TO_DRAW or error.isna().any():
        return root
    found = pool(root[sure], error[sure] ** 2, method="DL")
    return found.mean + (root - found.mean) * found.tau2 / (found.tau2 + error**2)


def _error(row: dict) -> float:
    """The standard error of the root of a figure, from its interval; NaN where it has none."""
    lower, upper = (float(value) for value in limits.shown(row))
    level = limits.name_of(row).partition("%")[0]
    if not level:
        return float("nan")
    return float((np.sqrt(upper) - np.sqrt(lower)) / (2 * norm.ppf(0.5 + float(level) / 200)))


def ends(order: pd.DataFrame) -> list[pd.Series]:
    """The highest and the lowest place of `in_order`."""
    return [order.iloc[0], order.iloc[-1]]


def passed_over(order: pd.DataFrame, many: str) -> str:
    """Which places have a figure above the highest or below the lowest of an order, and why they are not called so.

    many : what places are called. "" where figures as they are have the same ends.
    """
    (first, last), figures = ends(order), order["estimate"].astype(float)
    said = [
        f"{row['area']} ({figure(row)}) is not called the {which}"
        for row, end, which in ((order.loc[figures.idxmax()], first, "highest"),
                                (order.loc[figures.idxmin()], last, "lowest"))
        if row["estimate"] != end["estimate"]
    ]  # fmt: skip
    if not said:
        return ""
    return (
        f"The order of {many} is that of figures drawn towards their mean, since a wide interval makes an extreme "
        f"figure likelier: {and_join(said)}."
    )


def figure(row: pd.Series, unit: str = "") -> str:
    """A figure with its interval and the searches it rests on: "6.4 times, from 5.1 to 8.1, 235 searches"."""
    number = in_doubt(prose.headline(row["estimate"], row["measure"])[0], row["note"])
    return ", ".join(filter(None, [f"{number} {unit}".strip(), from_to(row), prose.searches(rests_on(row))]))


def not_among(rows: pd.DataFrame, what: str, fewest: int = FEWEST) -> str:
    """Which places are in no order, and why: "Not in this order: Camden (70.2), of which too much is unknown.".

    rows, fewest : as `comparable`. what : a figure is called, "rate". Places without a figure are not told of.
    """
    rows = rows[rows["estimate"].notna()].sort_values("estimate", ascending=False, kind="stable")
    few, unknown = ~_enough(rows, fewest), too_unknown(rows["note"])
    contradicted = ~rows.index.isin(uncontradicted(rows).index)
    why = {
        "of which too much is unknown": unknown & ~few & ~contradicted,
        f"on fewer than {fewest} searches": few & ~contradicted,
    }
    said = [f"{contradicted.sum()} whose records official statistics contradict"] * bool(contradicted.any())
    said += [
        f"{first_of([_in_short(row) for _, row in rows[which].iterrows()], _NAMED)}, {words}"
        for words, which in why.items()
        if which.any()
    ]
    alone = rows[of_one_month(rows) & ~unknown & ~few & ~contradicted].head(_NAMED)
    said += [f"{_in_short(row)}, since {own_month(row['note'], what)}" for _, row in alone.iterrows()]
    return f"Not in this order: {'; '.join(said)}." if said else ""


def _in_short(row: pd.Series) -> str:
    return f"{row['area']} ({prose.headline(row['estimate'], row['measure'])[0]})"


def not_of_one_month(rows: pd.DataFrame) -> str:
    """Which places a comparison leaves out since their searches are largely those of one month; "" where it has all.

    rows : as `comparable`.
    """
    said = [
        f"{row['area']} ({own_month(row['note'], '').partition(', without which')[0]})"
        for _, row in rows[of_one_month(rows)].iterrows()
    ]
    return f"Not among these: {first_of(said, _NAMED)}." if said else ""


def _enough(rows: pd.DataFrame, fewest: int) -> pd.Series:
    """Which figures rest on so many searches; one that rests on none that is counted does."""
    return pd.Series([not rests_on(row) < fewest for row in rows.to_dict("records")], index=rows.index, dtype=bool)


def of_one_month(rows: pd.DataFrame) -> pd.Series:
    """Which places have a large part of their searches in one month."""
    return rows["note"].fillna("").str.contains(ONE_MONTH, regex=False)


def own_month(note: str, what: str) -> str:
    """The part that names one month: "38% of its searches were in August 2018, without which the ratio is 4.7".

    note : of a figure by area. what : the figure is called, "ratio".
    """
    said = next(part for part in note.split("; ") if ONE_MONTH in part)
    return said.replace(WITHOUT_IT, f", without which the {what} is ")


def uncontradicted(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose records official statistics do not contradict; all, where none of these has an estimate."""
    sure = rows[~rows["note"].str.contains(CONTRADICTED, regex=False)]
    return sure if sure["estimate"].notna().any() else rows
