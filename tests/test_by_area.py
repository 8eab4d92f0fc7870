"""All local authorities at once, against a study of each by itself."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import shapely
from bs4 import BeautifulSoup
from docstrings import check_examples

import sas_analysis as sas
from sas_analysis.errors import DataError, ParameterError
from sas_analysis.measures.places.areas import near_boundary, near_by_area
from sas_analysis.measures.pooling import funnel, shrunken_ratios
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.tallied import NUMBER
from sas_analysis.months import days_in
from sas_analysis.present.map_areas import maps_of
from sas_analysis.reference.areas import read_layer
from sas_analysis.reference.authorities import authority_residents, official_name
from sas_analysis.reference.population import GROUPS_5, residents
from sas_analysis.reference.projection import to_metres
from sas_analysis.reports.one.run import run_report
from sas_analysis.study import area_notes, by_area, one_month
from sas_analysis.study.study import NOT_HERE

OPTIONS = [{}, {"census_year": 2011, "reference": "Asian", "groups": ["Black", "Asian"]}, {"census_year": 2021}]


@pytest.fixture(scope="module")
def study(sample, tmp_path_factory):
    place = {"raw": sample, "processed": tmp_path_factory.mktemp("processed")}
    return sas.open_study("metropolitan", "2018-04", "2018-09", **place)


@pytest.fixture(scope="module")
def areas(study):
    return sas.Comparison(study).by_area()


def test_only_the_areas_of_a_force_that_is_contradicted_are_marked(sample, tmp_path, monkeypatch):
    both = sas.open_study(["metropolitan", "essex"], "2018-04", "2018-09", raw=sample, processed=tmp_path)
    monkeypatch.setattr(sas.Study, "contradicted_years", {"essex": {"2018-03", "2019-03"}})
    monkeypatch.setattr(sas.Study, "contradicted_by", {"essex": ""})
    compared = sas.Comparison(both)
    side = compared.by_area()
    page, yearly = sas.Report(side.study, side.compared, tables=tmp_path), both.ratio(by="borough", over="year")
    shown = {"ratios": side.ratios, "rates": side.rates, "shrunken": side.shrunken, "yearly": yearly}
    for name, table in shown.items():
        page.table(name, table, "Of places")
    for table in [*(pd.read_csv(tmp_path / f"{name}.csv") for name in shown), side.shrunken]:
        table = table[table["estimate"].notna()]
        name = table["area" if "area" in table else "borough"].astype("str")
        marked = table["note"].fillna("").str.contains(CONTRADICTED, regex=False)
        assert marked[name.eq("Colchester")].all()
        assert name.eq("Southwark").any()
        assert not marked[name.eq("Southwark")].any()
    assert compared.ratios["note"].str.contains(CONTRADICTED, regex=False).all()  # both together rest on Essex too
    assert "Southwark" in set(side.strata["area"])
    assert "Colchester" not in set(side.strata["area"])  # where the centre of a funnel would rest on it
    monkeypatch.setattr(sas.Study, "contradicted_years", {force: {"2019-03"} for force in ("essex", "metropolitan")})
    assert "Colchester" in set(compared.by_area().strata["area"])


def alone(study, codes, measure, **options):
    """A measure of each authority by itself, in one table: what was done before they were counted at once."""
    tables = []
    for code in codes:
        own = study.at(code)
        table = measure(sas.Comparison(own, **options))
        tables.append(table.assign(area=own.area.name, area_code=code))
    table = pd.concat(tables, ignore_index=True)
    return table[["area", "area_code", *table.columns.drop(["area", "area_code"])]]


def same(found, expected):
    text = dict.fromkeys(["area", "area_code", "ethnicity_5", "measure", "interval", "note"], "str")
    text = {column: kind for column, kind in text.items() if column in expected}
    found, expected = (table.astype(text).reset_index(drop=True) for table in (found, expected))
    pd.testing.assert_frame_equal(found, expected[list(found)], check_exact=True)


@pytest.mark.parametrize("options", OPTIONS)
def test_rates_ratios_and_bands_are_those_of_each_authority_by_itself_to_the_last_digit(study, options):
    at_once = sas.Comparison(study, **options).by_area()
    codes = [*at_once.codes[:2], "E09000028"]  # with Southwark
    few = sas.Comparison(study, **options).by_area(codes)
    of = {"rates": few.rates, "ratios": few.ratios, "band": few.band()}
    how = {"rates": lambda c: c.rates, "ratios": lambda c: c.ratios, "band": lambda c: c.assignment_band()}
    for name, table in of.items():
        assert len(table)
        same(table, alone(study, few.codes, how[name], **options))
    whole = at_once.ratios
    same(whole[whole["area_code"].isin(codes)], few.ratios)


def test_areas_of_forces_that_published_the_same_months_or_others_are_as_each_by_itself(sample, tmp_path):
    # West Yorkshire lacks a month; the other two are counted as one.
    forces = ["metropolitan", "essex", "west-yorkshire"]
    study = sas.open_study(forces, "2018-04", "2018-09", raw=sample, processed=tmp_path)
    compared = sas.Comparison(study)
    names = ["Southwark", "Lewisham", "Basildon", "Leeds"]
    few = compared.by_area(names)
    assert [len(codes) for codes, _ in few._parts] == [3, 1]
    how = {"rates": lambda c: c.rates, "ratios": lambda c: c.ratios, "band": lambda c: c.assignment_band()}
    for name, measure in how.items():
        found = getattr(few, name)
        same(found() if callable(found) else found, alone(study, few.codes, measure))
    assert [rows["area"].unique().tolist() for rows in few._strata()] == [names[:2], ["Basildon"], ["Leeds"]]


def test_the_reason_of_places_of_a_force_without_a_file_is_that_of_their_own_force(sample, tmp_path):
    study = sas.open_study(["metropolitan", "west-yorkshire"], "2018-09", "2018-09", raw=sample, processed=tmp_path)
    found = sas.Comparison(study).by_area(["Southwark", "Leeds"])
    leeds = found.ratios[found.ratios["area"].eq("Leeds")]
    assert set(leeds["note"]) <= {f"not estimable: {NOT_HERE}", f"reference group; not estimable: {NOT_HERE}"}
    assert "Leeds" not in set(found.shrunken["area"])  # nothing of it is drawn anywhere
    for table in (found.share("ethnicity_5"), found.outcome("arrest"), found.outcome_difference("arrest")):
        of_leeds = table.frame[table.frame["area"].eq("Leeds")]
        assert len(of_leeds)
        assert set(of_leeds["note"]) == {f"not estimable: {NOT_HERE}"}  # and not 0 of 0 searches
        assert of_leeds["numerator"].isna().all()
        assert table.frame.loc[table.frame["area"].eq("Southwark"), "numerator"].notna().any()


def test_searches_of_one_force_where_another_polices_or_none_of_them_are_counted(sample, tmp_path):
    both = sas.open_study(["metropolitan", "essex"], "2018-04", "2018-09", raw=sample, processed=tmp_path)
    side = sas.Comparison(both).by_area()
    rows, layer = side.by_place.rows, side.layer
    police = rows["area_code"].astype("object").map(dict(zip(layer.codes, layer.forces, strict=True)))
    placed = rows["area_code"].notna()
    assert side.elsewhere == (placed & ~police.isin(both.forces)).sum()
    assert side.by_others == (police.isin(both.forces) & police.ne(rows["force"].astype("object"))).sum()
    other, number = area_notes.made_by_others(side, rows)
    assert other.sum() == side.by_others
    assert number.sum() == (placed & police.isin(both.forces)).sum()
    assert area_notes.shared(side).keys() == {
        code for code, a, b in zip(layer.codes, other, number, strict=True) if a > 0.1 * b
    }
    assert side.overlaps == 0
    assert area_notes.overlapped(side) == {}


def test_every_authority_of_the_force_is_there_with_or_without_a_search(areas):
    policed = authority_residents(2011, force="metropolitan")
    assert set(areas.codes) == set(policed["authority_code"])
    assert len(areas.codes) == 32
    counts = areas.study.counted_searches["area_code"].value_counts()
    found = areas.rates.groupby("area_code")["numerator"].sum().astype(int)
    known = areas.study.counted_searches["ethnicity_5"].ne("Unknown")
    counts = areas.study.counted_searches[known]["area_code"].value_counts().reindex(found.index)
    assert found.tolist() == counts.tolist()
    assert 0 < found.sum() < len(areas.study.counted_searches)


def test_outcomes_and_shares_are_those_of_each_authority_by_itself(study, areas):
    codes = areas.codes[:1]
    few = sas.Comparison(study).by_area(codes)
    for code in codes:
        own = study.at(code)
        name = few.names[code]
        for found, expected in (
            (few.outcome("arrest", by="ethnicity_5"), own.outcome("arrest", by="ethnicity_5")),
            (few.share("power"), own.share("power")),
        ):
            rows = found.only(area=name).frame.drop(columns="area").reset_index(drop=True)
            first = expected.frame.columns[0]
            frame = expected.frame.set_index(expected.frame[first].astype("str"))
            own_rows = frame.loc[rows[first].astype("str")].reset_index(drop=True)
            rows["note"] = rows["note"].str.replace("all searches of the same area", "all searches")
            same(rows[list(own_rows)].astype({first: "str"}), own_rows.astype({first: "str"}))


def test_outcome_differences_are_those_of_each_authority_by_itself(study, areas):
    code = "E09000028"
    few = sas.Comparison(study).by_area([code, areas.codes[0]])
    found = few.outcome_difference("arrest").only(area="Southwark").frame.drop(columns="area")
    same(found, study.at(code).outcome_difference("arrest").frame)


def test_ratios_are_drawn_towards_the_mean_of_the_areas_of_a_force(areas):
    """The same areas given as forces to the measure that shrinks forces."""
    strata = areas.strata.rename(columns={"area": "force"})
    expected = shrunken_ratios(strata, reference="White").rename(columns={"force": "area"})
    found = areas.shrunken
    assert found["estimate"].tolist() == expected["estimate"].tolist()
    drawn, counted = (t[t["ethnicity_5"].eq("Black")].set_index("area")["estimate"] for t in (found, areas.ratios))
    assert drawn.std() < counted.std()


def test_searches_near_boundaries_are_counted_at_once_as_for_each_area(study, areas):
    searches = areas.study.counted_searches
    near = near_by_area(areas.located, searches)
    checked = 0
    for code in areas.codes[:3]:
        own = near_boundary(study.at(code).area, searches).astype({"ethnicity_5": "str"})
        rows = near[near["area_code"].eq(code)].drop(columns="area_code").astype({"ethnicity_5": "str"})
        assert rows.to_numpy().tolist() == own.to_numpy().tolist()
        checked += own["near_inside"].sum()
    assert checked


def test_by_borough_takes_all_at_once(study):
    found = study.ratio(by="borough", over="quarter", areas=["Southwark", "Lewisham"], groups=["Black"]).frame
    assert found[["borough", "quarter"]].drop_duplicates().to_numpy().tolist() == [
        ["Southwark", "2018Q2"], ["Southwark", "2018Q3"], ["Lewisham", "2018Q2"], ["Lewisham", "2018Q3"],
    ]  # fmt: skip
    own = sas.Comparison(study.at("Southwark").during("2018-07", "2018-09"), groups=["Black"]).ratios
    rows = found[found["borough"].eq("Southwark") & found["quarter"].eq("2018Q3")].drop(columns=["borough", "quarter"])
    same(rows, own)


def test_how_far_searches_are_placed_is_said(areas):
    row = areas.placing.iloc[0]
    searches = areas.study.counted_searches
    assert row["searches"] == row["placed"] + row["outside"] + row["no_location"] == len(searches)
    assert row["no_location"] == searches["location_status"].isin(["blank", "zero"]).sum()


@pytest.fixture(scope="module")
def nowhere(sample, tmp_path_factory):
    """The sample with hardly any location: in each file the first of every twelve rows keeps its own."""
    raw = tmp_path_factory.mktemp("nowhere") / "raw"
    shutil.copytree(sample, raw)
    for path in raw.rglob("*metropolitan*.csv"):
        rows = pd.read_csv(path, dtype="str", keep_default_na=False)
        rows.loc[rows.index % 12 != 0, ["Latitude", "Longitude"]] = ""
        rows.to_csv(path, index=False)
    return raw


def test_where_locations_are_lost_the_page_says_what_is_known_and_draws_no_empty_map(nowhere, tmp_path):
    months = {"raw": nowhere, "start": "2018-04", "end": "2019-03"}
    ran = run_report("places", forces=["metropolitan"], **months, processed=tmp_path / "p", out=tmp_path)
    record = json.loads((ran / "run.json").read_text(encoding="utf-8"))
    shown = {block["id"]: block for block in record["cards"]}
    study = sas.open_study("metropolitan", "2018-04", "2019-03", raw=nowhere, processed=tmp_path / "p")
    people, number = study.searches, len(study.searches)
    lost = int(people["location_status"].isin(["blank", "zero"]).sum())
    assert lost > 0.9 * number
    assert shown["no_location"]["base"] == f"{lost:,} of {number:,} searches in all published months"
    assert shown["no_location"]["value"] == pytest.approx(lost / number)
    assert f"{lost:,} of {number:,} searches ({lost / number:.1%}) have no location" in record["answer"]
    assert "Most searches are" not in record["answer"]
    most = people["ethnicity_5"].astype("str").value_counts().drop(["White", "Unknown"]).idxmax()
    page = BeautifulSoup((ran / "report.html").read_text(encoding="utf-8"), "html.parser")
    assert any(f"{most}: share of the searches of each place" in one.get_text() for one in page.select("p.none"))
    unknown = int(people["ethnicity_5"].astype("str").eq("Unknown").sum())
    assert f"Ethnicity unknown: {100 * unknown / number:.1f}%" in page.select_one(".trust").get_text()
    assert not page.select(".maps")
    assert not list((ran / "figures").glob("map*"))
    assert page.get_text().count("No map: location is missing from most records in all 12 months.") == 3


def test_where_ethnicity_is_lost_places_have_what_needs_none(sample, tmp_path):
    raw = tmp_path / "raw"
    shutil.copytree(sample, raw)
    for path in raw.rglob("*metropolitan*.csv"):
        rows = pd.read_csv(path, dtype="str", keep_default_na=False)
        rows["Self-defined ethnicity"] = ""
        rows.to_csv(path, index=False)
    own = sas.open_study("metropolitan", "2018-04", "2018-09", raw=raw, processed=tmp_path / "p")
    side = sas.Comparison(own).by_area()
    assert not side.has_ratios
    assert side.placing["searches"].sum() == len(own.searches)
    assert side.months_without_location.empty
    assert side.in_months == ""
    assert side.areas["searches"].sum() == len(own.searches)
    arrests = side.outcome("arrest").frame
    assert arrests["denominator"].sum() > 0
    assert arrests["estimate"].notna().any()
    assert side.share("ethnicity_5").frame["estimate"].isna().all()


# --- coarse boundaries ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def coarsely(sample, tmp_path_factory):
    """The report on places by the areas of the sample, whose straight boundaries are taken for coarse ones."""
    folder = tmp_path_factory.mktemp("coarse")
    layer = json.loads((sample / "boundaries" / "synthetic.geojson").read_text(encoding="utf-8"))
    (folder / "coarse.geojson").write_text(json.dumps(layer | {"synthetic": False}), encoding="utf-8")
    asked = {"raw": sample, "start": "2018-04", "end": "2019-03", "processed": folder / "p", "out": folder}
    return run_report(
        "places", forces=["metropolitan"], parameters={"boundaries": str(folder / "coarse.geojson")}, **asked
    )


RANKED = re.compile(r"highest|lowest|\bmost\b|fewest|busiest|beyond \d|outside the|above 1|lies between", re.IGNORECASE)


def test_by_coarse_boundaries_no_place_is_set_above_another(coarsely, sample):
    record = json.loads((coarsely / "run.json").read_text(encoding="utf-8"))
    assert "too coarse for a headline" in record["answer"]
    assert [card["id"] for card in record["cards"]] == ["no_location"]
    page = BeautifulSoup((coarsely / "report.html").read_text(encoding="utf-8"), "html.parser")
    names = {official_name(code) for code in read_layer(sample / "boundaries" / "synthetic.geojson").codes}
    said = [one.get_text(" ") for one in page.select("main p, main li, main figcaption, .answer, .cards, td, th")]
    ranked = [text for text in said if RANKED.search(text)]
    assert [text for text in ranked if any(str(name) in text for name in names)] == []
    verdicts = pd.read_csv(next(coarsely.rglob("funnel.csv")))
    assert set(verdicts["verdict"].dropna()) == {"not said: these boundaries are too coarse"}
    assert verdicts[["z", "p_value", "lower_95", "upper_998"]].isna().all(axis=None)
    text = page.get_text(" ")
    for not_said in ("outside the limits of chance, because these boundaries are too coarse",
                     "wrong by more than 50 m", "how far the months of local authorities are apart",
                     "The shares of local authorities are not set side by side"):  # fmt: skip
        assert not_said in text
    coarse_note = ("coarse boundaries (coarse.geojson): counts of an area can be far wrong, so for drawing only",)
    for name in ("arrests_by_area", "shares_by_area", "trend_by_area", "shrunken_by_area", "assignment_band"):
        table = pd.read_csv(next(coarsely.rglob(f"{name}.csv")))
        notes = table.loc[table["estimate"].notna(), "note"].str.split("; ")
        coarse = notes.map(lambda parts: [part for part in parts if part.startswith("coarse boundaries")])
        assert set(coarse.map(tuple)) == {coarse_note}  # in the same words of all places, so that a page says it once
    assert "12%" not in text


# --- one month, one event -----------------------------------------------------------------------------------


def by_months(**areas):
    """Searches of White and Black people by area and month, as areas count them once."""
    rows = [
        (name, f"2018-{month:02}", group, number)
        for name, months in areas.items()
        for month, both in enumerate(months, start=1)
        for group, number in zip(("White", "Black"), both, strict=True)
    ]
    return pd.DataFrame(rows, columns=["area_code", "month", "ethnicity_5", NUMBER])


def side_of(searches, months=6):
    codes = list(searches["area_code"].unique())
    base = SimpleNamespace(forces=("metropolitan",))
    counted = {"metropolitan": [f"2018-{month:02}" for month in range(1, months + 1)]}
    return SimpleNamespace(
        codes=codes, bases=dict.fromkeys(codes, base), months_that_count=counted, study=SimpleNamespace(rows=searches)
    )


@pytest.mark.parametrize(
    ("months", "marked"),
    [
        ([(10, 10)] * 5 + [(40, 60)], True),  # half of 200, and five times an ordinary month
        ([(10, 10)] * 5 + [(20, 30)], False),  # a third of all, and not above
        ([(1, 0)] * 5 + [(9, 10)], False),  # 19 searches are too few
        ([(0, 0)] * 5 + [(10, 10)], True),  # all searches
        ([(10, 10)] * 9 + [(40, 40)], False),  # four times an ordinary month, and less than a third of all
        ([(60, 60), (20, 20), (10, 10), (0, 0), (0, 0), (0, 0)], True),  # months without a search count too
    ],
)
def test_an_area_with_a_large_part_of_its_searches_in_one_month_is_found(months, marked):
    searches = by_months(A=months, B=[(10, 10)] * len(months))
    found = one_month.months_of_areas(side_of(searches, len(months)), searches)
    assert list(found.index) == ["A"] * marked
    of_three = by_months(A=[(1, 1), (1, 1), (50, 50)])
    assert one_month.months_of_areas(side_of(of_three, 3), of_three).empty


def test_a_number_of_an_area_of_one_month_says_what_it_is_without(study, monkeypatch):
    monkeypatch.setattr(one_month, "FEWEST", 1)
    monkeypatch.setattr(one_month, "SHARE", 0.2)
    monkeypatch.setattr(one_month, "TIMES", 1)
    side = sas.Comparison(study, groups=["Black"]).by_area()
    found = one_month.months_of_areas(side, side._counted_once)
    told, rows = 0, side.study.rows
    for table in (side.ratios, side.rates):
        for row in table[table["area_code"].isin(found.index)].to_dict("records"):
            code, month = row["area_code"], found.at[row["area_code"], "month"]
            assert "of its searches were in" in row["note"] or pd.isna(row["estimate"])
            value = re.search(r"without which this is ([\d.]+)", row["note"])
            if not value:
                continue
            left = rows[rows["area_code"].eq(code) & rows["month"].astype("str").ne(month)]
            number = left["ethnicity_5"].astype("str").value_counts()
            people = side.residents[side.residents["area_code"].eq(code)].set_index("ethnicity_5")["residents"]
            rate = number[row["ethnicity_5"]] / people[row["ethnicity_5"]]
            days = sum(days_in(one) for one in side.months_that_count["metropolitan"] if one != month)
            wanted = (
                rate / (number["White"] / people["White"])
                if row["measure"] == "disproportionality_ratio"
                else rate * 1000 * 365.25 / days
            )
            assert float(value.group(1)) == pytest.approx(wanted, abs=0.051 if wanted >= 10 else 0.0051)
            told += 1
    assert told > 4
    verdicts = funnel(side.strata, force="area", reference="White")
    marked = verdicts["area"].isin([side.names[code] for code in found.index]) & verdicts["ratio"].notna()
    assert verdicts.loc[marked, "verdict"].str.contains("of its searches were in").all()
    assert verdicts.loc[marked, "p_value"].isna().all()
    assert not verdicts.loc[~marked, "verdict"].str.contains("of its searches").any()
    names = {side.names[code] for code in found.index}
    for table in (side.shrunken, side.share("power").frame, side.outcome("arrest").frame):
        own = table["area"].isin(names) & (table["estimate"].notna() | table["measure"].eq("ratio_shrunken"))
        assert own.any()
        assert table.loc[own, "note"].str.contains("of its searches were in").all()
    assert side.shrunken.loc[side.shrunken["area"].isin(names), "estimate"].isna().all()


def test_a_drawn_ratio_of_a_place_has_the_mark_of_its_ratio(areas):
    marked = areas.ratios.loc[areas.ratios["note"].str.contains("not a headline"), "area"].unique()
    drawn = areas.shrunken.dropna(subset="estimate")
    assert len(marked)
    assert set(drawn.loc[drawn["note"].str.contains("not a headline"), "area"]) == set(marked) & set(drawn["area"])


# --- wards ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wards(sample, tmp_path_factory):
    """A file of wards: every authority of the sample cut in four, as (file, authority of each ward)."""
    layer = read_layer(sample / "boundaries" / "synthetic.geojson")
    features, of = [], {}
    for parent, name, whole in zip(layer.codes, layer.names, layer.polygons, strict=True):
        west, south, east, north = whole.bounds
        x, y = (west + east) / 2, (south + north) / 2
        boxes = [(west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north)]
        for number, box in enumerate(boxes):
            code = f"E05{len(of):06d}"
            of[code] = parent
            properties = {"WD22CD": code, "WD22NM": f"{name} {number}", "LAD22CD": parent}
            quarter = whole.intersection(shapely.box(*box))
            features.append({"type": "Feature", "properties": properties, "geometry": quarter.__geo_interface__})
    path = tmp_path_factory.mktemp("wards") / "wards.geojson"
    path.write_text(
        json.dumps({"type": "FeatureCollection", "synthetic": True, "features": features}), encoding="utf-8"
    )
    return path, of


@pytest.fixture(scope="module")
def of_wards(study, wards):
    return study._with(boundaries=str(wards[0]), located=None)


def residents_of(wards, path):
    """A quarter of the residents of Census 2011 of its authority for every ward, as a user gives them."""
    known = authority_residents(2011).set_index(["authority_code", "ethnicity_5"])["residents"]
    rows = [f"{code},{group},{known[of, group] / 4}" for code, of in wards[1].items() for group in GROUPS_5]
    path.write_text("\n".join(["area_code,ethnicity_5,residents", *rows]), encoding="utf-8")
    return str(path)


def test_wards_are_those_of_the_force_and_their_searches_add_up_to_those_of_authorities(areas, of_wards, wards):
    side = sas.Comparison(of_wards).by_area()
    assert side.kind.many == "wards"
    assert {wards[1][code] for code in side.codes} == set(areas.codes)
    assert len(side.codes) == 4 * len(areas.codes)
    own = side.rates.assign(of=side.rates["area_code"].map(wards[1]))
    found = own.groupby(["of", "ethnicity_5"])["numerator"].sum()
    expected = areas.rates.set_index(["area_code", "ethnicity_5"])["numerator"]
    assert found.sum() > 500
    assert found.astype(int).to_dict() == expected.astype(int).to_dict()


def test_areas_that_overlap_are_marked_with_what_they_lack(sample, wards, tmp_path):
    features = json.loads(wards[0].read_text(encoding="utf-8"))["features"]
    first, *rest = (one for one in features if one["properties"]["LAD22CD"] == "E09000028")
    quarters = [shapely.geometry.shape(one["geometry"]) for one in (first, *rest)]
    whole = first | {"geometry": shapely.union_all(quarters).__geo_interface__}
    file = tmp_path / "over.geojson"
    made = {"type": "FeatureCollection", "synthetic": True, "features": [whole, *rest]}
    file.write_text(json.dumps(made), encoding="utf-8")
    place = {"raw": sample, "processed": tmp_path / "p", "boundaries": str(file)}
    side = sas.Comparison(sas.open_study("metropolitan", "2018-04", "2018-09", **place)).by_area()
    lacks = side.located.counted_elsewhere(side.by_place.rows.index)
    assert side.overlaps == lacks.sum() > 0  # every search of the other quarters is in the whole, which comes first
    assert lacks[0] == 0
    said = "overlapping areas: searches in it that are counted in another: "
    assert area_notes.overlapped(side) == {
        code: f"{said}{number}" for code, number in zip(side.codes, lacks, strict=True) if number
    }


def test_without_residents_wards_have_counts_shares_and_outcomes_and_say_what_to_give(of_wards):
    side = sas.Comparison(of_wards).by_area()
    assert not side.has_ratios
    assert side.ratios["numerator"].sum() > 500
    assert side.ratios["note"].str.contains("no residents of wards are carried: give them as residents_file").all()
    assert side.share("ethnicity_5").frame["estimate"].notna().any()
    assert side.outcome("arrest").frame["denominator"].sum() > 500


def test_rates_of_wards_rest_on_the_residents_given(of_wards, wards, tmp_path):
    path = residents_of(wards, tmp_path / "r.csv")
    compared = sas.Comparison(of_wards, residents_file=path)
    side = compared.by_area()
    assert compared.source_of(side.rates) == "Residents: given by the user"
    row = side.rates.query("ethnicity_5 == 'Black' and numerator > 5").iloc[0]
    known = authority_residents(2011).set_index(["authority_code", "ethnicity_5"])["residents"]
    people = known[wards[1][row["area_code"]], "Black"] / 4
    days = sum(pd.Period(month).days_in_month for month in side.study.months)
    assert row["estimate"] == pytest.approx(1000 * row["numerator"] / people / (days / 365.25), rel=1e-9)
    alone_here = sas.Comparison(of_wards.at(row["area_code"]), residents_file=path)
    same(
        alone_here.ratios,
        side.ratios[side.ratios["area_code"].eq(row["area_code"])].drop(columns=["area", "area_code"]),
    )
    bases = alone_here.ratios_by_base()
    assert bases["base"].unique().tolist() == ["User's"]


def test_residents_of_the_wrong_kind_or_of_few_areas_are_told(study, of_wards, wards, tmp_path):
    known = residents("metropolitan", 2011).set_index("ethnicity_5")["residents"]
    rows = [f"metropolitan,{group},{known[group]}" for group in GROUPS_5]
    (tmp_path / "f.csv").write_text("\n".join(["force,ethnicity_5,residents", *rows]), encoding="utf-8")
    with pytest.raises(DataError, match="give area_code instead of force"):
        sas.Comparison(of_wards, residents_file=str(tmp_path / "f.csv")).by_area()
    whole = residents_of(wards, tmp_path / "r.csv")
    with pytest.raises(DataError, match="no area is asked for"):
        sas.Comparison(study, residents_file=whole).ratios_by_base()
    few = tmp_path / "few.csv"
    head, *rows = Path(whole).read_text(encoding="utf-8").splitlines()
    first = sas.Comparison(of_wards).by_area().codes[0]
    few.write_text("\n".join([head, *(row for row in rows if row.startswith(first))]), encoding="utf-8")
    side = sas.Comparison(of_wards, residents_file=str(few)).by_area()
    lacking = side.ratios["note"].str.contains("the residents given have none of this ward")
    assert lacking.equals(side.ratios["area_code"].ne(first))
    assert not lacking.all()


def test_the_report_on_wards_is_made_with_their_residents_and_without(sample, wards, tmp_path):
    folders = {"raw": sample, "processed": tmp_path / "processed", "out": tmp_path / "reports"}
    asked = {"forces": ["metropolitan"], "start": "2018-04", "end": "2018-09", **folders}
    named = {"boundaries": str(wards[0])}
    bare = run_report("places", **asked, parameters=named, label="bare")
    answer = json.loads((bare / "run.json").read_text(encoding="utf-8"))["answer"]
    assert "No ratio can be given for the wards of Metropolitan Police Service" in answer
    assert "give them as residents_file, a CSV with area_code, ethnicity_5 and residents" in answer
    assert re.search(r"the largest number, \d+ \(\d\.\d%\), were in Greenwich", answer)
    made = {path.name for path in (bare / "tables").iterdir()}
    assert {"shares_by_area.csv", "arrests_by_area.csv", "areas.csv", "trend.csv"} <= made
    assert not {name for name in made if name.startswith(("ratios", "rates", "funnel", "shrunken", "assignment"))}

    named["residents_file"] = residents_of(wards, tmp_path / "r.csv")
    whole = run_report("places", **asked, parameters=named, label="whole")
    answer = json.loads((whole / "run.json").read_text(encoding="utf-8"))["answer"]
    assert "Black people were searched more often than White people" in answer
    assert "of 110 wards that have a ratio; " in answer
    assert "No ratio can be given for 18 wards: the reference group White has no search." in answer
    ratios = pd.read_csv(whole / "tables" / "ratios_by_area.csv")
    assert ratios["area_code"].nunique() == 128
    assert "Residents: given by the user" in (whole / "report.html").read_text(encoding="utf-8")


def test_a_map_of_wards_has_their_own_outlines(of_wards):
    side = sas.Comparison(of_wards).by_area()
    shares = side.share("ethnicity_5").only(ethnicity_5="Black").frame
    maps = maps_of(shares, outlines=side.outlines)
    assert set(maps.keys) <= set(side.codes)
    assert len(maps.keys) == len(shares)
    key = maps.keys[0]
    whole = shapely.transform(side.layer.polygons[side.layer.codes.index(key)], to_metres)
    assert side.outlines.polygon(key).symmetric_difference(whole).area < 0.1 * whole.area
    assert sas.Comparison(of_wards.placed()).by_area().outlines is not None


def test_lines_over_months_are_of_areas_with_searches_enough(areas):
    found = areas.per_day().frame
    assert found["area"].unique().tolist() == ["Greenwich"]  # the others have fewer than 20 in most months
    searches = areas.study.counted_searches
    counts = searches[searches["area"].eq("Greenwich")]["month"].astype("str").value_counts().sort_index()
    assert found["month"].tolist() == areas.study.months
    assert found["numerator"].tolist() == counts.tolist()
    days = [pd.Period(month).days_in_month for month in areas.study.months]
    assert found["estimate"].tolist() == pytest.approx((counts / days).tolist())


def test_without_boundaries_it_says_what_to_fetch(study, tmp_path):
    away = sas.Comparison(study._with(raw=tmp_path))
    with pytest.raises(DataError, match="fetch-reference boundaries"):
        away.by_area()


def test_a_force_that_polices_no_area_has_those_of_its_searches_and_no_rate(sample, tmp_path, monkeypatch):
    for file in sample.glob("2018-0[4-9]/*-essex-*.csv"):
        copy = tmp_path / "raw" / file.parent.name / file.name.replace("essex", "btp")
        copy.parent.mkdir(parents=True)
        shutil.copy(file, copy)
    shutil.copytree(sample / "boundaries", tmp_path / "raw" / "boundaries")
    shutil.copy(next(sample.glob("*SYNTHETIC*")), tmp_path / "raw")
    btp = sas.open_study("btp", "2018-04", "2018-09", raw=tmp_path / "raw")
    side = sas.Comparison(btp).by_area()
    essex = set(authority_residents(2021, force="essex")["authority_code"])
    assert set(side.codes) == essex & set(side.layer.codes)
    assert not side.has_ratios
    assert side.ratios["note"].str.contains("polices the railways and has no residents").all()
    assert side.outcome("arrest").frame["denominator"].sum() > 100
    monkeypatch.setattr(by_area, "FEW", 1)
    lines = side.per_day(most=2).frame
    searches = side.study.counted_searches
    counts = searches[searches["area"].isin(lines["area"].unique())].groupby("area", observed=True).size()
    assert len(counts) == 2
    assert lines.groupby("area")["numerator"].sum().to_dict() == counts.to_dict()


def test_a_force_whose_areas_are_not_in_the_file_is_told(study, tmp_path):
    layer = {"type": "FeatureCollection", "synthetic": True, "features": [
        {"type": "Feature", "properties": {"LAD22CD": "W06000015", "LAD22NM": "Cardiff"},
         "geometry": shapely.box(-3.3, 51.4, -3.1, 51.6).__geo_interface__}
    ]}  # fmt: skip
    (tmp_path / "wales.geojson").write_text(json.dumps(layer), encoding="utf-8")
    away = sas.Comparison(study._with(boundaries=str(tmp_path / "wales.geojson"), located=None))
    with pytest.raises(DataError, match="has no local authority that Metropolitan Police Service polices"):
        away.by_area()


def test_an_authority_that_is_none_is_refused(study):
    with pytest.raises(ParameterError, match='borough "Narnia" is unknown'):
        sas.Comparison(study).by_area(["Narnia"])


@pytest.mark.parametrize(
    "form", ["Southwark", "southwark", "London Borough of Southwark", "Southwark Council", "E09000028"]
)
def test_an_area_is_named_in_one_way_everywhere(study, areas, form):
    assert areas.code_of(form) == "E09000028"
    assert study.at(form).area.code == study.placed().at(form).area.code == "E09000028"
    assert sas.Comparison(study).by_area(form).codes == ("E09000028",)
    assert official_name(form) == "Southwark"


def test_an_area_of_another_force_has_no_card_and_is_refused_with_the_names_there_are(areas, sample, tmp_path):
    with pytest.raises(ParameterError, match=r'borough "Colchester" is unknown\. There are: .*Lewisham.*Southwark'):
        areas.code_of("Colchester")
    months = {"start": "2018-04", "end": "2018-09", "raw": sample, "processed": tmp_path / "p", "out": tmp_path}
    with pytest.raises(ParameterError, match='borough "Colchester" is unknown'):
        run_report("places", forces=["metropolitan"], **months, parameters={"borough": "Colchester"})
    ran = run_report("places", forces=["metropolitan"], **months, parameters={"borough": "Borough of Southwark"})
    record = json.loads((ran / "run.json").read_text(encoding="utf-8"))
    assert (record["cards"][0]["id"], record["cards"][0]["what"]) == ("ratio_asked_for", "Southwark")


def test_the_examples_are_right(study):
    areas = sas.Comparison(study).by_area(["Southwark", "Lewisham"])
    known = {"sas": sas, "compared": areas.compared, "areas": areas}
    for thing in (type(areas), sas.charts.choropleth):
        check_examples(thing, **known)


# --- the Met's real records ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def met(real_data, tmp_path_factory):
    where = {"raw": real_data / "stops", "processed": tmp_path_factory.mktemp("met")}
    where["boundaries"] = str(real_data / "boundaries" / "london_boroughs_fine_2013.geojson")
    return sas.open_study("metropolitan", "2018-01", "2018-09", **where)


def test_southwark_in_2018_is_as_worked_out_by_hand(met):
    areas = sas.Comparison(met, census_year=2011).by_area()
    black = areas.rates.query("area == 'Southwark' and ethnicity_5 == 'Black'").iloc[0]
    assert black["estimate"] == pytest.approx(53.46, abs=0.005)
    lost = areas.months_without_location
    assert lost["month"].tolist() == ["2018-02", "2018-03"]
    assert lost["why"].str.contains("missing (location)", regex=False).all()
    assert "coarse" not in black["note"]


def test_coarse_boundaries_of_london_are_no_headline(met, real_data):
    path = str(real_data / "boundaries" / "london_boroughs_lad22.geojson")
    coarse = sas.Comparison(met._with(boundaries=path, located=None), groups=["Black"]).by_area(["Haringey"])
    assert "coarse boundaries (london_boroughs_lad22.geojson" in coarse.rates["note"].iloc[0]
    assert "for drawing only" in coarse.coarse
