"""Small tables laid behind each other are what Arrow makes of them, in less memory."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas_analysis.records.gather import ColumnsDiffer, gathered

labels = st.lists(st.one_of(st.none(), st.text(max_size=2), st.integers(0, 400).map(str)), max_size=300)


def table(own):
    return pa.table(
        {"label": pa.array(own, pa.string()).dictionary_encode(), "number": pa.array(range(len(own)), pa.int64())}
    )


@given(st.lists(labels, min_size=1, max_size=6), st.integers(0, 3))
def test_rows_and_labels_are_those_of_one_table_made_by_arrow(parts, more):
    tables = [table(own) for own in parts]
    found = gathered(iter(tables), sum(map(len, parts)) + more).to_pandas()
    plain = pa.concat_tables(tables).unify_dictionaries().to_pandas()
    pd.testing.assert_frame_equal(found, plain)
    assert list(found["label"].cat.categories) == list(plain["label"].cat.categories)


def test_a_table_of_several_chunks_is_gathered_whole():
    one, other = table(["b", None, "a"]), table(["c", "a"])
    found = gathered([pa.concat_tables([one, other]), one], 8)
    assert found["label"].to_pylist() == ["b", None, "a", "c", "a", "b", None, "a"]


def test_numbers_of_labels_are_as_narrow_as_they_can_be():
    few, many = (gathered([table(list(map(str, range(n))))], n)["label"].type for n in (128, 129))
    assert (few.index_type, many.index_type) == (pa.int8(), pa.int16())


def test_no_table_is_an_empty_one():
    assert gathered([], 0).num_columns == 0


def test_other_columns_and_more_rows_than_said_are_refused():
    with pytest.raises(ColumnsDiffer):
        gathered([table(["a"]), table(["a"]).select(["number"])], 2)
    with pytest.raises(pa.ArrowInvalid, match="more than 1"):
        gathered([table(["a"]), table(["a"])], 1)
