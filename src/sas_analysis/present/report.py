"""The tables, figures and sentences of a report; what each of them must obey is held here, once."""

import inspect
from collections.abc import Callable, Sequence

import pandas as pd

from sas_analysis.measures.table import group_columns
from sas_analysis.present.charts import base as charts
from sas_analysis.present.report_table import ReportTable, publish, source_caption
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.estimates import Estimates
from sas_analysis.study.study import Study

# Tables that say nothing of contradicted records yet, although their estimates rest on them.
UNMARKED = {"ladder", "multiverse"}
# Tables whose rows are masked by their own counts alone, and not because the group's ratio is masked.
OWN_COUNTS = {
    *("headline", "ratios", "rates", "sensitivity", "ladder", "ratios_by_force", "ratios_by_force_matched"),
    *("ranks", "funnel", "ratios_by_power", "ratios_by_object", ""),
}


class Report:
    """Shows and saves what a notebook finds.

    Every table and figure says that simulated records are simulated, of which records it is and on which residents it
    rests; groups not asked for are not in it, estimates on contradicted records are marked, small counts are masked on
    the page; it has a number, and tables are saved where the report's tables go.

    Parameters
    ----------
    study : whose searches. compared : the residents they are compared with; None where a notebook compares none.
    tables : folder to write the tables to; "" writes none.

    Examples
    --------
    >>> study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE)
    >>> page = sas.Report(study)
    >>> page.as_shown("powers", study.share("power"), "Searches by power").caption[-57:]
    'Searches by power. Metropolitan Police Service, 2018-04 to'
    """

    def __init__(self, study: Study, compared: Comparison | None = None, *, tables: str = ""):
        self.study, self.compared, self.tables = study, compared, tables
        self._numbers: dict[tuple[str, str], int] = {}

    def table(
        self,
        name: str,
        table: pd.DataFrame | Estimates,
        title: str,
        *,
        of: str = "",
        brief: bool = False,
        columns: Sequence[str] | None = None,
        view: Callable[..., pd.DataFrame] | None = None,
    ) -> None:
        """Save a table as NAME.csv, whole and in full precision, and show it as a page does.

        Parameters
        ----------
        table : a measures table, `Estimates`, or any other table. title : what it shows.
        of : which records it is of: "published" months, "counted" months, or the whole "forces"; "" for what
            `Estimates` say, else the months that count where groups are compared, and published ones where not.
        brief : show the labels that occur. columns : show these only.
        view : function of the table that gives the same in fewer lines, for the page.
        """
        from IPython.display import display

        display(self.as_shown(name, table, title, of=of, brief=brief, columns=columns, view=view))

    def as_shown(self, name: str, table, title: str, *, of="", brief=False, columns=None, view=None) -> ReportTable:
        """Save a table as `table` does, and return what it shows."""
        frame, compares = self._frame(table, name)
        few = self.compared.suppressed if compares and name not in OWN_COUNTS else ()
        return publish(
            frame,
            name,
            self.tables if name else "",
            caption=self._caption("Table", name, title, of or self._rests_on(table, compares), compares),
            synthetic=self.study.synthetic,
            brief=brief,
            columns=columns,
            few=few,
            view=None if view is None else self._call(view, frame),
        )

    def figure(
        self,
        name: str,
        draw: Callable,
        table: pd.DataFrame | Estimates,
        title: str,
        *,
        note: str = "",
        of: str = "",
        **options,
    ) -> None:
        """Draw a table and show the figure with its caption, which is also its description.

        Parameters
        ----------
        draw : function of `present.charts` that takes the table, `title` and what else it needs.
        title : above the figure; note : what the caption adds. options : for `draw`; `by` is the table's last group.
        """
        frame, compares = self._frame(table, name)
        if "by" in inspect.signature(draw).parameters:
            options.setdefault("by", group_columns(frame)[-1])
        figure = self._call(draw, frame, title=title, **options)
        words = f"{title}, {note}" if note else title
        caption = self._caption("Figure", name, words, of or self._rests_on(table, compares), compares)
        charts.show(figure, caption=f"{caption}.", synthetic=self.study.synthetic)

    def say(self, what: str | Callable[..., str], *tables, **more) -> None:
        """Show a sentence: a text, or a function of `present.sentences` and the tables it speaks of."""
        from IPython.display import Markdown, display

        said = what if isinstance(what, str) else self._call(what, *tables, **more)
        said = said if isinstance(said, str) else "\n\n".join(said)
        if said:
            display(Markdown(said))

    # --- what each of them is told ------------------------------------------------------------------------------

    def _frame(self, table, name: str) -> tuple[pd.DataFrame, bool]:
        """The table with the groups asked for, marked; and whether it compares groups by their residents."""
        frame, compared = (table.frame, table.compared) if isinstance(table, Estimates) else (table, self.compared)
        if compared is None or not compared.compares(frame):
            return frame, False
        return compared.shown(frame, mark=name not in UNMARKED), True

    def _rests_on(self, table, compares: bool) -> str:
        if isinstance(table, Estimates):
            return table.months
        return "counted" if compares else "published"

    def _caption(self, kind: str, name: str, title: str, of: str, compares: bool) -> str:
        source = [self.compared.source] if compares and self.compared else []
        return ". ".join([*self._number(kind, name), title, *source, source_caption(self.study, of=of)])

    def _number(self, kind: str, name: str) -> list[str]:
        """The number of a table or figure: the same when its cell is run again."""
        if not name:
            return []
        taken = sum(other == kind for other, _ in self._numbers)
        return [f"{kind} {self._numbers.setdefault((kind, name), taken + 1)}"]

    def _call(self, function: Callable, *tables, **more):
        """Call a function: what this report knows goes to the arguments of those names, the tables to the others."""
        names = [name for name in inspect.signature(function).parameters if name not in more]
        known = {name: _KNOWN[name](self) for name in names if name in _KNOWN}
        frames = [table.frame if isinstance(table, Estimates) else table for table in tables]
        given = dict(zip((name for name in names if name not in known), frames, strict=False))
        return function(**given, **known, **more)


_KNOWN: dict[str, Callable[[Report], object]] = {  # what sentences, figures and views may ask for, by its name
    "study": lambda page: page.study,
    "synthetic": lambda page: page.study.synthetic,
    "flow": lambda page: page.study.flow,
    "months": lambda page: page.study.months,
    "coverage": lambda page: page.study.published_months,
    "verdicts": lambda page: page.study.verdicts,
    "flagged_months": lambda page: page.study.choices.flagged_months,
    "official": lambda page: page.study.official,
    "area": lambda page: page.study.area,
    "areas": lambda page: page.study.areas,
    "contradicted": lambda page: page.compared.contradicted,
    "reference": lambda page: page.compared.reference,
    "source": lambda page: page.compared.source,
    "forces": lambda page: len(page.compared.forces),
    "suppressed": lambda page: page.compared.suppressed,
}
