"""The robust outcome test: published answers, closed forms, every allocation of the unknown, and simulated nations."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docstrings import check_examples
from scipy import stats

import sas_analysis as sas
from sas_analysis.errors import ParameterError
from sas_analysis.measures.intervals.differences import share_difference_limits
from sas_analysis.measures.intervals.process import ratio_limits, share_limits
from sas_analysis.measures.outcomes import hit_rate_test, one_sided, outcome_test, robust_outcome_test, robust_test
from sas_analysis.measures.outcomes.robust_test import HIGHER, INCONCLUSIVE, LOWER, NOT_ESTIMABLE
from sas_analysis.measures.residents.bases import bases_for
from sas_analysis.present import robust_sentences
from sas_analysis.rounding import WITHHELD
from sas_analysis.study import robust
from sas_analysis.study.robust import SECTION_60, outcome_test_of, robust_counts, robust_test_by_base, robust_test_of

ROOT = Path(__file__).parents[1]


def table(*rows, columns=("group", "population", "searches", "hits"), **more):
    return pd.DataFrame(list(rows), columns=list(columns)).assign(**more)


PLAIN = table(("White", 100_000, 2000, 600), ("Black", 10_000, 800, 200))


# --- published answers ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def carolina(real_data):
    path = real_data / "published" / "threshold_north_carolina_100_departments.csv"
    names = {"driver_race": "group", "num_stops": "population", "num_searches": "searches", "num_hits": "hits"}
    return pd.read_csv(path).rename(columns=names)[["police_department", *names.values()]]


@pytest.mark.parametrize(
    ("group", "both", "rate_only", "hit_only", "neither", "naive"),
    [("Black", 57, 40, 2, 1, 21), ("Hispanic", 67, 7, 24, 2, 35)],
)
def test_north_carolina_has_its_known_signs_and_verdicts(carolina, group, both, rate_only, hit_only, neither, naive):
    found = robust_outcome_test(carolina, interval="binomial").query("group == @group")
    signs = found["signs"].value_counts()
    assert signs.to_dict() == {"both": both, "rate only": rate_only, "hit only": hit_only, "neither": neither}
    assert found["verdict"].value_counts().to_dict() == {LOWER: naive, INCONCLUSIVE: 100 - naive}


def test_north_carolina_by_limits_that_let_months_vary_says_less(carolina):
    found = robust_outcome_test(carolina)
    naive = robust_outcome_test(carolina, interval="binomial")
    by_group = found["verdict"].eq(LOWER).groupby(found["group"]).sum()
    assert by_group.to_dict() == {"Black": 2, "Hispanic": 9}
    assert set(found.index[found["verdict"].eq(LOWER)]) < set(naive.index[naive["verdict"].eq(LOWER)])
    assert found["verdict_adjusted"].eq(INCONCLUSIVE).all()


# --- closed forms -----------------------------------------------------------------------------------------------------


def test_the_binomial_alternative_is_pearsons_chi_square_of_either_comparison():
    rows = PLAIN.assign(searches=[2000, 230], hits=[600, 58])
    found = robust_outcome_test(rows, interval="binomial").iloc[0]
    of_searches = stats.chi2_contingency([[2000, 98_000], [230, 9_770]], correction=False).pvalue / 2
    of_hits = stats.chi2_contingency([[600, 1400], [58, 172]], correction=False).pvalue / 2
    assert found["p_rate_higher"] == pytest.approx(of_searches, rel=1e-9)
    assert found["p_hit_lower"] == pytest.approx(of_hits, rel=1e-9)
    assert found["p_value"] == found["p_hit_lower"]
    assert (found["rate_ratio"], found["hit_difference"]) == (pytest.approx(1.15), pytest.approx(58 / 230 - 0.3))


def test_exposure_is_time_at_risk_and_not_a_population():
    rows = table(("White", 1000, 200, 60), ("Black", 100, 28, 7), columns=("group", "exposure", "searches", "hits"))
    found = robust_outcome_test(rows, interval="binomial").iloc[0]
    common = 228 / 1100
    z = (0.28 - 0.2) / np.sqrt(common * (1 / 100 + 1 / 1000))
    assert found["p_rate_higher"] == pytest.approx(stats.norm.sf(z), rel=1e-9)


@pytest.mark.parametrize("target", ["process", "period"])
@pytest.mark.parametrize("share", [0.2, 0.32, 0.42])
@pytest.mark.parametrize("black", [300, 150])
def test_the_p_value_is_the_tail_at_which_the_limit_touches_no_difference(target, share, black):
    hits = round(share * black)
    rows = table(("White", 100_000, 2000, 600), ("Black", 10_000, black, hits))
    found = robust_outcome_test(rows, interval=target, kind="nfa").iloc[0]
    pair = {"searches": [black], "reference_searches": [2000], "exposure": 10_000, "reference_exposure": 100_000}
    p = found["p_rate_higher"]
    limits = ratio_limits(**pair, target=target, level=abs(1 - 2 * p))
    assert (limits.lower if p < 0.5 else limits.upper)[0] == pytest.approx(1, abs=1e-6)
    p = found["p_hit_lower"]
    shares = {"hits": [hits], "trials": [black], "reference_hits": [600], "reference_trials": [2000]}
    limits = share_difference_limits(**shares, kind="nfa", target=target, level=abs(1 - 2 * p))
    assert (limits.upper if p < 0.5 else limits.lower)[0] == pytest.approx(0, abs=1e-6)


def test_a_verdict_stands_exactly_where_both_limits_leave_no_difference_out():
    rng = np.random.default_rng(5)
    rows = [("White", 50_000, 3000, 900, place) for place in range(200)]
    rows += [("Black", 5000, rng.integers(100, 900), 0, place) for place in range(200)]
    places = table(*rows, columns=("group", "population", "searches", "hits", "place"))
    black = places["group"].eq("Black")
    places.loc[black, "hits"] = rng.binomial(places.loc[black, "searches"], rng.uniform(0.05, 0.7, 200))
    found = robust_outcome_test(places)
    lower = found["rate_lower"].gt(1) & found["hit_upper"].lt(0)
    higher = found["rate_upper"].lt(1) & found["hit_lower"].gt(0)
    assert min(lower.sum(), higher.sum(), (~lower & ~higher).sum()) > 5
    assert found["verdict"].tolist() == np.select([lower, higher], [LOWER, HIGHER], INCONCLUSIVE).tolist()


@pytest.mark.parametrize("interval", robust_test.INTERVALS)
def test_exchanging_group_and_reference_turns_the_verdict(interval):
    rows = table(("White", 100_000, 20_000, 6000), ("Black", 10_000, 8000, 400))
    there, back = (robust_outcome_test(rows, reference=name, interval=interval).iloc[0] for name in ("White", "Black"))
    assert (there["verdict"], back["verdict"]) == (LOWER, HIGHER)
    assert (there["signs"], back["signs"]) == ("both", "neither")
    assert there["p_value"] == pytest.approx(back["p_value"], rel=1e-6, abs=1e-11)
    assert there["p_rate_higher"] == pytest.approx(1 - back["p_rate_higher"], abs=1e-9)


def test_both_must_hold_the_greater_p_value_of_the_likelier_side_counts():
    p, lower = robust_test.intersection_union([0.01, 0.2, 0.99, 0.01], [0.04, 0.01, 0.97, 0.99])
    assert p.tolist() == pytest.approx([0.04, 0.2, 0.03, 0.99])
    assert lower.tolist() == [True, True, False, True]


def test_equal_rates_and_equal_hit_rates_are_a_half():
    found = robust_outcome_test(table(("White", 1000, 100, 30), ("Black", 1000, 100, 30)))
    assert found[["p_rate_higher", "p_hit_lower"]].iloc[0].tolist() == [0.5, 0.5]


# --- m* ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("factor", "higher"), [(0.999, True), (1.001, False)])
def test_beyond_m_star_the_comparison_of_rates_turns(factor, higher):
    star = robust_outcome_test(PLAIN)["m_star"].iloc[0]
    assert star == pytest.approx(4)
    changed = PLAIN.assign(population=PLAIN["population"] * [1, star * factor])
    assert (robust_outcome_test(changed)["signs"].iloc[0] == "both") is higher


@pytest.mark.parametrize("black", [800, 90])
def test_at_m_star_alpha_the_rates_are_just_told_apart(black):
    rows = PLAIN.assign(searches=[2000, black], hits=[600, 30])
    star = robust_outcome_test(rows, alpha=0.1)["m_star_alpha"].iloc[0]
    changed = rows.assign(population=rows["population"] * [1, star])
    p = robust_outcome_test(changed)["p_rate_higher"].iloc[0]
    assert p == pytest.approx(0.1 if black == 800 else 0.9, rel=1e-5)


# --- what is not compared ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"population": [100_000, 0]}, "nobody of the group could be searched"),
        ({"population": [np.nan, 10_000]}, "nobody of the reference group White could be searched"),
        ({"searches": [2000, 0], "hits": [600, 0]}, "no search of the group"),
        ({"searches": [0, 800], "hits": [0, 200]}, "no search of the reference group White"),
        ({"hits": [0, 0]}, "no hit of either group"),
        ({"known": [2000, 500]}, "more than 30% of searches of the group is unknown"),
        ({"known": [2000, 0], "hits": [600, 0]}, "no search of the group with a known outcome"),
    ],
)
def test_without_a_base_it_is_not_estimable_and_the_note_says_why(change, why):
    found = robust_outcome_test(PLAIN.assign(**change)).iloc[0]
    assert (found["verdict"], found["verdict_adjusted"], found["signs"]) == (NOT_ESTIMABLE, NOT_ESTIMABLE, "")
    assert found["note"].startswith("not estimable: ")
    assert why in found["note"]
    assert found[["p_value", "rate_ratio", "hit_difference", "m_star"]].isna().all()


def test_a_place_without_the_reference_group_or_with_few_searches_is_left_out_of_the_family():
    places = pd.concat([PLAIN.assign(place="A"), PLAIN.iloc[[1]].assign(place="B"), PLAIN.assign(place="C")])
    places.loc[places["place"].eq("C"), ["searches", "hits"]] = [[2000, 600], [29, 5]]
    found = robust_outcome_test(places, least=30).set_index("place")
    assert found["verdict"].ne(NOT_ESTIMABLE).to_dict() == {"A": True, "B": False, "C": False}
    assert found["note"]["B"] == "not estimable: no row of the reference group White"
    assert found["note"]["C"] == "not estimable: fewer than 30 searches of either group"
    assert set(found["family_size"]) == {1}
    assert found["family"]["A"] == "Black to White, 1 place"


def test_a_hit_rate_is_of_searches_whose_outcome_is_known():
    found = robust_outcome_test(PLAIN.assign(known=[1500, 700])).iloc[0]
    assert (found["hit_rate"], found["reference_hit_rate"]) == (pytest.approx(200 / 700), pytest.approx(0.4))
    assert found["rate_ratio"] == pytest.approx(4)


def test_all_faults_of_a_table_are_said_at_once():
    wrong = pd.concat([PLAIN, PLAIN.iloc[[0]]]).assign(exposure=1.0, hits=[900, 900, -1])
    with pytest.raises(ValueError, match=r"one column population or exposure; .* of hits are negative .* exceed known"):
        robust_outcome_test(wrong)
    with pytest.raises(ValueError, match=r"1 row\(s\) repeat a row of the same group"):
        robust_outcome_test(pd.concat([PLAIN, PLAIN.iloc[[0]]]))
    with pytest.raises(ValueError, match="no row is of the reference group Asian; there are: White, Black"):
        robust_outcome_test(PLAIN, reference="Asian")
    with pytest.raises(ValueError, match=r"interval 'exact' is none of .*; alpha lies between 0 and 0.5"):
        robust_outcome_test(PLAIN, interval="exact", alpha=5)
    with pytest.raises(ValueError, match="the table has one column population or exposure"):
        robust_outcome_test(PLAIN.drop(columns="population"))


# --- families and months ----------------------------------------------------------------------------------------------


def places_of(*hits):
    rows = [row for n, k in enumerate(hits) for row in [("White", 1e5, 2000, 600, n), ("Black", 1e4, 800, k, n)]]
    return table(*rows, columns=("group", "population", "searches", "hits", "place"))


def test_families_are_named_and_adjusted_as_scipy_does():
    places = places_of(250, 230, 215, 200, 150).assign(kind="Drugs")
    other = places.assign(kind="Weapons").query("place < 2")
    found = robust_outcome_test(pd.concat([places, other]), within="kind", interval="binomial")
    assert found["family"].unique().tolist() == ["Black to White, Drugs, 5 places", "Black to White, Weapons, 2 places"]
    for _, family in found.groupby("kind"):
        assert family["p_adjusted"].tolist() == pytest.approx(stats.false_discovery_control(family["p_value"]).tolist())
    lower = found["p_adjusted"] <= 0.05
    assert 0 < lower.sum() < len(found)
    assert found["verdict_adjusted"].eq(LOWER).tolist() == lower.tolist()


def by_month(parts):
    months = [f"2022-{month:02}" for month in range(1, 13)]
    tables = []
    for (_, row), own in zip(PLAIN.iterrows(), parts, strict=True):
        share = np.asarray(own, float) / sum(own)
        counts = {name: np.round(row[name] * share) for name in ("searches", "hits")}
        tables.append(
            pd.DataFrame({"group": row["group"], "month": months, "population": row["population"] / 12} | counts)
        )
    return pd.concat(tables, ignore_index=True)


def test_months_add_up_to_the_totals_and_unlike_months_say_less():
    even, wild = by_month([[1] * 12, [1] * 12]), by_month([[1] * 12, [1, 9, 1, 1, 14, 1, 1, 1, 1, 1, 12, 1]])
    even, wild = robust_outcome_test(even).iloc[0], robust_outcome_test(wild).iloc[0]
    assert even["rate_ratio"] == pytest.approx(wild["rate_ratio"], rel=0.02)
    assert even["searches"] == pytest.approx(800, abs=6)
    assert wild["p_rate_higher"] > even["p_rate_higher"]
    assert wild["rate_lower"] < even["rate_lower"]


# --- those of no known group ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unknown", "stands"), [((6, 2), True), ((60, 30), False), ((120, 8), False)])
def test_what_stands_at_the_worst_stands_under_every_allocation_of_the_unknown(unknown, stands):
    rows = [("White", 10_000, 600, 240), ("Black", 1_000, 160, 40)]
    tested = robust_outcome_test(table(*rows, ("Unknown", np.nan, *unknown)), interval="binomial").iloc[0]
    assert tested["verdict"] == LOWER
    assert tested["unknown"] == unknown[0]
    searches, hits = unknown
    moved = [
        row
        for given in range(searches + 1)
        for found in range(max(0, given - (searches - hits)), min(hits, given) + 1)
        for row in (
            ("White", 10_000, 600 + searches - given, 240 + hits - found, given, found),
            ("Black", 1_000, 160 + given, 40 + found, given, found),
        )
    ]
    columns = ("group", "population", "searches", "hits", "given", "found")
    every = robust_outcome_test(table(*moved, columns=columns), interval="binomial").set_index("given")["verdict"]
    assert tested["verdict_unknown_reference"] == every[0]
    assert tested["verdict_unknown_group"] == every[searches]
    assert tested["verdict_unknown_worst"] == (LOWER if stands else INCONCLUSIVE)
    assert set(every) == ({LOWER} if stands else {LOWER, INCONCLUSIVE})


def test_the_worst_never_says_more_than_the_row():
    rows = table(("White", 1000, 100, 30), ("Black", 1000, 110, 30), ("Not stated", np.nan, 90, 45))
    found = robust_outcome_test(rows, interval="binomial").iloc[0]
    assert (found["verdict"], found["verdict_unknown_worst"]) == (INCONCLUSIVE, INCONCLUSIVE)
    assert len(robust_outcome_test(rows)) == 1


# --- simulation -------------------------------------------------------------------------------------------------------

spec = importlib.util.spec_from_file_location("robust_outcome", ROOT / "benchmarks/validate/robust_outcome.py")
simulation = importlib.util.module_from_spec(spec)
spec.loader.exec_module(simulation)


@pytest.fixture(scope="module")
def simulated():
    parts = [simulation.run(setting, 12, 3, ("process", "binomial")) for setting in simulation.SETTINGS]
    return pd.concat(parts).set_index(["setting", "interval"])


@pytest.mark.parametrize("setting", ["alike", "boundary"])
def test_false_verdicts_are_at_most_as_many_as_stated_where_the_ratio_is_monotone(simulated, setting):
    row = simulated.loc[(setting, "process")]
    assert row["places"] == 480
    assert row["lower"] + row["higher"] <= 0.05
    assert simulated.loc[(setting, "binomial"), "lower"] > 0.05  # searches are no independent draws


def test_a_lower_threshold_is_found_and_a_ratio_that_is_not_monotone_misleads(simulated):
    assert simulated.loc[("lower", "process"), "lower"] > 0.15
    assert simulated.loc[("not alike", "process"), "lower"] > 0.05


def test_the_committed_simulation_is_of_500_nations_and_keeps_the_level():
    committed = pd.read_csv(ROOT / "docs/simulation_robust_outcome.csv")
    assert set(committed["setting"]) == set(simulation.SETTINGS)
    assert committed["nations"].eq(500).all()
    process = committed[committed["interval"].eq("process")].set_index("setting")
    assert process.loc[["alike", "boundary"], ["lower", "higher"]].sum(axis=1).le(0.05).all()


# --- hit rates alone --------------------------------------------------------------------------------------------------


def test_hit_rates_stand_side_by_side_with_their_limits_and_what_they_cannot_show():
    found = outcome_test(PLAIN, kind="nfa").iloc[0]
    for prefix, hits, trials in (("", 200, 800), ("reference_", 600, 2000)):
        limits = share_limits(hits=[hits], trials=[trials], kind="nfa")
        assert found[[f"{prefix}hit_rate", f"{prefix}lower", f"{prefix}upper"]].tolist() == pytest.approx(
            [hits / trials, limits.lower[0], limits.upper[0]]
        )
    assert "infra-marginality" in found["note"]
    assert not [name for name in found.index if "verdict" in name]
    assert found["interval"] == "95% process"


def test_hit_rates_need_no_pool_and_are_missing_with_the_reason():
    places = pd.concat([PLAIN.assign(place="A"), PLAIN.assign(place="B", hits=0)]).drop(columns="population")
    found = outcome_test(places).set_index("place")
    assert found["hit_rate"].isna().to_dict() == {"A": False, "B": True}
    assert found["note"]["B"].startswith("not estimable: no hit of either group")


# --- a study ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(sample, tmp_path_factory):
    raw = tmp_path_factory.mktemp("robust") / "raw"
    raw.symlink_to(sample)
    return sas.Comparison(sas.open_study("metropolitan", "2018-04", "2018-09", raw=raw))


@pytest.fixture(scope="module")
def tested(compared):
    return robust_test_of(compared)


def test_a_study_is_tested_on_its_searches_on_reasonable_grounds(compared, tested):
    searches = compared.study.counted_searches
    own = searches[searches["power"].eq("Reasonable grounds") & searches["object_group"].eq("Drugs")]
    row = tested.query("object_group == 'Drugs' and ethnicity_5 == 'Black'").iloc[0]
    for name, group in (("", "Black"), ("reference_", "White")):
        of_group = own[own["ethnicity_5"].eq(group)]
        assert row[f"{name}searches"] == len(of_group)
        assert row[f"{name}hits"] == of_group["positive_outcome"].eq(True).sum()
    people = compared.base.residents.set_index("ethnicity_5")["residents"]
    expected = row["searches"] / people["Black"] / (row["reference_searches"] / people["White"])
    assert row["rate_ratio"] == pytest.approx(expected)
    assert row["unknown"] == own["ethnicity_5"].astype("str").isin(["Unknown", "Not stated"]).sum()


def test_the_limits_of_a_study_are_those_of_its_ratio(compared, tested):
    study = compared.study.choosing(power="reasonable grounds", level=0.9)
    ratios = replace(compared, study=study).exposure_by("object_group")
    ratios = sas.disproportionality_ratio(ratios, within="object_group", level=0.9)
    both = tested.merge(ratios, on=["object_group", "ethnicity_5"])
    both = both[both["rate_ratio"].notna()]
    assert len(both) > 4
    assert both["rate_lower"].tolist() == pytest.approx(both["lower"].tolist())
    assert both["rate_upper"].tolist() == pytest.approx(both["upper"].tolist())


def test_every_base_has_its_verdict_and_the_row_counts_those_alike(compared, tested):
    by_base = robust_test_by_base(compared)
    _, bases, _ = bases_for(compared.study.counted)
    assert by_base["base"].unique().tolist() == [base.name for base in bases]
    row = tested.query("object_group == 'Drugs' and ethnicity_5 == 'Black'").iloc[0]
    own = by_base.query("object_group == 'Drugs' and ethnicity_5 == 'Black'")
    assert row["verdicts_by_base"] == "; ".join(own["base"] + ": " + own["verdict"])
    assert row["bases"] == len(own) == 5
    assert row["bases_alike"] == own["verdict"].eq(row["verdict"]).sum()
    assert own["rate_ratio"].nunique() == 5


def test_all_objects_together_are_one_place_a_force(compared, tested):
    whole = robust_test_of(compared, by_object=False)
    assert "object_group" not in whole
    assert len(whole) == whole["ethnicity_5"].nunique() == 4
    black = whole["ethnicity_5"].eq("Black")
    assert whole.loc[black, "searches"].item() >= tested.loc[tested["ethnicity_5"].eq("Black"), "searches"].sum()
    assert whole.loc[black, "family"].item() == "Black to White, 1 place"


def test_finds_are_not_tested_where_the_link_field_does_not_mean_them(compared):
    found = robust_test_of(compared, outcome="find")
    assert found["verdict"].eq(NOT_ESTIMABLE).all()
    assert found["note"].str.startswith("not estimable: ").all()


def test_searches_that_need_no_suspicion_are_not_tested(compared):
    own = replace(compared, study=compared.study.choosing(power="section 60"))
    found = robust_test_of(own)
    assert found["note"].eq(f"not estimable: {SECTION_60}").all()
    assert found["searches"].sum() == own.searches["ethnicity_5"].isin(found["ethnicity_5"]).sum() > 0
    assert robust_test_by_base(own)["verdict"].eq(NOT_ESTIMABLE).all()
    assert robust_counts(own)["reason"].str.endswith(SECTION_60).all()
    assert outcome_test_of(own)["note"].str.endswith(SECTION_60).all()
    assert "has nothing to look at" in robust_sentences.verdicts(found)


def test_what_a_study_cannot_be_asked(compared):
    with pytest.raises(ParameterError, match="outcome 'nothing' is none of 'positive', 'arrest', 'find'"):
        robust_test_of(compared, outcome="nothing")
    rounded = robust_test_of(replace(compared, study=compared.study.choosing(round_to=5)))
    assert rounded.empty
    assert rounded.attrs[WITHHELD]


# --- words ------------------------------------------------------------------------------------------------------------


MODULES = (robust_test, hit_rate_test, one_sided, robust, robust_sentences)


def test_nothing_here_speaks_of_discrimination():
    texts = {module.__name__: Path(module.__file__).read_text(encoding="utf-8") for module in MODULES}
    assert [name for name, text in texts.items() if "discriminat" in text.lower()] == []
    assert "inconclusive" in robust_outcome_test.__doc__.splitlines()[0]


WITH_EXAMPLES = [module for module in MODULES if module is not one_sided]


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_examples_of(module, compared):
    check_examples(module, compared=compared, sas=sas)
