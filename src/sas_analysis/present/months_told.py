"""How many months were asked for, are here, are set aside or left out, and are used: told apart everywhere.

A month is *set aside* by the data audit when none of its searches may be counted: it is in no number of any page. It is
*left out* of a number that rests on a field which may not be used in that month; other numbers hold it.

A month that has no file here, or a file without a record, is missing, which is neither a verdict of the audit nor a
fault of a force. How good records are is judged of the months that are here.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from sas_analysis.measures.coverage import HEADER_ONLY, NO_FILE
from sas_analysis.months import months_in_words

SET_ASIDE = "set aside by the data audit"
LEFT_OUT = "left out as a field may not be used"


class Months(NamedTuple):
    """Months of a study by what becomes of them; of several forces, force-months.

    asked = here + missing, and here = used + aside + left_out. kind : "month" or "force-month".
    """

    asked: int
    here: int
    used: int
    aside: int
    left_out: int
    kind: str

    @property
    def missing(self) -> int:
        """Months of which no record is here."""
        return self.asked - self.here

    @property
    def not_used(self) -> list[str]:
        """How many months are not used and why, each reason apart: "1 set aside by the data audit"."""
        kinds = ((self.aside, SET_ASIDE), (self.left_out, LEFT_OUT), (self.missing, "without records here"))
        return [f"{number:,} {what}" for number, what in kinds if number]

    def of_here(self, number: int) -> str:
        """How many of the months that are here: "all 12 months", "the month", "2 of 12 months"."""
        several = self.kind != "month"
        if number or not self.here:
            return months_in_words(number, of=self.here, several=several)
        return f"none of the {months_in_words(self.here, several=several)}"

    def here_of(self, number: int) -> str:
        """The same where months are missing: "all 3 months that are here"."""
        return f"{self.of_here(number)}{' that are here' * bool(self.missing and self.here > 1)}"

    @property
    def missing_said(self) -> str:
        """How many months are missing, as a sentence; "" where none is."""
        if not self.missing:
            return ""
        which = f"{self.missing:,}" if self.here else "any"
        of = "the month" if self.asked == 1 else f"{which} of the {self.asked:,} {self.kind}s"
        return f"No records of {of} are here: that does not mean that there were no searches."


def months_told(study, forces: Sequence[str] = ()) -> Months:
    """The months of a study. study : `study.Study`. forces : some of its forces; by default all."""
    forces = list(forces) or list(study.forces)
    rows = study.published_months
    rows = rows[rows["force"].astype("str").isin(forces)]
    used, aside, left_out = (int(rows[name].sum()) for name in ("months", "flagged", "unusable"))
    kind = "month" if len(forces) == 1 else "force-month"
    return Months(len(study.months) * len(forces), used + aside + left_out, used, aside, left_out, kind)


def are_here(study, found: pd.DataFrame) -> pd.DataFrame:
    """The rows `force | month` of a table, such as findings, whose month has records here."""
    grid = study.counted[["force", "month", "status"]].astype("str")
    absent = grid[grid["status"].isin([NO_FILE, HEADER_ONLY])]
    keys = pd.MultiIndex.from_frame(found[["force", "month"]].astype("str"))
    return found[~keys.isin(pd.MultiIndex.from_frame(absent[["force", "month"]]))]


def doubted(study) -> pd.Series:
    """Fields of the records that the audit doubts, and in how many of the months that are here, most first."""
    found = are_here(study, study.findings[study.findings["action"].astype("str").eq("field")])
    once = found.astype({"field": "str"}).drop_duplicates(["force", "month", "field"])
    return once["field"].value_counts()
