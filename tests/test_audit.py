"""The audit of force-months: each rule finds its fault and is silent without it; what the real files are known for."""

import importlib.util
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sas_analysis.errors import DataError
from sas_analysis.measures.outcomes import outcome_rates
from sas_analysis.records import link_field, refresh, store
from sas_analysis.records.audit import COLUMNS, NEEDED, RULES, audit, grounds, limits, usable, verdicts
from sas_analysis.records.audit.months import force_months, median, of, spread


def _load(name):
    path = Path(__file__).parents[1] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


power = _load("audit_power")
SEED, SIZE = 8, 400
FIRST = np.datetime64("2016-01")
MONTHS = [str(month) for month in np.arange(FIRST, FIRST + power.MONTHS * power.MONTH)]
TARGET = MONTHS[power.TARGET]


def clean_history(force="force-a", size=SIZE, seed=SEED, counts=None):
    return power.history(np.random.default_rng(seed), force, size, power.MONTHS, counts)


def audited(made, **period):
    """Findings on some histories, in the whole period unless another is given."""
    records, sources = power.tables(made)
    whole = {"start": MONTHS[0], "end": MONTHS[-1]}
    return audit(records, sources, forces=[each.force for each in made], **(whole | period))


def rules_of(findings, month=TARGET):
    return set(findings.loc[findings["month"].eq(month), "rule"])


@pytest.fixture(scope="module")
def tables():
    return power.tables([clean_history()])


@pytest.fixture(scope="module")
def real(real_data, tmp_path_factory):
    """Findings on all real files: forces are those that are there, and none is named to the audit otherwise."""
    processed = tmp_path_factory.mktemp("audit")
    refresh.update(real_data / "stops", processed)
    records, sources = store.read(processed, columns=list(NEEDED)), store.sources(processed)
    forces = sorted(sources["force"].unique())
    return audit(records, sources, forces=forces, start=sources["month"].min(), end=sources["month"].max())


# Clean months


@pytest.mark.parametrize("size", [50, 400, 3000])
def test_clean_months_are_not_excluded_and_hardly_doubted(size):
    findings = pd.concat([audited([clean_history(size=size, seed=seed)]) for seed in range(4)])
    assert findings[findings["action"].eq("exclude")].empty
    assert len(findings) <= 4  # of 100 months and 32 rules; the study has the rates


def test_findings_have_the_columns_of_the_contract_even_where_there_are_none(tables):
    records, sources = tables
    findings = audit(records, sources, forces=["force-a"], start=TARGET, end=TARGET)
    assert list(findings.columns) == list(COLUMNS)
    assert findings.empty


# Faults of single months. One that a rule must find at this size; the study tells of smaller ones.

FROM_3000 = [
    "one day absent",
    "two days absent",
    "one age in 10% of rows",
    "one time in 10% of rows",
    "times an hour late",
    "vehicle searches as Person and Vehicle",
    "section 60 recorded as section 1 of PACE",
]
NOT_AT_400 = [
    *FROM_3000,
    "half of all rows absent",
    "half of a usual month",
    "counts cut off at a round number",
    "30% more unknown ethnicity from then on",
]


@pytest.mark.parametrize("name", [name for name in power.FAULTS if name not in NOT_AT_400])
def test_each_fault_is_found_by_its_rule_in_its_month(name):
    made = power.faulty(np.random.default_rng(SEED), name, "force-a", SIZE)
    assert rules_of(audited(made)) & set(power.FAULTS[name][0])


@pytest.mark.parametrize("name", FROM_3000)
def test_a_larger_force_shows_what_a_small_one_cannot(name):
    made = power.faulty(np.random.default_rng(SEED), name, "force-a", 3000)
    assert rules_of(audited(made)) & set(power.FAULTS[name][0])


def test_every_rule_has_a_fault_that_it_finds_in_these_tests():
    by_fault = {rule for rules, *_ in power.FAULTS.values() for rule in rules}
    here = {"no file", "refused file", "header only", "dates unread", "repeated rows", "clock not changed"}
    here |= {"officer follows own word"}
    assert by_fault | here == set(RULES)


def test_a_round_number_reached_twice_and_never_passed_is_a_cap():
    [made] = power.faulty(np.random.default_rng(SEED), "counts cut off at a round number", "force-a", 1200)
    findings = audited([made])
    assert "cap" in rules_of(findings)
    assert findings.loc[findings["rule"].eq("cap"), "evidence"].str.startswith("1,000 records in ").all()


