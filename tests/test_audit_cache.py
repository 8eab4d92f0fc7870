"""The audit's findings are kept for the next study of the same files, and for no other."""

import pandas as pd
import pytest
from test_study import opened, put

from sas_analysis.records import audit
from sas_analysis.records.audit import cache
from sas_analysis.records.audit.findings import as_table


@pytest.fixture
def place(tmp_path):
    for month, rows in [("2018-01", 30), ("2018-02", 31), ("2018-03", 29), ("2018-04", 60)]:
        put(tmp_path, "essex", month, rows)
    return tmp_path


@pytest.fixture
def audits(monkeypatch):
    """The studies that were audited, as (forces, start, end)."""
    done, usual = [], audit.audit

    def noted(records, sources, *, forces, start, end, others):
        done.append((forces, start, end))
        return usual(records, sources, forces=forces, start=start, end=end, others=others)

    monkeypatch.setattr(audit, "audit", noted)
    return done


def findings(place, start="2018-01", end="2018-04"):
    return opened(place, ["essex"], start, end).findings


def files(place):
    return list((place / "processed" / cache.FOLDER).glob("*"))


def test_the_next_study_of_the_same_takes_them_as_they_were(place, audits):
    first, second = findings(place), findings(place)
    assert len(first) > 0
    assert len(audits) == 1
    pd.testing.assert_frame_equal(first, second)


def test_no_finding_is_kept_as_well(place, audits, monkeypatch):
    nothing = as_table([])
    monkeypatch.setattr(audit, "audit", lambda *_, **__: nothing)
    pd.testing.assert_frame_equal(findings(place), nothing)
    pd.testing.assert_frame_equal(findings(place), nothing)


def test_other_months_are_another_study(place, audits):
    findings(place), findings(place, end="2018-03"), findings(place)
    assert [end for _, _, end in audits] == ["2018-04", "2018-03"]
    assert len(files(place)) == 2


def test_a_changed_file_is_judged_anew_and_the_old_findings_go(place, audits):
    findings(place)
    put(place, "essex", "2018-02", 400)
    assert findings(place)["evidence"].str.contains("400").any()
    assert len(audits) == 2
    assert len(files(place)) == 1


def test_a_file_outside_the_study_counts_as_the_audit_judges_by_it(place, audits):
    findings(place, end="2018-03")
    put(place, "essex", "2018-04", 61)
    findings(place, end="2018-03")
    assert len(audits) == 2


def test_other_rules_find_anew(place, audits, monkeypatch):
    findings(place)
    monkeypatch.setattr(cache, "rules", lambda: "others")
    cache._code.cache_clear()
    findings(place)
    cache._code.cache_clear()
    assert len(audits) == 2


def test_a_damaged_file_is_made_again(place, audits):
    first = findings(place)
    files(place)[0].write_bytes(b"PAR1 no more")
    pd.testing.assert_frame_equal(findings(place), first)
    pd.testing.assert_frame_equal(findings(place), first)
    assert len(audits) == 2


def test_where_they_cannot_be_kept_they_are_found_each_time(place, audits):
    opened(place, ["essex"], "2018-01", "2018-04")
    (place / "processed" / cache.FOLDER).write_text("no folder")
    assert len(findings(place)) == len(findings(place)) > 0
    assert len(audits) == 2
