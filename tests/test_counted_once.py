"""What is counted once and summed often: the same as counting the searches themselves, to the last digit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sas_analysis as sas
from sas_analysis import codes
from sas_analysis.errors import ParameterError
from sas_analysis.measures.counted import count
from sas_analysis.measures.ethnicity import accounts
from sas_analysis.measures.exposure import Exposure, exposure_by_force, exposure_by_group, exposure_by_month
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.time import WEEK
from sas_analysis.measures.outcomes import link_field_evidence, outcome_stages, stages
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.rates.standardise import STRATA, standardised
from sas_analysis.measures.shares import tally
from sas_analysis.measures.tallied import NUMBER, numbers_of, tallied
from sas_analysis.measures.unknown import dirichlet_smoothing
from sas_analysis.measures.unknown.bounds import officer_bounds, ratio_bounds
from sas_analysis.records import audit
from sas_analysis.records.select import leave_months, person_searches
from sas_analysis.study import trend_residents

GROUPS = ["White", "Black", "Asian"]
FORCES = ["kent", "essex", "surrey"]
MONTHS = [str(month) for month in pd.period_range("2019-01", "2019-09", freq="M") if month.month != 4]


def searches(seed=1, size=3000):
    rng = np.random.default_rng(seed)

    def drawn(labels, p=None):
        return pd.Categorical.from_codes(rng.choice(len(labels), size, p=p), labels)

    table = pd.DataFrame(
        {
            "force": drawn(FORCES, [0.6, 0.3, 0.1]),
            "month": drawn(MONTHS),
            WEEK: rng.integers(0, 4, size).astype(np.int8),
            "ethnicity_5": drawn([*GROUPS, "Unknown"], [0.5, 0.2, 0.1, 0.2]),
            "officer_ethnicity_5": drawn([*GROUPS, "Mixed", "Unknown"]),
            "power": drawn(["Reasonable grounds", "Section 60", "Other"], [0.9, 0.1, 0.0]),
        }
    )
    table.loc[rng.random(size) < 0.05, "power"] = None
    return table


def grid():
    months = pd.MultiIndex.from_product([FORCES, MONTHS], names=["force", "month"]).to_frame(index=False)
    return months.assign(status=np.where(months.index == 5, "flagged", "published"))


def residents():
    rng = np.random.default_rng(2)
    table = pd.MultiIndex.from_product([FORCES, [*GROUPS, "Mixed"]], names=["force", "ethnicity_5"]).to_frame(
        index=False
    )
    return table.assign(residents=rng.integers(1000, 90_000, len(table)))


BY = [["ethnicity_5"], ["power", "ethnicity_5"], ["ethnicity_5", "power", "force"], [WEEK], []]


@pytest.mark.parametrize("by", BY, ids=str)
@pytest.mark.parametrize("some", [False, True])
def test_a_tally_of_searches_that_are_alike_is_that_of_the_searches(by, some):
    rows = searches()
    kept = np.random.default_rng(3).random(len(rows)) < 0.4 if some else None
    alike = tallied(rows, ["force", "month", WEEK, "ethnicity_5", "power"], kept)
    assert len(alike) < len(rows)
    assert numbers_of(alike).sum() == (len(rows) if kept is None else kept.sum())
    wanted = tally(rows if kept is None else rows[kept], by)
    pd.testing.assert_frame_equal(tally(alike, by), wanted)


def test_searches_stay_searches_where_their_labels_cannot_be_numbered():
    rows = searches(size=50).assign(text="a")
    assert NUMBER not in tallied(rows, ["force", "text"])
    assert tallied(rows, ["force", "text"], rows["force"].eq("kent").to_numpy())["force"].unique().tolist() == ["kent"]
    assert numbers_of(rows) is None


def test_the_exposure_of_searches_that_are_alike_is_that_of_the_searches():
    rows = searches()
    alike = tallied(rows, ["force", "month", WEEK, "ethnicity_5", "power"])
    made = [Exposure.of(table, grid(), residents(), by=["power", "ethnicity_5"]) for table in (alike, rows)]
    pd.testing.assert_frame_equal(*(one.counts for one in made))
    tables = [disproportionality_ratio(one, within="power") for one in made]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def of_array_and_of_table():
    """The same exposure twice: its sums taken over axes of an array, and over rows of a table."""
    published = grid().query("status == 'published'")[["force", "month"]]
    rows = searches().merge(published, on=["force", "month"])
    rows = rows.astype({"force": pd.CategoricalDtype(FORCES), "month": pd.CategoricalDtype(MONTHS)})
    rows["week"] = pd.Categorical.from_codes(rows[WEEK], categories=range(4))
    counted = count(rows, ["week", "power", "officer_ethnicity_5", "ethnicity_5"], published=published)
    months = published.groupby("force", sort=False)["month"].nunique().rename("months").reset_index()
    nothing = pd.DataFrame({"force": ["sussex"], "months": [0]})  # a force that published nothing
    months = pd.concat([nothing, months], ignore_index=True)
    people = pd.concat([residents(), residents().query("force == 'kent'").assign(force="sussex")])
    return [Exposure(counts, people, months) for counts in (counted, counted.frame())]


@pytest.mark.parametrize("by", [BY[0], BY[1], BY[2], ["ethnicity_5", "force"]], ids=str)
def test_sums_over_axes_are_those_of_the_table(by):
    array, table = of_array_and_of_table()
    assert "counted" in array.__dict__
    assert "counted" not in table.__dict__
    pd.testing.assert_frame_equal(exposure_by_group(array, by=by), exposure_by_group(table, by=by), check_exact=True)
    for sums in (exposure_by_month, exposure_by_force):
        (own, of_own), (other, of_other) = sums(array, by=by), sums(table, by=by)
        pd.testing.assert_frame_equal(own, other, check_exact=True)
        for one, two in zip(of_own, of_other, strict=True):
            np.testing.assert_array_equal(one, two)
    assert "counts" not in array.__dict__  # nobody looked at the table


@pytest.mark.parametrize("bounds", [ratio_bounds, officer_bounds])
@pytest.mark.parametrize("within", [(), ("power",)])
def test_bounds_of_an_array_are_those_of_the_table(bounds, within):
    made = [bounds(exposure, within=within) for exposure in of_array_and_of_table()]
    made = [table.astype({"ethnicity_5": "str"}) for table in made]
    pd.testing.assert_frame_equal(*made, check_exact=True)
    assert made[0]["lower"].notna().any()


def test_an_exposure_changed_in_another_way_keeps_its_counts():
    array, table = of_array_and_of_table()
    again = replace(array, residents=array.residents.assign(residents=7.0))
    pd.testing.assert_frame_equal(again.counts, table.counts)
    with pytest.raises(AttributeError, match="Exposure has no nothing"):
        _ = array.nothing


# --- limits of many ratios of the same counts ---------------------------------------------------------------------


@pytest.mark.parametrize("weights", ["sum", "mantel-haenszel"])
@pytest.mark.parametrize("target", ["process", "period"])
def test_limits_of_rows_with_the_same_counts_are_those_of_each_row(weights, target):
    rng = np.random.default_rng(4)
    counts = {"searches": rng.poisson(4, (7, 20, 4)), "reference_searches": rng.poisson(9, (7, 20, 4))}
    of, row = rng.integers(0, 7, 60), np.repeat(np.arange(20), 3)
    given = {"exposure": rng.uniform(1, 9, 60), "reference_exposure": rng.uniform(1, 9, 60), "row": row}
    given |= {"weights": weights, "target": target}
    once = pooled_ratio_limits(**counts, of=of, **given)
    each = pooled_ratio_limits(**{name: own[of] for name, own in counts.items()}, **given)
    for name in ("estimate", "lower", "upper", "tau", "df", "f", "phi", "fewest"):
        np.testing.assert_array_equal(getattr(once, name), getattr(each, name))
    force = np.tile([0, 0, 1], 20)
    once = pooled_ratio_limits(**counts, of=of, force=force, **given)
    each = pooled_ratio_limits(**{name: own[of] for name, own in counts.items()}, force=force, **given)
    np.testing.assert_array_equal(once.upper, each.upper)


def test_the_same_counts_are_of_ratios_of_one_kind():
    counts = {"searches": [[3, 4]], "reference_searches": [[9, 8]]}
    with pytest.raises(ValueError, match="several kinds"):
        pooled_ratio_limits(**counts, of=[0, 0], row=[0, 1], kind=["ratio", "ratio other"])


# --- measures of outcomes and of accounts ---------------------------------------------------------------------------


def with_outcomes(rows, seed=8):
    rng = np.random.default_rng(seed)
    flags = {
        name: pd.array(np.where(rng.random(len(rows)) < share, rng.random(len(rows)) < 0.3, None), dtype="boolean")
        for name, share in {"positive_outcome": 0.9, "outcome_linked_to_object": 0.8, "arrest": 1.0}.items()
    }
    return rows.assign(**flags)


def test_truth_values_that_are_alike_are_those_of_the_searches():
    rows = with_outcomes(searches())
    alike_, by = tallied(rows, ["force", "positive_outcome", "arrest"]), ["positive_outcome", "force"]
    assert len(alike_) < 30
    assert alike_["positive_outcome"].dtype == "boolean"
    pd.testing.assert_frame_equal(tally(alike_, by), tally(rows, by))


@pytest.mark.parametrize("by", [(), "ethnicity_5", ["force", "power"]], ids=str)
@pytest.mark.parametrize("size", [60, 20_000])
def test_stages_of_searches_that_are_alike_are_those_of_the_searches(by, size, monkeypatch):
    rows = with_outcomes(searches(size=size))
    made = outcome_stages(rows, by=by)
    monkeypatch.setattr(stages, "tallied_in_time", lambda own, _: own)
    pd.testing.assert_frame_equal(made, outcome_stages(rows, by=by), check_exact=True)


def test_accounts_of_searches_that_are_alike_are_those_of_the_searches(monkeypatch):
    rows = searches(size=20_000)
    made = accounts.disagreement(rows), accounts.agreement(rows, within="force")
    monkeypatch.setattr(accounts, "tallied_in_time", lambda own, _: own)
    monkeypatch.setattr(accounts, "tallied", lambda own, by: own[by])
    wanted = accounts.disagreement(rows), accounts.agreement(rows, within="force")
    for own, plain in zip(made, wanted, strict=True):
        pd.testing.assert_frame_equal(own, plain, check_exact=True)


def test_the_evidence_is_of_the_searches_as_they_are_when_it_is_asked_for():
    rows = with_outcomes(searches())
    first = link_field_evidence(rows)
    pd.testing.assert_frame_equal(first, link_field_evidence(rows))
    together = tallied(rows, ["force", "positive_outcome", "outcome_linked_to_object"])
    pd.testing.assert_frame_equal(first, link_field_evidence(together))
    rows["outcome_linked_to_object"] = ~rows["outcome_linked_to_object"]
    changed = link_field_evidence(rows)
    pd.testing.assert_series_equal(changed["share_true_nfa"], 1 - first["share_true_nfa"])


def test_labels_are_in_the_order_in_which_they_are_found(monkeypatch):
    monkeypatch.setattr(codes, "_BLOCK", 5)
    rng = np.random.default_rng(9)
    for size in range(40):
        own = rng.integers(-1, 4, size)
        assert codes.as_found(own, 4).tolist() == [code for code in dict.fromkeys(own.tolist()) if code >= 0]


# --- smoothing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [1, 2, 4, 7, 8, 12])
def test_sums_of_rows_are_those_of_numpy_to_the_last_digit(columns):
    amounts = np.random.default_rng(5).random((999, columns))
    np.testing.assert_array_equal(dirichlet_smoothing._sums(amounts), amounts.sum(axis=1))


def test_the_weight_of_a_coarser_cell_is_that_of_all_labels():
    """Labels without a search are left out of the likelihood: they add exactly nothing."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    rng = np.random.default_rng(6)
    coarser = rng.poisson(30, (80, 4)).astype(float)
    counts = rng.poisson(rng.dirichlet(np.full(4, 0.3), 80) * 4).astype(float)

    def unlikely(log_weight):
        prior = np.exp(log_weight) * shares
        cells = gammaln(prior.sum(axis=1)) - gammaln(prior.sum(axis=1) + totals)
        return -(cells.sum() + (gammaln(prior + own) - gammaln(prior)).sum())

    some = counts.sum(axis=1) > 0
    own, totals, shares = counts[some], counts[some].sum(axis=1), coarser[some] + 0.5
    shares = shares / shares.sum(axis=1, keepdims=True)
    wanted = np.exp(minimize_scalar(unlikely, bounds=np.log(dirichlet_smoothing.WEIGHTS), method="bounded").x)
    assert dirichlet_smoothing._weight(counts, coarser) == wanted


