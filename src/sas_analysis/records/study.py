"""What a report starts from: the records of some forces and months, and what is known about their files."""

from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from sas_analysis.errors import DataError
from sas_analysis.records import refresh, store


@dataclass(frozen=True)
class Study:
    """The clean records of a study, and its raw files (as `store.sources` gives them)."""

    forces: list[str]
    start: str
    end: str
    records: pd.DataFrame
    sources: pd.DataFrame

    @property
    def synthetic(self) -> bool:
        """Whether the records are simulated; then every page and figure says so."""
        return bool(self.sources["synthetic"].any())

    @property
    def files(self) -> pd.DataFrame:
        """The raw files as a reader wants them: force | month | file | rows | sha256 | notes."""
        table = self.sources.rename(columns={"path": "file"})
        table["notes"] = table["notes"].map("; ".join)
        return table[["force", "month", "file", "rows", "sha256", "notes"]]

    @property
    def unseen_labels(self) -> pd.DataFrame:
        """Labels that no crosswalk has: column | label | force | month | count."""
        return refresh.unseen_labels(self.sources)[["column", "label", "force", "month", "count"]]

    @property
    def months(self) -> list[str]:
        """The months of the study, published or not."""
        return [str(month) for month in pd.period_range(self.start, self.end, freq="M")]


def open_study(forces: list[str], start: str, end: str, *, raw, processed) -> Study:
    """Clean what is new among the raw files of these forces and months, and load their records.

    forces : slugs. start, end : "YYYY-MM", inclusive. Raises DataError as `refresh.update` does.
    """
    refresh.update(raw, processed, forces=forces, start=start, end=end)
    records = store.read(processed, forces=forces, start=start, end=end)
    sources = store.sources(processed, forces=forces, start=start, end=end)
    return Study(list(forces), start, end, records, sources)


def audit_study(study: Study, *, raw, processed) -> pd.DataFrame:
    """What the audit finds in the months of a study, each month judged against all the months its force has.

    Returns the findings of `audit.audit`. Files outside the study that are refused hinder nothing: they are left out.
    """
    from sas_analysis.records import audit  # only this report needs it

    with suppress(DataError):  # of a file outside the study: those inside were read when it was opened
        refresh.update(raw, processed, forces=study.forces)
    records = store.read(processed, forces=study.forces, columns=list(audit.NEEDED))
    sources = store.sources(processed, forces=study.forces)
    return audit.audit(records, sources, forces=study.forces, start=study.start, end=study.end)
