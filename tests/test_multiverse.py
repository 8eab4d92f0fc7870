"""Every combination of choices, against a recount of the records with nothing but pandas."""

import re
from collections import Counter
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sas_analysis.measures.coverage import count_flagged, coverage_grid
from sas_analysis.measures.ethnicity.accounts import unused_together, withheld_groups
from sas_analysis.measures.exposure import Exposure
from sas_analysis.measures.multiverse import WITHIN, extremes, multiverse, multiverse_of
from sas_analysis.measures.multiverse_cube import CHOICES, SCHEMES
from sas_analysis.measures.rates.ratios import disproportionality_ratio
from sas_analysis.measures.residents.bases import bases_for, reclassified
from sas_analysis.present.charts.multiverse import specification_curve
from sas_analysis.records.select import is_repeat, leave_months, narrow, person_searches, with_ethnicity
from sas_analysis.reference.area_kinds import AUTHORITY
from sas_analysis.reference.authorities import authority_residents
from sas_analysis.reference.census import census_years
from sas_analysis.reference.denominators import denominator
from sas_analysis.reference.population import GROUPS_5, residents
from sas_analysis.study.choices import Choices
from sas_analysis.study.opening import open_study

OTHERS = [group for group in GROUPS_5 if group != "White"]
COUNTED = ("ethnicity", "vehicle_only", "section_60", "flagged_months", "repeats")
TWO = ["metropolitan", "essex"]


def multiverse_of_study(study, grid, base, *, user=None, **choices):
    """Of a study whose coverage and residents are these."""
    of = SimpleNamespace(
        records=study.records, area=study.area, usable_area=study.area, coverage=grid, choices=Choices(**choices)
    )
    given = {"against": {"reference": "White", "level": 0.95}, "schemes": list(SCHEMES)}
    return multiverse_of(SimpleNamespace(study=of, base=base, user=user, **given))


@pytest.fixture(scope="module")
def opened(sample, tmp_path_factory):
    """Study and grid of some forces; with `flag` force-months that the audit is taken to flag."""
    processed = tmp_path_factory.mktemp("processed")

    def make(forces, *, start="2018-04", end="2018-09", flag=()):
        study = open_study(forces, start, end, raw=sample, processed=processed)
        verdicts = pd.DataFrame(
            [(force, month, "flagged", "rule") for force, month in flag], columns=["force", "month", "verdict", "rules"]
        )
        return study, coverage_grid(study.sources, forces=forces, start=start, end=end, verdicts=verdicts), verdicts

    return make


def bases(grid):
    """(Chinese, residents) by name, as the module describes them, made from the census alone."""
    found = [*bases_for(grid)[1], *reclassified(grid)]
    return {other.name: (other.chinese, other.residents) for other in found if not other.part}


def count(records, choice, chinese, months):
    """Searches by force and label that one combination counts: filter rows, count them."""
    used = months if choice.get("flagged_months") == "counted" else months[~months["flagged"]]
    kept = records[
        pd.MultiIndex.from_frame(records[["force", "month"]]).isin(
            list(zip(used["force"], used["month"], strict=False))
        )
    ]
    if choice.get("vehicle_only", "left out") == "left out":
        kept = kept[kept["type"] != "Vehicle search"]
    if choice.get("section_60", "counted") == "left out":
        kept = kept[kept["power"] != "Section 60"]
    if choice.get("repeats", "counted") == "left out":
        kept = kept[~kept["again"]]
    stated, seen = kept["ethnicity_5" if chinese == "Asian" else "ethnicity_5_2001"], kept["officer_ethnicity_5"]
    both = [s if s != "Unknown" else o for s, o in zip(stated, seen, strict=True)]
    label = {"self-defined": stated, "officer-defined": seen, "combined": both}[choice["ethnicity"]]
    days = {
        force: sum(pd.Period(name, "M").days_in_month for name in own) for force, own in used.groupby("force")["month"]
    }
    return Counter(zip(kept["force"], label, strict=True)), Counter(days)


def divide(counts, sizes, choice, base, forces):
    """The four other groups' ratios under one combination, from its counts."""
    people = {(row.force, row.ethnicity_5): row.residents for row in base.itertuples()}
    found = {}
    for group in OTHERS:
        to = {"all in the group": group, "all in the reference group": "White"}.get(choice.get("unknown"))
        sums = []
        for force in forces:
            for name in (group, "White"):
                n = counts[force, name] + (counts[force, "Unknown"] if name == to else 0)
                sums += [n, people[force, name] * sizes[force] / 365.25]
        n, e, n_ref, e_ref = np.array(sums, dtype=float).reshape(-1, 4).T
        if choice.get("forces") == "within force":
            some = e + e_ref > 0
            up = (n[some] * e_ref[some] / (e + e_ref)[some]).sum()
            found[group] = up / (n_ref[some] * e[some] / (e + e_ref)[some]).sum()
        else:
            found[group] = (n.sum() / e.sum()) / (n_ref.sum() / e_ref.sum())
    return found


