"""What a page and its sentences keep back of small counts; the arithmetic of masking is in test_many."""

import re

import numpy as np
import pandas as pd
import pytest

from sas_analysis.measures.disclosure import is_masked, mask_groups, mask_small
from sas_analysis.measures.shares import share_of_searches, shares_by_each
from sas_analysis.measures.table import measures_table
from sas_analysis.present import headline_view, report_table, sentences

GROUPS = ["White", "Mixed", "Asian", "Black", "Other", "Unknown"]
WHY = "fewer than 5 searches"


def searches(column, **counts):
    labels = [name.replace("_", " ") for name in counts]
    values = [label for label, n in zip(labels, counts.values(), strict=True) for _ in range(n)]
    return pd.DataFrame({column: pd.Categorical(values, labels)})


def shares(column, **counts):
    return share_of_searches(searches(column, **counts), column)


def ratios(*counts, expected=(200, 10, 10, 10, 10), reference="White"):
    notes = ["reference group" if group == reference else "" for group in GROUPS[:5]]
    groups = pd.DataFrame({"ethnicity_5": GROUPS[:5]})
    return measures_table(
        groups, measure="disproportionality_ratio", numerator=counts, denominator=np.array(expected, float), note=notes
    )


OBJECTS = shares("object_of_search", Controlled_drugs=120, Firearms=26, Not_recorded=2, Fireworks=2)
POWERS = shares("power", Reasonable_grounds=147, Section_60=3, Not_recorded=0)


def test_the_lead_on_grounds_gives_no_share_from_which_a_masked_count_follows():
    text = sentences.grounds(OBJECTS, POWERS)
    assert "controlled drugs: 80.0%" in text
    assert f"not recorded in a masked share ({WHY})" in text
    assert f"A masked share ({WHY}) were section 60 searches" in text
    assert "a masked share (a smaller count could be worked out from it) needed reasonable grounds" in text
    assert re.findall(r"\d[\d.]*%", text) == ["80.0%", "71.0%", "87.2%", "63.2%", "90.5%"]
    assert "2.0%" in sentences.grounds(OBJECTS, POWERS, synthetic=True)


def test_the_lead_on_outcomes_keeps_back_what_its_table_does():
    found = shares("outcome", **{"A_no_further_action_disposal": 90, "Arrest": 3, "Caution": 7, "Not_recorded": 20})
    find = measures_table(pd.DataFrame(index=[0]), measure="find_rate", numerator=[4], denominator=[100])
    text = sentences.outcomes(found, find)
    assert f"and a masked share ({WHY}) in an arrest" in text
    assert f"A find rate is masked: {WHY}." in text
    assert "2.5%" not in text
    assert "4.0%" not in text


def test_the_lead_on_ratios_names_the_groups_that_are_masked_and_not_their_ratio():
    unknown = shares("ethnicity_5", White=200, Mixed=3, Asian=30, Black=60, Other=2, Unknown=30)
    words = {"reference": "White", "source": "Census"}
    text = sentences.disproportionality(ratios(200, 3, 30, 60, 2), unknown, **words)
    assert (
        f"relative to White, in these twelve months: Asian 3.00 and Black 6.00; masked: Mixed and Other ({WHY})."
        in text
    )
    assert "0.30" not in text
    assert "Mixed 0.30" in sentences.disproportionality(ratios(200, 3, 30, 60, 2), unknown, **words, synthetic=True)
    none = sentences.disproportionality(ratios(4, 30, 30, 60, 20), unknown, **words)
    assert none.startswith("No ratio is given: masked: Mixed, Asian, Black and Other (")
    assert "3.00" not in none


def test_a_flagged_month_is_not_said_to_move_what_is_masked():
    both = {"unflagged": (100, 40, 2, 2), "all published": (100, 48, 8, 8)}
    parts = [
        shares_by_each(searches("object_of_search", **dict(zip(["Drugs", "Tools", "A", "B"], n, strict=True))),
                       "object_of_search").assign(months=months)
        for months, n in both.items()
    ]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)[["months", *parts[0].columns.drop("months")]]
    verdicts = pd.DataFrame({"force": ["essex"], "month": ["2019-01"], "verdict": ["flagged"], "rules": ["doubled"]})
    text = sentences.flagged_months(verdicts, table)
    assert "what moves most is Drugs: 61.0% instead of 69.4%" in text
    few = table.assign(numerator=table["numerator"].mask(table["numerator"] > 0, 3))
    assert "What they move is masked" in sentences.flagged_months(verdicts, few.assign(estimate=0.5))


def test_a_masked_row_of_a_page_says_masked_and_not_that_it_could_not_be_estimated():
    shown = report_table.publish(POWERS, "powers", "", caption="Powers").frame
    assert shown["Searches"].tolist() == ["masked", "masked", "0"]
    assert shown["Share"].tolist() == ["masked", "masked", "0.0%"]
    assert f"masked: {WHY}" in shown["Note"].tolist()


