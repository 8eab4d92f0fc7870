"""E-values against printed ones, encounters by hand and on real records, and the list of what is refused."""

import numpy as np
import pandas as pd
import pytest
from docstrings import check_examples

import sas_analysis as sas
from sas_analysis.errors import ParameterError
from sas_analysis.measures import e_value as module
from sas_analysis.measures import encounters as of_encounters
from sas_analysis.measures import refused
from sas_analysis.measures.e_value import e_value
from sas_analysis.measures.encounters import encounters


def test_printed_e_values_are_met():
    # The vignette of the R package EValue, and a table of VanderWeele and Ding's formula.
    found = e_value(10.73, 8.02, 14.36)
    assert (found.estimate, found.limit) == pytest.approx((20.94777, 15.52336), abs=5e-6)
    assert e_value(3.8).estimate == pytest.approx(7.0619, abs=5e-5)
    assert sas.e_value is e_value


def test_a_ratio_under_1_is_turned_round_and_takes_its_upper_limit():
    assert e_value(1 / 10.73, 1 / 14.36, 1 / 8.02) == pytest.approx(e_value(10.73, 8.02, 14.36))


def test_limits_that_hold_1_need_nothing():
    assert e_value(1.4, 0.9, 2.0).limit == 1
    assert e_value(0.8, 0.5, 1.3).limit == 1
    assert e_value(1.0).estimate == 1


def test_what_is_missing_stays_missing():
    assert np.isnan(e_value(2.0).limit)
    found = e_value([2.0, np.nan], [1.5, np.nan], [3.0, np.nan])
    assert np.isnan(found.estimate).tolist() == np.isnan(found.limit).tolist() == [False, True]


def test_odds_of_a_common_outcome_stand_for_the_square_root():
    assert e_value(4.0, 2.25, 9.0, odds_of_common=True) == pytest.approx(e_value(2.0, 1.5, 3.0))


def test_all_faults_are_named():
    with pytest.raises(ParameterError, match=r"(?s)1 value\(s\) of ratio are not above 0.*1 ratio\(s\) lie outside"):
        e_value([-1.0, 5.0], [-2.0, 1.0], [2.0, 2.0])


# --- encounters -------------------------------------------------------------------------------------------------------


def searches(*rows):
    frame = pd.DataFrame(list(rows), columns=["force", "searched_at", "latitude", "longitude", "gender"])
    at = pd.to_datetime(frame["searched_at"]).dt.tz_localize("Europe/London")
    status = np.where(frame["latitude"].isna(), "blank", "recorded")
    return frame.assign(searched_at=at, location_status=status)


ONE, OTHER = (51.5, -0.1), (51.6, -0.1)
FIVE = searches(
    ("a", "2018-04-01 20:00", *ONE, "Male"),
    ("a", "2018-04-01 20:00", *ONE, "Female"),
    ("a", "2018-04-01 20:00", *OTHER, "Male"),  # elsewhere
    ("b", "2018-04-01 20:00", *ONE, "Male"),  # another force
    ("a", "2018-04-01 20:00", np.nan, np.nan, "Male"),  # nowhere
)


def test_an_encounter_is_one_force_time_and_place():
    row = encounters(FIVE).iloc[0]
    assert (row["numerator"], row["denominator"]) == (4, 3)
    assert row["note"] == "1 without a time or a place left out"
    by_gender = encounters(FIVE, by="gender").set_index("gender")
    assert by_gender.loc["Male", ["numerator", "denominator"]].tolist() == [3, 3]


def test_without_a_place_there_is_no_encounter():
    row = encounters(FIVE.tail(1)).iloc[0]
    assert np.isnan(row["estimate"])
    assert row["note"].startswith("not estimable: no search with a time and a place")


def test_metropolitan_searches_per_encounter(real_data, tmp_path):
    """Recounted from the publisher's text: a set of the three cells. 1.17 was found of other months."""
    study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=real_data / "stops", processed=tmp_path)
    found = study.measured(encounters).frame.iloc[0]
    places, told = set(), 0
    for month in study.months:
        path = real_data / "stops" / month / f"{month}-metropolitan-stop-and-search.csv"
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        rows = rows[rows["Type"].ne("Vehicle search") & rows["Latitude"].ne("") & rows["Longitude"].ne("")]
        places |= set(rows[["Date", "Latitude", "Longitude"]].itertuples(index=False, name=None))
        told += len(rows)
    assert (found["numerator"], found["denominator"]) == (told, len(places))
    assert found["estimate"] == pytest.approx(1.142, abs=0.001)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_what_is_refused_is_one_list_with_reasons_and_ways_out():
    table = refused.refusals()
    assert list(table.columns) == ["question", "why", "instead"]
    assert len(table) == len(refused.REFUSED) == 4
    assert table.map(bool).all(axis=None)
    said = " ".join(table["question"]).casefold()
    for word in ("officers or patrols", "same person", "driven past", "discriminates"):
        assert word in said


@pytest.mark.parametrize("own", [module, of_encounters, refused])
def test_the_examples_are_right(own, sample):
    study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=sample)
    given = {"sas": sas, "study": study, "encounters": encounters, "refusals": refused.refusals}
    check_examples(own, **given)
