"""Rows of estimates with their intervals: by group, by account of ethnicity, by residents, by choice, by force."""

import math

import pandas as pd

from sas_analysis.measures.ethnicity.accounts import OF_ONE
from sas_analysis.measures.registry import is_points, is_ratio, is_share
from sas_analysis.measures.table import group_columns, of_reference
from sas_analysis.present import alike, limits, no_headline, prose
from sas_analysis.present.apart import kinds_told
from sas_analysis.present.few import FEW_OF_EITHER, few, is_few
from sas_analysis.present.labels import heading, label
from sas_analysis.present.outcome_view import MIRRORED
from sas_analysis.present.rowcharts import marks
from sas_analysis.reference.areas import COARSELY

ROWS = 12  # of a chart; of more, those with the most searches, except of forces
_HOLLOW = "Hollow: few searches, too much unknown, or contradicted by official statistics."
_LIMITS = ("lower", "upper", "period_lower", "period_upper")


def intervals(
    table: pd.DataFrame, *, by: str, unity: bool = False, title: str = "", level: float | None = None, **_
) -> dict:
    """A row a group: a point, a thick line for the limits of these months, a thin one for those over the years."""
    table = table[~of_reference(table)]
    table = _largest(table, by)
    if table["estimate"].isna().all():
        return {}
    measure = table["measure"].iloc[0]
    scale = scale_of(table, measure, unity)
    found = table.to_dict("records")
    made = [_estimate(label(row[by], by), row, scale) for row in found]
    return {"html": marks.chart(made, scale, title), "key": _key(table, level), "sub": _said(scale, made)}


def _largest(table: pd.DataFrame, by: str) -> pd.DataFrame:
    if len(table) <= ROWS or by == "force":
        return table
    searched = "denominator" if table["denominator"].nunique() > 1 else "numerator"
    return table.loc[table.index.isin(table[searched].astype(float).nlargest(ROWS).index)]


def scale_of(table: pd.DataFrame, measure: str, unity: bool = False) -> marks.Scale:
    """The scale for the estimates of a table and their limits."""
    shown = table[table["estimate"].notna()]
    values = pd.concat([shown["estimate"], *(shown[name] for name in _LIMITS)]).dropna().tolist()
    if unity or is_ratio(measure):
        return marks.doubling(values)
    if is_points(measure):
        return marks.around_zero(values, lambda tick: f"{100 * tick:+.3g}".replace("-", "−") if tick else "0")
    return marks.from_zero(values, marks.per_cent if is_share(measure) else lambda tick: f"{tick:,.3g}")


def _estimate(name: str, row: dict, scale: marks.Scale, kind: str = "pt") -> str:
    if pd.isna(row["estimate"]):
        return marks.row(name, "", "–", "", scale)
    weak = bool(no_headline.reasons(row)) or COARSELY in str(row["note"])
    text, small = prose.number(row["estimate"], row["measure"]), ""
    drawn = ""
    lower, upper = limits.shown(row)
    if pd.notna(lower):
        if row["lower"] != lower:
            drawn += marks.line(scale, row["lower"], row["upper"], "ci0")
        drawn += marks.line(scale, lower, upper, "hoci" if weak else "ci")
        small = prose.interval(lower, upper, row["measure"])
    text, small = no_headline.written(row, text, small)
    return marks.row(
        name, drawn + marks.dot(scale, row["estimate"], "ho" if weak else kind), _minus(text), _minus(small), scale
    )


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _key(table: pd.DataFrame, level: float | None) -> list:
    """What the marks of a row are: the limits beside its value by their name, and those of the years where they are
    drawn too."""
    shown = table[table["estimate"].notna()]
    said = _interval(shown, level)
    if not said:
        return []
    both = shown["period_lower"].notna() & shown["lower"].notna() & shown["period_lower"].ne(shown["lower"])
    return [
        [marks.key("ci"), f"Value and {said}"],
        *[[marks.key("ci0"), "Level over the years"]] * bool(both.any()),
    ]


def _interval(table: pd.DataFrame, level: float | None) -> str:
    """The limits that rows show, in words. level : of those whose name has none."""
    return limits.interval(limits.names_of(table), f"{level:.0%}" if level else "")


def _said(scale: marks.Scale, rows) -> str:
    said = "1 = as often as the reference group; each step doubles." if scale.doubling else ""
    return " ".join(filter(None, [said, _HOLLOW * any('class="ho"' in row for row in rows)]))


