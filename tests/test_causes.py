"""Why records and official counts differ: each cause on made counts, and every force of the real archive."""

import csv
import io
import zipfile

import pandas as pd
import pytest
from docstrings import check_examples

import sas_analysis as sas
from sas_analysis.present import national_view
from sas_analysis.reference.official import causes
from sas_analysis.reference.official.causes import name_causes
from sas_analysis.reference.official.counts import OFFICIAL_COLUMNS, official_searches

YEAR = [str(month) for month in pd.period_range("2020-04", "2021-03", freq="M")]
FORCE = "essex"


def counts(known=100, unknown=10, vehicles=5, months=YEAR, vehicles_known=0):
    """As `count_records`: the same in every month."""
    rows = []
    for month in months:
        for group, number in (("White", known - 20), ("Black", 20), ("Unknown", unknown)):
            rows.append((FORCE, month, False, group, group, number))
        for group, number in (("Unknown", vehicles - vehicles_known), ("White", vehicles_known)):
            rows.append((FORCE, month, True, group, group, number))
    columns = ["force", "month", "vehicle_only", "ethnicity_5", "ethnicity_5_2001", "searches"]
    return pd.DataFrame(rows, columns=columns)


def official(known=None, everything=None, vehicle_only=False):
    """One official figure of the year, of known ethnicity or of all searches."""
    row = dict.fromkeys(OFFICIAL_COLUMNS, pd.NA) | {"force": FORCE, "year_ending": "2021-03", "groups": "ethnicity_5"}
    row |= {"edition": "made", "vehicle_only": vehicle_only, "All": everything}
    if known is not None:
        row |= {"White": known - 200, "Black": 200, "Mixed": 0, "Asian": 0, "Other": 0}
    return pd.DataFrame([row]).astype({name: "Int64" for name in ("White", "Mixed", "Asian", "Black", "Other", "All")})


def months(lost=(), status="no file", rules="", of=YEAR):
    table = pd.DataFrame({"force": FORCE, "month": of, "status": "published", "rules": ""})
    out = table["month"].isin(lost)
    return table.assign(status=table["status"].mask(out, status), rules=table["rules"].mask(out, rules))


def cause(own, there, grid=None, once=None):
    found = name_causes(own, own if once is None else once, months() if grid is None else grid, official=there)
    assert list(found) == causes.CAUSE_COLUMNS
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(("there", "agrees"), [(1200, True), (1250, True), (1150, True), (1130, False), (1280, False)])
def test_numbers_within_five_per_cent_agree(there, agrees):
    found = cause(counts(unknown=0, vehicles=0), official(there))
    assert (found["cause"] == causes.AGREES) is agrees
    assert found["difference"] == pytest.approx(1200 / there - 1)
    assert found["months"] == 12


def test_months_without_a_file_are_taken_to_be_like_the_others():
    lost = months(["2020-06", "2020-07"])
    found = cause(counts(months=[one for one in YEAR if one not in ("2020-06", "2020-07")]), official(1200), lost)
    assert found["cause"] == causes.MONTHS
    assert found["ours"] == 1000
    assert found["with_cause"] == pytest.approx(1000 * 365 / (365 - 30 - 31))
    assert "10 of 12 months count; not 2020-06 (no file), 2020-07 (no file)" in found["note"]


def test_months_outside_the_period_count_as_not_here():
    nine = YEAR[:9]
    found = cause(counts(months=nine), official(1200), months(of=nine))
    assert (found["cause"], found["months"]) == (causes.MONTHS, 9)
    assert cause(counts(months=YEAR[:8]), official(1200), months(of=YEAR[:8]))["cause"] == causes.TOO_FEW


def test_a_doubled_month_counts_each_row_once():
    own = counts()
    twice = own.assign(searches=own["searches"].mask(own["month"].eq("2020-07"), 2 * own["searches"]))
    found = cause(twice, official(1200), months(["2020-07"], "flagged", "doubled"), once=own)
    assert (found["cause"], found["ours"], found["with_cause"]) == (causes.MONTHS, 1100, 1200)
    assert "2020-07 (doubled, each row counted once)" in found["note"]


