"""The table and the sentence of what people said and what officers recorded: they can be read one way only."""

import itertools
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sas_analysis as sas
from sas_analysis.measures import ethnicity, quality
from sas_analysis.measures.table import check_measures_table
from sas_analysis.present import answers, quality_sentences, ratio_assumptions, ratio_sentences, show
from sas_analysis.present.labels import heading
from sas_analysis.present.short_table import short

GROUPS = ["White", "Mixed", "Asian", "Black", "Other", "Unknown"]


def searches(counts, force="dorset"):
    """Searches of one month. counts : (said, recorded) -> how many."""
    rows = [pair for pair, number in counts.items() for _ in range(number)]
    labels = pd.DataFrame(rows, columns=["ethnicity_5", "officer_ethnicity_5"])
    labels = labels.apply(lambda own: pd.Categorical(own, categories=GROUPS))
    return labels.assign(force=force, month="2020-01", type="Person search")


SAID_MIXED = {
    ("White", "White"): 90, ("White", "Black"): 10, ("Black", "Black"): 95, ("Black", "Unknown"): 5,
    ("Mixed", "Black"): 60, ("Mixed", "White"): 35, ("Mixed", "Unknown"): 5, ("Unknown", "White"): 40,
}  # fmt: skip
TABLES = {"disagreement": ethnicity.disagreement, "agreement": quality.ethnicity_agreement}


def printed(table, records):
    """Cells of the page by what people said and what officers recorded."""
    block = short(
        show.said_and_recorded(ethnicity.unused_groups(records))(table), across="what_officers_recorded"
    ).as_block()
    heads = [name for name, _ in block["columns"]]
    return {
        (row[0][0], head): cell for row in block["rows"] for head, cell in zip(heads[1:], row[1:], strict=True)
    }, block


@pytest.mark.parametrize("name", TABLES)
def test_a_row_is_of_those_who_said_a_group_and_a_column_of_what_officers_recorded(name):
    records = searches(SAID_MIXED)
    cells, block = printed(TABLES[name](records), records)
    assert block["columns"][0][0] == "What people said"
    assert heading("recorded") == "Recorded"  # of other tables, such as that of what each field holds
    assert {said for said, _ in cells} <= {*(f"Said {group}" for group in GROUPS[:5]), "Own word not known"}
    assert {head for _, head in cells} <= {*(f"Recorded {group}" for group in GROUPS[:5]), "Officer’s word not known"}
    assert cells["Said Mixed", "Recorded Black"][0] == "60.0%"
    assert cells["Said Black", "Recorded Mixed"][0] == "0.0%"
    assert cells["Own word not known", "Recorded White"][0] == "100.0%"


@given(st.lists(st.integers(0, 40), min_size=36, max_size=36).filter(any))
@settings(max_examples=15)
def test_every_row_adds_up_to_100_per_cent_of_what_was_counted(numbers):
    counts = dict(zip(itertools.product(GROUPS, GROUPS), numbers, strict=True))
    records = searches(counts)
    cells, _ = printed(ethnicity.disagreement(records), records)
    for group, said in zip(GROUPS, [*(f"Said {name}" for name in GROUPS[:5]), "Own word not known"], strict=True):
        total = sum(counts[group, other] for other in GROUPS)
        shares = [float(cell[0].strip("()%")) for (row, _), cell in cells.items() if row == said and cell[0] != "–"]
        assert not total or sum(shares) == pytest.approx(100, abs=0.5)


def test_a_group_that_officers_do_not_use_is_said_so_beside_its_shares():
    records = searches(SAID_MIXED)
    unused, table = ethnicity.unused_groups(records), ethnicity.disagreement(records)
    said = (
        "Officers do not use the group Mixed: of the searches of those who said Mixed, 60.0% were recorded as Black. "
        "Of those recorded as Black, 36.4% said Mixed: rates of Black people by officers’ word are too high."
    )

    class Study:
        forces = ("dorset",)

    of_quality = quality_sentences.accounts(quality.ethnicity_agreement(records), unused, study=Study)
    assert of_quality == (
        "Of searches of people who said White, officers recorded 90.0% as White; of searches of people who said Black, "
        f"95.0% as Black. {said}"
    )
    assert ratio_sentences.not_used(unused, table) == said
    for name in TABLES:
        cells, block = printed(TABLES[name](records), records)
        assert {cell[2] for (_, head), cell in cells.items() if head == "Recorded Mixed" and cell[0] != "–"} == {"a"}
        assert "a  Officers of Dorset Police do not use Mixed." in block["notes"]


def test_few_of_a_group_that_officers_do_not_use_are_not_felt_in_another():
    """10 of 100 recorded as Asian said Mixed are told of, 9 of 100 are not."""
    for mixed, told in ((10, True), (9, False)):
        records = searches({("Asian", "Asian"): 100 - mixed, ("Mixed", "Asian"): mixed, ("Mixed", "Unknown"): 60})
        unused = pd.DataFrame({"force": ["dorset"], "group": ["Mixed"], "self": [40.0], "share": [1.0]})
        said = ratio_sentences.not_used(unused, ethnicity.disagreement(records))
        assert ("Of those recorded as Asian, 10.0% said Mixed" in said) == told
        assert ("too high" in said) == told