def plain(study):
    records = study.records.assign(again=is_repeat(study.records))
    names = ["force", "month", "type", "power", "ethnicity_5", "ethnicity_5_2001", "officer_ethnicity_5"]
    return records.astype(dict.fromkeys(names, "object"))[[*names, "again"]]


def check_all(table, study, grid):
    """Every row against the recount; returns how many ratios were compared."""
    people, records = bases(grid), plain(study)
    months = grid[grid["status"].isin(["published", "flagged"])].astype({"force": "object", "month": "object"})
    months = months.assign(flagged=months["status"].eq("flagged"))
    forces = [force for force in grid["force"].unique() if force in set(people["Census 2011"][1]["force"])]
    found = {
        "officer-defined": withheld_groups(study.records),
        "self-defined": withheld_groups(study.records, whose="self"),
    }
    unused, compared = {account: unused_together(table) for account, table in found.items()}, 0
    counts, names = {}, [name for name in CHOICES if name in table]
    for chosen, rows in table.groupby(names, sort=False):
        choice = dict(zip(names, chosen, strict=True))
        chinese, base = people[choice["census"]]
        key = (chinese, *(choice.get(name) for name in COUNTED))
        if key not in counts:
            counts[key] = count(records, choice, chinese, months)
        expected = divide(*counts[key], choice, base, forces)
        for row in rows.itertuples():
            if row.ethnicity_5 in unused.get(choice["ethnicity"], ()):
                assert np.isnan(row.estimate)
                assert re.search("officers do not use|self-defined .* is not used", row.note)
                continue
            assert row.estimate == pytest.approx(expected[row.ethnicity_5], rel=1e-12), choice
            compared += 1
    return compared


# The base of the period first, then the latest; each, and the interpolated, has 3 accounts, that of Chinese in Other 2.
CENSUSES = [f"Census {year}" for year in reversed(census_years())]
ACCOUNTS = (len(CENSUSES) + 1) * 3 + 2


@pytest.mark.parametrize(
    ("forces", "flag", "combinations"),
    [
        # these, x 3 places of the unknown, x 2 a choice that matters
        (["metropolitan"], [], ACCOUNTS * 3 * 2**3),
        (["metropolitan"], [("metropolitan", "2018-06")], ACCOUNTS * 3 * 2**4),
        (TWO, [("essex", "2018-05"), ("metropolitan", "2018-06")], ACCOUNTS * 3 * 2**5),
    ],
)
def test_every_combination_is_the_recount_of_the_records(opened, forces, flag, combinations):
    study, grid, _ = opened(forces, flag=flag)
    table = multiverse_of_study(study, grid, denominator(grid))
    assert len(table) == 4 * combinations
    assert not table.duplicated([*[name for name in CHOICES if name in table], "ethnicity_5"]).any()
    assert check_all(table, study, grid) > 0.8 * len(table)
    assert table.groupby("census", sort=False)["ethnicity"].agg(set).map(len).to_dict() == (
        dict.fromkeys(["Interpolated", *CENSUSES], 3) | {"Census 2011, Chinese in Other": 2}
    )


REPORTS = [
    {},
    {"ethnicity": "officer"},
    {"ethnicity": "combined", "chinese": "Other"},
    {"ethnicity": "officer", "chinese": "Other"},
    {"chinese": "Other", "census_year": 2021},
    {"census_year": 2021, "repeats": "drop"},
    {"flagged_months": "include"},
    {"power": "reasonable grounds"},
    {"power": "section 60"},
]


