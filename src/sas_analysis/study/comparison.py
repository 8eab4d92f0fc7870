"""A study beside the residents of its forces: what every rate and ratio takes, and how captions name it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sas_analysis.errors import ParameterError
from sas_analysis.handed_out import table_property
from sas_analysis.measures.ethnicity.accounts import ratios_by_account, withheld_groups, withhold
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.headline_table import headline_table
from sas_analysis.measures.places.areas import assignment_band, near_boundary, with_note
from sas_analysis.measures.pooling.strata import strata_table
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import REFERENCE, disproportionality_ratio
from sas_analysis.measures.rates.standardise import STRATA, standardised
from sas_analysis.measures.registry import BY_AGE_AND_SEX, NOBODY, SCHEMES, residents_of
from sas_analysis.measures.residents.bases import OF_FORCES, ratios_by_base
from sas_analysis.measures.sensitivity import ALL_FORCES, CONFIRMED, mark_contradicted
from sas_analysis.measures.shares import as_list
from sas_analysis.measures.table import join_notes
from sas_analysis.measures.unknown.bounds import officer_bounds, ratio_bounds
from sas_analysis.measures.unknown.imputation import Patterns, count_patterns
from sas_analysis.months import months_in_words
from sas_analysis.names import as_names, raise_faults, unknown_names
from sas_analysis.reference.age_sex import AGE_BANDS, SEXES, age_sex_residents_of, age_sex_source, age_sex_year
from sas_analysis.reference.beside_census import read_beside_census
from sas_analysis.reference.census import GROUPINGS, census_years
from sas_analysis.reference.denominators import Denominator, denominator
from sas_analysis.reference.interpolate import AREA_CODE
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.rounding import NOT_GIVEN
from sas_analysis.study.options import check_options
from sas_analysis.study.study import Study

if TYPE_CHECKING:
    from sas_analysis.study.by_area import Areas
    from sas_analysis.study.by_force import Forces
    from sas_analysis.study.estimates import Estimates
    from sas_analysis.study.imputed import Imputed

BY = "ethnicity_5"
_OF_THEIR_OWN = {"account", "ethnicity", "forces"}  # columns of tables whose rows have been asked one by one already
_ACCOUNTS = ("ethnicity_5_2001", "officer_ethnicity_5")  # columns of ethnicity beside that of five groups
_ONE_BASE = (
    "the residents given are of forces, and no rate or ratio of this method rests on them: leave residents_file out; "
    "they are one more base of sas.Comparison(study, residents_file=...).ratios_by_base()"
)
_NO_AREA = (
    'the residents given are of areas (area_code), and this is of whole forces: ask by="borough", or of one area, '
    "study.at(...)"
)
_OWN_BASES = {"base", "census"}  # columns that name the residents of every row


@dataclass(frozen=True, repr=False)
class Comparison:
    """A study beside the residents of its forces: the rates and ratios of its ethnic groups.

    Parameters
    ----------
    study : Study
        Whose searches.
    reference : str
        The group that the others are compared with.
    groups : str or sequence of str
        The groups to show beside it, one or more.
    census_year : int
        A census that is carried, such as 2011 or 2021; 0 takes residents interpolated between the censuses to the
        middle of the period, and those of the last census after it.
    residents_file : str
        A CSV `force, ethnicity_5, residents` with residents of your own, as one more base of `ratios_by_base`; no other
        rate or ratio rests on it. Or a CSV `area_code, ethnicity_5, residents`, which the rates of these areas
        (`by_area`, `Study.at`) rest on alone. "" for none.

    Raises
    ------
    ParameterError
        For a group, a reference or a census that is none, and without a group beside the reference group.

    Examples
    --------
    >>> study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE)
    >>> compared = sas.Comparison(study, groups=["Black"])
    >>> compared.source
    'Residents of all ages: interpolated between Census 2011 and Census 2021 to 2018-07, Office for National ...'
    >>> compared.ratios[["ethnicity_5", "numerator", "denominator", "estimate"]].round(2)
      ethnicity_5  numerator  denominator  estimate
    0       White        490        490.0      1.00
    3       Black        505        119.2      4.24
    """

    study: Study
    reference: str = REFERENCE
    groups: str | Sequence[str] = tuple(GROUPS_5)
    census_year: int = 0
    residents_file: str = ""

    def __post_init__(self):
        if not isinstance(self.study, Study):
            given = repr(self.study) if isinstance(self.study, str) else f"a {type(self.study).__name__}"
            raise ParameterError(f"study is {given}, no study; open one first: sas.open_study(...)")
        object.__setattr__(self, "groups", tuple(as_names(self.groups)))
        raise_faults(self._faults())
        object.__setattr__(self, "study", self.study.using(BY))  # groups are told apart by ethnicity

    def __getstate__(self) -> dict:
        """What it is made of: its tables are made anew."""
        return {own.name: self.__dict__[own.name] for own in fields(self)}

    def _faults(self) -> list[str]:
        """What is wrong with what is asked, a line each."""
        found = unknown_names(self.groups, GROUPS_5, "group") + unknown_names(
            [self.reference], GROUPS_5, "reference", wrong="is none of the groups"
        )
        if not found and not self._others:
            found.append(f"groups name none beside the reference group, {self.reference}: add one to compare")
        if type(self.census_year) is bool or self.census_year not in (0, *census_years()):
            carried = " or ".join(map(str, census_years()))
            found.append(
                f"census_year={self.census_year!r} is no census that is carried; choose {carried}, or 0 for residents "
                "between the censuses"
            )
        if not isinstance(self.residents_file, str | Path):
            found.append(f'residents_file={self.residents_file!r} is no file; write the name of a CSV, or "" for none')
        return found

    def using(self, *columns: str) -> "Comparison":
        """The same comparison for a question about some more columns, as `Study.using`.

        Parameters
        ----------
        *columns : str
            Columns of the searches, or fields.

        Examples
        --------
        >>> compared.using("officer_ethnicity_5").study.rests_on
        ('self_defined_ethnicity', 'officer_defined_ethnicity')
        """
        study = self.study.using(*columns)
        if study is self.study:
            return self
        known = self.__dict__.setdefault("_questions", {})
        if id(study) not in known:
            known[id(study)] = replace(self, study=study)
        return known[id(study)]

    # --- what is divided by what ------------------------------------------------------------------------------

    @cached_property
    def base(self) -> Denominator:
        """The residents that searches are divided by, or the reason why they cannot be."""
        study = self.study
        asked = {"census_year": self.census_year or None, "chinese": study.choices.chinese}
        return denominator(study.counted, **asked, area=study.usable_area, own=self.of_areas)

    @property
    def forces(self) -> list[str]:
        """The forces with a valid resident population; those the comparison is of."""
        return self.base.forces

    @property
    def several(self) -> bool:
        """Whether it is of more than one force."""
        return len(self.forces) > 1

    @property
    def source(self) -> str:
        """The residents in words, for a caption; those that one table rests on are in `source_of`."""
        if self.of_areas is None or self.study.area:
            return self.base.source
        return f"{self.base.source}; residents of areas: given by the user"

    def source_of(self, table: pd.DataFrame) -> str:
        """The residents that a table rests on, in words; "" where its rows name their own.

        Examples
        --------
        >>> compared.source_of(compared.standardised())
        'Residents by age and sex: Census 2011, Office for National Statistics, Chinese counted in Asian'
        """
        if _OWN_BASES.intersection(table.columns):
            return ""
        if self.of_areas is not None and not self.study.area and {"area", "borough"} & set(table.columns):
            return "Residents: given by the user"  # of whole forces they are those of the census
        by_age_and_sex = "measure" in table and residents_of(table["measure"]) == {BY_AGE_AND_SEX}
        if by_age_and_sex or set(STRATA) <= set(table.columns):
            return age_sex_source()
        period = next((name for name in ("month", "quarter", "year") if name in table), "")
        if period and self.base.around:
            return self.base.source.replace(f"to {self.base.month}", f"to the middle of each {period}")
        return self.base.source

    @property
    def against(self) -> dict:
        """The reference group, interval and its level, as arguments of a measure: `measure(..., **against)`."""
        return {"reference": self.reference, **self.study.limits}

    @table_property
    def user(self) -> pd.DataFrame | None:
        """Your own residents, from `residents_file`; None without it."""
        return read_beside_census(self.residents_file) if self.residents_file else None

    @property
    def of_areas(self) -> pd.DataFrame | None:
        """Your own residents where they are of areas; else None."""
        return self.user if self.user is not None and AREA_CODE in self.user else None

    @table_property
    def coverage(self) -> pd.DataFrame:
        """The months of its forces that count, as `Study.counted`."""
        return self.base.of(self.study.counted)

    @table_property
    def searches(self) -> pd.DataFrame:
        """The searches that its rates rest on, with the groups of the study's scheme."""
        return self._rows(self.study)

    def _rows(self, study: Study) -> pd.DataFrame:
        """What is counted of a study in the forces whose residents are known; all of them, if of none."""
        return study.rows if self.base.problem else study.rows_in(self.base.forces)

    def _tallied(self, study: Study, *columns: str) -> pd.DataFrame:
        """The same by force, month, week, ethnic group and some columns, as `Study.tallied`."""
        found = study.tallied(BY, *columns)
        return found if self.base.problem else self.base.of(found)

    def _clean_tallied(self, study: Study, *columns: str) -> pd.DataFrame:
        """The same with the groups as they were cleaned."""
        return self._tallied(study.choosing(ethnicity="self", chinese="Asian"), *columns)

    def _clean_rows(self, study: Study) -> pd.DataFrame:
        """The same with the groups as they were cleaned."""
        return self._rows(study.choosing(ethnicity="self", chinese="Asian"))

    @table_property
    def clean_searches(self) -> pd.DataFrame:
        """The same searches with the groups as they were cleaned, for measures that choose a scheme themselves."""
        return self._clean_rows(self.study)

    @property
    def schemes(self) -> list[str]:
        """Whose word on ethnicity may be taken, as `ethnicity` of a study names it: what it rests on may be used in
        some month that counts.

        Examples
        --------
        >>> compared.schemes
        ['self', 'officer', 'combined']
        """
        own = self.study.choices.ethnicity
        return [name for name in SCHEMES if name == own or not self.using(*SCHEMES[name]).study.nothing_counts]

    @table_property
    def by_accounts(self) -> pd.DataFrame:
        """The same searches counted by what both accounts of ethnicity say, as `Study.tallied`: for `sas.ethnicity`.

        Examples
        --------
        >>> int(compared.using("officer_ethnicity_5").by_accounts["searches_alike"].sum())
        1618
        """
        return self._clean_tallied(self.study, *_ACCOUNTS)

    @cached_property
    def exposure(self) -> Exposure:
        """Searches and residents of every ethnic group by month."""
        return self.exposure_by(BY)

    def exposure_by(self, *columns: str) -> Exposure:
        """Searches and residents by further columns and by ethnic group.

        Parameters
        ----------
        *columns : str
            Columns of the searches, such as "object_group" or "power"; "force" keeps the forces apart.

        Returns
        -------
        Exposure
            What rates and ratios take.

        Examples
        --------
        >>> exposure = compared.exposure_by("power")
        >>> sas.search_rate(exposure, by=["power", "ethnicity_5"])["estimate"].round(3).head(2).tolist()
        [0.194, 0.315]
        """
        return self._exposure(*self._counted(*columns), columns)

    @table_property
    def strata(self) -> pd.DataFrame:
        """Searches and resident-years of every group in every force."""
        return strata_table(self.exposure)

    # --- the two measures that all others are set beside --------------------------------------------------------

    @table_property
    def ratios(self) -> pd.DataFrame:
        """The ratio of every group shown to the reference group."""
        return self.shown(disproportionality_ratio(self.exposure, **self.against))

    def ratios_of(
        self, searches: pd.DataFrame, grid: pd.DataFrame, *, within: str | Sequence[str] = ()
    ) -> pd.DataFrame:
        """The ratio of every group among some searches and months, all groups shown.

        Parameters
        ----------
        searches : DataFrame
            Some of `Study.searches`. Those of months that do not count are left out.
        grid : DataFrame
            `Study.coverage`, or some rows of it: the months in which searches and residents are counted.
        within : str or list of str
            "force" or other columns; each of their groups has a reference group of its own.

        Examples
        --------
        >>> at_night = study.searches[study.searches["searched_at"].dt.hour < 6]
        >>> compared.ratios_of(at_night, study.coverage)["numerator"].tolist()
        [72, 13, 51, 83, 10, 35]
        """
        exposure = self._exposure(searches, self.base.of(grid), self.base.problem, as_list(within))
        return self._used(disproportionality_ratio(exposure, within=within, **self.against))

    def _counted(self, *columns: str) -> tuple[pd.DataFrame, pd.DataFrame, str | None]:
        """Searches and coverage of the months that count for some columns, and why nothing can be divided there."""
        study, base = self.study.using(*columns), self.base
        searches = self._tallied(study, *columns)
        return searches, base.of(study.counted), base.problem or study.nothing_counts or None

    def _exposure(self, searches, grid, problem: str | None, columns: Sequence[str]) -> Exposure:
        by = list(dict.fromkeys([*columns, BY]))
        return Exposure.of(searches, grid, self.base.residents, by=by, problem=problem)

    def standardised(self) -> pd.DataFrame:
        """Rates and ratios if every group had the ages and sexes of all residents, and the ratios without that.

        Returns
        -------
        DataFrame
            `ethnicity_5 | <measures table>`. Residents by age and sex are those of the census that every note names,
            whatever `census_year` is: so `ratio_before_standardising`, of the same searches and residents, is what to
            set `ratio_of_standardised_rates` beside, and not `ratios`.

        Examples
        --------
        >>> table = compared.standardised().query("ethnicity_5 == 'Black'").set_index("measure")["estimate"].round(2)
        >>> table.loc[["ratio_before_standardising", "ratio_of_standardised_rates"]].tolist()
        [4.88, 4.58]
        """
        searches, grid, _ = self._counted("age_range", "gender")
        residents, problem = self._age_sex_residents()
        return _by_census(standardised(searches, grid, residents, problem=problem, **self.against))

    def by_age_and_sex(self) -> pd.DataFrame:
        """Rates of every group of one age and sex, and their ratios to the reference group of the same age and sex.

        Returns
        -------
        DataFrame
            `gender | age_range | ethnicity_5 | <measures table>`, measures `search_rate` and
            `disproportionality_ratio`; of ages and sexes that the census counts residents of. The census is that which
            every note names, whatever `census_year` is.

        Examples
        --------
        >>> table = compared.by_age_and_sex()
        >>> young = table.query("gender == 'Male' and age_range == '18-24' and ethnicity_5 == 'Black'")
        >>> young[["measure", "numerator", "estimate"]].round(2).to_numpy().tolist()
        [['search_rate', 190, 9.99], ['disproportionality_ratio', 190, 4.52]]
        """
        searches, grid, _ = self._counted("age_range", "gender")
        searches = _in_strata(searches)
        residents, problem = self._age_sex_residents()
        strata = list(STRATA)
        exposure = Exposure.of(searches, grid, residents, by=[*strata, BY], problem=problem)
        tables = [
            search_rate(exposure, by=[*strata, BY], **self.study.limits),
            disproportionality_ratio(exposure, within=strata, **self.against),
        ]
        table = pd.concat(tables, ignore_index=True)
        table = table[table["gender"].isin(SEXES) & table["age_range"].isin(AGE_BANDS)]
        order = table["gender"].map({"Male": 0, "Female": 1}).astype(int)
        table = table.loc[order.sort_values(kind="stable").index, ["gender", *table.columns.drop("gender")]]
        return self.shown(_by_census(table))

    def _age_sex_residents(self) -> tuple[pd.DataFrame | None, str | None]:
        """Residents by age and sex, or the reason why there are none that searches could be divided by."""
        choices = self.study.choices
        _, _, problem = self._counted("age_range", "gender")
        problem = problem or (NOT_GIVEN if choices.round_to else None)
        return age_sex_residents_of(self.forces, chinese=choices.chinese, area=self.study.area, problem=problem)

    def ratios_by_account(self, *, draws: int, seed: int) -> pd.DataFrame:
        """The ratios by whose word on ethnicity is taken: `account | ethnicity_5 | <measures table>`.

        Parameters
        ----------
        draws : int
            How many times unknown ethnicity is imputed, 2 or more.
        seed : int
            Seed of the imputations; the same seed gives the same table.

        Raises
        ------
        ParameterError
            For draws and a seed that are none.

        Examples
        --------
        >>> compared.ratios_by_account(draws=5, seed=1)["account"].unique().tolist()[:4]
        ['self-defined, stated', 'self-defined, imputed', 'officer-defined', 'combined']
        """
        compared, choices = self.using("self_defined_ethnicity", "officer_defined_ethnicity"), self.study.choices
        study, base = compared.study, self.base
        problem = base.problem or study.nothing_counts or None
        how = {"problem": problem, "chinese": choices.chinese, "draws": draws, "seed": seed}
        known = choices.ethnicity == "self" and (compared.forces, compared.base.problem) == (base.forces, base.problem)
        how["patterns"] = compared.patterns if known else None
        searches = self._clean_tallied(study, *_ACCOUNTS) if known else self._clean_rows(study)
        return ratios_by_account(searches, base.of(study.counted), base.residents, **how, **self.against)

    def imputed(self, *, draws: int, seed: int) -> "Imputed":
        """What searches of unknown ethnicity would change if they were like those of known ethnicity.

        Parameters
        ----------
        draws, seed : int
            As `ratios_by_account`.

        Returns
        -------
        Imputed
            Tables from one set of imputations: `ratios`, `by_account`, `by_delta` and `parity_delta`.

        Raises
        ------
        ParameterError
            For draws and a seed that are none.

        Examples
        --------
        >>> compared.imputed(draws=5, seed=1).ratios["estimate"].round(1).tolist()
        [1.0, 1.8, 1.3, 4.5, 1.1]
        """
        from sas_analysis.study.imputed import Imputed

        return Imputed.of(self, draws=draws, seed=seed)

    @cached_property
    def patterns(self) -> Patterns:
        """Its searches counted by what unknown ethnicity is imputed from, as `unknown.count_patterns`.

        Examples
        --------
        >>> patterns = compared.using("officer_ethnicity_5").patterns
        >>> sorted(patterns.groups), int(patterns.unknown.sum())
        (['Asian', 'Black', 'Mixed', 'Other', 'White'], 254)
        """
        return count_patterns(self.searches)

    def ratios_by_base(self) -> pd.DataFrame:
        """The ratio on every base of residents that can be defended: `base | ethnicity_5 | <measures table>`.

        Bases of some ages or one sex rest on the months in which these may be used.

        Examples
        --------
        >>> compared.ratios_by_base()["base"].unique().tolist()
        ['Census 2021', 'Census 2011', 'Interpolated', 'Aged 10-34, 2011', 'Males 10-34, 2011']
        """
        return self._ratios_by_base

    @table_property
    def _ratios_by_base(self) -> pd.DataFrame:
        study, choices = self.study, self.study.choices
        young = study.using("age_range", "gender")
        lost = int(young.published_months["unusable"].sum() - study.published_months["unusable"].sum())
        months = months_in_words(lost, several=len(study.forces) > 1)
        note = f"without {months} in which age or sex may not be used" if lost else ""
        groups = [GROUPINGS[choices.chinese], *(["officer_ethnicity_5"] if choices.ethnicity != "self" else [])]
        of_part = {"searches": self._clean_tallied(young, *groups, *STRATA), "files": young.counted, "note": note}
        on = {"scheme": choices.ethnicity, "chinese": choices.chinese, "area": study.usable_area, "user": self.user}
        searches = self._clean_tallied(study, *groups)
        return ratios_by_base(searches, study.counted, of_part=of_part, **on, **self.against)

    def headline(self, **assumptions: pd.DataFrame | None) -> pd.DataFrame:
        """Every group's ratio and rate, beside what each assumption could make of it.

        Parameters
        ----------
        pooled : DataFrame or None
            The ratio within forces; None for one force.
        allocation : DataFrame
            The bounds of the ratio, whoever the searches of unknown ethnicity were of.
        imputed : DataFrame
            The ratio with unknown ethnicity imputed.
        ladder : DataFrame
            The ratio on every base of residents.

        Returns
        -------
        DataFrame
            A row a group: `ethnicity_5 | searches | search_rate | ratio | lower | upper | interval | period_lower |
            period_upper`, then the ratio on the residents that the official series divides by, where the headline's are
            others, the ratio within forces and the lowest and highest ratio under each assumption.

        Examples
        --------
        >>> from sas_analysis.measures import unknown
        >>> drawn = unknown.impute(unknown.count_patterns(compared.searches), draws=5, seed=1)
        >>> table = compared.headline(
        ...     pooled=None,
        ...     allocation=unknown.allocation_range(compared.exposure),
        ...     imputed=unknown.imputed_ratio(drawn, compared.exposure),
        ...     ladder=compared.ratios_by_base(),
        ... )
        >>> table.query("ethnicity_5 == 'Black'")[["ratio", "unknown_lowest", "unknown_highest"]].round(2)
           ratio  unknown_lowest  unknown_highest
        3   4.24            2.79             6.37
        """
        official = "" if self.base.name == self.base.official_name else self.base.official_name
        officer = self.officer_bounds() if self.study.choices.ethnicity == "self" else None
        return headline_table(self.rates, self.ratios, official=official, officer=officer, **assumptions)

    def officer_bounds(self) -> pd.DataFrame:
        """The lowest and the highest ratio with the officer's word on the unknown, as `unknown.officer_bounds`.

        No row where ethnicity is not self-defined (the officer's word is taken there already, or nothing else is), and
        none with `round_to`: searches by month, group and officer's group are too few to be rounded.
        """
        return self._officer_bounds

    @table_property
    def _officer_bounds(self) -> pd.DataFrame:
        bounds = officer_bounds(self.exposure_by("officer_ethnicity_5"), **self.against)
        bounds = withhold(bounds, withheld_groups(self.by_accounts), reference=self.reference)
        given = self.study.choices.ethnicity == "self" and not self.study.choices.round_to
        return self.shown(bounds if given else bounds.head(0))

    def bounds(self) -> pd.DataFrame:
        """The lowest and the highest ratio whoever the unknown were, and with the officer's word where there is one."""
        return pd.concat([ratio_bounds(self.exposure, **self.against), self.officer_bounds()], ignore_index=True)

    def assignment_band(self) -> pd.DataFrame:
        """Rates and ratios of a borough if the searches near its boundary belonged to the other side of it."""
        near = near_boundary(self.study.area, self.base.of(self.study.everywhere))
        return assignment_band(near, self.rates, self.ratios, reference=self.reference)

    def by_area(self, areas: Iterable[str] | None = None) -> "Areas":
        """The local authorities of its forces side by side, their searches counted at once; or wards, MSOAs or others.

        Parameters
        ----------
        areas : iterable of str, optional
            Areas by name or code; by default all that the forces police, of the boundary file that the study was opened
            with (`boundaries="wards.geojson"`). Rates of smaller areas than local authorities need `residents_file`.

        Returns
        -------
        Areas
            With `rates`, `ratios`, `share`, `outcome`, `shrunken` ratios and, in `band`, what searches near boundaries
            could change. Months in which locations may not be used are in none of them.

        Raises
        ------
        DataError
            Without boundaries, and where `residents_file` has residents of forces.
        ParameterError
            For an area that the boundaries do not have.

        Examples
        --------
        >>> areas = compared.by_area(["Southwark", "Lewisham"])
        >>> areas.rates.query("ethnicity_5 == 'Black'")[["area", "numerator", "estimate"]].round(2)
                area  numerator  estimate
        3  Southwark         10      0.26
        8   Lewisham         17      0.43
        """
        from sas_analysis.study.by_area import Areas

        return Areas.of(self, areas)

    def by_force(self) -> "Forces":
        """Its forces side by side, and what the records of each can answer.

        Returns
        -------
        Forces
            With rates, ratios, a funnel, the ratio within forces with and without those that official statistics
            contradict, and `reliance`, a row a force.

        Examples
        --------
        >>> compared.by_force().reliance[["force", "official", "ratios", "outcomes"]]
                  force      official ratios outcomes
        0  metropolitan  not compared    yes      yes
        """
        from sas_analysis.study.by_force import Forces

        return Forces(self)

    @table_property
    def not_known(self) -> "Estimates":
        """The share of its searches of which ethnicity is unknown: those of forces with residents, as its ratios.

        Examples
        --------
        >>> compared.not_known.frame[["numerator", "denominator"]].to_numpy().tolist()
        [[254, 1618]]
        """
        study = self.study
        if self.base.problem or self.forces == study.forces:
            return study.share(BY).only(**{BY: "Unknown"})
        from sas_analysis.study.measures import share_of_forces

        return share_of_forces(study, BY, self.forces).only(**{BY: "Unknown"})

    @table_property
    def rates(self) -> pd.DataFrame:
        """The search rate of every group shown."""
        return self.shown(search_rate(self.exposure, by=BY, **self.study.limits))

    @property
    def largest_group(self) -> str:
        """The group with the most searches beside the reference group, for figures that show one group."""
        others = self.ratios[self.ratios[BY].astype("str").isin(self._others)]
        number = others.set_index(others[BY].astype("str"))["numerator"].astype(float)
        if not number.sum() > 0:  # no month counts, or no group has residents: of all that is published
            number = self.study.whole.published_rows[BY].astype("str").value_counts().reindex(self._others)
        if not number.sum() > 0:
            return "Black" if "Black" in self._others else self._others[0]
        return str(number.idxmax())

    def one_group(self, group: str = "") -> str:
        """The group that is set beside the reference group where one alone is: the one named, or `largest_group`.

        Parameters
        ----------
        group : str
            One of the groups of the comparison, and not its reference group; "" is the one with the most searches.

        Raises
        ------
        ParameterError
            Where it is the reference group, or none of the groups.

        Examples
        --------
        >>> compared.one_group()
        'Black'
        """
        if group and group not in self._others:
            why = "is the reference group" if group == self.reference else "is none of the groups that are shown"
            raise ParameterError(f"group {group!r} {why}: name another, one of {', '.join(self._others)}")
        return group or self.largest_group

    @property
    def _others(self) -> list[str]:
        """The groups beside the reference group."""
        return [name for name in self.groups if name != self.reference]

    # --- what every table of it obeys ---------------------------------------------------------------------------

    @property
    def contradicted(self) -> list[str]:
        """Its forces whose records official statistics contradict."""
        return list(self.contradicted_years)

    @cached_property
    def contradicted_years(self) -> dict[str, set[str]]:
        """The same and the years in which they do, as `Study.contradicted_years`."""
        found = self.study.contradicted_years
        return {force: years for force, years in found.items() if self.base.problem or force in self.forces}

    @cached_property
    def confirmed(self) -> "Comparison | None":
        """The same without the forces that official statistics contradict; None where none is, or none is left."""
        left = [force for force in self.study.forces if force not in self.contradicted]
        if not self.contradicted or not set(left) & set(self.forces):
            return None
        return replace(self, study=self.study.of_force(*left))

    @table_property
    def unused(self) -> pd.DataFrame:
        """The groups that ethnicity as it is taken gives no ratio of in a force, as `accounts.withheld_groups`."""
        return withheld_groups(self.by_accounts, whose=self.study.choices.first_word)

    @table_property
    def official_ratios(self) -> pd.DataFrame:
        """The ratios by official counts where these contradict the records, as `study.official_ratios`; else no row."""
        from sas_analysis.study.official_ratios import official_ratios

        return official_ratios(self)

    def _used(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table without estimates for groups that are not used, unless its rows are of several accounts or forces."""
        of_their_own = _OF_THEIR_OWN.intersection(table.select_dtypes(exclude="number").columns)  # 5 forces are a count
        if of_their_own or self.unused.empty:
            return table
        return withhold(table, self.unused, whose=self.study.choices.first_word, reference=self.reference)

    def without_and_with_contradicted(self) -> pd.DataFrame:
        """The ratios without the forces that official statistics contradict, and with them.

        Returns
        -------
        DataFrame
            `forces | <measures table>`; no row where there are no such forces, or no others.
        """
        if self.confirmed is None:
            return self.ratios.head(0).assign(forces="")[["forces", *self.ratios.columns]]
        parts = {CONFIRMED: self.confirmed.ratios, ALL_FORCES: self.ratios}
        return pd.concat(parts, names=["forces"]).reset_index("forces").reset_index(drop=True)

    def compares(self, table: pd.DataFrame) -> bool:
        """Whether a table compares groups by their residents; then only the groups to show are in it.

        Examples
        --------
        >>> compared.compares(compared.rates), compared.compares(study.share("ethnicity_5").frame)
        (True, False)
        """
        return BY in table and not ("measure" in table and NOBODY in residents_of(table["measure"]))

    def shown(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table of groups as it may be shown: the groups asked for, estimates on contradicted records marked.

        Parameters
        ----------
        table : DataFrame
            A table with `ethnicity_5` of what rests on residents; any other is given back as it is.

        Examples
        --------
        >>> of_black = sas.Comparison(study, groups=["Black"])
        >>> of_black.shown(sas.search_rate(of_black.exposure, by="ethnicity_5"))["ethnicity_5"].tolist()
        ['White', 'Black']
        """
        if not self.compares(table):
            return table
        table = self._used(table[table[BY].isin([*self.groups, self.reference])])
        return with_note(self.marked(table), self.coarse)

    def marked(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table with its estimates marked where official statistics contradict the records of a force behind them.

        A row of a place rests on the force that polices it.

        Parameters
        ----------
        table : DataFrame
            A table with `ethnicity_5` of what rests on residents.

        Examples
        --------
        >>> compared.marked(compared.ratios).equals(compared.ratios)  # of simulated records none is
        True
        """
        located = self.study.located
        place = next((name for name in (AREA_CODE, "area", "borough") if name in table), None)
        if not self.contradicted or located is None or place is None:
            return mark_contradicted(table, self.contradicted_years, by=self.study.contradicted_by)
        keys = located.layer.codes if place == AREA_CODE else located.table["area"].cat.categories
        police = dict(zip(keys, located.layer.forces, strict=True))
        forces = table[place].astype("str").map(police)
        return mark_contradicted(table, self.contradicted_years, forces, by=self.study.contradicted_by)

    @cached_property
    def coarse(self) -> str:
        """What to know of the boundary of its local authority where that is too coarse for a headline, or ""."""
        area = self.study.area
        return "" if area is None else area.located.layer.coarse([area.located.layer.codes.index(area.code)])

    def __repr__(self) -> str:
        beside = ", ".join(group for group in self.groups if group != self.reference)
        why = f"\n  no rates   {self.base.problem}" if self.base.problem else ""
        return f"Comparison of {beside} with {self.reference}: {self.source}{why}\n{self.study!r}"


def _in_strata(searches: pd.DataFrame) -> pd.DataFrame:
    """The searches whose age and sex are known, and are those that the census counts residents by."""
    return searches[searches["gender"].isin(SEXES) & searches["age_range"].isin(AGE_BANDS)]


def _by_census(table: pd.DataFrame) -> pd.DataFrame:
    """A table by age and sex whose notes say of which census the residents are."""
    said = pd.Series(f"residents by age and sex: Census {age_sex_year()}", index=table.index)
    return table.assign(note=join_notes(table["note"].fillna(""), said.where(table["estimate"].notna(), "")).array)


OPTIONS = tuple(field.name for field in fields(Comparison) if field.name != "study")


def comparison_of(study: Study, options: dict, *, takes: Iterable[str] = (), places: bool = False) -> Comparison:
    """The comparison that a method of a study is asked for by its options.

    A rate or ratio rests on residents that are given only where these are of its areas: where they would be passed
    over, they are refused.

    Parameters
    ----------
    options : dict
        Of the `Comparison`.
    takes : iterable of str
        Further options of the method, for the list of those there are.
    places : bool
        Whether the rates are of areas.

    Raises
    ------
    ParameterError
        For an option that is none, and for residents that the rates would not rest on.
    """
    check_options(options, [*OPTIONS, *takes])
    compared = Comparison(study, **options)
    if compared.user is None:
        return compared
    file = compared.residents_file
    if compared.of_areas is None:
        raise ParameterError(f"{file}: {OF_FORCES if places or study.area else _ONE_BASE}")
    if not places and study.area is None:
        raise ParameterError(f"{file}: {_NO_AREA}")
    return compared
