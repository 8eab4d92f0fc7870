"""The first screen of every report: what it says of each kind of force, and that it says nothing false."""

import itertools
import math
import re

import pandas as pd
import pytest

from sas_analysis.measures.ethnicity.accounts import SAID_OF_BOTH, SEEN, SEEN_OF_BOTH, STATED
from sas_analysis.measures.sensitivity import CONTRADICTED
from sas_analysis.measures.table import measures_table
from sas_analysis.present import answers, block_html, cards, official_sentences, ratio_sentences, trust_line
from sas_analysis.present.reasons import why_not
from sas_analysis.present.sides import people, side
from sas_analysis.study.choices import Choices
from sas_analysis.study.comparison import Comparison
from sas_analysis.study.opening import open_study


class Of:
    """As much of a study as a sentence asks for."""

    who, area = "Essex Police", None


def ratios(**values):
    """Ratios with period limits: group=(searches, ratio, lower, upper)."""
    rows = {"White": (1000, 1.0, math.nan, math.nan)} | values
    searches, found, lower, upper = zip(*rows.values(), strict=True)
    expected = [number / value for number, value in zip(searches, found, strict=True)]
    return measures_table(
        pd.DataFrame({"ethnicity_5": list(rows)}), measure="disproportionality_ratio", numerator=list(searches),
        denominator=expected, limits=(lower, upper), interval="95% process", period=(lower, upper),
        note=["reference group", *[""] * len(values)],
    )  # fmt: skip


def answer(table, **more):
    return ratio_sentences.answer(table, reference="White", study=Of(), **more)


def test_groups_above_below_and_on_both_sides_of_1_and_of_too_few_searches():
    table = ratios(
        Asian=(500, 2.5, 2.3, 2.7), Mixed=(90, 0.7, 0.5, 0.9), Other=(90, 1.1, 0.8, 1.4), Black=(7, 3.0, 1.2, 6.0)
    )
    assert [side(row) for _, row in table.iloc[1:].iterrows()] == ["above", "below", "across", "few"]
    assert answer(table) == (
        "Relative to their number of residents, **Asian people were searched 2.5 times as often as White people**. "
        "**People of Mixed ethnicity were searched 0.70 times as often as White people**, so less often. For the Other "
        "group the records show no clear difference. For the Black group there are too few searches to say."
    )


def test_a_direction_that_the_years_around_leave_open_is_said_to_be_of_these_months():
    table = ratios(Asian=(500, 2.5, 2.3, 2.7), Other=(90, 0.8, 0.7, 0.9))
    assert "years" not in answer(table)
    wider = table.assign(lower=table["lower"] / 2, upper=table["upper"] * 1.2)
    assert answer(wider).endswith(
        "so less often. For the Other group this holds of these months only: its level over the years may be above or "
        "below that of White people."
    )


def test_no_direction_is_given_that_another_count_of_residents_turns():
    """Of another group, of few searches and on the same side there is a direction all the same."""
    table = ratios(Black=(500, 3.8, 3.4, 4.2), Asian=(90, 1.4, 1.1, 1.7), Other=(75, 0.48, 0.35, 0.64))
    ladder = pd.concat(
        [
            table.assign(base="Interpolated"),
            ratios(Black=(500, 4.8, 4.3, 5.4), Asian=(9, 0.8, 0.3, 1.7), Other=(75, 1.01, 0.8, 1.6)).assign(
                base="2021"
            ),
            ratios(Black=(500, 4.8, 4.3, 5.4), Asian=(90, 1.2, 1.0, 1.7), Other=(75, 1.22, 0.9, 1.6)).assign(
                base="Census 2011"
            ),
        ]
    )
    assert answer(table).endswith("**People of Other ethnicity were searched 0.48 times as often as White people**, so "
                                  "less often.")  # fmt: skip
    assert answer(table, ladder=ladder) == (
        "Relative to their number of residents, **Black people were searched 3.8 times as often as White people and "
        "Asian people 1.4 times**. For the Other group the count of residents decides: the ratio is **0.48** by the "
        "residents taken here, and 1.2 by another count (Census 2011), so no direction can be given."
    )
    alone = answer(table[~table["ethnicity_5"].isin(["Black", "Asian"])], ladder=ladder)
    assert alone.startswith("For the Other group the count of residents decides"), alone
    clear_here = table.assign(lower=table["lower"] / 4, upper=table["upper"] * 4)
    said = answer(clear_here, ladder=ladder)
    assert "For the Black and Asian groups this holds of these months only" in said, said


