"""The synthetic sample: its bytes, layout, truth and quirks, and the care it takes of what is there."""

import ast
import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sas_analysis.records.synthetic import extract, model
from sas_analysis.records.synthetic.extract import write_sample
from sas_analysis.records.synthetic.rows import choose, poisson
from sas_analysis.records.synthetic.truth import truth

HEADER = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
    "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
    "Outcome linked to object of search,Removal of more than just outer clothing"
)
SELF, OFFICER, LAW = "Self-defined ethnicity", "Officer-defined ethnicity", "Legislation"
OBJECT, OUTCOME = "Object of search", "Outcome"
LINK, REMOVAL = "Outcome linked to object of search", "Removal of more than just outer clothing"
GROUPS = ("White", "Mixed", "Asian", "Black", "Other")
FORCES = {"metropolitan", "city-of-london", "derbyshire", "essex", "south-yorkshire", "west-yorkshire"}

# The publisher's labels, as found in its files: old vocabulary, current vocabulary.
OLD_ETHNICITY = {
    "White - White British (W1)": "White",
    "White - White Irish (W2)": "White",
    "White - Any other White ethnic background (W9)": "White",
    "Mixed - White and Black Caribbean (M1)": "Mixed",
    "Mixed - White and Black African (M2)": "Mixed",
    "Mixed - White and Asian (M3)": "Mixed",
    "Mixed - Any other Mixed ethnic background (M9)": "Mixed",
    "Asian or Asian British - Indian (A1)": "Asian",
    "Asian or Asian British - Pakistani (A2)": "Asian",
    "Asian or Asian British - Bangladeshi (A3)": "Asian",
    "Asian or Asian British - Any other Asian ethnic background (A9)": "Asian",
    "Black or Black British - Caribbean (B1)": "Black",
    "Black or Black British - African (B2)": "Black",
    "Black or Black British - Any other Black ethnic background (B9)": "Black",
    "Chinese or other ethnic group - Chinese (O1)": "Asian",
    "Chinese or other ethnic group - Any other ethnic group (O9)": "Other",
    "Not Stated (NS)": "Not stated",
}
CURRENT_ETHNICITY = {
    "White - English/Welsh/Scottish/Northern Irish/British": "White",
    "White - Irish": "White",
    "White - Gypsy or Irish Traveller": "White",
    "White - Any other White background": "White",
    "Mixed/Multiple ethnic groups - White and Black Caribbean": "Mixed",
    "Mixed/Multiple ethnic groups - White and Black African": "Mixed",
    "Mixed/Multiple ethnic groups - White and Asian": "Mixed",
    "Mixed/Multiple ethnic groups - Any other Mixed/Multiple ethnic background": "Mixed",
    "Asian/Asian British - Indian": "Asian",
    "Asian/Asian British - Pakistani": "Asian",
    "Asian/Asian British - Bangladeshi": "Asian",
    "Asian/Asian British - Chinese": "Asian",
    "Asian/Asian British - Any other Asian background": "Asian",
    "Black/African/Caribbean/Black British - African": "Black",
    "Black/African/Caribbean/Black British - Caribbean": "Black",
    "Black/African/Caribbean/Black British - Any other Black/African/Caribbean background": "Black",
    "Other ethnic group - Arab": "Other",
    "Other ethnic group - Any other ethnic group": "Other",
    "Other ethnic group - Not stated": "Not stated",
}
GROUP_OF = {**OLD_ETHNICITY, **CURRENT_ETHNICITY, "": "Blank"}
OUTCOMES = {  # old label: current label
    "Nothing found - no further action": "A no further action disposal",
    "Suspect arrested": "Arrest",
    "Offender cautioned": "Caution (simple or conditional)",
    "Local resolution": "Community resolution",
    "Offender given drugs possession warning": "Khat or Cannabis warning",
    "Offender given penalty notice": "Penalty Notice for Disorder",
    "Suspect summonsed to court": "Summons / charged by post",
    "Article found - Detailed outcome unavailable": "Article found - Detailed outcome unavailable",
}
NOTHING = "A no further action disposal"
SECTION_60 = "Criminal Justice and Public Order Act 1994 (section 60)"
LAWS = {
    "Aviation Security Act 1982 (section 27(1))",
    "Criminal Justice Act 1988 (section 139B)",
    SECTION_60,
    "Deer Act 1991 (section 12)",
    "Firearms Act 1968 (section 47)",
    "Misuse of Drugs Act 1971 (section 23)",
    "Poaching Prevention Act 1862 (section 2)",
    "Police and Criminal Evidence Act 1984 (section 1)",
    "Police and Criminal Evidence Act 1984 (section 6)",
    "Psychoactive Substances Act 2016 (s36(2))",
    "Wildlife and Countryside Act 1981 (section 19)",
}
OBJECTS = {
    "Anything to threaten or harm anyone",
    "Article for use in theft",
    "Articles for use in criminal damage",
    "Controlled drugs",
    "Crossbows",
    "Evidence of offences under the Act",
    "Firearms",
    "Fireworks",
    "Offensive weapons",
    "Psychoactive substances",
    "Stolen goods",
}
OTHER_LABELS = {
    "Type": {"Person search", "Person and Vehicle search", "Vehicle search"},
    "Gender": {"Male", "Female", "Other", ""},
    "Age range": {"under 10", "10-17", "18-24", "25-34", "over 34", ""},
    OFFICER: {"White", "Mixed", "Asian", "Black", "Other", ""},
    LAW: {*LAWS, ""},
    OBJECT: {*OBJECTS, ""},
    OUTCOME: {*OUTCOMES, *OUTCOMES.values(), ""},
    LINK: {"True", "False", ""},
    REMOVAL: {"True", "False", ""},
    "Part of a policing operation": {"True", "False", ""},
    "Policing operation": {""},
}


