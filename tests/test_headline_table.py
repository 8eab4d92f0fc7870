"""The honest set: sampling error and assumptions beside each other, and never in one column."""

import re

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.coverage import coverage_grid
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.headline_table import COLUMNS, headline_table
from sas_analysis.measures.pooling.decomposition import decompose
from sas_analysis.measures.pooling.shrinkage import shrunken_ratios
from sas_analysis.measures.pooling.strata import strata_table
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.residents.bases import ratios_by_base
from sas_analysis.measures.unknown.bounds import (
    OFFICER_LOWER,
    OFFICER_UPPER,
    allocation_range,
    officer_bounds,
    ratio_bounds,
)
from sas_analysis.measures.unknown.imputation import count_patterns, impute, imputed_ratio
from sas_analysis.present import headline_view, prose
from sas_analysis.present.short_table import short
from sas_analysis.records.select import person_searches
from sas_analysis.reference.denominators import denominator
from sas_analysis.study.opening import open_study

SAMPLING = ["lower", "upper", "within_lower", "within_upper"]
ASSUMED = [
    "unknown_lowest",
    "unknown_highest",
    "officer_lowest",
    "officer_highest",
    "imputed",
    "imputed_lower",
    "imputed_upper",
]
ASSUMED += ["base_lowest", "base_highest", "multiplier_lower", "within", "within_lower", "within_upper"]


@pytest.fixture(scope="module")
def made(sample, tmp_path_factory):
    """The honest set of some forces, and the tables that it is made from."""
    processed, made = tmp_path_factory.mktemp("processed"), {}

    def make(*forces):
        if forces not in made:
            made[forces] = parts(forces, sample, processed)
        return made[forces]

    return make


def parts(forces, raw, processed):
    study = open_study(list(forces), "2018-04", "2019-03", raw=raw, processed=processed)
    grid = coverage_grid(study.sources, forces=forces, start=study.start, end=study.end)
    base = denominator(grid)
    searches = base.of(person_searches(study.records).records)
    exposure = Exposure.of(searches, base.of(grid), base.residents, problem=base.problem)
    ratios = disproportionality_ratio(exposure)
    known = ratios["ethnicity_5"].ne("Unknown")
    tables = {
        "rates": search_rate(exposure, by="ethnicity_5")[known],
        "ratios": ratios[known],
        "allocation": allocation_range(exposure),
        "officer": officer_bounds(
            Exposure.of(searches, base.of(grid), base.residents, by=["officer_ethnicity_5", "ethnicity_5"])
            if not base.problem
            else Exposure.of(searches, grid, None, by=["officer_ethnicity_5", "ethnicity_5"], problem=base.problem)
        ),
        "imputed": imputed_ratio(impute(count_patterns(searches), draws=10), exposure),
        "ladder": ratios_by_base(searches, grid),
        "pooled": decompose(strata_table(exposure)) if len(base.forces) > 1 else None,
    }
    bounds = ratio_bounds(exposure)
    return headline_table(**tables), tables, bounds


def test_every_number_is_that_of_the_table_it_comes_from(made):
    table, tables, bounds = made("metropolitan", "essex")
    assert list(table) == list(COLUMNS)
    for row in table.set_index("ethnicity_5").drop(index="White").itertuples():
        one = {name: prose.row(tables[name], ethnicity_5=row.Index) for name in ("rates", "ratios", "imputed")}
        assert (row.searches, row.search_rate) == (one["ratios"]["numerator"], one["rates"]["estimate"])
        assert (row.ratio, row.lower, row.upper) == tuple(one["ratios"][["estimate", "lower", "upper"]])
        assert (row.imputed, row.imputed_lower, row.imputed_upper) == tuple(
            one["imputed"][["estimate", "lower", "upper"]]
        )
        ends = bounds[bounds["ethnicity_5"].eq(row.Index)].set_index("measure")["estimate"]
        assert (row.unknown_lowest, row.unknown_highest) == (ends["ratio_lower_bound"], ends["ratio_upper_bound"])
        word = tables["officer"].query("ethnicity_5 == @row.Index").set_index("measure")["estimate"]
        assert (row.officer_lowest, row.officer_highest) == (word[OFFICER_LOWER], word[OFFICER_UPPER])
        assert row.unknown_lowest <= row.officer_lowest <= row.officer_highest <= row.unknown_highest
        on_bases = tables["ladder"].loc[tables["ladder"]["ethnicity_5"].eq(row.Index), "estimate"]
        assert (row.base_lowest, row.base_highest) == (on_bases.min(), on_bases.max())
        within = prose.row(tables["pooled"], ethnicity_5=row.Index, measure="ratio_within_mh")
        assert (row.within, row.within_lower, row.within_upper) == tuple(within[["estimate", "lower", "upper"]])


