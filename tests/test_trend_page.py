"""The section on change of a report: its sentence in every branch, its chart, its table of steps."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

import sas_analysis as sas
from sas_analysis.measures.table import MEASURE_COLUMNS
from sas_analysis.present import charts, rowcharts, trend_sentences
from sas_analysis.present.charts.trends import event_places, step_places
from sas_analysis.present.trend_sentences import changed
from sas_analysis.present.trend_view import steps
from sas_analysis.study.estimates import Estimates
from sas_analysis.study.trends import Changes

MONTHS = [str(month) for month in pd.period_range("2019-01", "2020-12", freq="M")]
NONE = {"numerator": None, "denominator": None, "estimate": None, "lower": None, "upper": None}


def measured(rows):
    """A measures table of some rows, without a check."""
    table = pd.DataFrame(rows)
    return table.assign(**{name: None for name in MEASURE_COLUMNS if name not in table})


def points(**changes):
    row = {
        "group": "Black",
        "nature": "ratio",
        "of": "disproportionality_ratio",
        "month": "",
        "p": 0.4,
        "p_adjusted": 0.4,
        "looked_at": 1,
        "measure": "step",
    }
    return row | NONE | {"note": "no step stands out: the largest, in 2020-03, p 0.40"} | changes


def found(month, before, after, **changes):
    factor = after / before
    numbers = {
        "mean_before": before,
        "mean_after": after,
        "denominator": before,
        "numerator": after,
        "estimate": factor,
        "lower": 0.8 * factor,
        "upper": 1.2 * factor,
    }
    return points(month=month, p=0.002, p_adjusted=0.004, interval="95% step", note="", **numbers) | changes


@pytest.fixture(scope="module")
def study(sample, tmp_path_factory):
    return sas.open_study("metropolitan", "2018-04", "2018-09", raw=sample, processed=tmp_path_factory.mktemp("p"))


@pytest.fixture
def make(study):
    def made(*rows, gaps=(), why="not estimable: no file", year=None):
        what = {"measure": "disproportionality_ratio", "note": ""}
        values = [None if month in gaps else 2.0 + n / 10 for n, month in enumerate(MONTHS)]
        series = [{"month": month, "estimate": value} | what for month, value in zip(MONTHS, values, strict=True)]
        by_month = measured([row | {"note": why if row["month"] in gaps else ""} for row in series])
        year = None if year is None else Estimates(measured(year), "", study)
        events = sas.policy_calendar("2019-01", "2020-12", forces=["metropolitan"])
        own = Estimates(by_month, "", study)
        return Changes(own, own, measured(list(rows)), year, events, "White")

    return made


def test_a_rise_and_a_fall_say_when_how_far_and_what_else_happened(make):
    said = changed(make(found("2020-03", 2.5, 4.0), found("2019-06", 1.2, 0.9, group="Asian")))
    assert said.startswith(
        "**The ratio of Black to White rises in March 2020**, to 1.60 times its level before (95% limits 1.28 to "
        "1.92), from 2.50 to 4.00, the months on either side taken together. At that time: first lockdown."
    )
    assert "**The ratio of Asian to White falls in June 2019**, to 0.75 times its level before (95% limits 0.60" in said


def test_only_what_is_of_the_force_and_not_later_than_its_step_is_named_beside_it(make):
    both = make(found("2020-11", 1.0, 2.0, force="essex"), found("2020-11", 1.0, 2.0, force="gwent"))
    both = replace(both, events=sas.policy_calendar("2019-01", "2020-12", forces=["essex", "gwent"]))
    essex, gwent = changed(both).split("**The ratio of Black to White of ")[1:]
    assert essex.startswith("Essex Police rises in November 2020**, to 2.00 times its level before ")
    assert essex.strip().endswith("together. At that time: second lockdown.")
    assert gwent.strip().endswith("together. The month before: firebreak lockdown in Wales.")
    assert "lockdown" not in changed(replace(both, points=both.points.assign(month="2020-09")))  # before either
    april = replace(both, points=both.points.assign(month="2020-04"))
    assert "together. The month before: first lockdown." in changed(april)
    rule = {"kind": "policy", "scope": "essex"}
    at = pd.DataFrame([rule | {"date": f"2020-0{n}-05", "short": f"Rule {n}"} for n in (3, 4)])
    assert "At that time: rule 4; the month before: rule 3." in changed(replace(april, events=at))


def test_rules_on_section_60_are_not_named_where_none_was_searched_under_it(make, sample, tmp_path):
    eased = found("2019-08", 1.0, 2.0)
    assert "At that time: section 60 eased in all forces." in changed(make(eased))
    asked = {"raw": sample, "processed": tmp_path, "power": "reasonable grounds"}
    grounds = sas.open_study("metropolitan", "2018-04", "2018-09", **asked)
    made = make(eased)
    made = replace(made, by_month=replace(made.by_month, study=grounds))
    assert "section 60" not in changed(made)


def test_shares_are_said_as_shares_and_recording_as_recording(make):
    odds = {"estimate": 16.0, "lower": 12.0, "upper": 20.0, "note": "of the odds of the share"}
    share = found("2019-05", 0.2, 0.8, nature="share", of="arrest_rate", group="", **odds)
    assert changed(make(share)) == (
        "**The share of arrests rises in May 2019**, its odds to 16.00 times those before (95% limits 12.00 to 20.00), "
        "from 20.0% to 80.0%, the months on either side taken together."
    )
    lost = found("2020-03", 0.2, 0.8, nature="recording", of="not_recorded", group="Ethnicity", **odds)
    assert changed(make(lost)) == (
        "**The share without ethnicity rises in March 2020**, its odds to 16.00 times those before (95% limits 12.00 "
        "to 20.00), from 20.0% to 80.0%, the months on either side "
        "taken together: a change of recording, not of searches."
    )


def test_a_step_whose_months_go_the_other_way_is_said_without_them(make):
    said = changed(make(found("2020-03", 2.5, 4.0, mean_before=3.0, mean_after=2.9)))
    assert said == (
        "**The ratio of Black to White rises in March 2020**, to 1.60 times its level before (95% limits 1.28 to "
        "1.92). At that time: first lockdown."
    )


def test_no_step_is_no_lasting_change_and_not_nothing(make):
    said = changed(make(points(), points(group="Asian")))
    assert said == (
        "**No step stands out in the ratios to White** from how the months of a force ordinarily move. "
        "From 2019-01 to 2020-12 the ratio of Black to White went from 2.00 to 4.30, which need not last."
    )


def test_of_several_series_no_first_and_last_value_is_said(make):
    made = make(points())
    twice = pd.concat([made.in_short.frame] * 2, ignore_index=True)
    several = replace(made, in_short=replace(made.in_short, frame=twice))
    assert " went from " not in changed(several)
    assert " went from " not in changed(replace(made, in_short=replace(made.in_short, frame=twice.head(1))))


def test_too_few_months_and_too_few_searches_are_said(make):
    short = points(note="not searched: too few months: 6 may be used, 9 are needed")
    assert changed(make(short)) == "There are too few months to say whether anything has changed."
    few = points(note="not searched: too few searches a month: 1.0 on average, 5 are needed")
    assert "too few searches a month" in changed(make(few))
    assert "not given with round_to" in changed(
        make(points(note="not searched: not given with round_to, for it needs"))
    )


def test_a_share_of_hardly_any_is_not_said_to_have_few_searches(make):
    note = "not searched: too few searches a month in the share or outside it: 0.0 on average, 5 are needed"
    said = changed(make(points(), points(group="Asian", note=note)))
    assert (
        "1 of 2 series could be searched for steps: 1 has too few searches a month in the share or outside it." in said
    )
    assert changed(make(points(note=note))).startswith("There are too few searches a month in the share or outside it")


def test_the_sentence_says_what_the_line_of_the_forces_together_does(make):
    """The figure draws their line: a step of one force alone said nothing of it."""
    none = points(force="")
    said = changed(make(none, found("2020-03", 2.5, 4.0, force="essex", looked_at=3), points(force="kent")))
    assert said.startswith(
        "**No step stands out in the ratios to White of the forces together** from how the months of a force "
        "ordinarily move. From 2019-01 to 2020-12 the ratio of Black to White went from 2.00 to 4.30, which need not "
        "last. **The ratio of Black to White of Essex Police rises in March 2020**, to 1.60 times its level before"
    )
    assert said.endswith(" This allows for 3 steps having been looked at.")
    own = changed(make(found("2020-03", 2.5, 4.0, force=""), points(force="essex"), points(force="kent")))
    assert own.startswith("**The ratio of Black to White of the forces together rises in March 2020**, to 1.60 times")
    assert own.endswith("No step stands out in the ratios to White of single forces.")
    short = points(force="", note="not searched: too few months: 6 may be used, 9 are needed")
    few = changed(make(short, points(force="essex"), points(force="kent")))
    assert few.startswith(
        "There are too few months that all forces have to say whether the forces together have changed. From 2019-01"
    )
    many = [found("2020-03", 1, 2, force=name) for name in ("essex", "kent", "surrey", "sussex")]
    assert "More steps: Sussex Police in March 2020." in changed(make(none, *many))


def test_a_step_that_rests_on_few_searches_is_told_as_not_estimable(make):
    few = "not estimable: too few searches on one side of a step in 2020-03: 7, 20 are needed"
    short = points(group="Mixed", note="not searched: too few searches a month: 1.0 on average, 5 are needed")
    said = (
        "Whether the ratio of Black to White takes a step in March 2020 cannot be told: it would rest on 7 searches on "
        "one side, and 20 are needed."
    )
    assert changed(make(points(note=few), short)) == said
    assert changed(make(points(note=few), points(group="Asian"))).endswith(said)
    assert "2 possible steps cannot be told" in changed(make(points(note=few), points(note=few, group="Asian")))
    assert steps(measured([points(note=few)]))["month"].item() == "too few searches on one side of a step in 2020-03"


def test_a_factor_of_odds_is_called_one():
    """From 66% to 92% is a factor of 1.4 in shares, and the table said 7.4."""
    row = found("2020-03", 0.66, 0.92, nature="share", of="arrest_rate", note="of the odds of the share")
    assert "Factor at the step, of odds" in steps(measured([row]))


def test_a_force_that_cannot_be_searched_does_not_silence_the_others(make):
    few, short = ("not searched: too few searches a month: 1.0 on average", "not searched: too few months: 6 may be")
    none = "not searched: no residents"
    rows = [points(force="essex"), points(force="kent"), points(force="gwent", note=few), points(force="x", note=short)]
    said = changed(make(*rows))
    assert said.startswith(
        "**No step stands out in the ratios to White** from how the months of a force ordinarily move. 2 of 4 forces "
        "could be searched for steps: 1 has too few searches a month and 1 has too few months."
    )
    twice = changed(make(points(), points(group="Asian"), points(group="Other", note=none)))
    assert "2 of 3 series could be searched for steps: 1 has no month that may be used, or nothing to count." in twice
    assert "too few searches a month, or too few months, to say" in changed(make(*rows[2:]))


def test_missing_months_are_counted(make):
    assert changed(make(points(), gaps=MONTHS[3:5])).endswith(" Of 24 months, 2 are gaps (2 without records here).")
    aside = "not estimable: set aside by the data audit (doubled: each row is there twice)"
    assert changed(make(points(), gaps=MONTHS[3:4], why=aside)).endswith(" Of 24 months, 1 is a gap (1 not usable).")
    several = "not estimable: no file; a field may not be used (no arrests (arrest): none of 133)"
    assert changed(make(points(), gaps=MONTHS[3:5], why=several)).endswith(" 2 are gaps (2 not usable).")


def test_months_without_a_search_are_no_gaps(make):
    said = changed(make(points(), gaps=MONTHS[3:10], why="not estimable: no search"))
    assert said.endswith(" Of 24 months, 7 have no search of these groups.")
    changes = make(points(), gaps=MONTHS[3:10], why="not estimable: the denominator is zero; no limits: no search")
    frame = changes.by_month.frame
    frame["numerator"] = [2 if month in MONTHS[3:5] else 0 for month in MONTHS]  # of another group than the reference
    assert changed(changes).endswith(" Of 24 months, 5 have no search of these groups and 2 have no value.")
    assert "gaps" not in changed(make(points()))


def test_the_year_before_is_said_where_it_says_more(make):
    change = {
        "group": "Black",
        "period": "change",
        "measure": "year_on_year",
        "estimate": 1.6,
        "lower": 1.1,
        "upper": 2.3,
    }
    said = changed(make(points(), year=[change]))
    assert said.endswith("the factor is 1.60 (Black) (1.10 to 2.30): more than forces drift.")
    of = "of each force the months that it has in both years, 1 of 2 force-months, without Essex Police, which has no"
    several = changed(make(points(), year=[change | {"note": f"12 of 12 months matched; {of}"}]))
    assert several.endswith(f"more than forces drift. This is {of}.")
    within = change | {"lower": 0.9}
    assert "no series has moved by more" in changed(make(points(), year=[within]))
    assert "year before" not in changed(make(found("2020-03", 2.5, 4.0), year=[within]))


def test_a_month_without_a_file_or_set_aside_whole_lost_no_field():
    months = [f"2020-{n:02}" for n in range(1, 8)]
    grid = pd.DataFrame([(force, month) for force in ("essex", "kent") for month in months], columns=["force", "month"])
    # Of Essex a file of April is not here, May is set aside, and June lost its ethnicity; of Kent nothing is here.
    verdict = pd.Series(["fine"] * 3 + ["no file", "flagged", "unusable", "fine"] + ["no file"] * 7)
    status = verdict.replace("fine", "published")
    own = SimpleNamespace(counted=grid.assign(status=status), forces=["essex", "kent"])
    own.using = lambda field: SimpleNamespace(verdicts=grid.assign(verdict=verdict))
    made = SimpleNamespace(points=points_of_recording(), by_month=SimpleNamespace(study=own))
    said = "The data audit finds fields that may not be used for some months: ethnicity (2020-06"
    assert trend_sentences._lost(made) == f"{said}, 1 force-month of 1 force)."
    own.forces = ["essex"]
    assert trend_sentences._lost(made) == f"{said})."


def points_of_recording():
    return pd.DataFrame([points(nature="recording", group="Ethnicity")])


def test_many_steps_are_not_all_named(make):
    rows = [found(month, 1.0, 1.5 + n) for n, month in enumerate(("2019-04", "2019-08", "2020-02", "2020-06"))]
    said = changed(make(*rows))
    assert "April 2019" not in said  # the smallest
    assert said.endswith("One more step is in the table of steps.")


def test_a_table_of_steps_has_what_was_looked_for_and_not_found():
    table = steps(measured([found("2020-03", 0.2, 0.8, nature="share", of="arrest_rate", group=""), points()]))
    assert table["month"].tolist() == ["2020-03", "no step stands out"]
    assert table.loc[
        0, ["series", "Before, on average", "After, on average", "Factor at the step", "p, adjusted"]
    ].tolist() == [
        "Arrest",
        "20.0%",
        "80.0%",
        "4.00 (3.20 to 4.80)",
        "0.004",
    ]


def test_steps_come_first_in_a_table_of_which_a_page_prints_some_rows():
    few = "not estimable: too few searches on one side of a step in 2020-03: 7, 20 are needed"
    rows = [points(group=str(n)) for n in range(9)] + [found("2020-03", 1, 2), points(group="Other", note=few)]
    assert steps(measured(rows))["series"].tolist()[:3] == ["Black", "Other", "0"]


def test_events_and_steps_stand_where_they_belong():
    events = sas.policy_calendar("2019-01", "2020-12", kind="policy", named="lockdown", forces=["essex"])
    ((letter, place, words), *_) = event_places(events, MONTHS)
    assert (letter, words) == ("a", "First lockdown, 2020-03")
    assert place == pytest.approx(14 + 22 / 31 - 0.5)  # the 23rd, in the month whose point stands at 14
    assert step_places(measured([found("2020-03", 1, 2), points()]), MONTHS) == [(13.5, "Black")]


def test_a_line_of_forces_together_has_no_step_of_a_single_force(study):
    """A stroke in a line is a step of that line: a reader looks for it there."""
    both = measured([found("2020-03", 1, 2, force="essex"), found("2019-06", 1, 2, force="")])
    assert step_places(both, MONTHS) == [(4.5, "Black")]
    assert step_places(both, MONTHS, "force") == [(13.5, "essex")]
    table = study.trend("ratio", only=["Black"]).frame
    asked = {"by": "ethnicity_5", "months": study.months}
    lines = [
        len(charts.trend(table, title="", points=steps_of(force), **asked).axes[0].lines) for force in ("essex", "")
    ]
    assert lines[1] == lines[0] + 1
    drawn = [rowcharts.rows_of(charts.trend, table, points=steps_of(force), **asked) for force in ("essex", "")]
    assert ["An upright stroke: a step." in one["sub"] for one in drawn] == [False, True]
    assert [one["html"].count('class="one"') for one in drawn] == [0, 1]


def steps_of(force):
    return measured([found("2018-07", 1, 2, force=force)])


def test_a_row_of_the_chart_breaks_at_a_gap_and_names_events(study):
    table = study.trend("ratio", only=["Black"]).frame
    events = pd.DataFrame([{"date": "2018-07-10", "short": "A rule"}])
    drawn = rowcharts.rows_of(charts.trend, table, by="ethnicity_5", months=study.months, events=events)
    assert drawn["html"].count("<polyline") == 1
    assert "a: A rule, 2018-07" in drawn["sub"]
    gap = table.assign(estimate=table["estimate"].mask(table["month"].eq("2018-06")))
    drawn = rowcharts.rows_of(charts.trend, gap, by="ethnicity_5", months=study.months, events=None)
    assert drawn["html"].count("<polyline") == 2
    assert ">a</text>" not in drawn["html"]


def test_a_series_without_groups_is_drawn_under_its_name(study):
    table = study.trend("searches").frame
    drawn = rowcharts.rows_of(charts.trend, table, by="month", months=study.months)
    assert "Searches a day" in drawn["html"]
    assert charts.trend(table, by="month", months=study.months, title="Searches a day").axes


def test_a_row_of_the_chart_says_of_its_scale_what_it_is(study):
    """The scale reaches above the line, to its band, so no line goes up to its own highest."""
    table = study.trend("searches").frame
    wide = table.assign(upper=5 * table["estimate"].max(), period_upper=5 * table["estimate"].max())
    for rows, cut in ((table.assign(upper=table["estimate"], period_upper=table["estimate"]), False), (wide, True)):
        drawn = rowcharts.rows_of(charts.trend, rows, by="month", months=study.months)
        assert "own highest" not in drawn["sub"]
        assert drawn["sub"].startswith("Each row has a scale of its own, from 0; band: limits of the month")
        assert ("cut off far above the line" in drawn["sub"]) == cut