def test_a_step_in_unknown_ethnicity_is_told_once_and_where_it_is():
    [made] = power.faulty(np.random.default_rng(3), "30% more unknown ethnicity from then on", "force-a", 2000)
    steps = audited([made]).query("rule == 'unknown ethnicity steps'")
    assert list(steps["month"]) == [TARGET]


def test_a_common_label_that_vanishes_is_named_with_its_usual_share():
    [made] = power.faulty(np.random.default_rng(1), "arrests recorded as no further action", "force-a", 3000)
    lost = audited([made]).query("rule == 'label lost'")
    assert lost["month"].tolist() == [TARGET]
    assert lost["evidence"].iloc[0].startswith("Arrest: none of")


def test_a_month_that_fell_by_half_is_not_excluded():
    [made] = power.faulty(np.random.default_rng(SEED), "half of a usual month", "force-a", SIZE)
    assert "exclude" not in set(audited([made])["action"])


def test_a_month_of_half_its_records_is_doubted_in_a_force_of_steady_months():
    steady = 1000 + np.arange(power.MONTHS) * 37 % 120
    half = np.where(np.arange(power.MONTHS) == power.TARGET, 520, steady)
    low = audited([clean_history(counts=lambda n: half)]).query("rule == 'low'")
    assert low[["month", "action"]].values.tolist() == [[TARGET, "keep"]]
    assert "beside months of 1,047 and 1,001" in low["evidence"].iloc[0]  # 37 x 11 and 37 x 13, of 120: 47 and 1


def test_a_force_that_doubles_every_half_year_is_not_flagged():
    growth = 100 * 2 ** (np.arange(power.MONTHS) / 6)
    findings = audited([clean_history(counts=lambda n: growth.astype(int))])
    assert not {"low", "high"} & set(findings["rule"])


def test_a_new_level_of_three_months_is_doubted_and_not_excluded():
    findings = audited([clean_history(counts=lambda n: np.where(np.arange(len(n)) >= len(n) - 3, 1800, 300))])
    assert findings.loc[findings["rule"].eq("high"), "action"].unique().tolist() == ["keep"]


def test_small_forces_agree_in_count_by_chance_and_are_not_flagged():
    same = clean_history(size=8, counts=lambda n: np.where(np.arange(len(n)) % 4 == 0, 8, n))
    assert "constant" not in set(audited([same])["rule"])


def test_the_sensitive_counts_are_found_in_months_that_are_not_adjacent():
    def counts(n):
        return np.where(np.arange(len(n)) % 2 == 0, 1156, 1000 + 37 * np.arange(len(n)) % 300)

    constant = audited([clean_history(counts=counts)]).query("rule == 'constant'")
    assert set(constant["action"]) == {"exclude"}
    assert set(MONTHS[6:18:2]) <= set(constant["month"])
    assert not set(MONTHS[1::2]) & set(constant["month"])


def test_months_without_records_are_told_apart(tables):
    records, sources = tables
    without = records[~records["month"].isin(MONTHS[2:5])]
    sources = sources[sources["month"].ne(MONTHS[2])].copy()
    sources.loc[sources["month"].eq(MONTHS[3]), "rows"] = 0
    sources.loc[sources["month"].eq(MONTHS[4]), "problem"] = "the file holds binary data"
    findings = audit(without, sources, forces=["force-a", "kent"], start=MONTHS[2], end=MONTHS[5])
    assert findings.query("force == 'force-a'")["rule"].tolist() == ["no file", "header only", "refused file"]
    assert findings.query("force == 'kent'")["rule"].tolist() == ["no file"] * 4
    grid = pd.DataFrame({"force": "force-a", "month": MONTHS[2:6]})
    table = verdicts(findings, grid)
    assert table["verdict"].tolist() == ["no file", "header only", "flagged", "fine"]
    assert table["reasons"].tolist()[2:] == ["refused file: the file holds binary data", ""]


def test_dates_that_cannot_be_read_are_a_note_or_take_the_times_out():
    records, sources = power.tables([clean_history()])
    for share, action in ((0.01, "keep"), (0.3, "field")):
        lost = (records["month"] == TARGET) & (np.random.default_rng(1).random(len(records)) < share)
        changed = records.assign(
            searched_at=records["searched_at"].mask(lost), date_in_month=records["date_in_month"].mask(lost)
        )
        findings = audit(changed, sources, forces=["force-a"], start=TARGET, end=TARGET)
        assert findings.query("rule == 'dates unread'")["action"].tolist() == [action]


