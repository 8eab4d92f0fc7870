"""The surge test: by hand, against counts of the publisher's files, simulated surges, and refusals."""

import csv
import io
import re
import zipfile
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from docstrings import check_examples

import sas_analysis as sas
from sas_analysis.errors import ParameterError
from sas_analysis.measures.timing import placebo, surge
from sas_analysis.measures.timing.placebo import surge_placebo
from sas_analysis.measures.timing.surge import surge_test
from sas_analysis.present import timing_sentences
from sas_analysis.rounding import WITHHELD
from sas_analysis.study import surge as of_study
from sas_analysis.study.surge import pairs_of_months, placebos_of, surge_test_of, two_seasons


def counts(units=12, **groups):
    """A table of units alike: group=(searches, hits of the base, searches, hits of the surge)."""
    rows = [
        (str(unit), period, group, *own)
        for unit in range(units)
        for group, numbers in groups.items()
        for period, own in (("base", numbers[:2]), ("surge", numbers[2:]))
    ]
    return pd.DataFrame(rows, columns=["force", "period", "group", "searches", "hits"])


PLAIN = counts(White=(200, 60, 300, 80), Black=(100, 30, 150, 37))


def of(table, group, measure="marginal_hit_rate"):
    return table[table["group"].eq(group) & table["measure"].eq(measure)].iloc[0]


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_the_marginal_hit_rate_is_further_hits_by_further_searches():
    found = surge_test(PLAIN)
    assert of(found, "White")["estimate"] == (80 - 60) / (300 - 200)
    assert of(found, "Black")["estimate"] == (37 - 30) / (150 - 100)
    apart = of(found, "Black", "marginal_hit_rate_difference")
    assert apart["estimate"] == pytest.approx(0.14 - 0.20)
    assert apart["numerator"] == pytest.approx(12 * (7 - 0.20 * 50))
    assert sas.surge_test is surge_test


def test_units_alike_leave_nothing_to_draw():
    """Twelve forces with the same counts: every draw is the same, and limits are the estimate."""
    found = surge_test(PLAIN)
    assert found["lower"].tolist() == pytest.approx(found["estimate"].tolist())
    assert set(found["interval"]) == {"95% bootstrap over forces"}


def test_limits_are_those_of_a_ratio_of_sums():
    """Against the delta method for sums over many independent forces."""
    rng = np.random.default_rng(1)
    table = counts(300, White=(200, 60, 300, 80))
    table["searches"] = rng.poisson(table["searches"])
    table["hits"] = rng.binomial(table["searches"], 0.3)
    found = of(surge_test(table, draws=8000), "White")
    wide = table.pivot(index="force", columns="period", values=["searches", "hits"])
    added, hits = (wide[name]["surge"] - wide[name]["base"] for name in ("searches", "hits"))
    error = np.sqrt(((hits - found["estimate"] * added) ** 2).sum()) / added.sum()
    assert found["upper"] - found["lower"] == pytest.approx(2 * 1.96 * error, rel=0.05)


def test_days_are_drawn_within_their_season():
    """Days of the base are never drawn for the surge: with days alike, every draw has both seasons whole."""
    table = pd.concat(
        [
            PLAIN[PLAIN["period"].eq(period)].assign(force=lambda rows, period=period: period + rows["force"])
            for period in ("base", "surge")
        ]
    ).rename(columns={"force": "day"})
    found = surge_test(table, unit="day")
    assert of(found, "White")[["estimate", "lower", "upper"]].tolist() == pytest.approx([0.2] * 3)
    assert set(found["interval"]) == {"95% bootstrap over days"}


def test_a_group_without_a_row_in_a_force_has_no_search_there():
    table = pd.concat([PLAIN, counts(1, Asian=(200, 50, 400, 90))], ignore_index=True)
    assert of(surge_test(table, draws=50), "Asian")["denominator"] == 200