@pytest.mark.parametrize("asked", REPORTS, ids=lambda asked: ", ".join(map(str, asked.values())) or "usual")
def test_the_first_row_is_the_headline_of_the_report_with_its_limits(opened, asked):
    study, grid, verdicts = opened(TWO, end="2019-03", flag=[("metropolitan", "2018-06")])
    power, repeats = asked.get("power", "all"), asked.get("repeats", "keep")
    scheme, chinese = asked.get("ethnicity", "self"), asked.get("chinese", "Asian")
    flagged = asked.get("flagged_months", "exclude")
    counted = count_flagged(grid, flagged)
    base = denominator(counted, census_year=asked.get("census_year"), chinese=chinese)
    chosen = leave_months(
        narrow(person_searches(study.records), power=power, repeats=repeats), verdicts, flagged_months=flagged
    )
    searches = with_ethnicity(chosen.records, scheme=scheme, chinese=chinese)
    headline = disproportionality_ratio(Exposure.of(searches, counted, base.residents))
    headline = headline.set_index("ethnicity_5").loc[OTHERS]
    table = multiverse_of_study(
        study, grid, base, ethnicity=scheme, power=power, repeats=repeats, flagged_months=flagged
    )
    first = table.head(4).set_index("ethnicity_5")
    stands = first["estimate"].notna()
    unused = withheld_groups(chosen.records, whose="officer" if scheme == "officer" else "self")
    assert set(stands.index[~stands]) == (unused_together(unused) if scheme != "combined" else set())
    for column in ("numerator", "denominator", "estimate", "lower", "upper"):
        np.testing.assert_allclose(
            first.loc[stands, column].to_numpy(dtype=float),
            headline.loc[stands, column].to_numpy(dtype=float),
            rtol=1e-12,
        )
    assert first.loc[stands, "interval"].tolist() == headline.loc[stands, "interval"].tolist()
    assert table["section_60"].nunique() == 2 if "section_60" in table else power != "all"


def test_choices_that_change_nothing_are_not_varied(opened):
    study, grid, _ = opened(["metropolitan"])
    one = study.records[
        study.records["type"].ne("Vehicle search")
        & study.records["power"].ne("Section 60")
        & ~is_repeat(study.records)
        & study.records["ethnicity_5"].ne("Unknown")
        & study.records["officer_ethnicity_5"].ne("Unknown")
    ]
    table = multiverse_of_study(replace(study, records=one), grid, denominator(grid))
    assert [name for name in CHOICES if name in table] == ["census", "ethnicity"]
    assert len(table) == ACCOUNTS * 4
    assert check_all(table, replace(study, records=one), grid) > 0


def test_every_combination_has_limits_and_those_within_forces_say_what_they_are(opened):
    study, grid, _ = opened(TWO, end="2019-03")
    table = multiverse_of_study(study, grid, denominator(grid))
    within = table[table["forces"].eq("within force") & table["estimate"].notna()]
    assert within["note"].str.startswith(WITHIN).all()
    known = table[table["estimate"].notna()]
    assert known["interval"].eq("95% process").all()
    assert (known["lower"] < known["period_lower"]).all()


def test_a_force_whose_months_are_all_flagged_adds_nothing_to_either_ratio(opened):
    flag = [("essex", f"2018-{month:02d}") for month in range(4, 10)]
    study, grid, _ = opened(TWO, flag=flag)
    table = multiverse_of_study(study, grid, denominator(grid))
    assert check_all(table, study, grid) > 0
    left_out = table[table["flagged_months"].eq("left out")].set_index(["forces", "ethnicity_5"])
    together, within = (left_out.loc[f]["estimate"].to_numpy() for f in ("added together", "within force"))
    np.testing.assert_allclose(together, within, rtol=1e-12)


def test_all_months_flagged_leaves_the_combinations_that_count_them(opened):
    study, grid, _ = opened(["metropolitan"], flag=[("metropolitan", f"2018-{month:02d}") for month in range(4, 10)])
    table = multiverse_of_study(study, grid, denominator(grid))
    none = table["flagged_months"].eq("left out")
    assert table.loc[none, "estimate"].isna().all()
    assert table.loc[~none, "estimate"].notna().any()
    assert table.loc[none, "note"].str.contains("no month that counts|officers do not use").all()
    assert np.isnan(extremes(table)["headline"]).all()
    assert extremes(table)["lowest"].notna().all()
    specification_curve(table, group="Black", title="Black to White")
    plt.close("all")


def test_forces_without_residents_are_left_out_of_every_combination(opened):
    both = multiverse_of_study(*(o := opened(["metropolitan", "city-of-london"]))[:2], denominator(o[1]))
    alone = multiverse_of_study(*(o := opened(["metropolitan"]))[:2], denominator(o[1]))
    pd.testing.assert_frame_equal(both, alone)


def test_where_residents_are_refused_table_and_figure_are_empty(opened):
    study, grid, _ = opened(["city-of-london"])
    table = multiverse_of_study(study, grid, denominator(grid))
    assert table.empty
    assert extremes(table).empty
    assert list(extremes(table)) == list(extremes(pd.DataFrame({"ethnicity_5": ["Black"], "estimate": [2.0]})))
    figure = specification_curve(table, group="Black", title="Black to White")
    assert [text.get_text() for text in figure.axes[0].texts] == ["no search to show"]
    plt.close("all")