def test_no_group_is_above():
    said = answer(ratios(Asian=(500, 0.5, 0.4, 0.6)))
    assert said == (
        "Relative to their number of residents, **Asian people were searched 0.50 times as often as White people**, "
        "so less often."
    )


_OF_SIDE = {  # a ratio with its limits, of how many searches
    "above": (500, 2.5, 2.3, 2.7), "below": (500, 0.7, 0.6, 0.8), "across": (500, 1.1, 0.9, 1.3),
    "few": (7, 3.0, 1.2, 6.0), "none": (0, math.nan, math.nan, math.nan),
}  # fmt: skip
_VERBS = ("were searched", "records show", "there are too few", "There are too few", "can be given")
_GROUPS = ("Asian", "Black", "Mixed", "Other")
_MIXES = [mix for number in (1, 2, 3) for mix in itertools.product(_OF_SIDE, repeat=number)]
_MIXES += itertools.combinations_with_replacement(_OF_SIDE, 4)


@pytest.mark.parametrize("left_out", [False, True], ids=["all", "without a force"])
@pytest.mark.parametrize("reference", ["White", "Other"])
def test_every_mix_of_directions_makes_sentences_of_one_verb(reference, left_out):
    """Each sentence has its one verb before its first number, begins with a capital, and names each group once."""
    for mix in _MIXES:
        if set(mix) == {"none"}:
            continue
        own = [name for name in ("White", *_GROUPS) if name != reference]
        table = pd.DataFrame([(1000, 1.0, math.nan, math.nan), *(_OF_SIDE[name] for name in mix)])
        table = table.set_axis(["numerator", "estimate", "lower", "upper"], axis=1)
        table = table.assign(ethnicity_5=[reference, *own[: len(mix)]], measure="disproportionality_ratio", note="")
        table[["period_lower", "period_upper"]] = table[["lower", "upper"]]
        more = {}
        if left_out:
            more = {"confirmed": Of(), "contradicted": ["dorset"]}
            more["confirmed"].ratios, more["confirmed"].forces = table, ("essex", "kent")
            table = table.assign(note=CONTRADICTED)
        said = ratio_sentences.answer(table, reference=reference, study=Of(), **more).replace("**", "")
        sentences = [text for text in re.split(r"(?<=\.) (?=[A-Z])", said) if "added together" not in text]
        for text in sentences:
            found = [text.find(verb) for verb in _VERBS if verb in text]
            assert (len(found), text.count(_VERBS[0]) > 1) == (1, False), (mix, said)
            assert re.search(r"\d", text) is None or found[0] < re.search(r"\d", text).start(), (mix, said)
            assert (text[0].isupper(), text[-1]) == (True, "."), (mix, said)
        assert said.startswith("Without Dorset Police, ") == left_out, (mix, said)
        for group in own[: len(mix)]:
            named = re.findall(rf"\b{group}\b", said.replace(f"as often as {people(reference)}", ""))
            assert len(named) == 1, (mix, said)
        for name, words in (("above", "2.5 times"), ("below", "0.70 times")):
            assert said.count(words) == mix.count(name), (mix, said)


def test_only_unclear_ratios_are_no_disparity_and_no_equality():
    said = answer(ratios(Asian=(500, 1.1, 0.9, 1.3)))
    assert said == "For the Asian group the records show no clear difference."


def test_contradicted_records_have_no_headline():
    table = ratios(Asian=(500, 2.5, 2.3, 2.7))
    table["note"] = ["reference group", CONTRADICTED]
    said = answer(table)
    assert said.startswith("**No ratio can be a headline:** official statistics contradict the records of Essex Police")
    assert "2.5" not in said
    official = pd.DataFrame({"ethnicity_5": ["White", "Asian", "Other"], "estimate": [1.0, 1.9, 9.0]})
    official = official.assign(searches=[500, 80, 4], year_ending="2021-03")
    assert answer(table, official_ratios=official).endswith(
        "not which were made. By official counts of the year to March 2021, Asian people were searched 1.9 times as "
        "often as White people."
    )
    assert answer(table, official_ratios=official.tail(1)) == said  # too few searches
    assert answer(table, official_ratios=official.head(0)) == said


