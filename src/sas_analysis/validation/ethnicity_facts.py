"""The figures of Ethnicity facts and figures (EFF) made anew from its searches and our census residents."""

import pandas as pd

from sas_analysis.reference import _table
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.validation.figure_checks import compared
from sas_analysis.validation.published import (
    ALL_FORCES,
    ALL_FORCES_EXCLUDING_BTP,
    published,
    published_tables,
    recompute_rates,
)


def check_eff() -> pd.DataFrame:
    """Rates, residents, sums of searches and ratios of the EFF tables, as `verdicts.compared` returns them."""
    tables = {name: recompute_rates(published(name)) for name in published_tables()["name"]}
    parts = [_rates(name, table) for name, table in tables.items()]
    parts += [_residents(name, table) for name, table in tables.items()]
    parts += [_sums_of_groups("force_2006_2018"), _sum_of_five(), *_detailed_groups(), _sums_over_forces(), _ratios()]
    return pd.concat(parts, ignore_index=True)


def _source(name: str, what: str) -> str:
    return f"EFF, {published_tables().set_index('name')['title'][name]}: {what}"


def _named(table: pd.DataFrame, what: str) -> list[str]:
    columns = (table[column] for column in ("area", "year", "legislation", "ethnicity"))
    return [f"{what}: {', '.join(parts)}" for parts in zip(*columns, strict=True)]


def _rates(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Each printed rate beside its searches divided by our residents, printed as its table prints."""
    table = table[table["rate"].ne("")]
    texts = table["recomputed_text"].where(table["agrees"].notna(), "")
    arguments = {"recomputed": texts, "note": table["note"]}
    return compared(_source(name, "rates"), _named(table, "rate"), table["rate"], table["recomputed"], **arguments)


def _residents(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Each printed number of residents beside ours, once for every area, census, group and number."""
    table = table[table["residents"].notna()].drop_duplicates(["area", "ethnicity", "census_year", "residents"])
    figure = [f"residents: {row.area}, Census {row.census_year}, {row.ethnicity}" for row in table.itertuples()]
    note = table["note"].where(table["census_residents"].isna(), "")
    source = _source(name, "residents")
    return compared(source, figure, table["residents"], table["census_residents"], note=note)


def _sums_of_groups(name: str) -> pd.DataFrame:
    """Each `All` beside the sum of the five groups and Unknown; a blank group stands for zero (tables/README.md)."""
    wide = published(name).pivot(index=["area", "year"], columns="ethnicity", values="searches").reset_index()
    figure = [f"searches, groups added up: {row.area}, {row.year}" for row in wide.itertuples()]
    sums = wide[[*GROUPS_5, "Unknown"]].sum(axis=1)
    return compared(_source(name, "groups add up to All"), figure, wide["All"], sums)


def _sum_of_five() -> pd.DataFrame:
    """`All` of the detailed table of 2022/23 beside its five groups and Unknown."""
    searches = published("ethnicity_2022_23").set_index("ethnicity")["searches"]
    source = _source("ethnicity_2022_23", "groups add up to All")
    return compared(source, ["searches, groups added up"], [searches["All"]], [searches[[*GROUPS_5, "Unknown"]].sum()])


def _detailed_groups() -> list[pd.DataFrame]:
    """The five groups of 2022/23 beside their detailed groups; and the totals that two tables print."""
    searches = published("ethnicity_2022_23").set_index("ethnicity")["searches"]
    groups = _table("ethnic_groups").set_index("self_defined_ethnicity")["ethnicity_5"]
    sums = searches[groups.index].groupby(groups).sum()[list(GROUPS_5)]
    figure = [f"searches, detailed groups added up: {group}" for group in GROUPS_5]
    source = _source("ethnicity_2022_23", "detailed groups add up")
    national = published("national").query("year == '2022/23' and legislation == 'All' and area == @ALL_FORCES")
    national = national[national["searches"].notna()]
    twice = compared(
        _source("ethnicity_2022_23", "as in the national table"),
        _named(national, "searches"),
        national["searches"],
        searches[national["ethnicity"]],
    )
    return [compared(source, figure, searches[list(GROUPS_5)], sums), twice]


def _sums_over_forces() -> pd.DataFrame:
    """National searches beside the sums of the tables by force, with BTP where the total has it."""
    old, new = published("force_2006_2018"), published("force_2022_23")
    national = published("national").query(
        "year == '2022/23' and legislation == 'All' and ethnicity in ['White', 'Black']"
    )
    parts = []
    for forces, totals in ((old, old), (new, national)):
        for area in (ALL_FORCES, ALL_FORCES_EXCLUDING_BTP):
            wanted = totals[totals["area"].eq(area)]
            parts.append(_beside_sums(wanted, forces, btp=area == ALL_FORCES))
    table = pd.concat(parts)
    return compared("EFF: sums over forces", _named(table, "searches"), table["searches"], table["summed"])


def _beside_sums(national: pd.DataFrame, forces: pd.DataFrame, *, btp: bool) -> pd.DataFrame:
    parts = forces[~forces["area"].str.startswith(ALL_FORCES) & (forces["area"].ne("btp") | btp)]
    sums = parts.groupby(["year", "ethnicity"])["searches"].sum().rename("summed")
    return national.merge(sums.reset_index(), on=["year", "ethnicity"])


def _ratios() -> pd.DataFrame:
    table = _table("published_ratios")
    figure = [f"{row.figure}: {row.year}{', ' * bool(row.area)}{row.area}" for row in table.itertuples()]
    values = [_statistic(row) for row in table.itertuples()]
    return compared("EFF: ratios and known ethnicity", figure, table["published"], values, note=table["source"])


def _statistic(row) -> float:
    """A figure of published_ratios.csv from the published searches and our residents of its census."""
    table = published(row.table).query("year == @row.year and legislation == @row.legislation")
    table = recompute_rates(table.assign(census_year=int(row.census_year)))
    figures = ["searches", "recomputed", "census_residents", "rate"]
    cells = {figure: table.pivot(index="area", columns="ethnicity", values=figure) for figure in figures}
    searches, residents = cells["searches"], cells["census_residents"]
    if row.statistic == "known":
        return searches.at[row.area, "All"] - searches.at[row.area, "Unknown"]
    if row.statistic == "ratio of printed rates":
        return float(cells["rate"].at[row.area, "Black"]) / float(cells["rate"].at[row.area, "White"])
    if row.statistic == "crude ratio":
        rate = searches[residents["Black"].notna()].sum() / residents.sum()
        return rate["Black"] / rate["White"]
    return _of_areas(row, cells["recomputed"]["Black"] / cells["recomputed"]["White"])


def _of_areas(row, ratios: pd.Series) -> float:
    """The median, or an area's ratio; missing where an area that is called the highest or lowest is not."""
    if row.statistic == "median ratio":
        return ratios.median()
    extreme = {"highest ratio": ratios.idxmax, "lowest ratio": ratios.idxmin}.get(row.statistic)
    return ratios[extreme() if extreme else row.area]