def headline(table: pd.DataFrame, *, reference: str, title: str = "", level: float | None = None, **_) -> dict:
    """The ratio of each group over the band that unknown ethnicity leaves open: `headline_table`."""
    rows = table[table["ethnicity_5"].ne(reference) & table["ratio"].notna()]
    if rows.empty:
        return {}
    bands = [name for name in ("unknown_lowest", "unknown_highest") if rows[name].notna().any()]
    scale = marks.doubling(rows[["ratio", "period_lower", "period_upper", "lower", "upper", *bands]].stack().tolist())
    made = []
    for row in rows.to_dict("records"):
        own = row | {
            "estimate": row["ratio"],
            "measure": "disproportionality_ratio",
            "numerator": row["searches"],
            "denominator": None,
        }
        drawn = _estimate(label(row["ethnicity_5"]), own, scale)
        if pd.notna(row["unknown_lowest"]):
            drawn = _under(drawn, marks.band(scale, row["unknown_lowest"], row["unknown_highest"]))
        made.append(drawn)
    own = rows.assign(estimate=rows["ratio"])
    key = _key(own, level) + [
        [marks.key("bd"), f"Range if the unknown searches were all {reference}, or all of this group"]
    ] * bool(bands)
    return {"html": marks.chart(made, scale, title), "key": key, "sub": _as_often(reference)}


def _under(drawn: str, below: str) -> str:
    """Marks laid below those of a row, above its grid."""
    for first in ('<line class="ci0"', '<line class="ci"', '<line class="hoci"', "<circle"):
        if first in drawn:
            return drawn.replace(first, below + first, 1)
    return drawn


def _as_often(reference: str) -> str:
    return f"1 = searched as often as {reference} residents; each step doubles."


def accounts(table: pd.DataFrame, *, by: str, reference: str, title: str = "", level: float | None = None, **_) -> dict:
    """Under each group a row each description of ethnicity: of all searches that have it, and where both are known."""
    rows = table[table[by].astype("str").ne(reference) & table["account"].isin(OF_ONE)]
    if rows["estimate"].isna().all():
        return {}
    scale, made = scale_of(rows, "disproportionality_ratio", True), []
    for group, own in rows.groupby(rows[by].astype("str"), sort=False):
        made.append(marks.head(label(group)))
        for row in own.to_dict("records"):
            made.append(_estimate(label(row["account"]), row, scale))
    return {"html": marks.chart(made, scale, title, "far slim"), "key": _key(rows, level), "sub": _as_often(reference)}


def ladder(table: pd.DataFrame, *, title: str = "", base: str = "", reference: str = "White", **_) -> dict:
    """A row a group: its ratio on the first base filled, on every other base of residents as a ring."""
    rows = table[table["estimate"].gt(0) & ~table["note"].fillna("").str.contains("reference group", regex=False)]
    if rows.empty:
        return {}
    first = base if rows["base"].eq(base).any() else rows["base"].iloc[0]
    scale, made = marks.doubling(rows["estimate"]), []
    for group, own in rows.groupby(rows["ethnicity_5"].astype("str"), sort=False):
        rings = "".join(marks.dot(scale, row.estimate, "alt") for row in own.itertuples() if row.base != first)
        main = "".join(marks.dot(scale, row.estimate) for row in own.itertuples() if row.base == first)
        ends = prose.interval(own["estimate"].min(), own["estimate"].max(), "disproportionality_ratio")
        made.append(marks.row(label(group), rings + main, ends, "", scale))
    key = [
        [marks.key("pt"), f"The headline’s: {label(first)}, all ages"],
        [marks.key("alt"), "Another count of residents"],
    ]
    return {"html": marks.chart(made, scale, title), "key": key, "sub": _as_often(reference)}


def extremes(table: pd.DataFrame, *, title: str = "", reference: str = "White", **_) -> dict:
    """A row a group: the lowest to the highest ratio over all combinations of choices, their middle, the headline."""
    rows = table[table["highest"].gt(0)]
    if rows.empty:
        return {}
    scale = marks.doubling(rows[["lowest", "median", "highest", "headline"]].stack().tolist())
    made = []
    for row in rows.to_dict("records"):
        drawn = marks.band(scale, row["lowest"], row["highest"])
        drawn += marks.dot(scale, row["median"], "alt") if row["median"] > 0 else ""
        if pd.notna(row["headline"]):
            drawn += marks.dot(scale, row["headline"])
        ends = prose.interval(row["lowest"], row["highest"], "disproportionality_ratio")
        made.append(marks.row(label(row["ethnicity_5"]), drawn, ends, "", scale))
    key = [
        [marks.key("pt"), "The choices of this report"], [marks.key("alt"), "Middle of all combinations"],
        [marks.key("bd"), "Lowest to highest"],
    ]  # fmt: skip
    return {"html": marks.chart(made, scale, title), "key": key, "sub": _as_often(reference)}


