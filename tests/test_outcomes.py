"""Outcomes: known outcomes as the base, and the stated rule that decides whether there is a find rate."""

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.intervals.limits import wilson
from sas_analysis.measures.outcomes.outcome_bounds import outcome_bounds
from sas_analysis.measures.outcomes.outcome_rates import (
    arrest_rate,
    find_rate,
    link_field_evidence,
    linked_share,
    no_further_action_rate,
    positive_outcome_rate,
)
from sas_analysis.records.link_field import VERDICTS

ETHNICITY = ["White", "Black", "Unknown"]


def searches(force="essex", month="2019-12", nfa=(0, 0, 0), action=(0, 0, 0), unknown=(0, 0, 0), ethnicity="White"):
    """Searches by outcome: no further action, other known outcomes, outcome unknown.

    Each is a count of link True, False and blank. The first of the other outcomes are arrests, every second one.
    """
    linked = [True, False, None]
    positive = np.repeat(np.array([False, True, None], dtype=object), [sum(nfa), sum(action), sum(unknown)])
    link = np.concatenate([np.repeat(np.array(linked, dtype=object), kind) for kind in (nfa, action, unknown)])
    frame = pd.DataFrame(
        {
            "positive_outcome": pd.array(positive, dtype="boolean"),
            "outcome_linked_to_object": pd.array(link, dtype="boolean"),
        }
    )
    every_second = pd.Series(np.arange(len(frame)) % 2 == 0, dtype="boolean")
    frame["arrest"] = (frame["positive_outcome"] & every_second).mask(frame["positive_outcome"].isna())
    ethnicity = pd.Categorical([ethnicity] * len(frame), categories=ETHNICITY)
    return frame.assign(force=pd.Categorical([force] * len(frame)), month=month, ethnicity_5=ethnicity)


SUPPORTED = {"nfa": (3, 97, 0), "action": (40, 10, 0)}


def both(*frames):
    frame = pd.concat([f.astype({"force": "str"}) for f in frames], ignore_index=True)
    return frame.astype({"force": "category"})


def row_of(group, table, column="ethnicity_5"):
    return table.set_index(column).loc[group]


def test_positive_outcomes_are_of_known_outcomes():
    frame = searches(nfa=(0, 30, 0), action=(0, 10, 0), unknown=(0, 0, 10))
    row = row_of("White", positive_outcome_rate(frame, "ethnicity_5", interval="wilson"))
    assert row[["numerator", "denominator", "estimate"]].tolist() == [10, 40, 0.25]
    lower, upper = wilson(successes=10, trials=40)
    assert row[["lower", "upper"]].tolist() == [float(lower), float(upper)]
    assert row["interval"] == "95% Wilson"
    assert row["note"] == "outcome unknown in 10 of 50 (20.0%)"


def test_arrests_are_of_known_outcomes():
    frame = searches(nfa=(0, 30, 0), action=(0, 10, 0), unknown=(0, 0, 10))
    row = arrest_rate(frame).loc[0]
    assert row[["numerator", "denominator", "estimate"]].tolist() == [5, 40, 0.125]
    assert row["measure"] == "arrest_rate"


def test_every_group_keeps_its_row():
    table = positive_outcome_rate(searches(nfa=(0, 30, 0), action=(0, 10, 0)), "ethnicity_5")
    assert table["ethnicity_5"].tolist() == ETHNICITY
    row = row_of("Black", table)
    assert (row["numerator"], row["denominator"]) == (0, 0)
    assert row["note"] == "not estimable: no search with a known outcome"


def test_above_30_percent_unknown_is_no_headline():
    notes = [
        positive_outcome_rate(searches(nfa=(0, 30, 0), action=(0, 10, 0), unknown=(0, 0, n)), interval="none")["note"][
            0
        ]
        for n in (17, 18)
    ]
    assert notes == ["outcome unknown in 17 of 57 (29.8%)", "outcome unknown in 18 of 58 (31.0%): not a headline"]


