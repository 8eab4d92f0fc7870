"""Every published figure is made anew and agrees; and a figure that is altered does not."""

import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from sas_analysis import reference
from sas_analysis.cli import app
from sas_analysis.reference import population
from sas_analysis.reference.census import census_years
from sas_analysis.reference.official import counts
from sas_analysis.validation import carried_tables, published
from sas_analysis.validation.check import check_published, report_lines, summary
from sas_analysis.validation.figure_checks import AGREES, CHECK_COLUMNS, DIFFERS, NOT_COMPARED, compared, rounded

TABLES = Path(reference.__file__).parent / "tables"
OF_AUTHORITIES = 43 * 5 * len(census_years())  # forces, groups: residents of the authorities, summed to their forces
OF_RATIOS = 4 * 3 + 8 * 3  # odds of two boroughs, rates of children: ratio and limits
AGREEING = 4998 + OF_AUTHORITIES + OF_RATIOS


@pytest.fixture(scope="module")
def checked():
    return check_published()


def of(checked, source, figure=""):
    found = checked[checked["source"].str.contains(source, regex=False)]
    found = found[found["figure"].str.contains(figure, regex=False)]
    assert len(found)
    return found


def agreeing(checked, source, figure=""):
    return int(of(checked, source, figure)["verdict"].eq(AGREES).sum())


def test_nothing_differs(checked):
    assert list(checked.columns) == list(CHECK_COLUMNS)
    assert checked[checked["verdict"].eq(DIFFERS)].empty
    assert checked["verdict"].value_counts().to_dict() == {AGREES: AGREEING, NOT_COMPARED: 16}
    assert not checked[["source", "figure"]].duplicated().any()


def test_what_cannot_be_compared_says_why(checked):
    silent = checked[checked["verdict"].eq(NOT_COMPARED)]
    assert silent["note"].ne("").all()
    assert silent["difference"].isna().all()


def test_eff_force_denominators_2011_210_of_210(checked):
    residents = of(checked, "2006/07 to 2017/18: residents")
    groups = ("White", "Mixed", "Asian", "Black", "Other")
    cells = residents[residents["figure"].str.endswith(groups) & ~residents["figure"].str.contains("All forces")]
    assert len(cells) == 210
    assert cells["verdict"].eq(AGREES).all()


def test_eff_rates_2006_07_to_2017_18_all(checked):
    rates = of(checked, "2006/07 to 2017/18: rates")
    assert len(rates) == 3145
    assert rates["verdict"].eq(AGREES).all()


def test_eff_2019_20_to_2022_23_national_and_by_force(checked):
    assert agreeing(checked, "2018/19 to 2022/23: rates") == 41
    assert agreeing(checked, "five groups, 2022/23: rates") == 204
    assert agreeing(checked, "five groups, 2022/23: residents") == 84
    assert agreeing(checked, "detailed ethnic group, 2022/23: rates") == 25


@pytest.mark.parametrize(
    ("figure", "recomputed"),
    [
        ("on Census 2011: 2020/21", "7.0508"),
        ("England and Wales: 2020/21", "5.5130"),
        ("England and Wales: 2022/23", "4.1242"),
        ("England and Wales without BTP: 2022/23", "4.0733"),
        ("section 60: 2019/20", "18.20"),
        ("section 60, of the printed rates: 2022/23", "7.23"),
        ("highest of 42 force areas (Dorset)", "13.789"),
        ("lowest of 42 force areas (Durham)", "1.208"),
        ("median of 42 force areas", "3.274"),
    ],
)
def test_eff_ratios(checked, figure, recomputed):
    assert of(checked, "EFF: ratios", figure)[["recomputed", "verdict"]].values.tolist() == [[recomputed, AGREES]]


def test_home_office_ss_20_march_2025_is_the_sum_of_44_forces(checked):
    row = of(checked, "Totals", "44 forces").iloc[0]
    assert (row["published"], row["recomputed"], row["verdict"]) == ("528582", "528582", AGREES)
    assert len(reference._table("home_office_force_total")) == 44


def test_home_office_open_data_sums_to_eff_without_btp(checked):
    rows = of(checked, "Home Office open data, summed")
    assert rows["verdict"].tolist() == [AGREES] * 6 + [NOT_COMPARED] * 3
    assert rows["published"].head(3).tolist() == ["353531", "95962", "555915"]


