"""Tables, sentences and figures: what is shown is what the table holds."""

import csv
import re
from io import BytesIO
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from sas_analysis.measures.coverage import coverage_grid, months_published
from sas_analysis.measures.shares import share_of_searches
from sas_analysis.measures.table import measures_table
from sas_analysis.present import answers, cards, official_sentences, official_view, prose, report_table, scope_sentences
from sas_analysis.present.audit_table import by_rule
from sas_analysis.present.blocks import Card
from sas_analysis.present.charts import base as charts
from sas_analysis.present.report import Report
from sas_analysis.records.select import Selection
from sas_analysis.reference.official.reconcile import AMBER, GREEN, in_limits
from sas_analysis.study.choices import ALLOWED, Choices
from sas_analysis.study.describe import left_out
from sas_analysis.study.opening import open_study
from sas_analysis.study.study import Study

GROUPS = ["White", "Mixed", "Asian", "Black", "Other", "Unknown"]


@pytest.fixture
def ratios():
    groups = pd.DataFrame({"ethnicity_5": pd.Categorical(GROUPS[:5], categories=GROUPS)})
    return measures_table(
        groups,
        measure="disproportionality_ratio",
        numerator=[100, 10, 20, 60, 0],
        denominator=[100.0, 8.0, 16.0, 20.0, 5.0],
        limits=([np.nan, 0.6, 0.8, 2.4, 0.0], [np.nan, 2.1, 1.9, 3.8, 0.7]),
        interval=["", *["95% mid-P, Poisson"] * 4],
        note=["reference group", *["ethnicity unknown in 10.0% of searches"] * 4],
    )


@pytest.fixture
def refused(ratios):
    return measures_table(
        ratios[["ethnicity_5"]],
        measure="disproportionality_ratio",
        numerator=[100, 10, 20, 60, 0],
        denominator=[np.nan] * 5,
        reason="not estimable: nobody lives there",
    )


@pytest.fixture
def ethnicity():
    searches = pd.DataFrame({"ethnicity_5": pd.Categorical(["White"] * 6 + ["Unknown"] * 4, categories=GROUPS)})
    return share_of_searches(searches, "ethnicity_5")


# --- prose ---


@pytest.mark.parametrize(
    ("value", "measure", "text"),
    [
        (0.1234, "share_of_searches", "12.3%"),
        (0.0004, "share_of_searches", "0.04%"),
        (0.00002, "share_of_searches", "under 0.01%"),
        (0.0, "share_of_searches", "0.0%"),
        (4.1242, "disproportionality_ratio", "4.12"),
        (44.522, "search_rate", "44.5"),
        (3831.2, "excess_searches", "3,831"),
        (np.nan, "find_rate", "not estimable"),
    ],
)
def test_numbers_have_one_form(value, measure, text):
    assert prose.number(value, measure) == text


def test_a_limit_that_is_unbounded_is_said_so():
    assert prose.interval(7.45, np.inf, "disproportionality_ratio") == "7.45 or more"
    assert prose.interval(np.nan, np.nan, "search_rate") == ""


def test_a_row_is_found_or_refused(ratios):
    assert prose.row(ratios, ethnicity_5="Black")["estimate"] == 3.0
    with pytest.raises(KeyError, match="0 rows"):
        prose.row(ratios, ethnicity_5="Blak")


# --- sentences ---


def compared(light, **changes):
    """What is said of one figure beside the official one."""
    row = {"force": "essex", "year_ending": "2019-03", "measure": "share Black", "official": 0.2, "ours": 0.1}
    row |= {"compared_with": "2019-03", "limit": 0.024, "difference": -0.1, "light": light, "note": "12 months of ours"}
    months = pd.DataFrame({"force": ["essex"], "year_ending": ["2019-03"], "month": ["2019-03"]})
    study = SimpleNamespace(
        official=pd.DataFrame([row | changes]), official_months=months, synthetic=False, area=None, forces=["essex"],
        choices=Choices(),
    )  # fmt: skip
    return official_sentences.official(study)


def test_a_red_light_is_said_with_both_figures_and_the_limit():
    text = compared("red")
    assert "**Official statistics of the year to March 2019 contradict these records" in text
    assert "share Black, 10.0% here and 20.0% there (-10.0 points, where 2.4 points is the most that agrees)" in text