def test_no_further_action_and_positive_outcomes_make_up_all_that_is_known():
    frame = searches(nfa=(0, 60, 0), action=(0, 20, 0), unknown=(0, 0, 20))
    nothing, positive = (rate(frame).loc[0] for rate in (no_further_action_rate, positive_outcome_rate))
    assert (nothing["numerator"], nothing["denominator"], nothing["estimate"]) == (60, 80, 0.75)
    assert nothing["estimate"] + positive["estimate"] == 1
    assert nothing["note"].startswith("outcome unknown in 20 of 100 (20.0%)")


def test_bounds_count_the_unknown_either_way():
    frame = both(
        searches(nfa=(0, 60, 0), action=(0, 20, 0), unknown=(0, 0, 20)),
        searches(force="kent", nfa=(0, 10, 0), action=(0, 0, 0)),
    )
    table = outcome_bounds(frame, "positive", "force").set_index(["force", "measure"])["estimate"]
    assert table["essex"].to_dict() == {"positive_outcome_lowest": 0.2, "positive_outcome_highest": 0.4}
    assert table["kent"].to_dict() == {"positive_outcome_lowest": 0, "positive_outcome_highest": 0}
    nothing = outcome_bounds(frame, "nothing")["estimate"].tolist()
    assert nothing == [70 / 110, 90 / 110]


# The patterns of the six forces, in small.
PATTERNS = {
    "supported": SUPPORTED,
    "filled for action only": {"nfa": (0, 0, 100), "action": (40, 10, 0)},
    "True for some no further action": {"nfa": (10, 90, 0), "action": (40, 10, 0)},
    "True for most no further action": {"nfa": (99, 1, 0), "action": (40, 10, 0)},
    "constant": {"nfa": (0, 100, 0), "action": (0, 50, 0)},
    "partly filled": {"nfa": (0, 0, 100), "action": (1, 12, 37)},
    "not published": {"nfa": (0, 0, 100), "action": (0, 0, 50)},
    "no further action unnamed": {"action": (40, 10, 0), "unknown": (0, 0, 100)},
    "too few searches": {"nfa": (1, 28, 0), "action": (40, 10, 0)},
}


def verdict_of(**pattern):
    return link_field_evidence(searches(**pattern)).loc[0, "verdict"]


def test_every_verdict_is_reached():
    assert {name: verdict_of(**pattern) for name, pattern in PATTERNS.items()} == {name: name for name in VERDICTS}


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [
        ({"nfa": (5, 95, 0), "action": (40, 10, 0)}, "supported"),
        ({"nfa": (6, 94, 0), "action": (40, 10, 0)}, "True for some no further action"),
        ({"nfa": (49, 51, 0), "action": (40, 10, 0)}, "True for some no further action"),
        ({"nfa": (50, 50, 0), "action": (40, 10, 0)}, "True for most no further action"),
        ({"nfa": (0, 95, 5), "action": (40, 10, 0)}, "supported"),
        ({"nfa": (0, 94, 6), "action": (40, 10, 0)}, "partly filled"),
        ({"nfa": (0, 6, 94), "action": (40, 10, 0)}, "partly filled"),
        ({"nfa": (0, 5, 95), "action": (40, 10, 0)}, "filled for action only"),
        ({"nfa": (0, 100, 0), "action": (80, 14, 6)}, "partly filled"),
        ({"nfa": (0, 100, 0), "action": (10, 90, 0)}, "supported"),
        ({"nfa": (0, 100, 0), "action": (9, 91, 0)}, "constant"),
        ({"nfa": (0, 100, 0), "action": (98, 2, 0)}, "supported"),
        ({"nfa": (0, 100, 0), "action": (99, 1, 0)}, "constant"),
        ({"nfa": (0, 0, 100), "action": (1, 0, 100)}, "not published"),
        ({"nfa": (0, 0, 100), "action": (2, 0, 98)}, "partly filled"),
        ({"nfa": (0, 30, 0), "action": (20, 10, 0)}, "supported"),
        ({"nfa": (0, 30, 0), "action": (20, 9, 0)}, "too few searches"),
        ({"nfa": (0, 29, 0), "action": (20, 10, 0)}, "too few searches"),
        ({"nfa": (99, 1, 0), "action": (50, 0, 0)}, "constant"),
    ],
)
def test_the_thresholds_stand_where_they_are_stated(pattern, verdict):
    assert verdict_of(**pattern) == verdict