def test_more_repeated_rows_than_around_are_a_warning():
    made = clean_history()
    rng, here = np.random.default_rng(2), made.part(power.TARGET)
    often = np.where(here & (rng.random(len(here)) < 0.5), 2, 1)
    findings = audited([made.only(np.repeat(np.arange(len(here)), often))])
    assert findings.query("rule == 'repeated rows'")[["month", "action"]].values.tolist() == [[TARGET, "keep"]]
    assert "doubled" not in rules_of(findings)


def test_both_months_of_a_repeated_content_are_told_and_name_each_other():
    [made] = power.faulty(np.random.default_rng(SEED), "the month before under new dates", "force-a", SIZE)
    told = audited([made]).query("rule == 'repeated content'").set_index("month")["evidence"]
    before = MONTHS[power.TARGET - 1]
    assert f"are those of {before}" in told[TARGET]
    assert f"are those of {TARGET}" in told[before]


def test_a_month_filed_again_as_another_with_its_dates_takes_out_only_the_other():
    made = clean_history()
    kept, again = made.only(~made.part(power.TARGET)), made.only(made.part(power.TARGET - 1))
    again = power.replace(again, rows=again.rows | {"month": np.full(len(again.rows["month"]), power.TARGET)})
    told = audited([power._joined(kept, again)])
    out = told[told["action"].eq("exclude")]
    assert set(out["month"]) == {TARGET}
    assert "outside month" in set(out["rule"])
    assert "repeated content" not in set(told["rule"])


def test_months_of_a_force_without_places_and_times_do_not_repeat_each_other():
    made = clean_history(size=2000)
    rows = made.rows | {"local": made.rows["local"].astype("M8[D]").astype("M8[s]")}
    rows |= {name: np.full(len(rows["month"]), np.nan) for name in ("latitude", "longitude")}
    assert "repeated content" not in set(audited([power.History(made.force, made.months, rows)])["rule"])


def test_hours_are_lost_by_either_clock_and_not_in_a_force_of_day_shifts():
    [made] = power.faulty(np.random.default_rng(SEED), "AM and PM lost", "force-a", SIZE)
    rows, here = dict(made.rows), made.part(power.TARGET)
    seconds = rows["local"] - rows["local"].astype("M8[D]")
    assert "(London)" in audited([made]).query("rule == 'lost hours'")["evidence"].iloc[0]
    noon = (seconds % np.timedelta64(12 * 3600, "s")) + np.timedelta64(7 * 3600, "s")  # 07 to 18
    rows["local"] = np.where(here, rows["local"].astype("M8[D]") + noon, rows["local"])
    day = power.History(made.force, made.months, rows)
    assert "lost hours" not in set(audited([day])["rule"])


def _derived(made, first=0, words=range(7)):
    """The officers' group made from the own word, from a month on, for some words: Mixed and *not stated* are Other."""
    rows = made.rows
    own, seen = rows["self_defined_ethnicity"], rows["officer_defined_ethnicity"]
    here = (rows["month"] >= first) & np.isin(own, list(words))
    made_from = np.array([0, 1, 5, 3, 4, 5, 5], dtype=np.int8)[own]  # codes of `power.NAMES`
    return power.replace(made, rows=rows | {"officer_defined_ethnicity": np.where(here, made_from, seen)})


def _followed(made):
    told = audited([made]).query("rule == 'officer follows own word'")
    assert set(told["field"]) <= {"officer_defined_ethnicity"}
    return told


@pytest.mark.parametrize("size", [50, 400])
def test_officers_who_follow_the_own_word_are_no_second_account_in_any_month(size):
    made = _derived(clean_history(size=size))
    told = _followed(made)
    assert list(told["month"]) == MONTHS
    assert set(told["action"]) == {"field"}
    assert told["evidence"].str.endswith("of people who say none have Other").all()
    grid = told[["force", "month"]]
    assert not usable(audited([made]), grid, "officer_defined_ethnicity")["usable"].any()
    assert usable(audited([made]), grid, "self_defined_ethnicity")["usable"].all()


def test_a_few_corrections_by_hand_leave_the_column_one_that_follows():
    made = _derived(clean_history())
    seen, rng = made.rows["officer_defined_ethnicity"], np.random.default_rng(3)
    by_hand = np.where(rng.random(len(seen)) < 0.004, 1, seen).astype(np.int8)
    assert len(_followed(power.replace(made, rows=made.rows | {"officer_defined_ethnicity": by_hand}))) == len(MONTHS)