def test_assumption_ranges_hold_the_ratio_and_are_in_columns_of_their_own(made):
    table, _, _ = made("metropolitan")
    assert not set(SAMPLING) & {"unknown_lowest", "unknown_highest", "base_lowest", "base_highest"}
    rows = table[table["ethnicity_5"].ne("White")]
    for name in ("unknown", "base"):
        assert (rows[f"{name}_lowest"] <= rows["ratio"]).all()
        assert (rows["ratio"] <= rows[f"{name}_highest"]).all()
        for limit in ("lower", "upper"):
            assert not rows[limit].isin(rows[[f"{name}_lowest", f"{name}_highest"]].to_numpy().ravel()).any()


def test_the_reference_group_has_nothing_assumed(made):
    table, _, _ = made("metropolitan", "essex")
    row = table[table["ethnicity_5"].eq("White")].iloc[0]
    assert (row["ratio"], row["note"]) == (1, "reference group")
    assert row[ASSUMED].isna().all()
    assert pd.isna(row["lower"])
    assert table.loc[table["ethnicity_5"].ne("White"), "unknown_highest"].notna().all()


def test_a_refused_force_has_counts_and_no_ratio(made):
    table, _, _ = made("city-of-london")
    assert (table["searches"] > 0).any()
    numbers = table.drop(columns=["ethnicity_5", "searches", "interval", "official_base", "note"])
    assert numbers.isna().all(axis=None)
    assert table["note"].str.startswith("not estimable: ").all()
    assert list(headline_view.in_short(table)) == ["Ethnic group", "interval"]


def test_the_ratio_on_the_official_base_is_beside_by_its_name(made):
    _, tables, _ = made("metropolitan", "essex")
    table = headline_table(**tables, official="Census 2011").set_index("ethnicity_5")
    ladder = tables["ladder"].query("base == 'Census 2011'").set_index("ethnicity_5")["estimate"]
    assert table["official"].drop("White").tolist() == ladder.reindex(table.index).drop("White").tolist()
    assert (table["official"] != table["ratio"]).all()
    assert table["official_base"].unique().tolist() == ["Census 2011"]
    assert made("metropolitan", "essex")[0]["official"].isna().all()


def test_within_forces_is_there_for_several_forces_only(made):
    one, several = (made(*forces)[0] for forces in (["metropolitan"], ["metropolitan", "essex"]))
    assert one[["within", "within_lower", "within_upper"]].isna().all(axis=None)
    assert "Within forces" not in headline_view.in_short(one)
    assert "Within forces" in headline_view.in_short(several)


def test_the_numbers_of_the_page_are_cells_of_the_table(made):
    table, _, _ = made("metropolitan", "essex")
    numbers = table.drop(columns=["ethnicity_5", "searches", "search_rate", "interval", "official_base", "note"])
    cells = {prose.number(value, headline_view.RATIO) for value in numbers.to_numpy(dtype=float).ravel()}
    shown = headline_view.in_short(table).drop(columns=["Ethnic group", "interval"])
    assert list(shown) == ["Ratio", "Within forces", "Unknown estimated", *headline_view._SHORT.values()]
    found = shown.map(lambda text: re.findall(r"\d+\.\d+", text))
    assert found.map(len).to_numpy().tolist() == [[3, 3, 3, 2, 2]] * 4
    assert {number for numbers in found.to_numpy().ravel() for number in numbers} <= cells


