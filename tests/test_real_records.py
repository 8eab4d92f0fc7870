"""The real records: the clean table against plain counts of the same files, and the facts known of them.

Every test is skipped, by name, where SAS_REAL_DATA does not name the folder with the records.
"""

import hashlib
import zipfile

import pandas as pd
import pytest

from sas_analysis.records import labels, refresh, store
from sas_analysis.records.audit import audit
from sas_analysis.records.select import person_searches
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.opening import open_study

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


@pytest.fixture(scope="module")
def dyfed_powys(real_data, tmp_path_factory):
    """All its months of the archive of 2021-11, compared."""
    raw = tmp_path_factory.mktemp("dyfed-powys") / "raw"
    with zipfile.ZipFile(real_data / "archive" / "2021-11.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith("dyfed-powys-stop-and-search.csv")]
        archive.extractall(raw, names)
    return Comparison(open_study("dyfed-powys", "2019-01", "2021-11", raw=raw, processed=raw.parent / "processed"))


def test_a_group_that_nobody_is_recorded_as_has_no_ratio(dyfed_powys):
    """Dyfed-Powys: self-defined Other once in 8,249 searches, by officers 67 times, 19 of them Mixed."""
    row = dyfed_powys.unused.set_index("group").loc["Other"]
    assert (row["self"], row["officer"]) == (1, 48)
    for table in (dyfed_powys.ratios, dyfed_powys.rates):
        other = table.set_index("ethnicity_5").loc["Other"]
        assert pd.isna(other["estimate"])
        assert other["note"].startswith("not estimable: self-defined Other is not used in dyfed-powys (48 searches by")
        assert table.set_index("ethnicity_5").loc[["White", "Mixed", "Asian", "Black"], "estimate"].notna().all()


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


# --- the same faults by plain counts of the files, which the audit must find by itself ------------------------------


@pytest.fixture(scope="module")
def everything(real_data):
    """Every row as published, with its force and month."""
    parts = [
        pd.read_csv(path, dtype=str, keep_default_na=False).assign(
            month=path.name[:7], force=path.name[8:].removesuffix("-stop-and-search.csv")
        )
        for path in sorted((real_data / "stops").rglob("*-stop-and-search.csv"))
    ]
    return pd.concat(parts, ignore_index=True)


def found_by_audit(updated, force):
    sources = store.sources(updated[1], forces=[force])
    own = store.read(updated[1], forces=[force])
    return audit(own, sources, forces=[force], start=sources["month"].min(), end=sources["month"].max())


def months_with(updated, force, rule, field=None):
    findings = found_by_audit(updated, force)
    keep = findings["rule"].eq(rule) & (True if field is None else findings["field"].eq(field))
    return findings.loc[keep, "month"].tolist()


def test_city_of_london_hours_are_1_to_12_where_the_audit_says_so(everything, updated):
    city = everything[everything["force"].eq("city-of-london")]
    hour = pd.to_datetime(city["Date"], utc=True).dt.tz_convert("Europe/London").dt.hour
    other_half = (~hour.between(1, 12)).groupby(city["month"]).mean()
    half = other_half.index[other_half < 0.05].tolist()
    assert other_half.drop(half).min() > 0.3
    assert half[:2] == ["2015-06", "2015-07"]
    assert set(half[2:]) == {month for month in city["month"] if "2019-01" <= month <= "2020-11"}
    assert months_with(updated, "city-of-london", "lost hours") == half


def test_every_time_of_essex_is_one_past(everything, updated):
    essex = everything[everything["force"].eq("essex")]
    assert set(essex["Date"].str[14:19]) == {"01:00"}
    assert months_with(updated, "essex", "one minute") == sorted(set(essex["month"]))


def test_locations_are_missing_where_the_audit_says_so(everything, updated):
    blank = everything["Latitude"].eq("").groupby([everything["force"], everything["month"]]).mean()
    assert blank["metropolitan"].loc[:"2016-12"].min() > 0.5
    assert blank["city-of-london"].loc[:"2017-03"].min() > 0.5
    assert (blank["south-yorkshire"].min(), blank["leicestershire"].max()) == (1.0, 0.0)
    for force in blank.index.unique("force"):
        expected = blank[force].index[blank[force].ge(0.5)].tolist()
        assert months_with(updated, force, "missing", "location") == expected, force


def test_objects_of_the_met_are_not_what_its_legislation_names_to_2017(everything, updated):
    met = everything[everything["force"].eq("metropolitan")]
    assert met.loc[met["month"].le("2015-10"), OBJECT].eq("").all()
    drugs = met["Legislation"].str.startswith("Misuse of Drugs") & met[OBJECT].ne("")
    section_1 = met["Legislation"].eq("Police and Criminal Evidence Act 1984 (section 1)") & met[OBJECT].ne("")
    for month in ("2016-01", "2017-12"):
        objects = met.loc[section_1 & met["month"].eq(month), OBJECT]
        assert len(objects) > 500
        assert objects.eq("Articles for use in criminal damage").mean() > 0.97
    later = met.loc[section_1 & met["month"].ge("2018-01"), OBJECT]
    assert later.eq("Articles for use in criminal damage").mean() < 0.5
    assert met.loc[drugs & met["month"].ge("2018-01"), OBJECT].eq("Controlled drugs").mean() > 0.9
    assert months_with(updated, "metropolitan", "one object") == ["2016-01", "2017-12"]
    assert set(months_with(updated, "metropolitan", "missing", "object_of_search")) == {
        month for month in met["month"] if month <= "2015-10"
    }


def test_the_link_field_means_what_plain_counts_say(everything, updated):
    link = everything["Outcome linked to object of search"]
    nothing = everything[OUTCOME].isin(["A no further action disposal", "Nothing found - no further action"])
    force = everything["force"]
    assert link[force.eq("metropolitan")].eq("").all()
    derbyshire = nothing & force.eq("derbyshire")
    assert link[derbyshire].eq("True").mean() > 0.5
    assert 0.5 < link[force.eq("leicestershire")].eq("").mean() < 1
    for name in ("essex", "south-yorkshire"):
        assert set(link[force.eq(name)]) <= {"True", "False", ""}
        assert link[nothing & force.eq(name)].eq("True").mean() < 0.05
    told = {name: found_by_audit(updated, name).query("rule == 'link field'")["evidence"] for name in set(force)}
    meaning = {name: set(text.str.split(":").str[0]) for name, text in told.items()}
    assert meaning["metropolitan"] == {"not published"}
    assert meaning["derbyshire"] == {"True for most no further action"}
    assert "partly filled" in meaning["leicestershire"]
    assert meaning["essex"] == meaning["south-yorkshire"] == set()


def test_each_row_of_city_of_london_2020_07_stands_twice(everything, updated):
    columns = [name for name in everything if name not in ("force", "month")]
    city = everything[everything["force"].eq("city-of-london")]
    july = city[city["month"].eq("2020-07")].groupby(columns).size()
    assert (july % 2 == 0).all()
    assert len(july) == 259
    assert months_with(updated, "city-of-london", "doubled") == ["2020-07"]
    others = city[city["month"].ne("2020-07")].groupby(["month", *columns]).size() % 2
    assert others.groupby("month").max().eq(1).all()


def test_essex_rows_in_northern_ireland_are_told_as_far_away(everything, updated):
    essex = everything[everything["force"].eq("essex") & everything["Latitude"].ne("")]
    place = essex[["Latitude", "Longitude"]].astype(float)
    there = place["Latitude"].between(54, 55.4) & place["Longitude"].between(-8.2, -5.4)
    assert there.sum() == 15
    assert set(essex.loc[there, "month"]) <= set(months_with(updated, "essex", "far away"))


def test_what_standard_labels_never_lose(records):
    """Records by publisher's label and by standard label: each label has one meaning in all 84 files."""
    for raw, (_, made) in labels.CROSSWALKS.items():
        for clean in made:
            pairs = records[[f"{raw}_raw", clean]].drop_duplicates()
            assert pairs[f"{raw}_raw"].is_unique, clean
