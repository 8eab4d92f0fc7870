"""What is counted by codes of labels is what is counted row by row, to the last row and the last digit."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal

from sas_analysis import codes
from sas_analysis.codes import (
    among,
    chosen,
    codes_of,
    count_together,
    looked_up,
    occurring,
    places_in,
    positions,
    repeated,
    split,
)
from sas_analysis.measures.coverage import in_months
from sas_analysis.measures.ethnicity.accounts import unused_groups
from sas_analysis.measures.exposure import count_searches
from sas_analysis.measures.intervals import of_searches, variance
from sas_analysis.measures.intervals.alike import alike
from sas_analysis.measures.intervals.constants import read_constants
from sas_analysis.measures.intervals.remembering import remembering, remembering_last
from sas_analysis.measures.intervals.time import WEEK, Time, week_of
from sas_analysis.measures.outcomes import link_field_evidence, outcome_stages, positive_outcome_rate
from sas_analysis.measures.outcomes.differences import outcome_difference_bounds
from sas_analysis.measures.outcomes.group_counts import count_groups
from sas_analysis.measures.outcomes.outcome_bounds import outcome_bounds
from sas_analysis.measures.rates.standardise import STRATA
from sas_analysis.measures.shares import labels, share_of_searches, tally
from sas_analysis.measures.tallied import NUMBER, tallied_in_time
from sas_analysis.measures.trends.monthly import count_monthly
from sas_analysis.measures.unknown.imputation import GIVEN, count_patterns
from sas_analysis.records import repeats
from sas_analysis.records.fields import as_published, column_order
from sas_analysis.records.select import counted_columns, is_repeat
from sas_analysis.study import measures as study_measures
from sas_analysis.study.opening import open_study

FORCES, MONTHS = ["essex", "gwent", "kent"], ["2019-11", "2019-12", "2020-02", "2020-03"]
GROUPS = ["White", "Black", "Unknown"]
COLUMNS = {
    "force": (FORCES, False),
    "month": (MONTHS, False),
    "ethnicity_5": (GROUPS, False),
    "officer_ethnicity_5": (GROUPS, False),
    "object_group": (["Drugs", "Weapons", "Not recorded"], False),
    "power": (["Reasonable grounds", "Section 60", "Not recorded"], False),
    "age_range": (["10-17", "18-24", "Not recorded"], False),
    "gender": (["Female", "Male"], True),
}


@st.composite
def tables(draw, most=60):
    """Clean tables of random labels, some categories of which do not occur, with times and truth values."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = draw(st.integers(1, most))
    frame = {}
    for name, (known, blank) in COLUMNS.items():
        chosen = rng.choice(draw(st.lists(st.sampled_from(range(len(known))), min_size=1, max_size=4)), rows)
        if blank and draw(st.booleans()):
            chosen = np.where(rng.random(rows) < 0.2, -1, chosen)
        frame[name] = pd.Categorical.from_codes(chosen, known)
    for name in ("positive_outcome", "arrest", "outcome_linked_to_object"):
        state = rng.integers(0, 3, rows)
        frame[name] = pd.array(np.where(state == 2, None, state == 1), dtype="boolean")
    day = rng.integers(1, 29, rows)
    frame["searched_at"] = pd.to_datetime([f"{m}-{d:02}" for m, d in zip(frame["month"], day, strict=True)], utc=True)
    frame["date_in_month"] = pd.array(np.where(rng.random(rows) < 0.1, None, rng.random(rows) < 0.9), dtype="boolean")
    return pd.DataFrame(frame, index=rng.permutation(rows) * 3)


@given(tables())
def test_positions_are_those_of_the_text(searches):
    wanted = ["kent", "essex", "surrey"]
    text = searches["force"].astype("str")
    assert positions(searches["force"], wanted).tolist() == [wanted.index(one) if one in wanted else -1 for one in text]
    codes, names = codes_of(searches["gender"])
    assert [names[code] if code >= 0 else None for code in codes] == [
        None if pd.isna(one) else one for one in searches["gender"]
    ]
    assert occurring(codes, len(names)).tolist() == [searches["gender"].eq(name).any() for name in names]


