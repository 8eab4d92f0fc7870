"""The index of reports: what it says of each, from what the reports say of themselves."""

import csv
import json
import os
import re
import time

import pytest
from bs4 import BeautifulSoup

from sas_analysis.errors import RunError
from sas_analysis.reference.forces import forces
from sas_analysis.reports.many.index import INDEX, TABLE, write_index

REPORTS = ("data_quality", "search_grounds", "outcomes", "disproportionality")
WORDS = {
    "good": "Agrees with official statistics",
    "warn": "Differs from official statistics",
    "bad": "Official statistics contradict",
    "none": "Not compared with official statistics",
}
MONTHS = ("2019-01", "2019-12")


def card(id, what, value, text, lower=None, upper=None, interval="", mark="", base="10 searches"):
    return {
        "id": id, "what": what, "measure": "", "value": value, "lower": lower, "upper": upper, "text": text,
        "interval": interval, "base": base, "mark": mark,
    }  # fmt: skip


def ratio(value, lower=None, upper=None, *, group="Black", mark="", reference="White"):
    """The card of a ratio as its report has it."""
    lower, upper = value / 1.2 if lower is None else lower, value * 1.2 if upper is None else upper
    text = f"({value:.1f} times)" if mark else f"{value:.1f} times"
    what = f"{group}, relative to {reference}"
    return card(
        f"ratio_{group.lower()}", what, value, text, lower, upper, f"from {lower:.1f} to {upper:.1f}", mark
    )  # fmt: skip


def share(id, value, *, mark=""):
    text = f"({value:.1%})" if mark else f"{value:.1%}"
    return card(id, id, value, text, value * 0.9, value * 1.1, f"from {value * 0.9:.1%} to {value * 1.1:.1%}", mark)


