"""The audit counts rows that come twice by numbers and sorting; here by counting one row after the other."""

from collections import Counter
from itertools import groupby

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sas_analysis.codes import repeated
from sas_analysis.records.audit import content, copies, elsewhere
from sas_analysis.records.audit.fields import _codes_as
from sas_analysis.records.audit.months import force_months
from sas_analysis.records.audit.points import points

PLACES = [(51.5, -0.1), (51.5, 0.1), (51.5, 0.2), (52.0, -0.1)]
ROW = st.tuples(
    st.sampled_from(["avon", "essex"]),
    st.sampled_from(["2019-01", "2019-02", "2019-03"]),
    st.integers(0, 3),  # all that is published but the time
    st.sampled_from([0, 30, 90, 3600, copies._NO_TIME]),  # the time
    st.sampled_from([*range(len(PLACES)), None]),
)
ROWS = st.lists(ROW, min_size=1, max_size=40)


def months_of(rows):
    force, month, _, _, place = zip(*rows, strict=True)
    records = pd.DataFrame({"force": pd.Categorical(force), "month": pd.Categorical(month)})
    at = [(np.nan, np.nan) if number is None else PLACES[number] for number in place]
    records[["latitude", "longitude"]] = np.array(at, dtype=float)
    status = ["blank" if number is None else "recorded" for number in place]
    return force_months(records.assign(location_status=pd.Categorical(status, ["recorded", "blank"])))


def keys_of(rows):
    return np.array([row[2] * 1_000_003 for row in rows], dtype=np.uint64)


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5)))
def test_repeated_marks_what_comes_more_than_once(numbers):
    count = Counter(numbers)
    assert repeated(np.array(numbers, dtype=np.uint64)).tolist() == [count[number] > 1 for number in numbers]


@given(ROWS)
def test_months_share_rows_as_often_as_both_hold_them(rows):
    months = months_of(rows)
    held = content._held(months, keys_of(rows))
    own = [Counter() for _ in range(len(months))]
    for month, row in zip(months.of_record, rows, strict=True):
        own[month][row[2]] += 1
    expected = [[0 if a is b else sum((a & b).values()) / sum(a.values()) for b in own] for a in own]
    np.testing.assert_allclose(content._shared(held, months.n), expected)


@given(ROWS)
def test_different_rows_by_month_and_time(rows):
    months = months_of(rows)
    key = content.mix(keys_of(rows), months.of_record)
    found = copies._different(months, key, np.array([row[3] for row in rows]))
    order = sorted(range(len(rows)), key=lambda i: (months.of_record[i], rows[i][3], i))
    expected = {}
    for i in order:
        month, second, what = months.of_record[i], rows[i][3], rows[i][2]
        before = [at for of, at, own in expected if (of, own) == (month, what) and at < second]
        times, near = expected.get((month, second, what), (0, bool(before) and second - max(before) <= 60))
        expected[month, second, what] = times + 1, near
    assert found.month.tolist() == [month for month, *_ in expected]
    assert list(zip(found.times.tolist(), found.near.tolist(), strict=True)) == list(expected.values())


@given(ROWS)
def test_longest_run_of_rows_there_more_than_once(rows):
    months = months_of(rows)
    key = content.mix(keys_of(rows), months.of_record)
    different = copies._different(months, key, np.array([row[3] for row in rows]))
    found = copies._longest_run(different.times > 1, different, len(months))
    for number in range(len(months)):
        times = different.times[different.month == number]
        runs = [list(run) for twice, run in groupby(times, key=lambda n: n > 1) if twice]
        best = max(runs, key=lambda run: (len(run), 0), default=[])
        assert found[0][number] == len(best)
        assert found[1][number] in {sum(run) for run in runs if len(run) == len(best)} or not runs


@given(ROWS, st.lists(st.tuples(st.sampled_from(["essex", "kent"]), st.integers(0, 3)), max_size=8))
def test_rows_shared_with_another_force(rows, others):
    months, key = months_of(rows), keys_of(rows)
    their = np.array([row * 1_000_003 for _, row in others], dtype=np.uint64)
    marks, other = elsewhere._most_shared(months, key, their, pd.Series([force for force, _ in others], dtype="str"))
    holders = {}
    for force, row in [*((row[0], row[2]) for row in rows), *others]:
        holders.setdefault(row, set()).add(force)
    for number, (force, of_month) in enumerate(zip(months.frame["force"], months.frame["month"], strict=True)):
        first = {}
        for i, row in enumerate(rows):
            first.setdefault((row[0], row[2]), i)
        own = [row[2] for i, row in enumerate(rows) if row[:2] == (force, of_month) and first[force, row[2]] == i]
        count = Counter(name for row in own for name in holders[row] - {force})
        most = max(count.values(), default=0)
        assert marks[months.of_record == number].sum() == most
        assert other[number] == max((name for name in count if count[name] == most), default="")


@given(ROWS)
def test_points_are_counted_by_month_and_force(rows):
    at = points(months_of(rows))
    placed = [row for row in rows if row[4] is not None]
    count = Counter((row[0], row[1], row[4]) for row in placed)
    assert sorted(at.cell["count"]) == sorted(count.values())
    having = Counter((force, place) for force, _, place in count)
    assert at.months[at.point].tolist() == [having[row[0], row[4]] for row in placed]
    assert at.new[at.recorded].tolist() == [having[row[0], row[4]] == 1 for row in placed]
    mirrored = [having[row[0], {0: 1, 1: 0}.get(row[4])] for row in placed]
    where = pd.Index(at.key).get_indexer(at.mirror)[at.point] if placed else np.zeros(0, int)
    assert [at.months[i] if i >= 0 else 0 for i in where] == mirrored


def test_labels_as_codes_of_other_categories():
    column = pd.Series(pd.Categorical(["b", "a", None, "c"], ["c", "b", "a"]))
    assert _codes_as(column, pd.Index(["a", "b"])).tolist() == [1, 0, -1, -1]