# --- of a study -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(sample, tmp_path_factory):
    processed = tmp_path_factory.mktemp("processed")
    return sas.open_study(["metropolitan", "essex"], "2018-04", "2018-10", raw=sample, processed=processed)


ASKED = [{}, {"ethnicity": "combined"}, {"repeats": "drop", "power": "section 60"}, {"unusable": "include"}]


@pytest.mark.parametrize("choices", ASKED, ids=str)
def test_the_searches_of_a_study_counted_once_are_its_rows(study, choices):
    for own in (study.choosing(**choices), study.choosing(**choices).using("outcome_linked_to_object", "gender")):
        by = ["force", "month", WEEK, "ethnicity_5", "gender"]
        pd.testing.assert_frame_equal(tally(own.tallied("ethnicity_5", "gender"), by), tally(own.rows, by))


QUESTIONS = [(), ("outcome",), ("gender",), ("outcome_linked_to_object",), ("arrest", "power"), ("ethnicity_5",)]


@pytest.mark.parametrize("months", [{}, {"unusable": "include"}, {"flagged_months": "include"}], ids=str)
def test_questions_that_leave_out_the_same_months_have_the_searches_of_each(study, months):
    found = study.findings.copy()
    found.loc[found.index[:2], ["force", "month", "action", "field"]] = [
        ["essex", "2018-05", "field", "gender"],
        ["metropolitan", "2018-06", "field", "legislation"],
    ]
    own = replace(study)
    own.__dict__["findings"] = found
    for asked in QUESTIONS:
        question = own.choosing(**months).using(*asked)
        wanted = audit.verdicts(found, question._grid, question.rests_on)
        pd.testing.assert_frame_equal(question.verdicts, wanted)
        left = leave_months(person_searches(study.records), wanted, **months)
        pd.testing.assert_frame_equal(question.selection.flow, left.flow)
        np.testing.assert_array_equal(question.selection.kept, left.kept)
        rows = question.coverage.set_index(["force", "month"])["status"]
        judged = wanted.set_index(["force", "month"])["verdict"].astype("str").replace({"fine": "published"})
        assert rows.astype("str").to_dict() == judged.to_dict()


