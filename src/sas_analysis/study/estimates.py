"""What a method of a study returns: a measures table that shows and draws itself, and knows what it rests on."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from sas_analysis.measures.shares import occurring
from sas_analysis.measures.table import group_columns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sas_analysis.present.report_table import ReportTable
    from sas_analysis.study.comparison import Comparison
    from sas_analysis.study.study import Study


@dataclass(frozen=True, repr=False)
class Estimates:
    """A measures table with the study it is of.

    Parameters
    ----------
    frame : the measures table, `<groups> | measure | numerator | denominator | estimate | lower | upper | interval |
        note`, plain pandas. title : what it shows. study : whose searches. compared : its residents, or None.
    months : whether it rests on "published" months, or on those "counted": without the months that the audit flags.

    Examples
    --------
    >>> study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE)
    >>> estimates = study.outcome("arrest", by="power")
    >>> estimates.measure, len(estimates.frame), type(estimates.plot()).__name__
    ('arrest_rate', 6, 'Figure')
    """

    frame: pd.DataFrame
    title: str
    study: "Study"
    compared: "Comparison | None" = None
    months: str = "counted"

    @property
    def measure(self) -> str:
        """The name of its measure; the first, where there are several."""
        return "" if self.frame.empty else str(self.frame["measure"].iloc[0])

    def plot(self) -> "Figure":
        """Its estimates with their limits: a row a group, or a line a group where it is by month, quarter or year."""
        from sas_analysis.present.charts.estimates import draw  # the picture of a study is further down the line

        return draw(self)

    @property
    def groups(self) -> list[str]:
        """The columns it is by."""
        return group_columns(self.frame)

    def only(self, **labels: str) -> "Estimates":
        """The rows of some labels: only(ethnicity_5="Unknown")."""
        keep = pd.Series(True, index=self.frame.index)
        for column, label in labels.items():
            keep &= self.frame[column].astype("str").eq(label)
        return replace(self, frame=self.frame[keep])

    def occurring(self) -> "Estimates":
        """The rows of labels that occur, most searches first where they are by one column."""
        return replace(self, frame=occurring(self.frame))

    def commonest(self, number: int) -> "Estimates":
        """The rows of the labels of the last column with the most searches."""
        last = self.groups[-1]
        labels = self.frame.groupby(last, observed=True)["numerator"].sum().nlargest(number).index
        return replace(self, frame=self.frame[self.frame[last].isin(labels)])

    def show(self) -> "ReportTable":
        """The table as a page shows it, with its caption."""
        from sas_analysis.present.report import Report

        return Report(self.study, self.compared).as_shown("", self, self.title)

    def __repr__(self) -> str:
        return repr(self.show())

    def _repr_html_(self) -> str:
        return self.show()._repr_html_()
