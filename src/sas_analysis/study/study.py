"""The records of some forces and months, the choices made among them, and what is known about their files."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sas_analysis.errors import DataError
from sas_analysis.measures import coverage
from sas_analysis.measures.places.areas import searches_by_area
from sas_analysis.measures.sensitivity import contradicted, with_and_without_flagged
from sas_analysis.records import refresh, store
from sas_analysis.records.locate import Located, StudyArea, area_in, study_area
from sas_analysis.records.select import Selection, leave_flagged, narrow, person_searches, with_ethnicity
from sas_analysis.reference.forces import in_words
from sas_analysis.reference.official.reconcile import count_records, reconcile
from sas_analysis.rounding import NOT_GIVEN, rounded, to_be_rounded
from sas_analysis.study.choices import Choices

if TYPE_CHECKING:
    from sas_analysis.study.estimates import Estimates


@dataclass(frozen=True, repr=False)
class Study:
    """The records of some forces and months, and all that is known about them; `open_study` makes it.

    Parameters
    ----------
    forces : list of str
        The publisher's names of the forces.
    start, end : str
        First and last month, "YYYY-MM".
    records : DataFrame
        The clean table of the whole forces, a row a search.
    sources : DataFrame
        Their raw files, a row a file.
    raw, processed : Path
        The folders they came from; the audit reads the rest of the forces' history from them.
    choices : Choices
        Which records count, and in which ethnic group each is.
    located, area
        The records placed in local authorities, and the authority asked for; None without them.
    boundaries : str
        Where the boundaries are, as `open_study`.

    Examples
    --------
    >>> study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE)
    >>> study.searches["object_group"].value_counts().head(3)
    object_group
    Drugs              920
    Weapons            426
    Stolen property    156
    Name: count, dtype: int64
    >>> study.flow
                                           step  dropped  left
    0                         records published        0  1635
    1  vehicle-only search: nobody was searched       17  1618
    """

    forces: list[str]
    start: str
    end: str
    records: pd.DataFrame
    sources: pd.DataFrame
    raw: Path | None = None
    processed: Path | None = None
    choices: Choices = field(default_factory=Choices)
    located: Located | None = None
    area: StudyArea | None = None
    boundaries: str = ""

    def __post_init__(self):
        object.__setattr__(self, "records", to_be_rounded(self.records, self.choices.round_to))

    # --- whose records these are ------------------------------------------------------------------------------

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
    def level(self) -> float:
        """The confidence level of its intervals."""
        return self.choices.level

    @property
    def months(self) -> list[str]:
        """The months of the study, published or not."""
        return [str(month) for month in pd.period_range(self.start, self.end, freq="M")]

    @property
    def files(self) -> pd.DataFrame:
        """The raw files as a reader wants them: `force | month | file | rows | sha256 | notes`."""
        table = self.sources.rename(columns={"path": "file"})
        table["notes"] = table["notes"].map("; ".join)
        table["rows"] = rounded(table["rows"], self.records)
        return table[["force", "month", "file", "rows", "sha256", "notes"]]

    @property
    def unseen_labels(self) -> pd.DataFrame:
        """Labels that no crosswalk has: `column | label | force | month | count`."""
        labels = refresh.unseen_labels(self.sources)[["column", "label", "force", "month", "count"]]
        return labels.assign(count=rounded(labels["count"], self.records))

    # --- what is known about its months -----------------------------------------------------------------------

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What the audit finds in the months of the study, each judged against all the months its force has.

        Found when first asked for, and stored beside the processed data for the next study of the same. Files outside
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

        found = kept(self.processed, sources, **asked, find=find)
        if self.choices.round_to:  # what was found stands; the counts that show it do not
            found = found.assign(value=float("nan"), threshold=float("nan"), evidence=NOT_GIVEN)
        return found

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """The audit's verdict on every force-month of the study: `force | month | verdict | rules`."""
        from sas_analysis.records import audit

        grid = pd.MultiIndex.from_product([self.forces, self.months], names=["force", "month"])
        return audit.verdicts(self.findings, grid.to_frame(index=False))

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """Every force-month and whether it was published: `force | month | status | rows`."""
        asked = {"forces": self.forces, "start": self.start, "end": self.end}
        grid = coverage.coverage_grid(self.sources, **asked, verdicts=self.verdicts)
        return grid.assign(rows=rounded(grid["rows"], self.records))

    @cached_property
    def counted(self) -> pd.DataFrame:
        """The coverage as headlines, rates and ratios count it: without flagged months, unless these are included."""
        return coverage.count_flagged(self.coverage, self.choices.flagged_months)

    @cached_property
    def published_months(self) -> pd.DataFrame:
        """How many months of each force count: `force | months | flagged | header_only | no_file | absent`."""
        return coverage.months_published(self.counted)

    @cached_property
    def official(self) -> pd.DataFrame:
        """The records beside official statistics, as `reconcile` gives them; no row of simulated records."""
        months = coverage.published_force_months(self.counted)
        return reconcile(count_records(self.records), published=months.head(0) if self.synthetic else months)

    @cached_property
    def contradicted(self) -> list[str]:
        """The forces whose records official statistics contradict; none of simulated records."""
        return contradicted(self.official, synthetic=self.synthetic)

    # --- its searches -----------------------------------------------------------------------------------------

    @cached_property
    def published(self) -> Selection:
        """Searches of persons of all published months, in the area and under the power asked for."""
        choices = {"power": self.choices.power, "repeats": self.choices.repeats}
        return narrow(person_searches(self.records), area=self.area, **choices)

    @cached_property
    def selection(self) -> Selection:
        """The searches that headlines, rates and ratios rest on: without the months that the audit flags."""
        return leave_flagged(self.published, self.verdicts, flagged_months=self.choices.flagged_months)

    @property
    def flow(self) -> pd.DataFrame:
        """What is left out of the records, and why: `step | dropped | left`."""
        return self.selection.flow

    @cached_property
    def searches(self) -> pd.DataFrame:
        """The searches of all published months, a plain DataFrame; `ethnicity_5` follows the choice of `ethnicity`."""
        return with_ethnicity(self.published.records, **self.choices.scheme)

    @cached_property
    def counted_searches(self) -> pd.DataFrame:
        """The searches that headlines, rates and ratios rest on, as `searches`."""
        return with_ethnicity(self.selection.records, **self.choices.scheme)

    @cached_property
    def everywhere(self) -> pd.DataFrame:
        """The searches of the whole forces, wherever they were, as `searches`."""
        if self.area is None:
            return self.searches
        choices = {"power": self.choices.power, "repeats": self.choices.repeats}
        return with_ethnicity(narrow(person_searches(self.records), **choices).records, **self.choices.scheme)

    @cached_property
    def areas(self) -> pd.DataFrame:
        """Searches by local authority, and those near its boundary; no row where nothing is placed."""
        return searches_by_area(self.located, self.everywhere)

    # --- parts of it ------------------------------------------------------------------------------------------

    def at(self, borough: str) -> "Study":
        """The same study of one local authority.

        Parameters
        ----------
        borough : str
            Its name or ONS code.

        Raises
        ------
        DataError
            Without boundaries.
        ParameterError
            For an authority that does not exist.

        Examples
        --------
        >>> southwark = study.at("Southwark")
        >>> southwark.area.code, len(southwark.searches)
        ('E09000028', 39)
        """
        if self.located is not None and (area := area_in(self.located, borough, self.records)):
            return self._with(area=area)
        where = {"raw": self.raw, "boundaries": self.boundaries, "synthetic": self.synthetic}
        located, area = study_area(self.records, borough=borough, **where)
        return self._with(located=located, area=area)

    def during(self, start: str, end: str) -> "Study":
        """The same study of some of its months, with the same findings of the audit.

        Parameters
        ----------
        start, end : str
            First and last month, "YYYY-MM".

        Examples
        --------
        >>> study.during("2018-05", "2018-06").months
        ['2018-05', '2018-06']
        """
        keep = self.records["month"].astype("str").between(start, end)
        records = self.records[keep]
        own = self.sources[self.sources["month"].between(start, end)]
        area = self.area and area_in(self.area.located, self.area.code, records)
        return self._with(start=start, end=end, records=records, sources=own, area=area)

    def of_force(self, *forces: str) -> "Study":
        """The same study of one of its forces, or of some.

        Parameters
        ----------
        *forces : str
            Of its `forces`.

        Examples
        --------
        >>> both = sas.open_study(["metropolitan", "essex"], "2018-04", "2018-05", raw=SAMPLE)
        >>> both.of_force("essex").who
        'Essex Police'
        """
        records, sources = (table[table["force"].isin(forces)] for table in (self.records, self.sources))
        return self._with(forces=list(forces), records=records, sources=sources)

    def placed(self) -> "Study":
        """The same study with its records placed in local authorities, where boundaries are found."""
        if self.located is not None:
            return self
        where = {"raw": self.raw, "boundaries": self.boundaries, "synthetic": self.synthetic}
        return self._with(located=study_area(self.records, borough=None, **where)[0])

    def _with(self, **changes) -> "Study":
        part = replace(self, **changes)
        findings = self.findings
        own = findings["month"].astype("str").between(part.start, part.end) & findings["force"].isin(part.forces)
        part.__dict__["findings"] = findings[own]
        return part

    # --- measures ---------------------------------------------------------------------------------------------

    def share(self, by: str | list[str], *, within: str | list[str] = (), months: str = "published") -> "Estimates":
        """Share of searches by a column, or by several.

        Parameters
        ----------
        by : str or list of str
            Columns of `searches`.
        within : str or list of str
            Further columns; the share is then of the searches of the same group of these.
        months : str
            "published", or "counted" to leave out the months that the audit flags.

        Examples
        --------
        >>> study.share("power").frame[["power", "numerator", "estimate"]].round(3).head(2)
                        power  numerator  estimate
        0  Reasonable grounds       1472      0.91
        1          Section 60        146      0.09
        >>> study.share("power", within="ethnicity_5").plot()
        <Figure size ...>
        """
        from sas_analysis.study import measures

        return measures.share(self, by, within=within, months=months)

    def outcome(self, outcome: str, by: str | list[str] = ()) -> "Estimates":
        """Share of searches that ended in an outcome, among those whose outcome is known.

        Parameters
        ----------
        outcome : str
            "arrest"; "positive" (any but no further action); "find" (linked to the object of search) or "linked" (the
            same among positive outcomes).
        by : str or list of str
            Columns of `searches`; without them, all searches together.

        Examples
        --------
        >>> study.outcome("arrest", by="ethnicity_5").frame[["ethnicity_5", "estimate"]].round(3).head(2)
          ethnicity_5  estimate
        0       White     0.153
        1       Mixed     0.151
        """
        from sas_analysis.study import measures

        return measures.outcome(self, outcome, by=by)

    def rate(self, *, by: str = "", over: str = "", areas: Iterable[str] | None = None, **options: Any) -> "Estimates":
        """Searches per 1,000 residents a year of every ethnic group.

        The arguments are those of `ratio`.

        Examples
        --------
        >>> study.rate(groups=["Black"]).frame[["ethnicity_5", "estimate"]].round(2)
          ethnicity_5  estimate
        0       White      0.21
        1       Black      0.87
        """
        from sas_analysis.study import measures

        return measures.rate(self, by=by, over=over, areas=areas, **options)

    def ratio(self, *, by: str = "", over: str = "", areas: Iterable[str] | None = None, **options: Any) -> "Estimates":
        """Disproportionality ratio of every ethnic group to the reference group.

        Parameters
        ----------
        by : str
            "" for one ratio a group; "borough" or "force"; or a column of `searches`, such as "power".
        over : str
            "" for the whole period, or "month", "quarter" or "year" (of the calendar).
        areas : iterable of str, optional
            Boroughs, by name or ONS code; by default all that the forces police.
        **options
            Of the `Comparison`, such as reference="White", groups=["Black"] or census_year=2021; and
            interval="clustered", as `disproportionality_ratio`.

        Examples
        --------
        >>> black = study.ratio(over="quarter", groups=["Black"]).only(ethnicity_5="Black")
        >>> black.frame[["quarter", "estimate"]].round(2)
          quarter  estimate
        1  2018Q2      4.21
        3  2018Q3      4.26
        >>> study.ratio(by="borough", areas=["Greenwich", "Sutton"], groups=["Black"]).plot()
        <Figure size ...>
        """
        from sas_analysis.study import measures

        return measures.ratio(self, by=by, over=over, areas=areas, **options)

    def without_flagged(self, measure: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
        """A measure without the months that the audit flags, and with them: `months | <measures table>`.

        Parameters
        ----------
        measure : callable
            Function of the searches of some months and of the coverage of those months; it returns a measures table.

        Examples
        --------
        >>> both = study.without_flagged(lambda searches, months: sas.share_of_searches(searches, "power"))
        >>> both["months"].unique().tolist()
        ['unflagged', 'all published']
        """
        return with_and_without_flagged(self.searches, self.coverage, measure)

    def model_frame(self, outcome: str) -> pd.DataFrame:
        """The searches with a known outcome, ready for statsmodels: 0 and 1, and plain categories.

        Parameters
        ----------
        outcome : str
            A column of truth values, such as "arrest" or "positive_outcome".

        Returns
        -------
        DataFrame
            `<outcome> | force | month | ethnicity_5 | officer_ethnicity_5 | gender | age_range | object_group | power`,
            `area` where records are placed, and `hour` (0 to 23). A blank is the label "Not recorded".

        Examples
        --------
        >>> import statsmodels.formula.api as smf
        >>> frame = study.model_frame("arrest")
        >>> fit = smf.logit("arrest ~ C(ethnicity_5, Treatment('White')) + power", data=frame).fit(disp=0)
        >>> len(frame), fit.params.round(2).to_dict()["power[T.Section 60]"]
        (1618, -1.72)
        """
        from sas_analysis.study.model_frame import model_frame

        return model_frame(self, outcome)

    def report(self, name: str, *, out: str | Path = "reports", parameters: dict | None = None) -> Path:
        """Make a report of this study, the same that `sas-analysis report` makes, and return its folder.

        Parameters
        ----------
        name : str
            "data_quality", "search_grounds", "outcomes", "disproportionality", or a notebook of your own.
        out : str or Path
            Folder for the report's folder.
        parameters : dict, optional
            Further parameters of the report's notebook, such as {"census_year": 2021}.

        Examples
        --------
        >>> folder = study.report("search_grounds", out=SAMPLE.parent / "reports")
        >>> folder.name, (folder / "report.html").exists()
        ('search_grounds_metropolitan_2018-04_2018-09', True)
        """
        from sas_analysis.reports.one.from_study import report_of_study  # a report is further down the line

        return report_of_study(self, name, out=out, parameters=parameters or {})

    def __repr__(self) -> str:
        from sas_analysis.study.describe import describe

        return describe(self)