def test_a_field_that_is_none_is_refused_each_time(study):
    for known in ("gender", "legislation"):
        assert study.usable(known)["usable"].any()
        with pytest.raises(ParameterError, match=r'column or field "colour" is unknown\. There are: force, month'):
            study.usable("colour")


def test_a_comparison_takes_the_same_from_what_is_counted_once(study):
    compared = sas.Comparison(study)
    rows = compared._rows(study.using("age_range", "gender"))
    own, grid_, _ = compared._counted("age_range", "gender")
    residents_, _ = compared._age_sex_residents()
    made = [standardised(table, grid_, residents_, reference="White") for table in (own, rows)]
    pd.testing.assert_frame_equal(*made, check_exact=True)
    assert set(STRATA) < set(own.columns)


@pytest.mark.parametrize("what", ["rate", "ratio"])
@pytest.mark.parametrize("months", [3, 6, 7])
def test_months_of_a_trend_need_no_months_around_them(study, what, months, monkeypatch):
    own = study.during("2018-04", f"2018-{3 + months:02d}")
    made = own.trend(what).frame
    monkeypatch.setattr(trend_residents, "_by_period", trend_residents._inside)
    pd.testing.assert_frame_equal(made, own.trend(what).frame, check_exact=True)


def test_a_force_without_a_month_has_its_reason(sample, tmp_path):
    both = sas.open_study(["metropolitan", "west-yorkshire"], "2018-09", "2018-09", raw=sample, processed=tmp_path)
    none = sas.Comparison(both.of_force("west-yorkshire"))
    assert none.study.tallied("ethnicity_5").empty
    assert none.ratios["note"].str.startswith("not estimable").all()