def test_a_green_light_says_what_it_rests_on_and_no_other_is_agreement():
    text = compared("green", difference=-0.01)
    assert "Official statistics of the year to March 2019 agree with these records" in text
    assert "no group’s share differs by more than 1.0 points" in text
    other = compared("another year", compared_with="2018-03")
    assert "Those of the year to March 2018 are no farther off" in other
    assert "That does not mean that they agree; the farthest is share Black, 10.0% here and 20.0% there" in other
    grey = compared("cannot be compared", note="3 months of ours")
    assert grey == (
        "The records of the year to March 2019 could not be compared with official statistics: 3 months of ours."
    )


def scope_of(unseen=(), notes=()):
    files = pd.DataFrame({"force": ["essex"], "month": ["2019-01"], "rows": [5]})
    months = months_published(coverage_grid(files, forces=["essex"], start="2019-01", end="2019-02"))
    records = pd.DataFrame({"month": ["2019-01"] * 5})
    selection = Selection(records)
    source = {"path": "x", "force": "essex", "month": "2019-01", "rows": 5, "synthetic": True, "unseen": list(unseen)}
    source |= {"sha256": "0", "notes": list(notes)}
    study = Study(["essex"], "2019-01", "2019-02", records, pd.DataFrame([source]))
    study.__dict__.update(published=selection, selection=selection, published_months=months)
    return scope_sentences.scope(study)


def test_missing_months_are_named_and_not_zero():
    text = scope_of()
    assert "Essex Police (1 of 2 months)" in text
    assert "holds no records for Essex Police 2019-02" in text
    assert "missing, not zero" in text
    assert "SYNTHETIC" in text
    assert "no crosswalk" not in text


def test_unseen_labels_are_named_in_the_report_they_bear_on():
    text = scope_of([{"column": "outcome", "label": "Fined", "count": 3}])
    assert "no crosswalk has**" in text
    assert "'Fined' (3, outcome)" in text


def test_a_file_that_may_be_cut_off_is_named():
    assert "Perhaps cut off**: no line end after the last row of x." in scope_of(
        notes=["no line end after the last row"]
    )
    assert "cut off" not in scope_of(notes=["CRLF line ends"])


def of_grounds(blank, **counts):
    """The answer on grounds: three searches for firearms, some without an object; powers by their number."""
    labels = ["Controlled drugs", "Firearms", "Not recorded"]
    objects = pd.DataFrame({"object_of_search": pd.Categorical(["Firearms"] * 3 + ["Not recorded"] * blank, labels)})
    labels = ["Reasonable grounds", "Section 60", "Not recorded"]
    names = [name.replace("_", " ").capitalize() for name, n in counts.items() for _ in range(n)]
    powers = pd.DataFrame({"power": pd.Categorical(names, labels)})
    shares = (share_of_searches(objects, "object_of_search"), share_of_searches(powers, "power"))
    return answers.grounds(*shares, study=SimpleNamespace(who="Essex Police", choices=Choices()))


def test_the_commonest_object_is_one_that_occurs():
    text = of_grounds(0, section_60=3)
    assert re.fullmatch(r"Of 3 searches of people, \*\*100.0%.* were for firearms\*\*\. 100.0%.* section 60, .*", text)


def test_no_object_is_the_commonest_where_they_are_not_recorded():
    text = of_grounds(30, reasonable_grounds=33)
    assert text.startswith("**What searches were for is not recorded in 90.9% of them**; see the legislation instead. ")
    assert "None is recorded as made under section 60" in text
    assert "firearms" not in text


def test_powers_of_other_months_than_objects_say_of_how_many_searches_they_are():
    text = of_grounds(0, section_60=1, reasonable_grounds=1)
    assert "Of 2 searches in the months whose power can be used, 50.0%" in text


def test_a_figure_says_which_limits_it_draws(ratios):
    both = ratios.assign(period_lower=ratios["lower"] + 0.1, period_upper=ratios["upper"] - 0.1)
    assert charts.limits_drawn(charts.intervals, ratios) == "lines: 95% mid-P, Poisson limits"
    told = charts.limits_drawn(charts.intervals, both)
    assert told == "lines: 95% mid-P, Poisson limits; thick lines: limits of these months"
    assert charts.limits_drawn(charts.composition, both) == ""
    lines = charts.intervals(both, by="ethnicity_5", title="Ratio").axes[0].lines
    assert {line.get_linewidth() for line in lines if len(line.get_xdata()) == 2} >= {1.0, 2.6}


