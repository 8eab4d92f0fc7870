"""Whose residents the searches of a study are divided by, and where dividing is refused."""

from dataclasses import dataclass

import pandas as pd

from sas_analysis.reference.forces import population_problem
from sas_analysis.reference.population import census_base, residents

ETHNICITY_COLUMN = {"Asian": "ethnicity_5", "Other": "ethnicity_5_2001"}


@dataclass(frozen=True)
class Denominator:
    """Residents of the forces of a study that can be divided by.

    forces : those whose residents are meant. residents : force | ethnicity_5 | residents.
    problem : why no rate is given at all, or None. notes : what the reader must be told about the base.
    """

    forces: list[str]
    residents: pd.DataFrame
    census_year: int
    chinese: str
    problem: str | None
    notes: list[str]

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table with a column `force` that this denominator is for; all of them if none is."""
        return table if self.problem else table[table["force"].astype("str").isin(self.forces)]

    @property
    def source(self) -> str:
        """The base in words, for a caption."""
        return (
            f"Residents of all ages: Census {self.census_year}, Office for National Statistics, "
            f"Chinese counted in {self.chinese}"
        )


def denominator(files: pd.DataFrame, *, census_year: int | None = None, chinese: str = "Asian") -> Denominator:
    """Residents by force and five groups for a study.

    files : `coverage.coverage_grid`. The months that were published decide the census, not those asked for.

    census_year : 2011 or 2021; None takes the base the official series uses for the period.
    chinese : the group Chinese is counted in, "Asian", or "Other" as the official series had it to 2019/20.
    Forces without a valid resident population (City of London, BTP) are left out, as in the official series, and
    named in the notes; where none is left, `problem` says why.
    """
    problems = {force: population_problem(force) for force in files["force"].unique()}
    usable = [force for force, problem in problems.items() if problem is None]
    months = files.loc[files["force"].isin(usable) & files["status"].eq("published"), "month"]
    months = files["month"] if months.empty else months
    official = census_base(months.min(), months.max())
    column = ETHNICITY_COLUMN[chinese]
    table = pd.DataFrame(columns=["force", "ethnicity_5", "residents"])
    if usable:
        table = residents(usable, census_year or official.year, by=["force", column])
        table = table.rename(columns={column: "ethnicity_5"})
    refused = [f"{force}: {reason}" for force, reason in problems.items() if reason]
    notes = [f"{official.note[0].upper()}{official.note[1:]}."] if official.note and census_year is None else []
    if census_year not in (None, official.year):
        notes.append(f"The official series divides by Census {official.year} in this period; this report does not.")
    if usable and refused:
        notes.append(f"Left out of rates and ratios: {'; '.join(refused)}.")
    problem = None if usable else "; ".join(dict.fromkeys(reason for reason in problems.values() if reason))
    return Denominator(usable, table, census_year or official.year, chinese, problem, notes)
