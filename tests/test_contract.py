"""The contract of the clean table: a clean table keeps it, and every breach is told at once, with its count.

`check` is asked of the whole table, `keeps` of the columns that are stored, from which all others follow.
"""

import pandas as pd
import pyarrow as pa
import pytest

from sas_analysis.errors import DataError
from sas_analysis.records import contract, labels, refresh, store
from sas_analysis.records.contract import check, keeps
from sas_analysis.records.fields import column_order, stored

REAL = labels._mapping_of


@pytest.fixture(scope="module")
def model(sample, tmp_path_factory):
    processed = tmp_path_factory.mktemp("contract")
    refresh.update(sample, processed, forces=["essex"])
    return store.read(processed)


@pytest.fixture
def table(model):
    """A clean table to break."""
    return model.copy()


def as_arrow(table):
    """What of a clean table is stored."""
    return pa.Table.from_pandas(table[[name for name in table if name in stored()]], preserve_index=False)


def broken(table):
    """The breaches told, a line each."""
    with pytest.raises(DataError) as error:
        check(table)
    first, *lines = str(error.value).splitlines()
    assert first == "the clean table breaks its contract:"
    return lines


def test_a_clean_table_keeps_it(table, model):
    assert check(table) is table
    assert keeps(as_arrow(table))
    pd.testing.assert_frame_equal(table, model)


def test_every_breach_at_once_with_count_and_first_rows(table):
    table["month"] = table["month"].cat.rename_categories({"2018-01": "January"})
    table.loc[table.index[10:15], "source_row"] = 0
    table["latitude"] = table["latitude"].astype(str)
    table["gender"] = table["gender"].cat.add_categories(["Robot"])
    table.loc[table.index[[3, 5]], "outcome"] = None
    table["surname"] = "Smith"
    lines = broken(table.drop(columns=["power", "arrest"]))
    assert not keeps(as_arrow(table))
    told = "\n".join(lines)
    for words in (
        "month is YYYY-MM",
        "source_row: greater_than_or_equal_to(1) (5 cases; row 10: 0; row 11: 0; row 12: 0)",
        "latitude: dtype('float64')",
        "gender: categories are the vocabulary (1 cases",
        "outcome: not_nullable (2 cases; row 3: nan; row 5: nan)",
        "'surname'",
        "'power'",
        "'arrest'",
    ):
        assert words in told, told
    assert len(lines) == 7  # the two columns that lack are told in one


@pytest.mark.parametrize("name", [name for name in column_order() if name != "date_raw"])
def test_no_column_may_lack_and_only_some_cells_may_be_missing(table, name):
    assert any(repr(name) in line for line in broken(table.drop(columns=name)))
    assert keeps(as_arrow(table.drop(columns=name))) == (name not in stored())
    table[name] = table[name].astype("float64" if name == "source_row" else table[name].dtype)
    table.loc[table.index[:2], name] = None
    may_be_missing = {"searched_at", "date_in_month", "latitude", "longitude"}
    may_be_missing |= {column for column in table if table[column].dtype == "boolean"}
    if name in may_be_missing:
        check(table)
        assert keeps(as_arrow(table))
    else:
        assert any(line.startswith(f"  {name}: ") for line in broken(table))
        assert keeps(as_arrow(table)) == (name not in stored())


@pytest.mark.parametrize(
    ("name", "raw", "wrong"),
    [
        ("outcome", "", "A no further action disposal"),  # a blank is not "no further action"
        ("self_defined_ethnicity", "", "Any other ethnic group"),
        ("outcome", "Arrest", "Not recorded"),
        ("more_than_outer_clothing", "", True),
    ],
)
def test_a_blank_is_not_recorded_or_missing_and_nothing_else_is(table, name, raw, wrong):
    rows = table.index[table[f"{name}_raw"].eq(raw)][:3]
    assert len(rows) == 3
    table.loc[rows, name] = wrong
    [line] = broken(table)
    assert f"{name}: blank must be 'Not recorded' or missing" in line


def test_a_crosswalk_that_makes_a_blank_of_a_label_breaks_it(table, monkeypatch):
    """Asked of each label, for all records that have it."""
    how = labels.mapping("outcome", "standard")
    position = how.position | {"arrest": how.values.index(labels.NOT_RECORDED)}
    wrong = labels.Mapping(how.values, position, how.unseen)
    monkeypatch.setattr(labels, "_mapping_of", lambda name: wrong if name == "outcome" else REAL(name))
    contract._blank_agrees.cache_clear()
    assert not keeps(as_arrow(table))
    others = table[table["outcome_raw"].ne("Arrest")]
    assert keeps(as_arrow(others.assign(outcome_raw=others["outcome_raw"].cat.remove_unused_categories())))
    monkeypatch.undo()
    contract._blank_agrees.cache_clear()
    assert keeps(as_arrow(table))


def test_columns_in_another_order_keep_it(table):
    check(table[table.columns[::-1]])
    assert keeps(as_arrow(table[table.columns[::-1]]))


def test_no_record_at_all_keeps_it(table):
    check(table.iloc[:0])
    assert keeps(as_arrow(table.iloc[:0]))