@pytest.fixture(scope="module")
def told_and_raw(tmp_path_factory):
    """The default sample (it takes about a second)."""
    raw = tmp_path_factory.mktemp("sample") / "raw"
    return write_sample(raw), raw


@pytest.fixture(scope="module")
def told(told_and_raw):
    return told_and_raw[0]


@pytest.fixture(scope="module")
def raw(told_and_raw):
    return told_and_raw[1]


@pytest.fixture(scope="module")
def rows(raw):
    """Every row as published, with force, month, local time, 5-group ethnicity, current outcome label."""
    frames = []
    for path in sorted(raw.glob("*/*.csv")):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frames.append(frame.assign(month=path.name[:7], force=path.name[8 : -len("-stop-and-search.csv")]))
    table = pd.concat(frames, ignore_index=True)
    table["local"] = pd.to_datetime(table["Date"], utc=True).dt.tz_convert("Europe/London")
    table["group"] = table[SELF].map(GROUP_OF)
    table["result"] = table[OUTCOME].replace(OUTCOMES)
    return table


@pytest.fixture(scope="module")
def persons(rows, told):
    """Searches of persons, without the force-months whose counts a whole-file quirk changes."""
    whole = {
        (q["force"], m) for q in told["quirks"] for m in q["months"] if q["quirk"] in ("doubled_file", "header_only")
    }
    keys = pd.Series(list(zip(rows["force"], rows["month"], strict=True)), index=rows.index)
    return rows[~keys.isin(whole) & rows["Type"].ne("Vehicle search")]


def _sha256(folder):
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _lost(told):
    """Force-months without a row."""
    kinds = ("missing_file", "header_only", "doubled_file")
    return {(q["force"], month) for q in told["quirks"] if q["quirk"] in kinds for month in q["months"]}


def _spread(force):
    """Variance of a share over the binomial: repeated rows form clusters of geometric size."""
    share = model.parameters(force)["duplicate_share"]
    return (1 + share) / (1 - share)


def _assert_share(hits, n, expected, force, limit=4.0):
    """The share hits / n lies within `limit` standard errors of the expected share."""
    error = np.sqrt(_spread(force) * expected * (1 - expected) / n)
    assert abs(hits / n - expected) <= limit * error, (force, hits, n, hits / n, expected)


# Bytes


SMALL = {"start": "2018-03", "end": "2018-06", "forces": ["essex", "city-of-london"], "scale": 0.3}


def test_same_seed_same_bytes(tmp_path):
    one, two = (write_sample(tmp_path / name, **SMALL) for name in ("one", "two"))
    assert one == two
    assert _sha256(tmp_path / "one") == _sha256(tmp_path / "two")


def test_bytes_are_those_of_every_platform_and_version(tmp_path):
    write_sample(tmp_path / "raw", **SMALL)
    # A change of the simulator changes this value; a change of machine, Python or numpy must not.
    assert _sha256(tmp_path / "raw") == "33b988c3f8d1bb3d62726d02489fa7a0bfb1b7e0124b6066915f2a47067e0936"


def test_another_seed_another_sample(tmp_path):
    write_sample(tmp_path / "one", **SMALL)
    write_sample(tmp_path / "two", **SMALL, seed=1)
    names = [path.relative_to(tmp_path / "one") for path in sorted((tmp_path / "one").rglob("*.csv"))]
    assert len(names) == 8
    assert all((tmp_path / "one" / name).read_bytes() != (tmp_path / "two" / name).read_bytes() for name in names)


