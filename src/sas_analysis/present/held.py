"""What the tables of a page hold: whose searches, of which months, divided by whose residents."""

from dataclasses import dataclass

import pandas as pd

from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.table import MEASURE_COLUMNS, not_estimable
from sas_analysis.present import table_months
from sas_analysis.present.whose import Whose, held_by, together, whose, with_records
from sas_analysis.present.wording import begun
from sas_analysis.reference.forces import in_words
from sas_analysis.reference.official.other_years import said_in
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.estimates import Estimates
from sas_analysis.study.question import fields_of_table
from sas_analysis.study.study import Study

_FLOW = {"step", "dropped", "left"}


@dataclass(frozen=True)
class Held:
    """What is known of any table of a page by its study, and by its comparison with residents where it has one."""

    study: Study
    compared: Comparison | None

    def frame(self, table) -> tuple[pd.DataFrame, bool]:
        """The table with the groups asked for, marked; and whether it compares groups by their residents.

        One without a value because no month may be used for what it rests on says so: the function that made it saw
        no search, and not why there is none.
        """
        frame, compared = self._plain(table)
        if compared is not None:
            return compared.shown(frame), True
        if isinstance(table, Estimates) or not is_measured(frame) or frame["estimate"].notna().any():
            return frame, False
        none = self.study_of(table, frame).nothing_counts
        return (not_estimable(frame, none) if none else frame), False

    def _plain(self, table) -> tuple[pd.DataFrame, Comparison | None]:
        """The table as it is; and the comparison by whose residents it compares groups, None of another."""
        frame, compared = (table.frame, table.compared) if isinstance(table, Estimates) else (table, self.compared)
        return frame, compared if compared is not None and compared.compares(frame) else None

    def study_of(self, table, frame: pd.DataFrame) -> Study:
        """Whose months a table is of: those of the study in which all the fields that it rests on may be used."""
        if isinstance(table, Estimates):
            return table.study
        fields = fields_of_table(frame, self.study.choices.ethnicity)
        return self.study.whole.using(*fields) if set(MEASURE_COLUMNS) <= set(frame.columns) else self.study

    def holder(self, table) -> tuple[Study, Comparison | None]:
        """The study that a table is of, and its comparison where it divides by residents."""
        frame, compared = self._plain(table)
        if compared is None:
            return self.study_of(table, frame), None
        return (table.study if isinstance(table, Estimates) else compared.study), compared

    def held_by(self, table, frame: pd.DataFrame) -> list[str] | None:
        """The forces whose searches a table holds; None where its rows name them, or it is of none."""
        if "force" in frame or frame.empty:
            return None
        if not isinstance(table, Estimates) and not is_measured(frame) and self._plain(table)[1] is None:
            return with_records(self.study) if set(frame) >= _FLOW else None
        study, compared = self.holder(table)
        return held_by(study, compared, published=isinstance(table, Estimates) and table.months == "published")

    def rests_on(self, table, compares: bool) -> str:
        """The months that a table is of, in the word of `Report.table`."""
        if isinstance(table, Estimates):
            return table.months
        return "counted" if compares else "published"

    def source(self, table: pd.DataFrame, compares: bool) -> str:
        """Whose residents a table divides by, for its caption; "" of a table that divides by none."""
        return self.compared.source_of(table) if compares and self.compared else ""

    def basis(self, table, frame: pd.DataFrame) -> str:
        """The months that a table is of and the residents that it divides by, for its grey line."""
        study, compared = self.holder(table)
        residents = self.source(frame, compared is not None)
        if names_months(frame):
            return ""
        if "forces" in frame or not (isinstance(table, Estimates) or is_measured(frame)):  # rows of other months each
            said = table_months.of_residents(residents) if self.study.left_out else ""
            return f"{begun(said)}." if said else ""
        given = {"published": isinstance(table, Estimates) and table.months == "published"}
        shown = compared is not None and "force" in frame  # of others a force without a row lacks it for its months
        given["forces"] = frame["force"].astype("str").unique() if shown else ()
        return table_months.told(study, self.study, **given, residents=residents)

    def doubt(self, table: pd.DataFrame, compares: bool) -> str:
        """Whose records official statistics contradict, of those that a table rests on: what has no room for notes."""
        if (
            not compares
            or "note" not in table
            or not table["note"].fillna("").str.contains(CONTRADICTED, regex=False).any()
        ):
            return ""
        forces = table["force"].astype("str").unique() if "force" in table and "without" not in table else None
        named = [force for force in self.compared.contradicted if forces is None or force in forces]
        # None where they contradict only months that this study leaves out, and another row of the table takes back in.
        whose = f"the records of {in_words(named)}" if named else "the records that some rows rest on"
        return f"Official statistics{said_in(table['note'])} contradict {whose}: not a headline"

    def spoken_of(self, table):
        """What a sentence speaks of: a table as it is shown."""
        frame = table.frame if isinstance(table, Estimates) else table
        return self.frame(table)[0] if isinstance(frame, pd.DataFrame) and "note" in frame else frame

    def says_nothing(self, table) -> bool:
        """Whether a table, on a page whose answer says that no ratio can be given, would say no more than that.

        Such a table is saved and not shown, and nothing is said of it: the answer has the reason, once.
        """
        if self.compared is None or not self.compared.ratios["estimate"].isna().all():
            return False
        table = getattr(table, "by_month", table)  # what has changed is told by month
        frame, compares = self.frame(table)
        if frame.empty or not (compares or _of_ratios(frame)):
            return frame.empty
        value = next((name for name in ("estimate", "ratio") if name in frame), "")
        return bool(value) and bool(frame[value].isna().all())

    def whose_of_page(self) -> Whose:
        """By its study; and by residents, where it is the study of its comparison."""
        divides = self.compared is not None and self.study is self.compared.study
        return whose(self.study, self.compared if divides else None)

    def whose_in(self, table) -> Whose:
        """The forces whose searches a table holds, and why the others are not in it."""
        return whose(*self.holder(table), published=isinstance(table, Estimates) and table.months == "published")

    def whose_together(self, tables) -> Whose:
        """The forces in the tables of the answer; bounds beside estimates are of other months, and no reason."""
        estimates = [table for table in tables if isinstance(table, Estimates)]
        measured = [table for table in tables if not isinstance(table, Estimates) and is_measured(table)]
        parts = [self.whose_in(table) for table in estimates or measured]
        return together(parts) if parts else self.whose_of_page()

    @staticmethod
    def of_months_that_count(table) -> bool:
        """Whether a table is of the months that count for it, not of all that are published."""
        return table.months != "published" if isinstance(table, Estimates) else is_measured(table)


def names_months(frame: pd.DataFrame) -> bool:
    """Whether the rows of a table say which months they are of: some hold those that others leave out."""
    return "months" in frame and not pd.api.types.is_numeric_dtype(frame["months"])


def is_measured(table) -> bool:
    """Whether something is a measures table."""
    return isinstance(table, pd.DataFrame) and set(MEASURE_COLUMNS) <= set(table.columns)


def _of_ratios(frame: pd.DataFrame) -> bool:
    """Whether a table of steps is of series of ratios."""
    return "nature" in frame and bool(frame["nature"].astype("str").eq("ratio").all())