def test_objects_are_compared_within_themselves():
    table = pd.concat([PLAIN.assign(what="a"), PLAIN[PLAIN["group"].eq("Black")].assign(what="b")])
    found = surge_test(table, within="what").query("measure == 'marginal_hit_rate_difference'").set_index("what")
    assert found.loc["a", "estimate"] == pytest.approx(-0.06)
    assert found.loc["b", "note"] == "not estimable: no row of the reference group White"


def test_a_surge_of_known_rate_is_covered():
    """Forces of many sizes; further searches find 20% of White and 15% of Black: limits of 95% hold both."""
    rng, held = np.random.default_rng(20270402), Counter()
    for _ in range(200):
        table = surge_of_rates(rng, White=0.20, Black=0.15)
        found = surge_test(table, draws=400)
        for group, truth in (("White", 0.20), ("Black", 0.15)):
            row = of(found, group)
            held[group] += row["lower"] <= truth <= row["upper"]
        row = of(found, "Black", "marginal_hit_rate_difference")
        held["apart"] += row["lower"] <= -0.05 <= row["upper"]
    # Percentiles of 30 forces fall a little short of 95%.
    assert all(0.87 * 200 <= number <= 200 for number in held.values()), held


def surge_of_rates(rng, **rates):
    rows = []
    for force in range(30):
        for group, rate in rates.items():
            mean = rng.lognormal(5 if group == "White" else 4, 0.5)
            old = [rng.poisson(mean) for _ in range(2)]
            hits = [rng.binomial(number, 0.3) for number in old]
            more = rng.poisson(mean)
            rows.append((str(force), "base", group, old[0], hits[0]))
            rows.append((str(force), "surge", group, old[1] + more, hits[1] + rng.binomial(more, rate)))
    return pd.DataFrame(rows, columns=["force", "period", "group", "searches", "hits"])


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("black", "why"),
    [
        ((100, 30, 124, 36), "no surge, searches changed by +24%"),
        ((100, 30, 90, 20), "no surge, searches changed by -10%"),
        ((8, 3, 12, 4), "fewer than 100 searches of a season with a known outcome"),
        ((9, 3, 17, 5), "fewer than 100 further searches"),
        ((100, 30, 150, 25), "outside 0 to 1"),
        ((100, 30, 150, 90), "outside 0 to 1"),
        ((100, 0, 150, 20), "no hit in a season"),
    ],
)
def test_what_is_no_surge_or_too_little_is_refused(black, why):
    found = surge_test(counts(White=(200, 60, 300, 80), Black=black), draws=200)
    for measure in ("marginal_hit_rate", "marginal_hit_rate_difference"):
        row = of(found, "Black", measure)
        assert np.isnan(row["estimate"])
        assert why in row["note"]
    assert of(found, "White")["estimate"] == 0.2


def test_a_rise_of_a_few_forces_may_be_chance():
    one = counts(11, White=(200, 60, 200, 60), Black=(100, 30, 100, 30))
    risen = counts(1, White=(200, 60, 6000, 900), Black=(100, 30, 3000, 400)).assign(force="risen")
    found = surge_test(pd.concat([one, risen]))
    assert of(found, "White")["note"] == "not estimable: no surge, for the rise may be chance"


def test_nine_forces_are_too_few_and_ten_are_not():
    for units, refused in ((9, True), (10, False)):
        found = surge_test(counts(units, White=(200, 60, 300, 80), Black=(100, 30, 150, 37)))
        assert found["estimate"].isna().all() == refused
    assert "fewer than 10 units (force) to draw from" in surge_test(counts(9, White=(200, 60, 300, 80)))["note"][0]


@pytest.mark.parametrize(
    ("base", "later", "why"),
    [
        (0.65, 0.66, "the outcome of more than 30% of searches of a season is unknown"),
        (0.99, 0.90, "the share of unknown outcomes moves by more than 5 points"),
    ],
)
def test_unknown_outcomes_refuse(base, later, why):
    table = PLAIN.assign(known=(PLAIN["searches"] * np.where(PLAIN["period"].eq("base"), base, later)).astype(int))
    assert surge_test(table)["note"].str.contains(why).all()