def forest_of_group(
    table: pd.DataFrame,
    *,
    group: str,
    shrunken: pd.DataFrame,
    title: str = "",
    reference: str = "White",
    level: float | None = None,
    **_,
) -> dict:
    """A row a force: its ratio drawn towards the mean of forces, with limits, and as counted, hollow."""
    own = shrunken[shrunken["ethnicity_5"].astype("str").eq(group) & shrunken["estimate"].notna()]
    if own.empty:
        return {}
    counted = table[table["ethnicity_5"].astype("str").eq(group)].assign(force=table["force"].astype("str"))
    counted = counted.set_index("force")["estimate"]
    order = own.sort_values("estimate", ascending=False, kind="stable").to_dict("records")
    scale = marks.doubling(
        [value for row in order for value in (*limits.shown(row), row["estimate"]) if pd.notna(value)]
    )
    made = []
    for row in order:
        raw = counted.get(str(row["force"]), math.nan)
        drawn = marks.line(scale, *limits.shown(row))
        drawn += marks.dot(scale, raw, "ho") if raw > 0 else ""
        small = prose.interval(*limits.shown(row), row["measure"])
        text = prose.number(row["estimate"], row["measure"])
        made.append(marks.row(label(row["force"]), drawn + marks.dot(scale, row["estimate"]), text, small, scale))
    key = [
        [marks.key("ci"), f"Ratio drawn towards the mean of forces, with its {_interval(own, level) or 'interval'}"],
        [marks.key("ho"), "Ratio as counted"],
    ]
    return {"html": marks.chart(made, scale, title, "far slim"), "key": key, "sub": _as_often(reference)}


def heads(column: str) -> str:
    """The heading of a column, for a chart's title."""
    return heading(column)


def grouped(table: pd.DataFrame, *, by: str, within: str, title: str = "", level: float | None = None, **_) -> dict:
    """Under each label of `within` a row a group of `by`."""
    rows = table[table["estimate"].notna() & ~table["note"].fillna("").str.contains("reference group", regex=False)]
    if rows.empty:
        return {}
    measure = rows["measure"].iloc[0]
    scale, made = scale_of(rows, measure), []
    for name, own in rows.groupby(rows[within].astype("str"), sort=False):
        made.append(marks.head(label(name, within)))
        made += [_estimate(label(row[by], by), row, scale) for row in own.to_dict("records")]
    return {"html": marks.chart(made, scale, title, "slim"), "key": _key(rows, level), "sub": _said(scale, made)}


_KINDS = {"crude": "ho", "within": "alt", "adjusted": "pt"}


def differences(
    table: pd.DataFrame,
    *,
    title: str = "",
    most: int = 4,
    level: float | None = None,
    several: bool = False,
    **_,
) -> dict:
    """Under each outcome, or kind of object, a row a group: the difference as it is, within strata, and adjusted.

    most : how many kinds are shown in any case; every other one is where it differs clearly.
    """
    groups = group_columns(table)
    rows = table.astype(dict.fromkeys(groups, "str"))
    if "outcome" in groups:
        rows = rows[rows["outcome"].ne(MIRRORED)]
    first = groups[0] if len(groups) > 1 else ""
    rows = rows[rows["estimate"].notna()]
    rows = rows[rows[first].isin(kinds_told(rows, most))] if first else rows
    if rows.empty:
        return {}
    rows = rows.assign(_kind=rows["measure"].str.rpartition("_")[2])
    own = rows[rows["_kind"].eq("adjusted")]
    ends = [end for row in own.to_dict("records") for end in limits.shown(row) if pd.notna(end)]
    values = [*rows["estimate"], *ends]
    scale = marks.around_zero(values, lambda tick: f"{100 * tick:+.3g}".replace("-", "−") if abs(tick) > 1e-9 else "0")
    made = []
    for name, part in rows.groupby(rows[first] if first else [""] * len(rows), sort=False):
        made += [marks.head(label(name, first))] if first else []
        made += [_three(label(group), same, scale) for group, same in part.groupby(groups[-1], sort=False)]
    key = [
        [marks.key("ci"), f"Adjusted, with its {_interval(own, level) or 'interval'}"],
        [marks.key("alt"), alike.head(alike.compared(groups), several=several)],
        [marks.key("ho"), "As they are"],
    ]
    return {
        "html": marks.chart(made, scale, title, "far slim"),
        "key": key,
        "sub": "Points, from the share of White searches." + f" In brackets: {FEW_OF_EITHER}." * bool(few(own).any()),
    }


def _three(name: str, rows: pd.DataFrame, scale: marks.Scale) -> str:
    of = {row["_kind"]: row for row in rows.to_dict("records")}
    drawn = "".join(
        marks.dot(scale, of[kind]["estimate"], sign) for kind, sign in list(_KINDS.items())[:2] if kind in of
    )
    row = of.get("adjusted")
    if row is None:
        return marks.row(name, drawn, "–", "", scale)
    lower, upper = limits.shown(row)
    line = marks.line(scale, lower, upper) if pd.notna(lower) else ""
    small = _minus(prose.interval(lower, upper, row["measure"])) if pd.notna(lower) else ""
    text = _minus(prose.number(row["estimate"], row["measure"])).removesuffix(" points")
    if is_few(row):
        text, small = f"({text})", f"({small})" if small else ""
    return marks.row(name, drawn + line + marks.dot(scale, row["estimate"]), text, small, scale)