def test_searchlight_reproduction_of_43_forces(checked):
    rows = of(checked, "searchlight 0.1.0", "August 2025")
    assert len(rows) == 43
    assert set(rows.loc[rows["verdict"].ne(AGREES), "figure"].str.split()[-6:].str[5].str.strip(",")) == {
        "greater-manchester",
        "gwent",
    }


def test_searchlight_vignette_limits(checked):
    rows = of(checked, "vignettes")
    assert len(rows) == 18
    assert rows["verdict"].eq(AGREES).all()
    upper = of(checked, "vignettes", "1 against 72: exact upper").iloc[0]
    assert (upper["published"], upper["recomputed"]) == ("1.157", "1.157")


def test_census_totals_and_finer_tables(checked):
    assert agreeing(checked, "Totals", "Usual residents") == 5
    assert agreeing(checked, "local authorities, summed") == OF_AUTHORITIES
    assert agreeing(checked, "age and sex, summed") == 215


def test_summary_counts_every_figure(checked):
    table = summary(checked)
    assert table[[AGREES, DIFFERS, NOT_COMPARED]].to_numpy().sum() == len(checked)
    assert table["source"].is_unique


# A figure that is altered

CACHED = [
    reference._table,
    published._read,
    published._census_residents,
    population._cells,
    counts._carried,
]


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """A copy of tables/ that everything is read from, until the test is over."""
    shutil.copytree(TABLES, tmp_path / "tables")

    class Copy:
        files = staticmethod(lambda _: tmp_path)

    monkeypatch.setattr(reference, "resources", Copy)
    forget()
    yield tmp_path / "tables"
    monkeypatch.undo()
    forget()


def forget():
    for function in CACHED:
        function.cache_clear()


def alter(tables, name, column, row, value):
    forget()
    table = pd.read_csv(tables / f"{name}.csv", dtype=str, keep_default_na=False)
    before = table.loc[row, column]
    assert before not in ("", value), "the test must alter a figure that is there"
    table.loc[row, column] = value
    table.to_csv(tables / f"{name}.csv", index=False)


def differing():
    checked = check_published()
    return checked.loc[checked["verdict"].eq(DIFFERS), "figure"].tolist()


def test_the_copied_tables_agree(tables):
    assert differing() == []


def first(name, **where):
    table = pd.read_csv(TABLES / f"{name}.csv", dtype=str, keep_default_na=False)
    for column, value in where.items():
        table = table[table[column].eq(value)]
    return table.index[0]


ALTERED = [  # table, column, row, another value, and what the figure that differs is called
    ("published_force_2006_2018", "rate_Black", {"area": "dorset", "year": "2011/12"}, "1.23", "dorset, 2011/12"),
    ("published_force_2006_2018", "residents_White", {"area": "kent"}, "1", "residents: kent"),
    ("published_force_2006_2018", "searches_Unknown", {"area": "kent"}, "7", "groups added up: kent"),
    ("published_national", "rate_Black", {"year": "2022/23"}, "24.48364", "All forces, 2022/23, All, Black"),
    ("published_national", "searches_White", {"year": "2021/22"}, "273983", "2021/22"),
    ("published_national", "searches_Unknown", {"year": "2020/21"}, "132087", "known ethnicity"),
    ("published_ethnicity_2022_23", "searches", {"ethnicity": "Black"}, "58989", "Black"),
    (
        "published_force_2022_23",
        "searches_Black",
        {"area": "surrey"},
        "261",
        "searches: All forces, 2022/23, All, Black",
    ),
    ("published_ratios", "published", {"year": "2019/20"}, "8.879", "2019/20"),
    ("published_limits", "published", {"method": "Wilson"}, "0.267", "22 of 58"),
    ("published_totals", "published", {}, "528583", "44 forces"),
    ("home_office_force_total", "searches", {"force": "btp"}, "15109", "44 forces"),
    ("home_office_force_ethnicity", "searches_Asian", {"force": "kent", "year": "2020/21"}, "9", "2020/21, known"),
    ("population_force", "African", {"force": "kent", "census_year": "2021"}, "1", "kent, Census 2021, Black"),
    ("population_authority", "Chinese", {"force": "kent"}, "1", "kent"),
    ("population_age_sex", "Mixed", {"force": "kent"}, "1", "kent, Census 2011, Mixed"),
    ("searchlight_reproduction", "ratio", {"force": "metropolitan"}, "3.6005751200987", "metropolitan"),
    ("searchlight_reproduction", "searches_Black", {"force": "durham"}, "21", "durham"),
]


