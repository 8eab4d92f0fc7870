"""What a report starts from: the records of some forces and months, and what is known about their files."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from sas_analysis.errors import DataError
from sas_analysis.records import refresh, store
from sas_analysis.records.locate import Located, StudyArea, study_area
from sas_analysis.reference.forces import in_words


@dataclass(frozen=True)
class Study:
    """The clean records of a study, and its raw files (as `store.sources` gives them).

    raw, processed : the folders they came from, which the audit reads the rest of the forces' history from.
    located : the records placed in local authorities, where boundaries were found. area : the authority asked for.
    Both None otherwise; `records` are those of the whole forces in any case.
    """

    forces: list[str]
    start: str
    end: str
    records: pd.DataFrame
    sources: pd.DataFrame
    raw: Path | None = field(default=None, repr=False)
    processed: Path | None = field(default=None, repr=False)
    located: Located | None = None
    area: StudyArea | None = None

    @property
    def who(self) -> str:
        """Whose searches are analysed, for captions: the forces, and the area where there is one."""
        forces = in_words(self.forces)
        return f"{self.area.name} ({forces})" if self.area else forces

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

        Found when first asked for, and kept beside the processed data for the next study of the same. Files outside
        the study that are refused hinder nothing: they are left out.
        """
        from sas_analysis.records import audit  # takes a while, and not every study asks
        from sas_analysis.records.audit.cache import kept

        with suppress(DataError):  # of a file outside the study: those inside were read when it was opened
            refresh.update(self.raw, self.processed, forces=self.forces)
        sources = store.sources(self.processed, forces=self.forces)
        asked = {"forces": self.forces, "start": self.start, "end": self.end}

        def find():
            records = self.records
            if sources["rows"].sum() != len(records):  # there is more than the study's own months
                records = store.read(self.processed, forces=self.forces, columns=list(audit.NEEDED))
            return audit.audit(records, sources, **asked)

        return kept(self.processed, sources, **asked, find=find)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """The audit's verdict on every force-month of the study, as `audit.verdicts` gives it."""
        from sas_analysis.records import audit

        grid = pd.MultiIndex.from_product([self.forces, self.months], names=["force", "month"])
        return audit.verdicts(self.findings, grid.to_frame(index=False))


def open_study(
    forces: list[str],
    start: str,
    end: str,
    *,
    raw,
    processed,
    borough: str | None = None,
    boundaries: str = "",
    place: bool = False,
) -> Study:
    """Clean what is new among the raw files of these forces and months, and load their records.

    forces : slugs. start, end : "YYYY-MM", inclusive. borough : a local authority by name or ONS code; None: the
    whole forces. boundaries : a GeoJSON file or a folder of them; "": those found in the folder `boundaries` inside
    the raw folder or beside it. place : place the records in areas although no borough is asked for.
    Raises DataError as `refresh.update` and `locate.study_area` do, and ParameterError
    for a borough that is none.
    """
    refresh.update(raw, processed, forces=forces, start=start, end=end)
    records = store.read(processed, forces=forces, start=start, end=end)
    sources = store.sources(processed, forces=forces, start=start, end=end)
    study = Study(list(forces), start, end, records, sources, Path(raw), Path(processed))
    if borough is None and not place:
        return study
    where = {"borough": borough, "boundaries": boundaries, "synthetic": study.synthetic}
    located, area = study_area(records, raw=raw, **where)
    return replace(study, located=located, area=area)
