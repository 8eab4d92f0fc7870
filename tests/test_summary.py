"""The worked example of docs/summary.md: every number made again from the sample, and every sum by arithmetic alone."""

import ast
import math
import operator
import re
from pathlib import Path

import pytest
from test_documents import cells, section

import sas_analysis as sas
from sas_analysis.measures import outcomes, rates
from sas_analysis.records.synthetic.extract import write_sample

PAGE = "docs/summary.md"
TEXT = (Path(__file__).parents[1] / PAGE).read_text(encoding="utf-8")
GROUPS = {"Black": "Black", "White": "White", "unknown": "Unknown"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The study of the page, on the sample as `make sample` writes it."""
    place = tmp_path_factory.mktemp("summary")
    write_sample(place / "raw")
    return sas.open_study("metropolitan", "2018-04", "2019-03", raw=place / "raw", processed=place / "processed")


@pytest.fixture(scope="module")
def compared(study):
    return sas.Comparison(study)


@pytest.fixture(scope="module")
def arrests(study):
    return study.outcome_difference("arrest").frame


def table(heading, first):
    """The rows of the table of a section whose first header is `first`: first cell -> the others."""
    lines = [line for line in section(PAGE, heading).splitlines() if line.startswith("|")]
    start = next(number for number, line in enumerate(lines) if cells(line)[0] == first)
    body = []
    for line in lines[start + 2 :]:
        if set(line) <= set("|-"):
            body.pop()  # the head of the next table
            break
        body.append(cells(line))
    return {row[0]: row[1:] for row in body}


def of(frame, measure, group="Black", column="estimate"):
    (value,) = frame.loc[(frame["measure"] == measure) & (frame["ethnicity_5"] == group), column]
    return value


# Arithmetic alone

OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def worked_out(text):
    """The value of a sum as it is printed."""
    return value(ast.parse(plain(text).replace("×", "*"), mode="eval").body)


def value(node):
    if isinstance(node, ast.BinOp):
        return OPERATIONS[type(node.op)](value(node.left), value(node.right))
    return node.value


def number(text):
    return float(plain(text).rstrip("%"))


def plain(text):
    return text.replace(",", "").replace("−", "-")


def printed(figure, places=1, sign=""):
    """A figure as the page prints it, with a minus sign and not a hyphen."""
    return f"{figure:{sign}.{places}f}".replace("-", "−")


def last_digit(text):
    """One of the last digit that a number is printed with."""
    return 10.0 ** -len(text.rstrip("%").partition(".")[2])


SUMS = [
    (head, name, row[-2], row[-1])
    for head, first in [
        ("2. Divide by residents", "number"),
        ("4. Say what the unknown could change", "the unknown"),
        ("5. Ask what followed", "number"),
    ]
    for name, row in table(head, first).items()
]


def test_the_page_has_sums():
    assert len(SUMS) == 13


@pytest.mark.parametrize(("head", "name", "sum_", "result"), SUMS, ids=[name for _, name, _, _ in SUMS])
def test_every_sum_gives_its_result(head, name, sum_, result):
    assert worked_out(sum_) == pytest.approx(number(result), abs=last_digit(result))


def test_the_limits_of_the_textbook_are_worked_out():
    _, lower, upper = table("3. Say how sure it is", "what may vary")["each search, on its own"]
    ratio = 4967 / 1161594 / (5094 / 4760585)
    width = math.exp(1.96 * math.sqrt(1 / 4967 + 1 / 5094))
    assert (lower, upper) == (f"{ratio / width:.2f}", f"{ratio * width:.2f}")


# The package gives the same


def test_the_searches_and_residents_are_those_of_the_sample(study, compared):
    records, vehicles = study.flow["left"].iloc[0], study.flow["dropped"].iloc[-1]
    left = int(study.flow["left"].iloc[-1])
    assert (
        f"Of {records:,} published\nrecords {vehicles} are searches of a vehicle alone, which leaves {left:,}." in TEXT
    )
    counts = study.counted_searches["ethnicity_5"].value_counts()
    rows = table("1. Count searches", "group")
    assert {name: number(rows[name][0]) for name in GROUPS} == {name: counts[label] for name, label in GROUPS.items()}
    assert number(rows["other groups"][0]) == counts[["Mixed", "Asian", "Other"]].sum()
    assert counts.sum() == left
    residents = compared.base.residents.set_index("ethnicity_5")["residents"]
    for name in ("Black", "White"):
        years = of(compared.rates, "search_rate", name, "denominator")
        assert rows[name][1:] == [f"{residents[name]:,.0f}", f"{years:,.0f}"]


def test_rates_and_ratios_are_those_of_the_package(compared):
    results = {name: row[-1] for name, row in table("2. Divide by residents", "number").items()}
    made = {f"search rate, {name}": of(compared.rates, "search_rate", name) for name in ("Black", "White")}
    made["ratio"] = of(compared.ratios, "disproportionality_ratio")
    difference, excess = (
        measure(compared.exposure, **compared.against, by="ethnicity_5")
        for measure in (rates.rate_difference, rates.excess_searches)
    )
    made["rate difference"] = of(difference, "rate_difference")
    assert {name: f"{estimate:.2f}" for name, estimate in made.items()} == {name: results[name] for name in made}
    assert f"{of(excess, 'excess_searches'):,.0f}" == results["excess searches"]


def test_the_ratio_on_either_census_is_that_of_the_package(study):
    found = {
        year: of(sas.Comparison(study, census_year=year).ratios, "disproportionality_ratio") for year in (2011, 2021)
    }
    assert f"residents of 2011\nalone it is {found[2011]:.2f}, on those of 2021 it is {found[2021]:.2f}" in TEXT


def test_the_limits_are_those_of_the_package(compared):
    rows = table("3. Say how sure it is", "what may vary")
    for label, columns in [("95% period", ("period_lower", "period_upper")), ("95% process", ("lower", "upper"))]:
        (row,) = (row for name, row in rows.items() if label in name)
        limits = [of(compared.ratios, "disproportionality_ratio", column=column) for column in columns]
        assert row[1:] == [f"{limit:.2f}" for limit in limits]
    estimate = of(compared.ratios, "disproportionality_ratio")
    assert f'"{estimate:.1f} ({limits[0]:.1f} to {limits[1]:.1f})"' in TEXT


def test_the_bounds_are_those_of_the_package(compared):
    rows = [row[-1] for row in table("4. Say what the unknown could change", "the unknown").values()]
    names = ["ratio_lower_bound", "ratio_upper_bound", "officer_lower_bound", "officer_upper_bound"]
    assert rows[1:] == [f"{of(compared.bounds(), name):.2f}" for name in names]
    assert (
        f"So {of(compared.bounds(), names[0]):.1f} to {of(compared.bounds(), names[1]):.1f} whoever they were" in TEXT
    )


def test_what_officers_wrote_of_the_unknown_is_in_the_records(study):
    unknown = study.counted_searches[study.counted_searches["ethnicity_5"] == "Unknown"]
    seen = unknown["officer_ethnicity_5"].value_counts()
    assert (
        f"wrote {seen['Black']:,} of the unknown down as Black, {seen['White']} as White and {seen['Unknown']} as"
        in TEXT
    )
    all_searches = len(study.counted_searches)
    assert f"{len(unknown):,} of {all_searches:,} searches ({len(unknown) / all_searches:.1%})" in TEXT


def test_arrests_and_their_differences_are_those_of_the_package(study, arrests):
    rows = table("5. Ask what followed", "number")
    rate = outcomes.arrest_rate(study.counted_searches, by="ethnicity_5")
    assert [row[-1] for row in rows.values()] == [
        *(f"{of(rate, 'arrest_rate', name):.1%}" for name in ("Black", "White")),
        printed(100 * of(arrests, "outcome_difference_crude")),
    ]
    crude, within, adjusted = (points(arrests, name) for name in ("crude", "within", "adjusted"))
    assert f"limits are {crude[1]} to {crude[2]} points" in TEXT
    assert f"is {within[0]} points ({within[1]} to {within[2]}): more than half of the difference" in TEXT
    assert f"it is {adjusted[0]} ({adjusted[1]} to {adjusted[2]})" in TEXT
    assert of(arrests, "outcome_difference_within") > of(arrests, "outcome_difference_crude") / 2


def points(frame, kind):
    """A difference and its limits in points, as the page prints them."""
    values = [100 * of(frame, f"outcome_difference_{kind}", column=column) for column in ("estimate", "lower", "upper")]
    return [printed(values[0]), *(printed(limit, sign="+") for limit in values[1:])]


def test_the_grounds_of_the_page_are_those_of_the_records(study, arrests):
    searches = study.counted_searches
    searches = searches[searches["power"] == "Reasonable grounds"]
    for ground, row in table("5. Ask what followed", "searched for, under reasonable grounds").items():
        of_ground = searches[searches["object_group"] == ground.capitalize()]
        groups = [of_ground.loc[of_ground["ethnicity_5"] == name, "arrest"] for name in ("Black", "White")]
        assert row[:2] == [f"{group.sum():,} / {len(group):,}" for group in groups]
        (k, n), (j, m) = [(group.sum(), len(group)) for group in groups]
        assert row[2:] == [printed(100 * (k / n - j / m)), f"{n * m / (n + m):,.1f}"]
    assert "over 9 strata" in of(arrests, "outcome_difference_within", column="note")


def test_the_last_section_repeats_the_numbers_above():
    said = re.findall(r"\d+\.\d", section(PAGE, "What a report says of it"))
    above = TEXT.partition("## What a report says of it")[0]
    assert said
    assert [figure for figure in said if figure not in above] == []