def test_no_shares_of_a_group_that_officers_use_are_marked_and_of_several_forces_those_that_do_not_are_named():
    using = SAID_MIXED | {("Mixed", "Mixed"): 200}
    records = searches(using, "kent")
    assert "Officers" not in " ".join(printed(ethnicity.disagreement(records), records)[1]["notes"])
    both = pd.concat([searches(SAID_MIXED), records], ignore_index=True)
    unused, table = ethnicity.unused_groups(both), quality.ethnicity_agreement(both)

    class Study:
        forces = ("dorset", "kent")

    said = quality_sentences.accounts(table, unused, study=Study)
    assert "Officers of Dorset Police do not use the group Mixed" in said
    assert re.search(r"said Mixed, officers recorded [\d.]+% as Mixed", said) is None


def test_officers_who_describe_nobody_recorded_no_one_as_another_group():
    """0% as White would be read as what officers saw; of groups that they do describe the shares stay."""

    class Study:
        forces = ("dorset",)

    nobody = searches({("White", "Unknown"): 90, ("Black", "Unknown"): 40, ("Unknown", "Unknown"): 3})
    table, unused = quality.ethnicity_agreement(nobody), ethnicity.unused_groups(nobody)
    known = table[table["officer_ethnicity_5"].ne("Unknown")]
    check_measures_table(table)
    assert known["estimate"].isna().all()
    assert known.loc[known["denominator"].gt(0), "note"].str.contains("officers describe none of these searches").all()
    unknown = table[table["officer_ethnicity_5"].eq("Unknown") & table["denominator"].gt(0)]
    assert unknown["estimate"].eq(1).all()
    assert quality_sentences.accounts(table, unused, study=Study) == (
        "This cannot be said: how officers describe people is not known for any search."
    )
    few = searches({("White", "Unknown"): 60, ("White", "White"): 30, ("Black", "Black"): 40})
    said = quality_sentences.accounts(quality.ethnicity_agreement(few), ethnicity.unused_groups(few), study=Study)
    assert said == "Of searches of people who said Black, officers recorded 100.0% as Black."
    few = searches({("White", "Unknown"): 60, ("White", "White"): 30})
    said = quality_sentences.accounts(quality.ethnicity_agreement(few), ethnicity.unused_groups(few), study=Study)
    assert said == "This cannot be said: how officers describe people is not known for too many searches."


def test_what_two_accounts_of_ethnicity_say_of_each_other_is_told_of_no_month_in_which_one_is_made_of_the_other(
    real_data, tmp_path
):
    """All who said White seem to be recorded as White in Gloucestershire: one column is made of the other."""
    place = {"raw": real_data / "archive", "processed": tmp_path}
    study = sas.open_study("gloucestershire", "2020-04", "2021-03", **place)
    page, derived = sas.Report(study), "officer-defined ethnicity is no second account but derived from self-defined"
    rows = study.using("ethnicity_5", "officer_ethnicity_5").rows
    both, unused = quality.ethnicity_agreement(rows), quality.unused_groups(rows)
    kappa, table = ethnicity.agreement(rows), ethnicity.disagreement(rows)
    view, across = show.said_and_recorded(unused), "what_officers_recorded"
    for name, own, how in (
        ("agreed", both, {"view": view, "across": across}),
        ("disagreed", table, {"view": view, "across": across}),
        ("kappa", kappa, {}),
    ):
        block = page.as_shown(name, own, "Both accounts", of="counted", **how).block
        assert block["rows"] == []
        assert derived in block["nothing"], name
    page._show = lambda made: None
    for name, own in (("first", kappa), ("second", kappa), ("first", kappa)):
        page.table(name, own, "Agreement", of="counted")
    assert derived in page.shown["first"].block["nothing"]  # once, and again when its cell is run again
    assert page.shown["second"].block["nothing"] == "cannot be given, for the reason at Table 4"
    said = []
    page._show = lambda text: said.append(text.data)
    page.say(quality_sentences.accounts, both, unused)
    page.say(ratio_assumptions.agreement, kappa)
    assert [derived in text for text in said] == [True, True]


def test_a_table_of_the_months_that_count_names_all_that_it_leaves_out_on_a_page_of_all_that_are_published(
    real_data, tmp_path
):
    """City of London, 2020/21: July is there twice, and in three months own ethnicity is blank in most records."""
    place = {"raw": real_data / "archive", "processed": tmp_path}
    study = sas.open_study("city-of-london", "2020-04", "2021-03", **place)
    rows = study.using("ethnicity_5", "officer_ethnicity_5").rows
    page = sas.Report(study)
    shares = [study.share(name, months="published") for name in ("ethnicity_5", "outcome")]
    page.answer(answers.quality, *shares)
    block = page.as_shown("kappa", ethnicity.agreement(rows), "Agreement", of="counted").block
    assert block["months"].startswith("Without July 2020, flagged by the audit. Without August 2020, December 2020 and")
