"""What a measure of a study returns: a measures table that shows and draws itself, with a caption."""

from dataclasses import dataclass, replace
from numbers import Integral
from typing import TYPE_CHECKING

import pandas as pd

from sas_analysis.errors import ParameterError
from sas_analysis.measures.shares import check_labels, occurring
from sas_analysis.measures.table import group_columns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sas_analysis.present.report_table import ReportTable
    from sas_analysis.study.comparison import Comparison
    from sas_analysis.study.study import Study


@dataclass(frozen=True, repr=False)
class Estimates:
    """What a measure of a study returns: a table that shows itself and draws itself.

    In JupyterLab the table is shown as a report shows it; `.frame` is the plain DataFrame, which `.frame.to_csv` and
    `.frame.to_stata` save (`.frame.to_excel` too, once openpyxl is installed), and `.plot()` the figure.

    Parameters
    ----------
    frame : DataFrame
        The measures table: `<groups> | measure | numerator | denominator | estimate | lower | upper | interval |
        period_lower | period_upper |
        note`.
    title : str
        What it shows, for the caption.
    study : Study
        Whose searches.
    compared : Comparison or None
        The residents that they are divided by; None for a measure that needs none.
    months : str
        "published": it rests on all published months; "counted": on those that the audit does not flag.

    Examples
    --------
    >>> study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE)
    >>> arrests = study.outcome("arrest", by="power")
    >>> arrests.measure, arrests.groups
    ('arrest_rate', ['power'])
    >>> arrests.frame[["power", "numerator", "denominator"]].head(2)
                    power  numerator  denominator
    0  Reasonable grounds        240         1472
    1          Section 60          5          146
    >>> arrests.plot()
    <Figure size ...>
    """

    frame: pd.DataFrame
    title: str
    study: "Study"
    compared: "Comparison | None" = None
    months: str = "counted"

    def __post_init__(self):
        if self.compared is not None:  # the frame is what is exported
            object.__setattr__(self, "frame", self.compared.marked(self.frame))

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
        """The rows of one label.

        Parameters
        ----------
        **labels : str
            A label for each of some columns.

        Raises
        ------
        ParameterError
            For a column that the table does not have, and a label that is none of the column.

        Examples
        --------
        >>> study.share("ethnicity_5").only(ethnicity_5="Unknown").frame["estimate"].round(3).tolist()
        [0.157]
        """
        check_labels(self.frame, labels, self.study.records)
        keep = pd.Series(True, index=self.frame.index)
        for column, label in labels.items():
            keep &= self.frame[column].astype("str").eq(str(label))
        return replace(self, frame=self.frame[keep])

    def occurring(self) -> "Estimates":
        """The rows of labels that occur, most searches first where they are by one column."""
        return replace(self, frame=occurring(self.frame))

    def commonest(self, number: int) -> "Estimates":
        """The rows of the commonest labels of the last column it is by, in the order of the table.

        Parameters
        ----------
        number : int
            How many labels.

        Examples
        --------
        >>> study.share("object_group").commonest(2).frame["object_group"].tolist()
        ['Drugs', 'Weapons']
        """
        if isinstance(number, bool) or not isinstance(number, Integral) or number < 1:
            raise ParameterError(f"number={number!r} is no number of labels; choose 1 or more, such as 5")
        last = self.groups[-1]
        labels = self.frame.groupby(last, observed=True)["numerator"].sum().nlargest(number).index
        return replace(self, frame=self.frame[self.frame[last].isin(labels)])

    def show(self) -> "ReportTable":
        """The table as a page shows it, with its caption."""
        from sas_analysis.present.report import Report

        return Report(self.study, self.compared).as_shown("", self, self.title)

    def __getattr__(self, name: str):
        """Only of what there is not; of what a DataFrame has it says where that is, such as `.frame.to_csv`."""
        own = not name.startswith("_") and hasattr(pd.DataFrame, name)
        instead = f"; its table has it: .frame.{name}" if own else ""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{instead}")

    def __repr__(self) -> str:
        return repr(self.show())

    def _repr_html_(self) -> str:
        return self.show()._repr_html_()