@given(tables(), st.sets(st.tuples(st.sampled_from([*FORCES, "surrey"]), st.sampled_from([*MONTHS, "2021-01"]))))
def test_force_months_are_those_of_the_text(searches, wanted):
    months = pd.DataFrame(sorted(wanted), columns=["force", "month"])
    plain = [pair in wanted for pair in zip(searches["force"], searches["month"], strict=True)]
    assert among(searches, months).tolist() == plain
    assert_frame_equal(in_months(searches, months), searches[plain])


@given(st.integers(0, 5), st.lists(st.integers(-2, 6), max_size=6), st.sampled_from([0, 1]))
def test_places_are_those_of_an_index(number, wanted, first):
    whole = pd.RangeIndex(first, first + number)
    for own in (whole, pd.Index(whole.to_numpy()[::-1])):
        index = pd.Index(wanted, dtype="int64")
        assert places_in(own, index).tolist() == own.get_indexer(index).tolist()


@given(tables(), st.integers(0, 2**32))
def test_chosen_and_split_rows_are_those_of_pandas(searches, seed):
    kept = np.random.default_rng(seed).random(len(searches)) < 0.6
    for own in (searches, searches.reset_index(drop=True)):
        assert_frame_equal(chosen(own, kept), own[kept], check_index_type=False)
    for table in (searches, searches.sort_values("force")):  # rows of a force here and there, and together
        for force, part in zip([*FORCES, "surrey"], split(table, "force", [*FORCES, "surrey"]), strict=True):
            assert_frame_equal(part, table[table["force"].eq(force)])


@given(tables(most=400), st.sampled_from([1, 7, 1 << 16]), st.sampled_from([0, 3, 32]), st.integers(0, 3))
def test_searches_that_are_alike_are_those_of_a_groupby(searches, block, room, known):
    """Whatever the size of a block, whether its rows are counted or not, and whatever is known of time."""
    own = searches.drop(columns=["force", "month", "searched_at"][:known])
    own = own if known % 2 else own.sort_values(list(own)[:2])
    group = own["ethnicity_5"].cat.codes.to_numpy()
    arrest = own["arrest"].fillna(False).to_numpy(bool)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sas_analysis.measures.intervals.alike._BLOCK", block)
        patch.setattr("sas_analysis.measures.intervals.alike._ROOM", room)
        found = alike(own, group=(group, len(GROUPS)), arrest=(arrest, 2))
    there = [name for name in ("force", "month") if name in own]
    week = {WEEK: week_of(own)} if "searched_at" in own else {}
    plain = own[there].assign(**week, group=group, arrest=arrest.astype(int), number=1.0)
    rows = found.rows.assign(**found.asked, number=found.number)
    assert list(rows) == list(plain)
    keys = [name for name in plain if name != "number"]
    sums = (table.groupby(keys, observed=True)["number"].sum() for table in (rows, plain))
    assert_series_equal(*sums, check_index_type=False)


@given(tables(most=400), st.sampled_from([(), "month", "ethnicity_5"]))
@settings(max_examples=25)
def test_shares_are_the_same_whether_alike_searches_are_counted_or_each_by_itself(searches, by):
    def made():
        within = share_of_searches(searches, "object_group", within=by)
        return within, positive_outcome_rate(searches, by), outcome_bounds(searches, "arrest", by)

    blocks = made()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sas_analysis.measures.intervals.alike._ROOM", 0)
        for one, other in zip(blocks, made(), strict=True):
            assert_frame_equal(one, other, check_exact=True)


@given(tables(), st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=4, unique=True), st.booleans())
def test_labels_are_counted_together_as_by_a_groupby(searches, by, some):
    out = np.arange(len(searches)) % 3 == 0 if some else None
    left = searches if out is None else searches[~out]
    plain = left.groupby(by, observed=True).size().rename("n").reset_index()
    assert_frame_equal(count_together(searches, by, "n", without=out), plain)


@given(tables(), st.lists(st.sampled_from(list(COLUMNS)), max_size=3, unique=True), st.integers(0, 6))
def test_a_tally_is_a_groupby(searches, by, flags):
    names = ["positive_outcome", "arrest", "outcome_linked_to_object"] * 2
    given_flags = {f"{name}{at}": searches[name] for at, name in enumerate(names[:flags])}
    found = tally(searches, by, given_flags)
    keys = [labels(searches[name]) for name in by] or [pd.Series(0, index=searches.index)]
    plain = searches.assign(searches=1, **{name: flag.fillna(False).astype(int) for name, flag in given_flags.items()})
    plain = plain.groupby(keys, observed=False)[["searches", *given_flags]].sum()
    assert found[["searches", *given_flags]].astype("int64").to_numpy().tolist() == plain.to_numpy().tolist()
    if by:
        assert found[by].astype("str").to_numpy().tolist() == [
            [str(one) for one in (key if len(by) > 1 else [key])] for key in plain.index
        ]