def test_evidence_gives_the_shares_it_judges():
    frame = searches(nfa=(3, 93, 4), action=(40, 10, 0), unknown=(0, 1, 1))
    row = link_field_evidence(frame).loc[0]
    assert row[["force", "rows", "nfa_rows", "action_rows"]].tolist() == ["essex", 152, 100, 50]
    assert row["share_filled"] == pytest.approx(147 / 152)
    assert row["share_filled_nfa"] == pytest.approx(96 / 100)
    assert row["share_true_nfa"] == pytest.approx(3 / 96)
    assert row["share_filled_action"] == 1
    assert row["share_true_action"] == pytest.approx(40 / 50)
    assert row["reason"] == VERDICTS["supported"]


def test_find_rate_of_a_supported_force():
    frame = both(searches(**SUPPORTED), searches(action=(6, 4, 2), ethnicity="Black"))
    table = find_rate(frame, "ethnicity_5", interval="wilson")
    assert row_of("White", table)[["numerator", "denominator"]].tolist() == [43, 150]
    row = row_of("Black", table)
    assert row[["numerator", "denominator", "estimate"]].tolist() == [6, 10, 0.6]
    assert row["note"] == "link unknown in 2 of 12 (16.7%)"
    lower, upper = wilson(successes=6, trials=10)
    assert row[["lower", "upper"]].tolist() == [float(lower), float(upper)]


@pytest.mark.parametrize("name", [name for name in PATTERNS if name != "supported"])
def test_find_rate_of_any_other_force_is_missing_and_says_why(name):
    row = find_rate(searches(**PATTERNS[name])).loc[0]
    assert row[["numerator", "denominator", "estimate", "lower", "upper"]].isna().all()
    assert row["note"].startswith(f"not estimable: essex: link field {name} ({VERDICTS[name]})")


def test_find_rate_is_never_pooled_over_forces_without_one():
    frame = both(searches(**SUPPORTED), searches(force="metropolitan", **PATTERNS["not published"]))
    pooled = find_rate(frame, "ethnicity_5")
    assert pooled["estimate"].isna().all()
    assert "metropolitan: link field not published" in row_of("White", pooled)["note"]
    alone = find_rate(frame, "force")
    assert row_of("essex", alone, "force")["estimate"] == pytest.approx(43 / 150)
    assert np.isnan(row_of("metropolitan", alone, "force")["estimate"])


def test_many_forces_without_a_find_rate_are_told_short():
    forces = [searches(force=f"force-{i}", **PATTERNS["not published"]) for i in range(5)]
    note = find_rate(both(*forces)).loc[0, "note"]
    assert "force-2" in note
    assert "force-3" not in note
    assert note.endswith("and 2 more forces")


def test_linked_share_needs_the_link_where_something_was_done_only():
    row = linked_share(searches(**PATTERNS["filled for action only"]), "ethnicity_5").loc[0]
    assert row[["measure", "numerator", "denominator", "estimate"]].tolist() == ["linked_share", 40, 50, 0.8]
    assert linked_share(searches(**SUPPORTED)).loc[0, "numerator"] == 40  # no link without action counts
    for name in ("not published", "partly filled", "True for most no further action", "constant"):
        assert np.isnan(linked_share(searches(**PATTERNS[name])).loc[0, "estimate"])


