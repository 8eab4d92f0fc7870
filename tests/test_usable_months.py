"""What is known of a month's fields reaches the numbers: real records, and faults put into them, counted by pandas.

Every test is skipped, by name, where SAS_REAL_DATA does not name the folder with the records.
"""

import zipfile

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.multiverse import multiverse_of
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.opening import open_study
from sas_analysis.study.robust import robust_test_by_base

OUTCOME, NOTHING = "Outcome", "A no further action disposal"


@pytest.fixture(scope="module")
def archive(real_data):
    path = real_data / "archive" / "2021-11.zip"
    if not path.exists():
        pytest.skip("the publisher's archive of 2021-11 is not among the records")
    return path


@pytest.fixture(scope="module")
def months_of(archive):
    """Files of a force, as published: {month: table of texts}, a blank ""."""

    def read(force, first, last):
        with zipfile.ZipFile(archive) as held:
            found = {}
            for name in held.namelist():
                month, _, rest = name.rpartition("/")[2].partition("-stop-and-search.csv")[0].partition(f"-{force}")
                if not rest and name.endswith(f"{force}-stop-and-search.csv") and first <= month <= last:
                    with held.open(name) as file:
                        found[month] = pd.read_csv(file, dtype=str, keep_default_na=False)
        return dict(sorted(found.items()))

    return read


@pytest.fixture
def study_of(tmp_path):
    """A study of tables written as the publisher's files."""

    def made(force, tables, **choices):
        raw = tmp_path / "raw"
        raw.mkdir()
        for month, table in tables.items():
            table.to_csv(raw / f"{month}-{force}-stop-and-search.csv", index=False, lineterminator="\r\n")
        start, end = choices.pop("start", min(tables)), choices.pop("end", max(tables))
        return open_study(force, start, end, raw=raw, processed=tmp_path / "processed", **choices)

    return made


def persons(tables):
    whole = pd.concat(tables.values(), ignore_index=True)
    return whole[whole["Type"] != "Vehicle search"]


def test_months_without_locations_leave_the_searches_and_the_days_of_a_borough(real_data, tmp_path):
    """Southwark, Black, 2018-01 to 2018-09: in 2018-02 and 2018-03 the Metropolitan Police lost 95% of locations."""
    layer = str(real_data / "boundaries" / "london_boroughs_fine_2013.geojson")
    where = {"raw": real_data / "stops", "processed": tmp_path, "boundaries": layer}
    study = open_study("metropolitan", "2018-01", "2018-09", borough="Southwark", **where)
    assert study.published_months[["months", "days", "unusable"]].iloc[0].tolist() == [7, 214, 2]
    black = study.rate(census_year=2011).only(ethnicity_5="Black")
    assert black.frame["numerator"].tolist() == [2_428]
    assert black.frame["estimate"].iloc[0] == pytest.approx(2_428 / 77_511 / 214 * 365.25 * 1000)
    assert round(black.frame["estimate"].iloc[0], 2) == 53.46
    assert "without 2018-02 and 2018-03, in which location may not be used" in black.show().caption
    assert study.flow["step"].str.contains("in 2 months in which a field may not be used").any()
    with_them = study.choosing(unusable="include").rate(census_year=2011).only(ethnicity_5="Black").frame
    assert with_them["estimate"].iloc[0] < 43  # what it was: nine months of days, seven of searches


def test_months_without_ages_leave_what_is_standardised_by_age(real_data, tmp_path):
    study = open_study("metropolitan", "2018-01", "2018-09", raw=real_data / "stops", processed=tmp_path)
    table = Comparison(study, census_year=2011).standardised()
    rate = table[table["measure"].eq("standardised_rate")].set_index("ethnicity_5")["estimate"]
    seven = [f"2018-{month:02d}" for month in (1, *range(4, 10))]
    parts = [study.during(month, month) for month in seven]
    days = [pd.Period(month).days_in_month for month in seven]
    each = [
        Comparison(part, census_year=2011).standardised().query("measure == 'standardised_rate'")["estimate"].iloc[3]
        for part in parts
    ]
    assert rate["Black"] == pytest.approx(np.average(each, weights=days), rel=1e-9)
    assert rate["Black"] > 43
    included = Comparison(study.choosing(unusable="include"), census_year=2011).standardised()
    assert included.query("measure == 'standardised_rate'")["estimate"].iloc[3] < 36