def test_a_flagged_month_that_is_not_doubled_is_not_taken_as_it_is():
    own = counts()
    tenth = own.assign(searches=own["searches"].mask(own["month"].eq("2020-07"), own["searches"] // 10))
    found = cause(tenth, official(1200), months(["2020-07"], "flagged", "days missing"))
    assert found["with_cause"] == pytest.approx(1100 * 365 / 334)


def test_identical_rows_account_for_an_excess_that_vanishes_with_them():
    found = cause(counts(known=120, unknown=0), official(1200), once=counts(known=101, unknown=0))
    assert (found["cause"], found["with_cause"]) == (causes.REPEATS, 1212)


def test_a_few_identical_rows_account_for_nothing():
    found = cause(counts(known=120, unknown=0), official(1200), once=counts(known=118, unknown=0))
    assert found["cause"] == causes.MORE
    assert "of which 24 are identical rows" in found["note"]


@pytest.mark.parametrize("with_vehicles", [True, False])
def test_vehicles_alone_account_for_a_table_that_counts_them_otherwise(with_vehicles):
    own = counts(unknown=0, vehicles=20)  # 1,200 of people and 240 of vehicles
    there = official(everything=1200 if with_vehicles else 1440, vehicle_only=with_vehicles)
    found = cause(own, there)
    assert found["measure"] == (causes.ALL_AND_VEHICLES if with_vehicles else causes.ALL)
    assert found["ours"] == (1440 if with_vehicles else 1200)
    assert (found["cause"], found["left"]) == (causes.VEHICLES, 0)


def test_unknown_ethnicity_can_account_for_what_is_missing_and_no_more():
    found = cause(counts(known=80, unknown=30), official(1200))
    assert (found["cause"], found["with_cause"]) == (causes.UNKNOWN, 1320)
    assert "240 fewer, and 360 of unknown ethnicity here" in found["note"]
    found = cause(counts(known=80, unknown=5), official(1200))
    assert (found["cause"], found["with_cause"]) == (causes.FEWER, 1020)
    assert "180 fewer even if all 60 of unknown ethnicity are added" in found["note"]


def test_a_year_that_lacks_months_and_more_has_both_causes():
    lost = months(["2020-06"])
    own = counts(known=80, unknown=30, months=[one for one in YEAR if one != "2020-06"])
    assert cause(own, official(1200), lost)["cause"] == f"{causes.MONTHS} + {causes.UNKNOWN}"


def test_without_an_official_count_there_is_no_cause():
    there = official(1200).assign(force="kent")
    assert cause(counts(), there)["cause"] == causes.NO_OFFICIAL
    assert name_causes(counts(), counts(), months().head(0)).empty


def test_every_force_of_the_archive_is_within_five_per_cent_or_has_a_cause(real_data, tmp_path):
    study = sas.open_study("all", "2020-04", "2021-03", raw=real_data / "archive", processed=tmp_path)
    found = study.causes.set_index("force")
    assert len(found) == 28
    assert found["official"].notna().all()
    known = {causes.AGREES, causes.MONTHS, causes.UNKNOWN, causes.FEWER, causes.MORE}
    assert set(found["cause"].str.split(" + ", regex=False).explode()) == known
    near = found["cause"].isin([causes.AGREES, causes.MONTHS])
    assert found.loc[near, "left"].abs().max() <= 0.05
    there = official_searches().query("year_ending == '2021-03' and White.notna()").set_index("force")
    groups = ["White", "Mixed", "Asian", "Black", "Other"]
    assert found["official"].astype(int).to_dict() == there.loc[found.index, groups].sum(axis=1).astype(int).to_dict()


def test_a_doubled_month_of_a_real_force_is_counted_again_from_its_file(real_data, tmp_path):
    study = sas.open_study("cambridgeshire", "2020-04", "2021-03", raw=real_data / "archive", processed=tmp_path)
    found = study.causes.iloc[0]
    assert found["cause"] == causes.MONTHS
    total = 0
    with zipfile.ZipFile(real_data / "archive" / "2021-11.zip") as archive:
        for month in YEAR:
            (name,) = [one for one in archive.namelist() if one.endswith(f"{month}-cambridgeshire-stop-and-search.csv")]
            rows = list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            rows = list({tuple(row.values()): row for row in rows}.values()) if month == "2020-07" else rows
            people = [row["Self-defined ethnicity"] for row in rows if row["Type"] != "Vehicle search"]
            total += sum(text != "" and "Not stated" not in text for text in people)
    assert found["with_cause"] == total == 2643


def test_the_causes_of_simulated_records_are_none(sample, tmp_path):
    study = sas.open_study("metropolitan", "2018-04", "2019-03", raw=sample, processed=tmp_path)
    assert study.causes.empty
    check_examples(name_causes, study=study, sas=sas)


def test_the_last_year_that_can_be_compared_is_spoken_of_and_not_a_later_one_with_few_months():
    """Of January 2019 to November 2021 two whole years are here, and the page said that too few months are."""
    table = pd.DataFrame(
        {
            "force": ["essex", "essex", "kent", "gwent"],
            "year_ending": ["2021-03", "2022-03", "2022-03", "2022-03"],
            "official": [900.0, 1000.0, 500.0, float("nan")],
            "ours": [890.0, 0.0, 0.0, 3.0],
            "difference": [-0.011, -1.0, -1.0, float("nan")],
            "months": [12, 0, 0, 5],
            "cause": [causes.AGREES, causes.TOO_FEW, causes.TOO_FEW, causes.NO_OFFICIAL],
        }
    )
    last = causes.last_compared(table)
    assert last["year_ending"].tolist() == ["2021-03", "2022-03"]
    shown = national_view.causes(table).set_index("Force")
    assert shown.loc["Essex Police", "Official"] == "900, year to 2021-03"
    assert shown.loc["Kent Police", ["These records", "Difference"]].tolist() == ["none", "–"]


def test_causes_are_of_the_word_on_ethnicity_whose_number_is_compared():
    officers, own = (name_causes(counts(n), counts(n), months(), official=official(1200)) for n in (150, 99))
    compared = own.assign(measure=own["measure"].astype(object), light="", note="")
    for pair in ((officers, own), (own, officers)):
        (row,) = causes.of_compared(*pair, compared).to_dict("records")
        assert (row["ours"], row["cause"]) == (1188, causes.AGREES)
        (row,) = causes.of_compared(*pair, compared.head(0)).to_dict("records")  # no verdict: the first word
        assert row["ours"] == pair[0]["ours"].item()


@pytest.mark.parametrize("whose", ["combined", "officer"])
def test_real_causes_are_of_the_number_that_the_verdict_beside_them_is_of(real_data, tmp_path, whose):
    place = {"raw": real_data / "archive", "processed": tmp_path, "ethnicity": whose}
    study = sas.open_study(["city-of-london", "essex", "gwent", "kent"], "2020-01", "2021-11", **place)
    keys = ["force", "year_ending", "measure"]
    both = study.causes.merge(study.official, on=keys, suffixes=("", "_compared"))
    assert len(both) >= 6
    assert both["ours"].tolist() == both["ours_compared"].tolist()