def test_officers_who_look_are_an_account_whichever_half_of_it_is_alike():
    """Who says a group may be seen alike by all, or who says none be given a default: one of them alone is natural."""
    for size in (50, 400, 3000):
        made = clean_history(size=size)
        for words in ((), range(1, 6), (0, 6)):
            assert _followed(_derived(made, words=words)).empty


def test_months_before_a_system_that_fills_officers_in_keep_their_account():
    assert list(_followed(_derived(clean_history(), first=11))["month"]) == MONTHS[11:]


@pytest.mark.parametrize(
    ("nothing", "acted", "meaning"),
    [
        ((0, 0.0), (0, 0.0), "not published"),
        ((0, 0.0), (1, 0.7), "filled for action only"),
        ((1, 0.98), (1, 0.7), "True for most no further action"),
        ((1, 0.3), (1, 0.7), "True for some no further action"),
        ((0.5, 0.03), (1, 0.7), "partly filled"),
        ((1, 0.02), (1, 1.0), "constant"),
    ],
)
def test_the_link_field_is_told_by_its_meaning_as_the_measures_judge_it(nothing, acted, meaning):
    made, rng = clean_history(size=1500), np.random.default_rng(4)
    filled, true = np.where((made.rows["outcome"] == 1)[:, None], nothing, acted).T
    link = np.where(rng.random(len(filled)) < true, 2, 1) * (rng.random(len(filled)) < filled)
    records, sources = power.tables(
        [power.History("force-a", made.months, made.rows | {"outcome_linked_to_object": link})]
    )
    findings = audit(records, sources, forces=["force-a"], start=TARGET, end=TARGET).query("rule == 'link field'")
    assert [text.split(":")[0] for text in findings["evidence"]] == [meaning]
    assert outcome_rates.link_field_evidence(records)["verdict"].tolist() == [meaning]


def test_every_meaning_of_the_link_field_is_a_verdict_of_the_measures():
    assert set(grounds.LINK_MEANINGS) < set(link_field.VERDICTS)


# Days, hours, copies


def test_one_empty_day_is_told_and_does_not_take_the_month_out():
    [made] = power.faulty(np.random.default_rng(SEED), "one day absent", "force-a", 3000)
    days = audited([made]).query("rule == 'days missing'")
    assert days[["month", "action"]].values.tolist() == [[TARGET, "keep"]]
    assert days["evidence"].iloc[0].startswith("no record on day 14, where ")


def test_every_other_day_empty_takes_the_month_out():
    [made] = power.faulty(np.random.default_rng(SEED), "every other day absent", "force-a", SIZE)
    days = audited([made]).query("rule == 'days missing'")
    assert days[["month", "action"]].values.tolist() == [[TARGET, "exclude"]]
    assert days["value"].iloc[0] == pytest.approx(0.5, abs=0.1)  # 15 of 31 days


def test_a_force_that_searches_on_weekdays_only_has_no_missing_days():
    made = clean_history(size=2000)
    weekday = (made.rows["local"].astype("M8[D]").astype(int) + 3) % 7
    assert "days missing" not in set(audited([made.only(weekday < 5)])["rule"])


def test_a_small_force_has_empty_days_by_chance():
    findings = pd.concat([audited([clean_history(size=30, seed=seed)]) for seed in range(5)])
    assert "days missing" not in set(findings["rule"])


def test_dates_without_times_are_not_hours_lost():
    made = clean_history()
    dates = power.History(
        made.force, made.months, made.rows | {"local": made.rows["local"].astype("M8[D]").astype("M8[s]")}
    )
    rules = set(audited([dates])["rule"])
    assert "midnight" in rules
    assert not {"lost hours", "hours missing", "an hour off", "one time of day"} & rules


def test_nights_without_a_record_take_the_month_out_and_name_the_hours():
    [made] = power.faulty(np.random.default_rng(SEED), "nights absent (22:00 to 06:00)", "force-a", SIZE)
    hours = audited([made]).query("rule == 'hours missing'")
    assert hours[["month", "action"]].values.tolist() == [[TARGET, "exclude"]]
    assert "from 22:00 to 06:00" in hours["evidence"].iloc[0]