def test_figures_in_doubt_stand_in_brackets_and_beside_those_of_official_counts():
    table = ratios(Asian=(500, 2.5, 2.3, 2.7)).assign(note=CONTRADICTED)
    rates = measures_table(
        pd.DataFrame({"ethnicity_5": ["White", "Asian"]}), measure="search_rate", numerator=[1000, 500],
        denominator=[500_000.0, 100_000.0], note=CONTRADICTED,
    )  # fmt: skip
    assert ratio_sentences.rates(rates, reference="White") == (
        "Among Asian residents there were (5.0) searches per 1,000 in a year; among White residents (2.0). In "
        "brackets: official statistics contradict the records that these rates rest on. In number, most searches "
        "were of White people: 1,000 of the 1,500 searches of these groups."
    )
    assert "(" not in ratio_sentences.rates(rates.assign(note=""), reference="White")
    official = pd.DataFrame({"ethnicity_5": ["Asian"], "estimate": [1.9], "searches": [80], "year_ending": ["2021-03"]})
    made = cards.ratios(table, rates, reference="White", study=Of(), official_ratios=official)
    assert [one.base for one in made] == [
        "500 searches; (5.0) per 1,000 residents a year. By official counts (year to March 2021): 1.9 times"
    ]
    plain = cards.ratios(table.assign(note=""), rates, reference="White", study=Of())
    assert [one.base for one in plain] == ["500 searches; 5.0 per 1,000 residents a year"]
    by_object = table.assign(object_group="Drugs")
    said = ratio_sentences.by_kind(by_object, reference="White", column="object_group")
    assert said == (
        "For Asian people only one ratio can be given, for drugs: (2.5). "
        "Objects with fewer than 20 searches of a group are left out."
    )
    (card,) = cards.ratios(table, table.assign(measure="search_rate"), reference="White", study=Of())
    assert (card.text, card.mark, card.value) == ("(2.5 times)", "contradicted by official statistics", 2.5)


def rates_of(**values):
    """Rates: group=(searches, residents)."""
    searches, residents = zip(*values.values(), strict=True)
    return measures_table(
        pd.DataFrame({"ethnicity_5": list(values)}), measure="search_rate", numerator=list(searches),
        denominator=[float(number) for number in residents],
    )  # fmt: skip


def test_no_rate_of_few_searches_is_told():
    every = {"White": (830, 125_138), "Mixed": (8, 1170), "Asian": (14, 1435), "Black": (5, 306), "Other": (0, 442)}
    assert ratio_sentences.rates(rates_of(**every), reference="White") == (
        "Among White residents there were 6.6 searches per 1,000 in a year. There are too few searches for a rate of "
        "the Mixed, Asian, Black and Other groups."
    )
    said = ratio_sentences.rates(rates_of(**every | {"Asian": (40, 1435)}), reference="White")
    assert said.startswith("Among Asian residents there were 27.9")
    assert said.endswith("In number, most searches were of White people: 830 of the 883 whose ethnicity is known.")
    few = {"White": (9, 1000), "Black": (5, 306)}
    assert ratio_sentences.rates(rates_of(**few), reference="White") == "There are too few searches to say."
    two = ratio_sentences.rates(rates_of(White=(80, 1000), Black=(50, 306)), reference="White")
    assert two.endswith("80 of the 130 searches of these groups.")


def of_kinds(**kinds):
    tables = [ratios(**groups).assign(object_group=kind) for kind, groups in kinds.items()]
    return pd.concat(tables, ignore_index=True)


def test_kinds_of_objects_are_told_of_every_group_that_the_table_shows_without_brackets():
    table = of_kinds(
        Drugs={"Asian": (345, 1.8, 1.6, 2.0), "Black": (191, 2.34, 2.0, 2.7), "Mixed": (9, 4.0, 2.0, 7.0)},
        Weapons={"Asian": (90, 1.1, 0.9, 1.3), "Black": (72, 2.5, 1.9, 3.2), "Mixed": (30, 1.2, 1.1, 1.3)},
    )
    assert ratio_sentences.by_kind(table, reference="White", column="object_group") == (
        "The Black ratio goes from 2.3 for drugs to 2.5 for weapons. The Asian ratio goes from 1.10 for weapons (no "
        "clear difference) to 1.8 for drugs. For people of Mixed ethnicity only one ratio can be given, for "
        "weapons: 1.2. Objects with fewer than 20 searches of a group are left out."
    )
    few = of_kinds(Drugs={"Asian": (19, 1.8, 1.6, 2.0)})
    said = ratio_sentences.by_kind(few, reference="White", column="object_group")
    assert said == "There are too few searches of one kind to compare."