def test_where_the_reference_group_is_masked_so_is_what_is_compared_with_it():
    table = mask_small(ratios(4, 30, 30, 60, 20))
    assert is_masked(table).all()
    assert table[["numerator", "denominator", "estimate"]].isna().all(axis=None)
    assert table.loc[table["ethnicity_5"].eq("Black"), "note"].item().startswith("masked: the reference group's count")
    shown = report_table.show(table, caption="x").frame
    assert shown[["Searches", "Expected", "Ratio"]].eq("masked").all(axis=None)
    by_force = pd.concat([ratios(n, 30, 30, 60, 20).assign(force=f) for f, n in (("a", 4), ("b", 90))])
    by_force = mask_small(by_force[["force", *ratios(4, 1, 1, 1, 1).columns]])
    assert by_force.groupby("force")["estimate"].count().to_dict() == {"a": 0, "b": 5}


def whole_set(*counts):
    of = ratios(*counts)
    numbers = {name: np.arange(5.0) for name in ("within", "unknown_lowest", "unknown_highest", "imputed", "lower")}
    numbers |= {name: 1.5 for name in honest_columns() if name not in numbers}
    return pd.DataFrame({"ethnicity_5": GROUPS[:5], "searches": of["numerator"], "ratio": of["estimate"], **numbers,
                         "search_rate": 1.0, "interval": "", "note": of["note"]})  # fmt: skip


def honest_columns():
    ends = ("lower", "upper")
    return [
        *("upper", "period_lower", "period_upper"),
        *(f"within_{end}" for end in ends),
        *(f"imputed_{end}" for end in ends),
        "base_lowest",
        "base_highest",
    ]


@pytest.mark.parametrize(("white", "few"), [(200, ["Mixed", "Other"]), (4, GROUPS[:5])])
def test_the_line_of_a_masked_group_at_the_head_of_a_report_has_no_number(white, few):
    table = whole_set(white, 3, 30, 60, 2)
    view = headline_view.view(table, reference="White", synthetic=False).set_index("Ethnic group")
    assert (view.loc["Mixed", "Searches"], view.loc["Mixed", "Note"]) == ("masked", f"masked: {WHY}")
    assert not re.search(r"\d", " ".join(view.loc["Mixed"].drop("Note")))
    assert view.loc["Black", "Searches"] == "60"
    said = " ".join(headline_view.sentences(table, reference="White", synthetic=False))
    assert "Mixed" not in said
    assert ("Black" in said) == (white == 200)
    assert headline_view.masked(table, reference="White", synthetic=True) is table
    universe = pd.DataFrame({"ethnicity_5": GROUPS[:5] * 2, "estimate": 1.5})
    assert not set(headline_view.extremes(universe, suppressed=few)["Ethnic group"]) & set(few)


def test_numbers_from_which_a_masked_count_follows_are_masked_with_it(tmp_path):
    excess = ratios(200, 3, 30, 60, 20).assign(measure="imputed_ratio", numerator=[200.1, 3.4, 30.2, 60.0, 20.5])
    shown = report_table.publish(excess, "imputed", str(tmp_path), caption="x", few=["Mixed"]).frame.set_index(
        "Ethnic group"
    )
    assert shown.loc["Mixed", ["Searches", "Of", "Ratio, unknown imputed"]].tolist() == ["masked"] * 3
    assert shown.loc["Asian", "Searches"] == "30.2"
    assert pd.read_csv(tmp_path / "imputed.csv")["numerator"].tolist() == [200.1, 3.4, 30.2, 60.0, 20.5]


def test_a_funnel_keeps_back_the_counts_that_the_ratios_by_force_do(tmp_path):
    cells = [("a", "Black", 3, 90), ("a", "Asian", 40, 90), ("a", "Mixed", 12, 90), ("b", "Black", 30, 2)]
    table = pd.DataFrame(cells, columns=["force", "ethnicity_5", "searches", "reference_searches"])
    table = table.assign(ratio=1.25, z=0.5, verdict="within", note="")
    shown = report_table.publish(table, "funnel", str(tmp_path), caption="x").frame
    assert shown["Searches"].tolist() == ["–", "40", "–", "–"]
    assert shown["Ratio"].tolist() == ["–", "1.25", "–", "–"]
    assert shown["Verdict"].tolist() == ["", "within", "", ""]
    assert shown["Note"].str.startswith("masked").tolist() == [True, False, True, True]
    assert pd.read_csv(tmp_path / "funnel.csv")["searches"].tolist() == [3, 40, 12, 30]
    assert "masked" not in repr(report_table.publish(table, "funnel", "", caption="x", synthetic=True))


@pytest.mark.parametrize("mask", [mask_small, lambda table: mask_groups(table, ["Black"], by="force")])
def test_a_table_without_rows_has_nothing_to_mask(mask):
    table = measures_table(
        pd.DataFrame({"force": pd.Series([], dtype="str"), "month": pd.Series([], dtype="str")}),
        measure="share_of_searches",
        numerator=pd.Series([], dtype="Int64"),
        denominator=pd.Series([], dtype="Int64"),
    )
    pd.testing.assert_frame_equal(mask(table)[table.columns], table, check_dtype=False)
