"""What a report starts from: the records of some forces and months, and what is known about their files."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from sas_analysis.errors import DataError
from sas_analysis.records import refresh, store


@dataclass(frozen=True)
class Study:
    """The clean records of a study, and its raw files (as `store.sources` gives them).

    raw, processed : the folders they came from, which the audit reads the rest of the forces' history from.
    """

    forces: list[str]
    start: str
    end: str
    records: pd.DataFrame
    sources: pd.DataFrame
    raw: Path | None = field(default=None, repr=False)
    processed: Path | None = field(default=None, repr=False)

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

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What `audit.audit` finds in the months of the study, each judged against all the months its force has.

        Found once, when first asked for. Files outside the study that are refused hinder nothing: they are left out.
        """
        from sas_analysis.records import audit  # takes a while, and not every study asks

        with suppress(DataError):  # of a file outside the study: those inside were read when it was opened
            refresh.update(self.raw, self.processed, forces=self.forces)
        sources = store.sources(self.processed, forces=self.forces)
        records = self.records
        if sources["rows"].sum() != len(records):  # there is more than the study's own months
            records = store.read(self.processed, forces=self.forces, columns=list(audit.NEEDED))
        return audit.audit(records, sources, forces=self.forces, start=self.start, end=self.end)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """The audit's verdict on every force-month of the study, as `audit.verdicts` gives it."""
        from sas_analysis.records import audit

        grid = pd.MultiIndex.from_product([self.forces, self.months], names=["force", "month"])
        return audit.verdicts(self.findings, grid.to_frame(index=False))


def open_study(forces: list[str], start: str, end: str, *, raw, processed) -> Study:
    """Clean what is new among the raw files of these forces and months, and load their records.

    forces : slugs. start, end : "YYYY-MM", inclusive. Raises DataError as `refresh.update` does.
    """
    refresh.update(raw, processed, forces=forces, start=start, end=end)
    records = store.read(processed, forces=forces, start=start, end=end)
    sources = store.sources(processed, forces=forces, start=start, end=end)
    return Study(list(forces), start, end, records, sources, Path(raw), Path(processed))
