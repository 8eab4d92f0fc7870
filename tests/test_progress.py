"""What a batch prints when it ends."""

from sas_analysis.reports.many.batch import Options, Outcome
from sas_analysis.reports.many.progress import summary


def failed(name, reason):
    return Outcome(name, "failed", 64, reason, 1.25)


def test_what_went_wrong_is_at_the_end_where_a_log_is_read(tmp_path):
    outcomes = [failed("a", "no"), Outcome("b", "made"), Outcome("c", "contradicted", 3), Outcome("d", "made")]
    said = summary(outcomes, Options(out=tmp_path)).splitlines()
    assert [line[0] for line in said[:4]] == ["b", "d", "c", "a"]


def test_failures_are_rows_and_where_to_look_is_said_once(tmp_path):
    outcomes = [
        failed("outcomes_bar", 'force "bar" is unknown. See: sas-analysis forces'),
        failed("outcomes_foo", 'force "foo" is unknown; did you mean "fo"? See: sas-analysis forces'),
        failed("outcomes_kent", "two\nlines"),
        failed("outcomes_avon", "raw files are refused:\n  a.csv: empty; download it again\n  b.csv: the same\nkept"),
        Outcome("outcomes_essex", "current"),
    ]
    assert summary(outcomes, Options(out=tmp_path)).splitlines() == [
        'outcomes_bar   failed      1.2 s  exit code 64  force "bar" is unknown.',
        'outcomes_foo   failed      1.2 s  exit code 64  force "foo" is unknown; did you mean "fo"?',
        "outcomes_kent  failed      1.2 s  exit code 64  two ...",
        "outcomes_avon  failed      1.2 s  exit code 64  "
        "raw files are refused: a.csv: empty; download it again; b.csv: the same ...",
        "See: sas-analysis forces",
        f"notebooks and logs of the failed reports: {tmp_path / '.failed'}",
        "5 reports: 1 current, 4 failed",
    ]
    assert summary(outcomes[4:], Options(out=tmp_path), brief=True) == "1 report: 1 current"
