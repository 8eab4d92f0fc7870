"""The other tables carried here, checked against their published totals and against each other."""

import pandas as pd

from sas_analysis.reference import _table
from sas_analysis.reference.population import GROUPS_5
from sas_analysis.validation.figure_checks import compared
from sas_analysis.validation.published import ALL_FORCES_EXCLUDING_BTP, published

_KEYS = ("force", "census_year", "authority_code", "authority", "age_range", "sex")


def check_tables() -> pd.DataFrame:
    """Census totals, Home Office counts and searchlight's ratios, as `verdicts.compared` returns them."""
    parts = [_totals(), _open_data_by_force(), _open_data_together(), _searchlight()]
    parts += [_finer("population_authority", "local authorities"), _finer("population_age_sex", "age and sex")]
    return pd.concat(parts, ignore_index=True)


def home_office_searches() -> pd.DataFrame:
    """Searches of known ethnicity by force: `force`, `year`, `ethnicity`, `searches`, `another_edition`.

    `another_edition` says why the force's counts of that year are not those of EFF; else "".
    """
    wide = _table("home_office_force_ethnicity")
    long = wide.melt(["force", "year", "another_edition"], var_name="ethnicity", value_name="searches")
    long["ethnicity"] = long["ethnicity"].str.removeprefix("searches_")
    return long.assign(searches=pd.to_numeric(long["searches"]).astype("Int64"))


def _totals() -> pd.DataFrame:
    table = _table("published_totals")
    values = [_total(row) for row in table.itertuples()]
    return compared("Totals", table["figure"], table["published"], values, note=table["source"])


def _total(row) -> int:
    table = _table(row.table)
    table = table[table["year" if "year" in table else "census_year"].eq(row.year)]
    if row.column not in GROUPS_5:
        return int(_numbers(table, [row.column] if row.column else _counted(table)).sum().sum())
    groups = _table("ethnic_groups")
    columns = groups.loc[groups["ethnicity_5"].eq(row.column), "self_defined_ethnicity"]
    return int(_numbers(table, columns).sum().sum())


def _counted(table: pd.DataFrame) -> list[str]:
    return [column for column in table if column not in _KEYS]


def _numbers(table: pd.DataFrame, columns) -> pd.DataFrame:
    return table[list(columns)].apply(pd.to_numeric)


def _open_data_by_force() -> pd.DataFrame:
    """The Home Office open data beside EFF, 2022/23. Only White and Black are two sources: the EFF table has the
    other groups from the open data (tables/README.md)."""
    eff = published("force_2022_23").query("searches.notna() and area != 'btp'")
    ours = home_office_searches().rename(columns={"force": "area", "searches": "counted"})
    table = eff.merge(ours, on=["area", "year", "ethnicity"], how="left")
    figure = [f"searches: {row.area}, {row.year}, {row.ethnicity}" for row in table.itertuples()]
    counts = table["counted"].mask(table["another_edition"].ne(""))
    same = table["ethnicity"].isin(["White", "Black"]).map({True: "", False: "one source, carried twice"})
    note = [
        f"{n}: {edition}" if edition else one
        for n, edition, one in zip(table["counted"], table["another_edition"], same, strict=True)
    ]
    return compared("Home Office open data against EFF", figure, table["searches"], counts, note=note)


def _open_data_together() -> pd.DataFrame:
    """EFF's national counts without BTP beside the sums of the Home Office open data over 43 forces."""
    ours = home_office_searches()
    sums = pd.concat([ours, ours.assign(ethnicity="known")]).groupby(["year", "ethnicity"])["searches"].sum()
    eff = published("national").query("area == @ALL_FORCES_EXCLUDING_BTP and legislation == 'All'")
    eff = eff.pivot(index="year", columns="ethnicity", values="searches")
    eff["known"] = eff["All"] - eff["Unknown"]
    eff = eff[["White", "Black", "known"]].dropna().stack()
    revised = set(ours.loc[ours["another_edition"].ne(""), "year"])
    figure = [f"searches: {ALL_FORCES_EXCLUDING_BTP}, {', '.join(key)}" for key in eff.index]
    values = [pd.NA if year in revised else sums[year, group] for year, group in eff.index]
    note = ["some of its forces are of another edition" if year in revised else "" for year, _ in eff.index]
    return compared("Home Office open data, summed, against EFF", figure, eff, values, note=note)


def _finer(name: str, what: str) -> pd.DataFrame:
    """The residents of each force area beside the sums of a finer table; Chinese counted in Asian."""
    table, keys = _table(name), ["census_year", "force"]
    sums = _numbers(table, _counted(table)).groupby([table[key] for key in keys]).sum()
    if "Chinese" in sums:
        sums["Asian"] = sums.pop("Asian other than Chinese") + sums.pop("Chinese")
    areas, groups = _table("population_force"), _table("ethnic_groups").set_index("self_defined_ethnicity")
    whole = _numbers(areas, groups.index).T.groupby(groups["ethnicity_5"]).sum().T
    whole = whole.set_index([areas[key] for key in keys]).astype("int64")[list(GROUPS_5)].stack()
    whole = whole[whole.index.droplevel(2).isin(sums.index)]
    figure = [f"residents: {force}, Census {year}, {group}" for year, force, group in whole.index]
    values = sums[list(GROUPS_5)].stack().reindex(whole.index)
    return compared(f"Residents by {what}, summed to force areas", figure, whole, values)


def _searchlight() -> pd.DataFrame:
    """The ratios of searchlight's reproduction, which prints all digits: they agree when they are the same number."""
    table = _table("searchlight_reproduction")
    numbers = _numbers(table, [column for column in table if column != "force"])
    black, white = (numbers[f"searches_{group}"] / numbers[f"residents_{group}"] for group in ("Black", "White"))
    values = (black / white).where(numbers["months"] > 0)
    texts = values.map(repr).where(values.notna(), "")
    figure = [f"Black to White rate ratio: {force}, August 2025 to July 2026" for force in table["force"]]
    note = numbers["months"].eq(0).map({True: "no month was published", False: ""})
    return compared("searchlight 0.1.0", figure, table["ratio"], values, recomputed=texts, note=note)
