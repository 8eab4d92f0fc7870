"""The records of some forces and months, the choices made among them, and what is known about their files."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sas_analysis.codes import chosen, codes_of
from sas_analysis.errors import DataError, ParameterError
from sas_analysis.handed_out import Tables, table_fields, table_property
from sas_analysis.measures import coverage
from sas_analysis.months import period_faults
from sas_analysis.names import as_names, check_names, raise_faults, unknown_names
from sas_analysis.processes import Begun
from sas_analysis.records import refresh, store
from sas_analysis.records.locate import Located, StudyArea, area_in, study_area
from sas_analysis.records.select import counted_columns
from sas_analysis.reference.areas import check_area_name
from sas_analysis.reference.forces import whose
from sas_analysis.rounding import NOT_GIVEN, rounded, to_be_rounded
from sas_analysis.study import beside_official
from sas_analysis.study.answers import Answers
from sas_analysis.study.choices import Choices
from sas_analysis.study.question import fields_of_columns
from sas_analysis.study.searches import Searches

_OF_THESE_MONTHS = ("findings", "_verdicts_known", "_coverage_known", "_fields_in_doubt")  # whatever is asked of them
NOT_HERE = "no file with records of these months is here"  # they may have been published all the same


@table_fields("records", "sources")
@dataclass(frozen=True, repr=False)
class Study(Searches, Answers):
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
    fields : tuple of str
        The published fields that its question rests on; `using` sets them.
    part : bool
        Whether it is some months or forces of another study (`during`, `of_force`): no search of a part need count.

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
    fields: tuple[str, ...] = ()
    part: bool = False

    def __post_init__(self):
        held = self.__dict__["records"]  # not a copy of it: studies of the same records share what is made of them
        object.__setattr__(self, "records", to_be_rounded(held, self.choices.round_to))

    def __getstate__(self) -> dict:
        """What it is made of, and what is known of its months: the searches that it counts are chosen anew."""
        kept = (*(own.name for own in fields(self)), *_OF_THESE_MONTHS, "_official_known", "_longest")
        return {name: self.__dict__[name] for name in kept if name in self.__dict__}

    # --- whose records these are ------------------------------------------------------------------------------

    @property
    def who(self) -> str:
        """Whose searches are analysed, for captions: the forces, and the area where there is one."""
        return whose(self.forces, self.area.name if self.area else "")

    @property
    def synthetic(self) -> bool:
        """Whether the records are simulated; then every page and figure says so."""
        return bool(self.sources["synthetic"].any())

    @property
    def level(self) -> float:
        """The confidence level of its intervals."""
        return self.choices.level

    @property
    def limits(self) -> dict:
        """The interval and its level, as arguments of a measure: `measure(..., **limits)`."""
        return {"level": self.choices.level, "interval": self.choices.interval}

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

    @table_property
    def findings(self) -> pd.DataFrame:
        """What the audit finds in the months of the study, each judged against all the months its force has.

        Found when first asked for, and stored beside the processed data for the next study of the same. Files outside
        the study that are refused hinder nothing: they are left out.
        """
        from sas_analysis.records import audit  # takes a while, and not every study asks
        from sas_analysis.records.audit import elsewhere
        from sas_analysis.records.audit.cache import kept

        with suppress(DataError):  # of a file outside the study: those inside were read when it was opened
            refresh.update(self.raw, self.processed, forces=self.forces)
        sources = store.sources(self.processed, forces=self.forces)
        asked = {"forces": self.forces, "start": self.start, "end": self.end}

        def find():
            records = self.records
            if sources["rows"].sum() != len(records):  # there is more than the study's own months
                records = store.read(self.processed, forces=self.forces, columns=list(audit.NEEDED))
            return audit.audit(records, sources, **asked, others=elsewhere.rows_of_others(self.processed, **asked))

        found = kept(self.processed, sources, **asked, find=find, others=elsewhere.units(self.processed, **asked))
        if self.choices.round_to:  # what was found stands; the counts that show it do not
            found = found.assign(value=float("nan"), threshold=float("nan"), evidence=NOT_GIVEN)
        return found

    @table_property
    def verdicts(self) -> pd.DataFrame:
        """The audit's verdict on every force-month, for the fields that the study rests on.

        `force | month | verdict | rules | reasons`, as `audit.verdicts`.
        """
        return self._judged(self.rests_on)

    def _judged(self, fields: tuple[str, ...]) -> pd.DataFrame:
        """`verdicts` for some fields; every study of the same findings asks for many of them."""
        from sas_analysis.records import audit

        doubt = self._in_doubt(fields)
        if doubt not in self._verdicts_known:
            self._verdicts_known[doubt] = audit.verdicts(self.findings, self._grid, fields)
        return self._verdicts_known[doubt]

    def _in_doubt(self, fields: tuple[str, ...]) -> frozenset[str]:
        """Which of the fields that some questions rest on may not be used in some month; and what is no question."""
        from sas_analysis.records import audit

        known = {name for field in fields for name in audit.RESTS_ON.get(field, ())}
        return frozenset(known & self._fields_in_doubt).union(set(fields) - set(audit.RESTS_ON))

    @cached_property
    def _verdicts_known(self) -> dict[frozenset[str], pd.DataFrame]:
        """The verdicts by what is in doubt: fields that may be used in all months change none."""
        return Tables()

    @cached_property
    def _coverage_known(self) -> dict[frozenset[str], pd.DataFrame]:
        """The coverage by what is in doubt, its rows not rounded."""
        return Tables()

    @cached_property
    def _fields_in_doubt(self) -> set[str]:
        """The fields that may not be used in some month of the study."""
        return set(self.findings.loc[self.findings["action"].eq("field"), "field"].astype("str").unique())

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The fields that every number of it rests on: those of its question, of its place and of its power."""
        place = ("location",) if self.area else ()
        power = () if self.choices.power == "all" else ("power",)
        return tuple(dict.fromkeys((*self.fields, *place, *power)))

    def usable(self, field: str) -> pd.DataFrame:
        """Whether each force-month may be used for a question about a field: `force | month | usable | why`.

        Parameters
        ----------
        field : str
            A column of `searches`, or a field, such as "location", as `using`.

        Raises
        ------
        ParameterError
            For a name that is neither.

        Examples
        --------
        >>> may = study.usable("outcome_linked_to_object")
        >>> int(may["usable"].sum()), may["why"].iloc[0].split(" (")[0]
        (0, 'link field')
        """
        judged = self._judged(self._fields_of([field]))
        return judged.assign(usable=judged["verdict"].eq("fine"), why=judged["reasons"])[
            ["force", "month", "usable", "why"]
        ]

    def using(self, *columns: str) -> "Study":
        """The same study for a question about some columns: months in which one may not be used do not count.

        Parameters
        ----------
        *columns : str
            Columns of `searches`, or published fields. A column that no finding is about ("month") asks nothing.

        Raises
        ------
        ParameterError
            For a name that is neither.

        Examples
        --------
        >>> study.using("outcome_linked_to_object").published_months["unusable"].tolist()
        [6]
        """
        fields = tuple(dict.fromkeys((*self.fields, *self._fields_of(columns))))
        if set(fields) <= set(self.rests_on):
            return self
        known = self.__dict__.setdefault("_questions", {})
        if fields not in known:
            known[fields] = self._question(fields)
        return known[fields]

    def not_using(self, *columns: str) -> "Study":
        """The same study for its question but for some columns: what is asked is whatever these hold, as bounds are.

        Parameters
        ----------
        *columns : str
            As `using`.

        Examples
        --------
        >>> study.using("outcome", "gender").not_using("outcome").rests_on
        ('gender',)
        """
        left_out = self._fields_of(columns)
        return self.whole.using(*(name for name in self.fields if name not in left_out))

    def _fields_of(self, columns: Iterable[str]) -> tuple[str, ...]:
        """The fields of some columns, or fields; ParameterError for a name that is neither."""
        from sas_analysis.records.audit.usable import RESTS_ON, field_of  # the audit takes a while to import

        strange = [
            name for name in columns if not isinstance(name, str) or (name not in self.records and not field_of(name))
        ]
        known = dict.fromkeys([*counted_columns(self.records), *RESTS_ON])
        check_names(strange, known, "column or field")
        return fields_of_columns(columns, self.choices.ethnicity)

    @property
    def whole(self) -> "Study":
        """The same study without a question: every month counts that the audit does not flag."""
        if not self.fields:
            return self
        if "_whole" not in self.__dict__:
            self.__dict__["_whole"] = self._with(fields=())
        return self.__dict__["_whole"]

    def _question(self, fields: tuple[str, ...]) -> "Study":
        """The same study resting on some fields; it shares what is made already and does not depend on them."""
        part = self._with(fields=fields)
        same = part.verdicts.equals(self.verdicts)
        own = {"fields", "_questions", "_whole", "left_out"}
        shared = set(self.__dict__) - own if same else {"published", "searches"}
        part.__dict__.update({name: self.__dict__[name] for name in shared if name in self.__dict__})
        part.__dict__["_whole"] = self.whole
        return part

    @property
    def _grid(self) -> pd.DataFrame:
        return pd.MultiIndex.from_product([self.forces, self.months], names=["force", "month"]).to_frame(index=False)

    @table_property
    def coverage(self) -> pd.DataFrame:
        """Every force-month and whether it was published: `force | month | status | rows`."""
        doubt = self._in_doubt(self.rests_on)
        if doubt not in self._coverage_known:
            asked = {"forces": self.forces, "start": self.start, "end": self.end}
            self._coverage_known[doubt] = coverage.coverage_grid(self.sources, **asked, verdicts=self.verdicts)
        grid = self._coverage_known[doubt]
        return grid.assign(rows=rounded(grid["rows"], self.records))

    @table_property
    def counted(self) -> pd.DataFrame:
        """The coverage as estimates count it: without flagged and unusable months, unless these are included."""
        return coverage.count_flagged(self.coverage, self.choices.flagged_months, self.choices.unusable)

    @table_property
    def published_months(self) -> pd.DataFrame:
        """How many months of each force count, and why others do not, as `coverage.months_published`."""
        return coverage.months_published(self.counted)

    @property
    def nothing_counts(self) -> str:
        """Why no month counts, in words; "" where one does."""
        if self.published_months["months"].any():
            return ""
        judged = self.verdicts[self.verdicts["verdict"].isin(["flagged", "unusable"])]
        if judged.empty:
            return NOT_HERE
        first = judged.iloc[0]
        return f"no month of {len(judged)} may be used ({first['month']}: {first['reasons']})"

    @cached_property
    def left_out(self) -> list[str]:
        """The months that are in none of its numbers, and why, in words; of many how many there are.

        Examples
        --------
        >>> study.using("outcome_linked_to_object").left_out
        ['without all 6 months in which outcome linked to object may not be used']
        """
        from sas_analysis.study.describe import left_out

        return left_out(self)

    @table_property
    def official(self) -> pd.DataFrame:
        """The records beside official statistics, as `reconcile` gives them; no row of simulated records.

        They are of whole forces, whatever is asked. Of ethnicity as officers described it their number is compared, and
        that of self-defined ethnicity too (`by_both_words`): where one alone agrees, the number cannot be compared.
        Their mix is not compared (`in_number_alone`).
        """
        return beside_official.beside_official(self)

    @cached_property
    def _official_known(self) -> dict[tuple | str, Begun | pd.DataFrame]:
        """The records beside official statistics, by whose word ethnicity is and the months that count, and what is
        counted of them for that: for studies of the same records."""
        return Tables()

    @table_property
    def causes(self) -> pd.DataFrame:
        """Why the records are fewer or more than official statistics count, a row a force and year.

        As `reference.official.causes.name_causes`; no row of simulated records. They are of whole forces.

        Examples
        --------
        >>> study.causes.columns[:4].tolist(), len(study.causes)
        (['force', 'year_ending', 'measure', 'official'], 0)
        """
        return beside_official.causes(self)

    def official_labels(self, path: str | Path) -> pd.DataFrame:
        """Outcomes and reasons of an official table beside those of the records, a row a force, year and label.

        Parameters
        ----------
        path : str or Path
            The table, as `read_official` takes it.

        Returns
        -------
        DataFrame
            As `reference.official.labels.compare_labels`; no row of simulated records.

        Examples
        --------
        >>> study.official_labels(OFFICIAL).columns.tolist()[2:6]  # simulated records: no row
        ['what', 'label', 'official', 'ours']
        """
        return beside_official.labels(self, path)

    @table_property
    def official_months(self) -> pd.DataFrame:
        """The months of the records that stand beside official statistics: `force | month | year_ending`.

        Examples
        --------
        >>> len(study.official_months)  # simulated records: none
        0
        """
        return beside_official.months(self)

    @cached_property
    def _find_rate(self) -> pd.Series:
        """The find rate of all its searches, or why there is none: no find of a part is told without it."""
        return self.outcome("find").frame.iloc[0]

    @property
    def contradicted(self) -> list[str]:
        """The forces whose records official statistics contradict; none of simulated records."""
        return list(self.contradicted_years)

    @cached_property
    def contradicted_years(self) -> dict[str, set[str]]:
        """The years (ending in March) in which official statistics contradict the records of a force, by force.

        Of some months of a study what is known of them there: few months cannot be compared by themselves.

        Examples
        --------
        >>> study.contradicted_years  # of simulated records none
        {}
        """
        return beside_official.contradicted_years(self)

    @cached_property
    def contradicted_by(self) -> dict[str, str]:
        """The official year (ending in March) that contradicts the records of a force, by force.

        "" where it is the year of the records; another where the package carries no figures of that year.

        Examples
        --------
        >>> study.contradicted_by  # of simulated records none
        {}
        """
        return beside_official.contradicted_by(self)

    @cached_property
    def _longest(self) -> "Study":
        """The study of all months that it is a part of; itself, where it is none."""
        return self

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
        check_area_name(borough)
        if self.located is not None and (area := area_in(self.located, borough, self.records)):
            return self._with(area=area)
        where = {"raw": self.raw, "boundaries": self.boundaries, "synthetic": self.synthetic}
        located, area = study_area(self.records, borough=borough, **where)
        return self._with(located=located, area=area)

    @cached_property
    def usable_area(self) -> StudyArea | None:
        """The area, and whether too few searches of the months that count have a location."""
        if self.area is None or self.nothing_counts:
            return self.area
        rows = self.records[["force", "month", "type"]]
        counted = coverage.in_months(rows, coverage.published_force_months(self.counted))
        return area_in(self.area.located, self.area.code, counted)

    def during(self, start: str, end: str) -> "Study":
        """The same study of some of its months, with the same findings of the audit.

        Parameters
        ----------
        start, end : str
            First and last month, "YYYY-MM", both of the study.

        Raises
        ------
        ParameterError
            For what is no month of the study, and an end before the start.

        Examples
        --------
        >>> study.during("2018-05", "2018-06").months
        ['2018-05', '2018-06']
        """
        raise_faults(period_faults(start, end, within=(self.start, self.end)))
        codes, months = codes_of(self.records["month"])
        records = chosen(self.records, np.append((months >= start) & (months <= end), False)[codes])
        own = self.sources[self.sources["month"].between(start, end)]
        area = self.area and area_in(self.area.located, self.area.code, records)
        return self._with(start=start, end=end, records=records, sources=own, area=area, part=True)

    def of_force(self, *forces: str) -> "Study":
        """The same study of one of its forces, or of some.

        Parameters
        ----------
        *forces : str
            Of its `forces`, one or more; a list of them is taken too.

        Raises
        ------
        ParameterError
            For none, and for a force that the study does not hold.

        Examples
        --------
        >>> both = sas.open_study(["metropolitan", "essex"], "2018-04", "2018-05", raw=SAMPLE)
        >>> both.of_force("essex").who
        'Essex Police'
        """
        forces = self._forces_of(forces)
        if not forces:
            raise ParameterError(f"no force is named; the study holds: {', '.join(self.forces)}")
        records, sources = (table[table["force"].isin(forces)] for table in (self.records, self.sources))
        return self._with(forces=forces, records=records, sources=sources, part=True)

    def months_of(self, *forces: str) -> "Study":
        """The same study of some of its forces without their searches: what is known of their months.

        Parameters
        ----------
        *forces : str
            Of its `forces`; a list of them is taken too.

        Raises
        ------
        ParameterError
            For a force that the study does not hold.

        Examples
        --------
        >>> study.months_of("metropolitan").published_months["months"].tolist()
        [6]
        """
        forces = self._forces_of(forces)
        own = self.sources[self.sources["force"].isin(forces)]
        return self._with(forces=forces, records=self.records.head(0), sources=own, part=True)

    def _forces_of(self, wanted: Iterable[str | Iterable[str]]) -> list[str]:
        """The forces that are named, one by one or in lists; ParameterError for any that the study does not hold."""
        named = [name for one in wanted for name in as_names(one)]
        return check_names(named, self.forces, "force", wrong="is none of the study", holder="It holds")

    def placed(self) -> "Study":
        """The same study with its records placed in local authorities, where boundaries are found."""
        if self.located is not None:
            return self
        where = {"raw": self.raw, "boundaries": self.boundaries, "synthetic": self.synthetic}
        return self._with(located=study_area(self.records, borough=None, **where)[0])

    def _with(self, **changes) -> "Study":
        part = replace(self, **({"records": self.__dict__["records"], "sources": self.__dict__["sources"]} | changes))
        self._share_searches(part)
        if (part.forces, part.start, part.end) == (self.forces, self.start, self.end):
            part.__dict__.update({name: getattr(self, name) for name in _OF_THESE_MONTHS})
            if self.part:  # a question about a part is one about a part of the same whole
                part.__dict__["_longest"] = self._longest
            return part
        part.__dict__["_longest"] = self._longest
        months = self.findings["month"].astype("str")
        own = months.between(part.start, part.end) & self.findings["force"].isin(part.forces)
        part.__dict__["findings"] = self.findings[own]
        return part

    def choosing(self, **choices: Any) -> "Study":
        """The same study with other choices.

        Parameters
        ----------
        **choices
            Of `Choices`, such as unusable="include".

        Raises
        ------
        ParameterError
            With every choice that is none, and every value that it cannot have.

        Examples
        --------
        >>> study.choosing(power="section 60").flow["left"].tolist()[-1]
        146
        """
        known = vars(self.choices)
        chosen = replace(self.choices, **{name: value for name, value in choices.items() if name in known})
        raise_faults([*unknown_names(choices, known, "choice"), *chosen.faults()])
        return self if chosen == self.choices else self._with(choices=chosen)

    def __repr__(self) -> str:
        from sas_analysis.study.describe import describe

        return describe(self)
