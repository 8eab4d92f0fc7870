"""Which force-months may be used for a field: from hand-written findings."""

import pandas as pd
import pytest

from sas_analysis.errors import ParameterError
from sas_analysis.records.audit import RULES, field_of, usable, verdicts
from sas_analysis.records.audit.findings import as_table
from sas_analysis.records.audit.usable import RESTS_ON

MONTHS = ["2020-01", "2020-02", "2020-03", "2020-04"]
GRID = pd.DataFrame({"force": ["essex"] * 4 + ["gwent"] * 4, "month": MONTHS * 2})


def finding(force, month, rule, field="", action=None):
    given = {"severity": RULES[rule].severity, "action": action or RULES[rule].action, "value": 1.0, "threshold": 0.5}
    return {"force": force, "month": month, "rule": rule, "field": field, "evidence": f"what {rule} saw"} | given


FINDINGS = as_table(
    [
        finding("essex", "2020-01", "doubled"),
        finding("essex", "2020-02", "drop-out", "location"),
        finding("essex", "2020-02", "far away", "location", "field"),
        finding("essex", "2020-03", "far away", "location"),  # a note
        finding("essex", "2020-04", "no further action lost", "outcome"),
        finding("gwent", "2020-01", "no file"),
        finding("gwent", "2020-02", "no arrests", "arrest"),
        finding("gwent", "2020-03", "missing", "legislation"),
        finding("gwent", "2020-04", "composition", "outcome"),
    ]
)


def not_usable(field):
    table = usable(FINDINGS, GRID, field)
    return [f"{row.force} {row.month}" for row in table.itertuples() if not row.usable]


@pytest.mark.parametrize(
    ("field", "out"),
    [
        ("location", ["essex 2020-01", "essex 2020-02", "gwent 2020-01"]),
        ("age_range", ["essex 2020-01", "gwent 2020-01"]),
        ("outcome", ["essex 2020-01", "essex 2020-04", "gwent 2020-01", "gwent 2020-02"]),
        ("arrest", ["essex 2020-01", "essex 2020-04", "gwent 2020-01", "gwent 2020-02"]),
        ("outcome_linked_to_object", ["essex 2020-01", "essex 2020-04", "gwent 2020-01", "gwent 2020-02"]),
        ("power", ["essex 2020-01", "gwent 2020-01", "gwent 2020-03"]),
        ("legislation", ["essex 2020-01", "gwent 2020-01", "gwent 2020-03"]),
    ],
)
def test_months_are_left_out_for_the_fields_that_a_question_rests_on(field, out):
    assert not_usable(field) == out


def test_why_names_every_rule_with_its_evidence():
    table = usable(FINDINGS, GRID, "location").set_index(["force", "month"])["why"]
    assert table["essex", "2020-02"] == "drop-out (location): what drop-out saw; far away (location): what far away saw"
    assert table["essex", "2020-03"] == ""


def test_a_row_for_each_force_month_in_the_order_asked():
    table = usable(FINDINGS, GRID.iloc[::-1], "gender")
    assert list(table.columns) == ["force", "month", "usable", "why"]
    assert table["month"].tolist() == MONTHS[::-1] * 2
    assert table["usable"].dtype == bool


def test_without_findings_every_month_is_usable():
    assert usable(as_table([]), GRID, "outcome")["usable"].all()


def test_a_field_that_no_question_rests_on_is_named():
    with pytest.raises(ParameterError, match="no field 'ages'; choose one of age_range, gender"):
        usable(FINDINGS, GRID, "ages")


def test_every_field_that_a_rule_takes_out_has_a_question():
    """The fields of the audit's rules that say not to use one, and of labels that no crosswalk has."""
    asked = {field for fields in RESTS_ON.values() for field in fields}
    assert {"location", "searched_at", "outcome", "arrest", "object_of_search", "type"} <= asked


def test_a_verdict_for_a_question_names_the_field_that_may_not_be_used():
    table = verdicts(FINDINGS, GRID, ["location", "legislation"]).set_index(["force", "month"])
    assert table["verdict"].tolist() == ["flagged", "unusable", "fine", "fine", "no file", "fine", "unusable", "fine"]
    assert table.loc[("essex", "2020-02"), "rules"] == "drop-out (location), far away (location)"
    assert table.loc[("gwent", "2020-03"), "reasons"] == "missing (legislation): what missing saw"
    assert table.loc[("essex", "2020-01"), "rules"] == "doubled"


def test_without_a_question_fields_that_may_not_be_used_hinder_nothing():
    table = verdicts(FINDINGS, GRID).set_index(["force", "month"])["verdict"]
    assert table["essex", "2020-02"] == "fine"


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("object_group", "object_of_search"),
        ("ethnicity_5_2001", "self_defined_ethnicity"),
        ("officer_ethnicity_5", "officer_defined_ethnicity"),
        ("positive_outcome", "outcome"),
        ("arrest", "arrest"),
        ("power", "power"),
        ("searched_at", "searched_at"),
        ("area_code", "location"),
        ("location_status", None),  # what is recorded of the location is not the location
        ("month", None),
    ],
)
def test_a_column_belongs_to_the_field_that_it_is_read_from(column, field):
    assert field_of(column) == field