def test_a_group_without_a_value_has_an_empty_cell_and_what_none_has_is_no_column(made):
    table = made("metropolitan", "essex")[0].copy()
    table.loc[table["ethnicity_5"].eq("Mixed"), ["within", "within_lower", "within_upper"]] = np.nan
    shown = headline_view.in_short(table).set_index("Ethnic group")["Within forces"]
    assert shown.eq("").to_dict() == {"Mixed": True, "Asian": False, "Black": False, "Other": False}
    table["base_lowest"] = np.nan
    assert "Other counts of residents" not in headline_view.in_short(table)


def test_the_multiplier_is_the_lower_limit_of_a_ratio_above_one(made):
    table, tables, _ = made("metropolitan")
    above = table["ratio"].gt(1) & table["ethnicity_5"].ne("White")
    assert above.any()
    assert (table.loc[above, "multiplier_lower"] == table.loc[above, "lower"]).all()
    below = tables["ratios"].assign(estimate=0.9, lower=0.8, upper=0.95)
    assert headline_table(**(tables | {"ratios": below}))["multiplier_lower"].isna().all()


def test_a_refused_force_has_nothing_to_shrink_and_no_exception():
    strata = pd.DataFrame({"force": "city-of-london", "ethnicity_5": ["White", "Black"], "searches": [3, 4]})
    table = shrunken_ratios(strata.assign(resident_years=np.nan))
    assert list(table)[:3] == ["force", "ethnicity_5", "measure"]
    assert table["estimate"].isna().tolist() == [True]
    assert table["note"].tolist() == ["not estimable: no resident counts of White and of this group"]


def test_texts_of_few_searches_are_in_brackets_and_say_so():
    shown = pd.DataFrame(
        {"Ethnic group": ["Mixed", "Black"], "Ratio": ["1.03 (0.41 to 2.21)", "2.00"], "Base": ["", ""]}
    )
    found = headline_view._few_in_brackets(shown, [8, 20])
    assert found["Ratio"].tolist() == ["(1.03) (0.41 to 2.21)", "2.00"]
    assert found["note"].tolist() == ["in brackets: fewer than 20 searches", ""]
    printed = short(found)
    assert printed.rows[0][1][:2] == ["(1.03)", "(0.41 to 2.21)"]
    assert printed.notes == ["a  In brackets: fewer than 20 searches."]
    assert headline_view._few_in_brackets(shown, [21, 20]).equals(shown)


def test_a_group_without_a_ratio_has_a_dash_and_its_reason_and_no_brackets(made):
    table, _, _ = made("metropolitan")
    why = "not estimable: self-defined Other is not used in metropolitan (20 searches by officers, 0 self-defined)"
    other = table["ethnicity_5"].eq("Other")
    numbers = table.select_dtypes("float").columns
    none = table.assign(note=table["note"].mask(other, why), searches=table["searches"].mask(other, 0))
    none.loc[other, numbers] = np.nan
    block = short(headline_view.in_short(none)).as_block()
    (row,) = [cells for cells in block["rows"] if cells[0][0] == "Other"]
    assert [cell[0] for cell in row[1:]] == ["–", "", "", ""]
    assert "".join(block["notes"]) == "a  Self-defined Other is not used in Metropolitan Police Service."


def test_extremes_of_a_group_without_a_ratio_are_dashes_with_the_reason():
    why = "not estimable: officers of essex do not use Mixed (0 searches by officers, 90 self-defined)"
    universe = pd.DataFrame({"ethnicity_5": ["Black", "Mixed"] * 2, "estimate": [2.0, np.nan, 3.0, np.nan]})
    universe = universe.assign(numerator=[40, 0, 50, 0], note=["", why, "", why])
    shown = headline_view.extremes(universe).set_index("Ethnic group")
    assert shown.loc["Mixed", ["Headline", "Lowest", "Median", "Highest", "Above 1"]].tolist() == ["–"] * 5
    assert shown["note"].to_dict() == {"Black": "", "Mixed": "officers of Essex Police do not use Mixed"}