def test_arrests_that_are_never_published_are_not_estimable_and_have_bounds(archive, months_of, tmp_path):
    """Gwent publishes no arrest; its blank outcomes may all be arrests, or none."""
    study = open_study("gwent", "2020-04", "2021-03", raw=archive, processed=tmp_path)
    rows = persons(months_of("gwent", "2020-04", "2021-03"))
    unknown = (rows[OUTCOME] == "").mean()
    arrests = study.outcome("arrest").frame.iloc[0]
    assert pd.isna(arrests["estimate"])
    assert pd.isna(arrests["numerator"])
    assert "no arrests" in arrests["note"]
    assert f"between 0.0% and {unknown:.1%} of all searches" in arrests["note"]
    bounds = study.outcome_bounds("arrest").frame["estimate"].tolist()
    assert bounds == pytest.approx([0, unknown])
    nothing = study.outcome_bounds("nothing").frame["estimate"].tolist()
    named = (rows[OUTCOME] == NOTHING).mean()
    assert nothing == pytest.approx([named, named + unknown])


def test_ethnicity_that_is_mostly_unknown_makes_no_ratio(archive, tmp_path):
    study = open_study("north-yorkshire", "2020-04", "2021-03", raw=archive, processed=tmp_path)
    table = study.ratio().frame
    assert table["estimate"].isna().all()
    assert table["note"].str.contains("missing (self defined ethnicity)", regex=False).all()
    assert study.outcome("arrest").frame["estimate"].notna().all()  # outcomes do not rest on it


def test_a_month_with_one_object_for_everything_is_not_estimable(months_of, study_of):
    """The fault of the Metropolitan Police in 2015-11, put into Essex: criminal damage for every search."""
    tables = months_of("essex", "2020-01", "2020-08")
    lost = "2020-07"
    tables[lost]["Object of search"] = "Articles for use in criminal damage"
    study = study_of("essex", tables)
    alone = study.during(lost, lost)
    assert alone.share("object_of_search").frame["estimate"].isna().all()
    assert not alone.usable("object_of_search")["usable"].any()
    rows = persons({month: table for month, table in tables.items() if month != lost})
    share = study.share("object_of_search").only(object_of_search="Articles for use in criminal damage").frame.iloc[0]
    assert share["denominator"] == len(rows)
    assert share["numerator"] == (rows["Object of search"] == "Articles for use in criminal damage").sum()
    ratios = alone.ratio(by="object_group").frame
    assert ratios["estimate"].isna().all()
    assert alone.ratio().frame.set_index("ethnicity_5").loc["Black", "estimate"] > 1  # does not rest on the object


def test_outcomes_whose_no_further_action_became_a_blank_have_bounds_alone(months_of, study_of):
    """Months in which every known outcome is positive: what is unknown is counted either way."""
    tables = months_of("essex", "2020-01", "2020-12")
    lost = ["2020-05", "2020-06"]
    for month in lost:
        blank = tables[month][OUTCOME].mask(tables[month][OUTCOME] == NOTHING, "")
        tables[month][OUTCOME] = blank
    study = study_of("essex", tables)
    part = study.during(*lost)
    rows = persons({month: tables[month] for month in lost})
    unknown, positive = (rows[OUTCOME] == "").mean(), (~rows[OUTCOME].isin(["", NOTHING])).mean()
    table = part.outcome("positive").frame.iloc[0]
    assert pd.isna(table["estimate"])
    assert f"between {positive:.1%} and {positive + unknown:.1%} of all searches" in table["note"]
    whole = study.outcome("positive").frame.iloc[0]
    kept = persons({month: table for month, table in tables.items() if month not in lost})
    assert whole["denominator"] == (kept[OUTCOME] != "").sum()
    assert whole["numerator"] == (~kept[OUTCOME].isin(["", NOTHING])).sum()


def test_half_of_the_outcomes_unknown_make_no_share(months_of, study_of):
    """Outcomes blank in seven of ten searches, as of a force in 2023: no share of arrests, and none without action."""
    tables = months_of("essex", "2020-01", "2020-03")
    for table in tables.values():
        table[OUTCOME] = table[OUTCOME].mask(np.arange(len(table)) % 10 < 7, "")
    study = study_of("essex", tables)
    rows = persons(tables)
    for name in ("nothing", "arrest", "positive"):
        assert study.outcome(name).frame["estimate"].isna().all()
    low, high = study.outcome_bounds("arrest").frame["estimate"]
    assert low == pytest.approx((rows[OUTCOME] == "Arrest").mean())
    assert high - low == pytest.approx((rows[OUTCOME] == "").mean())
    assert study.share("outcome").frame["estimate"].isna().all()