def by_both(own, officer):
    words = {STATED: own, SEEN: officer, SAID_OF_BOTH: own, SEEN_OF_BOTH: officer}
    table = pd.concat([ratios(**groups).assign(account=name) for name, groups in words.items()], ignore_index=True)
    return ratio_sentences.accounts(table, reference="White")


def test_what_the_answer_would_say_otherwise_depends_on_whose_word_it_is():
    said = by_both({"Other": (200, 0.88, 0.8, 0.97)}, {"Other": (230, 1.03, 0.95, 1.1)})
    assert said == (
        "For people of Other ethnicity it does: of the searches where both are known, the ratio is 0.88 by what people "
        "said and 1.03 by what officers recorded (no clear difference)."
    )
    said = by_both({"Black": (90, 1.65, 1.3, 2.1)}, {"Black": (110, 1.99, 1.6, 2.4)})
    told = "the ratio is 1.6 by what people said and 2.0 by what officers recorded."
    assert said == f"For Black people it does: of the searches where both are known, {told}"
    said = by_both({"Black": (20, 2.36, 1.02, 4.9)}, {"Black": (20, 2.35, 0.99, 4.9)})
    assert said.endswith("For the Black group it decides whether a difference is clear.")


def test_two_accounts_are_compared_on_the_same_searches_and_the_others_are_told_apart():
    """Thames Valley, 2019/20, Asian: 1.59 and 1.58 where both are known; officers describe those who state none too."""
    words = {STATED: (90, 1.61, 1.3, 2.1), SEEN: (150, 2.02, 1.6, 2.4)}
    words |= {SAID_OF_BOTH: (89, 1.59, 1.3, 2.1), SEEN_OF_BOTH: (88, 1.58, 1.3, 2.1)}
    table = pd.concat([ratios(Asian=row).assign(account=name) for name, row in words.items()], ignore_index=True)
    assert ratio_sentences.accounts(table, reference="White") == (
        "Hardly: by what people said and by what officers recorded, of the searches where both are known, the ratios "
        "are the same in the digits given here. Of all searches that officers described, those of people who state "
        "none among them, it is 2.0 for Asian people."
    )


def test_a_group_that_one_account_alone_gives_a_ratio_of_is_named():
    own = {"Black": (90, 2.0, 1.6, 2.4), "Mixed": (50, 1.5, 1.1, 2.0), "Other": (3, 0.2, 0.1, 0.5)}
    officer = {"Black": (90, 2.0, 1.6, 2.4), "Mixed": (0, math.nan, math.nan, math.nan), "Other": (80, 2.4, 1.9, 3.0)}
    assert by_both(own, officer).endswith(
        "Only what people said gives a ratio, on 20 searches or more, for the Mixed group: 1.5. Only what officers "
        "recorded gives a ratio, on 20 searches or more, for the Other group: 2.4."
    )
    assert by_both({"Other": (3, 0.2, 0.1, 0.5)}, {"Other": (4, 0.2, 0.1, 0.5)}) == "There are too few searches to say."


def test_ranges_of_assumptions_say_whether_chance_is_in_them_and_nothing_of_few_searches():
    tables = {
        "2011": ratios(Black=(90, 2.0, 1.6, 2.4), Asian=(40, 1.3, 0.9, 1.7), Mixed=(7, 3.0, 1.2, 6.0)),
        "2021": ratios(Black=(90, 1.8, 1.4, 2.2), Asian=(40, 1.5, 1.1, 2.0), Mixed=(7, 2.8, 1.1, 5.0)),
    }
    ladder = pd.concat([table.assign(base=name) for name, table in tables.items()], ignore_index=True)
    assert ratio_sentences.bases(ladder, reference="White") == (
        "On all 2 counts of residents: for the Black group the ratio and its interval stay above 1; for the Asian "
        "group the ratio stays above 1, but its interval does not."
    )
    universe = ladder[ladder["ethnicity_5"].ne("White")].rename(columns={"base": "census"})
    assert ratio_sentences.choices(universe) == (
        "Over all 2 combinations of choices, for the Black group the ratio and its interval stay above 1; for the "
        "Asian group the ratio stays above 1, but its interval does not; for the Mixed group there are too few "
        "searches to say."
    )
    given = universe["ethnicity_5"].ne("Black") | universe["census"].eq("2011")
    assert "for the Black group only 1 of them gives a ratio: it is above 1" in ratio_sentences.choices(
        universe.assign(estimate=universe["estimate"].where(given))
    )
    bare = universe.assign(lower=math.nan, upper=math.nan, period_lower=math.nan, period_upper=math.nan)
    assert "for the Black and Asian groups the ratio stays above 1; for" in ratio_sentences.choices(bare)


