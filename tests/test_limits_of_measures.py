"""The limits of measures are those of the interval rule on hand-made counts: kinds, weeks, forces, gaps."""

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.exposure import Exposure, exposure_by_force
from sas_analysis.measures.grounds import object_agreement
from sas_analysis.measures.intervals.asked import Asked
from sas_analysis.measures.intervals.differences import rate_difference_limits
from sas_analysis.measures.intervals.kinds import kind_of, share_kinds
from sas_analysis.measures.intervals.pooled import pooled_ratio_limits
from sas_analysis.measures.intervals.pooled_levels import pooled_rate_limits, pooled_share_limits
from sas_analysis.measures.intervals.process import rate_limits, ratio_limits, share_limits
from sas_analysis.measures.intervals.time import month_codes, time_of
from sas_analysis.measures.outcomes.outcome_rates import arrest_rate, positive_outcome_rate
from sas_analysis.measures.pooling.decomposition import decompose
from sas_analysis.measures.pooling.pooled import fixed_effect_ratio, heterogeneity, random_effects_ratio
from sas_analysis.measures.pooling.shrinkage import shrunken_ratios
from sas_analysis.measures.pooling.strata import pairs, strata_table
from sas_analysis.measures.rates.per_resident import search_rate
from sas_analysis.measures.rates.ratios import disproportionality_ratio, excess_searches, rate_difference
from sas_analysis.measures.shares import share_of_searches

