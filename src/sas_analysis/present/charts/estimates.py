"""The picture of what a method of a study returns: chosen by the columns it is by."""

from matplotlib.figure import Figure

from sas_analysis.present.charts import base as charts
from sas_analysis.study.estimates import Estimates

PERIODS = ("month", "quarter", "year")
_UNITY = {"disproportionality_ratio"}


def draw(estimates: Estimates) -> Figure:
    """Estimates with their limits: a row a group, or a line a group where they are by period.

    Estimates by several columns have the labels of all of them in each row.
    """
    table, groups = estimates.frame.dropna(axis=1, how="all"), estimates.groups
    words = {"title": estimates.title, "synthetic": estimates.study.synthetic}
    period = next((name for name in PERIODS if name in groups), None)
    rest = [name for name in groups if name != period]
    label = " | ".join(rest) or "searches"
    table = estimates.frame.assign(**{label: _labels(estimates.frame, rest)})
    if period is None:
        return charts.intervals(table, by=label, unity=estimates.measure in _UNITY, **words)
    table = table[table["estimate"].notna()].assign(month=table[period].astype("str"))
    months = estimates.frame[period].astype("str").unique().tolist()
    return charts.series(table, by=label, months=months, **words)


def _labels(table, columns: list[str]):
    if not columns:
        return "All searches"
    return [", ".join(map(str, row)) for row in table[columns].itertuples(index=False)]