def put(
    out, report="outcomes", force="essex", *, synthetic=False, failed=None, page=True, light=None, fact="A fact.",
    months=MONTHS, label="", parameters=None, cards=(), **record,
):  # fmt: skip
    """A report's folder as `run` leaves it (or a failed run's), with what the index reads of it."""
    start, end = months
    name = f"{report}_{force}_{start}_{end}" + (f"_{label}" if label else "")
    folder = out / (".failed" if failed else "") / name
    (folder / "tables").mkdir(parents=True)
    asked = {"forces": [force], "start": start, "end": end, "level": 0.95} | (parameters or {})
    files = [
        {"path": f"a.zip/{start[:5]}{n:02}/{start[:5]}{n:02}-{force}-stop-and-search.csv", "sha256": "", "rows": 10 * n}
        for n in (1, 2, 4)
    ]
    data = {"rows": 12345, "synthetic": synthetic, "files": files}
    told = {"report": report, "parameters": asked, "data": data, "unseen_labels": [], "error": failed}
    if light:
        told["trust"] = [{"id": "official", "light": light, "words": WORDS[light], "fact": fact}]
    told |= {"finished": "2026-11-24T04:05:06+00:00", "answer": "An answer.", "cards": list(cards)} | record
    (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
    if page and not failed:
        (folder / "report.html").write_text("<p>page</p>", encoding="utf-8")
    return folder


def put_all(out, force, *, black=4.0, light="good", mark="", unknown=0.1, **more):
    """The four reports of a force."""
    of = {
        "data_quality": [share("ethnicity_unknown", unknown)],
        "outcomes": [share("positive", 0.25)],
        "disproportionality": [ratio(black, mark=mark), ratio(1.5, group="Asian", mark=mark)],
    }
    for report in REPORTS:
        put(out, report, force, light=light, cards=of.get(report, []), **more)


def read(out):
    soup = BeautifulSoup(write_index(out).read_text(encoding="utf-8"), "html.parser")
    return soup, soup.select("#reports tr[data-light]")


def words(tag):
    return " ".join(tag.get_text(" ").split())


# --- rows ---------------------------------------------------------------------------------------------------------


def test_the_reports_of_a_force_are_one_row_with_a_link_each(tmp_path):
    put_all(tmp_path, "essex", black=2.8)
    put_all(tmp_path, "kent", black=5.0)
    soup, (row, _) = read(tmp_path)
    assert words(row.th) == "Essex Police"
    assert words(soup.select_one(".grp")) == "January 2019 to December 2019"
    cells = [words(cell) for cell in row.find_all("td")]
    assert cells[:1] + cells[2:7] == ["Agrees", "12,345", "2.8 2.3 to 3.4", "1.5 1.2 to 1.8", "25.0%", "10.0%"]
    links = {words(link).partition(" ,")[0]: link["href"] for link in row.select(".rp a")}
    assert links == {
        name: f"{report}_essex_2019-01_2019-12/report.html"
        for name, report in zip(("Quality", "Grounds", "Outcomes", "Disparity"), REPORTS, strict=True)
    }


def test_the_months_of_a_row_are_those_of_its_files(tmp_path):
    put(tmp_path)
    _, (row,) = read(tmp_path)
    spark = row.select_one(".sp")
    said = "Records by month: 3 of 12 months; lowest 10 (January 2019), highest 40"
    assert spark["aria-label"] == said
    bars = re.findall(r"M([\d.]+) 24v-(\d+)", spark.path["d"])
    step = 100 / 12
    assert [(float(x), int(tall)) for x, tall in bars] == [
        (pytest.approx(step * (n - 0.5), abs=0.06), round(22 * n / 4)) for n in (1, 2, 4)
    ]


@pytest.mark.parametrize(
    ("lights", "shown"),
    [
        (["good", "bad", "warn"], "Contradicts"),
        (["good", "warn"], "Differs"),
        (["good", "none"], "Not compared"),
        (["good", "good"], "Agrees"),
        ([None], "Not compared"),
    ],
)
def test_the_light_of_a_row_is_the_gravest_of_its_reports(tmp_path, lights, shown):
    for report, light in zip(REPORTS, lights, strict=False):
        put(tmp_path, report, light=light)
    _, (row,) = read(tmp_path)
    assert words(row.select_one(".lt")) == shown


def test_simulated_records_say_so(tmp_path):
    put(tmp_path, synthetic=True)
    soup, (row,) = read(tmp_path)
    assert "synthetic" in words(row)
    assert "Not compared" in words(row)
    assert "SYNTHETIC" in words(soup.select_one(".banner"))
    put(tmp_path, force="kent")
    assert read(tmp_path)[0].select_one(".banner") is None


def test_a_picture_of_simulated_records_says_so_and_goes_after_real_ones(tmp_path):
    for force in ("essex", "kent", "surrey"):
        put_all(tmp_path, force, synthetic=True, light="none")
    assert words(read(tmp_path)[0].select_one(".answer")).startswith("SYNTHETIC, of simulated records: Relative")
    for force in ("dorset", "sussex"):
        put_all(tmp_path, force)
    soup, _ = read(tmp_path)
    assert words(soup.select_one(".answer")).startswith("Relative")
    assert "both forces" in words(soup.select_one(".answer"))
    assert "simulated records" in words(soup.select_one("details.more summary"))


def test_a_failed_run_stands_beside_the_report_before_it(tmp_path):
    put(tmp_path)
    kept = put(tmp_path, failed="cell 3: boom <b>\nmore")
    (kept / "report.ipynb").write_text("{}")
    soup, (row,) = read(tmp_path)
    assert "Last run failed: Outcomes" in words(row)
    (failed,) = soup.select("#failed li")
    assert "Outcomes, Essex Police, January 2019 to December 2019" in words(failed)
    assert "(2026-11-24 04:05 UTC): cell 3: boom <b>" in words(failed)
    assert "the report before it is kept" in words(failed)
    assert "more" not in words(failed)
    assert failed.a["href"] == ".failed/outcomes_essex_2019-01_2019-12/report.ipynb"
    assert "1 report; 1 whose last run failed" in words(soup.header)


def test_a_run_that_left_no_report_is_not_lost(tmp_path):
    put(tmp_path, force="kent")
    put(tmp_path, "search_grounds", failed="no data", force="essex")
    soup, (first, second) = read(tmp_path)
    assert "Essex Police" in words(first)
    assert "Grounds: none" in words(first)
    assert [link["href"] for link in first.select("a")] == ["#failed"]
    assert "Kent Police" in words(second)
    assert "no data" in words(soup.select_one("#failed"))


def test_reports_of_one_force_and_period_are_told_apart_by_borough_or_label(tmp_path):
    put(tmp_path)
    put(tmp_path, label="level-0-9")
    put(tmp_path, label="borough-Southwark", parameters={"borough": "Southwark"})
    put(tmp_path, label="borough-Southwark-level-0-9", parameters={"borough": "Southwark"})
    assert sorted(words(row.th) for row in read(tmp_path)[1]) == [
        "Essex Police",
        "Essex Police, level-0-9",
        "Southwark, Essex Police",
        "Southwark, Essex Police, level-0-9",
    ]


def test_several_forces_together_are_a_row_of_their_own(tmp_path):
    put_all(tmp_path, "essex")
    put(
        tmp_path,
        force="all",
        parameters={"forces": ["essex", "kent", "surrey", "sussex"]},
        cards=[share("positive", 1)],
    )
    soup, rows = read(tmp_path)
    assert [(row["data-place"], words(row.th)) for row in rows] == [("force", "Essex Police"), ("together", "4 forces")]
    assert [words(option) for option in soup.select("#place option")] == [
        "anything",
        "forces",
        "several forces together",
    ]


def test_unseen_labels_are_counted(tmp_path):
    put(tmp_path, unseen_labels=[{"label": "x"}, {"label": "y"}])
    assert "2 labels in no crosswalk" in words(read(tmp_path)[1][0])


def test_every_row_has_an_id_of_its_own(tmp_path):
    for months in (("2019-01", "2019-12"), ("2020-01", "2020-12")):
        put_all(tmp_path, "essex", months=months)
    soup, rows = read(tmp_path)
    assert [row["id"] for row in rows] == ["f-essex", "f-essex-2"]
    ids = [tag["id"] for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))


