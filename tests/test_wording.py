"""Months in words, a true minus, and what must not be touched."""

import pytest

from sas_analysis.present.wording import span, worded


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2020-04 to 2021-03", "April 2020 to March 2021"),
        ("from -1.3 to +0.2 points", "from −1.3 to +0.2 points"),
        ("(-3 to -1)", "(−3 to −1)"),
        ("ages 10-34, 2020-21, 18-24", "ages 10-34, 2020-21, 18-24"),
        ("stops/2020-04-essex.csv and `2020-04`", "stops/2020-04-essex.csv and `2020-04`"),
        ("self defined ethnicity", "self-defined ethnicity"),
        ("2020-13", "2020-13"),
    ],
)
def test_texts_are_worded_for_a_reader(text, said):
    assert worded(text) == said


def test_one_month_is_said_once():
    assert span("2019-12", "2019-12") == "December 2019"
