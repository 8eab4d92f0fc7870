"""The picture of what a method of a study returns: chosen by the columns it is by."""

from matplotlib.figure import Figure

from sas_analysis.measures.registry import title_of
from sas_analysis.measures.trends.periods import period_of
from sas_analysis.months import PERIODS
from sas_analysis.present.charts import base as charts
from sas_analysis.study.estimates import Estimates

_UNITY = {"disproportionality_ratio"}


def draw(estimates: Estimates) -> Figure:
    """Estimates with their limits: a row a group, or a line a group where they are by period.

    Estimates by several columns have the labels of all of them in each row.
    """
    table, groups = estimates.frame, estimates.groups
    period = next((name for name in PERIODS if name in groups), None)
    parts = [name for name in groups if name != period]
    same = [name for name in parts if table[name].nunique() == 1 < len(parts)]
    title = "; ".join([estimates.title, *(str(table[name].iloc[0]) for name in same)])
    rest = [name for name in parts if name not in same]
    label = " | ".join(rest) or "searches"
    named = _labels(table, rest)
    if table["measure"].nunique() > 1:
        named = [f"{name}: {title_of(measure)}" for name, measure in zip(named, table["measure"], strict=True)]
    table = table.assign(**{label: named})
    words = {"title": title, "synthetic": estimates.study.synthetic, "unity": estimates.measure in _UNITY}
    if period is None:
        return charts.intervals(table, by=label, **words)
    months = _periods(estimates, period)
    return charts.series(table.assign(month=table[period].astype("str")), by=label, months=months, **words)


def _periods(estimates: Estimates, period: str) -> list[str]:
    """The periods of an axis: all of the study, for one without a row is a gap; only that which was chosen, of one."""
    drawn = estimates.frame[period].astype("str").unique().tolist()
    every = period_of(estimates.study.months, period).unique().tolist()
    return every if len(drawn) > 1 and set(drawn) <= set(every) else drawn


def _labels(table, columns: list[str]):
    if not columns:
        return ["All searches"] * len(table)
    return [", ".join(map(str, row)) for row in table[columns].itertuples(index=False)]
