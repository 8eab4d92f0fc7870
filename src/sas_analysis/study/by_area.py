"""All areas of a comparison side by side: its searches counted once by area, for every one of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sas_analysis.codes import codes_of, positions
from sas_analysis.errors import DataError, ParameterError
from sas_analysis.handed_out import handed_out, table_property
from sas_analysis.measures.coverage import published_force_months
from sas_analysis.measures.ethnicity.accounts import OFFICER, withheld_groups, withhold
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.intervals.time import WEEK
from sas_analysis.measures.places.areas import (
    assignment_band,
    located_by_force,
    near_by_area,
    searches_by_area,
    with_area,
    with_note,
)
from sas_analysis.measures.pooling.shrinkage import shrunken_ratios
from sas_analysis.measures.pooling.strata import strata_table
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.residents.bases import OF_FORCES
from sas_analysis.measures.table import MEASURE_COLUMNS, not_estimable
from sas_analysis.measures.tallied import numbers_of, tallied
from sas_analysis.measures.trends.per_day import searches_per_day
from sas_analysis.measures.trends.periods import every_period
from sas_analysis.months import in_ranges
from sas_analysis.names import as_names
from sas_analysis.processes import each
from sas_analysis.records.locate import StudyArea, area_in
from sas_analysis.reference.area_kinds import Kind
from sas_analysis.reference.areas import HOW_TO_PLACE, find_area, not_compared
from sas_analysis.reference.denominators import Denominator, denominators_of_areas
from sas_analysis.reference.forces import in_words
from sas_analysis.reference.outlines import Outlines
from sas_analysis.rounding import rounded
from sas_analysis.study import area_notes, one_month

if TYPE_CHECKING:
    from sas_analysis.records.locate import Located
    from sas_analysis.study.comparison import Comparison
    from sas_analysis.study.estimates import Estimates
    from sas_analysis.study.study import Study

BY, CODE, AREA = "ethnicity_5", "area_code", "area"
TOGETHER = [AREA, CODE]
FEW = 20  # searches in a month, below which a line over months shows chance alone
PLACED_ONLY = "no boundaries of local authorities are found, so no search can be placed in one"


@dataclass(frozen=True, repr=False)
class Areas:
    """The areas of a comparison; `Comparison.by_area` makes it.

    They are local authorities, or the wards, MSOAs or other areas of a boundary file that the study names.

    Every table is what a study of each area by itself gives (`Study.at`), row for row: the searches of months in which
    locations may be used, and the residents of the area. Searches are counted once, by force, month, week, area and
    ethnic group. All areas are of one boundary file, so that a search is in one of them at most.

    Parameters
    ----------
    compared : Comparison
        Of a study whose records are placed, for a question about locations.
    codes : tuple of str
        Codes of the areas, in the order of the tables.

    Examples
    --------
    >>> areas = compared.by_area(["Southwark", "Lewisham"])
    >>> areas.ratios.query("ethnicity_5 == 'Black'")[["area", "numerator", "estimate"]].round(2)
            area  numerator  estimate
    3  Southwark         10      1.46
    8   Lewisham         17      8.23
    """

    compared: "Comparison"
    codes: tuple[str, ...]

    @classmethod
    def of(cls, compared: "Comparison", areas: Iterable[str] | None = None) -> "Areas":
        """The areas named, or all that the forces of a comparison police; `Comparison.by_area`."""
        placed = compared.study.placed()
        if placed.located is None:
            raise DataError(f"{PLACED_ONLY}; {HOW_TO_PLACE}")
        if compared.user is not None and compared.of_areas is None:
            raise DataError(f"{compared.residents_file}: {OF_FORCES}")
        if placed.area is not None:
            placed = placed._with(area=None)
        layer = placed.located.layer
        if areas is None:
            codes = _areas_of(placed)
        else:
            wanted = as_names(areas)
            if not wanted:
                raise ParameterError("areas names none; name some, or leave it out for all that the forces police")
            codes = list(dict.fromkeys(layer.codes[find_area([layer], one)[1]] for one in wanted))
        study = placed._with(records=with_area(placed.records, placed.located))
        study.__dict__["_official_known"] = placed._official_known  # columns more, but the same records
        return cls(replace(compared, study=study.using("location")), tuple(codes))

    def code_of(self, wanted: str) -> str:
        """The code of one of its areas.

        Parameters
        ----------
        wanted : str
            Its name or code, as `Study.at` takes it.

        Raises
        ------
        ParameterError
            For an area that is none of these, with the names that there are.

        Examples
        --------
        >>> areas.code_of("London Borough of Southwark")
        'E09000028'
        """
        return self.layer.codes[find_area([self.layer], wanted, among=self.codes)[1]]

    # --- what it rests on ---------------------------------------------------------------------------------------------

    @property
    def study(self) -> "Study":
        """The study with the columns `area` and `area_code`, for a question about locations."""
        return self.compared.study

    @property
    def located(self) -> "Located":
        """Its records placed."""
        return self.study.located

    @property
    def layer(self):
        """The boundaries."""
        return self.located.layer

    @property
    def kind(self) -> Kind:
        """What its areas are: local authorities, wards, MSOAs or others."""
        return self.layer.kind

    @property
    def outlines(self) -> Outlines | None:
        """The outlines of its areas for maps; None where those that the package carries serve."""
        from sas_analysis.reference.outline_paths import outlines_of

        return None if self.kind.carried else outlines_of(self.layer, self.codes, list(self.names.values()))

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of every area by its code; with the code where two have one name."""
        of = dict(zip(self.layer.codes, self.located.table[AREA].cat.categories, strict=True))
        return {code: of[code] for code in self.codes}

    @property
    def coarse(self) -> str:
        """What to know of boundaries that are too coarse for a headline of one area; "" where they are not."""
        return self.layer.coarse([self.layer.codes.index(code) for code in self.codes])

    @cached_property
    def not_compared(self) -> str:
        """Why its areas are not set side by side, as `reference.areas.not_compared`; "" where they may be."""
        return not_compared(note for notes in self._of_boundaries for note in notes.values())

    @property
    def has_ratios(self) -> bool:
        """Whether any area has a ratio."""
        return bool(self.ratios["estimate"].notna().any())

    @table_property
    def months_without_location(self) -> pd.DataFrame:
        """The published months whose locations may not be used: `force | month | why`; they are in no number here."""
        may = self.study.whole.usable("location")
        grid = self.study.whole.coverage
        published = grid.loc[grid["status"].eq("published"), ["force", "month"]].astype("str")
        lost = may[~may["usable"].astype(bool)].astype({"force": "str", "month": "str"})
        return lost.merge(published)[["force", "month", "why"]]

    @property
    def by_place(self) -> "Study":
        """The study for what is asked of places alone: months count in which locations may be used, whatever may not
        be used of ethnicity."""
        return self.study.whole.using("location")

    @table_property
    def placing(self) -> pd.DataFrame:
        """How many searches of the months whose locations may be used are placed: `force | searches | placed | outside
        | no_location | share_no_location`, a row a force.

        Local rates are too low by about the share that has no location.
        """
        return located_by_force(self.located, self.by_place.rows)

    @cached_property
    def overlaps(self) -> int:
        """How many of the searches of `placing` lie within several areas of the file, which overlap there.

        Each is counted in the area whose code comes first, so that the others have too few.
        """
        return rounded(self.located.in_several(self.by_place.rows.index), self.by_place.rows)

    @cached_property
    def elsewhere(self) -> int:
        """How many of the searches of `placing` are in areas that none of these forces polices: in no table of areas
        side by side."""
        table = self.areas
        return int(table.loc[table[CODE].ne("") & ~table[CODE].isin(self.codes), "searches"].sum())

    @cached_property
    def by_others(self) -> int:
        """How many of the searches of `placing` were made by one of these forces in an area that another of them
        polices: they are in no rate, ratio or number a day of the area."""
        rows = self.by_place.rows
        return rounded(int(area_notes.made_by_others(self, rows)[0].sum()), rows)

    @table_property
    def areas(self) -> pd.DataFrame:
        """Where searches are, as `Study.areas`, in the months whose locations may be used; in all published months,
        where none may be."""
        study = self.by_place
        return searches_by_area(self.located, study.published_rows if study.nothing_counts else study.rows)

    @property
    def in_months(self) -> str:
        """Which months `areas` and `placing` are of, in words; "" where it is all that are published."""
        study = self.by_place
        if study.nothing_counts:
            return "in all published months"
        lost = self.months_without_location
        if lost.empty:
            return ""
        if len(study.forces) > 1:
            return "in the months whose locations may be used"
        counted = study.counted.loc[study.counted["status"].eq("published"), "month"].astype("str")
        return f"in {in_ranges(counted)}, whose locations may be used"

    @property
    def bases(self) -> dict[str, Denominator]:
        """What the residents of every area are, by its code, or the reason why they cannot be divided by.

        Their numbers are in `residents`.
        """
        return self._based[0]

    @property
    def residents(self) -> pd.DataFrame:
        """The residents of all areas: `area_code | force | ethnicity_5 | residents`."""
        return handed_out(self._based[1])

    @cached_property
    def _based(self) -> tuple[dict[str, Denominator], pd.DataFrame]:
        study, problem = self.study, self._usable_area()
        names = dict(zip(self.layer.codes, self.layer.names, strict=True))
        areas = [StudyArea(code, names[code], self.located, problem) for code in self.codes]
        asked = {"census_year": self.compared.census_year or None, "chinese": study.choices.chinese}
        found, residents = denominators_of_areas(study.counted, areas, **asked, own=self.compared.of_areas)
        return dict(zip(self.codes, found, strict=True)), residents

    def _usable_area(self) -> str | None:
        """Why no rate can be given in any area: too few searches of the months that count have a location."""
        at = self.study._with(area=area_in(self.located, self.layer.codes[0], self.study.records))
        return at.usable_area.problem

    @cached_property
    def _parts(self) -> list[tuple[list[str], Exposure]]:
        """Areas that are counted alike, and their exposure: those whose forces published the same months, or those
        without a rate for the same reason.

        An area has residents in one force alone, and nothing of it depends on another: so forces that published the
        same months are counted as the first of them.
        """
        study = self.study
        months = study.counted.groupby("force", sort=False)["status"].agg(tuple)
        nothing = {forces: self._nothing_counts(forces) for forces in {tuple(b.forces) for b in self.bases.values()}}
        like: dict[tuple, list[str]] = {}
        for code, base in self.bases.items():
            problem = base.problem or nothing[tuple(base.forces)]
            like.setdefault((*(months[force] for force in base.forces), problem), []).append(code)
        columns, policed, parts = self._columns, self._counted_once, []
        for (*_, problem), codes in like.items():
            base = self.bases[codes[0]]
            searches = study.rows[["force", *columns]] if problem else policed
            searches = searches[searches[CODE].isin(codes)]
            searches = searches.assign(**{CODE: searches[CODE].cat.set_categories(codes)})
            residents = self.residents[self.residents[CODE].isin(codes)]
            if base.forces:
                one = pd.Categorical.from_codes(np.zeros(len(searches), dtype=np.int8), base.forces)
                searches, residents = searches.assign(force=one), residents.assign(force=base.forces[0])
            why = problem or None
            made = Exposure.of(searches, base.of(study.counted), residents, by=[CODE, BY], problem=why)
            parts.append((codes, made))
        return parts

    @property
    def _columns(self) -> list[str]:
        return [name for name in ("month", WEEK, BY, CODE) if name in self.study.rows]

    @cached_property
    def _counted_once(self) -> pd.DataFrame:
        """The searches of `_policed`, counted by month, week, group and area."""
        return tallied(self.study.rows, self._columns, self._policed)

    @cached_property
    def months_that_count(self) -> dict[str, list[str]]:
        """The months of each force that are in rates and ratios."""
        counted = published_force_months(self.study.counted).astype("str")
        return {force: list(counted.loc[counted["force"].eq(force), "month"]) for force in self.study.forces}

    @cached_property
    def _one_month(self) -> pd.DataFrame:
        """The areas with a large part of their searches in one month, as `one_month.months_of_areas`."""
        return one_month.months_of_areas(self, self._counted_once)

    def _said_of_one_month(self, names: pd.Series) -> list[str]:
        """What is said of the one month of each area, by name; "" of areas without such a month."""
        said = {self.names[code]: words for code, words in one_month.said(self._one_month).items()}
        return [said.get(name, "") for name in names.astype("str")]

    def _nothing_counts(self, forces: tuple[str, ...]) -> str:
        """Why no month of the forces that police an area counts, in words; "" where one does.

        It is told of them by themselves: whether a file is here at all, and what may not be used of it.
        """
        study = self.study
        counted = study.published_months.set_index("force")["months"]
        if any(counted[force] for force in forces):
            return ""
        return (study.months_of(*forces) if forces else study).nothing_counts

    @cached_property
    def _policed(self) -> np.ndarray:
        """Which of the `Study.rows` are in an area by the force that polices it, whose residents can be divided by."""
        areas, (force, forces) = self.layer.codes, codes_of(self.study.rows["force"])
        bases = self.bases
        police = [next(iter(bases[code].forces), "") if code in bases else "" for code in areas]
        police = np.append(forces.get_indexer(police), -1)[positions(self.study.rows[CODE], areas)]
        return (police >= 0) & (police == force)

    # --- per resident -------------------------------------------------------------------------------------------------

    @table_property
    def rates(self) -> pd.DataFrame:
        """The search rate of every group shown in every area: `area | area_code | ethnicity_5 | <measures table>`."""
        return self.rates_with(**self.study.limits)

    def rates_with(self, **limits) -> pd.DataFrame:
        """`rates` with other limits: level, interval and together, as `search_rate` has them."""
        return self._shown([search_rate(exposure, by=[CODE, BY], **limits) for _, exposure in self._parts])

    @table_property
    def ratios(self) -> pd.DataFrame:
        """The ratio of every group shown to the reference group of the same area, as `rates`."""
        return self.ratios_with(**self.compared.against)

    def ratios_with(self, **against) -> pd.DataFrame:
        """`ratios` with other limits, as `disproportionality_ratio` has them."""
        return self._shown([disproportionality_ratio(exposure, within=CODE, **against) for _, exposure in self._parts])

    @table_property
    def strata(self) -> pd.DataFrame:
        """Searches and resident-years of every group in every area that has a rate, for a funnel.

        Without the areas of forces that official statistics contradict, unless no other is left: what all areas have in
        common would rest on them. Those of one month are told apart in the column `not_compared`.

        `area | ethnicity_5 | searches | resident_years | by_week`; without `by_week` where forces published unlike
        numbers of months. Where areas are not set side by side, `not_compared` says why: their funnel has no verdict.
        """
        tables = self._strata()
        if not tables:
            return self.ratios.head(0)[[AREA, BY]].assign(searches=pd.NA, resident_years=float("nan"))
        table = pd.concat(tables, ignore_index=True)
        sure = table[~table[AREA].isin([self.names[code] for code in self._contradicted])]
        table = table if sure.empty else sure.reset_index(drop=True)
        if self.not_compared:
            return _alike(table.assign(not_compared=f"these boundaries {self.not_compared}"))
        return _alike(table)

    def _strata(self) -> list[pd.DataFrame]:
        """`strata` of the areas of each force; an area of one month is told apart, for `pooling` to leave it out of
        what areas have in common."""
        found = {}
        for _, exposure in self._parts:
            if exposure.problem:
                continue
            table = strata_table(exposure, stratum=CODE)
            code = table[CODE].astype("str")
            table = table.assign(**{AREA: code.map(self.names)})[[AREA, *table.columns.drop(CODE)]]
            if len(self._one_month):
                table = table.assign(not_compared=self._said_of_one_month(table[AREA]))
            force = code.map({code: base.forces[0] for code, base in self.bases.items() if base.forces})
            found |= {name: rows.reset_index(drop=True) for name, rows in table.groupby(force, sort=False)}
        return [found[force] for force in dict.fromkeys(f for base in self.bases.values() for f in base.forces)
                if force in found]  # fmt: skip

    @table_property
    def shrunken(self) -> pd.DataFrame:
        """Ratios of the areas of a force drawn towards their mean: `area | ethnicity_5 | <measures table>`."""
        against = {"reference": self.compared.reference, "level": self.study.level}
        tables = each(partial(shrunken_ratios, force=AREA, **against), self._strata())
        if not tables:
            return self.ratios.head(0).drop(columns=CODE)
        table = pd.concat(tables, ignore_index=True)
        table = table[table[BY].isin(self.compared.groups)].reset_index(drop=True)
        unknown = area_notes.too_unknown(self.ratios)
        table = with_note(self.compared.marked(table), [unknown.get(name, "") for name in table[AREA]])
        return self._by_boundaries(table)

    def band(self) -> pd.DataFrame:
        """What searches near the boundaries could change: `area | area_code | ethnicity_5 | measure | estimate |
        lowest | highest | note`, as `Comparison.assignment_band`."""
        rows, near = self.study.rows[["force", BY]], []
        for forces, codes in self._codes_by_forces.items():
            of_these = near_by_area(self.located, rows[rows["force"].isin(forces)] if forces else rows)
            near.append(of_these[of_these[CODE].isin(codes)])
        tables = (pd.concat(near), self.rates, self.ratios)
        table = self._ordered([assignment_band(*tables, reference=self.compared.reference, within=CODE)])
        return self._by_boundaries(table)

    @property
    def _codes_by_forces(self) -> dict[tuple[str, ...], list[str]]:
        """The areas whose searches are of the same forces: () is all, where there is no rate."""
        found: dict[tuple[str, ...], list[str]] = {}
        for code, base in self.bases.items():
            found.setdefault(tuple(base.forces), []).append(code)
        return found

    def _shown(self, tables: list[pd.DataFrame]) -> pd.DataFrame:
        """Tables of areas as they may be shown: the groups asked for, without groups that an area does not use."""
        compared = self.compared
        table = self._ordered(tables)
        table = table[table[BY].isin([*compared.groups, compared.reference])].reset_index(drop=True)
        against = {"whose": self.study.choices.first_word, "reference": compared.reference}
        table = withhold(table, self._unused, within=CODE, **against)
        table = compared.marked(table)
        for notes in filter(None, self._notes):
            table = with_note(table, [notes.get(code, "") for code in table[CODE]])
        return with_note(table, one_month.notes(self, self._one_month, table)) if len(self._one_month) else table

    @cached_property
    def _notes(self) -> list[dict[str, str]]:
        """What to know of areas, by their code."""
        return [*self._of_boundaries, area_notes.shared(self)]

    @cached_property
    def _of_boundaries(self) -> list[dict[str, str]]:
        """What to know of the boundaries of areas, by their code: it is of every number of them, of searches too."""
        return [area_notes.coarse(self), area_notes.overlapped(self)]

    def _by_boundaries(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table by area with what is to know of the boundaries of each."""
        code = table[AREA].astype("str").map({name: code for code, name in self.names.items()})
        for notes in filter(None, self._of_boundaries):
            table = with_note(table, [notes.get(own, "") for own in code])
        return table

    def _noted(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table by area, of whole periods, with what is to know of each area before it is set beside others."""
        return self._by_boundaries(with_note(table, self._said_of_one_month(table[AREA])))

    @property
    def _contradicted(self) -> list[str]:
        """The areas of forces that official statistics contradict."""
        forces = set(self.study.contradicted)
        return [code for code, base in self.bases.items() if forces & set(base.forces)]

    def _ordered(self, tables: list[pd.DataFrame]) -> pd.DataFrame:
        """Tables of areas in one, in the order of the areas, with their names."""
        table = pd.concat(tables, ignore_index=True)
        code = table[CODE].astype("str")
        order = code.map({code: n for n, code in enumerate(self.codes)}).sort_values(kind="stable").index
        table = table.assign(**{CODE: code, AREA: code.map(self.names)}).loc[order].reset_index(drop=True)
        return table[[*TOGETHER, *table.columns.drop(TOGETHER)]]

    @table_property
    def _unused(self) -> pd.DataFrame:
        """The groups that ethnicity as it is taken gives no ratio of, as `Comparison.unused` of each area, which is in
        the column `area_code`."""
        study = self.study
        clean = study.selection.of(study.records[[BY, OFFICER, CODE]])  # the groups as they were cleaned
        clean = tallied(clean, [BY, OFFICER, CODE], self._policed)
        # One count for all areas, which stand in the place of forces.
        table = withheld_groups(clean.rename(columns={CODE: "force"}), whose=study.choices.first_word)
        bases = self.bases
        return table.assign(**{CODE: table["force"], "force": [bases[code].forces[0] for code in table["force"]]})

    # --- of searches --------------------------------------------------------------------------------------------------

    def share(self, by: str, **options) -> "Estimates":
        """Share of the searches of every area by a column: `area | <by> | <measures table>`, as `Study.share`.

        Examples
        --------
        >>> areas.share("power").only(area="Southwark").frame["numerator"].tolist()[:2]
        [35, 4]
        """
        return self._only(self.by_place.share(by, within=AREA, **options))

    def outcome(self, outcome: str, by: str | list[str] = (), **options) -> "Estimates":
        """Share of the searches of every area that ended in an outcome, as `Study.outcome`.

        Examples
        --------
        >>> areas.outcome("arrest").frame[["area", "numerator", "denominator"]]
                area  numerator  denominator
        0  Southwark          9           39
        1   Lewisham          8           37
        """
        by = [by] if isinstance(by, str) else list(by)
        return self._only(self.by_place.outcome(outcome, by=[AREA, *by], **options))

    def per_day(self, most: int = 8) -> "Estimates":
        """Searches a day by month in the areas with the most searches: `month | area | <measures table>`.

        Parameters
        ----------
        most : int
            How many areas at most. One with fewer than `FEW` searches in an ordinary month is left out: its line would
            show chance alone.

        Examples
        --------
        >>> areas.per_day().frame.empty  # Southwark has 39 searches in six months
        True
        """
        from sas_analysis.study.estimates import Estimates

        study = self.by_place
        searches = study.tallied(AREA)
        number = numbers_of(searches)
        number = pd.Series(1 if number is None else number, searches.index)
        counts = number.groupby([searches[AREA], searches["month"]], observed=True).sum()
        usual = counts.groupby(level=0, observed=True).agg(["median", "sum"])
        usual = usual[usual["median"].ge(FEW) & usual.index.isin(self.names.values())]
        tables = [self._per_day(name) for name in usual.nlargest(most, "sum").index]
        empty = searches_per_day(searches.head(0), study.counted.head(0), ["month"]).assign(**{AREA: ""})
        frame = pd.concat(tables, ignore_index=True) if tables else empty
        frame = self._by_boundaries(frame[["month", AREA, *MEASURE_COLUMNS]])
        return Estimates(frame, "Searches a day, by month and place", study)

    def _per_day(self, name: str) -> pd.DataFrame:
        """Searches a day of one area, a row a month, by the force that polices it (if it is one of the study)."""
        study = self.by_place
        code = next(code for code, own in self.names.items() if own == name)
        force = self.layer.forces[self.layer.codes.index(code)]
        forces = [force] if force in study.forces else study.forces
        grid = study.counted[study.counted["force"].astype("str").isin(forces)]
        searches = study.tallied(AREA)
        searches = searches[searches[AREA].eq(name) & searches["force"].isin(forces)]
        table = searches_per_day(searches, grid, ["month"], **study.limits)
        return every_period(table, grid, over="month").assign(**{AREA: name})

    def outcome_difference(self, outcome: str, **options) -> "Estimates":
        """Share of searches with an outcome less that of the reference group, in every area by itself.

        Parameters
        ----------
        outcome : str
            "arrest", "positive", "nothing" or "find".
        **options
            As `Study.outcome_difference`; the reference group is that of the comparison.

        Examples
        --------
        >>> found = areas.outcome_difference("arrest").only(area="Southwark", ethnicity_5="Black")
        >>> found.frame[["measure", "estimate"]].round(3).head(2)
                            measure  estimate
        6   outcome_difference_crude     0.014
        7  outcome_difference_within     0.160
        """
        from sas_analysis.study.differences import by_part

        options = {"by": BY, "reference": self.compared.reference} | options
        found = by_part(self.study, outcome, part=AREA, labels=list(self.names.values()), **options)
        return replace(found, frame=self._noted(self._with_reasons(found.frame, found.study)))

    def _only(self, estimates: "Estimates") -> "Estimates":
        """The rows of its areas, in their order."""
        frame = estimates.frame
        place = frame[AREA].astype("str").map({name: n for n, name in enumerate(self.names.values())})
        order = place.dropna().sort_values(kind="stable").index
        frame = frame.loc[order].reset_index(drop=True).astype({AREA: "str"})
        return replace(estimates, frame=self._noted(self._with_reasons(frame, estimates.study)))

    def _with_reasons(self, frame: pd.DataFrame, study: "Study") -> pd.DataFrame:
        """A table by area in which those of a force without a month that counts have its reason and no number.

        No file is not no search: without this they would have 0 of 0 searches.
        """
        polices = dict(zip(self.layer.codes, self.layer.forces, strict=True))
        force = frame[AREA].map({name: polices[code] for code, name in self.names.items()})
        counted = study.published_months.set_index("force")["months"]
        lacking = [name for name in study.forces if not counted.get(name, 0)]
        if not lacking or not counted.any():  # where nothing counts the measure says why itself
            return frame
        parts = [frame[~force.isin(lacking)]]
        for name in lacking:
            rows = frame[force.eq(name)]
            if len(rows):
                refused = not_estimable(rows, study.months_of(name).nothing_counts)
                parts.append(refused.set_axis(rows.index)[frame.columns])
        return pd.concat(parts).sort_index()

    def __repr__(self) -> str:
        return f"{len(self.codes)} {self.kind.many} side by side\n{self.compared!r}"


def _alike(strata: pd.DataFrame) -> pd.DataFrame:
    """Strata with their searches by week where all have as many months; else without."""
    shapes = strata["by_week"].map(lambda array: getattr(array, "shape", ())) if "by_week" in strata else pd.Series()
    return strata if shapes.nunique() == 1 else strata.drop(columns="by_week", errors="ignore")


def _areas_of(placed: "Study") -> list[str]:
    """The codes of all areas that the forces police; where they police none (British Transport Police), of those that
    their searches are in."""
    layer, table = placed.located.layer, placed.located.table
    codes = [code for code, force in zip(layer.codes, layer.forces, strict=True) if force in placed.forces]
    codes = codes or [code for code in layer.codes if code in set(table["area_code"].dropna())]
    if not codes:
        who, one = in_words(placed.forces), layer.kind.one
        raise DataError(f"{layer.path.name} has no {one} that {who} polices, or that a search of theirs is in")
    return codes
