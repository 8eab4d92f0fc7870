"""Columns that follow from others, made of whole columns, are those that are made row by row."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas_analysis import codes
from sas_analysis.records import derived, labels

MONTHS = ["2019-03", "2019-10", "2020-02", "2019-12"]
PUBLISHED = {
    name: [*labels.crosswalk(crosswalk)["raw"], "", " ", "a label of tomorrow"]
    for name, (crosswalk, _) in labels.CROSSWALKS.items()
}
HOURS = [int(datetime(*day, tzinfo=UTC).timestamp()) for day in ((2019, 2, 28), (2019, 3, 31), (2019, 10, 31))]
TIMES = st.builds(lambda start, more: 1000 * (start + more), st.sampled_from(HOURS), st.integers(0, 40 * 3600))
DEGREES = st.sampled_from([None, 0.0, 51.5, -0.1, 49.8, 60.95, 1.85, -8.7, 61.0, -9.0, -51.5])


@st.composite
def tables(draw):
    rows = draw(st.integers(0, 30))

    def column(values):
        return draw(st.lists(values, min_size=rows, max_size=rows))

    frame = {f"{name}_raw": pd.Categorical(column(st.sampled_from(known))) for name, known in PUBLISHED.items()}
    frame["month"] = pd.Categorical(column(st.sampled_from(MONTHS)))
    when = pa.array(column(st.one_of(st.none(), TIMES)), pa.timestamp("ms", "Europe/London"))
    frame["searched_at"] = when.to_pandas()
    for name in ("latitude", "longitude"):
        frame[name] = np.array(column(DEGREES), dtype=float)
    return pd.DataFrame(frame)


def row_by_row(table, name):
    if name == "date_in_month":
        return [
            None if pd.isna(when) else when.strftime("%Y-%m") == month
            for when, month in zip(table["searched_at"], table["month"], strict=True)
        ]
    if name == "location_status":
        return [status(*row) for row in zip(table["latitude"], table["longitude"], strict=True)]
    [raw] = derived.sources()[name]
    return [labels.standard(name, label) for label in table[raw]]


def status(latitude, longitude):
    if np.isnan(latitude) or np.isnan(longitude):
        return "blank"
    if latitude == longitude == 0:
        return "zero"
    return "recorded" if 49.8 <= latitude <= 60.95 and -8.7 <= longitude <= 1.85 else "outside UK"


@given(tables(), st.sampled_from([1, 7, 2**16]))
def test_every_column_is_made_as_row_by_row(table, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codes, "_BLOCK", block)
        made = derived.complete(table, [*derived.sources(), "month"])
    assert list(made) == [*derived.sources(), "month"]
    for name in derived.sources():
        assert [None if value is pd.NA else value for value in made[name]] == row_by_row(table, name), name


def test_labels_and_types_are_those_of_the_vocabulary_though_no_row_has_them():
    table = pd.DataFrame({"outcome_raw": pd.Categorical([""]), "latitude": [0.0], "longitude": [0.0]})
    made = derived.complete(table, ["outcome", "arrest", "location_status"])
    assert tuple(made["outcome"].cat.categories) == labels.vocabulary("outcome")
    assert tuple(made["location_status"].cat.categories) == derived.LOCATION_STATUSES
    assert made["arrest"].dtype == "boolean"
    assert made["arrest"].isna().all()