def test_a_force_month_does_not_depend_on_the_others(tmp_path):
    write_sample(tmp_path / "one", **SMALL)
    write_sample(tmp_path / "two", **{**SMALL, "start": "2018-05", "forces": "essex"})
    name = "2018-05/2018-05-essex-stop-and-search.csv"
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_told_is_the_file_and_lists_the_files(told, raw):
    text = (raw / "SYNTHETIC.json").read_bytes()
    assert json.loads(text) == told
    assert text.isascii()
    assert b"\r" not in text
    found = {path.relative_to(raw).as_posix(): path.read_bytes() for path in raw.rglob("*.csv")}
    listed = {entry["path"]: entry for entry in told["files"]}
    assert set(found) == set(listed)
    for name, content in found.items():
        assert listed[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert listed[name]["rows"] == content.count(b"\n") - 1


def test_notice_says_synthetic(told):
    assert told["synthetic"] is True
    assert "SYNTHETIC RECORDS" in told["notice"]
    assert "no row describes a real search" in told["notice"]
    assert (told["seed"], told["parameters"]["scale"]) == (20260101, 1.0)
    assert set(told["parameters"]["forces"]) == FORCES == set(told["truth"]["forces"])


def test_simulator_imports_nothing_that_it_tests():
    allowed = {
        "collections",
        "collections.abc",
        "csv",
        "functools",
        "hashlib",
        "importlib",
        "json",
        "math",
        "numpy",
        "os",
        "pathlib",
        "shutil",
        "tempfile",
    }
    siblings = {path.stem for path in Path(extract.__file__).parent.glob("*.py")}
    for path in Path(extract.__file__).parent.glob("[!_]*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {name.name for name in node.names} <= allowed | {"zlib"}
            elif isinstance(node, ast.ImportFrom):
                names = [node.module] if node.module else [name.name for name in node.names]
                assert all(name in allowed or name in siblings for name in names), (path, names)


# Layout


def test_size_is_that_of_a_quick_demonstration(rows):
    assert 60_000 <= len(rows) <= 90_000


def test_names_and_header_are_the_publishers(raw):
    paths = [path for path in raw.rglob("*") if path.suffix == ".csv"]
    assert len(paths) == 6 * 30 - 1
    for path in paths:
        month, force = re.fullmatch(r"(\d{4}-\d{2})-([a-z-]+)-stop-and-search\.csv", path.name).groups()
        assert path.parent == raw / month
        assert force in FORCES
        assert path.read_bytes().splitlines()[0].decode() == HEADER


def test_text_is_ascii_lf_without_quotes(raw):
    for path in raw.glob("*/*.csv"):
        content = path.read_bytes()
        assert content.isascii()
        assert b'"' not in content
        assert content.endswith(b"\n")
        assert (b"\r" in content) == (path.name == "2018-05-essex-stop-and-search.csv"), path.name
        assert {line.count(b",") for line in content.splitlines()} == {14}


def test_dates_are_sorted_utc_of_the_london_month(rows):
    assert rows["Date"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00").all()
    assert rows.groupby(["force", "month"])["Date"].apply(lambda dates: dates.is_monotonic_increasing).all()
    outside = rows["local"].dt.strftime("%Y-%m") != rows["month"]
    assert rows.loc[outside, ["force", "month"]].value_counts().to_dict() == {("west-yorkshire", "2018-12"): 5}


def test_coordinates_are_shared_snap_points_of_six_decimals(rows):
    located = rows[rows["Latitude"] != ""]
    assert (rows["Latitude"].eq("") == rows["Longitude"].eq("")).all()
    for column in ("Latitude", "Longitude"):
        assert located[column].str.fullmatch(r"-?\d{1,2}\.\d{6}").all()
    met = located[located["force"] == "metropolitan"]
    assert len(met) / met.groupby(["Latitude", "Longitude"]).ngroups > 10
    assert met["Latitude"].astype(float).between(51.28, 51.70).all()
    assert met["Longitude"].astype(float).between(-0.52, 0.34).all()


def test_no_label_outside_the_publishers_vocabulary(rows):
    assert rows["group"].notna().all()
    for column, labels in OTHER_LABELS.items():
        assert set(rows[column]) <= labels, column


def test_every_label_of_ethnicity_outcome_object_and_law_is_used(rows):
    assert set(rows[SELF]) == {*OLD_ETHNICITY, *CURRENT_ETHNICITY, ""}
    assert set(rows[OUTCOME]) == OTHER_LABELS[OUTCOME]
    assert set(rows[OBJECT]) == OTHER_LABELS[OBJECT]
    assert set(rows[LAW]) == OTHER_LABELS[LAW]


@pytest.mark.parametrize(
    ("column", "old", "current"),
    [
        (SELF, set(OLD_ETHNICITY), set(CURRENT_ETHNICITY)),
        (OUTCOME, set(list(OUTCOMES)[:-1]), set(list(OUTCOMES.values())[:-1])),
    ],
)
def test_each_force_switches_its_labels_once_and_at_its_own_date(rows, column, old, current):
    switches = set()
    for force, force_rows in rows.groupby("force"):
        months = force_rows.groupby("month")[column].agg(set)
        assert not any(labels & old and labels & current for labels in months), force
        is_current = [bool(labels & current) for labels in months if labels & (old | current)]
        assert is_current == sorted(is_current), force
        assert {True, False} == set(is_current), force
        switches.add(sum(not flag for flag in is_current))
    assert len(switches) >= 4


# Truth


def test_tables_are_probabilities():
    for profile in ("metropolitan", "other"):
        assert model.objects(profile)[1].sum(axis=1) == pytest.approx(np.ones(5), abs=1e-9)
    for prefix in ("officer_", "age_"):
        assert model.people(prefix)[1].sum(axis=1) == pytest.approx(np.ones(5), abs=1e-9)
    for force in FORCES:
        assert (model.outcomes(force)[2] >= 0).all()
        assert model.outcomes(force)[2].sum(axis=2) == pytest.approx(np.ones((11, 5)), abs=1e-9)
    laws = pd.DataFrame(model.table("legislation"))
    assert laws["probability"].astype(float).groupby(laws["object"]).sum().to_numpy() == pytest.approx(1, abs=1e-9)
    assert sum(model.SEASON) == pytest.approx(12)


def test_residents_sum_to_the_census():
    """Usual residents, Census 2011, ONS: region of London, the two Yorkshire counties, Essex, Derbyshire."""
    total = {force: int(model.groups(force)["residents"].sum()) for force in FORCES}
    assert total["metropolitan"] + total["city-of-london"] == 8_173_941
    assert total["city-of-london"] == 7_375
    assert total["west-yorkshire"] == 2_226_058
    assert total["south-yorkshire"] == 1_343_601
    assert total["essex"] == 1_393_587 + 173_658 + 157_705  # county, Southend-on-Sea, Thurrock
    assert total["derbyshire"] == 769_686 + 248_752  # county, Derby


def test_poisson_draws_are_poisson():
    u = (np.arange(500) + 0.5) / 500
    for mean in (0.3, 7.5, 180.0):
        counts = np.array([poisson(mean, x) for x in u])
        assert (counts == stats.poisson.ppf(u, mean)).all()
    assert poisson(0, 0.5) == 0
    assert poisson(1500.0, 0.5) == 1500


def test_choose_keeps_zero_weights_out():
    u = np.array([0.0, 0.25, 0.499999, 0.5, 1 - 2.0**-53])
    assert choose([0, 1, 0, 1, 0], u).tolist() == [1, 1, 1, 3, 3]


def test_counts_by_force_month_are_poisson_at_the_true_rate(persons, told):
    count = persons.groupby(["force", "month"]).size()
    scores = []
    for force, about in told["truth"]["forces"].items():
        for month, figures in about["months"].items():
            if (force, month) not in _lost(told):
                mean = figures["expected_searches"]
                scores.append((count[force, month] - mean) / np.sqrt(mean))
    chi_square = float(np.sum(np.square(scores)))
    assert len(scores) == 177
    assert 0.001 < stats.chi2.sf(chi_square, len(scores)) < 0.999
    assert np.max(np.abs(scores)) < 4


def test_true_rates_are_expected_searches_over_resident_years(told):
    for about in told["truth"]["forces"].values():
        for group in GROUPS:
            figures = about["groups_5"][group]
            expected = sum(month["expected_searches_by_group_5"][group] for month in about["months"].values())
            assert figures["search_rate"] == pytest.approx(expected / (figures["residents"] * 2.5) * 1000, rel=1e-5)
            parts = figures["search_rate_reasonable_grounds"] + figures["search_rate_section_60"]
            assert figures["search_rate"] == pytest.approx(parts, abs=2e-6)
            detail = [d for d in about["ethnic_groups"].values() if d["group_5"] == group]
            assert sum(d["expected_searches"] for d in detail) == pytest.approx(expected, rel=1e-6)
            assert sum(d["residents"] for d in detail) == figures["residents"]
            white = about["groups_5"]["White"]["search_rate"]
            assert figures["disproportionality_ratio"] == pytest.approx(figures["search_rate"] / white, rel=1e-4)


def test_reasonable_grounds_rate_of_any_whole_year_is_the_tables():
    for first in ("2017-07", "2018-04"):
        months = [str(month) for month in pd.period_range(first, periods=12, freq="M")]
        about = truth(["metropolitan"], months, 1.0)["forces"]["metropolitan"]["groups_5"]
        rows = [row for row in model.table("groups") if row["force"] == "metropolitan"]
        for group in GROUPS:
            here = [(int(r["residents"]), float(r["search_rate"])) for r in rows if r["group_5"] == group]
            rate = sum(n * rate for n, rate in here) / sum(n for n, _ in here)
            assert about[group]["search_rate_reasonable_grounds"] == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize("force", sorted(FORCES))
def test_stated_searches_by_group_have_the_true_rates(persons, told, force):
    months = told["truth"]["forces"][force]["months"]
    here = persons[persons["force"] == force]
    for group in GROUPS:
        mean = sum(f["expected_stated_by_group_5"][group] for m, f in months.items() if (force, m) not in _lost(told))
        score = (here["group"].eq(group).sum() - mean) / np.sqrt(mean * _spread(force))
        assert abs(score) < 4, (group, mean, score)


def test_ratio_of_the_default_report_is_near_its_truth(persons):
    months = [str(month) for month in np.arange(np.datetime64("2018-04", "M"), np.datetime64("2019-04", "M"))]
    about = truth(["metropolitan"], months, 1.0)["forces"]["metropolitan"]["groups_5"]
    count = persons[persons["force"].eq("metropolitan") & persons["month"].isin(months)]["group"].value_counts()
    for group in ("Black", "Asian", "Mixed", "Other"):
        ratio = count[group] / about[group]["residents"] / (count["White"] / about["White"]["residents"])
        error = np.sqrt(_spread("metropolitan") * (1 / count[group] + 1 / count["White"]))
        assert abs(np.log(ratio / about[group]["disproportionality_ratio_if_stated"])) < 4 * error
    assert 4 < about["Black"]["disproportionality_ratio"] < 6
    assert count["Black"] > 4500


@pytest.mark.parametrize("force", sorted(FORCES))
def test_shares_not_stated_and_blank_are_true(persons, told, force):
    here = persons[persons["force"] == force]
    blank = told["truth"]["forces"][force]["parameters"]["self_blank"]
    _assert_share(here["group"].eq("Blank").sum(), len(here), blank, force)
    for half in np.array_split(sorted(told["truth"]["forces"][force]["months"]), 3):
        part = here[here["month"].isin(half)]
        figures = [told["truth"]["forces"][force]["months"][m] for m in half if (force, m) not in _lost(told)]
        hidden = sum(f["expected_searches_by_group_5"][g] * f["not_stated_share"][g] for f in figures for g in GROUPS)
        share = hidden / sum(f["expected_searches"] for f in figures)
        _assert_share(part["group"].eq("Not stated").sum(), len(part), share, force)


def test_objects_given_group_are_true(persons, told):
    for force in ("metropolitan", "south-yorkshire"):
        here = persons[persons["force"].eq(force) & persons[LAW].ne(SECTION_60) & persons[OBJECT].ne("")]
        for group, chances in told["truth"]["forces"][force]["object_given_group"].items():
            count = here[here["group"] == group][OBJECT].value_counts()
            _assert_fits(count, chances, force)


def _assert_fits(count, chances, force):
    """Chi-square of the counts against the probabilities; those expected under 5 times are one."""
    n, seen, expected = count.sum(), [0.0], [0.0]
    assert set(count.index) <= {label for label, chance in chances.items() if chance > 0}
    for label, chance in chances.items():
        if n * chance >= 5:
            seen.append(count.get(label, 0))
            expected.append(n * chance)
        else:
            seen[0] += count.get(label, 0)
            expected[0] += n * chance
    if expected[0] < 1 < len(expected):  # too few for a cell of their own
        seen[:2], expected[:2] = [sum(seen[:2])], [sum(expected[:2])]
    pairs = list(zip(seen, expected, strict=True))
    chi_square = sum((s - e) ** 2 / e for s, e in pairs) / _spread(force)
    assert stats.chi2.sf(chi_square, max(len(pairs) - 1, 1)) > 1e-4, (force, n, pairs)


def test_outcomes_given_object_and_group_are_true(persons, told):
    for force in ("metropolitan", "essex"):
        here = persons[persons["force"].eq(force) & persons["result"].ne("")]
        for name in ("Controlled drugs", "Offensive weapons", "Stolen goods"):
            for group in ("White", "Black", "Asian"):
                count = here[here[OBJECT].eq(name) & here["group"].eq(group)]["result"].value_counts()
                chances = told["truth"]["forces"][force]["outcome_given_object_and_group"][name][group]
                _assert_fits(count, chances, force)


@pytest.mark.parametrize("force", sorted(FORCES - {"derbyshire"}))  # its blanked outcomes are tested below
def test_arrest_and_positive_outcome_probabilities_are_true(persons, told, force):
    about = told["truth"]["forces"][force]
    here = persons[persons["force"].eq(force) & persons["result"].ne("")]
    for scope, part in (("reasonable_grounds", here[here[LAW] != SECTION_60]), ("all", here)):
        for group in GROUPS:
            results = part[part["group"] == group]["result"]
            _assert_share(results.eq("Arrest").sum(), len(results), about["arrest_probability"][scope][group], force)
            positive = about["positive_outcome_probability"][scope][group]
            _assert_share(results.ne(NOTHING).sum(), len(results), positive, force)


def test_officer_defined_given_self_defined_is_true(persons, told):
    for force in sorted(FORCES):
        matrix = told["truth"]["forces"][force]["officer_defined_given_true_group"]
        here = persons[persons["force"].eq(force) & persons[OFFICER].ne("")]
        for group in GROUPS:
            _assert_fits(here[here["group"] == group][OFFICER].value_counts(), matrix[group], force)
    assert 0 < (persons[OFFICER] == "Mixed").sum() < 0.001 * len(persons)


def test_ages_given_group_are_true(persons, told):
    here = persons[persons["force"].eq("metropolitan") & persons["Age range"].ne("")]
    for group, chances in told["truth"]["forces"]["metropolitan"]["age_given_group"].items():
        _assert_fits(here[here["group"] == group]["Age range"].value_counts(), chances, "metropolitan")


@pytest.mark.parametrize("force", sorted(FORCES))
def test_vehicle_searches_are_true(rows, told, force):
    here = rows[rows["force"] == force]
    p = told["truth"]["forces"][force]["parameters"]
    vehicle = here[here["Type"] == "Vehicle search"]
    _assert_share(len(vehicle), len(here), p["vehicle_share"], force)
    filled = vehicle[["Gender", SELF, OFFICER]].ne("").any(axis=1)
    assert vehicle.loc[~filled, ["Age range", REMOVAL]].eq("").all(axis=None)
    if p["vehicle_filled"] == 0:
        assert not filled.any()
    else:
        _assert_share(filled.sum(), len(vehicle), p["vehicle_filled"], force)


@pytest.mark.parametrize("force", sorted(FORCES))
def test_missing_locations_are_true(rows, told, force):
    months = told["truth"]["forces"][force]["months"]
    here = rows[rows["force"] == force]
    share = here["month"].map({month: figures["location_blank_share"] for month, figures in months.items()})
    for expected, part in here["Latitude"].eq("").groupby(share):
        _assert_share(part.sum(), len(part), expected, force)
    wanted = {"metropolitan": 2, "city-of-london": 2, "south-yorkshire": 1}
    assert share.nunique() == wanted.get(force, 1)


# Quirks: one check for each row of the list in SYNTHETIC.json


def _hour_is_1_to_12(part, quirk):
    assert part["local"].dt.hour.between(1, 12).all()


def _is_summer_edge(part, quirk):
    for month, rows in part.groupby("month"):
        evening = pd.Timestamp(month) - pd.Timedelta(hours=1)
        assert evening <= pd.Timestamp(rows["Date"].iloc[0][:19]) < pd.Timestamp(month)


def _is_blank(part, quirk):
    share, n = part[quirk["column"]].eq("").mean(), len(part)
    if quirk["value"] == 1:
        assert share == 1
    else:
        assert share > quirk["value"] - 4 * np.sqrt(0.25 / n)


def _is_wrong_object(part, quirk):
    filled = part[part[LAW].eq("Misuse of Drugs Act 1971 (section 23)") & part[OBJECT].ne("")]
    wrong = filled[OBJECT].eq("Articles for use in criminal damage")
    assert 0.3 < wrong.mean() < 0.5
    # An object other than drugs keeps its own label.
    others = part[part[LAW].str.startswith("Police and Criminal Evidence") & part[OBJECT].ne("")]
    assert others[OBJECT].eq("Articles for use in criminal damage").mean() < 0.15


def _is_burst(part, quirk):
    n = part[LAW].eq(SECTION_60).sum()
    assert abs(n - quirk["value"]) < 20 + 5 * np.sqrt(quirk["value"])


def _is_group_search(part, quirk):
    assert part.groupby(HEADER.split(",")).size().max() >= quirk["value"] == 21


def _is_doubled(part, quirk):
    sizes = part.groupby(HEADER.split(","), sort=False).size()
    assert (sizes % 2 == 0).all()
    assert all((part.iloc[i][HEADER.split(",")] == part.iloc[i + 1][HEADER.split(",")]).all() for i in (0, 2, 4))


def _is_nothing_found_blank(part, quirk):
    assert not part["result"].eq(NOTHING).any()
    assert 0.55 < part[OUTCOME].eq("").mean() < 0.85


def _is_blank_grounds(part, quirk):
    assert (part[LAW].eq("") == part[OBJECT].eq("")).all()
    assert 0.03 < part[LAW].eq("").mean() < 0.10


def _located(part, column, low, high, quirk):
    assert part[part["Latitude"] != ""][column].astype(float).between(low, high).sum() == quirk["value"]


def _far_away_by_month(part, quirk):
    for _, rows in part.groupby("month"):
        _located(rows, "Longitude", -9, -5, quirk)


CHECKS = {
    "summer_edge": _is_summer_edge,
    "section_60": _is_burst,
    "blank": _is_blank,
    "blank_grounds": _is_blank_grounds,
    "article_found": lambda part, q: _equal(part[OUTCOME].str.startswith("Article found").sum(), q["value"]),
    "hours_1_to_12": _hour_is_1_to_12,
    "doubled_file": _is_doubled,
    "dates_only": lambda part, q: _equal(set(part["local"].dt.strftime("%H:%M:%S")), {"00:00:00"}),
    "minute_one": lambda part, q: _equal(set(part["local"].dt.strftime("%M:%S")), {"01:00"}),
    "header_only": lambda part, q: _equal(len(part), 0),
    "missing_file": lambda part, q: _equal(len(part), 0),
    "crlf": lambda part, q: None,  # the bytes: test_text_is_ascii_lf_without_quotes
    "nothing_found_blank": _is_nothing_found_blank,
    "far_away": _far_away_by_month,
    "group_search": _is_group_search,
    "wrong_object": _is_wrong_object,
    "zero_coordinates": lambda part, q: _located(part, "Latitude", 0, 0, q),
    "swapped_coordinates": lambda part, q: _located(part, "Longitude", 50, 60, q),
    "outside_month": lambda part, q: _equal((part["local"].dt.strftime("%Y-%m") == "2019-01").sum(), q["value"]),
}


def _equal(found, wanted):
    assert found == wanted


def test_every_quirk_is_listed_and_in_its_files(rows, told):
    listed = {quirk["quirk"] for quirk in told["quirks"]}
    assert listed - {"habit"} == set(CHECKS)
    for quirk in told["quirks"]:
        if quirk["quirk"] != "habit":
            assert quirk["note"]
            here = rows[rows["force"].eq(quirk["force"]) & rows["month"].isin(quirk["months"])]
            CHECKS[quirk["quirk"]](here, quirk)


def test_missing_file_and_header_only_file(raw):
    assert not (raw / "2018-09" / "2018-09-west-yorkshire-stop-and-search.csv").exists()
    assert (raw / "2018-11" / "2018-11-derbyshire-stop-and-search.csv").read_text() == HEADER + "\n"


def test_link_field_means_something_else_in_each_force(persons):
    here = persons[persons["result"].ne("") & ~persons["month"].eq("2018-07")]
    nothing = here["result"] == NOTHING
    by_force = {force: (part[LINK][nothing], part[LINK][~nothing]) for force, part in here.groupby("force")}
    assert set(here.loc[here["force"].eq("metropolitan"), LINK]) == {""}
    assert set(by_force["west-yorkshire"][0]) == {""}
    assert set(by_force["west-yorkshire"][1]) == {"True", "False"}
    for force in ("essex", "south-yorkshire"):
        assert {*by_force[force][0], *by_force[force][1]} == {"True", "False"}
        assert (by_force[force][0] == "True").mean() < 0.06
    assert (by_force["derbyshire"][0] == "True").mean() > 0.95
    assert 0.07 < (by_force["city-of-london"][0] == "True").mean() < 0.15


def test_booleans_blank_by_force(persons):
    blank = {
        c: persons.groupby("force")[c].agg(lambda s: s.eq("").mean()) for c in ("Part of a policing operation", REMOVAL)
    }
    operation, removal = blank["Part of a policing operation"], blank[REMOVAL]
    assert removal["metropolitan"] == 1
    assert removal["south-yorkshire"] > 0.97
    assert removal["essex"] < 0.1
    assert set(persons.loc[persons["force"].eq("essex"), "Part of a policing operation"]) == {"True", "False"}
    assert operation[["city-of-london", "derbyshire", "west-yorkshire"]].eq(1).all()
    met = persons[persons["force"] == "metropolitan"].groupby("month")["Part of a policing operation"].agg(set)
    assert all(labels == ({""} if month <= "2017-11" else {"False"}) for month, labels in met.items())


def test_not_stated_rises_in_the_metropolitan_and_not_in_essex(persons):
    share = persons["group"].eq("Not stated").groupby([persons["force"], persons["month"].str[:4]]).mean()
    assert share["metropolitan", "2019"] - share["metropolitan", "2017"] > 0.04
    assert abs(share["essex", "2019"] - share["essex", "2017"]) < 0.025


def test_repeated_rows_by_force(rows):
    shares = {force: part.duplicated(HEADER.split(",")).mean() for force, part in rows.groupby("force")}
    assert 0.08 < shares["essex"] < 0.14
    assert 0.02 < shares["metropolitan"] < 0.05


def test_default_report_window_is_in_good_order(rows, told):
    months = [month for month in told["truth"]["forces"]["metropolitan"]["months"] if "2018-04" <= month <= "2019-03"]
    here = rows[rows["force"].eq("metropolitan") & rows["month"].isin(months)]
    assert len(here) > 14_000
    assert here.groupby("month").size().min() > 900
    assert here["Age range"].eq("").mean() < 0.1
    assert here["Latitude"].eq("").mean() < 0.11
    assert here[OUTCOME].ne("").all()
    assert here[LAW].ne("").all()
    assert here.groupby("month")[SELF].nunique().min() > 15
    quirks = [q for q in told["quirks"] if q["force"] == "metropolitan" and set(q["months"]) & set(months)]
    assert {q["quirk"] for q in quirks} == {"summer_edge", "section_60", "habit"}
    bursts = here[here[LAW] == SECTION_60].groupby("month").size()
    assert bursts["2018-08"] > 5 * bursts.drop(["2018-08", "2018-04", "2018-05"]).median()


def test_quirk_months_are_those_asked_for(tmp_path):
    told = write_sample(tmp_path / "raw", **SMALL)
    months = {month for quirk in told["quirks"] for month in quirk["months"]}
    assert months == {"2018-03", "2018-04", "2018-05", "2018-06"}
    assert {quirk["force"] for quirk in told["quirks"]} == {"essex", "city-of-london"}


def test_scale_multiplies_the_rates(tmp_path):
    small = {"start": "2018-05", "end": "2018-08", "forces": ["metropolitan"]}
    one, tenth = (write_sample(tmp_path / str(scale), **small, scale=scale) for scale in (1, 0.1))
    count = [sum(entry["rows"] for entry in told["files"]) for told in (one, tenth)]
    assert count[1] == pytest.approx(count[0] / 10, rel=0.2)
    rates = [told["truth"]["forces"]["metropolitan"]["groups_5"]["Black"]["search_rate"] for told in (one, tenth)]
    assert rates[1] == pytest.approx(rates[0] / 10, rel=1e-4)
    again = write_sample(tmp_path / "tiny", **small, scale=0.001)
    assert sum(entry["rows"] for entry in again["files"]) < 40


# Care for what is there


def _snapshot(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


ONE_FILE = {"start": "2018-05", "end": "2018-05", "forces": ["essex"], "scale": 0.1}


@pytest.mark.parametrize("marked", [False, True])
def test_refuses_a_folder_with_other_files(tmp_path, marked):
    raw = tmp_path / "raw"
    if marked:
        write_sample(raw, **ONE_FILE)
    (raw / "2018-05").mkdir(parents=True, exist_ok=True)
    (raw / "2018-05" / "2018-05-kent-stop-and-search.csv").write_text("somebody's records\n")
    before = _snapshot(raw)
    with pytest.raises(
        FileExistsError, match=r"holds 1 file\(s\).*2018-05-kent-stop-and-search\.csv.*nothing was changed"
    ):
        write_sample(raw, **ONE_FILE)
    assert _snapshot(raw) == before
    assert list(tmp_path.iterdir()) == [raw]


def test_refuses_a_marker_that_it_cannot_read(tmp_path):
    write_sample(tmp_path / "raw", **ONE_FILE)
    (tmp_path / "raw" / "SYNTHETIC.json").write_text("{}")
    with pytest.raises(FileExistsError, match=r"3 file\(s\)"):
        write_sample(tmp_path / "raw", **ONE_FILE)


def test_refuses_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "raw").write_text("somebody's")
    with pytest.raises(FileExistsError, match="is a file"):
        write_sample(tmp_path / "raw", **ONE_FILE)
    assert (tmp_path / "raw").read_text() == "somebody's"


def test_replaces_an_earlier_sample_whole(tmp_path):
    write_sample(tmp_path / "raw", **{**ONE_FILE, "end": "2018-07"})
    (tmp_path / "raw" / ".DS_Store").write_bytes(b"left by the system")
    told = write_sample(tmp_path / "raw", **ONE_FILE, seed=2)
    assert set(_snapshot(tmp_path / "raw")) == {"SYNTHETIC.json", told["boundaries"]["path"], told["files"][0]["path"]}
    assert list(tmp_path.iterdir()) == [tmp_path / "raw"]


def test_writes_into_an_empty_folder_and_makes_parents(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "a/b/c"):
        write_sample(tmp_path / name, **ONE_FILE)
        assert len(_snapshot(tmp_path / name)) == 3


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_interrupted_leaves_things_as_they_were(tmp_path, earlier, error):
    raw = tmp_path / "raw"
    if earlier:
        write_sample(raw, **ONE_FILE)
    before = _snapshot(raw) if earlier else None

    def stop(done, total, name):
        if done == 2:
            raise error("stop")

    with pytest.raises(error):
        write_sample(raw, **{**ONE_FILE, "end": "2018-08"}, progress=stop)
    assert raw.exists() == earlier
    assert list(tmp_path.iterdir()) == ([raw] if earlier else [])
    if earlier:
        assert _snapshot(raw) == before


def test_a_failed_exchange_puts_the_earlier_sample_back(tmp_path, monkeypatch):
    raw = tmp_path / "raw"
    write_sample(raw, **ONE_FILE)
    before, replace = _snapshot(raw), extract.os.replace

    def fail(source, target):
        if Path(source).name == "new":
            raise OSError("disk")
        replace(source, target)

    monkeypatch.setattr(extract.os, "replace", fail)
    with pytest.raises(OSError, match="disk"):
        write_sample(raw, **ONE_FILE, seed=2)
    assert _snapshot(raw) == before
    assert list(tmp_path.iterdir()) == [raw]


def test_progress_counts_every_force_month(tmp_path):
    calls = []
    wanted = {"start": "2018-08", "end": "2018-10", "forces": ["west-yorkshire", "derbyshire"], "scale": 0.1}
    write_sample(tmp_path / "raw", **wanted, progress=lambda *call: calls.append(call))
    assert [done for done, _, _ in calls] == [1, 2, 3, 4, 5, 6]
    assert {total for _, total, _ in calls} == {6}
    assert calls[0][2] == "2018-08/2018-08-derbyshire-stop-and-search.csv"
    assert all(one[2] < two[2] for one, two in pairwise(calls))


def test_every_unusable_argument_is_named_at_once(tmp_path):
    with pytest.raises(ValueError, match="seed") as caught:
        write_sample(tmp_path / "raw", seed=-1, start="2018-13", forces=["kent", "essex"], scale=0)
    text = str(caught.value)
    assert all(word in text for word in ("-1", "'2018-13'", "'kent'", "it has: metropolitan", "scale"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"start": "2019-01", "end": "2018-12"}, "in order"),
        ({"start": "2018-1"}, "YYYY-MM"),
        ({"end": None}, "YYYY-MM"),
        ({"forces": []}, "no force"),
        ({"scale": float("nan")}, "scale"),
        ({"seed": 1.5}, "seed"),
    ],
)
def test_unusable_argument(tmp_path, wrong, word):
    with pytest.raises(ValueError, match=word):
        write_sample(tmp_path / "raw", **wrong)
