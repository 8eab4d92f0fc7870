"""Small tables laid behind each other are what Arrow makes of them, in less memory."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas_analysis.records.gather import ColumnsDiffer, gathered
from sas_analysis.records.store import to_pandas

labels = st.lists(st.one_of(st.none(), st.text(max_size=2), st.integers(0, 400).map(str)), max_size=300)


NUMBERS = {
    "degrees": (pa.float64(), st.one_of(st.none(), st.floats(-9, 9))),
    "row": (pa.int32(), st.integers(1, 2**31 - 1)),
    "when": (pa.timestamp("ms", "Europe/London"), st.one_of(st.none(), st.integers(-(10**12), 7 * 10**12))),
    "plain": (pa.timestamp("s"), st.one_of(st.none(), st.integers(-(10**9), 10**9))),
    "truth": (pa.bool_(), st.one_of(st.none(), st.booleans())),
    "may_lack": (pa.int64(), st.one_of(st.none(), st.integers(0, 9))),
}
ROWS = st.lists(st.tuples(*(values for _, values in NUMBERS.values())), max_size=40)


def table(own):
    return pa.table(
        {"label": pa.array(own, pa.string()).dictionary_encode(), "number": pa.array(range(len(own)), pa.int64())}
    )


def numbers(rows):
    columns = list(zip(*rows, strict=True)) or [()] * len(NUMBERS)
    fields = [pa.field(name, kind, nullable=name != "row") for name, (kind, _) in NUMBERS.items()]
    arrays = [pa.array(own, field.type) for own, field in zip(columns, fields, strict=True)]
    return pa.table(arrays, pa.schema(fields))


@given(st.lists(labels, min_size=1, max_size=6), st.integers(0, 3))
def test_rows_and_labels_are_those_of_one_table_made_by_arrow(parts, more):
    tables = [table(own) for own in parts]
    found = gathered(iter(tables), sum(map(len, parts)) + more)
    plain = pa.concat_tables(tables).unify_dictionaries().to_pandas()
    pd.testing.assert_frame_equal(found, plain)
    assert list(found["label"].cat.categories) == list(plain["label"].cat.categories)


@given(st.lists(ROWS, min_size=1, max_size=4), st.integers(0, 3))
def test_numbers_and_times_are_those_that_arrow_makes_and_can_be_written_to(parts, more):
    tables = [numbers(rows) for rows in parts]
    found = gathered(iter(tables), sum(map(len, parts)) + more)
    pd.testing.assert_frame_equal(found, to_pandas(pa.concat_tables(tables)))
    if len(found):
        found.loc[0, "degrees"] = 1.0
        assert found["degrees"].iloc[0] == 1.0


def test_a_table_of_several_chunks_is_gathered_whole():
    one, other = table(["b", None, "a"]), table(["c", "a"])
    found = gathered([pa.concat_tables([one, other]), one], 8)
    assert found["label"].astype(object).where(found["label"].notna(), None).tolist() == [
        *("b", None, "a", "c"),
        *("a", "b", None, "a"),
    ]


def test_numbers_of_labels_are_as_narrow_as_they_can_be():
    few, many = (gathered([table(list(map(str, range(n))))], n)["label"].cat.codes for n in (126, 129))
    assert (few.dtype, many.dtype) == (np.int8, np.int16)


def test_no_table_is_an_empty_one():
    assert gathered([], 0).shape == (0, 0)


def test_other_columns_and_more_rows_than_said_are_refused():
    with pytest.raises(ColumnsDiffer):
        gathered([table(["a"]), table(["a"]).select(["number"])], 2)
    with pytest.raises(pa.ArrowInvalid, match="more than 1"):
        gathered([table(["a"]), table(["a"])], 1)