@pytest.mark.parametrize("first_of", range(6))
def test_altered_figures_differ_and_are_named(tables, first_of):
    altered = ALTERED[first_of::6]  # three at a time, of different tables
    for name, column, where, value, _ in altered:
        alter(tables, name, column, first(name, **where), value)
    found = differing()
    for *_, named in altered:
        assert any(named in figure for figure in found), (named, found[:5])


@pytest.mark.parametrize("seed", range(4))
def test_a_digit_changed_anywhere_in_the_force_table_differs(tables, seed):
    """The largest table: any of its 9,000 figures, drawn at random, raised by a tenth."""
    draw = random.Random(seed)
    name = "published_force_2006_2018"
    table = pd.read_csv(TABLES / f"{name}.csv", dtype=str, keep_default_na=False)
    columns = [column for column in table if column.startswith(("searches_", "rate_", "residents_"))]
    cells = [(row, column) for column in columns for row in table.index[table[column].str.len() > 2]]
    row, column = draw.choice(cells)
    value = table.loc[row, column]
    alter(tables, name, column, row, f"{float(value) * 1.1:.2f}" if "." in value else str(round(int(value) * 1.1) + 1))
    assert differing()


def test_a_force_that_is_no_longer_the_highest_is_told(tables):
    row = first("published_force_2022_23", area="durham")
    alter(tables, "published_force_2022_23", "searches_Black", row, "900")
    assert any("Dorset" in figure for figure in differing())


# The verdict itself


@pytest.mark.parametrize(
    ("value", "published", "text"),
    [
        (4.12424, "4.1242", "4.1242"),
        (0.125, "0.13", "0.13"),
        (2.5, "3", "3"),
        (1e-9, "0.00", "0.00"),
        (7, "7.0", "7.0"),
    ],
)
def test_rounding_is_half_up_to_the_decimals_of_the_figure(value, published, text):
    assert rounded(value, published) == text


def test_verdicts_of_equal_different_and_missing_values():
    table = compared("s", "abcd", ["1.0", "1.0", "", "5"], [1.04, 1.06, 3, pd.NA], note=["", "", "x", "y"])
    assert table["verdict"].tolist() == [AGREES, DIFFERS, NOT_COMPARED, NOT_COMPARED]
    assert table["recomputed"].tolist() == ["1.0", "1.1", "", ""]
    assert table["difference"].round(9).tolist()[:2] == [0.04, 0.06]
    assert table["difference"].isna().tolist() == [False, False, True, True]


def test_home_office_searches_by_force_2020_21_to_2024_25():
    table = carried_tables.home_office_searches()
    assert table["force"].nunique() == 43
    assert table.groupby("year")["searches"].sum().to_dict() == {
        "2020/21": 555_915,
        "2021/22": 405_946,
        "2022/23": 411_353,
        "2023/24": 404_691,
        "2024/25": 402_667,
    }


# What the command prints


def test_report_shows_what_differs_in_full_and_counts_the_rest(checked):
    altered = checked.assign(verdict=checked["verdict"].where(checked.index != 7, DIFFERS))
    lines = report_lines(altered)
    assert lines[0].startswith(f"differs: {checked['source'][7]}: {checked['figure'][7]}: published ")
    assert f"recomputed {checked['recomputed'][7]}, difference" in lines[0]
    assert len(lines) == 1 + checked["source"].nunique() + 1
    assert lines[-1] == f"{AGREEING - 1:6,} agree      1 differ   16 cannot be compared  in all"


def test_the_command_ends_with_3_if_a_carried_figure_is_altered(tables):
    assert CliRunner().invoke(app, ["check-published"]).exit_code == 0
    alter(tables, "published_totals", "published", first("published_totals"), "528583")
    result = CliRunner().invoke(app, ["check-published"])
    assert result.exit_code == 3
    assert f"1 of {AGREEING + 16:,} figures differ from the published ones" in result.output
    assert result.stdout.startswith("differs: ")
    assert "published 528583, recomputed 528582" in result.stdout


def test_report_of_everything_has_a_line_for_every_figure(checked):
    assert len(report_lines(checked, everything=True)) == len(checked) + checked["source"].nunique() + 1
