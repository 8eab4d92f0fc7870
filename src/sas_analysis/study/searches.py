"""The searches of a study: those that it counts, and those that are alike as one row."""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import pandas as pd

from sas_analysis.codes import chosen, codes_of
from sas_analysis.handed_out import Tables, table_property
from sas_analysis.measures import coverage
from sas_analysis.measures.intervals.time import WEEK, week_of
from sas_analysis.measures.places.areas import searches_by_area
from sas_analysis.measures.shares import require_columns
from sas_analysis.measures.tallied import tallied
from sas_analysis.names import as_names, raise_faults
from sas_analysis.records.select import (
    Selection,
    counted_columns,
    leave_months,
    narrow,
    person_searches,
    with_ethnicity,
)
from sas_analysis.reference.forces import unknown_forces

_ROWS_HELD = 3  # selections of searches held at once, of as many sets of months


class Searches:
    """The part of a `Study` that holds its searches: which of its records are counted."""

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
            Of its `forces`; other forces have no searches.

        Raises
        ------
        ParameterError
            For what is no force at all.

        Examples
        --------
        >>> len(study.rows_in(["metropolitan"])), len(study.rows_in([]))
        (1618, 0)
        """
        wanted = as_names(forces)
        raise_faults(unknown_forces(wanted))
        codes, names = codes_of(self.records["force"])
        return self._rows_of(self.selection.kept & np.append(names.isin(wanted), False)[codes])

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

    def _share_searches(self, other: "Searches") -> None:
        """Hand what is counted here to another study, as far as it is of the same records and searches."""
        if other.__dict__["records"] is not self.__dict__["records"]:
            return
        alike = ["_countable", "_persons", "_official_known"]
        alike += ["_rows"] * (other.choices.scheme == self.choices.scheme)
        alike += ["_tallied", "_selections_known"] * (other._narrowed == self._narrowed)
        other.__dict__.update({name: getattr(self, name) for name in alike})