def test_a_measure_of_several_forces_leaves_the_months_of_each(archive, tmp_path):
    """Gwent's months leave the arrests of both; Dorset's stay."""
    both = open_study(["dorset", "gwent"], "2020-04", "2021-03", raw=archive, processed=tmp_path)
    own = open_study("dorset", "2020-04", "2021-03", raw=archive, processed=tmp_path)
    columns = ["numerator", "denominator", "estimate"]
    arrests = [study.outcome("arrest").frame[columns].iloc[0].tolist() for study in (both, own)]
    assert arrests[0] == arrests[1]
    assert "without 12 of 24 force-months in which arrest may not be used" in both.outcome("arrest").show().caption


@pytest.mark.parametrize("months", [["2020-03"], [f"2020-{month:02d}" for month in range(1, 7)]], ids=["one", "all"])
def test_every_table_of_a_report_rests_on_the_months_that_its_caption_names(months_of, study_of, tmp_path, months):
    """Ages, sexes and officers' words blank: what rests on them has the searches of the other months, or none."""
    tables = months_of("essex", "2020-01", "2020-06")
    for month in months:
        tables[month][["Officer-defined ethnicity", "Age range"]] = ""
    study = study_of("essex", tables)
    folder = study.report("disproportionality", out=tmp_path / "out", parameters={"draws": 10})
    found = {path.stem: pd.read_csv(path) for path in (folder / "tables").glob("*.csv")}
    kept = {month: table for month, table in tables.items() if month not in months}
    if not kept:
        assert found["ratios_imputed"]["estimate"].isna().all()
        assert found["ratios"]["estimate"].notna().any()
        young = robust_test_by_base(Comparison(study), by_object=False).query("base == 'Aged 10-34, 2011'")
        assert young["note"].str.contains("(age range)", regex=False).all()
        return
    rows, whole = persons(kept), persons(tables)
    disagreement = found["disagreement"].query("within == 'officer-defined'")
    assert disagreement["numerator"].sum() == len(rows)
    black = rows[rows["Officer-defined ethnicity"].eq("Black")]
    assert set(disagreement.query("officer_ethnicity_5 == 'Black'")["denominator"]) == {len(black)}
    imputed = found["ratios_imputed"].set_index("ethnicity_5")["numerator"]
    assert imputed.sum() == pytest.approx(len(rows), rel=0.01)  # geometric means over the draws
    ladder = found["ladder"].set_index(["base", "ethnicity_5"])
    own = whole["Self-defined ethnicity"].str.startswith("Black")
    assert ladder.loc[("Census 2011", "Black"), "numerator"] == own.sum()
    young = rows["Age range"].isin(["10-17", "18-24", "25-34"]) & rows["Self-defined ethnicity"].str.startswith("Black")
    assert ladder.loc[("Aged 10-34, 2011", "Black"), "numerator"] == young.sum()
    assert "without 1 month in which age or sex may not be used" in ladder.loc[("Aged 10-34, 2011", "Black"), "note"]


def test_officers_words_made_from_the_own_word_give_no_ratio_and_leave_those_by_the_own_word(months_of, study_of):
    tables = months_of("leicestershire", "2019-01", "2020-04")
    own, seen = "Self-defined ethnicity", "Officer-defined ethnicity"

    def by_own_word(table):
        group = table[own].str.partition(" ")[0].str.partition("/")[0].where(table[own].ne(""), "Other")
        return table.assign(**{seen: group.where(group.isin(["White", "Black", "Asian"]), "Other")})

    period = {"start": "2019-04", "end": "2020-03"}
    study = study_of("leicestershire", {month: by_own_word(table) for month, table in tables.items()}, **period)
    compared = Comparison(study)
    assert set(study.findings.query("rule == 'officer follows own word'")["month"]) == set(study.months)
    assert compared.schemes == ["self"]
    estimated = compared.ratios.set_index("ethnicity_5")["estimate"]
    assert estimated[["Asian", "Black"]].notna().all()
    imputed = compared.imputed(draws=5, seed=1)
    for table in (imputed.ratios, imputed.by_account, compared.officer_bounds()):
        assert table["estimate"].isna().all()
        assert table["note"].str.contains("officer follows own word").all()
    combinations = multiverse_of(compared)
    assert len(combinations)
    assert "ethnicity" not in combinations
    first = combinations.drop_duplicates("ethnicity_5").set_index("ethnicity_5")["estimate"]
    assert np.allclose(first[["Asian", "Black"]], estimated[["Asian", "Black"]])