def test_lost_hours_are_not_told_again_as_missing():
    [made] = power.faulty(np.random.default_rng(SEED), "AM and PM lost", "force-a", SIZE)
    assert "hours missing" not in rules_of(audited([made]))


@pytest.mark.parametrize("size", [150, 2000])
def test_a_clock_that_is_not_changed_in_summer_is_told_for_the_summer_months(size):
    made = clean_history(size=size)
    summer = np.isin(made.rows["local"].astype("M8[M]").astype(int) % 12, range(3, 10))
    later = made.rows["local"] + np.where(summer, np.timedelta64(3600, "s"), np.timedelta64(0, "s"))
    late = power.History(made.force, made.months, made.rows | {"local": later})
    told = audited([late]).query("rule == 'clock not changed'")
    assert told["month"].tolist() == [month for month in MONTHS if "04" <= month[5:] <= "10"]
    assert "clock not changed" not in set(audited([made])["rule"])


def test_a_copy_of_each_row_a_second_later_takes_the_month_out():
    [made] = power.faulty(np.random.default_rng(SEED), "a copy of each row one second later", "force-a", SIZE)
    copies = audited([made]).query("rule == 'copies seconds later'")
    assert copies[["month", "action"]].values.tolist() == [[TARGET, "exclude"]]
    assert copies["value"].iloc[0] == pytest.approx(0.5, abs=0.04)


def test_a_block_put_in_twice_is_counted_and_takes_the_month_out():
    [made] = power.faulty(np.random.default_rng(SEED), "a block of 15% of the rows repeated", "force-a", 1000)
    block = audited([made]).query("rule == 'repeated block'")
    assert block[["month", "action"]].values.tolist() == [[TARGET, "exclude"]]
    assert block["value"].iloc[0] == pytest.approx(0.15 / 1.15, abs=0.02)


# Places


def test_wrong_coordinates_strewn_over_the_country_are_not_another_forces_rows():
    made, rng = clean_history(size=1000), np.random.default_rng(5)
    here = made.part(power.TARGET)
    place = {
        "latitude": rng.uniform(50.6, 54.5, len(here)).round(6),
        "longitude": rng.uniform(-3, 1.5, len(here)).round(6),
    }
    rows = made.rows | {name: np.where(here, values, made.rows[name]) for name, values in place.items()}
    findings = audited([power.History(made.force, made.months, rows)])
    assert findings.query("rule == 'far away' and action == 'field'")["month"].tolist() == [TARGET]
    assert "exclude" not in set(findings["action"])


def test_a_festival_is_a_note():
    made = power.faulty(np.random.default_rng(SEED), "one place in 10% of rows", "force-a", SIZE)
    assert audited(made).query("rule == 'one place'")[["month", "action"]].values.tolist() == [[TARGET, "keep"]]


# Outcomes


def test_outcomes_without_an_arrest_may_be_used_for_no_share_of_outcomes():
    [made] = power.faulty(np.random.default_rng(SEED), "arrests never published", "force-a", SIZE)
    findings = audited([made])
    none = findings.query("rule == 'no arrests'")
    assert none["month"].tolist() == MONTHS
    assert set(none["field"]) == {"arrest"}
    grid = pd.DataFrame({"force": "force-a", "month": MONTHS})
    for field in ("arrest", "outcome"):  # what is blank there may be an arrest, so every other share is off too
        assert not usable(findings, grid, field)["usable"].any()
    assert usable(findings, grid, "object_of_search")["usable"].all()


@pytest.mark.parametrize(("known", "found"), [(27, False), (28, True), (40, True), (47, True)])
def test_some_thirty_known_outcomes_without_a_no_further_action_are_enough(known, found):
    """By hand: 0.6 ** 27 is 1.02e-6 and 0.6 ** 28 is 6.1e-7; the limit is 1e-6. There is no month to compare with."""
    made = power.history(np.random.default_rng(SEED), "force-a", 60, 1, lambda n: np.array([60]))
    rows = made.rows | {"outcome": np.where(np.arange(60) < known, 2, 0), "type": np.ones(60, int)}
    findings = audited([power.History("force-a", made.months, rows)], end=MONTHS[0])
    assert findings.loc[findings["rule"].eq("no further action lost"), "action"].tolist() == ["field"] * found