def test_the_unknown_group_is_no_group():
    table = pd.concat([PLAIN, counts(Unknown=(200, 60, 300, 80))])
    assert of(surge_test(table), "Unknown")["note"] == "not estimable: the group is not known"


def test_all_faults_of_a_table_are_named_at_once():
    broken = PLAIN.assign(period=PLAIN["period"].replace("surge", "later"))
    broken.loc[0, "hits"] = 999
    broken.loc[1, "searches"] = -1
    with pytest.raises(
        ParameterError, match=r"(?s)not 'later'.*no row is of the period 'surge'.*negative.*hits exceed"
    ):
        surge_test(broken)
    with pytest.raises(ParameterError, match="no column force"):
        surge_test(PLAIN.drop(columns="force"))
    with pytest.raises(ParameterError, match="repeat a row"):
        surge_test(pd.concat([PLAIN, PLAIN.head(1)]))
    with pytest.raises(ParameterError, match="no row is of the reference group Green"):
        surge_test(PLAIN, reference="Green")


# --- placebo ----------------------------------------------------------------------------------------------------------


def test_the_placebo_is_the_change_of_hit_rates_and_what_it_would_do():
    quiet = counts(White=(200, 60, 200, 62), Black=(100, 30, 110, 30))
    found = surge_placebo(quiet, PLAIN)
    assert of(found, "White", "hit_rate_change")["estimate"] == pytest.approx(0.01)
    black = 30 / 110 - 0.30
    assert of(found, "Black", "hit_rate_change_difference")["estimate"] == pytest.approx(black - 0.01)
    # White: 200 searches before, 100 further ones; so a change of 1 point shifts the marginal rate by 2.
    assert of(found, "White", "marginal_shift")["estimate"] == pytest.approx(0.02)
    assert of(found, "Black", "marginal_shift_difference")["estimate"] == pytest.approx(2 * black - 0.02)


def test_a_shift_is_the_error_of_the_surge_test():
    """A surge whose old searches fell by the placebo's change: the test is off by just the shift."""
    quiet = counts(White=(1000, 300, 1000, 280))
    true = counts(White=(1000, 300, 2000, 280 + 200))
    off = of(surge_test(true), "White")["estimate"] - 0.20
    assert of(surge_placebo(quiet, true), "White", "marginal_shift")["estimate"] == pytest.approx(off)


def test_seasons_that_surge_are_no_placebo():
    found = surge_placebo(PLAIN, PLAIN)
    assert found["note"].str.startswith("not estimable: no placebo, searches changed by +50%").all()
    calm = counts(White=(200, 60, 200, 62), Black=(100, 30, 110, 30))
    assert "no surge here" in of(surge_placebo(calm, calm), "White", "marginal_shift")["note"]


@pytest.mark.parametrize("module", [surge, placebo, of_study])
def test_the_examples_are_right(module, sample):
    study = sas.open_study("metropolitan", "2018-04", "2018-09", raw=sample)
    check_examples(module, sas=sas, study=study)


# --- a study ----------------------------------------------------------------------------------------------------------

SPRING = ("2018-04", "2018-06"), ("2019-04", "2019-06")


@pytest.fixture(scope="module")
def two_years(sample):
    return sas.open_study(["metropolitan", "essex", "west-yorkshire"], "2018-04", "2019-06", raw=sample)


def test_counts_of_a_study_are_its_searches_on_reasonable_grounds(two_years):
    found = two_seasons(two_years, *SPRING)
    searches = two_years.choosing(power="reasonable grounds").using("outcome", "ethnicity_5", "object_group")
    own = searches.counted_searches
    months = own["month"].astype("str")
    seasons_of_it = months.between(*SPRING[0]) | months.between(*SPRING[1])
    whole = found.forces["months"].eq(3) & found.forces["why"].eq("")
    kept = own[seasons_of_it & own["force"].isin(found.forces.loc[whole, "force"])]
    assert whole.all()
    assert found.table["searches"].sum() == len(kept) == found.forces["searches"].sum()
    assert found.table["hits"].sum() == kept["positive_outcome"].eq(True).sum()
    assert found.unit == "day"  # three forces are too few to draw among


