"""Whose residents the searches of a study are divided by, and where dividing is refused."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reference.census import GROUPINGS, census_years
from sas_analysis.reference.forces import in_words, population_problem
from sas_analysis.reference.population import census_base, residents

if TYPE_CHECKING:
    from sas_analysis.records.locate import StudyArea


@dataclass(frozen=True)
class Denominator:
    """Residents of the forces of a study, or of one local authority, that can be divided by.

    forces : those whose residents are meant; the one that polices the authority. area : its name, or "".
    residents : force | ethnicity_5 | residents.
    problem : why no rate is given at all, or None. notes : what the reader needs to know about the base.
    """

    forces: list[str]
    residents: pd.DataFrame
    census_year: int
    chinese: str
    problem: str | None
    notes: list[str]
    area: str = ""

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table with a column `force` that this denominator is for; all of them if none is."""
        return table if self.problem else table[table["force"].astype("str").isin(self.forces)]

    @property
    def source(self) -> str:
        """The base in words, for a caption."""
        whose = f"Residents of all ages{f' of {self.area}' if self.area else ''}"
        return f"{whose}: Census {self.census_year}, Office for National Statistics, Chinese counted in {self.chinese}"


def denominator(
    files: pd.DataFrame,
    *,
    census_year: int | None = None,
    chinese: str = "Asian",
    area: "StudyArea | None" = None,
) -> Denominator:
    """Residents by force and five ethnic groups for a study, and where dividing by them is refused.

    Parameters
    ----------
    files : DataFrame
        `Study.coverage`. The months that were published decide the census, not those asked for.
    census_year : int, optional
        A census that is carried, such as 2011 or 2021; by default the one that the official series uses for the
        period.
    chinese : str
        The group that Chinese is counted in: "Asian", or "Other" as in the official series to 2019/20.
    area : StudyArea, optional
        `Study.area`: the residents of that local authority, for searches by the force that polices it.

    Returns
    -------
    Denominator
        `residents` is `force | ethnicity_5 | residents`, persons of all ages. Forces without a valid resident
        population (City of London, BTP) are left out, as in the official series, and named in the `notes`. Where no
        rate can be given `problem` says why: no force is left, too few searches of the area have a location, or the
        census has no such area (authorities merge and are renamed; they are matched by code, then by name).

    Examples
    --------
    >>> base = sas.denominator(study.coverage)
    >>> base.census_year, int(base.residents["residents"].sum())
    (2011, 8166566)
    """
    if area is not None:
        return _of_area(files, area, census_year, chinese)
    problems = {force: population_problem(force) for force in files["force"].unique()}
    usable = [force for force, problem in problems.items() if problem is None]
    months = files.loc[files["force"].isin(usable) & files["status"].eq("published"), "month"]
    months = files["month"] if months.empty else months
    official = census_base(months.min(), months.max())
    column = GROUPINGS[chinese]
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


def _of_area(files: pd.DataFrame, area, census_year: int | None, chinese: str) -> Denominator:
    """The denominator of one local authority."""
    force = _force_of(area)
    own = files[files["force"].eq(force)]
    whole = denominator(files if own.empty else own, census_year=census_year, chinese=chinese)
    table = authority_residents(whole.census_year, groups=GROUPINGS[chinese])
    rows, note = _rows_of(table, area)
    asked = ", ".join(files["force"].unique())
    missing = f"Census {whole.census_year} has no authority {area.code} ({area.name}); authorities were merged since"
    problem = (
        (f"no census residents of {area.name} ({area.code}) are carried" if force is None else None)
        or (f"{area.name} is policed by {in_words([force])}, and the searches are by {asked}" if own.empty else None)
        or whole.problem
        or area.problem
        or (f"{missing} or before: choose another -p census_year" if rows.empty else None)
    )
    others = [other for other in files["force"].unique() if other != force]
    left_out = f"Searches in {area.name} by other forces ({', '.join(others)}) are in no rate or ratio."
    notes = [*whole.notes, *([note] if note else []), *([left_out] if others and not problem else [])]
    residents_of_area = rows.assign(force=force)[["force", "ethnicity_5", "residents"]]
    forces = [] if problem else [force]
    return Denominator(forces, residents_of_area, whole.census_year, chinese, problem, notes, area.name)


def _force_of(area) -> str | None:
    """The force that polices a local authority, by its code at either census."""
    for year in reversed(census_years()):
        rows, _ = _rows_of(authority_residents(year), area)
        if len(rows):
            return rows["force"].iloc[0]
    return None


def _rows_of(table: pd.DataFrame, area) -> tuple[pd.DataFrame, str]:
    """The rows of a local authority, and a note where it was found by its name alone."""
    rows = table[table["authority_code"].eq(area.code)]
    if len(rows):
        return rows, ""
    rows = table[table["authority"].str.casefold().eq(area.name.casefold())]
    codes = rows["authority_code"].unique()
    if len(codes) != 1:
        return rows.iloc[:0], ""
    return (
        rows,
        f"The census has {area.name} under the code {codes[0]}, the boundaries under {area.code}.",
    )
