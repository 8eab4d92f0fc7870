"""Constants of the interval rule: fitted on series whose variance is known, and weekly counts they are fitted on."""

import numpy as np
import pandas as pd
import pytest
from fit import model as fit
from fit.weeks import weekly_counts
from scipy.stats import multivariate_normal

from sas_analysis.measures.intervals.constants import SHIPPED, read_constants
from sas_analysis.measures.intervals.variance import month_correlation

MONTHS = [str(month) for month in pd.period_range("2019-01", "2020-12", freq="M")]


def made(force, month, day, **columns):
    given = {"ethnicity_5": "White", "outcome": "Arrest", "object_group": "Drugs", "gender": "Male"}
    given |= {"age_range": "18-24", "power": "Reasonable grounds", "more_than_outer_clothing": True}
    when = pd.Timestamp(f"{month}-{day:02}")
    return given | {"force": force, "month": month, "searched_at": when, "date_in_month": True} | columns


def records(rng, forces, mean=60):
    """Searches of every kind in every force and month."""
    groups = ("White", "Black", "Asian", "Mixed", "Other", "Unknown")
    rows = []
    for force in forces:
        for month in MONTHS:
            for _ in range(rng.poisson(mean)):
                rows.append(
                    made(
                        force,
                        month,
                        rng.integers(1, 29),
                        ethnicity_5=rng.choice(groups),
                        outcome=rng.choice(["Arrest", "A no further action disposal", "Community resolution"]),
                        object_group=rng.choice(["Drugs", "Weapons", "Stolen property", "Going equipped"]),
                        gender=rng.choice(["Male", "Female"]),
                        age_range=rng.choice(["10-17", "18-24", "over 34"]),
                    )
                )
    return pd.DataFrame(rows)


def test_a_search_is_counted_in_its_week():
    days = {1: 0, 7: 0, 8: 1, 14: 1, 15: 2, 21: 2, 22: 3, 31: 3}
    for day, week in days.items():
        _, counts = weekly_counts(pd.DataFrame([made("kent", "2019-01", day)]), by="force", months=["2019-01"])
        assert counts[0, 0].tolist() == np.eye(4)[week].tolist()


def test_a_search_without_a_day_of_its_month_is_counted_in_the_first_week():
    searches = pd.DataFrame([made("kent", "2019-01", 30, date_in_month=flag) for flag in (False, pd.NA)])
    searches = searches.astype({"date_in_month": "boolean"})
    assert weekly_counts(searches, by="force", months=["2019-01"])[1].tolist() == [[[2, 0, 0, 0]]]


def test_rows_asked_for_stand_without_searches_and_others_are_left_out():
    searches = pd.DataFrame([made("kent", "2019-01", 1), made("essex", "2019-02", 9), made("essex", "2018-12", 9)])
    wanted = pd.DataFrame({"force": ["surrey", "essex"]})
    groups, counts = weekly_counts(searches, by="force", months=["2019-01", "2019-02"], groups=wanted)
    assert groups["force"].tolist() == ["surrey", "essex"]
    assert counts.sum((1, 2)).tolist() == [0, 1]
    assert counts[1, 1, 1] == 1


def test_the_restricted_likelihood_is_that_of_the_contrasts():
    rng = np.random.default_rng(1)
    distance, variance = rng.normal(0, 0.2, 14), rng.uniform(0.01, 0.1, 14)
    distance[5] = variance[5] = np.nan
    found = fit.likelihoods([fit.Series("ratio", "kent", distance, variance)], read_constants())[0]
    known = np.isfinite(distance)
    contrasts = np.diff(np.eye(known.sum()), axis=0)
    direct = []
    for tau2 in fit._TAU2[[3, 20]]:
        covariance = tau2 * month_correlation(14, read_constants())[np.ix_(known, known)] + np.diag(variance[known])
        normal = multivariate_normal(np.zeros(len(contrasts)), contrasts @ covariance @ contrasts.T)
        direct.append(normal.logpdf(contrasts @ distance[known]))
    assert found[3] - found[20] == pytest.approx(direct[0] - direct[1], rel=1e-9)


def test_a_known_scale_is_found_within_its_error():
    rng, constants, months = np.random.default_rng(2), read_constants(), 30
    root = np.linalg.cholesky(month_correlation(months, constants))
    series = []
    for force in range(120):
        tau2 = 4 * 0.03 / rng.chisquare(4)
        variance = np.full(months, rng.choice([0.003, 0.02]))
        distance = np.sqrt(tau2) * root @ rng.standard_normal(months) + rng.normal(0, np.sqrt(variance))
        series.append(fit.Series("ratio", str(force), distance, variance))
    likelihood = fit.likelihoods(series, constants)
    row = fit._fitted(likelihood, np.array([one.force for one in series]), 4)
    assert abs(np.log(row["tau0_sq"] / 0.03)) < 2 * row["se_log"] < 0.4


def test_constants_of_records_are_read_by_the_rule(tmp_path):
    searches = records(np.random.default_rng(3), ["kent", "essex", "surrey"])
    table = fit.fit_constants(searches, months=MONTHS, source="three forces", version="test")
    assert table["tau0_sq"].max() < 0.02  # these months do not vary beyond chance
    table.to_csv(tmp_path / "constants.csv", index=False)
    constants = read_constants(tmp_path / "constants.csv")
    assert constants.of("ratio") < read_constants().of("ratio")
    assert (constants.version, constants.source, constants.of("section 60")) == ("test", "three forces", 1.0)


def test_records_too_thin_to_fit_and_files_without_a_kind_are_refused(tmp_path):
    searches = pd.DataFrame([made("kent", "2019-01", 1), made("essex", "2019-01", 1)])
    with pytest.raises(ValueError, match="fewer than two forces have 12 months"):
        fit.fit_constants(searches, months=MONTHS, source="", version="")
    shipped = pd.read_csv(SHIPPED)
    shipped[shipped["kind"] != "nfa"].to_csv(tmp_path / "short.csv", index=False)
    with pytest.raises(ValueError, match=r"no constant of 1 kind\(s\): nfa; run make constants"):
        read_constants(tmp_path / "short.csv")