# --- tables ---


def test_the_csv_is_the_table_whole(tmp_path, ratios):
    report_table.publish(ratios, "ratios", str(tmp_path / "tables"), caption="Ratios", brief=True)
    written = pd.read_csv(tmp_path / "tables" / "ratios.csv")
    assert written["estimate"].tolist() == ratios["estimate"].tolist()
    assert len(written) == 5
    assert [path.name for path in (tmp_path / "tables").iterdir()] == ["ratios.csv"]


def test_nothing_is_written_without_a_folder(tmp_path, ratios, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report_table.publish(ratios, "ratios", "", caption="Ratios")
    assert not list(tmp_path.iterdir())


def test_brief_leaves_out_labels_without_a_search_and_puts_the_unknown_last(ethnicity):
    shown = report_table.publish(ethnicity, "ethnicity", "", caption="Ethnicity", brief=True)
    assert shown.frame["Ethnic group"].tolist() == ["White", "Unknown"]
    assert "ethnicity.csv" in shown.caption


def test_a_synthetic_table_says_so_first(ratios):
    assert report_table.show(ratios, caption="Ratios", synthetic=True).caption.startswith("SYNTHETIC")
    assert "SYNTHETIC" not in report_table.show(ratios, caption="Ratios").caption


def test_a_remark_all_rows_share_stands_once_in_the_caption(ethnicity):
    shown = report_table.show(ethnicity, caption="Ethnicity")
    assert "Share of all searches" in shown.caption
    assert "Note" not in shown.frame


def test_a_rate_of_zero_is_shown_and_a_rate_of_nothing_is_not():
    groups = pd.DataFrame({"object_of_search": ["Firearms", "Fireworks"]})
    rates = measures_table(groups, measure="positive_outcome_rate", numerator=[0, 0], denominator=[5, 0])
    assert report_table.occurring(rates)["object_of_search"].tolist() == ["Firearms"]


def test_a_caption_names_every_choice_that_is_not_the_usual_one():
    choices = Choices(ethnicity="officer", chinese="Other", flagged_months="include")
    grid = pd.DataFrame({"force": ["essex"], "month": ["2019-01"], "status": ["flagged"]})
    study = SimpleNamespace(
        forces=["essex"], who="Basildon (Essex Police)", start="2019-01", end="2019-02", choices=choices, counted=grid
    )
    study.left_out = left_out(study)
    of = "officer-defined ethnicity; Chinese counted in Other"
    assert report_table.source_caption(study, of="published") == (
        f"Basildon (Essex Police), 2019-01 to 2019-02; {of}; data.police.uk"
    )
    assert report_table.source_caption(study, of="forces") == (
        f"Essex Police, 2019-01 to 2019-02; {of}; data.police.uk"
    )
    assert report_table.source_caption(study, of="counted") == (
        f"Basildon (Essex Police), 2019-01 to 2019-02; {of}; months that the audit flags included; "
        "without 2019-01, flagged by the audit; data.police.uk"
    )


def test_every_choice_is_in_words_that_say_what_it_does():
    said = {
        (name, value): Choices(**{name: value}).in_words(months=True)
        for name, values in ALLOWED.items()
        for value in values
    }
    assert said["ethnicity", "combined"] == ["self-defined ethnicity, else officer-defined"]
    assert said["interval", "period"] == ["limits of these months"]
    assert said["interval", "none"] == ["no limits"]
    usual = Choices()
    assert [key for key, words in said.items() if (words == []) != (getattr(usual, key[0]) == key[1])] == []


@pytest.mark.parametrize("interval", ["process", "period"])
def test_the_cards_explain_the_level_over_the_years_only_on_a_page_that_shows_it(sample, tmp_path, interval):
    study = open_study("essex", "2018-04", "2018-09", raw=sample, processed=tmp_path, interval=interval)
    shown = []
    page = Report(study)
    page._show = shown.append
    page.cards(cards.quality, *(study.share(by, months="published") for by in ("ethnicity_5", "outcome")))
    said = shown[0].content["said"]
    assert ("level over the years" in said) == (interval == "process")
    assert said.endswith(" for errors in the records.")


def test_cards_without_an_interval_have_no_footnote_on_intervals(sample, tmp_path):
    study = open_study("essex", "2018-04", "2018-09", raw=sample, processed=tmp_path)
    shown = []
    page = Report(study)
    page._show = shown.append
    page.cards(lambda: [Card("searches", "Searches of people", "", 9.0, None, None, "9", "", "in all", "")])
    assert shown[0].content["said"] == ""


def test_official_figures_are_shown_as_counts_shares_and_ratios():
    lines = [
        ("searches", 1234.0, 1250.0, 16 / 1234),
        ("share unknown", 0.1, 0.1234, 0.0234),
        ("share Mixed", 0.0041, 0.004, -0.0001),
        ("ethnic mix", None, None, 0.041),
        ("Black per White search", 0.456, 0.5, -0.02),
    ]
    table = pd.DataFrame(lines, columns=["measure", "official", "ours", "difference"]).assign(force="kent")
    assert report_table.show(table, caption="x").frame[["Official", "Ours", "Difference"]].to_numpy().tolist() == [
        ["1,234", "1,250", "+1.3%"],
        ["10.0%", "12.3%", "+2.3 points"],
        ["0.41%", "0.40%", "0.0 points"],
        ["–", "–", "+4.1 points"],
        ["0.46", "0.50", "-2.0%"],
    ]


def test_how_far_off_searches_per_white_search_may_be_is_as_far_down_as_up_in_logs():
    """West Mercia in March 2020: 58.9% fewer is farther off than 123.7% more would be."""
    assert prose.limit(0.05, "searches") == "±5.0%"
    assert prose.limit(1.237, "Mixed per White search") == "-55.3% to +123.7%"
    far = {"Mixed": -0.589, "Asian": 1.0}
    lines = [("searches", -0.04, 0.05), *((f"{one} per White search", far[one], 1.237) for one in far)]
    rows = pd.DataFrame(lines, columns=["measure", "difference", "limit"])
    rows = rows.assign(
        force="west-mercia",
        year_ending="2020-03",
        compared_with="2020-03",
        light=AMBER,
        note="",
        official=1.0,
        ours=1.0,
    )
    assert in_limits(rows).round(2).tolist() == [0.8, 1.1, 0.86]
    two = pd.concat([rows, rows.assign(force="kent", light=GREEN)])
    shown = official_view.view(two)
    assert shown["Difference (allowed)"].tolist()[0] == "-58.9% (-55.3% to +123.7%)"
    said = official_sentences._figures(None, rows.iloc[1])
    assert said == "Mixed per White search, 1.00 here and 1.00 there (-58.9%, where -55.3% to +123.7% agrees)"
    assert official_sentences._figures(None, rows.iloc[0]).endswith("(-4.0%, where 5.0% is the most that agrees)")


def test_an_empty_table_says_none(ratios):
    shown = report_table.show(ratios.iloc[:0], caption="Labels")
    assert "None." in repr(shown)
    assert "None." in shown._repr_html_()


def test_labels_cannot_inject_markup(ratios):
    table = ratios.assign(ethnicity_5="<script>alert(1)</script>")
    assert "<script>" not in report_table.show(table, caption="<b>x</b>")._repr_html_()


# --- figures: what is drawn is what the table holds ---


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def texts(figure):
    return " ".join(text.get_text() for text in figure.findobj(plt.Text))


def test_intervals_draws_each_estimate_and_its_limits(ratios):
    axes = charts.intervals(ratios, by="ethnicity_5", title="Ratio", unity=True).axes[0]
    points = {line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 1}
    assert points == set(ratios["estimate"])
    limits = {tuple(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2}
    assert {(2.4, 3.8), (0.6, 2.1)} <= limits


def test_what_is_not_estimable_is_said_in_its_row(refused):
    figure = charts.intervals(refused, by="ethnicity_5", title="Ratio", unity=True)
    assert texts(figure).count("not estimable") == 5


def test_nothing_to_show_is_a_figure_that_says_so(ratios):
    assert "no search to show" in texts(charts.intervals(ratios[:0], by="ethnicity_5", title="Ratio"))


def test_a_missing_month_is_a_gap():
    searches = pd.DataFrame(
        {"month": ["2019-01", "2019-03"], "ethnicity_5": pd.Categorical(["White", "White"], categories=GROUPS)}
    )
    table = share_of_searches(searches, "ethnicity_5", within="month")
    table = table[table["ethnicity_5"].eq("White")]
    months = ["2019-01", "2019-02", "2019-03"]
    line = charts.series(table, by="ethnicity_5", months=months, title="Share").axes[0].lines[0]
    assert np.isnan(line.get_ydata()[1])


def test_a_month_between_gaps_has_its_limits():
    table = measures_table(
        pd.DataFrame({"month": ["2019-01", "2019-03", "2019-04"], "power": "Section 60"}),
        measure="share_of_searches",
        numerator=[5, 6, 7],
        denominator=[10, 10, 10],
        limits=([0.3, 0.4, 0.5], [0.7, 0.8, 0.9]),
        interval="95% process",
    )
    months = ["2019-01", "2019-02", "2019-03", "2019-04"]
    axes = charts.series(table, by="power", months=months, title="Share").axes[0]
    (alone,) = [
        segment for lines in axes.collections if hasattr(lines, "get_segments") for segment in lines.get_segments()
    ]
    assert alone.tolist() == [[0, 0.3], [0, 0.7]]


@pytest.mark.filterwarnings("error")  # of axes that have no room
def test_records_of_many_forces_are_a_row_each_in_a_picture_that_holds_them():
    months, forces = ["2020-01", "2020-02", "2020-03"], [f"force-{n}" for n in range(44)]
    rows = [(force, month, count) for force in forces for month, count in zip(months, [50, pd.NA, 0], strict=True)]
    table = pd.DataFrame(rows, columns=["force", "month", "rows"]).astype({"rows": "Int64"})
    few = charts.counts(table[table["force"].isin(forces[:8])], months=months, title="Records")
    assert len(few.axes[0].lines) == len(few.legends[0].get_texts()) == 8
    many = charts.counts(table, months=months, title="Records")
    charts.png_of(many)  # lays it out
    assert many.axes[0].get_window_extent().height > many.bbox.height / 2
    drawn = [stairs.get_data() for stairs in many.axes[0].patches]
    heights = [baseline - values for values, _, baseline in drawn]
    np.testing.assert_allclose(heights, [[0.8, np.nan, 0.03]] * 44)  # no records is a line, no file is nothing
    assert [text.get_text() for text in many.axes[0].texts] == [*["50"] * 44, "most"]


def test_a_composition_adds_to_one(ethnicity):
    searches = pd.DataFrame(
        {"month": pd.Categorical(["a"] * 4), "ethnicity_5": pd.Categorical(["White"] * 3 + ["Black"])}
    )
    table = share_of_searches(searches, "ethnicity_5", within="month")
    axes = charts.composition(table, by="ethnicity_5", within="month", title="Shares").axes[0]
    assert sum(patch.get_width() for patch in axes.patches) == pytest.approx(1)
    assert "n = 4" in texts(axes.figure)


def test_coverage_is_told_by_sign_as_well_as_colour():
    files = pd.DataFrame({"force": ["essex", "essex"], "month": ["2019-01", "2019-02"], "rows": [5, 0]})
    grid = coverage_grid(files, forces=["essex"], start="2019-01", end="2019-03")
    axes = charts.coverage(grid, title="Months").axes[0]
    assert [text.get_text() for text in axes.texts] == ["0", "×"]  # published has none


def test_synthetic_figures_are_watermarked_and_others_not(ratios):
    assert "SYNTHETIC" in texts(charts.intervals(ratios, by="ethnicity_5", title="Ratio", synthetic=True))
    assert "SYNTHETIC" not in texts(charts.intervals(ratios, by="ethnicity_5", title="Ratio"))


def test_a_figure_fits_a_journal_column_in_readable_type(ratios):
    figure = charts.intervals(ratios, by="ethnicity_5", title="Ratio", unity=True)
    assert figure.get_figwidth() == charts.COLUMN_WIDTH == 3.5
    assert min(text.get_fontsize() for text in figure.findobj(plt.Text) if text.get_text()) >= 6


# What raw files may hold


HOSTILE = ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"]


def test_no_text_of_a_published_table_is_a_formula(tmp_path):
    table = pd.DataFrame({"label": [*HOSTILE, "Fined", "a=b", ""], "count": range(-4, 5)})
    kept = table.copy()
    for column in (table["label"], table["label"].astype("category")):
        report_table.publish(table.assign(label=column), "unseen_labels", str(tmp_path), caption="Labels")
        with open(tmp_path / "unseen_labels.csv", encoding="utf-8", newline="") as file:
            written = list(csv.reader(file))[1:]
        assert [row[0] for row in written] == [*("'" + text.replace("\r", " ") for text in HOSTILE), "Fined", "a=b", ""]
        assert [int(row[1]) for row in written] == list(range(-4, 5))
    pd.testing.assert_frame_equal(table, kept)


@pytest.mark.parametrize("label", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:b)"])
def test_a_label_is_text_and_never_markup(label):
    from nbconvert.filters import markdown2html

    text = scope_of([{"column": "outcome", "label": label, "count": 3}])
    page = BeautifulSoup(markdown2html(text), "html.parser")
    assert not page.find_all(["script", "img", "a"])
    assert label in page.get_text()
    shown = report_table.publish(pd.DataFrame({"label": [label]}), "x", "", caption="Labels")._repr_html_()
    assert not BeautifulSoup(shown, "html.parser").find_all(["script", "img", "a"])


def test_equal_findings_of_several_months_are_one_line():
    common = {"force": "essex", "severity": "warning", "action": "field", "field": "age_range", "threshold": 0.5}
    rows = [
        common | {"rule": "missing", "month": month, "evidence": f"{n} of 9", "value": n / 9}
        for month, n in (("2019-01", 6), ("2019-02", 8), ("2019-04", 7))
    ]
    low = {"rule": "low", "month": "2019-03", "severity": "error", "action": "exclude", "field": "", "evidence": "2"}
    table = by_rule(pd.DataFrame([*rows, common | low | {"value": 2, "threshold": 9}]))
    assert table.to_numpy().tolist() == [
        ["low: far fewer records than the months around", "leave the month out of headlines", 1, "2019-03", "2"],
        [
            "missing: a field blank in most records",
            "do not use the field: age range",
            3,
            "2019-01 to 2019-02, 2019-04",
            "2019-02: 8 of 9",
        ],
    ]


def test_columns_that_are_no_measure_have_the_digits_of_what_they_are():
    table = pd.DataFrame(
        {
            "ethnicity_5": ["Black", "Mixed"],
            "q": [56.24, 3.8],
            "p_value": [0.0000012, 0.04549],
            "i_squared": [0.9123, 0.0],
            "tau_squared": [0.0494, 0.0],
            "ratio_lowest": [1.2649, np.nan],
            "ratio": [2.1649, 13.0],
            "target": [2.0651, 1.0],
            "tau": [0.2222, 0.0],
            "z": [-1.4567, 0.0],
        }
    )
    assert report_table.show(table, caption="x").frame.to_numpy().tolist() == [
        ["Black", "56.2", "< 0.001", "91.2%", "0.049", "1.26", "2.16", "2.07", "0.22", "-1.46"],
        ["Mixed", "3.8", "0.045", "0.0%", "0.000", "–", "13.00", "1.00", "0.00", "0.00"],
    ]


def test_a_factor_and_a_delta_are_shown_as_they_are(ratios):
    grid = pd.concat([ratios.assign(factor=factor) for factor in (0.67, 1.0)])
    grid = grid[["factor", *ratios.columns]]
    assert report_table.show(grid, caption="x").frame["Factor"].unique().tolist() == ["0.67", "1.00"]


def test_a_legend_that_reaches_beyond_the_column_is_shown_whole(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda item, **_: shown.append(item))
    figure, axes = charts.blank_axes(1.5, "Title", False)
    axes.plot([0, 1], [0, 1], label="a label " * 12)
    figure.legend(loc="outside lower center")
    width = figure.get_figwidth() * figure.dpi
    charts.show(figure, caption="Caption")
    pixels = int.from_bytes(shown[0].data[16:20], "big")  # of the PNG header
    assert pixels > width
    assert shown[0].alt == "Caption"


def test_a_picture_is_that_of_a_tight_box_and_holds_what_reaches_beyond_the_column():
    def figure():
        drawn, axes = charts.blank_axes(1.2, "What is drawn", synthetic=True)
        axes.plot([1, 3, 2], label="a line")
        axes.set_xlabel("months")
        drawn.legend(loc="outside lower center")
        axes.text(1.2, 0.5, "beyond the column", transform=axes.transAxes)
        return drawn

    saved = BytesIO()
    figure().savefig(saved, format="png", bbox_inches="tight")
    ours = plt.imread(BytesIO(charts.png_of(figure())))
    assert np.array_equal(ours, plt.imread(BytesIO(saved.getvalue())))
    assert ours.shape[1] > charts.COLUMN_WIDTH * charts.STYLE["figure.dpi"]
    plt.close("all")