# --- the picture --------------------------------------------------------------------------------------------------


def ranked(soup, key="black"):
    """The names of a chart in order: ranked, not ranked."""
    rows = soup.select(f"#picture .pan-{key} .rc > div")
    heads = [n for n, row in enumerate(rows) if "hd" in row.get("class", [])] or [len(rows)]
    names = [words(row.select_one(".l")) for row in rows]
    return [name for name in names[: heads[0]] if name], [name for name in names[heads[0] + 1 :] if name]


def test_forces_are_ranked_but_not_those_that_are_contradicted_or_unknown(tmp_path):
    put_all(tmp_path, "essex", black=2.0)
    put_all(tmp_path, "kent", black=6.5)
    put_all(tmp_path, "dorset", black=16.3, light="bad", mark="contradicted by official statistics")
    put_all(tmp_path, "gwent", black=9.0, mark="too many unknown", unknown=0.4)
    put_all(tmp_path, "surrey", black=0.3, mark="few searches")
    soup, _ = read(tmp_path)
    assert ranked(soup) == (["Kent", "Essex"], ["Dorset", "Gwent", "Surrey"])
    steps = {use["href"]: use["class"][0] for use in soup.select("#picture .m use")}
    assert {force: steps[f"#o-{force}"] for force in ("essex", "kent", "dorset", "gwent", "surrey", "sussex")} == {
        "essex": "b2", "kent": "b5", "dorset": "b0", "gwent": "b0", "surrey": "b0", "sussex": "x0",
    }  # fmt: skip
    assert "(16.3)" in words(soup.select_one("#picture .pan-black .rc"))
    head = words(soup.select_one("#picture .pan-black .hd"))
    assert head == (
        "Not ranked: official statistics contradict the records, or too many values are unknown, or too few searches"
    )
    # a share that its own report does not mark is not ranked either where official statistics contradict the records
    assert ranked(soup, "positive") == (["Essex", "Gwent", "Kent", "Surrey"], ["Dorset"])
    # but how much is unknown is a question about the records themselves
    assert ranked(soup, "unknown") == (["Gwent", "Dorset", "Essex", "Kent", "Surrey"], [])
    assert [words(row) for row in soup.select("#reports [data-weak] .weak")].count("(16.3)") == 1


