"""Fits against R (tests/reference/pooling.R), statsmodels and a published analysis; and what they refuse."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from sas_analysis.measures.pooling import random_effects
from sas_analysis.measures.pooling.conditional import fit_conditional, posterior
from sas_analysis.measures.pooling.poisson_regression import fit_poisson

REFERENCE = Path(__file__).parent / "reference"
R = pd.read_csv(REFERENCE / "pooling.csv").set_index("what")["value"]
COUNTS = pd.read_csv(REFERENCE / "pooling_counts.csv")
# New York 1998-99, stops and arrests of the year before by precinct and ethnic group, added up over kinds of crime from
# the data with noise that Gelman and Hill publish with Data Analysis Using Regression (2007), chapter 6.
FRISK = pd.read_csv(REFERENCE / "frisk_cells.csv")


def pair(group):
    wide = COUNTS.pivot(index="force", columns="group")
    names = {"searches": ("searches", group), "exposure": ("exposure", group)}
    names |= {"reference_searches": ("searches", "A"), "reference_exposure": ("exposure", "A")}
    return {name: wide[column].to_numpy(float) for name, column in names.items()}


def frisk(**arguments):
    return fit_poisson(FRISK, count="stops", exposure="past_arrests", **arguments)


def test_stop_and_frisk_constant():
    fit = frisk()
    assert fit.coefficients.loc[0, ["coefficient", "se_poisson"]].astype(float).round(4).tolist() == [-0.5877, 0.0028]
    assert (round(fit.deviance, 1), fit.df_residual) == (46120.3, 224)
    assert (FRISK["stops"].sum(), FRISK["past_arrests"].sum(), len(FRISK)) == (131_420, 236_539, 225)


def test_stop_and_frisk_ethnic_groups():
    fit = frisk(group="eth", reference=1)
    assert fit.coefficients["term"].tolist() == ["(constant)", "2", "3"]
    assert fit.coefficients["coefficient"].round(4).tolist()[1:] == [0.0702, -0.1616]
    assert fit.coefficients["se_poisson"].round(4).tolist()[1:] == [0.0061, 0.0086]
    assert round(fit.deviance, 1) == 45437.4


def test_stop_and_frisk_precincts():
    fit = frisk(group="eth", reference=1, strata="precinct")
    assert fit.coefficients["coefficient"].round(4).tolist() == [0.0102, -0.4190]
    assert fit.coefficients["se_poisson"].round(4).tolist() == [0.0068, 0.0094]
    assert fit.coefficients["se_quasi"].round(4).tolist() == [0.0318, 0.0441]
    assert (round(fit.deviance, 1), fit.df_residual, round(fit.dispersion, 3)) == (3427.1, 148, 21.885)


def test_stop_and_frisk_cells_are_those_of_the_published_file(real_data):
    rows = pd.read_csv(real_data / "published" / "frisk_with_noise.txt", sep=" ")
    cells = rows.groupby(["precinct", "eth"])[["stops", "past.arrests"]].sum().reset_index()
    assert (cells.to_numpy() == FRISK.to_numpy()).all()


@pytest.mark.parametrize("group", ["B", "C"])
def test_fixed_effects_as_r(group):
    fit = fit_poisson(COUNTS, exposure="exposure", group="group", reference="A", strata="force", cluster="force")
    row = fit.coefficients.set_index("term").loc[group]
    assert fit.deviance == pytest.approx(R["fe_deviance"], rel=1e-9)
    assert fit.dispersion == pytest.approx(R["fe_dispersion"], rel=1e-9)
    assert row["coefficient"] == pytest.approx(R[f"fe_log_{group}"], abs=1e-8)
    names = {"se_poisson": "se", "se_clustered": "hc1", "se_few_clusters": "cr2", "df_few_clusters": "df"}
    for column, name in names.items():
        assert row[column] == pytest.approx(R[f"fe_{name}_{group}"], rel=1e-7), column


def test_strata_finer_than_clusters_as_statsmodels():
    random = np.random.default_rng(3)
    cells = pd.DataFrame(
        [(f, m, g) for f in range(6) for m in range(5) for g in ("A", "B", "C")], columns=["force", "month", "group"]
    )
    cells["exposure"] = random.uniform(50, 400, len(cells))
    cells["searches"] = random.poisson(cells["exposure"] * random.uniform(0.05, 0.2, len(cells)))
    fit = fit_poisson(
        cells, exposure="exposure", group="group", reference="A", strata=["force", "month"], cluster="force"
    )
    dummies = pd.get_dummies(cells["force"].astype(str) + "-" + cells["month"].astype(str)).astype(float)
    design = pd.concat([(cells["group"] == g).astype(float).rename(g) for g in "BC"] + [dummies], axis=1)
    model = sm.GLM(cells["searches"], design, family=sm.families.Poisson(), offset=np.log(cells["exposure"]))
    full = model.fit(cov_type="cluster", cov_kwds={"groups": cells["force"].to_numpy()}, tol=1e-12)
    assert fit.coefficients["coefficient"].to_numpy() == pytest.approx(full.params[["B", "C"]].to_numpy(), abs=1e-8)
    assert fit.coefficients["se_clustered"].to_numpy() == pytest.approx(full.bse[["B", "C"]].to_numpy(), rel=1e-6)
    assert fit.clusters == 6


def test_a_separated_group_is_not_estimable():
    """Here statsmodels says "converged", with a coefficient about -20."""
    cells = COUNTS.assign(searches=COUNTS["searches"].mask(COUNTS["group"].eq("C"), 0))
    fit = fit_poisson(cells, exposure="exposure", group="group", reference="A", strata="force", cluster="force")
    row = fit.coefficients.set_index("term").loc["C"]
    assert np.isnan(row["coefficient"])
    assert "no search of this group" in row["reason"]
    alone = fit_poisson(
        cells[cells["group"].ne("C")], exposure="exposure", group="group", reference="A", strata="force"
    )
    assert fit.coefficients.loc[0, "coefficient"] == pytest.approx(alone.coefficients.loc[0, "coefficient"], abs=1e-9)


def test_groups_that_no_stratum_ties_are_not_estimable():
    cells = pd.DataFrame(
        {"force": list("aabb"), "group": list("ABCD"), "searches": [5, 6, 7, 8], "resident_years": 100.0}
    )
    fit = fit_poisson(cells, group="group", reference="A", strata="force").coefficients.set_index("term")
    assert fit.loc["B", "coefficient"] == pytest.approx(np.log(6 / 5))
    assert fit.loc[["C", "D"], "coefficient"].isna().all()
    assert fit.loc["C", "reason"].endswith("both ways (separated)")


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ValueError, match="negative or infinite"):
        fit_poisson(COUNTS.assign(searches=-1), exposure="exposure")
    with pytest.raises(ValueError, match="no rate can give that"):
        fit_poisson(COUNTS.assign(exposure=0), exposure="exposure")
    with pytest.raises(ValueError, match="is no group"):
        fit_poisson(COUNTS, exposure="exposure", group="group", reference="Z")
    with pytest.raises(ValueError, match="cut by"):
        fit_poisson(COUNTS, exposure="exposure", group="group", reference="A", strata="force", cluster="group")


def test_random_effects_as_metafor():
    counts = pair("B")
    n, e, m, f = counts.values()
    y, v = np.log(n / e / (m / f)), 1 / n + 1 / m
    fit = random_effects.pool(y, v)
    assert (fit.mean, fit.tau2) == pytest.approx((R["reml_mean"], R["reml_tau2"]), rel=1e-7)
    assert (fit.q, fit.p_value) == pytest.approx((R["q"], R["q_p"]), rel=1e-9)
    for name, test in {"Hartung-Knapp": "adhoc", "normal": "z", "t": "t"}.items():
        wanted = (R[f"reml_lower_{test}"], R[f"reml_upper_{test}"])
        assert random_effects.mean_limits(fit, interval=name) == pytest.approx(wanted, rel=1e-6), name
    other = random_effects.pool(y, v, method="DL")
    assert (other.mean, other.tau2, other.i_squared) == pytest.approx(
        (R["dl_mean"], R["dl_tau2"], R["dl_i2"]), rel=1e-9
    )
    assert random_effects.tau2_limits(y, v) == pytest.approx((R["tau2_lower"], R["tau2_upper"]), rel=1e-4)


def test_hartung_knapp_is_never_below_the_classical_error():
    fit = random_effects.pool([0.11, 0.1, 0.09, 0.1], [0.04, 0.05, 0.02, 0.09])
    assert fit.tau2 == 0 == R["homogeneous_tau2"]
    assert random_effects.mean_limits(fit)[0] == pytest.approx(R["homogeneous_lower"], rel=1e-9)


def test_conditional_model_as_integrated_by_r():
    fit = fit_conditional(**pair("C"))
    assert fit.log_likelihood == pytest.approx(R["conditional_log_likelihood_C"], abs=1e-5)
    assert fit.mean == pytest.approx(R["conditional_mean_C"], abs=1e-5)
    assert fit.tau**2 == pytest.approx(R["conditional_tau2_C"], rel=1e-4)
    assert fit.se == pytest.approx(R["conditional_se_C"], rel=1e-4)


def test_conditional_model_is_the_log_normal_one_for_large_counts():
    random = np.random.default_rng(5)
    ratio = np.exp(0.7 + 0.4 * random.standard_normal(30))
    n, m = random.poisson(2e5 * ratio), random.poisson(2e5, 30)
    fit = fit_conditional(searches=n, exposure=np.ones(30), reference_searches=m, reference_exposure=np.ones(30))
    y = np.log(n / m)
    assert fit.mean == pytest.approx(y.mean(), abs=1e-4)
    assert fit.tau == pytest.approx(y.std(), abs=1e-3)  # maximum likelihood, not restricted
    assert posterior(fit, searches=n, exposure=np.ones(30), reference_searches=m, reference_exposure=np.ones(30))[
        0
    ] == pytest.approx(y, abs=1e-3)


def test_too_few_to_pool():
    with pytest.raises(ValueError, match="two or more"):
        random_effects.pool([1.0], [0.1])
    with pytest.raises(ValueError, match="two forces"):
        fit_conditional(searches=[0, 0], exposure=[1, 1], reference_searches=[3, 4], reference_exposure=[1, 1])
    assert np.isnan(random_effects.prediction_limits(random_effects.pool([1.0, 1.2], [0.1, 0.1]))).all()
