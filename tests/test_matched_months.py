"""Like with like: months that all forces, or all years, have; a missing month is dropped for all and never a zero."""

import pandas as pd
import pytest

from sas_analysis.measures.coverage import coverage_grid, months_published
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.rates.matched_months import matched_months
from sas_analysis.measures.rates.ratios import disproportionality_ratio


def grid_of(months, start, end, verdicts=None):
    """A grid of forces that published these months."""
    files = pd.DataFrame([(force, month, 9) for force, those in months.items() for month in those])
    files = files.set_axis(["force", "month", "rows"], axis=1)
    return coverage_grid(files, forces=list(months), start=start, end=end, verdicts=verdicts)


def ratio_of(searches, grid, residents, within=()):
    """Ratios of the searches of a grid's months that count, with the exposure of those months."""
    exposure = Exposure.of(searches, grid, residents, by=[*within, "ethnicity_5"])
    return disproportionality_ratio(exposure, within=within)


def rows(table):
    return list(table[["force", "month"]].itertuples(index=False, name=None))


def test_only_months_that_all_forces_published_are_compared():
    grid = grid_of({"essex": ["2019-01", "2019-02", "2019-03"], "kent": ["2019-02", "2019-03"]}, "2019-01", "2019-03")
    used, dropped = matched_months(grid)
    assert rows(used) == [("essex", "2019-02"), ("essex", "2019-03"), ("kent", "2019-02"), ("kent", "2019-03")]
    assert dropped.to_numpy().tolist() == [["essex", "2019-01", "published by 1 of 2 forces"]]
    assert months_published(used).set_index("force")["months"].to_dict() == {"essex": 2, "kent": 2}


def test_a_flagged_month_is_matched_by_no_force():
    verdicts = pd.DataFrame({"force": ["kent"], "month": ["2019-02"], "verdict": ["flagged"]})
    months = ["2019-02", "2019-03"]
    used, dropped = matched_months(grid_of({"essex": months, "kent": months}, "2019-02", "2019-03", verdicts))
    assert set(used["month"]) == {"2019-03"}
    assert rows(dropped) == [("essex", "2019-02")]


def test_a_force_without_any_month_does_not_empty_the_comparison():
    grid = grid_of({"essex": ["2019-01"], "kent": ["2019-01"]}, "2019-01", "2019-01")
    grid = pd.concat([grid, coverage_grid(grid[:0], forces=["gwent"], start="2019-01", end="2019-01")])
    assert rows(matched_months(grid)[0]) == [("essex", "2019-01"), ("kent", "2019-01")]


def test_years_are_compared_by_the_months_of_the_year_that_each_has():
    first, second = ["2017-04", "2017-05", "2018-01"], ["2018-05", "2018-06", "2019-01"]
    used, dropped = matched_months(grid_of({"essex": [*first, *second]}, "2017-04", "2019-03"), across="year")
    assert used["month"].tolist() == ["2017-05", "2018-01", "2018-05", "2019-01"]
    assert dropped["month"].tolist() == ["2017-04", "2018-06"]
    assert set(dropped["why"]) == {"published by 1 of 2 years"}


def test_no_month_in_common_is_not_estimable_and_no_error():
    grid = grid_of({"essex": ["2019-01"], "kent": ["2019-02"]}, "2019-01", "2019-02")
    used, dropped = matched_months(grid)
    assert used.empty
    assert len(dropped) == 2
    residents = pd.DataFrame({"force": ["essex"] * 2, "ethnicity_5": ["White", "Black"], "residents": [9, 9]})
    searches = pd.DataFrame({"force": ["essex"], "month": ["2019-01"], "ethnicity_5": pd.Categorical(["White"])})
    searches["ethnicity_5"] = searches["ethnicity_5"].cat.set_categories(["White", "Black"])
    assert ratio_of(searches, used, residents)["estimate"].isna().all()


def test_across_is_checked():
    with pytest.raises(ValueError, match="'force', 'year'"):
        matched_months(grid_of({"essex": ["2019-01"]}, "2019-01", "2019-01"), across="season")


def test_a_month_without_a_file_never_becomes_zero():
    """Two forces search alike; one lacks the two busy months. Filled with zeros its rate would be a third."""
    a = {"2019-01": (100, 50), "2019-02": (10, 5), "2019-03": (10, 5)}  # White, Black searches
    months = {"essex": list(a), "kent": ["2019-02", "2019-03"]}
    table = pd.DataFrame(
        [
            (force, month, group)
            for force, those in months.items()
            for month in those
            for group, n in zip(("White", "Black"), a[month], strict=True)
            for _ in range(n)
        ],
        columns=["force", "month", "ethnicity_5"],
    ).astype({"ethnicity_5": pd.CategoricalDtype(["White", "Black"])})
    residents = pd.DataFrame(
        [(f, g, n) for f in months for g, n in (("White", 1000), ("Black", 100))],
        columns=["force", "ethnicity_5", "residents"],
    )
    grid = grid_of(months, "2019-01", "2019-03")
    ratio = ratio_of(table, grid, residents, within=["force"]).set_index(["force", "ethnicity_5"])
    assert ratio["estimate"].xs("Black", level=1).tolist() == pytest.approx([5, 5])
    assert ratio.loc[("kent", "Black"), ["numerator", "denominator"]].tolist() == pytest.approx([10, 2])
    both = ratio_of(table, grid, residents).set_index("ethnicity_5").loc["Black"]
    # 60 + 10 Black searches in 100 x (3 + 2) / 12 resident-years; 120 + 20 White in 1000 x (3 + 2) / 12
    assert (both["numerator"], both["denominator"]) == (70, pytest.approx(14))
    matched = ratio_of(table, matched_months(grid)[0], residents, within=["force"])
    assert matched["numerator"].tolist() == [20, 10, 20, 10]