def test_the_answer_says_how_many_forces_and_between_which(tmp_path):
    put_all(tmp_path, "essex", black=2.0)
    put_all(tmp_path, "kent", black=6.5)
    put_all(tmp_path, "avon-and-somerset", black=3.0)
    put_all(tmp_path, "dorset", black=16.3, light="bad", mark="contradicted by official statistics")
    assert words(read(tmp_path)[0].select_one(".answer")) == (
        "Relative to their number of residents, Black people were searched more often than White people in all 3 "
        "forces whose records bear the comparison : from 2.0 times as often in Essex to 6.5 times as often in Kent. "
        "One force is not ranked: official statistics contradict the records."
    )


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ([2, 3], "more often than White people in both forces whose"),
        (
            [2, 1.1],
            "more often than White people in 1 of 2 forces whose records bear the comparison , and not clearly "
            "more or less often in 1: from 1.1 times as often in Kent to 2.0",
        ),
        (
            [2, 0.5, 1],
            "more often than White people in 1 of 3 forces whose records bear the comparison , and less often in "
            "1 and not clearly more or less often in 1: from 0.5",
        ),
        ([0.5, 0.4, 0.3], "less often than White people in all 3 forces whose"),
        ([1, 1.1], "not clearly more or less often than White people in both forces whose"),
    ],
)
def test_a_force_is_above_or_below_where_its_whole_interval_is(tmp_path, ratios, said):
    for force, value in zip(("essex", "kent", "surrey"), ratios, strict=False):
        put(tmp_path, "disproportionality", force, light="good", cards=[ratio(value)])
    assert said in words(read(tmp_path)[0].select_one(".answer"))


def test_where_no_force_can_be_compared_the_answer_says_so(tmp_path):
    for force in ("essex", "kent"):
        put_all(tmp_path, force, light="bad", mark="contradicted by official statistics")
    said = words(read(tmp_path)[0].select_one(".answer"))
    assert said.startswith("No force’s records bear a comparison of Black and White residents. 2 forces are not ranked")


def test_the_cards_hold_the_middle_of_what_is_ranked(tmp_path):
    for force, black in (("essex", 2.0), ("kent", 6.5), ("surrey", 3.1)):
        put_all(tmp_path, force, black=black)
    put_all(tmp_path, "dorset", black=16.3, light="bad", mark="contradicted by official statistics")
    found = {words(one.select_one(".what")): one for one in read(tmp_path)[0].select(".cards li")}
    middle = found["Black to White ratio, middle force"]
    assert words(middle.select_one(".big")) == "3.1 times"
    assert words(middle.select_one(".int")) == "2.0 (Essex) to 6.5 (Kent)"
    assert words(found["Records"].select_one(".big")) == "49,380"
    official = found["Records agree with official statistics"]
    assert words(official.select_one(".big")) == "3 of 4 forces"
    assert words(official.select_one(".int")) == "1 contradicted"


@pytest.mark.parametrize(("forces", "said"), [(["essex"], "1 differs"), (["essex", "kent"], "2 differ")])
def test_forces_whose_records_differ_are_counted_in_their_number(tmp_path, forces, said):
    for force in forces:
        put_all(tmp_path, force, light="warn")
    put_all(tmp_path, "surrey")
    found = {words(one.select_one(".what")): one for one in read(tmp_path)[0].select(".cards li")}
    assert words(found["Records agree with official statistics"].select_one(".int")) == said


