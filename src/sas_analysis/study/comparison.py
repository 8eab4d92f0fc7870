"""A study beside the residents of its forces: what every rate and ratio takes, and what every caption says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from sas_analysis.measures.coverage import months_published, published_force_months
from sas_analysis.measures.disclosure import masked_cells
from sas_analysis.measures.ethnicity.accounts import ratios_by_account
from sas_analysis.measures.exposure import Exposure, count_searches
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
    """Search rates of the groups of a study beside each other.

    Parameters
    ----------
    study : whose searches. reference : the group that others are compared with. groups : those to show beside it.
    census_year : 2011 or 2021; 0 takes the base that the official series uses for the period.
    residents_file : residents of your own as one more base, a CSV `force, ethnicity_5, residents`; "" for none.

    Examples
    --------
    >>> study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=SAMPLE)
    >>> compared = sas.Comparison(study, groups=["Black"])
    >>> compared.ratios["ethnicity_5"].tolist(), compared.source[:33]
    (['White', 'Black'], 'Residents of all ages: Census 2011')
    """

    study: Study
    reference: str = REFERENCE
    groups: Sequence[str] = tuple(GROUPS_5)
    census_year: int = 0
    residents_file: str = ""

    # --- what is divided by what ------------------------------------------------------------------------------

    @cached_property
    def base(self) -> Denominator:
        """The residents that searches are divided by, and why they are not."""
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
        """What a measure of groups is told: the reference group and the confidence level."""
        return {"reference": self.reference, "level": self.study.level}

    @cached_property
    def user(self) -> pd.DataFrame | None:
        """Residents of the user's own, or None."""
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
        """Searches by further columns of the clean table (object_group, power) and ethnic group, and residents."""
        by = list(dict.fromkeys([*columns, BY]))
        counts = count_searches(self.searches, by, published=published_force_months(self.coverage))
        return Exposure(counts, self.base.residents, months_published(self.coverage), self.base.problem)

    @cached_property
    def strata(self) -> pd.DataFrame:
        """Searches and resident-years of every group in every force."""
        return strata_table(self.exposure)

    # --- the two measures that all others are set beside --------------------------------------------------------

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """The ratio of every group shown to the reference group."""
        return self.shown(disproportionality_ratio(self.exposure, **self.against))

    def ratios_of(self, searches: pd.DataFrame, grid: pd.DataFrame, *, within: str = ()) -> pd.DataFrame:
        """The ratios of the searches of the months of a grid that count, as `ratios`.

        searches : clean table. grid : `Study.coverage`, or a part of one. within : "force" or other columns.
        """
        by = [*as_list(within), BY]
        own = {"by": by, "problem": self.base.problem}
        exposure = Exposure.of(self.base.of(searches), self.base.of(grid), self.base.residents, **own)
        return disproportionality_ratio(exposure, within=within, **self.against)

    def standardised(self) -> pd.DataFrame:
        """Rates and ratios if every group had the ages and sexes of all residents."""
        whose = {"chinese": self.study.choices.chinese, "area": self.study.area, "problem": self.base.problem}
        residents, problem = age_sex_residents_of(self.forces, **whose)
        return standardised(self.searches, self.coverage, residents, problem=problem, **self.against)

    def ratios_by_account(self, *, draws: int, seed: int) -> pd.DataFrame:
        """The ratios by whose word on ethnicity is taken; the unknown imputed with `draws` and `seed`."""
        how = {"problem": self.base.problem, "chinese": self.study.choices.chinese, "draws": draws, "seed": seed}
        return ratios_by_account(self.clean_searches, self.coverage, self.base.residents, **how, **self.against)

    def headline(self, **assumptions) -> pd.DataFrame:
        """Every group's ratio and rate, beside what each assumption could make of it; as `headline_table`."""
        return headline_table(self.rates, self.ratios, **assumptions)

    def assignment_band(self) -> pd.DataFrame:
        """Rates and ratios of a borough if the searches near its boundary belonged to the other side of it."""
        near = near_boundary(self.study.area, self.base.of(self.study.everywhere))
        return assignment_band(near, self.rates, self.ratios, reference=self.reference)

    @cached_property
    def rates(self) -> pd.DataFrame:
        """The search rate of every group shown."""
        rates = search_rate(self.exposure, by=BY, interval="clustered", level=self.study.level)
        return self.shown(rates)

    @property
    def largest_group(self) -> str:
        """The group with the most searches beside the reference group: the one that a figure of one group is of."""
        others = self.ratios[self.ratios[BY].astype("str").ne(self.reference)]
        return "Black" if others.empty else str(others.loc[others["numerator"].astype(float).idxmax(), BY])

    # --- what every table of it obeys ---------------------------------------------------------------------------

    @cached_property
    def contradicted(self) -> list[str]:
        """Its forces whose records official statistics contradict."""
        return [force for force in self.study.contradicted if self.base.problem or force in self.forces]

    def compares(self, table: pd.DataFrame) -> bool:
        """Whether a table compares groups by their residents; then only the groups to show are in it."""
        return BY in table and not ("measure" in table and _OF_SEARCHES.intersection(table["measure"]))

    def shown(self, table: pd.DataFrame, *, mark: bool = True) -> pd.DataFrame:
        """A table of groups as it may be shown: the groups asked for, estimates on contradicted records marked."""
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