def test_what_the_unknown_could_change_is_not_told_of_few_searches():
    own = ratios(Asian=(14, 1.5, 0.7, 2.7), Black=(90, 2.0, 1.6, 2.4))
    lowest = own.assign(measure="ratio_lower_bound", estimate=own["estimate"] - 0.2)
    lowest[["lower", "period_lower"]] -= 0.7
    table = own.rename(columns={"numerator": "searches"}).assign(unknown_lowest=own["estimate"] - 0.2)
    table = table.assign(unknown_highest=9.0)
    share = measures_table(
        pd.DataFrame({"ethnicity_5": ["Unknown"]}), measure="share_of_searches", numerator=[75], denominator=[932]
    )
    parity = pd.DataFrame({"ethnicity_5": ["Asian"], "measure": "tipping_share", "estimate": 0.3})
    said = ratio_sentences.unknown(table, share, parity, lowest, reference="White")
    assert said == (
        "For 8.0% of searches ethnicity is unknown. If all of these were White, the Black ratio would be 1.8; if all "
        "were Black, 9.0. However they are shared out, for the Black group the ratio stays above 1, but its interval "
        "does not."
    )
    thin = table.assign(searches=[900, 14, 6])
    said = ratio_sentences.unknown(thin, share, parity, lowest, reference="White")
    assert said.endswith("There are too few searches to say what that could change.")


def test_several_forces_say_so_and_name_those_left_out():
    class Confirmed:
        ratios = globals()["ratios"](Asian=(400, 2.0, 1.8, 2.2))
        forces = ("essex", "kent")

    table = ratios(Asian=(500, 2.5, 2.3, 2.7))
    table["note"] = ["reference group", CONTRADICTED]
    told = {"confirmed": Confirmed, "contradicted": ["dorset"]}
    said = answer(table, answered=["essex", "kent"], **told)
    assert said.startswith("Without Dorset Police, whose records official statistics contradict")
    assert "searched 2.0 times" in said
    assert said.endswith(
        "The searches of Essex Police and Kent Police are added together here, so who lives where is part of each "
        "ratio."
    )
    alone = answer(table, answered=["essex"], other_residents=("2019-05", "2020-04"), **told)
    assert "added together" not in alone  # a force without residents or months that count is not among them
    assert alone.endswith(
        "These ratios rest on the residents of 2019-05, the middle of the months that are left; tables that hold the "
        "other forces too take those of 2020-04, so their ratios of the same searches can differ."
    )


def test_a_reason_with_an_open_plural_is_put_by_its_number():
    note = "not estimable: 2 force(s) with searches of both groups: how forces differ shows from three on"
    assert why_not(note).startswith("2 forces with searches of both groups")
    assert why_not(note.replace("2 force", "1 force")).startswith("1 force with searches of both groups")


def test_the_unknown_are_not_said_to_be_described_by_officers_who_described_none():
    own = ratios(Black=(90, 2.0, 1.6, 2.4))
    drawn = own.assign(estimate=own["estimate"] + 0.5, measure="imputed_ratio")
    note = (
        "assumes that of searches alike; 8.0% of searches imputed 50 times, {} of them without an officer-defined group"
    )
    said = {
        share: ratio_sentences.imputed(drawn.assign(note=note.format(share)), own, reference="White")
        for share in ("100.0%", "40.0%")
    }
    assert said["100.0%"] == (
        "If searches of unknown ethnicity are like others of the same time, object and power, the ratios change most "
        "for Black people: from 2.0 to 2.5. Officers described none of them."
    )
    assert said["40.0%"].endswith("from 2.0 to 2.5. Officers described 60.0% of them.")
    assert "described" not in ratio_sentences.imputed(drawn, own, reference="White").partition("way, ")[2]


