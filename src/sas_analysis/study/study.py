"""The records of some forces and months, the choices made among them, and what is known about their files."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sas_analysis.codes import chosen, codes_of
from sas_analysis.errors import DataError, ParameterError
from sas_analysis.handed_out import Tables, table_fields, table_property
from sas_analysis.measures import coverage
from sas_analysis.measures.intervals.time import WEEK, week_of
from sas_analysis.measures.places.areas import searches_by_area
from sas_analysis.measures.sensitivity import with_months_taken_back
from sas_analysis.measures.shares import require_columns
from sas_analysis.measures.tallied import tallied
from sas_analysis.months import period_faults
from sas_analysis.names import as_names, check_names, raise_faults, unknown_names
from sas_analysis.records import refresh, store
from sas_analysis.records.locate import Located, StudyArea, area_in, study_area
from sas_analysis.records.select import (
    Selection,
    counted_columns,
    leave_months,
    narrow,
    person_searches,
    with_ethnicity,
)
from sas_analysis.reference.forces import whose
from sas_analysis.rounding import NOT_GIVEN, rounded, to_be_rounded
from sas_analysis.study import beside_official
from sas_analysis.study.choices import Choices
from sas_analysis.study.question import fields_of_columns

if TYPE_CHECKING:
    from sas_analysis.study.estimates import Estimates
    from sas_analysis.study.trends import Changes

_OF_THESE_MONTHS = ("findings", "_verdicts_known", "_coverage_known", "_fields_in_doubt")  # whatever is asked of them
NOT_HERE = "no file with records of these months is here"  # they may have been published all the same
_ROWS_HELD = 3  # selections of searches held at once, of as many sets of months


@table_fields("records", "sources")
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

        They are of whole forces, whatever is asked. Of ethnicity as officers described it their number is compared and
        not their mix, as `in_number_alone` says.
        """
        return beside_official.beside_official(self)

    @cached_property
    def _official_known(self) -> dict[tuple | str, pd.DataFrame]:
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
    def _longest(self) -> "Study":
        """The study of all months that it is a part of; itself, where it is none."""
        return self

    # --- its searches -----------------------------------------------------------------------------------------

    @cached_property
    def _persons(self) -> Selection:
        """The records that are searches of persons."""
        return person_searches(self.records)

    @cached_property
    def published(self) -> Selection:
        """Searches of persons of all published months, in the area and under the power asked for."""
        choices = {"power": self.choices.power, "repeats": self.choices.repeats}
        # Where the power can be read in no month, no search is of it, and there is that to say. No part need have one.
        empty = self.part or (self.choices.power != "all" and bool(self.nothing_counts))
        return narrow(self._persons, area=self.area, **choices, may_be_empty=empty)

    @cached_property
    def selection(self) -> Selection:
        """The searches that estimates rest on: those of months that count, which leave first."""
        months = {"flagged_months": self.choices.flagged_months, "unusable": self.choices.unusable}
        choices = {"power": self.choices.power, "repeats": self.choices.repeats, "area": self.area}
        judged = self.verdicts[self.verdicts["verdict"].isin(["flagged", "unusable"])]
        empty = self.part or bool(self.nothing_counts) or self.published.left > 0
        out = judged.drop(columns="reasons").itertuples(index=False, name=None)
        asked = (*months.values(), empty, *out)
        if asked not in self._selections_known:
            counted = leave_months(self._persons, judged, **months)
            self._selections_known[asked] = narrow(counted, **choices, may_be_empty=empty)
        return self._selections_known[asked]

    @cached_property
    def _selections_known(self) -> dict[tuple, Selection]:
        """What estimates rest on, by the months that are left out: for studies of the same searches."""
        return {}

    @property
    def flow(self) -> pd.DataFrame:
        """What is left out of the records, and why: `step | dropped | left`."""
        return self.selection.flow

    @table_property
    def searches(self) -> pd.DataFrame:
        """The searches of all published months, a plain DataFrame; `ethnicity_5` follows the choice of `ethnicity`.

        Stata knows no time zone: `searches.assign(searched_at=searches["searched_at"].dt.tz_localize(None))` is a table
        that `to_stata` takes.
        """
        return with_ethnicity(self.published.records, **self.choices.scheme)

    @table_property
    def counted_searches(self) -> pd.DataFrame:
        """The searches that estimates rest on, as `searches`."""
        return with_ethnicity(self.selection.records, **self.choices.scheme)

    @property
    def published_rows(self) -> pd.DataFrame:
        """`searches` with the columns that counts rest on: the publisher's own texts, places, times are not moved."""
        return self._rows_of(self.published.kept)

    @property
    def rows(self) -> pd.DataFrame:
        """`counted_searches` with the columns that counts rest on, as `published_rows`."""
        return self._rows_of(self.selection.kept)

    def rows_in(self, forces: str | Iterable[str]) -> pd.DataFrame:
        """The `rows` of some forces.

        Parameters
        ----------
        forces : str or iterable of str
            Of its `forces`; others have no searches.

        Examples
        --------
        >>> len(study.rows_in(["metropolitan"])), len(study.rows_in([]))
        (1618, 0)
        """
        codes, names = codes_of(self.records["force"])
        return self._rows_of(self.selection.kept & np.append(names.isin(as_names(forces)), False)[codes])

    def tallied(self, *columns: str, months: str = "counted") -> pd.DataFrame:
        """The `rows` as `measures.tallied` of their force, month, week and some columns: what tables of counts sum.

        Parameters
        ----------
        *columns : str
            Columns of the searches.
        months : str
            "counted", or "published": all that have records.

        Examples
        --------
        >>> int(study.tallied("ethnicity_5", "power")["searches_alike"].sum())
        1618
        """
        if months == "counted" and self.nothing_counts:
            return self.rows
        columns = tuple(dict.fromkeys(columns))  # many ask for ethnicity beside what they are given
        asked = (self.choices.ethnicity, self.choices.chinese, *columns)
        if asked not in self._tallied:
            require_columns(self._countable, columns)
            self._tallied[asked] = self._tallied_anew(columns)
        if months == "published":
            return self._tallied[asked]
        left = coverage.in_months(self._tallied[asked], coverage.published_force_months(self.counted))
        return left if len(left) else self.rows  # or the reason why nothing is left

    def _tallied_anew(self, columns: tuple[str, ...]) -> pd.DataFrame:
        """The searches of all published months by some columns: of what is counted by more of them, if anything is."""
        by, scheme = ["force", "month", WEEK, *columns], (self.choices.ethnicity, self.choices.chinese)
        known = [table for asked, table in self._tallied.items() if asked[:2] == scheme and set(by) <= set(table)]
        if known:
            return tallied(min(known, key=len), by)
        return tallied(with_ethnicity(self._countable, **self.choices.scheme), by, self.published.kept)

    @property
    def _narrowed(self) -> tuple:
        """What says which searches of the published months are there."""
        return self.choices.power, self.choices.repeats, id(self.area)

    @cached_property
    def _tallied(self) -> dict[tuple[str, ...], pd.DataFrame]:
        """Searches of all published months, by the columns they are counted by: for studies of the same searches."""
        return Tables()

    def _rows_of(self, kept: np.ndarray) -> pd.DataFrame:
        """Searches as they are counted; questions that leave out the same months have the same."""
        key = np.packbits(kept).tobytes()
        if key not in self._rows:
            while len(self._rows) >= _ROWS_HELD:
                self._rows.pop(next(iter(self._rows)))
            rows = self._countable if kept.all() else chosen(self._countable, kept)
            self._rows[key] = with_ethnicity(rows, **self.choices.scheme)
        return self._rows[key]

    @cached_property
    def _rows(self) -> dict[bytes, pd.DataFrame]:
        return Tables()

    @table_property
    def _countable(self) -> pd.DataFrame:
        """The columns of the records that are counted, and the week of each."""
        week = week_of(self.records).astype(np.int8)
        return self.records[counted_columns(self.records)].assign(**{WEEK: week})

    @table_property
    def everywhere(self) -> pd.DataFrame:
        """The searches of the whole forces, wherever they were; beside an area, those of months that count for it."""
        if self.area is None:
            return self.searches
        choices = {"power": self.choices.power, "repeats": self.choices.repeats}
        everywhere = narrow(self._persons, **choices).records
        return with_ethnicity(
            coverage.in_months(everywhere, coverage.published_force_months(self.counted)), **self.choices.scheme
        )

    @table_property
    def areas(self) -> pd.DataFrame:
        """Searches by local authority, and those near its boundary; no row where nothing is placed."""
        if self.located is None:
            return searches_by_area(None, self.records.head(0))
        return searches_by_area(self.located, self.published_rows if self.area is None else self.everywhere)

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
            Of its `forces`, one or more.

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
        forces = check_names(forces, self.forces, "force", wrong="is none of the study", holder="It holds")
        if not forces:
            raise ParameterError(f"no force is named; the study holds: {', '.join(self.forces)}")
        records, sources = (table[table["force"].isin(forces)] for table in (self.records, self.sources))
        return self._with(forces=forces, records=records, sources=sources, part=True)

    def months_of(self, *forces: str) -> "Study":
        """The same study of some of its forces without their searches: what is known of their months.

        Parameters
        ----------
        *forces : str
            Of its `forces`.

        Examples
        --------
        >>> study.months_of("metropolitan").published_months["months"].tolist()
        [6]
        """
        own = self.sources[self.sources["force"].isin(forces)]
        return self._with(forces=list(forces), records=self.records.head(0), sources=own, part=True)

    def placed(self) -> "Study":
        """The same study with its records placed in local authorities, where boundaries are found."""
        if self.located is not None:
            return self
        where = {"raw": self.raw, "boundaries": self.boundaries, "synthetic": self.synthetic}
        return self._with(located=study_area(self.records, borough=None, **where)[0])

    def _with(self, **changes) -> "Study":
        part = replace(self, **({"records": self.__dict__["records"], "sources": self.__dict__["sources"]} | changes))
        if part.__dict__["records"] is self.__dict__["records"]:
            part.__dict__.update({name: getattr(self, name) for name in ("_countable", "_persons", "_official_known")})
            if part.choices.scheme == self.choices.scheme:
                part.__dict__["_rows"] = self._rows
            if part._narrowed == self._narrowed:
                part.__dict__.update({name: getattr(self, name) for name in ("_tallied", "_selections_known")})
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

    # --- measures ---------------------------------------------------------------------------------------------

    def share(
        self, by: str | list[str], *, within: str | list[str] = (), months: str = "counted", **options: Any
    ) -> "Estimates":
        """Share of searches by a column, or by several.

        Parameters
        ----------
        by : str or list of str
            Columns of `searches`.
        within : str or list of str
            Further columns; the share is then of the searches of the same group of these.
        months : str
            "counted": the months that the audit does not flag and whose fields may be used; or "published", all.
        **options
            interval="wilson" and together=5, as `share_of_searches`.

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

        return measures.share(self, by, within=within, months=months, **options)

    def shares(self, columns: list[str], outcomes: Iterable[str] = ()) -> pd.DataFrame:
        """Shares of searches by each of several columns, and of some outcomes, in one table.

        Parameters
        ----------
        columns : list of str
            Columns of `searches`.
        outcomes : iterable of str
            As `outcome` takes one.

        Returns
        -------
        DataFrame
            `column | label | <measures table>`; of an outcome, column and label are empty.

        Examples
        --------
        >>> study.shares(["power", "gender"], ["arrest"])["column"].unique().tolist()
        ['power', 'gender', '']
        """
        from sas_analysis.study import measures

        return measures.shares(self, columns, outcomes=outcomes)

    def outcome_bounds(self, outcome: str, by: str | list[str] = ()) -> "Estimates":
        """Lowest and highest share of searches that ended in an outcome, whatever the unknown outcomes were.

        Parameters
        ----------
        outcome : str
            "positive", "nothing" or "arrest", as `outcome`.
        by : str or list of str
            Columns of `searches`; without them, all searches together.

        Examples
        --------
        >>> study.outcome_bounds("arrest").frame[["measure", "estimate"]].round(3)
                  measure  estimate
        0   arrest_lowest     0.151
        1  arrest_highest     0.151
        """
        from sas_analysis.study import measures

        return measures.bounds(self, outcome, by=by)

    def outcome(self, outcome: str, by: str | list[str] = (), **options: Any) -> "Estimates":
        """Share of searches that ended in an outcome, among those whose outcome is known.

        Parameters
        ----------
        outcome : str
            "arrest"; "positive" (any but no further action); "nothing" (no further action); "find" (linked to the
            object of search) or "linked" (the same among positive outcomes).
        by : str or list of str
            Columns of `searches`; without them, all searches together.
        **options
            interval="wilson" and together=5, as `share_of_searches`.

        Examples
        --------
        >>> study.outcome("arrest", by="ethnicity_5").frame[["ethnicity_5", "estimate"]].round(3).head(2)
          ethnicity_5  estimate
        0       White     0.153
        1       Mixed     0.151
        """
        from sas_analysis.study import measures

        return measures.outcome(self, outcome, by=by, **options)

    def outcome_difference(
        self,
        outcome: "str | Sequence[str]",
        by: str = "ethnicity_5",
        reference: str = "White",
        *,
        within: str | list[str] | None = None,
        covariates: str | list[str] | None = None,
        bounds: bool = False,
        **options: Any,
    ) -> "Estimates":
        """Share of searches with an outcome less that of the reference group: crude, within, and adjusted.

        Months in which the outcome, or a column that is held alike, may not be used are left out of all three.

        Parameters
        ----------
        outcome : str or list of str
            "arrest"; "positive" (any but no further action); "nothing" (no further action); or "find" (linked to the
            object of search; of records for which there is no find rate, none is estimable). Of several, a column
            `outcome` names them.
        by, reference : str
            A column of `searches`, and the label that the others are compared with.
        within : str or list of str, optional
            Columns whose combinations are strata; by default object and power, and force where there are several.
        covariates : str or list of str, optional
            Columns that the adjusted difference holds alike; by default object, power, gender, age and month, and
            force where there are several.
        bounds : bool
            Instead, how low and how high the crude difference can be, whatever the unknown outcomes were; of months
            whose outcomes may not be used as well.
        **options
            interval="sampling" and together=4, as `outcome_differences`.

        Examples
        --------
        >>> found = study.outcome_difference("arrest").only(ethnicity_5="Black")
        >>> found.frame[["measure", "estimate"]].round(3)
                               measure  estimate
        6     outcome_difference_crude     0.003
        7    outcome_difference_within     0.011
        8  outcome_difference_adjusted     0.019
        """
        from sas_analysis.study import differences

        given = {"by": by, "reference": reference, "within": within, "covariates": covariates, "bounds": bounds}
        return differences.outcome_difference(self, outcome, **given, **options)

    def pooled_outcome_difference(
        self, outcome: str, by: str = "ethnicity_5", reference: str = "White", *, of: str = "adjusted", **options: Any
    ) -> "Estimates":
        """Differences of an outcome of several forces: their mean, another force's, and each drawn to the mean.

        Parameters
        ----------
        outcome, by, reference, **options
            As `outcome_difference`; each force is compared by itself.
        of : str
            Which difference is pooled: "crude", "within" or "adjusted".

        Returns
        -------
        Estimates
            As `pooled_differences`: `force | <by> | ...`, with an empty force what is of all of them.

        Examples
        --------
        >>> both = sas.open_study(["metropolitan", "essex"], "2018-04", "2018-09", raw=SAMPLE)
        >>> both.pooled_outcome_difference("arrest").only(ethnicity_5="Black").frame["force"].tolist()
        ['', '', 'metropolitan', 'essex']
        """
        from sas_analysis.study import differences

        return differences.pooled(self, outcome, by=by, reference=reference, of=of, **options)

    def robust_outcome_test(
        self, outcome: str = "positive", *, by_object: bool = True, least: int = 30, **options: Any
    ) -> pd.DataFrame:
        """Whether groups are searched on less than the reference group, from rates and hit rates: mostly inconclusive.

        Parameters
        ----------
        outcome : str
            What counts as a hit: "positive" (any outcome but no further action), "arrest" or "find".
        by_object : bool
            Test within each object of search.
        least : int
            Searches of either group below which a place is not tested.
        **options
            Of the `Comparison`, such as reference="White" or groups=["Black"]; and alpha=0.05 and interval="period",
            as `robust.robust_test_of`.

        Returns
        -------
        DataFrame
            As `robust.robust_test_of`: a row a force, object and group, with the verdict.

        Examples
        --------
        >>> found = study.robust_outcome_test(groups=["Black"])
        >>> found[["object_group", "signs", "verdict"]].head(1).to_numpy().tolist()
        [['Drugs', 'rate only', 'inconclusive']]
        """
        from sas_analysis.study.comparison import OPTIONS, Comparison
        from sas_analysis.study.options import check_options
        from sas_analysis.study.robust import robust_test_of

        check_options(options, [*OPTIONS, "alpha", "interval"])
        how = {name: options.pop(name) for name in ("alpha", "interval") if name in options}
        compared = Comparison(self, **options)
        return robust_test_of(compared, outcome=outcome, by_object=by_object, least=least, **how)

    def ground_difference(
        self,
        column: str,
        by: str = "ethnicity_5",
        reference: str = "White",
        *,
        within: str | list[str] | None = None,
        covariates: str | list[str] | None = None,
        **options: Any,
    ) -> "Estimates":
        """Share of searches with each label of a column less that of the reference group: crude, within, adjusted.

        Parameters
        ----------
        column : str
            "object_group", "power", "more_than_outer_clothing", or another column of `searches`.
        by, reference, within, covariates, **options
            As `outcome_difference`; the column itself is not held alike. only=["Section 60"] compares some labels.

        Examples
        --------
        >>> black = study.ground_difference("power").only(ethnicity_5="Black")
        >>> black.frame[["power", "measure", "estimate"]].round(3)
                power                    measure  estimate
        6  Section 60     share_difference_crude     0.050
        7  Section 60    share_difference_within     0.012
        8  Section 60  share_difference_adjusted     0.008
        """
        from sas_analysis.study import differences

        given = {"by": by, "reference": reference, "within": within, "covariates": covariates}
        return differences.ground_difference(self, column, **given, **options)

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
            interval="clustered" or together=4, as `disproportionality_ratio`.

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

    def trend(self, what: str, *, over: str = "month", **options: Any) -> "Estimates":
        """A series with a row for every month of the study: a gap stays a gap, and its row says why.

        Parameters
        ----------
        what : str
            "searches" (a day), "rate", "ratio", an outcome as `outcome` takes it, "recording" (what is not recorded),
            or a column of `searches`, such as "object_group" or "power".
        over : str
            "month", "quarter" or "year" (of the calendar).
        **options
            Of a rate or ratio, those of the `Comparison`; interval and together, as `share_of_searches`; and
            only=["Black"], which keeps some labels.

        Returns
        -------
        Estimates
            `<over> | <groups> | ...`, with limits of the level and of the period. "recording" is of all published
            months, for what is not recorded is a fact of every one of them.

        Examples
        --------
        >>> study.trend("searches").frame[["month", "numerator", "estimate"]].round(1).head(2)
             month  numerator  estimate
        0  2018-04        280       9.3
        1  2018-05        272       8.8
        """
        from sas_analysis.study import trends

        return trends.trend(self, what, over=over, **options)

    def year_on_year(self, what: str, *, start: str = "", end: str = "", **options: Any) -> "Estimates":
        """A period beside the same months of the year before, of months that may be used in both years.

        Parameters
        ----------
        what : str
            As `trend`; of the outcomes "arrest", "positive" and "nothing".
        start, end : str
            First and last month of the period, "YYYY-MM"; by default the last twelve of the study that have a year
            before them in it.
        **options
            As `trend`.

        Returns
        -------
        Estimates
            `group | period | ...`: the year before, the period, and "change", later / earlier, with the limits of a
            force whose level drifts as forces' do. The note says which months are matched. Of several forces each has
            the months that it has in both years, and the note says how many these are and which forces have none.

        Raises
        ------
        ParameterError
            Where the study does not hold the year before.

        Examples
        --------
        >>> two = sas.open_study("metropolitan", "2018-01", "2019-06", raw=SAMPLE)
        >>> found = two.year_on_year("searches").frame
        >>> found[["period", "measure"]].to_numpy().tolist()[-1]
        ['change', 'year_on_year']
        """
        from sas_analysis.study import trends

        return trends.year_on_year(self, what, start=start, end=end, **options)

    def change_points(self, what: str | list[str], **options: Any) -> pd.DataFrame:
        """Months at which series take a step that the ordinary drift of months does not explain.

        Parameters
        ----------
        what : str or list of str
            As `trend`, or several. Each of several forces is searched by itself.
        **options
            As `trend`; only=["Black"] keeps some labels.

        Returns
        -------
        DataFrame
            As `measures.trends.change_points`; `nature` says what changes: searches, a rate, a ratio, a share, or
            recording.

        Examples
        --------
        >>> found = study.change_points(["searches", "recording"])
        >>> found["note"].str.split(":").str[0].unique().tolist()
        ['not searched']
        """
        from sas_analysis.study import trends

        return trends.change_points(self, what, **options)

    def changes(self, what: str, **options: Any) -> "Changes":
        """Changes over time, as a report shows them: by month, by quarter, steps, and against the year before.

        Parameters
        ----------
        what : str
            As `trend`.
        **options
            As `trend`; only=["Black"] keeps some labels.

        Returns
        -------
        Changes
            by_month; in_short, by quarter (by year where there are more than twelve); points; year (None without two
            years); events (of `policy_calendar`).

        Examples
        --------
        >>> found = study.changes("searches")
        >>> len(found.by_month.frame), len(found.in_short.frame), found.year
        (6, 2, None)
        """
        from sas_analysis.study import trends

        return trends.changes(self, what, **options)

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

    def without_flagged(self, measure: "Callable[[Study], pd.DataFrame | Estimates]") -> pd.DataFrame:
        """A measure of the months that count, and with those taken back in: `months | <measures table>`.

        Parameters
        ----------
        measure : callable
            Function of a study; it returns a measures table or `Estimates`.

        Returns
        -------
        DataFrame
            months : "counted"; "unusable included", with the months whose fields may not be used, where that differs;
            "all published", with the months that the audit flags too.

        Examples
        --------
        >>> both = study.without_flagged(lambda own: own.share("power"))
        >>> both["months"].unique().tolist()
        ['counted', 'all published']
        """
        return with_months_taken_back(self, measure)

    def measured(self, measure: Callable[..., pd.DataFrame], **options: Any) -> "Estimates":
        """Any measure of searches, of the months in which the fields it rests on may be used.

        Parameters
        ----------
        measure : callable
            Function of searches that returns a measures table; it takes `level`.
        **options
            For it.

        Examples
        --------
        >>> from sas_analysis.measures import grounds
        >>> study.measured(grounds.object_agreement).measure
        'object_agreement'
        """
        from sas_analysis.study import measures

        return measures.measured(self, measure, **options)

    def model_frame(self, outcome: str, using: str | list[str] = ()) -> pd.DataFrame:
        """The searches with a known outcome, ready for statsmodels: 0 and 1, and plain categories.

        Parameters
        ----------
        outcome : str
            A column of truth values, such as "arrest" or "positive_outcome".
        using : str or list of str
            Columns of the frame that the formula has. Searches of which one is missing are left out, and with them the
            months and other labels of which no search is left: these would make the fit singular.

        Returns
        -------
        DataFrame
            `<outcome> | force | month | ethnicity_5 | officer_ethnicity_5 | gender | age_range | object_group | power`,
            `area` where records are placed, and `hour` (0 to 23). A blank is the label "Not recorded". Missing in the
            months in which the column may not be used (`usable`): name the columns of a formula in `using`.

        Raises
        ------
        ParameterError
            For an outcome that is no column of truth values, and columns that the frame does not have.
        DataError
            Where no search is left, with the reason.

        Examples
        --------
        >>> import statsmodels.formula.api as smf
        >>> frame = study.model_frame("arrest", using=["ethnicity_5", "power"])
        >>> fit = smf.logit("arrest ~ C(ethnicity_5, Treatment('White')) + power", data=frame).fit(disp=0)
        >>> len(frame), fit.params.round(2).to_dict()["power[T.Section 60]"]
        (1618, -1.72)
        """
        from sas_analysis.study.model_frame import model_frame

        return model_frame(self, outcome, using)

    def report(self, name: str, *, out: str | Path = "reports", parameters: dict | None = None) -> Path:
        """Make a report of this study, the same that `sas-analysis report` makes, and return its folder.

        Parameters
        ----------
        name : str
            "data_quality", "search_grounds", "outcomes", "disproportionality", "places", "national", or a notebook of
            your own.
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