def test_a_base_that_lacks_a_force_or_a_group_is_missing_and_takes_nothing_from_the_others(opened):
    study, grid, _ = opened(TWO)
    own = residents(TWO, 2011, by=["force", "ethnicity_5"])
    lacks_force = multiverse_of_study(study, grid, denominator(grid), user=own[own["force"].eq("essex")])
    usual = multiverse_of_study(study, grid, denominator(grid))
    users = lacks_force["census"].eq("User's")
    assert lacks_force.loc[users, "estimate"].isna().all()
    assert lacks_force.loc[users, "note"].str.contains("no residents of|officers do not use|is not used").all()
    pd.testing.assert_frame_equal(lacks_force[~users].reset_index(drop=True), usual)
    lacks_group = multiverse_of_study(study, grid, denominator(grid), user=own[own["ethnicity_5"].ne("Other")])
    rows = lacks_group[lacks_group["census"].eq("User's")]
    assert set(rows.loc[rows["estimate"].notna(), "ethnicity_5"]) == {"Mixed", "Asian", "Black"}


def test_a_borough_is_set_against_its_own_residents_with_the_searches_in_it(opened):
    study, grid, _ = opened(TWO)
    turn = pd.Series(np.arange(len(study.records)) % 3, index=study.records.index)
    area = SimpleNamespace(
        code="E09000028",
        name="Southwark",
        problem=None,
        force="metropolitan",
        kind=AUTHORITY,
        unlocated=lambda records: turn.loc[records.index].eq(0),
        inside=lambda records: turn.loc[records.index].eq(1),
    )
    of_area = replace(study, area=area)
    table = multiverse_of_study(of_area, grid, denominator(grid, area=area))
    assert table["census"].unique().tolist() == ["Interpolated", *CENSUSES, "Census 2011, Chinese in Other"]
    assert "forces" not in table
    own = study.records["force"].eq("metropolitan") & study.records["type"].ne("Vehicle search")
    here = study.records[turn.eq(1) & own]
    n = here["ethnicity_5"].value_counts()
    people = authority_residents(2011, force="metropolitan").query("authority == 'Southwark'")
    people = people.set_index("ethnicity_5")["residents"]
    for row in table[table["census"].eq("Census 2011")].head(4).itertuples():
        assert row.numerator == n[row.ethnicity_5]
        by_hand = n[row.ethnicity_5] / people[row.ethnicity_5] / (n["White"] / people["White"])
        assert row.estimate == pytest.approx(by_hand, rel=1e-12)


# A small table by hand: properties that hold whatever the records


RAW_OF = {
    "type_raw": "type",
    "legislation_raw": "power",
    "self_defined_ethnicity_raw": "ethnicity_5",
    "officer_defined_ethnicity_raw": "officer_ethnicity_5",
}


def made(seed=1, size=800):
    rng = np.random.default_rng(seed)
    labels = [*GROUPS_5, "Unknown"]
    table = pd.DataFrame(
        {
            "force": rng.choice(TWO, size),
            "month": rng.choice([f"2018-{m:02d}" for m in range(4, 10)], size),
            "type": rng.choice(["Person search", "Vehicle search"], size, p=[0.9, 0.1]),
            "power": rng.choice(["Reasonable grounds", "Section 60", "Not recorded"], size, p=[0.8, 0.1, 0.1]),
            "ethnicity_5": rng.choice(labels, size),
            "officer_ethnicity_5": rng.choice(labels, size),
        }
    )
    raw = ["date_raw", "policing_operation", "type_raw", "part_of_policing_operation_raw", "gender_raw"]
    raw += ["age_range_raw", "self_defined_ethnicity_raw", "officer_defined_ethnicity_raw", "legislation_raw"]
    raw += ["object_of_search_raw", "outcome_raw", "outcome_linked_to_object_raw", "more_than_outer_clothing_raw"]
    table = table.assign(ethnicity_5_2001=table["ethnicity_5"], source_file=table["force"] + table["month"])
    table = table.assign(**dict.fromkeys(["searched_at", "latitude", "longitude"], 0.0), **dict.fromkeys(raw, ""))
    for name, column in RAW_OF.items():  # equal rows are equal in what is made of them
        table[name] = table[column]
    return table.assign(date_raw=rng.integers(0, 5, size).astype(str))