def test_a_share_of_another_number_of_searches_says_of_how_many():
    def shares(column, of, **numbers):
        groups = pd.DataFrame({column: list(numbers)})
        given = {"numerator": list(numbers.values()), "denominator": [of] * len(numbers)}
        return measures_table(groups, measure="share_of_searches", **given)

    named = {"Controlled drugs": 20_000, "Stolen goods": 10_000, "Not recorded": 33}
    objects = shares("object_of_search", 30_033, **named)
    study = Of()
    study.choices = Choices()
    for number, said in ((31_137, " Of 31,137 searches in the months whose power can be used, 0.31% were made under"),
                         (30_033, " 0.32% were made under")):  # fmt: skip
        powers = shares("power", number, **{"Section 60": 97, "Reasonable grounds": number - 97})
        assert said in answers.grounds(objects, powers, study=study)
    powers = shares("power", 31_137, **{"Section 60": 0, "Reasonable grounds": 31_137})
    said = answers.grounds(objects, powers, study=study)
    assert "whose power can be used, none is recorded as made under section 60" in said
    powers = shares("power", 31_137, **{"Section 60": 0, "Reasonable grounds": 31_000, "Not recorded": 137})
    assert answers.grounds(objects, powers, study=study).endswith("; the power of 137 is not recorded.")


@pytest.mark.parametrize(
    ("text", "big"),
    [
        ("under 0.01%", '<small class="at">under</small> 0.01%'),
        ("4.2 times", "4.2 <small>times</small>"),
        ("Tower Hamlets", "Tower Hamlets"),
        ("12.6%", "12.6%"),
    ],
)
def test_what_stands_around_the_number_of_a_card_is_small(text, big):
    card = {"text": text, "what": "Share", "interval": "", "base": "", "mark": ""}
    assert f'<span class="big">{big}</span>' in block_html.cards({"cards": [card]})


def test_a_card_says_the_same_digits_as_the_answer():
    table = ratios(Asian=(500, 2.549, 2.3, 2.7), Other=(90, 0.8056, 0.67, 0.96))
    said, made = answer(table), cards.ratios(table, table, reference="White", study=Of())
    assert all(card.text.split()[0] in said for card in made)


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("", ""),
        ("reference group", ""),
        ("not estimable: no search with a known outcome; outcome unknown in 3 of 3", "no search with a known outcome"),
        (
            "not estimable: no month of 12 may be used (2020-04: no arrests (arrest): none of 469 is an arrest)",
            "no arrest is published in any of the 12 months",
        ),
        (
            "not estimable: no month of 1 may be used (2018-04: drop-out (location): 9 of 9)",
            "location is missing from many records in the month",
        ),
        (
            "not estimable: hardly anyone lives there (4 (2 of them) residents), so no",
            "hardly anyone lives there, so no",
        ),
        ("not estimable: officers of essex do not use Mixed (3 searches)", "officers of Essex Police do not use Mixed"),
    ],
)
def test_a_reason_is_in_words(note, said):
    assert why_not(note) == said


# --- real forces, of each kind --------------------------------------------------------------------------------------

YEAR = ("2020-04", "2021-03")
TERMS = re.compile(r"link field|crosswalk|\bladder\b|\bdelta\b|honest|carried|\bflow\b|NaN|\bnan\b|self_|_5\b")
KINDS = {  # force: (how its answer on ratios begins, how its answer on outcomes begins)
    "dorset": ("**No ratio can be a headline:** official statistics contradict", "Of 2,597 searches of people"),
    "north-yorkshire": (
        "**No rate and no ratio can be given for North Yorkshire Police:** self-defined",
        "Of 3,639 searches of people",
    ),
    "gwent": (
        "**No ratio can be a headline:**",
        "**Nothing can be said about outcomes for Gwent Police:** no arrest is published",
    ),
    "cambridgeshire": ("Relative to their number of residents, **Black people", "Of 3,036 searches of people"),
    "city-of-london": ("**No rate and no ratio can be given for City of London Police:** hardly anyone lives", "Of "),
    "west-yorkshire": ("Relative to their number of residents, **Asian people were searched 2.5", "Of 20,279 searches"),
}