def test_a_month_that_a_force_lacks_in_one_season_counts_in_neither(two_years):
    lacking = two_years.records["force"].eq("essex") & two_years.records["month"].eq("2019-05")
    part = sas.Study(
        **{name: getattr(two_years, name) for name in ("forces", "start", "end", "raw", "processed", "choices")},
        records=two_years.records[~lacking],
        sources=two_years.sources[~(two_years.sources["force"].eq("essex") & two_years.sources["month"].eq("2019-05"))],
    )
    part.__dict__["findings"] = two_years.findings
    months = two_seasons(part, *SPRING).forces.set_index("force")["months"]
    assert months.to_dict() == {"metropolitan": 3, "essex": 2, "west-yorkshire": 3}


def test_a_find_needs_a_link_field_that_supports_it(two_years):
    found = two_seasons(two_years, *SPRING, outcome="find")
    assert not found.forces["why"].eq("").all()
    assert set(found.table.get("force", [])) <= set(found.forces.loc[found.forces["why"].eq(""), "force"])


def test_where_no_force_is_left_nothing_is_estimated(sample):
    study = sas.open_study("metropolitan", "2018-04", "2019-06", raw=sample)
    found = two_seasons(study, *SPRING, outcome="find")  # it leaves the link field blank
    assert found.table.empty
    assert "outcome linked to object" in found.forces["why"].iloc[0]
    result = surge_test_of(found)
    assert result.empty
    said = timing_sentences.surge_says(result, group="Black", object_group="Drugs")
    assert "no force and month is left" in said[1]


@pytest.mark.parametrize(
    ("base", "later", "options", "said"),
    [
        (("2018-04", "2018-06"), ("2018-06", "2018-08"), {}, "the seasons overlap"),
        (("2018-04", "2018-06"), ("2018-07", "2018-09"), {}, "not of the same calendar months"),
        (("2018-04", "2018-06"), ("2020-04", "2020-06"), {}, "the study has no 2020-04"),
        (("2018-06", "2018-04"), ("2019-04", "2019-06"), {}, "is no season"),
        (*SPRING, {"outcome": "warning"}, "outcome 'warning' is none of"),
        (*SPRING, {"unit": "hour"}, "unit='hour' is none of"),
    ],
)
def test_wrong_seasons_are_named(two_years, base, later, options, said):
    with pytest.raises(ParameterError, match=said):
        two_seasons(two_years, base, later, **options)


def test_section_60_asks_for_no_suspicion(two_years):
    with pytest.raises(ParameterError, match="section 60 asks for none"):
        two_seasons(two_years.choosing(power="section 60"), *SPRING)


def test_rounded_records_give_no_counts(two_years):
    found = two_seasons(two_years.choosing(round_to=5), *SPRING)
    assert found.table.empty
    assert found.table.attrs[WITHHELD]


def test_pairs_of_months_are_fours():
    with pytest.raises(ParameterError, match="3 months make up no pairs"):
        pairs_of_months(["2018-04", "2018-06", "2019-04"])


# --- known answer -----------------------------------------------------------------------------------------------------

WITHOUT_MET = [
    *("avon-and-somerset", "bedfordshire", "cambridgeshire", "city-of-london", "cleveland", "derbyshire"),
    *("devon-and-cornwall", "dorset", "dyfed-powys", "essex", "gloucestershire", "greater-manchester", "gwent"),
    *("hampshire", "hertfordshire", "leicestershire", "lincolnshire", "north-yorkshire", "northamptonshire"),
    *("northumbria", "nottinghamshire", "south-wales", "south-yorkshire", "staffordshire", "suffolk", "surrey"),
    *("thames-valley", "west-mercia", "west-yorkshire"),
]
WITHOUT_SUSPICION = "(section 60)", "Act 1984 (section 6)", "(section 342E)", "Order Act 2023 (section 11)"
YEARS = {"2019": "base", "2020": "surge"}