@pytest.mark.parametrize("values", [[True, False, None], [False, False], [None, None], [True]])
def test_truth_values_are_the_labels_that_occur(values):
    column = pd.Series(pd.array(values, dtype="boolean"), name="arrest")
    plain = column.map({True: "True", False: "False"}).astype("category")
    plain = plain.cat.add_categories("Not recorded").fillna("Not recorded") if plain.hasnans else plain
    found = labels(column)
    assert found.tolist() == plain.tolist()
    assert found.cat.categories.tolist() == plain.cat.categories.tolist()


def _without(searches):
    """The table as a study counts it: the week is told once, times are left out."""
    rows = searches[[name for name in searches if name not in ("searched_at", "date_in_month")]]
    return rows.assign(**{WEEK: week_of(searches).astype(np.int8)})


@given(tables(most=3000), st.sampled_from([(), "month", "force", ["month", "ethnicity_5"]]))
@settings(max_examples=40)
def test_limits_are_the_same_whether_the_empty_months_are_held_or_not(searches, within):
    """To the last digit: where the base is a month, the zeros of the other months are left out of the sums."""
    short = share_of_searches(_without(searches), "object_group", within=within)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_searches, "_in_one_month_each", lambda *given: False)
        assert_frame_equal(short, share_of_searches(searches, "object_group", within=within), check_exact=True)


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(3, 140), st.sampled_from([1, 4]))
def test_sums_of_one_month_are_those_of_all_to_the_last_digit(seed, rows, months, weeks):
    rng = np.random.default_rng(seed)
    month = rng.integers(0, months, rows)
    cell = month[:, None] * weeks + np.arange(weeks)
    values, whole = rng.random((rows, weeks)), np.zeros((rows, months * weeks))
    np.put_along_axis(whole, cell, values, axis=1)
    short = of_searches.one_month(Time(cell.ravel(), months, weeks), cell)
    part = np.zeros((rows, short.cells))
    np.put_along_axis(part, short.cell, values, axis=1)
    sums = (array.reshape(rows, -1, weeks).sum((-2, -1)) for array in (whole, part))
    assert_array_equal(*sums)


@given(st.integers(0, 2**32), st.integers(2, 5), st.sampled_from([1, 1e-3, 1e-6, 1e-9]))
@settings(max_examples=50)
def test_traces_are_those_of_fractions_that_are_not_rounded(seed, number, others):
    """Also where nearly all weight is one month's, and what is summed cancels."""
    rng, correlation = np.random.default_rng(seed), variance.month_correlation(number, read_constants())
    weights, noise, borrowed = 0.1 + rng.random((3, number)), rng.random((3, number)), 0.1 + rng.random((3, 1))
    weights[:, 1:] *= others
    weights /= weights.sum(1, keepdims=True)
    exact = np.vectorize(Fraction, otypes=[object])
    for u, own, tau2, found in zip(
        weights, noise, borrowed[:, 0], variance._trace(weights, noise, borrowed, correlation), strict=True
    ):
        covariance = exact(tau2) * exact(correlation) + np.diag(exact(own)) * Fraction(1)
        product = (np.diag(exact(u)) * Fraction(1) - np.outer(exact(u), exact(u))).dot(covariance)
        assert found == pytest.approx(float(np.trace(product.dot(product))), rel=1e-10 + 1e-14 / others, abs=0)


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 40))
@settings(max_examples=50)
def test_what_months_show_is_that_of_a_covariance_for_each_row(seed, rows, number):
    rng, constants = np.random.default_rng(seed), read_constants()
    hits = rng.integers(0, 6, (rows, number, 4)) * (rng.random((rows, number, 1)) < 0.8)
    counts = {"hits": hits.astype(float), "trials": (hits + rng.integers(0, 9, hits.shape)).astype(float)}
    months = variance.share_months(*variance_counts(counts), constants)
    correlation = variance.month_correlation(number, constants)
    with np.errstate(all="ignore"):
        borrowed = np.full(rows, 0.03)
        plain = plainly(months, borrowed, correlation)
        own, df, _ = variance._own_months.__wrapped__(months, borrowed, constants)
        assert_allclose(df, plain[1], rtol=1e-9)
        assert_array_equal(own[df > 0], plain[0][df > 0])