def test_a_force_without_a_figure_says_why(tmp_path):
    for force in ("essex", "kent"):
        put_all(tmp_path, force)
    why = "No rate and no ratio can be given for City of London Police: hardly anyone lives there."
    put(
        tmp_path,
        "disproportionality",
        "city-of-london",
        answer=why,
        light="good",
        cards=[share("ethnicity_unknown", 0.4)],
    )
    put(tmp_path, "outcomes", "btp", light="none", cards=[share("positive", 0.3)])
    none = "Nothing can be said about outcomes for Gwent Police: no arrest is published in any of the 12 months."
    put(tmp_path, "outcomes", "gwent", answer=none, light="none", cards=[share("unknown", 0.2)])
    soup, _ = read(tmp_path)
    assert "Gwent (no arrest is published in any of the 12 months)" in words(
        soup.select_one("#picture .pan-positive .mapnote")
    )
    assert words(soup.select_one("#picture .pan-black .mapnote")) == (
        "No figure: British Transport Police and Gwent (no report); City of London (hardly anyone lives there)."
    )
    assert [words(text) for text in soup.select("#picture .m text")] == ["British Transport", "City of London"]


def test_a_ratio_to_another_group_is_not_shown_as_one_to_white(tmp_path):
    for force in ("essex", "kent"):
        put(tmp_path, "disproportionality", force, light="good", cards=[ratio(3.0, reference="Asian")])
    soup, rows = read(tmp_path)
    assert soup.select(".pan-black") == []
    assert "3.0" not in words(rows[0])


def test_a_range_is_shown_without_a_point_and_not_ranked(tmp_path):
    for force in ("essex", "kent"):
        put_all(tmp_path, force)
    ranged = card("positive", "Any positive outcome", None, "2.4% to 24.1%", 0.024, 0.241, "", "range")
    put(tmp_path, "outcomes", "gwent", light="good", cards=[ranged])
    soup, rows = read(tmp_path)
    assert ranked(soup, "positive") == (["Essex", "Kent"], ["Gwent"])
    row = soup.select("#picture .pan-positive .rc > div")[3]
    assert (len(row.select("line.hoci")), len(row.select("circle"))) == (1, 0)
    assert "(2.4% to 24.1%)" in words(rows[1])


def test_one_force_makes_no_picture(tmp_path):
    put_all(tmp_path, "essex")
    soup, rows = read(tmp_path)
    assert soup.select(".natl, defs path") == []
    assert words(soup.h1) == "Stop-and-search reports"
    assert len(rows) == 1


def test_a_picture_holds_the_newest_of_each_force_and_older_ones_are_folded(tmp_path):
    for months, black in ((("2018-01", "2018-12"), 2.0), (("2019-01", "2019-12"), 3.0)):
        for force in ("essex", "kent"):
            put_all(tmp_path, force, black=black, months=months)
    put_all(tmp_path, "surrey", months=("2018-01", "2018-12"))  # its newest
    put_all(tmp_path, "sussex", months=("2019-01", "2019-03"))  # not comparable: three months
    soup, rows = read(tmp_path)
    assert len(rows) == 6
    assert [words(head) for head in soup.select(".grp")] == [
        "January 2019 to December 2019", "January 2019 to March 2019", "January 2018 to December 2018",
    ]  # fmt: skip
    assert sorted(ranked(soup)[0]) == ["Essex", "Kent", "Surrey"]
    assert "3.0" in words(soup.select_one("#picture .pan-black .rc"))
    assert words(soup.select_one(".kick")) == (
        "England and Wales · 12 months a force, within January 2018 to December 2019"
    )
    (older,) = soup.select("details.more")
    assert words(older.summary) == "Forces, January 2018 to December 2018"
    assert "2.0" in words(older.select_one(".pan-black .rc"))
    assert [option["value"] for option in soup.select("#months option")] == [
        "", "2019-01_2019-12", "2019-01_2019-03", "2018-01_2018-12",
    ]  # fmt: skip
    paths = soup.select("svg.d path")
    assert len(paths) == 43  # once for both maps


