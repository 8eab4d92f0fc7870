"""The real records: the clean table against plain counts of the same files, and the facts known of them.

Every test is skipped, by name, where SAS_REAL_DATA does not name the folder with the records.
"""

import hashlib

import pandas as pd
import pytest

from sas_analysis.records import labels, refresh, store
from sas_analysis.records.select import person_searches

HALF_YEAR = ["2018-04", "2018-05", "2018-06", "2018-07", "2018-08", "2018-09"]
ETHNICITY, OBJECT, OUTCOME = "Self-defined ethnicity", "Object of search", "Outcome"


@pytest.fixture(scope="module")
def updated(real_data, tmp_path_factory):
    """All real records cleaned: the account, and where they are."""
    processed = tmp_path_factory.mktemp("real") / "processed"
    return refresh.update(real_data / "stops", processed), processed


@pytest.fixture(scope="module")
def records(updated):
    return store.read(updated[1])


@pytest.fixture(scope="module")
def published(real_data):
    """Read files of the publisher with pandas alone: every cell text, a blank ""."""

    def read(force, *months):
        paths = [real_data / "stops" / month / f"{month}-{force}-stop-and-search.csv" for month in months]
        return pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths], ignore_index=True)

    return read


@pytest.fixture(scope="module")
def met(published):
    """Person searches of the Metropolitan Police, April to September 2018, as published."""
    table = published("metropolitan", *HALF_YEAR)
    return table[table["Type"] != "Vehicle search"]


@pytest.fixture(scope="module")
def met_clean(updated):
    table = store.read(updated[1], forces=["metropolitan"], start=HALF_YEAR[0], end=HALF_YEAR[-1])
    return person_searches(table).records


def of(records, force, *months):
    return records[records["force"].eq(force) & records["month"].isin(months)]


def counts(column):
    return {value: count for value, count in column.value_counts().items() if count}


# --- nothing lost ----------------------------------------------------------------------------------------------------


def test_every_row_of_every_file_is_there(real_data, updated, records):
    lines = {
        path.relative_to(real_data / "stops").as_posix(): len(path.read_bytes().splitlines()) - 1
        for path in (real_data / "stops").rglob("*-stop-and-search.csv")
    }
    assert len(lines) >= 84
    result, processed = updated
    assert (result.cleaned, result.refused) == (len(lines), [])
    assert result.rows_in == result.rows_out == len(records) == sum(lines.values())
    assert records["source_file"].value_counts().to_dict() == lines
    files = store.sources(processed)
    assert set(files["notes"].map("; ".join)) <= {"", "CRLF line ends"}
    for path, said in zip(files["path"], files["sha256"], strict=True):
        content = (real_data / "stops" / path).read_bytes().replace(b"\r\n", b"\n")
        assert said == hashlib.sha256(content).hexdigest(), path


def test_no_label_is_new_and_every_date_is_in_its_month(updated, records):
    assert updated[0].unseen.empty
    for column in (
        "type",
        "gender",
        "age_range",
        "self_defined_ethnicity",
        "legislation",
        "object_of_search",
        "outcome",
    ):
        assert not records[column].eq("Unrecognised label").any(), column
    assert records["date_in_month"].eq(True).all()
    assert records["date_raw"].isna().all()


# --- the Metropolitan Police, April to September 2018 ----------------------------------------------------------------


def test_person_searches(met, met_clean):
    assert len(met_clean) == len(met)
    by_month = met_clean.groupby("month", observed=True).size()
    assert by_month.tolist() == [12_674, 12_164, 10_442, 9_443, 14_936, 11_493]  # grep -vc "^Vehicle search,"
    assert by_month.index.tolist() == HALF_YEAR


def test_ethnic_groups(met, met_clean):
    group = met[ETHNICITY].str.split("[ /]").str[0].replace({"": "Unknown"})
    group = group.mask(met[ETHNICITY].str.endswith("Not stated"), "Unknown")
    assert counts(met_clean["ethnicity_5"]) == counts(group)
    assert set(counts(group)) == {"White", "Mixed", "Asian", "Black", "Other", "Unknown"}
    assert counts(met_clean["officer_ethnicity_5"]) == counts(met["Officer-defined ethnicity"].replace("", "Unknown"))


def test_objects_and_legislation(met, met_clean):
    assert counts(met_clean["object_of_search"]) == counts(met[OBJECT].replace("", "Not recorded"))
    assert counts(met_clean["legislation"]) == counts(met["Legislation"].replace("", "Not recorded"))
    section_60 = met["Legislation"].str.contains("section 60").sum()
    assert counts(met_clean["power"])["Section 60"] == section_60 > 0


def test_outcomes(met, met_clean):
    found = counts(met[OUTCOME].replace("", "Not recorded"))
    assert counts(met_clean["outcome"]) == found
    nothing, blank = found["A no further action disposal"], found.get("Not recorded", 0)
    assert met_clean["arrest"].sum() == found["Arrest"]
    assert met_clean["positive_outcome"].sum() == len(met) - nothing - blank
    assert met_clean["positive_outcome"].isna().sum() == blank


