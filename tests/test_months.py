"""Months as texts."""

import pytest

from sas_analysis.months import in_ranges, is_month, later, months_between


@pytest.mark.parametrize("text", ["2019-01", "2019-12", "0001-10"])
def test_a_month(text):
    assert is_month(text)


@pytest.mark.parametrize(
    "text", ["2019-00", "2019-13", "2019-1", "2019", "2019-01-01", "2019-01\n", "٢٠١٩-٠١", 201901, None]
)
def test_no_month(text):
    assert not is_month(text)


def test_months_between_are_all_of_them_whatever_the_year():
    assert months_between("2018-11", "2019-02") == ["2018-11", "2018-12", "2019-01", "2019-02"]
    assert months_between("2019-02", "2019-02") == ["2019-02"]
    assert months_between("2019-02", "2019-01") == []
    assert len(months_between("2014-12", "2026-11")) == 144


def test_later_and_earlier():
    assert [later("2019-01", by) for by in (0, 1, 11, 12, -1, -13)] == [
        *("2019-01", "2019-02", "2019-12", "2020-01", "2018-12", "2017-12")
    ]


def test_in_ranges():
    assert in_ranges(["2019-12", "2020-01", "2019-11", "2020-03"]) == "2019-11 to 2020-01, 2020-03"
    assert in_ranges([]) == "none"


def test_the_pattern_of_a_month_stands_once(request):
    """Two rules of what a month is would sooner or later differ."""
    source = request.config.rootpath / "src"
    found = [path.name for path in source.rglob("*.py") if "0[1-9]|1[0-2]" in path.read_text(encoding="utf-8")]
    assert found == ["months.py"]