@given(tables(most=400), st.sampled_from([(), "ethnicity_5"]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_measures_of_kinds_of_searches_are_those_of_the_searches(searches, by):
    """Which have the columns that the study says a measure reads, and no other."""
    kinds = tallied_in_time(searches, study_measures._OFTEN)
    assert set(kinds) == {"force", "month", WEEK, NUMBER, *study_measures._OFTEN}
    for measure, columns in study_measures._COUNTED.items():
        names = ("arrest",) if measure is outcome_bounds else ()
        if measure is share_of_searches:
            names, own = ("arrest",), {"within": by}
        else:
            own = {"by": by}
        assert_frame_equal(measure(kinds, *names, **own), measure(searches, *names, **own), check_exact=True)
        only = kinds[["force", "month", WEEK, NUMBER, *({"ethnicity_5", "arrest"} | columns)]]
        assert_frame_equal(measure(only, *names, **own), measure(kinds, *names, **own), check_exact=True)


def variance_counts(counts):
    from sas_analysis.measures.intervals.cells import as_counts

    return as_counts(**counts)


def plainly(months, borrowed, correlation):
    """The formula of docs/intervals.md, all rows at once, with a covariance of months for each."""
    weights, within = months.weights, months.phi * months.independent
    f = (weights @ correlation * weights).sum(-1)
    counted = months.information > 0
    number = counted.sum(-1)
    information = np.where(counted, months.information, 1)
    deviation = np.where(counted, months.residual / information, 0)
    own = ((weights * deviation**2).sum(-1) - (number - 1) * within) / (1 - f)
    noise = np.where(counted, months.phi[..., None] / information, 0)
    covariance = borrowed[..., None, None] * correlation + noise[..., None] * np.eye(weights.shape[-1])
    form = weights[..., :, None] * (covariance - (weights[..., None, :] @ covariance))
    spread = 2 * (form * np.swapaxes(form, -1, -2)).sum((-2, -1)) / (1 - f) ** 2
    return own, np.where(number > 1, 2 * borrowed**2 / spread, 0.0)


def test_as_many_answers_are_kept_as_asked_and_the_oldest_goes_first():
    worked = []

    @remembering(2)
    def double(values):
        worked.append(int(values[0]))
        return 2 * values

    for number in (1, 2, 1, 3, 1, 2):
        assert double(np.array([number])).tolist() == [2 * number]
    assert worked == [1, 2, 3, 2]


def test_the_last_answer_is_given_again_for_the_same_and_not_for_what_was_changed_since():
    asked = []
    double = remembering_last(lambda values: asked.append(1) or values * 2)
    values = np.array([1.0, np.nan])
    assert_array_equal(double(values), double(values.copy()))
    assert len(asked) == 1
    values[0] = 5  # the same array, another content
    assert double(values)[0] == 10
    assert len(asked) == 2


@given(tables(), st.sampled_from([(), "ethnicity_5", ["gender", "power"]]))
def test_outcomes_are_those_of_plain_sums(searches, by):
    found = positive_outcome_rate(searches, by, interval="none")
    by = [by] if isinstance(by, str) else list(by)
    keys = [labels(searches[name]) for name in by] or [pd.Series(0, index=searches.index)]
    flag = searches["positive_outcome"]
    plain = pd.DataFrame({"hits": flag.eq(True).fillna(False), "known": flag.notna()}).astype(int)
    plain = plain.groupby(keys, observed=False).sum()
    assert found["numerator"].astype(int).tolist() == plain["hits"].tolist()
    assert found["denominator"].astype(int).tolist() == plain["known"].tolist()


@given(tables())
def test_the_link_field_is_counted_as_row_by_row(searches):
    found = link_field_evidence(searches).set_index("force")
    positive, linked = searches["positive_outcome"], searches["outcome_linked_to_object"]
    for force, own in searches.groupby(searches["force"].astype("str")):
        nfa = positive.loc[own.index].eq(False).fillna(False)
        filled = linked.loc[own.index].notna()
        row = found.loc[force]
        assert (row["rows"], row["nfa_rows"]) == (len(own), nfa.sum())
        assert row["share_filled"] == filled.mean()
        if nfa.any():
            assert row["share_filled_nfa"] == filled[nfa].mean()


@given(tables())
def test_groups_are_counted_as_one_by_one(searches):
    known, hit = (searches[name].fillna(False).to_numpy(bool) for name in ("positive_outcome", "arrest"))
    hit &= known
    found = count_groups(searches, "ethnicity_5", "White", known=(known, known), hits=(hit, hit))
    white, black = (searches["ethnicity_5"].eq(name).to_numpy() for name in ("White", "Black"))
    assert found.hits.tolist() == [(hit & black).sum()]
    assert found.trials.tolist() == [(known & black).sum()]
    assert (found.reference_hits, found.reference_searches) == ((hit & white).sum(), white.sum())
    at = week_of(searches)
    assert found.in_time["hits"].sum() == (hit & black).sum()
    assert found.in_time["reference_trials"][..., 0].sum() == (known & white & (at == 0)).sum()


@given(tables())
def test_counts_by_month_are_those_of_the_text(searches):
    of = searches["arrest"].fillna(False).to_numpy(bool)
    found = count_monthly(_without(searches), of, forces=FORCES, months=MONTHS)
    plain = np.zeros((len(FORCES), len(MONTHS), 4))
    for force, month, week in zip(searches["force"][of], searches["month"][of], week_of(searches)[of], strict=True):
        plain[FORCES.index(force), MONTHS.index(month), week] += 1
    assert_array_equal(found, plain)


@given(tables(most=200), st.sampled_from([GIVEN, (), ("force", "object_group")]))
def test_patterns_are_those_of_a_groupby(searches, given_columns):
    """In the same order, on which the draws of the imputation depend."""
    found = count_patterns(searches, given=given_columns)
    columns = [name for name in dict.fromkeys(["force", "month", *given_columns]) if name != "quarter"]
    keys = [labels(searches[name]) for name in [*columns, "ethnicity_5"]]
    plain = searches.groupby(keys, observed=True, sort=False).size().unstack("ethnicity_5", fill_value=0)
    assert found.keys[columns].astype("str").to_numpy().tolist() == [list(map(str, key)) for key in plain.index]
    assert found.groups == [name for name in plain.columns if name != "Unknown"]
    assert_array_equal(found.known, plain[found.groups].to_numpy(dtype=float))
    assert found.unknown.tolist() == plain.get("Unknown", pd.Series(0, index=plain.index)).tolist()
    with pytest.MonkeyPatch.context() as patch:  # where there are too many combinations to count them all
        patch.setattr("sas_analysis.measures.unknown.imputation._MOST_CELLS", 0)
        sorted_ = count_patterns(searches, given=given_columns)
    assert_frame_equal(sorted_.keys, found.keys)
    assert_array_equal(sorted_.known, found.known)


@given(st.integers(0, 2**32), st.integers(1, 80), st.booleans())
def test_repeated_rows_are_those_that_pandas_finds(seed, rows, in_turn):
    rng = np.random.default_rng(seed)
    files = rng.choice(["a", "b", "c"], rows)
    frame = {"source_file": pd.Categorical(np.sort(files) if in_turn else files)}
    for name in as_published():
        frame[name] = pd.Categorical(rng.choice(["x", "y"], rows, p=[0.9, 0.1]))
    frame |= {name: rng.choice([51.5, 0.0, -0.0, np.nan], rows) for name in ("latitude", "longitude")}
    times = pd.to_datetime(rng.choice(["2020-01-01", "2020-01-02", "NaT"], rows), utc=True)
    frame["searched_at"] = times.tz_convert("Europe/London").astype("datetime64[ms, Europe/London]")
    records = pd.DataFrame(frame, index=rng.permutation(rows))
    plain = records.duplicated(["source_file", *as_published()])
    same = lambda rows: np.zeros(len(rows), dtype=np.uint64)  # noqa: E731
    changes = [()], [(codes, "_BLOCK", 1)], [(codes, "_PLACES", 1)], [(repeats, "_fingerprints", same)]
    for change in changes:  # as it is; a block for every file; all rows sorted; all fingerprints the same
        with pytest.MonkeyPatch.context() as patch:
            for place, name, value in filter(None, change):
                patch.setattr(place, name, value)
            assert_series_equal(is_repeat(records), plain)


@given(st.integers(0, 2**32), st.integers(0, 60), st.booleans())
def test_numbers_that_come_more_than_once_are_those_that_pandas_finds(seed, rows, in_turn):
    rng = np.random.default_rng(seed)
    within = rng.integers(0, 4, rows)
    within = np.sort(within) if in_turn else within
    numbers = (within * 10 + rng.integers(0, 6, rows)).astype(np.uint64) * np.uint64(2**61 + 1)
    plain = pd.Series(numbers).duplicated(keep=False).tolist()
    for block, places in ((2**16, 2**19), (1, 2**19), (2, 8), (2**16, 1)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(codes, "_BLOCK", block)
            patch.setattr(codes, "_PLACES", places)
            assert repeated(numbers, within).tolist() == repeated(numbers).tolist() == plain


@given(tables())
@settings(max_examples=20)
def test_rows_without_times_and_texts_give_the_same_tables(searches):
    rows, published = _without(searches), searches[["force", "month"]].drop_duplicates()
    assert_frame_equal(
        count_searches(rows, ["ethnicity_5", *STRATA], published=published),
        count_searches(searches, ["ethnicity_5", *STRATA], published=published),
    )
    for measure in (outcome_stages, lambda table: outcome_difference_bounds(table, "arrest"), unused_groups):
        assert_frame_equal(measure(rows), measure(searches))


def test_a_study_counts_the_searches_that_it_shows(sample, tmp_path):
    study = open_study(["essex", "metropolitan"], "2018-04", "2018-09", raw=sample, processed=tmp_path)
    for question in (study, study.using("outcome"), study.choosing(power="section 60", ethnicity="officer")):
        for rows, shown in (
            (question.rows, question.counted_searches),
            (question.published_rows, question.searches),
        ):
            assert_frame_equal(rows.drop(columns=WEEK), shown[[*counted_columns(shown)]])
            assert rows[WEEK].tolist() == week_of(shown).tolist()
    of_essex = study.rows_in(["essex"])
    assert_frame_equal(of_essex, study.rows[study.rows["force"].eq("essex")])
    assert len(counted_columns(study.records)) < len(column_order()) == len(study.records.columns)


def test_real_searches_are_counted_alike(real_data, tmp_path):
    study = open_study("metropolitan", "2018-01", "2018-06", raw=real_data / "stops", processed=tmp_path)
    rows, shown = study.rows, study.counted_searches
    for by, within in (("object_group", ()), ("outcome", "ethnicity_5"), ("power", "month"), ("arrest", "gender")):
        assert_frame_equal(
            share_of_searches(rows, by, within=within), share_of_searches(shown, by, within=within), check_exact=True
        )
    plain = study.records.duplicated(["source_file", *as_published()])
    assert_series_equal(is_repeat(study.records), plain)
    assert plain.any()


@given(
    st.integers(1, 130), st.lists(st.integers(-1, 126), max_size=30), st.sampled_from(["int8", "bool", "int32"]),
    st.sampled_from(["int8", "int16"]), st.sampled_from([1, 4, 2**16]),
)  # fmt: skip
def test_values_are_looked_up_as_by_an_index(number, own, values, code, block):
    own = np.array([at for at in own if at < number - 1], dtype=code)
    values = np.random.default_rng(number).integers(-100, 100, number).astype(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codes, "_BLOCK", block)
        found = looked_up(values, own)
    assert_array_equal(found, values[own])
    assert found.dtype == values.dtype


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Kathmandu", "UTC", None])
@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
@pytest.mark.parametrize("rows", [slice(None), slice(None, None, 1000), slice(0, 1)], ids=["many", "few", "none known"])
def test_weeks_told_by_the_hour_are_those_of_each_time(zone, unit, rows):
    """Around the night in which the clocks of London go back, and where a day begins within an hour of UTC."""
    when = pd.Series(pd.date_range("2019-10-10", "2019-11-10", freq="5min", tz=zone, unit=unit))
    when.iloc[::50] = None
    inside = pd.Series(np.arange(len(when)) % 7 > 0, dtype="boolean").mask(np.arange(len(when)) % 11 == 0)
    searches = pd.DataFrame({"searched_at": when, "date_in_month": inside}).iloc[rows]
    known = searches["date_in_month"].fillna(False) & searches["searched_at"].notna()
    plain = np.minimum((searches["searched_at"].dt.day.where(known, 1) - 1) // 7, 3)
    assert_array_equal(week_of(searches), plain.to_numpy(dtype=int))
