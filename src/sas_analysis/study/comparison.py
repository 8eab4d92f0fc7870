"""A study beside the residents of its forces: what every rate and ratio takes, and how captions name it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from sas_analysis.measures.disclosure import masked_cells
from sas_analysis.measures.ethnicity.accounts import ratios_by_account
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.headline_table import headline_table
from sas_analysis.measures.places.areas import assignment_band, near_boundary
from sas_analysis.measures.pooling.strata import strata_table
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import REFERENCE, disproportionality_ratio
from sas_analysis.measures.rates.standardise import standardised
from sas_analysis.measures.sensitivity import mark_contradicted
from sas_analysis.measures.shares import as_list
from sas_analysis.reference.age_sex import age_sex_residents_of
from sas_analysis.reference.denominators import Denominator, denominator
from sas_analysis.reference.interpolate import read_residents
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.study.study import Study

BY = "ethnicity_5"
# Measures that say where official statistics contradict the records behind them.
MARKED = {"search_rate", "disproportionality_ratio", "rate_difference", "excess_searches"}
_OF_SEARCHES = {"share_of_searches", "kappa"}  # measures that rest on no residents: every group is in them


@dataclass(frozen=True, repr=False)
class Comparison:
    """A study beside the residents of its forces: the rates and ratios of its ethnic groups.

    Parameters
    ----------
    study : Study
        Whose searches.
    reference : str
        The group that the others are compared with.
    groups : sequence of str
        The groups to show beside it.
    census_year : int
        A census that is carried, such as 2011 or 2021; 0 takes the one that the official series uses for the period.
    residents_file : str
        A CSV `force, ethnicity_5, residents` with residents of your own, as one more base; "" for none.

    Examples
    --------
    >>> study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE)
    >>> compared = sas.Comparison(study, groups=["Black"])
    >>> compared.source
    'Residents of all ages: Census 2011, Office for National Statistics, Chinese counted in Asian'
    >>> compared.ratios[["ethnicity_5", "numerator", "denominator", "estimate"]].round(2)
      ethnicity_5  numerator  denominator  estimate
    0       White        490        490.0      1.00
    3       Black        505       109.25      4.62
    """

    study: Study
    reference: str = REFERENCE
    groups: Sequence[str] = tuple(GROUPS_5)
    census_year: int = 0
    residents_file: str = ""

    # --- what is divided by what ------------------------------------------------------------------------------

    @cached_property
    def base(self) -> Denominator:
        """The residents that searches are divided by, or the reason why they cannot be."""
        study = self.study
        asked = {"census_year": self.census_year or None, "chinese": study.choices.chinese}
        return denominator(study.counted, **asked, area=study.area)

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
        """The residents in words, for a caption."""
        return self.base.source

    @property
    def against(self) -> dict:
        """The reference group, interval and its level, as arguments of a measure: `measure(..., **against)`."""
        return {"reference": self.reference, **self.study.limits}

    @cached_property
    def user(self) -> pd.DataFrame | None:
        """Your own residents, from `residents_file`; None without it."""
        return read_residents(self.residents_file) if self.residents_file else None

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """The months of its forces that count, as `Study.counted`."""
        return self.base.of(self.study.counted)

    @cached_property
    def searches(self) -> pd.DataFrame:
        """The searches that its rates rest on, with the groups of the study's scheme."""
        return self.base.of(self.study.counted_searches)

    @cached_property
    def clean_searches(self) -> pd.DataFrame:
        """The same searches with the groups as they were cleaned, for measures that choose a scheme themselves."""
        return self.base.of(self.study.selection.records)

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
        [0.19, 0.37]
        """
        return self._exposure(self.searches, self.coverage, columns)

    @cached_property
    def strata(self) -> pd.DataFrame:
        """Searches and resident-years of every group in every force."""
        return strata_table(self.exposure)

    # --- the two measures that all others are set beside --------------------------------------------------------

    @cached_property
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
        exposure = self._exposure(self.base.of(searches), self.base.of(grid), as_list(within))
        return disproportionality_ratio(exposure, within=within, **self.against)

    def _exposure(self, searches: pd.DataFrame, grid: pd.DataFrame, columns: Sequence[str]) -> Exposure:
        by = list(dict.fromkeys([*columns, BY]))
        return Exposure.of(searches, grid, self.base.residents, by=by, problem=self.base.problem)

    def standardised(self) -> pd.DataFrame:
        """Rates and ratios if every group had the ages and sexes of all residents."""
        whose = {"chinese": self.study.choices.chinese, "area": self.study.area, "problem": self.base.problem}
        residents, problem = age_sex_residents_of(self.forces, **whose)
        return standardised(self.searches, self.coverage, residents, problem=problem, **self.against)

    def ratios_by_account(self, *, draws: int, seed: int) -> pd.DataFrame:
        """The ratios by whose word on ethnicity is taken: `account | ethnicity_5 | <measures table>`.

        Parameters
        ----------
        draws : int
            How many times unknown ethnicity is imputed.
        seed : int
            Seed of the imputations; the same seed gives the same table.

        Examples
        --------
        >>> compared.ratios_by_account(draws=5, seed=1)["account"].unique().tolist()
        ['self-defined, stated', 'self-defined, imputed', 'officer-defined', 'combined']
        """
        how = {"problem": self.base.problem, "chinese": self.study.choices.chinese, "draws": draws, "seed": seed}
        return ratios_by_account(self.clean_searches, self.coverage, self.base.residents, **how, **self.against)

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
            period_upper`, then the ratio
            within forces and the lowest and highest ratio under each assumption.

        Examples
        --------
        >>> from sas_analysis.measures import residents, unknown
        >>> drawn = unknown.impute(unknown.count_patterns(compared.searches), draws=5, seed=1)
        >>> table = compared.headline(
        ...     pooled=None,
        ...     allocation=unknown.allocation_range(compared.exposure),
        ...     imputed=unknown.imputed_ratio(drawn, compared.exposure),
        ...     ladder=residents.ratios_by_base(compared.clean_searches, study.counted),
        ... )
        >>> table.query("ethnicity_5 == 'Black'")[["ratio", "unknown_lowest", "unknown_highest"]].round(2)
           ratio  unknown_lowest  unknown_highest
        3   4.62            3.04             6.95
        """
        return headline_table(self.rates, self.ratios, **assumptions)

    def assignment_band(self) -> pd.DataFrame:
        """Rates and ratios of a borough if the searches near its boundary belonged to the other side of it."""
        near = near_boundary(self.study.area, self.base.of(self.study.everywhere))
        return assignment_band(near, self.rates, self.ratios, reference=self.reference)

    @cached_property
    def rates(self) -> pd.DataFrame:
        """The search rate of every group shown."""
        return self.shown(search_rate(self.exposure, by=BY, **self.study.limits))

    @property
    def largest_group(self) -> str:
        """The group with the most searches beside the reference group, for figures that show one group."""
        others = self.ratios[self.ratios[BY].astype("str").ne(self.reference)]
        return "Black" if others.empty else str(others.loc[others["numerator"].astype(float).idxmax(), BY])

    # --- what every table of it obeys ---------------------------------------------------------------------------

    @cached_property
    def contradicted(self) -> list[str]:
        """Its forces whose records official statistics contradict."""
        return [force for force in self.study.contradicted if self.base.problem or force in self.forces]

    def compares(self, table: pd.DataFrame) -> bool:
        """Whether a table compares groups by their residents; then only the groups to show are in it.

        Examples
        --------
        >>> compared.compares(compared.rates), compared.compares(study.share("ethnicity_5").frame)
        (True, False)
        """
        return BY in table and not ("measure" in table and _OF_SEARCHES.intersection(table["measure"]))

    def shown(self, table: pd.DataFrame, *, mark: bool = True) -> pd.DataFrame:
        """A table of groups as it may be shown: the groups asked for, estimates on contradicted records marked.

        Parameters
        ----------
        table : DataFrame
            A measures table with `ethnicity_5`; any other is given back as it is.
        mark : bool
            Say in the note where official statistics contradict the records.

        Examples
        --------
        >>> of_black = sas.Comparison(study, groups=["Black"])
        >>> of_black.shown(sas.search_rate(of_black.exposure, by="ethnicity_5"))["ethnicity_5"].tolist()
        ['White', 'Black']
        """
        if not self.compares(table):
            return table
        table = table[table[BY].isin([*self.groups, self.reference])]
        doubtful = mark and "note" in table and "measure" in table and MARKED.issuperset(table["measure"])
        return mark_contradicted(table, self.contradicted) if doubtful else table

    @cached_property
    def suppressed(self) -> list[str]:
        """The groups whose ratio is masked: few searches of theirs, or of the reference group. None if simulated."""
        if self.study.synthetic:
            return []
        groups, searches = self.ratios[BY].astype("str"), self.ratios["numerator"]
        hidden = groups[masked_cells(searches, totals=pd.Series("all", index=searches.index)).ne("").to_numpy()]
        return groups.tolist() if self.reference in set(hidden) else hidden.tolist()

    def __repr__(self) -> str:
        beside = ", ".join(group for group in self.groups if group != self.reference)
        why = f"\n  no rates   {self.base.problem}" if self.base.problem else ""
        return f"Comparison of {beside} with {self.reference}: {self.source}{why}\n{self.study!r}"