def test_boroughs_have_a_map_of_their_own(tmp_path):
    for force in ("essex", "kent"):
        put_all(tmp_path, force)
    for borough in ("Southwark", "lewisham", "Hackney"):
        put(
            tmp_path, "disproportionality", "metropolitan", light="none", label=f"borough-{borough}",
            parameters={"borough": borough}, cards=[ratio(3.0)],
        )  # fmt: skip
    soup, _ = read(tmp_path)
    (folded,) = soup.select("details.more")
    assert words(folded.summary) == "Boroughs, January 2019 to December 2019"
    used = {use["href"]: use["class"][0] for use in folded.select(".m use")}
    assert len(used) == 32
    assert [used[f"#o-{code}"] for code in ("E09000028", "E09000023", "E09000012", "E09000001")[:3]] == ["b3"] * 3
    assert "in all 3 boroughs whose records" in words(folded)


def test_boroughs_alone_are_no_national_picture(tmp_path):
    for borough in ("Southwark", "Lewisham"):
        own = {"label": f"borough-{borough}", "parameters": {"borough": borough}}
        put(tmp_path, "disproportionality", "metropolitan", light="none", cards=[ratio(3.0)], **own)
    soup, _ = read(tmp_path)
    assert words(soup.h1) == "Stop and search, borough by borough"
    assert words(soup.select_one("#picture h2")) == "Boroughs side by side"
    assert len(soup.select("svg.d path")) == 32


def test_the_table_beside_the_page_holds_the_same_numbers(tmp_path):
    put_all(tmp_path, "essex", black=2.0)
    put_all(tmp_path, "dorset", black=16.25, light="bad", mark="contradicted by official statistics")
    put(tmp_path, force="kent", label="=1+1")
    write_index(tmp_path)
    with (tmp_path / TABLE).open(encoding="utf-8", newline="") as stream:
        found = {row["force"]: row for row in csv.DictReader(stream)}
    assert found["essex"]["disproportionality.ratio_black"] == "2.0"
    assert found["essex"]["disproportionality.ratio_black_not_ranked"] == ""
    assert found["dorset"]["disproportionality.ratio_black"] == "16.25"
    assert found["dorset"]["disproportionality.ratio_black_not_ranked"] == "contradicted by official statistics"
    assert found["dorset"]["official_statistics"] == "Contradicts"
    assert found["kent"]["label"] == "'=1+1"


# --- size and speed -----------------------------------------------------------------------------------------------


def put_nation(out, periods=(MONTHS,), number=42):
    """Four reports of each of 42 forces (or the first of them), as long as real ones."""
    slugs = [slug for slug in forces()["force"] if slug not in ("btp", "northern-ireland", "greater-manchester")]
    assert len(slugs) == 42
    for months in periods:
        for n, slug in enumerate(slugs[:number]):
            bad = n % 7 == 0
            mark = "contradicted by official statistics" if bad else ""
            put_all(
                out, slug, months=months, black=1.2 + n / 7, light="bad" if bad else "good", mark=mark,
                fact="Searches of known ethnicity: 21,705 here, 12,398 in official statistics (+75.1%).",
            )  # fmt: skip


def test_the_index_of_168_reports_is_small_and_quick(tmp_path):
    put_nation(tmp_path)
    write_index(tmp_path)  # imports
    begun = time.process_time()
    page = write_index(tmp_path)
    assert time.process_time() - begun < 1
    assert page.stat().st_size < 300_000
    assert len(read(tmp_path)[1]) == 42


def test_several_periods_stay_usable(tmp_path):
    put_nation(tmp_path, [(f"{year}-01", f"{year}-12") for year in range(2016, 2021)])
    soup, rows = read(tmp_path)
    assert len(rows) == 5 * 42
    assert len(soup.select(".natl")) == 3
    assert (tmp_path / INDEX).stat().st_size < 800_000


# --- what comes from others ---------------------------------------------------------------------------------------


def test_what_is_no_report_is_left_out(tmp_path):
    put(tmp_path)
    put(tmp_path, force="kent", page=False)
    (put(tmp_path, force="surrey") / "run.json").write_text("{}")
    (put(tmp_path, force="sussex") / "run.json").write_text("not json")
    put(tmp_path, force="dorset", parameters={"forces": ["nowhere"]})
    put(tmp_path, force="gwent", parameters={"forces": []})
    (tmp_path / "another folder").mkdir()
    _, found = read(tmp_path)
    assert [words(row.th) for row in found] == ["Essex Police", "Kent Police"]
    assert found[1].select("a") == []  # its page is not there to be opened