def counted_from_the_files(path, used):
    """Drug searches on reasonable grounds of some force-months, from the publisher's text: group, period -> counts."""
    found = defaultdict(Counter)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            match = re.fullmatch(r"(\d{4}-\d\d)/\d{4}-\d\d-(.*)-stop-and-search\.csv", name)
            if not match or (match[2], match[1]) not in used:
                continue
            for row in csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8-sig")):
                suspicion = row["Legislation"] and not row["Legislation"].endswith(WITHOUT_SUSPICION)
                drugs = row["Object of search"] in ("Controlled drugs", "Psychoactive substances")
                if row["Type"] == "Vehicle search" or not suspicion or not drugs:
                    continue
                group = re.split(r"[ /]", row["Self-defined ethnicity"])[0]
                own = found[group, YEARS[match[1][:4]]]
                own["searches"] += 1
                own["known"] += row["Outcome"] != ""
                own["hits"] += row["Outcome"] not in ("", "A no further action disposal")
    return found


def test_spring_2020_against_spring_2019_is_counted_from_the_files(real_data, tmp_path):
    """29 forces without the Metropolitan Police; of 41, not all in these records: Black less White -1.4 (-8.3, 6.7)."""
    study = sas.open_study(WITHOUT_MET, "2019-03", "2021-02", raw=real_data / "archive", processed=tmp_path)
    found = two_seasons(study, ("2019-03", "2019-05"), ("2020-03", "2020-05"))
    own = study.choosing(power="reasonable grounds").using("positive_outcome", "ethnicity_5", "object_group")
    usable = own.verdicts[own.verdicts["verdict"].eq("fine")]
    may = set(usable[["force", "month"]].astype("str").itertuples(index=False, name=None))
    left = set(found.forces.loc[found.forces["why"].eq(""), "force"])
    used = {
        (force, f"{year}-{month}")
        for force in left
        for month in ("03", "04", "05")
        if all((force, f"{each}-{month}") in may for each in YEARS)
        for year in YEARS
    }
    theirs = counted_from_the_files(real_data / "archive" / "2021-11.zip", used)
    drugs = found.table[found.table["object_group"].eq("Drugs")]
    ours = drugs.groupby(["ethnicity_5", "period"], observed=True)[["searches", "known", "hits"]].sum()
    for group in ("White", "Black", "Asian", "Mixed"):
        for period in ("base", "surge"):
            assert ours.loc[(group, period)].to_dict() == dict(theirs[group, period]), (group, period)
    result = surge_test_of(found).query("object_group == 'Drugs'").rename(columns={"ethnicity_5": "group"})
    for group in ("White", "Black", "Asian"):
        added = {name: theirs[group, "surge"][name] - theirs[group, "base"][name] for name in ("known", "hits")}
        assert of(result, group)["estimate"] == added["hits"] / added["known"]
    assert found.unit == "force"
    assert len(left) == 24
    row = of(result, "Black", "marginal_hit_rate_difference")
    assert row[["estimate", "lower", "upper"]].tolist() == pytest.approx([-0.018, -0.111, 0.060], abs=0.01)
    moved = placebos_of(study, found, pairs_of_months(["2019-09", "2019-11", "2020-09", "2020-11"]))
    said = timing_sentences.placebo_says(moved, group="Black", object_group="Drugs")
    assert said.startswith("Between seasons without a surge hit rates move too")
    said = timing_sentences.surge_says(
        result.rename(columns={"group": "ethnicity_5"}), group="Black", object_group="Drugs"
    )
    assert "The limits hold no difference" in said[1]
    assert "Black: 21.0% of 881; White: 22.8% of 8,532" in said[1]
