"""The ratios of official counts beside those of records that official statistics contradict."""

import pytest

import sas_analysis as sas
from sas_analysis.reference.population import residents


@pytest.fixture(scope="module")
def dorset(real_data, tmp_path_factory):
    place = {"raw": real_data / "archive", "processed": tmp_path_factory.mktemp("processed")}
    return sas.open_study("dorset", "2020-04", "2021-03", **place)


def test_dorset_by_official_counts_is_as_worked_out_by_hand(dorset):
    compared = sas.Comparison(dorset, census_year=2021)
    assert compared.contradicted == ["dorset"]
    table = compared.official_ratios.set_index("ethnicity_5")
    people = residents("dorset", 2021).set_index("ethnicity_5")["residents"]
    assert table["searches"].to_dict() == {"White": 2032, "Mixed": 94, "Asian": 62, "Black": 178, "Other": 32}
    assert table.loc["Black", "estimate"] == pytest.approx((178 / people["Black"]) / (2032 / people["White"]))
    assert table.loc["White", "estimate"] == 1
    assert set(table["year_ending"]) == {"2021-03"}
    few = sas.Comparison(dorset, groups=["Black"], reference="Asian").official_ratios
    assert few["ethnicity_5"].tolist() == ["Black"]


@pytest.mark.parametrize("choice", [{"power": "reasonable grounds"}, {"chinese": "Other"}])
def test_official_counts_are_not_set_beside_what_they_are_not_of(dorset, choice):
    assert sas.Comparison(dorset.choosing(**choice)).official_ratios.empty


def test_records_that_are_not_contradicted_have_none(sample, tmp_path):
    study = sas.open_study("essex", "2018-04", "2018-09", raw=sample, processed=tmp_path)
    assert sas.Comparison(study).official_ratios.empty