# --- label eras ------------------------------------------------------------------------------------------------------

OUTCOMES = {
    "Nothing found - no further action": "A no further action disposal",
    "Suspect arrested": "Arrest",
    "Local resolution": "Community resolution",
    "Offender given drugs possession warning": "Khat or Cannabis warning",
    "Offender given penalty notice": "Penalty Notice for Disorder",
    "Suspect summonsed to court": "Summons / charged by post",
    "Offender cautioned": "Caution (simple or conditional)",
    "": "Not recorded",
}


@pytest.mark.parametrize(("force", "old", "new"), [
    ("metropolitan", "2017-12", "2018-01"),
    ("city-of-london", "2018-03", "2018-04"),
])  # fmt: skip
def test_two_eras_of_outcomes_one_vocabulary(records, published, force, old, new):
    before, after = (published(force, month)[OUTCOME] for month in (old, new))
    assert not (set(before) & set(after)) - {"", "Article found - Detailed outcome unavailable"}
    for month, raw in ((old, before), (new, after)):
        assert counts(of(records, force, month)["outcome"]) == counts(raw.replace(OUTCOMES))
    standard = [set(counts(of(records, force, month)["outcome"])) for month in (old, new)]
    assert {"A no further action disposal", "Arrest", "Community resolution"} <= standard[0] & standard[1]


def test_two_eras_of_ethnicity_one_vocabulary(records):
    """Old labels end in their code; the same groups are found before and after."""
    london = records[records["force"].isin(["metropolitan", "city-of-london"])]
    old = london["self_defined_ethnicity_raw"].astype(str).str.contains(r"\((?:[A-Z]\d|NS)\)$")
    groups = [set(part["self_defined_ethnicity"]) for part in (london[old], london[~old])]
    assert groups[0] - groups[1] == set()
    assert groups[1] - groups[0] <= {"Not recorded", "Arab", "Gypsy or Irish Traveller"}
    assert len(groups[0]) == 17
    said = london["self_defined_ethnicity"].ne("Not recorded")
    eras = old[said].groupby([london["force"], london["month"]], observed=True).agg(["min", "max"])
    assert eras["min"].equals(eras["max"])  # no force-month mixes both


def test_not_stated_is_unknown(records):
    said = records["self_defined_ethnicity_raw"].astype(str).str.contains("not stated", case=False)
    assert said.sum() > 20_000
    assert set(records.loc[said, "ethnicity_5"]) == set(records.loc[said, "ethnicity_5_2001"]) == {"Unknown"}
    assert set(records.loc[said, "self_defined_ethnicity"]) == {"Not stated"}
    assert not records.loc[~said, "self_defined_ethnicity"].eq("Not stated").any()


# --- facts known of the records --------------------------------------------------------------------------------------


def test_the_met_never_fills_link_or_clothing(records):
    met = records[records["force"].eq("metropolitan")]
    assert met["outcome_linked_to_object"].isna().all()
    assert met["more_than_outer_clothing"].isna().all()
    assert set(met["outcome_linked_to_object_raw"]) == {""}


def test_the_met_lost_ages_and_places_in_february_and_march_2018(records):
    gap, near = (of(records, "metropolitan", *months) for months in (["2018-02", "2018-03"], ["2018-01", "2018-04"]))
    assert gap["age_range"].eq("Not recorded").all()
    assert near["age_range"].eq("Not recorded").mean() < 0.08
    assert gap["location_status"].eq("blank").mean() > 0.9
    assert near["location_status"].eq("blank").mean() < 0.1


def test_the_met_had_no_object_until_october_2015(records):
    met = records[records["force"].eq("metropolitan")]
    early = met["month"].astype(str) <= "2015-10"
    assert met.loc[early, "object_of_search"].eq("Not recorded").all()
    assert not met.loc[~early & met["month"].eq("2016-01"), "object_of_search"].eq("Not recorded").any()


def test_south_yorkshire(records):
    own = records[records["force"].eq("south-yorkshire")]
    assert sorted(own["month"].unique()) == ["2019-12", "2020-01", "2020-02"]
    assert (len(own), own["type"].eq("Vehicle search").sum()) == (5_074, 520)
    assert own["location_status"].eq("blank").all()
    assert own[["latitude", "longitude"]].isna().all().all()


def test_essex_has_places_in_northern_ireland(records):
    essex = records[records["force"].eq("essex")]
    assert ((essex["latitude"] > 54) & (essex["longitude"] < -5.4)).sum() == 15


def test_what_standard_labels_never_lose(records):
    """Records by publisher's label and by standard label: each label has one meaning in all 84 files."""
    for raw, (_, made) in labels.CROSSWALKS.items():
        for clean in made:
            pairs = records[[f"{raw}_raw", clean]].drop_duplicates()
            assert pairs[f"{raw}_raw"].is_unique, clean
