"""Rows of one force's file in another's: whose they are, and what is kept to compare with."""

import numpy as np
import pandas as pd
import pytest
from test_audit import MONTHS, SIZE, TARGET, audited, clean_history, power

from sas_analysis.records import refresh, store
from sas_analysis.records.audit import NEEDED, audit, elsewhere

WHOLE = {"start": MONTHS[0], "end": MONTHS[-1]}


def two_forces(seed=8, share=0.3, km=(20, 40)):
    """A force whose month holds some of the rows of another, and that other force."""
    rng = np.random.default_rng(seed)
    return power._another(share, *km, there=True, added=True)(rng, clean_history(seed=seed))


def shared(findings):
    told = findings[findings["rule"].eq("rows of two forces")]
    return told[["force", "month", "action"]].values.tolist()


def test_the_force_that_has_anothers_rows_is_left_out_and_their_owner_is_not():
    assert shared(audited(two_forces())) == [["force-a", TARGET, "exclude"], ["force-a-other", TARGET, "keep"]]


def test_the_count_of_shared_rows_is_that_put_in():
    made, other = two_forces()
    told = audited([made, other]).query("rule == 'rows of two forces' and force == 'force-a'")
    there = made.only(made.part(power.TARGET)).rows
    own = clean_history(seed=8)
    added = len(there["month"]) - own.part(power.TARGET).sum()
    number = int(told["evidence"].iloc[0].split(" of ")[0])
    assert added * 0.85 <= number <= added  # rows equal to each other are counted once


def test_the_same_is_found_for_one_force_when_the_other_is_given_by_its_numbers():
    made, other = two_forces()
    (own, sources), (theirs, _) = power.tables([made]), power.tables([other])
    others = pd.DataFrame({"force": "force-a-other", "month": theirs["month"], "row": elsewhere.numbers(theirs)})
    alone = audit(own, sources, forces=["force-a"], others=others, **WHOLE)
    together = audited([made, other])
    pd.testing.assert_frame_equal(
        alone.reset_index(drop=True), together[together["force"].eq("force-a")].reset_index(drop=True)
    )


def test_a_whole_file_under_another_name_without_places_takes_both_out():
    made = clean_history()
    rows = made.rows | {name: np.full(len(made.rows["month"]), np.nan) for name in ("latitude", "longitude")}
    made = power.History(made.force, made.months, rows)
    here = made.only(made.part(power.TARGET))
    other = clean_history("force-b", seed=9)
    kept = other.only(~other.part(power.TARGET))
    other = power._joined(kept, here)
    assert shared(audited([made, other])) == [["force-a", TARGET, "exclude"], ["force-b", TARGET, "exclude"]]


def test_the_files_of_one_force_under_the_name_of_another_take_both_out():
    made = clean_history()
    told = shared(audited([made, power.History("force-b", made.months, dict(made.rows))]))
    assert told == [[force, month, "exclude"] for force in ("force-a", "force-b") for month in MONTHS]


def test_forces_that_record_dates_only_and_no_place_do_not_share_rows_by_chance():
    def coarse(force, seed):
        made = clean_history(force, size=SIZE, seed=seed)
        rows = made.rows | {"local": made.rows["local"].astype("M8[D]").astype("M8[s]")}
        rows |= {name: np.full(len(rows["month"]), np.nan) for name in ("latitude", "longitude")}
        return power.History(force, made.months, rows)

    assert shared(audited([coarse("force-a", 1), coarse("force-b", 2)])) == []


def test_numbers_do_not_depend_on_what_else_was_read():
    own, _ = power.tables([clean_history()])
    both, _ = power.tables([clean_history("force-b", seed=9), clean_history()])
    gender = both["gender_raw"].cat
    both = both.assign(
        gender_raw=gender.reorder_categories(gender.categories[::-1])
    )  # as another set of files has them
    mine = both["force"].eq("force-a").to_numpy()
    assert np.array_equal(elsewhere.numbers(both)[mine], elsewhere.numbers(own))
    assert len(np.unique(elsewhere.numbers(own))) > 0.9 * len(own)


def test_the_rows_of_others_are_kept_beside_the_processed_data(sample, tmp_path):
    refresh.update(sample, tmp_path)
    sources = store.sources(tmp_path)
    force, *rest = sorted(sources["force"].unique())
    asked = {"forces": [force], "start": sources["month"].min(), "end": sources["month"].max()}
    first = elsewhere.rows_of_others(tmp_path, **asked)
    records = store.read(tmp_path, columns=list(NEEDED))
    others = records[records["force"].ne(force)]
    assert set(first["force"]) == set(rest)
    assert set(first["row"]) == set(elsewhere.numbers(others))
    kept = sorted((tmp_path / elsewhere.FOLDER).iterdir())
    assert len(kept) == len(elsewhere.units(tmp_path, **asked))
    pd.testing.assert_frame_equal(elsewhere.rows_of_others(tmp_path, **asked), first)
    narrow = elsewhere.rows_of_others(tmp_path, **asked | {"start": asked["end"]})
    assert set(narrow["month"]) <= {asked["end"]}


def test_a_damaged_file_of_numbers_is_made_again(sample, tmp_path):
    refresh.update(sample, tmp_path)
    asked = {"forces": [], "start": "2015-01", "end": "2030-12"}
    first = elsewhere.rows_of_others(tmp_path, **asked)
    for path in (tmp_path / elsewhere.FOLDER).iterdir():
        path.write_bytes(b"no Parquet")
    pd.testing.assert_frame_equal(elsewhere.rows_of_others(tmp_path, **asked), first)


def test_without_other_forces_there_is_nothing_to_compare_with(sample, tmp_path):
    refresh.update(sample, tmp_path)
    forces = list(store.sources(tmp_path)["force"].unique())
    assert elsewhere.rows_of_others(tmp_path, forces=forces, start="2015-01", end="2030-12").empty


@pytest.mark.parametrize("others", [None, pd.DataFrame({"force": [], "month": [], "row": np.zeros(0, np.uint64)})])
def test_no_others_and_empty_others_are_the_same(others):
    records, sources = power.tables([clean_history()])
    assert audit(records, sources, forces=["force-a"], others=others, **WHOLE).empty