def test_a_link_field_that_changes_its_meaning_does_not_put_outcomes_out_of_step():
    made, rng = clean_history(size=2000), np.random.default_rng(5)
    here = made.part(power.TARGET)
    link = np.where(here, rng.integers(1, 3, len(here)), made.rows["outcome_linked_to_object"])
    findings = audited([power.History(made.force, made.months, made.rows | {"outcome_linked_to_object": link})])
    assert "link field" in rules_of(findings)
    assert "outcomes out of step" not in set(findings["rule"])


def test_a_month_of_mostly_no_further_action_is_told_with_both_shares():
    [made] = power.faulty(np.random.default_rng(SEED), "92% no further action, 4% arrests", "force-a", 1000)
    told = audited([made]).query("rule == 'composition' and field == 'outcome'")
    assert told["month"].tolist() == [TARGET]
    assert "A no further action disposal 9" in told["evidence"].iloc[0]


def test_a_mix_names_the_searches_it_is_of_and_is_not_told_where_the_rest_became_blank():
    made = clean_history(size=2000)
    drugs = made.part(power.TARGET) & (made.rows["object_of_search"] == 1)
    lost = made.rows | {"object_of_search": np.where(drugs, 0, made.rows["object_of_search"])}
    findings = audited([power.History(made.force, made.months, lost)])
    assert "composition" not in rules_of(findings)  # those left are all for other objects; the blanks are the finding
    assert "drop-out" in rules_of(findings)
    [made] = power.faulty(np.random.default_rng(SEED), "40% of the month recoded as White", "force-a", 2000)
    told = audited([made]).query("rule == 'composition'")["evidence"].iloc[0]
    assert "searches of persons where it is known: White" in told


def test_a_blank_legislation_does_not_make_a_month_without_drugs():
    made = clean_history(size=2000)
    drugs = made.part(power.TARGET) & (made.rows["legislation"] == 1)
    blank = made.rows | {"legislation": np.where(drugs, 0, made.rows["legislation"])}
    findings = audited([power.History(made.force, made.months, blank)])
    assert {"missing", "drop-out"} & rules_of(findings)
    assert "object_group" not in set(findings["field"])


# What must not matter


def test_the_order_of_rows_does_not_matter():
    [made] = power.faulty(np.random.default_rng(SEED), "the month before under new dates", "force-a", SIZE)
    records, sources = power.tables([made])
    given = dict(forces=["force-a"], start=MONTHS[0], end=MONTHS[-1])
    shuffled = records.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(audit(records, sources, **given), audit(shuffled, sources, **given))


def test_findings_of_a_force_do_not_depend_on_another():
    rng = np.random.default_rng(SEED)
    made = [power.faulty(rng, name, f"force-{i}", SIZE)[0] for i, name in enumerate(list(power.FAULTS)[:20:3])]
    together = audited(made)
    alone = pd.concat([audited([each]) for each in made], ignore_index=True)
    assert len(alone) >= 5
    pd.testing.assert_frame_equal(together, alone)


def test_the_same_file_under_another_force_is_not_a_repeated_month():
    a, b = clean_history("force-a"), clean_history("force-b")
    assert "repeated content" not in set(audited([a, b])["rule"])


def test_the_period_limits_what_is_told_and_not_what_is_judged_by():
    [made] = power.faulty(np.random.default_rng(SEED), "the month before under new dates", "force-a", SIZE)
    narrow, whole = audited([made], start=TARGET, end=TARGET), audited([made])
    assert MONTHS[power.TARGET - 1] in set(whole["month"])
    assert "repeated content" in rules_of(narrow)
    pd.testing.assert_frame_equal(narrow, whole[whole["month"].eq(TARGET)].reset_index(drop=True))


def test_the_records_are_left_as_they_were(tables):
    records, sources = tables
    before = records.copy()
    audit(records, sources, forces=["force-a"], start=MONTHS[0], end=MONTHS[-1])
    pd.testing.assert_frame_equal(records, before)


def test_all_faults_of_a_call_are_told_at_once(tables):
    records, sources = tables
    with pytest.raises(DataError) as error:
        audit(records.drop(columns="outcome"), sources.drop(columns="rows"), forces=[], start="2016", end="2016-01")
    for text in ("'2016'", "no force", "lack outcome", "lack rows"):
        assert text in str(error.value)


def test_a_force_without_any_record_is_all_no_file(tables):
    records, sources = tables
    findings = audit(records, sources, forces=["kent"], start=MONTHS[0], end=MONTHS[2])
    assert findings["rule"].tolist() == ["no file"] * 3


# The numbers behind the rules