def test_a_link_that_is_filled_wherever_something_was_done_tells_the_linked_share():
    """Whether it is filled for some of the other searches too does not matter: they are not in it."""
    full = {"nfa": (8, 15, 277), "action": (59, 9, 0)}
    assert verdict_of(**full) == "partly filled"
    row = linked_share(searches(**full)).loc[0]
    assert row[["numerator", "denominator"]].tolist() == [59, 68]
    assert np.isnan(find_rate(searches(**full)).loc[0, "estimate"])
    for action in ((59, 9, 4), (68, 0, 0)):  # not filled throughout; nothing but True
        assert np.isnan(linked_share(searches(**full | {"action": action})).loc[0, "estimate"])


@pytest.mark.parametrize("rate", [find_rate, linked_share])
def test_few_searches_can_be_judged_by_the_evidence_of_all(rate):
    few = searches(nfa=(1, 9, 0), action=(4, 1, 0))
    kent = searches(force="kent", **PATTERNS["not published"])
    assert np.isnan(rate(few).loc[0, "estimate"])
    evidence = link_field_evidence(both(searches(**SUPPORTED), kent))
    assert np.isfinite(rate(few, evidence=evidence).loc[0, "estimate"])
    with pytest.raises(ValueError, match=r"the evidence does not judge 1 force\(s\): essex"):
        rate(few, evidence=evidence[evidence["force"].eq("kent")])


@pytest.mark.parametrize("rate", [find_rate, linked_share])
def test_missing_columns_are_named(rate):
    absent = "the searches have no column positive_outcome, outcome_linked_to_object"
    with pytest.raises(ValueError, match=absent):
        rate(pd.DataFrame({"force": ["essex"]}))


def real_searches(real_data, force, months):
    """The three fields of the rule as a clean table holds them, of the real files of one force."""
    frames = []
    for file in sorted((real_data / "stops").glob(f"{months}/*-{force}-stop-and-search.csv")):
        frame = pd.read_csv(file, dtype="str").query("Type != 'Vehicle search'")
        outcome = frame["Outcome"]
        nothing = outcome.str.contains("no further action").astype("boolean").mask(outcome.isna())
        frames.append(
            pd.DataFrame(
                {
                    "force": force,
                    "month": file.name[:7],
                    "positive_outcome": ~nothing,
                    "arrest": outcome.isin(["Arrest", "Suspect arrested"]).astype("boolean").mask(outcome.isna()),
                    "outcome_linked_to_object": frame["Outcome linked to object of search"]
                    .map({"True": True, "False": False})
                    .astype("boolean"),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("force", "months", "verdict"),
    [
        ("metropolitan", "*", "not published"),
        ("essex", "*", "supported"),
        ("south-yorkshire", "*", "supported"),
        ("derbyshire", "*", "True for most no further action"),
        ("leicestershire", "*", "partly filled"),
        ("city-of-london", "2015-*", "filled for action only"),
        ("city-of-london", "2016-*", "filled for action only"),
        ("city-of-london", "2017-*", "partly filled"),
        ("city-of-london", "2018-*", "partly filled"),
        ("city-of-london", "2019-*", "True for some no further action"),
        ("city-of-london", "2020-*", "constant"),
    ],
)
def test_verdicts_of_the_real_forces(real_data, force, months, verdict):
    assert link_field_evidence(real_searches(real_data, force, months))["verdict"].tolist() == [verdict]


def test_rates_of_the_real_forces(real_data):
    frame = both(real_searches(real_data, "essex", "*"), real_searches(real_data, "metropolitan", "2018-0[1-3]"))
    finds = find_rate(frame, "force").set_index("force")
    assert finds.loc["essex", ["numerator", "denominator"]].tolist() == [1178, 5131]
    assert finds.loc["metropolitan", ["numerator", "estimate"]].isna().all()
    positive = positive_outcome_rate(frame, "force").set_index("force")
    assert positive.loc["essex", ["numerator", "denominator"]].tolist() == [1231, 5063]
    assert positive["estimate"].between(0.2, 0.35).all()
