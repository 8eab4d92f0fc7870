"""The calendar of policy: dates that stand in law or in the announcement itself, and what applies to whom."""

import pandas as pd
import pytest

import sas_analysis as sas
from sas_analysis.reference import _table
from sas_analysis.reference.forces import forces
from sas_analysis.reference.policy import COLUMNS, KINDS

TABLE = _table("policy_calendar")


@pytest.mark.parametrize(
    ("date", "short"),
    [
        ("2014-08-26", "Best Use of Stop and Search Scheme"),
        ("2019-08-11", "Section 60 eased in all forces"),
        ("2020-03-23", "First lockdown"),
        ("2022-05-16", "Section 60 letter"),
        ("2023-01-17", "PACE Code A (January 2023)"),
    ],
)
def test_what_the_sources_date(date, short):
    assert TABLE.loc[TABLE["short"].eq(short), "date"].tolist() == [date]


def test_every_row_has_a_day_a_source_and_an_address():
    assert tuple(TABLE.columns) == COLUMNS
    days = pd.to_datetime(TABLE["date"], format="%Y-%m-%d")
    ends = pd.to_datetime(TABLE["end"].mask(TABLE["end"].eq("")), format="%Y-%m-%d")
    assert (ends.isna() | (ends > days)).all()
    assert TABLE["date"].is_monotonic_increasing
    assert set(TABLE["kind"]) == set(KINDS)
    assert TABLE["url"].str.startswith("https://").all()
    assert TABLE[["short", "what", "source"]].ne("").all(axis=None)
    assert not TABLE.duplicated(["date", "short", "scope"]).any()


def test_days_that_no_official_page_confirms_say_so():
    """Each row was held against what public pages say (November 2026); these days stand in press reports alone."""
    open_days = TABLE[TABLE["source"].str.contains("not confirmed by an official page here", regex=False)]
    assert open_days["date"].tolist() == ["2019-03-31", "2019-08-11", "2021-01-06", "2021-07-27", "2022-05-16"]


def test_scopes_are_nations_or_forces():
    known = set(forces()["force"])
    for scope in TABLE["scope"]:
        assert scope in ("England and Wales", "England", "Wales") or set(scope.split("; ")) <= known, scope


def test_what_applies_to_a_force():
    in_2020 = {"start": "2020-10", "end": "2020-12"}
    assert sas.policy_calendar(**in_2020, forces=["gwent"])["short"].tolist() == ["Firebreak lockdown in Wales"]
    assert sas.policy_calendar(**in_2020, forces=["essex"])["short"].tolist() == ["Second lockdown"]
    spring = {"start": "2019-03", "end": "2019-04"}
    assert sas.policy_calendar(**spring, forces=["essex"]).empty
    assert len(sas.policy_calendar(**spring, forces=["essex", "metropolitan"])) == 1


def test_months_bound_it_and_faults_are_named_together():
    assert len(sas.policy_calendar()) == len(TABLE)
    assert sas.policy_calendar("2019-08", "2019-08")["date"].tolist() == ["2019-08-11"]
    named = sas.policy_calendar(named="SECTION 60", kind="policy")
    assert named["date"].tolist() == ["2014-08-26", "2019-03-31", "2019-08-11", "2021-07-27", "2022-05-16"]
    with pytest.raises(ValueError, match=r"(?s)start='2019-13' is no month.*kind='law'"):
        sas.policy_calendar("2019-13", kind="law")