def test_neighbours_are_the_nearest_months_of_the_same_force_and_within_reach():
    months = ["2016-01", "2016-02", "2016-04", "2019-01"]
    records = pd.DataFrame({"force": ["b", *["a"] * 4], "month": ["2016-02", *months]}).astype("category")
    found = force_months(records)
    assert found.frame["force"].tolist() == ["a"] * 4 + ["b"]
    assert found.neighbours[:, :3].tolist() == [[1, 2, -1], [0, 2, -1], [1, 0, -1], [-1] * 3, [-1] * 3]
    assert found.before[2, :3].tolist() == [1, 0, -1]
    assert found.after[0, :4].tolist() == [0, 1, 2, -1]
    assert np.isnan(of([1.0, 2, 3, 4, 5], found.neighbours)[3]).all()


def test_median_and_spread_are_robust_and_silent_with_few_months():
    around = np.array([[1.0, 2, 3, 100], [1, 2, 3, np.nan]])
    assert median(around)[0] == 2.5
    assert np.isnan(median(around)[1])
    assert spread(around)[0] == pytest.approx(1.4826 * 1.0)


def test_a_share_is_over_a_limit_only_beyond_chance():
    part, whole = np.array([1, 5, 100, 0]), np.array([10, 10, 1000, 0])
    assert limits.over(part, whole, limit=0.1, usual=0.02).tolist() == [False, True, True, False]
    assert limits.under(np.array([0, 0]), np.array([5, 60]), limit=0.05, usual=0.3).tolist() == [False, True]