NESTED = "[" * 100_000 + "]" * 100_000
CRAFTED = [  # what a field is, and becomes
    ('"rows": 12345', '"rows": "many"'),
    ('"rows": 12345', '"rows": 1' + "0" * 400),
    ('"rows": 12345', '"rows": 1' + "0" * 9999),
    ('"rows": 12345', f'"rows": {NESTED}'),
    ('"finished": "2026-11-24T04:05:06+00:00"', '"finished": 5'),
    ('"start": "2019-01"', '"start": ["2019-01"]'),
    ('["essex"]', '[["essex"]]'),
    ('"unseen_labels": []', '"unseen_labels": 7'),
    ('"synthetic": false', '"synthetic": {"a": 1}'),
    ('"report": "outcomes"', '"report": null'),
    ('"answer": "An answer."', '"answer": {}'),
    ('"value": 0.25', '"value": "0.25"'),
    ('"value": 0.25', '"value": true'),
    ('"value": 0.25', '"value": NaN'),
    ('"mark": ""', '"mark": null'),
    ('"interval"', '"interva"'),
    ('"light": "good"', '"light": "green"'),
    ('"cards": [', '"cards": ["a", '),
]


@pytest.mark.parametrize(("old", "new"), CRAFTED, ids=range(len(CRAFTED)))
@pytest.mark.parametrize("failed", [None, "boom"])
def test_one_bad_report_never_costs_the_index(tmp_path, old, new, failed):
    put(tmp_path, force="kent")
    record = put(tmp_path, failed=failed, light="good", cards=[share("positive", 0.25)]) / "run.json"
    text = record.read_text()
    assert old in text
    record.write_text(text.replace(old, new))
    told = []
    soup = BeautifulSoup(write_index(tmp_path, warn=told.append).read_text(encoding="utf-8"), "html.parser")
    assert [words(row.th) for row in soup.select("#reports tr[data-light]")] == ["Kent Police"]
    (line,) = told
    assert line.startswith("outcomes_essex_2019-01_2019-12: its run.json is no report's (")
    assert len(line.splitlines()) == 1
    assert "1 left out, for their run.json is damaged" in words(soup.header)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_no_pipe_and_no_device_is_read(tmp_path, make):
    put(tmp_path, force="kent")
    path = put(tmp_path) / "run.json"
    path.unlink()
    make(path)
    assert len(read(tmp_path)[1]) == 1


def test_names_that_would_steer_a_terminal_are_written_out(tmp_path):
    put(tmp_path, force="kent")
    (tmp_path / "bad\n\x1b[31m").mkdir()
    (tmp_path / "bad\n\x1b[31m" / "run.json").write_text("{")
    told = []
    write_index(tmp_path, warn=told.append)
    assert told[0].startswith("bad\\n\\x1b[31m: its run.json is no report's (it is no JSON")


def test_texts_from_outside_stay_text(tmp_path):
    evil = "<script>alert(1)</script>"
    put(tmp_path, failed=evil)
    for force in ("essex", "kent"):
        one = ratio(2.0) | {"text": f"**{evil}", "interval": evil, "mark": evil}
        put(tmp_path, "disproportionality", force, light="warn", fact=evil, cards=[one])
        own = {"label": "borough-a", "parameters": {"borough": evil}}
        put(tmp_path, "disproportionality", force, light="bad", fact=evil, cards=[one], **own)
    soup, _ = read(tmp_path)
    assert len(soup.find_all("script")) == 1
    assert len(soup.select("script, [onload], [onerror]")) == 1


def test_a_folder_without_reports_is_an_error_and_nothing_is_written(tmp_path):
    with pytest.raises(RunError, match="holds no report"):
        write_index(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    put(tmp_path)
    before = write_index(tmp_path).read_bytes()
    put(tmp_path, force="kent")
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(RunError, match="No space left"):
        write_index(tmp_path)
    assert (tmp_path / INDEX).read_bytes() == before
    assert not list(tmp_path.glob(".index*"))