@pytest.fixture(scope="module")
def archive(real_data, tmp_path_factory):
    """The months of the forces above, out of the archive."""
    import zipfile

    raw = tmp_path_factory.mktemp("archive") / "raw"
    with zipfile.ZipFile(real_data / "archive" / "2021-11.zip") as whole:
        wanted = [name for name in whole.namelist() if any(f"-{force}-stop" in name for force in KINDS)]
        whole.extractall(raw, [name for name in wanted if "2019-10" <= name[:7] <= "2021-09"])
    return raw


@pytest.mark.parametrize("force", KINDS)
def test_the_first_screen_of_a_force_of_each_kind(archive, force):
    study = open_study(force, *YEAR, raw=archive, processed=archive.parent / "processed")
    compared = Comparison(study)
    known = {"reference": "White", "study": compared.study, "confirmed": compared.confirmed}
    ratio = ratio_sentences.answer(compared.ratios, **known, contradicted=compared.contradicted)
    of_outcome = study.using("outcome")
    shares, positive = of_outcome.share("outcome").frame, of_outcome.outcome("positive").frame
    outcome = answers.outcomes(shares, positive, study=of_outcome)
    assert (ratio[: len(KINDS[force][0])], outcome[: len(KINDS[force][1])]) == KINDS[force]
    objects, powers = study.share("object_of_search").frame, study.share("power").frame
    quality = [study.share(by, months="published").frame for by in ("ethnicity_5", "outcome")]
    said = [ratio, outcome, answers.grounds(objects, powers, study=study), answers.quality(*quality, study=study)]
    said += [official_sentences.official(study), ratio_sentences.rates(compared.rates, reference="White")]
    made = [
        *cards.ratios(compared.ratios, compared.rates, **known), *cards.outcomes(shares, positive, study=of_outcome),
        *cards.grounds(objects, powers, study=study), *cards.quality(*quality, study=study),
    ]  # fmt: skip
    line = trust_line.line(study, study.share("ethnicity_5").only(ethnicity_5="Unknown").frame)
    texts = [
        *said,
        *(f"{card.text} {card.interval} {card.base}" for card in made),
        *(f"{one.words} {one.fact}" for one in line),
    ]
    assert [text for text in texts if TERMS.search(text) or force in text] == []
    assert all(text.endswith((".", "?")) for text in said)
    assert {one.light for one in line} <= {"good", "warn", "bad", "none"}
    assert all(card.base for card in made if card.value is not None)  # never a value without what it rests on


def test_outcomes_that_may_not_be_used_have_no_bounds_in_the_headline(archive):
    """Gwent publishes no arrest, so what is published of its outcomes is refused, and so is what rests on it."""
    study = open_study("gwent", *YEAR, raw=archive, processed=archive.parent / "processed").using("outcome")
    shares, positive = study.share("outcome").frame, study.outcome("positive").frame
    assert answers.outcomes(shares, positive, study=study) == (
        "**Nothing can be said about outcomes for Gwent Police:** no arrest is published in any of the 12 months."
    )
    made = cards.outcomes(shares, positive, study=study)
    assert [(one.id, one.base) for one in made] == [
        ("searches", "in all published months"), ("unknown", "1,180 of 5,440 searches"),
    ]  # fmt: skip
    bounds = study.outcome_bounds("nothing").frame
    assert bounds["note"].str.endswith("; if those that are published are right").all()
    other = open_study("cambridgeshire", *YEAR, raw=archive, processed=archive.parent / "processed")
    assert not other.outcome_bounds("nothing").frame["note"].str.contains("are right").any()


def test_that_an_object_is_blank_is_known_where_objects_may_not_be_used(archive):
    study = open_study("gwent", *YEAR, raw=archive, processed=archive.parent / "processed")
    made = cards.grounds(study.share("object_of_search").frame, study.share("power").frame, study=study)
    assert [(one.id, one.text, one.base) for one in made][-1] == ("object_unknown", "81.3%", "4,424 of 5,440 searches")


def test_a_limit_without_end_is_no_number_of_a_card():
    table = ratios(Black=(40, 3.0, 1.2, math.inf))
    made = cards.card(table.iloc[1], id="ratio_black", what="Black", base="40 searches", unit="times")
    assert (made.value, made.lower, made.upper) == (3.0, 1.2, None)
    assert made.interval == "1.2 or more"
