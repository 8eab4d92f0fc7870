"""What sentences say of a number beside another: nothing moves that is printed alike, and what moves most is named."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas_analysis.measures.ethnicity.accounts import SAID_OF_BOTH, SEEN_OF_BOTH
from sas_analysis.measures.table import measures_table
from sas_analysis.present import (
    month_sentences,
    national_sentences,
    place_sentences,
    prose,
    quality_sentences,
    ratio_sentences,
    section_sentences,
)
from sas_analysis.present.moves import alike, farthest
from sas_analysis.study.choices import Choices

GROUPS = ["Mixed", "Asian", "Black", "Other"]
RATIO = "disproportionality_ratio"
SHARE = "share_of_searches"
_PAIRS = (  # of numbers that a sentence sets beside each other
    r"(?P<a>\(?[\d.,]+%?\)?) instead of (?P<b>\(?[\d.,]+%?\)?)",
    r"from (?P<a>\(?[\d.,]+%?\)?) (?:\([^)]*\) )?to (?P<b>\(?[\d.,]+%?\)?)",
    r"between (?P<a>[\d.,]+%?) (?:\([^)]*\) )?and (?P<b>[\d.,]+%?)",
    r"(?P<a>\(?[\d.,]+\)?) by what people said and (?P<b>\(?[\d.,]+\)?) by what officers",
)


def unmoved(text):
    """Pairs of numbers in a text that are told apart and printed alike."""
    pairs = [found.groupdict() for pattern in _PAIRS for found in re.finditer(pattern, text)]
    return [pair for pair in pairs if alike(pair["a"].rstrip("."), pair["b"].rstrip("."))]


def ratios(values, measure=RATIO, searches=500, **columns):
    groups = pd.DataFrame({"ethnicity_5": ["White", *GROUPS[: len(values)]]} | columns)
    numbers = [1000, *[searches] * len(values)]
    expected = [number / value if value else math.nan for number, value in zip(numbers, [1.0, *values], strict=True)]
    return measures_table(
        groups, measure=measure, numerator=numbers, denominator=expected, note=["reference group", *[""] * len(values)]
    )


def young(before, after):
    """Both of the same residents, which the table has: the ratios of the page are on others."""
    measures = {"ratio_before_standardising": before, "ratio_of_standardised_rates": after}
    table = pd.concat([ratios(values, measure) for measure, values in measures.items()], ignore_index=True)
    return ratio_sentences.young(table, reference="White").replace("Census 2011", "")


def imputed(before, after):
    return ratio_sentences.imputed(ratios(after, "imputed_ratio"), ratios(before), reference="White")


def accounts(before, after):
    both = [ratios(before).assign(account=SAID_OF_BOTH), ratios(after).assign(account=SEEN_OF_BOTH)]
    return ratio_sentences.accounts(pd.concat(both), reference="White")


SAYS = {"young": young, "imputed": imputed, "accounts": accounts}
VALUES = st.lists(st.floats(0.05, 9), min_size=4, max_size=4)


@pytest.mark.parametrize("says", SAYS)
def test_the_group_that_moves_most_is_named_with_two_numbers_that_differ(says):
    said = SAYS[says]([1.6, 2.07, 2.36, 0.65], [1.6, 2.09, 3.10, 0.66])
    assert "for Black people" in said or "For Black people" in said
    assert {"2.4", "3.1"} <= set(re.findall(r"\d\.\d", said))


@pytest.mark.parametrize("says", SAYS)
def test_numbers_that_are_printed_alike_are_said_to_be_the_same(says):
    before, after = [1.6, 2.07, 2.36, 0.65], [1.61, 2.069, 2.362, 0.6501]
    said = SAYS[says](before, after)
    assert "the ratios are the same in the digits given here" in said
    assert re.search(r"\d", said) is None


def test_where_nothing_is_unknown_nothing_is_said_of_the_unknown():
    assert imputed([0.27, 0.59], [0.27 + 1e-13, 0.59]) == ""


@pytest.mark.parametrize("says", SAYS)
@given(before=VALUES, change=st.lists(st.floats(0.97, 1.03), min_size=4, max_size=4))
@settings(max_examples=40)
def test_no_sentence_sets_a_number_beside_itself(says, before, change):
    said = SAYS[says](before, [value * factor for value, factor in zip(before, change, strict=True)])
    assert unmoved(said) == [], said


@given(before=VALUES, after=VALUES)
def test_what_moves_farthest_is_printed_otherwise_and_no_other_that_is_moves_farther(before, after):
    of, to = (pd.Series(values, index=GROUPS) for values in (before, after))
    moved = farthest(of, to, RATIO)
    printed = {name: [prose.headline(value[name], RATIO)[0] for value in (of, to)] for name in GROUPS}
    seen = [name for name in GROUPS if not alike(*printed[name])]
    assert (moved is None) == (seen == [])
    if moved:
        assert [moved.before, moved.after] == printed[moved.label]
        assert moved.far == max(max(of[name], to[name]) / min(of[name], to[name]) for name in seen)


def test_a_ratio_of_all_forces_and_of_all_kinds_that_are_alike_is_said_once():
    forces = ["essex", "kent"]
    table = pd.concat([ratios([2.31]).assign(force=name) for name in forces], ignore_index=True)
    within = pd.DataFrame({
        "ethnicity_5": ["Mixed"] * 2, "measure": ["ratio_crude", "ratio_within_mh"], "estimate": [2.31, 2.29]
    })  # fmt: skip
    said = ratio_sentences.forces_apart(table, within, group="Mixed")
    assert (
        said == "The Mixed ratio is 2.3 in each of the 2 forces. With forces added together and within them it is 2.3."
    )
    alone = ratio_sentences.forces_apart(table[table["force"].eq("kent")], within, group="Mixed")
    assert alone == "Only for Kent Police can a ratio of people of Mixed ethnicity be given: 2.3."
    kinds = pd.concat([ratios([2.31]).assign(object_group=name) for name in ("Drugs", "Weapons")], ignore_index=True)
    said = ratio_sentences.by_kind(kinds, reference="White", column="object_group")
    assert "the ratios are the same in the digits given here for all 2: 2.3." in said


def test_shares_that_are_printed_alike_have_no_highest_and_no_lowest():
    shares = measures_table(
        pd.DataFrame({"ethnicity_5": ["Unknown"] * 3, "month": ["2020-01", "2020-02", "2020-03"]}),
        measure=SHARE, numerator=[1000, 1000, 1001], denominator=[10_000] * 3,
    )  # fmt: skip
    said = quality_sentences.unknown(shares.head(1), shares)
    assert said == "Ethnicity is unknown in 10.0% of searches, the same in each of the 3 months."
    kinds = shares.assign(object_group="Drugs", object_of_search="Drugs")
    assert unmoved(section_sentences.over_time(kinds)) == []
    groups = kinds.assign(ethnicity_5=["White", "Asian", "Black"])
    assert section_sentences.by_group(groups) == "Of searches of each group, 10.0% were for drugs."
    arrests = shares.assign(area=["A", "B", "C"], measure="arrest_rate")
    assert unmoved(place_sentences.outcomes(arrests)) == []
    objects = shares.assign(object_of_search=["Drugs", "Weapons", "Stolen"], measure="positive_outcome_rate")
    assert unmoved(section_sentences.by_object(objects)) == []


def test_ratios_of_forces_that_are_printed_alike_do_not_go_from_one_to_the_other():
    table = pd.concat(
        [ratios([value]).assign(force=name) for name, value in (("essex", 2.32), ("kent", 2.31))], ignore_index=True
    )
    said = national_sentences.apart(table, table, group="Mixed")
    assert said.startswith("The Mixed ratio is 2.3 in each of the 2 forces")
    assert unmoved(said) == []


def test_a_ratio_that_turns_within_forces_is_named():
    """Asian, all forces of 2022/23: 0.77 with forces added together, 1.19 within them."""
    of = {"essex": 2.32, "kent": 1.2}
    table = pd.concat([ratios([value]).assign(force=name) for name, value in of.items()], ignore_index=True)

    def said(crude, within):
        own = {"ethnicity_5": ["Mixed"] * 2, "measure": ["ratio_crude", "ratio_within_mh"], "estimate": [crude, within]}
        return ratio_sentences.forces_apart(table, pd.DataFrame(own), group="Mixed")

    assert said(0.77, 1.19).endswith(
        "Forces added together it is 0.77; within forces, without who lives where, 1.19. The direction turns: who "
        "lives where makes it, and not what forces do."
    )
    assert said(0.77, 0.9).endswith("without who lives where, 0.90.")
    assert said(3.0, 2.5).endswith("without who lives where, 2.5.")


@pytest.mark.parametrize(
    "varied", [{"census": ["a", "b"], "unknown": ["left out", "group"]}, {"census": ["a", "b"]}, {}]
)
def test_combinations_of_choices_are_not_called_reasonable(varied):
    number = len(next(iter(varied.values()), [0]))
    universe = pd.concat([
        ratios([2.0, 0.5]).iloc[1:].assign(**{name: options[n] for name, options in varied.items()})
        for n in range(number)
    ], ignore_index=True)  # fmt: skip
    said = ratio_sentences.choices(universe)
    assert "reasonable" not in said
    assert ("give every search of unknown ethnicity to one group" in said) == ("unknown" in varied)
    assert said.startswith(f"Over all {number} combinations of choices, " if varied else "With the one combination of ")


def test_what_months_taken_back_in_move_is_told_by_the_digits_that_are_printed():
    def moved(after, number=2):
        lines = {"counted": [1.6, 2.07, 2.36, 0.65], "all published": after}
        table = pd.concat([ratios(values).iloc[1:].assign(months=name) for name, values in lines.items()])
        return month_sentences._moved(table, Choices(), number)

    assert moved([1.601, 2.071, 2.362, 0.65]).startswith("With them, no number of the headline is another")
    assert moved([1.601, 2.071, 2.362, 0.65], number=1).startswith("With it, no number of the headline is another")
    assert moved([1.70, 2.071, 2.47, 0.75]).startswith("With them, what moves most is Other: 0.75 instead of 0.65")


def test_a_number_that_only_one_way_of_counting_has_is_not_called_moved():
    def moved(counted, published):
        lines = {"counted": counted, "all published": published}
        table = pd.concat([ratios(values).iloc[1:].assign(months=name) for name, values in lines.items()])
        return month_sentences._moved(table, Choices(), 2)

    gained = moved([1.6, 2.07, np.nan, np.nan], [1.7, 2.07, 0.0, 0.65])
    assert gained == "With them, there is a number of Other too, 0.65, where none can be given now."
    lost = moved([1.6, 2.07, 2.36, 0.65], [1.7, 2.07, 2.36, np.nan])
    assert lost == "With them, there would be no number of Other, which is 0.65."


def of_power(numbers, months=()):
    label = {"month": list(months)} if months else {"power": ["Section 60", "Reasonable grounds"]}
    return measures_table(pd.DataFrame(label), measure=SHARE, numerator=numbers, denominator=[1000] * len(numbers))


def test_the_month_of_most_section_60_is_of_the_highest_share_and_of_few_searches_not_named():
    """One search in April and one in July were said to be the most in July."""
    study = SimpleNamespace(choices=Choices(), synthetic=False, area=None)
    months = ("2020-04", "2020-05", "2020-07")
    few = section_sentences.powers(of_power([2, 998]), of_power([1, 0, 1], months), study=study)
    assert few.endswith("There were any in 2 of 3 months.")
    one = section_sentences.powers(of_power([1, 999]), of_power([1, 0, 0], months), study=study)
    assert one.startswith("Under section 60, 1 search was made:")
    many = section_sentences.powers(of_power([90, 910]), of_power([20, 0, 70], months), study=study)
    assert many.endswith("The highest share was in 2020-07: 7.0% of that month's searches (70).")


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([90, 10, 0, 0], "After controlled drugs comes stolen goods (10.0%)."),
        ([100, 0, 0, 0], "No search with a recorded object was for anything but controlled drugs."),
        (
            [80, 17, 0, 3],
            "After controlled drugs comes stolen goods (17.0%). The object is not recorded in 3.0% of searches.",
        ),
    ],
)
def test_what_nothing_was_searched_for_does_not_come_after_the_commonest(numbers, said):
    names = ["Controlled drugs", "Stolen goods", "Fireworks", "Not recorded"]
    table = measures_table(
        pd.DataFrame({"object_of_search": names}), measure=SHARE, numerator=numbers, denominator=[100] * 4
    )
    assert section_sentences.objects(table) == said