def months():
    table = pd.DataFrame(product(TWO, [f"2018-{m:02d}" for m in range(4, 10)]), columns=["force", "month"])
    return table.assign(flagged=table["month"].eq("2018-07"))


def people(factor=1.0):
    found = {year: residents(TWO, year, by=["force", "ethnicity_5"]) for year in (2011, 2021)}
    return {f"Census {y}": ("Asian", t.assign(residents=t["residents"] * factor)) for y, t in found.items()}


@settings(max_examples=3, phases=[Phase.explicit, Phase.generate])
@given(st.floats(0.01, 100), st.integers(0, 1000))
def test_ratios_are_free_of_the_scale_of_residents_and_of_the_order_of_rows(factor, seed):
    once = multiverse(made(), people(), months=months())
    again = multiverse(
        made().sample(frac=1, random_state=seed), people(factor), months=months().sample(frac=1, random_state=seed)
    )
    assert len(once) == 2 * 3 * 3 * 2**5 * 4
    choices = [*CHOICES, "ethnicity_5"]
    assert once[choices].equals(again[choices])
    np.testing.assert_allclose(once["estimate"], again["estimate"], rtol=1e-9)


def test_twice_the_records_in_files_of_their_own_leave_every_ratio():
    twice = pd.concat([made(), made().assign(source_file="another")], ignore_index=True)
    once, again = (multiverse(table, people(), months=months()) for table in (made(), twice))
    kept = once["repeats"].eq("counted")
    np.testing.assert_allclose(once.loc[kept, "estimate"], again.loc[kept, "estimate"], rtol=1e-12)


def test_the_unknown_given_away_bound_the_ratio_without_them():
    table = multiverse(made(), people(), months=months())
    wide = table.pivot(
        index=[name for name in [*CHOICES, "ethnicity_5"] if name != "unknown"], columns="unknown", values="estimate"
    ).dropna()
    assert (wide["all in the reference group"] <= wide["left out"]).all()
    assert (wide["left out"] <= wide["all in the group"]).all()


def test_records_of_other_months_and_forces_do_not_count():
    more = pd.concat([made(), made().assign(month="2020-01"), made().assign(force="kent")], ignore_index=True)
    pd.testing.assert_frame_equal(
        multiverse(made(), people(), months=months()), multiverse(more, people(), months=months())
    )


def test_where_the_forces_have_no_month_no_combination_has_a_ratio():
    """As in a borough whose force published nothing, in a report with others."""
    table = multiverse(made(), people(), months=months().assign(force="kent"))
    assert len(table)
    assert table["estimate"].isna().all()
    assert table["note"].str.contains("no month that counts").all()


def test_extremes_by_hand():
    table = pd.DataFrame({"ethnicity_5": ["Black", "Asian"] * 3, "estimate": [2.0, np.nan, 0.5, np.nan, 3.5, np.nan]})
    black, asian = extremes(table).itertuples(index=False)
    assert tuple(black) == ("Black", 3, 2.0, 0.5, 2.0, 3.5, pytest.approx(2 / 3))
    assert asian[:2] == ("Asian", 3)
    assert all(np.isnan(value) for value in asian[2:])


def test_the_curve_draws_every_ratio_and_marks_every_option():
    table = multiverse(made(), people(), months=months())
    black = table[table["ethnicity_5"].eq("Black") & table["estimate"].gt(0)]
    top, below = specification_curve(table, group="Black", title="Black to White").axes
    drawn = next(line for line in top.lines if len(line.get_ydata()) == len(black))
    assert np.asarray(drawn.get_ydata()) == pytest.approx(np.sort(black["estimate"]))
    head = next(line for line in top.lines if line.get_label() == "headline")
    assert list(head.get_ydata()) == [black["estimate"].iloc[0]]
    options = [text.get_text() for text in below.get_yticklabels()]
    assert len(options) == sum(table[name].nunique() for name in CHOICES)
    marked = [(line, *option.split(": ")) for line, option in zip(below.lines, options, strict=True)]
    names = {"Ethnicity": "ethnicity", "Section 60": "section_60", "Forces": "forces", "Residents": "census"}
    for line, choice, option in marked:
        if choice in names:
            assert len(line.get_xdata()) == black[names[choice]].eq(option).sum() > 0
    plt.close("all")


def test_an_account_that_may_not_be_used_is_in_no_combination():
    own = multiverse(made(), people(), months=months(), accounts=["self-defined"])
    every = multiverse(made(), people(), months=months())
    same = every[every["ethnicity"].eq("self-defined")].drop(columns="ethnicity")
    pd.testing.assert_frame_equal(own, same.reset_index(drop=True))