MONTHS = ["2019-01", "2019-02", "2019-04"]  # nothing was published in March
DAYS = (3, 10, 17, 27)
PEOPLE = {"White": {"kent": 9000, "essex": 5000}, "Black": {"kent": 600, "essex": 900}}
BOTH = ["lower", "upper"], ["period_lower", "period_upper"]
# Searches by force, month and week of a group: (months with the gap, weeks).
WHITE = {"kent": [[9, 12, 8, 15], [14, 9, 11, 10], [0] * 4, [8, 13, 17, 9]]}
BLACK = {"kent": [[3, 4, 1, 6], [2, 5, 3, 4], [0] * 4, [6, 1, 2, 3]]}
WHITE |= {"essex": (np.array(WHITE["kent"]) // 2 + 1).tolist()}
BLACK |= {"essex": (np.array(BLACK["kent"]) // 2).tolist()}
for counts in (WHITE, BLACK):
    counts["essex"][2] = [0] * 4


def searches(forces=("kent",), **more):
    """Clean searches with these counts; every third of a group's is an arrest."""
    rows = []
    for group, counts in (("White", WHITE), ("Black", BLACK)):
        for force in forces:
            for month, weeks in zip(["2019-01", "2019-02", "2019-03", "2019-04"], counts[force], strict=True):
                for day, count in zip(DAYS, weeks, strict=True):
                    rows += [(force, month, f"{month}-{day:02d} 12:00", group)] * count
    frame = pd.DataFrame(rows, columns=["force", "month", "searched_at", "ethnicity_5"])
    hit = np.arange(len(frame)) % 3 == 0
    outcome = np.where(hit, "Arrest", "A no further action disposal")
    return frame.assign(
        searched_at=pd.to_datetime(frame["searched_at"]),
        date_in_month=True,
        ethnicity_5=pd.Categorical(frame["ethnicity_5"], ["White", "Black", "Unknown"]),
        arrest=pd.array(hit, dtype="boolean"),
        positive_outcome=pd.array(hit, dtype="boolean"),
        outcome=pd.Categorical(outcome),
        **more,
    )


def counted(frame, forces=("kent",)):
    """Counts of some searches by force, month and week."""
    found = np.zeros((len(forces), 4, 4))
    month = frame["month"].str[-2:].astype(int) - 1
    at = (frame["force"].map(list(forces).index), month, (frame["searched_at"].dt.day - 1) // 7)
    np.add.at(found, tuple(np.minimum(x.to_numpy(dtype=int), 3) for x in at), 1)
    return found


def same(row, *limits):
    """The limits of a row are the first of process and of period limits."""
    for columns, found in zip(BOTH, limits, strict=True):
        np.testing.assert_allclose(row[columns].to_numpy(dtype=float), [found.lower[0], found.upper[0]], rtol=1e-10)


def both(function, **arguments):
    return [function(**arguments, target=target) for target in ("process", "period")]


def exposure(forces=("kent",)):
    residents = pd.DataFrame(
        [(force, group, PEOPLE[group][force]) for force in forces for group in PEOPLE],
        columns=["force", "ethnicity_5", "residents"],
    )
    grid = pd.DataFrame([(force, month, "published") for force in forces for month in MONTHS])
    return Exposure.of(searches(forces), grid.set_axis(["force", "month", "status"], axis=1), residents)


# --- kinds ---


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (("share_of_searches", "ethnicity_5", "Black"), "ratio"),
        (("share_of_searches", "ethnicity_5", "Other"), "ratio other"),
        (("share_of_searches", "officer_ethnicity_5", "Unknown"), "unknown"),
        (("share_of_searches", "object_group", "Drugs"), "drugs"),
        (("share_of_searches", "object_of_search", "Firearms"), "object"),
        (("share_of_searches", "object_of_search", "Not recorded"), "share"),
        (("share_of_searches", "outcome", "A no further action disposal"), "nfa"),
        (("share_of_searches", "outcome", "Caution (simple or conditional)"), "outcome"),
        (("share_of_searches", "power", "Reasonable grounds"), "section 60"),
        (("share_of_searches", "gender", "Male"), "sex or age"),
        (("share_of_searches", "location_status", "recorded"), "share"),
        (("positive_outcome_rate",), "nfa"),
        (("find_rate",), "share"),
        (("disproportionality_ratio", "ethnicity_5", "Asian"), "ratio"),
        (("disproportionality_ratio", "ethnicity_5", "Other"), "ratio other"),
    ],
)
def test_each_label_has_its_kind(asked, kind):
    assert kind_of(*asked) == kind


def test_a_share_by_two_columns_has_the_kind_that_varies_most():
    assert share_kinds(["gender", "object_group"], [["Male", "Male"], ["Drugs", "Not recorded"]]).tolist() == [
        "drugs",
        "share",
    ]


# --- time ---


def test_a_month_that_is_not_there_keeps_its_place():
    codes, names = month_codes(pd.Series(["2019-04", "2019-01", "2019-02"]))
    assert names == ["2019-01", "2019-02", "2019-03", "2019-04"]
    assert codes.tolist() == [3, 0, 1]
    assert time_of(searches()).shape == (4, 4)
    assert time_of(searches().drop(columns="searched_at")).shape == (4,)
    assert time_of(searches().drop(columns="month")).shape == ()


# --- shares ---


def test_a_share_has_the_limits_of_its_weeks():
    frame = searches()
    row = share_of_searches(frame, "ethnicity_5").set_index("ethnicity_5").loc["Black"]
    hits, trials = counted(frame[frame["ethnicity_5"].eq("Black")]), counted(frame)
    same(row, *both(share_limits, hits=hits, trials=trials, kind="ratio"))
    assert row["interval"] == "95% process"


def test_without_days_there_are_months_and_without_months_totals():
    frame = searches()
    hits, trials = counted(frame[frame["ethnicity_5"].eq("Black")]), counted(frame)
    for columns, axis in ((["searched_at"], -1), (["searched_at", "month"], (-2, -1))):
        table = share_of_searches(frame.drop(columns=columns), "ethnicity_5").set_index("ethnicity_5")
        same(table.loc["Black"], *both(share_limits, hits=hits.sum(axis), trials=trials.sum(axis), kind="ratio"))


def test_a_share_of_several_forces_is_pooled_and_of_each_force_plain():
    forces = ("kent", "essex")
    frame = searches(forces)
    black = frame["ethnicity_5"].eq("Black")
    hits, trials = counted(frame[black], forces), counted(frame, forces)
    together = share_of_searches(frame, "ethnicity_5").set_index("ethnicity_5")
    same(together.loc["Black"], *both(pooled_share_limits, hits=hits, trials=trials, kind="ratio"))
    alone = share_of_searches(frame, "ethnicity_5", within="force").set_index(["force", "ethnicity_5"])
    same(alone.loc[("essex", "Black")], *both(share_limits, hits=hits[1:], trials=trials[1:], kind="ratio"))


def test_a_share_by_month_is_of_that_month_alone():
    frame = searches()
    table = share_of_searches(frame, "ethnicity_5", within="month").set_index(["month", "ethnicity_5"])
    month = frame[frame["month"].eq("2019-02")]
    hits, trials = counted(month[month["ethnicity_5"].eq("Black")])[:, 1:2], counted(month)[:, 1:2]
    same(table.loc[("2019-02", "Black")], *both(share_limits, hits=hits, trials=trials, kind="ratio"))


def test_a_label_without_a_search_has_an_upper_limit_only():
    row = share_of_searches(searches(), "ethnicity_5").set_index("ethnicity_5").loc["Unknown"]
    assert row[["estimate", "lower"]].tolist() == [0, 0]
    assert 0 < row["upper"] < 0.1


def test_a_share_of_section_60_has_limits_of_the_period_only():
    power = pd.Categorical(["Section 60"] * 20 + ["Reasonable grounds"] * (len(searches()) - 20))
    row = share_of_searches(searches(power=power), "power").set_index("power").loc["Section 60"]
    assert row[["lower", "upper"]].isna().all()
    assert row["interval"] == ""
    assert row["period_lower"] < row["estimate"] < row["period_upper"]
    assert "limits of the period only" in row["note"]


@pytest.mark.parametrize(("measure", "kind"), [(arrest_rate, "arrest"), (positive_outcome_rate, "nfa")])
def test_an_outcome_rate_has_the_limits_of_its_kind(measure, kind):
    frame = searches()
    row = measure(frame, "ethnicity_5").set_index("ethnicity_5").loc["Black"]
    black = frame[frame["ethnicity_5"].eq("Black")]
    same(row, *both(share_limits, hits=counted(black[black["arrest"]]), trials=counted(black), kind=kind))


def test_agreement_of_object_and_legislation_has_limits_of_any_share():
    frame = searches(legislation="Misuse of Drugs Act 1971 (section 23)")
    agrees = np.arange(len(frame)) % 4 > 0
    frame["object_group"] = np.where(agrees, "Drugs", "Weapons")
    row = object_agreement(frame).iloc[0]
    same(row, *both(share_limits, hits=counted(frame[agrees]), trials=counted(frame)))


# --- rates and ratios ---


def pair(forces):
    n, m = (np.array([counts[force] for force in forces], dtype=float) for counts in (BLACK, WHITE))
    on = np.array([31, 28, 0, 30]) / 365.25
    people = {group: [PEOPLE[group][force] for force in forces] for group in PEOPLE}
    years = {"exposure": np.outer(people["Black"], on), "reference_exposure": np.outer(people["White"], on)}
    return {"searches": n, "reference_searches": m}, years


@pytest.mark.parametrize("forces", [("kent",), ("kent", "essex")], ids=["one force", "two forces"])
def test_rate_ratio_difference_and_excess_have_the_limits_of_their_weeks(forces):
    found, (counts, years) = exposure(forces), pair(forces)
    several = len(forces) > 1
    totals = {name: array.sum(1) for name, array in years.items()}
    row = disproportionality_ratio(found).set_index("ethnicity_5").loc["Black"]
    same(row, *both(pooled_ratio_limits if several else ratio_limits, **counts, **totals))
    row = search_rate(found, by="ethnicity_5").set_index("ethnicity_5").loc["Black"]
    rate = pooled_rate_limits if several else rate_limits
    same(row, *both(rate, searches=counts["searches"], exposure=years["exposure"], per=1000))
    limits = both(rate_difference_limits, **counts, **years, row=np.zeros(len(forces), dtype=int), per=1000)
    row = rate_difference(found).set_index("ethnicity_5").loc["Black"]
    same(row, *limits)
    excess = excess_searches(found).set_index("ethnicity_5").loc["Black"]
    np.testing.assert_allclose(
        excess[BOTH[0]].to_numpy(dtype=float), row[BOTH[0]].to_numpy(dtype=float) * totals["exposure"].sum() / 1000
    )


def test_a_difference_of_one_force_is_the_same_pooled():
    counts, years = pair(("kent",))
    one, pooled = (rate_difference_limits(**counts, **years, row=row) for row in (None, [0]))
    assert (one.lower[0], one.upper[0]) == (pooled.lower[0], pooled.upper[0])


def test_counts_by_force_hold_the_searches_and_the_published_months():
    groups, (counts, years, months) = exposure_by_force(exposure(("kent", "essex")), by=["ethnicity_5"])
    assert counts.shape == (len(groups), 2, 4, 4)
    assert months == 4
    assert (years[:, :, 2] == 0).all()
    assert counts.sum((1, 2, 3)).tolist() == groups["searches"].tolist()
    known = groups["resident_years"].notna().to_numpy()
    np.testing.assert_allclose(years[known].sum((1, 2)), groups.loc[known, "resident_years"].astype(float))


def test_many_results_at_once_are_those_of_each():
    counts, years = pair(("kent", "essex"))
    totals = {name: array.sum(1) for name, array in years.items()}
    many = pooled_ratio_limits(
        **{name: np.concatenate([x, x[:1]]) for name, x in (counts | totals).items()}, row=[0, 0, 1]
    )
    for row, keep in ((0, slice(0, 2)), (1, slice(0, 1))):
        one = pooled_ratio_limits(**{name: x[keep] for name, x in (counts | totals).items()})
        assert (many.lower[row], many.upper[row]) == pytest.approx((one.lower[0], one.upper[0]))


def test_without_a_search_pooled_limits_are_on_the_scale_of_the_ratio():
    nothing = {"searches": np.zeros((2, 12)), "reference_searches": np.full((2, 12), 50.0)}
    one, ten = (pooled_ratio_limits(**nothing, exposure=[1, 1], reference_exposure=[k, k]) for k in (1, 10))
    assert ten.upper[0] == pytest.approx(10 * one.upper[0])
    rate = pooled_rate_limits(searches=np.zeros((2, 12)), exposure=np.ones((2, 12)))
    assert 0 < rate.upper[0] < np.inf


def test_an_interval_that_is_none_is_refused():
    with pytest.raises(ValueError, match='interval "wald" is unknown; choose from: process, period, none, wilson'):
        Asked("wald", named=["wilson"])


# --- several forces ---


def test_strata_hold_their_weeks_and_pooled_ratios_their_limits():
    forces = ("kent", "essex")
    strata, (counts, years) = strata_table(exposure(forces)), pair(forces)
    own = next(pairs(strata).__iter__())
    np.testing.assert_array_equal(own.in_time["searches"], counts["searches"])
    totals = {name: array.sum(1) for name, array in years.items()}
    table = decompose(strata).set_index(["ethnicity_5", "measure"])
    given = {**counts, **totals}
    same(table.loc[("Black", "ratio_within_mh")], *both(pooled_ratio_limits, **given, weights="mantel-haenszel"))
    same(table.loc[("Black", "ratio_crude")], *both(pooled_ratio_limits, **given))
    fixed = fixed_effect_ratio(strata).set_index("ethnicity_5").loc["Black"]
    factor = both(
        pooled_ratio_limits,
        **counts,
        exposure=totals["exposure"] * fixed["estimate"],
        reference_exposure=totals["reference_exposure"],
        weights="mantel-haenszel",
    )[0]
    assert factor.estimate[0] == pytest.approx(1)
    assert fixed[BOTH[0]].tolist() == pytest.approx([fixed["estimate"] * x[0] for x in (factor.lower, factor.upper)])


def test_what_months_move_is_no_difference_between_forces():
    strata = strata_table(exposure(("kent", "essex")))
    rule, chance = (heterogeneity(strata, interval=name).set_index("ethnicity_5") for name in ("process", "poisson"))
    assert rule.loc["Black", "q"] < chance.loc["Black", "q"]
    process, period = (
        random_effects_ratio(strata, interval=name)
        .set_index(["ethnicity_5", "measure"])
        .loc[("Black", "ratio_random_mean")]
        for name in ("process", "period")
    )
    assert process["lower"] < period["lower"]
    assert process["upper"] > period["upper"]


def test_two_forces_are_too_few_to_be_drawn_together():
    table = shrunken_ratios(strata_table(exposure(("kent", "essex"))))
    assert table["estimate"].isna().all()
    assert table.loc[table["ethnicity_5"].eq("Black"), "note"].str.contains("fewer than three have searches").all()