def test_a_share_jumps_only_beyond_what_small_months_scatter():
    months = [str(month) for month in np.arange(np.datetime64("2016-01"), np.datetime64("2016-08"))]
    found = force_months(pd.DataFrame({"force": "a", "month": months}).astype("category"))
    for size, expected in ((10, False), (1000, True)):
        part, whole = np.array([0, 0, 0, size * 3 // 10, 0, 0, 0]), np.full(7, size)
        assert limits.jump(found, part, whole, least=0.2)[0].tolist() == [False] * 3 + [expected] + [False] * 3


# The real files


def months_of(findings, force, rule, field=None):
    here = findings["force"].eq(force) & findings["rule"].eq(rule)
    return findings.loc[here & (True if field is None else findings["field"].eq(field)), "month"].tolist()


def test_real_city_of_london_lost_its_hours(real):
    lost = pd.period_range("2019-01", "2020-11", freq="M").strftime("%Y-%m")
    absent = set(months_of(real, "city-of-london", "no file"))
    expected = ["2015-06", "2015-07", *(month for month in lost if month not in absent)]
    assert months_of(real, "city-of-london", "lost hours") == expected
    assert set(real.loc[real["rule"].eq("lost hours"), "force"]) == {"city-of-london"}


def test_real_city_of_london_has_one_month_doubled(real):
    doubled = real[real["rule"].eq("doubled")]
    assert doubled[["force", "month", "action"]].values.tolist() == [["city-of-london", "2020-07", "exclude"]]
    assert "each of the 259 different rows" in doubled["evidence"].iloc[0]


def test_real_essex_has_one_minute_and_places_far_away(real):
    months = ["2019-12", "2020-01", "2020-02"]
    assert months_of(real, "essex", "one minute") == months
    assert set(real.loc[real["rule"].eq("one minute"), "force"]) == {"essex"}
    assert months_of(real, "essex", "far away") == months
    assert "the farthest 638 km" in real.query("force == 'essex' and rule == 'far away'")["evidence"].iloc[0]


def test_real_met_lost_ages_and_places_for_two_months(real):
    for field in ("age_range", "location"):
        assert months_of(real, "metropolitan", "drop-out", field) == ["2018-02", "2018-03"]
    assert months_of(real, "metropolitan", "missing", "age_range") == ["2018-02", "2018-03"]


def test_real_met_objects_are_blank_and_then_disagree_with_legislation(real):
    blank = [f"2015-{month:02d}" for month in range(4, 10)]
    assert months_of(real, "metropolitan", "missing", "object_of_search") == blank
    assert months_of(real, "metropolitan", "one object") == ["2016-01", "2017-12"]
    assert months_of(real, "metropolitan", "object disagrees") == ["2016-01"]
    assert "139B): 292 of 292" in real.loc[real["rule"].eq("object disagrees"), "evidence"].iloc[0]


def test_real_south_yorkshire_has_no_locations(real):
    assert months_of(real, "south-yorkshire", "missing", "location") == ["2019-12", "2020-01", "2020-02"]


def test_real_link_fields_mean_different_things(real):
    link = real[real["rule"].eq("link field")]
    meaning = link["evidence"].str.split(":").str[0].groupby(link["force"]).agg(set)
    assert meaning["metropolitan"] == {"not published"}
    assert meaning["derbyshire"] == {"True for most no further action"}
    assert "partly filled" in meaning["leicestershire"]
    assert {"filled for action only", "True for some no further action"} <= meaning["city-of-london"]
    assert not {"essex", "south-yorkshire"} & set(meaning.index)


def test_real_months_excluded_are_those_alone_that_are_wrong(real):
    excluded = real[real["action"].eq("exclude") & real["rule"].ne("no file")]
    assert excluded[["force", "month"]].values.tolist() == [["city-of-london", "2020-07"]]


# The archive of thirty forces: each month excluded was looked at (docs/audit_archive.csv)

EXCLUDED = {
    "cambridgeshire": ["2019-01", "2020-07"],
    "city-of-london": ["2020-07"],
    "derbyshire": ["2021-01"],
    "gloucestershire": ["2019-05", "2020-12"],
    "leicestershire": ["2021-05"],
    "nottinghamshire": ["2021-04", "2021-07", "2021-11"],
    "suffolk": ["2019-10"],
    "surrey": ["2020-01", "2021-10"],
}


@pytest.fixture(scope="module")
def archive(real_data, tmp_path_factory):
    raw, processed = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("processed")
    with zipfile.ZipFile(real_data / "archive" / "2021-11.zip") as file:
        file.extractall(raw)
    refresh.update(raw, processed)
    records, sources = store.read(processed, columns=list(NEEDED)), store.sources(processed)
    return audit(records, sources, forces=sorted(sources["force"].unique()), start="2019-01", end="2021-11")


def test_archive_months_excluded_are_those_that_were_found_wrong(archive):
    excluded = archive[archive["action"].eq("exclude") & archive["rule"].ne("no file")]
    months = excluded.drop_duplicates(["force", "month"]).groupby("force")["month"].agg(list)
    assert months.to_dict() == EXCLUDED


def test_archive_gwent_publishes_no_arrest(archive):
    grid = archive.query("force == 'gwent' and rule == 'one minute'")[["force", "month"]]
    assert len(grid) == 34
    assert not usable(archive, grid, "arrest")["usable"].any()
    assert set(archive.loc[archive["rule"].eq("no arrests"), "force"]) == {"gwent"}


def test_archive_cleveland_with_strewn_places_is_not_another_force(archive):
    told = archive.query("force == 'cleveland' and field == 'location' and month in ['2021-06', '2021-07']")
    assert set(told["action"]) == {"field", "keep"}
    assert {"far away", "new places"} <= set(told["rule"])


def test_archive_south_wales_has_a_month_with_the_outcomes_of_other_searches(archive):
    """2019-12: 20 of 60 cannabis warnings for other things than drugs; a finding linked in 145 of no further action."""
    assert months_of(archive, "south-wales", "outcomes out of step") == ["2019-12"]
    assert set(archive.loc[archive["rule"].eq("outcomes out of step"), "force"]) == {"south-wales"}


def test_archive_gloucestershire_alone_makes_officers_words_from_the_persons_own(archive):
    told = archive.query("rule == 'officer follows own word'")
    assert told.groupby("force")["month"].nunique().to_dict() == {"gloucestershire": 35}


def test_archive_avon_and_somerset_does_not_change_the_clock(archive):
    """Its default of midnight stands at 00:00 UTC in summer as in winter."""
    assert set(archive.loc[archive["rule"].eq("clock not changed"), "force"]) == {"avon-and-somerset"}


def test_archive_forces_that_record_dates_only_have_not_lost_their_hours(archive):
    lost = archive[archive["rule"].eq("lost hours")]
    assert set(lost["force"]) == {"city-of-london", "dorset"}
    assert months_of(archive, "dorset", "lost hours") == ["2020-10"]


def test_archive_days_at_the_end_of_a_month_are_missing(archive):
    told = archive.query("rule == 'days missing' and action == 'keep'")
    assert sorted(zip(told["force"], told["month"], strict=True)) == [
        ("essex", "2019-07"),
        *[("south-wales", month) for month in ("2019-10", "2020-01", "2020-02", "2021-01")],
    ]
